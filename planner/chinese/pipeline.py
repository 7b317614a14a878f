"""The Chinese pipeline: spaCy's blank Chinese with jieba and our dictionary, and components that read words, phrases and clauses."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from planner.frame import Frame, Span

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["VERSION", "pipeline", "read", "read_many"]

VERSION = "zh-patterns-1"
COMPONENTS = ("zh_words", "zh_phrases", "zh_clauses", "zh_scene")


@cache
def pipeline() -> Language:
    """The pipeline, built once (about a second: jieba's dictionary)."""
    from planner.spacy_loading import load_spacy

    spacy = load_spacy()
    from spacy.language import Language
    from spacy.tokens import Doc, Token

    from planner.chinese.segment import Segmenter

    for name in ("items", "stage"):
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=None)
    if not Token.has_extension("word"):
        Token.set_extension("word", default=None)
    for name, component in zip(COMPONENTS, (_words, _phrases, _clauses, _scene), strict=True):
        if not Language.has_factory(name):
            Language.factory(name, func=_factory(component))
    nlp = spacy.blank("zh")
    tokenizer: Any = nlp.tokenizer
    tokenizer.segmenter = "jieba"
    tokenizer.jieba_seg = Segmenter()
    for name in COMPONENTS:
        nlp.add_pipe(name)
    nlp("预热")
    return nlp


def _factory(component: Any) -> Any:
    def create(nlp: Language, name: str) -> Any:
        return component

    return create


def _words(doc: Doc) -> Doc:
    """Component: the lexicon's word of every token in `Token._.word`."""
    from planner.chinese.lexicon import to_simplified, word_of

    for token in doc:
        token._.word = word_of(to_simplified(token.text))
    return doc


def _phrases(doc: Doc) -> Doc:
    """Component: noun phrases and closed-class items in `Doc._.items`."""
    from planner.chinese.lexicon import to_simplified
    from planner.chinese.phrases import Phrases

    doc._.items = Phrases([to_simplified(token.text) for token in doc], [token._.word for token in doc]).items
    return doc


def _clauses(doc: Doc) -> Doc:
    """Component: things, happenings and relations in `Doc._.stage`."""
    from planner.chinese.clauses import ClauseReader
    from planner.chinese.scene import Stage

    offsets: list[Span] = [(token.idx, token.idx + len(token.text)) for token in doc]
    doc._.stage = Stage(offsets, [token.text for token in doc], doc.text)
    ClauseReader(doc._.stage, doc._.items).read()
    return doc


def _scene(doc: Doc) -> Doc:
    """Component: what the text implies, and entity spans in `Doc.spans["entities"]`."""
    from planner.chinese.world import complete

    complete(doc._.stage)
    spans = [(thing, doc.char_span(*thing.entity.span)) for thing in doc._.stage.things if thing.entity.span]
    doc.spans["entities"] = [span for _, span in spans if span is not None]
    return doc


def read(text: str) -> Frame:
    """What a Chinese text says, as a `Frame`. Never raises on any text; what was not understood is in `unread`."""
    whole = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates become "?": offsets stay
    return _frame(pipeline()(whole), whole)


def read_many(texts: Iterable[str]) -> list[Frame]:
    """`read` for many texts."""
    return [read(text) for text in texts]


def _frame(doc: Doc, text: str) -> Frame:
    stage = doc._.stage
    events = sorted(stage.events(), key=lambda e: e.order)
    return Frame(
        text=text,
        lang="zh",
        entities=[thing.entity for thing in stage.things],
        events=events,
        relations=stage.relations,
        environment=stage.environment,
        parser=VERSION,
        unread=_unread(doc),
    )


def _unread(doc: Doc) -> list[Span]:
    """Content words that no element accounts for."""
    from planner.chinese.closed_classes import PREPOSITIONS, SEQUENCE
    from planner.chinese.segment import CLOSED, MEASURE_WORDS, dictionary_tag

    used = doc._.stage.used
    found: list[Span] = []
    for token in doc:
        if token.i in used or not any(c.isalnum() for c in token.text):
            continue
        word = token._.word
        if (
            token.text in CLOSED
            or token.text in MEASURE_WORDS
            or token.text in PREPOSITIONS
            or token.text in SEQUENCE
            or "skip" in word.classes
        ):
            continue
        if not (word.noun or word.verb or word.classes) and dictionary_tag(token.text)[:1] in tuple("dcprueyo"):
            continue
        found.append((token.idx, token.idx + len(token.text)))
    return found
