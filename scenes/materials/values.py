"""A number with its unit, its range, where it comes from, and how far it can be trusted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from scenes.errors import UserError, did_you_mean

__all__ = ["CONTACT_QUANTITIES", "QUANTITIES", "Quantity", "Status", "Value", "make_value"]

Status = Literal["checked", "recalled", "assumed", "set"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Unit and physical bounds of one property; `open_low` means that the lower bound itself is excluded."""

    unit: str
    low: float
    high: float
    open_low: bool
    meaning: str


QUANTITIES: dict[str, Quantity] = {
    "density": Quantity(
        "kg/m3", 0.0, 30_000.0, True, "mass per volume at room conditions; of grains in bulk, of a ball as a whole"
    ),
    "youngs_modulus": Quantity("Pa", 0.0, 2e12, True, "stiffness in tension or compression"),
    "poisson": Quantity("1", -1.0, 0.5, True, "Poisson's ratio"),
    "fracture_toughness": Quantity("Pa m^0.5", 0.0, 1e9, True, "critical stress intensity K_Ic"),
    "strength": Quantity("Pa", 0.0, 1e11, True, "tensile or bending strength of a brittle material"),
    "conductivity": Quantity("W/(m K)", 0.0, 5_000.0, True, "thermal conductivity"),
    "specific_heat": Quantity("J/(kg K)", 0.0, 20_000.0, True, "specific heat at constant pressure"),
    "emissivity": Quantity("1", 0.0, 1.0, False, "total hemispherical emissivity"),
    "melting_point": Quantity("degC", -273.15, 5_000.0, False, "melting or freezing temperature at 1 atm"),
    "latent_heat_fusion": Quantity("J/kg", 0.0, 1e7, True, "latent heat of fusion"),
    "boiling_point": Quantity("degC", -273.15, 7_000.0, False, "boiling temperature at 1 atm"),
    "latent_heat_vaporization": Quantity("J/kg", 0.0, 1e8, True, "latent heat of vaporization"),
    "viscosity": Quantity("Pa s", 0.0, 1e15, True, "dynamic viscosity"),
    "surface_tension": Quantity("N/m", 0.0, 10.0, True, "surface tension against air"),
    "index_of_refraction": Quantity("1", 1.0, 5.0, False, "index of refraction in yellow light"),
    "restitution": Quantity(
        "1", 0.0, 1.0, False, "rebound speed over impact speed; of a material: against a rigid, lossless partner"
    ),
    "friction": Quantity("1", 0.0, 10.0, False, "kinetic Coulomb friction; of a material: against its like"),
    "static_friction": Quantity("1", 0.0, 10.0, False, "static Coulomb friction"),
    "rolling": Quantity("1", 0.0, 1.0, False, "rolling resistance: resisting force over normal force"),
}

CONTACT_QUANTITIES = ("restitution", "friction", "static_friction", "rolling")


@dataclass(frozen=True, slots=True)
class Value:
    """One figure with its provenance.

    `value`, `low`, `high` are in `unit` (SI; temperatures in degC); `low` and `high` bound what is honest to choose,
    and are None where no spread is known. `source` names the handbook, paper or rule. `status` is `checked`
    (confirmed in a primary or official text), `recalled` (a handbook's figure, not re-read), `assumed` (a guess or a
    rule of thumb) or `set` (by the user). The status speaks of `value`; a range is a judgement over what is reported
    for such materials.
    """

    value: float
    low: float | None
    high: float | None
    unit: str
    source: str
    status: Status

    @property
    def range(self) -> tuple[float, float]:
        """(low, high) in `unit`; both equal `value` where no spread is known."""
        return (self.value if self.low is None else self.low, self.value if self.high is None else self.high)

    def contains(self, number: float) -> bool:
        """Whether `number` [unit] lies inside the honest range."""
        low, high = self.range
        return low <= number <= high

    def __str__(self) -> str:
        spread = "" if self.low is None and self.high is None else " ({:g}-{:g})".format(*self.range)
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{self.value:g}{spread}{unit} [{self.status}; {self.source}]"


def make_value(
    quantity: str,
    given: Any,
    *,
    where: str,
    source: str = "set by the user",
    status: Status = "set",
    sources: Mapping[str, str] | None = None,
) -> Value:
    """Build a checked Value from a number, or from a mapping `value`, `low`, `high`, `source`, `status`.

    `where` names the place for the error sentence, such as `materials.rubber.density`. `sources` expands short keys of
    sources ("crc, openstax_density") to citations. Raises UserError when a number is missing, not finite or outside the
    bounds of the quantity.
    """
    known = QUANTITIES[quantity]
    low: float | None = None
    high: float | None = None
    number: Any = given
    if isinstance(given, Mapping):
        allowed = ("value", "low", "high", "source", "status")
        for key in given:
            if key not in allowed:
                raise UserError(f"{where} has the unknown key {key!r}{did_you_mean(str(key), allowed)}")
        if "value" not in given:
            raise UserError(f"{where} has no 'value': give a number, or {{value: ..., low: ..., high: ...}}.")
        number = given["value"]
        low = None if given.get("low") is None else _number(quantity, known, given["low"], f"{where}.low")
        high = None if given.get("high") is None else _number(quantity, known, given["high"], f"{where}.high")
        source = str(given.get("source", source))
        status = given.get("status", status)
        if status not in get_args(Status):
            raise UserError(f"{where}.status is {status!r}{did_you_mean(str(status), get_args(Status))}")
    value = _number(quantity, known, number, where)
    if (low is not None and low > value) or (high is not None and high < value):
        raise UserError(
            f"{where} is {value:g}, outside its own range {low} to {high}: widen the range or mend the value."
        )
    if sources is not None:
        source = (
            "; ".join(sources.get(key, key) for key in source.split(", "))
            if source.split(", ")[0] in sources
            else source
        )
    return Value(value, low, high, known.unit, source, status)


def _number(quantity: str, known: Quantity, given: Any, where: str) -> float:
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise UserError(f"{where} is {given!r}, not a number: give {quantity} in {_unit_words(known)}.")
    number = float(given)
    below = number <= known.low if known.open_low else number < known.low
    if not math.isfinite(number) or below or number > known.high:
        least = "above" if known.open_low else "at least"
        raise UserError(
            f"{where} is {given:g}, but {quantity} [{known.unit}] must be {least} {known.low:g}"
            f" and at most {known.high:g}."
        )
    return number


def _unit_words(known: Quantity) -> str:
    return "its plain ratio (no unit)" if known.unit == "1" else known.unit
