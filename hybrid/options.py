"""Options, values and the closing lines that the commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scenes.errors import UserError

if TYPE_CHECKING:
    from hybrid.pipeline import HybridPipeline
    from hybrid.run import Run

__all__ = [
    "Fps",
    "Library",
    "Output",
    "Quiet",
    "Seconds",
    "Seed",
    "Sets",
    "Slow",
    "Text",
    "bars_of",
    "complain",
    "pipeline_of",
    "slowness_of",
    "summary",
    "use_library",
    "values_of",
]

Text = Annotated[
    str, typer.Argument(metavar="TEXT_OR_SCENE.yaml", help="A scene in English or Chinese, or a scene file.")
]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder for the files.")]
Seed = Annotated[int | None, typer.Option(help="Seed of the run.", min=0)]
Seconds = Annotated[
    float | None, typer.Option(help="Simulated seconds; chosen from the asked outcomes when not given.")
]
Fps = Annotated[float, typer.Option(help="Frames per second.")]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Set any value of the scene, e.g. materials.rubber.restitution=0.6."
    ),
]
Slow = Annotated[
    str | None,
    typer.Option(
        metavar="8x",
        help="Slow motion: record and show this many times finer; every frame is simulated, none interpolated.",
    ),
]
Library = Annotated[
    list[Path] | None,
    typer.Option(
        "--library",
        "--materials",
        metavar="PATH",
        help="Materials, objects and verbs of your own: a YAML file or a folder; may be given again.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bars.")]


def complain(sentence: str, code: int) -> int:
    """Print one sentence on standard error and return the exit status."""
    print(sentence, file=sys.stderr)
    return code


def bars_of(quiet: bool) -> Any:
    """Progress bars on a terminal."""
    from hybrid.progress import ProgressBars

    return ProgressBars(enabled=not quiet and sys.stderr.isatty())


def pipeline_of(
    backend: str, tier: str, workers: int | None, pictures: bool, quiet: bool, *, model: str | None = None, **asked: Any
) -> tuple[HybridPipeline, Any]:
    from hybrid.pipeline import HybridPipeline

    bars = bars_of(quiet)
    return HybridPipeline(
        backend, tier=tier, workers=workers, progress=bars, pictures=pictures, model=model, **asked
    ), bars


def slowness_of(text: str | None) -> float | None:
    """The factor of `--slow`: "8x", "8" or "1/8". UserError for anything else."""
    if text is None:
        return None
    said = text.strip().lower().removesuffix("x").removesuffix("×").removesuffix("倍").strip()
    try:
        top, _, bottom = said.partition("/")
        value = float(bottom) / float(top) if bottom else float(said)
    except (ValueError, ZeroDivisionError):
        value = 0.0
    if not 0 < value <= 1000:
        raise UserError(
            f"--slow {text} is no factor of slow motion: write for example --slow 8x, above 0 and at most 1000."
        )
    return value


def use_library(paths: list[Path] | None) -> None:
    """Put libraries of the user's own in use, and say what they change. UserError for one that cannot be used."""
    if paths:
        from scenes.own import use_libraries

        said = use_libraries(paths)
        from planner.lexicon.verbs import verbs

        verbs()  # a verb that is like none is told before anything runs
        for sentence in said:
            complain(sentence, 0)


def values_of(sets: list[str] | None) -> dict[str, Any]:
    from scenes.paths import parse_assignment

    return dict(parse_assignment(text) for text in sets or [])


def summary(run: Run) -> int:
    """What happened, in a few lines, and the exit status."""
    from hybrid.run import exit_status

    chinese = run.scene.language == "zh"
    for outcome in run.outcomes:
        mark = "✓" if outcome.happened and not outcome.concession else "✗" if not outcome.happened else "≈"
        print(f"{mark} {outcome.asked or outcome.name}: {outcome.evidence}")
        if outcome.concession:
            print(f"  {outcome.text}")
    for advice in run.scene.advice:
        print(f"- {advice}")
    if run.backend.get("diffusion"):
        print(f"- {run.backend.get('label', '')} ({run.backend.get('why', '')})")
        for note in run.backend.get("notes", ()):
            print(f"- {note}")
    if run.folder is not None:
        parts = [
            name
            for name in ("clip.mp4", "preview.mp4", "report.html", "scene.yaml", "trace.npz")
            if (run.folder / name).is_file()
        ]
        print(f"{'文件' if chinese else 'Files'}: {run.folder}/ ({', '.join(parts)})")
    code = exit_status(run)
    if code == 1:
        audit = run.trace.meta.get("audit", {})
        faults = "; ".join(
            str(check.get("evidence") or check.get("name"))
            for check in audit.get("checks", [])
            if not check.get("passed", True)
        )
        complain(("物理审计未通过：" if chinese else "The physics audit failed: ") + (faults or "see report.html"), 1)
    return code
