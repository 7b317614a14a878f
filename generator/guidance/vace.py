"""VACE: guidance by a trained control branch (Wan2.1-VACE and VACE-Fun for the A14B)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.guidance.base import ModelSpec, PipelineKind, Reference, Sampling
from generator.guidance.controls import CONTROLS, Control, control_video
from generator.guidance.engine import Guidance
from scenes.errors import UserError

__all__ = ["VaceControl"]


@dataclass(kw_only=True)
class VaceControl(Guidance):
    """A control video made from the simulation, with separate scales for the control, for the reference picture and for each expert.

    `control` depth, flow, layout, contours or pose; `smooth` [px] softens depth. `control_scale` and `reference_scale` weigh the
    tokens of the clip and those of the reference picture; `high` and `low` multiply both in the high- and the low-noise expert (motion
    is settled in the high one; less control in the low one leaves texture free). `reference_image` uint8 (H, W, 3): its look is
    copied, and weakens the prompt. `keep_first` uint8 (H, W, 3) becomes frame 0 as it is.
    """

    control: Control = "depth"
    control_scale: float = 1.0
    reference_scale: float = 0.6
    high: float = 1.0
    low: float = 0.5
    smooth: float = 0.0
    reference_image: NDArray[np.uint8] | None = None
    keep_first: NDArray[np.uint8] | None = None

    name = "vace"
    pipeline_kinds: tuple[PipelineKind, ...] = ("vace",)

    def settings(self) -> dict[str, Any]:
        return {
            "name": self.name, "control": self.control, "control_scale": self.control_scale, "reference_scale": self.reference_scale, "high": self.high,
            "low": self.low, "smooth": self.smooth, "reference_image": self.reference_image is not None, "keep_first": self.keep_first is not None,
        }  # fmt: skip

    def check(self, sampling: Sampling, reference: Reference | None = None, spec: ModelSpec | None = None) -> None:
        super().check(sampling, reference, spec)
        if self.control not in CONTROLS:
            raise UserError(f"There is no control {self.control!r}; the choices are {', '.join(CONTROLS)}.")
        for what in ("control_scale", "reference_scale", "high", "low"):
            if not 0 <= getattr(self, what) <= 2:
                raise UserError(f"{what} {getattr(self, what):g} is outside 0 to 2: 1 is full control, 0 none.")
        if reference is not None:
            missing = {"depth": reference.depth, "flow": reference.flow, "pose": reference.pose}.get(
                self.control, reference.ids
            )
            if missing is None:
                cure = (
                    "there is no person in the scene"
                    if self.control == "pose"
                    else "the reference was built without it"
                )
                raise UserError(
                    f"The control {self.control} cannot be drawn ({cure}): choose another of {', '.join(CONTROLS)}."
                )
            for what, picture in (("reference_image", self.reference_image), ("keep_first", self.keep_first)):
                if picture is not None and picture.shape != reference.frames.shape[1:]:
                    raise UserError(
                        f"The picture {what} is {picture.shape[1]}x{picture.shape[0]}: give it in the clip's size {reference.size[0]}x{reference.size[1]}."
                    )

    def advice(
        self,
        sampling: Sampling,
        reference: Reference | None = None,
        spec: ModelSpec | None = None,
        language: str = "en",
    ) -> list[str]:
        if self.reference_image is not None and self.reference_scale > 0.8:
            if language == "zh":
                return ["参考图过强会削弱提示词：reference_scale 取 0.8 以下可两者兼顾。"]
            return ["A strong reference picture weakens the prompt: reference_scale up to 0.8 keeps both."]
        return []

    def arguments(self, pipe: Any, reference: Reference, sampling: Sampling) -> dict[str, Any]:
        from PIL import Image

        pictures = control_video(reference, self.control, smooth=self.smooth)
        video = [Image.fromarray(frame) for frame in pictures]
        white, black = (Image.new("L", sampling.size, value) for value in (255, 0))
        mask = [white] * len(video)
        if self.keep_first is not None:
            video[0], mask[0] = Image.fromarray(self.keep_first), black
        arguments: dict[str, Any] = {"video": video, "mask": mask, "conditioning_scale": 1.0}
        if self.reference_image is not None:
            arguments["reference_images"] = [Image.fromarray(self.reference_image)]
        return arguments

    @contextmanager
    def hooks(self, pipe: Any, sampling: Sampling) -> Iterator[None]:
        """Scale the hints of the control branch per token and per expert; neutral scales attach nothing."""
        references = 0 if self.reference_image is None else 1
        handles = []
        for module, factor in ((pipe.transformer, self.high), (pipe.transformer_2, self.low)):
            neutral = factor == 1 and self.control_scale == 1 and (not references or self.reference_scale == 1)
            if module is None or neutral:
                continue
            handles.append(module.register_forward_pre_hook(self._scaler(factor, references), with_kwargs=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _scaler(self, factor: float, references: int) -> Any:
        def scaled(module: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
            import torch

            hidden = kwargs["hidden_states"]
            patch = module.config.patch_size
            frame = (hidden.shape[3] // patch[1]) * (hidden.shape[4] // patch[2])
            tokens = torch.full(
                (hidden.shape[2] // patch[0] * frame,),
                factor * self.control_scale,
                device=hidden.device,
                dtype=hidden.dtype,
            )
            tokens[: references * frame] = factor * self.reference_scale
            scale = tokens[None, None, :, None].expand(len(module.config.vace_layers), -1, -1, -1)
            return args, {**kwargs, "control_hidden_states_scale": scale}

        return scaled
