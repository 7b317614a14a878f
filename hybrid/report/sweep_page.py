"""`sweep.html`: the table and the plot of a sweep, and its kept runs in three dimensions with a slider for each axis. Nothing is fetched
from a network."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenes.errors import UserError

if TYPE_CHECKING:
    from hybrid.exports.animated import AnimatedScene
    from hybrid.sweep import Axis, Row, Sweep

__all__ = ["LARGEST_VIEWS", "MOST_VIEWED", "sweep_page", "viewed_grid"]

LARGEST_VIEWS = 32_000_000  # [bytes] of geometry and poses in a page
MOST_VIEWED = 64  # runs in a page; of a larger grid every few values of the longest axes
FEWER_FRAMES = (400, 200, 100, 50)  # how many poses of each run are kept, until the page is small enough

WORDS = {
    "title": ("Sweep", "参数扫描"),
    "runs": ("{count} runs", "{count} 次运行"),
    "failed": ("{count} failed", "{count} 次失败"),
    "view": ("The runs in three dimensions", "三维运行对比"),
    "play": ("Play or stop", "播放或停止"),
    "time": ("Time", "时间"),
    "reset": ("View of the clip", "回到短片视角"),
    "note": (
        "Drag to turn, shift-drag to move, wheel to come closer. The sliders change the run and keep the time and the place.",
        "拖动旋转，按住 Shift 拖动平移，滚轮缩放。滑块切换运行，时间与视角保持不变。",
    ),
    "sorry": (
        "This browser offers no WebGL; `hybrid export DIR/runs/NNN --to glb` writes a run for other viewers.",
        "当前环境不支持 WebGL；可用 `hybrid export DIR/runs/NNN --to glb` 导出某次运行。",
    ),
    "plot": ("What was measured", "测量结果"),
    "table": ("All runs", "全部运行"),
    "run": ("run", "运行"),
    "outcomes": ("outcomes", "结果"),
    "of": ("{happened} of {asked}", "{happened}/{asked}"),
    "unkept": (
        "The runs were not kept, so they are not shown in three dimensions: sweep again with --keep.",
        "未保留各次运行，无法三维显示：加 --keep 重新扫描。",
    ),
    "large": (
        "The runs together are too large for a page ({size:.0f} MB, at most {most:.0f} MB), so they are not shown in three dimensions: "
        "`hybrid export DIR/runs/NNN --to glb` writes one of them.",
        "各次运行的总数据过大（{size:.0f} MB，上限 {most:.0f} MB），无法三维显示：可用 `hybrid export DIR/runs/NNN --to glb` 单独导出。",
    ),
    "thinned": (
        "{shown} of {count} runs are in the view; the table has all.",
        "三维视图含 {count} 次运行中的 {shown} 次，表格含全部。",
    ),
}


def sweep_page(swept: Sweep, folder: Path) -> str:
    """The page of a sweep whose files are in `folder`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from hybrid.report.page import font_face

    zh = swept.scene.language == "zh"
    w = {key: pair[zh] for key, pair in WORDS.items()}
    places = viewed_grid(swept.axes)
    view, views, no_view = _view(swept, folder, places, w)
    rows = [_row(swept, row, views.get(row.number), w) for row in swept.rows]
    plot = folder / "plot.svg"
    shown = [[_plain(axis.values[k]) for k in kept] for axis, kept in zip(swept.axes, places, strict=True)]
    first = next(
        (at for at in _grid(places) if views.get(_number(swept.axes, places, at)) is not None), (0,) * len(places)
    )
    viewed = math.prod(map(len, places))
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent, encoding="utf-8"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    page = environment.get_template("sweep.html").render(
        w=w, language=swept.scene.language, text=swept.scene.text or swept.scene.title, rows=rows, failed=len(swept.failed),
        axes=[{"path": axis.path, "shown": values} for axis, values in zip(swept.axes, shown, strict=True)], first=first,
        measures=swept.measures, notes=swept.notes, view=Markup(view), no_view=no_view,
        thinned=w["thinned"].format(shown=viewed, count=len(rows)) if viewed < len(rows) else "",
        index=Markup(json.dumps({"axes": shown, "runs": _said(swept, places, views, rows)}, ensure_ascii=False).replace("</", "<\\/")),
        plot="data:image/svg+xml;base64," + base64.b64encode(plot.read_bytes()).decode("ascii") if plot.is_file() else "",
    )  # fmt: skip
    return page.replace("/*FONT*/", font_face(page), 1)


def viewed_grid(axes: tuple[Axis, ...], most: int = MOST_VIEWED) -> list[list[int]]:
    """Indices of the values of each axis whose runs are in the view: all, or every few (with both ends) of the longest axes."""
    counts = [len(axis.values) for axis in axes]
    while math.prod(counts) > most and max(counts) > 1:
        longest = counts.index(max(counts))
        counts[longest] -= 1
    return [
        sorted({round(k * (len(axis.values) - 1) / max(count - 1, 1)) for k in range(count)})
        for axis, count in zip(axes, counts, strict=True)
    ]


def _grid(places: list[list[int]]) -> list[tuple[int, ...]]:
    from itertools import product

    return list(product(*(range(len(kept)) for kept in places)))


def _number(axes: tuple[Axis, ...], places: list[list[int]], at: tuple[int, ...]) -> int:
    """The number of the run at a place of the viewed grid; the last axis changes fastest."""
    number = 0
    for axis, kept, k in zip(axes, places, at, strict=True):
        number = number * len(axis.values) + kept[k]
    return number + 1


def _view(
    swept: Sweep, folder: Path, places: list[list[int]], w: dict[str, str]
) -> tuple[str, dict[int, int | None], str]:
    """The data of the view ("" when there is none), which scene shows which run, and why there is none."""
    from hybrid.exports.animated import animated_scene
    from hybrid.report.view3d import views_of
    from hybrid.run_io import load_run

    rows = {row.number: row for row in swept.rows}
    scenes: list[AnimatedScene] = []
    views: dict[int, int | None] = {}
    for at in _grid(places):
        row = rows[_number(swept.axes, places, at)]
        views[row.number] = None
        if not row.folder or not (folder / row.folder / "trace.npz").is_file():
            continue
        try:
            made = animated_scene(load_run(folder / row.folder))
        except UserError:  # a run that was removed or cut short is shown in the table alone
            continue
        if made.nodes:
            views[row.number] = len(scenes)
            scenes.append(made)
    if not scenes:
        return "", views, w["unkept"]
    labels = {name: body.label or name for name, body in swept.scene.bodies.items()}
    view = ""
    for frames in FEWER_FRAMES:
        view = views_of(scenes, labels=labels, frames=frames)
        if len(view) <= LARGEST_VIEWS:
            return view, views, ""
    return "", dict.fromkeys(views), w["large"].format(size=len(view) / 1e6, most=LARGEST_VIEWS / 1e6)


def _row(swept: Sweep, row: Row, view: int | None, w: dict[str, str]) -> dict[str, Any]:
    happened = sum(1 for outcome in row.outcomes if outcome["happened"])
    told = w["of"].format(happened=happened, asked=len(row.outcomes)) if row.outcomes else "–"
    measures = [row.measures[measure.text] for measure in swept.measures]
    return {
        "number": row.number, "view": view, "reason": row.reason, "told": row.reason or told, "status": row.status,
        "set": [_plain(row.values[axis.path]) for axis in swept.axes], "measured": ["–" if math.isnan(v) else f"{v:.5g}" for v in measures],
    }  # fmt: skip


def _said(
    swept: Sweep, places: list[list[int]], views: dict[int, int | None], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """For every place of the viewed grid its run, what was measured, and what became of the outcomes."""
    said: dict[str, Any] = {}
    known = {row["number"]: row for row in rows}
    full = {row.number: row for row in swept.rows}
    for at in _grid(places):
        number = _number(swept.axes, places, at)
        row = known[number]
        measured = [
            [measure.text, value + (f" {measure.unit}" if measure.unit and value != "–" else "")]
            for measure, value in zip(swept.measures, row["measured"], strict=True)
        ]
        outcomes = [
            [outcome["asked"] or outcome["name"], "✓" if outcome["happened"] else "✗"]
            for outcome in full[number].outcomes
        ]
        said[",".join(map(str, at))] = {
            "number": number,
            "view": views.get(number),
            "reason": row["reason"],
            "said": [*measured, *outcomes],
        }
    return said


def _plain(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
