"""Calibrated guidance settings of a user's own weights: where they are kept, and the status word of a clip made with or without them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from generator.wan.embeddings import cache_folder
from scenes.errors import UserError
from scenes.files import write_text

__all__ = ["calibration_for", "calibration_path", "store_calibration"]

KEYS = ("sigma_weak", "sigma_strong", "shift", "dilate")


def calibration_path(backend: str) -> Path:
    """`calibration/NAME.json` beside the prompt embeddings (`HYBRID_CACHE`)."""
    return cache_folder().parent / "calibration" / f"{backend}.json"


def calibration_for(backend: str, fingerprint: str) -> dict[str, Any]:
    """{status, settings, ...} of a backend: "calibrated" only for the very weights that were swept, else "uncalibrated" and why."""
    path = calibration_path(backend)
    if not path.is_file():
        return {"status": "uncalibrated", "why": "no sweep was made on these weights", "settings": {}}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        settings = {key: found["settings"][key] for key in KEYS if key in found["settings"]}
        same = found["fingerprint"] == fingerprint
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"The calibration {path} cannot be read: delete it, and sweep again with `hybrid calibrate {backend}`."
        ) from error
    if not same:
        return {"status": "uncalibrated", "why": "the sweep was made on other weights", "settings": {}}
    return {
        "status": "calibrated",
        "why": found.get("why", ""),
        "settings": settings,
        "evidence": found.get("evidence"),
    }


def store_calibration(
    backend: str, fingerprint: str, settings: dict[str, Any], *, why: str = "", evidence: Any = None
) -> Path:
    """Keep the best settings of a sweep. Raises UserError for settings that guidance does not have."""
    unknown = [key for key in settings if key not in KEYS]
    if unknown:
        raise UserError(f"There is no calibrated setting {unknown[0]!r}; the choices are {', '.join(KEYS)}.")
    path = calibration_path(backend)
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = {"backend": backend, "fingerprint": fingerprint, "settings": settings, "why": why, "evidence": evidence}
    write_text(path, json.dumps(entry, ensure_ascii=False, indent=1) + "\n")
    return path
