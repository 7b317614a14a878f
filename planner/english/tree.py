"""Walking a Universal Dependencies tree: children by relation, case markers, prepositional phrases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from planner.english.reading import Place

if TYPE_CHECKING:
    from spacy.tokens import Token

__all__ = [
    "base",
    "children",
    "conjuncts",
    "first_child",
    "is_participle",
    "is_passive",
    "lemma",
    "main_head",
    "place_of",
    "preposition",
]

OWN_GOAL = frozenset(["towards", "toward", "onto", "into"])


MULTIWORD = (
    "in front of", "on top of", "next to", "close to", "adjacent to", "out of", "off of", "away from", "inside of", "outside of", "short of",
    "on to", "up to", "in to", "from inside", "from within", "from under", "from behind", "from above", "from below", "instead of", "because of", "due to",
    "as well as", "in between", "ahead of", "along with", "together with", "back to", "down to", "up against", "down onto", "down into", "back into", "up into",
)  # fmt: skip


def base(token: Token) -> str:
    """The relation without its subtype: nsubj:pass -> nsubj."""
    return token.dep_.split(":")[0].lower()


def lemma(token: Token) -> str:
    return (token.lemma_ or token.text).lower()


def children(token: Token, *relations: str) -> list[Token]:
    """Children with one of these relations; "nsubj" also finds "nsubj:pass", "nsubj:pass" only itself."""
    return [c for c in token.children if c.dep_.lower() in relations or base(c) in relations]


def first_child(token: Token, *relations: str) -> Token | None:
    return next(iter(children(token, *relations)), None)


def conjuncts(token: Token) -> list[Token]:
    """The token and everything coordinated with it, in text order."""
    found = [token]
    for child in children(token, "conj"):
        if any(base(c) == "case" and c.lower_ in OWN_GOAL for c in child.children):
            continue  # "on the table and towards the duck": a phrase of its own
        found += conjuncts(child)
    return found


def main_head(token: Token) -> Token:
    """The first conjunct of a coordination."""
    while base(token) == "conj" and token.head != token:
        token = token.head
    return token


def ancestors(token: Token) -> Iterator[Token]:
    while token.head != token:
        token = token.head
        yield token


def is_participle(token: Token) -> bool:
    return token.tag_ in ("VBN", "VBG") or token.morph.get("VerbForm", []) in (["Part"], ["Ger"])


def is_passive(verb: Token) -> bool:
    """Whether the clause is passive by its own marks: auxiliary, passive subject, or an agentless past participle."""
    if any(c.dep_.lower() in ("aux:pass", "nsubj:pass", "obl:agent") for c in verb.children):
        return True
    if any(lemma(c) == "be" and base(c) in ("aux", "cop") for c in verb.children) and looks_past_participle(verb):
        return True
    return (
        base(verb) in ("acl", "advcl", "amod", "root", "parataxis")
        and verb.tag_ == "VBN"
        and not children(verb, "obj", "nsubj")
    )


def looks_past_participle(verb: Token) -> bool:
    return (
        verb.tag_ == "VBN"
        or (verb.tag_ == "VBD" and verb.lower_.endswith("ed"))
        or (verb.tag_ in ("JJ", "VBD") and verb.lower_.endswith("ed"))
    )


def preposition(token: Token) -> str:
    """The case marker of a nominal, multiword ones whole, lower case; "" when there is none."""
    marks = [c for c in token.children if base(c) in ("case", "mark") and c.i < token.i and c.pos_ != "PART"] or [
        c for c in token.children if base(c) == "case" and c.lower_ == "to" and c.i < token.i
    ]
    if not marks:
        return ""
    doc = token.doc
    first, last = marks[0].i, marks[-1].i
    words = " ".join(doc[i].lower_ for i in range(first, min(last + 3, token.i)))
    for phrase in MULTIWORD:
        if words.startswith(phrase) or (first and f"{doc[first - 1].lower_} {words}".startswith(phrase)):
            return phrase
    if marks[-1].lower_ != marks[0].lower_ and len(marks) > 1:
        return (
            f"{marks[0].lower_} {marks[-1].lower_}"
            if f"{marks[0].lower_} {marks[-1].lower_}" in MULTIWORD
            else marks[-1].lower_
        )
    return marks[0].lower_


RELATIONAL = frozenset(
    [
        "top",
        "bottom",
        "side",
        "left",
        "right",
        "edge",
        "edges",
        "middle",
        "center",
        "centre",
        "end",
        "ends",
        "corner",
        "corners",
        "front",
        "back",
        "rear",
        "surface",
        "inside",
        "outside",
        "base",
        "peak",
        "summit",
        "edge",
        "half",
        "rim",
        "tip",
        "sides",
    ]
)
SURFACED = frozenset(
    [
        "ocean",
        "sea",
        "lake",
        "river",
        "pond",
        "water",
        "pool",
        "table",
        "desk",
        "road",
        "moon",
        "floor",
        "ground",
        "wall",
    ]
)
TRUE_PARTS = frozenset(
    ["edge", "end", "corner", "tip", "rim", "side", "half", "base"]
)  # nouns that always are part of something


def place_of(token: Token) -> Place:
    """Read a nominal that carries a preposition: "on the surface of the water" -> on, part surface, landmark water."""
    marks = {c.i for c in token.children if base(c) in ("case", "fixed")}
    if lemma(token) in RELATIONAL or token.lower_ in RELATIONAL:
        of = next((c for c in token.children if base(c) in ("nmod", "obl") and preposition(c) == "of"), None)
        owner = of if of is not None else first_child(token, "nmod:poss")
        if owner is None:
            owner = (
                next((c for c in token.children if base(c) == "compound" and c.pos_ == "NOUN"), None)
                if lemma(token) in TRUE_PARTS
                else None
            )
        if owner is None and lemma(token) == "surface":
            owner = next((c for c in token.children if base(c) == "compound" and c.lower_ in SURFACED), None)
        if owner is None and lemma(token) == "surface":
            return Place(preposition(token), token.i, None, marks)  # a surface of its own: "a rough wooden surface"
        tokens = (
            marks | {token.i} | ({c.i for c in owner.children if base(c) == "case"} if owner is not None else set())
        )
        return Place(preposition(token), owner.i if owner is not None else None, token.i, tokens)
    prep = preposition(token)
    if prep.split(" ")[0] in ("back", "down", "up") and len(prep.split(" ")) == 2 and prep != "up against":
        prep = prep.split(" ")[1]  # "back to the player"
    return Place(prep, token.i, None, marks)
