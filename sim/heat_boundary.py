"""What acts on the faces of a body at a time, and the heat that it lets through for given cell temperatures. Temperatures in kelvin.

Where several boundaries meet on a face, a narrower one (left) hides what a wider one (side, then all) says of the same kind; a held temperature,
a flame or insulation hides the wider ones altogether. What is equally wide adds up, but a held temperature leaves nothing else to act.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenes.scene import Environment
from scenes.thermal import Boundary, HeatSource, Thermal
from sim.heat_grid import CODES, Grid
from sim.heat_materials import KELVIN

__all__ = [
    "FLAME_COEFFICIENT",
    "FLAME_EMISSIVITY",
    "SOOTED_EMISSIVITY",
    "STEFAN_BOLTZMANN",
    "Condition",
    "Exchange",
    "conditions_at",
    "default_coefficient",
    "faces_of",
    "switch_times",
]

FloatArray = NDArray[np.float64]
STEFAN_BOLTZMANN = 5.670374419e-8  # [W/(m2 K4)], CODATA 2018
FLAME_COEFFICIENT = 50.0  # [W/(m2 K)] convection of flames onto members, EN 1991-1-2:2002, 3.3.1.2 (hydrocarbon and external flames: 50, 25)
FLAME_EMISSIVITY = 1.0  # of the flames, EN 1991-1-2:2002, 3.1(6): an upper bound for a thin, non-luminous flame
SOOTED_EMISSIVITY = (
    0.8  # of a surface in flames where none is given, EN 1991-1-2:2002, 3.1(6): even polished metal dulls and soots
)
_ORDER = {"convection": 0, "radiation": 0, "flux": 0, "flame": 1, "temperature": 2, "insulated": 3}


@dataclass(frozen=True)
class Condition:
    """All that acts on one face: held temperature [K] or None; (coefficient [W/(m2 K)], ambient [K]); flux into the body [W/m2];
    (emissivity, ambient [K])."""

    held: float | None = None
    convection: tuple[tuple[float, float], ...] = ()
    flux: float = 0.0
    radiation: tuple[tuple[float, float], ...] = ()

    @property
    def idle(self) -> bool:
        return self == Condition()

    def temperatures(self) -> list[float]:
        """Temperatures [K] that the face is driven towards."""
        held = [] if self.held is None else [self.held]
        return held + [ambient for h, ambient in self.convection if h > 0] + [a for e, a in self.radiation if e > 0]

    def coefficient(self, temperature: float) -> float:
        """Total coefficient [W/(m2 K)] of convection and linearised radiation for a surface at most this warm [K]."""
        radiative = sum(4 * e * STEFAN_BOLTZMANN * max(ambient, temperature) ** 3 for e, ambient in self.radiation)
        return sum(h for h, _ in self.convection) + radiative


def faces_of(face: str, available: Iterable[str], *, axis: int) -> list[str]:
    """The codes that a face name covers among those `available`; `axis` is the long one (0, 1, 2)."""
    codes = list(available)
    if face == "all":
        return codes
    if face == "side":
        ends = CODES[2 * axis : 2 * axis + 2]
        return [code for code in codes if code not in ends]
    return [code for code in codes if code == face]


def default_coefficient(environment: Environment) -> float:
    """Convection where none is given [W/(m2 K)]: 10 in still air and 500 in water, inside the 2-25 and 50-1000 of free convection
    (Incropera et al., Fundamentals of Heat and Mass Transfer, table 1.1); 5.7 + 3.8 v in wind (McAdams 1954); none in a vacuum."""
    if environment.medium == "vacuum":
        return 0.0
    if environment.medium == "water":
        return 500.0
    return max(10.0, 5.7 + 3.8 * float(np.linalg.norm(environment.wind)))


def conditions_at(
    thermal: Thermal,
    body: str,
    codes: Iterable[str],
    *,
    axis: int,
    time: float,
    emissivity: float,
    environment: Environment,
) -> dict[str, Condition]:
    """The condition of each face of `body` at physical `time` [s]; `emissivity` is the material's, for boundaries that give none."""
    codes = list(codes)
    width = {"all": 0, "side": 1}
    active = [
        b
        for b in thermal.boundaries.values()
        if b.body == body and b.start <= time and (b.stop is None or time < b.stop)
    ]
    active.sort(key=lambda b: (width.get(b.face, 2), _ORDER[b.type]))
    found: dict[str, dict[str, tuple[int, object]]] = {code: {} for code in codes}
    for boundary in active:
        rank = width.get(boundary.face, 2)
        for code in faces_of(boundary.face, codes, axis=axis):
            _apply(found[code], boundary, rank, thermal.ambient, emissivity, environment)
    return {code: _condition(acts) for code, acts in found.items()}


def _apply(
    acts: dict[str, tuple[int, object]],
    boundary: Boundary,
    rank: int,
    scene_ambient: float,
    emissivity: float,
    environment: Environment,
) -> None:
    ambient = (scene_ambient if boundary.ambient is None else boundary.ambient) + KELVIN
    eps = emissivity if boundary.emissivity is None else boundary.emissivity

    def add(kind: str, item: object) -> None:
        for blocker in ("held", "insulated"):
            if blocker in acts and acts[blocker][0] < rank:
                del acts[blocker]
        old_rank, old = acts.get(kind, (rank, ()))
        acts[kind] = (rank, (*(old if old_rank == rank else ()), item))  # type: ignore[misc]

    match boundary.type:
        case "temperature":
            acts.clear()
            acts["held"] = (rank, float(boundary.value or 0.0) + KELVIN)
        case "insulated":
            acts.clear()
            acts["insulated"] = (rank, True)
        case "flux":
            add("flux", float(boundary.value or 0.0))
        case "convection":
            given = boundary.coefficient
            add("convection", (default_coefficient(environment) if given is None else given, ambient))
        case "radiation":
            add("radiation", (eps, ambient))
        case "flame":
            hot = float(boundary.value or 0.0) + KELVIN
            for kind in ("convection", "radiation"):
                if kind in acts and acts[kind][0] < rank:
                    del acts[kind]
            add("convection", (FLAME_COEFFICIENT if boundary.coefficient is None else boundary.coefficient, hot))
            sooted = max(emissivity, SOOTED_EMISSIVITY) if boundary.emissivity is None else boundary.emissivity
            add("radiation", (sooted * FLAME_EMISSIVITY, hot))


def _condition(acts: dict[str, tuple[int, object]]) -> Condition:
    if "insulated" in acts:
        return Condition()
    if "held" in acts:
        return Condition(held=acts["held"][1])  # type: ignore[arg-type]
    return Condition(
        convection=tuple(acts.get("convection", (0, ()))[1]),  # type: ignore[arg-type]
        flux=sum(acts.get("flux", (0, ()))[1]),  # type: ignore[arg-type, call-overload]
        radiation=tuple(acts.get("radiation", (0, ()))[1]),  # type: ignore[arg-type]
    )


def switch_times(thermal: Thermal, body: str, duration: float) -> list[float]:
    """Physical times [s] inside (0, duration) at which a boundary or a source of `body` starts or stops, sorted."""
    acting: list[Boundary | HeatSource] = [*thermal.boundaries.values(), *thermal.sources.values()]
    acting = [item for item in acting if item.body == body]
    times = {edge for item in acting for edge in (item.start, item.stop) if edge is not None and 0 < edge < duration}
    return sorted(times)


@dataclass
class Exchange:
    """Heat through the faces of a grid under given conditions, for cell conductivities [W/(m K)] (N,).

    A linear face passes q = (S - H T)/(1 + H r) from its surroundings into its cell, with the summed conductances H [W/K], S = sum h A Ta + flux,
    and the resistance r [K/W] between the cell's middle and its surface; a face that radiates has its surface temperature solved by Newton's method.
    """

    grid: Grid
    conditions: dict[str, Condition]
    conductivity: FloatArray
    constant: FloatArray = field(init=False)  # (N,) [W]
    slope: FloatArray = field(init=False)  # (N,) [W/K]

    def __post_init__(self) -> None:
        grid, n = self.grid, self.grid.cells
        resistance = grid.face_shape / self.conductivity[grid.face_cell]
        self.constant, self.slope = np.zeros(n), np.zeros(n)
        self._entropy_constant = 0.0
        self._entropy_slope = np.zeros(n)
        self._flux = np.zeros(n)
        self._radiating: list[_RadiatingFaces] = []
        for number, code in enumerate(CODES):
            condition = self.conditions.get(code, Condition())
            here = np.flatnonzero(grid.face_code == number)
            if condition.idle or not len(here):
                continue
            cell, area, r = grid.face_cell[here], grid.face_area[here], resistance[here]
            if condition.held is not None:
                self._hold(cell, r, condition.held)
            elif any(e > 0 for e, _ in condition.radiation):
                self._radiating.append(_RadiatingFaces(cell, area, r, condition))
            else:
                self._linear(cell, area, r, condition)

    def _hold(self, cell: NDArray[np.int64], r: FloatArray, held: float) -> None:
        n = self.grid.cells
        conductance = np.bincount(cell, weights=1 / r, minlength=n)
        self.constant += conductance * held
        self.slope += conductance
        self._entropy_constant += float(conductance.sum())
        self._entropy_slope += conductance / max(held, 1e-3)

    def _linear(self, cell: NDArray[np.int64], area: FloatArray, r: FloatArray, condition: Condition) -> None:
        n = self.grid.cells
        h_sum = sum(h for h, _ in condition.convection)
        drive = sum(h * ambient for h, ambient in condition.convection) + condition.flux
        damp = 1 / (1 + h_sum * area * r)
        self.constant += np.bincount(cell, weights=drive * area * damp, minlength=n)
        self.slope += np.bincount(cell, weights=h_sum * area * damp, minlength=n)
        # surface temperature Ts = T damp + drive area r damp; entropy comes in with each h A (Ta - Ts)/Ta
        inverse = sum(h / max(ambient, 1e-3) for h, ambient in condition.convection)
        self._entropy_constant += float((area * (h_sum - inverse * drive * area * r * damp)).sum())
        self._entropy_slope += np.bincount(cell, weights=area * inverse * damp, minlength=n)
        self._flux += np.bincount(cell, weights=condition.flux * area, minlength=n)

    @property
    def linear(self) -> bool:
        return not self._radiating

    def heat(self, temperature: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Heat into each cell [W] (N,), and by how much it falls per kelvin [W/K] (N,) >= 0, at cell temperatures [K]."""
        inflow, slope = self.constant - self.slope * temperature, self.slope
        for faces in self._radiating:
            q, fall = faces.heat(temperature)
            inflow = inflow + np.bincount(faces.cell, weights=q, minlength=len(inflow))
            slope = slope + np.bincount(faces.cell, weights=fall, minlength=len(inflow))
        return inflow, slope

    def entropy(self, temperature: FloatArray) -> float:
        """Entropy that comes in from the surroundings, each heat over the temperature that it comes from [W/K]; fluxes at that of the cell."""
        inflow = self._entropy_constant - float((self._entropy_slope * temperature).sum())
        if self._flux.any():
            inflow += float((self._flux / np.maximum(temperature, 1e-3)).sum())
        return inflow + sum(faces.entropy(temperature) for faces in self._radiating)


class _RadiatingFaces:
    """Faces with radiation (and whatever convection and flux they also have)."""

    def __init__(self, cell: NDArray[np.int64], area: FloatArray, r: FloatArray, condition: Condition) -> None:
        self.cell, self.area, self.r, self.condition = cell, area, r, condition
        self.h = sum(h for h, _ in condition.convection)
        self.drive = sum(h * ambient for h, ambient in condition.convection) + condition.flux
        self.emissive = sum(e for e, _ in condition.radiation) * STEFAN_BOLTZMANN
        self.drive += sum(e * STEFAN_BOLTZMANN * ambient**4 for e, ambient in condition.radiation)
        self.surface: FloatArray | None = None

    def _solve(self, temperature: FloatArray) -> FloatArray:
        """Surface temperatures [K] at which conduction from the cell equals what is exchanged; the residual is convex and rising in it."""
        inner = temperature[self.cell]
        if not self.r.any():
            return inner
        surface = inner.copy() if self.surface is None else self.surface
        weight = self.area * self.r
        for _ in range(60):
            net = self.drive - self.h * surface - self.emissive * surface**4
            fall = self.h + 4 * self.emissive * surface**3
            change = (inner - surface + weight * net) / (1 + weight * fall)
            surface = np.maximum(surface + change, 1e-3)
            if np.abs(change).max() < 1e-10 * max(1.0, float(surface.max())):
                break
        self.surface = surface
        return surface

    def heat(self, temperature: FloatArray) -> tuple[FloatArray, FloatArray]:
        surface = np.maximum(self._solve(temperature), 0.0)
        q = self.area * (self.drive - self.h * surface - self.emissive * surface**4)
        fall = self.area * (self.h + 4 * self.emissive * surface**3)
        return q, fall / (1 + self.r * fall)

    def entropy(self, temperature: FloatArray) -> float:
        surface = np.maximum(self._solve(temperature), 0.0)
        total = float((self.condition.flux * self.area / np.maximum(temperature[self.cell], 1e-3)).sum())
        for h, ambient in self.condition.convection:
            total += float((h * self.area * (ambient - surface)).sum()) / max(ambient, 1e-3)
        for e, ambient in self.condition.radiation:
            total += float((e * STEFAN_BOLTZMANN * self.area * (ambient**4 - surface**4)).sum()) / max(ambient, 1e-3)
        return total
