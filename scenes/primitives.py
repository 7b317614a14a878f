"""Primitives: what a body is geometrically, as plain numbers that a person can edit.

Every shape knows its `pieces()`: placed primitives whose union it is. Solvers collide them, renderers draw them, the layout measures them, so
the three can never disagree. The local frame of every shape is its centre of mass (uniform density), x right, y away, z up, lengths in metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from scenes.base import Model, Positive, Vector3

__all__ = [
    "Box",
    "Capsule",
    "Compound",
    "Cone",
    "Convex",
    "Cup",
    "Cylinder",
    "Ellipsoid",
    "MeshFile",
    "Part",
    "Piece",
    "Primitive",
    "ShapeModel",
    "Sphere",
    "Torus",
    "placed_bounds",
    "recentred",
    "rotation_matrix",
    "support_along",
]

FloatArray = NDArray[np.float64]
IDENTITY = (1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Piece:
    """A primitive placed in the body's frame. `color` and `material` are looks of a part (a roof, a crown), None: the body's own."""

    shape: Primitive
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    orientation: tuple[float, float, float, float] = IDENTITY  # wxyz
    color: str | None = None
    material: str | None = None
    solid: bool = True  # False: drawn but not collided (leaves)


class ShapeModel(Model):
    """What every shape answers. Lengths [m], volumes [m3]."""

    def pieces(self) -> list[Piece]:
        """The placed primitives, in the frame of the centre of mass."""
        return [Piece(self)]  # type: ignore[arg-type]  # a primitive is its own only piece

    def volume(self) -> float:
        """Volume of the solid [m3] (of the walls alone where the shape is hollow by itself)."""
        return sum(piece.shape.volume() for piece in self.pieces() if piece.solid)

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest corner of the axis-aligned box in the body's frame [m], two arrays (3,)."""
        lows, highs = zip(*(placed_bounds(piece) for piece in self.pieces()), strict=True)
        return np.min(lows, axis=0), np.max(highs, axis=0)

    def extent(self) -> FloatArray:
        """Size of the axis-aligned box in the body's frame [m], (3,)."""
        low, high = self.bounds()
        return high - low


class Sphere(ShapeModel):
    type: Literal["sphere"] = "sphere"
    radius: Positive

    def volume(self) -> float:
        return 4 / 3 * math.pi * self.radius**3


class Ellipsoid(ShapeModel):
    """Semi-axes along x, y, z."""

    type: Literal["ellipsoid"] = "ellipsoid"
    radii: tuple[Positive, Positive, Positive]

    def volume(self) -> float:
        a, b, c = self.radii
        return 4 / 3 * math.pi * a * b * c


class Box(ShapeModel):
    """Full edge lengths along x, y, z."""

    type: Literal["box"] = "box"
    size: tuple[Positive, Positive, Positive]

    def volume(self) -> float:
        x, y, z = self.size
        return x * y * z


class Cylinder(ShapeModel):
    """Axis along z; `height` is the full height."""

    type: Literal["cylinder"] = "cylinder"
    radius: Positive
    height: Positive

    def volume(self) -> float:
        return math.pi * self.radius**2 * self.height


class Capsule(ShapeModel):
    """Axis along z; `height` is that of the cylindrical part, the caps add a radius at each end."""

    type: Literal["capsule"] = "capsule"
    radius: Positive
    height: Positive

    def volume(self) -> float:
        return math.pi * self.radius**2 * (self.height + 4 / 3 * self.radius)


class Cone(ShapeModel):
    """Axis along z, the apex up; its centre of mass lies a quarter of the height above the base."""

    type: Literal["cone"] = "cone"
    radius: Positive
    height: Positive

    def volume(self) -> float:
        return math.pi * self.radius**2 * self.height / 3


class Torus(ShapeModel):
    """A ring around the local z axis: `major_radius` to the middle of the tube, `minor_radius` of the tube."""

    type: Literal["torus", "ring"] = "torus"
    major_radius: Positive
    minor_radius: Positive

    @model_validator(mode="after")
    def _has_a_hole(self) -> Torus:
        if self.minor_radius >= self.major_radius:
            raise ValueError(
                f"minor_radius {self.minor_radius} must be below major_radius {self.major_radius}, or the ring has no hole"
            )
        return self

    def volume(self) -> float:
        return 2 * math.pi**2 * self.major_radius * self.minor_radius**2


class Cup(ShapeModel):
    """An open vessel around z: outer radii at the rim and at the base, wall and bottom of one thickness.

    Made of a floor disc and a wall of staves; the number of staves is a matter of the solver and the renderer.
    """

    type: Literal["cup"] = "cup"
    radius: Positive  # outer, at the rim
    base_radius: Positive | None = None  # outer, at the base; as the rim when not given
    height: Positive
    wall: Positive = 0.003

    @model_validator(mode="after")
    def _has_a_hollow(self) -> Cup:
        if self.wall >= min(self.radius, self.foot, self.height):
            raise ValueError(
                f"wall {self.wall} leaves no hollow in a cup of radius {min(self.radius, self.foot)} and height {self.height}"
            )
        return self

    @property
    def foot(self) -> float:
        """Outer radius at the base [m]."""
        return self.base_radius if self.base_radius is not None else self.radius

    def volume(self) -> float:
        return self._frustum(self.foot, self.radius, self.height) - self._frustum(
            max(self.foot - self.wall, 1e-6), max(self.radius - self.wall, 1e-6), self.height - self.wall
        )

    @property
    def base_z(self) -> float:
        """Height of the underside in the body's frame [m] (negative): the centre of mass of the walls is the origin."""
        outer_v, outer_z = (
            self._frustum(self.foot, self.radius, self.height),
            self._centroid(self.foot, self.radius, self.height),
        )
        inner = (max(self.foot - self.wall, 1e-6), max(self.radius - self.wall, 1e-6), self.height - self.wall)
        inner_v, inner_z = self._frustum(*inner), self._centroid(*inner) + self.wall
        return -(outer_v * outer_z - inner_v * inner_z) / (outer_v - inner_v)

    @staticmethod
    def _frustum(low: float, high: float, height: float) -> float:
        return math.pi * height * (low * low + low * high + high * high) / 3

    @staticmethod
    def _centroid(low: float, high: float, height: float) -> float:
        return height * (low * low + 2 * low * high + 3 * high * high) / (4 * (low * low + low * high + high * high))


@lru_cache(maxsize=4096)
def _hull(vertices: tuple[Vector3, ...]) -> tuple[FloatArray, NDArray[np.int64], float]:
    from scipy.spatial import ConvexHull

    points = np.asarray(vertices, dtype=float)
    hull = ConvexHull(points)
    keep = np.sort(hull.vertices)
    index = {int(old): new for new, old in enumerate(keep)}
    corners = points[keep]
    faces = np.array([[index[int(i)] for i in simplex] for simplex in hull.simplices])
    middle = corners.mean(axis=0)
    a, b, c = (corners[faces[:, k]] - middle for k in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), a) < 0
    faces[inward] = faces[inward][:, ::-1]
    a, b, c = (corners[faces[:, k]] - middle for k in range(3))
    tetrahedra = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    volume = float(tetrahedra.sum())
    centre = middle + (tetrahedra[:, None] * (a + b + c) / 4).sum(axis=0) / volume
    return corners - centre, faces, volume


class Convex(ShapeModel):
    """Convex hull of at least four points that are not in one plane; given in any frame, re-centred on the centre of mass."""

    type: Literal["convex"] = "convex"
    vertices: tuple[Vector3, ...] = Field(min_length=4)

    @field_validator("vertices")
    @classmethod
    def _spans_a_volume(cls, vertices: tuple[Vector3, ...]) -> tuple[Vector3, ...]:
        points = np.asarray(vertices, dtype=float)
        if np.linalg.matrix_rank(points - points.mean(axis=0), tol=1e-9) < 3:
            raise ValueError("the vertices of a convex shape lie in one plane; move at least one out of it")
        return vertices

    def hull(self) -> tuple[FloatArray, NDArray[np.int64], float]:
        """Vertices about the centre of mass (V, 3) [m], outward triangles (F, 3), volume [m3]; shared between callers, not to be changed."""
        return _hull(self.vertices)

    def volume(self) -> float:
        return self.hull()[2]


class MeshFile(ShapeModel):
    """A mesh of one's own: `.obj`, `.stl`, `.glb` or `.ply`, in metres after `scale`; collided by its convex decomposition."""

    type: Literal["mesh"] = "mesh"
    file: str
    scale: Positive = 1.0

    def volume(self) -> float:
        from scenes.meshes import load_mesh

        return load_mesh(self).volume


class Part(Model):
    """A primitive of a compound, placed in any common frame; the compound re-centres itself."""

    shape: Primitive
    position: Vector3 = (0.0, 0.0, 0.0)
    orientation: tuple[float, float, float, float] = IDENTITY
    color: str | None = None
    material: str | None = None
    solid: bool = True


class Compound(ShapeModel):
    type: Literal["compound"] = "compound"
    parts: tuple[Part, ...] = Field(min_length=1)

    def pieces(self) -> list[Piece]:
        placed = [Piece(p.shape, p.position, p.orientation, p.color, p.material, p.solid) for p in self.parts]
        return recentred(placed)


Primitive = Annotated[
    Sphere | Ellipsoid | Box | Cylinder | Capsule | Cone | Torus | Cup | Convex | MeshFile,
    Field(discriminator="type"),
]


def recentred(pieces: list[Piece]) -> list[Piece]:
    """The same pieces moved so that the centre of mass of the solid ones is the origin."""
    solid = [piece for piece in pieces if piece.solid] or pieces
    volumes = np.array([piece.shape.volume() for piece in solid])
    centre = (volumes[:, None] * np.array([piece.position for piece in solid])).sum(axis=0) / volumes.sum()
    moved = []
    for piece in pieces:
        x, y, z = (float(value) for value in np.asarray(piece.position) - centre)
        moved.append(Piece(piece.shape, (x, y, z), piece.orientation, piece.color, piece.material, piece.solid))
    return moved


def rotation_matrix(wxyz: tuple[float, float, float, float] | FloatArray) -> FloatArray:
    """Rotation matrix (3, 3) of a quaternion wxyz, which need not be normalised."""
    w, x, y, z = np.asarray(wxyz, dtype=float) / np.linalg.norm(wxyz)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def support_along(shape: Primitive, direction: FloatArray) -> float:
    """Largest projection of the shape on a direction (3,) in its own frame, for a unit vector in metres (the support function)."""
    x, y, z = (float(value) for value in direction)
    flat = math.hypot(x, y)
    match shape:
        case Sphere():
            return shape.radius
        case Ellipsoid():
            return float(np.linalg.norm(np.asarray(shape.radii) * direction))
        case Box():
            return float(np.abs(np.asarray(shape.size) / 2 * direction).sum())
        case Cylinder():
            return shape.radius * flat + shape.height / 2 * abs(z)
        case Capsule():
            return shape.radius + shape.height / 2 * abs(z)
        case Cone():
            return max(shape.height * 0.75 * z, shape.radius * flat - shape.height * 0.25 * z)
        case Torus():
            return shape.major_radius * flat + shape.minor_radius
        case Cup():
            return max(shape.foot * flat + shape.base_z * z, shape.radius * flat + (shape.base_z + shape.height) * z)
        case Convex():
            return float((shape.hull()[0] @ direction).max())
        case MeshFile():
            from scenes.meshes import load_mesh

            return float((load_mesh(shape).vertices @ direction).max())
    raise TypeError(f"no support function for {type(shape).__name__}")


def placed_bounds(piece: Piece) -> tuple[FloatArray, FloatArray]:
    """Axis-aligned box of a placed piece in the body's frame [m], two arrays (3,)."""
    matrix, origin = rotation_matrix(piece.orientation), np.asarray(piece.position)
    axes = np.eye(3)
    high = np.array([support_along(piece.shape, matrix.T @ axis) for axis in axes])
    low = -np.array([support_along(piece.shape, matrix.T @ -axis) for axis in axes])
    return origin + low, origin + high


Part.model_rebuild()
Compound.model_rebuild()
