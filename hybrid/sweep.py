"""`sweep`: the same scene at every point of a grid of values, in parallel processes, with named measures of each run.

Nothing is searched at the points of the grid: what the scene leaves free is searched once, at the scene as it stands, and stays as it was found, so
that only the named values differ (`search=True` searches at every point instead). A run that fails keeps its row, with the reason.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenes.errors import RunError, UserError
from scenes.files import prepare_folder

if TYPE_CHECKING:
    from pandas import DataFrame

    from scenes.scene import Scene
    from sim.measures import Measure

__all__ = ["MOST_RUNS", "Axis", "Row", "Sweep", "parse_over", "sweep"]

MOST_RUNS = 5000
Over = Mapping[str, Sequence[Any]] | Sequence[str] | str
Progress = Callable[[float, float], None]


@dataclass(frozen=True)
class Axis:
    """A path into the scene and the values that it takes."""

    path: str
    values: tuple[Any, ...]

    @property
    def numeric(self) -> bool:
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values)


@dataclass(frozen=True)
class Row:
    """One run: its number from 1, the values set, the measures (NaN where there is none), the outcomes, whether it ran, and if not why.

    `folder` is where its files are, relative to the sweep's, when they are kept."""

    number: int
    values: dict[str, Any]
    measures: dict[str, float]
    outcomes: tuple[dict[str, Any], ...] = ()
    status: str = "ok"  # ok, failed, or not run
    reason: str = ""
    folder: str = ""
    seconds: float = 0.0  # of wall clock


@dataclass(frozen=True)
class Sweep:
    """The axes, the measures with their units, and a row for each run in the order of the grid (the last axis changes fastest)."""

    axes: tuple[Axis, ...]
    measures: tuple[Measure, ...]
    rows: tuple[Row, ...]
    scene: Scene
    folder: Path | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def table(self) -> list[dict[str, Any]]:
        """Plain rows: `run`, a column for each path and each measure (None where it has no value), `happened`, `asked`, `status`, `reason`."""
        made = []
        for row in self.rows:
            measured = {name: None if math.isnan(value) else _plain(value) for name, value in row.measures.items()}
            happened = sum(1 for outcome in row.outcomes if outcome["happened"]) if row.status == "ok" else None
            asked = len(row.outcomes) if row.status == "ok" else None
            told = {"happened": happened, "asked": asked, "status": row.status, "reason": row.reason}
            made.append({"run": row.number, **row.values, **measured, **told})
        return made

    @property
    def failed(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.status != "ok")

    def to_pandas(self) -> DataFrame:
        """The table as a data frame. UserError, with the way to get it, where pandas is not installed."""
        try:
            import pandas
        except ImportError as error:
            raise UserError("A data frame needs pandas: install it with `pip install pandas pyarrow`.") from error
        frame = pandas.DataFrame(self.table)
        for name in [measure.text for measure in self.measures] + ["happened", "asked"]:
            frame[name] = pandas.to_numeric(frame[name])
        return frame


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)


def parse_over(text: str) -> Axis:
    """`"materials.rubber.restitution=0.4:0.9:6"` (six values from 0.4 to 0.9), `"...=1:100:5:log"`, or a list `"...=wood,concrete,grass"`."""
    from scenes.paths import parse_assignment

    path, equals, right = text.partition("=")
    path, right = path.strip(), right.strip()
    example = "write for example materials.rubber.restitution=0.4:0.9:6 or bodies.ground.material=wood,concrete,grass"
    if not (equals and path and right):
        raise UserError(f"--over {text!r} is not PATH=VALUES; {example}.")
    if ":" in right:
        return Axis(path, _range(text, right.split(":"), example))
    values = tuple(parse_assignment(f"{path}={part.strip()}")[1] for part in right.split(",") if part.strip())
    for value in values:
        if isinstance(value, float) and not math.isfinite(value):
            raise UserError(f"--over {text!r}: {value} is no value to compute with; {example}.")
    if len(set(map(repr, values))) < len(values):
        raise UserError(f"--over {text!r} names a value twice; {example}.")
    return Axis(path, values)


def _range(text: str, parts: list[str], example: str) -> tuple[float, ...]:
    log = len(parts) == 4 and parts[3].strip() == "log"
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except (ValueError, IndexError):
        raise UserError(f"--over {text!r} is not FROM:TO:COUNT; {example}.") from None
    if (len(parts) != 3 and not log) or not (math.isfinite(low) and math.isfinite(high)) or count < 1:
        raise UserError(
            f"--over {text!r} is not FROM:TO:COUNT with finite numbers and a count of at least 1; {example}."
        )
    if count > 1 and low == high:
        raise UserError(f"--over {text!r} begins and ends at {low:g}; {example}.")
    if log and not (low > 0 and high > 0):
        raise UserError(f"--over {text!r}: logarithmic steps need numbers above 0; {example}.")
    if count == 1:
        return (low,)
    shares = [k / (count - 1) for k in range(count)]
    if log:
        return tuple(float(f"{low * (high / low) ** share:.12g}") for share in shares)
    return tuple(float(f"{low + (high - low) * share:.12g}") for share in shares)


def sweep(
    scene: Scene | str | Path,
    *,
    over: Over,
    measure: str | Sequence[str],
    output: str | Path | None = None,
    keep: bool = False,
    search: bool = False,
    workers: int | None = None,
    seconds: float | None = None,
    fps: float = 16.0,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Run the grid of `over` ({path: values}, or texts as on the command line) and measure every run.

    `scene` is a Scene, a text or the path of a scene file. With `output`, the table (CSV, and Parquet where pandas and pyarrow are installed),
    a plot (PNG and SVG, for one or two axes), `sweep.json`, `sweep.html` and `scene.yaml` are written there; `keep` also keeps every run in
    `runs/NNN` in the form of `hybrid simulate`, and the page then shows them in three dimensions with a slider for each axis. `seconds` sets the duration of all runs. UserError for paths, measures and grids that cannot be used.
    """
    from hybrid.sweep_run import run_grid
    from sim.measures import parse_measure

    if keep and output is None:
        raise UserError("Keeping the runs needs a folder: give one with output (on the command line -o DIR).")
    base = _scene_of(scene)
    axes = _axes(over)
    texts = [measure] if isinstance(measure, str) else list(measure)
    if not texts:
        raise UserError('A sweep measures something: give for example --measure "bounces(ball)".')
    measures = tuple(dict((m.text, m) for m in (parse_measure(text, base) for text in texts)).values())
    if not base.bodies:
        raise UserError("The scene has no bodies: add at least one under bodies, or give a text that names a thing.")
    _check(base, axes)
    folder = prepare_folder(output) if output is not None else None
    if folder is not None:
        from hybrid.sweep_files import clear

        clear(folder)
    points = [
        dict(zip([axis.path for axis in axes], values, strict=True)) for values in product(*(a.values for a in axes))
    ]
    notes: list[str] = []
    if base.free and not search:
        base = _settled(base, axes, seconds=seconds, fps=fps, seed=seed, notes=notes)
    rows: list[Row] = []
    try:
        for row in run_grid(
            base, points, measures, seconds=seconds, fps=fps, seed=seed, search=search,
            workers=workers or os.cpu_count() or 1, keep=folder / "runs" if folder is not None and keep else None,
        ):  # fmt: skip
            rows.append(row)
            if progress is not None:
                progress(len(rows), len(points))
    finally:  # an interrupt keeps what was computed
        done = {row.number: row for row in rows}
        missing = {m.text: math.nan for m in measures}
        every = [
            done.get(k) or Row(k, point, missing, (), "not run", "interrupted") for k, point in enumerate(points, 1)
        ]
        swept = Sweep(axes, measures, tuple(every), base, folder, tuple(notes))
        if folder is not None and rows:
            from hybrid.sweep_files import write_sweep

            swept = write_sweep(swept, folder)
    if all(row.status != "ok" for row in swept.rows):
        raise RunError(f"No run of the sweep succeeded; the first: {swept.rows[0].reason}")
    return swept


def _scene_of(scene: Scene | str | Path) -> Scene:
    from hybrid.pipeline import HybridPipeline

    return HybridPipeline(pictures=False)._scene_of(scene)[1]


def _axes(over: Over) -> tuple[Axis, ...]:
    if isinstance(over, str):
        over = [over]
    axes = (
        tuple(Axis(path, tuple(values)) for path, values in over.items())
        if isinstance(over, Mapping)
        else tuple(parse_over(text) for text in over)
    )
    if not axes:
        raise UserError("A sweep goes over something: give for example --over materials.rubber.restitution=0.4:0.9:6.")
    paths = [axis.path for axis in axes]
    if len(set(paths)) < len(paths):
        raise UserError(f"The sweep goes over {max(paths, key=paths.count)} twice: give each path once.")
    for axis in axes:
        if not axis.values:
            raise UserError(f"The sweep over {axis.path} has no values.")
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST_RUNS:
        raise UserError(f"The grid has {count} runs, and at most {MOST_RUNS} are run: take fewer values.")
    return axes


def _check(scene: Scene, axes: tuple[Axis, ...]) -> None:
    """A path of which no value fits is a mistake of the whole sweep; a value that does not fit is one of its runs."""
    for axis in axes:
        faults = []
        for value in axis.values:
            try:
                scene.with_({axis.path: value})
                break
            except UserError as error:
                faults.append(error)
        else:
            raise faults[0]


def _first_point(scene: Scene, axes: tuple[Axis, ...]) -> Scene:
    """The scene at the first point of the grid that fits."""
    for values in product(*(axis.values for axis in axes)):
        try:
            return scene.with_(dict(zip([axis.path for axis in axes], values, strict=True)))
        except UserError:
            continue
    return scene


def _settled(
    scene: Scene, axes: tuple[Axis, ...], *, seconds: float | None, fps: float, seed: int | None, notes: list[str]
) -> Scene:
    """The scene with what it leaves free chosen once, but for what is swept."""
    from hybrid.pipeline import SEARCH_ROLLOUTS, SEARCH_SECONDS
    from sim.search import Budget, settle

    budget = Budget(rollouts=SEARCH_ROLLOUTS, seconds=SEARCH_SECONDS)
    settled = settle(scene, fps=fps, seconds=seconds, seed=seed, budget=budget)
    if settled.choices:
        left = _first_point(settled.scene, axes).provenance  # what is swept beats what was searched
        kept = [c for c in settled.choices if c.path in left and left[c.path].source == "searched"]
        chosen = ", ".join(f"{c.path} = {c.value:.4g}" for c in kept)
        if chosen:
            notes.append(f"searched once for the asked outcomes, then kept at every point: {chosen}")
    return settled.scene.model_copy(update={"free": {}})
