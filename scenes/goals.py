"""Asked outcomes: typed predicates over named bodies. They are verified on the trace; `Scene.free` says what may be searched to make them so."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from scenes.base import Model, NonNegative, Positive, Vector3

__all__ = ["GOAL_TYPES", "Goal"]


class _Goal(Model):
    """`asked` is the outcome in the text's own words; `order` the time step it was asked in (equal: any order, None: no order);
    `by` and `after` [s] bound the time at which it must have happened (both: between them), `at_time` names it, give or take `within` [s].
    `negated`: it must not happen."""

    asked: str = ""
    order: int | None = None
    by: NonNegative | None = None
    after: NonNegative | None = None
    at_time: NonNegative | None = None
    within: Positive = 0.25
    negated: bool = False


class Bounces(_Goal):
    """`body` bounces `count` times (exactly, or `at_least`), on `on` when given. A bounce counts when the rise after it is at least
    2 % of the first drop and at least 5 mm."""

    type: Literal["bounces"] = "bounces"
    body: str
    count: Annotated[int, Field(ge=0)] = 1
    at_least: bool = False
    on: str | None = None


class Rests(_Goal):
    """`body` comes to rest (below 0.02 m/s and 0.05 rad/s for 0.5 s), on or in `on` when given."""

    type: Literal["rests"] = "rests"
    body: str
    on: str | None = None


class Hits(_Goal):
    """A force-bearing contact of `a` and `b` begins."""

    type: Literal["hits"] = "hits"
    a: str
    b: str


class Topples(_Goal):
    """At least `at_least` of `bodies` (all when None) fall: tilt beyond `angle` [rad] from where they stood, or drop by a third of their height.
    `by_body`: touched first, directly or through others, by that body."""

    type: Literal["topples"] = "topples"
    bodies: tuple[str, ...] = Field(min_length=1)
    at_least: Annotated[int, Field(ge=1)] | None = None
    angle: Positive = 0.7854
    by_body: str | None = None


class StaysPut(_Goal):
    """`body` moves less than `tolerance` [m] from where it started."""

    type: Literal["stays_put"] = "stays_put"
    body: str
    tolerance: Positive = 0.01


class Falls(_Goal):
    """`body` drops by at least `drop` [m]."""

    type: Literal["falls"] = "falls"
    body: str
    drop: Positive = 0.05


class LandsOn(_Goal):
    """After being in the air, `body` is in contact with `on` at the end, its centre above it (`inside`: within its walls)."""

    type: Literal["lands_on"] = "lands_on"
    body: str
    on: str
    inside: bool = False


class StopsAt(_Goal):
    """`body` comes to rest within `tolerance` [m] of `position` (None in a coordinate: any)."""

    type: Literal["stops_at"] = "stops_at"
    body: str
    position: tuple[float | None, float | None, float | None]
    tolerance: Positive = 0.05


class StopsBefore(_Goal):
    """`body` comes to rest without having touched `other`, having moved towards it."""

    type: Literal["stops_before"] = "stops_before"
    body: str
    other: str


class Reaches(_Goal):
    """`body` comes within `tolerance` [m] of `position` (None in a coordinate: any) or of the body `other`."""

    type: Literal["reaches"] = "reaches"
    body: str
    position: tuple[float | None, float | None, float | None] | None = None
    other: str | None = None
    tolerance: Positive = 0.1


class PassesThrough(_Goal):
    """`body` crosses the disc of the ring (or the box) `through`, without touching it when `clean`."""

    type: Literal["passes_through"] = "passes_through"
    body: str
    through: str
    clean: bool = False


class Passes(_Goal):
    """`body` gets from one side of `other` to the other side (along `axis`: 0 x, 1 y)."""

    type: Literal["passes"] = "passes"
    body: str
    other: str
    axis: Literal[0, 1] = 0


class Rolls(_Goal):
    """`body` moves `distance` [m] with slip below a tenth of its speed for most of its contact (`slides`: with slip, hardly turning)."""

    type: Literal["rolls", "slides"] = "rolls"
    body: str
    distance: Positive = 0.1


class Breaks(_Goal):
    """`body` breaks (into `pieces`, when given)."""

    type: Literal["breaks"] = "breaks"
    body: str
    pieces: Annotated[int, Field(ge=2)] | None = None


class Floats(_Goal):
    """At the end `body` floats at the surface (`sinks`: lies at the bottom; `rises`: has gained height)."""

    type: Literal["floats", "sinks", "rises"] = "floats"
    body: str


class Overtakes(_Goal):
    """`body` starts behind `other` and ends ahead of it along the direction of their motion."""

    type: Literal["overtakes"] = "overtakes"
    body: str
    other: str


class Together(_Goal):
    """`bodies` do the same thing at the same time, give or take `tolerance` [s]: `lands` (touches `on`, or anything, after being in the air) or `rests`."""

    type: Literal["together"] = "together"
    bodies: tuple[str, ...] = Field(min_length=2)
    event: Literal["lands", "rests"] = "lands"
    on: str | None = None
    tolerance: Positive = 0.1


class Between(_Goal):
    """At the end `body` is between `a` and `b`: its centre lies over the line that joins theirs, no farther aside than a third of its length."""

    type: Literal["between"] = "between"
    body: str
    a: str
    b: str


class Swings(_Goal):
    """`body` swings to and fro: its horizontal velocity turns at least `count` times."""

    type: Literal["swings"] = "swings"
    body: str
    count: Annotated[int, Field(ge=1)] = 2


class Spins(_Goal):
    """`body` turns by at least `turns` revolutions."""

    type: Literal["spins"] = "spins"
    body: str
    turns: Positive = 1.0


class Warms(_Goal):
    """The temperature of `body` (at `part`: its far end, its middle, ...) rises (`cools`: falls) by at least `by_kelvin` [K], or reaches `to` [degC]."""

    type: Literal["warms", "cools"] = "warms"
    body: str
    by_kelvin: Positive = 1.0
    to: float | None = None
    at: Literal["mean", "left", "right", "middle", "cold_end"] = "mean"


class Melts(_Goal):
    """At least `fraction` of `body` becomes liquid."""

    type: Literal["melts"] = "melts"
    body: str
    fraction: Annotated[float, Field(gt=0, le=1)] = 0.05


class Moves(_Goal):
    """`body` is displaced by at least `distance` [m], along `direction` when given (within 60 degrees)."""

    type: Literal["moves"] = "moves"
    body: str
    distance: Positive = 0.05
    direction: Vector3 | None = None


class Refused(_Goal):
    """An outcome that no solver here can bring about: kept so that the report names it, never counted as happened."""

    type: Literal["refused"] = "refused"
    why: str
    body: str | None = None


Goal = Annotated[
    Bounces
    | Rests
    | Hits
    | Topples
    | StaysPut
    | Falls
    | LandsOn
    | StopsAt
    | StopsBefore
    | Reaches
    | PassesThrough
    | Passes
    | Rolls
    | Breaks
    | Floats
    | Overtakes
    | Together
    | Between
    | Swings
    | Spins
    | Warms
    | Melts
    | Moves
    | Refused,
    Field(discriminator="type"),
]
GOAL_TYPES = [
    "bounces",
    "rests",
    "hits",
    "topples",
    "stays_put",
    "falls",
    "lands_on",
    "stops_at",
    "stops_before",
    "reaches",
    "passes_through",
    "passes",
    "rolls",
    "slides",
    "breaks",
    "floats",
    "sinks",
    "rises",
    "overtakes",
    "together",
    "between",
    "swings",
    "spins",
    "warms",
    "cools",
    "melts",
    "moves",
    "refused",
]
