"""Control passes are exact: flow carries albedo onto albedo, depth and poses agree, and masks, tracks, skeletons and effects are where the
closed forms say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from generator_scenes import ball_drop, bouncing, ground, path, rigid, trace_of, turned

from generator.passes import CATEGORIES, PASSES, make_passes
from generator.skeleton import BODY_25, drawn_skeletons, openpose_json
from scenes.errors import UserError
from scenes.scene import Scene
from sim.trace import Contact, ExtraArray

SIZE = (320, 192)


def fetched(image: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """`image` at pixel + flow, bilinear."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    x, y = np.clip(columns + flow[..., 0], 0, width - 1.001), np.clip(rows + flow[..., 1], 0, height - 1.001)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = (x - x0)[..., None], (y - y0)[..., None]
    top = image[y0, x0] * (1 - fx) + image[y0, x0 + 1] * fx
    return top * (1 - fy) + (image[y0 + 1, x0] * (1 - fx) + image[y0 + 1, x0 + 1] * fx) * fy


def rolling(t):
    return np.stack([-0.6 + 1.2 * t, 0 * t, 0 * t + 0.3], axis=1), turned((0, 1, 0), 1.2 * t / 0.3)


def busy(**more) -> tuple[Scene, object]:
    """A rolling ball behind a post, a walking person, a turning box, on brick."""
    bodies = {
        "ground": ground("brick"),
        "ball": rigid({"type": "sphere", "radius": 0.3}, (0, 0, 0.3), "rubber", color="red"),
        "post": rigid({"type": "box", "size": (0.2, 0.2, 1.0)}, (0.3, -0.6, 0.5), "wood", fixed=True),
        "crate": rigid({"type": "box", "size": (0.4, 0.4, 0.4)}, (0.9, 0.3, 0.6), "wood"),
        "person": {"kind": "figure", "species": "person", "position": (-0.8, 0.6, 0.85), "posture": "walk"},
    }
    scene = Scene.from_data({"bodies": bodies, **more})

    def spinning(t):
        return np.tile([0.9, 0.3, 0.6], (len(t), 1)), turned((0.2, 0.3, 1), 1.5 * t)

    motion = {"ball": rolling, "person": path(lambda t: -0.8 + t, 0.6, 0.85), "crate": spinning}
    return scene, trace_of(scene, frames=10, motion=motion)


def broken() -> tuple[Scene, object]:
    """A body that ends at frame 4, where two that did not exist before fly apart."""
    bodies = {"ground": ground("wood")}
    for name, x in (("pot", 0.0), ("left", -0.2), ("right", 0.2)):
        bodies[name] = rigid({"type": "box", "size": (0.3, 0.3, 0.3)}, (x, 0, 0.5), "wood")
    scene = Scene.from_data({"bodies": bodies})
    away = {
        "left": path(lambda t: -0.2 - 1.5 * np.maximum(t - 0.25, 0), 0.0, 0.5),
        "right": path(lambda t: 0.2 + 1.5 * np.maximum(t - 0.25, 0), 0.0, 0.5),
    }
    trace = trace_of(scene, frames=10, motion=away)
    alive = trace.alive.copy()
    alive[4:, trace.index("pot")] = False
    alive[:4, [trace.index("left"), trace.index("right")]] = False
    return scene, replace(trace, alive=alive, position=np.where(alive[..., None], trace.position, np.nan))


def shrinking() -> tuple[Scene, object]:
    """Ice that loses a third of its size while it turns."""
    bodies = {"ground": ground("brick"), "ice": rigid({"type": "box", "size": (0.5, 0.5, 0.5)}, (0, 0, 0.4), "wood")}
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(
        scene, frames=10, motion={"ice": lambda t: (np.tile([0, 0, 0.4], (len(t), 1)) * 1.0, turned((0, 0, 1), t))}
    )
    scale = trace.scale.copy()
    scale[:, trace.index("ice")] = (1 - np.arange(10) / 30)[:, None]
    return scene, replace(trace, scale=scale)


SCENES = {
    "busy": busy,
    "orbit": lambda: busy(camera={"move": "orbit"}),
    "zoom": lambda: busy(camera={"move": "zoom_in"}),
    "broken": broken,
    "melting": shrinking,
    "slow": lambda: busy(camera={"slow": 4.0}),
}


@pytest.mark.parametrize("name", SCENES)
def test_the_next_frame_fetched_along_the_flow_is_this_frame(name):
    scene, trace = SCENES[name]()
    passes = make_passes(scene, trace, size=(480, 288), fps=16, which=["ids", "albedo", "flow", "depth"])
    start = 4 if name != "slow" else 16
    first, second = list(passes.frames(start, start + 2))
    seen = ~first.hidden_forward & (first.ids >= 0)
    # A pixel whose neighbours are another body's is blended with them by any bilinear fetch, exact flow or not.
    own = np.abs(fetched(second.ids[..., None].astype(float), first.flow_forward)[..., 0] - first.ids) < 1e-6
    inner = seen & own & (first.depth < 12)
    assert inner.sum() > 0.8 * (seen & (first.depth < 12)).sum()
    warped = np.abs(fetched(second.albedo, first.flow_forward) - first.albedo)[inner].mean()
    assert warped < 0.005
    moving = inner & (np.hypot(first.flow_forward[..., 0], first.flow_forward[..., 1]) > 1.5)
    if (
        moving.sum() > 500
    ):  # the error of pixels that moved is that of another place of the texture when they are not carried
        still = np.abs(second.albedo - first.albedo)[moving].mean()
        carried = np.abs(fetched(second.albedo, first.flow_forward) - first.albedo)[moving].mean()
        assert carried < 0.5 * still


def test_textured_motion_under_a_moving_camera_is_wrong_by_ten_times_without_the_flow():
    bodies = {
        "ground": ground("brick"),
        "ball": rigid({"type": "sphere", "radius": 0.3}, (0, 0, 0.3), "rubber", color="red"),
    }
    keys = [
        {"time": 0, "eye": (-1.2, -3, 1.6), "target": (-0.6, 0, 0.3)},
        {"time": 0.6, "eye": (1.2, -3, 1.6), "target": (0.6, 0, 0.3)},
    ]
    scene = Scene.from_data({"bodies": bodies, "camera": {"keys": keys}})
    trace = trace_of(scene, frames=10, motion={"ball": rolling})
    passes = make_passes(scene, trace, size=(832, 480), which=["ids", "albedo", "flow", "depth"])
    first, second = list(passes.frames(4, 6))
    own = np.abs(fetched(second.ids[..., None].astype(float), first.flow_forward)[..., 0] - first.ids) < 1e-6
    inner = ~first.hidden_forward & (first.ids >= 0) & own & (first.depth < 6)
    warped = np.abs(fetched(second.albedo, first.flow_forward) - first.albedo)[inner].mean()
    unwarped = np.abs(second.albedo - first.albedo)[inner].mean()
    assert warped < 0.005 and unwarped > 0.05, (warped, unwarped)


@pytest.mark.parametrize("move", ["still", "orbit"])
def test_depth_flow_and_poses_agree_to_a_millimetre(move):
    scene, trace = busy(camera={"move": move})
    passes = make_passes(scene, trace, size=SIZE, which=["ids", "depth", "position", "flow"])
    camera = passes.camera
    for frame in passes.frames(2, 5):
        height, width = frame.ids.shape
        solid = frame.ids >= 0
        y, x = np.mgrid[0.5:height, 0.5:width]
        right, up, ahead = camera.axes(frame.frame)
        f = camera.focal(frame.frame)
        ray = ((x - width / 2) / f)[..., None] * right + ((height / 2 - y) / f)[..., None] * up + ahead
        point = camera.eye[frame.frame] + ray * np.where(solid, frame.depth, 0)[..., None]
        near = solid & (frame.depth < 15)
        assert np.abs(point - frame.position)[near].max() < 1e-3
        # Carried by the recorded pose of its body, the point lands where the flow says.
        poses, t = passes.buffer.geometry.poses, frame.frame
        for name in ("ball", "crate", "ground"):
            k = trace.index(name)
            mine = near & (frame.ids == k)
            local = (frame.position[mine] - poses.position[t, k]) @ poses.rotation[t, k]
            moved = local @ poses.rotation[t + 1, k].T + poses.position[t + 1, k]
            image = camera.project(moved, t + 1)
            expected = image[:, :2] - np.stack([x[mine], y[mine]], axis=1)
            metres = np.abs(frame.flow_forward[mine] - expected).max(axis=1) * image[:, 2] / f
            assert metres.max() < 1e-3, name


def test_going_on_and_back_ends_where_it_began():
    scene, trace = busy(camera={"move": "orbit"})
    passes = make_passes(scene, trace, size=SIZE, which=["ids", "flow", "backward_flow"])
    first, second = list(passes.frames(4, 6))
    own = np.abs(fetched(second.ids[..., None].astype(float), first.flow_forward)[..., 0] - first.ids) < 1e-6
    inner = ~first.hidden_forward & own & (first.ids >= 0)
    back = fetched(second.flow_backward.astype(float), first.flow_forward)
    error = np.abs(first.flow_forward + back).max(axis=-1)[inner]
    assert np.median(error) < 0.01 and np.percentile(error, 98) < 0.25
    # What is hidden backward was not on the picture before: fresh pixels appear where the camera turns to.
    assert second.hidden_backward.any() and not second.hidden_backward.all()


def test_whole_outlines_hold_what_is_seen_and_boxes_hold_the_outlines():
    scene, trace = busy()
    passes = make_passes(scene, trace, size=SIZE, which=["ids", "objects", "amodal"])
    hidden = 0
    for frame in passes:
        for view in frame.objects:
            whole = view.amodal.full(frame.ids.shape).astype(bool)
            seen = frame.mask(view.name)
            assert not (seen & ~whole).any()
            assert view.area == seen.sum() and view.area_whole == whole.sum()
            hidden += int(view.area_whole - view.area)
            if view.box is not None:
                rows, columns = np.nonzero(seen)
                assert view.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
                assert view.centroid == pytest.approx((columns.mean() + 0.5, rows.mean() + 0.5))
                x0, y0, x1, y1 = view.box_whole
                assert (
                    x0 <= view.box[0] + 1 and y0 <= view.box[1] + 1 and x1 >= view.box[2] - 1 and y1 >= view.box[3] - 1
                )
    assert hidden > 50  # the post stands before the ball
    post = next(view for view in frame.objects if view.name == "post")
    assert post.visibility == 1.0 and not post.moves


def test_an_outline_behind_something_is_that_of_the_body_alone():
    scene, trace = busy()
    alone = scene.model_copy(update={"bodies": {k: v for k, v in scene.bodies.items() if k in {"ground", "ball"}}})
    passes = make_passes(scene, trace, size=SIZE, which=["objects", "amodal"])
    free = make_passes(alone, trace, size=SIZE, which=["ids"], camera=passes.camera)
    for frame, bare in zip(passes, free, strict=True):
        ball = next(view for view in frame.objects if view.name == "ball")
        assert (ball.amodal.full((SIZE[1], SIZE[0])).astype(bool) == bare.mask("ball")).all()


def test_tracks_stay_on_their_body_and_hide_behind_others():
    scene, trace = busy()
    passes = make_passes(scene, trace, size=SIZE, which=["ids", "tracks"])
    frames = list(passes)
    names = [passes.trace.names[k] for k in passes.points.owner]
    assert set(names) == {"ball", "crate", "person"}
    tracks = passes.tracks()
    assert tracks.xy.shape == (10, len(names), 2) and tracks.visible.shape == (10, len(names))
    for frame in frames:
        assert np.allclose(frame.tracks, tracks.xy[frame.frame])
        at = np.floor(frame.tracks).astype(int)
        for (x, y), seen, name in zip(at, frame.tracks_visible, names, strict=True):
            if seen:
                around = frame.ids[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
                assert (around == trace.index(name)).any()
    ball = [k for k, name in enumerate(names) if name == "ball"]
    assert not tracks.visible[:, ball].all()  # it rolls: its far side and the post hide points
    k = trace.index("ball")
    radius = np.linalg.norm(tracks.position[:, ball] - trace.position[:, None, k], axis=2)
    assert radius == pytest.approx(0.3, abs=0.004)
    dense = passes.dense_tracks(step=16)
    assert dense.xy.shape[1] > 150 and dense.visible[0].all()


def test_points_of_a_body_that_ends_keep_their_place_unseen():
    scene, trace = broken()
    passes = make_passes(scene, trace, size=SIZE, which=["tracks"])
    tracks = passes.tracks()
    pot = [k for k, name in enumerate(tracks.body) if name == "pot"]
    late = [k for k, name in enumerate(tracks.body) if name == "left"]
    assert tracks.visible[:4][:, pot].all() and not tracks.visible[4:][:, pot].any()
    assert (tracks.xy[4:, pot] == tracks.xy[3, pot]).all()
    assert not tracks.visible[:4][:, late].any() and tracks.visible[4][late].any()
    assert np.isfinite(tracks.xy).all()


@pytest.mark.parametrize(
    "posture,species", [("walk", "person"), ("stand", "girl"), ("wave", "man"), ("sit", "astronaut"), ("lie", "woman")]
)
def test_joints_that_are_seen_lie_within_the_figure(posture, species):
    bodies = {
        "ground": ground(),
        "person": {"kind": "figure", "species": species, "position": (0, 0, 0.85), "posture": posture},
    }
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(scene, frames=3, motion={"person": path(lambda t: t if posture == "walk" else 0 * t, 0.0, 0.85)})
    passes = make_passes(scene, trace, size=SIZE, which=["ids", "skeletons"])
    for frame in passes:
        (one,) = frame.skeletons
        assert one.visible.sum() >= 12
        inside = 0
        for (x, y, _), seen in zip(one.joints, one.visible, strict=True):
            if seen:
                column, row = int(x), int(y)
                inside += bool((frame.ids[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] == 1).any())
        assert inside == one.visible.sum()
        named = dict(zip(BODY_25, one.position, strict=True))
        if posture != "lie":
            assert named["nose"][2] > named["neck"][2] > named["mid_hip"][2]
            assert named["left_shoulder"][1] > named["right_shoulder"][1]  # it faces +x, and its left is +y
            thigh = [np.linalg.norm(named[f"{side}_hip"] - named[f"{side}_knee"]) for side in ("left", "right")]
            assert thigh[0] == pytest.approx(thigh[1], rel=0.03)
    people = openpose_json(frame.skeletons)
    assert people["version"] == 1.3 and len(people["people"][0]["pose_keypoints_2d"]) == 75
    drawn = drawn_skeletons(frame.skeletons, SIZE)
    assert drawn.shape == (SIZE[1], SIZE[0], 3) and drawn.any()


def test_a_joint_behind_a_wall_is_not_seen():
    bodies = {
        "ground": ground(),
        "person": {"kind": "figure", "species": "person", "position": (0, 0, 0.85), "posture": "stand"},
        "wall": rigid({"type": "box", "size": (2, 0.1, 1.0)}, (0, -0.8, 0.5), "brick", fixed=True),
    }
    keys = [{"time": 0, "eye": (0, -6, 1.0), "target": (0, 0, 0.9), "fov": 30}]
    scene = Scene.from_data({"bodies": bodies, "camera": {"keys": keys}})
    trace = trace_of(scene, frames=2)
    (one,) = next(iter(make_passes(scene, trace, size=SIZE, which=["skeletons"]))).skeletons
    seen = dict(zip(BODY_25, one.visible, strict=True))
    assert not seen["left_ankle"] and not seen["right_knee"] and seen["right_shoulder"] and seen["neck"]


def test_the_shadow_of_a_ball_lies_where_the_sun_says():
    scene, trace = ball_drop(radius=0.2, height=0.6, frames=6)
    passes = make_passes(scene, trace, size=SIZE, which=["ids", "position", "effects"])
    sun = np.asarray(passes.buffer.stage.environment.sun)
    frame = next(passes.frames(2, 3))
    masks = frame.effects["ball"]
    shade = masks.shadow.full(frame.ids.shape)
    assert (frame.ids[shade > 0] == trace.index("ground")).all()
    centre = trace.position[2, trace.index("ball")]
    foot = centre + sun * (centre[2] / -sun[2])
    middle = frame.position[shade > 127].mean(axis=0)
    assert np.hypot(*(middle - foot)[:2]) < 0.05
    # Every point in it is within a radius of the sun's ray through the centre.
    way = frame.position[shade == 255] - centre
    off = np.linalg.norm(way - (way @ sun)[:, None] * sun, axis=1)
    assert len(off) > 50 and off.max() < 0.2 + 0.02


def test_two_shadows_over_each_other_belong_to_nobody_alone():
    bodies = {
        "ground": ground(),
        "low": rigid({"type": "box", "size": (0.6, 0.6, 0.05)}, (0, 0, 0.4), "wood"),
        "high": rigid({"type": "box", "size": (0.3, 0.3, 0.05)}, (0, 0, 0.9), "wood"),
    }
    scene = Scene.from_data({"bodies": bodies, "look": {"style": "daylight"}})
    drift = path(lambda t: 0.001 * t, 0.0, 0.4)
    trace = trace_of(scene, frames=3, motion={"low": drift, "high": path(lambda t: 0.001 * t, 0.0, 0.9)})
    frame = next(make_passes(scene, trace, size=SIZE, which=["ids", "effects"]).frames(0, 1))
    low = frame.effects["low"].shadow.full(frame.ids.shape).astype(int)
    high = frame.effects.get("high")
    both = low + (high.shadow.full(frame.ids.shape) if high is not None else 0)
    assert both.max() <= 255 and low.any()


def test_a_mirror_shows_what_stands_over_it_and_contact_is_a_narrow_band():
    bodies = {
        "ground": ground(),
        "plate": rigid({"type": "box", "size": (2, 2, 0.1)}, (0, 0, 0.05), "steel", fixed=True),
        "ball": rigid({"type": "sphere", "radius": 0.2}, (0, 0, 0.3), "rubber", color="red"),
    }
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(scene, frames=4, motion={"ball": path(lambda t: 0.05 * t, 0.0, 0.3)})
    trace = replace(trace, contacts=(Contact("ball", "plate", 0.0, 0.1, 0.5, 0, 0, 0, 0, 0.1),))
    passes = make_passes(scene, trace, size=SIZE, which=["ids", "position", "effects", "contacts"])
    frame = next(passes.frames(1, 2))
    masks = frame.effects["ball"]
    mirror = masks.reflection.full(frame.ids.shape) > 0
    assert (frame.ids[mirror] == trace.index("plate")).all() and mirror.any()
    touch = masks.contact.full(frame.ids.shape) > 0
    assert set(np.unique(frame.ids[touch])) <= {trace.index("plate"), trace.index("ball")} and touch.any()
    assert np.linalg.norm(frame.position[touch] - [0.05 / 16, 0, 0.1], axis=1).max() < 0.2
    (contact,) = frame.contacts
    assert contact.impulse == 0.5 and contact.since == pytest.approx(1 / 16)
    assert (contact.x, contact.y) == pytest.approx(passes.camera.project(np.array([0, 0, 0.1]), 1)[:2])
    later = next(passes.frames(3, 4))
    assert later.contacts == () and not later.effects["ball"].contact.values.size


def test_temperature_is_that_of_the_cells():
    bodies = {
        "ground": ground(),
        "bar": rigid({"type": "box", "size": (1.0, 0.2, 0.2)}, (0, 0, 0.4), "iron", fixed=True),
    }
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(scene, frames=3)
    x = np.linspace(-0.475, 0.475, 20)
    cells = np.stack([x, 0 * x, 0 * x], axis=1)
    values = 20 + 100 * (x + 0.5) + np.array([0, 8, 16])[:, None]
    extra = {
        "temperature": ExtraArray(values, "degC"), "temperature_position": ExtraArray(cells, "m"),
        "temperature_body": ExtraArray(np.full(20, 1)),
    }  # fmt: skip
    passes = make_passes(
        scene, replace(trace, extra=extra), size=SIZE, fps=32, which=["ids", "position", "temperature"]
    )
    for frame in list(passes)[:4]:
        bar = frame.ids == 1
        assert np.isnan(frame.temperature[~bar]).all()
        expected = 20 + 100 * (frame.position[bar][:, 0] + 0.5) + 8 * frame.time * 16
        assert np.abs(frame.temperature[bar] - expected).max() < 6  # a cell is 5 cm, which is 5 degrees


def test_ids_and_categories_have_a_legend():
    scene, trace = busy()
    passes = make_passes(scene, trace, size=SIZE, which=["ids", "semantic"])
    frame = next(iter(passes))
    legend = {row["name"]: row for row in passes.legend.as_dict()["instances"]}
    assert legend["ball"]["category"] == "ball" and legend["person"]["category"] == "person"
    assert legend["ground"]["category"] == "ground"
    for name, row in legend.items():
        assert (frame.semantic[frame.ids == trace.index(name)] == row["category_id"]).all()
    assert (frame.semantic[frame.ids == -1] == CATEGORIES.index("sky")).all()


def test_only_what_is_asked_for_is_there_and_processes_agree():
    scene, trace = busy()
    passes = make_passes(scene, trace, size=(160, 96), which=["depth", "tracks", "flow"])
    alone = list(passes)
    assert alone[0].normal is None and alone[0].ids is None and alone[0].objects is None
    shared = list(make_passes(scene, trace, size=(160, 96), which=["depth", "tracks", "flow"], workers=2))
    assert len(shared) == len(alone)
    for one, two in zip(alone, shared, strict=True):
        assert one.frame == two.frame
        assert np.array_equal(one.depth, two.depth) and np.array_equal(
            one.flow_forward, two.flow_forward, equal_nan=True
        )
        assert np.array_equal(one.tracks, two.tracks)
    assert (
        list(make_passes(scene, trace, size=(160, 96), which=["depth"], workers=2).map(lambda f: f.depth.shape))
        == [(96, 160)] * 10
    )
    assert set(PASSES) >= {"ids", "depth", "flow", "backward_flow", "effects", "skeletons"}


# input that is out of the ordinary ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["all", "core"])
@pytest.mark.parametrize("size", [(31, 17), (16, 16)])
def test_odd_sizes_and_one_frame(size, which):
    scene, trace = ball_drop(frames=1)
    (frame,) = make_passes(scene, trace, size=size, which=which)
    assert frame.depth.shape == (size[1], size[0]) and not frame.flow_forward.any()


def test_a_camera_that_looks_away_says_so():
    scene, trace = ball_drop(frames=4)
    away = scene.with_({"camera.keys": [{"time": 0, "eye": (0, -5, 1), "target": (0, -9, 1)}]})
    passes = make_passes(away, trace, size=(64, 48))
    assert any("comes into view" in said for said in passes.warnings)
    frames = list(passes)
    assert all(view.box is None for frame in frames for view in frame.objects if view.name == "ball")
    assert len(passes.points) == 0 or not passes.tracks().visible.any()


def test_a_camera_inside_a_body_says_so():
    bodies = {"ground": ground(), "crate": rigid({"type": "box", "size": (2, 2, 2)}, (0, 0, 1), "wood")}
    scene = Scene.from_data(
        {"bodies": bodies, "camera": {"keys": [{"time": 0, "eye": (0, 0, 1), "target": (0, 5, 1)}]}}
    )
    passes = make_passes(scene, trace_of(scene, frames=2), size=(64, 48))
    assert any("inside crate" in said for said in passes.warnings)
    assert all((frame.ids == 1).all() for frame in passes)
    free, trace = ball_drop(frames=2)
    assert make_passes(free, trace, size=(64, 48)).warnings == ()


def test_a_thousand_bodies():
    bodies = {"ground": ground()}
    for k in range(1000):
        bodies[f"box_{k}"] = rigid(
            {"type": "box", "size": (0.1, 0.1, 0.1)}, (k % 40 * 0.15, k // 40 * 0.15, 0.05), "wood"
        )
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(scene, frames=2, motion={"box_7": path(lambda t: t, 0.0, 0.5)})
    frame = next(make_passes(scene, trace, size=(160, 96), which=["ids", "objects", "amodal", "flow"]).frames(0, 1))
    assert len(frame.objects) == 1000 and len(np.unique(frame.ids)) > 300


@pytest.mark.parametrize(
    "wrong,words",
    [
        ({"which": ["dept"]}, "'depth'"),
        ({"size": (5, 5)}, "16"),
        ({"fps": -1}, "frames per second"),
        ({"workers": 0}, "at least 1"),
        ({"which": []}, "name some"),
    ],
)
def test_what_cannot_be_asked_is_said(wrong, words):
    scene, trace = ball_drop(frames=2)
    with pytest.raises(UserError, match=words):
        make_passes(scene, trace, **wrong)


def test_slow_motion_shows_simulated_instants():
    scene, trace = ball_drop(radius=0.2, height=1.0, frames=17)
    slow = scene.with_({"camera.slow": 4.0})
    passes = make_passes(slow, trace, size=(64, 48), fps=16, which=["objects"])
    assert len(passes) == 65 and passes.times[1] - passes.times[0] == pytest.approx(1 / 64)
    frame = next(passes.frames(8, 9))
    z = bouncing(1.0, 0.2)(np.array([8 / 64]))[0]
    ball = next(view for view in frame.objects if view.name == "ball")
    assert ball.center[2] > 0 and abs(passes.buffer.geometry.poses.position[8, 1, 2] - z) < 0.02
