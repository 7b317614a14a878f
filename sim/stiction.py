"""Static friction: Bullet knows one coefficient, so a body that is still takes the static one and a body that moves the kinetic one.

A still body's factor is raised by the ratio of its pairs' static to kinetic friction (the mean of the logarithms over the surfaces that it
can touch, weighted like the factors), and put back when it starts to move.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.world import Entry, World

if TYPE_CHECKING:
    from sim.record import Samples

__all__ = ["Stiction"]

STILL, MOVING = 0.01, 0.02  # [m/s], and as many times 4 in [rad/s]
LEAST_RATIO = 1.02


class Stiction:
    """`update` after each sample; `busy` when any pair's static friction differs from its kinetic one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ratio: dict[int, float] = {}
        self.still: dict[int, bool] = {}
        for entry in world.entries:
            ratio = self._ratio(entry)
            if ratio > LEAST_RATIO:
                self.ratio[entry.column] = ratio
        self.busy = bool(self.ratio)
        self.notes = (
            ["static friction holds bodies that are still, kinetic friction brakes those that move"]
            if self.busy
            else []
        )

    def _ratio(self, entry: Entry) -> float:
        if entry.mode != "free" or not entry.touch or entry.kind != "rigid":
            return 1.0
        materials, scene = self.world.materials, self.world.scene
        rigid = {e.name: scene.rigid()[e.name].material for e in self.world.entries if e.kind == "rigid" and e.touch}
        own = rigid[entry.name]
        fixed = {rigid[e.name] for e in self.world.entries if e.name in rigid and e.mode == "fixed"}
        surfaces = fixed or {material for name, material in rigid.items() if name != entry.name}
        pairs = [materials.pair(own, surface) for surface in sorted(surfaces)]
        logs = [
            math.log(p.static_friction.value / p.friction.value)
            for p in pairs
            if p.friction.value > 0 and p.static_friction.value > 0
        ]
        return math.exp(sum(logs) / len(logs)) if logs else 1.0

    def start(self) -> None:
        for column in self.ratio:
            linear, angular = self.world.velocity(self.world.entries[column])
            self._set(column, sum(v * v for v in linear) < STILL**2 and sum(w * w for w in angular) < (4 * STILL) ** 2)

    def update(self, samples: Samples) -> None:
        row = samples.latest
        for column in self.ratio:
            _, _, _, _, _, _, _, a, b, c, d, e, f = row[column]
            speed2, spin2 = a * a + b * b + c * c, d * d + e * e + f * f
            if self.still[column]:
                if speed2 > MOVING**2 or spin2 > (4 * MOVING) ** 2:
                    self._set(column, False)
            elif speed2 < STILL**2 and spin2 < (4 * STILL) ** 2:
                self._set(column, True)

    def _set(self, column: int, still: bool) -> None:
        entry = self.world.entries[column]
        self.still[column] = still
        factor = self.world.factors[entry.name].friction * (self.ratio[column] if still else 1.0)
        self.world.bullet.changeDynamics(
            entry.uid, entry.link, lateralFriction=factor, physicsClientId=self.world.client
        )
