"""Masks of movers through a clip, packed, and run-length coding."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from generator.passes import FramePasses
from hybrid.exports import ExportOptions
from hybrid.exports.sources import HeldPasses

__all__ = ["MaskList", "coco_counts", "mover_masks"]


class MaskList:
    """Masks (H, W) bool of the frames of a clip, kept as bits: 50 kB for a frame of 832 x 480."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._shape = shape
        self._packed: list[NDArray[np.uint8]] = []

    def append(self, packed: NDArray[np.uint8]) -> None:
        self._packed.append(packed)

    def __len__(self) -> int:
        return len(self._packed)

    def __getitem__(self, index: int) -> NDArray[np.bool_]:
        count = self._shape[0] * self._shape[1]
        return np.unpackbits(self._packed[index], count=count).astype(bool).reshape(self._shape)

    def __iter__(self) -> Iterator[NDArray[np.bool_]]:
        return (self[k] for k in range(len(self)))


def mover_masks(passes: HeldPasses, options: ExportOptions) -> MaskList:
    """Where anything that moves in the clip is seen, frame by frame. Needs the pass `ids`."""
    masks = MaskList((passes.size[1], passes.size[0]))
    for packed in passes.map(partial(_packed, columns=tuple(passes.movers))):
        masks.append(packed)
        options.progress("masks", len(masks), len(passes))
    return masks


def _packed(frame: FramePasses, columns: tuple[int, ...]) -> NDArray[np.uint8]:
    assert frame.ids is not None
    return np.packbits(np.isin(frame.ids, columns))


def coco_counts(mask: NDArray[np.bool_]) -> str:
    """COCO's compressed run lengths of a mask (H, W): runs down the columns, zeros first, each from the third on as the difference to
    the one before the last, in groups of five bits and a sign (format of the COCO API)."""
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    if flat.size and flat[0]:
        runs = [0, *runs]
    letters = []
    for k, run in enumerate(runs):
        value = run - runs[k - 2] if k > 2 else run
        while True:
            bits = value & 31
            value >>= 5
            more = value != -1 if bits & 16 else value != 0
            letters.append(chr((bits | 32 if more else bits) + 48))
            if not more:
                break
    return "".join(letters)
