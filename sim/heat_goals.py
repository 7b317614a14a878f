"""Asked outcomes of heat, read from temperatures: a body (or a part of it) warms, cools or melts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.trace import Trace

__all__ = ["Course", "course_of", "thermal_outcome", "verify_thermal"]

FloatArray = NDArray[np.float64]
END_SHARE = 0.02  # of the length: what belongs to an end
MIDDLE_SHARE = 0.05
PARTS_ZH = {"mean": "平均", "left": "左端", "right": "右端", "middle": "中部", "cold_end": "冷端"}
PARTS_EN = {"mean": "mean", "left": "left end", "right": "right end", "middle": "middle", "cold_end": "cold end"}


@dataclass(frozen=True)
class Course:
    """What a goal looks at over time: `values` (T,) in degC, or the molten fraction; when it happened [s], or None."""

    values: FloatArray
    time: float | None

    @property
    def happened(self) -> bool:
        return self.time is not None


def _part(at: str, temperature: FloatArray, place: FloatArray, volume: FloatArray) -> FloatArray:
    """Temperature [degC] (T,) of a part: `left` and `right` along the viewer's x, `cold_end` along the body's longest extent."""
    if at == "mean" or len(place) == 1:
        return np.asarray(temperature @ volume / volume.sum())
    extent = place.max(axis=0) - place.min(axis=0)
    longest = int(np.argmax(extent))
    axis = 0 if at in ("left", "right") else longest
    x = place[:, axis]
    low, high = float(x.min()), float(x.max())
    ends = {"low": x <= low + END_SHARE * (high - low), "high": x >= high - END_SHARE * (high - low)}

    def mean(cells: NDArray[np.bool_]) -> FloatArray:
        return np.asarray(temperature[:, cells] @ volume[cells] / volume[cells].sum())

    match at:
        case "left":
            return mean(ends["low"])
        case "right":
            return mean(ends["high"])
        case "middle":
            distance = np.abs(x - (low + high) / 2)
            return mean(distance <= max(MIDDLE_SHARE * (high - low), float(distance.min()) * (1 + 1e-9)))
        case "cold_end":
            return min((mean(cells) for cells in ends.values()), key=lambda course: float(course.mean()))
    raise ValueError(f"unknown part {at!r}")


def _crossing(time: FloatArray, values: FloatArray, level: float) -> float | None:
    """First time [s] at which values (T,) reach a level from below, between frames by a straight line."""
    there = np.flatnonzero(values >= level - 1e-9)
    if not len(there):
        return None
    k = int(there[0])
    if k == 0 or values[k] == values[k - 1]:
        return float(time[k])
    share = float(np.clip((level - values[k - 1]) / (values[k] - values[k - 1]), 0, 1))
    return float(time[k - 1] + share * (time[k] - time[k - 1]))


def thermal_outcome(
    goal: Any, time: FloatArray, temperature: FloatArray, place: FloatArray, volume: FloatArray, solid: FloatArray
) -> Course:
    """Whether and when a goal happens on a body's temperatures [degC] (T, P) at points (P, 3) [m] in the world's directions that stand for
    volumes (P,), with its solid fraction (T,)."""
    if goal.type == "melts":
        molten = 1 - solid
        gained = molten - molten[0]
        return Course(
            molten, _crossing(time, gained, goal.fraction * (1 - float(molten[0]))) if molten[0] < 1 else None
        )
    values = _part(goal.at, temperature, place, volume)
    sign = 1.0 if goal.type == "warms" else -1.0
    start = float(values[0])
    level = sign * goal.to if goal.to is not None else sign * start + goal.by_kelvin
    when = _crossing(time, sign * values, level)
    moved = sign * (values - start)
    if goal.to is not None and when == 0.0 and not (moved > 1e-6).any():
        return Course(values, None)  # it was there from the start: nothing warmed or cooled
    return Course(values, when)


def course_of(goal: Any, trace: Trace) -> Course | None:
    """What a thermal goal looks at over time; None where no temperatures were solved for its body."""
    heat = trace.meta.get("heat")
    names = list((heat or {}).get("body_names", []))
    if heat is None or goal.body not in names or "temperature" not in trace.extra:
        return None
    column = trace.names.index(goal.body) if goal.body in trace.names else -1
    mine = np.asarray(trace.extra["temperature_body"].data) == column
    place = np.asarray(trace.extra["temperature_position"].data)[mine]
    if column >= 0:
        from scenes.primitives import rotation_matrix

        place = place @ rotation_matrix(trace.orientation[0, column]).T
    volume = np.asarray(trace.extra["cell_volume"].data)[mine]
    fractions = trace.extra.get("solid_fraction")
    solid = np.asarray(fractions.data)[:, names.index(goal.body)] if fractions is not None else np.ones(len(trace.time))
    return thermal_outcome(goal, trace.time, np.asarray(trace.extra["temperature"].data)[:, mine], place, volume, solid)


def verify_thermal(goal: Any, trace: Trace, *, language: str | None = None) -> tuple[bool, str, float | None]:
    """Whether a goal of type warms, cools or melts happened on the trace, a sentence with figures, and when [s of playback].

    The sentence is in `language` (en, zh), or in that of the scene. Negation and the bounds `by` and `after` are left to the caller.
    """
    heat = trace.meta.get("heat") or {}
    zh = (language or heat.get("language", "en")) == "zh"
    course = course_of(goal, trace)
    if course is None:
        return False, "没有求解它的温度" if zh else f"no temperatures were solved for {goal.body}", None
    return course.happened, _sentence(goal, course, float(heat["time_factor"]), zh=zh), course.time


def _sentence(goal: Any, course: Course, factor: float, *, zh: bool) -> str:
    first, last = float(course.values[0]), float(course.values[-1])
    when = (
        ""
        if course.time is None
        else (
            f"，{course.time:.2f} 秒时达到（物理时间 {course.time * factor:.4g} 秒）"
            if zh
            else f", reached at {course.time:.2f} s (physical time {course.time * factor:.4g} s)"
        )
    )
    if goal.type == "melts":
        body = f"熔化部分从 {first:.0%} 到 {last:.0%}" if zh else f"molten fraction from {first:.0%} to {last:.0%}"
        return body + when
    part = (PARTS_ZH if zh else PARTS_EN)[goal.at]
    if zh:
        return f"{part}温度从 {first:.1f} 到 {last:.1f} 摄氏度" + when
    return f"{part} temperature from {first:.1f} to {last:.1f} degC" + when
