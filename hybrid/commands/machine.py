"""What this machine can run and what it may download: `doctor`, `fetch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybrid.commands import video_options as video
from scenes.errors import UserError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    for command in (doctor, fetch):
        app.command()(command)


def doctor(
    schedule: Annotated[
        str | None,
        typer.Option(
            "--schedule", metavar="BACKEND", help="Show noise level, expert and guidance of every denoising step."
        ),
    ] = None,
    steps: video.Steps = None,
    shift: video.Shift = None,
    boundary: video.Boundary = None,
    guidance: video.Guidance = "auto",
    sigma_weak: video.SigmaWeak = None,
    sigma_strong: video.SigmaStrong = None,
    lightning: video.Lightning = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Plot of the schedule: .png, .svg or .pdf.")
    ] = None,
) -> int:
    """What can run on this machine, what is missing, how large it is, and how to get it."""
    from hybrid.doctor import examine, show_schedule

    if schedule is not None:
        return show_schedule(
            schedule,
            steps=steps,
            shift=shift,
            boundary=boundary,
            guidance=guidance,
            sigma_weak=sigma_weak,
            sigma_strong=sigma_strong,
            lightning=lightning,
            output=output,
        )
    if output is not None:
        raise UserError("-o writes the plot of a schedule: add --schedule BACKEND.")
    return examine()


def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A backend, a hub id, or lightning (the few-step LoRA).")],
    source: Annotated[str, typer.Option("--from", help="huggingface or modelscope.")] = "huggingface",
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FOLDER", help="Folder for the files; the hub's cache when not given."),
    ] = None,
) -> int:
    """Download the weights of a backend; a broken download goes on where it stopped."""
    from hybrid.fetch import fetch as download

    print(download(name, source=source, to=to))
    return 0
