"""Text to scene to run to clip: `make`, `parse`, `plan`, `simulate`, `schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hybrid.options import Fps, Output, Quiet, Seconds, Seed, Sets, Text, pipeline_of, summary, values_of
from scenes.errors import UserError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    for command in (
        make,
        parse,
        plan,
        simulate,
        schema,
    ):
        app.command()(command)


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
    pipeline, bars = pipeline_of(backend, "draft" if draft else "final" if final else "preview", workers, True, quiet)
    options: dict[str, Any] = {"seed": seed, "set": values_of(set_), "seconds": seconds, "size": size, "fps": fps}
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
    return summary(clip.run)


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


def simulate(
    text: Text, output: Output = Path("out/simulation"), seconds: Seconds = None, fps: Fps = 16.0, seed: Seed = None, set_: Sets = None,
    workers: Annotated[int | None, typer.Option(min=1)] = None, quiet: Quiet = False,
) -> int:  # fmt: skip
    """Everything but the pictures."""
    pipeline, bars = pipeline_of("preview", "preview", workers, False, quiet)
    with bars:
        clip = pipeline(text, output=output, seed=seed, set=values_of(set_), seconds=seconds, fps=fps)
    return summary(clip.run)


def schema() -> int:
    """The JSON Schema of a scene."""
    from scenes.scene import Scene

    print(json.dumps(Scene.model_json_schema(by_alias=True), ensure_ascii=False, indent=1))
    return 0
