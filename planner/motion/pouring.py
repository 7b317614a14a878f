"""Pouring: small balls stand for what is poured from a tilted vessel, or from above, into an open one; all else that flows is painted."""

from __future__ import annotations

import math
from typing import Any

from planner.frame import Entity, Event
from planner.lexicon import Verb
from planner.motion.common import Handled
from planner.stage import Actor, Stage, ids_of
from scenes.catalogue import catalogue
from scenes.materials import library
from scenes.primitives import Cup, Ellipsoid, Piece, Sphere, rotation_matrix

__all__ = ["finish_pours", "pour"]

POURED = {"pour", "pour_out", "fill", "flow"}
GRAINS, FEWEST, FULL = 110, 24, 0.55  # balls at most and at least; of the vessel that they fill
PACKED = 0.6  # of the space that settled balls fill (random packing: Scott and Kilgour 1969, J Phys D 2, 0.60 loose)
TILT, LIFT, DROP = 1.25, 0.8, 0.10  # [rad] of the pouring vessel; [s] until it is there; [m] of its lip above the rim
START, POURING, SETTLES = 0.3, 1.5, 1.2  # [s]
LIQUIDS = {"liquid", "fluid"}


def pour(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Grains for what is poured into an open vessel; painted where nothing open is named or the flow is of another kind."""
    painted = Handled("imagined", stage.say("liquids are painted, not solved", "液体由画面绘制，未求解"), "imagined")
    if verb.name not in POURED:
        return painted
    into = _vessel(stage, event)
    stuff = _poured(stage, event, into)
    if stuff is None or into is None:
        why = stage.say(
            "no open vessel is named that it could be poured into: painted", "没有说明倒入的敞口容器：由画面绘制"
        )
        return Handled("imagined", why, "imagined")
    source = next(
        (a for a in stage.of(event.source_place) if a.kind == "rigid" and a is not into and a is not stage.ground), None
    )
    actor = _as_fluid(stage, stuff)
    liquid = _is_liquid(actor)
    label = stage.words(stuff.span) or stuff.mention or stuff.head
    why = stage.say(
        f"small balls stand for the {stuff.head}: they fall, collide and pile up under the laws"
        + (", but keep no level surface as a liquid does" if liquid else ", fewer and larger than its own grains"),
        f"以小球代替“{label}”：小球按定律下落、碰撞、堆积"
        + ("，但不会像液体那样形成水平液面" if liquid else "，比真实颗粒更少更大"),
    )
    actor.status, actor.appearance, actor.why = "proxied", "proxied", why
    actor.extra["pour"] = {"into": into, "source": source, "liquid": liquid, "why": why}
    actor.moving = True
    if source is not None:
        stage.unplace(source)
        source.extra["tilts"], source.status, source.moving = True, "actuated", True
        source.why = stage.say("tilted by a declared path, as by a hand", "由声明的路径倾斜（如同手持）")
        actor.support = None
    stage.note(f"bodies.{actor.name}.poured", "assumed", why, event.span)
    return Handled("proxied", why, "proxied")


def _vessel(stage: Stage, event: Event) -> Actor | None:
    named = stage.of(event.goal_place) + [
        a for i in ids_of(event.patient) + ids_of(event.agent) for r in stage.relations("in", "inside", "on", subject=i)
        if r.phase == "final" for a in stage.of(r.object)
    ]  # fmt: skip
    if event.verb == "fill":
        named += stage.of(event.patient)
    return next((a for a in named if _cup(a) is not None), None)


def _cup(actor: Actor) -> Piece | None:
    if actor.kind != "rigid" or actor.shape is None:
        return None
    cups = [p for p in actor.shape.pieces() if isinstance(p.shape, Cup) and rotation_matrix(p.orientation)[2, 2] > 0.99]
    return max(cups, key=lambda p: p.shape.volume(), default=None)


def _poured(stage: Stage, event: Event, into: Actor | None) -> Entity | None:
    """What is poured: the patient, or who pours without a hand."""
    for reference in (event.patient, event.agent):
        for entity_id in ids_of(reference):
            entity = stage.entity(entity_id)
            actors = stage.of(entity_id)
            if entity is None or any(a.kind == "figure" or a is into or _cup(a) is not None for a in actors):
                continue
            return entity
    return None


def _as_fluid(stage: Stage, entity: Entity) -> Actor:
    """The actor of what is poured, as one body of kind fluid; its copies and its place are forgotten."""
    actors = [a for a in stage.by_entity.get(entity.id, []) if a is not stage.ground]
    for other in actors[1:]:
        stage.actors.pop(other.name, None)
        stage.unplace(other)
        stage.constraints = [c for c in stage.constraints if other not in (c.a, c.b)]
        stage.provenance = {k: v for k, v in stage.provenance.items() if not k.startswith(f"bodies.{other.name}.")}
    if actors:
        actor = actors[0]
        stage.unplace(actor)
        stage.constraints = [c for c in stage.constraints if actor not in (c.a, c.b)]
    else:  # it was taken for the ground
        entry = catalogue().find(entity.head, "en")
        known = getattr(entry, "entry", entry)
        name = stage.free_name(f"{entity.head}_grains", stage.actors)
        actor = Actor(name, entity, known if known is not None else stage.ground.entry, "fluid")  # type: ignore[union-attr]
        stage.actors[name] = actor
        if stage.ground is not None and stage.ground.entity is entity:
            stage.ground.material, stage.ground.color = "wood", None
    actor.extra["grain"] = _own_size(actor)
    actor.kind, actor.contact, actor.fixed, actor.inside = "fluid", False, False, False
    actor.shape = None
    stage.goals = {k: g for k, g in stage.goals.items() if g.get("body") != actor.name}
    return actor


def _own_size(actor: Actor) -> float | None:
    """Radius [m] of a grain that is large enough to be shown as it is (a marble, a bead)."""
    shape = actor.shape or actor.entry.shape
    if isinstance(shape, Sphere) and 0.003 <= shape.radius <= 0.03:
        return shape.radius
    if isinstance(shape, Ellipsoid) and 0.003 <= min(shape.radii) <= 0.03:
        return float(min(shape.radii))
    return None


def _stuff(actor: Actor) -> str:
    for name in (actor.entity.material, actor.entity.head, actor.entry.material):
        if name and library().has(name):
            return library().material(name).name
    return "plastic"


def _is_liquid(actor: Actor) -> bool:
    material = library().material(_stuff(actor))
    if actor.extra.get("grain") or material.name in {
        "sand",
        "rice",
        "soil",
        "sugar",
        "salt",
        "flour",
        "gravel",
        "snow",
        "plastic",
    }:
        return False
    return actor.entry.role == "fluid" or actor.entity.role == "fluid"


def finish_pours(stage: Stage) -> None:
    """After the layout: where the grains leave, how large they are, and the path of the vessel that is tilted."""
    for actor in list(stage.actors.values()):
        spec: dict[str, Any] | None = actor.extra.get("pour")
        if spec is None:
            continue
        into: Actor = spec["into"]
        piece = _cup(into)
        assert piece is not None and isinstance(piece.shape, Cup)
        cup = piece.shape
        inner = max(min(cup.radius, cup.foot) - cup.wall, 0.3 * cup.radius)
        room = math.pi * ((cup.radius + cup.foot) / 2 - cup.wall) ** 2 * max(cup.height - cup.wall, 0.2 * cup.height)
        own = actor.extra.get("grain")
        radius = own or max((FULL * room * PACKED / GRAINS / (4 / 3 * math.pi)) ** (1 / 3), 0.0025)
        radius = min(radius, inner / 4.5)
        count = int(min(GRAINS, max(FEWEST, FULL * room * PACKED / (4 / 3 * math.pi * radius**3))))
        if actor.entity.count and actor.entity.count > 1 and own:
            count = min(int(actor.entity.count), 300)
        rim = float(into.position[2]) + piece.position[2] + cup.base_z + cup.height
        x, y = float(into.position[0]) + piece.position[0], float(into.position[1]) + piece.position[1]
        start, spout = START, rim + DROP
        if spec["source"] is not None:
            _tilt(stage, spec["source"], (x, y, spout), cup.radius)
            start = LIFT + 0.2
        density = library().material(_stuff(actor)).density.value
        seconds = POURING * max(0.5, count / GRAINS)
        actor.material = _stuff(actor)
        actor.extra["poured"] = {
            "at": [round(x, 4), round(y, 4), round(spout - radius, 4)], "grains": count, "radius": round(radius, 5),
            "density": round(float(density), 1), "start": round(start, 3), "seconds": round(seconds, 3), "liquid": spec["liquid"],
            "into": into.name, "why": spec["why"],
        }  # fmt: skip
        if stage.duration is None:
            stage.duration = round(start + seconds + SETTLES, 2)
            stage.note("duration", "assumed", "until what is poured has come to lie")


def _tilt(stage: Stage, source: Actor, lip: tuple[float, float, float], clear: float) -> None:
    """The vessel comes up beside the rim and leans until its lip is over the middle; its foot stays on the left."""
    low, high = source.bounds()
    half, tall = float(high[0]), float(high[2])

    def centre(tilt: float) -> list[float]:
        dx = half * math.cos(tilt) + tall * math.sin(tilt)
        dz = -half * math.sin(tilt) + tall * math.cos(tilt)
        return [round(lip[0] - dx, 4), round(lip[1], 4), round(lip[2] - dz + 0.01, 4)]

    start = centre(0.0)
    start = [round(start[0] - clear - half, 4), start[1], round(lip[2] - float(low[2]) - DROP, 4)]
    keys = [{"time": 0.0, "position": start, "heading": 0.0, "tilt": 0.0}]
    keys += [{"time": LIFT, "position": centre(TILT), "heading": 0.0, "tilt": TILT}]
    keys += [{"time": LIFT + 15.0, "position": centre(TILT), "heading": 0.0, "tilt": TILT}]
    source.position[:] = start
    source.orientation = (1.0, 0.0, 0.0, 0.0)
    source.fixed = True  # held by the path all the time
    stage.drivers[f"{source.name}_path"] = {
        "type": "path", "body": source.name, "keys": keys, "interpolation": "smooth",
        "why": stage.say("a hand tilts it (declared)", "由手倾斜（声明）"),
    }  # fmt: skip
