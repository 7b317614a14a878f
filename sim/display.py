"""How a trace shows itself in a notebook: a small drawing of heights over time as inline SVG, and a table. No plotting library is needed."""

from __future__ import annotations

import html
import math

import numpy as np
from numpy.typing import NDArray

from sim.trace import BodyTrack, Trace

__all__ = ["body_html", "line_svg", "trace_html"]

FloatArray = NDArray[np.float64]
COLORS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
)  # Okabe and Ito, "Color universal design", 2008
DASHES = ("", "6 3", "2 3", "8 3 2 3", "10 4", "1 4")
MOST_LINES, MOST_POINTS = 6, 500
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 180, 52, 12, 12, 30


def line_svg(time: FloatArray, lines: dict[str, FloatArray], *, unit: str, marks: list[float] | None = None) -> str:
    """Lines over time [s] as one SVG with its own legend; `marks` are times of contacts. Told apart by dash as well as by colour."""
    shown = dict(list(lines.items())[:MOST_LINES])
    if len(time) < 2 or not shown or not any(np.isfinite(values).any() for values in shown.values()):
        return ""
    low = min(float(np.nanmin(v)) for v in shown.values() if np.isfinite(v).any())
    high = max(float(np.nanmax(v)) for v in shown.values() if np.isfinite(v).any())
    room = max(high - low, 1e-9 + 1e-3 * abs(high))
    low = 0.0 if abs(low) < 1e-3 * room else low
    high = low + 1.05 * room
    start, end = float(time[0]), float(time[-1])
    floor = HEIGHT - BOTTOM
    x_of = LEFT + (time - start) / (end - start) * (WIDTH - LEFT - RIGHT)
    parts = [
        f'<line x1="{LEFT}" y1="{floor}" x2="{WIDTH - RIGHT}" y2="{floor}" stroke="currentColor" stroke-opacity=".5"/>'
    ]
    for value, y in ((high, TOP), ((high + low) / 2, (TOP + floor) / 2), (low, floor)):
        parts.append(
            f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="currentColor" stroke-opacity=".12"/>'
        )
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{value:.3g}</text>')
    for share in (0.0, 0.5, 1.0):
        x = LEFT + share * (WIDTH - LEFT - RIGHT)
        anchor = {0.0: "start", 0.5: "middle", 1.0: "end"}[share]
        parts.append(
            f'<text x="{x}" y="{HEIGHT - 12}" text-anchor="{anchor}">{start + share * (end - start):.3g} s</text>'
        )
    for mark in marks or []:
        if start <= mark <= end:
            x = LEFT + (mark - start) / (end - start) * (WIDTH - LEFT - RIGHT)
            parts.append(f'<path d="M{x - 3:.1f} {floor}h6l-3 -6z" fill="currentColor" fill-opacity=".55"/>')
    keep = (
        np.unique(np.linspace(0, len(time) - 1, MOST_POINTS).astype(int))
        if len(time) > MOST_POINTS
        else np.arange(len(time))
    )
    legend = []
    for number, (name, values) in enumerate(shown.items()):
        y_of = floor - (values - low) / (high - low) * (floor - TOP)
        pieces, lifted = [], True
        for k in keep:
            if not math.isfinite(y_of[k]):
                lifted = True
                continue
            pieces.append(f"{'M' if lifted else 'L'}{x_of[k]:.1f} {y_of[k]:.1f}")
            lifted = False
        style = f'stroke="{COLORS[number]}" stroke-dasharray="{DASHES[number]}"'
        parts.append(f'<path d="{"".join(pieces)}" fill="none" stroke-width="1.8" {style}/>')
        legend.append(
            f'<svg width="26" height="8"><line x1="0" x2="26" y1="4" y2="4" stroke-width="2" {style}/></svg> {html.escape(name)}'
        )
    drawing = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" style="max-width:100%;font:11px sans-serif" fill="currentColor">'
        f"{''.join(parts)}</svg>"
    )
    more = f" (+ {len(lines) - len(shown)})" if len(lines) > len(shown) else ""
    return f"<div>{drawing}<div>{' &nbsp; '.join(legend)}{more} &nbsp; [{html.escape(unit)}]</div></div>"


def trace_html(trace: Trace) -> str:
    """Heights of the bodies that move most, with their contacts marked, and a row for each body."""
    moved = {
        name: float(np.nanmax(np.linalg.norm(track.position - track.position[alive.argmax()], axis=1), initial=0.0))
        for name in trace.names
        if math.isfinite(trace.mass[trace.index(name)])
        for track in (trace[name],)
        for alive in (trace.alive[:, track.column],)
        if alive.any()
    }
    first = sorted(moved, key=lambda name: -moved[name])[:MOST_LINES]
    marks = sorted(
        {round(c.t_start, 3) for c in trace.contacts if c.speed_before >= 0.05 and {c.body_a, c.body_b} & set(first)}
    )
    drawing = line_svg(
        trace.time, {name: trace[name].height for name in first}, unit="height of the lowest point, m", marks=marks[:80]
    )
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{'fixed' if not math.isfinite(trace.mass[k]) else f'{trace.mass[k]:.3g} kg'}</td>"
        f"<td>{moved.get(name, 0.0):.3g} m</td><td>{float(np.nanmax(trace[name].speed, initial=0.0)):.3g} m/s</td>"
        f"<td>{len(trace[name].contacts)}</td></tr>"
        for k, name in enumerate(trace.names[:20])
    )
    more = f"<p>... and {len(trace.names) - 20} more bodies</p>" if len(trace.names) > 20 else ""
    head = "<tr><th>body</th><th>mass</th><th>farthest from start</th><th>top speed</th><th>contacts</th></tr>"
    return f"{drawing}<table><thead>{head}</thead><tbody>{rows}</tbody></table>{more}"


def body_html(track: BodyTrack) -> str:
    """Height, speed and, where it has one, the temperature of a body over time."""
    marks = [contact.t_start for contact in track.contacts if contact.speed_before >= 0.05][:80]
    parts = [
        line_svg(track.time, {f"{track.name}: height of the lowest point": track.height}, unit="m", marks=marks),
        line_svg(track.time, {f"{track.name}: speed": track.speed}, unit="m/s", marks=marks),
    ]
    owners = track.trace.extra.get("temperature_body")
    if owners is not None and (owners.data == track.column).any():
        field = track.temperature
        lines = {"hottest": field.max(axis=1), "mean of the cells": field.mean(axis=1), "coldest": field.min(axis=1)}
        parts.append(line_svg(track.time, lines, unit="degC"))
    return f"<div><b>{html.escape(repr(track)[1:-1])}</b>{''.join(parts)}</div>"
