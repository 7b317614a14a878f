"""What of a simulation a video model is shown and asked for: the frames' times, the reference, and afterwards the truth that the clip is graded by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hybrid.run import Run

if TYPE_CHECKING:
    from generator.camera import CameraPath
    from generator.guidance.base import Reference, Sampling
    from generator.wan.specs import BackendSpec

__all__ = ["Shot", "guidability_of", "plan_shot", "render_shot"]

Frames = NDArray[np.uint8]
Progress = Callable[[str, float, float], None]
PREVIEW_LABEL = "computed preview: motion solved by simulation, not diffusion"


@dataclass
class Shot:
    """`times` [s] (T,) of simulated time of the frames that are generated, without those held at the end; `stride` keeps every so-manieth;
    `start` [s] of simulated time left out; `clip_frames` how many frames the clip holds."""

    times: NDArray[np.float64]
    camera: CameraPath
    stride: int
    start: float
    clip_frames: int
    plain: bool
    reference: Reference | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def moving(self) -> int:
        """Frames of the clip before it is held on its last."""
        return (len(self.times) - 1) // self.stride + 1

    def kept(self, frames: Frames) -> Frames:
        """The clip of what was generated: every `stride`-th frame, nothing interpolated."""
        from generator.guidance.guidability import decimated

        return decimated(frames, self.stride, self.clip_frames)

    def clip_times(self) -> NDArray[np.float64]:
        return self.times[:: self.stride][: self.clip_frames]

    def truth(self, run: Run, fps: float) -> Any:
        """What the clip should show; see `generator.adherence`."""
        from generator.adherence import truth_of

        assert self.reference is not None
        times = self.clip_times()
        camera = self.camera
        if self.stride > 1:
            picked = slice(0, len(self.times), self.stride)
            camera = replace(
                camera,
                eye=camera.eye[picked],
                target=camera.target[picked],
                up=camera.up[picked],
                fov=camera.fov[picked],
            )
        return truth_of(
            run.scene,
            run.trace,
            self.kept(self.reference.frames)[: len(times)],
            size=camera.size,
            fps=fps,
            times=times,
            camera=camera,
        )


def plan_shot(
    run: Run, sampling: Sampling, *, clip_frames: int, oversample: int = 1, align: bool = False, grid: Any = None
) -> Shot:
    """Times and camera of the generated frames. With `align`, the start is moved so that impacts fall on the edges of latent groups."""
    from generator.camera import clip_times, frame_camera
    from generator.guidance.cures import contact_shift
    from generator.guidance.reference import reference_from
    from sim.fracture import with_fragments

    scene, trace = run.scene, run.trace
    whole = with_fragments(scene, trace)
    notes: list[str] = []
    start = 0.0
    if align and grid is not None:
        seen = reference_from(
            scene,
            trace,
            None,
            size=sampling.size,
            num_frames=sampling.num_frames,
            fps=sampling.fps,
            times=_moving(scene, trace, sampling, oversample, 0.0),
            effects=False,
        )
        shift = contact_shift(seen, grid)
        start = 0.0 if shift is None else shift / (scene.camera.slow * oversample)
        notes.append(_aligned(scene.language, start))
    plain = oversample == 1 and start == 0.0
    if plain:
        times = clip_times(scene, trace, sampling.fps)[0]
        return Shot(
            times[: sampling.num_frames],
            frame_camera(whole, trace, size=sampling.size, times=times),
            1,
            0.0,
            clip_frames,
            True,
            notes=notes,
        )
    times = _moving(scene, trace, sampling, oversample, start)
    return Shot(
        times,
        frame_camera(whole, trace, size=sampling.size, times=times),
        oversample,
        start,
        clip_frames,
        False,
        notes=notes,
    )


def _moving(scene: Any, trace: Any, sampling: Sampling, oversample: int, start: float) -> NDArray[np.float64]:
    from generator.guidance.reference import reference_times

    times, held = reference_times(
        scene, trace, num_frames=sampling.num_frames, fps=sampling.fps, oversample=oversample, start=start
    )
    return times[: len(times) - held] if held else times


def _aligned(language: str, start: float) -> str:
    if start == 0.0:
        return (
            "碰撞已在帧组边缘，或无法对齐：开头不变。"
            if language == "zh"
            else "The impacts lie on the edges of frame groups already, or cannot be brought there: the start is as it was."
        )
    return (
        f"开头移后 {start:.3f} 秒，使碰撞对齐帧组边缘。"
        if language == "zh"
        else f"The clip starts {start:.3f} s later, so that impacts fall on the edges of frame groups."
    )


def render_shot(
    run: Run, shot: Shot, sampling: Sampling, folder: Path, *, flow: bool = False, tier: str = "preview", workers: int | None = None, progress: Progress | None = None,
    frames: Frames | None = None,
) -> Reference:  # fmt: skip
    """Write `preview.mp4` (the whole simulation, in the model's size and rate) and make the reference; `frames` of an interrupted run skip both renders."""
    from generator.guidance.reference import reference_from, render_reference
    from generator.preview import preview_frames
    from generator.video import open_video
    from hybrid.fonts import font_path

    scene, trace = run.scene, run.trace
    common: dict[str, Any] = {
        "size": sampling.size,
        "num_frames": sampling.num_frames,
        "fps": sampling.fps,
        "flow": flow,
    }
    if frames is not None:
        shot.reference = reference_from(
            scene, trace, list(frames), times=shot.times, camera=shot.camera, oversample=shot.stride, **common
        )
        return shot.reference
    kept: list[Frames] = []
    total = max(1, int(trace.duration * sampling.fps * scene.camera.slow + 1e-6) + 1)
    about = {"label": PREVIEW_LABEL, "prompt": scene.text, "seed": run.seed, "tier": tier}
    font = font_path()
    with open_video(folder / "preview.mp4", size=sampling.size, fps=sampling.fps, metadata=about) as video:
        wanted: Any = {
            "size": sampling.size,
            "fps": sampling.fps,
            "tier": tier,
            "workers": workers,
            "font_path": font,
        }
        for number, frame in enumerate(preview_frames(scene, trace, **wanted), start=1):
            video.write(frame)
            if shot.plain and len(kept) < len(shot.times):
                kept.append(frame)
            if progress is not None:
                progress("render", number, max(total, number))
    if shot.plain:
        shot.reference = reference_from(scene, trace, kept, times=shot.times, camera=shot.camera, **common)
    else:
        shot.reference = render_reference(
            scene,
            trace,
            oversample=shot.stride,
            start=shot.start,
            tier=tier,
            workers=workers,
            font=str(font) if font else None,
            **common,
        )
    return shot.reference


def guidability_of(reference: Reference, spec: BackendSpec, language: str) -> Any:
    """The verdict on whether this model can be made to follow this motion."""
    from generator.guidance.guidability import guidability

    return guidability(reference, grid=spec.grid, language="zh" if language == "zh" else "en")
