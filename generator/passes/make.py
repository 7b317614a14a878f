"""Control passes of a clip, frame by frame: only what is asked for is computed, and memory does not grow with the clip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath, check_size, clip_times, frame_camera
from generator.gbuffer import GBuffer, GeometryBuffer
from generator.passes.drawn import luma, scribble_lines, shaded_picture
from generator.passes.effects import EffectFinder
from generator.passes.frame import ContactPoint, FramePasses
from generator.passes.kinds import Legend, checked_passes, legend_of
from generator.passes.objects import ObjectFinder
from generator.skeleton import skeletons_at
from generator.tracks import SurfacePoints, Tracks, follow, grid_points, mover_points, track_frame
from scenes.errors import UserError
from scenes.scene import Scene
from sim.fracture import with_fragments
from sim.trace import Trace

__all__ = ["Passes", "make_passes"]

FloatArray = NDArray[np.float64]
Result = TypeVar("Result")
LOOKS = 9  # frames, evenly over the clip, in which points of a body are looked for until it is seen


def make_passes(
    scene: Scene, trace: Trace, *, size: tuple[int, int] = (832, 480), fps: float | None = None, which: Iterable[str] | str = "all",
    camera: CameraPath | None = None, times: FloatArray | None = None, workers: int = 1, points_per_body: int = 16,
) -> Passes:  # fmt: skip
    """The control passes of a clip; nothing is computed before it is iterated.

    `size` (width, height) [px]; `fps` [1/s] of the clip (the trace's own when None; `scene.camera.slow` stretches time as in the
    preview, from simulated time); `which` of `PASSES`, "core" or "all"; `camera` for the frames of the clip, framed by itself when
    None; `times` [s] (F,) of the frames in simulated time when they are not those of the clip; `workers` processes for `map` and
    iteration; `points_per_body` tracked on each mover. Raises UserError for a size, rate, pass or camera that does not fit.
    """
    size = check_size(size)
    if workers < 1:
        raise UserError(f"{workers} processes cannot compute passes: give at least 1.")
    if len(trace.time) == 0:
        raise UserError("The trace has no frames, so there is nothing to see: simulate at least one.")
    asked = checked_passes(which)
    if not asked:
        raise UserError("No pass was asked for: name some, or all.")
    if times is None:
        times, rate = clip_times(scene, trace, fps)
    else:
        times = np.asarray(times, dtype=float)
        rate = float(fps) if fps is not None else 1 / float(times[1] - times[0]) if len(times) > 1 else trace.fps
    scene = with_fragments(scene, trace)
    path = camera or frame_camera(scene, trace, size=size, times=times)
    if len(path) != len(times):
        raise UserError(
            f"The camera has {len(path)} frames and the clip {len(times)}: frame it with the times of the clip."
        )
    if path.size != size:
        path = replace(path, size=size)
    return Passes(scene, trace, path, times, rate, asked, workers, points_per_body)


class Passes:
    """An iterable of `FramePasses`, and what belongs to the whole clip: `camera`, `times` [s] (F,) of simulated time, `fps` [1/s]
    of the clip, `which` is computed, `legend` of the ids, `points` that are tracked, `warnings` about what cannot be seen."""

    def __init__(
        self, scene: Scene, trace: Trace, camera: CameraPath, times: FloatArray, fps: float, which: tuple[str, ...], workers: int = 1,
        points_per_body: int = 16,
    ) -> None:  # fmt: skip
        self.scene, self.trace, self.camera, self.times, self.fps = scene, trace, camera, times, fps
        self.which, self.workers, self.points_per_body = which, workers, points_per_body
        self._points: SurfacePoints | None = None

    def __len__(self) -> int:
        return len(self.times)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) [px]"""
        return self.camera.size

    @cached_property
    def buffer(self) -> GeometryBuffer:
        """The geometry buffer that all passes are read from."""
        return GeometryBuffer(self.scene, self.trace, self.camera, times=self.times)

    @cached_property
    def legend(self) -> Legend:
        return legend_of(self.scene, self.trace, self.buffer.geometry)

    @cached_property
    def _objects(self) -> ObjectFinder:
        return ObjectFinder(self.buffer, self.legend)

    @cached_property
    def movers(self) -> dict[int, str]:
        """Columns and names of the bodies that are somewhere else, gone or deformed in some frame."""
        return {column: self.trace.names[column] for column in self._objects.columns if column in self._objects.moving}

    @cached_property
    def _effects(self) -> EffectFinder:
        return EffectFinder(self.buffer, self.trace, self.movers)

    @property
    def points(self) -> SurfacePoints:
        """The tracked points: `points_per_body` on every mover (on every body where nothing moves)."""
        if self._points is None:
            looks = np.unique(np.linspace(0, len(self) - 1, LOOKS).round().astype(int))
            columns = list(self.movers) or list(self._objects.columns)
            self._points = mover_points(
                self.buffer, columns, count=self.points_per_body, frames=[int(k) for k in looks]
            )
        return self._points

    def tracks(self, points: SurfacePoints | None = None) -> Tracks:
        """Tracks of points (those of `points` when None) through the whole clip."""
        return follow(self.buffer, self.points if points is None else points, self.trace.names, range(len(self)))

    def dense_tracks(self, *, step: int = 8, frame: int = 0) -> Tracks:
        """Tracks of a grid of points, one every `step` [px], chosen on one frame and followed forward and back."""
        return self.tracks(grid_points(self.buffer, self.buffer.frame(frame, normals=False, albedo=False), step=step))

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a user should know before using the passes, in words: a camera inside a body, movers that are never in view."""
        said = []
        inside = _body_around(self.buffer, 0)
        if inside is not None:
            said.append(f"the camera is inside {inside} in the first frame; move camera.keys, or the body")
        geometry, camera = self.buffer.geometry, self.camera
        never = []
        for column, name in self.movers.items():
            frames = np.flatnonzero(geometry.poses.alive[:, column])
            places = np.array([camera.project(geometry.poses.position[f, column], int(f)) for f in frames])
            if len(places) and not (self.buffer.inside(places[:, :2]) & (places[:, 2] > 0)).any():
                never.append(name)
        if never and len(never) == len(self.movers):
            said.append(f"nothing that moves comes into view ({', '.join(never[:4])}); check the camera")
        elif never:
            said.append(f"never in view: {', '.join(never[:8])}")
        return tuple(said)

    def __iter__(self) -> Iterator[FramePasses]:
        return self.map(_itself) if self.workers > 1 and len(self) > 1 else self.frames(0, len(self))

    def map(self, function: Callable[[FramePasses], Result]) -> Iterator[Result]:
        """`function` of every frame, in order. With more than one worker it runs in other processes when it can be imported there by
        name (or is a `functools.partial` of such), so that only its result is sent back; otherwise the frames are."""
        if self.workers == 1 or len(self) == 1:
            for frame in self.frames(0, len(self)):
                yield function(frame)
            return
        from generator.passes.processes import mapped

        if "tracks" in self.which:
            _ = self.points  # chosen once, the same for all
        if _importable(function):
            yield from mapped(self, function)
        else:
            for frame in mapped(self, _itself):
                yield function(frame)

    def frames(self, start: int, stop: int) -> Iterator[FramePasses]:
        """Frames from `start` up to `stop`, in this process. Three geometry buffers are held at a time."""
        wants = set(self.which)
        shading = bool(wants & {"shaded", "grey", "effects"})
        normals = shading or bool(wants & {"normal", "scribble"})
        albedo = bool(wants & {"albedo", "shaded", "grey"})

        def look(frame: int) -> GBuffer | None:
            return self.buffer.frame(frame, normals=normals, albedo=albedo) if 0 <= frame < len(self) else None

        backward, forward = "backward_flow" in wants, "flow" in wants
        previous = look(start - 1) if backward else None
        current = look(start)
        for frame in range(start, stop):
            assert current is not None
            following = look(frame + 1) if forward or frame + 1 < stop else None
            yield self._frame(current, previous, following, wants)
            previous, current = current, following

    def _frame(
        self, seen: GBuffer, previous: GBuffer | None, following: GBuffer | None, wants: set[str]
    ) -> FramePasses:
        frame, buffer = seen.frame, self.buffer
        found: dict[str, Any] = {}
        if "ids" in wants:
            found["ids"] = seen.ids
        if "semantic" in wants:
            found["semantic"] = self.legend.semantic(seen.ids)
        if "depth" in wants:
            found["depth"] = seen.depth.astype(np.float32)
        if "normal" in wants:
            normal = seen.normal.astype(np.float32)
            right, up, ahead = self.camera.axes(frame)
            found |= {"normal": normal, "normal_camera": normal @ np.stack([right, up, -ahead]).T.astype(np.float32)}
        if "position" in wants:
            found["position"] = seen.position.astype(np.float32)
        if "albedo" in wants:
            found["albedo"] = seen.albedo.astype(np.float32)
        if "flow" in wants:
            found["flow_forward"], found["hidden_forward"] = self._flow(seen, following)
        if "backward_flow" in wants:
            found["flow_backward"], found["hidden_backward"] = self._flow(seen, previous)
        if wants & {"objects", "amodal"}:
            found["objects"] = self._objects.frame(seen, masks="amodal" in wants)
        if "contacts" in wants:
            found["contacts"] = self._contacts(frame)
        if "temperature" in wants:
            found["temperature"] = self._temperature(seen)
        if "skeletons" in wants:
            found["skeletons"] = skeletons_at(buffer.geometry, self.camera, frame, buffer.rays)
        if "scribble" in wants:
            found["scribble"] = scribble_lines(seen)
        if wants & {"shaded", "grey", "effects"}:
            lit, dark = self._effects.sunlight(seen)
            if wants & {"shaded", "grey"}:
                picture = shaded_picture(seen, lit, buffer.stage, buffer.directions(frame))
                found |= {"shaded": picture} if "shaded" in wants else {}
                found |= {"grey": luma(picture)} if "grey" in wants else {}
            if "effects" in wants:
                found["effects"] = self._effects.frame(seen, dark, time=float(self.times[frame]), window=self._step)
        if "tracks" in wants:
            xy, visible, _ = track_frame(buffer, self.points, frame)
            found |= {"tracks": xy.astype(np.float32), "tracks_visible": visible}
        return FramePasses(
            frame, float(self.times[frame]), ids_of={n: k for k, n in enumerate(self.trace.names)}, **found
        )

    def _flow(self, seen: GBuffer, other: GBuffer | None) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        if other is None:
            height, width = seen.ids.shape
            return np.zeros((height, width, 2), dtype=np.float32), np.zeros((height, width), dtype=bool)
        flow, visible = self.buffer.flow(seen, other.frame, target=other)
        return flow, ~visible

    @property
    def _step(self) -> float:
        """Simulated seconds from one frame to the next."""
        return float(self.times[1] - self.times[0]) if len(self.times) > 1 else 1 / self.trace.fps

    def _contacts(self, frame: int) -> tuple[ContactPoint, ...]:
        start = float(self.times[frame])
        now = [c for c in self.trace.contacts if c.t_start < start + self._step and c.t_end >= start]
        if not now:
            return ()
        places = np.array([(c.x, c.y, c.z) for c in now])
        image = self.camera.project(places, frame)
        rays = self.buffer.rays
        rays.pose(frame)
        way = places - self.camera.eye[frame]
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
        owner = rays.owner[rays.cast(np.broadcast_to(self.camera.eye[frame], way.shape), way).mesh]
        inside = self.buffer.inside(image[:, :2])
        names = self.trace.names
        return tuple(
            ContactPoint(
                c.body_a, c.body_b, float(x), float(y), float(depth), (c.x, c.y, c.z), c.impulse_Ns, max(0.0, start - c.t_start),
                bool(within and 0 <= seen < len(names) and names[seen] in {c.body_a, c.body_b}),
            )
            for c, (x, y, depth), seen, within in zip(now, image, owner, inside, strict=True)
        )  # fmt: skip

    def _temperature(self, seen: GBuffer) -> NDArray[np.float32]:
        """[degC] (H, W), linear over each triangle between its corners' cells and in time between frames of the trace."""
        out = np.full(seen.ids.size, np.nan, dtype=np.float32)
        recorded = self.trace.extra.get("temperature")
        if recorded is not None:
            data, time = np.asarray(recorded.data, dtype=float), self.trace.time
            place = float(np.interp(self.times[seen.frame], time, np.arange(len(time))))
            low = min(int(place), len(time) - 1)
            high = min(low + 1, len(time) - 1)
            cells = data[low] + (data[high] - data[low]) * (place - low)
            for k, pixels in seen.hits.by_mesh():
                mesh = self.buffer.rays.meshes[k]
                if mesh.part is not None and mesh.part.cells is not None:
                    hits = seen.hits.chosen(pixels)
                    corner = cells[mesh.part.cells[mesh.faces[hits.triangle]]]
                    out[pixels] = corner[:, 0] * (1 - hits.u - hits.v) + corner[:, 1] * hits.u + corner[:, 2] * hits.v
        return out.reshape(seen.ids.shape)


def _importable(function: Callable[..., Any]) -> bool:
    """Whether another process finds the function by its name: not one of the main program, nor a local one."""
    while isinstance(function, partial):
        function = function.func
    name = getattr(function, "__qualname__", "")
    return getattr(function, "__module__", "__main__") != "__main__" and name.isidentifier()


def _itself(frame: FramePasses) -> FramePasses:
    return frame


def _body_around(buffer: GeometryBuffer, frame: int) -> str | None:
    """The body that the camera is inside of: most rays all around leave it through a face that is seen from behind."""
    rays = buffer.rays
    rays.pose(frame)
    k = np.arange(64)
    z, turn = 1 - (2 * k + 1) / 64, k * np.pi * (3 - np.sqrt(5))
    around = np.column_stack([np.sqrt(1 - z * z) * np.cos(turn), np.sqrt(1 - z * z) * np.sin(turn), z])
    hits = rays.cast(np.broadcast_to(buffer.camera.eye[frame], around.shape), around)
    struck = np.flatnonzero(hits.mesh >= 0)
    if len(struck) < 48:
        return None
    owner = rays.owner[hits.mesh[struck]]
    normal = rays.normals(hits.chosen(struck))
    column = int(np.bincount(owner[owner >= 0], minlength=1).argmax()) if (owner >= 0).any() else -1
    behind = (np.einsum("ij,ij->i", normal, around[struck]) > 0) & (owner == column)
    names = [part.body for part in buffer.geometry.parts if part.column == column]
    return names[0] if behind.sum() >= 48 and names else None
