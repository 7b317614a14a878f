"""How well a clip follows its simulation: `grade`, and `calibrate`, which looks for the guidance that makes it follow best."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from hybrid.options import Quiet

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    for command in (grade, calibrate):
        app.command()(command)


def grade(
    clip: Annotated[Path, typer.Argument(metavar="CLIP.mp4", help="Any video of the scene, from any model.")],
    run: Annotated[Path, typer.Option("--run", metavar="DIR", help="Folder of the run that it should follow.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the grade as JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    vae: Annotated[Path | None, typer.Option("--vae", help="Model folder whose VAE sets the ceiling.")] = None,
    max_error: Annotated[
        float, typer.Option(help="Largest mean centre error that passes, in percent of the width.")
    ] = 3.0,
    min_iou: Annotated[float, typer.Option(help="Smallest mask IoU that passes.")] = 0.5,
    quiet: Quiet = False,
) -> int:
    """Measure a clip against a simulation: centres, masks, flow, missed and extra things, and the laws in its pixels."""
    import sys

    from generator.adherence import Limits
    from hybrid.grading import grade_clip, grade_table
    from hybrid.progress import ProgressBars
    from hybrid.run_io import load_run
    from scenes.files import write_text

    limits = Limits(center_error=max_error, iou=min_iou)
    loaded = load_run(run)
    with ProgressBars(enabled=not quiet and sys.stderr.isatty()) as bars:
        found = grade_clip(clip, loaded, limits=limits, vae=vae, progress=bars)
    data = found.as_dict()
    if output is not None:
        write_text(output, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    chinese = loaded.scene.language == "zh"
    if as_json:
        print(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        from rich.console import Console

        console = Console()
        console.print(grade_table(found, chinese=chinese))
        for note in found.notes:
            console.print(note, style="dim")
        verdict = {
            True: ("passed", "通过"),
            False: ("failed: " + "; ".join(found.faults), "未通过：" + "；".join(found.faults)),
            None: ("not measured: nothing moves", "未测量：没有运动"),
        }
        console.print(verdict[found.passed][chinese], style="bold")
    return 3 if found.passed is False else 0


def calibrate(
    backend: Annotated[str, typer.Argument(metavar="BACKEND", help="Such as wan2.2-t2v-a14b.")],
    model: Annotated[
        str | None, typer.Option("--model", help="Folder or hub id of the weights, when not the usual ones.")
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the table and the clips.")] = Path(
        "out/calibration"
    ),
    weak: Annotated[str, typer.Option(help="Values of sigma_weak to try.")] = "0.93,0.95,0.97",
    strong: Annotated[str, typer.Option(help="Values of sigma_strong to try.")] = "0.88,0.90,0.92",
    shift: Annotated[
        str | None, typer.Option(help="Values of the flow shift to try; the model's own when not given.")
    ] = None,
    dilate: Annotated[
        str | None, typer.Option(help="Tokens by which masks are widened, to try; the default when not given.")
    ] = None,
    scenes: Annotated[str | None, typer.Option(help="Names of examples; the six shipped ones when not given.")] = None,
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT in pixels.")] = "832x480",
    frames: Annotated[
        int | None, typer.Option(help="Frames of each clip, 4k+1; the model's own when not given.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Denoising steps; the model's own when not given.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be run, and stop.")] = False,
    quiet: Quiet = False,
) -> int:
    """Sweep the guidance on your own weights over shipped scenes, grade every clip, and keep the best settings."""
    from hybrid.calibrate import calibrate_backend

    return calibrate_backend(
        backend, model=model, output=output, weak=weak, strong=strong, shift=shift, dilate=dilate, scenes=scenes, size=size, frames=frames, steps=steps,
        dry_run=dry_run, quiet=quiet,
    )  # fmt: skip
