"""PNG files of 8 or 16 bits and 1 to 4 channels, written fast (ISO/IEC 15948; Pillow has no 16-bit colour)."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["png_bytes", "write_png"]

_COLOR_TYPE = {1: 0, 2: 4, 3: 2, 4: 6}


def png_bytes(picture: NDArray[Any], *, level: int = 1) -> bytes:
    """A PNG of (H, W) or (H, W, C) uint8, uint16 or bool. Rows are stored as differences to the pixel on the left, which zlib packs
    well even at its fastest level."""
    if picture.dtype == bool:
        picture = picture.astype(np.uint8) * 255
    if picture.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"a PNG holds uint8 or uint16, not {picture.dtype}")
    pixels = picture[..., None] if picture.ndim == 2 else picture
    height, width, channels = pixels.shape
    depth = pixels.dtype.itemsize
    raw = (
        np.ascontiguousarray(pixels.astype(">u2") if depth == 2 else pixels)
        .view(np.uint8)
        .reshape(height, width * channels * depth)
    )
    step = channels * depth
    rows = np.empty((height, raw.shape[1] + 1), dtype=np.uint8)
    rows[:, 0] = 1  # filter type Sub
    rows[:, 1 : step + 1] = raw[:, :step]
    np.subtract(raw[:, step:], raw[:, :-step], out=rows[:, step + 1 :])
    head = struct.pack(">IIBBBBB", width, height, 8 * depth, _COLOR_TYPE[channels], 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(rows.tobytes(), level))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(path: Path, picture: NDArray[Any], *, level: int = 1) -> None:
    """Write a picture, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png_bytes(picture, level=level))
