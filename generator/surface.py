"""Triangles made ready for drawing: normals that keep creases sharp, and texture coordinates without seams."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["bevelled_box", "box_uv", "crease_normals", "foliage", "spherical_uv", "subdivided"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def face_normals(vertices: FloatArray, faces: IntArray) -> FloatArray:
    """Area-weighted outward normals (F, 3) [m2] times two."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def _unit(vectors: FloatArray) -> FloatArray:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length > 1e-30, length, 1.0)


def crease_normals(vertices: FloatArray, faces: IntArray, *, crease: float = 40.0) -> FloatArray:
    """A normal for every corner of every triangle, (F, 3, 3): smooth over edges flatter than `crease` [deg], sharp over
    the others.

    Vertices at the same place are taken as one, so that seams of a mesh do not show.
    """
    weighted = face_normals(vertices, faces)
    unit = _unit(weighted)
    span = float(np.ptp(vertices, axis=0).max()) or 1.0
    _, welded = np.unique(np.round(vertices / (span * 1e-6)).astype(np.int64), axis=0, return_inverse=True)
    corner_vertex = welded.reshape(-1)[faces].ravel()
    corner_face = np.repeat(np.arange(len(faces)), 3)
    order = np.argsort(corner_vertex, kind="stable")
    counts = np.bincount(corner_vertex)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    repeat = counts[corner_vertex]
    first = np.repeat(np.arange(len(corner_vertex)), repeat)
    offset = np.arange(repeat.sum()) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    other = corner_face[order[np.repeat(starts[corner_vertex], repeat) + offset]]
    same = np.einsum("ij,ij->i", unit[corner_face[first]], unit[other]) >= math.cos(math.radians(crease))
    total = np.zeros((len(corner_vertex), 3))
    np.add.at(total, first[same], weighted[other[same]])
    normals = _unit(total)
    empty = np.linalg.norm(total, axis=1) < 1e-30
    normals[empty] = unit[corner_face[empty]]
    return normals.reshape(-1, 3, 3)


def spherical_uv(corners: FloatArray) -> FloatArray:
    """Longitude and latitude in 0..1 of triangle corners (F, 3, 3) about z, (F, 3, 2); triangles over the seam run past
    1."""
    direction = _unit(corners)
    u = np.arctan2(direction[..., 1], direction[..., 0]) / (2 * math.pi) % 1.0
    v = np.arccos(np.clip(direction[..., 2], -1, 1)) / math.pi
    pole = np.abs(direction[..., 2]) > 1 - 1e-9
    over = (np.where(pole, -np.inf, u).max(axis=1) - np.where(pole, np.inf, u).min(axis=1)) > 0.5
    u = np.where(over[:, None] & (u < 0.5) & ~pole, u + 1, u)
    weight = np.maximum((~pole).sum(axis=1), 1)
    middle = np.where(pole, 0.0, u).sum(axis=1) / weight
    return np.stack([np.where(pole, middle[:, None], u), v], axis=-1)


def box_uv(corners: FloatArray, normals: FloatArray) -> FloatArray:
    """Coordinates [m] (F, 3, 2) projected along the axis that each face looks along most; u runs along the longest side
    of the body."""
    facing = np.abs(normals.sum(axis=1)).argmax(axis=1)
    long = int(np.ptp(corners.reshape(-1, 3), axis=0).argmax())
    uv = np.empty((len(corners), 3, 2))
    for axis in range(3):
        chosen = facing == axis
        first, second = (k for k in range(3) if k != axis)
        if second == long:
            first, second = second, first
        uv[chosen] = corners[chosen][:, :, [first, second]]
    return uv


def subdivided(
    vertices: FloatArray, faces: IntArray, longest: float, *, limit: int = 60_000
) -> tuple[FloatArray, IntArray]:
    """Triangles split at the middle of their edges until none is longer than `longest` [m], or `limit` of them are
    reached."""
    while len(faces) < limit:
        ends = vertices[faces]
        edges = np.linalg.norm(ends - np.roll(ends, -1, axis=1), axis=2)
        split = edges.max(axis=1) > longest
        if not split.any():
            break
        kept, cut = faces[~split], faces[split]
        pairs = np.sort(np.stack([cut[:, [0, 1]], cut[:, [1, 2]], cut[:, [2, 0]]], axis=1).reshape(-1, 2), axis=1)
        unique, index = np.unique(pairs, axis=0, return_inverse=True)
        middle = (index.reshape(-1, 3) + len(vertices)).astype(np.int64)
        vertices = np.concatenate([vertices, vertices[unique].mean(axis=1)])
        a, b, c = cut.T
        ab, bc, ca = middle.T
        parts = [np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        faces = np.concatenate([kept, *parts])
    return vertices, faces


def bevelled_box(size: tuple[float, float, float]) -> tuple[FloatArray, IntArray]:
    """A box of full edge lengths `size` [m] whose edges are cut by a narrow bevel, as the edges of real things are:
    they catch the light."""
    from scipy.spatial import ConvexHull

    half = np.asarray(size, dtype=float) / 2
    bevel = min(0.06 * 2 * float(half.min()), 0.012)
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    vertices = np.concatenate([signs * (half - bevel * (1 - np.eye(3)[axis])) for axis in range(3)])
    faces = ConvexHull(vertices).simplices.astype(np.int64)
    inward = np.einsum("ij,ij->i", face_normals(vertices, faces), vertices[faces].mean(axis=1)) < 0
    faces[inward] = faces[inward][:, ::-1]
    return vertices, faces


def foliage(radii: FloatArray, *, seed: int, leaves: int = 1100) -> tuple[FloatArray, FloatArray, IntArray, FloatArray]:
    """A crown of `leaves` small leaves around an ellipsoid of `radii` [m] (3,): vertices, normals, faces and uv.

    Leaves lie in any direction, and are lit as if they lay on the crown, which is how a crown looks from afar.
    """
    random = np.random.default_rng(seed)
    out = _unit(random.standard_normal((leaves, 3)))
    depth = 1.0 - 0.42 * random.random(leaves) ** 2.2
    centre = out * radii * depth[:, None]
    along = _unit(random.standard_normal((leaves, 3)) + 0.4 * out)
    across = _unit(np.cross(along, random.standard_normal((leaves, 3))))
    length = (0.075 + 0.045 * random.random(leaves))[:, None] * float(np.mean(radii))
    tip, side = along * length, across * length * 0.42
    vertices = np.stack([centre - tip, centre + side, centre + tip, centre - side], axis=1).reshape(-1, 3)
    shade = _unit(out / radii * float(np.mean(radii)) + 0.45 * random.standard_normal((leaves, 3)))
    first = np.arange(leaves)[:, None] * 4
    faces = np.concatenate([first + [0, 1, 2], first + [0, 2, 3]])
    uv = np.repeat(random.random((leaves, 2)), 4, axis=0) * 1.3 + np.tile(
        [[0, 0], [0.01, 0], [0.01, 0.01], [0, 0.01]], (leaves, 1)
    )
    return vertices, np.repeat(shade, 4, axis=0), faces.astype(np.int64), uv
