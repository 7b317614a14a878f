"""Whether a scene can be guided at all, judged on its masks before any GPU second, and what would help.

A video model sees tokens of 16 (TI2V-5B: 32) pixels and groups of 4 frames. A thing below a token, or that flies several of its own
diameters in a group, or whose bounce falls into the middle of one, is not something that a mask can hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from generator.guidance.base import Grid, Reference
from generator.guidance.cures import Cure, Language, contact_shift, cures_for, said

__all__ = ["Guidability", "ObjectReport", "Verdict", "decimated", "guidability", "oversampled_frames"]

Verdict = Literal["good", "weak", "poor"]
TOKENS_GOOD, TOKENS_POOR = 2.0, 1.0  # across its narrower side
SPEED_GOOD, SPEED_POOR = 1.5, 4.0  # own diameters in a latent frame
HIDDEN_GOOD, HIDDEN_POOR = 0.35, 0.75  # share of frames in which it is not seen


@dataclass(frozen=True)
class ObjectReport:
    """One mover. `pixels` its narrower visible side (10th percentile over frames in which it is whole) and `tokens` the same in
    tokens; `diameters` its largest way in one latent frame in own diameters; `contact_phases` of its impacts within their groups (0 at
    the first frame of a group, 1 at its last; both ends are edges); `hidden` share of frames without a visible pixel, `partly` share
    in which less than half of its usual area is seen; `limits` {measure: verdict}."""

    name: str
    status: str
    pixels: float
    tokens: float
    diameters: float
    contact_phases: tuple[float, ...]
    hidden: float
    partly: float
    limits: dict[str, Verdict]

    @property
    def verdict(self) -> Verdict:
        order: tuple[Verdict, ...] = ("good", "weak", "poor")
        return max(self.limits.values(), key=order.index, default="good")

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name, "status": self.status, "pixels": round(self.pixels, 1), "tokens": round(self.tokens, 2),
            "diameters_per_latent_frame": round(self.diameters, 2), "contact_phases": [round(p, 2) for p in self.contact_phases],
            "hidden": round(self.hidden, 3), "partly_hidden": round(self.partly, 3), "limits": dict(self.limits), "verdict": self.verdict,
        }  # fmt: skip


@dataclass(frozen=True)
class Guidability:
    """Of a whole clip: its objects, the worst verdict, cures with the options that bring them, and both in words."""

    objects: tuple[ObjectReport, ...]
    cures: tuple[Cure, ...]
    language: Language

    @property
    def verdict(self) -> Verdict:
        order: tuple[Verdict, ...] = ("good", "weak", "poor")
        return max((thing.verdict for thing in self.objects), key=order.index, default="good")

    def sentences(self) -> list[str]:
        """The verdict and the cures, in the prompt's language."""
        return said(self.objects, self.verdict, self.cures, self.language)

    def as_dict(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict, "objects": [thing.as_dict() for thing in self.objects], "cures": [cure.as_dict() for cure in self.cures],
            "text": self.sentences(),
        }  # fmt: skip


def _limit(value: float, good: float, poor: float, *, more_is_better: bool) -> Verdict:
    if more_is_better:
        return "good" if value >= good else "weak" if value >= poor else "poor"
    return "good" if value <= good else "weak" if value <= poor else "poor"


def _sides(mask: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Area [px] and narrower side of the bounding box [px] per frame."""
    area = mask.sum(axis=(1, 2)).astype(float)
    wide, tall = np.asarray(mask.any(axis=1)), np.asarray(mask.any(axis=2))

    def span(line: NDArray[np.bool_]) -> NDArray[np.float64]:
        length = line.shape[1]
        return np.where(line.any(axis=1), length - line[:, ::-1].argmax(axis=1) - line.argmax(axis=1), 0).astype(float)

    return area, np.minimum(span(wide), span(tall))


def _centres(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    rows, columns = np.arange(mask.shape[1]), np.arange(mask.shape[2])
    area = mask.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([(mask.sum(axis=1) @ columns) / area, (mask.sum(axis=2) @ rows) / area], axis=1)


def _way_per_group(centres: NDArray[np.float64], grid: Grid) -> float:
    """The longest way [px] that is covered from the end of one group to the end of the next, along the path."""
    steps = np.linalg.norm(np.diff(centres, axis=0), axis=1)
    longest = 0.0
    for k in range(1, grid.latent_frames(len(centres))):
        inside = steps[[t - 1 for t in grid.group(k) if t < len(centres)]]
        known = inside[np.isfinite(inside)]
        if len(known):
            longest = max(longest, float(known.mean() * grid.time))
    return longest


def _phases(times: Sequence[float], fps: float, frames: int, grid: Grid) -> tuple[float, ...]:
    """Where in its group of frames each impact falls: 0 at the group's first frame, 1 at its last."""
    found = []
    for time in times:
        at = time * fps
        frame = min(round(at), frames - 1)
        if frame <= 0:
            continue
        group = grid.group(grid.group_of(frame))
        found.append(float(np.clip((at - group[0]) / max(1, group[-1] - group[0]), 0.0, 1.0)))
    return tuple(found)


def guidability(reference: Reference, *, grid: Grid | None = None, language: Language = "en") -> Guidability:
    """Judge every mover of a reference (its frames may be unrendered, see `reference_from`) on a model's `grid`, by default the A14B's."""
    grid = grid or Grid()
    objects = []
    for name in reference.movers:
        status = reference.status(name)
        if status in ("imagined", "refused"):
            continue
        mask = reference.mask(name)
        area, side = _sides(mask)
        seen = area > 0
        if not seen.any():
            objects.append(ObjectReport(name, status, 0.0, 0.0, 0.0, (), 1.0, 1.0, {"hidden": "poor"}))
            continue
        usual = float(np.median(area[seen]))
        whole = seen & (area >= 0.5 * usual)
        pixels = float(np.percentile(side[whole], 10))
        centres = _centres(mask)
        centres[~whole] = np.nan  # half hidden, its centroid is that of what is left
        diameters = _way_per_group(centres, grid) / max(float(np.median(side[whole])), 1.0)
        phases = _phases(reference.contact_times.get(name, ()), reference.fps, reference.num_frames, grid)
        hidden, partly = float((~seen).mean()), float((seen & ~whole).mean())
        middle = [min(phase, 1 - phase) for phase in phases]
        limits: dict[str, Verdict] = {
            "tokens": _limit(pixels / grid.token, TOKENS_GOOD, TOKENS_POOR, more_is_better=True),
            "diameters": _limit(diameters, SPEED_GOOD, SPEED_POOR, more_is_better=False),
            "hidden": _limit(hidden + partly / 2, HIDDEN_GOOD, HIDDEN_POOR, more_is_better=False),
        }
        if middle:  # a bounce inside a group is drawn as a blur of down and up; one more weakness, never alone the end
            limits["contacts"] = "weak" if max(middle) > 0.2 and diameters > 0.5 else "good"
        objects.append(
            ObjectReport(name, status, pixels, pixels / grid.token, diameters, phases, hidden, partly, limits)
        )
    shift = contact_shift(reference, grid)
    return Guidability(tuple(objects), tuple(cures_for(objects, grid, shift, reference)), language)


def oversampled_frames(frames: int, oversample: int) -> int:
    """Frames to generate so that `frames` (4k+1 or any) remain after keeping every `oversample`-th; 4k+1 again."""
    needed = (frames - 1) * oversample + 1
    return -(-(needed - 1) // 4) * 4 + 1


def decimated(frames: NDArray[Any], oversample: int, count: int | None = None) -> NDArray[Any]:
    """Every `oversample`-th frame of a clip that was generated that many times slower: exact retiming, nothing is interpolated."""
    kept = frames[::oversample]
    return kept if count is None else kept[:count]
