"""The preview: the clip that everybody gets, rendered from the trace on the processor alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from generator import camera_words
from generator.camera import CameraPath, check_size, clip_times, frame_camera
from generator.pool import rendered_frames
from generator.renderer import SAMPLES, Job
from generator.squash import squashes_of
from generator.video import open_video
from scenes.errors import UserError
from scenes.scene import Scene
from sim.fracture import with_fragments
from sim.trace import Trace

__all__ = ["ClipRecord", "Tier", "best_variant", "imagined", "preview_frames", "render_preview"]

Tier = Literal["draft", "preview", "final"]
TIERS: tuple[str, ...] = ("draft", "preview", "final")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ClipRecord:
    """What was made and how: `renderer` in words, `size` (width, height) [px], `seconds` of wall clock, `cpu_seconds`
    of the render processes, `camera` why it was framed so, `imagined` what the renderer painted that no law moved,
    `left_out` what it did not draw, `drawn_as` what is shown otherwise than it looks (temperatures as colours),
    `slow` how many seconds of the clip show one of what happened."""

    path: str
    tier: str
    renderer: str
    size: tuple[int, int]
    frames: int
    fps: float
    seconds: float
    cpu_seconds: float | None
    workers: int
    camera: str
    imagined: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    drawn_as: tuple[str, ...] = ()
    slow: float = 1.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


_PROBE = """
import mitsuba as mi
mi.set_variant({variant!r})
import numpy as np
ball = {{"type": "sphere", "center": [0, 0, 4]}}
film = {{"type": "hdrfilm", "width": 8, "height": 8}}
scene = mi.load_dict({{
    "type": "scene", "integrator": {{"type": "path"}}, "sensor": {{"type": "perspective", "film": film}},
    "light": {{"type": "constant"}}, "ball": ball,
}})
assert np.isfinite(np.array(mi.render(scene, spp=1))).all()
"""


@lru_cache(maxsize=1)
def best_variant() -> str:
    """The fastest variant of Mitsuba that renders on this machine: GPU, vectorised (needs an LLVM library), or plain.

    Each is tried in a process of its own, because some LLVM versions abort. Raises UserError when Mitsuba is missing.
    The environment variable HYBRID_MITSUBA_VARIANT names one instead.
    """
    import importlib.util

    if importlib.util.find_spec("mitsuba") is None:
        raise UserError(
            "The path tracer Mitsuba is not installed: install the Python package mitsuba, or choose the draft tier, which needs only embreex."
        )
    chosen = os.environ.get("HYBRID_MITSUBA_VARIANT")
    if chosen:
        return chosen
    for variant in ("cuda_ad_rgb", "llvm_ad_rgb"):
        try:
            probe = subprocess.run(
                [sys.executable, "-c", _PROBE.format(variant=variant)], capture_output=True, timeout=60
            )
        except subprocess.TimeoutExpired:
            continue
        if probe.returncode == 0:
            return variant
    return "scalar_rgb"


def imagined(scene: Scene, trace: Trace) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is painted without a law behind it, and what of the scene is not in the picture at all."""
    from generator.effects import effects_of
    from generator.scenery import open_water, scenery_pieces

    painted = [f"the light and surroundings ({scene.look.style})"]
    missing: list[str] = []
    for word in scene.look.scenery:
        if word.partition(":")[0] == "halo":
            continue  # said with the body that has it
        (painted if word == "clouds" and scene.look.style == "daylight" else missing).append(f"scenery: {word}")
    for name, body in scene.bodies.items():
        if body.kind == "figure":
            painted.append(f"the limbs of {name} (a drawn {body.species})")
        elif name not in trace.names:
            drawn = scenery_pieces(scene, body) is not None
            (painted if drawn else missing).append(f"{name} ({body.kind})")
    painted += dict.fromkeys(effect.words() for effect in effects_of(scene, trace))
    if open_water(scene) is not None:
        painted.append("the still surface of the water")
    return tuple(painted), tuple(missing)


def _job(
    scene: Scene,
    trace: Trace,
    size: tuple[int, int],
    fps: float | None,
    tier: str,
    samples: int | None,
    camera: CameraPath | None,
    font: str | None,
    blur: bool = True,
) -> tuple[Job, float]:
    if tier not in TIERS:
        raise UserError(f"There is no tier {tier!r}; the choices are {', '.join(TIERS)}.")
    size = check_size(size)
    if len(trace.time) == 0:
        raise UserError("The trace has no frames, so there is nothing to render: simulate at least one.")
    scene = with_fragments(scene, trace)
    times, rate = clip_times(scene, trace, fps)
    path = camera or frame_camera(scene, trace, size=size, times=times)
    if len(path) != len(times):
        raise UserError(
            f"The camera has {len(path)} frames and the clip {len(times)}: frame it with the times of the clip."
        )
    variant = "" if tier == "draft" else best_variant()
    spp = samples or (1 if tier == "draft" else SAMPLES[tier])
    if samples is None and variant.startswith("cuda"):
        spp *= 16
    elif samples is None and tier == "preview" and path.moving():
        spp *= 2  # what is left of the noise stays on the screen while the picture moves under it
    return Job(scene, trace, times, path, tier, variant, 1, spp, font, blur), rate


def preview_frames(
    scene: Scene, trace: Trace, *, size: tuple[int, int] = (832, 480), fps: float | None = None, tier: Tier = "preview", workers: int | None = None,
    samples: int | None = None, camera: CameraPath | None = None, font_path: str | Path | None = None, blur: bool = True,
) -> Iterator[NDArray[np.uint8]]:  # fmt: skip
    """The frames (H, W, 3) uint8 of a preview, one by one; see `render_preview`. Without `blur` they are sharp, as control needs them."""
    job, _ = _job(scene, trace, size, fps, tier, samples, camera, str(font_path) if font_path else None, blur)
    return rendered_frames(job, workers=workers)


def render_preview(
    scene: Scene, trace: Trace, path: str | Path, *, size: tuple[int, int] = (832, 480), fps: float | None = None, tier: Tier = "preview",
    workers: int | None = None, progress: Progress | None = None, metadata: dict[str, Any] | None = None, samples: int | None = None,
    camera: CameraPath | None = None, font_path: str | Path | None = None,
) -> ClipRecord:  # fmt: skip
    """Render the clip of a trace to `path` (.mp4 or .gif), which appears whole or not at all.

    `size` (width, height) [px], `fps` [1/s] of the clip (the trace's own when None), `tier`: draft (ray casting,
    seconds), preview (path tracing, a few samples and denoising), final (more samples). `workers` render processes (one
    a core when None); `progress(done, of)` is called after every frame; `metadata` goes into the file and comes back
    from `read_metadata`. `font_path` draws overlays that need more than Latin letters. Raises UserError for input that
    cannot be rendered, with the choices, and RunError when a render process fails.
    """
    started = time.perf_counter()
    job, rate = _job(scene, trace, size, fps, tier, samples, camera, str(font_path) if font_path else None)
    usage: dict[str, Any] = {}
    engine = (
        f"Mitsuba {job.variant}, {job.samples} samples a pixel" if job.variant else "ray casting with sun and shadow"
    )
    about = {"renderer": engine, "tier": tier, **(metadata or {})}
    with open_video(path, size=job.camera.size, fps=rate, metadata=about) as video:
        frames = rendered_frames(job, workers=workers, usage=usage)
        try:
            for index, frame in enumerate(frames):
                video.write(frame)
                if progress is not None:
                    progress(index + 1, len(job.times))
        finally:
            frames.close()  # type: ignore[attr-defined]  # a generator: its processes end here, whatever happened
    interval = float(job.times[1] - job.times[0]) if len(job.times) > 1 else float("inf")
    pressed = list(dict.fromkeys(squash.body for squash in squashes_of(job.scene, trace, interval)))
    slow, why = scene.camera.slow, job.camera.why
    if slow > 1:
        why += ("；" if scene.language == "zh" else "; ") + camera_words.slow(slow, scene.language == "zh")
    drawn: tuple[str, ...] = ("temperatures as colours, with a legend in degC",) if "temperature" in trace.extra else ()
    drawn += tuple(f"the squash of {name} where it strikes, by Hertz's theory (proxied)" for name in pressed)
    return ClipRecord(
        str(path), tier, engine, job.camera.size, len(job.times), rate, round(time.perf_counter() - started, 2), usage.get("cpu_seconds"),
        usage.get("workers", 1), why, *imagined(scene, trace), drawn, slow,
    )  # fmt: skip
