"""In and on water: floating, sinking, rising. The water is still; buoyancy and drag are solved, its surface is a proxy."""

from __future__ import annotations

import numpy as np

from planner.frame import Event
from planner.layout import surface_of
from planner.lexicon import Verb
from planner.motion.common import Handled, movers_of, speed_factor
from planner.stage import Actor, Stage, ids_of
from scenes.materials import library
from scenes.shapes import Cup

__all__ = ["float_", "into_water", "rise", "sink"]

DEPTH = 0.8  # [m] of water when nothing is said of it


def water_depth(stage: Stage) -> float:
    """Make sure that there is water, and answer how deep it is [m]: a named vessel's fill, else an open pool."""
    level = stage.environment.get("water_level")
    if level is None:
        vessel = vessel_of(stage)
        sizes = [
            a.size for a in stage.actors.values() if a.movable and a is not vessel and a.entity.role != "container"
        ]
        level = round(max(DEPTH, 3 * max(sizes, default=0.2)), 3)
        if vessel is not None:
            low, high = vessel.bounds()
            level = round(0.8 * float(high[2] - low[2]), 4)
            vessel.fixed = True
        stage.environment["water_level"] = level
        stage.note("environment.water_level", "assumed", f"still water {level:g} m deep")
    return float(level)


def vessel_of(stage: Stage) -> Actor | None:
    """What holds the water: the thing that the text puts water in, else a named open vessel."""
    for relation in stage.relations("in"):
        if any((e := stage.entity(i)) is not None and e.role == "fluid" for i in ids_of(relation.subject)):
            holder = stage.one(relation.object)
            if holder is not None and holder.kind == "rigid":
                return holder
    return next((a for a in stage.actors.values() if isinstance(a.shape, Cup) and a.entity.role == "container"), None)


def into_water(stage: Stage, actor: Actor, *, at: str) -> None:
    """Place an actor at the surface, at the bottom or in the middle of the water."""
    depth = water_depth(stage)
    low, high = actor.bounds()
    tall = float(high[2] - low[2])
    vessel = vessel_of(stage)
    if vessel is not None and vessel is not actor:
        stage.constrain("offset", actor, 0, 0.0, vessel)
        stage.constrain("offset", actor, 1, 0.0, vessel)
        floor = surface_of(vessel.shape)[0]
    else:
        floor = 0.0
    heights = {
        "surface": depth - 0.25 * tall,
        "above": depth + 0.02,
        "bottom": floor + 0.01,
        "middle": floor + 0.45 * (depth - floor),
    }
    actor.clearance = round(max(heights[at], floor + 0.002), 4)
    actor.support, actor.in_air, actor.moving = None, True, True


def float_(stage: Stage, event: Event, verb: Verb) -> Handled:
    movers = [a for a in movers_of(stage, event) if a.movable]
    if not movers or _in_air(stage):
        from planner.motion.living import locomote_path

        return locomote_path(stage, event, flying=True)
    for actor in movers:
        if not actor.moving:
            into_water(stage, actor, at="surface")
        if "down" in event.manner or "along" in {r.type for r in stage.relations(subject=actor.entity.id)}:
            actor.velocity = np.array([0.4, 0.0, 0.0])
        stage.goal("floats", event, body=actor.name)
        _warn_density(stage, actor, floats=True)
    return Handled(
        "solved", stage.say("buoyancy and drag are solved; the water is still", "浮力和阻力为求解结果；水面静止")
    )


def sink(stage: Stage, event: Event, verb: Verb) -> Handled:
    movers = [a for a in movers_of(stage, event) if a.movable]
    if not movers:
        return Handled(
            "imagined", stage.say("what sinks has no rigid body here", "下沉的东西在这里没有刚体"), "imagined"
        )
    for actor in movers:
        if not actor.moving:
            into_water(stage, actor, at="surface")
        stage.goal("sinks", event, body=actor.name)
        _warn_density(stage, actor, floats=False)
    return Handled(
        "solved", stage.say("buoyancy and drag are solved; the water is still", "浮力和阻力为求解结果；水面静止")
    )


def rise(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Rises in water by buoyancy; in air only what is lighter than air would, so there it is a declared path. A rising temperature is heat."""
    if "temperature" in {*(event.patient if isinstance(event.patient, list) else [event.patient]), event.agent}:
        from planner.motion.heating import heated_bodies

        for actor, side in heated_bodies(stage, event):
            if actor.name in stage.thermal.get("bodies", {}):
                stage.goal(
                    "warms",
                    event,
                    body=actor.name,
                    at="right" if side == "right" else "left" if side == "left" else "mean",
                )
        return Handled("solved")
    movers = [a for a in movers_of(stage, event) if a.movable]
    if (
        movers
        and not _in_air(stage)
        and ("water_level" in stage.environment or stage.environment.get("medium") == "water")
    ):
        for actor in movers:
            into_water(stage, actor, at="bottom")
            stage.goal("rises", event, body=actor.name)
            _warn_density(stage, actor, floats=True)
        return Handled("solved")
    if not movers:
        return Handled("imagined", stage.say("it has no body here", "它在这里没有实体"), "imagined")
    target = stage.one(event.goal_place)
    for actor in movers:
        _rise_in_air(stage, event, actor, target if target is not actor else None)
    return Handled(
        "actuated", stage.say("lighter than air: a declared path, straight up", "比空气轻：声明的路径，竖直上升")
    )


def _rise_in_air(stage: Stage, event: Event, actor: Actor, target: Actor | None) -> None:
    """Straight up from hand height at 0.8 m/s, to what is named above it, else 2 m; then it stays."""
    start, speed = 1.0, 0.8 * speed_factor(event)
    height = 2.0
    if target is not None and target.kind == "rigid":
        stage.constrain("offset", actor, 0, 0.0, target, text=stage.words(event.span))
        stage.constrain("offset", actor, 1, 0.0, target)
        low, high = actor.bounds()
        height = max(0.3, target.clearance - start - float(high[2] - low[2]) - 0.01) if target.in_air else 2.0
    actor.in_air, actor.clearance, actor.moving, actor.status = True, start, True, "actuated"
    end = round(max(height, 0.1) / speed, 3)
    stage.drivers[f"{actor.name}_path"] = {
        "type": "path", "body": actor.name, "start": 0.0, "relative": True, "interpolation": "smooth", "why": "a flyer",
        "keys": [{"time": 0.0, "position": (0.0, 0.0, 0.0)}, {"time": end, "position": (0.0, 0.0, round(height, 4))}],
    }  # fmt: skip
    stage.note(
        f"drivers.{actor.name}_path", "assumed", f"rises at {speed:g} m/s: a light balloon against its drag", event.span
    )
    stage.goal("moves", event, body=actor.name, distance=round(0.8 * height, 3), direction=(0.0, 0.0, 1.0))


def _in_air(stage: Stage) -> bool:
    return stage.environment.get("medium") in {None, "air", "vacuum"} and "water_level" not in stage.environment


def _warn_density(stage: Stage, actor: Actor, *, floats: bool) -> None:
    if actor.shape is None or actor.entry.assumed:
        return
    volume = float(actor.shape.volume())
    density = actor.mass / volume if actor.mass else library().material(actor.material).density.value
    if actor.mass is None and actor.wall is not None:
        return
    if (density < 998.2) != floats:
        stage.advise(
            f"The {actor.entity.head} has {density:.0f} kg/m³ and water 998: by the law it {'sinks' if floats else 'floats'}, whatever is asked.",
            f"“{actor.entity.mention or actor.entity.head}”的密度为 {density:.0f} kg/m³，水为 998：按定律它会{'下沉' if floats else '上浮'}。",
        )
