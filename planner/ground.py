"""The ground: what it is made of, from the text, the place, or the things that stand about."""

from __future__ import annotations

from planner.embody import color_hex
from planner.frame import Entity
from planner.stage import Actor, Stage, ids_of
from scenes.catalogue import catalogue
from scenes.materials import library
from scenes.shapes import Box

__all__ = ["add_ground", "is_a_surface", "lies_flat"]

GROUND_SIZE = 2000.0  # [m]: nothing that an everyday scene sets going reaches its edge


def lies_flat(entity: Entity) -> bool:
    """Whether a ground-level surface is the ground itself, and not a hill or a ramp that stands on it."""
    entry = catalogue().get(entity.head, attributes=entity.attributes)
    if entity.head == "track" and not {"train", "railway", "railroad"} & set(entity.attributes):
        return True  # a lane to run or roll on
    return entry is None or entry.shape is None or entry.shape.type not in {"hill", "ramp", "stairs", "compound"}


def is_a_surface(stage: Stage, entity: Entity) -> bool:
    """A bare material that something falls or bounces on ("onto granite") is the ground, made of it."""
    if not library().has(entity.head) or catalogue().get(entity.head) is not None:
        return False
    return any(entity.id in ids_of(event.goal_place) for event in stage.frame.events)


def add_ground(stage: Stage, entity: Entity | None) -> None:
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
