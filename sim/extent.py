"""How far shapes reach: lowest points over time, radii, and points on the surface, for records, goals and the medium."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from scenes.primitives import (
    Box,
    Capsule,
    Cone,
    Convex,
    Cup,
    Cylinder,
    Ellipsoid,
    MeshFile,
    Piece,
    Primitive,
    ShapeModel,
    Sphere,
    Torus,
    rotation_matrix,
)
from sim.rotations import matrices

__all__ = ["bounding_radius", "lowest_points", "reach_along", "rolling_radius", "smallest_half_extent"]

FloatArray = NDArray[np.float64]


def _support(shape: Primitive, d: FloatArray) -> FloatArray:
    """Support function for directions (T, 3) in the primitive's frame -> (T,) [m]."""
    flat = np.hypot(d[:, 0], d[:, 1])
    match shape:
        case Sphere():
            return np.full(len(d), shape.radius)
        case Ellipsoid():
            return np.asarray(np.linalg.norm(d * np.asarray(shape.radii), axis=1))
        case Box():
            return np.abs(d) @ (np.asarray(shape.size) / 2)
        case Cylinder():
            return shape.radius * flat + shape.height / 2 * np.abs(d[:, 2])
        case Capsule():
            return shape.radius + shape.height / 2 * np.abs(d[:, 2])
        case Cone():
            return np.maximum(shape.height * 0.75 * d[:, 2], shape.radius * flat - shape.height * 0.25 * d[:, 2])
        case Torus():
            return shape.major_radius * flat + shape.minor_radius
        case Cup():
            low, high = shape.base_z, shape.base_z + shape.height
            return np.maximum(shape.foot * flat + low * d[:, 2], shape.radius * flat + high * d[:, 2])
        case Convex():
            return np.asarray((d @ shape.hull()[0].T).max(axis=1))
        case MeshFile():
            from scenes.meshes import load_mesh

            return np.asarray((d @ load_mesh(shape).vertices.T).max(axis=1))
    raise TypeError(f"no support function for {type(shape).__name__}")


def reach_along(shape: ShapeModel, orientation: FloatArray, direction: FloatArray) -> FloatArray:
    """Largest projection of a body on a world direction (3,), from its centre of mass, for orientations wxyz (T, 4) -> (T,) [m]."""
    local = np.einsum("tji,j->ti", matrices(orientation), direction)
    best = np.full(len(local), -np.inf)
    for piece in _solid(shape):
        turn = rotation_matrix(piece.orientation)
        best = np.maximum(best, local @ np.asarray(piece.position, dtype=float) + _support(piece.shape, local @ turn))
    return best


def lowest_points(shape: ShapeModel, position: FloatArray, orientation: FloatArray) -> FloatArray:
    """Height [m] of the lowest point of a body at positions (T, 3) and orientations wxyz (T, 4) -> (T,)."""
    if isinstance(shape, Sphere):
        return np.asarray(position[:, 2] - shape.radius)
    return np.asarray(position[:, 2] - reach_along(shape, orientation, np.array([0.0, 0.0, -1.0])))


def _solid(shape: ShapeModel) -> list[Piece]:
    return [piece for piece in shape.pieces() if piece.solid] or shape.pieces()


def bounding_radius(shape: ShapeModel) -> float:
    """Radius [m] about the centre of mass that holds the whole body."""
    if isinstance(shape, Sphere):
        return shape.radius
    low, high = shape.bounds()
    return float(np.linalg.norm(np.maximum(np.abs(low), np.abs(high))))


def smallest_half_extent(shape: ShapeModel) -> float:
    """Half of the smallest thickness of the thinnest piece [m]: what fast motion must not skip."""
    sizes = []
    for piece in _solid(shape):
        match piece.shape:
            case Torus():
                sizes.append(piece.shape.minor_radius)
            case Cup():
                sizes.append(piece.shape.wall / 2)
            case _:
                sizes.append(float(piece.shape.extent().min()) / 2)
    return min(sizes)


def rolling_radius(shape: ShapeModel) -> float | None:
    """Radius [m] on which the body rolls; None for bodies that do not roll."""
    match shape:
        case Sphere() | Cylinder() | Capsule() | Cone():
            return shape.radius
        case Ellipsoid():
            return float(np.exp(np.mean(np.log(shape.radii))))
        case Torus():
            return shape.major_radius + shape.minor_radius
        case Cup():
            return max(shape.radius, shape.foot)
    low, high = shape.bounds()
    extent = high - low
    round_pieces = [p for p in _solid(shape) if rolling_radius_of(p.shape) is not None]
    if round_pieces and math.isclose(extent.max(), extent.min(), rel_tol=0.25):
        return float(extent.mean()) / 2
    wheels = [p for p in round_pieces if isinstance(p.shape, Cylinder | Torus | Sphere)]
    return max((rolling_radius_of(p.shape) or 0.0 for p in wheels), default=None)


def rolling_radius_of(shape: Primitive) -> float | None:
    return (
        rolling_radius(shape)
        if isinstance(shape, Sphere | Cylinder | Capsule | Cone | Ellipsoid | Torus | Cup)
        else None
    )
