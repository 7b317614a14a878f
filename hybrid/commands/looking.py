"""A finished run, looked at, compared and edited: `inspect`, `diff`, `edit`, `plot`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from scenes.errors import UserError

__all__ = ["register"]

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def register(app: typer.Typer) -> None:
    for command in (inspect, diff, edit, plot):
        app.command()(command)


def inspect(
    folder: Folder,
    as_json: AsJson = False,
    plots: Annotated[
        Path | None,
        typer.Option("--plots", metavar="OUT", help="Also draw the plots into this folder, as PNG and SVG."),
    ] = None,
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Open it in the Rerun viewer; without a screen DIR/scene.rrd is written.")
    ] = False,
    rrd: Annotated[
        Path | None, typer.Option("--rrd", metavar="FILE", help="Write a Rerun recording, without opening the viewer.")
    ] = None,
    which: Annotated[
        str | None, typer.Option("--which", help="Passes to show in Rerun: depth, ids or both with a comma.")
    ] = None,
) -> int:
    """The story of a run in words and a table, with sparklines, audit and outcomes."""
    from hybrid.run import exit_status
    from hybrid.run_io import load_run
    from hybrid.story import story, story_data

    run = load_run(folder)
    if as_json:
        print(json.dumps(story_data(run), ensure_ascii=False, indent=1))
    else:
        from rich.console import Console

        Console().print(story(run))
    if plots is not None:
        _draw(run, plots, quiet=as_json)
    if rerun or rrd is not None:
        from hybrid.exports import ExportOptions
        from hybrid.exports.rerun_viewer import show

        passes = tuple(part.strip() for part in (which or "").split(",") if part.strip())
        print(show(run, ExportOptions(which=passes), file=rrd), file=sys.stderr if as_json else sys.stdout)
    elif which is not None:
        raise UserError("--which names passes for Rerun: add --rerun, or --rrd FILE.")
    return 0 if exit_status(run) in (0, 3) else 1


def diff(
    first: Annotated[Path, typer.Argument(metavar="A", help="Folder of a run.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Folder of another run.")],
    as_json: AsJson = False,
) -> int:
    """What differs between two runs: cause (values) beside effect (events)."""
    from hybrid.diff import diff_runs
    from hybrid.run_io import load_run

    found = diff_runs(load_run(first), load_run(second))
    if as_json:
        print(json.dumps(found.data(), ensure_ascii=False, indent=1))
    else:
        from rich.console import Console

        Console().print(found.for_terminal())
    return 0


def edit(
    folder: Folder,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for the new run; in place when not given.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Run the draft each time it is saved, with quick pictures, into DIR/draft.")
    ] = False,
    pictures: Annotated[bool, typer.Option("--pictures/--no-pictures", help="Draw the clip anew.")] = True,
) -> int:
    """Open the scene of a run in $EDITOR, check it, run what changed, and show the difference."""
    from rich.console import Console

    from hybrid.edit import edit_run, open_draft
    from hybrid.edit import watch as watch_run
    from hybrid.options import summary
    from hybrid.pipeline import HybridPipeline
    from hybrid.run_io import load_run

    old = load_run(folder)
    chinese = old.scene.language == "zh"
    if watch:
        if output is not None:
            raise UserError("--watch runs into DIR/draft: leave -o away.")
        draft = open_draft(folder)
        print(
            f"{'保存此文件即重新运行（Ctrl-C 结束）' if chinese else 'Save this file to run it (Ctrl-C ends)'}: {draft}"
        )
        console = Console()
        try:
            watch_run(
                folder, pipeline=HybridPipeline("preview", tier="draft", pictures=pictures), say=lambda sentence: print(sentence, file=sys.stderr),
                show=lambda clip, found: console.print(found.for_terminal()),
            )  # fmt: skip
        except KeyboardInterrupt:
            print(f"{'保留它' if chinese else 'To keep it'}: hybrid make {draft} -o {folder}")
        return 0
    drawn = pictures and old.clip_path is not None
    tier = old.record.tier if old.record is not None else "preview"
    done = edit_run(folder, pipeline=HybridPipeline("auto", tier=tier, pictures=drawn), output=output)
    if done is None:
        print("没有改动。" if chinese else "Nothing was changed.")
        return 0
    clip, found = done
    print(clip.ran)
    Console().print(found.for_terminal())
    return summary(clip.run)


def plot(
    folder: Folder,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for the plots; DIR/plots when not given.")
    ] = None,
    bodies: Annotated[
        list[str] | None, typer.Option("--body", help="Draw these bodies alone; may be given again.")
    ] = None,
    wide: Annotated[bool, typer.Option("--dark", help="Light lines on a dark ground.")] = False,
) -> int:
    """Plots for slides: heights beside the closed form, energies, temperatures beside the exact series, phase diagrams; PNG and SVG."""
    from hybrid.run_io import load_run

    _draw(load_run(folder), output or folder / "plots", bodies=bodies, dark=wide)
    return 0


def _draw(
    run: object, output: Path, *, quiet: bool = False, bodies: list[str] | None = None, dark: bool = False
) -> None:
    from hybrid.plots import write_plots
    from hybrid.run import Run

    assert isinstance(run, Run)
    written = write_plots(run, output, bodies=bodies, dark=dark)
    if not quiet:
        for path in written:
            print(path)
        if not written:
            zh = run.scene.language == "zh"
            print(
                "没有可画的内容：没有物体运动，也没有温度。"
                if zh
                else "There is nothing to plot: nothing moves and nothing has a temperature."
            )
