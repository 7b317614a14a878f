"""March a body's heat through time: Rannacher start, Crank-Nicolson, and backward Euler wherever that would overshoot or a phase changes.

Each step solves C dT/dt = F(T) for the enthalpy H: H1 = H0 + dt (w F(T1) + (1 - w) F(T0)), by Newton's method. The new enthalpy is always
written from the fluxes, so that the first law holds to rounding whatever the solver's tolerance. After the start and after every switch of a
boundary the first two steps are four quarter-steps of backward Euler each (Rannacher, Numer. Math. 43, 1984, 309), which damps what
Crank-Nicolson would let ring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scenes.errors import UserError
from sim.heat_operator import Operator, Phase, System

__all__ = ["Crossed", "MarchResult", "march"]

FloatArray = NDArray[np.float64]
NEWTON_STEPS = 60
START_REFINEMENT = (
    8  # steps are this much shorter up to the first frame after a start or switch, where changes are steepest
)


@dataclass
class MarchResult:
    """Per frame: cell temperatures [K] (T, N), upper fraction (T, N), energy [J] and throughput [J] with its error, entropy produced [J/K] (T,)."""

    temperature: FloatArray
    upper_fraction: FloatArray
    imbalance: FloatArray  # (T,) [J] energy gained minus heat let in
    throughput: FloatArray  # (T,) [J] heat that has passed in or out
    entropy: FloatArray  # (T,) [J/K] produced since the frame before
    margin: FloatArray  # (T,) [K] distance inside the bounds of the maximum principle
    counts: dict[str, int] = field(default_factory=dict)
    changed_phase: bool = False


class Crossed(Exception):
    """A temperature has left the range that `march` was told to stay in."""


class _Marcher:
    def __init__(self, system: System, heat: FloatArray, within: tuple[float, float]) -> None:
        self.system, self.heat, self.within = system, heat, within
        self.temperature = system.enthalpy.temperature(heat)
        self.changing = system.enthalpy.changes_phase
        self.lagged = self.changing and bool((system.conductivity != system.conductivity_above).any())
        self.gain = 0.0  # [J] let in
        self.passed = 0.0  # [J] let in or out
        self.entropy_in = 0.0  # [J/K]
        self.margin = np.inf
        self.counts = {"steps": 0, "backward_euler": 0, "redone": 0, "halved": 0}
        self.operator: Operator | None = None
        self._flow: tuple[FloatArray, FloatArray, FloatArray] | None = None  # at the present temperatures
        self._entropy_rate: float | None = None

    def enter(self, phase: Phase) -> None:
        self.phase = phase
        self._renew()
        driven = [t for c in phase.conditions.values() for t in c.temperatures()]
        flux = [c.flux for c in phase.conditions.values() if c.held is None] + [phase.power]
        self.floor = -np.inf if min(flux) < 0 else min(driven, default=np.inf)
        self.ceiling = np.inf if max(flux) > 0 else max(driven, default=-np.inf)

    def _renew(self) -> None:
        self.operator = Operator(self.system, self.phase, self.system.conductivities(self.heat))
        self._flow = None
        self._entropy_rate = None

    def _newton(
        self, dt: float, weight: float, start: FloatArray
    ) -> tuple[FloatArray, tuple[FloatArray, FloatArray, FloatArray], bool]:
        """New temperatures, the flow at them (see `Operator.flow`), and whether it converged. `start` is the explicit part [J]."""
        operator, enthalpy = self.operator, self.system.enthalpy
        assert operator is not None
        heat, t = self.heat, self.temperature
        base = self.heat + start
        total, slope, outside = self._flow or operator.flow(t)
        scale = float(np.abs(enthalpy.below).max())
        one_go = not self.changing and operator.exchange.linear
        for _ in range(NEWTON_STEPS):
            residual = heat - base - weight * dt * total
            if not self.changing:
                change = operator.solver(enthalpy.below, weight * dt, slope)(-residual)
                heat = heat + enthalpy.below * change
                worst = 0.0 if one_go else float(np.abs(change).max())
            else:
                heat, worst = self._phase_update(heat, residual, weight * dt, slope)
            t = enthalpy.temperature(heat)
            total, slope, outside = operator.flow(t)
            if one_go or worst < 1e-9:
                return t, (total, slope, outside), True
            if not np.isfinite(worst):
                break
        residual = heat - base - weight * dt * total
        return t, (total, slope, outside), bool(np.abs(residual).max() < 1e-6 * scale)

    def _phase_update(
        self, heat: FloatArray, residual: FloatArray, dt: float, slope: FloatArray
    ) -> tuple[FloatArray, float]:
        """A Newton step where cells inside the phase change keep their temperature: they are held out of the linear system."""
        operator, enthalpy = self.operator, self.system.enthalpy
        assert operator is not None
        per_heat = enthalpy.slope(heat)
        free = per_heat > 0
        capacity = np.where(free, 1 / np.where(free, per_heat, 1.0), 1e30 * float(enthalpy.below.max()))
        change = operator.solver(capacity, dt, slope)(np.where(free, -residual, 0.0))
        change = np.where(free, change, 0.0)
        moved = -residual + dt * (operator.conduct(change) - slope * change)
        new = heat + moved
        # a cell that enters or leaves the phase change stops at its edge first: past it the slope is another
        low, high = np.zeros_like(heat), enthalpy.latent
        jumps = (heat < low) & (new > high) & (enthalpy.latent > 0) | (heat > high) & (new < low) & (
            enthalpy.latent > 0
        )
        new = np.where(jumps, (low + high) / 2, new)
        return new, float((np.abs(new - heat) / enthalpy.below).max())

    def step(self, dt: float, *, implicit: bool) -> None:
        """Advance by dt [s]; `implicit`: by backward Euler."""
        if self.lagged:
            self._renew()
        assert self.operator is not None
        implicit = implicit or self.changing
        low = min(self.floor, float(self.temperature.min()))
        high = max(self.ceiling, float(self.temperature.max()))
        if not implicit:
            before = self._flow = self.operator.flow(self.temperature)
            t, after, good = self._newton(dt, 0.5, 0.5 * dt * before[0])
            slack = 1e-9 * max(1.0, abs(high))
            if good and t.min() >= low - slack and t.max() <= high + slack:
                self._accept(dt, t, after, before)
                self._watch(low, high)
                return
            self.counts["redone"] += 1
        t, after, good = self._newton(dt, 1.0, np.zeros_like(self.heat))
        if not good:
            self.counts["halved"] += 1
            if self.counts["halved"] > 2000:
                raise UserError(
                    f"The heat in {self.system.name!r} cannot be advanced: its boundaries are too strong for its grid; use fewer cells."
                )
            self.step(dt / 2, implicit=True)
            self.step(dt / 2, implicit=True)
            return
        self.counts["backward_euler"] += 1
        self._accept(dt, t, after, None)
        self._watch(low, high)

    def _accept(
        self,
        dt: float,
        t: FloatArray,
        after: tuple[FloatArray, FloatArray, FloatArray],
        before: tuple[FloatArray, FloatArray, FloatArray] | None,
    ) -> None:
        """Take a step to temperatures `t`, with the flow after it alone, or with its mean with the flow before."""
        flow, outside, rate = after[0], after[2], self._rate(t)
        if before is not None:
            flow, outside = 0.5 * (flow + before[0]), 0.5 * (outside + before[2])
            old = self._entropy_rate if self._entropy_rate is not None else self._rate(self.temperature)
            self.entropy_in += dt * 0.5 * (rate + old)
        else:
            self.entropy_in += dt * rate
        self.heat = self.heat + dt * flow
        self.temperature = self.system.enthalpy.temperature(self.heat)
        self._flow, self._entropy_rate = (
            None,
            rate,
        )  # the flow anew: rounding in the heat must be seen by it, or it grows
        self.gain += dt * float(outside.sum())
        self.passed += dt * float(np.abs(outside).sum())
        self.counts["steps"] += 1

    def _rate(self, t: FloatArray) -> float:
        """Entropy that comes in at temperatures [K], with that of the sources [W/K]."""
        assert self.operator is not None
        return self.operator.exchange.entropy(t) + float((self.operator.source / np.maximum(t, 1e-3)).sum())

    def _watch(self, low: float, high: float) -> None:
        coldest, hottest = float(self.temperature.min()), float(self.temperature.max())
        if not np.isfinite(coldest + hottest) or coldest <= 0:
            raise UserError(
                f"The body {self.system.name!r} would fall below absolute zero: take less heat out of it, or for a shorter time."
            )
        if coldest < self.within[0] or hottest > self.within[1]:
            raise Crossed
        self.margin = min(self.margin, coldest - low, high - hottest)


def _steps(marks: Sequence[float], longest: float, switches: set[float]) -> Iterator[tuple[float, float, int]]:
    """Intervals between marks [s] as (start, step, number of steps), with steps of at most `longest`, and shorter after a switch."""
    for a, b in pairwise(marks):
        most = longest / START_REFINEMENT if a in switches else longest
        count = max(1, int(np.ceil((b - a) / most - 1e-6)))
        yield a, float(f"{(b - a) / count:.12g}"), count  # steps that differ by rounding alone share a factorisation


def march(
    system: System,
    *,
    initial: FloatArray,
    upper: NDArray[np.bool_],
    phases: Sequence[Phase],
    frames: FloatArray,
    longest_step: float,
    within: tuple[float, float] = (-np.inf, np.inf),
    progress: Callable[[float], None] | None = None,
) -> MarchResult:
    """Temperatures of `system` at the physical times `frames` [s] (T,), from cell temperatures `initial` [K] (N,).

    `phases` are in order, the first from time 0; steps are at most `longest_step` [s] and end on every frame and switch. `upper` says which
    cells start in the upper phase when exactly at their plateau. Raises UserError when a cell would fall below absolute zero, and `Crossed` when a
    temperature [K] leaves the range `within`.
    """
    enthalpy = system.enthalpy
    heat = enthalpy.of(initial, upper=upper)
    marcher = _Marcher(system, heat, within)
    start_heat, start_entropy = heat.copy(), float(enthalpy.entropy(heat).sum())
    count, n = len(frames), system.grid.cells
    result = MarchResult(
        temperature=np.empty((count, n)),
        upper_fraction=np.empty((count, n)),
        imbalance=np.zeros(count),
        throughput=np.zeros(count),
        entropy=np.zeros(count),
        margin=np.zeros(count),
    )
    result.temperature[0] = initial
    result.upper_fraction[0] = enthalpy.upper_fraction(heat)
    switches = [phase.start for phase in phases if phase.start > 0]
    marks = sorted({*(float(f) for f in frames), *switches})
    frame_at = {float(f): k for k, f in enumerate(frames)}
    waiting = list(phases)
    produced, smooth_steps = 0.0, 0
    for (a, dt, steps), b in zip(_steps(marks, longest_step, {0.0, *switches}), marks[1:], strict=True):
        if waiting and waiting[0].start <= a:
            marcher.enter(waiting.pop(0))
            smooth_steps = 2
        for _ in range(steps):
            if smooth_steps > 0 and not marcher.changing:
                smooth_steps -= 1
                for _ in range(4):
                    marcher.step(dt / 4, implicit=True)
            else:
                marcher.step(dt, implicit=False)
        k = frame_at.get(b)
        if k is not None:
            result.temperature[k] = marcher.temperature
            result.upper_fraction[k] = enthalpy.upper_fraction(marcher.heat)
            result.imbalance[k] = float((marcher.heat - start_heat).sum()) - marcher.gain
            result.throughput[k] = marcher.passed
            total = float(enthalpy.entropy(marcher.heat).sum()) - start_entropy - marcher.entropy_in
            result.entropy[k] = total - produced
            result.margin[k] = marcher.margin
            produced = total
            marcher.margin = np.inf
            if progress is not None:
                progress(k / (count - 1))
    result.counts = marcher.counts
    result.changed_phase = enthalpy.changes_phase
    return result
