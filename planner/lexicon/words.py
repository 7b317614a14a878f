"""The words beside verbs that both parsers share: manners, sizes, colours, units, relations, cues of surroundings and camera.

Each accessor takes a language ("en" or "zh") and returns a mapping from surface to entry. English surfaces are lower case
but for units, whose case matters (`N` and `n`); look those up with `unit_of`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeVar

from planner.lexicon.tables import key_values, rows, split_list

__all__ = [
    "CameraCue",
    "Color",
    "EnvironmentCue",
    "Manner",
    "RelationWord",
    "Size",
    "Unit",
    "camera_cues",
    "colors",
    "environment_cues",
    "environment_words",
    "manner_of",
    "manners",
    "relation_words",
    "relations",
    "sizes",
    "to_si",
    "unit_of",
    "units",
]

Lang = Literal["en", "zh"]
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Manner:
    """A canonical manner. `kind`: speed, force, direction, time, place, shape, degree or style.

    `level` (gentle, normal, hard) picks a row of a verb's typical numbers, `speed` multiplies them where it has none.
    """

    name: str
    kind: str
    level: str = "normal"
    speed: float = 1.0


@dataclass(frozen=True)
class Size:
    """A qualitative size: `dimension` (size, height, length, width, thickness, depth, mass), `factor` on the usual value."""

    name: str
    dimension: str
    factor: float


@dataclass(frozen=True)
class Color:
    """A colour with its sRGB hex string, None for what has no single colour (colorful, clear)."""

    name: str
    hex: str | None

    @property
    def rgb(self) -> tuple[float, float, float] | None:
        """sRGB components in 0..1 (not linear)."""
        if self.hex is None:
            return None
        red, green, blue = (int(self.hex[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return red, green, blue


@dataclass(frozen=True)
class Unit:
    """A unit: `value * factor + offset` is the value in `si`. Temperatures stay in degrees Celsius."""

    name: str
    dimension: str
    factor: float
    si: str
    offset: float = 0.0

    def to_si(self, value: float) -> float:
        return value * self.factor + self.offset


@dataclass(frozen=True)
class RelationWord:
    """A relation that a preposition or localiser states. `role`: place (static), goal, source or path."""

    type: str
    role: str
    phase: str


@dataclass(frozen=True)
class EnvironmentCue:
    """`{key: value}` as a frame's environment states it, and the number that it implies.

    `number`: gravity [m/s^2], density of a medium [kg/m^3], friction coefficient of a surface [-], wind [m/s],
    temperature [degC]; None where it implies none. Values: gravity from NASA's planetary fact sheets, densities at
    20 degC and friction from handbooks, all recalled; wind after the Beaufort scale (3: gentle breeze, 8-9: gale).
    """

    key: str
    value: str
    number: float | None


@dataclass(frozen=True)
class CameraCue:
    """A camera cue. `azimuth`, `elevation` [degrees], `distance` (factor), `motion`, `speed` (playback factor)."""

    name: str
    azimuth: float | None = None
    elevation: float | None = None
    distance: float | None = None
    motion: str | None = None
    speed: float | None = None


def _table(file: str, fields: int, lang: Lang, make: Callable[[list[str]], Entry]) -> dict[str, Entry]:
    """Surface to entry; the first row that lists a surface keeps it."""
    table: dict[str, Entry] = {}
    for row in rows(file, fields=fields):
        entry = make(row[:-2])
        for surface in split_list(row[-2 if lang == "en" else -1]):
            table.setdefault(surface, entry)
    return table


def _floats(text: str) -> dict[str, float | str]:
    return {key: value if key == "motion" else float(value) for key, value in key_values(text).items()}


@cache
def manners(lang: Lang) -> dict[str, Manner]:
    """Surface ("at the same time", 缓缓) to manner (simultaneously, slowly)."""

    def make(row: list[str]) -> Manner:
        extra = key_values(row[2])
        return Manner(row[0], row[1], extra.get("level", "normal"), float(extra.get("speed", 1)))

    return _table("manners.txt", 5, lang, make)


@cache
def _manners_by_name() -> dict[str, Manner]:
    return {manner.name: manner for lang in ("en", "zh") for manner in manners(lang).values()}


def manner_of(name: str) -> Manner | None:
    """The manner with a canonical name ("left_to_right"), or None."""
    return _manners_by_name().get(name)


@cache
def sizes(lang: Lang) -> dict[str, Size]:
    """Surface ("big", 巨大) to size (large, huge)."""
    return _table("sizes.txt", 5, lang, lambda row: Size(row[0], row[1], float(row[2])))


@cache
def colors(lang: Lang) -> dict[str, Color]:
    """Surface ("grey", 浅蓝色) to colour (gray, light blue)."""
    return _table("colors.txt", 4, lang, lambda row: Color(row[0], None if row[1] == "-" else row[1]))


@cache
def units(lang: Lang) -> dict[str, Unit]:
    """Surface ("metres", 米每秒) to unit (m, m/s). Case is kept: use `unit_of` to look up what a user wrote."""

    def make(row: list[str]) -> Unit:
        name, dimension, conversion, si = row
        if dimension != "temperature":
            return Unit(name, dimension, float(conversion), si)
        factor, minus, offset = conversion.partition("-")
        return Unit(name, dimension, float(factor), si, -float(offset) if minus else 0.0)

    return _table("units.txt", 6, lang, make)


@cache
def _lower_units(lang: Lang) -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for surface, unit in units(lang).items():
        table.setdefault(surface.lower(), unit)
    return table


def unit_of(surface: str, lang: Lang) -> Unit | None:
    """The unit that a user wrote, in the exact case or else in any; Chinese text may use the English symbols."""
    text = " ".join(surface.split())
    for table in (units(lang), units("en")):
        if text in table:
            return table[text]
    return _lower_units(lang).get(text.lower()) or _lower_units("en").get(text.lower())


def to_si(value: float, surface: str, lang: Lang = "en") -> tuple[float, str]:
    """A value with the unit as written, as (value in SI, SI unit); temperatures in degrees Celsius.

    Raises KeyError when the unit is not known.
    """
    unit = unit_of(surface, lang)
    if unit is None:
        raise KeyError(surface)
    return unit.to_si(value), unit.si


@cache
def relation_words(lang: Lang) -> dict[str, tuple[RelationWord, ...]]:
    """Surface to all relations that it may state ("over": above as a place, over as a path), the default first."""
    table: dict[str, tuple[RelationWord, ...]] = {}
    for role, name, phase, *surfaces in rows("relations.txt", fields=5):
        for surface in split_list(surfaces[0 if lang == "en" else 1]):
            table[surface] = (*table.get(surface, ()), RelationWord(name, role, phase))
    return table


@cache
def relations(lang: Lang) -> dict[str, RelationWord]:
    """Surface to the default relation ("on top of": on, 上方: above)."""
    return {surface: words[0] for surface, words in relation_words(lang).items()}


@cache
def environment_words(lang: Lang) -> dict[str, tuple[EnvironmentCue, ...]]:
    """Surface to all that it says of the surroundings ("space station": no gravity, and a place)."""
    table: dict[str, tuple[EnvironmentCue, ...]] = {}
    for row in rows("environment.txt", fields=5):
        for surface in split_list(row[3 if lang == "en" else 4]):
            table[surface] = (*table.get(surface, ()), _environment(row))
    return table


def environment_cues(lang: Lang) -> dict[str, EnvironmentCue]:
    """Surface ("underwater", 月球上) to its first cue of the surroundings. Longer surfaces should be tried first."""
    return {surface: cues[0] for surface, cues in environment_words(lang).items()}


def _environment(row: list[str]) -> EnvironmentCue:
    return EnvironmentCue(row[0], row[1], None if row[2] == "-" else float(row[2]))


@cache
def camera_cues(lang: Lang) -> dict[str, CameraCue]:
    """Surface ("top-down view", 特写) to camera cue. Longer surfaces should be tried first."""
    return _table("camera.txt", 4, lang, lambda row: CameraCue(row[0], **_floats(row[1])))  # type: ignore[arg-type]
