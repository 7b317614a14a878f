"""The story of a run: what happened, moment by moment, in words; for the terminal, as data, and for the report's page."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hybrid.report.data import report_data
from hybrid.report.tables import bodies_data, display_names
from hybrid.report.values import clean
from hybrid.report.words import audit_evidence, painted, quantity_word, words
from hybrid.run import Run
from sim.trace import Contact, Trace

if TYPE_CHECKING:
    from rich.console import Group

    from scenes.scene import Scene

__all__ = ["Moment", "moments", "sparkline", "story", "story_data"]

SLOWEST = 0.05  # [m/s] closing speed of a contact that is told
AGAIN = 0.12  # [s] within which a contact of the same two bodies is the same moment
BLOCKS, SPARK_WIDTH, MOST_SPARKS = "▁▂▃▄▅▆▇█", 48, 4
COLORS = {"solved": "green", "actuated": "cyan", "proxied": "yellow", "imagined": "magenta", "refused": "red"}


@dataclass(frozen=True)
class Moment:
    """Something that happened: `time` [s], `kind` (contact, bounce, rest, driver, event, body), `text` in the scene's language."""

    time: float
    kind: str
    text: str
    bodies: tuple[str, ...] = ()


def moments(trace: Trace, scene: Scene) -> list[Moment]:
    """Impacts with their speeds, counted bounces, drivers, events, breaking and coming to rest, in time order."""
    labels = display_names(scene, trace)
    shards = set(trace.meta.get("fragments", {}))
    found = [
        *_impacts(trace, scene, labels),
        *_rests(trace, scene, labels),
        *_declared(trace, scene, labels),
        *_lives(trace, scene, labels),
    ]
    found = [
        moment for moment in found if not shards & set(moment.bodies)
    ]  # forty shards rattle; one break is the story
    found += _breaks(trace, scene, labels)
    return sorted(found, key=lambda moment: (moment.time, moment.kind))


def _number(value: float, language: str) -> str:
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def _impacts(trace: Trace, scene: Scene, labels: dict[str, str]) -> list[Moment]:
    w = words(scene.language)
    counted = {
        (name, round(bounce["time"], 9)): (number, bounce)
        for name, mass in zip(trace.names, trace.mass, strict=True)
        if math.isfinite(mass)
        for number, bounce in enumerate(trace[name].bounces, start=1)
    }
    last: dict[tuple[str, str], Contact] = {}
    found = []
    for contact in sorted(trace.contacts, key=lambda c: c.t_start):
        pair = (contact.body_a, contact.body_b)
        earlier = last.get(pair)
        last[pair] = contact
        bounced = next((counted[key] for name in pair if (key := (name, round(contact.t_start, 9))) in counted), None)
        chatter = (
            earlier is not None
            and contact.t_start - earlier.t_start < AGAIN
            and contact.speed_before <= 2 * earlier.speed_before
        )
        if contact.speed_before < SLOWEST or (chatter and bounced is None):
            continue
        a, b = _striker_first(trace, contact)
        said = {"a": labels[a], "b": labels[b], "before": _number(contact.speed_before, scene.language)}
        if contact.t_end >= trace.duration - 1e-6 and contact.t_end - contact.t_start > 0.1:
            text = w["hit_stays"].format(**said)
        elif contact.speed_after > 0.01:
            ratio = contact.speed_after / contact.speed_before
            phrase = "hit" if ratio <= 1.02 else "hit_leaves"  # above 1 something else drove it: that is no restitution
            text = w[phrase].format(**said, after=_number(contact.speed_after, scene.language), e=f"{ratio:.2f}")
        else:
            text = w["hit_plain"].format(**said)
        if bounced is not None:
            number, bounce = bounced
            text += ("；" if scene.language == "zh" else "; ") + w["bounce_number"].format(
                number=number, rise=_number(bounce["rise"], scene.language)
            )
        found.append(Moment(contact.t_start, "contact" if bounced is None else "bounce", text, (a, b)))
    return found


def _striker_first(trace: Trace, contact: Contact) -> tuple[str, str]:
    """The two bodies, the one that moved faster just before first."""
    frame = max(0, min(len(trace.time) - 1, int(contact.t_start * trace.fps)))
    a, b = contact.body_a, contact.body_b
    speeds = [float(np.linalg.norm(trace[name].linear_velocity[frame])) for name in (a, b)]
    return (b, a) if speeds[1] > speeds[0] + 1e-6 else (a, b)


def _rests(trace: Trace, scene: Scene, labels: dict[str, str]) -> list[Moment]:
    w = words(scene.language)
    found = []
    for row in bodies_data(scene, trace):
        if row["rests_from"]:
            x, y, _ = row["end"]
            said = (
                w["rests_at"]
                .format(a=labels[row["name"]], x=f"{x + 0.0:.2f}", y=f"{y + 0.0:.2f}")
                .replace("-0.00", "0.00")
            )
            found.append(Moment(float(row["rests_from"]), "rest", said, (row["name"],)))
    return found


def _declared(trace: Trace, scene: Scene, labels: dict[str, str]) -> list[Moment]:
    """Drivers that started and stopped, and the events that they waited for."""
    w = words(scene.language)
    found = []
    for entry in trace.meta.get("drivers", []):
        key = {"start": "driver_starts", "stop": "driver_stops"}.get(str(entry.get("what")))
        body = str(entry.get("body", ""))
        if key is None:
            continue
        text = w[key].format(name=entry.get("driver", ""), body=labels.get(body, body))
        why = str(entry.get("why") or "")
        stop = "：" if scene.language == "zh" else ": "
        found.append(
            Moment(
                float(entry["time"]),
                "driver",
                text + (f"{stop}{why}" if why and key == "driver_starts" else ""),
                (body,),
            )
        )
    times = trace.meta.get("events", {})
    return found + [
        Moment(float(time), "event", w["event_fires"].format(name=name), ())
        for name, time in times.items()
        if time is not None
    ]


def _breaks(trace: Trace, scene: Scene, labels: dict[str, str]) -> list[Moment]:
    w = words(scene.language)
    return [
        Moment(
            float(row["time"]),
            "body",
            w["breaks_into"].format(a=labels[row["body"]], pieces=row["pieces"]),
            (row["body"],),
        )
        for row in trace.meta.get("fracture", [])
        if row.get("pieces") and row.get("body") in labels
    ]


def _lives(trace: Trace, scene: Scene, labels: dict[str, str]) -> list[Moment]:
    """Bodies that begin or end within the run."""
    w = words(scene.language)
    found = []
    for column, name in enumerate(trace.names):
        alive = trace.alive[:, column]
        if alive.all() or not alive.any():
            continue
        first = int(alive.argmax())
        parent = getattr(scene.bodies.get(name), "parent", None)
        if first > 0 and parent:
            found.append(
                Moment(
                    float(trace.time[first]),
                    "body",
                    w["piece_begins"].format(a=labels[name], b=labels.get(parent, parent)),
                    (name,),
                )
            )
        if not alive[-1]:
            ended = len(alive) - int(alive[::-1].argmax())
            found.append(
                Moment(
                    float(trace.time[min(ended, len(alive) - 1)]),
                    "body",
                    w["body_ends"].format(a=labels[name]),
                    (name,),
                )
            )
    return found


def _as_run(what: Run | Trace, scene: Scene | None) -> Run:
    if isinstance(what, Run):
        return what
    if scene is None:
        raise TypeError("story(trace, scene) needs the scene of the trace")
    from sim.goals import verify

    return Run(
        scene=scene,
        asked_scene=scene,
        trace=what,
        outcomes=tuple(verify(scene, what)),
        seed=int(what.meta.get("seed", 0)),
    )


def story_data(what: Run | Trace, scene: Scene | None = None) -> dict[str, Any]:
    """The story as plain JSON: `moments` [{time, kind, text, bodies}], and from the report text, outcomes, bodies, elements, bounces, audit."""
    run = _as_run(what, scene)
    report = report_data(run)
    kept = (
        "text", "language", "label", "exit_status", "outcomes", "bodies", "bounces", "elements", "assumptions", "advice", "audit", "heat",
        "simulation", "seed", "adherence",
    )  # fmt: skip
    return {**{key: report[key] for key in kept}, "moments": clean(moments(run.trace, run.scene))}


def story(what: Run | Trace, scene: Scene | None = None, *, most: int = 40) -> Group:
    """The story for a terminal: the text, the outcomes, at most `most` moments, the bodies, the status words, and the audit."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    run = _as_run(what, scene)
    language = run.scene.language
    w, data = words(language), story_data(run)
    parts: list[Any] = [Text(data["text"] or data["label"], style="bold")]
    lasting = w["lasting"].format(seconds=f"{data['simulation']['duration']:.2f}")
    parts.append(Text(f"{data['label']} · {lasting} · {w['exit_status']} {data['exit_status']}", style="dim"))
    parts += [Text(fault, style="red") for fault in (data["adherence"] or {}).get("faults", ())]
    if data["outcomes"]:
        parts += [Text(), Text(w["outcomes"], style="bold")]
        parts += [_outcome_line(outcome, w, language) for outcome in data["outcomes"]]
    told = data["moments"]
    parts += [Text(), Text(w["story"], style="bold")]
    parts += [Text(f"{moment['time']:7.2f} {w['seconds']}  {moment['text']}") for moment in told[:most]]
    if not told:
        parts.append(Text(w["story_none"]))
    if len(told) > most:
        parts.append(Text(w["story_more"].format(count=len(told) - most), style="dim"))
    table = Table(show_header=True, header_style="bold", box=None, pad_edge=False)
    for key in ("body", "mass", "displacement", "top_speed", "bounces", "rest"):
        table.add_column(w[key], justify="left" if key == "body" else "right")
    parts += _spark_lines(run, w)
    for row in [row for row in data["bodies"] if row["mode"] != "fixed"][:most]:
        rests = row["rests_from"]
        table.add_row(
            row["label"] + ("" if row["label"] == row["name"] else f" ({row['name']})"),
            "" if row["mass"] is None else f"{row['mass']:.3g} kg", f"{row['displacement']:.2f} m", f"{row['top_speed']:.2f} m/s",
            str(len(data["bounces"].get(row["name"], []))), "" if rests is None else f"{rests:.2f} {w['seconds']}",
        )  # fmt: skip
    parts += [*([Text(), table] if table.row_count else []), Text(), Text(w["elements"], style="bold")]
    for element in data["elements"]:
        line = Text(f"{element['text'] or element['name']}: ")
        line.append(w[element["status"]], style=COLORS[element["status"]])
        parts.append(line.append(f"  {element['why']}" if element["why"] else ""))
    parts += [Text(), *_audit_lines(data["audit"], w, language)]
    parts += [Text(f"{w['advice']}: {sentence}") for sentence in data["advice"]]
    if run.record is not None and run.record.imagined:
        parts.append(
            Text(f"{w['painted']}: {'; '.join(painted(each, language) for each in run.record.imagined)}", style="dim")
        )
    return Group(*parts)


def _spark_lines(run: Run, w: dict[str, str]) -> list[Any]:
    """A line of blocks for the height of each of the bodies that move most, the total energy, and the mean of each temperature."""
    from rich.text import Text

    from hybrid.report.curves import energies
    from hybrid.report.plots import moving_bodies

    trace, labels = run.trace, display_names(run.scene, run.trace)
    rows = [(f"{w['height']}: {labels[name]}", trace[name].height, "m") for name in moving_bodies(trace)[:MOST_SPARKS]]
    found = energies(trace)
    if rows and found is not None:
        time, kinetic, potential = found
        rows.append((f"{w['energy']}: {w['total']}", np.interp(trace.time, time, kinetic + potential), "J"))
    owners = trace.extra.get("temperature_body")
    columns = (
        sorted({int(c) for c in owners.data if 0 <= int(c) < len(trace.names)})[:MOST_SPARKS]
        if owners is not None
        else []
    )
    for column in columns:
        name = trace.names[column]
        rows.append((f"{w['temperature']} ({w['mean']}): {labels[name]}", trace[name].temperature.mean(axis=1), "°C"))
    lines: list[Any] = []
    for title, values, unit in rows:
        finite = values[np.isfinite(values)]
        if len(finite) > 1:
            line = Text(f"  {sparkline(values)}  ", style="cyan")
            low, high = (
                0.0 if abs(end) < 1e-3 * np.ptp(finite) else float(end) for end in (finite.min(), finite.max())
            )
            line.append(f"{title}, {low:.3g} – {high:.3g} {unit}", style="")
            lines.append(line)
    if not lines:
        return []
    return [Text(), Text(f"{w['sparks']} (0 – {trace.duration:.2f} {w['seconds']})", style="bold"), *lines]


def sparkline(values: NDArray[np.float64], *, width: int = SPARK_WIDTH) -> str:
    """`values` (T,) as one line of blocks from their least to their largest; a space where there is no number."""
    finite = np.isfinite(values)
    if not finite.any():
        return " " * min(width, len(values))
    low, high = float(values[finite].min()), float(values[finite].max())
    edges = np.linspace(0, len(values), min(width, len(values)) + 1).astype(int)
    blocks = []
    for a, b in itertools.pairwise(edges):
        part = values[a:b][finite[a:b]]
        share = 0.0 if high <= low else (float(part.mean()) - low) / (high - low) if len(part) else 0.0
        blocks.append(BLOCKS[min(len(BLOCKS) - 1, int(share * len(BLOCKS)))] if len(part) else " ")
    return "".join(blocks)


def chosen_sentence(entry: dict[str, Any], language: str) -> str:
    """What a search chose, with its honest range: "restitution 0.55 in 0.50–0.85"."""
    from hybrid.report.words import material_word

    w = words(language)
    keys = str(entry["path"]).split(".")
    owner = (
        material_word(keys[1], language)
        if keys[0] in ("pairs", "materials") and len(keys) > 1
        else ".".join(keys[1:-1])
    )
    inside = not entry["concession"]
    bounds = {key: "" if entry[key] is None else _bound(entry[key]) for key in ("value", "low", "high")}
    said = w["in_range" if inside else "out_range"].format(**bounds) if bounds["low"] else bounds["value"]
    what = f"{quantity_word(keys[-1], language)} {said}"
    return f"{owner}{'：' if language == 'zh' else ': '}{what}" if owner else what


def _bound(value: float) -> str:
    """Three digits, and two decimals where they would be cut off: 0.565, 0.50."""
    short = f"{value:.3g}"
    return f"{value:.2f}" if len(short) < 4 and 0 < abs(value) < 10 else short


def _outcome_line(outcome: dict[str, Any], w: dict[str, str], language: str) -> Any:
    from rich.text import Text

    state = "refused" if outcome["refused"] else "happened" if outcome["happened"] else "missed"
    mark, style = {"refused": ("⊘", "red"), "happened": ("✓", "green"), "missed": ("✗", "bold red")}[state]
    line = Text(f"  {mark} ", style=style)
    line.append(outcome["asked"] or outcome["name"], style="bold").append(f" – {w[state]}: {outcome['evidence']}")
    for entry in outcome["chosen"] or []:
        line.append(
            f"\n      {w['chosen' if outcome['happened'] else 'chosen_tried']}: {chosen_sentence(entry, language)}"
        )
    if outcome["text"]:
        line.append(
            f"\n      {w['concession'] if outcome['concession'] else w['why']}: {outcome['text']}", style="yellow"
        )
    for choice in outcome["choices"]:
        line.append(f"\n      - {choice}")
    return line


def _audit_lines(audit: dict[str, Any] | None, w: dict[str, str], language: str) -> list[Any]:
    from rich.text import Text

    if not audit:
        return [Text(w["audit_none"], style="yellow")]
    passed = audit.get("passed", True)
    lines = [
        Text(
            f"{w['audit']}: {w['audit_passed'] if passed else w['audit_failed']}",
            style="green" if passed else "bold red",
        )
    ]
    for check in audit.get("checks", []):
        ok = check.get("passed", True)
        name = quantity_word(str(check.get("name", "")), language)
        lines.append(
            Text(f"  {'✓' if ok else '✗'} {name}: {audit_evidence(check, language)}", style="" if ok else "bold red")
        )
    return lines
