"""Heat: conduction in bodies with what their faces meet, by finite volumes; melting by enthalpy. See docs/heat.md for equations and limits.

`solve_heat` turns the thermal part of a scene into temperatures per frame, `merge` puts them into the trace of the motion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.errors import UserError
from scenes.primitives import ShapeModel
from scenes.scene import Scene
from sim.heat_bodies import HotBody, hot_bodies
from sim.heat_boundary import FLAME_COEFFICIENT, SOOTED_EMISSIVITY
from sim.heat_duration import choose_duration, time_constant
from sim.heat_march import Crossed, MarchResult, march
from sim.heat_materials import KELVIN, scene_library
from sim.heat_model import Model, model_body
from sim.heat_operator import System
from sim.trace import ExtraArray, Trace

__all__ = ["HeatResult", "merge", "solve_heat"]

FloatArray = NDArray[np.float64]
Progress = Callable[[float], None]
STEPS_PER_RUN = 240  # at least
DRAFT_STEPS = 120
STEPS_PER_CONSTANT = 40
MOST_STEPS = {True: 2400, False: 480}  # of one-dimensional grids, of the others
MELTING_STEPS = 800
IGNITION = 300.0  # [degC] wood and paper, piloted (Drysdale, An Introduction to Fire Dynamics, chapter 6: 250-350)
LEAST_RISE = 1e-3  # [K]; where less heat than this has passed, the error of the first law is given against it
HOTTEST = 4000.0  # [degC] above every melting point (tantalum hafnium carbide, about 3900)
SMALLEST_SCALE = 0.01  # of a body that has melted away: renderers cannot draw a body without size


@dataclass(frozen=True)
class HeatResult:
    """Temperatures of a scene's hot bodies over T frames, at C points of their bodies.

    `time` [s] of playback and `physical_time` [s] (T,); `bodies` (B,) names; `temperature` [degC] (T, C); `position` [m] (C, 3) in the body's
    frame; `body` (C,) index into `bodies`; `volume` [m3] (C,) that each point stands for; `solid_fraction` (T, B) and `liquid_fraction` (T, C)
    of what melts (1 and 0 elsewhere); `scale` (T, 3) of bodies that melt; `heat_balance` (T,) error of the first law over all heat that has passed;
    `entropy_production` [J/K] (T,) since the frame before, never negative by the second law; `meta` is what was chosen and used.
    """

    time: FloatArray
    physical_time: FloatArray
    bodies: tuple[str, ...]
    temperature: FloatArray
    position: FloatArray
    body: NDArray[np.int64]
    volume: FloatArray
    solid_fraction: FloatArray
    liquid_fraction: FloatArray
    scale: dict[str, FloatArray]
    heat_balance: FloatArray
    entropy_production: FloatArray
    meta: dict[str, Any] = field(default_factory=dict)
    shapes: dict[str, ShapeModel] = field(default_factory=dict)

    def of(self, name: str) -> FloatArray:
        """Temperatures [degC] of one body (T, its points)."""
        return self.temperature[:, self.body == self.bodies.index(name)]

    def mean(self, name: str) -> FloatArray:
        """Mean temperature [degC] of one body over its volume (T,)."""
        mine = self.body == self.bodies.index(name)
        weight = self.volume[mine]
        return np.asarray((self.temperature[:, mine] * weight).sum(axis=1) / weight.sum())


def solve_heat(scene: Scene, *, fps: float, duration: float, progress: Progress | None = None) -> HeatResult:
    """Solve the heat of `scene.thermal` for `duration` [s] of playback at `fps` [1/s]: round(duration fps) + 1 frames, evenly over the
    physical duration (the scene's, or a chosen one that is reported). `progress` is called with the share that is done.

    Bodies exchange heat with what their boundaries name, not with each other. Raises UserError for bodies without a temperature field, boundaries
    that a body cannot have, and heat that would fall below absolute zero.
    """
    if scene.thermal is None:
        raise UserError("The scene has no heat to solve: add a thermal section with bodies and boundaries.")
    if not (fps > 0 and duration > 0):
        raise UserError(f"fps and duration must be above 0; they are {fps:g} and {duration:g}.")
    materials = scene_library(scene)
    bodies = hot_bodies(scene, materials)
    if not bodies:
        raise UserError("The thermal section names no body: add one under thermal.bodies.")
    physical, why = scene.thermal.physical_duration, "as given"
    frames = round(duration * fps) + 1
    if physical is None:
        drafts = [model_body(scene, body, materials, duration=1e9, coarse=True) for body in bodies]

        def happened(horizon: float) -> float | None:
            models = [model_body(scene, body, materials, duration=horizon, coarse=True) for body in bodies]
            return _last_outcome(scene, _assemble(scene, models, 81, 80.0, horizon, "", None, draft=True))

        physical, why = choose_duration(scene, drafts, happened)
    models = [model_body(scene, body, materials, duration=physical) for body in bodies]
    return _assemble(scene, models, frames, duration, physical, why, progress)


def _last_outcome(scene: Scene, heat: HeatResult) -> float | None:
    """Physical time [s] of the last asked thermal outcome in a draft; None when one has not happened."""
    from sim.heat_goals import thermal_outcome

    times = []
    for goal in scene.goals.values():
        if goal.type in ("warms", "cools", "melts") and not goal.negated:
            if goal.body not in heat.bodies:
                continue
            number = heat.bodies.index(goal.body)
            mine = heat.body == number
            turned = _as_placed(scene, goal.body, heat.position[mine])
            course = thermal_outcome(
                goal,
                heat.physical_time,
                heat.temperature[:, mine],
                turned,
                heat.volume[mine],
                heat.solid_fraction[:, number],
            )
            if course.time is None:
                return None
            times.append(course.time)
    return max(times, default=0.0)


def _as_placed(scene: Scene, name: str, points: FloatArray) -> FloatArray:
    from scenes.primitives import rotation_matrix

    return np.asarray(points @ rotation_matrix(scene.bodies[name].orientation).T)


def _assemble(
    scene: Scene,
    models: Sequence[Model],
    frames: int,
    duration: float,
    physical: float,
    why: str,
    progress: Progress | None,
    *,
    draft: bool = False,
) -> HeatResult:
    physical_time = np.linspace(0.0, physical, frames)
    results: list[MarchResult] = []
    for number, model in enumerate(models):

        def report(share: float, number: int = number) -> None:
            if progress is not None:
                progress((number + share) / len(models))

        results.append(_march(model, physical_time, report, draft=draft))
    grids = [model.choice.grid for model in models]
    solid = np.ones((frames, len(models)))
    scale: dict[str, FloatArray] = {}
    shapes: dict[str, ShapeModel] = {}
    for number, (model, result) in enumerate(zip(models, results, strict=True)):
        melts = _melting_cells(model)
        if not melts.any():
            continue
        weight = model.choice.grid.volume[melts]
        share = 1 - (result.upper_fraction[:, melts] * weight).sum(axis=1) / weight.sum()
        share = np.clip(share, 0.0, 1.0)
        solid[:, number] = share
        shape = model.body.shape
        if share[0] > 0.999 and share[-1] < 0.999 and melts.all() and shape and not model.body.stuff.keeps_shape:
            scale[model.body.name] = np.repeat(np.maximum(np.cbrt(share), SMALLEST_SCALE)[:, None], 3, axis=1)
            shapes[model.body.name] = shape
    imbalance = np.sum([r.imbalance for r in results], axis=0)
    passed = np.sum([r.throughput for r in results], axis=0)
    balance = np.abs(imbalance) / np.maximum(passed, LEAST_RISE * sum(model.body.capacity for model in models))
    entropy = np.sum([r.entropy for r in results], axis=0)
    meta = {
        "physical_duration": float(physical),
        "playback_duration": float(duration),
        "time_factor": float(physical / duration),
        "why": why,
        "language": scene.language,
        "worst_heat_balance": float(balance.max()),
        "entropy_produced": float(entropy.sum()),
        "bodies": {model.body.name: _about(model, result) for model, result in zip(models, results, strict=True)},
        "notes": list(
            dict.fromkeys(
                note
                for model, result in zip(models, results, strict=True)
                for note in _notes(scene, model, result, scale)
            )
        ),
    }
    return HeatResult(
        time=np.linspace(0.0, duration, frames),
        physical_time=physical_time,
        bodies=tuple(model.body.name for model in models),
        temperature=np.concatenate(
            [r.temperature[:, g.point_cell] - KELVIN for r, g in zip(results, grids, strict=True)], axis=1
        ),
        position=np.concatenate([g.point for g in grids]),
        body=np.repeat(np.arange(len(models)), [len(g.point) for g in grids]),
        volume=np.concatenate([g.point_volume for g in grids]),
        solid_fraction=solid,
        liquid_fraction=np.concatenate(
            [
                np.where(_melting_cells(m), r.upper_fraction, 0.0)[:, m.choice.grid.point_cell]
                for m, r in zip(models, results, strict=True)
            ],
            axis=1,
        ),
        scale=scale,
        heat_balance=balance,
        entropy_production=entropy,
        meta=meta,
        shapes=shapes,
    )


def _melting_cells(model: Model) -> NDArray[np.bool_]:
    return np.array([stuff.change == "melt" for stuff in model.stuffs])[model.choice.owner]


def _march(model: Model, frames: FloatArray, progress: Progress, *, draft: bool) -> MarchResult:
    physical = float(frames[-1])
    steps = float(DRAFT_STEPS if draft else STEPS_PER_RUN)
    grid = model.choice.grid
    constant = time_constant(model)
    if constant > 0 and not draft:
        steps = min(max(steps, STEPS_PER_CONSTANT * physical / constant), MOST_STEPS[grid.chain])
    initial = np.full(grid.cells, model.body.thermal.initial + KELVIN)

    def run(system: System, count: float, within: tuple[float, float] = (-np.inf, np.inf)) -> MarchResult:
        return march(
            system,
            initial=initial,
            upper=model.upper,
            phases=model.phases,
            frames=frames,
            longest_step=physical / count,
            within=within,
            progress=progress,
        )

    if not model.system.enthalpy.changes_phase:
        return run(model.system, steps)
    single = model.system.in_phase_of(initial)
    if single is not None:
        try:
            return run(single[0], steps, single[1])
        except Crossed:
            pass  # a phase change is reached, so it has to be solved
    return run(model.system, steps if draft else max(steps, MELTING_STEPS if grid.chain else STEPS_PER_RUN))


def _about(model: Model, result: MarchResult) -> dict[str, Any]:
    choice, body = model.choice, model.body
    used = {
        stuff.name: {
            "conductivity": stuff.conductivity,
            "specific_heat": stuff.specific_heat,
            "density": stuff.density,
            "emissivity": stuff.emissivity,
            "diffusivity": stuff.diffusivity,
        }
        | (
            {f"{stuff.change}s_at": (stuff.plateau or 0.0) - KELVIN, "latent_heat": stuff.latent}
            if stuff.change
            else {}
        )
        for stuff in model.stuffs
    }
    margin = result.margin[1:]
    boiled = float(result.upper_fraction[-1].mean()) if any(s.change == "boil" for s in model.stuffs) else None
    return {
        "model": "well mixed" if body.mixed else choice.grid.kind,
        "cells": choice.grid.cells,
        "biot": float(choice.biot) if np.isfinite(choice.biot) and not body.mixed else None,
        "materials": used,
        "scheme": "backward Euler, enthalpy" if result.changed_phase else "Rannacher start, Crank-Nicolson",
        "steps": result.counts,
        "least_margin": float(margin.min()) if len(margin) and np.isfinite(margin.min()) else None,
        "initial": body.thermal.initial,
        "final_range": [float(result.temperature[-1].min() - KELVIN), float(result.temperature[-1].max() - KELVIN)],
    } | ({} if boiled is None else {"boiled_fraction": boiled})


def _notes(scene: Scene, model: Model, result: MarchResult, scale: dict[str, FloatArray]) -> list[str]:
    assert scene.thermal is not None
    body: HotBody = model.body
    notes = list(model.notes)
    if body.mixed:
        notes.append(f"{body.name}: well mixed by its own convection, so one temperature stands for all of it")
    elif not model.choice.resolved and np.isfinite(model.choice.biot):
        notes.append(
            f"{body.name}: Biot number {model.choice.biot:.2g} is below 0.1, so one temperature stands for all of it"
        )
    if any(b.type == "flame" and b.body == body.name for b in scene.thermal.boundaries.values()):
        notes.append(
            f"{body.name}: where the scene does not say, a flame heats with {FLAME_COEFFICIENT:g} W/(m2 K) and radiates as a black body "
            f"onto a surface of emissivity {SOOTED_EMISSIVITY:g} or more (EN 1991-1-2)"
        )
    burns = {"wood", "paper", "cardboard", "cloth", "cotton", "straw", "leaf"}
    hottest = float(result.temperature.max()) - KELVIN
    materials = scene_library(scene)
    if hottest > IGNITION and any(burns & set(materials.lineage(stuff.name)) for stuff in model.stuffs):
        notes.append(
            f"{body.name}: would char or catch fire above about {IGNITION:g} degC; burning is not solved, its temperatures there are those of a body that does not burn"
        )
    if hottest > HOTTEST:
        notes.append(
            f"{body.name}: reaches {hottest:.0f} degC, where nothing solid is left; give it less heat, or a shorter time"
        )
    if body.name in scale:
        notes.append(
            f"{body.name}: its look is proxied while it melts: all its sides shrink alike, by the cube root of the solid fraction; "
            "the melt stays where it is as far as heat goes, and is not drawn"
        )
    elif body.stuff.keeps_shape and any(stuff.change == "melt" for stuff in model.stuffs):
        notes.append(f"{body.name}: thaws or freezes and keeps its shape")
    return notes


def merge(trace: Trace, heat: HeatResult) -> Trace:
    """The trace of the motion with the heat in it: extra arrays `temperature` [degC] (T, C), `temperature_position` [m] (C, 3) in the body's
    frame, `temperature_body` (C,) index into the trace's names (-1: a body without a pose), `cell_volume` [m3] (C,), `heat_balance` and
    `entropy_production` (T,), where something melts `solid_fraction` (T, B) and `liquid_fraction` (T, C), the scale of melting bodies, which
    sink as they shrink so that they stay on what they lie on, and `meta["heat"]`.

    Raises UserError when the two have different frames.
    """
    if len(trace.time) != len(heat.time) or not np.allclose(trace.time, heat.time, atol=1e-6):
        raise UserError(
            f"Heat of {len(heat.time)} frames over {heat.time[-1]:g} s does not fit a motion of {len(trace.time)} frames over {trace.duration:g} s: "
            "solve it with the same fps and duration."
        )
    columns = np.array([trace.names.index(name) if name in trace.names else -1 for name in heat.bodies], dtype=np.int64)
    extra = dict(trace.extra)
    extra["temperature"] = ExtraArray(heat.temperature, unit="degC")
    extra["temperature_position"] = ExtraArray(heat.position, unit="m", frame="body")
    extra["temperature_body"] = ExtraArray(columns[heat.body])
    extra["cell_volume"] = ExtraArray(heat.volume, unit="m3")
    extra["heat_balance"] = ExtraArray(heat.heat_balance, unit="1")
    extra["entropy_production"] = ExtraArray(heat.entropy_production, unit="J/K")
    if heat.liquid_fraction.any() or (heat.solid_fraction < 1).any():
        extra["solid_fraction"] = ExtraArray(heat.solid_fraction, unit="1")
        extra["liquid_fraction"] = ExtraArray(heat.liquid_fraction, unit="1")
    scale, position, velocity = trace.scale.copy(), trace.position.copy(), trace.linear_velocity.copy()
    for name, factor in heat.scale.items():
        if name in trace.names:
            column = trace.names.index(name)
            drop = _sink(trace, column, heat.shapes[name], factor[:, 0])
            scale[:, column] *= factor
            position[:, column, 2] -= drop
            if len(drop) > 1:
                velocity[:, column, 2] -= np.gradient(drop, heat.time)
    about = {**heat.meta, "body_names": list(heat.bodies)}
    return replace(
        trace,
        scale=scale,
        position=position,
        linear_velocity=velocity,
        extra=extra,
        meta={**trace.meta, "heat": about},
    )


def _sink(trace: Trace, column: int, shape: ShapeModel, factor: FloatArray) -> FloatArray:
    """How far [m] (T,) the centre comes down when the body shrinks about it by `factor` (T,) and its lowest point stays where it is."""
    from sim.extent import lowest_points

    below = trace.position[:, column, 2] - lowest_points(shape, trace.position[:, column], trace.orientation[:, column])
    return np.asarray((1 - factor) * below)
