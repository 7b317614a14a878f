"""Legs that do not slide: where a foot is in its cycle, the joints between hip and foot, and how a figure is held while it moves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.primitives import Capsule, Ellipsoid, Piece, Sphere, rotation_matrix

__all__ = ["LEANING", "Motion", "foot", "limb_to", "lowest_point", "motion_at", "raised"]

FloatArray = NDArray[np.float64]
Vector = tuple[float, float, float]
RISING = 0.35  # [m/s] up or down: in the air
LEANING = 0.3  # [rad] from which a figure no longer walks, it falls
AROUND = 0.12  # [s] before and after: the push-off and the landing belong to a jump


def foot(phase: float, stride: float, duty: float, lift: float) -> tuple[float, float, float]:
    """Place of a foot relative to the body and its heel: x, z (units of `stride`, `lift`) and the heel's rise [rad].

    While it stands (a share `duty` of the cycle) it goes back exactly as fast as the body goes on; then it swings forward.
    """
    u = (phase / (2 * math.pi)) % 1.0
    reach = duty * stride / 2
    if u < duty:
        x = reach * (1 - 2 * u / duty)
        return x, 0.0, 0.9 * max(0.0, (-x / reach - 0.2) / 0.8) ** 2
    s = (u - duty) / (1 - duty)
    return -reach * math.cos(math.pi * s), lift * math.sin(math.pi * s), 0.9 * (1 - s) ** 2


def limb_to(root: Vector, end: Vector, upper: float, lower: float, *, forward: float) -> tuple[Vector, Vector]:
    """Middle joint and end of a limb from `root` toward `end`, of two lengths; the joint points along `forward` x (1: a knee, -1: an elbow)."""
    a, b = np.asarray(root, float), np.asarray(end, float)
    along = b - a
    distance = float(np.linalg.norm(along)) or 1e-9
    along = along / distance
    distance = min(max(distance, abs(upper - lower) * 1.001 + 1e-6), (upper + lower) * 0.9995)
    share = (upper**2 - lower**2 + distance**2) / (2 * distance)
    out = math.sqrt(max(0.0, upper**2 - share**2))
    hint = np.array([forward, 0.0, 0.0]) if abs(along[0]) < 0.95 else np.array([0.0, 0.0, forward])
    side = hint - along * float(hint @ along)
    side = side / np.linalg.norm(side)
    joint, tip = a + along * share + side * out, a + along * distance
    return tuple(float(v) for v in joint), tuple(float(v) for v in tip)  # type: ignore[return-value]


@dataclass(frozen=True)
class Motion:
    """What the picture of a figure follows in a frame: `speed` [m/s] now and `pace` [m/s] while it travels, `tilt` [rad] of its upright axis
    (`forward`: its share toward the nose), whether it is in the air, and the `slope` [rad] that it goes up."""

    speed: float
    pace: float
    tilt: float
    forward: float
    airborne: bool
    slope: float


def motion_at(time: FloatArray, position: FloatArray, rotation: FloatArray, frame: int) -> Motion:
    """The motion of a body at a frame, from `time` [s] (F,), `position` [m] (F, 3) and `rotation` (F, 3, 3)."""
    if len(time) < 2:
        return Motion(0.0, 0.0, 0.0, 0.0, False, 0.0)
    velocity = np.gradient(position, time, axis=0)
    speeds = np.linalg.norm(velocity, axis=1)
    moving = speeds[speeds > 0.2 * max(float(speeds.max()), 1e-9)]
    up = rotation[frame, :, 2]
    near = np.abs(time - time[frame]) <= AROUND
    level = float(np.linalg.norm(velocity[frame, :2]))
    return Motion(
        speed=float(speeds[frame]),
        pace=float(np.median(moving)) if len(moving) else 0.0,
        tilt=math.acos(float(np.clip(up[2], -1, 1))),
        forward=float(rotation[frame, :, 0] @ np.array([0.0, 0.0, -1.0])),
        airborne=bool((np.abs(velocity[near, 2]) > RISING).any()),
        slope=math.atan2(float(velocity[frame, 2]), level) if level > 1e-3 else 0.0,
    )


def lowest_point(pieces: list[Piece], rotation: FloatArray) -> float:
    """Lowest z [m] of ellipsoids and capsules in a body's frame that is turned by `rotation` (3, 3)."""
    low = math.inf
    for piece in pieces:
        down = rotation_matrix(piece.orientation).T @ rotation[2]
        if isinstance(piece.shape, Ellipsoid):
            support = float(np.linalg.norm(np.asarray(piece.shape.radii) * down))
        elif isinstance(piece.shape, Capsule):
            support = piece.shape.radius + piece.shape.height / 2 * abs(float(down[2]))
        elif isinstance(piece.shape, Sphere):
            support = piece.shape.radius
        else:
            continue
        low = min(low, float(rotation[2] @ np.asarray(piece.position)) - support)
    return low


def raised(pieces: list[Piece], by: FloatArray, pitch: float = 0.0) -> list[Piece]:
    """Pieces turned nose-up by `pitch` [rad] about the origin and moved by `by` [m] (3,), both in the body's frame."""
    turn = (math.cos(pitch / 2), 0.0, -math.sin(pitch / 2), 0.0)
    matrix = rotation_matrix(turn)
    made = []
    for piece in pieces:
        at = matrix @ np.asarray(piece.position) + by
        w, x, y, z = piece.orientation
        a, _, c, _ = turn
        spun = (a * w - c * y, a * x + c * z, a * y + c * w, a * z - c * x)
        made.append(Piece(piece.shape, tuple(float(v) for v in at), spun, piece.color))  # type: ignore[arg-type]
    return made
