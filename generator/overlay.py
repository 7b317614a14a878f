"""What is drawn over the picture: temperatures as colours on the body, and their legend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import Part, SceneGeometry
from generator.textures import linear
from scenes.scene import Scene
from sim.trace import Trace

__all__ = ["Overlay", "heat_colors"]

FloatArray = NDArray[np.float64]
Frame = NDArray[np.uint8]

# Nine stops of a perceptually even map from near black over violet and orange to pale yellow (lightness rises evenly in
# CIELAB).
_STOPS = np.array(
    [
        (0.028, 0.026, 0.105), (0.155, 0.045, 0.330), (0.340, 0.062, 0.429), (0.520, 0.124, 0.420), (0.690, 0.194, 0.338), (0.842, 0.300, 0.213),
        (0.945, 0.465, 0.060), (0.980, 0.670, 0.100), (0.985, 0.985, 0.640),
    ]
)  # fmt: skip


def heat_colors(share: FloatArray) -> FloatArray:
    """sRGB (..., 3) in 0..1 of values in 0..1, cold to hot; values outside are clipped."""
    t = np.clip(np.nan_to_num(share), 0, 1) * (len(_STOPS) - 1)
    low = np.minimum(t.astype(int), len(_STOPS) - 2)
    part = (t - low)[..., None]
    return _STOPS[low] * (1 - part) + _STOPS[low + 1] * part


def _round_limits(low: float, high: float) -> tuple[float, float]:
    """Limits that are round numbers around low and high [degC]."""
    span = max(high - low, 1.0)
    step = 10.0 ** np.floor(np.log10(span)) / 2
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step)


class Overlay:
    """Colours of the vertices of warm bodies, and the legend that says what they mean."""

    def __init__(
        self, scene: Scene, trace: Trace, geometry: SceneGeometry, camera: CameraPath, *, font: str | None = None
    ) -> None:
        self._geometry, self._size, self._font_path = geometry, camera.size, font
        found = trace.extra.get("temperature")
        shown = any(part.cells is not None for part in geometry.parts)
        self._temperature = np.asarray(found.data) if found is not None and shown else None
        if self._temperature is not None:
            self._limits = _round_limits(float(np.nanmin(self._temperature)), float(np.nanmax(self._temperature)))
            self._panel = self._legend()

    def vertex_colors(self, part: Part, frame: int) -> FloatArray:
        """Linear reflectance (V, 3) of a part that shows temperatures."""
        assert self._temperature is not None and part.cells is not None
        low, high = self._limits
        step = int(self._geometry.poses.step[frame])
        return linear(heat_colors((self._temperature[step, part.cells] - low) / (high - low)))

    def _font(self, size: int) -> Any:
        from PIL import ImageFont

        if self._font_path and Path(self._font_path).is_file():
            return ImageFont.truetype(self._font_path, size)
        return ImageFont.load_default(size)

    def _legend(self) -> NDArray[np.float64]:
        """A panel (h, w, 4) of a colour bar with its temperatures, drawn at four times its size so that it is
        smooth."""
        from PIL import Image, ImageDraw

        scale = 4
        height = max(90, int(self._size[1] * 0.42))
        unit = height / 200
        width = int(96 * unit)
        image = Image.new("RGBA", (width * scale, height * scale), (0, 0, 0, 0))
        draw = ImageDraw.Draw(image)
        draw.rounded_rectangle(
            (0, 0, width * scale - 1, height * scale - 1), radius=int(10 * unit * scale), fill=(18, 20, 24, 190)
        )
        left, right, top, bottom = (int(v * unit * scale) for v in (16, 34, 38, 184))
        for y in range(top, bottom + 1):
            r, g, b = (round(255 * float(v)) for v in heat_colors(np.array(1 - (y - top) / (bottom - top))))
            draw.line((left, y, right, y), fill=(r, g, b, 255))
        font = self._font(int(15 * unit * scale))
        draw.text((int(16 * unit * scale), int(10 * unit * scale)), "°C", font=font, fill=(240, 240, 240, 255))
        low, high = self._limits
        for k in range(5):
            level = bottom - (bottom - top) * k / 4
            draw.line(
                (right, level, right + 5 * unit * scale, level), fill=(220, 220, 220, 255), width=int(unit * scale)
            )
            draw.text(
                (right + 9 * unit * scale, level),
                f"{low + (high - low) * k / 4:.4g}",
                font=font,
                fill=(240, 240, 240, 255),
                anchor="lm",
            )
        return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS), dtype=float)

    def drawn(self, picture: Frame, frame: int) -> Frame:
        """The picture with its legend, where temperatures are shown."""
        del frame
        if self._temperature is None:
            return picture
        panel = self._panel
        h, w = panel.shape[:2]
        margin = int(0.03 * self._size[1])
        if h + margin > picture.shape[0] or w + margin > picture.shape[1]:
            return picture
        out = picture.copy()
        bottom, right = (
            out.shape[0] - margin,
            out.shape[1] - margin,
        )  # what is heated is held up: below it there is room
        place = out[bottom - h : bottom, right - w : right]
        alpha = panel[..., 3:] / 255
        place[...] = (place * (1 - alpha) + panel[..., :3] * alpha + 0.5).astype(np.uint8)
        return out
