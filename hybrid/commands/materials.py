"""The material library: `materials`."""

from __future__ import annotations

from typing import Annotated

import typer

from hybrid.options import Library, use_library
from scenes.errors import UserError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    for command in (materials,):
        app.command()(command)


def materials(
    name: Annotated[str | None, typer.Argument(help="A material, in English or Chinese; all when not given.")] = None,
    find: Annotated[
        str | None, typer.Option(help="Words in a name, a note, the state or the look, in English or Chinese.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="Such as 'density>7000' or state=liquid; may be given again."),
    ] = None,
    library: Library = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """The material library: values with ranges, sources, and whether they were checked or recalled."""
    use_library(library)
    from hybrid.explain import show_material, show_materials

    if name is None:
        return show_materials(find, where, as_json=as_json)
    if find or where:
        raise UserError("Give a material, or --find and --where, not both.")
    return show_material(name, as_json=as_json)
