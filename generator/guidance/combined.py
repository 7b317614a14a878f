"""Several kinds of guidance at once, e.g. `Combined([VaceControl(control="depth"), TwoClock()])`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from generator.guidance.base import ModelSpec, PipelineKind, Reference, Sampling
from generator.guidance.engine import Guidance
from scenes.errors import UserError

__all__ = ["Combined"]


@dataclass
class Combined(Guidance):
    """Arguments of all parts together; at most one part may enter the schedule (two clocks or SDEdit). Edits run in order."""

    parts: Sequence[Guidance]

    def __post_init__(self) -> None:
        if not self.parts:
            raise UserError("A combination needs at least one guidance.")
        entering = [part.name for part in self.parts if type(part).entry is not Guidance.entry]
        if len(entering) > 1:
            raise UserError(f"{' and '.join(entering)} both set the initial latents: keep one of them.")
        if not self.pipeline_kinds:
            raise UserError(
                f"{' and '.join(part.name for part in self.parts)} need different pipelines and cannot be combined."
            )

    @property
    def name(self) -> str:  # type: ignore[override]
        return "+".join(part.name for part in self.parts)

    @property
    def pipeline_kinds(self) -> Sequence[PipelineKind]:  # type: ignore[override]
        return tuple(
            kind for kind in self.parts[0].pipeline_kinds if all(kind in part.pipeline_kinds for part in self.parts)
        )

    @property
    def enters_at(self) -> float:
        return min(part.enters_at for part in self.parts)

    def pins(self, sampling: Sampling, reference: Reference | None) -> dict[str, float]:
        return {name: until for part in self.parts for name, until in part.pins(sampling, reference).items()}

    def settings(self) -> dict[str, Any]:
        return {"name": self.name, "parts": [part.settings() for part in self.parts]}

    def check(self, sampling: Sampling, reference: Reference | None = None, spec: ModelSpec | None = None) -> None:
        super().check(sampling, reference, spec)
        for part in self.parts:
            part.check(sampling, reference, spec)

    def advice(
        self,
        sampling: Sampling,
        reference: Reference | None = None,
        spec: ModelSpec | None = None,
        language: str = "en",
    ) -> list[str]:
        return [line for part in self.parts for line in part.advice(sampling, reference, spec, language)]

    def arguments(self, pipe: Any, reference: Reference, sampling: Sampling) -> dict[str, Any]:
        return {key: value for part in self.parts for key, value in part.arguments(pipe, reference, sampling).items()}

    def entry(
        self, pipe: Any, reference: Reference, sampling: Sampling, generator: Any, *, extra_frames: int
    ) -> dict[str, Any]:
        setting = next((part for part in self.parts if type(part).entry is not Guidance.entry), None)
        if setting is None:
            return super().entry(pipe, reference, sampling, generator, extra_frames=extra_frames)
        return setting.entry(pipe, reference, sampling, generator, extra_frames=extra_frames)

    @contextmanager
    def hooks(self, pipe: Any, sampling: Sampling) -> Iterator[None]:
        with ExitStack() as stack:
            for part in self.parts:
                stack.enter_context(part.hooks(pipe, sampling))
            yield

    def on_step_end(self, pipe: Any, i: int, t: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        for part in self.parts:
            kwargs = part.on_step_end(pipe, i, t, kwargs)
        return kwargs
