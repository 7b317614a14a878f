"""From radiance to the pixels of a film."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from generator.textures import srgb

__all__ = ["develop", "tone_mapped"]

Image = NDArray[np.float32]
# sRGB of 2^16 linear levels: finer than any of the 256 steps that it ends in.
_CURVE = (srgb(np.arange(65536) / 65535) * 255 + 0.5).astype(np.uint8)


def tone_mapped(radiance: Image, exposure: float = 1.0) -> Image:
    """Linear display values (H, W, 3) in 0..1: colours below 0.8 keep their hue and saturation, highlights roll off to
    white.

    Khronos PBR Neutral Tone Mapper, specification 1.0 (2024).
    """
    start, desaturation = 0.8 - 0.04, 0.15
    color = np.maximum(radiance, 0.0) * exposure
    low = np.minimum(np.minimum(color[..., 0], color[..., 1]), color[..., 2])[
        ..., None
    ]  # three channels: faster than min
    color = color - np.where(low < 0.08, low - 6.25 * low * low, 0.04)
    peak = np.maximum(np.maximum(color[..., 0], color[..., 1]), color[..., 2])[..., None]
    d = 1.0 - start
    rolled = 1.0 - d * d / np.maximum(peak + d - start, 1e-6)
    squeezed = color * (rolled / np.maximum(peak, 1e-6))
    grey = 1.0 - 1.0 / (desaturation * np.maximum(peak - rolled, 0.0) + 1.0)
    squeezed = squeezed * (1 - grey) + rolled * grey
    return np.where(peak < start, color, squeezed).astype(np.float32)


def develop(radiance: Image, *, exposure: float = 1.0) -> NDArray[np.uint8]:
    """8-bit sRGB pixels (H, W, 3) of linear radiance (H, W, 3)."""
    clean = np.nan_to_num(radiance, nan=0.0, posinf=50.0, neginf=0.0)
    level = (np.clip(tone_mapped(clean, exposure), 0, 1) * (len(_CURVE) - 1) + 0.5).astype(np.uint16)
    return _CURVE[level]
