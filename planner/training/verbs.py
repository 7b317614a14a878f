"""Verbs of the scene grammar: inflected forms with their auxiliaries, and the choice of a verb for a subject."""

from __future__ import annotations

import random

from planner.training import inflection, vocabulary
from planner.training.corpus import Lexicon
from planner.training.phrases import Phrases
from planner.training.tree import FINITE, FINITE_PLURAL, Node, function_word

__all__ = ["Verbs", "base_form"]

_PASSIVE = "Tense=Past|VerbForm=Part|Voice=Pass"
_ACTIVE_PARTICIPLE = "Tense=Past|VerbForm=Part"


def base_form(entry: str) -> str:
    """The verb of a vocabulary entry: "collide_with" (its own preposition) and "put+on" (its own particle) are collide and put."""
    return entry.replace("+", "_").split("_")[0]


class Verbs(Phrases):
    """Verb forms; `tense` is set for each sentence."""

    def __init__(self, lexicon: Lexicon, *, rng: random.Random, held_back: bool) -> None:
        super().__init__(lexicon, rng=rng, held_back=held_back)
        self.tense = "present"
        self.verbs = {name: self._allowed(frame[4].split()) for name, frame in vocabulary.VERBS.items()}
        self.borrowed_verbs = {
            True: self._allowed([verb for verb in lexicon.transitive if verb not in {"have", "do", "let", "make"}]),
            False: self._allowed(
                [
                    verb
                    for verb in lexicon.intransitive
                    if verb not in {"be", "have", "do", "seem", "become", "want", "try"}
                ]
            ),
        }

    def verb(self, lemma: str, xpos: str, *, plural: bool = False, passive: bool = False) -> Node:
        forms = {
            "VBZ": inflection.third_person,
            "VBG": inflection.gerund,
            "VBD": inflection.past,
            "VBN": inflection.past_participle,
        }
        borrowed = self.lexicon.forms.get((lemma, xpos))
        form = lemma if xpos in {"VB", "VBP"} else forms[xpos](lemma)
        if borrowed and lemma not in inflection.IRREGULAR_VERBS and lemma not in self._own_verbs():
            form = borrowed
        feats = {
            "VBZ": FINITE,
            "VBP": FINITE_PLURAL,
            "VB": "VerbForm=Inf",
            "VBG": "Tense=Pres|VerbForm=Part",
            "VBD": f"Mood=Ind|Number={'Plur' if plural else 'Sing'}|Person=3|Tense=Past|VerbForm=Fin",
            "VBN": _PASSIVE if passive else _ACTIVE_PARTICIPLE,
        }[xpos]
        return Node(form, lemma, "VERB", xpos, feats, plural=plural)

    def _own_verbs(self) -> set[str]:
        if not hasattr(self, "_own"):
            self._own = {base_form(verb) for verbs in self.verbs.values() for verb in verbs}
        return self._own

    def be(self, plural: bool, deprel: str, *, form: str = "finite", get: bool = False) -> Node:
        if form == "being":
            return Node("being", "be", "AUX", "VBG", "Tense=Pres|VerbForm=Part", deprel)
        if form in {"be", "been"}:
            return Node(
                form,
                "be",
                "AUX",
                "VB" if form == "be" else "VBN",
                "VerbForm=Inf" if form == "be" else _ACTIVE_PARTICIPLE,
                deprel,
            )
        if get:
            word = ("get" if plural else "gets") if self.tense != "past" else "got"
            lemma = "get"
        elif self.tense == "past":
            word, lemma = ("were" if plural else "was"), "be"
        else:
            word, lemma = ("are" if plural else "is"), "be"
        feats = FINITE_PLURAL if plural else FINITE
        if self.tense == "past":
            return Node(word, lemma, "AUX", "VBD", feats.replace("Pres", "Past"), deprel)
        return Node(word, lemma, "AUX", "VBP" if plural else "VBZ", feats, deprel)

    def finite(self, lemma: str, plural: bool, *, passive: bool = False) -> Node:
        """A finite verb in the sentence's tense, with its auxiliaries."""
        roll = self.rng.random()
        if passive:
            node = self.verb(lemma, "VBN", passive=True)
            if roll < 0.15 and self.tense != "past":
                node.left = [self.be(plural, "aux"), self.be(plural, "aux:pass", form="being")]
            elif roll < 0.2:
                node.left = [self._have(plural), self.be(plural, "aux:pass", form="been")]
            elif roll < 0.25:
                node.left = [
                    function_word(self.rng.choice(("will", "can")), "aux"),
                    self.be(plural, "aux:pass", form="be"),
                ]
            else:
                node.left = [self.be(plural, "aux:pass", get=self.chance(0.06))]
        elif self.tense == "progressive" or roll < 0.03:
            node = self.verb(lemma, "VBG")
            node.left = [self.be(plural, "aux")]
        elif roll < 0.06:
            node = self.verb(lemma, "VB")
            node.left = [function_word(self.rng.choice(("will", "can")), "aux")]
        elif roll < 0.08:
            node = self.verb(lemma, "VBN")
            node.left = [self._have(plural)]
        elif roll < 0.1 and self.tense == "present":
            node = self.verb(lemma, "VB")
            do = Node(
                "do" if plural else "does",
                "do",
                "AUX",
                "VBP" if plural else "VBZ",
                FINITE_PLURAL if plural else FINITE,
                "aux",
            )
            node.left = [do, function_word("not", "advmod")]
        elif self.tense == "past":
            node = self.verb(lemma, "VBD", plural=plural)
        else:
            node = self.verb(lemma, "VBP" if plural else "VBZ", plural=plural)
        node.plural = plural
        return node

    def _have(self, plural: bool) -> Node:
        return Node(
            "have" if plural else "has",
            "have",
            "AUX",
            "VBP" if plural else "VBZ",
            FINITE_PLURAL if plural else FINITE,
            "aux",
        )

    def frame(self, subject_kind: str | None = None) -> tuple[str, str, bool]:
        """A verb class, a lemma of it, and whether it takes an object; the subject's kind narrows the choice."""
        names = [
            name for name, frame in vocabulary.VERBS.items() if subject_kind is None or subject_kind in frame[0].split()
        ]
        weights = {"move": 4, "handle": 4, "hit": 3, "go": 2, "pour": 2}
        name = self.rng.choices(names or ["move"], [weights.get(name, 1) for name in names or ["move"]])[0]
        transitive = bool(vocabulary.VERBS[name][1])
        return name, self.verb_lemma(name, transitive), transitive

    def verb_lemma(self, name: str, transitive: bool) -> str:
        """A lemma of the class, now and then a verb of the treebank or a made-up one."""
        if self.chance(0.2):
            return (
                self.nonce()
                if self.chance(0.3)
                else self.rng.choice(self.borrowed_verbs[transitive] or self.verbs[name])
            )
        return self.rng.choice(self.verbs[name])
