"""Physics checks: `python -m sim.checks` integrates scenes that have a closed form and writes what it measured to docs/physics-checks.md."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from sim import check_bodies as bodies
from sim import check_heat as heat
from sim import check_laws as laws
from sim.bullet import load
from sim.check_laws import Result

__all__ = ["CHECKS", "Check", "Result", "run_checks"]

Check = Callable[[], list[Result]]
CHECKS: dict[str, Check] = {
    "free_fall": laws.free_fall,
    "projectile": laws.projectile,
    "bounce_ratios": laws.bounce_ratios,
    "bounce_chain": laws.bounce_chain,
    "sliding": laws.sliding,
    "rolling": laws.rolling,
    "shells": laws.shells,
    "ramps": laws.ramps,
    "collisions": laws.collisions,
    "pendulum": laws.pendulum,
    "newtons_cradle": laws.newtons_cradle,
    "spring": laws.spring,
    "stacks": laws.stacks,
    "water": laws.water,
    "terminal": laws.terminal,
    "tunnelling": laws.tunnelling,
    "energy": laws.energy,
    "measured_rebounds": bodies.measured_rebounds,
    "bullets": bodies.bullets,
    "resting": laws.resting,
    "conduction": heat.conduction,
    "melting": heat.melting,
    "determinism": laws.determinism,
}


def run_checks(names: list[str] | None = None) -> list[Result]:
    """Results of the named checks (all when None), in order."""
    return [result for name in (names or list(CHECKS)) for result in CHECKS[name]()]


def _row(result: Result) -> str:
    def number(value: float) -> str:
        return f"{value:.6g}"

    error = (
        f"{result.error:.2g} {result.unit}" if result.unit else (f"{result.error:.2%}" if result.error < 1e6 else "-")
    )
    limit = f"{result.tolerance:g} {result.unit}".strip() if result.unit else f"{result.tolerance:.2%}"
    mark = "yes" if result.passed else "**no**"
    return f"| {result.name} | {result.law} | {number(result.theory)} | {number(result.measured)} | {error} | {limit} | {mark} |"


def main() -> int:
    results = run_checks()
    passed = sum(result.passed for result in results)
    head = [
        "# Physics checks",
        "",
        f"Made by `python -m sim.checks`: {passed} of {len(results)} pass (Bullet API {load().getAPIVersion()}, Python {sys.version.split()[0]}).",
        "Scenes are in `sim/check_scenes.py`, settings in `sim/world.py`; steps per second are the ones that a run would choose: 960, for bounces 3840.",
        "",
        "| check | law | theory | measured | error | tolerance | passes |",
        "|---|---|---|---|---|---|---|",
    ]
    text = "\n".join(head + [_row(result) for result in results]) + "\n"
    target = Path(__file__).resolve().parent.parent / "docs" / "physics-checks.md"
    target.parent.mkdir(exist_ok=True)
    from scenes.files import write_text

    write_text(target, text)
    print(text)
    return 0 if passed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
