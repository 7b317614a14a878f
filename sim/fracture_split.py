"""Into what a body breaks: how many shards, where the cracks run, and each shard's surface, mass, centre and inertia.

Number: Grady's size of a fragment, s = (sqrt(24) K_IC / (rho c e))^(2/3), with the sound speed c = sqrt(E/rho) and
the strain rate e = speed / half size of the body (Grady 1982, J. Appl. Phys. 53, 322); it was derived for a body that
expands everywhere, so for a local blow it is an estimate, kept between 8 and 40 pieces. Cracks are the faces of
Voronoi cells, seven times as dense at the blow as far from it: their pattern is a model, not a law.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import RigidBody
from scenes.materials import Material
from scenes.primitives import Convex
from sim.fracture_criterion import wall_of
from sim.fracture_elements import elements_of
from sim.inertia import MassProperties
from sim.voronoi import CRACK, SEAM, SKIN, Polyhedron, spread_seeds, voronoi_cells

__all__ = ["FEWEST", "MOST", "Piece", "Shard", "number_of_pieces", "split", "whole_piece"]

FloatArray = NDArray[np.float64]
FEWEST, MOST = 8, 40
CROWDING = 6.0
RING = 6  # seeds about the piece that something punches out of a plate
CRUMB = 2e-4  # of the volume: smaller pieces stay with a neighbour
WELD = 1e-7  # [m]


class Shard(Convex):
    """A fragment: a closed surface about its centre of mass, whatever its bends. Solvers collide its convex hull;
    cells keep hulls apart.
    """

    faces: tuple[tuple[int, int, int], ...]

    def hull(self) -> tuple[FloatArray, NDArray[np.int64], float]:
        """Vertices (V, 3) [m], outward triangles (F, 3) of its own surface, volume [m3]."""
        corners, faces = np.asarray(self.vertices, dtype=float), np.asarray(self.faces, dtype=np.int64)
        a, b, c = (corners[column] for column in faces.T)
        return corners, faces, float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


@dataclass(frozen=True)
class Piece:
    """A fragment in the frame of the body it broke from: `centre` [m], its mass properties, surface about its centre,
    and crack area [m2].
    """

    centre: FloatArray
    mass: MassProperties
    shape: Shard
    outline: FloatArray  # (H, 3) [m] corners of its convex hull about the centre
    crack_area: float
    volume: float


def number_of_pieces(body: RigidBody, material: Material, speed: float, *, volume: float) -> int:
    """Grady's estimate for a blow of `speed` [m/s] on a body of so much solid [m3]."""
    if material.fracture_toughness is None or material.youngs_modulus is None:
        return FEWEST
    half = float(np.sort(body.shape.extent())[1]) / 2
    sound = math.sqrt(material.youngs_modulus.value / material.density.value)
    rate = max(speed, 0.1) / half
    size = (math.sqrt(24) * material.fracture_toughness.value / (material.density.value * sound * rate)) ** (2 / 3)
    wall = body.shape.wall if body.shape.type == "cup" else wall_of(body, material)[0]
    count = volume / wall / size**2 if wall else volume / size**3
    return int(np.clip(round(count), FEWEST, MOST))


def split(
    body: RigidBody,
    *,
    mass: float,
    count: int,
    impact: FloatArray,
    seed: int,
    name: str,
    wall: float | None = None,
    exact: bool = False,
    across: bool = False,
    plug: float | None = None,
) -> list[Piece]:
    """Break a body of `mass` [kg] at `impact` [m] (in its frame) into about `count` pieces (into just so many when
    `exact`).

    `wall` [m]: of a body that is hollow though it does not say so. `across`: two pieces, parted across the longest
    side at the blow (a stick that snaps). `plug` [m]: radius of what punches through a plate; the piece that it drives out
    is about as wide. Deterministic in `seed` and `name`.
    """
    elements = elements_of(body.shape, wall or body.wall)
    rng = np.random.default_rng([seed & 0xFFFFFFFF, zlib.crc32(name.encode())])
    size = float(body.shape.extent().max())
    if across:
        seeds = _across(body, impact)
    else:
        seeds = spread_seeds(elements, count, impact=impact, reach=0.25 * size, crowding=CROWDING, rng=rng)
        if plug is not None:
            seeds = _punched(body, seeds, impact, plug)
    groups = [part for cell in voronoi_cells(elements, seeds) for part in _connected(cell)]
    total = sum(_volume(group) for group in groups)
    crumbs = CRUMB if plug is None else min(CRUMB, (plug / size) ** 2 / 4)
    while len(groups) > 1:
        volumes = [_volume(group) for group in groups]
        least = int(np.argmin(volumes))
        crumb = not exact and (volumes[least] <= crumbs * total or volumes[least] / total * mass <= 2e-6)
        if len(groups) <= (count if exact else MOST + (RING + 1 if plug is not None else 0)) and not crumb:
            break
        near = _neighbour(groups, least)
        groups[near] = groups[near] + groups[least]
        del groups[least]
    groups.sort(key=_volume, reverse=True)
    pieces = [_piece(group, mass * _volume(group) / total) for group in groups]
    drift = (
        sum((p.mass.mass * p.centre for p in pieces), np.zeros(3)) / mass
    )  # the solver's centre of mass is the origin
    return [replace(piece, centre=piece.centre - drift) for piece in pieces]


def _punched(body: RigidBody, seeds: FloatArray, impact: FloatArray, radius: float) -> FloatArray:
    """Seeds with one at the blow and a ring of others about it, so that the cell at the blow is a prism of that radius through the plate."""
    thin = int(np.argmin(body.shape.extent()))
    u, v = np.delete(np.eye(3), thin, axis=0)
    middle = impact.copy()
    middle[thin] = body.shape.bounds()[0][thin] / 2 + body.shape.bounds()[1][thin] / 2
    angles = 2 * np.pi * (np.arange(RING) + 0.37) / RING
    ring = middle + 2 * radius * (np.cos(angles)[:, None] * u + np.sin(angles)[:, None] * v)
    flat = np.delete(seeds - middle, thin, axis=1)
    return np.vstack([middle, ring, seeds[np.hypot(flat[:, 0], flat[:, 1]) > 3 * radius]])


def _across(body: RigidBody, impact: FloatArray) -> FloatArray:
    low, high = body.shape.bounds()
    axis = int(np.argmax(high - low))
    middle = (low + high) / 2
    place = float(np.clip(impact[axis], middle[axis] - (high - low)[axis] / 4, middle[axis] + (high - low)[axis] / 4))
    seeds = np.repeat(middle[None], 2, axis=0)
    seeds[:, axis] = place + np.array([-1.0, 1.0]) * (high - low)[axis] / 4
    seeds[1, (axis + 1) % 3] += 0.05 * (high - low)[axis]
    return seeds


def _volume(group: list[Polyhedron]) -> float:
    return sum(part.moments()[0] for part in group)


def _connected(cell: list[Polyhedron]) -> list[list[Polyhedron]]:
    """The parts of a cell that hang together: polyhedra that share an edge."""
    if len(cell) < 2:
        return [cell] if cell else []
    numbers = _welded(np.vstack([part.vertices for part in cell]))[1]
    starts = np.cumsum([0] + [len(part.vertices) for part in cell])
    mine = [set(numbers[starts[k] : starts[k + 1]].tolist()) for k in range(len(cell))]
    left, parts = list(range(len(cell))), []
    while left:
        group, queue = [], [left.pop(0)]
        while queue:
            k = queue.pop()
            group.append(k)
            touching = [j for j in left if len(mine[j] & mine[k]) >= 2]
            left = [j for j in left if j not in touching]
            queue += touching
        parts.append([cell[k] for k in sorted(group)])
    return parts


def _neighbour(groups: list[list[Polyhedron]], least: int) -> int:
    from scipy.spatial import cKDTree

    own = cKDTree(np.vstack([part.vertices for part in groups[least]]))
    gaps = []
    for k, group in enumerate(groups):
        if k == least:
            gaps.append(np.inf)
            continue
        distance = np.sort(own.query(np.vstack([part.vertices for part in group]))[0])
        gaps.append(float(distance[: min(4, len(distance))].mean()))
    return int(np.argmin(gaps))


def _welded(points: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """Points closer than `WELD` made one: those that stay (W, 3), and the number of each old one (V,)."""
    from scipy.spatial import cKDTree

    first = np.arange(len(points))
    for i, j in sorted(cKDTree(points).query_pairs(WELD)):
        first[j] = min(first[j], first[i])
    while (first[first] != first).any():
        first = first[first]
    kept, numbers = np.unique(first, return_inverse=True)
    return points[kept], numbers


def _piece(group: list[Polyhedron], mass: float) -> Piece:
    moments = [part.moments() for part in group]
    volume = sum(v for v, _ in moments)
    centre = sum((first for _, first in moments), np.zeros(3)) / volume
    tensor = np.zeros((3, 3))
    for part in group:
        a, b, c = (part.vertices[column] - centre for column in part.triangles().T)
        sixth = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
        second = sum(np.einsum("i,ij,ik->jk", sixth, v, v) for v in (a, b, c, a + b + c)) / 20
        tensor += np.trace(second) * np.eye(3) - second
    tensor *= mass / volume
    principal, axes = np.linalg.eigh((tensor + tensor.T) / 2)
    if np.linalg.det(axes) < 0:
        axes[:, 0] *= -1
    points = np.vstack([part.vertices for part in group])
    outline = _hull_corners(points) - centre
    shape = _surface(group, centre)
    crack = sum(part.area(CRACK) for part in group)
    return Piece(centre, MassProperties(mass, tensor, principal, axes, volume), shape, outline, crack, volume)


def whole_piece(parts: list[Polyhedron], mass: float, at: FloatArray) -> Piece:
    """A part of a body that does not break, of `mass` [kg], its middle at `at` [m] in the body's frame."""
    piece = _piece(parts, mass)
    return replace(piece, centre=piece.centre + at)


def _hull_corners(points: FloatArray) -> FloatArray:
    from scipy.spatial import ConvexHull

    return np.asarray(points[np.sort(ConvexHull(points).vertices)])


def _surface(group: list[Polyhedron], centre: FloatArray) -> Shard:
    """The faces that bound the group, without the seams inside it."""
    points, numbers = _welded(np.vstack([part.vertices for part in group]))
    triangles: list[tuple[int, int, int]] = []
    start = 0
    for part in group:
        for face, tag in zip(part.faces, part.tags, strict=True):
            if tag in (SKIN, CRACK) or (tag == SEAM and len(group) == 1):
                corners = list(dict.fromkeys(int(numbers[start + i]) for i in face))
                triangles += [(corners[0], corners[k], corners[k + 1]) for k in range(1, len(corners) - 1)]
        start += len(part.vertices)
    used = sorted({i for triangle in triangles for i in triangle})
    number = {old: new for new, old in enumerate(used)}
    vertices = np.round(points[used] - centre, 9)
    return Shard.model_construct(
        type="convex",
        vertices=tuple(map(tuple, vertices.tolist())),
        faces=tuple((number[a], number[b], number[c]) for a, b, c in triangles),
    )
