"""Treebank reading: CoNLL-U (plain or .xz) to gold `Doc` objects, and the words that the scene grammar borrows.

Universal Dependencies, https://universaldependencies.org/format.html; the treebank is UD English-EWT (CC BY-SA 4.0).
"""

from __future__ import annotations

import lzma
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scenes.errors import UserError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.training import Example

__all__ = ["Lexicon", "Sentence", "Word", "borrow_words", "find_split", "make_doc", "make_examples", "read_conllu"]


@dataclass(slots=True)
class Word:
    """One token with its gold analysis. `head` is a 0-based index into the sentence; the root points at itself."""

    form: str
    lemma: str
    upos: str
    xpos: str
    feats: str
    head: int
    deprel: str
    space_after: bool = True


Sentence = list[Word]


def find_split(folder: Path, split: str) -> Path:
    """The CoNLL-U file of `split` ("train", "dev" or "test") in `folder`; UserError when there is none."""
    found = sorted(path for path in Path(folder).glob(f"*{split}*.conllu*") if path.suffix in {".conllu", ".xz"})
    if not found:
        raise UserError(
            f"No *{split}*.conllu or .conllu.xz file in {folder}: --treebank wants the UD English-EWT folder."
        )
    return found[0]


def read_conllu(path: Path) -> Iterator[Sentence]:
    """Yield the sentences of a CoNLL-U file; multiword lines and empty nodes are left out, surface spacing is kept."""
    opener = lzma.open if Path(path).suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        rows: list[list[str]] = []
        for raw in lines:
            line = raw.rstrip("\n")
            if line.startswith("#"):
                continue
            if line:
                rows.append(line.split("\t"))
            elif rows:
                yield _sentence(rows)
                rows = []
        if rows:
            yield _sentence(rows)


def _sentence(rows: list[list[str]]) -> Sentence:
    words: Sentence = []
    glued_until, last_glued_space = 0, True
    for row in rows:
        if "-" in row[0]:  # a multiword token such as don't: its parts are written together
            glued_until = int(row[0].split("-")[1])
            last_glued_space = "SpaceAfter=No" not in row[9]
            continue
        if "." in row[0]:
            continue
        index = int(row[0])
        if index < glued_until:
            space = False
        elif index == glued_until:
            space = last_glued_space
        else:
            space = "SpaceAfter=No" not in row[9]
        head = int(row[6])
        feats = "" if row[5] == "_" else row[5]
        words.append(Word(row[1], row[2], row[3], row[4], feats, head - 1 if head else index - 1, row[7], space))
    return words


def make_doc(nlp: Language, sentences: Iterable[Sentence]) -> Doc:
    """One gold `Doc` of one or more sentences, with sentence starts set."""
    from spacy.tokens import Doc

    words: list[Word] = []
    heads: list[int] = []
    starts: list[bool | int | None] = []
    for sentence in sentences:
        offset = len(words)
        words.extend(sentence)
        heads.extend(word.head + offset for word in sentence)
        starts.extend(index == 0 for index in range(len(sentence)))
    return Doc(
        nlp.vocab,
        words=[word.form for word in words],
        spaces=[word.space_after for word in words],
        tags=[word.xpos for word in words],
        pos=[word.upos for word in words],
        morphs=[word.feats for word in words],
        lemmas=[word.lemma for word in words],
        heads=heads,
        deps=["ROOT" if word.deprel == "root" else word.deprel for word in words],
        sent_starts=starts,
    )


def make_examples(nlp: Language, sentences: list[Sentence], *, rng: random.Random, longest: int = 3) -> list[Example]:
    """Training examples of 1..`longest` consecutive sentences on gold tokens, so that sentence ends are learned too."""
    from spacy.tokens import Doc
    from spacy.training import Example

    examples: list[Example] = []
    index = 0
    while index < len(sentences):
        size = rng.randint(1, longest)
        gold = make_doc(nlp, sentences[index : index + size])
        blank = Doc(nlp.vocab, words=[token.text for token in gold], spaces=[bool(token.whitespace_) for token in gold])
        examples.append(Example(blank, gold))
        index += size
    return examples


@dataclass(slots=True)
class Lexicon:
    """Words that the scene grammar borrows from the treebank, and inflected forms by (lemma, xpos)."""

    nouns: list[str] = field(default_factory=list)
    adjectives: list[str] = field(default_factory=list)
    adverbs: list[str] = field(default_factory=list)
    transitive: list[str] = field(default_factory=list)
    intransitive: list[str] = field(default_factory=list)
    forms: dict[tuple[str, str], str] = field(default_factory=dict)


def _plain(text: str) -> bool:
    return text.isascii() and text.isalpha() and text.islower() and len(text) > 2


def borrow_words(sentences: Iterable[Sentence]) -> Lexicon:
    """Collect common nouns, adjectives, manner adverbs and verbs (by whether they take objects) seen at least twice."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    forms: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    objects: Counter[str] = Counter()
    for sentence in sentences:
        for word in sentence:
            lemma = word.lemma
            if "Typo" in word.feats or not _plain(lemma):
                continue
            if word.form.isascii() and word.form.isalpha():
                forms[lemma, word.xpos][word.form.lower()] += 1
            if word.xpos in {"NN", "NNS"} and word.upos == "NOUN":
                counts["noun"][lemma] += 1
            elif word.upos == "ADJ" and word.xpos == "JJ":
                counts["adj"][lemma] += 1
            elif word.upos == "ADV" and lemma.endswith("ly"):
                counts["adv"][lemma] += 1
            elif word.upos == "VERB":
                counts["verb"][lemma] += 1
        for word in sentence:
            if word.deprel in {"obj", "nsubj:pass"}:
                objects[sentence[word.head].lemma] += 1
    verbs = [verb for verb, count in counts["verb"].items() if count >= 2]
    return Lexicon(
        nouns=sorted(noun for noun, count in counts["noun"].items() if count >= 2 and noun not in counts["adj"]),
        adjectives=sorted(word for word, count in counts["adj"].items() if count >= 3),
        adverbs=sorted(word for word, count in counts["adv"].items() if count >= 2),
        transitive=sorted(verb for verb in verbs if objects[verb] >= 0.4 * counts["verb"][verb]),
        intransitive=sorted(verb for verb in verbs if objects[verb] <= 0.3 * counts["verb"][verb]),
        forms={key: forms_of.most_common(1)[0][0] for key, forms_of in sorted(forms.items())},
    )
