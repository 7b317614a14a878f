"""What a material is, and what two of them do to each other where they touch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from scenes.errors import UserError, did_you_mean
from scenes.materials.values import QUANTITIES, Value, make_value

__all__ = [
    "APPEARANCE_KEYS",
    "LOOKS",
    "MATERIAL_QUANTITIES",
    "METALS",
    "Appearance",
    "Look",
    "Material",
    "Pair",
    "State",
]

State = Literal["solid", "liquid", "gas", "granular"]
Look = Literal[
    "rubber", "metal_polished", "metal_brushed", "glass", "water", "ice", "wood", "concrete", "stone", "ceramic",
    "plastic", "fabric", "leaves", "skin", "fur", "paper", "sand", "snow", "matte", "wax", "fruit",
]  # fmt: skip
LOOKS: tuple[str, ...] = get_args(Look)
METALS = ("Ag", "Al", "Au", "Cr", "Cu", "W", "none")
MATERIAL_QUANTITIES = tuple(QUANTITIES)
APPEARANCE_KEYS = ("look", "color", "roughness", "metal")
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Appearance:
    """How the renderer shows a material where the scene says nothing else.

    `look` names a family of shaders, `color` is sRGB hex, `roughness` is the microfacet alpha in [0, 1], and `metal`
    names the measured conductor (Mitsuba's names) or "none".
    """

    look: Look
    color: str
    roughness: float
    metal: str = "none"

    @classmethod
    def checked(cls, given: Mapping[str, Any], *, where: str, base: Appearance | None = None) -> Appearance:
        """Build an Appearance from `given`, over `base` where it is silent; UserError names what does not fit."""
        fields: dict[str, Any] = {} if base is None else {key: getattr(base, key) for key in APPEARANCE_KEYS}
        for key, value in given.items():
            if key not in APPEARANCE_KEYS:
                raise UserError(f"{where} has the unknown key {key!r}{did_you_mean(str(key), APPEARANCE_KEYS)}")
            fields[key] = value
        fields = {"look": "matte", "color": "#9a9a9a", "roughness": 0.6, "metal": "none", **fields}
        if fields["look"] not in LOOKS:
            raise UserError(f"{where}.look is {fields['look']!r}{did_you_mean(str(fields['look']), LOOKS)}")
        if fields["metal"] not in METALS:
            raise UserError(f"{where}.metal is {fields['metal']!r}: the choices are {', '.join(METALS)}.")
        if not isinstance(fields["color"], str) or not _HEX.fullmatch(fields["color"]):
            raise UserError(f"{where}.color is {fields['color']!r}: give sRGB hex such as '#c77b58'.")
        rough = fields["roughness"]
        if isinstance(rough, bool) or not isinstance(rough, (int, float)) or not 0.0 <= rough <= 1.0:
            raise UserError(f"{where}.roughness is {rough!r}: give a number from 0 to 1.")
        return cls(fields["look"], fields["color"].lower(), float(rough), fields["metal"])


@dataclass(frozen=True, slots=True)
class Material:
    """A material with its names, properties and looks. A property is None where it has no meaning or is unknown.

    `density` [kg/m3], `conductivity` [W/(m K)] and `specific_heat` [J/(kg K)] are always there; solids and granular
    materials also have `youngs_modulus` [Pa], `poisson`, `restitution`, `friction`, `rolling` and `emissivity`;
    brittle ones `fracture_toughness` [Pa m^0.5] and `strength` [Pa]; liquids and gases `viscosity` [Pa s]. Units of
    all: `QUANTITIES`. `parent` names the wider material that stands for it in contact (steel: metal). `ambiguous`
    holds those of its names that commonly mean a thing, a colour or something else ("glass", "marble", "lead").
    A contact quantity of status `set` holds in every pair with the material; any other serves the rules for pairs
    without figures.
    """

    name: str
    state: State
    brittle: bool
    appearance: Appearance
    density: Value
    conductivity: Value
    specific_heat: Value
    parent: str | None = None
    aliases: tuple[str, ...] = ()
    chinese: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    note: str = ""
    youngs_modulus: Value | None = None
    poisson: Value | None = None
    fracture_toughness: Value | None = None
    strength: Value | None = None
    emissivity: Value | None = None
    melting_point: Value | None = None
    latent_heat_fusion: Value | None = None
    boiling_point: Value | None = None
    latent_heat_vaporization: Value | None = None
    viscosity: Value | None = None
    surface_tension: Value | None = None
    index_of_refraction: Value | None = None
    restitution: Value | None = None
    friction: Value | None = None
    static_friction: Value | None = None
    rolling: Value | None = None

    @property
    def look(self) -> Look:
        """The family of shaders that shows it."""
        return self.appearance.look

    @property
    def contact_modulus(self) -> float | None:
        """Plane-strain modulus E/(1 - nu^2) [Pa] (Hertz; Johnson, Contact Mechanics, 1985, ch. 4), None for fluids."""
        if self.youngs_modulus is None:
            return None
        nu = 0.3 if self.poisson is None else self.poisson.value
        return self.youngs_modulus.value / (1.0 - nu * nu)

    @property
    def diffusivity(self) -> float:
        """Thermal diffusivity k/(rho c) [m2/s]."""
        return self.conductivity.value / (self.density.value * self.specific_heat.value)

    def values(self) -> dict[str, Value]:
        """Every property that is known, by name."""
        found = {name: getattr(self, name) for name in MATERIAL_QUANTITIES}
        return {name: value for name, value in found.items() if value is not None}

    def require(self, quantity: str) -> Value:
        """The Value of `quantity`; UserError when the library has none for this material, with how to give one."""
        if quantity not in MATERIAL_QUANTITIES:
            raise UserError(f"A material has no property {quantity!r}{did_you_mean(quantity, MATERIAL_QUANTITIES)}")
        value: Value | None = getattr(self, quantity)
        if value is None:
            unit = QUANTITIES[quantity].unit
            raise UserError(
                f"The library has no {quantity} [{unit}] for {self.name}:"
                f" set materials.{self.name}.{quantity}, or choose another material."
            )
        return value

    def changed(self, given: Mapping[str, Any], *, where: str, source: str = "set by the user") -> Material:
        """A copy with the properties in `given` (numbers or mappings) put in place; UserError for what does not fit."""
        choices = (*MATERIAL_QUANTITIES, *APPEARANCE_KEYS, "brittle")
        fields: dict[str, Any] = {}
        shown: dict[str, Any] = {}
        for key, value in given.items():
            if key in MATERIAL_QUANTITIES:
                fields[key] = make_value(key, _without_status(value), where=f"{where}.{key}", source=source)
            elif key in APPEARANCE_KEYS:
                shown[key] = value
            elif key == "brittle":
                if not isinstance(value, bool):
                    raise UserError(f"{where}.brittle is {value!r}: give true or false.")
                fields[key] = value
            else:
                raise UserError(f"{where} has the unknown property {key!r}{did_you_mean(str(key), choices)}")
        if shown:
            fields["appearance"] = Appearance.checked(shown, where=where, base=self.appearance)
        return replace(self, **fields)


def _without_status(value: Any) -> Any:
    return {key: item for key, item in value.items() if key != "status"} if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True)
class Pair:
    """Contact of two materials, the same whichever is named first (`a` <= `b` in spelling).

    `friction` is the kinetic coefficient, the one that a single-coefficient solver uses; `rolling` is a force ratio.
    `basis` says for each quantity what it rests on: a pair of names ("metal+stone"), "set", or "rule".
    `conditions` tells how the pair was measured, where known.
    """

    a: str
    b: str
    restitution: Value
    friction: Value
    static_friction: Value
    rolling: Value
    basis: Mapping[str, str]
    conditions: str = ""

    @property
    def assumed(self) -> bool:
        """Whether restitution or friction is a guess or a rule of thumb rather than somebody's figure."""
        return "assumed" in (self.restitution.status, self.friction.status)
