"""What the formats draw on: the passes of a run at the size and rate that are asked for, and its pictures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from generator.camera import clip_times, frame_camera
from generator.passes import FramePasses, Passes, make_passes
from generator.tracks import SurfacePoints, Tracks
from hybrid.exports import ExportOptions
from scenes.errors import UserError

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = [
    "WAN_FPS",
    "WAN_FRAMES",
    "HeldPasses",
    "Window",
    "clip_passes",
    "clip_pictures",
    "prompts_of",
    "size_of",
    "wan_window",
    "whole_window",
]

Frame = NDArray[np.uint8]
Result = TypeVar("Result")
DEFAULT_SIZE = (832, 480)
WAN_FPS, WAN_FRAMES = 16.0, 81  # of the 14B models; a clip has 4 k + 1 frames


@dataclass(frozen=True)
class Window:
    """Which frames of a run a format takes: `times` [s] (F,) of simulated time, `fps` [1/s] of the clip, how often the last one is
    repeated (`held`), and how many seconds of the simulation lie behind the end (`cut`)."""

    times: NDArray[np.float64]
    fps: float
    held: int = 0
    cut: float = 0.0

    def __len__(self) -> int:
        return len(self.times) + self.held

    def said(self) -> str:
        """In words, for a README."""
        text = f"{len(self)} frames at {self.fps:g} frames per second, simulated time {self.times[0]:.3f} s to {self.times[-1]:.3f} s"
        if self.held:
            text += f"; the last one is held for {self.held} more, because the model takes 4 k + 1 frames"
        return text + (f"; {self.cut:.2f} s of the simulation after that do not fit" if self.cut > 1e-6 else "")


class HeldPasses:
    """Passes whose last frame is repeated at the end: computed once, since a figure that is shown still has not stopped."""

    def __init__(self, passes: Passes, held: int) -> None:
        self._passes, self._held = passes, held

    def __getattr__(self, name: str) -> Any:
        return getattr(self._passes, name)

    def __len__(self) -> int:
        return len(self._passes) + self._held

    def __iter__(self) -> Iterator[FramePasses]:
        return self._repeated(iter(self._passes))

    def map(self, function: Callable[[FramePasses], Result]) -> Iterator[Result]:
        """`function` of every frame, in order; of the last one as often as it is held."""
        return self._repeated(self._passes.map(function))

    def _repeated(self, results: Iterator[Result]) -> Iterator[Result]:
        for count, result in enumerate(results, start=1):
            yield result
            if count == len(self._passes):
                for _ in range(self._held):
                    yield result

    def tracks(self, points: SurfacePoints | None = None) -> Tracks:
        """Tracks through the whole clip, the held frames too."""
        found = self._passes.tracks(points)
        rows = np.minimum(np.arange(len(self)), len(self._passes) - 1)
        return replace(found, xy=found.xy[rows], visible=found.visible[rows], position=found.position[rows])


def size_of(run: Run, options: ExportOptions) -> tuple[int, int]:
    """(width, height) [px]: the asked one, or that of the run's clip."""
    return options.size or (run.record.size if run.record is not None else DEFAULT_SIZE)


def whole_window(run: Run, options: ExportOptions, *, fps: float | None = None) -> Window:
    """All frames of a run, at the asked rate, the format's own, or that of the run's clip."""
    rate = options.fps or fps or (run.record.fps if run.record is not None else None)
    times, rate = clip_times(run.scene, run.trace, rate)
    return Window(times, rate)


def wan_window(run: Run, options: ExportOptions) -> Window:
    """At most 81 frames at 16 per second, as the Wan models take them; the end held until there are 4 k + 1."""
    whole = (
        whole_window(run, options, fps=WAN_FPS) if options.fps else Window(*clip_times(run.scene, run.trace, WAN_FPS))
    )
    times = whole.times[:WAN_FRAMES]
    return Window(times, whole.fps, -(len(times) - 1) % 4, float(whole.times[-1] - times[-1]))


def clip_passes(
    run: Run, options: ExportOptions, which: Iterable[str] | str, window: Window, *, points: int = 16
) -> HeldPasses:
    """The passes of some frames, framed by the camera that the preview has. What they cannot show is said on standard error."""
    size = size_of(run, options)
    whole, rate = clip_times(run.scene, run.trace, window.fps)
    camera = frame_camera(run.scene, run.trace, size=size, times=whole)
    index = np.minimum(np.arange(len(window.times)), len(whole) - 1)
    camera = replace(
        camera, eye=camera.eye[index], target=camera.target[index], up=camera.up[index], fov=camera.fov[index]
    )
    passes = make_passes(
        run.scene, run.trace, size=size, fps=rate, which=which, camera=camera, times=window.times, workers=options.workers, points_per_body=points,
    )  # fmt: skip
    for warning in passes.warnings:
        print(f"Note: {warning}.", file=sys.stderr)
    return HeldPasses(passes, window.held)


def clip_pictures(run: Run, options: ExportOptions, window: Window, *, tier: str = "draft") -> Iterator[Frame]:
    """Pictures (H, W, 3) of some frames: the run's own rendering where it has that size and rate, else a new one of a `tier`."""
    size = size_of(run, options)
    stored = _stored(run, size, window.fps) if tier == "draft" else None
    if stored is not None:
        from generator.video import read_frames

        pictures: Iterable[Frame] = (frame[: size[1], : size[0]] for frame in read_frames(stored))
    else:
        from generator.preview import preview_frames
        from hybrid.fonts import font_path

        arguments: dict[str, Any] = {
            "size": size,
            "fps": window.fps,
            "tier": tier,
            "workers": options.workers,
            "font_path": font_path(),
        }
        pictures = preview_frames(run.scene, run.trace, **arguments)
    last: Frame | None = None
    source = iter(pictures)
    try:
        for _ in range(len(window)):
            last = next(source, last)
            if last is None:
                raise UserError(
                    "The clip of the run has no frames: render it again, or remove it and a draft is rendered."
                )
            yield last
    finally:
        close = getattr(source, "close", None)
        if close is not None:
            close()


def _stored(run: Run, size: tuple[int, int], fps: float) -> Path | None:
    """The rendering of the simulation in the run's folder: beside a diffused clip it is the preview."""
    if run.folder is None:
        return None
    from generator.video import video_size

    for name in ("preview.mp4", "clip.mp4"):
        path = run.folder / name
        if path.is_file():
            width, height, rate = video_size(path)
            fits = (
                size[0] <= width <= size[0] + 1 and size[1] <= height <= size[1] + 1
            )  # odd sides have one pixel more in the file
            return path if fits and abs(rate - fps) < 0.01 else None
    return None


def prompts_of(run: Run) -> tuple[str, str]:
    """The prompt for a video model and the negative one; the text itself where the scene has none."""
    return run.scene.prompt.video or run.scene.text or run.scene.title, run.scene.prompt.negative
