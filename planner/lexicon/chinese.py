"""Chinese verb compounds: a base verb with aspect (了 着 过), a direction (下来, 出去) or a result (倒, 碎, 满).

Listed surfaces win; what is not listed is taken apart, so that 踢倒, 砸碎了 or 弹了起来 need no entry of their own.
"""

from __future__ import annotations

from functools import cache

from planner.lexicon.tables import key_values, rows, split_list
from planner.lexicon.verbs import Reading, chinese_readings, chinese_surfaces, verbs

__all__ = ["chinese_words", "directionals", "read_verb", "resultatives"]

ASPECT = "了着过"
EXTENTS = {"粉碎": "碎", "稀碎": "碎", "稀烂": "烂", "四分五裂": "碎", "四散": "散", "东倒西歪": "倒", "满地都是": "散"}
UPWARD = {"jump", "fly", "bounce", "float", "rise", "cloth", "throw", "grip", "explode", "flow", "hang"}


@cache
def directionals() -> dict[str, tuple[str, ...]]:
    """Directional complements with the manners that they add: 下来 is ("down",), 开 is ("apart",)."""
    return {surface: split_list(manner) for surface, manner, _ in _complements() if manner != "-"}


@cache
def resultatives() -> dict[str, Reading]:
    """Resultative complements with the event that they state (倒: topple) or the manner (满: full)."""
    table = {}
    for surface, _, extra in _complements():
        if extra:
            values = key_values(extra)
            event = values.get("event")
            table[surface] = Reading(
                (event,) if event else (), split_list(values.get("manner", "")), values.get("merge")
            )
    return table


@cache
def _complements() -> tuple[tuple[str, str, str], ...]:
    return tuple((a, b, c) for a, b, c in rows("complements.txt", fields=3))


@cache
def chinese_words() -> tuple[str, ...]:
    """All verb surfaces of two characters and more, for the user dictionary of a segmenter."""
    return tuple(sorted(surface for surface in chinese_surfaces() if len(surface) > 1))


@cache
def read_verb(surface: str) -> Reading | None:
    """The default reading of a Chinese verb group, or None.

    Aspect particles are dropped; 落了下来 is fall with manner down; 踢倒 is kick, then topple; 停了下来 is stop.
    """
    text = surface.strip()
    marked = text[:-1] if text[-1:] and text[-1] in ASPECT else text  # 过 may belong to the word: 滑过, 呼啸而过
    for option in dict.fromkeys(
        (text, marked, text.rstrip("了着"), marked.replace("了", ""), _plain(marked), _plain(text))
    ):
        if option and (readings := chinese_readings(option)):
            return readings[0]
    text = _plain(text)
    if len(text) > 2 and text[-2] == "不" and text[-1] in resultatives():
        return None  # 推不倒 denies its result: the caller reads the negation
    if len(text) == 4 and text[0] == text[2] and text[1::2] == "来去":  # 滚来滚去
        head = read_verb(text[0])
        return Reading(head.verbs, (*head.manner, "back_and_forth"), head.result) if head else None
    base, degree, extent = text.partition("得")
    if degree and base and extent in EXTENTS and (head := read_verb(base)):  # 砸得粉碎
        return _with_result(head, resultatives()[EXTENTS[extent]])
    for size in range(min(3, len(text) - 1), 0, -1):
        base, tail = text[:-size].rstrip("得"), text[-size:]
        if not base:
            continue
        readings = chinese_readings(base)
        head = readings[0] if readings else None
        if head is None and len(base) > 1 and (tail in directionals() or tail in resultatives()):
            head = read_verb(base)
        if head is None:
            continue
        if tail in directionals():
            # 起来 is "up" for what can move up, else only says that it begins (转起来: starts to spin); 撞上去 is no rise
            physics = verbs()[head.verbs[-1]].physics
            begins = (tail.startswith("起") and physics not in UPWARD) or (
                tail.startswith("上") and physics == "strike"
            )
            manner = () if begins else directionals()[tail]
            return Reading(head.verbs, (*head.manner, *manner), head.result)
        if tail in resultatives():
            return _with_result(head, resultatives()[tail])
    return None


def _with_result(head: Reading, result: Reading) -> Reading:
    if not result.verbs:
        return Reading(head.verbs, (*head.manner, *result.manner), head.result)
    event = result.verbs[0]
    # 撞倒 is one event in English (knock over), 踢倒 two (kick, topple): only verbs of contact merge
    if result.result and verbs()[head.verbs[-1]].physics in ("strike", "break", "push") and len(head.verbs) == 1:
        return Reading((result.result,), head.manner, event)
    if head.verbs[-1] == event:
        return head
    return Reading((*head.verbs, event), (*head.manner, *result.manner), head.result)


def _plain(text: str) -> str:
    """Without aspect inside or at the end, and without a reduplication (摇一摇, 晃了晃)."""
    kept = "".join(c for i, c in enumerate(text) if c not in ASPECT or (i == 0))
    if len(kept) == 3 and kept[1] == "一" and kept[0] == kept[2]:
        return kept[0]
    return kept[0] if len(kept) == 2 and kept[0] == kept[1] else kept
