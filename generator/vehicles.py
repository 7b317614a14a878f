"""Wheels that turn and rotors that spin, drawn: a wheel's angle is the way along its body over its radius; a rotor is drawn as its shutter sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scenes.primitives import Box, Capsule, Cylinder, Piece, ShapeModel
from scenes.wheels import Rotor, Wheel, rotors, wheels

if TYPE_CHECKING:
    from generator.geometry import Poses

__all__ = ["Turning", "along", "standing_pieces", "turning_pieces"]

FloatArray = NDArray[np.float64]
STEERS = 0.6  # [rad], the most that front wheels are turned
TIP_SPEED = 120.0  # [m/s] of a rotor's tips, typical of hovering craft (Leishman 2006, Principles of Helicopter Aerodynamics: 200; drones: 60-100)
SHUTTER = 0.5  # of the time between frames: a shutter of 180 degrees
FAN = 18  # blades that stand for a disc which is swept more than once
GOLDEN = math.pi * (
    3 - math.sqrt(5)
)  # [rad] from frame to frame: no wagon wheel that seems to stand or to run backward
RIM, SPOKE, DARK = "#c4c8cd", "#d2d6da", "#3c3f44"


@dataclass(frozen=True)
class Turning:
    """The turning pieces of a body as they are made: tyres and their spokes by wheel, blades by rotor."""

    wheels: tuple[tuple[Wheel, tuple[Piece, ...]], ...]
    rotors: tuple[tuple[Rotor, tuple[Piece, ...]], ...]
    base: float  # [m] between the axles; 0 for one axle

    def pieces(self, way: FloatArray, poses: Poses, frame: int, column: int) -> list[Piece]:
        """All turning pieces in a frame, in the order of `turning_pieces`; `way` [m] (F,) as `along` gives it."""
        made: list[Piece] = []
        steer = self._steer(way, poses, frame, column)
        for wheel, parts in self.wheels:
            front = self.base > 0 and wheel.centre[0] > 0.25 * self.base
            made += [_turned(p, wheel.centre, way[frame] / wheel.radius, steer if front else 0.0) for p in parts]
        gap = float(poses.time[1] - poses.time[0]) if len(poses.time) > 1 else 1 / 16
        for rotor, parts in self.rotors:
            made += _swept(
                rotor, parts, frame, gap, powered=bool(np.ptp(poses.position[:, column], axis=0).max() > 0.1)
            )
        return made

    def _steer(self, way: FloatArray, poses: Poses, frame: int, column: int) -> float:
        """The angle [rad] of the front wheels: tan = axle distance times curvature of the way (Ackermann's middle)."""
        if self.base <= 0 or len(way) < 2:
            return 0.0
        a, b = max(frame - 1, 0), min(frame + 1, len(way) - 1)
        nose = poses.rotation[:, column, :, 0]
        turn = math.atan2(float(np.cross(nose[a, :2], nose[b, :2])), float(nose[a, :2] @ nose[b, :2]))
        run = float(way[b] - way[a])
        if abs(run) < 0.02 * self.base:
            return 0.0
        return max(-STEERS, min(STEERS, math.atan(self.base * turn / run)))


def along(poses: Poses, column: int) -> FloatArray:
    """The way [m] (F,) that a body has gone along its own nose, backward counted down: what turns wheels that do not slip."""
    place, nose = poses.position[:, column], poses.rotation[:, column, :, 0]
    step = ((place[1:] - place[:-1]) * (nose[1:] + nose[:-1]) / 2).sum(axis=1)
    lives = poses.alive[1:, column] & poses.alive[:-1, column]
    return np.asarray(np.concatenate([[0.0], np.cumsum(np.where(lives, step, 0.0))]))


def _turned(piece: Piece, centre: tuple[float, float, float], roll: float, steer: float) -> Piece:
    c, s = math.cos(roll), math.sin(roll)
    spin = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    c, s = math.cos(steer), math.sin(steer)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ spin
    at = np.asarray(centre) + turn @ (np.asarray(piece.position) - centre)
    half = (math.cos(steer / 2), 0.0, 0.0, math.sin(steer / 2)), (math.cos(roll / 2), 0.0, math.sin(roll / 2), 0.0)
    q = _product(_product(*half), piece.orientation)
    return Piece(piece.shape, tuple(at.tolist()), q, piece.color, piece.material, piece.solid)  # type: ignore[arg-type]


def _product(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, float, float, float]:
    w, x, y, z = a
    p, q, r, s = b
    return (
        w * p - x * q - y * r - z * s,
        w * q + x * p + y * s - z * r,
        w * r - x * s + y * p + z * q,
        w * s + x * r - y * q + z * p,
    )


def _swept(rotor: Rotor, parts: tuple[Piece, ...], frame: int, gap: float, *, powered: bool) -> list[Piece]:
    """The blades at the moments that one shutter sees: spread over the angle that they sweep, or evenly where that is the whole disc."""
    rate = TIP_SPEED / rotor.radius if powered else 0.0  # [rad/s]
    sweep = rate * SHUTTER * gap
    each = len(parts) // rotor.blades
    between = 2 * math.pi / rotor.blades
    start = GOLDEN * frame if sweep > 0.5 * between else (rate * gap * frame) % (2 * math.pi)
    made = []
    for number, piece in enumerate(parts):
        blade, copy = divmod(number, each)
        spread = between * copy / each if sweep >= between else sweep * copy / max(each - 1, 1)
        angle = start + blade * between + spread
        c, s = math.cos(angle), math.sin(angle)
        x, y, z = (p - q for p, q in zip(piece.position, rotor.centre, strict=True))
        at = (rotor.centre[0] + c * x - s * y, rotor.centre[1] + s * x + c * y, rotor.centre[2] + z)
        q = _product((math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2)), piece.orientation)
        made.append(Piece(piece.shape, at, q, piece.color, piece.material, piece.solid))
    return made


def _about_y(angle: float) -> tuple[float, float, float, float]:
    return (math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0)


def _spokes(wheel: Wheel, hubbed: bool) -> list[Piece]:
    """What lets a turning wheel be seen to turn: spokes of a bicycle, or a rim with arms on both faces of a disc wheel."""
    x, y, z = wheel.centre
    r, made = wheel.radius, []
    if wheel.spoked:
        inner = r - wheel.width
        for k in range(9):
            angle = math.pi * k / 9
            made.append(
                Piece(Capsule(radius=max(0.006 * r, 0.0015), height=2 * inner), (x, y, z), _about_y(angle), SPOKE)
            )
        return made
    disc = (math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0)
    for side in (-1, 1):
        face = y + side * wheel.width * (0.545 if hubbed else 0.505)
        if not hubbed:
            made.append(Piece(Cylinder(radius=0.62 * r, height=0.02 * wheel.width), (x, face, z), disc, RIM))
        for k in range(5):
            angle = 2 * math.pi * k / 5
            reach = 0.30 * r if hubbed else 0.36 * r
            at = (x + reach * math.sin(angle), face + side * 0.012 * wheel.width, z + reach * math.cos(angle))
            size = (0.17 * r if hubbed else 0.2 * r, 0.03 * wheel.width, 0.26 * r if hubbed else 0.34 * r)
            made.append(Piece(Box(size=size), at, _about_y(angle), DARK))
    return made


def _blades(rotor: Rotor, gap: float) -> list[Piece]:
    between = 2 * math.pi / rotor.blades
    sweep = TIP_SPEED / rotor.radius * SHUTTER * gap
    each = (
        max(1, FAN // rotor.blades) if sweep >= between else max(1, min(FAN // rotor.blades, math.ceil(sweep / 0.12)))
    )
    x, y, z = rotor.centre
    shape = Box(size=(rotor.radius, rotor.width / (1 + 0.12 * each), max(rotor.thickness, 0.01 * rotor.radius)))
    blade = Piece(shape, (x + rotor.radius / 2, y, z), color=rotor.color, solid=False)
    return [blade] * (each * rotor.blades)


def turning_pieces(shape: ShapeModel, gap: float) -> tuple[Turning, list[Piece]] | None:
    """What turns on a body, and its pieces as they are made; None where nothing does. `gap` [s] is the time between frames."""
    found, spun = wheels(shape), rotors(shape)
    if not found and not spun:
        return None
    pieces = shape.pieces()
    rolling = []
    for wheel in found:
        hubbed = len(wheel.pieces) > 1
        rolling.append((wheel, tuple([pieces[k] for k in wheel.pieces] + _spokes(wheel, hubbed))))
    xs = [wheel.centre[0] for wheel in found]
    turning = Turning(
        tuple(rolling), tuple((rotor, tuple(_blades(rotor, gap))) for rotor in spun), max(xs) - min(xs) if xs else 0.0
    )
    return turning, [p for _, parts in (*turning.wheels, *turning.rotors) for p in parts]


def standing_pieces(shape: ShapeModel) -> list[Piece]:
    """The pieces of a body that do not turn against it."""
    gone = {k for wheel in wheels(shape) for k in wheel.pieces} | {k for rotor in rotors(shape) for k in rotor.pieces}
    return [piece for k, piece in enumerate(shape.pieces()) if k not in gone]
