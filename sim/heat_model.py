"""A body of a scene as a system ready to march: what acts on it over time, its materials with their phase changes, its grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenes.materials import MaterialLibrary
from scenes.primitives import Cylinder
from scenes.scene import Scene
from sim.heat_bodies import HotBody
from sim.heat_boundary import Condition, conditions_at, default_coefficient, switch_times
from sim.heat_choice import BOX_CODES, ROUND_CODES, Choice, choose_grid
from sim.heat_grid import Grid
from sim.heat_materials import KELVIN, Stuff, with_phase_change
from sim.heat_operator import Phase, System
from sim.melting import Enthalpy

__all__ = ["Model", "model_body"]


@dataclass(frozen=True)
class Model:
    """A body's system, its phases in time, which cells start in the upper phase (N,), and how its grid was chosen."""

    body: HotBody
    system: System
    phases: tuple[Phase, ...]
    upper: NDArray[np.bool_]
    choice: Choice
    stuffs: tuple[Stuff, ...]
    notes: tuple[str, ...]


def model_body(
    scene: Scene, body: HotBody, materials: MaterialLibrary, *, duration: float, coarse: bool = False
) -> Model:
    """Choose the grid of a body for what acts on it within `duration` [s] and assemble its system. `coarse` is for finding the duration."""
    assert scene.thermal is not None
    codes = ROUND_CODES if isinstance(body.shape, Cylinder) and not _is_directional(scene, body) else BOX_CODES
    starts = [0.0, *switch_times(scene.thermal, body.name, duration)]
    phases = tuple(
        Phase(start, _conditions(scene, body, codes, start), _power(scene, body.name, start)) for start in starts
    )
    film: tuple[str, ...] = ()
    if body.mixed and any(c.held is not None for phase in phases for c in phase.conditions.values()):
        h = default_coefficient(scene.environment)
        phases = tuple(replace(phase, conditions=_by_convection(phase.conditions, h)) for phase in phases)
        film = (f"{body.name}: its held surfaces warm or cool it by convection with {h:g} W/(m2 K)",)
    initial = body.thermal.initial + KELVIN
    coldest, hottest = _range(phases, initial)
    stuffs = tuple(
        with_phase_change(stuff, materials, coldest=coldest, hottest=hottest, thermal=body.thermal)
        for stuff in body.stuffs
    )
    notes = body.notes + film + tuple(note for stuff in stuffs for note in stuff.notes if note not in body.notes)
    melting = any(stuff.change == "melt" for stuff in stuffs)
    freezes = melting and body.mixed and initial > (stuffs[0].plateau or 0.0)
    if freezes:
        body = replace(body, mixed=False)
        notes += (f"{body.name}: the liquid is taken as still while it freezes",)
    choice = choose_grid(body, stuffs, phases, codes, hottest, coarse=coarse)
    system = _system(body, choice.grid, stuffs, choice.owner, initial)
    upper = np.array([stuff.change == "melt" and stuff.state == "liquid" for stuff in stuffs])[choice.owner]
    return Model(body, system, phases, upper, choice, stuffs, notes + choice.notes)


def _by_convection(conditions: dict[str, Condition], coefficient: float) -> dict[str, Condition]:
    """Held surfaces as those of walls that a well-mixed fluid exchanges heat with."""
    return {
        code: c if c.held is None else Condition(convection=((coefficient, c.held),)) for code, c in conditions.items()
    }


def _is_directional(scene: Scene, body: HotBody) -> bool:
    assert scene.thermal is not None
    acting = [b for b in scene.thermal.boundaries.values() if b.body == body.name]
    return any(b.face in BOX_CODES[:4] for b in acting)


def _conditions(scene: Scene, body: HotBody, codes: Sequence[str], time: float) -> dict[str, Condition]:
    assert scene.thermal is not None
    return conditions_at(
        scene.thermal,
        body.name,
        codes,
        axis=body.axis,
        time=time,
        emissivity=body.stuff.emissivity,
        environment=scene.environment,
    )


def _power(scene: Scene, name: str, time: float) -> float:
    assert scene.thermal is not None
    sources = scene.thermal.sources.values()
    return sum(s.power for s in sources if s.body == name and s.start <= time and (s.stop is None or time < s.stop))


def _range(phases: Sequence[Phase], initial: float) -> tuple[float, float]:
    """The coldest and hottest temperature [K] that the body can meet (the maximum principle); infinite under a flux or a source."""
    low = high = initial
    for phase in phases:
        for condition in phase.conditions.values():
            driven = condition.temperatures()
            low, high = min([low, *driven]), max([high, *driven])
        gains = [phase.power] + [condition.flux for condition in phase.conditions.values()]
        low = 0.0 if min(gains) < 0 else low
        high = np.inf if max(gains) > 0 else high
    return low, high


def _system(body: HotBody, grid: Grid, stuffs: Sequence[Stuff], owner: NDArray[np.int64], initial: float) -> System:
    mass = grid.volume * np.array([stuff.density for stuff in stuffs])[owner]
    enthalpy = Enthalpy(
        plateau=np.array([stuff.plateau or initial for stuff in stuffs])[owner],
        latent=mass * np.array([stuff.latent for stuff in stuffs])[owner],
        below=mass * np.array([stuff.specific_heat for stuff in stuffs])[owner],
        above=mass * np.array([stuff.specific_heat_above for stuff in stuffs])[owner],
    )
    return System(
        name=body.name,
        grid=grid,
        enthalpy=enthalpy,
        conductivity=np.array([stuff.conductivity for stuff in stuffs])[owner],
        conductivity_above=np.array([stuff.conductivity_above for stuff in stuffs])[owner],
    )
