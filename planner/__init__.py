"""Text to Scene: `read` gives the Frame (what the text says), `plan` the Scene (what will be simulated). English and Chinese."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Literal

from scenes.errors import UserError

if TYPE_CHECKING:
    from planner.frame import Frame
    from scenes.scene import Scene

__all__ = ["MAX_CHARACTERS", "check_text", "language_of", "plan", "read", "read_many"]

MAX_CHARACTERS = 2000
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
OTHER_SCRIPTS = re.compile(r"[\u0400-\u04ff\u0590-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\uac00-\ud7af]")
LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]{2,}")


def language_of(text: str) -> Literal["en", "zh"]:
    """The language that a text is read in: Chinese as soon as it has Chinese characters."""
    return "zh" if HAN.search(text) else "en"


def check_text(text: str) -> str:
    """The text, stripped. UserError when it is empty, too long, or in a language that is not read here."""
    text = text.strip()
    if not text:
        raise UserError(
            "The text is empty: describe a scene in English or Chinese, for example “a red ball falls on the floor”."
        )
    if len(text) > MAX_CHARACTERS:
        raise UserError(
            f"The text has {len(text)} characters and at most {MAX_CHARACTERS} are read: describe one scene, or split it with --input."
        )
    if len(OTHER_SCRIPTS.findall(text)) > 0.2 * len(re.findall(r"\w", text)):
        raise UserError("The text is in a script that is not read here: describe the scene in English or Chinese.")
    if not re.search(r"[^\W\d_]", text):
        raise UserError(
            "The text has no words: describe a scene in English or Chinese, for example “a red ball falls on the floor”."
        )
    if language_of(text) == "en" and _foreign(text):
        raise UserError("The text does not look like English or Chinese: describe the scene in one of the two.")
    return text


def _foreign(text: str) -> bool:
    words = [word.lower() for word in LATIN_WORD.findall(text)]
    if len(words) < 4:
        return False
    return sum(word in _english_words() for word in words) < 0.34 * len(words)


@cache
def _english_words() -> frozenset[str]:
    from planner.spacy_loading import load_spacy

    load_spacy()
    from spacy.lang.en.stop_words import STOP_WORDS

    from planner.lexicon import english_forms
    from scenes.catalogue import catalogue

    names = {part for name in catalogue().names_by_language("en") for part in name.split()}
    plurals = {name + "s" for name in names}
    return frozenset(STOP_WORDS) | names | plurals | frozenset(english_forms())


def read(text: str) -> Frame:
    """The Frame of a text. UserError for text that cannot be read at all (see `check_text`)."""
    return read_many([check_text(text)])[0]


def read_many(texts: list[str]) -> list[Frame]:
    """Frames of many texts in their order, each language in one batch; never raises on a text."""
    frames: list[Frame | None] = [None] * len(texts)
    for lang in ("en", "zh"):
        chosen = [i for i, text in enumerate(texts) if language_of(text) == lang]
        if not chosen:
            continue
        from importlib import import_module

        reader = import_module("planner.english" if lang == "en" else "planner.chinese").read_many
        for i, frame in zip(chosen, reader([texts[i] for i in chosen]), strict=True):
            frames[i] = frame
    return [frame for frame in frames if frame is not None]


def plan(text: str) -> Scene:
    """The Scene of a text. UserError when the text cannot be read, or names no thing at all."""
    from planner.compile import compile_frame

    return compile_frame(read(text))
