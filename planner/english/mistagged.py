"""Words that the tagger took for another part of speech: names that the catalogue knows, adverbs tagged as nouns, a can that is no modal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english.knowledge import (
    is_compound_name,
    is_name,
    verb_of,
)
from planner.english.tree import base

if TYPE_CHECKING:
    from spacy.tokens import Token

    from planner.english.sketch import Sketch
from planner.english import words as w

__all__ = [
    "_adverb_noun",
    "_known_compound",
    "_modal_noun",
    "_named_gerund",
    "_noun_after_preposition",
    "_plural_as_verb",
]


def _plural_as_verb(token: Token, sketch: Sketch) -> bool:
    """ "a stack of empty soda cans": a noun of the catalogue in a noun's place is no verb."""
    if (
        token.pos_ != "VERB"
        or base(token) not in ("nmod", "obl", "obj", "nsubj", "conj")
        or (verb_of(token.text) is not None and base(token) == "conj")
    ):
        return False
    if not any(base(c) in ("case", "det", "amod", "compound") and c.i < token.i for c in token.children) or not is_name(
        token.lower_
    ):
        return False
    token.pos_, token.tag_ = "NOUN", "NNS" if token.lower_.endswith("s") else "NN"
    previous = token.doc[token.i - 1]
    for k in sketch.children(token.i):
        if k < previous.i and previous.head.i == token.i and base(previous) == "compound" and False:
            sketch.set(k, previous.i, sketch.dep[k])
    return True


def _noun_after_preposition(token: Token, sketch: Sketch) -> bool:
    """ "from well using a pulley": an adverb directly after a preposition that is a thing's name."""
    doc = token.doc
    if token.pos_ != "ADV" or token.lower_ != "well" or not token.i or doc[token.i - 1].pos_ not in ("ADP", "SCONJ"):
        return False
    verb = next((t for t in reversed(list(doc[token.sent.start : token.i])) if t.pos_ == "VERB"), None)
    if verb is None:
        return False
    token.pos_, token.tag_, token.lemma_ = "NOUN", "NN", token.lower_
    sketch.set(token.i, verb.i, "obl")
    sketch.set(token.i - 1, token.i, "case")
    return True


def _named_gerund(token: Token, sketch: Sketch) -> bool:
    """ "food coloring", "rolling pin": an -ing form that is part of a name is no verb."""
    if (
        token.tag_ != "VBG"
        or token.i <= token.sent.start
        or not is_compound_name(f"{token.nbor(-1).lower_} {token.lower_}")
    ):
        return False
    noun = token.nbor(-1)
    if noun.pos_ != "NOUN" or token.head.i != noun.i:
        return False
    token.pos_, token.tag_, token.lemma_ = "NOUN", "NN", token.lower_
    sketch.replace(noun.i, token.i)
    for k in sketch.children(noun.i):
        sketch.set(k, token.i, sketch.dep[k])
    sketch.set(noun.i, token.i, "compound")
    return True


def _adverb_noun(token: Token, sketch: Sketch) -> bool:
    """ "throws a ball overhead", "a steeply angled face": adverbs that were taken for nouns."""
    if token.pos_ not in ("NOUN", "ADJ"):
        return False
    follows = token.nbor(1) if token.i + 1 < len(token.doc) else None
    if token.lower_.endswith("wards") and token.pos_ == "NOUN" and base(token) in ("obl", "obj", "nmod"):
        token.pos_, token.tag_ = "ADV", "RB"  # "leaps off backwards"
        for k in sketch.children(token.i):
            sketch.set(k, token.head.i, "compound:prt" if sketch.dep[k] == "case" else sketch.dep[k])
        sketch.set(token.i, token.head.i, "advmod")
        return True
    if is_name(token.lower_):
        return False  # a butterfly is no adverb
    if token.lower_.endswith("ly") and follows is not None and follows.pos_ in ("ADJ", "VERB") and token.pos_ == "NOUN":
        token.pos_, token.tag_ = "ADV", "RB"
        if follows.head.i == token.i:
            sketch.replace(token.i, follows.i)
        sketch.set(token.i, follows.i, "advmod")
        return True
    noun = token.nbor(-1) if token.i > token.sent.start else None
    if token.lower_ not in w.ADVERB_NOUNS or noun is None or noun.pos_ != "NOUN" or noun.head.i != token.i:
        return False
    token.pos_, token.tag_ = "ADV", "RB"
    sketch.replace(token.i, noun.i)
    for k in sketch.children(token.i):
        sketch.set(k, noun.i, sketch.dep[k])
    sketch.set(token.i, noun.head.head.i if noun.head.head.i != token.i else noun.i, "advmod")
    return True


def _determined_noun(token: Token, sketch: Sketch) -> bool:
    """ "A butterfly flutters": what has a determiner of its own is a noun, here the subject, though it ends like an adverb."""
    determined = any(sketch.dep[k] == "det" for k in sketch.children(token.i))
    if token.pos_ != "ADV" or not determined or sketch.dep[token.i] != "advmod":
        return False
    verb = sketch.head[token.i]
    if verb < token.i or any(sketch.dep[k].startswith("nsubj") for k in sketch.children(verb)):
        return False
    token.pos_, token.tag_ = "NOUN", "NN"
    sketch.set(token.i, verb, "nsubj")
    return True


def _known_compound(token: Token, sketch: Sketch) -> bool:
    """ "from a garden hose": two nouns that the catalogue knows as one thing belong together."""
    noun = token.nbor(-1) if token.i > token.sent.start else None
    if token.pos_ != "NOUN" or noun is None or noun.pos_ != "NOUN" or noun.head.i == token.i:
        return False
    if not is_compound_name(f"{noun.lower_} {token.lower_}") or base(token) == "compound":
        return False
    sketch.replace(noun.i, token.i)
    for k in sketch.children(noun.i):
        sketch.set(k, token.i, sketch.dep[k])
    sketch.set(noun.i, token.i, "compound")
    return True


def _modal_noun(token: Token, sketch: Sketch) -> bool:
    """ "an empty soda can.": no modal stands at the end of a clause behind a noun phrase."""
    if token.lower_ != "can" or token.pos_ not in ("AUX", "VERB") or token.i <= token.sent.start:
        return False
    before, follows = token.nbor(-1), token.nbor(1) if token.i + 1 < len(token.doc) else None
    if before.pos_ not in ("NOUN", "ADJ", "DET") or (
        follows is not None and follows.pos_ in ("VERB", "AUX", "ADV", "PART", "PRON")
    ):
        return False
    token.pos_, token.tag_, token.lemma_ = "NOUN", "NN", "can"
    if before.pos_ == "NOUN" and base(before) in ("obj", "obl", "nmod", "nsubj", "conj", "root"):
        sketch.replace(before.i, token.i)
        for k in sketch.children(before.i):
            sketch.set(k, token.i, sketch.dep[k])
        sketch.set(before.i, token.i, "compound")
    return True
