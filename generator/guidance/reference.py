"""The `Reference` of a simulated scene: preview frames with the exact masks, depth, flow, shadows and contacts behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath, clip_times, frame_camera
from generator.geometry import is_ground
from generator.guidance.base import Reference, Status
from generator.guidance.skeleton import skeleton_frames
from scenes.errors import UserError
from scenes.scene import Scene
from sim.fracture import with_fragments
from sim.trace import Trace

__all__ = ["reference_from", "reference_times", "render_reference"]

FloatArray = NDArray[np.float64]
SLOWEST_IMPACT = 0.05  # [m/s]; gentler touches are rolling and resting, no events to align with
MOVED = 0.004  # [m] and [-] (rotation matrix entries): less is standing still


def reference_times(
    scene: Scene, trace: Trace, *, num_frames: int, fps: float, oversample: int = 1, start: float = 0.0
) -> tuple[FloatArray, int]:
    """Simulated times [s] (num_frames,) of the frames of a guided clip, and how many at the end are held on the last one.

    `scene.camera.slow` stretches time as in the preview; `oversample` k samples it k times finer; `start` [s] of simulated time is
    left out at the beginning.
    """
    if oversample < 1 or int(oversample) != oversample:
        raise UserError(f"--time-oversample takes a whole number from 1 up, not {oversample}.")
    first, last = float(trace.time[0]) + start, float(trace.time[-1])
    if not 0 <= start < max(last - float(trace.time[0]), 1e-9):
        raise UserError(f"The clip cannot start {start:g} s into a simulation of {trace.duration:g} s: choose less.")
    times = first + np.arange(num_frames) / (fps * scene.camera.slow * oversample)
    return np.minimum(times, last), int((times > last + 1e-9).sum())


def render_reference(
    scene: Scene, trace: Trace, *, size: tuple[int, int], num_frames: int, fps: float, oversample: int = 1, start: float = 0.0, tier: str = "preview",
    workers: int | None = None, font: str | None = None, effects: bool = True, flow: bool = False, statuses: dict[str, Status] | None = None,
) -> Reference:  # fmt: skip
    """Render the preview at exactly the model's size and frames, with its `Reference`. See `reference_from`."""
    from generator.pool import rendered_frames
    from generator.preview import best_variant
    from generator.renderer import SAMPLES, Job

    times, held = reference_times(scene, trace, num_frames=num_frames, fps=fps, oversample=oversample, start=start)
    moving = times[: num_frames - held] if held else times
    whole = with_fragments(scene, trace)
    camera = frame_camera(whole, trace, size=size, times=moving)
    variant = "" if tier == "draft" else best_variant()
    samples = (1 if tier == "draft" else SAMPLES[tier]) * (16 if variant.startswith("cuda") else 1)
    job = Job(whole, trace, moving, camera, tier, variant, 1, samples, font)
    frames = list(rendered_frames(job, workers=workers))
    return reference_from(
        scene, trace, frames, size=size, num_frames=num_frames, fps=fps, times=moving, camera=camera, effects=effects, flow=flow,
        statuses=statuses, oversample=oversample,
    )  # fmt: skip


def reference_from(
    scene: Scene, trace: Trace, frames: Iterable[NDArray[np.uint8]] | None, *, size: tuple[int, int], num_frames: int, fps: float,
    times: FloatArray | None = None, camera: CameraPath | None = None, statuses: dict[str, Status] | None = None, effects: bool = True,
    flow: bool = False, oversample: int = 1,
) -> Reference:  # fmt: skip
    """What guidance needs of a simulated scene, `num_frames` long.

    `frames` are those of the preview rendered with the same `size` (width, height) and `fps`; None leaves them grey (for judging
    guidability before anything is rendered). `times` [s] and `camera` are those that the frames were rendered with, the preview's own
    when None. A clip longer than the simulation holds its last frame (`held`). `effects` casts shadow rays, `flow` computes optical
    flow (both cost about as much again as the masks). `statuses` by body name, those of the scene when None. Raises UserError when
    the frames do not fit.
    """
    from generator.gbuffer import GeometryBuffer

    whole = with_fragments(scene, trace)
    if times is None:
        times = clip_times(scene, trace, fps)[0]
    if camera is None:
        camera = frame_camera(whole, trace, size=size, times=times)
    if camera.size != tuple(size):
        raise UserError(
            f"The camera is {camera.size[0]}x{camera.size[1]} and the guided clip {size[0]}x{size[1]}: render both in one size."
        )
    count = min(num_frames, len(times))
    pictures = None if frames is None else _pictures(frames, count, size)
    buffer = GeometryBuffer(scene, trace, camera, times=times)
    poses = buffer.geometry.poses
    movers = _movers(whole, trace, poses, count, buffer.geometry)
    ids = np.empty((count, size[1], size[0]), dtype=np.int32)
    depth = np.empty(ids.shape, dtype=np.float32)
    way = np.zeros((*ids.shape, 2), dtype=np.float32) if flow else None
    masks: dict[str, NDArray[np.bool_]] = {}
    marks = _Effects(whole, trace, buffer, times[:count], movers) if effects else None
    previous = None
    for t in range(count):
        seen = buffer.frame(t)
        ids[t], depth[t] = np.maximum(seen.ids, -1), seen.depth
        if marks is not None:
            for name, mask in marks.frame(t, seen).items():
                masks.setdefault(name, np.zeros(ids.shape, dtype=bool))[t] = mask
        if way is not None and previous is not None:
            way[t - 1] = np.nan_to_num(buffer.flow(previous, t)[0])
        previous = seen
    pose = skeleton_frames(buffer.geometry, camera, count)
    centres = np.stack([camera.project(poses.position[t], t)[:, :2] for t in range(count)]).astype(np.float32)
    centres[~poses.alive[:count]] = np.nan
    rate = 1.0 / (fps * (times[1] - times[0])) if len(times) > 1 else 1.0
    pictured = np.full((*ids.shape, 3), 127, dtype=np.uint8) if pictures is None else pictures
    reference = Reference(
        frames=pictured, ids=ids, names=trace.names, statuses=_statuses(whole, trace, statuses), movers=tuple(movers), depth=depth, flow=way,
        pose=pose, effects=masks, contact_times=_contacts(trace, movers, float(times[0]), float(times[count - 1]), rate), centres=centres, fps=float(fps),
        camera_moving=bool(camera.moving()), oversample=oversample,
        ground=tuple(name for name in trace.names if name in whole.bodies and is_ground(name, whole.bodies[name])),
    )  # fmt: skip
    return _held(reference, num_frames)


def _pictures(frames: Iterable[NDArray[np.uint8]], count: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    found = []
    for frame in frames:
        if frame.shape != (size[1], size[0], 3):
            raise UserError(
                f"The preview is {frame.shape[1]}x{frame.shape[0]} and the guided clip {size[0]}x{size[1]}: render it in the same size."
            )
        found.append(np.asarray(frame, dtype=np.uint8))
        if len(found) == count:
            break
    if len(found) < count:
        raise UserError(
            f"The preview has only {len(found)} of {count} frames: render it whole, at the same frames per second."
        )
    return np.stack(found)


def _held(reference: Reference, num_frames: int) -> Reference:
    missing = num_frames - reference.num_frames
    if missing <= 0:
        return reference

    def longer(array: Any) -> Any:
        return None if array is None else np.concatenate([array, np.repeat(array[-1:], missing, axis=0)])

    flow = longer(reference.flow)  # the last flow is zero: what is held stands still
    return replace(
        reference, frames=longer(reference.frames), ids=longer(reference.ids), depth=longer(reference.depth), flow=flow, pose=longer(reference.pose),
        centres=longer(reference.centres), effects={name: longer(mask) for name, mask in reference.effects.items()}, held=missing,
    )  # fmt: skip


def _movers(scene: Scene, trace: Trace, poses: Any, count: int, geometry: Any) -> list[str]:
    found = []
    for column, name in enumerate(trace.names):
        if name in scene.bodies and is_ground(name, scene.bodies[name]):
            continue
        alive = poses.alive[:count, column]
        if not alive.any():
            continue
        place, turn = poses.position[:count, column][alive], poses.rotation[:count, column][alive]
        if np.ptp(place, axis=0).max() > MOVED or np.ptp(turn, axis=0).max() > MOVED or not alive.all():
            found.append(name)
    return found


def _statuses(scene: Scene, trace: Trace, given: dict[str, Status] | None) -> dict[str, Status]:
    out: dict[str, Status] = {}
    for name in trace.names:
        roots = [name, name.split("/")[0]]
        body = next((scene.bodies[root] for root in roots if root in scene.bodies), None)
        stated = next((given[root] for root in roots if given and root in given), None)
        out[name] = stated or cast(Status, body.status if body is not None else "solved")
    return out


def _contacts(trace: Trace, movers: list[str], start: float, end: float, rate: float) -> dict[str, list[float]]:
    """Beginnings of impacts in the clip's own time [s]; `rate` clip seconds per simulated second."""
    out: dict[str, list[float]] = {}
    for name in movers:
        hits = [
            c.t_start
            for c in trace.contacts
            if c.involves(name) and c.speed_before > SLOWEST_IMPACT and start < c.t_start <= end
        ]
        if hits:
            out[name] = sorted((t - start) * rate for t in hits)
    return out


class _Effects:
    """Shadows of movers on other things, and the surroundings of a touch, from the same rays as the masks."""

    def __init__(self, scene: Scene, trace: Trace, buffer: Any, times: FloatArray, movers: list[str]) -> None:
        from generator.stage import build_stage

        self._rays = buffer._rays  # the very triangles that the masks were cast at
        self._owner = np.array([mesh.owner for mesh in self._rays.meshes] + [-1])
        light = build_stage(scene, buffer.geometry, buffer.camera).environment
        self._sun = -np.asarray(light.sun, dtype=float)
        self._lit = float(np.sum(light.irradiance)) > 1e-6
        self._columns = {trace.index(name): name for name in movers}
        self._times, self._trace = times, trace
        step = float(times[1] - times[0]) if len(times) > 1 else 1.0
        self._touches = [
            (name, c.t_start - step, max(c.t_end, c.t_start) + step, np.array([c.x, c.y, c.z]))
            for name in movers for c in trace.contacts if c.involves(name) and c.speed_before > SLOWEST_IMPACT
        ]  # fmt: skip

    def frame(self, t: int, seen: Any) -> dict[str, NDArray[np.bool_]]:
        out: dict[str, NDArray[np.bool_]] = {}
        shape = seen.ids.shape
        points, normals = seen.position.reshape(-1, 3), seen.normal.reshape(-1, 3)
        if self._lit and self._columns:
            self._rays.pose(t)
            facing = np.flatnonzero(np.nan_to_num(normals @ self._sun) > 0.02)
            lifted = points[facing] + normals[facing] * 1e-3
            caster = self._owner[self._rays.cast(lifted, np.broadcast_to(self._sun, lifted.shape)).mesh]
            for column in np.unique(caster):
                if int(column) in self._columns:
                    chosen = facing[caster == column]
                    mask = np.zeros(shape, dtype=bool)
                    mask.reshape(-1)[chosen] = True
                    out[f"shadow:{self._columns[int(column)]}"] = mask & (seen.ids != column)
        for name, start, end, point in self._touches:
            if start <= self._times[t] <= end:
                column = self._trace.index(name)
                own = seen.ids == column
                if not own.any():
                    continue
                reach = 0.75 * float(np.nanmax(np.ptp(seen.position[own], axis=0)))
                near = (np.linalg.norm(np.nan_to_num(seen.position, nan=1e9) - point, axis=-1) < reach) & ~own
                key = f"contact:{name}"
                out[key] = out.get(key, np.zeros(shape, dtype=bool)) | near
        return out
