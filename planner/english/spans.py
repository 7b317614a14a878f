"""What the lexicons name in a text, as spans: materials, colours, sizes and manners by spaCy's `SpanRuler`, and verbs that a second word
renames ("becomes warm") by its `DependencyMatcher`. Both take their patterns from data; the report draws the spans."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from planner.english import words as w

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import DependencyMatcher
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

__all__ = ["LEXICON", "add_lexicon_ruler", "lexicon_patterns", "manner_spans", "renamed_verbs"]

LEXICON = "lexicon"  # the key of the spans in `Doc.spans`


def _spellings(surface: str) -> set[str]:
    return {surface, surface.replace("-", " ")}


def _is_manner(surface: str) -> bool:
    words = surface.replace("-", " ").split()
    return len(words) > 1 and not w.LITERAL_MANNERS & set(words) and surface not in w.SKIPPED_MANNERS


@cache
def lexicon_patterns() -> tuple[dict[str, Any], ...]:
    """Patterns of the ruler: label MATERIAL, COLOR, SIZE or MANNER (manners of more than one word), `id` the canonical name."""
    from planner.english.knowledge import color_of, material_of, size_of
    from planner.lexicon import colors, sizes
    from planner.lexicon.words import manners
    from scenes.materials import library

    found: dict[tuple[str, str], str] = {}
    tables = (
        ("MATERIAL", library().names_by_language("en"), material_of),
        ("COLOR", colors("en"), color_of),
        ("SIZE", sizes("en"), size_of),
    )
    for label, table, canonical in tables:
        for surface in table:
            name = canonical(surface)
            if name is not None:
                found[label, surface] = name
    for surface, manner in manners("en").items():
        if _is_manner(surface):
            found.update({("MANNER", spelling): manner.name for spelling in _spellings(surface)})
    return tuple({"label": label, "pattern": text, "id": name} for (label, text), name in found.items())


def add_lexicon_ruler(nlp: Language) -> None:
    """Add the ruler before anything else: it needs words only."""
    ruler = nlp.add_pipe(
        "span_ruler",
        name="scene_lexicon",
        first=True,
        config={"spans_key": LEXICON, "phrase_matcher_attr": "LOWER", "overwrite": True},
    )
    ruler.add_patterns(list(lexicon_patterns()))  # type: ignore[attr-defined]


def manner_spans(doc: Doc) -> list[tuple[str, set[int]]]:
    """Manners of several words with their tokens, in text order; of those that overlap the longest."""
    spans = [s for s in doc.spans.get(LEXICON, ()) if s.label_ == "MANNER"]
    taken: set[int] = set()
    kept = []
    for span in sorted(spans, key=lambda s: (s.start, -len(s))):
        tokens = set(range(span.start, span.end))
        if not tokens & taken:
            taken |= tokens
            kept.append((span.id_, tokens))
    return kept


@cache
def _dependencies() -> dict[str, Any]:
    text = files("planner.lexicon").joinpath("data/dependencies.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def _matcher(vocab: Vocab) -> DependencyMatcher:
    from spacy.matcher import DependencyMatcher

    matcher = DependencyMatcher(vocab)
    for name, patterns in _dependencies()["renamed_verbs"].items():
        matcher.add(name, patterns)
    return matcher


def renamed_verbs(doc: Doc) -> dict[int, tuple[str, set[int]]]:
    """Verbs whose event another word of their clause names: token of the verb -> the event and the tokens it takes."""
    if not doc.has_annotation("DEP"):
        return {}
    found: dict[int, tuple[str, set[int]]] = {}
    for key, tokens in _matcher(doc.vocab)(doc):
        found[tokens[0]] = (doc.vocab.strings[key], set(tokens[1:]))
    return found
