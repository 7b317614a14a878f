"""Flesh on an actor: shape at the stated size, material, colour, mass, each with where it comes from."""

from __future__ import annotations

import math
import re

from planner.lexicon.words import colors, sizes
from planner.sizing import lengthened, scaled, with_diameter, with_extent
from planner.stage import Actor, Stage
from scenes.materials import library
from scenes.shapes import Box, Compound, Hill, Ramp, Shape, Sphere

__all__ = ["color_hex", "embody"]

TOY_COLORS = ("#d94f3d", "#f2b632", "#3f8fd2", "#57a55a", "#e8833a", "#8a62b8")  # painted wooden blocks


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


def embody(stage: Stage, actor: Actor, *, number: int, group: str | None) -> None:
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
    if entity.role == "fluid" or entry.role == "fluid":
        actor.status, actor.appearance = "proxied", "imagined"
        actor.why = stage.say(
            "a small ball stands for the drop; its splash is painted", "以小球代替水滴；飞溅由画面绘制"
        )
        actor.shape = Sphere(radius=0.0025)
        actor.material, actor.mass, actor.wall = "water", round(998.2 * float(actor.shape.volume()), 9), None
        stage.note(f"{path}.shape", "assumed", "a drop of 5 mm")
    terrain = actor.shape.type in {
        "ramp",
        "hill",
        "stairs",
    }  # what one walks on does not slide away, whatever it is called
    actor.fixed = entry.role in {"support", "obstacle", "ground"} and (entity.role != "object" or terrain)
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
