"""What the shared lexicon, the catalogue and the material library know, as the English reader asks for it."""

from __future__ import annotations

from functools import lru_cache

from planner.english import nouns as n
from planner.english import words as w

__all__ = [
    "color_of", "frame_verb", "is_compound_name", "is_motion", "is_name", "is_person", "is_stuff", "is_transitive", "material_of", "name_of", "noun_event_of",
    "phrase_at", "role_of", "singular", "size_of", "states_nothing", "verb_forms_of", "verb_of",
]  # fmt: skip


@lru_cache(4096)
def verb_of(form: str) -> str | None:
    """The verb of the lexicon that a word is a form of, None when there is none."""
    from planner.lexicon import lemmas

    found = lemmas(form.lower())
    return found[0] if found else None


@lru_cache(4096)
def verb_forms_of(form: str) -> tuple[str, ...]:
    """All verbs that a word may be a form of: lay is lay and lie."""
    from planner.lexicon import lemmas

    return lemmas(form.lower())


@lru_cache(4096)
def is_transitive(lemma: str) -> bool:
    """Whether the verb always takes an object, so that a past participle without one is passive."""
    from planner.lexicon import verb_of as known

    found = known(lemma, "en")
    return lemma in w.TRANSITIVE_ONLY or (found is not None and found.transitivity == "transitive")


@lru_cache(4096)
def is_motion(lemma: str) -> bool:
    """Whether the verb moves its subject along a path, so that "up the hill" is a place and no particle."""
    from planner.lexicon import verb_of as known

    found = known(lemma, "en")
    return found is not None and found.physics in w.PATH_CLASSES


@lru_cache(4096)
def states_nothing(lemma: str) -> bool:
    """Whether the verb speaks of showing, thinking or causing and states no event of its own."""
    from planner.lexicon import verb_of as known

    found = known(lemma, "en")
    return lemma in w.DISPLAY_VERBS or (
        found is not None
        and (found.kind == "none" or found.physics in ("mental", "display"))
        and found.name not in w.CAUSE_VERBS | {"unfold", "use", "look", "watch", "lose", "like", "play", "see"}
    )


@lru_cache(1)
def _phrases() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    from planner.lexicon import english_phrases

    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}

    for phrase, name in english_phrases():
        if phrase[0] not in ("be", "have", "do") and phrase not in w.NOT_PHRASES and not w.PLACE_WORDS & set(phrase):
            table.setdefault(phrase[0], []).append((phrase, name))
    return table


def phrase_at(lemma: str, following: list[str]) -> tuple[str, int] | None:
    """The longest verb phrase of the lexicon at a verb: its canonical name and how many of the words that follow it takes."""
    for phrase, name in _phrases().get(lemma, ()):
        rest = phrase[1:]
        if list(rest) == following[: len(rest)]:
            return name, len(rest)
    return None


@lru_cache(2048)
def frame_verb(surface: str) -> str | None:
    """The verb that a frame states for an English surface, None when the lexicon does not know it."""
    from planner.lexicon.verbs import frame_verb as stated

    return stated(surface, "en")


@lru_cache(2048)
def noun_event_of(noun: str) -> str | None:
    """The verb that an event noun names ("collision": collide)."""
    from planner.lexicon import noun_event

    if singular(noun) in w.EVENT_NOUNS:
        return w.EVENT_NOUNS[singular(noun)]
    found = noun_event(noun, "en")
    return found.name if found is not None and singular(noun) not in w.NOT_EVENTS else None


@lru_cache(2048)
def color_of(word: str) -> str | None:
    """The colour word in lower case, None for what is no colour; "clear" and "transparent" are attributes."""
    from planner.lexicon import colors

    low = word.lower()
    return low if low in colors("en") and low not in n.NOT_COLORS else None


@lru_cache(2048)
def size_of(word: str) -> str | None:
    """The canonical qualitative size: big is large."""
    from planner.lexicon import sizes

    low = word.lower()
    found = sizes("en").get(low)
    return found.name if found is not None and low not in n.NOT_SIZES else None


@lru_cache(1)
def _materials() -> dict[str, str]:
    from scenes.materials import library

    return library().names_by_language("en")


@lru_cache(2048)
def material_of(word: str) -> str | None:
    """The material that a modifier names (wooden, steel, metallic), None for foods, fluids and living things as modifiers."""
    low = word.lower()
    if low in n.NOT_MATERIALS:
        return None
    found = _materials().get(low) or _materials().get(singular(low))
    return "aluminum" if found == "aluminium" else found


def is_stuff(head: str) -> str | None:
    """The material that a thing of this name consists of by its name alone: a stone, ice, a river."""
    found = n.STUFF.get(head)
    return "aluminum" if found == "aluminium" else found


@lru_cache(2048)
def name_of(phrase: str) -> str | None:
    """The canonical head of a compound that names one thing ("pool table"), or None: a tennis ball is a ball, a coffee mug a mug."""
    if phrase in n.COMPOUND_NAMES:
        return n.COMPOUND_NAMES[phrase]
    from scenes.catalogue import catalogue

    last = singular(phrase.split()[-1])
    if catalogue().reading(last, "en") is not None:
        return None
    found = catalogue().reading(phrase, "en")
    return found.head if found is not None and " " in found.head and found.head.split()[-1] == last else None


@lru_cache(2048)
def is_compound_name(phrase: str) -> bool:
    """Whether the catalogue knows two words together as one thing."""
    from scenes.catalogue import catalogue

    return phrase in n.COMPOUND_NAMES or catalogue().reading(phrase, "en") is not None


@lru_cache(2048)
def is_name(word: str) -> bool:
    """Whether the catalogue knows the word as a thing."""
    from scenes.catalogue import catalogue

    return word in n.ROLE_WORDS or catalogue().reading(word, "en") is not None


@lru_cache(2048)
def is_person(head: str, role: str) -> bool:
    """Whether "it" cannot mean the character: people, and characters that the catalogue does not know as animals."""
    if role != "character":
        return False
    from scenes.catalogue import catalogue

    entry = catalogue().find(head, "en")
    return entry is None or not catalogue().is_a(entry.key, "animal")


@lru_cache(2048)
def role_of(head: str) -> str | None:
    """The role that a thing of this name usually plays, None when nobody knows."""
    if head in n.ROLE_WORDS:
        return n.ROLE_WORDS[head]
    from scenes.catalogue import catalogue

    entry = catalogue().find(head, "en")
    return entry.role if entry is not None else None


@lru_cache(8192)
def singular(noun: str) -> str:
    """The singular of an English noun by its spelling."""
    low = noun.lower()
    if low in n.IRREGULAR_PLURALS:
        return n.IRREGULAR_PLURALS[low]
    if low in n.SAME_PLURALS or low.endswith(("ss", "us", "is")) or not low.endswith("s") or len(low) < 4:
        return low
    if low.endswith("ies") and len(low) > 4:
        return low[:-3] + "y"
    if low.endswith(("ches", "shes", "sses", "xes", "zzes", "oes")) and low not in ("shoes", "canoes", "toes", "axes"):
        return low[:-2]
    return low[:-1]
