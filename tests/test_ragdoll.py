"""Figures that are let go fall as jointed bodies that gain no energy; blows push figures, and only hard ones tip them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scenes.scene import Scene
from sim.simulate import simulate

GROUND = {
    "kind": "rigid", "fixed": True, "material": "concrete", "position": [0, 0, -0.5], "shape": {"type": "box", "size": [40, 40, 1]},
}  # fmt: skip
MAN = {"kind": "figure", "species": "person", "height": 1.7, "position": [0, 0, 0]}


def scene_of(drivers: dict, **extra) -> Scene:
    bodies = {"ground": GROUND, "man": {**MAN, **extra.pop("man", {})}, **extra.pop("bodies", {})}
    return Scene.from_data({"schema": 1, "bodies": bodies, "drivers": drivers, **extra})


def path(keys, **more) -> dict:
    return {"type": "path", "body": "man", "keys": keys, **more}


# let go ---------------------------------------------------------------------------------------------------------------------------

TIP = [{"time": 0, "position": [0, 0, 0]}, {"time": 0.6, "position": [0.1, 0, 0], "tilt": 0.5}]
SIZES = {
    "person": (1.7, 70.0),
    "rabbit": (0.32, 2.0),
    "dog": (0.62, 25.0),
    "cat": (0.36, 4.5),
    "bird": (0.14, 0.03),
    "fish": (0.1, 0.2),
}


def fallen(species: str):
    tall, mass = SIZES[species]
    keys = [{**key, "position": [key["position"][0] * tall, 0, 0]} for key in TIP]
    man = {"species": species, "height": tall, "mass": mass}
    return simulate(scene_of({"f": path(keys, interpolation="smooth", release=True)}, man=man), seconds=2.5)


@pytest.mark.parametrize("species", list(SIZES))
def test_who_is_let_go_falls_as_a_jointed_body_that_gains_no_energy(species):
    trace = fallen(species)
    (record,) = trace.meta["ragdolls"]
    assert record["trigger"] == "declared" and record["status"] == "solved"
    checks = {check["name"]: check for check in trace.meta["audit"]["checks"]}
    assert trace.meta["audit"]["passed"] and checks["ragdoll"]["value"] < 0.02
    links = record["links"]
    assert sum(about["mass_kg"] for about in links.values()) == pytest.approx(SIZES[species][1])
    assert all(name == "man" or name.startswith("man/") for name in links) and set(links) <= set(trace.names)
    low = trace.extra["lowest"].data
    tall = SIZES[species][0]
    for name in links:
        column = trace.index(name)
        here = trace.alive[:, column]
        assert np.nanmin(low[here, column]) > -0.02 * tall - 0.004  # nothing goes into the ground
        assert np.isfinite(trace.position[here, column]).all()
    assert np.nanmax(np.linalg.norm(trace.linear_velocity[-1], axis=1)) < 0.3  # and it comes to rest


def test_the_bones_of_a_fallen_figure_hang_together():
    trace = fallen("person")
    (record,) = trace.meta["ragdolls"]
    tall = record["height_m"]
    from sim.ragdoll_bones import skeleton
    from sim.rotations import rotate

    def joint(bone, where):
        name = "man" if bone.parent == "" else f"man/{bone.name}"
        here = trace[name]
        about = record["links"][name]
        if name == "man":
            local = np.array(where) * tall - [0, 0, tall / 2]
        else:
            turn = np.array(about["turn"]) * [1, -1, -1, -1]
            local = rotate(turn, np.array(where) * tall - about["centre_m"])
        return here.position + rotate(here.orientation, np.broadcast_to(local, here.position.shape))

    bones = {bone.name: bone for bone in skeleton("person")}
    over = trace.alive[:, trace.index("man/head")]
    for bone in bones.values():
        if bone.parent:
            gap = joint(bone, bone.start)[over] - joint(bones[bone.parent], bone.start)[over]
            assert np.abs(gap).max() < 2e-3


def test_the_same_fall_gives_the_same_bytes():
    one, other = fallen("rabbit"), fallen("rabbit")
    assert one.position.tobytes() == other.position.tobytes()


@pytest.mark.parametrize("species", ["person", "child", "rabbit", "dog"])
def test_shares_of_the_mass_add_up_and_limits_hold_the_rest(species):
    from sim.ragdoll_bones import skeleton

    bones = skeleton(species)
    assert sum(bone.share for bone in bones) == pytest.approx(1.0)
    known = set()
    for bone in bones:
        assert bone.parent == "" or bone.parent in known
        known.add(bone.name)
        assert all(h.low <= h.rest <= h.high for h in bone.hinges)


# blows ----------------------------------------------------------------------------------------------------------------------------


def struck(ball: dict, speed: float, *, height: float = 0.8, drivers: dict | None = None, man: dict | None = None):
    thing = {"kind": "rigid", "position": [-1.5, 0, height], "linear_velocity": [speed, 0, 1.0], **ball}
    child = {"species": "child", "height": 1.15, "mass": 20.0, "heading": math.pi, **(man or {})}
    return simulate(scene_of(drivers or {}, man=child, bodies={"ball": thing}), seconds=2.0)


TABLE_TENNIS = {"material": "plastic", "mass": 0.0027, "shape": {"type": "sphere", "radius": 0.02}}
FOOTBALL = {"material": "leather", "mass": 0.43, "shape": {"type": "sphere", "radius": 0.11}}


def test_the_threshold_separates_a_table_tennis_ball_from_a_football():
    light, heavy = struck(TABLE_TENNIS, 20.0), struck(FOOTBALL, 15.0)
    assert (
        "ragdolls" not in light.meta and light.meta["pushes"][0]["most_Nms"] < light.meta["pushes"][0]["threshold_Nms"]
    )
    (fall,) = heavy.meta["ragdolls"]
    assert fall["trigger"] == "blow" and fall["blow_Nms"] > fall["threshold_Nms"]
    assert heavy["man"].position[-1, 2] < 0.6 * heavy["man"].position[0, 2]
    assert heavy.meta["audit"]["passed"] and light.meta["audit"]["passed"]


def test_a_blow_below_the_threshold_pushes_a_figure_and_feet_brake_it():
    trace = struck(FOOTBALL, 3.0, height=0.5)
    (told,) = trace.meta["pushes"]
    assert told["most_Nms"] < told["threshold_Nms"] and "ragdolls" not in trace.meta
    way = trace["man"].position[-1, 0] - trace["man"].position[0, 0]
    dv = math.hypot(*told["impulse_Ns"][:2]) / 20.0
    assert 0.3 * dv**2 / (2 * 0.5 * 9.8) < way < 1.2 * dv**2 / (2 * 0.5 * 9.8)


def test_whom_nobody_touches_stays_on_its_path_to_a_millimetre():
    keys = [{"time": 0, "position": [0, 0, 0], "heading": 0.0}, {"time": 2, "position": [2.8, 0, 0], "heading": 0.0}]
    trace = struck(FOOTBALL, 0.0, height=0.11, drivers={"p": path(keys)}, man={"heading": 0.0})
    expected = np.interp(trace.time, [0, 2], [0, 2.8])
    assert np.abs(trace["man"].position[:, 0] - expected).max() < 1e-3
    assert np.abs(trace["man"].position[:, 1]).max() < 1e-3 and "pushes" not in trace.meta


def test_what_a_figure_runs_into_does_not_tip_it():
    keys = [{"time": 0, "position": [0, 0, 0], "heading": 0.0}, {"time": 2, "position": [2.8, 0, 0], "heading": 0.0}]
    crate = {
        "kind": "rigid",
        "material": "wood",
        "mass": 60.0,
        "shape": {"type": "box", "size": [0.5, 0.5, 0.5]},
        "position": [1.2, 0, 0.25],
    }
    trace = simulate(scene_of({"p": path(keys)}, bodies={"crate": crate}), seconds=2.0)
    assert "ragdolls" not in trace.meta and trace["crate"].position[-1, 0] > 1.5


def test_a_ball_is_stopped_by_the_flank_of_a_four_legged_figure():
    ball = {"kind": "rigid", **FOOTBALL, "position": [0.25, -1.2, 0.45], "linear_velocity": [0, 3.0, 0.6]}
    dog = {"species": "dog", "height": 0.62, "mass": 25.0}
    trace = simulate(scene_of({}, man=dog, bodies={"ball": ball}), seconds=0.8)
    hit = next(c for c in trace.contacts if {c.body_a, c.body_b} == {"ball", "man"})
    assert -0.35 < hit.y < 0.0  # at the side of the trunk, well before the middle of an upright capsule's place
