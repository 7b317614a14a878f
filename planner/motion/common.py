"""What the handlers of motion share: who moves, how fast, which way, from where, to where."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.frame import Entity, Event
from planner.lexicon.words import manner_of
from planner.stage import Actor, Stage, ids_of
from scenes.bodies import Appearance, Status

__all__ = [
    "GRAVITY",
    "Handled",
    "can_roll",
    "direction_of",
    "face_the_motion",
    "floor_gap",
    "goal_actor",
    "level_of",
    "movers_of",
    "screen_fraction",
    "screen_x",
    "sets_in_motion",
    "source_actor",
    "speed_factor",
    "stated_speed",
]

GRAVITY = 9.80665
STOREY = 3.5  # [m] clearance of a second-floor balcony
SCREEN_WORDS = {
    "edge",
    "side",
    "center",
    "centre",
    "middle",
    "screen",
    "frame",
    "left",
    "right",
    "corner",
    "picture",
    "scene",
}
INCLINES = {"ramp", "hill", "stairs"}


@dataclass(frozen=True)
class Handled:
    """What became of an event: its status word and why."""

    status: Status
    why: str = ""
    appearance: Appearance = "solved"


def movers_of(stage: Stage, event: Event) -> list[Actor]:
    """The actors that the event sets in motion: the patient of a transitive use, else the agent."""
    return stage.of(event.patient) or stage.of(event.agent)


def source_actor(stage: Stage, event: Event) -> Actor | None:
    return _place_actor(stage, event.source_place)


def goal_actor(stage: Stage, event: Event) -> Actor | None:
    return _place_actor(stage, event.goal_place)


def _place_actor(stage: Stage, place: str | list[str] | None) -> Actor | None:
    """The body of a place; of a part ("the edge of the table") the body that it is part of."""
    found = stage.one(place)
    for entity_id in [] if found is not None else ids_of(place):
        owners = [stage.one(relation.object) for relation in stage.relations("part_of", subject=entity_id)]
        found = next((owner for owner in owners if owner is not None), None)
    return found


def level_of(event: Event) -> str:
    """gentle, normal or hard, from the manners of the event."""
    levels = [m.level for name in event.manner if (m := manner_of(name)) is not None]
    return next((level for level in levels if level != "normal"), "normal")


def speed_factor(event: Event) -> float:
    """The product of what the manners do to a usual speed ("slowly": 0.4)."""
    factor = 1.0
    for name in event.manner:
        manner = manner_of(name)
        if manner is not None:
            factor *= manner.speed
    return factor


def stated_speed(stage: Stage, event: Event) -> float | None:
    found = stage.quantity(event, "speed", "velocity")
    return found[0] if found else None


def direction_of(stage: Stage, event: Event) -> float:
    """+1 to the viewer's right, -1 to the left, from manners and places; right when nothing is said."""
    manners = set(event.manner)
    if manners & {"right_to_left", "from_right", "left"}:
        return -1.0
    if manners & {"left_to_right", "from_left", "right"}:
        return 1.0
    start = screen_fraction(stage, stage.entity(_first(event.source_place)))
    end = screen_fraction(stage, stage.entity(_first(event.goal_place)))
    if start is not None and start != 0:
        return -1.0 if start > 0 else 1.0
    if end is not None and end != 0:
        return 1.0 if end > 0 else -1.0
    return 1.0


def _first(reference: str | list[str] | None) -> str | None:
    ids = ids_of(reference)
    return ids[0] if ids else None


def screen_fraction(stage: Stage, entity: Entity | None) -> float | None:
    """Where a region of the screen lies, from -1 (left edge) to 1 (right edge); None when the entity is no region of the screen."""
    if entity is None or entity.role not in {"region", "part"} or entity.head not in SCREEN_WORDS:
        return None
    for relation in stage.relations("part_of", subject=entity.id):
        owner = stage.entity(_first(relation.object))
        if owner is not None and owner.head not in {"screen", "frame", "picture", "scene", "image"}:
            return None
    words = {entity.head, *entity.attributes}
    reach = 0.8 if words & {"edge", "far"} else 0.62
    if "left" in words:
        return -reach
    if "right" in words:
        return reach
    return 0.0 if words & {"center", "centre", "middle"} else None


def screen_x(stage: Stage, fraction: float) -> float:
    """The place on the x axis [m] of a fraction of the screen's half width; asks the camera to keep to it."""
    if stage.screen_width is None:
        movers = [a.size for a in stage.actors.values() if a is not stage.ground and a.kind in {"rigid", "figure"}]
        movable = [a.size for a in stage.actors.values() if a.movable or a.kind == "figure"]
        widest, mover = max(movers, default=1.0), max(movable, default=0.5)
        stage.screen_width = round(float(np.clip(max(9 * mover, 2.6 * widest), 0.5, 26 * mover)), 3)
    return fraction * stage.screen_width / 2


def floor_gap(actor: Actor) -> float:
    """From the lowest point of the actor to its centre of mass [m]."""
    return -float(actor.bounds()[0][2])


def can_roll(actor: Actor) -> bool:
    """Whether it rolls as it stands: a disc or a cylinder that stands on its end slides."""
    upright = (
        actor.shape is not None
        and actor.shape.type in {"cylinder", "torus"}
        and actor.orientation == (1.0, 0.0, 0.0, 0.0)
    )
    return actor.round and not upright


def face_the_motion(actor: Actor) -> None:
    """Turn a wall that stands along x, so that what comes along x meets its face."""
    low, high = actor.bounds()
    if (
        actor.fixed
        and actor.shape is not None
        and actor.shape.type == "box"
        and high[0] - low[0] > 2 * (high[1] - low[1])
    ):
        actor.orientation = (math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5))


def sets_in_motion(
    actor: Actor, velocity: NDArray[np.float64] | tuple[float, float, float], *, rolling: bool = False
) -> None:
    """Give a starting velocity [m/s]; a rolling body turns without slip (omega = z x v / r)."""
    actor.velocity = np.asarray(velocity, dtype=float)
    actor.spin = np.zeros(3)
    if rolling and actor.radius > 0:
        vx, vy = actor.velocity[:2] / actor.radius
        actor.spin = np.array([-vy, vx, 0.0])
    actor.moving = True
