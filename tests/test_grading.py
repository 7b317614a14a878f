"""`hybrid grade` on files, and the grade as a table: what passes, what fails, what cannot be graded, in the scene's language."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from generator.video import read_frames, write_video
from hybrid.grading import grade_clip, preview_of
from hybrid.pipeline import HybridPipeline
from hybrid.report.adherence import adherence_view
from hybrid.run_io import load_run
from scenes.errors import UserError
from scenes.scene import Scene

SIZE = (272, 160)
SCENE = """
schema: 1
language: {language}
text: {text}
prompt: {{video: "a red ball falls on the floor"}}
duration: 1.6
bodies:
  ground: {{kind: rigid, fixed: true, material: concrete, shape: {{type: box, size: [6, 6, 0.2]}}, position: [0, 0, -0.1]}}
  ball: {{kind: rigid, material: rubber, color: red, shape: {{type: sphere, radius: 0.15}}, position: [0, 0, 1.65]}}
"""


def made(folder: Path, language: str, text: str) -> Path:
    scene = Scene.from_yaml(SCENE.format(language=language, text=text))
    HybridPipeline("preview", tier="draft", workers=1)(scene, size=SIZE, fps=16, output=folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return made(tmp_path_factory.mktemp("run") / "en", "en", "a red ball falls on the floor")


@pytest.fixture(scope="module")
def chinese(run, tmp_path_factory) -> Path:
    """The same run of a Chinese scene."""
    folder = tmp_path_factory.mktemp("run") / "zh"
    shutil.copytree(run, folder)
    told = Scene.load(folder / "scene.yaml").with_({"language": "zh", "text": "红球落到地上"})
    told.save(folder / "scene.yaml")
    return folder


@pytest.fixture(scope="module")
def pictures(run) -> np.ndarray:
    return np.stack(list(read_frames(run / "clip.mp4")))


def hybrid(monkeypatch, capsys, *arguments: object) -> tuple[int, str, str]:
    from hybrid.cli import main

    monkeypatch.setattr(sys, "argv", ["hybrid", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "160")
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr()
    return int(stopped.value.code or 0), said.out, said.err


def written(path: Path, frames: np.ndarray, fps: float = 16.0) -> Path:
    write_video(path, list(frames), fps=fps, metadata={})
    return path


def test_the_preview_itself_passes_and_the_figures_are_kept(run, tmp_path, monkeypatch, capsys) -> None:
    code, out, _ = hybrid(
        monkeypatch, capsys, "grade", run / "clip.mp4", "--run", run, "-o", tmp_path / "grade.json", "--quiet"
    )
    assert code == 0 and "passed" in out and "Agreement with the simulation" in out and "shuffled" in out
    data = json.loads((tmp_path / "grade.json").read_text(encoding="utf-8"))
    assert data["passed"] is True and data["score"] > 0.9 and data["shuffled"]["iou_spacetime"] < 0.5 * data["score"]
    assert data["laws"][0]["g"] == pytest.approx(9.81, rel=0.02)


def test_a_spoilt_clip_fails_with_status_3(run, pictures, tmp_path, monkeypatch, capsys) -> None:
    still = written(tmp_path / "still.mp4", np.repeat(pictures[:1], len(pictures), axis=0))
    code, out, _ = hybrid(monkeypatch, capsys, "grade", still, "--run", run, "--quiet")
    assert code == 3 and "failed: ball is not found" in " ".join(out.split())
    moved = written(tmp_path / "moved.mp4", np.roll(pictures, 40, axis=2))
    code, out, _ = hybrid(monkeypatch, capsys, "grade", moved, "--run", run, "--quiet", "--json")
    assert code == 3 and "centres are off by" in json.loads(out)["faults"][0]


@pytest.mark.parametrize("what", ["missing", "no video", "no run"])
def test_what_cannot_be_graded_is_one_sentence_and_status_2(what, run, tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    clip = {"missing": tmp_path / "none.mp4", "no video": tmp_path / "text.mp4", "no run": run / "clip.mp4"}[what]
    folder = tmp_path if what == "no run" else run
    code, out, err = hybrid(monkeypatch, capsys, "grade", clip, "--run", folder, "--quiet")
    assert code == 2 and not out and len(err.strip().splitlines()) == 1 and "Traceback" not in err


def test_another_size_is_resized_where_the_ratio_is_the_same_and_says_so(run, pictures, tmp_path) -> None:
    import cv2

    loaded = load_run(run)
    large = np.stack([cv2.resize(frame, (544, 320), interpolation=cv2.INTER_CUBIC) for frame in pictures])
    found = grade_clip(written(tmp_path / "large.mp4", large), loaded)
    assert found.passed and found.size == SIZE and any("resized from 544x320" in note for note in found.notes)
    with pytest.raises(UserError, match=r"another ratio of sides.*--size 160x160"):
        grade_clip(written(tmp_path / "square.mp4", pictures[:, :, :160]), loaded)


def test_another_frame_rate_is_compared_with_a_draft_of_that_rate(run, pictures, tmp_path) -> None:
    found = grade_clip(written(tmp_path / "half.mp4", pictures[::2], 8.0), load_run(run))
    assert found.passed and any("8 frames a second" in note for note in found.notes)


def test_a_chinese_scene_is_graded_in_chinese(chinese, pictures, tmp_path, monkeypatch, capsys) -> None:
    code, out, _ = hybrid(monkeypatch, capsys, "grade", chinese / "clip.mp4", "--run", chinese, "--quiet")
    assert code == 0 and "与模拟的一致程度" in out and "通过" in out and "Agreement" not in out
    still = written(tmp_path / "still.mp4", np.repeat(pictures[:1], len(pictures), axis=0))
    code, out, _ = hybrid(monkeypatch, capsys, "grade", still, "--run", chinese, "--quiet")
    assert code == 3 and "未通过：" in out and "没有找到" in out


def test_a_vae_that_is_not_there_is_said(run, tmp_path, monkeypatch, capsys) -> None:
    code, _, err = hybrid(monkeypatch, capsys, "grade", run / "clip.mp4", "--run", run, "--vae", tmp_path, "--quiet")
    assert code == 2 and "no VAE" in err


def test_the_render_that_a_run_holds_is_never_a_painted_clip(run, tmp_path) -> None:
    loaded = load_run(run)
    assert preview_of(loaded) == run / "clip.mp4"
    loaded.backend = {"diffusion": True}
    assert preview_of(loaded) is None, "a diffused clip is not its own preview"


def test_the_page_shows_the_grade_beside_floor_ceiling_and_chance(run, pictures) -> None:
    loaded = load_run(run)
    from hybrid.grading import grade_frames

    data = grade_frames(loaded, pictures, fps=16).as_dict()
    view = adherence_view(data, "en", {"ball": "red ball"})
    assert view is not None and view["state"] == "good" and view["verdict"].startswith("Passed, adherence 0.9")
    assert view["header"] == ["Clip", "Preview (floor of the measure)", "Trajectories out of order (chance)"], (
        "no VAE, no ceiling"
    )
    rows = dict(view["rows"])
    overlap = [float(cell) for cell in rows["Masks, overlap in space and time"]]
    assert overlap[0] == pytest.approx(data["clip"]["iou_spacetime"], abs=1e-3) and overlap[2] < overlap[0]
    assert rows["Missing movers"][0] == "0" and rows["Extra movers"][0] == "0"
    laws = {name: cells for name, *cells in view["laws"]}
    assert (
        float(laws["red ball: g [m/s²]"][0]) == pytest.approx(9.81, rel=0.02)
        and laws["red ball: bounces"][0] == laws["red ball: bounces"][1]
    )
    assert any("h₁/h₂" in name for name in laws) and "ball fall" not in str(view)
    zh = adherence_view({**data, "passed": False, "faults": ["没有找到 球"], "ceiling": data["preview"]}, "zh")
    assert zh is not None and zh["state"] == "bad" and "未通过" in zh["verdict"] and len(zh["header"]) == 4
    assert not any(word in str(zh["rows"]) for word in ("Masks", "movers")) and adherence_view(None, "en") is None
    assert adherence_view({**data, "passed": None, "score": None}, "en")["state"] == "warn"  # type: ignore[index]
