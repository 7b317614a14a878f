"""The scene that a text builds up: things with coreference, events and relations. Grammar is elsewhere; this only keeps books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from planner.chinese.items import Nominal
from planner.chinese.lexicon import to_simplified
from planner.chinese.measures import Measure
from planner.frame import Entity, Event, Quantity, Relation, Span

__all__ = ["GROUND_HEADS", "Happening", "Stage", "Thing"]

GROUND_HEADS = frozenset(["ground", "floor"])
BODY_PARTS = frozenset(
    [
        "wing",
        "tail",
        "head",
        "leg",
        "arm",
        "handle",
        "peel",
        "hand",
        "foot",
        "finger",
        "hair",
        "shadow",
        "wheel",
        "tire",
        "lid",
    ]
)
SAME_HEADS = [{"ground", "floor"}, {"child", "boy", "girl"}, {"rock", "stone", "boulder"}, {"rod", "pipe"}]
GENERIC = {
    "liquid": "fluid",
    "object": "object",
    "animal": "character",
    "material": "object",
    "vehicle": "object",
    "container": "container",
}
NO_SHORT_NAMES = frozenset(
    ["人", "手", "头", "子", "水", "面", "地", "家"]
)  # ends of many words that name other things

KINDS = frozenset(
    ["tennis", "bowling", "billiard", "ping-pong", "table_tennis", "golf", "rugby", "cotton", "yarn", "wrecking"]
)


@dataclass(eq=False)
class Thing:
    """An entity in the making."""

    id: str
    head: str
    entity: Entity
    tokens: set[int] = field(default_factory=set)
    content: Thing | None = None  # of a container: what is in it
    members: Thing | None = None  # of a pile: what it is made of
    part_of: Thing | None = None
    place: str | None = None  # where on its owner a part is: left, right, end

    @property
    def role(self) -> str:
        return self.entity.role

    @property
    def animate(self) -> bool:
        return self.role == "character"


@dataclass(eq=False)
class Happening:
    """An event in the making; ids are resolved to things."""

    verb: str
    agent: list[Thing] = field(default_factory=list)
    patient: list[Thing] = field(default_factory=list)
    order: int = 1
    manner: list[str] = field(default_factory=list)
    quantities: list[Quantity] = field(default_factory=list)
    count: int | None = None
    source: list[Thing] = field(default_factory=list)
    goal: list[Thing] = field(default_factory=list)
    goal_kind: str | None = None  # the localiser of the goal: on, in, in_front_of ...
    source_kind: str | None = None
    instrument: list[Thing] = field(default_factory=list)
    negated: bool = False
    inferred: bool = False
    passive: bool = False
    result: str | None = None
    literal: str | None = None
    property_of: list[Thing] = field(default_factory=list)
    at_time: float | None = None
    tokens: set[int] = field(default_factory=set)
    text: str = ""
    flags: frozenset[str] = frozenset()

    @property
    def mover(self) -> list[Thing]:
        """What this event moves or changes."""
        return self.patient or self.agent


class Stage:
    """Things, happenings and relations of one text, with the offsets of its tokens."""

    def __init__(self, offsets: Sequence[Span], texts: Sequence[str], original: str) -> None:
        self.offsets = offsets
        self.texts = texts
        self.original = original
        self.plain = to_simplified(original)
        self.things: list[Thing] = []
        self.happenings: list[Happening] = []
        self.relations: list[Relation] = []
        self.environment: list[dict[str, Any]] = []
        self.used: set[int] = set()
        self.recent: list[Thing] = []  # mentioned last comes last
        self.unknown: list[str] = []

    # -- spans --------------------------------------------------------------------------------------------------------------
    def span(self, tokens: set[int]) -> Span | None:
        if not tokens:
            return None
        return self.offsets[min(tokens)][0], self.offsets[max(tokens)][1]

    # -- things -------------------------------------------------------------------------------------------------------------
    def create(self, head: str, *, role: str = "object", tokens: set[int] | None = None, **values: Any) -> Thing:
        """A new thing with a fresh id made of its head."""
        stem = "_".join(head.replace("'", "").split()) or "thing"
        taken = {thing.id for thing in self.things}
        name, number = stem, 1
        while name in taken:
            number += 1
            name = f"{stem}_{number}"
        entity = Entity(id=name, head=head, role=role, **values)  # type: ignore[arg-type]
        entity.span = self.span(tokens or set())
        if entity.span is not None and entity.mention is None:
            entity.mention = self.original[entity.span[0] : entity.span[1]]
        thing = Thing(name, head, entity, set(tokens or ()))
        self.things.append(thing)
        self.touch(thing)
        self.used |= thing.tokens
        return thing

    def touch(self, thing: Thing) -> None:
        """Make `thing` the one mentioned last."""
        if thing in self.recent:
            self.recent.remove(thing)
        self.recent.append(thing)

    def find(self, n: Nominal) -> list[Thing]:
        """What an earlier phrase named and `n` names again; empty when `n` is new."""
        same = [t for t in self.recent if self._same_head(t, n)] or self._called_by_its_end(n)
        if not same:
            generic = GENERIC.get(n.head or "")
            if generic and not n.counted:
                fitting = [t for t in self.recent if t.role == generic]
                if n.head == "material":
                    fitting = [t for t in self.recent if t.entity.material or t.role == "cloth"] or fitting
                return fitting[-1:]
            return []
        if n.selector in ("another", "other", "last", "first", "one_of", "middle") or "another" in n.attributes:
            return []
        compatible = [t for t in same if self._compatible(t, n)]
        if n.counted and (n.count or 0) > 1 and (named := self._called_by_its_end(n)):
            return sorted(named, key=self.things.index)
        if n.counted and not n.definite:
            total = sum(t.entity.count or 0 for t in compatible)
            several = [t for t in compatible if not t.entity.implied]
            if n.count is not None and n.count > 1 and len(several) > 1 and total == n.count:
                return sorted(several, key=self.things.index)
            return (
                [t for t in compatible if n.count and n.count > 1 and t.entity.count == n.count][-1:]
                if n.end - n.start == 2
                else []
            )
        return compatible[-1:]

    def _called_by_its_end(self, n: Nominal) -> list[Thing]:
        """卡车 … 车上, 钢球 … 铅球 … 两球: the last character of a name stands for the thing again."""
        if n.mention is None or n.role == "part" or (n.counted and n.count == 1) or n.color or n.material:
            return []
        text = "".join(self.texts[n.mention[0] : n.mention[1]])
        if len(text) != 1 or text in NO_SHORT_NAMES:
            return []
        named = [t for t in self.recent if t.role != "part" and (t.entity.mention or "").endswith(text)]
        return named[:1] if not n.counted else named if sum(t.entity.count or 0 for t in named) == n.count else []

    def _same_head(self, thing: Thing, n: Nominal) -> bool:
        if thing.entity.role == "part" and n.role != "part":
            return False
        return thing.head == n.head or any({thing.head, n.head} <= heads for heads in SAME_HEADS[:1])

    @staticmethod
    def _compatible(thing: Thing, n: Nominal) -> bool:
        e = thing.entity
        for mine, theirs in ((n.color, e.color), (n.material, e.material), (n.size, e.size)):
            if mine is not None and theirs is not None and mine != theirs:
                return False
        if {"fast", "slow"} <= {*n.attributes, *e.attributes}:
            return False  # 快球超过慢球
        if n.color is not None and e.color is None:
            return False
        labels = lambda names: {a for a in names if len(a) <= 2 and a[:1].isupper()}  # noqa: E731
        if labels(n.attributes) != labels(e.attributes) and labels(n.attributes):
            return False
        kinds = lambda names: KINDS & set(names)  # noqa: E731
        if kinds(n.attributes) and kinds(e.attributes) and kinds(n.attributes) != kinds(e.attributes):
            return False  # 网球和保龄球
        where = {"left", "right", "middle", "upper", "lower", "leftmost", "rightmost", "front", "back"}
        return (set(n.attributes) & where) <= set(e.attributes)

    def new(self, n: Nominal) -> Thing:
        """The thing that a nominal introduces."""
        assert n.head is not None
        tokens = set(range(n.start, n.end))
        mention = None
        if n.mention is not None:
            mention = self.original[self.offsets[n.mention[0]][0] : self.offsets[n.mention[1] - 1][1]]
        thing = self.create(
            n.head,
            role=n.role,
            tokens=tokens,
            mention=mention,
            material=n.material,
            color=n.color,
            size=n.size,
            count=n.count,
            attributes=list(dict.fromkeys(n.attributes)),
        )
        if n.selector:
            thing.entity.attributes.append(n.selector)
        for measure, token in n.measures:
            self.measure(thing, measure, token)
        if n.unknown:
            self.unknown.append(n.head)
        return thing

    def measure(self, thing: Thing, measure: Measure, token: int) -> None:
        """Attach a quantity to a thing, with the role that the words or the unit give."""
        role = measure.role or {"length": "length", "speed": "speed"}.get(measure.kind or "", measure.kind)
        thing.entity.quantities.append(
            Quantity(value=measure.value, unit=measure.unit, role=role, span=self.offsets[token])
        )
        self.used.add(token)

    def part(self, owner: Thing, head: str, place: str | None, tokens: set[int]) -> Thing:
        """The part of `owner` that a localiser names (一端, 左侧), made once."""
        for thing in self.things:
            if thing.part_of is owner and thing.head == head and thing.place == place and place not in ("one", "other"):
                self.touch(thing)
                return thing
        attributes = [place] if place not in (None, "one") else []
        thing = self.create(head, role="part", tokens=tokens, attributes=attributes)
        thing.part_of, thing.place = owner, place
        self.relate("part_of", [thing], [owner], tokens=tokens)
        return thing

    # -- relations and events -----------------------------------------------------------------------------------------------
    def relate(
        self,
        kind: str,
        subject: Sequence[Thing],
        obj: Sequence[Thing] | str,
        phase: str = "initial",
        tokens: set[int] | None = None,
    ) -> None:
        """Add relations, one for each subject; none of a thing to itself, none twice."""
        if not subject or not obj:
            return
        target: Any = obj if isinstance(obj, str) else obj[0].id if len(obj) == 1 else [o.id for o in obj]
        for one in subject:
            if not isinstance(obj, str) and one in obj:
                continue
            relation = Relation(type=kind, subject=one.id, object=target, phase=phase, span=self.span(tokens or set()))  # type: ignore[arg-type]
            if not any(
                r.type == kind and r.subject == relation.subject and r.object == relation.object for r in self.relations
            ):
                self.relations.append(relation)
        self.used |= tokens or set()

    def related(self, kind: str, subject: Thing) -> Thing | None:
        """The object of a relation of `subject`, or None."""
        for relation in self.relations:
            if relation.type == kind and relation.subject == subject.id:
                for thing in self.things:
                    if thing.id == relation.object:
                        return thing
        return None

    def set_environment(self, **facts: Any) -> None:
        for key, value in facts.items():
            if {key: value} not in self.environment:
                self.environment.append({key: value})

    def events(self) -> list[Event]:
        """The happenings as events of the frame; coordinated movers of an intransitive verb get one each."""
        found: list[Event] = []
        for h in self.happenings:
            agents: list[list[Thing]] = [h.agent]
            patients: list[list[Thing]] = [h.patient]
            if len(h.agent) > 1 and not h.patient:
                agents, patients = [[a] for a in h.agent], [[]] * len(h.agent)
            elif len(h.patient) > 1 and h.agent != h.patient:
                patients, agents = [[p] for p in h.patient], [h.agent] * len(h.patient)
            for agent, patient in zip(agents, patients, strict=True):
                found.append(
                    Event(
                        verb=h.verb, agent=_ids(agent), patient=h.literal or _ids(patient), order=h.order, manner=[m for m in dict.fromkeys(h.manner) if m], quantities=list(h.quantities), count=h.count,
                        source_place=_ids(h.source), goal_place=_ids(h.goal), instrument=_ids(h.instrument), negated=h.negated, inferred=h.inferred, property_of=_ids(h.property_of[:1]),  # type: ignore[arg-type]
                        result=h.result, at_time=h.at_time, span=self.span(h.tokens),
                    )
                )  # fmt: skip
        return found


def _ids(things: Sequence[Thing]) -> str | list[str] | None:
    return None if not things else things[0].id if len(things) == 1 else [t.id for t in things]
