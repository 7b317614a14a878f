"""What a verb token states: its canonical name with particle or idiom, whether it is an event at all, whether it is negated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.arguments import by_phrase, is_passive_event, subjects
from planner.english.knowledge import (
    frame_verb,
    phrase_at,
    singular,
    states_nothing,
    verb_forms_of,
)
from planner.english.reading import Reading
from planner.english.tree import base, children, lemma

if TYPE_CHECKING:
    from spacy.tokens import Token

__all__ = ["canonical_verb", "is_event", "negated", "served_verb", "states_no_event"]


def _phrase(verb: Token, reading: Reading) -> tuple[str, set[int]] | None:
    """A verb phrase of the lexicon that begins at the verb ("comes to rest", "lets go of"), with the tokens that it takes.

    A preposition that opens a phrase of its own ("rolls off the table") stays free; so does a particle that belongs to another word.
    """
    doc, forms = verb.doc, dict.fromkeys((lemma(verb), *verb_forms_of(verb.text)))
    taken_already = {i for _, tokens in reading.manners for i in tokens}
    following = [t for t in doc[verb.i + 1 : min(len(doc), verb.i + 7)] if not t.is_space and t.i not in taken_already]
    skipped = [t for t in following if not (t.pos_ == "ADV" and t.lower_.endswith("ly"))]
    for form in forms:
        for words in (following, skipped):
            found = phrase_at(form, [t.lower_ for t in words])
            if found is None:
                continue
            name, length = found
            taken = words[:length]
            last = taken[-1]
            marks = base(last) in ("case", "mark") and last.head.i > last.i
            if len(taken) == 1 and marks and last.lower_ not in ("into", "of", "with"):
                continue
            if len(taken) == 1 and last.i + 1 < len(doc) and doc[last.i + 1].lower_ == "of":
                continue
            return name, {verb.i, *(t.i for t in taken if not (t is last and marks))}
    return None


def canonical_verb(verb: Token, reading: Reading) -> tuple[str, list[str], set[int]]:
    """The canonical lemma with its particle or idiom, the direction that a particle adds, and the tokens that say so."""
    name, manner, used = lemma(verb), [], {verb.i}
    phrase = _phrase(verb, reading)
    if phrase is not None:
        own = frame_verb(" ".join([name, *(verb.doc[i].lower_ for i in sorted(phrase[1] - {verb.i}))])) or phrase[0]
        reading.used |= phrase[1] - {verb.i}
        directions = [
            verb.doc[i].lower_ for i in sorted(phrase[1]) if i != verb.i and verb.doc[i].lower_ in w.DIRECTIONS
        ]
        said = "_".join([name, *(verb.doc[i].lower_ for i in sorted(phrase[1] - {verb.i}))])
        if said in w.PARTICLE_VERBS:
            own = said
        name = own if "_" in own or own != name else name
        if "_" not in name:
            manner += directions
        return name, manner, phrase[1]
    for child in verb.children:
        key = (
            (name, singular(child.text))
            if base(child) in ("obl", "obj", "xcomp", "advmod", "compound", "advcl", "ccomp", "nmod")
            else None
        )
        if key and key in w.IDIOMS:
            used |= {child.i, *(c.i for c in child.children if base(c) in ("case", "det"))}
            reading.used |= used - {verb.i}
            return w.IDIOMS[key], manner, used
    if verb.i in reading.renamed:
        renamed, tokens = reading.renamed[verb.i]
        return renamed, manner, used | tokens
    for child in verb.children:
        if child.i in reading.used:
            continue
        particle = child.dep_.lower() == "compound:prt" or (
            not any(base(c) == "case" for c in child.children)
            and (base(child) in ("advmod", "case", "obl") and child.lower_ in w.DIRECTION_PARTICLES)
        )
        if particle and not (base(child) == "obl" and child.pos_ == "NOUN") and not children(child, "obl", "nmod"):
            joined = frame_verb(f"{name} {child.lower_}")
            if joined and f"{name}_{child.lower_}" in w.PARTICLE_VERBS:
                joined = f"{name}_{child.lower_}"  # breaks apart
            if joined and "_" in joined and joined != "bounce_off":
                name = joined
                used.add(child.i)
            elif child.lower_ in w.DIRECTION_PARTICLES:
                manner.append(child.lower_)
                used.add(child.i)
    if name == "skip" and any(c.lower_ == "off" for n in verb.children for c in [n, *n.children]):
        name = "skip_off"
    return name, manner, used


def is_event(verb: Token, reading: Reading) -> bool:
    if (
        verb.pos_ != "VERB"
        or base(verb) in ("aux", "cop", "case", "compound", "fixed", "mark", "det", "cc")
        or verb.i in reading.used
    ):
        return False
    if base(verb) == "amod" and verb.head.i > verb.i:
        return False
    before = [t.lower_ for t in verb.doc[max(0, verb.i - 2) : verb.i]]
    if before == ["about", "to"]:
        return False  # it has not burst yet
    return verb.i not in {t for thing in reading.things for t in thing.tokens}


def states_no_event(verb: Token, reading: Reading) -> bool:
    """Display, aspect and cause verbs say nothing that happens by themselves; stative participles are relations."""
    name = lemma(verb)
    if _phrase(verb, reading) is not None and name not in w.DISPLAY_VERBS:
        return False
    inner = children(verb, "xcomp", "ccomp")
    if name == "use" and served_verb(verb) is not None and children(verb, "obj"):
        return True
    if name in (
        "practice",
        "practise",
        "perform",
        "execute",
        "complete",
        "gain",
        "lose",
        "maintain",
        "keep",
        "increase",
        "reduce",
        "achieve",
        "produce",
        "generate",
        "create",
        "exhibit",
        "undergo",
    ) and _of_no_thing(verb, reading):
        return True
    if name in ("result", "lead") or (
        states_nothing(name) and not (name in ("watch", "view", "observe") and subjects(verb, reading))
    ):
        return True
    if name in w.ASPECT_VERBS | {"stop"} and any(c.pos_ == "VERB" for c in inner) and name != "stop":
        return True
    if name in w.CAUSE_VERBS and (
        name == "cause"
        or inner
        or any(
            c.pos_ == "VERB" and base(c) in ("acl", "advcl")
            for o in [verb, *children(verb, "obj")]
            for c in o.children
            if c.i > verb.i
        )
    ):
        if name == "cause":
            return True
        if (
            name in ("make", "let", "allow", "force", "have", "get", "enable", "help", "leave")
            and inner
            and any(c.pos_ == "VERB" for c in inner)
        ):
            return True
        if name == "send" and any(c.tag_ == "VBG" for o in [verb, *children(verb, "obj")] for c in o.children):
            return True
    return (name in ("be", "have", "exist", "fill", "contain") and name != "fill") or _stative(verb, reading)


def _of_no_thing(verb: Token, reading: Reading) -> bool:
    """ "gains height", "produces a bounce": the object is a quality or an event, which speaks for itself."""
    named = children(verb, "obj")
    return (
        bool(named)
        and not any(reading.denoted(o) for o in named)
        and (w.IDIOMS.get((lemma(verb), singular(named[0].text))) is None)
    )


def served_verb(verb: Token) -> Token | None:
    """ "uses a winch to lift a sail": the verb that the tool serves."""
    for one in [verb, *children(verb, "obj")]:
        for child in one.children:
            if (
                child.pos_ == "VERB"
                and base(child) in ("xcomp", "advcl", "acl", "ccomp")
                and any(c.lower_ == "to" for c in child.children)
            ):
                return child
    return None


def _stative(verb: Token, reading: Reading) -> bool:
    """A participle or relative clause that only places its noun: "a mug placed on a table", "a bucket filled with water"."""
    name = lemma(verb)
    if name in ("contain", "surround", "face", "belong", "consist", "resemble", "include"):
        return name != "surround" or True
    if name == "fill":
        return not any(lemma(c) == "be" and c.tag_ == "VBG" for c in verb.children) and (is_passive_event(verb))
    if (
        name in w.DESCRIBING
        and verb.tag_ in ("VBN", "VBD")
        and base(verb) in ("acl", "amod", "advcl")
        and not by_phrase(verb, reading)
    ):
        return True
    if name not in w.STATIVE_PARTICIPLES and name not in w.POSTURE_VERBS:
        return False
    if base(verb) in ("acl", "amod") or verb.dep_.lower() in ("acl:relcl", "advcl:relcl"):
        if name in ("prop", "hold"):
            return False
        alone = verb.dep_.lower() == "acl" and verb.head.head == verb.head and verb.tag_ == "VBG"
        return not (alone and not _other_verb(verb))  # "A swing hanging from a tree." is all that happens
    return (
        name in ("suspend", "attach", "connect", "tie", "tape", "fix", "mount", "locate", "fasten", "glue")
        and is_passive_event(verb)
        and not by_phrase(verb, reading)
    )


def _other_verb(verb: Token) -> bool:
    return any(t.pos_ == "VERB" and t.i != verb.i and t.tag_ != "VBN" for t in verb.doc)


def negated(verb: Token) -> tuple[bool, set[int]]:
    used = {
        c.i
        for c in verb.children
        if c.lower_ in ("not", "n't", "never", "nearly", "almost")
        or (c.lower_ == "without" and base(c) in ("mark", "case"))
    }
    head_no = (
        {c.i for c in verb.head.children if c.lower_ in ("not", "n't", "never")} if base(verb) == "xcomp" else set()
    )
    return bool(used | head_no), used | head_no
