"""Clips longer than a model's: overlapping chunks, each held to the end of the one before, with the seams measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.guidance.base import OnStep, Reference, Sampling
from generator.guidance.combined import Combined
from generator.guidance.engine import Guidance
from generator.guidance.first_frame import FirstFrame
from generator.guidance.still import StillThenMove
from generator.guidance.vace import VaceControl
from scenes.errors import UserError

__all__ = ["Chunked", "Seam", "chunk_starts", "continued", "sample_chunks", "seam_ratios"]

Frames = NDArray[np.uint8]
ANCHOR = "anchor"  # the effect that pins everything in the frames that two chunks share


@dataclass(frozen=True)
class Seam:
    """Where chunk k joins the one before: the first shared `frame`, mean absolute `difference` of the shared frames as both chunks
    have them (of 255), and `ratio`, the change from frame to frame at the joints over the clip's median change; 1 is no seam."""

    frame: int
    difference: float
    ratio: float


@dataclass(frozen=True)
class Chunked:
    """A long clip (T, H, W, 3), where its chunks start, and its seams."""

    frames: Frames
    starts: tuple[int, ...]
    seams: tuple[Seam, ...]


def chunk_starts(frames: int, length: int, overlap: int) -> list[int]:
    """First frames of chunks of `length` that cover `frames`, sharing at least `overlap`; the last ends with the clip."""
    if not 1 <= overlap < length:
        raise UserError(f"Chunks of {length} frames cannot share {overlap}: choose an overlap from 1 to {length - 1}.")
    if frames <= length:
        return [0]
    starts = list(range(0, frames - length, length - overlap))
    return [*starts, frames - length]


def seam_ratios(frames: Frames, joints: Sequence[int]) -> list[float]:
    """Mean change into each joint frame over the median change between all frames of the clip."""
    change = np.array([np.abs(frames[t].astype(np.int16) - frames[t - 1]).mean() for t in range(1, len(frames))])
    usual = float(np.median(change))
    return [float(change[joint - 1] / usual) if usual > 0 else float(change[joint - 1] > 0) for joint in joints]


def continued(guidance: Guidance, picture: Frames) -> Guidance:
    """The same guidance for a chunk whose first frame is given."""
    if isinstance(guidance, VaceControl):
        return replace(guidance, keep_first=picture)
    if isinstance(guidance, FirstFrame):
        return replace(guidance, image=picture)
    if isinstance(guidance, StillThenMove):
        return Combined([FirstFrame(image=picture), guidance.clocks])
    if isinstance(guidance, Combined):
        return Combined([continued(part, picture) for part in guidance.parts])
    return guidance


def sample_chunks(
    guidance: Guidance, pipe: Any, reference: Reference, sampling: Sampling, *, seed: int, overlap: int = 17, on_step: OnStep | None = None,
    on_chunk: Callable[[int, int], None] | None = None,
) -> Chunked:  # fmt: skip
    """Generate a clip as long as `reference` in chunks of `sampling.num_frames`, which share `overlap` frames.

    In a later chunk the shared frames of the reference are those that were generated before, and two clocks pin them whole; where a
    pipeline takes a first frame it gets the generated one. Shared frames are faded from one chunk to the next. `on_chunk(k, of)`.
    """
    import torch

    length = sampling.num_frames
    if reference.num_frames < length:
        raise UserError(
            f"The reference has {reference.num_frames} frames, less than one chunk of {length}: render it longer, or ask for fewer frames."
        )
    starts = chunk_starts(reference.num_frames, length, overlap)
    out = np.zeros_like(reference.frames)
    seams: list[tuple[int, float, int]] = []
    done = 0
    for k, start in enumerate(starts):
        part = reference.part(start, length)
        shared = max(0, done - start)
        own: Guidance = guidance
        if shared:
            held = np.zeros(part.ids.shape, dtype=bool)
            held[:shared] = True
            frames = part.frames.copy()
            frames[:shared] = out[start:done]
            part = replace(part, frames=frames, effects={**part.effects, ANCHOR: held})
            own = continued(guidance, frames[0])
        made = own.sample(pipe, part, sampling, generator=torch.Generator("cpu").manual_seed(seed + k), on_step=on_step)
        if not isinstance(made, np.ndarray):
            raise UserError(
                "A clip of several chunks cannot be stopped halfway and kept: run it again, or ask for one chunk."
            )
        if shared:
            before, after = out[start:done].astype(np.float32), made[:shared].astype(np.float32)
            fade = ((np.arange(shared) + 1) / (shared + 1))[:, None, None, None]
            out[start:done] = np.round(before * (1 - fade) + after * fade).astype(np.uint8)
            seams.append((start, float(np.abs(before - after).mean()), done))
        out[start + shared : start + length] = made[shared:]
        done = start + length
        if on_chunk is not None:
            on_chunk(k + 1, len(starts))
    told = [Seam(first, difference, max(seam_ratios(out, [first, end]))) for first, difference, end in seams]
    return Chunked(out, tuple(starts), tuple(told))
