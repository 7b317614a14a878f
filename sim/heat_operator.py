"""A body as a linear operator: conduction between its cells, exchange at its faces, and solvers for one implicit step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.heat_boundary import Condition, Exchange
from sim.heat_grid import Grid
from sim.melting import Enthalpy

__all__ = ["Operator", "Phase", "System"]

FloatArray = NDArray[np.float64]
DIRECT_CELLS = 4000  # above it conjugate gradients solve three-dimensional grids faster than a factorisation


@dataclass(frozen=True)
class Phase:
    """What acts from physical time `start` [s] on: the condition of each face and the power [W] of the sources."""

    start: float
    conditions: dict[str, Condition]
    power: float


@dataclass(frozen=True)
class System:
    """A body: its grid, enthalpy, conductivities [W/(m K)] of both phases (N,) and name (for messages)."""

    name: str
    grid: Grid
    enthalpy: Enthalpy
    conductivity: FloatArray
    conductivity_above: FloatArray

    def in_phase_of(self, temperature: FloatArray) -> tuple[System, tuple[float, float]] | None:
        """The system without phase change in the phases that it has at `temperature` [K] (N,), with the range [K] in which it stays so; None
        where a cell is at its plateau, or where cells are on both sides."""
        e = self.enthalpy
        change = e.latent > 0
        high = temperature > e.plateau
        if (temperature == e.plateau)[change].any() or len(set(high[change].tolist())) != 1:
            return None
        above = bool(high[change][0])
        capacity = np.where(change & above, e.above, e.below)
        k = np.where(change & above, self.conductivity_above, self.conductivity)
        plain = Enthalpy(temperature.copy(), np.zeros_like(e.latent), capacity, capacity)
        limit = float(e.plateau[change].max() if above else e.plateau[change].min())
        return replace(self, enthalpy=plain, conductivity=k, conductivity_above=k), (
            (limit, np.inf) if above else (-np.inf, limit)
        )

    def conductivities(self, heat: FloatArray) -> FloatArray:
        f = self.enthalpy.upper_fraction(heat)
        return self.conductivity + (self.conductivity_above - self.conductivity) * f


class Operator:
    """Conduction inside the body and exchange at its faces for fixed conductivities; factorises once per step length."""

    def __init__(self, system: System, phase: Phase, conductivity: FloatArray) -> None:
        grid = system.grid
        self.n = grid.cells
        self.exchange = Exchange(grid, phase.conditions, conductivity)
        self.source = phase.power * grid.volume / grid.volume.sum()
        i, j = grid.link[:, 0], grid.link[:, 1]
        self.conductance = 1 / (grid.link_shape[:, 0] / conductivity[i] + grid.link_shape[:, 1] / conductivity[j])
        self.chain = grid.chain
        self.varies = (
            system.enthalpy.changes_phase
        )  # the matrix changes from step to step, so factorising it does not pay
        self._i, self._j = i, j
        self.diagonal = np.bincount(i, self.conductance, self.n) + np.bincount(j, self.conductance, self.n)
        self._matrix: Any = None
        self._factors: dict[tuple[float, bytes], Callable[[FloatArray], FloatArray]] = {}

    @property
    def matrix(self) -> Any:
        """Minus the graph Laplacian of the links, with the sign that makes it positive semi-definite (CSR)."""
        if self._matrix is None:
            from scipy.sparse import coo_matrix

            rows = np.concatenate([self._i, self._j, np.arange(self.n)])
            columns = np.concatenate([self._j, self._i, np.arange(self.n)])
            values = np.concatenate([-self.conductance, -self.conductance, self.diagonal])
            self._matrix = coo_matrix((values, (rows, columns)), shape=(self.n, self.n)).tocsr()
        return self._matrix

    def conduct(self, t: FloatArray) -> FloatArray:
        """Heat [W] that conduction brings into each cell."""
        if self.chain:
            flow = np.zeros(self.n + 1)
            flow[1:-1] = self.conductance * (t[1:] - t[:-1])
            return flow[1:] - flow[:-1]
        return np.asarray(-(self.matrix @ t))

    def flow(self, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Heat into each cell [W], its fall per kelvin at the faces [W/K], and the part from outside [W]."""
        inflow, slope = self.exchange.heat(t)
        outside = inflow + self.source
        return self.conduct(t) + outside, slope, outside

    def solver(self, diagonal: FloatArray, dt: float, slope: FloatArray) -> Callable[[FloatArray], FloatArray]:
        """Solves (diag(diagonal) + dt (L + diag(slope))) x = b; kept for linear problems."""
        reuse = self.exchange.linear
        key = (dt, diagonal.tobytes()) if reuse else (dt, b"")
        if reuse and key in self._factors:
            return self._factors[key]
        made = self._make(diagonal + dt * (self.diagonal + slope), dt)
        if reuse:
            if len(self._factors) > 12:
                self._factors.clear()
            self._factors[key] = made
        return made

    def _make(self, main: FloatArray, dt: float) -> Callable[[FloatArray], FloatArray]:
        if self.n == 1:
            return lambda b: b / main
        if self.chain:
            from scipy.linalg.lapack import dpttrf, dpttrs

            d, e, info = dpttrf(main, -dt * self.conductance)
            if info != 0:
                raise ArithmeticError("the heat matrix is not positive definite")
            return lambda b: np.asarray(dpttrs(d, e, b)[0])
        rest = main - dt * self.diagonal
        if self.n <= DIRECT_CELLS and self.exchange.linear and not self.varies:
            from scipy.sparse import diags
            from scipy.sparse.linalg import splu

            system = (dt * self.matrix + diags(rest)).tocsc()
            return splu(system, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve
        matrix = self.matrix
        tolerance = 1e-10 if self.exchange.linear and not self.varies else 1e-4  # Newton's method takes the rest off
        return lambda b: _conjugate_gradients(lambda x: dt * (matrix @ x) + rest * x, main, b, tolerance=tolerance)


def _conjugate_gradients(
    apply: Callable[[FloatArray], FloatArray], main: FloatArray, b: FloatArray, *, tolerance: float
) -> FloatArray:
    """Jacobi-preconditioned conjugate gradients to a relative residual; the same operations in the same order on every run
    (sums, not BLAS products, whose order depends on the number of threads)."""
    x = b / main
    r = b - apply(x)
    z = r / main
    p = z.copy()
    rz = float((r * z).sum())
    goal = tolerance * float(np.sqrt((b * b / main).sum()))
    for _ in range(4 * len(b)):
        if rz <= goal * goal:
            break
        ap = apply(p)
        step = rz / float((p * ap).sum())
        x += step * p
        r -= step * ap
        z = r / main
        rz, old = float((r * z).sum()), rz
        p = z + (rz / old) * p
    return x
