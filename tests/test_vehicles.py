"""Vehicles: wheels turn by the way over the radius and steer in curves, rotors are drawn as a shutter sees them, and free wheels roll along the nose."""

from __future__ import annotations

import math

import numpy as np
import pytest

from generator.geometry import scene_geometry
from generator.vehicles import along, standing_pieces, turning_pieces
from planner import plan
from scenes.catalogue import catalogue
from scenes.primitives import Box, Compound, Cylinder, Part
from scenes.scene import Scene
from scenes.wheels import rotors, wheels
from sim.simulate import simulate

GROUND = {
    "kind": "rigid", "fixed": True, "material": "asphalt", "position": [0, 0, -0.5], "shape": {"type": "box", "size": [200, 200, 1]},
}  # fmt: skip


def shape_of(name: str):
    return (
        catalogue().find(name, "en").entry.shape
        if hasattr(catalogue().find(name, "en"), "entry")
        else catalogue().find(name, "en").shape
    )


def car(**more) -> dict:
    shape = shape_of("car")
    low = float(shape.bounds()[0][2])
    body = {
        "kind": "rigid",
        "material": "steel",
        "mass": 1400,
        "shape": shape.model_dump(mode="json", exclude_none=True),
    }
    return body | {"position": [0, 0, -low]} | more


def scene_of(bodies: dict, **more) -> Scene:
    return Scene.from_data({"schema": 1, "bodies": {"ground": GROUND, **bodies}, **more})


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("car", 4),
        ("truck", 6),
        ("bus", 4),
        ("bicycle", 2),
        ("motorcycle", 2),
        ("skateboard", 4),
        ("train", 4),
        ("tractor", 4),
        ("cart", 4),
    ],
)
def test_every_vehicle_has_its_wheels_on_the_ground(name, count):
    shape = shape_of(name)
    found = wheels(shape)
    low = float(shape.bounds()[0][2])
    assert len(found) == count
    assert all(abs(w.centre[2] - w.radius - low) < 0.15 * w.radius for w in found)


@pytest.mark.parametrize(
    "name", ["ball", "table", "chair", "barrel", "bottle", "cup", "tree", "house", "lamp", "hammer"]
)
def test_what_is_no_vehicle_has_no_wheels(name):
    assert wheels(shape_of(name)) == () and rotors(shape_of(name)) == ()


def test_a_dumbbell_is_a_roller_and_not_a_vehicle():
    turn = (math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0)
    ends = [Part(shape=Cylinder(radius=0.1, height=0.05), position=(0, y, 0), orientation=turn) for y in (-0.2, 0.2)]
    bar = Part(shape=Cylinder(radius=0.02, height=0.4), position=(0, 0, 0), orientation=turn)
    assert wheels(Compound(parts=(*ends, bar))) == ()
    chassis = Part(shape=Box(size=(0.4, 0.3, 0.1)), position=(0.3, 0, 0.1))
    assert len(wheels(Compound(parts=(*ends, bar, chassis)))) == 2


@pytest.mark.parametrize(("name", "count"), [("drone", 4), ("helicopter", 1)])
def test_flyers_have_rotors_and_all_pieces_are_drawn_once(name, count):
    shape = shape_of(name)
    assert len(rotors(shape)) == count
    turning, made = turning_pieces(shape, 1 / 16)
    assert len(standing_pieces(shape)) + sum(len(r.pieces) for r in rotors(shape)) == len(shape.pieces())
    assert len(made) == sum(len(parts) for _, parts in turning.rotors)


def driven(keys: list[dict], seconds: float):
    drivers = {"drive": {"type": "path", "body": "car", "keys": keys}}
    scene = scene_of({"car": car()}, drivers=drivers)
    return scene, simulate(scene, seconds=seconds)


def test_a_wheel_turns_by_the_way_over_its_radius():
    z = car()["position"][2]
    keys = [{"time": 0, "position": [0, 0, z], "heading": 0.0}, {"time": 2, "position": [6, 0, z], "heading": 0.0}]
    scene, trace = driven(keys, 1.5)
    geometry = scene_geometry(scene, trace)
    column = trace.index("car")
    way = along(geometry.poses, column)
    assert way[-1] == pytest.approx(trace["car"].position[-1, 0] - trace["car"].position[0, 0], abs=1e-6)
    turning = geometry.turning[column]
    wheel, _ = turning.wheels[0]
    frame = 2
    spoke = len(wheel.pieces)  # the first spoke follows the wheel's own pieces
    before, after = (geometry.figure_pose(column, k)[spoke] for k in (0, frame))
    a, b = (np.array(p.position) - wheel.centre for p in (before, after))
    turned = math.atan2(b[0], b[2]) - math.atan2(a[0], a[2])
    expected = way[frame] / wheel.radius
    assert math.remainder(turned - expected, math.tau) == pytest.approx(0.0, abs=1e-6)


def test_front_wheels_steer_into_a_curve_and_rear_wheels_do_not():
    z, radius = car()["position"][2], 10.0
    keys = []
    for k in range(9):
        angle = k * math.pi / 32
        keys.append(
            {
                "time": 0.25 * k,
                "position": [radius * math.sin(angle), radius * (1 - math.cos(angle)), z],
                "heading": angle,
            }
        )
    scene, trace = driven(keys, 2.0)
    geometry = scene_geometry(scene, trace)
    column = trace.index("car")
    turning = geometry.turning[column]
    steer = turning._steer(geometry.travelled[column], geometry.poses, 12, column)
    assert steer == pytest.approx(math.atan(turning.base / radius), rel=0.1)


def test_a_free_car_rolls_along_its_nose_and_grips_across_it():
    ways = {}
    for name, velocity in (("along", [5, 0, 0]), ("across", [0, 5, 0])):
        trace = simulate(scene_of({"car": car(linear_velocity=velocity)}), seconds=2.0)
        assert trace.meta["audit"]["passed"]
        ways[name] = trace["car"].position[-1] - trace["car"].position[0]
    assert 8.5 < ways["along"][0] < 10.0 and abs(ways["along"][1]) < 0.1
    assert ways["across"][1] < 4.0


def test_a_car_on_its_roof_slides_like_anything_else():
    upside = car(orientation=[0, 1, 0, 0], linear_velocity=[5, 0, 0])
    shape = shape_of("car")
    upside["position"] = [0, 0, float(shape.bounds()[1][2]) + 0.002]
    trace = simulate(scene_of({"car": upside}), seconds=2.0)
    assert trace["car"].position[-1, 0] < 6.0


def test_a_driven_car_knocks_a_stack_over():
    scene = plan("a red car hits a stack of boxes")
    trace = simulate(scene)
    boxes = [n for n in trace.names if n.startswith("box")]
    moved = [float(np.linalg.norm(trace[n].position[-1] - trace[n].position[0])) for n in boxes]
    assert min(moved) > 0.3 and trace.meta["audit"]["passed"]


@pytest.mark.parametrize(
    "text",
    [
        "a truck drives along the road",
        "a bus drives from left to right",
        "an airplane flies",
        "a boat sails",
        "a man rides a motorcycle",
        "一架无人机飞过",
    ],
)
def test_vehicles_go_where_they_look(text):
    scene = plan(text)
    drivers = [d for d in scene.drivers.values() if d.type == "path"]
    assert drivers
    for driver in drivers:
        first, last = driver.keys[0], driver.keys[-1]
        way = np.subtract(last.position, first.position)
        if np.linalg.norm(way[:2]) > 0.1:
            assert math.cos(math.atan2(way[1], way[0]) - (first.heading or 0.0)) > 0.9
