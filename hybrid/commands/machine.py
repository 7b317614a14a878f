"""What this machine can run: `doctor`."""

from __future__ import annotations

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    for command in (doctor,):
        app.command()(command)


def doctor() -> int:
    """What can run on this machine, what is missing, how large it is, and how to get it."""
    from hybrid.doctor import examine

    return examine()
