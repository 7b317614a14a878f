"""Scenery: a forest, a city or mountains around what happens. Proxied, fixed, and touched by nothing.

The members of a wood are taken aside before the layout, so that they neither push the action about nor stand in its way; afterwards they
are set around and behind the place where things are, the same for the same text.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from planner.frame import Entity
from planner.stage import Actor, Stage
from scenes.catalogue import catalogue

__all__ = ["add_scenery", "take_scenery_aside"]

WOODS = {"forest", "wood", "woods", "jungle", "grove", "rainforest", "woodland", "orchard"}
TOWNS = {"city", "town", "village", "cityscape", "skyline", "downtown"}
HEIGHTS = {"mountain", "mountains", "hill range", "mountain range"}
TREES, HOUSES, PEAKS = 14, 7, 4
FOREST_TREE = 2.2  # times the garden tree of the catalogue: about 10 m
GOLDEN = math.pi * (3 - math.sqrt(5))


def _kind(head: str) -> str | None:
    return "wood" if head in WOODS else "town" if head in TOWNS else "heights" if head in HEIGHTS else None


def take_scenery_aside(stage: Stage) -> None:
    """After the cast: members of woods and towns leave the stage until `add_scenery`; call it before groups are arranged."""
    aside: dict[str, list[Actor]] = {}
    for entity in stage.frame.entities:
        if _kind(entity.head) is None or _acts(stage, entity):
            continue
        members = [m for m in stage.groups.pop(entity.id, []) if (e := stage.entity(m)) is not None and e.implied]
        taken = [actor for member in [*members, entity.id] for actor in stage.by_entity.pop(member, [])]
        for actor in taken:
            stage.actors.pop(actor.name, None)
        stage.frame.entities = [e for e in stage.frame.entities if e.id not in members]
        aside[entity.id] = [actor for actor in taken if actor.shape is not None]
    stage.scenery = aside  # type: ignore[attr-defined]


def _acts(stage: Stage, entity: Entity) -> bool:
    """Whether something is done by or to it: then it is no scenery (a man climbs the mountain)."""
    for event in stage.frame.events:
        for place in (event.agent, event.patient, event.source_place, event.goal_place):
            if entity.id in ([place] if isinstance(place, str) else place or []):
                return True
    return any(
        relation.type in {"on", "at_top_of", "supported_by", "part_of"} and entity.id in np.atleast_1d(relation.object)
        for relation in stage.frame.relations
    )


def add_scenery(stage: Stage) -> None:
    """After the layout, before paths are built: trees, houses or far hills around and behind the action."""
    for entity_id, kept in getattr(stage, "scenery", {}).items():
        entity = stage.entity(entity_id)
        if entity is None:
            continue
        kind = _kind(entity.head)
        inside = any(stage.relations("in", "inside", object_=entity_id)) and not stage.relations(
            "above", "over", object_=entity_id
        )
        head, count = {"wood": ("tree", TREES), "town": ("house", HOUSES)}.get(str(kind), ("hill", PEAKS))
        entry = catalogue().get(head)
        if entry is None or entry.shape is None:
            continue
        middle, reach = _action(stage)
        actors = []
        for number in range(min(entity.count or count, 24) if kind == "heights" and entity.count else count):
            name = stage.free_name(head, stage.actors)
            actor = Actor(
                name,
                entity,
                entry,
                "rigid",
                shape=kept[0].shape if kept else entry.shape,
                material=entry.material or "wood",
            )
            actor.fixed, actor.contact = True, False
            actor.status, actor.appearance = "proxied", "proxied"
            actor.why = stage.say(
                f"{count} {head}s stand for the {entity.head}: scenery, nothing touches it",
                f"以 {count} 个“{head}”代表“{entity.mention or entity.head}”：布景，不参与碰撞",
            )
            _place(actor, number, count, middle, reach, kind=str(kind), under=not inside)
            stage.actors[name] = actor
            actors.append(actor)
        stage.by_entity[entity_id] = actors
        stage.note(f"bodies.{actors[0].name}", "assumed", f"{count} of them stand for the {entity.head}", entity.span)


def _action(stage: Stage) -> tuple[Any, float]:
    """The middle [m] (2,) of what acts, and how far it will reach [m]."""
    acting = [a for a in stage.actors.values() if a is not stage.ground and a.kind in {"rigid", "figure"}]
    middle = np.mean([a.position[:2] for a in acting], axis=0) if acting else np.zeros(2)
    reach = 3.0
    for actor in acting:
        path = actor.extra.get("path")
        travel = min(float(path["speed"]) * 3.5, 30.0) / 2 if path else 0.0
        reach = max(reach, float(np.linalg.norm(actor.position[:2] - middle)) + travel + actor.size)
    return middle, reach


def _place(actor: Actor, number: int, count: int, middle: Any, reach: float, *, kind: str, under: bool) -> None:
    """Where one of them stands: woods in a scattered belt, houses in a street behind, hills far away; size varies by a quarter."""
    from planner.sizing import scaled

    assert actor.shape is not None
    if kind == "heights":
        factor = max(1.0, 0.35 * reach) * (1.0 + 0.35 * math.sin(2.3 * number))
        actor.shape = scaled(actor.shape, factor)
        wide = float(np.ptp([b[0] for b in actor.bounds()]))
        x, y = (number - (count - 1) / 2) * 0.62 * wide, 3.0 * reach + 0.9 * wide + 0.25 * wide * math.sin(1.7 * number)
    elif kind == "town":
        wide = float(np.ptp([b[0] for b in actor.bounds()]))
        x, y = (number - (count - 1) / 2) * 1.25 * wide, 1.2 * wide + 0.45 * reach + 0.8 * wide * (number % 2)
    else:
        actor.shape = scaled(actor.shape, FOREST_TREE * (1.0 + 0.15 * math.sin(2.6 * number + 0.5)))
        wide = float(np.ptp([b[0] for b in actor.bounds()]))
        row, column, columns = number % 2, number // 2, (count + 1) // 2
        along = max(2.0 * reach + 2 * wide, 0.9 * wide * columns)  # two rows, staggered, along the whole way
        x = ((column + 0.5 * row) / max(columns - 0.5, 1) - 0.5) * along + 0.2 * wide * math.sin(5.1 * number)
        near = (
            0.35 * wide if under else 0.9 * wide
        )  # flown over, they reach below the flyer; walked in, they stand behind
        y = near + 0.8 * wide * row + 0.2 * wide * math.cos(GOLDEN * number)
    low = float(actor.bounds()[0][2])
    turn = GOLDEN * number if kind == "wood" else 0.0
    actor.orientation = (math.cos(turn / 2), 0.0, 0.0, math.sin(turn / 2))
    actor.position[:] = (round(float(middle[0]) + x, 3), round(float(middle[1]) + y, 3), round(-low, 4))
