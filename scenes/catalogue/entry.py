"""One everyday object: its names in two languages, its real size and shape, what it is made of, and how it moves by itself."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import Field, field_validator, model_validator

from scenes.base import Model, NonNegative, Positive
from scenes.catalogue.forms import expanded
from scenes.shapes import Shape

__all__ = ["ARRANGEMENTS", "MOVES", "ROLES", "Arrangement", "Move", "ObjectEntry", "Role", "Speed"]

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
Move = Literal["walks", "hops", "flies", "swims", "drives", "rolls", "flutters", "crawls"]
Layout = Literal["stack", "row", "pile", "wall", "ring", "pyramid", "group", "chain"]
ROLES: tuple[str, ...] = get_args(Role)
MOVES: tuple[str, ...] = get_args(Move)
ARRANGEMENTS: tuple[str, ...] = get_args(Layout)


class Speed(Model):
    """Usual speed of a thing that moves by itself [m/s], with its honest range."""

    value: Positive
    low: NonNegative
    high: Positive
    source: str

    @model_validator(mode="after")
    def _in_order(self) -> Speed:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"speed {self.value} m/s must lie in its own range {self.low}-{self.high}")
        return self


class Arrangement(Model):
    """A composite of like things: a tower is a stack of `count` blocks. `count` is assumed unless the text states it."""

    layout: Layout
    of: str = "block"
    count: int = Field(ge=1, le=200)
    note: str


class ObjectEntry(Model):
    """What is usual for a thing when the text says nothing else.

    `key` is the English name; `head` and `attributes` are the form that a frame uses ("tennis ball" is the head "ball" with the
    attribute "tennis"). `kinds` are narrower or near things that this entry stands for, with their Chinese names (a sparrow by the
    bird): asked for by name they are given as assumed. `shape` is in metres, z up, the front of vehicles and animals towards +x; None for fluids, fields, parts and
    regions. `mass` [kg] is given where density times volume would mislead (hollow, mixed or living things); `wall` [m] where a closed
    shape is hollow. `sealed` is False where water can enter (a car, a coat); such a thing, like an open vessel, is judged flooded.
    `floats` refers to fresh water.
    """

    key: str = Field(min_length=1)
    head: str = ""
    attributes: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()
    zh_material: dict[str, str] = Field(default_factory=dict)
    zh_attributes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    kinds: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    hypernym: str | None
    role: Role = "object"
    shape: Shape | None = None
    size_source: str = "typical size"
    size_evidence: Literal["recalled", "checked", "assumed"] = "recalled"
    material: str | None = None
    surface_material: str | None = None
    mass: Positive | None = None
    wall: Positive | None = None
    sealed: bool = True
    color: str | None = None
    breaks: bool = False
    floats: bool = False
    moves: Move | None = None
    species: str | None = None
    height: Positive | None = None
    length: Positive | None = None
    speed: Speed | None = None
    arrangement: Arrangement | None = None
    assumed: bool = False
    why: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _head_is_the_key(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.get("head"):
            return {**data, "head": data.get("key", "")}
        return data

    @field_validator("shape", mode="before")
    @classmethod
    def _expand_form(cls, shape: Any) -> Any:
        return expanded(shape)

    @model_validator(mode="after")
    def _is_whole(self) -> ObjectEntry:
        stray = [name for name in (*self.zh_material, *self.zh_attributes) if name not in self.zh]
        if stray:
            raise ValueError(f"{self.key}: {', '.join(stray)} implies something but is not one of its Chinese names")
        if self.moves is not None and self.speed is None:
            raise ValueError(f"{self.key} {self.moves} and so needs a speed")
        return self

    def extent(self) -> tuple[float, float, float] | None:
        """Size of the axis-aligned box over x, y, z [m]; None for a thing without a shape."""
        if self.shape is None:
            return None
        x, y, z = (float(edge) for edge in self.shape.extent())
        return x, y, z
