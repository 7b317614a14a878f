"""Directional complements (下来, 出去) and the manners that they add."""

__all__ = ["MANNERS"]

MANNERS = {"下来": "down", "下去": "down", "下": "down", "上来": "up", "上去": "up", "上": "up", "起来": "up", "起": "up", "回来": "back", "回去": "back", "回": "back", "开来": "apart", "开": "apart", "走": "away", "出来": "out", "出去": "out", "出": "out", "过去": "past", "过来": "towards", "掉": "away", "住": "firmly"}  # fmt: skip
