"""Two runs side by side in one simulated time: the clip of each, and under them the curves of their chief movers with a cursor.

The shorter clip holds its last frame. Curves come from the traces, so they are computed values, whatever the clips look like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scenes.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["CURVES", "Curve", "chief_movers", "compare_runs", "curve_of"]

Frame = NDArray[np.uint8]
FloatArray = NDArray[np.float64]
Progress = Callable[[str, float, float], None]
CURVES = ("height", "speed", "temperature")
COLORS = ((214, 69, 65), (52, 120, 200))  # of the first and of the second run
_WORDS = {
    "en": {"height": "height of the lowest point [m]", "speed": "speed [m/s]", "temperature": "mean temperature [°C]", "time": "simulated time [s]"},
    "zh": {"height": "最低点高度 [m]", "speed": "速度 [m/s]", "temperature": "平均温度 [°C]", "time": "模拟时间 [s]"},
}  # fmt: skip
INK, PAPER, GRID = (38, 42, 48), (250, 250, 248), (222, 224, 226)


@dataclass(frozen=True)
class Curve:
    """`value` (T,) over `time` [s] (T,) of one body, NaN where it is not there."""

    name: str
    label: str
    time: FloatArray
    value: FloatArray


def _silent(step: str, done: float, of: float) -> None:
    """Nobody watches."""


def chief_movers(run: Run, *, count: int = 1) -> list[str]:
    """The bodies that the scene is about: those of its asked outcomes, else those that go farthest; fragments stand back."""
    trace = run.trace
    asked = [getattr(goal, "body", None) or getattr(goal, "a", None) for goal in run.scene.goals.values()]
    position = np.where(trace.alive[..., None], trace.position, np.nan)
    with np.errstate(invalid="ignore"):
        way = (
            np.nansum(np.linalg.norm(np.diff(position, axis=0), axis=2), axis=0)
            if len(position) > 1
            else np.zeros(len(trace.names))
        )
    names = [
        name for name in dict.fromkeys(asked) if name is not None and name in trace and way[trace.index(name)] > 1e-3
    ]
    by_way = [trace.names[k] for k in np.argsort(-way, kind="stable") if way[k] > 1e-3]
    whole = [
        name
        for name in by_way
        if "/" not in name and not getattr(run.scene.bodies.get(name), "parent", None) and name in run.scene.bodies
    ]
    return list(dict.fromkeys([*names, *whole, *by_way]))[:count]


def _heated(run: Run) -> list[str]:
    """Bodies with computed temperatures, the one that changes most first."""
    owner, data = run.trace.extra.get("temperature_body"), run.trace.extra.get("temperature")
    if owner is None or data is None:
        return []
    columns = np.asarray(owner.data)
    values = np.asarray(data.data, dtype=float)
    spread = {}
    for key in dict.fromkeys(columns.tolist()):
        name = key if isinstance(key, str) else run.trace.names[int(key)]
        mean = np.nanmean(values[:, columns == key], axis=1)
        spread[name] = float(np.ptp(mean))
    return sorted(spread, key=lambda name: -spread[name])


def curve_of(run: Run, kind: str, name: str) -> Curve:
    """One of `CURVES` of a body. UserError for another kind, and for a body without temperatures."""
    trace = run.trace
    body = run.scene.bodies.get(name)
    label = (body.label if body is not None else None) or name.replace("_", " ")
    if kind == "temperature":
        owner, data = trace.extra.get("temperature_body"), trace.extra.get("temperature")
        columns = np.asarray(owner.data) if owner is not None else np.zeros(0)
        chosen = columns == (name if columns.dtype.kind in "US" else trace.index(name))
        if data is None or not chosen.any():
            raise UserError(f"No temperature of {name} was computed, so it has no such curve: compare height or speed.")
        return Curve(name, label, trace.time, np.nanmean(np.asarray(data.data, dtype=float)[:, chosen], axis=1))
    if kind not in CURVES:
        raise UserError(f"There is no curve {kind!r}{did_you_mean(kind, CURVES)}.")
    track = trace[name]
    values = track.height if kind == "height" else track.speed
    return Curve(name, label, trace.time, np.where(trace.alive[:, track.column], values, np.nan))


def _kind_for(one: Run, two: Run) -> str:
    """Temperature where both runs computed some and nothing falls or flies, else height where something changes it, else speed."""

    def spread(run: Run) -> float:
        names = chief_movers(run)
        return float(np.nanmax(np.ptp(np.nan_to_num(curve_of(run, "height", names[0]).value)))) if names else 0.0

    rise = max(spread(one), spread(two))
    if _heated(one) and _heated(two) and rise < 0.05:
        return "temperature"
    return "height" if rise > 0.02 else "speed"


def _label(run: Run, other: Run) -> str:
    """What tells a run from the other: its place, gravity or material where they differ, else its title."""
    scene, against = run.scene, other.scene
    zh = scene.language == "zh"
    if scene.environment.gravity != against.environment.gravity:
        place = scene.environment.place or ("重力" if zh else "gravity")
        return f"{place}, g = {scene.environment.gravity:.3g} m/s²"
    differs = [
        name for name in scene.bodies
        if name in against.bodies and getattr(scene.bodies[name], "material", None) != getattr(against.bodies[name], "material", None)
    ]  # fmt: skip
    for name in differs:
        body = scene.bodies[name]
        if not getattr(body, "fixed", False):
            return f"{body.label or name}: {getattr(body, 'material', '')}"
    return scene.title or scene.text or (run.folder.name if run.folder is not None else "")


def compare_runs(
    one: Run, two: Run, path: str | Path, *, of: str | None = None, labels: tuple[str, str] | None = None, height: int = 360,
    progress: Progress = _silent,
) -> Path:  # fmt: skip
    """Write the video of two runs side by side, whole or not at all, at the higher of their frame rates.

    `of` is one of `CURVES` (chosen by what the runs hold when None); `labels` of the two; `height` [px] of each picture. A run without a
    clip gets a draft. Raises UserError when a run has no frames or no such curve.
    """
    from generator.video import open_video

    if of is not None and of not in CURVES:
        raise UserError(f"There is no curve {of!r}{did_you_mean(of, CURVES)}.")
    kind = of or _kind_for(one, two)
    runs = (one, two)
    if kind == "temperature" and not all(_heated(run) for run in runs):
        raise UserError("Temperatures were not computed in both runs: compare height or speed.")
    curves = [
        [curve_of(run, kind, name) for name in (_heated(run)[:1] if kind == "temperature" else chief_movers(run))]
        for run in runs
    ]
    sources = [_Source(run, height) for run in runs]
    rate = max(source.fps for source in sources)
    slowest = max(source.slow for source in sources)  # a slow clip stays slow, and the other is slowed with it
    duration = max(source.duration for source in sources)
    count = max(1, int(np.floor(duration * rate + 1e-6)) + 1)
    named = labels or (_label(one, two), _label(two, one))
    if named[0] == named[1]:
        named = (f"A · {named[0]}", f"B · {named[1]}")
    panel = _Panel(one.scene.language, named, [source.width for source in sources], height, curves, kind, duration)
    size = (panel.width, panel.height)
    try:
        with open_video(path, size=size, fps=rate / slowest, metadata={"compare": list(named), "curve": kind}) as video:
            for index in range(count):
                time = index / rate
                video.write(panel.drawn([source.at(time) for source in sources], time))
                progress("compare", index + 1, count)
    finally:
        for source in sources:
            source.close()
    return Path(path)


class _Source:
    """The clip of a run, frame by frame at any simulated time that does not go back; its last frame is held."""

    def __init__(self, run: Run, height: int) -> None:
        from generator.camera import clip_times

        self._frames: Iterator[Frame]
        path = run.clip_path
        if path is not None:
            from generator.video import read_frames, video_size

            width, tall, fps = video_size(path)
            self._frames = read_frames(path)
            slow = float(run.scene.camera.slow)
        else:
            from generator.preview import preview_frames
            from hybrid.fonts import font_path

            width, tall, slow = 832, 480, float(run.scene.camera.slow)
            fps = clip_times(run.scene, run.trace)[1]
            self._frames = preview_frames(run.scene, run.trace, size=(width, tall), tier="draft", font_path=font_path())
        self.fps, self.slow = fps * slow, slow  # frames per simulated second
        self.width, self._height = max(2, round(width * height / tall / 2) * 2), height
        self.duration = float(run.trace.duration - run.trace.time[0])
        self._index = -1
        self._shown: Frame | None = None

    def at(self, time: float) -> Frame:
        """The picture (height, width, 3) of a simulated time [s] from the beginning."""
        from PIL import Image

        wanted = int(np.floor(time * self.fps + 1e-6))
        while self._index < wanted:
            frame = next(self._frames, None)
            self._index += 1
            if frame is None:
                break
            self._shown = np.asarray(
                Image.fromarray(frame).resize((self.width, self._height), Image.Resampling.LANCZOS)
            )
        if self._shown is None:
            raise UserError("A clip has no frames: render that run again.")
        return self._shown

    def close(self) -> None:
        close = getattr(self._frames, "close", None)
        if close is not None:
            close()


class _Panel:
    """Two pictures with labels above, and the curves with their cursor below."""

    def __init__(
        self,
        language: str,
        labels: tuple[str, str],
        widths: list[int],
        height: int,
        curves: list[list[Curve]],
        kind: str,
        duration: float,
    ) -> None:
        from PIL import Image, ImageDraw, ImageFont

        from hybrid.fonts import font_path

        unit = height / 360
        gap = round(6 * unit)
        self._head, self._foot = round(34 * unit), round(150 * unit)
        self.width = sum(widths) + gap
        self.width += self.width % 2
        self.height = (self._head + height + self._foot) // 2 * 2
        self._left = [0, widths[0] + gap]
        self._duration = max(duration, 1e-6)
        fine = 2  # drawn at twice the size, so that lines are smooth
        image = Image.new("RGB", (self.width * fine, self.height * fine), PAPER)
        draw = ImageDraw.Draw(image)
        words = _WORDS["zh" if language == "zh" else "en"]
        u = unit * fine

        def font(size: float) -> Any:
            return ImageFont.truetype(str(font_path()), max(8, round(size * u)))

        head = self._head * fine
        for k, label in enumerate(labels):
            start = self._left[k] * fine
            draw.rectangle((start, 0, start + round(5 * u), head - 1), fill=COLORS[k])
            text = _fitted(draw, label, font(16), widths[k] * fine - 24 * u)
            draw.text((start + 14 * u, head / 2), text, font=font(16), fill=INK, anchor="lm")
        top, bottom = head + height * fine + round(26 * u), self.height * fine - round(26 * u)
        left, right = round(58 * u), self.width * fine - round(16 * u)
        self._box = tuple(value / fine for value in (left, top, right, bottom))
        finite = [c.value[np.isfinite(c.value)] for group in curves for c in group]
        finite = [values for values in finite if len(values)]
        low, high = (min(float(v.min()) for v in finite), max(float(v.max()) for v in finite)) if finite else (0.0, 1.0)
        if kind != "temperature":
            low = min(low, 0.0)
        if high - low < 1e-6:
            high = low + 1.0
        ticks = _ticks(low, high)
        low, high = min(low, ticks[0]), max(high, ticks[-1])
        for value in ticks:
            y = bottom - (bottom - top) * (value - low) / (high - low)
            draw.line((left, y, right, y), fill=GRID, width=fine)
            draw.text((left - 6 * u, y), f"{value:.4g}", font=font(11), fill=INK, anchor="rm")
        for value in _ticks(0.0, self._duration):
            if value <= self._duration + 1e-9:
                x = left + (right - left) * value / self._duration
                draw.line((x, bottom, x, bottom + 4 * u), fill=INK, width=fine)
                draw.text((x, bottom + 5 * u), f"{value:.4g}", font=font(11), fill=INK, anchor="ma")
        draw.text((right, top - 6 * u), words["time"], font=font(12), fill=INK, anchor="rb")
        draw.text((left, top - 6 * u), words[kind], font=font(12), fill=INK, anchor="lb")
        place = left + draw.textlength(words[kind], font=font(12)) + 18 * u
        self._curves = []
        for k, group in enumerate(curves):
            for curve in group:
                xs = left + (right - left) * (curve.time - curve.time[0]) / self._duration
                ys = bottom - (bottom - top) * (curve.value - low) / (high - low)
                for run in _runs(np.isfinite(ys)):
                    points = [(float(px), float(py)) for px, py in zip(xs[run], ys[run], strict=True)]
                    if len(points) > 1:
                        draw.line(points, fill=COLORS[k], width=max(2, round(2.2 * u)), joint="curve")
                self._curves.append((COLORS[k], curve.time - curve.time[0], ys / fine))
                draw.line(
                    (place, top - 12 * u, place + 16 * u, top - 12 * u), fill=COLORS[k], width=max(2, round(3 * u))
                )
                caption = f"{'AB'[k]}: {curve.label}"
                draw.text((place + 21 * u, top - 6 * u), caption, font=font(12), fill=INK, anchor="lb")
                place += 21 * u + draw.textlength(caption, font=font(12)) + 16 * u
        self._base, self._unit = image.resize((self.width, self.height), Image.Resampling.LANCZOS), unit

    def drawn(self, pictures: list[Frame], time: float) -> Frame:
        """The frame (height, width, 3) at a simulated time [s]."""
        from PIL import Image, ImageDraw

        image = self._base.copy()
        for start, picture in zip(self._left, pictures, strict=True):
            image.paste(Image.fromarray(picture), (start, self._head))
        draw = ImageDraw.Draw(image)
        left, top, right, bottom = self._box
        x = left + (right - left) * min(time / self._duration, 1.0)
        draw.line((x, top, x, bottom), fill=INK, width=max(1, round(self._unit)))
        for color, times, ys in self._curves:
            y = float(np.interp(time, times, ys)) if len(times) else np.nan
            if np.isfinite(y):
                r = 4 * self._unit
                draw.ellipse((x - r, y - r, x + r, y + r), fill=color, outline=PAPER)
        return np.asarray(image)


def _runs(mask: NDArray[np.bool_]) -> list[slice]:
    """Slices of the stretches of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [slice(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers that span low..high."""
    raw = (high - low) / 4
    power = 10.0 ** np.floor(np.log10(max(raw, 1e-12)))
    step = float(next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999))
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    return [float(k * step) for k in np.arange(first, last + 0.5)]


def _fitted(draw: Any, text: str, font: Any, width: float) -> str:
    """The text, shortened until it fits a width [px]."""
    if draw.textlength(text, font=font) <= width:
        return text
    while text and draw.textlength(text + "…", font=font) > width:
        text = text[:-1]
    return text + "…"
