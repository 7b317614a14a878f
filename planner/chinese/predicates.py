"""The verb group: who does it to whom, what follows the verb, and relative clauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.chinese.directions import MANNERS
from planner.chinese.items import Item
from planner.chinese.lexicon import VerbSense
from planner.chinese.places import Place, place_things
from planner.chinese.scene import Happening, Thing

if TYPE_CHECKING:
    from planner.chinese.clauses import ClauseReader

__all__ = ["make_event", "read_relative", "read_verb_group"]

GOING_IN, GOING_OUT, GOING_PAST, GOING_DOWN, GOING_UP = "入进到向", "出离", "过越", "下", "上"
LIQUID_VERBS = frozenset(["pour", "spill", "overflow", "drink", "flow", "splash", "drip", "pour_out", "leak", "fill", "stir", "mix", "evaporate", "boil", "freeze"])
STATES_OF_REST = frozenset(["stop", "remain", "stay", "come_to_rest", "rest", "keep"])
CONTACT = frozenset(["hit", "touch", "push", "pull", "kick", "collide", "strike", "press", "cut", "poke", "blow", "knock_over", "knock_away", "crush", "compress", "shake", "lift", "throw", "squeeze"])
VEHICLES = frozenset(["car", "truck", "bus", "train", "bicycle", "motorcycle", "boat", "ship", "airplane", "helicopter", "drone", "rocket", "crane", "excavator", "race", "car", "robot", "cart", "cannon", "spring", "wind", "fan", "magnet"])
PERSON_SUBJECTS = ("character", "tool", "field")
OBJECT_DOES_IT = frozenset(["become", "change_into"])


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
    if reader._existential_follows(k) and (p.topic_place is not None or (p.location is not None and p.subject is None)):
        return reader._existential(k, sense, after)
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
    if reader.kind(start) == "DIR" or (reader.kind(after) == "DIR" and reader.items[after].text == "来" and reader.kind(after + 1) == "V" and reader.items[after + 1].text == item.text):
        p.manner.append("back_and_forth")  # 滚来滚去
        after = min(after + 3, len(reader.items))
        start = after
    obj: list[Thing] | None
    if sense.lemma in STRIKING and not p.passive and not p.taken and reader.kind(start) == "P" and reader.items[start].value in ("在", "到", "向", "入"):
        place, end = reader.place_at(start + 1)  # 砸在地板上, 撞到墙上
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


def _names_object(reader: ClauseReader, k: int) -> bool:
    """烧烤铁签被火烤: a verb at the start that only says what kind of thing the noun after it is."""
    if reader.clause_events or reader.p.subject is not None or reader.kind(k + 1) != "NP" or reader.kind(k + 2) != "P":
        return False
    return reader.items[k + 2].value == "被" and reader.kind(k - 1) in ("", "SEP", "END")


def _object(reader: ClauseReader, item: Item, sense: VerbSense, after: int) -> tuple[list[Thing] | None, int]:
    """The noun phrase after the verb if it is its object or place. Complements before it are read on the way by the walker."""
    k = after
    while reader.kind(k) in ("ASP", "SKIP", "TIMES", "DIR") or (reader.kind(k) == "MEAS" and reader.kind(k + 1) == "NP"):
        k += 1
    if reader.kind(k) != "NP":
        return None, after
    if reader.p.once and _starts_predicate(reader, k):
        return None, after
    n = reader.items[k].np
    assert n is not None
    follow = k + 1
    while reader.kind(follow) == "LOC":
        follow += 1
    last = item.text[-1]
    direction = next((reader.items[m].text for m in range(after, k) if reader.kind(m) == "DIR"), "")
    place_like = (last in GOING_IN + GOING_OUT + GOING_PAST + GOING_DOWN + GOING_UP and len(item.text) > 1) or bool(direction)
    if sense.has("i") and not sense.has("t") and not place_like and not sense.has("m") and _starts_predicate(reader, k):
        return None, after
    if not sense.has("t") and not place_like and (_starts_predicate(reader, k) or (not sense.has("m") and n.role not in ("fluid", "field", "part"))):
        return None, after
    for m in range(after, k):
        if reader.kind(m) == "TIMES":
            reader.p.count = reader.items[m].count
        elif reader.kind(m) == "DIR":
            reader.p.manner.append(MANNERS.get(reader.items[m].text, ""))
        elif reader.kind(m) == "MEAS":
            reader._meas(m)
    reader.p.tokens |= set(range(item.end, reader.items[k].end))
    place, end = reader.place_at(k)
    assert place is not None
    if (sense.has("m") and (place_like or not sense.has("t"))) or (place_like and not sense.has("t")):
        return _as_place(reader, item, sense, place, direction or last, end)
    return place.things, end


def _starts_predicate(reader: ClauseReader, k: int) -> bool:
    if reader.kind(k + 1) == "NP" and reader.items[k + 1].np is not None and reader.items[k + 1].np.head is None:
        k += 1  # 小孩那头
    return reader._verb_ahead(k + 1)


def _as_place(reader: ClauseReader, item: Item, sense: VerbSense, place: Place, tail: str, end: int) -> tuple[list[Thing] | None, int]:
    """A noun after a verb of motion: goal, source, path, or the thing that comes out."""
    p = reader.p
    things = place.things
    contact = sense.lemma in ("hit", "collide", "approach", "pass_by", "enter", "cross", "chase")
    if contact and things and things[0].role not in ("region",) and sense.lemma != "enter":
        return things, end
    if things and things[0].role in ("fluid", "field") and sense.lemma not in ("hit",) and tail[-1:] not in "入进到向" and (sense.has("i") or tail[0:1] in "出起"):
        p.source = p.source or (Place(p.subject, "", set()) if p.subject else None)
        p.subject = things
        return None, end
    theme = sense.has("t") and not p.taken and not p.passive and p.subject is None and reader.last_goal and things and things[0] not in reader.last_goal
    if theme and tail[-1:] in "入进" and things[0].role not in ("container", "ground"):
        p.goal = p.goal or Place(reader.last_goal, "", set())  # 再放入一块冰
        return things, end
    if tail[-1:] in GOING_IN or tail in ("进来", "进去") or tail[-1:] in GOING_UP or tail in ("上去",):
        if sense.has("t") and not p.taken and not p.passive and p.subject is not None and any(s.animate for s in p.subject) and tail[-1:] in GOING_UP and things and things[0].role not in ("support", "ground", "container"):
            return things, end
        p.goal = place
    elif tail[-1:] in GOING_OUT or tail.startswith("出"):
        if sense.has("t") and not p.taken and not p.passive and things and things[0].role not in ("container", "support", "ground", "region"):
            return things, end
        p.source = place
    elif tail[-1:] in GOING_PAST:
        p.path = ("across", things)
    elif tail[-1:] in GOING_DOWN or tail in ("下来", "下去"):
        slope = things and things[0].head in ("slope", "hill", "stairs", "slide", "ramp")
        if sense.has("t") and not p.taken and not p.passive and things and things[0].role not in ("container", "support", "ground", "region"):
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


STRIKING = frozenset(["hit", "strike", "touch", "collide", "crash", "bump", "slam", "impact", "contact"])
TRAVEL = frozenset(["fall", "drop", "throw", "jump", "launch", "shoot", "fly", "run", "walk", "dash", "kick", "leap", "dive", "exit", "leave", "drive"])
PART_VERBS = frozenset(["heat", "cool", "roast", "burn", "press", "cut", "hit", "pull", "push", "hold", "grip", "ignite"])
POURING = {"topple": "pour", "fall_over": "pour"}


def make_event(reader: ClauseReader, sense: VerbSense, text: str, tokens: set[int], obj: list[Thing] | None) -> Happening:
    """The event of a verb, with subject and object found in the clause or handed down from the clauses before."""
    p, stage = reader.p, reader.stage
    event = reader._make(sense.lemma, sense, tokens)
    event.text = text
    fluid = [*(obj or []), *p.taken, *(p.subject or [])]
    if sense.lemma in POURING and fluid and fluid[0].role == "fluid":
        event.verb, event.flags = "pour", frozenset("tm")
        sense = VerbSense(("pour",), event.flags)
    inherited = p.subject is None
    subject = p.subject if p.subject is not None else _inherited(reader, sense)
    if p.location is not None and not p.location.environment and p.location.things and inherited and not subject:
        pass
    _assign(reader, event, sense, subject, obj, inherited)
    _set_order(reader, event, sense, subject)
    _place_event(reader, event, p)
    stage.happenings.append(event)
    for later in sense.lemmas[1:]:
        if later == "fall_over" or not event.patient:
            second = Happening(later, agent=event.mover, order=reader._next_step(), tokens=set(tokens), flags=frozenset("iu"))
        else:
            second = Happening(later, agent=event.patient, order=reader._next_step(), tokens=set(tokens), flags=frozenset("iu"))
        stage.happenings.append(second)
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
    if last is not None and sense.has("u") and last.patient and last.agent and last.verb in CONTACT | {"knock_over", "launch"} and not _can_do(last.agent, sense):
        return last.patient
    return reader.topic


def _can_do(things: list[Thing], sense: VerbSense) -> bool:
    return any(t.animate for t in things) and sense.lemma in ("fall_over", "sway", "stagger", "swing", "spin")


def _assign(reader: ClauseReader, event: Happening, sense: VerbSense, subject: list[Thing], obj: list[Thing] | None, inherited: bool) -> None:
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
        acting = not inherited or _agentive(reader, subject) or (sense.lemma in STRIKING and any(set(subject) & set(h.mover) for h in reader.stage.happenings))
        event.agent = [s for s in subject if s not in event.patient] if acting else []
        if obj and sense.has("m"):
            event.goal = event.goal or obj
        return
    if p.agent:
        event.agent, event.patient = p.agent, obj or subject
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
    if obj:
        if sense.has("t"):
            event.agent, event.patient = subject, obj
            if sense.lemma in ("change", "become"):
                event.patient, event.result = [], obj[0].head
            if sense.lemma in ("place", "stack", "put_on") and p.goal is None and not sense.has("m") and obj and subject and not subject[0].animate:
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
        if subject and previous and _agentive(reader, subject) and not (p.location and False):
            event.agent, event.patient = subject, previous
        elif (subject and (any(s.animate for s in subject) or subject[0].role in ("field",)) and sense.lemma not in ("place", "release")) or (subject and subject[0].animate and not previous):
            event.agent = subject
        else:
            event.patient = subject
        if sense.lemma == "fill" and event.patient and event.patient[0].role == "fluid":
            event.agent, event.patient = event.patient, reader.last_goal
        elif sense.lemma == "fill" and event.agent and event.agent[0].role == "fluid":
            event.patient = reader.last_goal
        return
    event.agent = subject


def _agentive(reader: ClauseReader, subject: list[Thing]) -> bool:
    """Whether a subject does things: it lives, drives, blows, or has acted before."""
    return any(s.animate or s.head in VEHICLES or s.role in ("field", "tool") or any(s in h.agent and h.patient for h in reader.stage.happenings) for s in subject)


def _content(things: list[Thing], sense: VerbSense) -> list[Thing]:
    """What is in a cup where the verb speaks of liquids (倒出一杯水)."""
    if sense.lemma in LIQUID_VERBS:
        return [t.content if t.content is not None and t.content.role == "fluid" else t for t in things]
    return things


def _set_order(reader: ClauseReader, event: Happening, sense: VerbSense, subject: list[Thing]) -> None:
    p, stage = reader.p, reader.stage
    moved = any(h.order > 0 for h in stage.happenings) or event.text[-1:] in ("入", "进", "上")
    state = (sense.has("p") and not p.passive and not p.taken and not moved and event.agent == []) or (sense.has("p") and sense.lemma in ("sit", "stand", "lie", "perch", "kneel", "squat", "lean", "hang", "balance", "prop_up", "support") and not moved and not p.manner)
    if state:
        event.order = 0
        return
    last = stage.happenings[-1] if stage.happenings else None
    if sense.lemma in STATES_OF_REST and last is not None and last.mover and event.mover and not set(last.mover) & set(event.mover) and reader.step:
        event.order = reader.step
        return
    if last is not None and "~" in last.flags and p.subject is None and not p.once and set(last.agent) & set(event.agent):
        p.same_time = True  # 拉着绳子，在沙地上拖行
    event.order = reader._next_step()


def _place_event(reader: ClauseReader, event: Happening, p: object) -> None:
    """Sources, goals, locations and paths of an event, and the relations that follow from them."""
    from planner.chinese.clauses import Pending

    assert isinstance(p, Pending)
    stage = reader.stage
    moving = event.mover
    if p.source is not None:
        event.source = place_things(stage, p.source)
        event.source_kind = p.source.value
        if p.source.side and not event.source:
            event.manner.append(f"from_{p.source.side}")
    if p.goal is not None:
        reader._end_at(event, p.goal)
    if p.recipient and not event.goal and "r" not in event.flags and event.verb in ("give", "hand", "throw", "pass_to", "kick"):
        event.goal = p.recipient
    if p.path is not None:
        reader._path(p.path[0], moving, p.path[1], event.tokens)
    if p.source is not None and not p.source.things and event.verb in ("approach", "chase", "pass_by", "hit", "collide") and event.patient and p.source.side in ("left", "right", "front", "back"):
        side = {"left": "left_of", "right": "right_of", "front": "in_front_of", "back": "behind"}[p.source.side]
        stage.relate(side, event.agent, event.patient, tokens=p.source.tokens)
        event.source = []
    bare = p.location is not None and not p.location.things and not p.location.screen and p.location.value in ("at_end", "left_of", "right_of")
    if bare and p.location is not None and event.patient and event.verb in PART_VERBS:
        event.patient = [stage.part(event.patient[0], *p.location.part(), tokens=p.location.tokens)]
        return
    if reader.setting is not None and p.subject is None:
        stage_place, reader.setting = reader.setting, None
        reader._locate(moving, stage_place, "initial")
    if p.location is None:
        return
    earlier = [h for h in stage.happenings if 0 < h.order < event.order and set(h.mover) & set(moving)]
    if p.location.environment:
        return
    travelled = any(h.verb in TRAVEL or h.goal for h in earlier)
    if ((not travelled and event.verb not in ("bounce", "land")) or not earlier) or event.order == 0:
        subjects = list(moving)
        if event.agent and event.patient and not event.passive:
            subjects = [*event.agent, *[t for t in event.patient if event.verb in ("drag", "pull", "push", "roll", "carry", "kick", "chase")]]
        reader._locate(subjects, p.location, "initial", event.verb)
        if event.verb in ("place", "sit", "stand", "lie", "stack", "put") or (event.verb in ("shatter", "break") and not earlier):
            event.goal = event.goal or p.location.things
    elif not event.goal:
        event.goal = place_things(stage, p.location)
        event.goal_kind = p.location.value


def read_relative(reader: ClauseReader, things: list[Thing], items: list[Item]) -> None:
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
    elif sense.has("t") and not sense.has("i") and not after and not any(i.kind == "P" and i.value == "被" for i in before):
        inner.p.passive = True
        inner.p.subject = things
    else:
        inner.p.subject = things
    static = sense.has("p")
    inner.read()
    new = stage.happenings[happened:]
    for event in new:
        if static:
            stage.happenings.remove(event)
        else:
            event.order = max(1, reader.step if reader.step else 1)
    if static and sense.lemma == "hang" and not any(r.type == "hanging_from" and r.subject == t.id for r in stage.relations for t in things):
        rope = next((t for t in reversed(stage.recent) if t.head in ("rope", "string", "chain", "hook", "crane") and t not in things), None)
        if rope is not None:
            stage.relate("hanging_from", things, [rope], tokens=span)
    if new and not static and not ongoing:
        reader.step = max(reader.step, max(e.order for e in new))
    for thing in things:
        stage.touch(thing)
