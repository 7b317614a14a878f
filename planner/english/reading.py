"""What the components pass on: a `Reading` on `Doc._.reading`, with its things, happenings and links tied to tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

__all__ = ["FRAME_ID", "Happening", "Link", "Measure", "Place", "Reading", "Thing", "reading_of"]

FRAME_ID = "frame"  # the picture itself: the object of screen positions


@dataclass(eq=False)
class Measure:
    """A number with a unit, or a measured dimension without a number ("from a height")."""

    value: float | None
    unit: str | None
    role: str | None
    start: int
    end: int
    taken: bool = False


@dataclass(eq=False)
class Thing:
    head: str
    token: int | None
    material: str | None = None
    color: str | None = None
    size: str | None = None
    count: int | None = 1
    attributes: list[str] = field(default_factory=list)
    role: str = "object"
    implied: bool = False
    measures: list[Measure] = field(default_factory=list)
    tokens: set[int] = field(default_factory=set)
    members: list[Thing] = field(default_factory=list)  # what a group is made of ("both")


@dataclass(eq=False)
class Happening:
    verb: str
    token: int | None
    agent: list[Thing] = field(default_factory=list)
    patient: list[Thing] = field(default_factory=list)
    order: int = 1
    manner: list[str] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    count: int | None = None
    source: list[Thing] = field(default_factory=list)
    goal: list[Thing] = field(default_factory=list)
    instrument: list[Thing] = field(default_factory=list)
    negated: bool = False
    inferred: bool = False
    passive: bool = False
    stative: bool = False
    property_of: Thing | None = None
    literal_patient: str | None = None  # "temperature": the one patient that is no entity
    result: str | None = None
    at_time: float | None = None
    tokens: set[int] = field(default_factory=set)


@dataclass(eq=False)
class Link:
    type: str
    subject: list[Thing]
    object: list[Thing] | str
    phase: str = "initial"
    tokens: set[int] = field(default_factory=set)


@dataclass(eq=False)
class Place:
    """A prepositional phrase: its preposition, the relational noun inside it ("the top of"), and the landmark's token."""

    preposition: str
    landmark: int | None
    part: int | None = None  # token of the relational noun
    tokens: set[int] = field(default_factory=set)


@dataclass(eq=False)
class Reading:
    measures: list[Measure] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    by_token: dict[int, list[Thing]] = field(default_factory=dict)  # nouns and pronouns -> what they denote
    happenings: list[Happening] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    environment: list[dict[str, Any]] = field(default_factory=list)
    used: set[int] = field(default_factory=set)  # tokens that some element accounts for
    manners: list[tuple[str, set[int]]] = field(
        default_factory=list
    )  # phrases like "one after another", with their tokens
    renamed: dict[int, tuple[str, set[int]]] = field(default_factory=dict)  # verbs whose event a second word names
    display: set[int] = field(default_factory=set)  # tokens that speak of the picture, not of the scene

    def denoted(self, token: Token | None) -> list[Thing]:
        return [] if token is None else self.by_token.get(token.i, [])

    def link(
        self,
        kind: str,
        subject: list[Thing],
        obj: list[Thing] | str,
        phase: str = "initial",
        tokens: set[int] | None = None,
    ) -> None:
        """Add a relation, unless it is there already or would relate a thing to itself."""
        if not subject or not obj or (isinstance(obj, list) and set(map(id, obj)) & set(map(id, subject))):
            return
        for other in self.links:
            if other.type == kind and other.subject == subject and other.object == obj:
                return
        self.links.append(Link(kind, subject, obj, phase, tokens or set()))


def reading_of(doc: Doc) -> Reading:
    reading: Reading = doc._.reading
    return reading
