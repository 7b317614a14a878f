"""Dotted paths into a scene: what `--set`, `Scene.with_`, free parameters and sweeps reach values by."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from scenes.errors import UserError, did_you_mean
from scenes.scene import MaterialOverride, PairOverride, Scene

__all__ = ["get_value", "parse_assignment", "set_values"]

OPEN_MAPPINGS = {"materials": MaterialOverride, "pairs": PairOverride}  # entries that a path may create


def parse_assignment(text: str) -> tuple[str, Any]:
    """`"materials.rubber.restitution=0.6"` as (path, value); the value is read as YAML. UserError when there is no `=`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    path, equals, value = text.partition("=")
    if not equals or not path.strip() or not value.strip():
        raise UserError(f"--set {text!r} is not PATH=VALUE; write for example --set materials.rubber.restitution=0.6.")
    try:
        return path.strip(), YAML(typ="safe").load(value)
    except (YAMLError, ValueError) as error:
        raise UserError(
            f"--set {text!r}: the value is not plain YAML (a number, a word, or a list like [0, 0, 1])."
        ) from error


def _keys(path: str) -> list[str]:
    keys = [key for key in path.strip().split(".") if key]
    if not keys:
        raise UserError("An empty path names no value; write for example bodies.ball.mass.")
    return keys


def get_value(scene: Scene, path: str) -> Any:
    """The value at a path; list items by number. UserError names the nearest key when a part does not exist."""
    here: Any = scene
    for depth, key in enumerate(_keys(path)):
        choices = _choices(here)
        if isinstance(here, BaseModel) and key in choices:
            here = getattr(here, "schema_version" if key == "schema" else key)
        elif isinstance(here, dict) and key in here:
            here = here[key]
        elif isinstance(here, list | tuple) and key.isdigit() and int(key) < len(here):
            here = here[int(key)]
        else:
            where = ".".join(_keys(path)[:depth]) or "the scene"
            raise UserError(f"The path {path!r} has no {key!r} in {where}{did_you_mean(key, choices)}")
    return here


def _choices(here: Any) -> list[str]:
    if isinstance(here, BaseModel):
        return [field.alias or name for name, field in type(here).model_fields.items()]
    if isinstance(here, dict):
        return list(here)
    return [str(i) for i in range(len(here))] if isinstance(here, list | tuple) else []


def set_values(scene: Scene, values: dict[str, Any], *, source: str = "set") -> Scene:
    """A copy with these values, validated as a whole and recorded in the provenance.

    Setting a mass removes a density and the other way round. UserError for unknown paths, materials and unfit values.
    """
    data = scene.model_dump(mode="python", by_alias=True, exclude_unset=False)
    for path, value in values.items():
        keys = _keys(path)
        _check_root(scene, keys, path)
        here: Any = data
        for depth, key in enumerate(keys[:-1]):
            if isinstance(here, tuple):
                raise UserError(
                    f"The path {path!r} goes into a list of lists, which cannot be set by parts; set the whole list."
                )
            if isinstance(here, dict):
                if key not in here and depth == 1 and keys[0] in OPEN_MAPPINGS:
                    here[key] = {}
                if key not in here:
                    raise UserError(f"The path {path!r} has no {key!r}{did_you_mean(key, here)}")
                if isinstance(here[key], tuple):
                    here[key] = list(here[key])
                here = here[key]
            elif isinstance(here, list) and key.isdigit() and int(key) < len(here):
                here = here[int(key)]
            else:
                raise UserError(f"The path {path!r} ends at a plain value before {key!r}.")
        last = keys[-1]
        old = (
            here[int(last)]
            if isinstance(here, list) and last.isdigit() and int(last) < len(here)
            else here.get(last)
            if isinstance(here, dict)
            else None
        )
        if isinstance(here, list):
            if not last.isdigit() or int(last) >= len(here):
                raise UserError(
                    f"The path {path!r}: {last!r} is no index of a list of {len(here)} values (0 to {len(here) - 1})."
                )
            here[int(last)] = value
        elif isinstance(here, dict):
            here[last] = value
            if keys[0] == "bodies" and last in {"mass", "density"}:
                here["density" if last == "mass" else "mass"] = None
        else:
            raise UserError(f"The path {path!r} ends at a plain value before {last!r}.")
        if source == "set":
            _give_way(data, keys, changed=old != value)
        data["provenance"][".".join(keys)] = {"source": source, "span": None, "why": ""}
    return Scene.from_data(_pruned(data), name="with the values set")


def _give_way(data: Any, keys: list[str], *, changed: bool) -> None:
    """What a person sets beats what was searched or only known: searched pairs of a set material go, and so does a usual mass."""
    contact = {"restitution", "friction", "rolling_friction"}
    if keys[0] == "materials" and len(keys) == 3 and keys[2] in contact:
        for pair in [name for name in data["pairs"] if keys[1] in name.split("+")]:
            path = f"pairs.{pair}.{keys[2]}"
            if data["provenance"].get(path, {}).get("source") == "searched":
                data["pairs"][pair][keys[2]] = None
                del data["provenance"][path]
        for path in [
            p
            for p in data["free"]
            if p.startswith("pairs.") and p.endswith(keys[2]) and keys[1] in p.split(".")[1].split("+")
        ]:
            del data["free"][path]
    data["free"].pop(".".join(keys), None)
    if changed and keys[0] == "bodies" and len(keys) >= 3 and keys[2] in {"material", "shape", "wall"}:
        path = f"bodies.{keys[1]}.mass"
        if data["provenance"].get(path, {}).get("source") in {"known", "assumed"}:
            data["bodies"][keys[1]]["mass"] = None
            del data["provenance"][path]


def _pruned(data: Any) -> Any:
    """Drop None from mappings: a field that was None by default stays so, and discriminated parts keep validating."""
    if isinstance(data, dict):
        return {key: _pruned(value) for key, value in data.items() if value is not None}
    return [_pruned(value) for value in data] if isinstance(data, list) else data


def _check_root(scene: Scene, keys: list[str], path: str) -> None:
    roots = _choices(scene)
    if keys[0] not in roots:
        raise UserError(
            f"The path {path!r} starts with {keys[0]!r}, which is not part of a scene{did_you_mean(keys[0], roots)}"
        )
    if keys[0] in OPEN_MAPPINGS and len(keys) >= 2:
        from scenes.materials import library

        names = keys[1].split("+")
        if keys[0] == "pairs" and len(names) != 2:
            raise UserError(f"The path {path!r}: a pair is written like pairs.rubber+concrete.restitution.")
        for name in names:
            if not library().has(name):
                raise UserError(
                    f"The path {path!r} names the material {name!r}, which is not in the library{did_you_mean(name, library().names())}"
                )
