"""Pictures drawn from the buffers: lines, shading and brightness."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.gbuffer import GBuffer
from generator.stage import Stage
from generator.tone import develop

__all__ = ["luma", "scribble_lines", "shaded_picture"]

FloatArray = NDArray[np.floating[Any]]
CREASE = 0.80  # cosine below which two neighbouring normals make a line (37 degrees)
STEP = 0.04  # of the depth: a jump between neighbours beyond what the slope explains


def scribble_lines(seen: GBuffer) -> NDArray[np.uint8]:
    """Lines (H, W), 255 where the body changes, the depth jumps or the surface has an edge; one or two pixels wide.

    A depth jump is the second difference of the inverse depth, which is zero on every plane however steep.
    """
    ids, normal = seen.ids, np.nan_to_num(seen.normal).astype(np.float32)
    with np.errstate(divide="ignore"):
        near = np.where(np.isfinite(seen.depth), 1 / np.maximum(seen.depth, 1e-6), 0.0).astype(np.float32)
    mark = np.zeros(ids.shape, dtype=bool)
    for axis in (0, 1):
        first = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        second = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        change = ids[first] != ids[second]
        solid = (ids[first] != -1) & (ids[second] != -1)
        change |= solid & ((normal[first] * normal[second]).sum(axis=-1) < CREASE)
        mark[first] |= change
        if ids.shape[axis] > 2:
            middle = (slice(1, -1), slice(None)) if axis == 0 else (slice(None), slice(1, -1))
            before = (slice(None, -2), slice(None)) if axis == 0 else (slice(None), slice(None, -2))
            after = (slice(2, None), slice(None)) if axis == 0 else (slice(None), slice(2, None))
            bend = np.abs(near[before] + near[after] - 2 * near[middle])
            mark[middle] |= bend > STEP * near[middle]
    return np.where(mark, 255, 0).astype(np.uint8)


def shaded_picture(seen: GBuffer, lit: NDArray[np.float32], stage: Stage, directions: FloatArray) -> NDArray[np.uint8]:
    """The surface in the light of the scene (H, W, 3) sRGB: direct sun with hard shadows (`lit` (H W,) as `EffectFinder.sunlight` gives
    it) and sky light by direction; no reflections and no glass."""
    light = stage.environment
    height, width = seen.ids.shape
    normal = np.nan_to_num(seen.normal.reshape(-1, 3)).astype(np.float32)
    albedo = seen.albedo.reshape(-1, 3).astype(np.float32)
    ambient = (light.ambient() / np.pi).astype(np.float32)
    base = stage.ground.texture.mean(axis=(0, 1)) if stage.ground is not None else np.full(3, 0.3)
    bounced = (np.asarray(base) * light.on_ground() / np.pi).astype(np.float32)
    upward = 0.5 + 0.5 * normal[:, 2:]
    sky = ambient * upward + bounced * (1 - upward) * 0.8
    color = albedo * (np.asarray(light.irradiance, dtype=np.float32) / np.float32(np.pi) * lit[:, None] + sky)
    empty = np.flatnonzero(seen.ids.ravel() == -1)
    color[empty] = light.radiance(directions[empty]).astype(np.float32)
    return develop(color.reshape(height, width, 3).astype(np.float32), exposure=light.exposure)


def luma(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Brightness (H, W) uint8 of sRGB (H, W, 3), by the weights of ITU-R BT.601."""
    return np.asarray(
        (picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32) + 0.5).astype(np.uint8)
    )
