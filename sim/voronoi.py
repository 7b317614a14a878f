"""Convex polyhedra cut into Voronoi cells: a plane cuts a polyhedron, the bisectors of seeds cut a body of polyhedra.

A cell is the part of the body that is nearer to its seed than to any other (Aurenhammer 1991, ACM Computing Surveys
23, 345). Cells are convex regions, so the hulls of two pieces from different cells never overlap, however bent the
body is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CRACK", "SEAM", "SKIN", "Polyhedron", "clip", "polyhedron_of_hull", "spread_seeds", "voronoi_cells"]

FloatArray = NDArray[np.float64]
SKIN, SEAM, CRACK = (
    0,
    1,
    2,
)  # a face of the body's surface, one shared by two polyhedra of the body, one that a crack opened
ON_PLANE = 1e-10  # [m]


@dataclass(frozen=True)
class Polyhedron:
    """Convex: `vertices` [m] (V, 3), `faces` as vertex numbers counter-clockwise seen from outside, and what each
    face is (`tags`).
    """

    vertices: FloatArray
    faces: tuple[tuple[int, ...], ...]
    tags: tuple[int, ...]

    def triangles(self) -> NDArray[np.int64]:
        """Fans of all faces, (F, 3)."""
        return np.array([(f[0], f[k], f[k + 1]) for f in self.faces for k in range(1, len(f) - 1)], dtype=np.int64)

    def moments(self) -> tuple[float, FloatArray]:
        """Volume [m3] and first moment about the origin [m4] (3,)."""
        middle = self.vertices.mean(axis=0)
        corners = (self.vertices - middle)[self.triangles()]
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        parts = _triple(a, b, c) / 6
        volume = float(parts.sum())
        return volume, volume * middle + parts @ (a + b + c) / 4

    def area(self, tag: int) -> float:
        """Area [m2] of the faces of one tag."""
        total = 0.0
        for face, mine in zip(self.faces, self.tags, strict=True):
            if mine == tag:
                p = self.vertices[list(face)]
                total += 0.5 * float(np.linalg.norm(np.cross(p[1:-1] - p[0], p[2:] - p[0]).sum(axis=0)))
        return total


def _triple(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
    """a . (b x c), row by row; several times as fast as numpy's cross product."""
    x = b[:, 1] * c[:, 2] - b[:, 2] * c[:, 1]
    y = b[:, 2] * c[:, 0] - b[:, 0] * c[:, 2]
    z = b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0]
    return np.asarray(a[:, 0] * x + a[:, 1] * y + a[:, 2] * z)


def polyhedron_of_hull(points: FloatArray, *, tag: int = SKIN) -> Polyhedron:
    """The convex hull of points (V, 3) [m], with triangles for faces."""
    from scipy.spatial import ConvexHull

    hull = ConvexHull(points)
    keep = np.sort(hull.vertices)
    corners = points[keep]
    simplices = np.searchsorted(keep, hull.simplices)
    a, b, c = (corners[column] for column in simplices.T)
    inward = _triple(a - corners.mean(axis=0), b - a, c - a) <= 0
    simplices[inward, 1:] = simplices[inward, :0:-1]
    faces = [tuple(face) for face in simplices.tolist()]
    return Polyhedron(corners, tuple(faces), (tag,) * len(faces))


def clip(body: Polyhedron, normal: FloatArray, offset: float, *, tag: int = CRACK) -> Polyhedron | None:
    """The part where normal . x <= offset; None when nothing is left. The new face gets `tag`."""
    side = body.vertices @ normal - offset
    eps = ON_PLANE * float(np.linalg.norm(normal))
    if side.max() <= eps:
        return body
    if side.min() >= -eps:
        return None
    inside = (side <= eps).tolist()
    points: list[FloatArray] = [*body.vertices]
    cut: dict[tuple[int, int], int] = {}

    def crossing(i: int, j: int) -> int:
        key = (i, j) if i < j else (j, i)
        if key not in cut:
            a, b = key
            share = side[a] / (side[a] - side[b])
            cut[key] = len(points)
            points.append(body.vertices[a] + share * (body.vertices[b] - body.vertices[a]))
        return cut[key]

    faces, tags = [], []
    for face, mine in zip(body.faces, body.tags, strict=True):
        kept: list[int] = []
        for k, i in enumerate(face):
            j = face[(k + 1) % len(face)]
            if inside[i]:
                kept.append(i)
            if inside[i] != inside[j] and abs(side[i]) > eps and abs(side[j]) > eps:
                kept.append(crossing(i, j))
        if len(kept) >= 3:
            faces.append(kept)
            tags.append(mine)
    rim = sorted(set(cut.values()) | {i for i, s in enumerate(side) if abs(s) <= eps})
    if len(rim) >= 3:
        ring = np.array([points[i] for i in rim])
        unit = normal / np.linalg.norm(normal)
        across = np.cross(unit, [1.0, 0.0, 0.0] if abs(unit[0]) < 0.7 else [0.0, 1.0, 0.0])
        across /= np.linalg.norm(across)
        centred = ring - ring.mean(axis=0)
        turn = np.arctan2(centred @ np.cross(unit, across), centred @ across)
        faces.append([rim[i] for i in np.argsort(turn, kind="stable")])
        tags.append(tag)
    used = sorted({i for face in faces for i in face})
    number = {old: new for new, old in enumerate(used)}
    if len(used) < 4 or len(faces) < 4:
        return None
    return Polyhedron(
        np.array([points[i] for i in used]), tuple(tuple(number[i] for i in face) for face in faces), tuple(tags)
    )


def voronoi_cells(elements: Sequence[Polyhedron], seeds: FloatArray) -> list[list[Polyhedron]]:
    """The polyhedra of a body, cut by the bisectors of the seeds (N, 3) [m]: for each seed what is nearest to it."""
    cells: list[list[Polyhedron]] = [[] for _ in seeds]
    squares = (seeds * seeds).sum(axis=1)
    for element in elements:
        middle = element.vertices.mean(axis=0)
        reach = float(np.linalg.norm(element.vertices - middle, axis=1).max())
        distance = np.linalg.norm(seeds - middle, axis=1)
        near = np.flatnonzero(distance <= distance.min() + 2 * reach)
        along = element.vertices @ seeds[near].T - squares[near] / 2  # the nearest seed has the largest value
        for place, i in enumerate(near):
            side = along - along[:, place : place + 1]
            if (side.min(axis=0) > 0).any():
                continue  # another seed is nearer to all of the element
            part: Polyhedron | None = element
            rivals = near[side.max(axis=0) > 0]
            for j in rivals[np.argsort(np.linalg.norm(seeds[rivals] - seeds[i], axis=1), kind="stable")]:
                if part is not None:
                    part = clip(part, seeds[j] - seeds[i], float(squares[j] - squares[i]) / 2)
            if part is not None and part.moments()[0] > 1e-18:
                cells[i].append(part)
    return cells


def spread_seeds(
    elements: Sequence[Polyhedron],
    count: int,
    *,
    impact: FloatArray,
    reach: float,
    crowding: float,
    rng: np.random.Generator,
) -> FloatArray:
    """`count` seeds (count, 3) [m] inside a body, `1 + crowding` times as dense at the impact as far (beyond some
    `reach` [m]) from it.

    A weighted centroidal relaxation (Lloyd 1982, IEEE Trans. Inf. Theory 28, 129) of random points keeps the cells
    from being slivers.
    """
    points = _points_within(elements, max(1500, 60 * count), rng)
    weight = 1.0 + crowding * np.exp(-np.linalg.norm(points - impact, axis=1) / reach)
    seeds = points[rng.choice(len(points), size=count, replace=False, p=weight / weight.sum())]
    for _ in range(2):
        owner = np.argmin(((points[:, None] - seeds[None]) ** 2).sum(axis=2), axis=1)
        for k in range(count):
            mine = owner == k
            if mine.any():
                centre = np.average(points[mine], axis=0, weights=weight[mine])
                # the seed stays in the material, or the far wall of a vessel would share its cell
                seeds[k] = points[mine][np.argmin(((points[mine] - centre) ** 2).sum(axis=1))]
    return seeds + rng.normal(scale=1e-6 * reach, size=seeds.shape)


def _points_within(elements: Sequence[Polyhedron], count: int, rng: np.random.Generator) -> FloatArray:
    """Random points (count, 3) inside polyhedra, evenly over their volume."""
    corners, volumes = [], []
    for element in elements:
        middle = element.vertices.mean(axis=0)
        triangles = element.triangles()
        a, b, c = (element.vertices[column] for column in triangles.T)
        volumes.append(np.abs(_triple(a - middle, b - middle, c - middle)))
        corners.append(np.stack([np.broadcast_to(middle, a.shape), a, b, c], axis=1))
    tetrahedra, share = np.concatenate(corners), np.concatenate(volumes)
    chosen = tetrahedra[rng.choice(len(tetrahedra), size=count, p=share / share.sum())]
    weights = rng.exponential(size=(count, 4))
    return np.asarray(np.einsum("ij,ijk->ik", weights / weights.sum(axis=1, keepdims=True), chosen))
