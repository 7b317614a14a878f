"""The clip without its objects: what each pixel shows when nothing is in front of it, taken from the clip's own other frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.adherence.truth import Truth

__all__ = ["Background", "background_of"]

Array = NDArray[Any]
SHADOW = 5.0  # [CIELAB units] a shadow changes a and b by less than this
SKYLIGHT = 0.4  # ... but out of doors the sky alone lights it: bluer by up to this share of the darkening (0.34 in our renders)
SOURCES = (-9, -4, 4, 9)  # frames whose background is carried over when the camera moves


@dataclass
class Background:
    """`plates` (1 or T, H, W, 3) CIELAB, NaN where the background is never seen; `noise` [CIELAB units] of what stands still."""

    plates: Array
    noise: float

    @property
    def threshold(self) -> float:
        """The difference [CIELAB units] from which on a pixel shows something else."""
        return max(7.0, 4.0 * self.noise)

    def difference(self, lab: Array, frame: int) -> tuple[Array, NDArray[np.bool_]]:
        """CIE76 difference from the background (H, W), NaN where that is unknown, and whether it is only a shadow (darker, of the
        same hue or bluer by skylight). A change of light of the whole picture is taken out first."""
        plate = self.plates[frame if len(self.plates) > 1 else 0]
        delta = lab - plate
        known = np.isfinite(delta[..., 0])
        if known.any():
            delta[..., 0] -= np.median(delta[..., 0][known])
        distance = np.sqrt((delta**2).sum(axis=-1))
        bluer = np.maximum(-delta[..., 2] - SKYLIGHT * np.maximum(-delta[..., 0], 0), 0)
        hue = np.hypot(delta[..., 1], np.where(delta[..., 2] < 0, bluer, delta[..., 2]))
        shadow = (delta[..., 0] < 0) & (hue < SHADOW) & (lab[..., 0] > 0.25 * plate[..., 0])
        return distance, shadow


def background_of(lab: Array, truth: Truth) -> Background:
    """The background of a clip (T, H, W, 3) CIELAB: the median of the frames in which no object is expected at the pixel; under a
    moving camera of the frames around, carried over by the camera's own motion."""
    import cv2

    radius = max(3, round(0.012 * truth.size[0]))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    wide = np.stack([cv2.dilate((owner >= 0).astype(np.uint8), kernel) for owner in truth.owner]).astype(bool)
    plates = _standing(lab, wide)[None] if truth.behind is None else _carried(lab, wide, truth)
    noise = []
    for t in range(0, len(lab), max(1, len(lab) // 16)):
        away = np.abs(lab[t] - plates[t if len(plates) > 1 else 0]).sum(axis=-1)[~wide[t]]
        away = away[np.isfinite(away)]
        if len(away):
            noise.append(float(np.median(away)))
    return Background(plates, 1.4826 * float(np.median(noise)) if noise else 0.0)


def _standing(lab: Array, wide: NDArray[np.bool_]) -> Array:
    free = (~wide).sum(axis=0)
    enough = max(3, len(lab) // 10)
    plate = np.median(lab, axis=0)
    rows, columns = np.nonzero((free < len(lab)) & (free >= enough))
    if len(rows):
        there = np.where(wide[:, rows, columns, None], np.nan, lab[:, rows, columns])
        plate[rows, columns] = np.nanmedian(there, axis=0)
    plate[free < enough] = np.nan
    return plate


def _carried(lab: Array, wide: NDArray[np.bool_], truth: Truth) -> Array:
    """Plates (T, H, W, 3) float32; a pixel that no other frame shows without an object is NaN."""
    import cv2

    assert truth.behind is not None
    camera, count = truth.camera, len(lab)
    plates = np.full(lab.shape, np.nan, dtype=np.float32)
    for t in range(count):
        points = _points(truth, t)
        found = []
        for step in SOURCES:
            s = t + step
            if not 0 <= s < count:
                continue
            seen = camera.project(points, s)
            x, y = seen[..., 0].astype(np.float32) - 0.5, seen[..., 1].astype(np.float32) - 0.5
            x, y = np.nan_to_num(x, nan=-9.0), np.nan_to_num(y, nan=-9.0)
            colour = cv2.remap(
                lab[s], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(np.nan,) * 3
            )
            hidden = cv2.remap(
                wide[s].astype(np.uint8), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=1
            )
            depth = cv2.remap(truth.behind[s], x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=0.0)
            with np.errstate(invalid="ignore"):
                other = (np.abs(depth - seen[..., 2]) > 0.05 * seen[..., 2]) & ~(np.isinf(depth) & (seen[..., 2] > 1e6))
            colour[(hidden > 0) | other] = np.nan
            found.append(colour)
        if found:
            plates[t] = _median(np.stack(found))
    return plates


def _median(stack: Array) -> Array:
    """Median over the first axis of what is known, much faster than numpy's for a few images."""
    known = np.isfinite(stack[..., 0]).sum(axis=0)[None, ..., None]
    ordered = np.sort(np.where(np.isfinite(stack), stack, np.inf), axis=0)
    low = np.take_along_axis(ordered, np.maximum(known - 1, 0) // 2, axis=0)[0]
    high = np.take_along_axis(ordered, np.minimum(known // 2, len(stack) - 1), axis=0)[0]
    return np.where(known[0] > 0, 0.5 * (low + high), np.nan)


def _points(truth: Truth, frame: int) -> Array:
    """World points [m] (H, W, 3) of what stands still behind each pixel; the sky is taken as infinitely far."""
    assert truth.behind is not None
    camera = truth.camera
    rays = camera.rays(frame)
    along = rays @ camera.axes(frame)[2]
    depth = np.where(np.isfinite(truth.behind[frame]), truth.behind[frame], 1e9)
    return np.asarray(camera.eye[frame] + rays * (depth / along)[..., None])
