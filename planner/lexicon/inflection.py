"""Inflected forms of English verbs, so that a known motion verb is recognised whatever a tagger made of it.

`lemmas("toppling")` is ["topple"]; regular forms by rule, irregular ones from a list.
"""

from __future__ import annotations

from functools import cache

from planner.lexicon.tables import rows

__all__ = ["english_forms", "forms_of", "lemmas"]

VOWELS = "aeiou"
DOUBLED = (
    "propel",
    "repel",
    "control",
    "admit",
    "emit",
    "submit",
    "transfer",
    "unwrap",
    "unplug",
)  # stressed at the end


@cache
def _irregular() -> dict[str, tuple[str, ...]]:
    return {lemma: tuple(forms.split()) for lemma, forms in rows("irregular.txt", fields=2)}


def _doubles(lemma: str) -> bool:
    """Whether the last consonant doubles (spin, spinning): one syllable with one short vowel, or stressed at the end."""
    if lemma in DOUBLED:
        return True
    word = lemma.replace("qu", "qw")
    if len(word) < 3 or word[-1] in VOWELS + "wxyh":
        return False
    syllables = sum(b in VOWELS and a not in VOWELS for a, b in zip("_" + word, word, strict=False))
    return word[-2] in VOWELS and word[-3] not in VOWELS and syllables == 1


@cache
def forms_of(lemma: str) -> frozenset[str]:
    """Every form of an English verb: lemma, third person, -ing, past and participle."""
    if lemma == "be":
        return frozenset(("be", "am", "is", "are", "was", "were", "been", "being"))
    if lemma.endswith(("s", "x", "z", "ch", "sh")) or (lemma.endswith("o") and lemma not in ("video", "radio")):
        third = lemma + "es"
    elif lemma.endswith("y") and lemma[-2:-1] not in VOWELS:
        third = lemma[:-1] + "ies"
    else:
        third = "has" if lemma == "have" else lemma + "s"
    stem = lemma + lemma[-1] if _doubles(lemma) else lemma
    if lemma.endswith("ie"):
        ing = lemma[:-2] + "ying"
    elif lemma.endswith("e") and not lemma.endswith(("ee", "oe", "ye")):
        ing = lemma[:-1] + "ing"
    else:
        ing = stem + "ing"
    if lemma in _irregular():
        past: tuple[str, ...] = _irregular()[lemma]
    elif lemma.endswith("e"):
        past = (lemma + "d",)
    elif lemma.endswith("y") and lemma[-2:-1] not in VOWELS:
        past = (lemma[:-1] + "ied",)
    else:
        past = (stem + "ed",)
    british = {lemma + "led", lemma + "ling"} if lemma.endswith("el") else set()
    return frozenset({lemma, third, ing, *past} | british)


@cache
def english_forms() -> dict[str, tuple[str, ...]]:
    """Every form of every English verb of the lexicon (first words of phrases too) with its lemmas: "lay" is lay and lie."""
    from planner.lexicon.verbs import verbs

    heads = dict.fromkeys(surface.split()[0] for verb in verbs().values() for surface in verb.en)
    table: dict[str, tuple[str, ...]] = {}
    for lemma in heads:
        for form in forms_of(lemma):
            table[form] = (*table.get(form, ()), lemma)
    return {form: tuple(sorted(found, key=lambda lemma: lemma != form)) for form, found in table.items()}


def lemmas(word: str) -> tuple[str, ...]:
    """The lexicon's verbs that `word` may be a form of, the word itself first; empty when there is none."""
    return english_forms().get(word.lower(), ())
