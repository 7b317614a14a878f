"""What strikes a body in one step, read from contact impulses, how a contact brakes two bodies, and how the fragments meet the rest.

Velocities before the impact are those after the step less the impulses in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import RigidBody
from scenes.primitives import Capsule, Ellipsoid, Sphere
from sim.pairs import Factors, Toucher, fragment_factors
from sim.rotations import matrices

if TYPE_CHECKING:
    from sim.fracture_split import Piece
    from sim.world import Entry, World

__all__ = [
    "Strike",
    "blows_on",
    "braking",
    "factors_of_fragments",
    "kinetic",
    "motion_before",
    "moved",
    "radius_of",
    "side_of",
    "tensor_of",
]

FloatArray = NDArray[np.float64]


@dataclass
class Strike:
    """What struck a body in one step: momenta are about its centre, in the world."""

    other: Entry
    point: FloatArray
    normal: FloatArray  # from the other to the body
    depth: float
    speed: float
    mass: float
    key: tuple[int, int, int, int]
    first: bool  # the body is Bullet's body A


def motion_before(
    world: World, points: Any, entry: Entry, partner: tuple[int, int] | None = None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Place, frame (3, 3), velocity and spin before the impulses of this step (of `partner` alone, when given)."""
    at, turn = world.pose(entry)
    frame = matrices(turn)
    if entry.mode in {"fixed", "held"}:
        return at, frame, np.zeros(3), np.zeros(3)
    linear, angular = (np.array(v) for v in world.velocity(entry))
    at = at - linear * world.dt
    if entry.mode != "free" or entry.reduced:
        return at, frame, linear, angular
    handle = (entry.uid, entry.link)
    impulse, moment = np.zeros(3), np.zeros(3)
    for p in points:
        one, two = (p[1], p[3]), (p[2], p[4])
        if p[8] > 0.0 or handle not in (one, two) or (partner is not None and partner not in (one, two)):
            continue
        sign, place = (1.0, p[5]) if one == handle else (-1.0, p[6])
        push = sign * world.dt * (p[9] * np.array(p[7]) + p[10] * np.array(p[11]) + p[12] * np.array(p[13]))
        impulse += push
        moment += np.cross(np.array(place) - at, push)
    inertia = frame @ entry.mass.tensor @ frame.T
    return at, frame, linear - impulse / entry.mass.mass, angular - np.linalg.solve(inertia, moment)


def blows_on(world: World, points: Any, entry: Entry) -> list[Strike]:
    """The contacts of a body in this step, one for each body that it touches, the hardest first."""
    handle = (entry.uid, entry.link)
    groups: dict[tuple[int, int, int, int], list[Any]] = {}
    for p in points:
        if p[9] > 0.0 and p[8] <= 0.0 and handle in ((p[1], p[3]), (p[2], p[4])):
            groups.setdefault((p[1], p[3], p[2], p[4]), []).append(p)
    place, frame, linear, angular = motion_before(world, points, entry)
    inverse = frame @ np.linalg.inv(entry.mass.tensor) @ frame.T
    blows = []
    for key, mine in groups.items():
        first = key[:2] == handle
        column = world.by_handle.get(key[2:] if first else key[:2])
        if column is None:
            continue
        other, force = world.entries[column], np.array([p[9] for p in mine])
        point = np.average([p[5] for p in mine], axis=0, weights=force)
        normal = np.average([p[7] for p in mine], axis=0, weights=force) * (1.0 if first else -1.0)
        normal /= np.linalg.norm(normal)
        arm = np.cross(point - place, normal)
        held = entry.mode != "free"  # a pane in its frame takes all of the other's energy
        lightness = 0.0 if held else 1 / entry.mass.mass + float(arm @ inverse @ arm)
        at, other_frame, other_linear, other_angular = motion_before(world, points, other)
        closing = linear + np.cross(angular, point - place) - other_linear - np.cross(other_angular, point - at)
        if other.mode == "free" and not other.reduced:
            arm = np.cross(point - at, normal)
            heft = 1 / other.mass.mass + float(
                arm @ other_frame @ np.linalg.inv(other.mass.tensor) @ other_frame.T @ arm
            )
            opposed = any(k != key and _normal(k, m, handle) @ normal < -0.5 for k, m in groups.items())
            lightness = (
                heft if opposed else lightness + heft
            )  # squeezed against something, it takes all of the other's energy
        if lightness == 0.0:
            continue
        depth = max(-min(p[8] for p in mine), 0.0)
        blows.append(Strike(other, point, normal, depth, float(-closing @ normal), 1 / lightness, key, first))
    return sorted(blows, key=lambda b: (-b.mass * b.speed * abs(b.speed), b.other.column))


def _normal(key: tuple[int, int, int, int], points: list[Any], handle: tuple[int, int]) -> FloatArray:
    total = np.sum([np.array(p[7]) * p[9] for p in points], axis=0) * (1.0 if key[:2] == handle else -1.0)
    return np.asarray(total / np.linalg.norm(total))


def side_of(world: World, blow: Strike, pieces: list[Piece] | None) -> Any:
    """What struck, as a side of the contact: mass, inertia, momenta, arm, sign. With `pieces` it turns as they do."""
    other = blow.other
    at, turn = world.pose(other)
    linear, angular = (np.array(v) for v in world.velocity(other))
    frame = matrices(turn)
    inertia = frame @ other.mass.tensor @ frame.T
    turning = inertia if pieces is None else tensor_of(pieces, frame)
    return other.mass.mass, turning, other.mass.mass * linear, inertia @ angular, blow.point - at, -1.0


def tensor_of(pieces: list[Piece], frame: FloatArray) -> FloatArray:
    """Inertia (3, 3) [kg m2] of all pieces together, in the world."""
    total = np.zeros((3, 3))
    for piece in pieces:
        c = piece.centre
        total += piece.mass.tensor + piece.mass.mass * (c @ c * np.eye(3) - np.outer(c, c))
    return np.asarray(frame @ total @ frame.T)


def moved(side: Any, normal: FloatArray, impulse: float) -> tuple[FloatArray, FloatArray]:
    mass, inertia, momentum, spin, arm, sign = side
    push = sign * impulse * normal
    return (momentum + push) / mass, np.linalg.solve(inertia, spin + np.cross(arm, push))


def kinetic(side: Any, normal: FloatArray, impulse: float) -> float:
    linear, angular = moved(side, normal, impulse)
    return 0.5 * side[0] * float(linear @ linear) + 0.5 * float(angular @ side[1] @ angular)


def braking(sides: list[Any], normal: FloatArray, target: float) -> float:
    """The least impulse [N s] that leaves the kinetic energy `target` [J]; that of least energy where none does."""
    at = [sum(kinetic(side, normal, j) for side in sides) for j in (0.0, 1.0, 2.0)]
    square = (at[2] - 2 * at[1] + at[0]) / 2
    slope = at[1] - at[0] - square
    inside = slope**2 - 4 * square * (at[0] - target)
    if at[0] <= target or slope >= 0:
        return 0.0
    return (-slope - math.sqrt(inside)) / (2 * square) if inside > 0 else -slope / (2 * square)


def radius_of(body: Any) -> float | None:
    """Radius [m] of what strikes: of round things, and of small ones; None for floors and walls, which are flat."""
    if not isinstance(body, RigidBody) or body.fixed:
        return None
    if isinstance(body.shape, Sphere | Capsule):
        return body.shape.radius
    if isinstance(body.shape, Ellipsoid):
        return float(np.cbrt(np.prod(body.shape.radii)))
    return float(np.sort(body.shape.extent())[0]) / 2


def factors_of_fragments(world: World, entry: Entry, body: RigidBody, fragments: set[str]) -> Factors:
    """How the fragments of a body meet what there is (but other `fragments`) and each other; the pairs go into the world's record."""
    others = []
    for other in world.entries:
        known, about = world.factors.get(other.name), world.scene.bodies.get(other.name)
        if (
            known is None
            or not isinstance(about, RigidBody)
            or other is entry
            or other.mode == "gone"
            or other.name in fragments
        ):
            continue
        material = world.materials.material(about.material).name
        others.append((Toucher(other.name, material, other.mode == "free"), known))
    made, record = fragment_factors(
        world.materials.material(body.material).name, world.factors[entry.name].rolling, others, world.materials
    )
    world.pairs += [pair for pair in record if pair not in world.pairs]
    return made
