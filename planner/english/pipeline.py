"""The English pipeline: the project's own tagger and parser, followed by the components that read a scene.

Components are registered with `Language.component`; each reads the tree and adds to `Doc._.reading`. Order matters and is
visible in `COMPONENTS`.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from planner.english.reading import Reading
from planner.english.spans import add_lexicon_ruler
from planner.english.universal import speaks_clear, to_universal
from planner.spacy_loading import STAND_IN, load_spacy
from scenes.errors import UserError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["COMPONENTS", "MODEL", "equip", "is_loaded", "load", "parser_name"]

MODEL = Path(__file__).resolve().parent.parent / "models" / "en_scene"
COMPONENTS = ("scene_repair", "scene_quantities", "scene_manners", "scene_entities", "scene_coreference", "scene_events", "scene_relations", "scene_order", "scene_environment", "scene_measures")  # fmt: skip


def _register() -> None:
    """Extensions and components, once for each process."""
    from spacy.language import Language
    from spacy.tokens import Doc, Span

    from planner.english import (
        coreference,
        entities,
        environment,
        events,
        measures,
        order,
        quantities,
        relations,
        repair,
        sketch,
    )

    if not Doc.has_extension("reading"):
        Doc.set_extension("reading", default=None)
    if not Span.has_extension("measure"):
        Span.set_extension("measure", default=None)

    def scene_begin(doc: Doc) -> Doc:
        doc._.reading = Reading()
        return sketch.scene_sentences(doc)

    functions = {
        "scene_begin": scene_begin,
        "scene_universal": to_universal,
        "scene_repair": repair.scene_repair,
        "scene_quantities": quantities.scene_quantities,
        "scene_manners": quantities.scene_manners,
        "scene_entities": entities.scene_entities,
        "scene_coreference": coreference.scene_coreference,
        "scene_events": events.scene_events,
        "scene_relations": relations.scene_relations,
        "scene_order": order.scene_order,
        "scene_environment": environment.scene_environment,
        "scene_measures": measures.scene_measures,
    }
    for name, function in functions.items():
        if not Language.has_factory(name):
            Language.component(name, func=function)


def load(path: str | None = None) -> Language:
    """The pipeline, loaded once. `path` or the environment variable HYBRID_ENGLISH_PIPELINE names an installed spaCy pipeline (or its
    folder) whose tagger and parser stand in for the project's own; the frame says which ran. UserError when it cannot be loaded."""
    return _load(path or os.environ.get(STAND_IN) or str(MODEL))


@lru_cache(maxsize=2)
def _load(path: str) -> Language:
    spacy = load_spacy()
    _register()
    try:
        nlp = spacy.load(path)
    except OSError as error:
        if path == str(MODEL):
            raise
        raise UserError(
            f"The spaCy pipeline {path!r} is not installed: unset {STAND_IN}, or install it with `python -m spacy download`."
        ) from error
    missing = [need for need in ("parser",) if need not in nlp.pipe_names]
    if missing:
        raise UserError(f"The spaCy pipeline {path!r} has no parser: name one that has, or unset {STAND_IN}.")
    return equip(nlp)


def is_loaded() -> bool:
    """Whether this process has a pipeline in memory already."""
    return _load.cache_info().currsize > 0


def equip(nlp: Language) -> Language:
    """Adds the components that read a scene to a pipeline with tagger, lemmatizer and dependency parser, and returns it."""
    _register()
    nlp.add_pipe(
        "scene_begin",
        before="parser" if "parser" in nlp.pipe_names else None,
        first=None if "parser" in nlp.pipe_names else True,
    )
    add_lexicon_ruler(nlp)
    if "parser" not in nlp.pipe_names or speaks_clear(nlp):
        nlp.add_pipe("scene_universal")
    for name in COMPONENTS:
        nlp.add_pipe(name)
    return nlp


@lru_cache(maxsize=1)
def _spacy_version() -> str:
    return version("spacy")


def parser_name(nlp: Language) -> str:
    """Which pipeline read the text: name, version, spaCy version."""
    return f"{nlp.meta['name'].replace('en_en_', 'en_')} {nlp.meta['version']} (spaCy {_spacy_version()})"
