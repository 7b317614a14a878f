"""A clip graded against the run that guided it: files in, figures and words out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenes.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from generator.adherence import Grade, Limits
    from generator.adherence.truth import Truth
    from hybrid.run import Run

__all__ = ["grade_clip", "grade_frames", "grade_table", "preview_of", "vae_round_trip"]

Progress = Callable[[str, float, float], None]
SAME_RATIO, SAME_RATE = 0.02, 0.01  # sides' ratio (model sizes are rounded to tokens), and frames a second


def grade_clip(
    clip: str | Path,
    run: Run,
    *,
    limits: Limits | None = None,
    vae: str | Path | None = None,
    progress: Progress | None = None,
) -> Grade:
    """Grade a video file against a run. `vae` is a folder with a Wan VAE (diffusers layout), for the ceiling that it sets.

    A clip of another size is brought to that of the run's preview where its sides have the same ratio, and the grade notes it. UserError
    for a file that is no video, for sides of another ratio, or a run without anything that moves.
    """
    import numpy as np

    from generator.video import read_frames, video_size

    width, height, fps = video_size(clip)
    frames = np.stack(list(read_frames(clip)) or [np.zeros((height, width, 3), np.uint8)])
    notes = []
    preview = preview_of(run)
    wanted = video_size(preview)[:2] if preview is not None else (width, height)
    zh = run.scene.language == "zh"
    if wanted != (width, height):
        if abs(width / height - wanted[0] / wanted[1]) > SAME_RATIO * wanted[0] / wanted[1]:
            raise UserError(
                f"{clip} is {width}x{height} and the simulation was framed for {wanted[0]}x{wanted[1]}, another ratio of sides, so places "
                f"cannot be compared: crop it to that ratio, or run the scene again with --size {width}x{height}."
            )
        frames = _resized(frames, wanted)
        notes.append(
            f"片段由 {width}x{height} 缩放到 {wanted[0]}x{wanted[1]} 后再评" if zh
            else f"resized from {width}x{height} to {wanted[0]}x{wanted[1]}, the size of the run's preview, before it was graded"
        )  # fmt: skip
    if preview is None or abs(video_size(preview)[2] - fps) >= SAME_RATE:
        notes.append(
            f"手边没有每秒 {fps:g} 帧的预览：对照的画面重新画了草稿" if zh
            else f"no preview of {fps:g} frames a second lies in the run, so a draft was drawn to compare with"
        )  # fmt: skip
    found = grade_frames(run, frames, fps=fps, limits=limits, vae=vae, progress=progress)
    found.notes[:0] = notes
    return found


def preview_of(run: Run) -> Path | None:
    """The render of the simulation that a run's folder holds: `preview.mp4`, or a clip that no video model has painted."""
    if run.folder is None:
        return None
    names = ["preview.mp4"] + ([] if run.backend.get("diffusion") else ["clip.mp4"])
    return next((run.folder / name for name in names if (run.folder / name).is_file()), None)


def _resized(frames: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    import cv2
    import numpy as np

    way = cv2.INTER_AREA if size[0] < frames.shape[2] else cv2.INTER_CUBIC
    return np.stack([cv2.resize(frame, size, interpolation=way) for frame in frames]).astype(np.uint8)


def grade_frames(
    run: Run, frames: NDArray[np.uint8], *, fps: float, limits: Limits | None = None, vae: str | Path | None = None, progress: Progress | None = None
) -> Grade:  # fmt: skip
    """Grade frames (T, H, W, 3) uint8 against a run; its preview is taken from the folder where it has the same size and rate, and
    is otherwise drawn as a draft."""
    from generator.adherence import grade

    truth = _truth(run, frames, fps, progress)
    trip = vae_round_trip(vae) if vae is not None else None
    return grade(
        truth,
        frames,
        limits=limits,
        round_trip=trip,
        chinese=run.scene.language == "zh",
        seed=run.seed,
        progress=progress,
    )


def _truth(run: Run, frames: NDArray[np.uint8], fps: float, progress: Progress | None) -> Truth:
    import numpy as np

    from generator.adherence import truth_of
    from generator.preview import preview_frames
    from generator.video import read_frames, video_size

    size = (int(frames.shape[2]), int(frames.shape[1]))
    path = preview_of(run)
    if path is not None and video_size(path)[:2] == size and abs(video_size(path)[2] - fps) < SAME_RATE:
        return truth_of(run.scene, run.trace, np.stack(list(read_frames(path))), fps=fps, progress=progress)
    drawn = preview_frames(run.scene, run.trace, size=size, fps=fps, tier="draft")
    return truth_of(run.scene, run.trace, np.stack(list(drawn)), fps=fps, progress=progress)


def vae_round_trip(folder: str | Path) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    """What the video model's own codec leaves of frames: encode and decode, in pieces of 81 frames, sides cut to multiples of 16 and
    put back. UserError when there is no VAE in the folder or the packages of `[wan]` are missing."""
    place = Path(folder)
    place = place / "vae" if (place / "vae" / "config.json").is_file() else place
    if not (place / "config.json").is_file():
        raise UserError(
            f"There is no VAE in {folder}: give a model folder in diffusers layout, or its vae folder, which holds config.json and the weights."
        )
    try:
        import torch
        from diffusers import AutoencoderKLWan
    except ImportError as error:
        raise UserError(
            "The VAE's round trip needs torch and diffusers: pip install 'hybrid-physics-video[wan]'."
        ) from error

    def trip(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
        import numpy as np

        vae = AutoencoderKLWan.from_pretrained(str(place), torch_dtype=torch.float32)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        vae.to(device).eval()
        height, width = (side // 16 * 16 for side in frames.shape[1:3])
        out = frames.copy()
        with torch.no_grad():
            for start in range(0, len(frames), 81):
                part = frames[start : start + 81, :height, :width]
                held = np.concatenate([part, np.repeat(part[-1:], (1 - len(part)) % 4, axis=0)])
                video = torch.from_numpy(held.copy()).to(device).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
                back = vae.decode(vae.encode(video).latent_dist.mode()).sample[0].clamp(-1, 1)
                pixels = ((back.permute(1, 2, 3, 0) + 1) * 127.5).round().to(torch.uint8).cpu().numpy()
                out[start : start + len(part), :height, :width] = pixels[: len(part)]
        return out

    return trip


def grade_table(grade: Grade, *, chinese: bool = False) -> Any:
    """The grade as a rich table: the clip beside the preview, the ceiling and trajectories out of order."""
    from rich.table import Table

    zh = chinese
    columns = [
        ("clip", "片段"),
        ("preview (floor)", "预览（测量下限）"),
        ("after the VAE (ceiling)", "经编解码（上限）"),
        ("shuffled", "打乱轨迹"),
    ]
    table = Table(title="与模拟的一致程度" if zh else "Agreement with the simulation", show_lines=False)
    table.add_column("量" if zh else "measure")
    for english, chinese_name in columns:
        table.add_column(chinese_name if zh else english, justify="right")
    measured = (grade.clip, grade.preview, grade.ceiling, grade.shuffled)

    def row(english: str, chinese_name: str, value: Callable[[Any], Any], form: str) -> None:
        cells = ["" if m is None else ("—" if value(m) is None else format(value(m), form)) for m in measured]
        table.add_row(chinese_name if zh else english, *cells)

    row("mean centre error [% of width]", "中心平均偏差 [画宽 %]", lambda m: m.center_error, ".2f")
    row("mask IoU, space and time", "轮廓重合度（时空）", lambda m: m.iou_spacetime, ".3f")
    row("mask IoU, space", "轮廓重合度（空间）", lambda m: m.iou_space, ".3f")
    row("flow error inside masks [px]", "物体内光流误差 [px]", lambda m: m.flow_error, ".2f")
    row("background flow error [px]", "背景光流误差 [px]", lambda m: m.background_flow, ".3f")
    row("right order of overlaps", "遮挡次序正确率", lambda m: m.order, ".0%")
    row("missed movers", "缺失物体", lambda m: len(m.missed), "d")
    row("extra movers", "多余物体", lambda m: len(m.extra), "d")
    for law, own in zip(grade.laws, grade.preview_laws, strict=False):
        table.add_section()
        name = law.name
        table.add_row(
            f"g: {name} [m/s²] ({'模拟' if zh else 'simulated'} {_number(law.g_expected)})",
            _number(law.g),
            _number(own.g),
        )
        table.add_row(
            f"{'弹跳' if zh else 'bounces'}: {name} ({law.bounces_expected})",
            _number(law.bounces, "d"),
            _number(own.bounces, "d"),
        )
        expected = ", ".join(f"{e:.2f}" for e in law.restitution_expected)
        table.add_row(
            f"e: {name} ({expected})",
            ", ".join(f"{e:.2f}" for e in law.restitution) or "—",
            ", ".join(f"{e:.2f}" for e in own.restitution) or "—",
        )
    return table


def _number(value: float | int | None, form: str = ".2f") -> str:
    return "—" if value is None else format(value, form)
