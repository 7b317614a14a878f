"""Declared actuation: paths, forces, velocities and grips, each started and stopped at a time or at an event, and logged."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import FigureBody
from scenes.motion import Driver, ForceDriver, GripDriver, PathDriver, PathKey, VelocityDriver
from scenes.scene import Scene
from sim.events import Events
from sim.figures import angular_velocities, ground_pose, lean_axis, placed, placed_turns, relative_keys
from sim.rotations import about_z, conjugate, matrices, multiply
from sim.world import Entry, World

__all__ = ["Drivers", "path_positions"]

FloatArray = NDArray[np.float64]
NEVER = 1 << 60


def path_positions(keys: tuple[PathKey, ...], times: NDArray[Any], *, interpolation: str, gravity: float) -> FloatArray:
    """Positions [m] (T, 3) on a path at times [s] after its start, held before the first key and after the last.

    linear; smooth: monotone-safe cubic (PCHIP, Fritsch and Carlson 1980); ballistic: parabolas under `gravity` [m/s2] between keys.
    """
    at = np.array([key.time for key in keys])
    points = np.array([key.position for key in keys], dtype=float)
    t = np.clip(times, at[0], at[-1])
    if len(keys) == 1:
        return np.repeat(points, len(t), axis=0)
    if interpolation == "smooth":
        from scipy.interpolate import PchipInterpolator

        return np.asarray(PchipInterpolator(at, points, axis=0)(t))
    place = np.stack([np.interp(t, at, points[:, k]) for k in range(3)], axis=1)
    if interpolation == "ballistic":
        i = np.clip(np.searchsorted(at, t, side="right") - 1, 0, len(at) - 2)
        place[:, 2] += gravity / 2 * (t - at[i]) * (at[i + 1] - t)
    return place


def _angles(given: list[tuple[float, float]], times: NDArray[Any], *, interpolation: str) -> FloatArray:
    """Angles [rad] at times [s] between the given ones (time, angle), the short way round, held before the first and after the last."""
    at = [time for time, _ in given]
    values = np.unwrap([angle for _, angle in given])
    if interpolation == "smooth" and len(at) > 1:
        from scipy.interpolate import PchipInterpolator

        return np.asarray(PchipInterpolator(at, values)(np.clip(times, at[0], at[-1])))
    return np.asarray(np.interp(times, at, values))


@dataclass(slots=True)
class _Task:
    """A driver in the run: waiting, running or done; for paths the poses of every step since its start."""

    name: str
    driver: Driver
    entry: Entry
    state: str = "waiting"
    begin: int = 0
    positions: FloatArray | None = None
    turns: FloatArray | None = None
    spins: FloatArray | None = None
    holder: Entry | None = None
    grip: tuple[FloatArray, FloatArray] | None = None  # place and turn in the holder's frame


class Drivers:
    """Starts, advances and stops the drivers. `busy`: something needs `before_step` at every step; else at `next_step`."""

    def __init__(self, scene: Scene, world: World, events: Events) -> None:
        self.world, self.events = world, events
        self.log: list[dict[str, Any]] = []
        drivers: dict[str, Driver] = dict(scene.drivers)
        for name, body in scene.bodies.items():
            if isinstance(body, FigureBody) and body.speed > 0 and not any(d.body == name for d in drivers.values()):
                reach = body.speed * 600 * np.array([math.cos(body.heading), math.sin(body.heading), 0.0])
                end = tuple(float(v) for v in np.asarray(body.position) + reach)
                keys = (PathKey(time=0, position=body.position), PathKey(time=600, position=end))  # type: ignore[arg-type]
                drivers[f"{name}_gait"] = PathDriver(body=name, keys=keys, gait=body.gait, why=body.gait or "its gait")
        self.tasks = [
            _Task(name, driver, world.entries[world.column[driver.body]])
            for name, driver in drivers.items()
            if driver.body in world.column
        ]
        self.unadvanced = [name for name, driver in drivers.items() if driver.body not in world.column]
        self.busy = False
        self.next_step = NEVER
        self.watch_joints = [entry for entry in world.entries if entry.reduced]
        self.let_go: Callable[[Entry, int, FloatArray, FloatArray, str], None] | None = (
            None  # what a path that releases calls
        )
        self.pushed: dict[int, FloatArray] = {}  # by column: how far [m] (3,) a blow has moved a figure off its path

    # what the loop asks ------------------------------------------------------------------------------------------------------------

    @property
    def running(self) -> set[str]:
        """Bodies that a path, a force or a motor moves now."""
        return {
            t.entry.name
            for t in self.tasks
            if t.state == "running"
            and not isinstance(t.driver, GripDriver)
            and not (t.positions is not None and self._at_end(t))
        }

    @property
    def pending(self) -> bool:
        """Whether a driver is still to start or stop: at a time, or at an event that may come."""
        for task in self.tasks:
            for trigger in (task.driver.start, task.driver.stop):
                waits = task.state == "waiting" if trigger is task.driver.start else task.state != "done"
                if waits and trigger is not None and (not isinstance(trigger, str) or trigger in self.events.times):
                    return True
        return bool(self.running)

    def joint_velocities(self) -> dict[int, tuple[Any, Any]]:
        return {entry.column: self.world.velocity(entry) for entry in self.watch_joints}

    def before_step(self, step: int) -> None:
        if self.events.changed or step >= self.next_step:
            self.change(step)
        for task in self.tasks:
            if task.state == "running":
                self._advance(task, step)

    # starting and stopping ---------------------------------------------------------------------------------------------------------

    def _step_of(self, trigger: float | str | None) -> int:
        if trigger is None:
            return NEVER
        if isinstance(trigger, str):
            time = self.events.times.get(trigger)
            return NEVER if time is None else math.ceil(time / self.world.dt - 1e-6)
        return round(trigger / self.world.dt)

    def change(self, step: int) -> None:
        """Start and stop what is due at `step`, and note when to look again."""
        self.events.changed = False
        for task in self.tasks:
            if task.state == "running" and self._step_of(task.driver.stop) <= step:
                self._stop(task, step)
        for task in self.tasks:
            if task.state == "waiting" and self._step_of(task.driver.start) <= step:
                self._start(task, step)
        due = [
            self._step_of(t.driver.start if t.state == "waiting" else t.driver.stop)
            for t in self.tasks
            if t.state != "done"
        ]
        waits_for_event = any(
            isinstance(trigger, str) and trigger not in self.events.times
            for t in self.tasks
            if t.state != "done"
            for trigger in (t.driver.start, t.driver.stop)
        )
        self.next_step = min((d for d in due if d > step), default=NEVER)
        self.busy = waits_for_event or any(t.state == "running" and self._needs_every_step(t) for t in self.tasks)

    @staticmethod
    def _needs_every_step(task: _Task) -> bool:
        match task.driver:
            case GripDriver():
                return task.grip is not None or task.entry.reduced
            case VelocityDriver(hold=hold):
                return hold
        return True

    def _note(self, task: _Task, step: int, what: str) -> None:
        self.log.append(
            {
                "driver": task.name,
                "body": task.entry.name,
                "type": task.driver.type,
                "time": round(step * self.world.dt, 6),
                "what": what,
                "why": task.driver.why,
            }
        )

    def _start(self, task: _Task, step: int) -> None:
        task.state, task.begin = "running", step
        world, entry = self.world, task.entry
        self._note(task, step, "start")
        match task.driver:
            case PathDriver():
                for other in self.tasks:  # one path at a time: the later one takes over
                    if (
                        other is not task
                        and other.entry is entry
                        and other.state == "running"
                        and other.positions is not None
                    ):
                        self._stop(other, step)
                self._plan_path(task, task.driver)
                world.set_mode(entry, "driven")
            case GripDriver():
                self._grip(task, task.driver)
            case VelocityDriver(hold=False):
                self._push(task, task.driver)
                task.state = "done"
            case _:
                pass

    def _push(self, task: _Task, driver: VelocityDriver) -> None:
        world, entry = self.world, task.entry
        linear, angular = world.velocity(entry)
        target = (
            np.array(driver.linear if driver.linear is not None else linear),
            np.array(driver.angular if driver.angular is not None else angular),
        )
        world.declared[entry.column] += entry.mass.mass * (target[0] - np.array(linear))
        if entry.reduced:
            from sim.joints import set_link_velocity

            set_link_velocity(world, entry, *target)
        elif entry.mode == "free":
            if driver.linear is not None:
                world.supported.discard(entry.column) if abs(target[0][2]) > 0.02 else None
                world.launch(entry, *target)
                world.declared[entry.column] -= entry.launched * entry.mass.mass * world.gravity * (world.dt / 2)
            else:
                world.set_velocity(entry, *target)

    def _grip(self, task: _Task, driver: GripDriver) -> None:
        world, entry = self.world, task.entry
        if entry.reduced:
            return
        if driver.holder is not None and driver.holder in world.column:
            task.holder = world.entries[world.column[driver.holder]]
            at, turn = world.pose(entry)
            held_at, held_turn = world.pose(task.holder)
            if task.holder.mode != "fixed" or any(t.entry is task.holder for t in self.tasks):
                task.grip = (matrices(held_turn).T @ (at - held_at), multiply(conjugate(held_turn), turn))
        world.set_mode(entry, "driven" if task.grip is not None else "held")

    def _stop(self, task: _Task, step: int) -> None:
        task.state = "done"
        world, entry = self.world, task.entry
        self._note(task, step, "stop")
        if isinstance(task.driver, PathDriver | GripDriver) and not entry.reduced:
            velocity = (
                self._path_velocity(task, step) if isinstance(task.driver, PathDriver) else self._holder_velocity(task)
            )
            fixed = entry.kind == "figure" or getattr(world.scene.bodies[entry.name], "fixed", False)
            if fixed:
                world.set_mode(entry, "held")
            else:
                world.set_mode(entry, "free")
                world.supported.discard(entry.column)
                world.launch(entry, *velocity)
                world.restart[entry.column] = True

    def _holder_velocity(self, task: _Task) -> tuple[FloatArray, FloatArray]:
        if task.grip is None or task.holder is None or task.holder.mode == "fixed":
            return np.zeros(3), np.zeros(3)
        linear, angular = (np.array(v) for v in self.world.velocity(task.holder))
        return linear + np.cross(angular, self.world.pose(task.entry)[0] - self.world.pose(task.holder)[0]), angular

    # moving ------------------------------------------------------------------------------------------------------------------------

    def _plan_path(self, task: _Task, driver: PathDriver) -> None:
        world, entry = self.world, task.entry
        at, turn = world.pose(entry)
        figure = entry.kind == "figure"
        ground, now, tilt = at, 0.0, 0.0
        if figure:
            axis = lean_axis(getattr(world.scene.bodies[entry.name], "species", "person"))
            ground, now, tilt = ground_pose(at, turn, shape=entry.shape, axis=axis)  # type: ignore[arg-type]
        keys = driver.keys
        if driver.relative:
            keys = relative_keys(keys, origin=ground, heading=now, turned=figure)
        if keys[0].time > 0:
            here = tuple(float(v) for v in ground)
            keys = (PathKey(time=0, position=here, heading=now, tilt=tilt), *keys)  # type: ignore[arg-type]
        times = np.arange(math.ceil(keys[-1].time / world.dt - 1e-9) + 2) * world.dt
        points = path_positions(keys, times, interpolation=driver.interpolation, gravity=-world.gravity[2])
        given = [(key.time, key.heading) for key in keys if key.heading is not None] or [(0.0, now)]
        angles = _angles(given, times, interpolation=driver.interpolation)
        tilts = _angles([(key.time, key.tilt) for key in keys], times, interpolation=driver.interpolation)
        if figure:
            task.positions, task.turns = placed(points, angles, tilts, shape=entry.shape, axis=axis)  # type: ignore[arg-type]
        else:
            before = multiply(about_z(-angles[0]), turn)
            task.positions, task.turns = points, placed_turns(angles, tilts, before)
        task.spins = angular_velocities(task.turns, world.dt)

    def _at_end(self, task: _Task) -> bool:
        assert task.positions is not None
        return self.world.now - task.begin >= len(task.positions) - 1

    def _path_velocity(self, task: _Task, step: int) -> tuple[FloatArray, FloatArray]:
        assert task.positions is not None and task.spins is not None
        whole = math.floor(task.driver.keys[-1].time / self.world.dt + 1e-9)  # type: ignore[union-attr]  # the step in which it ends is a part of one
        k = max(min(step - task.begin, len(task.positions) - 2, whole), 1)
        return (task.positions[k] - task.positions[k - 1]) / self.world.dt, task.spins[k - 1]

    def _advance(self, task: _Task, step: int) -> None:
        world, entry = self.world, task.entry
        world.now = step
        match task.driver:
            case PathDriver():
                assert task.positions is not None and task.turns is not None and task.spins is not None
                k = step - task.begin
                last = len(task.positions) - 1
                if k >= last - 1 and task.driver.release and entry.kind == "figure" and self.let_go is not None:
                    self._note(task, step, "stop")
                    task.state = "done"
                    self.let_go(entry, step, *self._path_velocity(task, step), task.driver.why)
                    return
                if (
                    k >= last - 1
                    and task.driver.stop is None
                    and entry.kind == "rigid"
                    and not getattr(world.scene.bodies[entry.name], "fixed", False)
                ):
                    self._stop(task, step)
                    return
                k = min(k, last)
                after = min(k + 1, last)
                self._lead(
                    entry,
                    task.positions[k] + self.pushed.get(entry.column, 0.0),
                    task.turns[k],
                    (task.positions[after] - task.positions[k]) / world.dt,
                    task.spins[k],
                )
            case ForceDriver():
                self._force(entry, task.driver)
            case VelocityDriver():
                self._motor(entry, task.driver)
            case GripDriver():
                if entry.reduced:
                    from sim.joints import keep_link

                    keep_link(world, entry)
                elif task.grip is not None and task.holder is not None:
                    at, turn = world.pose(task.holder)
                    linear, angular = (np.array(v) for v in world.velocity(task.holder))
                    reach = matrices(turn) @ task.grip[0]
                    self._lead(
                        entry, at + reach, multiply(turn, task.grip[1]), linear + np.cross(angular, reach), angular
                    )

    def _lead(self, entry: Entry, at: FloatArray, turn: FloatArray, linear: FloatArray, angular: Any) -> None:
        """Put a driven body on its path, with the velocity that takes it to the next step (gravity is taken back)."""
        self.world.set_pose(entry, at, turn)
        self.world.set_velocity(entry, linear - self.world.gravity * self.world.dt, angular)

    def _force(self, entry: Entry, driver: ForceDriver) -> None:
        world, bullet = self.world, self.world.bullet
        at, turn = world.pose(entry)
        where = at if driver.point is None else at + matrices(turn) @ np.array(driver.point)
        bullet.applyExternalForce(
            entry.uid, entry.link, list(driver.force), where.tolist(), bullet.WORLD_FRAME, physicsClientId=world.client
        )
        if any(driver.torque):
            bullet.applyExternalTorque(
                entry.uid, entry.link, list(driver.torque), bullet.WORLD_FRAME, physicsClientId=world.client
            )
        world.declared[entry.column] += np.array(driver.force) * world.dt
        entry.launched = False

    def _motor(self, entry: Entry, driver: VelocityDriver) -> None:
        world = self.world
        linear, angular = (np.array(v) for v in world.velocity(entry))
        target = np.array(driver.linear) - world.gravity * world.dt if driver.linear is not None else linear
        world.declared[entry.column] += entry.mass.mass * (target - linear)
        if entry.reduced:
            from sim.joints import set_link_velocity

            set_link_velocity(world, entry, target, np.array(driver.angular) if driver.angular is not None else angular)
            return
        world.stirred.add(entry.column)
        world.set_velocity(entry, target, driver.angular if driver.angular is not None else angular)
        entry.launched = False
