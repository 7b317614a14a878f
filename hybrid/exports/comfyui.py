"""A folder for ComfyUI: `input/` goes into its input folder, `workflows/` are opened in its window."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from generator.skeleton import drawn_skeletons
from generator.video import open_video
from hybrid.exports import ExportOptions
from hybrid.exports.comfyui_graphs import MODELS, vace_graph, wan_fun_graph, wan_i2v_graph, wan_move_graph
from hybrid.exports.masks import mover_masks
from hybrid.exports.png_file import write_png
from hybrid.exports.side_files import Recipe, write_json, write_readme
from hybrid.exports.sources import clip_passes, clip_pictures, prompts_of
from hybrid.exports.vace import asked_controls, write_controls
from hybrid.exports.wan_move import chosen_tracks
from scenes.files import write_text

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["export"]

CRF = 8
ALWAYS_SEEN = 0.9  # share of the frames: its track node takes no visibility, so points that hide are left out


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    """Write control videos, first frame, masks, tracks and prompts to `input/`, workflows to `workflows/`, and README.txt."""
    inputs, flows = out / "input", out / "workflows"
    inputs.mkdir()
    flows.mkdir()
    controls = asked_controls(options, run)
    if "depth" not in controls:
        controls = ("depth", *controls)  # the workflows start with it
    window, videos = write_controls(run, inputs, options, controls, prefix="hybrid_")
    passes = clip_passes(run, options, ("ids", "skeletons"), window)
    size, count = passes.size, len(passes)
    masks = mover_masks(passes, options)
    with ExitStack() as stack:
        clip = stack.enter_context(open_video(inputs / "hybrid_clip.mp4", size=size, fps=window.fps, crf=CRF))
        mask = stack.enter_context(open_video(inputs / "hybrid_mask.mp4", size=size, fps=window.fps, crf=CRF))
        for index, picture in enumerate(clip_pictures(run, options, window)):
            if index == 0:
                write_png(inputs / "hybrid_first_frame.png", picture, level=6)
            clip.write(np.ascontiguousarray(picture))
            mask.write(np.repeat(masks[index][..., None].astype(np.uint8) * 255, 3, axis=2))
            options.progress("videos", index + 1, count)
    made = [*videos, inputs / "hybrid_clip.mp4", inputs / "hybrid_mask.mp4", inputs / "hybrid_first_frame.png"]
    if "pose" in controls:  # workflows that are not VACE's want OpenPose's own colours
        with open_video(inputs / "hybrid_openpose.mp4", size=size, fps=window.fps, crf=CRF) as video:
            for frame in passes:
                video.write(drawn_skeletons(frame.skeletons or (), size))
        made.append(inputs / "hybrid_openpose.mp4")
    tracks = chosen_tracks(passes)
    lasting = np.flatnonzero(tracks.visible.mean(axis=0) >= ALWAYS_SEEN)
    xy = np.nan_to_num(tracks.xy[:, lasting], nan=-1.0)
    coordinates = json.dumps(
        [[{"x": round(float(x), 2), "y": round(float(y), 2)} for x, y in point] for point in xy.transpose(1, 0, 2)]
    )
    write_text(inputs / "hybrid_tracks.json", coordinates + "\n")
    prompt, negative = prompts_of(run)
    write_text(inputs / "hybrid_prompt.txt", prompt + "\n")
    write_text(inputs / "hybrid_negative_prompt.txt", negative + "\n")
    files = {"depth": "hybrid_depth.mp4", "first_frame": "hybrid_first_frame.png"}
    common = (files, prompt, negative, size, count, window.fps, run.seed)
    graphs = {
        "wan21_vace_depth": vace_graph(*common), "wan22_fun_control_depth": wan_fun_graph(*common), "wan22_image_to_video": wan_i2v_graph(*common),
        "wan_move_tracks": wan_move_graph(*common, coordinates),
    }  # fmt: skip
    for name, graph in graphs.items():
        made.append(write_json(flows / f"{name}.json", graph))
    made += [inputs / name for name in ("hybrid_tracks.json", "hybrid_prompt.txt", "hybrid_negative_prompt.txt")]
    readme = write_readme(out, "Control videos and workflows for ComfyUI", _recipes(), _facts(window.said(), size))
    return [readme, *made]


def _facts(said: str, size: tuple[int, int]) -> list[str]:
    lines = [
        said + ".", "",
        "1. Copy the files of input/ into ComfyUI/input.",
        "2. Drag a file of workflows/ into ComfyUI's window (they are in its API format and use its own nodes alone).",
        "3. Put these models where it looks for them, or choose your own in the loaders:",
        *(f"   models/{folder}/{name}" for folder, name in MODELS.values()),
        "4. Another control: choose another hybrid_*.mp4 in the node Load Video. VACE wants hybrid_pose.mp4 (its own colours), Fun Control",
        "   hybrid_openpose.mp4. The masks are white where something moves.",
        "Time-to-Move nodes (custom): hybrid_first_frame.png, hybrid_clip.mp4 as motion signal, hybrid_mask.mp4.",
    ]  # fmt: skip
    if size[0] % 16 or size[1] % 16:
        lines.append(f"{size[0]} x {size[1]} is no multiple of 16, which its nodes step by: --size 832x480 fits.")
    return lines


def _recipes() -> list[Recipe]:
    return [
        Recipe("input/hybrid_*.mp4", "H.264 control videos (T, H, W, 3) uint8; depth, flow, layouts, pose, scribble and gray as VACE draws them.", "import imageio.v3 as iio\nvalue = iio.imread('input/hybrid_depth.mp4')"),
        Recipe("input/hybrid_mask.mp4", "White (above 127) where something moves.", "import imageio.v3 as iio\nvalue = iio.imread('input/hybrid_mask.mp4')[..., 0] > 127"),
        Recipe("input/hybrid_tracks.json", "Points that are seen in at least 90 % of the frames: a list of points, each a list of x, y [px] for every frame.", "import json, numpy as np\ntracks = json.load(open('input/hybrid_tracks.json'))\nvalue = np.array([[(p['x'], p['y']) for p in point] for point in tracks])  # (N, T, 2)"),
    ]  # fmt: skip
