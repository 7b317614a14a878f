"""The same scene over a grid of values: `sweep`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hybrid.options import Fps, Output, Quiet, Seconds, Seed, Sets, Text, values_of

if TYPE_CHECKING:
    from hybrid.sweep import Sweep

__all__ = ["register"]

MOST_SHOWN = 40


def register(app: typer.Typer) -> None:
    for command in (sweep,):
        app.command()(command)


def sweep(
    text: Text,
    over: Annotated[
        list[str] | None,
        typer.Option("--over", metavar="PATH=VALUES", help="FROM:TO:COUNT, FROM:TO:COUNT:log or a,b,c; several make a grid."),
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option("--measure", metavar="MEASURE", help="What to tabulate, e.g. “bounces(ball)”."),
    ] = None,
    output: Output = Path("out/sweep"),
    workers: Annotated[int | None, typer.Option(help="Processes; one a core when not given.", min=1)] = None,
    seconds: Seconds = None,
    fps: Fps = 16.0,
    seed: Seed = None,
    set_: Sets = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep every run in DIR/runs/NNN.")] = False,
    search: Annotated[bool, typer.Option("--search", help="Search what is free at every point, not once.")] = False,
    quiet: Quiet = False,
) -> int:  # fmt: skip
    """A grid of runs in parallel: a table (CSV and Parquet), a plot, and each run's outcomes."""
    from hybrid.pipeline import HybridPipeline, check_times
    from hybrid.progress import ProgressBars
    from hybrid.sweep import sweep as run_sweep

    check_times(fps=fps, seconds=seconds)
    scene = HybridPipeline(pictures=False)._scene_of(text)[1]
    values = values_of(set_)
    scene = scene.with_(values) if values else scene
    bars = ProgressBars(enabled=not quiet and sys.stderr.isatty())
    with bars:
        swept = run_sweep(
            scene, over=over or [], measure=measure or [], output=output, keep=keep, search=search, workers=workers,
            seconds=seconds, fps=fps, seed=seed, progress=lambda done, of: bars("sweep", done, of),
        )  # fmt: skip
    _show(swept)
    return 3 if swept.failed else 0


def _show(swept: Sweep) -> None:
    """The table, shortened, and where everything is."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for axis in swept.axes:
        shown.add_column(axis.path)
    for measure in swept.measures:
        shown.add_column(f"{measure.text} [{measure.unit}]" if measure.unit else measure.text, justify="right")
    shown.add_column("outcomes")
    rows = swept.table
    for row in rows[:MOST_SHOWN]:
        told = (
            row["reason"] if row["status"] != "ok" else f"{row['happened']} of {row['asked']}" if row["asked"] else "-"
        )
        values = [
            f"{row[axis.path]:.6g}" if isinstance(row[axis.path], float) else str(row[axis.path]) for axis in swept.axes
        ]
        measured = ["-" if row[m.text] is None else f"{row[m.text]:.5g}" for m in swept.measures]
        shown.add_row(*values, *measured, told)
    Console(width=None if sys.stdout.isatty() else 200).print(shown)
    if len(rows) > MOST_SHOWN:
        print(f"... and {len(rows) - MOST_SHOWN} more in table.csv")
    for note in swept.notes:
        print(f"- {note}")
    if swept.failed:
        print(f"{len(swept.failed)} of {len(rows)} runs failed; their rows say why.")
    if swept.folder is not None:
        from hybrid.sweep_files import FILES

        parts = [name for name in FILES if (swept.folder / name).is_file()]
        print(f"{'文件' if swept.scene.language == 'zh' else 'Files'}: {swept.folder}/ ({', '.join(parts)})")
