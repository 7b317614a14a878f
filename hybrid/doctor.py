"""What this machine can run: required parts, optional ones, what is missing, how large it is and how to get it."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenes.errors import UserError

if TYPE_CHECKING:
    from hybrid.backends import Machine

__all__ = ["examine", "show_schedule"]

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
DISTRIBUTIONS = {"imageio_ffmpeg": "imageio-ffmpeg", "c2pa": "c2pa-python", "flash_attn": "flash-attn"}
VIDEO = ("torch", "diffusers", "transformers", "accelerate", "safetensors", "huggingface_hub")
OPTIONAL = {
    "peft": "the Lightning LoRA (--lightning)",
    "torchao": "8-bit experts (--memory int8)",
    "bitsandbytes": "4-bit experts (--memory nf4)",
    "flash_attn": "a faster attention (--attention flash)",
    "modelscope": "downloads from ModelScope (hybrid fetch NAME --from modelscope)",
    "c2pa": "signed clips (HYBRID_C2PA_CERT and HYBRID_C2PA_KEY)",
}


def examine() -> int:
    """Print the examination; 0 when the preview can run, 1 when a required part is missing."""
    from rich.console import Console

    console = Console()
    missing = _programs(console)
    here = _video(console)
    _closing(console, missing, here)
    return 1 if missing else 0


def _table(title: str, *columns: str) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _programs(console: Any) -> list[str]:
    """What the preview needs; returns what is missing."""
    table = _table("hybrid doctor", "part", "state", "what to do")
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

        table.add_row("ffmpeg", Path(ffmpeg_path()).name, "")
    except UserError as error:
        table.add_row("ffmpeg", "[red]missing[/]", str(error))
    table.add_row("processor cores", str(os.cpu_count()), "")
    table.add_row("free disk", f"{shutil.disk_usage('.').free / 1e9:.0f} GB", "")
    console.print(table)
    return missing


def _video(console: Any) -> Machine | None:
    """What the video models need and which of them can run; returns the machine when torch can tell it."""
    from generator.wan.specs import SPECS
    from hybrid.backends import INSTALL, machine, missing_packages

    absent = missing_packages()
    table = _table("video models", "part", "state", "what to do")
    for name in VIDEO:
        present = importlib.util.find_spec(name) is not None
        table.add_row(
            f"{name} [wan]",
            _version(name) if present else "not installed",
            "" if present else INSTALL.replace("[", "\\["),
        )
    for name, use in OPTIONAL.items():
        present = importlib.util.find_spec(name) is not None
        table.add_row(
            f"{name} (optional)",
            _version(DISTRIBUTIONS.get(name, name)) if present else "not installed",
            "" if present else f"for {use}",
        )
    here = None if absent else machine()
    if here is not None:
        state = (
            here.name
            if here.device == "cpu"
            else f"{here.name}, {(here.free or 0) / 1e9:.0f} of {(here.total or 0) / 1e9:.0f} GB free"
        )
        table.add_row(
            "graphics card",
            state if here.device != "cpu" else "no CUDA device",
            "" if here.device != "cpu" else "a video model needs an NVIDIA card",
        )
        if here.host is not None:
            table.add_row("free memory", f"{here.host / 1e9:.0f} GB", "")
    for spec in SPECS.values():
        state, todo = _model_state(spec, here)
        table.add_row(spec.name, state, todo)
    console.print(table)
    return here


def _model_state(spec: Any, here: Machine | None) -> tuple[str, str]:
    """Whether a model can run here, and what to do about it."""
    from generator.wan.weights import at_hand, check_weights
    from hybrid.backends import plan_for

    folder = at_hand(spec)
    if folder is None:
        return "no weights here", f"hybrid fetch {spec.name} (about {spec.download / 1e9:.0f} GB, {spec.licence})"
    try:
        weights = check_weights(folder, spec)
        if here is None:
            return f"weights in {folder}", "install the packages above"
        plan = plan_for(weights, here, size=spec.size, frames=spec.num_frames)
    except UserError as error:
        return f"weights in {folder}", str(error)
    return f"can run: {plan.preset}", plan.why


def _closing(console: Any, missing: list[str], here: Machine | None) -> None:
    from hybrid.backends import choose_backend, worth_fetching

    if missing:
        console.print(f"Missing: {', '.join(missing)}.")
        return
    choice = choose_backend("auto")
    console.print(
        f"--backend auto takes {choice.name}"
        + (f": {choice.why}." if choice.why else ".")
        + " The preview needs no weights and no GPU.",
        soft_wrap=True,
    )
    found = worth_fetching(here)
    if found is not None:
        spec, why = found
        console.print(
            f"The one download worth making here: hybrid fetch {spec.name}, about {spec.download / 1e9:.0f} GB ({why}).",
            soft_wrap=True,
        )
    elif here is None or here.device == "cpu":
        console.print("No download is worth making here: a video model needs an NVIDIA card.", soft_wrap=True)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "present"


# the schedule ---------------------------------------------------------------------------------------------------------------------------


def show_schedule(
    backend: str, *, steps: int | None = None, shift: float | None = None, boundary: float | None = None, guidance: str = "auto", sigma_weak: float | None = None,
    sigma_strong: float | None = None, lightning: bool = False, output: Path | None = None,
) -> int:  # fmt: skip
    """Print sigma, expert, guidance scale and action of every step, and write the plot to `output`. Needs no weights and no torch."""
    from rich.console import Console

    from generator.wan.choose import guidance_named
    from generator.wan.settings import Wishes, resolve
    from generator.wan.specs import PREVIEW, spec_of
    from scenes.scene import Prompt, Scene

    if backend == PREVIEW:
        raise UserError(
            "The preview has no denoising schedule: name a video model, for example --schedule wan2.2-t2v-a14b."
        )
    spec = spec_of(backend)
    wishes = Wishes(steps=steps, shift=shift, boundary=boundary, lightning=lightning)
    settings = resolve(
        spec, Scene(prompt=Prompt(video="a scene")), duration=(spec.num_frames - 1) / spec.fps, wishes=wishes
    )
    chosen = guidance_named(guidance, spec, painter=False, sigma_weak=sigma_weak, sigma_strong=sigma_strong)
    chosen.check(settings.sampling, None, spec)
    plan = chosen.schedule(settings.sampling)
    s = settings.sampling
    title = (
        f"{spec.name}: {s.steps} steps, shift {s.shift:g}, "
        + (f"boundary {s.boundary_ratio:g}, " if s.boundary_ratio else "one expert, ")
        + f"guidance {chosen.name}"
    )
    table = _table(title, "step", "sigma", "timestep", "expert", "scale", "action", "pinned")
    colors = {"skip": "dim", "enter": "cyan", "pin": "yellow", "free": ""}
    for step in plan:
        style = colors[step.action]
        row = (
            str(step.step),
            f"{step.sigma:.4f}",
            str(step.timestep),
            step.expert if spec.experts == 2 else "only",
            f"{step.guidance_scale:g}",
            step.action,
            ", ".join(step.pinned),
        )
        table.add_row(*(f"[{style}]{cell}[/]" if style and cell else cell for cell in row))
    console = Console()
    console.print(table)
    running = [step for step in plan if step.runs]
    counts = {expert: sum(step.expert == expert for step in running) for expert in ("high", "low")}
    told = f"{len(running)} of {len(plan)} steps run" + (
        f": {counts['high']} by the high-noise expert, {counts['low']} by the low-noise expert"
        if spec.experts == 2
        else ""
    )
    console.print(f"{told}; {sum(bool(step.pinned) for step in running)} pin something.")
    for note in settings.notes:
        console.print(f"- {note}", soft_wrap=True)
    if output is not None:
        plot_schedule(plan, output, title=title, boundary=s.boundary_ratio)
        console.print(f"Plot: {output}")
    return 0


def plot_schedule(plan: list[Any], path: Path, *, title: str, boundary: float | None) -> None:
    """Sigma over the steps: marks by expert, bands by action, and the boundary. PNG, SVG or PDF, by the ending."""
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise UserError(f"The plot {path.name} has the ending {path.suffix or '(none)'}: use .png, .svg or .pdf.")
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from scenes.files import write_atomically

    tints = {
        "skip": ("#e9e9ea", "skipped"),
        "enter": ("#bfe3ee", "render enters"),
        "pin": ("#ffe2a8", "movers pinned"),
        "free": ("#ffffff", "free"),
    }
    figure, axes = plt.subplots(figsize=(9, 4.2), dpi=130)
    seen: set[str] = set()
    for step in plan:
        action = "pin" if step.pinned and step.action == "enter" else step.action
        color, word = tints[action]
        axes.axvspan(
            step.step - 0.5,
            step.step + 0.5,
            color=color,
            lw=0,
            label=word if word not in seen and action != "free" else None,
        )
        seen.add(word)
    for expert, marker, color, word in (
        ("high", "o", "#1f4e79", "high-noise expert"),
        ("low", "s", "#b5482a", "low-noise expert"),
    ):
        points = [(step.step, step.sigma) for step in plan if step.expert == expert]
        if points:
            axes.plot(*zip(*points, strict=True), marker, ms=4, color=color, label=word if boundary else "the expert")
    axes.plot([step.step for step in plan], [step.sigma for step in plan], "-", lw=0.8, color="#555555", zorder=1)
    if boundary:
        axes.axhline(boundary, color="#777777", lw=1, ls="--")
        axes.text(
            len(plan) - 0.6,
            boundary + 0.012,
            f"boundary {boundary:g}",
            ha="right",
            va="bottom",
            fontsize=8,
            color="#555555",
        )
    axes.set(xlabel="step", ylabel="noise level sigma", xlim=(-0.5, len(plan) - 0.5), ylim=(0, 1.04), title=title)
    axes.title.set_fontsize(10)
    axes.legend(fontsize=8, loc="lower left", framealpha=0.95)
    figure.tight_layout()
    try:
        with write_atomically(path) as temporary:
            figure.savefig(temporary, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
    except OSError as error:
        raise UserError(
            f"The plot {path} cannot be written ({error.strerror}): choose another place with -o."
        ) from error
    finally:
        plt.close(figure)
