"""Grading is tested where the truth is known: on renders of closed-form motion, and on renders that were spoilt on purpose."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from generator_scenes import bouncing, ground, path, rigid, trace_of

from generator.adherence import Grade, Limits, Truth, grade, truth_of
from generator.preview import preview_frames
from scenes.errors import UserError
from scenes.scene import Scene
from sim.trace import Contact, Trace

SIZE = (272, 160)


def scene_of(gravity: float, *, second: bool = False) -> Scene:
    bodies = {
        "ground": ground(),
        "ball": rigid({"type": "sphere", "radius": 0.15}, (0, 0, 1.65), "rubber", color="red"),
    }
    if second:
        bodies["cube"] = rigid({"type": "box", "size": (0.3, 0.3, 0.3)}, (0.9, 0, 0.15), color="blue")
    return Scene.model_validate(
        {
            "bodies": bodies, "environment": {"gravity": gravity},
            "camera": {"keys": [{"time": 0, "eye": (0, -5.0, 1.0), "target": (0, 0, 0.9), "fov": 32}]},
        }
    )  # fmt: skip


def bounce_times(height: float, e: float, gravity: float, until: float) -> list[tuple[float, float]]:
    """(time [s], closing speed [m/s]) of the impacts of a ball let go with clearance `height`."""
    t, v, out = float(np.sqrt(2 * height / gravity)), float(np.sqrt(2 * gravity * height)), []
    while t < until and v > 0.2:
        out.append((t, v))
        v *= e
        t += 2 * v / gravity
    return out


def with_impacts(trace: Trace, hits: list[tuple[float, float]], e: float) -> Trace:
    from dataclasses import replace

    contacts = tuple(Contact("ball", "ground", t, t + 0.002, 1.0, v, e * v, 0.0, 0.0, 0.0) for t, v in hits)
    return replace(trace, contacts=contacts)


@lru_cache(maxsize=8)
def rendered(
    gravity: float = 9.80665, e: float = 0.75, frames: int = 33, second: bool = False, shift: float = 0.0
) -> tuple[Truth, np.ndarray]:
    scene = scene_of(gravity, second=second)
    z = bouncing(1.5, 0.15, e, gravity)
    trace = trace_of(scene, fps=16, frames=frames, motion={"ball": path(lambda t: -0.3 + 0.0 * t + shift, 0, z)})
    trace = with_impacts(trace.with_meta(gravity=gravity), bounce_times(1.5, e, gravity, (frames - 1) / 16), e)
    pictures = np.stack(list(preview_frames(scene, trace, size=SIZE, tier="draft", workers=1)))
    return truth_of(scene, trace, pictures), pictures


def graded(pictures: np.ndarray, **which: object) -> Grade:
    truth, _ = rendered(**which)  # type: ignore[arg-type]
    return grade(truth, pictures)


@pytest.mark.parametrize(("world", "gravity"), [("Earth", 9.80665), ("Moon", 1.62), ("Mars", 3.71)])
def test_gravity_and_restitution_are_read_from_the_pixels(world: str, gravity: float) -> None:
    frames = {"Earth": 33, "Mars": 41, "Moon": 65}[world]
    _, pictures = rendered(gravity, 0.75, frames)
    found = graded(pictures, gravity=gravity, e=0.75, frames=frames)
    law = found.laws[0]
    assert law.g == pytest.approx(gravity, rel=0.02), world
    assert law.bounces == law.bounces_expected and law.bounces
    assert law.restitution == pytest.approx([0.75] * law.bounces, abs=0.03)
    assert law.bounce_time_error is not None and law.bounce_time_error < 0.02
    assert found.passed and found.score is not None and found.score > 0.9


def test_two_falls_obey_the_law_that_needs_no_scale() -> None:
    _, pictures = rendered()
    ratios = [entry["ratio"] for entry in graded(pictures).unit_free]
    assert ratios and np.allclose(ratios, 1.0, atol=0.08)


def test_the_further_a_clip_is_shifted_the_worse_its_grade() -> None:
    _, pictures = rendered()
    errors, overlaps = [], []
    for pixels in (0, 1, 2, 5, 10):
        found = graded(np.roll(pictures, pixels, axis=2))
        assert found.clip.center_error is not None and found.clip.iou_spacetime is not None
        errors.append(found.clip.center_error)
        overlaps.append(found.clip.iou_spacetime)
    assert errors == sorted(errors) and overlaps == sorted(overlaps, reverse=True)
    assert errors[3] == pytest.approx(100 * 5 / SIZE[0], rel=0.15), "five pixels are five pixels"
    assert errors[0] < 0.15, "the floor of the measure [% of the width]"


def test_a_clip_played_too_slowly_shows_a_weaker_gravity() -> None:
    """A fall stretched in time by 1/sqrt(s) is a fall under s times the gravity."""
    _, pictures = rendered()
    _, slow = rendered(gravity=0.5 * 9.80665)
    warped, plain = graded(slow), graded(pictures)
    assert warped.clip.iou_spacetime is not None and plain.clip.iou_spacetime is not None
    assert warped.clip.iou_spacetime < 0.6 * plain.clip.iou_spacetime
    assert warped.passed is False and warped.faults
    assert warped.laws[0].g == pytest.approx(0.5 * 9.80665, rel=0.03)


def without_ball(truth: Truth, pictures: np.ndarray) -> np.ndarray:
    plate = np.median(pictures, axis=0).astype(np.uint8)
    return np.repeat(plate[None], len(pictures), axis=0)


def test_a_removed_object_is_missed_and_a_doubled_one_is_extra() -> None:
    truth, pictures = rendered()
    gone = graded(without_ball(truth, pictures))
    assert gone.clip.missed == ["ball"] and gone.passed is False
    doubled = pictures.copy()
    mask = truth.mask(0)
    for t in range(len(doubled)):
        rows, columns = np.nonzero(mask[t])
        fits = columns + 100 < SIZE[0]
        doubled[t, rows[fits], columns[fits] + 100] = pictures[t, rows[fits], columns[fits]]
    twice = graded(doubled)
    assert len(twice.clip.extra) >= 1 and twice.passed is False
    assert not graded(pictures).clip.extra


@pytest.mark.parametrize("spoil", ["noise", "flicker"])
def test_noise_and_flicker_do_not_move_things(spoil: str) -> None:
    _, pictures = rendered()
    rng = np.random.default_rng(1)
    if spoil == "noise":
        bad = np.clip(pictures + rng.normal(0, 6, pictures.shape), 0, 255).astype(np.uint8)
    else:
        bad = np.clip(pictures * rng.uniform(0.92, 1.06, (len(pictures), 1, 1, 1)), 0, 255).astype(np.uint8)
    found, clean = graded(bad), graded(pictures)
    assert found.passed and found.score is not None and clean.score is not None
    assert 0.75 < found.score <= clean.score + 0.05


def test_the_grade_stands_beside_chance_and_the_preview() -> None:
    _, pictures = rendered(second=True)
    found = graded(pictures, second=True)
    assert found.shuffled.iou_spacetime is not None and found.score is not None
    assert found.shuffled.iou_spacetime < 0.6 * found.score
    assert found.preview.iou_spacetime == pytest.approx(found.score, abs=1e-9), "the clip is the preview here"
    assert [o.name for o in found.clip.objects] == ["ball", "cube"] and not found.clip.objects[1].moves
    data = found.as_dict()
    assert data["ceiling"] is None and any("VAE" in note for note in data["notes"])


def test_a_clip_of_another_size_or_without_frames_is_refused_in_words() -> None:
    truth, pictures = rendered()
    with pytest.raises(UserError, match="one size"):
        grade(truth, pictures[:, :100])
    with pytest.raises(UserError, match="fewer than two"):
        grade(truth, pictures[:1])
    with pytest.raises(UserError, match="limits"):
        Limits(iou=2)
