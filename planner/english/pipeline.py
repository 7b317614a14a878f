"""The English pipeline: the project's own tagger and parser, followed by the components that read a scene.

Components are registered with `Language.component`; each reads the tree and adds to `Doc._.reading`. Order matters and is
visible in `COMPONENTS`.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from planner.english.reading import Reading

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["COMPONENTS", "MODEL", "load", "parser_name"]

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


@lru_cache(maxsize=2)
def load(path: str | None = None) -> Language:
    """The pipeline, loaded once. Raises OSError when the model is missing."""
    import spacy

    _register()
    nlp = spacy.load(path or MODEL)
    nlp.add_pipe("scene_begin", before="parser")
    for name in COMPONENTS:
        nlp.add_pipe(name)
    return nlp


def parser_name(nlp: Language) -> str:
    """Which pipeline read the text: name, version, spaCy version."""
    return f"{nlp.meta['name'].replace('en_en_', 'en_')} {nlp.meta['version']} (spaCy {version('spacy')})"
