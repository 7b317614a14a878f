"""YAML in and out without loss: plain scalars, only what differs from the defaults, short number lists on one line."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from scenes.errors import UserError
from scenes.scene import Scene

__all__ = ["dump_scene", "load_scene", "load_scene_text"]

MAX_BYTES = 20_000_000


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
    yaml.dump(styled(plain), stream)
    return stream.getvalue()


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
    return Scene.from_data(data, name=name)


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
