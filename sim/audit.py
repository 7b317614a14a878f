"""The audit of a run: momentum against summed impulses, energy that nothing adds to, depths of overlap, finite numbers.

Momentum: over every frame, m dv of each free body against the impulses of its contacts, of gravity and of declared forces; Bullet's own
sum is exact to rounding, so anything more is a fault of the bookkeeping or of the solver. Bodies in joints carry joint forces that
Bullet does not report, and are left out by name. Energy: kinetic and of gravity, all free bodies together, may not rise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.errors import RunError
from sim.contact_reader import DISTANCE, Points
from sim.trace import Trace

if TYPE_CHECKING:
    from sim.simulate import Run

__all__ = ["Auditor", "audit", "audit_run"]

MOMENTUM_TOLERANCE = 1e-6  # of m v at the largest speed of the body, and 1e-9 N s
ENERGY_TOLERANCE = 0.005  # of the peak
PAGES = 64  # frames whose books are examined together
SETTLING = 1e-4  # [m]
LEAST_DEPTH = 3e-3  # [m], of hulls with Bullet's margin
DEPTH_TOLERANCE = 0.25  # of the thinnest half-extent of either body


class Auditor:
    """Collects momentum residuals frame by frame while the simulation runs."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.worst: list[dict[str, Any]] = []
        self.largest = 0.0
        self.deepest = (0.0, "", "", 0.0)
        run.world.declared[:] = 0.0  # what drivers gave at the start is in the first velocities
        self.last = self._velocities()
        self.books: list[tuple[Any, ...]] = []
        self.left_out = sorted(entry.name for entry in run.world.entries if entry.reduced)

    def _velocities(self) -> np.ndarray:
        return self.run.samples.velocities()

    def frame(self, number: int) -> None:
        """Close the books of a frame; they are examined many at a time."""
        world, now = self.run.world, self._velocities()
        free = [e.mode == "free" and not e.reduced and e.kind == "rigid" for e in world.entries]
        impulses = self.run.contacts.take_impulses()
        page = (number, free, now, self.last, impulses, world.declared.copy(), world.restart.copy())
        if self.books and len(self.books[0][1]) != len(free):
            self.examine()
        self.books.append(page)
        if len(self.books) >= PAGES:
            self.examine()
        world.declared[:] = 0.0
        world.restart[:] = False
        self.last = now

    def examine(self) -> None:
        """Compare m dv with the impulses of every body in the frames whose books are closed."""
        if not self.books:
            return
        world, span = self.run.world, self.run.world.dt * self.run.per_frame
        numbers, free, after, before, gained, declared, restart = (
            np.array(part) for part in zip(*self.books, strict=True)
        )
        self.books = []
        audited = free & ~restart
        mass = np.array([entry.mass.mass for entry in world.entries[: free.shape[1]]])
        residual = mass[:, None] * (after - before - world.gravity * span) - gained - declared
        size, speed = np.abs(residual).max(axis=2), np.maximum(np.abs(after), np.abs(before)).max(axis=2)
        scale = np.maximum(mass * np.maximum(1.0, speed), np.abs(gained).max(axis=2))
        for page, column in np.argwhere(audited & ~(size <= MOMENTUM_TOLERANCE * scale + 1e-9)).tolist():
            name, time = world.entries[column].name, float(numbers[page]) * span
            amiss = float(size[page, column])
            self.worst.append({"frame": int(numbers[page]), "time": time, "body": name, "residual_Ns": amiss})
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = size / scale
        self.largest = max(self.largest, float(np.max(shares, where=audited & np.isfinite(size), initial=0.0)))

    def depth(self, points: Points, step: int) -> None:
        """Note the deepest overlap of two bodies among contact points."""
        world, distances = self.run.world, points.values[:, DISTANCE]
        if distances.min() >= self.deepest[0]:
            return
        for row in np.flatnonzero(distances < self.deepest[0]).tolist():
            first, second, link_a, link_b = points.ids[row].tolist()
            a, b = world.by_handle.get((first, link_a)), world.by_handle.get((second, link_b))
            deeper = float(distances[row]) < self.deepest[0]
            if deeper and a is not None and b is not None and "free" in (world.entries[a].mode, world.entries[b].mode):
                self.deepest = (float(distances[row]), world.names[a], world.names[b], step * world.dt)


def audit_run(run: Run, trace: Trace) -> dict[str, Any]:
    """The audit of a run that has ended, for `meta["audit"]`."""
    run.auditor.examine()
    checks = [
        _finite(trace),
        _momentum(run),
        _energy(run, trace),
        _depth(run),
        *run.fracture.checks(),
        *run.figures.checks(),
    ]
    return {"passed": all(check["passed"] for check in checks), "checks": checks}


def audit(trace: Trace) -> dict[str, Any]:
    """The audit of a trace: what the run recorded, with the checks that the arrays allow made again.

    Raises RunError when the trace carries no audit and is not finite.
    """
    recorded = trace.meta.get("audit")
    finite = _finite(trace)
    if recorded is None:
        if not finite["passed"]:
            raise RunError(finite["evidence"])
        return {"passed": True, "checks": [finite]}
    checks = [finite, *(check for check in recorded["checks"] if check["name"] != "finite")]
    return {"passed": all(check["passed"] for check in checks), "checks": checks}


def _check(
    name: str, passed: bool, value: float | None, limit: float | None, evidence: str, **more: Any
) -> dict[str, Any]:
    return {"name": name, "passed": bool(passed), "value": value, "limit": limit, "evidence": evidence, **more}


def _finite(trace: Trace) -> dict[str, Any]:
    for what in ("position", "orientation", "linear_velocity", "angular_velocity"):
        bad = ~np.isfinite(getattr(trace, what)) & trace.alive[..., None]
        if bad.any():
            frame, body = (int(v[0]) for v in np.nonzero(bad.any(axis=2)))
            return _check(
                "finite",
                False,
                None,
                None,
                f"{what} of {trace.names[body]} is not a number from {trace.time[frame]:.3f} s on",
            )
    return _check("finite", True, None, None, "every pose and velocity is a number")


def _momentum(run: Run) -> dict[str, Any]:
    auditor = run.auditor
    left = f"; not checked (joints): {', '.join(auditor.left_out)}" if auditor.left_out else ""
    if auditor.worst:
        first = auditor.worst[0]
        evidence = f"m dv of {first['body']} differs from its impulses by {first['residual_Ns']:.3g} N s in the frame that ends at {first['time']:.3f} s"
        return _check(
            "momentum", False, auditor.largest, MOMENTUM_TOLERANCE, evidence + left, faults=auditor.worst[:20]
        )
    evidence = f"m dv equals the impulses of contacts, gravity and declared forces; largest residual {auditor.largest:.1e} of m v"
    return _check("momentum", True, auditor.largest, MOMENTUM_TOLERANCE, evidence + left)


def _energy(run: Run, trace: Trace) -> dict[str, Any]:
    total = trace.extra["energy"].data.sum(axis=1) - _lifted(run, trace)
    scene = run.world.scene
    feeds = [name for name, joint in scene.joints.items() if joint.type == "spring"]
    feeds += [task.name for task in run.drivers.tasks if task.state != "waiting"]
    if run.medium.busy or any(scene.environment.wind):
        feeds.append("the medium")
    for broken in run.fracture.breaks:  # what left its frame begins to count where it hangs: nothing was put in
        total = total - np.where(trace.time >= broken.record["time"] - 1e-9, broken.record["freed_J"], 0.0)
    feeds += [f"the grains of {pour['body']}" for pour in run.grains.pours]
    feeds += [f"{doll.entry.name}, who was let go" for doll in run.figures.dolls.values()]
    if len(total) < 2:
        return _check("energy", True, 0.0, ENERGY_TOLERANCE, "one frame only")
    floor = (trace.extra["energy"].data[:, 1] + total - trace.extra["energy"].data.sum(axis=1)).min()
    peak = float(max(total.max() - floor, trace.extra["energy"].data[:, 0].max(), 1e-12))
    rise = float((total - np.minimum.accumulate(total)).max())
    weight = (
        sum(e.mass.mass for e in run.world.entries if e.mode == "free" and e.kind == "rigid")
        * scene.environment.gravity
    )
    peak += weight * SETTLING / ENERGY_TOLERANCE  # bodies at rest settle into each other by hundredths of a millimetre
    moving = [e.column for e in run.world.entries if e.mode == "free" and e.kind == "rigid"]
    masses = np.array([run.world.entries[c].mass.mass for c in moving])
    speeds = np.abs(np.nan_to_num(trace.linear_velocity[:, moving, 2])) @ masses if moving else np.zeros(1)
    lag = float(speeds.max()) * scene.environment.gravity * run.world.dt  # a velocity is that of half a step before
    peak += lag / ENERGY_TOLERANCE
    share = rise / peak
    if feeds:
        return _check(
            "energy",
            True,
            share,
            None,
            f"not bounded, because these put energy in or store it: {', '.join(sorted(set(feeds)))}",
        )
    at = int(np.argmax(total - np.minimum.accumulate(total)))
    evidence = f"kinetic and potential energy together never rose by more than {share:.2%} of the peak ({peak:.3g} J)"
    if share > ENERGY_TOLERANCE:
        evidence = (
            f"the energy rose by {share:.2%} of the peak until {trace.time[at]:.3f} s, most in {_gainer(trace, at)}"
        )
    return _check("energy", share <= ENERGY_TOLERANCE, share, ENERGY_TOLERANCE, evidence)


def _lifted(run: Run, trace: Trace) -> Any:
    """What the buoyancy of air has done on light bodies [J] (F,): rho V g z, which comes and goes with their height."""
    medium = run.medium
    given = np.zeros(len(trace.time))
    for floater in medium.light:
        column = floater.entry.column
        if column < trace.position.shape[1]:
            rise = np.nan_to_num(trace.position[:, column, 2] - trace.position[0, column, 2])
            given += medium.air * floater.volume * run.world.scene.environment.gravity * rise
    return given


def _gainer(trace: Trace, frame: int) -> str:
    kinetic = trace.extra["kinetic_energy"].data
    low = max(0, frame - 4)
    return trace.names[int(np.argmax(kinetic[frame] - kinetic[low]))]


def _depth(run: Run) -> dict[str, Any]:
    from sim.extent import smallest_half_extent

    depth, a, b, time = run.auditor.deepest
    if not a:
        return _check("overlap", True, 0.0, None, "no two bodies overlapped")
    world = run.world
    thin = min(smallest_half_extent(world.entries[world.column[name]].shape) for name in (a, b))
    speed = 0.0
    for entry in (world.entries[world.column[a]], world.entries[world.column[b]]):
        states = run.samples.data[:, entry.column, 7:13]
        if entry.mode not in {"fixed", "held"} and len(states):
            top = np.nan_to_num(np.abs(states)).max(axis=0)
            speed = max(speed, float(np.linalg.norm(top[:3]) + np.linalg.norm(top[3:]) * entry.radius))
    steps = 3.0 if {a, b} & set(run.fracture.shapes) else 1.5  # fragments start in touch and are thrown at each other
    limit = max(DEPTH_TOLERANCE * thin, steps * speed * world.dt, LEAST_DEPTH)
    evidence = f"deepest overlap {-depth * 1000:.2f} mm, of {a} and {b} at {time:.3f} s (bound {limit * 1000:.2f} mm)"
    return _check("overlap", -depth <= limit, -depth, limit, evidence)
