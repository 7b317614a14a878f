"""Points of the surfaces, followed through a clip: where they are on the picture, and whether they are seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.gbuffer import GBuffer, GeometryBuffer
from generator.rays import Hits
from scenes.errors import UserError

__all__ = ["SurfacePoints", "Tracks", "follow", "grid_points", "mover_points", "points_at", "track_frame"]

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class SurfacePoints:
    """Chosen points (N,): what they lie on (`hits`), the column of their body (`owner`), and the frame in which they were chosen
    (`query`)."""

    hits: Hits
    owner: IntArray
    query: IntArray

    def __len__(self) -> int:
        return len(self.owner)

    @staticmethod
    def joined(groups: Iterable[SurfacePoints]) -> SurfacePoints:
        """All points of some groups, one after another."""
        every = list(groups)
        empty = np.zeros(0, dtype=np.int64)
        names = ("mesh", "triangle", "u", "v", "distance")
        joined = [
            np.concatenate(
                [np.zeros(0, dtype=np.int64 if n in names[:2] else float), *(getattr(p.hits, n) for p in every)]
            )
            for n in names
        ]
        return SurfacePoints(
            Hits(*joined), np.concatenate([empty, *(p.owner for p in every)]).astype(np.int64),
            np.concatenate([empty, *(p.query for p in every)]).astype(np.int64),
        )  # fmt: skip


@dataclass(frozen=True)
class Tracks:
    """`xy` (T, N, 2) [px], `visible` (T, N), `position` (T, N, 3) [m] in the world, `body` (N,) names, `query` (N,) the frame in which
    each was chosen. Where a body is not there its points keep their last place, unseen; NaN only behind the camera."""

    xy: NDArray[np.float32]
    visible: NDArray[np.bool_]
    position: NDArray[np.float32]
    body: tuple[str, ...]
    query: IntArray


def points_at(buffer: GeometryBuffer, seen: GBuffer, pixels: IntArray) -> SurfacePoints:
    """The surface points under some pixels (N,), counted along the rows, of a frame; pixels of sky are left out."""
    hits = seen.hits.chosen(np.asarray(pixels, dtype=np.int64))
    solid = np.flatnonzero(hits.mesh >= 0)
    hits = hits.chosen(solid)
    return SurfacePoints(hits, buffer.rays.owner[hits.mesh].astype(np.int64), np.full(len(solid), seen.frame))


def grid_points(buffer: GeometryBuffer, seen: GBuffer, *, step: int = 8) -> SurfacePoints:
    """A dense grid of points, one every `step` pixels each way. Raises UserError for a step below 1."""
    if step < 1:
        raise UserError(f"A grid step of {step} px is none: give 1 or more.")
    height, width = seen.ids.shape
    rows, columns = np.mgrid[step // 2 : height : step, step // 2 : width : step]
    return points_at(buffer, seen, (rows * width + columns).ravel())


def mover_points(
    buffer: GeometryBuffer, columns: Iterable[int], *, count: int = 16, frames: Iterable[int] = (0,)
) -> SurfacePoints:
    """Up to `count` points on each of some bodies, spread evenly over what is seen of it in the first of `frames` in which it is
    seen well (32 px, or the most there is)."""
    waiting = set(columns)
    best: dict[int, tuple[int, GBuffer, IntArray]] = {}
    for frame in frames:
        if not waiting:
            break
        seen = buffer.frame(frame, normals=False, albedo=False)
        ids = seen.ids.ravel()
        for column in sorted(waiting):
            pixels = np.flatnonzero(ids == column)
            if len(pixels) > best.get(column, (0,))[0]:
                best[column] = (len(pixels), seen, pixels)
            if len(pixels) >= 32:
                waiting.discard(column)
    groups = []
    for column in sorted(best):
        _, seen, pixels = best[column]
        groups.append(points_at(buffer, seen, _spread(_inner(seen.ids, pixels), seen.ids.shape[1], count)))
    return SurfacePoints.joined(groups)


def _inner(ids: NDArray[np.int32], pixels: IntArray) -> IntArray:
    """Those of a body's pixels whose neighbours are its own too; all of them where there are none."""
    height, width = ids.shape
    y, x = np.divmod(pixels, width)
    own = ids[y, x]
    whole = np.ones(len(pixels), dtype=bool)
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        whole &= ids[np.clip(y + dy, 0, height - 1), np.clip(x + dx, 0, width - 1)] == own
    return pixels[whole] if whole.any() else pixels


def _spread(pixels: IntArray, width: int, count: int) -> IntArray:
    """`count` of the pixels far from each other (farthest-point sampling), the one nearest to their middle first."""
    if len(pixels) <= count:
        return pixels
    if len(pixels) > 4000:
        pixels = pixels[:: len(pixels) // 4000 + 1]
    at = np.stack(np.divmod(pixels, width), axis=1).astype(float)
    chosen = [int(np.argmin(((at - at.mean(axis=0)) ** 2).sum(axis=1)))]
    away = ((at - at[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < min(count, len(pixels)):
        chosen.append(int(np.argmax(away)))
        away = np.minimum(away, ((at - at[chosen[-1]]) ** 2).sum(axis=1))
    return pixels[chosen]


def track_frame(
    buffer: GeometryBuffer, points: SurfacePoints, frame: int
) -> tuple[FloatArray, NDArray[np.bool_], FloatArray]:
    """Where points are in a frame: x, y [px] (N, 2), whether they are seen (N,), and their place in the world [m] (N, 3). A point of a
    body that is not there is where its triangle would be, unseen."""
    rays, camera = buffer.rays, buffer.camera
    posed = rays.posed(frame)
    world = rays.surface_points(points.hits, posed=posed)
    image = camera.project(world, frame)[:, :2]
    seen = buffer.inside(image) & posed.alive[points.hits.mesh]
    test = np.flatnonzero(seen)
    seen[test] = buffer.unhidden(world[test], frame)
    return image, seen, world


def follow(buffer: GeometryBuffer, points: SurfacePoints, names: tuple[str, ...], frames: Iterable[int]) -> Tracks:
    """Tracks of points through some frames; `names` are those of the trace's columns."""
    every = list(frames)
    xy = np.zeros((len(every), len(points), 2), dtype=np.float32)
    visible = np.zeros(xy.shape[:2], dtype=bool)
    position = np.zeros((*xy.shape[:2], 3), dtype=np.float32)
    alive = np.ones(xy.shape[:2], dtype=bool)
    for row, frame in enumerate(every):
        xy[row], visible[row], position[row] = track_frame(buffer, points, frame)
        alive[row] = buffer.rays.posed(frame).alive[points.hits.mesh]
    _keep_last(alive, xy, position)
    body = tuple(names[k] if 0 <= k < len(names) else "scenery" for k in points.owner)
    return Tracks(xy, visible, position, body, points.query)


def _keep_last(alive: NDArray[np.bool_], *arrays: NDArray[np.float32]) -> None:
    """Where a point's body is not there, put its place in the last frame in which it was (or the first, before it began)."""
    frames = len(alive)
    if not frames or alive.all():
        return
    order = np.where(alive, np.arange(frames)[:, None], -1)
    last = np.maximum.accumulate(order, axis=0)
    first = np.argmax(alive, axis=0)
    source = np.where(last >= 0, last, first[None])
    columns = np.arange(alive.shape[1])[None]
    for values in arrays:
        values[...] = values[source, columns]
