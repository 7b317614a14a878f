"""Guidance that needs no training: enter the schedule with the noised render, and pin what the laws moved.

Two clocks after Singer et al., "Time-to-Move", ICLR 2026 (arXiv 2511.08633); with no mask it is SDEdit (Meng et al., ICLR 2022).
Everything is said in noise levels: step numbers mean something else at every shift and step count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from generator.guidance.base import ModelSpec, PipelineKind, Reference, Sampling
from generator.guidance.engine import Guidance
from generator.guidance.latents import draw_noise, encode, grid_of
from generator.guidance.masks import MaskSettings, pin_layers, pin_names, to_cells
from generator.guidance.scheduling import forget_last_sample
from scenes.errors import UserError

__all__ = ["SDEdit", "TwoClock"]

KINDS: tuple[PipelineKind, ...] = ("t2v", "i2v", "vace")


@dataclass
class _Run:
    """Of one run: clean reference latents and the fixed noise (1, C, L, h, w), and the pinned regions with their levels."""

    clean: Any
    noise: Any
    layers: list[tuple[float, Any]]
    last: tuple[float, Any] | None = None  # the joined mask of the latest level


@dataclass(kw_only=True)
class TwoClock(Guidance):
    """The whole frame enters at `sigma_weak` with the noised render; movers are put back to the render, noised with the same fixed
    noise, at every level down to `sigma_strong`; then all is free. Never pins below the expert boundary: what the low-noise expert
    does is texture, and a render pinned there shows through.

    1 and 1 is no guidance at all. `masks` says how long each status is pinned and how widely.
    """

    sigma_weak: float = 0.95
    sigma_strong: float = 0.90
    masks: MaskSettings = field(default_factory=MaskSettings)
    _run: _Run | None = field(default=None, init=False, repr=False, compare=False)

    name = "two-clock"
    pipeline_kinds = KINDS

    @property
    def enters_at(self) -> float:
        return self.sigma_weak

    def settings(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "sigma_weak": self.sigma_weak,
            "sigma_strong": self.sigma_strong,
            "masks": self.masks.as_dict(),
        }

    def _floor(self, sampling: Sampling) -> float:
        return sampling.boundary_ratio or 0.0

    def pins(self, sampling: Sampling, reference: Reference | None) -> dict[str, float]:
        if self.sigma_strong >= 1:
            return {}
        if reference is None:
            known = {
                kind: share
                for kind, share in self.masks.release.items()
                if share is not None and kind not in ("background", "anchor")
            }
            return {
                kind: max(self.sigma_strong + share * (self.sigma_weak - self.sigma_strong), self._floor(sampling))
                for kind, share in known.items()
            }
        return pin_names(
            reference, self.masks, weak=self.sigma_weak, strong=self.sigma_strong, floor=self._floor(sampling)
        )

    def check(self, sampling: Sampling, reference: Reference | None = None, spec: ModelSpec | None = None) -> None:
        super().check(sampling, reference, spec)
        weak, strong, floor = self.sigma_weak, self.sigma_strong, self._floor(sampling)
        if not 0 < weak <= 1 or not 0 < strong <= 1:
            raise UserError(
                f"sigma_weak {weak:g} and sigma_strong {strong:g} are noise levels: give values above 0 and up to 1, for example 0.95 and 0.90."
            )
        if strong > weak:
            raise UserError(
                f"sigma_strong {strong:g} is above sigma_weak {weak:g}, so nothing would ever be pinned: give a sigma_strong below it."
            )
        if strong < floor - 1e-9:
            raise UserError(
                f"sigma_strong {strong:g} lies below the expert boundary {floor:g}, where a pinned render shows through: give at least {floor:g}."
            )
        plan = self.schedule(sampling)
        if strong < weak and not any(step.pinned for step in plan):
            raise UserError(
                f"With {sampling.steps} steps at shift {sampling.shift:g} no step lies between sigma {weak:g} and {strong:g}, so nothing would be guided: "
                "use more --steps, a wider window, or the guidance vace."
            )

    def advice(
        self,
        sampling: Sampling,
        reference: Reference | None = None,
        spec: ModelSpec | None = None,
        language: str = "en",
    ) -> list[str]:
        pinned = sum(bool(step.pinned) for step in self.schedule(sampling))
        if self.sigma_strong < self.sigma_weak and pinned < 3:
            if language == "zh":
                return [
                    f"{sampling.steps} 步中只有 {pinned} 步固定运动物体；步数少的模型很难这样引导：请用 8 步以上，或用 --guidance vace。"
                ]
            return [
                f"Only {pinned} of {sampling.steps} steps pin the movers; a few-step model is hard to steer this way: use 8 or more steps, or the guidance vace."
            ]
        return []

    def entry(
        self, pipe: Any, reference: Reference, sampling: Sampling, generator: Any, *, extra_frames: int
    ) -> dict[str, Any]:
        import torch

        noise = draw_noise(pipe, sampling, generator, extra_frames=extra_frames)
        self._run = None
        if self.enters_at >= 1 and not self.pins(sampling, reference):
            return {"latents": noise}
        clean = encode(pipe, reference.frames)
        if extra_frames:  # reference images have no render: they enter as pure noise, and are never pinned
            clean = torch.cat([torch.zeros_like(noise[:, :, :extra_frames]), clean], dim=2)
        self._run = _Run(clean, noise, self._layers(pipe, reference, sampling, extra_frames))
        if self.enters_at >= 1:
            return {"latents": noise}
        pipe.scheduler.set_timesteps(sampling.steps, device="cpu")
        sigma = float(pipe.scheduler.sigmas[0])
        entered = (1 - sigma) * clean + sigma * noise
        if extra_frames:
            entered[:, :, :extra_frames] = noise[:, :, :extra_frames]
        return {"latents": entered}

    def _layers(
        self, pipe: Any, reference: Reference, sampling: Sampling, extra_frames: int
    ) -> list[tuple[float, Any]]:
        import torch

        if self.sigma_strong >= 1:
            return []
        grid = grid_of(pipe)
        height, width = (side // grid.token * grid.patch for side in (sampling.size[1], sampling.size[0]))
        found = []
        for layer in pin_layers(
            reference, grid, self.masks, weak=self.sigma_weak, strong=self.sigma_strong, floor=self._floor(sampling)
        ):
            cells = torch.from_numpy(to_cells(layer.mask, grid, (height, width)).copy())
            if extra_frames:
                cells = torch.cat([torch.zeros(extra_frames, *cells.shape[1:]), cells])
            found.append((layer.until, cells.to(pipe._execution_device)))
        return found

    def on_step_end(self, pipe: Any, i: int, t: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        if self._run is None or not self._run.layers:
            return kwargs
        scheduler = pipe.scheduler
        sigma = float(scheduler.sigmas[scheduler.step_index])  # of the latents that the step has just made
        mask = self._mask(sigma)
        if mask is None:
            return kwargs
        noised = (1 - sigma) * self._run.clean + sigma * self._run.noise
        kwargs["latents"] = kwargs["latents"] + mask * (noised - kwargs["latents"])
        forget_last_sample(scheduler)
        return kwargs

    def _mask(self, sigma: float) -> Any:
        """Joined mask (1, 1, L, h, w) of all that is still pinned at this level; None when nothing is."""
        import torch

        assert self._run is not None
        held = [mask for until, mask in self._run.layers if sigma >= until - 1e-6 and sigma > 0]
        return torch.stack(held).amax(dim=0)[None, None] if held else None


@dataclass(kw_only=True)
class SDEdit(TwoClock):
    """One clock: the whole frame enters at `sigma` with the noised render and is free from there."""

    sigma: float = 0.94
    sigma_weak: float = field(default=1.0, init=False)
    sigma_strong: float = field(default=1.0, init=False)

    name = "sdedit"

    @property
    def enters_at(self) -> float:
        return self.sigma

    def settings(self) -> dict[str, Any]:
        return {"name": self.name, "sigma": self.sigma}

    def check(self, sampling: Sampling, reference: Reference | None = None, spec: ModelSpec | None = None) -> None:
        Guidance.check(self, sampling, reference, spec)
        if not 0 < self.sigma <= 1:
            raise UserError(
                f"SDEdit enters at a noise level above 0 and up to 1, not at {self.sigma:g}: give for example 0.94."
            )
