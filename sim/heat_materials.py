"""Thermal properties of a body's material: the library's figures, the scene's overrides, and the phase change that its range allows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from scenes.bodies import FieldBody, FluidBody, RigidBody
from scenes.materials import Material, MaterialLibrary, library
from scenes.scene import Scene
from scenes.thermal import ThermalBody

__all__ = ["KELVIN", "Stuff", "scene_library", "stuff_of", "with_phase_change"]

KELVIN = 273.15  # 0 degC [K]
THERMAL_KEYS = ("density", "conductivity", "specific_heat", "emissivity", "melting_point", "latent_heat_fusion")
OTHER_PHASE = {"ice": "water", "snow": "water", "water": "ice"}  # whose figures the other phase takes
TISSUE_BELOW = -0.05  # [degC]; solids that melt below it are moist tissue (fruit, meat): they thaw and keep their shape
DEFAULT_EMISSIVITY = (
    0.9  # most non-metals: 0.85-0.95 (Incropera et al., Fundamentals of Heat and Mass Transfer, table A.11)
)


@dataclass(frozen=True)
class Stuff:
    """A material as the heat solver needs it: W/(m K), J/(kg K), kg/m3; `plateau` [K] and `latent` [J/kg] of the phase change that is solved
    (`change`: melt or boil), `conductivity_above` and `specific_heat_above` of the phase above it."""

    name: str
    state: str
    conductivity: float
    specific_heat: float
    density: float
    emissivity: float
    conductivity_above: float
    specific_heat_above: float
    plateau: float | None = None
    latent: float = 0.0
    change: str | None = None
    keeps_shape: bool = False
    notes: tuple[str, ...] = ()

    @property
    def diffusivity(self) -> float:
        """[m2/s]"""
        return self.conductivity / (self.density * self.specific_heat)


def scene_library(scene: Scene) -> MaterialLibrary:
    """The library with the scene's thermal overrides in place. Raises UserError for an unknown material or an impossible value."""
    overrides: dict[str, dict[str, Any]] = {}
    for name, override in scene.materials.items():
        given = {key: value for key, value in override.model_dump(exclude_none=True).items() if key in THERMAL_KEYS}
        if given:
            overrides[name] = given
    return library().with_overrides(materials=overrides) if overrides else library()


def stuff_of(
    materials: MaterialLibrary,
    name: str,
    *,
    thermal: ThermalBody,
    body: RigidBody | FluidBody | FieldBody,
    volume: float,
) -> Stuff:
    """Properties of `name` in a body of `volume` [m3]: the thermal body's figures win over the body's mass or density, these over the library."""
    material = materials.material(name)
    density = material.density.value
    if isinstance(body, RigidBody) and name == body.material:
        density = body.density or (body.mass / volume if body.mass else density)
    k = thermal.conductivity or material.conductivity.value
    c = thermal.specific_heat or material.specific_heat.value
    notes = (
        ()
        if material.emissivity or material.state == "gas"
        else (f"{material.name}: emissivity {DEFAULT_EMISSIVITY} is assumed",)
    )
    return Stuff(
        name=material.name,
        state=material.state,
        conductivity=k,
        specific_heat=c,
        density=thermal.density or density,
        emissivity=material.emissivity.value if material.emissivity else DEFAULT_EMISSIVITY,
        conductivity_above=k,
        specific_heat_above=c,
        keeps_shape=_keeps_shape(material),
        notes=notes,
    )


def _keeps_shape(material: Material) -> bool:
    return (
        material.state == "solid" and material.melting_point is not None and material.melting_point.value < TISSUE_BELOW
    )


def with_phase_change(
    stuff: Stuff, materials: MaterialLibrary, *, coldest: float, hottest: float, thermal: ThermalBody
) -> Stuff:
    """`stuff` with the phase change that lies between the coldest and the hottest temperature [K] that it can meet; with a note where the
    library lacks the latent heat. Melting goes first where both melting and boiling are in reach.

    Ice, snow and water take each other's figures for the other phase; every other material keeps those of the library in both.
    """
    material = materials.material(stuff.name)
    melting, boiling = material.melting_point, material.boiling_point
    notes = stuff.notes
    if melting is not None and coldest <= melting.value + KELVIN <= hottest:
        plateau = melting.value + KELVIN
        if material.latent_heat_fusion is not None:
            solid = liquid = (stuff.conductivity, stuff.specific_heat)
            other = OTHER_PHASE.get(stuff.name)
            if other is not None:
                twin = materials.material(other)
                pair = (
                    stuff.conductivity if thermal.conductivity else twin.conductivity.value,
                    stuff.specific_heat if thermal.specific_heat else twin.specific_heat.value,
                )
                solid, liquid = (pair, liquid) if stuff.state == "liquid" else (solid, pair)
            return replace(
                stuff,
                conductivity=solid[0],
                specific_heat=solid[1],
                conductivity_above=liquid[0],
                specific_heat_above=liquid[1],
                plateau=plateau,
                latent=material.latent_heat_fusion.value,
                change="melt",
            )
        notes += (
            f"{stuff.name} could melt or freeze at {melting.value:g} degC, but its latent heat is unknown and the change is not solved: "
            f"set materials.{stuff.name}.latent_heat_fusion",
        )
    if stuff.state == "liquid" and boiling is not None and coldest < boiling.value + KELVIN < hottest:
        if material.latent_heat_vaporization is not None:
            return replace(
                stuff,
                plateau=boiling.value + KELVIN,
                latent=material.latent_heat_vaporization.value,
                change="boil",
                notes=notes,
            )
        notes += (f"{stuff.name} would boil at {boiling.value:g} degC; boiling is not solved for it",)
    return replace(stuff, notes=notes)
