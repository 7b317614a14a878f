"""The floor and the order of the grading measures, on renders whose truth is known: `python -m tests.benchmarks.grading`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from test_adherence import SIZE, graded, rendered, without_ball

from generator.adherence import Grade


def spoilt() -> dict[str, np.ndarray]:
    """The render of a bouncing ball, and what can go wrong with it."""
    truth, pictures = rendered()
    rng = np.random.default_rng(1)
    shown = {"the render itself": pictures}
    shown |= {f"shifted by {n} px": np.roll(pictures, n, axis=2) for n in (1, 2, 5, 10)}
    shown["noise of 6 grey levels"] = np.clip(pictures + rng.normal(0, 6, pictures.shape), 0, 255).astype(np.uint8)
    flicker = rng.uniform(0.92, 1.06, (len(pictures), 1, 1, 1))
    shown["flicker of 8 %"] = np.clip(pictures * flicker, 0, 255).astype(np.uint8)
    shown["half the gravity"] = rendered(gravity=0.5 * 9.80665)[1]
    shown["the ball removed"] = without_ball(truth, pictures)
    return shown


def row(name: str, found: Grade) -> str:
    def form(value: float | None, digits: str) -> str:
        return "-" if value is None else format(value, digits)

    clip, law = found.clip, found.laws[0] if found.laws else None
    g = form(law.g if law else None, ".2f")
    e = ", ".join(f"{x:.3f}" for x in law.restitution) if law and law.restitution else "-"
    late = form(None if law is None or law.bounce_time_error is None else 1000 * law.bounce_time_error, ".1f")
    verdict = {True: "passed", False: "failed", None: "not measured"}[found.passed]
    return (
        f"| {name} | {form(clip.center_error, '.2f')} | {form(clip.iou_spacetime, '.3f')} | {form(clip.iou_space, '.3f')} | "
        f"{form(clip.flow_error, '.2f')} | {len(clip.missed)} | {len(clip.extra)} | {g} | {e} | {late} | {verdict} |"
    )


def main() -> None:
    print(
        f"A rubber ball of 0.3 m let go 1.5 m above the floor, e = 0.75, {SIZE[0]}x{SIZE[1]}, 16 fps, 33 frames, draft render.\n"
    )
    print(
        "| clip | centre error [% of width] | IoU | IoU in space | flow error [px] | missed | extra | g [m/s2] | e | bounce times off by [ms] | verdict |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name, pictures in spoilt().items():
        print(row(name, graded(pictures)), flush=True)
    chance = graded(rendered()[1]).shuffled
    print(
        f"\nThe render against trajectories out of order: centre error {chance.center_error:.2f} %, IoU {chance.iou_spacetime:.3f}."
    )
    for world, gravity, frames in (("Moon", 1.62, 65), ("Mars", 3.71, 41)):
        _, pictures = rendered(gravity, 0.75, frames)
        law = graded(pictures, gravity=gravity, e=0.75, frames=frames).laws[0]
        print(
            f"{world}: g {law.g:.3f} of {gravity} m/s2, e {law.restitution}, bounce times off by {1000 * (law.bounce_time_error or 0):.2f} ms."
        )


if __name__ == "__main__":
    main()
