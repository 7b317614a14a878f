"""Trees of tokens with gold tags: the nodes, the closed-class words, and the reading order.

Every phrase is a tree whose words come in reading order, so a sentence is projective and has one root by construction.
Labels and features follow UD English-EWT.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from planner.training.corpus import Sentence, Word

__all__ = [
    "FINITE",
    "FINITE_PLURAL",
    "Node",
    "adverb",
    "first_word",
    "function_word",
    "linearise",
    "participle_modifier",
    "particle",
    "preposition",
    "punct",
    "relative",
]

FINITE = "Mood=Ind|Number=Sing|Person=3|Tense=Pres|VerbForm=Fin"
FINITE_PLURAL = "Mood=Ind|Number=Plur|Person=3|Tense=Pres|VerbForm=Fin"


@dataclass(slots=True)
class Node:
    """A word with its dependents to the left and right, in reading order."""

    form: str
    lemma: str
    upos: str
    xpos: str
    feats: str = ""
    deprel: str = "root"
    left: list[Node] = field(default_factory=list)
    right: list[Node] = field(default_factory=list)
    glued: bool = False  # written without a space after it
    plural: bool = False

    def as_(self, deprel: str) -> Node:
        self.deprel = deprel
        return self


def linearise(root: Node) -> Sentence:
    """The words of a tree in reading order, with head indices."""
    order: list[Node] = []

    def visit(node: Node) -> None:
        for child in node.left:
            visit(child)
        order.append(node)
        for child in node.right:
            visit(child)

    visit(root)
    place = {id(node): index for index, node in enumerate(order)}
    heads = {id(child): place[id(node)] for node in order for child in (*node.left, *node.right)}
    words = [
        Word(n.form, n.lemma, n.upos, n.xpos, n.feats, heads.get(id(n), place[id(n)]), n.deprel, not n.glued)
        for n in order
    ]
    for before, after in pairwise(words):
        if after.upos == "PUNCT" and after.form in ".,;:)":
            before.space_after = False
    return words


def punct(form: str) -> Node:
    tags = {".": ".", ",": ",", ";": ",", "-": "HYPH", ":": ":", "(": "-LRB-", ")": "-RRB-"}
    return Node(form, form, "PUNCT", tags[form], "", "punct")


_FUNCTION: dict[str, tuple[str, str, str, str]] = {  # word: lemma, UPOS, XPOS, features
    "a": ("a", "DET", "DT", "Definite=Ind|PronType=Art"),
    "an": ("a", "DET", "DT", "Definite=Ind|PronType=Art"),
    "the": ("the", "DET", "DT", "Definite=Def|PronType=Art"),
    "another": ("another", "DET", "DT", "PronType=Ind"),
    "some": ("some", "DET", "DT", "PronType=Ind"),
    "each": ("each", "DET", "DT", "PronType=Tot"),
    "both": ("both", "DET", "DT", "PronType=Tot"),
    "this": ("this", "DET", "DT", "Number=Sing|PronType=Dem"),
    "and": ("and", "CCONJ", "CC", ""),
    "but": ("but", "CCONJ", "CC", ""),
    "or": ("or", "CCONJ", "CC", ""),
    "while": ("while", "SCONJ", "IN", ""),
    "before": ("before", "SCONJ", "IN", ""),
    "after": ("after", "SCONJ", "IN", ""),
    "until": ("until", "SCONJ", "IN", ""),
    "as": ("as", "SCONJ", "IN", ""),
    "by": ("by", "SCONJ", "IN", ""),
    "with": ("with", "SCONJ", "IN", ""),
    "without": ("without", "SCONJ", "IN", ""),
    "so": ("so", "SCONJ", "IN", ""),
    "that": ("that", "SCONJ", "IN", ""),
    "if": ("if", "SCONJ", "IN", ""),
    "once": ("once", "SCONJ", "IN", ""),
    "because": ("because", "SCONJ", "IN", ""),
    "when": ("when", "ADV", "WRB", "PronType=Int"),
    "to": ("to", "PART", "TO", ""),
    "not": ("not", "PART", "RB", "Polarity=Neg"),
    "there": ("there", "PRON", "EX", ""),
    "it": ("it", "PRON", "PRP", "Case=Nom|Gender=Neut|Number=Sing|Person=3|PronType=Prs"),
    "he": ("he", "PRON", "PRP", "Case=Nom|Gender=Masc|Number=Sing|Person=3|PronType=Prs"),
    "she": ("she", "PRON", "PRP", "Case=Nom|Gender=Fem|Number=Sing|Person=3|PronType=Prs"),
    "they": ("they", "PRON", "PRP", "Case=Nom|Number=Plur|Person=3|PronType=Prs"),
    "them": ("they", "PRON", "PRP", "Case=Acc|Number=Plur|Person=3|PronType=Prs"),
    "its": ("its", "PRON", "PRP$", "Case=Gen|Gender=Neut|Number=Sing|Person=3|Poss=Yes|PronType=Prs"),
    "their": ("their", "PRON", "PRP$", "Case=Gen|Number=Plur|Person=3|Poss=Yes|PronType=Prs"),
    "his": ("his", "PRON", "PRP$", "Case=Gen|Gender=Masc|Number=Sing|Person=3|Poss=Yes|PronType=Prs"),
    "her": ("her", "PRON", "PRP$", "Case=Gen|Gender=Fem|Number=Sing|Person=3|Poss=Yes|PronType=Prs"),
    "'s": ("'s", "PART", "POS", ""),
    "will": ("will", "AUX", "MD", "VerbForm=Fin"),
    "can": ("can", "AUX", "MD", "VerbForm=Fin"),
}  # fmt: skip
_RELATIVE = {
    "that": ("that", "PRON", "WDT", "PronType=Rel"),
    "which": ("which", "PRON", "WDT", "PronType=Rel"),
    "who": ("who", "PRON", "WP", "PronType=Rel"),
}


def function_word(form: str, deprel: str) -> Node:
    return Node(form, *_FUNCTION[form], deprel=deprel)


def relative(form: str, deprel: str) -> Node:
    return Node(form, *_RELATIVE[form], deprel=deprel)


def preposition(form: str) -> Node:
    return Node(form, form, "ADP", "IN", "", "case")


def adverb(form: str) -> Node:
    return Node(form, form, "ADV", "RB", "PronType=Dem" if form in {"then", "there", "now"} else "", "advmod")


def particle(form: str) -> Node:
    if form in {"over", "down", "up", "out", "off", "in"}:
        return Node(form, form, "ADP", "RP", "", "compound:prt")
    return adverb(form)


def participle_modifier(word: str) -> Node:
    if word.endswith("ing"):
        lemma = _PARTICIPLES.get(word, word)
        return Node(word, lemma, "VERB", "VBG", "VerbForm=Ger", "amod")
    return Node(word, _PARTICIPLES.get(word, word), "VERB", "VBN", "Tense=Past|VerbForm=Part|Voice=Pass", "amod")


_PARTICIPLES = {
    "spinning": "spin", "rolling": "roll", "falling": "fall", "moving": "move", "rotating": "rotate", "burning": "burn", "boiling": "boil", "melting": "melt",
    "running": "run", "flying": "fly", "swinging": "swing", "bouncing": "bounce", "flowing": "flow", "speeding": "speed", "crumpled": "crumple", "broken": "break",
    "folded": "fold", "lit": "light", "filled": "fill", "stacked": "stack", "inflated": "inflate", "frozen": "freeze", "polished": "polish", "suspended": "suspend",
    "tilted": "tilt", "cracked": "crack", "closed": "close", "sealed": "seal", "painted": "paint", "sliced": "slice", "peeled": "peel", "twisted": "twist",
    "stretched": "stretch", "coiled": "coil", "parked": "park",
}  # fmt: skip


def first_word(node: Node, index: int) -> str:
    """The first word after the left dependent `index` of `node`."""

    def first(n: Node) -> str:
        return first(n.left[0]) if n.left else n.form

    return first(node.left[index + 1]) if index + 1 < len(node.left) else node.form
