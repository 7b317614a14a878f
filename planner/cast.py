"""From entities to actors: what each named thing is bodily, how big, of what, and how many; groups become their members."""

from __future__ import annotations

import re

from planner.embody import embody
from planner.frame import Entity
from planner.ground import add_ground, is_a_surface, lies_flat
from planner.heat_words import is_heat
from planner.lexicon import verb_of
from planner.sizing import scaled
from planner.stage import Actor, Kind, Stage, ids_of
from scenes.catalogue import ObjectEntry, catalogue
from scenes.materials import library
from scenes.shapes import Box

__all__ = ["ROOMS", "build_cast", "fluid_material"]

ROOMS = {"room", "bedroom", "kitchen", "greenhouse", "classroom", "office", "cabin", "house"}
SOLIDS = {"ball", "cube", "cylinder", "cone", "pyramid", "sphere", "prism", "cuboid"}
MAX_OF_ONE = 60
ASSUMED_PLURAL = 3
ROLES_WITHOUT_BODY = {"part", "region"}
SCENERY = {
    "forest",
    "woods",
    "sky",
    "mountain",
    "city",
    "sea",
    "ocean",
    "background",
    "landscape",
    "jungle",
    "horizon",
    "sun",
    "moon",
    "star",
}
BUILDINGS = {"eiffel", "water", "clock", "bell", "radio", "watch", "control", "church", "castle"}
FORMATIONS = {"circle", "line", "queue", "formation", "row", "group", "crowd", "pair", "triangle"}


ALLEY = {"bottle", "pin", "skittle"}  # what a bowling ball runs into is called a bottle in Chinese


def _bowling_pins(stage: Stage) -> None:
    """Bottles or pins beside a bowling ball are its pins; ten of them, the regulation rack, where no number is given."""
    bowled = any("bowling" in e.attributes or e.head.startswith("bowling ball") for e in stage.frame.entities)
    for entity in stage.frame.entities:
        if bowled and entity.head in ALLEY and "bowling" not in entity.attributes and not entity.material:
            entity.head, entity.role = "pin", "object"
            entity.attributes = [*entity.attributes, "bowling"]
        pins = entity.head in {"bowling pin", "tenpin"} or (entity.head == "pin" and "bowling" in entity.attributes)
        bare = entity.count is None or (
            entity.count == 1 and stage.chinese and not stage.words(entity.span).startswith(("一", "1"))
        )
        if pins and bare:
            entity.count = 10
            stage.advise("The number of pins is not given: ten, a full rack.", "没有说明球瓶的数量：按标准的十个摆放。")


def build_cast(stage: Stage) -> None:
    """Fill `stage.actors`, `stage.groups` and the ground."""
    _bowling_pins(stage)
    members = _group_members(stage)
    for entity in stage.frame.entities:
        if entity.head in ROOMS and entity.role == "region" and _does_something(stage, entity):
            _add_room(stage, entity)
            continue
        if _one_of(stage, entity) is not None or _some_of(stage, entity) is not None:
            continue
        if entity.role in ROLES_WITHOUT_BODY or entity.id in stage.groups or _is_pronoun(entity):
            continue
        if entity.role == "object" and is_a_surface(stage, entity):
            entity.role, entity.material = "ground", entity.material or entity.head
            add_ground(stage, entity)
            continue
        if entity.role == "ground" and _does_something(stage, entity):
            entity.role = "object"  # "the ice melts": a piece of it, not the rink
        if entity.role == "ground" and lies_flat(entity):
            add_ground(stage, entity)
            continue
        _add_actors(stage, entity, group=members.get(entity.id))
    for entity in stage.frame.entities:
        group = _one_of(stage, entity)
        if group is not None:
            _pick(stage, entity, group)
        elif (whole := _some_of(stage, entity)) is not None:
            stage.by_entity[entity.id] = stage.of(whole.id)  # any of them will do
    if stage.ground is None:
        add_ground(stage, None)
    _in_scale(stage)


RANKS = {
    "first": 0,
    "second": 1,
    "third": 2,
    "fourth": 3,
    "fifth": 4,
    "last": -1,
    "top": -1,
    "bottom": 0,
    "leftmost": 0,
    "rightmost": -1,
}


def _one_of(stage: Stage, entity: Entity) -> Entity | None:
    """The several things of which this is one ("the first domino", "the middle one"), None when it is a thing of its own."""
    picked = bool((set(RANKS) | {"middle"}) & {*entity.attributes, entity.head})
    if not picked or entity.implied:
        return None
    related = [
        other
        for relation in stage.relations("part_of", "first_of", "last_of", "in_middle_of", subject=entity.id)
        for owner in ids_of(relation.object)
        if (other := stage.entity(owner)) is not None
    ]
    same = [
        e
        for e in stage.frame.entities
        if e is not entity and e.head == entity.head and (e.count is None or e.count > 1)
    ]
    candidates = [e for e in (*related, *same) if e.count is None or e.count > 1 or e.id in stage.groups]
    fits = [e for e in candidates if e.head == entity.head or entity.head in {"one", *RANKS} or e.id in stage.groups]
    return fits[0] if fits else None


def _some_of(stage: Stage, entity: Entity) -> Entity | None:
    """The larger group of which a number are spoken of: "three of the four cans"."""
    for relation in stage.relations("part_of", subject=entity.id):
        for owner in ids_of(relation.object):
            whole = stage.entity(owner)
            if (
                whole is not None
                and whole is not entity
                and whole.head == entity.head
                and entity.count is not None
                and (whole.count is None or whole.count > entity.count)
            ):
                return whole
    return None


def _pick(stage: Stage, entity: Entity, group: Entity) -> None:
    members = stage.of(group.id)
    if not members:
        return
    words = {*entity.attributes, entity.head}
    index = len(members) // 2 if "middle" in words else next((rank for word, rank in RANKS.items() if word in words), 0)
    stage.by_entity[entity.id] = [members[index if abs(index) < len(members) else -1]]


def _in_scale(stage: Stage) -> None:
    """Plain solids that are only named (a cube beside a ball) are of one size, so that one picture can show them."""
    plain = [
        actor
        for actor in stage.actors.values()
        if actor.entity.head in SOLIDS and actor.shape is not None and not actor.extra.get("group")
        and not (actor.entity.attributes or actor.entity.quantities or actor.entity.size)
    ]  # fmt: skip
    largest = max((actor.size for actor in plain), default=0.0)
    for actor in plain:
        if actor.shape is not None and actor.size < 0.5 * largest and actor.entity.head != "ball":
            actor.shape, actor.mass = scaled(actor.shape, 0.9 * largest / actor.size), None
            stage.provenance.pop(f"bodies.{actor.name}.mass", None)
            stage.note(
                f"bodies.{actor.name}.shape",
                "assumed",
                "no size is given: in scale with the things beside it",
                actor.entity.span,
            )


DOINGS = {
    "melt",
    "heat",
    "cool",
    "conduct",
    "break",
    "release",
    "roll",
    "slide",
    "float",
    "sink",
    "throw",
    "topple",
    "place",
    "push",
}


def _add_room(stage: Stage, entity: Entity) -> None:
    """A room that is heated or cooled is its air, well mixed: a box of 4 x 3 x 2.5 m that nothing collides with."""
    entry = catalogue().get("box") or catalogue().fallback("box", "en")
    room = Actor(
        "room",
        entity,
        entry,
        "rigid",
        shape=Box(size=(4.0, 3.0, 2.5)),
        material="air",
        fixed=True,
        contact=False,
        appearance="proxied",
    )
    room.why = stage.say("the air of a room of 4 x 3 x 2.5 m, well mixed", "4×3×2.5 米房间内充分混合的空气")
    room.extra["room"] = True
    stage.actors["room"] = room
    stage.by_entity[entity.id] = [room]
    stage.note("bodies.room.shape", "assumed", "a room of 4 x 3 x 2.5 m", entity.span)


def _does_something(stage: Stage, entity: Entity) -> bool:
    for event in stage.frame.events:
        verb = verb_of(event.verb, "en")
        if (
            verb is not None
            and verb.physics in DOINGS
            and entity.id in [*ids_of(event.patient), *([] if event.patient else ids_of(event.agent))]
        ):
            return True
    return False


def _is_pronoun(entity: Entity) -> bool:
    return entity.head in {"it", "they", "something", "someone", "thing", "everything"} and not entity.attributes


def _entry_of(stage: Stage, entity: Entity) -> ObjectEntry:
    found = catalogue().get(entity.head, attributes=entity.attributes)
    if (
        entity.material and entity.head in {"cube", "block"} and not entity.attributes
    ):  # an ice cube is no toy cube of ice
        narrower = catalogue().get(f"{entity.material} {entity.head}")
        found = narrower if narrower is not None and narrower.key == f"{entity.material} {entity.head}" else found
    others = [other for other in stage.frame.entities if other is not entity]
    for word in () if entity.attributes else {w for o in others for w in (*o.attributes, *o.head.split()[:-1])}:
        narrower = catalogue().get(f"{word} {entity.head}")  # pins beside a bowling ball are bowling pins
        if narrower is not None and narrower.key == f"{word} {entity.head}":
            found = narrower
    if found is not None and found.role == "ground" and entity.role == "object":
        piece = next(
            (e for kind in ("cube", "block") if (e := catalogue().get(f"{entity.head} {kind}")) is not None), None
        )
        found = piece or found  # "the ice melts": a piece of it, not the rink
    return found if found is not None else catalogue().fallback(entity.head, stage.frame.lang)


def _group_members(stage: Stage) -> dict[str, str]:
    """Register towers, stacks, piles and rows; the answer maps a member's entity id to its group's."""
    member_of: dict[str, str] = {}
    for entity in list(stage.frame.entities):
        entry = catalogue().get(entity.head, attributes=entity.attributes)
        if entity.head in FORMATIONS | {"chain", "series"} and (entry is None or entry.arrangement is None):
            named = [p for r in stage.relations("part_of", object_=entity.id) for p in ids_of(r.subject)]
            if named:
                stage.groups[entity.id] = named
                member_of.update(dict.fromkeys(named, entity.id))
            continue
        if entry is None or entry.arrangement is None:
            continue
        parts = [
            part
            for relation in stage.relations("part_of", object_=entity.id)
            for part in ids_of(relation.subject)
            if (other := stage.entity(part)) is not None and other.role not in ROLES_WITHOUT_BODY
        ]
        whole = [
            p
            for p in parts
            if (e := stage.entity(p)) is not None
            and not {"middle", "last", "first", "top", "bottom"} & set(e.attributes)
        ]
        if not whole and BUILDINGS & set(entity.attributes):
            continue
        if not whole and entity.head in FORMATIONS:
            continue
        if not whole:
            made = Entity(
                id=f"{entity.id}_members",
                head=entry.arrangement.of,
                count=None,
                material=entity.material,
                color=entity.color,
                implied=True,
            )
            stage.frame.entities.append(made)
            whole = [made.id]
        stage.groups[entity.id] = whole
        for part in whole:
            member_of[part] = entity.id
    return member_of


def _count(stage: Stage, entity: Entity, group: str | None) -> int:
    if entity.count is not None:
        if entity.count > MAX_OF_ONE:
            stage.advise(
                f"{entity.count} {entity.head}s are more than {MAX_OF_ONE}: {MAX_OF_ONE} are simulated.",
                f"“{entity.mention or entity.head}”有 {entity.count} 个，超过 {MAX_OF_ONE} 个：只模拟 {MAX_OF_ONE} 个。",
            )
        return max(0, min(entity.count, MAX_OF_ONE))
    if group is not None:
        owner = stage.entity(group)
        entry = catalogue().get(owner.head) if owner else None
        return entry.arrangement.count if entry is not None and entry.arrangement is not None else 6
    return ASSUMED_PLURAL if _countable(_entry_of(stage, entity)) else 1


def _countable(entry: ObjectEntry) -> bool:
    return entry.shape is not None and entry.role in {"object", "character", "container", "obstacle", "tool"}


def _kind(entity: Entity, entry: ObjectEntry) -> Kind:
    if is_heat(entity.head):
        return "none"
    if entity.role == "field" or entry.role == "field":
        return "field"
    if is_a_drop(entity):
        return "rigid"
    if entity.role == "fluid" or entry.role == "fluid":
        return "fluid"
    if entry.species is not None:
        return "figure"
    if entity.role == "cloth" or entry.role == "cloth":
        return "cloth"
    if (
        entity.head in SCENERY
        or (entity.head in FORMATIONS and entry.assumed)
        or (entry.shape is None and not entry.assumed)
    ):
        return "none"
    return "rigid"


def is_a_drop(entity: Entity) -> bool:
    """Whether a liquid comes as one drop, for which a small ball can stand."""
    return entity.head in {"drop", "droplet", "raindrop"} or (
        entity.role == "fluid" and bool({"drop", "droplet"} & set(entity.attributes))
    )


def fluid_material(actor: Actor) -> str:
    """The library's material of a liquid; what it does not have flows like what the catalogue says it is made of, else like water."""
    named = (actor.entity.material, actor.entity.head, actor.entry.material, "water")
    return next(library().material(name).name for name in named if name and library().has(name))


HELD_UP = {
    "windowsill": 0.9,
    "window sill": 0.9,
    "sill": 0.9,
    "ceiling": 2.5,
    "eaves": 2.8,
    "clothesline": 1.8,
    "tightrope": 3.0,
}  # [m]
STOREY = 3.0  # [m] from floor to floor of a dwelling


def _of_different_masses(stage: Stage, entity: Entity, actors: list[Actor]) -> None:
    """ "two balls of different mass": from 0.5 to 2 times the usual mass, evenly in ratio."""
    said = {"different_masses", "different_mass", "different_weights", "different_weight"} & set(entity.attributes)
    near = stage.frame.text[entity.span[0] : entity.span[1] + 28].lower() if entity.span is not None else ""
    said_behind = re.search(r"different (?:mass|weight)", near) is not None
    if not (said or said_behind) or len(actors) < 2 or any(a.kind != "rigid" or a.shape is None for a in actors):
        return
    for number, actor in enumerate(actors):
        assert actor.shape is not None
        usual = actor.mass or library().material(actor.material).density.value * float(actor.shape.volume())
        factor = 0.5 * 4.0 ** (number / (len(actors) - 1))
        actor.mass, actor.wall = round(usual * factor, 6), None
        stage.note(f"bodies.{actor.name}.mass", "assumed", f"masses differ: {factor:.2g} times the usual", entity.span)


def _of_different_sizes(stage: Stage, entity: Entity, actors: list[Actor]) -> None:
    """ "five balls of different sizes": from 0.6 to 1.5 times the usual size, evenly in ratio."""
    if "different_sizes" not in entity.attributes or len(actors) < 2:
        return
    for number, actor in enumerate(actors):
        if actor.shape is not None:
            factor = 0.6 * 2.5 ** (number / (len(actors) - 1))
            actor.shape, actor.mass = scaled(actor.shape, round(factor, 3)), None
            stage.provenance.pop(f"bodies.{actor.name}.mass", None)
            stage.note(
                f"bodies.{actor.name}.shape", "assumed", f"sizes differ: {factor:.2g} times the usual", entity.span
            )


def _hold_up(stage: Stage, actor: Actor) -> None:
    """What is part of a house is at its height above the floor, although the house is not in the scene."""
    height = HELD_UP.get(actor.entity.head)
    if height is None or actor.kind != "rigid":
        return
    floors = {"second_floor": 1, "third_floor": 2, "fourth_floor": 3, "tenth_floor": 9}
    height += STOREY * next((n for word, n in floors.items() if word in actor.entity.attributes), 0)
    actor.fixed, actor.in_air, actor.clearance = True, True, height
    why = f"a {actor.entity.head} is {height:g} m above the floor; the house itself is not part of the scene"
    stage.note(f"bodies.{actor.name}.position", "assumed", why, actor.entity.span)


def _add_actors(stage: Stage, entity: Entity, *, group: str | None) -> None:
    entry = _entry_of(stage, entity)
    kind = _kind(entity, entry)
    actors = []
    base = re.sub(r"[^0-9a-z_]+", "_", entity.head.lower().replace(" ", "_").replace("-", "_")).strip("_") or "thing"
    base = base if base[0].isalpha() else f"thing_{base}"
    for number in range(_count(stage, entity, group)):
        name = stage.free_name(base, stage.actors)
        actor = Actor(name, entity, entry, kind)
        embody(stage, actor, number=number, group=group)
        actor.extra["group"] = group
        _hold_up(stage, actor)
        stage.actors[name] = actor
        actors.append(actor)
        if kind == "none":
            break
    _of_different_sizes(stage, entity, actors)
    _of_different_masses(stage, entity, actors)
    stage.by_entity[entity.id] = actors
    if entity.count is None and len(actors) > 1:
        stage.note(
            f"bodies.{actors[0].name}", "assumed", f"{len(actors)} of them, as the text gives no number", entity.span
        )
