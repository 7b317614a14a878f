"""The medium: drag coefficients, buoyancy by clipped volume, wind, vacuum, and water in a vessel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.primitives import Box, Capsule, Cone, Cylinder, Ellipsoid, Sphere, Torus
from sim.check_scenes import body, scene
from sim.medium import cells_of, drag_coefficient, frontal_area, sphere_drag, submerged_sphere, terminal_speed
from sim.simulate import simulate


def test_sphere_drag_is_stokes_at_low_and_newton_at_high_reynolds_numbers() -> None:
    assert sphere_drag(0.01) == pytest.approx(2400, rel=0.02)
    assert sphere_drag(1000) == pytest.approx(0.47, rel=0.05)  # Schlichting, fig. 1.5
    assert 0.4 < sphere_drag(1e5) < 0.52


def test_areas_are_a_quarter_of_the_surface() -> None:
    assert frontal_area(Sphere(radius=0.1)) == pytest.approx(math.pi * 0.01)
    assert frontal_area(Box(size=(1, 2, 3))) == pytest.approx(22 / 4)
    assert frontal_area(Ellipsoid(radii=(0.1, 0.1, 0.1))) == pytest.approx(math.pi * 0.01)
    assert drag_coefficient(Box(size=(1, 1, 1)), 1e4) == pytest.approx(1.05)


@given(radius=st.floats(0.01, 1.0), share=st.floats(0.01, 0.99))
def test_the_submerged_cap_agrees_with_an_integral(radius: float, share: float) -> None:
    depth = 2 * radius * share
    z = np.linspace(-radius, -radius + depth, 20001)
    slices = math.pi * (radius**2 - z**2)
    volume, height = submerged_sphere(radius, depth)
    assert volume == pytest.approx(np.trapezoid(slices, z), rel=1e-4)
    assert height == pytest.approx(np.trapezoid(slices * z, z) / np.trapezoid(slices, z), abs=1e-4 * radius)


@pytest.mark.parametrize(
    "shape",
    [
        Box(size=(1, 0.5, 0.2)),
        Cylinder(radius=0.2, height=0.6),
        Capsule(radius=0.2, height=0.4),
        Cone(radius=0.3, height=0.6),
        Torus(major_radius=0.4, minor_radius=0.1),
    ],
)
def test_cells_hold_the_volume_and_its_middle(shape) -> None:
    middles, volumes, _ = cells_of(shape)
    assert volumes.sum() == pytest.approx(shape.volume())
    assert np.abs((volumes[:, None] * middles).sum(axis=0) / volumes.sum()).max() < 0.06 * float(shape.extent().max())


def test_in_a_vacuum_a_feather_falls_like_a_hammer() -> None:
    things = {
        "feather": body({"type": "box", "size": [0.1, 0.02, 0.001]}, (0, 0, 5), density=50.0),
        "hammer": body({"type": "sphere", "radius": 0.05}, (1, 0, 5), density=7800.0),
    }
    still = simulate(scene(things, drag=True, environment={"medium": "vacuum"}), seconds=0.9)
    assert still.position[-1, 0, 2] == pytest.approx(still.position[-1, 1, 2], abs=1e-9)
    aired = simulate(scene(things, drag=True), seconds=0.9)
    assert aired.position[-1, 0, 2] > aired.position[-1, 1, 2] + 0.5


def test_wind_carries_a_light_ball_along() -> None:
    made = scene(
        {"ball": body({"type": "sphere", "radius": 0.1}, (0, 0, 0), mass=0.02)},
        drag=True,
        gravity=0.0,
        environment={"wind": [3, 0, 0]},
    )
    trace = simulate(made, seconds=10)
    assert 2.0 < trace["ball"].linear_velocity[-1, 0] < 3.0
    assert np.abs(trace["ball"].linear_velocity[:, 1:]).max() < 1e-9


def test_a_helium_balloon_rises_at_its_terminal_speed() -> None:
    made = scene({"balloon": body({"type": "sphere", "radius": 0.14}, (0, 0, 1), mass=0.009)}, drag=True)
    trace = simulate(made, seconds=5)
    lift = 1.204 * 4 / 3 * math.pi * 0.14**3
    assert lift > 0.009
    speeds = np.linspace(0.1, 5, 5000)
    drag = np.array([0.5 * 1.204 * sphere_drag(1.204 * v * 0.28 / 1.81e-5) * math.pi * 0.14**2 * v * v for v in speeds])
    expected = float(np.interp((lift - 0.009) * 9.80665, drag, speeds))
    assert trace["balloon"].linear_velocity[-1, 2] == pytest.approx(expected, rel=0.02)
    assert any("buoyancy of air" in note for note in trace.meta["notes"])


def test_wood_floats_upright_by_archimedes_and_steel_sinks() -> None:
    things = {
        "raft": body({"type": "box", "size": [0.4, 0.4, 0.1]}, (0, 0, 0.1), density=600.0),
        "weight": body({"type": "sphere", "radius": 0.05}, (1, 0, 0.2), density=7800.0),
    }
    things["bed"] = body({"type": "box", "size": [10, 10, 1]}, (0, 0, -1.5), fixed=True, material="concrete")
    trace = simulate(scene(things, drag=True, environment={"water_level": 0.0}), seconds=8)
    assert trace["raft"].position[-1, 2] == pytest.approx(0.05 - 0.1 * 600 / 998.2, abs=1e-3)
    assert trace["weight"].position[-1, 2] == pytest.approx(-0.95, abs=2e-3)
    assert trace.meta["audit"]["passed"], trace.meta["audit"]


def test_a_tilted_beam_rights_itself_to_its_flat_side() -> None:
    turn = [math.cos(0.3), 0.0, math.sin(0.3), 0.0]
    trace = simulate(
        scene(
            {"beam": body({"type": "box", "size": [0.6, 0.3, 0.1]}, (0, 0, 0), density=500.0, orientation=turn)},
            drag=True,
            environment={"water_level": 0.0},
        ),
        seconds=10,
    )
    from scenes.primitives import rotation_matrix
    from sim.queries import tilt

    assert rotation_matrix(trace["beam"].orientation[-1])[2, 2] > 0.99
    assert tilt(trace, "beam")[-1] == pytest.approx(0.6, abs=0.1)


def test_water_in_a_vessel_lifts_only_what_is_in_it() -> None:
    things = {
        "tank": body(
            {"type": "cup", "radius": 0.5, "height": 0.6, "wall": 0.02}, (0, 0, 0.3), fixed=True, material="glass"
        ),
        "water": {"kind": "fluid", "material": "water", "container": "tank", "level": 0.5},
        "floor": body({"type": "box", "size": [10, 10, 1]}, (0, 0, -0.5), fixed=True, material="concrete"),
        "cork": body({"type": "sphere", "radius": 0.05}, (0, 0, 0.8), density=200.0),
        "outside": body({"type": "sphere", "radius": 0.05}, (2, 0, 0.3), density=200.0),
    }
    trace = simulate(scene(things, drag=True), seconds=6)
    assert 0.45 < trace["cork"].position[-1, 2] < 0.56
    assert trace["outside"].position[-1, 2] == pytest.approx(0.05, abs=5e-3)
    assert trace.meta["not_simulated"] == {"water": "fluid"}


def test_terminal_speed_balances_drag_and_weight() -> None:
    v = terminal_speed(0.1, 0.05)
    weight = (0.1 - 1.204 * 4 / 3 * math.pi * 0.05**3) * 9.80665
    assert 0.5 * 1.204 * sphere_drag(1.204 * v * 0.1 / 1.81e-5) * math.pi * 0.0025 * v * v == pytest.approx(
        weight, rel=1e-6
    )
