"""Figures that do something to a thing by touching it: they walk into it and push on (declared); how it slides, tips or falls is solved."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from planner.frame import Event
from planner.layout import top_of
from planner.lexicon import Verb
from planner.motion.common import GRAVITY, Handled, direction_of, source_actor, stated_speed
from planner.stage import Actor, Stage
from scenes.shapes import Sphere

__all__ = ["acts_on", "catch", "finish_acts"]

CLIMBER = 0.6  # [m] of height: what is smaller acts on a table from the table
HANDLED = {"push", "shove", "knock_over", "knock", "tip_over", "nudge", "bump", "topple", "hit", "push_over"}
AT_WORK = 0.5  # [m/s] of a cat that pushes something on: assumed
PUSHING, EASE = 1.2, 1.0  # [m/s] and [m/s2] of somebody who pushes a cart: a slow walk; assumed
HEAVIEST = 1.2  # of its own mass: heavier things are not walked off with
CAPSULE = 0.16  # of the height: the radius of what stands for two legs
THROW = 6.0  # [m/s] of what is caught, where nothing says how it comes: an easy throw; assumed
LOB = 2.0  # [m/s] upward of the same throw
STEP = 0.004  # [s]


def acts_on(stage: Stage, event: Event, verb: Verb, agent: Actor, patient: Actor) -> Handled | None:
    """Plan that a figure pushes a thing by contact; None where it cannot get at it so (the push is then a starting velocity)."""
    if (
        agent.kind != "figure"
        or not patient.movable
        or patient.moving
        or verb.name not in HANDLED
        or "acts" in agent.extra
    ):
        return None
    if stated_speed(stage, event) is not None or stage.quantity(event, "force") is not None or "path" in agent.extra:
        return None
    tall = float(agent.extra["height"])
    host = _host(stage, event, agent, patient)
    sign = direction_of(stage, event)
    if host is not None:
        if tall > CLIMBER:
            return None
        patient.support = host
        spot = sign * max(0.45 * host.half_x, host.half_x - 0.35)
        stage.constraints = [c for c in stage.constraints if c.a is not patient]
        stage.constrain("offset", patient, 0, spot, host)
        stage.constrain("offset", patient, 1, 0.0, host)
        away = spot - sign * (agent.half_x + patient.half_x + 0.15)
        if "jump" in agent.extra:
            agent.extra["jump"].update(land=away, sign=sign)
        else:
            agent.support = host
            stage.constraints = [c for c in stage.constraints if c.a is not agent]
            stage.constrain("offset", agent, 0, away, host)
            stage.constrain("offset", agent, 1, 0.0, host)
        off = source_actor(stage, event) is host or bool({"off", "down"} & set(event.manner))
        if verb.physics == "push" or off:
            stage.goal(
                "falls", event, body=patient.name, drop=round(0.6 * float(host.bounds()[1][2] - host.bounds()[0][2]), 3)
            )
    else:
        known = (
            agent.mass
            if agent.mass is not None
            else agent.entry.mass
            if agent.entry.mass is not None
            else 22.0 * tall**2
        )
        on_ground = patient.support is None or patient.support is stage.ground
        if verb.physics != "push" or source_actor(stage, event) is not None or not on_ground:
            return None
        if _mass(patient) > HEAVIEST * known or patient.size < 0.2 * tall or patient.extra.get("arrangement"):
            return None
        stage.constraints = [c for c in stage.constraints if c.a is not agent]
        stage.constrain("offset", agent, 0, -sign * (_front(agent) + patient.half_x + 0.01), patient)
        stage.constrain("offset", agent, 1, 0.0, patient)
        stage.goal("moves", event, body=patient.name, distance=round(max(0.1, 0.3 * patient.size), 3))
    agent.extra["acts"] = {"on": patient, "host": host, "sign": sign, "event": event}
    agent.moving, agent.status, patient.extra["handled"] = True, "actuated", True
    agent.gait = agent.gait if "jump" in agent.extra else "walk"
    stage.goal("hits", event, a=agent.name, b=patient.name)
    return Handled("actuated", _why(stage, agent, patient))


def _why(stage: Stage, agent: Actor, patient: Actor) -> str:
    return stage.say(
        f"the {agent.entity.head} walks into it (declared path); what the {patient.entity.head} does from the contact on is solved",
        "走上前去推（声明的路径）；接触之后的运动由求解得出",
    )


def _mass(actor: Actor) -> float:
    from scenes.materials import library

    if actor.mass is not None:
        return actor.mass
    assert actor.shape is not None
    return float(library().material(actor.material).density.value * actor.shape.volume()) * (0.3 if actor.wall else 1.0)


def _host(stage: Stage, event: Event, agent: Actor, patient: Actor) -> Actor | None:
    """The table that it happens on: where the thing is, or what the figure has jumped onto."""
    found = [source_actor(stage, event), agent.extra.get("jump", {}).get("onto"), patient.support]
    found += [stage.one(r.object) for r in stage.relations("on", subject=patient.entity.id) if r.phase == "initial"]
    return next(
        (a for a in found if a is not None and a.kind == "rigid" and a is not stage.ground and a is not patient), None
    )


def _front(actor: Actor) -> float:
    """From the middle of a figure to what touches first [m]."""
    two = actor.extra.get("species") in {"person", "astronaut"}
    return CAPSULE * float(actor.extra["height"]) if two else actor.half_x


def finish_acts(stage: Stage) -> None:
    """After the layout and the jumps: the paths that push, and the flights and holds of what is caught."""
    for actor in list(stage.actors.values()):
        if "acts" in actor.extra:
            _push_on(stage, actor, **actor.extra["acts"])
        if "catches" in actor.extra:
            _catch(stage, actor, *actor.extra["catches"])


def _push_on(stage: Stage, actor: Actor, on: Actor, host: Actor | None, sign: float, event: Event) -> None:
    heading = 0.0 if sign > 0 else math.pi
    x, y = float(actor.position[0]), float(actor.position[1])
    z, start = 0.0, 0.4
    if host is not None:
        z = top_of(host, host.position[:2])
        x = float(host.position[0]) + actor.extra["jump"]["land"] if "jump" in actor.extra else x
        y = float(host.position[1])
        jumps = [d for n, d in stage.drivers.items() if n.startswith(f"{actor.name}_jump")]
        start = max((float(d["start"] or 0.0) + d["keys"][-1]["time"] for d in jumps), default=0.1) + 0.4
        edge = float(host.position[0]) + sign * host.half_x
        last = edge - sign * 0.55 * actor.half_x
        steady = abs(last - x) / AT_WORK
        course = [(steady * k / 4, x + (last - x) * k / 4) for k in range(5)]
    else:
        rise = PUSHING / EASE
        course = [(t, x + sign * EASE * t * t / 2) for t in np.linspace(0.0, rise, 7)]
        course += [(rise + 1.5, course[-1][1] + sign * 1.5 * PUSHING)]
        t0, x0 = course[-1]
        course += [(t0 + t, x0 + sign * (PUSHING * t - EASE * t * t / 2)) for t in np.linspace(0.0, rise, 7)[1:]]
    keys: list[dict[str, Any]] = [
        {"time": round(float(t), 4), "position": [round(float(at), 4), round(y, 4), round(z, 4)], "heading": heading}
        for t, at in course
    ]
    if "jump" not in actor.extra:
        actor.position[:] = (x, y, z + float(actor.extra["height"]) / 2)
        actor.heading = heading
    stage.drivers[f"{actor.name}_pushes"] = {
        "type": "path", "body": actor.name, "keys": keys, "interpolation": "linear", "gait": "walk", "start": round(start, 3),
        "why": _why(stage, actor, on),
    }  # fmt: skip
    stage.note(
        f"drivers.{actor.name}_pushes",
        "assumed",
        f"at most {AT_WORK if host is not None else PUSHING:g} m/s",
        event.span,
    )


# catching ---------------------------------------------------------------------------------------------------------------------------


def catch(stage: Stage, event: Event, verb: Verb) -> Handled | None:
    """A figure catches what comes through the air: the flight is solved, the hold from then on is declared. None where there is nothing to catch."""
    who = next((a for a in stage.of(event.agent) if a.kind == "figure"), None)
    thing = next((a for a in stage.of(event.patient) if a.movable and a is not who), None)
    if (
        who is None
        or thing is None
        or (thing.mass is not None and thing.mass > 10)
        or thing.size > float(who.extra["height"])
    ):
        return None
    flies = thing.moving and bool(np.any(thing.velocity))
    who.extra["catches"] = (thing, flies, direction_of(stage, event))
    thing.moving = True
    if not flies:
        stage.unplace(thing)
        thing.in_air = True
        stage.note(
            f"bodies.{thing.name}.linear_velocity",
            "assumed",
            f"it comes at {THROW:g} m/s; who throws it is not named",
            event.span,
        )
    stage.goal("reaches", event, body=thing.name, other=who.name, tolerance=round(_reach(who, thing) + 0.05, 3))
    why = stage.say(
        "it flies under the laws (without lift); once it is there the hold is declared",
        "飞行由定律求解（不计升力）；到手后的抓握由驱动器给定",
    )
    return Handled("actuated", why)


def _mouth(who: Actor) -> tuple[float, float]:
    """How far ahead of the middle and how high [m] it catches: with the hands before the chest, or with the mouth."""
    tall = float(who.extra["height"])
    if who.extra.get("species") in {"person", "astronaut"}:
        return 0.28 * tall, 0.72 * tall
    return who.half_x, 0.88 * tall


def _reach(who: Actor, thing: Actor) -> float:
    ahead, high = _mouth(who)
    return math.hypot(ahead + thing.half_x, high - float(who.extra["height"]) / 2) + 0.04


def _catch(stage: Stage, who: Actor, thing: Actor, flies: bool, sign: float) -> None:
    ahead, high = _mouth(who)
    if flies:  # whoever catches it stands where it comes down to the hands
        sign = -1.0 if float(thing.velocity[0]) > 0 else 1.0
        way = _way_down(stage, thing, float(thing.position[2]), high)
        who.position[0] = float(thing.position[0]) - sign * (way + ahead + thing.half_x)
        who.position[1] = float(thing.position[1])
    else:
        sign = 1.0
        thing.velocity[:] = (-sign * THROW, 0.0, LOB)
        way = _way_down(stage, thing, high + 0.1, high)
        thing.position[:] = (who.position[0] + sign * (ahead + thing.half_x + way), who.position[1], high + 0.1)
        thing.support = None
    who.heading = 0.0 if sign > 0 else math.pi
    near = f"{thing.name}_comes_to_{who.name}"
    stage.triggers[near] = {"type": "reach", "a": thing.name, "b": who.name, "distance": round(_reach(who, thing), 4)}
    stage.drivers[f"{who.name}_holds_{thing.name}"] = {
        "type": "grip", "body": thing.name, "holder": who.name, "start": near, "why": stage.say("caught: a declared hold", "接住：声明的抓握"),
    }  # fmt: skip


def _way_down(stage: Stage, thing: Actor, begin: float, end: float) -> float:
    """How far [m] along x a thrown thing goes until it has come down from height `begin` to `end` [m], with the drag of air (quadratic)."""
    gravity = float(stage.environment.get("gravity", GRAVITY))
    size = np.sort(thing.bounds()[1] - thing.bounds()[0])
    ball = isinstance(thing.shape, Sphere)
    area = (
        math.pi * size[0] ** 2 / 4 if ball else 0.4 * float(size[0] * size[1] + size[1] * size[2] + size[2] * size[0])
    )
    drag = 0.5 * 1.204 * (0.47 if ball else 0.8) * float(area) / _mass(thing) if gravity > 5 else 0.0
    at, speed = np.array([0.0, begin]), np.array([abs(float(thing.velocity[0])), float(thing.velocity[2])])
    for _ in range(int(3.0 / STEP)):
        speed = speed - STEP * (drag * float(np.linalg.norm(speed)) * speed + np.array([0.0, gravity]))
        at = at + STEP * speed
        if at[1] <= end and speed[1] < 0:
            break
    return float(at[0])
