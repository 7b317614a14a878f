"""The geometry buffer: what every pixel sees, exactly, by ray casting (Embree): ids, depth, normals, positions, albedo,
and optical flow from poses.

Flow is that of the surface: project(P[t'] P[t]^-1 X) - pixel, with the point carried by its own triangle, so that limbs
of figures are exact too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import scene_geometry
from generator.rays import Hits, RayScene
from generator.stage import build_stage
from scenes.scene import Scene
from sim.fracture import with_fragments
from sim.trace import Trace

__all__ = ["GBuffer", "GeometryBuffer"]

FloatArray = NDArray[np.floating[Any]]
SKY = -1


@dataclass(frozen=True)
class GBuffer:
    """One frame. `ids` (H, W) the column of the trace's body, -1 sky, -2 an imagined wall; `depth` along the view axis
    [m], inf for sky; `normal` and `position` [m] (H, W, 3) in the world, NaN for sky; `albedo` (H, W, 3) linear; `hits`
    what was hit, for `flow`."""

    frame: int
    ids: NDArray[np.int32]
    depth: FloatArray
    normal: FloatArray
    position: FloatArray
    albedo: FloatArray
    hits: Hits


class GeometryBuffer:
    """Buffers of the frames of a clip, and exact flow between any two of them."""

    def __init__(
        self, scene: Scene, trace: Trace, camera: CameraPath, *, times: NDArray[np.float64] | None = None
    ) -> None:
        self.camera = camera
        scene = with_fragments(scene, trace)
        self.geometry = scene_geometry(scene, trace, times)
        self._rays = RayScene(scene, self.geometry, build_stage(scene, self.geometry, camera))

    def frame(self, frame: int) -> GBuffer:
        """The buffer of one frame, a ray through the centre of each pixel."""
        self._rays.pose(frame)
        width, height = self.camera.size
        directions = self.camera.rays(frame).reshape(-1, 3)
        eye = np.broadcast_to(self.camera.eye[frame], directions.shape)
        hits = self._rays.cast(eye, directions)
        owner = np.array([mesh.owner for mesh in self._rays.meshes] + [SKY], dtype=np.int32)
        forward = self.camera.axes(frame)[2]
        shape = (height, width)
        return GBuffer(
            frame, owner[hits.mesh].reshape(shape), (hits.distance * (directions @ forward)).reshape(shape), self._rays.normals(hits).reshape(*shape, 3),
            self._rays.surface_points(hits).reshape(*shape, 3), self._rays.albedo(hits).reshape(*shape, 3), hits,
        )  # fmt: skip

    def flow(self, source: GBuffer, to: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Displacement [px] (H, W, 2), x right and y down, of every pixel's surface point from its frame to frame `to`,
        and whether the point is visible there (H, W): inside the picture, alive, and not behind something else. Sky is
        taken as infinitely far; NaN behind the camera."""
        camera, height, width = self.camera, self.camera.size[1], self.camera.size[0]
        hits = source.hits
        vertices: dict[int, FloatArray] = {}
        alive = np.ones(len(self._rays.meshes) + 1, dtype=bool)
        for k, mesh in enumerate(self._rays.meshes):
            if mesh.part is not None:
                vertices[k] = self.geometry.world(mesh.part, to)[0]
                alive[k] = self.geometry.alive(mesh.part, to)
        moved = self._rays.surface_points(hits, vertices=vertices)
        sky = hits.mesh < 0
        directions = camera.rays(source.frame).reshape(-1, 3)
        moved[sky] = camera.eye[to] + directions[sky] * 1e9
        pixels = camera.project(moved, to)
        y, x = np.divmod(np.arange(height * width), width)
        flow = np.stack([pixels[:, 0] - x - 0.5, pixels[:, 1] - y - 0.5], axis=1)
        inside = (
            np.isfinite(pixels).all(axis=1)
            & (pixels[:, 0] >= 0)
            & (pixels[:, 0] < width)
            & (pixels[:, 1] >= 0)
            & (pixels[:, 1] < height)
        )
        seen = inside & alive[hits.mesh]
        self._rays.pose(to)
        test = np.flatnonzero(seen & ~sky)
        way = moved[test] - camera.eye[to]
        distance = np.linalg.norm(way, axis=1)
        nearest = self._rays.cast(np.broadcast_to(camera.eye[to], way.shape), way / distance[:, None]).distance
        seen[test] = nearest > distance * (1 - 2e-3) - 1e-4
        test = np.flatnonzero(seen & sky)
        seen[test] = self._rays.cast(np.broadcast_to(camera.eye[to], (len(test), 3)), directions[test]).mesh < 0
        self._rays.pose(source.frame)
        return flow.reshape(height, width, 2).astype(np.float32), seen.reshape(height, width)
