"""What cannot be simulated is refused in a plain sentence that names the place and what to change; what can be mended is mended and said."""

from __future__ import annotations

import math
from typing import Any

import pytest

from scenes.errors import UserError
from sim.check_scenes import body, ground, scene
from sim.simulate import simulate

BALL = {"type": "sphere", "radius": 0.1}


def run(bodies: dict[str, Any] | None = None, **more: Any) -> Any:
    things = bodies or {"ground": ground(), "ball": body(BALL, (0, 0, 1))}
    return simulate(scene(things, **more), seconds=0.1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mass": math.nan}, "mass: must be a finite number"),
        ({"mass": math.inf}, "mass: must be a finite number"),
        ({"mass": 0}, "mass: must be greater than 0"),
        ({"mass": 1e-12}, "outside 1e-06 to 1e.09 kg: change its size"),
        ({"mass": 1e12}, "outside 1e-06 to 1e.09 kg: change its size"),
        ({"position": [0, 0, math.nan]}, "position.2: must be a finite number"),
        ({"position": [0, 0, 1e7]}, "bring it nearer"),
        ({"linear_velocity": [math.nan, 0, 0]}, "finite number"),
        ({"linear_velocity": [1e6, 0, 0]}, "goes beyond 10000"),
        ({"angular_velocity": [1e9, 0, 0]}, "make it slower"),
        ({"orientation": [0, 0, 0, 0]}, "zero quaternion"),
        ({"mass": 1, "density": 2}, "mass or density, not both"),
        *[({"shape": {"type": "sphere", "radius": r}}, "radius: must be") for r in (math.nan, 0, -1, math.inf)],
        ({"shape": {"type": "sphere", "radius": 1e-6}}, "change its size"),
    ],
)
def test_sizes_masses_and_speeds_that_cannot_be(change: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        run({"ground": ground(), "ball": {**body(BALL, (0, 0, 1)), **change}})


@pytest.mark.parametrize("gravity", [math.nan, -1.0, 1e9])
def test_gravity_that_cannot_be(gravity: float) -> None:
    with pytest.raises(UserError, match="gravity"):
        run(gravity=gravity)


HINGE = {"type": "hinge", "child": "a", "anchor": [0, 0, 2]}


@pytest.mark.parametrize(
    ("joint", "said"),
    [
        ({**HINGE, "parent": "a"}, "to itself"),
        ({**HINGE, "parent": "z"}, "not in the scene"),
        ({**HINGE, "axis": [0, 0, 0]}, "axis .* must not be zero"),
        ({**HINGE, "limits": [1, -1]}, "wrong way round"),
        ({**HINGE, "limits": [1, 2]}, "let them contain 0"),
        ({**HINGE, "anchor": [1e9, 0, 0]}, "bring it nearer"),
        ({**HINGE, "child": "post"}, "neither can move"),
        ({"type": "rope", "child": "a", "anchor": [0, 0, 1], "parent_anchor": [0, 0, 3], "length": 0.5}, "2 m apart at the start"),
        ({"type": "spring", "child": "a", "anchor": [0, 0, 1], "parent_anchor": [0, 0, 3], "length": 1, "stiffness": 1e12}, "make it softer"),
        ({"type": "spring", "child": "a", "anchor": [0, 0, 1], "stiffness": math.nan}, "finite number"),
        ({"type": "spring", "child": "a", "anchor": [0, 0, 1]}, "stiffness"),
    ],
)  # fmt: skip
def test_joints_that_cannot_be(joint: dict[str, Any], said: str) -> None:
    things = {"a": body(BALL, (0, 0, 1), mass=1.0), "post": body(BALL, (3, 0, 1), fixed=True)}
    with pytest.raises(UserError, match=said):
        run(things, joints={"j": joint})


def test_a_loop_of_joints_is_closed_as_well_as_can_be_and_said() -> None:
    things = {name: body(BALL, (k, 0, 1)) for k, name in enumerate("abc")}
    loop = {
        n: {"type": "hinge", "anchor": [0, 0, 2], "child": c, "parent": p}
        for n, c, p in (("x", "a", "b"), ("y", "b", "c"), ("z", "c", "a"))
    }
    trace = run(things, joints=loop)
    assert any("closes a loop" in note for note in trace.meta["notes"]) and trace.meta["audit"]["passed"]


@pytest.mark.parametrize(
    ("driver", "said"),
    [
        ({"type": "force", "force": [math.nan, 0, 0]}, "finite number"),
        ({"type": "force", "force": [1e30, 0, 0]}, "make the force smaller"),
        ({"type": "velocity", "linear": [1e9, 0, 0]}, "make it slower"),
        ({"type": "path", "keys": [{"time": 0, "position": [0, 0, 1]}, {"time": 1, "position": [1e6, 0, 1]}]}, "bring its keys nearer"),
        ({"type": "path", "keys": [{"time": 0, "position": [0, 0, 1]}, {"time": 1e-6, "position": [90, 0, 1]}]}, "give it more time"),
    ],
)  # fmt: skip
def test_drivers_that_cannot_be(driver: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        run(drivers={"d": {"body": "ball", **driver}})


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        ({"type": "hits", "a": "ball", "b": "wal"}, "'wal'"),
        ({"type": "together", "bodies": ["ball", "bal"]}, "'bal', which is not in the scene; did you mean 'ball'"),
        ({"type": "between", "body": "ball", "a": "ball", "b": "nowhere"}, "'nowhere'"),
        ({"type": "bounces", "body": "ball", "count": -1}, "count"),
        ({"type": "bounce", "body": "ball"}, "bounces"),
    ],
)
def test_goals_over_what_is_not_there(goal: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        run(goals={"g": goal})


def test_overlaps_that_cannot_be_pushed_apart_are_refused_by_name() -> None:
    block = body({"type": "box", "size": [3, 3, 3]}, (0, 0, 1.5), fixed=True)
    with pytest.raises(UserError, match=r"'ball' overlap|'block' and 'ball'|'ball' and 'block'"):
        run({"ground": ground(), "block": block, "ball": body(BALL, (0, 0, 1))})


def test_two_bodies_in_one_place_are_parted_and_it_is_said() -> None:
    trace = run({"ground": ground(), "a": body(BALL, (0, 0, 0.1)), "b": body(BALL, (0, 0, 0.1))})
    assert any("overlapped something at the start and was moved" in note for note in trace.meta["notes"])
    assert trace.meta["audit"]["passed"]
