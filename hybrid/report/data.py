"""The content of `report.json`: what was asked, what happened, who moved what, what was assumed, and with what it was made."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import math
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from hybrid.report.words import Language, material_word, quantity_word, words
from hybrid.run import exit_status
from scenes.errors import UserError

if TYPE_CHECKING:
    from hybrid.run import Run
    from scenes.scene import Scene
    from sim.trace import Trace

__all__ = ["PACKAGES", "clean", "display_names", "is_diffused", "plain_value", "report_data", "set_option"]

PACKAGES = (
    "hybrid-physics-video", "numpy", "scipy", "pydantic", "pybullet", "spacy", "jieba", "mitsuba", "pyoidn", "trimesh", "embreex",
    "cma", "imageio-ffmpeg", "torch", "diffusers",
)  # fmt: skip
CONTACTS_LISTED = 30


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


def report_data(run: Run) -> dict[str, Any]:
    """Everything that `report.json` holds, as plain JSON without NaN; sentences are in the language of the prompt."""
    scene, trace = run.scene, run.trace
    w = words(scene.language)
    diffused = is_diffused(run)
    label = w["label_guided"] if diffused else w["label_preview"] if run.clip_path or run.record else w["label_no_clip"]
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
        "backend": run.backend,
        "adherence": run.adherence,
        "adherence_note": "" if run.adherence else w["adherence_missing" if diffused else "adherence_preview"],
        "versions": versions(trace),
        "seed": run.seed,
        "prompt": scene.prompt,
        "timing": run.seconds,
        "camera": {"why": run.record.camera if run.record else "", **clean(scene.camera)},
        "clip": run.record,
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

    What no solver advanced is never called solved: its status becomes imagined, and why.
    """
    chinese = scene.language == "zh"
    idle = dict(trace.meta.get("not_simulated", {}))
    heated = {trace.names[int(column)] for column in _temperature_bodies(trace)}
    rows: list[dict[str, Any]] = []
    for name, element in scene.elements.items():
        rows.append({"name": name, **element.model_dump()})
    covered = {row["body"] for row in rows}
    for name, body in scene.bodies.items():
        if name not in covered:
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
    return rows


def _temperature_bodies(trace: Trace) -> list[int]:
    owners = trace.extra.get("temperature_body")
    return [] if owners is None else sorted({int(column) for column in owners.data if 0 <= int(column) < len(trace.names)})


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
        change_path, change_value = _changeable(path, value)
        rows.append(
            {
                "path": path,
                "value": value,
                "source": entry.source,
                "why": entry.why or (scene.free[path].why if entry.source == "searched" and path in scene.free else ""),
                "what": _what(path, scene),
                "shown": plain_value(value, scene.language),
                "change": set_option(change_path, change_value),
            }
        )
    order = {"assumed": 0, "searched": 1, "set": 2, "known": 3}
    return sorted(rows, key=lambda row: order.get(str(row["source"]), 4))


def _what(path: str, scene: Scene) -> str:
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
        simple = [f"{key} {plain_value(item, 'en')}" for key, item in data.items() if isinstance(item, int | float | list) and key in _MEASURES]
        return " ".join([kind.replace("_", " "), *simple]).strip()
    return str(value)


_MEASURES = ("radius", "radii", "size", "height", "major_radius", "minor_radius", "wall", "foot", "length", "width", "depth", "thickness")


def _changeable(path: str, value: Any) -> tuple[str, Any]:
    """The path and value to show in `--set`: of a shape or a driver its first measure, because one option sets one value."""
    if not isinstance(value, BaseModel):
        return path, value
    data = value.model_dump(mode="json", exclude_none=True)
    for key in _MEASURES + ("speed", "start"):
        if isinstance(data.get(key), int | float | list):
            return f"{path}.{key}", data[key]
    return path, "…"


def set_option(path: str, value: Any) -> str:
    """The option that sets `path`, with the value that it has now, quoted for a shell where it needs quotes."""
    if isinstance(value, float):
        shown = f"{value:.6g}"
    elif isinstance(value, list | tuple):
        shown = "[" + ", ".join(f"{item:.6g}" if isinstance(item, float) else str(item) for item in value) + "]"
    else:
        shown = "…" if value is None or isinstance(value, dict) else str(value)
    option = f"{path}={shown}"
    return f"--set '{option}'" if any(sign in option for sign in " []#&;|*?()") else f"--set {option}"


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


def display_names(scene: Scene, trace: Trace) -> dict[str, str]:
    """Body names in the prompt's language; bodies with one label are told apart by the number in their name."""
    labels = {}
    for name in trace.names:
        root, _, part = name.partition("/")
        body = scene.bodies.get(name) or scene.bodies.get(root)
        label = (body.label if body is not None else None) or root.replace("_", " ")
        labels[name] = f"{label} ({part.replace('_', ' ')})" if part and name not in scene.bodies else label
    taken = list(labels.values())
    for name, label in labels.items():
        if taken.count(label) > 1:
            number = name.rsplit("_", 1)[-1]
            labels[name] = f"{label} {number if number.isdigit() else 1}"
    return labels


def bodies_data(scene: Scene, trace: Trace) -> list[dict[str, Any]]:
    """Every body with mass [kg], net displacement [m], top speed [m/s] of its frames and impacts, and when it came to rest [s]."""
    from sim.queries import rest_time

    labels = display_names(scene, trace)
    rows = []
    for column, name in enumerate(trace.names):
        track = trace[name]
        alive = trace.alive[:, column]
        position = track.position[alive]
        mass = float(trace.mass[column])
        about = trace.meta.get("bodies", {}).get(name, {})
        rows.append(
            {
                "name": name,
                "label": labels[name],
                "kind": about.get("kind", "rigid"),
                "mode": about.get("mode", "free" if math.isfinite(mass) else "fixed"),
                "mass": mass if math.isfinite(mass) else None,
                "displacement": float(np.linalg.norm(position[-1] - position[0])) if len(position) > 1 else 0.0,
                "top_speed": float(max([*track.speed[alive], *_impact_speeds(trace, name)], default=0.0)),
                "rests_from": rest_time(trace, name) if alive.all() and math.isfinite(mass) else None,
                "start": position[0] if len(position) else None,
                "end": position[-1] if len(position) else None,
            }
        )
    return rows


def _impact_speeds(trace: Trace, name: str) -> list[float]:
    """Closing speeds [m/s] of a body on what does not move: its own speed along the normal, which frames miss."""
    if not math.isfinite(trace.mass[trace.index(name)]):
        return []
    still = {other for other, mass in zip(trace.names, trace.mass, strict=True) if not math.isfinite(mass) and not trace[other].speed.any()}
    return [contact.speed_before for contact in trace.contacts_of(name) if contact.other(name) in still]


def bounces_data(trace: Trace) -> dict[str, list[dict[str, float]]]:
    """Counted bounces of the bodies that bounce; times [s], speeds [m/s], restitution, rise [m]."""
    found = {name: trace[name].bounces for name, mass in zip(trace.names, trace.mass, strict=True) if math.isfinite(mass)}
    return {name: bounces for name, bounces in found.items() if bounces}


def contacts_data(trace: Trace) -> dict[str, Any]:
    """How many contact episodes, by pair of bodies, the strongest, and the first thirty."""
    by_pair: dict[str, int] = {}
    for contact in trace.contacts:
        key = f"{contact.body_a}+{contact.body_b}"
        by_pair[key] = by_pair.get(key, 0) + 1
    ordered = sorted(trace.contacts, key=lambda contact: contact.t_start)
    strongest = max(trace.contacts, key=lambda contact: contact.impulse_Ns, default=None)
    return {"count": len(trace.contacts), "by_pair": by_pair, "strongest": strongest, "first": ordered[:CONTACTS_LISTED]}


def materials_data(scene: Scene, trace: Trace) -> list[dict[str, Any]]:
    """The figures that the solver used, a row each: contact figures of pairs, densities, and what heat needs."""
    from sim.pairs import scene_library

    language: Language = scene.language
    rows: list[dict[str, Any]] = []
    for pair in trace.meta.get("pairs", []):
        for quantity in ("restitution", "friction", "rolling"):
            entry = pair.get(quantity)
            if entry is None:
                continue
            wanted, used = entry.get("wanted"), entry.get("used")
            entry = {**entry, **_searched(scene, pair["pair"], quantity)}
            differs = wanted is not None and used is not None and abs(used - wanted) > max(0.01 * abs(wanted), 2e-3)
            rows.append(
                {
                    "of": pair["pair"], "name": material_word(pair["pair"], language), "quantity": quantity, "value": used, "wanted": wanted,
                    "differs": differs, "low": entry.get("low"), "high": entry.get("high"), "unit": "1", "source": entry.get("source", ""),
                    "status": entry.get("status", "assumed"),
                }
            )  # fmt: skip
    library = scene_library(scene)
    thermal = set(scene.thermal.bodies) if scene.thermal is not None else set()
    wanted_of: dict[str, set[str]] = {}
    for name, body in scene.bodies.items():
        material = getattr(body, "material", None)
        if material is None or not library.has(material):
            continue
        needed = wanted_of.setdefault(library.material(material).name, set())
        if getattr(body, "mass", None) is None and getattr(body, "density", None) is None and not getattr(body, "fixed", False):
            needed.add("density")
        if name in thermal:
            needed.update(("density", "conductivity", "specific_heat", "emissivity", "melting_point", "latent_heat_fusion"))
    for material, quantities in wanted_of.items():
        for quantity, value in library.material(material).values().items():
            if quantity in quantities:
                rows.append(
                    {
                        "of": material, "name": material_word(material, language), "quantity": quantity, "value": value.value,
                        "wanted": value.value, "differs": False, "low": value.low, "high": value.high, "unit": value.unit,
                        "source": value.source, "status": value.status,
                    }
                )  # fmt: skip
    return rows


def _searched(scene: Scene, pair: str, quantity: str) -> dict[str, Any]:
    """What says that a figure of a pair was searched rather than set: its honest range and why."""
    ends = {pair, "+".join(reversed(pair.split("+")))}
    for path, free in scene.free.items():
        keys = path.split(".")
        own = keys[0] == "pairs" and keys[1] in ends or keys[0] == "materials" and keys[1] in pair.split("+")
        stated = scene.provenance.get(path)
        if own and keys[-1] == quantity and stated is not None and stated.source == "searched":
            return {"low": free.low, "high": free.high, "source": free.why, "status": "searched"}
    return {}


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
        **{key: trace.meta[key] for key in kept if key in trace.meta},
    }


def write_json(path: Path, report: dict[str, Any]) -> None:
    """Write `report.json`, whole or not at all."""
    import json

    from scenes.files import write_text

    write_text(path, json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
