"""What moves and holds bodies beside the laws: joints, drivers, and the events that start and stop them."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from scenes.base import Model, NonNegative, Positive, Vector3

__all__ = [
    "Driver",
    "Event",
    "ForceDriver",
    "GripDriver",
    "Joint",
    "PathDriver",
    "PathKey",
    "Trigger",
    "VelocityDriver",
]

Trigger = Annotated[float, Field(ge=0)] | str  # a time [s], or the name of an event


class Joint(Model):
    """Holds `child` to `parent` (a body, or None: the world) at `anchor` in the world frame at the start [m].

    hinge and slider turn or move about `axis`; `spring` pulls the anchors to `length` [m] with `stiffness` [N/m] and `damping` [N s/m];
    `rope` limits their distance to `length`.
    """

    type: Literal["fixed", "hinge", "ball", "slider", "spring", "rope"]
    parent: str | None = None
    child: str
    anchor: Vector3
    parent_anchor: Vector3 | None = None  # world frame at the start; None: `anchor`
    axis: Vector3 = (0.0, 1.0, 0.0)
    limits: tuple[float, float] | None = None  # [rad] or [m]
    length: NonNegative | None = None
    stiffness: Positive | None = None
    damping: NonNegative = 0.0

    @model_validator(mode="after")
    def _complete(self) -> Joint:
        if self.type == "spring" and self.stiffness is None:
            raise ValueError("a spring needs its stiffness [N/m]")
        if self.type in {"hinge", "slider"} and not any(self.axis):
            raise ValueError("the axis of a hinge or slider must not be zero")
        if self.parent == self.child:
            raise ValueError(f"joint holds {self.child!r} to itself")
        if self.limits is not None and self.limits[0] > self.limits[1]:
            raise ValueError(f"limits {self.limits} are the wrong way round")
        return self


class _Driver(Model):
    """`start` and `stop` are times [s] or names of events ("when_hit"); `why` says what stands behind it (a walking animal, a hand)."""

    body: str
    start: Trigger = 0.0
    stop: Trigger | None = None
    why: str = ""


class PathKey(Model):
    """A pose at a time after the driver's start."""

    time: NonNegative
    position: Vector3
    heading: float | None = None  # [rad] about z; None: as it is
    tilt: float = (
        0.0  # [rad] forward lean about the axis to the left of the heading: pi/2 lies face down, -pi/2 on the back
    )


class PathDriver(_Driver):
    """Moves a body along keys, kinematically. `interpolation` is linear, smooth (C1) or ballistic (a parabola under gravity between keys).

    Keys of a figure are ground points, of other bodies centres of mass. `relative`: positions and headings are counted from where the body is
    when the driver starts.
    """

    type: Literal["path"] = "path"
    keys: tuple[PathKey, ...] = Field(min_length=1)
    interpolation: Literal["linear", "smooth", "ballistic"] = "linear"
    relative: bool = False
    gait: str | None = None
    coasts: bool = False  # what has wheels rolls on after the last key; else its wheels are braked
    release: bool = False  # a figure is let go after the last key, and falls as a jointed body

    @model_validator(mode="after")
    def _in_order(self) -> PathDriver:
        times = [key.time for key in self.keys]
        if any(b <= a for a, b in pairwise(times)):
            raise ValueError(f"the times of a path must rise; they are {times}")
        return self


class ForceDriver(_Driver):
    """A force [N] (world frame) at the centre of mass or at `point` (body frame), and a torque [N m]."""

    type: Literal["force"] = "force"
    force: Vector3 = (0.0, 0.0, 0.0)
    torque: Vector3 = (0.0, 0.0, 0.0)
    point: Vector3 | None = None


class VelocityDriver(_Driver):
    """Sets the velocity: at its start alone (`hold` false: a push, a throw) or as long as it runs (a motor, a conveyor)."""

    type: Literal["velocity"] = "velocity"
    linear: Vector3 | None = None  # [m/s]
    angular: Vector3 | None = None  # [rad/s]
    hold: bool = False


class GripDriver(_Driver):
    """Holds `body` where it is, or to `holder`, until it stops: a hand, a branch, a claw that lets go."""

    type: Literal["grip"] = "grip"
    holder: str | None = None


Driver = Annotated[PathDriver | ForceDriver | VelocityDriver | GripDriver, Field(discriminator="type")]


class Event(Model):
    """A moment that drivers can wait for. contact: first force-bearing contact of `a` and `b`; bounce: the `count`-th bounce of `a`;
    rest: `a` has come to rest; time: at `time`; reach: `a` comes within `distance` of `b`; clear: `a` no longer touches anything.
    `delay` [s] is added."""

    type: Literal["contact", "bounce", "rest", "time", "reach", "clear", "broken"]
    a: str | None = None
    b: str | None = None
    count: Annotated[int, Field(ge=1)] = 1
    time: NonNegative | None = None
    distance: Positive | None = None
    delay: NonNegative = 0.0

    @model_validator(mode="after")
    def _complete(self) -> Event:
        if self.type == "time" and self.time is None:
            raise ValueError("an event of type time needs its time [s]")
        if self.type == "reach" and (self.distance is None or self.b is None):
            raise ValueError("an event of type reach needs b and distance [m]")
        if self.type != "time" and self.a is None:
            raise ValueError(f"an event of type {self.type} needs the body a")
        return self
