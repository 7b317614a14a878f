"""Attachments that a treebank parser gets wrong in scene descriptions, each a rule of English that holds whatever the words.

A rule gets a token and a `Sketch` of the tree; it returns True when it has changed the sketch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english.knowledge import (
    frame_verb,
    is_motion,
    is_transitive,
    verb_forms_of,
    verb_of,
)
from planner.english.subjects_mended import (
    _bare_plural_verb,
    _companion,
    _compared_object,
    _fronted_participle,
    _object_before_and,
    _plural_before_participle,
)
from planner.english.subordinate import _clause_as_phrase, _direction_as_verb
from planner.english.tree import base

if TYPE_CHECKING:
    from collections.abc import Callable

    from spacy.tokens import Token

    from planner.english.sketch import Sketch
from planner.english.attachments import (
    NOMINAL,
    _absolute,
    _across_comma,
    _comma_participle,
    _corner,
    _finite_conjunct,
    _initial_phrase,
    _label,
    _lost_subject,
    _nearest_conjunct,
    _outer_coordination,
    _stray_participle,
    _unmarked_subject,
    is_finite,
)
from planner.english.mistagged import (
    _adverb_noun,
    _determined_noun,
    _known_compound,
    _modal_noun,
    _named_gerund,
    _noun_after_preposition,
    _plural_as_verb,
)

__all__ = ["RULES"]


PREPOSITION_PARTICLES = frozenset(
    ["off", "down", "up", "across", "through", "along", "past", "around", "over", "onto", "into"]
)


TRANSITIVE_PARTICLES = frozenset(
    [
        "knock",
        "tip",
        "push",
        "put",
        "pick",
        "pour",
        "prop",
        "blow",
        "turn",
        "set",
        "cut",
        "pull",
        "tear",
        "throw",
        "roll",
        "flip",
        "bring",
        "take",
        "lift",
        "hold",
        "fold",
        "open",
        "shut",
        "toss",
    ]
)


def _reduced_relative(token: Token, sketch: Sketch) -> bool:
    """ "a fourth marble shot at 2 m/s knocks ...": a participle that was taken for the head of a compound."""
    doc = token.doc
    noun_like = token.pos_ == "NOUN" or (token.tag_ == "VBN" and base(token) in ("obl", "nmod", "obj", "nsubj"))
    if not noun_like or token.i <= token.sent.start or token.lower_ in (verb_of(token.text) or "", ""):
        return False
    noun = doc[token.i - 1]
    past = token.lower_.endswith(("ed", "wn", "en", "ot", "ept", "id", "ut", "eld")) and bool(verb_forms_of(token.text))
    follows = doc[token.i + 1] if token.i + 1 < token.sent.end else None
    if (
        not past
        or noun.head.i != token.i
        or base(noun) != "compound"
        or follows is None
        or follows.pos_ not in ("ADP", "ADV")
    ):
        return False
    if token.tag_ != "VBN" and not any(is_finite(t) for t in doc[token.i + 1 : token.sent.end]):
        return False
    above = token.head.i
    sketch.replace(token.i, noun.i)
    for k in sketch.children(token.i):
        if k < noun.i:
            sketch.set(k, noun.i, doc[k].dep_)
    sketch.set(token.i, noun.i, "acl")
    token.pos_, token.tag_, token.lemma_ = "VERB", "VBN", verb_of(token.text) or token.lower_
    for k in sketch.children(above):
        if k > token.i and base(doc[k]) in ("obl", "compound", "advmod"):
            sketch.set(k, token.i, sketch.dep[k])
    verb = next((t for t in doc[token.i + 1 : token.sent.end] if is_finite(t)), None)
    if verb is not None:
        for k in range(token.i + 1, verb.i):
            if (sketch.head[k] < noun.i or sketch.head[k] == noun.i) and base(doc[k]) in ("obl", "nmod"):
                sketch.set(k, token.i, "obl")
        if not any(base(doc[k]) == "nsubj" for k in sketch.children(verb.i)):
            if sketch.head[noun.i] == noun.i or sketch.dep[noun.i] in ("parataxis", "conj"):
                sketch.replace(noun.i, verb.i)
            sketch.set(noun.i, verb.i, "nsubj")
    return True


def _particle_is_preposition(token: Token, sketch: Sketch) -> bool:
    """ "skips off a skate": an adverb directly before a noun phrase of an intransitive verb marks that phrase."""
    verb = token.head
    if (
        token.lower_ not in PREPOSITION_PARTICLES
        or base(token) not in ("compound", "advmod", "case", "obl")
        or verb.pos_ != "VERB"
        or token.i <= verb.i
    ):
        return False
    if (
        verb.lemma_ in TRANSITIVE_PARTICLES
        or is_transitive(verb.lemma_)
        or (token.lower_ == "up" and not is_motion(verb.lemma_))
        or any(base(c) == "obj" and c.i < token.i for c in verb.children)
    ):
        return False
    for noun in verb.children:
        left = noun.left_edge.i
        if (
            base(noun) in ("obj", "xcomp", "obl", "nmod")
            and noun.pos_ in NOMINAL
            and left == token.i + 1
            and not any(base(c) == "case" for c in noun.children if c.i < noun.i and c.text not in ("'s", "’s"))
        ):
            sketch.set(token.i, noun.i, "case")
            sketch.set(noun.i, verb.i, "obl")
            return True
    return False


def _compound_of_verb(token: Token, sketch: Sketch) -> bool:
    """ "a bucket filled with water stands": a noun before a verb is no compound with it; it belongs to the preposition before it."""
    verb = token.head
    if base(token) not in ("compound", "flat") or token.pos_ != "NOUN" or verb.pos_ != "VERB" or verb.i < token.i:
        return False
    i = token.i - 1
    while i > token.sent.start and token.doc[i].pos_ in ("DET", "ADJ", "NUM"):
        i -= 1
    before = token.doc[i]
    if before.pos_ == "ADP" and i > token.sent.start:
        owner = token.doc[i - 1]
        sketch.set(token.i, owner.i, "nmod" if owner.pos_ in NOMINAL else "obl")
        sketch.set(before.i, token.i, "case")
        return True
    if not any(base(c) == "nsubj" for c in verb.children):
        sketch.dep[token.i] = "nsubj"
        return True
    return False


def _verb_conjunct(token: Token, sketch: Sketch) -> bool:
    """ "is pulled back and released": a verb continues a verb, not its adverb."""
    above = token.head.head
    if token.pos_ != "VERB" or base(token) != "conj" or token.head.pos_ not in ("ADV", "ADJ", "ADP"):
        return False
    if above.pos_ != "VERB" or above.i > token.i:
        return False
    sketch.set(token.i, above.i, "conj")
    return True


def _headline_participle(token: Token, sketch: Sketch) -> bool:
    """ "Metal grinder crushing coffee beans": without a finite verb, the -ing form between two bare nouns is the verb."""
    noun = token.doc[token.i - 1] if token.i > token.sent.start else None
    head = token.head
    if token.tag_ != "VBG" or base(token) not in ("amod", "compound") or head.i <= token.i or noun is None:
        return False
    if noun.pos_ not in NOMINAL or noun.head.i != head.i or verb_of(token.text) is None:
        return False
    if any(is_finite(t) for t in token.sent) or any(
        base(c) in ("det", "nummod") for c in head.children if c.i < noun.i
    ):
        return False
    sketch.replace(head.i, noun.i)
    sketch.set(token.i, noun.i, "acl")
    sketch.set(head.i, token.i, "obj")
    token.pos_ = "VERB"
    return True


def _both(token: Token, sketch: Sketch) -> bool:
    """ "both hit the ground": a subject."""
    if (
        token.lower_ != "both"
        or token.head.pos_ != "VERB"
        or base(token) not in ("cc", "det", "advmod", "obl")
        or any(base(c) == "nsubj" for c in token.head.children)
    ):
        return False
    token.pos_ = "PRON"
    sketch.set(token.i, token.head.i, "nsubj")
    return True


def _particle_of_transitive(token: Token, sketch: Sketch) -> bool:
    """ "put down the glass": the particle of a transitive verb marks no place."""
    noun = token.head
    joined = (
        frame_verb(f"{noun.head.lemma_} {token.lower_}") if base(token) == "case" and noun.head.pos_ == "VERB" else None
    )
    if (
        joined is None
        or "_" not in joined
        or joined in ("slide_off", "slip_off", "skip_off", "fall_over")
        or base(noun) != "obl"
        or noun.head.i != token.i - 1
        or noun.head.lemma_ not in TRANSITIVE_PARTICLES
    ):
        return False
    if any(base(c) == "obj" for c in noun.head.children) or any(
        base(c) == "nsubj" and c.dep_.endswith("pass") for c in noun.head.children
    ):
        return False
    sketch.set(token.i, noun.head.i, "compound:prt")
    sketch.dep[noun.i] = "obj"
    return True


SIDES = frozenset(["left", "right", "center", "centre", "middle", "top", "bottom", "front", "back", "side", "edge"])


def _side_conjunct(token: Token, sketch: Sketch) -> bool:
    """ "a ball on the left and a cube on the right": the things are joined, not the side with a thing, and each keeps its own side."""
    side = sketch.head[token.i]
    if (
        sketch.dep[token.i] != "conj"
        or token.pos_ not in NOMINAL
        or token.lower_ in SIDES
        or token.doc[side].lower_ not in SIDES
    ):
        return False
    owner = sketch.head[side]
    if owner >= side or token.doc[owner].pos_ not in NOMINAL:
        return False
    sketch.set(token.i, owner, "conj")
    for k in sketch.children(owner):
        if k > token.i and sketch.dep[k] == "nmod":
            sketch.set(k, token.i, "nmod")
    return True


RULES: tuple[Callable[[Token, Sketch], bool], ...] = (
    _direction_as_verb,
    _clause_as_phrase,
    _companion,
    _fronted_participle,
    _compared_object,
    _plural_before_participle,
    _bare_plural_verb,
    _initial_phrase,
    _object_before_and,
    _reduced_relative,
    _particle_is_preposition,
    _plural_as_verb,
    _noun_after_preposition,
    _stray_participle,
    _across_comma,
    _named_gerund,
    _compound_of_verb,
    _verb_conjunct,
    _headline_participle,
    _determined_noun,
    _adverb_noun,
    _known_compound,
    _both,
    _lost_subject,
    _outer_coordination,
    _nearest_conjunct,
    _finite_conjunct,
    _absolute,
    _corner,
    _side_conjunct,
    _label,
    _comma_participle,
    _unmarked_subject,
    _modal_noun,
    _particle_of_transitive,
)
