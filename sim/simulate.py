"""`simulate`: a scene in, a trace out. The loop steps Bullet, reads the contacts of every step, and samples all states 96 times a second or more."""

from __future__ import annotations

import gc
import math
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.errors import RunError, UserError
from scenes.scene import Scene
from sim.audit import Auditor
from sim.clearance import Leaps, steps_until_contact
from sim.contact_reader import FORCE, PointReader, Points, as_tuples, from_tuples
from sim.contacts import ContactRecorder
from sim.drivers import Drivers
from sim.events import Events
from sim.fracture import LEAST_CHANGE, LIGHT, Fracture
from sim.grains import Grains, with_grains
from sim.medium import Medium
from sim.ragdoll_push import Figures
from sim.record import Samples, make_trace
from sim.stiction import Stiction
from sim.tethers import Tethers
from sim.trace import Trace
from sim.wheels import Wheels
from sim.world import World, choose_rate

__all__ = ["LONGEST", "SHORTEST", "OutOfTime", "Run", "advance", "prepare", "simulate"]

FloatArray = NDArray[np.float64]
SHORTEST, LONGEST, AFTERWARDS = 2.0, 15.0, 0.5  # [s] of the clip when the scene does not say
LOOK_EVERY = 0.25  # [s] between looks at the goals
SAMPLING = 96.0  # [1/s] states between frames: an apex is met within 0.13 mm
FEW, MANY = 8, 200  # bodies above which states are sampled half as often (an apex within 0.5 mm), and twice a frame

Progress = Callable[[float, float], None]


class OutOfTime(RunError):
    """A simulation that its deadline stopped."""


@dataclass
class Run:
    """The parts of a running simulation, for those who advance it."""

    world: World
    samples: Samples
    contacts: ContactRecorder
    events: Events
    drivers: Drivers
    medium: Medium
    tethers: Tethers
    stiction: Stiction
    step: int = 0
    per_frame: int = 60
    per_sample: int = 4
    auditor: Any = None
    fracture: Any = None
    figures: Any = None
    wheels: Any = None
    grains: Any = None


def simulate(
    scene: Scene,
    *,
    fps: float = 16.0,
    seconds: float | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
    deadline: float | None = None,
) -> Trace:
    """Integrate a scene and return what happened, at `fps` [1/s] frames from t = 0.

    `seconds` overrides the scene's duration; without both, the run lasts until every asked outcome is decided and half a second more,
    between 2 and 15 s. `seed` overrides the scene's (nothing here is random but what a solver says in its meta). `progress(done, all)`
    is called with simulated seconds. Raises UserError for scenes that cannot be simulated, and OutOfTime when the clock (`time.time()`)
    passes `deadline` before the end.
    """
    if not (math.isfinite(fps) and 1 <= fps <= 1000):
        raise UserError(f"fps is {fps}; give frames per second between 1 and 1000.")
    if seconds is not None and not (math.isfinite(seconds) and 0 < seconds <= 600):
        raise UserError(f"seconds is {seconds}; give a duration between 0 and 600 s.")
    scene = with_grains(scene)
    asked = seconds if seconds is not None else scene.duration
    count = len(scene.bodies)
    per_frame, why = choose_rate(scene, fps, bodies=count)
    with World(scene, steps_per_second=fps * per_frame) as world:
        run = prepare(world, scene, fps=fps, per_frame=per_frame)
        run.fracture.seed = scene.seed if seed is None else seed
        collecting = gc.isenabled()
        gc.disable()  # millions of short-lived tuples without cycles: the collector only costs time
        try:
            frames = advance(run, scene, asked, fps, progress, deadline)
        finally:
            if collecting:
                gc.enable()
        meta = {
            "fps": fps,
            "steps_per_second": fps * per_frame,
            "steps_why": why,
            "gravity": scene.environment.gravity,
            "seed": scene.seed if seed is None else seed,
            "duration": (frames - 1) / fps,
            "duration_why": "as asked" if asked is not None else "until the outcomes are decided",
            "settings": world.settings,
            "pairs": world.pairs,
            "notes": world.notes + run.medium.notes + run.stiction.notes,
            "not_simulated": world.not_simulated,
            "medium": run.medium.about,
            "drivers": run.drivers.log,
            "events": run.events.times,
            "versions": {
                "pybullet": str(world.bullet.getAPIVersion()),
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
            "bodies": {
                e.name: {
                    "kind": e.kind,
                    "mode": e.mode,
                    "mass": e.mass.mass,
                    "inertia": e.mass.tensor.tolist(),
                    "shape": getattr(e.shape, "type", ""),
                }
                for e in world.entries
            },
        }
        return make_trace(run, frames, {**meta, **run.fracture.meta(), **run.figures.meta(), **run.grains.meta()})


def prepare(world: World, scene: Scene, *, fps: float, per_frame: int) -> Run:
    count = len(world.entries)
    rate = SAMPLING if count <= FEW else SAMPLING / 2 if count <= MANY else 2 * fps
    target = max(1, round(fps * per_frame / rate))
    per_sample = max(d for d in range(1, per_frame + 1) if per_frame % d == 0 and d <= target)
    contacts = ContactRecorder(world)
    events = Events(scene, world, contacts)
    drivers = Drivers(scene, world, events)
    run = Run(
        world,
        Samples(world, per_sample),
        contacts,
        events,
        drivers,
        Medium(scene, world),
        Tethers(scene, world),
        Stiction(world),
        per_frame=per_frame,
        per_sample=per_sample,
    )
    contacts.samples = run.samples
    for entry in world.entries:
        body = scene.bodies[entry.name]
        linear, angular = getattr(body, "linear_velocity", (0.0,) * 3), getattr(body, "angular_velocity", (0.0,) * 3)
        if entry.mode == "free" and not entry.reduced:
            world.launch(entry, linear, angular)
    drivers.change(0)
    run.stiction.start()
    run.fracture = Fracture(run, scene, seed=scene.seed)
    run.figures = Figures(run, scene)
    run.wheels = Wheels(run)
    run.grains = Grains(run, scene)
    return run


def advance(
    run: Run, scene: Scene, asked: float | None, fps: float, progress: Progress | None, deadline: float | None = None
) -> int:
    """Step until the end; returns the number of frames."""
    world, contacts, drivers, medium, events, tethers = (
        run.world,
        run.contacts,
        run.drivers,
        run.medium,
        run.events,
        run.tethers,
    )
    fracture, figures = run.fracture, run.figures
    step_bullet, client = world.bullet.stepSimulation, world.client
    read, leaps = PointReader(world.bullet, client).read, Leaps(world, run.per_sample)
    run.samples.take(0)
    medium.sense(run.samples)
    run.auditor = auditor = Auditor(run)
    last_frame = math.floor((asked if asked is not None else LONGEST) * fps + 1e-6)
    last_frame = max(1, last_frame)
    look = max(1, round(LOOK_EVERY * fps))
    decided = asked is not None
    step, frame = 0, 0
    before_each, special = drivers.before_step, medium.busy or tethers.busy or bool(drivers.watch_joints)
    clear_until, look_again = 0, 0  # nothing can touch before this step; the next step at which to find out
    points: Points | None = None
    while frame < last_frame:
        for _ in range(run.per_frame // run.per_sample):
            medium.kick(run.per_sample)
            quiet = not (special or drivers.busy or contacts.live or points is not None or figures.busy)
            if quiet and clear_until < step + run.per_sample and step >= look_again:
                clear_until = step + steps_until_contact(run)
                look_again = max(step + 4 * run.per_sample, clear_until - run.per_sample)
            due = min(drivers.next_step, run.grains.next_step)
            if quiet and clear_until >= step + run.per_sample and due > step + run.per_sample:
                leaps.leap()
                step += run.per_sample
                points = None
            else:
                leaps.single()
                for _ in range(run.per_sample):
                    if drivers.busy or step >= drivers.next_step:
                        before_each(step)
                    if special:
                        _before_step(run)
                    if step >= run.grains.next_step:
                        run.grains.before_step(step)
                    if figures.giving_way:
                        figures.before_step()
                    step_bullet(client)
                    step += 1
                    points = read()
                    if points is not None and fracture.watched:
                        points = _examine(run, step, points)
                    if points is not None and figures.watched:
                        figures.examine(step, points)
                    if points is not None:
                        contacts.add(step, points)
                        if contacts.fresh:
                            events.on_contacts(step)
                    elif contacts.live:
                        contacts.idle(step)
            run.step = step
            if points is not None:
                auditor.depth(points, step)
            run.samples.take(step)
            if events.watching:
                contacts.date()
                events.on_sample(step, run.samples)
            medium.sense(run.samples)
            if run.wheels.busy:
                run.wheels.update()
            if run.stiction.busy:
                run.stiction.update(run.samples)
        frame += 1
        if deadline is not None and time.time() > deadline:
            raise OutOfTime(f"the simulation was stopped at {frame / fps:.2f} s, because its time was over")
        auditor.frame(frame)
        if progress is not None:
            progress(frame / fps, last_frame / fps)
        if not decided and frame % look == 0:
            end = _end_of_interest(run, scene, frame, fps)
            if end is not None:
                decided = True
                wanted = min(LONGEST, max(SHORTEST, end + AFTERWARDS))
                last_frame = min(last_frame, max(frame, math.ceil(wanted * fps - 1e-6)))
    return frame + 1


def _before_step(run: Run) -> None:
    """Forces of water, springs and ropes, and the velocities of jointed bodies before the step."""
    if run.medium.busy:
        run.medium.before_step()
    if run.tethers.busy:
        run.tethers.before_step()
    if run.drivers.watch_joints:
        run.contacts.previous = run.drivers.joint_velocities()


def _examine(run: Run, step: int, points: Points) -> Points | None:
    """The points of a step that are left when brittle bodies have been judged; gentle steps need no judgement."""
    fracture = run.fracture
    forces = np.where(points.bears, points.values[:, FORCE], 0.0)
    most = int(points.ids[:, :2].max()) + 1
    felt = np.bincount(points.ids[:, 0], forces, most) + np.bincount(points.ids[:, 1], forces, most)
    for (uid, _), entry in fracture.watched.items():
        least = LEAST_CHANGE * (entry.mass.mass if entry.mode == "free" else LIGHT)
        if uid < most and felt[uid] * run.world.dt >= least * (1 - 1e-9):
            break
    else:
        return points
    run.contacts.settle()
    given = as_tuples(points)
    left = fracture.examine(step, given)
    if left is given:
        return points
    return from_tuples(left) if left else None


def _end_of_interest(run: Run, scene: Scene, frame: int, fps: float) -> float | None:
    """The time [s] at which the last asked outcome was decided, or all came to rest; None while something is open."""
    from sim.goals import decided_at

    now = frame / fps
    still = run.samples.at_rest_since(moving=run.drivers.running | run.figures.moving | run.grains.moving)
    if still is not None and still <= now - AFTERWARDS and not run.drivers.pending:
        return still
    timed = [goal for goal in scene.goals.values() if goal.type not in {"refused", "warms", "cools", "melts"}]
    if not timed or now < SHORTEST - AFTERWARDS - LOOK_EVERY or run.drivers.pending:
        return None
    partial = make_trace(run, frame + 1, {"fps": fps, "gravity": scene.environment.gravity, "partial": True})
    times = [decided_at(goal, scene, partial) for goal in timed]
    return None if any(time is None for time in times) else max(time for time in times if time is not None)
