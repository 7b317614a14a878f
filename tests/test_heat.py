"""Heat against closed forms: series, fins, joints, lumps, radiation, and the two laws of thermodynamics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.errors import UserError
from scenes.materials import library
from scenes.scene import Scene
from sim.heat import HeatResult, solve_heat

BAR = {"type": "box", "size": [1.0, 0.02, 0.02]}
SIGMA = 5.670374419e-8
COPPER = 401 / (8960 * 385)  # [m2/s]


def heated(
    shape: dict[str, Any], material: str = "copper", *, body: dict[str, Any] | None = None, **thermal: Any
) -> Scene:
    """A scene of one fixed body `b`; its settings under `hot`, its boundaries without naming the body."""
    hot = thermal.pop("hot", {})
    for kind in ("boundaries", "sources"):
        thermal[kind] = {name: {"body": "b", **item} for name, item in thermal.get(kind, {}).items()}
    rigid = {"kind": "rigid", "shape": shape, "material": material, "fixed": True, **(body or {})}
    return Scene.from_data({"schema": 1, "bodies": {"b": rigid}, "thermal": {"bodies": {"b": hot}, **thermal}})


def solved(*args: Any, fps: float = 16, duration: float = 5, **kwargs: Any) -> HeatResult:
    return solve_heat(heated(*args, **kwargs), fps=fps, duration=duration)


def held(value: float, face: str) -> dict[str, Any]:
    return {"face": face, "type": "temperature", "value": value}


def one_end_series(x: np.ndarray, t: float, *, alpha: float, length: float, hot: float, cold: float) -> np.ndarray:
    """Carslaw & Jaeger, Conduction of Heat in Solids, 3.4: bar from `cold`, x = 0 held at `hot`, x = length insulated."""
    k = (np.arange(600) + 0.5) * math.pi / length
    terms = 2 / (k[:, None] * length) * np.sin(k[:, None] * x) * np.exp(-alpha * k[:, None] ** 2 * t)
    return hot - (hot - cold) * terms.sum(axis=0)


def test_heated_bar_follows_the_exact_series_within_a_hundredth_of_a_kelvin() -> None:
    heat = solved(BAR, physical_duration=600, boundaries={"hot": held(100, "left")})
    x = heat.position[:, 0] + 0.5
    for frame in range(6, 81):
        exact = one_end_series(x, heat.physical_time[frame], alpha=COPPER, length=1.0, hot=100, cold=20)
        assert np.abs(heat.temperature[frame] - exact).max() < 0.01


def test_two_hot_ends_settle_to_a_straight_line() -> None:
    heat = solved(BAR, physical_duration=100_000, boundaries={"hot": held(100, "left"), "warm": held(40, "right")})
    x = heat.position[:, 0] + 0.5
    assert np.allclose(heat.temperature[-1], 100 - 60 * x, atol=1e-4)


def test_copper_outpaces_iron_by_the_ratio_of_diffusivities() -> None:
    times = {}
    for name in ("copper", "iron"):
        alpha = library().material(name).diffusivity
        heat = solved(BAR, name, physical_duration=0.6 / alpha, boundaries={"hot": held(100, "left")})
        times[name] = float(np.interp(50, heat.temperature[:, -1], heat.physical_time))
    ratio = library().material("copper").diffusivity / library().material("iron").diffusivity
    assert times["iron"] / times["copper"] == pytest.approx(ratio, rel=1e-3)


def test_fin_matches_the_hyperbolic_cosine() -> None:
    radius, length, h = 0.005, 0.3, 40.0
    boundaries = {
        "root": held(100, "bottom"),
        "air": {"face": "side", "type": "convection", "coefficient": h, "ambient": 20},
    }
    rod = {"type": "cylinder", "radius": radius, "height": length}
    heat = solved(rod, "iron", physical_duration=50_000, boundaries=boundaries)
    m = math.sqrt(2 * h / (library().material("iron").conductivity.value * radius))
    x = heat.position[:, 2] + length / 2
    exact = 80 * np.cosh(m * (length - x)) / math.cosh(m * length)
    assert heat.meta["bodies"]["b"]["biot"] < 0.1
    assert np.abs((heat.temperature[-1] - 20) / exact - 1).max() < 0.005


def test_a_joint_passes_one_flux_and_bends_the_profile_by_the_conductivities() -> None:
    ends = {"hot": held(100, "left"), "cold": held(0, "right")}
    heat = solved(BAR, hot={"segments": ["copper", "iron"], "cells": 100}, physical_duration=500_000, boundaries=ends)
    copper, iron = (library().material(name).conductivity.value for name in ("copper", "iron"))
    x, t = heat.position[:, 0], heat.temperature[-1]
    slopes = [np.polyfit(x[side], t[side], 1)[0] for side in (x < 0, x > 0)]
    assert copper * slopes[0] == pytest.approx(iron * slopes[1], rel=1e-6)
    joint = 100 * copper / (copper + iron)
    assert 100 + slopes[0] * 0.5 == pytest.approx(joint, rel=1e-6)


def test_a_small_ball_cools_exponentially_as_a_lump() -> None:
    air = {"air": {"type": "convection", "coefficient": 25.0, "ambient": 20}}
    heat = solved({"type": "sphere", "radius": 0.02}, hot={"initial": 300}, physical_duration=3000, boundaries=air)
    tau = 8960 * 385 * 0.02 / (3 * 25)
    assert heat.temperature.shape[1] == 1
    assert np.allclose(heat.temperature[:, 0], 20 + 280 * np.exp(-heat.physical_time / tau), atol=0.01)


def test_radiation_alone_cools_by_the_fourth_power_and_ends_at_its_surroundings() -> None:
    space = {"sky": {"type": "radiation", "emissivity": 0.8, "ambient": -273.15}}
    ball = {"type": "sphere", "radius": 0.01}
    heat = solved(ball, hot={"initial": 500}, physical_duration=2000, boundaries=space)
    rate = 3 * 0.8 * SIGMA * 3 / (8960 * 385 * 0.01)
    exact = (773.15**-3 + rate * heat.physical_time) ** (-1 / 3) - 273.15
    assert np.abs(heat.temperature[:, 0] - exact).max() < 0.02
    room = {"room": {"type": "radiation", "emissivity": 0.8, "ambient": 60}}
    settled = solved(ball, hot={"initial": 500}, physical_duration=200_000, boundaries=room)
    assert settled.temperature[-1, 0] == pytest.approx(60, abs=1e-3)


def test_steady_radiating_wall_balances_conduction() -> None:
    ends = {"hot": held(500, "left"), "sky": {"face": "right", "type": "radiation", "emissivity": 1.0, "ambient": 20}}
    heat = solved({"type": "box", "size": [0.2, 1, 1]}, "concrete", physical_duration=1e6, boundaries=ends)
    x, t = heat.position[:, 0], heat.temperature[-1]
    slope, middle = np.polyfit(x, t, 1)
    surface = middle + slope * 0.1 + 273.15
    assert -slope * 1.4 == pytest.approx(SIGMA * (surface**4 - 293.15**4), rel=1e-4)


def slab_center(fo: float) -> float:
    n = np.arange(200)
    k = (2 * n + 1) * math.pi / 2
    return float((2 * (-1.0) ** n / k * np.exp(-(k**2) * fo)).sum())


def test_a_box_held_all_around_is_the_product_of_three_slabs() -> None:
    size = np.array([0.3, 0.2, 0.1])
    alpha = library().material("concrete").diffusivity
    heat = solved(
        {"type": "box", "size": list(size)},
        "concrete",
        physical_duration=3000,
        boundaries={"all": held(0, "all")},
        hot={"initial": 100},
    )
    fine = np.prod([slab_center(alpha * 3000 / (edge / 2) ** 2) for edge in size]) * 100
    centre = np.argsort(np.linalg.norm(heat.position, axis=1))[:8]
    assert heat.temperature[-1, centre].mean() == pytest.approx(fine, rel=0.02)


def ball_mean(fo: float) -> float:
    n = np.arange(1, 400)
    return float(6 / math.pi**2 * (np.exp(-((n * math.pi) ** 2) * fo) / n**2).sum())


@pytest.mark.parametrize("shape", [{"type": "sphere", "radius": 0.1}, {"type": "ellipsoid", "radii": [0.1, 0.1, 0.1]}])
def test_a_ball_in_shells_and_in_voxels_follows_the_series(shape: dict[str, Any]) -> None:
    alpha = library().material("stone").diffusivity
    duration = 0.1 * 0.01 / alpha
    heat = solved(shape, "stone", hot={"initial": 100}, physical_duration=duration, boundaries={"ice": held(0, "all")})
    assert heat.meta["bodies"]["b"]["model"] == ("voxels" if shape["type"] == "ellipsoid" else "radial sphere")
    for frame in (20, 40, 80):
        exact = 100 * ball_mean(alpha * heat.physical_time[frame] / 0.01)
        assert abs(heat.mean("b")[frame] - exact) < 2.0  # 2 % of the 100 K
        assert shape["type"] == "ellipsoid" or abs(heat.mean("b")[frame] - exact) < 0.1


def test_a_long_cylinder_held_on_its_side_follows_the_bessel_series() -> None:
    from scipy.special import j1, jn_zeros

    radius, alpha = 0.1, library().material("stone").diffusivity
    duration = 0.1 * radius**2 / alpha
    rod = {"type": "cylinder", "radius": radius, "height": 1.0}
    heat = solved(rod, "stone", hot={"initial": 100}, physical_duration=duration, boundaries={"ice": held(0, "side")})
    zeros = jn_zeros(0, 60)
    axis = 100 * float((2 / (zeros * j1(zeros)) * np.exp(-(zeros**2) * 0.1)).sum())
    inner = np.hypot(heat.position[:, 0], heat.position[:, 1]).argmin()
    assert heat.temperature[-1, inner] == pytest.approx(axis, abs=0.3)


def test_power_warms_an_insulated_body_linearly_and_stops_when_it_stops() -> None:
    heat = solved(
        {"type": "box", "size": [0.1, 0.1, 0.1]},
        physical_duration=800,
        sources={"coil": {"power": 500.0, "stop": 400.0}},
    )
    rise = 500 * np.minimum(heat.physical_time, 400) / (8960 * 385 * 1e-3)
    assert np.allclose(heat.mean("b"), 20 + rise, atol=1e-9)


def test_without_boundaries_nothing_changes() -> None:
    heat = solved(BAR)
    assert (heat.temperature == 20).all() and heat.meta["physical_duration"] == 60


def test_flux_enters_only_in_its_window() -> None:
    boundaries = {"lamp": {"face": "left", "type": "flux", "value": 5000.0, "start": 100, "stop": 250}}
    heat = solved(BAR, physical_duration=600, boundaries=boundaries)
    gained = (heat.mean("b") - 20) * 8960 * 385 * 4e-4
    exact = 5000 * 4e-4 * np.clip(heat.physical_time - 100, 0, 150)
    assert np.allclose(gained, exact, atol=1e-6)


def test_the_narrower_boundary_wins_and_the_rest_adds_up() -> None:
    wide = {"type": "convection", "coefficient": 1e-9, "ambient": 20}
    boundaries = {"wide": wide, "hot": held(80, "left"), "shield": {"face": "right", "type": "insulated"}}
    both = solved(BAR, physical_duration=300, boundaries=boundaries)
    alone = solved(BAR, physical_duration=300, boundaries={"hot": held(80, "left")})
    assert np.allclose(both.temperature, alone.temperature, atol=1e-6)


def test_flame_warms_the_near_end_first() -> None:
    rod = {"type": "cylinder", "radius": 0.01, "height": 0.4}
    heat = solved(rod, boundaries={"fire": {"face": "bottom", "type": "flame", "value": 1000}})
    falling = np.diff(heat.temperature[1:], axis=1)
    assert (falling <= 1e-9).all() and heat.temperature[-1, 0] > 40
    assert any("EN 1991-1-2" in note for note in heat.meta["notes"])


def test_a_room_of_air_warms_towards_its_balance() -> None:
    size = [4.0, 5.0, 2.5]
    loss = 2.0 * 2 * (4 * 5 + 4 * 2.5 + 5 * 2.5)
    heat = solved(
        {"type": "box", "size": size}, "air", physical_duration=20_000, hot={"initial": 5},
        boundaries={"walls": {"type": "convection", "coefficient": 2.0, "ambient": 5}}, sources={"heater": {"power": 2000}},
    )  # fmt: skip
    tau = 1.204 * 1006 * 50 / loss
    exact = 5 + 2000 / loss * (1 - np.exp(-heat.physical_time / tau))
    assert heat.meta["bodies"]["b"]["model"] == "well mixed"
    assert np.allclose(heat.temperature[:, 0], exact, atol=0.05)


MATERIALS = [
    n
    for n in library().names()
    if library().material(n).state == "solid" and library().material(n).melting_point is None
]
temperatures = st.floats(-200, 1500)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(MATERIALS), temperatures, temperatures, temperatures,
    st.floats(0.01, 1e8), st.sampled_from([{}, {"cells": 4}, {"cells": 37}]), st.integers(1, 40),
)  # fmt: skip
def test_nothing_overshoots_and_the_laws_hold(
    material: str, initial: float, left: float, right: float, physical: float, cells: dict[str, int], frames: int
) -> None:
    ends = {
        "left": held(left, "left"),
        "right": {"face": "right", "type": "convection", "coefficient": 80, "ambient": right},
    }
    heat = solved(
        BAR,
        material,
        hot={"initial": initial, **cells},
        physical_duration=physical,
        boundaries=ends,
        fps=frames,
        duration=1,
    )
    low, high = min(initial, left, right), max(initial, left, right)
    assert heat.temperature.min() >= low - 1e-6 and heat.temperature.max() <= high + 1e-6
    assert heat.heat_balance.max() < 1e-9
    of = library().material(material)
    capacity = of.density.value * of.specific_heat.value * 4e-4  # [J/K]; against it rounding shows
    assert heat.entropy_production.min() >= -1e-9 * capacity


def test_the_first_law_holds_in_every_kind_of_grid() -> None:
    shapes = [
        BAR,
        {"type": "cylinder", "radius": 0.2, "height": 0.1},
        {"type": "torus", "major_radius": 0.2, "minor_radius": 0.05},
    ]
    for shape in shapes:
        boundaries = {
            "fire": {"face": "bottom", "type": "flame", "value": 900},
            "air": {"type": "convection", "coefficient": 30},
        }
        heat = solved(shape, "stone", physical_duration=2000, boundaries=boundaries)
        gained = (heat.mean("b")[-1] - 20) * heat.volume.sum() * 2600 * 820
        assert heat.heat_balance.max() < 1e-9 and gained > 0
        assert (heat.entropy_production[1:] > 0).all()


def test_the_same_scene_gives_the_same_bytes() -> None:
    cup = {"type": "cup", "radius": 0.04, "height": 0.1, "wall": 0.01}
    runs = [
        solved(
            cup,
            "ceramic",
            hot={"cells": 14},
            physical_duration=60,
            boundaries={"tea": held(90, "bottom"), "air": {"type": "radiation"}},
        )
        for _ in range(2)
    ]
    assert runs[0].temperature.tobytes() == runs[1].temperature.tobytes()
    assert runs[0].entropy_production.tobytes() == runs[1].entropy_production.tobytes()


def test_too_many_cells_become_fewer_with_a_note() -> None:
    heat = solved({"type": "box", "size": [0.2, 0.2, 0.2]}, "stone", hot={"cells": 400}, physical_duration=10, boundaries={"hot": held(90, "all")}, fps=2, duration=1)  # fmt: skip
    assert heat.meta["bodies"]["b"]["cells"] <= 20_000
    assert any("instead of 400" in note for note in heat.meta["notes"])


def test_chosen_durations_are_plain_and_scale_with_diffusion() -> None:
    slow, fast = (
        solved(BAR, name, boundaries={"hot": held(100, "left")}).meta["physical_duration"]
        for name in ("wood", "copper")
    )
    assert slow > 100 * fast and slow % 3600 == 0 and fast % 300 == 0


def test_a_slender_body_of_any_shape_is_solved_in_slices() -> None:
    fire = {"lamp": {"face": "bottom", "type": "flux", "value": 20_000.0}}
    radius, straight = 0.01, 0.3
    capsule = solved(
        {"type": "capsule", "radius": radius, "height": straight}, "iron", physical_duration=300, boundaries=fire
    )
    power = 20_000 * math.pi * radius**2
    assert capsule.meta["bodies"]["b"]["model"] == "1-D slices"
    gained = (capsule.mean("b")[-1] - 20) * capsule.volume.sum() * 7874 * 449
    # the lower half of a ball counts as bottom with the square of its normal's z: the integral is two thirds of the cross-section
    assert gained == pytest.approx(power * 300 * 2 / 3, rel=0.05)
    assert np.all(np.diff(capsule.temperature[-1]) < 1e-9)


def test_hollow_bodies_and_rooms_take_held_surroundings() -> None:
    shell = solved(
        {"type": "sphere", "radius": 0.1},
        "steel",
        body={"wall": 0.002},
        physical_duration=60,
        boundaries={"bath": held(90, "all")},
    )
    assert shell.temperature[-1, 0] == pytest.approx(90, abs=1e-6)
    assert shell.volume.sum() == pytest.approx(4 * math.pi * 0.1**2 * 0.002, rel=0.03)
    room = solved(
        {"type": "box", "size": [4, 5, 2.5]}, "air", physical_duration=3600, boundaries={"walls": held(0, "all")}
    )
    assert room.temperature[-1, 0] == pytest.approx(0, abs=0.1)
    assert any("by convection with 10" in note for note in room.meta["notes"])


def test_overrides_of_a_material_reach_the_solver() -> None:
    data = heated(BAR, "iron", physical_duration=600, boundaries={"hot": held(100, "left")}).model_dump(
        mode="json", by_alias=True
    )
    data["materials"] = {"iron": {"conductivity": 401, "density": 8960, "specific_heat": 385}}
    as_copper = solve_heat(Scene.from_data(data), fps=16, duration=5)
    copper = solved(BAR, physical_duration=600, boundaries={"hot": held(100, "left")})
    assert np.allclose(as_copper.temperature, copper.temperature, atol=1e-9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"boundaries": {"x": {"face": "left", "type": "temperature", "value": -300}}}, "absolute zero"),
        ({"boundaries": {"x": {"face": "left", "type": "temperature", "value": 5, "body": "bat"}}}, "not in the scene"),
        ({"boundaries": {"x": {"face": "left", "type": "flux", "value": -1e6}}, "physical_duration": 1e5}, "absolute zero"),
        ({"hot": {"segments": ["unobtainium"]}}, "no material"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_plain_words(change: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        solved(BAR, **change)


def test_a_figure_has_no_temperature_field() -> None:
    scene = Scene.from_data(
        {"schema": 1, "bodies": {"hare": {"kind": "figure", "species": "rabbit"}}, "thermal": {"bodies": {"hare": {}}}}
    )
    with pytest.raises(UserError, match="rigid, fluid and field"):
        solve_heat(scene, fps=16, duration=1)
