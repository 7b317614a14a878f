"""What is drawn: the triangles of every body in parts of one look each, and where they are in every frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from generator.dolls import DrawnDoll, drawn_dolls
from generator.figures_mesh import dressed, figure_bounds, figure_pieces, known_species, runs, stride_length
from generator.gait import LEANING, lowest_point, motion_at, raised
from generator.scenery import open_water, scenery_pieces
from generator.squash import Squash, squashed, squashes_of
from generator.surface import bevelled_box, box_uv, crease_normals, foliage, spherical_uv, subdivided
from generator.vehicles import Turning, along, standing_pieces, turning_pieces
from scenes.bodies import FieldBody, FigureBody, RigidBody
from scenes.meshes import triangulate
from scenes.primitives import Box, Ellipsoid, Piece, Sphere, rotation_matrix
from scenes.scene import Scene
from sim.figures import outline_of
from sim.trace import Trace

__all__ = ["Part", "Poses", "SceneGeometry", "body_bounds", "is_ground", "poses_at", "scene_geometry"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
WINGS_OUT = {"fly", "flap", "hover", "glide"}
FOUR_LEGGED = {"dog", "cat", "horse", "mouse", "rabbit"}
GROUND_SIZE = 15.0  # [m]; a flat fixed body wider than this is drawn as endless ground
_SEGMENTS = 64
_LIMB_SEGMENTS = 20


@dataclass(frozen=True)
class Part:
    """Triangles of one body that share one look. Corners are not shared between faces that meet at a crease.

    `vertices` [m] (V, 3) and `normals` (V, 3) in the frame of each vertex's piece, `faces` (F, 3), `uv` (V, 2) in
    metres, or in 0..1 around a round body when `round_uv`. `piece` (V,) names the piece of a figure that a vertex moves
    with; `cells` (V,) is the temperature cell that it shows.
    """

    body: str
    column: int
    vertices: FloatArray
    normals: FloatArray
    faces: IntArray
    uv: FloatArray
    material: str
    color: str | None
    round_uv: bool = False
    piece: IntArray | None = None
    cells: IntArray | None = None
    size: float = 1.0  # [m], the longest side


@dataclass(frozen=True)
class Poses:
    """Poses at the times of the frames: `time` [s] (F,), `position` [m] (F, N, 3), `rotation` (F, N, 3, 3), `scale` (F,
    N, 3), `alive` (F, N), `step` (F,) the nearest frame of the trace."""

    time: FloatArray
    position: FloatArray
    rotation: FloatArray
    scale: FloatArray
    alive: NDArray[np.bool_]
    step: IntArray

    def __len__(self) -> int:
        return len(self.time)


def _rotations(quaternions: FloatArray) -> FloatArray:
    """Matrices (..., 3, 3) of quaternions wxyz (..., 4); NaN and zero give the identity."""
    q = np.where(np.isfinite(quaternions), quaternions, 0.0)
    norm = np.linalg.norm(q, axis=-1, keepdims=True)
    q = np.where(norm > 1e-12, q / np.where(norm > 1e-12, norm, 1.0), [1.0, 0.0, 0.0, 0.0])
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def poses_at(trace: Trace, times: FloatArray) -> Poses:
    """Poses of a trace at `times` [s] (F,); between its frames positions go straight and orientations turn evenly
    (slerp).

    A body is alive between two frames when it is alive in the nearer one.
    """
    times = np.clip(np.asarray(times, dtype=float), float(trace.time[0]), float(trace.time[-1]))
    high = np.clip(np.searchsorted(trace.time, times - 1e-9), 0, len(trace.time) - 1)
    low = np.maximum(high - 1, 0)
    gap = trace.time[high] - trace.time[low]
    share = np.where(gap > 0, (times - trace.time[low]) / np.where(gap > 0, gap, 1.0), 1.0)
    share = np.clip(share, 0.0, 1.0)
    step = np.where(share >= 0.5, high, low)
    both = trace.alive[low] & trace.alive[high]
    t = np.where(both, share[:, None], (step == high).astype(float)[:, None])[..., None]

    def blend(array: FloatArray) -> FloatArray:
        a, b = array[low], array[high]
        return np.where(t <= 0, a, np.where(t >= 1, b, a + (b - a) * t))

    qa, qb = trace.orientation[low], trace.orientation[high]
    dot = (qa * qb).sum(axis=-1, keepdims=True)
    qb = np.where(dot < 0, -qb, qb)
    angle = np.arccos(np.clip(np.abs(dot), 0, 1))
    sine = np.sin(angle)
    slow = ~(sine > 1e-6)
    wa = np.where(slow, 1 - t, np.sin((1 - t) * angle) / np.where(slow, 1, sine))
    wb = np.where(slow, t, np.sin(t * angle) / np.where(slow, 1, sine))
    q = np.where(t <= 0, qa, np.where(t >= 1, qb, wa * qa + wb * qb))
    alive = trace.alive[step]
    position = np.where(alive[..., None], blend(trace.position), 0.0)
    scale = np.where(alive[..., None] & np.isfinite(trace.scale[step]), blend(trace.scale), 1.0)
    return Poses(times, np.nan_to_num(position), _rotations(q), np.nan_to_num(scale, nan=1.0), alive, step)


def is_ground(name: str, body: object) -> bool:
    """Whether a body is the level ground: a fixed, flat, level box that is wide enough to be drawn as endless."""
    if not isinstance(body, RigidBody) or not body.fixed or body.shape.type != "box":
        return False
    upright = abs(rotation_matrix(body.orientation)[2, 2]) > 0.9999
    x, y, z = body.shape.extent()
    named = (
        name.split("_")[0] in {"ground", "floor", "field", "moon", "road", "street", "lawn", "beach", "desert", "ice"}
        and min(x, y) > 4
    )
    return upright and (named or min(x, y) >= GROUND_SIZE) and z < 0.5 * min(x, y)


@lru_cache(maxsize=256)
def _body_bounds(body: RigidBody | FigureBody | FieldBody) -> tuple[FloatArray, FloatArray] | None:
    if isinstance(body, RigidBody):
        return body.shape.bounds()
    if isinstance(body, FigureBody):
        low, high = figure_bounds(body.species, body.height, body.posture)
        return low - [0, 0, high[2] / 2], high - [0, 0, high[2] / 2]
    half = np.asarray(body.extent) / 2
    return -half, half


def body_bounds(body: object) -> tuple[FloatArray, FloatArray] | None:
    """Axis-aligned box of a body in its own frame [m]; None where it has no surface of its own (a fluid, a cloth)."""
    return _body_bounds(body) if isinstance(body, RigidBody | FigureBody | FieldBody) else None


def _held_as(body: FigureBody) -> str:
    """The posture that a figure's pieces are made in: a bird has its wings out all the way, or folded all the way."""
    if known_species(body.species) != "bird" or body.posture in WINGS_OUT:
        return body.posture
    return "fly" if body.gait in {"fly", "flutter"} else body.posture


def _figure_lift(body: FigureBody, trace: Trace, column: int) -> float:
    """Height [m] of a figure's origin (the centre of the proxy that stands for it) above the ground under it, as the
    solver recorded it."""
    lowest = trace.extra.get("lowest")
    if lowest is not None:
        lift = trace.position[:, column, 2] - np.asarray(lowest.data)[:, column]
        if np.isfinite(lift).any():
            return float(np.nanmax(lift))  # upright: who has fallen is lower
    return float(figure_bounds(body.species, body.height, body.posture)[1][2]) / 2


def _cornered(
    piece: Piece, *, cell: float | None, segments: int, bevel: bool
) -> tuple[FloatArray, FloatArray, IntArray, FloatArray]:
    """Vertices, normals, faces and uv of one piece in its own frame, welded where all of them agree."""
    if piece.color == "leaves" and isinstance(piece.shape, Ellipsoid):
        seed = int(abs(piece.position[0] * 977 + piece.position[1] * 131 + piece.position[2] * 17))
        return foliage(np.asarray(piece.shape.radii), seed=seed)
    mesh = triangulate(piece.shape, segments=segments)
    vertices, faces, crease = mesh.vertices, mesh.faces, 55.0 if mesh.smooth else 35.0
    if isinstance(piece.shape, Box) and cell is None and bevel:
        (vertices, faces), crease = bevelled_box(piece.shape.size), 61.0
    if cell is not None:
        vertices, faces = subdivided(vertices, faces, cell)
    normals = crease_normals(vertices, faces, crease=crease)
    corners = vertices[faces]
    around = isinstance(piece.shape, Sphere | Ellipsoid)
    uv = spherical_uv(corners) if around else box_uv(corners, normals)
    packed = np.concatenate([corners.reshape(-1, 3), normals.reshape(-1, 3), uv.reshape(-1, 2)], axis=1)
    scale = np.array([float(np.ptp(vertices, axis=0).max()) or 1.0] * 3 + [1.0] * 5)
    _, first, index = np.unique(
        np.round(packed / scale * 1e5).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    chosen = packed[first]
    return chosen[:, :3], chosen[:, 3:6], index.reshape(-1, 3), chosen[:, 6:]


def _parts_of(
    name: str,
    column: int,
    pieces: list[Piece],
    material: str,
    color: str | None,
    *,
    articulated: bool,
    cells: FloatArray | None,
    cell_index: IntArray | None,
    bevel: bool = False,
    segments: int | None = None,
) -> list[Part]:
    groups: dict[tuple[str, str | None, bool], list[tuple[int, Piece]]] = {}
    for index, piece in enumerate(pieces):
        around = isinstance(piece.shape, Sphere | Ellipsoid)
        groups.setdefault((piece.material or material, piece.color or color, around), []).append((index, piece))
    lows, highs = zip(
        *(
            (np.asarray(p.position) - 0.5 * p.shape.extent(), np.asarray(p.position) + 0.5 * p.shape.extent())
            for p in pieces
        ),
        strict=True,
    )
    size = float((np.max(highs, axis=0) - np.min(lows, axis=0)).max())
    cell = None
    if cells is not None:
        cell = max(size / 80, float(np.ptp(cells, axis=0).max()) / max(len(cells), 1) * 0.75)
    parts = []
    for (part_material, part_color, around), members in groups.items():
        vertices, normals, faces, uv, owner = [], [], [], [], []
        count = 0
        for index, piece in members:
            fine = segments or (_LIMB_SEGMENTS if articulated else _SEGMENTS)
            v, n, f, t = _cornered(piece, cell=cell, segments=fine, bevel=bevel)
            if not articulated:
                matrix = rotation_matrix(piece.orientation)
                v, n = v @ matrix.T + np.asarray(piece.position), n @ matrix.T
            if not around:
                t = t + np.array([0.37, 0.61]) * (
                    index + 3 * column
                )  # neighbouring boards must not show the same grain
            vertices.append(v)
            normals.append(n)
            faces.append(f + count)
            uv.append(t)
            owner.append(np.full(len(v), index))
            count += len(v)
        points = np.concatenate(vertices)
        nearest = None
        if cells is not None:
            from scipy.spatial import cKDTree

            nearest = np.asarray(cell_index)[cKDTree(cells).query(points)[1]]
        parts.append(
            Part(
                name, column, points, np.concatenate(normals), np.concatenate(faces), np.concatenate(uv), part_material, part_color, around,
                np.concatenate(owner) if articulated else None, nearest, size,
            )
        )  # fmt: skip
    return parts


@dataclass(frozen=True)
class SceneGeometry:
    """Parts of all drawn bodies, their poses, and the level ground [m] or None. `figures` maps a column to its
    articulated body."""

    parts: tuple[Part, ...]
    poses: Poses
    ground: float | None
    ground_body: str | None
    ground_column: int = -1
    bodies: int = 0  # columns of the trace; later ones are painted scenery
    figures: dict[int, FigureBody] = field(default_factory=dict)
    travelled: dict[int, FloatArray] = field(default_factory=dict)  # column -> [m] (F,)
    lifts: dict[int, float] = field(default_factory=dict)  # column -> [m], its origin above the ground under it
    squashes: dict[int, list[tuple[Squash, float]]] = field(
        default_factory=dict
    )  # column -> impacts, and the radius [m]
    turning: dict[int, Turning] = field(default_factory=dict)  # column -> wheels and rotors
    dolls: dict[int, DrawnDoll] = field(default_factory=dict)  # column -> the bones of a figure that was let go
    _posed_figures: dict[int, tuple[int, list[Piece]]] = field(default_factory=dict)  # of the last frame asked for

    def alive(self, part: Part, frame: int) -> bool:
        return bool(self.poses.alive[frame, part.column])

    def moves(self, part: Part) -> bool:
        """Whether a part is anywhere else, gone or deformed in some frame."""
        column = part.column
        p = self.poses
        return bool(
            part.piece is not None
            or not p.alive[:, column].all()
            or np.ptp(p.position[:, column], axis=0).max() > 1e-7
            or np.ptp(p.rotation[:, column], axis=0).max() > 1e-7
            or np.ptp(p.scale[:, column], axis=0).max() > 1e-7
        )

    def world(self, part: Part, frame: int) -> tuple[FloatArray, FloatArray]:
        """Vertices [m] (V, 3) and unit normals (V, 3) in the world in a frame (whether or not the body is alive
        there)."""
        rotation, scale = self.poses.rotation[frame, part.column], self.poses.scale[frame, part.column]
        vertices, normals = part.vertices, part.normals
        if part.piece is not None:
            vertices, normals = self._posed(part, frame)
        vertices = (vertices * scale) @ rotation.T + self.poses.position[frame, part.column]
        normals = (normals / scale) @ rotation.T
        for squash, radius in self.squashes.get(part.column, ()):
            vertices = squashed(
                vertices, self.poses.position[frame, part.column], radius, squash, float(self.poses.time[frame])
            )
        return vertices, normals / np.linalg.norm(normals, axis=1, keepdims=True)

    def _posed(self, part: Part, frame: int) -> tuple[FloatArray, FloatArray]:
        known = self._posed_figures.get(part.column)
        if known is None or known[0] != frame:
            known = (frame, self.figure_pose(part.column, frame))
            self._posed_figures[part.column] = known
        pieces, lift = known[1], self.lifts.get(part.column, 0.0)
        vertices, normals = np.empty_like(part.vertices), np.empty_like(part.normals)
        assert part.piece is not None
        for index, piece in enumerate(pieces):
            chosen = part.piece == index
            if chosen.any():
                matrix = rotation_matrix(piece.orientation)
                vertices[chosen] = part.vertices[chosen] @ matrix.T + np.asarray(piece.position) - [0, 0, lift]
                normals[chosen] = part.normals[chosen] @ matrix.T
        return vertices, normals

    def figure_pose(self, column: int, frame: int) -> list[Piece]:
        """Pieces of a figure in a frame: it walks (or hops, or flaps) while it travels, stands while it does not, is
        tucked in the air and flails where it falls; its feet keep their place while they stand."""
        if column in self.turning:
            return self.turning[column].pieces(self.travelled[column], self.poses, frame, column)
        body, way = self.figures[column], self.travelled[column]
        rotation = self.poses.rotation[frame, column]
        doll = self.dolls.get(column)
        if doll is not None and doll.holds(self.poses, frame):
            return doll.pieces(self.poses, frame, column, self.lifts.get(column, 0.0))
        now = motion_at(self.poses.time, self.poses.position[:, column], self.poses.rotation[:, column], frame)
        tall = float(figure_bounds(body.species, body.height)[1][2])
        stride = stride_length(body.species, tall, now.pace)
        moving = now.speed > 0.05 * stride
        phase = 2 * math.pi * way[frame] / stride
        posture = body.posture
        if posture == "wave":
            phase = 2 * math.pi * 1.5 * float(self.poses.time[frame])
        if now.tilt > LEANING:
            posture = "fall" if now.forward > -0.1 else "slip"
        elif body.gait == "jump" and now.airborne:
            posture = "jump"
        elif moving and posture in {"stand", "walk", "run", "hop"}:
            posture = "run" if runs(body.species, tall, now.pace) else "walk"
        aloft = self.poses.position[frame, column, 2] - self.lifts.get(column, 0.0) - (self.ground or 0.0)
        winged = known_species(body.species) in {"bird", "butterfly"}
        if _held_as(body) in WINGS_OUT or (
            known_species(body.species) == "butterfly" and (moving or aloft > 0.3 * stride)
        ):
            posture, phase = "fly", 2 * math.pi * 3.0 * float(self.poses.time[frame])
        hands = self._held_hands(column, frame) if body.posture == "hold_hands" else None
        pieces = figure_pieces(
            body.species, body.height, phase, posture, stride=stride if moving else None, hands=hands,
            lean=now.tilt / (math.pi / 2),
        )  # fmt: skip
        if now.tilt > 0.02 and not winged:  # the figure lies where the proxy that stands for it touches the ground
            lift = self.lifts.get(column, 0.0)
            low = lowest_point(pieces, rotation) - rotation[2, 2] * lift
            proxy = lowest_point(outline_of(body.species, body.height or tall).pieces(), rotation)
            pieces = raised(pieces, rotation.T @ np.array([0.0, 0.0, proxy - low]))
        elif moving and posture in {"walk", "run", "jump"} and known_species(body.species) in FOUR_LEGGED:
            pieces = raised(pieces, np.zeros(3), pitch=now.slope * (0.7 if posture == "jump" else 1.0))
        return pieces

    def _held_hands(self, column: int, frame: int) -> dict[int, tuple[float, float, float]]:
        """Where a figure's hands meet those of its nearest neighbours on either side, in its frame [m]."""
        body, rotation = self.figures[column], self.poses.rotation[frame, column]
        tall = body.height or 1.7
        held: dict[int, tuple[float, tuple[float, float, float]]] = {}
        for other, neighbour in self.figures.items():
            if other == column or neighbour.posture != "hold_hands":
                continue
            away = self.poses.position[frame, other] - self.poses.position[frame, column]
            local = rotation.T @ np.array([away[0], away[1], 0.0])
            apart, side = float(np.hypot(local[0], local[1])), 1 if local[1] > 0 else -1
            both = (tall + (neighbour.height or 1.7)) / 2
            if apart > 1.2 * both or (side in held and held[side][0] < apart):
                continue
            low = 0.8 * both - math.sqrt(max(0.295**2 * both**2 - max(0.0, apart / 2 - 0.11 * both) ** 2, 0.0))
            held[side] = (apart, (float(local[0]) / 2, float(local[1]) / 2, low))
        return {side: place for side, (_, place) in held.items()}


def scene_geometry(scene: Scene, trace: Trace, times: FloatArray | None = None) -> SceneGeometry:
    """Everything with a surface, ready to draw, at `times` [s] (those of the trace when None). Names of the trace that
    the scene does not know are left out, and so are kinds without a surface of their own."""
    poses = poses_at(trace, trace.time if times is None else times)
    temperature_body = trace.extra.get("temperature_body")
    cell_position = trace.extra.get("temperature_position")
    parts: list[Part] = []
    figures: dict[int, FigureBody] = {}
    travelled: dict[int, FloatArray] = {}
    lifts: dict[int, float] = {}
    turning: dict[int, Turning] = {}
    ground, ground_body, ground_column = None, None, -1
    for column, name in enumerate(trace.names):
        body = scene.bodies.get(name)
        if body is None:
            continue
        if is_ground(name, body) and isinstance(body, RigidBody):
            top = float(poses.position[0, column, 2] + body.shape.extent()[2] / 2)
            if ground is None or top > ground:
                ground, ground_body, ground_column = top, name, column
            continue
        if isinstance(body, FigureBody):
            pieces = figure_pieces(body.species, body.height, 0.0, _held_as(body))
            pieces = [replace(p, color=dressed(p.color, len(figures) + scene.seed)) for p in pieces]
            figures[column] = body
            lifts[column] = _figure_lift(body, trace, column)
            step = np.linalg.norm(np.diff(poses.position[:, column], axis=0), axis=1)
            travelled[column] = np.concatenate(
                [[0.0], np.cumsum(np.where(poses.alive[1:, column] & poses.alive[:-1, column], step, 0.0))]
            )
            parts += _parts_of(name, column, pieces, "fur", body.color, articulated=True, cells=None, cell_index=None)
        elif isinstance(body, RigidBody):
            cells, mine = None, None
            if temperature_body is not None and cell_position is not None:
                # Owners of cells are columns of the trace or names, whichever the solver wrote.
                owner = np.asarray(temperature_body.data)
                mine = np.flatnonzero(owner == name) if owner.dtype.kind in "US" else np.flatnonzero(owner == column)
                if len(mine):
                    cells = np.asarray(cell_position.data)[mine]
            # Pieces that lie flush (steps, a facade) must not show their joints.
            bevel = body.shape.type in {"box", "table", "shelf", "compound"}
            pieces = body.shape.pieces()
            gap = float(poses.time[1] - poses.time[0]) if len(poses) > 1 else 1 / 16
            found = turning_pieces(body.shape, gap) if mine is None or not len(mine) else None
            if found is not None:
                turning[column], turned = found
                travelled[column] = along(poses, column)
                parts += _parts_of(
                    name, column, turned, body.material, body.color, articulated=True, cells=None, cell_index=None,
                    segments=_SEGMENTS,
                )  # fmt: skip
                pieces = standing_pieces(body.shape)
            parts += _parts_of(
                name,
                column,
                pieces,
                body.material,
                body.color,
                articulated=False,
                cells=cells,
                cell_index=mine,
                bevel=bevel,
                segments=20 if "/grain_" in name else None,
            )
    poses, imagined = _with_scenery(scene, trace, poses)
    for column, name, pieces, material, color in imagined:
        parts += _parts_of(name, column, pieces, material, color, articulated=False, cells=None, cell_index=None)
    squashes: dict[int, list[tuple[Squash, float]]] = {}
    for squash in squashes_of(scene, trace, float(poses.time[1] - poses.time[0]) if len(poses) > 1 else math.inf):
        ball = scene.bodies[squash.body]
        if isinstance(ball, RigidBody) and isinstance(ball.shape, Sphere):
            squashes.setdefault(trace.index(squash.body), []).append((squash, ball.shape.radius))
    return SceneGeometry(
        tuple(parts), poses, ground, ground_body, ground_column, len(trace.names), figures, travelled, lifts,
        squashes, turning, drawn_dolls(scene, trace),
    )  # fmt: skip


def _with_scenery(
    scene: Scene, trace: Trace, poses: Poses
) -> tuple[Poses, list[tuple[int, str, list[Piece], str, str | None]]]:
    """The poses with columns for what is painted and no solver advances (flames, still water, cloth), and its
    pieces."""
    drawn = []
    for name, body in scene.bodies.items():
        if name not in trace.names:
            found = scenery_pieces(scene, body)
            if found is not None:
                drawn.append((name, *found))
    surface = open_water(scene)
    if surface is not None:
        drawn.append(("water_surface", *surface))
    if not drawn:
        return poses, []
    frames, extra = len(poses), len(drawn)
    eye = np.broadcast_to(np.eye(3), (frames, extra, 3, 3))
    position = np.broadcast_to(np.array([place for _, place, _, _, _ in drawn]), (frames, extra, 3))
    wider = Poses(
        poses.time, np.concatenate([poses.position, position], axis=1), np.concatenate([poses.rotation, eye], axis=1),
        np.concatenate([poses.scale, np.ones((frames, extra, 3))], axis=1), np.concatenate([poses.alive, np.ones((frames, extra), dtype=bool)], axis=1),
        poses.step,
    )  # fmt: skip
    count = len(trace.names)
    return wider, [
        (count + k, name, pieces, material, color) for k, (name, _, pieces, material, color) in enumerate(drawn)
    ]
