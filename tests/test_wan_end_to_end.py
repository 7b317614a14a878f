"""Every backend from a scene to a clip on tiny random weights, offline: experts where the boundary says, resumed equals uninterrupted, and what is recorded."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

pytest.importorskip("torch", reason="the [wan] extra is not installed")
pytest.importorskip("diffusers", reason="the [wan] extra is not installed")

from generator.video import read_frames, read_metadata, video_size
from generator.wan.best_of import boundary_step, candidate_steps
from hybrid.pipeline import HybridPipeline
from scenes.errors import RunError, UserError
from scenes.scene import Scene
from tests.wan_tiny import save_tiny

SCENE = """
schema: 1
title: a ball falls
text: a red ball falls on the floor
prompt: {video: "a red ball falls on the floor, bright", negative: "blur"}
duration: 1.0
bodies:
  ground: {kind: rigid, fixed: true, material: concrete, shape: {type: box, size: [6, 6, 0.2]}, position: [0, 0, -0.1]}
  ball: {kind: rigid, material: rubber, color: red, shape: {type: sphere, radius: 0.3}, position: [0, 0, 1.4]}
"""
KINDS = {  # backend: tiny pipeline and its options
    "wan2.2-t2v-a14b": ("t2v", {}),
    "wan2.2-vace-fun-a14b": ("vace", {}),
    "wan2.2-i2v-a14b": ("i2v", {"boundary": 0.9, "shift": 5.0}),
    "wan2.2-ti2v-5b": ("ti2v", {"experts": 1, "boundary": None, "shift": 5.0}),
    "wan2.1-vace-1.3b": ("vace", {"experts": 1, "boundary": None, "shift": 3.0}),
}


@pytest.fixture(scope="module")
def scene():
    return Scene.from_yaml(SCENE)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    base = tmp_path_factory.mktemp("weights")
    return {name: save_tiny(base / name, kind, **options) for name, (kind, options) in KINDS.items()}


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)  # tiny tensors: more threads only wait for each other
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _caches(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path_factory.getbasetemp() / "no-hub"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path_factory.getbasetemp() / "no-scope"))
    monkeypatch.delenv("HYBRID_MODELS", raising=False)


SMALL = (64, 64)


def pipeline_of(backend, folders, **options) -> HybridPipeline:
    return HybridPipeline(
        backend, model=folders[backend], tier="draft", workers=1, **{"steps": 6, "grade": False, "frames": 9, **options}
    )


@pytest.fixture(scope="module")
def plain(scene, folders, tmp_path_factory):
    """A graded text-to-video run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYBRID_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        return pipeline_of("wan2.2-t2v-a14b", folders, steps=12, frames=17, grade=True)(
            scene, size=(128, 64), output=tmp_path_factory.mktemp("plain"), seed=3
        )


@pytest.fixture(scope="module")
def small(scene, folders, tmp_path_factory):
    """An uninterrupted run, to compare others with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYBRID_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        return pipeline_of("wan2.2-t2v-a14b", folders, steps=12)(
            scene, size=SMALL, output=tmp_path_factory.mktemp("small"), seed=3
        )


def frames_of(folder) -> np.ndarray:
    return np.stack(list(read_frames(folder / "clip.mp4")))


@pytest.mark.parametrize("backend", list(KINDS))
def test_every_backend_runs_from_scene_to_clip(backend, scene, folders, tmp_path) -> None:
    size = SMALL
    clip = pipeline_of(backend, folders)(scene, size=size, output=tmp_path)
    width, height, fps = video_size(clip.path)
    about = clip.run.backend
    assert (width, height) == size and fps == pytest.approx(about["settings"]["fps"])
    assert len(frames_of(tmp_path)) == about["settings"]["frames"] and about["settings"]["frames"] % 4 == 1
    assert (tmp_path / "preview.mp4").is_file() and not (tmp_path / "resume").exists()
    planned = [step for step in about["schedule"] if step["action"] != "skip"]
    counted = {expert: sum(step["expert"] == expert for step in planned) for expert in ("high", "low")}
    assert about["expert_runs"] == {key: n for key, n in counted.items() if n}
    if about["model"]["experts"] == 2:
        boundary = about["settings"]["boundary_ratio"] * 1000
        assert min(counted.values()) >= 1
        assert all((step["timestep"] >= boundary) == (step["expert"] == "high") for step in planned)
    assert about["guidance"]["name"] == {"vace": "vace+two-clock", "i2v": "first-frame+two-clock"}.get(
        KINDS[backend][0], "two-clock"
    )
    assert about["calibration"] == "uncalibrated" and about["diffusion"] is True


def test_both_experts_are_called_as_often_as_recorded(scene, folders, tmp_path, monkeypatch) -> None:
    from diffusers import WanTransformer3DModel

    calls: list[int] = []
    forward = WanTransformer3DModel.forward

    def counted(self, *args, **kwargs):
        calls.append(id(self))
        return forward(self, *args, **kwargs)

    monkeypatch.setattr(WanTransformer3DModel, "forward", counted)
    clip = pipeline_of("wan2.2-t2v-a14b", folders)(scene, size=SMALL, output=tmp_path)
    runs = clip.run.backend["expert_runs"]
    assert sorted(calls.count(key) for key in set(calls)) == sorted(
        2 * n for n in runs.values()
    )  # guided and unguided pass each step


def test_the_report_and_the_file_say_where_the_clip_comes_from(plain) -> None:
    folder = plain.run.folder
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    backend = report["backend"]
    assert (
        backend["model"]["hub_id"] == "Wan-AI/Wan2.2-T2V-A14B-Diffusers" and len(backend["model"]["weights_hash"]) == 32
    )
    assert len(backend["schedule"]) == 12 and {"sigma", "expert", "action", "guidance_scale"} <= set(
        backend["schedule"][0]
    )
    assert {row["name"]: row["status"] for row in backend["elements"]}["ball"] == "solved"
    assert all(row["appearance"] == "imagined" for row in backend["elements"])
    assert backend["seed_used"] == 3 and backend["guidability"]["verdict"] in ("good", "weak", "poor")
    adherence = report["adherence"]
    assert adherence["passed"] in (True, False, None) and adherence["ceiling"] is not None and adherence["shuffled"]
    assert report["label"] == backend["label"] and "appearance generated" in report["label"]
    assert (
        "passed" if adherence["passed"] else "failed" if adherence["passed"] is False else "not measured"
    ) in report["label"]
    assert "measured against it" not in (folder / "report.html").read_text(encoding="utf-8")
    inside = read_metadata(folder / "clip.mp4")
    assert (
        inside["label"] == report["label"]
        and inside["backend"]["model"]["weights_hash"] == backend["model"]["weights_hash"]
    )
    assert len(inside["schedule"]) == 12 and inside["seed"] == 3
    assert read_metadata(folder / "preview.mp4")["label"].startswith("computed preview")
    page = (folder / "report.html").read_text(encoding="utf-8")
    section = page.split('id="adherence"')[1].split("</section>")[0]
    assert "Preview after the VAE (ceiling)" in section and "(chance)" in section and "iou_spacetime" not in section
    assert (
        "Passed" if adherence["passed"] else "Failed" if adherence["passed"] is False else "Not measured"
    ) in section
    assert "Wan2.2 T2V A14B" in page and backend["model"]["weights_hash"] in page and "uncalibrated" in page


def test_an_unsigned_manifest_lies_beside_the_clip(plain) -> None:
    import hashlib

    side = json.loads((plain.run.folder / "clip.mp4.c2pa.json").read_text(encoding="utf-8"))
    assert side["signed"] is False and side["sha256"] == hashlib.sha256(plain.path.read_bytes()).hexdigest()
    labels = [assertion["label"] for assertion in side["manifest"]["assertions"]]
    assert "c2pa.actions.v2" in labels
    assert "trainedAlgorithmicMedia" in json.dumps(
        side["manifest"]
    ) or "compositeWithTrainedAlgorithmicMedia" in json.dumps(side["manifest"])


class _Break:
    """A progress that interrupts after so many denoising steps."""

    def __init__(self, after: int, error: type[BaseException] = KeyboardInterrupt) -> None:
        self.after, self.error, self.done = after, error, 0

    def __call__(self, step: str, done: float, of: float) -> None:
        if step == "denoise":
            self.done += 1
            if self.done == self.after:
                raise self.error


@pytest.mark.parametrize("after", [3, 5])
def test_resumed_equals_uninterrupted_bit_for_bit(after, small, scene, folders, tmp_path) -> None:
    broken = pipeline_of("wan2.2-t2v-a14b", folders, steps=12)
    broken._progress = _Break(after)
    with pytest.raises(KeyboardInterrupt):
        broken(scene, size=SMALL, output=tmp_path, seed=3)
    assert (tmp_path / "resume" / "state.safetensors").is_file() and not (tmp_path / "clip.mp4").exists()
    assert (tmp_path / "report.json").is_file()
    clip = HybridPipeline.resume(tmp_path, workers=1)
    assert np.array_equal(frames_of(tmp_path), frames_of(small.run.folder))
    assert clip.run.backend["resumed_from_step"] > 0
    assert clip.run.backend["steps_run"] < small.run.backend["steps_run"]
    assert not (tmp_path / "resume").exists()


def test_an_interrupt_says_how_to_go_on(scene, folders, tmp_path, monkeypatch, capsys) -> None:
    from hybrid.cli import main

    (tmp_path / "scene.yaml").write_text(SCENE, encoding="utf-8")
    monkeypatch.setattr("hybrid.progress.ProgressBars.__call__", _Break(2).__call__)
    arguments = [
        "make",
        str(tmp_path / "scene.yaml"),
        "--backend",
        f"wan2.2-t2v-a14b={folders['wan2.2-t2v-a14b']}",
        "--steps",
        "12",
        "--size",
        "64x64",
        "--frames",
        "9",
        "--draft",
    ]
    monkeypatch.setattr(sys, "argv", ["hybrid", *arguments, "-o", str(tmp_path / "out"), "--workers", "1", "--quiet"])
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr().err
    assert stopped.value.code == 130 and f"--resume {tmp_path / 'out'}" in said
    monkeypatch.undo()
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(
        sys, "argv", ["hybrid", "make", "--resume", str(tmp_path / "out"), "--no-grade", "--quiet", "--workers", "1"]
    )
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0 and (tmp_path / "out" / "clip.mp4").is_file(), capsys.readouterr()


def test_a_state_of_other_weights_is_refused(scene, folders, tmp_path) -> None:
    broken = pipeline_of("wan2.2-t2v-a14b", folders, steps=12)
    broken._progress = _Break(2)
    with pytest.raises(KeyboardInterrupt):
        broken(scene, size=SMALL, output=tmp_path)
    state = json.loads((tmp_path / "resume" / "state.json").read_text(encoding="utf-8"))
    state["about"]["model"] = str(save_tiny(tmp_path / "others", "t2v", seed=7))
    (tmp_path / "resume" / "state.json").write_text(json.dumps(state), encoding="utf-8")
    with pytest.raises(UserError, match="another weights"):
        HybridPipeline.resume(tmp_path)
    (tmp_path / "resume" / "state.safetensors").write_bytes(b"cut")
    with pytest.raises(UserError, match="cannot be read"):
        HybridPipeline.resume(tmp_path)
    with pytest.raises(UserError, match="no interrupted run"):
        HybridPipeline.resume(tmp_path / "others")


def test_best_of_costs_what_it_says_and_finishes_the_best_alone(scene, folders, tmp_path) -> None:
    clip = pipeline_of("wan2.2-t2v-a14b", folders, steps=12, best_of=3)(scene, size=SMALL, output=tmp_path, seed=5)
    about = clip.run.backend
    planned = [step for step in about["schedule"] if step["action"] != "skip"]
    before = sum(step["expert"] == "high" for step in planned)
    assert about["steps_run"] == 3 * before + (len(planned) - before) == len(about["step_log"])
    assert about["expert_runs"] == {"high": 3 * before, "low": len(planned) - before}
    scores = {entry["seed"]: entry["score"] for entry in about["best_of"]["scores"]}
    assert set(scores) == {5, 6, 7} and about["seed_used"] == max(scores, key=scores.get)
    alone = pipeline_of("wan2.2-t2v-a14b", folders, steps=12)(
        scene, size=SMALL, output=tmp_path / "alone", seed=about["seed_used"]
    )
    assert np.array_equal(frames_of(tmp_path), frames_of(tmp_path / "alone"))
    assert alone.run.backend["steps_run"] == len(planned)


def test_best_of_goes_on_after_a_break(scene, folders, tmp_path) -> None:
    whole = pipeline_of("wan2.2-t2v-a14b", folders, steps=12, best_of=2)(
        scene, size=SMALL, output=tmp_path / "whole", seed=5
    )
    before = sum(step["expert"] == "high" and step["action"] != "skip" for step in whole.run.backend["schedule"])
    for after in (before + 1, 2 * before + 1):  # while the second candidate runs, and after the choice
        broken = pipeline_of("wan2.2-t2v-a14b", folders, steps=12, best_of=2)
        broken._progress = _Break(after)
        with pytest.raises(KeyboardInterrupt):
            broken(scene, size=SMALL, output=tmp_path / "broken", seed=5)
        again = HybridPipeline.resume(tmp_path / "broken", workers=1)
        assert np.array_equal(frames_of(tmp_path / "broken"), frames_of(tmp_path / "whole"))
        assert again.run.backend["seed_used"] == whole.run.backend["seed_used"]


def test_peeks_show_the_prediction_and_the_label_is_burned_in(scene, folders, tmp_path) -> None:
    clip = pipeline_of("wan2.2-t2v-a14b", folders, steps=12, peek=3, label=True)(
        scene, size=SMALL, output=tmp_path, seed=3
    )
    peeks = sorted((tmp_path / "peek").glob("*.mp4"))
    assert len(peeks) == clip.run.backend["steps_run"] // 3 - (clip.run.backend["steps_run"] % 3 == 0)
    assert len(list(read_frames(peeks[0]))) == 9 and "not the clip" in read_metadata(peeks[0])["label"]
    assert frames_of(tmp_path)[:, -1, :4].max() < 200  # the band is darkened


def test_memory_that_ends_names_the_setting_and_keeps_the_state(scene, folders, tmp_path) -> None:
    import torch

    broken = pipeline_of("wan2.2-t2v-a14b", folders, steps=12)
    broken._progress = _Break(3, torch.OutOfMemoryError)
    with pytest.raises(RunError, match=r"use --size \d+x\d+ --frames \d+; `hybrid make --resume"):
        broken(scene, size=SMALL, output=tmp_path)
    assert (tmp_path / "resume" / "state.json").is_file()


def test_a_still_is_painted_first_where_both_models_are_at_hand(scene, folders, tmp_path, monkeypatch) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for name in ("wan2.2-t2v-a14b", "wan2.2-i2v-a14b"):
        (models / name).symlink_to(folders[name])
    monkeypatch.setenv("HYBRID_MODELS", str(models))
    options = {"tier": "draft", "workers": 1, "steps": 6, "grade": False, "frames": 9}
    clip = HybridPipeline("wan2.2-i2v-a14b", **options)(scene, size=SMALL, output=tmp_path / "a")
    about = clip.run.backend
    assert about["guidance"]["name"] == "still-then-move" and about["stills"] and about["stills"][0]["tried"]
    assert any(key.startswith("still:") for key in about["expert_runs"]) and about["expert_runs"]["low"] >= 1
    broken = HybridPipeline("wan2.2-i2v-a14b", **options)
    painted = sum(n for key, n in about["expert_runs"].items() if key.startswith("still:"))
    count = _Break(1)
    broken._progress = count
    with pytest.raises(KeyboardInterrupt):
        broken(scene, size=SMALL, output=tmp_path / "b")
    HybridPipeline.resume(tmp_path / "b", workers=1)
    assert painted >= 1 and np.array_equal(frames_of(tmp_path / "b"), frames_of(tmp_path / "a"))


def test_time_oversampling_keeps_every_kth_frame_and_says_what_falls_outside(scene, folders, tmp_path) -> None:
    clip = pipeline_of("wan2.2-t2v-a14b", folders, time_oversample=2, frames=17)(scene, size=SMALL, output=tmp_path)
    settings = clip.run.backend["settings"]
    assert settings["frames"] == 17 and settings["clip_frames"] == 9 == len(frames_of(tmp_path))
    assert any("fall outside" in note for note in clip.run.backend["notes"])


def test_a_long_simulation_is_covered_in_chunks_that_go_on_after_a_break(scene, folders, tmp_path) -> None:
    """One second at 16 frames is 17 frames; pieces of 9 share 5."""
    options = {"frames": 9, "chunks": "auto", "steps": 8}
    clip = pipeline_of("wan2.2-t2v-a14b", folders, **options)(scene, size=SMALL, output=tmp_path / "whole", seed=3)
    about = clip.run.backend
    whole = frames_of(tmp_path / "whole")
    assert len(whole) == 17 == about["settings"]["frames"] and about["settings"]["frames_per_chunk"] == 9
    starts = about["chunks"]["starts"]
    assert starts == [0, 4, 8] and about["settings"]["chunks"] == 3
    assert [seam["frame"] for seam in about["chunks"]["seams"]] == starts[1:]
    assert all(seam["ratio"] > 0 and seam["difference"] >= 0 for seam in about["chunks"]["seams"])
    planned = sum(step["action"] != "skip" for step in about["schedule"])
    assert about["steps_run"] == 3 * planned
    assert sum("seam" in note for note in about["notes"]) == 2 and not any("fall outside" in n for n in about["notes"])
    for after in (planned, planned + 2, 2 * planned + 1):  # after the first chunk, within the second and the third
        broken = pipeline_of("wan2.2-t2v-a14b", folders, **options)
        broken._progress = _Break(after)
        with pytest.raises(KeyboardInterrupt):
            broken(scene, size=SMALL, output=tmp_path / "broken", seed=3)
        again = HybridPipeline.resume(tmp_path / "broken", workers=1)
        assert np.array_equal(frames_of(tmp_path / "broken"), whole)
        assert again.run.backend["steps_run"] == 3 * planned - after
        assert again.run.backend["chunks"] == about["chunks"]


def test_boundary_and_cost_arithmetic() -> None:
    from generator.guidance.base import Sampling, plan_steps

    plan = plan_steps(Sampling(prompt="x"), enter_at=0.95)
    assert boundary_step(plan) == 26 and candidate_steps(plan, 1) == 24 and candidate_steps(plan, 4) == 4 * 10 + 14
    single = plan_steps(Sampling(prompt="x", boundary_ratio=None, shift=5.0, steps=10))
    assert boundary_step(single) == 4
    with pytest.raises(UserError, match="two denoising steps"):
        boundary_step(plan_steps(Sampling(prompt="x", steps=1, boundary_ratio=None)))
