"""Numbers with units: found in the text itself, so that "30lb", "k = 401 W/(m·K)" and "10 m/s" survive any tokenizer.

A measure gets its role from its unit and the words around it (SI brochure, 9th edition, for the unit symbols).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planner.english.reading import Measure, reading_of
from planner.english.spans import manner_spans
from planner.english.words import NUMBER_WORDS

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["find_measures", "scene_manners", "scene_quantities"]

_NUMBER = r"[-+−]?\d+(?:[.,]\d{3})*(?:\.\d+)?(?:\s*(?:[x×*]\s*10\^?|e)[-+−]?\d+)?"
_WORDS = "|".join(sorted((w for w in NUMBER_WORDS if w not in ("zero",)), key=len, reverse=True))
_FRACTIONS = {"half a": 0.5, "a half": 0.5, "a quarter of a": 0.25, "half an": 0.5}
_ONE = {"a": 1.0, "an": 1.0}

_UNITS: dict[str, tuple[str, str]] = {}  # spelling -> (canonical unit, dimension)


def _unit(canonical: str, dimension: str, *spellings: str) -> None:
    for spelling in (canonical, *spellings):
        _UNITS[spelling.lower()] = (canonical, dimension)


_unit(
    "W/(m·K)",
    "thermal_conductivity",
    "w/mk",
    "w/(m*k)",
    "w/(m k)",
    "w/m·k",
    "w/m/k",
    "w/(mk)",
    "w/(m⋅k)",
    "w m-1 k-1",
    "watts per meter kelvin",
)
_unit("m/s²", "acceleration", "m/s^2", "m/s2")
_unit("m/s", "speed", "meters per second", "metres per second", "meter per second", "metre per second", "mps")
_unit("km/h", "speed", "kmh", "kph", "kilometers per hour", "kilometres per hour", "km per hour")
_unit("mph", "speed", "miles per hour")
_unit("cm/s", "speed", "centimeters per second", "centimetres per second")
_unit("rpm", "angular_speed", "revolutions per minute")
_unit("rad/s", "angular_speed", "radians per second")
_unit("degree/s", "angular_speed", "degrees per second", "deg/s", "°/s")
_unit("kg/m³", "density", "kg/m3", "kg/m^3", "kilograms per cubic meter")
_unit("g/cm³", "density", "g/cm3", "g/cm^3")
_unit("m", "length", "meter", "meters", "metre", "metres")
_unit("cm", "length", "centimeter", "centimeters", "centimetre", "centimetres")
_unit("mm", "length", "millimeter", "millimeters", "millimetre", "millimetres")
_unit("km", "length", "kilometer", "kilometers", "kilometre", "kilometres")
_unit("inch", "length", "inches", "″")
_unit("ft", "length", "foot", "feet")
_unit("yard", "length", "yards", "yd")
_unit("mile", "length", "miles")
_unit("kg", "mass", "kilogram", "kilograms", "kilo", "kilos", "kgs")
_unit("g", "mass", "gram", "grams", "gramme")
_unit("lb", "mass", "lbs", "pound", "pounds", "-lb")
_unit("oz", "mass", "ounce", "ounces")
_unit("ton", "mass", "tons", "tonne", "tonnes")
_unit("s", "duration", "sec", "secs", "second", "seconds")
_unit("ms", "duration", "millisecond", "milliseconds")
_unit("min", "duration", "minute", "minutes", "mins")
_unit("h", "duration", "hour", "hours", "hr", "hrs")
_unit("°C", "temperature", "℃", "degrees celsius", "degree celsius", "celsius", "deg c", "degc", "degrees c", "ºc")
_unit("°F", "temperature", "℉", "degrees fahrenheit", "fahrenheit", "degf", "degrees f")
_unit("K", "temperature", "kelvin", "kelvins")
_unit("degree", "angle", "degrees", "deg", "°", "º")
_unit("rad", "angle", "radian", "radians")
_unit("N", "force", "newton", "newtons")
_unit("J", "energy", "joule", "joules")
_unit("L", "volume", "liter", "liters", "litre", "litres", "ml", "milliliter", "milliliters")
_unit("Pa", "pressure", "pascal", "pascals", "kpa")
_unit("Hz", "frequency", "hertz")
_unit("%", "fraction", "percent", "per cent")
_UNITS["ml"] = ("mL", "volume")

_CASED = {"k": "K", "n": "N", "j": "J", "l": "L"}  # one-letter symbols that must be written in their own case
_SPELLINGS = "|".join(re.escape(s) for s in sorted(_UNITS, key=len, reverse=True))
_MEASURE = re.compile(
    rf"(?<![\w.])(?P<value>{_NUMBER}|(?:{_WORDS})(?:[- ](?:{_WORDS}))?|half an?|a quarter of an?|(?<!\w)an?)(?P<gap>\s*-?\s*)(?P<unit>{_SPELLINGS})(?![\w²³^/])",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?P<role>coefficient of (?:kinetic |static )?friction|(?:kinetic |static )?friction(?: coefficient)?|coefficient of restitution|restitution(?: coefficient)?|"
    rf"µ|μ|mu)\s*(?:=|of|is|:|at)?\s*(?:=\s*)?(?P<value>{_NUMBER})(?!\s*(?:[a-z%°]))",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?P<name>thermal conductivity|conductivity|height|altitude|speed|velocity|length|distance|mass|weight|weighing|temperature|angle|diameter|radius|width|"
    r"thickness|depth|density|restitution|inclination|incline|slope)\b(?:\s+\w+){0,2}?\s*(?:=|:)?\s*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^[\s-]*(?P<name>tall|high|long|wide|thick|deep|in diameter|in radius|in length|in height|in width|in mass|across|above|away|apart|off|below)\b",
    re.IGNORECASE,
)
_AFTER_ROLE = {
    "tall": "height", "high": "height", "long": "length", "wide": "width", "thick": "thickness", "deep": "depth", "in diameter": "diameter", "across": "diameter",
    "in radius": "radius", "in length": "length", "in height": "height", "in width": "width", "in mass": "mass", "above": "height", "off": "height",
    "away": "distance", "apart": "distance", "below": "distance",
}  # fmt: skip
_NAMED_ROLE = {
    "thermal conductivity": "thermal_conductivity", "conductivity": "thermal_conductivity", "altitude": "height", "velocity": "speed", "weight": "mass",
    "weighing": "mass", "inclination": "angle", "incline": "angle", "slope": "angle",
}  # fmt: skip
_DIMENSION_OF = {"height": "length", "length": "length", "distance": "length", "diameter": "length", "radius": "length", "width": "length", "thickness": "length",
                 "depth": "length"}  # fmt: skip


def _number(text: str) -> float | None:
    low = text.lower().strip()
    if low in _FRACTIONS:
        return _FRACTIONS[low]
    if low in _ONE:
        return 1.0
    words = re.split(r"[- ]", low)
    if all(w in NUMBER_WORDS for w in words):
        values = [NUMBER_WORDS[w] for w in words]
        return float(values[0] * values[1] if len(values) > 1 and values[1] >= 100 else sum(values))
    low = low.replace("−", "-")
    low = re.sub(r"(?<=\d),(?=\d{3})", "", low)
    low = re.sub(r"\s*[x×*]\s*10\^?", "e", low).replace(" ", "")
    try:
        return float(low)
    except ValueError:
        return None


def find_measures(text: str) -> list[Measure]:
    """Every number with a unit in the text, with a role where the unit or its neighbours settle it (None: the owner decides)."""
    found: list[Measure] = []
    for match in _MEASURE.finditer(text):
        spelling = match["unit"]
        canonical, dimension = _UNITS[spelling.lower()]
        article = match["value"].lower() in _ONE
        if (
            len(spelling) == 1
            and spelling.isalpha()
            and spelling.lower() in _CASED
            and spelling != _CASED[spelling.lower()]
        ):
            continue
        if article and (
            len(spelling) <= 3 or dimension not in ("length", "mass") or spelling.lower() in ("foot", "pound", "yard")
        ):
            continue
        if (
            spelling.lower() in ("second", "seconds")
            and not match["gap"].strip()
            and spelling.lower() == "second"
            and match["value"].lower() in ("one", "a")
        ):
            pass
        value = _number(match["value"])
        if value is None:
            continue
        start = match.start("value") + (len(match["value"]) - len(match["value"].lstrip()))
        role: str | None = None if dimension in ("length",) else dimension
        before, after = text[: match.start()], text[match.end() :]
        named, tail = _NAMED.search(before[-48:]), _AFTER.match(after)
        if named:
            name = named["name"].lower()
            asked = _NAMED_ROLE.get(name, name)
            if _DIMENSION_OF.get(asked, asked) == dimension or (dimension == "length" and asked in _DIMENSION_OF):
                role = asked
        elif dimension == "length" and tail:
            role = _AFTER_ROLE[tail["name"].lower()]
        if dimension == "length" and tail and role is None:
            role = _AFTER_ROLE[tail["name"].lower()]
        end = match.end() + tail.end() if tail and role == _AFTER_ROLE[tail["name"].lower()] else match.end()
        if named and role is not None:
            start = match.start() - len(before[-48:]) + named.start()  # "a mass of 3 kg": the whole of it
        symbol = re.search(r"\b[a-zA-Zλκρμ]\s*=\s*$", before)
        found.append(Measure(value, canonical, role, symbol.start() if symbol else start, end))
    for match in _BARE.finditer(text):
        value = _number(match["value"])
        if value is None or any(m.start < match.end() and match.start("value") < m.end for m in found):
            continue
        role = "restitution_coefficient" if "restitution" in match["role"].lower() else "friction_coefficient"
        found.append(Measure(value, None, role, match.start(), match.end()))
    return sorted(found, key=lambda m: m.start)


def scene_manners(doc: Doc) -> Doc:
    """Component: manners of several words ("one after another", "at the same time"), whose nouns are no things."""
    reading = reading_of(doc)
    for name, tokens in manner_spans(doc):
        reading.manners.append((name, tokens))
        reading.used |= tokens
    _bounds(doc)
    return doc


_BOUND_WORDS = {
    ("at", "least"): "at_least", ("no", "fewer", "than"): "at_least", ("not", "less", "than"): "at_least", ("at", "most"): "at_most",
    ("no", "more", "than"): "at_most", ("not", "more", "than"): "at_most", ("up", "to"): "at_most", ("more", "than"): "more_than",
    ("fewer", "than"): "fewer_than", ("less", "than"): "fewer_than",
}  # fmt: skip


def _bounds(doc: Doc) -> None:
    """ "at least three times", "more than two of them": the number that follows is only a bound."""
    reading = reading_of(doc)
    low = [t.lower_ for t in doc]
    for words, name in sorted(_BOUND_WORDS.items(), key=lambda item: -len(item[0])):
        for i in range(len(low) - len(words)):
            if tuple(low[i : i + len(words)]) != words or any(i in tokens for _, tokens in reading.manners):
                continue
            number, after = low[i + len(words)], low[i + len(words) + 1] if i + len(words) + 1 < len(low) else ""
            often = number in ("once", "twice", "thrice")
            counted = (number in NUMBER_WORDS or number.isdigit()) and after in ("times", "time", "of")
            measured = any(m.start <= doc[i + len(words)].idx < m.end for m in reading.measures)
            if often or (counted and not measured):
                tokens = set(range(i, i + len(words)))
                reading.manners = [(n, kept - tokens) for n, kept in reading.manners if kept - tokens]
                reading.manners.append((name, tokens))
                reading.used |= tokens


def scene_quantities(doc: Doc) -> Doc:
    """Component: measures of the text as `Doc.spans["quantities"]`, and on the reading for their owners to take."""
    reading = reading_of(doc)
    reading.measures = find_measures(doc.text)
    spans = []
    for measure in reading.measures:
        span = doc.char_span(
            measure.start, measure.end, label=(measure.role or "length").upper(), alignment_mode="expand"
        )
        if span is not None:
            span._.measure = measure
            spans.append(span)
    doc.spans["quantities"] = spans
    return doc
