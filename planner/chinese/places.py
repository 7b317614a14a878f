"""Places: a landmark with its localiser (桌子左边, 屏幕右边缘), what relation it states, and places that are environments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from planner.chinese.closed_classes import LOCALISER_OF
from planner.chinese.scene import Stage, Thing

__all__ = ["CENTERS", "Environment", "Place", "environment_of", "place_things", "relation_kind"]

SCREEN = "screen"
SIDES = {"左": "left", "右": "right", "上": "top", "下": "bottom", "前": "front", "后": "back"}
CENTERS = frozenset(["中央", "中间", "中心", "正中", "正中间", "正中央", "中部", "正中心"])


@dataclass
class Place:
    """A landmark, the localiser after it, and their tokens. Without a landmark the place is one of the picture."""

    things: list[Thing]
    localiser: str
    tokens: set[int] = field(default_factory=set)
    environment: bool = False
    screen: bool = False
    direct: bool = False  # right after the verb: 放在火上

    @property
    def value(self) -> str | None:
        return LOCALISER_OF.get(self.localiser)

    @property
    def kind(self) -> str | None:
        return self.value

    @property
    def side(self) -> str | None:
        """left, right, top, bottom, center ... of what the localiser says."""
        if self.localiser in CENTERS:
            return "center"
        return next((side for c, side in SIDES.items() if c in self.localiser), None)

    @property
    def screen_or_bare(self) -> bool:
        return not self.things

    def part(self) -> tuple[str, str | None]:
        """Head and place of the part that the localiser names: 一端 is (end, one), 左侧 (side, left)."""
        text = self.localiser
        if self.value == "at_end":
            which = (
                "other"
                if text.startswith("另")
                else "both"
                if text.startswith("两")
                else "left"
                if "左" in text
                else "right"
                if "右" in text
                else "bottom"
                if "底" in text
                else "one"
            )
            return "end", which
        if self.value == "at_edge":
            return "edge", self.side
        if self.value == "corner":
            return "corner", _corner(text)
        if self.value == "bottom":
            return "bottom", None
        return "side", self.side


def _corner(text: str) -> str | None:
    vertical = "top" if "上" in text else "bottom" if "下" in text else None
    return f"{vertical}_{'left' if '左' in text else 'right'}" if vertical else None


def relation_kind(place: Place, verb: str = "") -> str:
    """The relation between a thing at this place and its landmark."""
    kind = place.value
    landmark = place.things[0] if place.things else None
    if place.screen_or_bare:
        if kind in ("in_middle_of", "between") or place.localiser in CENTERS:
            return "in_middle_of"
        return {"left": "left_of", "right": "right_of", "top": "above", "bottom": "below"}.get(
            place.side or "", kind or "in"
        )
    if verb in ("hang",) and kind in (None, "on", "below", "at_end"):
        return "hanging_from"
    if verb in ("tie", "attach", "stick") and kind in (None, "on", "at_end"):
        return "attached_to"
    if landmark is not None and landmark.role == "fluid" and kind in ("below", "in", None):
        return "in"
    if kind == "between" and len(place.things) == 1 and landmark is not None and landmark.entity.count == 1:
        return "in_middle_of"
    if (
        kind == "between"
        and place.localiser == "中间"
        and len(place.things) == 1
        and landmark is not None
        and landmark.head in ("circle", "group")
    ):
        return "in_middle_of"
    if (
        kind == "in"
        and landmark is not None
        and landmark.role == "ground"
        and landmark.head in ("snow", "grass", "ground", "sand", "beach", "square", "playground", "road")
    ):
        return "on"  # 雪地里
    if kind == "in" and landmark is not None and landmark.head in ("ring", "hoop"):
        return "inside"
    if kind == "bottom":
        return "in" if landmark is not None and landmark.role in ("container", "fluid") else "at"
    if kind is None:
        if landmark is None:
            return "at"
        return {"container": "in", "fluid": "in", "support": "on", "ground": "on", "part": "on"}.get(
            "support" if landmark.head == "surface" else landmark.role, "in" if landmark.role == "region" else "at"
        )
    if kind == "at_end":
        return "on" if verb in ("sit", "stand", "place") else "at_end"
    return {"corner": "at", "opposite": "opposite"}.get(kind, kind)


def place_things(stage: Stage, place: Place) -> list[Thing]:
    """What a place is as the source or goal of a motion: the landmark, or a region of the picture."""
    if not place.screen_or_bare:
        return place.things
    side = place.side
    if not place.things and side is None and not place.screen:
        return []
    if not place.screen and not (place.value == "at_edge" or side in ("center", "left", "right")):
        return []
    if place.localiser in ("", "中", "里", "内", "上") and not place.screen:
        return []
    head = (
        "edge"
        if place.value == "at_edge" or place.localiser.endswith("边缘")
        else "corner"
        if place.value == "corner"
        else "center"
        if side == "center"
        else "side"
        if side
        else SCREEN
    )
    attributes = [] if side in (None, "center") else [_corner(place.localiser) or side if head == "corner" else side]
    for thing in stage.things:
        if thing.head == head and thing.role == "region" and thing.entity.attributes == attributes:
            return [thing]
    region = stage.create(head, role="region", tokens=place.tokens, attributes=attributes)
    return [region]


@dataclass(frozen=True)
class Environment:
    """What a place says of gravity, medium and place; `entity` when the place is a thing of the scene as well."""

    facts: dict[str, Any]
    entity: bool


_ENVIRONMENTS = (
    (("月球", "月亮上", "月面"), {"gravity": "moon"}, False),
    (("火星",), {"gravity": "mars"}, False),
    (("木星",), {"gravity": "jupiter"}, False),
    (("地球上",), {"gravity": "earth"}, False),
    (("空间站",), {"gravity": "zero", "place": "space station"}, True),
    (("失重", "零重力", "微重力", "无重力"), {"gravity": "zero"}, False),
    (("太空", "宇宙", "外太空"), {"gravity": "zero", "place": "space"}, False),
    (("真空",), {"medium": "vacuum"}, False),
    (("水下", "水中", "水里", "水底"), {"medium": "water"}, True),
    (("半空中", "空中", "半空", "空气中"), {"medium": "air"}, False),
    (("天空中", "天空", "天上"), {"medium": "air"}, True),
    (("户外", "室外", "屋外"), {"place": "outdoor"}, False),
    (("室内", "屋内", "屋里"), {"place": "indoor"}, False),
    (("风中",), {"weather": "wind"}, False),
    (("雨中", "雨里", "大雨中"), {"weather": "rain"}, False),
    (("暴风雪", "风雪中", "雪中"), {"weather": "snow"}, False),
    (("公园里", "公园中"), {"place": "park"}, True),
    (("雾中",), {"weather": "fog"}, False),
)


def environment_of(text: str) -> Environment | None:
    """The environment that a place phrase names, or None."""
    facts: dict[str, Any] = {}
    entity = True
    for words, said, named in _ENVIRONMENTS:
        if any(text.startswith(word) or (len(word) > 2 and word in text) for word in words):
            facts = {**said, **facts}
            entity = entity and named
    return Environment(facts, entity or any(w in text for w in ("空间站", "公园"))) if facts else None
