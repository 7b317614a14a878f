"""Heat in a scene: which bodies conduct, what holds, heats or cools their faces, and how physical time maps to playback."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, model_validator

from scenes.base import Fraction, Model, NonNegative, Positive

__all__ = ["Boundary", "HeatSource", "Thermal", "ThermalBody"]

Temperature = Annotated[FiniteFloat, Field(ge=-273.15)]
Face = Literal["left", "right", "front", "back", "bottom", "top", "side", "all"]


class ThermalBody(Model):
    """A body whose temperature is solved. `cells` along its longest side (None: chosen); `conductivity` [W/(m K)], `specific_heat`
    [J/(kg K)] and `density` [kg/m3] override its material. `segments`: materials from left to right for a joined bar, equal lengths."""

    initial: Temperature = 20.0  # [degC]
    cells: Annotated[int, Field(ge=4, le=2000)] | None = None
    conductivity: Positive | None = None
    specific_heat: Positive | None = None
    density: Positive | None = None
    segments: tuple[str, ...] = ()


class Boundary(Model):
    """What happens at a face of `body` (left, right, ... in the body's own axes; `side`: all but the ends of its long axis).

    temperature: held at `value` [degC]; flux: `value` [W/m2] into the body; convection: `coefficient` [W/(m2 K)] to `ambient`;
    radiation: `emissivity` to `ambient`; flame: convection and radiation from a flame at `value` [degC]; insulated: nothing passes.
    `start` and `stop` bound it in physical time [s].
    """

    body: str
    face: Face = "all"
    type: Literal["temperature", "flux", "convection", "radiation", "flame", "insulated"]
    value: FiniteFloat | None = None
    coefficient: NonNegative | None = None
    emissivity: Fraction | None = None
    ambient: Temperature | None = None
    start: NonNegative = 0.0
    stop: NonNegative | None = None

    @model_validator(mode="after")
    def _complete(self) -> Boundary:
        if self.type in {"temperature", "flux", "flame"} and self.value is None:
            raise ValueError(f"a boundary of type {self.type} needs its value")
        if self.type in {"temperature", "flame"} and self.value is not None and self.value < -273.15:
            raise ValueError(f"{self.value} degC is below absolute zero")
        return self


class HeatSource(Model):
    """Power [W] released evenly in `body`."""

    body: str
    power: FiniteFloat
    start: NonNegative = 0.0
    stop: NonNegative | None = None


class Thermal(Model):
    """`physical_duration` [s] of heat is shown in the scene's duration (`Scene.duration`); the report states both."""

    ambient: Temperature = 20.0
    physical_duration: Positive | None = None
    bodies: dict[str, ThermalBody] = Field(default_factory=dict)
    boundaries: dict[str, Boundary] = Field(default_factory=dict)
    sources: dict[str, HeatSource] = Field(default_factory=dict)
