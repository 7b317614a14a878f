"""The content of `report.json`: what was asked, what happened, who moved what, what was assumed, and with what it was made."""

from __future__ import annotations

import importlib.metadata
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid.report.tables import bodies_data, bounces_data, contacts_data, materials_data
from hybrid.report.values import change_option, clean, path_words, plain_value
from hybrid.report.words import words
from hybrid.run import exit_status
from scenes.errors import UserError

if TYPE_CHECKING:
    from hybrid.run import Run
    from scenes.scene import Scene
    from sim.trace import Trace

__all__ = ["PACKAGES", "is_diffused", "report_data", "write_json"]

PACKAGES = (
    "hybrid-physics-video", "numpy", "scipy", "pydantic", "pybullet", "spacy", "jieba", "mitsuba", "pyoidn", "trimesh", "embreex",
    "cma", "imageio-ffmpeg", "torch", "diffusers",
)  # fmt: skip


def report_data(run: Run) -> dict[str, Any]:
    """Everything that `report.json` holds, as plain JSON without NaN; sentences are in the language of the prompt."""
    scene, trace = run.scene, run.trace
    w = words(scene.language)
    diffused = is_diffused(run)
    pictures = run.clip_path is not None or run.record is not None
    label = w["label_guided" if diffused else "label_preview" if pictures else "label_no_clip"]
    if diffused and run.backend.get("label"):
        label = str(run.backend["label"])  # it knows whether adherence was measured, and what came of it
    report = {
        "schema": 1,
        "text": scene.text,
        "language": scene.language,
        "title": scene.title,
        "label": label,
        "exit_status": exit_status(run),
        "outcomes": [outcome_data(outcome) for outcome in run.outcomes],
        "elements": elements_data(scene, trace),
        "imagined": list(run.record.imagined) if run.record else [],
        "drawn_as": list(run.record.drawn_as) if run.record else [],
        "assumptions": assumptions_data(scene),
        "advice": list(scene.advice),
        "audit": trace.meta.get("audit"),
        "backend": _without_folder(run.backend),
        "adherence": run.adherence,
        "adherence_note": ""
        if run.adherence
        else w[f"adherence_{'missing' if diffused else 'preview' if pictures else 'no_clip'}"],
        "versions": versions(trace),
        "seed": run.seed,
        "prompt": scene.prompt,
        "timing": run.seconds,
        "camera": {"why": run.record.camera if run.record else "", **clean(scene.camera)},
        "clip": _without_folder(run.record.as_dict()) if run.record else None,
        "bodies": bodies_data(scene, trace),
        "bounces": bounces_data(trace),
        "contacts": contacts_data(trace),
        "pairs": trace.meta.get("pairs", []),
        "materials": materials_data(scene, trace),
        "heat": trace.meta.get("heat"),
        "environment": scene.environment,
        "simulation": simulation_data(trace),
    }
    return clean(report)  # type: ignore[no-any-return]


def _without_folder(about: dict[str, Any]) -> dict[str, Any]:
    """The same with the file's name alone: a record says the same wherever its folder lies."""
    return {**about, **({"path": Path(str(about["path"])).name} if about.get("path") else {})}


def is_diffused(run: Run) -> bool:
    """Whether a video model made the pictures: the backend says so, or an adherence was measured."""
    return bool(run.backend.get("diffusion")) or run.adherence is not None


def outcome_data(outcome: Any) -> dict[str, Any]:
    """An outcome; `chosen` is a list of {path, value, low, high, why, holds, concession}, or None when nothing was searched for it."""
    text = getattr(outcome, "text", "") or ""
    conceded = getattr(outcome, "concession", False)
    choices = getattr(outcome, "choices", None)
    return {
        "name": outcome.name,
        "asked": outcome.asked,
        "happened": bool(outcome.happened),
        "evidence": outcome.evidence,
        "time": getattr(outcome, "time", None),
        "chosen": _chosen(getattr(outcome, "chosen", None)),
        "refused": bool(getattr(outcome, "refused", False)),
        "concession": bool(conceded),
        "text": conceded if isinstance(conceded, str) and conceded else text,
        "choices": [choices] if isinstance(choices, str) and choices else list(choices or ()),
    }


def _chosen(given: Any) -> list[dict[str, Any]] | None:
    if not given:
        return None
    if isinstance(given, dict):
        one = "path" in given and "value" in given
        given = [given] if one else [{"path": path, **entry} for path, entry in given.items()]
    rows = []
    for entry in given:
        low, high = entry.get("range") or (entry.get("low"), entry.get("high"))
        value = entry["value"]
        outside = low is not None and high is not None and not low - 1e-9 <= value <= high + 1e-9
        rows.append(
            {
                "path": entry["path"], "value": value, "low": low, "high": high, "why": entry.get("why", ""), "holds": entry.get("holds"),
                "concession": bool(entry.get("concession", outside)),
            }
        )  # fmt: skip
    return rows


def elements_data(scene: Scene, trace: Trace) -> list[dict[str, Any]]:
    """Every entity, event and relation with its status word; the bodies themselves where a scene file names no elements.

    Members of a group (`domino_2`, ...) are told by the first. What no solver advanced is never called solved: its status becomes imagined, and why.
    """
    chinese = scene.language == "zh"
    idle = dict(trace.meta.get("not_simulated", {}))
    heated = {trace.names[int(column)] for column in _temperature_bodies(trace)}
    rows: list[dict[str, Any]] = []
    for name, element in scene.elements.items():
        rows.append({"name": name, **element.model_dump()})
    covered = {row["body"] for row in rows}
    for name, body in scene.bodies.items():
        root, _, number = name.rpartition("_")
        member = number.isdigit() and root in covered and scene.bodies[root].status == body.status
        if name not in covered and not member:
            why = ("文中没有提到，但需要它" if chinese else "not in the text, but needed") if scene.elements else ""
            rows.append(
                {
                    "name": name, "kind": "entity", "status": body.status, "appearance": body.appearance, "why": why,
                    "text": body.label or "", "span": None, "body": name,
                }
            )  # fmt: skip
    for row in rows:
        body = row["body"]
        if row["kind"] == "entity" and row["status"] in ("solved", "actuated") and body in idle and body not in heated:
            row["status"] = "imagined"
            row["why"] = f"还没有求解器推进 {idle[body]}" if chinese else f"no solver advances a {idle[body]} yet"
    return _as_it_went(rows, trace, chinese=chinese)


def _as_it_went(rows: list[dict[str, Any]], trace: Trace, *, chinese: bool) -> list[dict[str, Any]]:
    """What the run made of it: breaks that are only a likeness are proxied, and falls that nobody asked for are told."""
    likeness = {record["body"] for record in trace.meta.get("fracture", []) if record["status"] == "proxied"}
    for row in rows:
        if row["kind"] == "event" and row["body"] in likeness and row["status"] == "solved":
            row["status"] = "proxied"
            row["why"] = "折断的位置与断口由模型给定" if chinese else "where it parts, and its faces, are a model's"
    for record in trace.meta.get("ragdolls", []):
        if record["trigger"] == "blow":
            why = (
                f"无人要求：撞击 {record['blow_Nms']:.3g} 牛·米·秒，站立极限 {record['threshold_Nms']:.3g}"
                if chinese
                else f"not asked for: {record['why']}"
            )
            rows.append(
                {
                    "name": f"{record['body']}_falls", "kind": "event", "status": "solved", "appearance": "proxied", "why": why,
                    "text": "", "span": None, "body": record["body"],
                }
            )  # fmt: skip
    return rows


def _temperature_bodies(trace: Trace) -> list[int]:
    owners = trace.extra.get("temperature_body")
    return (
        [] if owners is None else sorted({int(column) for column in owners.data if 0 <= int(column) < len(trace.names)})
    )


def assumptions_data(scene: Scene) -> list[dict[str, Any]]:
    """Values that the text did not state, with their source and the option that changes each."""
    rows = []
    for path, entry in scene.provenance.items():
        if entry.source == "stated":
            continue
        try:
            value = scene.get(path)
        except UserError:
            value = None
        rows.append(
            {
                "path": path,
                "value": value,
                "source": entry.source,
                "why": entry.why or (scene.free[path].why if entry.source == "searched" and path in scene.free else ""),
                "what": path_words(path, scene),
                "shown": plain_value(value, scene.language),
                "change": change_option(path, value),
            }
        )
    order = {"assumed": 0, "searched": 1, "set": 2, "known": 3}
    return sorted(rows, key=lambda row: order.get(str(row["source"]), 4))


def versions(trace: Trace) -> dict[str, str]:
    """Python, the machine, and every package that takes part and is installed."""
    found = {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    api = trace.meta.get("versions", {}).get("pybullet")
    return {**found, **({"bullet_api": str(api)} if api else {})}


def simulation_data(trace: Trace) -> dict[str, Any]:
    """How the trace was integrated; see `Trace.meta`."""
    kept = (
        "steps_per_second", "steps_why", "duration_why", "gravity", "settings", "notes", "not_simulated", "medium", "drivers", "events",
        "partial", "figures", "fracture",
    )  # fmt: skip
    return {
        "frames": len(trace.time),
        "fps": trace.fps,
        "duration": trace.duration,
        "notes": [],
        **{key: trace.meta[key] for key in kept if key in trace.meta},
    }


def write_json(path: Path, report: dict[str, Any]) -> None:
    """Write `report.json`, whole or not at all."""
    import json

    from scenes.files import write_text

    write_text(path, json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
