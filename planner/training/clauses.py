"""Clauses of the scene grammar: who does what to what, how, along which path."""

from __future__ import annotations

from planner.training import vocabulary
from planner.training.tree import Node, adverb, function_word, particle, preposition, punct, relative
from planner.training.verbs import Verbs, base_form

__all__ = ["Clauses"]

# Verbs whose particle may stand before the object ("knocks over a cup"); elsewhere "over a cup" is a path.
_PARTICLE_FIRST = {
    *(
        "knock",
        "tip",
        "throw",
        "push",
        "flip",
        "pick",
        "blow",
        "topple",
        "set",
        "put",
        "take",
        "cut",
        "tear",
        "lift",
        "bring",
    ),
    *(
        "pull",
        "hold",
        "hand",
        "break",
        "open",
        "fold",
        "pass",
        "pour",
        "spill",
        "mix",
        "heat",
        "hang",
        "wipe",
        "peel",
        "shake",
        "smash",
    ),
}
_RESULTS = (
    "into/pieces",
    "in/half",
    "in/two",
    "into/fragments",
    "into/shards",
    "into/halves",
    "to/pieces",
    "apart",
    "open",
)
_TIMES = (
    "at/the/same/time",
    "in/slow/motion",
    "in/the/air",
    "in/a/circle",
    "from/left/to/right",
    "in/mid-air",
    "at/rest",
    "at/high/speed",
    "at/once",
    "in/a/straight/line",
    "in/circles",
    "under/water",
)


class Clauses(Verbs):
    """Verb phrases and clauses over the verb classes of the vocabulary."""

    # -- what follows the verb ---------------------------------------------------------------------------------------
    def complements(
        self, node: Node, name: str, lemma: str, transitive: bool, *, passive: bool = False, depth: int = 1
    ) -> Node:
        """Hang object, particle, adverbs, paths and measures on the verb, in an order that English allows."""
        _, objects, prepositions, particles, _ = vocabulary.VERBS[name]
        after: list[Node] = []
        own_preposition = lemma.split("_")[1] if "_" in lemma else ""
        use_particle = bool(particles) and self.chance(0.7 if name == "knock" else 0.16) and not own_preposition
        part = particle(self.rng.choice(particles.split())) if use_particle else None
        if "+" in lemma:
            part = Node(own := lemma.split("+")[1], own, "ADP", "RP", "", "compound:prt")
        if own_preposition and not passive:
            after.append(self._with_case(own_preposition, self.np(objects, depth=depth)).as_("obl"))
        elif transitive and not passive and part is None and self.chance(0.04):
            pass  # the object is left unsaid: "A gun sprays with water"
        elif transitive and not passive:
            target = self._object(objects, depth)
            early = (
                (lemma in _PARTICLE_FIRST or "+" in lemma)
                if part is not None and part.deprel == "compound:prt"
                else part is not None and part.form == "away"
            )
            if part is not None and target.upos == "NOUN" and early and self.chance(0.65):
                after += [part, target]
            elif part is not None:
                after += [target, part]
            else:
                after.append(target)
            part = None
        elif transitive and own_preposition:
            after.append(Node(own_preposition, own_preposition, "ADP", "IN", "", "obl"))
        if part is not None:
            after.append(part)
        if self.chance(0.16):
            adverbial = adverb(self.rng.choice(vocabulary.MANNERS))
            if self.chance(0.45) and adverbial.form.endswith("ly"):
                node.left.append(adverbial)
            else:
                after.append(adverbial)
        if (name == "break" and self.chance(0.35)) or self.chance(0.03):
            after.append(self._fixed_phrase(self.rng.choice(_RESULTS)))
        if self.chance(0.012):
            after.append(adverb("upside"))
            after[-1].right.append(adverb("down"))
        paths = 1 if self.chance(0.68) else 0
        paths += self.chance(0.22)
        for _ in range(paths):
            after.append(self._adjunct(prepositions, depth))
        if passive and self.chance(0.22):
            agent = self.np(vocabulary.VERBS[name][0] if self.chance(0.5) else "solid", depth=0)
            after.insert(self.rng.randint(0, min(1, len(after))), self._with_case("by", agent).as_("obl:agent"))
        if self.chance(0.13):
            after.append(self._measured(node))
        node.right.extend(after)
        return node

    def _object(self, kinds: str, depth: int) -> Node:
        roll = self.rng.random()
        if roll < 0.06:
            return function_word("them", "obj") if roll < 0.02 else self._accusative()
        if roll < 0.067:
            plural = self.chance(0.4)
            form, lemma, feats = (
                ("themselves", "themselves", "Number=Plur")
                if plural
                else ("itself", "itself", "Gender=Neut|Number=Sing")
            )
            return Node(form, lemma, "PRON", "PRP", f"Case=Acc|{feats}|Person=3|PronType=Prs|Reflex=Yes", "obj")
        if roll < 0.08:
            return self._reciprocal("obj")
        if roll < 0.16:
            return self.coordinated(kinds).as_("obj")
        if roll < 0.26:
            return self.of_phrase(depth=0).as_("obj")
        node = self.np(kinds, depth=depth)
        if depth > 0 and self.chance(0.1):
            self.modify_with_clause(node)
        return node.as_("obj")

    def _accusative(self) -> Node:
        node = function_word("it", "obj")
        node.feats = node.feats.replace("Nom", "Acc")
        return node

    def _reciprocal(self, deprel: str) -> Node:
        node = Node("each", "each", "DET", "DT", "PronType=Rcp", deprel)
        node.right.append(Node("other", "other", "ADJ", "JJ", "Degree=Pos", "fixed"))
        return node

    def _adjunct(self, prepositions: str, depth: int) -> Node:
        if self.chance(0.03):
            return self._with_case(
                self.rng.choice(("into", "toward", "towards", "against", "from")), self._reciprocal("obl")
            )
        node = self.pp(prepositions if self.chance(0.85) else "", depth=depth)
        if node.upos == "NOUN":
            node.deprel = "obl"
            inner = node.right[-1] if node.right and node.right[-1].deprel == "nmod" else node
            if self.chance(0.1 if inner is not node else 0.07 * depth) and inner.upos == "NOUN":
                self.modify_with_clause(inner)  # "on top of a mug placed on a table"
        return node

    def _fixed_phrase(self, text: str) -> Node:
        *words, last = text.split("/")
        if not words:
            return adverb(last)
        plural = last.endswith("s") and last not in {"focus"}
        lemma = {
            "pieces": "piece",
            "fragments": "fragment",
            "shards": "shard",
            "halves": "half",
            "circles": "circle",
            "times": "time",
        }.get(last, last)
        node = Node(last, lemma, "NOUN", "NNS" if plural else "NN", "Number=Plur" if plural else "Number=Sing", "obl")
        if last == "two":
            node = self.number("two", "obl")
        if "left" in words:  # from left to right
            other = self.noun("left").as_("obl")
            other.left = [preposition("from")]
            node.left = [preposition("to")]
            node.left.insert(0, other)
            other.deprel = "nmod"
            return node
        for word in words:
            if word in {"at", "in", "into", "to", "under", "from"}:
                node.left.append(preposition(word))
            elif word in {"a", "the"}:
                node.left.append(function_word(word, "det"))
            else:
                node.left.append(self.adjective(word))
        return node

    def _measured(self, verb: Node) -> Node:
        """ "three times", "at 2 m/s", "from a height of 2 m", "for 3 seconds", "back and forth"."""
        roll = self.rng.random()
        if roll < 0.15:
            node = self.noun("time", plural=True).as_("obl:unmarked")
            node.left = (
                [self.number(self.rng.choice(("two", "three", "four", "five", "3", "2", "ten")))]
                if self.chance(0.8)
                else [self.adjective(self.rng.choice(("several", "many", "multiple")))]
            )
            return node
        if roll < 0.25:
            node = adverb(self.rng.choice(("back", "up", "round")))
            other = adverb({"back": "forth", "up": "down", "round": "round"}[node.form]).as_("conj")
            other.left = [function_word("and", "cc")]
            node.right = [other]
            return node
        if roll < 0.5:
            node = self._with_case(
                self.rng.choice(("at", "from", "for", "after", "to")),
                self.measure("m/s km/h m cm seconds s degrees °C meters mph minutes rpm feet"),
            )
            if self.chance(0.2):
                node.right.append(adverb(self.rng.choice(("high", "away"))))
            return node.as_("obl")
        if roll < 0.62:
            node = self.measure("m cm meters feet inches meter km")
            if self.chance(0.5):
                above = self._with_case(
                    self.rng.choice(("above", "below", "from", "across")),
                    self.np("ground support", depth=0, definite=True),
                )
                above.left.insert(0, node.as_("obl:unmarked"))
                return above.as_("obl")
            return node.as_("obl:unmarked")
        if roll < 0.8:
            height = self.noun(
                self.rng.choice(("height", "speed", "distance", "angle", "temperature", "velocity", "rate"))
            ).as_("obl")
            height.left = [preposition(self.rng.choice(("from", "at", "to"))), function_word("a", "det")]
            if self.chance(0.3):
                height.left.append(self.adjective(self.rng.choice(("great", "high", "low", "constant", "small"))))
            self._fix_article(height)
            if self.chance(0.6):
                height.right.append(
                    self._with_case("of", self.measure("m cm meters m/s km/h degrees °C feet")).as_("nmod")
                )
            return height
        return self._fixed_phrase(self.rng.choice(_TIMES))

    # -- clauses -----------------------------------------------------------------------------------------------------
    def subject(self, kind: str, *, depth: int = 1) -> Node:
        roll = self.rng.random()
        if roll < (0.22 if self.headline else 0.12):
            return self.coordinated(kind)
        if roll < 0.28 and roll > 0.22 and kind in {"solid", "fluid", "abstract"}:
            return self.of_phrase()
        node = self.np(kind, depth=depth)
        if depth > 0 and self.chance(0.17):
            self.modify_with_clause(node, commas=self.chance(0.25))
        if self.chance(0.025) and node.plural:
            one = self.number("one")
            one.deprel = "root"
            node.left = [child for child in node.left if child.deprel not in {"det", "nummod", "nmod:poss"}]
            node.left.insert(0, function_word("the", "det"))
            one.right.append(self._with_case("of", node).as_("nmod"))
            one.plural = False
            return one
        return node

    def kind(self) -> str:
        return self.rng.choices(
            ("solid", "person", "animal", "fluid", "vehicle", "body", "scenery", "cloth"), (9, 4, 2, 2, 2, 0.8, 1, 0.7)
        )[0]

    def clause(
        self, *, subject: Node | None = None, kind: str | None = None, depth: int = 1, passive: bool | None = None
    ) -> Node:
        """A finite clause with its subject."""
        kind = kind or self.kind()
        narrow = kind if kind in {"solid", "person", "animal", "fluid", "vehicle", "body", "scenery"} else "solid"
        name, lemma, transitive = self.frame(narrow)
        if kind in {"solid", "fluid", "cloth", "body"} and (self.chance(0.3) if passive is None else passive):
            name = self.rng.choice(
                ("handle", "handle", "knock", "heat", "hit") if kind != "fluid" else ("liquid", "handle", "heat")
            )
            lemma = self.verb_lemma(name, True)
            transitive, passive = True, True
        else:
            passive = False
        subject = subject or self.subject(kind, depth=depth)
        node = self.finite(base_form(lemma), subject.plural, passive=passive)
        node.left.insert(0, subject.as_("nsubj:pass" if passive else "nsubj"))
        if self.chance(0.07):
            node.left.insert(1, adverb(self.rng.choice(("then", "slowly", "suddenly", "quickly", "gently", "finally"))))
        return self.complements(node, name, lemma, transitive, passive=passive, depth=depth)

    def bare(self, xpos: str, *, kind: str | None = None, depth: int = 1, passive: bool = False) -> Node:
        """A subjectless verb phrase: VBG ("pouring wine"), VB ("pour wine"), VBN ("poured over a plate"), VBZ for chains."""
        name, lemma, transitive = self.frame(
            kind if kind in {"solid", "person", "animal", "fluid", "vehicle", "body", "scenery"} else None
        )
        if passive and not transitive:
            name = self.rng.choice(("handle", "knock", "heat", "liquid"))
            lemma, transitive = self.verb_lemma(name, True), True
        node = self.verb(base_form(lemma), xpos, passive=passive)
        return self.complements(node, name, lemma, transitive, passive=passive, depth=depth)

    def modify_with_clause(self, node: Node, *, commas: bool = False) -> None:
        """A participle or relative clause after a noun: "hanging from a rope", "filled with water", "that rolls down"."""
        roll = self.rng.random()
        if roll < 0.35:
            clause = self.bare("VBG", kind="solid", depth=0)
            clause.feats = "VerbForm=Ger"
            node.right.append(clause.as_("acl"))
        elif roll < 0.65:
            if self.chance(0.5):
                verb, case = self.rng.choice(
                    (
                        "fill/with",
                        "make/of",
                        "cover/with",
                        "attach/to",
                        "suspend/from",
                        "connect/to",
                        "place/on",
                        "surround/by",
                        "tie/to",
                        "mount/on",
                        "support/by",
                        "separate/by",
                        "build/from",
                        "balance/on",
                        "hang/from",
                        "fill/with",
                        "lean/against",
                        "form/by",
                        "hold/by",
                        "cover/in",
                    )
                ).split("/")
                clause = self.verb(verb, "VBN", passive=True)
                if self.chance(0.12):
                    clause.left.append(
                        adverb(self.rng.choice(("half", "partially", "completely", "loosely", "tightly")))
                    )
                inner = self.np("solid fluid support", depth=0)
                clause.right.append(self._with_case(case, inner).as_("obl:agent" if case == "by" else "obl"))
            else:
                clause = self.bare("VBN", passive=True, depth=0)
            if commas:
                clause.left.insert(0, punct(","))
                clause.right.append(punct(","))
            node.right.append(clause.as_("acl"))
        elif roll < 0.72:  # "the ball that the boy throws", "a cup a man is holding", "a room where a cat sleeps"
            how = self.rng.choice(("that", "which", "", "where", "from", "on", "in", "through"))
            name = self.rng.choice(("handle", "hit"))
            lemma = self.rng.choice([verb for verb in self.verbs[name] if verb.isalpha()])
            person = self.np("person animal", depth=0)
            clause = self.finite(lemma, person.plural)
            clause.left.insert(0, person.as_("nsubj"))
            if how == "where":
                clause.right.append(self._object("solid", 0))
                clause.left.insert(0, Node("where", "where", "ADV", "WRB", "PronType=Rel", "advmod"))
            elif how in {"from", "on", "in", "through"}:  # "a bowl in which a boy places an egg"
                which = relative("which", "obl")
                which.left = [preposition(how)]
                clause.right.append(self._object("solid", 0))
                clause.left.insert(0, which)
            elif how:
                clause.left.insert(0, relative(how, "obj"))
            if self.chance(0.4):
                clause.right.append(self._adjunct("", 0))
            node.right.append(clause.as_("acl:relcl"))
        elif roll < 0.77:  # "that is on a wooden surface", "which is red"
            clause = (
                self.pp("on in near under above", depth=0)
                if self.chance(0.6)
                else self.adjective(self.rng.choice(self.adjectives))
            )
            clause.left[:0] = [relative(self.rng.choice(("that", "which")), "nsubj"), self.be(node.plural, "cop")]
            node.right.append(clause.as_("acl:relcl"))
        else:
            pronoun = self.rng.choice(("that", "that", "which")) if node.upos == "NOUN" else "that"
            if node.lemma in self.nouns["person"] and self.chance(0.7):
                pronoun = "who"
            hold, self.tense = self.tense, self.rng.choice((self.tense, "present"))
            clause = self.clause(subject=self._relative(pronoun, node.plural), kind="solid", depth=0)
            self.tense = hold
            if self.chance(0.1):
                second = self.bare("VBP" if node.plural else "VBZ", kind="solid", depth=0)
                second.left.insert(0, function_word("and", "cc"))
                clause.right.append(second.as_("conj"))
            if self.chance(0.2):
                clause.left.insert(0, punct(","))
            node.right.append(clause.as_("acl:relcl"))

    def _relative(self, form: str, plural: bool) -> Node:
        node = relative(form, "nsubj")
        node.plural = plural
        return node
