"""The audit of a run: momentum against summed impulses, energy that nothing adds to, depths of overlap, finite numbers.

Momentum: over every frame, m dv of each free body against the impulses of its contacts, of gravity and of declared forces; Bullet's own
sum is exact to rounding, so anything more is a fault of the bookkeeping or of the solver. Bodies in joints carry joint forces that
Bullet does not report, and are left out by name. Energy: kinetic and of gravity, all free bodies together, may not rise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.errors import RunError
from sim.trace import Trace

if TYPE_CHECKING:
    from sim.simulate import Run

__all__ = ["Auditor", "audit", "audit_run"]

MOMENTUM_TOLERANCE = 1e-6  # of m v at the largest speed of the body, and 1e-9 N s
ENERGY_TOLERANCE = 0.005  # of the peak
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
        self.left_out = sorted(entry.name for entry in run.world.entries if entry.reduced)

    def _velocities(self) -> np.ndarray:
        return self.run.samples.velocities()

    def frame(self, number: int) -> None:
        """Close the books of a frame."""
        world, run = self.run.world, self.run
        impulses = run.contacts.take_impulses()
        now = self._velocities()
        span = world.dt * run.per_frame
        for entry in world.entries:
            column = entry.column
            if entry.mode != "free" or entry.reduced or entry.kind != "rigid" or world.restart[column]:
                continue
            mass = entry.mass.mass
            residual = (
                mass * (now[column] - self.last[column])
                - impulses[column]
                - world.declared[column]
                - mass * world.gravity * span
            )
            size = float(np.abs(residual).max())
            scale = mass * max(1.0, float(np.abs(now[column]).max()), float(np.abs(self.last[column]).max()))
            scale = max(scale, float(np.abs(impulses[column]).max()))
            if not np.isfinite(size) or size > MOMENTUM_TOLERANCE * scale + 1e-9:
                self.worst.append({"frame": number, "time": number * span, "body": entry.name, "residual_Ns": size})
            if np.isfinite(size):
                self.largest = max(self.largest, size / scale)
        world.declared[:] = 0.0
        world.restart[:] = False
        self.last = now

    def depth(self, points: Any, step: int) -> None:
        """Note the deepest overlap of two bodies among contact points."""
        world = self.run.world
        for point in points:
            if point[8] < self.deepest[0]:
                a, b = world.by_handle.get((point[1], point[3])), world.by_handle.get((point[2], point[4]))
                if a is not None and b is not None and "free" in (world.entries[a].mode, world.entries[b].mode):
                    self.deepest = (point[8], world.names[a], world.names[b], step * world.dt)


def audit_run(run: Run, trace: Trace) -> dict[str, Any]:
    """The audit of a run that has ended, for `meta["audit"]`."""
    checks = [_finite(trace), _momentum(run), _energy(run, trace), _depth(run), *run.fracture.checks()]
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
    total = trace.extra["energy"].data.sum(axis=1)
    scene = run.world.scene
    feeds = [name for name, joint in scene.joints.items() if joint.type == "spring"]
    feeds += [task.name for task in run.drivers.tasks if task.state != "waiting"]
    if run.medium.busy or any(scene.environment.wind):
        feeds.append("the medium")
    if len(total) < 2:
        return _check("energy", True, 0.0, ENERGY_TOLERANCE, "one frame only")
    floor = trace.extra["energy"].data[:, 1].min()
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
