"""`settle`: choose values for a scene's free parameters, inside their honest ranges, so that the asked outcomes happen.

Closed forms first, then a line search or CMA-ES (Hansen 2016, arXiv:1604.00772) over rebuilt worlds (a restored Bullet state is not
deterministic). A value is taken from the middle of the interval in which everything holds, never from its edge. What cannot be met inside
the ranges is met by the least step outside, and then called a concession; what cannot be met at all stays unmet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.errors import UserError
from scenes.scene import Free, Scene
from sim.goals import Outcome, verify
from sim.harder import harder_floors
from sim.queries import first_drop
from sim.rollouts import Budget, Result, Search, searchable
from sim.seeds import Seed, clearance, restitution_for_bounces, seeds
from sim.simulate import simulate
from sim.trace import Trace

__all__ = ["Budget", "Choice", "Settled", "settle"]

FloatArray = NDArray[np.float64]
GRID, HALVINGS, FIRST_STEP = 9, 2, 1 / 128
INSIDE = 0.7  # of the budget may be spent inside the honest ranges
BEYOND = {"restitution": (0.02, 0.98), "friction": (0.01, 1.5)}  # how far a concession may reach


@dataclass(frozen=True)
class Choice:
    """A value that was searched for: its path, its honest range, the interval around it in which the outcomes hold (when measured)."""

    path: str
    value: float
    low: float
    high: float
    why: str = ""
    holds: tuple[float, float] | None = None
    concession: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "value": self.value,
            "range": [self.low, self.high],
            "why": self.why,
            "holds": None if self.holds is None else list(self.holds),
            "concession": self.concession,
        }


@dataclass(frozen=True)
class Settled:
    """The scene as it ran (chosen values set, provenance `searched`), its trace, the outcomes, the choices, and a concession in words."""

    scene: Scene
    trace: Trace
    outcomes: list[Outcome]
    choices: list[Choice] = field(default_factory=list)
    concession: str = ""
    rollouts: int = 1

    @property
    def happened(self) -> bool:
        """Whether every asked outcome happened."""
        return all(outcome.happened for outcome in self.outcomes)


def settle(
    scene: Scene,
    *,
    fps: float = 16.0,
    seconds: float | None = None,
    seed: int | None = None,
    budget: Budget | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Settled:
    """Simulate a scene, and where asked outcomes do not happen by themselves, search its free parameters so that they do.

    `workers`: 1 or 2 processes; the result does not depend on it. `progress(rollouts, most)`. Raises UserError for scenes that cannot be
    simulated.
    """
    trace = simulate(scene, fps=fps, seconds=seconds, seed=seed)
    outcomes = verify(scene, trace)
    goals = searchable(scene)
    open_goals = [o for o in outcomes if not o.happened and not o.refused and o.name in goals]
    if open_goals and not scene.free:
        rollouts = 1
        for other, said in harder_floors(scene, trace, open_goals):
            tried = simulate(other, fps=fps, seconds=seconds, seed=seed)
            then, rollouts = verify(other, tried), rollouts + 1
            if all(o.happened or o.refused for o in then):
                told = [replace(o, text=said) if o.name in {p.name for p in open_goals} else o for o in then]
                return Settled(other, tried, told, rollouts=rollouts)
    if _chosen_before(scene) or not open_goals or not scene.free:
        return _as_it_is(scene, trace, outcomes, goals)
    budget = budget or Budget()
    with _pool(workers) as pool:
        search = Search(scene, fps=fps, seconds=seconds, seed=seed, budget=budget, pool=pool, progress=progress)
        search.drops = {g.body: first_drop(trace, g.body) for g in goals.values() if g.type == "bounces"}
        search.share = INSIDE  # the rest is for the least step outside the ranges
        found, holds = _within(search, scene.free, goals)
        text, search.share = "", 1.0
        if not found.holds:
            wider = _beyond(search, goals)
            if wider is not None:
                found, holds, text = wider
    extra = 1
    if found.cut:  # not one simulation was finished in time: the scene stays as it was
        chosen, choices = scene, []
    else:
        kept = search.trace_of(found.values)
        chosen = kept.scene if kept is not None else scene.with_(dict(found.values), source="searched")
        trace = kept.trace if kept is not None else simulate(chosen, fps=fps, seconds=seconds, seed=seed)
        outcomes, extra = verify(chosen, trace), 1 if kept is not None else 2
        choices = [_choice(scene, path, value, holds.get(path)) for path, value in found.values.items()]
    if not found.holds:
        text = _unmet(scene, search, outcomes)
    values = {choice.path: choice.as_dict() for choice in choices}
    asked = {outcome.name for outcome in open_goals}
    outcomes = [
        replace(outcome, chosen=values, concession=bool(text) and outcome.happened, text=text)
        if outcome.name in asked
        else outcome
        for outcome in outcomes
    ]
    return Settled(chosen, trace, outcomes, choices, text, len(search.known) + extra)


def _chosen_before(scene: Scene) -> bool:
    """Whether an earlier search has chosen every free parameter: such a scene runs as it is."""
    return bool(scene.free) and all(
        path in scene.provenance and scene.provenance[path].source == "searched" for path in scene.free
    )


def _as_it_is(scene: Scene, trace: Trace, outcomes: list[Outcome], goals: dict[str, Any]) -> Settled:
    """No search; values that an earlier one chose are still named, and still concessions where they lie outside their range."""
    if not _chosen_before(scene):
        return Settled(scene, trace, outcomes)
    choices = [_choice(scene, path, float(scene.get(path)), None) for path in scene.free]
    outside = [choice for choice in choices if choice.concession]
    text = " ".join(_outside_text(scene, choice.path, choice.value) for choice in outside)
    values = {choice.path: choice.as_dict() for choice in choices}
    named = [
        replace(o, chosen=values, concession=bool(text) and o.happened, text=text) if o.name in goals else o
        for o in outcomes
    ]
    return Settled(scene, trace, named, choices, text)


def _outside_text(scene: Scene, path: str, value: float) -> str:
    free = scene.free[path]
    if scene.language == "zh":
        return f"在可信范围 {free.low:g}–{free.high:g} 内做不到；取最近的可行值 {path} = {value:.3g}。"
    return f"Not possible within the honest range {free.low:g} to {free.high:g}: the nearest value that does it is {path} = {value:.3g}."


@contextmanager
def _pool(workers: int) -> Iterator[Any]:
    if workers < 2:
        yield None
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(max_workers=2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def _choice(scene: Scene, path: str, value: float, holds: tuple[float, float] | None) -> Choice:
    free = scene.free[path]
    inside = free.low - 1e-12 <= value <= free.high + 1e-12
    return Choice(path, value, free.low, free.high, free.why, holds, not inside)


# inside the honest ranges ------------------------------------------------------------------------------------------------------------


def _to_unit(free: Free, value: float) -> float:
    if free.high == free.low:
        return 0.5
    if free.scale == "log" and free.low > 0:
        return float(np.log(value / free.low) / np.log(free.high / free.low))
    return (value - free.low) / (free.high - free.low)


def _of_unit(free: Free, share: float) -> float:
    share = float(np.clip(share, 0.0, 1.0))
    if free.scale == "log" and free.low > 0:
        return float(free.low * (free.high / free.low) ** share)
    return free.low + share * (free.high - free.low)


def _middle(free: dict[str, Free], scene: Scene) -> dict[str, float]:
    """Where the search starts: the scene's own values where they lie in range, else the middle."""
    values = {}
    for path, span in free.items():
        try:
            now = scene.get(path)
        except UserError:
            now = None
        inside = isinstance(now, int | float) and span.low <= now <= span.high
        values[path] = float(now) if inside else _of_unit(span, 0.5)  # type: ignore[arg-type]
    return values


def _within(
    search: Search, free: dict[str, Free], goals: dict[str, Any]
) -> tuple[Result, dict[str, tuple[float, float]]]:
    base = _middle(free, search.scene)
    for seed in seeds(search.scene.model_copy(update={"free": free}), goals, drops=search.drops):
        point = {**base, **seed.values}
        result = search.one(point)
        if result.holds:
            if seed.centred and len(free) == 1:
                return result, dict(seed.limits or {})
            return _centred(search, free, result, seed)
    if len(free) == 1:
        path, span = next(iter(free.items()))
        grid = [{path: _of_unit(span, share)} for share in np.linspace(0.0, 1.0, GRID)]
        results = search.many(grid)
        good = [result for result in results if result.holds]
        if good:
            return _centred(search, free, max(good, key=lambda r: r.least), None)
        narrowed = _line(search, path, span)
        if narrowed.holds:
            return _centred(search, free, narrowed, None)
        return search.best(), {}
    result = _evolve(search, free, base)
    return _centred(search, free, result, None) if result.holds else (search.best(), {})


def _line(search: Search, path: str, span: Free) -> Result:
    """Golden-section steps around the best point of a grid, for feasible intervals that fall between its points."""
    for _ in range(14):
        ranked = sorted(search.known.values(), key=lambda r: (r.cost, -r.least))
        best = ranked[0]
        if best.holds or search.spent:
            break
        values = sorted(result.values[path] for result in search.known.values())
        place = values.index(best.values[path])
        neighbours = [values[place + step] for step in (-1, 1) if 0 <= place + step < len(values)]
        search.many([{path: best.values[path] + 0.382 * (other - best.values[path])} for other in neighbours])
    return search.best()


def _evolve(search: Search, free: dict[str, Free], base: dict[str, float]) -> Result:
    import cma

    paths = list(free)
    known = [
        result.values
        for result in sorted(search.known.values(), key=lambda r: r.cost)
        if set(result.values) == set(paths)
    ]
    start = known[0] if known else base
    x0 = np.array([np.clip(_to_unit(free[path], start[path]), 0.02, 0.98) for path in paths])
    options = {
        "bounds": [0.0, 1.0],
        "seed": (search.scene.seed if search.seed is None else search.seed) + 1,
        "popsize": 8,
        "verbose": -9,
    }
    strategy = cma.CMAEvolutionStrategy(x0, 0.25, options)
    while not strategy.stop() and not search.spent:
        asked = strategy.ask()
        results = search.many(
            [{path: _of_unit(free[path], x) for path, x in zip(paths, point, strict=True)} for point in asked]
        )
        good = [result for result in results if result.holds]
        if good:
            return max(good, key=lambda r: r.least)
        if len(results) < len(asked):
            break
        strategy.tell(asked, [result.cost for result in results])
    return search.best()


def _centred(
    search: Search, free: dict[str, Free], result: Result, seed: Seed | None
) -> tuple[Result, dict[str, tuple[float, float]]]:
    """Move each value to the middle of the interval around it in which everything holds (found by halving), one parameter at a time."""
    holds: dict[str, tuple[float, float]] = {}
    for path, span in free.items():
        here = _to_unit(span, result.values[path])
        low, high = (_reach(search, result, path, span, here, side) for side in (-1.0, 1.0))
        holds[path] = (_of_unit(span, low), _of_unit(span, high))
        centre = search.one({**result.values, path: _of_unit(span, (low + high) / 2)})
        if centre.holds:
            result = centre
    return result, holds


def _reach(search: Search, result: Result, path: str, span: Free, here: float, side: float) -> float:
    """How far a value may go to one side (in shares of its range) while everything holds: steps that double, then halvings."""
    inside, step, outside = here, FIRST_STEP, None
    edge = 1.0 if side > 0 else 0.0
    while outside is None and inside != edge and not search.spent:
        trial = min(1.0, max(0.0, inside + side * step))
        if search.one({**result.values, path: _of_unit(span, trial)}).holds:
            inside, step = trial, 2 * step
        else:
            outside = trial
    for _ in range(HALVINGS):
        if outside is None or search.spent:
            break
        middle = (inside + outside) / 2
        if search.one({**result.values, path: _of_unit(span, middle)}).holds:
            inside = middle
        else:
            outside = middle
    return inside


# outside them ------------------------------------------------------------------------------------------------------------------------


def _beyond(search: Search, goals: dict[str, Any]) -> tuple[Result, dict[str, tuple[float, float]], str] | None:
    """The least step outside one range with which everything holds, and what it is in words; None when there is none."""
    scene = search.scene
    options: list[tuple[float, tuple[Result, str]]] = []
    base = search.best().values
    for path, free in scene.free.items():
        limits = next((v for key, v in BEYOND.items() if path.endswith(key)), None)
        width = free.high - free.low
        low, high = limits if limits is not None else (free.low - 1.5 * width, free.high + 1.5 * width)
        if free.low >= 0:
            low = max(low, 0.0 if limits is None else low)
        wide = Free(low=min(low, free.low), high=max(high, free.high))
        tries = [
            s.values
            for s in seeds(scene.model_copy(update={"free": {**scene.free, path: wide}}), goals, drops=search.drops)
            if path in s.values
        ]
        steps = np.concatenate([np.linspace(free.low, wide.low, 7)[1:], np.linspace(free.high, wide.high, 7)[1:]])
        tries += [{path: float(v)} for v in sorted(steps, key=lambda v: max(free.low - v, v - free.high))]
        for values in tries:
            if search.spent:
                break
            result = search.one({**base, **values})
            if result.holds:
                options.append((_step_outside(free, result.values[path]), _nearest_edge(search, free, path, result)))
                break
    if not options:
        return None
    _, (result, path) = min(options, key=lambda option: option[0])
    return result, {}, _outside_text(scene, path, result.values[path]) + _suggest(scene, goals, search.drops)


def _step_outside(free: Free, value: float) -> float:
    return max(free.low - value, value - free.high, 0.0) / max(free.high - free.low, 1e-9)


def _nearest_edge(search: Search, free: Free, path: str, result: Result) -> tuple[Result, str]:
    """Walk back towards the range while everything still holds, then leave a third of that way as a margin."""
    edge = free.low if result.values[path] < free.low else free.high
    good, bad = result.values[path], edge
    for _ in range(HALVINGS):
        middle = (good + bad) / 2
        if search.one({**result.values, path: middle}).holds:
            good = middle
        else:
            bad = middle
    safe = search.one({**result.values, path: good + (result.values[path] - good) / 3})
    return (safe if safe.holds else result), path


def _suggest(scene: Scene, goals: dict[str, Any], drops: dict[str, float]) -> str:
    """Other ways to what was asked, for bounces: a number of bounces that the material makes."""
    for goal in goals.values():
        spans = [free for path, free in scene.free.items() if path.endswith("restitution")]
        if goal.type == "bounces" and spans:
            drop = drops.get(goal.body) or clearance(scene, goal.body)
            counts = [
                n
                for n in range(1, 30)
                if restitution_for_bounces(n, drop)[0] <= spans[0].high
                and restitution_for_bounces(n, drop)[1] > spans[0].low
            ]
            if counts:
                if scene.language == "zh":
                    return f" 也可以改为弹起 {counts[0]} 到 {counts[-1]} 次，或换一种材料。"
                return f" Or ask for {counts[0]} to {counts[-1]} bounces, or for another material."
    return ""


def _unmet(scene: Scene, search: Search, outcomes: list[Outcome]) -> str:
    """Why it does not happen: nothing does it, or the budget was spent before something was found."""
    missed = "; ".join(f"{o.asked}: {o.evidence}" for o in outcomes if not o.happened and not o.refused)
    tried = ", ".join(f"{path} in {free.low:g} to {free.high:g}" for path, free in scene.free.items())
    if search.spent:
        done, cut = len(search.known), search.cut
        if scene.language == "zh":
            stopped = f"（其中 {cut} 次中途停止）" if cut else ""
            return f"搜索预算已用完（模拟 {done} 次{stopped}，上限 {search.budget.rollouts} 次、{search.budget.seconds:g} 秒），尚未找到做得到的值；目前最接近的结果：{missed}。"
        stopped = f", {cut} of them stopped midway" if cut else ""
        return (
            f"The search ran out of its budget ({done} simulation{'s' if done != 1 else ''}{stopped}; at most {search.budget.rollouts} and {search.budget.seconds:g} s) "
            f"before it found values of {tried} with which it happens; the nearest so far: {missed}."
        )
    if scene.language == "zh":
        return f"在自由参数（{tried}）的范围内外都没有找到做得到的值；最接近的结果：{missed}。"
    return f"No value was found, inside or near the ranges of {tried}, with which it happens; the nearest: {missed}."
