"""A given first (and last) frame, for image-to-video models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.guidance.base import ModelSpec, PipelineKind, Reference, Sampling
from generator.guidance.engine import Guidance
from scenes.errors import UserError

__all__ = ["FirstFrame"]


@dataclass(kw_only=True)
class FirstFrame(Guidance):
    """Frame 0 is `image` uint8 (H, W, 3), the preview's own when None; `last` is an array, True for the preview's, or None."""

    image: NDArray[np.uint8] | None = None
    last: NDArray[np.uint8] | bool | None = None

    name = "first-frame"
    pipeline_kinds: tuple[PipelineKind, ...] = ("i2v",)

    def settings(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "image": "preview" if self.image is None else "given",
            "last": "none" if self.last is None or self.last is False else "preview" if self.last is True else "given",
        }

    def check(self, sampling: Sampling, reference: Reference | None = None, spec: ModelSpec | None = None) -> None:
        super().check(sampling, reference, spec)
        for what, picture in (("first", self.image), ("last", self.last)):
            if isinstance(picture, np.ndarray) and picture.shape != (sampling.size[1], sampling.size[0], 3):
                raise UserError(
                    f"The {what} frame is {picture.shape[1]}x{picture.shape[0]}: give it in the clip's size {sampling.size[0]}x{sampling.size[1]}."
                )

    def advice(
        self,
        sampling: Sampling,
        reference: Reference | None = None,
        spec: ModelSpec | None = None,
        language: str = "en",
    ) -> list[str]:
        if self.image is None:
            if language == "zh":
                return ["首帧就是渲染图本身，短片会保留计算机图形的样子：请先绘制首帧（still-then-move）。"]
            return [
                "The first frame is the render itself, and the clip will keep its computer-graphics look: paint it first (still-then-move)."
            ]
        return []

    def arguments(self, pipe: Any, reference: Reference, sampling: Sampling) -> dict[str, Any]:
        from PIL import Image

        arguments: dict[str, Any] = {
            "image": Image.fromarray(reference.frames[0] if self.image is None else self.image)
        }
        if self.last is True or isinstance(self.last, np.ndarray):
            arguments["last_image"] = Image.fromarray(reference.frames[-1] if self.last is True else self.last)
        return arguments
