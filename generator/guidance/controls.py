"""Control videos in the conventions of VACE, made from the exact passes of the simulation instead of by estimators.

White is generated, grey 127 is a pixel that says nothing. Conventions after Jiang et al., "VACE", ICCV 2025 (arXiv 2503.07598) and
its annotators: inverse depth per frame, flow in Middlebury colours with the first frame doubled, layout on white, skeletons on black.
"""

from __future__ import annotations

import colorsys
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from generator.guidance.base import Reference
from scenes.errors import UserError

__all__ = ["CONTROLS", "Control", "control_video", "depth_video", "flow_picture", "flow_video", "layout_video"]

Control = Literal["depth", "flow", "layout", "contours", "pose"]
CONTROLS: tuple[Control, ...] = ("depth", "flow", "layout", "contours", "pose")
Video = NDArray[np.uint8]
SKY_SHARE = 0.0  # inverse depth of the sky


def depth_video(reference: Reference, *, smooth: float = 0.0, over: Literal["frame", "clip"] = "frame") -> Video:
    """Inverse depth in grey (T, H, W, 3), near is white; each frame, or the clip, is stretched to the full range.

    `smooth` [px] blurs it: VACE learned from an estimator, whose edges are softer than the truth.
    """
    if reference.depth is None:
        raise UserError(
            "The control depth needs the depth pass: build the reference with depth, or choose another control."
        )
    depth = reference.depth.astype(np.float32)
    near = np.where(np.isfinite(depth) & (depth > 0), 1.0 / np.where(depth > 0, depth, 1.0), SKY_SHARE)
    if smooth > 0:
        from scipy.ndimage import gaussian_filter

        near = np.stack([gaussian_filter(frame, smooth) for frame in near])
    axes = (1, 2) if over == "frame" else (0, 1, 2)
    low, high = near.min(axis=axes, keepdims=True), near.max(axis=axes, keepdims=True)
    grey = np.where(high > low, (near - low) / np.where(high > low, high - low, 1.0), 0.5)
    return np.repeat(np.round(255 * grey).astype(np.uint8)[..., None], 3, axis=-1)


def _wheel() -> NDArray[np.float64]:
    """The colour wheel of Baker et al., "A database and evaluation methodology for optical flow", IJCV 2011: six arcs of hue, (55, 3)."""
    arcs = (("RY", 15, (255, 0, 0), (255, 255, 0)), ("YG", 6, (255, 255, 0), (0, 255, 0)), ("GC", 4, (0, 255, 0), (0, 255, 255)),
            ("CB", 11, (0, 255, 255), (0, 0, 255)), ("BM", 13, (0, 0, 255), (255, 0, 255)), ("MR", 6, (255, 0, 255), (255, 0, 0)))  # fmt: skip
    rows = [
        np.asarray(a) + (np.asarray(b) - np.asarray(a)) * (k / count) for _, count, a, b in arcs for k in range(count)
    ]
    return np.floor(np.stack(rows))


def flow_picture(flow: NDArray[np.floating]) -> Video:
    """Colours (H, W, 3) of one flow field (H, W, 2) [px]: the hue is its direction, white stands still, the longest is saturated."""
    radius = np.hypot(flow[..., 0], flow[..., 1])
    longest = float(radius.max(initial=0.0))
    if longest < 1e-3:
        return np.full((*flow.shape[:2], 3), 255, dtype=np.uint8)
    wheel = _wheel()
    place = (np.arctan2(-flow[..., 1], -flow[..., 0]) / np.pi + 1) / 2 * (len(wheel) - 1)
    low = np.floor(place).astype(int)
    share = (place - low)[..., None]
    hue = (wheel[low] * (1 - share) + wheel[(low + 1) % len(wheel)] * share) / 255
    return np.floor(255 * (1 - (radius / longest)[..., None] * (1 - hue))).astype(np.uint8)


def flow_video(reference: Reference) -> Video:
    """Flow in colours (T, H, W, 3); frame 0 shows the first flow twice, frame t the flow from t-1 to t."""
    if reference.flow is None:
        raise UserError(
            "The control flow needs the flow pass: build the reference with flow=True, or choose another control."
        )
    pictures = [flow_picture(reference.flow[t]) for t in range(max(1, reference.num_frames - 1))]
    return np.stack([pictures[0], *pictures])[: reference.num_frames]


def layout_video(reference: Reference, *, contours: bool = False) -> Video:
    """Rectangles of 2 px around every body that is simulated, or its contours of 3 px, in one colour each, on white."""
    from scipy.ndimage import binary_erosion

    out = np.full((*reference.ids.shape, 3), 255, dtype=np.uint8)
    shown = [
        name
        for name in reference.names
        if name not in reference.ground and reference.status(name) not in ("imagined", "refused")
    ]
    for index, name in enumerate(shown):
        color = np.round(255 * np.asarray(colorsys.hsv_to_rgb((index * 0.618034) % 1.0, 0.85, 0.85))).astype(np.uint8)
        for t, mask in enumerate(reference.mask(name)):
            if not mask.any():
                continue
            if contours:
                out[t][mask & ~binary_erosion(mask, iterations=3)] = color
                continue
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
            out[t, top:bottom, left : left + 2] = out[t, top:bottom, max(right - 2, left) : right] = color
            out[t, top : top + 2, left:right] = out[t, max(bottom - 2, top) : bottom, left:right] = color
    return out


def control_video(reference: Reference, control: Control, *, smooth: float = 0.0) -> Video:
    """The control video (T, H, W, 3) of a kind. Raises UserError when the reference lacks what it needs."""
    if control == "depth":
        return depth_video(reference, smooth=smooth)
    if control == "flow":
        return flow_video(reference)
    if control in ("layout", "contours"):
        return layout_video(reference, contours=control == "contours")
    if control == "pose":
        if reference.pose is None:
            raise UserError(
                "The control pose needs a person in the scene, and there is none: choose depth, flow or layout."
            )
        return reference.pose
    raise UserError(f"There is no control {control!r}; the choices are {', '.join(CONTROLS)}.")
