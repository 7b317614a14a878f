"""`report.html`: one page with everything in it (clip, plots, tables, font), readable without a network, on paper, and in the dark."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid.fonts import font_subset
from hybrid.report.adherence import adherence_view
from hybrid.report.plots import LEFT, MOST_BODIES, RIGHT, WIDTH, heat_plots, motion_plots, time_words
from hybrid.report.sentence import marks_of, reading, segments
from hybrid.report.tables import display_names
from hybrid.report.values import plain_value
from hybrid.report.words import audit_evidence, painted, quantity_word, words
from hybrid.story import chosen_sentence, moments
from scenes.bodies import STATUSES

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["LARGEST_CLIP", "report_page"]

LARGEST_CLIP = 40_000_000  # [bytes] embedded; a larger clip is linked from beside the page
MOST_MOMENTS = 24


def report_page(run: Run, report: dict[str, Any]) -> str:
    """The page of a run, from the run and the content of its `report.json`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from hybrid.report.parse_view import parse_html
    from hybrid.report.view3d import view_data

    language = run.scene.language
    w = words(language)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    plots, moving = motion_plots(run.scene, run.trace)
    told = moments(run.trace, run.scene)
    labels = display_names(run.scene, run.trace)
    context = {
        "w": w,
        "r": report,
        "language": language,
        "verdict": verdict(report, w),
        "segments": segments(report["text"], marks_of(run.frame, report["elements"], language)),
        "reading": {key: rows for key, rows in reading(run.frame, report["elements"], language).items() if rows},
        "parse": Markup(parse_html(report["text"], run.frame)) if run.frame is not None else "",
        "counts": {word: sum(row["status"] == word for row in report["elements"]) for word in STATUSES},
        "clip": clip_source(run),
        "view": Markup(view_data(run) or ""),
        "slow": run.scene.camera.slow,
        "heat": heat_plots(run.scene, run.trace),
        "plots": plots,
        "moving": moving,
        "most_bodies": MOST_BODIES,
        "moments": told[:MOST_MOMENTS],
        "untold": max(0, len(told) - MOST_MOMENTS),
        "labels": labels,
        "chosen": lambda entry: chosen_sentence(entry, language),
        "quantity": lambda key: quantity_word(str(key), language),
        "painted": lambda sentence: painted(sentence, language),
        "evidence": lambda check: audit_evidence(check, language),
        "number": _number,
        "value": lambda value: plain_value(value, language),
        "facts": made_facts(run, report, w),
        "heat_facts": heat_facts(report.get("heat"), w, language),
        "flat": _flat,
        "grade": adherence_view(report["adherence"], language, labels),
        "axis": {"left": LEFT, "right": WIDTH - RIGHT, "width": WIDTH},
    }
    template = environment.get_template("template.html")
    page = template.render(context)
    return page.replace("/*FONT*/", font_face(page), 1)


def font_face(page: str) -> str:
    """An `@font-face` with just the Chinese characters of the page (and the Latin ones beside them); nothing for a page without any."""
    text = re.sub(r"<script.*?</script>|<style.*?</style>|data:[^\"']+|<[^>]*>", "", page, flags=re.S)
    tips = "".join(re.findall(r"data-tip=\"([^\"]*)\"", page))
    characters = {character for character in text + tips if ord(character) > 0x7E}
    if not any(ord(character) >= 0x2E80 for character in characters):
        return ""
    font = font_subset(characters)
    if not font:
        return ""
    data = base64.b64encode(font).decode("ascii")
    return f'@font-face{{font-family:"Record Han";src:url(data:font/woff;base64,{data}) format("woff");font-display:block;unicode-range:U+2000-FFFF}}'


def clip_source(run: Run) -> dict[str, str]:
    """How the page shows the clip: `data` to embed it, or the name of the file beside it when it is too large; nothing without one."""
    path = run.clip_path
    if path is None:
        return {}
    if path.stat().st_size > LARGEST_CLIP:
        return {"file": path.name}
    return {"data": "data:video/mp4;base64," + base64.b64encode(path.read_bytes()).decode("ascii")}


def verdict(report: dict[str, Any], w: dict[str, str]) -> dict[str, Any]:
    """The one sentence at the top and how loud it is: `state` is good, warn or bad."""
    outcomes = report["outcomes"]
    missed = [outcome for outcome in outcomes if not outcome["happened"] and not outcome["refused"]]
    denied = sum(outcome["refused"] for outcome in outcomes)
    refused = [row for row in report["elements"] if row["status"] == "refused"]
    audit = report["audit"] or {}
    if not audit.get("passed", True):
        return {"state": "bad", "text": w["verdict_audit"]}
    if missed:
        return {"state": "bad", "text": w["verdict_missed"].format(missed=len(missed), count=len(outcomes))}
    if denied:
        return {"state": "bad", "text": w["verdict_outcome_refused"].format(refused=denied, count=len(outcomes))}
    if refused:
        return {
            "state": "bad",
            "text": w["verdict_refused_one"] if len(refused) == 1 else w["verdict_refused"].format(count=len(refused)),
        }
    if any(outcome["concession"] for outcome in outcomes):
        return {"state": "warn", "text": w["verdict_concession"]}
    return {"state": "good", "text": w["verdict_all" if outcomes else "verdict_still"]}


def made_facts(run: Run, report: dict[str, Any], w: dict[str, str]) -> list[tuple[str, str]]:
    """How it was made, as rows (what, how)."""
    simulation, backend = report["simulation"], report["backend"]
    number: Callable[[Any], str] = _number
    rows = [
        (
            w["recorded"],
            w["frames_at"].format(
                frames=simulation["frames"], fps=number(simulation["fps"]), seconds=number(simulation["duration"])
            ),
        ),
        (w["steps"], f"{number(simulation.get('steps_per_second'))}" if simulation.get("steps_per_second") else ""),
        (w["gravity"], f"{number(simulation.get('gravity'))} m/s²" if simulation.get("gravity") is not None else ""),
        (w["medium"], _medium(simulation.get("medium"), str(report["environment"].get("medium", "")))),
        (w["seed"], str(report["seed"])),
        (w["exit_status"], str(report["exit_status"])),
    ]
    record = report["clip"] or {}
    by = " · ".join(str(part) for part in (backend.get("name"), record.get("renderer"), record.get("tier")) if part)
    rows.insert(0, (w["backend"], by + (f" ({backend['why']})" if backend.get("why") else "")))
    rows[1:1] = diffusion_facts(backend, w) if backend.get("diffusion") and backend.get("model") else []
    timing = ", ".join(
        f"{quantity_word(step, run.scene.language)} {seconds:.2f} s" for step, seconds in report["timing"].items()
    )
    rows.append((w["timing"], timing))
    return [(what, how) for what, how in rows if how]


def diffusion_facts(backend: dict[str, Any], w: dict[str, str]) -> list[tuple[str, str]]:
    """Model, guidance, what ran, and what was said about the settings, of a diffused clip."""
    model, settings = backend["model"], backend["settings"]
    runs = ", ".join(f"{expert} ×{count}" for expert, count in backend["expert_runs"].items())
    how = f"{backend['guidance'].get('name')} ({w[backend['calibration']]})"
    asked = (
        f"{settings['steps']} steps, shift {_number(settings['shift'])}, guidance {_number(settings['guidance_scale'])}"
        + (f" / {_number(settings['guidance_scale_2'])}" if settings.get("guidance_scale_2") is not None else "")
    )
    rows = [
        (w["video_model"], f"{model['title']} ({model['hub_id']}, {model['licence']}); {asked}"),
        (w["weights_hash"], f"{model['weights_hash']} ({model['weights_hashed']})"),
        (w["guidance"], how),
        (w["experts"], runs),
        (w["memory"], f"{backend['memory']['preset']}: {backend['memory']['why']}"),
    ]
    return [*rows, *(("", note) for note in backend.get("notes", ()))]


def _medium(about: Any, name: str) -> str:
    """The medium with what is known of it; empty entries and still air are left out."""
    known = {
        key: value
        for key, value in (about or {}).items()
        if value not in (None, [], {}, "") and value != [0.0, 0.0, 0.0]
    }
    return name + (f" ({_flat(known)})" if known else "")


def heat_facts(heat: dict[str, Any] | None, w: dict[str, str], language: str) -> list[tuple[str, str]]:
    """Physical against played time, the balance of heat, and what was solved for each body."""
    if not heat:
        return []
    zh = language == "zh"
    rows = []
    if heat.get("physical_duration") and heat.get("playback_duration"):
        shown = f"{time_words(heat['physical_duration'], language)} → {time_words(heat['playback_duration'], language)}"
        rows.append(
            (
                "物理时间 → 播放时间" if zh else "Physical time → played time",
                f"{shown} (×{_number(heat.get('time_factor'))})",
            )
        )
    if heat.get("why"):
        rows.append((w["why"], str(heat["why"])))
    if heat.get("worst_heat_balance") is not None:
        rows.append(("热量守恒的最大误差" if zh else "Worst heat balance", f"{heat['worst_heat_balance']:.1e}"))
    for name, about in (heat.get("bodies") or {}).items():
        keys = ("model", "cells", "scheme", "biot", "initial", "final_range")
        rows.append((name, _flat({key: about[key] for key in keys if about.get(key) is not None})))
    rows += [("", note) for note in heat.get("notes", ())]
    return rows


def _number(value: Any) -> str:
    """Four digits, without needless zeros; empty for None."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if value != 0 and (abs(value) < 1e-3 or abs(value) >= 1e6):
        return f"{value:.2e}"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


def _flat(value: Any) -> str:
    """A nested value on one line: "scheme: Crank-Nicolson, cells: 60"."""
    if isinstance(value, dict):
        return ", ".join(f"{str(key).replace('_', ' ')}: {_flat(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return (
            "–".join(_number(item) for item in value) if len(value) == 2 else ", ".join(_flat(item) for item in value)
        )
    return "" if value is None else _number(value)
