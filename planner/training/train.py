"""Train the English pipeline on UD English-EWT mixed with grammar-made scene sentences, measure it and package it.

CPU only and seeded: the same treebank, seed, spaCy version and processor family give the same weights.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from planner.training.corpus import borrow_words, find_split, make_examples, read_conllu
from planner.training.grammar import SceneGrammar
from planner.training.lemmas import lemma_tables
from planner.training.measure import measure
from planner.training.package import package_pipeline
from planner.training.pipeline import blank_pipeline

if TYPE_CHECKING:
    from spacy.training import Example

__all__ = ["train_pipeline"]

SCENE_SENTENCES_PER_EPOCH = 8500
HELD_BACK_SENTENCES = 600
BATCH_WORDS = (300, 1500)
DROPOUT = 0.15
LEARN_RATE, WARM_UP_WORDS = 0.0012, 40_000


def train_pipeline(
    treebank: Path,
    output: Path,
    *,
    epochs: int = 10,
    seed: int = 7,
    scene_sentences: int = SCENE_SENTENCES_PER_EPOCH,
    say: Callable[[str], None] = print,
) -> dict[str, dict[str, float]]:
    """Train, measure on EWT dev and test and on held-back scene sentences, write the package to `output`, return the scores.

    Scene sentences are made anew for every epoch, so that the grammar's combinations are learned and not its sentences.
    """
    import spacy

    started = time.monotonic()
    spacy.util.fix_random_seed(seed)
    rng = random.Random(seed)
    splits = {split: list(read_conllu(find_split(treebank, split))) for split in ("train", "dev", "test")}
    lexicon = borrow_words(splits["train"])
    grammar = SceneGrammar(lexicon, seed=seed)
    held_back = SceneGrammar(lexicon, seed=seed + 1, held_back=True).sentences(HELD_BACK_SENTENCES)

    nlp = blank_pipeline()

    def epoch_examples() -> list[Example]:
        examples = make_examples(nlp, splits["train"], rng=rng)
        examples += make_examples(nlp, grammar.sentences(scene_sentences), rng=rng, longest=2)
        rng.shuffle(examples)
        return examples

    first = epoch_examples()
    optimizer = nlp.initialize(lambda: first)
    words_per_epoch = sum(len(example) for example in first)
    total = words_per_epoch * epochs
    seen = 0
    for epoch in range(epochs):
        losses: dict[str, float] = {}
        low, high = BATCH_WORDS
        batch_words = low + (high - low) * min(1.0, 4 * epoch / epochs)
        for batch in _batches(first if epoch == 0 else epoch_examples(), batch_words):
            optimizer.learn_rate = LEARN_RATE * min(1.0, seen / WARM_UP_WORDS + 0.1) * max(0.03, 1.0 - seen / total)
            nlp.update(batch, sgd=optimizer, drop=DROPOUT, losses=losses)
            seen += sum(len(example) for example in batch)
        with nlp.use_params(optimizer.averages):
            scores = measure(nlp, splits["dev"][::4]), measure(nlp, held_back[:200])
        say(
            f"epoch {epoch + 1}/{epochs}  {time.monotonic() - started:.0f} s  loss {losses.get('parser', 0):.0f}  "
            f"EWT dev LAS {scores[0]['las']:.3f}  scenes LAS {scores[1]['las']:.3f}"
        )
    with nlp.use_params(optimizer.averages):
        nlp.add_pipe("lemmatizer", config={"mode": "rule"}).initialize(  # type: ignore[attr-defined]
            lookups=lemma_tables(splits["train"], grammar.inflections())
        )
        report = {
            "ewt_dev": measure(nlp, splits["dev"]),
            "ewt_test": measure(nlp, splits["test"]),
            "ewt_test_running_text": measure(nlp, splits["test"], group=3),
            "scenes_held_back": measure(nlp, held_back),
        }
        nlp.meta.update(name="en_scene", version="1.0.0", license="CC BY-SA 4.0", performance=report)
        package_pipeline(nlp, output, treebank)
    say(json.dumps(report, indent=1))
    return report


def _batches(examples: list[Example], words: float) -> Iterator[list[Example]]:
    batch: list[Example] = []
    size = 0
    for example in examples:
        batch.append(example)
        size += len(example)
        if size >= words:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
