"""What a clip shows, read from its pixels alone: where each object is, frame by frame. Positions of the simulation are not used
to find anything; of the render only the look of each object is.

A pixel speaks for an object by its colour (likelihood of an object's CIELAB histogram against that of everything else in the
clip) and by its difference from the clip's own background. Connected regions are linked over time by dynamic programming (Viterbi, 1967).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.adherence.background import Background, background_of
from generator.adherence.truth import Truth

__all__ = ["Observation", "Track", "lab_frames", "observe"]

Array = NDArray[Any]
Progress = Callable[[str, float, float], None]
BINS = (12, 20, 20)  # of L, a, b
ALIKE = 14.0  # [CIELAB units] objects whose mean colours are nearer than this cannot be told apart by colour
SMALLEST = 9  # [px] a region below this is noise
MISSING_COST, JUMP = 2.5, 0.06  # of the link; share of the width that an object moves in a frame at cost 1


@dataclass
class Track:
    """An object seen in the clip: `center` (T, 2) [px] x right and y down, NaN where it is not found; `mask` (T, H, W)."""

    name: str
    center: Array
    mask: NDArray[np.bool_]
    merged: NDArray[np.bool_]  # (T,) frames where it touches its like, so that its own centre cannot be told

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(T,) whether it is found."""
        return np.asarray(self.mask.any(axis=(1, 2)))


@dataclass
class Observation:
    """`tracks` in the order of the truth's subjects; `extra` [{frames, first, last, area, x, y}] moving things that nothing in
    the simulation accounts for; `noise` [CIELAB units] of the clip's background."""

    tracks: list[Track]
    extra: list[dict[str, float]] = field(default_factory=list)
    noise: float = 0.0
    moving_camera: bool = False


def lab_frames(frames: Array) -> NDArray[np.float32]:
    """CIELAB (T, H, W, 3) of sRGB frames uint8, L 0..100."""
    import cv2

    return np.stack([cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for frame in frames])


def observe(truth: Truth, frames: Array, *, progress: Progress | None = None) -> Observation:
    """Find the truth's subjects in a clip (T, H, W, 3) uint8 of the same size and number of frames."""
    lab, render = lab_frames(frames), lab_frames(truth.frames)
    plates = background_of(lab, truth)
    looks = _looks(truth, render, plates if frames is truth.frames else background_of(render, truth))
    score = _scores(lab, plates, looks, truth, progress)
    tracks: dict[int, Track] = {}
    for number, look in enumerate(looks):
        for subject, track in zip(look.subjects, _tracks(truth, look, score[number]), strict=True):
            tracks[subject] = track
    ordered = [tracks[k] for k in range(len(truth.subjects))]
    return Observation(ordered, _extra(truth, lab, plates, score, ordered), plates.noise, truth.camera.moving())


@dataclass
class _Look:
    """Objects that look the same: their numbers, the render's colour histogram, and the expected visible area [px] (S, T)."""

    subjects: list[int]
    histogram: Array
    mean: Array
    areas: Array
    convex: bool = (
        False  # its outline is convex in the render, so that parts which look like the background are filled in
    )
    dull: bool = False  # grey before grey: it could be taken for a shadow, so that nothing is left out as one


def _cells(lab: Array) -> NDArray[np.intp]:
    """The bin of the histogram that each colour falls in."""
    l_bins, a_bins, b_bins = BINS
    light = np.clip(lab[..., 0] / 100 * l_bins, 0, l_bins - 1).astype(np.int32)
    a = np.clip((lab[..., 1] + 80) / 160 * a_bins, 0, a_bins - 1).astype(np.int32)
    b = np.clip((lab[..., 2] + 80) / 160 * b_bins, 0, b_bins - 1).astype(np.int32)
    return ((light * a_bins + a) * b_bins + b).astype(np.intp)


def _histogram(cells: Array, weights: tuple[float, float, float] = (1.0, 0.55, 0.55)) -> Array:
    """A smoothed, normalised histogram of bins; the lightness is blurred most, because light differs between renderers."""
    from scipy.ndimage import gaussian_filter

    counts = np.bincount(cells.ravel(), minlength=int(np.prod(BINS))).astype(float).reshape(BINS)
    smooth = gaussian_filter(counts, weights, mode="nearest")
    return (smooth / max(smooth.sum(), 1e-12)).ravel()


def _looks(truth: Truth, render: Array, plates: Background) -> list[_Look]:
    import cv2

    looks: list[_Look] = []
    kernel = np.ones((3, 3), np.uint8)
    for k in range(len(truth.subjects)):
        mask = truth.mask(k)
        areas = mask.sum(axis=(1, 2))
        inner = np.stack([cv2.erode(m.astype(np.uint8), kernel) for m in mask]).astype(bool)
        chosen = inner if inner.sum() >= 40 else mask
        colours = render[chosen]
        if not len(colours):
            colours = np.full((1, 3), np.nan)
        mean = np.nan_to_num(colours.mean(axis=0), nan=1e6)
        histogram = _histogram(_cells(np.nan_to_num(colours)))
        for look in looks:
            if (
                np.linalg.norm((look.mean - mean) * (0.5, 1, 1)) < ALIKE
                and np.minimum(look.histogram, histogram).sum() > 0.35
            ):
                look.subjects.append(k)
                look.convex &= _is_convex(mask)
                look.areas = np.vstack([look.areas, areas])
                break
        else:
            looks.append(_Look([k], histogram, mean, areas[None], _is_convex(mask), _is_dull(mask, render, plates)))
    return looks


def _hull(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    import cv2

    points = cv2.findNonZero(mask.astype(np.uint8))
    if points is None:
        return mask
    return cv2.fillConvexPoly(np.zeros(mask.shape, np.uint8), cv2.convexHull(points), 1).astype(bool)  # type: ignore[no-any-return]


def _filled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The convex hull of a region without its thin tails, which are bits of a shadow."""
    import cv2

    width = int(0.22 * np.sqrt(mask.sum())) // 2 * 2 + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    core = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel).astype(bool)
    return _hull(core if core.sum() > 0.6 * mask.sum() else mask)


def _is_convex(mask: Array) -> bool:
    areas = mask.sum(axis=(1, 2))
    chosen = [t for t in range(0, len(mask), max(1, len(mask) // 8)) if areas[t] >= 30]
    return bool(chosen) and float(np.median([areas[t] / _hull(mask[t]).sum() for t in chosen])) > 0.92


def _is_dull(mask: Array, render: Array, plates: Background) -> bool:
    like = total = 0
    for t in range(0, len(mask), max(1, len(mask) // 12)):
        distance, shadow = plates.difference(render[t], t)
        inside = mask[t] & np.isfinite(distance)
        total += int(inside.sum())
        like += int((inside & shadow).sum())
    return total > 0 and like > 0.25 * total


def _scores(lab: Array, plates: Background, looks: list[_Look], truth: Truth, progress: Progress | None) -> Array:
    """Whether each pixel speaks for each look (K, T, H, W) bool. In the second pass an object's colours are those of the clip."""
    cells = np.stack([_cells(frame) for frame in lab])
    inside = truth.owner >= 0
    around = _histogram(cells[~inside], (0.7, 0.5, 0.5))
    models = [look.histogram for look in looks]
    masks = np.zeros((len(looks), *lab.shape[:3]), dtype=bool)
    bright = np.array([not look.dull for look in looks])[:, None, None]
    for again in range(2):
        ratio = np.stack([np.clip(np.log((model + 1e-7) / (around + 1e-7)), -5, 5) for model in models])
        for t in range(len(lab)):
            per = ratio[:, cells[t]]
            distance, shadow = plates.difference(lab[t], t)
            known = np.isfinite(distance)
            changed = np.where(
                known, np.clip(distance / plates.threshold, 0, 2) - 1, 0.0
            )  # -1 as the background, 1 unlike it
            per = per + 3.0 * changed - np.where(known & shadow & (per < 4.0) & bright, 4.0, 0.0)
            per[:, known & (distance < 0.5 * plates.threshold)] = -5
            best = per.argmax(axis=0)
            for k in range(len(looks)):
                masks[k, t] = (per[k] > 0) & (best == k)
            if progress is not None:
                progress("observe", again * len(lab) + t + 1, 2 * len(lab))
        if again == 0:
            models = [
                _own_colours(model, mask, cells, look) for model, mask, look in zip(models, masks, looks, strict=True)
            ]
    return masks


def _own_colours(model: Array, mask: Array, cells: Array, look: _Look) -> Array:
    """The colours that the clip gives the object, where the first pass found about as much of it as expected."""
    expected = look.areas.sum(axis=0)
    found = mask.sum(axis=(1, 2))
    good = (found > 0.4 * expected) & (found < 2.0 * expected) & (expected > 0)
    if good.sum() < 2:
        return model
    return 0.5 * model + 0.5 * _histogram(cells[good][mask[good]])


# regions and their links over time ------------------------------------------------------------------------------------------------


@dataclass
class _Region:
    center: Array
    area: float
    label: int


def _regions(mask: Array, smallest: float, reach: int, *, convex: bool = False) -> tuple[list[_Region], Array]:
    """Connected regions of a frame, parts nearer than `reach` px taken together, largest first; `convex` ones are filled in."""
    import cv2

    joined: Array = mask.astype(np.uint8)
    if reach > 0:
        joined = cv2.morphologyEx(
            joined, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        )
    _, labels = cv2.connectedComponents(joined, connectivity=8)
    labels = np.where(mask, labels, 0)
    counts = np.bincount(labels.ravel())
    found: list[_Region] = []
    for label in np.argsort(-counts):
        if label and counts[label] >= smallest:
            own = labels == label
            if convex and len(found) < 4:
                own = _filled(own) & ((labels == 0) | own)
                labels[labels == label] = 0
                labels[own] = label
                if not own.any():
                    continue
            rows, columns = np.nonzero(own)
            found.append(_Region(np.array([columns.mean() + 0.5, rows.mean() + 0.5]), float(len(rows)), int(label)))
    return found[:12], labels


def _tracks(truth: Truth, look: _Look, masks: Array) -> list[Track]:
    """The tracks of the objects of one look."""
    frames = len(masks)
    expected = np.where(look.areas > 0, look.areas, np.nan)
    usual = np.array([np.nanmedian(row) if np.isfinite(row).any() else 0.0 for row in expected])
    smallest = max(SMALLEST, 0.12 * float(usual[usual > 0].min(initial=1e9)) if (usual > 0).any() else SMALLEST)
    reach = 0 if len(look.subjects) > 1 else int(0.15 * np.sqrt(usual[0]))
    regions, labels = zip(
        *(_regions(mask, smallest, reach, convex=look.convex and len(look.subjects) == 1) for mask in masks),
        strict=True,
    )
    taken: list[set[int]] = [set() for _ in range(frames)]
    tracks = []
    order = np.argsort(-usual)
    picked: dict[int, list[int]] = {}
    for row in order:
        picked[int(row)] = _link(regions, taken, look.areas[row], usual[row], truth.size[0])
    picked = _named(truth, look, regions, picked)
    for row, subject in enumerate(look.subjects):
        center, mask = np.full((frames, 2), np.nan), np.zeros(masks.shape, dtype=bool)
        merged = np.zeros(frames, dtype=bool)
        for t, choice in enumerate(picked[row]):
            if choice < 0 and len(look.subjects) > 1:  # it may be one with its like
                choice, merged[t] = _shared(regions[t], picked, row, t, usual[row]), True
            if choice >= 0:
                region = regions[t][choice]
                mask[t] = labels[t] == region.label
                merged[t] |= region.area > 1.6 * max(usual[row], 1.0) and len(look.subjects) > 1
                if not merged[t]:
                    center[t] = region.center
            else:
                merged[t] = False
        tracks.append(Track(truth.subjects[subject].name, center, mask, merged))
    return tracks


def _link(regions: Any, taken: list[set[int]], areas: Array, usual: float, width: int) -> list[int]:
    """The region of each frame (-1 none) that together make the likeliest way of one object; they are marked as taken."""
    frames = len(regions)
    cost, back = [], []
    for t in range(frames):
        area = areas[t] if areas[t] > 0 else usual
        own = [
            0.8 * min(abs(np.log(max(r.area, 1) / max(area, 1))), 3.0) if k not in taken[t] else 50.0 for k, r in enumerate(regions[t])
        ]  # fmt: skip
        own.append(MISSING_COST if areas[t] > 0 else 0.3)  # the last state: not seen
        if t == 0:
            cost.append(np.array(own))
            back.append(np.zeros(len(own), dtype=int))
            continue
        before = cost[-1]
        now, came = np.empty(len(own)), np.empty(len(own), dtype=int)
        for k, value in enumerate(own):
            step = np.full(len(before), 0.4)
            if k < len(own) - 1 and len(before) > 1:
                distance = np.array([np.linalg.norm(r.center - regions[t][k].center) for r in regions[t - 1]])
                step[:-1] = np.minimum((distance / (JUMP * width)) ** 2, 6.0)
            elif k == len(own) - 1:
                step[-1] = 0.0
            came[k] = int(np.argmin(before + step))
            now[k] = value + (before + step)[came[k]]
        cost.append(now)
        back.append(came)
    chosen = [int(np.argmin(cost[-1]))]
    for t in range(frames - 1, 0, -1):
        chosen.append(int(back[t][chosen[-1]]))
    chosen.reverse()
    out = []
    for t, k in enumerate(chosen):
        seen = k < len(regions[t]) and k not in taken[t]
        out.append(k if seen else -1)
        if seen:
            taken[t].add(k)
    return out


def _named(truth: Truth, look: _Look, regions: Any, picked: dict[int, list[int]]) -> dict[int, list[int]]:
    """Which of several objects of one look is which: the naming with the least sum of distances, as in multi-object tracking."""
    if len(look.subjects) == 1:
        return picked
    from scipy.optimize import linear_sum_assignment

    rows = list(picked)
    cost = np.zeros((len(look.subjects), len(rows)))
    for i, subject in enumerate(look.subjects):
        for j, row in enumerate(rows):
            away = []
            for t, k in enumerate(picked[row]):
                visible = truth.owner[t] == subject
                if k >= 0 and visible.any():
                    ys, xs = np.nonzero(visible)
                    away.append(
                        float(
                            np.hypot(
                                xs.mean() + 0.5 - regions[t][k].center[0], ys.mean() + 0.5 - regions[t][k].center[1]
                            )
                        )
                    )
            cost[i, j] = np.mean(away) if away else truth.size[0]
    first, second = linear_sum_assignment(cost)
    return {int(i): picked[rows[j]] for i, j in zip(first, second, strict=True)}


def _shared(regions: list[_Region], picked: dict[int, list[int]], row: int, t: int, usual: float) -> int:
    """A region of another object of the look that is large enough for both, nearest to where this one was last."""
    last = next((k for k in (picked[row][s] for s in range(t, -1, -1)) if k >= 0), -1)
    del last
    fitting = [k for k, region in enumerate(regions) if region.area > 1.5 * usual]
    return fitting[0] if fitting else -1


def _extra(truth: Truth, lab: Array, plates: Background, score: Array, tracks: list[Track]) -> list[dict[str, float]]:
    """Things that stay for a while and that no track accounts for: in an object's colours, or unlike the background and no shadow."""
    import cv2

    visible = [truth.mask(k).sum(axis=(1, 2)) for k in range(len(truth.subjects))]
    areas = [float(np.median(v[v > 0])) for v in visible if (v > 0).any()]
    smallest = max(40.0, 0.3 * min(areas)) if areas else 40.0
    radius = max(3, round(0.012 * truth.size[0]))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    opening = np.ones((3, 3), np.uint8)
    ways: list[dict[str, Any]] = []
    for t in range(len(lab)):
        known: Array = np.zeros(lab.shape[1:3], dtype=np.uint8)
        for track in tracks:
            known |= track.mask[t].astype(np.uint8)
        known = cv2.dilate(known, kernel)
        left: Array = np.asarray(score[:, t].any(axis=0))
        distance, shadow = plates.difference(lab[t], t)
        left = left | (np.nan_to_num(distance) > 1.6 * plates.threshold) & ~shadow
        left = cv2.morphologyEx((left & (known == 0)).astype(np.uint8), cv2.MORPH_OPEN, opening)
        for region in _regions(left.astype(bool), smallest, 2)[0]:
            near = [
                w
                for w in ways
                if t - w["last"] <= 2
                and np.linalg.norm(w["center"] - region.center) < max(2.5 * np.sqrt(region.area), 0.05 * truth.size[0])
            ]
            if near:
                way = min(near, key=lambda w: float(np.linalg.norm(w["center"] - region.center)))
                way.update(
                    last=t,
                    center=region.center,
                    frames=way["frames"] + (way["last"] != t),
                    area=max(way["area"], region.area),
                )
            else:
                ways.append({"first": t, "last": t, "frames": 1, "center": region.center, "area": region.area})
    enough = max(4, len(lab) // 8)
    return [
        {"frames": w["frames"], "first": w["first"], "last": w["last"], "area": w["area"], "x": float(w["center"][0]), "y": float(w["center"][1])}
        for w in ways if w["frames"] >= enough
    ]  # fmt: skip
