"""What every kind of guidance shares: checks, the schedule, and the run through a stock pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, is_dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from generator.guidance.base import (
    ModelSpec,
    OnStep,
    PipelineKind,
    Reference,
    Sampling,
    StepPlan,
    StepReport,
    plan_steps,
)
from generator.guidance.latents import decode, draw_noise
from generator.guidance.scheduling import configured, entered_scheduler, full_sigmas, scheduler_state
from scenes.errors import UserError

__all__ = ["Guidance", "Unguided", "pipeline_kind"]

_KINDS: dict[str, PipelineKind] = {"WanPipeline": "t2v", "WanImageToVideoPipeline": "i2v", "WanVACEPipeline": "vace"}


def pipeline_kind(pipe: Any) -> PipelineKind:
    """t2v, i2v or vace of a diffusers pipeline. Raises UserError for any other class."""
    for base in type(pipe).__mro__:
        if base.__name__ in _KINDS:
            return _KINDS[base.__name__]
    raise UserError(f"{type(pipe).__name__} cannot be guided; the pipelines that can are {', '.join(_KINDS)}.")


class Guidance:
    """Base of all kinds. A kind says at which level it enters, what it pins until when, which arguments it gives the pipeline, and
    how it edits the latents; `sample` does the rest. The base itself changes nothing: it is the stock pipeline."""

    name: str = "none"
    pipeline_kinds: Sequence[PipelineKind] = ("t2v", "i2v", "vace")

    # what a kind may override -----------------------------------------------------------------------------------------------------

    @property
    def enters_at(self) -> float:
        """Noise level at which the noised reference replaces pure noise; 1 for a run from noise."""
        return 1.0

    def pins(self, sampling: Sampling, reference: Reference | None) -> dict[str, float]:
        """{what is pinned: the lowest noise level at which it is}."""
        return {}

    def settings(self) -> dict[str, Any]:
        found: dict[str, Any] = asdict(self) if is_dataclass(self) and not isinstance(self, type) else {}
        return {"name": self.name, **{key: value for key, value in found.items() if not isinstance(value, np.ndarray)}}

    def check(self, sampling: Sampling, reference: Reference | None = None, spec: ModelSpec | None = None) -> None:
        """Raise UserError where settings, reference and model do not go together."""
        if reference is not None and (
            reference.size != tuple(sampling.size) or reference.num_frames != sampling.num_frames
        ):
            raise UserError(
                f"The reference is {reference.size[0]}x{reference.size[1]} with {reference.num_frames} frames and the clip asked for is "
                f"{sampling.size[0]}x{sampling.size[1]} with {sampling.num_frames}: render the preview at the model's size and frames."
            )
        if spec is not None:
            if not set(self.pipeline_kinds) & set(spec.pipelines):
                raise UserError(
                    f"The guidance {self.name} needs a model of kind {' or '.join(self.pipeline_kinds)}, and {spec.name} is {', '.join(spec.pipelines)}: "
                    "choose another --guidance or another --backend."
                )
            if spec.experts == 1 and sampling.boundary_ratio is not None:
                raise UserError(f"{spec.name} has one expert and therefore no boundary: leave boundary_ratio out.")
            token = spec.grid.token
            if any(side % token for side in sampling.size):
                near = tuple(max(token, round(side / token) * token) for side in sampling.size)
                raise UserError(
                    f"{spec.name} has tokens of {token} px, which do not divide {sampling.size[0]}x{sampling.size[1]}: use --size {near[0]}x{near[1]}."
                )

    def advice(
        self,
        sampling: Sampling,
        reference: Reference | None = None,
        spec: ModelSpec | None = None,
        language: str = "en",
    ) -> list[str]:
        """What will run but may disappoint, in sentences."""
        return []

    def prepare(self, pipe: Any, reference: Reference, sampling: Sampling, generator: Any) -> dict[str, Any]:
        """Pipeline arguments of this kind, and the initial `latents`."""
        arguments = self.arguments(pipe, reference, sampling)
        return {**arguments, **self.entry(pipe, reference, sampling, generator, extra_frames=_extra(arguments))}

    def arguments(self, pipe: Any, reference: Reference, sampling: Sampling) -> dict[str, Any]:
        return {}

    def entry(
        self, pipe: Any, reference: Reference, sampling: Sampling, generator: Any, *, extra_frames: int
    ) -> dict[str, Any]:
        return {"latents": draw_noise(pipe, sampling, generator, extra_frames=extra_frames)}

    @contextmanager
    def hooks(self, pipe: Any, sampling: Sampling) -> Iterator[None]:
        """What must be attached to the modules while the pipeline runs."""
        yield

    def on_step_end(self, pipe: Any, i: int, t: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        return kwargs

    # the run ----------------------------------------------------------------------------------------------------------------------

    def schedule(
        self, sampling: Sampling, *, reference: Reference | None = None, sigmas: NDArray[np.float64] | None = None
    ) -> list[StepPlan]:
        """Every step of the full schedule. With a `reference` the names pinned are its bodies, without one the kinds of thing."""
        return plan_steps(sampling, enter_at=self.enters_at, pinned_until=self.pins(sampling, reference), sigmas=sigmas)

    def sample(
        self, pipe: Any, reference: Reference, sampling: Sampling, *, generator: Any, on_step: OnStep | None = None, start_step: int = 0,
        latents: Any = None, scheduler_state: Mapping[str, Any] | None = None, output: Literal["latents", "frames"] = "frames",
    ) -> Any:  # fmt: skip
        """See `MotionGuidance.sample`."""
        kind = pipeline_kind(pipe)
        if kind not in self.pipeline_kinds:
            raise UserError(
                f"The guidance {self.name} runs on {' or '.join(self.pipeline_kinds)} pipelines, not on {type(pipe).__name__}."
            )
        if output not in ("latents", "frames"):
            raise UserError(f"There is no output {output!r}; the choices are latents and frames.")
        self.check(sampling, reference, None)
        if start_step and latents is None:
            raise UserError("A run can go on from a step only with the latents of that step.")
        with configured(pipe, sampling), ExitStack() as stack:
            if pipe.config.boundary_ratio is None:
                sampling = sampling.with_(boundary_ratio=None)
            plan = self.schedule(sampling, reference=reference, sigmas=full_sigmas(pipe.scheduler, sampling))
            entry = next(step.step for step in plan if step.runs)
            first = max(entry, start_step)
            if first >= len(plan):
                return decode(pipe, _clip_of(latents, sampling, pipe)) if output == "frames" else latents
            pipe.scheduler = entered_scheduler(
                pipe.scheduler, sampling, entry=entry, first=first, memory=scheduler_state
            )
            arguments = self.prepare(pipe, reference, sampling, generator)
            if latents is not None:
                arguments["latents"] = latents.to(arguments["latents"].device, arguments["latents"].dtype)
            stack.enter_context(self.hooks(pipe, sampling))
            watch = _Watch(self, plan, entry, first, on_step)
            result = pipe(
                **sampling.pipeline_arguments(), **arguments, generator=generator, output_type="latent", return_dict=False,
                callback_on_step_end=watch, callback_on_step_end_tensor_inputs=["latents"],
            )[0]  # fmt: skip
        if watch.stopped:
            return result
        clip = _clip_of(result, sampling, pipe)
        return decode(pipe, clip) if output == "frames" else clip


class Unguided(Guidance):
    """The stock pipeline, for comparison; the reference only sets size and frames."""

    pipeline_kinds = ("t2v",)


def _extra(arguments: Mapping[str, Any]) -> int:
    """Latent frames that reference images take in front of the clip."""
    images = arguments.get("reference_images")
    return 0 if images is None else len(images) if isinstance(images, list) else 1


def _clip_of(latents: Any, sampling: Sampling, pipe: Any) -> Any:
    """Latents without those of the reference images in front."""
    from generator.guidance.latents import grid_of

    return latents[:, :, -grid_of(pipe).latent_frames(sampling.num_frames) :]


class _Watch:
    """The callback of the pipeline: counts in the full schedule, lets guidance edit, and tells the caller."""

    def __init__(
        self, guidance: Guidance, plan: list[StepPlan], entry: int, first: int, on_step: OnStep | None
    ) -> None:
        self._guidance, self._plan, self._entry, self._first, self._on_step = guidance, plan, entry, first, on_step
        self.stopped = False

    def __call__(self, pipe: Any, i: int, t: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        step = self._first + i
        kwargs = self._guidance.on_step_end(pipe, step, t, kwargs)
        if self._on_step is not None:
            plan, last = self._plan[step], step + 1 == len(self._plan)
            state: Callable[[], dict[str, Any]] = lambda: scheduler_state(pipe.scheduler)  # noqa: E731
            report = StepReport(
                step, len(self._plan), step - self._entry + 1, len(self._plan) - self._entry, plan.sigma, 0.0 if last else self._plan[step + 1].sigma,
                plan.expert, plan.action, kwargs["latents"], pipe.scheduler.predicted, state,
            )  # fmt: skip
            if self._on_step(report) is False:
                self.stopped = not last
                pipe._interrupt = True
        return kwargs
