"""Looks, light of hot things, imagined effects, squash, blur, slow motion, and movers that are large enough when it matters."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from generator_scenes import ball_drop, bouncing, ground, path, rigid, trace_of, turned
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import preview
from generator.camera import clip_times, frame_camera
from generator.cuts import moments
from generator.effects import Effects, effects_of
from generator.framing import subject_of
from generator.gbuffer import GeometryBuffer
from generator.geometry import poses_at
from generator.overlay import overlay_frames
from generator.planck import glow, luminance
from generator.preview import _job, imagined, preview_frames, render_preview
from generator.renderer import Renderer
from generator.squash import hertz_impact, squashes_of
from scenes.scene import Scene
from sim.trace import Contact, ExtraArray

SMALL = (128, 72)
needs_mitsuba = pytest.mark.skipif(importlib.util.find_spec("mitsuba") is None, reason="needs mitsuba")


@pytest.fixture(autouse=True)
def plain_variant(monkeypatch):
    monkeypatch.setenv("HYBRID_MITSUBA_VARIANT", "scalar_rgb")
    preview.best_variant.cache_clear()
    yield
    preview.best_variant.cache_clear()


def renderer(scene, trace, *, size=SMALL, tier="draft", samples=None, blur=True):
    job, _ = _job(scene, trace, size, None, tier, samples, None, None, blur)
    return Renderer(job), job


# light of hot things ------------------------------------------------------------------------------------------------------------------


def test_a_black_body_is_as_bright_as_the_candela_was_defined_by():
    # Until 1979 the candela was defined by platinum at its freezing point, 1768.2 degC: 60 cd/cm2.
    assert luminance(1768.2) == pytest.approx(6.0e5, rel=0.02)


def test_iron_at_1000_degrees_glows_in_a_room_and_copper_at_100_does_not():
    red, green, blue = glow(np.array(1000.0), "indoor")
    assert red > 1.0 and red > 2 * green > 10 * blue
    assert (glow(np.array(100.0), "indoor") == 0).all() and (glow(np.array(100.0), "night") == 0).all()
    assert glow(np.array(1000.0), "daylight").max() < 0.1 * red  # the sun outshines it


@given(st.floats(-50, 2900), st.floats(1, 100))
def test_hotter_is_never_darker(celsius, more):
    for style in ("night", "indoor", "daylight"):
        assert (glow(np.array(celsius + more), style) >= glow(np.array(celsius), style) - 1e-9).all()


def hot_rod(hottest, frames=2):
    rod = rigid({"type": "box", "size": (1.0, 0.2, 0.2)}, (0, 0, 0.6), "iron", fixed=True)
    scene = Scene.from_data({"bodies": {"ground": ground("wood"), "rod": rod}, "look": {"style": "indoor"}})
    trace = trace_of(scene, frames=frames)
    x = (np.arange(20) + 0.5) / 20 - 0.5
    extra = {
        "temperature": ExtraArray(np.tile(20 + (hottest - 20) * (0.5 - x), (frames, 1)), "degC"),
        "temperature_position": ExtraArray(np.stack([x, 0 * x, 0 * x], axis=1), "m"),
        "temperature_body": ExtraArray(np.full(20, trace.index("rod"))),
    }
    return scene, replace(trace, extra=extra)


@pytest.mark.parametrize("tier", ["draft", pytest.param("preview", marks=needs_mitsuba)])
def test_the_radiance_of_a_glowing_end_is_in_the_picture_before_it_is_developed(tier):
    scene, trace = hot_rod(1000.0)
    made, job = renderer(scene, trace, tier=tier, samples=4)
    passes = made._tracer.render(0)
    color = passes["color"] + passes.get("glow", 0)
    x, y, _ = (int(v) for v in job.camera.project(np.array([-0.47, -0.1, 0.6]), 0))
    seen = color[y, x]
    expected = glow(np.array(970.0), "indoor")
    assert seen[0] == pytest.approx(expected[0], rel=0.35) and seen[0] > 1.5 * seen[1] and seen[2] < 0.4 * seen[0]
    cool, _ = renderer(*hot_rod(100.0), tier=tier, samples=4)
    assert np.max(cool._tracer.render(0).get("glow", 0.0)) == 0 and not getattr(cool._tracer, "_hot", {})


def test_computed_temperatures_lie_over_frames_of_any_origin():
    scene, trace = hot_rod(120.0)
    grey = np.full((180, 320, 3), 128, dtype=np.uint8)
    out = list(overlay_frames([grey, grey], scene, trace, trace.time))
    camera = frame_camera(scene, trace, size=(320, 180), times=trace.time)
    hot, cold = (camera.project(np.array([x, -0.1, 0.6]), 0) for x in (-0.45, 0.4))
    hot, cold = (out[0][int(p[1]), int(p[0])].astype(int) for p in (hot, cold))
    assert hot.sum() > cold.sum() + 150
    assert (out[0] != grey).any(axis=2).mean() < 0.5  # the bodies and the legend, nothing else
    untouched = next(overlay_frames([grey], scene, replace(trace, extra={}), trace.time))
    assert (untouched == grey).all()


# effects ------------------------------------------------------------------------------------------------------------------------------


def falling(material="sand", **more):
    bodies = {"ground": ground(material), "ball": rigid({"type": "sphere", "radius": 0.2}, (0, 0, 2), "rubber")}
    scene = Scene.from_data({"bodies": bodies, **more})
    trace = trace_of(scene, frames=16, motion={"ball": path(0.0, 0.0, bouncing(1.8, 0.2, 0.3))})
    return scene, replace(trace, contacts=(Contact("ball", "ground", 0.606, 0.61, 1, 5.9, 1.8, 0, 0, 0),))


def test_dust_rises_from_sand_alone_and_is_said_to_be_imagined():
    scene, trace = falling("sand")
    assert "dust where ball strikes the sand" in imagined(scene, trace)[0]
    assert not effects_of(*falling("concrete"))
    gentle = replace(trace, contacts=(replace(trace.contacts[0], speed_before=0.1),))
    assert not effects_of(scene, gentle)


def test_effects_are_in_the_beauty_alone():
    scene, trace = falling("sand")
    made, job = renderer(scene, trace, size=(320, 180))
    passes = made._tracer.render(11)
    painted = made._effects.paint(passes["color"], passes["depth"], 11)
    assert np.abs(painted - passes["color"]).max() > 0.02
    before = made._effects.paint(passes["color"], passes["depth"], 5)
    assert (before == passes["color"]).all()  # nothing before the impact
    clean, sandy = (GeometryBuffer(*falling(m), job.camera, times=job.times).frame(11) for m in ("concrete", "sand"))
    assert (clean.ids == sandy.ids).all() and np.array_equal(clean.depth, sandy.depth)


def test_a_splash_is_where_the_surface_is_crossed():
    bodies = {"bed": ground("sand"), "ball": rigid({"type": "sphere", "radius": 0.2}, (0, 0, 3), "rubber")}
    scene = Scene.from_data({"bodies": bodies, "environment": {"water_level": 1.0}})
    trace = trace_of(scene, frames=16, motion={"ball": path(0.3, 0.0, lambda t: 3 - 4.9 * t * t)})
    found = effects_of(scene, trace)
    assert [e.kind for e in found] == ["splash"]
    assert found[0].place == pytest.approx((0.3, 0.0, 1.0)) and found[0].time == pytest.approx(
        (1.8 / 4.9) ** 0.5, abs=0.04
    )


def test_a_halo_surrounds_its_body_and_leaves_the_rest():
    scene, trace = falling("concrete", look={"style": "night", "scenery": ["halo"]})
    made, job = renderer(scene, trace, size=(320, 180))
    color = np.zeros((180, 320, 3), dtype=np.float32)
    out = made._effects.paint(color, np.zeros((180, 320), dtype=np.float32), 4)
    x, y, depth = job.camera.project(trace.position[4, 1], 4)
    radius = 0.2 * job.camera.focal(4) / depth
    assert out[int(y), int(x + 1.28 * radius)].sum() > 3 * out[int(y), int(x)].sum()
    assert out[int(y), min(int(x + 8 * radius), 319)].sum() < 0.02
    assert isinstance(made._effects, Effects) and "a halo around ball" in imagined(scene, trace)[0]


# squash -------------------------------------------------------------------------------------------------------------------------------


def test_hertz_impact_has_the_energy_of_the_blow():
    mass, radius, modulus, speed = 0.5, 0.05, 4e6, 2.0
    depth, lasts = hertz_impact(mass, radius, modulus, speed)
    stored = (
        8 / 15 * modulus * np.sqrt(radius) * depth**2.5
    )  # of a Hertz spring: force 4/3 E* R^(1/2) d^(3/2), integrated
    assert stored == pytest.approx(0.5 * mass * speed**2, rel=1e-6)
    assert lasts == pytest.approx(2.943 * depth / speed, rel=2e-3)


def soft_drop(slow, speed=1.5, radius=0.15):
    bodies = {"ground": ground(), "ball": rigid({"type": "sphere", "radius": radius}, (0, 0, 0.5), "rubber")}
    scene = Scene.from_data({"bodies": bodies, "camera": {"slow": slow, "view": "close_up"}})
    fps = 16 * slow
    times = np.arange(int(0.3 * fps) + 1) / fps
    hit = 0.15
    trace = trace_of(
        scene, fps=fps, frames=len(times), motion={"ball": path(0.0, 0.0, lambda t: radius + speed * np.abs(t - hit))}
    )
    return scene, replace(
        trace,
        mass=np.array([np.inf, 15.0]),
        contacts=(Contact("ball", "ground", hit, hit + 0.001, 1.0, speed, 0.7 * speed, 0, 0, 0),),
        extra={"contact_normal": ExtraArray(np.array([[0.0, 0.0, 1.0]]))},
    )


def test_a_soft_ball_is_flat_for_as_long_as_the_theory_says_in_the_geometry_too():
    scene, trace = soft_drop(16)
    times, _ = clip_times(scene, trace)
    (squash,) = squashes_of(scene, trace, times[1] - times[0])
    assert 0.004 < squash.depth / 0.15 < 0.1 and squash.lasts > 1 / 256
    camera = frame_camera(scene, trace, size=(160, 96), times=times)
    buffer = GeometryBuffer(scene, trace, camera, times=times)
    k = int(np.abs(times - 0.15).argmin())
    part = next(p for p in buffer.geometry.parts if p.body == "ball")
    heights = [np.ptp(buffer.geometry.world(part, f)[0][:, 2]) for f in (0, k, len(times) - 1)]
    assert heights[0] == pytest.approx(0.3, abs=1e-3) == heights[2]
    assert heights[1] == pytest.approx(0.3 - squash.at(float(times[k])), abs=0.25 * squash.depth)
    assert buffer.geometry.world(part, k)[0][:, 2].min() > -0.3 * squash.depth


def test_no_squash_where_it_would_not_last_a_frame_or_the_theory_does_not_hold():
    assert not squashes_of(*soft_drop(1), 1 / 16)
    scene, trace = soft_drop(16)
    hard = scene.with_({"bodies.ball.material": "steel"})
    assert not squashes_of(hard, trace, 1 / 256)
    fast = replace(trace, contacts=(replace(trace.contacts[0], speed_before=40.0),))
    assert not squashes_of(scene, fast, 1e-4)


# motion blur and flicker --------------------------------------------------------------------------------------------------------------


@needs_mitsuba
def test_motion_blur_lies_along_the_way_and_can_be_left_out():
    scene, trace = ball_drop(radius=0.2, height=2.0, frames=10)
    blurred, job = renderer(scene, trace, size=(208, 120), tier="preview", samples=1)
    ways = blurred._blur.ways(8)
    x, y, _ = job.camera.project(trace.position[8, 1], 8)
    before = job.camera.project(trace.position[7, 1], 7)
    assert ways[int(y), int(x)] == pytest.approx(blurred._blur.share * (np.array([x, y]) - before[:2]), abs=0.35)
    assert (ways[-5:] == 0).all()
    sharp, _ = renderer(scene, trace, size=(208, 120), tier="preview", samples=1, blur=False)
    a, b = blurred.frame(8).astype(int), sharp.frame(8).astype(int)
    changed = np.abs(a - b).max(axis=2) > 6
    rows, columns = np.nonzero(changed)
    radius = 0.2 * job.camera.focal(8) / job.camera.project(trace.position[8, 1], 8)[2]
    assert changed.any() and np.ptp(rows) > 1.5 * radius and (np.abs(columns - x) < radius + 4).all()


@needs_mitsuba
def test_still_pixels_do_not_flicker():
    scene, trace = ball_drop(radius=0.1, height=1.0, frames=4, look={"style": "indoor"})
    made, job = renderer(scene, trace, size=(208, 120), tier="preview")
    frames = [made.frame(k).astype(float) / 255 for k in (0, 1, 2, 3)]
    buffer = GeometryBuffer(scene, trace, job.camera, times=job.times)
    ball = np.any([buffer.frame(k).ids == trace.index("ball") for k in range(4)], axis=0)
    x = job.camera.project(trace.position[0, 1], 0)[0]
    far = ~ball & (np.abs(np.arange(208)[None] - x) > 40)  # away from the ball and its shadow
    errors = [np.abs(b - a)[far].mean() for a, b in pairwise(frames)]
    assert far.mean() > 0.3 and max(errors) < 0.002


@needs_mitsuba
@pytest.mark.slow
def test_a_slow_pan_does_not_flicker_once_its_flow_is_taken_out():
    from scipy.ndimage import map_coordinates

    bodies = {"ground": ground(), "ball": rigid({"type": "sphere", "radius": 0.3}, (0, 0, 0.3), "rubber", color="red")}
    scene = Scene.from_data({"bodies": bodies, "camera": {"move": "pan_left"}})
    trace = trace_of(scene, frames=81)
    made, job = renderer(scene, trace, size=(832, 480), tier="preview")  # as it is delivered
    first, second = (made.frame(k).astype(float) / 255 for k in (40, 41))
    buffer = GeometryBuffer(scene, trace, job.camera, times=job.times)
    flow, seen = buffer.flow(buffer.frame(40), 41)
    rows, columns = np.mgrid[0:480, 0:832]
    back = [
        map_coordinates(second[..., c], [rows + flow[..., 1], columns + flow[..., 0]], order=3, mode="nearest")
        for c in range(3)
    ]
    error = np.abs(np.stack(back, axis=-1) - first)[seen]
    assert np.abs(flow[seen]).max() > 0.6 and error.mean() < 0.002


def test_a_still_camera_saves_work_and_changes_nothing():
    bodies = {
        "ground": ground(),
        "ball": rigid({"type": "sphere", "radius": 0.2}, (0, 0, 1), "rubber", color="red"),
        "cup": rigid({"type": "cup", "radius": 0.15, "height": 0.4}, (0.4, -0.3, 0.2), "glass"),
        "box": rigid({"type": "box", "size": (0.3, 0.3, 0.3)}, (-0.5, 0.3, 0.15), "steel"),
    }
    scene = Scene.from_data({"bodies": bodies})
    spin = path(lambda t: 0.3 * t, 0.0, lambda t: 1 - t)
    trace = trace_of(scene, frames=8, motion={"ball": lambda t: (spin(t), turned((1, 0, 0), 3 * t))})
    kept, _ = renderer(scene, trace, size=(160, 96))
    anew, _ = renderer(scene, trace, size=(160, 96))
    kept.frame(0)
    anew._tracer._view._moving = True  # every pixel of every frame
    assert (kept.frame(6) == anew.frame(6)).all()


# large enough when it matters ---------------------------------------------------------------------------------------------------------


def across(t, speed, start=0.0):
    return start + speed * t


SCENES = {
    "a 10 cm ball from 10 m": ({"type": "sphere", "radius": 0.05}, path(0.0, 0.0, bouncing(10, 0.05)), 64, (1.428,)),
    "a marble from 7 m": ({"type": "sphere", "radius": 0.008}, path(0.0, 0.0, bouncing(7, 0.008)), 48, (1.195,)),
    "a coin on a large ground": (
        {"type": "cylinder", "radius": 0.012, "height": 0.002}, path(0.0, 0.0, bouncing(1.0, 0.001, 0.3)), 32, (0.4516,),
    ),
    "a far drone": ({"type": "box", "size": (0.4, 0.4, 0.1)}, path(lambda t: across(t, 7, -15), 0.0, 20.0), 64, ()),
    "a butterfly's way": ({"type": "box", "size": (0.07, 0.05, 0.02)}, path(lambda t: across(t, 1.5, -3), 0.0, 1.2), 64, ()),
    "a golf ball that rolls": ({"type": "sphere", "radius": 0.021}, path(lambda t: 8 * (1 - np.exp(-t)), 0.0, 0.021), 64, ()),
    "a thrown stone": (
        {"type": "sphere", "radius": 0.04}, path(lambda t: 10 * t, 0.0, lambda t: np.maximum(1.5 + 9 * t - 4.9 * t * t, 0.04)), 40, (1.985,),
    ),
    "a puck": ({"type": "cylinder", "radius": 0.038, "height": 0.025}, path(lambda t: across(t, 5, -10), 0.0, 0.013), 64, ()),
    "a small box from a tower": ({"type": "box", "size": (0.1, 0.1, 0.1)}, path(0.0, 0.0, bouncing(25, 0.05, 0.2)), 64, (2.258,)),
    "a big ball nearby": ({"type": "sphere", "radius": 0.5}, path(0.0, 0.0, bouncing(2, 0.5)), 40, (0.639,)),
}  # fmt: skip


def smallest_across(scene, trace, moments, names, size=(416, 240)):
    """The smallest width [px of a 480 px high picture] of the named bodies at times [s], from the geometry buffer."""
    times, _ = clip_times(scene, trace)
    camera = frame_camera(scene, trace, size=size, times=times)
    buffer = GeometryBuffer(scene, trace, camera, times=times)
    found = []
    for name, moment in zip(names, moments, strict=True):
        rows, columns = np.nonzero(buffer.frame(int(np.abs(times - moment).argmin())).ids == trace.index(name))
        found.append(max(np.ptp(rows), np.ptp(columns)) + 1 if len(rows) else 0)
    return min(found) * 480 / size[1], camera


@pytest.mark.parametrize("name", SCENES)
def test_a_mover_is_at_least_32_pixels_across_when_it_matters(name):
    shape, motion, frames, hits = SCENES[name]
    scene = Scene.from_data({"bodies": {"ground": ground(), "thing": rigid(shape, (0, 0, 1))}})
    trace = trace_of(scene, frames=frames, motion={"thing": motion})
    trace = replace(trace, contacts=tuple(Contact("thing", "ground", t, t + 0.01, 1, 5, 2, 0, 0, 0) for t in hits))
    moments = hits or (0.3, trace.duration / 2, trace.duration - 0.3)
    pixels, camera = smallest_across(scene, trace, moments, ["thing"] * len(moments))
    assert pixels >= 32, camera.why
    assert camera.kind == "fixed" or "thing" in camera.why


def test_movers_far_apart_are_shown_by_a_cut_that_is_named():
    bodies = {
        "ground": ground(),
        "car": rigid({"type": "box", "size": (4, 1.8, 1.4)}, (-12, 3, 0.7), "steel"),
        "apple": rigid({"type": "sphere", "radius": 0.04}, (8, 0, 3), "apple"),
    }
    scene = Scene.from_data({"bodies": bodies})
    motion = {"car": path(lambda t: -12 + 5 * t, 3.0, 0.7), "apple": path(8.0, 0.0, bouncing(2.9, 0.04, 0.3))}
    trace = trace_of(scene, frames=64, motion=motion)
    trace = replace(trace, contacts=(Contact("apple", "ground", 0.769, 0.78, 1, 7.5, 2, 8, 0, 0),))
    pixels, camera = smallest_across(scene, trace, (0.769, 2.5), ["apple", "car"])
    assert pixels >= 32 and camera.kind == "cut" and "apple" in camera.why
    chinese = scene.with_({"language": "zh"})
    assert "近景" in frame_camera(chinese, trace).why


def test_asked_outcomes_count_as_moments_and_crowds_get_one_shot():
    bodies = {
        "ground": ground(),
        **{f"marble_{k}": rigid({"type": "sphere", "radius": 0.01}, (0.1 * k, 0, 4)) for k in range(1, 7)},
    }
    bodies["lamp"] = rigid({"type": "box", "size": (1, 1, 1)}, (0, 6, 0.5), "wood")
    goals = {"falls": {"type": "falls", "body": "marble_1", "drop": 2.0, "asked": "falls"}}
    scene = Scene.from_data({"bodies": bodies, "goals": goals})
    motion = {f"marble_{k}": path(0.1 * k, 0.0, bouncing(4, 0.01, 0.2)) for k in range(1, 7)}
    trace = trace_of(scene, frames=48, motion=motion)
    times, _ = clip_times(scene, trace)
    subject = subject_of(scene, poses_at(trace, times), trace)
    first = next(m for m in subject.movers if m.name == "marble_1")
    assert first.asked and any(abs(times[f] - first.asked[0]) < 0.1 for f in moments(first, trace, times))
    why = frame_camera(scene, trace, times=times).why
    assert not any(f"marble_{k}" in why for k in range(2, 7))


def test_two_far_apart_that_matter_at_once_take_turns_and_meet_in_one_shot():
    bodies = {
        "ground": ground(),
        "a": rigid({"type": "sphere", "radius": 0.15}, (-14, 0, 0.15)),
        "b": rigid({"type": "sphere", "radius": 0.15}, (14, 0, 0.15)),
    }
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(
        scene,
        frames=49,
        motion={"a": path(lambda t: -14 + 4.5 * t, 0.0, 0.15), "b": path(lambda t: 14 - 4.5 * t, 0.0, 0.15)},
    )
    why = frame_camera(scene, trace).why
    assert "a from" in why and "b from" in why and "a & b" in why


# inputs that are hard to picture ------------------------------------------------------------------------------------------------------


def test_a_thousand_bodies_make_a_draft():
    bodies = {"ground": ground()}
    for k in range(1000):
        place = (0.3 * (k % 32) - 4.8, 0.3 * (k // 32), 0.1)
        bodies[f"b{k}"] = rigid({"type": "box", "size": (0.2, 0.2, 0.2)}, place, "wood")
    scene = Scene.from_data({"bodies": bodies})
    frame = next(preview_frames(scene, trace_of(scene, frames=1), size=SMALL, tier="draft", workers=1))
    assert frame.std() > 8


def test_a_camera_in_a_body_and_one_that_sees_nothing_make_pictures():
    for eye, target in (((0, 0, 1), (1, 0, 1)), ((0, -5, 1), (0, -50, 40))):
        keys = [{"time": 0, "eye": eye, "target": target, "fov": 40}]
        scene, trace = ball_drop(radius=0.5, height=0.5, frames=1, camera={"keys": keys})
        frame = next(preview_frames(scene, trace, size=SMALL, tier="draft", workers=1))
        assert frame.shape == (72, 128, 3) and frame.mean() > 2


def test_a_full_disk_is_said_in_words(tmp_path, monkeypatch):
    from pathlib import Path

    from scenes.errors import RunError, UserError

    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    from generator import video

    scene, trace = ball_drop(frames=2)
    monkeypatch.setattr(video.VideoWriter, "_message", lambda self: "No space left on device")
    monkeypatch.setattr(video.VideoWriter, "write", lambda self, frame: (_ for _ in ()).throw(RunError(
        f"The video could not be written: {self._message()}."
    )))  # fmt: skip
    with pytest.raises((RunError, UserError), match="No space left"):
        render_preview(scene, trace, tmp_path / "clip.mp4", size=SMALL, tier="draft", workers=1)
    assert not list(tmp_path.iterdir())


# slow motion --------------------------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([1, 2, 4, 8, 16]), st.integers(2, 30))
def test_slow_motion_shows_recorded_moments_and_no_others(slow, frames):
    scene, trace = ball_drop(frames=frames, fps=16.0 * slow, camera={"slow": slow})
    times, rate = clip_times(scene, trace)
    assert rate == pytest.approx(16) and len(times) == frames
    assert times == pytest.approx(trace.time, abs=1e-9)  # every frame of the clip is a frame of the simulation


@pytest.mark.parametrize(("said", "factor"), [("8x", 8), ("4", 4), ("1/8", 8), ("8倍", 8), (None, None)])
def test_the_option_of_slow_motion_reads_what_people_write(said, factor):
    from hybrid.options import slowness_of

    assert slowness_of(said) == factor


@pytest.mark.parametrize("said", ["fast", "0", "-3x", "1/0", ""])
def test_the_option_of_slow_motion_refuses_the_rest(said):
    from hybrid.options import slowness_of
    from scenes.errors import UserError

    with pytest.raises(UserError, match="8x"):
        slowness_of(said)


def test_slow_motion_beyond_the_finest_record_is_refused_with_the_limit():
    from hybrid.pipeline import recording_rate
    from scenes.errors import UserError

    scene, _ = ball_drop(frames=2, camera={"slow": 100})
    with pytest.raises(UserError, match="62x or less"):
        recording_rate(scene, 16.0)


@pytest.mark.parametrize(
    ("text", "lang", "view", "move", "slow"),
    [
        ("A ball falls in 8x slow motion", "en", None, None, 8),
        ("A glass shatters, filmed at 1/10 speed", "en", None, None, 10),
        ("以八分之一速度播放，一个球落下", "zh", None, None, 8),
        ("慢动作：一个杯子掉下来", "zh", None, None, 4),
        ("A close-up of a marble rolling on a table", "en", "close_up", None, None),
        ("A drone flies over a field, tracking shot", "en", "tracking", "track", None),
        ("the camera slowly pans left while a car drives by", "en", None, "pan_left", None),
        ("low angle shot of a box falling", "en", "low_angle", None, None),
        ("bird's eye view of three balls colliding", "en", "bird_eye", None, None),
        ("seen from above, two balls collide", "en", "top", None, None),
        ("A first-person view of a ball rolling toward the viewer", "en", "first_person", None, None),
        ("orbit shot of a spinning top", "en", None, "orbit", None),
        ("俯视镜头：两个球相撞", "zh", "top", None, None),
        ("镜头缓慢推近一个下落的苹果", "zh", None, "zoom_in", None),
        ("A car tracks mud into the house", "en", None, None, None),
        ("A red ball rolls to the right", "en", None, None, None),
    ],
)
def test_stated_cameras_are_read_in_both_languages(text, lang, view, move, slow):
    from planner.camera import stated_camera

    said = stated_camera(text, lang)
    assert (said.view, said.move, said.slow) == (view, move, slow)


def test_a_back_view_mirrors_left_and_right_and_first_person_sees_from_eye_height():
    bodies = {
        "ground": ground(),
        "left": rigid({"type": "box", "size": (0.5, 0.5, 0.5)}, (-1, 0, 0.25)),
        "right": rigid({"type": "box", "size": (0.5, 0.5, 0.5)}, (1, 0, 0.25)),
        "front": rigid({"type": "box", "size": (0.5, 0.5, 0.5)}, (0, -1, 0.25)),
    }
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(scene, frames=2)

    def seen(view):
        camera = frame_camera(scene.with_({"camera.view": view}), trace)
        return {n: camera.project(np.array(scene.bodies[n].position), 0) for n in ("left", "right", "front")}, camera

    front, _ = seen("front")
    back, _ = seen("back")
    assert front["left"][0] < front["front"][0] < front["right"][0] and front["front"][2] < front["left"][2]
    assert back["left"][0] > back["front"][0] > back["right"][0] and back["front"][2] > back["left"][2]
    person, camera = seen("first_person")
    assert camera.eye[0, 2] == pytest.approx(1.6, abs=0.02) and person["left"][0] < person["right"][0]
