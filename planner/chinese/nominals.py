"""Noun phrases: numerals, measure words, modifiers and compounds, up to the head."""

from __future__ import annotations

import re

from planner.chinese.closed_classes import (
    DEGREES,
    LOCALISER_OF,
    PREPOSITIONS,
    PRONOUNS,
    PROPERTIES,
    SELECTORS,
)
from planner.chinese.heads import Heads
from planner.chinese.items import Nominal
from planner.chinese.measures import MEASURE, Measure, numeral, read_measure
from planner.chinese.segment import MEASURE_WORDS, SHAPE, dictionary_tag, is_numeral

__all__ = ["Nominals"]


LABEL = re.compile(r"[A-Z]\d?")
BARE_PLACES = frozenset(["上面", "下面", "里面", "前面", "后面", "前方", "后方", "旁边", "身边", "身后", "底下"])
QUALITIES = frozenset(["颜色", "大小", "形状", "材质", "尺寸", "高度", "重量", "质量", "密度", "材料"])


PACES = {"快": "fast", "慢": "slow"}


class Nominals(Heads):
    """Reads noun phrases out of segmented words."""

    def _nominal(self, i: int) -> Nominal | None:
        n = Nominal(i, i)
        j = i
        size = len(self.texts)
        text = self.texts[j]
        if text in PRONOUNS:
            n.pronoun, n.mention, n.end = text, (j, j + 1), j + 1
            return n
        color = self.words[j].get("color")
        if color is not None and self.texts[j + 1 : j + 2] == ["的"] and not self._more(j + 2):
            n.color, n.mention, n.end = color, (j, j + 2), j + 2  # 红的在左边
            return n
        while j < size and (
            self.texts[j]
            in ("同一", "这", "那", "该", "此", "每", "各", "某", "所有", "这些", "那些", "整个", "全部", "这个")
            or self._is_selector(j)
        ):
            if self.texts[j] in SELECTORS:
                n.selector = SELECTORS[self.texts[j]]
                if (
                    j + 2 < size
                    and self.texts[j + 1] == "的"
                    and (is_numeral(self.texts[j + 2]) or self.texts[j + 2] in ("那", "这"))
                ):
                    j += 1
            elif self.texts[j] not in ("同一", "每", "各", "某", "所有", "整个", "全部"):
                n.definite = True
            elif self.texts[j] in ("所有", "各", "全部"):
                n.count, n.definite = None, True
                if j + 2 < size and self.texts[j + 1] == "的" and self._more(j + 2):
                    j += 1
            j += 1
        if j < size and self.texts[j] == "第" and j + 1 < size and is_numeral(self.texts[j + 1]):
            n.selector = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}.get(
                int(numeral(self.texts[j + 1]) or 0), "another"
            )
            j += 2
        elif j < size and is_numeral(self.texts[j]) and j + 1 < size:
            number = numeral(self.texts[j])
            n.count, n.counted = (int(number) if number and number == int(number) else None), True
            j += 1
        measure = None
        if j < size and self.texts[j] in MEASURE_WORDS and (n.counted or n.definite or n.selector):
            bare_noun = (
                self.texts[j] in "车杯瓶碗桶盘箱袋锅壶" and (n.count or 0) > 1 and n.counted and not self._more(j + 1)
            )  # 两车
            follows = j + 1 < size and self.texts[j + 1] not in ("的", "，")
            if not bare_noun and not (
                self.words[j].noun is not None and not follows and not n.counted and not n.selector
            ):
                measure = self.texts[j]
                j += 1
        return self._finish(n, i, j, measure)

    def _is_selector(self, j: int) -> bool:
        text = self.texts[j]
        if text == "中间":
            return (
                j + 1 < len(self.texts)
                and self.texts[j + 1] in ("那", "的")
                and (self.texts[j + 1] == "那" or self._noun_follows(j + 2))
            )
        if text.startswith("最") and text != "最后":
            return (
                text in SELECTORS
                and j + 2 < len(self.texts)
                and self.texts[j + 1] in ("的", "那", "一")
                and (
                    is_numeral(self.texts[j + 2])
                    or self.texts[j + 2] in MEASURE_WORDS
                    or self.texts[j + 2] in ("那", "这")
                )
            )
        return text in SELECTORS and (text != "最后" or self._selects(j))

    def _finish(self, n: Nominal, i: int, j: int, measure: str | None) -> Nominal | None:
        size = len(self.texts)
        nouns: list[int] = []
        bare = j
        while j < size:
            text, word = self.texts[j], self.words[j]
            if text == "的":
                if j > bare and self._more(j + 1) and not nouns:
                    j += 1
                    continue
                break
            if text.isspace() and j + 1 < size and self.texts[j + 1].isascii():
                j += 1
                continue
            match = MEASURE.fullmatch(text)
            quantity: Measure | None = read_measure(match) if match else None
            if quantity is not None and not nouns and self._more(j + 1, measure_before=True):
                n.measures.append((quantity, j))
                j += 1
                while j < size and (
                    self.texts[j] in ("处", "、", "外", "开外", "之外", "远")
                    or (self.texts[j] in ("和", "与") and j + 1 < size and MEASURE.fullmatch(self.texts[j + 1]))
                ):
                    j += 1
                continue
            if text in DEGREES and j + 1 < size and self.words[j + 1].classes.keys() & {"attribute", "size"}:
                j += 1
                continue
            if text in MEASURE_WORDS and word.noun is None and j > bare and not nouns and self._noun_follows(j + 1):
                j += 1
                continue
            if nouns and word.noun is not None and word.verb is None and self._compound(nouns[-1], j):
                nouns.append(j)
                j += 1
                continue
            if not nouns and text in PACES and j + 1 < size and self.words[j + 1].noun and not self.words[j + 1].verb:
                n.attributes.append(PACES[text])  # 快球超过慢球
                j += 1
                continue
            if not nouns and self._modifier(n, j):
                j += 1
                if (
                    n.color
                    and j + 1 < size
                    and self.texts[j] in ("和", "与", "、")
                    and self.words[j + 1].get("color")
                    and self._more(j + 2)
                ):
                    n.color = f"{n.color}+{self.words[j + 1].get('color')}"  # 黑色和白色油漆
                    j += 2
                continue
            if nouns and LABEL.fullmatch(text):
                n.attributes.append(text)  # 小球A
                j += 1
                break
            if text in QUALITIES and j > bare and not nouns and self.texts[j + 1 : j + 2] == ["的"]:
                if text in ("质量", "重量") and "different" in n.attributes:
                    n.attributes[n.attributes.index("different")] = "different_masses"
                j += 1
                continue
            if nouns and self._billiard(nouns[-1], j):
                for k in nouns:
                    self._describe_by_noun(n, k)
                nouns = []
                continue
            if nouns and text in ("模型", "玩具"):
                n.attributes.append("model" if text == "模型" else "toy")
                j += 1
                continue
            if not nouns and self._is_noun(j, j > i):
                nouns.append(j)
                j += 1
                continue
            if not nouns and self._says_what_for(j, j > i):
                n.attributes.append(text)
                j += 1
                continue
            break
        if nouns and j < size and self.texts[j] == "们":
            n.count, j = None, j + 1
        return self._close(n, i, j, nouns, measure)

    def _says_what_for(self, j: int, counted: bool) -> bool:
        """服务机器人: an unknown verb before a noun that has a verb of its own says what kind of thing it is."""
        word, text = self.words[j], self.texts[j]
        if word.verb or word.noun or word.classes or len(text) < 2 or not self._noun_follows(j + 1):
            return False
        if not dictionary_tag(text).startswith("v") or (not counted and self.items and self.items[-1].kind == "NP"):
            return False
        return any(
            w.verb is not None or t in ("把", "将", "被")
            for t, w in zip(self.texts[j + 2 :], self.words[j + 2 :], strict=True)
        )

    def _more(self, j: int, measure_before: bool = False) -> bool:
        """Whether a noun (perhaps with modifiers) starts at `j`, so that what stands before it belongs to it."""
        size = len(self.texts)
        for k in range(j, min(size, j + 9)):
            text, word = self.texts[k], self.words[k]
            if text in QUALITIES and k > j and self.texts[k + 1 : k + 2] == ["的"]:
                continue
            if text in QUALITIES and self.texts[k + 1 : k + 2] == ["的"] and self.words[k - 1].classes:
                continue
            if text in PROPERTIES or text in ("地方", "位置"):
                return False
            if self._is_noun(k, True):
                return True
            if (text in ("的", "和", "、", "、", "与", "处") and measure_before) or text == "的" or text.isspace():
                continue
            if (
                word.classes.keys() & {"color", "size", "material", "attribute", "position"}
                or text in DEGREES
                or is_numeral(text)
                or text in MEASURE_WORDS
            ):
                continue
            if (match := MEASURE.fullmatch(text)) and read_measure(match):
                continue
            return False
        return False

    def _is_noun(self, j: int, inside: bool) -> bool:
        word = self.words[j]
        if word.noun is not None:
            if not inside and word.verb is not None and self._must_be_noun():
                return True
            if self.texts[j] == "地" or (self.texts[j] in LOCALISER_OF and not inside):
                return word.noun is not None and inside and self.texts[j] == "地"
            return word.verb is None or inside
        if word.get("group") is not None and inside:
            return True
        return inside and self._unknown_noun(j)

    def _must_be_noun(self) -> bool:
        """After a preposition, or a verb that wants a place (掉进推车), a word that could be a verb is a noun."""
        last = next((item for item in reversed(self.items) if item.text.strip()), None)
        if last is None:
            return False
        return (last.kind == "P" and last.value in ("把", "到", "从", "入")) or (
            last.kind == "V" and len(last.text) > 1 and last.text[-1] in "进入"
        )

    def _unknown_noun(self, j: int) -> bool:
        word, text = self.words[j], self.texts[j]
        if (
            word.verb
            or word.classes
            or not text[0].isalnum()
            or is_numeral(text)
            or text in MEASURE_WORDS
            or text in LOCALISER_OF
            or text in PREPOSITIONS
        ):
            return False
        return not dictionary_tag(text).startswith(("v", "d", "c", "p", "r", "u", "a"))

    def _modifier(self, n: Nominal, j: int) -> bool:
        """Takes word `j` into `n` as a modifier when a noun follows."""
        word, text = self.words[j], self.texts[j]
        if SHAPE.fullmatch(text) and self._more(j + 1):
            n.attributes.append(f"{text[0].lower()}_shaped")
            return True
        kinds = word.classes.keys() & {"color", "size", "material", "attribute", "position"}
        if not kinds or not self._more(j + 1):
            return False
        follows_de = j + 1 < len(self.texts) and self.texts[j + 1] == "的"
        stated = n.counted and "size" in kinds and len(text) == 1  # 三根长钢管
        if word.verb is not None and not follows_de and not kinds & {"color", "material"} and not stated:
            return False
        if "manner" in word.classes and not follows_de and kinds <= {"position"}:
            return False
        if (
            follows_de
            and word.noun is not None
            and word.noun.role not in ("ground", "fluid")
            and not kinds & {"material", "color"}
            and not (len(text) == 1 and "attribute" in kinds)
        ):
            return False
        if "color" in kinds:
            n.color = word.get("color")
        elif "material" in kinds and not (text in ("雪", "冰", "沙") and follows_de):
            n.material = word.get("material")
        elif "size" in kinds:
            n.size = word.get("size")
        elif "position" in kinds and follows_de and text in BARE_PLACES and self.items:
            n.place = (None, text)
        elif "position" in kinds:
            n.attributes.append(str(word.get("position")))
        elif "attribute" in kinds:
            n.attributes.append(str(word.get("attribute")))
        else:
            return False
        return True

    def _compound(self, k: int, j: int) -> bool:
        """Whether noun `j` goes on after noun `k` in one compound (积木 塔, 咖啡 杯), rather than starting a phrase of its own."""
        left, right = self.words[k].noun, self.words[j].noun
        if left is None:
            return True
        if right is None or (self.texts[j] in LOCALISER_OF and self.texts[j] not in ("塔",)):
            return False
        if left.role == "character" or right.role == "field" or right.role == "character":
            return False
        return not (j + 1 < len(self.texts) and self.texts[j + 1] == "那")

    def _billiard(self, k: int, j: int) -> bool:
        """台球白球: a noun that names the kind of a second, coloured noun."""
        return (
            self.words[k].get("attribute") is not None
            and "color" in self.words[j].classes
            and self._noun_follows(j + 1)
        )

    def _selects(self, i: int) -> bool:
        following = self.texts[i + 1 : i + 3]
        return (
            bool(following)
            and (following[0] in ("一", "的", "那", "这") or following[0] in MEASURE_WORDS)
            and not (
                len(following) > 1
                and self.words[i + 2].verb
                and not self.words[i + 2].noun
                and following[1] not in MEASURE_WORDS
            )
        )

    def _noun_follows(self, i: int) -> bool:
        return i < len(self.words) and self.words[i].noun is not None and self.words[i].verb is None

    def _noun_or_count_follows(self, i: int) -> bool:
        return i < len(self.texts) and (
            self._noun_follows(i) or is_numeral(self.texts[i]) or self.texts[i] in SELECTORS
        )
