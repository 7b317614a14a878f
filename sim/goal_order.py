"""Checks of goals that set bodies against each other: at the same time, and between."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.scene import Scene
from sim import queries
from sim.goal_checks import Finding
from sim.trace import Trace

__all__ = ["aside", "between", "landing", "moments", "together"]

FloatArray = NDArray[np.float64]
ALOFT, ASIDE = 0.01, 1 / 3  # [s] in the air before a landing; of the length of the line


def landing(trace: Trace, body: str, on: str | None = None) -> float | None:
    """When a body first touched (`on`, or anything) after it had been in the air [s]."""
    lying = {c.other(body) for c in trace.contacts_of(body) if c.t_start <= ALOFT}
    left = max((c.t_end for c in trace.contacts_of(body) if c.t_start <= ALOFT), default=-1.0) if lying else -1.0
    for contact in trace.contacts_of(body):
        if contact.t_start > max(ALOFT, left + ALOFT) and (on is None or contact.other(body) == on):
            return contact.t_start
    return None


def moments(goal: Any, trace: Trace) -> list[float | None]:
    """When each body of a `together` goal did its thing [s]."""
    if goal.event == "rests":
        return [queries.rest_time(trace, body) for body in goal.bodies]
    return [landing(trace, body, goal.on) for body in goal.bodies]


def together(goal: Any, scene: Scene, trace: Trace) -> Finding:
    times = moments(goal, trace)
    did, did_zh = ("came to rest", "静止") if goal.event == "rests" else ("landed", "落地")
    missing = [body for body, time in zip(goal.bodies, times, strict=True) if time is None]
    if missing:
        return Finding(False, None, f"{', '.join(missing)} never {did}", f"{'、'.join(missing)} 没有{did_zh}")
    known = [time for time in times if time is not None]
    apart = max(known) - min(known)
    told = ", ".join(f"{body} {did} at {time:.3f} s" for body, time in zip(goal.bodies, known, strict=True))
    told_zh = "，".join(f"{body} 在 {time:.3f} 秒{did_zh}" for body, time in zip(goal.bodies, known, strict=True))
    happened = apart <= goal.tolerance
    en = f"{told}: {apart:.3f} s apart ({goal.tolerance:g} s counts as the same time)"
    zh = f"{told_zh}，相差 {apart:.3f} 秒（{goal.tolerance:g} 秒以内算同时）"
    return Finding(happened, max(known), en, zh, True)


def aside(goal: Any, trace: Trace) -> tuple[float, float, float]:
    """Where a body ends on the line from `a` to `b` (0 to 1 along it), how far aside and the length of the line [m]."""
    a, b = trace[goal.a].position[-1, :2], trace[goal.b].position[-1, :2]
    way = b - a
    length = max(float(np.linalg.norm(way)), 1e-9)
    off = trace[goal.body].position[-1, :2] - a
    along = float(off @ way) / length**2
    return along, float(np.linalg.norm(off - along * way)), length


def between(goal: Any, scene: Scene, trace: Trace) -> Finding:
    along, off, length = aside(goal, trace)
    happened = 0.0 < along < 1.0 and off <= ASIDE * length
    rest = queries.rest_time(trace, goal.body)
    en = f"at the end {along:.0%} of the way from {goal.a} to {goal.b}, {off:.2f} m aside"
    zh = f"最后位于 {goal.a} 到 {goal.b} 连线的 {along:.0%} 处，偏离 {off:.2f} 米"
    return Finding(
        happened,
        (rest if rest is not None else trace.duration) if happened else None,
        en,
        zh,
        rest is not None and rest > 0,
    )
