"""The camera sees all asked motion, keeps left left, and stands where a camera can stand."""

from __future__ import annotations

import numpy as np
import pytest
from generator_scenes import ball_drop, ground, path, rigid, trace_of
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.camera import clip_times, frame_camera
from generator.framing import Lens, _direction, camera_axes, fit, steady_up
from scenes.errors import UserError
from scenes.scene import Scene
from sim.trace import Contact


def pixels(camera, trace, name):
    column = trace.index(name)
    return np.array([camera.project(trace.position[f, column], f) for f in range(len(camera))])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(-20, 20)] * 3), min_size=2, max_size=30),
    st.floats(-180, 180),
    st.floats(-5, 60),
    st.floats(20, 70),
    st.floats(0.5, 2.2),
)
def test_fit_sees_every_point_and_no_nearer_camera_does(points, azimuth, elevation, fov, aspect):
    cloud = np.asarray(points)
    if np.ptp(cloud, axis=0).max() < 1e-3:
        return
    lens, forward = Lens(fov, aspect), _direction(azimuth, elevation)
    eye, _ = fit(cloud, forward, lens)
    axes = camera_axes(forward, steady_up(forward[None])[0])
    local = (cloud - eye) @ axes.T
    limits = np.array(lens.slopes) * (0.86, 0.80)
    assert (local[:, 2] > 0).all()
    use = np.abs(local[:, :2]) / (local[:, 2:] * limits)
    assert use.max() <= 1.0 + 1e-6
    clearance = 0.05 * np.ptp(cloud, axis=0).max()
    assert use.max() == pytest.approx(1.0, abs=1e-6) or local[:, 2].min() == pytest.approx(clearance, rel=1e-6)


def test_all_of_a_drop_is_in_view_above_the_ground_and_large_enough():
    scene, trace = ball_drop()
    camera = frame_camera(scene, trace)
    assert camera.kind == "fixed" and not camera.moving()
    seen = pixels(camera, trace, "ball")
    assert (seen[:, 0] > 30).all() and (seen[:, 0] < 802).all() and (seen[:, 1] > 20).all() and (seen[:, 1] < 460).all()
    assert camera.eye[:, 2].min() > 0
    assert camera.details["smallest_px"] > 32


def test_left_stays_left_and_front_stays_in_front():
    bodies = {
        "ground": ground(),
        "left": rigid({"type": "box", "size": (0.2, 0.2, 0.2)}, (-1, 0, 0.1)),
        "right": rigid({"type": "box", "size": (0.2, 0.2, 0.2)}, (1, 0, 0.1)),
        "behind": rigid({"type": "box", "size": (0.2, 0.2, 0.2)}, (0, 1, 0.1)),
    }
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(scene, frames=3)
    camera = frame_camera(scene, trace)
    left, right, behind = (pixels(camera, trace, n)[0] for n in ("left", "right", "behind"))
    assert left[0] < behind[0] < right[0]
    assert behind[2] > left[2] and behind[2] > right[2]


def test_a_flat_scene_keeps_the_edge_and_the_centre_of_its_layout():
    bodies = {"ground": ground(), "ball": rigid({"type": "sphere", "radius": 0.15}, (-1.5, 0, 0.15))}
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(scene, motion={"ball": path(lambda t: np.minimum(-1.5 + t, 0.0), 0.0, 0.15)})
    seen = pixels(frame_camera(scene, trace), trace, "ball")
    assert seen[0, 0] < 0.25 * 832
    assert seen[-1, 0] == pytest.approx(416, abs=12)


def test_a_tall_fall_of_a_small_ball_is_followed_and_never_lost():
    scene, trace = ball_drop(radius=0.05, height=10.0, frames=72)
    camera = frame_camera(scene, trace)
    assert camera.kind == "tracking" and "follows ball" in camera.why
    seen = pixels(camera, trace, "ball")
    radius = 0.05 * camera.focal(0) / seen[:, 2]
    assert (seen[:, 0] - radius > 0).all() and (seen[:, 0] + radius < 832).all()
    assert (seen[:, 1] - radius > 0).all() and (seen[:, 1] + radius < 480).all()
    assert np.median(2 * radius) >= 30 and (2 * radius).min() >= 16
    assert 2 * radius[-1] >= 30  # the bounces are seen from near
    jump = np.linalg.norm(np.diff(camera.target, n=2, axis=0), axis=1)
    moved = np.linalg.norm(np.diff(trace["ball"].position, n=2, axis=0), axis=1)
    assert jump.max() < 0.8 * moved.max()  # smoother than the ball itself


@pytest.mark.parametrize(
    "view", ["front", "side", "top", "three_quarter", "close_up", "wide", "tracking", "low_angle", "bird_eye"]
)
def test_every_view_sees_the_ball_from_above_the_ground(view):
    scene, trace = ball_drop(camera={"view": view})
    camera = frame_camera(scene, trace)
    seen = pixels(camera, trace, "ball")
    assert ((seen[:, :2] > 0) & (seen[:, :2] < (832, 480))).all()
    assert camera.eye[:, 2].min() > 0
    forward = camera.target[0] - camera.eye[0]
    forward /= np.linalg.norm(forward)
    expected = {"side": (-1, 0), "top": (0, 0), "front": (0, 1)}.get(view)
    if expected is not None:
        assert forward[:2] == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("move", ["pan_left", "pan_right", "zoom_in", "zoom_out", "orbit", "track"])
def test_moves_move(move):
    scene, trace = ball_drop(camera={"move": move})
    camera = frame_camera(scene, trace)
    assert camera.moving()
    if move.startswith("zoom"):
        assert (np.diff(camera.fov) < 1e-12).all() if move == "zoom_in" else (np.diff(camera.fov) > -1e-12).all()
    if move == "pan_left":
        start, end = camera.target[0] - camera.eye[0], camera.target[-1] - camera.eye[-1]
        assert end[0] / end[1] < start[0] / start[1]


def test_stated_keys_win_and_pass_through_their_times():
    keys = [
        {"time": 0, "eye": (0, -5, 1), "target": (0, 0, 1), "fov": 30},
        {"time": 1, "eye": (1, -4, 2), "target": (0, 0, 1), "fov": 50},
    ]
    scene, trace = ball_drop(camera={"keys": keys})
    camera = frame_camera(scene, trace)
    assert camera.kind == "keys"
    assert (
        camera.eye[0] == pytest.approx((0, -5, 1))
        and camera.eye[16] == pytest.approx((1, -4, 2))
        and camera.fov[16] == pytest.approx(50)
    )


def test_projection_and_rays_are_inverse():
    scene, trace = ball_drop(camera={"move": "orbit", "view": "three_quarter"})
    camera = frame_camera(scene, trace, size=(97, 61))
    rays = camera.rays(7)
    back = camera.project(camera.eye[7] + 3.7 * rays, 7)
    rows, columns = np.mgrid[0:61, 0:97]
    assert back[..., 0] == pytest.approx(columns + 0.5, abs=1e-9) and back[..., 1] == pytest.approx(
        rows + 0.5, abs=1e-9
    )


def test_a_wall_before_the_motion_turns_the_camera():
    wall = rigid({"type": "box", "size": (3, 0.1, 6)}, (0, -1.2, 3), "concrete", fixed=True)
    bodies = {"ground": ground(), "wall": wall, "ball": rigid({"type": "sphere", "radius": 0.15}, (0, 0, 2))}
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(scene, motion={"ball": path(0.0, 0.0, lambda t: 2.0 - 0.9 * t)})
    camera = frame_camera(scene, trace)
    way = trace["ball"].position - camera.eye
    at_wall = camera.eye + way * ((-1.2 - camera.eye[:, 1]) / way[:, 1])[:, None]
    behind = (camera.eye[:, 1] < -1.2) & (np.abs(at_wall[:, 0]) < 1.5)
    assert behind.mean() < 0.1 and "turned" in camera.why


def test_the_eye_is_in_no_body():
    house = rigid({"type": "box", "size": (9, 9, 5)}, (0, -6, 2.5), "brick", fixed=True)
    bodies = {"ground": ground(), "house": house, "ball": rigid({"type": "sphere", "radius": 0.2}, (0, 0, 1))}
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(scene, motion={"ball": path(lambda t: 0.5 * t, 0.0, 0.2)})
    eye = frame_camera(scene, trace).eye[0]
    assert not ((np.abs(eye - (0, -6, 2.5)) < (4.5, 4.5, 2.5)).all())


def test_what_rolls_away_after_the_last_touch_does_not_shrink_the_picture():
    bodies = {
        "ground": ground(),
        "ball": rigid({"type": "sphere", "radius": 0.05}, (-0.5, 0, 0.05)),
        "block": rigid({"type": "box", "size": (0.1, 0.1, 0.1)}, (0, 0, 0.05)),
    }
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(
        scene,
        frames=80,
        motion={
            "ball": path(lambda t: -0.5 + 2 * t, 0.0, 0.05),
            "block": path(lambda t: np.clip(t - 0.22, 0, 0.2), 0.0, 0.05),
        },
    )
    from dataclasses import replace

    trace = replace(trace, contacts=(Contact("ball", "block", 0.22, 0.24, 0.1, 2, 1, 0, 0, 0.05),))
    camera = frame_camera(scene, trace)
    assert "ball leaves the picture" in camera.why
    block = pixels(camera, trace, "block")
    assert 0.1 * camera.focal(0) / block[0, 2] > 2.5 * 6.5  # 6.5 px when all of the way has to be seen


def test_slow_motion_stretches_the_clip():
    scene, trace = ball_drop(frames=17)
    times, fps = clip_times(scene.with_({"camera.slow": 4.0}), trace, 16.0)
    assert fps == 16 and len(times) == 65 and times[4] == pytest.approx(1 / 16)


@pytest.mark.parametrize("size", [(0, 0), (832, 0), (-4, 480), (100_000, 480)])
def test_impossible_sizes_are_refused_in_words(size):
    scene, trace = ball_drop(frames=3)
    with pytest.raises(UserError, match="cannot be rendered"):
        frame_camera(scene, trace, size=size)


def test_one_frame_and_an_empty_scene_have_a_camera():
    scene, trace = ball_drop(frames=1)
    assert len(frame_camera(scene, trace)) == 1
    empty = Scene.from_data({"bodies": {"ground": ground()}})
    camera = frame_camera(empty, trace_of(empty, frames=2))
    assert np.isfinite(camera.eye).all() and camera.eye[0, 2] > 0
