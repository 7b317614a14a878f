"""Where a body's wheels and rotors are, found in its shape: the same answer for the solver, the layout and the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scenes.primitives import Capsule, Cylinder, Ellipsoid, Piece, ShapeModel, Torus, rotation_matrix

__all__ = ["Rotor", "Wheel", "rotors", "wheels"]

LOW = 0.12  # of its radius: a wheel reaches that near to the lowest point of its body
SLENDER = 12.0  # times as long as wide: the blade of a rotor


@dataclass(frozen=True)
class Wheel:
    """A wheel about the body's y axis: centre [m] (3,), radius and width [m], and the numbers of its pieces (tyre, rim, hub)."""

    centre: tuple[float, float, float]
    radius: float
    width: float
    pieces: tuple[int, ...]
    spoked: bool  # an open ring, as of a bicycle


@dataclass(frozen=True)
class Rotor:
    """Blades about the body's z axis: centre [m], reach and thickness [m], how many blades, and the numbers of the pieces they replace."""

    centre: tuple[float, float, float]
    radius: float
    width: float
    thickness: float
    blades: int
    pieces: tuple[int, ...]
    color: str | None


def _axis(piece: Piece) -> np.ndarray:
    return np.asarray(rotation_matrix(piece.orientation)[:, 2])


def _round(piece: Piece) -> tuple[float, float] | None:
    """Outer radius and width [m] of what could be a wheel or a part of one."""
    if abs(_axis(piece)[1]) < 0.999:
        return None
    match piece.shape:
        case Cylinder():
            return piece.shape.radius, piece.shape.height
        case Torus():
            return piece.shape.major_radius + piece.shape.minor_radius, 2 * piece.shape.minor_radius
    return None


@lru_cache(maxsize=256)
def wheels(shape: ShapeModel) -> tuple[Wheel, ...]:
    """The wheels of a shape, front (+x) first; none for what is a roller as a whole, or has no round piece on the ground."""
    pieces = shape.pieces()
    if len(pieces) < 3:
        return ()
    low = float(shape.bounds()[0][2])
    found: list[Wheel] = []
    used: set[int] = set()
    for number, piece in enumerate(pieces):
        size = _round(piece)
        if size is None or not piece.solid or abs(piece.position[2] - size[0] - low) > LOW * size[0]:
            continue
        radius, width = size
        x, y, z = piece.position
        own = [number]
        for other, hub in enumerate(pieces):
            inner = _round(hub)
            if other == number or inner is None or inner[0] >= radius:
                continue
            if math.hypot(hub.position[0] - x, hub.position[2] - z) < 0.12 * radius and abs(
                hub.position[1] - y
            ) < 0.75 * max(width, inner[1]):
                own.append(other)
        used |= set(own)
        found.append(Wheel((x, y, z), radius, width, tuple(own), isinstance(piece.shape, Torus)))
    rest = [p for k, p in enumerate(pieces) if p.solid and k not in used]
    if not found or all(
        any(math.hypot(p.position[0] - w.centre[0], p.position[2] - w.centre[2]) < 0.3 * w.radius for w in found)
        for p in rest
    ):
        return ()
    return tuple(sorted(found, key=lambda w: (-w.centre[0], -w.centre[1])))


@lru_cache(maxsize=256)
def rotors(shape: ShapeModel) -> tuple[Rotor, ...]:
    """The rotors of a shape: thin level discs that are not collided, and thin level blades that cross at one point."""
    pieces = shape.pieces()
    if len(pieces) < 4:
        return ()
    found: list[Rotor] = []
    blades: dict[tuple[float, float, float], list[int]] = {}
    for number, piece in enumerate(pieces):
        match piece.shape:
            case Cylinder(radius=r, height=h) if not piece.solid and h < 0.12 * r and abs(_axis(piece)[2]) > 0.999:
                found.append(Rotor(piece.position, r, 0.16 * r, h, 2, (number,), piece.color))
            case Ellipsoid(radii=(a, b, c)) if (
                max(a, b) > SLENDER * min(a, b) and c < 0.3 * min(a, b) and abs(_axis(piece)[2]) > 0.999
            ):
                key = tuple(round(v, 3) for v in piece.position)
                blades.setdefault(key, []).append(number)  # type: ignore[arg-type]
            case Capsule():
                pass
    for place, numbers in blades.items():
        shapes = [pieces[n].shape for n in numbers]
        if len(numbers) < 2:
            continue
        radii = [s.radii for s in shapes if isinstance(s, Ellipsoid)]
        reach, wide = max(max(r[:2]) for r in radii), max(min(r[:2]) for r in radii)
        found.append(
            Rotor(place, reach, 2 * wide, 2 * radii[0][2], 2 * len(numbers), tuple(numbers), pieces[numbers[0]].color)
        )
    return tuple(found)
