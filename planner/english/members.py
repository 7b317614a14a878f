"""Members of a group: "one of the balls", "the red one", "the other", "two balls, one red and one blue"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english.knowledge import color_of, material_of
from planner.english.reading import Reading, Thing
from planner.english.tree import base, children, preposition
from planner.english.words import NUMBER_WORDS

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token
from planner.english.pronouns import candidates

__all__ = ["counted_members", "is_definite", "one_of", "split_pair"]


def is_definite(token: Token) -> bool:
    return any(
        base(c) == "det" and c.lower_ in ("the", "this", "that", "these", "those", "both") for c in token.children
    )


def _described(token: Token, like: Thing, reading: Reading) -> Thing | None:
    """ "the red one", "the rubber one", "the other": an earlier single thing of the kind that fits."""
    singles = [
        t
        for t in reading.things
        if t.count == 1
        and t.token is not None
        and t.token < token.i
        and (t.head == like.head or t.color or t.material)
        and t.role not in ("ground", "support", "part")
    ]
    marks = [c.lower_ for c in children(token, "amod", "compound", "nmod")]
    for mark in marks:
        fitting = [
            t
            for t in singles
            if mark in (t.color or "").split("+")
            or mark == t.size
            or mark in t.attributes
            or (t.material and material_of(mark) == t.material)
        ]
        if len(fitting) == 1:
            return fitting[0]
    if token.lower_ == "other" and is_definite(token):
        alike = [t for t in singles if t.head == like.head]
        if len(alike) == 2:
            last = max(
                (i, k)
                for k, t in enumerate(alike)
                for i, found in reading.by_token.items()
                if t in found and i < token.i
            )[1]
            return alike[1 - last]
    return None


def split_pair(doc: Doc, reading: Reading) -> None:
    """ "two balls, one red and one blue": the group and its members."""
    for i in range(len(doc) - 4):
        words = [t.lower_ for t in doc[i : i + 6]]
        if words[0] != "one" or color_of(words[1]) is None or words[2] != "and":
            continue
        rest = words[3:] if words[3] != "the" else words[4:]
        if len(rest) < 2 or rest[0] not in ("one", "another", "other") or color_of(rest[1]) is None:
            continue
        groups = [t for t in reading.things if t.token is not None and t.token < i and t.count != 1]
        if not groups:
            continue
        group, second = groups[-1], i + (4 if words[3] != "the" else 5)
        for place in (i + 1, second):
            member = Thing(
                group.head,
                place,
                group.material,
                doc[place].lower_,
                None,
                1,
                list(group.attributes),
                group.role,
                tokens={place - 1, place},
            )
            reading.things.append(member)
            reading.by_token[place] = [member]
            reading.by_token[place - 1] = [member]
            reading.link("part_of", [member], [group])
            group.members.append(member)


def one_of(token: Token, reading: Reading) -> Thing | None:
    """ "one of the balls", "the other", "another", "the middle one": a thing of its own like an earlier one."""
    group = next((c for c in token.children if base(c) == "nmod" and preposition(c) == "of"), None)
    like = reading.denoted(group) if group is not None else []
    if not like:
        known = candidates(token, reading)
        plural = [t for t in known if t.count != 1]
        alike = plural[-1:] if plural else [t for t in known if t.role in ("object", "character")][-1:]
        if token.lower_ in (
            "another",
            "other",
            "others",
            "one",
            "ones",
            "two",
            "three",
            "first",
            "second",
            "last",
            "latter",
            "former",
            "rest",
        ):
            like = alike
    if not like:
        return None
    first = like[0]
    spoken_of = _described(token, first, reading)
    if spoken_of is not None:
        reading.by_token[token.i] = [spoken_of]
        return spoken_of
    thing = Thing(
        first.head,
        token.i,
        first.material if group is not None else None,
        None,
        None,
        1,
        [],
        first.role,
        tokens={token.i},
    )
    marks = [
        c.lower_ for c in children(token, "amod", "det", "nummod") if c.lower_ not in ("the", "a", "an", "that", "this")
    ]
    if group is not None:
        thing.attributes = ["one_of", *marks] if token.lower_ == "one" else [token.lower_, *marks]
    else:
        thing.attributes = marks or [token.lower_]
    colors = [mark for mark in thing.attributes if color_of(mark) is not None]
    if colors:
        thing.color = color_of(colors[0])
        thing.attributes = [a for a in thing.attributes if a not in colors]
    if token.lower_ in ("two", "three", "four"):
        thing.count = {"two": 2, "three": 3, "four": 4}[token.lower_]
        thing.attributes = []
    if token.lower_ in ("rest", "others", "ones"):
        thing.count = None
    thing.tokens |= {c.i for c in children(token, "amod", "det", "nummod")}
    reading.things.append(thing)
    reading.by_token[token.i] = [thing]
    if first.count != 1:
        reading.link("part_of", [thing], [first])
        if first.role == "part":
            thing.role = "object"
            for link in list(reading.links):
                if link.type == "part_of" and link.subject == [first]:
                    reading.link("part_of", [thing], link.object)
                    reading.links.remove(next(k for k in reading.links if k.subject == [thing] and k.object == [first]))
    return thing


def counted_members(doc: Doc, reading: Reading) -> None:
    """ "knocks over six of them", "three of the pins fall": the event takes the group, and the number is how many of it."""
    for token in doc[:-2]:
        value = NUMBER_WORDS.get(token.lower_) or (int(token.text) if token.text.isdigit() else None)
        if value is None or value < 2 or doc[token.i + 1].lower_ != "of":
            continue
        group = _group_after(doc, token.i + 2, reading)
        if not group or all(t.count == 1 for t in group):
            continue
        sentence = token.sent
        verbs = [h for h in reading.happenings if h.token is not None and sentence.start <= h.token < sentence.end]
        before = [h for h in verbs if (h.token or 0) < token.i]
        after = [h for h in verbs if (h.token or 0) > token.i]
        if (
            before
            and not before[-1].patient
            and before[-1].agent != group
            and base(token) not in ("nsubj", "nsubj:pass")
        ):
            owner = before[-1]
            owner.patient = group
        elif before and before[-1].patient == group:
            owner = before[-1]
        elif after and (not after[0].agent or after[0].agent == group) and not after[0].passive:
            owner = after[0]
            owner.agent = group
        elif after and after[0].passive:
            owner = after[0]
            owner.patient = group
        else:
            continue
        owner.count = value
        owner.tokens |= {token.i, token.i + 1}
        reading.used |= {token.i, token.i + 1, token.i + 2}


def _group_after(doc: Doc, start: int, reading: Reading) -> list[Thing]:
    for i in range(start, min(start + 5, len(doc))):
        if doc[i].lower_ in ("them", "these", "those"):
            return reading.denoted(doc[i]) or [t for t in candidates(doc[i], reading) if t.count != 1][-1:]
        if doc[i].pos_ in ("NOUN", "PROPN") and (i + 1 >= len(doc) or doc[i + 1].pos_ not in ("NOUN", "PROPN")):
            return reading.denoted(doc[i])
    return []
