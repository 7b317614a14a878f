"""Phrases on nouns and predicates, stative participles: "a cup on the table", "a bucket filled with water", "with a match taped to it"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.arguments import is_passive_event, subjects, things_of
from planner.english.knowledge import role_of
from planner.english.places import landmark_of, static_relation
from planner.english.reading import Reading, Thing
from planner.english.tree import base, children, lemma, place_of

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

__all__ = ["FILLING", "noun_places", "participles"]

SUSPENDERS = frozenset(["rope", "cable", "string", "chain", "wire", "thread", "hand", "cord"])
FILLING = frozenset(["fill", "full", "contain"])


def noun_places(doc: Doc, reading: Reading) -> None:
    """Phrases on nouns and predicates: "a cup on the table", "a bird is above a tree", "a platform with a match taped to it"."""
    for token in doc:
        subject = things_of(token, reading) if token.i in reading.by_token else []
        predicate = token.pos_ in ("NOUN", "PROPN", "PRON", "ADJ", "ADV", "NUM") and any(
            base(c) == "cop" for c in token.children
        )
        if any(base(c) == "expl" for c in token.children) and lemma(token) in ("be", "exist", "have", "'s"):
            there = [t for c in children(token, "nsubj", "obj") for t in things_of(c, reading)]
            for child in children(token, "obl", "nmod", "advmod"):
                if there:
                    static_relation(there, place_of(child), reading, doc)
        if predicate or (
            (base(token) == "root" or token.head == token) and children(token, "nsubj") and token.pos_ != "VERB"
        ):
            place = place_of(token)
            owner = [t for c in children(token, "nsubj") for t in things_of(c, reading)]
            if owner and place.preposition and static_relation(owner, place, reading, doc):
                continue
        if token.pos_ == "VERB" or not subject:
            continue
        if base(token) == "nmod" and token.head.pos_ == "VERB":
            continue
        company: Token | None = None  # "a table with a pipe on its end": the pipe is on the end
        for child in children(token, "nmod", "obl"):
            if child.i < token.i or any(child.i in h.tokens for h in reading.happenings):
                continue
            place = place_of(child)
            if place.preposition == "by" and (held := things_of(child, reading)) and held[0].head in SUSPENDERS:
                continue  # "hanging by a cable"
            if any(place.tokens & h.tokens for h in reading.happenings) or any(
                place.tokens & k.tokens and k.object == landmark_of(place, doc, reading) for k in reading.links
            ):
                continue
            if place.preposition in ("with", "containing", "of", "without", "for", "from", "like", "as", ""):
                if place.preposition == "with" and place.part is None:
                    _with_phrase(subject, child, reading, doc)
                    company = child
                continue
            if company is not None and company.i < child.left_edge.i <= company.right_edge.i + 1:
                static_relation(things_of(company, reading), place, reading, doc)
                continue
            group = subject if base(token) == "root" or token.head == token else reading.denoted(token)
            later = [t for t in group if t.token == token.i] or group
            static_relation(later, place, reading, doc)


def _with_phrase(owner: list[Thing], token: Token, reading: Reading, doc: Doc) -> None:
    """ "a box with a ball inside", "a platform with a match taped to it"."""
    found = things_of(token, reading)
    text = [t.lower_ for t in token.subtree]
    if not found or owner[0] in found:
        return
    if "inside" in text or text[-2:] == ["in", "it"]:
        reading.link("in", found, owner)
    elif text[-2:] == ["on", "it"] or text[-2:] == ["on", "top"]:
        reading.link("on", found, owner)
    elif found[0].head in w.PART_NOUNS | {"wheel", "handle", "lid", "leg", "sail", "arm"}:
        reading.link("part_of", found, owner)
        for thing in found:
            thing.role = "part"
    elif role_of(found[0].head) == "fluid" or owner[0].role == "container":
        reading.link("in", found, owner)


def participles(doc: Doc, reading: Reading, *, only: frozenset[str] | None = None) -> None:
    """Stative participles and relative clauses place their noun: placed on, hanging above, filled with, attached to."""
    done = {h.token for h in reading.happenings}
    for verb in doc:
        name = lemma(verb)
        if only is not None and name not in only:
            continue
        if (
            verb.pos_ not in ("VERB", "ADJ")
            or verb.i in done
            or (
                name not in w.STATIVE_PARTICIPLES
                and name not in w.POSTURE_VERBS
                and name not in ("full", "have", "surround", "face", "suspend")
            )
        ):
            continue
        if name == "full" or name == "empty":
            theme = things_of(verb.head, reading) if base(verb) == "amod" else subjects(verb, reading)
        else:
            theme = subjects(verb, reading)
        if not theme:
            continue
        reading.used.add(verb.i)
        if name in ("contain", "have"):
            inside = [t for c in children(verb, "obj", "obl") for t in things_of(c, reading)]
            if (
                name == "contain"
                or any(t.lower_ in ("it", "them") and t.i and t.nbor(-1).lower_ == "in" for t in verb.subtree)
                or (inside and inside[0].role == "fluid")
            ):
                reading.link("in", inside, theme, "initial", {verb.i})
                if theme[0].role == "object":
                    theme[0].role = "container"
            elif name == "have" and inside and (inside[0].head in w.PART_NOUNS):
                reading.link("part_of", inside, theme)
            continue
        previous: list[Thing] = []
        for child in verb.children:
            relative = child.lower_ in ("which", "whom") and any(base(c) == "case" for c in child.children)
            if base(child) not in ("obl", "nmod", "obj") and not relative:
                continue
            place = place_of(child)
            found = landmark_of(place, doc, reading)
            adjacent = bool(previous) and place.preposition in ("on", "in") and found and previous[0].role != "ground"
            if adjacent and child.i and not any(t.text == "," for t in verb.doc[verb.i : child.i]):
                static_relation(previous[:1], place, reading, doc)  # "placed on a tray on a table"
                continue
            previous = found if place.preposition in ("on", "in", "above", "over") else []
            if name in ("fill", "full") and place.preposition in ("with", "of"):
                reading.link("in", found, theme, "initial", {verb.i} | place.tokens)
                for thing in theme:
                    thing.role = "container" if thing.role == "object" else thing.role
                continue
            if place.preposition in ("from", "by", "to", "with", "in", "on") or base(child) == "obj":
                kind = w.STATIVE_PARTICIPLES.get(name)
                if name in ("hang", "suspend") and place.preposition == "from":
                    reading.link("hanging_from", theme, found, "initial", place.tokens)
                    continue
                if kind == "attached_to" and place.preposition in ("to", "with", "on"):
                    reading.link("attached_to", theme, found, "initial", place.tokens)
                    continue
                if (
                    place.preposition == "by"
                    and kind in ("supported_by", "surrounded_by", "covered_by", "held_by")
                    and is_passive_event(verb)
                ):
                    reading.link(kind, theme, found, "initial", place.tokens)
                    continue
                if kind == "covered_by" and place.preposition == "with":
                    reading.link("covered_by", theme, found, "initial", place.tokens)
                    continue
            static_relation(theme, place, reading, doc)
