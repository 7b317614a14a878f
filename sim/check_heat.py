"""Checks of the heat solver against exact solutions (Carslaw and Jaeger, Conduction of Heat in Solids): functions behind `sim.checks`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scenes.materials import library
from scenes.scene import Scene
from sim.check_laws import Result, absolute, relative
from sim.heat import HeatResult, solve_heat

__all__ = ["conduction", "melting"]

BAR = {"type": "box", "size": [1.0, 0.02, 0.02]}


def _solved(
    shape: dict[str, Any], material: str, boundaries: dict[str, Any], *, physical: float, hot: Any = None
) -> HeatResult:
    acts = {name: {"body": "b", **item} for name, item in boundaries.items()}
    body = {"kind": "rigid", "shape": shape, "material": material, "fixed": True}
    thermal = {"bodies": {"b": hot or {}}, "boundaries": acts, "physical_duration": physical}
    return solve_heat(Scene.from_data({"schema": 1, "bodies": {"b": body}, "thermal": thermal}), fps=16, duration=5)


def _held(value: float, face: str) -> dict[str, Any]:
    return {"face": face, "type": "temperature", "value": value}


def conduction() -> list[Result]:
    """A copper bar of 1 m at 20 degC, one end held at 100 degC for 600 s; and with both ends held, until it is steady."""
    copper, iron = library().material("copper"), library().material("iron")
    heat = _solved(BAR, "copper", {"hot": _held(100, "left")}, physical=600)
    x, k = heat.position[:, 0] + 0.5, (np.arange(600) + 0.5) * math.pi
    worst = 0.0
    for frame in range(6, 81):
        decay = np.exp(-copper.diffusivity * k[:, None] ** 2 * heat.physical_time[frame])
        exact = 100 - 80 * (2 / k[:, None] * np.sin(k[:, None] * x) * decay).sum(axis=0)
        worst = max(worst, float(np.abs(heat.temperature[frame] - exact).max()))
    steady = _solved(BAR, "copper", {"hot": _held(100, "left"), "warm": _held(40, "right")}, physical=100_000)
    line = 100 - 60 * (steady.position[:, 0] + 0.5)
    times = []
    for name, material in (("copper", copper), ("iron", iron)):
        bar = _solved(BAR, name, {"hot": _held(100, "left")}, physical=0.6 / material.diffusivity)
        times.append(float(np.interp(50, bar.temperature[:, -1], bar.physical_time)))
    over = max(float(heat.temperature.max()) - 100, 20 - float(heat.temperature.min()), 0.0)
    least = min(float(heat.entropy_production.min()), 0.0)
    return [
        absolute("heated copper bar: worst of all points over 600 s", "series, C&J 3.4", 0.0, worst, 0.01, "K"),
        absolute("heated copper bar: beyond its hottest and coldest", "maximum principle", 0.0, over, 1e-9, "K"),
        absolute("heated copper bar: error of the first law", "dU = Q", 0.0, float(heat.heat_balance.max()), 1e-9, "of Q"),
        absolute("heated copper bar: entropy that vanishes", "second law", 0.0, -least, 1e-9, "J/K"),
        absolute("bar with ends at 100 and 40 degC: off the straight line", "steady state", 0.0, float(np.abs(steady.temperature[-1] - line).max()), 1e-3, "K"),
        relative("far end at 50 degC: time in iron over that in copper", "ratio of diffusivities", copper.diffusivity / iron.diffusivity, times[1] / times[0], 0.005),
    ]  # fmt: skip


def melting() -> list[Result]:
    """Wax at its melting point, one end held 40 K above it: Stefan's front (C&J 11.2)."""
    from scipy.optimize import brentq
    from scipy.special import erf

    wax = library().material("wax")
    assert wax.specific_heat is not None and wax.latent_heat_fusion is not None and wax.melting_point is not None
    point = wax.melting_point.value
    shape = {"type": "box", "size": [0.02, 0.01, 0.01]}
    heat = _solved(
        shape, "wax", {"hot": _held(point + 40, "left")}, physical=1800, hot={"cells": 200, "initial": point}
    )
    ste = wax.specific_heat.value * 40 / wax.latent_heat_fusion.value
    lam = brentq(lambda v: v * math.exp(v * v) * erf(v) - ste / math.sqrt(math.pi), 1e-6, 5)
    front = 2 * lam * math.sqrt(wax.diffusivity * heat.physical_time[-1])
    melted = float(1 - heat.solid_fraction[-1, 0]) * 0.02
    return [relative("melting wax: depth of the front after 1800 s", "Stefan, C&J 11.2", front, melted, 0.02)]
