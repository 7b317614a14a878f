"""Folds what stands before 的 into the noun phrase after it (路过的兔子, 桌上的杯子, 蝴蝶的翅膀), and coordinations into one item."""

from __future__ import annotations

from planner.chinese.items import Item, Nominal

__all__ = ["fold"]

AFTER_VERB = frozenset(("ASP", "DIR", "TIMES", "MEAS", "ADV", "GET", "ADJ"))
BEFORE_VERB = frozenset(("ADV", "NEG", "SKIP", "SIM"))
HOLDING = frozenset(["contain", "hold", "carry", "fill", "wear", "put_on", "have"])


def fold(items: list[Item]) -> list[Item]:
    """`items` with every 的 consumed and neighbours joined by 和 made one noun phrase."""
    items = [item for item in items if item.kind != "SKIP" or item.text.strip()]
    items = _join(items)
    k = 0
    while k < len(items):
        if items[k].kind != "DE":
            k += 1
            continue
        k = _fold_one(items, k)
    return _join(items)


def _fold_one(items: list[Item], d: int) -> int:
    """Folds the 的 at `d`; returns where to go on."""
    before = items[d - 1] if d else None
    after = items[d + 1] if d + 1 < len(items) else None
    if before is not None and before.kind == "NP" and after is not None and after.kind in ("LOC", "PROP"):
        del items[d]  # 桌子的左边, 棒的温度
        return d
    if before is None or after is None or after.kind != "NP" or after.np is None:
        if before is not None and before.kind == "MEAS" and after is not None and after.kind == "PROP":
            del items[d]
            return d
        if before is not None and before.kind in ("V", "DIR", "ASP") and after is not None and after.kind == "PROP":
            verb = next(k for k in range(d - 1, -1, -1) if items[k].kind not in ("DIR", "ASP"))
            del items[verb : d + 1]  # 弹起的高度: of which property it speaks
            return verb
        items[d] = Item("SKIP", items[d].start, items[d].end, items[d].text)
        return d + 1
    target = after.np.joined[0] if after.np.joined else after.np  # 热水的蒸汽与冷毛巾: the vapour is the water's
    if before.kind == "MEAS" and before.measure is not None:
        if target.head == "place":  # 两米高的地方
            del items[d : d + 2]
            return d
        target.measures.append((before.measure, before.start))
        return _merge(items, d - 1, d + 1)
    if before.kind in ("ADJ", "ADV"):
        if before.value and before.kind == "ADJ":
            target.attributes.append(before.value)
        return _merge(items, d - 1, d + 1)
    if before.kind == "LOC":
        if d >= 2 and items[d - 2].kind == "NP":
            if (first := _relative_start(items, d - 1, located=True)) is not None:
                return _relative(items, first, d)
            target.place = (items[d - 2].np, before.text)
            return _merge(items, d - 2, d + 1)
        if before.value == "outside" and d >= 2 and items[d - 2].kind == "MEAS":
            return _merge(items, d - 1, d + 1)
        if before.value in ("in", "on", "below", "above", "next_to", "at_end") and _side(before.text) == before.text:
            target.place = (None, before.text)
        else:
            target.attributes.append(_side(before.text))
        return _merge(items, d - 1, d + 1)
    begin = _relative_start(items, d - 1)
    if begin is not None:
        return _relative(items, begin, d)
    if before.kind == "NP" and before.np is not None:
        target.owner = before.np
        if target.definite and target.head is None:
            target.definite = False
        return _merge(items, d - 1, d + 1)
    items[d] = Item("SKIP", items[d].start, items[d].end, items[d].text)
    return d + 1


def _side(text: str) -> str:
    for word, value in (
        ("左", "left"),
        ("右", "right"),
        ("上", "upper"),
        ("下", "lower"),
        ("远", "distant"),
        ("前", "front"),
        ("后", "back"),
        ("中", "middle"),
        ("底", "bottom"),
        ("顶", "top"),
    ):
        if word in text:
            return value
    return text


def _merge(items: list[Item], start: int, target: int) -> int:
    """Puts the noun phrase at `target` in the place of the items from `start` on, and takes a waiting 一个 into it."""
    item = items[target]
    assert item.np is not None
    whole, np = item.np, item.np.joined[0] if item.np.joined else item.np
    first = start
    if start and _is_bare_count(items[start - 1]):
        count = items[start - 1].np
        assert count is not None
        np.count, np.counted = count.count, count.counted or np.counted
        np.definite = np.definite or count.definite
        np.selector = np.selector or count.selector
        np.start = count.start
        first = start - 1
    if np.owner is None and np.clause is None and np.place is None:
        np.start = min(np.start, items[first].start)
    items[first : target + 1] = [
        Item("NP", items[first].start, item.end, "".join(i.text for i in items[first : target + 1]), np=whole)
    ]
    return first + 1


def _is_bare_count(item: Item) -> bool:
    return (
        item.kind == "NP"
        and item.np is not None
        and item.np.head is None
        and (item.np.counted or item.np.definite or item.np.selector is not None)
    )


def _relative_start(items: list[Item], k: int, located: bool = False) -> int | None:
    """Where the relative clause that ends at item `k` starts; None when there is no verb for one."""
    v = k
    if located and items[k].kind == "LOC":  # 放在桌上的杯子, but not 桌上的杯子
        v -= 1
    has_object = False
    if items[v].kind == "NP":
        v -= 1
        has_object = True
    place = False
    if v >= 0 and items[v].kind == "P" and has_object and items[v].value in ("在", "到", "入", "给"):
        v -= 1
        place = True
        if _place_of_a_place(items, v, k):
            return None  # 雪花飘落在公园的长椅上
        if v < 0 or items[v].kind not in ("V", "ASP", "DIR"):
            return None
    while v >= 0 and items[v].kind in AFTER_VERB:
        v -= 1
    if v < 0 or items[v].kind not in ("V", "HAVE", "UNKV"):
        return None
    verb = items[v]
    if has_object and not place and not located:
        progressive = any(i.kind == "ASP" and i.text == "着" for i in items[v:k])
        lemma = verb.verb.lemma if verb.verb else "have"
        if not (progressive or lemma in HOLDING):
            return None
    elif has_object and located and not place:
        return None
    start = v
    while start > 0:
        item = items[start - 1]
        if (
            (item.kind == "V" and item.verb is not None and "r" in item.verb.flags)
            or item.kind in BEFORE_VERB
            or (item.kind == "P" and item.value in ("被", "在"))
        ):
            start -= 1
        elif item.kind in ("NP", "LOC"):
            noun = start - 2 if item.kind == "LOC" else start - 1
            outer = k + 3 < len(items) and items[k + 3].kind == "LOC" and item.kind == "NP" and noun == start - 1
            if (
                noun > 0
                and items[noun].kind == "NP"
                and items[noun - 1].kind == "P"
                and items[noun - 1].value != "把"
                and not outer
            ):
                start = noun - 1
            elif (
                item.kind == "NP"
                and noun == start - 1
                and verb.verb is not None
                and ("t" in verb.verb.flags or outer)
                and not has_object
                and not _is_bare_count(item)
                and (noun == 0 or items[noun - 1].kind in ("SEP", "END", "V", "P", "SEQ"))
            ):
                start = noun
                break
            else:
                break
        else:
            break
    return start


def _place_of_a_place(items: list[Item], v: int, k: int) -> bool:
    """Whether what stands before 的 owns the place where the subject's verb ends, rather than closing a relative clause."""
    while v >= 0 and items[v].kind in ("V", "ASP", "DIR", *BEFORE_VERB):
        v -= 1
    follows = items[k + 3].kind if k + 3 < len(items) else ""
    return v >= 0 and items[v].kind == "NP" and items[k].kind == "NP" and follows in ("LOC", "SEP", "END", "")


def _relative(items: list[Item], start: int, d: int) -> int:
    after = items[d + 1].np
    assert after is not None
    target = after.joined[0] if after.joined else after
    target.clause = items[start:d]
    near = items[start - 1] if start else None
    if near is not None and near.kind == "LOC" and (start < 2 or items[start - 2].kind not in ("NP", "P")):
        target.place = (None, near.text)  # 旁边晾着的衣服
        start -= 1
    return _merge(items, start, d + 1)


def _join(items: list[Item]) -> list[Item]:
    """NP 和 NP as one item whose nominal lists both."""
    joined: list[Item] = []
    k = 0
    while k < len(items):
        item = items[k]
        if (
            item.kind == "CONJ"
            and joined
            and joined[-1].kind == "NP"
            and k + 1 < len(items)
            and items[k + 1].kind == "NP"
        ):
            first, other = joined[-1].np, items[k + 1].np
            assert first is not None and other is not None
            followed = items[k + 2].kind if k + 2 < len(items) else ""
            if followed != "DE":
                whole = first if first.joined else Nominal(first.start, first.end, joined=[first])
                whole.joined.append(other)
                whole.end = other.end
                whole.pronoun = item.text if item.text in ("与", "跟", "同") else whole.pronoun  # how they are joined
                joined[-1] = Item(
                    "NP", joined[-1].start, items[k + 1].end, joined[-1].text + item.text + items[k + 1].text, np=whole
                )
                k += 2
                continue
        joined.append(item)
        k += 1
    return joined
