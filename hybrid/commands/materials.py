"""The material library: `materials`."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    for command in (materials,):
        app.command()(command)


def materials(
    name: Annotated[str | None, typer.Argument(help="A material, in English or Chinese; all when not given.")] = None,
) -> int:
    """The material library: values with ranges, sources, and whether they were checked or recalled."""
    from hybrid.explain import show_material, show_materials

    return show_material(name) if name else show_materials()
