"""How much physical time a scene of heat shows: from its time constants, long enough for what was asked, in a plain number of seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from scenes.scene import Scene
from scenes.thermal import Boundary, HeatSource
from sim.heat_grid import CODES
from sim.heat_materials import KELVIN
from sim.heat_model import Model

__all__ = ["choose_duration", "plain", "time_constant"]

PLAIN = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1200, 1800, 2700, 3600)  # [s], then hours
HOURS = (1, 1.5, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 120, 168, 336, 720, 1440, 4320, 8760)
DIFFUSION_SHARE = 0.3  # of L2/alpha: the insulated far end of a bar is then 39 % of its way to the heated end's temperature (Carslaw & Jaeger, 3.4)
EXCHANGE_SHARE = 1.5  # of C/(h A): 78 % of the way to the surroundings
POWER_RISE = 10.0  # [K]
LATEST_SHARE = 0.8  # of the shown time: when the last asked outcome happens
EARLIEST, EARLIEST_MELTING = 0.05, 0.2  # at the earliest
TRIES = 7


def plain(seconds: float) -> float:
    """The next plain number of seconds that is not below `seconds` (600, 900, 1200, 1800, ..., whole hours)."""
    choices = [float(s) for s in PLAIN] + [3600.0 * h for h in HOURS if h > 1]
    if seconds < 1:
        return float(f"{seconds:.1g}") if float(f"{seconds:.1g}") >= seconds else float(f"{seconds * 1.5:.1g}")
    return next((choice for choice in choices if choice >= seconds * (1 - 1e-9)), choices[-1])


def time_constant(model: Model) -> float:
    """The time [s] in which the body shows what acts on it: diffusion along its resolved length, exchange with its surroundings, melting."""
    body, stuff = model.body, model.stuffs[0]
    alpha = min(each.diffusivity for each in model.stuffs)
    phase = max(model.phases, key=lambda p: sum(not c.idle for c in p.conditions.values()))
    alike = len(set(phase.conditions.values())) == 1
    length = model.choice.length / 2 if alike else model.choice.length
    total = DIFFUSION_SHARE * length**2 / alpha
    grid = model.choice.grid
    exchange, drive, held = 0.0, 0.0, 0.0
    start = body.thermal.initial + KELVIN
    for code, condition in phase.conditions.items():
        area = float(grid.face_area[grid.face_code == CODES.index(code)].sum())
        warm = max([start, *condition.temperatures()])
        exchange += condition.coefficient(min(warm, 3000.0)) * area
        drive += abs(condition.flux) * area
        held = max([held, *(abs(t - (stuff.plateau or start)) for t in condition.temperatures())])
    if exchange > 0 and (alike or not model.choice.resolved):
        total += EXCHANGE_SHARE * body.capacity / exchange
    power = abs(phase.power) + drive
    if power > 0:
        total = max(total, body.capacity * POWER_RISE / power)
    if stuff.plateau is not None and held > 0:
        energy = stuff.density * stuff.latent
        if exchange > 0:
            total += energy * body.volume / (exchange * held)
        k = max(stuff.conductivity, stuff.conductivity_above)
        total += (
            0.5 * energy * length**2 / (k * held)
        )  # Neumann's front for a small Stefan number, s2 = 2 k dT t/(rho L)
    return total


def choose_duration(
    scene: Scene,
    models: Sequence[Model],
    happened: Callable[[float], float | None],
) -> tuple[float, str]:
    """Physical duration [s] and why. `happened(duration)` solves a coarse draft and returns the time [s] of the last asked thermal outcome,
    None when one of them has not happened by then."""
    assert scene.thermal is not None
    guess = max((time_constant(model) for model in models), default=0.0)
    acting: list[Boundary | HeatSource] = [*scene.thermal.boundaries.values(), *scene.thermal.sources.values()]
    latest = max((edge for item in acting for edge in (item.start, item.stop) if edge), default=0.0)
    guess = max(guess, 1.2 * latest)
    why = "from the time constants of diffusion, exchange and melting"
    if guess <= 0:
        return 60.0, "nothing acts on the temperatures, so one minute is shown"
    asked = [goal for goal in scene.goals.values() if goal.type in ("warms", "cools", "melts") and not goal.negated]
    if asked:
        early = EARLIEST_MELTING if any(goal.type == "melts" for goal in asked) else EARLIEST
        horizon = guess
        for _ in range(TRIES):
            time = happened(horizon)
            if time is not None:
                if time > guess * LATEST_SHARE:
                    return plain(time / LATEST_SHARE), "until the asked outcome has happened, and a quarter more"
                if time < guess * early and time > 0:
                    return plain(max(time / early, 1.2 * latest)), "so that the asked outcome is seen to happen"
                return plain(guess), why
            horizon *= 4.0
        why += "; what was asked does not happen however long it is heated or cooled"
    return plain(float(np.clip(guess, 0.01, 8760 * 3600.0))), why
