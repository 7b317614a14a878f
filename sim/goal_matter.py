"""Checks of goals that are about matter: breaking, floating, sinking, rising, and (by the heat solver's own reading) temperature."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scenes.scene import Scene
from sim.goal_checks import Finding, upright
from sim.trace import Trace

__all__ = ["breaks", "floats", "rises", "sinks", "thermal"]


def breaks(goal: Any, scene: Scene, trace: Trace) -> Finding:
    alive = trace.alive[:, trace.index(goal.body)]
    pieces = [name for name in trace.names if name.startswith(goal.body + "/")]
    if alive.all() or not pieces:
        from sim.fracture_words import unbroken

        return Finding(False, None, *unbroken(goal.body, scene, trace))
    time = float(trace.time[int(np.argmin(alive))])
    enough = goal.pieces is None or len(pieces) == goal.pieces
    return Finding(
        enough, time, f"broke into {len(pieces)} pieces at {time:.2f} s", f"{time:.2f} 秒碎成 {len(pieces)} 块", True
    )


def _surface(scene: Scene, trace: Trace, body: str) -> float | None:
    """Height of the water surface [m] that a body is in or over."""
    waters = trace.meta.get("medium", {}).get("waters", [])
    x, y = trace[body].position[-1, :2]
    for water in waters:
        bounds = water.get("bounds")
        if bounds is None or (bounds[0] <= x <= bounds[2] and bounds[1] <= y <= bounds[3]):
            return float(water["level"]) if water["level"] is not None else math.inf
    return scene.environment.water_level


def _afloat(goal: Any, scene: Scene, trace: Trace) -> tuple[float | None, float, float, float]:
    """Surface, lowest and highest point at the end, and vertical speed over the last half second."""
    track = trace[goal.body]
    low = float(track.height[-1])
    high = float(track.position[-1, 2] + upright(scene, goal.body, trace)[1])
    last = trace.time >= trace.duration - 0.5
    return _surface(scene, trace, goal.body), low, high, float(np.abs(track.linear_velocity[last, 2]).max())


def floats(goal: Any, scene: Scene, trace: Trace) -> Finding:
    level, low, high, speed = _afloat(goal, scene, trace)
    if level is None:
        return Finding(False, None, "there is no water in the scene", "场景中没有水", True)
    happened = low < level < high and speed < 0.25
    en = f"at the end from {low - level:+.2f} m to {high - level:+.2f} m about the surface, vertical speed below {speed:.2f} m/s"
    return Finding(
        happened,
        trace.duration if happened else None,
        en,
        f"最后在水面上下 {low - level:+.2f} 至 {high - level:+.2f} 米",
        happened and speed < 0.03,
    )


def sinks(goal: Any, scene: Scene, trace: Trace) -> Finding:
    level, _, high, speed = _afloat(goal, scene, trace)
    if level is None:
        return Finding(False, None, "there is no water in the scene", "场景中没有水", True)
    down = float(trace[goal.body].position[0, 2] - trace[goal.body].position[-1, 2])
    happened = high < level and down > 0 and speed < 0.05
    en = (
        f"at the end its top is {level - high:.2f} m below the surface"
        if high < level
        else "at the end it is not under the surface"
    )
    zh = f"最后顶部在水面下 {level - high:.2f} 米" if high < level else "最后没有在水面下"
    return Finding(happened, trace.duration if happened else None, en, zh, happened)


def rises(goal: Any, scene: Scene, trace: Trace) -> Finding:
    gain = trace[goal.body].position[:, 2] - trace[goal.body].position[0, 2]
    happened = bool(gain[-1] > 0.05)
    time = float(trace.time[int(np.argmax(gain > 0.05))]) if happened else None
    return Finding(happened, time, f"gained {gain[-1]:.2f} m of height", f"升高了 {gain[-1]:.2f} 米", happened)


def thermal(goal: Any, scene: Scene, trace: Trace) -> Finding:
    """warms, cools, melts."""
    from sim.heat_goals import verify_thermal

    happened, english, time = verify_thermal(goal, trace, language="en")
    return Finding(happened, time, english, verify_thermal(goal, trace, language="zh")[1], happened)
