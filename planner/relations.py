"""Spatial relations of the frame as supports and constraints; towers, rows and circles as arrangements of their members."""

from __future__ import annotations

import math

import numpy as np

from planner.frame import Relation
from planner.layout import surface_of
from planner.lexicon import verb_of
from planner.motion.common import screen_fraction, screen_x
from planner.stage import Actor, Stage, ids_of
from scenes.bodies import Status
from scenes.catalogue import catalogue
from scenes.shapes import Cup

__all__ = ["apply_relations", "arrange_groups"]

NEAR_GAP = 0.5  # [m], and half a size: the stated reading of "near"
WET = {"water", "sea", "ocean", "lake", "pond", "river", "pool", "canal"}


def apply_relations(stage: Stage) -> None:
    """Turn relations at the start into places, and record what became of each."""
    for number, relation in enumerate(stage.frame.relations):
        status, why = _apply(stage, relation)
        stage.elements[f"relation_{number + 1}_{relation.type}"] = {
            "kind": "relation",
            "status": status,
            "why": why,
            "text": stage.words(relation.span),
            "span": relation.span,
        }


def _is_way_of_coming(stage: Stage, relation: Relation) -> bool:
    """ "approaches from behind" says where it comes from; the place is the motion's own."""
    return relation.type in {"behind", "in_front_of"} and any(
        event.span == relation.span and {"from_behind", "behind", "from_the_front"} & set(event.manner)
        for event in stage.frame.events
    )


def _apply(stage: Stage, relation: Relation) -> tuple[Status, str]:
    subjects, objects = stage.of(relation.subject), stage.of(relation.object)
    bodies = [a for a in subjects if a.kind in {"rigid", "figure", "field", "cloth"}]
    text = stage.words(relation.span)
    if relation.type in {"in_middle_of", "in", "inside"} and any(o in stage.groups for o in ids_of(relation.object)):
        return "solved", stage.say("placed by the formation", "由队形确定位置")
    if relation.phase == "final":
        return "solved", stage.say("read as an asked outcome", "作为要求的结果")
    if relation.phase == "during" or _is_way_of_coming(stage, relation):
        return "solved", stage.say("part of the motion", "属于运动过程")
    place = next(
        (f for o in ids_of(relation.object) if (f := screen_fraction(stage, stage.entity(o))) is not None), None
    )
    on_screen = bool({"screen", "frame"} & set(ids_of(relation.object)))
    if place is None and on_screen:
        place = {"left_of": -0.62, "right_of": 0.62, "in_middle_of": 0.0, "at_edge": 0.8}.get(relation.type)
    if place is not None and bodies:
        spread = on_screen and relation.type == "at_edge" and len(bodies) > 1
        for number, actor in enumerate(bodies):
            at = place * (2 * number / (len(bodies) - 1) - 1) if spread else place
            stage.constrain("at", actor, 0, screen_x(stage, at), text=text)
        return "solved", stage.say("placed in the picture", "按画面位置摆放")
    fluid = any(
        (e := stage.entity(o)) is not None and (e.role == "fluid" or e.head in WET) for o in ids_of(relation.object)
    )
    if fluid and bodies and relation.type in {"on", "in", "inside", "below", "under"}:
        from planner.motion.water import into_water

        for actor in bodies:
            if actor.movable:
                into_water(stage, actor, at="surface" if relation.type == "on" else "middle")
                actor.moving = False
        return "solved", stage.say("in still water", "在静水中")
    hosts = [o for o in objects if o.kind in {"rigid", "figure"} and o not in bodies]
    if not bodies or not hosts:
        return "imagined", stage.say("one side has no body here", "其中一方在这里没有实体")
    host = hosts[0]
    for actor in bodies:
        _place(stage, relation.type, actor, host, hosts, text)
    return "solved", ""


def _place(stage: Stage, kind: str, actor: Actor, host: Actor, hosts: list[Actor], text: str) -> None:
    ground = host is stage.ground
    match kind:
        case "on" | "supported_by" | "covered" | "at_top_of":
            _stand_on(stage, actor, host)
        case "in" | "inside":
            if (
                isinstance(host.shape, Cup)
                or host.entity.role == "container"
                or (host.shape is not None and host.shape.type in {"torus", "ring"})
            ):
                actor.support, actor.inside = (host if isinstance(host.shape, Cup) else None), True
                stage.constrain("offset", actor, 0, 0.0, host, text=text)
                stage.constrain("offset", actor, 1, 0.0, host)
            elif not ground:
                _stand_on(stage, actor, host)
        case "above" | "over" if not ground:
            stage.constrain("offset", actor, 0, 0.0, host, text=text)
            stage.constrain("offset", actor, 1, 0.0, host)
            if actor.kind != "figure" and not actor.movable:
                actor.in_air = True
                actor.clearance = surface_of(host.shape)[0] + 0.6 if host.shape is not None else 1.0
            elif host.movable and actor.kind == "rigid":
                actor.clearance, actor.in_air = _height(host) + 0.3 + actor.size, True
        case "below" | "under" if not ground:
            stage.constrain("offset", actor, 0, 0.0, host, text=text)
            stage.constrain("offset", actor, 1, 0.0, host)
        case "left_of" | "right_of" | "behind" | "in_front_of" if any(
            c.a is actor and c.b is host and c.kind == "offset" for c in stage.constraints
        ):
            return  # the motion has already said where
        case "left_of" | "right_of":
            first, second = (actor, host) if kind == "left_of" else (host, actor)
            if actor.support is not None and actor.support is host:
                low, high = surface_of(host.shape)[1:]
                share = 0.22 if kind == "left_of" else 0.78
                stage.constrain("offset", actor, 0, float(low[0] + share * (high[0] - low[0])), host)
                return
            stage.constrain("before", first, 0, 0.15 * max(first.size, second.size, 0.3), second, text=text)
            if not ({first.support, second.support} - {None}) or first.support is second.support:
                stage.constrain("offset", actor, 1, 0.0, host, weight=0.5)
        case "in_front_of" | "behind":
            first, second = (actor, host) if kind == "in_front_of" else (host, actor)
            stage.constrain("before", first, 1, 0.15 * max(first.size, second.size, 0.3), second, text=text)
            stage.constrain("offset", actor, 0, (0.18 if kind == "behind" else -0.1) * host.size, host)
        case "between" if len(hosts) >= 2:
            left, right = hosts[0], hosts[-1]
            stage.constrain("before", left, 0, 0.1, actor, text=text)
            stage.constrain("before", actor, 0, 0.1, right, text=text)
            stage.constrain("offset", actor, 1, 0.0, left)
            stage.constrain("offset", right, 1, 0.0, left)
        case "next_to" | "touching" | "near" | "at" | "beside" | "at_end" | "at_edge":
            if ground or host.size > 20:
                return
            gap = {"touching": 0.001, "next_to": 0.12 * max(actor.size, host.size)}.get(
                kind, NEAR_GAP + 0.5 * actor.size
            )
            low, high = actor.bounds()[0], host.bounds()[1]
            stage.constrain("offset", actor, 0, float(high[0] - low[0]) + gap, host, text=text)
            stage.constrain("offset", actor, 1, 0.0, host)
            if kind == "near":
                stage.advise(
                    f"“{text or 'near'}” is read as {gap:.1f} m to the right of the {host.entity.head}; say left, right, in front or behind, and how far.",
                    f"“{text or '附近'}”理解为在“{host.entity.mention or host.entity.head}”右侧 {gap:.1f} 米处；请说明左、右、前、后以及距离。",
                )
        case "in_middle_of" | "around" if not ground:
            stage.constrain("offset", actor, 0, 0.0, host, text=text)
            stage.constrain("offset", actor, 1, 0.0, host)
        case "hanging_from" | "attached_to":
            if host.kind == "rigid" and actor.movable:
                stage.constrain("offset", actor, 0, 0.0, host)
                stage.constrain("offset", actor, 1, 0.0, host)
        case _:
            return


def _height(actor: Actor) -> float:
    low, high = actor.bounds()
    return float(high[2] - low[2])


def _stand_on(stage: Stage, actor: Actor, host: Actor) -> None:
    if host is stage.ground or host is actor:
        return
    actor.support = host
    if host.shape is not None and host.shape.type in {"table", "shelf", "balcony", "box", "cylinder", "compound"}:
        for axis in (0, 1):
            stage.constrain("within", actor, axis, 0.02, host)
    else:
        stage.constrain("offset", actor, 0, 0.0, host)
        stage.constrain("offset", actor, 1, 0.0, host)


def arrange_groups(stage: Stage) -> None:
    """Stacks stand on each other, rows and circles are spaced by true sizes; each member keeps its own body."""
    for group, member_ids in stage.groups.items():
        owner = stage.entity(group)
        entry = catalogue().get(owner.head, attributes=owner.attributes) if owner is not None else None
        members = [actor for member in member_ids for actor in stage.by_entity.get(member, [])]
        layout = entry.arrangement.layout if entry is not None and entry.arrangement is not None else "group"
        if owner is not None and owner.head in {"chain", "line", "row", "queue", "series"}:
            layout = "row"
        elif owner is not None and owner.head in {"circle", "ring"}:
            layout = "ring"
        if len(members) >= 2:
            _arrange(stage, members, layout, f"{owner.head if owner else group}")
    for entity in stage.frame.entities:
        actors = stage.by_entity.get(entity.id, [])
        if len(actors) < 2 or actors[0].extra.get("group"):
            continue
        attributes = set(entity.attributes)
        if "in_a_circle" in attributes or _forms_circle(stage, entity.id):
            _arrange(stage, actors, "ring", entity.head)
        elif actors[0].entry.key in {"bowling pin", "billiard ball"} and len(actors) >= 3:
            _arrange(stage, actors, "rack", entity.head)
        elif "in_a_row" in attributes or entity.head == "domino":
            _arrange(stage, actors, "row", entity.head)
        elif {"stacked", "in_a_stack"} & attributes or _is_stacked(stage, entity.id):
            _arrange(stage, actors, "stack", entity.head)


def _is_stacked(stage: Stage, entity_id: str) -> bool:
    verbs = [
        (verb_of(e.verb, "en"), e) for e in stage.frame.events if entity_id in [*ids_of(e.patient), *ids_of(e.agent)]
    ]
    return any(verb is not None and verb.physics == "stack" and not event.goal_place for verb, event in verbs)


def _forms_circle(stage: Stage, entity_id: str) -> bool:
    for event in stage.frame.events:
        goals = [stage.entity(p) for p in [*ids_of(event.patient), *ids_of(event.goal_place)]]
        if entity_id in ids_of(event.agent) and any(g is not None and g.head in {"circle", "ring"} for g in goals):
            return True
        mine = entity_id in [*ids_of(event.agent), *ids_of(event.patient)]
        if mine and event.verb in {
            "stand",
            "sit",
            "gather",
            "form",
            "form_circle",
            "kneel",
            "lie",
            "be",
            "wait",
            "line_up",
        }:
            words = stage.frame.text if event.verb in {"form", "form_circle"} else stage.words(event.span)
            round_ = {"in_circles", "in_a_circle"} & set(event.manner) or event.verb == "form_circle"
            if round_ or any(w in words for w in ("一圈", "圆圈", "成圈", "圆环")):
                return True
        if entity_id in ids_of(event.agent) and event.verb in {"form", "make", "surround", "encircle"}:
            return any(e.head == "circle" for e in stage.frame.entities)
    return any(
        (e := stage.entity(o)) is not None and e.head == "circle"
        for r in stage.relations("part_of", subject=entity_id)
        for o in ids_of(r.object)
    )


def _arrange(stage: Stage, members: list[Actor], layout: str, what: str) -> None:
    first = members[0]
    for actor in members:
        actor.extra["group"] = actor.extra.get("group") or what
        actor.extra["arrangement"] = layout
    widths = [float(a.bounds()[1][0] - a.bounds()[0][0]) for a in members]
    if layout in {"stack", "pile", "pyramid", "wall"} and all(a.kind == "rigid" for a in members):
        rows = [1] * len(members) if layout == "stack" else _pyramid_rows(len(members), wall=layout == "wall")
        _stack(stage, members, rows)
    elif layout == "rack":
        _rack(stage, members, pitch=0.305 if members[0].entry.key == "bowling pin" else 1.02 * max(widths))
    elif layout == "ring":
        pitch = 0.7 * float(first.extra["height"]) if first.kind == "figure" else 1.35 * max(widths)
        radius = pitch / (2 * math.sin(math.pi / len(members)))
        for i, actor in enumerate(members):
            angle = math.pi / 2 + 2 * math.pi * i / len(members)
            actor.extra["ring"] = (radius, angle)
            if i:
                stage.constrain("offset", actor, 0, radius * math.cos(angle) - radius * math.cos(math.pi / 2), first)
                stage.constrain("offset", actor, 1, radius * math.sin(angle) - radius, first)
            actor.heading = angle + math.pi  # facing the middle
        inside = [
            a for r in stage.relations("in_middle_of", "in", "inside") for a in stage.of(r.subject) if a not in members
        ]
        for actor in inside:
            stage.constrain("offset", actor, 0, 0.0, first)
            stage.constrain("offset", actor, 1, -radius, first)
    else:
        heights = [_height(a) for a in members]
        domino = members[0].entity.head == "domino" or max(heights) > 2.5 * max(widths)
        cursor = 0.0
        for i, actor in enumerate(members[1:], start=1):
            gap = 0.4 * heights[i] if domino else 0.25 * max(widths[i], 0.1)
            cursor += (widths[i - 1] + widths[i]) / 2 + gap
            stage.constrain("offset", actor, 0, round(cursor, 4), first)
            stage.constrain("offset", actor, 1, 0.0, first)


def _rack(stage: Stage, members: list[Actor], *, pitch: float) -> None:
    """Rows of 1, 2, 3, ... on the ground, the apex to the left (ten-pin bowling: 12 inches between pins, USBC Equipment Specifications)."""
    first, index = members[0], 0
    for row in range(len(members)):
        for place in range(row + 1):
            if index >= len(members):
                return
            if index:
                stage.constrain("offset", members[index], 0, round(row * pitch * math.sqrt(3) / 2, 4), first)
                stage.constrain("offset", members[index], 1, round((place - row / 2) * pitch, 4), first)
            index += 1


def _pyramid_rows(count: int, *, wall: bool) -> list[int]:
    """Members in each layer from the bottom: 3 2 1 for six, or a wall of even layers."""
    if wall:
        width = max(2, round(math.sqrt(count * 1.6)))
        return [min(width, count - i) for i in range(0, count, width)]
    base = 1
    while base * (base + 1) // 2 < count:
        base += 1
    rows, left = [], count
    for width in range(base, 0, -1):
        if left > 0:
            rows.append(min(width, left))
            left -= rows[-1]
    return rows


def _nesting(actor: Actor) -> float:
    """How far a vessel stands above the floor of the like one that it is stacked in [m]: where the tapered walls meet, or rim on rim."""
    cup = actor.shape
    if not isinstance(cup, Cup):
        return 0.0
    taper = cup.radius - cup.foot
    spacing = min(cup.height, 1.1 * cup.wall * cup.height / taper) if taper > 1e-4 else cup.height
    return round(spacing - cup.wall + 0.001, 5)


def _stack(stage: Stage, members: list[Actor], rows: list[int]) -> None:
    """Layer on layer; the foot of each stands on the middle of what is below."""
    base = members[0]
    layers: list[list[Actor]] = []
    rest = list(members)
    for count in rows:
        layers.append(rest[:count])
        rest = rest[count:]
    pitch = max(float(a.bounds()[1][0] - a.bounds()[0][0]) for a in members) * 1.02
    left = np.array([-(len(layer) - 1) / 2 * pitch for layer in layers])
    for level, layer in enumerate(layers):
        for i, actor in enumerate(layer):
            if level:
                below = layers[level - 1]
                actor.support = below[min(i, len(below) - 1)]
                actor.clearance = _nesting(actor)
            if actor is not base:
                stage.constrain("offset", actor, 0, round(float(left[level] - left[0] + i * pitch), 5), base)
                stage.constrain("offset", actor, 1, 0.0, base)
