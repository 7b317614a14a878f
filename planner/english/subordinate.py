"""Subordinate clauses that the tree takes for something else: "before a boy catches it" as a phrase, "rolls backwards" as a subject of a verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english.attachments import is_finite
from planner.english.knowledge import verb_of
from planner.english.tree import base

if TYPE_CHECKING:
    from spacy.tokens import Token

    from planner.english.sketch import Sketch

__all__ = ["_clause_as_phrase", "_direction_as_verb"]

SUBORDINATORS = frozenset(["before", "after", "until", "till", "once", "while", "when", "as", "because"])
DIRECTIONS = frozenset(
    ["backward", "backwards", "forward", "forwards", "upward", "upwards", "downward", "downwards", "sideways", "inward", "inwards", "outward", "outwards"]
)  # fmt: skip


def _clause_as_phrase(token: Token, sketch: Sketch) -> bool:
    """ "bounces before a boy in a shirt catches it": the noun after the subordinator is the subject of the finite verb that follows."""
    if (
        token.lower_ not in SUBORDINATORS
        or base(token) not in ("case", "mark")
        or token.head.pos_ not in ("NOUN", "PROPN", "PRON")
    ):
        return False
    noun = token.head
    if noun.i < token.i or base(noun) not in ("obl", "nmod", "advcl", "conj"):
        return False
    doc = token.doc
    for k in range(noun.i + 1, token.sent.end):
        verb = doc[k]
        if (
            verb.pos_ == "PUNCT"
            or verb.lower_ in ("and", "or", "but", "which", "that", "who")
            or verb.lower_ in SUBORDINATORS
        ):
            return False
        if verb.pos_ != "VERB" or not is_finite(verb):
            continue
        if any(base(c) in ("nsubj", "nsubj:pass") for c in verb.children):
            return False
        governor = noun.head
        if governor == verb:
            governor = verb.head
        if verb.head.i == verb.i or governor.i >= token.i:
            return False
        sketch.set(verb.i, governor.i, "advcl")
        sketch.set(noun.i, verb.i, "nsubj")
        sketch.set(token.i, verb.i, "mark")
        for i in range(noun.i + 1, len(doc)):
            if i == verb.i or sketch.head[i] != governor.i or sketch.dep[i] == "punct":
                continue
            sketch.set(
                i, noun.i if i < verb.i else verb.i, "nmod" if i < verb.i and sketch.dep[i] == "obl" else sketch.dep[i]
            )
        return True
    return False


def _direction_as_verb(token: Token, sketch: Sketch) -> bool:
    """ "rolls backwards down a slope": the adverb was taken for the verb, and the verb for its subject."""
    if token.lower_ not in DIRECTIONS or token.pos_ not in ("VERB", "NOUN", "ADJ") or token.i == token.sent.start:
        return False
    verb = token.doc[token.i - 1]
    if verb_of(verb.text) is None or (verb.head != token and token.head != verb):
        return False
    if verb.head == token:
        sketch.replace(token.i, verb.i)
        for k in sketch.children(token.i):
            if k != verb.i:
                sketch.set(k, verb.i, sketch.dep[k])
    if verb.pos_ == "NOUN":
        verb.pos_, verb.tag_ = "VERB", "VBZ"
    token.pos_, token.tag_ = "ADV", "RB"
    sketch.set(token.i, verb.i, "advmod")
    return True
