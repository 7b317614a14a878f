"""Plots of a trace as inline SVG: lines by position and dash as well as by colour, contacts marked, a cursor that the page moves.

Colours are the style sheet's (after Okabe and Ito, "Color universal design", 2008, darkened for contrast), so that pages can be dark or printed.
"""

from __future__ import annotations

import html
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hybrid.report.curves import energies, height_and_speed
from hybrid.report.tables import display_names
from hybrid.report.words import words

if TYPE_CHECKING:
    from scenes.scene import Scene
    from sim.trace import Trace

__all__ = [
    "LEFT",
    "MOST_BODIES",
    "RIGHT",
    "WIDTH",
    "Plot",
    "Series",
    "draw",
    "heat_plots",
    "motion_plots",
    "moving_bodies",
    "nice_ticks",
    "time_words",
]

FloatArray = NDArray[np.float64]
MOST_BODIES, MOST_MARKS, MOST_POINTS = 6, 60, 900
LEAST_WAY = 5e-3  # [m]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 400, 214, 46, 10, 10, 42
LEAST = {"m": 0.01, "m/s": 0.01, "J": 1e-4, "°C": 0.5}  # the least height of a plot: smaller changes look small


@dataclass(frozen=True)
class Series:
    """A line: `x` and `y` (K,), NaN where it is broken off; `style` numbers its colour and dash, "h3" of the heat scale."""

    label: str
    x: FloatArray
    y: FloatArray
    style: str


@dataclass(frozen=True)
class Plot:
    """A drawn plot: `svg`, and the legend rows (label, style class, index) that stand under its title."""

    title: str
    unit: str
    svg: str
    legend: tuple[tuple[str, str], ...]


def nice_ticks(low: float, high: float, *, count: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) from `low` to `high`, about `count` of them."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low]
    rough = (high - low) / max(1, count)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _thin(series: Series) -> Series:
    keep = (
        np.unique(np.linspace(0, len(series.x) - 1, MOST_POINTS).astype(int))
        if len(series.x) > MOST_POINTS
        else slice(None)
    )
    return Series(series.label, series.x[keep], series.y[keep], series.style)


def _tick(value: float) -> str:
    return "0" if abs(value) < 1e-12 else f"{value:.6g}".replace("-", "−")


def draw(
    title: str, lines: list[Series], *, x_label: str, unit: str, marks: tuple[float, ...] = (), from_zero: bool = False,
    cursor: float | None = 1.0,
) -> Plot:  # fmt: skip
    """A plot of `lines`. `cursor` is the factor from simulated seconds to the x axis, None for plots that are not over time."""
    lines = [_thin(line) for line in lines]
    x0, x1 = (float(edge([edge(line.x) for line in lines])) for edge in (np.min, np.max))
    x1 = x1 if x1 > x0 else x0 + 1.0
    low = min((float(np.nanmin(line.y)) for line in lines if np.isfinite(line.y).any()), default=0.0)
    high = max((float(np.nanmax(line.y)) for line in lines if np.isfinite(line.y).any()), default=1.0)
    low = min(low, 0.0) if from_zero else low
    room = max(high - low, 1e-3 * max(abs(low), abs(high)), LEAST.get(unit, 1e-6))
    y0, y1 = low - (0.0 if from_zero and low == 0 else 0.05 * room), max(high, low + room) + 0.08 * room
    x_of = lambda x: LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)  # noqa: E731
    y_of = lambda y: HEIGHT - BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM)  # noqa: E731
    parts = []
    for tick in nice_ticks(y0, y1):
        y = y_of(tick)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{_tick(tick)}</text>')
    floor = HEIGHT - BOTTOM
    for tick in nice_ticks(x0, x1, count=6):
        x = x_of(tick)
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{floor}" y2="{floor + 4}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{floor + 17}" text-anchor="middle">{_tick(tick)}</text>')
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{floor}" y2="{floor}"/>')
    for mark in marks[:MOST_MARKS]:
        x = x_of(mark)
        parts.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{floor}"/>')
        parts.append(f'<path class="mark-foot" d="M{x - 3.5:.1f} {floor}h7l-3.5 -6z"/>')
    parts.append(
        f'<text class="label" x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">{html.escape(x_label)}</text>'
    )
    for line in lines:
        parts.append(f'<path class="line {_class(line.style)}" d="{_path(x_of(line.x), y_of(line.y))}"/>')
    attributes = ""
    if cursor is not None:
        parts.append(f'<line class="cursor" x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{floor}" visibility="hidden"/>')
        data = [{"x": _rounded(line.x), "y": _rounded(line.y)} for line in lines]
        shown = html.escape(json.dumps(data, separators=(",", ":")), quote=True)
        attributes = f' data-x0="{x0:.6g}" data-x1="{x1:.6g}" data-factor="{cursor:.6g}" data-unit="{html.escape(unit)}" data-series="{shown}"'
    name = html.escape(f"{title}: {', '.join(line.label for line in lines)}", quote=True)
    svg = f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}"{attributes}>{"".join(parts)}</svg>'
    return Plot(title, unit, svg, tuple((line.label, _class(line.style)) for line in lines))


def _class(style: str) -> str:
    return f"s{style}" if style.isdigit() else style


def _rounded(values: FloatArray) -> list[float | None]:
    return [float(f"{value:.4g}") if math.isfinite(value) else None for value in values]


def _path(x: FloatArray, y: FloatArray) -> str:
    pieces, pen_up = [], True
    for a, b in zip(x, y, strict=True):
        if not math.isfinite(b):
            pen_up = True
            continue
        pieces.append(f"{'M' if pen_up else 'L'}{a:.1f} {b:.1f}")
        pen_up = False
    return "".join(pieces)


def moving_bodies(trace: Trace) -> list[str]:
    """Bodies that the run moved, those that moved most first; of a figure's links one, of still scenery none."""
    found: dict[str, tuple[float, str]] = {}
    shards = trace.meta.get("fragments", {})
    for column, name in enumerate(trace.names):
        if name in shards:  # the whole that broke is drawn until then
            continue
        steps = np.linalg.norm(np.diff(trace.position[:, column], axis=0), axis=1)
        way = float(np.nansum(steps)) + 0.05 * float(
            np.nanmax(np.linalg.norm(trace.angular_velocity[:, column], axis=1), initial=0.0)
        )
        root = name.partition("/")[0]
        mode = (
            trace.meta.get("bodies", {})
            .get(name, {})
            .get("mode", "free" if np.isfinite(trace.mass[column]) else "fixed")
        )
        if mode == "fixed":  # what melts sinks without being moved
            continue
        if way > LEAST_WAY and way > found.get(root, (0.0, ""))[0]:
            found[root] = (way, name)
    return [name for _, name in sorted(found.values(), key=lambda entry: (-entry[0], entry[1]))]


def motion_plots(scene: Scene, trace: Trace) -> tuple[list[Plot], int]:
    """Height, speed and energy over time, and how many bodies move in all; nothing when nothing moves."""
    moving = moving_bodies(trace)
    if not moving or len(trace.time) < 2:
        return [], len(moving)
    w, labels = words(scene.language), display_names(scene, trace)
    shown = [name for name in trace.names if name in moving[:MOST_BODIES]]
    curves = {name: height_and_speed(trace, name) for name in shown}
    marks = tuple(
        sorted(
            {
                round(c.t_start, 4)
                for c in trace.contacts
                if c.speed_before >= 0.05 and {c.body_a, c.body_b} & set(shown)
            }
        )
    )
    second = f"{w['time']} [s]"
    plots = [
        draw(
            w[key], [Series(labels[name], curves[name][0], curves[name][part], str(number)) for number, name in enumerate(shown)],
            x_label=second, unit=unit, marks=marks, from_zero=True,
        )
        for key, part, unit in (("height", 1, "m"), ("speed", 2, "m/s"))
    ]  # fmt: skip
    found = energies(trace)
    if found is not None:
        time, kinetic, potential = found
        lines = [
            Series(w["kinetic"], time, kinetic, "0"),
            Series(w["potential"], time, potential, "1"),
            Series(w["total"], time, kinetic + potential, "total"),
        ]
        plots.append(draw(w["energy"], lines, x_label=second, unit="J", marks=marks, from_zero=True))
    return plots, len(moving)


def time_words(seconds: float, language: str) -> str:
    """A duration in the unit that suits it: 45 s, 12 min, 3.5 h."""
    for size, en, zh in ((3600.0, "h", "小时"), (60.0, "min", "分钟")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {zh if language == 'zh' else en}"
    return f"{seconds:.3g} {'秒' if language == 'zh' else 's'}"


def heat_plots(scene: Scene, trace: Trace) -> list[Plot]:
    """Temperatures of every body with a temperature field: along its longest side at five times, and over the physical time."""
    field, places, owners = (
        trace.extra.get(key) for key in ("temperature", "temperature_position", "temperature_body")
    )
    if field is None or places is None or owners is None or len(field.data) < 2:
        return []
    w, labels = words(scene.language), display_names(scene, trace)
    heat = trace.meta.get("heat", {})
    factor = float(heat.get("time_factor", 1.0))
    long = float(trace.time[-1] * factor)
    size, unit = next(((s, u) for s, u in ((3600.0, "h"), (60.0, "min")) if long >= 2 * s), (1.0, "s"))
    weight = trace.extra["cell_volume"].data if "cell_volume" in trace.extra else np.ones(field.data.shape[1])
    plots = []
    for column in sorted({int(owner) for owner in owners.data}):
        mine = owners.data == column
        name = labels[trace.names[column]] if 0 <= column < len(trace.names) else str(heat.get("body_names", ["?"])[0])
        temperature, share = field.data[:, mine], weight[mine] / weight[mine].sum()
        time = trace.time * factor / size
        lines = [Series(w["mean"], time, temperature @ share, "total")]
        if temperature.shape[1] > 1 and float(np.ptp(temperature, axis=1).max()) > 0.05:
            lines = [
                Series(w["hottest"], time, temperature.max(axis=1), "1"),
                *lines,
                Series(w["coldest"], time, temperature.min(axis=1), "0"),
            ]
            plots.append(
                _profile(
                    f"{w['temperature_along']}: {name}", places.data[mine], temperature, share, long, scene.language
                )
            )
        x_label = f"{w['physical_time' if abs(factor - 1) > 1e-9 else 'time']} [{unit}]"
        plots.append(
            draw(
                f"{w['temperature_time']}: {name}",
                lines,
                x_label=x_label,
                unit="°C",
                cursor=factor / size,
            )
        )
    return plots[:8]


def _profile(
    title: str, places: FloatArray, temperature: FloatArray, share: FloatArray, long: float, language: str
) -> Plot:
    w = words(language)
    axis = int(np.argmax(np.ptp(places, axis=0)))
    stops, where = np.unique(np.round(places[:, axis], 9), return_inverse=True)
    if len(stops) > 120:  # cells of a body in three dimensions need not lie in layers
        edges = np.linspace(stops[0], stops[-1], 61)
        where = np.clip(np.digitize(places[:, axis], edges) - 1, 0, 59)
        stops = (edges[1:] + edges[:-1]) / 2
    filled = np.bincount(where, share, len(stops))
    lines = []
    for number, frame in enumerate(np.linspace(0, len(temperature) - 1, 5).round().astype(int)):
        mean = np.bincount(where, share * temperature[frame], len(stops))
        profile = np.divide(mean, filled, out=np.full(len(stops), np.nan), where=filled > 0)
        label = time_words(long * frame / (len(temperature) - 1), language)
        lines.append(Series(label, stops - stops[0], profile, f"h{number}"))
    return draw(title, lines, x_label=f"{w['along']} [m]", unit="°C", cursor=None)
