"""Rollouts of a search: the same scene with other values of its free parameters, simulated, verified and weighed, within a budget.

A rollout that reaches the end of the budget is cut short in the middle: it counts as far off, and as one that says nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from scenes.errors import UserError
from scenes.scene import Scene
from sim.goals import Outcome, verify
from sim.margins import margin
from sim.simulate import OutOfTime, simulate
from sim.trace import Trace

__all__ = ["Budget", "Kept", "Result", "Search", "searchable"]

FAR = -4.0  # the margin of a goal in a rollout that could not be run


@dataclass(frozen=True)
class Budget:
    """At most this many simulations; `seconds` of wall clock is a safety net that stops a simulation where it is (a search that it ends may
    differ on another machine)."""

    rollouts: int = 160
    seconds: float = 180.0


@dataclass(frozen=True)
class Result:
    values: dict[str, float]
    margins: tuple[float, ...]
    cut: bool = False

    @property
    def holds(self) -> bool:
        return not self.cut and all(m > 0 for m in self.margins)

    @property
    def cost(self) -> float:
        return -sum(min(m, 0.0) for m in self.margins)

    @property
    def least(self) -> float:
        return min(self.margins, default=1.0)


@dataclass(frozen=True)
class Kept:
    """What a rollout in this process gave, so that it need not be run again."""

    values: dict[str, float]
    scene: Scene
    trace: Trace
    outcomes: list[Outcome]


def searchable(scene: Scene) -> dict[str, Any]:
    """The goals that motion decides, over bodies that are simulated."""
    kinds = {"refused", "warms", "cools", "melts"}
    simulated = {name for name, body in scene.bodies.items() if body.kind in {"rigid", "figure"}}
    found = {}
    for name, goal in scene.goals.items():
        who = [getattr(goal, f, None) for f in ("body", "a", "b", "on", "other", "through")]
        if goal.type not in kinds and all(w is None or w in simulated for w in who):
            found[name] = goal
    return found


def weighed(scene: Scene, outcomes: list[Outcome], trace: Trace) -> tuple[float, ...]:
    """Margins of the searchable goals on a trace."""
    by_name = {outcome.name: outcome for outcome in outcomes}
    return tuple(margin(goal, by_name[name], scene, trace) for name, goal in searchable(scene).items())


Job = tuple[Scene, dict[str, float], float, float | None, int | None, float]


def _rollout(job: Job) -> tuple[tuple[float, ...] | None, Kept | None]:
    """Margins with these values; None when the budget ended first. Points that fail as input (a mass of zero) count as far off."""
    scene, values, fps, seconds, seed, deadline = job
    try:
        changed = scene.with_(dict(values), source="searched") if values else scene
        trace = simulate(changed, fps=fps, seconds=seconds, seed=seed, deadline=deadline)
    except OutOfTime:
        return None, None
    except UserError:
        return tuple(FAR for _ in searchable(scene)), None
    outcomes = verify(changed, trace)
    return weighed(changed, outcomes, trace), Kept(values, changed, trace, outcomes)


def _margins(job: Job) -> tuple[float, ...] | None:
    """Of a rollout in another process: the trace stays there."""
    return _rollout(job)[0]


class Search:
    """Rollouts with a budget and a memory, in this process or in two. `share` of the budget may be spent so far."""

    def __init__(
        self,
        scene: Scene,
        *,
        fps: float,
        seconds: float | None,
        seed: int | None,
        budget: Budget,
        pool: Any,
        progress: Any,
    ) -> None:
        self.scene, self.fps, self.seconds, self.seed = scene, fps, seconds, seed
        self.budget, self.pool, self.progress = budget, pool, progress
        self.drops: dict[str, float] = {}
        self.known: dict[tuple[tuple[str, float], ...], Result] = {}
        self.kept: Kept | None = None
        self._rank = (0.0, 0.0)
        self.started = time.time()
        self.share = 1.0

    @property
    def deadline(self) -> float:
        return self.started + self.share * self.budget.seconds

    @property
    def spent(self) -> bool:
        return len(self.known) >= self.share * self.budget.rollouts or time.time() >= self.deadline

    def many(self, points: list[dict[str, float]]) -> list[Result]:
        """Results in the order of the points, as many as the budget has room for (at least one)."""
        keys = [tuple(sorted((path, round(float(v), 12)) for path, v in point.items())) for point in points]
        fresh = [key for key in dict.fromkeys(keys) if key not in self.known]
        room = max(0, round(self.share * self.budget.rollouts) - len(self.known))
        fresh = fresh[: max(room, 1)]
        jobs: list[Job] = [(self.scene, dict(key), self.fps, self.seconds, self.seed, self.deadline) for key in fresh]
        for key, margins in zip(fresh, self._run(jobs), strict=True):
            far = tuple(FAR for _ in searchable(self.scene))
            self.known[key] = Result(dict(key), far if margins is None else margins, margins is None)
            if self.progress is not None:
                self.progress(len(self.known), self.budget.rollouts)
        return [self.known[key] for key in keys if key in self.known]

    def _run(self, jobs: list[Job]) -> list[tuple[float, ...] | None]:
        if self.pool is not None and len(jobs) > 1:
            return list(self.pool.map(_margins, jobs))
        results = []
        for job in jobs:
            margins, kept = _rollout(job)
            if kept is not None and margins is not None:
                self._keep(kept, Result(job[1], margins))
            results.append(margins)
        return results

    def _keep(self, kept: Kept, result: Result) -> None:
        """Remember the trace of the last rollout that held, or of the best while none does."""
        if self.kept is None or result.holds or (result.cost, -result.least) <= self._rank:
            self.kept, self._rank = kept, (result.cost, -result.least)

    def trace_of(self, values: dict[str, float]) -> Kept | None:
        """What a rollout with just these values gave, when it is the one that is remembered."""
        return self.kept if self.kept is not None and self.kept.values == values else None

    def one(self, point: dict[str, float]) -> Result:
        return self.many([point])[0]

    def best(self) -> Result:
        """The result that is nearest to what is asked; one that was cut where none was finished."""
        return min(self.known.values(), key=lambda r: (r.cut, r.cost, -r.least), default=Result({}, (), True))

    @property
    def cut(self) -> int:
        """How many rollouts were stopped by the clock."""
        return sum(result.cut for result in self.known.values())
