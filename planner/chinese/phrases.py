"""From segmented words to the items that the clause reader walks through: closed classes, noun phrases, verbs, manners."""

from __future__ import annotations

from planner.chinese.closed_classes import (
    COUNTS,
    DISPLAY,
    ENDINGS,
    LOCALISER_OF,
    PREPOSITIONS,
    PROPERTIES,
    RESULTS,
    SELECTORS,
    SEQUENCE,
)
from planner.chinese.items import Item
from planner.chinese.lexicon import VerbSense, Word
from planner.chinese.measures import MEASURE, numeral, read_measure
from planner.chinese.nominals import Nominals
from planner.chinese.segment import DISTRIBUTIVE, MEASURE_WORDS, dictionary_tag, is_numeral
from planner.chinese.sources import cameras, verb_of_compound

__all__ = ["Phrases"]


class Phrases(Nominals):
    """Reads one text. `items` is the result; unknown words become noun phrases or verbs by their place."""

    def __init__(self, texts: list[str], words: list[Word]) -> None:
        super().__init__(texts, words)
        position = 0
        while position < len(texts):
            item = self._item(position)
            self.items.append(item)
            position = item.end

    def _item(self, i: int) -> Item:
        text = self.texts[i]
        if DISTRIBUTIVE.fullmatch(text):
            many = self._nominal(i + 1) if i + 1 < len(self.texts) else None
            if many is not None and many.head is not None and text[-1] != "地" and not self.words[i + 1].verb:
                many.start, many.count = i, None  # 一圈圈波纹
                return Item("NP", i, many.end, "".join(self.texts[i : many.end]), np=many)
            return Item("ADV", i, i + 1, text, value="one_after_another")
        if text in cameras():
            return Item("CAMERA", i, i + 1, text, value=cameras()[text])
        if text.isspace():
            return Item("SKIP", i, i + 1, text)
        if not any(c.isalnum() for c in text):
            kind = "END" if text in ENDINGS else "CONJ" if text == "、" else "SEP" if text in "，,：:…—" else "SKIP"
            return Item(kind, i, i + 1, text)
        closed = self._closed(i)
        if closed is not None:
            return closed
        nominal = self._nominal(i)
        if nominal is not None:
            kind = "NP"
            return self._shown(Item(kind, i, nominal.end, "".join(self.texts[i : nominal.end]), np=nominal))
        return self._other(i)

    def _closed(self, i: int) -> Item | None:
        text, word = self.texts[i], self.words[i]
        last = self._last()
        following = self.texts[i + 1] if i + 1 < len(self.texts) else ""
        next_word = self.words[i + 1] if i + 1 < len(self.words) else Word("")
        one = lambda kind, **k: Item(kind, i, i + 1, text, **k)  # noqa: E731
        match = MEASURE.fullmatch(text)
        measure = read_measure(match) if match else None
        if measure is not None:
            if (following == "的" or measure.role) and self._nominal(i) is not None:
                return None
            return one("MEAS", measure=measure)
        if text in DISPLAY:
            return one("SHOWN")
        if text == "的":
            return one("DE")
        if text == "地" and last in ("ADV", "ADJ"):
            return one("SKIP")
        if text in ("得", "地得"):
            return one("GET")
        if text in ("了", "着") or (text == "过" and last == "V"):
            return one("ASP")
        if text in ("不", "没", "没有", "未", "别", "无法", "并未", "不会", "不再", "未能", "没能"):
            if text == "没有" and last in ("LOC", "") and next_word.noun:
                return one("HAVE", value="no")
            return one("NEG")
        if text == "为" and last == "NP" and self._noun_or_count_follows(i + 1):
            return one("P", value="给")
        if text == "有" or text == "是" or text == "为":
            return one("HAVE" if text == "有" else "BE")
        paired = text in ("一边", "一面", "边") and text in self.texts[i + 1 :] and next_word.verb is not None
        again = any(item.kind == "SIM" for item in self.items) and text in ("一边", "一面", "边")
        if paired or again or (text in ("一边", "一面") and next_word.verb is not None and last != "NP"):
            return one("SIM")
        if (
            text in ("一", "刚")
            and next_word.verb is not None
            and not next_word.noun
            and following not in MEASURE_WORDS
        ):
            return one("ONCE")
        if text in ("越", "越来越"):
            return one("MORE")
        if text in ("前", "后") and last == "NP" and self._speaks_of_time(i):
            return one("SEQ" if text == "后" else "SKIP")
        if text in LOCALISER_OF and last in ("NP", "PROP") and not self._verbal_after_noun(i):
            return one("LOC", value=LOCALISER_OF[text])
        if (
            text in LOCALISER_OF
            and last in ("P", "SEP", "", "END", "SEQ")
            and len(text) > 1
            and not word.get("manner")
            and text not in SEQUENCE
            and not (following == "的" or self._noun_follows(i + 1))
        ):
            return one("LOC", value=LOCALISER_OF[text])
        if (
            text == "掉"
            and last == "V"
            and len(self.texts[i - 1]) > 1
            and following in ("了", "到", "下来", "下去", "进", "入", "在")
        ):
            return None
        if text in (
            "下来",
            "下去",
            "上来",
            "上去",
            "起来",
            "进来",
            "进去",
            "出来",
            "出去",
            "过来",
            "过去",
            "回来",
            "回去",
            "开来",
            "开去",
            "来",
            "去",
            "起",
            "出",
            "开",
            "走",
            "回",
            "掉",
            "住",
        ) and last in ("V", "ASP", "DIR"):
            return one("DIR")
        if text in ("身", "身子") and last in ("V", "ASP", "DIR"):
            return one("SKIP")
        if text in ("绕", "围绕", "环绕") and self._goes_around(i):
            return one("P", value="绕")
        if text == "下" and last == "V" and following in ("的", "，"):
            return one("SKIP")
        if text in ("下", "上", "过", "回") and last in ("V", "ASP"):
            return one("DIR")
        if text in ("下", "上") and last in ("NP",) and next_word.noun is not None:
            return one("DIR")
        if text in ("入", "进") and last not in ("V", "ASP", "DIR"):
            return None
        if text in PREPOSITIONS:
            if text in ("把", "对") and i and is_numeral(self.texts[i - 1]):
                return None
            if text == "叫" and not (next_word.noun or following in ("一", "这", "那")):
                return None
            if (
                text == "在"
                and not next_word.has_noun
                and not next_word.classes
                and following
                and dictionary_tag(following)[:1] == "v"
            ):
                return one("SKIP")
            if (
                text == "在"
                and (next_word.verb is not None and not next_word.noun)
                and not next_word.classes.keys() & {"material", "color", "size"}
            ):
                return one("SKIP")
            return one("P", value=PREPOSITIONS[text])
        if text == "成" and last in ("V", "ASP", "DIR"):
            return one("BECOME")
        if text in ("以下", "以上", "左右", "之间") and last == "MEAS":
            return one("SKIP")
        if text in ("和", "与", "跟", "及", "以及", "或", "同"):
            return one("CONJ")
        if text in ("处", "地方", "位置") and last in ("MEAS", "DE"):
            return one("SKIP")
        if text in ("根据", "按照", "依据", "关于"):
            return one("ABOUT")
        if text in ("时", "的时候", "时候", "期间", "过程中", "的同时"):
            return one("WHEN")
        if text in SEQUENCE and not (text in SELECTORS and self._selects(i)):
            return one("SEQ", value="same" if text in ("同时", "此时", "这时") else None)
        if text in PROPERTIES and not is_numeral(following):
            return one("PROP", value=PROPERTIES[text])
        if (
            is_numeral(text)
            and following in COUNTS
            and not self._noun_follows(i + 2)
            and last in ("V", "ASP", "DIR", "NP")
        ):
            number = numeral(text)
            return Item("TIMES", i, i + 2, text + following, count=int(number) if number else None)
        return None

    def _speaks_of_time(self, i: int) -> bool:
        """接住篮球之前, 放进咖啡后，: said of what is done to the noun, and not of where it is (停在墙后, 墙前)."""
        kinds = [item.kind for item in self.items if item.kind != "SKIP"]
        done = len(kinds) >= 2 and kinds[-1] == "NP" and kinds[-2] in ("V", "ASP", "DIR")
        after = self.texts[i + 1] if i + 1 < len(self.texts) else ""
        said = self.texts[i - 1] in ("之", "以") or (self.texts[i] == "后" and after in ("，", ","))
        return done and said

    def _goes_around(self, i: int) -> bool:
        """绕塔飞行: around what stands between it and a verb of the same clause."""
        landmark = self._nominal(i + 1) if i + 1 < len(self.texts) else None
        if landmark is None or landmark.end >= len(self.words):
            return False
        after = landmark.end + (self.texts[landmark.end] in ("飞快", "快速", "缓缓", "不停"))
        return after < len(self.words) and self.words[after].verb is not None and not self.words[after].noun

    def _shown(self, item: Item) -> Item:
        """A noun that speaks of the picture (动画, 延时摄影) is no thing of the scene."""
        n = item.np
        if n is not None and n.mention is not None and self.texts[n.mention[0]] in DISPLAY:
            return Item("SHOWN", item.start, item.end, item.text)
        return item

    def _last(self) -> str:
        for item in reversed(self.items):
            if item.kind not in ("SKIP",) or item.text.strip() == "":
                if item.text.strip() == "":
                    continue
                return item.kind
        return ""

    def _verbal_after_noun(self, i: int) -> bool:
        """上坡, 下山: 上 and 下 before a noun that they move along."""
        return (
            self.texts[i] in ("上", "下")
            and self._noun_follows(i + 1)
            and not (i + 2 < len(self.texts) and self.texts[i + 1] in "的")
        )

    def _compound_verb(self, i: int) -> Item | None:
        """砸坏, 踢倒: a verb and its result as one item with the events that the shared lexicon reads in them."""
        if i + 1 >= len(self.texts) or len(self.texts[i]) > 1 or self.texts[i + 1] not in RESULTS:
            return None
        reading = verb_of_compound(self.texts[i] + self.texts[i + 1])
        if reading is None:
            return None
        return Item(
            "V",
            i,
            i + 2,
            self.texts[i] + self.texts[i + 1],
            verb=VerbSense(reading.lemmas, reading.flags, reading.manner),
        )

    def _other(self, i: int) -> Item:
        text, word = self.texts[i], self.words[i]
        following = self.words[i + 1] if i + 1 < len(self.words) else Word("")
        one = lambda kind, **k: Item(kind, i, i + 1, text, **k)  # noqa: E731
        manner = word.get("manner")
        if manner is not None and (word.verb is None or following.verb is not None):
            return one("ADV", value=manner)
        if word.verb is not None:
            return self._compound_verb(i) or one("V", verb=word.verb)
        if text in ("旁", "旁边", "周围") or (text in LOCALISER_OF and text not in ("上", "下", "前", "后", "中")):
            return one("LOC", value=LOCALISER_OF.get(text, "next_to"))
        if word.get("attribute") or word.get("size") or word.get("color"):
            return one("ADJ", value=word.get("attribute") or word.get("size") or word.get("color"))
        if word.get("material"):
            n = self._plain(i)
            n.head, n.unknown, n.material = word.get("material"), False, word.get("material")
            return Item("NP", i, i + 1, text, np=n)
        if text in ("下", "上", "去", "来") or is_numeral(text) or "skip" in word.classes or text in MEASURE_WORDS:
            return one("SKIP")
        tag = dictionary_tag(text)
        if tag.startswith(("d", "c", "p", "r", "u", "e", "y", "o", "f", "m", "q", "t")):
            return one("SKIP")
        if tag.startswith("v"):
            return (
                one("V", verb=VerbSense((text,), frozenset("it?"))) if len(text) > 1 or following.noun else one("SKIP")
            )
        if tag.startswith("a"):
            return one("ADJ", value=None)
        n = self._plain(i)
        return Item("NP", i, i + 1, text, np=n)
