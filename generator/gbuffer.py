"""The geometry buffer: what every pixel sees, exactly, by ray casting (Embree): ids, depth, normals, positions, albedo,
and optical flow from poses.

Flow is that of the surface: project(P[t'] P[t]^-1 X) - pixel, with the point carried by its own triangle, so that limbs
of figures are exact too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import scene_geometry
from generator.rays import Hits, RayScene
from generator.stage import build_stage
from scenes.scene import Scene
from sim.fracture import with_fragments
from sim.trace import Trace

__all__ = ["SKY", "GBuffer", "GeometryBuffer"]

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]
SKY = -1
WIDER = 1.15  # than a pixel: the width that textures are averaged over
SAME_DEPTH = 3e-4  # of the distance, and as many metres / 3: what lies nearer hides a point


@dataclass(frozen=True)
class GBuffer:
    """One frame. `ids` (H, W) the column of the trace's body, -1 sky, -2 an imagined wall; `depth` along the view axis
    [m], inf for sky; `normal` and `position` [m] (H, W, 3) in the world, NaN for sky; `albedo` (H, W, 3) linear; `hits`
    what was hit, for `flow`. What was not asked for has no pixels."""

    frame: int
    ids: NDArray[np.int32]
    depth: FloatArray
    normal: FloatArray
    position: FloatArray
    albedo: FloatArray
    hits: Hits


@dataclass(frozen=True)
class _Seen:
    """What some pixels see: flat arrays of (K,) and (K, 3), empty where they were not asked for."""

    pixels: IntArray
    hits: Hits
    depth: FloatArray
    position: FloatArray
    normal: NDArray[np.float32]
    albedo: NDArray[np.float32]


def _replaced(values: FloatArray, at: IntArray, by: FloatArray) -> FloatArray:
    out = values.copy()
    if len(out):
        out[at] = by
    return out


class GeometryBuffer:
    """Buffers of the frames of a clip, and exact flow between any two of them."""

    def __init__(
        self, scene: Scene, trace: Trace, camera: CameraPath, *, times: NDArray[np.float64] | None = None
    ) -> None:
        self.camera = camera
        scene = with_fragments(scene, trace)
        self.geometry = scene_geometry(scene, trace, times)
        self.stage = build_stage(scene, self.geometry, camera)
        self.rays = self._rays = RayScene(scene, self.geometry, self.stage)
        self._still = np.zeros(len(self.rays.meshes) + 1, dtype=bool)
        self._still[self.rays.still] = True
        self._backdrop: dict[tuple[bool, bool], tuple[int, _Seen]] = {}
        self._directions: tuple[int, FloatArray] = (-1, np.zeros((0, 3)))

    def frame(self, frame: int, *, normals: bool = True, albedo: bool = True) -> GBuffer:
        """The buffer of one frame, a ray through the centre of each pixel. Textures are averaged over the pixel.

        What stands still is looked at once for as long as the camera stands still; only pixels that something movable may
        cover are cast again.
        """
        self.rays.pose(frame)
        key = (normals, albedo)
        known = self._backdrop.get(key)
        if known is None or not self._same_view(known[0], frame):
            everywhere = np.arange(self.camera.size[0] * self.camera.size[1])
            known = (frame, self._look(frame, everywhere, *key, among="still"))
            self._backdrop = {key: known}
        back = known[1]
        pixels = self._coverable(frame)
        front = self._look(frame, pixels, *key, among="live", nearer_than=back.hits.distance[pixels])
        at = front.pixels
        hits = back.hits.replaced(at, front.hits)
        width, height = self.camera.size

        def picture(behind: FloatArray, before: FloatArray) -> FloatArray:
            filled = _replaced(behind, at, before)
            return filled.reshape(height, width, 3) if len(filled) else filled.reshape(0, 0, 3)

        depth = _replaced(back.depth, at, front.depth).reshape(height, width)
        normal, position, reflectance = (
            picture(getattr(back, name), getattr(front, name)) for name in ("normal", "position", "albedo")
        )
        ids = self.rays.owner[hits.mesh].reshape(height, width)
        return GBuffer(frame, ids, depth, normal, position, reflectance, hits)

    def _look(
        self, frame: int, pixels: IntArray, normals: bool, albedo: bool, *, among: Literal["still", "live"],
        nearer_than: FloatArray | None = None,
    ) -> _Seen:  # fmt: skip
        """What some pixels (K,) see among the still or the live meshes; of those `nearer_than` (K,) [m] only, when given."""
        rays, eye = self.rays, self.camera.eye[frame]
        directions = self.directions(frame)[pixels]
        hits = rays.cast(np.broadcast_to(eye.astype(np.float32), directions.shape), directions, among=among)
        if nearer_than is not None:
            kept = np.flatnonzero(hits.distance < nearer_than)
            pixels, directions, hits = pixels[kept], directions[kept], hits.chosen(kept)
        points = rays.ray_points(hits, eye, directions)
        depth = (points - eye) @ self.camera.axes(frame)[2]
        depth[hits.mesh < 0] = np.inf
        none = np.zeros((0, 3), dtype=np.float32)
        normal = rays.normals(hits).astype(np.float32) if normals or albedo else none
        reflectance = none
        if albedo:
            # The width of a pixel along the slope, and a little more: what is finer than that no picture can carry, and a texture
            # that flickers between frames would not agree with its own optical flow.
            with np.errstate(invalid="ignore"):
                slant = np.maximum(np.abs(np.einsum("ij,ij->i", normal, directions)), 0.02)
                footprint = np.where(hits.mesh < 0, 0.0, WIDER * hits.distance / (self.camera.focal(frame) * slant))
            reflectance = rays.albedo(hits, footprint=footprint)
        return _Seen(pixels, hits, depth, points, normal, reflectance)

    def _coverable(self, frame: int) -> IntArray:
        """Pixels (K,) within the boxes around what can move, as it stands in a frame."""
        width, height = self.camera.size
        posed, rays = self.rays.posed(frame), self.rays
        mask = np.zeros((height, width), dtype=bool)
        for k in posed.live[1]:
            image = self.camera.project(rays.meshes[k].vertices, frame)
            if image[:, 2].min() < 1e-3:
                mask[:] = True  # it reaches behind the camera: its outline is not that of its corners
                break
            (x0, y0), (x1, y1) = image[:, :2].min(axis=0) - 1, image[:, :2].max(axis=0) + 2
            if x1 > 0 and y1 > 0 and x0 < width and y0 < height:
                mask[max(0, int(y0)) : max(0, int(y1)), max(0, int(x0)) : max(0, int(x1))] = True
        return np.flatnonzero(mask)

    def directions(self, frame: int) -> FloatArray:
        """Unit directions (H W, 3) through the centres of the pixels of a frame."""
        known, directions = self._directions
        if known < 0 or not self._same_view(known, frame):
            directions = self.camera.rays(frame).reshape(-1, 3)
            self._directions = (frame, directions)
        return directions

    def _same_view(self, one: int, other: int) -> bool:
        camera = self.camera
        return one == other or all(
            np.array_equal(values[one], values[other]) for values in (camera.eye, camera.target, camera.up, camera.fov)
        )

    def flow(
        self, source: GBuffer, to: int, *, target: GBuffer | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Displacement [px] (H, W, 2), x right and y down, of every pixel's surface point from its frame to frame `to`,
        and whether the point is visible there (H, W): inside the picture, alive, and not behind something else. Sky is
        taken as infinitely far; NaN behind the camera. `target` is the buffer of that frame, where it is known already."""
        width, height = self.camera.size
        hits = source.hits
        count = height * width
        flow = np.zeros((count, 2), dtype=np.float32)
        seen = np.zeros(count, dtype=bool)
        todo = np.arange(count)
        if target is not None and self._same_view(source.frame, to):
            # What stands still under a still camera stays on its pixel, and is seen there unless something came before it.
            rest = self._still[hits.mesh] | (hits.mesh < 0)
            seen[rest] = (target.hits.mesh == hits.mesh)[rest]
            todo = np.flatnonzero(~rest)
        if not len(todo):
            return flow.reshape(height, width, 2), seen.reshape(height, width)
        mine = hits.chosen(todo)
        points = source.position.reshape(-1, 3)[todo]
        pixels, visible = self._carried(mine, points, self.directions(source.frame)[todo], to)
        y, x = np.divmod(todo, width)
        flow[todo] = np.stack([pixels[:, 0] - x - 0.5, pixels[:, 1] - y - 0.5], axis=1)
        seen[todo] = visible
        self.rays.pose(source.frame)
        return flow.reshape(height, width, 2), seen.reshape(height, width)

    def _carried(
        self, hits: Hits, points: FloatArray, directions: FloatArray, to: int
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Where surface points (K, 3) [m] are on the picture of frame `to` (K, 2) [px], and whether they are seen there (K,)."""
        camera, rays = self.camera, self.rays
        posed = rays.posed(to)
        moved = points.copy()
        going = np.flatnonzero(~self._still[hits.mesh] & (hits.mesh >= 0))
        moved[going] = rays.surface_points(hits.chosen(going), posed=posed)
        sky = hits.mesh < 0
        moved[sky] = camera.eye[to] + directions[sky] * 1e9
        pixels = camera.project(moved, to)[:, :2]
        seen = self.inside(pixels) & posed.alive[hits.mesh]
        test = np.flatnonzero(seen & ~sky)
        seen[test] = self.unhidden(moved[test], to)
        test = np.flatnonzero(seen & sky)
        eye = np.broadcast_to(camera.eye[to], (len(test), 3))
        seen[test] = rays.cast(eye, directions[test]).mesh < 0
        return pixels, seen

    def inside(self, pixels: FloatArray) -> NDArray[np.bool_]:
        """Whether points (K, 2) [px] lie within the picture."""
        width, height = self.camera.size
        x, y = pixels[:, 0], pixels[:, 1]
        with np.errstate(invalid="ignore"):
            return np.asarray((x >= 0) & (x < width) & (y >= 0) & (y < height))

    def unhidden(self, points: FloatArray, frame: int) -> NDArray[np.bool_]:
        """Whether nothing lies between the camera and points (K, 3) [m] of surfaces in a frame (K,). Poses that frame."""
        self.rays.pose(frame)
        way = points - self.camera.eye[frame]
        distance = np.linalg.norm(way, axis=1)
        rays = np.broadcast_to(self.camera.eye[frame], way.shape)
        nearest = self.rays.cast(rays, way / np.maximum(distance, 1e-12)[:, None]).distance
        return np.asarray(nearest > distance * (1 - SAME_DEPTH) - SAME_DEPTH / 3)
