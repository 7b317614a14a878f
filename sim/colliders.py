"""Collision shapes: what each primitive becomes in Bullet, chosen by what was measured to land, roll and stack rightly.

A flat-ended cylinder of Bullet tips over when it lands, and an octagonal prism does not roll: both together do both. A hull closes the
hole of a torus and of a cup: those are rings of capsules and of staves. Hulls carry no margin where Bullet lets one say so.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

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
from sim.bullet import load
from sim.rotations import of_matrix, to_xyzw

__all__ = ["MOST_PARTS", "Collider", "colliders", "collision_shape"]

FloatArray = NDArray[np.float64]
STAVES, RING, SIDES = 14, 16, 24
MOST_PARTS = 16  # that Bullet takes in one shape; it leaves out the rest without a word
HULL_MARGIN = 1e-3  # [m] Bullet's own for hulls inside a compound


@dataclass(frozen=True)
class Collider:
    """A Bullet primitive in the body's frame: "sphere" (r), "box" (half extents), "capsule" (r, h), "cylinder" (r, h) or "hull" (vertices)."""

    kind: str
    numbers: tuple[float, ...] | FloatArray
    position: FloatArray
    turn: FloatArray  # (3, 3)


def _prism(radius: float, height: float, at: FloatArray, boxes: int = 4) -> list[Collider]:
    """Boxes through one axis whose corners lie on a circle: flat ends that stand."""
    half = math.pi / (2 * boxes)
    size = (radius * math.cos(half), radius * math.sin(half), height / 2)
    return [Collider("box", size, at, _about_z(k * math.pi / boxes)) for k in range(boxes)]


def _about_z(angle: float) -> FloatArray:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _of_primitive(shape: Primitive) -> list[Collider]:
    here, straight = np.zeros(3), np.eye(3)
    match shape:
        case Sphere():
            return [Collider("sphere", (shape.radius,), here, straight)]
        case Box():
            return [Collider("box", tuple(s / 2 for s in shape.size), here, straight)]
        case Capsule():
            return [Collider("capsule", (shape.radius, shape.height), here, straight)]
        case Cylinder():
            side = Collider("cylinder", (shape.radius, shape.height * 0.998), here, straight)
            return [*_prism(shape.radius * 0.99, shape.height, here), side]
        case Ellipsoid():
            return [Collider("hull", _unit_sphere() * np.asarray(shape.radii), here, straight)]
        case Cone():
            angles = np.arange(SIDES) * (2 * math.pi / SIDES)
            foot = 0.05 * shape.height
            rim = np.stack(
                [
                    shape.radius * np.cos(angles),
                    shape.radius * np.sin(angles),
                    np.full(SIDES, 0.02 * foot - shape.height / 4),
                ],
                axis=1,
            )
            base = _prism(shape.radius * 0.95, foot, np.array([0.0, 0.0, foot / 2 - shape.height / 4]))
            return [*base, Collider("hull", np.vstack([rim, [0.0, 0.0, 0.75 * shape.height]]), here, straight)]
        case Torus():
            return _ring(shape)
        case Cup():
            return _staves(shape)
        case Convex():
            return [Collider("hull", shape.hull()[0], here, straight)]
        case MeshFile():
            return [Collider("hull", part, here, straight) for part in _decomposed(shape)]
    raise TypeError(f"no collision shape for {type(shape).__name__}")


@lru_cache(maxsize=1)
def _unit_sphere() -> FloatArray:
    """162 points on the unit sphere: an icosahedron, split twice."""
    g = (1 + math.sqrt(5)) / 2
    corners = [(float(a), b * g, 0.0) for a in (-1, 1) for b in (-1, 1)]
    points = [p[i:] + p[:i] for i in range(3) for p in corners]
    vertices = np.array(points) / math.hypot(1, g)
    for _ in range(2):
        from scipy.spatial import ConvexHull

        edges = {tuple(sorted((int(s[i]), int(s[i - 1])))) for s in ConvexHull(vertices).simplices for i in range(3)}
        middles = np.array([vertices[a] + vertices[b] for a, b in sorted(edges)])
        vertices = np.vstack([vertices, middles / np.linalg.norm(middles, axis=1, keepdims=True)])
    return vertices


def _ring(torus: Torus) -> list[Collider]:
    step = 2 * math.pi / RING
    chord = 2 * torus.major_radius * math.sin(step / 2)
    parts = []
    for k in range(RING):
        a = (k + 0.5) * step
        middle = torus.major_radius * math.cos(step / 2) * np.array([math.cos(a), math.sin(a), 0.0])
        along = np.array([-math.sin(a), math.cos(a), 0.0])  # the capsule's own z
        out = np.array([math.cos(a), math.sin(a), 0.0])
        parts.append(
            Collider(
                "capsule", (torus.minor_radius, chord), middle, np.stack([out, np.cross(along, out), along], axis=1)
            )
        )
    return parts


def _staves(cup: Cup) -> list[Collider]:
    lean = math.atan2(cup.radius - cup.foot, cup.height)
    length = cup.height / math.cos(lean)
    even = math.sqrt(math.cos(math.pi / STAVES))  # the polygon reaches as far out at its corners as in at its sides
    half_width = even * max(cup.radius, cup.foot) * math.tan(math.pi / STAVES)
    parts = _prism(cup.foot, cup.wall, np.array([0.0, 0.0, cup.base_z + cup.wall / 2]), boxes=2)
    lift = 0.02 * cup.wall  # the vessel stands on its floor alone: fewer contacts, same place
    for k in range(STAVES):
        around = _about_z(2 * math.pi * k / STAVES)
        outward = np.array([math.cos(lean), 0.0, -math.sin(lean)])
        up = np.array([math.sin(lean), 0.0, math.cos(lean)])
        middle = (
            np.array([even * (cup.foot + cup.radius) / 2, 0.0, cup.base_z + cup.height / 2 + lift])
            - outward * cup.wall / 2
        )
        turn = np.stack([outward, np.array([0.0, 1.0, 0.0]), up], axis=1)
        parts.append(
            Collider(
                "box",
                (cup.wall / 2, half_width, length / 2 - 0.5 * cup.wall * abs(math.sin(lean)) - lift),
                around @ middle,
                around @ turn,
            )
        )
    return parts


@lru_cache(maxsize=32)
def _decomposed(shape: MeshFile) -> tuple[FloatArray, ...]:
    """Convex parts of a mesh (V, 3) [m]: itself when convex, else by CoACD (Wei et al. 2022, SIGGRAPH). Cached by path and scale."""
    import trimesh

    from scenes.meshes import load_mesh

    mesh = load_mesh(shape)
    whole = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    hull = whole.convex_hull
    if not whole.is_volume or mesh.volume > 0.97 * hull.volume:
        return (np.asarray(hull.vertices, dtype=float),)
    import coacd

    coacd.set_log_level("error")
    size = float(np.ptp(mesh.vertices, axis=0).max())
    cut = coacd.Mesh(mesh.vertices / size, mesh.faces)
    parts = coacd.run_coacd(cut, threshold=0.05, max_convex_hull=24, seed=0)
    return tuple(np.asarray(trimesh.Trimesh(v * size, f).convex_hull.vertices, dtype=float) for v, f in parts)


def colliders(shape: ShapeModel) -> list[Collider]:
    """The Bullet primitives of a shape, in the body's frame."""
    placed = []
    for piece in shape.pieces():
        if not piece.solid:
            continue
        turn, at = rotation_matrix(piece.orientation), np.asarray(piece.position, dtype=float)
        placed += [
            Collider(c.kind, c.numbers, at + turn @ c.position, turn @ c.turn) for c in _of_primitive(piece.shape)
        ]
    return placed


def collision_shape(
    parts: list[Collider], client: int, *, axes: FloatArray | None = None, offset: FloatArray | None = None
) -> tuple[int, bool]:
    """Make the shape in Bullet, turned into the principal `axes` (3, 3) and moved by `offset` [m] (in that frame).

    Returns its id and whether it is a single hull (whose margin must then be set to 0 on the body). -1 when there is nothing to touch.
    """
    if not parts:
        return -1, False
    bullet = load()
    turn = np.eye(3) if axes is None else axes.T
    shift = np.zeros(3) if offset is None else offset
    if len(parts) == 1 and parts[0].kind == "hull":
        vertices = np.asarray(parts[0].numbers) @ parts[0].turn.T + parts[0].position
        return bullet.createCollisionShape(
            bullet.GEOM_MESH, vertices=(vertices @ turn.T + shift).tolist(), physicsClientId=client
        ), True
    plain = sorted((part for part in parts if part.kind != "hull"), key=_size, reverse=True)
    hulls = [np.asarray(part.numbers) @ part.turn.T + part.position for part in parts if part.kind == "hull"]
    room = MOST_PARTS if not hulls and len(plain) <= MOST_PARTS else MOST_PARTS - 1
    hulls += [_corners(part) for part in plain[room:]]
    names = ("shapeTypes", "radii", "lengths", "halfExtents", "fileNames", "meshScales")
    lists: dict[str, list[Any]] = {key: [] for key in (*names, "collisionFramePositions", "collisionFrameOrientations")}

    def add(kind: int, radius: float, length: float, half: list[float], file: str, at: Any, rotation: Any) -> None:
        values = (kind, radius, length, half, file, [1.0, 1.0, 1.0], at, rotation)
        for column, value in zip(lists.values(), values, strict=True):
            column.append(value)

    kinds = {
        "sphere": bullet.GEOM_SPHERE,
        "box": bullet.GEOM_BOX,
        "capsule": bullet.GEOM_CAPSULE,
        "cylinder": bullet.GEOM_CYLINDER,
    }
    for part in plain[:room]:
        numbers = [float(n) for n in part.numbers]
        half = numbers if part.kind == "box" else [0.0, 0.0, 0.0]
        radius, length = (numbers[0], numbers[-1]) if part.kind != "box" else (0.0, 0.0)
        frame = (turn @ part.position + shift).tolist(), to_xyzw(of_matrix(turn @ part.turn))
        add(kinds[part.kind], radius, length, half, "", *frame)
    if not hulls:
        return bullet.createCollisionShapeArray(**lists, physicsClientId=client), False
    with (
        tempfile.TemporaryDirectory() as folder
    ):  # Bullet takes hulls of a compound from files alone, any number from one
        file = Path(folder) / "hulls.obj"
        file.write_text(_as_obj([_without_margin(hull) @ turn.T + shift for hull in hulls]))
        add(bullet.GEOM_MESH, 0.0, 0.0, [0.0, 0.0, 0.0], str(file), [0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0])
        return bullet.createCollisionShapeArray(**lists, physicsClientId=client), False


def _size(part: Collider) -> float:
    """Round parts first, then boxes by volume: those keep their exact form where not all can."""
    return math.inf if part.kind != "box" else float(np.prod(np.asarray(part.numbers)))


def _corners(part: Collider) -> FloatArray:
    """Points whose hull is the part, in the body's frame."""
    numbers = [float(n) for n in part.numbers]
    if part.kind == "box":
        local = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * numbers
    elif part.kind == "sphere":
        local = _unit_sphere() * numbers[0]
    else:
        angles = np.arange(16) * (math.pi / 8)
        circle = numbers[0] * np.stack([np.cos(angles), np.sin(angles), np.zeros(16)], axis=1)
        tips = [[0.0, 0.0, side * (numbers[1] / 2 + numbers[0])] for side in (-1, 1)] if part.kind == "capsule" else []
        rims = [circle + [0, 0, side * numbers[1] / 2] for side in (-1, 1)]
        local = np.vstack([*rims, *(np.array([tip]) for tip in tips)])
    return np.asarray(local @ part.turn.T + part.position)


def _without_margin(vertices: FloatArray) -> FloatArray:
    """Vertices drawn in so that Bullet's margin brings the hull back to its size."""
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    extent = np.ptp(vertices, axis=0)
    return np.asarray(middle + (vertices - middle) * np.maximum(extent - 2 * HULL_MARGIN, extent * 0.2) / extent)


def _as_obj(hulls: list[FloatArray]) -> str:
    """An OBJ text with an object for each hull, of which Bullet makes a compound."""
    from scipy.spatial import ConvexHull

    lines, first = [], 1
    for number, vertices in enumerate(hulls):
        lines.append(f"o part_{number}")
        lines += [f"v {x:.17g} {y:.17g} {z:.17g}" for x, y, z in vertices]
        lines += [f"f {a + first} {b + first} {c + first}" for a, b, c in ConvexHull(vertices).simplices]
        first += len(vertices)
    return "\n".join(lines) + "\n"
