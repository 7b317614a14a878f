"""Entering a flow schedule in the middle, leaving it and going on, on stock diffusers schedulers.

Pipelines ask their scheduler for all timesteps and start at index 0. A run that enters at a noise level needs both `timesteps`
and `sigmas` cut at the entry, and a resumed run needs the solver to believe that it has been there all along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.guidance.base import Sampling
from scenes.errors import UserError

__all__ = ["configured", "entered_scheduler", "forget_last_sample", "full_sigmas", "scheduler_state"]

_MEMORY = (
    "model_outputs",
    "timestep_list",
    "lower_order_nums",
    "last_sample",
    "this_order",
)  # of the multistep solvers


def scheduler_state(scheduler: Any) -> dict[str, Any]:
    """What the solver remembers of earlier steps, on the CPU, for a resumed run."""

    def kept(value: Any) -> Any:
        if isinstance(value, list):
            return [kept(item) for item in value]
        return value.detach().to("cpu").clone() if hasattr(value, "detach") else value

    return {key: kept(getattr(scheduler, key)) for key in _MEMORY if hasattr(scheduler, key)}


def forget_last_sample(scheduler: Any) -> None:
    """Make an edit of the latents count. UniPC's corrector rebuilds the sample of a step from the one before it and so throws the
    edit away; without a last sample it takes the latents as they are. Other solvers keep no such sample."""
    if getattr(scheduler, "last_sample", None) is not None:
        scheduler.last_sample = None


def _with_shift(scheduler: Any, shift: float, base: type) -> Any:
    names = {"flow_shift", "shift"} & set(scheduler.config)
    if not names:
        raise UserError(
            f"{type(scheduler).__name__} has no flow shift: use UniPCMultistepScheduler or FlowMatchEulerDiscreteScheduler."
        )
    return base.from_config(scheduler.config, **{name: shift for name in names})  # type: ignore[attr-defined]


def full_sigmas(scheduler: Any, sampling: Sampling) -> NDArray[np.float64]:
    """Noise levels (steps + 1,) that this scheduler would run with the shift of `sampling`."""
    probe = _with_shift(scheduler, sampling.shift, type(scheduler))
    probe.set_timesteps(sampling.steps, device="cpu")
    return np.asarray(probe.sigmas.double().cpu().numpy())


def entered_scheduler(
    scheduler: Any, sampling: Sampling, *, entry: int, first: int, memory: Mapping[str, Any] | None = None
) -> Any:
    """A scheduler of the same class and settings whose schedule begins at step `entry`, for a run whose first step is `first`
    (later than `entry` when it goes on from `memory`). Its attribute `predicted` holds the model's x0 of the latest step."""
    stock: Any = type(scheduler)

    class Entered(stock):  # type: ignore[misc, valid-type]
        predicted: Any = None
        sigmas: Any
        timesteps: Any
        _step_index: Any
        _whole: Any = None

        def set_timesteps(self, *args: Any, **kwargs: Any) -> None:
            super().set_timesteps(*args, **kwargs)
            self.sigmas = self.sigmas[entry:]
            self._whole = self.timesteps[entry:]
            self.timesteps = self._whole[first - entry :]  # what the pipeline will loop over

        def step(self, model_output: Any, timestep: Any, sample: Any, *args: Any, **kwargs: Any) -> Any:
            if self._step_index is None:
                self.timesteps = self._whole  # what the solver counts in
                self._step_index = first - entry
                for key, value in (memory or {}).items():
                    setattr(self, key, _placed(value, sample))
            sigma = self.sigmas[self._step_index].to(sample.device, sample.dtype)
            self.predicted = sample - sigma * model_output.to(sample.dtype)
            return super().step(model_output, timestep, sample, *args, **kwargs)

    return _with_shift(scheduler, sampling.shift, Entered)


def _placed(value: Any, like: Any) -> Any:
    if isinstance(value, list):
        return [_placed(item, like) for item in value]
    return value.to(like.device) if hasattr(value, "detach") else value


@contextmanager
def configured(pipe: Any, sampling: Sampling) -> Iterator[None]:
    """Lend the pipeline the boundary of `sampling`; one expert alone runs the whole schedule. Everything is put back afterwards."""
    scheduler, boundary = pipe.scheduler, pipe.config.boundary_ratio
    high, low = pipe.transformer, pipe.transformer_2
    if high is None and low is None:
        raise UserError("The pipeline has no transformer: load the weights of at least one expert.")
    try:
        if high is None:
            pipe.transformer, pipe.transformer_2 = low, None
        pipe.register_to_config(boundary_ratio=None if pipe.transformer_2 is None else sampling.boundary_ratio)
        yield
    finally:
        pipe.scheduler = scheduler
        pipe.transformer, pipe.transformer_2 = high, low
        pipe.register_to_config(boundary_ratio=boundary)
