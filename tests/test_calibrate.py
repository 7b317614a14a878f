"""The calibration sweep end to end on tiny random weights: it stops, goes on, stores what passed, and later clips use it."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("torch", reason="the [wan] extra is not installed")
pytest.importorskip("diffusers", reason="the [wan] extra is not installed")

from hybrid.calibrate import calibrate_backend, combinations, numbers, ranked
from hybrid.pipeline import HybridPipeline
from scenes.errors import UserError
from scenes.scene import Scene
from tests.test_wan_end_to_end import SCENE
from tests.wan_tiny import save_tiny

BACKEND = "wan2.2-t2v-a14b"


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("weights") / "t2v", "t2v")


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _caches(tmp_path, monkeypatch):
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path / "cache" / "prompts"))
    monkeypatch.delenv("HYBRID_MODELS", raising=False)


@pytest.fixture(autouse=True)
def _ball(monkeypatch):
    """A scene of one second instead of a shipped one of five."""
    monkeypatch.setattr("scenes.examples.load_example", lambda name: Scene.from_yaml(SCENE))


def sweep(weights, folder, **changed) -> int:
    options = {
        "model": str(weights), "output": folder, "weak": "0.95,0.97", "strong": "0.9", "shift": None, "dilate": None, "scenes": "bouncing_ball",
        "size": "64x64", "frames": 9, "steps": 8, "dry_run": False, "quiet": True,
    }  # fmt: skip
    return calibrate_backend(BACKEND, **{**options, **changed})


def rows_of(folder) -> list[dict]:
    return json.loads((folder / "calibration.json").read_text(encoding="utf-8"))["rows"]


def test_random_weights_pass_nothing_and_nothing_is_stored(weights, tmp_path, capsys, monkeypatch) -> None:
    from generator.wan.calibration import calibration_path

    folder = tmp_path / "sweep"
    steps = {"done": 0}
    plain = HybridPipeline.__init__

    def breaking(self, *args, **options) -> None:
        plain(self, *args, **options)

        def progress(step: str, done: float, of: float) -> None:
            steps["done"] += step == "denoise"
            if steps["done"] == 9 and step == "denoise":
                raise KeyboardInterrupt

        self._progress = progress

    monkeypatch.setattr(HybridPipeline, "__init__", breaking)
    assert sweep(weights, folder) == 130 and "goes on from there" in capsys.readouterr().err
    first = rows_of(folder)
    assert len(first) == 1 and list(folder.glob("*/resume/state.json")), "the broken clip keeps its state"
    started = steps["done"]
    assert sweep(weights, folder) == 3
    rows = rows_of(folder)
    assert rows[0] == first[0] and len(rows) == 2 and not list(folder.glob("*/resume"))
    assert steps["done"] - started < started, "what was finished is not run again"
    assert [row["settings"]["sigma_weak"] for row in rows] == [0.95, 0.97]
    assert all(row["passed"] is False and row["faults"] and 0 <= row["ceiling"] <= 1 for row in rows)
    assert "nothing is stored" in capsys.readouterr().out and not calibration_path(BACKEND).exists()
    for name in ("0.95", "0.97"):
        report = json.loads(next(folder.glob(f"*weak{name}*/report.json")).read_text(encoding="utf-8"))
        assert report["adherence"]["ceiling"] is not None, "the ceiling is that of the swept model's own VAE"
        assert report["backend"]["calibration"] == "uncalibrated"
    with pytest.raises(UserError, match="other steps"):
        sweep(weights, folder, steps=9)


def test_the_best_setting_that_passes_is_stored_and_used(weights, tmp_path, capsys, monkeypatch) -> None:
    """The grade is a stand-in here: only wider masks pass. All else is the real thing."""

    def stand_in(run, shot, clip, made, fps, progress):
        guidance = run.backend["guidance"]
        wide = guidance["masks"]["dilate"].get("solved", 0) == 1
        figures = {"iou_spacetime": 0.95, "center_error": 1.0}
        return {
            "score": 0.9,
            "passed": wide,
            "faults": [] if wide else ["off"],
            "ceiling": figures,
            "preview": figures,
            "clip": figures,
        }

    monkeypatch.setattr("hybrid.diffusion.measured_adherence", stand_in)
    monkeypatch.setattr("hybrid.report.write_report", lambda run, folder: None)
    assert sweep(weights, tmp_path / "sweep", weak="0.95", dilate="0,1", shift="8") == 0
    assert "Stored in" in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path / "cache" / "prompts"))

    def made(**options) -> dict:
        pipeline = HybridPipeline(
            BACKEND, model=weights, tier="draft", workers=1, grade=False, frames=9, steps=8, **options
        )
        return pipeline(Scene.from_yaml(SCENE), size=(64, 64), output=tmp_path / "clip").run.backend

    used = made()
    assert used["calibration"] == "calibrated" and used["settings"]["shift"] == 8
    assert used["guidance"]["sigma_weak"] == 0.95 and used["guidance"]["masks"]["dilate"] == {
        "solved": 1,
        "actuated": 1,
        "proxied": 2,
    }
    own = made(shift=12.0, dilate=0)
    assert own["calibration"] == "uncalibrated" and own["settings"]["shift"] == 12
    assert own["guidance"]["masks"]["dilate"]["solved"] == 0 and own["guidance"]["sigma_weak"] == 0.95


def test_a_dry_run_says_what_would_be_run_and_loads_nothing(tmp_path, capsys) -> None:
    import sys

    from hybrid.cli import main

    argv = [
        "hybrid",
        "calibrate",
        BACKEND,
        "--dry-run",
        "--weak",
        "0.93,0.95",
        "--strong",
        "0.9",
        "--dilate",
        "0,1",
        "-o",
        str(tmp_path / "none"),
    ]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stopped:
        patch.setattr(sys, "argv", argv)
        main()
    said = capsys.readouterr().out
    assert stopped.value.code == 0 and "4 settings x 6 scenes = 24 clips" in said and "dilate 1" in said
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"weak": "0.9,x"}, "no list of numbers"),
        ({"weak": "0.2"}, "outside"),
        ({"weak": "0.9", "strong": "0.95"}, "No pair"),
        ({"dilate": "0.5"}, "whole tokens"),
        ({"scenes": "bouncing_bal"}, "bouncing_ball"),
        ({"size": "64"}, "WIDTHxHEIGHT"),
        ({"model": "/nowhere/at/all"}, "nowhere"),
    ],
)
def test_mistakes_are_one_sentence(changes, says, weights, tmp_path) -> None:
    with pytest.raises(UserError, match=says):
        sweep(weights, tmp_path / "sweep", **changes)


@pytest.mark.parametrize("backend", ["auto", "preview", "wan9"])
def test_only_video_models_are_calibrated(backend, tmp_path) -> None:
    with pytest.raises(UserError):
        calibrate_backend(
            backend, model=None, output=tmp_path, weak="0.95", strong="0.9", shift=None, dilate=None, scenes=None, size="64x64", frames=None, steps=None,
            dry_run=True, quiet=True,
        )  # fmt: skip


def test_settings_are_ranked_by_what_passed_and_then_by_their_share_of_the_ceiling() -> None:
    def row(weak, scene, score, ceiling, passed):
        return {"settings": {"sigma_weak": weak}, "scene": scene, "score": score, "ceiling": ceiling, "passed": passed}

    found = ranked(
        [
            row(0.95, "a", 0.6, 0.9, True), row(0.95, "b", 0.6, 0.6, True), row(0.93, "a", 0.9, 0.9, False), row(0.93, "b", 0.9, 0.9, True),
            row(0.91, "a", 0.7, 0.7, True), row(0.91, "b", None, None, False), row(0.97, "a", 0.5, 0.5, True), row(0.97, "b", 0.6, 0.6, True),
        ]
    )  # fmt: skip
    assert [entry["settings"]["sigma_weak"] for entry in found] == [0.97, 0.95, 0.91, 0.93]
    assert found[0]["share_of_ceiling"] == pytest.approx(1.0) and found[-1]["passed"] == 0.5
    assert len(combinations([0.93, 0.95], [0.9, 0.94], [], [])) == 3 and numbers(None, "weak", 0, 1) == []
