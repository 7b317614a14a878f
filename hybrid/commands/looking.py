"""A finished run, looked at: `inspect`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    for command in (inspect,):
        app.command()(command)


def inspect(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """The story of a run in words and a table."""
    from hybrid.run import exit_status
    from hybrid.run_io import load_run
    from hybrid.story import story, story_data

    run = load_run(folder)
    if as_json:
        print(json.dumps(story_data(run), ensure_ascii=False, indent=1))
    else:
        from rich.console import Console

        Console().print(story(run))
    return 0 if exit_status(run) in (0, 3) else 1
