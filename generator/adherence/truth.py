"""What the simulation says that a clip should show: masks, depths, flow and centres of every object, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath, clip_times, frame_camera
from generator.geometry import Poses, poses_at
from scenes.bodies import RigidBody
from scenes.errors import UserError
from scenes.primitives import Box
from scenes.scene import Scene
from sim.trace import Trace

__all__ = ["Subject", "Truth", "truth_of"]

FloatArray = NDArray[np.float64]
Frames = NDArray[np.uint8]
Progress = Callable[[str, float, float], None]
STILL = 0.01  # [m] and [rad]: an object that moves less than this in the whole clip stands still


@dataclass(frozen=True)
class Subject:
    """An object that a clip is graded on. `bodies` are the columns of the trace that belong to it (fragments and limbs with
    it), `status` of its motion, `moves` whether the simulation moves it, `center` (T, 3) [m] its centre of mass."""

    name: str
    bodies: tuple[int, ...]
    status: str
    moves: bool
    center: FloatArray


@dataclass(frozen=True, eq=False)
class Truth:
    """`times` [s] (T,) of simulated time, `fps` of the clip, `owner` (T, H, W) int16 the number of the subject that a pixel
    shows, -1 for all else; `flow` (T-1, H, W, 2) float16 [px] from a frame to the next with NaN where the point is hidden
    there; `behind` (T, H, W) float32 [m] the depth along the view axis of what stands still, where a subject hides it that of the
    ground plane, inf for the sky, None when the camera stands still; `frames` (T, H, W, 3) the render of the same simulation."""

    scene: Scene
    trace: Trace
    times: FloatArray
    fps: float
    subjects: tuple[Subject, ...]
    owner: NDArray[np.int16]
    flow: NDArray[np.float16]
    frames: Frames
    camera: CameraPath
    behind: NDArray[np.float32] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height [px]."""
        return self.camera.size

    def mask(self, subject: int) -> NDArray[np.bool_]:
        """Where a subject is seen (T, H, W)."""
        return self.owner == subject

    def cut(self, frames: int) -> Truth:
        """The first `frames` frames."""
        from dataclasses import replace

        if frames == len(self.times):
            return self
        subjects = tuple(replace(s, center=s.center[:frames]) for s in self.subjects)
        return replace(
            self, times=self.times[:frames], subjects=subjects, owner=self.owner[:frames], flow=self.flow[: frames - 1], frames=self.frames[:frames],
            behind=None if self.behind is None else self.behind[:frames],
        )  # fmt: skip


def subjects_of(scene: Scene, trace: Trace, poses: Poses) -> tuple[Subject, ...]:
    """The objects that can move, in the order of the scene; what a body broke into and a figure's limbs belong to it."""
    roots = {name: name.partition("/")[0] for name in trace.names}
    for name in trace.names:
        body = scene.bodies.get(name)
        if body is not None and body.parent:
            roots[name] = roots.get(body.parent, body.parent)
    status = {e.body: e.status for e in scene.elements.values() if e.body}
    found = []
    for root in dict.fromkeys(roots.values()):
        columns = tuple(k for k, name in enumerate(trace.names) if roots[name] == root)
        body = scene.bodies.get(root)
        if body is None or getattr(body, "fixed", False) or body.kind not in ("rigid", "figure"):
            continue
        mass = trace.mass[list(columns)]
        share = poses.alive[:, columns] * np.maximum(np.where(np.isfinite(mass), mass, 1.0), 1e-9)
        place = np.nan_to_num(poses.position[:, columns])
        center = (place * share[..., None]).sum(axis=1) / np.maximum(share.sum(axis=1), 1e-12)[:, None]
        turned = np.abs(np.diff(poses.rotation[:, columns], axis=0)).max(initial=0.0)
        moves = bool(np.ptp(center, axis=0).max(initial=0.0) > STILL or turned > STILL or len(columns) > 1)
        found.append(Subject(root, columns, status.get(root, "solved"), moves, center))
    return tuple(found)


def truth_of(
    scene: Scene, trace: Trace, frames: Frames | Iterator[Frames], *, size: tuple[int, int] | None = None, fps: float | None = None,
    times: FloatArray | None = None, camera: CameraPath | None = None, progress: Progress | None = None,
) -> Truth:  # fmt: skip
    """What a clip of this simulation shows. `frames` the render of the same simulation, whose size is taken when `size` is None;
    `times` [s] (T,) of its frames when they are not those of `generator.camera.clip_times`. UserError for a scene without
    anything that can move."""
    from generator.gbuffer import GeometryBuffer
    from sim.fracture import with_fragments

    frames = np.stack(list(frames)) if not isinstance(frames, np.ndarray) else frames
    if not len(frames):
        raise UserError("The render of the simulation has no frames, so there is nothing to compare a clip with.")
    size = size or (frames.shape[2], frames.shape[1])
    rate = fps
    if times is None:
        times, rate = clip_times(scene, trace, fps)
    count = min(len(times), len(frames))
    times = times[:count]
    whole = with_fragments(scene, trace)
    subjects = subjects_of(whole, trace, poses_at(trace, times))
    if not subjects:
        raise UserError("Nothing in this scene can move, so there is no motion to grade a clip by.")
    camera = camera or frame_camera(scene, trace, size=size, times=clip_times(scene, trace, fps)[0])
    buffer = GeometryBuffer(scene, trace, camera, times=times)
    number = np.full(len(trace.names) + 2, -1, dtype=np.int16)
    for k, subject in enumerate(subjects):
        number[list(subject.bodies)] = k
    owner = np.empty((count, size[1], size[0]), dtype=np.int16)
    flow = np.empty((max(count - 1, 0), size[1], size[0], 2), dtype=np.float16)
    behind = np.empty(owner.shape, dtype=np.float32) if camera.moving() else None
    level = ground_level(whole)
    for i in range(count):
        seen = buffer.frame(i)
        owner[i] = number[np.where(seen.ids >= 0, seen.ids, len(trace.names))]
        if behind is not None:
            behind[i] = np.where(owner[i] >= 0, _plane_depth(camera, i, level), seen.depth)
        if i + 1 < count:
            moved, visible = buffer.flow(seen, i + 1)
            flow[i] = np.where(visible[..., None] & (np.abs(moved) < 6e4), moved, np.nan)
        if progress is not None:
            progress("truth", i + 1, count)
    return Truth(
        scene,
        trace,
        times,
        float(rate or fps or trace.fps),
        subjects,
        owner,
        flow,
        _fitted(frames[:count], size),
        camera,
        behind,
    )


def ground_level(scene: Scene) -> float:
    """Height [m] of the top of the widest fixed body, 0 when there is none."""
    tops = [
        (body.shape.size[0] * body.shape.size[1], body.position[2] + body.shape.size[2] / 2)
        for body in scene.bodies.values()
        if isinstance(body, RigidBody) and body.fixed and isinstance(body.shape, Box)
    ]
    return max(tops)[1] if tops else 0.0


def _plane_depth(camera: CameraPath, frame: int, level: float) -> FloatArray:
    """Depth along the view axis [m] of the level plane in every pixel, inf above the horizon."""
    rays = camera.rays(frame)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = (level - camera.eye[frame, 2]) / rays[..., 2]
    return np.where(distance > 0, distance * (rays @ camera.axes(frame)[2]), np.inf)


def _fitted(frames: Any, size: tuple[int, int]) -> Frames:
    if (frames.shape[2], frames.shape[1]) == size:
        return np.asarray(frames, dtype=np.uint8)
    import cv2

    return np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames]).astype(np.uint8)
