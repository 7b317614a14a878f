"""Figures that act on things: they touch what they push, catch what flies, bounce on what gives way; vehicles brake; nothing leaves the ground."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner import plan
from planner.motion.braking import BRAKING
from planner.motion.trampoline import SAG, sink
from scenes.scene import Scene
from sim.goals import verify
from sim.simulate import simulate


def ran(text: str, **more):
    scene = plan(text)
    trace = simulate(scene, **more)
    assert trace.meta["audit"]["passed"], trace.meta["audit"]
    return scene, trace


def all_happened(scene: Scene, trace) -> bool:
    return all(outcome.happened for outcome in verify(scene, trace))


@pytest.mark.parametrize(
    "text", ["a red car drives and stops", "a truck drives to a house and stops", "一辆汽车行驶后停下"]
)
def test_a_vehicle_that_is_to_stop_brakes_evenly_to_a_stand(text):
    scene, trace = ran(text)
    name = next(d.body for d in scene.drivers.values() if d.type == "path")
    speed = trace[name].speed
    assert speed[-1] < 0.05 and speed.max() > 3.0
    slowing = -np.gradient(speed, trace.time)
    assert slowing.max() < 7.5  # no emergency stop beyond dry asphalt
    assert all_happened(scene, trace)


def test_a_car_whose_path_has_ended_is_braked_and_one_that_coasts_is_not():
    scene = plan("a red car drives past a house")
    driver = next(name for name, d in scene.drivers.items() if d.type == "path")
    ends = scene.drivers[driver].keys[-1].time
    ways = {}
    for coasts in (False, True):
        trace = simulate(scene.with_({f"drivers.{driver}.coasts": coasts}), seconds=ends + 1.5)
        speed = trace["car"].speed
        after = trace.time > ends + 0.1
        ways[coasts] = float((speed[after][0] - speed[-1]) / (trace.time[after][-1] - trace.time[after][0]))
    assert ways[False] == pytest.approx(BRAKING, rel=0.1)
    assert ways[True] < 0.6  # rolling resistance and drag


def test_the_assumed_ground_has_no_edge_that_a_clip_could_reach():
    scene = plan("a ball rolls")
    trace = simulate(scene.with_({"bodies.ball.linear_velocity": [60.0, 0.0, 0.0]}), seconds=6.0)
    assert trace["ball"].position[-1, 0] > 60.0
    assert trace["ball"].position[-1, 2] > 0.0


@pytest.mark.parametrize(
    "text", ["A cat jumps onto the table and knocks over a plastic bottle", "猫把塑料瓶从桌上推下来"]
)
def test_a_cat_pushes_what_is_on_the_table_by_touching_it(text):
    scene, trace = ran(text, seconds=3.2)
    touch = [c for c in trace.contacts if c.involves("cat", "bottle")]
    assert touch
    before = trace.time < touch[0].t_start - 0.05
    start = trace["bottle"].position[0]
    assert np.abs(trace["bottle"].position[before] - start).max() < 2e-3  # nothing moves it but the cat
    assert all_happened(scene, trace)


def test_who_pushes_a_cart_stays_behind_it_in_contact():
    scene, trace = ran("a man pushes a shopping cart")
    gap = trace["shopping_cart"].position[:, 0] - trace["man"].position[:, 0]
    pushing = (trace.time > 0.6) & (trace.time < 2.5)
    assert np.ptp(gap[pushing]) < 0.15
    assert all_happened(scene, trace)


def test_what_is_too_heavy_is_not_walked_off_with():
    assert not any(d.type == "path" for d in plan("a man pushes a car").drivers.values())


@pytest.mark.parametrize("text", ["a dog catches a frisbee", "A boy throws a ball and a girl catches it"])
def test_what_is_caught_flies_first_and_is_held_then(text):
    scene, trace = ran(text)
    grip = next(d for d in scene.drivers.values() if d.type == "grip")
    caught = trace.meta["events"][grip.start]
    held, free = trace.time > caught + 0.1, trace.time < caught - 0.05
    assert np.abs(np.diff(trace[grip.body].position[held], axis=0)).max() < 1e-3
    assert trace[grip.body].speed[free].min() > 2.0
    assert all_happened(scene, trace)


def test_a_goal_is_entered_from_the_front_and_the_net_holds_the_ball():
    scene, trace = ran("a boy kicks a football into the goal")
    goal = scene.bodies["goal"]
    x = trace["football"].position[:, 0]
    assert x.max() < goal.position[0] + 1.4  # 1.2 m deep
    assert x.max() > goal.position[0]
    assert all_happened(scene, trace)


@pytest.mark.parametrize("gravity", [9.80665, 1.62])
def test_a_mat_gives_way_as_a_spring_does(gravity):
    depth, seconds = sink(0.5, gravity)
    energy = gravity * (0.5 + depth)
    assert energy == pytest.approx(gravity / SAG * depth**2 / 2)
    omega = math.sqrt(gravity / SAG)
    assert math.pi / omega < seconds < 2 * math.pi / omega


@pytest.mark.parametrize("text", ["A child jumps on a trampoline", "孩子在蹦床上跳"])
def test_the_mat_of_a_trampoline_goes_down_with_the_feet(text):
    _, trace = ran(text)
    feet = trace["child"].position[:, 2] - trace["child"].position[0, 2]
    mat = trace["trampoline_mat"].position[:, 2] - trace["trampoline_mat"].position[0, 2]
    assert mat.min() < -0.2
    low = feet < -0.01
    assert low.any() and np.abs(feet[low] - mat[low]).max() < 0.03
    assert feet.max() > 0.3


def test_a_still_picture_comes_near_and_keeps_its_order():
    scene = plan("Two cats at the edges look toward a mouse in the center")
    places = {n: scene.bodies[n].position[0] for n in ("cat", "mouse", "cat_2")}
    assert places["cat"] < -0.3 < places["mouse"] < 0.3 < places["cat_2"]
    width = 2 * abs(scene.camera.keys[0].eye[1]) * math.tan(math.radians(scene.camera.keys[0].fov / 2)) * 832 / 480
    assert width < 3.0


@pytest.mark.parametrize("text", ["an explosion knocks over the boxes", "an explosion knocks over five chairs"])
def test_a_blast_is_as_strong_as_what_is_to_fall_needs(text):
    assert all_happened(*ran(text))


def test_from_the_foot_to_the_top_implies_a_hill():
    scene = plan("一只狗从山脚跑到山顶追蝴蝶")
    assert scene.bodies["hill"].shape.type == "hill"
    keys = scene.drivers["dog_path"].keys
    assert keys[-1].position[2] > 2.0 > keys[0].position[2]


def test_a_ball_that_swings_in_air_passes_the_audit():
    _, trace = ran("A ball on a string swings", seconds=3.0)
    assert trace["ball"].height[5:].max() <= trace["ball"].height[0] + 1e-6
