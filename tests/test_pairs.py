"""The same scene told in English and in Chinese is the same Scene: all of it but the words, the spans and the language itself."""

from __future__ import annotations

from typing import Any

import pytest

from planner import plan

PAIRS = [
    ("A red rubber ball falls from a second-floor balcony, bounces three times on concrete and comes to rest", "红色橡胶球从二楼阳台落下，在水泥地上弹跳三次后静止"),
    ("A steel ball falls from a height of 2 meters", "一个钢球从2米高处落下"),
    ("An apple falls from a tree", "苹果从树上落下"),
    ("A glass cup falls from the table to the floor and shatters", "玻璃杯从桌上掉到地板上摔碎"),
    ("A wooden block slides down a slope", "木块从斜坡上滑下"),
    ("A ball knocks over a tower of blocks", "球撞倒积木塔"),
    ("On the moon, a hammer falls from a height of 1.5 m", "在月球上，一把锤子从1.5米高处落下"),
    ("A dog runs", "狗在跑"),
    ("A ball rolls down a slope", "球从斜坡上滚下"),
    ("Two balls fall from a height of 2 meters", "两个球从2米高处落下"),
    ("A small ball rolls between two trees", "小球从两棵树之间滚过"),
    ("A pendulum swings back and forth three times", "钟摆来回摆动三次"),
    ("A flowerpot falls from a windowsill and shatters", "花盆从窗台上掉下摔碎"),
    ("A helium balloon rises to the ceiling", "氦气球升到天花板"),
    ("A red ball is on the left of a blue cube", "红球在蓝色立方体左边"),
    ("A vase stands on the table", "花瓶放在桌子上"),
    ("A car stops next to a tree", "汽车停在树旁边"),
    ("A bird flies", "一只鸟在飞"),
    ("A coin spins on the table", "一枚硬币在桌上旋转"),
    ("A wooden block floats on the water", "木块浮在水上"),
    ("A stone sinks in the water", "石头沉入水中"),
    ("A boy throws a ball", "男孩扔球"),
    ("A cat chases a mouse", "猫追老鼠"),
    ("Five dominoes in a row fall one after another", "一排五张多米诺骨牌依次倒下"),
    ("A book slides across the table", "书滑过桌子"),
    ("An egg falls on the floor and breaks", "鸡蛋掉在地板上摔碎"),
    ("A bowling ball rolls at 5 m/s and knocks over ten pins", "保龄球以每秒5米的速度滚动，撞倒十个球瓶"),
    ("A rubber ball bounces twice", "橡胶球弹跳两次"),
    ("A heavy iron ball falls from a height of 3 meters onto a wooden board", "沉重的铁球从3米高处落到木板上"),
    ("Two cars collide", "两辆汽车相撞"),
    ("A ball rolls from the left edge to the center of the screen", "球从屏幕左边缘滚到中央"),
    ("Ice melts", "冰融化"),
    ("A copper rod is heated at the left end", "铜棒左端被加热"),
    ("A man walks on the moon", "男人在月球上行走"),
    ("A plate falls from a height of 1.2 meters and breaks into 6 pieces", "盘子从1.2米高处落下，摔成六块"),
    ("A boy pushes a box with a force of 40 N", "男孩用40牛的力推箱子"),
    ("A red ball passes through a blue ring", "红球穿过蓝环"),
    ("A butterfly flutters above a flower", "蝴蝶在花上方飞舞"),
    ("A rabbit jumps", "兔子跳起来"),
    ("Three balls of different sizes lie on the floor", "三个大小不同的球放在地板上"),
]  # fmt: skip


def without_words(value: Any) -> Any:
    """A scene's content without the words of the text: spans, quotations and reasons."""
    if isinstance(value, dict):
        return {k: without_words(v) for k, v in value.items() if k not in {"asked", "why", "span", "text", "title", "provenance", "advice", "elements", "language", "prompt", "look", "label"}}  # fmt: skip
    if isinstance(value, list | tuple):
        return [without_words(v) for v in value]
    return round(value, 9) if isinstance(value, float) else value


def content(text: str) -> dict[str, Any]:
    scene = plan(text)
    whole = scene.model_dump(mode="json", exclude={"video_prompt", "negative_prompt"} & set(type(scene).model_fields))
    parts = {
        key: without_words(whole.get(key))
        for key in ("bodies", "joints", "thermal", "drivers", "environment", "camera", "duration")
    }
    parts["goals"] = sorted(repr(sorted(without_words(g).items(), key=str)) for g in whole["goals"].values())
    parts["free"] = {path: without_words(v) for path, v in (whole.get("free") or {}).items()}
    parts["statuses"] = sorted(
        element["status"] for name, element in whole["elements"].items() if name.startswith("event_")
    )
    return parts


def test_there_are_at_least_thirty() -> None:
    assert len(PAIRS) >= 30 and len({english for english, _ in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize(("english", "chinese"), PAIRS)
def test_a_pair_is_one_scene(english: str, chinese: str) -> None:
    one, two = content(english), content(chinese)
    for part in one:
        assert one[part] == two[part], part
