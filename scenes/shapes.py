"""Every shape that a body can have, by its `type`; see `primitives` for what a shape answers and `structures` for the composed ones."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from scenes.primitives import (
    Box,
    Capsule,
    Compound,
    Cone,
    Convex,
    Cup,
    Cylinder,
    Ellipsoid,
    MeshFile,
    Part,
    Piece,
    Primitive,
    ShapeModel,
    Sphere,
    Torus,
    placed_bounds,
    recentred,
    rotation_matrix,
    support_along,
)
from scenes.structures import Balcony, Hill, House, Ramp, Shelf, Stairs, Table, Tree

__all__ = [
    "SHAPE",
    "Balcony",
    "Box",
    "Capsule",
    "Compound",
    "Cone",
    "Convex",
    "Cup",
    "Cylinder",
    "Ellipsoid",
    "Hill",
    "House",
    "MeshFile",
    "Part",
    "Piece",
    "Primitive",
    "Ramp",
    "Shape",
    "ShapeModel",
    "Shelf",
    "Sphere",
    "Stairs",
    "Table",
    "Torus",
    "Tree",
    "placed_bounds",
    "recentred",
    "rotation_matrix",
    "support_along",
]

Shape = Annotated[
    Sphere
    | Ellipsoid
    | Box
    | Cylinder
    | Capsule
    | Cone
    | Torus
    | Cup
    | Convex
    | MeshFile
    | Compound
    | Table
    | Shelf
    | Balcony
    | Ramp
    | Hill
    | Stairs
    | Tree
    | House,
    Field(discriminator="type"),
]
SHAPE: TypeAdapter[Shape] = TypeAdapter(Shape)
