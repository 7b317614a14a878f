"""Text to scene to run to clip: `make`, `parse`, `plan`, `simulate`, `examples`, `schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hybrid.commands import video_options as video
from hybrid.options import (
    Fps,
    Library,
    Output,
    Quiet,
    Seconds,
    Seed,
    Sets,
    Slow,
    Text,
    pipeline_of,
    slowness_of,
    summary,
    use_library,
    values_of,
)  # fmt: skip
from scenes.errors import UserError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    for command in (
        make,
        parse,
        plan,
        simulate,
        examples,
        schema,
    ):
        app.command()(command)


def make(
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT_OR_SCENE.yaml", help="A scene in English or Chinese, or a scene file.")
    ] = None,
    output: Output = Path("out/clip"),
    backend: video.Backend = "auto",
    model: video.Model = None,
    seed: Seed = None,
    seconds: Seconds = None,
    size: Annotated[str | None, typer.Option(help="WIDTHxHEIGHT in pixels; 832x480, or the video model's own.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames per second; 16, or the video model's own.")] = None,
    set_: Sets = None,
    slow: Slow = None,
    draft: Annotated[bool, typer.Option("--draft", help="A quick look: ray casting instead of path tracing.")] = False,
    final: Annotated[bool, typer.Option("--final", help="More samples: slower, cleaner.")] = False,
    gif: Annotated[bool, typer.Option("--gif", help="Write clip.gif beside the mp4.")] = False,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core when not given.", min=1)] = None,
    input_: Annotated[
        Path | None, typer.Option("--input", help="JSON lines with id and text: many clips, one folder each.")
    ] = None,
    library: Library = None,
    guidance: video.Guidance = "auto", control: video.Control = "depth", sigma_weak: video.SigmaWeak = None, sigma_strong: video.SigmaStrong = None,
    dilate: video.Dilate = None, chunks: video.Chunks = "1",
    steps: video.Steps = None, guidance_scale: video.GuidanceScale = None, guidance_scale_2: video.GuidanceScale2 = None, shift: video.Shift = None,
    boundary: video.Boundary = None, frames: video.Frames = None, prompt: video.Prompt = None, negative_prompt: video.NegativePrompt = None,
    lightning: video.Lightning = False, lora: video.Lora = None, vram: video.Vram = None, memory: video.Memory = None, attention: video.Attention = None,
    compile: video.Compile = False, cache: video.Cache = None, cache_threshold: video.CacheThreshold = None, parallel: video.Parallel = 1,
    best_of: video.BestOf = 1, peek: video.Peek = 0, label: video.Label = False, time_oversample: video.Oversample = 1, align_contacts: video.Align = False,
    no_grade: video.NoGrade = False, resume: video.Resume = None,
    quiet: Quiet = False,
) -> int:  # fmt: skip
    """The whole job: read, plan, simulate, verify, render, report."""
    asked = {
        "guidance": guidance, "control": control, "sigma_weak": sigma_weak, "sigma_strong": sigma_strong, "dilate": dilate, "chunks": chunks, "steps": steps, "guidance_scale": guidance_scale,
        "guidance_scale_2": guidance_scale_2, "shift": shift, "boundary": boundary, "frames": frames, "prompt": prompt, "negative_prompt": negative_prompt,
        "lightning": lightning, "lora": lora, "vram": vram, "memory": memory, "attention": attention, "compile": compile, "cache": cache,
        "cache_threshold": cache_threshold, "parallel": parallel, "best_of": best_of, "peek": peek, "label": label, "time_oversample": time_oversample,
        "align_contacts": align_contacts, "grade": not no_grade,
    }  # fmt: skip
    if parallel > 1:
        from hybrid.parallel import check_started, follow, follows

        check_started(parallel)
        if follows():
            return follow()
    use_library(library)
    if draft and final:
        raise UserError("--draft and --final exclude each other: choose one.")
    if resume is not None:
        return go_on(resume, asked, workers=workers, quiet=quiet)
    tier = "draft" if draft else "final" if final else "preview"
    pipeline, bars = pipeline_of(backend, tier, workers, True, quiet, model=model, **asked)
    options: dict[str, Any] = {
        "seed": seed,
        "set": values_of(set_),
        "seconds": seconds,
        "size": size,
        "fps": fps,
        "slow": slowness_of(slow),
    }
    if input_ is not None:
        from hybrid.batch import make_many

        return make_many(pipeline, input_, output, options)
    if text is None:
        raise UserError("Give a text or a scene file, for example: hybrid make “a red ball falls on the floor” -o out.")
    try:
        with bars:
            clip = pipeline(text, output=output, **options)
    except KeyboardInterrupt:
        return broken_off(output)
    if gif and clip.path is not None:
        from generator.video import read_frames, write_video

        write_video(
            clip.path.with_suffix(".gif"), read_frames(clip.path), fps=clip.run.record.fps if clip.run.record else 16.0
        )
    return summary(clip.run)


def go_on(folder: Path, asked: dict[str, Any], *, workers: int | None, quiet: bool) -> int:
    """`make --resume DIR`: an interrupted clip from the step that was reached, with the options of then but for those given now."""
    from hybrid.diffusion import DiffusionOptions
    from hybrid.options import bars_of
    from hybrid.pipeline import HybridPipeline

    bars = bars_of(quiet)
    try:
        with bars:
            clip = HybridPipeline.resume(folder, workers=workers, progress=bars, **DiffusionOptions.of(asked).stated())
    except KeyboardInterrupt:
        return broken_off(folder)
    return summary(clip.run)


def broken_off(folder: Path) -> int:
    """What an interrupt left, and how to go on."""
    from hybrid.options import complain

    if (folder / "resume" / "state.json").is_file():
        step = json.loads((folder / "resume" / "state.json").read_text(encoding="utf-8"))
        piece = f"in chunk {step['about']['chunk'] + 1}, " if "chunk" in step["about"] else ""
        where = (
            f"before step {step['step'] + 1} of {step['total']}"
            if step["step"] < step["total"]
            else "after its last step"
        )
        return complain(f"Interrupted {piece}{where}: `hybrid make --resume {folder}` goes on from there.", 130)
    return complain("Interrupted; what was finished is kept.", 130)


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
    library: Library = None,
) -> int:
    """The scene of a text, as editable YAML."""
    use_library(library)
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
    slow: Slow = None, workers: Annotated[int | None, typer.Option(min=1)] = None, library: Library = None, quiet: Quiet = False,
) -> int:  # fmt: skip
    """Everything but the pictures."""
    use_library(library)
    pipeline, bars = pipeline_of("preview", "preview", workers, False, quiet)
    with bars:
        clip = pipeline(
            text, output=output, seed=seed, set=values_of(set_), seconds=seconds, fps=fps, slow=slowness_of(slow)
        )
    return summary(clip.run)


def examples() -> int:
    """The scenes that ship with the product; `hybrid make example:NAME` runs one."""
    from scenes.examples import example_names, load_example

    for name in example_names():
        scene = load_example(name)
        print(f"example:{name:<20} {scene.text or scene.title}")
    return 0


def schema() -> int:
    """The JSON Schema of a scene."""
    from scenes.scene import Scene

    print(json.dumps(Scene.model_json_schema(by_alias=True), ensure_ascii=False, indent=1))
    return 0
