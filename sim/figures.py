"""Figures along paths: an upright capsule stands for a person or an animal, walks with its ground point, and leans over it when it falls.

A figure's balance is not solved. What a path says is carried out exactly: the ground point, the heading, and the tilt. The capsule leans
about the middle of its lower cap, so that it rolls over its foot and never enters the ground: upright its centre is half its height
above the ground point, lying it is one radius above it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from scenes.motion import PathKey
from scenes.primitives import Capsule
from sim.rotations import matrices, multiply

__all__ = ["angular_velocities", "ground_pose", "lean_axis", "placed", "placed_turns", "relative_keys"]

FloatArray = NDArray[np.float64]
TWO_LEGGED = {
    "person",
    "human",
    "astronaut",
    "man",
    "woman",
    "child",
    "adult",
    "robot",
    "bird",
    "penguin",
    "monkey",
    "kangaroo",
}
ALONG_LEFT, ALONG_NOSE = np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])


def lean_axis(species: str) -> FloatArray:
    """The axis (3,) in the figure's frame (x forward, y left, z up) about which a tilt turns it.

    Two legs fall forward (tilt > 0) or on the back; what stands on four legs falls on its side: to the right with tilt > 0.
    """
    return ALONG_LEFT if species.lower() in TWO_LEGGED else ALONG_NOSE


def _turned(axis: FloatArray, angles: FloatArray) -> FloatArray:
    """Quaternions wxyz (T, 4) of turns by angles [rad] (T,) about a unit axis (3,)."""
    half = np.asarray(angles, dtype=float) / 2
    return np.column_stack([np.cos(half), np.sin(half)[:, None] * axis])


def placed(
    ground: FloatArray, heading: FloatArray, tilt: FloatArray, *, shape: Capsule, axis: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Centres of mass [m] (T, 3) and orientations wxyz (T, 4) of a capsule over ground points [m] (T, 3).

    `heading`, `tilt` [rad] (T,); `axis` (3,) as `lean_axis` gives it.
    """
    turns = placed_turns(heading, tilt, np.array([1.0, 0.0, 0.0, 0.0]), axis=axis)
    up = matrices(turns)[..., 2]
    foot = np.asarray(ground, dtype=float) + np.array([0.0, 0.0, shape.radius])
    return foot + up * (shape.height / 2), turns


def placed_turns(
    heading: FloatArray, tilt: FloatArray, turn: FloatArray, *, axis: FloatArray = ALONG_LEFT
) -> FloatArray:
    """Orientations wxyz (T, 4): `turn` (4,) leaned by `tilt` about `axis`, then turned by `heading` about z [rad] (T,)."""
    return multiply(multiply(_turned(np.array([0.0, 0.0, 1.0]), heading), _turned(axis, tilt)), turn)


def ground_pose(
    at: FloatArray, turn: FloatArray, *, shape: Capsule, axis: FloatArray
) -> tuple[FloatArray, float, float]:
    """The ground point [m] (3,), heading and tilt [rad] of a capsule at `at` [m] turned by `turn` (wxyz): the inverse of `placed`."""
    matrix = matrices(turn)
    up, lean = matrix[:, 2], matrix @ axis
    heading = math.atan2(lean[1], lean[0]) - math.atan2(axis[1], axis[0])
    across = np.cross(lean, [0.0, 0.0, 1.0])
    tilt = math.atan2(float(up @ across), float(up[2]))
    ground = np.asarray(at, dtype=float) - up * (shape.height / 2) - np.array([0.0, 0.0, shape.radius])
    return ground, math.remainder(heading, math.tau), tilt


def relative_keys(
    keys: tuple[PathKey, ...], *, origin: FloatArray, heading: float, turned: bool
) -> tuple[PathKey, ...]:
    """Keys that are counted from `origin` [m] and `heading` [rad], as keys in the world; `turned`: x is forward, y to the left."""
    angle = heading if turned else 0.0
    c, s = math.cos(angle), math.sin(angle)
    made = []
    for key in keys:
        x, y, z = key.position
        place = (float(origin[0] + c * x - s * y), float(origin[1] + s * x + c * y), float(origin[2] + z))
        facing = None if key.heading is None else heading + key.heading
        made.append(key.model_copy(update={"position": place, "heading": facing}))
    return tuple(made)


def angular_velocities(turns: FloatArray, dt: float) -> FloatArray:
    """Angular velocities [rad/s] (T, 3) in the world frame that take each orientation wxyz (T, 4) to the next in `dt` [s]; 0 for the last."""
    if len(turns) < 2:
        return np.zeros((len(turns), 3))
    step = multiply(turns[1:], turns[:-1] * np.array([1.0, -1.0, -1.0, -1.0]))
    step = np.where(step[:, :1] < 0, -step, step)
    sine = np.linalg.norm(step[:, 1:], axis=1)
    angle = 2 * np.arctan2(sine, step[:, 0])
    rate = np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)[:, None] * step[:, 1:] / dt
    return np.vstack([rate, np.zeros(3)])
