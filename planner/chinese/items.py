"""What the phrase component hands to the clause reader: a flat list of items (noun phrases, verbs, prepositions ...)."""

from __future__ import annotations

from dataclasses import dataclass, field

from planner.chinese.lexicon import VerbSense
from planner.chinese.measures import Measure

__all__ = ["Item", "Nominal"]


@dataclass(eq=False)
class Nominal:
    """A noun phrase as the words have it, before anybody asks which thing of the scene it names."""

    start: int
    end: int
    head: str | None = None
    mention: tuple[int, int] | None = None  # tokens of the head
    role: str = "object"
    material: str | None = None
    color: str | None = None
    size: str | None = None
    count: int | None = 1
    counted: bool = False  # 一个, 两只: a numeral is stated
    definite: bool = False  # 这, 那, 该
    attributes: list[str] = field(default_factory=list)
    measures: list[tuple[Measure, int]] = field(default_factory=list)
    selector: str | None = None  # last, first, other, one_of, middle: one of a group already named
    group: str | None = None  # pile, tower, stack: this whole is made of `members`
    members: Nominal | None = None
    holder: Nominal | None = None  # 一杯水: the cup
    pronoun: str | None = None
    unknown: bool = False
    owner: Nominal | None = None  # 蝴蝶的翅膀
    place: tuple[Nominal | None, str] | None = None  # 桌上的杯子
    clause: list[Item] | None = None  # 路过的兔子
    joined: list[Nominal] = field(default_factory=list)  # 羽毛和铁锤


@dataclass(eq=False)
class Item:
    """One item: `kind` names its class, `text` its (simplified) words."""

    kind: str
    start: int
    end: int
    text: str
    np: Nominal | None = None
    verb: VerbSense | None = None
    value: str | None = None
    measure: Measure | None = None
    count: int | None = None
