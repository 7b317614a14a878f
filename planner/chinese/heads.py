"""The head of a noun phrase: compounds with their whole (积木塔), measure words that hold or group (一杯水, 一堆积木), unknown words."""

from __future__ import annotations

from planner.chinese.closed_classes import CONTAINERS, COUNTS, PIECES, ROWS, by_tail
from planner.chinese.items import Item, Nominal
from planner.chinese.lexicon import Word
from planner.chinese.segment import MEASURE_WORDS

__all__ = ["Heads"]


OPENINGS = frozenset(["doorway", "entrance", "exit", "roof", "rooftop"])


class Heads:
    """Closes noun phrases over segmented words."""

    def __init__(self, texts: list[str], words: list[Word]) -> None:
        self.texts = texts
        self.words = words
        self.items: list[Item] = []

    def _close(self, n: Nominal, i: int, j: int, nouns: list[int], measure: str | None) -> Nominal | None:
        if not nouns:
            if (
                (n.selector and (measure or n.definite))
                or (n.counted and measure and n.color)
                or (n.definite and measure)
            ):
                n.end, n.mention = j, (i, j)
                return n
            if n.counted and measure and not MEASURE_WORDS.isdisjoint({measure}) and measure not in COUNTS:
                n.end, n.mention = j, (i, j)
                return n
            return None
        last = nouns[-1]
        word = self.words[last]
        n.end, n.mention = j, (last, last + 1)
        group = word.get("group")
        if group is not None and len(nouns) > 1:
            members = self._plain(nouns[-2])
            members.material, members.color = n.material, n.color
            n.material = n.color = None
            members.count = None
            n.head, n.group, n.members, n.role = group, group, members, "object"
            return n
        if word.noun is not None:
            self._apply(n, word)
            for k in nouns[:-1]:
                whole = self.words[k].noun
                if (
                    n.head in OPENINGS
                    and whole is not None
                    and whole.role in ("region", "object", "obstacle")
                    and n.owner is None
                ):
                    n.owner = self._plain(k)  # 仓库门口
                    continue
                self._describe_by_noun(n, k)
        elif (tail := by_tail(self.texts[last])) is not None:
            self._apply(n, Word(self.texts[last], own=tail))
        else:
            n.head, n.unknown = self.texts[last], True
            if group is not None:
                n.head, n.unknown = group, False
        if measure is not None:
            return self._measured(n, measure)
        if n.role == "fluid" and not n.counted:
            n.count = 1
        return n

    def _plain(self, k: int) -> Nominal:
        n = Nominal(k, k + 1, mention=(k, k + 1))
        if self.words[k].noun is not None:
            self._apply(n, self.words[k])
        elif (tail := by_tail(self.texts[k])) is not None:
            self._apply(n, Word(self.texts[k], own=tail))
        else:
            n.head, n.unknown = self.texts[k], True
        return n

    def _apply(self, n: Nominal, word: Word) -> None:
        noun = word.noun
        assert noun is not None
        n.head, n.role = noun.head, noun.role
        n.material = n.material or noun.material
        n.size = n.size or noun.size
        n.attributes += [a for a in noun.attributes if a not in n.attributes]

    def _measured(self, n: Nominal, measure: str) -> Nominal:
        """一堆积木 is a pile of blocks, 一杯水 a cup with water, 一排骨牌 dominoes in a row, 一块冰 a piece."""
        key = measure.removeprefix("小").removeprefix("大") if len(measure) == 2 else measure
        group = {
            "堆": "pile",
            "摞": "stack",
            "叠": "stack",
            "垛": "stack",
            "捆": "bundle",
            "束": "bundle",
            "群": "group",
        }.get(key)
        if group == "group" or measure in ROWS:
            n.count = None
            if measure in ROWS:
                n.attributes.append(ROWS[measure])
        elif group is not None:
            whole = Nominal(n.start, n.end, group, n.mention, counted=True, count=n.count, group=group, members=n)
            n.count, n.counted = None, False
            return whole
        elif measure in ("双", "对"):
            n.count = 2 * (n.count or 1)
        elif (
            key in CONTAINERS
            and n.head != CONTAINERS[key]
            and (n.role in ("fluid",) or key not in ("箱", "盘", "车", "锅") or n.role == "object")
            and not n.attributes.count("potted")
        ):
            n.holder = Nominal(
                n.start,
                n.end,
                CONTAINERS[key],
                n.mention,
                role="container" if key != "盘" else "support",
                counted=True,
                count=n.count,
            )
            n.count, n.counted = (1 if n.role == "fluid" else None), False
        elif (
            measure in PIECES
            and n.material is not None
            and n.head in (n.material, "ice", "iron", "wood", "glass", "paper", "cloth", "cheese", "rubber")
        ):
            n.attributes.append("piece")
        elif measure == "滴" and n.role == "fluid":
            n.attributes.append("drop")
        elif measure == "些":
            n.count = None
        return n

    def _describe_by_noun(self, n: Nominal, k: int) -> None:
        word = self.words[k]
        n.attributes.append(word.get("attribute") or (word.noun.head.replace(" ", "_") if word.noun else self.texts[k]))
