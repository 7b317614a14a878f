"""Figures along paths: a capsule (upright for two legs, along the back for four) stands for a person or an animal.

What a path says is carried out exactly: the ground point, the heading, and the tilt. A two-legged capsule leans about the middle of its
lower cap, so that it rolls over its foot and never enters the ground; a four-legged outline rolls on its side and rests on what is lowest.
What happens when a blow is too hard, or when a fall is let go, is solved elsewhere (`ragdoll`).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scenes.base import Positive
from scenes.motion import PathKey
from scenes.primitives import Capsule, Piece, ShapeModel, Sphere
from scenes.species import BUILDS, FOUR_LEGGED, known_species
from sim.extent import reach_along
from sim.rotations import matrices, multiply

__all__ = [
    "FigureOutline",
    "angular_velocities",
    "ground_pose",
    "lean_axis",
    "outline_of",
    "placed",
    "placed_turns",
    "relative_keys",
]

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
DOWN = np.array([0.0, 0.0, -1.0])
SIDEWAYS = 0.35  # of the height: how far the middle of what stands on four legs goes aside while it rolls over


class FigureOutline(ShapeModel):
    """What four legs touch with: a capsule along the back, a ball for the head, a thin capsule for each leg.

    The origin lies half of `height` [m] above the ground, over its middle, x forward; `build` is a key of `scenes.species.BUILDS`.
    """

    type: Literal["figure"] = "figure"
    build: str
    height: Positive

    def pieces(self) -> list[Piece]:
        return list(_outline(self.build, self.height))

    @property
    def radius(self) -> float:
        """Of the trunk [m]."""
        return BUILDS[self.build][2] * self.height


@lru_cache(maxsize=64)
def _outline(build: str, height: float) -> tuple[Piece, ...]:
    z, half, radius, head_x, head_z, head = (value * height for value in BUILDS[build])
    along = (math.cos(math.pi / 4), 0.0, math.sin(math.pi / 4), 0.0)  # z axis to x
    pieces = [
        Piece(Capsule(radius=radius, height=2 * max(half - radius, 0.02 * height)), (0.0, 0.0, z - height / 2), along),
        Piece(Sphere(radius=head), (head_x, 0.0, head_z - height / 2)),
    ]
    leg = 0.18 * radius + 0.015 * height
    length = max(z - 2 * leg, 0.02 * height)
    for at in (0.72 * half, -0.72 * half):
        for side in (-1, 1):
            pieces.append(
                Piece(Capsule(radius=leg, height=length), (at, side * 0.55 * radius, leg + length / 2 - height / 2))
            )
    return tuple(pieces)


def outline_of(species: str, height: float) -> Capsule | FigureOutline:
    """What stands for a figure of `height` [m] in contacts, about the point half of it above the ground."""
    kind = known_species(species)
    if kind in FOUR_LEGGED and species.lower() not in TWO_LEGGED:
        return FigureOutline(build=kind, height=height)
    radius = 0.16 * height
    return Capsule(radius=radius, height=height - 2 * radius)


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
    ground: FloatArray, heading: FloatArray, tilt: FloatArray, *, shape: Capsule | FigureOutline, axis: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Origins [m] (T, 3) and orientations wxyz (T, 4) of a capsule or an outline over ground points [m] (T, 3).

    `heading`, `tilt` [rad] (T,); `axis` (3,) as `lean_axis` gives it.
    """
    turns = placed_turns(heading, tilt, np.array([1.0, 0.0, 0.0, 0.0]), axis=axis)
    return np.asarray(ground, dtype=float) + _above_ground(turns, shape), turns


def _above_ground(turns: FloatArray, shape: Capsule | FigureOutline) -> FloatArray:
    """The origin over the ground point [m] (T, 3) for orientations wxyz (T, 4)."""
    up = matrices(turns)[..., 2]
    if isinstance(shape, Capsule):
        return np.asarray(np.array([0.0, 0.0, shape.radius]) + up * (shape.height / 2))
    above = up * np.array([SIDEWAYS, SIDEWAYS, 0.0]) * shape.height
    above[..., 2] = reach_along(shape, turns, DOWN)
    return np.asarray(above)


def placed_turns(
    heading: FloatArray, tilt: FloatArray, turn: FloatArray, *, axis: FloatArray = ALONG_LEFT
) -> FloatArray:
    """Orientations wxyz (T, 4): `turn` (4,) leaned by `tilt` about `axis`, then turned by `heading` about z [rad] (T,)."""
    return multiply(multiply(_turned(np.array([0.0, 0.0, 1.0]), heading), _turned(axis, tilt)), turn)


def ground_pose(
    at: FloatArray, turn: FloatArray, *, shape: Capsule | FigureOutline, axis: FloatArray
) -> tuple[FloatArray, float, float]:
    """The ground point [m] (3,), heading and tilt [rad] of a figure at `at` [m] turned by `turn` (wxyz): the inverse of `placed`."""
    matrix = matrices(turn)
    up, lean = matrix[:, 2], matrix @ axis
    heading = math.atan2(lean[1], lean[0]) - math.atan2(axis[1], axis[0])
    across = np.cross(lean, [0.0, 0.0, 1.0])
    tilt = math.atan2(float(up @ across), float(up[2]))
    ground = np.asarray(at, dtype=float) - _above_ground(np.asarray(turn, dtype=float)[None], shape)[0]
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
