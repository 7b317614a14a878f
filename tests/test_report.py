"""The record of a run: its contract as JSON, what a page must show and must not hide, the story, and reading it all back."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid.fonts import font_covers, font_path, font_subset
from hybrid.report import report_data, write_report
from hybrid.report.curves import height_and_speed
from hybrid.report.plots import MOST_BODIES, Series, draw, motion_plots, nice_ticks
from hybrid.report.sentence import Mark, segments
from hybrid.report.values import clean, set_option
from hybrid.report.words import WORDS
from hybrid.run import Run
from hybrid.run_io import load_run
from hybrid.story import moments, sparkline, story, story_data
from planner.frame import Frame
from scenes.bodies import STATUSES
from scenes.errors import UserError
from scenes.paths import parse_assignment
from scenes.scene import Scene
from sim.goals import Outcome
from sim.trace import Contact, ExtraArray, Trace

G, E, RADIUS, DROP, MASS, FPS = 9.80665, 0.7, 0.1, 2.0, 0.5, 16.0
SENTENCES = {
    "en": "A red rubber ball falls from two metres onto concrete and bounces.",
    "zh": "一个红色橡胶球从两米高处落到水泥地上，弹跳。",
}


def ball_trace(*, seconds: float = 3.0, bodies: int = 1) -> Trace:
    """A ball on a floor by closed form: parabolas between impacts at which the speed falls by E. More bodies are copies beside it."""
    impacts, t, speed = [], math.sqrt(2 * DROP / G), math.sqrt(2 * G * DROP)
    while t < seconds and speed > 0.3:
        impacts.append((t, speed))
        speed *= E
        t += 2 * speed / G
    time = np.arange(round(seconds * FPS) + 1) / FPS
    height, velocity = np.zeros(len(time)), np.zeros(len(time))
    for k, now in enumerate(time):
        past = [impact for impact in impacts if impact[0] <= now]
        if not past:
            height[k], velocity[k] = DROP - G * now**2 / 2, -G * now
        elif now < past[-1][0] + 2 * E * past[-1][1] / G:
            since, up = now - past[-1][0], E * past[-1][1]
            height[k], velocity[k] = up * since - G * since**2 / 2, up - G * since
    names = tuple("ball" if k == 0 else f"ball_{k + 1}" for k in range(bodies)) + ("ground",)
    n = len(names)
    position, linear = np.zeros((len(time), n, 3)), np.zeros((len(time), n, 3))
    lowest = np.zeros((len(time), n))
    for k in range(bodies):
        position[:, k] = np.stack(
            [np.full(len(time), 0.3 * k), np.zeros(len(time)), height * (1 - 0.05 * k) + RADIUS], axis=1
        )
        linear[:, k, 2] = velocity * (1 - 0.05 * k)
        lowest[:, k] = height * (1 - 0.05 * k)
    mass = np.array([MASS] * bodies + [np.inf])
    kinetic = np.zeros((len(time), n))
    kinetic[:, :bodies] = 0.5 * MASS * (linear[:, :bodies] ** 2).sum(axis=2)
    potential = MASS * G * position[:, :bodies, 2].sum(axis=1)
    contacts = tuple(
        Contact(name, "ground", t, t + 5e-4, MASS * v * (1 + E), v, E * v, 0.0, 0.0, 0.0)
        for t, v in impacts
        for name in names[:bodies]
    )
    quaternion = np.zeros((len(time), n, 4))
    quaternion[..., 0] = 1.0
    check = {"name": "momentum", "passed": True, "value": 1e-14, "limit": 1e-6, "evidence": "sums agree"}
    figure = {
        "wanted": E,
        "used": E,
        "error": 0.0,
        "low": 0.5,
        "high": 0.85,
        "source": "a handbook",
        "status": "recalled",
    }
    return Trace(
        time=time, names=names, alive=np.ones((len(time), n), bool), position=position, orientation=quaternion, linear_velocity=linear,
        angular_velocity=np.zeros_like(linear), scale=np.ones((len(time), n, 3)), mass=mass, contacts=contacts,
        extra={
            "lowest": ExtraArray(lowest, "m"),
            "kinetic_energy": ExtraArray(kinetic, "J"),
            "energy": ExtraArray(np.stack([kinetic.sum(axis=1), potential], axis=1), "J"),
        },
        meta={
            "fps": FPS, "gravity": G, "steps_per_second": 1920, "audit": {"passed": True, "checks": [check]},
            "pairs": [{"pair": "rubber+concrete", "restitution": figure, "friction": {**figure, "wanted": 0.8, "used": 0.5}}],
        },
    )  # fmt: skip


def ball_scene(language: str = "en", *, bodies: int = 1) -> Scene:
    """The scene of the ball with what a planner would put into it."""
    chinese = language == "zh"
    text = SENTENCES[language]
    start, end = (0, 7) if chinese else (2, 17)
    ball = {
        "kind": "rigid",
        "label": "橡胶球" if chinese else "ball",
        "shape": {"type": "sphere", "radius": RADIUS},
        "material": "rubber",
        "mass": MASS,
    }
    ground = {
        "label": "水泥地" if chinese else "floor",
        "shape": {"type": "box", "size": [9, 9, 1]},
        "material": "concrete",
        "fixed": True,
    }
    names = ["ball"] + [f"ball_{k + 2}" for k in range(bodies - 1)]
    return Scene.from_data(
        {
            "text": text, "language": language, "bodies": {**{name: ball for name in names}, "ground": {"kind": "rigid", **ground}},
            "goals": {"ball_bounces": {"type": "bounces", "body": "ball", "count": 3, "asked": text[-3:-1]}},
            "free": {"pairs.rubber+concrete.restitution": {"low": 0.5, "high": 0.85, "why": "measured rebounds"}},
            "pairs": {"rubber+concrete": {"restitution": E}},
            "elements": {
                "ball": {"kind": "entity", "status": "solved", "text": text[start:end], "span": [start, end], "body": "ball"},
                "event_1_fly": {"kind": "event", "status": "refused", "text": "fly", "why": "a ball has no wings"},
            },
            "provenance": {
                "bodies.ball.mass": {"source": "assumed", "why": "usual for a ball"},
                "bodies.ball.shape": {"source": "known", "why": "a play ball"},
                "bodies.ball.material": {"source": "stated", "span": [start, end]},
                "pairs.rubber+concrete.restitution": {"source": "searched"},
            },
            "advice": ["state the height"],
        }
    )  # fmt: skip


def outcome(**changes: Any) -> Outcome:
    chosen = {
        "pairs.rubber+concrete.restitution": {
            "path": "pairs.rubber+concrete.restitution",
            "value": E,
            "range": [0.5, 0.85],
            "why": "measured",
        }
    }
    return replace(Outcome("ball_bounces", "bounces three times", True, "bounced at 0.64 s", 1.5, chosen), **changes)


def a_run(
    language: str = "en", *, outcomes: tuple[Outcome, ...] | None = None, folder: Path | None = None, **changes: Any
) -> Run:
    scene = ball_scene(language)
    trace = ball_trace()
    run = Run(
        scene=scene,
        asked_scene=scene,
        trace=trace,
        outcomes=(outcome(),) if outcomes is None else outcomes,
        seed=3,
        folder=folder,
    )
    run.backend, run.seconds = {"name": "preview", "diffusion": False}, {"simulate": 0.5}
    for key, value in changes.items():
        setattr(run, key, value)
    return run


class Reader(HTMLParser):
    """The words of a page, its links and sources, and whether its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.void = {"meta", "br", "line", "path", "circle", "input"}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for key, value in attrs if key in ("src", "href", "poster", "action") and value]
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for key, value in attrs if key in ("src", "href") and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)


def read_page(folder: Path) -> tuple[str, str, Reader]:
    page = (folder / "report.html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(page)
    return page, re.sub(r"\s+", " ", "".join(reader.words)), reader


def no_nan(value: Any) -> bool:
    if isinstance(value, dict):
        return all(no_nan(item) for item in value.values())
    if isinstance(value, list):
        return all(no_nan(item) for item in value)
    return not isinstance(value, float) or math.isfinite(value)


# report.json ---------------------------------------------------------------------------------------------------------------------------


def test_json_has_the_keys_of_the_contract_and_no_nan(tmp_path: Path) -> None:
    run = a_run()
    run.trace.position[5:, 0] = np.nan
    write_report(run, tmp_path)
    report = json.loads(
        (tmp_path / "report.json").read_text(encoding="utf-8"), parse_constant=lambda word: pytest.fail(word)
    )
    assert {"outcomes", "elements", "assumptions", "audit", "backend", "adherence", "versions", "seed"} <= set(report)
    assert {"asked", "happened", "evidence", "chosen", "refused", "concession", "choices"} <= set(report["outcomes"][0])
    assert all({"name", "kind", "status", "appearance", "why"} <= set(element) for element in report["elements"])
    assert all({"path", "value", "source", "why"} <= set(row) for row in report["assumptions"])
    assert report["seed"] == 3 and report["text"] == run.scene.text and report["exit_status"] == 3
    assert {"python", "numpy", "pybullet"} <= set(report["versions"])
    assert no_nan(report)


def test_chosen_value_comes_with_its_path_and_range() -> None:
    (entry,) = report_data(a_run())["outcomes"][0]["chosen"]
    assert entry["path"] == "pairs.rubber+concrete.restitution"
    assert entry["low"] <= entry["value"] <= entry["high"] and not entry["concession"]


def test_a_chosen_value_outside_its_range_is_a_concession() -> None:
    beyond = outcome(chosen={"pairs.rubber+concrete.restitution": {"value": 0.93, "range": [0.5, 0.85]}})
    (entry,) = report_data(a_run(outcomes=(beyond,)))["outcomes"][0]["chosen"]
    assert entry["concession"]


def test_a_preview_is_not_called_diffusion_and_its_adherence_is_null(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"\0" * 64)
    report = report_data(a_run(folder=tmp_path))
    assert report["adherence"] is None and "not diffusion" in report["adherence_note"]
    assert report["label"] == "computed preview: motion solved by simulation; not diffusion"
    guided = report_data(a_run(folder=tmp_path, backend={"name": "some model", "diffusion": True}))
    assert "guided" in guided["label"] and "solved" not in guided["label"]


def test_every_status_is_one_of_the_five_words() -> None:
    for language in ("en", "zh"):
        assert {element["status"] for element in report_data(a_run(language))["elements"]} <= set(STATUSES)


def test_bodies_that_the_text_does_not_name_are_reported_too() -> None:
    assert {"ball", "ground"} <= {element["body"] for element in report_data(a_run())["elements"]}
    bare = a_run()
    bare.scene = bare.scene.model_copy(update={"elements": {}})
    assert [element["name"] for element in report_data(bare)["elements"]] == ["ball", "ground"]


def test_members_of_a_group_are_told_once() -> None:
    run = a_run()
    run.scene, run.trace = ball_scene(bodies=9), ball_trace(bodies=9)
    assert [element["body"] for element in report_data(run)["elements"]] == ["ball", None, "ground"]


def test_what_no_solver_advanced_is_not_called_solved() -> None:
    run = a_run()
    run.trace = run.trace.with_meta(not_simulated={"ball": "cloth"})
    ball = next(element for element in report_data(run)["elements"] if element["name"] == "ball")
    assert ball["status"] == "imagined" and "cloth" in ball["why"]


def test_assumptions_leave_out_what_was_stated_and_can_be_changed() -> None:
    run = a_run()
    rows = {row["path"]: row for row in report_data(run)["assumptions"]}
    assert set(rows) == {"bodies.ball.mass", "bodies.ball.shape", "pairs.rubber+concrete.restitution"}
    assert rows["bodies.ball.mass"]["value"] == MASS and rows["bodies.ball.mass"]["source"] == "assumed"
    for row in rows.values():
        option = row["change"].removeprefix("--set ").strip("'")
        assert run.scene.with_(dict([parse_assignment(option)])).bodies == run.scene.bodies, (
            "the option shown sets what is there"
        )


def test_materials_say_what_the_solver_used_and_who_chose_it() -> None:
    rows = {(row["of"], row["quantity"]): row for row in report_data(a_run())["materials"]}
    restitution, friction = rows["rubber+concrete", "restitution"], rows["rubber+concrete", "friction"]
    assert restitution["status"] == "searched" and (restitution["low"], restitution["high"]) == (0.5, 0.85)
    assert friction["differs"] and friction["wanted"] == 0.8 and friction["value"] == 0.5


def test_bounces_and_top_speed_agree_with_the_closed_form() -> None:
    report = report_data(a_run())
    found = report["bounces"]["ball"]
    assert all(bounce["restitution"] == pytest.approx(E) for bounce in found)
    assert found[0]["time"] == pytest.approx(math.sqrt(2 * DROP / G))
    ball = report["bodies"][0]
    assert ball["top_speed"] == pytest.approx(math.sqrt(2 * G * DROP))


@given(
    st.recursive(
        st.floats() | st.integers() | st.text(max_size=5) | st.booleans() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=12,
    )
)
def test_clean_values_are_json(value: Any) -> None:
    assert no_nan(json.loads(json.dumps(clean({"v": value, "a": np.array([1.0, np.nan])}), allow_nan=False)))


@given(
    st.floats(-1e6, 1e6).map(lambda x: float(f"{x:.6g}"))
    | st.lists(st.integers(-9, 9), min_size=3, max_size=3)
    | st.sampled_from(["oak", "steel"])
)
def test_set_options_read_back_as_the_value(value: Any) -> None:
    option = set_option("bodies.ball.mass", value).removeprefix("--set ").strip("'")
    assert parse_assignment(option) == ("bodies.ball.mass", pytest.approx(value) if isinstance(value, float) else value)


# report.html ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_needs_no_network_and_its_tags_close(language: str, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"\0" * 64)
    write_report(a_run(language, folder=tmp_path), tmp_path)
    page, said, reader = read_page(tmp_path)
    assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", page, flags=re.I)
    assert all(link.startswith("data:") for link in reader.links) and any(
        link.startswith("data:video/mp4") for link in reader.links
    )
    assert "@import" not in page and "<link" not in page
    assert reader.open == []
    assert SENTENCES[language] in said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_its_figures(language: str, tmp_path: Path) -> None:
    write_report(a_run(language), tmp_path)
    _, said, _ = read_page(tmp_path)
    w = WORDS[language]
    for key in (
        "outcomes",
        "assumptions",
        "materials",
        "contacts",
        "audit",
        "made",
        *(f"{word}_means" for word in STATUSES),
    ):
        assert w[key] in said
    assert re.search(r"0\.70\D", said) and "0.50–0.85" in said and w["chosen"] in said
    assert "--set bodies.ball.mass=0.5" in said and "6.26" in said


def test_a_missed_outcome_is_loud(tmp_path: Path) -> None:
    missed = outcome(happened=False, evidence="it bounced twice", chosen=None)
    write_report(a_run(outcomes=(outcome(name="other"), missed)), tmp_path)
    page, said, _ = read_page(tmp_path)
    assert "1 of 2 asked outcomes did not happen" in said and "it bounced twice" in said
    assert 'class="verdict bad"' in page and '<li class="missed">' in page
    assert WORDS["en"]["verdict_all"] not in said


def test_a_refused_outcome_is_not_shown_as_happened(tmp_path: Path) -> None:
    write_report(
        a_run(outcomes=(outcome(happened=False, refused=True, evidence="nothing here can fly", chosen=None),)), tmp_path
    )
    page, said, _ = read_page(tmp_path)
    assert (
        "1 of 1 asked outcomes were refused" in said
        and "nothing here can fly" in said
        and '<li class="refused">' in page
    )


def test_a_concession_is_said(tmp_path: Path) -> None:
    run = a_run(outcomes=(outcome(concession=True, text="restitution had to leave its range"),))
    run.scene = run.scene.model_copy(update={"elements": {}})
    write_report(run, tmp_path)
    page, said, _ = read_page(tmp_path)
    assert (
        "restitution had to leave its range" in said
        and WORDS["en"]["verdict_concession"] in said
        and 'class="verdict warn"' in page
    )


def test_a_failed_audit_is_louder_than_a_happy_end(tmp_path: Path) -> None:
    run = a_run()
    bad = {
        "passed": False,
        "checks": [
            {"name": "energy", "passed": False, "value": 0.2, "limit": 0.005, "evidence": "the energy rose by 20%"}
        ],
    }
    run.trace = run.trace.with_meta(audit=bad)
    report = write_report(run, tmp_path)
    page, said, _ = read_page(tmp_path)
    assert report["exit_status"] == 1
    assert (
        WORDS["en"]["verdict_audit"] in said
        and WORDS["en"]["audit_failed"] in said
        and "the energy rose by 20%" in said
    )
    assert 'class="verdict bad"' in page


def test_the_chinese_page_speaks_chinese_and_carries_its_characters(tmp_path: Path) -> None:
    from fontTools.ttLib import TTFont

    write_report(a_run("zh"), tmp_path)
    page, said, _ = read_page(tmp_path)
    assert '<html lang="zh-CN">' in page
    for word in ("要求的结果", "物理审计", "橡胶球", "恢复系数"):
        assert word in said
    data = re.search(r"data:font/woff;base64,([A-Za-z0-9+/=]+)", page)
    assert data is not None
    drawn = set(TTFont(io.BytesIO(base64.b64decode(data[1]))).getBestCmap())
    needed = {ord(character) for character in said if 0x4E00 <= ord(character) <= 0x9FFF}
    assert len(needed) > 100 and needed & font_covers() <= drawn
    assert needed <= font_covers(), "a word of the page has no glyph: " + "".join(
        map(chr, sorted(needed - font_covers()))
    )


def test_an_english_page_carries_no_chinese_font(tmp_path: Path) -> None:
    write_report(a_run("en"), tmp_path)
    assert "data:font" not in read_page(tmp_path)[0]


def test_text_from_outside_is_escaped(tmp_path: Path) -> None:
    evil = '<script>alert(1)</script> & "x"'
    run = a_run(outcomes=(outcome(asked=evil, evidence=evil),))
    run.scene = run.scene.model_copy(update={"text": evil + run.scene.text, "advice": (evil,)})
    write_report(run, tmp_path)
    page, said, _ = read_page(tmp_path)
    assert "<script>alert" not in page and evil in said


def test_both_languages_have_every_word_and_the_font_draws_them() -> None:
    assert set(WORDS["en"]) == set(WORDS["zh"])
    for key, english in WORDS["en"].items():
        chinese = WORDS["zh"][key]
        assert english and chinese
        assert set(re.findall(r"\{(\w+)\}", english)) == set(re.findall(r"\{(\w+)\}", chinese)), key
        assert {ord(c) for c in chinese if ord(c) > 0x7E} <= font_covers(), key
    assert font_path().is_file()


def test_font_subsets_are_reproducible_and_small() -> None:
    one = font_subset("物理记录，弹跳三次")
    assert one == font_subset("次三跳弹，录记理物") and 1000 < len(one) < 20_000
    assert font_subset("\ue123") == b""


# the sentence, the plots, the story ------------------------------------------------------------------------------------------------------


@given(
    st.text(max_size=40),
    st.lists(
        st.tuples(
            st.integers(-3, 45), st.integers(-3, 45), st.sampled_from(["entity", "event", "quantity", "relation"])
        ),
        max_size=8,
    ),
)
def test_segments_keep_the_text(text: str, spans: list[tuple[int, int, str]]) -> None:
    found = segments(text, [Mark(a, b, kind, f"{kind} {a}") for a, b, kind in spans])
    assert "".join(part.text for part in found) == text
    covered = sum(len(part.text) for part in found if part.tips)
    assert covered == len({k for a, b, _ in spans if 0 <= a < b <= len(text) for k in range(a, b)})


def test_a_quantity_inside_an_event_shows_both(tmp_path: Path) -> None:
    text = "falls two metres down"
    parts = {part.text: part for part in segments(text, [Mark(0, 21, "event", "e"), Mark(6, 16, "quantity", "q")])}
    assert (
        parts["two metres"].tint == "quantity"
        and parts["two metres"].line == "event"
        and parts["two metres"].tips == ("q", "e")
    )


def test_the_page_shows_what_was_read(tmp_path: Path) -> None:
    text = SENTENCES["en"]
    at = {
        word: (text.index(word), text.index(word) + len(word))
        for word in ("red rubber ball", "two metres", "falls", "bounces", "concrete")
    }
    frame = Frame.model_validate(
        {
            "text": text, "lang": "en",
            "entities": [{"id": "e1", "head": "ball", "material": "rubber", "color": "red", "mention": "ball", "count": 2, "span": at["red rubber ball"]}],
            "events": [
                {"verb": "bounce", "agent": "e1", "order": 2, "count": 3, "span": at["bounces"]},
                {"verb": "fall", "agent": "e1", "span": at["falls"], "quantities": [{"value": 2, "unit": "m", "role": "height", "span": at["two metres"]}]},
            ],
            "environment": [{"gravity": "moon"}], "unread": [at["concrete"]],
        }
    )  # fmt: skip
    write_report(a_run(frame=frame), tmp_path)
    page, said, _ = read_page(tmp_path)
    for tip in ("thing · ball · rubber · red · ×2", "event · bounce · ×3", "quantity · height · 2 m"):
        assert tip in page
    assert said.index("1falls") < said.index("2bounces"), "events are listed in their order"
    assert "gravity: moon" in said and WORDS["en"]["unread"] in said


@given(st.floats(-1e5, 1e5), st.floats(1e-6, 1e5))
def test_ticks_are_inside_and_evenly_spaced(low: float, span: float) -> None:
    ticks = nice_ticks(low, low + span)
    room = 1e-6 * max(abs(low), span)
    assert 1 <= len(ticks) <= 11
    assert all(low - room <= tick <= low + span + room for tick in ticks)
    assert np.allclose(np.diff(ticks), np.diff(ticks)[:1] if len(ticks) > 1 else 0, rtol=1e-3)


def test_curves_reach_the_floor_between_frames() -> None:
    trace = ball_trace()
    time, height, speed = height_and_speed(trace, "ball")
    first = math.sqrt(2 * DROP / G)
    assert trace["ball"].height.min() < 0.05 or trace["ball"].height[10] > 0.02
    foot = np.flatnonzero(np.abs(time - first) < 1e-9)[0]
    assert height[foot] == pytest.approx(0.0, abs=1e-6) and speed[foot] == pytest.approx(
        math.sqrt(2 * G * DROP), rel=1e-6
    )
    assert speed[foot + 1] == pytest.approx(E * math.sqrt(2 * G * DROP), rel=2e-3)
    assert np.all(np.diff(time) >= 0)


def test_energy_falls_only_at_contacts() -> None:
    from hybrid.report.curves import energies

    trace = ball_trace(seconds=1.0)
    found = energies(trace)
    assert found is not None
    time, kinetic, potential = found
    total = kinetic + potential
    before, after = total[time <= trace.contacts[0].t_start], total[time >= trace.contacts[0].t_end]
    assert np.ptp(before) < 1e-6 * before[0] and np.ptp(after) < 1e-6 * before[0]
    assert after[0] / before[0] == pytest.approx(E**2, rel=1e-6)


def test_only_the_most_moving_bodies_are_plotted_and_the_page_says_so(tmp_path: Path) -> None:
    run = a_run()
    run.scene, run.trace = ball_scene(bodies=9), ball_trace(bodies=9)
    plots, moving = motion_plots(run.scene, run.trace)
    assert moving == 9 and len(plots[0].legend) == MOST_BODIES
    assert {label for label, _ in plots[0].legend} == {f"ball {k}" for k in range(1, 7)}
    write_report(run, tmp_path)
    assert f"The {MOST_BODIES} bodies that move most" in read_page(tmp_path)[1]


def test_lines_break_where_a_body_does_not_exist() -> None:
    x = np.arange(6.0)
    plot = draw("t", [Series("a", x, np.array([0, 1, np.nan, np.nan, 1, 2.0]), "0")], x_label="x", unit="m")
    line = re.search(r'class="line s0" d="([^"]+)"', plot.svg)
    assert line is not None and line[1].count("M") == 2 and "nan" not in plot.svg


def test_heat_is_plotted_along_the_body_and_over_physical_time(tmp_path: Path) -> None:
    run = a_run("zh")
    cells = 20
    rise = np.linspace(0, 1, len(run.trace.time))[:, None] * np.linspace(80, 0, cells)[None]
    extra = {
        "temperature": ExtraArray(20 + rise, "degC"),
        "temperature_position": ExtraArray(
            np.stack([np.linspace(-0.15, 0.15, cells), np.zeros(cells), np.zeros(cells)], axis=1), "m", "body"
        ),
        "temperature_body": ExtraArray(np.zeros(cells, dtype=int)),
    }
    heat = {
        "physical_duration": 600.0,
        "playback_duration": 3.0,
        "time_factor": 200.0,
        "why": "为了看见",
        "worst_heat_balance": 1e-13,
        "bodies": {},
        "notes": [],
    }
    run.trace = replace(run.trace, extra={**run.trace.extra, **extra}, meta={**run.trace.meta, "heat": heat})
    write_report(run, tmp_path)
    _, said, _ = read_page(tmp_path)
    assert "沿物体的温度" in said and "10 分钟" in said and "2.5 分钟" in said and "热过程时间 [min]" in said


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("ball hits floor at 6.26 m/s", "e = 0.70")), ("zh", ("橡胶球以 6.26 米/秒撞上水泥地", "恢复系数 0.70"))],
)
def test_the_story_tells_the_impacts(language: str, words: tuple[str, str]) -> None:
    run = a_run(language)
    told = moments(run.trace, run.scene)
    assert told[0].time == pytest.approx(math.sqrt(2 * DROP / G)) and told[0].kind == "bounce"
    assert all(word in told[0].text for word in words)
    assert [moment.time for moment in told] == sorted(moment.time for moment in told)
    from rich.console import Console

    stream = io.StringIO()
    Console(file=stream, width=160).print(story(run))
    assert all(word in stream.getvalue() for word in words)
    assert WORDS[language]["refused"] in stream.getvalue()


def test_the_story_as_json_and_from_a_bare_trace() -> None:
    run = a_run()
    data = json.loads(json.dumps(story_data(run.trace, run.scene), allow_nan=False))
    assert data["moments"] and data["outcomes"][0]["asked"] and {"bodies", "audit", "elements"} <= set(data)
    with pytest.raises(TypeError):
        story_data(run.trace)


# reading back ------------------------------------------------------------------------------------------------------------------------


def saved(folder: Path, run: Run) -> Run:
    run.scene.save(folder / "scene.yaml")
    run.trace.save(folder / "trace.npz")
    frame = Frame(text=run.scene.text, lang=run.scene.language)
    (folder / "frame.json").write_text(frame.model_dump_json(), encoding="utf-8")
    run.frame = frame
    write_report(run, folder)
    return run


def test_a_run_survives_its_folder(tmp_path: Path) -> None:
    run = saved(tmp_path, a_run("zh", folder=tmp_path))
    again = load_run(tmp_path)
    assert again.scene == run.scene and again.frame == run.frame and again.seed == run.seed
    assert np.array_equal(again.trace.position, run.trace.position) and again.trace.contacts == run.trace.contacts
    assert again.backend == run.backend and again.seconds == run.seconds
    assert report_data(again) == report_data(run)
    before = (tmp_path / "report.html").read_bytes()
    write_report(again, tmp_path)
    assert (tmp_path / "report.html").read_bytes() == before


def test_a_folder_without_a_report_is_verified_anew(tmp_path: Path) -> None:
    saved(tmp_path, a_run())
    (tmp_path / "report.json").unlink()
    (tmp_path / "frame.json").unlink()
    again = load_run(tmp_path)
    assert again.frame is None and again.outcomes[0].name == "ball_bounces" and not again.outcomes[0].happened


def cut(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return act


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (cut("trace.npz"), "trace.npz"), (cut("report.json"), "report.json"), (cut("frame.json"), "frame.json"),
        (lambda folder: (folder / "scene.yaml").unlink(), "scene.yaml"),
        (lambda folder: (folder / "scene.yaml").write_text("bodies: [", encoding="utf-8"), "scene.yaml"),
        (lambda folder: (folder / "report.json").write_text("[]", encoding="utf-8"), "report.json"),
        (lambda folder: (folder / "frame.json").write_text('{"text": 1}', encoding="utf-8"), "frame.json"),
    ],
)  # fmt: skip
def test_a_harmed_folder_is_refused_in_one_sentence(harm: Callable[[Path], None], named: str, tmp_path: Path) -> None:
    saved(tmp_path, a_run())
    harm(tmp_path)
    with pytest.raises(UserError) as caught:
        load_run(tmp_path)
    assert named in str(caught.value) and "\n" not in str(caught.value)


def test_a_path_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no folder"):
        load_run(tmp_path / "nowhere")
    with pytest.raises(UserError, match="holds no run"):
        load_run(tmp_path)
    file = tmp_path / "x.txt"
    file.write_text("x", encoding="utf-8")
    with pytest.raises(UserError, match="is a file"):
        load_run(file)


@pytest.mark.parametrize("width", [8, 48])
def test_a_sparkline_rises_where_the_values_rise(width: int) -> None:
    rising = sparkline(np.linspace(0.0, 3.0, 100), width=width)
    assert len(rising) == width and list(rising) == sorted(rising) and rising[0] == "▁" and rising[-1] == "█"
    assert sparkline(np.array([np.nan, np.nan, 1.0, 1.0]), width=4) == "  ▁▁"
    assert sparkline(np.full(5, np.nan)) == "     "


def test_the_story_shows_lines_over_time_for_what_moves() -> None:
    from rich.console import Console

    console = Console(width=160, record=True, file=io.StringIO())
    trace = ball_trace()
    scene = Scene.from_data(
        {
            "schema": 1,
            "bodies": {
                "ball": {"kind": "rigid", "shape": {"type": "sphere", "radius": RADIUS}, "label": "ball"},
                "ground": {"kind": "rigid", "shape": {"type": "box", "size": [9, 9, 1]}, "fixed": True},
            },
        }
    )
    console.print(story(trace, scene))
    shown = console.export_text()
    assert "Over time" in shown and "Height of the lowest point: ball, 0" in shown and "– 2 m" in shown and "█" in shown
