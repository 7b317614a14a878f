"""From the reading to the Frame: implied ground, inferred falls, one event for each mover, ids, spans, and what nothing accounts for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.reading import FRAME_ID, Happening, Link, Measure, Reading, Thing, reading_of
from planner.english.tree import lemma
from planner.frame import Entity, Event, Frame, Quantity, Relation, Span

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["to_frame"]

CARRIERS = frozenset(["ground", "support", "container"])
FREE_FALL = frozenset(
    [
        "fall",
        "drop",
        "throw",
        "toss",
        "hurl",
        "fling",
        "topple",
        "tip_over",
        "fall_over",
        "knock_over",
        "knock_down",
        "tumble",
        "plummet",
        "collapse",
        "bounce",
        "roll",
        "slide",
        "launch",
        "jump",
        "push",
        "walk",
        "run",
        "lob",
        "release",
    ]
)
ATTACHED = frozenset(["attached_to", "hanging_from", "held_by"])


def _fan_out(happenings: list[Happening]) -> list[Happening]:
    """A happening of several named things is one for each; a meeting stays one."""
    result = []
    for h in happenings:
        if h.verb in w.RECIPROCAL_VERBS and h.agent == h.patient:
            result.append(h)
        elif len(h.patient) > 1:
            result += [replace(h, patient=[p], manner=list(h.manner), measures=list(h.measures)) for p in h.patient]
        elif len(h.agent) > 1:
            result += [replace(h, agent=[a], manner=list(h.manner), measures=list(h.measures)) for a in h.agent]
        else:
            result.append(h)
    return result


def _infer(reading: Reading) -> None:
    """What is let go falls, unless the text says what it does next."""
    added = []
    for h in reading.happenings:
        if h.verb not in ("release", "let_go") or h.negated or not h.patient:
            continue
        for thing in h.patient:
            if any(
                k.type == "part_of"
                and thing in k.subject
                and isinstance(k.object, list)
                and k.object[0].head not in w.COLLECTIVES
                and k.object[0].head != thing.head
                for k in reading.links
            ):
                continue  # a part of a device hangs on it
            if thing.role == "fluid" or any(
                thing in other.agent
                and other.order >= h.order
                and other is not h
                and other.verb not in ("land", "hit", "strike", "contact")
                for other in reading.happenings
            ):
                continue
            if any({"gravity": g} in reading.environment for g in ("zero",)):
                continue
            goal = list(h.goal)
            if not goal:
                below = [
                    k
                    for k in reading.links
                    if k.type == "above"
                    and (
                        thing in k.subject
                        or any(
                            thing in o.subject and o.type == "hanging_from" and o.object == k.subject
                            for o in reading.links
                        )
                    )
                ]
                goal = list(below[0].object) if below and isinstance(below[0].object, list) else []
            added.append(
                Happening(
                    "fall", None, agent=[thing], order=h.order + 1, goal=goal, inferred=True, tokens=set(h.tokens)
                )
            )
    for h in added:
        for other in reading.happenings:
            if other.order >= h.order and other.verb in ("land", "hit", "strike", "contact") and not other.inferred:
                h.goal = h.goal or list(other.goal or other.patient)
    if added:
        first = min(h.order for h in added)
        later = [h for h in reading.happenings if h.order >= first]
        if later:
            for h in later:
                h.order += 1
    reading.happenings += added


def _propagate_goals(reading: Reading) -> None:
    """A fall ends where the next happening of the same mover says that it lands: "falls ... and bounces on concrete"."""
    movers = [h for h in reading.happenings if not h.stative]
    for i, h in enumerate(movers):
        if (
            h.goal
            or h.verb not in ("fall", "drop", "topple", "plummet", "tumble", "push", "roll", "slide", "release")
            or h.verb in ("release",)
        ):
            continue
        if h.verb in ("push", "roll", "slide", "topple") and not h.source:
            continue
        theme = h.patient or h.agent
        for later in movers[i + 1 :]:
            if not set(map(id, theme)) & set(map(id, later.agent)):
                continue
            target = later.goal or (
                later.patient if later.verb in ("hit", "strike", "contact", "touch") and not later.negated else []
            )
            if not target and later.verb in ("roll", "slide"):
                along = [
                    k.object
                    for k in reading.links
                    if k.type in ("across", "along")
                    and set(map(id, k.subject)) & set(map(id, theme))
                    and isinstance(k.object, list)
                ]
                target = list(along[0]) if along and later.verb == "roll" and h.source else []
            if target and target[0].role != "part":
                h.goal = list(target)
                if (
                    any(m.role == "height" for m in h.measures)
                    and later.agent == theme
                    and not any(p is not theme[0] for p in h.patient + theme)
                    and later.verb != "hit"
                ):
                    reading.link("above", theme, list(target))
                break
    for h in reading.happenings:
        if (
            h.goal
            and h.verb in ("fall", "drop")
            and any(m.role == "height" for m in h.measures)
            and not h.source
            and len(h.agent + h.patient) == 1
            and h.verb == "fall"
        ):
            reading.link("above", h.agent or h.patient, list(h.goal))
        if (
            h.goal
            and h.verb in ("fall", "drop")
            and h.source
            and any("floor" in a for t in h.source for a in t.attributes)
        ):
            reading.link("above", list(h.source), list(h.goal))


def _imply_ground(reading: Reading) -> None:
    """One implied ground where nothing stated can carry the free bodies, or where a body leaves its support for nowhere stated."""
    things = reading.things
    if not things or any(t.role == "ground" for t in things):
        return
    attached = [s for k in reading.links if k.type in ATTACHED | {"in", "part_of", "supported_by"} for s in k.subject]
    free = [t for t in things if t.role in ("object", "character", "container", "tool") and t not in attached]
    floating = any(row.get("gravity") == "zero" or row.get("medium") == "water" for row in reading.environment)
    carried = any(t.role in ("support",) for t in things) or any(
        t.role == "container"
        and any(k.type in ("in", "inside") and isinstance(k.object, list) and t in k.object for k in reading.links)
        for t in things
    )
    leaving = any(
        h.source and not h.goal and h.source[0].role in ("support", "object") and h.verb in FREE_FALL
        for h in reading.happenings
    )
    landed = any(
        h.goal and h.goal[0].role not in ("region", "part", "fluid", "obstacle")
        for h in reading.happenings
        if not h.negated
    )
    supports = [t for t in things if t.role == "support" and not any(t in h.source for h in reading.happenings)]
    leaving = leaving and not landed and not supports
    stacked = [
        t for t in things if t.head in w.STACKED and not any(t in k.subject and k.type == "on" for k in reading.links)
    ]
    active = [h for h in reading.happenings if h.verb in FREE_FALL]
    if floating or not (leaving or (not carried and not landed and free and (active or stacked))):
        return
    if not leaving and any(k.type in ATTACHED for k in reading.links) and not active:
        return
    ground = Thing("ground", None, role="ground", implied=True)
    things.append(ground)
    for thing in stacked:
        reading.link("on", [thing], [ground])
    for h in reading.happenings:
        if (
            h.verb in ("fall", "drop", "topple", "plummet", "tumble", "push")
            and not h.goal
            and (h.source or h.verb in ("fall", "drop", "plummet", "tumble"))
            and not h.negated
        ):
            h.goal = [ground]


def _prune(reading: Reading) -> None:
    """A relational noun or a region that nothing refers to any more is not kept."""
    referred = {id(t) for h in reading.happenings for t in (*h.agent, *h.patient, *h.source, *h.goal, *h.instrument)}
    referred |= {id(t) for k in reading.links for t in (*k.subject, *(k.object if isinstance(k.object, list) else []))}
    reading.things = [
        t for t in reading.things if id(t) in referred or t.role != "region" or t.attributes or t.token is not None
    ]


def _span(tokens: set[int], doc: Doc) -> Span | None:
    """The characters from the first to the last token of the longest unbroken stretch that matters; the whole range."""
    if not tokens:
        return None
    first, last = min(tokens), max(tokens)
    return doc[first].idx, doc[last].idx + len(doc[last])


def _thing_span(thing: Thing, doc: Doc) -> Span | None:
    """The noun phrase around the head: its own tokens that lie beside each other."""
    if thing.token is None:
        return None
    inside = {thing.token}
    for step in (-1, 1):
        i = thing.token + step
        while 0 <= i < len(doc) and (
            i in thing.tokens or (i + step in thing.tokens and doc[i].text in ("-", ",", "and", "of"))
        ):
            inside.add(i)
            i += step
    return _span(inside, doc)


def _quantities(measures: list[Measure]) -> list[Quantity]:
    return [Quantity(value=m.value, unit=m.unit, role=m.role, span=(m.start, m.end)) for m in measures]


def _refs(things: list[Thing], ids: dict[int, str]) -> str | list[str] | None:
    found = list(dict.fromkeys(ids[id(t)] for t in things if id(t) in ids))
    return None if not found else found[0] if len(found) == 1 else found


def _relation(link: Link, ids: dict[int, str], doc: Doc) -> Relation | None:
    subject = _refs(link.subject, ids)
    target = FRAME_ID if link.object == FRAME_ID else _refs(link.object, ids) if isinstance(link.object, list) else None
    if subject is None or target is None or subject == target:
        return None
    phase = link.phase if link.phase in ("during", "final") else "initial"
    return Relation(type=link.type, subject=subject, object=target, phase=phase, span=_span(link.tokens, doc))  # type: ignore[arg-type]


def _unread(doc: Doc, reading: Reading) -> list[Span]:
    """Content words that no element accounts for."""
    used = set(reading.used) | reading.display
    for thing in reading.things:
        used |= thing.tokens
    used |= {i for i, things in reading.by_token.items() if things}
    for h in reading.happenings:
        used |= h.tokens
    for k in reading.links:
        used |= k.tokens
    measured = [(m.start, m.end) for m in reading.measures if m.taken]
    spans: list[Span] = []
    for token in doc:
        covered = any(token.idx < end and start < token.idx + len(token) for start, end in measured)
        if (
            token.i in used
            or covered
            or token.pos_ not in ("NOUN", "PROPN", "VERB", "NUM", "ADJ")
            or not any(c.isalnum() for c in token.text)
        ):
            continue
        if (token.pos_ == "VERB" and lemma(token) in w.DISPLAY_VERBS | w.ASPECT_VERBS | w.CAUSE_VERBS) or lemma(
            token
        ) in w.DISPLAY_NOUNS:
            continue
        start, end = token.idx, token.idx + len(token)
        if spans and doc.text[spans[-1][1] : start].strip(" -") == "":
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def to_frame(doc: Doc, *, parser: str) -> Frame:
    """The Frame of a read document; `unread` holds the spans of content words that no element accounts for."""
    reading = reading_of(doc)
    _infer(reading)
    _propagate_goals(reading)
    _imply_ground(reading)
    _prune(reading)
    ids = {id(t): f"e{i + 1}" for i, t in enumerate(reading.things)}
    entities = []
    handled = {id(t) for h in reading.happenings for t in h.patient if h.verb not in w.STRIKING_VERBS}
    for thing in reading.things:
        if (
            thing.head in w.SURFACE_GROUNDS
            and thing.role == "ground"
            and (id(thing) in handled or set(thing.attributes) & w.PARTITIVES)
        ):
            thing.role = "object"  # a piece of ice, the ice that is poured
        span = _thing_span(thing, doc)
        mention = doc[thing.token].text if thing.token is not None else None
        entities.append(
            Entity(id=ids[id(thing)], head=thing.head, material=thing.material, color=thing.color, size=thing.size, count=thing.count,
                   attributes=list(dict.fromkeys(thing.attributes)), role=thing.role, implied=thing.implied, quantities=_quantities(thing.measures),
                   mention=mention, span=span)  # type: ignore[arg-type]
        )  # fmt: skip
    events = []
    for h in _fan_out(reading.happenings):
        events.append(
            Event(verb=h.verb, agent=_refs(h.agent, ids), patient=h.literal_patient or _refs(h.patient, ids), order=h.order,
                  manner=list(dict.fromkeys(h.manner)), quantities=_quantities(h.measures), count=h.count, source_place=_refs(h.source, ids),
                  goal_place=_refs(h.goal, ids), instrument=_refs(h.instrument, ids), negated=h.negated, inferred=h.inferred,
                  property_of=ids.get(id(h.property_of)), result=h.result, at_time=h.at_time, span=None if h.inferred else _span(h.tokens, doc))
        )  # fmt: skip
    events.sort(key=lambda e: e.order)
    single = [replace(k, subject=[s]) for k in reading.links for s in k.subject]
    relations = [r for k in single if (r := _relation(k, ids, doc)) is not None]
    return Frame(text=doc.text, lang="en", entities=entities, events=events, relations=relations, environment=list(reading.environment),
                 parser=parser, unread=_unread(doc, reading))  # fmt: skip
