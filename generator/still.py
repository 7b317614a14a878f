"""Ray-cast pictures of a camera that stands still: what no mover touches is worked out once for the whole clip, exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.rays import Hits, RayScene, edge_pixels, refined

__all__ = ["StillView"]

FloatArray = NDArray[np.floating[Any]]
Shader = Callable[[FloatArray, FloatArray, float], "tuple[FloatArray, Hits]"]
# Places of the further rays in a pixel where an edge runs through it [px], a rotated grid; as in `rays.refined`.
GRID = 128  # cells a side
_OFFSETS = ((0.3, 0.15), (-0.15, 0.3), (-0.3, -0.15), (0.15, -0.3))


@dataclass
class _Base:
    """Without the movers: `first` (K, C) values of one ray a pixel, `picture` (K, C) with smooth edges, what is hit where, and for the
    pixels `lit` by some sun the places (L, 3) from which it is looked for."""

    first: FloatArray
    picture: FloatArray
    mesh: NDArray[np.int64]
    distance: FloatArray
    restless: NDArray[np.bool_]
    lit: NDArray[np.int64]
    lifted: NDArray[np.float32]
    facing: NDArray[np.bool_]  # (suns, L)
    cells: list[_SunCells]


@dataclass
class _SunCells:
    """Places as a sun sees them: `axes` (2, 3) across its light, and the cell (L,) of a square grid over them, from `low` (2,), `pitch`
    [m] wide."""

    axes: FloatArray
    low: FloatArray
    pitch: float
    cell: NDArray[np.int32]

    @classmethod
    def of(cls, sun: FloatArray, points: FloatArray) -> _SunCells:
        side = np.cross(sun, [0.0, 1.0, 0.0] if abs(sun[1]) < 0.9 else [1.0, 0.0, 0.0])
        axes = np.stack([side, np.cross(sun, side)])
        axes /= np.linalg.norm(axes, axis=1, keepdims=True)
        across = points @ axes.T
        # Most places are near, some far away: the far ones share the cells at the border.
        low, high = np.quantile(across, 0.1, axis=0), np.quantile(across, 0.9, axis=0)
        pitch = float(max((high - low).max(), 1e-9)) / (GRID - 2)
        grid = np.clip((across - low) / pitch + 1, 0, GRID - 1).astype(np.int32)
        return cls(axes, low, pitch, grid[:, 0] * GRID + grid[:, 1])

    def behind(self, boxes: list[FloatArray]) -> NDArray[np.bool_]:
        """Whether a place (L,) can lie in the shadow of any of the things whose vertices (V, 3) are given."""
        marks = np.zeros((GRID, GRID), dtype=bool)
        for vertices in boxes:
            across = vertices @ self.axes.T
            low = np.clip((across.min(axis=0) - self.low) / self.pitch + 1 - 0.01, 0, GRID - 1).astype(int)
            high = np.clip((across.max(axis=0) - self.low) / self.pitch + 1 + 0.01, 0, GRID - 1).astype(int)
            marks[low[0] : high[0] + 1, low[1] : high[1] + 1] = True
        return marks.ravel()[self.cell]


class StillView:
    """Pictures (H, W, C) of `shade` over the frames of a clip.

    With a fixed camera a pixel is worked out again only where a mover is in front, where its shadow falls or fell from any of `suns`
    (S, 3), or on meshes that are `restless` (clear ones, that show what is behind; ones that change colour). The result is the same,
    to the bit, as working out every pixel of every frame, as long as `shade` looks at nothing else than first hits, those suns and
    the sky.
    """

    def __init__(
        self,
        rays: RayScene,
        camera: CameraPath,
        shade: Shader,
        *,
        suns: NDArray[np.float32],
        restless: NDArray[np.bool_],
        lift: float,
        edges_of: int = 3,
    ) -> None:
        self._rays, self._camera, self._shade, self._suns = rays, camera, shade, suns
        self._edges_of, self._lift = edges_of, np.float32(lift)
        tinted = [mesh.part is not None and mesh.part.cells is not None for mesh in rays.meshes]
        self._restless = restless | np.array([*tinted, False])
        self._base: _Base | None = None
        self._moving = camera.moving()
        if not self._moving:
            flat = camera.rays(0).reshape(-1, 3).astype(np.float32)
            self._directions = flat
            self._eye = np.broadcast_to(camera.eye[0].astype(np.float32), flat.shape)

    def picture(self, frame: int) -> tuple[FloatArray, NDArray[np.float32]]:
        """The picture (H, W, C) of a frame, and the distance along the ray [m] (H, W), 0 for sky."""
        width, height = self._camera.size
        self._rays.pose(frame)
        if self._moving:
            picture, hits = refined(self._camera, frame, self._shade, edges_of=self._edges_of)
            distance = np.where(hits.mesh >= 0, hits.distance, 0.0).reshape(height, width)
            return picture, distance.astype(np.float32)
        base = self._base = self._base or self._without_movers(frame)
        stale = self._stale(base, frame)
        first, mesh, distance = base.first, base.mesh, base.distance
        chosen = np.flatnonzero(stale)
        out = base.picture.copy()
        if len(chosen):
            values, hits = self._shade(self._eye[chosen], self._directions[chosen], 1 / self._camera.focal(0))
            first, mesh, distance = first.copy(), mesh.copy(), distance.copy()
            first[chosen], mesh[chosen], distance[chosen] = values, hits.mesh, hits.distance
            near = _grown(stale.reshape(height, width)).ravel()
            redo = np.flatnonzero(near)
            out[redo] = first[redo]
            self._smooth(out, first, mesh, near)
        seen = np.where(mesh >= 0, distance, 0.0).reshape(height, width)
        return out.reshape(height, width, -1), seen.astype(np.float32)

    def _without_movers(self, frame: int) -> _Base:
        rays = self._rays
        posed = rays.posed(frame)
        rays._posed[frame] = replace(posed, live=(None, posed.live[1][:0]))
        focal = self._camera.focal(0)
        first, hits = self._shade(self._eye, self._directions, 1 / focal)
        picture = first.copy()
        self._smooth(picture, first, hits.mesh, np.ones(len(first), dtype=bool))
        solid = np.flatnonzero((hits.mesh >= 0) & ~self._restless[hits.mesh])
        some = Hits(hits.mesh[solid], hits.triangle[solid], hits.u[solid], hits.v[solid], hits.distance[solid])
        normals = rays.normals(some).astype(np.float32)
        d = self._directions[solid]
        normals = np.where((np.einsum("ij,ij->i", normals, d) > 0)[:, None], -normals, normals)
        lifted = self._eye[solid] + d * some.distance[:, None].astype(np.float32) + normals * self._lift
        facing = np.stack([(normals @ sun) < 0 for sun in self._suns]) if len(self._suns) else np.zeros((0, len(solid)))
        rays._posed[frame] = posed
        return _Base(
            first, picture, hits.mesh, hits.distance, self._restless[hits.mesh], solid, lifted.astype(np.float32), facing.astype(bool),
            [_SunCells.of(sun, lifted) for sun in self._suns] if len(solid) else [_SunCells.of(s, np.zeros((1, 3))) for s in self._suns],
        )  # fmt: skip

    def _stale(self, base: _Base, frame: int) -> NDArray[np.bool_]:
        stale = base.restless.copy()
        embree, _ = self._rays.posed(frame).live
        if embree is None:
            return stale
        ahead = self._before_movers(frame)
        found = embree.run(np.ascontiguousarray(self._eye[ahead]), self._directions[ahead], output=True)
        stale[ahead] |= (found["geomID"] >= 0) & (found["tfar"] < base.distance[ahead])
        movers = [self._rays.meshes[k].vertices for k in self._rays.posed(frame).live[1]]
        for sun, facing, cells in zip(self._suns, base.facing, base.cells, strict=True):
            ask = np.flatnonzero(facing & cells.behind(movers) & ~stale[base.lit])
            back = np.ascontiguousarray(np.broadcast_to(-sun, (len(ask), 3)), dtype=np.float32)
            dark = embree.run(base.lifted[ask], back, query="OCCLUDED") >= 0
            stale[base.lit[ask[dark]]] = True
        return stale

    def _before_movers(self, frame: int) -> NDArray[np.int64]:
        """Pixels (K,) in the rectangles around the movers' vertices: no other can see one."""
        width, height = self._camera.size
        ahead = np.zeros((height, width), dtype=bool)
        for k in self._rays.posed(frame).live[1]:
            places = self._camera.project(self._rays.meshes[k].vertices, frame)
            if not np.isfinite(places[:, :2]).all():  # part of it is behind the eye
                return np.arange(width * height)
            (x0, y0), (x1, y1) = places[:, :2].min(axis=0), places[:, :2].max(axis=0)
            ahead[max(int(y0) - 1, 0) : max(int(y1) + 2, 0), max(int(x0) - 1, 0) : max(int(x1) + 2, 0)] = True
        return np.flatnonzero(ahead.ravel())

    def _smooth(self, out: FloatArray, first: FloatArray, mesh: NDArray[np.int64], where: NDArray[np.bool_]) -> None:
        """Average further rays into the pixels of `out` (K, C) that lie at an edge and in `where` (K,)."""
        width, height = self._camera.size
        shape = (height, width)
        marks = edge_pixels(first[:, : self._edges_of].reshape(*shape, -1), mesh.reshape(shape))
        edges = np.flatnonzero(marks.ravel() & where)
        if not len(edges):
            return
        focal = self._camera.focal(0)
        right, up, ahead = self._camera.axes(0).astype(np.float32)
        forward = self._directions[edges] / (self._directions[edges] @ ahead)[:, None]
        total = first[edges].copy()
        for dx, dy in _OFFSETS:
            turned = forward + (dx * right + dy * up) / focal
            turned = turned / np.linalg.norm(turned, axis=1, keepdims=True)
            total += self._shade(self._eye[edges], turned.astype(np.float32), 1 / focal)[0]
        out[edges] = total / (1 + len(_OFFSETS))


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask (H, W) wider by one pixel to the left, right, top and bottom."""
    out = mask.copy()
    out[1:] |= mask[:-1]
    out[:-1] |= mask[1:]
    out[:, 1:] |= mask[:, :-1]
    out[:, :-1] |= mask[:, 1:]
    return out
