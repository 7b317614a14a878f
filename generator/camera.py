"""The camera: where it stands in every frame so that all asked motion is seen, and where a point of the world falls on
the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator import camera_words as said
from generator import cuts, framing
from generator.geometry import poses_at
from generator.sight import clear_view
from scenes.errors import UserError
from scenes.scene import Scene
from sim.trace import Trace

__all__ = ["CameraPath", "check_size", "clip_times", "frame_camera"]

FloatArray = NDArray[np.float64]
SMALLEST = 32.0  # [px] of a 480 px high picture; a mover below it does not read as a thing that moves


@dataclass(frozen=True)
class CameraPath:
    """A pinhole camera for every frame. `eye` and `target` [m] and `up` (F, 3), `fov` [deg] (F,) vertical; `size`
    (width, height) [px].

    Pixel (0, 0) has its centre at (0.5, 0.5), x to the right, y down. `why` says how the framing was chosen; `kind` is
    keys, fixed, moved, tracking or cut.
    """

    eye: FloatArray
    target: FloatArray
    up: FloatArray
    fov: FloatArray
    size: tuple[int, int]
    why: str = ""
    kind: str = "fixed"
    details: dict[str, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.eye)

    def axes(self, frame: int) -> FloatArray:
        """Rows right, up and forward of the camera in the world, (3, 3)."""
        return framing.camera_axes(self.target[frame] - self.eye[frame], self.up[frame])

    def focal(self, frame: int) -> float:
        """Focal length [px]."""
        return self.size[1] / 2 / math.tan(math.radians(self.fov[frame]) / 2)

    def project(self, points: NDArray[np.floating[Any]], frame: int) -> FloatArray:
        """Pixel x, pixel y and depth along the view axis [m] of world points (..., 3) in a frame, (..., 3); NaN pixels
        behind the camera."""
        local = (np.asarray(points, dtype=float) - self.eye[frame]) @ self.axes(frame).T
        depth = local[..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.where(depth > 1e-9, self.focal(frame) / depth, np.nan)
        x = self.size[0] / 2 + local[..., 0] * factor
        y = self.size[1] / 2 - local[..., 1] * factor
        return np.stack([x, y, depth], axis=-1)

    def rays(self, frame: int) -> FloatArray:
        """Unit directions (H, W, 3) through the centres of the pixels."""
        width, height = self.size
        x = (np.arange(width) + 0.5 - width / 2) / self.focal(frame)
        y = (height / 2 - np.arange(height) - 0.5) / self.focal(frame)
        right, up, forward = self.axes(frame)
        rays = x[None, :, None] * right + y[:, None, None] * up + forward
        return rays / np.linalg.norm(rays, axis=-1, keepdims=True)

    def moving(self) -> bool:
        return bool(
            np.ptp(self.eye, axis=0).max() > 1e-9 or np.ptp(self.target, axis=0).max() > 1e-9 or np.ptp(self.fov) > 1e-9
        )


def check_size(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height [px] as integers. Raises UserError when they cannot be a picture."""
    width, height = (int(value) for value in size)
    if min(width, height) < 16 or max(width, height) > 8192:
        raise UserError(
            f"The picture size {width}x{height} cannot be rendered: give each side from 16 to 8192 pixels, for example 832x480."
        )
    return width, height


def clip_times(scene: Scene, trace: Trace, fps: float | None = None) -> tuple[FloatArray, float]:
    """Simulated times [s] (F,) of the frames of a clip and its frames per second; `scene.camera.slow` stretches
    time."""
    if fps is not None and not 0 < fps <= 240:
        raise UserError(f"{fps} frames per second cannot be played: give a number from 1 to 240, for example 16.")
    slow = scene.camera.slow
    rate = float(fps if fps is not None else max(1.0, trace.fps / slow) if slow > 1 else trace.fps)
    count = max(1, math.floor((trace.duration - float(trace.time[0])) * rate * scene.camera.slow + 1e-6) + 1)
    return float(trace.time[0]) + np.arange(count) / (rate * scene.camera.slow), rate


_VIEWS = {  # azimuth of the eye from -y towards +x [deg], elevation [deg], room around the subject
    "auto": (0.0, None, 1.0),
    "front": (0.0, 6.0, 1.0),
    "side": (90.0, 8.0, 1.0),
    "back": (180.0, 8.0, 1.0),
    "first_person": (0.0, None, 1.0),
    "top": (0.0, 88.0, 1.0),
    "three_quarter": (35.0, 20.0, 1.0),
    "close_up": (0.0, 10.0, 0.8),
    "wide": (0.0, 12.0, 1.9),
    "tracking": (0.0, 9.0, 1.0),
    "low_angle": (0.0, 1.5, 1.0),
    "bird_eye": (0.0, 55.0, 1.15),
}
CUTTING = {"auto", "front", "side", "back", "three_quarter"}  # views that a closer shot may be cut into
EYES = 1.6  # [m] above the ground: where a standing person sees from


def _from_keys(scene: Scene, trace: Trace, times: FloatArray, size: tuple[int, int]) -> CameraPath:
    keys = sorted(scene.camera.keys, key=lambda key: key.time)
    at = np.array([key.time for key in keys])
    values = np.array([(*key.eye, *key.target, key.fov) for key in keys], dtype=float)
    if len(keys) > 1 and np.ptp(at) > 0:
        from scipy.interpolate import PchipInterpolator

        at, first = np.unique(at, return_index=True)
        track = PchipInterpolator(at, values[first])(np.clip(times, at[0], at[-1]))
    else:
        track = np.repeat(values[:1], len(times), axis=0)
    eye, target = track[:, :3], track[:, 3:6]
    if (np.linalg.norm(target - eye, axis=1) < 1e-6).any():
        raise UserError("camera.keys put the eye on its target: move one of them, so that the camera looks somewhere.")
    zh = scene.language == "zh"
    stated = scene.provenance.get("camera.keys")
    if stated is None or stated.source != "assumed":
        return CameraPath(eye, target, framing.steady_up(target - eye), track[:, 6], size, said.stated(zh), "keys")
    # The layout asked for this picture; what is too small in it when it matters is shown closer for a while.
    lens, height = framing.Lens(float(track[0, 6]), size[0] / size[1]), size[1]
    subject = framing.subject_of(scene, poses_at(trace, times), trace)
    forward = target[0] - eye[0]
    azimuth = math.degrees(math.atan2(-forward[0], forward[1]))
    small = SMALLEST * subject.prominence * height / 480
    shot = framing.Shot(eye, target)
    shot, inserts = _cut(
        scene, trace, subject, shot, lens, times, azimuth, framing.natural_elevation(subject), small, height
    )
    why = said.stated(zh) + ("; " + said.cuts(inserts, times, zh) if inserts else "")
    return CameraPath(
        shot.eye, shot.target, framing.steady_up(shot.target - shot.eye), track[:, 6], size, why, "cut" if inserts else "keys"
    )  # fmt: skip


def _cut(
    scene: Scene, trace: Trace, subject: framing.Subject, shot: framing.Shot, lens: framing.Lens, times: FloatArray, azimuth: float,
    elevation: float, small: float, height: int,
) -> tuple[framing.Shot, list[cuts.Insert]]:  # fmt: skip
    step = (times[1] - times[0]) * scene.camera.slow if len(times) > 1 else 1.0

    def closer(movers: tuple[framing.Mover, ...], frames: slice) -> framing.Shot:
        def cut(mover: framing.Mover) -> framing.Mover:
            return replace(mover, low=mover.low[frames], high=mover.high[frames])

        shown = {mover.name for mover in movers}
        only = replace(subject, movers=tuple(cut(mover) for mover in movers))
        others = tuple(cut(mover) for mover in subject.movers if mover.name not in shown)

        def build(turn: float) -> framing.Shot:
            shot = framing.tracking_shot(only, lens, turn, elevation, small * 1.4, height, times[frames])
            return replace(shot, eye=framing.above_ground(shot.eye, shot.target, only))

        return clear_view(scene, only, build, azimuth, before=others)

    return cuts.with_cuts(subject, shot, lens, trace, times, closer, small=small, height=height, step=step)


def frame_camera(
    scene: Scene, trace: Trace, *, size: tuple[int, int] = (832, 480), times: FloatArray | None = None
) -> CameraPath:
    """The camera of every frame, at `times` [s] (those of the clip of the scene when None).

    Stated keys win. Otherwise one fixed view takes in all that moves, with where it starts and lands; when that would
    make a mover smaller than about 32 px (of a picture 480 px high), the camera follows it instead, and `why` says so.
    Never below the ground, never inside a body.
    """
    width, height = check_size(size)
    if times is None:
        times, _ = clip_times(scene, trace)
    if scene.camera.keys:
        return _from_keys(scene, trace, times, (width, height))
    view, move = scene.camera.view, scene.camera.move
    azimuth, elevation, room = _VIEWS[view]
    subject = framing.subject_of(scene, poses_at(trace, times), trace)
    lens = framing.Lens(scene.camera.fov, width / height)
    if elevation is None:
        elevation = framing.natural_elevation(subject)
        if view == "first_person":
            elevation = framing.elevation_from(subject, lens, azimuth, (subject.ground or 0.0) + EYES)
    frames, tall = len(times), elevation
    small = SMALLEST * subject.prominence * height / 480
    reason, kind, zh = "", "fixed", scene.language == "zh"
    asked_view = view not in {"auto"} and view in {"close_up", "tracking"}

    def fixed(turn: float, closely: bool) -> framing.Shot:
        return framing.fixed_shot(subject, lens, turn, tall, room, frames, closely=closely)

    def tracking(turn: float) -> framing.Shot:
        wanted = small * (3.0 if view == "tracking" or move == "track" else 1.4)
        return framing.tracking_shot(subject, lens, turn, tall, wanted, height, times, closely=view == "close_up")

    def fixed_core(turn: float) -> framing.Shot:
        assert subject.core is not None
        return framing.fixed_shot(subject.core, lens, turn, tall, room, frames, closely=True)

    def whole(turn: float) -> framing.Shot:
        everything = replace(subject, context=subject.surroundings)
        return framing.fixed_shot(everything, lens, turn, tall, room, frames)

    shot = clear_view(scene, subject, lambda turn: fixed(turn, view == "close_up"), azimuth)
    pixels = framing.smallest_pixels(subject, shot, lens, height)
    if view != "close_up" and len(subject.surroundings):
        wide = clear_view(scene, subject, whole, azimuth)
        wide_pixels = framing.smallest_pixels(subject, wide, lens, height)
        if wide_pixels >= 1.25 * small:
            shot, pixels = wide, wide_pixels
    follow = subject.travels and (view in {"tracking", "close_up"} or move == "track")
    if not follow and view not in {"wide", "top", "bird_eye"} and pixels < small:
        closer = clear_view(scene, subject, lambda turn: fixed(turn, True), azimuth)
        closer_pixels = framing.smallest_pixels(subject, closer, lens, height)
        if closer_pixels >= small or not subject.travels:
            shot = closer
            reason = said.closer(subject.small, pixels, closer_pixels, zh)
        else:
            follow = True
            reason = said.follows(subject.small, pixels, zh)
    if follow:
        followed = clear_view(scene, subject, tracking, azimuth)
        gain = framing.smallest_pixels(subject, followed, lens, height) / max(pixels, 1e-9)
        asked = not reason
        core = fixed_core(azimuth) if not asked and subject.core is not None else None
        core_pixels = (
            framing.smallest_pixels(subject.core, core, lens, height)
            if core is not None and subject.core is not None
            else 0.0
        )
        if core is not None and core_pixels >= min(0.6 * small, 1.25 * gain * pixels):
            follow, shot = False, core
            reason = said.leaves(subject.leaving, zh)
        elif not asked and gain < 1.4:
            follow = False  # movers far apart: following them all shows none of them larger
            reason = said.stays(subject.small, pixels, zh)
    if follow:
        shot = followed
        kind, reason = "tracking", reason or said.followed(zh)
    inserts: list[cuts.Insert] = []
    if view in CUTTING and move == "still" and not asked_view:
        least = 1.25 * small if kind == "tracking" else small
        shot, inserts = _cut(scene, trace, subject, shot, lens, times, azimuth, tall, least, height)
        if inserts:
            kind, reason = "cut", (reason + "; " if reason else "") + said.cuts(inserts, times, zh)
    pixels = framing.smallest_pixels(subject, shot, lens, height)
    eye, target, fov = framing.with_move(shot, move, lens, len(times))
    if move not in {"still", "track"}:
        kind, reason = "moved", (reason + "; " if reason else "") + said.move(move, zh)
    eye = framing.above_ground(eye, target, subject)
    why = reason or said.fixed(zh)
    if shot.turned:
        why += said.turned(shot.turned, zh)
    return CameraPath(
        eye, target, framing.steady_up(target - eye), fov, (width, height), why, kind, {"smallest_px": float(pixels)}
    )
