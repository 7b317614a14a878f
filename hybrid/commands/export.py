"""A run for other programs: `export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybrid.options import Quiet

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command()(export)


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="Format; `--to list` shows all.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder (or file) to write; inside DIR when not given.")
    ] = None,
    size: Annotated[str | None, typer.Option(help="WIDTHxHEIGHT in pixels; that of the clip when not given.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames per second; the format's own when not given.")] = None,
    which: Annotated[
        str | None, typer.Option(help="Passes or parts, with commas, for example depth,flow; all when not given.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core when not given.", min=1)] = None,
    quiet: Quiet = False,
) -> int:
    """Control passes, tracks, masks and scenes of a run in the formats of other programs."""
    import sys

    from hybrid.exports import FORMATS, ExportOptions, export_run, find_format

    if to == "list":
        for name, format_ in sorted(FORMATS.items()):
            print(f"{name:<14}{format_.summary}")
        return 0
    find_format(to)
    from generator.pool import cores
    from hybrid.pipeline import check_size
    from hybrid.progress import ProgressBars
    from hybrid.run_io import load_run
    from scenes.errors import UserError

    if fps is not None and not 0 < fps <= 240:
        raise UserError(f"{fps:g} frames per second cannot be played: give a number from 1 to 240, for example 16.")
    bars = ProgressBars(enabled=not quiet and sys.stderr.isatty())
    options = ExportOptions(
        size=check_size(size) if size is not None else None, fps=fps,
        which=tuple(part.strip() for part in which.split(",") if part.strip()) if which else (), workers=workers or cores(), progress=bars,
    )  # fmt: skip
    run = load_run(folder)
    with bars:
        files = export_run(run, to, output, options)
    chinese = run.scene.language == "zh"
    shown = files[:6]
    place = files[0].parent if len(files) > 1 else files[0]
    print(
        f"{'已导出' if chinese else 'Exported'}: {place}"
        + (f" ({', '.join(file.name for file in shown)}{', ...' if len(files) > 6 else ''})" if len(files) > 1 else "")
    )
    return 0
