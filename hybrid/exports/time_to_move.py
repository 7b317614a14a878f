"""Time-to-Move (Singer et al., ICLR 2026): the four files of its examples."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from generator.video import open_video
from hybrid.exports import ExportOptions
from hybrid.exports.masks import mover_masks
from hybrid.exports.png_file import write_png
from hybrid.exports.side_files import Recipe, write_readme
from hybrid.exports.sources import clip_passes, clip_pictures, prompts_of, wan_window
from scenes.files import write_text

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["export"]

CRF = 6  # nearly lossless: a mask must come back as it was


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    """Write `first_frame.png`, `motion_signal.mp4` (the render), `mask.mp4` (white where something moves) and `prompt.txt`.

    Time-to-Move samples the first frame of each group of four for its latent mask, so each mask holds what the group covers: small
    fast bodies would vanish otherwise.
    """
    window = wan_window(run, options)
    passes = clip_passes(run, options, ("ids",), window)
    masks = mover_masks(passes, options)
    count = len(passes)
    with ExitStack() as stack:
        signal = stack.enter_context(open_video(out / "motion_signal.mp4", size=passes.size, fps=window.fps, crf=CRF))
        mask = stack.enter_context(open_video(out / "mask.mp4", size=passes.size, fps=window.fps, crf=CRF))
        for index, picture in enumerate(clip_pictures(run, options, window)):
            if index == 0:
                write_png(out / "first_frame.png", picture, level=6)
            signal.write(np.ascontiguousarray(picture))
            first, last = (0, 1) if index == 0 else (1 + (index - 1) // 4 * 4, min(count, 5 + (index - 1) // 4 * 4))
            covered = np.any([masks[k] for k in range(first, last)], axis=0)
            mask.write(np.repeat(covered[..., None].astype(np.uint8) * 255, 3, axis=2))
            options.progress("videos", index + 1, count)
    write_text(out / "prompt.txt", prompts_of(run)[0] + "\n")
    recipes = [
        Recipe("motion_signal.mp4", "The rendered motion, H.264, limited to the frames of the model.", "import imageio.v3 as iio\nvalue = iio.imread('motion_signal.mp4')  # (T, H, W, 3) uint8"),
        Recipe("mask.mp4", "White (above 127) where a mover is during the group of four frames that one latent frame holds.", "import imageio.v3 as iio\nvalue = iio.imread('mask.mp4')[..., 0] > 127"),
        Recipe("first_frame.png", "The first frame, uint8 sRGB.", "import imageio.v3 as iio\nvalue = iio.imread('first_frame.png')"),
    ]  # fmt: skip
    facts = [
        window.said() + ".",
        "For Time-to-Move: python run_wan.py --input-path . --output-path out.mp4 --tweak-index 3 --tstrong-index 7",
    ]
    readme = write_readme(out, "Motion signal for Time-to-Move", recipes, facts)
    return [readme, *(out / name for name in ("first_frame.png", "motion_signal.mp4", "mask.mp4", "prompt.txt"))]
