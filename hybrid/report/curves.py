"""Curves between the frames of a trace: a bounce lies between two frames, and a straight line through it would cut off its foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.trace import Trace

__all__ = ["energies", "height_and_speed", "knots"]

FloatArray = NDArray[np.float64]
MOST_BODIES, MOST_KNOTS = 12, 400


def knots(trace: Trace, *names: str) -> dict[int, tuple[float, float]]:
    """For each frame interval in which a contact of `names` (of any body when none) begins: when the first begins and the last ends [s],
    both within the interval."""
    found: dict[int, tuple[float, float]] = {}
    for contact in trace.contacts:
        if names and contact.body_a not in names and contact.body_b not in names:
            continue
        k = int(np.searchsorted(trace.time, contact.t_start, side="right")) - 1
        if 0 <= k < len(trace.time) - 1 and contact.t_start > trace.time[k] + 1e-6:
            begin, end = found.get(k, (contact.t_start, contact.t_start))
            found[k] = (min(begin, contact.t_start), min(max(end, contact.t_end), float(trace.time[k + 1])))
    return found


def _acceleration(
    trace: Trace, column: int, frame: int, neighbour: int, busy: dict[int, tuple[float, float]]
) -> FloatArray:
    """Acceleration [m/s2] (3,) at `frame`, from the velocity at `neighbour` where no contact lies between them, else of free fall."""
    quiet = 0 <= neighbour < len(trace.time) and min(frame, neighbour) not in busy
    if quiet and trace.alive[neighbour, column]:
        dv = trace.linear_velocity[frame, column] - trace.linear_velocity[neighbour, column]
        return np.asarray(dv / (trace.time[frame] - trace.time[neighbour]))
    return np.array([0.0, 0.0, -float(trace.meta.get("gravity", 9.80665))])


def height_and_speed(trace: Trace, name: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Times [s], heights of the lowest point [m] and speeds [m/s] (K,): the frames, and between them the start and end of contacts, to which
    the recorded velocities and accelerations of the frames before and after lead. Where the two sides do not meet, the frames alone."""
    column = trace.index(name)
    track = trace[name]
    busy = knots(trace, name)
    time, height, speed = list(trace.time), list(track.height), list(track.speed)
    if len(busy) > MOST_KNOTS:
        return trace.time, track.height, track.speed
    extra: list[tuple[float, float, float]] = []
    for k, (begin, end) in busy.items():
        reached = []
        for frame, at in ((k, begin), (k + 1, end)):
            a = _acceleration(trace, column, frame, frame - 1 if frame == k else frame + 1, busy)
            t = at - float(trace.time[frame])
            v = track.linear_velocity[frame]
            reached.append(
                (at, float(track.height[frame] + v[2] * t + a[2] * t * t / 2), float(np.linalg.norm(v + a * t)))
            )
        (_, left, _), (_, right, _) = reached
        if np.isfinite([left, right]).all() and abs(left - right) <= 0.03 + 0.1 * abs(
            track.height[k] - track.height[k + 1]
        ):
            foot = max(min(left, right), min(0.0, float(np.nanmin(track.height))))
            extra += [
                (reached[0][0], foot, reached[0][2]),
                (max(reached[1][0], reached[0][0] + 1e-5), foot, reached[1][2]),
            ]
    for at, h, v in extra:
        time.append(at)
        height.append(h)
        speed.append(v)
    order = np.argsort(time, kind="stable")
    return np.array(time)[order], np.array(height, dtype=float)[order], np.array(speed, dtype=float)[order]


def energies(trace: Trace) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Times [s], kinetic energy and potential energy from its lowest value [J] (K,) of all moving bodies, None where they were not recorded.

    Between the frames around a contact the total stays what it was before, and after, and the potential follows the heights.
    """
    recorded = trace.extra.get("energy")
    if (
        recorded is None
        or recorded.data.ndim != 2
        or recorded.data.shape[1] < 2
        or not np.isfinite(recorded.data).all()
    ):
        return None
    kinetic, potential = recorded.data[:, 0], recorded.data[:, 1]
    if float(kinetic.max()) <= 0 and float(np.ptp(potential)) <= 0:
        return None
    movers = [c for c, mass in enumerate(trace.mass) if np.isfinite(mass) and mass > 0]
    busy = knots(trace)
    time, k_curve, p_curve = list(trace.time), list(kinetic), list(potential)
    if len(movers) <= MOST_BODIES and len(busy) <= MOST_KNOTS and trace.alive.all():
        gravity = float(trace.meta.get("gravity", 9.80665))
        curves = {c: height_and_speed(trace, trace.names[c]) for c in movers}
        for k, (begin, end) in busy.items():
            for frame, at in ((k, begin), (k + 1, max(end, begin + 1e-5))):
                total = kinetic[frame] + potential[frame]
                rise = sum(
                    float(trace.mass[c])
                    * gravity
                    * (np.interp(at, curves[c][0], curves[c][1]) - trace[trace.names[c]].height[frame])
                    for c in movers
                )
                stored = min(potential[frame] + rise, total)
                time.append(at)
                p_curve.append(stored)
                k_curve.append(total - stored)
    order = np.argsort(time, kind="stable")
    p = np.array(p_curve)[order]
    return np.array(time)[order], np.array(k_curve)[order], p - p.min()
