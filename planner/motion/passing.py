"""Passing by, and through: on a lane beside, or on an arc through the opening of a ring."""

from __future__ import annotations

import math

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
from planner.stage import Stage, ids_of
from scenes.shapes import Torus

__all__ = ["pass_by", "pass_through"]


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
