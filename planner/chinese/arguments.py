"""Who does it to whom: subjects and objects of a verb, its step in time, its places and what they state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.chinese.event_places import place_event
from planner.chinese.lexicon import VerbSense
from planner.chinese.scene import Happening, Thing

if TYPE_CHECKING:
    from planner.chinese.clauses import ClauseReader

__all__ = ["STRIKING", "make_event"]

LIQUID_VERBS = frozenset(["pour", "spill", "overflow", "drink", "flow", "splash", "drip", "pour_out", "leak", "fill", "stir", "mix", "evaporate", "boil", "freeze"])  # fmt: skip
STATES_OF_REST = frozenset(["stop", "remain", "stay", "come_to_rest", "rest", "keep"])
CONTACT = frozenset(["hit", "touch", "push", "pull", "kick", "collide", "strike", "press", "cut", "poke", "blow", "knock_over", "knock_away", "crush", "compress", "shake", "lift", "throw", "squeeze"])  # fmt: skip
VEHICLES = frozenset(["car", "truck", "bus", "train", "bicycle", "motorcycle", "boat", "ship", "airplane", "helicopter", "drone", "rocket", "crane", "excavator", "race", "car", "robot", "cart", "cannon", "spring", "wind", "fan", "magnet"])  # fmt: skip
BY_HAND = frozenset(
    [
        "place",
        "put",
        "add",
        "insert",
        "throw",
        "put_on",
        "take_off",
        "open",
        "close",
        "pour",
        "tie",
        "pick_up",
        "lift",
        "cut",
        "release",
        "lower",
        "put_down",
    ]
)
STRIKING = frozenset(["cover", "hit", "strike", "touch", "collide", "crash", "bump", "slam", "impact", "contact"])
TO_EACH_OTHER = frozenset(["approach", "attract", "repel", "hug", "kiss", "touch"])
POURING = {"topple": "pour", "fall_over": "pour"}


def make_event(
    reader: ClauseReader, sense: VerbSense, text: str, tokens: set[int], obj: list[Thing] | None
) -> Happening:
    """The event of a verb, with subject and object found in the clause or handed down from the clauses before."""
    p, stage = reader.p, reader.stage
    event = reader._make(sense.lemma, sense, tokens)
    event.text = text
    fluid = [*(obj or []), *p.taken, *(p.subject or [])]
    if sense.lemma in ("give", "pass_to", "transfer") and p.subject and p.subject[0].head == "heat":
        event.verb, event.flags = "conduct", frozenset("im")
        sense = VerbSense(("conduct",), event.flags)
    if sense.lemma in POURING and fluid and fluid[0].role == "fluid":
        event.verb, event.flags = "pour", frozenset("tm")
        sense = VerbSense(("pour",), event.flags)
    inherited = p.subject is None
    fallen = stage.happenings[-1] if stage.happenings else None
    if (
        len(sense.lemmas) > 1
        and sense.lemma == "fall"
        and fallen is not None
        and fallen.verb in ("fall", "drop")
        and (inherited or set(fallen.mover) & set(p.subject or []))
    ):
        sense = VerbSense(sense.lemmas[1:], sense.flags, sense.manner)  # 落下，摔成六块: it has fallen already
        event = reader._make(sense.lemma, sense, tokens)
        event.text = text
    if text == "摔" and p.subject and p.subject[0].animate and p.goal is None and sense.lemma == "fall":
        event.verb = "fall_over"
    if text in ("碰到", "碰", "触碰", "碰着") and p.subject and (p.subject[0].animate or p.subject[0].role == "part"):
        event.verb = "touch"
    if (
        sense.lemma == "slide"
        and p.subject
        and p.goal is None
        and p.path is None
        and p.source is None
        and (p.once or p.count)
        and (p.subject[0].animate or p.subject[0].role == "part")
    ):
        event.verb = "slip"  # 爪子一滑
    subject = p.subject if p.subject is not None else _inherited(reader, sense)
    _assign(reader, event, sense, subject, obj, inherited)
    _set_order(reader, event, sense, subject)
    place_event(reader, event, p)
    stage.happenings.append(event)
    for later in sense.lemmas[1:]:
        if later == "fall_over" or not event.patient:
            second = Happening(
                later, agent=event.mover, order=reader._next_step(), tokens=set(tokens), flags=frozenset("iu")
            )
        else:
            second = Happening(
                later, agent=event.patient, order=reader._next_step(), tokens=set(tokens), flags=frozenset("iu")
            )
        pieces = [q for q in event.quantities if q.role == "pieces"]
        if pieces:  # 摔成六块: the break, not the fall, has six pieces
            second.quantities, event.quantities = pieces, [q for q in event.quantities if q not in pieces]
        stage.happenings.append(second)
    if p.property == "speed" and event.verb in ("slow_down", "accelerate", "decrease", "speed_up"):
        p.property = None  # 转速变慢: the thing slows down
    if p.property:
        event.literal, event.property_of, event.agent, event.patient = p.property, event.agent or event.patient, [], []
    if subject and not inherited:
        reader.topic = subject
    elif not reader.topic:
        reader.topic = event.patient or event.agent
    if event.patient and event.patient != subject:
        reader.last_patient = event.patient
    if event.goal:
        reader.last_goal = event.goal
    reader.current = event
    reader.clause_events += 1
    spoken_for = p.subject
    p.clear_for_next_verb()
    p.subject = spoken_for if spoken_for is not None else (subject or None)
    return event


def _inherited(reader: ClauseReader, sense: VerbSense) -> list[Thing]:
    """The subject that a clause without one shares with what came before."""
    last = next((h for h in reversed(reader.stage.happenings) if h.mover), None)
    fluid = [t for t in reader.last_patient if t.role == "fluid"]
    if sense.lemma in LIQUID_VERBS and fluid:
        return fluid
    if (
        last is not None
        and sense.has("u")
        and last.patient
        and last.agent
        and last.verb in CONTACT | {"knock_over", "launch"}
        and not _can_do(last.agent, sense)
    ):
        return last.patient
    return reader.topic


def _can_do(things: list[Thing], sense: VerbSense) -> bool:
    return any(t.animate for t in things) and sense.lemma in ("fall_over", "sway", "stagger", "swing", "spin")


def _assign(
    reader: ClauseReader,
    event: Happening,
    sense: VerbSense,
    subject: list[Thing],
    obj: list[Thing] | None,
    inherited: bool,
) -> None:
    p = reader.p
    subject = _content(subject, sense)
    obj = _content(obj, sense) if obj else obj
    if p.passive:
        event.passive = True
        event.agent, event.patient = p.agent, subject
        if obj and not subject:
            event.patient = obj
        return
    if p.taken:
        event.patient = _content(p.taken, sense)
        acting = (
            not inherited
            or _agentive(reader, subject)
            or any(set(subject) & set(h.mover) and h.order > 0 for h in reader.stage.happenings)
            or (sense.lemma in STRIKING and any(set(subject) & set(h.mover) for h in reader.stage.happenings))
        )
        event.agent = [s for s in subject if s not in event.patient] if acting else []
        if obj and sense.has("m"):
            event.goal = event.goal or obj
        return
    if p.agent:
        event.agent, event.patient = p.agent, obj or subject
        return
    if "mutually" in event.manner and sense.has("t") and not obj:
        event.agent, event.patient = subject, list(subject)
        return
    if sense.lemma in TO_EACH_OTHER and not obj and not p.recipient and _several(subject):
        event.agent, event.patient = subject, list(subject)  # 两块磁铁慢慢靠近
        return
    if sense.has("r") and not obj:
        partner = p.recipient
        if partner and set(partner) & set(subject) and len(subject) == 2:
            event.agent, event.patient = subject[:1], subject[1:]
        elif partner:
            event.agent, event.patient = subject, partner
        else:
            event.agent = subject
            several = len(subject) > 1 or any(s.entity.count != 1 for s in subject)
            wall = [g for g in reader.last_goal if g not in subject]
            event.patient = (list(subject) if several else wall) if sense.lemma in ("collide", "meet", "hit") else []
        return
    if (
        obj
        and obj[0].role == "ground"
        and sense.has("i")
        and sense.lemma in ("spill", "scatter", "splash", "flow", "shatter", "break", "leak", "drip")
    ):
        event.agent, event.goal = subject, obj  # 咖啡洒了一地
        return
    if obj and set(obj) == set(subject):
        if sense.has("i"):
            event.agent = subject  # 绳子断了一根
        else:
            event.patient = subject  # 硬币叠成一摞
        return
    if obj:
        if sense.has("t"):
            event.agent, event.patient = subject, obj
            members = any(o.head == s.head for o in obj for s in subject)  # 骨牌围成一圈，推倒第一张
            if inherited and (sense.lemma in BY_HAND or members) and not _agentive(reader, subject):
                event.agent = []  # 先把水倒进杯子，再放入一块冰
            if sense.lemma in ("change", "become"):
                event.patient, event.result = [], obj[0].head
            if (
                sense.lemma in ("place", "stack", "put_on")
                and p.goal is None
                and not sense.has("m")
                and obj
                and subject
                and not subject[0].animate
            ):
                event.agent, event.patient, event.goal = [], subject, obj
        else:
            event.agent = subject
            if obj[0].role in ("ground", "support", "container", "region", "fluid"):
                event.goal = obj
            else:
                event.patient = obj
        return
    if sense.has("t") and p.recipient and set(p.recipient) & set(subject) and len(subject) == 2:
        event.agent, event.patient = subject[:1], subject[1:]  # 蒸汽与冷毛巾接触
        return
    if sense.lemma in ("pass_through", "cross") and p.source is not None and p.source.things:
        event.agent, event.patient, p.source = subject, p.source.things, None  # 从篮筐中穿过
        return
    if sense.has("t") and not sense.has("i"):
        previous = [t for t in reader.last_patient if t not in subject]
        if subject and previous and _agentive(reader, subject):
            event.agent, event.patient = subject, previous
        elif (
            subject
            and (any(s.animate for s in subject) or subject[0].role in ("field",))
            and sense.lemma not in ("place", "release")
        ) or (subject and subject[0].animate and not previous):
            event.agent = subject
        else:
            event.patient = subject
        if sense.lemma == "fill" and event.patient and event.patient[0].role == "fluid":
            event.agent, event.patient = event.patient, reader.last_goal
        elif sense.lemma == "fill" and event.agent and event.agent[0].role == "fluid":
            event.patient = reader.last_goal
        return
    event.agent = subject


def _several(things: list[Thing]) -> bool:
    return len(things) > 1 or any(t.entity.count != 1 for t in things)


def _agentive(reader: ClauseReader, subject: list[Thing]) -> bool:
    """Whether a subject does things: it lives, drives, blows, or has acted before."""
    return any(
        s.animate
        or s.head.split()[-1] in VEHICLES
        or s.role in ("field", "tool")
        or any(s in h.agent and h.patient for h in reader.stage.happenings)
        for s in subject
    )


def _content(things: list[Thing], sense: VerbSense) -> list[Thing]:
    """What is in a cup where the verb speaks of liquids (倒出一杯水)."""
    if sense.lemma in LIQUID_VERBS:
        return [t.content if t.content is not None and t.content.role == "fluid" else t for t in things]
    return things


def _set_order(reader: ClauseReader, event: Happening, sense: VerbSense, subject: list[Thing]) -> None:
    p, stage = reader.p, reader.stage
    moved = any(h.order > 0 for h in stage.happenings) or event.text[-1:] in ("入", "进", "上")
    state = (sense.has("p") and not p.passive and not p.taken and not moved and event.agent == []) or (
        sense.has("p")
        and sense.lemma
        in ("sit", "stand", "lie", "perch", "kneel", "squat", "lean", "hang", "balance", "prop_up", "support")
        and not moved
        and not p.taken
        and not p.manner
    )
    before = any(set(h.mover) & set(event.mover) for h in stage.happenings)
    still = event.text[:2] in ("静止", "保持", "不动") and event.mover and not before and not _inherits(reader)
    if state or still:
        event.order = 0
        return
    last = stage.happenings[-1] if stage.happenings else None
    if (
        sense.lemma in STATES_OF_REST
        and last is not None
        and last.mover
        and event.mover
        and not set(last.mover + last.agent) & set(event.mover)
        and reader.step
    ):
        event.order = reader.step
        return
    if (
        last is not None
        and "~" in last.flags
        and p.subject is None
        and not p.once
        and set(last.agent) & set(event.agent)
    ):
        p.same_time = True  # 拉着绳子，在沙地上拖行
    event.order = reader._next_step()


def _inherits(reader: ClauseReader) -> bool:
    """Whether the clause names no subject of its own."""
    return reader.p.subject is None
