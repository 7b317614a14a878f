"""Two runs in one picture: `compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybrid.options import Quiet

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command()(compare)


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="Folder of a run.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Folder of another run.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Video to write (.mp4 or .gif).")] = Path("side.mp4"),
    of: Annotated[
        str | None,
        typer.Option(help="Curve: height, speed or temperature; chosen by what the runs hold when not given."),
    ] = None,
    labels: Annotated[
        str | None, typer.Option(help="Two labels with a comma between, for example “Moon,Earth”.")
    ] = None,
    height: Annotated[int, typer.Option(help="Height of each picture [px].", min=120, max=1080)] = 360,
    quiet: Quiet = False,
) -> int:
    """Two runs side by side in one time, with their curves under them."""
    import sys

    from hybrid.compare import compare_runs
    from hybrid.progress import ProgressBars
    from hybrid.run_io import load_run
    from scenes.errors import UserError

    named = tuple(part.strip() for part in labels.replace("，", ",").split(",")) if labels else None
    if named is not None and len(named) != 2:
        raise UserError(f"--labels {labels!r} are {len(named)}: give two with a comma between, for example Moon,Earth.")
    one, two = load_run(first), load_run(second)
    bars = ProgressBars(enabled=not quiet and sys.stderr.isatty())
    with bars:
        path = compare_runs(one, two, output, of=of, labels=named, height=height, progress=bars)
    print(f"{'并排视频' if one.scene.language == 'zh' else 'Side by side'}: {path}")
    return 0
