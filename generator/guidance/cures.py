"""What makes a scene easier to guide, with the options that do it, in English and Chinese."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from generator.guidance.base import Grid, Reference

__all__ = ["Cure", "Language", "contact_shift", "cures_for", "said"]

Language = Literal["en", "zh"]
MOST_OVERSAMPLE = 8


class _Judged(Protocol):
    """What is read of an object's report."""

    @property
    def name(self) -> str: ...
    @property
    def tokens(self) -> float: ...
    @property
    def pixels(self) -> float: ...
    @property
    def diameters(self) -> float: ...
    @property
    def hidden(self) -> float: ...
    @property
    def limits(self) -> dict[str, Any]: ...
    @property
    def verdict(self) -> str: ...


@dataclass(frozen=True)
class Cure:
    """`kind` camera, oversample, align or turn; `option` what to type; `value` its number (times slower, seconds, times larger)."""

    kind: Literal["camera", "oversample", "align", "turn"]
    option: str
    value: float
    names: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "option": self.option, "value": round(self.value, 4), "names": list(self.names)}


def contact_shift(reference: Reference, grid: Grid) -> float | None:
    """Seconds of the clip's time to leave out at its start so that impacts fall on the edges of latent groups: the smallest mean
    distance to an edge over one group's length, in steps of a tenth of a frame. None when there are no impacts, or nothing is gained."""
    times = sorted({t for name in reference.movers for t in reference.contact_times.get(name, ())})
    if not times:
        return None
    frames = np.asarray(times) * reference.fps
    candidates = np.arange(0, grid.time, 0.1)
    candidates = candidates[candidates < frames.min()]  # nothing that happens is cut off
    if not len(candidates):
        return None

    def distance(shift: float) -> float:
        """In frames from the last frame of a group (multiples of `time`), where a turn between two latent frames is sharpest."""
        phase = (frames - shift) % grid.time
        return float(np.minimum(phase, grid.time - phase).mean())

    costs = np.array([distance(shift) for shift in candidates])
    best = int(costs.argmin())
    return float(candidates[best] / reference.fps) if costs[best] < costs[0] - 0.25 else None


def cures_for(objects: Sequence[_Judged], grid: Grid, shift: float | None, reference: Reference) -> list[Cure]:
    """The cures that the limits of the objects call for, the most useful first."""
    found: list[Cure] = []
    small = [thing for thing in objects if thing.limits.get("tokens", "good") != "good" and thing.pixels > 0]
    if small:
        gain = max(2.0 * grid.token / thing.pixels for thing in small)
        option = "--set camera.view=close_up" if gain < 2 or reference.camera_moving else "--set camera.view=tracking"
        found.append(Cure("camera", option, gain, tuple(thing.name for thing in small)))
    fast = [thing for thing in objects if thing.limits.get("diameters", "good") != "good"]
    if fast:
        slower = min(MOST_OVERSAMPLE, max(2, math.ceil(max(thing.diameters for thing in fast) / 1.5)))
        found.append(
            Cure("oversample", f"--time-oversample {slower}", float(slower), tuple(thing.name for thing in fast))
        )
    blurred = [thing for thing in objects if thing.limits.get("contacts", "good") != "good"]
    if blurred and shift is not None:
        found.append(Cure("align", "--align-contacts", shift, tuple(thing.name for thing in blurred)))
    hidden = [thing for thing in objects if thing.limits.get("hidden", "good") != "good"]
    if hidden:
        option = "--set camera.view=three_quarter" if not reference.camera_moving else "--set camera.view=wide"
        found.append(Cure("turn", option, 0.0, tuple(thing.name for thing in hidden)))
    return found


_VERDICTS = {
    "en": {"good": "This scene can be guided well.", "weak": "This scene can be guided, but not closely.", "poor": "This scene cannot be guided as it is framed and timed."},
    "zh": {"good": "这个场景适合运动引导。", "weak": "这个场景可以引导，但不会很准确。", "poor": "以现在的取景和时间，这个场景无法可靠引导。"},
}  # fmt: skip


def said(objects: Sequence[_Judged], verdict: str, cures: Sequence[Cure], language: Language) -> list[str]:
    """Sentences for people: the verdict, why for every object that is not good, and each cure with its option."""
    zh = language == "zh"
    lines = [_VERDICTS[language][verdict]]
    for thing in objects:
        why = [_reason(thing, measure, zh) for measure, limit in thing.limits.items() if limit != "good"]
        if why:
            lines.append(f"{thing.name}：{'；'.join(why)}。" if zh else f"{thing.name}: {'; '.join(why)}.")
    for cure in cures:
        lines.append(_cure(cure, zh))
    return lines


def _reason(thing: _Judged, measure: str, zh: bool) -> str:
    if measure == "tokens":
        return (
            f"只有 {thing.pixels:.0f} 像素，即 {thing.tokens:.1f} 个模型单元"
            if zh
            else f"only {thing.pixels:.0f} px across, {thing.tokens:.1f} tokens of the model"
        )
    if measure == "diameters":
        return (
            f"每个潜在帧移动自身直径的 {thing.diameters:.1f} 倍"
            if zh
            else f"moves {thing.diameters:.1f} of its diameters in one latent frame"
        )
    if measure == "contacts":
        return "碰撞落在一组帧的中间" if zh else "an impact falls inside a group of frames"
    return (
        f"有 {thing.hidden:.0%} 的时间看不见"
        if zh
        else f"not seen, or half hidden, for much of the clip ({thing.hidden:.0%} not at all)"
    )


def _cure(cure: Cure, zh: bool) -> str:
    names = ("、" if zh else ", ").join(cure.names)
    if cure.kind == "camera":
        return (f"让镜头更近（{cure.option}），使 {names} 放大约 {cure.value:.1f} 倍。" if zh
                else f"Bring the camera closer ({cure.option}), so that {names} is about {cure.value:.1f} times larger.")  # fmt: skip
    if cure.kind == "oversample":
        return (f"以 {cure.value:.0f} 倍慢速生成再抽帧（{cure.option}），花费约 {cure.value:.0f} 倍时间。" if zh
                else f"Generate {cure.value:.0f} times slower and keep every {cure.value:.0f}th frame ({cure.option}); it takes about {cure.value:.0f} times as long.")  # fmt: skip
    if cure.kind == "align":
        return (f"把开头移后 {cure.value:.2f} 秒，使碰撞对齐帧组边缘（{cure.option}）。" if zh
                else f"Start {cure.value:.2f} s later, so that impacts fall on the edges of frame groups ({cure.option}).")  # fmt: skip
    return (
        f"换一个看得见 {names} 的视角（{cure.option}）。"
        if zh
        else f"Choose a view in which {names} can be seen ({cure.option})."
    )
