"""Bodies: what is in a scene. A kind that no solver advances yet still validates; its status says what becomes of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scenes.base import Fraction, Model, NonNegative, Positive, Quaternion, Vector3
from scenes.shapes import Shape

__all__ = [
    "APPEARANCES",
    "STATUSES",
    "Appearance",
    "Body",
    "ClothBody",
    "FieldBody",
    "FigureBody",
    "FluidBody",
    "Pour",
    "RigidBody",
    "Status",
]

Status = Literal["solved", "actuated", "proxied", "imagined", "refused"]
Appearance = Literal["solved", "proxied", "imagined"]
STATUSES: tuple[Status, ...] = ("solved", "actuated", "proxied", "imagined", "refused")
APPEARANCES: tuple[Appearance, ...] = ("solved", "proxied", "imagined")
IDENTITY: Quaternion = (1.0, 0.0, 0.0, 0.0)


class _Body(Model):
    """What all kinds share. Positions are of the centre of mass, in the world frame (x right, y away, z up), SI units."""

    label: str | None = None  # what the text calls it, in its language
    color: str | None = None  # a named colour or #rrggbb (sRGB); None: the material's own
    position: Vector3 = (0.0, 0.0, 0.0)  # [m]
    orientation: Quaternion = IDENTITY  # wxyz
    status: Status = "solved"
    appearance: Appearance = "solved"
    parent: str | None = None  # the body that this one broke from


class RigidBody(_Body):
    """A rigid body. Mass [kg] follows from density and volume unless given; `wall` [m] makes the shape hollow (mass and inertia of a shell).

    `fixed` bodies never move; a body with a `path` driver is moved by it (kinematic) while the driver runs.
    `restitution` and `friction` of a pair come from the material library; `drag_coefficient` and `buoyant` speak of the medium.
    """

    kind: Literal["rigid"] = "rigid"
    shape: Shape
    material: str = "plastic"
    mass: Positive | None = None  # [kg]
    density: Positive | None = None  # [kg/m3], of the solid
    wall: Positive | None = None  # [m]
    fixed: bool = False
    linear_velocity: Vector3 = (0.0, 0.0, 0.0)  # [m/s]
    angular_velocity: Vector3 = (0.0, 0.0, 0.0)  # [rad/s], world frame
    rolling_friction: NonNegative | None = None  # coefficient of rolling resistance [-]; None: the pair's
    drag_coefficient: NonNegative | None = None  # [-]; None: the shape's
    brittle: bool = False  # may break; whether it does is for the fracture solver
    contact: bool = True  # False: seen, not touched (scenery)

    @model_validator(mode="after")
    def _mass_or_density(self) -> RigidBody:
        if self.mass is not None and self.density is not None:
            raise ValueError("give mass or density, not both")
        return self


class FigureBody(_Body):
    """A person or an animal: an articulated figure. `position` is the point of the ground under it, `heading` [rad] counter-clockwise from +x."""

    kind: Literal["figure"] = "figure"
    species: str
    height: Positive | None = None  # [m]; None: the species' own
    mass: Positive | None = None  # [kg]
    heading: float = 0.0
    posture: str = "stand"
    gait: str | None = None
    speed: NonNegative = 0.0  # [m/s] along the heading, for the default gait


class Pour(Model):
    """What is poured, as grains that stand for it: small balls that leave `at` [m] with `velocity` [m/s], evenly over `seconds` from `start` [s].

    `radius` [m] and `density` [kg/m3] of a grain; `liquid`: they slide on each other; `into`: the vessel meant.
    """

    at: Vector3
    velocity: Vector3 = (0.0, 0.0, -0.5)
    grains: Annotated[int, Field(ge=1, le=300)] = 120
    radius: Positive = 0.005
    spread: Positive = 0.01
    density: Positive = 1000.0
    start: NonNegative = 0.5
    seconds: Positive = 1.5
    liquid: bool = False
    into: str | None = None
    why: str = ""


class FluidBody(_Body):
    """A fluid in a container or in the open. `level` is the height of a still surface; `volume` [m3] of all of it; `poured`: as grains."""

    kind: Literal["fluid"] = "fluid"
    material: str = "water"
    container: str | None = None
    volume: Positive | None = None
    level: float | None = None
    poured: Pour | None = None


class ClothBody(_Body):
    kind: Literal["cloth"] = "cloth"
    material: str = "cotton"
    size: tuple[Positive, Positive] = (1.0, 1.0)
    pinned: tuple[str, ...] = ()


class FieldBody(_Body):
    """Something without a surface: a flame, light, wind, smoke, clouds, a glow, sound."""

    kind: Literal["field"] = "field"
    field: str = "light"
    extent: tuple[Positive, Positive, Positive] = (0.3, 0.3, 0.3)  # [m]
    strength: Fraction = 0.5


Body = Annotated[RigidBody | FigureBody | FluidBody | ClothBody | FieldBody, Field(discriminator="kind")]
