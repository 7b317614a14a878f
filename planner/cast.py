"""From entities to actors: what each named thing is bodily, how big, of what, and how many; groups become their members."""

from __future__ import annotations

import math
import re

from planner.frame import Entity
from planner.heat_words import is_heat
from planner.lexicon import verb_of
from planner.lexicon.words import colors, sizes
from planner.sizing import lengthened, scaled, with_diameter, with_extent
from planner.stage import Actor, Kind, Stage, ids_of
from scenes.catalogue import ObjectEntry, catalogue
from scenes.materials import library
from scenes.shapes import Box, Compound, Hill, Ramp, Shape, Sphere

__all__ = ["build_cast", "color_hex"]

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
GROUND_SIZE = 60.0
TOY_COLORS = ("#d94f3d", "#f2b632", "#3f8fd2", "#57a55a", "#e8833a", "#8a62b8")  # painted wooden blocks
BUILDINGS = {"eiffel", "water", "clock", "bell", "radio", "watch", "control", "church", "castle"}
FORMATIONS = {"circle", "line", "queue", "formation", "row", "group", "crowd", "pair", "triangle"}


def color_hex(name: str | None) -> str | None:
    """The sRGB hex of a canonical colour name; the first of two joined by "+"; None where it has no single colour."""
    if not name:
        return None
    if re.fullmatch(r"#[0-9a-fA-F]{6}", name):
        return name
    words = name.replace("_", " ").split("+")
    for table in (colors("en"), colors("zh")):
        for word in words:
            if word in table:
                return table[word].hex
    return None


def build_cast(stage: Stage) -> None:
    """Fill `stage.actors`, `stage.groups` and the ground."""
    members = _group_members(stage)
    for entity in stage.frame.entities:
        if entity.head in ROOMS and entity.role == "region" and _does_something(stage, entity):
            _add_room(stage, entity)
            continue
        if _one_of(stage, entity) is not None:
            continue
        if entity.role in ROLES_WITHOUT_BODY or entity.id in stage.groups or _is_pronoun(entity):
            continue
        if entity.role == "object" and _is_a_surface(stage, entity):
            entity.role, entity.material = "ground", entity.material or entity.head
            _add_ground(stage, entity)
            continue
        if entity.role == "ground" and _does_something(stage, entity):
            entity.role = "object"  # "the ice melts": a piece of it, not the rink
        if entity.role == "ground" and _lies_flat(entity):
            _add_ground(stage, entity)
            continue
        _add_actors(stage, entity, group=members.get(entity.id))
    for entity in stage.frame.entities:
        group = _one_of(stage, entity)
        if group is not None:
            _pick(stage, entity, group)
    if stage.ground is None:
        _add_ground(stage, None)
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


def _is_a_surface(stage: Stage, entity: Entity) -> bool:
    """A bare material that something falls or bounces on ("onto granite") is the ground, made of it."""
    if not library().has(entity.head) or catalogue().get(entity.head) is not None:
        return False
    return any(entity.id in ids_of(event.goal_place) for event in stage.frame.events)


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


def _lies_flat(entity: Entity) -> bool:
    """Whether a ground-level surface is the ground itself, and not a hill or a ramp that stands on it."""
    entry = catalogue().get(entity.head, attributes=entity.attributes)
    return entry is None or entry.shape is None or entry.shape.type not in {"hill", "ramp", "stairs", "compound"}


def _entry_of(stage: Stage, entity: Entity) -> ObjectEntry:
    found = catalogue().get(entity.head, attributes=entity.attributes)
    for word in () if entity.attributes else {word for other in stage.frame.entities for word in other.attributes}:
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


def _add_actors(stage: Stage, entity: Entity, *, group: str | None) -> None:
    entry = _entry_of(stage, entity)
    kind = _kind(entity, entry)
    actors = []
    base = re.sub(r"[^0-9a-z_]+", "_", entity.head.lower().replace(" ", "_").replace("-", "_")).strip("_") or "thing"
    base = base if base[0].isalpha() else f"thing_{base}"
    for number in range(_count(stage, entity, group)):
        name = stage.free_name(base, stage.actors)
        actor = Actor(name, entity, entry, kind)
        _embody(stage, actor, number=number, group=group)
        actor.extra["group"] = group
        stage.actors[name] = actor
        actors.append(actor)
        if kind == "none":
            break
    stage.by_entity[entity.id] = actors
    if entity.count is None and len(actors) > 1:
        stage.note(
            f"bodies.{actors[0].name}", "assumed", f"{len(actors)} of them, as the text gives no number", entity.span
        )


def _embody(stage: Stage, actor: Actor, *, number: int, group: str | None) -> None:
    """Shape, material, colour, mass and status of one actor, with where each comes from."""
    entity, entry, path = actor.entity, actor.entry, f"bodies.{actor.name}"
    actor.color = color_hex(entity.color) or (color_hex(entry.color) if not entity.material else None)
    if entity.color is None and entry.key == "block" and group is not None and entity.material is None:
        actor.color = TOY_COLORS[number % len(TOY_COLORS)]
    if entity.color:
        stage.note(f"{path}.color", "stated", entity.color, entity.span)
    if actor.kind == "figure":
        _embody_figure(stage, actor)
        return
    if actor.kind in {"field", "none", "cloth", "fluid"}:
        actor.status, actor.appearance = ("proxied" if actor.kind == "fluid" else "imagined"), "imagined"
        actor.contact = False
        if entry.shape is not None:
            actor.extra["extent"] = tuple(float(edge) for edge in entry.shape.extent())
        return
    actor.shape = _shape(stage, actor, path)
    if (
        isinstance(actor.shape, Compound) and len(actor.shape.parts) == 1
    ):  # a rod that lies is a cylinder that is turned
        part = actor.shape.parts[0]
        actor.shape, actor.orientation = part.shape, part.orientation
    actor.brittle = entry.breaks
    actor.material = _material(stage, actor, path)
    as_usual = (
        entry.material is not None
        and library().has(entry.material)
        and library().material(entry.material).name == actor.material
    )
    actor.wall = entry.wall if as_usual else None
    if (
        entity.head == "ball"
        and not as_usual
        and not entity.attributes
        and not entity.quantities
        and entity.size is None
    ):
        _denser_ball(stage, actor, path)
    if actor.shape.type == "hill" and not entity.material:
        actor.material, actor.color = "grass", color_hex(entity.color)
        stage.note(f"{path}.material", "assumed", "a hill is grown over with grass")
    if library().material(actor.material).brittle:
        actor.brittle = True
    stated = stage.quantity(entity, "mass", "weight")
    if stated:
        actor.mass = stated[0]
        stage.note(f"{path}.mass", "stated", stage.words(stated[1].span), stated[1].span)
    elif entry.mass is not None and as_usual:
        volume = float(actor.shape.volume()) / float(entry.shape.volume()) if entry.shape is not None else 1.0
        actor.mass = round(entry.mass * volume, 6)
        stage.note(f"{path}.mass", "known", f"typical of {entry.key}: {entry.size_source}")
    for word in {entity.size or "", *entity.attributes} & {"heavy", "lightweight"}:
        if actor.mass is None:
            density = library().material(actor.material).density.value
            actor.mass = round(density * float(actor.shape.volume()), 6)
        factor = sizes("en")[word].factor
        actor.mass = round(actor.mass * factor, 6)
        stage.note(f"{path}.mass", "assumed", f"'{word}' read as {factor} times the usual mass", entity.span)
    actor.fixed = entry.role in {"support", "obstacle", "ground"} and entity.role != "object"
    if entity.implied:
        stage.note(path, "assumed", "implied by the scene")
    if entry.assumed:
        actor.status, actor.appearance, actor.why = "proxied", "proxied", entry.why or ""
        stage.note(f"{path}.shape", "assumed", entry.why or "unknown thing")
        stage.advise(
            f"“{entity.head}” is not in the catalogue: {entry.why}. State its size or give a mesh of your own in the scene file.",
            f"物体库里没有“{entity.mention or entity.head}”，以 {entry.hypernym or '方块'} 代替其形状与大小。可在场景文件中写明尺寸或指定网格。",
        )


def _denser_ball(stage: Stage, actor: Actor, path: str) -> None:
    """A ball of metal, stone or glass is no play ball: solid, 10 cm across."""
    if library().material(actor.material).density.value > 2000 and actor.shape is not None:
        actor.shape = Sphere(radius=0.05)
        stage.note(f"{path}.shape", "assumed", f"a solid ball of {actor.material}: 10 cm across", actor.entity.span)


def _shape(stage: Stage, actor: Actor, path: str) -> Shape:
    entity, entry = actor.entity, actor.entry
    shape: Shape = entry.shape if entry.shape is not None else Box(size=(0.2, 0.2, 0.2))
    stage.note(f"{path}.shape", "assumed" if entry.size_evidence == "assumed" else "known", entry.size_source)
    words = sizes("en")
    size = words.get(entity.size or "")
    if size is not None and size.dimension != "mass":
        shape = (
            scaled(shape, size.factor) if size.dimension == "size" else _stretched(shape, size.dimension, size.factor)
        )
        stage.note(
            f"{path}.shape",
            "assumed",
            f"'{entity.size}' read as {size.factor} times the usual {size.dimension}",
            entity.span,
        )
    slope = stage.quantity(entity, "angle", "slope", "inclination")
    if slope and isinstance(shape, Ramp | Hill):
        angle = slope[0] if slope[0] <= math.pi / 2 else math.radians(slope[0])
        shape = shape.model_copy(update={"height": round(shape.length * math.tan(min(angle, 1.3)), 4)})
        stage.note(f"{path}.shape", "stated", stage.words(slope[1].span), slope[1].span)
    for roles, change in (
        (("diameter",), lambda s, v: with_diameter(s, v)),
        (("radius",), lambda s, v: with_diameter(s, 2 * v)),
        (("length",), _lengthened),
        (("height",), lambda s, v: with_extent(s, v, 2) if not isinstance(s, Sphere) else s),
        (("size", "edge", "side", "width"), lambda s, v: with_extent(s, v, 0)),
    ):
        stated = stage.quantity(entity, *roles)
        if stated and 1e-4 <= stated[0] <= 500:
            shape = change(shape, stated[0])
            stage.note(f"{path}.shape", "stated", stage.words(stated[1].span), stated[1].span)
    return shape


def _lengthened(shape: Shape, length: float) -> Shape:
    if isinstance(shape, Compound) and len(shape.parts) == 1:
        part = shape.parts[0]
        return Compound(
            parts=(part.model_copy(update={"shape": lengthened(part.shape, length), "position": (0.0, 0.0, 0.0)}),)
        )
    return lengthened(shape, length)


def _stretched(shape: Shape, dimension: str, factor: float) -> Shape:
    if dimension == "length":
        return lengthened(shape, float(shape.extent().max()) * factor)
    if isinstance(shape, Box):
        axis = {"height": 2, "width": 0, "depth": 1, "thickness": min(range(3), key=lambda i: shape.size[i])}[dimension]
        x, y, z = (edge * factor if i == axis else edge for i, edge in enumerate(shape.size))
        return Box(size=(x, y, z))
    return scaled(shape, factor)


def _material(stage: Stage, actor: Actor, path: str) -> str:
    entity, entry, known = actor.entity, actor.entry, library()
    if entity.material:
        if known.has(entity.material):
            name = known.material(entity.material).name
            stage.note(f"{path}.material", "stated", entity.material, entity.span)
            return name
        stage.advise(
            f"The material “{entity.material}” is not in the library; {entry.material or 'plastic'} stands for it.",
            f"材料库里没有“{entity.material}”，以 {entry.material or 'plastic'} 代替。",
        )
    if entry.material and known.has(entry.material):
        stage.note(f"{path}.material", "known", f"usual for {entry.key}")
        return known.material(entry.material).name
    stage.note(f"{path}.material", "assumed", "no material is known for it")
    return "plastic"


def _embody_figure(stage: Stage, actor: Actor) -> None:
    entry, entity = actor.entry, actor.entity
    height = float(entry.height or (entry.shape.extent()[2] if entry.shape is not None else 1.0))
    size = sizes("en").get(entity.size or "")
    if size is not None and size.dimension in {"size", "height"}:
        height *= size.factor if entry.species not in {"person", "child"} else 1 + (size.factor - 1) * 0.2
    stated = stage.quantity(entity, "height", "length")
    if stated:
        height = stated[0]
    length = float(entry.length or (entry.shape.extent()[0] if entry.shape is not None else height * 0.3))
    actor.extra.update(species=entry.species, height=round(height, 4), half_length=max(0.05, length / 2))
    actor.mass = entry.mass
    mass = stage.quantity(entity, "mass", "weight")
    if mass:
        actor.mass = mass[0]
    actor.status, actor.appearance = "actuated", "proxied"
    actor.why = stage.say("a figure is posed and moved by a declared driver", "人物和动物由声明的驱动器摆放和移动")
    actor.material = (
        library().material(entry.material).name if entry.material and library().has(entry.material) else "soft tissue"
    )
    stage.note(f"bodies.{actor.name}", "known", f"{entry.species}: {entry.size_source}")


def _add_ground(stage: Stage, entity: Entity | None) -> None:
    """One ground: the first that is named; a later one that says more (concrete after "the ground") lends it its material."""
    entry = catalogue().get(entity.head) if entity is not None else None
    stated = entity.material if entity is not None and entity.material and library().has(entity.material) else None
    usual = entry.surface_material if entry is not None and entry.surface_material else None
    surface = next((str(item["surface"]) for item in stage.frame.environment if "surface" in item), None)
    if stage.ground is not None and entity is not None:
        stage.by_entity[entity.id] = [stage.ground]
        if stated and "stated" not in str(stage.provenance.get("bodies.ground.material")):
            stage.ground.material = library().material(stated).name
            stage.note("bodies.ground.material", "stated", stated, entity.span)
        return
    by_attribute = next(
        (
            a.removesuffix("y")
            for a in (entity.attributes if entity else [])
            if a in {"grassy", "icy", "sandy", "snowy", "muddy"}
        ),
        None,
    )
    generic = entity is None or entity.head in {"ground", "floor", "surface", "land"}
    place = _place_material(stage)
    by_surface = surface if surface and library().has(surface) else None
    choice = stated or by_surface or by_attribute or ((place or usual) if generic else (usual or place))
    material = library().material(choice).name if choice and library().has(choice) else "concrete"
    made = entity if entity is not None else Entity(id="implied_ground", head="ground", role="ground", implied=True)
    base = catalogue().get("ground") or catalogue().fallback("ground", "en")
    ground = Actor(
        "ground",
        made,
        entry or base,
        "rigid",
        shape=Box(size=(GROUND_SIZE, GROUND_SIZE, 1.0)),
        material=material,
        fixed=True,
    )
    ground.color = color_hex(made.color)
    ground.position[2] = -0.5
    stage.ground = ground
    stage.actors["ground"] = ground
    stage.by_entity[made.id] = [ground]
    if stated:
        stage.note("bodies.ground.material", "stated", stated, made.span)
    elif surface or by_attribute or (usual and not generic):
        stage.note("bodies.ground.material", "stated" if surface else "known", f"the surface is {material}", made.span)
    else:
        stage.note(
            "bodies.ground.material", "assumed", f"nothing says what the ground is made of; {material} is assumed"
        )


SURROUNDINGS = (
    (
        {
            "tree",
            "forest",
            "hill",
            "butterfly",
            "rabbit",
            "flower",
            "bush",
            "horse",
            "cow",
            "sheep",
            "deer",
            "fox",
            "mountain",
            "meadow",
        },
        "grass",
    ),
    ({"car", "truck", "bus", "motorcycle", "bicycle", "van", "taxi", "road", "street", "intersection"}, "asphalt"),
    (
        {
            "table",
            "shelf",
            "chair",
            "desk",
            "sofa",
            "bed",
            "block",
            "domino",
            "marble",
            "toy",
            "bowling",
            "cup",
            "book",
        },
        "wood",
    ),
)


def _place_material(stage: Stage) -> str | None:
    """What the ground is made of where the place, or the things that stand about, suggest it."""
    for item in stage.frame.environment:
        if item.get("gravity") in {"moon", "mars"}:
            return "soil"
        place = str(item.get("place", ""))
        for word, material in (
            ("beach", "sand"),
            ("desert", "sand"),
            ("park", "grass"),
            ("garden", "grass"),
            ("forest", "grass"),
            ("street", "asphalt"),
        ):
            if word in place:
                return material
        for word in ("kitchen", "indoor", "living room", "bedroom", "gym"):
            if word in place:
                return "wood"
    words = {word for entity in stage.frame.entities for word in (entity.head, *entity.attributes)}
    return next((material for named, material in SURROUNDINGS if words & named), None)
