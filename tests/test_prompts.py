"""Annotated prompts of many kinds keep their score in both languages; prompts people quote plan in both; numbers and units survive."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import plan, read, read_many
from planner.lexicon import verb_class
from scenes.bodies import STATUSES
from scenes.errors import UserError
from scenes.scene import Scene

DATA = Path(__file__).parent / "data"
FLOORS = {  # F1 of figure by set and language, a little below what is measured
    ("development", "en"): {"heads": 0.95, "verbs": 0.94, "events": 0.92, "relations": 0.78},
    ("development", "zh"): {"heads": 0.94, "verbs": 0.90, "events": 0.86, "relations": 0.86},
    ("held_back", "en"): {"heads": 0.91, "verbs": 0.91, "events": 0.85, "relations": 0.70},
    ("held_back", "zh"): {"heads": 0.91, "verbs": 0.86, "events": 0.80, "relations": 0.74},
    ("blind", "en"): {"heads": 0.90, "verbs": 0.90, "events": 0.80, "relations": 0.70},
    ("blind", "zh"): {"heads": 0.86, "verbs": 0.85, "events": 0.75, "relations": 0.65},
}


def names(value: Any, heads: dict[str, str]) -> tuple[str, ...]:
    listed = [] if value is None else value if isinstance(value, list) else [value]
    return tuple(sorted(heads.get(one, one) for one in listed))


def facts(row: dict[str, Any]) -> dict[str, Counter[Any]]:
    """What a frame says, by the heads of its things; implied and inferred items aside."""
    heads = {e["id"]: e["head"] for e in row["entities"]}
    implied = {e["id"] for e in row["entities"] if e.get("implied")}
    events = [e for e in row["events"] if not e.get("inferred")]
    stated = lambda r: not {*(r["object"] if isinstance(r["object"], list) else [r["object"]]), r["subject"]} & implied  # noqa: E731
    return {
        "heads": Counter(e["head"] for e in row["entities"] if not e.get("implied")),
        "verbs": Counter(min(verb_class(e["verb"])) for e in events),
        "events": Counter((min(verb_class(e["verb"])), names(e.get("agent"), heads), names(e.get("patient"), heads), bool(e.get("negated"))) for e in events),
        "relations": Counter((r["type"], names(r["subject"], heads), names(r["object"], heads)) for r in row["relations"] if stated(r)),
    }  # fmt: skip


def rows_of(name: str, lang: str) -> list[dict[str, Any]]:
    lines = (DATA / f"prompts_{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["lang"] == lang]


@pytest.mark.parametrize(("name", "lang"), list(FLOORS))
def test_annotated_prompts_keep_their_score(name: str, lang: str) -> None:
    rows = rows_of(name, lang)
    assert len(rows) >= (12 if name == "blind" else 20)
    right, total = Counter[str](), Counter[str]()
    for row, frame in zip(rows, read_many([row["text"] for row in rows]), strict=True):
        gold, found = facts(row), facts(frame.model_dump())
        for kind in gold:
            right[kind] += 2 * (gold[kind] & found[kind]).total()
            total[kind] += gold[kind].total() + found[kind].total()
    scores = {kind: round(right[kind] / total[kind], 3) for kind in total}
    assert all(scores[kind] >= floor for kind, floor in FLOORS[name, lang].items()), scores


@pytest.mark.parametrize("name", ["development", "held_back", "blind"])
def test_annotated_prompts_plan_and_are_the_same_from_their_file(name: str) -> None:
    for lang in ("en", "zh"):
        for row in rows_of(name, lang):
            scene = plan(row["text"])
            assert Scene.from_yaml(scene.to_yaml()) == scene
            assert all(element.status in STATUSES for element in scene.elements.values())


# Prompts that people quote, each with the same in the other language.
QUOTED = [
    ("The product slides in from the left side of the screen and stops above the display stand in the center, a halo slowly spreading in the background", "产品从屏幕左侧滑入，停在中央展示台上方，背景有光晕缓缓扩散"),
    ("A child stands between adults", "孩子站在大人中间"),
    ("A drone approaches a person from behind", "无人机从后方靠近人物"),
    ("A bomb explodes under water", "在水下爆炸"),
    ("A person walks on the moon", "在月球上行走"),
    ("Ice melts", "冰块融化"),
    ("The hot area of a radiator spreads", "散热器热区扩散"),
    ("A room gets warm", "房间变暖"),
    ("A barbecue skewer is heated by fire", "烧烤铁签被火烤"),
    ("According to Fourier's law, compute the temperature distribution along a copper rod 1 m long, k = 401 W/(m·K), one end held hot, and animate it", "根据傅里叶定律，计算一根长1m、导热系数k=401 W/(m·K)的铜棒在一端恒温加热下的温度分布，并生成动画"),
    ("A red rubber ball falls from a second-floor balcony, bounces three times on concrete and comes to rest", "红色橡胶球从二楼阳台落下，在水泥地上弹跳三次后静止"),
    ("A ball knocks over a tower of blocks", "球撞倒积木塔"),
    ("An apple falls from a tree and hits a passing rabbit", "一只苹果从树上掉落并砸中路过的兔子"),
    ("A glass cup falls from the table to the floor and shatters", "玻璃杯从桌上掉到地上摔碎"),
    ("A person slips and falls on the ice", "人在冰面上滑倒"),
    ("One end of a metal rod is heated by a flame, the heat slowly spreading from left to right", "金属棒一端被火焰加热，热量慢慢从左向右传导"),
    ("The left side of a copper rod is heated by a flame, heat is conducted linearly from left to right at a high speed, the temperature of the right side rises slowly", "铜棒左侧被火焰加热，热量以较快速度从左向右线性传导，右侧温度缓慢上升"),
    ("Two cats at the edges, each looking toward a mouse in the center, jumping over a rock behind them", "两只猫在画面边缘，各自望向中央的老鼠，跳过身后的石头"),
    ("A ball rolls near the house", "球在房子附近滚动"),
]  # fmt: skip
VAGUE = ["它动了一下", "反重力跳跃", "it moves a bit", "anti-gravity jump"]


@pytest.mark.parametrize("text", [text for pair in QUOTED for text in pair])
def test_quoted_prompts_plan_with_statuses(text: str) -> None:
    scene = plan(text)
    frame = read(text)
    assert scene.text == text and Scene.from_yaml(scene.to_yaml()) == scene
    kinds = Counter(element.kind for element in scene.elements.values())
    assert kinds["entity"] >= 1 and (kinds["event"] >= 1 or not frame.events)
    assert kinds.total() >= len(frame.events)  # scenery takes its events with it
    assert all(element.status in STATUSES for element in scene.elements.values())


@pytest.mark.parametrize("text", VAGUE)
def test_what_names_nothing_gets_advice_in_its_own_language(text: str) -> None:
    with pytest.raises(UserError) as caught:
        plan(text)
    chinese = any("一" <= c <= "鿿" for c in text)
    assert len(str(caught.value)) > 15
    assert any("一" <= c <= "鿿" for c in str(caught.value)) == chinese


def quantities(text: str) -> Iterator[tuple[float | None, str | None, str | None]]:
    frame = read(text)
    for owner in (*frame.entities, *frame.events):
        for quantity in owner.quantities:
            yield quantity.value, quantity.unit, quantity.role


NUMBERS = st.floats(0.1, 900.0).map(lambda value: round(value, 2))


@given(NUMBERS, st.sampled_from(["m", "cm", "kg", "g", "m/s", "km/h", "N"]))
@settings(max_examples=60, deadline=None)
def test_numbers_and_units_survive_in_both_languages(value: float, unit: str) -> None:
    english = {
        "m": "A ball falls from a height of {} m", "cm": "A ball falls from a height of {} cm", "kg": "A ball of {} kg rolls", "g": "A ball of {} g rolls",
        "m/s": "A ball rolls at {} m/s", "km/h": "A ball rolls at {} km/h", "N": "A boy pushes a box with a force of {} N",
    }  # fmt: skip
    chinese = {
        "m": "球从{}米高处落下", "cm": "球从{}厘米高处落下", "kg": "质量{}千克的球滚动", "g": "质量{}克的球滚动",
        "m/s": "球以{}米/秒的速度滚动", "km/h": "球以{}公里/小时的速度滚动", "N": "男孩用{}牛的力推箱子",
    }  # fmt: skip
    for table in (english, chinese):
        found = list(quantities(table[unit].format(f"{value:g}")))
        assert any(v == pytest.approx(value) and u == unit for v, u, _ in found), (table[unit], found)


@given(st.text(max_size=200) | st.text(alphabet="球滚落3米 aballfls,。!😀́‮\x00\n\t", max_size=80))
@settings(max_examples=150, deadline=None)
def test_reading_never_raises_on_any_text(text: str) -> None:
    for frame in read_many([text]):
        assert frame.text == text
        ids = {entity.id for entity in frame.entities}
        for event in frame.events:
            for value in (event.agent, event.source_place, event.goal_place):
                listed = [] if value is None else value if isinstance(value, list) else [value]
                assert set(listed) <= ids


def test_things_that_happen_together_are_one_checked_outcome() -> None:
    for text in ("A hammer and a feather fall in a vacuum and land at the same time", "锤子和羽毛在真空中同时落地"):
        goals = [goal for goal in plan(text).goals.values() if goal.type == "together"]
        assert [set(goal.bodies) for goal in goals] == [{"hammer", "feather"}]


def test_what_is_passed_between_stands_on_either_side() -> None:
    for text in ("A ball rolls between two trees", "球从两棵树之间滚过"):
        scene = plan(text)
        sides = [scene.bodies[name].position[1] - scene.bodies["ball"].position[1] for name in ("tree", "tree_2")]
        assert sides[0] * sides[1] < 0 and {g.type for g in scene.goals.values()} >= {"passes"}


def test_a_stated_force_drives_and_pieces_are_counted() -> None:
    for text in ("A boy pushes a box with a force of 40 N", "男孩用40牛的力推箱子"):
        forces = [driver.force for driver in plan(text).drivers.values() if driver.type == "force"]
        assert forces == [(40.0, 0.0, 0.0)]
    for text in ("A plate falls and breaks into 6 pieces", "盘子摔成六块"):
        assert 6 in [getattr(goal, "pieces", None) for goal in plan(text).goals.values()]


def test_sills_and_ceilings_are_where_houses_have_them() -> None:
    assert plan("花盆从窗台上掉下来摔碎").bodies["flowerpot"].position[2] > 0.8
    scene = plan("A helium balloon rises to the ceiling")
    assert scene.bodies["ceiling"].position[2] > 2.0
    keys = next(driver for driver in scene.drivers.values() if driver.type == "path").keys
    assert scene.bodies["balloon"].position[2] + keys[-1].position[2] < scene.bodies["ceiling"].position[2]


def test_a_tower_that_was_stacked_is_the_stack() -> None:
    for text in ("Five blocks are stacked on each other; a ball hits the tower", "五块积木叠在一起，一个球撞上塔"):
        assert sum(name.startswith("block") for name in plan(text).bodies) == 5


def test_what_shatters_is_what_was_pushed() -> None:
    scene = plan("A cat pushes a vase off a table and it shatters")
    assert [goal.body for goal in scene.goals.values() if goal.type == "breaks"] == ["vase"]
    for text in ("A stone is thrown at a window and the glass shatters", "一块石头扔向窗户，玻璃碎了"):
        assert [goal.body for goal in plan(text).goals.values() if goal.type == "breaks"] == ["window"]


class StandIn:
    """A tagger and parser that know one sentence, with the labels of larger English pipelines."""

    WORDS = (
        ("A", "DET", "DT", "a", 2, "det"), ("red", "ADJ", "JJ", "red", 2, "amod"), ("ball", "NOUN", "NN", "ball", 4, "nsubjpass"), ("is", "AUX", "VBZ", "be", 4, "auxpass"),
        ("thrown", "VERB", "VBN", "throw", 4, "ROOT"), ("by", "ADP", "IN", "by", 4, "agent"), ("a", "DET", "DT", "a", 7, "det"), ("boy", "NOUN", "NN", "boy", 5, "pobj"),
        ("into", "ADP", "IN", "into", 4, "prep"), ("a", "DET", "DT", "a", 10, "det"), ("basket", "NOUN", "NN", "basket", 8, "pobj"), (".", "PUNCT", ".", ".", 4, "punct"),
    )  # fmt: skip

    def __call__(self, doc: Any) -> Any:
        for token, (_, pos, tag, lemma, head, dep) in zip(doc, self.WORDS, strict=True):
            token.pos_, token.tag_, token.lemma_ = pos, tag, lemma
            token.head, token.dep_ = doc[head], dep
        return doc


def test_a_larger_pipeline_may_stand_in_for_the_tree() -> None:
    import spacy
    from spacy.language import Language

    from planner.english.assemble import to_frame
    from planner.english.pipeline import equip, parser_name

    if not Language.has_factory("stand_in_tree"):
        Language.component("stand_in_tree", func=StandIn())
    nlp = spacy.blank("en")
    nlp.meta["name"] = "stand_in"
    nlp.add_pipe("stand_in_tree")
    nlp = equip(nlp)
    assert (
        nlp.pipe_names.index("stand_in_tree")
        < nlp.pipe_names.index("scene_universal")
        < nlp.pipe_names.index("scene_events")
    )
    frame = to_frame(nlp("A red ball is thrown by a boy into a basket."), parser=parser_name(nlp))
    heads = {entity.id: entity.head for entity in frame.entities}
    event = next(event for event in frame.events if event.verb == "throw")
    assert (heads[event.agent], heads[event.patient], heads[event.goal_place]) == ("boy", "ball", "basket")
    assert "stand_in" in frame.parser


def test_a_pipeline_that_is_not_installed_is_one_plain_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from planner.english.pipeline import load
    from planner.spacy_loading import STAND_IN

    monkeypatch.setenv(STAND_IN, "en_no_such_pipeline")
    with pytest.raises(UserError, match="en_no_such_pipeline"):
        load()


ORDERED = [
    ("Two red balls fall on a wooden table at night, the camera follows", ("balls", "camera")),
    ("A red ball rolls at 3 m/s across the floor", ("red", "floor", "rolls", "light", "camera")),
]


@pytest.mark.parametrize(("text", "words"), ORDERED)
def test_video_prompts_keep_the_order_of_their_parts_and_carry_no_numbers(text: str, words: tuple[str, ...]) -> None:
    prompt = plan(text).prompt.video
    places = [prompt.lower().find(word) for word in words]
    assert places == sorted(places) and -1 not in places, prompt
    assert not any(character.isdigit() for character in prompt)


@pytest.mark.parametrize(
    ("text", "clause", "rule"),
    [
        ("A wooden block floats on the water", "above the water", "kg/m3"),
        ("木块浮在水上", "浮在水面", "kg/m3"),
        ("A glass vase falls on the floor and shatters", "sharp pieces", "brittle"),
        ("A silver rod and an iron rod are heated at one end", "faster in the silver than in the iron", "silver"),
    ],
)
def test_what_is_known_of_materials_is_told_with_its_rule(text: str, clause: str, rule: str) -> None:
    scene = plan(text)
    assert clause in scene.prompt.video, scene.prompt.video
    assert rule in scene.provenance["prompt.video"].why
    assert not any(character.isdigit() for character in scene.prompt.video)


def test_metals_conduct_in_the_order_of_their_handbook_values() -> None:
    from scenes.materials import library

    silver, copper, iron = (library().material(name).conductivity.value for name in ("silver", "copper", "iron"))
    assert silver > copper > iron


def test_the_parse_view_is_safe_stable_and_quick() -> None:
    import time

    from hybrid.report.parse_view import parse_html

    for text in ("A <b>red</b> ball falls & bounces on the floor", "一个红球落在地板上弹跳两次"):
        frame = read(text)
        first = parse_html(text, frame)
        started = time.process_time()
        assert parse_html(text, frame) == first
        assert time.process_time() - started < 0.3
        assert "<b>" not in first and "<script" not in first and "<span" in first
        assert "http" not in first.replace("http://www.w3.org", "")
    assert parse_html("  ", frame) == ""
