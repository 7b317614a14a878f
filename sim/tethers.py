"""Springs and ropes: forces between two anchors, at every step.

A rope pulls only when taut, by the force with which its length is just not exceeded at the end of the step (no bounce of the rope itself).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.motion import Joint
from scenes.scene import Scene
from sim.rotations import matrices
from sim.world import Entry, World

__all__ = ["Tethers"]

FloatArray = NDArray[np.float64]


@dataclass
class _Tether:
    joint: Joint
    child: Entry
    parent: Entry | None
    child_arm: FloatArray  # anchor in the body's frame
    parent_arm: FloatArray  # the same, or the anchor in the world
    length: float


class Tethers:
    """The springs and ropes of a scene; `busy` when there are any."""

    def __init__(self, scene: Scene, world: World) -> None:
        self.world = world
        self.all = [self._tether(joint) for joint in scene.joints.values() if joint.type in {"spring", "rope"}]
        self.busy = bool(self.all)

    def _tether(self, joint: Joint) -> _Tether:
        world = self.world
        child = world.entries[world.column[joint.child]]
        parent = world.entries[world.column[joint.parent]] if joint.parent is not None else None
        here = np.asarray(joint.anchor, dtype=float)
        there = np.asarray(joint.parent_anchor if joint.parent_anchor is not None else joint.anchor, dtype=float)
        length = joint.length if joint.length is not None else float(np.linalg.norm(here - there))

        def arm(entry: Entry, anchor: FloatArray) -> FloatArray:
            at, turn = world.pose(entry)
            return np.asarray(matrices(turn).T @ (anchor - at))

        return _Tether(
            joint, child, parent, arm(child, here), arm(parent, there) if parent is not None else there, length
        )

    def before_step(self) -> None:
        """Pull for the coming step."""
        world, dt = self.world, self.world.dt
        for tether in self.all:
            ends = [self._end(tether.child, tether.child_arm)]
            ends.append(
                self._end(tether.parent, tether.parent_arm)
                if tether.parent is not None
                else (tether.parent_arm, np.zeros(3), np.zeros(3))
            )
            line = ends[0][0] - ends[1][0]
            distance = float(np.linalg.norm(line))
            if distance < 1e-9:
                continue
            way = line / distance
            parting = float((ends[0][1] - ends[1][1]) @ way)
            if tether.joint.type == "spring":
                pull = (tether.joint.stiffness or 0.0) * (distance - tether.length) + tether.joint.damping * parting
            else:
                fall = sum(
                    sign * float(world.gravity @ way) * dt
                    for sign, entry in ((1.0, tether.child), (-1.0, tether.parent))
                    if entry is not None and entry.mode == "free"
                )
                parting += fall
                excess = (distance - tether.length) / dt + parting
                yielding = self._mobility(tether.child, ends[0][2], way)
                if tether.parent is not None:
                    yielding += self._mobility(tether.parent, ends[1][2], way)
                if excess <= 0 or yielding <= 0:
                    continue
                pull = excess / (yielding * dt)
            self._apply(tether.child, -pull * way, ends[0][0])
            if tether.parent is not None:
                self._apply(tether.parent, pull * way, ends[1][0])

    def _end(self, entry: Entry, arm: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Place and velocity of an anchor, and its arm from the centre of mass."""
        at, turn = self.world.pose(entry)
        reach = matrices(turn) @ arm
        if entry.mode == "fixed" or entry.mode == "held":
            return at + reach, np.zeros(3), reach
        linear, angular = (np.array(v) for v in self.world.velocity(entry))
        return at + reach, linear + np.cross(angular, reach), reach

    def _mobility(self, entry: Entry, arm: FloatArray, way: FloatArray) -> float:
        """Velocity along `way` at the anchor for a unit impulse there [1/kg]."""
        if entry.mode != "free":
            return 0.0
        _, turn = self.world.pose(entry)
        frame = matrices(turn) @ entry.mass.axes
        twist = frame.T @ np.cross(arm, way)
        return 1 / entry.mass.mass + float((twist * twist / entry.mass.moments).sum())

    def _apply(self, entry: Entry, force: FloatArray, at: FloatArray) -> None:
        if entry.mode != "free":
            return
        bullet, world = self.world.bullet, self.world
        entry.launched = False
        bullet.applyExternalForce(
            entry.uid, entry.link, force.tolist(), at.tolist(), bullet.WORLD_FRAME, physicsClientId=world.client
        )
        world.declared[entry.column] += force * world.dt
