"""Rolling, sliding, being pushed, toppling: what a starting velocity along the ground does."""

from __future__ import annotations

import math

import numpy as np

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
    level_of,
    movers_of,
    screen_fraction,
    screen_x,
    sets_in_motion,
    source_actor,
    speed_factor,
    stated_speed,
)
from planner.motion.meeting import meet_half_way
from planner.stage import Actor, Stage, ids_of
from scenes.materials import library
from scenes.shapes import Hill, Ramp, Stairs

__all__ = ["TURN_X", "on_flat", "push", "roll", "run_out", "slide", "starts_rolling", "target_x", "topple"]

TURN_X = (math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0)  # local z to world x


def target_x(stage: Stage, event: Event) -> float | None:
    """x [m] of the screen region that the event leads to, None when it names none."""
    for place in ids_of(event.goal_place):
        fraction = screen_fraction(stage, stage.entity(place))
        if fraction is not None:
            return screen_x(stage, fraction)
    if {"left_to_right", "right_to_left"} & set(event.manner) and not ids_of(event.goal_place):
        return screen_x(stage, 0.8 * direction_of(stage, event))
    return None


def start_x(stage: Stage, event: Event) -> float | None:
    """x [m] of the screen region that the event starts from."""
    for place in ids_of(event.source_place):
        fraction = screen_fraction(stage, stage.entity(place))
        if fraction is not None:
            return screen_x(stage, fraction)
    if {"left_to_right", "right_to_left", "from_left", "from_right"} & set(event.manner):
        return screen_x(stage, -0.8 * direction_of(stage, event))
    return None


def roll(stage: Stage, event: Event, verb: Verb) -> Handled:
    return _travel(stage, event, rolling=True)


def slide(stage: Stage, event: Event, verb: Verb) -> Handled:
    if all(a.kind == "figure" for a in movers_of(stage, event)) and movers_of(stage, event):
        from planner.motion.living import slip

        return slip(stage, event, verb)
    return _travel(stage, event, rolling=False)


def _travel(stage: Stage, event: Event, *, rolling: bool) -> Handled:
    movers = [actor for actor in movers_of(stage, event) if actor.movable]
    if not movers:
        from planner.motion.living import locomote_path

        return locomote_path(stage, event, flying=False)
    met = meet_half_way(stage, event, rolling=rolling)
    if met is not None:
        return met
    for actor in movers:
        rolls = rolling and actor.round
        if actor.moving:  # already on its way: this is what becomes of it
            if rolling and actor.in_air and not actor.velocity[:2].any():
                actor.velocity[0] = direction_of(stage, event) * 0.8
                stage.note(
                    f"bodies.{actor.name}.linear_velocity",
                    "assumed",
                    "leaves with 0.8 m/s sideways, or it could not roll away",
                    event.span,
                )
            if rolling and actor.shape is not None and actor.shape.type == "sphere":
                stage.goal("rolls", event, body=actor.name, distance=round(max(0.1, actor.size), 3))
            continue
        incline = _incline(stage, event, actor)
        if incline is not None:
            _on_incline(stage, event, actor, incline, rolling=rolls)
        else:
            on_flat(stage, event, actor, rolling=rolls)
    if rolling and any(not actor.round for actor in movers):
        return Handled(
            "solved", stage.say("it is not round: it slides where it cannot roll", "它不是圆的：不能滚动时便滑动")
        )
    return Handled("solved")


def _incline(stage: Stage, event: Event, actor: Actor) -> Actor | None:
    candidates = [source_actor(stage, event), goal_actor(stage, event)]
    candidates += [
        stage.one(r.object) for r in stage.relations("along", "across", "on", "down", "up", subject=actor.entity.id)
    ]
    return next((c for c in candidates if c is not None and isinstance(c.shape, Ramp | Hill | Stairs)), None)


def _on_incline(stage: Stage, event: Event, actor: Actor, incline: Actor, *, rolling: bool) -> None:
    """Down from near the top at rest, or up from the foot with a speed; a slide that friction would hold is pushed."""
    assert isinstance(incline.shape, Ramp | Hill | Stairs)
    low, high = incline.shape.bounds()
    path = f"bodies.{actor.name}"
    stage.constrain("offset", actor, 1, 0.0, incline)
    rising = "up" in event.manner or (goal_actor(stage, event) is incline and "down" not in event.manner)
    if rising:
        climb = stated_speed(stage, event) or 3.0 * speed_factor(event)
        stage.constrain("offset", actor, 0, float(high[0]) + actor.size / 2 + 0.4, incline)
        sets_in_motion(actor, (-climb, 0.0, 0.0), rolling=rolling)
        stage.note(
            f"{path}.linear_velocity",
            "stated" if stated_speed(stage, event) else "assumed",
            f"{climb:g} m/s towards the slope",
            event.span,
        )
        return
    actor.support, actor.moving = incline, True
    top = (
        float(surface_of(incline.shape)[2][0])
        if isinstance(incline.shape, Hill)
        else float(low[0]) + 0.12 * float(high[0] - low[0])
    )
    stage.constrain("offset", actor, 0, top + actor.size * 0.6, incline)
    speed = stated_speed(stage, event)
    if speed is None and isinstance(incline.shape, Stairs):
        speed = 0.8
    elif speed is None and not rolling:
        friction = library().pair(actor.material, incline.material).friction.value
        speed = 0.0 if math.tan(incline.shape.angle) > friction else 1.5  # type: ignore[union-attr]
    velocity = np.zeros(3)
    if speed:
        angle = 0.0 if isinstance(incline.shape, Stairs) else incline.shape.angle
        velocity = np.array([speed * math.cos(angle), 0.0, -speed * math.sin(angle)])
        stage.note(
            f"{path}.linear_velocity",
            "stated" if stated_speed(stage, event) else "assumed",
            f"{speed:g} m/s down the slope",
            event.span,
        )
    if not isinstance(incline.shape, Stairs) and not actor.round:
        half = incline.shape.angle / 2
        actor.orientation = (math.cos(half), 0.0, math.sin(half), 0.0)
        actor.clearance = 0.5 * actor.size * math.tan(incline.shape.angle) * 0.05 + 0.002
    sets_in_motion(actor, velocity, rolling=rolling)
    stage.goal(
        "rolls" if rolling else "slides" if not isinstance(incline.shape, Stairs) else "falls", event, body=actor.name
    )


def on_flat(stage: Stage, event: Event, actor: Actor, *, rolling: bool) -> None:
    sign = direction_of(stage, event)
    begin, end = start_x(stage, event), target_x(stage, event)
    source, goal = source_actor(stage, event), goal_actor(stage, event)
    path, words = f"bodies.{actor.name}", stage.words(event.span)
    if begin is not None:
        stage.constrain("at", actor, 0, begin, text=words)
    speed, kind = stated_speed(stage, event), "stated"
    if source is not None and source.kind == "rigid" and source is not stage.ground and source is not actor:
        if source.fixed and source.size > 0.3 and surface_of(source.shape)[0] > 0.1:
            from planner.motion.falling import put_in_air

            put_in_air(stage, event, actor)
            stage.goal("moves", event, body=actor.name, distance=round(actor.size, 3))
            return
        stage.constrain("before", source, 0, 0.02, actor) if sign > 0 else stage.constrain(
            "before", actor, 0, 0.02, source
        )
    distance = 1.5
    if goal is not None and goal is not stage.ground and goal is not actor and end is None:
        distance = max(1.0, 4 * actor.size)
        face_the_motion(goal)
        stage.constrain("offset", actor, 0, -sign * (distance + goal.half_x), goal, text=words)
        stage.constrain("offset", actor, 1, 0.0, goal)
        if goal.contact and surface_of(goal.shape)[0] > 0.02:
            stage.goal("hits", event, a=actor.name, b=goal.name)
    if end is not None:
        distance = abs(end - (begin if begin is not None else -sign * abs(end) - sign))
        if begin is None:
            stage.constrain("at", actor, 0, end - sign * distance, text=words)
    support = actor.support or stage.ground
    surface = support.material if support is not None else "concrete"
    spent = _speed_over(actor, surface, distance, rolling=rolling)
    if speed is None:
        kind = "assumed"
        speed = (spent if end is not None else (1.5 if rolling else 2.0)) * (
            1.0 if end is not None else speed_factor(event)
        )
    sets_in_motion(actor, (sign * speed, 0.0, 0.0), rolling=rolling)
    stage.note(
        f"{path}.linear_velocity",
        kind,
        f"{'rolls without slip' if rolling else 'slides without spin'} at {speed:.3g} m/s",
        event.span,
    )
    stage.goal("rolls" if rolling else "slides", event, body=actor.name, distance=round(min(0.5 * distance, 1.0), 3))
    if end is not None and abs(end) < 0.5 * (stage.screen_width or 1.0):
        inner = any(screen_fraction(stage, stage.entity(p)) is not None for p in ids_of(event.goal_place))
        if inner and abs(end) < 0.35 * (stage.screen_width or 1.0):
            stage.goal(
                "stops_at",
                event,
                body=actor.name,
                position=(round(end, 4), None, None),
                tolerance=round(max(0.04 * (stage.screen_width or 1), 0.3 * actor.size), 3),
            )
            if kind == "assumed":
                stage.search(
                    f"{path}.linear_velocity.0",
                    sign * 0.3 * spent,
                    sign * 3.0 * spent,
                    "the speed that the text leaves open",
                )
        else:
            stage.goal(
                "reaches",
                event,
                body=actor.name,
                position=(round(end, 4), None, None),
                tolerance=round(max(0.3 * actor.size, 0.1), 3),
            )


def starts_rolling(stage: Stage, event: Event, actor: Actor) -> None:
    """Set a body going along the ground of which the text only says that it stops."""
    sets_in_motion(actor, (direction_of(stage, event) * 1.5, 0.0, 0.0), rolling=actor.round)
    stage.note(
        f"bodies.{actor.name}.linear_velocity", "assumed", "it stops, so it must have moved: 1.5 m/s", event.span
    )


def run_out(stage: Stage, event: Event, actor: Actor, *, distance: float, sign: float) -> None:
    """Set a body going with the speed that friction uses up over `distance` [m]; searched around it unless the text states one."""
    support = actor.support or stage.ground
    spent = _speed_over(
        actor, support.material if support is not None else "concrete", distance, rolling=can_roll(actor)
    )
    stated = stated_speed(stage, event)
    path = f"bodies.{actor.name}.linear_velocity"
    sets_in_motion(actor, (sign * (stated or spent), 0.0, 0.0), rolling=can_roll(actor))
    stage.note(path, "stated" if stated else "assumed", f"what friction uses up over {distance:.2g} m", event.span)
    if stated is None:
        stage.search(f"{path}.0", sign * 0.5 * spent, sign * 1.6 * spent, "the speed that the text leaves open")


def _speed_over(actor: Actor, surface: str, distance: float, *, rolling: bool) -> float:
    """Speed [m/s] that friction uses up over `distance` [m]: v^2 = 2 mu g d; rolling 2 c g d / (1 + k), k = 2/5 of a sphere."""
    pair = library().pair(actor.material, surface)
    if rolling:
        return math.sqrt(2 * max(pair.rolling.value, 0.004) * GRAVITY * distance / 1.4)
    return math.sqrt(2 * max(pair.friction.value, 0.01) * GRAVITY * distance)


def push(stage: Stage, event: Event, verb: Verb) -> Handled:
    """A push is a starting speed along the ground: who pushes is not simulated, and said so."""
    targets = [actor for actor in stage.of(event.patient) if actor.movable]
    if not targets:
        return Handled(
            "imagined", stage.say("what is pushed has no movable body", "被推的东西没有可移动的刚体"), "imagined"
        )
    who = next((a for a in stage.of(event.agent) if a.kind == "figure"), None)
    if who is not None and level_of(event) == "normal":
        from planner.motion.acting import acts_on

        if (handled := acts_on(stage, event, verb, who, targets[0])) is not None:
            return handled
    factor = {"gentle": 0.5, "normal": 1.0, "hard": 2.0}[level_of(event)]
    for actor in targets:
        if actor.moving:
            continue
        if actor.extra.get("arrangement") == "row" and actor.size > 2 * actor.half_x:
            _tip(stage, event, actor)  # a domino that is pushed tips
            stage.goal("topples", event, bodies=(actor.name,))
            continue
        incline = _incline(stage, event, actor)
        source = source_actor(stage, event)
        if source is None:
            support = next(
                (stage.one(r.object) for r in stage.relations("on", subject=actor.entity.id) if r.phase == "initial"),
                None,
            )
            actor.support = support if support is not None and support.kind == "rigid" else actor.support
        if incline is not None:
            _on_incline(stage, event, actor, incline, rolling=actor.shape is not None and actor.shape.type == "sphere")
            continue
        if source is not None and source.kind == "rigid" and source is not stage.ground:
            from planner.motion.falling import put_in_air

            put_in_air(stage, event, actor)
        elif (force := stage.quantity(event, "force")) is not None:
            _press_on(stage, event, actor, force[0])
        else:
            speed = stated_speed(stage, event) or 1.5 * factor
            sets_in_motion(
                actor,
                (direction_of(stage, event) * speed, 0.0, 0.0),
                rolling=actor.shape is not None and actor.shape.type == "sphere",
            )
            stage.note(
                f"bodies.{actor.name}.linear_velocity",
                "stated" if stated_speed(stage, event) else "assumed",
                f"the push leaves it at {speed:g} m/s",
                event.span,
            )
        stage.goal("moves", event, body=actor.name, distance=round(max(0.02, 0.2 * actor.size), 3))
    pushers = stage.of(event.agent)
    why = stage.say("the push is a starting velocity", "推动以初速度表示")
    return Handled("actuated" if pushers and pushers[0].kind == "figure" else "solved", why)


PUSH_TIME = 1.5  # [s] that a stated force acts when no time is given


def _press_on(stage: Stage, event: Event, actor: Actor, force: float) -> None:
    """A stated force acts along the ground for a stated time, else for 1.5 s; whether it overcomes friction is solved."""
    lasting = stage.quantity(event, "duration")
    stop = lasting[0] if lasting is not None else PUSH_TIME
    stage.drivers[f"{actor.name}_force"] = {
        "type": "force", "body": actor.name, "force": (direction_of(stage, event) * force, 0.0, 0.0), "start": 0.0, "stop": round(stop, 4),
        "why": stage.words(event.span),
    }  # fmt: skip
    actor.moving = True
    stage.note(f"drivers.{actor.name}_force.force", "stated", f"{force:g} N", event.span)
    if lasting is None:
        stage.note(f"drivers.{actor.name}_force.stop", "assumed", f"acts for {stop:g} s", event.span)


def topple(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Falls over without a named cause: the first of a row, or the top of a stack, is given a small push."""
    movers = [actor for actor in movers_of(stage, event) if actor.movable]
    if event.agent and event.patient and stage.of(event.agent) != stage.of(event.patient):
        from planner.motion.hitting import knock_over

        return knock_over(stage, event, verb)
    figures = [actor for actor in movers_of(stage, event) if actor.kind == "figure"]
    if figures:
        from planner.motion.living import fall_over

        return fall_over(stage, event, verb)
    if not movers:
        return Handled("refused", stage.say("nothing that can topple is named", "没有说明什么倒下"))
    stage.goal(
        "topples", event, bodies=tuple(a.name for a in movers), at_least=None if event.count is None else event.count
    )
    if any(actor.moving for actor in stage.actors.values()):
        return Handled("solved")
    first = movers[0] if stage.relations("part_of") == [] or len(movers) < 2 else movers[-1]
    if movers[0].extra.get("arrangement") == "row" or len(movers) == 1:
        first = movers[0]
    _tip(stage, event, first)
    return Handled("solved", stage.say("the first push is assumed", "最初的一推是假设的"))


def _tip(stage: Stage, event: Event, actor: Actor) -> None:
    """Turn a standing body about its foot just fast enough to pass its tipping point: (1/2) I w^2 = m g dh, I = m h^2 / 3, with reserve."""
    low, high = actor.bounds()
    tall, thick = float(high[2] - low[2]), float(high[0] - low[0])
    tip = math.sqrt(max(3 * GRAVITY * (math.hypot(tall, thick) - tall) / tall**2, 0.0)) * 1.6 + 0.5
    actor.spin = np.array([0.0, tip, 0.0])
    actor.velocity = np.array([tip * tall / 2, 0.0, 0.0])
    actor.moving = True
    stage.note(f"bodies.{actor.name}.angular_velocity", "assumed", f"tipped at {tip:.2g} rad/s", event.span)
