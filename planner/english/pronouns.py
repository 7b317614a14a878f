"""What a pronoun stands for: the nearest compatible antecedent, subjects before others (after Hobbs 1978; Lappin and Leass 1994)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.arguments import subjects
from planner.english.knowledge import is_person
from planner.english.reading import Reading, Thing
from planner.english.tree import base, children, conjuncts, lemma, main_head, preposition

if TYPE_CHECKING:
    from spacy.tokens import Token

__all__ = ["PERSON", "RELATIVE", "SINGULAR", "candidates", "pronoun", "relative"]


SINGULAR = frozenset(["it", "its", "itself"])


PLURAL = frozenset(["they", "them", "their", "themselves", "each", "both"])


PERSON = frozenset(["he", "him", "his", "himself", "she", "her", "hers", "herself", "who", "whom"])


RELATIVE = frozenset(["that", "which", "who", "whom", "whose", "where"])


def candidates(token: Token, reading: Reading) -> list[Thing]:
    """Earlier things, the likeliest antecedent last: subjects of the same and the last clause above others, recent above old."""
    scored = []
    for thing in reading.things:
        if thing.token is None or thing.token >= token.i:
            continue
        noun = token.doc[thing.token]
        heads = [
            noun,
            *(token.doc[i] for i, found in reading.by_token.items() if thing in found and i < token.i and i != noun.i),
        ]
        subject = any(base(main_head(n)) in ("nsubj", "root") or n.head == n for n in heads)
        inside = base(main_head(noun)) in ("nmod",) or base(noun) == "nmod"
        obj = any(base(main_head(n)) == "obj" for n in heads)
        scored.append((2 * subject + obj - inside + thing.token / max(1, len(token.doc)), thing))
    return [thing for _, thing in sorted(scored, key=lambda pair: pair[0])]


def pronoun(token: Token, reading: Reading) -> list[Thing]:
    low = token.lower_
    known = candidates(token, reading)
    governor = token.head
    taken: list[Thing] = []
    for sibling in (
        children(governor, "nsubj", "obj", "obl") if low not in ("itself", "themselves", "its", "their", "each") else []
    ):
        if sibling.i < token.i:
            taken += reading.denoted(sibling)
    if (
        governor.pos_ == "VERB"
        and lemma(governor) not in w.CAUSE_VERBS
        and base(token) in ("obj", "iobj")
        and low in ("it", "them", "him", "her")
    ):
        taken += subjects(governor, reading)
    caused = _causee(token, reading) if low in ("it", "them") else []
    if caused:
        return caused
    if low in ("it", "them") and base(token) in ("nmod", "obl") and governor.pos_ in ("NOUN", "PROPN"):
        held = _held_by_with(governor, reading)
        if held and base(governor) in ("nmod", "obl"):
            return held  # "a sled with two children on it"
    if base(governor) == "acl" and low in ("it", "them"):
        taken += reading.denoted(governor.head)
        held = _held_by_with(governor.head, reading)
        if held and low in ("it", "them"):
            return held
    if low == "its" and base(governor) == "nmod" and any(base(c) == "case" for c in governor.children):
        taken += reading.denoted(governor.head)  # "the crate on its bed": not the bed of the crate
    free = [t for t in known if t not in taken]
    if low == "it" and (undergone := _what_it_was_done_to(token, reading)):
        return undergone
    if low in SINGULAR:
        if low == "it" and any(base(c) == "expl" for c in (token,)):
            return []
        fitting = [
            t for t in free if t.count == 1 and t.role not in ("ground", "region") and not is_person(t.head, t.role)
        ]
        whole = [t for t in fitting if t.role != "part"] or fitting
        return whole[-1:]
    if low in PERSON:
        return [t for t in free if t.role == "character" and t.count == 1][-1:] or [
            t for t in free if t.role == "character"
        ][-1:]
    if low in ("they", "their"):
        pool = [
            t for t in free if (t.count != 1 or t.role == "character") and t.role not in ("ground", "region", "part")
        ]
        if pool:
            return (
                pool[-1:] if pool[-1].count != 1 or not _coordinated(token, reading) else _coordinated(token, reading)
            )
    plural = [t for t in free if t.count != 1 and t.role not in ("ground", "region")]
    if low == "both":
        pair = [t for t in plural if t.count == 2]
        if pair:
            return pair[-1:]
    if low != "both" and plural and low in ("them", "their", "they", "each", "themselves") and plural:
        return plural[-1:]
    groups = _coordinated(token, reading)
    if groups:
        return groups
    if low in ("they", "their", "them", "themselves"):
        people = [t for t in free if t.role == "character"]
        return people[-1:] or free[-1:]  # singular they
    return [t for t in free if t.role == "object"][-2:]


UNDERGONE = frozenset(
    [
        "break",
        "crack",
        "release",
        "topple",
        "explode",
        "bounce",
        "deform",
        "melt",
        "sink",
        "burn",
        "roll",
        "float",
        "spread",
        "let_go",
    ]
)


def _what_it_was_done_to(token: Token, reading: Reading) -> list[Thing]:
    """ "A cat pushes a vase off a table and it shatters": what shatters is what was pushed, not who pushed."""
    from planner.lexicon import verb_of

    verb = token.head
    found = verb_of(lemma(verb), "en") if verb.pos_ == "VERB" and base(token) == "nsubj" else None
    if found is None or found.physics not in UNDERGONE:
        return []
    earlier = [t for t in token.doc[: token.i] if t.pos_ == "VERB" and t.i not in reading.used and children(t, "obj")]
    for before in reversed(earlier[-1:]):
        doers = subjects(before, reading)
        named = children(before, "obj")[0]
        patients = [
            t
            for t in reading.denoted(named)
            if (t.count == 1 or named.tag_ == "NN") and t.role not in ("ground", "region")
        ]
        if (
            patients
            and ((doers and doers[0].role == "character") or verb_of(lemma(before), "en") is not None)
            and patients[0] not in doers
        ):
            return patients
    return []


def _causee(token: Token, reading: Reading) -> list[Thing]:
    """ "hits a vase, causing it to break": what the cause was done to, its target before its subject."""
    cause = token.head if lemma(token.head) in w.CAUSING_VERBS else token.head.head
    if (
        lemma(cause) not in w.CAUSING_VERBS
        or base(cause) not in ("advcl", "acl", "conj", "parataxis")
        or token.i < cause.i
    ):
        return []
    main = cause.head if cause.head.pos_ == "VERB" else cause.head.head
    if main.pos_ != "VERB":
        return []
    targets = children(main, "obj") + [c for c in children(main, "obl") if preposition(c) in w.TARGET_PREPOSITIONS]
    for target in [*targets, *children(main, "nsubj")]:
        found = [t for t in reading.denoted(target) if (t.count == 1) == (token.lower_ == "it")]
        if found:
            return found
    return []


def _held_by_with(noun: Token, reading: Reading) -> list[Thing]:
    """ "a platform with a match taped to it": it is what stands before "with"."""
    mark = next((c for c in noun.children if c.lower_ == "with" and c.i < noun.i), None)
    return reading.by_token.get(mark.i - 1, []) if mark is not None and mark.i else []


def _coordinated(token: Token, reading: Reading) -> list[Thing]:
    """The last coordination of things before the token ("a hammer and a feather"), else the last two free objects."""
    best: list[Thing] = []
    for noun in token.doc[: token.i]:
        if noun.i in reading.by_token and base(noun) != "conj":
            members = [noun, *[c for c in _chain(noun) if c.i < token.i]]
            if len(members) > 1:
                found = [t for m in members for t in reading.denoted(m)]
                if len(found) > 1:
                    best = found
    if not best:
        movers = [
            t for t in reading.things if t.token is not None and t.token < token.i and t.role in ("object", "character")
        ]
        heads = [t for t in movers if movers and t.head == movers[-1].head]
        best = heads[-2:] if len(heads) >= 2 else []
    return best


def _chain(noun: Token) -> list[Token]:
    found = []
    for child in children(noun, "conj"):
        found += [child, *_chain(child)]
    return found


def relative(token: Token, reading: Reading) -> list[Thing]:
    """The noun that a relative clause modifies; the nearest noun before the pronoun where the tree does not say."""
    clause = token.head
    for _ in range(4):
        if base(clause) in ("acl",) or clause.dep_.lower() in ("acl:relcl", "advcl:relcl"):
            noun = clause.head
            if any(base(c) == "case" for c in token.children):  # "pillows and two tools from which ...": the nearest
                noun = [one for one in conjuncts(noun) if one.i < token.i][-1]
            found = reading.denoted(noun)
            if found:
                return found
        if clause.head == clause:
            break
        clause = clause.head
    for i in range(token.i - 1, max(-1, token.i - 6), -1):
        if reading.by_token.get(i):
            return reading.by_token[i]
    return []
