"""Reads the lexicon's tables: UTF-8 lines of fields separated by ` | `, with `#` comment lines.

A plain table loads in a few milliseconds, where the same content takes a YAML reader about a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

__all__ = ["DATA", "key_values", "rows", "split_list"]

DATA = Path(__file__).parent / "data"


def rows(name: str, *, fields: int | None = None) -> Iterator[list[str]]:
    """Yield the fields of each line of `data/<name>`, stripped; with `fields`, short rows are filled up with "".

    Raises ValueError with file and line when a row has more than `fields` fields.
    """
    path = DATA / name
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("|")]
        if fields is not None:
            if len(cells) > fields:
                raise ValueError(f"{path.name}:{number} has {len(cells)} fields instead of at most {fields}: {line!r}")
            cells += [""] * (fields - len(cells))
        yield cells


def split_list(text: str) -> tuple[str, ...]:
    """ "a, b, c" as a tuple without empty items."""
    return tuple(item.strip() for item in text.split(",") if item.strip())


def key_values(text: str) -> dict[str, str]:
    """ "a=1, b=x" as a mapping."""
    pairs = (item.partition("=") for item in split_list(text))
    return {key.strip(): value.strip() for key, _, value in pairs}
