"""The order of happenings in time, from text order, subordinators (before, after, when, while, as) and participles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.reading import Happening, Reading, reading_of
from planner.english.tree import ancestors, base, children, lemma

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

__all__ = ["scene_order"]

EARLIER_MARKS = frozenset(["after", "when", "once", "whenever", "upon", "having", "since", "because"])
SAME_MARKS = frozenset(["whereas", "while", "as", "whilst", "with"])
CONTACT = frozenset(["contact", "hit", "strike", "touch", "land", "reach", "collide", "impact", "meet", "crash"])


def _mark(clause: Token) -> str:
    for child in clause.children:
        if (
            base(child) in ("mark", "advmod", "case")
            and child.i < clause.i
            and child.lower_ in EARLIER_MARKS | SAME_MARKS | {"before", "until", "where", "then"}
        ):
            return child.lower_
    return ""


def _governor(happening: Happening, doc: Doc, by_token: dict[int, Happening]) -> tuple[Happening | None, str]:
    """The happening that this one is subordinate to, and the word that says how."""
    if happening.token is None:
        return None, ""
    token = doc[happening.token]
    mark = ""
    for step, one in enumerate([token, *ancestors(token)]):
        if one.i != token.i and one.i in by_token:
            return by_token[one.i], mark
        begun = next((c for c in children(one, "xcomp") if c.i in by_token and c.i != token.i), None)
        if one.i != token.i and lemma(one) in w.ASPECT_VERBS and begun is not None and token.head == one:
            return by_token[begun.i], mark or _mark(token)  # "as it stops, the lamp keeps swaying"
        if one.pos_ in ("NOUN", "PROPN") and any(c.lower_ == "with" and base(c) == "case" for c in one.children):
            mark = "while"  # "with clouds moving in the sky"
        relation = base(one)
        if relation in ("advcl", "acl") or (relation in ("obl", "conj", "parataxis") and _mark(one)):
            mark = (
                mark
                or _mark(one)
                or ("participle" if relation == "advcl" and one.tag_ == "VBG" else "acl" if relation == "acl" else "")
            )
        if step > 12:
            break
    return None, mark


def _simultaneous(happening: Happening) -> bool:
    return happening.verb in w.SAME_TIME_VERBS


def scene_order(doc: Doc) -> Doc:
    """Component: `Happening.order`: 0 for states that hold at the start, then 1, 2, ... ; equal numbers are simultaneous."""
    reading = reading_of(doc)
    by_token = {h.token: h for h in reading.happenings if h.token is not None}
    for (
        happening
    ) in reading.happenings:  # "showing the bounce as it hits": what is said of the showing is said of the bounce
        noun = doc[happening.token] if happening.token is not None else None
        if noun is not None and noun.pos_ == "NOUN" and noun.head.pos_ == "VERB":
            by_token.setdefault(noun.head.i, happening)
    sequence = list(reading.happenings)
    same: dict[int, Happening] = {}
    for happening in list(sequence):
        token = doc[happening.token] if happening.token is not None else None
        governor, mark = _governor(happening, doc, by_token)
        if governor is None or governor is happening or token is None:
            if token is not None and _mark(token) == "while":
                previous = [h for h in sequence if (h.token or 0) < token.i]
                if previous:
                    same[id(happening)] = previous[-1]
            continue
        if mark == "acl" and governor.token is not None and _follows_from(token, governor, happening, reading):
            continue  # "kicks a ball that bounces off a fence"
        later = [
            h
            for h in sequence
            if h is not happening
            and (governor.token or 0) < (h.token or 0) < token.i
            and h.token is not None
            and base(doc[h.token]) == "conj"
        ]
        if later and (mark in EARLIER_MARKS | SAME_MARKS or mark == "before"):
            governor = later[-1]  # "falls and breaks when it hits": said of the nearest verb
        if (
            mark == "before"
            and governor.verb in ("stop", "halt", "brake", "swerve", "come_to_rest", "freeze")
            and happening.verb in CONTACT
        ):
            happening.negated = True  # what stops before it hits does not hit
        if (mark == "as" and happening.verb in CONTACT) or mark in EARLIER_MARKS:
            sequence.remove(happening)
            sequence.insert(sequence.index(governor), happening)
        elif mark in SAME_MARKS or (mark == "where" and (token.tag_ == "VBG" or happening.stative)):
            same[id(happening)] = governor
        elif mark == "before" and (governor.token or 0) > token.i:
            sequence.remove(happening)
            sequence.insert(sequence.index(governor) + 1, happening)
        elif mark == "acl" and happening.verb in HELD_MEANWHILE and token.tag_ == "VBG":
            same[id(happening)] = governor  # "a walker carrying a pole wobbles"
        elif (
            mark == "participle" and _simultaneous(happening) and not any(c.lower_ == "then" for c in token.children)
        ) or (mark == "acl" and not _about_mover(token, governor, reading) and (governor.token or 0) < token.i):
            same[id(happening)] = governor
    _stative(sequence, doc)
    step = 0
    for happening in sequence:
        if happening.stative:
            happening.order = 0
        elif id(happening) not in same or same[id(happening)] not in sequence:
            step += 1
            happening.order = step
    for happening in sequence:
        if id(happening) in same and not happening.stative:
            leader, seen = same[id(happening)], {id(happening)}
            while id(leader) in same and id(leader) not in seen:
                seen.add(id(leader))
                leader = same[id(leader)]
            happening.order = max(1, leader.order)
    _close_gaps(sequence)
    reading.happenings = sequence
    return doc


CAUSES = frozenset(["let_go", "throw", "strike", "push", "knock_over", "break", "release", "spin", "place"])
FOLLOWING = frozenset(
    ["bounce", "rest", "topple", "break", "crack", "deform", "explode", "knock_over", "sink", "burn", "spread"]
)


HELD_MEANWHILE = frozenset(["carry", "hold", "wear", "balance", "ride", "push", "pull", "drag"])


def _follows_from(token: Token, governor: Happening, happening: Happening, reading: Reading) -> bool:
    """A clause on what was thrown, dropped or hit, behind its verb: what it does then."""
    from planner.lexicon import verb_of

    noun = token
    while base(noun) != "acl" and noun.head != noun:
        noun = noun.head
    touched = governor.patient + governor.goal
    if (governor.token or 0) > token.i or not any(t in touched for t in reading.denoted(noun.head)):
        return False
    if not happening.agent or not any(t in touched for t in happening.agent) or token.tag_ == "VBN":
        return False
    cause, effect = verb_of(governor.verb, "en"), verb_of(happening.verb, "en")
    moved = (
        cause is not None
        and cause.physics in CAUSES
        and token.dep_.lower() == "acl:relcl"
        and any(t in governor.patient for t in happening.agent)
    )
    return moved or (effect is not None and effect.physics in FOLLOWING)


def _about_mover(token: Token, governor: Happening, reading: Reading) -> bool:
    noun = token
    while base(noun) != "acl" and noun.head != noun:
        noun = noun.head
    found = reading.denoted(noun.head)
    return any(t in governor.agent + governor.patient for t in found) and (noun.head.i < (governor.token or 0))


def _stative(sequence: list[Happening], doc: Doc) -> None:
    """ "X is placed on Y. Then Z happens": what was placed lies there at the start."""
    moving = [h for h in sequence if not h.stative]
    for happening in moving:
        token = doc[happening.token] if happening.token is not None else None
        if token is None:
            continue
        still = (
            happening.verb in ("place", "put", "set", "position", "stack", "arrange", "lay", "prop_up", "mount")
            and happening.passive
            and not happening.manner
        )
        ongoing = any(lemma(c) == "be" and c.tag_ == "VBG" for c in children(token, "aux"))
        if still and not ongoing and len(moving) > 1 and happening.verb != "prop_up":
            before = [h for h in moving if h is not happening and not h.stative and (h.token or 0) < token.i]
            happening.stative = all(h.token is not None and base(doc[h.token]) == "acl" for h in before)
        if happening.verb == "prop_up" and base(token) in ("acl", "root", "amod"):
            happening.stative = True


def _close_gaps(sequence: list[Happening]) -> None:
    ranks = {order: i + 1 for i, order in enumerate(sorted({h.order for h in sequence if h.order > 0}))}
    for happening in sequence:
        if happening.order > 0:
            happening.order = ranks[happening.order]
