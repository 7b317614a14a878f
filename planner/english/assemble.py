"""From the reading to the Frame: implied ground, inferred falls, one event for each mover, ids, spans, and what nothing accounts for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.reading import FRAME_ID, Link, Measure, Reading, Thing, reading_of
from planner.english.tree import lemma
from planner.frame import Entity, Event, Frame, Quantity, Relation, Span

if TYPE_CHECKING:
    from spacy.tokens import Doc
from planner.english.inference import fan_out, imply_ground, infer_falls, propagate_goals

__all__ = ["to_frame"]


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
    infer_falls(reading)
    propagate_goals(reading)
    imply_ground(reading)
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
    for h in fan_out(reading.happenings):
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
