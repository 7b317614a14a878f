"""Tables of the rule lemmatizer: suffix rules, the lemmas they may reach, and exceptions read from the treebank.

The tables travel inside the packaged pipeline (spaCy's own rule lemmatizer for English), so loading needs no code of ours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.training.corpus import Sentence

if TYPE_CHECKING:
    from spacy.lookups import Lookups

__all__ = ["RULES", "apply_rules", "lemma_tables"]

_DOUBLED = "bdgklmnprtvz"
_KEEP_E = (
    "at",
    "iz",
    "yz",
    "uc",
    "rc",
    "nc",
    "lv",
    "rv",
    "ov",
    "iv",
    "av",
    "uv",
    "dg",
    "ng",
    "rg",
    "ag",
    "bl",
    "pl",
    "tl",
    "dl",
    "gl",
    "fl",
    "zl",
    "ur",
    "ir",
    "os",
    "us",
    "is",
    "ut",
    "ib",
    "ok",
    "ak",
)

# Order matters only for lemmas that the index does not know: then the first rule that fits is taken.
RULES: dict[str, list[tuple[str, str]]] = {
    "noun": [("men", "man"), ("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("zes", "ze"), ("ves", "f"), ("ves", "fe"), ("oes", "o"), ("es", "e"), ("es", ""), ("s", "")],
    "verb": [
        ("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("zzes", "zz"), ("oes", "o"),
        *((c + c + end, c) for c in _DOUBLED for end in ("ing", "ed")),
        *((stem + end, stem + "e") for stem in _KEEP_E for end in ("ing", "ed")),
        ("ied", "y"), ("ing", ""), ("ed", ""), ("ing", "e"), ("ed", "e"), ("es", "e"), ("es", ""), ("s", ""), ("", ""),
    ],
    "adj": [("iest", "y"), ("ier", "y"), *((c + c + end, c) for c in _DOUBLED for end in ("er", "est")), ("er", ""), ("est", ""), ("er", "e"), ("est", "e"), ("", "")],
    "adv": [("ier", "y"), ("", "")],
    # Without a rule spaCy returns a closed-class word as it is written, capital included.
    **{pos: [("", "")] for pos in ("adp", "aux", "cconj", "det", "intj", "num", "part", "pron", "sconj")},
}  # fmt: skip
# A pair of glasses is rare in scenes, a tray of drinking glasses is not.
_PREFERRED = {("NOUN", "glasses"): "glass", ("NOUN", "scissors"): "scissors", ("NOUN", "waters"): "water"}


def apply_rules(form: str, pos: str, index: set[str]) -> str:
    """The lemma that the rules alone give for a lower-case form, as spaCy's rule lemmatizer computes it."""
    known: list[str] = []
    unknown: list[str] = []
    for old, new in RULES.get(pos, []):
        if form.endswith(old):
            lemma = form[: len(form) - len(old)] + new
            if lemma in index:
                known.insert(0, lemma)
            elif lemma:
                (unknown if lemma.isalpha() else known).append(lemma)
    return (known or unknown or [form])[0]


def lemma_tables(sentences: Iterable[Sentence], extra: Iterable[tuple[str, str, str]]) -> Lookups:
    """Lookups for the rule lemmatizer from gold sentences and `extra` triples (form, lemma, UPOS) of the scene vocabulary."""
    from spacy.lookups import Lookups

    seen: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        for word in sentence:
            if "Typo" not in word.feats and word.upos not in {"PROPN", "PUNCT", "X", "SYM"}:
                seen[word.upos, word.form.lower()][word.lemma] += 1
    for form, lemma, upos in extra:
        seen[upos, form.lower()][lemma] += 3
    for key, lemma in _PREFERRED.items():
        seen[key][lemma] += 1000
    index: dict[str, set[str]] = defaultdict(set)
    for (upos, _), lemmas in seen.items():
        pos = upos.lower()
        if pos in RULES:
            index[pos].update(lemma for lemma in lemmas if lemma.isalpha() and lemma.islower())
    exceptions: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for (upos, form), lemmas in sorted(seen.items()):
        pos, lemma = upos.lower(), lemmas.most_common(1)[0][0]
        predicted = apply_rules(form, pos, index[pos]) if pos in RULES else form
        if predicted != lemma:
            exceptions[pos][form] = [lemma]
    lookups = Lookups()
    lookups.add_table("lemma_rules", {pos: [list(rule) for rule in rules] for pos, rules in RULES.items()})
    lookups.add_table("lemma_index", {pos: sorted(lemmas) for pos, lemmas in sorted(index.items())})
    lookups.add_table("lemma_exc", {pos: dict(forms) for pos, forms in sorted(exceptions.items())})
    return lookups
