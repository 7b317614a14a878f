"""ProRes 4444 for editors: the clip, the movers cut out, and a matte of each, at 24 frames per second of simulated time."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from generator.passes import FramePasses
from generator.video import ffmpeg_path
from hybrid.exports import ExportOptions
from hybrid.exports.side_files import Recipe, write_readme
from hybrid.exports.sources import clip_passes, clip_pictures, whole_window
from scenes.errors import RunError, UserError, did_you_mean

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["export", "open_prores"]

FILM = 24.0  # frames per second
TIERS = ("draft", "preview", "final")
MATTES = 12  # of single movers; a pile of many fragments has one matte together


@contextmanager
def open_prores(path: Path, *, size: tuple[int, int], fps: float) -> Iterator[subprocess.Popen[bytes]]:
    """An encoder that takes RGBA frames on its input. RunError when it fails (a full disk)."""
    command = [
        ffmpeg_path(), "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{size[0]}x{size[1]}", "-r", f"{fps:g}", "-i", "-",
        "-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le", "-alpha_bits", "16", "-vendor", "apl0", "-colorspace", "bt709",
        "-color_primaries", "bt709", "-color_trc", "bt709", "-vf", "scale=out_color_matrix=bt709", str(path),
    ]  # fmt: skip
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
        )
        try:
            yield process
            assert process.stdin is not None
            process.stdin.close()
            if process.wait():
                log.seek(0)
                told = log.read().decode("utf-8", "replace").strip().splitlines()[-1:] or ["the encoder gave no reason"]
                raise RunError(f"The film {path.name} could not be written: {told[0]}.")
        except BrokenPipeError as error:
            process.wait()
            log.seek(0)
            told = log.read().decode("utf-8", "replace").strip().splitlines()[-1:] or [str(error)]
            raise RunError(f"The film {path.name} could not be written: {told[0]}.") from error
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    """Write `clip.mov` (opaque), `movers.mov` (the movers alone, their matte as alpha) and `matte_NAME.mov` (white, the matte as
    alpha). Every frame is the simulation at that instant; nothing is interpolated between pictures. `--which preview` or `final`
    renders it anew by path tracing where the run's own clip has another rate; a draft otherwise."""
    for name in options.which:
        if name not in TIERS:
            raise UserError(
                f"The ProRes export knows no part {name!r}{did_you_mean(name, TIERS)}: --which names the tier of the rendering."
            )
    window = whole_window(run, options, fps=FILM)
    passes = clip_passes(run, options, ("ids",), window)
    size = passes.size
    movers = passes.movers
    single = dict(list(movers.items())[:MATTES]) if len(movers) <= MATTES else {}
    every = tuple(movers)
    names = [f"matte_{name.replace('/', '.')}" for name in single.values()]
    with ExitStack() as stack:
        films = {
            name: stack.enter_context(open_prores(out / f"{name}.mov", size=size, fps=window.fps)) for name in ["clip", "movers", *names]
        }  # fmt: skip

        def put(name: str, picture: NDArray[np.uint8], alpha: Any) -> None:
            rgba = np.empty((size[1], size[0], 4), dtype=np.uint8)
            rgba[..., :3], rgba[..., 3] = picture, np.multiply(alpha, 255).astype(np.uint8)
            source = films[name].stdin
            assert source is not None
            source.write(rgba.data)

        pictures = clip_pictures(run, options, window, tier=(options.which or ("draft",))[0])
        for index, (packed, picture) in enumerate(
            zip(passes.map(partial(_mattes, columns=every)), pictures, strict=True)
        ):
            stacked = np.unpackbits(packed, axis=1, count=size[0] * size[1]).astype(bool).reshape(-1, size[1], size[0])
            put("clip", picture, 1)
            put("movers", picture, stacked.any(axis=0) if len(stacked) else np.zeros(picture.shape[:2], dtype=bool))
            for name, matte in zip(names, stacked, strict=False):
                put(name, np.full_like(picture, 255), matte)
            options.progress("film", index + 1, len(passes))
    recipes = [
        Recipe("clip.mov", "The rendered clip, ProRes 4444 (10 bit, BT.709).", "import imageio.v3 as iio\nvalue = iio.imread('clip.mov')"),
        Recipe("movers.mov, matte_NAME.mov", "What moves, with its matte as straight alpha; white with the matte of one mover as alpha. An editor reads the alpha; ffmpeg gives it with -vf alphaextract.", "import subprocess, numpy as np, imageio_ffmpeg\ncommand = [imageio_ffmpeg.get_ffmpeg_exe(), '-loglevel', 'error', '-i', 'movers.mov', '-vf', 'alphaextract', '-pix_fmt', 'gray', '-f', 'rawvideo', '-']\nraw = subprocess.run(command, capture_output=True).stdout\n" + f"value = np.frombuffer(raw, np.uint8).reshape(-1, {size[1]}, {size[0]}) > 127"),
    ]  # fmt: skip
    facts = [
        window.said() + ".",
        "Each frame is computed at its own instant of simulated time, not interpolated between other frames.",
    ]
    if movers and not single:
        facts.append(f"{len(movers)} bodies move: they share the matte of movers.mov.")
    readme = write_readme(out, "ProRes 4444 for editors", recipes, facts)
    return [readme, *(out / f"{name}.mov" for name in ["clip", "movers", *names])]


def _mattes(frame: FramePasses, columns: tuple[int, ...]) -> NDArray[np.uint8]:
    """Masks of bodies (N, H W / 8) as bits."""
    assert frame.ids is not None
    flat = frame.ids.ravel()
    if not columns:
        return np.zeros((0, (flat.size + 7) // 8), dtype=np.uint8)
    if len(columns) > MATTES:
        return np.packbits(np.isin(flat, columns)[None], axis=1)
    return np.packbits(np.stack([flat == column for column in columns]), axis=1)
