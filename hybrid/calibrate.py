"""Calibration: the guidance swept over shipped scenes on the user's own weights, every clip graded, the best settings kept.

Everything is written as it is found (`calibration.json` in the output folder), so that an interrupted sweep goes on where it stopped.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenes.errors import UserError
from scenes.files import prepare_folder, write_text

if TYPE_CHECKING:
    from hybrid.backends import Choice

__all__ = ["calibrate_backend", "combinations", "ranked"]


def numbers(text: str | None, name: str, low: float, high: float) -> list[float]:
    """The numbers of "0.93,0.95"; empty for None. UserError for anything else or out of range."""
    if text is None:
        return []
    try:
        values = [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise UserError(
            f"--{name} {text!r} is no list of numbers: write for example --{name} {low:g},{high:g}."
        ) from None
    for value in values:
        if not low <= value <= high:
            raise UserError(f"--{name} {value:g} is outside {low:g} to {high:g}.")
    return values


def combinations(
    weak: list[float], strong: list[float], shift: list[float], dilate: list[float]
) -> list[dict[str, float]]:
    """Every setting to try; the strong clock always ends below the weak one. UserError when none is left."""
    lists: dict[str, list[float | None]] = {
        "sigma_weak": [*weak],
        "sigma_strong": [*strong],
        "shift": [*shift] or [None],
        "dilate": [*dilate] or [None],
    }
    found = [
        {key: value for key, value in zip(lists, values, strict=True) if value is not None} for values in itertools.product(*lists.values())
    ]  # fmt: skip
    found = [entry for entry in found if entry["sigma_strong"] <= entry["sigma_weak"]]
    if not found:
        raise UserError("No pair of --weak and --strong is left: sigma_strong must not be above sigma_weak.")
    return found


def ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Settings, best first: by the share of clips that passed, then by the mean mask overlap as a share of what the VAE's round trip
    (or the preview, where it was not measured) allows. Rows are {settings, scene, score, ceiling, passed}."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(json.dumps(row["settings"], sort_keys=True), []).append(row)
    found = []
    for key, own in groups.items():
        shares = [row["score"] / max(row["ceiling"] or 1.0, 1e-6) for row in own if row["score"] is not None]
        found.append(
            {
                "settings": json.loads(key), "clips": len(own), "passed": sum(bool(row["passed"]) for row in own) / len(own),
                "share_of_ceiling": sum(shares) / len(shares) if shares else 0.0,
            }
        )  # fmt: skip
    return sorted(
        found, key=lambda entry: (-entry["passed"], -entry["share_of_ceiling"], json.dumps(entry["settings"]))
    )


def calibrate_backend(
    backend: str, *, model: str | None, output: Path, weak: str, strong: str, shift: str | None, dilate: str | None, scenes: str | None, size: str,
    frames: int | None, steps: int | None, dry_run: bool, quiet: bool,
) -> int:  # fmt: skip
    """The whole sweep; see `hybrid calibrate`. Returns the exit status. UserError before anything is computed."""
    from generator.wan.specs import spec_of
    from hybrid.pipeline import check_size
    from scenes.examples import GUIDANCE_SCENES, example_path

    if backend.partition("=")[0] in ("auto", "preview"):
        raise UserError(f"{backend} has nothing to calibrate: name a video model, for example wan2.2-t2v-a14b.")
    spec_of(backend.partition("=")[0])
    check_size(size)
    widths = numbers(dilate, "dilate", 0, 8)
    if any(value != int(value) for value in widths):
        raise UserError(f"--dilate {dilate} must be whole tokens: write for example --dilate 0,1.")
    settings = combinations(
        numbers(weak, "weak", 0.5, 1.0), numbers(strong, "strong", 0.5, 1.0), numbers(shift, "shift", 0.5, 30.0), widths
    )
    names = [name.strip() for name in scenes.split(",") if name.strip()] if scenes else list(GUIDANCE_SCENES)
    for name in names:
        example_path(name)
    if dry_run:
        print(
            f"{len(settings)} settings x {len(names)} scenes = {len(settings) * len(names)} clips of {backend} at {size}:"
        )
        for entry in settings:
            print("  " + ", ".join(f"{key} {value:g}" for key, value in entry.items()))
        print("scenes: " + ", ".join(names))
        return 0
    choice = choose(backend, model)
    folder = prepare_folder(output)
    record = folder / "calibration.json"
    made_with = {"fingerprint": _fingerprint(choice), "size": size, "frames": frames, "steps": steps}
    rows = _earlier(record, made_with)
    done = {_key(row["settings"], row["scene"]) for row in rows}
    total = len(settings) * len(names)
    try:
        for number, (name, entry) in enumerate(itertools.product(names, settings), start=1):
            if _key(entry, name) in done:
                continue
            rows.append(_one(backend, model, name, entry, folder, size=size, frames=frames, steps=steps))
            write_text(record, json.dumps({**made_with, "rows": rows}, ensure_ascii=False, indent=1) + "\n")
            if not quiet:
                print(f"{number}/{total} {name} {told(entry)}: {_result(rows[-1])}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"Interrupted after {len(rows)} of {total} clips: the same command goes on from there.", file=sys.stderr)
        return 130
    asked = {_key(entry, name) for name, entry in itertools.product(names, settings)}
    return _conclude(choice, [row for row in rows if _key(row["settings"], row["scene"]) in asked], folder)


def choose(backend: str, model: str | None) -> Choice:
    from hybrid.backends import choose_backend

    return choose_backend(backend, model=model)


def told(settings: dict[str, float]) -> str:
    return ", ".join(f"{key} {value:g}" for key, value in settings.items())


def _result(row: dict[str, Any]) -> str:
    if row["score"] is None:
        return "not measured"
    return f"IoU {row['score']:.3f}, {'passed' if row['passed'] else 'failed'}"


def _key(settings: dict[str, float], scene: str) -> str:
    return scene + json.dumps(settings, sort_keys=True)


def _fingerprint(choice: Choice) -> str:
    assert choice.weights is not None
    return choice.weights.fingerprint


def _earlier(record: Path, made_with: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of an interrupted sweep. UserError when it was made with other weights, size, frames or steps, or is cut short."""
    if not record.is_file():
        return []
    try:
        found = json.loads(record.read_text(encoding="utf-8"))
        rows = list(found["rows"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{record} cannot be read: delete it, or choose another folder with -o.") from error
    for key, word in (("fingerprint", "weights"), ("size", "size"), ("frames", "frames"), ("steps", "steps")):
        if found.get(key) != made_with[key]:
            raise UserError(f"{record} holds a sweep of other {word}: choose another folder with -o, or delete it.")
    return rows


def _one(
    backend: str,
    model: str | None,
    name: str,
    settings: dict[str, float],
    folder: Path,
    *,
    size: str,
    frames: int | None,
    steps: int | None,
) -> dict[str, Any]:
    """One clip, made (or gone on with, where it was interrupted) and graded by the pipeline, beside the ceiling of the model's own VAE."""
    from generator.wan.resume import has_state
    from hybrid.pipeline import HybridPipeline
    from scenes.examples import load_example

    own = {key: int(value) if key == "dilate" else value for key, value in settings.items()}
    options: dict[str, Any] = {
        key: value for key, value in {"frames": frames, "steps": steps, **own}.items() if value is not None
    }
    place = folder / f"{name}_{'_'.join(f'{key}{value:g}' for key, value in settings.items())}"
    if has_state(place):
        clip = HybridPipeline.resume(place)
    else:
        clip = HybridPipeline(backend, model=model, tier="draft", **options)(
            load_example(name), size=size, output=place
        )
    found = clip.run.adherence
    if clip.path is None or found is None:
        return {
            "settings": settings,
            "scene": name,
            "score": None,
            "ceiling": None,
            "passed": False,
            "faults": ["not measured"],
        }
    ceiling = found["ceiling"] or found["preview"]
    return {
        "settings": settings, "scene": name, "score": found["score"], "ceiling": ceiling["iou_spacetime"], "passed": bool(found["passed"]),
        "faults": found["faults"], "center_error": found["clip"]["center_error"],
    }  # fmt: skip


def _conclude(choice: Choice, rows: list[dict[str, Any]], folder: Path) -> int:
    """Show the table, and keep the best settings when at least one clip passed with them."""
    from rich.console import Console
    from rich.table import Table

    from generator.wan.calibration import store_calibration

    assert choice.spec is not None
    best = ranked(rows)
    table = Table(title=f"{choice.spec.name}: settings by what they reach")
    for column in ("settings", "clips", "passed", "share of the ceiling"):
        table.add_column(column)
    for entry in best:
        table.add_row(
            told(entry["settings"]), str(entry["clips"]), f"{entry['passed']:.0%}", f"{entry['share_of_ceiling']:.3f}"
        )
    Console().print(table)
    if best[0]["passed"] == 0:
        print(
            f"No clip passed, so nothing is stored: the figures are in {folder}/calibration.json; try a larger --size, more --steps or other --weak and --strong."
        )
        return 3
    path = store_calibration(
        choice.spec.name, _fingerprint(choice), best[0]["settings"], evidence={"rows": rows, "ranked": best},
        why=f"best of {len(best)} settings on {best[0]['clips']} scenes: {best[0]['passed']:.0%} passed",
    )  # fmt: skip
    print(f"Stored in {path}: {told(best[0]['settings'])}")
    return 0
