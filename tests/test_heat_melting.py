"""Melting against Stefan's and Neumann's fronts, what a melting body looks like in the trace, and asked outcomes of heat."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from scenes.errors import UserError
from scenes.goals import Melts, Warms
from scenes.materials import library
from scenes.scene import Scene
from sim.heat import HeatResult, merge, solve_heat
from sim.heat_goals import verify_thermal
from sim.trace import Trace
from tests.test_heat import held, solved


def stefan_front(material: str, excess: float, times: np.ndarray) -> np.ndarray:
    """Position [m] of the front: s = 2 L sqrt(alpha t), L exp(L2) erf(L) sqrt(pi) = c dT/latent (Carslaw & Jaeger, 11.2)."""
    from scipy.optimize import brentq
    from scipy.special import erf

    m = library().material(material)
    assert m.latent_heat_fusion is not None
    ste = m.specific_heat.value * excess / m.latent_heat_fusion.value
    lam = brentq(lambda x: x * math.exp(x * x) * erf(x) - ste / math.sqrt(math.pi), 1e-6, 5)
    return 2 * lam * np.sqrt(m.diffusivity * times)


@pytest.mark.parametrize(
    ("material", "excess", "length", "duration"), [("wax", 40, 0.02, 1800), ("lead", 300, 0.05, 20)]
)
def test_the_front_is_stefans(material: str, excess: float, length: float, duration: float) -> None:
    point = library().material(material).melting_point
    assert point is not None
    heat = solved(
        {"type": "box", "size": [length, 0.01, 0.01]}, material, hot={"initial": point.value},
        physical_duration=duration, boundaries={"hot": held(point.value + excess, "left")},
    )  # fmt: skip
    front = (1 - heat.solid_fraction[8:, 0]) * length
    assert np.abs(front / stefan_front(material, excess, heat.physical_time[8:]) - 1).max() < 0.02
    assert heat.heat_balance.max() < 1e-9 and heat.entropy_production.min() >= -1e-12


def test_water_freezes_as_fast_as_neumann_says_with_the_figures_of_ice() -> None:
    heat = solved(
        {"type": "box", "size": [0.05, 0.01, 0.01]}, "water", hot={"initial": 0.0, "cells": 200},
        physical_duration=3000, boundaries={"cold": held(-20, "left")},
    )  # fmt: skip
    ice, water = library().material("ice"), library().material("water")
    assert water.latent_heat_fusion is not None
    from scipy.optimize import brentq
    from scipy.special import erf

    ste = ice.specific_heat.value * 20 / water.latent_heat_fusion.value
    lam = brentq(lambda x: x * math.exp(x * x) * erf(x) - ste / math.sqrt(math.pi), 1e-6, 5)
    alpha = ice.conductivity.value / (water.density.value * ice.specific_heat.value)
    front = heat.solid_fraction[-1, 0] * 0.05
    assert heat.solid_fraction[0, 0] == 0
    assert front == pytest.approx(2 * lam * math.sqrt(alpha * 3000), rel=0.02)


def test_a_lump_of_ice_stays_at_zero_until_its_latent_heat_is_in() -> None:
    edge, h, air = 0.01, 20.0, 30.0
    heat = solved(
        {"type": "box", "size": [edge] * 3}, "ice", hot={"initial": -5}, physical_duration=4000,
        boundaries={"air": {"type": "convection", "coefficient": h, "ambient": air}},
    )  # fmt: skip
    ice = library().material("ice")
    assert ice.latent_heat_fusion is not None
    mean, solid = heat.mean("b"), heat.solid_fraction[:, 0]
    inside = (solid > 0.01) & (solid < 0.99)
    assert inside.sum() > 10 and np.abs(mean[inside]).max() < 1e-6
    rate = 6 * h * air / (edge * 917 * ice.latent_heat_fusion.value)
    slope = np.polyfit(heat.physical_time[inside], solid[inside], 1)[0]
    assert -slope == pytest.approx(rate, rel=1e-3)
    assert heat.scale["b"][-1] == pytest.approx(0.01) and (np.diff(heat.scale["b"][:, 0]) <= 1e-12).all()
    assert np.allclose(heat.scale["b"][:, 0], np.maximum(np.cbrt(solid), 0.01))
    assert any("proxied" in note for note in heat.meta["notes"])


def test_boiling_water_stays_at_a_hundred() -> None:
    scene = Scene.from_data(
        {
            "schema": 1,
            "bodies": {"tea": {"kind": "fluid", "material": "water", "volume": 0.001}},
            "thermal": {"physical_duration": 600, "sources": {"stove": {"body": "tea", "power": 2000}}},
        }
    )
    heat = solve_heat(scene, fps=16, duration=5)
    water = library().material("water")
    assert water.latent_heat_vaporization is not None
    left = 600 * 2000 - 80 * 0.9982 * 4182
    boiled = left / (0.9982 * water.latent_heat_vaporization.value)
    assert heat.temperature.max() == pytest.approx(library().material("water").boiling_point.value, abs=1e-6)  # type: ignore[union-attr]
    assert heat.meta["bodies"]["tea"]["boiled_fraction"] == pytest.approx(boiled, rel=1e-6)


def test_thawing_fruit_keeps_its_shape() -> None:
    heat = solved(
        {"type": "sphere", "radius": 0.03}, "apple", hot={"initial": -18}, physical_duration=20_000,
        boundaries={"air": {"type": "convection", "ambient": 22}},
    )  # fmt: skip
    assert heat.solid_fraction[-1, 0] < 0.5 and not heat.scale


def motion_of(scene: Scene, frames: int, duration: float) -> Trace:
    """A trace in which every body stays where the scene puts it."""
    names = tuple(scene.bodies)
    n = len(names)
    position = np.array([scene.bodies[name].position for name in names], dtype=float)
    orientation = np.array([scene.bodies[name].orientation for name in names], dtype=float)
    still = np.zeros((frames, n, 3))
    return Trace(
        time=np.linspace(0, duration, frames),
        names=names,
        alive=np.ones((frames, n), dtype=bool),
        position=np.repeat(position[None], frames, axis=0),
        orientation=np.repeat(orientation[None], frames, axis=0),
        linear_velocity=still,
        angular_velocity=still,
        scale=np.ones((frames, n, 3)),
        mass=np.full(n, np.inf),
    )


def two_bodies(**goals: Any) -> Scene:
    turned = [math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0]  # the cylinder's z lies along the world's x
    return Scene.from_data(
        {
            "schema": 1,
            "bodies": {
                "table": {"kind": "rigid", "shape": {"type": "box", "size": [1, 1, 0.1]}, "fixed": True},
                "rod": {
                    "kind": "rigid", "material": "copper", "orientation": turned, "position": [0, 0, 1],
                    "shape": {"type": "cylinder", "radius": 0.01, "height": 0.5},
                },
                "cube": {
                    "kind": "rigid", "material": "ice", "position": [0.2, 0, 0.07], "shape": {"type": "box", "size": [0.04] * 3},
                },
            },
            "thermal": {
                "physical_duration": 7200,
                "bodies": {"rod": {}, "cube": {"initial": -2}},
                "boundaries": {
                    "fire": {"body": "rod", "face": "bottom", "type": "temperature", "value": 90},
                    "air": {"body": "cube", "type": "convection", "ambient": 25},
                },
            },
            "goals": goals,
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def merged() -> tuple[HeatResult, Trace]:
    scene = two_bodies()
    heat = solve_heat(scene, fps=16, duration=5)
    return heat, merge(motion_of(scene, 81, 5.0), heat)


def test_the_trace_carries_temperatures_of_its_own_bodies(merged: tuple[HeatResult, Trace], tmp_path: Any) -> None:
    heat, trace = merged
    owner = trace.extra["temperature_body"].data
    assert set(owner) == {trace.index("rod"), trace.index("cube")}
    assert trace.extra["temperature"].data.shape == (81, len(owner)) and trace.extra["temperature"].unit == "degC"
    assert trace.extra["temperature_position"].data.shape == (len(owner), 3)
    assert trace.meta["heat"]["time_factor"] == pytest.approx(7200 / 5)
    trace.save(tmp_path / "trace.npz")
    again = Trace.load(tmp_path / "trace.npz")
    assert (again.extra["temperature"].data == heat.temperature).all()
    with np.load(tmp_path / "trace.npz") as stored:
        assert {"temperature", "temperature_position", "temperature_body"} <= set(stored.files)


def test_a_melting_cube_shrinks_onto_what_it_lies_on(merged: tuple[HeatResult, Trace]) -> None:
    heat, trace = merged
    scale = trace["cube"].trace.scale[:, trace.index("cube"), 2]
    assert scale[0] == 1 and scale[-1] < 0.9 and np.allclose(trace.scale[:, trace.index("rod")], 1)
    assert np.allclose(scale, np.maximum(np.cbrt(heat.solid_fraction[:, heat.bodies.index("cube")]), 0.01))
    bottom = trace["cube"].position[:, 2] - 0.02 * scale
    assert np.allclose(bottom, 0.05)


def test_heat_of_other_frames_is_refused(merged: tuple[HeatResult, Trace]) -> None:
    with pytest.raises(UserError, match="same fps and duration"):
        merge(motion_of(two_bodies(), 41, 5.0), merged[0])


def test_asked_outcomes_are_read_where_the_viewer_sees_them(merged: tuple[HeatResult, Trace]) -> None:
    _, trace = merged
    left = verify_thermal(Warms(body="rod", at="left", by_kelvin=30), trace)
    right = verify_thermal(Warms(body="rod", at="right", by_kelvin=30), trace)
    cold = verify_thermal(Warms(body="rod", at="cold_end", by_kelvin=30), trace)
    assert left[0] and right[0] and left[2] < right[2] and right[2] == cold[2]  # type: ignore[operator]
    assert "left end temperature from 20.0" in left[1] and "physical time" in left[1]
    assert not verify_thermal(Warms(body="rod", to=95.0), trace)[0]
    assert not verify_thermal(Warms(type="cools", body="rod"), trace)[0]
    melted, words, when = verify_thermal(Melts(body="cube", fraction=0.25), trace, language="zh")
    assert melted and when is not None and 0 < when < 5 and "熔化" in words
    assert not verify_thermal(Melts(body="rod"), trace)[0]
    assert verify_thermal(Warms(body="table"), trace) == (False, "no temperatures were solved for table", None)


def test_the_chosen_duration_lets_the_asked_outcome_happen() -> None:
    for goal in (
        {"type": "melts", "body": "cube", "fraction": 0.9},
        {"type": "warms", "body": "rod", "at": "right", "to": 89.0},
    ):
        data = two_bodies(asked=goal).model_dump(mode="json", by_alias=True)
        data["thermal"]["physical_duration"] = None
        scene = Scene.from_data(data)
        heat = solve_heat(scene, fps=16, duration=5)
        happened, _, when = verify_thermal(scene.goals["asked"], merge(motion_of(scene, 81, 5.0), heat))
        assert happened and when is not None and when > 0.2
