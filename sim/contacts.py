"""Contact episodes from Bullet's contact points, read after every step.

Only points that bear force count: Bullet also lists near misses, with the force of the last step in which they touched. An episode of a pair ends when no force has flown for more than
`GAP` = 10 ms: a hop of that length rises 0.12 mm, far below what counts as a bounce. Speeds before an impact follow from the velocities
after the step and the impulses in it, so nothing has to be read in free flight.

While the same points bear force as in the step before, a step is only put aside; impulses are summed over many steps at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.contact_reader import (
    DISTANCE,
    FORCE,
    FRICTION_1,
    FRICTION_2,
    NORMAL,
    PLACE_A,
    SIDE_1,
    SIDE_2,
    Points,
    joined,
)
from sim.world import Entry, World

if TYPE_CHECKING:
    from sim.record import Samples

__all__ = ["GAP", "ContactRecorder", "Episode"]

FloatArray = NDArray[np.float64]
GAP = 0.010  # [s]
MOST_WAITING = 4096  # points put aside before they are summed
Pose = tuple[FloatArray, FloatArray]
Key = tuple[int, int, int, int]


@dataclass(slots=True, eq=False)
class Episode:
    """Force-bearing contact of the bodies in columns `a` and `b`. `normal` points from b to a; steps count from 1 (the state after it).

    `last`, `normal` and `impulse` of an episode that is still live are those of the last `settle` of its recorder.
    """

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
    number: int = -1
    starting: tuple[Any, Any] | None = (
        None  # states of both bodies after its first step, from which `start_poses` follow
    )
    parting: tuple[int, Any, Any] | None = (
        None  # step, and states of both bodies, from which `after` and `end_poses` follow
    )


class ContactRecorder:
    """Feed it every step's points; `fresh` holds the episodes that began since it was last cleared."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.gap = max(2, round(GAP / world.dt))
        self.episodes: list[Episode] = []
        self.fresh: list[Episode] = []
        self.current: dict[Key, Episode] = {}
        self.live: list[Episode] = []  # force flowed in the last step
        self.alive: dict[bytes, int] = {}  # their numbers, by the bytes of their handles
        self.touched: dict[int, Episode] = {}  # by id: episodes with a `vector` that the audit has not taken
        self.previous: dict[int, tuple[Any, Any]] = {}  # velocities of jointed bodies before this step
        self.loose = np.zeros((len(world.entries), 3))  # [N s] on each body since the audit last took them
        self.unknown: set[Key] = set()
        self.seen = 0  # the last step that was fed
        self.samples: Samples | None = None  # spins at the last sample, for bodies that flew since
        self.left: dict[int, int] = {}  # by column: the last step in which a body bore force and then came free
        self.pattern: tuple[bytes, bytes] | None = None  # which points bore force in it
        self.numbers = np.zeros(0, dtype=np.int64)  # of the episodes of those points
        self.waiting: list[tuple[Points, NDArray[np.int64]]] = []
        self.count = 0

    def add(self, step: int, points: Points) -> None:
        """Take the contact points after `step`."""
        pattern = points.pattern
        if pattern != self.pattern or step != self.seen + 1:
            self._change(step, points, points.bears)
            self.pattern = None if -1 in self.numbers else pattern  # a pair that does not count now may count later
        self.seen = step
        self.waiting.append((points, self.numbers))
        self.count += len(pattern[1])
        if self.count > MOST_WAITING:
            self._sum()

    def idle(self, step: int) -> None:
        """A step without any contact point."""
        if self.live:
            self._end(self.live, step)
            self.live, self.alive = [], {}
        self.pattern, self.seen = None, step

    # what changed -----------------------------------------------------------------------------------------------------------------

    def _change(self, step: int, points: Points, bears: NDArray[np.bool_]) -> None:
        """Other points bear force than in the step before: episodes begin and end."""
        if len(self.alive) != len(self.live):  # a body has ended since
            self.alive = {key: number for key, number in self.alive.items() if self.episodes[number] in self.live}
        before, ids = self.alive, np.ascontiguousarray(points.ids[bears])
        keys = ids.view("V16").ravel().tolist()
        numbers: list[Any] = list(map(before.get, keys))  # None where no force flowed in the step before
        began: list[Episode] = []
        if None in numbers:
            began = self._match(step, points, np.flatnonzero(bears), ids, numbers)
        self.numbers = np.array(numbers, dtype=np.int64)
        self.alive = {key: number for key, number in zip(keys, numbers, strict=True) if number >= 0}
        ended = [self.episodes[number] for key, number in before.items() if key not in self.alive]
        if began:
            self._read_closing(began, points)
        if ended:
            self._end(ended, step)
        self.live = [self.episodes[number] for number in self.alive.values()]

    def _match(
        self, step: int, points: Points, rows: NDArray[np.int64], ids: NDArray[np.int32], numbers: list[Any]
    ) -> list[Episode]:
        """Fill in the episodes of points that bore no force in the step before: those that go on after a gap, and new ones."""
        began: list[Episode] = []
        known: dict[Key, int] = {}
        for k, number in enumerate(numbers):
            if number is not None:
                continue
            one, two, link_one, link_two = ids[k].tolist()
            key = (one, link_one, two, link_two)
            if key not in known:
                episode = self.current.get(key)
                if episode is None or step - episode.last > self.gap:
                    values = points.values[rows[k]]
                    normal, at = tuple(values[NORMAL].tolist()), tuple(values[PLACE_A].tolist())
                    episode = None if key in self.unknown else self._begin(key, step, normal, at)
                    if episode is not None:
                        began.append(episode)
                known[key] = -1 if episode is None else episode.number
            numbers[k] = known[key]
        return began

    def _begin(self, key: Key, step: int, normal: Any, at: Any) -> Episode | None:
        a, b = self.world.by_handle.get(key[:2]), self.world.by_handle.get(key[2:])
        if a is None or b is None:
            self.unknown.add(key)
            return None
        if self.world.entries[a].mode != "free" and self.world.entries[b].mode != "free":
            return None  # a hand and what it holds, a path through scenery: nothing there obeys the contact
        episode = Episode(a, b, step, step, normal, at, number=len(self.episodes))
        self.world.meet(self.world.entries[a], self.world.entries[b])
        self.current[key] = episode
        self.episodes.append(episode)
        self.fresh.append(episode)
        return episode

    def _end(self, ended: list[Episode], step: int) -> None:
        """Force flowed in the step before, and does not now: note the motion in which the bodies part."""
        self._last_normals(ended)
        for episode in ended:
            episode.last, episode.parted = self.seen, step
            self.left[episode.a] = self.left[episode.b] = step
            episode.parting = (step, self._state(episode.a), self._state(episode.b))

    def _last_normals(self, episodes: list[Episode]) -> None:
        """The normals of episodes that bore force in the last step that was put aside."""
        if not self.waiting or not episodes:
            return
        points, numbers = self.waiting[-1]
        rows = dict(zip(reversed(numbers.tolist()), reversed(np.flatnonzero(points.bears).tolist()), strict=True))
        for episode in episodes:
            row = rows.get(episode.number)
            if row is not None:
                episode.normal = tuple(points.values[row, NORMAL].tolist())  # type: ignore[assignment]

    # speeds -----------------------------------------------------------------------------------------------------------------------

    def _read_closing(self, began: list[Episode], points: Points) -> None:
        """Velocities after the step less this step's impulses are those before the impact."""
        entries, dt = self.world.entries, self.world.dt
        columns = {column for episode in began for column in (episode.a, episode.b)}
        states = {column: self._state(column) for column in sorted(columns)}
        centres = {  # where the impulses acted: before the step moved the bodies on
            column: tuple(x - v * dt for x, v in zip(state[0], state[2], strict=True))
            for column, state in states.items()
        }
        moving = {entries[c].uid: c for c in columns if entries[c].mode == "free" and not entries[c].reduced}
        sums = {column: [0.0] * 6 for column in moving.values()}  # impulse and its moment about the centre
        values, within = points.values, (points.values[:, DISTANCE] <= 0.0).tolist()
        for row, (a, b, _, _) in enumerate(points.ids.tolist()):
            if not (within[row] and (a in moving or b in moving)):
                continue
            ax, ay, az, bx, by, bz, nx, ny, nz, _, force, f1, f2, ux, uy, uz, wx, wy, wz = values[row].tolist()
            jx, jy, jz = (
                (force * nx + f1 * ux + f2 * wx) * dt,
                (force * ny + f1 * uy + f2 * wy) * dt,
                (force * nz + f1 * uz + f2 * wz) * dt,
            )
            for sign, uid, x, y, z in ((1.0, a, ax, ay, az), (-1.0, b, bx, by, bz)):
                column = moving.get(uid, -1)
                if column >= 0:
                    (cx, cy, cz), total = centres[column], sums[column]
                    rx, ry, rz = x - cx, y - cy, z - cz
                    total[0] += sign * jx
                    total[1] += sign * jy
                    total[2] += sign * jz
                    total[3] += sign * (ry * jz - rz * jy)
                    total[4] += sign * (rz * jx - rx * jz)
                    total[5] += sign * (rx * jy - ry * jx)
        touching = {column for e in self.live for column in (e.a, e.b)}
        before = {
            c: self._before(entries[c], states[c], sums.get(c), None if c in touching else self._spin(c))
            for c in columns
        }
        for episode in began:
            (x, y, z), sides = episode.point, []
            for column in (episode.a, episode.b):
                cx, cy, cz = centres[column]
                sides.append((*before[column], (x - cx, y - cy, z - cz)))
                entries[column].launched = False
            episode.before = max(0.0, -_along(episode, sides))
            episode.starting = (states[episode.a], states[episode.b])

    def _spin(self, column: int) -> Any:
        """The spin of a body that has flown freely since the last sample, which knows it better than the moments of an impact do."""
        samples = self.samples
        if samples is None or column in self.world.stirred:
            return None
        sampled = (samples.count - 1) * samples.per_sample
        return samples.latest[column][10:13] if self.left.get(column, -1) <= sampled else None

    def _before(self, entry: Entry, state: Any, total: list[float] | None, spin: Any) -> tuple[Any, Any]:
        """Velocity and spin before the impulse and moment in `total`; `spin` where it is known."""
        if entry.reduced and entry.column in self.previous and entry.mode not in {"fixed", "held"}:
            return self.previous[entry.column]
        linear: Any
        linear, angular = state[2:4]
        if total is None:
            return linear, angular
        mass, moments = entry.mass.mass, entry.moments
        linear = tuple(v - j / mass for v, j in zip(linear, total[:3], strict=True))
        if spin is not None:
            return linear, spin
        turn = total[3:]
        if moments[0] == moments[1] == moments[2]:
            change = [part / moments[0] for part in turn]
        else:
            x, y, z, w = state[1]  # Bullet's frame is that of the principal axes
            local = _turned((-x, -y, -z, w), turn)
            change = _turned((x, y, z, w), [part / moment for part, moment in zip(local, moments, strict=True)])
        return linear, tuple(v - c for v, c in zip(angular, change, strict=True))

    def _state(self, column: int) -> tuple[Any, Any, Any, Any, bool]:
        """Place, orientation in Bullet's form and velocities of a body, and whether half of gravity is still to be taken back."""
        entry, world = self.world.entries[column], self.world
        bullet, client = world.bullet, world.client
        if entry.link >= 0:
            at, turn = bullet.getLinkState(entry.uid, entry.link, physicsClientId=client)[:2]
        else:
            at, turn = bullet.getBasePositionAndOrientation(entry.uid, client)
        if entry.mode in {"fixed", "held"}:
            return at, turn, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), False
        return at, turn, *world.velocity(entry), entry.mode == "free" and not entry.reduced

    def settle(self) -> None:
        """Bring all episodes up to date: steps, normals, impulses and the motion in which bodies parted."""
        self._sum()
        for episode in self.live:
            episode.last = self.seen
        for episode in self.episodes:
            if episode.starting is not None:
                episode.start_poses = (
                    self._pose(episode.a, episode.starting[0]),
                    self._pose(episode.b, episode.starting[1]),
                )
                episode.starting = None
            if episode.parting is not None:
                self._resolve(episode)

    def _pose(self, column: int, state: Any) -> Pose:
        x, y, z, w = state[1]
        return np.array(state[0]), self.world.own_frame(self.world.entries[column], np.array([w, x, y, z]))

    def _resolve(self, episode: Episode) -> None:
        assert episode.parting is not None
        step, *states = episode.parting
        episode.parting = None
        if step != episode.parted:
            return  # it was ended by other means since
        at, sides, dt = np.array(episode.point), [], self.world.dt
        for column, state in zip((episode.a, episode.b), states, strict=True):
            radius = self.world.entries[column].radius
            velocity = np.array(state[2])
            if state[4]:
                velocity = velocity - self.world.gravity * dt
            reach = at - np.array(state[0])
            distance = math.sqrt(float(reach @ reach))
            if distance > radius > 0:
                reach *= radius / distance  # a rolling body has left its point of first touch
            sides.append((velocity, state[3], reach))
        episode.after = max(0.0, _along(episode, sides))
        episode.end_poses = (self._pose(episode.a, states[0]), self._pose(episode.b, states[1]))

    def touching(self, column: int, step: int) -> bool:
        """Whether a body has borne force within the last `GAP`."""
        self.date()
        return any(step - e.last <= self.gap for e in self.current.values() if column in (e.a, e.b))

    def date(self) -> None:
        """Bring `last` of the live episodes up to date."""
        for episode in self.live:
            episode.last = self.seen

    # impulses ---------------------------------------------------------------------------------------------------------------------

    def _sum(self) -> None:
        """Sum the impulses of the steps that were put aside."""
        if not self.waiting:
            return
        self._last_normals(self.live)
        points = joined([points for points, _ in self.waiting])
        values, bears = points.values, points.bears
        numbers = np.concatenate([of for _, of in self.waiting])
        spare = (
            (values[:, DISTANCE] <= 0.0) & ~bears & ((values[:, FRICTION_1] != 0.0) | (values[:, FRICTION_2] != 0.0))
        )
        if spare.any():
            self._loose_friction(values[spare], points.ids[spare])
        self.waiting, self.count = [], 0
        mine = values[bears][numbers >= 0] if len(numbers) and numbers.min() < 0 else values[bears]
        numbers = numbers[numbers >= 0]
        if not len(numbers):
            return
        least = int(numbers.min())
        numbers = numbers - least
        force, dt = mine[:, FORCE], self.world.dt
        pushes = [
            (force * mine[:, 6 + k] + mine[:, FRICTION_1] * mine[:, 13 + k] + mine[:, FRICTION_2] * mine[:, 16 + k])
            * dt
            for k in range(3)
        ]
        along = np.bincount(numbers, force * dt)
        sums = np.stack([np.bincount(numbers, push) for push in pushes], axis=1)
        met = np.flatnonzero(np.bincount(numbers))
        episodes = [self.episodes[number + least] for number in met.tolist()]
        for episode, impulse in zip(episodes, along[met].tolist(), strict=True):
            episode.impulse += impulse
        np.add.at(self.loose, [e.a for e in episodes], sums[met])
        np.subtract.at(self.loose, [e.b for e in episodes], sums[met])

    def _loose_friction(self, values: FloatArray, ids: NDArray[np.int32]) -> None:
        """Friction that Bullet applied at a point whose normal force it took back to nothing: rare, but momentum all the same."""
        for (a, b, link_a, link_b), v in zip(ids.tolist(), values, strict=True):
            impulse = (v[FRICTION_1] * v[SIDE_1] + v[FRICTION_2] * v[SIDE_2]) * self.world.dt
            for sign, handle in ((1.0, (a, link_a)), (-1.0, (b, link_b))):
                column = self.world.by_handle.get(handle)
                if column is not None:
                    self.loose[column] += sign * impulse

    def take_impulses(self) -> FloatArray:
        """Impulses [N s] of all contacts on each body since the last call, (N, 3)."""
        self._sum()
        total = self.loose.copy()
        self.loose[:] = 0.0
        for episode in self.touched.values():
            total[episode.a] += episode.vector
            total[episode.b] -= episode.vector
            episode.vector = [0.0, 0.0, 0.0]
        self.touched = {}
        return total


def _along(episode: Episode, sides: list[tuple[Any, Any, Any]]) -> float:
    """Speed of a relative to b along the normal [m/s] from (velocity, spin, arm) of both."""
    speeds = []
    nx, ny, nz = episode.normal
    for (vx, vy, vz), (wx, wy, wz), (rx, ry, rz) in sides:
        speeds.append(nx * (vx + wy * rz - wz * ry) + ny * (vy + wz * rx - wx * rz) + nz * (vz + wx * ry - wy * rx))
    return float(speeds[0] - speeds[1])


def _turned(q: tuple[float, float, float, float], v: Any) -> list[float]:
    """A vector turned by a unit quaternion xyzw."""
    x, y, z, w = q
    a, b, c = v
    tx, ty, tz = 2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)
    return [a + w * tx + y * tz - z * ty, b + w * ty + z * tx - x * tz, c + w * tz + x * ty - y * tx]
