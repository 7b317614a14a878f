"""The command line: `hybrid make | parse | plan | simulate | inspect | materials | doctor | schema`.

Exit status: 0 done and every asked outcome happened, 1 the run failed, 2 the input cannot be used, 3 done but an asked outcome did not
happen, was refused or needed a concession, 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scenes.errors import RunError, UserError

if TYPE_CHECKING:
    from hybrid.pipeline import HybridPipeline
    from hybrid.run import Run

__all__ = ["app", "main"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Described scenes to clips with integrated physics.",
)

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


def main() -> None:
    """Run the command line; a user's mistake is one sentence on standard error, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that has no tick still gets the rest
    try:
        code = app(standalone_mode=False)
        if code == 130:  # the command line library has caught the interrupt itself
            _complain("Interrupted; what was finished is kept.", 130)
        if sys.stdout is not None:
            sys.stdout.flush()
    except UserError as error:
        code = _complain(str(error), 2)
    except RunError as error:
        code = _complain(str(error), 1)
    except KeyboardInterrupt:
        code = _complain("Interrupted; what was finished is kept.", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has had enough; the work is done
        code = 0
    except MemoryError:
        code = _complain("Out of memory: fewer bodies, a smaller --size or fewer --seconds will fit.", 1)
    except OSError as error:
        code = _complain(
            f"A file could not be read or written ({error.strerror or error}): check the disk and the path {error.filename or ''}".rstrip()
            + ".",
            1,
        )
    except Exception as error:
        code = _usage(error)
    sys.exit(code if isinstance(code, int) else 0)


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


def _usage(error: Exception) -> int:
    """Click's own complaints (unknown option, missing argument) are one line too; anything else is a defect and says so."""
    import click

    if isinstance(error, click.exceptions.Abort):
        return _complain("Interrupted; what was finished is kept.", 130)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        print(error.format_message())
        return 2
    if isinstance(error, click.ClickException) or hasattr(error, "format_message"):
        sentence = error.format_message().rstrip(".")  # type: ignore[attr-defined]
        return _complain(f"{sentence}; see hybrid --help.", 2)
    if os.environ.get("HYBRID_DEBUG"):
        raise error
    return _complain(
        f"Internal error ({type(error).__name__}: {error}); HYBRID_DEBUG=1 shows where. Please report it with the text or scene.",
        1,
    )


def _pipeline(backend: str, tier: str, workers: int | None, pictures: bool, quiet: bool) -> tuple[HybridPipeline, Any]:
    from hybrid.pipeline import HybridPipeline
    from hybrid.progress import ProgressBars

    bars = ProgressBars(enabled=not quiet and sys.stderr.isatty())
    return HybridPipeline(backend, tier=tier, workers=workers, progress=bars, pictures=pictures), bars


def _values(sets: list[str] | None) -> dict[str, Any]:
    from scenes.paths import parse_assignment

    return dict(parse_assignment(text) for text in sets or [])


@app.command()
def make(
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT_OR_SCENE.yaml", help="A scene in English or Chinese, or a scene file.")
    ] = None,
    output: Output = Path("out/clip"),
    backend: Annotated[str, typer.Option(help="auto or preview.")] = "auto",
    seed: Seed = None,
    seconds: Seconds = None,
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT in pixels.")] = "832x480",
    fps: Fps = 16.0,
    set_: Sets = None,
    draft: Annotated[bool, typer.Option("--draft", help="A quick look: ray casting instead of path tracing.")] = False,
    final: Annotated[bool, typer.Option("--final", help="More samples: slower, cleaner.")] = False,
    gif: Annotated[bool, typer.Option("--gif", help="Write clip.gif beside the mp4.")] = False,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core when not given.", min=1)] = None,
    input_: Annotated[
        Path | None, typer.Option("--input", help="JSON lines with id and text: many clips, one folder each.")
    ] = None,
    quiet: Quiet = False,
) -> int:
    """The whole job: read, plan, simulate, verify, render, report."""
    if draft and final:
        raise UserError("--draft and --final exclude each other: choose one.")
    pipeline, bars = _pipeline(backend, "draft" if draft else "final" if final else "preview", workers, True, quiet)
    options: dict[str, Any] = {"seed": seed, "set": _values(set_), "seconds": seconds, "size": size, "fps": fps}
    if input_ is not None:
        from hybrid.batch import make_many

        return make_many(pipeline, input_, output, options)
    if text is None:
        raise UserError("Give a text or a scene file, for example: hybrid make “a red ball falls on the floor” -o out.")
    with bars:
        clip = pipeline(text, output=output, **options)
    if gif and clip.path is not None:
        from generator.video import read_frames, write_video

        write_video(clip.path.with_suffix(".gif"), read_frames(clip.path), fps=fps)
    return _summary(clip.run)


def _summary(run: Run) -> int:
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
        _complain(("物理审计未通过：" if chinese else "The physics audit failed: ") + (faults or "see report.html"), 1)
    return code


@app.command()
def parse(
    text: Annotated[str | None, typer.Argument(help="A scene in English or Chinese.")] = None,
    input_: Annotated[Path | None, typer.Option("--input", help="JSON lines with id and text.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="JSON lines with the frames.")] = None,
) -> int:
    """What the text says, as a frame: entities, events, relations, environment."""
    if (text is None) == (input_ is None):
        raise UserError("Give one of a text and --input PROMPTS.jsonl.")
    if text is not None:
        from planner import read

        line = json.dumps(read(text).model_dump(mode="json"), ensure_ascii=False, indent=None if output else 1)
        if output is None:
            print(line)
        else:
            from scenes.files import write_text

            write_text(output, line + "\n")
        return 0
    from hybrid.batch import parse_many

    assert input_ is not None
    return parse_many(input_, output)


@app.command()
def plan(
    text: Text,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Scene file; standard output when not given.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Every element with its status word, what was assumed, and advice.")
    ] = False,
) -> int:
    """The scene of a text, as editable YAML."""
    from planner import plan as plan_text
    from scenes.files import prepare_folder, write_text

    if output is not None and output.is_dir():
        raise UserError(f"{output} is a folder: name the file, for example -o {output}/scene.yaml.")
    scene = plan_text(text)
    if output is not None:
        if output.parent != Path("."):
            prepare_folder(output.parent)
        write_text(output, scene.to_yaml())
    elif not explain:
        print(scene.to_yaml(), end="")
    if explain:
        from hybrid.explain import explain_scene

        explain_scene(scene)
    return 3 if any(element.status == "refused" for element in scene.elements.values()) else 0


@app.command()
def simulate(
    text: Text, output: Output = Path("out/simulation"), seconds: Seconds = None, fps: Fps = 16.0, seed: Seed = None, set_: Sets = None,
    workers: Annotated[int | None, typer.Option(min=1)] = None, quiet: Quiet = False,
) -> int:  # fmt: skip
    """Everything but the pictures."""
    pipeline, bars = _pipeline("preview", "preview", workers, False, quiet)
    with bars:
        clip = pipeline(text, output=output, seed=seed, set=_values(set_), seconds=seconds, fps=fps)
    return _summary(clip.run)


@app.command()
def inspect(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """The story of a run in words and a table."""
    from hybrid.run import exit_status
    from hybrid.run_io import load_run
    from hybrid.story import story, story_data

    run = load_run(folder)
    if as_json:
        print(json.dumps(story_data(run), ensure_ascii=False, indent=1))
    else:
        from rich.console import Console

        Console().print(story(run))
    return 0 if exit_status(run) in (0, 3) else 1


@app.command()
def materials(
    name: Annotated[str | None, typer.Argument(help="A material, in English or Chinese; all when not given.")] = None,
) -> int:
    """The material library: values with ranges, sources, and whether they were checked or recalled."""
    from hybrid.explain import show_material, show_materials

    return show_material(name) if name else show_materials()


@app.command()
def schema() -> int:
    """The JSON Schema of a scene."""
    from scenes.scene import Scene

    print(json.dumps(Scene.model_json_schema(by_alias=True), ensure_ascii=False, indent=1))
    return 0


@app.command()
def doctor() -> int:
    """What can run on this machine, what is missing, how large it is, and how to get it."""
    from hybrid.doctor import examine

    return examine()


if __name__ == "__main__":
    main()
