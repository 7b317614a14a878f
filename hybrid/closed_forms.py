"""Textbook answers to put beside a simulation where one exists: a falling and bouncing body, and the heat of a straight rod.

The rod: k T'' - (h P/A)(T - Ta) + q = rho c dT/dt with ends that are held, insulated, heated or cooled by convection; the steady state plus a
series of eigenfunctions (Carslaw and Jaeger, Conduction of Heat in Solids, 2nd ed. 1959, chapters 3 and 4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scenes.scene import Scene
    from sim.trace import Trace

__all__ = ["Fall", "Rod", "fall_of", "rod_of"]

FloatArray = NDArray[np.float64]
TERMS, NODES = 240, 6000
LEVEL = 0.999  # cosine of a contact's normal from which on a surface counts as level


@dataclass(frozen=True)
class Fall:
    """A body in free fall over a level floor, without air: clearance `height` [m] and vertical velocity `velocity` [m/s] at t = 0,
    `gravity` [m/s2], `restitution` [-] or None when only the way to the first touch is known."""

    height: float
    velocity: float
    gravity: float
    restitution: float | None
    end: float  # [s] until when the formula is to be drawn

    def at(self, time: FloatArray) -> FloatArray:
        """Height above the floor [m] at times [s]; NaN where the formula says nothing."""
        t = np.asarray(time, dtype=float)
        g = self.gravity
        speed = math.sqrt(self.velocity**2 + 2 * g * self.height)
        begin, first = 0.0, (self.velocity + speed) / g
        out = np.full(len(t), np.nan)
        falling = t <= first
        out[falling] = self.height + self.velocity * t[falling] - g * t[falling] ** 2 / 2
        if self.restitution is None:
            return np.where(t <= self.end, out, np.nan)
        begin, rising = first, self.restitution * speed
        while begin < self.end and rising > 1e-3:
            length = 2 * rising / g
            here = (t > begin) & (t <= begin + length)
            out[here] = rising * (t[here] - begin) - g * (t[here] - begin) ** 2 / 2
            begin, rising = begin + length, rising * self.restitution
        if rising <= 1e-3:
            out[t > begin] = 0.0
        return np.where(t <= self.end, out, np.nan)


def fall_of(scene: Scene, trace: Trace, name: str) -> Fall | None:
    """The formula for a body that starts in the air, drives and joints apart, and comes down on a fixed level surface; None for others.

    Bounces follow the formula for spheres that touch nothing else; of other shapes and ways it is drawn to the first touch alone.
    """
    body = scene.bodies.get(name)
    gravity = float(trace.meta.get("gravity", scene.environment.gravity))
    bound = {joint.child for joint in scene.joints.values()} | {joint.parent for joint in scene.joints.values()}
    driven = {driver.body for driver in scene.drivers.values()} | {
        getattr(d, "holder", None) for d in scene.drivers.values()
    }
    if (
        body is None
        or body.kind != "rigid"
        or gravity <= 0
        or name in bound | driven
        or scene.environment.medium == "water"
    ):
        return None
    if (
        scene.environment.water_level is not None
        or not np.isfinite(trace[name].mass)
        or not trace.alive[0, trace.index(name)]
    ):
        return None
    contacts = trace.contacts_of(name)
    touches = [c for c in contacts if c.t_end > 0]
    if not touches or touches[0].t_start < 2 / trace.fps:
        return None
    floor, normals = touches[0].other(name), trace.extra.get("contact_normal")
    if np.isfinite(trace[floor].mass):
        return None
    track = trace[name]
    surface = (
        touches[0].z if abs(float(np.nanmin(track.height)) - touches[0].z) > 0.005 else float(np.nanmin(track.height))
    )
    height, velocity = float(track.height[0]) - surface, float(track.linear_velocity[0, 2])
    if height <= 0:
        return None
    which = [trace.contacts.index(c) for c in touches]
    level = normals is not None and all(abs(normals.data[k, 2]) > LEVEL for k in which)
    alone = all(c.other(name) == floor for c in touches)
    fell = body.shape.type == "sphere" and level and alone and not np.abs(track.linear_velocity[0, :2]).any()
    if fell and not np.abs(track.angular_velocity[0]).any():
        pair = next(
            (
                entry["restitution"]["used"]
                for entry in trace.meta.get("pairs", [])
                if set(entry["pair"].split("+")) == {_material(scene, name), _material(scene, floor)}
                and "restitution" in entry
            ),
            None,
        )
        if pair is not None:
            return Fall(height, velocity, gravity, float(pair), trace.duration)
    return Fall(height, velocity, gravity, None, touches[0].t_start)


def _material(scene: Scene, name: str) -> str:
    from scenes.materials import library

    return library().material(getattr(scene.bodies[name], "material", "plastic")).name


@dataclass(frozen=True)
class Rod:
    """A straight rod of `length` [m] along its `axis` (0, 1, 2 of the body's frame), from its low end at x = 0.

    `diffusivity` [m2/s]; `loss` m^2 = hP/(kA) [1/m2] to `ambient` [degC]; `source` q/k [K/m2]; each end is (H [1/m], driving slope [K/m]):
    -T'(0) + H0 T(0) = D0 and T'(L) + H1 T(L) = D1, H infinite where the temperature D is held; `initial` [degC].
    """

    length: float
    axis: int
    diffusivity: float
    loss: float
    ambient: float
    source: float
    ends: tuple[tuple[float, float], tuple[float, float]]
    initial: float

    @property
    def _decay(self) -> float:
        """m [1/m]; 0 where the sides lose too little to tell, and exp(m x) and 1 are the same to rounding."""
        return math.sqrt(self.loss) if self.loss * self.length**2 > 1e-10 else 0.0

    def steady(self, x: FloatArray) -> FloatArray:
        """The temperature [degC] that the rod tends to, at places [m]."""
        a, b, particular = self._constants()
        return particular(x) + a * self._first(x) + b * self._second(x)

    def _first(self, x: FloatArray) -> FloatArray:
        m = self._decay
        return np.asarray(np.exp(-m * x) if m > 0 else np.ones_like(x))

    def _second(self, x: FloatArray) -> FloatArray:
        m = self._decay
        return np.asarray(np.exp(-m * (self.length - x)) if m > 0 else x)

    def _constants(self):  # type: ignore[no-untyped-def]
        m, length = self._decay, self.length
        if m > 0:
            level = self.ambient + self.source / self.loss
            values = {0.0: (1.0, math.exp(-m * length)), length: (math.exp(-m * length), 1.0)}
            slopes = {x: (-m * values[x][0], m * values[x][1]) for x in values}
            particular = lambda x: np.full_like(np.asarray(x, dtype=float), level)  # noqa: E731
            part = {x: (level, 0.0) for x in values}
        else:
            values = {0.0: (1.0, 0.0), length: (1.0, length)}
            slopes = {x: (0.0, 1.0) for x in values}
            particular = lambda x: -self.source * np.asarray(x, dtype=float) ** 2 / 2  # noqa: E731
            part = {x: (-self.source * x * x / 2, -self.source * x) for x in values}
        rows, right = [], []
        for x, sign, (h, drive) in ((0.0, -1.0, self.ends[0]), (length, 1.0, self.ends[1])):
            weight, outward = (1.0, 0.0) if math.isinf(h) else (h, sign)
            rows.append([outward * slopes[x][k] + weight * values[x][k] for k in (0, 1)])
            right.append(drive - outward * part[x][1] - weight * part[x][0])
        a, b = np.linalg.solve(np.array(rows), np.array(right))
        return float(a), float(b), particular

    def _roots(self) -> FloatArray:
        """beta L of the eigenfunctions, in order: one root between neighbouring multiples of pi, found by bisection."""
        low, high = (end[0] * self.length for end in self.ends)

        def phase(end: float, z: FloatArray) -> FloatArray:
            return np.full_like(z, math.pi / 2) if math.isinf(end) else np.arctan2(end, z)

        # X = cos(beta x - p0) with tan p0 = H0/beta; the other end asks beta L = p0 + p1 + n pi, whose left side less the right rises with beta
        number = np.arange(TERMS, dtype=float)
        floor, ceiling = number * math.pi, (number + 1) * math.pi
        for _ in range(80):
            middle = (floor + ceiling) / 2
            above = middle - phase(low, middle) - phase(high, middle) - number * math.pi > 0
            floor, ceiling = np.where(above, floor, middle), np.where(above, middle, ceiling)
        return (floor + ceiling) / 2

    def temperature(self, x: FloatArray, time: float) -> FloatArray:
        """Temperature [degC] at places [m] from the low end and a time [s] after the start."""
        place = np.asarray(x, dtype=float)
        if time <= 0:
            return np.full_like(place, self.initial)
        beta, shift, amount = _series(self)
        decay = np.exp(-self.diffusivity * (beta**2 + self.loss) * time)
        return np.asarray(self.steady(place) + (amount * decay) @ np.cos(beta[:, None] * place - shift[:, None]))


@lru_cache(maxsize=32)
def _series(rod: Rod) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Wave numbers [1/m], phases and amounts [K] (TERMS,) of the eigenfunctions cos(beta x - phase) in the initial excess over the steady state."""
    z = rod._roots()
    beta = z / rod.length
    shift = np.full_like(z, math.pi / 2) if math.isinf(rod.ends[0][0]) else np.arctan2(rod.ends[0][0] * rod.length, z)
    nodes, weights = np.polynomial.legendre.leggauss(24)
    parts = NODES // 24
    edges = np.linspace(0.0, rod.length, parts + 1)
    at = (edges[:-1, None] + (nodes + 1) / 2 * (rod.length / parts)).ravel()
    weight = np.tile(weights / 2 * (rod.length / parts), parts)
    excess = (rod.initial - rod.steady(at)) * weight
    waves = np.cos(beta[:, None] * at - shift[:, None])
    return beta, shift, np.asarray(waves @ excess / (waves**2 @ weight))


def rod_of(scene: Scene, trace: Trace, name: str) -> Rod | None:
    """The rod problem that a body of a run poses; None where it is none: more dimensions, several materials, radiation, melting, times of
    switching, or no steady state."""
    about = trace.meta.get("heat", {}).get("bodies", {}).get(name)
    if scene.thermal is None or about is None or about.get("model") not in ("1-D rod", "1-D box"):
        return None
    if "solid_fraction" in trace.extra or len(about.get("materials", {})) != 1:
        return None
    from sim.heat_bodies import hot_bodies
    from sim.heat_boundary import conditions_at, switch_times
    from sim.heat_grid import CODES
    from sim.heat_materials import KELVIN, scene_library

    body = next((body for body in hot_bodies(scene, scene_library(scene)) if body.name == name), None)
    duration = float(trace.meta["heat"].get("physical_duration") or trace.duration)
    sources = [s for s in scene.thermal.sources.values() if s.body == name]
    switched = switch_times(scene.thermal, name, duration) or any(s.start > 0 for s in sources)
    if body is None or body.wall is not None or len(body.stuffs) != 1 or body.mixed or switched:
        return None
    figures = next(iter(about["materials"].values()))
    k = float(figures["conductivity"])
    axis = int(np.argmax(np.ptp(trace[name].temperature_position, axis=0)))
    length = body.size[axis]
    round_ = about["model"] == "1-D rod"
    codes = ("bottom", "top", "side") if round_ else CODES[:6]
    conditions = conditions_at(
        scene.thermal,
        name,
        codes,
        axis=body.axis,
        time=0.0,
        emissivity=body.stuff.emissivity,
        environment=scene.environment,
    )
    if any(e > 0 for condition in conditions.values() for e, _ in condition.radiation):
        return None
    low, high = ("bottom", "top") if round_ else (CODES[2 * axis], CODES[2 * axis + 1])
    if round_:
        cross, edge = math.pi * (body.size[0] / 2) ** 2, {"side": math.pi * body.size[0]}
    else:
        others = [j for j in range(3) if j != axis]
        cross = body.size[others[0]] * body.size[others[1]]
        edge = {CODES[2 * j + s]: body.size[others[1 - n]] for n, j in enumerate(others) for s in (0, 1)}
    loss = ambient = flux = 0.0
    for code, width in edge.items():
        if conditions[code].held is not None:
            return None
        for h, air in conditions[code].convection:
            loss, ambient = loss + h * width, ambient + h * width * (air - KELVIN)
        flux += conditions[code].flux * width
    power = sum(s.power for s in sources) / body.volume
    ends = []
    for code in (low, high):
        condition = conditions[code]
        if condition.held is not None:
            ends.append((math.inf, condition.held - KELVIN))
        else:
            drive = sum(h * (air - KELVIN) for h, air in condition.convection) + condition.flux
            ends.append((sum(h for h, _ in condition.convection) / k, drive / k))
    if loss == 0 and ends[0][0] == 0 and ends[1][0] == 0:
        return None  # nothing takes the heat away: no steady state
    return Rod(
        length, axis, k / (float(figures["density"]) * float(figures["specific_heat"])), loss / (k * cross), ambient / loss if loss else 0.0,
        (power + flux / cross) / k, (ends[0], ends[1]), float(about["initial"]),
    )  # fmt: skip
