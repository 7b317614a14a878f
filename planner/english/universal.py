"""Trees in the label scheme of larger English pipelines (ClearNLP: dobj, prep, pobj, nsubjpass) turned into Universal Dependencies.

The components that read a scene ask for UD relations. Function words become dependents of content words: a preposition marks its
noun (`pobj` under `prep` becomes `obl` or `nmod` with a `case`), a copula marks its predicate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english.sketch import Sketch

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["speaks_clear", "to_universal"]

RENAMED = {
    "dobj": "obj", "nsubjpass": "nsubj:pass", "csubjpass": "csubj:pass", "auxpass": "aux:pass", "prt": "compound:prt", "relcl": "acl:relcl", "poss": "nmod:poss",
    "nn": "compound", "npadvmod": "obl", "dative": "iobj", "oprd": "xcomp", "predet": "det:predet", "preconj": "cc:preconj", "quantmod": "advmod", "neg": "advmod",
    "possessive": "case", "num": "nummod", "number": "nummod", "complm": "mark", "nmod": "nmod", "pcomp": "advcl", "intj": "discourse", "meta": "dep",
}  # fmt: skip


def speaks_clear(nlp: Language) -> bool:
    """Whether the parser of a pipeline uses ClearNLP labels."""
    return "parser" in nlp.pipe_names and bool({"dobj", "pobj", "nsubjpass"} & set(nlp.get_pipe("parser").labels))  # type: ignore[attr-defined]


def to_universal(doc: Doc) -> Doc:
    """Component: rewrites heads and labels where they are ClearNLP's; a tree in UD is left as it is."""
    if not any(t.dep_ in ("dobj", "pobj", "nsubjpass", "auxpass", "prep", "attr", "acomp") for t in doc):
        return doc
    sketch = Sketch(doc)
    for token in doc:
        if token.dep_ == "pobj":
            mark = token.head
            while mark.head.dep_ == "prep" and mark.dep_ == "prep":  # "out of the pipe": both words mark the noun
                sketch.set(mark.i, token.i, "case")
                mark = mark.head
            owner = mark.head
            agent = mark.dep_ == "agent"
            verbal = owner.pos_ in ("VERB", "AUX", "ADJ", "ADV")
            sketch.set(token.i, owner.i, "obl:agent" if agent else "obl" if verbal else "nmod")
            sketch.set(mark.i, token.i, "case")
    for token in doc:
        predicate = next((c for c in token.children if c.dep_ in ("attr", "acomp")), None)
        if predicate is not None and token.lemma_ == "be":
            sketch.replace(token.i, predicate.i)
            for k in sketch.children(token.i):
                if k != predicate.i:
                    sketch.set(k, predicate.i, sketch.dep[k])
            sketch.set(token.i, predicate.i, "cop")
    sketch.dep[:] = [RENAMED.get(dep, dep) for dep in sketch.dep]
    if sketch.is_tree():
        sketch.write()
    return doc
