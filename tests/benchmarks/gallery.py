"""The contact sheet of `docs/gallery.png`: one moment of twelve scenes, written in English and Chinese, planned, simulated and rendered.

Run: `python -m tests.benchmarks.gallery [-o docs/gallery.png] [--size 480x270] [--tier preview] [--only 1,4] [--frames-to DIR]`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

# Text, and the moment: a number of seconds, "end", or the event after which so many seconds have passed.
SCENES: tuple[tuple[str, Any], ...] = (
    ("Close-up: a wine glass falls off a table and shatters on the floor", ("broken", 0.1)),
    ("一根铁棒的左端被火焰加热", "end"),
    ("A red ball hits a brown rabbit on the grass", ("contact", 0.1)),
    ("A red car drives past a house", 1.1),
    ("Five adults stand in a circle in a park", 0.5),
    ("A dog runs up a hill", 2.4),
    ("月球上，一个金球从1米高处落到地面", 0.6),
    ("Underwater, a red steel ball rolls over the sandy sea floor, close-up", 0.6),
    ("球撞倒积木塔", ("contact", 0.1)),
    ("Three steel balls roll down a wooden ramp, close-up", 0.9),
    ("跟拍：一个人在公园的草地上跑步", 1.2),
    ("五块木质多米诺骨牌依次倒下", 0.55),
)
LARGEST = 1_450_000  # bytes


def moment(when: Any, scene: Any, trace: Any) -> float:
    if when == "end":
        return float(trace.duration)
    if isinstance(when, tuple):
        kind, later = when
        fragments = [n for n in trace.names if getattr(scene.bodies.get(n), "parent", None)]
        if kind == "broken" and fragments:
            born = trace.alive[:, trace.index(fragments[0])].argmax()
            return min(float(trace.time[born]) + later, trace.duration)
        hits = [c.t_start for c in trace.contacts if c.speed_before > 0.5]
        return min((min(hits) if hits else 0.5 * trace.duration) + later, trace.duration)
    return min(float(when), trace.duration)


def picture(text: str, when: Any, size: tuple[int, int], tier: str) -> np.ndarray:
    """The frame (H, W, 3) of a text at its moment."""
    from generator.preview import _job
    from generator.renderer import Renderer
    from hybrid.fonts import font_path
    from hybrid.pipeline import HybridPipeline

    pipeline = HybridPipeline(pictures=False)
    run = pipeline.simulate(pipeline.plan(text))
    font = font_path()
    job, _ = _job(run.scene, run.trace, size, None, tier, None, None, str(font) if font else None)
    index = int(np.abs(job.times - moment(when, job.scene, run.trace)).argmin())
    print(f"{text}: {job.times[index]:.2f} s; {job.camera.why}", flush=True)
    found = Renderer(job).frame(index)
    return found


def sheet(frames: list[np.ndarray], texts: list[str], columns: int = 3) -> Any:
    from PIL import Image, ImageDraw, ImageFont

    from hybrid.fonts import font_path

    height, width = frames[0].shape[:2]
    band, gap = 26, 8
    rows = -(-len(frames) // columns)
    out = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + band + gap) + gap), (250, 250, 248))
    found = font_path()
    draw = ImageDraw.Draw(out)
    for k, (frame, text) in enumerate(zip(frames, texts, strict=True)):
        x, y = gap + (k % columns) * (width + gap), gap + (k // columns) * (height + band + gap)
        out.paste(Image.fromarray(frame), (x, y))
        points = 13
        while points > 8:
            font = ImageFont.truetype(str(found), points) if found else ImageFont.load_default(points)
            if draw.textlength(text, font=font) <= width:
                break
            points -= 1
        draw.text((x + 2, y + height + band / 2), text, font=font, fill=(40, 40, 44), anchor="lm")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/gallery.png"))
    parser.add_argument("--size", default="480x270")
    parser.add_argument("--tier", default="preview", choices=("draft", "preview", "final"))
    parser.add_argument("--only", help="numbers of scenes, from 1")
    parser.add_argument("--frames-to", type=Path, help="folder for each frame as a PNG of its own")
    given = parser.parse_args()
    width, height = (int(v) for v in given.size.split("x"))
    chosen = [int(v) - 1 for v in given.only.split(",")] if given.only else range(len(SCENES))
    texts = [SCENES[k][0] for k in chosen]
    frames = [picture(*SCENES[k], (width, height), given.tier) for k in chosen]
    from PIL import Image

    if given.frames_to:
        given.frames_to.mkdir(parents=True, exist_ok=True)
        for k, frame in zip(chosen, frames, strict=True):
            Image.fromarray(frame).save(given.frames_to / f"{k + 1:02d}.png")
    whole = sheet(frames, texts)
    share = 1.0
    while True:
        size = (round(whole.width * share), round(whole.height * share))
        whole.resize(size, Image.Resampling.LANCZOS).save(given.output, optimize=True)
        if given.output.stat().st_size <= LARGEST:
            break
        share *= 0.94
    print(f"{given.output}: {size[0]}x{size[1]}, {given.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
