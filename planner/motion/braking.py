"""How the way of a vehicle ends: where the text has it stop, or it comes to something, its driver brakes in time (declared)."""

from __future__ import annotations

import math
from typing import Any

from planner.stage import Actor, Stage
from scenes.wheels import wheels

__all__ = ["BRAKING", "braked", "rolls_on"]

# [m/s2] that most drivers brake with at ease, on wet roads too (Fambro et al. 1997, NCHRP Report 400; AASHTO Green Book, stopping sight distance)
BRAKING = 3.4
HARDEST = 7.0  # [m/s2] of an emergency stop on dry asphalt
CRUISE = 1.2  # [s] at full speed before it brakes, where the way is not given
STEP = 0.1  # [s] between keys while it brakes
ROLLING = {"roll", "coast", "glide", "freewheel"}

Keys = list[dict[str, Any]]


def rolls_on(actor: Actor) -> bool:
    """Whether the text lets a body on wheels roll where its path ends: nobody brakes it."""
    event = actor.extra.get("path", {}).get("event")
    return event is not None and event.verb in ROLLING


def _stops(stage: Stage, actor: Actor) -> bool:
    if rolls_on(actor):
        return False
    path = actor.extra["path"]
    asked = any(
        g["type"] in {"rests", "stops_at", "stops_before"} and g.get("body") == actor.name for g in stage.goals.values()
    )
    to = path.get("to")
    return asked or "near" in path or (to is not None and to is not stage.ground and to is not actor)


def braked(stage: Stage, actor: Actor, keys: Keys) -> Keys:
    """The same straight way, slowing down evenly to a stand at its end; as it was for what does not stop.

    v^2 = 2 a d. A way that the text leaves open is made long enough; on one that is too short the driver brakes from its start, up to an
    emergency stop, and beyond that goes slower all the way.
    """
    if actor.kind != "rigid" or len(keys) != 2 or len(wheels(actor.shape)) < 2 or not _stops(stage, actor):  # type: ignore[arg-type]
        return keys
    first, last = keys
    speed = float(actor.extra["path"]["speed"])
    way = [b - a for a, b in zip(first["position"], last["position"], strict=True)]
    length = math.hypot(*way)
    if length < 1e-6:
        return keys
    unit = [w / length for w in way]
    path = actor.extra["path"]
    if path.get("end") is None and path.get("to") is None and "near" not in path:
        length = max(CRUISE * speed, 2 * actor.size) + speed**2 / (2 * BRAKING)
    slowing = max(BRAKING, speed**2 / (2 * 0.85 * length))
    if slowing > HARDEST:
        slowing, speed = HARDEST, math.sqrt(2 * HARDEST * 0.85 * length)
    brakes = speed**2 / (2 * slowing)
    cruise, seconds = (length - brakes) / speed, speed / slowing
    count = max(4, round(seconds / STEP))
    times = [0.0, cruise, *(cruise + seconds * k / count for k in range(1, count + 1))]
    made: Keys = []
    for time in times:
        late = max(0.0, time - cruise)
        along = speed * time - slowing * late**2 / 2
        place = [round(p + u * along, 4) for p, u in zip(first["position"], unit, strict=True)]
        made.append(first | {"time": round(time, 4), "position": place})
    why = stage.say(
        f"its driver brakes with {slowing:.2g} m/s² (declared; most drivers: {BRAKING:g}, Fambro et al. 1997)",
        f"由驾驶者以 {slowing:.2g} 米/秒² 制动（声明；常见值 {BRAKING:g}，Fambro 等 1997）",
    )
    path["why"] = f"{path['why']}; {why}" if path.get("why") else why
    stage.note(f"drivers.{actor.name}_path.braking", "assumed", why, path["event"].span)
    return made
