"""Settings of a video model: its own when nothing is asked, odd wishes corrected or warned of, and what falls outside the clip said."""

from __future__ import annotations

import itertools

import pytest

from generator.wan.settings import Wishes, resolve
from generator.wan.specs import SPECS
from scenes.errors import UserError
from scenes.scene import Prompt, Scene

T2V = SPECS["wan2.2-t2v-a14b"]
SCENE = Scene(prompt=Prompt(video="a red ball falls", negative="blur"), text="a red ball falls")


def settings(spec=T2V, duration=5.0, scene=SCENE, **wishes):
    return resolve(spec, scene, duration=duration, wishes=Wishes(**wishes))


def test_settings_are_the_models_own_when_nothing_is_asked() -> None:
    for spec in SPECS.values():
        found = settings(spec, (spec.num_frames - 1) / spec.fps)
        s = found.sampling
        assert (s.steps, s.num_frames, s.fps, s.size, s.guidance_scale) == (
            spec.steps,
            spec.num_frames,
            spec.fps,
            spec.size,
            spec.guidance_scale,
        )
        assert (
            s.shift == (spec.shift_small or spec.shift) and s.boundary_ratio == spec.boundary_ratio and not found.notes
        )
        assert (s.prompt, s.negative_prompt) == ("a red ball falls", "blur")


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        ({"guidance_scale": 15.0}, "15"),
        ({"steps": 1}, "too few"),
        ({"steps": 200}, "200 steps cost"),
        ({"fps": 24.0}, "16 frames a second"),
        ({"size": (830, 470)}, "multiples of 16"),
        ({"frames": 80}, "4k+1"),
        ({"frames": 161}, "repeat or drift"),
        ({"shift": 3.0}, "own is 12"),
        ({"boundary": 0.9}, "0.875"),
        ({"guidance_scale": 1.0}, "negative prompt is not used"),
        ({"lightning": True, "steps": 4}, "one or two lie in the guided window"),
        ({"lightning": True}, "weakens prompt and motion control"),
    ],
)
def test_odd_wishes_are_corrected_or_warned_of(wishes, says) -> None:
    notes = " ".join(settings(**wishes).notes)
    assert says in notes, notes


def test_corrections_hold() -> None:
    found = settings(size=(830, 470), frames=80).sampling
    assert found.size == (832, 464) or found.size == (832, 480)
    assert all(side % 16 == 0 for side in found.size) and found.num_frames == 81
    assert settings(SPECS["wan2.2-ti2v-5b"], size=(1280, 720)).sampling.size == (1280, 704)
    one = settings(SPECS["wan2.1-vace-1.3b"], guidance_scale_2=3.0)
    assert one.sampling.guidance_scale_2 is None and "one expert" in " ".join(one.notes)
    assert settings(lightning=True).sampling.guidance_scale == 1.0


def test_what_falls_outside_the_frames_is_said_in_the_scenes_language() -> None:
    assert "last 3.00 s" in " ".join(settings(duration=8.0).notes)
    chinese = SCENE.model_copy(update={"language": "zh"})
    assert "3.00 秒不在其中" in " ".join(settings(duration=8.0, scene=chinese).notes)
    assert settings(duration=2.0).sampling.num_frames == 33
    slow = settings(duration=5.0, oversample=4)
    assert slow.sampling.num_frames == 81 and slow.clip_frames == 21 and "fall outside" in " ".join(slow.notes)


@pytest.mark.parametrize("wishes", [{"steps": 0}, {"guidance_scale": -1.0}, {"frames": 0}])
def test_wishes_that_nothing_can_save_are_refused(wishes) -> None:
    with pytest.raises(UserError):
        settings(**wishes)


def test_a_scene_without_words_is_named_by_its_bodies() -> None:
    bare = Scene.from_yaml(
        "schema: 1\nbodies:\n  red_ball: {kind: rigid, shape: {type: sphere, radius: 0.1}, position: [0, 0, 1]}\n"
    )
    found = settings(scene=bare)
    assert found.sampling.prompt == "red ball" and "prompt.video" in " ".join(found.notes)
    with pytest.raises(UserError, match="no words"):
        settings(scene=Scene())


@pytest.mark.parametrize(
    ("seconds", "chunks", "total", "count"),
    [
        (5.0, 1, 81, 1),
        (10.0, 1, 81, 1),
        (10.0, 2, 145, 2),
        (10.0, "auto", 161, 3),
        (4.0, "auto", 65, 1),
        (10.0, 9, 161, 3),
    ],
)
def test_chunks_cover_what_they_are_asked_to_and_share_whole_latent_groups(seconds, chunks, total, count) -> None:
    found = resolve(SPECS["wan2.2-t2v-a14b"], SCENE, duration=seconds, wishes=Wishes(chunks=chunks))
    length, starts = found.sampling.num_frames, found.chunk_starts
    assert (found.total_frames, len(starts)) == (total, count) and found.clip_frames == total
    assert length <= 81 and length % 4 == 1 and starts[0] == 0 and starts[-1] + length == total
    shared = [before + length - start for before, start in itertools.pairwise(starts)]
    assert all(frames >= 17 and frames % 4 == 1 for frames in shared)
    assert any("fall outside" in note for note in found.notes) == (seconds > (total - 1) / 16 + 0.1)


def test_a_calibrated_shift_is_the_default_and_a_stated_one_goes_before_it() -> None:
    spec = SPECS["wan2.2-t2v-a14b"]
    assert resolve(spec, SCENE, duration=5.0, wishes=Wishes(calibrated_shift=9.0)).sampling.shift == 9
    assert resolve(spec, SCENE, duration=5.0, wishes=Wishes(calibrated_shift=9.0, shift=7.0)).sampling.shift == 7
