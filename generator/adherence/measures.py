"""How far what a clip shows lies from what the simulation says: centres, masks, flow, order, background, look."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.adherence.observe import Observation, lab_frames
from generator.adherence.truth import Truth

__all__ = ["ClipMeasures", "ObjectMeasures", "measure"]

Array = NDArray[Any]
VISIBLE = 12  # [px] of an object that count as seeing it


@dataclass
class ObjectMeasures:
    """One object. `center_error` mean and `center_error_max` over the frames in which it is seen in both [% of the width];
    `iou_spacetime` mean IoU of the masks frame by frame, `iou_space` of where it was at all, `iou_weighted` of how long it was
    where (Motamed et al., Physics-IQ, 2025); `found` share of the frames in which it should be seen and is; `flow_error` [px] and
    `flow_relative` [-] of the optical flow inside its mask; `appearance` [CIELAB units] from the render. None: not measurable."""

    name: str
    status: str
    moves: bool
    width_px: float
    found: float
    missed: bool
    center_error: float | None
    center_error_max: float | None
    iou_spacetime: float
    iou_space: float
    iou_weighted: float
    flow_error: float | None
    flow_relative: float | None
    appearance: float | None
    unlike: bool = False  # it touches others of its look, so that only their common mask is measured


@dataclass
class ClipMeasures:
    """The whole clip: means over the moving objects, and what no object has. `order` share of the overlaps in which the nearer
    object hides the farther one, None where nothing overlaps; `background_flow` [px] median error of the flow of all that does
    not move."""

    objects: list[ObjectMeasures] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    extra: list[dict[str, float]] = field(default_factory=list)
    center_error: float | None = None
    iou_spacetime: float | None = None
    iou_space: float | None = None
    flow_error: float | None = None
    order: float | None = None
    background_flow: float | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure(
    truth: Truth, seen: Observation, frames: Array, *, shuffle: int | None = None, flow: bool = True
) -> ClipMeasures:
    """The measures of a clip (T, H, W, 3) uint8 in which `seen` was observed. `shuffle` is a seed: the trajectories of the
    simulation are then put out of order, which is what a clip without any relation to them would reach."""
    order = np.arange(len(truth.times))
    if shuffle is not None:
        order = np.random.default_rng(shuffle).permutation(len(order))
    found_flow = _clip_flow(frames) if flow and shuffle is None else None
    render, clip = lab_frames(truth.frames), lab_frames(frames)
    out = ClipMeasures(extra=list(seen.extra))
    for k, (subject, track) in enumerate(zip(truth.subjects, seen.tracks, strict=True)):
        expected = truth.mask(k)[order]
        both = _union_of_like(truth, seen, k, order) if track.merged.any() else None
        area = expected.sum(axis=(1, 2))
        should = area >= VISIBLE
        if not should.any():
            continue
        is_seen = track.seen
        error = _center_errors(expected, track.center, should & is_seen & ~track.merged, truth.size[0])
        found = float((is_seen & should).sum() / should.sum())
        a, b = (expected, track.mask) if both is None else both
        flow_error, flow_relative = _flow_in(truth, found_flow, k) if found_flow is not None else (None, None)
        out.objects.append(
            ObjectMeasures(
                subject.name, subject.status, subject.moves, float(np.sqrt(np.median(area[should]) * 4 / np.pi)), round(found, 4), found < 0.5,
                None if error is None else float(np.mean(error)), None if error is None else float(np.max(error)), _iou_frames(a, b),
                _iou(a.any(axis=0), b.any(axis=0)), _iou_weighted(a, b), flow_error, flow_relative,
                _look_distance(render, clip, truth.mask(k), track.mask), both is not None,
            )
        )  # fmt: skip
    out.missed = [o.name for o in out.objects if o.missed]
    movers = [o for o in out.objects if o.moves] or out.objects
    out.center_error = _mean([o.center_error for o in movers])
    out.iou_spacetime = _mean([o.iou_spacetime for o in movers])
    out.iou_space = _mean([o.iou_space for o in movers])
    out.flow_error = _mean([o.flow_error for o in movers])
    if shuffle is None:
        out.order = _occlusion_order(truth, seen)
        out.background_flow = _background(truth, seen, found_flow) if found_flow is not None else None
    return out


def _mean(values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None and np.isfinite(v)]
    return float(np.mean(known)) if known else None


def _centers(masks: Array) -> Array:
    """Centroids (T, 2) [px] of masks (T, H, W), NaN where empty."""
    area = masks.sum(axis=(1, 2)).astype(float)
    area[area == 0] = np.nan
    x = (masks.sum(axis=1) * (np.arange(masks.shape[2]) + 0.5)).sum(axis=1) / area
    y = (masks.sum(axis=2) * (np.arange(masks.shape[1]) + 0.5)).sum(axis=1) / area
    return np.stack([x, y], axis=1)


def _center_errors(expected: Array, found: Array, frames: Array, width: int) -> Array | None:
    if not frames.any():
        return None
    away = np.linalg.norm(_centers(expected)[frames] - found[frames], axis=1)
    away = away[np.isfinite(away)]
    return None if not len(away) else 100 * away / width


def _union_of_like(truth: Truth, seen: Observation, k: int, order: Array) -> tuple[Array, Array] | None:
    """The masks of all the objects that share regions with this one, in the simulation and in the clip."""
    mine = seen.tracks[k]
    like = [j for j, other in enumerate(seen.tracks) if j == k or (mine.mask & other.mask).any()]
    if len(like) < 2:
        return None
    expected, found = np.zeros(mine.mask.shape, bool), np.zeros(mine.mask.shape, bool)
    for j in like:
        expected |= truth.mask(j)[order]
        found |= seen.tracks[j].mask
    return expected, found


def _iou(a: Any, b: Any) -> float:
    either = float((a | b).sum())
    return float((a & b).sum()) / either if either else 1.0


def _iou_frames(a: Array, b: Array) -> float:
    both, either = (a & b).sum(axis=(1, 2)), (a | b).sum(axis=(1, 2))
    return float((both[either > 0] / either[either > 0]).mean()) if (either > 0).any() else 1.0


def _iou_weighted(a: Array, b: Array) -> float:
    first, second = a.mean(axis=0), b.mean(axis=0)
    total = float(np.maximum(first, second).sum())
    return float(np.minimum(first, second).sum()) / total if total else 1.0


def _clip_flow(frames: Array) -> Array:
    """Dense inverse search flow (Kroeger et al., 2016) from each frame to the next (T-1, H, W, 2) float16 [px]."""
    import cv2

    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    solver: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return (
        np.stack([solver.calc(a, b, None) for a, b in itertools.pairwise(grey)]).astype(np.float16)
        if len(grey) > 1
        else np.zeros((0, *frames.shape[1:3], 2), np.float16)
    )


def _flow_in(truth: Truth, found: Array, k: int) -> tuple[float | None, float | None]:
    errors, lengths = [], []
    for t in range(len(found)):
        inside = truth.owner[t] == k
        exact = truth.flow[t][inside].astype(np.float32)
        known = np.isfinite(exact).all(axis=1)
        if known.sum() < VISIBLE:
            continue
        errors.append(np.linalg.norm(exact[known] - found[t][inside][known].astype(np.float32), axis=1).mean())
        lengths.append(np.linalg.norm(exact[known], axis=1).mean())
    if not errors:
        return None, None
    length = float(np.mean(lengths))
    return float(np.mean(errors)), (float(np.mean(errors)) / length if length > 0.25 else None)


def _background(truth: Truth, seen: Observation, found: Array) -> float | None:
    errors = []
    for t in range(len(found)):
        free = truth.owner[t] < 0
        for track in seen.tracks:
            free &= ~track.mask[t]
        exact = truth.flow[t].astype(np.float32)
        free &= np.isfinite(exact).all(axis=-1)
        if free.sum() > 100:
            errors.append(np.median(np.linalg.norm(exact[free] - found[t][free].astype(np.float32), axis=1)))
    return float(np.median(errors)) if errors else None  # a cut of the camera is one frame without a flow


def _look_distance(render: Array, clip: Array, expected: Array, found: Array) -> float | None:
    if expected.sum() < VISIBLE or found.sum() < VISIBLE:
        return None
    return float(np.linalg.norm(render[expected].mean(axis=0) - clip[found].mean(axis=0)))


def _occlusion_order(truth: Truth, seen: Observation) -> float | None:
    """In how many overlaps the nearer object is the one that is seen. Where an object would be without the other is taken from
    its largest mask, moved with its projected centre."""
    right = total = 0
    masks = [truth.mask(k) for k in range(len(truth.subjects))]
    place = [np.stack([truth.camera.project(s.center[t], t) for t in range(len(truth.times))]) for s in truth.subjects]
    for back in range(len(masks)):
        area = masks[back].sum(axis=(1, 2))
        if area.max() < 4 * VISIBLE:
            continue
        whole = int(area.argmax())
        for t in np.flatnonzero(area < 0.85 * area[whole]):
            shift = np.round(place[back][t, :2] - place[back][whole, :2])
            if not np.isfinite(shift).all():
                continue
            amodal = _shifted(masks[back][whole], int(shift[0]), int(shift[1]))
            for front in range(len(masks)):
                if front == back or place[front][t, 2] >= place[back][t, 2]:
                    continue
                overlap = amodal & masks[front][t]
                if overlap.sum() >= 2 * VISIBLE:
                    total += 1
                    right += int(
                        (overlap & seen.tracks[front].mask[t]).sum()
                        > (overlap & seen.tracks[back].mask[t] & ~seen.tracks[front].mask[t]).sum()
                    )
    return right / total if total else None


def _shifted(mask: Array, x: int, y: int) -> Array:
    out = np.zeros_like(mask)
    h, w = mask.shape
    if abs(x) < w and abs(y) < h:
        out[max(y, 0) : h + min(y, 0), max(x, 0) : w + min(x, 0)] = mask[
            max(-y, 0) : h + min(-y, 0), max(-x, 0) : w + min(-x, 0)
        ]
    return out
