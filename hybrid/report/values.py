"""Values of a scene in words, the options that change them, and anything as plain JSON."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from hybrid.report.words import material_word, quantity_word, words

if TYPE_CHECKING:
    from scenes.scene import Scene

__all__ = ["change_option", "clean", "path_words", "plain_value", "set_option"]

MEASURES = (
    "radius", "radii", "size", "height", "major_radius", "minor_radius", "wall", "foot", "length", "width", "depth", "thickness",
    "value", "coefficient", "ambient", "power", "speed", "start",
)  # fmt: skip


def clean(value: Any) -> Any:
    """`value` as plain JSON: arrays and models become lists and mappings, numbers that are not finite None."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, np.generic):
        return clean(value.item())
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, BaseModel):
        return clean(value.model_dump(mode="json", by_alias=True))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: clean(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return clean(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item) for item in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    return str(value)


def path_words(path: str, scene: Scene) -> str:
    """A path in words: "ball: mass", "橡胶 / 混凝土：恢复系数"."""
    keys = path.split(".")
    zh = scene.language == "zh"
    if len(keys) < 2:
        return quantity_word(path, scene.language)
    owner = keys[1]
    if keys[0] in ("materials", "pairs"):
        owner = material_word(owner, scene.language)
    elif keys[0] == "thermal" and len(keys) > 2:
        owner = keys[2].replace("_", " ")
    elif keys[0] == "environment":
        owner = words(scene.language)["environment"]
    if owner in scene.bodies:
        owner = scene.bodies[owner].label or owner
    last = keys[-1] if len(keys) > 2 or keys[0] in ("environment", "look", "camera") else ""
    return f"{owner}{'：' if zh else ': '}{quantity_word(last, scene.language)}" if last else owner.replace("_", " ")


def plain_value(value: Any, language: str) -> str:
    """A value of a scene in a few words: numbers with four digits, shapes by their type and measures, long things left out."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")
    if isinstance(value, int | float):
        return f"{value:.4g}"
    if isinstance(value, str):
        return material_word(value, language) if language == "zh" else value
    if isinstance(value, list | tuple):
        inner = [plain_value(item, language) for item in value]
        return "(" + ", ".join(inner) + ")" if len(inner) <= 6 else f"{len(inner)} ×"
    if isinstance(value, BaseModel):
        data = value.model_dump(mode="json", exclude_none=True)
        kind = str(data.pop("type", data.pop("kind", "")))
        if "parts" in data:
            return f"{kind} ({len(data['parts'])})"
        simple = [
            f"{quantity_word(key, language)} {plain_value(item, language)}"
            for key, item in data.items()
            if isinstance(item, int | float | list) and key in MEASURES
        ]
        return " ".join([kind.replace("_", " "), *simple]).strip()
    return str(value)


def change_option(path: str, value: Any) -> str:
    """The `--set` option for a value; of a shape, driver or boundary its first measure. Empty where one option cannot change it."""
    if isinstance(value, BaseModel):
        data = value.model_dump(mode="json", exclude_none=True)
        for key in MEASURES:
            if isinstance(data.get(key), int | float | list):
                return set_option(f"{path}.{key}", data[key])
        return ""
    return "" if value is None or isinstance(value, dict) else set_option(path, value)


def set_option(path: str, value: Any) -> str:
    """The option that sets `path`, with the value that it has now, quoted for a shell where it needs quotes."""
    if isinstance(value, float):
        shown = f"{value:.6g}"
    elif isinstance(value, list | tuple):
        shown = "[" + ", ".join(f"{item:.6g}" if isinstance(item, float) else str(item) for item in value) + "]"
    else:
        shown = str(value)
    option = f"{path}={shown}"
    return f"--set '{option}'" if any(sign in option for sign in " []#&;|*?()") else f"--set {option}"
