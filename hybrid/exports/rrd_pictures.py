"""The camera of a Rerun recording and what it sees: the clip, and the depth and ids passes when they are asked for."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from hybrid.exports import ExportOptions
    from hybrid.exports.animated import AnimatedScene
    from hybrid.run import Run

__all__ = ["PASSES", "asked_passes", "clips", "log_camera"]

PASSES = ("depth", "ids")
CLIP_WIDTH, PASS_WIDTH = 480, 320  # [px]
MILLIMETRES = 1000.0  # depth is stored in whole millimetres, as depth cameras do; 0 where nothing is hit within 65 m


def asked_passes(options: ExportOptions) -> tuple[str, ...]:
    """The passes named in `which`, in the order of `PASSES`. UserError for others."""
    for name in options.which:
        if name not in PASSES:
            raise UserError(f"A Rerun recording shows no pass {name!r}{did_you_mean(name, PASSES)}.")
    return tuple(name for name in PASSES if name in options.which)


def log_camera(
    stream: Any, run: Run, scene: AnimatedScene, options: ExportOptions, passes: tuple[str, ...], *, timeline: str
) -> None:
    """`world/clip_camera` with its pose, and below it `clip`, `depth` and `ids`, each with the pinhole of its own size."""
    import rerun as rr

    camera = scene.camera
    assert camera is not None
    frames = range(len(camera)) if camera.moving() else range(1)
    axes = [camera.axes(frame) for frame in frames]
    turn = np.array([np.stack([a[0], -a[1], a[2]], axis=1) for a in axes], dtype=np.float32)
    move = camera.eye[: len(axes)].astype(np.float32)
    if camera.moving():
        columns = rr.Transform3D.columns(translation=move, mat3x3=turn)
        stream.send_columns(
            "world/clip_camera", indexes=[rr.TimeColumn(timeline, duration=scene.time)], columns=columns
        )
    else:
        stream.log("world/clip_camera", rr.Transform3D(translation=move[0], mat3x3=turn[0]), static=True)
    clip = _scaled(camera.size, CLIP_WIDTH)
    _pinhole(stream, "clip", scene, clip, timeline)
    for name, path in clips(run).items():
        if name != "clip":
            _pinhole(stream, name, scene, clip, timeline)
        _pictures(stream, run, path, name, clip, timeline)
    if passes:
        size = _scaled(options.size or camera.size, options.size[0] if options.size else PASS_WIDTH)
        for name in passes:
            _pinhole(stream, name, scene, size, timeline)
        _passes(stream, run, options, passes, size, timeline)


def _scaled(size: tuple[int, int], width: int) -> tuple[int, int]:
    return width, max(16, round(width * size[1] / size[0]))


def _pinhole(stream: Any, name: str, scene: AnimatedScene, size: tuple[int, int], timeline: str) -> None:
    import rerun as rr

    camera = scene.camera
    assert camera is not None
    width, height = size
    if not np.ptp(camera.fov):
        focal = height / 2 / float(np.tan(np.radians(camera.fov[0]) / 2))
        lens = rr.Pinhole(focal_length=focal, width=width, height=height, camera_xyz=rr.ViewCoordinates.RDF)
        stream.log(f"world/clip_camera/{name}", lens, static=True)
        return
    for frame, fov in enumerate(camera.fov):
        stream.set_time(timeline, duration=float(scene.time[frame]))
        focal = height / 2 / float(np.tan(np.radians(fov) / 2))
        lens = rr.Pinhole(focal_length=focal, width=width, height=height, camera_xyz=rr.ViewCoordinates.RDF)
        stream.log(f"world/clip_camera/{name}", lens)
    stream.reset_time()


def clips(run: Run) -> dict[str, Path]:
    """The videos of a run: `clip`, and `preview` where the clip is diffused; none without pictures."""
    if run.clip_path is None:
        return {}
    preview = run.clip_path.with_name("preview.mp4")
    return {"clip": run.clip_path, **({"preview": preview} if preview.is_file() else {})}


def _pictures(stream: Any, run: Run, path: Path, name: str, size: tuple[int, int], timeline: str) -> None:
    """The frames of a video as JPEG."""
    import rerun as rr
    from PIL import Image

    from generator.video import read_frames, video_size

    fps = video_size(path)[2]
    slow = run.scene.camera.slow
    for number, frame in enumerate(read_frames(path)):
        stream.set_time(timeline, duration=float(run.trace.time[0]) + number / fps / slow)
        data = io.BytesIO()
        Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS).save(data, format="JPEG", quality=80)
        stream.log(f"world/clip_camera/{name}", rr.EncodedImage(contents=data.getvalue(), media_type="image/jpeg"))
    stream.reset_time()


def _passes(
    stream: Any, run: Run, options: ExportOptions, passes: tuple[str, ...], size: tuple[int, int], timeline: str
) -> None:
    import rerun as rr
    from PIL import Image

    from hybrid.exports import ExportOptions as Options
    from hybrid.exports.sources import clip_passes, whole_window

    smaller = Options(size=size, fps=options.fps, workers=options.workers)
    found = clip_passes(run, smaller, passes, whole_window(run, smaller))
    if "ids" in passes:
        rows = found.legend.as_dict()["instances"]
        infos = [
            rr.AnnotationInfo(id=0, label="painted scenery", color=(120, 130, 120)),
            rr.AnnotationInfo(id=1, label="sky", color=(170, 184, 198)),
            *(rr.AnnotationInfo(id=row["id"] + 2, label=row["name"]) for row in rows),
        ]
        stream.log("world/clip_camera/ids", rr.AnnotationContext(infos), static=True)
    for frame in found:
        stream.set_time(timeline, duration=float(frame.time))
        if frame.depth is not None and "depth" in passes:
            whole = np.nan_to_num(frame.depth, nan=0.0, posinf=0.0) * MILLIMETRES
            image = Image.fromarray(np.where(whole < 65535.5, np.round(whole), 0).astype(np.uint16))
            data = io.BytesIO()
            image.save(data, format="PNG")
            stream.log(
                "world/clip_camera/depth",
                rr.EncodedDepthImage(blob=data.getvalue(), media_type="image/png", meter=MILLIMETRES),
            )
        if frame.ids is not None and "ids" in passes:
            stream.log("world/clip_camera/ids", rr.SegmentationImage((frame.ids + 2).astype(np.uint16)))
    stream.reset_time()
