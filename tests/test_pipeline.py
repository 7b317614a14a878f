"""From a sentence to a verified simulation and a clip: both languages one physics, runs repeat to the byte, errors are one sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hybrid.cli import main
from hybrid.pipeline import HybridPipeline, check_size
from hybrid.run import exit_status
from scenes.errors import UserError
from scenes.scene import Scene
from sim.queries import bounces
from sim.trace import Trace

ENGLISH = "A red rubber ball falls from a second-floor balcony, bounces three times on concrete and comes to rest"
CHINESE = "红色橡胶球从二楼阳台落下，在水泥地上弹跳三次后静止"
SIMULATE = HybridPipeline(pictures=False)


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    return SIMULATE(ENGLISH, output=tmp_path_factory.mktemp("english"))


def test_the_main_sentence_happens_within_the_honest_range(english) -> None:
    assert exit_status(english.run) == 0 and english.ok
    assert len(bounces(english.trace, "ball")) == 3
    chosen = next(outcome.chosen for outcome in english.outcomes if outcome.chosen)
    value = english.scene.pairs["rubber+concrete"].restitution
    assert 0.5 <= value <= 0.85 and "pairs.rubber+concrete.restitution" in chosen
    assert english.scene.provenance["pairs.rubber+concrete.restitution"].source == "searched"
    clearance = english.trace["ball"].height[0]
    assert clearance == pytest.approx(3.5, abs=1e-3)


def test_both_languages_give_one_physics(english, tmp_path) -> None:
    chinese = SIMULATE(CHINESE, output=tmp_path / "zh")
    assert exit_status(chinese.run) == 0
    for name in ("ball", "ground", "balcony"):
        assert chinese.scene.bodies[name].material == english.scene.bodies[name].material
    times = [[bounce.time for bounce in bounces(clip.trace, "ball")] for clip in (english, chinese)]
    assert np.abs(np.subtract(*times)).max() <= 1 / 16


def test_the_written_scene_runs_again_to_the_same_bytes_without_a_search(english, tmp_path) -> None:
    folder = english.run.folder
    again = SIMULATE(folder / "scene.yaml", output=tmp_path / "again")
    assert (tmp_path / "again" / "trace.npz").read_bytes() == (folder / "trace.npz").read_bytes()
    assert exit_status(again.run) == 0


def test_another_process_gives_the_same_bytes(english, tmp_path) -> None:
    command = [sys.executable, "-m", "hybrid.cli", "simulate", ENGLISH, "-o", str(tmp_path / "other"), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "other" / "trace.npz").read_bytes() == (english.run.folder / "trace.npz").read_bytes()


def test_the_folder_keeps_the_contract(english) -> None:
    folder: Path = english.run.folder
    for name in ("frame.json", "scene.yaml", "trace.npz", "contacts.csv", "report.json", "report.html"):
        assert (folder / name).is_file(), name
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert {"outcomes", "elements", "assumptions", "audit", "backend", "adherence", "versions", "seed"} <= set(report)
    assert {"asked", "happened", "evidence", "chosen"} <= set(report["outcomes"][0])
    assert {"name", "kind", "status", "appearance", "why"} <= set(report["elements"][0])
    with np.load(folder / "trace.npz", allow_pickle=False) as stored:
        frames, count = stored["alive"].shape
        assert stored["position"].shape == (frames, count, 3) and stored["orientation"].shape == (frames, count, 4)
        assert stored["time"][0] == 0 and np.allclose(np.diff(stored["time"]), 1 / 16)
        assert "schema_version" in stored.files
    head = (folder / "contacts.csv").read_text(encoding="utf-8").splitlines()[0]
    assert head == "body_a,body_b,t_start,t_end,impulse_Ns,speed_before,speed_after,x,y,z"


def test_again_runs_with_another_material(english) -> None:
    softer = english.again(materials={"rubber": {"restitution": 0.55}})
    assert softer.trace["ball"].height[16:].max() <= english.trace["ball"].height.max()
    assert softer.scene.materials["rubber"].restitution == 0.55
    with pytest.raises(UserError, match="rubber"):
        english.again(materials={"ruber": {"restitution": 0.5}})


def test_what_cannot_be_had_is_said_and_costs_the_status(tmp_path) -> None:
    clip = SIMULATE("A rubber ball falls from 3.5 m and bounces three times on sand", output=tmp_path / "sand")
    assert exit_status(clip.run) == 3
    missed = [o for o in clip.outcomes if not o.happened or o.concession]
    assert missed and (missed[0].text or missed[0].evidence)


@pytest.mark.parametrize(
    "text",
    [
        "A metal ball falls from a height of 10 meters and bounces on concrete",
        "On the moon, a metal ball falls from a height of 10 meters and bounces on concrete",
        "球撞倒积木塔",
        "A yellow ball rolls from the left edge to the center of the screen, while a blue cube remains stationary on the right",
        "a red ball passes through a blue ring",
        "A metal rod being heated at one end, heat gradually spreading along the rod",
    ],
)
def test_asked_outcomes_happen(text: str) -> None:
    run = SIMULATE.simulate(SIMULATE.plan(text))
    assert exit_status(run) == 0, [(o.asked, o.evidence) for o in run.outcomes if not o.happened]
    assert run.outcomes


def test_the_moon_pulls_with_a_sixth() -> None:
    times = {}
    for where in ("", "On the moon, "):
        scene = SIMULATE.plan(where + "a steel ball falls from a height of 2 meters onto concrete")
        ball = SIMULATE.simulate(scene).trace
        times[where] = min(c.t_start for c in ball.contacts_of("ball", "ground"))
    assert times["On the moon, "] / times[""] == pytest.approx((9.80665 / 1.62) ** 0.5, rel=0.005)


def test_importing_is_light() -> None:
    code = (
        "import time, sys; t = time.perf_counter(); import hybrid; dt = time.perf_counter() - t; "
        "bad = {'torch', 'mitsuba', 'spacy', 'pybullet', 'scipy', 'matplotlib'} & set(sys.modules); assert not bad, bad; assert dt < 0.5, dt"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["plan", ""], 2, "empty"),
        (["plan", "y" * 10_000], 2, "10000"),
        (["plan", "Le ballon rouge tombe du balcon et rebondit trois fois sur le béton"], 2, "English or Chinese"),
        (["plan", "它动了一下"], 2, "物体"),
        (["simulate", "nowhere.yaml"], 2, "nowhere.yaml"),
        (["simulate", "a ball falls", "--set", "bodies.bal.mass=1"], 2, "'ball'"),
        (["simulate", "a ball falls", "--set", "materials.rubber.restitution=5"], 2, "less than or equal"),
        (["simulate", "a ball falls", "--set", "nonsense"], 2, "PATH=VALUE"),
        (["simulate", "a ball falls", "--fps", "0"], 2, "fps"),
        (["simulate", "a ball falls", "--seconds", "-1"], 2, "seconds"),
        (["make", "a ball falls", "--size", "big"], 2, "WIDTHxHEIGHT"),
        (["make", "a ball falls", "--backend", "wan9"], 2, "backend"),
        (["inspect", "/nowhere/at/all"], 2, "nowhere"),
        (["materials", "rubbr"], 2, "rubber"),
        (["parse"], 2, "text"),
        (["bogus"], 2, "bogus"),
    ],
)
def test_a_mistake_is_one_sentence_and_the_right_status(arguments, code, says, monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["hybrid", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    out, err = capsys.readouterr()
    assert stopped.value.code == code, (out, err)
    assert says in err and err.count("\n") == 1 and "Traceback" not in err


def test_a_broken_scene_file_names_the_place(tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "bad.yaml").write_text(
        "schema: 1\nbodies:\n  ball: {kind: rigid, shape: {type: sphere, radius: 0.1}, mass: -2}\n", encoding="utf-8"
    )
    monkeypatch.setattr(sys, "argv", ["hybrid", "simulate", str(tmp_path / "bad.yaml"), "-o", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert "mass" in capsys.readouterr().err


def test_parse_keeps_ids_and_order(tmp_path, monkeypatch) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [{"id": "b", "text": "球落下"}, {"id": "a", "text": "A ball falls"}, {"id": "c", "text": "🎈"}]
    source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["hybrid", "parse", "--input", str(source), "--output", str(target)])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0
    frames = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [frame["id"] for frame in frames] == ["b", "a", "c"]
    assert frames[0]["entities"][0]["head"] == frames[1]["entities"][0]["head"] == "ball"


def test_many_prompts_go_on_after_a_broken_one(tmp_path, monkeypatch) -> None:
    source = tmp_path / "in.jsonl"
    rows = [{"id": "bad", "text": "它动了一下"}, {"id": "good", "text": "A ball falls"}]
    source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    arguments = [
        "hybrid",
        "make",
        "--input",
        str(source),
        "-o",
        str(tmp_path / "out"),
        "--draft",
        "--size",
        "64x48",
        "--seconds",
        "0.3",
        "--fps",
        "8",
    ]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary[0]["exit_status"] == 2
    assert (tmp_path / "out" / "good" / "clip.mp4").is_file()


def test_schema_is_json(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["hybrid", "schema"])
    with pytest.raises(SystemExit):
        main()
    assert "bodies" in json.loads(capsys.readouterr().out)["properties"]


def test_sizes_are_checked() -> None:
    assert check_size("640x360") == (640, 360)
    for bad in ("640", "0x0", "99999x9", "axb"):
        with pytest.raises(UserError):
            check_size(bad)


def test_a_trace_survives_its_file(english, tmp_path) -> None:
    english.trace.save(tmp_path / "t.npz")
    again = Trace.load(tmp_path / "t.npz")
    assert again.names == english.trace.names and again.contacts == english.trace.contacts
    assert np.array_equal(again.position, english.trace.position, equal_nan=True)
    (tmp_path / "cut.npz").write_bytes((tmp_path / "t.npz").read_bytes()[:500])
    with pytest.raises(UserError, match="cut"):
        Trace.load(tmp_path / "cut.npz")


def test_a_still_scene_is_done() -> None:
    run = SIMULATE.simulate(
        Scene.from_yaml("schema: 1\nbodies:\n  cube: {kind: rigid, fixed: true, shape: {type: box, size: [1, 1, 1]}}\n")
    )
    assert exit_status(run) == 0
