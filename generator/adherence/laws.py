"""Laws read from the pixels of a clip: the acceleration of what falls, what bounces give back, and a test that needs no scale.

A centre on the picture becomes a place in the world on the plane through the simulated object that faces the camera: the depth is
the simulation's, the place is the clip's. Flights between impacts are fitted by parabolas; impacts lie where two of them meet.
"""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.adherence.measures import _centers
from generator.adherence.observe import Observation, Track
from generator.adherence.truth import Truth

__all__ = ["Flight", "ObjectLaws", "laws_of", "unit_free"]

FloatArray = NDArray[np.float64]
ENOUGH_PX = 12.0  # a flight must move this far against uniform motion for an acceleration to be read from it
LEAST = 5  # samples of a flight that its own acceleration is read from
OUTLIER = 6.0  # an end sample this many residuals off the flight of the others does not belong to it
OWN = 8  # samples of a flight that keeps its own acceleration; shorter ones take the mean


@dataclass
class Flight:
    """A flight from `start` to `end` [s]: z'' = -g - k z' |z'| from height z0 [m] and upward speed v0 [m/s] at `start`; k [1/m] is the
    simulated drag of the object; `rms` [m] of the fit."""

    start: float
    end: float
    z0: float
    v0: float
    g: float
    rms: float
    samples: int

    k: float = 0.0

    def at(self, time: float) -> tuple[float, float]:
        """Height [m] and upward speed [m/s] at a time, before `start` too."""
        return _flown(self.z0, self.v0, self.g, self.k, time - self.start)

    @property
    def top(self) -> tuple[float, float]:
        """Time [s] and height [m] of the highest point between `start` and `end`."""
        times = np.linspace(self.start, self.end, 65)
        heights = [self.at(float(t))[0] for t in times]
        best = int(np.argmax(heights))
        return float(times[best]), float(heights[best])


def _flown(z: float, v: float, g: float, k: float, duration: float) -> tuple[float, float]:
    """Height and speed after `duration` [s] of flight with quadratic drag."""
    steps = max(1, int(abs(duration) / 0.004))
    h = duration / steps
    for _ in range(steps):  # midpoint rule: third order a step, exact without drag
        middle = v + 0.5 * h * (-g - k * v * abs(v))
        z, v = z + h * middle, v + h * (-g - k * middle * abs(middle))
    return z, v


@dataclass
class ObjectLaws:
    """What the pixels of one object say. `g` [m/s2] with the number of flights behind it and the simulation's own figure read in
    the same way (`g_expected`); `restitution` of each impact; `bounces` counted by the rule of the simulation (a rise of at least
    2 % of the first drop), with their times [s] and the largest distance to the simulated ones."""

    name: str
    g: float | None = None
    g_expected: float | None = None
    g_error: float | None = None
    restitution: list[float] = field(default_factory=list)
    restitution_expected: list[float] = field(default_factory=list)
    bounces: int | None = None
    bounces_expected: int | None = None
    bounce_times: list[float] = field(default_factory=list)
    bounce_time_error: float | None = None
    flights: list[Flight] = field(default_factory=list)
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def laws_of(truth: Truth, seen: Observation) -> list[ObjectLaws]:
    """The laws of every object that flies freely in the simulation for long enough to be read."""
    found = []
    for k, (subject, track) in enumerate(zip(truth.subjects, seen.tracks, strict=True)):
        if subject.status == "solved" and subject.moves:
            laws = _object_laws(truth, k, track)
            if laws is not None:
                found.append(laws)
    return found


def _object_laws(truth: Truth, k: int, track: Track) -> ObjectLaws | None:
    from sim.queries import bounces, impacts

    subject = truth.subjects[k]
    if len(subject.bodies) > 1:
        return None  # what breaks or is jointed flies no parabola
    time = truth.times
    expected = _centers(truth.mask(k))
    body = np.stack([truth.camera.project(subject.center[t], t) for t in range(len(time))])
    pixel = 1.0 / np.array([truth.camera.focal(t) / max(body[t, 2], 1e-9) for t in range(len(time))])  # [m/px]
    clear = track.seen & ~track.merged & ~_touches_edge(track.mask)
    height = np.full(len(time), np.nan)
    for t in np.flatnonzero(clear & np.isfinite(expected).all(axis=1)):
        height[t] = _world(truth, int(t), track.center[t] + body[t, :2] - expected[t], body[t, 2])[2]
    hits = [c.t_start for c in impacts(truth.trace, subject.name)]
    k_drag = _drag(time, subject.center[:, 2], hits, float(truth.trace.meta.get("gravity", 9.80665)))
    own = _flights(time, subject.center[:, 2], float(np.median(pixel)), hits, k_drag)
    if _gravity(own, float(np.median(pixel))) is None:
        return None  # nothing falls far enough here
    laws = ObjectLaws(subject.name)
    late = time[-1] - 4 * float(np.median(np.diff(time)))  # a rise that the clip does not show cannot be counted in it
    counted = [b for b in bounces(truth.trace, subject.name) if time[0] <= b.time <= late]
    laws.bounces_expected = len(counted)
    laws.restitution_expected = [round(b.restitution, 4) for b in counted]
    scale = float(np.median(pixel))
    laws.g_expected = _gravity(own, scale)
    if np.isfinite(height).sum() < LEAST:
        laws.why = "the object is not found in enough frames"
        return laws
    flights = _flights(time, height, scale, None, k_drag)
    laws.flights = flights
    laws.g = _gravity(flights, scale)
    if laws.g is not None and laws.g_expected:
        laws.g_error = laws.g / laws.g_expected - 1
    elif laws.g is None:
        laws.why = f"no flight is long enough: less than {ENOUGH_PX:.0f} px of fall, or fewer than {LEAST} frames"
    uncounted = [b.time for b in bounces(truth.trace, subject.name) if b.time > late]
    _bounce_laws(laws, flights, [b.time for b in counted], late, uncounted)
    return laws


def _touches_edge(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(mask[:, (0, -1)].any(axis=(1, 2)) | mask[:, :, (0, -1)].any(axis=(1, 2)))


def _world(truth: Truth, frame: int, pixel: FloatArray, depth: float) -> FloatArray:
    """The point [m] at a depth along the view axis that is seen at a pixel."""
    camera = truth.camera
    right, up, forward = camera.axes(frame)
    focal = camera.focal(frame)
    x, y = (pixel[0] - camera.size[0] / 2) / focal, (camera.size[1] / 2 - pixel[1]) / focal
    return np.asarray(camera.eye[frame] + depth * (forward + x * right + y * up))


def _flights(time: FloatArray, height: FloatArray, pixel: float, hits: list[float] | None, k: float) -> list[Flight]:
    """Parabolas between impacts. `hits` [s] are the impacts when they are known; otherwise they lie where the speed turns from down to
    up between two frames. Samples at the ends that do not fit (at rest before the release, blurred by the impact) are let go."""
    known = np.flatnonzero(np.isfinite(height))
    if len(known) < LEAST:
        return []
    t, z = time[known], height[known]
    speed = np.diff(z) / np.diff(t)
    step = float(np.median(np.diff(t)))
    noise = 0.35 * pixel
    if hits is None:
        turns = [i for i in range(1, len(speed)) if _is_turn(speed, i, 1.2 * noise / step)]
    else:
        turns = [int(np.searchsorted(t, hit)) - 1 for hit in hits if t[0] < hit < t[-1]]
    cuts = (
        sorted({0, len(t), *(i + 1 for i in turns)})
        if hits is not None
        else sorted({0, len(t), *(_cut(t, z, i) for i in turns)})
    )
    flights = [flight for a, b in itertools.pairwise(cuts) if (flight := _fit(t[a:b], z[a:b], noise, k)) is not None]
    g = _gravity(flights, pixel)
    if g is None:
        return flights
    refined = []
    for a, b in itertools.pairwise(cuts):
        flight = _fit(t[a:b], z[a:b], noise, k, g=g)
        if flight is not None:
            own = next((f for f in flights if abs(f.start - t[a]) < 1e-9 or abs(f.end - t[b - 1]) < 1e-9), None)
            refined.append(own if own is not None and own.samples >= OWN else flight)
    return refined


def _is_turn(speed: FloatArray, i: int, least: float) -> bool:
    """Whether the speed jumps from down to up at sample i: over one sample, or over two when the impact lies inside an interval."""
    if speed[i] > least and speed[i - 1] < -least:
        return True
    return (
        i >= 2
        and speed[i] > least
        and speed[i - 2] < -least
        and abs(speed[i - 1]) <= max(abs(speed[i]), abs(speed[i - 2]))
        and not (speed[i - 1] > least)
    )


def _cut(t: FloatArray, z: FloatArray, i: int) -> int:
    """The sample at a turn goes to the side whose line it continues."""
    if i < 2 or i + 2 >= len(t):
        return i + 1 if i + 1 < len(t) and z[i + 1] > z[i] else i
    before = z[i - 1] + (z[i - 1] - z[i - 2]) / (t[i - 1] - t[i - 2]) * (t[i] - t[i - 1])
    after = z[i + 1] - (z[i + 2] - z[i + 1]) / (t[i + 2] - t[i + 1]) * (t[i + 1] - t[i])
    return i + 1 if abs(before - z[i]) < abs(after - z[i]) else i


def _fit(t: FloatArray, z: FloatArray, noise: float, k: float, *, g: float | None = None) -> Flight | None:
    """Least squares of a parabola, letting go of end samples that lie off it; None when there are too few."""
    least = 3 if g is not None else LEAST
    a, b = 0, len(t)
    while b - a >= least:
        solution, rms, matrix, target = _dragged(t[a:b], z[a:b], g, k)
        if b - a > least:
            off_first, off_last = (
                _off(matrix, target, slice(1, None), 0, noise),
                _off(matrix, target, slice(None, -1), -1, noise),
            )
            if max(off_first, off_last) > 1:
                a, b = (a + 1, b) if off_first > off_last else (a, b - 1)
                continue
        if g is not None and rms > 6 * noise:
            return None
        return Flight(
            float(t[a]),
            float(t[b - 1]),
            float(solution[0]),
            float(solution[1]),
            float(solution[2]) if g is None else g,
            rms,
            b - a,
            k,
        )
    return None


def _dragged(
    t: FloatArray, z: FloatArray, g: float | None, k: float
) -> tuple[FloatArray, float, FloatArray, FloatArray]:
    """A parabola plus what drag adds to it, found by repeated substitution: solution, residual, matrix and target of the last turn."""
    x = t - t[0]
    added = np.zeros_like(x)
    fine = np.linspace(0, x[-1], 8 * len(x) + 1)
    for turn in range(4 if k else 1):
        if g is None:
            matrix, target = np.stack([np.ones_like(x), x, -0.5 * x * x], axis=1), z - added
        else:
            matrix, target = np.stack([np.ones_like(x), x], axis=1), z + 0.5 * g * x * x - added
        solution, rms = _solved(matrix, target)
        if turn < 3 and k:
            own = float(solution[2]) if g is None else g
            speed = solution[1] - own * fine
            for _ in range(2):
                pull = -k * speed * np.abs(speed)
                gained = np.concatenate([[0.0], np.cumsum(0.5 * (pull[1:] + pull[:-1]) * np.diff(fine))])
                speed = solution[1] - own * fine + gained
            way = np.concatenate([[0.0], np.cumsum(0.5 * (gained[1:] + gained[:-1]) * np.diff(fine))])
            added = np.interp(x, fine, way)
    return solution, rms, matrix, target


def _off(matrix: FloatArray, target: FloatArray, others: slice, end: int, noise: float) -> float:
    """How far an end sample lies from the flight of the others, as a multiple of what is let pass."""
    solution, rms = _solved(matrix[others], target[others])
    return abs(float(matrix[end] @ solution - target[end])) / max(OUTLIER * rms, noise)


def _solved(matrix: FloatArray, target: FloatArray) -> tuple[FloatArray, float]:
    """Least squares and the root mean square residual per degree of freedom."""
    solution: FloatArray = np.linalg.lstsq(matrix, target, rcond=None)[0].astype(float)
    spare = max(len(target) - matrix.shape[1], 1)
    return solution, float(np.sqrt(((matrix @ solution - target) ** 2).sum() / spare))


def _drag(time: FloatArray, height: FloatArray, hits: list[float], gravity: float) -> float:
    """k [1/m] of z'' = -g - k z' |z'| in the simulated flight, by least squares over the frames without an impact; 0 when it is slight."""
    speed = np.diff(height) / np.diff(time)
    middle, step = 0.5 * (time[1:] + time[:-1]), np.diff(time)
    bend = np.diff(speed) / np.diff(middle)
    mean = 0.5 * (speed[1:] + speed[:-1])
    free = (np.abs(bend + gravity) < 0.5 * gravity) & (np.abs(mean) > 0.2 * np.abs(mean).max(initial=0.0))
    for hit in hits:
        free &= np.abs(time[1:-1] - hit) > 1.2 * step[1:]
    if free.sum() < 4:
        return 0.0
    square = mean[free] * np.abs(mean[free])
    return max(0.0, float(-(square * (bend[free] + gravity)).sum() / (square**2).sum()))


def _gravity(flights: list[Flight], pixel: float) -> float | None:
    """The mean acceleration of the flights, weighted by how well each tells it (variance of a quadratic term: as the duration to the power -4)."""
    long = [f for f in flights if f.samples >= LEAST]
    long = [f for f in long if f.g * (f.end - f.start) ** 2 / 8 > ENOUGH_PX * pixel]
    if not long:
        return None
    weights = np.array([float(f.samples) ** 5 for f in long])
    return float((weights * [f.g for f in long]).sum() / weights.sum())


def _bounce_laws(
    laws: ObjectLaws, flights: list[Flight], expected: list[float], late: float, uncounted: list[float]
) -> None:
    """Bounces of the flights; those so near the end that the simulation's are not counted either (after `late`, `uncounted`) are left out."""
    drop = None
    for before, after in itertools.pairwise(flights):
        when = _meeting(before, after)
        if when is None:
            continue
        level, falling = before.at(when)
        down, up = -falling, after.at(when)[1]
        drop = drop if drop is not None else before.top[1] - level
        rise = after.top[1] - level
        near = min((abs(when - t) for t in expected), default=np.inf)
        ending = near > min((abs(when - t) for t in uncounted), default=np.inf) or (when > late and near > 0.1)
        if not ending and down > 0 and up > 0 and rise >= max(0.02 * drop, 0.005):
            laws.bounce_times.append(round(when, 4))
            laws.restitution.append(round(up / down, 4))
    laws.bounces = len(laws.bounce_times)
    pairs = list(zip(laws.bounce_times, expected, strict=False))
    laws.bounce_time_error = max((abs(a - b) for a, b in pairs), default=None)


def _meeting(before: Flight, after: Flight) -> float | None:
    """When two flights are at one height [s], in or near the gap between them."""
    gap = after.start - before.end
    times = np.linspace(before.end - 0.5 * gap, after.start + 0.5 * gap, 81)
    apart = np.array([before.at(float(t))[0] - after.at(float(t))[0] for t in times])
    turns = np.flatnonzero(np.sign(apart[1:]) != np.sign(apart[:-1]))
    if not len(turns):
        return None
    middle = (before.end + after.start) / 2
    k = min(turns, key=lambda i: abs(times[i] - middle))
    return float(times[k] + (times[k + 1] - times[k]) * apart[k] / (apart[k] - apart[k + 1]))


def unit_free(truth: Truth, laws: list[ObjectLaws]) -> list[dict[str, Any]]:
    """The test that needs neither metres nor g: two falls from rest obey t1^2 / t2^2 = h1 / h2 (as in arXiv 2512.02016). `ratio` is
    the left side over the right one, 1 where the law holds; falls are those of several objects, or of one from its apices."""
    falls: list[tuple[str, float, float]] = []
    for own in laws:
        for n, flight in enumerate(own.flights):
            if flight.samples < OWN:  # shorter flights were fitted with the acceleration of the others
                continue
            if n + 1 < len(own.flights):
                when = _meeting(flight, own.flights[n + 1])
                if when is None:
                    continue
                (top, apex), level = flight.top, flight.at(when)[0]
                if when > top and apex > level:
                    falls.append((f"{own.name} fall {n + 1}", when - top, apex - level))
    out = []
    for i in range(len(falls)):
        for j in range(i + 1, len(falls)):
            a, b = falls[i], falls[j]
            out.append(
                {
                    "first": a[0],
                    "second": b[0],
                    "times": (a[1] / b[1]) ** 2,
                    "heights": a[2] / b[2],
                    "ratio": (a[1] / b[1]) ** 2 / (a[2] / b[2]),
                }
            )
    return out
