"""Noun and prepositional phrases of the scene grammar, over its own nouns and nouns borrowed from the treebank."""

from __future__ import annotations

import random
import zlib

from planner.training import inflection, vocabulary
from planner.training.corpus import Lexicon
from planner.training.tree import Node, adverb, first_word, function_word, participle_modifier, preposition, punct

__all__ = ["Phrases"]

_COMPARED = (
    ("larger", "large"),
    ("smaller", "small"),
    ("bigger", "big"),
    ("heavier", "heavy"),
    ("lighter", "light"),
    ("taller", "tall"),
    ("longer", "long"),
    ("largest", "large"),
    ("smallest", "small"),
    ("heaviest", "heavy"),
    ("lower", "low"),
    ("upper", "upper"),
)
_ORDINALS = (
    ("other", "Degree=Pos"),
    ("same", "Degree=Pos"),
    ("next", "Degree=Pos"),
    *((word, "Degree=Pos|NumForm=Word|NumType=Ord") for word in ("first", "second", "third")),
    ("last", "Degree=Pos"),
)


_SINGULAR_UNITS = {
    "meters": "meter",
    "feet": "foot",
    "inches": "inch",
    "seconds": "second",
    "minutes": "minute",
    "degrees": "degree",
}


class Phrases:
    """Noun and prepositional phrases over the scene vocabulary and nouns borrowed from the treebank."""

    def __init__(self, lexicon: Lexicon, *, rng: random.Random, held_back: bool) -> None:
        self.rng, self.lexicon, self.held_back = rng, lexicon, held_back
        self.headline = False  # drop articles
        self.nouns = {kind: self._allowed(words) for kind, words in vocabulary.NOUNS.items()}
        self.borrowed = self._allowed(lexicon.nouns) or self.nouns["solid"]
        self.adjectives = self._allowed(vocabulary.ADJECTIVES)
        self.borrowed_adjectives = self._allowed(lexicon.adjectives) or self.adjectives

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def _allowed(self, words: list[str]) -> list[str]:
        """Training never sees the reserved words; the held-back set takes three of them for each other word."""
        reserved = [word for word in words if zlib.crc32(word.encode()) % 17 == 3 and word not in vocabulary.CORE]
        rest = [word for word in words if word not in reserved]
        return rest if not self.held_back else rest + reserved * (3 * len(rest) // max(1, len(reserved)))

    # -- words -------------------------------------------------------------------------------------------------------
    def noun(self, lemma: str, *, plural: bool = False) -> Node:
        form = inflection.plural(lemma) if plural else lemma
        xpos, feats = ("NNS", "Number=Plur") if plural else ("NN", "Number=Sing")
        return Node(form, lemma, "NOUN", xpos, feats, plural=plural)

    def adjective(self, word: str) -> Node:
        return Node(word, word, "ADJ", "JJ", "Degree=Pos", "amod")

    def number(self, value: str, deprel: str = "nummod") -> Node:
        shape = "Digit" if value[0].isdigit() else "Word"
        return Node(value, value, "NUM", "CD", f"NumForm={shape}|NumType=Card", deprel)

    def digits(self) -> str:
        roll = self.rng.random()
        if roll < 0.5:
            return str(self.rng.randint(1, 20))
        return (
            str(self.rng.choice((25, 30, 45, 50, 60, 90, 100, 120, 200, 500, 1000)))
            if roll < 0.75
            else f"{self.rng.uniform(0, 12):.{self.rng.randint(1, 2)}f}"
        )

    def measure(self, units: str) -> Node:
        """ "10 m", "30lb", "two meters": a unit noun with its number."""
        unit = self.rng.choice(units.split())
        unit = _SINGULAR_UNITS.get(unit, unit)
        abbreviated = not (unit.isalpha() and (len(unit) > 3 or unit == "ton"))
        value = self.digits() if abbreviated or self.chance(0.5) else self.rng.choice(vocabulary.NUMBERS)
        node = self.noun(unit) if abbreviated else self.noun(unit, plural=value != "1")
        number = self.number(value)
        number.glued = abbreviated and self.chance(0.4)
        node.left.append(number)
        if self.chance(0.12):
            number.left.append(adverb(self.rng.choice(("approximately", "about", "nearly", "roughly", "exactly"))))
        return node

    def nonce(self) -> str:
        """A made-up word: what an unknown word is must be read from its ending and its place."""
        start = (
            self.rng.choice(vocabulary.NONCE_ONSETS)
            + self.rng.choice(vocabulary.NONCE_VOWELS)
            + self.rng.choice(vocabulary.NONCE_MIDDLES)
        )
        return start + self.rng.choice(vocabulary.NONCE_ENDINGS)

    # -- noun phrases ------------------------------------------------------------------------------------------------
    def lemma(self, kinds: str) -> str:
        kind = self.rng.choice(kinds.split())
        if kind in {
            "solid",
            "obstacle",
            "container",
            "support",
            "scenery",
            "cloth",
            "abstract",
            "piece",
        } and self.chance(0.3):
            return self.nonce() if self.chance(0.25) else self.rng.choice(self.borrowed)
        if kind == "fluid" and self.chance(0.1):
            return f"{self.rng.choice(self.nouns[kind])}_{self.rng.choice(vocabulary.FLUID_PARTS)}"
        return self.rng.choice(self.nouns[kind])

    def np(self, kinds: str, *, depth: int = 1, plural: bool | None = None, definite: bool | None = None) -> Node:
        """A noun phrase; `depth` bounds what hangs on it to the right."""
        lemma = "one" if self.chance(0.008) else self.lemma(kinds)
        if lemma == "someone":
            return Node("someone", "someone", "PRON", "NN", "Number=Sing|PronType=Ind")
        parts = lemma.split("_")
        mass = lemma in vocabulary.MASS or parts[-1] in vocabulary.MASS
        many = (self.chance(0.2) if plural is None else plural) and not mass
        if parts[-1] in vocabulary.PLURAL_ONLY:
            node = Node(parts[-1], parts[-1], "NOUN", "NNS", "Number=Ptan", plural=True)
            many = True
        else:
            node = self.noun(parts[-1], plural=many)
        thing = "person" not in kinds and "animal" not in kinds
        node.left = self._determiner(mass, many, definite) + self._premodifiers(material=thing)
        for part in parts[:-1]:
            known_adjective = (part in {"wooden", "concrete"} and part == "wooden") or part in {
                "soft",
                "hot",
                "golden",
                "polar",
                "red",
                "kinetic",
            }
            node.left.append(self.adjective(part) if known_adjective else self.noun(part).as_("compound"))
        self._fix_article(node)
        if depth > 0:
            self._postmodify(node, depth, many)
        return node

    def _determiner(self, mass: bool, many: bool, definite: bool | None) -> list[Node]:
        roll = self.rng.random()
        if definite is None and roll < 0.035:
            return [function_word(self.rng.choice(("its", "their", "his", "her")), "nmod:poss")]
        if definite is None and roll < 0.06:
            owner = self.noun(self.rng.choice(self.nouns["person"] + self.nouns["animal"]).split("_")[-1]).as_(
                "nmod:poss"
            )
            if owner.form == "someone":
                owner = self.noun("person").as_("nmod:poss")
            owner.glued = True
            owner.left, owner.right = (
                [function_word("the" if self.chance(0.6) else "a", "det")],
                [function_word("'s", "case")],
            )
            self._fix_article(owner)
            return [owner]
        bare = self.headline and self.chance(0.85)
        if many:
            if roll < 0.4:
                number = self.rng.choice(vocabulary.NUMBERS) if self.chance(0.8) else str(self.rng.randint(2, 30))
                head = [] if self.chance(0.8) else [function_word("the", "det")]
                return [*head, self.number(number)]
            if roll < 0.52:
                return [self.adjective(self.rng.choice(("several", "many", "multiple", "various", "few", "numerous")))]
            if roll < 0.56:
                return [function_word("a", "det"), self.adjective("few")]
            if roll < 0.585:
                return [function_word("both", "det")]
            return [] if bare or roll < 0.75 else [function_word("the", "det")]
        if definite or (definite is None and roll > 0.72 and not bare):
            return [function_word("the", "det")]
        if mass:
            return [function_word("some", "det")] if roll < 0.12 else []
        if bare:
            return []
        if roll > 0.69:
            if self.chance(0.2):
                return [function_word("each", "det")]
            return [function_word("another", "det")] if self.chance(0.5) else [self.number("one")]
        return [function_word("a", "det")]

    def _premodifiers(self, *, material: bool) -> list[Node]:
        nodes: list[Node] = []
        if self.chance(0.03):
            nodes.append(self._hyphenated())
        if self.chance(0.025):
            word, lemma = self.rng.choice(_COMPARED)
            nodes.append(
                Node(
                    word,
                    lemma,
                    "ADJ",
                    "JJR" if word.endswith("er") else "JJS",
                    "Degree=Cmp" if word.endswith("er") else "Degree=Sup",
                    "amod",
                )
            )
        elif self.chance(0.02):
            word, feats = self.rng.choice(_ORDINALS)
            nodes.append(Node(word, word, "ADJ", "JJ", feats, "amod"))
        if self.chance(0.17):
            pool = self.borrowed_adjectives if self.chance(0.35) else self.adjectives
            nodes.append(self.adjective(self.rng.choice(pool)))
            if self.chance(0.12):
                nodes[-1].left.append(
                    adverb(self.rng.choice(("very", "slightly", "highly", "partially", "completely")))
                )
            if self.chance(0.15):
                if self.chance(0.7):
                    nodes.append(punct(","))
                second = self.adjective(self.rng.choice(self.adjectives))
                nodes.append(second)
        if self.chance(0.035):
            word = self.rng.choice(vocabulary.MODIFIERS)
            nodes.append(participle_modifier(word))
        if self.chance(0.14):
            colour = self.adjective(self.rng.choice(vocabulary.COLOURS))
            if self.chance(0.12):
                nodes.append(self.adjective(self.rng.choice(("light", "dark", "bright", "pale", "deep"))))
            if self.chance(0.15):
                other = self.adjective(self.rng.choice(vocabulary.COLOURS)).as_("conj")
                other.left.append(function_word("and", "cc"))
                colour.right.append(other)
            nodes.append(colour)
        if material and self.chance(0.12):
            stuff = self.rng.choice(vocabulary.MATERIALS)
            nodes.append(self.adjective("wooden") if stuff == "wood" else self.noun(stuff).as_("compound"))
        elif self.chance(0.05):
            nodes.append(self.noun(self.rng.choice(self.borrowed)).as_("compound"))
        elif self.chance(0.025):
            unit = self.measure("lb kg g cm m mm inch liter meter pound ton V W")
            unit.form, unit.xpos, unit.feats = unit.lemma, "NN", "Number=Sing"
            if self.chance(0.4):
                unit.left[0].glued = True
                unit.left.append(punct("-"))
                unit.left[-1].glued = True
            nodes.append(unit.as_("compound"))
        # commas between adjectives hang on the later adjective
        for index, node in enumerate(nodes):
            if node.upos == "PUNCT" and index + 1 < len(nodes):
                nodes[index + 1].left.insert(0, node)
        return [node for node in nodes if node.upos != "PUNCT"]

    def _hyphenated(self) -> Node:
        first, second, upos = self.rng.choice(
            (("light", "colored", "ADJ"), ("dark", "colored", "ADJ"), ("fast", "moving", "VERB"), ("slow", "moving", "VERB"), ("well", "lit", "VERB"),
             ("bowl", "shaped", "ADJ"), ("heart", "shaped", "ADJ"), ("ice", "filled", "VERB"), ("water", "filled", "VERB"), ("metal", "like", "ADJ"), ("half", "full", "ADJ"), ("high", "speed", "NOUN"), ("low", "friction", "NOUN"))
        )  # fmt: skip
        if upos == "ADJ":
            node = Node(second, second, "ADJ", "JJ", "Degree=Pos", "amod")
        elif upos == "NOUN":
            node = self.noun(second).as_("compound")
        else:
            node = participle_modifier(second)
        if first in {"bowl", "heart", "ice", "water", "metal"}:
            head = self.noun(first).as_("obl:unmarked")
        elif first in {"well", "half", "fast", "slow"}:
            head = adverb(first)
        else:
            head = self.adjective(first)
        hyphen = punct("-")
        head.glued = hyphen.glued = True
        node.left = [head, hyphen]
        return node

    def _fix_article(self, node: Node) -> None:
        for index, child in enumerate(node.left):
            if child.lemma == "a" and child.upos == "DET":
                following = first_word(node, index)
                child.form = (
                    "an"
                    if following[:1].lower() in "aeio"
                    or (
                        following.startswith(("um", "up", "un", "ul", "8", "11", "18"))
                        and not following.startswith("uni")
                    )
                    else "a"
                )

    def _postmodify(self, node: Node, depth: int, many: bool) -> None:
        roll = self.rng.random()
        if roll < 0.07:
            place = self.pp(depth=depth - 1)
            node.right.append(place.as_("nmod") if place.upos == "NOUN" else place)
        elif roll < 0.09:
            inner = self.np("solid fluid", depth=0)
            node.right.append(self._with_case("of" if self.chance(0.5) else "with", inner).as_("nmod"))
        elif roll < 0.1:  # "a table with a duck on it"
            inner = self.np("solid part animal", depth=0)
            if self.chance(0.5):
                it = function_word("it", "nmod")
                it.feats = it.feats.replace("Nom", "Acc")
                inner.right.append(self._with_case(self.rng.choice(("on", "in", "inside", "around", "near")), it))
            node.right.append(self._with_case("with", inner).as_("nmod"))
        elif roll < 0.108:  # "a magnet (about 2 cm in diameter)"
            measure = self.measure("m cm kg g mm inches").as_("appos")
            measure.left.insert(0, punct("("))
            measure.left[0].glued = True
            if self.chance(0.5):
                measure.right.append(
                    self._with_case("in", self.noun(self.rng.choice(("diameter", "length", "height")))).as_("nmod")
                )
            measure.right.append(punct(")"))
            node.right.append(measure)
        elif roll < 0.125:  # "a ramp 10 m long", "a box 5 cm in diameter"
            measure = self.measure("m cm meters feet km inches mm")
            if self.chance(0.6):
                long = self.adjective(self.rng.choice(("long", "high", "tall", "wide", "deep", "thick")))
                long.left.append(measure.as_("obl:unmarked"))
                node.right.append(long)
            else:
                measure.right.append(
                    self._with_case(
                        "in", self.noun(self.rng.choice(("diameter", "length", "height", "radius", "width")))
                    ).as_("nmod")
                )
                node.right.append(measure.as_("nmod:unmarked"))

    def of_phrase(self, *, depth: int = 0) -> Node:
        """ "a pile of books", "two glasses of water"."""
        node = self.np("piece", depth=0)
        filled = self.np("fluid solid", depth=depth, plural=self.chance(0.5), definite=False)
        if not filled.plural and filled.lemma not in vocabulary.MASS and self.chance(0.8):
            filled.left = [child for child in filled.left if child.deprel != "det"]
        node.right.append(self._with_case("of", filled).as_("nmod"))
        return node

    def coordinated(self, kinds: str, *, depth: int = 0, third: float = 0.2) -> Node:
        """ "a ball and a box", "a ball, a box, and a cup": conj on the first."""
        first = self.np(kinds, depth=depth)
        others = [self.np(kinds, depth=depth) for _ in range(2 if self.chance(third) else 1)]
        for index, other in enumerate(others):
            last = index == len(others) - 1
            if last:
                other.left.insert(0, function_word("and", "cc"))
            if not last or (len(others) > 1 and self.chance(0.6)):
                other.left.insert(0, punct(","))
            first.right.append(other.as_("conj"))
        first.plural = True
        return first

    # -- prepositional phrases ---------------------------------------------------------------------------------------
    def _with_case(self, form: str, node: Node) -> Node:
        cases = [preposition(part) for part in form.split("_")]
        if form == "such_as":
            cases[1].deprel = "fixed"
        node.left[:0] = cases
        return node

    def pp(self, prepositions: str = "", *, depth: int = 0) -> Node:
        """A prepositional phrase; the caller labels it (obl or nmod)."""
        roll = self.rng.random()
        if roll < 0.16 or (roll < 0.5 and not prepositions):
            return self._place_of(depth)
        if roll < 0.2:
            node = adverb(self.rng.choice(("next", "close"))) if self.chance(0.8) else adverb("away")
            inner = self._with_case(
                "from" if node.form == "away" else "to", self.np("solid obstacle person", depth=depth)
            )
            node.right.append(inner.as_("obl"))
            return node
        form = self.rng.choice(prepositions.split() or list(vocabulary.PATHS))
        kinds = " ".join(vocabulary.PATHS.get(form, ["container"]))
        if form == "between" or self.chance(0.06):
            inner = (
                self.coordinated(kinds, third=0.0)
                if form != "between" or self.chance(0.5)
                else self.np(kinds, depth=0, plural=True)
            )
        elif self.chance(0.12):
            inner = self.of_phrase(depth=depth)
        else:
            inner = self.np(kinds, depth=depth)
        node = self._with_case(form, inner)
        if self.chance(0.04):
            node.left.insert(0, adverb(self.rng.choice(("directly", "right", "straight", "just", "halfway"))))
        return node

    def _place_of(self, depth: int) -> Node:
        form, article, noun = self.rng.choice(vocabulary.PLACES_OF).split("/")
        words = noun.split("-")
        node = self.noun(words[-1], plural=words[-1] == "ends")
        if words[-1] == "ends":
            node.lemma, node.form = "end", "ends"
        node.left = [preposition(form)]
        if article != "-":
            if article == "one":
                node.left.append(self.number("one"))
            else:
                node.left.append(function_word(article, "det"))
        node.left.extend(self.adjective(word) for word in words[:-1])
        if self.chance(0.9):
            node.right.append(
                self._with_case("of", self.np("solid support container obstacle place vehicle", depth=depth)).as_(
                    "nmod"
                )
            )
        return node
