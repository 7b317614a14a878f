"""The grid that a body's heat needs: the fewest dimensions in which the answer is the same.

An axis is resolved when its two ends are treated differently, when a temperature is held on it, or when its Biot number (coefficient times half
the thickness over the conductivity) is 0.1 or more; else the temperature is uniform across it (Incropera et al., Fundamentals of Heat and Mass
Transfer, chapter 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.errors import UserError
from scenes.primitives import Box, Cylinder, Sphere
from sim.heat_bodies import HotBody
from sim.heat_boundary import Condition
from sim.heat_grid import CODES, Grid, box_grid, cylinder_grid, lump_grid, sphere_grid
from sim.heat_materials import Stuff
from sim.heat_operator import Phase
from sim.heat_voxel import sliced, solid_pieces, voxel_grid

__all__ = ["BIOT_LIMIT", "BOX_CODES", "CELL_BUDGET", "ROUND_CODES", "Choice", "choose_grid"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BIOT_LIMIT = 0.1
CELL_BUDGET = 20_000
MOST_ALONG = 2_000
DEFAULT_CELLS = {1: 200, 2: 64, 3: 24}  # along the longest resolved axis, by the number of resolved axes
MELTING_CELLS = {1: 200, 2: 40, 3: 16}
COARSE_CELLS = {1: 40, 2: 16, 3: 9}  # for finding the duration
VOXELS, MELTING_VOXELS, COARSE_VOXELS = 10_000, 4_000, 800
SLENDER = (
    3.0  # length over width from which a body of any shape is solved in slices, where its cross-sections are uniform
)
SLICES_ACROSS = 12  # cells across a slice, to measure it
FLUX_RISE = 20.0  # [K]; a flux counts as the coefficient that this difference would drive, in Biot numbers
BOX_CODES = CODES[:6]
ROUND_CODES = ("bottom", "top", "side")
History = dict[str, tuple[Condition, ...]]


@dataclass(frozen=True)
class Choice:
    """A grid with the segment that each cell lies in (N,), the Biot number that decided, the resolved axes and the length [m] along them."""

    grid: Grid
    owner: IntArray
    biot: float
    resolved: tuple[int, ...] = ()
    length: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Case:
    """What the choice depends on: face conditions over time, lowest conductivity, hottest temperature [K], whether it melts or is a draft."""

    body: HotBody
    history: History
    conductivity: float
    hottest: float
    melting: bool
    coarse: bool

    @property
    def segments(self) -> int:
        return len(self.body.stuffs)

    @property
    def wanted(self) -> int | None:
        return None if self.coarse else self.body.thermal.cells

    @property
    def alike(self) -> bool:
        return len(set(self.history.values())) == 1

    def cells(self, axes: int) -> int:
        table = COARSE_CELLS if self.coarse else MELTING_CELLS if self.melting else DEFAULT_CELLS
        return table[axes]

    def biot(self, code: str, half: float) -> float:
        """Largest Biot number of a face over time for half a thickness [m]; infinite where a temperature is held."""
        worst = 0.0
        for condition in self.history[code]:
            if condition.held is not None:
                return np.inf
            h = condition.coefficient(min(self.hottest, 3000.0)) + abs(condition.flux) / FLUX_RISE
            worst = max(worst, h * half / self.conductivity)
        return worst

    def resolves(self, axis: int) -> bool:
        low, high = CODES[2 * axis], CODES[2 * axis + 1]
        unlike = self.history[low] != self.history[high]
        return unlike or self.biot(low, self.body.size[axis] / 2) >= BIOT_LIMIT

    def along(self, default: int) -> tuple[int, tuple[str, ...]]:
        """Cells along one axis, with a note when fewer than wanted."""
        if self.wanted is None:
            return default, ()
        if self.wanted > MOST_ALONG:
            return MOST_ALONG, (self.coarser(MOST_ALONG),)
        return self.wanted, ()

    def coarser(self, cells: int) -> str:
        return (
            f"{self.body.name}: {cells} cells along its longest side instead of {self.wanted}, "
            f"to stay within {CELL_BUDGET} cells"
        )


def choose_grid(
    body: HotBody,
    stuffs: Sequence[Stuff],
    phases: Sequence[Phase],
    codes: Sequence[str],
    hottest: float,
    *,
    coarse: bool = False,
) -> Choice:
    """The grid of a body for the conditions of its faces `codes` in all phases; `hottest` [K] bounds what it meets.

    Raises UserError where a temperature is held on a face that the body cannot have it on (well mixed, or hollow across it).
    """
    case = _Case(
        body=body,
        history={code: tuple(phase.conditions[code] for phase in phases) for code in codes},
        conductivity=min(min(stuff.conductivity, stuff.conductivity_above) for stuff in stuffs),
        hottest=hottest,
        melting=any(stuff.change is not None for stuff in stuffs),
        coarse=coarse,
    )
    lump_biot = max(case.biot(code, body.volume / sum(body.areas)) for code in codes)
    if body.mixed:
        return _lump(case, 0.0)
    if case.alike and case.segments == 1 and body.thermal.cells is None and lump_biot < BIOT_LIMIT:
        return _lump(case, lump_biot)
    hollow = body.wall is not None
    if hollow and case.alike and case.segments == 1 and np.isinf(lump_biot):
        return _lump(case, lump_biot, depth=body.wall or 0.0)
    if isinstance(body.shape, Cylinder) and "side" in codes:
        return _round(case, lump_biot)
    if isinstance(body.shape, Sphere) and case.alike and case.segments == 1 and not hollow:
        shells, notes = case.along(case.cells(1))
        grid = sphere_grid(body.shape.radius, shells)
        biot = case.biot("top", body.shape.radius / 3)
        return Choice(grid, np.zeros(shells, dtype=np.int64), biot, (0,), body.shape.radius, notes)
    if hollow:
        return _tube(case, lump_biot)
    if isinstance(body.shape, Box) or body.shape is None:
        return _box(case, lump_biot)
    return _voxels(case, lump_biot)


def _lump(case: _Case, biot: float, *, depth: float = 0.0) -> Choice:
    areas = case.body.areas
    if "side" in case.history:
        areas = (areas[4], areas[5], sum(areas[:4]))
    grid = lump_grid(case.body.volume, list(zip(case.history, areas, strict=True)), depth=depth / 2)
    return Choice(grid, np.zeros(1, dtype=np.int64), biot)


def _segment(grid: Grid, count: int) -> IntArray:
    """Which of `count` equal segments along the long axis each cell lies in (N,)."""
    return np.minimum((grid.along * count).astype(np.int64), count - 1)


def _in_segments(cells: int, count: int) -> int:
    """The nearest number of cells that segments divide evenly, so that joints lie on faces."""
    return cells if count == 1 else max(1, round(cells / count)) * count


def _box(case: _Case, biot: float) -> Choice:
    body = case.body
    resolved = [axis for axis in range(3) if case.resolves(axis)]
    if (case.segments > 1 or body.thermal.cells is not None or not resolved) and body.axis not in resolved:
        resolved.append(body.axis)
    longest = max(body.size[axis] for axis in resolved)

    def counts(n: int) -> tuple[int, int, int]:
        found = [1, 1, 1]
        for axis in resolved:
            found[axis] = n if len(resolved) == 1 else max(min(6, n), round(n * body.size[axis] / longest))
        found[body.axis] = _in_segments(found[body.axis], case.segments)
        return found[0], found[1], found[2]

    n, notes = case.along(case.cells(len(resolved)))
    while int(np.prod(counts(n))) > CELL_BUDGET and n > 4:
        n = max(4, int(n * 0.95))
        notes = (case.coarser(n),)
    grid = box_grid(body.size, counts(n), axis=body.axis)
    return Choice(grid, _segment(grid, case.segments), biot, tuple(sorted(resolved)), longest, notes)


def _round(case: _Case, lump_biot: float) -> Choice:
    body = case.body
    assert isinstance(body.shape, Cylinder)
    radius, height = body.shape.radius, body.shape.height
    wall = body.wall if body.wall is not None and body.wall < radius else None
    side = case.biot("side", wall if wall is not None else radius / 2)
    radial = side >= BIOT_LIMIT and wall is None
    if wall is not None and np.isinf(side):
        raise _hollow_held(body.name)
    axial = (
        case.history["bottom"] != case.history["top"]
        or case.biot("bottom", height / 2) >= BIOT_LIMIT
        or case.segments > 1
        or not radial
    )
    n, notes = case.along(case.cells(2 if radial and axial else 1))
    if not axial:
        grid = cylinder_grid(radius, height, (n, 1))
    elif not radial:
        grid = cylinder_grid(radius, height, (1, _in_segments(n, case.segments)), inner=radius - wall if wall else 0.0)
    else:
        longest = max(height, radius)
        while max(8, round(n * radius / longest)) * max(8, round(n * height / longest)) > CELL_BUDGET:
            n = int(n * 0.95)
            notes = (case.coarser(n),)
        rings, slices = max(8, round(n * radius / longest)), max(8, round(n * height / longest))
        grid = cylinder_grid(radius, height, (rings, _in_segments(slices, case.segments)))
    resolved = ((0,) if radial else ()) + ((2,) if axial else ())
    length = max(height if axial else 0.0, radius if radial else 0.0)
    return Choice(
        grid, _segment(grid, case.segments), side if np.isfinite(side) else lump_biot, resolved, length, notes
    )


def _hollow_held(name: str) -> UserError:
    return UserError(
        f"The side of the hollow body {name!r} cannot be held at a temperature: use convection, or leave out its wall."
    )


def _tube(case: _Case, biot: float) -> Choice:
    """A hollow body in one dimension along its long axis, uniform over each cross-section, with its outer faces."""
    body = case.body
    across = [axis for axis in range(3) if axis != body.axis]
    for code in (code for axis in across for code in CODES[2 * axis : 2 * axis + 2]):
        if np.isinf(case.biot(code, 1.0)):
            raise _hollow_held(body.name)
    notes: tuple[str, ...] = ()
    if any(case.resolves(axis) for axis in across):
        notes = (f"{body.name} is hollow: its temperature is taken as uniform over each cross-section",)
    n, more = case.along(case.cells(1))
    counts = [1, 1, 1]
    counts[body.axis] = _in_segments(n, case.segments)
    share = body.volume / float(np.prod(body.size))
    grid = box_grid(body.size, (counts[0], counts[1], counts[2]), axis=body.axis, area_scale=share)
    return Choice(grid, _segment(grid, case.segments), biot, (body.axis,), body.size[body.axis], notes + more)


def _voxels(case: _Case, biot: float) -> Choice:
    body = case.body
    assert body.shape is not None
    across = [axis for axis in range(3) if axis != body.axis]
    wide = max(body.size[axis] for axis in across)
    if body.size[body.axis] >= SLENDER * wide and not any(case.resolves(axis) for axis in across):
        n, notes = case.along(case.cells(1))
        counts = [SLICES_ACROSS, SLICES_ACROSS, SLICES_ACROSS]
        counts[body.axis] = _in_segments(n, case.segments)
        full, _ = voxel_grid(body.shape, budget=0, axis=body.axis, counts=(counts[0], counts[1], counts[2]))
        grid = sliced(full, axis=body.axis, slices=counts[body.axis], length=body.size[body.axis])
        grid = grid.scaled(body.volume) if len(solid_pieces(body.shape)) == 1 else grid
        return Choice(grid, _segment(grid, case.segments), biot, (body.axis,), body.size[body.axis], notes)
    budget = COARSE_VOXELS if case.coarse else MELTING_VOXELS if case.melting else VOXELS
    notes = ()
    if case.wanted is not None:
        asked = float(np.prod(np.asarray(body.size) / max(body.size) * case.wanted))
        budget = int(min(max(asked, 216), CELL_BUDGET))
        if asked > CELL_BUDGET:
            notes = (case.coarser(round(case.wanted * (CELL_BUDGET / asked) ** (1 / 3))),)
    grid, _ = voxel_grid(body.shape, budget=budget, axis=body.axis)
    if len(solid_pieces(body.shape)) == 1:
        grid = grid.scaled(body.volume)
    return Choice(grid, _segment(grid, case.segments), biot, (0, 1, 2), float(max(body.size)), notes)
