"""Throws and shots: a starting velocity from a hand, a foot or a barrel, aimed at what it is thrown at."""

from __future__ import annotations

import math

import numpy as np

from planner.endings import next_end
from planner.frame import Event
from planner.layout import surface_of
from planner.lexicon import Verb, verbs
from planner.motion.common import (
    GRAVITY,
    Handled,
    direction_of,
    face_the_motion,
    goal_actor,
    level_of,
    sets_in_motion,
    stated_speed,
)
from planner.motion.landing import asks_landing, lob
from planner.motion.travelling import on_flat
from planner.stage import Actor, Stage

__all__ = ["is_projectile", "throw"]

STRUCK_FROM_THE_GROUND = {"kick", "putt", "bowl"}
OPEN_TARGETS = {"goal", "hoop", "basket", "net", "goalpost", "basketball_hoop"}
THROW = {"gentle": (2.0, 4.0, 6.0), "normal": (6.0, 10.0, 15.0), "hard": (15.0, 20.0, 30.0)}  # [m/s] low, usual, high
LEVEL_SPEED = 60.0  # [m/s] above which what is shot is aimed level
PROJECTILES = {
    "bullet",
    "arrow",
    "dart",
    "javelin",
    "spear",
    "cannonball",
    "shell",
    "disc",
    "frisbee",
    "puck",
    "stone",
    "rock",
    "pebble",
    "snowball",
    "coin",
}
THROWN_BALLS = {"ball", "baseball", "basketball", "football", "volleyball"}


def throw(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Launched from a hand or a device with a stated or documented speed; aimed at what it is thrown at."""
    targets = [actor for actor in stage.of(event.patient) if actor.movable] or [
        a for a in stage.of(event.agent) if a.movable
    ]
    if not targets:
        return Handled("refused", stage.say("nothing that can be thrown is named", "没有说明投掷什么"))
    thrower = next((a for a in stage.of(event.agent) if a not in targets), None)
    low, typical, high = _launch_speeds(verb, level_of(event))
    stated = stated_speed(stage, event)
    speed = stated if stated is not None else typical
    sign = direction_of(stage, event)
    goal = goal_actor(stage, event) or stage.one(event.instrument)
    for actor in targets:
        if actor.moving:
            continue
        height = 1.5 if thrower is None or thrower.kind != "figure" else float(thrower.extra["height"]) * 0.8
        flat = goal is None or (goal.support in {None, stage.ground} and goal.size < 0.3)
        if (
            verb.name in {"shoot", "launch", "fire", "roll"}
            and actor.size < 0.1
            and flat
            and actor.entry.key not in PROJECTILES
        ):
            on_flat(stage, event, actor, rolling=actor.round)
            continue
        if verb.name in STRUCK_FROM_THE_GROUND and (thrower is None or thrower.support is actor.support):
            height = 0.0
        actor.in_air, actor.clearance = True, height
        if thrower is not None:
            stage.constrain("offset", actor, 0, sign * (thrower.size * 0.3 + actor.size), thrower)
            stage.constrain("offset", actor, 1, 0.0, thrower)
        path = f"bodies.{actor.name}.linear_velocity"
        why = stage.words(event.span) if stated is not None else f"a {level_of(event)} throw: {low:g}-{high:g} m/s"
        if {"up", "upward", "upwards", "vertically", "straight_up"} & set(event.manner) and stage.quantity(
            event, "angle"
        ) is None:
            speed = stated if stated is not None else min(typical, 6.0)
            sets_in_motion(actor, (0.0, 0.0, speed))
            rise = min(0.3 * speed**2 / (2 * GRAVITY), 50.0)
            stage.goal("moves", event, body=actor.name, distance=round(rise, 3), direction=(0.0, 0.0, 1.0))
        elif (
            goal is not None
            and goal is not stage.ground
            and goal.kind == "rigid"
            and goal is not thrower
            and thrower is None
            and lob(stage, event, actor, goal, stated=stated, sign=sign)
        ):
            why = "an underarm toss" if stated is None else why
            speed = float(np.linalg.norm(actor.velocity))
            if next_end(stage, event) is None:
                asks_landing(stage, event, actor, goal)
        elif goal is not None and goal is not stage.ground and goal.kind in {"rigid", "figure"} and goal is not thrower:
            distance = float(np.clip(speed * 0.35, 1.5, 6.0))
            face_the_motion(goal)
            held = (
                surface_of(goal.support.shape)[0]
                if goal.support is not None and goal.support.shape is not None
                else 0.0
            )
            held = 0.0 if goal.support is stage.ground else held
            aim = _aim_height(goal) + held
            if speed > LEVEL_SPEED:  # a shot goes straight at its target
                height = aim = (_middle(goal) + held) if goal.kind == "rigid" else aim
                actor.clearance = round(max(aim - actor.radius, 0.0), 4)
            flight = distance / speed
            rise = (aim - height + 0.5 * GRAVITY * flight**2) / flight
            stage.constrain("offset", goal, 0, sign * (distance + goal.half_x), actor, text=stage.words(event.span))
            stage.constrain("offset", goal, 1, 0.0, actor)
            sets_in_motion(actor, (sign * speed, 0.0, rise))
            if goal.entity.head.replace(" ", "_") in OPEN_TARGETS:
                stage.goal("reaches", event, body=actor.name, other=goal.name, tolerance=round(0.1 + goal.half_x, 3))
            else:
                if not any(
                    g["type"] == "hits" and g["a"] == actor.name and g["b"] == goal.name for g in stage.goals.values()
                ):
                    stage.goal("hits", event, a=actor.name, b=goal.name)
                goal.extra["aimed"] = True
        else:
            if stated is None:
                speed = min(speed, 9.0) if level_of(event) != "hard" else speed
            asked = stage.quantity(event, "angle")
            angle = math.radians(25 if level_of(event) != "hard" else 12)
            if asked is not None:
                angle = asked[0] if asked[0] <= math.pi / 2 else math.radians(asked[0])
            elif "horizontally" in event.manner:
                angle = 0.0
            sets_in_motion(actor, (sign * speed * math.cos(angle), 0.0, speed * math.sin(angle)))
            stage.goal("moves", event, body=actor.name, distance=round(0.1 * speed, 3), direction=(sign, 0.0, 0.0))
        stage.note(
            path, "stated" if stated is not None else "known", f"{why}; leaves the hand at {speed:.3g} m/s", event.span
        )
    why = stage.say("the throw is a starting velocity; what follows is solved", "投掷以初速度表示，其后由物理求解")
    return Handled("actuated" if thrower is not None else "solved", why)


def is_projectile(stage: Stage, event: Event) -> bool:
    """Whether what flies has no means of its own to stay up: it was launched, and follows the laws from then on."""
    movers = stage.of(event.agent) or stage.of(event.patient)
    heads = PROJECTILES | THROWN_BALLS
    free = [
        a for a in movers if a.movable and a.entry.moves is None and set(a.entity.head.split()) & heads and not a.moving
    ]
    still = stage.environment.get("gravity") == 0.0
    return bool(free) and len(free) == len(movers) and not still and "up" not in event.manner


def _launch_speeds(verb: Verb, level: str) -> tuple[float, float, float]:
    known = verb.default("speed", level=level) or verbs()["throw"].default("speed", level=level)
    return (known.low, known.typical, known.high) if known is not None else THROW[level]


def _aim_height(goal: Actor) -> float:
    if goal.kind == "figure":
        return float(goal.extra["height"]) * 0.6
    low, high = goal.bounds()
    return float(np.clip((high[2] - low[2]) * 0.6, 0.05, 1.4))


def _middle(goal: Actor) -> float:
    low, high = goal.bounds()
    return float(high[2] - low[2]) / 2
