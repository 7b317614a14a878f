"""Tables for the terminal: what becomes of every element of a plan, and what the material library holds."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scenes.errors import UserError, did_you_mean
from scenes.materials import QUANTITIES

if TYPE_CHECKING:
    from scenes.materials import Material
    from scenes.scene import Scene

__all__ = ["chosen_materials", "explain_scene", "material_data", "show_material", "show_materials"]

SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
WORDS_OF_MATERIAL = ("name", "state", "look", "parent", "brittle")

COLORS = {"solved": "green", "actuated": "cyan", "proxied": "yellow", "imagined": "magenta", "refused": "red"}


def _table(title: str, *columns: str) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left", show_lines=False, expand=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def explain_scene(scene: Scene) -> None:
    """Print every element with its status word, what was assumed and how to change it, what will be searched, and advice."""
    from rich.console import Console

    from planner.advice import explain

    zh = scene.language == "zh"
    console = Console()
    elements = {name: element.model_dump() for name, element in scene.elements.items()}
    table = _table(
        "各部分" if zh else "Elements", *(("文字", "类别", "状态", "原因") if zh else ("text", "kind", "status", "why"))
    )
    for (text, kind, word, why), element in zip(explain(elements, chinese=zh), scene.elements.values(), strict=True):
        table.add_row(text, kind, f"[{COLORS[element.status]}]{word}[/]", why)
    console.print(table)
    if scene.goals:
        goals = _table(
            "要求的结果" if zh else "Asked outcomes", *(("名称", "类型", "文字") if zh else ("name", "type", "asked"))
        )
        for name, goal in scene.goals.items():
            goals.add_row(name, goal.type, goal.asked)
        console.print(goals)
    assumed = {path: p for path, p in scene.provenance.items() if p.source in {"assumed", "known"}}
    if assumed:
        rows = _table(
            "假设" if zh else "Assumed or known",
            *(("路径（可用 --set 修改）", "来源", "原因") if zh else ("path (change it by --set)", "source", "why")),
        )
        for path, entry in assumed.items():
            rows.add_row(path, entry.source, entry.why)
        console.print(rows)
    for path, free in scene.free.items():
        console.print(f"{'将搜索' if zh else 'Searched'}: {path} {free.low:g} – {free.high:g}  {free.why}")
    for sentence in scene.advice:
        console.print(f"[bold]{'建议' if zh else 'Advice'}[/]: {sentence}")
    if scene.prompt.video:
        console.print(f"{'视频提示词' if zh else 'Video prompt'}: {scene.prompt.video}")


def chosen_materials(find: str | None = None, where: list[str] | None = None) -> list[Material]:
    """The materials of which a name, note, state or look contains every word of `find`, and that meet every condition of `where`.

    A condition is like "density>7000" or "state=liquid"; a property that a material lacks never meets one. UserError for what is no condition.
    """
    from scenes.materials import library

    known = library()
    names = known.names()
    for word in (find or "").split():
        hits = {material.name for material in known.search(word)}
        names = [name for name in names if name in hits]
    tests = [_condition(text) for part in where or () for text in part.replace(" and ", ",").split(",") if text.strip()]
    return [known.material(name) for name in names if all(test(known.material(name)) for test in tests)]


def _condition(text: str) -> Callable[[Material], bool]:
    from scenes.materials import MATERIAL_QUANTITIES

    match = re.fullmatch(r"\s*(\w+)\s*(<=|>=|!=|==|=|<|>)\s*(\S.*?)\s*", text)
    if match is None:
        raise UserError(
            f"--where {text.strip()!r} is no condition: write for example --where 'density>7000' or --where state=liquid."
        )
    key, sign, given = match.groups()
    compare = SIGNS[sign]
    if key in WORDS_OF_MATERIAL:
        if sign not in ("=", "==", "!="):
            raise UserError(f"--where {text.strip()!r}: {key} is a word, compare it with = or !=.")
        return lambda material: bool(compare(str(getattr(material, key)).lower(), given.lower()))
    if key not in MATERIAL_QUANTITIES:
        choices = (*MATERIAL_QUANTITIES, *WORDS_OF_MATERIAL)
        raise UserError(f"--where {text.strip()!r}: a material has no {key!r}{did_you_mean(key, choices)}")
    try:
        number = float(given)
    except ValueError:
        raise UserError(
            f"--where {text.strip()!r}: {given!r} is no number; {key} is in {QUANTITIES[key].unit}."
        ) from None
    return lambda material: getattr(material, key) is not None and bool(compare(getattr(material, key).value, number))


def show_materials(find: str | None = None, where: list[str] | None = None, *, as_json: bool = False) -> int:
    """The materials that fit, with density, state and the properties that are asked for. 1 when none does."""
    from rich.console import Console

    chosen = chosen_materials(find, where)
    asked = [
        key for key in QUANTITIES if any(re.search(rf"\b{key}\b", text) for text in where or ()) and key != "density"
    ]
    if as_json:
        print(json.dumps([material_data(material) for material in chosen], ensure_ascii=False, indent=1))
        return 0 if chosen else 1
    if not chosen:
        print("No material fits; `hybrid materials` lists all.")
        return 1
    table = _table(
        f"Materials ({len(chosen)})",
        "name",
        "中文",
        "state",
        "density [kg/m³]",
        "status",
        *(f"{key} [{QUANTITIES[key].unit}]" for key in asked),
    )
    for material in chosen:
        more = [f"{value.value:g}" if (value := getattr(material, key)) is not None else "" for key in asked]
        row = (
            material.name,
            "、".join(material.chinese[:2]),
            material.state,
            f"{material.density.value:g}",
            material.density.status,
            *more,
        )
        table.add_row(*row)
    Console().print(table)
    return 0


def material_data(material: Material) -> dict[str, Any]:
    """Everything that is known of a material, as plain JSON: names, values with range, unit, source and status, pairs, objects."""
    from dataclasses import asdict

    from scenes.catalogue import catalogue
    from scenes.materials import library

    known = library()
    pairs = {}
    for a, b in known.stated_pairs():
        if material.name in (a, b):
            pair = known.pair(a, b)
            other = b if a == material.name else a
            pairs[other] = {
                key: asdict(getattr(pair, key)) for key in ("restitution", "friction", "static_friction", "rolling")
            }
    return {
        "name": material.name,
        "english": list(material.aliases),
        "chinese": list(material.chinese),
        "state": material.state,
        "look": material.look,
        "brittle": material.brittle,
        "lineage": known.lineage(material.name),
        "note": material.note,
        "values": {key: asdict(value) for key, value in material.values().items()},
        "pairs": pairs,
        "objects": catalogue().made_of(material.name),
        "kinds": [name for name in known.names() if known.material(name).parent == material.name],
        "changed_by": str(known.replaced_by.get(f"materials.{material.name}", "")),
    }


def show_material(name: str, *, as_json: bool = False) -> int:
    """Every value of one material with range, source and status, the pairs with figures of their own, and where it is used."""
    from rich.console import Console
    from rich.text import Text

    from scenes.materials import library

    data = material_data(library().material(name))
    if as_json:
        print(json.dumps(data, ensure_ascii=False, indent=1))
        return 0
    console = Console()
    about = f"{data['name']} ({'、'.join(data['chinese'])})"
    sources: dict[str, int] = {}

    def cited(source: str) -> str:
        return f"({sources.setdefault(source, len(sources) + 1)})"

    table = _table(about, "property", "value", "range", "unit", "status", "source")
    for key, value in data["values"].items():
        table.add_row(
            key, f"{value['value']:g}", _span(value), value["unit"], _trust(value["status"]), cited(value["source"])
        )
    console.print(table)
    if data["pairs"]:
        pairs = _table("Pairs", "with", "restitution", "friction", "rolling", "status", "source")
        for other, values in data["pairs"].items():
            cells = [
                f"{values[key]['value']:g}" + (f" ({_span(values[key])})" if _span(values[key]) else "")
                for key in ("restitution", "friction", "rolling")
            ]
            pairs.add_row(
                other, *cells, _trust(values["restitution"]["status"]), cited(values["restitution"]["source"])
            )
        console.print(pairs)
    for source, number in sources.items():
        console.print(Text(f"({number}) {source}", style="dim"))
    lines = (
        ("Also called", ", ".join(data["english"])),
        ("State and look", f"{data['state']}, {data['look']}{', brittle' if data['brittle'] else ''}"),
        ("Kind of", " < ".join(data["lineage"][1:])),
        ("Its kinds", ", ".join(data["kinds"])),
        ("Used by the objects", _listed(data["objects"])),
        ("Changed by", data["changed_by"]),
        ("Note", data["note"]),
    )
    for title, text in lines:
        if text:
            console.print(Text(f"{title}: ", style="bold").append(text, style="not bold"))
    console.print(
        Text(
            "checked: confirmed in a primary text; recalled: a handbook's figure, not re-read; assumed: a rule of thumb; set: yours.",
            style="dim",
        )
    )
    return 0


def _span(value: dict[str, Any]) -> str:
    return f"{value['low']:g} – {value['high']:g}" if value["low"] is not None and value["high"] is not None else ""


def _trust(status: str) -> str:
    return f"[{ {'checked': 'green', 'recalled': 'cyan', 'assumed': 'yellow', 'set': 'magenta'}[status] }]{status}[/]"


def _listed(names: list[str], most: int = 40) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
