"""Reading of material files: the product's own (JSON, for speed) and a user's (YAML, the same form, more forgiving)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from scenes.errors import UserError, did_you_mean
from scenes.materials.material import APPEARANCE_KEYS, MATERIAL_QUANTITIES, Appearance, Material, State
from scenes.materials.values import CONTACT_QUANTITIES, Value, make_value

__all__ = ["PairRecord", "amended", "make_materials", "make_pairs", "pair_key", "read_own", "read_user"]

_FOLDER = Path(__file__).parent
_REQUIRED = ("density", "conductivity", "specific_heat")
_REQUIRED_IN_CONTACT = ("emissivity", "youngs_modulus", "poisson", "restitution", "friction", "rolling")
_MATERIAL_KEYS = ("parent", "state", "brittle", "note", "english", "chinese", "ambiguous", "appearance", "properties")


@dataclass(frozen=True, slots=True)
class PairRecord:
    """What a file says of a pair: some of the contact quantities, and how they were measured."""

    values: Mapping[str, Value]
    conditions: str = ""


def pair_key(a: str, b: str) -> tuple[str, str]:
    """The two names in spelling order: pairs are symmetric."""
    return (a, b) if a <= b else (b, a)


def read_own() -> tuple[dict[str, Any], dict[str, Any]]:
    """The product's own tables as plain mappings: (materials with sources, pairs)."""
    materials = json.loads((_FOLDER / "materials.json").read_text(encoding="utf-8"))
    pairs = json.loads((_FOLDER / "pairs.json").read_text(encoding="utf-8"))
    return materials, pairs["pairs"]


def read_user(path: str | Path) -> dict[str, Any]:
    """A user's YAML file with the keys `materials`, `pairs` and `sources`; UserError when it cannot be used."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The material library {path} cannot be read ({error}): give a UTF-8 YAML file.") from error
    try:
        given = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        first = str(error).strip().replace("\n", " ")
        raise UserError(f"The material library {path} is not valid YAML: {first}") from error
    if not isinstance(given, Mapping):
        raise UserError(f"The material library {path} must be a mapping with 'materials' or 'pairs'.")
    for key, part in given.items():
        if key not in ("materials", "pairs", "sources"):
            raise UserError(
                f"The material library {path} has the unknown key {key!r}: it may hold materials, pairs, sources."
            )
        if not isinstance(part, Mapping):
            raise UserError(f"The material library {path}: '{key}' must be a mapping by name.")
    return dict(given)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one file gives, and what has been made of it so far."""

    given: Mapping[str, Any]
    known: Mapping[str, Material]
    sources: Mapping[str, str]
    where: str
    source: str
    strict: bool
    made: dict[str, Material]


def make_materials(
    given: Mapping[str, Any],
    *,
    sources: Mapping[str, str],
    known: Mapping[str, Material] | None = None,
    where: str = "materials",
    source: str = "set by the user",
    strict: bool = False,
) -> dict[str, Material]:
    """Build materials by name; a required property that one does not give comes from its parent, as `assumed`.

    `known` are materials that exist already and may be parents. With `strict`, only `properties` and `appearance` hold
    values; without, they may stand beside the names. Raises UserError for unknown keys, bad values and missing ones.
    """
    reading = _Reading(
        {str(name): record for name, record in given.items()}, known or {}, sources, where, source, strict, {}
    )
    for name in reading.given:
        _build(name, reading, ())
    return reading.made


def amended(material: Material, record: Mapping[str, Any], *, where: str, source: str) -> Material:
    """An existing material with what a user's file says of it put in place, and its names added to."""
    values = {
        key: value for key, value in record.items() if key not in ("english", "chinese", "properties", "appearance")
    }
    values = {**values, **_mapping(record, "properties", where), **_mapping(record, "appearance", where)}
    changed = material.changed(values, where=where, source=source)
    return replace(
        changed,
        aliases=tuple(dict.fromkeys((*material.aliases, *_names(record, "english", where)))),
        chinese=tuple(dict.fromkeys((*material.chinese, *_names(record, "chinese", where)))),
    )


def _build(name: str, reading: _Reading, trail: tuple[str, ...]) -> Material:
    if name in reading.made:
        return reading.made[name]
    if name in trail:
        raise UserError(f"{reading.where}: the parents {' -> '.join((*trail, name))} go in a circle: remove one.")
    record = reading.given[name]
    here = f"{reading.where}.{name}"
    if not isinstance(record, Mapping):
        raise UserError(f"{here} must be a mapping of properties.")
    parent = _parent(record.get("parent"), name, reading, trail)
    state = record.get("state", parent.state if parent else "solid")
    if state not in get_args(State):
        raise UserError(f"{here}.state is {state!r}{did_you_mean(str(state), get_args(State))}")
    properties = _properties(record, here, reading)
    if parent is not None:
        _inherit(properties, parent, state)
    missing = [key for key in _needed(state) if key not in properties]
    if missing:
        raise UserError(f"{here} lacks {', '.join(missing)}: give them, or name a 'parent' to take them from.")
    brittle = record.get("brittle", parent.brittle if parent else False)
    if not isinstance(brittle, bool):
        raise UserError(f"{here}.brittle is {brittle!r}: give true or false.")
    shown = {**_mapping(record, "appearance", here), **{key: record[key] for key in APPEARANCE_KEYS if key in record}}
    reading.made[name] = Material(
        name=name,
        state=state,
        brittle=brittle,
        appearance=Appearance.checked(shown, where=here, base=parent.appearance if parent else None),
        parent=parent.name if parent else None,
        aliases=_names(record, "english", here),
        chinese=_names(record, "chinese", here),
        ambiguous=_names(record, "ambiguous", here),
        note=str(record.get("note", "")),
        **properties,
    )
    return reading.made[name]


def _parent(name: Any, child: str, reading: _Reading, trail: tuple[str, ...]) -> Material | None:
    if name is None:
        return None
    if name in reading.given:
        return _build(str(name), reading, (*trail, child))
    if name in reading.known:
        return reading.known[name]
    choices = (*reading.given, *reading.known)
    raise UserError(
        f"{reading.where}.{child}.parent is {name!r}, which is no material{did_you_mean(str(name), choices)}"
    )


def _mapping(record: Mapping[str, Any], key: str, here: str) -> Mapping[str, Any]:
    inner = record.get(key, {})
    if not isinstance(inner, Mapping):
        raise UserError(f"{here}.{key} must be a mapping by name.")
    return inner


def _properties(record: Mapping[str, Any], here: str, reading: _Reading) -> dict[str, Any]:
    loose = () if reading.strict else (*MATERIAL_QUANTITIES, *APPEARANCE_KEYS)
    for key in record:
        if key not in _MATERIAL_KEYS and key not in loose:
            raise UserError(f"{here} has the unknown key {key!r}{did_you_mean(str(key), (*_MATERIAL_KEYS, *loose))}")
    inner = _mapping(record, "properties", here)
    for key in inner:
        if key not in MATERIAL_QUANTITIES:
            raise UserError(
                f"{here}.properties has the unknown property {key!r}{did_you_mean(str(key), MATERIAL_QUANTITIES)}"
            )
    given = {**inner, **{key: record[key] for key in MATERIAL_QUANTITIES if key in record}}
    return {
        key: make_value(key, value, where=f"{here}.{key}", source=reading.source, sources=reading.sources)
        for key, value in given.items()
    }


def _needed(state: str) -> tuple[str, ...]:
    return _REQUIRED if state in ("liquid", "gas") else (*_REQUIRED, *_REQUIRED_IN_CONTACT)


def _inherit(properties: dict[str, Any], parent: Material, state: str) -> None:
    for key in _needed(state):
        own: Value | None = getattr(parent, key)
        if key not in properties and own is not None:
            properties[key] = replace(
                own, source=f"taken from the parent material {parent.name}: {own.source}", status="assumed"
            )


def _names(record: Mapping[str, Any], key: str, here: str) -> tuple[str, ...]:
    names = record.get(key, ())
    if isinstance(names, str) or not all(isinstance(name, str) and name.strip() for name in names):
        raise UserError(f"{here}.{key} must be a list of names.")
    return tuple(names)


def make_pairs(
    given: Mapping[str, Any],
    *,
    names: Mapping[str, str],
    sources: Mapping[str, str],
    where: str = "pairs",
    source: str = "set by the user",
) -> dict[tuple[str, str], PairRecord]:
    """Build pair records from "a+b" keys; `names` maps every accepted spelling to the canonical material."""
    made: dict[tuple[str, str], PairRecord] = {}
    for key, record in given.items():
        pair = _split_pair(str(key), names, where)
        if pair in made:
            raise UserError(f"{where} has {'+'.join(pair)} twice: keep one of them.")
        if not isinstance(record, Mapping):
            raise UserError(f"{where}.{key} must be a mapping with some of {', '.join(CONTACT_QUANTITIES)}.")
        values: dict[str, Value] = {}
        for quantity, value in record.items():
            if quantity == "conditions":
                continue
            if quantity not in CONTACT_QUANTITIES:
                raise UserError(
                    f"{where}.{key} has the unknown quantity {quantity!r}"
                    f"{did_you_mean(str(quantity), CONTACT_QUANTITIES)}"
                )
            values[quantity] = make_value(
                quantity, value, where=f"{where}.{key}.{quantity}", source=source, sources=sources
            )
        made[pair] = PairRecord(values, str(record.get("conditions", "")))
    return made


def _split_pair(key: str, names: Mapping[str, str], where: str) -> tuple[str, str]:
    """The canonical pair of a key such as "rubber+concrete"; UserError when it is not two known materials."""
    parts = [part.strip() for part in key.replace("＋", "+").split("+")]
    if len(parts) != 2 or not all(parts):
        raise UserError(
            f"{where} has the key {key!r}: name two materials with a plus between, such as 'rubber+concrete'."
        )
    found: list[str] = []
    for part in parts:
        canonical = names.get(part.lower().replace("_", " "))
        if canonical is None:
            raise UserError(
                f"{where}.{key} names {part!r}, which is no material{did_you_mean(part, sorted(set(names.values())))}"
            )
        found.append(canonical)
    return pair_key(found[0], found[1])
