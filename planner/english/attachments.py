"""Attachments that a treebank parser gets wrong in scene descriptions: which noun or verb a phrase, a participle or a conjunct belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.tree import base, lemma

if TYPE_CHECKING:
    from spacy.tokens import Token

    from planner.english.sketch import Sketch

__all__ = [
    "NOMINAL",
    "_absolute",
    "_across_comma",
    "_comma_participle",
    "_corner",
    "_finite_conjunct",
    "_initial_phrase",
    "_label",
    "_lost_subject",
    "_nearest_conjunct",
    "_outer_coordination",
    "_stray_participle",
    "_unmarked_subject",
    "is_finite",
]


NOMINAL = frozenset(["NOUN", "PROPN", "PRON"])


def is_finite(token: Token) -> bool:
    return token.pos_ in ("VERB", "AUX") and token.tag_ in ("VBZ", "VBP", "VBD", "MD")


def _stray_participle(token: Token, sketch: Sketch) -> bool:
    """ "a matchstick taped to it", "five adults holding hands": a participle behind a noun belongs to the noun.

    An -ing form does so only behind a noun of "by" or "with": "walks down the street carrying a bag" is said of the walker.
    """
    if (
        token.pos_ != "VERB"
        or token.tag_ not in ("VBN", "VBG")
        or base(token) not in ("advmod", "amod", "obl", "dep", "xcomp", "advcl")
        or token.i <= token.sent.start
    ):
        return False
    noun = token.doc[token.i - 1]
    if noun.pos_ not in ("NOUN", "PROPN") or token.head.i == noun.i or token.head.i > token.i or base(noun) == "nsubj":
        return False
    if any(base(c) in ("nsubj", "aux", "mark") for c in token.children):
        return False
    if token.tag_ == "VBG" and not any(base(c) == "case" and c.lower_ in ("by", "with", "of") for c in noun.children):
        return False
    sketch.set(token.i, noun.i, "acl")
    return True


def _across_comma(token: Token, sketch: Sketch) -> bool:
    """ "of an oven, front view": a noun does not modify what stands behind a comma."""
    if token.pos_ != "NOUN" or base(token) not in ("amod", "compound") or token.head.i < token.i:
        return False
    comma = next((t for t in token.doc[token.i : token.head.i] if t.text == ","), None)
    if comma is None or token.doc[token.i + 1].text != ",":
        return False
    head = token.head.i
    sketch.replace(head, token.i)
    for k in sketch.children(head):
        if k < comma.i and k != token.i:
            sketch.set(k, token.i, sketch.dep[k])
    sketch.set(head, token.i, "appos")
    return True


def _lost_subject(token: Token, sketch: Sketch) -> bool:
    """ "a pipe to the left of the frame and a ball rolls ...": the noun before a finite verb without a subject is its subject."""
    if (
        not (is_finite(token) and token.pos_ == "VERB")
        or any(base(c) in ("nsubj", "csubj", "expl", "aux") for c in token.children)
        or base(token) not in ("conj", "parataxis", "root", "advcl")
    ):
        return False
    if any(base(c) == "mark" for c in token.children):
        return False
    i = token.i - 1
    while i > token.sent.start and token.doc[i].pos_ in ("ADV", "PART"):
        i -= 1
    noun = token.doc[i]
    if noun.pos_ not in NOMINAL or base(noun) != "conj" or noun.i <= token.sent.start:
        return False
    if (
        any(base(c) == "case" for c in noun.children)
        or not any(base(c) in ("det", "nummod") for c in noun.children)
        or noun.head.i > noun.i
    ):
        return False
    if noun.head.pos_ == "VERB" and noun.head.i < noun.i:
        sketch.set(token.i, noun.head.i, "conj")
    for k in sketch.children(noun.i):
        if token.doc[k].lower_ in ("and", "but"):
            sketch.set(k, token.i, "cc")
    sketch.set(noun.i, token.i, "nsubj")
    return True


def _initial_phrase(token: Token, sketch: Sketch) -> bool:
    """ "In a vacuum, a ball and a feather fall": what stands behind the comma is the subject, not part of the phrase."""
    doc = token.doc
    if token.pos_ not in NOMINAL or base(token) not in ("conj", "appos") or token.head.i > token.i:
        return False
    phrase, verb = token.head, token.head.head
    marked = any(base(c) == "case" and c.i == phrase.sent.start for c in phrase.children)
    start = min(
        (t.i for t in token.children if t.i < token.i and base(t) in ("det", "amod", "nummod", "compound")),
        default=token.i,
    )
    if not marked or verb.pos_ != "VERB" or verb.i < token.i or doc[start - 1].text != ",":
        return False
    passive = any(c.dep_.lower() == "aux:pass" for c in verb.children)
    others = [c for c in phrase.children if base(c) == "conj" and token.i < c.i < verb.i]
    subject = next((c for c in verb.children if base(c) == "nsubj"), None)
    sketch.set(token.i, verb.i, "nsubj:pass" if passive else "nsubj")
    for other in [*others, *([subject] if subject is not None and subject.i > token.i else [])]:
        sketch.set(other.i, token.i, "conj")
    return True


def _nearest_conjunct(token: Token, sketch: Sketch) -> bool:
    """ "two pillows and two tools hanging above them": a participle belongs to the conjunct before it that has its own determiner."""
    if base(token) != "acl" or token.i <= token.sent.start or token.tag_ not in ("VBG", "VBN"):
        return False
    noun = token.doc[token.i - 1]
    if (
        noun.pos_ != "NOUN"
        or base(noun) != "conj"
        or noun.head.i != token.head.i
        or not any(base(c) in ("det", "nummod") for c in noun.children)
    ):
        return False
    sketch.set(token.i, noun.i, "acl")
    return True


def _outer_coordination(token: Token, sketch: Sketch) -> bool:
    """ "pillows on a table and two tools hanging above them": a counted noun with a clause of its own is not under "on"."""
    if (
        base(token) != "conj"
        or token.pos_ != "NOUN"
        or token.head.pos_ != "NOUN"
        or base(token.head) not in ("nmod", "obl")
        or token.head.head.pos_ != "NOUN"
    ):
        return False
    outer = token.head.head
    own = any(base(c) in ("nummod",) or c.lower_ in ("a", "an") for c in token.children)
    follows = token.doc[token.i + 1] if token.i + 1 < token.sent.end else None
    clause = follows is not None and follows.tag_ in ("VBG", "VBN") and (follows.head.i in (token.i, outer.i))
    if not own or not clause or any(base(c) == "case" for c in token.children) or follows is None:
        return False
    sketch.set(token.i, outer.i, "conj")
    sketch.set(follows.i, token.i, "acl")
    return True


def _finite_conjunct(token: Token, sketch: Sketch) -> bool:
    """ "rolls out of the tube sitting on the table and rolls on": a finite verb continues the finite verb, not the participle."""
    if (
        base(token) != "conj"
        or token.tag_ not in ("VBZ", "VBP")
        or token.pos_ != "VERB"
        or token.head.tag_ not in ("VBG", "VBN")
        or any(base(c) == "nsubj" for c in token.children)
    ):
        return False
    if any(base(c) == "aux" for c in token.head.children):
        return False
    for one in token.head.ancestors:
        if one.tag_ == token.tag_ and one.pos_ == "VERB":
            sketch.set(token.i, one.i, "conj")
            return True
    return False


def _absolute(token: Token, sketch: Sketch) -> bool:
    """ ", heat gradually spreading along the rod": a noun behind a comma with a participle behind it is its subject."""
    doc = token.doc
    if (
        token.tag_ not in ("VBG", "VBN")
        or token.pos_ != "VERB"
        or any(base(c) in ("nsubj", "aux", "mark", "cop") for c in token.children)
    ):
        return False
    i = token.i - 1
    while i > token.sent.start and doc[i].pos_ == "ADV":
        i -= 1
    noun = doc[i]
    if (
        noun.pos_ not in ("NOUN", "PROPN")
        or base(noun) in ("nsubj", "obj", "nmod")
        or (token.head.i == noun.i and base(token) == "acl" and base(noun) != "conj")
    ):
        return False
    start = noun.i
    while (
        start > token.sent.start
        and doc[start - 1].pos_ in ("DET", "ADJ", "NUM", "NOUN", "PROPN")
        and doc[start - 1].head.i == noun.i
    ):
        start -= 1
    before = doc[start - 1] if start > token.sent.start else None
    if (
        before is None
        or before.text not in (",", ":")
        or base(noun) not in ("conj", "appos", "list", "parataxis", "dep", "obl", "root")
    ):
        return False
    above = noun.head.i if noun.head.i < noun.i else sketch.head[token.i] if sketch.head[token.i] < noun.i else token.i
    if above in (noun.i, token.i):
        return False
    sketch.set(noun.i, token.i, "nsubj:pass" if token.tag_ == "VBN" else "nsubj")
    sketch.set(token.i, above, "advcl")
    return True


def _unmarked_subject(token: Token, sketch: Sketch) -> bool:
    """ "one end held hot": a bare noun phrase before a participle that has no other subject."""
    if (
        base(token) != "obl"
        or token.dep_.lower() not in ("obl:unmarked", "obl:tmod", "obl:npmod")
        or token.pos_ not in NOMINAL
    ):
        return False
    verb = token.head
    if (
        verb.i < token.i
        or verb.tag_ not in ("VBN", "VBG", "VBZ", "VBP")
        or verb.pos_ != "VERB"
        or any(base(c) == "nsubj" for c in verb.children)
    ):
        return False
    if any(t.pos_ not in ("ADV", "AUX", "PART") for t in token.doc[token.i + 1 : verb.i]):
        return False
    sketch.dep[token.i] = "nsubj:pass" if verb.tag_ == "VBN" else "nsubj"
    return True


def _corner(token: Token, sketch: Sketch) -> bool:
    """ "to the bottom right corner": the words for the sides belong to the corner."""
    doc, first = token.doc, token.i
    if token.lower_ not in ("corner", "edge", "side"):
        return False
    while first > token.sent.start and doc[first - 1].lower_ in ("top", "bottom", "upper", "lower", "left", "right"):
        first -= 1
    words = [k for k in range(first, token.i) if sketch.head[k] != token.i]
    if not words:
        return False
    lead = words[0]
    if base(doc[lead]) in ("obl", "nmod", "obj", "nsubj") and sketch.head[lead] not in range(first, token.i + 1):
        sketch.replace(lead, token.i)
        for k in sketch.children(lead):
            sketch.set(k, token.i, sketch.dep[k])
    for k in range(first, token.i):
        sketch.set(k, token.i, "amod")
    return True


def _label(token: Token, sketch: Sketch) -> bool:
    """ "ball A", "box B": a letter behind a noun names it."""
    if (
        len(token.text.rstrip(".")) != 1
        or not token.text.isupper()
        or token.i <= token.sent.start
        or token.nbor(-1).pos_ != "NOUN"
    ):
        return False
    noun, follows = token.nbor(-1), token.nbor(1) if token.i + 1 < len(token.doc) else None
    if (
        token.text in ("A", "I")
        and follows is not None
        and follows.pos_ in ("NOUN", "ADJ", "VERB")
        and not token.whitespace_
    ):
        return False
    if (
        base(token) in ("nsubj", "obj", "obl")
        and sketch.head[token.i] != noun.i
        and base(noun) in ("root", "compound", "dep", "list")
    ):
        sketch.replace(token.i, noun.i)
    for k in sketch.children(token.i):
        if k != noun.i:
            sketch.set(k, noun.i, sketch.dep[k])
    sketch.set(token.i, noun.i, "flat")
    token.pos_ = "PROPN"
    return True


def _comma_participle(token: Token, sketch: Sketch) -> bool:
    """ "pulls a load with a chain, moving it along": behind a comma the participle is said of the clause, not of the last noun."""
    under_participle = base(token) == "advcl" and base(token.head) == "acl" and token.head.tag_ in ("VBN", "VBG")
    if not (base(token) == "acl" or under_participle) or token.dep_.lower().endswith("relcl") or token.tag_ != "VBG":
        return False
    if token.i - 1 <= token.sent.start:
        return False
    i = token.i - 1
    while i > token.sent.start and token.doc[i].pos_ == "ADV":
        i -= 1
    if token.doc[i].text != "," or any(base(c) == "nsubj" for c in token.children):
        return False
    for one in token.ancestors:
        if one.pos_ == "VERB" and (is_finite(one) or any(base(c) == "aux" for c in one.children)) and one.i < token.i:
            if lemma(one) in w.DISPLAY_VERBS:
                return False
            sketch.set(token.i, one.i, "advcl")
            return True
    return False
