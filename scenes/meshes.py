"""Meshes: own files loaded once, and every primitive as triangles, for convex decomposition, drawing and ray casting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
    Sphere,
    Torus,
)

__all__ = ["TriangleMesh", "load_mesh", "triangulate"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SUFFIXES = (".obj", ".stl", ".glb", ".ply")


@dataclass(frozen=True)
class TriangleMesh:
    """Vertices (V, 3) [m] about the centre of mass, triangles (F, 3) counter-clockwise seen from outside, volume [m3].

    `smooth` says whether normals may be interpolated over the faces.
    """

    vertices: FloatArray
    faces: IntArray
    volume: float
    smooth: bool = False


@lru_cache(maxsize=64)
def load_mesh(shape: MeshFile) -> TriangleMesh:
    """The mesh of a `mesh` shape, scaled, about its centre of mass.

    Raises UserError when the file is missing, is of an unknown format or holds no closed volume.
    """
    path = Path(shape.file).expanduser()
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"The mesh {shape.file} has an unknown ending; use one of {', '.join(SUFFIXES)}.")
    if not path.is_file():
        raise UserError(f"The mesh file {shape.file} does not exist; give its path from the folder that you run in.")
    import trimesh

    try:
        loaded = trimesh.load(path, force="mesh")
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UserError(
            f"The mesh file {shape.file} cannot be read ({error}); export it again as .obj, .stl or .glb."
        ) from error
    assert isinstance(loaded, trimesh.Trimesh)
    if len(loaded.faces) == 0:
        raise UserError(f"The mesh file {shape.file} holds no triangles; export it again as .obj, .stl or .glb.")
    loaded.merge_vertices()
    loaded.apply_scale(shape.scale)
    solid = loaded if loaded.is_volume else loaded.convex_hull
    if solid.volume <= 0:
        raise UserError(f"The mesh {shape.file} encloses no volume; close it, or thicken it.")
    vertices = np.asarray(loaded.vertices, dtype=float) - solid.center_mass
    return TriangleMesh(vertices, np.asarray(loaded.faces, dtype=np.int64), float(solid.volume), smooth=True)


def revolve(profile: FloatArray, segments: int) -> tuple[FloatArray, IntArray]:
    """Surface of revolution about z of a profile (K, 2) of (radius, z) from the bottom outside upward; poles have radius 0."""
    angles = np.arange(segments) * (2 * math.pi / segments)
    rings = len(profile)
    vertices = np.empty((rings * segments, 3))
    vertices[:, 0] = (profile[:, 0, None] * np.cos(angles)).ravel()
    vertices[:, 1] = (profile[:, 0, None] * np.sin(angles)).ravel()
    vertices[:, 2] = np.repeat(profile[:, 1], segments)
    here = np.arange(segments)
    after = (here + 1) % segments
    faces = []
    for ring in range(rings - 1):
        low, high = ring * segments, (ring + 1) * segments
        if profile[ring, 0] > 0:
            faces.append(np.stack([low + here, low + after, high + after], axis=1))
        if profile[ring + 1, 0] > 0:
            faces.append(np.stack([low + here, high + after, high + here], axis=1))
    return vertices, np.concatenate(faces).astype(np.int64)


def _sphere(radii: tuple[float, float, float], segments: int) -> tuple[FloatArray, IntArray]:
    theta = np.linspace(-math.pi / 2, math.pi / 2, segments // 2 + 1)
    profile = np.stack([np.cos(theta), np.sin(theta)], axis=1)
    profile[[0, -1], 0] = 0.0
    vertices, faces = revolve(profile, segments)
    return vertices * np.asarray(radii), faces


def _torus(major: float, minor: float, segments: int) -> tuple[FloatArray, IntArray]:
    around = max(12, segments // 2)
    theta = np.arange(around + 1) * (2 * math.pi / around)
    profile = np.stack([major + minor * np.cos(theta), minor * np.sin(theta)], axis=1)
    return revolve(profile, segments)


def _cup(cup: Cup, segments: int) -> tuple[FloatArray, IntArray]:
    low, high = cup.base_z, cup.base_z + cup.height
    floor = low + cup.wall
    profile = np.array(
        [
            [0.0, low],
            [cup.foot, low],
            [cup.radius, high],
            [cup.radius - cup.wall, high],
            [max(cup.foot - cup.wall, 1e-4), floor],
            [0.0, floor],
        ]
    )
    return revolve(profile, segments)


_CUBE_FACES = np.array(
    [
        [0, 2, 1],
        [1, 2, 3],
        [4, 5, 6],
        [5, 7, 6],
        [0, 1, 4],
        [1, 5, 4],
        [2, 6, 3],
        [3, 6, 7],
        [0, 4, 2],
        [2, 4, 6],
        [1, 3, 5],
        [3, 7, 5],
    ]
)


@lru_cache(maxsize=512)
def _triangulate(shape: Primitive, segments: int) -> TriangleMesh:
    smooth = False
    match shape:
        case Sphere():
            (vertices, faces), smooth = _sphere((shape.radius,) * 3, segments), True
        case Ellipsoid():
            (vertices, faces), smooth = _sphere(shape.radii, segments), True
        case Box():
            corners = np.array([(x, y, z) for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)])
            vertices, faces = corners * np.asarray(shape.size), _CUBE_FACES
        case Cylinder():
            r, h = shape.radius, shape.height / 2
            vertices, faces = revolve(np.array([[0.0, -h], [r, -h], [r, h], [0.0, h]]), segments)
        case Cone():
            r, h = shape.radius, shape.height
            vertices, faces = revolve(np.array([[0.0, -h / 4], [r, -h / 4], [0.0, 3 * h / 4]]), segments)
        case Capsule():
            theta = np.linspace(0, math.pi / 2, max(4, segments // 4) + 1)
            cap = np.stack([np.cos(theta), np.sin(theta)], axis=1) * shape.radius
            cap[-1, 0] = 0.0
            bottom = cap[::-1] * [1, -1] - [0, shape.height / 2]
            (vertices, faces), smooth = revolve(np.concatenate([bottom, cap + [0, shape.height / 2]]), segments), True
        case Torus():
            (vertices, faces), smooth = _torus(shape.major_radius, shape.minor_radius, segments), True
        case Cup():
            vertices, faces = _cup(shape, segments)
        case Convex():
            vertices, faces, _ = shape.hull()
        case MeshFile():
            return load_mesh(shape)
        case _:
            raise TypeError(f"no triangles for {type(shape).__name__}")
    return TriangleMesh(vertices, faces, shape.volume(), smooth)


def triangulate(shape: Primitive, *, segments: int = 48) -> TriangleMesh:
    """Triangles of a primitive about its centre of mass; round ones with `segments` sides. Cached by the shape's value."""
    return _triangulate(shape, segments)
