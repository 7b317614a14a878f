"""`simulate`: the form of its record, its books, its drivers, events and joints, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.errors import UserError
from scenes.scene import Scene
from sim.check_scenes import GRAVITY, body, drop, ground, pair, scene
from sim.simulate import simulate
from sim.trace import Trace

BALL = {"type": "sphere", "radius": 0.05}
CUBE = {"type": "box", "size": [0.2, 0.2, 0.2]}


def checks_of(trace: Trace) -> dict[str, bool]:
    return {check["name"]: check["passed"] for check in trace.meta["audit"]["checks"]}


def test_the_record_is_uniform_from_zero_and_holds_the_bodies_in_order() -> None:
    trace = simulate(drop(1.0, 0.6), fps=24, seconds=1.5)
    assert trace.names == ("ground", "ball")
    assert np.allclose(trace.time, np.arange(37) / 24)
    assert np.allclose(np.linalg.norm(trace.orientation, axis=2), 1.0)
    assert trace.position[0, 1, 2] == pytest.approx(1.1)
    assert np.isinf(trace.mass[0]) and np.isfinite(trace.mass[1])
    assert trace["ball"].height[0] == pytest.approx(1.0)
    assert trace.alive.all()


def test_a_whole_number_of_steps_fits_a_frame_and_the_rate_is_reported() -> None:
    for fps in (16, 24, 25, 30, 60):
        trace = simulate(drop(0.2, 0.5), fps=fps, seconds=0.2)
        per_frame = trace.meta["steps_per_second"] / fps
        assert per_frame == pytest.approx(round(per_frame))
        assert trace.meta["steps_per_second"] >= 960
    assert simulate(drop(0.2, 0.5, rate=2000), seconds=0.1).meta["steps_per_second"] == 2000


def test_the_duration_follows_the_scene_the_caller_and_the_outcomes() -> None:
    falling = drop(1.0, 0.5)
    assert simulate(falling, seconds=1.25).duration == 1.25
    assert simulate(falling.model_copy(update={"duration": 0.75})).duration == 0.75
    assert 2.0 <= simulate(falling).duration <= 15.0
    hit = falling.model_copy(
        update={
            "goals": {
                "hit": Scene.from_data(
                    {
                        "bodies": {"ball": body(BALL, (0, 0, 1)), "ground": ground()},
                        "goals": {"h": {"type": "hits", "a": "ball", "b": "ground"}},
                    }
                ).goals["h"]
            }
        }
    )
    assert simulate(hit).duration == 2.0
    slow = simulate(drop(30.0, 0.5))
    assert slow.duration > math.sqrt(60 / GRAVITY)


def test_the_same_scene_gives_the_same_bytes(tmp_path: Path) -> None:
    digests = set()
    for name in ("a", "b"):
        simulate(drop(1.0, 0.7), seconds=1.0).save(tmp_path / f"{name}.npz")
        digests.add(hashlib.sha256((tmp_path / f"{name}.npz").read_bytes()).hexdigest())
    assert len(digests) == 1


def test_meta_is_plain_and_says_which_pairs_were_used() -> None:
    trace = simulate(drop(1.0, 0.7), seconds=0.5)
    meta = json.loads(json.dumps(trace.meta))
    entry = next(e for e in meta["pairs"] if e["pair"] == "concrete+rubber")
    assert entry["restitution"]["wanted"] == 0.7 and entry["restitution"]["used"] == pytest.approx(0.7)
    assert entry["restitution"]["status"] == "set"
    assert meta["settings"]["useSplitImpulse"] == 1


@settings(max_examples=12, deadline=None)
@given(e=st.floats(0.2, 0.9), height=st.floats(0.3, 3.0), radius=st.floats(0.03, 0.3))
def test_a_contact_reports_closing_and_parting_speeds_in_the_ratio_of_restitution(
    e: float, height: float, radius: float
) -> None:
    trace = simulate(drop(height, e, radius=radius), seconds=math.sqrt(2 * height / GRAVITY) + 0.1)
    first = trace.contacts[0]
    assert first.involves("ball", "ground") and first.body_a == "ball"
    assert first.speed_before == pytest.approx(math.sqrt(2 * GRAVITY * height), rel=0.02)
    assert first.speed_after / first.speed_before == pytest.approx(e, rel=0.02)
    assert first.impulse_Ns == pytest.approx(trace["ball"].mass * (first.speed_before + first.speed_after), rel=0.02)
    assert first.z == pytest.approx(0.0, abs=0.01)


def test_energy_and_momentum_books_close_in_a_pile() -> None:
    bodies = {"ground": ground()}
    for i in range(8):
        turn = [1.0, 0.3 * i, 0.2, -0.1 * i]
        shape = [
            CUBE,
            BALL,
            {"type": "cylinder", "radius": 0.08, "height": 0.2},
            {"type": "capsule", "radius": 0.06, "height": 0.1},
        ][i % 4]
        bodies[f"b{i}"] = body(shape, (0.03 * i, 0.02 * (i % 3), 0.3 + 0.35 * i), orientation=turn, material="wood")
    trace = simulate(scene(bodies, drag=True), seconds=3)
    assert checks_of(trace) == {"finite": True, "momentum": True, "energy": True, "overlap": True}
    total = trace.extra["energy"].data.sum(axis=1)
    assert total[-1] < total[0]
    momentum = next(c for c in trace.meta["audit"]["checks"] if c["name"] == "momentum")
    assert momentum["value"] < 1e-9


def test_the_audit_finds_a_force_that_nobody_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    from sim import medium

    original = medium.Medium.kick

    def tampered(self: medium.Medium, steps: int) -> None:
        original(self, steps)
        entry = self.world.entries[1]
        linear, angular = self.world.velocity(entry)
        self.world.set_velocity(entry, (linear[0] + 1e-3, linear[1], linear[2]), angular)

    monkeypatch.setattr(medium.Medium, "kick", tampered)
    trace = simulate(drop(1.0, 0.5), seconds=0.5)
    failed = next(c for c in trace.meta["audit"]["checks"] if not c["passed"])
    assert not trace.meta["audit"]["passed"]
    assert failed["name"] == "momentum" and "ball" in failed["evidence"] and "0.06" in failed["evidence"]


def test_what_is_not_rigid_is_named_and_left_out() -> None:
    data = {"bodies": {"ground": ground(), "flame": {"kind": "field", "field": "flame"}, "flag": {"kind": "cloth"}}}
    trace = simulate(Scene.from_data(data), seconds=0.2)
    assert trace.names == ("ground",)
    assert trace.meta["not_simulated"] == {"flame": "field", "flag": "cloth"}


# drivers and events --------------------------------------------------------------------------------------------------------------------


def test_a_body_on_a_path_is_where_the_path_is_and_strikes_like_an_immovable_one() -> None:
    bodies = {
        "bat": body({"type": "box", "size": [0.1, 0.5, 0.5]}, (-1, 0, 0), mass=1.0, material="steel"),
        "ball": body(BALL, (0, 0, 0), mass=0.2, material="steel"),
    }
    path = {
        "type": "path",
        "body": "bat",
        "keys": [{"time": 0, "position": [-1, 0, 0]}, {"time": 1, "position": [1, 0, 0]}],
    }
    trace = simulate(
        scene(bodies, gravity=0.0, drivers={"swing": path}, pairs=pair(0.5, 0.0, of="steel+steel")), seconds=0.9
    )
    assert trace["bat"].position[:, 0] == pytest.approx(-1 + 2 * trace.time, abs=1e-6)
    assert trace["bat"].linear_velocity[3, 0] == pytest.approx(2.0, rel=1e-6)
    assert trace["ball"].linear_velocity[-1, 0] == pytest.approx(3.0, rel=1e-3)  # (1 + e) v
    assert [entry["what"] for entry in trace.meta["drivers"]] == ["start"]


def test_a_grip_holds_still_and_lets_go_at_its_time() -> None:
    held = scene({"ball": body(BALL, (0, 0, 5))}, drivers={"hand": {"type": "grip", "body": "ball", "stop": 0.5}})
    trace = simulate(held, seconds=1.0)
    z = trace["ball"].position[:, 2]
    assert np.allclose(z[:9], 5.0, atol=1e-12)
    fall = np.maximum(trace.time - 0.5, 0)
    assert np.allclose(z, 5 - GRAVITY * fall**2 / 2, atol=1e-6)


def test_a_figure_carries_what_it_holds_and_drops_it_at_an_event() -> None:
    bodies = {
        "ground": ground(),
        "man": {"kind": "figure", "species": "person", "height": 1.7, "position": [-2, 0, 0]},
        "ball": body(BALL, (-1.6, 0, 1.2), material="rubber"),
        "post": body({"type": "box", "size": [0.1, 0.1, 1]}, (1.5, 0, 0.5), fixed=True),
    }
    drivers = {
        "walk": {
            "type": "path",
            "body": "man",
            "keys": [{"time": 0, "position": [-2, 0, 0]}, {"time": 2, "position": [0, 0, 0]}],
        },
        "hand": {"type": "grip", "body": "ball", "holder": "man", "stop": "near"},
    }
    events = {"near": {"type": "reach", "a": "man", "b": "post", "distance": 2.0}}
    trace = simulate(scene(bodies, drivers=drivers, events=events), seconds=3)
    release = trace.meta["events"]["near"]
    before = trace.time < release - 0.05
    assert np.allclose(trace["ball"].position[before, 0] - trace["man"].position[before, 0], 0.4, atol=1e-6)
    assert trace["ball"].position[:, 2].min() < 0.2
    assert trace["man"].position[-1, 0] == pytest.approx(0.0, abs=1e-6)
    landing = trace.contacts_of("ball", "ground")[0]
    assert landing.x > trace["man"].position[trace.time <= release][-1, 0] + 0.5  # it left with the walker's speed
    assert trace.meta["audit"]["passed"], trace.meta["audit"]


def test_a_force_acts_between_its_times_and_is_in_the_books() -> None:
    push = {"type": "force", "body": "puck", "force": [4, 0, 0], "start": 0.5, "stop": 1.5}
    trace = simulate(scene({"puck": body(BALL, (0, 0, 0), mass=2.0)}, gravity=0.0, drivers={"push": push}), seconds=2)
    assert trace["puck"].linear_velocity[-1, 0] == pytest.approx(2.0, rel=1e-6)
    assert trace["puck"].linear_velocity[8, 0] == pytest.approx(0.0, abs=1e-9)
    assert checks_of(trace)["momentum"]


def test_a_motor_holds_a_velocity_against_friction() -> None:
    belt = {"type": "velocity", "body": "box", "linear": [1, 0, 0], "hold": True, "stop": 1.0}
    trace = simulate(
        scene({"ground": ground(), "box": body(CUBE, (0, 0, 0.1), material="wood")}, drivers={"belt": belt}), seconds=2
    )
    assert trace["box"].position[16, 0] == pytest.approx(1.0, abs=0.01)
    assert abs(trace["box"].linear_velocity[-1, 0]) < 0.01


@pytest.mark.parametrize(
    ("event", "low", "high"),
    [
        ({"type": "contact", "a": "ball", "b": "ground"}, 0.45, 0.46),
        ({"type": "bounce", "a": "ball", "count": 2}, 1.0, 1.3),
        ({"type": "rest", "a": "ball"}, 1.5, 3.5),
        ({"type": "time", "time": 0.3, "delay": 0.2}, 0.5, 0.5),
    ],
)
def test_events_come_when_they_happen(event: dict, low: float, high: float) -> None:
    bodies = {
        "ground": ground(),
        "ball": body({"type": "sphere", "radius": 0.1}, (0, 0, 1.1), material="rubber"),
        "lamp": body(BALL, (5, 0, 3)),
    }
    made = scene(
        bodies,
        events={"moment": event},
        drivers={"hold": {"type": "grip", "body": "lamp", "stop": "moment"}},
        pairs=pair(0.6, 0.5),
    )
    trace = simulate(made, seconds=4)
    assert low <= trace.meta["events"]["moment"] <= high
    assert trace["lamp"].position[-1, 2] < 3.0  # what waited for it was let go


def test_static_friction_holds_what_kinetic_friction_would_not() -> None:
    from scenes.materials import library

    wood = library().pair("wood", "wood")
    kinetic, static = math.atan(wood.friction.value), math.atan(wood.static_friction.value)
    assert static > kinetic + 0.02
    moved = []
    for angle in ((kinetic + static) / 2, static + 0.05):
        normal = (math.sin(angle), 0.0, math.cos(angle))
        turn = [math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0]
        slab = body(
            {"type": "box", "size": [40.0, 4.0, 1.0]},
            tuple(-0.5 * n for n in normal),
            orientation=turn,
            material="wood",
            fixed=True,
        )
        block = body(CUBE, tuple(0.1 * n for n in normal), orientation=turn, material="wood")
        trace = simulate(scene({"slab": slab, "block": block}), seconds=2)
        moved.append(float(np.linalg.norm(trace.position[-1, 1] - trace.position[0, 1])))
    assert moved[0] < 0.005
    expected = GRAVITY * (math.sin(static + 0.05) - wood.friction.value * math.cos(static + 0.05)) * 2
    assert moved[1] == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("ratio", [10, 1000])
def test_a_heavy_box_stands_on_a_light_one(ratio: float) -> None:
    bodies = {
        "ground": ground(),
        "light": body(CUBE, (0, 0, 0.1), mass=0.1, material="wood"),
        "heavy": body(CUBE, (0, 0, 0.302), mass=0.1 * ratio, material="wood"),
    }
    trace = simulate(scene(bodies), seconds=2)
    assert trace["light"].position[-1, 2] == pytest.approx(0.1, abs=1e-3)
    assert trace["heavy"].position[-1, 2] == pytest.approx(0.3, abs=2e-3)
    assert ("iterations_when_unequal" in trace.meta["settings"]) is (ratio > 100)
    assert trace.meta["audit"]["passed"]


# refusals ------------------------------------------------------------------------------------------------------------------------------


def test_bodies_that_overlap_are_pushed_apart_and_it_is_said() -> None:
    trace = simulate(scene({"ground": ground(), "box": body(CUBE, (0, 0, 0.05), material="wood")}), seconds=1)
    assert any("box" in note and "overlapped" in note for note in trace.meta["notes"])
    assert trace["box"].position[0, 2] == pytest.approx(0.1, abs=1e-3)
    assert np.abs(trace["box"].linear_velocity).max() < 0.05


def test_a_body_wedged_between_walls_is_put_on_top_of_them() -> None:
    wall = {"type": "box", "size": [0.1, 2, 2]}
    bodies = {
        "left": body(wall, (-0.1, 0, 0), fixed=True),
        "right": body(wall, (0.1, 0, 0), fixed=True),
        "ball": body({"type": "sphere", "radius": 0.2}, (0, 0, 0)),
    }
    trace = simulate(scene(bodies), seconds=0.5)
    assert trace["ball"].position[0, 2] > 1.15
    assert any("ball overlapped" in note for note in trace.meta["notes"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bodies.ball.mass": 1e12}, "mass"),
        ({"bodies.ball.shape.radius": 1e-5}, "mass"),
    ],
)
def test_impossible_masses_are_refused_in_plain_words(change: dict, said: str) -> None:
    with pytest.raises(UserError, match=said):
        simulate(drop(1.0, 0.5).with_(change), seconds=0.1)


def test_too_many_bodies_are_refused_before_anything_is_built() -> None:
    with pytest.raises(UserError, match="2001 bodies"):
        simulate(scene({f"b{i}": body(BALL, (i, 0, 0)) for i in range(2001)}), seconds=0.1)


@pytest.mark.parametrize("options", [{"fps": 0}, {"fps": math.nan}, {"seconds": -1.0}, {"seconds": math.inf}])
def test_impossible_options_are_refused(options: dict) -> None:
    with pytest.raises(UserError):
        simulate(drop(1.0, 0.5), **options)


def test_a_missing_mesh_is_named() -> None:
    with pytest.raises(UserError, match=r"duck\.obj"):
        simulate(scene({"duck": body({"type": "mesh", "file": "duck.obj"}, (0, 0, 1))}), seconds=0.1)


def test_a_jointed_body_cannot_be_led_along_a_path() -> None:
    joint = {"rod": {"type": "hinge", "child": "ball", "anchor": [0, 0, 2]}}
    path = {"type": "path", "body": "ball", "keys": [{"time": 0, "position": [0, 0, 1]}]}
    with pytest.raises(UserError, match="joint"):
        simulate(scene({"ball": body(BALL, (0, 0, 1))}, joints=joint, drivers={"p": path}), seconds=0.1)


# joints --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("joint", [{"type": "hinge", "axis": [0, 1, 0]}, {"type": "ball"}])
def test_a_pendulum_keeps_its_length_and_its_energy(joint: dict) -> None:
    ball = body(BALL, (math.sin(1.0), 0, 2 - math.cos(1.0)), mass=1.0)
    trace = simulate(scene({"ball": ball}, joints={"rod": {**joint, "child": "ball", "anchor": [0, 0, 2]}}), seconds=5)
    assert np.allclose(np.linalg.norm(trace["ball"].position - [0, 0, 2], axis=1), 1.0, atol=1e-9)
    total = trace.extra["energy"].data.sum(axis=1)
    assert np.ptp(total) < 0.01 * np.ptp(trace.extra["energy"].data[:, 0])


def test_a_gripped_pendulum_swings_when_let_go() -> None:
    ball = body(BALL, (1.0, 0, 2.0), mass=1.0)
    joints = {"rod": {"type": "hinge", "child": "ball", "anchor": [0, 0, 2]}}
    trace = simulate(
        scene({"ball": ball}, joints=joints, drivers={"hand": {"type": "grip", "body": "ball", "stop": 0.5}}), seconds=2
    )
    assert np.allclose(trace["ball"].position[:9, 2], 2.0, atol=1e-4)
    assert trace["ball"].position[:, 2].min() < 1.05
    assert trace["ball"].speed.max() == pytest.approx(math.sqrt(2 * GRAVITY), rel=0.01)


def test_a_double_pendulum_is_one_tree_and_strikes_a_wall_where_it_stands() -> None:
    bodies = {
        "a": body(BALL, (1, 0, 2), mass=1.0),
        "b": body(BALL, (2, 0, 2), mass=1.0),
        "wall": body({"type": "box", "size": [0.1, 2, 4]}, (-0.5, 0, 1), fixed=True),
    }
    joints = {
        "p": {"type": "hinge", "child": "a", "anchor": [0, 0, 2]},
        "q": {"type": "hinge", "parent": "a", "child": "b", "anchor": [1, 0, 2]},
    }
    trace = simulate(scene(bodies, joints=joints), seconds=2)
    assert np.allclose(np.linalg.norm(trace["b"].position - trace["a"].position, axis=1), 1.0, atol=1e-6)
    assert trace.contacts[0].x == pytest.approx(-0.45, abs=0.02)


def test_a_slider_slides_along_its_axis_alone_and_a_fixed_joint_does_not_give() -> None:
    bodies = {
        "bead": body(BALL, (0, 0, 1), mass=1.0, linear_velocity=[1, 0, 0]),
        "sign": body(CUBE, (3, 0, 1), mass=1.0),
    }
    joints = {
        "wire": {"type": "slider", "child": "bead", "anchor": [0, 0, 1], "axis": [1, 0, 0]},
        "nail": {"type": "fixed", "child": "sign", "anchor": [3, 0, 1.1]},
    }
    trace = simulate(scene(bodies, joints=joints), seconds=2)
    assert trace["bead"].position[-1] == pytest.approx([2, 0, 1], abs=1e-3)
    assert np.abs(trace["sign"].position - [3, 0, 1]).max() < 1e-6
