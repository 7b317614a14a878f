"""Sight: a side from which nothing that stands there hides what moves, and where the eye is in no body."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from generator.framing import Mover, Shot, Subject
from generator.geometry import is_ground
from scenes.bodies import RigidBody
from scenes.primitives import placed_bounds, rotation_matrix
from scenes.scene import Scene

__all__ = ["clear_view"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class _Block:
    """An oriented box that can hide things: rotation (3, 3), origin and half extents (3,)."""

    rotation: FloatArray
    origin: FloatArray
    half: FloatArray

    def crossed(self, a: FloatArray, b: FloatArray, grow: float = 0.0) -> NDArray[np.bool_]:
        """Whether the segments from a (K, 3) to b (K, 3) pass through it (slab test)."""
        start, end = (a - self.origin) @ self.rotation, (b - self.origin) @ self.rotation
        way = np.where(np.abs(end - start) < 1e-12, 1e-12, end - start)
        near, far = (-self.half - grow - start) / way, (self.half + grow - start) / way
        first, last = np.minimum(near, far).max(axis=1), np.maximum(near, far).min(axis=1)
        return (first < last) & (last > 0) & (first < 1)


def _blocks(scene: Scene, subject: Subject) -> list[tuple[str, _Block]]:
    """What stands there, by name, that can hide things."""
    moving = {m.name for m in subject.movers}
    blocks = []
    for name, body in scene.bodies.items():
        if not isinstance(body, RigidBody) or name in moving or is_ground(name, body):
            continue
        turn = rotation_matrix(body.orientation)
        for piece in body.shape.pieces():
            if (piece.material or body.material) in {"glass", "water", "ice"}:
                continue
            low, high = placed_bounds(piece)
            blocks.append((name, _Block(turn, np.asarray(body.position) + turn @ ((low + high) / 2), (high - low) / 2)))
    return blocks


def _behind(mover: Mover, eye: FloatArray, points: FloatArray) -> NDArray[np.bool_]:
    """In which frames (F,) a mover's box lies between an eye and a point (F, 3)."""
    way = points - eye
    way = np.where(np.abs(way) < 1e-12, 1e-12, way)
    near, far = (mover.low - eye) / way, (mover.high - eye) / way
    first, last = np.minimum(near, far).max(axis=1), np.maximum(near, far).min(axis=1)
    return (first < last) & (last > 0) & (first < 1)  # false for NaN: not there


def clear_view(
    scene: Scene, subject: Subject, build: Callable[[float], Shot], azimuth: float, *, before: tuple[Mover, ...] = ()
) -> Shot:
    """The shot of the side nearest to `azimuth` from which the movers are seen in nearly all frames and the eye is
    inside nothing. `before` are other movers over the same frames that can hide them."""
    away = {mover.name for mover in before}
    blocks = [block for name, block in _blocks(scene, subject) if name not in away]
    best, best_score = None, -math.inf
    for turn in (0.0, 18.0, -18.0, 35.0, -35.0, 55.0, -55.0, 90.0, -90.0, 180.0):
        shot = build(azimuth + turn)
        if not blocks and not before:
            return shot
        inside = any(block.crossed(shot.eye, shot.eye + 1e-6, grow=0.05).any() for block in blocks)
        seen = 1.0
        if subject.movers:
            shares = []
            for mover in subject.movers:
                middle = (mover.low + mover.high) / 2
                alive = np.isfinite(middle).all(axis=1)
                hidden = np.zeros(int(alive.sum()), dtype=bool)
                for block in blocks:
                    hidden |= block.crossed(shot.eye[alive], middle[alive] + (shot.eye[alive] - middle[alive]) * 1e-3)
                for other in before:
                    hidden |= _behind(other, shot.eye, middle)[alive]
                shares.append(1 - hidden.mean())
            seen = float(np.mean(shares))
        score = seen - 2.0 * inside - 0.0015 * abs(turn)
        if score > best_score:
            best, best_score = replace(shot, turned=turn), score
        if seen > 0.93 and not inside:
            break
    assert best is not None
    return best
