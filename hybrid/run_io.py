"""A run read back from its folder, for inspecting, comparing, grading and exporting."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid.run import Run
from scenes.errors import UserError
from scenes.own import use_beside
from scenes.scene import Scene
from sim.trace import Trace

if TYPE_CHECKING:
    from generator.preview import ClipRecord
    from planner.frame import Frame
    from sim.goals import Outcome

__all__ = ["load_run"]


def load_run(folder: str | Path) -> Run:
    """The run that a folder holds: `scene.yaml` and `trace.npz`, and where they are there `frame.json` and `report.json`.

    Without a report the outcomes are verified on the trace. `asked_scene` is the scene that ran, because a folder keeps no other.
    Raises UserError for a folder that is no run, and for files that are cut short.
    """
    place = Path(folder)
    if place.is_file():
        raise UserError(f"{place} is a file: give the folder of a run, for example {place.parent}.")
    if not place.is_dir():
        raise UserError(f"There is no folder {place}: give the folder that `hybrid make TEXT -o DIR` wrote.")
    missing = [name for name in ("scene.yaml", "trace.npz") if not (place / name).is_file()]
    if missing:
        raise UserError(
            f"The folder {place} holds no run: it lacks {' and '.join(missing)}; `hybrid make TEXT -o DIR` or `hybrid simulate` writes them."
        )
    use_beside(place)
    scene, trace = Scene.load(place / "scene.yaml"), Trace.load(place / "trace.npz")
    _check_together(place, scene, trace)
    frame, report = _frame(place / "frame.json"), _report(place / "report.json")
    return Run(
        scene=scene,
        asked_scene=scene,
        trace=trace,
        outcomes=_outcomes(report, scene, trace),
        frame=frame,
        record=_record(report, place),
        backend=dict(report.get("backend") or {}),
        adherence=report.get("adherence"),
        seed=int(report.get("seed", scene.seed)),
        folder=place,
        seconds=dict(report.get("timing") or {}),
    )


def _check_together(place: Path, scene: Scene, trace: Trace) -> None:
    """A trace and a scene that know no body in common are of different runs."""
    if trace.names and not any(name.partition("/")[0] in scene.bodies for name in trace.names):
        raise UserError(
            f"In {place}, trace.npz holds {', '.join(trace.names[:3])} and scene.yaml none of them, so they are of different runs: simulate again."
        )


def _json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read ({error}); it may be cut short: run the scene again, or remove the file."
        ) from error
    if not isinstance(data, dict):
        raise UserError(f"{path} is no mapping: run the scene again, or remove the file.")
    return data


def _frame(path: Path) -> Frame | None:
    from pydantic import ValidationError

    from planner.frame import Frame

    data = _json(path)
    if data is None:
        return None
    try:
        return Frame.model_validate(data)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise UserError(
            f"{path} is no frame (at {where}: {error.errors()[0]['msg']}): run the text again, or remove the file."
        ) from error


def _report(path: Path) -> dict[str, Any]:
    report = _json(path)
    if report is not None and not isinstance(report.get("outcomes"), list):
        raise UserError(f"{path} is no report: it has no list of outcomes; run the scene again, or remove the file.")
    return report or {}


def _outcomes(report: dict[str, Any], scene: Scene, trace: Trace) -> tuple[Outcome, ...]:
    from sim.goals import Outcome, verify

    if not report:
        return tuple(verify(scene, trace))
    known = {field.name for field in dataclasses.fields(Outcome)}
    outcomes = []
    for entry in report["outcomes"]:
        values = {key: value for key, value in entry.items() if key in known}
        chosen = values.get("chosen")
        if isinstance(chosen, list):
            values["chosen"] = {item["path"]: {**item, "range": [item["low"], item["high"]]} for item in chosen}
        outcomes.append(Outcome(**values))
    return tuple(outcomes)


def _record(report: dict[str, Any], place: Path) -> ClipRecord | None:
    from generator.preview import ClipRecord

    clip = report.get("clip")
    if not isinstance(clip, dict):
        return None
    known = {field.name for field in dataclasses.fields(ClipRecord)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in clip.items() if key in known
    }
    return ClipRecord(**{**values, "path": str(place / Path(str(values["path"])).name)})
