"""The stage: what the compiler fills between a Frame and a Scene. Actors stand for bodies to be; constraints say where they belong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from planner.frame import Entity, Event, Frame, Quantity, Relation, Span
from planner.lexicon.words import to_si
from scenes.bodies import Appearance, Status
from scenes.catalogue import ObjectEntry
from scenes.shapes import Ellipsoid, Shape, Sphere

__all__ = ["Actor", "Constraint", "Stage", "ids_of", "quaternion_product"]

Kind = Literal["rigid", "figure", "fluid", "cloth", "field", "none"]
FloatArray = NDArray[np.float64]


def ids_of(value: str | list[str] | None) -> list[str]:
    """A reference of the frame as a list of entity ids."""
    return [] if value is None else [value] if isinstance(value, str) else list(value)


@dataclass(eq=False)
class Actor:
    """A body to be. Positions [m] are of the centre of mass; `clearance` [m] is the gap between its lowest point and what is under it."""

    name: str
    entity: Entity
    entry: ObjectEntry
    kind: Kind
    shape: Shape | None = None
    material: str = "plastic"
    color: str | None = None
    mass: float | None = None
    wall: float | None = None
    status: Status = "solved"
    appearance: Appearance = "solved"
    why: str = ""
    fixed: bool = False
    brittle: bool = False
    contact: bool = True
    position: FloatArray = field(default_factory=lambda: np.zeros(3))
    orientation: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    velocity: FloatArray = field(default_factory=lambda: np.zeros(3))
    spin: FloatArray = field(default_factory=lambda: np.zeros(3))
    support: Actor | None = None
    inside: bool = False  # within the support's walls, not on top of it
    clearance: float = 0.0
    fixed_z: float | None = None  # a height [m] of the centre of mass that no support decides
    in_air: bool = False
    moving: bool = False  # some event has already set it in motion
    heading: float = 0.0
    posture: str = "stand"
    gait: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def round(self) -> bool:
        return isinstance(self.shape, Sphere | Ellipsoid) or (
            self.shape is not None and self.shape.type in {"torus", "cylinder"}
        )

    @property
    def movable(self) -> bool:
        return self.kind == "rigid" and not self.fixed

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest corner about the centre of mass in its starting orientation [m]."""
        if self.kind == "figure":
            tall = float(self.extra.get("height", 1.0))
            half = self.extra.get("half_length", max(0.12, tall * 0.14))
            return np.array([-half, -half, -tall / 2]), np.array([half, half, tall / 2])
        if self.shape is None:
            size = np.asarray(self.extra.get("extent", (0.3, 0.3, 0.3)))
            return -size / 2, size / 2
        from scenes.primitives import Piece, placed_bounds, rotation_matrix

        matrix = rotation_matrix(self.orientation)
        lows, highs = [], []
        for piece in self.shape.pieces():
            turned = quaternion_product(self.orientation, piece.orientation)
            at = matrix @ np.asarray(piece.position)
            low, high = placed_bounds(Piece(piece.shape, (float(at[0]), float(at[1]), float(at[2])), turned))
            lows.append(low)
            highs.append(high)
        return np.min(lows, axis=0), np.max(highs, axis=0)

    @property
    def size(self) -> float:
        """Largest extent [m]."""
        low, high = self.bounds()
        return float((high - low).max())

    @property
    def half_x(self) -> float:
        """Half of the extent along x [m]."""
        low, high = self.bounds()
        return float(high[0] - low[0]) / 2

    @property
    def radius(self) -> float:
        """Half of the vertical extent [m]: the rolling radius of round things."""
        low, high = self.bounds()
        return float(high[2] - low[2]) / 2


def quaternion_product(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, float, float, float]:
    aw, ax, ay, az = a
    bw, bx, by, bz = b
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


@dataclass(eq=False)
class Constraint:
    """A wish of the layout, in the words it came from. Kinds: at (a at `value` on `axis`), offset (a = b + value), before (a ends `value`
    before b begins), within (a inside b's top by a margin), above/below are settled by supports and clearances."""

    kind: Literal["at", "offset", "before", "within"]
    a: Actor
    axis: int
    value: float = 0.0
    b: Actor | None = None
    text: str = ""
    weight: float = 1.0


class Stage:
    """Everything that the compiler has decided so far; `compile.py` turns it into a Scene."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.actors: dict[str, Actor] = {}
        self.by_entity: dict[str, list[Actor]] = {}
        self.groups: dict[str, list[str]] = {}  # entity id of a tower or row: entity ids of its members
        self.constraints: list[Constraint] = []
        self.joints: dict[str, dict[str, Any]] = {}
        self.drivers: dict[str, dict[str, Any]] = {}
        self.triggers: dict[str, dict[str, Any]] = {}
        self.goals: dict[str, dict[str, Any]] = {}
        self.free: dict[str, dict[str, Any]] = {}
        self.thermal: dict[str, Any] = {}
        self.environment: dict[str, Any] = {}
        self.camera: dict[str, Any] = {}
        self.look: dict[str, Any] = {}
        self.solver: dict[str, Any] = {}
        self.duration: float | None = None
        self.provenance: dict[str, dict[str, Any]] = {}
        self.elements: dict[str, dict[str, Any]] = {}
        self.advice: list[str] = []
        self.ground: Actor | None = None
        self.screen_width: float | None = None  # [m] that the frame shows at y = 0, when the text speaks of the screen

    # text ---------------------------------------------------------------------------------------------------------------------------

    @property
    def chinese(self) -> bool:
        return self.frame.lang == "zh"

    def say(self, english: str, chinese: str) -> str:
        """The sentence in the language of the text."""
        return chinese if self.chinese else english

    def words(self, span: Span | None) -> str:
        return self.frame.text[span[0] : span[1]].strip() if span else ""

    def advise(self, english: str, chinese: str) -> None:
        sentence = self.say(english, chinese)
        if sentence not in self.advice:
            self.advice.append(sentence)

    # actors -------------------------------------------------------------------------------------------------------------------------

    def of(self, reference: str | list[str] | None) -> list[Actor]:
        """The actors that a reference of the frame stands for; a group stands for its members."""
        found: list[Actor] = []
        for entity_id in ids_of(reference):
            own = self.by_entity.get(entity_id, [])
            if not own and entity_id in self.groups:
                own = [actor for member in self.groups[entity_id] for actor in self.by_entity.get(member, [])]
            found.extend(actor for actor in own if actor not in found)
        return found

    def one(self, reference: str | list[str] | None) -> Actor | None:
        actors = self.of(reference)
        return actors[0] if actors else None

    def entity(self, reference: str | None) -> Entity | None:
        return next((entity for entity in self.frame.entities if entity.id == reference), None)

    def relations(self, *types: str, subject: str | None = None, object_: str | None = None) -> list[Relation]:
        return [
            relation
            for relation in self.frame.relations
            if (not types or relation.type in types)
            and (subject is None or subject in ids_of(relation.subject))
            and (object_ is None or object_ in ids_of(relation.object))
        ]

    def free_name(self, wanted: str, taken: dict[str, Any]) -> str:
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}_{number}", number + 1
        return name

    # decisions ----------------------------------------------------------------------------------------------------------------------

    def note(self, path: str, source: str, why: str = "", span: Span | None = None) -> None:
        """Record where a value of the scene comes from."""
        self.provenance[path] = {"source": source, "why": why, "span": span}

    def constrain(
        self,
        kind: str,
        a: Actor,
        axis: int,
        value: float = 0.0,
        b: Actor | None = None,
        *,
        text: str = "",
        weight: float = 1.0,
    ) -> None:
        self.constraints.append(Constraint(kind, a, axis, value, b, text, weight))  # type: ignore[arg-type]

    def unplace(self, actor: Actor) -> None:
        """Forget where an actor was to stand: its motion decides."""
        self.constraints = [c for c in self.constraints if c.a is not actor or c.kind == "at"]
        actor.support = None

    def goal(self, type_: str, event: Event | None = None, *, asked: str | None = None, **fields: Any) -> str:
        """Add an asked outcome; its words are the event's own span of the text."""
        subject = fields.get("body") or fields.get("a") or (fields.get("bodies") or ("scene",))[0]
        name = self.free_name(f"{subject.replace('/', '_')}_{type_}", self.goals)
        words = asked if asked is not None else self.words(event.span if event else None)
        entry = {"type": type_, "asked": words, **fields}
        if event is not None and event.order:
            entry["order"] = event.order
        if event is not None and event.negated:
            entry["negated"] = True
        if event is not None and event.at_time is not None:
            entry["after"] = max(0.0, event.at_time - 0.05)
        self.goals[name] = {key: value for key, value in entry.items() if value is not None}
        return name

    def search(self, path: str, one: float, other: float, why: str) -> None:
        """Let a parameter be searched within an honest range, given by its two ends in any order."""
        low, high = min(one, other), max(one, other)
        self.free[path] = {"low": round(low, 6), "high": round(high, 6), "why": why}

    def quantity(self, owner: Entity | Event, *roles: str) -> tuple[float, Quantity] | None:
        """The first stated quantity with one of these roles, in SI units (degC for temperatures), with its words."""
        for quantity in owner.quantities:
            if quantity.role in roles and quantity.value is not None:
                try:
                    value = (
                        to_si(quantity.value, quantity.unit, self.frame.lang)[0] if quantity.unit else quantity.value
                    )
                except KeyError:
                    continue  # an unknown unit is named in the advice
                return value, quantity
        return None
