"""Prepositional phrases: where things are, where they come from and go to, along what, with what, against what.

Positions on the screen have no entity of their own: `left_of(pipe, "frame")`, `in_middle_of(house, "frame")`, `at_edge(cats, "frame")`
take the literal object "frame". A screen position that something moves from or to is an entity of role `region` with head
`edge`, `center`, `corner`, `top`, `bottom` or `screen` and the side as attribute: "from the left edge to the center of the screen"
gives `source_place` = edge [left] and `goal_place` = center. "From left to right" is the manner `left_to_right`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.adverbial import Adverbial, owned_by_pronoun
from planner.english.arguments import objects
from planner.english.attachments import is_finite
from planner.english.entities import is_abstract
from planner.english.going import GOING_RULES
from planner.english.knowledge import singular
from planner.english.picture import PICTURE_RULES
from planner.english.places import landmark_of, on_screen, static_relation
from planner.english.reading import Happening, Measure, Reading, Thing, reading_of
from planner.english.standing import FILLING, noun_places, participles
from planner.english.tree import base, children, lemma, place_of

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

__all__ = ["scene_relations"]

RESULTS = {
    "piece": "into_pieces", "shard": "into_pieces", "fragment": "into_pieces", "bit": "into_pieces", "half": "in_half", "two": "in_two",
    "dust": "into_dust",
}  # fmt: skip
DIMENSIONS = {"altitude": "height", "velocity": "speed"} | {k: k for k in ("height", "speed", "angle", "temperature")}
SHAPES = frozenset(["row", "line", "circle", "chain", "column", "stack", "pile"])
DIRECTIONAL = (w.SOURCE_PREPOSITIONS | w.GOAL_PREPOSITIONS | frozenset(w.PATH_PREPOSITIONS) | {"short of"}) - {
    "beneath", "under", "between", "by", "around", "throughout", "on top of",
}  # fmt: skip
HOLDING = frozenset(
    ["on", "in", "over", "above", "by", "into", "onto", "under", "below", "inside", "toward", "towards"]
) | {"out of", "on top of"}
PLACED_VERBS = frozenset(["remain", "stay", "place", "put", "set", "hold"])


def _phrases(happening: Happening, doc: Doc) -> list[Token]:
    """The prepositional phrases of a happening, including directional ones that hang on its nouns by mistake."""
    if happening.token is None:
        return []
    verb = doc[happening.token]
    if verb.pos_ != "VERB" and base(verb) in ("obj", "nsubj"):
        return []
    found = [c for c in verb.children if base(c) in ("obl", "nmod") and c.i not in happening.tokens]
    for phrase in list(found):  # "towards the right and onto the table"
        found += [c for c in children(phrase, "conj") if any(base(m) == "case" for m in c.children)]
    nouns = children(verb, "obj", "nsubj", "obl", "advmod", "compound", "xcomp")
    for noun in [*nouns, *[c for f in found for c in children(f, "conj")]]:
        loose = noun.i in happening.tokens or base(noun) == "advmod" or (base(noun) == "xcomp" and noun.pos_ == "ADJ")
        for child in children(noun, "nmod", "obl"):
            prep = place_of(child).preposition
            tool = base(noun) == "obj" and prep == "with" and lemma(verb) != "have"
            late = child.i > verb.i and noun.i > verb.i
            if late and child not in found and (prep in DIRECTIONAL or loose or tool):
                found.append(child)
    for stray in _stray_goals(verb):
        if stray not in found:
            found.append(stray)
    return sorted(found, key=lambda t: t.i)


def _stray_goals(verb: Token) -> list[Token]:
    """ "rolls out of the tube sitting on the table and towards the duck": a goal joined to a noun deep inside the source."""
    if base(verb) not in ("root", "conj", "parataxis") or verb.tag_ == "VBN":
        return []
    return [
        t
        for t in verb.subtree
        if base(t) == "conj"
        and t.i > verb.i
        and t.head.pos_ in ("NOUN", "PROPN")
        and place_of(t).preposition in ("towards", "toward", "onto", "into")
        and not any(one.pos_ == "VERB" and is_finite(one) for one in verb.doc[verb.i + 1 : t.i])
    ]


def _attach(happening: Happening, token: Token, doc: Doc, reading: Reading) -> None:
    """Read one phrase by the first rule that understands it."""
    measured = any(token.idx < m.end and m.start < token.idx + len(token) for m in reading.measures)
    if measured or any(token.i in tokens for _, tokens in reading.manners):
        return
    phrase = Adverbial(happening, token, doc, reading)
    leaving = phrase.preposition in ("off", "off of", "from", "out of") and phrase.part_word in (
        "back",
        "front",
        "top",
        "side",
    )
    if leaving and phrase.found and phrase.found[0].role != "character":
        happening.source += phrase.found  # "off the back of a truck"
        phrase.relate("in" if phrase.preposition == "out of" else "on")
        return
    if any(rule(phrase) for rule in PICTURE_RULES):
        return
    if not phrase.found:
        _without_landmark(happening, token, phrase.preposition, reading)
    elif not any(rule(phrase) for rule in GOING_RULES):
        happening.manner.append(_manner_phrase(token, phrase.preposition))


def _manner_phrase(token: Token, prep: str) -> str:
    words = [t.lower_ for t in token.subtree if t.pos_ not in ("DET", "PUNCT") and t.i <= token.i]
    return "_".join([prep.replace(" ", "_"), *[x for x in words if x not in prep.split()]]) if prep else "_".join(words)


def _without_landmark(happening: Happening, token: Token, prep: str, reading: Reading) -> None:
    """A phrase whose noun is no thing: a manner, a result, a stated dimension."""
    word = singular(token.text)
    if token.i in reading.used or word in ("moon", "vacuum", "air"):
        return
    if word in DIMENSIONS and not any(m.role == word for m in happening.measures):
        said = [m for m in reading.measures if any(t.idx < m.end and m.start < t.idx + len(t) for t in token.subtree)]
        if not said and prep in ("from", "at", "with", "to"):
            dimension = Measure(None, None, DIMENSIONS[word], token.idx, token.idx + len(token), True)
            happening.measures.append(dimension)
        happening.tokens |= {token.i, *(c.i for c in children(token, "amod"))}
        adjective = [c.lower_ for c in children(token, "amod")]
        if adjective and word in ("speed", "velocity"):
            happening.manner.append(f"at_{adjective[0]}_speed")
        return
    if word in RESULTS and prep in ("into", "in", "to"):
        happening.manner.append(RESULTS[word])
        happening.result = RESULTS[word]
        happening.tokens |= {t.i for t in token.subtree}
        return
    manner = is_abstract(token) or word in SHAPES | w.MANNER_NOUNS or token.pos_ not in ("NOUN", "PRON", "VERB")
    if manner and word not in w.DISPLAY_NOUNS and token.i not in happening.tokens:
        phrase = _manner_phrase(token, prep if prep != "like" else "")
        happening.manner += [phrase] if phrase else []
        happening.tokens |= {t.i for t in token.subtree if t.i <= token.i}


def _chained(previous: Token, token: Token, theme: list[Thing], reading: Reading, doc: Doc) -> bool:
    """ "over a bowl of water on a table": the second phrase places the landmark of the first, for a thing is in one place."""
    first, second = place_of(previous), place_of(token)
    landmark, found = landmark_of(first, doc, reading), landmark_of(second, doc, reading)
    adjacent = token.left_edge.i in (previous.right_edge.i + 1, previous.i + 1)
    if not adjacent or not landmark or owned_by_pronoun(second, doc):
        return False
    prep = second.preposition
    picture = second.part is not None and not found and on_screen(second, doc) and prep in ("in", "on", "at")
    of_itself = (
        bool(found) and bool(theme) and all(t in theme for t in found) and prep in w.STATIC_RELATION and prep != "by"
    )
    pronoun = (
        token.pos_ == "PRON"
        and bool(found)
        and prep in w.STATIC_RELATION
        and first.landmark is not None
        and bool(first.preposition)
    )
    if picture or of_itself or pronoun:  # "on the wall behind it"
        return static_relation(landmark[:1], second, reading, doc)
    if prep not in ("on", "in", "inside") or second.part is not None or first.landmark is None or not found:
        return False
    if first.preposition not in HOLDING or landmark[0].role in ("ground", "region", "field"):
        return False
    if found[0].role not in ("support", "ground", "container", "object", "fluid"):
        return False
    if landmark[0].role == "support" and found[0].role == "fluid":
        return False
    return static_relation(landmark[:1], second, reading, doc)


def _read_phrases(happening: Happening, doc: Doc, reading: Reading) -> None:
    verb = doc[happening.token] if happening.token is not None else None
    moving = not happening.stative and happening.verb not in PLACED_VERBS
    previous: Token | None = next(iter(children(verb, "obj")), None) if verb is not None and moving else None
    for token in _phrases(happening, doc):
        if previous is None or not _chained(previous, token, happening.agent, reading, doc):
            _attach(happening, token, doc, reading)
        previous = token


def _unstated_source(happening: Happening, reading: Reading) -> None:
    """ "it slides off": off what it was on."""
    if happening.verb.endswith("_off") and not happening.source and not happening.patient:
        held = [k.object for k in reading.links if k.type == "on" and k.subject == happening.agent]
        happening.source = list(held[0]) if held and isinstance(held[0], list) else []


def _using(happening: Happening, doc: Doc, reading: Reading) -> None:
    """ "pulls a bucket using a pulley": an instrument, no event."""
    if happening.token is None:
        return
    verb = doc[happening.token]
    for clause in [c for one in (verb, *children(verb, "obj", "obl")) for c in children(one, "advcl", "acl", "xcomp")]:
        if clause.lower_ == "using" and happening.verb != "use":
            happening.instrument += objects(clause, reading)
            reading.happenings = [h for h in reading.happenings if h.token != clause.i]
            reading.used.add(clause.i)


def scene_relations(doc: Doc) -> Doc:
    """Component: places and relations, from happenings first, then from participles and noun phrases."""
    reading = reading_of(doc)
    participles(doc, reading, only=FILLING)
    for happening in list(reading.happenings):
        _read_phrases(happening, doc, reading)
        _unstated_source(happening, reading)
        _using(happening, doc, reading)
        if happening.verb in ("prop_up", "prop"):
            reading.link("supported_by", happening.patient, happening.agent or happening.instrument)
    participles(doc, reading)
    noun_places(doc, reading)
    return doc
