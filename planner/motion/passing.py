"""Passing by, and through: on a lane beside, or on an arc through the opening of a ring."""

from __future__ import annotations

import math

import numpy as np

from planner.frame import Event
from planner.lexicon import Verb
from planner.motion.common import (
    GRAVITY,
    Handled,
    direction_of,
    goal_actor,
    sets_in_motion,
    speed_factor,
    stated_speed,
)
from planner.motion.travelling import TURN_X, on_flat
from planner.stage import Actor, Stage, ids_of
from scenes.shapes import Compound, Shape, Torus

__all__ = ["overtake", "pass_by", "pass_through"]

OVERTAKING = 2.0, 0.8  # [m/s] of the faster and of the slower of two that roll or slide
SHOT = math.radians(
    56
)  # of a free throw: 51 to 56 degrees leave the widest window (Tran and Silverberg 2008, J Sports Sci 26)


def pass_by(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Moves past something: on a lane before it, from one side to the other."""
    movers = stage.of(event.agent) or stage.of(event.patient)
    other = next((a for a in stage.of(event.patient) if a not in movers), None) or goal_actor(stage, event)
    for actor in movers:
        if other is not None:
            lane = float(other.bounds()[0][1] - actor.bounds()[1][1]) - max(0.4, 0.3 * actor.size)
            stage.constrain("offset", actor, 1, lane, other)
            stage.goal("passes", event, body=actor.name, other=other.name)
        if not actor.moving:
            if actor.movable and actor.entry.moves is None:
                on_flat(stage, event, actor, rolling=actor.round)
            else:
                from planner.motion.living import locomote_path

                return locomote_path(stage, event, flying=actor.entry.moves in {"flies", "flutters"}, only=actor)
    return Handled("actuated" if any(a.kind == "figure" or a.entry.moves for a in movers) else "solved")


def pass_through(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Flies through a ring that stands upright: launched so that the top of its arc lies in the opening."""
    movers = [a for a in stage.of(event.agent) if a.movable]
    named = [a for i in ids_of(event.agent) for r in stage.relations("through", subject=i) for a in stage.of(r.object)]
    rim = next(
        (a for a in stage.of(event.patient) + stage.of(event.goal_place) + named if rim_of(a.shape) is not None), None
    )
    if movers and rim is not None:
        return _through_hoop(stage, event, movers[0], rim)
    ring = next(
        (a for a in stage.of(event.patient) + stage.of(event.goal_place) + named if isinstance(a.shape, Torus)), None
    )
    if not movers or ring is None or not isinstance(ring.shape, Torus):
        return pass_by(stage, event, verb)
    actor = movers[0]
    opening = ring.shape.major_radius - ring.shape.minor_radius
    half = actor.size / 2
    if half >= 0.7 * opening:
        from planner.sizing import scaled

        ring.shape = scaled(ring.shape, half / (0.45 * opening))  # type: ignore[assignment]
        stage.note(
            f"bodies.{ring.name}.shape", "assumed", f"made wide enough for the {actor.entity.head}", ring.entity.span
        )
    outer = ring.shape.major_radius + ring.shape.minor_radius  # type: ignore[union-attr]
    centre = max(outer + 0.3, 4 * half)
    ring.orientation, ring.fixed, ring.fixed_z = TURN_X, True, round(centre, 4)
    ring.why = stage.say("held upright in its place", "竖直固定在原处")
    speed = stated_speed(stage, event) or 3.5 * speed_factor(event)
    sign = direction_of(stage, event)
    distance = max(4 * outer, 1.2)
    flight = distance / speed
    actor.in_air, actor.fixed_z = True, round(centre - 0.5 * GRAVITY * flight**2, 4)
    if actor.fixed_z < half + 0.05:
        speed = distance / math.sqrt(2 * (centre - half - 0.05) / GRAVITY)
        flight = distance / speed
        actor.fixed_z = round(half + 0.05, 4)
    sets_in_motion(actor, (sign * speed, 0.0, GRAVITY * flight))
    stage.constrain("offset", actor, 0, -sign * distance, ring)
    stage.constrain("offset", actor, 1, 0.0, ring)
    stage.goal("passes_through", event, body=actor.name, through=ring.name, clean=True)
    stage.note(
        f"bodies.{actor.name}.linear_velocity",
        "assumed",
        f"launched at {speed:.3g} m/s so that its arc peaks in the ring",
        event.span,
    )
    return Handled("solved")


def rim_of(shape: Shape | None) -> int | None:
    """Which part of a compound is a ring that lies level above head height, as of a basketball hoop; None when none is."""
    if not isinstance(shape, Compound):
        return None
    level = [
        i for i, p in enumerate(shape.parts) if isinstance(p.shape, Torus) and p.orientation == (1.0, 0.0, 0.0, 0.0)
    ]
    high = [i for i in level if shape.parts[i].position[2] > 2.0]
    return high[0] if high else None


def _through_hoop(stage: Stage, event: Event, actor: Actor, hoop: Actor) -> Handled:
    """A throw whose arc comes down through the rim: v^2 = g d^2 / (2 cos^2 a (d tan a - h)). The rim is a body of its own."""
    number = rim_of(hoop.shape)
    assert number is not None and isinstance(hoop.shape, Compound)
    origin = np.asarray(hoop.shape.pieces()[0].position) - np.asarray(hoop.shape.parts[0].position)
    rim_part = hoop.shape.parts[number]
    rest = tuple(p for i, p in enumerate(hoop.shape.parts) if i != number)
    low = float(hoop.shape.bounds()[0][2])
    height = float(rim_part.position[2]) + float(origin[2]) - low
    stand = Actor(stage.free_name(f"{hoop.name}_stand", stage.actors), hoop.entity, hoop.entry, "rigid")
    stand.shape, stand.material, stand.color, stand.fixed = Compound(parts=rest), hoop.material, hoop.color, True
    apart = np.asarray(rim_part.position) - (
        np.asarray(rest[0].position) - np.asarray(stand.shape.pieces()[0].position)
    )
    hoop.shape, hoop.mass, hoop.fixed, hoop.support = rim_part.shape, None, True, None
    hoop.fixed_z = round(height, 4)
    hoop.why = stage.say("the rim, held by its stand", "由支架固定的篮圈")
    stage.actors[stand.name] = stand
    stage.by_entity[hoop.entity.id] = [hoop, stand]
    stage.constrain("offset", stand, 0, -float(apart[0]), hoop)
    stage.constrain("offset", stand, 1, -float(apart[1]), hoop)
    actor.in_air, actor.clearance = True, 2.0 - actor.size / 2
    stage.unplace(actor)
    distance, rise = 3.2, height - 2.0
    speed = math.sqrt(GRAVITY * distance**2 / (2 * math.cos(SHOT) ** 2 * (distance * math.tan(SHOT) - rise)))
    along, up = speed * math.cos(SHOT), speed * math.sin(SHOT)
    sets_in_motion(actor, (-along, 0.0, up))
    stage.constrain("offset", actor, 0, distance, hoop)
    stage.constrain("offset", actor, 1, 0.0, hoop)
    path = f"bodies.{actor.name}.linear_velocity"
    stage.note(path, "assumed", f"thrown at {speed:.3g} m/s so that it comes down through the rim", event.span)
    stage.search(f"{path}.0", -0.95 * along, -1.05 * along, "the throw is left open")
    stage.search(f"{path}.2", 0.95 * up, 1.05 * up, "the throw is left open")
    stage.goal("passes_through", event, body=actor.name, through=hoop.name)
    return Handled("solved", stage.say("the throw is a starting velocity", "投掷以初速度表示"))


def overtake(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Starts behind another that goes the same way more slowly, on a lane beside it, and ends ahead of it."""
    from planner.motion.living import locomote_path

    movers = [a for a in stage.of(event.agent) if a.kind in {"rigid", "figure"} and not a.fixed]
    others = [a for a in stage.of(event.patient) if a not in movers and a.kind in {"rigid", "figure"} and not a.fixed]
    if not movers or not others:
        return locomote_path(stage, event, flying=False, verb=verb)
    actor, other = movers[0], others[0]
    sign = direction_of(stage, event)
    stage.goal("overtakes", event, body=actor.name, other=other.name)
    if actor.kind == "figure" or actor.entry.moves or other.kind == "figure" or other.entry.moves:
        for one in (actor, other):
            flying = one.entry.moves in {"flies", "flutters"}
            alone = event.model_copy(update={"agent": one.entity.id, "patient": None})
            locomote_path(stage, alone, flying=flying, verb=verb, only=one)
        first, second = actor.extra.get("path"), other.extra.get("path")
        if first is not None and second is not None:
            second["speed"] = min(float(second["speed"]), 0.5 * float(first["speed"]))
            seconds = max(4.0, 3.2 * (actor.size + other.size) / (float(first["speed"]) - float(second["speed"])))
            for path in (first, second):
                way = float(path["speed"]) * seconds
                path.update(begin=-sign * way / 2, end=sign * way / 2, sign=sign)
        return Handled("actuated", stage.say("both follow declared paths", "两者沿声明的路径运动"))
    fast, slow = OVERTAKING
    fast = stated_speed(stage, event) or fast
    for one, speed in ((actor, fast), (other, min(slow, 0.4 * fast))):
        if one.moving:
            continue
        sets_in_motion(one, (sign * speed, 0.0, 0.0), rolling=one.round)
        stage.note(f"bodies.{one.name}.linear_velocity", "assumed", f"{speed:g} m/s along its lane", event.span)
    lane = float(actor.bounds()[1][1] - other.bounds()[0][1]) + max(0.12, 0.3 * other.size)
    stage.constrain("offset", actor, 0, -sign * (0.6 + actor.size + other.size), other, text=stage.words(event.span))
    stage.constrain("offset", actor, 1, -lane, other)
    return Handled("solved")
