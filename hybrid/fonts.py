"""The font that draws English and Chinese: Noto Sans SC, a subset of common characters (SIL Open Font License 1.1, `fonts/OFL.txt`)."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

__all__ = ["font_covers", "font_path", "font_subset"]


def font_path() -> Path:
    """The font file of the package."""
    return Path(__file__).parent / "fonts" / "NotoSansSC-Subset.otf"


@lru_cache(maxsize=1)
def font_covers() -> frozenset[int]:
    """Code points that the font can draw."""
    from fontTools.ttLib import TTFont

    with TTFont(font_path(), lazy=True) as font:
        return frozenset(font.getBestCmap())


def font_subset(characters: Iterable[str]) -> bytes:
    """A WOFF of those of `characters` that the font has, empty bytes when it has none of them. The same characters give the same bytes."""
    from fontTools import subset

    wanted = sorted({ord(character) for character in characters} & font_covers())
    if not wanted:
        return b""
    options = subset.Options(
        flavor="woff",
        layout_features=["*"],
        notdef_outline=True,
        hinting=False,
        desubroutinize=True,
        name_IDs=[0, 1, 2, 13],
    )
    with subset.load_font(str(font_path()), options) as font:
        font.recalcTimestamp = False
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=wanted)
        subsetter.subset(font)
        stream = io.BytesIO()
        subset.save_font(font, stream, options)
    return stream.getvalue()
