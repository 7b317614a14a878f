"""The verb group: a verb with its complements and what follows it, and relative clauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.chinese.arguments import STRIKING, make_event
from planner.chinese.directions import MANNERS
from planner.chinese.items import Item
from planner.chinese.lexicon import VerbSense
from planner.chinese.places import Place
from planner.chinese.scene import Thing
from planner.frame import Quantity

if TYPE_CHECKING:
    from planner.chinese.clauses import ClauseReader
    from planner.chinese.state import ReaderState

__all__ = ["read_relative", "read_verb_group"]

HELD_ALONG = {"lift": "hold", "pick_up": "hold", "raise": "hold", "grip": "hold", "grab": "hold"}
GOING_IN = "入进到向回"
GOING_OUT = "出离"
GOING_PAST = "过越"
GOING_DOWN = "下"
GOING_UP = "上"


def read_verb_group(reader: ClauseReader, k: int) -> int:
    """Reads the verb at `k` with all that follows it up to the next predicate; returns where to go on."""
    item = reader.items[k]
    sense = item.verb
    assert sense is not None
    tokens = set(range(item.start, item.end))
    p = reader.p
    after = k + 1
    if sense.has("c") and reader.kind(after) == "NP":
        p.clear_for_next_verb()
        p.subject = reader.things(reader.items[after].np)  # type: ignore[arg-type]
        reader.current = None
        return after + 1
    progressive = reader.kind(after) == "ASP" and reader.items[after].text == "着"
    if progressive and sense.lemma in HELD_ALONG:
        sense = VerbSense((HELD_ALONG[sense.lemma],), sense.flags - {"m"}, sense.manner)  # 提着, 举着, 搬着
    if reader._existential_follows(k) and (p.topic_place is not None or (p.location is not None and p.subject is None)):
        return reader._existential(k, sense, after)
    if (
        sense.lemma == "swing"
        and item.text == "摆"
        and (reader.kind(after) in ("P", "BECOME") or _in_rows(reader, after))
    ):
        sense = VerbSense(("place",), frozenset("tpvm"))  # 摆成一排, 摆在桌上
    if sense.lemma == "slide" and any(
        reader.kind(m) == "TIMES" and reader.items[m].text in ("一下", "一跤") for m in range(after, after + 3)
    ):
        sense = VerbSense(("slip",), sense.flags)  # 锤子滑了一下
    if (
        item.text in ("打", "弹", "拉", "吹", "敲")
        and reader.kind(after) == "NP"
        and _is_played(reader.items[after].np)
    ):
        sense = VerbSense(("play",), frozenset("t"))  # 弹吉他, 打篮球
    mover = p.subject or reader.topic
    if (
        sense.lemma == "fall"
        and item.text in ("落", "落在", "落到")
        and reader.kind(start_of(reader, after)) == "P"
        and mover
        and mover[0].animate
    ):
        sense = VerbSense(("land",), sense.flags)  # 跳伞者落在沙滩上
    if (
        sense.lemma == "hang"
        and p.taken
        and (
            reader.kind(after) == "DIR"
            or getattr(reader.items[after] if after < len(reader.items) else None, "value", None) == "到"
        )
    ):
        sense = VerbSense(("hoist",), frozenset("tm"))  # 把钢琴吊到窗口
    if sense.has("z") and sense.lemmas[0] not in ("come_to_rest", "remain", "stop", "halt", "rest", "settle"):
        reader.stage.used |= tokens
        return after
    if _names_object(reader, k):
        n = reader.items[k + 1].np
        assert n is not None
        n.attributes.append(sense.lemma)
        reader.stage.used |= tokens
        return after
    start = after
    while reader.kind(start) in ("ASP", "DIR"):
        start += 1
    if reader.kind(start) == "DIR" or (
        reader.kind(after) == "DIR"
        and reader.items[after].text == "来"
        and reader.kind(after + 1) == "V"
        and reader.items[after + 1].text == item.text
    ):
        p.manner.append("back_and_forth")  # 滚来滚去
        after = min(after + 3, len(reader.items))
        start = after
    if sense.lemma == "hang" and progressive and p.subject and reader.kind(after + 1) == "NP":
        hung = reader.things(reader.items[after + 1].np)  # type: ignore[arg-type]
        reader.stage.relate("hanging_from", hung, p.subject[:1], tokens=tokens)  # 绳子吊着木板
        reader.topic, reader.clause_events = p.subject, reader.clause_events + 1
        reader.last_patient = hung
        p.clear_for_next_verb()
        p.subject, p.same_time = reader.topic, True
        return after + 2
    obj: list[Thing] | None
    if (
        sense.lemma in STRIKING
        and not p.passive
        and not p.taken
        and reader.kind(start) == "P"
        and reader.items[start].value in ("在", "到", "向", "入")
    ):
        place, end = reader.place_at(reader._after(start + 1, ("SKIP", "ASP")))  # 砸在地板上, 撞到墙上
        if place is not None and place.things:
            obj, after = place.things, end
        else:
            obj, after = _object(reader, item, sense, after)
    else:
        obj, after = _object(reader, item, sense, after)
    event = make_event(reader, sense, item.text, tokens, obj)
    if progressive:
        reader.p.same_time = True
        event.flags |= {"~"}
    return after


def start_of(reader: ClauseReader, k: int) -> int:
    return reader._after(k, ("SKIP", "ASP"))


PLAYED = frozenset(["guitar", "piano", "violin", "flute", "trumpet", "drum", "harp", "basketball", "tennis", "football", "volleyball", "baseball", "golf", "badminton", "table tennis", "game", "card"])  # fmt: skip


def _is_played(n: object) -> bool:
    from planner.chinese.items import Nominal

    return isinstance(n, Nominal) and n.head in PLAYED and not n.counted and not n.definite


def _in_rows(reader: ClauseReader, k: int) -> bool:
    return reader.kind(k) == "ADV" and (reader.items[k].value or "").startswith("in_a_")


def _names_object(reader: ClauseReader, k: int) -> bool:
    """烧烤铁签被火烤: a verb at the start that only says what kind of thing the noun after it is."""
    if reader.clause_events or reader.p.subject is not None or reader.kind(k + 1) != "NP" or reader.kind(k + 2) != "P":
        return False
    return reader.items[k + 2].value == "被" and reader.kind(k - 1) in ("", "SEP", "END")


def _object(reader: ClauseReader, item: Item, sense: VerbSense, after: int) -> tuple[list[Thing] | None, int]:
    """The noun phrase after the verb if it is its object or place. Complements before it are read on the way by the walker."""
    k = after
    while reader.kind(k) in ("ASP", "SKIP", "TIMES", "DIR") or (
        reader.kind(k) == "MEAS" and reader.kind(k + 1) == "NP"
    ):
        k += 1
    if reader.kind(k) != "NP":
        return None, after
    if reader.p.once and _starts_predicate(reader, k):
        return None, after
    n = reader.items[k].np
    assert n is not None
    if (
        item.text[-1] == "成"
        and n.counted
        and (n.head is None or n.unknown or n.head in ("piece", "fragment", "block"))
    ):
        if n.count is not None and n.count > 1:  # 摔成六块
            span = reader.stage.offsets[n.start]
            reader.p.quantities.append(Quantity(value=float(n.count), role="pieces", span=span))
        reader.stage.used |= set(range(n.start, n.end))
        return None, k + 1
    follow = k + 1
    while reader.kind(follow) == "LOC":
        follow += 1
    last = item.text[-1]
    direction = next((reader.items[m].text for m in range(after, k) if reader.kind(m) == "DIR"), "")
    place_like = (last in GOING_IN + GOING_OUT + GOING_PAST + GOING_DOWN + GOING_UP and len(item.text) > 1) or bool(
        direction
    )
    if sense.has("i") and not sense.has("t") and not place_like and not sense.has("m") and _starts_predicate(reader, k):
        return None, after
    if (
        not sense.has("t")
        and not place_like
        and (_starts_predicate(reader, k) or (not sense.has("m") and n.role not in ("fluid", "field", "part")))
    ):
        return None, after
    for m in range(after, k):
        if reader.kind(m) == "TIMES":
            reader.p.count = reader.items[m].count
        elif reader.kind(m) == "DIR":
            reader.p.manner.append(MANNERS.get(reader.items[m].text, ""))
        elif reader.kind(m) == "MEAS":
            reader._meas(m)
    reader.p.tokens |= set(range(item.end, reader.items[k].end))
    reader.excluded = [] if reader.p.passive else list(reader.p.subject or reader.topic)
    place, end = reader.place_at(k)
    reader.excluded = []
    assert place is not None
    if (sense.has("m") and (place_like or not sense.has("t"))) or (place_like and not sense.has("t")):
        return _as_place(reader, item, sense, place, direction or last, end)
    return place.things, end


def _starts_predicate(reader: ClauseReader, k: int) -> bool:
    second = reader.items[k + 1].np if reader.kind(k + 1) == "NP" else None
    if second is not None and second.head is None:
        k += 1  # 小孩那头
    return reader._verb_ahead(k + 1)


def _as_place(
    reader: ClauseReader, item: Item, sense: VerbSense, place: Place, tail: str, end: int
) -> tuple[list[Thing] | None, int]:
    """A noun after a verb of motion: goal, source, path, or the thing that comes out."""
    p = reader.p
    if tail[-1:] in "入进" and not place.localiser and place.things and place.things[0].role in ("object", "container"):
        place = Place(place.things, "里", place.tokens)
    things = place.things
    contact = sense.lemma in ("bypass", "hit", "collide", "approach", "pass_by", "enter", "cross", "chase")
    if contact and things and things[0].role not in ("region",) and sense.lemma != "enter":
        return things, end
    if (
        things
        and things[0].role in ("fluid", "field")
        and sense.lemma not in ("hit",)
        and tail[-1:] not in "入进到向"
        and (sense.has("i") or tail[0:1] in "出起")
    ):
        p.source = p.source or (Place(p.subject, "", set()) if p.subject else None)
        p.subject = things
        return None, end
    theme = (
        sense.has("t")
        and not p.taken
        and not p.passive
        and p.subject is None
        and reader.last_goal
        and things
        and things[0] not in reader.last_goal
    )
    if theme and tail[-1:] in "入进" and things[0].role not in ("container", "ground"):
        p.goal = p.goal or Place(reader.last_goal, "", set())  # 再放入一块冰
        return things, end
    if tail[-1:] in GOING_IN or tail in ("进来", "进去") or tail[-1:] in GOING_UP or tail in ("上去",):
        if (
            sense.has("t")
            and not p.taken
            and not p.passive
            and p.subject is not None
            and any(s.animate for s in p.subject)
            and tail[-1:] in GOING_UP
            and things
            and things[0].role not in ("support", "ground", "container")
        ):
            return things, end
        p.goal = place
    elif tail[-1:] in GOING_OUT or tail.startswith("出"):
        if (
            sense.has("t")
            and not p.taken
            and not p.passive
            and things
            and things[0].role not in ("container", "support", "ground", "region")
        ):
            return things, end
        p.source = place
    elif tail[-1:] in GOING_PAST:
        p.path = ("across", things)
    elif tail[-1:] in GOING_DOWN or tail in ("下来", "下去"):
        slope = things and things[0].head in ("slope", "hill", "stairs", "slide", "ramp")
        if (
            sense.has("t")
            and not p.taken
            and not p.passive
            and things
            and things[0].role not in ("container", "support", "ground", "region")
        ):
            return things, end
        if slope:
            p.path = ("along", things)
        elif things and (things[0].role == "support" or things[0].role == "object"):
            p.source = place
        else:
            p.goal = place
    elif sense.has("t"):
        return things, end
    elif things and things[0].role in ("ground", "support", "container", "fluid", "region", "obstacle"):
        p.goal = place
    else:
        return things, end
    return None, end


def _participle(lemma: str) -> str:
    from planner.lexicon import english_forms

    return next(
        (form for form, base in english_forms().items() if base == lemma and form.endswith(("ed", "en"))), lemma
    )


def read_relative(reader: ReaderState, things: list[Thing], items: list[Item]) -> None:
    """What a relative clause says of `things`: an event, a content or an arrangement."""
    from planner.chinese.clauses import ClauseReader as Reader

    stage = reader.stage
    verb = next((i for i in items if i.kind in ("V", "HAVE")), None)
    if verb is None:
        return
    sense = verb.verb
    if sense is not None and sense.has("?"):
        return
    after = [i for i in items[items.index(verb) + 1 :] if i.kind == "NP" and i.np is not None]
    before = items[: items.index(verb)]
    span = set(range(items[0].start, items[-1].end))
    stage.used |= span
    if sense is None:
        return
    bare = [i for i in items if i.kind not in ("SKIP",)]
    ongoing_state = (
        len(bare) == 2
        and bare[1].kind == "ASP"
        and (
            (bare[1].text == "着" and not sense.has("t"))
            or (bare[1].text == "了" and sense.has("u"))
            or (bare[1].text == "着" and sense.has("p"))
        )
    )
    if ongoing_state and not sense.has("m"):
        for thing in things:
            thing.entity.attributes.append(_participle(sense.lemma))  # 停着的摩托车, 破了的水管
        return
    if sense.lemma == "grow" and any(i.kind == "ASP" and i.text == "着" for i in items) and after:
        for item in after:  # 长着山羊角的兔子
            for part in reader.things(item.np):  # type: ignore[arg-type]
                part.entity.role = "part"
                if things:
                    stage.relate("part_of", [part], things[:1], tokens=span)
        return
    if len(items) == 1 and sense.has("t") and not sense.has("m") and len(sense.lemmas) == 1:
        for thing in things:
            thing.entity.attributes.append(_participle(sense.lemma))  # 拉伸的薄膜, 压缩的弹簧
        return
    if sense.lemma in ("contain", "fill") and not any(i.kind == "P" for i in before):
        for item in after:
            content = reader.things(item.np)  # type: ignore[arg-type]
            stage.relate("in", content, things, tokens=span)
            if things and content:
                things[0].content = content[0]
                if things[0].role == "object":
                    things[0].entity.role = "container"
        for thing in things:
            stage.touch(thing)
        if not after and things and before and before[0].kind == "NP":
            holder = reader.things(before[0].np)  # type: ignore[arg-type]
            stage.relate("in", things, holder, tokens=span)
        return
    inner = Reader(stage, [])
    inner.items = items
    inner.step = max(0, reader.step - 1) if reader.step else 0
    inner.topic = things
    ongoing = sense.has("m") and not any(i.kind in ("DIR", "ASP") or (i.kind == "P" and i.value == "从") for i in items)
    subject = before[0] if before and before[0].kind == "NP" else None
    happened = len(stage.happenings)
    last = next((i.verb for i in reversed(items) if i.kind == "V" and i.verb is not None), sense)
    if subject is not None and last.lemma in ("form", "surround") and subject.np is not None:  # 大人围成的圆圈
        members = reader.things(subject.np)
        if last is not sense:
            ring = reader._make(sense.lemma, sense, span)
            ring.agent, ring.order = members, 0
            stage.happenings.append(ring)
        whole = reader._make(last.lemma, last, span)
        whole.agent, whole.patient, whole.order = members, things, 0
        stage.happenings.append(whole)
        stage.relate("part_of", members, things, tokens=span)
        for thing in things:
            stage.touch(thing)
        return
    if subject is not None and sense.has("t") and not after:
        inner.p.subject = reader.things(subject.np)  # type: ignore[arg-type]
        inner.p.taken = things
        inner.items = items[1:]
    elif (
        sense.has("t")
        and not sense.has("i")
        and not after
        and not any(i.kind == "P" and i.value == "被" for i in before)
    ):
        inner.p.passive = True
        inner.p.subject = things
    else:
        inner.p.subject = things
    static = sense.has("p") or (sense.has("z") and any(i.kind == "P" and i.value == "在" for i in items))
    inner.read()
    new = stage.happenings[happened:]
    for event in new:
        if static:
            stage.happenings.remove(event)
        else:
            event.order = max(1, reader.step if reader.step else 1)
    if (
        static
        and sense.lemma == "hang"
        and not any(r.type == "hanging_from" and r.subject == t.id for r in stage.relations for t in things)
    ):
        rope = next(
            (
                t
                for t in reversed(stage.recent)
                if t.head in ("rope", "string", "chain", "hook", "crane") and t not in things
            ),
            None,
        )
        if rope is not None:
            stage.relate("hanging_from", things, [rope], tokens=span)
    if new and not static and not ongoing:
        reader.step = max(reader.step, max(e.order for e in new))
    for thing in things:
        stage.touch(thing)
