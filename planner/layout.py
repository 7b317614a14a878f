"""Where things stand: constraints of the text solved over true sizes, without overlap, on real supports.

Horizontal places are found by position-based relaxation (Mueller et al. 2007, "Position Based Dynamics": each constraint is projected in
turn, weighted by how free its two sides are); heights then follow from supports. A constraint that is still violated at the end is a
contradiction of the text, and is named with the words it came from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.stage import Actor, Constraint, Stage
from scenes.primitives import Piece
from scenes.shapes import Balcony, Box, Cup, Cylinder, Hill, Ramp, Shape, Shelf, Stairs, Table, Tree

__all__ = ["solve_layout", "surface_of", "top_of"]

FloatArray = NDArray[np.float64]
SWEEPS = 400
STILL = 1e-7  # [m] movement in a sweep below which all is settled
TOLERANCE = 0.02  # [m], and 5 % of the sizes involved


def surface_of(shape: Shape | None) -> tuple[float, FloatArray, FloatArray]:
    """The face that things stand on: its height above the underside [m], and its lowest and highest (x, y) about the centre of mass."""
    if shape is None:
        return 0.0, np.full(2, -0.5), np.full(2, 0.5)
    low, high = shape.bounds()
    base = low[2]
    if isinstance(shape, Balcony):
        slab = shape.pieces()[1].position
        half = np.array([shape.depth / 2 - 0.1, shape.width / 2 - 0.1])
        centre = np.asarray(slab[:2])
        return shape.height, centre - half, centre + half
    if isinstance(shape, Hill):
        apex = shape.pieces()[0].shape.hull()[0]  # type: ignore[union-attr]
        flat = apex[apex[:, 2] > apex[:, 2].max() - 1e-6]
        return float(high[2] - base), flat[:, :2].min(axis=0), flat[:, :2].max(axis=0)
    if isinstance(shape, Tree):
        return shape.branch_height, np.array([0.3, -0.1]) * shape.crown, np.array([0.8, 0.1]) * shape.crown
    if isinstance(shape, Cup):
        half = np.full(2, max(min(shape.foot, shape.radius) - shape.wall, 0.005) * 0.7)
        return shape.wall, -half, half
    footprint = float(np.prod(high[:2] - low[:2]))
    best: tuple[float, FloatArray, FloatArray] | None = None
    for piece in shape.pieces():
        face = _top_face(piece)
        if face is None:
            continue
        level, lo, hi = face
        if np.prod(hi - lo) >= 0.35 * footprint and (best is None or level > best[0]):
            best = (level, lo, hi)
    if best is None:
        best = (float(high[2]), low[:2] * 0.6, high[:2] * 0.6)
    if isinstance(shape, Table | Shelf):
        best = (float(high[2]), best[1], best[2])
    return best[0] - float(base), best[1], best[2]


def _top_face(piece: Piece) -> tuple[float, FloatArray, FloatArray] | None:
    if not piece.solid or piece.orientation != (1.0, 0.0, 0.0, 0.0):
        return None
    at = np.asarray(piece.position)
    if isinstance(piece.shape, Box):
        half = np.asarray(piece.shape.size) / 2
        return float(at[2] + half[2]), at[:2] - half[:2], at[:2] + half[:2]
    if isinstance(piece.shape, Cylinder):
        half = np.full(2, piece.shape.radius * 0.7)
        return float(at[2] + piece.shape.height / 2), at[:2] - half, at[:2] + half
    return None


def top_of(actor: Actor, at: FloatArray | None = None) -> float:
    """Height [m] of the surface of a placed actor, at a point (x, y) for ramps, hills and stairs."""
    if actor.shape is None:
        return float(actor.position[2] + actor.bounds()[1][2])
    underside = float(actor.position[2] + actor.bounds()[0][2])
    if at is not None and isinstance(actor.shape, Ramp | Hill | Stairs):
        return underside + _profile(actor.shape, float(at[0] - actor.position[0]))
    return underside + surface_of(actor.shape)[0]


def _profile(shape: Ramp | Hill | Stairs, x: float) -> float:
    """Height above the underside at `x` from the centre of mass."""
    low, high = shape.bounds()
    if isinstance(shape, Stairs):
        step = int(np.clip((x - low[0]) / shape.run, 0, shape.steps - 1))
        return (shape.steps - step) * shape.rise
    foot = float(high[0])
    slope = shape.height / shape.length
    return float(np.clip((foot - x) * slope, 0.0, shape.height))


def solve_layout(stage: Stage) -> None:
    """Set every actor's position from the constraints, then from the supports; contradictions become advice."""
    actors = [actor for actor in stage.actors.values() if actor.kind != "none" and actor is not stage.ground]
    if not actors:
        return
    order = {actor: i for i, actor in enumerate(actors)}
    footprints = np.array([[*actor.bounds()[0][:2], *actor.bounds()[1][:2]] for actor in actors])
    places = _initial_places(stage, actors, footprints)
    inverse = np.array([0.05 if actor.fixed else 1.0 for actor in actors])
    constraints = [c for c in stage.constraints if c.a in order and (c.b is None or c.b in order)]
    pairs = _separable(actors)
    for sweep in range(SWEEPS):
        before = places.copy()
        for constraint in constraints:
            _project(constraint, order, places, footprints, inverse)
        if sweep < SWEEPS * 0.8:
            _separate(pairs, places, footprints, inverse)
        if np.abs(places - before).max() < STILL:
            break
    for constraint in constraints:  # equalities have the last word
        if constraint.kind in {"at", "offset"}:
            _project(constraint, order, places, footprints, inverse)
    for actor, place in zip(actors, places, strict=True):
        actor.position[:2] = np.round(place, 4)
    _name_contradictions(stage, constraints, order, places, footprints)
    _set_heights(stage, actors)


def _initial_places(stage: Stage, actors: list[Actor], footprints: FloatArray) -> FloatArray:
    """A row from left to right in the order of mention, centred; what stands on something starts there."""
    places = np.zeros((len(actors), 2))
    order = {actor: i for i, actor in enumerate(actors)}
    cursor = 0.0
    for i, actor in enumerate(actors):
        if actor.support is not None and actor.support in order:
            continue
        if actor.kind == "field":
            places[i] = (
                (0.0, 60.0) if actor.size > 5 else (0.0, 0.0)
            )  # clouds belong to the background; the rest goes where it is put
            continue
        width = footprints[i, 2] - footprints[i, 0]
        gap = 0.35 * max(width, 0.15)
        places[i, 0] = cursor + gap - footprints[i, 0]
        cursor = places[i, 0] + footprints[i, 2] + gap
    loose = [i for i, a in enumerate(actors) if (a.support is None or a.support not in order) and a.kind != "field"]
    if loose:
        places[loose, 0] -= cursor / 2
    for i, actor in enumerate(actors):
        host = actor.support
        if host is not None and host in order:
            _, low, high = surface_of(host.shape)
            siblings = [a for a in actors if a.support is host]
            share = (siblings.index(actor) + 0.5) / len(siblings)
            places[i] = places[order[host]] + np.array([low[0] + share * (high[0] - low[0]), (low[1] + high[1]) / 2])
    return places


def _separable(actors: list[Actor]) -> list[tuple[int, int]]:
    """Pairs that must not overlap in plan: neighbours on one support that are not in each other's care."""
    pairs = []
    for i, a in enumerate(actors):
        for j in range(i + 1, len(actors)):
            b = actors[j]
            if a.support is b or b.support is a or a.support is not b.support or a.in_air or b.in_air:
                continue
            if (
                a.fixed_z is not None
                or b.fixed_z is not None
                or not (a.contact and b.contact)
                or "field" in (a.kind, b.kind)
            ):
                continue
            if a.extra.get("group") is not None and a.extra.get("group") == b.extra.get("group"):
                continue
            pairs.append((i, j))
    return pairs


def _project(
    c: Constraint, order: dict[Actor, int], places: FloatArray, footprints: FloatArray, inverse: FloatArray
) -> None:
    i, axis = order[c.a], c.axis
    if c.kind == "at":
        places[i, axis] = c.value
        return
    assert c.b is not None
    j = order[c.b]
    gap = _violation(c, i, j, places, footprints)
    if gap == 0.0:
        return
    wi, wj = inverse[i], inverse[j]
    if c.kind == "within" or c.a.support is c.b:
        wi, wj = 1.0, 0.0
    total = wi + wj
    places[i, axis] -= gap * wi / total
    places[j, axis] += gap * wj / total


def _violation(c: Constraint, i: int, j: int, places: FloatArray, footprints: FloatArray) -> float:
    """How far `a` must go down the axis (and `b` up it) [m]; 0 when the constraint holds."""
    axis = c.axis
    if c.kind == "offset":
        return float(places[i, axis] - places[j, axis] - c.value)
    if c.kind == "before":
        return max(
            0.0, float(places[i, axis] + footprints[i, 2 + axis] + c.value - places[j, axis] - footprints[j, axis])
        )
    assert c.b is not None
    _, low, high = surface_of(c.b.shape)
    left = places[j, axis] + low[axis] + c.value - (places[i, axis] + footprints[i, axis])
    right = places[i, axis] + footprints[i, 2 + axis] - (places[j, axis] + high[axis] - c.value)
    if left > 0 and right > 0:  # larger than its support: centred
        return float(places[i, axis] - places[j, axis] - (low[axis] + high[axis]) / 2)
    return float(-left if left > 0 else max(right, 0.0))


def _separate(pairs: list[tuple[int, int]], places: FloatArray, footprints: FloatArray, inverse: FloatArray) -> None:
    for i, j in pairs:
        low = np.maximum(places[i] + footprints[i, :2], places[j] + footprints[j, :2])
        high = np.minimum(places[i] + footprints[i, 2:], places[j] + footprints[j, 2:])
        overlap = high - low + 0.02
        if (overlap <= 0).any():
            continue
        axis = 0 if overlap[0] <= overlap[1] * 1.5 else 1  # sideways first: what stands behind is hidden
        sign = 1.0 if places[i, axis] > places[j, axis] or (places[i, axis] == places[j, axis] and i > j) else -1.0
        total = inverse[i] + inverse[j]
        places[i, axis] += sign * overlap[axis] * inverse[i] / total
        places[j, axis] -= sign * overlap[axis] * inverse[j] / total


def _name_contradictions(
    stage: Stage, constraints: list[Constraint], order: dict[Actor, int], places: FloatArray, footprints: FloatArray
) -> None:
    for c in constraints:
        i = order[c.a]
        if c.kind == "at":
            gap = abs(places[i, c.axis] - c.value)
        else:
            assert c.b is not None
            gap = abs(_violation(c, i, order[c.b], places, footprints))
        if c.text and gap > TOLERANCE + 0.05 * (c.a.size + (c.b.size if c.b else 0.0)):
            stage.advise(
                f'"{c.text}" contradicts something else that is asked; it is off by {gap:.2f} m. Drop one of the two.',
                f"“{c.text}”与其他要求矛盾，偏差 {gap:.2f} 米。请去掉其中之一。",
            )


def _set_heights(stage: Stage, actors: list[Actor]) -> None:
    """Heights from the supports upward; the ground is z = 0."""
    done: set[Actor] = set()

    def place(actor: Actor, depth: int = 0) -> None:
        if actor in done:
            return
        done.add(actor)
        low = actor.bounds()[0]
        if actor.fixed_z is not None:
            actor.position[2] = actor.fixed_z
            return
        level = 0.0
        if actor.support is not None and actor.support is not stage.ground and depth < 50:
            place(actor.support, depth + 1)
            level = top_of(actor.support, actor.position[:2])
            if isinstance(actor.support.shape, Ramp | Hill) and actor.round and not actor.in_air:
                angle = actor.support.shape.angle  # a sphere touches a slope beside its lowest point
                level += actor.radius * (1 / np.cos(angle) - 1)
        actor.position[2] = round(level - float(low[2]) + actor.clearance, 5)

    for actor in actors:
        place(actor)
