"""The untrained pipeline: the tokenizer with measured units kept whole, and the components of `config.cfg`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokenizer import Tokenizer

__all__ = ["COMPOUND_UNITS", "blank_pipeline", "set_tokenizer"]

# One token each, whatever their punctuation; the plain units are split from their number by the suffix rules below.
_TEXT_OF_COMPOUND_UNITS = """
    m/s m/s² m/s2 m/s^2 km/h km/hr km/s cm/s mm/s ft/s mi/h rad/s rad/s² deg/s °/s rev/s kg/m³ kg/m3 kg/m^3 g/cm³
    g/cm3 g/cm^3 g/ml kg/s kg/m kg/m² N/m N·m N*m N/m² N/m^2 N/kg J/kg J/(kg·K) J/(kg*K) J/kgK J/(kg·°C) kJ/kg
    kJ/(kg·K) W/m² W/m^2 W/mK W/m·K W/(mK) W/(m·K) W/(m*K) W/(m·°C) W/(m²·K) W/(m^2·K) W/(m^2*K) m²/s m^2/s m³/s
    m^3/s L/min l/min mL/s ml/s L/s Pa·s Pa*s kWh K/s °C/s °C/min °C °F ºC ºF r/min
"""
COMPOUND_UNITS = tuple(_TEXT_OF_COMPOUND_UNITS.split())
_TEXT_OF_PLAIN_UNITS = """
    km cm mm nm µm um m ft feet foot inches inch in yd yards yard mi miles mile meters meter metres metre
    centimeters centimeter centimetres centimetre millimeters millimeter kg g mg lbs lb oz t tons ton grams gram
    kilograms kilogram kilos kilo pounds pound hrs hr h min mins ms sec secs seconds second minutes minute hours
    hour rpm RPM fps mph kph Hz kHz MHz GHz N kN J kJ W kW V mV kV A mA Pa kPa MPa GPa hPa bar K L l ml mL cl
    degrees degree deg ° rad %
"""
_PLAIN_UNITS = tuple(_TEXT_OF_PLAIN_UNITS.split())


def set_tokenizer(nlp: Language) -> None:
    """spaCy's English rules, and: "10m" is "10 m", "30lb" is "30 lb", "2.5kg" is "2.5 kg"; "m/s" and "W/(m·K)" stay whole.

    The rules are saved with the pipeline, so loading it needs no code of ours.
    """
    import re

    from spacy.util import compile_suffix_regex

    # "1990s" is a decade, "10s" a time.
    units = "|".join(re.escape(unit) for unit in sorted([*COMPOUND_UNITS, *_PLAIN_UNITS], key=len, reverse=True))
    suffixes = [
        *(nlp.Defaults.suffixes or []),
        rf"(?<=[0-9])(?:{units})",
        r"(?<=[0-9])(?<![0-9]{4})s",
        r"(?<=[0-9][KNVWJA])\.",
    ]
    tokenizer = cast("Tokenizer", nlp.tokenizer)
    tokenizer.suffix_search = compile_suffix_regex(suffixes).search
    # spaCy takes "m." and "K." for abbreviations; at the end of a sentence they are units.
    letters = {f"{unit}." for unit in [*_PLAIN_UNITS, "s"] if len(unit) == 1 and unit.isalpha()}
    tokenizer.rules = {text: parts for text, parts in (tokenizer.rules or {}).items() if text not in letters}
    for text in letters:
        tokenizer.add_special_case(text, [{"ORTH": text[0]}, {"ORTH": "."}])
    for unit in COMPOUND_UNITS:
        tokenizer.add_special_case(unit, [{"ORTH": unit}])


def blank_pipeline() -> Language:
    """The pipeline of `config.cfg` with our tokenizer, without weights."""
    from spacy.util import load_model_from_config
    from thinc.api import Config

    config = Config().from_disk(Path(__file__).with_name("config.cfg"))
    nlp = load_model_from_config(config, auto_fill=True)
    set_tokenizer(nlp)
    return nlp
