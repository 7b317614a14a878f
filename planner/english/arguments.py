"""Who does what to what: subjects and objects of a clause, over coordination, participles, control and relative clauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.knowledge import is_transitive
from planner.english.reading import Reading, Thing
from planner.english.tree import RELATIONAL, ancestors, base, children, conjuncts, is_passive, lemma, preposition

if TYPE_CHECKING:
    from spacy.tokens import Token

__all__ = ["by_phrase", "is_passive_event", "objects", "subject_token", "subjects", "things_of"]


def things_of(token: Token | None, reading: Reading) -> list[Thing]:
    """What a nominal and the nominals coordinated with it denote, without repeats."""
    found: list[Thing] = []
    if token is not None:
        for one in conjuncts(token):
            if one.pos_ not in ("VERB",) or one.i in reading.by_token:
                found += [t for t in reading.denoted(one) if t not in found]
    return found


def subject_token(verb: Token) -> Token | None:
    own = [c for c in verb.children if base(c) in ("nsubj", "csubj") and c.lower_ not in ("there",)]
    return own[-1] if own else None


def is_passive_event(verb: Token) -> bool:
    """Passive voice, inherited in coordinations of bare participles ("is lifted and thrown")."""
    if is_passive(verb):
        return True
    if (
        base(verb) == "conj"
        and verb.tag_ in ("VBN", "VBD")
        and subject_token(verb) is None
        and not children(verb, "obj", "aux")
    ):
        first = verb.head
        if is_passive(first) and verb.tag_ == "VBN":
            return True
    if (
        verb.tag_ in ("VBN", "VBD")
        and is_transitive(lemma(verb))
        and not [c for c in children(verb, "obj", "ccomp", "xcomp") if c.pos_ != "ADJ"]
    ):
        return not any(lemma(c) == "have" for c in verb.children if base(c) == "aux")
    return False


def objects(verb: Token, reading: Reading) -> list[Thing]:
    for relation in ("obj", "dobj"):
        for child in children(verb, relation):
            found = things_of(child, reading)
            if found:
                return found
    return []


def by_phrase(verb: Token, reading: Reading) -> list[Thing]:
    """The agent of a passive."""
    for child in (
        *verb.children,
        *(c for x in children(verb, "xcomp") for c in x.children),
    ):  # "is slammed shut by the wind"
        if base(child) == "obl" and (child.dep_.lower() == "obl:agent" or preposition(child) == "by"):
            found = things_of(child, reading)
            if found:
                return found
    return []


def subjects(verb: Token, reading: Reading, depth: int = 0) -> list[Thing]:
    """The things that do the verb (active) or undergo it (passive): its subject, or the one that it shares with its governor."""
    own = subject_token(verb)
    if own is not None:
        found = things_of(own, reading)
        if found or own.pos_ == "PRON":
            return found
        part = next((c for c in own.children if base(c) == "nmod"), None)  # "the motion of the ball"
        if part is not None and reading.denoted(part):
            return things_of(part, reading)
        if own.i in reading.by_token:
            return found
    if depth > 6 or verb.head == verb:
        return []
    governor, relation = verb.head, base(verb)
    if relation == "acl" or verb.dep_.lower() in ("acl:relcl", "advcl:relcl"):
        if governor.pos_ in ("NOUN", "PROPN", "PRON", "NUM") or governor.i in reading.by_token:
            if verb.dep_.lower().endswith("relcl") and own is not None:
                return []
            outer = governor.head
            if lemma(governor) in RELATIONAL and not reading.denoted(governor):
                inner = next((c for c in governor.children if base(c) == "nmod" and preposition(c) == "of"), None)
                if inner is not None:
                    return reading.denoted(inner)  # "on top of a mug placed on a table"
            if (
                base(governor) == "nmod"
                and lemma(outer) in w.COLLECTIVES
                and preposition(governor) == "of"
                and reading.denoted(outer)
            ):
                return reading.denoted(outer)  # "a tower of blocks teetering": the tower teeters
            found = (
                things_of(governor, reading)
                if base(governor) == "root" or governor.head == governor
                else reading.denoted(governor)
            )
            if found or base(governor) == "obj":
                return found or subjects(governor.head, reading, depth + 1)
            return _up(governor, reading, depth)
        return subjects(governor, reading, depth + 1)
    if relation in ("xcomp", "ccomp"):
        return objects(governor, reading) or subjects(governor, reading, depth + 1)
    if relation in (
        "conj",
        "advcl",
        "parataxis",
        "list",
        "dep",
        "root",
        "csubj",
        "obj",
        "obl",
        "nmod",
        "amod",
        "appos",
    ):
        inside = relation == "conj" and verb.tag_ in ("VBZ", "VBP", "VBD") and base(governor) in ("obj", "obl", "nmod")
        if inside and governor.head.pos_ == "VERB":
            return subjects(governor.head, reading, depth + 1)  # "approaches the runway, accelerates"
        if governor.pos_ in ("NOUN", "PROPN", "PRON") and governor.i in reading.by_token:
            return things_of(governor, reading) if relation != "conj" else reading.denoted(governor)
        if governor.pos_ in ("VERB", "AUX", "ADJ", "NOUN"):
            return subjects(governor, reading, depth + 1)
    return []


def _up(noun: Token, reading: Reading, depth: int) -> list[Thing]:
    """A participle that hangs on a noun without a thing ("from a height, showing ..."): the governing clause's subject."""
    for one in ancestors(noun):
        if one.pos_ == "VERB":
            return subjects(one, reading, depth + 1)
        if reading.denoted(one):
            return reading.denoted(one)
    return []
