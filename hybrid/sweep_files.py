"""What a sweep leaves in its folder: `table.csv`, `table.parquet`, `plot.png`, `plot.svg`, `sweep.json`, `sweep.html`,
`scene.yaml`, and `runs/NNN` when kept."""

from __future__ import annotations

import csv
import importlib.util
import io
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from hybrid.sweep import Axis, Sweep
from scenes.files import write_atomically, write_text

__all__ = ["FILES", "clear", "draw", "write_sweep"]

FILES = ("table.csv", "table.parquet", "plot.png", "plot.svg", "sweep.json", "sweep.html", "scene.yaml")
LINES = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
)  # Okabe and Ito, "Color universal design", 2008
MARKS = ("o", "s", "^", "D", "v", "P")
MOST_NOTED = 120  # cells of a heat map that still show their numbers


def clear(folder: Path) -> None:
    """Remove what an earlier sweep left: nothing in the folder may speak of another grid."""
    if (folder / "sweep.json").is_file() and (folder / "runs").is_dir():
        shutil.rmtree(folder / "runs")
    for name in FILES:
        (folder / name).unlink(missing_ok=True)


def write_sweep(swept: Sweep, folder: Path) -> Sweep:
    """Write all files; the sweep comes back with notes on what could not be written."""
    notes = list(swept.notes)
    _write_csv(swept, folder / "table.csv")
    missing = [name for name in ("pandas", "pyarrow") if importlib.util.find_spec(name) is None]
    if missing:
        notes.append(
            f"table.parquet was not written, because {' and '.join(missing)} is not installed: pip install pandas pyarrow"
        )
    else:
        with write_atomically(folder / "table.parquet") as temporary:
            _typed(swept).to_parquet(temporary, index=False)
    if len(swept.axes) > 2:
        notes.append(
            f"no plot of {len(swept.axes)} axes is drawn: one axis makes curves and two make maps; the table holds all"
        )
    elif any(not math.isnan(value) for row in swept.rows for value in row.measures.values()):
        for name in ("plot.png", "plot.svg"):
            with write_atomically(folder / name) as temporary:
                draw(swept, temporary)
    else:
        notes.append("no plot is drawn, because no run has a value of what is measured")
    swept.scene.save(folder / "scene.yaml")
    swept = replace(swept, notes=tuple(notes))
    from hybrid.report.data import write_json

    write_json(folder / "sweep.json", _index(swept))
    from hybrid.report.sweep_page import sweep_page

    write_text(folder / "sweep.html", sweep_page(swept, folder))
    return swept


def _write_csv(swept: Sweep, path: Path) -> None:
    rows = swept.table
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: "" if value is None else value for key, value in row.items()})
    write_text(path, stream.getvalue())


def _typed(swept: Sweep) -> Any:
    """The data frame; a column of values of several kinds becomes text, because a column of a file has one type."""
    frame = swept.to_pandas()
    for axis in swept.axes:
        if (len({type(value) for value in axis.values}) > 1 and not axis.numeric) or isinstance(
            axis.values[0], list | tuple
        ):
            frame[axis.path] = frame[axis.path].map(str)
    return frame


def _index(swept: Sweep) -> dict[str, Any]:
    return {
        "schema": 1,
        "text": swept.scene.text,
        "scene": "scene.yaml",
        "axes": [{"path": axis.path, "values": list(axis.values)} for axis in swept.axes],
        "measures": [{"name": m.text, "unit": m.unit, "about": m.about} for m in swept.measures],
        "shape": [len(axis.values) for axis in swept.axes],
        "notes": list(swept.notes),
        "runs": [
            {
                "run": row.number,
                "at": _place(swept.axes, row.number),
                "values": row.values,
                "measures": {k: None if math.isnan(v) else v for k, v in row.measures.items()},
                "outcomes": list(row.outcomes),
                "status": row.status,
                "reason": row.reason,
                "folder": row.folder or None,
                "seconds": row.seconds,
            }
            for row in swept.rows
        ],
    }


def _place(axes: tuple[Axis, ...], number: int) -> list[int]:
    """Where a run stands on each axis."""
    rest, place = number - 1, []
    for axis in reversed(axes):
        rest, k = divmod(rest, len(axis.values))
        place.append(k)
    return place[::-1]


# the plot -----------------------------------------------------------------------------------------------------------------------------


def draw(swept: Sweep, path: Path) -> None:
    """Curves over one axis, or a map over two, a panel for each measure; the suffix says PNG or SVG. The same sweep gives the same bytes."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from hybrid.fonts import font_path

    count, two = len(swept.measures), len(swept.axes) == 2
    settings: Any = {"svg.hashsalt": "sweep", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    family = _family(font_path())
    if family:
        settings["font.family"] = ["DejaVu Sans", family]
    with matplotlib.rc_context(settings):
        wide = min(count, 3)
        high = math.ceil(count / wide)
        figure = Figure(figsize=(1.2 + 4.2 * wide, 0.5 + 3.3 * high), dpi=150, layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(high, wide, squeeze=False).ravel()
        for k, (panel, measure) in enumerate(zip(panels, swept.measures, strict=False)):
            label = f"{measure.text} [{measure.unit}]" if measure.unit else measure.text
            if two:
                _map(figure, panel, swept, measure.text, label)
            else:
                _curve(panel, swept, measure.text, label, LINES[k % len(LINES)], MARKS[k % len(MARKS)])
        for panel in panels[count:]:
            panel.set_visible(False)
        about = {"Date": None} if path.suffix == ".svg" else {"Software": None}
        figure.savefig(path, format=path.suffix[1:], metadata=about)


def _family(path: Path) -> str:
    from matplotlib import font_manager

    if not path.is_file():
        return ""
    font_manager.fontManager.addfont(path)
    return str(font_manager.FontProperties(fname=path).get_name())


def _ticks(axis: Axis) -> list[str]:
    return [f"{v:.4g}" if isinstance(v, float) else str(v) for v in axis.values]


def _curve(panel: Any, swept: Sweep, name: str, label: str, colour: str, mark: str) -> None:
    import numpy as np

    (axis,) = swept.axes
    y = np.array([row.measures[name] for row in swept.rows])
    x = np.array(axis.values, dtype=float) if axis.numeric else np.arange(len(axis.values), dtype=float)
    bad = np.array([row.status != "ok" for row in swept.rows]) | np.isnan(y)
    shown = np.where(bad, np.nan, y)
    if axis.numeric:
        panel.plot(x, shown, color=colour, marker=mark, markersize=4.5, linewidth=1.4)
        if len(x) > 2 and x.min() > 0 and x.max() / x.min() > 50:
            panel.set_xscale("log")
    else:
        panel.bar(x, np.nan_to_num(shown), color=colour, width=0.6)
        panel.set_xticks(x, _ticks(axis), rotation=30 if len(x) > 5 else 0)
    if bad.any():
        panel.plot(
            x[bad],
            np.full(int(bad.sum()), 0.02),
            "x",
            color="0.35",
            transform=panel.get_xaxis_transform(),
            clip_on=False,
        )
        panel.annotate(
            "x: no value", (1, 1.01), xycoords="axes fraction", ha="right", va="bottom", fontsize=7, color="0.35"
        )
    whole = shown[~bad]
    if len(whole) and np.all(whole == np.round(whole)) and np.ptp(whole) < 30:
        panel.yaxis.get_major_locator().set_params(integer=True)
    panel.set_xlabel(axis.path)
    panel.set_ylabel(label)
    panel.grid(color="0.9", linewidth=0.7)
    panel.set_axisbelow(True)


def _map(figure: Any, panel: Any, swept: Sweep, name: str, label: str) -> None:
    import numpy as np

    down, across = swept.axes
    shape = (len(down.values), len(across.values))
    values = np.array([row.measures[name] for row in swept.rows]).reshape(shape)
    bad = np.array([row.status != "ok" for row in swept.rows]).reshape(shape) | np.isnan(values)
    shown = np.ma.masked_array(values, bad)
    panel.set_facecolor("0.88")
    image = panel.imshow(shown, cmap="cividis", aspect="auto", origin="lower")
    low, high = (float(shown.min()), float(shown.max())) if shown.count() else (0.0, 1.0)
    if values.size <= MOST_NOTED:
        for (i, j), gone in np.ndenumerate(bad):
            dark = not gone and values[i, j] < (low + high) / 2
            text = "–" if gone else f"{values[i, j]:.3g}"
            panel.text(j, i, text, ha="center", va="center", fontsize=7, color="white" if dark else "black")
    panel.set_xticks(range(shape[1]), _ticks(across), rotation=30 if shape[1] > 6 else 0)
    panel.set_yticks(range(shape[0]), _ticks(down))
    panel.set_xlabel(across.path)
    panel.set_ylabel(down.path)
    panel.set_title(label, fontsize=9)
    for side in panel.spines.values():
        side.set_visible(False)
    figure.colorbar(image, ax=panel, shrink=0.9)
