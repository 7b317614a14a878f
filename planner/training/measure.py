"""Parsing scores on gold tokens: LAS, UAS, UPOS and lemma accuracy, and sentence-boundary F1.

Punctuation is left out of LAS and UAS; labels are compared whole, subtypes included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.training.corpus import Sentence, make_doc

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["measure"]


def measure(nlp: Language, sentences: list[Sentence], *, group: int = 1) -> dict[str, float]:
    """Scores in 0..1 of `nlp` on gold-tokenised sentences, `group` sentences to a document (1: sentence ends are given)."""
    from spacy.tokens import Doc

    golds = [make_doc(nlp, sentences[index : index + group]) for index in range(0, len(sentences), group)]
    blanks = [
        Doc(nlp.vocab, words=[token.text for token in gold], spaces=[bool(token.whitespace_) for token in gold])
        for gold in golds
    ]
    arcs = labelled = unlabelled = words = tags = lemmas = 0
    starts = found = right = 0
    for gold, predicted in zip(golds, nlp.pipe(blanks, batch_size=64), strict=True):
        for want, got in zip(gold, predicted, strict=True):
            words += 1
            tags += want.pos_ == got.pos_
            lemmas += want.lemma_ == got.lemma_
            starts += bool(want.is_sent_start)
            found += bool(got.is_sent_start)
            right += bool(want.is_sent_start and got.is_sent_start)
            if want.dep_ == "punct":
                continue
            arcs += 1
            if want.head.i == got.head.i:
                unlabelled += 1
                labelled += want.dep_ == got.dep_
    return {
        "las": labelled / arcs,
        "uas": unlabelled / arcs,
        "upos": tags / words,
        "lemma": lemmas / words,
        "sentence_f1": 2 * right / (starts + found),
    }
