"""Writes `catalogue.json` from the YAML files: `python -m scenes.catalogue.build`.

People edit `data/*.yaml`; the product reads the JSON, which loads about thirty times faster. A test holds the two together.
A YAML file is a list of groups: `with` (fields shared by the group) and `objects` (each its own fields, which win).
`floats` is worked out from mass and volume where a file does not state it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scenes.catalogue.bodies import FRESH_WATER, effective_density
from scenes.catalogue.entry import ObjectEntry
from scenes.errors import UserError
from scenes.files import write_text
from scenes.materials import library

__all__ = ["DATA", "JSON_FILE", "as_json", "floats", "main", "read_yaml"]

DATA = Path(__file__).parent / "data"
JSON_FILE = DATA / "catalogue.json"


def read_yaml(folder: Path = DATA) -> dict[str, dict[str, Any]]:
    """Every entry of the YAML files by key, groups resolved, each validated. UserError names the file and the entry at fault."""
    from pydantic import ValidationError
    from ruamel.yaml import YAML

    from scenes.base import one_sentence

    entries: dict[str, dict[str, Any]] = {}
    for file in sorted(folder.glob("*.yaml")):
        groups = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
        for group in groups:
            stray = set(group) - {"with", "objects"}
            if stray:
                raise UserError(f"{file.name}: a group has `with` and `objects`, not {sorted(stray)}.")
            for key, fields in group["objects"].items():
                if key in entries:
                    raise UserError(f"{file.name}: {key!r} is listed twice.")
                entry = {"key": str(key), **group.get("with", {}), **(fields or {})}
                try:
                    checked = ObjectEntry.model_validate(entry)
                except ValidationError as error:
                    raise UserError(one_sentence(error, what=f"{file.name}, {key!r}")) from error
                if "floats" not in entry:
                    entry["floats"] = floats(checked)
                entries[str(key)] = entry
    return entries


def floats(entry: ObjectEntry) -> bool:
    """Whether the thing floats on fresh water, by its effective density; False for what has no body or does not swim in water."""
    if entry.shape is None or entry.material is None or entry.role in ("ground", "region", "field", "fluid"):
        return False
    density = effective_density(entry, library().material(entry.material).density.value)
    return density is not None and density < FRESH_WATER


def as_json(entries: dict[str, dict[str, Any]]) -> str:
    """One entry a line, in the order of the files, so that a change reads as one line."""
    lines = [
        f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(entry, ensure_ascii=False)}"
        for key, entry in entries.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    entries = read_yaml()
    write_text(JSON_FILE, as_json(entries))
    print(f"{len(entries)} entries written to {JSON_FILE.name}")


if __name__ == "__main__":
    main()
