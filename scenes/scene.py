"""The Scene: all that a simulation needs, editable as YAML, and the only thing that passes between planner, solvers and renderers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, FiniteFloat, model_validator

from scenes.base import Fraction, Model, NonNegative, Positive, Vector3, validated
from scenes.bodies import Appearance, Body, RigidBody, Status
from scenes.errors import did_you_mean
from scenes.goals import Goal
from scenes.motion import Driver, Event, Joint
from scenes.thermal import Thermal
from scenes.view import Camera, Look

__all__ = [
    "Element",
    "Environment",
    "Free",
    "MaterialOverride",
    "PairOverride",
    "Prompt",
    "Provenance",
    "Scene",
    "Solver",
]

FARTHEST, FASTEST = 1e4, 1e4  # [m], [m/s]: single-precision contacts lose a millimetre beyond
Name = Annotated[str, Field(pattern=r"^[^\W\d]\w*(/\w+)*$", max_length=80)]


class Environment(Model):
    """Surroundings. `gravity` [m/s2] acts along -z; `water_level` [m] is the height of a water surface, everything below it is water."""

    gravity: NonNegative = 9.80665
    medium: Literal["air", "vacuum", "water"] = "air"
    medium_density: NonNegative | None = None  # [kg/m3]; None: of the medium (air 1.204, water 998.2)
    drag: bool = True  # drag and buoyancy of the medium
    water_level: FiniteFloat | None = None
    wind: Vector3 = (0.0, 0.0, 0.0)  # [m/s]
    temperature: Annotated[FiniteFloat, Field(ge=-273.15)] = 20.0  # [degC]
    place: str | None = None
    weather: str | None = None
    time_of_day: str | None = None


class MaterialOverride(Model):
    """What differs from the library for one material. Restitution and friction override every pair that contains it."""

    restitution: Fraction | None = None
    friction: NonNegative | None = None
    rolling_friction: NonNegative | None = None
    density: Positive | None = None
    conductivity: Positive | None = None
    specific_heat: Positive | None = None
    emissivity: Fraction | None = None
    melting_point: FiniteFloat | None = None
    latent_heat_fusion: Positive | None = None
    youngs_modulus: Positive | None = None
    poisson: Annotated[float, Field(gt=-1, lt=0.5)] | None = None
    fracture_toughness: Positive | None = None


class PairOverride(Model):
    """What differs from the library for one pair of materials; narrower than a material's own override, and wins."""

    restitution: Fraction | None = None
    friction: NonNegative | None = None
    rolling_friction: NonNegative | None = None


class Free(Model):
    """A parameter that may be searched so that the asked outcomes happen, within an honest range."""

    low: FiniteFloat
    high: FiniteFloat
    why: str = ""  # where the range comes from
    scale: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _ordered(self) -> Free:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self


class Provenance(Model):
    """Where a value comes from. `span` are character offsets in the text."""

    source: Literal["stated", "known", "assumed", "searched", "set"]
    span: tuple[int, int] | None = None
    why: str = ""


class Element(Model):
    """An entity, event or relation of the text with what becomes of it."""

    kind: Literal["entity", "event", "relation", "environment"]
    status: Status
    appearance: Appearance = "solved"
    why: str = ""
    text: str = ""
    span: tuple[int, int] | None = None
    body: str | None = None


class Prompt(Model):
    """What the video model is told."""

    video: str = ""
    negative: str = ""


class Solver(Model):
    """Settings of the integration; None: chosen for the scene and reported."""

    steps_per_second: Annotated[int, Field(ge=60, le=96000)] | None = None


class Scene(Model):
    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    title: str = ""
    text: str = ""
    language: Literal["en", "zh"] = "en"
    duration: Annotated[FiniteFloat, Field(gt=0, le=600)] | None = (
        None  # [s]; None: until the last asked outcome and half a second more
    )
    seed: Annotated[int, Field(ge=0)] = 0
    environment: Environment = Environment()
    bodies: dict[Name, Body] = Field(default_factory=dict)
    joints: dict[Name, Joint] = Field(default_factory=dict)
    thermal: Thermal | None = None
    drivers: dict[Name, Driver] = Field(default_factory=dict)
    events: dict[Name, Event] = Field(default_factory=dict)
    goals: dict[Name, Goal] = Field(default_factory=dict)
    free: dict[str, Free] = Field(default_factory=dict)
    materials: dict[str, MaterialOverride] = Field(default_factory=dict)
    pairs: dict[str, PairOverride] = Field(default_factory=dict)
    camera: Camera = Camera()
    look: Look = Look()
    prompt: Prompt = Prompt()
    solver: Solver = Solver()
    elements: dict[str, Element] = Field(default_factory=dict)
    advice: tuple[str, ...] = ()
    provenance: dict[str, Provenance] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _references_exist(self) -> Scene:
        def known(where: str, name: str | None, choices: Any, what: str) -> None:
            if name is not None and name not in choices:
                raise ValueError(
                    f"{where} names the {what} {name!r}, which is not in the scene{did_you_mean(name, choices)}"
                )

        for name, joint in self.joints.items():
            known(f"joints.{name}", joint.child, self.bodies, "body")
            known(f"joints.{name}", joint.parent, self.bodies, "body")
        for name, driver in self.drivers.items():
            known(f"drivers.{name}", driver.body, self.bodies, "body")
            known(f"drivers.{name}", getattr(driver, "holder", None), self.bodies, "body")
            for trigger in (driver.start, driver.stop):
                known(f"drivers.{name}", trigger if isinstance(trigger, str) else None, self.events, "event")
        for name, event in self.events.items():
            known(f"events.{name}", event.a, self.bodies, "body")
            known(f"events.{name}", event.b, self.bodies, "body")
        for name, goal in self.goals.items():
            for field in ("body", "a", "b", "on", "other", "through", "by_body"):
                known(f"goals.{name}", getattr(goal, field, None), self.bodies, "body")
            for body in getattr(goal, "bodies", ()):
                known(f"goals.{name}", body, self.bodies, "body")
        if self.thermal is not None:
            for name in self.thermal.bodies:
                known("thermal.bodies", name, self.bodies, "body")
            for name, boundary in (self.thermal.boundaries | self.thermal.sources).items():
                known(f"thermal.{name}", boundary.body, self.bodies, "body")
        for path in self.free:
            parts = path.split(".")
            if parts[0] == "bodies" and len(parts) > 1:
                known(f"free.{path}", parts[1], self.bodies, "body")
        for name, body in self.bodies.items():
            for what, vector, most in (
                ("position", body.position, FARTHEST),
                ("linear_velocity", getattr(body, "linear_velocity", (0.0,)), FASTEST),
            ):
                if max(abs(part) for part in vector) > most:
                    raise ValueError(
                        f"bodies.{name}.{what} goes beyond {most:g}, where the arithmetic of the solver ends; bring it nearer"
                    )
            if sum(part * part for part in body.orientation) < 1e-12:
                raise ValueError(f"bodies.{name}.orientation is a zero quaternion; use 1, 0, 0, 0 for none")
        return self

    def rigid(self) -> dict[str, RigidBody]:
        """The rigid bodies by name, in order."""
        return {name: body for name, body in self.bodies.items() if isinstance(body, RigidBody)}

    def with_(self, values: dict[str, Any] | None = None, *, source: str = "set", **named: Any) -> Scene:
        """A changed copy: `scene.with_({"bodies.ball.mass": 0.2, "environment.gravity": 1.62})`, recorded in the provenance.

        Raises UserError for a path that does not exist or a value that does not fit.
        """
        from scenes.paths import set_values

        return set_values(self, {**(values or {}), **named}, source=source)

    def get(self, path: str) -> Any:
        """The value at a dotted path ("pairs.rubber+concrete.restitution"); UserError when there is none."""
        from scenes.paths import get_value

        return get_value(self, path)

    def to_yaml(self) -> str:
        from scenes.yaml_io import dump_scene

        return dump_scene(self)

    @staticmethod
    def from_yaml(text: str, *, name: str = "scene") -> Scene:
        """Raises UserError for YAML that cannot be read or a scene that does not validate."""
        from scenes.yaml_io import load_scene_text

        return load_scene_text(text, name=name)

    @staticmethod
    def load(path: str | Path) -> Scene:
        from scenes.yaml_io import load_scene

        return load_scene(path)

    def save(self, path: str | Path) -> None:
        from scenes.files import write_text

        write_text(path, self.to_yaml())

    def _repr_html_(self) -> str:
        """The plan in a notebook: seen from the side and from above, with bodies and asked outcomes."""
        from scenes.display import scene_html

        return scene_html(self)

    @staticmethod
    def from_data(data: Any, *, name: str = "scene") -> Scene:
        return validated(Scene, data, what=f"The scene {name}")
