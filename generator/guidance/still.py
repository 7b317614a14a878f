"""Paint a still, then move it: text-to-video paints frame 0 over the render, image-to-video animates it with two clocks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from generator.guidance.agreement import Agreement, recoloured, still_agreement
from generator.guidance.base import ModelSpec, OnStep, PipelineKind, Reference, Sampling, StepReport
from generator.guidance.combined import Combined
from generator.guidance.engine import Guidance
from generator.guidance.first_frame import FirstFrame
from generator.guidance.two_clock import SDEdit, TwoClock
from scenes.errors import UserError

__all__ = ["Still", "StillThenMove"]

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Still:
    """A frame for image-to-video: `picture` uint8 (H, W, 3), painted or, when no painting had its things in place, the render itself;
    `sigma` it was painted from; what was `tried` [(sigma, Agreement)]."""

    frame: int
    picture: Picture
    painted: bool
    sigma: float | None
    tried: tuple[tuple[float, Agreement], ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "frame": self.frame, "painted": self.painted, "sigma": self.sigma, "why": self.tried[-1][1].why if self.tried else "given",
            "tried": [{"sigma": sigma, **agreement.as_dict()} for sigma, agreement in self.tried],
        }  # fmt: skip


@dataclass(kw_only=True)
class StillThenMove(Guidance):
    """First `paint` with a text-to-video pipeline, then `sample` with an image-to-video pipeline; the two need not be in memory together:

        guidance = StillThenMove()
        guidance.paint(t2v_pipe, reference, sampling.with_(shift=12), generator=...)     # sets guidance.stills
        guidance.sample(i2v_pipe, reference, sampling.with_(shift=5, boundary_ratio=0.9), generator=...)

    `painter` makes `sample` do both: a pipeline, or a function without arguments that loads one. Painting is SDEdit of frame 0 at the
    highest of `sigmas` whose result has every mover in its place (see `agreement`); when none has, the render itself is the still, and
    `stills` says so. `last` paints the last frame too. `recolour` gives the guiding render the colours of the painted still.
    """

    sigmas: tuple[float, ...] = (0.92, 0.88, 0.84)
    share: float = 0.75
    last: bool = False
    recolour: bool = True
    clocks: TwoClock = field(default_factory=TwoClock)
    painter: Any = None
    paint_sampling: Sampling | None = None
    stills: tuple[Still, ...] = field(default=(), init=False)
    _inner: Combined | None = field(default=None, init=False, repr=False, compare=False)

    name = "still-then-move"
    pipeline_kinds: tuple[PipelineKind, ...] = ("i2v",)

    @property
    def enters_at(self) -> float:
        return self.clocks.enters_at

    def pins(self, sampling: Sampling, reference: Reference | None) -> dict[str, float]:
        return self.clocks.pins(sampling, reference)

    def settings(self) -> dict[str, Any]:
        return {
            "name": self.name, "sigmas": list(self.sigmas), "share": self.share, "last": self.last, "recolour": self.recolour,
            "clocks": self.clocks.settings(), "stills": [still.as_dict() for still in self.stills],
        }  # fmt: skip

    def check(self, sampling: Sampling, reference: Reference | None = None, spec: ModelSpec | None = None) -> None:
        super().check(sampling, reference, spec)
        self.clocks.check(sampling, reference, spec)
        if not self.sigmas or not all(0 < sigma < 1 for sigma in self.sigmas):
            raise UserError("Painting a still needs at least one noise level between 0 and 1, for example 0.92.")

    def advice(
        self,
        sampling: Sampling,
        reference: Reference | None = None,
        spec: ModelSpec | None = None,
        language: str = "en",
    ) -> list[str]:
        return self.clocks.advice(sampling, reference, spec, language)

    # painting ---------------------------------------------------------------------------------------------------------------------

    def paint(
        self, pipe: Any, reference: Reference, sampling: Sampling, *, generator: Any, on_step: OnStep | None = None
    ) -> tuple[Still, ...]:
        """Paint frame 0 (and the last) with a text-to-video pipeline; `sampling` of that model. Keeps and returns the stills."""
        frames = [0, reference.num_frames - 1] if self.last and reference.num_frames > 1 else [0]
        self.stills = tuple(self._painted(pipe, reference, sampling, generator, frame, on_step) for frame in frames)
        return self.stills

    def _painted(
        self, pipe: Any, reference: Reference, sampling: Sampling, generator: Any, frame: int, on_step: OnStep | None
    ) -> Still:
        import torch

        part, one = reference.part(frame, 1), sampling.with_(num_frames=1)
        seed = int(torch.randint(2**31 - 1, (1,), generator=generator, device=generator.device))
        tried: list[tuple[float, Agreement]] = []

        def told(report: StepReport) -> bool | None:
            return on_step(replace(report, stage="still")) if on_step is not None else None

        for sigma in sorted(self.sigmas, reverse=True):
            fresh = torch.Generator(generator.device).manual_seed(seed)
            result = SDEdit(sigma=sigma).sample(pipe, part, one, generator=fresh, on_step=told)
            if not isinstance(result, np.ndarray):
                raise UserError("The still was interrupted before it was painted: run it again.")
            agreement = still_agreement(result[0], part, 0, share=self.share)
            tried.append((sigma, agreement))
            if agreement.kept:
                return Still(frame, result[0], True, sigma, tuple(tried))
        return Still(frame, reference.frames[frame], False, None, tuple(tried))

    # animation --------------------------------------------------------------------------------------------------------------------

    def _parts(self, reference: Reference) -> Combined:
        if not self.stills:
            raise UserError(
                "There is no still to move yet: call paint with a text-to-video pipeline first, or give a painter."
            )
        last = self.stills[1].picture if len(self.stills) > 1 else None
        return Combined([FirstFrame(image=self.stills[0].picture, last=last), self.clocks])

    def prepare(self, pipe: Any, reference: Reference, sampling: Sampling, generator: Any) -> dict[str, Any]:
        self._inner = self._parts(reference)
        if self.recolour and self.stills[0].painted:
            reference = replace(reference, frames=recoloured(reference, self.stills[0].picture, self.stills[0].frame))
        return self._inner.prepare(pipe, reference, sampling, generator)

    def on_step_end(self, pipe: Any, i: int, t: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        return self._inner.on_step_end(pipe, i, t, kwargs) if self._inner is not None else kwargs

    def sample(
        self, pipe: Any, reference: Reference, sampling: Sampling, *, generator: Any, on_step: OnStep | None = None, start_step: int = 0,
        latents: Any = None, scheduler_state: Any = None, output: Literal["latents", "frames"] = "frames",
    ) -> Any:  # fmt: skip
        self.check(sampling, reference, None)
        if not self.stills:
            if self.painter is None:
                raise UserError(
                    "There is no still to move yet: call paint with a text-to-video pipeline first, or give a painter."
                )
            loaded = hasattr(self.painter, "scheduler")  # a pipeline can be called too
            painter = self.painter if loaded else self.painter()
            self.paint(painter, reference, self.paint_sampling or sampling, generator=generator, on_step=on_step)
            del painter
        return super().sample(
            pipe,
            reference,
            sampling,
            generator=generator,
            on_step=on_step,
            start_step=start_step,
            latents=latents,
            scheduler_state=scheduler_state,
            output=output,
        )
