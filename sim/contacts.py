"""Contact episodes from Bullet's contact points, read after every step.

Only points that bear force count: Bullet also lists near misses, with the force of the last step in which they touched. An episode of a pair ends when no force has flown for more than
`GAP` = 10 ms: a hop of that length rises 0.12 mm, far below what counts as a bounce. Speeds before an impact follow from the velocities
after the step and the impulses in it, so nothing has to be read in free flight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.world import Entry, World

__all__ = ["GAP", "ContactRecorder", "Episode"]

FloatArray = NDArray[np.float64]
GAP = 0.010  # [s]
Pose = tuple[FloatArray, FloatArray]


@dataclass(slots=True)
class Episode:
    """Force-bearing contact of the bodies in columns `a` and `b`. `normal` points from b to a; steps count from 1 (the state after it)."""

    a: int
    b: int
    first: int
    last: int
    normal: tuple[float, float, float]
    point: tuple[float, float, float]
    impulse: float = 0.0  # [N s], along the normal
    before: float = 0.0  # [m/s] closing
    after: float = 0.0  # [m/s] parting
    parted: int = -1  # step at which `after` was read
    vector: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])  # [N s] on a since the audit last took it
    start_poses: tuple[Pose, Pose] | None = None
    end_poses: tuple[Pose, Pose] | None = None


class ContactRecorder:
    """Feed it every step's points; `fresh` holds the episodes that began since it was last cleared."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.gap = max(2, round(GAP / world.dt))
        self.episodes: list[Episode] = []
        self.fresh: list[Episode] = []
        self.current: dict[tuple[int, int, int, int], Episode] = {}
        self.live: list[Episode] = []  # force flowed in the last step
        self.touched: dict[int, Episode] = {}  # by id: episodes with impulses that the audit has not taken
        self.previous: dict[int, tuple[Any, Any]] = {}  # velocities of jointed bodies before this step
        self.loose = np.zeros((len(world.entries), 3))
        self.unknown: set[tuple[int, int, int, int]] = set()

    def add(self, step: int, points: Any) -> None:
        """Take the contact points after `step`."""
        current, dt, gap = self.current, self.world.dt, self.gap
        began: list[Episode] | None = None
        live: list[Episode] = []
        key: tuple[int, int, int, int] = (-1, -1, -1, -1)
        episode: Episode | None = None
        for _, a, b, link_a, link_b, _, _, normal, distance, force, f1, side1, f2, side2 in points:
            if force <= 0.0 or distance > 0.0:  # a point off the surface is not solved, and still shows its last force
                if distance <= 0.0 and (f1 != 0.0 or f2 != 0.0):
                    self._loose_friction((a, link_a), (b, link_b), f1, side1, f2, side2)
                continue
            if episode is None or key != (a, link_a, b, link_b):
                key = (a, link_a, b, link_b)
                episode = current.get(key)
                if episode is None or step - episode.last > gap:
                    at = next(
                        p[5]
                        for p in points
                        if p[1] == a and p[2] == b and p[3] == link_a and p[4] == link_b and p[9] > 0.0 and p[8] <= 0.0
                    )
                    episode = None if key in self.unknown else self._begin(key, step, normal, at)
                    if episode is None:
                        continue
                    began = [episode] if began is None else [*began, episode]
                if episode.last != step or episode.impulse == 0.0:
                    live.append(episode)
                    episode.last = step
                    episode.normal = normal
            episode.impulse += force * dt
            nx, ny, nz = normal
            ux, uy, uz = side1
            wx, wy, wz = side2
            vector = episode.vector
            vector[0] += (force * nx + f1 * ux + f2 * wx) * dt
            vector[1] += (force * ny + f1 * uy + f2 * wy) * dt
            vector[2] += (force * nz + f1 * uz + f2 * wz) * dt
        touched = self.touched
        for episode in live:
            touched[id(episode)] = episode
        if began:
            self._read_closing(began, points)
        if self.live:
            self._read_parting(step)
        self.live = live

    def idle(self, step: int) -> None:
        """A step without any contact point."""
        if self.live:
            self._read_parting(step)
            self.live = []

    def _loose_friction(
        self, a: tuple[int, int], b: tuple[int, int], f1: float, side1: Any, f2: float, side2: Any
    ) -> None:
        """Friction that Bullet applied at a point whose normal force it took back to nothing: rare, but momentum all the same."""
        impulse = (f1 * np.array(side1) + f2 * np.array(side2)) * self.world.dt
        for sign, handle in ((1.0, a), (-1.0, b)):
            column = self.world.by_handle.get(handle)
            if column is not None:
                self.loose[column] += sign * impulse

    def _begin(self, key: tuple[int, int, int, int], step: int, normal: Any, at: Any) -> Episode | None:
        a, b = self.world.by_handle.get(key[:2]), self.world.by_handle.get(key[2:])
        if a is None or b is None:
            self.unknown.add(key)
            return None
        if self.world.entries[a].mode != "free" and self.world.entries[b].mode != "free":
            return None  # a hand and what it holds, a path through scenery: nothing there obeys the contact
        episode = Episode(a, b, step, step, normal, at)
        self.world.meet(self.world.entries[a], self.world.entries[b])
        self.current[key] = episode
        self.episodes.append(episode)
        self.fresh.append(episode)
        return episode

    def _read_closing(self, began: list[Episode], points: Any) -> None:
        """Velocities after the step less this step's impulses are those before the impact."""
        entries, dt, by_handle = self.world.entries, self.world.dt, self.world.by_handle
        columns = {column for episode in began for column in (episode.a, episode.b)}
        poses = {column: self.world.pose(entries[column]) for column in columns}
        moving = {
            (entries[c].uid, entries[c].link) for c in columns if entries[c].mode == "free" and not entries[c].reduced
        }
        sums = {column: [0.0] * 6 for column in columns}  # impulse and its moment about the centre
        for _, a, b, link_a, link_b, at_a, at_b, normal, distance, force, f1, side1, f2, side2 in points:
            if distance > 0.0:
                continue
            one, other = (a, link_a) in moving, (b, link_b) in moving
            if not one and not other:
                continue
            jx, jy, jz = ((force * n + f1 * u + f2 * w) * dt for n, u, w in zip(normal, side1, side2, strict=True))
            for here, sign, handle, at in ((one, 1.0, (a, link_a), at_a), (other, -1.0, (b, link_b), at_b)):
                if here:
                    column = by_handle[handle]
                    centre, total = poses[column][0], sums[column]
                    rx, ry, rz = at[0] - centre[0], at[1] - centre[1], at[2] - centre[2]
                    total[0] += sign * jx
                    total[1] += sign * jy
                    total[2] += sign * jz
                    total[3] += sign * (ry * jz - rz * jy)
                    total[4] += sign * (rz * jx - rx * jz)
                    total[5] += sign * (rx * jy - ry * jx)
        before = {c: self._before(entries[c], poses[c], np.array(sums[c][:3]), np.array(sums[c][3:])) for c in columns}
        for episode in began:
            episode.before = max(
                0.0, -self._along(episode, [(*before[c], episode.point - poses[c][0]) for c in (episode.a, episode.b)])
            )
            episode.start_poses = (poses[episode.a], poses[episode.b])
            for column in (episode.a, episode.b):
                entries[column].launched = False

    @staticmethod
    def _along(episode: Episode, sides: list[tuple[FloatArray, FloatArray, FloatArray]]) -> float:
        """Speed of a relative to b along the normal [m/s] from (velocity, spin, arm) of both."""
        speeds = []
        nx, ny, nz = episode.normal
        for (vx, vy, vz), (wx, wy, wz), (rx, ry, rz) in sides:
            speeds.append(nx * (vx + wy * rz - wz * ry) + ny * (vy + wz * rx - wx * rz) + nz * (vz + wx * ry - wy * rx))
        return float(speeds[0] - speeds[1])

    def _before(self, entry: Entry, pose: Pose, impulse: FloatArray, turn: FloatArray) -> tuple[FloatArray, FloatArray]:
        if entry.mode == "fixed" or entry.mode == "held":
            return np.zeros(3), np.zeros(3)
        if entry.reduced and entry.column in self.previous:
            linear, angular = self.previous[entry.column]
            return np.array(linear), np.array(angular)
        linear, angular = (np.array(v) for v in self.world.velocity(entry))
        if entry.mode == "driven":
            return linear, angular
        from sim.rotations import matrices

        frame = matrices(pose[1]) @ entry.mass.axes
        return linear - impulse / entry.mass.mass, angular - frame @ ((frame.T @ turn) / entry.mass.moments)

    def _read_parting(self, step: int) -> None:
        entries = self.world.entries
        for episode in self.live:
            if episode.last == step:
                continue
            at, sides, poses = np.array(episode.point), [], []
            for column in (episode.a, episode.b):
                entry = entries[column]
                pose = self.world.pose(entry)
                linear, angular = np.zeros(3), np.zeros(3)
                if entry.mode not in {"fixed", "held"}:
                    linear, angular = (np.array(v) for v in self.world.velocity(entry))
                    if entry.mode == "free" and not entry.reduced:
                        linear = linear - self.world.gravity * self.world.dt
                reach = at - pose[0]
                distance = math.sqrt(float(reach @ reach))
                if distance > entry.radius > 0:
                    reach *= entry.radius / distance  # a rolling body has left its point of first touch
                sides.append((linear, angular, reach))
                poses.append(pose)
            episode.after = max(0.0, self._along(episode, sides))
            episode.parted = step
            episode.end_poses = (poses[0], poses[1])

    def touching(self, column: int, step: int) -> bool:
        """Whether a body has borne force within the last `GAP`."""
        return any(step - e.last <= self.gap for e in self.current.values() if column in (e.a, e.b))

    def take_impulses(self) -> FloatArray:
        """Impulses [N s] of all contacts on each body since the last call, (N, 3)."""
        total = self.loose.copy()
        self.loose[:] = 0.0
        for episode in self.touched.values():
            total[episode.a] += episode.vector
            total[episode.b] -= episode.vector
            episode.vector = [0.0, 0.0, 0.0]
        self.touched = {}
        return total
