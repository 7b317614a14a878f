"""How long nothing can touch anything: while bodies fly freely, contacts need not be read, and many steps are taken at a time.

A bound per pair: their boxes are apart along some axis, and along it they close at most by their speed and by gravity. The bound is cut by
a fifth for what the air does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.simulate import Run
    from sim.world import World

__all__ = ["Leaps", "steps_until_contact"]

MANY = 12  # free bodies above which looking costs more than it saves
SAFETY, MARGIN, FAR = 0.8, 2e-3, 1e9  # share of the bound, [m], [s]


class Leaps:
    """`leap()`: `count` steps of Bullet in one call, which gives the same numbers as `count` calls. `single()` before a step of its own."""

    def __init__(self, world: World, count: int) -> None:
        self.world, self.count, self.leaping = world, count, False
        long = count * world.dt
        short = long / count  # Bullet divides so, and counts the steps that fit: rounding must not cost one
        self.exact = count > 1 and short == world.dt and long / short == count and long - count * short == 0.0

    def leap(self) -> None:
        step, client = self.world.bullet.stepSimulation, self.world.client
        if self.exact:
            if not self.leaping:
                self._set(self.count * self.world.dt, self.count)
            step(client)
        else:
            for _ in range(self.count):
                step(client)

    def single(self) -> None:
        if self.leaping:
            self._set(self.world.dt, 0)

    def _set(self, seconds: float, parts: int) -> None:
        self.leaping = parts > 0
        self.world.bullet.setPhysicsEngineParameter(
            fixedTimeStep=seconds, numSubSteps=parts, physicsClientId=self.world.client
        )


def steps_until_contact(run: Run) -> int:
    """Steps during which no contact can begin; 0 when one may be within a sample, or bodies are many."""
    world = run.world
    touchy = [entry for entry in world.entries if entry.touch]
    free = [entry for entry in touchy if entry.mode == "free"]
    if not free or len(free) > MANY or any(entry.mode == "driven" for entry in touchy):
        return 0
    row = run.samples.latest
    fall = -world.gravity[2]
    states = [(row[e.column][:3], row[e.column][7:10], e.radius + MARGIN) for e in free]
    shortest, least = FAR, run.per_sample * world.dt / SAFETY  # a shorter time is of no use
    for low, high in boxes_of_others(run):
        for at, velocity, radius in states:
            longest = 0.0
            for k in range(3):
                above, below = at[k] - radius - high[k], low[k] - at[k] - radius
                if above > 0:
                    longest = max(longest, _closing(above, -velocity[k], fall if k == 2 else 0.0))
                elif below > 0:
                    longest = max(longest, _closing(below, velocity[k], 0.0))
            shortest = min(shortest, longest)
            if shortest < least:
                return 0
    for i, (at, velocity, radius) in enumerate(states):
        for other_at, other_velocity, other_radius in states[:i]:
            longest = 0.0
            for k in range(3):
                apart = abs(at[k] - other_at[k]) - radius - other_radius
                if apart > 0:
                    sign = 1.0 if at[k] > other_at[k] else -1.0
                    longest = max(longest, _closing(apart, sign * (other_velocity[k] - velocity[k]), 0.5))
            shortest = min(shortest, longest)
            if shortest < least:
                return 0
    return int(min(SAFETY * shortest, 600.0) / world.dt)


def _closing(gap: float, speed: float, acceleration: float) -> float:
    """Time [s] to close a gap [m] at a closing speed (negative: parting) under an acceleration towards each other."""
    if acceleration > 0:
        return (-speed + math.sqrt(speed * speed + 2 * acceleration * gap)) / acceleration
    return gap / speed if speed > 0 else FAR


def boxes_of_others(run: Run) -> list[tuple[list[float], list[float]]]:
    """Axis-aligned boxes in the world of the bodies that stand still, as Bullet has them."""
    world = run.world
    boxes = []
    for entry in world.entries:
        if entry.touch and entry.mode in {"fixed", "held"}:
            for uid in (entry.uid, *entry.more):
                low, high = world.bullet.getAABB(uid, entry.link, physicsClientId=world.client)
                boxes.append((list(low), list(high)))
    return boxes
