"""A body as convex polyhedra that fill it, or that fill its wall: what cracks cut.

Solids become one polyhedron for each convex piece. Walls (a cup, a bottle, an eggshell) become prisms between the
outer and the inner surface, which share seams. Round outlines are drawn out a little, so that the polyhedra hold the
volume of the true shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

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
    Primitive,
    ShapeModel,
    Sphere,
    Torus,
    rotation_matrix,
)
from sim.voronoi import SEAM, SKIN, Polyhedron, polyhedron_of_hull

__all__ = ["elements_of"]

FloatArray = NDArray[np.float64]
AROUND = 48  # prisms around an axis
RING, TUBE = 24, 12


def elements_of(shape: ShapeModel, wall: float | None) -> list[Polyhedron]:
    """Convex polyhedra [m] in the body's frame. `wall` [m]: only this thickness under the surface of every piece.

    Pieces that are drawn but not collided are left out, unless there are no others.
    """
    pieces = shape.pieces()
    elements = []
    for piece in [p for p in pieces if p.solid] or pieces:
        turn, at = rotation_matrix(piece.orientation), np.asarray(piece.position, dtype=float)
        for part in _of_primitive(piece.shape, wall):
            elements.append(Polyhedron(part.vertices @ turn.T + at, part.faces, part.tags))
    return elements


def _of_primitive(shape: Primitive, wall: float | None) -> list[Polyhedron]:
    if isinstance(shape, Cup):
        return _cup(shape)
    shell = _shell(shape, wall) if wall else None
    if shell is not None:
        return shell
    match shape:
        case Box():
            return [_box(np.asarray(shape.size) / 2)]
        case Cylinder():
            r, z = shape.radius, shape.height / 2
            return _exact([_turned_solid([(0.0, -z), (r, -z), (r, z), (0.0, z)])], shape.volume(), flat=True)
        case Cone():
            h = shape.height
            return _exact(
                [_turned_solid([(0.0, -h / 4), (shape.radius, -h / 4), (0.0, 0.75 * h)])], shape.volume(), flat=True
            )
        case Capsule():
            outline = _half_circle(shape.radius, shape.height / 2, 9)
            return _exact([polyhedron_of_hull(_turned_points(outline, 24))], shape.volume())
        case Sphere() | Ellipsoid():
            radii = np.full(3, shape.radius) if isinstance(shape, Sphere) else np.asarray(shape.radii)
            return _exact([polyhedron_of_hull(_unit_sphere() * radii)], shape.volume())
        case Torus():
            return _exact(_torus(shape), shape.volume())
        case Convex():
            corners, faces, _ = shape.hull()
            return [Polyhedron(corners, tuple(tuple(int(i) for i in f) for f in faces), (SKIN,) * len(faces))]
        case MeshFile():
            from sim.colliders import _decomposed

            return _exact([polyhedron_of_hull(part) for part in _decomposed(shape)], shape.volume())
    raise TypeError(f"no pieces for {type(shape).__name__}")


def _shell(shape: Primitive, wall: float) -> list[Polyhedron] | None:
    """Prisms that fill the wall of a closed shape; None where the wall fills the shape."""
    w = wall
    match shape:
        case Sphere() if shape.radius > w:
            return _ellipsoid_shell(np.full(3, shape.radius), w, shape.volume())
        case Ellipsoid() if min(shape.radii) > w:
            return _ellipsoid_shell(np.asarray(shape.radii), w, shape.volume())
        case Cylinder() if shape.radius > w and shape.height > 2 * w:
            r, z = shape.radius, shape.height / 2
            outer = [(0.0, -z), (r, -z), (r, z), (0.0, z)]
            inner = [(0.0, w - z), (r - w, w - z), (r - w, z - w), (0.0, z - w)]
            return _turned(outer, inner, AROUND)
        case Capsule() if shape.radius > w:
            outline = _half_circle(shape.radius, shape.height / 2, 8)
            return _turned(outline, _half_circle(shape.radius - w, shape.height / 2, 8), 32)
        case Box() if min(shape.size) > 2 * w:
            return _between(_box(np.asarray(shape.size) / 2), _box(np.asarray(shape.size) / 2 - w).vertices)
        case Cone() | Convex() | MeshFile():
            return _scaled_shell(_of_primitive(shape, None), shape, w)
    return None


def _scaled_shell(solid: list[Polyhedron], shape: Primitive, wall: float) -> list[Polyhedron] | None:
    hull = solid[0] if len(solid) == 1 else polyhedron_of_hull(np.vstack([part.vertices for part in solid]))
    a, b, c = (hull.vertices[column] for column in hull.triangles().T)
    area = float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)
    volume, first = hull.moments()
    k = 1 - wall * area / (3 * volume)
    centre = first / volume
    return _between(hull, centre + (hull.vertices - centre) * k) if k > 0 else None


def _box(half: FloatArray) -> Polyhedron:
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * half
    faces = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    return Polyhedron(corners, faces, (SKIN,) * 6)


def _between(outer: Polyhedron, inner: FloatArray) -> list[Polyhedron]:
    """One prism for each face of `outer`, down to the `inner` places of the same vertices."""
    return [_prism(outer.vertices[list(face)], inner[list(face)]) for face in outer.faces]


def _prism(outer: FloatArray, inner: FloatArray, sides: tuple[int, ...] | None = None) -> Polyhedron:
    """Polygons (K, 3) counter-clockwise seen from outside, and what each side face is (all seams when not told)."""
    n = len(outer)
    top, bottom = tuple(range(n)), tuple(range(2 * n - 1, n - 1, -1))
    around = tuple(((k + 1) % n, k, n + k, n + (k + 1) % n) for k in range(n))
    return Polyhedron(np.vstack([outer, inner]), (top, bottom, *around), (SKIN, SKIN, *(sides or (SEAM,) * n)))


def _half_circle(radius: float, half: float, count: int) -> list[tuple[float, float]]:
    """Outline of a capsule from the lower to the upper pole."""
    angles = np.linspace(-math.pi / 2, 0.0, count + 1)
    low = [(radius * math.cos(a), radius * math.sin(a) - half) for a in angles]
    low[0] = (0.0, -radius - half)
    return low + [(r, -z) for r, z in reversed(low)]


def _widened(count: int) -> float:
    """A regular polygon of this circumradius has the area of the unit circle."""
    return math.sqrt((2 * math.pi / count) / math.sin(2 * math.pi / count))


def _turned(
    outer: list[tuple[float, float]], inner: list[tuple[float, float]], count: int, *, open_end: bool = False
) -> list[Polyhedron]:
    """Prisms between two outlines (r, z) of as many points, turned around z. `open_end`: the last ring is a rim."""
    wide = _widened(count)
    angles = 2 * math.pi * np.arange(count + 1) / count
    angles[-1] = 0.0
    out = np.stack([np.cos(angles), np.sin(angles)], axis=1) * wide

    def ring(point: tuple[float, float], k: int) -> tuple[float, float, float]:
        return (float(out[k, 0]) * point[0], float(out[k, 1]) * point[0], point[1])

    prisms = []
    for s in range(len(outer) - 1):
        last = open_end and s == len(outer) - 2
        for k in range(count):
            places = [(s, k), (s, k + 1), (s + 1, k + 1), (s + 1, k)]
            tags = [SEAM, SEAM, SKIN if last else SEAM, SEAM]
            for end in (s, s + 1):
                if outer[end][0] == 0.0:
                    drop = [i for i, (row, _) in enumerate(places) if row == end][1]
                    del tags[drop if end == s + 1 else 0]
                    del places[drop]
            polygon = [np.array([ring(line[row], i) for row, i in places]) for line in (outer, inner)]
            prisms.append(_prism(polygon[0], polygon[1], tuple(tags)))
    return prisms


def _cup(cup: Cup) -> list[Polyhedron]:
    """The wall and the floor of an open vessel, as `Cup.volume` counts them."""
    base, w = cup.base_z, cup.wall
    foot, rim = max(cup.foot - w, 1e-6), max(cup.radius - w, 1e-6)
    outer = [(0.0, base), (cup.foot, base), (cup.radius, base + cup.height)]
    inner = [(0.0, base + w), (foot, base + w), (rim, base + cup.height)]
    return _turned(outer, inner, AROUND, open_end=True)


def _unit_sphere() -> FloatArray:
    from sim.colliders import _unit_sphere as points

    return points()


def _ellipsoid_shell(radii: FloatArray, wall: float, volume: float) -> list[Polyhedron]:
    ball = polyhedron_of_hull(_unit_sphere())
    wide = (4 / 3 * math.pi / ball.moments()[0]) ** (1 / 3)
    outer = Polyhedron(ball.vertices * wide * radii, ball.faces, ball.tags)
    return _between(outer, ball.vertices * wide * (radii - wall))


def _turned_points(outline: list[tuple[float, float]], count: int) -> FloatArray:
    angles = 2 * math.pi * np.arange(count) / count
    points = [
        np.stack([r * np.cos(angles), r * np.sin(angles), np.full(count, z)], axis=1) for r, z in outline if r > 0
    ]
    poles = [(0.0, 0.0, z) for r, z in outline if r == 0.0]
    return np.vstack([*points, *([poles] if poles else [])])


def _turned_solid(outline: list[tuple[float, float]]) -> Polyhedron:
    """A convex solid of revolution whose ends are flat: its faces stay whole polygons."""
    points: list[tuple[float, float, float]] = []
    rings: list[list[int]] = []
    for r, z in outline:
        count = AROUND if r > 0 else 1
        rings.append(list(range(len(points), len(points) + count)))
        points += [
            (r * math.cos(2 * math.pi * k / AROUND), r * math.sin(2 * math.pi * k / AROUND), z) for k in range(count)
        ]
    faces: list[tuple[int, ...]] = []
    for (low, high), (a, b) in zip(pairwise(rings), pairwise(outline), strict=True):
        if a[1] == b[1]:
            faces.append(tuple(reversed(high)) if a[0] == 0.0 else tuple(low))
            continue
        for k in range(AROUND):
            corners = [low[k % len(low)], low[(k + 1) % len(low)], high[(k + 1) % len(high)], high[k % len(high)]]
            faces.append(tuple(dict.fromkeys(corners)))
    used = sorted({i for face in faces for i in face})
    number = {old: new for new, old in enumerate(used)}
    return Polyhedron(np.array(points)[used], tuple(tuple(number[i] for i in f) for f in faces), (SKIN,) * len(faces))


def _torus(torus: Torus) -> list[Polyhedron]:
    tube = 2 * math.pi * np.arange(TUBE) / TUBE
    r, z = torus.major_radius + torus.minor_radius * np.cos(tube), torus.minor_radius * np.sin(tube)

    def ring(k: int) -> FloatArray:
        a = 2 * math.pi * (k % RING) / RING
        return np.stack([r * math.cos(a), r * math.sin(a), z], axis=1)

    sides = tuple((i, TUBE + i, TUBE + (i + 1) % TUBE, (i + 1) % TUBE) for i in range(TUBE))
    ends = (tuple(range(TUBE)), tuple(range(2 * TUBE - 1, TUBE - 1, -1)))
    return [
        Polyhedron(np.vstack([ring(k), ring(k + 1)]), (*ends, *sides), (SEAM, SEAM, *(SKIN,) * TUBE))
        for k in range(RING)
    ]


def _exact(parts: list[Polyhedron], volume: float, *, flat: bool = False) -> list[Polyhedron]:
    """The parts drawn out from the origin (across z alone when `flat`) until they hold `volume` [m3]."""
    now = sum(part.moments()[0] for part in parts)
    power: Callable[[float], float] = (lambda q: q ** (1 / 2)) if flat else (lambda q: q ** (1 / 3))
    k = power(volume / now)
    scale = np.array([k, k, 1.0 if flat else k])
    return [Polyhedron(part.vertices * scale, part.faces, part.tags) for part in parts]
