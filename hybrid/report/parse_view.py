"""How the text was read, as displaCy draws it: what each span became, and for English the tree that it was read from.

Everything is inline HTML and SVG: no network, no script, no font of its own. The same text gives the same bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from planner.frame import Frame

__all__ = ["parse_html"]

MAX_TREE_TOKENS = 60  # a longer sentence is too wide a tree to be read
MAX_TREES = 4
COLORS = {
    "object": "#cfe3f5", "character": "#f7d9b8", "ground": "#ddd3c2", "support": "#e3dcf2", "obstacle": "#e6d5d5", "container": "#cdeae4", "fluid": "#bfe3f0", "cloth": "#f3d6e4",
    "tool": "#dfe5c8", "part": "#e8e8e8", "region": "#efefef", "field": "#ffd9a8", "event": "#f6c1bd", "quantity": "#fff0a8", "relation": "#d5f0c9", "unread": "#ffffff",
    "material": "#d9d2b8", "color": "#f2d9f0", "size": "#d6e4d2", "manner": "#e4dcc9",
}  # fmt: skip
LABELS = {
    "zh": {
        "object": "物体", "character": "角色", "ground": "地面", "support": "支撑", "obstacle": "障碍", "container": "容器", "fluid": "流体", "cloth": "布料", "tool": "工具",
        "part": "部位", "region": "区域", "field": "场", "event": "事件", "quantity": "数量", "relation": "关系", "unread": "未读",
        "material": "材料", "color": "颜色", "size": "大小", "manner": "方式",
    }
}  # fmt: skip


def parse_html(text: str, frame: Frame) -> str:
    """The reading of a text as inline HTML: a line of coloured spans, and the trees of its first sentences where a tree was used.

    Args:
        text: what was read; `frame` the Frame of it, whose spans are character offsets into the text.
    Returns "" for an empty text. Uses the pipelines that this process has loaded already and loads none for itself, so that a report
    costs milliseconds; the tree is left out where the text was read in another process.
    """
    if not text.strip():
        return ""
    from spacy import displacy

    doc = _loaded_doc(text, frame.lang)
    words = [(t.text, t.idx) for t in doc if not t.is_space] if doc is not None else _plain_words(text, frame.lang)
    if not words:
        return ""
    names = LABELS.get(frame.lang, {})
    spans = _spans(frame, words, names, _lexicon_spans(doc))
    palette = {names.get(kind, kind): color for kind, color in COLORS.items()}
    manual: dict[str, Any] = {"text": text, "spans": spans, "tokens": [_safe(word) for word, _ in words]}
    parts = [displacy.render(manual, style="span", manual=True, page=False, options={"colors": palette}, jupyter=False)]
    if doc is not None and doc.has_annotation("DEP"):
        parts += _trees(doc)
    html = "\n".join(
        f'<div class="parse" style="overflow-x:auto">{_settled(part, i)}</div>' for i, part in enumerate(parts)
    )
    return html.replace("line-height: 2.5", "line-height: 2.2")


def _loaded_doc(text: str, lang: str) -> Doc | None:
    """The text as the process's own pipeline reads it, None where that pipeline has not been loaded here."""
    if lang == "zh":
        from planner.chinese.pipeline import pipeline

        return pipeline()(text) if pipeline.cache_info().currsize else None
    from planner.english.pipeline import is_loaded, load

    return load()(text) if is_loaded() else None


def _plain_words(text: str, lang: str) -> list[tuple[str, int]]:
    pattern = r"[㐀-鿿]|[^\W㐀-鿿]+|[^\w\s]" if lang == "zh" else r"\w+(?:[-']\w+)*|[^\w\s]"
    return [(m.group(), m.start()) for m in re.finditer(pattern, text)]


def _lexicon_spans(doc: Doc | None) -> list[tuple[tuple[int, int], str]]:
    """Materials, colours, sizes and manners that the lexicons name, as character spans with their kind."""
    if doc is None:
        return []
    found = [((s.start_char, s.end_char), s.label_.lower()) for s in doc.spans.get("lexicon", ())]
    if doc.lang_ == "zh":
        for token in doc:
            kinds = [kind for kind in ("material", "color", "size", "manner") if kind in token._.word.classes]
            found += [((token.idx, token.idx + len(token)), kind) for kind in kinds[:1]]
    return found


def _spans(
    frame: Frame,
    words: list[tuple[str, int]],
    names: dict[str, str],
    named: list[tuple[tuple[int, int], str]],
) -> list[dict[str, Any]]:
    """What the frame says of stretches of text, as displaCy's token spans; nested ones are drawn below each other."""
    found: list[tuple[tuple[int, int], str]] = list(named)
    for entity in frame.entities:
        if entity.span is not None and not entity.implied:
            found.append((entity.span, entity.role))
        found += [(q.span, "quantity") for q in entity.quantities if q.span is not None]
    for event in frame.events:
        if event.span is not None and not event.inferred:
            found.append((event.span, "event"))
        found += [(q.span, "quantity") for q in event.quantities if q.span is not None]
    found += [(r.span, "relation") for r in frame.relations if r.span is not None]
    found += [(span, "unread") for span in frame.unread]
    spans = []
    for (start, end), kind in dict.fromkeys(found):
        inside = [i for i, (word, at) in enumerate(words) if at < end and at + len(word) > start]
        if inside:
            spans.append({"start_token": inside[0], "end_token": inside[-1] + 1, "label": names.get(kind, kind)})
    unique = {(s["start_token"], s["end_token"], s["label"]): s for s in spans}
    return sorted(unique.values(), key=lambda s: (s["start_token"], -s["end_token"], s["label"]))


def _trees(doc: Doc) -> list[str]:
    from spacy import displacy

    options = {"compact": True, "distance": 92, "word_spacing": 28, "arrow_spacing": 10, "bg": "transparent", "color": "currentColor", "font": "inherit", "collapse_punct": True}  # fmt: skip
    sentences = [s for s in doc.sents if 1 < len(s) <= MAX_TREE_TOKENS][:MAX_TREES]
    return [displacy.render(s.as_doc(), style="dep", page=False, options=options, jupyter=False) for s in sentences]


def _safe(word: str) -> str:
    return word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _settled(markup: str, number: int) -> str:
    """Markup without the random names that displaCy gives to its arrows."""
    return re.sub(r"[0-9a-f]{32}", f"parse{number}", markup)
