"""What follows from an entry's shape: its volume in water, its weight, whether it floats, and the same shape in another size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scenes.primitives import Box, Capsule, Compound, Cup, Cylinder, Ellipsoid, Sphere
from scenes.shapes import SHAPE, Shape

if TYPE_CHECKING:
    from scenes.catalogue.entry import ObjectEntry

__all__ = ["FRESH_WATER", "displaced_volume", "effective_density", "scaled", "usual_mass"]

FRESH_WATER = 998.2  # [kg/m3] at 20 degC (CRC Handbook of Chemistry and Physics)
_NOT_LENGTHS = {"orientation", "steps", "boards", "type", "color", "material", "solid", "file"}


def scaled(shape: Shape, factor: float) -> Shape:
    """The same shape with every length times `factor`."""
    return SHAPE.validate_python(_grown(shape.model_dump(exclude_none=True), factor))


def _grown(value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return {key: one if key in _NOT_LENGTHS else _grown(one, factor) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_grown(one, factor) for one in value]
    return value * factor if isinstance(value, int | float) and not isinstance(value, bool) else value


def displaced_volume(entry: ObjectEntry) -> float:
    """Volume of water that the thing displaces when it is under [m3]: the closed outside, for an open vessel the walls alone."""
    assert entry.shape is not None
    return entry.shape.volume()


def usual_mass(entry: ObjectEntry, density: float) -> float:
    """The entry's mass [kg]: stated, else `density` [kg/m3] times the volume of the solid, or of its walls where it is hollow."""
    assert entry.shape is not None
    if entry.mass is not None:
        return entry.mass
    solid = entry.shape.volume()
    if entry.wall is not None:
        solid -= _inside(entry.shape, entry.wall)
    return density * solid


def _inside(shape: Shape, wall: float) -> float:
    """Volume of the hollow within a closed primitive of a uniform wall [m3]; a compound's parts are taken as solid."""

    def less(length: float, walls: int = 1) -> float:
        return max(length - walls * wall, 0.0) or 1e-12

    match shape:
        case Sphere():
            return Sphere(radius=less(shape.radius)).volume()
        case Ellipsoid():
            a, b, c = (less(radius) for radius in shape.radii)
            return Ellipsoid(radii=(a, b, c)).volume()
        case Box():
            x, y, z = (less(edge, 2) for edge in shape.size)
            return x * y * z
        case Cylinder():
            return Cylinder(radius=less(shape.radius), height=less(shape.height, 2)).volume()
        case Capsule():
            return Capsule(radius=less(shape.radius), height=shape.height).volume()
    return 0.0


def is_open(shape: Shape) -> bool:
    """Whether the shape is an open vessel: water enters, and only the walls displace it."""
    return isinstance(shape, Cup) or (
        isinstance(shape, Compound) and any(isinstance(p.shape, Cup) for p in shape.parts)
    )


def effective_density(entry: ObjectEntry, density: float) -> float | None:
    """Mass over displaced volume [kg/m3], the density that decides floating; None for a thing without a solid body.

    `density` is the material's [kg/m3]. An open vessel, or a thing that water enters, is judged flooded, that is by its material.
    """
    if entry.shape is None or displaced_volume(entry) == 0.0:
        return None
    if not entry.sealed or is_open(entry.shape):
        return density
    return usual_mass(entry, density) / displaced_volume(entry)
