"""Open Image Denoise: a few samples a pixel become a clean picture, guided by albedo and normals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Denoiser", "available"]

Image = NDArray[np.float32]


def available() -> bool:
    """Whether the denoiser can be loaded on this machine."""
    try:
        import pyoidn  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


class Denoiser:
    """Denoises pictures of one size; keeps the network between frames. Without the library it passes pictures through,
    and `name` says so."""

    def __init__(
        self, size: tuple[int, int], *, threads: int = 1, quality: str = "balanced", clean_guides: bool = True
    ) -> None:
        self.size = size
        self.name = "none"
        self._filter: Any = None
        if not available():
            return
        import pyoidn

        width, height = size
        self._device = pyoidn.Device()
        # Processes that each pin their one thread would all sit on the first core.
        self._device.set_bool("setAffinity", False)
        self._device.set_int("numThreads", threads)
        self._device.commit()
        shape = (height, width, 3)
        self._color, self._albedo, self._normal, self._output = (np.zeros(shape, dtype=np.float32) for _ in range(4))
        self._filter = pyoidn.Filter(self._device, pyoidn.OIDN_FILTER_TYPE_RT)
        slots = (
            (pyoidn.OIDN_IMAGE_COLOR, self._color),
            (pyoidn.OIDN_IMAGE_ALBEDO, self._albedo),
            (pyoidn.OIDN_IMAGE_NORMAL, self._normal),
        )
        for slot, image in (*slots, (pyoidn.OIDN_IMAGE_OUTPUT, self._output)):
            self._filter.set_image(slot, image, pyoidn.OIDN_FORMAT_FLOAT3)
        self._filter.set_bool("hdr", True)
        self._filter.set_bool("cleanAux", clean_guides)
        self._filter.set_int("quality", {"fast": 4, "balanced": 5, "high": 6}[quality])
        self._filter.commit()
        error = self._device.get_error()
        if error is not None:
            self._filter = None
            return
        self.name = f"Open Image Denoise ({quality})"

    def __call__(self, color: Image, albedo: Image, normal: Image) -> Image:
        """The clean picture (H, W, 3) of linear radiance, with first-hit albedo and world normals of the same shape."""
        if self._filter is None:
            return color
        self._color[...] = np.nan_to_num(color, nan=0.0, posinf=50.0)
        self._albedo[...] = np.clip(np.nan_to_num(albedo), 0.0, 1.0)
        self._normal[...] = np.nan_to_num(normal)
        self._filter.execute()
        return self._output.copy()
