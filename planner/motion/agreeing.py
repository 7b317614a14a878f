"""Outcomes that several bodies share, or that a body has by where another stands: landing together, going between, stopping beside."""

from __future__ import annotations

import numpy as np

from planner.frame import Event
from planner.lexicon import verb_of
from planner.motion.common import direction_of, movers_of, sets_in_motion
from planner.stage import Actor, Stage, ids_of

__all__ = ["dropped_in_flight", "land_together", "line_the_way", "settle_dropped", "stop_beside", "stopping_neighbour"]

LANDING = frozenset(["rest", "release", "strike", "place"])
SAME_TIME = frozenset(["simultaneously", "at_the_same_time", "together", "same_time"])
BESIDE = frozenset(["next_to", "near", "beside", "touching", "in_front_of", "behind", "left_of", "right_of", "at"])
AHEAD = 1.2  # [m] from the start of the mover to the gap that it goes through, when nothing is said


def dropped_in_flight(stage: Stage, event: Event, actor: Actor, flyer: Actor) -> None:
    """ "A bird drops a nut": the bird flies, the nut leaves its beak at the bird's height with the bird's speed."""
    from planner.motion.gaits import FLYING_HEIGHT, SPEEDS
    from planner.motion.living import locomote_path

    if flyer.extra.get("path") is None:
        locomote_path(stage, event.model_copy(update={"patient": None}), flying=True, only=flyer)
    stage.unplace(actor)
    height = FLYING_HEIGHT.get(flyer.entry.moves or "flies", 4.0) - 0.3
    speed = float(
        (flyer.extra.get("path") or {}).get("speed", SPEEDS.get("flies", 8.0) if isinstance(SPEEDS, dict) else 8.0)
    )
    sign = float((flyer.extra.get("path") or {}).get("sign", 1.0))
    actor.in_air, actor.clearance = True, height
    actor.extra["drop"] = height
    stage.constrain("offset", actor, 1, 0.0, flyer)
    actor.extra["dropped_by"] = flyer.name
    sets_in_motion(actor, (sign * speed, 0.0, 0.0))
    stage.note(
        f"bodies.{actor.name}.linear_velocity",
        "assumed",
        f"leaves the {flyer.entity.head} with its {speed:g} m/s",
        event.span,
    )


def settle_dropped(stage: Stage) -> None:
    """What a flyer drops starts where the flyer starts, just below it, once its path is known."""
    for actor in stage.actors.values():
        keys = (stage.drivers.get(f"{actor.extra.get('dropped_by')}_path") or {}).get("keys")
        if keys:
            x, y, z = keys[0]["position"]
            actor.position = np.array([x, y, z - 0.5 * actor.size - 0.05])


def land_together(stage: Stage) -> None:
    """ "both land at the same time": one goal for all that come down in such an event."""
    groups: dict[int, tuple[Event, list[Actor]]] = {}
    for event in stage.frame.events:
        verb = verb_of(event.verb, "en")
        lands = (
            verb is not None and verb.physics in LANDING and (verb.physics != "strike" or _on_the_ground(stage, event))
        )
        if not lands or event.negated or not SAME_TIME & set(event.manner):
            continue
        movers = stage.of(event.agent) if verb is not None and verb.physics == "strike" else movers_of(stage, event)
        kept = groups.setdefault(event.order, (event, []))[1]
        kept += [a for a in movers if a.kind == "rigid" and not a.fixed and a not in kept]
    for event, bodies in groups.values():
        falling = [a for a in bodies if a.in_air or a.extra.get("drop")]
        if len(falling) >= 2:
            stage.goal("together", event, bodies=tuple(a.name for a in falling))


def _on_the_ground(stage: Stage, event: Event) -> bool:
    found = [stage.entity(i) for i in (*ids_of(event.patient), *ids_of(event.goal_place))]
    return any(e is not None and e.role == "ground" for e in found)


def line_the_way(stage: Stage) -> None:
    """ "rolls between two trees": the two stand on either side of the way, and it has to get past both."""
    for relation in stage.relations("between"):
        hosts = [a for a in stage.of(relation.object) if a.kind in {"rigid", "figure"}]
        for mover in stage.of(relation.subject):
            event = next((e for e in stage.frame.events if mover in movers_of(stage, e) and e.order > 0), None)
            if relation.phase != "during" or len(hosts) != 2 or event is None or mover.fixed:
                continue
            sign = direction_of(stage, event)
            gap = 0.5 * mover.size + max(0.35, 0.6 * mover.size)
            for host, side in zip(hosts, (1.0, -1.0), strict=True):
                low, high = host.bounds()
                stage.constrain("offset", host, 0, sign * (AHEAD + mover.size), mover, text=stage.words(relation.span))
                stage.constrain("offset", host, 1, side * (gap + float(high[1] - low[1]) / 2), mover)
                if mover.kind == "rigid":
                    stage.goal("passes", event, body=mover.name, other=host.name, axis=0)


def stopping_neighbour(stage: Stage, actor: Actor) -> tuple[str, Actor] | None:
    """Beside what a body comes to a stop, and on which side of it; None when the text names nothing."""
    for relation in stage.relations(*BESIDE, subject=actor.entity.id):
        other = stage.one(relation.object)
        if relation.phase == "final" and other is not None and other is not actor and other.kind in {"rigid", "figure"}:
            return relation.type, other
    return None


def stop_beside(stage: Stage, event: Event, actor: Actor, *, side: str, other: Actor) -> None:
    """Start so far off that friction ends the run beside `other`; how fast it starts is searched where the text leaves it open."""
    from planner.motion.travelling import run_out

    sign = -1.0 if side == "right_of" else direction_of(stage, event)
    gap = {"touching": 0.0, "near": 0.5}.get(side, 0.15) + 0.05 * actor.size
    distance = max(1.0, 2.5 * actor.size)
    words = stage.words(event.span)
    depth = actor.half_x + other.half_x + gap
    if side in {"in_front_of", "behind"}:
        stage.constrain("offset", actor, 1, (-1.0 if side == "in_front_of" else 1.0) * depth, other, text=words)
        stage.constrain("offset", actor, 0, -sign * distance, other, text=words)
    else:
        stage.constrain("offset", actor, 0, -sign * (depth + distance), other, text=words)
        stage.constrain("offset", actor, 1, 0.0, other)
    run_out(stage, event, actor, distance=distance, sign=sign)
    stage.goal("reaches", event, body=actor.name, other=other.name, tolerance=round(depth + 0.5 * actor.size + 0.2, 3))
    stage.goal("rests", event, body=actor.name)
