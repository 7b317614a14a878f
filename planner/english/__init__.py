"""English text to a Frame: `read` for one prompt, `read_many` for many.

Positions on the screen: a *static* position is a relation to the literal object "frame" (`left_of(pipe, "frame")`,
`right_of(cube, "frame")`, `in_middle_of(house, "frame")`, `at_edge(cats, "frame")`). A position that something moves *from or to* is an
entity of role `region` with head `edge`, `center`, `corner`, `top`, `bottom` or `screen` and the side in its attributes (["left"]), used as
`source_place` or `goal_place`. "From left to right" is the manner `left_to_right`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from planner.frame import Frame

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["MAX_CHARACTERS", "read", "read_many"]

MAX_CHARACTERS = 2000  # [characters] that are read; what lies beyond is reported in `Frame.unread`


def read(text: str) -> Frame:
    """The Frame of an English text. Never raises on any text: what could not be read is in `unread`."""
    return read_many([text])[0]


def _cut(text: str) -> int:
    """Where reading ends: at the last sentence end before the cap, or at the cap."""
    if len(text) <= MAX_CHARACTERS:
        return len(text)
    stops = [text.rfind(stop, 0, MAX_CHARACTERS) for stop in (". ", "; ", "\n", "! ", "? ")]
    best = max(stops)
    return best + 1 if best > MAX_CHARACTERS // 2 else MAX_CHARACTERS


def read_many(texts: Iterable[str], *, batch_size: int = 64) -> list[Frame]:
    """Frames of many texts, in their order."""
    from planner.english.assemble import to_frame
    from planner.english.pipeline import load, parser_name

    nlp = load()
    name = parser_name(nlp)
    given = list(texts)
    cuts = [_cut(text) for text in given]
    heads = [text[:cut] for text, cut in zip(given, cuts, strict=True)]
    frames = []
    for text, cut, head, doc in zip(given, cuts, heads, _docs(nlp, heads, batch_size), strict=True):
        frame = to_frame(doc, parser=name) if doc is not None else Frame(text=head, lang="en", parser=name)
        if doc is None:
            cut = 0  # nothing was read
        frame.text = text
        if cut < len(text):
            frame.unread.append((cut, len(text)))
        frames.append(frame)
    return frames


def _docs(nlp: Language, texts: list[str], batch_size: int) -> Iterator[Doc | None]:
    """Documents in order; None for a text on which the pipeline fails, which is logged: one odd text must not stop a batch."""
    for start in range(0, len(texts), batch_size):
        batch = texts[start : start + batch_size]
        try:
            docs: list[Doc | None] = list(nlp.pipe(batch, batch_size=batch_size))
        except (ValueError, IndexError, KeyError, AttributeError, TypeError, RecursionError):
            docs = [_doc(nlp, text) for text in batch]
        yield from docs


def _doc(nlp: Language, text: str) -> Doc | None:
    try:
        return nlp(text)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, RecursionError):
        logging.getLogger(__name__).exception("this text could not be read: %.80r", text)
        return None
