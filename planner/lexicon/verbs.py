"""The verbs of scenes in English and Chinese: one canonical English lemma for each, its surfaces, and what it asks of the physics.

Canonical names are English lemmas in snake_case (`fall`, `knock_over`, `come_to_rest`). `english_phrases` gives the word
sequences that beat the single verb ("make contact with" is `contact`), `chinese_surfaces` every Chinese surface with the
event or events that it states (滑倒: slip, fall_over), `ambiguous` the surfaces whose reading depends on their company.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from planner.lexicon.tables import key_values, rows, split_list

__all__ = [
    "Default",
    "MotionClass",
    "Reading",
    "Verb",
    "ambiguous",
    "chinese_readings",
    "chinese_surfaces",
    "clashes",
    "english_phrases",
    "frame_verb",
    "motion_classes",
    "noun_event",
    "noun_events",
    "verb_class",
    "verb_of",
    "verbs",
]

Lang = Literal["en", "zh"]
Status = Literal["solved", "actuated", "proxied", "imagined", "refused"]
VERB_FILES = ("motion", "contact", "hands", "creatures", "matter")
PARTICLES = frozenset(
    ("off", "out", "up", "down", "away", "over", "apart", "back", "around", "along", "by", "in", "on", "through", "onto", "into", "of", "together", "forward", "past")
)  # fmt: skip
TRANSITIVITY = {"i": "intransitive", "t": "transitive", "b": "both"}


@dataclass(frozen=True)
class MotionClass:
    """A class of motion: the best `status` that it can have, its usual `subject`, whether it is an event, and what it asks."""

    name: str
    status: str
    subject: str
    kind: str
    asks: str


@dataclass(frozen=True)
class Default:
    """A number that a verb leaves unsaid: `low`, `typical`, `high` [unit] of a `quantity` at a `level` (gentle, normal, hard).

    `basis`: recalled (from `source`, not looked up), checked, or assumed (chosen for a table-top scene).
    """

    quantity: str
    level: str
    low: float
    typical: float
    high: float
    unit: str
    source: str
    basis: str


@dataclass(frozen=True)
class Verb:
    """A verb. `physics` is a motion class, `status` the best that can be done by its nature, `outcome` what it implies.

    `transitivity`: intransitive, transitive or both. `subject`: mover or doer, of the intransitive use.
    `kind`: event, state (true at the start) or none (a word that states no event of its own: display and mental verbs).
    """

    name: str
    physics: str
    transitivity: str
    status: str
    subject: str
    kind: str
    en: tuple[str, ...]
    zh: tuple[str, ...]
    nouns: tuple[str, ...] = ()
    zh_nouns: tuple[str, ...] = ()
    outcome: str | None = None
    result: str | None = None
    defaults: tuple[Default, ...] = ()

    def default(self, quantity: str = "speed", *, level: str = "normal") -> Default | None:
        """The typical number of a quantity at a level, else at level normal, else None."""
        rows_of = {d.level: d for d in self.defaults if d.quantity == quantity}
        return rows_of.get(level) or rows_of.get("normal")

    @property
    def is_event(self) -> bool:
        """False for words that only say that something is shown, tried or thought."""
        return self.kind != "none"

    def surfaces(self, lang: Lang) -> tuple[str, ...]:
        return self.en if lang == "en" else self.zh


@dataclass(frozen=True)
class Reading:
    """What a surface states: canonical verbs in order of time, with manner, result and the condition of this reading."""

    verbs: tuple[str, ...]
    manner: tuple[str, ...] = ()
    result: str | None = None
    when: str | None = None


@cache
def motion_classes() -> dict[str, MotionClass]:
    """All motion classes by name."""
    return {row[0]: MotionClass(*row) for row in rows("classes.txt", fields=5)}


@cache
def verbs() -> dict[str, Verb]:
    """All verbs by canonical name. Raises ValueError when a table names an unknown class or defines a verb twice."""
    found: dict[str, Verb] = {}
    for file in VERB_FILES:
        for name, physics, transitivity, *cells in rows(f"verbs/{file}.txt"):
            if physics not in motion_classes():
                raise ValueError(f"{file}.txt: {name} has the unknown motion class {physics!r}")
            if name in found:
                raise ValueError(f"{file}.txt: {name} is defined twice")
            found[name] = _verb(name, physics, TRANSITIVITY[transitivity], cells, file)
    return found | _own(found)


def _own(known: dict[str, Verb]) -> dict[str, Verb]:
    """Verbs of libraries of the user's own (`scenes.own`): each has the physics of one that is known. UserError for an unknown one."""
    from scenes.errors import UserError, did_you_mean
    from scenes.own import own_verbs

    found = {}
    for name, (own, record) in own_verbs().items():
        like = known.get(record["like"].replace(" ", "_"))
        if like is None:
            raise UserError(
                f"{own.path}: verbs.{name} is like {record['like']!r}, which is no verb{did_you_mean(record['like'], known)}"
            )
        found[name] = replace(
            like, name=name, en=tuple(dict.fromkeys((name.replace("_", " "), *record.get("en", ())))), zh=tuple(record.get("zh", ())),
            nouns=tuple(record.get("nouns", ())), zh_nouns=tuple(record.get("zh_nouns", ())),
        )  # fmt: skip
    return found


def _verb(name: str, physics: str, transitivity: str, cells: list[str], file: str) -> Verb:
    lists: dict[str, tuple[str, ...]] = {}
    extra: dict[str, str] = {}
    for cell in cells:
        key, colon, text = cell.partition(":")
        if colon and key in ("en", "n", "zh", "zn"):
            lists[key] = tuple(dict.fromkeys(split_list(text)))
        else:
            extra |= key_values(cell)
    unknown = set(extra) - {"status", "outcome", "result", "subject"}
    if unknown:
        raise ValueError(f"{file}.txt: {name} has the unknown key {sorted(unknown)[0]!r}")
    known = motion_classes()[physics]
    own = name.replace("_", " ")
    return Verb(
        name=name,
        physics=physics,
        transitivity=transitivity,
        status=extra.get("status", known.status),
        subject=extra.get("subject", known.subject),
        kind=known.kind,
        en=tuple(dict.fromkeys((own, *lists.get("en", ())))),
        zh=lists.get("zh", ()),
        nouns=lists.get("n", ()),
        zh_nouns=lists.get("zn", ()),
        outcome=extra.get("outcome"),
        result=extra.get("result"),
        defaults=_defaults().get(name, ()),
    )


@cache
def _defaults() -> dict[str, tuple[Default, ...]]:
    table: dict[str, tuple[Default, ...]] = {}
    for verb, level, quantity, low, typical, high, unit, source, basis in rows("speeds.txt", fields=9):
        row = Default(quantity, level, float(low), float(typical), float(high), unit, source, basis)
        table[verb] = (*table.get(verb, ()), row)
    return table


@cache
def ambiguous(lang: Lang) -> dict[str, tuple[Reading, ...]]:
    """Surfaces with more than one reading, the default first; `when` names what decides (transitive, fluid, vehicle ...)."""
    table: dict[str, tuple[Reading, ...]] = {}
    for surface, row_lang, readings in rows("ambiguous.txt", fields=3):
        if row_lang == lang:
            table[surface] = tuple(
                Reading((verb,), when=when.removeprefix("when=") or None)
                for verb, _, when in (item.partition(" ") for item in split_list(readings))
            )
    return table


@cache
def _compounds() -> dict[str, Reading]:
    table = {}
    for surface, events, extra in rows("compounds.txt", fields=3):
        values = key_values(extra)
        table[surface] = Reading(split_list(events), split_list(values.get("manner", "")), values.get("result"))
    return table


@cache
def _by_surface(lang: Lang) -> dict[str, str]:
    """Surface to canonical name. A verb's own name beats another verb's phrase; then the ambiguity table; then table order."""
    table: dict[str, str] = {}
    for verb in verbs().values():
        for surface in verb.surfaces(lang):
            table.setdefault(surface, verb.name)
    if lang == "en":
        table |= {name.replace("_", " "): name for name in verbs()}
    return table | {surface: readings[0].verbs[0] for surface, readings in ambiguous(lang).items()}


@cache
def clashes(lang: Lang) -> dict[str, tuple[str, ...]]:
    """Surfaces that several verbs claim and that neither the ambiguity table nor the compounds explain: should be empty."""
    owners: dict[str, list[str]] = defaultdict(list)
    for verb in verbs().values():
        for surface in verb.surfaces(lang):
            owners[surface].append(verb.name)
    explained = set(ambiguous(lang)) | (set(_compounds()) if lang == "zh" else set())
    return {s: tuple(names) for s, names in owners.items() if len(names) > 1 and s not in explained}


def verb_of(surface: str, lang: Lang) -> Verb | None:
    """The verb of a surface, or None.

    English: lemmas, as words or in snake_case ("knock over", "come_to_rest"); inflected first words are understood.
    Chinese: the surface with or without 了着过 and directional complements (落了下来: fall); of several events the first.
    """
    if lang == "en":
        from planner.lexicon.inflection import lemmas

        words = surface.lower().replace("_", " ").split()
        table = _by_surface("en")
        key = " ".join(words)
        if key not in table and words:
            options = [" ".join((lemma, *words[1:])) for lemma in lemmas(words[0])]
            key = next((option for option in options if option in table), key)
        if key not in table and len(words) > 1 and PARTICLES.issuperset(words[1:]):
            return verb_of(words[0], "en")  # "flow_out", "drain away": the particle only adds a direction
        return verbs().get(table.get(key, ""))
    from planner.lexicon.chinese import read_verb

    reading = read_verb(surface)
    return verbs().get(reading.verbs[0]) if reading else None


def frame_verb(surface: str, lang: Lang) -> str | None:
    """The verb that a frame states for a surface: a canonical name, or the text's own lemma where that is one English word.

    "leaps" is `leap` in a frame, though its physics is that of `jump` (`verb_of("leap", "en").name`); "makes contact with"
    is `contact`, "leaps over" `leap`. None when the lexicon does not know the surface.
    """
    verb = verb_of(surface, lang)
    if verb is None or lang == "zh":
        return verb.name if verb else None
    from planner.lexicon.inflection import lemmas

    first, *rest = surface.lower().replace("_", " ").split()
    if rest and any("_".join((lemma, *rest)) == verb.name for lemma in lemmas(first)):
        return verb.name
    own = [lemma for lemma in lemmas(first) if lemma in verb.en and lemma not in verbs()]
    return own[0] if own else verb.name


@cache
def english_phrases() -> list[tuple[tuple[str, ...], str]]:
    """(lemmas, canonical) of every English surface of two words or more, longest first.

    A phrase with an inflected word ("stop moving") comes with that word's lemma as well ("stop move").
    """
    from planner.lexicon.inflection import lemmas

    table: dict[tuple[str, ...], str] = {}
    for surface, name in _by_surface("en").items():
        words = surface.split()
        if len(words) > 1:
            bare = tuple(next(iter(lemmas(w)), w) if w.endswith(("ing", "ed")) else w for w in words)
            table.setdefault(tuple(words), name)
            table.setdefault(bare, name)
    return sorted(table.items(), key=lambda item: (-len(item[0]), item[0]))


@cache
def chinese_surfaces() -> dict[str, list[str]]:
    """Every Chinese verb surface with its canonical verb, or verbs in order of time where it states several events."""
    return {s: [name] for s, name in _by_surface("zh").items()} | {s: list(r.verbs) for s, r in _compounds().items()}


@cache
def chinese_readings(surface: str) -> tuple[Reading, ...]:
    """All readings of a listed Chinese surface, the default first; empty when it is not listed.

    `planner.lexicon.chinese.read_verb` understands aspect and complements besides.
    """
    if surface in _compounds():
        return (_compounds()[surface], *ambiguous("zh").get(surface, ()))
    if surface in ambiguous("zh"):
        return ambiguous("zh")[surface]
    name = _by_surface("zh").get(surface)
    return (Reading((name,), result=verbs()[name].result),) if name else ()


@cache
def noun_events(lang: Lang) -> dict[str, str]:
    """Event nouns with the verb that they name: "collision" and 碰撞 are `collide`."""
    table: dict[str, str] = {}
    for verb in verbs().values():
        for noun in verb.nouns if lang == "en" else verb.zh_nouns:
            table.setdefault(noun, verb.name)
            if noun == verb.name:  # "impact" is the verb impact before it is hit
                table[noun] = noun
    return table


def noun_event(surface: str, lang: Lang) -> Verb | None:
    """The verb that an event noun names ("impact": impact, 爆炸: explode), or None. English plurals are understood."""
    table = noun_events(lang)
    word = surface.strip().lower()
    for option in (word, word.removesuffix("s"), word.removesuffix("es")):
        if option in table:
            return verbs()[table[option]]
    return None


@cache
def _groups() -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for (cell,) in rows("groups.txt", fields=1):
        group = frozenset(cell.split())
        table |= dict.fromkeys(group, group)
    for name in _own_names():
        like = _own_names()[name]
        group = frozenset({*table.get(like, (like,)), name})
        table |= dict.fromkeys(group, group)
    return table


def _own_names() -> dict[str, str]:
    from scenes.own import own_verbs

    return {name: record["like"].replace(" ", "_") for name, (_, record) in own_verbs().items()}


def verb_class(verb: str) -> frozenset[str]:
    """The verbs that say the same as `verb` (itself included): hit, strike, bump ..."""
    return _groups().get(verb, frozenset((verb,)))
