"""Mass, centre of mass and inertia of shapes: closed forms for primitives, tetrahedra for hulls and meshes, shells by difference."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import RigidBody
from scenes.errors import UserError
from scenes.primitives import (
    Box,
    Capsule,
    Cone,
    Convex,
    Cup,
    Cylinder,
    Ellipsoid,
    MeshFile,
    Primitive,
    ShapeModel,
    Sphere,
    Torus,
    rotation_matrix,
)

__all__ = ["MassProperties", "mass_properties", "solid_tensor", "solid_volume"]

FloatArray = NDArray[np.float64]
LIGHTEST, HEAVIEST = 1e-6, 1e9  # [kg]


@dataclass(frozen=True)
class MassProperties:
    """Mass [kg], inertia tensor about the centre of mass in the body's frame (3, 3) [kg m2], its principal moments (3,) and the
    rotation (3, 3) whose columns are the principal axes in the body's frame; volume that displaces a fluid [m3]."""

    mass: float
    tensor: FloatArray
    moments: FloatArray
    axes: FloatArray
    displaced: float


def solid_volume(shape: Primitive) -> float:
    """Volume [m3] that a closed shape of this outline displaces."""
    return shape.volume()


def solid_tensor(shape: Primitive) -> FloatArray:
    """Second moments of a solid of unit density about its centre of mass, as an inertia tensor (3, 3) [m5].

    Closed forms: Goldstein, Classical Mechanics; tetrahedra: Tonon (2004), J. Math. Stat. 1.
    """
    volume = shape.volume()
    match shape:
        case Sphere():
            diagonal = np.full(3, 0.4 * shape.radius**2)
        case Ellipsoid():
            a, b, c = (r * r for r in shape.radii)
            diagonal = np.array([b + c, a + c, a + b]) / 5
        case Box():
            x, y, z = (s * s for s in shape.size)
            diagonal = np.array([y + z, x + z, x + y]) / 12
        case Cylinder():
            across = shape.radius**2 / 4 + shape.height**2 / 12
            diagonal = np.array([across, across, shape.radius**2 / 2])
        case Capsule():
            diagonal = _capsule(shape.radius, shape.height) / volume
        case Cone():
            across = 3 / 20 * shape.radius**2 + 3 / 80 * shape.height**2
            diagonal = np.array([across, across, 0.3 * shape.radius**2])
        case Torus():
            major, minor = shape.major_radius**2, shape.minor_radius**2
            across = major / 2 + 5 / 8 * minor
            diagonal = np.array([across, across, major + 3 / 4 * minor])
        case Cup():
            return _cup(shape)
        case Convex():
            corners, faces, _ = shape.hull()
            return _of_triangles(corners, faces)
        case MeshFile():
            from scenes.meshes import load_mesh

            mesh = load_mesh(shape)
            tensor = _of_triangles(mesh.vertices, mesh.faces)
            if np.all(np.linalg.eigvalsh(tensor) > 0):
                return tensor
            from scipy.spatial import ConvexHull  # an open surface has no moments of its own

            return _of_triangles(mesh.vertices, np.asarray(ConvexHull(mesh.vertices).simplices), orient=True)
        case _:
            raise TypeError(f"no inertia for {type(shape).__name__}")
    return np.diag(diagonal) * volume


def _capsule(r: float, h: float) -> FloatArray:
    tube, ball = math.pi * r * r * h, 4 / 3 * math.pi * r**3
    along = tube * r * r / 2 + ball * 0.4 * r * r
    across = tube * (r * r / 4 + h * h / 12) + ball * (0.4 * r * r + h * h / 4 + 3 / 8 * h * r)
    return np.array([across, across, along])


def _frustum_moments(low: float, high: float, height: float, base: float, about: float) -> FloatArray:
    """Unit-density inertia (across, across, along) of a solid of revolution r(z), from z = base, about the height `about`."""
    nodes, weights = np.polynomial.legendre.leggauss(8)  # exact for the quartic integrand
    z = base + height * (nodes + 1) / 2
    r = low + (high - low) * (nodes + 1) / 2
    w = weights * height / 2
    along = float((w * math.pi * r**4 / 2).sum())
    across = float((w * (math.pi * r**4 / 4 + math.pi * r**2 * (z - about) ** 2)).sum())
    return np.array([across, across, along])


def _cup(cup: Cup) -> FloatArray:
    outer = _frustum_moments(cup.foot, cup.radius, cup.height, cup.base_z, 0.0)
    foot, rim = max(cup.foot - cup.wall, 1e-6), max(cup.radius - cup.wall, 1e-6)
    inner = _frustum_moments(foot, rim, cup.height - cup.wall, cup.base_z + cup.wall, 0.0)
    return np.diag(outer - inner)


def _of_triangles(corners: FloatArray, faces: NDArray[np.int64], *, orient: bool = False) -> FloatArray:
    a, b, c = (corners[faces[:, k]] for k in range(3))
    sixth = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    if orient:
        sixth = np.abs(sixth)
    total = a + b + c
    second = sum(np.einsum("i,ij,ik->jk", sixth, v, v) for v in (a, b, c, total)) / 20
    return np.asarray(np.trace(second) * np.eye(3) - second)


def _shrunk(shape: Primitive, wall: float) -> Primitive | None:
    """The hollow inside a closed shell of this wall; None where the wall fills the shape (or it is a vessel by itself)."""
    match shape:
        case Sphere():
            return Sphere(radius=shape.radius - wall) if shape.radius > wall else None
        case Ellipsoid():
            radii = tuple(r - wall for r in shape.radii)
            return Ellipsoid(radii=radii) if min(radii) > 0 else None  # type: ignore[arg-type]
        case Box():
            size = tuple(s - 2 * wall for s in shape.size)
            return Box(size=size) if min(size) > 0 else None  # type: ignore[arg-type]
        case Cylinder() if shape.radius > wall and shape.height > 2 * wall:
            return Cylinder(radius=shape.radius - wall, height=shape.height - 2 * wall)
        case Capsule() if shape.radius > wall:
            return Capsule(radius=shape.radius - wall, height=shape.height)
        case Torus() if shape.minor_radius > wall:
            return Torus(major_radius=shape.major_radius, minor_radius=shape.minor_radius - wall)
    return None


def _hollow_factor(shape: Primitive, wall: float) -> tuple[float, FloatArray]:
    """Volume [m3] and unit-density tensor [m5] of the shell of `shape`."""
    volume, tensor = shape.volume(), solid_tensor(shape)
    inner = _shrunk(shape, wall)
    if inner is not None:
        return volume - inner.volume(), tensor - solid_tensor(inner)
    if isinstance(shape, Cone | Convex | MeshFile):
        inradius = 3 * volume / _area(shape)  # exact for shapes with an inscribed sphere
        k = max(0.0, 1 - wall / inradius)
        return volume * (1 - k**3), tensor * (1 - k**5)
    return volume, tensor


def _area(shape: Cone | Convex | MeshFile) -> float:
    if isinstance(shape, Cone):
        return math.pi * shape.radius * (shape.radius + math.hypot(shape.radius, shape.height))
    from scenes.meshes import triangulate

    mesh = triangulate(shape)
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def mass_properties(body: RigidBody, density: float, *, name: str = "body") -> MassProperties:
    """Mass and inertia of a rigid body. `density` [kg/m3] is the material's, used where the body states neither mass nor density.

    Raises UserError for masses outside 1 mg .. 1e9 kg.
    """
    shape: ShapeModel = body.shape
    pieces = [piece for piece in shape.pieces() if piece.solid] or shape.pieces()
    volume, displaced = 0.0, 0.0
    tensor = np.zeros((3, 3))
    for piece in pieces:
        part = (
            _hollow_factor(piece.shape, body.wall) if body.wall else (piece.shape.volume(), solid_tensor(piece.shape))
        )
        turn, at = rotation_matrix(piece.orientation), np.asarray(piece.position, dtype=float)
        volume += part[0]
        displaced += piece.shape.volume()
        tensor += turn @ part[1] @ turn.T + part[0] * (at @ at * np.eye(3) - np.outer(at, at))
    mass = body.mass if body.mass is not None else (body.density or density) * volume
    if not LIGHTEST <= mass <= HEAVIEST and not body.fixed:
        raise UserError(
            f"bodies.{name} would have a mass of {mass:.3g} kg, outside {LIGHTEST:g} to {HEAVIEST:g} kg: change its size, density or mass."
        )
    tensor = tensor * (mass / volume)
    moments, axes = np.diag(tensor).copy(), np.eye(3)
    if np.abs(tensor - np.diag(moments)).max() > 1e-9 * moments.max():
        moments, axes = np.linalg.eigh(tensor)
        if np.linalg.det(axes) < 0:
            axes[:, 0] *= -1
    return MassProperties(float(mass), tensor, moments, axes, displaced)
