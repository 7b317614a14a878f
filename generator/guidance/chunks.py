"""Clips longer than a model's: overlapping chunks, each held to the end of the one before, with the seams measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.guidance.agreement import recoloured
from generator.guidance.base import OnStep, Reference, Sampling
from generator.guidance.combined import Combined
from generator.guidance.engine import Guidance
from generator.guidance.first_frame import FirstFrame
from generator.guidance.still import StillThenMove
from generator.guidance.vace import VaceControl
from scenes.errors import UserError

__all__ = [
    "Chunked",
    "Joiner",
    "Seam",
    "chunk_starts",
    "continued",
    "overlap_for",
    "sample_chunks",
    "seam_ratios",
    "spread",
]

Frames = NDArray[np.uint8]
OVERLAP = 17  # frames; four latent frames and the first
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


def overlap_for(length: int) -> int:
    """Frames that chunks of `length` (4k+1) share: 17, in short chunks up to half; 4k+1, so that latent groups are shared whole."""
    return max(1, min(OVERLAP, (length + 1) // 2 - 1) // 4 * 4 + 1) if length < 2 * OVERLAP else OVERLAP


def spread(frames: int, longest: int) -> int:
    """Length (4k+1) of the chunks for a clip of `frames`: as many chunks as the longest ones would need, but all about equally long."""
    if frames <= longest:
        return frames
    shared = overlap_for(longest)
    if shared >= longest:
        raise UserError(f"Chunks of {longest} frames can share none: ask for --frames 5 or more.")
    count = -(-(frames - shared) // (longest - shared))
    even = -(-(frames + (count - 1) * shared) // count)
    length = min(longest, -(-(even - 1) // 4) * 4 + 1)
    return length if overlap_for(length) == shared else longest


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


class Joiner:
    """A long clip put together from its chunks: what each is guided by, and how it joins the one before.

    In a later chunk the shared frames of the reference are those that were generated before, and two clocks pin them whole; where a
    pipeline takes a first frame it gets the generated one. Shared frames are faded from one chunk to the next.
    """

    def __init__(self, guidance: Guidance, reference: Reference, *, length: int, overlap: int | None = None) -> None:
        if reference.num_frames < length:
            raise UserError(
                f"The reference has {reference.num_frames} frames, less than one chunk of {length}: render it longer, or ask for fewer frames."
            )
        self.guidance, self.reference, self.length = guidance, reference, length
        self.overlap = overlap_for(length) if overlap is None else overlap
        self.starts = chunk_starts(reference.num_frames, length, self.overlap) if reference.num_frames > length else [0]
        self.done = 0  # chunks
        self._out = np.zeros_like(reference.frames)
        self._covered = 0
        self._joints: list[tuple[int, float, int]] = []
        self._coloured: Reference | None = None

    def next(self) -> tuple[Guidance, Reference]:
        """Guidance and reference of the next chunk."""
        start = self.starts[self.done]
        shared = max(0, self._covered - start)
        if not shared:
            return self.guidance, self.reference.part(start, self.length)
        part = self._later().part(start, self.length)
        held = np.zeros(part.ids.shape, dtype=bool)
        held[:shared] = True
        frames = part.frames.copy()
        frames[:shared] = self._out[start : self._covered]
        return continued(self.guidance, frames[0]), replace(part, frames=frames, effects={**part.effects, ANCHOR: held})

    def _later(self) -> Reference:
        """The reference of later chunks: in the colours of the painted still, where there is one."""
        own = self.guidance
        if not (isinstance(own, StillThenMove) and own.recolour and own.stills and own.stills[0].painted):
            return self.reference
        if self._coloured is None:
            still = own.stills[0]
            self._coloured = replace(self.reference, frames=recoloured(self.reference, still.picture, still.frame))
        return self._coloured

    def add(self, made: Frames) -> None:
        """Join the frames (length, H, W, 3) of the chunk that `next` has described."""
        start = self.starts[self.done]
        shared = max(0, self._covered - start)
        if shared:
            before, after = self._out[start : self._covered].astype(np.float32), made[:shared].astype(np.float32)
            fade = ((np.arange(shared) + 1) / (shared + 1))[:, None, None, None]
            self._out[start : self._covered] = np.round(before * (1 - fade) + after * fade).astype(np.uint8)
            self._joints.append((start, float(np.abs(before - after).mean()), self._covered))
        self._out[start + shared : start + self.length] = made[shared:]
        self._covered = start + self.length
        self.done += 1

    def result(self) -> Chunked:
        """The whole clip, with its seams."""
        told = tuple(
            Seam(first, difference, max(seam_ratios(self._out, [first, end])))
            for first, difference, end in self._joints
        )
        return Chunked(self._out, tuple(self.starts), told)


def sample_chunks(
    guidance: Guidance, pipe: Any, reference: Reference, sampling: Sampling, *, seed: int, overlap: int | None = None, on_step: OnStep | None = None,
    on_chunk: Callable[[int, int], None] | None = None,
) -> Chunked:  # fmt: skip
    """Generate a clip as long as `reference` in chunks of `sampling.num_frames`, which share `overlap` frames (see `Joiner`). `on_chunk(k, of)`."""
    import torch

    joiner = Joiner(guidance, reference, length=sampling.num_frames, overlap=overlap)
    for k in range(len(joiner.starts)):
        own, part = joiner.next()
        made = own.sample(pipe, part, sampling, generator=torch.Generator("cpu").manual_seed(seed + k), on_step=on_step)
        if not isinstance(made, np.ndarray):
            raise UserError(
                "A clip of several chunks cannot be stopped halfway and kept: run it again, or ask for one chunk."
            )
        joiner.add(made)
        if on_chunk is not None:
            on_chunk(k + 1, len(joiner.starts))
    return joiner.result()
