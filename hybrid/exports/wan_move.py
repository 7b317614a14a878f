"""Wan-Move (Chu et al., NeurIPS 2025): point tracks and their visibility as its `generate.py` loads them, with the first frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from generator.tracks import SurfacePoints, Tracks, mover_points, points_at
from hybrid.exports import ExportOptions
from hybrid.exports.png_file import write_png
from hybrid.exports.side_files import Recipe, write_readme
from hybrid.exports.sources import HeldPasses, clip_passes, clip_pictures, prompts_of, wan_window
from scenes.files import write_text

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["chosen_tracks", "export"]

STILL_POINTS = 24  # on what does not move, so that the model knows that it stays


def chosen_tracks(passes: HeldPasses) -> Tracks:
    """Tracks of points that are seen in the first frame, as Wan-Move needs them (it carries the first frame's features along): 16 on
    every mover and a few on what stands still."""
    buffer = passes.buffer
    movers = mover_points(buffer, passes.movers, count=16, frames=[0])
    first = buffer.frame(0, normals=False, albedo=False)
    width, height = passes.size
    rows, columns = np.mgrid[0.5:4, 0.5:6]
    pixels = (
        np.minimum(rows * height / 4, height - 1).astype(int) * width
        + np.minimum(columns * width / 6, width - 1).astype(int)
    ).ravel()
    still = pixels[~np.isin(first.ids.ravel()[pixels], list(passes.movers))]
    points = SurfacePoints.joined([movers, points_at(buffer, first, still[:STILL_POINTS])])
    return passes.tracks(points)


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    """Write `tracks.npy` float32 [T, N, 2] and `visibility.npy` bool [T, N] (pixels of `first_frame.png`), and `prompt.txt`."""
    window = wan_window(run, options)
    passes = clip_passes(run, options, ("ids",), window)
    tracks = chosen_tracks(passes)
    xy = np.nan_to_num(tracks.xy, nan=-1.0).astype(np.float32)
    np.save(out / "tracks.npy", xy)
    np.save(out / "visibility.npy", tracks.visible & np.isfinite(tracks.xy).all(axis=-1))
    options.progress("tracks", 1, 2)
    write_png(out / "first_frame.png", next(clip_pictures(run, options, window)), level=6)
    write_text(out / "prompt.txt", prompts_of(run)[0] + "\n")
    options.progress("tracks", 2, 2)
    width, height = passes.size
    recipes = [
        Recipe("tracks.npy", "float32 [T, N, 2]: x, y [px] of every point in every frame; a point of a body that is gone keeps its last place.", "import numpy as np\nvalue = np.load('tracks.npy')"),
        Recipe("visibility.npy", "bool [T, N]: whether the point is seen (tested against what lies nearer).", "import numpy as np\nvalue = np.load('visibility.npy')"),
        Recipe("first_frame.png", f"The picture that the points were chosen on, {width} x {height} uint8 sRGB.", "import imageio.v3 as iio\nvalue = iio.imread('first_frame.png')"),
    ]  # fmt: skip
    facts = [
        window.said() + ".", "For Wan-Move:",
        f"  python generate.py --task wan-move-i2v --size {min(width, height)}*{max(width, height)} --ckpt_dir Wan-Move-14B-480P --image first_frame.png "
        '--track tracks.npy --track_visibility visibility.npy --prompt "$(cat prompt.txt)"',
    ]  # fmt: skip
    readme = write_readme(out, "Point tracks for Wan-Move", recipes, facts)
    return [readme, *(out / name for name in ("tracks.npy", "visibility.npy", "first_frame.png", "prompt.txt"))]
