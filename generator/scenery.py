"""What the renderer paints for bodies that no solver advances: flames, glows, still water, a cloth. Imagined, and
reported so."""

from __future__ import annotations

from scenes.bodies import ClothBody, FieldBody, FluidBody, RigidBody
from scenes.primitives import Box, Cup, Cylinder, Ellipsoid, Piece
from scenes.scene import Scene

__all__ = ["open_water", "scenery_pieces"]

Place = tuple[float, float, float]
FIRES = {"flame", "fire", "candle", "torch", "bonfire", "campfire", "burner"}
GLOWS = {"light", "glow", "lamp", "lantern", "spark", "lightning"}
OPEN_WATER = 60.0  # [m] across


def _flame(extent: Place) -> list[Piece]:
    """Tongues around a core, the base at the bottom of the extent."""
    x, y, z = extent
    low = -z / 2
    tongues = (
        (0.0, 0.0, 0.30, 1.00, "flame"),
        (0.13, 0.05, 0.20, 0.62, "flame"),
        (-0.14, -0.04, 0.19, 0.70, "flame"),
        (0.0, -0.20, 0.17, 0.46, "flame core"),
    )
    return [
        Piece(
            Ellipsoid(radii=(max(w * x, 1e-3), max(w * y, 1e-3), max(h * z / 2, 1e-3))),
            (dx * x, dy * y, low + h * z / 2),
            color=color,
        )
        for dx, dy, w, h, color in tongues
    ]


def _water_in(scene: Scene, body: FluidBody) -> tuple[Place, list[Piece]] | None:
    """Water that fills a cup to its level (to seven tenths when none is given), or lies in the open."""
    holder = scene.bodies.get(body.container or "")
    if isinstance(holder, RigidBody) and isinstance(holder.shape, Cup):
        cup = holder.shape
        base = holder.position[2] + cup.base_z + cup.wall
        inside = cup.height - cup.wall
        height = min(max((body.level - base) if body.level is not None else 0.7 * inside, 0.02 * inside), inside)
        narrow = min(cup.foot, cup.radius) - cup.wall
        return (holder.position[0], holder.position[1], base + height / 2), [
            Piece(Cylinder(radius=max(narrow * 0.995, 1e-4), height=height))
        ]
    if body.container is None and body.level is not None:
        return (body.position[0], body.position[1], body.level - 0.02), [
            Piece(Box(size=(OPEN_WATER, OPEN_WATER, 0.04)))
        ]
    return None


def open_water(scene: Scene) -> tuple[Place, list[Piece], str, str | None] | None:
    """The surface that the environment speaks of, when the viewer is not under it and no body draws it already."""
    level = scene.environment.water_level
    if (
        level is None
        or scene.look.style == "underwater"
        or any(isinstance(b, FluidBody) and b.level is not None for b in scene.bodies.values())
    ):
        return None
    return (0.0, 0.0, level - 0.02), [Piece(Box(size=(OPEN_WATER, OPEN_WATER, 0.04)))], "water", None


def scenery_pieces(scene: Scene, body: object) -> tuple[Place, list[Piece], str, str | None] | None:
    """Place [m], pieces, material and colour of a painted body; None for what has no picture (wind, sound)."""
    match body:
        case FieldBody() if body.field.lower() in FIRES:
            x, y, z = body.position
            rises = -1e-9 <= z < body.extent[2] / 2  # a flame that starts at the ground stands on it
            return (x, y, body.extent[2] / 2 if rises else z), _flame(body.extent), "air", None
        case FieldBody() if body.field.lower() in GLOWS:
            radius = min(body.extent) / 2
            return body.position, [Piece(Ellipsoid(radii=(radius,) * 3))], "air", "glow"
        case FluidBody():
            found = _water_in(scene, body)
            return None if found is None else (*found, body.material, body.color)
        case ClothBody():
            return body.position, [Piece(Box(size=(*body.size, 0.004)))], body.material, body.color
    return None
