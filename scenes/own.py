"""Libraries of one's own: materials, pairs, objects and verbs from YAML files, beside or in the place of the product's.

A file holds any of `materials`, `pairs`, `sources`, `objects` and `verbs`; a folder is all its `.yaml` files. They are named by `--library`, by
`use_libraries`, by the environment variables HYBRID_MATERIALS and HYBRID_LIBRARY (several paths with the system's separator; worker processes
inherit them), and by packages with an entry point of the group `hybrid.materials` that gives a path. Later ones win over earlier ones, and `changes` says what they replace.
"""

from __future__ import annotations

import functools
import io
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenes.errors import UserError, did_you_mean

__all__ = [
    "GROUP", "VARIABLE", "OwnLibrary", "active", "changes", "keep_beside", "own_objects", "own_verbs", "read_library", "use_beside",
    "use_libraries",
]  # fmt: skip

VARIABLE, GROUP = "HYBRID_LIBRARY", "hybrid.materials"
BESIDE = "library.yaml"
PARTS = ("materials", "pairs", "sources", "objects", "verbs")
VERB_KEYS = ("like", "en", "zh", "nouns", "zh_nouns")


@dataclass(frozen=True)
class OwnLibrary:
    """One file: where it lies, and its parts as plain mappings."""

    path: Path
    materials: Mapping[str, Any]
    pairs: Mapping[str, Any]
    sources: Mapping[str, Any]
    objects: Mapping[str, Any]
    verbs: Mapping[str, Any]


def read_library(path: str | Path) -> OwnLibrary:
    """Read one file. UserError, with the line for broken YAML, for what cannot be used."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    file = Path(path).expanduser()
    try:
        given = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UserError(
            f"The library {path} cannot be read ({why}): give a UTF-8 YAML file or a folder of such."
        ) from error
    except (YAMLError, ValueError) as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        where = f" at line {mark.line + 1}" if mark is not None else ""
        first = (getattr(error, "problem", None) or str(error)).strip().splitlines()[0]
        raise UserError(f"The library {path} is not valid YAML{where}: {first}.") from error
    if not isinstance(given, Mapping):
        raise UserError(f"The library {path} must be a mapping with some of {', '.join(PARTS)}.")
    for key, part in given.items():
        if key not in PARTS:
            raise UserError(f"The library {path} has the unknown key {key!r}{did_you_mean(str(key), PARTS)}")
        if not isinstance(part, Mapping):
            raise UserError(f"The library {path}: '{key}' must be a mapping by name.")
        for name, record in part.items():
            if key in ("objects", "verbs") and not isinstance(record, Mapping):
                raise UserError(f"The library {path}: {key}.{name} must be a mapping.")
    return OwnLibrary(file, **{part: {str(k): v for k, v in given.get(part, {}).items()} for part in PARTS})


def _files(path: str | Path) -> list[Path]:
    place = Path(path).expanduser()
    if place.is_dir():
        found = sorted([*place.glob("*.yaml"), *place.glob("*.yml")])
        if not found:
            raise UserError(
                f"The folder {path} holds no library: put .yaml files with materials, objects or verbs there."
            )
        return found
    if not place.is_file():
        raise UserError(f"There is no library at {path}: give a YAML file or a folder of such.")
    return [place]


def active() -> tuple[OwnLibrary, ...]:
    """The libraries in use, packages first, in the order in which they win. Raises UserError for one that cannot be used."""
    return _read(os.pathsep.join(os.environ.get(name, "") for name in ("HYBRID_MATERIALS", VARIABLE)))


@functools.cache
def _read(paths: str) -> tuple[OwnLibrary, ...]:
    named: list[str | Path] = [*_of_packages(), *(path for path in paths.split(os.pathsep) if path.strip())]
    return tuple(read_library(file) for path in named for file in _files(path))


def _of_packages() -> list[Path]:
    if not _declared():
        return []
    from importlib.metadata import entry_points

    found = []
    for point in entry_points(group=GROUP):
        target = point.load()
        value = target() if callable(target) else target
        if not isinstance(value, str | os.PathLike):
            raise UserError(
                f"The entry point {point.name!r} of {GROUP} gives a {type(value).__name__}, and not the path of a library."
            )
        found.append(Path(value))
    return found


def _declared() -> bool:
    """Whether any installed package names the group; a look at the files is ten times as fast as the standard library's."""
    wanted = f"[{GROUP}]".encode()
    for folder in dict.fromkeys(sys.path):
        try:
            names = [name for name in os.listdir(folder or ".") if name.endswith((".dist-info", ".egg-info"))]
        except OSError:
            continue  # an archive, or a path that is not there
        for name in names:
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:
                    if wanted in file.read():
                        return True
            except OSError:
                continue  # a package without entry points
    return False


def use_libraries(paths: Iterable[str | Path]) -> tuple[str, ...]:
    """Use these libraries (and no others but those of packages) from now on, in this process and those that it starts.

    Returns `changes()`. Raises UserError, and changes nothing, when one cannot be used.
    """
    paths = list(paths)
    wanted = os.pathsep.join(str(Path(path).expanduser().resolve()) for path in paths)
    before = os.environ.get(VARIABLE)
    for path in paths:
        _files(path)
    try:
        _switch(wanted)
        _check()
    except UserError:
        _switch(before or "")
        raise
    return changes()


def _switch(value: str) -> None:
    if value:
        os.environ[VARIABLE] = value
    else:
        os.environ.pop(VARIABLE, None)
    for name, module in list(sys.modules.items()):  # what was looked up in other libraries is not known any more
        if name.partition(".")[0] in ("scenes", "planner", "sim", "generator", "hybrid"):
            for item in list(vars(module).values()):
                clear = getattr(item, "cache_clear", None)
                if callable(clear):
                    clear()


def _check() -> None:
    """Read everything once, so that a mistake is told at the start."""
    from scenes.catalogue import catalogue
    from scenes.materials import library

    library()
    own_verbs()
    known = catalogue()
    for own in active():
        for key in own.objects:
            entry = known.get(key)
            if entry is not None and entry.shape is not None:
                try:
                    entry.shape.volume()  # a mesh that is missing or encloses nothing
                except UserError as error:
                    raise UserError(f"{own.path}: objects.{key}: {error}") from error


def keep_beside(folder: Path) -> None:
    """Write the materials of one's own that are in use as `library.yaml` beside a run's scene, which may name them; no file when there are none."""
    from scenes.files import write_text

    target = folder / BESIDE
    merged: dict[str, dict[str, Any]] = {"sources": {}, "materials": {}, "pairs": {}}
    for own in active():
        merged["sources"].update(own.sources)
        for part in ("materials", "pairs"):
            for name, record in getattr(own, part).items():
                merged[part][name] = {**merged[part].get(name, {}), **record} if isinstance(record, Mapping) else record
    if not merged["materials"] and not merged["pairs"]:
        target.unlink(missing_ok=True)
        return
    from ruamel.yaml import YAML

    stream = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump({part: values for part, values in merged.items() if values}, stream)
    write_text(target, stream.getvalue())


def use_beside(folder: Path) -> None:
    """Take up the `library.yaml` of a run where it names materials that are not known here. UserError when it cannot be used."""
    from scenes.materials import library

    file = folder / BESIDE
    if not file.is_file() or all(library().has(name) for name in read_library(file).materials):
        return
    given = [path for path in os.environ.get(VARIABLE, "").split(os.pathsep) if path.strip()]
    use_libraries([*given, file])


def own_objects() -> dict[str, tuple[OwnLibrary, dict[str, Any]]]:
    """Objects by key with the library that gives them; mesh files are named from where their library lies."""
    found: dict[str, tuple[OwnLibrary, dict[str, Any]]] = {}
    for own in active():
        for key, record in own.objects.items():
            fields = {**record}
            mesh = fields.pop("mesh", None)
            if mesh is not None:
                if "shape" in fields:
                    raise UserError(f"{own.path}: objects.{key} has both mesh and shape: give one.")
                fields["shape"] = {"type": "mesh", **(mesh if isinstance(mesh, Mapping) else {"file": str(mesh)})}
            shape = fields.get("shape")
            if isinstance(shape, Mapping) and shape.get("type") == "mesh" and shape.get("file"):
                fields["shape"] = {
                    **shape,
                    "file": str((own.path.parent / Path(str(shape["file"])).expanduser()).resolve()),
                }
            earlier = found[key][1] if key in found else {}
            found[key] = (own, {**earlier, **fields})
    return found


def own_verbs() -> dict[str, tuple[OwnLibrary, dict[str, Any]]]:
    """Verbs by canonical name with the library that gives them: `like` an existing verb, with surfaces `en`, `zh`, `nouns`, `zh_nouns`."""
    found: dict[str, tuple[OwnLibrary, dict[str, Any]]] = {}
    for own in active():
        for key, record in own.verbs.items():
            for part, value in record.items():
                if part not in VERB_KEYS:
                    raise UserError(
                        f"{own.path}: verbs.{key} has the unknown key {part!r}{did_you_mean(str(part), VERB_KEYS)}"
                    )
                if part != "like" and (isinstance(value, str) or not all(isinstance(word, str) for word in value)):
                    raise UserError(f"{own.path}: verbs.{key}.{part} must be a list of words.")
            if not isinstance(record.get("like"), str):
                raise UserError(f"{own.path}: verbs.{key} needs 'like', the verb whose physics it has, such as fall.")
            found[key.replace(" ", "_")] = (own, dict(record))
    return found


def changes() -> tuple[str, ...]:
    """What libraries of one's own put in the place of the product's: "mine.yaml changes materials.rubber (density 1200)"."""
    from scenes.catalogue import catalogue
    from scenes.materials import library

    named = {f"objects.{key}": own for key, (own, _) in own_objects().items() if key in catalogue().replaced}
    by_path = {own.path: own for own in active()}
    named |= {what: by_path[path] for what, path in library().replaced_by.items() if path in by_path}
    found = []
    for what, own in named.items():
        part, _, name = what.partition(".")
        record = getattr(own, part).get(name, {}) if part != "pairs" else _pair(own, name)
        values = {**record, **(record.get("properties") or {}), **(record.get("appearance") or {})}
        said = [
            f"{key} {v.get('value') if isinstance(v, Mapping) else v}"
            for key, v in values.items()
            if key not in ("properties", "appearance")
        ]
        found.append(f"{own.path.name} changes {what}" + (f" ({', '.join(said[:6])})" if said else ""))
    return tuple(sorted(found))


def _pair(own: OwnLibrary, name: str) -> Mapping[str, Any]:
    wanted = sorted(name.split("+"))
    return next(
        (record for key, record in own.pairs.items() if sorted(part.strip() for part in key.split("+")) == wanted), {}
    )
