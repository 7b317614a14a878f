"""Shapes at the sizes that the text asks for: scaled as a whole, or along one dimension, keeping what they are."""

from __future__ import annotations

from typing import Any

from scenes.shapes import SHAPE, Box, Capsule, Cone, Cup, Cylinder, Ellipsoid, Shape, Sphere, Torus

__all__ = ["lengthened", "scaled", "with_diameter", "with_extent"]

KEPT = {"steps", "boards", "type", "orientation", "color", "material", "solid", "file"}


def scaled(shape: Shape, factor: float) -> Shape:
    """The shape with every length multiplied by `factor`."""

    def walk(value: Any, key: str = "") -> Any:
        if key in KEPT:
            return value
        if isinstance(value, dict):
            return {name: walk(item, name) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [walk(item, key) for item in value]
        return value * factor if isinstance(value, float | int) and not isinstance(value, bool) else value

    if shape.type == "mesh":
        return shape.model_copy(update={"scale": shape.scale * factor})
    return SHAPE.validate_python(walk(shape.model_dump(mode="python", exclude_none=True)))


def with_extent(shape: Shape, length: float, axis: int) -> Shape:
    """The whole shape scaled so that its extent along `axis` becomes `length` [m]."""
    return scaled(shape, length / float(shape.extent()[axis]))


def lengthened(shape: Shape, length: float) -> Shape:
    """The shape with its longest dimension set to `length` [m]; slender primitives keep their thickness, others scale as a whole."""
    match shape:
        case Cylinder() if shape.height >= 2 * shape.radius:
            return Cylinder(radius=min(shape.radius, length / 4), height=length)
        case Capsule():
            radius = min(shape.radius, length / 4)
            return Capsule(radius=radius, height=max(length - 2 * radius, length * 1e-3))
        case Box():
            longest = max(range(3), key=lambda i: shape.size[i])
            size = tuple(length if i == longest else min(edge, length) for i, edge in enumerate(shape.size))
            return Box(size=size)
    return scaled(shape, length / float(shape.extent().max()))


def with_diameter(shape: Shape, diameter: float) -> Shape:
    """The shape with this diameter [m]; what stands or lies long keeps its height."""
    match shape:
        case Sphere():
            return Sphere(radius=diameter / 2)
        case Cylinder():
            return Cylinder(radius=diameter / 2, height=shape.height)
        case Capsule():
            return Capsule(radius=diameter / 2, height=shape.height)
        case Cone():
            return Cone(radius=diameter / 2, height=shape.height)
        case Torus():
            return scaled(shape, diameter / (2 * (shape.major_radius + shape.minor_radius)))
        case Cup():
            return scaled(shape, diameter / (2 * shape.radius))
        case Ellipsoid():
            return scaled(shape, diameter / (2 * max(shape.radii)))
    return scaled(shape, diameter / float(max(shape.extent()[:2])))
