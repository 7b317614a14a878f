"""Slopes for those who live: a hill that only its foot and top are named of, and the way down a slide."""

from __future__ import annotations

import math
from typing import Any

from planner.frame import Entity, Event
from planner.lexicon import Verb
from planner.motion.common import GRAVITY, Handled, goal_actor, source_actor
from planner.motion.postures import HIP
from planner.stage import Actor, Stage, ids_of
from scenes.catalogue import catalogue
from scenes.materials import library
from scenes.shapes import Ramp

__all__ = ["implied_hill", "slide_down", "sliding_keys"]

OF_A_HILL = ("mountain", "hill", "slope", "summit", "peak")
LEAST = 0.4  # [m/s2] of somebody whom friction would hold: pushes with the hands; assumed
RUN_OUT = 0.5  # [s] on the ground after the foot of the slide
STEPS = 8


def implied_hill(stage: Stage, event: Event) -> Actor | None:
    """The hill of "from its foot to the top", where the text names only these: one from the catalogue, noted as implied."""
    places = [stage.entity(i) for i in ids_of(event.source_place) + ids_of(event.goal_place)]
    parts = [e for e in places if e is not None and e.role == "region" and any(word in e.head for word in OF_A_HILL)]
    entry = catalogue().get("hill")
    if not parts or entry is None or entry.shape is None:
        return None
    if (known := stage.actors.get("hill")) is not None:
        return known
    entity = Entity(id="implied_hill", head="hill", role="object", implied=True)
    hill = Actor("hill", entity, entry, "rigid", shape=entry.shape, material=entry.material or "grass", fixed=True)
    stage.actors["hill"] = hill
    stage.by_entity[entity.id] = [hill]
    if stage.ground is not None and stage.ground.material == "concrete":
        stage.ground.material = hill.material
    stage.note("bodies.hill", "assumed", f"“{parts[0].mention or parts[0].head}” belongs to a hill", event.span)
    return hill


def slide_down(stage: Stage, event: Event, verb: Verb, figures: list[Actor]) -> Handled | None:
    """Seated, down a ramp at the pace of a body under gravity and friction; None where there is no ramp."""
    if verb.name != "slide":
        return None
    named = [source_actor(stage, event), goal_actor(stage, event)]
    named += [stage.one(r.object) for f in figures for r in stage.relations("on", "along", "down", subject=f.entity.id)]
    ramp = next((a for a in named if a is not None and isinstance(a.shape, Ramp)), None)
    if ramp is None:
        return None
    for figure in figures:
        figure.extra["path"] = {
            "speed": 1.0, "sign": 1.0, "moves": "walks", "flying": False, "event": event, "incline": ramp, "slides": True,
            "why": stage.say("slides down as a body under gravity and friction would (declared)", "按重力与摩擦下的加速度滑下（声明）"),
        }  # fmt: skip
        figure.posture, figure.gait, figure.moving, figure.status = "sit", None, True, "actuated"
        stage.unplace(figure)
        stage.constrain("offset", figure, 1, 0.0, ramp)
        figure.support = ramp  # so that the layout keeps them together
        stage.goal("moves", event, body=figure.name, distance=round(0.5 * ramp.shape.height, 3))  # type: ignore[union-attr]
    return Handled(
        "actuated",
        stage.say(
            "the seat is declared; its pace is that of a body under gravity and friction, a = g (sin - μ cos)",
            "坐姿为声明；速度按重力与摩擦 a = g (sin - μ cos) 给定",
        ),
    )


def sliding_keys(stage: Stage, actor: Actor, ramp: Actor) -> list[dict[str, Any]]:
    """From the top at rest to the foot, and a little way on."""
    assert isinstance(ramp.shape, Ramp)
    gravity = float(stage.environment.get("gravity", GRAVITY))
    low, high = ramp.bounds()
    angle, tall = ramp.shape.angle, float(actor.extra["height"])
    top, foot = float(ramp.position[0] + low[0]) + 0.2 * tall, float(ramp.position[0] + high[0])
    y, length = float(ramp.position[1]), 0.0
    cloth = "cotton" if library().has("cotton") else "skin"
    friction = library().pair(cloth, ramp.material).friction.value
    pace = max(gravity * (math.sin(angle) - friction * math.cos(angle)), LEAST)
    length = (foot - top) / math.cos(angle)
    seconds = math.sqrt(2 * length / pace)
    keys: list[dict[str, Any]] = []

    def key(time: float, x: float) -> None:
        level = max(0.0, (foot - x) * math.tan(angle))
        keys.append(
            {
                "time": round(time, 4),
                "position": [round(x, 4), round(y, 4), round(max(level - HIP * tall, -0.12 * tall), 4)],
                "heading": 0.0,
            }
        )

    key(0.0, top)
    for k in range(STEPS + 1):
        time = seconds * k / STEPS
        key(0.3 + time, top + pace * time**2 / 2 * math.cos(angle))
    out = pace * seconds
    for k in range(1, 4):
        time = RUN_OUT * k / 3
        key(0.3 + seconds + time, foot + 0.5 * out * (time - time**2 / (2 * RUN_OUT)))
    stage.note(
        f"drivers.{actor.name}_path",
        "known",
        f"a = g (sin - μ cos) = {pace:.2g} m/s² with μ = {friction:g} ({cloth} on {ramp.material})",
    )
    return keys
