"""Coming to rest as an asked outcome: anywhere, at a place, beside something, short of something, on something."""

from __future__ import annotations

from planner.endings import arrival_denied
from planner.frame import Event
from planner.layout import surface_of
from planner.lexicon import Verb
from planner.motion.common import (
    GRAVITY,
    Handled,
    can_roll,
    direction_of,
    face_the_motion,
    goal_actor,
    movers_of,
)
from planner.stage import Actor, Stage
from scenes.materials import library
from scenes.shapes import Hill, Ramp, Stairs

__all__ = ["rest"]


def rest(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Asked outcome: comes to rest, perhaps at a place, before something, or right where it is."""
    from planner.motion.agreeing import stop_beside, stopping_neighbour
    from planner.motion.falling import expected_drop, put_in_air
    from planner.motion.landing import asks_landing, enters, stays_on
    from planner.motion.travelling import starts_rolling, target_x

    movers = movers_of(stage, event)
    for actor in movers:
        if actor.kind != "rigid":
            continue
        manners = set(event.manner)
        if verb.name == "land" and actor.movable and not actor.moving and event.order >= 1:
            put_in_air(stage, event, actor, verb)  # what lands has been in the air
            stage.goal("falls", event, body=actor.name, drop=expected_drop(actor))
        short = _short_of(stage, event, actor)
        if short is not None and actor.movable and event.order >= 1:
            _stop_before(stage, event, actor, short)
            continue
        beside = stopping_neighbour(stage, actor)
        if beside is not None and actor.movable and not actor.moving and event.order >= 1:
            stop_beside(stage, event, actor, side=beside[0], other=beside[1])
            continue
        x = target_x(stage, event)
        if x is not None and actor.movable and not actor.moving and event.order >= 1:
            _stop_at(stage, event, actor, x)
            continue
        if (
            not actor.moving
            and actor.movable
            and event.order >= 1
            and not manners & {"in_place"}
            and stage.environment.get("water_level") is None
        ):
            starts_rolling(stage, event, actor)  # what stops has moved before
        near = [r for r in stage.relations("near", "next_to", subject=actor.entity.id) if r.phase == "final"]
        other = stage.one(near[0].object) if near else goal_actor(stage, event)
        if ("in_place" in manners and not actor.moving) or (actor.fixed and not actor.moving):
            stage.goal("stays_put", event, body=actor.name)
        elif x is not None:
            stage.goal(
                "stops_at",
                event,
                body=actor.name,
                position=(round(x, 4), None, None),
                tolerance=round(max(0.1, actor.size), 3),
            )
        elif _glides_onto(actor, other):
            actor.extra.update(glide_to=other, glide_words=stage.words(event.span))
        elif (
            verb.name == "land"
            and other is not None
            and other is not actor
            and other is not stage.ground
            and (enters(stage, event, actor, other) or stays_on(actor, other))
        ):
            asks_landing(stage, event, actor, other)
        else:
            on = other if other is not None and other is not actor and other.kind == "rigid" else None
            stage.goal("rests", event, body=actor.name, on=on.name if on is not None else None)
    if all(actor.kind == "figure" for actor in movers) and movers:
        return Handled("actuated", stage.say("the figure's path ends there", "人物的路径在此结束"))
    return Handled("solved")


def _short_of(stage: Stage, event: Event, actor: Actor) -> Actor | None:
    """What it stops before: "short of the wall", "before the wall", "before it reaches the table", 在墙前停下."""
    denied = stage.one(arrival_denied(stage, event))
    if denied is not None and denied is not actor:
        return denied
    for relation in stage.relations("in_front_of", subject=actor.entity.id):
        other = stage.one(relation.object)
        if relation.phase == "final" and other is not None and other is not actor and other.kind in {"rigid", "figure"}:
            return other
    if "short_of" not in event.manner:
        return None
    near = [r for r in stage.relations("near", "next_to", subject=actor.entity.id) if r.phase == "final"]
    other = stage.one(near[0].object) if near else goal_actor(stage, event)
    return other if other is not actor else None


def _surface(stage: Stage, actor: Actor) -> str:
    support = actor.support or stage.ground
    return support.material if support is not None else "concrete"


def _run_of(stage: Stage, actor: Actor, speed: float) -> float:
    """Distance [m] over which friction uses up `speed`: v^2 / (2 mu g), of a rolling sphere 1.4 v^2 / (2 c g)."""
    pair = library().pair(actor.material, _surface(stage, actor))
    if can_roll(actor):
        return 1.4 * speed**2 / (2 * max(pair.rolling.value, 0.004) * GRAVITY)
    return speed**2 / (2 * max(pair.friction.value, 0.01) * GRAVITY)


def _stop_before(stage: Stage, event: Event, actor: Actor, other: Actor) -> None:
    """The obstacle stands a little farther than the run; how fast it starts is searched where the text leaves it open."""
    from planner.motion.travelling import run_out

    path = f"bodies.{actor.name}.linear_velocity"
    sloped = actor.support is not None and isinstance(actor.support.shape, Ramp | Hill | Stairs)
    stage.goals = {
        name: goal
        for name, goal in stage.goals.items()
        if not (goal["type"] == "hits" and {goal["a"], goal["b"]} == {actor.name, other.name})
    }
    if not actor.in_air and not sloped and "path" not in actor.extra:
        stated = stage.provenance.get(path, {}).get("source") == "stated"
        sign = (1.0 if actor.velocity[0] > 0 else -1.0) if actor.velocity[0] else direction_of(stage, event)
        distance = max(1.0, 2.5 * actor.size)
        if stated:
            distance = min(_run_of(stage, actor, abs(float(actor.velocity[0]))), 12.0)
        else:
            run_out(stage, event, actor, distance=distance, sign=sign)
            if actor.entry.moves in {"drives", "rolls"}:  # on wheels it goes farther than a block would slide
                actor.velocity[0] = sign * 0.9
                stage.search(f"{path}.0", sign * 0.3, sign * 4.0, "how fast it comes is left open")
        face_the_motion(other)
        gap = 0.2 + 0.3 * actor.size + (0.6 * distance if can_roll(actor) else 0.0)  # how far it rolls is less certain
        stage.constraints = [c for c in stage.constraints if c.kind == "at" or {c.a, c.b} != {actor, other}]
        depth = distance + gap + actor.half_x + other.half_x
        stage.constrain("offset", other, 0, sign * depth, actor, text=stage.words(event.span))
        stage.constrain("offset", other, 1, 0.0, actor)
        for goal in stage.goals.values():
            if goal.get("body") == actor.name and goal["type"] in {"rolls", "slides"}:
                goal["distance"] = round(min(goal["distance"], 0.4 * distance), 3)
    stage.goal("stops_before", event, body=actor.name, other=other.name)


def _stop_at(stage: Stage, event: Event, actor: Actor, x: float) -> None:
    """Start so far off that friction ends the run at `x` [m]."""
    from planner.motion.travelling import run_out

    distance = max(0.6 * (stage.screen_width or 2.0) / 2, 2 * actor.size)
    sign = direction_of(stage, event)
    stage.constrain("at", actor, 0, x - sign * distance, text=stage.words(event.span))
    run_out(stage, event, actor, distance=distance, sign=sign)
    tolerance = round(max(0.04 * (stage.screen_width or 1), 0.3 * actor.size), 3)
    stage.goal("stops_at", event, body=actor.name, position=(round(x, 4), None, None), tolerance=tolerance)


def _glides_onto(actor: Actor, other: Actor | None) -> bool:
    """Whether a body that slides on the ground is to stop on a fixed thing that is higher than it could climb."""
    if (
        other is None
        or other is actor
        or other.entity.role == "ground"
        or other.kind != "rigid"
        or not other.fixed
        or not actor.moving
        or actor.in_air
    ):
        return False
    return surface_of(other.shape)[0] > 0.01 and actor.support is not other and bool(actor.velocity[:2].any())
