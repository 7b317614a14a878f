"""What this machine can run: required parts, optional ones, what is missing, how large it is and how to get it."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version

__all__ = ["WEIGHTS", "examine", "weights_at_hand"]

REQUIRED = (
    "numpy",
    "scipy",
    "pydantic",
    "spacy",
    "jieba",
    "pybullet",
    "mitsuba",
    "pyoidn",
    "embreex",
    "imageio_ffmpeg",
    "trimesh",
    "cma",
)
DISTRIBUTIONS = {"imageio_ffmpeg": "imageio-ffmpeg"}
WEIGHTS = {
    "wan2.2-t2v-a14b": ("Wan-AI/Wan2.2-T2V-A14B-Diffusers", 69.0),
    "wan2.2-i2v-a14b": ("Wan-AI/Wan2.2-I2V-A14B-Diffusers", 69.0),
    "wan2.2-ti2v-5b": ("Wan-AI/Wan2.2-TI2V-5B-Diffusers", 22.0),
    "wan2.1-vace-1.3b": ("Wan-AI/Wan2.1-VACE-1.3B-diffusers", 16.0),
}  # hub id, about how large [GB]: transformers in bf16 and the text encoder


def weights_at_hand(hub_id: str) -> str | None:
    """The folder of downloaded weights in the hub cache, None when they are not there. Downloads nothing."""
    base = os.environ.get("HF_HUB_CACHE") or os.path.join(
        os.environ.get("HF_HOME", os.path.expanduser("~/.cache/huggingface")), "hub"
    )
    folder = os.path.join(base, "models--" + hub_id.replace("/", "--"), "snapshots")
    if not os.path.isdir(folder):
        return None
    found = sorted(
        os.path.join(folder, name)
        for name in os.listdir(folder)
        if os.path.isfile(os.path.join(folder, name, "model_index.json"))
    )
    return found[-1] if found else None


def examine() -> int:
    """Print the examination; 0 when the preview can run, 1 when a required part is missing."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title="hybrid doctor", title_justify="left")
    for column in ("part", "state", "what to do"):
        table.add_column(column, overflow="fold")
    table.add_row("Python", platform.python_version(), "")
    missing = []
    for name in REQUIRED:
        if importlib.util.find_spec(name) is None:
            missing.append(name)
            table.add_row(name, "[red]missing[/]", "make clip, or pip install hybrid-physics-video")
        else:
            table.add_row(name, _version(DISTRIBUTIONS.get(name, name)), "")
    if importlib.util.find_spec("mitsuba") is not None:
        from generator.preview import best_variant

        variant = best_variant()
        hint = "an LLVM library (for example libllvm19) makes it about twice as fast" if variant == "scalar_rgb" else ""
        table.add_row("preview renderer", f"Mitsuba {variant}", hint)
    try:
        from generator.video import ffmpeg_path

        table.add_row("ffmpeg", ffmpeg_path(), "")
    except Exception as error:
        table.add_row("ffmpeg", "[red]missing[/]", str(error))
    table.add_row("processor cores", str(os.cpu_count()), "")
    table.add_row("free disk", f"{shutil.disk_usage('.').free / 1e9:.0f} GB", "")
    for name in ("torch", "diffusers", "transformers"):
        present = importlib.util.find_spec(name) is not None
        table.add_row(
            f"{name} [wan]",
            _version(name) if present else "not installed",
            "" if present else "pip install 'hybrid-physics-video[wan]' -c constraints.txt",
        )
    for name, (hub_id, size) in WEIGHTS.items():
        at_hand = weights_at_hand(hub_id)
        table.add_row(f"weights {name}", at_hand or "not here", "" if at_hand else f"about {size:g} GB, {hub_id}")
    console.print(table)
    console.print(
        "The preview needs no weights and no GPU. Diffused clips by Wan2.2 are not part of this version: `--backend preview` is the clip."
        if not missing
        else f"Missing: {', '.join(missing)}."
    )
    return 1 if missing else 0


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "present"
