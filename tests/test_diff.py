"""Running again from what changed, and saying what differs: cause beside effect."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hybrid.again import Reach, reach
from hybrid.cli import app
from hybrid.diff import changed_values, diff_runs, flat_values
from hybrid.pipeline import Clip, HybridPipeline
from scenes.errors import UserError
from scenes.scene import Scene
from sim.compare import identical

SIMULATE = HybridPipeline(pictures=False)
BALL = "A red rubber ball falls from two metres onto concrete and bounces three times"
ROD = "A copper rod being heated at one end, heat gradually spreading along the rod"


@pytest.fixture(scope="module")
def ball(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return SIMULATE(BALL, output=tmp_path_factory.mktemp("ball"))


@pytest.fixture(scope="module")
def rod(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return SIMULATE(ROD, output=tmp_path_factory.mktemp("rod"))


def without_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("this step must not run again")

    monkeypatch.setattr("sim.simulate.simulate", refuse)
    monkeypatch.setattr("sim.search.simulate", refuse)


def test_a_change_of_the_look_simulates_nothing(ball: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    without_simulation(monkeypatch)
    again = ball.again(set={"bodies.ball.color": "#00ff00", "look.style": "indoor"})
    assert identical(again.trace, ball.trace) and again.scene.bodies["ball"].color == "#00ff00"
    assert [o.happened for o in again.outcomes] == [o.happened for o in ball.outcomes]
    assert "Nothing had to be run again" in again.ran


def test_a_change_of_the_heat_keeps_the_motion(rod: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    without_simulation(monkeypatch)
    slower = rod.again(materials={"copper": {"conductivity": 40.0}})
    np.testing.assert_array_equal(slower.trace.position, rod.trace.position)
    assert slower.trace["rod"].temperature[-1].mean() < rod.trace["rod"].temperature[-1].mean() - 1.0
    assert "the heat" in slower.ran and "the motion" not in slower.ran


def test_heat_alone_gives_what_the_whole_gives(rod: Clip) -> None:
    changed = rod.scene.with_({"thermal.boundaries.rod_left_hot.value": 60.0})
    partly = rod.again(set={"thermal.boundaries.rod_left_hot.value": 60.0})
    wholly = SIMULATE.simulate(changed, seed=rod.run.seed)
    assert "the motion" not in partly.ran
    np.testing.assert_array_equal(partly.trace["rod"].temperature, wholly.trace["rod"].temperature)
    assert identical(partly.trace, wholly.trace)


def test_a_restitution_is_simulated_but_not_searched(ball: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    import sim.search

    monkeypatch.setattr(sim.search, "_within", lambda *_: pytest.fail("a search ran"))
    high = ball.again(materials={"rubber": {"restitution": 0.8}})
    assert high.trace["ball"].bounces[0]["restitution"] == pytest.approx(0.8, abs=0.01)
    assert "materials.rubber.restitution" in high.ran and "the motion" in high.ran
    assert any(
        not o.happened for o in high.outcomes
    )  # four or more bounces are not three, and nothing was searched to make it so


def test_again_gives_the_same_bytes_as_running_the_scene(ball: Clip) -> None:
    again = ball.again(set={"environment.gravity": 1.62})
    assert identical(again.trace, SIMULATE.simulate(again.scene, seed=ball.run.seed).trace)


def test_what_nobody_knows_to_be_harmless_counts_as_motion(ball: Clip) -> None:
    scene = ball.scene
    assert reach(scene, scene) == Reach() and reach(scene, scene.with_({"look.style": "indoor"})) == Reach(
        pictures=("look",)
    )
    assert reach(scene, scene.with_({"bodies.ball.mass": 1.0})).motion == ("bodies.ball.mass",)
    assert reach(scene, scene.with_({"materials.rubber.emissivity": 0.5})).motion == ()
    assert reach(scene, scene.with_({"environment.wind": [1, 0, 0]})).motion


def test_a_slow_motion_is_recorded_finer(ball: Clip) -> None:
    slow = ball.again(set={"camera.slow": 4.0})
    assert slow.trace.fps == pytest.approx(4 * ball.trace.fps)


def test_bad_values_are_refused_before_anything_runs(ball: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    without_simulation(monkeypatch)
    for bad, hint in (
        ({"materials": {"ruber": {"restitution": 0.5}}}, "rubber"),
        ({"set": {"bodies.bal.mass": 1}}, "'ball'"),
        ({"seconds": -1.0}, "above 0"),
    ):
        with pytest.raises(UserError, match=hint):
            ball.again(**bad)  # type: ignore[arg-type]


def test_ten_bodies_run_again_within_half_a_second() -> None:
    bodies: dict[str, Any] = {
        "ground": {
            "kind": "rigid",
            "shape": {"type": "box", "size": [20, 20, 1]},
            "position": [0, 0, -0.5],
            "material": "concrete",
            "fixed": True,
        }
    }
    for k in range(10):
        bodies[f"ball_{k}"] = {
            "kind": "rigid",
            "shape": {"type": "sphere", "radius": 0.1},
            "position": [0.5 * k - 2, 0, 1 + 0.1 * k],
            "material": "rubber",
        }
    clip = SIMULATE(Scene.from_data({"schema": 1, "bodies": bodies}))
    took = []
    for restitution in (0.6, 0.7, 0.5):
        started = time.process_time()
        clip.again(materials={"rubber": {"restitution": restitution}})
        took.append(time.process_time() - started)
    assert min(took) < 0.5


@pytest.mark.slow
def test_pictures_that_would_show_the_same_are_kept(tmp_path: Path) -> None:
    pipeline = HybridPipeline("preview", tier="draft", workers=1)
    first = pipeline(BALL, output=tmp_path / "a", size=(160, 96), seconds=1.0)
    same = first.again(set={"prompt.video": "another"}, output=tmp_path / "b")
    assert (tmp_path / "b" / "clip.mp4").read_bytes() == (tmp_path / "a" / "clip.mp4").read_bytes()
    assert "pictures" not in same.ran
    other = same.again(set={"bodies.ball.color": "#00ff00"}, output=tmp_path / "b")
    assert (tmp_path / "b" / "clip.mp4").read_bytes() != (tmp_path / "a" / "clip.mp4").read_bytes()
    assert "the pictures" in other.ran and "the motion" not in other.ran


# what differs -------------------------------------------------------------------------------------------------------------------------


def test_a_run_does_not_differ_from_itself(ball: Clip) -> None:
    found = diff_runs(ball.run, ball.run)
    assert found.same and not found.cause and not found.effect and "bit for bit" in str(found)


def test_cause_and_effect_of_a_restitution(ball: Clip) -> None:
    found = diff_runs(ball.run, ball.again(materials={"rubber": {"restitution": 0.8}}).run)
    causes = {row.key: row for row in found.cause}
    assert causes["materials.rubber.restitution"].second == 0.8
    assert causes["used.rubber+concrete.restitution"].second == pytest.approx(0.8, abs=1e-6)
    effects = {row.key: row for row in found.effect}
    assert effects["bounces.ball"].first == 3 and effects["bounces.ball"].second > 3
    assert effects["exit_status"].first == 0 and effects["exit_status"].second == 3
    assert "impacts.ball.ground.1" not in effects  # the fall before the first impact is the same
    assert "impacts.ball.ground.2" in effects
    assert not any(row.key.startswith("bodies.ball") for row in found.cause)


def test_a_seed_alone_is_a_cause_without_effect(ball: Clip) -> None:
    found = diff_runs(ball.run, replace(ball.run, seed=7))
    assert [row.key for row in found.cause] == ["seed"] and not found.effect and not found.same


def test_flat_values_reach_every_value_by_its_path(ball: Clip) -> None:
    for path, value in flat_values(ball.scene).items():
        if path.split(".")[0] not in ("free", "schema"):
            got = ball.scene.get(path)
            assert (list(got) if isinstance(got, tuple) else got) == value, path
    assert changed_values(ball.scene, ball.scene.with_({"bodies.ball.mass": 0.2})) == [("bodies.ball.mass", 0.35, 0.2)]


def test_the_command_says_it_as_a_table_and_as_json(
    ball: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = ball.again(set={"environment.gravity": 1.62}, output=tmp_path / "moon")
    assert other.run.folder == tmp_path / "moon"
    app(["diff", str(ball.run.folder), str(tmp_path / "moon"), "--json"], standalone_mode=False)
    data = json.loads(capsys.readouterr().out)
    assert (
        any(row["key"] == "environment.gravity" and row["second"] == 1.62 for row in data["cause"]) and data["bodies"]
    )
    app(["diff", str(ball.run.folder), str(tmp_path / "moon")], standalone_mode=False)
    shown = capsys.readouterr().out
    assert shown.index("Cause") < shown.index("environment.gravity") < shown.index("Effect")


def test_chinese_runs_are_told_in_chinese() -> None:
    clip = SIMULATE("红色橡胶球从两米高处落到水泥地上")
    said = str(diff_runs(clip.run, clip.again(set={"environment.gravity": 1.62}).run))
    assert "原因" in said and "结果" in said and "Cause" not in said


def test_folders_that_are_no_runs_and_runs_without_a_body_in_common(ball: Clip, rod: Clip, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no run"):
        app(["diff", str(ball.run.folder), str(tmp_path)], standalone_mode=False)
    with pytest.raises(UserError, match="no folder"):
        app(["diff", str(tmp_path / "nowhere"), str(tmp_path)], standalone_mode=False)
    found = diff_runs(ball.run, rod.run)
    assert found.cause and not found.same
