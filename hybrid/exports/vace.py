"""Control videos for VACE (Jiang et al., 2025; Wan2.1-VACE and its Wan2.2 descendants), exactly as its own annotators would draw them."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from generator.passes import FramePasses
from generator.video import VideoWriter, open_video, write_video
from hybrid.exports import ExportOptions
from hybrid.exports.control import KINDS, control_picture
from hybrid.exports.png_file import write_png
from hybrid.exports.side_files import Recipe, write_readme
from hybrid.exports.sources import Window, clip_passes, clip_pictures, prompts_of, size_of, wan_window
from scenes.errors import UserError, did_you_mean
from scenes.files import write_text

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["asked_controls", "export", "write_controls"]

CRF = 8
ALL = (*KINDS, "gray")
ABOUT = {
    "depth": "inverse depth, each frame stretched from black (farthest) to white (nearest)",
    "flow": "optical flow in the colours of the Middlebury wheel, each frame by its own largest; the first frame twice, as VACE's annotator has one flow less than frames",
    "layout_bbox": "2 px rectangles around every mover, black on white",
    "layout_track": "3 px outlines of every mover, black on white",
    "pose": "people of COCO-18, limbs at 60 % brightness, with red and blue exchanged as VACE's annotator saves them",
    "scribble": "dark lines on white",
    "gray": "brightness with the weights that VACE's annotator has (0.114 red, 0.587 green, 0.299 blue)",
}


def asked_controls(options: ExportOptions, run: Run) -> tuple[str, ...]:
    """The asked controls, all when none are named; poses only where there are people. UserError for unknown ones."""
    for name in options.which:
        if name not in ALL:
            raise UserError(f"VACE has no control {name!r}{did_you_mean(name, ALL)}.")
    people = _has_people(run)
    return options.which or tuple(name for name in ALL if name != "pose" or people)


def _has_people(run: Run) -> bool:
    from generator.figures_mesh import known_species

    return any(
        body.kind == "figure" and known_species(body.species) in {"person", "child"}
        for body in run.scene.bodies.values()
    )


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    """Write `src_video_KIND.mp4` for each control, `src_mask.mp4` (white: all is to be made), `src_ref_image.png` and `prompt.txt`."""
    controls = asked_controls(options, run)
    window, files = write_controls(run, out, options, controls, prefix="src_video_")
    passes_size = size_of(run, options)
    white = np.full((passes_size[1], passes_size[0], 3), 255, dtype=np.uint8)
    write_video(out / "src_mask.mp4", (white for _ in range(len(window))), fps=window.fps, crf=CRF)
    write_png(out / "src_ref_image.png", next(clip_pictures(run, options, window)), level=6)
    write_text(out / "prompt.txt", prompts_of(run)[0] + "\n")
    recipes = [
        Recipe(f"src_video_{name}.mp4", f"H.264, uint8 (T, H, W, 3): {ABOUT[name]}.", f"import imageio.v3 as iio\nvalue = iio.imread('src_video_{name}.mp4')")
        for name in controls
    ] + [Recipe("src_mask.mp4", "White everywhere: every pixel is to be generated under the control.", "import imageio.v3 as iio\nvalue = iio.imread('src_mask.mp4') > 127")]  # fmt: skip
    facts = [
        window.said() + ".",
        'For VACE: python vace/vace_wan_inference.py --src_video src_video_depth.mp4 --src_mask src_mask.mp4 --prompt "$(cat prompt.txt)"',
    ]
    if passes_size[0] % 16 or passes_size[1] % 16:
        facts.append(
            f"{passes_size[0]} x {passes_size[1]} is no multiple of 16: the model resizes it; --size 832x480 needs no resizing."
        )
    readme = write_readme(out, "Control videos for VACE", recipes, facts)
    return [readme, *files, out / "src_mask.mp4", out / "src_ref_image.png", out / "prompt.txt"]


def write_controls(
    run: Run, out: Path, options: ExportOptions, controls: tuple[str, ...], *, prefix: str
) -> tuple[Window, list[Path]]:
    """Write a video of each control; returns the window of frames and the files."""
    window = wan_window(run, options)
    drawn = tuple(name for name in controls if name in KINDS)
    which = {part for name in drawn for part in KINDS[name]} | {"ids"}
    passes = clip_passes(run, options, tuple(which), window)
    with ExitStack() as stack:
        videos: dict[str, VideoWriter] = {
            name: stack.enter_context(open_video(out / f"{prefix}{name}.mp4", size=passes.size, fps=window.fps, crf=CRF)) for name in controls
        }  # fmt: skip
        draw = partial(_pictures, kinds=drawn, size=passes.size, movers=tuple(passes.movers))
        for index, pictures in enumerate(passes.map(draw)):
            for name, picture in pictures.items():
                if name == "flow":  # one flow less than frames: the first is shown twice, the last frame has none
                    if index == 0 and len(passes) > 1:
                        videos[name].write(picture)
                    if index == len(passes) - 1 and len(passes) > 1:
                        continue
                videos[name].write(picture)
            options.progress("controls", index + 1, len(passes))
        if "gray" in controls:
            for picture in clip_pictures(run, options, window):
                grey = picture.astype(np.float32) @ np.array([0.114, 0.587, 0.299], dtype=np.float32)
                videos["gray"].write(np.repeat((grey + 0.5).astype(np.uint8)[..., None], 3, axis=2))
    return window, [out / f"{prefix}{name}.mp4" for name in controls]


def _pictures(
    frame: FramePasses, kinds: tuple[str, ...], size: tuple[int, int], movers: tuple[int, ...]
) -> dict[str, NDArray[np.uint8]]:
    """The control pictures of a frame; drawn in the process that computed it."""
    return {kind: control_picture(kind, frame, size, movers) for kind in kinds}
