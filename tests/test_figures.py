"""Figures: declared paths are carried out exactly, falls wait for their event, the air obeys gravity, and nobody walks through a wall."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import plan
from planner.motion.gaits import rod_fall, walking_limit
from scenes.motion import PathKey
from scenes.primitives import Capsule
from scenes.scene import Scene
from sim.extent import lowest_points
from sim.figures import angular_velocities, ground_pose, lean_axis, placed, relative_keys
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


angles = st.floats(-3.0, 3.0)


@settings(deadline=None, max_examples=40)
@given(angles, st.floats(-1.5, 1.5), st.floats(0.3, 2.5), st.sampled_from(["person", "rabbit", "horse", "bird"]))
def test_placing_a_figure_can_be_read_back_and_never_enters_the_ground(heading, tilt, height, species):
    shape, axis = Capsule(radius=0.16 * height, height=0.68 * height), lean_axis(species)
    ground = np.array([[0.4, -0.2, 0.1]])
    at, turn = placed(ground, np.array([heading]), np.array([tilt]), shape=shape, axis=axis)
    back, angle, lean = ground_pose(at[0], turn[0], shape=shape, axis=axis)
    assert back == pytest.approx(ground[0], abs=1e-9)
    assert (angle, lean) == pytest.approx((heading, tilt), abs=1e-9)
    assert lowest_points(shape, at, turn)[0] == pytest.approx(0.1, abs=1e-9)
    upright, _ = placed(ground, np.array([heading]), np.zeros(1), shape=shape, axis=axis)
    assert at[0, 2] <= upright[0, 2] + 1e-12


@settings(deadline=None, max_examples=30)
@given(angles, st.floats(-2, 2), st.floats(-2, 2), angles)
def test_a_relative_path_of_a_figure_is_the_absolute_one_turned_and_shifted(heading, x, y, turn):
    keys = (PathKey(time=0, position=(x, y, 0), heading=turn), PathKey(time=1, position=(y, x, 0.2), tilt=0.3))
    origin = np.array([1.0, -2.0, 0.5])
    moved = relative_keys(keys, origin=origin, heading=heading, turned=True)
    c, s = math.cos(heading), math.sin(heading)
    matrix = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    for before, after in zip(keys, moved, strict=True):
        assert after.position == pytest.approx(origin + matrix @ before.position)
        assert (after.time, after.tilt) == (before.time, before.tilt)
    assert moved[0].heading == pytest.approx(heading + turn) and moved[1].heading is None


def test_relative_and_absolute_drivers_give_the_same_motion():
    steps = [(0.0, 0.0), (0.5, 0.7), (1.0, 1.0)]
    absolute = [{"time": t, "position": [2.0, 1.0 + d, 0.0], "heading": math.pi / 2} for t, d in steps]
    relative = [{"time": t, "position": [d, 0.0, 0.0], "heading": 0.0} for t, d in steps]
    man = {"position": [2.0, 1.0, 0.0], "heading": math.pi / 2}
    one = simulate(scene_of({"p": path(absolute)}, man=man), seconds=1.2)
    other = simulate(scene_of({"p": path(relative, relative=True)}, man=man), seconds=1.2)
    assert one["man"].position == pytest.approx(other["man"].position, abs=1e-9)
    assert one["man"].orientation == pytest.approx(other["man"].orientation, abs=1e-9)


def test_a_tilt_lowers_the_centre_and_turns_the_trace_forward_about_the_left():
    keys = [{"time": 0, "position": [0, 0, 0]}, {"time": 1, "position": [0, 0, 0], "tilt": math.pi / 2}]
    trace = simulate(scene_of({"p": path(keys, interpolation="smooth")}), seconds=1.5)
    man = trace["man"]
    assert (np.diff(man.position[:, 2]) <= 1e-9).all()
    assert man.position[-1] == pytest.approx([0.85 - 0.272, 0.0, 0.272], abs=2e-3)
    half = math.sqrt(0.5)
    assert man.orientation[-1] == pytest.approx([half, 0, half, 0], abs=1e-4)
    assert trace.extra["lowest"].data[:, trace.index("man")].min() > -1e-3
    assert trace.meta["audit"]["passed"]
    spin = man.angular_velocity[:, 1]
    turned = float(np.sum((spin[1:] + spin[:-1]) / 2 * np.diff(trace.time)))
    assert turned == pytest.approx(math.pi / 2, rel=0.03)


def test_angular_velocities_integrate_to_the_turn():
    heading = np.linspace(0, 1.2, 400)
    _, turns = placed(
        np.zeros((400, 3)), heading, 0.3 * heading, shape=Capsule(radius=0.2, height=1.0), axis=lean_axis("person")
    )
    rates = angular_velocities(turns, 0.01)
    assert rates[:-1, 2] == pytest.approx(np.full(399, 1.2 / 399 / 0.01), rel=2e-3)
    assert not rates[-1].any()


def test_the_later_path_takes_over_and_both_are_logged():
    walk = [{"time": 0, "position": [0, 0, 0]}, {"time": 4, "position": [4, 0, 0]}]
    fall = [{"time": 0, "position": [0, 0, 0]}, {"time": 0.6, "position": [0.2, 0, 0], "tilt": 1.5708}]
    drivers = {"walk": path(walk), "fall": path(fall, relative=True, start=1.0)}
    trace = simulate(scene_of(drivers), seconds=2.5)
    assert trace["man"].position[-1, 2] < 0.3
    assert np.interp(1.0, trace.time, trace["man"].position[:, 0]) == pytest.approx(1.0, abs=0.01)
    log = [(entry["driver"], entry["what"]) for entry in trace.meta["drivers"]]
    assert log.index(("walk", "stop")) < len(log) and ("fall", "start") in log


def test_a_fall_waits_for_its_event():
    stone = {"kind": "rigid", "material": "granite", "shape": {"type": "sphere", "radius": 0.05}}
    fall = [{"time": 0, "position": [0, 0, 0]}, {"time": 0.6, "position": [0.1, 0, 0], "tilt": 1.5708}]
    drivers = {"fall": path(fall, relative=True, start="hit")}
    events = {"hit": {"type": "contact", "a": "stone", "b": "man"}}
    hit = simulate(scene_of(drivers, events=events, bodies={"stone": {**stone, "position": [0.0, 0, 2.6]}}), seconds=2)
    contact = next(c for c in hit.contacts if {c.body_a, c.body_b} == {"stone", "man"})
    up = hit["man"].position[:, 2]
    assert (up[hit.time < contact.t_start] > 0.8499).all() and up[-1] < 0.3
    missed = simulate(
        scene_of(drivers, events=events, bodies={"stone": {**stone, "position": [3.0, 0, 2.6]}}), seconds=2
    )
    assert (missed["man"].position[:, 2] > 0.8499).all()


@pytest.mark.parametrize(("text", "gravity"), [("a man jumps", 9.80665), ("an astronaut jumps on the moon", 1.62)])
def test_the_air_phase_of_a_jump_is_a_parabola_under_the_scenes_gravity(text, gravity):
    scene = plan(text)
    name = next(n for n, body in scene.bodies.items() if body.kind == "figure")
    flights = [d for d in scene.drivers.values() if d.interpolation == "ballistic"]
    assert flights and all(d.body == name for d in flights)
    trace = simulate(scene, fps=60, seconds=min(float(flights[0].start) + flights[0].keys[-1].time, 12))
    z = trace[name].position[:, 2]
    air = (trace.time > flights[0].start + 0.05) & (trace.time < flights[0].start + flights[0].keys[-1].time - 0.05)
    fit = np.polyfit(trace.time[air], z[air], 2)
    assert -2 * fit[0] == pytest.approx(gravity, rel=0.01)
    assert np.abs(z[trace.time < flights[0].start - 0.02] - z[0]).max() < 1e-5  # on the ground it stays there


def test_jumping_over_something_clears_it():
    scene = plan("the cat jumps over a rock")
    trace = simulate(scene, seconds=3)
    assert not any({c.body_a, c.body_b} == {"cat", "rock"} for c in trace.contacts)
    cat, rock = trace["cat"].position, trace["rock"].position
    assert cat[0, 0] < rock[0, 0] < cat[-1, 0]


@pytest.mark.parametrize(
    "text",
    [
        "the dog chases a cat",
        "an astronaut walks on the moon",
        "a child jumps on a trampoline",
        "a man walks past a house",
    ],
)
def test_nobody_falls_unasked(text):
    scene = plan(text)
    assert not any("_falls" in name for name in scene.drivers)
    assert all(key.tilt == 0 for d in scene.drivers.values() if d.type == "path" for key in d.keys)
    assert not any(goal.type == "topples" for goal in scene.goals.values())


@pytest.mark.parametrize(
    "text", ["the man trips and falls", "小孩摔倒了", "the rabbit staggers and falls", "人在冰面上滑倒"]
)
def test_who_is_said_to_fall_falls_by_a_declared_driver(text):
    scene = plan(text)
    falls = [(n, d) for n, d in scene.drivers.items() if n.endswith("_falls")]
    assert len(falls) == 1 and falls[0][1].why
    body = falls[0][1].body
    assert scene.bodies[body].status == "actuated"
    trace = simulate(scene)
    from sim.goals import verify

    assert all(outcome.happened for outcome in verify(scene, trace))
    assert trace[body].position[-1, 2] < 0.45 * trace[body].position[0, 2]


def test_a_slip_names_its_friction_and_is_let_go_leaning_back():
    ice, floor = plan("人在冰面上滑倒"), plan("the man slips on the wooden floor")
    slide = next(d for n, d in ice.drivers.items() if n.endswith("_falls"))
    assert "μ" in slide.why and "0.2" in slide.why
    walk = next(d for n, d in ice.drivers.items() if n.endswith("_path"))
    assert walk.stop is not None and slide.release
    assert -1.0 < slide.keys[-1].tilt <= -0.5  # on its way to the back; the rest is solved
    dry = next(d for n, d in floor.drivers.items() if n.endswith("_falls"))
    assert "would hold" in dry.why and any("friction" in line for line in floor.advice)


def test_a_rod_topples_ever_faster_and_slower_where_gravity_is_weak():
    here, moon = rod_fall(1.7, 9.80665), rod_fall(1.7, 1.62)
    assert here[-1][1] == pytest.approx(math.pi / 2)
    assert (np.diff([tilt for _, tilt in here], n=2) > 0).all()
    assert moon[-1][0] / here[-1][0] == pytest.approx(math.sqrt(9.80665 / 1.62), rel=0.01)


def test_walking_speed_on_the_moon_obeys_the_froude_limit():
    assert walking_limit(1.7, 9.80665) == pytest.approx(2.1, abs=0.1)  # the transition on Earth: about 2 m/s
    driver = plan("an astronaut walks on the moon").drivers["astronaut_path"]
    speed = abs(driver.keys[-1].position[0] - driver.keys[0].position[0]) / driver.keys[-1].time
    assert speed <= walking_limit(1.85, 1.62) and "0.5" in driver.why
    free = plan("a man walks").drivers["man_path"]
    assert abs(free.keys[-1].position[0] - free.keys[0].position[0]) / free.keys[-1].time > 1.2


@pytest.mark.parametrize(
    ("text", "count"),
    [("five birds fly", 5), ("three dogs run", 3), ("two people hold hands", 2), ("four people walk in a line", 4)],
)
def test_exactly_as_many_figures_as_said_and_they_keep_apart(text, count):
    scene = plan(text)
    figures = {n: b for n, b in scene.bodies.items() if b.kind == "figure"}
    assert len(figures) == count
    places = np.array([b.position for b in figures.values()])
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2)[~np.eye(count, dtype=bool)]
    assert gaps.min() > 0.1


@pytest.mark.parametrize(
    "text", ["a man walks from right to left", "a dog runs to the right", "the horse gallops", "five birds fly"]
)
def test_a_figure_faces_the_way_it_goes(text):
    for driver in plan(text).drivers.values():
        first, last = driver.keys[0], driver.keys[-1]
        way = np.subtract(last.position, first.position)[:2]
        facing = np.array([math.cos(first.heading), math.sin(first.heading)])
        assert way @ facing > 0.99 * np.linalg.norm(way)


@pytest.mark.parametrize(
    "text",
    [
        "a man walks past a tree",
        "a dog walks past a house",
        "A red car drives from the left to the right, passing a house",
    ],
)
def test_lanes_avoid_what_stands_on_the_way(text):
    scene = plan(text)
    trace = simulate(scene, seconds=3)
    mover = next(d.body for d in scene.drivers.values())
    assert not any(mover in (c.body_a, c.body_b) and "ground" not in (c.body_a, c.body_b) for c in trace.contacts)


def test_who_looks_at_something_is_turned_toward_it():
    scene = plan("two cats at the edges looking toward a mouse in the center")
    mouse = np.array(scene.bodies["mouse"].position[:2])
    for name in ("cat", "cat_2"):
        cat = scene.bodies[name]
        away = mouse - np.array(cat.position[:2])
        assert away @ [math.cos(cat.heading), math.sin(cat.heading)] == pytest.approx(np.linalg.norm(away), rel=1e-3)


def test_a_seated_figure_sits_on_the_seat_and_its_back_is_to_the_backrest():
    scene = plan("a man sits on a chair")
    man, chair = scene.bodies["man"], scene.bodies["chair"]
    assert man.posture == "sit" and abs(man.position[2]) < 0.15 and chair.fixed
    trace = simulate(scene, seconds=1)
    assert np.ptp(trace["chair"].position, axis=0).max() < 1e-6
    assert np.linalg.norm(np.subtract(man.position, chair.position)[:2]) < 0.4


def test_feet_do_not_slide_and_hands_meet():
    from generator.gait import foot
    from generator.geometry import scene_geometry

    stride, duty = 0.75, 0.56
    stance = np.linspace(0, 2 * math.pi * duty * 0.999, 50)
    x = np.array([foot(float(p), stride, duty, 0.05)[0] for p in stance])
    assert x + stance / (2 * math.pi) * stride == pytest.approx(np.full(50, x[0]))  # still in the world while it stands
    scene = plan("two people hold hands")
    trace = simulate(scene, seconds=0.5)
    geometry = scene_geometry(scene, trace)
    hands = []
    for column, body in geometry.figures.items():
        pieces = geometry.figure_pose(column, 0)
        rotation, at = geometry.poses.rotation[0, column], geometry.poses.position[0, column]
        palms = [rotation @ (np.array(p.position) - [0, 0, body.height / 2]) + at for p in pieces if p.color == "skin"]
        hands.append(np.array(palms))
    gaps = np.linalg.norm(hands[0][:, None] - hands[1][None], axis=2)
    assert gaps.min() < 0.06


def test_a_forest_is_contact_free_scenery_that_pushes_nobody_about():
    from planner import read
    from planner.cast import build_cast
    from planner.layout import solve_layout
    from planner.motion import handle
    from planner.relations import apply_relations, arrange_groups
    from planner.scenery import add_scenery, take_scenery_aside
    from planner.stage import Stage

    def staged(text):
        stage = Stage(read(text))
        build_cast(stage)
        take_scenery_aside(stage)
        arrange_groups(stage)
        apply_relations(stage)
        for event in stage.frame.events:
            handle(stage, event)
        solve_layout(stage)
        add_scenery(stage)
        return stage

    stage = staged("a man walks through a forest")
    trees = [a for a in stage.actors.values() if a.entity.head == "forest"]
    assert 8 <= len(trees) <= 14 and len({tuple(t.position) for t in trees}) == len(trees)
    assert all(t.fixed and not t.contact and t.status == "proxied" and t.why for t in trees)
    man = stage.actors["man"].position
    assert min(float(np.linalg.norm(t.position[:2] - man[:2])) for t in trees) > 0.5
    again = [a.position for a in staged("a man walks through a forest").actors.values() if a.entity.head == "forest"]
    assert np.allclose(again, [t.position for t in trees])
    assert not any(
        a.status == "proxied"
        for a in staged("a man climbs a mountain").actors.values()
        if a.kind == "rigid" and not a.fixed
    )


@pytest.mark.parametrize("text", ["two people walk toward each other", "A man and a woman walk towards each other"])
def test_two_who_come_toward_each_other_face_and_near_each_other(text):
    one, other = [d for d in plan(text).drivers.values()]
    ways = [d.keys[-1].position[0] - d.keys[0].position[0] for d in (one, other)]
    assert ways[0] * ways[1] < 0
    gaps = [abs(one.keys[k].position[0] - other.keys[k].position[0]) for k in (0, -1)]
    assert 0.4 < gaps[1] < 0.4 * gaps[0]


def test_a_drone_hovers_where_it_has_come_to():
    scene = plan("a drone approaches a person from behind")
    trace = simulate(scene, seconds=8)
    drone = trace["drone"].position
    assert drone[-1] == pytest.approx(drone[-8], abs=1e-3) and drone[-1, 2] > 0.8
    person = scene.bodies["person"]
    forward = np.array([math.cos(person.heading), math.sin(person.heading)])
    assert forward @ (drone[0, :2] - np.array(person.position[:2])) < 0  # it comes from behind


@pytest.mark.parametrize("count", range(1, 21))
def test_counts_are_exact_from_one_to_twenty_in_circles_rows_and_queues(count):
    who = "person stands" if count == 1 else "people stand"
    forms = ["in a row", "in a circle", "in a queue"] if count > 2 else ["on the grass"]
    form = forms[count % len(forms)]
    scene = plan(f"{count if count > 1 else 'a'} {who} {form}")
    people = {n: np.array(b.position) for n, b in scene.bodies.items() if b.kind == "figure"}
    assert len(people) == count
    places = list(people.values())
    for i, here in enumerate(places):
        assert all(np.linalg.norm(here[:2] - there[:2]) > 0.3 for there in places[:i])
    if form == "in a circle":
        middle = np.mean(places, axis=0)
        radii = [np.linalg.norm((p - middle)[:2]) for p in places]
        assert np.ptp(radii) < 0.1 * np.mean(radii)


def test_people_of_one_scene_are_dressed_differently():
    from generator.figures_mesh import dressed, figure_pieces

    looks = {tuple(dressed(p.color, n) for p in figure_pieces("person")) for n in range(10)}
    assert len(looks) == 10
    assert dressed("eye", 3) == "eye" and dressed(None, 3) is None


@pytest.mark.parametrize(
    "text", ["five adults form a circle", "七个人站成一圈", "six children sit in a circle", "八个小朋友围成一圈"]
)
def test_a_circle_is_a_circle_and_all_face_its_middle(text):
    scene = plan(text)
    people = [b for b in scene.bodies.values() if b.kind == "figure"]
    places = np.array([b.position for b in people])[:, :2]
    middle = places.mean(axis=0)
    radii = np.linalg.norm(places - middle, axis=1)
    assert len(people) >= 5 and np.ptp(radii) < 0.1 * radii.mean()
    for body, place in zip(people, places, strict=True):
        toward = middle - place
        assert np.dot(toward / np.linalg.norm(toward), [math.cos(body.heading), math.sin(body.heading)]) > 0.95
