"""Subjects and objects that the tree confuses: a shared noun at a clause border, a companion read as subject, a fronted participle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english.attachments import is_finite
from planner.english.knowledge import is_name, is_transitive, verb_forms_of, verb_of
from planner.english.tree import base

if TYPE_CHECKING:
    from spacy.tokens import Token

    from planner.english.sketch import Sketch

__all__ = [
    "_bare_plural_verb",
    "_companion",
    "_compared_object",
    "_fronted_participle",
    "_object_before_and",
    "_plural_before_participle",
]


def _object_before_and(token: Token, sketch: Sketch) -> bool:
    """ "punctures the tire and the car rolls": the noun before "and" is the object of the first verb."""
    if token.pos_ != "VERB" or base(token) not in ("conj", "parataxis") or not is_finite(token):
        return False
    first = token.head
    subject = next((c for c in token.children if base(c) == "nsubj"), None)
    if subject is None or first.pos_ != "VERB" or not first.i < subject.i < token.i:
        return False
    second = next((c for c in subject.children if base(c) == "conj" and subject.i < c.i < token.i), None)
    between = token.doc[first.i + 1 : subject.i]
    takes = any(is_transitive(name) or _may_take(name) for name in verb_forms_of(first.text))
    if (
        second is None
        or not takes
        or any(t.pos_ not in ("DET", "ADJ", "NOUN", "NUM", "PRON") for t in between)
        or any(base(c) == "obj" for c in first.children)
        or not any(base(c) in ("det", "nmod:poss") for c in second.children)
    ):
        return False
    sketch.set(subject.i, first.i, "obj")
    sketch.set(second.i, token.i, "nsubj")
    for k in [*sketch.children(subject.i), *sketch.children(second.i)]:
        if sketch.dep[k] == "cc":
            sketch.set(k, token.i, "cc")
    return True


def _may_take(name: str) -> bool:
    from planner.lexicon import verb_of as known

    verb = known(name, "en")
    return verb is not None and verb.transitivity != "intransitive"


def _companion(token: Token, sketch: Sketch) -> bool:
    """ "An old man with a cane crosses the street": what follows "with" goes with the subject and is none itself."""
    if token.pos_ != "VERB":
        return False
    subjects = [c for c in token.children if base(c) == "nsubj" and c.i < token.i]
    if len(subjects) < 2:
        return False
    noun, companion = subjects[-2], subjects[-1]
    mark = next((c for c in token.children if c.lower_ == "with" and noun.i < c.i < companion.i), None)
    if mark is None:
        return False
    sketch.set(mark.i, companion.i, "case")
    sketch.set(companion.i, noun.i, "nmod")
    return True


def _fronted_participle(token: Token, sketch: Sketch) -> bool:
    """ "Thrown hard, the dart sticks in the board": a participle before the comma, said of the subject behind it."""
    if (
        token.i != token.sent.start
        or token.pos_ not in ("PROPN", "NOUN", "ADJ", "VERB")
        or not verb_forms_of(token.text)
    ):
        return False
    low = token.lower_
    if low in verb_forms_of(token.text) or low.endswith(("s", "ing")) or base(token) != "root":
        return False
    comma = next((t for t in token.sent if t.text == ","), None)
    main = next(
        (t for t in token.sent if (comma is not None and t.i > comma.i and t.pos_ == "VERB" and is_finite(t)
         and any(base(c) == "nsubj" and comma.i < c.i < t.i for c in t.children)) or (comma is not None and t.i > comma.i and t.head == token and t.tag_ == "VBZ")),
        None,
    )  # fmt: skip
    if comma is None or main is None or any(t.pos_ == "VERB" and t.i != token.i for t in token.doc[token.i : comma.i]):
        return False
    token.pos_, token.tag_, token.lemma_ = "VERB", "VBN", verb_of(token.text) or low
    for k in sketch.children(token.i):
        if k > comma.i and k != main.i:
            sketch.set(
                k, main.i, "nsubj" if token.doc[k].i < main.i and sketch.dep[k].startswith("nsubj") else sketch.dep[k]
            )
    sketch.set(main.i, main.i, "ROOT")
    sketch.set(token.i, main.i, "advcl")
    return True


def _compared_object(token: Token, sketch: Sketch) -> bool:
    """ "carries a crumb bigger than itself": the noun is the object, the comparison says something of it."""
    if token.tag_ != "JJR" or base(token) != "obj":
        return False
    noun = next((c for c in token.children if c.pos_ == "NOUN" and c.i == token.i - 1), None)
    if noun is None:
        return False
    sketch.set(noun.i, token.head.i, "obj")
    sketch.set(token.i, noun.i, "acl")
    return True


def _plural_before_participle(token: Token, sketch: Sketch) -> bool:
    """ "wax beads stuck along the rod fall off": with a finite verb behind it, the first "verb" is the plural of a thing."""
    if token.tag_ != "VBZ" or base(token) != "root" or not is_name(token.lower_):
        return False
    later = next(
        (c for c in token.children if base(c) in ("xcomp", "ccomp", "advcl") and c.tag_ in ("VBP", "VBD") and c.i > token.i
         and not any(g.lower_ == "to" or base(g) == "nsubj" for g in c.children)), None,
    )  # fmt: skip
    modifier = next((c for c in token.children if base(c) == "nsubj" and c.i == token.i - 1), None)
    if later is None or modifier is None:
        return False
    token.pos_, token.tag_ = "NOUN", "NNS"
    sketch.set(later.i, later.i, "ROOT")
    sketch.set(token.i, later.i, "nsubj")
    for k in sketch.children(modifier.i):
        sketch.set(k, token.i, sketch.dep[k])
    sketch.set(modifier.i, token.i, "compound")
    for k in sketch.children(token.i):
        if token.doc[k].tag_ == "VBN" and sketch.dep[k] == "xcomp":
            sketch.set(k, token.i, "acl")
        elif sketch.dep[k] == "punct":
            sketch.set(k, later.i, "punct")
    return True


BOTH = frozenset(["two", "three", "both", "all", "they"])


def _bare_plural_verb(token: Token, sketch: Sketch) -> bool:
    """ "the two stick together": a verb's bare form behind a plural, with "together" or "apart" behind it."""
    doc = token.doc
    if (
        token.pos_ != "NOUN"
        or token.i + 1 >= len(doc)
        or token.i <= token.sent.start
        or verb_of(token.text) != token.lower_
    ):
        return False
    before, after = doc[token.i - 1], doc[token.i + 1]
    if before.lower_ not in BOTH or after.lower_ not in ("together", "apart", "off", "away", "back"):
        return False
    outer = token.head if token.head != token else None
    token.pos_, token.tag_, token.lemma_ = "VERB", "VBP", token.lower_
    before.pos_, before.tag_ = "NUM", "CD"
    for k in sketch.children(token.i):
        if k < token.i and k != before.i:
            sketch.set(k, before.i if sketch.dep[k] == "det" else token.i, sketch.dep[k])
    sketch.set(before.i, token.i, "nsubj")
    sketch.set(after.i, token.i, "advmod")
    while outer is not None and outer.pos_ != "VERB" and outer.head != outer:
        outer = outer.head
    sketch.set(
        token.i,
        outer.i if outer is not None and outer.i != token.i else token.i,
        "conj" if outer is not None else "ROOT",
    )
    return True
