"""Named measures of a run, one number each: what sweeps tabulate. `parse_measure("bounces(ball)")(scene, trace, outcomes)`.

A measure that has no value in a run (the body never rests, the two never touch) is NaN.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.errors import UserError, did_you_mean
from scenes.scene import Scene
from sim import queries
from sim.goals import Outcome
from sim.trace import Trace

__all__ = ["MEASURES", "Measure", "parse_measure"]

Outcomes = Sequence[Outcome]
Argument = str | float
FALLEN = math.radians(45)
PARTS = ("mean", "left", "right", "middle", "cold_end")


@dataclass(frozen=True)
class _Kind:
    """A measure by name: its function of (scene, trace, outcomes, *arguments), unit, what it takes (b body, t time, p part, g goal, n names;
    what stands after | may be left out), and what it is."""

    function: Callable[..., float]
    unit: str
    takes: str
    about: str


@dataclass(frozen=True)
class Measure:
    """A measure with its arguments, as `text` writes it."""

    text: str
    name: str
    arguments: tuple[Argument, ...]

    @property
    def unit(self) -> str:
        return MEASURES[self.name].unit

    @property
    def about(self) -> str:
        return MEASURES[self.name].about

    def settled(self, trace: Trace) -> bool:
        """Whether a longer run would give the same: its bodies rest at the end, or the measure does not look at the end."""
        if self.name not in TO_THE_END:
            return True
        names = [a for a in self.arguments if isinstance(a, str) and a in trace.names] or list(trace.names)
        last = [max((end for _, end in queries.rest_intervals(trace, name)), default=-1.0) for name in names]
        return all(end >= trace.duration - 1e-6 for end in last)

    def __call__(self, scene: Scene, trace: Trace, outcomes: Outcomes = ()) -> float:
        """The value on a run, NaN when there is none."""
        for argument in self.arguments:
            if isinstance(argument, str) and argument in scene.bodies and not _has(trace, argument):
                return math.nan
        return float(MEASURES[self.name].function(scene, trace, outcomes, *self.arguments))


def parse_measure(text: str, scene: Scene) -> Measure:
    """`"impact_speed(ball, ground)"` as a measure of this scene. UserError names the nearest measure, body, goal or part."""
    found = re.fullmatch(r"\s*([^\W\d]\w*)\s*(?:\(([^()]*)\))?\s*", text)
    if not found:
        raise UserError(f"The measure {text!r} is not like NAME(BODY); write for example bounces(ball).")
    name, inside = found.group(1), found.group(2) or ""
    if name not in MEASURES:
        raise UserError(f"There is no measure {name!r}{did_you_mean(name, MEASURES)}")
    given = [part.strip() for part in inside.split(",") if part.strip()]
    needed, _, spare = MEASURES[name].takes.partition("|")
    kinds = needed + spare
    if len(given) < len(needed) or (len(given) > len(kinds) and "n" not in kinds):
        raise UserError(f"The measure {text.strip()!r} does not fit {usage(name)}: {MEASURES[name].about}.")
    arguments = [
        _argument(text, part, kinds[min(k, len(kinds) - 1)], scene) for k, part in enumerate(given)
    ]  # a last n takes all that follow
    return Measure(f"{name}({', '.join(given)})" if given else name, name, tuple(arguments))


def usage(name: str) -> str:
    """`impact_speed(BODY[, BODY])`"""
    words = {"b": "BODY", "t": "SECONDS", "p": "PART", "g": "GOAL", "n": "NAME..."}
    needed, _, spare = MEASURES[name].takes.partition("|")
    inside = ", ".join(words[kind] for kind in needed)
    for kind in spare:
        inside += f"[{', ' if inside else ''}{words[kind]}]"
    return f"{name}({inside})" if inside else name


def _argument(text: str, part: str, kind: str, scene: Scene) -> Argument:
    if kind == "t":
        try:
            return float(part)
        except ValueError:
            raise UserError(f"The measure {text!r}: {part!r} is not a time in seconds.") from None
    choices: Sequence[str] = {"g": list(scene.goals), "p": PARTS}.get(kind, list(scene.bodies))
    if part in choices or (kind == "n" and any(name.startswith(part) for name in choices)):
        return part
    what = {"g": "goal", "p": "part of a body"}.get(kind, "body")
    raise UserError(
        f"The measure {text!r} names the {what} {part!r}, which is not in the scene{did_you_mean(part, choices)}"
    )


def _has(trace: Trace, name: str) -> bool:
    return name in trace or name in trace.meta.get("heat", {}).get("body_names", ())


# the measures -------------------------------------------------------------------------------------------------------------------------


def _first(trace: Trace, body: str, other: str | None = None) -> Any:
    found = [c for c in queries.impacts(trace, body) if other is None or c.other(body) == other]
    return found[0] if found else None


def _at(trace: Trace, values: Any, time: float) -> float:
    if not 0 <= time <= trace.duration + 1e-9:
        return math.nan
    return float(np.interp(time, trace.time, values))


def _fallen(scene: Scene, trace: Trace, outcomes: Outcomes, *names: str) -> float:
    from sim.goal_checks import upright

    bodies = [
        n for name in names for n in ([name] if name in trace else [x for x in trace.names if x.startswith(name)])
    ]
    count = 0
    for body in dict.fromkeys(bodies):
        low, high = upright(scene, body, trace)
        position = trace[body].position
        dropped = position[0, 2] - position[:, 2] > (high - low) / 3
        count += bool((queries.tilt(trace, body) > FALLEN).any() or dropped.any())
    return count


def _energy_lost(scene: Scene, trace: Trace, outcomes: Outcomes, body: str | None = None) -> float:
    energy = trace.extra["energy"].data.sum(axis=1)
    if body is None:
        return float(energy[0] - energy[-1])
    mass, gravity = trace[body].mass, float(trace.meta.get("gravity", 9.80665))
    total = trace[body].kinetic_energy + mass * gravity * trace[body].position[:, 2]
    return float(total[0] - total[-1]) if math.isfinite(mass) else math.nan


def _temperature(
    scene: Scene, trace: Trace, outcomes: Outcomes, body: str, part: str = "mean", time: float | None = None
) -> float:
    from scenes.goals import Warms
    from sim.heat_goals import course_of

    course = course_of(Warms(body=body, at=part), trace)  # type: ignore[arg-type]
    if course is None:
        return math.nan
    times = trace.time * float(trace.meta["heat"]["time_factor"])
    if time is None:
        return float(course.values[-1])
    return float(np.interp(time, times, course.values)) if 0 <= time <= times[-1] * (1 + 1e-9) else math.nan


def _melted(scene: Scene, trace: Trace, outcomes: Outcomes, body: str) -> float:
    names = list(trace.meta.get("heat", {}).get("body_names", ()))
    solid = trace.extra.get("solid_fraction")
    return 1.0 - float(solid.data[-1, names.index(body)]) if solid is not None and body in names else 0.0


def _bounce(trace: Trace, body: str, what: str) -> float:
    found = queries.bounces(trace, body)
    return float(getattr(found[0], what)) if found else math.nan


def _period(scene: Scene, trace: Trace, outcomes: Outcomes, body: str) -> float:
    turns = queries.swing_turns(trace, body)
    return 2 * float(np.mean(np.diff(turns))) if len(turns) > 1 else math.nan


def _touch(scene: Scene, trace: Trace, outcomes: Outcomes, a: str, b: str) -> float:
    contact = queries.first_contact(trace, a, b)
    return contact.t_start if contact is not None else math.nan


def _hit_speed(scene: Scene, trace: Trace, outcomes: Outcomes, body: str, other: str | None = None) -> float:
    contact = _first(trace, body, other)
    return contact.speed_before if contact is not None else math.nan


def _happened(scene: Scene, trace: Trace, outcomes: Outcomes, goal: str | None = None) -> float:
    return sum(o.happened for o in outcomes if goal is None or o.name == goal)


def _rests(scene: Scene, trace: Trace, outcomes: Outcomes, body: str) -> float:
    time = queries.rest_time(trace, body)
    return math.nan if time is None else time


TO_THE_END = frozenset(
    {
        "bounces",
        "rest_time",
        "distance",
        "final_x",
        "final_y",
        "final_z",
        "turns",
        "tilt",
        "toppled",
        "energy_lost",
        "impulse",
    }
)
MEASURES: dict[str, _Kind] = {
    "bounces": _Kind(lambda s, t, o, b, on=None: len(queries.bounces(t, b, on=on)), "", "b|b", "counted bounces (on a body)"),
    "rebound": _Kind(lambda s, t, o, b: _bounce(t, b, "rise"), "m", "b", "rise after the first bounce"),
    "restitution": _Kind(lambda s, t, o, b: _bounce(t, b, "restitution"), "", "b", "parting over closing speed of the first bounce"),
    "rest_time": _Kind(_rests, "s", "b", "when it came to rest"),
    "hits": _Kind(_touch, "s", "bb", "when the two first touched"),
    "impact_speed": _Kind(_hit_speed, "m/s", "b|b", "closing speed of its first impact (on a body)"),
    "impulse": _Kind(lambda s, t, o, a, b: sum(c.impulse_Ns for c in t.contacts_of(a, b)), "N s", "bb", "summed normal impulse of the two"),
    "max_height": _Kind(lambda s, t, o, b: np.nanmax(t[b].height), "m", "b", "greatest height of its lowest point"),
    "max_speed": _Kind(lambda s, t, o, b: np.nanmax(t[b].speed), "m/s", "b", "greatest speed"),
    "speed": _Kind(lambda s, t, o, b, at: _at(t, t[b].speed, at), "m/s", "bt", "speed at a time"),
    "height": _Kind(lambda s, t, o, b, at: _at(t, t[b].height, at), "m", "bt", "height of its lowest point at a time"),
    "distance": _Kind(lambda s, t, o, b: float(np.linalg.norm(queries.displacement(t, b)[-1])), "m", "b", "from its start to its end"),
    "final_x": _Kind(lambda s, t, o, b: t[b].position[-1, 0], "m", "b", "x at the end"),
    "final_y": _Kind(lambda s, t, o, b: t[b].position[-1, 1], "m", "b", "y at the end"),
    "final_z": _Kind(lambda s, t, o, b: t[b].position[-1, 2], "m", "b", "z at the end"),
    "turns": _Kind(lambda s, t, o, b: queries.turns(t, b)[-1], "", "b", "revolutions made"),
    "tilt": _Kind(lambda s, t, o, b: math.degrees(queries.tilt(t, b)[-1]), "deg", "b", "tilt at the end"),
    "swings": _Kind(lambda s, t, o, b: len(queries.swing_turns(t, b)), "", "b", "times that its swing turned"),
    "period": _Kind(_period, "s", "b", "mean period of its swing"),
    "toppled": _Kind(_fallen, "", "n", "how many of the named bodies (or of those whose names begin so) fell"),
    "pieces": _Kind(lambda s, t, o, b: sum(n.startswith(b + "/") for n in t.names), "", "b", "fragments that it broke into"),
    "energy_lost": _Kind(_energy_lost, "J", "|b", "kinetic and potential energy that is gone at the end"),
    "temperature": _Kind(_temperature, "degC", "b|pt", "temperature (of a part: mean, left, right, middle, cold_end; at a physical time, or at the end)"),
    "melted": _Kind(_melted, "", "b", "molten fraction at the end"),
    "duration": _Kind(lambda s, t, o: t.duration, "s", "", "length of the run"),
    "happened": _Kind(_happened, "", "|g", "asked outcomes that happened"),
}  # fmt: skip
