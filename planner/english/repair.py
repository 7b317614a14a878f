"""Mending the tree before it is read: known verbs that the tagger took for nouns.

Scene prompts are headlines: "Bottle topples off the table" has no determiner, and a treebank parser sees a noun compound. Where the
lexicon knows the word as a verb form and the clause has no other finite verb, the lexicon wins. Changes are made on a copy of the
tree (`Sketch`) and written back only where the result is still a tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english.knowledge import color_of, is_name, material_of, size_of, verb_forms_of, verb_of
from planner.english.reattach import RULES, is_finite
from planner.english.sketch import Sketch
from planner.english.tree import base

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

__all__ = ["scene_repair"]

FOLLOWERS = frozenset(["ADP", "ADV", "DET", "PRON", "PUNCT", "ADJ", "CCONJ", "SCONJ", "NUM", "PART"])
NOMINAL = frozenset(["NOUN", "PROPN", "PRON"])


def _clause(token: Token) -> list[Token]:
    """The tokens of the sentence between the punctuation marks around this one."""
    doc, first, last = token.doc, token.i, token.i
    start, end = token.sent.start, token.sent.end
    while first > start and not (doc[first - 1].pos_ == "PUNCT" and doc[first - 1].text not in ("-", "'")):
        first -= 1
    while last + 1 < end and not (doc[last + 1].pos_ == "PUNCT" and doc[last + 1].text not in ("-", "'")):
        last += 1
    return list(doc[first : last + 1])


def _is_hidden_verb(token: Token) -> bool:
    """A noun or adjective tag on a form that the lexicon knows as a third person or participle of a verb, in a verb's position."""
    if token.pos_ not in ("NOUN", "PROPN", "ADJ", "X"):
        return False
    lemma = verb_of(token.text)
    low = token.lower_
    if lemma is None or low == lemma or not (low.endswith("s") or low.endswith("ing")) or low.endswith("ss"):
        return False
    previous = token.doc[token.i - 1] if token.i > token.sent.start else None
    if previous is not None and previous.tag_ == "VBN" and verb_of(previous.text) is None:
        previous.pos_, previous.tag_ = "NOUN", "NN"  # "a bobsled": no verb that anybody knows
    if previous is not None and previous.pos_ == "ADJ" and _names_a_thing(previous):
        previous.pos_, previous.tag_ = "NOUN", "NN"  # "a steel cable swings"
    if previous is None or previous.pos_ not in ("NOUN", "PROPN", "PRON", "ADV", "ADJ", "NUM"):
        return False
    if (
        previous.pos_ in ("ADJ", "NUM")
        and previous.lower_ not in ("other", "one", "two", "three", "top")
        and any(t.pos_ in ("DET",) for t in token.doc[max(token.sent.start, token.i - 3) : token.i])
    ):
        return False
    follows = token.doc[token.i + 1] if token.i + 1 < token.sent.end else None
    object_follows = (
        follows is not None
        and low.endswith("s")
        and (
            follows.pos_ in ("NOUN", "PROPN")
            or (
                (follows.pos_ == "VERB" and is_name(follows.lower_) and not is_finite(follows))
                or _plural_thing(follows)
            )
        )
    )
    if follows is not None and follows.pos_ not in FOLLOWERS and not object_follows:
        return False
    if low.endswith("ing"):
        return follows is None or follows.pos_ in ("ADP", "ADV", "DET", "PUNCT", "PRON")
    clause = _clause(token)
    marks = [t.i for t in clause if t.pos_ == "SCONJ" and t.i < token.i]
    finite = [
        t
        for t in clause
        if is_finite(t)
        and (t.pos_ == "AUX" or verb_of(t.text) or t.i != token.i + 1)
        and (not marks or t.i > marks[-1])
        and not any(m.pos_ == "SCONJ" and token.i < m.i < t.i for m in clause)
        and not any(
            base(c) == "nsubj" and any(m.pos_ == "CCONJ" and token.i < m.i < c.i for m in clause) for c in t.children
        )
        and not (object_follows and follows is not None and t.i == follows.i)
    ]
    if not finite:
        return True
    joined = follows is not None and follows.lower_ in ("and", "then")  # "a top wobbles and falls over"
    return (
        joined
        and all(t.i > token.i for t in finite)
        and not any(base(c) == "nsubj" and c.i > token.i for t in finite for c in t.children)
    )


def _plural_thing(token: Token) -> bool:
    """ "rakes leaves into a heap": what could be a verb is the plural of a thing behind a verb with its own subject."""
    return token.pos_ == "VERB" and token.tag_ == "VBZ" and is_name(token.lower_)


def _names_a_thing(token: Token) -> bool:
    word = token.lower_
    return is_name(word) and color_of(word) is None and size_of(word) is None and material_of(word) is None


def _behind_preposition(noun: Token) -> bool:
    i = noun.i - 1
    while i > noun.sent.start and noun.doc[i].pos_ in ("DET", "ADJ", "NUM", "NOUN", "PROPN"):
        i -= 1
    return i >= noun.sent.start and noun.doc[i].pos_ == "ADP"


def _subject_of(token: Token) -> Token | None:
    """The nearest noun to the left within the clause that stands outside a prepositional phrase."""
    clause = [t for t in _clause(token) if t.i < token.i and t.pos_ in NOMINAL]
    for candidate in reversed(clause):
        if any(base(c) == "case" for c in candidate.children if c.i < candidate.i) or _behind_preposition(candidate):
            continue
        if candidate.i + 1 == token.i or token.doc[candidate.i + 1].pos_ in ("ADP", "ADV", "VERB", "NOUN", "PROPN"):
            return candidate
    return clause[-1] if clause else None


def _as_verb(token: Token) -> None:
    low = token.lower_
    token.pos_ = "VERB"
    token.tag_ = "VBG" if low.endswith("ing") else "VBZ" if low.endswith("s") else "VBP"
    token.lemma_ = verb_of(token.text) or low


def _promote(token: Token, sketch: Sketch) -> None:
    """Make the token the verb of its clause: the noun before it its subject, the phrases after it its dependents."""
    before = token.nbor(-1) if token.i else None
    if (
        before is not None
        and before.lower_ == "other"
        and before.i > token.sent.start
        and before.nbor(-1).lower_ == "the"
    ):
        before.pos_ = "NOUN"  # "while the other rolls away"
    subject = _subject_of(token)
    _as_verb(token)
    after = token.nbor(1) if token.i + 1 < len(token.doc) else None
    if after is not None and after.pos_ == "VERB" and (verb_of(after.text) is None or _plural_thing(after)):
        after.pos_, after.tag_ = (
            "NOUN",
            "NNS" if after.lower_.endswith("s") else "NN",
        )  # "soap washes grime off": one verb is enough
        if subject is not None:
            sketch.replace(after.i, token.i)
            for k in sketch.children(after.i):
                sketch.set(k, token.i, "obl" if base(token.doc[k]) in ("obl", "nmod") else token.doc[k].dep_)
            sketch.set(after.i, token.i, "obj")
    if subject is None:
        return
    s, v = subject.i, token.i
    below = {t.i for t in token.subtree}
    if s in below:
        pass  # the verb keeps its place
    elif v in {t.i for t in subject.subtree} or sketch.head[s] == s:
        sketch.replace(s, v)
    sketch.set(s, v, "nsubj")
    if sketch.head[v] == s or sketch.head[v] in {t.i for t in subject.subtree}:
        sketch.set(v, v, "ROOT")
    for k in sketch.children(v):
        child = token.doc[k]
        if k == s:
            continue
        if s < k < v - 1 and base(child) in ("det", "compound", "amod", "nummod", "case") and s < v - 1:
            sketch.set(k, v - 1, child.dep_)  # what belonged to the noun phrase that ends before the verb
        elif s < k < v and child.pos_ in NOMINAL:  # "a bottle full of water falls": the phrase between subject and verb
            mark = next((m for m in range(k, s, -1) if token.doc[m].pos_ == "ADP"), None)
            owner = mark - 1 if mark is not None and mark - 1 >= s else s
            sketch.set(k, owner, "nmod" if owner == s else "obl")
            if mark is not None:
                sketch.set(mark, k, "case")
        elif k < s and base(child) in ("compound", "amod", "det", "nummod", "nmod", "nsubj", "flat", "case"):
            sketch.set(k, s, "compound" if base(child) == "nsubj" else child.dep_)
        elif (
            k > v
            and base(child) in ("nmod", "appos", "compound", "flat", "list", "dep")
            and child.pos_ in (*NOMINAL, "NUM")
        ):
            sketch.dep[k] = "obl" if any(base(c) == "case" for c in child.children) else "obj"
    for k in sketch.children(s):
        after = token.doc[k]
        if (
            k > v
            and base(after) in ("nmod", "obl", "advmod", "punct", "acl", "conj", "advcl")
            and (base(after) != "conj" or after.pos_ == "VERB")
        ):
            sketch.set(k, v, {"nmod": "obl", "acl": "advcl"}.get(base(after), after.dep_))


def _hidden_conjunct(token: Token, sketch: Sketch) -> bool:
    """ "falls from a belt and scatters on the floor": a bare noun after "and" that is a verb form, with a phrase behind it."""
    doc = token.doc
    if token.pos_ not in ("NOUN", "PROPN") or token.i <= token.sent.start or verb_of(token.text) is None:
        return False
    before = doc[token.i - 1]
    if before.pos_ == "ADV" and before.i > token.sent.start:
        before = doc[before.i - 1]
    if before.lower_ not in ("and", "then", "but") or any(
        base(c) in ("det", "amod", "compound", "nummod", "case", "nmod:poss") for c in token.children
    ):
        return False
    follows = doc[token.i + 1] if token.i + 1 < token.sent.end else None
    if follows is not None and follows.pos_ not in ("ADP", "ADV", "DET", "PUNCT", "PRON", "SCONJ"):
        return False
    verbs = [
        t for t in doc[token.sent.start : token.i] if t.pos_ == "VERB" and (is_finite(t) or t.tag_ in ("VBN", "VBG"))
    ]
    if not verbs or (
        token.lower_ == verb_of(token.text) and is_name(token.lower_) and follows is not None and follows.pos_ != "ADP"
    ):
        return False
    leader = verbs[-1]
    if token.lower_ == verb_of(token.text) and (
        leader.tag_ == "VBZ" or any(t.lower_ == token.lower_ and t.i != token.i for t in doc)
    ):
        return False
    _as_verb(token)
    sketch.set(token.i, leader.i, "conj")
    for k in range(token.i + 1, token.sent.end):
        other = doc[k]
        if (
            base(other) in ("obl", "nmod", "obj", "advmod", "advcl")
            and sketch.head[k] < token.i
            and not any(t.pos_ == "VERB" and t.i not in (leader.i, token.i) for t in doc[token.i + 1 : k])
        ):
            marked = any(base(c) == "case" for c in other.children)
            sketch.set(
                k, token.i, other.dep_ if base(other) in ("advmod", "advcl", "obj") else "obl" if marked else other.dep_
            )
    return True


NO_NAMES = frozenset(["other", "same", "latter", "former", "rest", "first", "second", "last", "next", "only"])


def _substantive(token: Token) -> bool:
    """ "the red", "the other": an adjective that stands for a noun and is none."""
    return token.lower_ in NO_NAMES or color_of(token.text) is not None


def _retag(token: Token) -> None:
    """Parts of speech that the tree itself contradicts."""
    verbal = any(base(c) in ("nsubj", "obj", "aux") for c in token.children)
    determined = any(base(c) == "det" for c in token.children)
    before = token.doc[token.i - 1] if token.i > token.sent.start else None
    if token.lower_ == "times" and token.pos_ == "VERB" and before is not None and before.pos_ == "NUM":
        token.pos_, token.tag_, token.lemma_ = "NOUN", "NNS", "time"  # "swings three times"
    elif token.pos_ == "VERB" and token.tag_.startswith("NN") and not verbal:
        token.pos_ = "NOUN"  # the tagger and the morphologizer disagree
    elif token.pos_ == "VERB" and token.lower_.endswith("wise") and verb_of(token.text) is None:
        token.pos_, token.tag_ = "ADV", "RB"  # lengthwise
    elif (
        token.pos_ == "ADJ"
        and base(token) in ("nsubj", "obj")
        and determined
        and token.tag_ != "JJR"
        and not _substantive(token)
    ):
        token.pos_, token.tag_ = "NOUN", "NN"  # "a snowman melts"


def scene_repair(doc: Doc) -> Doc:
    """Component after the parser: see the module's text."""
    tokens = list(doc)
    for token in tokens:
        _retag(token)
    for token in tokens:
        if _is_hidden_verb(token):
            sketch = Sketch(doc)
            _promote(token, sketch)
            if sketch.is_tree():
                sketch.write()
    tree = Sketch(doc)
    for rule in (_hidden_conjunct, *RULES):
        for token in tokens:
            if not _may_apply(token):
                continue
            attempt = Sketch(doc, like=tree)
            if rule(token, attempt) and attempt.is_tree():
                attempt.write()
                tree = Sketch(doc)
    for token in tokens:
        if token.pos_ != "VERB":
            continue
        options = verb_forms_of(token.text)
        if options and token.lemma_ not in options:
            token.lemma_ = options[0]
        elif not options and token.lemma_.endswith(("ing", "es", "ed")) and len(token.lemma_) > 5:
            token.lemma_ = _stem(token.lemma_)
    return doc


def _may_apply(token: Token) -> bool:
    return token.pos_ not in ("PUNCT", "SPACE", "AUX")


def _stem(form: str) -> str:
    if form.endswith("ing"):
        stem = form[:-3]
        return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz" else stem
    return form[:-1] if form.endswith(("ed", "es")) else form
