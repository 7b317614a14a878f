"""How long heat takes and how exact it is: `python tests/benchmarks/bench_heat.py` prints a table.

Times are of `solve_heat` (best of several), with the choice of the grid and the library's figures. Errors are against
the exact series of a bar (Carslaw & Jaeger, 3.4) and Stefan's front (11.2).
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scenes.materials import library
from scenes.scene import Scene
from sim.heat import HeatResult, solve_heat

BUDGET = 0.050  # [s] for the bar of 200 cells


def scene(shape: dict[str, Any], material: str, boundaries: dict[str, Any], **thermal: Any) -> Scene:
    hot = thermal.pop("hot", {})
    acts = {name: {"body": "b", **item} for name, item in boundaries.items()}
    body = {"kind": "rigid", "shape": shape, "material": material, "fixed": True}
    return Scene.from_data(
        {"schema": 1, "bodies": {"b": body}, "thermal": {"bodies": {"b": hot}, "boundaries": acts, **thermal}}
    )


def bar_error(heat: HeatResult) -> float:
    x, t = heat.position[:, 0] + 0.5, heat.physical_time[-1]
    k = (np.arange(400) + 0.5) * math.pi
    exact = 100 - 80 * (
        2 / k[:, None] * np.sin(k[:, None] * x) * np.exp(-401 / (8960 * 385) * k[:, None] ** 2 * t)
    ).sum(axis=0)
    return float(np.abs(heat.temperature[-1] - exact).max())


def front_error(heat: HeatResult) -> float:
    from scipy.optimize import brentq
    from scipy.special import erf

    wax = library().material("wax")
    ste = wax.specific_heat.value * 40 / wax.latent_heat_fusion.value  # type: ignore[union-attr]
    lam = brentq(lambda v: v * math.exp(v * v) * erf(v) - ste / math.sqrt(math.pi), 1e-6, 5)
    front = 2 * lam * math.sqrt(wax.diffusivity * heat.physical_time[-1])
    return float(abs((1 - heat.solid_fraction[-1, 0]) * 0.02 / front - 1))


def main() -> int:
    bar = {"type": "box", "size": [1.0, 0.02, 0.02]}
    hot = {"hot": {"face": "left", "type": "temperature", "value": 100}}
    fire = {"fire": {"face": "left", "type": "flame", "value": 900}, "air": {"type": "convection", "coefficient": 10}}
    all_round = {"hot": {"face": "all", "type": "temperature", "value": 100}}
    cases: list[tuple[str, Scene, str, Callable[[HeatResult], float] | None]] = [
        ("bar, 200 cells", scene(bar, "copper", hot, physical_duration=600, hot={"cells": 200}), "K", bar_error),
        ("bar, 1000 cells", scene(bar, "copper", hot, physical_duration=600, hot={"cells": 1000}), "K", bar_error),
        ("bar in a flame", scene(bar, "copper", fire, physical_duration=600), "", None),
        ("wax front, 200 cells", scene({"type": "box", "size": [0.02, 0.01, 0.01]}, "wax", {"hot": {"face": "left", "type": "temperature", "value": 97}}, physical_duration=1800, hot={"initial": 57}), "of s", front_error),
        ("box, 3-D", scene({"type": "box", "size": [0.3, 0.2, 0.1]}, "concrete", all_round, physical_duration=3000), "", None),
        ("ellipsoid, voxels", scene({"type": "ellipsoid", "radii": [0.1, 0.1, 0.1]}, "stone", all_round, physical_duration=900), "", None),
    ]  # fmt: skip
    print(f"{'case':24}{'cells':>7}{'steps':>7}{'time [ms]':>11}{'error':>16}{'heat balance':>14}")
    first = 0.0
    for name, case, unit, error in cases:
        best, heat = np.inf, None
        for _ in range(12 if name.startswith("bar") else 2):
            start = time.perf_counter()
            heat = solve_heat(case, fps=16, duration=5)
            best = min(best, time.perf_counter() - start)
        assert heat is not None
        about = heat.meta["bodies"]["b"]
        shown = f"{error(heat):.2g} {unit}" if error else "-"
        print(
            f"{name:24}{about['cells']:7d}{about['steps']['steps']:7d}{best * 1e3:11.1f}{shown:>16}{heat.heat_balance.max():14.1e}"
        )
        first = first or best
    print(f"bar of 200 cells: {first * 1e3:.1f} ms of {BUDGET * 1e3:.0f} ms allowed")
    return 0 if first < BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
