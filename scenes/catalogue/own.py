"""Objects of the user's own libraries among the product's: each is checked, and a word that would mean two things is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scenes.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from scenes.own import OwnLibrary

__all__ = ["with_own"]

DEFAULTS = {"hypernym": "object", "size_source": "own library", "size_evidence": "assumed"}


def with_own(
    shipped: Mapping[str, dict[str, Any]], mine: Mapping[str, tuple[OwnLibrary, dict[str, Any]]]
) -> tuple[dict[str, dict[str, Any]], frozenset[str]]:
    """The raw entries of both, and the keys of the product's that were changed: such an entry keeps what the library does not name."""
    from pydantic import ValidationError

    from scenes.base import one_sentence
    from scenes.catalogue.build import floats
    from scenes.catalogue.entry import ObjectEntry

    entries = dict(shipped)
    for key, (own, fields) in mine.items():
        where = f"{own.path}: objects.{key}"
        entry = {"key": key, **shipped.get(key, DEFAULTS), **fields}
        if key not in shipped and "shape" not in entry:
            raise UserError(f"{where} has no shape: give shape, or mesh with the file of an .stl, .obj, .glb or .ply.")
        if entry["hypernym"] not in (*shipped, *mine):
            raise UserError(
                f"{where}.hypernym is {entry['hypernym']!r}, which is no object{did_you_mean(entry['hypernym'], shipped)}"
            )
        try:
            checked = ObjectEntry.model_validate(entry)
        except ValidationError as error:
            raise UserError(one_sentence(error, what=where)) from error
        if "floats" not in fields:
            try:
                entry["floats"] = floats(checked)
            except UserError as error:  # of its material, or its mesh
                raise UserError(f"{where}: {error}") from error
        entries[key] = entry
    _refuse_taken(entries, mine)
    return entries, frozenset(set(mine) & set(shipped))


def _refuse_taken(entries: Mapping[str, dict[str, Any]], mine: Mapping[str, tuple[OwnLibrary, dict[str, Any]]]) -> None:
    owners: dict[str, str] = {}
    for key, fields in entries.items():
        if key not in mine:
            owners.update(dict.fromkeys((key, *(w.lower() for w in fields.get("en", ())), *fields.get("zh", ())), key))
            owners.update({word.lower(): key for kind, zh in fields.get("kinds", {}).items() for word in (kind, *zh)})
    for key, (own, fields) in mine.items():
        for word in (key, *fields.get("en", ()), *fields.get("zh", ())):
            owner = owners.setdefault(word.lower(), key)
            if owner != key:
                raise UserError(
                    f"{own.path}: the name {word!r} of objects.{key} already means {owner!r}: choose another name, or change objects.{owner} itself."
                )
