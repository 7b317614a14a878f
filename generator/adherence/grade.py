"""The grade of a clip against the simulation that guided it, beside what chance, the preview and the video model's own codec reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from generator.adherence.laws import ObjectLaws, laws_of, unit_free
from generator.adherence.measures import ClipMeasures, measure
from generator.adherence.observe import observe
from generator.adherence.truth import Truth
from scenes.errors import UserError

__all__ = ["Grade", "Limits", "grade"]

Array = NDArray[Any]
Progress = Callable[[str, float, float], None]
_FLOORS: WeakKeyDictionary[Truth, tuple[Any, ClipMeasures, list[ObjectLaws]]] = WeakKeyDictionary()
RoundTrip = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a clip must reach to pass. `center_error` mean over the movers [% of the width], `iou` mean space-time IoU of the
    movers that are at least `readable` px across, `missed` and `extra` movers, `order` share of overlaps. Chosen by us so that the
    preview passes them with room and a clip of unrelated motion fails; no standard states them."""

    center_error: float = 3.0
    iou: float = 0.5
    readable: float = 24.0
    missed: int = 0
    extra: int = 0
    order: float = 0.5

    def __post_init__(self) -> None:
        if not (0 < self.center_error <= 100 and 0 <= self.iou <= 1 and 0 <= self.order <= 1):
            raise UserError(
                f"The limits {self.center_error} % and IoU {self.iou} cannot be met or missed: give an error of 0 to 100 % and an IoU of 0 to 1."
            )


@dataclass
class Grade:
    """`clip` is the measured clip; `shuffled` the same clip against trajectories out of order, `preview` the render measured in
    the same way (the floor of the measure), `ceiling` the render after the video model's VAE (None when none was at hand).
    `score` is the space-time IoU of the movers. `passed` with the `faults` in words, or None when nothing could be measured."""

    score: float | None
    passed: bool | None
    faults: list[str]
    clip: ClipMeasures
    shuffled: ClipMeasures
    preview: ClipMeasures
    ceiling: ClipMeasures | None
    laws: list[ObjectLaws]
    preview_laws: list[ObjectLaws]
    unit_free: list[dict[str, Any]]
    limits: Limits
    frames: int
    size: tuple[int, int]
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON; the flights behind the laws are left out."""
        out = {
            "score": self.score, "passed": self.passed, "faults": self.faults, "limits": asdict(self.limits), "frames": self.frames, "size": list(self.size),
            "clip": self.clip.as_dict(), "shuffled": self.shuffled.as_dict(), "preview": self.preview.as_dict(),
            "ceiling": self.ceiling.as_dict() if self.ceiling else None, "laws": [law.as_dict() for law in self.laws],
            "preview_laws": [law.as_dict() for law in self.preview_laws], "unit_free": self.unit_free, "notes": self.notes,
        }  # fmt: skip
        for law in (*out["laws"], *out["preview_laws"]):  # type: ignore[union-attr, misc]
            del law["flights"]
        return out


def grade(
    truth: Truth, frames: Array | Iterable[Array], *, limits: Limits | None = None, round_trip: RoundTrip | None = None, chinese: bool = False,
    seed: int = 0, progress: Progress | None = None,
) -> Grade:  # fmt: skip
    """Grade a clip, frames (T, H, W, 3) uint8 of the truth's size. `round_trip` puts frames through the video model's VAE and back.

    A clip that is shorter or longer than the simulation's is graded on the frames that both have. UserError when the sizes differ
    or fewer than two frames are left.
    """
    limits = limits or Limits()
    clip = np.stack(list(frames)) if not isinstance(frames, np.ndarray) else frames
    notes = []
    count = min(len(clip), len(truth.times))
    if count < 2:
        raise UserError("The clip and the simulation have fewer than two frames in common, so no motion can be graded.")
    if count < max(len(clip), len(truth.times)):
        notes.append(
            f"只评第 1 至 {count} 帧：片段有 {len(clip)} 帧，模拟有 {len(truth.times)} 帧" if chinese
            else f"graded on the first {count} frames: the clip has {len(clip)}, the simulation {len(truth.times)}"
        )  # fmt: skip
    if (clip.shape[2], clip.shape[1]) != truth.size:
        raise UserError(
            f"The clip is {clip.shape[2]}x{clip.shape[1]} and the simulation was framed for {truth.size[0]}x{truth.size[1]}: grade it in one size."
        )
    clip, truth = clip[:count], truth.cut(count)

    def told(name: str) -> Progress | None:
        return None if progress is None else (lambda step, done, of: progress(f"{name}: {step}", done, of))  # type: ignore[misc]

    seen = observe(truth, clip, progress=told("clip"))
    floor = _FLOORS.get(truth)
    if floor is None:  # the preview is the same for every clip that is graded against it
        render = observe(truth, truth.frames, progress=told("preview"))
        floor = _FLOORS[truth] = (render, measure(truth, render, truth.frames), laws_of(truth, render))
    render = floor[0]
    seen.extra = _beyond(seen.extra, render.extra, truth.size[0])
    measured = measure(truth, seen, clip)
    ceiling = None
    if round_trip is not None:
        decoded = round_trip(truth.frames)[:count]
        ceiling = measure(truth, observe(truth, decoded, progress=told("ceiling")), decoded)
    laws = laws_of(truth, seen)
    out = Grade(
        measured.iou_spacetime, None, [], measured, measure(truth, seen, clip, shuffle=seed), floor[1], ceiling,
        laws, floor[2], unit_free(truth, laws), limits, count, truth.size, notes,
    )  # fmt: skip
    out.faults, out.passed = _judged(measured, limits, chinese)
    if ceiling is None:
        out.notes.append(
            "未测经过视频模型编解码后的上限：手边没有其 VAE"
            if chinese
            else "the ceiling (the render through the video model's VAE) was not measured: no VAE at hand"
        )
    return out


def _beyond(extra: list[dict[str, float]], known: list[dict[str, float]], width: int) -> list[dict[str, float]]:
    """Extra movers that the render of the simulation does not show as well (a reflection, a shadow on something bright)."""
    left = list(known)
    out = []
    for one in extra:
        match = next(
            (
                k
                for k in left
                if np.hypot(k["x"] - one["x"], k["y"] - one["y"]) < 0.1 * width and abs(k["first"] - one["first"]) < 8
            ),
            None,
        )
        if match is None:
            out.append(one)
        else:
            left.remove(match)
    return out


def _judged(clip: ClipMeasures, limits: Limits, chinese: bool) -> tuple[list[str], bool | None]:
    faults: list[str] = []
    readable = [o for o in clip.objects if o.moves and o.width_px >= limits.readable]
    if not [o for o in clip.objects if o.moves]:
        return [], None
    for name in clip.missed[:5]:
        faults.append(f"没有找到 {name}" if chinese else f"{name} is not found")
    if len(clip.missed) <= limits.missed:
        faults = []
    if len(clip.extra) > limits.extra:
        faults.append(
            f"多出 {len(clip.extra)} 个运动物体"
            if chinese
            else f"{len(clip.extra)} extra moving thing(s) that the simulation does not have"
        )
    if clip.center_error is not None and clip.center_error > limits.center_error:
        faults.append(
            f"中心平均偏离画面宽度的 {clip.center_error:.2f} %（限 {limits.center_error:g} %）" if chinese
            else f"centres are off by {clip.center_error:.2f} % of the width on average (limit {limits.center_error:g} %)"
        )  # fmt: skip
    low = [o for o in readable if o.iou_spacetime < limits.iou]
    if low and np.mean([o.iou_spacetime for o in readable]) < limits.iou:
        faults.append(
            f"轮廓重合度 {np.mean([o.iou_spacetime for o in readable]):.2f}（限 {limits.iou:g}）" if chinese
            else f"masks overlap by {np.mean([o.iou_spacetime for o in readable]):.2f} (limit {limits.iou:g})"
        )  # fmt: skip
    if clip.order is not None and clip.order < limits.order:
        faults.append(
            f"前后遮挡只有 {clip.order:.0%} 正确"
            if chinese
            else f"the nearer thing hides the farther one in only {clip.order:.0%} of the overlaps"
        )
    return faults, not faults
