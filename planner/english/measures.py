"""Who a measure measures: every number with a unit goes to a thing or a happening, with its role settled by both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner.english.reading import Happening, Measure, Reading, Thing, reading_of
from planner.english.tree import ancestors, base

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

__all__ = ["scene_measures"]


EVENT_ROLES = frozenset(
    ["speed", "duration", "acceleration", "angular_speed", "frequency", "force", "energy", "pieces"]
)


THING_ROLES = frozenset(
    [
        "mass",
        "thermal_conductivity",
        "density",
        "diameter",
        "radius",
        "width",
        "thickness",
        "friction_coefficient",
        "restitution_coefficient",
        "volume",
    ]
)


def _span_root(measure: Measure, doc: Doc) -> Token | None:
    span = doc.char_span(measure.start, measure.end, alignment_mode="expand")
    return span.root if span is not None else None


def _nearest(measure: Measure, pool: Sequence[tuple[int, int, object]]) -> object | None:
    """The item whose (start, end) in characters lies nearest, those before the measure first."""
    before = [x for x in pool if x[0] <= measure.start]
    return max(before, key=lambda x: x[0])[2] if before else min(pool, key=lambda x: x[0])[2] if pool else None


def scene_measures(doc: Doc) -> Doc:
    """Component: every measure goes to the thing or the happening that it measures, with its role settled by both."""
    reading = reading_of(doc)
    for measure in reading.measures:
        root = _span_root(measure, doc)
        if root is None or measure.taken:
            continue
        if measure.role == "temperature":
            owner = _heated(measure, root, doc, reading)
            if owner is None and measure.value is not None:
                row = {"temperature": f"{measure.value:g} {measure.unit}"}
                reading.environment += [row] if row not in reading.environment else []
                measure.taken = True
                continue
        else:
            owner = _owner(measure, root, doc, reading)
        if owner is None:
            continue
        measure.taken = True
        reading.used |= {
            t.i for t in ancestors(root) if t.lower_ in (measure.role, "force", "speed") and t.i not in reading.by_token
        }
        before = doc.text[max(0, measure.start - 40) : measure.start].lower()
        if isinstance(owner, Thing):
            measure.role = measure.role or "length"
            owner.measures.append(measure)
        else:
            if measure.role == "duration" and re.search(
                r"\b(after|at t ?=|at)\s*(?:about|around|exactly)?\s*$", before
            ):
                scale = {"s": 1.0, "ms": 0.001, "min": 60.0, "h": 3600.0}.get(measure.unit or "s", 1.0)
                owner.at_time = (measure.value or 0.0) * scale
                continue
            if measure.role is None or measure.role == "length":
                drop = owner.verb in (
                    "fall",
                    "drop",
                    "release",
                    "plummet",
                    "plunge",
                    "tumble",
                    "throw",
                    "toss",
                    "rise",
                    "jump",
                    "lift",
                    "raise",
                    "lower",
                    "bounce",
                    "land",
                    "hang",
                )
                distance = re.search(r"\b(for|after|over|another|every|forward|within)\s*(?:about|around)?\s*$", before)
                measure.role = (
                    "height"
                    if (drop and not distance)
                    or re.search(r"\b(from|above|height of)\s*(?:about|around|a height of)?\s*$", before)
                    else "distance"
                )
            owner.measures.append(measure)
    return doc


TALL = frozenset(
    [
        "platform",
        "tower",
        "cliff",
        "building",
        "wall",
        "tree",
        "mast",
        "pole",
        "ladder",
        "bridge",
        "waterfall",
        "hill",
        "fence",
        "diving_board",
        "springboard",
    ]
)


def _owner(measure: Measure, root: Token, doc: Doc, reading: Reading) -> Thing | Happening | None:
    happenings = {h.token: h for h in reading.happenings if h.token is not None}
    verbs = [(doc[h.token].idx, 0, h) for h in reading.happenings if h.token is not None]
    things = [(doc[t.token].idx, 0, t) for t in reading.things if t.token is not None]
    inside = {t.i for t in doc if t.idx < measure.end and measure.start < t.idx + len(t)}
    before = doc.text[max(0, measure.start - 30) : measure.start].lower()
    adverbial = bool(
        re.search(
            r"\b(from|at|for|after|by|over|within|in|every|about)\s+(?:a |the )?(?:(?:height|speed|distance|angle|velocity) of )?(?:about |around |only |roughly |exactly )?$",
            before,
        )
    )
    dimension = re.search(
        r"(tall|high|long|wide|thick|deep|diameter|radius|length|width|across)$",
        doc.text[measure.start : measure.end].lower(),
    )
    right_after = doc[max(inside) + 1] if inside and max(inside) + 1 < len(doc) else None
    if (
        measure.role in (None, "length", "mass")
        and right_after is not None
        and right_after.pos_ in ("NOUN", "PROPN")
        and reading.denoted(right_after)
    ):
        if measure.role in (None, "length") and reading.denoted(right_after)[0].head in TALL:
            measure.role = "height"
        return reading.denoted(right_after)[0]  # "a 10 m platform"
    nearest_thing, nearest_verb = _nearest(measure, things), _nearest(measure, verbs)
    if (
        measure.role == "angle"
        and nearest_thing is not None
        and re.search(
            r"\b(inclined|tilted|sloped|angled|sloping|leaning|set|slope|incline)\s+(?:at|by|to|of)\s+(?:an angle of )?(?:about )?$",
            before,
        )
    ):
        return nearest_thing  # type: ignore[return-value]
    if measure.role == "angle":
        for one in [root, *ancestors(root)]:
            if base(one) == "acl" and one.i not in happenings and reading.denoted(one.head):
                return reading.denoted(one.head)[0]
    if (measure.role in THING_ROLES or dimension) and nearest_thing is not None:
        head = next((a for a in [root, *ancestors(root)] if a.i not in inside and reading.denoted(a)), None)
        if head is not None and head.i > root.i and head.i - root.i < 6:
            return reading.denoted(head)[0]
        if measure.role == "thermal_conductivity":
            named = [t for t in reading.things if t.material and t.role in ("object", "support", "part")]
            return named[0] if named else nearest_thing  # type: ignore[return-value]
        follows = next(
            (doc[i] for i in range(max(inside) + 1, min(len(doc), max(inside) + 6)) if reading.denoted(doc[i])), None
        )
        gap = doc.text[measure.end : follows.idx] if follows is not None else ","
        if follows is not None and not re.search(r"[,.;:()]|\b(?:on|in|and|at|is|from|that|of)\b", gap):
            return reading.denoted(follows)[0]
        return nearest_thing  # type: ignore[return-value]
    if measure.role in EVENT_ROLES and nearest_verb is not None:
        if isinstance(nearest_verb, Happening) and nearest_verb.token is not None:
            verb = doc[nearest_verb.token]
            gap = doc.text[verb.idx + len(verb) : measure.start]
            if verb.i < root.i and re.fullmatch(r"\s*(?:at|with|for|of)?(?: (?:a|the) \w+ of)?\s*", gap):
                return nearest_verb  # "moving at 4 m/s": whatever the tree says
        for one in ancestors(root):
            if one.i in happenings:
                return happenings[one.i]
        return nearest_verb  # type: ignore[return-value]
    start = min(inside, default=0)
    if (
        measure.role in (None, "length", "distance")
        and start
        and start - 1 in happenings
        and doc[start - 1].pos_ == "VERB"
        and not dimension
    ):
        return happenings[start - 1]  # "glides 15 meters over the pond"
    for one in ancestors(root):
        if one.i in inside:
            continue
        if one.i in happenings and (adverbial or base(root) in ("obl", "obj", "advmod")):
            return happenings[one.i]
        if reading.denoted(one) and not adverbial and one.i not in happenings:
            return reading.denoted(one)[0]
        if one.i in happenings:
            return happenings[one.i]
    if measure.role == "temperature" and not adverbial:
        return nearest_thing  # type: ignore[return-value]
    if adverbial or measure.role in EVENT_ROLES | {"height", "distance"}:
        return nearest_verb or nearest_thing  # type: ignore[return-value]
    return nearest_thing or nearest_verb  # type: ignore[return-value]


THERMAL_VERBS = frozenset(
    ["heat", "cool", "warm", "melt", "boil", "freeze", "reach", "rise", "drop", "fall", "chill", "burn", "thaw"]
)


def _heated(measure: Measure, root: Token, doc: Doc, reading: Reading) -> Thing | Happening | None:
    """A temperature belongs to the thing right before it ("a sphere at 200 °C") or to a change of heat; else to the surroundings."""
    for thing in reading.things:
        if thing.token is None or thing.token >= root.i:
            continue
        gap = doc.text[doc[thing.token].idx + len(doc[thing.token]) : measure.start].strip().lower()
        if gap in ("at", "of", "heated to", "with a temperature of", "at a temperature of", "cooled to", "("):
            return thing
    for one in [root, *ancestors(root)]:
        for happening in reading.happenings:
            if happening.token == one.i and happening.verb in THERMAL_VERBS and happening.literal_patient is None:
                return happening
    return None
