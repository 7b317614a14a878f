"""What is kept of a run: states between frames, then the arrays of the trace, with what each contact let a body rise and fall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.contacts import Episode
from sim.extent import lowest_points
from sim.rotations import conjugate, matrices, multiply
from sim.trace import Contact, ExtraArray, Trace
from sim.world import Entry, World

if TYPE_CHECKING:
    from sim.simulate import Run

__all__ = ["REST_ANGULAR", "REST_LINEAR", "REST_TIME", "Samples", "make_trace"]

FloatArray = NDArray[np.float64]
REST_LINEAR, REST_ANGULAR, REST_TIME = 0.02, 0.05, 0.5  # [m/s], [rad/s], [s]
LINEAR_2, ANGULAR_2 = REST_LINEAR**2, REST_ANGULAR**2
Row = tuple[float, ...]  # position, xyzw, linear and angular velocity, as Bullet has them
CHUNK = 256  # samples between conversions to arrays


class Samples:
    """Poses and velocities of all bodies every few steps, as Bullet has them; fixed bodies are read once."""

    def __init__(self, world: World, per_sample: int) -> None:
        self.world, self.per_sample = world, per_sample
        self.moving = [entry for entry in world.entries if self._can_move(entry)]
        self.count = 0
        self.latest: list[Row] = [self._read(entry) for entry in world.entries]
        self.stored = np.zeros((0, len(world.entries), 13))
        self.flown = np.zeros((0, len(world.entries)), dtype=bool)
        self.waiting: list[list[Row]] = []
        self.waiting_flags: list[list[bool]] = []
        self.quiet_since = [0.0] * len(world.entries)

    def _can_move(self, entry: Entry) -> bool:
        driven = any(driver.body == entry.name for driver in self.world.scene.drivers.values())
        return (
            entry.mode == "free"
            or entry.reduced
            or driven
            or getattr(self.world.scene.bodies[entry.name], "speed", 0.0) > 0
        )

    def _read(self, entry: Entry) -> Row:
        bullet, client = self.world.bullet, self.world.client
        if entry.link >= 0:
            fresh = int(entry.offset is not None)  # a bone's place lags by a step otherwise
            state = bullet.getLinkState(entry.uid, entry.link, 1, fresh, physicsClientId=client)
            return (*state[0], *state[1], *state[6], *state[7])
        at, turn = bullet.getBasePositionAndOrientation(entry.uid, client)
        if entry.mode == "held":
            return (*at, *turn, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        linear, angular = bullet.getBaseVelocity(entry.uid, client)
        if entry.offset is not None:  # a figure that was let go
            at, linear = self.world.pose(entry)[0].tolist(), self.world.velocity(entry)[0]
        return (*at, *turn, *linear, *angular)

    def take(self, step: int) -> None:
        """Read every body that can move; sample k is the state after step k * per_sample."""
        now = self.count * self.per_sample * self.world.dt
        later = now + self.per_sample * self.world.dt
        quiet, latest, client = self.quiet_since, self.latest.copy(), self.world.client
        place_of = self.world.bullet.getBasePositionAndOrientation
        velocity_of = self.world.bullet.getBaseVelocity
        flown = [False] * len(self.world.entries)
        for entry in self.moving:
            column, uid = entry.column, entry.uid
            if entry.link >= 0 or entry.mode == "held" or entry.offset is not None:
                values = latest[column] = self._read(entry)
                linear, angular = values[7:10], values[10:13]
            else:
                at, turn = place_of(uid, client)
                linear, angular = velocity_of(uid, client)
                latest[column] = at + turn + linear + angular
            a, b, c = linear
            d, e, f = angular
            if a * a + b * b + c * c >= LINEAR_2 or d * d + e * e + f * f >= ANGULAR_2:
                quiet[column] = later
            flown[column] = entry.launched
        self.latest = latest
        self.world.stirred.clear()
        self.waiting.append(latest)
        self.waiting_flags.append(flown)
        self.count += 1
        if len(self.waiting) >= CHUNK:
            self._store()

    def grow(self, entries: list[Entry], rows: list[Row], now: float) -> None:
        """Take in bodies that begin now [s]; before, they count as lying where they begin."""
        self._store()
        count = len(self.stored)
        self.stored = np.concatenate([self.stored, np.broadcast_to(np.array(rows), (count, len(rows), 13))], axis=1)
        self.flown = np.concatenate([self.flown, np.zeros((count, len(rows)), dtype=bool)], axis=1)
        self.moving += entries
        self.latest = [*self.latest, *rows]
        self.quiet_since += [now] * len(rows)

    def _store(self) -> None:
        if self.waiting:
            self.stored = np.concatenate([self.stored, np.array(self.waiting).reshape(-1, *self.stored.shape[1:])])
            self.flown = np.concatenate(
                [self.flown, np.array(self.waiting_flags, dtype=bool).reshape(-1, self.flown.shape[1])]
            )
            self.waiting, self.waiting_flags = [], []

    @property
    def data(self) -> FloatArray:
        """All samples (K, N, 13): position, xyzw in Bullet's frame, linear and angular velocity."""
        self._store()
        return self.stored

    def velocities(self) -> FloatArray:
        """Linear velocities of the last sample [m/s] (N, 3)."""
        return np.array([values[7:10] for values in self.latest]).reshape(-1, 3)

    def at_rest_since(self, *, moving: set[str]) -> float | None:
        """Time [s] from which every free body has been quiet, None when one still moves (or is `moving` by a driver)."""
        if moving:
            return None
        quiet = [self.quiet_since[entry.column] for entry in self.moving if entry.mode == "free"]
        return float(max(quiet, default=0.0))

    def position(self, column: int) -> FloatArray:
        """Of the last sample [m] (3,)."""
        return np.array(self.latest[column][:3])

    def states(self, rows: slice | NDArray[np.int64]) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Positions, orientations wxyz (body frame), linear and angular velocities of samples, each (K, N, ...)."""
        data = self.data[rows]
        position, xyzw = data[..., :3], data[..., 3:7]
        orientation = xyzw[..., [3, 0, 1, 2]]
        for entry in self.world.entries:
            if entry.axes[0] != 1.0:
                orientation[:, entry.column] = multiply(orientation[:, entry.column], conjugate(entry.axes))
        linear = data[..., 7:10].copy()
        linear += self.flown[rows][..., None] * (self.world.gravity * (self.world.dt / 2))
        return position.copy(), orientation, linear, data[..., 10:13].copy()


def make_trace(run: Run, frames: int, meta: dict[str, Any]) -> Trace:
    """The trace of the first `frames` frames."""
    world, samples = run.world, run.samples
    run.contacts.settle()
    per_frame = run.per_frame // run.per_sample
    rows = np.arange(frames) * per_frame
    position, orientation, linear, angular = samples.states(rows)
    orientation = _continuous(orientation)
    n = len(world.entries)
    time = np.arange(frames) / (1.0 / (world.dt * run.per_frame))
    mass = np.array(
        [
            e.mass.mass
            if e.mode in {"free", "held", "driven", "gone"} and e.kind == "rigid" and not _fixed(world, e)
            else np.inf
            for e in world.entries
        ]
    )
    fine_position, fine_orientation, *_ = samples.states(slice(None))
    lowest = (
        np.stack(
            [lowest_points(e.shape, fine_position[:, e.column], fine_orientation[:, e.column]) for e in world.entries],
            axis=1,
        )
        if n
        else np.zeros((samples.count, 0))
    )
    kinetic = kinetic_energies(world, orientation, linear, angular, mass)
    steps = rows * run.per_sample
    alive = run.grains.alive(steps, run.figures.alive(steps, run.fracture.alive(steps, n)))
    lowest = run.figures.lowest(lowest, fine_position, fine_orientation)
    kinetic = np.where(alive, kinetic, 0.0)
    contacts, normals, rises, falls = _contacts(run, lowest)
    potential = np.where(
        np.isfinite(mass) & alive, -world.gravity[2] * np.where(np.isfinite(mass), mass, 0.0) * position[..., 2], 0.0
    )
    extra = {
        "lowest": ExtraArray(_living(alive, lowest[rows]), "m", "world"),
        "kinetic_energy": ExtraArray(kinetic, "J", "world"),
        "energy": ExtraArray(
            np.stack([kinetic.sum(axis=1), potential.sum(axis=1)], axis=1), "J", "kinetic, potential of gravity"
        ),
        "contact_normal": ExtraArray(normals, "1", "world, from body_b to body_a"),
        "contact_rise": ExtraArray(rises, "m", "of the lowest point of body_a, body_b until its next contact"),
        "contact_fall": ExtraArray(falls, "m", "of the lowest point of body_a, body_b since its last contact"),
    }
    trace = Trace(
        time=time,
        names=world.names,
        alive=alive,
        position=_living(alive, position),
        orientation=_living(alive, orientation),
        linear_velocity=_living(alive, linear),
        angular_velocity=_living(alive, angular),
        scale=np.ones((frames, n, 3)),
        mass=mass,
        contacts=contacts,
        extra=extra,
        meta=meta,
    )
    if meta.get("partial"):
        return trace
    from sim.audit import audit_run

    return trace.with_meta(audit=audit_run(run, trace))


def _living(alive: NDArray[np.bool_], values: FloatArray) -> FloatArray:
    return np.where(alive if values.ndim == 2 else alive[..., None], values, np.nan)


def _fixed(world: World, entry: Entry) -> bool:
    return bool(getattr(world.scene.bodies[entry.name], "fixed", True))


def kinetic_energies(
    world: World, orientation: FloatArray, linear: FloatArray, angular: FloatArray, mass: FloatArray
) -> FloatArray:
    """Of translation and rotation [J], (T, N); 0 for bodies that the laws do not move."""
    energy = np.zeros(linear.shape[:2])
    for entry in world.entries:
        if not np.isfinite(mass[entry.column]):
            continue
        v, w = linear[:, entry.column], angular[:, entry.column]
        local = np.einsum("tji,tj->ti", matrices(orientation[:, entry.column]), w)
        energy[:, entry.column] = 0.5 * entry.mass.mass * (v * v).sum(axis=1) + 0.5 * np.einsum(
            "ti,ij,tj->t", local, entry.mass.tensor, local
        )
    return energy


def _continuous(q: FloatArray) -> FloatArray:
    """The same orientations with signs such that neighbours in time are close."""
    if len(q) < 2:
        return q
    flips = np.where(np.einsum("tni,tni->tn", q[1:], q[:-1]) < 0, -1.0, 1.0)
    q = q.copy()
    q[1:] *= np.cumprod(flips, axis=0)[..., None]
    return q


def _contacts(run: Run, lowest: FloatArray) -> tuple[tuple[Contact, ...], FloatArray, FloatArray, FloatArray]:
    world, dt = run.world, run.world.dt
    episodes = [e for e in run.contacts.episodes if not _scenery(world, e)]
    rise, fall = np.zeros((len(episodes), 2)), np.zeros((len(episodes), 2))
    mine: dict[int, list[int]] = {}
    for k, episode in enumerate(episodes):
        for column in (episode.a, episode.b):
            if world.entries[column].mode != "fixed":
                mine.setdefault(column, []).append(k)
    for column, numbers in mine.items():
        ended, low_end = 0, lowest[0, column]
        for place, k in enumerate(numbers):
            episode = episodes[k]
            side = 0 if episode.a == column else 1
            if episode.first > ended:
                between = _window(lowest, column, ended, episode.first, run.per_sample)
                fall[k, side] = max(low_end, between) - _lowest_of(world, episode.start_poses, side, column)
            if episode.last < ended:
                continue
            ended = episode.last
            low_end = _lowest_of(world, episode.end_poses, side, column) if episode.end_poses else lowest[-1, column]
            if episode.normal[2] * (1 if side == 0 else -1) > 0.5:
                low_end = min(
                    low_end, episode.point[2]
                )  # by the time that force was seen to end, the body had risen a little
            following = episodes[numbers[place + 1]].first if place + 1 < len(numbers) else run.step + 1
            if following > ended + 1 and episode.end_poses:
                rise[k, side] = max(0.0, _window(lowest, column, ended, following, run.per_sample) - low_end)
    rows, normals, order = [], [], []
    for e in episodes:
        a, b, sign, sides = (e.a, e.b, 1.0, [0, 1]) if _first(world, e.a, e.b) else (e.b, e.a, -1.0, [1, 0])
        rows.append(
            Contact(
                world.names[a],
                world.names[b],
                (e.first - 1) * dt,
                e.last * dt,
                e.impulse,
                e.before,
                e.after if e.parted >= 0 else 0.0,
                *map(float, e.point),
            )
        )
        normals.append(sign * np.array(e.normal))
        order.append(sides)
    if not rows:
        return (), np.zeros((0, 3)), np.zeros((0, 2)), np.zeros((0, 2))
    swap = np.array(order)
    return (
        tuple(rows),
        np.array(normals),
        np.take_along_axis(rise, swap, axis=1),
        np.take_along_axis(np.maximum(fall, 0.0), swap, axis=1),
    )


def _first(world: World, a: int, b: int) -> bool:
    """Whether `a` is named first: what moves before what stands, then the order of the scene."""
    fixed_a, fixed_b = _fixed(world, world.entries[a]), _fixed(world, world.entries[b])
    return (fixed_a, a) < (fixed_b, b)


def _scenery(world: World, episode: Episode) -> bool:
    a, b = world.entries[episode.a], world.entries[episode.b]
    if "/grain_" in a.name and "/grain_" in b.name:
        return True  # grains among each other are not told
    return _fixed(world, a) and _fixed(world, b)


def _lowest_of(world: World, poses: Any, side: int, column: int) -> float:
    at, turn = poses[side]
    return float(lowest_points(world.entries[column].shape, at[None], turn[None])[0])


def _window(lowest: FloatArray, column: int, after: int, before: int, per_sample: int) -> float:
    """Highest of the lowest point at the samples strictly between two steps; -inf when there is none."""
    low, high = after // per_sample + 1, (before - 1) // per_sample
    values = lowest[low : high + 1, column]
    return float(values.max()) if len(values) else -np.inf
