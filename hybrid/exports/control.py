"""Control pictures as VACE's own annotators make them (its repository's `annotators`, read in November 2026), one function a kind."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.passes import FramePasses
from generator.skeleton import drawn_skeletons
from hybrid.exports.flow_colors import flow_picture

__all__ = ["KINDS", "bbox_layout", "contour_layout", "control_picture", "depth_picture"]

Picture = NDArray[np.uint8]
KINDS: dict[str, tuple[str, ...]] = {  # control -> passes that it is drawn from
    "depth": ("depth",),
    "flow": ("flow",),
    "layout_bbox": ("ids", "objects"),
    "layout_track": ("ids",),
    "pose": ("skeletons",),
    "scribble": ("scribble",),
}


def _grey(values: NDArray[Any]) -> Picture:
    return np.repeat(values.astype(np.uint8)[..., None], 3, axis=2)


def depth_picture(depth: NDArray[np.floating[Any]]) -> Picture:
    """Inverse depth stretched from black (farthest) to white (nearest) in every frame by itself, grey (H, W, 3)."""
    with np.errstate(divide="ignore"):
        near = np.where(np.isfinite(depth), 1 / np.maximum(depth, 1e-6), 0.0)
    near = near - near.min()
    return _grey(np.clip(near / max(float(near.max()), 1e-12) * 255, 0, 255))


def bbox_layout(boxes: list[tuple[float, float, float, float]], size: tuple[int, int]) -> Picture:
    """Black rectangles 2 px wide around boxes (x0, y0, x1, y1) [px] on white."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", size, (255, 255, 255))
    draw = ImageDraw.Draw(image)
    for x0, y0, x1, y1 in boxes:
        draw.rectangle((x0, y0, max(x0, x1 - 1), max(y0, y1 - 1)), outline=(0, 0, 0), width=2)
    return np.asarray(image)


def contour_layout(masks: list[NDArray[np.bool_]], shape: tuple[int, int]) -> Picture:
    """Outer outlines 3 px wide of masks (H, W), black on white."""
    from scipy.ndimage import binary_dilation, binary_erosion, binary_fill_holes

    lines = np.zeros(shape, dtype=bool)
    for mask in masks:
        if mask.any():
            whole = binary_fill_holes(mask)
            lines |= binary_dilation(whole & ~binary_erosion(whole), structure=np.ones((3, 3), dtype=bool))
    return _grey(np.where(lines, 0, 255))


def control_picture(kind: str, frame: FramePasses, size: tuple[int, int], movers: tuple[int, ...]) -> Picture:
    """The picture (H, W, 3) of one of `KINDS`; `movers` are the columns that a layout shows."""
    if kind == "depth":
        assert frame.depth is not None
        return depth_picture(frame.depth)
    if kind == "flow":
        assert frame.flow_forward is not None
        return flow_picture(frame.flow_forward)
    if kind == "layout_bbox":
        assert frame.objects is not None
        return bbox_layout([view.box for view in frame.objects if view.box is not None and view.id in movers], size)
    if kind == "layout_track":
        ids = frame.ids
        assert ids is not None
        return contour_layout([ids == column for column in movers], (size[1], size[0]))
    if kind == "pose":
        # Its annotator turns the channels round before it saves, so the model has seen blue shoulders and red shins.
        return np.ascontiguousarray(drawn_skeletons(frame.skeletons or (), size)[..., ::-1])
    if kind == "scribble":
        assert frame.scribble is not None
        return _grey(255 - frame.scribble)  # dark lines on white
    raise KeyError(kind)
