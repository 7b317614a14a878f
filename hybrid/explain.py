"""Tables for the terminal: what becomes of every element of a plan, and what the material library holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenes.scene import Scene

__all__ = ["explain_scene", "show_material", "show_materials"]

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


def show_materials() -> int:
    """All materials with density and state."""
    from rich.console import Console

    from scenes.materials import library

    table = _table("Materials", "name", "中文", "state", "density [kg/m³]", "status")
    known = library()
    for name in known.names():
        material = known.material(name)
        table.add_row(
            name,
            "、".join(material.chinese[:2]),
            material.state,
            f"{material.density.value:g}",
            material.density.status,
        )
    Console().print(table)
    return 0


def show_material(name: str) -> int:
    """Every value of one material with range, source and status, and the pairs with figures of their own."""
    from rich.console import Console

    from scenes.materials import library

    known = library()
    material = known.material(name)
    console = Console()
    table = _table(
        f"{material.name} ({'、'.join(material.chinese)})", "property", "value", "range", "unit", "status", "source"
    )
    for key, value in material.values().items():
        span = f"{value.low:g} – {value.high:g}" if value.low is not None and value.high is not None else ""
        table.add_row(key, f"{value.value:g}", span, value.unit, value.status, value.source)
    console.print(table)
    pairs = _table("Pairs", "with", "restitution", "friction", "rolling", "status")
    for a, b in known.stated_pairs():
        if material.name in (a, b):
            pair = known.pair(a, b)
            cells = [
                f"{v.value:g}" + (f" ({v.low:g}–{v.high:g})" if v.low is not None and v.high is not None else "")
                for v in (pair.restitution, pair.friction, pair.rolling)
            ]
            pairs.add_row(b if a == material.name else a, *cells, pair.restitution.status)
    console.print(pairs)
    return 0
