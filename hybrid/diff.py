"""What differs between two runs: the cause (values of the scene, figures of the materials, seeds) beside the effect (outcomes, events, times)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hybrid.report.tables import display_names
from hybrid.report.values import clean
from hybrid.report.words import material_word, quantity_word
from hybrid.run import Run, exit_status
from scenes.scene import Scene
from sim.compare import IMPACT, TraceComparison
from sim.trace import Contact, Trace

if TYPE_CHECKING:
    from rich.console import Group

__all__ = ["Difference", "RunDiff", "changed_values", "diff_runs", "flat_values"]

SIDECARS = ("provenance", "elements", "prompt", "advice")  # they speak about values, and are none
LATER = 5e-4  # [s] times closer than this are the same
MOST, MOST_IMPACTS = 60, 6

_WORDS = {
    "same": ("The two runs are the same, bit for bit.", "两次运行逐位相同。"),
    "cause": ("Cause: what was given", "原因：给定的不同"),
    "effect": ("Effect: what happened", "结果：发生的不同"),
    "no_cause": ("The scenes hold the same values.", "两个场景的数值相同。"),
    "no_effect": ("What happened does not differ.", "发生的事没有不同。"),
    "what": ("What", "什么"),
    "first": ("first", "前者"),
    "second": ("second", "后者"),
    "seed": ("seed", "随机种子"),
    "fps": ("frames per second", "每秒帧数"),
    "version": ("version of {name}", "{name} 的版本"),
    "library": ("figure used", "所用数值"),
    "status": ("exit status", "退出状态"),
    "outcome": ("asked: {asked}", "要求：{asked}"),
    "happened": ("happened", "已发生"),
    "missed": ("did not happen", "没有发生"),
    "refused": ("refused", "拒绝"),
    "impact": ("{a} on {b}, impact {number}", "{a}与{b}第 {number} 次相撞"),
    "at": ("{time} s at {speed} m/s", "{time} 秒，{speed} 米/秒"),
    "none": ("not at all", "没有"),
    "bounces": ("{a}: bounces", "{a}：弹跳次数"),
    "rest": ("{a}: at rest from [s]", "{a}：静止于 [秒]"),
    "top_speed": ("{a}: top speed [m/s]", "{a}：最高速度 [米/秒]"),
    "end": ("{a}: place at the end [m]", "{a}：终点 [米]"),
    "pieces": ("{a}: pieces", "{a}：碎片数"),
    "temperature": ("{a}: mean temperature at the end [°C]", "{a}：末尾平均温度 [°C]"),
    "duration": ("simulated [s]", "模拟时长 [秒]"),
    "apart": ("How far apart the bodies are", "物体相距"),
    "parts": ("{a}: from {at} s; {rms} m rms, {most} m at most", "{a}：从 {at} 秒起；均方根 {rms} 米，最多 {most} 米"),
    "more": ("... and {count} more", "……另有 {count} 项"),
}  # fmt: skip


def _words(language: str) -> dict[str, str]:
    return {key: pair[1 if language == "zh" else 0] for key, pair in _WORDS.items()}


@dataclass(frozen=True)
class Difference:
    """A value or an event that is not the same in both: `key` for programs, `what` for people, None where one side has nothing."""

    key: str
    what: str
    first: Any
    second: Any


@dataclass(frozen=True)
class RunDiff:
    """`cause` and `effect` of two runs, and how far their bodies are apart; `language` is that of the first run."""

    cause: tuple[Difference, ...]
    effect: tuple[Difference, ...]
    comparison: TraceComparison | None
    language: str = "en"

    @property
    def same(self) -> bool:
        """Whether the traces hold the same bits and the scenes the same values."""
        return not self.cause and not self.effect and self.comparison is not None and self.comparison.identical

    def data(self) -> dict[str, Any]:
        """As plain JSON: `same`, `cause` and `effect` [{key, what, first, second}], `bodies` [{name, position_rms, ...}]."""
        rows = self.comparison.table() if self.comparison is not None else []
        plain = clean({"same": self.same, "cause": self.cause, "effect": self.effect, "bodies": rows})
        return dict(plain)

    def __str__(self) -> str:
        w = _words(self.language)
        if self.same:
            return w["same"]
        lines = []
        for head, none, rows in (("cause", "no_cause", self.cause), ("effect", "no_effect", self.effect)):
            lines.append(w[head])
            lines += [f"  {row.what}: {_shown(row.first, w)} -> {_shown(row.second, w)}" for row in rows[:MOST]] or [
                f"  {w[none]}"
            ]
        return "\n".join(lines)

    def for_terminal(self) -> Group:
        """Two tables, cause above effect, and the distances of the bodies."""
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        w = _words(self.language)
        if self.same:
            return Group(Text(w["same"], style="green"))
        parts: list[Any] = []
        for head, none, rows in (("cause", "no_cause", self.cause), ("effect", "no_effect", self.effect)):
            parts.append(Text(w[head], style="bold"))
            if not rows:
                parts += [Text(f"  {w[none]}"), Text()]
                continue
            table = Table(box=None, pad_edge=True, header_style="dim")
            for name in ("what", "first", "second"):
                table.add_column(w[name], overflow="fold")
            for row in rows[:MOST]:
                table.add_row(Text(row.what), Text(_shown(row.first, w)), Text(_shown(row.second, w)))
            parts.append(table)
            if len(rows) > MOST:
                parts.append(Text("  " + w["more"].format(count=len(rows) - MOST), style="dim"))
            parts.append(Text())
        apart = [body for body in (self.comparison.bodies if self.comparison else ()) if body.parts_at is not None]
        if apart:
            parts.append(Text(w["apart"], style="bold"))
        for body in sorted(apart, key=lambda body: (body.parts_at or 0.0, -body.position_max))[:12]:
            said = w["parts"].format(
                a=body.name, at=f"{body.parts_at:.2f}", rms=f"{body.position_rms:.3g}", most=f"{body.position_max:.3g}"
            )
            parts.append(Text("  " + said))
        return Group(*parts)

    def _repr_html_(self) -> str:
        import html

        w = _words(self.language)
        if self.same:
            return f"<p>{html.escape(w['same'])}</p>"
        parts = []
        for head, rows in (("cause", self.cause), ("effect", self.effect)):
            cells = "".join(
                f"<tr><td>{html.escape(row.what)}</td><td>{html.escape(_shown(row.first, w))}</td><td>{html.escape(_shown(row.second, w))}</td></tr>"
                for row in rows[:MOST]
            )
            top = "".join(f"<th>{html.escape(w[name])}</th>" for name in ("what", "first", "second"))
            parts.append(
                f"<h4>{html.escape(w[head])}</h4><table><thead><tr>{top}</tr></thead><tbody>{cells}</tbody></table>"
            )
        return "".join(parts)


def _shown(value: Any, w: dict[str, str]) -> str:
    if value is None:
        return w["none"]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(_shown(item, w) for item in value) + ")"
    return str(value)


def flat_values(scene: Scene) -> dict[str, Any]:
    """Every value of a scene by its dotted path; lists of plain values are one. What speaks about values (provenance, ...) is left out."""
    data = scene.model_dump(mode="json", by_alias=True, exclude=set(SIDECARS))
    found: dict[str, Any] = {}
    free = data.pop("free", {})

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict) and value:
            for key, item in value.items():
                walk(item, f"{path}.{key}" if path else str(key))
        elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
            for number, item in enumerate(value):
                walk(item, f"{path}.{number}")
        elif value not in (None, {}, []):
            found[path] = value

    walk(data, "")
    found.update({f"free.{path}": f"{span['low']:g}–{span['high']:g}" for path, span in free.items()})
    return found


def changed_values(first: Scene, second: Scene) -> list[tuple[str, Any, Any]]:
    """(path, value in the first, value in the second) of everything that differs, in the order of the second scene."""
    a, b = flat_values(first), flat_values(second)
    paths = list(dict.fromkeys([*b, *a]))
    return [(path, a.get(path), b.get(path)) for path in paths if a.get(path) != b.get(path)]


def diff_runs(first: Run, second: Run) -> RunDiff:
    """Compare two runs: what was given to each, and what happened in each."""
    language = first.scene.language
    common = set(first.trace.names) & set(second.trace.names)
    comparison = first.trace.compare(second.trace) if common else None
    return RunDiff(
        tuple(_cause(first, second, language)),
        tuple(_effect(first, second, comparison, language)),
        comparison,
        language,
    )


def _cause(first: Run, second: Run, language: str) -> list[Difference]:
    w = _words(language)
    rows = [Difference(path, path, a, b) for path, a, b in changed_values(first.scene, second.scene)]
    given = (("seed", first.seed, second.seed), ("fps", first.trace.fps, second.trace.fps))
    rows += [Difference(key, w[key], a, b) for key, a, b in given if a != b and not any(row.key == key for row in rows)]
    figures = [_figures(run.trace) for run in (first, second)]
    for pair, quantity in dict.fromkeys([*figures[0], *figures[1]]):
        a, b = (figure.get((pair, quantity)) for figure in figures)
        alone = (a is None) != (b is None) and quantity == "restitution"
        if alone or (a is not None and b is not None and abs(a - b) > 1e-9):
            said = f"{material_word(pair, language)}: {quantity_word(quantity, language)} ({w['library']})"
            rows.append(Difference(f"used.{pair}.{quantity}", said, a, b))
    versions = [dict(run.trace.meta.get("versions", {})) for run in (first, second)]
    for name in sorted(set(versions[0]) & set(versions[1])):
        if versions[0][name] != versions[1][name]:
            rows.append(
                Difference(f"versions.{name}", w["version"].format(name=name), versions[0][name], versions[1][name])
            )
    return rows


def _figures(trace: Trace) -> dict[tuple[str, str], float]:
    """What the solver used for each pair of materials."""
    return {
        (entry["pair"], quantity): float(entry[quantity]["used"])
        for entry in trace.meta.get("pairs", [])
        for quantity in ("restitution", "friction", "rolling")
        if entry.get(quantity, {}).get("used") is not None
    }


def _effect(first: Run, second: Run, comparison: TraceComparison | None, language: str) -> list[Difference]:
    w = _words(language)
    rows: list[Difference] = []

    def add(key: str, what: str, a: Any, b: Any, *, least: float = 0.0) -> None:
        numbers = isinstance(a, int | float) and isinstance(b, int | float)
        if (abs(a - b) > least) if numbers else (a != b):
            rows.append(Difference(key, what, a, b))

    add("exit_status", w["status"], exit_status(first), exit_status(second))
    outcomes = [{o.name: o for o in run.outcomes} for run in (first, second)]
    for name in dict.fromkeys([*outcomes[0], *outcomes[1]]):
        states = []
        for found in outcomes:
            o = found.get(name)
            word = None if o is None else w["refused"] if o.refused else w["happened" if o.happened else "missed"]
            states.append(None if o is None else f"{word}: {o.evidence}")
        asked = next(found[name].asked or name for found in outcomes if name in found)
        if states[0] != states[1]:
            rows.append(Difference(f"outcomes.{name}", w["outcome"].format(asked=asked), *states))
    labels = {**display_names(second.scene, second.trace), **display_names(first.scene, first.trace)}
    for trace in (first.trace, second.trace):
        for shard in trace.meta.get("fragments", {}):  # forty shards are forty times the same story
            labels.pop(shard, None)
    rows += _impacts(first.trace, second.trace, labels, w)
    tables = [_summary(run) for run in (first, second)]
    for name in [name for name in first.trace.names if name in second.trace.names and name in labels]:
        for key, least in (
            ("bounces", 0.0),
            ("rest", LATER),
            ("top_speed", 1e-3),
            ("end", 0.0),
            ("pieces", 0.0),
            ("temperature", 0.05),
        ):
            a, b = (table.get(name, {}).get(key) for table in tables)
            if key == "end" and a is not None and b is not None and math.dist(a, b) < 1e-3:
                continue
            add(f"{key}.{name}", w[key].format(a=labels[name]), a, b, least=least)
    add("duration", w["duration"], first.trace.duration, second.trace.duration, least=1e-9)
    return rows


def _impacts(first: Trace, second: Trace, labels: dict[str, str], w: dict[str, str]) -> list[Difference]:
    """The first impact of two bodies beside their first impact in the other run, the second beside the second, and so on."""
    sides: list[dict[tuple[str, str], list[Contact]]] = [{}, {}]
    for found, trace in zip(sides, (first, second), strict=True):
        for contact in sorted(trace.contacts, key=lambda contact: contact.t_start):
            if contact.speed_before >= IMPACT and {contact.body_a, contact.body_b} <= set(labels):
                key = sorted((contact.body_a, contact.body_b), key=lambda name: (_standing(first, name), name))
                found.setdefault((key[0], key[1]), []).append(contact)
    rows = []
    for a, b in dict.fromkeys([*sides[0], *sides[1]]):
        mine, theirs = (found.get((a, b), []) for found in sides)
        for k in range(min(MOST_IMPACTS, max(len(mine), len(theirs)))):
            pair = [impacts[k] if k < len(impacts) else None for impacts in (mine, theirs)]
            said = [
                None if c is None else w["at"].format(time=f"{c.t_start:.3f}", speed=f"{c.speed_before:.2f}")
                for c in pair
            ]
            if said[0] != said[1]:
                what = w["impact"].format(a=labels[a], b=labels[b], number=k + 1)
                rows.append(Difference(f"impacts.{a}.{b}.{k + 1}", what, *said))
    return rows


def _standing(trace: Trace, name: str) -> bool:
    """Whether a body is fixed: such are named last."""
    return name in trace and not math.isfinite(trace.mass[trace.index(name)])


def _summary(run: Run) -> dict[str, dict[str, Any]]:
    from hybrid.report.tables import bodies_data

    broken = {row["body"]: int(row["pieces"]) for row in run.trace.meta.get("fracture", []) if row.get("pieces")}
    found: dict[str, dict[str, Any]] = {}
    for row in bodies_data(run.scene, run.trace):
        name = row["name"]
        track = run.trace[name]
        entry: dict[str, Any] = {}
        if row["mode"] != "fixed":
            entry = {"bounces": len(track.bounces), "rest": row["rests_from"], "top_speed": row["top_speed"]}
            entry["end"] = None if row["end"] is None else [round(float(x), 4) + 0.0 for x in row["end"]]
        if name in broken:
            entry["pieces"] = broken[name]
        owners = run.trace.extra.get("temperature_body")
        if owners is not None and (owners.data == track.column).any():
            volume = run.trace.extra.get("cell_volume")
            mine = owners.data == track.column
            share = volume.data[mine] if volume is not None else mine[mine].astype(float)
            entry["temperature"] = float(track.temperature[-1] @ share / share.sum())
        found[name] = entry
    return found
