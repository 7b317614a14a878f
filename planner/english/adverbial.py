"""One prepositional phrase of one happening, with all that the rules of `going.py` and `picture.py` ask about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from planner.english.knowledge import singular
from planner.english.places import landmark_of, side_of, static_relation
from planner.english.reading import Happening, Place, Reading, Thing
from planner.english.tree import lemma, place_of

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

__all__ = ["PUTTING", "Adverbial", "owned_by_pronoun", "same_mover"]

PUTTING = frozenset(
    ["place", "put", "set", "lay", "deposit", "put_down", "set_down", "lay_down", "position", "lower_onto"]
)
AGENT_MOVES = frozenset(
    ["chase", "follow", "pass", "approach", "hit", "leave", "touch"]
)  # transitive, and yet the subject moves


def owned_by_pronoun(place: Place, doc: Doc) -> bool:
    """ "on its side": a part of the mover itself."""
    part = doc[place.part] if place.part is not None else None
    return part is not None and any(c.dep_.lower() == "nmod:poss" and c.pos_ in ("PRON", "DET") for c in part.children)


def same_mover(theme: list[Thing], other: Happening) -> bool:
    return bool({id(t) for t in theme} & {id(t) for t in other.agent + other.patient})


@dataclass
class Adverbial:
    happening: Happening
    token: Token
    doc: Doc
    reading: Reading

    def __post_init__(self) -> None:
        self.place: Place = place_of(self.token)
        self.found: list[Thing] = landmark_of(self.place, self.doc, self.reading)

    @cached_property
    def theme(self) -> list[Thing]:
        """What moves or lies there: the patient, or the agent of what moves itself."""
        h = self.happening
        return h.patient if h.patient and (h.passive or h.verb not in AGENT_MOVES) else h.agent

    @cached_property
    def side(self) -> str | None:
        return side_of(self.place, self.doc)

    @property
    def preposition(self) -> str:
        return self.place.preposition

    @property
    def part(self) -> Token | None:
        """The relational noun: the edge, the top, the left."""
        return self.doc[self.place.part] if self.place.part is not None else None

    @property
    def part_word(self) -> str:
        return singular(self.part.text) if self.part is not None else ""

    @property
    def part_lemma(self) -> str:
        return lemma(self.part) if self.part is not None else ""

    @cached_property
    def earlier(self) -> list[Happening]:
        """What the same mover did before, states left out."""
        start = self.happening.token or 0
        return [
            h
            for h in self.reading.happenings
            if h is not self.happening and not h.stative and (h.token or 0) < start and same_mover(self.theme, h)
        ]

    def read(self) -> bool:
        """Note that the phrase is accounted for."""
        self.happening.tokens |= self.place.tokens
        return True

    def relate(self, kind: str, phase: str = "initial") -> bool:
        self.reading.link(kind, self.theme, self.found, phase, self.place.tokens)
        return self.read()

    def stand(self, phase: str = "initial", theme: list[Thing] | None = None) -> bool:
        """State a static place of the theme; False when the phrase says none."""
        return static_relation(self.theme if theme is None else theme, self.place, self.reading, self.doc, phase)

    def aim(self) -> bool:
        self.happening.goal += [t for t in self.found if t not in self.happening.goal]
        return self.read()
