"""Words of Chinese text: measures first, then jieba with the domain's dictionary, then a check against the lexicon.

jieba glues what the grammar needs apart (一枚, 桌面上, 一站); a word that the lexicon does not know but can spell with words
that it knows is taken apart. Unknown single characters in a row become one unknown word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from planner.chinese.closed_classes import (
    DEGREES,
    DISPLAY,
    LOCALISER_OF,
    PREPOSITIONS,
    PRONOUNS,
    PROPERTIES,
    SELECTORS,
    SEQUENCE,
)
from planner.chinese.lexicon import lexicon, to_simplified, word_of
from planner.chinese.measures import MEASURE, numeral, read_measure
from planner.chinese.sources import cameras

__all__ = ["DISTRIBUTIVE", "MEASURE_WORDS", "SHAPE", "Segmenter", "dictionary_tag", "is_numeral"]

SCREEN_EDGES = frozenset(f"{a}{b}" for a in ("左", "右", "上", "下", "左上", "右上", "左下", "右下", "前", "后", "最左", "最右") for b in ("边缘", "侧", "端", "角", "边", "方"))  # fmt: skip
MEASURE_WORDS = frozenset(
    ["个", "只", "块", "根", "辆", "颗", "枚", "粒", "排", "堆", "杯", "条", "张", "把", "本", "支", "枝", "件", "座", "台", "盏", "棵", "朵", "片", "头", "匹", "位", "名", "架", "艘", "扇", "面", "幅", "段", "串", "束", "群", "对", "双", "滴", "层", "瓶", "桶", "碗", "盆", "罐", "箱", "袋", "壶", "锅", "盘", "盒", "筐", "勺", "摞", "叠", "队", "列", "圈", "次", "下", "回", "遍", "趟", "步", "种", "节", "口", "顶", "阵", "道", "团", "枝", "栋", "幢", "套", "组", "捆", "截", "股", "丝", "缕", "些", "具", "发", "声", "副", "行", "尊", "间", "所", "家", "株", "轮", "垛", "根儿", "颗颗", "场", "项", "点", "半", "部", "首", "册", "瓣", "匙", "罐子", "篮", "车", "窝", "滩", "汪", "堵",
        "圈圈", "阵阵", "层层", "排排", "个个", "滴滴", "堆堆", "条条", "缕缕", "大堆", "小堆", "大块", "小块", "小片", "大片", "小段", "小杯", "大杯", "满满一杯", "小滴", "枚枚", "只只"]
)  # fmt: skip
NUMERAL = re.compile(r"^(?:\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万亿]+|几|数|几十|数十|许多|很多|多|大量|无数|一些|若干|几百|数百|两三|三四|七八|成千上万|好几|一群群|[一二三四五六七八九十百]+分之[一二三四五六七八九十百]+)$")  # fmt: skip
_HAN_RUN = re.compile(r"[㐀-鿿]+")
SHAPE = re.compile(r"[A-Z](?:形|型|字形)")
DISTRIBUTIVE = re.compile(
    r"一([个本块级只张颗片步圈层辆粒滴根条朵枚件口寸点])(?:接着?|又|挨着?|连着?|跟着?)?一\1地?|一([个本块级只张颗片步圈层辆粒滴根条朵枚件口寸点])\2地?"
)
_OTHER = re.compile(r"[A-Za-z]+(?:[-'][A-Za-z]+)*|\d+(?:\.\d+)?|\s+|.", re.S)
CLOSED = SCREEN_EDGES | frozenset(["底", "顶", "顶上", "底下", "温度分布", "变化过程", "延时摄影", "慢动作", "背景", "前景"]) | frozenset(
    ["的", "地", "得", "着", "了", "过", "在", "从", "到", "把", "将", "被", "让", "给", "向", "往", "朝", "沿", "沿着", "顺着", "顺", "随", "随着", "用", "以", "由", "自", "跟", "和", "与", "同", "及", "并", "而", "后", "时", "就", "又", "也", "都", "再", "先", "一", "越", "不", "没", "没有", "未", "别", "上", "下", "里", "中", "内", "外", "旁", "边", "左", "右", "前", "端", "处", "这", "那", "它", "它们", "他", "她", "有", "是", "为", "使", "令", "于", "至", "入", "进", "出", "回", "起", "开", "来", "去", "走", "掉", "住", "倒", "翻", "碎", "破", "断", "裂", "飞", "落", "响", "满", "散", "下来", "下去", "上来", "上去", "起来", "进来", "进去", "出来", "出去", "过来", "过去", "回来", "回去", "开来", "开去", "旁边", "左边", "右边", "上面", "下面", "里面", "外面", "前面", "后面", "上方", "下方", "左侧", "右侧", "中间", "中央", "之间", "底下", "边缘", "顶部", "底部", "顶端", "底端", "一端", "一头", "另一端", "另一头", "两端", "附近", "周围", "对面", "表面", "中心", "内部", "上空", "角落", "之上", "之下", "之中", "背后", "身后", "身旁", "面前", "远处", "近处", "半空中", "空中", "们", "同一", "另", "另一", "其", "某", "每", "各", "最后", "第", "所", "且", "或", "等"]
)  # fmt: skip


def is_numeral(text: str) -> bool:
    return bool(NUMERAL.match(text))


@cache
def _known(text: str) -> bool:
    return text in lexicon() or text in CLOSED or text in MEASURE_WORDS or is_numeral(text)


@cache
def _jieba() -> Any:
    """A jieba tokenizer of our own, so that words added here touch nobody else's."""
    import logging

    import jieba

    jieba.setLogLevel(logging.CRITICAL)
    tokenizer = jieba.Tokenizer()
    frequencies, total = _frequencies()
    tokenizer.FREQ, tokenizer.initialized = frequencies, True
    tables = (
        LOCALISER_OF,
        PREPOSITIONS,
        SEQUENCE,
        PROPERTIES,
        PRONOUNS,
        SELECTORS,
        DEGREES,
        DISPLAY,
        cameras(),
        MEASURE_WORDS,
    )
    for text in (*lexicon(), *CLOSED, *(word for table in tables for word in table)):
        if len(text) < 2 or text.isascii():
            continue
        old = frequencies.get(text, 0)
        new = max(old, 3000)
        frequencies[text] = new
        total += new - old
        for end in range(1, len(text)):
            frequencies.setdefault(text[:end], 0)
    tokenizer.total = total
    return tokenizer


def _frequencies() -> tuple[dict[str, int], int]:
    """jieba's own dictionary without its rarest and longest words: a fifth of the time to load, and no cache file."""
    found = {word.decode(): int(number) for word, number in re.findall(rb"(?m)^(\S{1,12}) (\d{2,}|[5-9]) ", _tags())}
    total = sum(found.values())
    for word in list(found):
        for end in range(1, len(word)):
            found.setdefault(word[:end], 0)
    return found, total


@cache
def _tags() -> bytes:
    import jieba

    return b"\n" + (Path(jieba.__file__).parent / "dict.txt").read_bytes()


@cache
def dictionary_tag(text: str) -> str:
    """The part of speech that jieba's dictionary gives to a word that the lexicon lacks (n, v, a, d ...), or ""."""
    key = b"\n" + text.encode() + b" "
    table = _tags()
    at = table.find(key)
    if at < 0:
        return ""
    return table[at + 1 : table.find(b"\n", at + 1)].decode().split()[-1]


class Segmenter:
    """Stands where spaCy's Chinese tokenizer expects jieba: `cut(text)` yields words that join to `text`."""

    def cut(self, text: str, cut_all: bool = False) -> Iterator[str]:
        position = 0
        for match in MEASURE.finditer(to_simplified(text)):
            if read_measure(match) is None or _inside_word(text, match.start(), match.end()):
                continue
            yield from _words(text[position : match.start()])
            yield text[match.start() : match.end()]
            position = match.end()
        yield from _words(text[position:])


def _inside_word(text: str, start: int, end: int) -> bool:
    """Whether what looks like a measure is the tail of a longer numeral or an English word (A4)."""
    return start > 0 and text[start].isdigit() and (text[start - 1].isdigit() or text[start - 1] == ".")


def _words(text: str) -> Iterator[str]:
    position = 0
    for shape in SHAPE.finditer(text):
        yield from _plain_words(text[position : shape.start()])
        yield shape.group()
        position = shape.end()
    yield from _plain_words(text[position:])


def _plain_words(text: str) -> Iterator[str]:
    position = 0
    for run in _HAN_RUN.finditer(text):
        yield from _OTHER.findall(text[position : run.start()])
        yield from _han(run.group())
        position = run.end()
    yield from _OTHER.findall(text[position:])


def _han(run: str) -> Iterator[str]:
    plain = to_simplified(run)
    if match := DISTRIBUTIVE.search(plain):
        start, end = match.span()
        yield from _han(run[:start]) if start else ()
        yield run[start:end]
        yield from _han(run[end:]) if end < len(run) else ()
        return
    position = 0
    loose = ""
    for token, counted in _with_numerals(_jieba().cut(plain, HMM=False)):
        for piece in _spell(_uncounted(token, counted)):
            if len(piece) == 1 and not _known(piece):
                loose += piece
                continue
            if loose:
                yield run[position : position + len(loose)]
                position += len(loose)
                loose = ""
            yield run[position : position + len(piece)]
            position += len(piece)
    if loose:
        yield run[position:]


def _with_numerals(tokens: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Tokens, each with whether a numeral stands before it; 水流 is split where it is a subject with its verb (水流了出来)."""
    waiting = ""
    counted = False
    for token in [*tokens, ""]:
        if waiting:
            if token[:1] in tuple("了着出下到进过向入"):
                yield waiting[0], counted
                yield waiting[1], False
            else:
                yield waiting, counted
            counted, waiting = False, ""
        if token in ("水流", "风吹"):
            waiting = token
            continue
        if token:
            yield token, counted
            counted = is_numeral(token)


def _uncounted(token: str, counted: bool) -> str:
    """A marked token: after a numeral, 滴水 is a measure word and its noun."""
    return f"\0{token}" if counted and len(token) > 1 and token[0] in MEASURE_WORDS else token


@cache
def _spell(token: str) -> tuple[str, ...]:
    """`token` itself, or the known words that spell it when the lexicon does not have it."""
    if token.startswith("\0"):
        token = token[1:]
        rest = word_of(token[1:])
        if rest.has_noun and not word_of(token).has_noun:
            return token[0], *_spell(token[1:])
    if _known(token) or len(token) == 1:
        return (token,)
    best: list[tuple[int, tuple[str, ...]] | None] = [(0, ())] + [None] * len(token)
    for end in range(1, len(token) + 1):
        for start in range(end):
            before = best[start]
            if before is None or not _known(token[start:end]):
                continue
            option = (before[0] + 1, (*before[1], token[start:end]))
            if best[end] is None or option[0] < best[end][0]:  # type: ignore[index]
                best[end] = option
    found = best[-1]
    return found[1] if found and _grammatical(found[1]) else (token,)


def _grammatical(pieces: tuple[str, ...]) -> bool:
    """Whether known pieces may stand side by side in a phrase; two bare nouns rather make one unknown word (水手)."""
    if all(is_numeral(p) for p in pieces):
        return False
    for left, right in pairwise(pieces):
        a, b = word_of(left), word_of(right)
        plain_noun = b.noun is not None and right not in CLOSED and right not in MEASURE_WORDS
        if left in CLOSED or right in CLOSED or is_numeral(left) or left in MEASURE_WORDS or right in MEASURE_WORDS:
            continue
        if (
            a.noun is not None
            and plain_noun
            and not a.classes.keys() & {"material", "color", "size", "attribute", "position"}
        ):
            return False
        if numeral(left) is None and a.verb is not None and plain_noun and len(left) == 1 and len(right) == 1:
            return False
    return True
