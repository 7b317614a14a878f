"""Sweeps: a grid of runs in parallel, each with its row; named measures agree with the closed forms; nothing is lost of what was computed."""

from __future__ import annotations

import base64
import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.run_io import load_run
from hybrid.sweep import Axis, parse_over, sweep
from scenes.errors import RunError, UserError
from sim.check_scenes import GRAVITY, body, drop, ground, scene
from sim.measures import MEASURES, parse_measure, usage
from sim.simulate import simulate

E = "pairs.rubber+concrete.restitution"
HEIGHT = "bodies.ball.position.2"


# over what ----------------------------------------------------------------------------------------------------------------------------


@given(
    low=st.floats(-100, 100), width=st.floats(0.01, 50), count=st.integers(2, 40), log=st.booleans(),
)  # fmt: skip
def test_a_range_has_its_ends_its_count_and_even_steps(low: float, width: float, count: int, log: bool) -> None:
    low = abs(low) + 0.1 if log else low
    values = np.array(parse_over(f"a.b={low!r}:{low + width!r}:{count}{':log' if log else ''}").values)
    assert len(values) == count
    assert values[0] == pytest.approx(low, rel=1e-9, abs=1e-9) and values[-1] == pytest.approx(
        low + width, rel=1e-9, abs=1e-9
    )
    steps = np.diff(np.log(values) if log else values)
    assert np.allclose(steps, steps[0], rtol=1e-3, atol=1e-9)


def test_a_list_takes_numbers_and_words() -> None:
    assert parse_over("bodies.ground.material=wood, concrete,grass") == Axis(
        "bodies.ground.material", ("wood", "concrete", "grass")
    )
    assert parse_over("environment.gravity=1.62,9.8").numeric


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a.b", "PATH=VALUES"),
        ("a.b=", "PATH=VALUES"),
        ("a.b=1:2", "FROM:TO:COUNT"),
        ("a.b=1:x:3", "FROM:TO:COUNT"),
        ("a.b=1:2:0", "FROM:TO:COUNT"),
        ("a.b=nan:2:3", "finite"),
        ("a.b=2:2:3", "begins and ends"),
        ("a.b=-1:2:3:log", "above 0"),
        ("a.b=1,1", "twice"),
        ("a.b=.nan,1", "no value"),
    ],
)
def test_what_is_no_grid_is_refused_in_plain_words(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse_over(text)


@pytest.mark.parametrize(
    ("over", "measure", "said"),
    [
        ([], "bounces(ball)", "--over"),
        ([f"{E}=0.5,0.6"], [], "--measure"),
        ([f"{E}=0.5,0.6"], "bounce(ball)", "'bounces'"),
        ([f"{E}=0.5,0.6"], "bounces(bal)", "'ball'"),
        ([f"{E}=0.5,0.6"], "bounces()", "BODY"),
        ([f"{E}=0.5,0.6"], "speed(ball, soon)", "time in seconds"),
        ([f"{E}=0.5,0.6", f"{E}=0.1,0.2"], "bounces(ball)", "twice"),
        (["bodies.bal.mass=1,2"], "bounces(ball)", "'ball'"),
        ([f"{HEIGHT}=0:1:80", f"{E}=0.1:0.9:80"], "bounces(ball)", "6400 runs"),
    ],
)
def test_mistakes_are_found_before_anything_runs(over: list[str], measure: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        sweep(drop(1.0, 0.5), over=over, measure=measure, workers=1)


# the runs -----------------------------------------------------------------------------------------------------------------------------


def test_a_sweep_over_restitution_follows_the_law_and_leaves_its_table_and_plot(tmp_path: Path) -> None:
    made = sweep(drop(1.0, 0.5), over=f"{E}=0.4:0.8:3", measure=["rebound(ball)", "bounces(ball)", "impact_speed(ball, ground)"],
                 output=tmp_path, keep=True, workers=1, seconds=1.5)  # fmt: skip
    assert [row.values[E] for row in made.rows] == [0.4, 0.6, 0.8]
    for row in made.rows:
        assert row.status == "ok"
        assert row.measures["rebound(ball)"] == pytest.approx(row.values[E] ** 2, rel=0.02)
        assert row.measures["impact_speed(ball, ground)"] == pytest.approx(math.sqrt(2 * GRAVITY), rel=0.01)
    for name in ("table.csv", "table.parquet", "plot.png", "plot.svg", "sweep.json", "sweep.html", "scene.yaml"):
        assert (tmp_path / name).stat().st_size > 0
    with open(tmp_path / "table.csv", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    import pandas

    frame = pandas.read_parquet(tmp_path / "table.parquet")
    for k, row in enumerate(made.table):
        assert float(table[k][E]) == frame[E][k] == row[E]
        assert float(table[k]["rebound(ball)"]) == frame["rebound(ball)"][k] == row["rebound(ball)"]
    index = json.loads((tmp_path / "sweep.json").read_text(encoding="utf-8"))
    assert index["shape"] == [3] and [run["at"] for run in index["runs"]] == [[0], [1], [2]]
    for run in index["runs"]:
        kept = load_run(tmp_path / run["folder"])
        assert kept.scene.get(E) == run["values"][E]
        again = parse_measure("rebound(ball)", kept.scene)(kept.scene, kept.trace)
        assert again == run["measures"]["rebound(ball)"]


def test_processes_make_no_difference_and_two_axes_make_a_map(tmp_path: Path) -> None:
    over = {"bodies.ground.material": ["concrete", "grass"], HEIGHT: [0.6, 1.1]}
    made = [
        sweep(drop(1.0, 0.5).model_copy(update={"pairs": {}}), over=over, measure="rebound(ball)", workers=w, seconds=1.2, output=tmp_path / str(w))
        for w in (1, 2)
    ]  # fmt: skip
    assert made[0].table == made[1].table
    assert [row.values for row in made[0].rows][1] == {"bodies.ground.material": "concrete", HEIGHT: 1.1}
    assert (
        made[0].rows[0].measures["rebound(ball)"] > made[0].rows[2].measures["rebound(ball)"]
    )  # grass gives less back
    assert (tmp_path / "1/plot.svg").read_bytes() == (tmp_path / "2/plot.svg").read_bytes()


def test_a_value_that_does_not_fit_keeps_its_row_with_the_reason(tmp_path: Path) -> None:
    made = sweep(
        drop(0.5, 0.5),
        over={"bodies.ball.mass": [-1.0, 0.5]},
        measure="max_speed(ball)",
        workers=1,
        seconds=0.5,
        output=tmp_path,
    )
    first, second = made.rows
    assert (
        first.status == "failed" and "greater than 0" in first.reason and math.isnan(first.measures["max_speed(ball)"])
    )
    assert second.status == "ok" and second.measures["max_speed(ball)"] > 2
    assert made.failed == (first,) and made.table[0]["max_speed(ball)"] is None
    assert "greater than 0" in (tmp_path / "table.csv").read_text(encoding="utf-8")


def test_when_every_run_fails_it_says_why_and_keeps_the_table(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="mass"):
        sweep(
            drop(0.5, 0.5),
            over={"bodies.ball.mass": [1e12, 2e12]},
            measure="max_speed(ball)",
            workers=1,
            seconds=0.2,
            output=tmp_path,
        )
    assert (tmp_path / "table.csv").is_file() and not (tmp_path / "plot.png").exists()


def test_an_interrupt_keeps_what_was_computed(tmp_path: Path) -> None:
    def stop(done: float, of: float) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(
            drop(0.5, 0.5),
            over={HEIGHT: [0.2, 0.3, 0.4]},
            measure="max_speed(ball)",
            workers=1,
            seconds=0.3,
            output=tmp_path,
            progress=stop,
        )
    runs = json.loads((tmp_path / "sweep.json").read_text(encoding="utf-8"))["runs"]
    assert [run["status"] for run in runs] == ["ok", "ok", "not run"] and runs[1]["measures"][
        "max_speed(ball)"
    ] is not None


def test_an_earlier_sweep_in_the_same_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    for heights, keep in (([0.2, 0.3], True), ([0.4], False)):
        sweep(
            drop(0.5, 0.5),
            over={HEIGHT: heights},
            measure="max_speed(ball)",
            workers=1,
            seconds=0.3,
            output=tmp_path,
            keep=keep,
        )
    assert not (tmp_path / "runs").exists()
    assert len(json.loads((tmp_path / "sweep.json").read_text(encoding="utf-8"))["runs"]) == 1


def test_what_is_free_is_searched_once_and_then_kept() -> None:
    ball = body({"type": "sphere", "radius": 0.11}, (0, 0, 1.11), material="rubber")
    made = scene(
        {"ground": ground(), "ball": ball},
        goals={"g": {"type": "bounces", "body": "ball", "count": 2, "on": "ground"}},
        free={E: {"low": 0.2, "high": 0.9}},
    )
    swept = sweep(made, over={HEIGHT: [1.11, 2.11]}, measure=["happened", "restitution(ball)"], workers=1)
    assert swept.rows[0].measures["happened"] == 1
    assert any(E in note for note in swept.notes)
    values = [row.measures["restitution(ball)"] for row in swept.rows]
    assert values[0] == pytest.approx(values[1], rel=0.02)


def test_without_pandas_the_table_is_still_written_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    original = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name in ("pandas", "pyarrow") else original(name, *a)
    )
    swept = sweep(
        drop(0.3, 0.5), over={HEIGHT: [0.2, 0.3]}, measure="max_speed(ball)", workers=1, seconds=0.3, output=tmp_path
    )
    assert not (tmp_path / "table.parquet").exists() and (tmp_path / "table.csv").is_file()
    assert any("pip install pandas pyarrow" in note for note in swept.notes)


# the page ----------------------------------------------------------------------------------------------------------------------------


def block(page: str, name: str) -> Any:
    return json.loads(page.split(f'id="{name}">')[1].split("</script>")[0])


def test_the_page_shows_every_kept_run_and_nothing_from_a_network(tmp_path: Path) -> None:
    over = {"bodies.ground.material": ["concrete", "grass"], HEIGHT: [0.6, 1.1]}
    base = drop(1.0, 0.5).model_copy(update={"pairs": {}, "text": "一个橡胶球落下。", "language": "zh"})
    made = sweep(base, over=over, measure="rebound(ball)", workers=1, seconds=1.0, output=tmp_path, keep=True)
    page = (tmp_path / "sweep.html").read_text(encoding="utf-8")
    assert "http://" not in page and "https://" not in page and "参数扫描" in page and "Sweep" not in page
    view, index = block(page, "view3d-data"), block(page, "sweep-data")
    assert index["axes"] == [["concrete", "grass"], ["0.6", "1.1"]] and len(view["scenes"]) == 4
    blob = base64.b64decode(view["blob"])
    for row in made.rows:
        place = f"{over['bodies.ground.material'].index(row.values['bodies.ground.material'])},{over[HEIGHT].index(row.values[HEIGHT])}"
        assert index["runs"][place]["number"] == row.number
        scene = view["scenes"][index["runs"][place]["view"]]
        ball = next(node for node in scene["nodes"] if node["name"] == "ball")
        poses = np.frombuffer(blob, dtype="<f4", count=scene["frames"] * 10, offset=ball["at"]).reshape(-1, 10)
        kept = load_run(tmp_path / row.folder)
        assert np.allclose(poses[:, :3], kept.trace["ball"].position, atol=1e-5)
    balls = [next(node for node in scene["nodes"] if node["name"] == "ball") for scene in view["scenes"]]
    assert len({part["v"] for node in balls for part in node["parts"]}) == len(balls[0]["parts"]), (
        "equal meshes are kept once"
    )
    assert len({json.dumps(scene["camera"]["at"]) for scene in view["scenes"]}) == 1, (
        "and the camera stays when the run changes"
    )


def test_without_kept_runs_the_page_has_the_table_and_says_how_to_see_them(tmp_path: Path) -> None:
    sweep(
        drop(0.5, 0.5), over={HEIGHT: [0.2, -5.0]}, measure="max_speed(ball)", workers=1, seconds=0.3, output=tmp_path
    )
    page = (tmp_path / "sweep.html").read_text(encoding="utf-8")
    assert "--keep" in page and "view3d-data" not in page and page.count("<tr data-run") == 2


def test_a_large_grid_is_thinned_and_a_large_page_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hybrid.report import sweep_page

    axes = (Axis("a", tuple(range(40))), Axis("b", tuple(range(10))))
    kept = sweep_page.viewed_grid(axes)
    assert len(kept[0]) * len(kept[1]) <= sweep_page.MOST_VIEWED
    assert all(
        indices[0] == 0 and indices[-1] == len(axis.values) - 1 for indices, axis in zip(kept, axes, strict=True)
    )
    monkeypatch.setattr(sweep_page, "LARGEST_VIEWS", 1000)
    sweep(
        drop(0.5, 0.5),
        over={HEIGHT: [0.2, 0.3]},
        measure="max_speed(ball)",
        workers=1,
        seconds=0.3,
        output=tmp_path,
        keep=True,
    )
    page = (tmp_path / "sweep.html").read_text(encoding="utf-8")
    assert "too large" in page and "view3d-data" not in page


# the measures -------------------------------------------------------------------------------------------------------------------------


def test_measures_agree_with_the_closed_forms() -> None:
    made = drop(1.0, 0.6)
    trace = simulate(made, seconds=3)

    def measured(text: str) -> float:
        return parse_measure(text, made)(made, trace)

    fall = math.sqrt(2 / GRAVITY)
    assert measured("hits(ball, ground)") == pytest.approx(fall, abs=0.01)
    assert measured("height(ball, 0.25)") == pytest.approx(1 - GRAVITY * 0.25**2 / 2, abs=1e-6)
    assert measured("speed(ball, 0.25)") == pytest.approx(GRAVITY * 0.25, rel=1e-3)
    assert measured("max_height(ball)") == pytest.approx(1.0)
    assert measured("restitution(ball)") == pytest.approx(0.6, rel=0.01)
    assert measured("energy_lost") == pytest.approx(trace["ball"].mass * GRAVITY * 1.0, rel=0.01)
    assert measured("energy_lost(ball)") == pytest.approx(measured("energy_lost"), rel=1e-6)
    assert measured("distance(ball)") == pytest.approx(1.0, abs=0.01) and measured("final_z(ball)") == pytest.approx(
        0.1, abs=1e-3
    )
    assert measured("duration") == 3.0 and measured("pieces(ball)") == 0
    assert math.isnan(measured("height(ball, 99)")) and math.isnan(measured("temperature(ball)"))
    assert math.isnan(parse_measure("rest_time(ball)", made)(made, simulate(made, seconds=0.5)))


def test_toppled_counts_the_bodies_whose_names_begin_so() -> None:
    from sim.check_scenes import dominoes

    made = dominoes(6)
    trace = simulate(made, seconds=2)
    assert parse_measure("toppled(domino)", made)(made, trace) == 6
    assert parse_measure("toppled(domino_0, domino_1)", made)(made, trace) == 2
    assert parse_measure("toppled(ground)", made)(made, trace) == 0


def test_temperature_is_that_of_the_solved_bar() -> None:
    from hybrid.pipeline import HybridPipeline

    bar = body({"type": "box", "size": [1.0, 0.02, 0.02]}, (0, 0, 0.5), material="copper", fixed=True)
    hot = {"hot": {"body": "bar", "face": "left", "type": "temperature", "value": 100}}
    made = scene({"bar": bar}, thermal={"bodies": {"bar": {}}, "boundaries": hot, "physical_duration": 600})
    run = HybridPipeline(pictures=False).simulate(made, seconds=2)

    def measured(text: str) -> float:
        return parse_measure(text, made)(run.scene, run.trace)

    assert (
        measured("temperature(bar, left)")
        > 90
        > measured("temperature(bar)")
        > measured("temperature(bar, right)")
        > 20
    )
    assert measured("temperature(bar, mean, 0)") == pytest.approx(20, abs=0.5)
    assert measured("temperature(bar, mean, 300)") < measured("temperature(bar, mean, 600)")
    assert measured("melted(bar)") == 0


def test_every_measure_says_what_it_is_and_how_it_is_written() -> None:
    for name, kind in MEASURES.items():
        assert kind.about and usage(name).startswith(name)
