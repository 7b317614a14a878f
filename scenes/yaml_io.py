"""YAML in and out without loss: plain scalars, only what differs from the defaults, short number lists on one line.

Comments say where each value comes from (stated, known, assumed, searched or set); they repeat the sidecar `provenance`, and are not read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scenes.errors import UserError
from scenes.scene import Scene

__all__ = ["dump_scene", "load_scene", "load_scene_text"]

MAX_BYTES = 20_000_000
LONGEST_COMMENT = 96
SOURCES_ZH = {"stated": "写明", "known": "已知", "assumed": "假设", "searched": "搜索选定", "set": "设定"}


def dump_scene(scene: Scene) -> str:
    """The scene as YAML 1.2; `load_scene_text(dump_scene(scene)) == scene`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    def styled(value: Any) -> Any:
        if isinstance(value, str) and not value.isprintable():
            return DoubleQuotedScalarString(value)  # line and paragraph separators survive only when they are escaped
        if isinstance(value, dict):
            mapping = CommentedMap()
            for key, item in value.items():
                mapping[styled(key)] = styled(item)
            return mapping
        if isinstance(value, list | tuple):
            sequence = CommentedSeq(styled(item) for item in value)
            if all(isinstance(item, int | float | str | None) for item in value):
                sequence.fa.set_flow_style()
            return sequence
        return value

    data = scene.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    plain = {"schema": scene.schema_version, **{key: value for key, value in data.items() if key != "schema"}}
    for section in (
        "bodies",
        "joints",
        "drivers",
        "events",
        "goals",
    ):  # the discriminator is a default, yet it is what one reads first
        models = getattr(scene, section)
        for name, model in models.items():
            tag = "kind" if section == "bodies" else "type"
            plain[section][name] = {
                tag: getattr(model, tag),
                **{k: v for k, v in plain[section][name].items() if k != tag},
            }
            if section == "bodies" and "shape" in plain[section][name]:
                plain[section][name]["shape"] = _typed_shape(model.shape)
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 140
    stream = io.StringIO()
    root = styled(plain)
    for path, comment in _comments(scene):
        _attach(root, path.split("."), comment)
    yaml.dump(root, stream)
    return stream.getvalue()


def _comments(scene: Scene) -> Iterator[tuple[str, str]]:
    """(path, comment) for every value with a provenance: "assumed: why", "stated: 'from two metres'", in the scene's language."""
    zh = scene.language == "zh"
    for path, entry in scene.provenance.items():
        word = SOURCES_ZH[entry.source] if zh else entry.source
        quoted = scene.text[slice(*entry.span)] if entry.span is not None and entry.source == "stated" else ""
        free = scene.free.get(path)
        if entry.source == "searched" and free is not None:
            why = f"{'可信范围' if zh else 'honest range'} {free.low:g}–{free.high:g}"
        else:
            why = (f"“{quoted}”" if zh else f"'{quoted}'") if quoted else entry.why
        why = " ".join("".join(c if c.isprintable() else " " for c in why).split())
        why = why if len(why) <= LONGEST_COMMENT else why[: LONGEST_COMMENT - 1] + "…"
        yield path, f"{word}{'：' if zh else ': '}{why}" if why else word


def _attach(root: Any, keys: list[str], comment: str) -> None:
    """Put a comment behind a plain value or a short list, and above a mapping; a path that the file does not spell out gets none."""
    here, depth = root, 0
    for key in keys[:-1]:
        if not isinstance(here, dict) or key not in here:
            return
        here, depth = here[key], depth + 1
    if not isinstance(here, dict) or keys[-1] not in here:
        return
    value = here[keys[-1]]
    flow = isinstance(value, list) and value.fa.flow_style()  # type: ignore[attr-defined]
    if isinstance(value, list | dict) and not flow:
        here.yaml_set_comment_before_after_key(keys[-1], before=comment, indent=2 * depth)  # type: ignore[attr-defined]
    elif not isinstance(value, str) or len(value) < 40:
        here.yaml_add_eol_comment(comment, keys[-1], column=0)  # type: ignore[attr-defined]


def _typed_shape(shape: Any) -> dict[str, Any]:
    data = {"type": shape.type, **shape.model_dump(mode="json", exclude_defaults=True, exclude={"type"})}
    if "parts" in data:
        data["parts"] = [
            {
                "shape": _typed_shape(part.shape),
                **part.model_dump(mode="json", exclude_defaults=True, exclude={"shape"}),
            }
            for part in shape.parts
        ]
    return data


def load_scene_text(text: str, *, name: str = "scene") -> Scene:
    """Raises UserError naming the line for broken YAML, and the key for a scene that does not validate."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        data = YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise UserError(
            f"The scene {name} is not valid YAML{where}: {error.problem}; check indentation, colons and quotes there."
        ) from error
    except (YAMLError, ValueError) as error:
        raise UserError(f"The scene {name} is not valid YAML: {str(error).splitlines()[0]}.") from error
    if not isinstance(data, dict):
        raise UserError(
            f"The scene {name} is not a mapping with schema, bodies, ...; `hybrid plan TEXT -o scene.yaml` writes one to start from."
        )
    if data.get("schema", 1) != 1:
        raise UserError(f"The scene {name} has schema {data['schema']!r}, and this version reads schema 1.")
    try:
        return Scene.from_data(data, name=name)
    except UserError as error:
        line = _line_of(text, error)
        raise UserError(f"{error}{f' See line {line}.' if line else ''}") from error


def _line_of(text: str, error: UserError) -> int | None:
    """The line (from 1) of the value that a validation complains of; None when it cannot be told."""
    from ruamel.yaml import YAML
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return None
    fault = cause.errors()[0]
    keys = [str(part) for part in fault["loc"]]
    named = re.match(r"(?:Value error, )?([^\W\d][\w+]*(?:\.[\w+/]+)*) (?:names|goes|is a zero)", fault["msg"])
    if not keys and named:
        keys = named.group(1).split(".")
    unknown = re.search(r"unknown key '([^']*)'", fault["msg"])
    if unknown:
        keys.append(unknown.group(1))
    node = YAML(typ="safe", pure=True).compose(text)
    line = None
    for key in keys:  # parts that name a member of a union are no keys of the file
        if isinstance(node, MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == key), None)
            if pair is not None:
                line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, SequenceNode) and key.isdigit() and int(key) < len(node.value):
            node = node.value[int(key)]
            line = node.start_mark.line + 1
    return line


def load_scene(path: str | Path) -> Scene:
    """Read a scene file. Raises UserError when it is missing, unreadable, too large or does not validate."""
    file = Path(path)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise UserError(f"The scene {file} is larger than {MAX_BYTES // 10**6} MB; is it a scene?")
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"The scene {file} is not UTF-8 text; save it as UTF-8 YAML.") from error
    except OSError as error:
        raise UserError(f"The scene {file} cannot be read ({error.strerror}); check the path.") from error
    return load_scene_text(text, name=file.name)
