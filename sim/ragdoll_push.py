"""Figures give way: a blow moves them off their path and feet brake that; a blow beyond a declared threshold lets them fall.

The threshold is that of a rigid body which tips over the edge of its support and takes no step: the angular impulse J z about the ground
that lifts the centre of mass over that edge, sqrt(2 I m g dh), dh = sqrt(h^2 + b^2) - h. Feet of people reach 0.038 of the height behind the
ankle and 0.114 before it (Winter 2009, figure 4.1: a foot of 0.152); four legs stand on a rectangle. Only blows count: an impulse of a body that
comes toward the figure, not what leans on it, nor what the figure itself runs into.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import FigureBody
from scenes.scene import Scene
from scenes.species import BUILDS, FOUR_LEGGED, known_species
from sim.contact_reader import Points, as_tuples
from sim.ragdoll import Ragdolls
from sim.rotations import matrices

if TYPE_CHECKING:
    from sim.simulate import Run
    from sim.world import Entry

__all__ = ["Figures", "topple_threshold"]

FloatArray = NDArray[np.float64]
HEEL, TOE, STANCE = 0.038, 0.114, 0.075  # of the height: behind and before the ankle, to the side of the middle
BLOW = 0.3  # [m/s] toward the figure: slower contact is leaning
TOGETHER = 0.15  # [s]: impulses within it add up to one blow
GRIP = 0.5  # friction of feet that brake a figure which was pushed (assumed)
DRIVEN_BOUNCE = 0.2  # restitution of a figure that something driven runs into (assumed)


def topple_threshold(body: FigureBody, *, mass: float, gravity: float, toward: FloatArray) -> float:
    """The angular impulse [N m s] about the ground that tips a standing figure over `toward` (3,), a horizontal unit vector in its frame."""
    tall = body.height or 1.7
    kind = known_species(body.species)
    if kind in FOUR_LEGGED:
        z, half, radius, *_ = (value * tall for value in BUILDS[kind])
        reach = math.hypot(0.72 * half * toward[0], (0.55 * radius + 0.02 * tall) * toward[1])
        inertia = mass * (z**2 + (half * toward[0]) ** 2 / 3 + (radius * toward[1]) ** 2 / 3 + radius**2 / 4)
    else:
        z = 0.55 * tall
        reach = tall * math.hypot((TOE if toward[0] > 0 else HEEL) * toward[0], STANCE * toward[1])
        inertia = mass * tall**2 / 3
    lift = math.hypot(z, reach) - z
    return math.sqrt(2 * inertia * mass * max(gravity, 1e-6) * lift)


@dataclass
class _Blow:
    step: int
    impulse: FloatArray
    moment: FloatArray


class Figures(Ragdolls):
    """`examine` the contact points of every step while `watched`; `before_step` while somebody gives way."""

    def __init__(self, run: Run, scene: Scene) -> None:
        super().__init__(run, scene)
        entries = run.world.entries
        self.by_handle: dict[int, Entry] = {}
        can_strike = any(e.mode == "free" for e in entries) or bool(run.drivers.tasks)
        if can_strike:
            self.by_handle = {e.uid: e for e in entries if e.kind == "figure" and e.touch}
        self.uids = list(self.by_handle)
        self.velocity: dict[int, FloatArray] = {}
        self.blows: dict[int, _Blow] = {}
        self.pushes: dict[int, dict[str, Any]] = {}
        run.drivers.let_go = self._let_go

    @property
    def watched(self) -> bool:
        return bool(self.by_handle)

    @property
    def giving_way(self) -> bool:
        return bool(self.velocity)

    @property
    def busy(self) -> bool:
        return bool(self.velocity or self.dolls)

    @property
    def moving(self) -> set[str]:
        return {self.run.world.entries[column].name for column in self.velocity}

    def _let_go(self, entry: Entry, step: int, linear: FloatArray, angular: FloatArray, why: str) -> None:
        pushed = self.velocity.pop(entry.column, np.zeros(3))
        self.by_handle.pop(entry.uid, None)
        self.release(entry, step, linear + pushed, angular, why=why, more={"trigger": "declared"})

    # blows -------------------------------------------------------------------------------------------------------------------------

    def examine(self, step: int, points: Points) -> None:
        """Add up the blows of this step on figures that stand or go, and let those fall whom they tip over."""
        mine = np.isin(points.ids[:, :2], self.uids).any(axis=1) & points.bears
        if not mine.any():
            return
        hits: dict[int, list[tuple[FloatArray, FloatArray]]] = {}
        for p in as_tuples(points, np.flatnonzero(mine)):
            for uid, other, sign in ((p[1], (p[2], p[4]), 1.0), (p[2], (p[1], p[3]), -1.0)):
                entry = self.by_handle.get(uid)
                if entry is not None:
                    impulse = self._impulse(entry, other, p, sign)
                    if impulse is not None:
                        hits.setdefault(uid, []).append((impulse, np.array(p[5])))
        for uid, found in sorted(hits.items()):
            self._struck(step, self.by_handle[uid], found)

    def _impulse(self, entry: Entry, other: tuple[int, int], p: Any, sign: float) -> FloatArray | None:
        """The impulse [N s] (3,) on a figure at one contact point; None where nothing came toward it."""
        world = self.run.world
        column = world.by_handle.get(other)
        if column is None:
            return None
        striker = world.entries[column]
        if striker.mode in {"fixed", "held", "gone"}:
            return None
        push = sign * np.array(p[7])  # unit vector into the figure
        linear, angular = (np.array(v) for v in world.velocity(striker))
        there = linear + np.cross(angular, np.array(p[5]) - world.pose(striker)[0])
        if striker.mode == "driven":
            own = np.array(world.velocity(entry)[0]) if entry.mode == "driven" else np.zeros(3)
            closing = float((there - own) @ push)
            known = self.blows.get(entry.column)
            if closing < BLOW or striker.kind == "figure" or (known is not None and known.moment.any()):
                return None
            return np.asarray(push * entry.mass.mass * closing * (1 + DRIVEN_BOUNCE))
        given = p[9] * world.dt
        before = float(there @ push) + given / striker.mass.mass
        if before < BLOW:
            return None
        friction = (p[10] * np.array(p[11]) + p[12] * np.array(p[13])) * world.dt
        return np.asarray(push * min(given, 2 * striker.mass.mass * before) + sign * friction)

    def _struck(self, step: int, entry: Entry, found: list[tuple[FloatArray, FloatArray]]) -> None:
        world, body = self.run.world, self.scene.bodies[entry.name]
        assert isinstance(body, FigureBody)
        at, turn = world.pose(entry)
        tall = body.height or 2 * float(at[2])
        foot = at - matrices(turn)[:, 2] * tall / 2
        impulse = np.sum([j for j, _ in found], axis=0)
        moment = np.sum([max(float(place[2] - foot[2]), 0.05 * tall) * j for j, place in found], axis=0) * [1, 1, 0]
        blow = self.blows.get(entry.column)
        if blow is None or (step - blow.step) * world.dt > TOGETHER:
            blow = self.blows[entry.column] = _Blow(step, np.zeros(3), np.zeros(3))
        blow.step, blow.impulse, blow.moment = step, blow.impulse + impulse, blow.moment + moment
        size = float(np.linalg.norm(blow.moment))
        if size < 1e-9:
            return
        toward = matrices(turn).T @ (blow.moment / size)
        gravity = float(np.linalg.norm(world.gravity))
        limit = topple_threshold(body, mass=entry.mass.mass, gravity=gravity, toward=toward)
        told = self.pushes.setdefault(entry.column, {"body": entry.name, "most_Nms": 0.0, "threshold_Nms": limit})
        if size > told["most_Nms"]:
            told.update(
                most_Nms=size, threshold_Nms=limit, time=round(step * world.dt, 6), impulse_Ns=blow.impulse.tolist()
            )
        if size > limit:
            self._tip(step, entry, blow, limit)
        else:
            self.velocity[entry.column] = (
                self.velocity.get(entry.column, np.zeros(3)) + impulse * [1, 1, 0] / entry.mass.mass
            )
            self.run.drivers.pushed.setdefault(entry.column, np.zeros(3))

    def _tip(self, step: int, entry: Entry, blow: _Blow, limit: float) -> None:
        """The figure falls: its bones begin with its own motion and with what the blow gave a rod on its foot."""
        world = self.run.world
        linear, angular = np.zeros(3), np.zeros(3)
        if entry.mode == "driven":
            linear, angular = (np.array(v) for v in world.velocity(entry))
            linear = linear * [1, 1, 0]
        tall = self.scene.bodies[entry.name].height or 1.7  # type: ignore[union-attr]
        spin = np.cross([0.0, 0.0, 1.0], blow.moment) / (entry.mass.mass * tall**2 / 3)
        arm = np.array([0.0, 0.0, tall / 2])
        self.velocity.pop(entry.column, None)
        self.by_handle.pop(entry.uid, None)
        size = float(np.linalg.norm(blow.moment))
        why = f"a blow of {size:.3g} N m s about the ground; it stands up to {limit:.3g} (rigid, without a step)"
        self.release(
            entry, step, linear + np.cross(spin, arm), angular + spin, why=why,
            more={"trigger": "blow", "blow_Nms": size, "threshold_Nms": limit, "impulse_Ns": blow.impulse.tolist()},
        )  # fmt: skip

    # giving way --------------------------------------------------------------------------------------------------------------------

    def before_step(self) -> None:
        """Move those who were pushed: their feet brake them."""
        world = self.run.world
        brake = GRIP * float(np.linalg.norm(world.gravity)) * world.dt
        for column, velocity in list(self.velocity.items()):
            entry = world.entries[column]
            speed = float(np.linalg.norm(velocity))
            if speed <= brake:
                del self.velocity[column]
                continue
            velocity = self.velocity[column] = velocity * (1 - brake / speed)
            self.run.drivers.pushed[column] = self.run.drivers.pushed[column] + velocity * world.dt
            led = any(t.entry is entry and t.state == "running" for t in self.run.drivers.tasks)
            if not led:  # who stands still is moved here
                at, turn = world.pose(entry)
                world.set_pose(entry, at + velocity * world.dt, turn)
                if entry not in self.run.samples.moving:
                    self.run.samples.moving.append(entry)

    def meta(self) -> dict[str, Any]:
        told = {**super().meta()}
        if self.pushes:
            told["pushes"] = list(self.pushes.values())
        return told
