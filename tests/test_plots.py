"""Plots for slides and the closed forms in them: the formulas against independent answers, the pictures in both languages."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erfc

from hybrid.closed_forms import Fall, Rod, fall_of, rod_of
from hybrid.pipeline import HybridPipeline
from hybrid.plots import figures, write_plots
from hybrid.run import Run
from scenes.errors import UserError
from scenes.scene import Scene
from sim.simulate import simulate

SIMULATE = HybridPipeline(pictures=False)


@pytest.fixture(scope="module")
def ball() -> Run:
    return SIMULATE.simulate(SIMULATE.plan("A steel ball falls from 2 m onto concrete and bounces"))


@pytest.fixture(scope="module")
def rod() -> Run:
    return SIMULATE.simulate(SIMULATE.plan("一个铜棒一端被加热，热量沿棒传递"))


# closed forms -------------------------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.floats(0.1, 20), st.floats(-3, 3), st.floats(1, 25), st.floats(0.1, 0.95))
def test_a_fall_meets_the_floor_when_and_as_fast_as_energy_says(
    height: float, velocity: float, gravity: float, e: float
) -> None:
    fall = Fall(height, velocity, gravity, e, 100.0)
    speed = math.sqrt(velocity**2 + 2 * gravity * height)
    first = (velocity + speed) / gravity
    after = first + e * speed / gravity  # the top of the first bounce
    at = fall.at(np.array([0.0, first, after]))
    assert at[0] == pytest.approx(height)
    assert at[1] == pytest.approx(0.0, abs=1e-9 * (1 + height + speed**2))
    assert at[2] == pytest.approx((e * speed) ** 2 / (2 * gravity), rel=1e-9)
    assert np.nanmin(fall.at(np.linspace(0, 3 * first, 400))) >= -1e-9 * (1 + height)


def test_a_simulated_ball_in_a_vacuum_follows_the_formula() -> None:
    scene = SIMULATE.plan("A steel ball falls from 2 m onto concrete and bounces").with_(
        {"environment.medium": "vacuum"}
    )
    trace = simulate(scene, fps=60, seconds=1.8)
    fall = fall_of(scene, trace, "ball")
    assert fall is not None and fall.restitution is not None
    second = 3 * math.sqrt(2 * fall.height / fall.gravity) * fall.restitution
    time = trace.time[trace.time < second]
    assert np.abs(fall.at(time) - trace["ball"].height[: len(time)]).max() < 0.02


@pytest.mark.parametrize("text", ["A ball rolls down a ramp", "A red ball on a string swings"])
def test_other_motions_have_no_such_formula(text: str) -> None:
    run = SIMULATE.simulate(SIMULATE.plan(text), seconds=2.0)
    found = [fall_of(run.scene, run.trace, name) for name in run.trace.names if np.isfinite(run.trace[name].mass)]
    assert all(fall is None or fall.restitution is None for fall in found)


def test_a_rod_held_at_both_ends_is_the_classical_series() -> None:
    rod = Rod(0.4, 0, 1e-4, 0.0, 0.0, 0.0, ((math.inf, 100.0), (math.inf, 0.0)), 0.0)
    x = np.linspace(0, 0.4, 41)
    for time in (5.0, 60.0, 400.0):
        n = np.arange(1, 400)[:, None]
        waves = np.sin(n * math.pi * x / 0.4) * np.exp(-1e-4 * (n * math.pi / 0.4) ** 2 * time) / n
        expected = 100 * (1 - x / 0.4) - 200 / math.pi * waves.sum(axis=0)
        np.testing.assert_allclose(rod.temperature(x, time), expected, atol=2e-6)


def test_early_on_a_long_rod_is_half_infinite() -> None:
    rod = Rod(2.0, 0, 1e-4, 0.0, 0.0, 0.0, ((math.inf, 100.0), (0.0, 0.0)), 20.0)
    x = np.linspace(0.0, 0.5, 51)
    np.testing.assert_allclose(rod.temperature(x, 100.0), 20 + 80 * erfc(x / (2 * math.sqrt(1e-4 * 100.0))), atol=1e-5)


def test_a_fin_tends_to_the_hyperbolic_cosine() -> None:
    rod = Rod(0.3, 0, 1e-4, 30.0, 20.0, 0.0, ((math.inf, 100.0), (0.0, 0.0)), 20.0)
    x, m = np.linspace(0, 0.3, 31), math.sqrt(30.0)
    np.testing.assert_allclose(
        rod.temperature(x, 1e6), 20 + 80 * np.cosh(m * (0.3 - x)) / math.cosh(m * 0.3), rtol=1e-9
    )


@pytest.mark.parametrize("low", [0.0, 25.0, math.inf])
@pytest.mark.parametrize("high", [1.0, math.inf])
@pytest.mark.parametrize("loss", [0.0, 1e-300, 30.0])
@pytest.mark.parametrize(("initial", "source"), [(75.0, 0.0), (-40.0, 300.0)])
def test_every_rod_obeys_its_own_equation_and_ends(
    low: float, high: float, loss: float, initial: float, source: float
) -> None:
    ends = tuple((h, 60.0 if math.isinf(h) else h * 60.0) for h in (low, high))
    rod = Rod(0.5, 0, 1e-4, loss, 20.0, source, ends, initial)  # type: ignore[arg-type]
    x, dx, t, dt = np.linspace(0.1, 0.4, 13), 1e-3, 300.0, 0.5
    now = rod.temperature(x, t)
    rate = (rod.temperature(x, t + dt) - rod.temperature(x, t - dt)) / (2 * dt)
    bend = (rod.temperature(x + dx, t) - 2 * now + rod.temperature(x - dx, t)) / dx**2
    np.testing.assert_allclose(
        rate, 1e-4 * (bend - loss * (now - 20.0) + source), atol=2e-4 * (1 + abs(initial) + source / 10)
    )
    for place, sign, (h, drive) in ((0.0, -1.0, ends[0]), (0.5, 1.0, ends[1])):
        at = float(rod.temperature(np.array([place]), t)[0])
        if math.isinf(h):
            assert at == pytest.approx(drive, abs=1e-6 * (1 + abs(drive)))
        else:
            inner = float(rod.temperature(np.array([place - sign * 1e-5]), t)[0])
            assert (at - inner) / 1e-5 + h * at == pytest.approx(drive, abs=0.05 * (1 + abs(drive)) + 0.02 * source)


@pytest.mark.parametrize("metal", ["copper", "iron", "glass"])
def test_the_solver_follows_the_exact_series(metal: str) -> None:
    run = SIMULATE.simulate(
        SIMULATE.plan(f"A {metal} rod being heated at one end, heat gradually spreading along the rod")
    )
    exact = rod_of(run.scene, run.trace, "rod")
    assert exact is not None
    track = run.trace["rod"]
    x = track.temperature_position[:, exact.axis] + exact.length / 2
    for frame in (len(track.time) // 4, len(track.time) // 2, len(track.time) - 1):
        assert np.abs(exact.temperature(x, float(track.heat_time[frame])) - track.temperature[frame]).max() < 0.1


def test_radiation_and_switching_have_no_series(rod: Run) -> None:
    assert rod_of(rod.scene, rod.trace, "rod") is not None
    for change in ({"thermal.boundaries.rod_air.type": "radiation"}, {"thermal.boundaries.rod_left_hot.stop": 10.0}):
        changed = rod.scene.with_(change)
        run = SIMULATE.simulate(changed, seconds=1.0)
        assert rod_of(run.scene, run.trace, "rod") is None


# pictures -----------------------------------------------------------------------------------------------------------------------------


def texts(figure: Any) -> str:
    axes = figure.axes[0]
    legend = axes.get_legend()
    said = [axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()]
    return " ".join(said + ([entry.get_text() for entry in legend.get_texts()] if legend else []))


def test_a_falling_ball_has_height_energy_and_phase_as_png_and_svg(ball: Run, tmp_path: Path) -> None:
    written = write_plots(ball, tmp_path / "plots")
    assert {path.name for path in written} == {
        f"{name}.{ending}" for name in ("height", "energy", "phase") for ending in ("png", "svg")
    }
    for path in written:
        if path.suffix == ".svg":
            assert ElementTree.parse(path).getroot().tag.endswith("svg")
        else:
            from PIL import Image

            picture = np.asarray(Image.open(path).convert("L"), dtype=float)
            assert picture.shape == (900, 1600) and picture.std() > 10
    drawn = dict(figures(ball))
    assert "closed form" in texts(drawn["height"]) and "heat, sound" in texts(drawn["energy"])


def test_the_same_run_draws_the_same_bytes(ball: Run, tmp_path: Path) -> None:
    first, second = (write_plots(ball, tmp_path / name, formats=("svg",)) for name in ("a", "b"))
    assert all(one.read_bytes() == two.read_bytes() for one, two in zip(first, second, strict=True))


def test_a_rod_has_five_profiles_beside_the_exact_series_in_chinese_without_missing_letters(
    rod: Run, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    drawn = dict(figures(rod))
    assert set(drawn) == {"profile_rod", "temperature_rod"}
    said = texts(drawn["profile_rod"])
    assert "温度" in said and "精确级数解" in said and said.count("分钟") == 5
    write_plots(rod, tmp_path, dark=True)
    assert not [warning for warning in recwarn if "missing from font" in str(warning.message)]


def test_lines_differ_by_more_than_colour(ball: Run) -> None:
    scene = Scene.from_data(
        {
            "schema": 1,
            "bodies": {
                f"ball_{k}": {
                    "kind": "rigid",
                    "shape": {"type": "sphere", "radius": 0.1},
                    "position": [k, 0, 1 + 0.3 * k],
                }
                for k in range(3)
            },
        }
    )
    run = SIMULATE.simulate(scene, seconds=0.5)
    lines = dict(figures(run))["height"].axes[0].get_lines()
    styles = [(line.get_color(), line._dash_pattern) for line in lines if line.get_label().startswith("ball")]
    assert len({str(dash) for _, dash in styles}) == 3 and len({color for color, _ in styles}) == 3


def test_nothing_to_draw_and_names_that_do_not_exist(ball: Run, tmp_path: Path) -> None:
    still = Scene.from_data(
        {"schema": 1, "bodies": {"box": {"kind": "rigid", "shape": {"type": "box", "size": [1, 1, 1]}, "fixed": True}}}
    )
    assert write_plots(SIMULATE.simulate(still, seconds=0.5), tmp_path) == []
    with pytest.raises(UserError, match="did you mean 'ball'"):
        write_plots(ball, tmp_path, bodies=["bal"])
    with pytest.raises(UserError, match="png, svg"):
        write_plots(ball, tmp_path, formats=("gif",))
