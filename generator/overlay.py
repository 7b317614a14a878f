"""What is drawn over the picture: temperatures as colours on the body, their legend with the values of the moment; over any frames of a
scene, whoever made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import Part, SceneGeometry, scene_geometry
from generator.planck import glow
from generator.textures import linear
from scenes.scene import Scene
from sim.trace import Trace

__all__ = ["Overlay", "heat_colors", "overlay_frames"]

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
        self._geometry, self._size, self._font_path, self._style = geometry, camera.size, font, scene.look.style
        found = trace.extra.get("temperature")
        shown = any(part.cells is not None for part in geometry.parts)
        self._temperature = np.asarray(found.data) if found is not None and shown else None
        if self._temperature is not None:
            self._limits = _round_limits(float(np.nanmin(self._temperature)), float(np.nanmax(self._temperature)))
            self._panel = self._legend()
            self._corner = self._emptiest(camera)

    @property
    def shown(self) -> bool:
        """Whether there are temperatures to show."""
        return self._temperature is not None

    def vertex_colors(self, part: Part, frame: int) -> FloatArray:
        """Linear reflectance (V, 3) of a part that shows temperatures; what glows is left to its own light."""
        light = self.vertex_glow(part, frame) @ np.array([0.2126, 0.7152, 0.0722])
        own = np.clip(light / 0.3, 0, 1)[:, None]
        return self.scale_colors(part, frame) * (1 - own) + 0.06 * own

    def scale_colors(self, part: Part, frame: int) -> FloatArray:
        """Linear colours (V, 3) of the legend for the temperatures of a part."""
        low, high = self._limits
        return linear(heat_colors((self._here(part, frame) - low) / (high - low)))

    def vertex_glow(self, part: Part, frame: int) -> FloatArray:
        """Linear radiance (V, 3) of its own that a part gives off (Planck's law)."""
        return np.asarray(glow(self._here(part, frame), self._style), dtype=np.float64)

    def glows(self, part: Part) -> bool:
        """Whether a part ever gives off light that can be seen."""
        if self._temperature is None or part.cells is None:
            return False
        hottest = float(np.nanmax(self._temperature[:, part.cells]))
        return bool(glow(np.asarray(hottest), self._style).max() > 0.004)

    def _here(self, part: Part, frame: int) -> FloatArray:
        assert self._temperature is not None and part.cells is not None
        found: FloatArray = self._temperature[int(self._geometry.poses.step[frame]), part.cells]
        return found

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
        left, right, top, bottom = (int(v * unit * scale) for v in (16, 34, 38, 176))
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

    def _emptiest(self, camera: CameraPath) -> tuple[int, int]:
        """Row and column of the panel's upper left corner, in the corner of the picture where it hides least of what is warm."""
        h, w = self._panel.shape[:2]
        margin = int(0.03 * self._size[1])
        rows, columns = (margin, self._size[1] - h - margin), (margin, self._size[0] - w - margin)
        places = []
        for frame in {0, len(camera) // 2, len(camera) - 1}:
            for part in self._geometry.parts:
                if part.cells is not None and self._geometry.alive(part, frame):
                    places.append(camera.project(self._geometry.world(part, frame)[0], frame)[:, :2])
        seen = np.concatenate(places)

        def hidden(row: int, column: int) -> int:
            x, y = seen[:, 0] - column, seen[:, 1] - row
            return int(((x > -8) & (x < w + 8) & (y > -8) & (y < h + 8)).sum())

        # What is heated is held up: below it there is room.
        corners = [(rows[1], columns[1]), (rows[1], columns[0]), (rows[0], columns[1]), (rows[0], columns[0])]
        return min(corners, key=lambda corner: hidden(*corner))

    def _now(self, frame: int) -> tuple[float, float]:
        """The coldest and the hottest value [degC] of the moment."""
        assert self._temperature is not None
        row = self._temperature[int(self._geometry.poses.step[frame])]
        return float(np.nanmin(row)), float(np.nanmax(row))

    def _marked(self, frame: int) -> NDArray[np.float64]:
        """The panel with arrows at the values of the moment and the values themselves under the bar."""
        from PIL import Image, ImageDraw

        scale = 4
        height, width = self._panel.shape[:2]
        unit = height / 200
        image = Image.fromarray(self._panel.astype(np.uint8)).resize(
            (width * scale, height * scale), Image.Resampling.BICUBIC
        )
        draw = ImageDraw.Draw(image)
        low, high = self._limits
        top, bottom = 38 * unit * scale, 176 * unit * scale
        now = self._now(frame)
        for value in now:
            y = bottom - (bottom - top) * float(np.clip((value - low) / (high - low), 0, 1))
            x = 15 * unit * scale
            size = 6 * unit * scale
            draw.polygon([(x, y), (x - size, y - 0.6 * size), (x - size, y + 0.6 * size)], fill=(255, 255, 255, 255))
        digits = 1 if high - low < 100 else 0
        words = (
            f"{now[0]:.{digits}f} - {now[1]:.{digits}f}"
            if now[1] - now[0] > 0.6 * 10**-digits
            else f"{now[1]:.{digits}f}"
        )
        draw.text(
            (width * scale / 2, 188 * unit * scale), words, font=self._font(int(13 * unit * scale)), fill=(255, 255, 255, 255), anchor="mm"
        )  # fmt: skip
        return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS), dtype=float)

    def drawn(self, picture: Frame, frame: int) -> Frame:
        """The picture with its legend, where temperatures are shown."""
        if self._temperature is None:
            return picture
        h, w = self._panel.shape[:2]
        margin = int(0.03 * self._size[1])
        if h + margin > picture.shape[0] or w + margin > picture.shape[1]:
            return picture
        panel = self._marked(frame)
        out = picture.copy()
        row, column = self._corner
        place = out[row : row + h, column : column + w]
        alpha = panel[..., 3:] / 255
        place[...] = (place * (1 - alpha) + panel[..., :3] * alpha + 0.5).astype(np.uint8)
        return out


def overlay_frames(
    frames: Iterable[Frame], scene: Scene, trace: Trace, times: FloatArray, *, camera: CameraPath | None = None, font: str | None = None,
    strength: float = 0.8,
) -> Iterator[Frame]:  # fmt: skip
    """Frames (H, W, 3) uint8 at `times` [s] with the computed temperatures composited as colours on the warm bodies, and their legend.

    For pictures that this renderer did not make, such as a video model's: the colours lie where the geometry of `camera` (that of the
    scene when None) has the bodies, and keep the light and shade of the picture. Frames come back as they are where the trace has no
    temperatures. `strength` is how much of the picture the colours replace.
    """
    from generator.camera import frame_camera
    from generator.rays import Hits, RayScene, refined
    from generator.stage import build_stage
    from sim.fracture import with_fragments

    ready: tuple[Overlay, RayScene, CameraPath, NDArray[np.bool_]] | None = None
    scene = with_fragments(scene, trace)
    for index, picture in enumerate(frames):
        if "temperature" not in trace.extra:
            yield picture
            continue
        if ready is None:
            size = (picture.shape[1], picture.shape[0])
            path = camera if camera is not None else frame_camera(scene, trace, size=size, times=times)
            geometry = scene_geometry(scene, trace, times)
            overlay = Overlay(scene, trace, geometry, path, font=font)
            rays = RayScene(scene, geometry, build_stage(scene, geometry, path), colors=overlay.scale_colors)
            warm = np.array([*(m.part is not None and m.part.cells is not None for m in rays.meshes), False])
            ready = (overlay, rays, path, warm)
        overlay, rays, path, warm = ready
        if not overlay.shown:
            yield picture
            continue
        rays.pose(index)

        def shade(origins: Any, directions: Any, _: float, rays: Any = rays, warm: Any = warm) -> tuple[Any, Hits]:
            hits = rays.cast(origins, directions)
            here = warm[hits.mesh].astype(np.float32)[:, None]
            return np.concatenate([here, rays.albedo(hits) * here], axis=1), hits

        seen = refined(path, index, shade, edges_of=1)[0]
        cover = seen[..., :1]
        color = np.where(cover > 1e-6, seen[..., 1:] / np.maximum(cover, 1e-6), 0.0)
        light = linear(picture / 255.0) @ np.array([0.2126, 0.7152, 0.0722])
        usual = float(light[cover[..., 0] > 0.5].mean()) if (cover > 0.5).any() else 1.0
        shading = np.clip(light / max(usual, 1e-3), 0.55, 1.45)[..., None]
        from generator.textures import srgb

        painted = srgb(np.clip(color * shading, 0, 1)) * 255
        mixed = picture * (1 - strength * cover) + painted * (strength * cover)
        yield overlay.drawn((mixed + 0.5).astype(np.uint8), index)
