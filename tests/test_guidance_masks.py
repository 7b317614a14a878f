"""Laws of the masks on the latent grid, of the schedule, of controls, of stills and of guidability. No torch."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from generator_scenes import ball_drop
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.guidance import (
    Combined,
    FirstFrame,
    Grid,
    MaskSettings,
    Reference,
    Sampling,
    SDEdit,
    StillThenMove,
    TwoClock,
    control_video,
    flow_sigmas,
    mask_agreement,
    pin_layers,
    plan_steps,
    recoloured,
    reference_from,
    reference_times,
    still_agreement,
)  # fmt: skip
from generator.guidance.controls import flow_picture
from generator.guidance.guidability import decimated, guidability, oversampled_frames
from generator.guidance.masks import first_frame_mask, pin_names, to_cells, token_mask, union_mask
from generator.guidance.skeleton import person_joints
from scenes.errors import UserError
from sim.trace import Contact

GRIDS = (Grid(), Grid(4, 16, 2))


def boxes(frames: int, height: int, width: int, side: int, at: list[tuple[int, int]]) -> np.ndarray:
    mask = np.zeros((frames, height, width), dtype=bool)
    for t in range(frames):
        x, y = at[t]
        mask[t, max(y, 0) : y + side, max(x, 0) : x + side] = True
    return mask


def reference(ids: np.ndarray, names: tuple[str, ...] = ("ball",), statuses: dict | None = None, **more) -> Reference:
    frames = np.where((ids >= 0)[..., None], np.uint8(200), np.uint8(60)).repeat(3, axis=-1).astype(np.uint8)
    return Reference(
        frames=frames, ids=ids.astype(np.int32), names=names, statuses=statuses or {}, **{"movers": names, **more}
    )


moves = st.tuples(st.integers(-4, 90), st.integers(-4, 60), st.integers(-12, 12), st.integers(-8, 8)).map(
    lambda m: [(m[0] + m[2] * t, m[1] + m[3] * t) for t in range(17)]
)


@given(moves, st.integers(2, 40), st.sampled_from(GRIDS), st.sampled_from([1, 5, 9, 17]))
@settings(max_examples=25, deadline=None)
def test_whatever_is_seen_is_pinned(at, side, grid, frames):
    mask = boxes(frames, 64, 96, side, at[:frames])
    weights = token_mask(mask, grid)
    assert weights.shape == (grid.latent_frames(frames), -(-64 // grid.token), -(-96 // grid.token))
    assert weights.min() >= 0 and weights.max() <= 1
    for t in np.flatnonzero(mask.any(axis=(1, 2))):
        own = weights[grid.group_of(int(t))]
        assert own.max() == 1.0  # never thinner than a token
        rows, columns = np.nonzero(mask[t])
        touched = np.zeros(own.shape, dtype=bool)
        touched[rows // grid.token, columns // grid.token] = True
        assert (own[touched] > 0).all()  # every token that it touches has some weight
    empty = [k for k in range(len(weights)) if not mask[[t for t in grid.group(k) if t < frames]].any()]
    assert not weights[empty].any()


@given(moves, st.integers(2, 40), st.integers(0, 2))
@settings(max_examples=25, deadline=None)
def test_masks_grow_with_dilation_and_with_time(at, side, dilate):
    grid, mask = Grid(), boxes(17, 64, 96, side, at)
    group, wide, union = token_mask(mask, grid), token_mask(mask, grid, dilate=dilate), union_mask(mask, grid)
    assert (wide >= group).all()
    assert (group <= union).all()  # a group mask never pins what is touched in no frame of the clip


@given(st.integers(0, 60), st.sampled_from(GRIDS))
@settings(deadline=None)
def test_groups_tile_the_clip(frames, grid):
    frames = 4 * frames + 1
    tiles = [t for k in range(grid.latent_frames(frames)) for t in grid.group(k)]
    assert tiles == list(range(frames))
    assert all(t in grid.group(grid.group_of(t)) for t in range(frames))


def test_first_frame_masks_lose_small_fast_things_and_union_masks_pin_where_nothing_is():
    grid = Grid()
    mask = boxes(17, 64, 256, 6, [(14 * t, 33) for t in range(17)])
    group, first, union = token_mask(mask, grid), first_frame_mask(mask, grid), union_mask(mask, grid)
    seen = [bool(group[k].any()) for k in range(5)]
    assert all(seen) and not all(first[k].any() for k in range(5))
    touched = np.zeros(group.shape, dtype=bool)
    for t in range(17):
        rows, columns = np.nonzero(mask[t])
        touched[grid.group_of(t), rows // 16, columns // 16] = True

    def f1(found: np.ndarray) -> float:
        hit = ((found > 0) & touched).sum()
        return 2 * hit / ((found > 0).sum() + touched.sum())

    assert f1(group) > 0.95 > f1(union) > f1(first)


def test_cells_repeat_tokens():
    cells = to_cells(np.arange(6, dtype=np.float32).reshape(1, 2, 3), Grid(), (4, 6))
    assert (cells[0, :2, :2] == 0).all() and (cells[0, 2:, 4:] == 5).all()


def status_reference(camera_moving: bool = False) -> Reference:
    ids = np.full((9, 64, 128), -1)
    for column in range(5):
        ids[:, 20:40, 4 + 24 * column : 20 + 24 * column] = column
    names = ("ball", "bird", "smoke", "table", "ground")
    effects = {"shadow:ball": np.zeros(ids.shape, dtype=bool)}
    effects["shadow:ball"][:, 44:50, :20] = True
    return reference(
        ids, names, {"ball": "solved", "bird": "proxied", "smoke": "imagined", "table": "solved", "ground": "solved"}, movers=("ball", "bird", "smoke"), ground=("ground",),
        effects=effects, camera_moving=camera_moving,
    )  # fmt: skip


def test_status_says_how_long_and_how_widely_a_thing_is_pinned():
    layers = {
        layer.name: layer
        for layer in pin_layers(status_reference(), Grid(), MaskSettings(), weak=0.95, strong=0.90, floor=0.875)
    }
    assert set(layers) == {
        "ball",
        "bird",
        "table",
        "shadow:ball",
    }  # imagined smoke never, the ground never, no background with a fixed camera
    assert layers["ball"].until == pytest.approx(0.90)
    assert layers["ball"].until < layers["shadow:ball"].until < 0.95 and layers["ball"].until < layers["bird"].until
    assert (layers["bird"].mask > 0).sum() > 2 * (layers["ball"].mask > 0).sum()


def test_the_background_is_pinned_only_while_the_camera_moves_and_never_under_what_is_imagined():
    moving = status_reference(camera_moving=True)
    layer = next(
        layer
        for layer in pin_layers(moving, Grid(), MaskSettings(), weak=0.95, strong=0.90)
        if layer.name == "background"
    )
    assert (
        layer.mask[:, 1, 3:4].max() == 0 and layer.mask[:, 0, :].min() == 1
    )  # smoke spans tokens 3; the sky above is held


@given(st.floats(0.3, 0.99), st.floats(0.0, 1.0), st.floats(0.0, 0.9))
@settings(max_examples=25, deadline=None)
def test_nothing_is_pinned_below_the_boundary(weak, share, floor):
    strong = weak * share
    assert all(
        until >= floor
        for until in pin_names(status_reference(True), MaskSettings(), weak=weak, strong=strong, floor=floor).values()
    )


# schedule -----------------------------------------------------------------------------------------------------------------------------


def test_the_schedule_of_the_published_settings():
    plan = TwoClock().schedule(Sampling(prompt="a"))
    actions = {name: [step.step for step in plan if step.action == name] for name in ("skip", "enter", "pin", "free")}
    assert actions["skip"] == list(range(16)) and actions["enter"] == [16] and actions["pin"] == list(range(17, 23))
    assert actions["free"] == list(range(23, 40))
    assert [step.step for step in plan if step.expert == "low"] == list(range(26, 40))
    assert {step.guidance_scale for step in plan if step.expert == "low"} == {3.0}


@given(st.integers(1, 60), st.floats(1.0, 16.0), st.floats(0.3, 1.0))
@settings(max_examples=40, deadline=None)
def test_schedules_enter_once_and_go_down(steps, shift, enter_at):
    plan = plan_steps(Sampling(prompt="a", steps=steps, shift=shift), enter_at=enter_at)
    levels = flow_sigmas(steps, shift)
    assert len(plan) == steps and (np.diff(levels) < 0).all() and levels[-1] == 0
    running = [step for step in plan if step.runs]
    assert running and running[0].sigma <= max(enter_at, float(levels[-2])) + 1e-6
    assert [step.step for step in running] == list(range(running[0].step, steps))


@pytest.mark.parametrize(
    ("guidance", "changes", "word"),
    [
        (TwoClock(sigma_strong=0.85), {}, "boundary"),
        (TwoClock(sigma_weak=0.9, sigma_strong=0.95), {}, "above sigma_weak"),
        (TwoClock(sigma_weak=1.4), {}, "noise levels"),
        (TwoClock(), {"steps": 3}, "more --steps"),
        (SDEdit(sigma=0.0), {}, "0.94"),
    ],
)
def test_wrong_settings_are_refused_with_a_cure(guidance, changes, word):
    with pytest.raises(UserError, match=word):
        guidance.check(Sampling(prompt="a", **changes))


def test_few_steps_are_warned_of():
    assert "few-step" in TwoClock().advice(Sampling(prompt="a", steps=8))[0]
    assert not TwoClock().advice(Sampling(prompt="a"))
    for kind in (TwoClock(), FirstFrame(), Combined([FirstFrame(), TwoClock()]), StillThenMove()):
        english, chinese = (kind.advice(Sampling(prompt="a", steps=8), language=language) for language in ("en", "zh"))
        assert len(english) == len(chinese) >= 1 and all(re.search("[\u4e00-\u9fff]", line) for line in chinese)


@pytest.mark.parametrize(
    ("field", "value", "near"),
    [("size", (830, 480), "832x480"), ("num_frames", 80, "81"), ("steps", 0, "40"), ("boundary_ratio", 875, "0.875")],
)
def test_samplings_that_wan_cannot_run_are_refused(field, value, near):
    with pytest.raises(UserError, match=near):
        Sampling(prompt="a", **{field: value})


def test_a_reference_must_fit_the_clip_and_the_model():
    clip = Sampling(prompt="a", size=(128, 64), num_frames=9)
    two = status_reference()
    TwoClock().check(clip, two)
    with pytest.raises(UserError, match="render the preview"):
        TwoClock().check(clip.with_(num_frames=13), two)
    five = SimpleNamespace(
        name="wan2.2-ti2v-5b", pipelines=("t2v", "i2v"), experts=1, boundary_ratio=None, grid=Grid(4, 16, 2)
    )
    with pytest.raises(UserError, match="32 px"):
        TwoClock().check(clip.with_(size=(112, 64), boundary_ratio=None), None, five)
    with pytest.raises(UserError, match="one expert"):
        TwoClock().check(clip, two, five)


# the reference of a scene -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dropped():
    scene, trace = ball_drop(radius=0.11, height=2.0, frames=20)
    hit = float(np.sqrt(2 * 2.0 / 9.80665))
    trace = replace(trace, contacts=(Contact("ball", "ground", hit, hit + 0.01, 1.0, 6.0, 4.5, 0.2 * hit, 0.0, 0.0),))
    return scene, trace, reference_from(scene, trace, None, size=(128, 80), num_frames=21, fps=16, flow=True)


def test_a_reference_shows_what_the_camera_sees(dropped):
    _, _, found = dropped
    assert found.num_frames == 21 and found.held == 1 and found.movers == ("ball",) and found.ground == ("ground",)
    column = found.names.index("ball")
    for t in (0, 6, 12):
        rows, columns = np.nonzero(found.mask("ball")[t])
        assert (
            np.hypot(
                columns.mean() + 0.5 - found.centres[t, column, 0], rows.mean() + 0.5 - found.centres[t, column, 1]
            )
            < 0.7
        )
    assert np.isfinite(found.depth[found.mask("ball")]).all()
    inside = found.mask("ball")[4]
    step = found.centres[5, column] - found.centres[4, column]
    assert np.allclose(np.median(found.flow[4][inside], axis=0), step, atol=0.3)
    assert not found.flow[-2:].any()  # what is held stands still


def test_shadows_and_touches_are_effects(dropped):
    _, trace, found = dropped
    assert {"shadow:ball", "contact:ball"} <= set(found.effects)
    assert not (found.effects["shadow:ball"] & found.mask("ball")).any()
    assert found.effects["shadow:ball"].any(axis=(1, 2)).mean() > 0.5
    frame = round(trace.contacts[0].t_start * 16)
    assert found.effects["contact:ball"][frame].any() and not found.effects["contact:ball"][0].any()
    assert found.contact_times["ball"] == pytest.approx([trace.contacts[0].t_start])


def test_oversampled_references_are_the_same_motion_slower(dropped):
    scene, trace, _ = dropped
    times, held = reference_times(scene, trace, num_frames=33, fps=16, oversample=3)
    assert held == 0 and np.allclose(np.diff(times), 1 / 48)
    clip = np.arange(oversampled_frames(33, 3))
    assert (decimated(clip, 3, 33) == 3 * np.arange(33)).all() and len(clip) % 4 == 1
    with pytest.raises(UserError):
        reference_times(scene, trace, num_frames=33, fps=16, oversample=0)


def test_parts_of_a_reference_keep_their_own_time(dropped):
    _, _, found = dropped
    part = found.part(8, 9)
    assert part.num_frames == 9 and part.contact_times["ball"] == pytest.approx([found.contact_times["ball"][0] - 0.5])
    assert found.part(12, 9).held == 1 and found.part(0, 9).held == 0


# controls -----------------------------------------------------------------------------------------------------------------------------


def test_controls_follow_their_conventions(dropped):
    found = dropped[2]
    depth = control_video(found, "depth")
    assert depth.shape == found.frames.shape and all(frame.min() == 0 and frame.max() == 255 for frame in depth)
    ball = found.mask("ball")[5]
    assert depth[5][ball].mean() > depth[5][~ball].mean()  # near is white
    flow = control_video(found, "flow")
    assert (flow[0] == flow[1]).all() and (flow[-1] == 255).all()  # doubled first frame; nothing moves when held
    layout = control_video(found, "layout")
    rows, columns = np.nonzero((layout[5] != 255).any(axis=-1))
    own = np.nonzero(ball)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (
        own[0].min(),
        own[0].max(),
        own[1].min(),
        own[1].max(),
    )
    with pytest.raises(UserError, match="person"):
        control_video(found, "pose")


def test_flow_colours_tell_directions_apart():
    pictures = [
        flow_picture(np.broadcast_to(np.array(v, dtype=float), (4, 4, 2))) for v in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    colours = [tuple(int(c) for c in picture[0, 0]) for picture in pictures]
    assert (
        len(set(colours)) == 4
        and min(np.abs(np.subtract(a, b)).sum() for a in colours for b in colours if a != b) > 150
    )
    assert colours[0][0] > 200 and colours[0][2] < 100  # to the right is red in the wheel of Baker et al.


def test_people_have_skeletons():
    from generator.figures_mesh import figure_pieces

    joints = person_joints(figure_pieces("person", 1.7, 0.0, "stand"))
    assert joints is not None and np.isfinite(joints).all()
    nose, neck, hips, ankles = joints[0], joints[1], joints[[8, 11]], joints[[10, 13]]
    assert nose[2] > neck[2] > hips[:, 2].max() > ankles[:, 2].max() and ankles[:, 2].max() < 0.15
    assert (joints[[2, 3, 4, 8, 9, 10, 14, 16], 1] < 0).all() and (
        joints[[5, 6, 7, 11, 12, 13, 15, 17], 1] > 0
    ).all()  # left is +y
    assert person_joints(figure_pieces("rabbit", 0.3, 0.0, "stand")) is None


# stills -------------------------------------------------------------------------------------------------------------------------------


def painted(shift: int = 0, *, ball: tuple[int, int, int] = (40, 90, 200), noise: float = 12.0) -> np.ndarray:
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:96, :128]
    out = np.where((np.hypot(x - 50 - shift, y - 40) < 16)[..., None], ball, (150, 140, 120)) + rng.normal(
        0, noise, (96, 128, 3)
    )
    return np.clip(out, 0, 255).astype(np.uint8)


def still_reference() -> Reference:
    y, x = np.mgrid[:96, :128]
    ids = np.where(np.hypot(x - 50, y - 40) < 16, 0, -1)[None].astype(np.int32)
    return Reference(
        frames=painted(ball=(210, 40, 30), noise=2.0)[None], ids=ids, names=("ball",), statuses={}, movers=("ball",)
    )


def test_a_still_is_kept_only_when_its_things_are_in_their_places():
    found = still_reference()
    assert still_agreement(painted(), found, 0).kept
    assert still_agreement(painted(1), found, 0).kept
    moved = still_agreement(painted(12), found, 0)
    assert not moved.kept and "ball" in moved.why
    assert not still_agreement(painted(ball=(150, 140, 120)), found, 0).kept  # left out
    ious = [mask_agreement(painted(shift), found.mask("ball")[0])[0] for shift in (0, 2, 4, 8)]
    assert ious == sorted(ious, reverse=True) and ious[0] > 0.95
    assert mask_agreement(painted(4), found.mask("ball")[0])[1] == pytest.approx(4.0, abs=0.5)


def test_the_render_takes_the_colours_of_the_still():
    found = still_reference()
    seen = recoloured(found, painted())
    ball = found.mask("ball")[0]
    assert np.abs(seen[0][ball].mean(axis=0) - (40, 90, 200)).max() < 6
    assert np.abs(seen[0][~ball].mean(axis=0) - (150, 140, 120)).max() < 6


# guidability --------------------------------------------------------------------------------------------------------------------------


def flying(side: int, speed: int, frames: int = 33, width: int = 640, **more) -> Reference:
    mask = boxes(frames, 128, width, side, [(10 + speed * t, 40) for t in range(frames)])
    return reference(np.where(mask, 0, -1), **more)


def test_large_slow_things_can_be_guided_and_small_fast_ones_cannot():
    assert guidability(flying(48, 4)).verdict == "good"
    small = guidability(flying(8, 2))
    assert small.verdict == "poor" and small.objects[0].tokens == pytest.approx(0.5) and small.cures[0].kind == "camera"
    fast = guidability(flying(16, 17))
    assert fast.objects[0].diameters == pytest.approx(4.25, rel=0.05) and any(
        cure.kind == "oversample" for cure in fast.cures
    )
    assert guidability(flying(40, 4), grid=Grid(4, 16, 2)).verdict == "weak"  # tokens of TI2V-5B are twice as wide


def test_the_cure_cures():
    fast = flying(32, 17)
    cure = next(cure for cure in guidability(fast).cures if cure.kind == "oversample")
    slower = flying(32, round(17 / cure.value))
    assert (
        guidability(fast).objects[0].limits["diameters"] != "good"
        and guidability(slower).objects[0].limits["diameters"] == "good"
    )
    assert cure.option == f"--time-oversample {cure.value:.0f}"


def test_contacts_are_told_by_their_phase_and_can_be_aligned():
    inside = flying(32, 9, contact_times={"ball": [10.5 / 16]})  # frames 9..12 are a group
    found = guidability(inside)
    assert found.objects[0].contact_phases == (pytest.approx(0.5),) and found.objects[0].limits["contacts"] == "weak"
    align = next(cure for cure in found.cures if cure.kind == "align")
    moved = (10.5 / 16 - align.value) * 16 % 4
    assert min(moved, 4 - moved) < 0.1
    assert guidability(flying(32, 9, contact_times={"ball": [12 / 16]})).objects[0].limits["contacts"] == "good"


def test_hidden_things_are_told():
    seen = flying(48, 4)
    ids = seen.ids.copy()
    ids[8:28] = -1
    found = guidability(reference(ids))
    assert found.objects[0].hidden == pytest.approx(20 / 33) and found.objects[0].limits["hidden"] == "weak"


def test_the_verdict_speaks_both_languages():
    words = guidability(flying(8, 40), language="zh").sentences()
    assert all(any("\u4e00" <= ch <= "\u9fff" for ch in line) for line in words)
    english = guidability(flying(8, 40)).sentences()
    assert (
        len(english) == len(words)
        and "--time-oversample" in " ".join(english)
        and "--time-oversample" in " ".join(words)
    )
