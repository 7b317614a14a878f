"""Whether a painted picture has its things where the simulation has them: a measure on pixels alone, and the transfer of colours.

For each body the colours of its core (its mask shrunk by a fifth of its width) and of the ring around it are learned from the
picture itself as smoothed histograms; every pixel of the window is given to the likelier of the two, and the largest connected
region that touches the core is compared with the mask. A body that was painted where it should be gives an IoU near 1; one that
was shifted, resized or left out does not, because then core and ring hold the same colours. What the same measure says of the
render itself is its ceiling: a body that cannot be told from its surroundings there is not judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator.guidance.base import Reference

__all__ = ["Agreement", "mask_agreement", "recoloured", "still_agreement"]

Picture = NDArray[np.uint8]
BINS = 16
JUDGEABLE = 0.6  # IoU on the render below which a body's colours do not tell it from its surroundings
SMALLEST = 64  # [px] of area; less has no core


def _likelihoods(pixels: NDArray[np.intp]) -> NDArray[np.float64]:
    """A smoothed colour histogram (BINS, BINS, BINS) that sums to 1."""
    from scipy.ndimage import gaussian_filter

    counts = np.zeros((BINS, BINS, BINS))
    np.add.at(counts, tuple(pixels.T), 1.0)
    smooth = gaussian_filter(counts, 1.0, mode="nearest") + 1e-6 * len(pixels)
    return smooth / smooth.sum()


def mask_agreement(picture: Picture, mask: NDArray[np.bool_]) -> tuple[float, float] | None:
    """IoU of a mask (H, W) with the region of a picture (H, W, 3) that looks like its core, and the distance of their centroids [px].
    None when the mask is too small, or has no surroundings."""
    from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter, label

    area = int(mask.sum())
    if area < SMALLEST:
        return None
    width = max(2, round(0.2 * np.sqrt(area)))
    core = binary_erosion(mask, iterations=width)
    if not core.any():
        core = binary_erosion(mask, iterations=1)
    near = binary_dilation(mask, iterations=1)
    window = binary_dilation(mask, iterations=3 * width + 2)
    ring = window & ~near
    if core.sum() < 16 or ring.sum() < 16:
        return None
    smooth = np.stack([gaussian_filter(picture[..., c].astype(np.float32), 0.7) for c in range(3)], axis=-1)
    bins = np.clip(smooth / (256 / BINS), 0, BINS - 1).astype(np.intp)
    inside, outside = _likelihoods(bins[core]), _likelihoods(bins[ring])
    ratio = np.log(inside[tuple(np.moveaxis(bins, -1, 0))]) - np.log(outside[tuple(np.moveaxis(bins, -1, 0))])
    found = (gaussian_filter(ratio, 1.0) > 0) & window
    labels, _ = label(found)
    touching = labels[core & found]
    if not len(touching):
        return 0.0, float("inf")
    region = labels == np.bincount(touching[touching > 0]).argmax()
    iou = float((region & mask).sum() / (region | mask).sum())
    shift = np.argwhere(region).mean(axis=0) - np.argwhere(mask).mean(axis=0)
    return iou, float(np.hypot(*shift))


@dataclass(frozen=True)
class Agreement:
    """Of a picture with the masks of one frame: {body: (IoU, shift [px])}, the same of the render (`ceiling`), and whether it is kept."""

    bodies: Mapping[str, tuple[float, float]]
    ceiling: Mapping[str, float]
    kept: bool
    why: str

    def as_dict(self) -> dict[str, object]:
        return {
            "bodies": {name: {"iou": round(iou, 3), "shift_px": round(shift, 2) if np.isfinite(shift) else None} for name, (iou, shift) in self.bodies.items()},
            "ceiling": {name: round(value, 3) for name, value in self.ceiling.items()}, "kept": self.kept, "why": self.why,
        }  # fmt: skip


def still_agreement(picture: Picture, reference: Reference, frame: int, *, share: float = 0.75) -> Agreement:
    """Judge a painted picture of a frame; kept when every judgeable mover has at least `share` of the IoU that the render reaches."""
    bodies: dict[str, tuple[float, float]] = {}
    ceiling: dict[str, float] = {}
    for name in reference.movers or reference.names:
        if reference.status(name) in ("imagined", "refused"):
            continue
        mask = reference.ids[frame] == reference.names.index(name)
        best = mask_agreement(reference.frames[frame], mask)
        if best is None or best[0] < JUDGEABLE:
            continue
        ceiling[name] = best[0]
        bodies[name] = mask_agreement(picture, mask) or (0.0, float("inf"))
    if not bodies:
        return Agreement(
            bodies, ceiling, False, "no moving body is large and distinct enough in this frame to be judged"
        )
    worst = min(bodies, key=lambda name: bodies[name][0] / ceiling[name])
    iou = bodies[worst][0]
    if iou < share * ceiling[worst]:
        return Agreement(
            bodies,
            ceiling,
            False,
            f"{worst} is not where the simulation has it (IoU {iou:.2f}, the render itself {ceiling[worst]:.2f})",
        )
    return Agreement(
        bodies, ceiling, True, f"every mover is in its place (lowest IoU {iou:.2f} of {ceiling[worst]:.2f})"
    )


def recoloured(reference: Reference, picture: Picture, frame: int = 0) -> Picture:
    """The frames of the reference (T, H, W, 3) with the colours of a painted picture of one frame: body by body, and for the rest,
    mean and spread of each channel are matched (Reinhard et al., "Color transfer between images", IEEE CG&A 21, 2001, in RGB).

    The colour of the render decides more than anything else how well guidance holds, and a paint brings its own.
    """
    out = reference.frames.astype(np.float32).copy()
    ids, source = reference.ids, reference.frames[frame].astype(np.float32)
    target = picture.astype(np.float32)
    for column in [-1, *range(len(reference.names))]:
        here = ids[frame] == column
        if here.sum() < SMALLEST:
            continue
        a, b = source[here], target[here]
        gain = np.clip(b.std(axis=0) / np.maximum(a.std(axis=0), 2.0), 0.5, 2.0)
        everywhere = ids == column
        out[everywhere] = (out[everywhere] - a.mean(axis=0)) * gain + b.mean(axis=0)
    return np.clip(np.round(out), 0, 255).astype(np.uint8)
