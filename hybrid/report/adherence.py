"""The grade of a diffused clip as tables for the page: what it reaches beside what the preview, the model's own codec and chance reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["adherence_view"]

MEASURES: tuple[tuple[str, str, str, str], ...] = (  # key, English, Chinese, format
    ("iou_spacetime", "Masks, overlap in space and time", "轮廓重合度（时空）", ".3f"),
    ("iou_space", "Masks, overlap in space", "轮廓重合度（空间）", ".3f"),
    ("center_error", "Centres off by [% of the width]", "中心平均偏差 [画宽 %]", ".2f"),
    ("flow_error", "Flow inside the masks off by [px]", "物体内光流误差 [px]", ".2f"),
    ("background_flow", "Flow of the background off by [px]", "背景光流误差 [px]", ".3f"),
    ("order", "Overlaps in the right order", "遮挡次序正确率", ".0%"),
)
COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("clip", "Clip", "短片"),
    ("preview", "Preview (floor of the measure)", "预览（测量下限）"),
    ("ceiling", "Preview after the VAE (ceiling)", "预览经编解码（上限）"),
    ("shuffled", "Trajectories out of order (chance)", "打乱轨迹（随机水平）"),
)
MOST_PAIRS = 6


def adherence_view(
    adherence: Mapping[str, Any] | None, language: str, names: Mapping[str, str] | None = None
) -> dict[str, Any] | None:
    """{state, verdict, faults, header, rows, laws_header, laws, notes} of `report.json`'s adherence; None without one.

    `state` is good, bad or warn (not measured); `names` shows bodies by their display names.
    """
    if not adherence:
        return None
    zh = language == "zh"
    shown: Callable[[str], str] = lambda name: (names or {}).get(name, name)  # noqa: E731
    measured = [(key, zh_name if zh else english) for key, english, zh_name in COLUMNS if adherence.get(key)]
    rows = []
    for key, english, zh_name, form in MEASURES:
        cells = [_cell(adherence[column].get(key), form) for column, _ in measured]
        if any(cells):
            rows.append((zh_name if zh else english, [cell or "—" for cell in cells]))
    for key, english, zh_name in (("missed", "Missing movers", "缺失物体"), ("extra", "Extra movers", "多余物体")):
        cells = ["" if column == "shuffled" else str(len(adherence[column].get(key) or ())) for column, _ in measured]
        rows.append((zh_name if zh else english, cells))
    state, verdict = _verdict(adherence, zh)
    return {
        "state": state,
        "verdict": verdict,
        "faults": list(adherence.get("faults") or ()),
        "header": [name for _, name in measured],
        "rows": rows,
        "laws_header": ("", "短片的像素", "模拟", "预览的像素") if zh else ("", "Pixels of the clip", "Simulation", "Pixels of the preview"),
        "laws": _laws(adherence, zh, shown),
        "notes": list(adherence.get("notes") or ()),
    }  # fmt: skip


def _verdict(adherence: Mapping[str, Any], zh: bool) -> tuple[str, str]:
    score = adherence.get("score")
    told = "" if score is None else f"{score:.2f}"
    passed = adherence.get("passed")
    if passed is None:
        return "warn", "未测量：没有可评的运动" if zh else "Not measured: nothing moves that could be graded"
    if passed:
        return "good", f"通过，一致程度 {told}" if zh else f"Passed, adherence {told}"
    return "bad", f"未通过，一致程度 {told}" if zh else f"Failed, adherence {told}"


def _laws(adherence: Mapping[str, Any], zh: bool, shown: Callable[[str], str]) -> list[tuple[str, ...]]:
    """Gravity, bounces and restitution read from the pixels, beside the simulation's."""
    own = {law["name"]: law for law in adherence.get("preview_laws") or ()}
    rows = []
    for law in adherence.get("laws") or ():
        preview, name = own.get(law["name"], {}), shown(law["name"])
        rows.append(
            (f"{name}: g [m/s²]", *(_cell(v, ".2f") or "—" for v in (law["g"], law["g_expected"], preview.get("g"))))
        )
        counts = (law["bounces"], law["bounces_expected"], preview.get("bounces"))
        if any(counts):
            rows.append((f"{name}: {'弹跳次数' if zh else 'bounces'}", *("—" if v is None else str(v) for v in counts)))
            times = law.get("bounce_time_error")
            if times is not None:
                late = preview.get("bounce_time_error")
                what = "弹跳时刻最大偏差 [ms]" if zh else "bounce times off by at most [ms]"
                rows.append(
                    (f"{name}: {what}", f"{1000 * times:.0f}", "", "" if late is None else f"{1000 * late:.0f}")
                )
        given = [law["restitution"], law["restitution_expected"], preview.get("restitution") or []]
        if any(given):
            rows.append(
                (
                    f"{name}: {'恢复系数' if zh else 'restitution'}",
                    *(", ".join(f"{e:.2f}" for e in es) or "—" for es in given),
                )
            )
    for pair in (adherence.get("unit_free") or ())[:MOST_PAIRS]:
        falls = " / ".join(_fall(str(pair[key]), zh, shown) for key in ("first", "second"))
        rows.append((f"{falls}: t₁²/t₂² = h₁/h₂", f"{pair['times']:.3f} = {pair['heights']:.3f}", "", ""))
    return rows


def _fall(told: str, zh: bool, shown: Callable[[str], str]) -> str:
    """ "ball fall 2" in the reader's words."""
    name, _, number = told.rpartition(" fall ")
    return f"{shown(name)}第 {number} 次下落" if zh else f"{shown(name)}, fall {number}"


def _cell(value: Any, form: str) -> str:
    return "" if value is None else format(value, form)
