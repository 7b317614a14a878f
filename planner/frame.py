"""The Frame: what a text says, with no physics in it. Both languages produce it; `compile.py` and `advice.py` read it.

Heads and verbs are canonical English lemmas whatever the language of the text, so that one physics serves both.
Every element keeps its span of the text (character offsets, end exclusive), or None where it was inferred.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Entity", "Event", "Frame", "Quantity", "Relation", "Span"]

Span = tuple[int, int]
Role = Literal[
    "object",
    "ground",
    "support",
    "obstacle",
    "container",
    "fluid",
    "cloth",
    "character",
    "tool",
    "part",
    "region",
    "field",
]
Phase = Literal["initial", "during", "final"]


class _Element(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=False)


class Quantity(_Element):
    """A number with its unit as the text has it; `value` is None when a role is stated without a number ("from a height")."""

    value: float | None = None
    unit: str | None = None
    role: str | None = None
    span: Span | None = None


class Entity(_Element):
    """A thing that the text names. `head` is an English singular noun lemma; `mention` the head's words in the text."""

    id: str
    head: str
    material: str | None = None
    color: str | None = None
    size: str | None = None
    count: int | None = 1
    attributes: list[str] = Field(default_factory=list)
    role: Role = "object"
    implied: bool = False
    quantities: list[Quantity] = Field(default_factory=list)
    mention: str | None = None
    span: Span | None = None


class Event(_Element):
    """Something that happens. `order` is an integer time step (equal: simultaneous, 0: already true at the start).

    `at_time` [s] is a stated time ("after 2 seconds"); `count` the stated repetitions ("bounces three times": 3).
    """

    verb: str
    agent: str | list[str] | None = None
    patient: str | list[str] | None = None
    order: int = 1
    manner: list[str] = Field(default_factory=list)
    quantities: list[Quantity] = Field(default_factory=list)
    count: int | None = None
    source_place: str | list[str] | None = None
    goal_place: str | list[str] | None = None
    instrument: str | list[str] | None = None
    negated: bool = False
    inferred: bool = False
    property_of: str | None = None
    result: str | None = None
    at_time: float | None = None
    span: Span | None = None


class Relation(_Element):
    type: str
    subject: str | list[str]
    object: str | list[str]
    phase: Phase = "initial"
    span: Span | None = None


class Frame(_Element):
    """What the text says: entities, events in order, relations, environment (a list of one-key mappings)."""

    text: str
    lang: Literal["en", "zh"]
    entities: list[Entity] = Field(default_factory=list)
    events: list[Event] = Field(default_factory=list)
    relations: list[Relation] = Field(default_factory=list)
    environment: list[dict[str, Any]] = Field(default_factory=list)
    parser: str = ""  # which pipeline read the text, with its version
    unread: list[Span] = Field(default_factory=list)  # content words that no element accounts for

    def entity(self, entity_id: str) -> Entity:
        """The entity with this id. Raises KeyError when there is none."""
        for entity in self.entities:
            if entity.id == entity_id:
                return entity
        raise KeyError(entity_id)
