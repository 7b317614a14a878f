"""Every body on the picture: its box, centroid and area as it is seen, and as it would be with nothing before it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.gbuffer import GBuffer, GeometryBuffer
from generator.passes.frame import Box, Crop, ObjectView
from generator.passes.kinds import CATEGORIES, Legend

__all__ = ["ObjectFinder"]

FloatArray = NDArray[np.floating[Any]]
NEAR_PLANE = 1e-3  # [m]


class ObjectFinder:
    """Finds the views of all bodies that have an outline of their own, which the level ground has not."""

    def __init__(self, buffer: GeometryBuffer, legend: Legend) -> None:
        self._buffer, self._legend = buffer, legend
        self._meshes: dict[int, list[int]] = {}
        for k, owner in enumerate(buffer.rays.owner[:-1]):
            if owner >= 0 and owner != buffer.geometry.ground_column:
                self._meshes.setdefault(int(owner), []).append(k)
        still = set(buffer.rays.still)
        self.moving = {column for column, meshes in self._meshes.items() if any(k not in still for k in meshes)}

    @property
    def columns(self) -> tuple[int, ...]:
        """Columns of the trace that have an outline, in order."""
        return tuple(sorted(self._meshes))

    def frame(self, seen: GBuffer, *, masks: bool) -> tuple[ObjectView, ...]:
        """The views of a frame; with their amodal masks, when asked."""
        posed = self._buffer.rays.posed(seen.frame)
        ids = seen.ids.ravel()
        order = np.argsort(ids, kind="stable")
        sizes = np.bincount(ids[order] + 2, minlength=len(self._legend.names) + 2)
        starts = np.concatenate([[0], np.cumsum(sizes)])
        views = []
        for column in self.columns:
            meshes = [k for k in self._meshes[column] if posed.alive[k]]
            if meshes:
                own = order[starts[column + 2] : starts[column + 3]]
                views.append(self._view(seen, column, meshes, own, masks))
        return tuple(views)

    def _view(self, seen: GBuffer, column: int, meshes: list[int], own: NDArray[np.int64], masks: bool) -> ObjectView:
        buffer, frame = self._buffer, seen.frame
        width = seen.ids.shape[1]
        y, x = np.divmod(own, width)
        box, centroid = None, None
        if len(own):
            box = (float(x.min()), float(y.min()), float(x.max() + 1), float(y.max() + 1))
            centroid = (float(x.mean() + 0.5), float(y.mean() + 0.5))
        outline, whole = self._outline(frame, meshes)
        hidden = self._hidden(seen, column, meshes, outline, whole)
        area = len(own) + len(hidden)
        centroid_whole, amodal = None, None
        if area:
            hy, hx = np.divmod(hidden, width)
            centroid_whole = (float((x.sum() + hx.sum()) / area + 0.5), float((y.sum() + hy.sum()) / area + 0.5))
            if masks:
                ay, ax = np.concatenate([y, hy]), np.concatenate([x, hx])
                inside = np.zeros((ay.max() - ay.min() + 1, ax.max() - ax.min() + 1), dtype=bool)
                inside[ay - ay.min(), ax - ax.min()] = True
                amodal = Crop(int(ax.min()), int(ay.min()), inside)
        elif masks:
            amodal = Crop(0, 0, np.zeros((0, 0), dtype=bool))
        at = buffer.camera.project(buffer.geometry.poses.position[frame, column], frame)
        return ObjectView(
            self._legend.names[column], column, CATEGORIES[self._legend.category[column]], box, outline, centroid, centroid_whole, len(own), area,
            (float(at[0]), float(at[1]), float(at[2])), len(own) / area if area else 0.0, column in self.moving, amodal,
        )  # fmt: skip

    def _outline(self, frame: int, meshes: list[int]) -> tuple[Box | None, float]:
        """The box around the projected corners of a body, also beyond the picture, and the greatest depth of them [m]. None wholly
        behind the camera; the whole picture where it reaches through the plane of the camera."""
        camera = self._buffer.camera
        corners = np.concatenate([self._buffer.rays.meshes[k].vertices for k in meshes])
        image = camera.project(corners, frame)
        depth = image[:, 2]
        if depth.max() < NEAR_PLANE:
            return None, 0.0
        if depth.min() < NEAR_PLANE:
            return (0.0, 0.0, float(camera.size[0]), float(camera.size[1])), float(depth.max())
        (x0, y0), (x1, y1) = image[:, :2].min(axis=0), image[:, :2].max(axis=0)
        return (float(x0), float(y0), float(x1), float(y1)), float(depth.max())

    def _hidden(
        self, seen: GBuffer, column: int, meshes: list[int], outline: Box | None, farthest: float
    ) -> NDArray[np.int64]:
        """Pixels (K,) on which the body is behind something: those in its box that show something nearer than its far side, cast again
        at the body alone."""
        nothing = np.zeros(0, dtype=np.int64)
        if outline is None:
            return nothing
        height, width = seen.ids.shape
        x0, y0 = max(0, int(outline[0]) - 1), max(0, int(outline[1]) - 1)
        x1, y1 = min(width, int(outline[2]) + 2), min(height, int(outline[3]) + 2)
        if x0 >= x1 or y0 >= y1:
            return nothing
        part = (slice(y0, y1), slice(x0, x1))
        rows, columns = np.nonzero((seen.ids[part] != column) & (seen.depth[part] < farthest))
        if not len(rows):
            return nothing
        pixels = (rows + y0) * width + columns + x0
        directions = np.ascontiguousarray(self._buffer.directions(seen.frame)[pixels], dtype=np.float32)
        eye = np.ascontiguousarray(
            np.broadcast_to(self._buffer.camera.eye[seen.frame], directions.shape), dtype=np.float32
        )
        alone = self._buffer.rays.built(meshes)
        return np.asarray(pixels[alone.run(eye, directions, query="OCCLUDED") >= 0])
