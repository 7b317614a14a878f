"""How well each guidance holds a trajectory when the denoiser is ideal: `python -m tests.benchmarks.ideal_denoiser [--write] [--quick]`.

Runs the shipped guidance through the real diffusers pipelines, with the exact posterior mean of `ideal_world` in place of both
transformers. `--write` puts table and plot into docs/guidance.md and docs/guidance-ideal.png; `--quick` runs two trajectories a row.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from generator.guidance import (  # noqa: E402
    Combined,
    FirstFrame,
    MaskSettings,
    Sampling,
    SDEdit,
    TwoClock,
    Unguided,
    VaceControl,
    recoloured,
    two_clock,
)  # fmt: skip
from tests.benchmarks import ideal_world as world  # noqa: E402

BEGIN, END = "<!-- idealised denoiser: begin -->", "<!-- idealised denoiser: end -->"
SEED = 100
Row = dict[str, Any]


def sampling(**changes: Any) -> Sampling:
    import torch

    given = {
        "prompt": "a red ball falls",
        "size": (world.SIZE, world.SIZE),
        "num_frames": world.FRAMES,
        "guidance_scale": 1.0,
        "guidance_scale_2": 1.0,
    }
    return Sampling(**{**given, "prompt_embeds": torch.zeros(1, 8, 16), **changes})


def measured(
    guidance: Any, *, kind: str = "t2v", diameter: float = 32.0, gravity: float = 0.35, cosine: float = 1.0, count: int = 12, scheduler: str = "unipc",
    prepared: Callable[[Any, Any], tuple[Any, Any]] | None = None, **asked: Any,
) -> Row:  # fmt: skip
    """Mean and median trajectory error [px], mean overlap, and how many of `count` tested trajectories end more than 16 px off."""
    import torch

    scene = world.world_of(diameter, gravity)
    pipe = world.ideal_pipeline(scene, kind, scheduler=scheduler)
    scores = []
    for k in range(count):
        reference = world.disc_reference(scene.truths[k], diameter, colour=world.render_colour(cosine))
        one, steer = (reference, guidance) if prepared is None else prepared(reference, guidance)
        frames = steer.sample(pipe, one, sampling(**asked), generator=torch.Generator().manual_seed(SEED + k))
        scores.append(world.score(frames, scene.truths[k], diameter))
    errors = np.array([score.error for score in scores])
    return {
        "error": float(errors.mean()), "median": float(np.median(errors)), "iou": float(np.mean([score.iou for score in scores])),
        "lost": int((errors > 16).sum()), "count": count,
    }  # fmt: skip


@contextmanager
def _without_fix() -> Iterator[None]:
    kept = two_clock.forget_last_sample
    two_clock.forget_last_sample = lambda scheduler: None
    try:
        yield
    finally:
        two_clock.forget_last_sample = kept


@contextmanager
def _contrast(std: float) -> Iterator[None]:
    kept, world.STD = world.STD, std
    try:
        yield
    finally:
        world.STD = kept


def contrast_norm(std: float) -> float:
    """Length of the difference that a disc makes in a fully covered cell, over its 12 channels."""
    return float(2 * np.linalg.norm(world.PROMPT_COLOUR - world.BACKGROUND) * 2 / std)


class Sweep:
    """Collects rows under section names and tells as it goes."""

    def __init__(self, quick: bool, only: Sequence[str] = ()) -> None:
        self.only = set(only)
        self.quick, self.count, self.rows = quick, 2 if quick else 12, {}
        self.rows: dict[str, list[Row]]

    def add(self, section: str, label: dict[str, Any], guidance: Any, **options: Any) -> None:
        if self.only and section not in self.only:
            return
        started = time.perf_counter()
        row = {**label, **measured(guidance, **{"count": self.count, **options})}
        self.rows.setdefault(section, []).append(row)
        print(f"{section:9s} {' '.join(f'{v}' for v in label.values()):44s} {row['error']:7.2f} px  median {row['median']:6.2f}  overlap {row['iou']:.2f}  "
              f"lost {row['lost']}/{row['count']}  ({(time.perf_counter() - started) / row['count']:.2f} s each)", flush=True)  # fmt: skip


def sweeps(quick: bool, only: Sequence[str] = ()) -> dict[str, list[Row]]:
    run = Sweep(quick, only)
    _levels(run)
    run.count = 2 if quick else 8
    _looks(run)
    _sizes(run)
    _pipelines(run)
    return run.rows


def _levels(run: Sweep) -> None:
    run.add("levels", {"guidance": "none", "weak": None, "strong": None}, Unguided())
    for sigma in (0.98, 0.97, 0.96, 0.95, 0.94, 0.90, 0.875):
        run.add("levels", {"guidance": "SDEdit", "weak": sigma, "strong": None}, SDEdit(sigma=sigma))
    for weak in (0.98, 0.97, 0.96, 0.95):
        for strong in (0.95, 0.93, 0.90, 0.88):
            if strong < weak - 0.005:
                run.add(
                    "levels",
                    {"guidance": "TwoClock", "weak": weak, "strong": strong},
                    TwoClock(sigma_weak=weak, sigma_strong=strong),
                )


def _looks(run: Sweep) -> None:
    for cosine in (1.0, 0.8, 0.4, 0.0):
        for name, guidance in (("SDEdit .94", SDEdit()), ("TwoClock .95/.90", TwoClock())):
            run.add("colour", {"cosine": cosine, "guidance": name}, guidance, cosine=cosine)
    for std in (0.2, 0.3, 0.44):
        with _contrast(std):
            for name, guidance in (
                ("SDEdit .94", SDEdit()),
                ("TwoClock .95/.90", TwoClock()),
                ("TwoClock .93/.90", TwoClock(sigma_weak=0.93)),
            ):
                run.add("contrast", {"contrast": round(contrast_norm(std), 1), "guidance": name}, guidance)


def _sizes(run: Sweep) -> None:
    """Sizes and paces at one contrast; then small fast discs that stand out as much as the 32 px one does (contrast^2 times area)."""
    half = 1 if run.quick else 5

    def three(section: str, diameter: float, pace: str, gravity: float, strong: float = 0.90) -> None:
        truths = world.world_of(diameter, gravity).truths[:half]
        fastest = float(np.median(np.linalg.norm(np.diff(truths, axis=1), axis=-1).max(axis=1))) * 4 / diameter
        for how in ("group", "first", "union"):
            told = {"px": int(diameter), "pace": pace, "diameters": round(fastest, 1), "masks": how, "strong": strong}
            run.add(
                section,
                told,
                TwoClock(sigma_strong=strong, masks=MaskSettings(how=how)),
                diameter=diameter,
                gravity=gravity,
                count=half,
            )

    for diameter in (8.0, 16.0, 32.0, 64.0):
        for pace, gravity in (("slow", 0.1), ("fast", 1.5)):
            three("size", diameter, pace, gravity)
    for strong in (0.90, 0.875):
        for diameter in (16.0, 24.0):
            three("small", diameter, "fast", 1.5, strong)
    for diameter in (8.0, 16.0, 24.0):
        with _contrast(0.25 * diameter / 32.0):
            three("evidence", diameter, "fast", 1.5)


def _pipelines(run: Sweep) -> None:
    clocks = TwoClock(sigma_weak=0.96)
    run.add("solver", {"what": "two clocks .96/.90, UniPC"}, clocks)
    with _without_fix():
        run.add("solver", {"what": "the same without the UniPC fix"}, clocks)
    run.add("solver", {"what": "two clocks .96/.90, Euler"}, clocks, scheduler="euler")
    run.add("solver", {"what": "two clocks .96/.90, 8 steps"}, clocks, steps=8)
    i2v: dict[str, Any] = {"kind": "i2v", "boundary_ratio": 0.9}
    run.add("i2v", {"what": "first frame alone"}, FirstFrame(), **i2v)
    for weak, strong in ((0.98, 0.95), (0.95, 0.90)):
        run.add(
            "i2v",
            {"what": f"first frame and two clocks {weak:g}/{strong:g}"},
            Combined([FirstFrame(), TwoClock(sigma_weak=weak, sigma_strong=strong)]),
            **i2v,
        )

    def still(colours: bool) -> Callable[[Any, Any], tuple[Any, Any]]:
        def made(reference: Any, guidance: Any) -> tuple[Any, Any]:
            path = np.argwhere(reference.ids[0] == 0).mean(axis=0)[::-1] + 0.5
            painted = world.disc_reference(path[None], 32.0).frames[0]
            seen = replace(reference, frames=recoloured(reference, painted)) if colours else reference
            return seen, Combined([FirstFrame(image=painted), guidance])

        return made

    for colours in (False, True):
        what = (
            f"painted first frame, render of cosine 0.4{', recoloured from it' if colours else ''}, two clocks .95/.90"
        )
        run.add("i2v", {"what": what}, TwoClock(), cosine=0.4, prepared=still(colours), **i2v)
    for scale in (0.0, 0.002, 0.01, 1.0):
        run.add(
            "vace", {"what": f"depth control, scale {scale:g}"}, VaceControl(control_scale=scale, low=1.0), kind="vace"
        )
    run.add(
        "vace",
        {"what": "depth control, scale 0.002, and two clocks .96/.90"},
        Combined([VaceControl(control_scale=0.002, low=1.0), clocks]),
        kind="vace",
    )


# the page ------------------------------------------------------------------------------------------------------------------------------


def table(rows: list[Row], columns: dict[str, str]) -> list[str]:
    head = [*columns.values(), "error [px]", "median [px]", "overlap", "lost"]
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [
            "-" if row[key] is None else f"{row[key]:g}" if isinstance(row[key], float) else str(row[key])
            for key in columns
        ]
        out.append(
            "| "
            + " | ".join(
                [
                    *cells,
                    f"{row['error']:.2f}",
                    f"{row['median']:.2f}",
                    f"{row['iou']:.2f}",
                    f"{row['lost']}/{row['count']}",
                ]
            )
            + " |"
        )
    return out


SECTIONS = (
    ("levels", "Noise levels (32 px disc, render of the prompt's colour)", {"guidance": "guidance", "weak": "sigma weak", "strong": "sigma strong"}),
    ("colour", "Colour of the render against the prompt's", {"cosine": "cosine", "guidance": "guidance"}),
    ("contrast", "How much the disc stands out in the latents", {"contrast": "contrast", "guidance": "guidance"}),
    ("size", "Size, pace and kind of mask (two clocks .95/.90)", {"px": "diameter [px]", "pace": "pace", "diameters": "diameters per latent frame", "masks": "masks"}),
    ("small", "Small fast discs, pinned longer (two clocks entering at .95)", {"px": "diameter [px]", "diameters": "diameters per latent frame", "strong": "sigma strong", "masks": "masks"}),
    ("evidence", "Small fast discs that stand out as much as the 32 px one (two clocks .95/.90)", {"px": "diameter [px]", "diameters": "diameters per latent frame", "masks": "masks"}),
    ("solver", "Solvers", {"what": "run"}), ("i2v", "Image-to-video pipeline", {"what": "run"}), ("vace", "VACE pipeline", {"what": "run"}),
)  # fmt: skip


def page(rows: dict[str, list[Row]]) -> str:
    out = [
        BEGIN,
        "",
        "Printed by `python -m tests.benchmarks.ideal_denoiser --write`. `lost` counts trajectories that end more than 16 px off.",
        "",
    ]
    for key, title, columns in SECTIONS:
        out += [f"### {title}", "", *table(rows[key], columns), ""]
    return "\n".join([*out, END])


def plot(rows: dict[str, list[Row]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(15, 4.4), constrained_layout=True)
    levels = rows["levels"]
    none = levels[0]["error"]
    axes[0].axhline(none, color="0.5", ls=":", label="unguided")
    one = [row for row in levels if row["guidance"] == "SDEdit"]
    axes[0].plot([row["weak"] for row in one], [row["error"] for row in one], "o-", color="tab:orange", label="SDEdit")
    for strong, color in ((0.95, "#9ecae1"), (0.93, "#6baed6"), (0.90, "#2171b5"), (0.88, "#08306b")):
        two = [row for row in levels if row["guidance"] == "TwoClock" and row["strong"] == strong]
        axes[0].plot(
            [row["weak"] for row in two],
            [row["error"] for row in two],
            "s-",
            color=color,
            label=f"two clocks, strong {strong:g}",
        )
    axes[0].set(
        yscale="log", xlabel="sigma at which the render enters", ylabel="trajectory error [px]", title="Noise levels"
    )
    for name, color in (("SDEdit .94", "tab:orange"), ("TwoClock .95/.90", "#2171b5")):
        some = [row for row in rows["colour"] if row["guidance"] == name]
        axes[1].plot([row["cosine"] for row in some], [row["error"] for row in some], "o-", color=color, label=name)
    axes[1].axhline(none, color="0.5", ls=":", label="unguided")
    axes[1].set(yscale="log", xlabel="cosine of the render's colour to the prompt's", title="Colour of the render")
    styles = {"union": ("tab:green", 6, 0.35), "first": ("tab:red", 1.5, 1.0), "group": ("#2171b5", 1.5, 1.0)}
    for how, (color, wide, alpha) in styles.items():
        for section, style, named in (("size", ":", "same contrast"), ("evidence", "-", "same evidence")):
            some = [row for row in rows[section] if row["masks"] == how and row["pace"] == "fast"]
            axes[2].plot(
                [row["px"] for row in some],
                [row["error"] for row in some],
                "o" + style,
                color=color,
                lw=wide,
                alpha=alpha,
                label=f"{how}, {named}",
            )
    axes[2].set(
        yscale="log",
        xscale="log",
        xlabel="diameter [px]",
        title="Kind of mask: fast discs by size",
        xticks=[8, 16, 32, 64],
        xticklabels=["8", "16", "32", "64"],
    )
    axes[2].minorticks_off()
    for axis in axes:
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    figure.suptitle("Idealised denoiser, not Wan")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write docs/guidance.md and its plot")
    parser.add_argument(
        "--only", nargs="+", default=(), choices=[key for key, *_ in SECTIONS], help="run these sections again"
    )
    parser.add_argument("--quick", action="store_true", help="two trajectories a row")
    parser.add_argument(
        "--rows", type=Path, help="keep the figures as JSON here, or take them from here when it exists"
    )
    asked = parser.parse_args()
    torch.set_num_threads(1)
    kept = asked.rows is not None and asked.rows.is_file()
    rows = json.loads(asked.rows.read_text()) if kept else {}
    if asked.only or not kept:
        rows.update(sweeps(asked.quick, asked.only))
        if asked.rows is not None:
            asked.rows.write_text(json.dumps(rows, indent=1))
    if asked.write:
        docs = ROOT / "docs"
        text = (docs / "guidance.md").read_text(encoding="utf-8")
        before, rest = text.split(BEGIN, 1)
        plot(rows, docs / "guidance-ideal.png")
        (docs / "guidance.md").write_text(before + page(rows) + rest.split(END, 1)[1], encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
