"""The sentence with its parsed parts: segments of the text that carry marks, and chips that tell how it was read."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hybrid.report.words import material_word, reading_word, words

if TYPE_CHECKING:
    from planner.frame import Entity, Event, Frame

__all__ = ["Mark", "Segment", "marks_of", "reading", "segments"]

TINTED = ("entity", "quantity", "environment")
UNDERLINED = ("event", "relation")


@dataclass(frozen=True)
class Mark:
    """A part of the text [start, end) of a `kind`, and what its tooltip says."""

    start: int
    end: int
    kind: str
    tip: str
    status: str = ""


@dataclass(frozen=True)
class Segment:
    """A stretch of the text that the same marks cover: `tint` and `line` are the kinds that show, `tips` of all of them."""

    text: str
    tint: str = ""
    line: str = ""
    tips: tuple[str, ...] = ()
    starts: bool = False  # whether a tinted mark begins here


def marks_of(frame: Frame | None, elements: list[dict[str, Any]], language: str) -> list[Mark]:
    """Marks from the frame, or from the spans of the elements where there is no frame."""
    w = words(language)
    status = {(row["kind"], tuple(row["span"])): row["status"] for row in elements if row.get("span")}
    if frame is None:
        return [
            Mark(
                row["span"][0],
                row["span"][1],
                row["kind"],
                f"{w[row['kind']]} · {row['body'] or row['name']} · {w[row['status']]}",
                row["status"],
            )
            for row in elements
            if row.get("span") and row["kind"] in (*TINTED, *UNDERLINED)
        ]
    found: list[Mark] = []

    def add(span: Any, kind: str, *said: str) -> None:
        if span:
            state = status.get((kind, tuple(span)), "")
            tip = " · ".join(part for part in (w[kind], *said, w.get(state, "")) if part)
            found.append(Mark(span[0], span[1], kind, tip, state))

    for entity in frame.entities:
        add(entity.span, "entity", *_entity_words(entity, w, language))
    for event in frame.events:
        add(event.span, "event", *_event_words(event, w))
    for relation in frame.relations:
        add(relation.span, "relation", reading_word(relation.type, language))
    for quantities in [owner.quantities for owner in frame.entities] + [owner.quantities for owner in frame.events]:
        for quantity in quantities:
            value = "" if quantity.value is None else f"{quantity.value:g} {quantity.unit or ''}".strip()
            add(quantity.span, "quantity", reading_word(quantity.role or "", language), value)
    for entry in frame.environment:
        span = entry.get("span")
        for key, value in entry.items():
            if key != "span" and isinstance(span, list | tuple):
                add(span, "environment", f"{reading_word(key, language)}: {reading_word(value, language)}")
    return found


def _entity_words(entity: Entity, w: dict[str, str], language: str) -> list[str]:
    said = [entity.head.replace("_", " ")]
    said += [material_word(entity.material, language)] if entity.material else []
    said += [reading_word(word, language) for word in (entity.color, entity.size, *entity.attributes) if word]
    return said + ([w["times"].format(count=entity.count)] if entity.count and entity.count > 1 else [])


def _event_words(event: Event, w: dict[str, str]) -> list[str]:
    verb = event.verb.replace("_", " ")
    said = [f"{w['negated']} {verb}" if event.negated else verb, *event.manner]
    return said + ([w["times"].format(count=event.count)] if event.count else [])


def segments(text: str, marks: list[Mark]) -> list[Segment]:
    """The text cut at every edge of a mark. The shortest tinted mark tints a segment, the shortest underlined one underlines it."""
    inside = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    edges = sorted({0, len(text), *(mark.start for mark in inside), *(mark.end for mark in inside)})
    found = []
    for start, end in pairwise(edges):
        cover = sorted(
            (mark for mark in inside if mark.start <= start and end <= mark.end), key=lambda mark: mark.end - mark.start
        )
        tint = next((mark for mark in cover if mark.kind in TINTED), None)
        line = next((mark for mark in cover if mark.kind in UNDERLINED), None)
        found.append(
            Segment(
                text[start:end], tint.kind if tint else "", line.kind if line else "", tuple(dict.fromkeys(mark.tip for mark in cover)),
                tint is not None and tint.start == start,
            )
        )  # fmt: skip
    return found


def reading(frame: Frame | None, elements: list[dict[str, Any]], language: str) -> dict[str, list[dict[str, Any]]]:
    """Chips for things, for events in their order, for relations and surroundings, and the words that were not read."""
    w = words(language)
    if frame is None:
        return {}
    status = {(row["kind"], tuple(row["span"])): row["status"] for row in elements if row.get("span")}
    names = {entity.id: entity.mention or entity.head.replace("_", " ") for entity in frame.entities}

    def said(reference: str | list[str] | None) -> str:
        return "、".join(names.get(r, r) for r in ([reference] if isinstance(reference, str) else reference or []))

    def state(kind: str, span: Any) -> str:
        return status.get((kind, tuple(span)), "") if span else ""

    things = [
        {"text": names[e.id], "more": " · ".join(_entity_words(e, w, language)), "status": state("entity", e.span)}
        for e in frame.entities
    ]
    events = []
    for event in sorted(frame.events, key=lambda each: each.order):
        who = " → ".join(part for part in (said(event.agent), said(event.patient)) if part)
        words_of = frame.text[slice(*event.span)] if event.span else event.verb.replace("_", " ")
        more = " · ".join([*_event_words(event, w), *([who] if who else [])])
        events.append({"order": event.order, "text": words_of, "more": more, "status": state("event", event.span)})
    relations = [
        {
            "text": f"{said(r.subject)} {reading_word(r.type, language)} {said(r.object)}",
            "more": "",
            "status": state("relation", r.span),
        }
        for r in frame.relations
    ]
    surroundings = [
        {"text": f"{reading_word(key, language)}: {reading_word(value, language)}", "more": "", "status": ""}
        for entry in frame.environment
        for key, value in entry.items()
        if key != "span"
    ]
    unread = [{"text": frame.text[a:b], "more": "", "status": ""} for a, b in frame.unread if frame.text[a:b].strip()]
    return {"entity": things, "event": events, "relation": relations, "environment": surroundings, "unread": unread}
