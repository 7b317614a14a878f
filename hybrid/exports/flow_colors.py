"""Optical flow as colours: the wheel of the Middlebury benchmark (Baker et al., ICCV 2007), which video models were trained on."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["flow_picture"]

# Steps between red, yellow, green, cyan, blue, magenta and red again, chosen there by how well the eye tells them apart.
_STEPS = (15, 6, 4, 11, 13, 6)
_CORNERS = np.array([(1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1), (1, 0, 0)], dtype=float)


@lru_cache(maxsize=1)
def _wheel() -> NDArray[np.float64]:
    """(55, 3) colours in 0..255, whole numbers."""
    rows = []
    for k, steps in enumerate(_STEPS):
        share = np.floor(255 * np.arange(steps) / steps)[:, None]
        low, high = _CORNERS[k], _CORNERS[k + 1]
        rows.append(255 * low + (high - low) * share)
    return np.concatenate(rows)


def flow_picture(flow: NDArray[np.floating[Any]], *, largest: float | None = None) -> NDArray[np.uint8]:
    """(H, W, 3) of flow (H, W, 2) [px]: hue is the direction, paleness the slowness; white where nothing moves. The saturation is
    relative to `largest` [px], the largest of the picture itself when None. What is not known is white."""
    xy = np.nan_to_num(flow.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    length = np.hypot(xy[..., 0], xy[..., 1])
    scale = (float(length.max()) if largest is None else largest) + 1e-5
    radius = (length / scale)[..., None]
    wheel = _wheel() / 255
    turn = (np.arctan2(-xy[..., 1], -xy[..., 0]) / np.pi + 1) / 2 * (len(wheel) - 1)
    low = np.floor(turn).astype(int)
    share = (turn - low)[..., None]
    color = (1 - share) * wheel[low] + share * wheel[(low + 1) % len(wheel)]
    color = np.where(radius <= 1, 1 - radius * (1 - color), color * 0.75)
    return np.floor(255 * color).astype(np.uint8)
