"""A working copy of a dependency tree, and sentence ends by punctuation (treebank parsers split prompts badly)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["Sketch", "scene_sentences"]

ENDS = frozenset([".", ";", "!", "?", "。", "；", "!!", "..."])
ABBREVIATIONS = frozenset(["approx", "no", "fig", "e.g", "i.e", "vs", "dr", "mr", "mrs", "st"])


def scene_sentences(doc: Doc) -> Doc:
    """Component before the parser: a sentence ends at . ; ! ? and at a line break, and nowhere else."""
    start = True
    for token in doc:
        token.is_sent_start = start
        start = False
        if token.text in ENDS and not (token.text == "." and token.i and doc[token.i - 1].lower_ in ABBREVIATIONS):
            follows = doc[token.i + 1] if token.i + 1 < len(doc) else None
            start = follows is not None and follows.text not in ENDS and follows.text not in ('"', "'", ")", "”")
        elif "\n" in token.text_with_ws:
            start = True
    return doc


class Sketch:
    """Heads and relations of one document, to be changed freely and then written back."""

    def __init__(self, doc: Doc, *, like: Sketch | None = None) -> None:
        """`like`: an unchanged sketch of the same tree, from which heads and relations are copied instead of read again."""
        self.doc = doc
        self.like = like

    @cached_property
    def head(self) -> list[int]:
        return [t.head.i for t in self.doc] if self.like is None else list(self.like.head)

    @cached_property
    def dep(self) -> list[str]:
        return [t.dep_ for t in self.doc] if self.like is None else list(self.like.dep)

    def set(self, token: int, head: int, dep: str) -> None:
        self.head[token], self.dep[token] = head, dep

    def children(self, i: int) -> list[int]:
        return [k for k, h in enumerate(self.head) if h == i and k != i]

    def replace(self, old: int, new: int) -> None:
        """Let `new` stand where `old` stood in the tree."""
        self.head[new] = new if self.head[old] == old else self.head[old]
        self.dep[new] = self.dep[old]

    def is_tree(self) -> bool:
        for i in range(len(self.head)):
            seen, node = 0, i
            while self.head[node] != node:
                node = self.head[node]
                seen += 1
                if seen > len(self.head):
                    return False
        return True

    def write(self) -> None:
        for i, (head, dep) in enumerate(zip(self.head, self.dep, strict=True)):
            token = self.doc[i]
            if token.head.i != head:
                token.head = self.doc[head]
            if token.dep_ != dep:
                token.dep_ = "ROOT" if head == i else dep
