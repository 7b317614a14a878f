"""Heat that the text speaks of becomes a thermal problem: which bodies conduct, what heats or cools which face, for how long."""

from __future__ import annotations

import math
import re

from planner.frame import Entity, Event
from planner.lexicon import Verb
from planner.motion.common import Handled
from planner.stage import Actor, Stage, ids_of
from scenes.materials import library
from scenes.shapes import Box, Cylinder

__all__ = ["cool", "heat", "heat_state", "melt"]

FLAME_C = 1000.0  # [degC] gas of a laboratory or camping burner where it touches, well below its adiabatic 1900 degC
HOT_C = 100.0  # [degC] of an end that is "held hot" with no temperature given: boiling water
WARM_C = 60.0
AIR_COEFFICIENT = 10.0  # [W/(m2 K)] free convection in still air with radiation at room temperature, 5-25 in Incropera & DeWitt, table 1.1
SIDES = {"left": 0, "right": 1}


def heated_bodies(stage: Stage, event: Event) -> list[tuple[Actor, str | None]]:
    """Bodies that the event heats or cools, each with the side that is named ("left", "right", "one end") or None for all of it."""
    found: list[tuple[Actor, str | None]] = []
    for reference in [
        *ids_of(event.patient),
        *ids_of(event.agent),
        *ids_of(event.property_of),
        *ids_of(event.goal_place),
    ]:
        entity = stage.entity(reference)
        if entity is None:
            continue
        if entity.role == "part":
            owners = [a for r in stage.relations("part_of", subject=reference) for a in stage.of(r.object)]
            side = next(
                (word for word in (*entity.attributes, entity.head) if word in {"left", "right", "top", "bottom"}), None
            )
            if side is None and entity.head in {"end", "tip", "side"}:
                side = "right" if {"other", "far", "opposite"} & set(entity.attributes) else "left"
            found += [(actor, side) for actor in owners if actor.kind == "rigid"]
        else:
            found += [
                (actor, None) for actor in stage.of(reference) if actor.kind == "rigid" and actor is not stage.ground
            ]
    unique: dict[str, tuple[Actor, str | None]] = {}
    for actor, side in found:
        if actor.name not in unique or unique[actor.name][1] is None:
            unique[actor.name] = (actor, side)
    return list(unique.values())


def heat(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Something is heated: by a flame where one is named, else an end or the whole held hot."""
    targets = [pair for pair in heated_bodies(stage, event) if not pair[0].fixed or pair[0].entity.role != "ground"]
    if not targets:
        return _not_a_body(stage)
    flame = any(a.entity.head in FLAMES for a in stage.actors.values())
    stated = stage.quantity(event, "temperature")
    for actor, _ in targets:
        if actor.extra.get("room"):
            _heat_room(stage, event, actor)
    targets = [pair for pair in targets if not pair[0].extra.get("room")]
    one_end = re.search(r"\bone (end|side|tip)\b|[一左右]端|一头", stage.frame.text) is not None
    for actor, named in targets:
        if named == "right" and any(b["body"] == actor.name for b in _boundaries(stage).values()):
            stage.goal(
                "warms", event, body=actor.name, at="right", by_kelvin=1.0
            )  # the other end: warmed by what reaches it
            continue
        side = named or ("left" if one_end and _slender(actor) else None)
        _conducts(stage, actor)
        temperature = stated[0] if stated else (stage.quantity(actor.entity, "temperature") or (None,))[0]
        if temperature is None:
            temperature, why = (FLAME_C, "a burner's flame") if flame else (HOT_C, "held hot; no temperature is stated")
            source = "assumed"
        else:
            why, source = stage.words(stated[1].span) if stated else "stated", "stated"
        _under(stage, actor, side)
        name = f"{actor.name}_{side or 'all'}_hot"
        boundary: dict[str, object] = {
            "body": actor.name,
            "face": _face(actor, side),
            "type": "flame" if flame and source == "assumed" else "temperature",
            "value": temperature,
        }
        if flame and source == "assumed":
            boundary["coefficient"] = 60.0
        _boundaries(stage)[name] = boundary
        stage.note(f"thermal.boundaries.{name}.value", source, f"{why}: {temperature:g} degC", event.span)
        stage.goal("warms", event, body=actor.name, at="mean")
    return Handled("solved")


FLAMES = {"flame", "fire", "torch", "burner", "candle", "match", "lighter"}


def _under(stage: Stage, actor: Actor, side: str | None) -> None:
    """A flame that heats stands under what it heats, at the named end."""
    flame = next((a for a in stage.actors.values() if a.entity.head in FLAMES and a.kind == "field"), None)
    if flame is None:
        return
    low, high = actor.bounds()
    reach = {"left": float(low[0]) * 0.94, "right": float(high[0]) * 0.94}.get(side or "", 0.0)
    tall = min(0.11, 0.5 * actor.clearance) if actor.clearance > 0.1 else 0.15
    flame.extra["extent"] = (0.4 * tall, 0.4 * tall, tall)
    if actor.clearance > 0.1:
        flame.clearance = round(actor.clearance - tall - 0.005, 4)
        flame.extra["burner"] = True
    stage.constrain("offset", flame, 0, reach, actor)
    stage.constrain("offset", flame, 1, 0.0 if actor.clearance > 0.1 else float(low[1]) - 0.2 * tall, actor)


def _heat_room(stage: Stage, event: Event, room: Actor) -> None:
    """A heater of 1.5 kW (a common convector) in air at 15 degC, losing 1 W/(m2 K) through its walls to 5 degC outside."""
    stage.thermal.setdefault("bodies", {})[room.name] = {"initial": 15.0}
    stage.thermal.setdefault("sources", {})["heater"] = {"body": room.name, "power": 1500.0}
    _boundaries(stage)["walls"] = {
        "body": room.name,
        "face": "all",
        "type": "convection",
        "coefficient": 1.0,
        "ambient": 5.0,
    }
    stage.thermal["physical_duration"] = 600.0
    stage.note("thermal.sources.heater.power", "assumed", "a 1.5 kW convector")
    stage.note("thermal.boundaries.walls", "assumed", "walls that lose 1 W/(m2 K) to 5 degC outside")
    stage.goal("warms", event, body=room.name)


def conduct(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Heat moves along a body: asked outcome, the far end gets warmer. Fourier's law is not linear in time, and that is said."""
    bodies = [a for a in stage.actors.values() if a.name in stage.thermal.get("bodies", {})]
    along = [
        a
        for r in stage.relations("along", "across", "through", "in")
        for a in stage.of(r.object)
        if a.kind == "rigid" and a is not stage.ground
    ]
    targets = list(dict.fromkeys([*along, *bodies])) or [pair[0] for pair in heated_bodies(stage, event)]
    if not targets:  # "the hot area spreads": in the one thing that is there
        solids = [a for a in stage.actors.values() if a.movable]
        targets = solids if len(solids) == 1 else []
    if not targets:
        return _not_a_body(stage)
    for actor in targets:
        if actor.name not in stage.thermal.get("bodies", {}):
            _conducts(stage, actor)
            side = "right" if "right_to_left" in event.manner else "left"
            name = f"{actor.name}_{side}_hot"
            _boundaries(stage)[name] = {
                "body": actor.name,
                "face": _face(actor, side),
                "type": "temperature",
                "value": HOT_C,
            }
            stage.note(
                f"thermal.boundaries.{name}.value",
                "assumed",
                f"heat needs a source: this end is held at {HOT_C:g} degC",
                event.span,
            )
        stage.goal("warms", event, body=actor.name, at="middle", by_kelvin=1.0)
    if "linearly" in event.manner:
        stage.advise(
            "Heat does not spread linearly in time: by Fourier's law its front advances with the square root of time; the solved course is shown.",
            "热量传导并不随时间线性推进：按傅里叶定律，其前沿随时间的平方根前进；这里显示的是求解结果。",
        )
    return Handled("solved")


def melt(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Melts in warm air (or at what heats it): enthalpy method; the shrinking shape is proxied."""
    targets = heated_bodies(stage, event)
    if not targets:
        return _not_a_body(stage)
    for actor, _ in targets:
        material = library().material(actor.material)
        if material.melting_point is None or material.latent_heat_fusion is None:
            stage.goal(
                "refused",
                event,
                why=stage.say(
                    f"{actor.material} has no melting point in the library", f"材料库中 {actor.material} 没有熔点"
                ),
                body=actor.name,
            )
            return Handled(
                "refused",
                stage.say(f"no melting point is known for {actor.material}", f"不知道 {actor.material} 的熔点"),
            )
        point = material.melting_point.value
        _conducts(stage, actor, initial=min(point - 5.0, 20.0))
        plate = next(
            (
                a
                for a in stage.actors.values()
                if {"hot", "heated", "warm"} & set(a.entity.attributes) and a is not actor
            ),
            None,
        )
        if plate is not None:
            _boundaries(stage)[f"{actor.name}_plate"] = {
                "body": actor.name,
                "face": "bottom",
                "type": "temperature",
                "value": max(200.0, point + 50.0),
            }
            stage.note(
                f"thermal.boundaries.{actor.name}_plate.value",
                "assumed",
                f"the hot {plate.entity.head} is held at {max(200.0, point + 50.0):g} degC",
                event.span,
            )
        heated = any(b["body"] == actor.name and b["type"] != "convection" for b in _boundaries(stage).values())
        if not heated:
            ambient = stage.environment.get("temperature", 25.0) if point < 20 else point + 200.0
            ambient = max(float(ambient), point + 15.0)
            _boundaries(stage)[f"{actor.name}_air"] = {
                "body": actor.name,
                "face": "all",
                "type": "convection",
                "coefficient": 25.0,
                "ambient": ambient,
            }
            stage.note(
                f"thermal.boundaries.{actor.name}_air",
                "assumed",
                f"surroundings at {ambient:g} degC, 25 W/(m2 K)",
                event.span,
            )
        stage.goal("melts", event, body=actor.name, fraction=0.5)
        actor.appearance = "proxied"
    return Handled(
        "proxied",
        stage.say(
            "the melting is solved by enthalpy; the shrinking shape is a proxy", "融化由焓法求解；形状的缩小是近似表示"
        ),
    )


def cool(stage: Stage, event: Event, verb: Verb) -> Handled:
    targets = heated_bodies(stage, event)
    if not targets:
        return _not_a_body(stage)
    for actor, _ in targets:
        stated = stage.quantity(actor.entity, "temperature") or stage.quantity(event, "temperature")
        start = stated[0] if stated else 80.0
        _conducts(stage, actor, initial=start)
        _boundaries(stage)[f"{actor.name}_air"] = {
            "body": actor.name,
            "face": "all",
            "type": "convection",
            "coefficient": AIR_COEFFICIENT,
            "ambient": 20.0,
        }
        stage.note(
            f"thermal.bodies.{actor.name}.initial",
            "stated" if stated else "assumed",
            f"starts at {start:g} degC",
            event.span,
        )
        stage.goal("cools", event, body=actor.name)
    return Handled("solved")


def heat_state(stage: Stage) -> None:
    """Stated temperatures of ends with no verb of heating ("one end held hot", "左端200℃"), and stated conductivities."""
    for entity in stage.frame.entities:
        for actor in stage.by_entity.get(entity.id, []):
            found = stage.quantity(entity, "thermal_conductivity", "conductivity")
            if found and actor.kind == "rigid":
                _conducts(stage, actor)
                stage.thermal["bodies"][actor.name]["conductivity"] = found[0]
                stage.note(
                    f"thermal.bodies.{actor.name}.conductivity", "stated", stage.words(found[1].span), found[1].span
                )


def _not_a_body(stage: Stage) -> Handled:
    why = stage.say("no solid body that conducts is named", "没有说明导热的固体")
    return Handled("refused", why)


def _boundaries(stage: Stage) -> dict[str, dict[str, object]]:
    return stage.thermal.setdefault("boundaries", {})


def _conducts(stage: Stage, actor: Actor, *, initial: float | None = None) -> None:
    """Make a body thermal, lying along x where it is long, in still air."""
    bodies = stage.thermal.setdefault("bodies", {})
    if actor.name in bodies:
        if initial is not None:
            bodies[actor.name]["initial"] = initial
        return
    bodies[actor.name] = {"initial": 20.0 if initial is None else initial}
    actor.fixed = actor.fixed or _slender(actor)
    if _slender(actor) and actor.shape is not None and actor.shape.type in {"cylinder", "capsule"}:
        from planner.motion.travelling import TURN_X

        actor.orientation = TURN_X
        actor.clearance = max(actor.clearance, 0.25)
        _readable(stage, actor)
        actor.in_air = True
        actor.why = stage.say(
            "rests on two stands, which are not part of the heat problem", "放在两个支架上，支架不参与传热计算"
        )
        actor.extra["stands"] = True
    stage.note(
        f"thermal.bodies.{actor.name}.initial",
        "assumed",
        "starts at 20 degC" if initial is None else f"starts at {initial:g} degC",
    )


def add_stands(stage: Stage) -> None:
    """After the layout: two insulating stands under every rod that is held up, so that nothing floats."""
    for actor in [a for a in stage.actors.values() if a.extra.get("stands")]:
        low, high = actor.bounds()
        foot = float(actor.position[2] + low[2])
        depth = max(float(high[1] - low[1]) * 1.6, 0.03)
        for number, share in enumerate((0.24, 0.8), start=1):
            entity = Entity(id=f"{actor.name}_stand_{number}", head="stand", role="support", implied=True)
            stand = Actor(
                f"{actor.name}_stand_{number}",
                entity,
                actor.entry,
                "rigid",
                shape=Box(size=(0.03, depth, foot)),
                material="ceramic",
                fixed=True,
                contact=False,
            )
            x = float(actor.position[0] + low[0] + share * (high[0] - low[0]))
            stand.position[:] = (round(x, 4), float(actor.position[1]), round(foot / 2, 4))
            stage.actors[stand.name] = stand
            stage.note(f"bodies.{stand.name}", "assumed", "holds the rod up; insulating")


def add_burners(stage: Stage) -> None:
    """After the layout: a burner under every flame that stands in the air."""
    for flame in [a for a in stage.actors.values() if a.extra.get("burner")]:
        tall = float(flame.position[2] + flame.bounds()[0][2])
        if tall < 0.02:
            continue
        entity = Entity(id=f"{flame.name}_burner", head="burner", role="tool", implied=True)
        shape = Cylinder(radius=0.016, height=round(tall, 4))
        burner = Actor("burner", entity, flame.entry, "rigid", shape=shape, material="steel", fixed=True, contact=False)
        burner.position[:] = (flame.position[0], flame.position[1], round(tall / 2, 4))
        stage.actors["burner"] = burner
        stage.note("bodies.burner", "assumed", "the flame needs a burner")


def _readable(stage: Stage, actor: Actor) -> None:
    """A rod of which no thickness is said is at least 1/25 as thick as long, so that its colours can be read."""
    if isinstance(actor.shape, Cylinder) and stage.quantity(actor.entity, "diameter", "radius", "thickness") is None:
        radius = max(actor.shape.radius, actor.shape.height / 50)
        actor.shape = Cylinder(radius=round(radius, 5), height=actor.shape.height)


def _slender(actor: Actor) -> bool:
    if actor.shape is None:
        return False
    extent = sorted(float(e) for e in actor.shape.extent())
    return extent[2] > 3 * extent[1]


def _face(actor: Actor, side: str | None) -> str:
    """The face of a side as seen by the viewer, in the body's own axes: a rod laid along x has its bottom on the left."""
    if side is None:
        return "all"
    if actor.shape is not None and actor.shape.type in {"cylinder", "capsule"} and _slender(actor):
        return {"left": "bottom", "right": "top"}.get(side, side)
    return side


def _plain(seconds: float) -> float:
    """A duration rounded to 1, 2, 3 or 6 of a decade, as people say them."""
    decade = 10.0 ** math.floor(math.log10(seconds))
    return min((step * decade for step in (1, 2, 3, 6, 10)), key=lambda value: abs(math.log(value / seconds)))


def _physical_duration(stage: Stage) -> None:
    """A quarter of the diffusion time L^2 / alpha of the longest heated bar: long enough to see the heat arrive at its far end."""
    if "physical_duration" in stage.thermal:
        return
    times = []
    for name, body in stage.thermal.get("bodies", {}).items():
        actor = stage.actors[name]
        material = library().material(actor.material)
        alpha = (body.get("conductivity") or material.conductivity.value) / (
            material.density.value * material.specific_heat.value
        )
        if _slender(actor) and any(
            b["face"] != "all" and b["face"] != "side" for b in _boundaries(stage).values() if b["body"] == name
        ):
            times.append(0.25 * actor.size**2 / alpha)
    for event in stage.frame.events:
        stated = stage.quantity(event, "duration", "time")
        if stated:
            times = [stated[0]]
    if times:
        stage.thermal["physical_duration"] = (
            float(_plain(max(times))) if len(times) > 1 or max(times) > 20 else max(times)
        )
        stage.note(
            "thermal.physical_duration", "assumed", "a quarter of the diffusion time L²/α, shown in a few seconds"
        )


def finish_heat(stage: Stage) -> None:
    """Bodies with a hot end lose heat to the air from their sides, and the other end is left alone unless something is said of it."""
    _physical_duration(stage)
    for name in stage.thermal.get("bodies", {}):
        own = [b for b in _boundaries(stage).values() if b["body"] == name]
        if own and all(b["face"] != "all" for b in own):
            _boundaries(stage).setdefault(
                f"{name}_air", {"body": name, "face": "side", "type": "convection", "coefficient": 5.0, "ambient": 20.0}
            )
            stage.note(f"thermal.boundaries.{name}_air", "assumed", "still air at 20 degC, 5 W/(m2 K)")
        elif not own:
            stage.advise(
                f"Nothing heats or cools the {name}: say which end is hot, and how hot.",
                f"没有说明什么加热或冷却“{name}”：请说明哪一端热、多热。",
            )
