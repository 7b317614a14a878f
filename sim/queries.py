"""Named physics queries over a trace, shared by the verifier, the search, reports and tests. They need nothing but the trace."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from sim.trace import Contact, Trace

__all__ = [
    "BOUNCE_FRACTION",
    "BOUNCE_RISE",
    "Bounce",
    "bounces",
    "displacement",
    "first_contact",
    "first_drop",
    "impacts",
    "in_contact_at_end",
    "rest_intervals",
    "rest_time",
    "swing_turns",
    "tilt",
    "touched_through",
    "turns",
]

FloatArray = NDArray[np.float64]
BOUNCE_RISE, BOUNCE_FRACTION = 0.005, 0.02  # [m]; of the first drop
REST_LINEAR, REST_ANGULAR, REST_TIME = 0.02, 0.05, 0.5  # [m/s], [rad/s], [s]


@dataclass(frozen=True)
class Bounce:
    """A counted bounce: time [s], what it bounced on, speeds along the normal before and after [m/s], rise after it [m]."""

    time: float
    on: str
    speed_before: float
    speed_after: float
    rise: float

    @property
    def restitution(self) -> float:
        """Parting over closing speed [-]."""
        return self.speed_after / self.speed_before if self.speed_before > 0 else 0.0

    def as_dict(self) -> dict[str, float]:
        return {**{k: v for k, v in asdict(self).items() if k != "on"}, "restitution": self.restitution}


def _numbers(trace: Trace, name: str) -> list[tuple[int, int]]:
    """(index of the contact, 0 or 1 for the side of `name`) in time order."""
    return trace.numbers_of(name)


def _column(trace: Trace, array: str, k: int, side: int, fallback: float) -> float:
    extra = trace.extra.get(array)
    return float(extra.data[k, side]) if extra is not None else fallback


def first_drop(trace: Trace, name: str) -> float:
    """How far the lowest point fell before the first contact that a fall of at least 5 mm led to [m]; 0 when there is none."""
    for k, side in _numbers(trace, name):
        contact = trace.contacts[k]
        gravity = float(trace.meta.get("gravity", 9.80665)) or math.inf
        fall = _column(trace, "contact_fall", k, side, contact.speed_before**2 / (2 * gravity))
        if fall >= BOUNCE_RISE:
            return fall
    return 0.0


def bounces(trace: Trace, name: str, *, on: str | None = None) -> list[Bounce]:
    """The bounces of a body, in time order.

    A contact counts when the body closed and parted again and then rose by at least 2 % of its first drop and 5 mm. Against a wall (a
    normal that is rather level) the rise is that of its parting speed, v^2/2g, and it counts only when the wall is asked for by `on`.
    """
    gravity = float(trace.meta.get("gravity", 9.80665))
    drop = first_drop(trace, name)
    needed = max(BOUNCE_RISE, BOUNCE_FRACTION * drop)
    normals = trace.extra.get("contact_normal")
    found = []
    for k, side in _numbers(trace, name):
        contact = trace.contacts[k]
        if on is not None and contact.other(name) != on:
            continue
        up = 1.0 if normals is None else float(normals.data[k, 2]) * (1 if side == 0 else -1)
        equivalent = contact.speed_after**2 / (2 * gravity) if gravity > 0 else math.inf
        if up >= 0.5:
            rise = _column(trace, "contact_rise", k, side, equivalent)
        elif on is not None and abs(up) < 0.5:
            rise = equivalent
        else:
            continue
        if rise >= needed and contact.speed_before > 0 and contact.speed_after > 0:
            found.append(Bounce(contact.t_start, contact.other(name), contact.speed_before, contact.speed_after, rise))
    return found


def impacts(trace: Trace, name: str, *, slowest: float = 0.05) -> list[Contact]:
    """Contacts of a body that began with a closing speed of at least `slowest` [m/s]."""
    return [contact for contact in trace.contacts_of(name) if contact.speed_before >= slowest]


def rest_intervals(trace: Trace, name: str) -> list[tuple[float, float]]:
    """Intervals [s] of at least 0.5 s in which every frame is below 0.02 m/s and 0.05 rad/s."""
    track = trace[name]
    quiet = (track.speed < REST_LINEAR) & (np.linalg.norm(track.angular_velocity, axis=1) < REST_ANGULAR)
    found, start = [], None
    for k, still in enumerate([*quiet.tolist(), False]):
        if still and start is None:
            start = k
        elif not still and start is not None:
            begin, end = float(trace.time[start]), float(trace.time[k - 1])
            if end - begin >= REST_TIME - 1e-9:
                found.append((begin, end))
            start = None
    return found


def rest_time(trace: Trace, name: str) -> float | None:
    """When a body came to rest [s]: the start of its first rest after it moved; 0 when it never moved, None when it does not rest."""
    intervals = rest_intervals(trace, name)
    if not intervals:
        return None
    if intervals[0][0] == 0.0 and intervals[0][1] < trace.duration - 1e-9:
        intervals = intervals[1:]
    return intervals[0][0] if intervals else None


def first_contact(trace: Trace, a: str, b: str | None = None, *, after: float = 0.0) -> Contact | None:
    """The first contact of `a` (with `b`) that begins at `after` [s] or later."""
    return next((contact for contact in trace.contacts_of(a, b) if contact.t_start >= after - 1e-9), None)


def in_contact_at_end(trace: Trace, a: str, b: str, *, within: float = 0.15) -> Contact | None:
    """The contact of `a` and `b` that lasts until the end of the trace (give or take `within` [s])."""
    lasting = [contact for contact in trace.contacts_of(a, b) if contact.t_end >= trace.duration - within]
    return lasting[-1] if lasting else None


def tilt(trace: Trace, name: str) -> FloatArray:
    """Angle [rad] between the body's first upright direction and the same direction now, (T,)."""
    w, x, y, z = trace[name].orientation.T
    ups = np.stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], axis=1)
    # the direction that pointed up at the start, carried along: R(t) R(0)^T e_z
    rows0 = np.array(_matrix(trace[name].orientation[0]))
    local_up = rows0.T @ np.array([0.0, 0.0, 1.0])
    matrices = np.array([_matrix(q) for q in trace[name].orientation]) if not np.allclose(local_up, [0, 0, 1]) else None
    carried = ups if matrices is None else matrices @ local_up
    return np.asarray(np.arccos(np.clip(carried[:, 2], -1.0, 1.0)))


def _matrix(q: FloatArray) -> list[list[float]]:
    w, x, y, z = q
    return [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]


def displacement(trace: Trace, name: str) -> FloatArray:
    """Vector from where the body started [m], (T, 3)."""
    position = trace[name].position
    return np.asarray(position - position[0])


def turns(trace: Trace, name: str) -> FloatArray:
    """Revolutions made so far [-], (T,), by the integral of the angular speed."""
    rate = np.linalg.norm(trace[name].angular_velocity, axis=1)
    steps = np.diff(trace.time) * (rate[1:] + rate[:-1]) / 2
    return np.concatenate([[0.0], np.cumsum(steps)]) / (2 * math.pi)


def swing_turns(trace: Trace, name: str, *, amplitude: float = 0.01) -> list[float]:
    """Times [s] at which the horizontal motion reverses, along the direction in which it is widest; swings below `amplitude` [m] do not count."""
    flat = trace[name].position[:, :2]
    centred = flat - flat.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    along = centred @ axes[0]
    found, extreme, direction = [], along[0], 0
    for k in range(1, len(along)):
        if (direction >= 0 and along[k] > extreme) or (direction <= 0 and along[k] < extreme):
            if direction == 0 and abs(along[k] - along[0]) >= amplitude:
                direction = 1 if along[k] > along[0] else -1
            extreme = along[k] if direction != 0 or abs(along[k] - along[0]) >= amplitude else extreme
        elif direction != 0 and abs(along[k] - extreme) >= amplitude:
            found.append(float(trace.time[k]))
            direction, extreme = -direction, along[k]
    return found


LOSING_HOLD = 0.02  # [s] what was carried until just before its support was hit fell because of it


def touched_through(trace: Trace, source: str) -> dict[str, float]:
    """When each moving body was first touched by `source`, directly or through others that it had touched: name -> time [s]."""
    fixed = {name for name, mass in zip(trace.names, trace.mass, strict=True) if not np.isfinite(mass)} - {source}
    reached = {source: 0.0}
    pending = True
    while pending:  # a stack was in contact long before it is hit: earliest arrival over contacts that last, relaxed until nothing changes
        pending = False
        for contact in trace.contacts:
            for one, other in ((contact.body_a, contact.body_b), (contact.body_b, contact.body_a)):
                if one not in reached or other in fixed or contact.t_end < reached[one] - LOSING_HOLD:
                    continue
                time = max(contact.t_start, reached[one])
                if time < reached.get(other, np.inf):
                    reached[other], pending = time, True
    return reached
