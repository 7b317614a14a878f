"""Asked outcomes verified on a trace: for every goal whether it happened, when, and the figures that say so, in the scene's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from scenes.scene import Scene
from sim import goal_checks as checks
from sim import goal_matter as matter
from sim import goal_order as order
from sim.goal_checks import Finding
from sim.trace import Trace

__all__ = ["Outcome", "decided_at", "find", "verify", "verify_goal"]

CHECKS: dict[str, Callable[..., Finding]] = {
    "bounces": checks.bounces,
    "rests": checks.rests,
    "hits": checks.hits,
    "topples": checks.topples,
    "stays_put": checks.stays_put,
    "falls": checks.falls,
    "lands_on": checks.lands_on,
    "stops_at": checks.stops_at,
    "stops_before": checks.stops_before,
    "reaches": checks.reaches,
    "passes_through": checks.passes_through,
    "passes": checks.passes,
    "rolls": checks.rolls,
    "slides": checks.slides,
    "breaks": matter.breaks,
    "floats": matter.floats,
    "sinks": matter.sinks,
    "rises": matter.rises,
    "overtakes": checks.overtakes,
    "together": order.together,
    "between": order.between,
    "swings": checks.swings,
    "spins": checks.spins,
    "warms": matter.thermal,
    "cools": matter.thermal,
    "melts": matter.thermal,
    "moves": checks.moves,
}
WAITED = 1.0  # [s] after the other outcomes, for those that say that something does not happen


@dataclass(frozen=True)
class Outcome:
    """What became of an asked outcome. `time` [s] is when it happened; `chosen` holds the values that a search chose so that it does;
    `concession` says that a value outside its honest range, or another outcome than the asked one, was needed: `text` says which."""

    name: str
    asked: str
    happened: bool
    evidence: str
    time: float | None = None
    chosen: dict[str, Any] | None = None
    refused: bool = False
    concession: bool = False
    text: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For report.json."""
        return {
            "name": self.name,
            "asked": self.asked,
            "happened": self.happened,
            "evidence": self.evidence,
            "time": self.time,
            "chosen": self.chosen,
            "refused": self.refused,
            "concession": self.concession,
            "text": self.text,
        }


def find(goal: Any, scene: Scene, trace: Trace) -> Finding:
    """What the trace says about a goal, before order, bounds in time and negation."""
    names = [getattr(goal, field, None) for field in ("body", "a", "b", "on", "other", "through", "by_body")]
    missing = [name for name in [*names, *getattr(goal, "bodies", ())] if name is not None and name not in trace]
    if missing and goal.type not in {"warms", "cools", "melts"}:  # heat is also solved in what has no pose
        kind = scene.bodies[missing[0]].kind if missing[0] in scene.bodies else "body"
        return Finding(
            False,
            None,
            f"{missing[0]} ({kind}) is not part of the simulated motion, so this cannot be verified",
            f"{missing[0]}（{kind}）没有参与模拟运动，无法验证",
        )
    return CHECKS[goal.type](goal, scene, trace)


def verify_goal(name: str, goal: Any, scene: Scene, trace: Trace) -> Outcome:
    """Verify one goal, its bounds in time and its negation; its order among others is for `verify`."""
    chinese = scene.language == "zh"
    asked = goal.asked or describe(goal)
    if goal.type == "refused":
        return Outcome(name, asked, False, goal.why, refused=True)
    found = find(goal, scene, trace)
    happened, time, evidence = found.happened, found.time, found.zh if chinese else found.en
    if happened and goal.by is not None and (time is None or time > goal.by + 1e-6):
        happened, evidence = (
            False,
            evidence + (f"；晚于要求的 {goal.by:g} 秒" if chinese else f", later than the asked {goal.by:g} s"),
        )
    if happened and goal.after is not None and (time is None or time < goal.after - 1e-6):
        happened, evidence = (
            False,
            evidence + (f"；早于要求的 {goal.after:g} 秒" if chinese else f", earlier than the asked {goal.after:g} s"),
        )
    if happened and goal.at_time is not None and (time is None or abs(time - goal.at_time) > goal.within + 1e-6):
        asked_time = f"{goal.at_time:g}"
        happened = False
        evidence += (
            f"；不在要求的 {asked_time} 秒"
            if chinese
            else f", not at the asked {asked_time} s (within {goal.within:g} s)"
        )
    if goal.negated:
        happened = not happened
        lead = ("没有发生：" if happened else "却发生了：") if chinese else ("it did not: " if happened else "it did: ")
        return Outcome(name, asked, happened, lead + evidence, None)
    return Outcome(name, asked, happened, evidence, time if happened else None)


def verify(scene: Scene, trace: Trace) -> list[Outcome]:
    """Verify every goal of the scene on the trace, with the order in which they were asked."""
    outcomes = [verify_goal(name, goal, scene, trace) for name, goal in scene.goals.items()]
    slack = 1.5 / trace.fps
    ordered = []
    for outcome, goal in zip(outcomes, scene.goals.values(), strict=True):
        before = [
            other
            for other, earlier in zip(outcomes, scene.goals.values(), strict=True)
            if goal.order is not None
            and earlier.order is not None
            and earlier.order < goal.order
            and other.happened
            and other.time is not None
        ]
        late = [
            other
            for other in before
            if outcome.happened and outcome.time is not None and (other.time or 0.0) > outcome.time + slack
        ]
        if late:
            said = (
                f"（{outcome.time:.2f} 秒），但早于先要求的“{late[0].asked}”"
                if scene.language == "zh"
                else (f" (at {outcome.time:.2f} s), but before {late[0].asked!r}, which was asked first")
            )
            outcome = replace(outcome, happened=False, evidence=outcome.evidence + said)
        ordered.append(outcome)
    return ordered


def decided_at(goal: Any, scene: Scene, trace: Trace) -> float | None:
    """When a goal was decided for good [s], on a trace that may still go on; None while it is open."""
    if goal.type == "refused":
        return 0.0
    if any(
        name is not None and name not in trace
        for name in (getattr(goal, "body", None), getattr(goal, "a", None), getattr(goal, "b", None))
    ):
        return 0.0
    found = find(goal, scene, trace)
    if goal.type in {"stays_put"} or goal.negated:
        others = [
            g
            for g in scene.goals.values()
            if g is not goal and g.type not in {"stays_put", "refused"} and not g.negated
        ]
        times = [decided_at(other, scene, trace) for other in others]
        if not times or any(time is None for time in times):
            return None
        latest = max(time for time in times if time is not None)
        return latest + WAITED if latest + WAITED <= trace.duration else None
    if not found.final:
        return None
    return found.time if found.time is not None else trace.duration


def describe(goal: Any) -> str:
    """A goal in a few words, for scenes written by hand that do not quote a text."""
    said = {k: v for k, v in goal.model_dump(exclude_defaults=True).items() if k not in {"type", "asked", "order"}}
    who = said.pop("body", None) or said.pop("a", None) or " ".join(said.pop("bodies", ()))
    rest = " ".join(
        f"{value}" if key in {"b", "on", "other", "through"} else f"{key} {value}" for key, value in said.items()
    )
    return f"{'not: ' if goal.negated else ''}{who} {goal.type.replace('_', ' ')} {rest}".strip()
