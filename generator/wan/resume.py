"""A state that a broken-off run goes on from: latents, solver memory, settings and the reference, in DIR/resume/."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.guidance.base import StepReport
from scenes.errors import UserError
from scenes.files import write_atomically, write_text

__all__ = [
    "ResumeState",
    "clear",
    "has_state",
    "load_chunk",
    "load_state",
    "save_chunk",
    "save_reference_frames",
    "save_state",
]

FOLDER = "resume"


@dataclass
class ResumeState:
    """`about` is what must be the same again (backend, weights, guidance, settings, seed); `step` is the next of the full schedule;
    `latents` its input, `solver` the scheduler's memory; `stage` "clip", or "still" while a first frame was painted."""

    about: dict[str, Any]
    step: int
    total: int
    stage: str
    latents: Any
    solver: dict[str, Any]
    frames: NDArray[np.uint8] | None = field(default=None, repr=False)

    @staticmethod
    def of(report: StepReport, about: dict[str, Any]) -> ResumeState:
        return ResumeState(
            about,
            report.step + 1,
            report.total,
            report.stage,
            report.latents.detach().to("cpu").clone(),
            report.scheduler_state(),
        )


def _flattened(value: Any, path: str, tensors: dict[str, Any]) -> Any:
    """Plain JSON of a nested state, with tensors moved to `tensors` and named by their path."""
    if hasattr(value, "detach"):
        tensors[path] = value.detach().to("cpu").contiguous().clone()
        return {"tensor": path}
    if isinstance(value, list | tuple):
        return {"list": [_flattened(item, f"{path}.{k}", tensors) for k, item in enumerate(value)]}
    if isinstance(value, dict):
        return {"dict": {key: _flattened(item, f"{path}.{key}", tensors) for key, item in value.items()}}
    return {"plain": value}


def _restored(value: dict[str, Any], tensors: dict[str, Any]) -> Any:
    if "tensor" in value:
        return tensors[value["tensor"]]
    if "list" in value:
        return [_restored(item, tensors) for item in value["list"]]
    if "dict" in value:
        return {key: _restored(item, tensors) for key, item in value["dict"].items()}
    return value["plain"]


def has_state(folder: Path) -> bool:
    return (folder / FOLDER / "state.json").is_file() and (folder / FOLDER / "state.safetensors").is_file()


def save_state(folder: Path, state: ResumeState) -> Path:
    """Write `state.safetensors` and then `state.json`, which names it; each whole or not at all."""
    from safetensors.torch import save_file

    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, Any] = {"latents": state.latents.detach().to("cpu").contiguous().clone()}
    solver = _flattened(state.solver, "solver", tensors)
    with write_atomically(place / "state.safetensors") as temporary:
        save_file(tensors, str(temporary), metadata={"step": str(state.step)})
    about = {
        "schema": 1,
        "step": state.step,
        "total": state.total,
        "stage": state.stage,
        "about": state.about,
        "solver": solver,
    }
    write_text(place / "state.json", json.dumps(about, ensure_ascii=False, indent=1) + "\n")
    return place


def save_reference_frames(folder: Path, frames: NDArray[np.uint8]) -> None:
    """Keep the reference's frames (T, H, W, 3) without loss: a video file would change them."""
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    with write_atomically(place / "frames.npy") as temporary:
        np.save(temporary, frames)


def save_chunk(folder: Path, chunk: int, frames: NDArray[np.uint8]) -> None:
    """Keep the frames of a finished chunk as they were made."""
    place = folder / FOLDER / f"chunk-{chunk:03d}.npy"
    place.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(place) as temporary, temporary.open("wb") as file:
        np.save(file, frames)


def load_chunk(folder: Path, chunk: int) -> NDArray[np.uint8]:
    """The frames of a finished chunk. UserError when they are gone."""
    place = folder / FOLDER / f"chunk-{chunk:03d}.npy"
    try:
        found: NDArray[np.uint8] = np.load(place, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise UserError(f"The finished chunk {place} cannot be read: delete {place.parent} and run again.") from error
    return found


def load_state(folder: Path) -> ResumeState:
    """The state of a folder. UserError when there is none, or it is broken."""
    from safetensors import SafetensorError, safe_open

    place = folder / FOLDER
    if not has_state(folder):
        raise UserError(
            f"The folder {folder} holds no interrupted run to go on with: `hybrid make TEXT -o {folder}` starts one."
        )
    try:
        data = json.loads((place / "state.json").read_text(encoding="utf-8"))
        with safe_open(str(place / "state.safetensors"), framework="pt") as file:
            tensors = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118  # no mapping
            step = int((file.metadata() or {}).get("step", -1))
        if step != data["step"]:
            raise ValueError("its two files are of different steps")
        frames = np.load(place / "frames.npy", allow_pickle=False) if (place / "frames.npy").is_file() else None
        return ResumeState(
            data["about"],
            int(data["step"]),
            int(data["total"]),
            str(data["stage"]),
            tensors["latents"],
            _restored(data["solver"], tensors),
            frames,
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise UserError(
            f"The interrupted run in {place} cannot be read ({error}): delete that folder and run again."
        ) from error


def clear(folder: Path) -> None:
    """Remove the state of a run that has finished."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
