"""Fluids, cloth and fields: every kind has a written status; pouring is grains, a blast one push, a magnet a constant force, the rest painted."""

from __future__ import annotations

import numpy as np
import pytest

from planner import plan
from scenes.errors import UserError
from scenes.scene import Scene
from sim.fracture import with_fragments
from sim.goals import verify
from sim.grains import with_grains
from sim.simulate import simulate

GROUND = {
    "kind": "rigid", "fixed": True, "material": "wood", "position": [0, 0, -0.5], "shape": {"type": "box", "size": [4, 4, 1]},
}  # fmt: skip
BOWL = {
    "kind": "rigid",
    "material": "ceramic",
    "position": [0, 0, 0.0],
    "shape": {"type": "cup", "radius": 0.08, "base_radius": 0.05, "height": 0.07, "wall": 0.004},
}


def event_of(scene: Scene):
    return next(e for e in scene.elements.values() if e.kind == "event")


@pytest.mark.parametrize(
    ("text", "liquid"),
    [
        ("Water is poured from a jug into a glass", True),
        ("水从壶里倒进杯子", True),
        ("Someone pours milk into a cup", True),
        ("Sand pours into a bowl", False),
        ("大米倒进碗里", False),
        ("marbles pour into a bowl", False),
        ("rice is poured into a pot", False),
    ],
)
def test_what_is_poured_into_a_vessel_is_grains_and_says_so(text, liquid):
    scene = plan(text)
    assert event_of(scene).status == "proxied" and event_of(scene).why
    (fluid,) = [b for b in scene.bodies.values() if b.kind == "fluid" and b.poured is not None]
    pour = fluid.poured
    assert fluid.status == "proxied" and pour.liquid is liquid and 1 <= pour.grains <= 300 and pour.into in scene.bodies
    vessel = scene.bodies[pour.into]
    assert abs(pour.at[0] - vessel.position[0]) < 0.02 and pour.at[2] > vessel.position[2]
    sources = [d for d in scene.drivers.values() if d.type == "path" and d.keys[-1].tilt > 1]
    assert len(sources) == ("from" in text or "从" in text)


@pytest.mark.parametrize(
    "text",
    [
        "A flag waves in the wind",
        "the curtain flutters",
        "the river flows",
        "water drips from the tap",
        "窗帘在风中飘动",
    ],
)
def test_what_no_solver_advances_is_imagined_with_its_reason(text):
    scene = plan(text)
    assert event_of(scene).status == "imagined" and event_of(scene).why


def poured(grains: int, **more) -> Scene:
    pour = {"at": [0, 0, 0.2], "grains": grains, "radius": 0.007, "into": "bowl", "seconds": 0.8, "start": 0.1, **more}
    bodies = {
        "ground": GROUND,
        "bowl": {**BOWL, "position": [0, 0, _height()]},
        "sand": {"kind": "fluid", "material": "sand", "poured": pour},
    }
    return Scene.from_data({"schema": 1, "bodies": bodies})


def _height() -> float:
    scene = Scene.from_data({"schema": 1, "bodies": {"bowl": BOWL}})
    return -float(scene.bodies["bowl"].shape.bounds()[0][2])


def test_grains_begin_one_after_the_other_and_come_to_lie_in_the_vessel():
    trace = simulate(poured(30), seconds=2.0)
    (told,) = trace.meta["grains"]
    assert told["status"] == "proxied" and told["inside"] >= 28
    alive = trace.alive[:, [trace.index(f"sand/grain_{k + 1}") for k in range(30)]].sum(axis=1)
    assert alive[0] == 0 and alive[-1] == 30 and (np.diff(alive) >= 0).all() and len(set(alive.tolist())) > 8
    assert trace.meta["audit"]["passed"]
    assert not any("/grain_" in c.body_a and "/grain_" in c.body_b for c in trace.contacts)
    drawn = with_fragments(poured(30), trace)
    assert drawn.bodies["sand/grain_1"].shape.radius == pytest.approx(0.007)


def test_the_same_seed_pours_the_same_way():
    one, other = simulate(poured(12), seconds=1.0), simulate(poured(12), seconds=1.0)
    assert one.position.tobytes() == other.position.tobytes()


def test_a_scene_without_a_pour_is_left_as_it_is_and_too_many_grains_are_refused():
    scene = plan("a ball falls")
    assert with_grains(scene) is scene
    with pytest.raises(UserError):
        poured(4000)


@pytest.mark.parametrize(
    "text", ["two magnets attract each other", "两块磁铁互相吸引", "a magnet attracts a steel ball"]
)
def test_magnets_come_together_under_a_declared_force(text):
    scene = plan(text)
    assert event_of(scene).status == "proxied"
    trace = simulate(scene, seconds=3.0)
    assert all(outcome.happened for outcome in verify(scene, trace))


def test_a_magnet_does_not_attract_wood():
    assert event_of(plan("A magnet attracts a wooden block")).status == "refused"


def test_a_blast_pushes_outward_and_weaker_with_distance():
    scene = plan("A bomb explodes next to three boxes")
    assert event_of(scene).status == "proxied"
    source = np.array(scene.bodies["bomb"].position)
    pushes = {d.body: np.array(d.linear) for d in scene.drivers.values() if d.type == "velocity"}
    assert len(pushes) == 3
    away = {n: np.array(scene.bodies[n].position) - source for n in pushes}
    assert all(pushes[n][:2] @ away[n][:2] > 0 for n in pushes)
    order = sorted(pushes, key=lambda n: float(np.linalg.norm(away[n])))
    speeds = [float(np.linalg.norm(pushes[n])) for n in order]
    assert speeds[0] >= speeds[-1]
    assert event_of(plan("炸弹在水下爆炸")).status == "imagined"
