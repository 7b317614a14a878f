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

__all__ = ["Collider", "colliders", "collision_shape"]

FloatArray = NDArray[np.float64]
STAVES, RING, SIDES = 20, 24, 24
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
    half_width = max(cup.radius, cup.foot) * math.tan(math.pi / STAVES)
    parts = _prism(cup.foot, cup.wall, np.array([0.0, 0.0, cup.base_z + cup.wall / 2]), boxes=4)
    lift = 0.02 * cup.wall  # the vessel stands on its floor alone: fewer contacts, same place
    for k in range(STAVES):
        around = _about_z(2 * math.pi * k / STAVES)
        outward = np.array([math.cos(lean), 0.0, -math.sin(lean)])
        up = np.array([math.sin(lean), 0.0, math.cos(lean)])
        middle = (
            np.array([(cup.foot + cup.radius) / 2, 0.0, cup.base_z + cup.height / 2 + lift]) - outward * cup.wall / 2
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
    hulls = [part for part in parts if part.kind == "hull"]
    arrays: dict[str, list[Any]] = {
        "shapeTypes": [],
        "radii": [],
        "lengths": [],
        "halfExtents": [],
        "fileNames": [],
        "meshScales": [],
    }
    frames: dict[str, list[Any]] = {"collisionFramePositions": [], "collisionFrameOrientations": []}
    kinds = {
        "sphere": bullet.GEOM_SPHERE,
        "box": bullet.GEOM_BOX,
        "capsule": bullet.GEOM_CAPSULE,
        "cylinder": bullet.GEOM_CYLINDER,
    }

    def add(
        kind: int, radius: float, length: float, half: list[float], file: str, at: FloatArray, rotation: FloatArray
    ) -> None:
        for key, value in zip(arrays, (kind, radius, length, half, file, [1.0, 1.0, 1.0]), strict=True):
            arrays[key].append(value)
        frames["collisionFramePositions"].append(at.tolist())
        frames["collisionFrameOrientations"].append(to_xyzw(of_matrix(rotation)))

    for part in parts:
        if part.kind == "hull":
            continue
        at, rotation = turn @ part.position + shift, turn @ part.turn
        numbers = [float(n) for n in part.numbers]
        half = numbers if part.kind == "box" else [0.0, 0.0, 0.0]
        radius, length = (numbers[0], numbers[-1]) if part.kind != "box" else (0.0, 0.0)
        add(kinds[part.kind], radius, length, half, "", at, rotation)
    if not hulls:
        return bullet.createCollisionShapeArray(**arrays, **frames, physicsClientId=client), False
    with tempfile.TemporaryDirectory() as folder:  # Bullet takes hulls of a compound from files alone
        for number, part in enumerate(hulls):
            file = Path(folder) / f"hull-{number}.obj"
            file.write_text(_as_obj(_without_margin(np.asarray(part.numbers))))
            add(bullet.GEOM_MESH, 0.0, 0.0, [0.0, 0.0, 0.0], str(file), turn @ part.position + shift, turn @ part.turn)
        return bullet.createCollisionShapeArray(**arrays, **frames, physicsClientId=client), False


def _without_margin(vertices: FloatArray) -> FloatArray:
    """Vertices drawn in so that Bullet's margin brings the hull back to its size."""
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    extent = np.ptp(vertices, axis=0)
    return np.asarray(middle + (vertices - middle) * np.maximum(extent - 2 * HULL_MARGIN, extent * 0.2) / extent)


def _as_obj(vertices: FloatArray) -> str:
    from scipy.spatial import ConvexHull

    lines = [f"v {x:.17g} {y:.17g} {z:.17g}" for x, y, z in vertices]
    return "\n".join(lines + [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in ConvexHull(vertices).simplices]) + "\n"
