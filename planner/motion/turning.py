"""Spinning about an axis, and swinging from a pivot."""

from __future__ import annotations

import math

import numpy as np

from planner.frame import Event
from planner.lexicon import Verb
from planner.motion.common import (
    Handled,
    floor_gap,
    movers_of,
    speed_factor,
)
from planner.motion.travelling import TURN_X
from planner.stage import Stage

__all__ = ["spin", "swing"]


def spin(stage: Stage, event: Event, verb: Verb) -> Handled:
    movers = [actor for actor in movers_of(stage, event) if actor.movable]
    if not movers:
        return Handled(
            "imagined", stage.say("what turns has no free rigid body here", "转动的东西在这里没有自由刚体"), "imagined"
        )
    for actor in movers:
        if actor.shape is not None and actor.shape.type == "cylinder" and actor.shape.height < actor.shape.radius:
            actor.orientation = TURN_X  # a coin spins on its edge
        turns = 6.0 * speed_factor(event)
        actor.spin = np.array([0.0, 0.0, (-1.0 if "clockwise" in event.manner else 1.0) * 2 * math.pi * turns])
        actor.moving = True
        stage.note(f"bodies.{actor.name}.angular_velocity", "assumed", f"{turns:g} turns a second", event.span)
        stage.goal("spins", event, body=actor.name, turns=1.0)
    return Handled("solved")


def swing(stage: Stage, event: Event, verb: Verb) -> Handled:
    """A pendulum: hung from a hinge above, released at 30 degrees unless an angle is stated."""
    movers = [actor for actor in movers_of(stage, event) if actor.kind == "rigid"]
    if not movers:
        return Handled(
            "imagined", stage.say("what swings has no rigid body here", "摆动的东西在这里没有刚体"), "imagined"
        )
    for actor in movers:
        stated = stage.quantity(actor.entity, "length") or stage.quantity(event, "length")
        length = stated[0] if stated else 1.0
        angle_found = stage.quantity(event, "angle")
        angle = angle_found[0] if angle_found else math.radians(30)
        if angle > math.pi:
            angle = math.radians(angle)
        pivot_z = length + floor_gap(actor) + 0.4
        actor.fixed, actor.moving = False, True
        actor.fixed_z = round(pivot_z - length * math.cos(angle), 4)
        actor.extra["pivot"] = (-length * math.sin(angle), pivot_z)
        actor.extra["joint"] = "hinge"
        stage.goal("swings", event, body=actor.name, count=2 * event.count if event.count else None)  # to and fro
        stage.note(
            f"joints.{actor.name}_pivot",
            "assumed" if not stated else "stated",
            f"hangs {length:g} m below a pivot, let go at {math.degrees(angle):.0f} degrees",
            event.span,
        )
    return Handled("solved")
