"""Lanes: what travels along x keeps clear of what stands on its way, by going past in front of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.stage import Actor, Stage
from scenes.primitives import Piece, placed_bounds, rotation_matrix

__all__ = ["Lanes", "half_width", "solid_boxes"]

GAP = 0.12  # [m], and a tenth of the mover
PROXY = 0.16  # radius of the capsule that stands for a figure, of its height


def half_width(actor: Actor) -> float:
    """Half of what a body takes across its way [m]."""
    if actor.kind == "figure":
        return max(PROXY * float(actor.extra.get("height", 1.0)), 0.3 * float(actor.extra.get("half_length", 0.1)))
    low, high = actor.bounds()
    return float(high[1] - low[1]) / 2


def solid_boxes(actor: Actor) -> list[tuple[np.ndarray, np.ndarray]]:
    """Boxes (lowest, highest corner [m] in the world) of the solid pieces of a placed actor."""
    if actor.kind == "figure":
        half, tall = half_width(actor), float(actor.extra.get("height", 1.0))
        reach = np.array([half, half, tall / 2])
        return [(actor.position - reach, actor.position + reach)]
    if actor.shape is None:
        return []
    from planner.stage import quaternion_product

    matrix, boxes = rotation_matrix(actor.orientation), []
    for piece in actor.shape.pieces():
        if piece.solid:
            at = matrix @ np.asarray(piece.position)
            turned = quaternion_product(actor.orientation, piece.orientation)
            low, high = placed_bounds(Piece(piece.shape, (float(at[0]), float(at[1]), float(at[2])), turned))
            boxes.append((actor.position + low, actor.position + high))
    return boxes


@dataclass(frozen=True)
class _Way:
    actor: Actor
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    velocity: float


class Lanes:
    """Hands out lanes one after another; ways that were given are kept free of others that would meet on them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.ways: list[_Way] = []

    def clear(
        self,
        actor: Actor,
        span: tuple[float, float],
        y: float,
        *,
        foot: float,
        velocity: float,
        meant: tuple[Actor | None, ...] = (),
    ) -> float:
        """The lane [m] nearest to `y`, toward the viewer, on which the way from span[0] to span[1] [m] is free.

        `foot` [m]: the lowest point of the mover; `velocity` [m/s] along x; `meant`: what it may run into.
        """
        half, gap = half_width(actor), GAP + 0.1 * half_width(actor)
        tall = float(actor.extra.get("height", 0.0)) or float(np.ptp([b[2] for b in actor.bounds()]))
        reach = actor.half_x
        low, high = min(span) - reach, max(span) + reach
        blocked = []
        for other in self.stage.actors.values():
            if (
                other is actor
                or other in meant
                or {"path", "rides"} & set(other.extra)
                or not self._in_the_way(actor, other)
            ):
                continue
            for lo, hi in solid_boxes(other):
                if hi[0] > low and lo[0] < high and hi[2] > foot + 0.02 and lo[2] < foot + tall:
                    blocked.append((float(lo[1]) - half - gap, float(hi[1]) + half + gap))
        for way in self.ways:
            if low > way.high[0] - 0.05 or high < way.low[0] + 0.05:
                continue
            together = way.velocity * velocity > 0 and abs(way.velocity - velocity) < 0.05 * abs(velocity)
            if way.actor in meant or self._meet(actor, way.actor) or together:
                continue
            if way.high[0] > low and way.low[0] < high and way.high[2] > foot and way.low[2] < foot + tall:
                blocked.append((way.low[1] - half - gap, way.high[1] + half + gap))
        lane = y
        for _ in range(len(blocked) + 1):
            hit = [b for b in blocked if b[0] < lane < b[1]]
            if not hit:
                break
            lane = min(b[0] for b in hit) - 1e-3
        self.ways.append(_Way(actor, (low, lane - half, foot), (high, lane + half, foot + tall), velocity))
        return round(lane, 4)

    def _in_the_way(self, actor: Actor, other: Actor) -> bool:
        if (
            other.kind not in {"rigid", "figure"}
            or not other.contact
            or other is self.stage.ground
            or other is actor.support
        ):
            return False
        return not self._meet(actor, other)

    def _meet(self, actor: Actor, other: Actor) -> bool:
        """Whether the text wants the two to touch."""
        group = other.extra.get("group")
        like = {a.name for a in self.stage.actors.values() if group is not None and a.extra.get("group") == group} | {
            other.name
        }
        wanted = [{goal.get("a"), goal.get("b")} for goal in self.stage.goals.values() if goal["type"] == "hits"]
        return any({actor.name, name} in wanted for name in like)
