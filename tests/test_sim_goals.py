"""Asked outcomes: each type of goal is found to have happened where it did, and not where it did not."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenes.goals import GOAL_TYPES
from scenes.scene import Scene
from sim.check_scenes import body, dominoes, drop, ground, pair, scene
from sim.goals import CHECKS, Outcome, verify
from sim.queries import bounces, first_drop, rest_intervals, rest_time, swing_turns, tilt, touched_through, turns
from sim.simulate import simulate
from sim.trace import ExtraArray, Trace

BALL = {"type": "sphere", "radius": 0.1}
CUBE = {"type": "box", "size": [0.2, 0.2, 0.2]}
Bodies = dict[str, Any]


def outcome(bodies: Bodies, goal: dict[str, Any], *, seconds: float | None = None, **more: Any) -> Outcome:
    made = scene({"ground": ground(), **bodies}, goals={"asked": goal}, **more)
    return verify(made, simulate(made, seconds=seconds))[0]


def test_every_goal_type_has_a_check() -> None:
    assert set(CHECKS) | {"refused"} == set(GOAL_TYPES)


@pytest.mark.parametrize(("count", "happened"), [(5, False), (6, True), (7, False)])
def test_bounces_are_counted_exactly(count: int, happened: bool) -> None:
    """0.75^2 of 2 m six times over is above 4 cm, seven times is not."""
    made = drop(2.0, 0.75).model_copy(
        update={
            "goals": scene(
                {"ball": body(BALL, (0, 0, 1))}, goals={"g": {"type": "bounces", "body": "ball", "count": count}}
            ).goals
        }
    )
    found = verify(made, simulate(made))[0]
    assert found.happened is happened
    assert found.evidence.startswith("6 bounces")


def test_a_bounce_below_two_percent_or_five_millimetres_does_not_count() -> None:
    low = simulate(drop(0.05, 0.5), seconds=2)  # rises 12.5 mm, 3.1 mm, ...
    assert len(bounces(low, "ball")) == 1
    high = simulate(drop(4.0, 0.4), seconds=4)  # 0.64 m, 0.10 m, 0.016 m < 2 %
    assert len(bounces(high, "ball")) == 2
    assert first_drop(high, "ball") == pytest.approx(4.0, abs=0.01)


def test_a_ball_that_only_lies_there_does_not_bounce() -> None:
    assert bounces(simulate(drop(0.0, 0.9), seconds=2), "ball") == []


def test_a_tumbling_box_makes_no_bounces_out_of_its_edges() -> None:
    turn = [math.cos(0.3), math.sin(0.3), 0.1, 0.0]
    made = scene(
        {"ground": ground(), "box": body(CUBE, (0, 0, 0.9), orientation=turn, material="wood")},
        pairs=pair(0.05, 0.4, of="wood+concrete"),
    )
    assert len(bounces(simulate(made, seconds=3), "box")) <= 1


def test_a_ball_bounces_off_a_wall_when_the_wall_is_asked_for() -> None:
    bodies = {
        "wall": body({"type": "box", "size": [0.2, 4, 4]}, (2, 0, 2), fixed=True, material="concrete"),
        "ball": body(BALL, (0, 0, 1.5), material="rubber", linear_velocity=[6, 0, 2]),
    }
    assert outcome(bodies, {"type": "bounces", "body": "ball", "count": 1, "on": "wall"}).happened


def test_rest_is_after_the_motion_and_on_what_is_asked() -> None:
    ball = {"ball": body(BALL, (0, 0, 1.1), material="rubber")}
    found = outcome(ball, {"type": "rests", "body": "ball", "on": "ground"})
    assert found.happened and found.time is not None and 1.0 < found.time < 5.0
    assert not outcome(
        {**ball, "table": body(CUBE, (3, 0, 0.1), fixed=True)}, {"type": "rests", "body": "ball", "on": "table"}
    ).happened
    assert not outcome({"ball": body(BALL, (0, 0, 50))}, {"type": "rests", "body": "ball"}, seconds=2).happened


@pytest.mark.parametrize(("speed", "happened"), [(2.0, True), (0.0, False)])
def test_hits(speed: float, happened: bool) -> None:
    bodies = {
        "a": body(BALL, (0, 0, 0.1), linear_velocity=[speed, 0, 0], material="rubber"),
        "b": body(CUBE, (1, 0, 0.1), material="wood"),
    }
    assert outcome(bodies, {"type": "hits", "a": "a", "b": "b"}, seconds=2).happened is happened
    assert outcome(bodies, {"type": "hits", "a": "a", "b": "b", "negated": True}, seconds=2).happened is not happened


def test_dominoes_topple_one_by_another() -> None:
    made = dominoes(8)
    trace = simulate(made)
    found = verify(made, trace)[0]
    assert found.happened and found.time is not None
    times = touched_through(trace, "domino_0")
    order = [times[f"domino_{i}"] for i in range(8)]
    assert order == sorted(order)
    assert tilt(trace, "domino_3").max() > math.radians(45)
    untouched = made.with_({"drivers.push.start": 30.0})
    assert not verify(untouched, simulate(untouched, seconds=1))[0].happened


def test_a_domino_far_away_is_not_toppled_by_the_ball_that_never_came() -> None:
    """It falls by itself, so the ball did not do it."""
    lean = [math.cos(0.15), 0.0, math.sin(0.15), 0.0]
    bodies = {
        "ball": body(BALL, (5, 0, 0.1)),
        "plank": body({"type": "box", "size": [0.05, 0.3, 0.6]}, (0, 0, 0.35), orientation=lean, material="wood"),
    }
    assert outcome(bodies, {"type": "topples", "bodies": ["plank"]}, seconds=3).happened
    assert not outcome(bodies, {"type": "topples", "bodies": ["plank"], "by_body": "ball"}, seconds=3).happened


@pytest.mark.parametrize(("mass", "happened"), [(0.05, True), (50.0, False)])
def test_stays_put(mass: float, happened: bool) -> None:
    bodies = {
        "ball": body(
            {"type": "sphere", "radius": 0.05}, (-1, 0, 0.1), mass=mass, material="rubber", linear_velocity=[3, 0, 0]
        ),
        "block": body({"type": "box", "size": [0.6, 0.6, 0.6]}, (0.5, 0, 0.3), mass=100.0, material="wood"),
    }
    assert outcome(bodies, {"type": "stays_put", "body": "block"}, seconds=2).happened is happened


def test_falls_and_lands_on_and_in() -> None:
    table = body({"type": "box", "size": [1, 1, 0.5]}, (0, 0, 0.25), fixed=True, material="wood")
    apple = body(BALL, (0, 0, 1.0), material="rubber", rolling_friction=0.2)
    assert outcome({"table": table, "apple": apple}, {"type": "falls", "body": "apple", "drop": 0.3}).happened
    assert outcome({"table": table, "apple": apple}, {"type": "lands_on", "body": "apple", "on": "table"}).happened
    assert not outcome({"table": table, "apple": apple}, {"type": "lands_on", "body": "apple", "on": "ground"}).happened
    bucket = body(
        {"type": "cup", "radius": 0.3, "height": 0.4, "wall": 0.02}, (0, 0, 0.2), fixed=True, material="steel"
    )
    assert outcome(
        {"bucket": bucket, "apple": apple}, {"type": "lands_on", "body": "apple", "on": "bucket", "inside": True}
    ).happened
    beside = body(BALL, (0.8, 0, 1.0), material="rubber")
    assert not outcome(
        {"bucket": bucket, "apple": beside}, {"type": "lands_on", "body": "apple", "on": "bucket", "inside": True}
    ).happened


def test_stops_at_and_before() -> None:
    box = body(CUBE, (0, 0, 0.1), material="wood", linear_velocity=[2, 0, 0])
    wall = body({"type": "box", "size": [0.2, 2, 2]}, (3, 0, 1), fixed=True, material="concrete")
    given = {"pairs": pair(0.0, 0.3, of="wood+concrete")}
    distance = 4 / (2 * 0.3 * 9.80665)
    assert outcome(
        {"box": box},
        {"type": "stops_at", "body": "box", "position": [distance, None, None], "tolerance": 0.03},
        **given,
    ).happened
    assert not outcome(
        {"box": box}, {"type": "stops_at", "body": "box", "position": [1.5, None, None]}, **given
    ).happened
    assert outcome(
        {"box": box, "wall": wall}, {"type": "stops_before", "body": "box", "other": "wall"}, **given
    ).happened
    fast = body(CUBE, (0, 0, 0.1), material="wood", linear_velocity=[6, 0, 0])
    assert not outcome(
        {"box": fast, "wall": wall}, {"type": "stops_before", "body": "box", "other": "wall"}, **given
    ).happened


def test_reaches_between_frames_and_by_touch() -> None:
    ball = body(BALL, (-1, 0, 5), linear_velocity=[20, 0, 0])
    assert outcome(
        {"ball": ball},
        {"type": "reaches", "body": "ball", "position": [0.33, None, None], "tolerance": 0.01},
        seconds=0.5,
    ).happened
    assert not outcome(
        {"ball": ball}, {"type": "reaches", "body": "ball", "position": [None, 2.0, None]}, seconds=0.5
    ).happened
    assert outcome(
        {"ball": body(BALL, (0, 0, 1))}, {"type": "reaches", "body": "ball", "other": "ground"}, seconds=1
    ).happened


@pytest.mark.parametrize(("offset", "through", "clean"), [(0.0, True, True), (0.125, True, False), (0.6, False, False)])
def test_passes_through_a_ring(offset: float, through: bool, clean: bool) -> None:
    upright = [math.cos(math.pi / 4), 0.0, math.sin(math.pi / 4), 0.0]
    bodies = {
        "ring": body(
            {"type": "ring", "major_radius": 0.25, "minor_radius": 0.03},
            (1, 0, 2),
            orientation=upright,
            fixed=True,
            material="steel",
        ),
        "ball": body(BALL, (0, offset, 2.05), linear_velocity=[9, 0, 0.5], material="rubber"),
    }
    goal = {"type": "passes_through", "body": "ball", "through": "ring"}
    assert outcome(bodies, goal, seconds=1).happened is through
    assert outcome(bodies, {**goal, "clean": True}, seconds=1).happened is clean


def test_passes_overtakes_and_moves() -> None:
    ice = {"pairs": {"ice+concrete": {"friction": 0.0}}}
    bodies = {
        "fast": body(CUBE, (0, 0, 0.1), material="ice", linear_velocity=[3, 0, 0]),
        "slow": body(CUBE, (1, 1, 0.1), material="ice", linear_velocity=[1, 0, 0]),
    }
    assert outcome(bodies, {"type": "overtakes", "body": "fast", "other": "slow"}, seconds=2, **ice).happened
    assert not outcome(bodies, {"type": "overtakes", "body": "slow", "other": "fast"}, seconds=2, **ice).happened
    assert outcome(bodies, {"type": "passes", "body": "fast", "other": "slow"}, seconds=2, **ice).happened
    assert outcome(
        bodies, {"type": "moves", "body": "fast", "distance": 5, "direction": [1, 0, 0]}, seconds=2, **ice
    ).happened
    assert not outcome(
        bodies, {"type": "moves", "body": "fast", "distance": 5, "direction": [-1, 0, 0]}, seconds=2, **ice
    ).happened


def test_a_ball_rolls_and_a_box_slides() -> None:
    ball = {"it": body(BALL, (0, 0, 0.1), material="rubber", linear_velocity=[2, 0, 0])}
    box = {"it": body(CUBE, (0, 0, 0.1), material="ice", linear_velocity=[2, 0, 0])}
    for bodies, kind in ((ball, "rolls"), (box, "slides")):
        assert outcome(bodies, {"type": kind, "body": "it", "distance": 0.5}, seconds=2).happened
        other = "slides" if kind == "rolls" else "rolls"
        assert not outcome(bodies, {"type": other, "body": "it", "distance": 0.5}, seconds=2).happened


@pytest.mark.parametrize(("density", "kind"), [(500.0, "floats"), (7800.0, "sinks")])
def test_floats_and_sinks(density: float, kind: str) -> None:
    bodies = {
        "bed": body({"type": "box", "size": [10, 10, 1]}, (0, 0, -2.5), fixed=True),
        "thing": body(CUBE, (0, 0, 0.2), density=density),
    }
    for asked in ("floats", "sinks"):
        made = scene(bodies, drag=True, environment={"water_level": 0.0}, goals={"g": {"type": asked, "body": "thing"}})
        assert verify(made, simulate(made, seconds=8))[0].happened is (asked == kind)


def test_a_balloon_rises_and_a_stone_does_not() -> None:
    for mass, happened in ((0.009, True), (1.0, False)):
        made = scene(
            {"it": body({"type": "sphere", "radius": 0.14}, (0, 0, 3), mass=mass)},
            drag=True,
            goals={"g": {"type": "rises", "body": "it"}},
        )
        assert verify(made, simulate(made, seconds=1))[0].happened is happened


def test_swings_and_spins() -> None:
    made = scene(
        {
            "bob": body(BALL, (0.5, 0, 2 - math.sqrt(0.75)), mass=1.0),
            "top": body(CUBE, (3, 0, 1), angular_velocity=[0, 0, 2 * math.pi]),
        },
        joints={"rod": {"type": "hinge", "child": "bob", "anchor": [0, 0, 2]}},
        goals={
            "s": {"type": "swings", "body": "bob", "count": 3},
            "many": {"type": "swings", "body": "bob", "count": 9},
            "t": {"type": "spins", "body": "top", "turns": 3.9},
            "much": {"type": "spins", "body": "top", "turns": 4.2},
        },
        gravity=9.80665,
    )
    trace = simulate(made, seconds=4)
    assert [o.happened for o in verify(made, trace)] == [True, False, True, False]
    assert len(swing_turns(trace, "bob")) == 4 or len(swing_turns(trace, "bob")) == 3
    assert turns(trace, "top")[-1] == pytest.approx(4.0, abs=0.01)


def test_the_order_that_was_asked_matters() -> None:
    made = drop(1.0, 0.5).model_copy(
        update={
            "goals": scene(
                {"ball": body(BALL, (0, 0, 1)), "ground": ground()},
                goals={
                    "first": {"type": "rests", "body": "ball", "order": 0},
                    "then": {"type": "hits", "a": "ball", "b": "ground", "order": 1},
                },
            ).goals
        }
    )
    rests, hits = verify(made, simulate(made))
    assert rests.happened and not hits.happened and "before" in hits.evidence


def test_bounds_in_time() -> None:
    ball = {"ball": body(BALL, (0, 0, 1.1))}
    fall = math.sqrt(2 / 9.80665)
    assert outcome(ball, {"type": "hits", "a": "ball", "b": "ground", "by": fall + 0.05}, seconds=1).happened
    assert not outcome(ball, {"type": "hits", "a": "ball", "b": "ground", "by": fall - 0.05}, seconds=1).happened
    assert not outcome(ball, {"type": "hits", "a": "ball", "b": "ground", "after": 0.8}, seconds=1).happened


def test_what_cannot_be_solved_is_refused_and_never_counted() -> None:
    found = outcome(
        {"ball": body(BALL, (0, 0, 0.1))},
        {"type": "refused", "why": "no solver makes a ball sing", "asked": "the ball sings"},
        seconds=0.5,
    )
    assert found.refused and not found.happened and "sing" in found.evidence


def test_a_goal_of_something_not_simulated_is_said_to_be_unverifiable() -> None:
    found = outcome({"flame": {"kind": "field", "field": "flame"}}, {"type": "moves", "body": "flame"}, seconds=0.5)
    assert not found.happened and "not part of the simulated motion" in found.evidence


def test_evidence_speaks_the_language_of_the_text() -> None:
    made = drop(1.0, 0.6).model_copy(
        update={
            "language": "zh",
            "goals": scene(
                {"ball": body(BALL, (0, 0, 1))}, goals={"g": {"type": "bounces", "body": "ball", "count": 2}}
            ).goals,
        }
    )
    assert "弹起" in verify(made, simulate(made))[0].evidence


def test_temperatures_decide_warming() -> None:
    made = scene(
        {"rod": body(CUBE, (0, 0, 0.1))},
        goals={
            "w": {"type": "warms", "body": "rod", "by_kelvin": 5, "at": "right"},
            "c": {"type": "cools", "body": "rod"},
            "m": {"type": "melts", "body": "rod"},
        },
    )
    trace = simulate(made, seconds=0.5)
    frames = len(trace.time)
    field = np.linspace(20, 30, frames)[:, None] * np.array([[1.0, 0.9]])
    heat = {
        "temperature": ExtraArray(field, "degC"),
        "temperature_position": ExtraArray(np.array([[-0.1, 0, 0], [0.1, 0, 0]]), "m"),
        "temperature_body": ExtraArray(np.full(2, trace.index("rod"))),
        "cell_volume": ExtraArray(np.array([0.004, 0.004]), "m3"),
    }
    warmed = replace(trace, extra={**trace.extra, **heat}).with_meta(heat={"body_names": ["rod"], "time_factor": 1.0})
    assert [o.happened for o in verify(made, warmed)] == [True, False, False]
    assert [o.happened for o in verify(made, trace)] == [False, False, False]


def test_rest_queries_on_a_made_up_trace() -> None:
    time = np.arange(33) / 16
    speed = np.where((time < 0.5) | (time > 1.0), 0.0, 1.0)
    zeros = np.zeros((33, 1, 3))
    velocity = zeros.copy()
    velocity[:, 0, 0] = speed
    turn = np.tile([1.0, 0, 0, 0], (33, 1, 1))
    trace = Trace(
        time, ("a",), np.ones((33, 1), bool), zeros, turn, velocity, zeros, np.ones((33, 1, 3)), np.array([1.0])
    )
    assert rest_intervals(trace, "a") == [(1.0625, 2.0)]
    assert rest_time(trace, "a") == 1.0625


def test_a_scene_from_a_file_verifies_the_same(tmp_path) -> None:
    made = dominoes(4)
    again = Scene.from_yaml(made.to_yaml())
    assert [o.happened for o in verify(again, simulate(again))] == [o.happened for o in verify(made, simulate(made))]


# at the same time, at a time, between ---------------------------------------------------------------------------------------------------


def test_bodies_of_different_mass_land_together_in_a_vacuum_and_not_from_different_heights() -> None:
    def two(height: float) -> Bodies:
        return {
            "light": body(BALL, (0, 0, 2.1), material="wood"),
            "heavy": body(BALL, (1, 0, height + 0.1), material="steel"),
        }

    goal = {"type": "together", "bodies": ["light", "heavy"], "on": "ground", "tolerance": 0.02}
    found = outcome(two(2.0), goal, seconds=1)
    fall = math.sqrt(4 / 9.80665)
    assert found.happened and found.time == pytest.approx(fall, abs=0.01)
    assert not outcome(two(2.3), goal, seconds=1).happened
    assert not outcome(two(2.0), goal, seconds=0.5).happened  # not yet
    lying = {"light": body(BALL, (0, 0, 0.1)), "heavy": body(BALL, (1, 0, 0.1))}
    assert not outcome(lying, goal, seconds=0.5).happened  # what lies there does not land


def test_resting_together() -> None:
    boxes = {
        f"box_{i}": body(CUBE, (0, i, 0.1), material="wood", linear_velocity=[speed, 0, 0])
        for i, speed in enumerate((2.0, 2.0, 4.0))
    }
    for bodies, happened in ((["box_0", "box_1"], True), (["box_0", "box_2"], False)):
        assert outcome(boxes, {"type": "together", "bodies": bodies, "event": "rests"}).happened is happened


@pytest.mark.parametrize(
    ("place", "happened"), [((1.0, 0.1), True), ((1.0, 0.9), False), ((-0.5, 0.0), False), ((2.5, 0.0), False)]
)
def test_between_is_on_the_line_and_not_far_aside(place: tuple[float, float], happened: bool) -> None:
    bodies = {
        "left": body(CUBE, (0, 0, 0.1), fixed=True),
        "right": body(CUBE, (2, 0, 0.1), fixed=True),
        "ball": body(CUBE, (*place, 0.1), material="wood"),
    }
    assert (
        outcome(bodies, {"type": "between", "body": "ball", "a": "left", "b": "right"}, seconds=1).happened is happened
    )


def test_at_a_time_and_between_times() -> None:
    ball = {"ball": body(BALL, (0, 0, 1.1))}
    fall = math.sqrt(2 / 9.80665)  # 0.45 s
    hit = {"type": "hits", "a": "ball", "b": "ground"}
    assert outcome(ball, {**hit, "at_time": fall, "within": 0.02}, seconds=1).happened
    late = outcome(ball, {**hit, "at_time": 0.7, "within": 0.1}, seconds=1)
    assert not late.happened and "0.7 s" in late.evidence
    assert outcome(ball, {**hit, "after": 0.4, "by": 0.5}, seconds=1).happened
    assert not outcome(ball, {**hit, "after": 0.5, "by": 0.6}, seconds=1).happened
