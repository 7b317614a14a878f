"""The preview: the right thing in the right colour at the right place, whole or not at all, and in words when it cannot
be."""

from __future__ import annotations

import importlib.util
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from generator_scenes import ball_drop, ground, path, rigid, trace_of

from generator import preview
from generator.camera import frame_camera
from generator.preview import preview_frames, render_preview
from generator.video import read_frames, read_metadata, video_size
from scenes.errors import RunError, UserError
from scenes.scene import Scene
from sim.trace import ExtraArray

SIZE = (160, 96)
has_mitsuba = importlib.util.find_spec("mitsuba") is not None
tiers = ["draft", pytest.param("preview", marks=pytest.mark.skipif(not has_mitsuba, reason="needs mitsuba"))]


@pytest.fixture(autouse=True)
def plain_variant(monkeypatch):
    monkeypatch.setenv("HYBRID_MITSUBA_VARIANT", "scalar_rgb")
    preview.best_variant.cache_clear()
    yield
    preview.best_variant.cache_clear()


def at(frame: np.ndarray, camera, trace, name: str, k: int) -> np.ndarray:
    x, y, _ = camera.project(trace.position[k, trace.index(name)], k)
    return frame[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4].astype(int).mean(axis=(0, 1))


@pytest.mark.parametrize("tier", tiers)
def test_the_red_ball_is_red_where_the_trace_says(tmp_path, tier):
    scene, trace = ball_drop(radius=0.25, height=0.8, frames=4, fps=8.0)
    record = render_preview(
        scene, trace, tmp_path / "clip.mp4", size=SIZE, tier=tier, workers=2, metadata={"prompt": "红球", "seed": 3}
    )
    frames = list(read_frames(record.path))
    assert record.frames == len(frames) == 4 and record.fps == 8 and video_size(record.path)[:2] == SIZE
    camera = frame_camera(scene, trace, size=SIZE)
    for k, frame in enumerate(frames):
        red, green, blue = at(frame, camera, trace, "ball", k)
        assert red > 70 and red > 1.8 * green and red > 1.8 * blue
    sky = frames[0][2].astype(int).mean(axis=0)
    assert sky[2] >= sky[0]
    assert read_metadata(record.path) == {"prompt": "红球", "seed": 3, "tier": tier, "renderer": record.renderer}
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]
    assert any("surroundings" in word for word in record.imagined)


def test_the_ball_throws_a_shadow_and_the_ground_under_it_is_darker():
    scene, trace = ball_drop(radius=0.25, height=0.02, frames=1)
    frame = next(preview_frames(scene, trace, size=(320, 192), tier="draft", workers=1))
    camera = frame_camera(scene, trace, size=(320, 192))
    # The sun stands to the front right, so the shadow lies to the back left.
    shadow = camera.project(np.array([-0.24, 0.24, 0.0]), 0)
    open_ground = camera.project(np.array([0.6, -0.1, 0.0]), 0)
    dark, bright = (
        frame[int(p[1]) - 2 : int(p[1]) + 3, int(p[0]) - 2 : int(p[0]) + 3].mean() for p in (shadow, open_ground)
    )
    assert dark < 0.75 * bright


@pytest.mark.skipif(not has_mitsuba, reason="needs mitsuba")
def test_still_pixels_stay_still_and_runs_repeat():
    scene, trace = ball_drop(radius=0.1, height=1.0, frames=3)
    first = list(preview_frames(scene, trace, size=SIZE, workers=1))
    again = list(preview_frames(scene, trace, size=SIZE, workers=2))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    top = np.abs(first[0][:12].astype(int) - first[2][:12].astype(int))
    assert top.mean() < 0.8


@pytest.mark.parametrize("tier", tiers)
def test_a_body_that_ends_is_gone_and_its_pieces_are_there(tier):
    bodies = {
        "ground": ground(),
        "cup": rigid({"type": "box", "size": (0.5, 0.5, 0.5)}, (0, 0, 0.5), color="red"),
        "shard": rigid({"type": "box", "size": (0.3, 0.3, 0.3)}, (0, 0, 0.5), color="blue", parent="cup"),
    }
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(scene, frames=2)
    alive = trace.alive.copy()
    alive[1, trace.index("cup")], alive[0, trace.index("shard")] = False, False
    trace = replace(trace, alive=alive, position=np.where(alive[..., None], trace.position, np.nan))
    camera = frame_camera(scene, trace, size=SIZE)
    before, after = preview_frames(scene, trace, size=SIZE, tier=tier, workers=1)
    x, y, _ = camera.project(np.array([0, 0, 0.5]), 0)
    red, blue = before[int(y), int(x)].astype(int), after[int(y), int(x)].astype(int)
    assert red[0] > 1.8 * red[2] and blue[2] > 1.8 * blue[0]


@pytest.mark.parametrize("tier", tiers)
def test_temperatures_are_colours_with_a_legend(tmp_path, tier):
    rod = rigid({"type": "box", "size": (1.0, 0.2, 0.2)}, (0, 0, 0.6), "copper", fixed=True)
    scene = Scene.from_data({"bodies": {"ground": ground(), "rod": rod}, "look": {"style": "studio"}})
    trace = trace_of(scene, frames=2)
    x = (np.arange(20) + 0.5) / 20 - 0.5
    extra = {
        "temperature": ExtraArray(np.tile(20 + 300 * (0.5 - x), (2, 1)), "degC"),
        "temperature_position": ExtraArray(np.stack([x, 0 * x, 0 * x], axis=1), "m"),
        "temperature_body": ExtraArray(np.full(20, trace.index("rod"))),
    }
    trace = replace(trace, extra=extra)
    size = (320, 192)
    record = render_preview(scene, trace, tmp_path / "heat.mp4", size=size, tier=tier, workers=1)
    assert any("degC" in word for word in record.drawn_as)
    frame = next(iter(read_frames(record.path))).astype(int)
    camera = frame_camera(scene, trace, size=size)
    hot, cold = (
        frame[int(p[1]), int(p[0])] for p in (camera.project(np.array([sx, -0.1, 0.6]), 0) for sx in (-0.45, 0.45))
    )
    assert hot.sum() > cold.sum() + 150
    plain = next(preview_frames(scene, replace(trace, extra={}), size=size, tier=tier, workers=1)).astype(int)
    assert np.abs(frame - plain)[-60:-5, -60:].mean() > 20  # the legend in its corner


@pytest.mark.parametrize(
    "style", ["indoor", "night", "studio", "underwater", "lunar", "mars", "space", "overcast", "sunset"]
)
def test_every_look_makes_a_picture_that_is_neither_black_nor_white(style):
    scene, trace = ball_drop(radius=0.3, height=0.3, frames=1, look={"style": style})
    frame = next(preview_frames(scene, trace, size=SIZE, tier="draft", workers=1))
    assert 4 < frame.mean() < 245 and frame.std() > 4
    camera = frame_camera(scene, trace, size=SIZE)
    assert at(frame, camera, trace, "ball", 0).max() > 18


def test_odd_sizes_one_frame_and_nothing_in_view(tmp_path):
    scene, trace = ball_drop(frames=1)
    record = render_preview(scene, trace, tmp_path / "odd.mp4", size=(161, 97), tier="draft", workers=3)
    assert record.frames == 1 and record.size == (161, 97) and video_size(record.path)[:2] == (162, 98)
    empty = Scene.from_data({"bodies": {}})
    frame = next(preview_frames(empty, trace_of(empty, frames=1), size=SIZE, tier="draft", workers=1))
    assert frame.shape == (96, 160, 3)


def test_a_gif_and_another_rate(tmp_path):
    scene, trace = ball_drop(frames=9, fps=16)
    record = render_preview(scene, trace, tmp_path / "clip.gif", size=SIZE, fps=8, tier="draft", workers=1)
    assert record.frames == 5 and len(list(read_frames(record.path))) == 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": (0, 90)}, "cannot be rendered"),
        ({"tier": "best"}, "draft, preview, final"),
        ({"workers": 0}, "at least 1"),
        ({"fps": 0.0}, "frames per second"),
    ],
)
def test_bad_input_is_refused_in_words_and_leaves_nothing(tmp_path, change, words):
    scene, trace = ball_drop(frames=2)
    with pytest.raises(UserError, match=words):
        render_preview(scene, trace, tmp_path / "clip.mp4", **{"size": SIZE, "tier": "draft", **change})
    assert not list(tmp_path.iterdir())


def test_without_mitsuba_the_draft_is_named(monkeypatch, tmp_path):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "mitsuba" else find(name, *a))
    scene, trace = ball_drop(frames=2)
    with pytest.raises(UserError, match="draft"):
        render_preview(scene, trace, tmp_path / "clip.mp4", size=SIZE)
    assert render_preview(scene, trace, tmp_path / "clip.mp4", size=SIZE, tier="draft", workers=1).frames == 2


def render_processes() -> set[str]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
                status = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if b"generator.worker" in line and int(status[1]) == os.getpid() and status[0] != "Z":
                found.add(entry.name)
    return found


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_an_interruption_leaves_no_file_and_no_process(tmp_path):
    scene, trace = ball_drop(frames=30)

    def interrupt(done: int, of: int) -> None:
        assert render_processes()
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_preview(scene, trace, tmp_path / "clip.mp4", size=SIZE, tier="draft", workers=2, progress=interrupt)
    time.sleep(0.1)
    assert not list(tmp_path.iterdir()) and not render_processes()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_a_process_that_is_killed_is_a_failed_run_with_a_reason(tmp_path):
    scene, trace = ball_drop(frames=30)

    def kill(done: int, of: int) -> None:
        for process in render_processes():
            os.kill(int(process), 9)

    with pytest.raises(RunError, match="memory"):
        render_preview(scene, trace, tmp_path / "clip.mp4", size=SIZE, tier="draft", workers=1, progress=kill)
    assert not list(tmp_path.iterdir())


def test_an_unknown_material_is_the_users_to_mend(tmp_path):
    bodies = {"ground": ground(), "ball": rigid({"type": "sphere", "radius": 0.2}, (0, 0, 1), "unobtainium")}
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(scene, frames=2, motion={"ball": path(0.0, 0.0, lambda t: 1 - t)})
    with pytest.raises(UserError, match="unobtainium"):
        render_preview(scene, trace, tmp_path / "clip.mp4", size=SIZE, tier="draft", workers=1)
