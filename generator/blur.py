"""Motion blur of the finished picture from simulated poses: every surface point is smeared along the way it came while the shutter was open.

In the beauty picture alone; control passes are sharp. The way is that of the poses of this frame and the one before, projected.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import SceneGeometry
from generator.rays import Hits, RayScene

__all__ = ["MotionBlur"]

Image = NDArray[np.float32]
LONGEST = 1 / 100  # [s] that the shutter of a film or video camera is open; never more than half of a frame
TAPS, FURTHEST, TILE = (
    13,
    0.12,
    16,
)  # samples along the way, longest way as a share of the width, block [px] that shares one way


class MotionBlur:
    """Blurs pictures of a clip. `step` [s] is the time that passes between frames of the clip in the scene, and `slow` its stretching."""

    def __init__(self, rays: RayScene, camera: CameraPath, *, step: float) -> None:
        self._rays, self._camera = rays, camera
        self.share = (
            min(0.5, LONGEST / step) if step > 0 else 0.0
        )  # of the way between two frames that the shutter sees
        self._geometry: SceneGeometry = rays.geometry
        self._moving = np.array([*(m.part is not None and self._geometry.moves(m.part) for m in rays.meshes), False])

    def ways(self, frame: int) -> NDArray[np.float32]:
        """How far [px] (H, W, 2) the surface seen in each pixel has come while the shutter was open, x right and y down; 0 where nothing
        moves."""
        camera, rays = self._camera, self._rays
        width, height = camera.size
        way = np.zeros((height * width, 2), dtype=np.float32)
        if frame == 0 or self.share <= 0:
            return way.reshape(height, width, 2)
        moved = bool(
            np.abs(camera.eye[frame] - camera.eye[frame - 1]).max() > 1e-9
            or np.abs(camera.target[frame] - camera.target[frame - 1]).max() > 1e-9
        )
        if moved and np.linalg.norm(camera.eye[frame] - camera.eye[frame - 1]) > 0.25 * np.linalg.norm(
            camera.target[frame] - camera.eye[frame]
        ):
            return way.reshape(height, width, 2)  # a cut: nothing came from there
        rays.pose(frame)
        directions = camera.rays(frame).reshape(-1, 3).astype(np.float32)
        chosen = np.arange(height * width) if moved else self._near_movers(frame)
        if not len(chosen):
            return way.reshape(height, width, 2)
        eye = np.broadcast_to(camera.eye[frame].astype(np.float32), (len(chosen), 3))
        hits = rays.cast(eye, directions[chosen])
        here = eye + directions[chosen] * np.where(np.isfinite(hits.distance), hits.distance, 1e6)[:, None]
        before = here.astype(np.float64)
        for k, indices in hits.by_mesh():
            part = rays.meshes[k].part
            if part is None or not self._moving[k] or not self._geometry.alive(part, frame - 1):
                continue
            before[indices] = self._carried(k, hits.chosen(indices), self._geometry.world(part, frame - 1)[0])
        if not moved:
            keep = self._moving[hits.mesh]
            chosen, here, before = chosen[keep], here[keep], before[keep]
        now, then = camera.project(here, frame), camera.project(before, frame - 1)
        found = np.nan_to_num((now - then)[:, :2] * self.share)
        length = np.linalg.norm(found, axis=1, keepdims=True)
        way[chosen] = found * np.minimum(1.0, FURTHEST * width / np.maximum(length, 1e-9))
        return way.reshape(height, width, 2)

    def _carried(self, mesh: int, hits: Hits, vertices: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        corners = vertices[self._rays.meshes[mesh].faces[hits.triangle]]
        u, v = hits.u[:, None], hits.v[:, None]
        found: NDArray[np.floating[Any]] = corners[:, 0] * (1 - u - v) + corners[:, 1] * u + corners[:, 2] * v
        return found

    def _near_movers(self, frame: int) -> NDArray[np.int64]:
        width, height = self._camera.size
        seen = np.zeros((height, width), dtype=bool)
        for k in self._rays.posed(frame).live[1]:
            places = self._camera.project(self._rays.meshes[k].vertices, frame)[:, :2]
            if not np.isfinite(places).all():
                return np.arange(width * height)
            (x0, y0), (x1, y1) = places.min(axis=0), places.max(axis=0)
            seen[max(int(y0), 0) : max(int(y1) + 1, 0), max(int(x0), 0) : max(int(x1) + 1, 0)] = True
        return np.flatnonzero(seen.ravel())

    def __call__(self, color: Image, distance: Image, frame: int) -> Image:
        """The blurred picture (H, W, 3) of linear radiance; `distance` [m] (H, W) along the ray, 0 for sky.

        A gather along the longest way near each pixel, with foreground over background (after McGuire et al., A Reconstruction Filter for
        Plausible Motion Blur, I3D 2012).
        """
        way = self.ways(frame)
        length = np.hypot(way[..., 0], way[..., 1])
        if length.max(initial=0.0) < 0.75:
            return color
        height, width = length.shape
        near = _dominant(way, length)
        far = np.hypot(near[..., 0], near[..., 1])
        rows, columns = np.nonzero(far > 0.75)
        ahead, mine = near[rows, columns], length[rows, columns]
        depth = np.where(distance > 0, distance, np.inf)
        own, there = color[rows, columns], depth[rows, columns]
        total = np.zeros_like(own)
        reach = np.hypot(ahead[:, 0], ahead[:, 1])
        for k in range(TAPS):
            # The picture shows the end of the exposure; before, a surface was back along its way.
            share = k / (TAPS - 1)
            y = np.clip(np.rint(rows + share * ahead[:, 1]).astype(int), 0, height - 1)
            x = np.clip(np.rint(columns + share * ahead[:, 0]).astype(int), 0, width - 1)
            reaches = length[y, x] >= share * reach - 0.5
            covers = reaches & (length[y, x] > 0.5) & (depth[y, x] < there * 1.05 + 1e-6)
            # What moves itself is smeared along its own way: where it had not come yet, what lies ahead stands for what was seen.
            y0 = np.clip(np.rint(rows + share * way[rows, columns, 1]).astype(int), 0, height - 1)
            x0 = np.clip(np.rint(columns + share * way[rows, columns, 0]).astype(int), 0, width - 1)
            behind = np.where((mine > 0.5)[:, None], color[y0, x0], own)
            total += np.where(covers[:, None], color[y, x], behind)
        out = color.copy()
        out[rows, columns] = total / TAPS
        return out


def _dominant(way: Image, length: Image) -> Image:
    """For every pixel the longest way (H, W, 2) in its block and the blocks that it can reach."""
    height, width = length.shape
    rows, columns = -(-height // TILE), -(-width // TILE)
    pad = ((0, rows * TILE - height), (0, columns * TILE - width))
    size = np.pad(length, pad).reshape(rows, TILE, columns, TILE).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    ways = (
        np.pad(way, (*pad, (0, 0)))
        .reshape(rows, TILE, columns, TILE, 2)
        .transpose(0, 2, 1, 3, 4)
        .reshape(rows, columns, -1, 2)
    )
    which = size.argmax(axis=2)
    best = np.take_along_axis(ways, which[..., None, None], axis=2)[:, :, 0]
    long = np.take_along_axis(size, which[..., None], axis=2)[..., 0]
    reach = int(np.ceil(long.max() / TILE)) if long.max() > 0 else 1
    out, longest = best.copy(), long.copy()
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            other_long, other = _shifted(long, dy, dx), _shifted(best, dy, dx)
            better = other_long > longest
            out[better], longest[better] = other[better], other_long[better]
    found: Image = np.repeat(np.repeat(out, TILE, axis=0), TILE, axis=1)[:height, :width]
    return found


def _shifted(array: Image, dy: int, dx: int) -> Image:
    out = np.zeros_like(array)
    h, w = array.shape[:2]
    out[max(dy, 0) : h + min(dy, 0), max(dx, 0) : w + min(dx, 0)] = array[
        max(-dy, 0) : h - max(dy, 0), max(-dx, 0) : w - max(dx, 0)
    ]
    return out
