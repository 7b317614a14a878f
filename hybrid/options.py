"""Options, values and the closing lines that the commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hybrid.pipeline import HybridPipeline
    from hybrid.run import Run

__all__ = [
    "Fps",
    "Output",
    "Quiet",
    "Seconds",
    "Seed",
    "Sets",
    "Text",
    "complain",
    "pipeline_of",
    "summary",
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
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bars.")]


def complain(sentence: str, code: int) -> int:
    """Print one sentence on standard error and return the exit status."""
    print(sentence, file=sys.stderr)
    return code


def pipeline_of(
    backend: str, tier: str, workers: int | None, pictures: bool, quiet: bool
) -> tuple[HybridPipeline, Any]:
    from hybrid.pipeline import HybridPipeline
    from hybrid.progress import ProgressBars

    bars = ProgressBars(enabled=not quiet and sys.stderr.isatty())
    return HybridPipeline(backend, tier=tier, workers=workers, progress=bars, pictures=pictures), bars


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
    if run.folder is not None:
        parts = [
            name for name in ("clip.mp4", "report.html", "scene.yaml", "trace.npz") if (run.folder / name).is_file()
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
