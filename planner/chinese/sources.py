"""What the shared tables know: verbs and qualities (`planner.lexicon`), things (`scenes.catalogue`), materials (`scenes.materials`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

__all__ = [
    "SharedNoun",
    "SharedVerb",
    "cameras",
    "english_noun",
    "english_quality",
    "english_verb",
    "materials",
    "noun",
    "noun_surfaces",
    "qualities",
    "verb_of_compound",
    "verbs",
]

GOING = frozenset(
    [
        "release",
        "bounce",
        "roll",
        "slide",
        "throw",
        "locomote",
        "flow",
        "float",
        "generic_move",
        "fly",
        "strike",
        "push",
        "pull",
        "slip",
    ]
)


@dataclass(frozen=True)
class SharedVerb:
    """Canonical lemmas in order of time, grammar flags as in data/verbs.txt, manners."""

    lemmas: tuple[str, ...]
    flags: frozenset[str]
    manner: tuple[str, ...]


@dataclass(frozen=True)
class SharedNoun:
    """A thing of the catalogue, with what the word itself says."""

    head: str
    role: str
    material: str | None = None
    size: str | None = None
    attributes: tuple[str, ...] = ()
    usual: str | None = None  # the material that such a thing mostly has


@cache
def _flags(name: str) -> frozenset[str]:
    from planner.lexicon import verbs as known

    verb = known()[name]
    flags = {"intransitive": "i", "transitive": "t", "both": "it"}[verb.transitivity]
    flags += "m" if verb.physics in GOING else ""
    flags += "p" if verb.kind == "state" else ""
    flags += "z" if verb.kind == "none" else ""
    return frozenset(flags)


def verbs() -> Iterator[tuple[str, SharedVerb]]:
    """Chinese verb surfaces of the shared lexicon."""
    from planner.lexicon import chinese_readings, chinese_surfaces

    for surface in chinese_surfaces():
        readings = chinese_readings(surface)
        if readings:
            reading = readings[0]
            yield surface, SharedVerb(reading.verbs, _flags(reading.verbs[0]), reading.manner)


@cache
def verb_of_compound(text: str) -> SharedVerb | None:
    """A verb with its result (砸坏: hit, break), as the shared lexicon takes it apart."""
    from planner.lexicon import read_verb

    reading = read_verb(text)
    return SharedVerb(reading.verbs, _flags(reading.verbs[0]), reading.manner) if reading is not None else None


def qualities() -> Iterator[tuple[str, str, str]]:
    """(surface, class, value) of colours, sizes and manners."""
    from planner.lexicon.words import colors, manners, sizes

    for surface, color in colors("zh").items():
        yield surface, "color", color.name
    for surface, size in sizes("zh").items():
        yield surface, "attribute" if size.dimension == "mass" else "size", size.name
    for surface, manner in manners("zh").items():
        yield surface, "manner", manner.name


@cache
def cameras() -> dict[str, str]:
    """Surface to camera cue (正视图: front view), longest first."""
    from planner.lexicon.words import camera_cues

    cues = {surface: cue.name for surface, cue in camera_cues("zh").items()}
    return dict(sorted(cues.items(), key=lambda item: -len(item[0])))


def noun_surfaces() -> Iterator[str]:
    """Chinese names of the catalogue's things."""
    from scenes.catalogue import catalogue

    names = catalogue().names_by_language("zh")
    for text, head in names.items():
        if text[0] != "小" or names.get(text[1:]) != head:  # 小女孩 is a girl of size small
            yield text


@cache
def noun(surface: str) -> SharedNoun | None:
    """The thing that a Chinese word names in the catalogue, or None."""
    from scenes.catalogue import catalogue
    from scenes.catalogue.names import MATERIAL_PREFIXES

    things = catalogue()
    reading = things.reading(surface, "zh")
    if reading is None:
        return None
    thing = _shared(reading)
    said = next(
        (
            value
            for word, value in MATERIAL_PREFIXES.items()
            if len(word) > 1 and surface.startswith(word) and things.reading(surface[len(word) :], "zh") is not None
        ),
        None,
    )
    if said is not None:
        return replace(thing, material=said, usual=thing.material)
    stated = any(word in surface and value == thing.material for word, value in MATERIAL_PREFIXES.items())
    return (
        thing if stated else replace(thing, material=None, usual=thing.material)
    )  # a usual material is not a stated one


def _shared(reading: object) -> SharedNoun:
    from scenes.catalogue import Reading, catalogue

    assert isinstance(reading, Reading)
    entry = catalogue().get(reading.key)
    role = entry.role if entry is not None else "object"
    return SharedNoun(
        reading.head, role, reading.material, reading.size, tuple(a.replace(" ", "_") for a in reading.attributes)
    )


def materials() -> Iterator[tuple[str, str]]:
    """Chinese names of materials."""
    from scenes.materials import library

    for surface, name in library().names_by_language("zh").items():
        yield surface, name.replace("_", " ")


@cache
def english_noun(word: str) -> SharedNoun | None:
    """The thing that an English word inside Chinese text names."""
    from scenes.catalogue import catalogue

    reading = catalogue().reading(word.lower(), "en")
    return _shared(reading) if reading is not None else None


@cache
def english_verb(word: str) -> SharedVerb | None:
    """The verb that an English word inside Chinese text states."""
    from planner.lexicon import verb_of

    verb = verb_of(word.lower(), "en")
    return SharedVerb((verb.name,), _flags(verb.name), ()) if verb is not None else None


@cache
def english_quality(word: str) -> dict[str, str]:
    """Classes of an English word inside Chinese text: colour, size, manner, material."""
    from planner.lexicon.words import colors, manners, sizes
    from scenes.materials import library

    found: dict[str, str] = {}
    low = word.lower()
    for name, table in (("color", colors("en")), ("size", sizes("en")), ("manner", manners("en"))):
        if low in table:
            found[name] = table[low].name  # type: ignore[attr-defined]
    material = library().names_by_language("en").get(low)
    if material is not None:
        found["material"] = material.replace("_", " ")
    return found
