"""Plots for slides, as PNG and SVG: heights beside the closed form, energy bands, phase diagrams, temperatures beside the exact series.

Colours are those of Okabe and Ito ("Color universal design", 2008), and lines differ by dash as well; letters are the package's own font, so
Chinese is drawn everywhere. The same run gives the same bytes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hybrid.closed_forms import fall_of, rod_of
from hybrid.report.curves import energies, height_and_speed
from hybrid.report.plots import moving_bodies, time_words
from hybrid.report.tables import display_names
from scenes.errors import UserError
from scenes.files import prepare_folder, write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hybrid.run import Run

__all__ = ["FORMATS", "KINDS", "figures", "write_plots"]

FloatArray = NDArray[np.float64]
FORMATS = ("png", "svg")
KINDS = ("height", "energy", "phase", "profile", "temperature")
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
HEAT = ("#56B4E9", "#009E73", "#F0C000", "#E69F00", "#D55E00")  # from the first profile to the last
LOST = "#B9BCC0"
DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.6)), (0, (7, 2, 2, 2)), (0, (10, 3)), (0, (1, 1.5)))
LEAST_RISE = 2e-3  # [m] a height that changes less is not drawn
MOST_BODIES, SIZE, DPI = 6, (10.0, 5.625), 160  # a 16:9 slide, 1600 x 900
WORDS = {
    "height": ("Height of the lowest point", "最低点高度"),
    "formula": ("closed form, no air: h = h0 − ½ g t², v′ = e v", "闭式解（无空气）：h = h0 − ½ g t²，v′ = e v"),
    "formula_fall": ("closed form, no air: h = h0 + v0 t − ½ g t²", "闭式解（无空气）：h = h0 + v0 t − ½ g t²"),
    "time": ("time [s]", "时间 [秒]"),
    "m": ("height [m]", "高度 [米]"),
    "impact": ("impact", "碰撞"),
    "energy": ("Where the energy is", "能量的去向"),
    "joule": ("energy [J]", "能量 [焦]"),
    "kinetic": ("motion", "动能"),
    "potential": ("height", "势能"),
    "lost": ("heat, sound and air", "热、声与空气"),
    "phase": ("Phase diagram", "相图"),
    "vertical": ("vertical velocity [m/s]", "竖直速度 [米/秒]"),
    "profile": ("Temperature along {name}", "{name}的温度分布"),
    "along": ("place along the body [m]", "沿物体的位置 [米]"),
    "celsius": ("temperature [°C]", "温度 [°C]"),
    "exact": ("exact series", "精确级数解"),
    "apart": ("largest difference {kelvin} K", "最大偏差 {kelvin} K"),
    "temperature": ("Temperature of {name}", "{name}的温度"),
    "hottest": ("hottest", "最高"),
    "mean": ("mean", "平均"),
    "coldest": ("coldest", "最低"),
    "physical": ("physical time [{unit}]", "物理时间 [{unit}]"),
    "h": ("h", "小时"),
    "min": ("min", "分钟"),
    "s": ("s", "秒"),
}  # fmt: skip


@dataclass(frozen=True)
class _Style:
    """Colours of a slide and the words of its language."""

    ink: str
    ground: str
    grid: str
    words: dict[str, str]


def _style(language: str, *, dark: bool) -> _Style:
    words = {key: pair[1 if language == "zh" else 0] for key, pair in WORDS.items()}
    return _Style("#F2F2EE", "#15181C", "#3A4048", words) if dark else _Style("#1C1E21", "#FFFFFF", "#DADDE0", words)


def write_plots(
    run: Run,
    folder: str | Path,
    *,
    bodies: list[str] | None = None,
    dark: bool = False,
    formats: tuple[str, ...] = FORMATS,
) -> list[Path]:
    """Draw every plot that the run has something for into `folder`, and return the files. UserError for a body that the run does not have."""
    for name in bodies or ():
        run.trace.index(name)
    unknown = [one for one in formats if one not in FORMATS]
    if unknown:
        raise UserError(f"There is no plot format {unknown[0]!r}; the choices are {', '.join(FORMATS)}.")
    place = prepare_folder(folder)
    written = []
    for name, figure in figures(run, bodies=bodies, dark=dark):
        for ending in formats:
            path = place / f"{name}.{ending}"
            about = {"Date": None} if ending == "svg" else {"Software": None}
            with write_atomically(path) as temporary:
                figure.savefig(temporary, dpi=DPI, metadata=about, facecolor=figure.get_facecolor())
            written.append(path)
    return written


def figures(run: Run, *, bodies: list[str] | None = None, dark: bool = False) -> Iterator[tuple[str, Figure]]:
    """(name, matplotlib figure) of every plot that the run has something for."""
    import matplotlib as mpl
    from matplotlib import font_manager

    from hybrid.fonts import font_path

    font_manager.fontManager.addfont(str(font_path()))
    family = font_manager.FontProperties(fname=str(font_path())).get_name()
    look = _style(run.scene.language, dark=dark)
    rc: Any = {
        "font.family": family, "font.size": 15, "axes.titlesize": 20, "axes.titlelocation": "left", "axes.titlepad": 14,
        "axes.labelsize": 15, "legend.fontsize": 13, "axes.spines.top": False, "axes.spines.right": False, "lines.linewidth": 2.6,
        "axes.edgecolor": look.ink, "axes.labelcolor": look.ink, "text.color": look.ink, "xtick.color": look.ink, "ytick.color": look.ink,
        "figure.facecolor": look.ground, "axes.facecolor": look.ground, "grid.color": look.grid, "axes.unicode_minus": False,
        "svg.fonttype": "path", "svg.hashsalt": "hybrid", "legend.frameon": False,
    }  # fmt: skip
    drawings: list[tuple[str, Callable[[Any], bool]]] = []
    trace = run.trace
    moving = [name for name in moving_bodies(trace) if bodies is None or name in bodies][:MOST_BODIES]
    if moving and len(trace.time) > 1:
        drawings += [
            ("height", lambda axes: _height(axes, run, moving, look)),
            ("energy", lambda axes: _energy(axes, run, look)),
            ("phase", lambda axes: _phase(axes, run, moving, look)),
        ]
    owners = trace.extra.get("temperature_body")
    columns = (
        sorted({int(column) for column in owners.data if 0 <= int(column) < len(trace.names)})
        if owners is not None
        else []
    )
    hot = [trace.names[column] for column in columns if bodies is None or trace.names[column] in bodies]
    for name in hot:
        plain = name.replace("/", "_")
        drawings.append((f"profile_{plain}", lambda axes, name=name: _profile(axes, run, name, look)))  # type: ignore[misc]
        drawings.append((f"temperature_{plain}", lambda axes, name=name: _temperature(axes, run, name, look)))  # type: ignore[misc]
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    for name, draw in drawings:
        with mpl.rc_context(rc):
            figure = Figure(figsize=SIZE, layout="constrained")
            FigureCanvasAgg(figure)
            axes = figure.add_subplot()
            axes.grid(True, linewidth=0.8)
            axes.set_axisbelow(True)
            if draw(axes):
                yield name, figure


def _height(axes: Any, run: Run, names: list[str], look: _Style) -> bool:
    trace, labels = run.trace, display_names(run.scene, run.trace)
    heights = {name: trace[name].height[trace.alive[:, trace.index(name)]] for name in names}
    names = [name for name in names if len(heights[name]) and float(np.ptp(heights[name])) > LEAST_RISE]
    if not names:
        return False
    formula = None
    top = 0.0
    for number, name in enumerate(names):
        time, height, _ = height_and_speed(trace, name)
        if getattr(getattr(run.scene.bodies.get(name), "shape", None), "type", "") == "sphere":
            time, height = _smooth(time, height, float(trace.meta.get("gravity", 9.80665)))
        top = max(top, float(np.nanmax(height)))
        axes.plot(time, height, color=COLORS[number], linestyle=DASHES[number], label=labels[name], zorder=3)
        fall = fall_of(run.scene, trace, name) if len(names) <= 3 else None
        if fall is not None:
            fine = np.linspace(0, fall.end, 1200)
            surface = float(trace[name].height[0]) - fall.height
            axes.plot(fine, fall.at(fine) + surface, color=look.ink, linewidth=1.3, linestyle=(0, (1, 2)), zorder=4)
            formula = "formula" if fall.restitution is not None or formula == "formula" else "formula_fall"
    if formula:
        axes.plot([], [], color=look.ink, linewidth=1.3, linestyle=(0, (1, 2)), label=look.words[formula])
    marks = sorted(
        {round(c.t_start, 3) for c in trace.contacts if c.speed_before >= 0.1 and {c.body_a, c.body_b} & set(names)}
    )
    if marks:
        axes.plot(marks[:60], np.full(len(marks[:60]), axes.get_ylim()[0]), marker="^", linestyle="", color=look.ink, markersize=7,
                  alpha=0.6, clip_on=False, label=look.words["impact"], zorder=2)  # fmt: skip
    axes.set(title=look.words["height"], xlabel=look.words["time"], ylabel=look.words["m"])
    axes.margins(x=0.0)
    axes.set_ylim(top=top * 1.22 if top > 0 else None)  # room for the legend
    axes.legend(loc="upper right", ncols=min(3, len(names) + 2))
    return True


def _smooth(time: FloatArray, height: FloatArray, gravity: float) -> tuple[FloatArray, FloatArray]:
    """Parabolas of free fall between recorded heights, where three in a row lie on one; straight lines elsewhere."""
    fine_time, fine_height = [], []
    for k in range(len(time) - 1):
        dt = float(time[k + 1] - time[k])
        bends = [
            2
            * (
                (height[j + 1] - height[j]) / (time[j + 1] - time[j])
                - (height[j] - height[j - 1]) / (time[j] - time[j - 1])
            )
            / (time[j + 1] - time[j - 1])
            for j in (k, k + 1)
            if 0 < j < len(time) - 1 and time[j] - time[j - 1] > 1e-3 and time[j + 1] - time[j] > 1e-3
        ]
        bend = next((b for b in bends if abs(b + gravity) < 0.25 * gravity), 0.0) if dt > 1e-3 else 0.0
        share = np.linspace(0.0, 1.0, 6 if bend else 2)[:-1]
        fine_time.append(time[k] + share * dt)
        fine_height.append(height[k] + share * (height[k + 1] - height[k]) - bend / 2 * dt * dt * share * (1 - share))
    return np.append(np.concatenate(fine_time), time[-1]), np.append(np.concatenate(fine_height), height[-1])


def _energy(axes: Any, run: Run, look: _Style) -> bool:
    found = energies(run.trace)
    if found is None:
        return False
    time, kinetic, potential = found
    if float(kinetic.max()) < 1e-6:
        return False
    total = kinetic + potential
    given = float(total[0])
    bands = [(look.words["potential"], potential, COLORS[0]), (look.words["kinetic"], kinetic, COLORS[4])]
    if float(total.max()) <= given * 1.01 + 1e-9:  # nothing from outside: what is missing went to heat, sound and air
        bands.append((look.words["lost"], np.maximum(given - total, 0.0), LOST))
    polygons = axes.stackplot(
        time, [band[1] for band in bands], colors=[band[2] for band in bands], labels=[band[0] for band in bands],
        edgecolor=look.ground, linewidth=0.6,
    )  # fmt: skip
    for polygon, hatch in zip(polygons, ("", "//", ".."), strict=False):
        polygon.set_hatch(hatch)
    axes.set(title=look.words["energy"], xlabel=look.words["time"], ylabel=look.words["joule"])
    axes.margins(x=0.0)
    axes.set_ylim(0, max(given, float(total.max())) * 1.2)
    axes.legend(loc="upper right", ncols=3)
    return True


def _phase(axes: Any, run: Run, names: list[str], look: _Style) -> bool:
    trace, labels = run.trace, display_names(run.scene, run.trace)
    drawn = 0
    for number, name in enumerate(names):
        track = trace[name]
        if np.nanmax(np.abs(track.linear_velocity[:, 2]), initial=0.0) < 0.02:
            continue
        cuts = [c.t_start for c in track.contacts if c.speed_before >= 0.05]
        height, speed = track.height, track.linear_velocity[:, 2]
        gravity = float(trace.meta.get("gravity", 9.80665))
        label = labels[name]
        for start, stop in itertools.pairwise([-1.0, *cuts, trace.duration + 1.0]):
            here = (track.time >= start) & (track.time <= stop) & np.isfinite(height)
            if not here.any():
                continue
            v, h = speed[here], height[here]
            if (
                start >= 0 or stop <= trace.duration
            ):  # free flight carries the curve on to the impact between two frames
                v, h = _to_impact(track.time[here], v, h, start, stop, gravity, touching=bool(cuts))
            axes.plot(v, h, color=COLORS[number], linestyle=DASHES[number], label=label, zorder=3)
            label = "_"
            middle = len(v) // 2
            if len(v) > 3 and np.ptp(h) > 0.05 * max(1e-9, float(np.nanmax(track.height))):
                axes.annotate("", (v[middle], h[middle]), (v[middle - 1], h[middle - 1]),
                              arrowprops={"arrowstyle": "-|>", "color": COLORS[number], "lw": 2.2, "mutation_scale": 20})  # fmt: skip
        drawn += 1
    if not drawn:
        return False
    axes.axvline(0, color=look.grid, linewidth=1.4, zorder=1)
    axes.set(title=look.words["phase"], xlabel=look.words["vertical"], ylabel=look.words["m"])
    axes.legend(loc="upper right")
    return True


def _to_impact(
    time: FloatArray, v: FloatArray, h: FloatArray, start: float, stop: float, gravity: float, *, touching: bool
) -> tuple[FloatArray, FloatArray]:
    """The curve of one flight, carried on by free fall to the impacts at its ends where those lie within a frame."""
    frame = float(time[1] - time[0]) if len(time) > 1 else 1 / 16
    if 0 < stop - time[-1] <= frame + 1e-9:
        dt = stop - float(time[-1])
        v, h = (
            np.append(v, v[-1] - gravity * dt),
            np.append(h, max(0.0, h[-1] + v[-1] * dt - gravity * dt * dt / 2) if touching else h[-1]),
        )
    if start >= 0 and 0 < time[0] - start <= frame + 1e-9:
        dt = start - float(time[0])
        v, h = np.insert(v, 0, v[0] - gravity * dt), np.insert(h, 0, max(0.0, h[0] + v[0] * dt - gravity * dt * dt / 2))
    return v, h


def _cells(run: Run, name: str) -> tuple[FloatArray, FloatArray, FloatArray, int]:
    """Layers of cells along the longest side: places from the low end (S,), temperatures (T, S), shares of the volume (S,), the axis."""
    track = run.trace[name]
    places, field = track.temperature_position, track.temperature
    volume = run.trace.extra.get("cell_volume")
    owner = run.trace.extra["temperature_body"].data == track.column
    weight = volume.data[owner] if volume is not None else np.ones(len(places))
    axis = int(np.argmax(np.ptp(places, axis=0)))
    stops, where = np.unique(np.round(places[:, axis], 9), return_inverse=True)
    if len(stops) > 240:
        edges = np.linspace(stops[0], stops[-1], 61)
        where = np.clip(np.digitize(places[:, axis], edges) - 1, 0, 59)
        stops = (edges[1:] + edges[:-1]) / 2
    share = np.bincount(where, weight, len(stops)).astype(float)
    filled = share > 0
    layers = np.stack([np.bincount(where, weight * row, len(stops))[filled] / share[filled] for row in field])
    return stops[filled], layers, share[filled], axis


def _profile(axes: Any, run: Run, name: str, look: _Style) -> bool:
    places, layers, _, axis = _cells(run, name)
    if len(places) < 3:
        return False
    track = run.trace[name]
    label = display_names(run.scene, run.trace)[name]
    rod = rod_of(run.scene, run.trace, name)
    rod = rod if rod is not None and rod.axis == axis else None
    offset = rod.length / 2 if rod is not None else -float(places[0])
    worst = 0.0
    frames = np.linspace(0, len(layers) - 1, 6).round().astype(int)[1:]
    for number, frame in enumerate(frames):
        seconds = float(track.heat_time[frame])
        axes.plot(
            places + offset,
            layers[frame],
            color=HEAT[number],
            linewidth=3.4,
            label=time_words(seconds, run.scene.language),
            zorder=3,
        )
        if rod is not None:
            exact = rod.temperature(places + offset, seconds)
            worst = max(worst, float(np.abs(exact - layers[frame]).max()))
            axes.plot(places + offset, exact, color=look.ink, linewidth=1.2, linestyle=(0, (1, 2)), zorder=4)
    if rod is not None:
        apart = look.words["apart"].format(kelvin=f"{worst:.1g}")
        axes.plot(
            [], [], color=look.ink, linewidth=1.2, linestyle=(0, (1, 2)), label=f"{look.words['exact']}\n({apart})"
        )
    title = look.words["profile"].format(name=label)
    axes.set(title=title, xlabel=look.words["along"], ylabel=look.words["celsius"])
    axes.set_xlim(0.0, rod.length if rod is not None else float(places[-1] + offset))
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return True


def _temperature(axes: Any, run: Run, name: str, look: _Style) -> bool:
    _, layers, share, _ = _cells(run, name)
    track = run.trace[name]
    seconds = track.heat_time
    size, unit = next(((s, u) for s, u in ((3600.0, "h"), (60.0, "min")) if seconds[-1] >= 2 * s), (1.0, "s"))
    time = seconds / size
    mean = layers @ (share / share.sum())
    field = track.temperature
    if field.shape[1] > 1:
        axes.fill_between(time, field.min(axis=1), field.max(axis=1), color=COLORS[4], alpha=0.22, linewidth=0)
        axes.plot(time, field.max(axis=1), color=COLORS[1], linestyle=DASHES[1], label=look.words["hottest"])
    axes.plot(time, mean, color=look.ink, label=look.words["mean"])
    if field.shape[1] > 1:
        axes.plot(time, field.min(axis=1), color=COLORS[0], linestyle=DASHES[2], label=look.words["coldest"])
    label = display_names(run.scene, run.trace)[name]
    axes.set(title=look.words["temperature"].format(name=label), ylabel=look.words["celsius"],
             xlabel=look.words["physical"].format(unit=look.words[unit]))  # fmt: skip
    axes.margins(x=0.0)
    axes.legend(loc="best")
    return True
