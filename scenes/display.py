"""How a scene shows itself in a notebook: the plan seen from the side and from above as inline SVG, and its bodies, outcomes and free values."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scenes.errors import UserError
from scenes.shapes import Shape, rotation_matrix, support_along

if TYPE_CHECKING:
    from scenes.scene import Scene

__all__ = ["scene_html"]

COLORS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
)  # Okabe and Ito, "Color universal design", 2008
WIDTH, HEIGHT, EDGE = 300, 210, 16
WIDEST = 12.0  # [m] what is wider is ground and does not set the scale
MOST = 24
WORDS = {
    "en": {"side": "from the side (x, z)", "above": "from above (x, y)", "body": "body", "material": "material", "mass": "mass", "place": "position [m]",
           "fixed": "fixed", "asked": "Asked outcomes", "free": "May be searched", "more": "and {count} more bodies", "follows": "by density"},
    "zh": {"side": "侧视（x, z）", "above": "俯视（x, y）", "body": "物体", "material": "材料", "mass": "质量", "place": "位置 [米]",
           "fixed": "固定", "asked": "要求的结果", "free": "可搜索的量", "more": "另有 {count} 个物体", "follows": "由密度得出"},
}  # fmt: skip
SIDES = 180
FloatArray = NDArray[np.float64]
Box = tuple[FloatArray, FloatArray]


def scene_html(scene: Scene) -> str:
    """The plan of a scene as HTML; bodies without a shape (fluids, fields) are in the table alone."""
    w = WORDS[scene.language]
    boxes: dict[str, Box] = {}
    for name, body in scene.bodies.items():
        shape = getattr(body, "shape", None)
        if shape is None:
            continue
        try:
            boxes[name] = _bounds(shape, body.position, body.orientation)
        except UserError:
            continue  # a mesh whose file is not here any more
    views = "".join(_view(scene, boxes, axes, w[title]) for axes, title in (((0, 2), "side"), ((0, 1), "above")))
    rows = []
    for number, (name, body) in enumerate(list(scene.bodies.items())[:MOST]):
        mass = getattr(body, "mass", None)
        weight = w["fixed"] if getattr(body, "fixed", False) else f"{mass:g} kg" if mass is not None else w["follows"]
        place = ", ".join(f"{part + 0.0:.3g}" for part in body.position)
        mark = f'<span style="color:{COLORS[number % len(COLORS)]}">■</span>'
        cells = (
            f"{mark} {html.escape(name)}",
            html.escape(str(getattr(body, "material", "") or body.kind)),
            weight,
            place,
        )
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{w[key]}</th>" for key in ("body", "material", "mass", "place"))
    lists = ""
    if scene.goals:
        lists += f"<p><b>{w['asked']}</b>: {html.escape('; '.join(goal.asked or name for name, goal in scene.goals.items()))}</p>"
    if scene.free:
        spans = "; ".join(f"{path} {free.low:g}–{free.high:g}" for path, free in scene.free.items())
        lists += f"<p><b>{w['free']}</b>: {html.escape(spans)}</p>"
    more = f"<p>{w['more'].format(count=len(scene.bodies) - MOST)}</p>" if len(scene.bodies) > MOST else ""
    text = f"<p><b>{html.escape(scene.text or scene.title)}</b></p>" if scene.text or scene.title else ""
    return f"<div>{text}<div>{views}</div><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{more}{lists}</div>"


def _reach(
    shape: Shape, position: tuple[float, ...], orientation: tuple[float, float, float, float], directions: FloatArray
) -> FloatArray:
    """How far a placed body reaches in each of some directions (D, 3) of the world [m], (D,)."""
    turn = rotation_matrix(orientation)
    pieces = [(piece.shape, rotation_matrix(piece.orientation), np.asarray(piece.position)) for piece in shape.pieces()]
    return np.array(
        [
            max(support_along(part, own.T @ (turn.T @ axis)) + float((turn.T @ axis) @ at) for part, own, at in pieces)
            + float(axis @ np.asarray(position))
            for axis in directions
        ]
    )


def _bounds(shape: Shape, position: tuple[float, ...], orientation: tuple[float, float, float, float]) -> Box:
    """The axis-aligned box of a placed body in the world [m]."""
    reach = _reach(shape, position, orientation, np.concatenate([np.eye(3), -np.eye(3)]))
    return -reach[3:], reach[:3]


def _outline(
    shape: Shape, position: tuple[float, ...], orientation: tuple[float, float, float, float], axes: tuple[int, int]
) -> FloatArray:
    """The convex outline (SIDES, 2) [m] of a placed body seen along the third axis: where neighbouring tangents meet."""
    angles = np.arange(SIDES) * (2 * math.pi / SIDES)
    flat = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    directions = np.zeros((SIDES, 3))
    directions[:, axes] = flat
    h = _reach(shape, position, orientation, directions)
    after, turned = np.roll(flat, -1, axis=0), np.roll(h, -1)
    cross = flat[:, 0] * after[:, 1] - flat[:, 1] * after[:, 0]
    x = (h * after[:, 1] - turned * flat[:, 1]) / cross
    y = (turned * flat[:, 0] - h * after[:, 0]) / cross
    return np.stack([x, y], axis=1)


def _view(scene: Scene, boxes: dict[str, Box], axes: tuple[int, int], title: str) -> str:
    small = [box for box in boxes.values() if (box[1] - box[0])[list(axes)].max() < WIDEST] or list(boxes.values())
    if not small:
        return ""
    low = np.min([box[0] for box in small], axis=0)[list(axes)]
    high = np.max([box[1] for box in small], axis=0)[list(axes)]
    if axes[1] == 2:
        low[1] = min(low[1], 0.0)
    room = float(max(high[0] - low[0], (high[1] - low[1]) * (WIDTH - 2 * EDGE) / (HEIGHT - 2 * EDGE - 18), 1e-3)) * 1.06
    scale = (WIDTH - 2 * EDGE) / room
    middle = (low + high) / 2
    parts = []
    for number, (name, body) in enumerate(scene.bodies.items()):
        if name not in boxes:
            continue
        shape = getattr(body, "shape", None)
        if shape is None:
            continue
        points = np.round(_outline(shape, body.position, body.orientation, axes), 9)
        x = np.clip(WIDTH / 2 + (points[:, 0] - middle[0]) * scale, -9.0, WIDTH + 9.0)
        y = np.clip(HEIGHT / 2 + 6 - (points[:, 1] - middle[1]) * scale, 15.0, HEIGHT + 9.0)
        corners = " ".join(dict.fromkeys(f"{one:.1f},{two:.1f}" for one, two in zip(x, y, strict=True)))
        color = COLORS[number % len(COLORS)]
        style = f'fill="{color}" fill-opacity="{0.10 if getattr(body, "fixed", False) else 0.45}" stroke="{color}"'
        parts.append(f'<polygon points="{corners}" {style}><title>{html.escape(name)}</title></polygon>')
    ruler = 10 ** math.floor(math.log10(max(room / 2, 1e-6)))
    bar = f'<path d="M{EDGE} {HEIGHT - 5}h{ruler * scale:.1f}" stroke="currentColor" stroke-width="2"/><text x="{EDGE + ruler * scale + 5:.1f}" y="{HEIGHT - 1}">{ruler:g} m</text>'
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" style="max-width:49%;font:11px sans-serif;overflow:hidden" fill="currentColor">'
        f'<text x="{EDGE}" y="10">{title}</text>{"".join(parts)}{bar}</svg>'
    )
