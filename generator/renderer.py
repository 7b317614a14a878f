"""One frame after another of one clip: what a render process does. The path tracer for a preview, ray casting for a
draft."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.blur import MotionBlur
from generator.camera import CameraPath
from generator.effects import Effects
from generator.geometry import scene_geometry
from generator.overlay import Overlay
from generator.stage import build_stage
from generator.textures import srgb
from generator.tone import develop, tone_mapped
from scenes.scene import Scene
from sim.trace import Trace

__all__ = ["Job", "Renderer"]

Frame = NDArray[np.uint8]
SAMPLES = {"preview": 2, "final": 32}


@dataclass(frozen=True)
class Job:
    """Everything that a render process needs. `variant` is Mitsuba's, "" for a draft; `threads` of one process."""

    scene: Scene
    trace: Trace
    times: NDArray[np.float64]
    camera: CameraPath
    tier: str
    variant: str
    threads: int
    samples: int
    font: str | None = None
    blur: bool = True  # motion blur of previews and finals; a draft is sharp
    legend: dict[str, Any] = field(default_factory=dict)


class Renderer:
    """Renders 8-bit frames (H, W, 3) of a job."""

    def __init__(self, job: Job) -> None:
        self._job = job
        geometry = scene_geometry(job.scene, job.trace, job.times)
        stage = build_stage(job.scene, geometry, job.camera)
        self._overlay = Overlay(job.scene, job.trace, geometry, job.camera, font=job.font)
        self._exposure = stage.environment.exposure
        self._fog = stage.environment.fog
        self._effects = Effects(job.scene, job.trace, job.camera, job.times, stage.environment, stage.span)
        self._denoise: Any = None
        self._blur: MotionBlur | None = None
        self._tracer: Any
        if job.tier == "draft":
            from generator.draft import DraftScene

            self._tracer = DraftScene(job.scene, geometry, stage, job.camera, overlay=self._overlay)
            return
        import drjit
        import mitsuba

        mitsuba.set_variant(job.variant)
        drjit.set_thread_count(job.threads)
        from generator.denoise import Denoiser
        from generator.mitsuba_scene import MitsubaScene

        quality = "high" if job.tier == "final" else "fast"
        self._denoise = Denoiser(job.camera.size, threads=job.threads, quality=quality)
        self._tracer = MitsubaScene(job.scene, geometry, stage, job.camera, samples=job.samples, overlay=self._overlay)

        if job.blur:
            step = float(job.times[1] - job.times[0]) if len(job.times) > 1 else 0.0
            self._blur = MotionBlur(self._tracer.rays, job.camera, step=step)

    def frame(self, index: int) -> Frame:
        """The finished picture of a frame."""
        return self._overlay.drawn(develop(self.radiance(index), exposure=self._exposure), index)

    def display(self, index: int) -> NDArray[np.float32]:
        """The picture (H, W, 3) as sRGB values in 0..1 before they are rounded to 8 bits, without what is written over it."""
        return srgb(tone_mapped(self.radiance(index), self._exposure)).astype(np.float32)

    def radiance(self, index: int) -> NDArray[np.float32]:
        """Linear radiance (H, W, 3) of a frame, effects and blur included."""
        passes = self._tracer.render(index)
        color = passes["color"]
        if self._denoise is not None:
            color = self._denoise(color, passes["albedo"], passes["normal"]) * passes["texture"] + passes["glow"]
        if self._blur is not None:
            color = self._blur(color, passes["depth"], index)
        color = self._effects.paint(color, passes["depth"], index)
        if self._fog is not None:
            tint, far = self._fog
            depth = np.where(passes["depth"] > 0, passes["depth"], 1e6)[..., None]
            # Water takes red first (absorption of clear ocean water: Pope and Fry, Appl. Opt. 36, 1997), and scatters
            # its own blue back.
            kept = np.exp(-depth / (far * np.array([0.45, 1.3, 1.6], dtype=np.float32)))
            color = (color * kept + np.asarray(tint, dtype=np.float32) * (1 - kept)).astype(np.float32)
        return np.asarray(color, dtype=np.float32)
