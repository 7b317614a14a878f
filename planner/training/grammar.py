"""Scene sentences with gold trees: whole sentences put together from the clauses, one method for each form of sentence."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from planner.training import inflection, vocabulary
from planner.training.corpus import Lexicon, Sentence
from planner.training.events import EventSentences
from planner.training.tree import Node, adverb, function_word, linearise, punct
from planner.training.verbs import base_form

__all__ = ["SceneGrammar", "check_tree"]

_SHOTS = ["close-up", "shot", "view", "video", "time-lapse", "timelapse", "clip", "photo", "scene", "slow-motion"]


class SceneGrammar(EventSentences):
    """Makes sentences without end. With `held_back`, the words and sentence forms that training never sees."""

    def __init__(self, lexicon: Lexicon, *, seed: int, held_back: bool = False) -> None:
        super().__init__(lexicon, rng=random.Random(seed), held_back=held_back)
        common: list[tuple[Callable[[], Node], float]] = [
            (self.plain, 17), (self.short, 9), (self.chain, 14), (self.fragment, 11), (self.passive_fragment, 4), (self.layout, 6), (self.existential, 3), (self.copular, 6),
            (self.imperative, 6), (self.shot, 5), (self.subjectless, 3), (self.starting, 5), (self.consequence, 12), (self.simultaneous, 10), (self.preposed, 7),
            (self.purpose, 4), (self.change, 5), (self.parallel, 6), (self.properties, 4), (self.release, 3), (self.causative, 3), (self.placed, 8), (self.inverted, 2), (self.before_doing, 7), (self.becoming, 2), (self.seen_doing, 2), (self.giving, 2), (self.command_shot, 2), (self.question, 1),
        ]  # fmt: skip
        unseen: list[tuple[Callable[[], Node], float]] = [
            (self.unseen_before_chain, 1), (self.unseen_passive_while, 1), (self.unseen_three_clauses, 1), (self.unseen_preposed_parallel, 1), (self.unseen_shot_consequence, 1),
        ]  # fmt: skip
        self.forms = unseen if held_back else common

    def sentences(self, count: int) -> list[Sentence]:
        """`count` sentences of 3 to 38 words, every one a checked tree."""
        made: list[Sentence] = []
        while len(made) < count:
            sentence = self._sentence()
            if 3 <= len(sentence) <= 38:
                check_tree(sentence)
                made.append(sentence)
        return made

    def _sentence(self) -> Sentence:
        self.headline = self.chance(0.27)
        self.tense = self.rng.choices(("present", "progressive", "past"), (75, 17, 8))[0]
        form = self.rng.choices([form for form, _ in self.forms], [weight for _, weight in self.forms])[0]
        root = form().as_("root")
        if self.chance(0.82):
            root.right.append(punct("."))
        words = linearise(root)
        if not self.chance(0.1):
            words[0].form = words[0].form[:1].upper() + words[0].form[1:]
        return words

    def inflections(self) -> Iterator[tuple[str, str, str]]:
        """(form, lemma, UPOS) of all the grammar's own nouns and verbs, for the lemmatizer."""
        nouns = {part for words in vocabulary.NOUNS.values() for word in words for part in word.split("_")}
        for noun in sorted(nouns - {"wooden", "soft", "hot", "golden", "polar", "red"}):
            yield noun, noun, "NOUN"
            if noun not in vocabulary.PLURAL_ONLY:
                yield inflection.plural(noun), noun, "NOUN"
        verbs = {base_form(verb) for frame in vocabulary.VERBS.values() for verb in frame[4].split()} | set(
            inflection.IRREGULAR_VERBS
        ) - {"be"}
        for verb in sorted(verbs):
            for form in (
                verb,
                inflection.third_person(verb),
                inflection.gerund(verb),
                inflection.past(verb),
                inflection.past_participle(verb),
            ):
                yield form, verb, "VERB"

    # -- simple sentences --------------------------------------------------------------------------------------------
    def plain(self) -> Node:
        return self.clause()

    def short(self) -> Node:
        """ "A rabbit doll falls.", "Ink spreads slowly.": little but the verb's form tells it from a noun compound."""
        kind = self.rng.choice(("solid", "solid", "solid", "fluid", "vehicle", "animal"))
        name = {"solid": "break" if self.chance(0.35) else "move", "fluid": "pour", "vehicle": "move", "animal": "go"}[
            kind
        ]
        subject = self.np(kind, depth=0, plural=self.chance(0.12)) if self.chance(0.85) else self.coordinated(kind)
        if self.chance(0.4) and subject.upos == "NOUN":
            compound = self.noun(self.lemma("solid fluid animal place").split("_")[-1]).as_("compound")
            subject.left.append(compound)
            self._fix_article(subject)
        node = self.verb(
            base_form(self.verb_lemma(name, False)), "VBP" if subject.plural else "VBZ", plural=subject.plural
        )
        node.left = [subject.as_("nsubj")]
        if self.chance(0.3):
            node.right.append(adverb(self.rng.choice(vocabulary.MANNERS)))
        elif self.chance(0.4):
            node.right.append(self._adjunct(vocabulary.VERBS[name][2], 0))
        return node

    def fragment(self) -> Node:
        """ "Wine pouring from a bottle": the noun is the root, the participle its acl."""
        kind = self.kind()
        node = self.subject(kind, depth=0)
        clause = self.bare("VBG", kind=kind)
        clause.feats = "VerbForm=Ger"
        node.right.append(clause.as_("acl"))
        if self.chance(0.2):
            self._follow(clause, kind)
        return node

    def passive_fragment(self) -> Node:
        """ "Potato squashed by a masher", "A cup being lowered onto a table"."""
        node = self.subject(self.rng.choice(("solid", "fluid", "cloth")), depth=0)
        clause = self.bare("VBN", passive=True)
        if self.chance(0.5):
            clause.left.insert(0, self.be(False, "aux:pass", form="being"))
        node.right.append(clause.as_("acl"))
        return node

    def layout(self) -> Node:
        """ "a cat in a box", "A red ball and a blue ball", "an apple on the top of a sandwich, front view"."""
        node = (
            self.coordinated("solid animal person vehicle container", depth=1)
            if self.chance(0.35)
            else self.np("solid animal person vehicle support")
        )
        if self.chance(0.75):
            place = self.pp()
            node.right.append(place.as_("nmod") if place.upos == "NOUN" else place)
        if self.chance(0.2):
            view = self.noun("view").as_("appos")
            view.left = [
                punct(","),
                self.noun(self.rng.choice(("front", "side", "top", "street", "eye"))).as_("compound"),
            ]
            node.right.append(view)
        elif self.chance(0.3):
            self.modify_with_clause(node)
        return node

    def existential(self) -> Node:
        node = self.subject("solid" if self.chance(0.6) else "animal", depth=1)
        be = self.be(node.plural, "root")
        be.upos = "VERB"
        be.left = [function_word("there", "expl")]
        if be.form == "is" and self.chance(0.25):
            be.form, be.left[0].glued = "'s", True
        be.right = [node.as_("nsubj")]
        place = self.pp(depth=1)
        be.right.append(place.as_("obl") if place.upos == "NOUN" else place)
        if self.chance(0.25):
            clause = self.bare("VBG")
            clause.feats = "VerbForm=Ger"
            node.right.append(clause.as_("acl"))
        elif self.chance(0.35):
            self._conjoin(be, self.clause(depth=0))
        return be

    def copular(self) -> Node:
        subject = self.subject(self.rng.choice(("solid", "animal", "support", "vehicle", "person", "body")), depth=1)
        roll = self.rng.random()
        if roll < 0.6:
            node = self.pp("on in near beside under above behind between inside at below off against", depth=1)
        elif roll < 0.85:
            node = self.adjective(self.rng.choice(self.adjectives))
            if self.chance(0.3):
                node.left.append(adverb(self.rng.choice(("very", "slightly", "still", "completely", "initially"))))
        else:
            node = self.np("solid animal", depth=1)
        node.left[:0] = [subject.as_("nsubj"), self.be(subject.plural, "cop")]
        if self.chance(0.25):
            self._conjoin(
                node, self.clause(subject=self._pronoun("animal", subject.plural) if self.chance(0.5) else None)
            )
        return node

    def imperative(self) -> Node:
        node = self._command()
        for _ in range(self.rng.choice((0, 0, 1, 1, 2))):
            self._chain_on(node, self._command())
        return node

    def _command(self) -> Node:
        node = self.bare("VB", kind="person")
        node.feats = "Mood=Imp|VerbForm=Fin"
        return node

    def subjectless(self) -> Node:
        """ "Stirring soup with a spoon."."""
        return self.bare("VBG", kind="person")

    def shot(self) -> Node:
        """ "A close-up of wine pouring into a glass", "The camera shows a ball rolling down a ramp"."""
        content = self.fragment()
        roll = self.rng.random()
        if roll < 0.5:
            node = self.noun(
                self.rng.choice(_SHOTS).split("-")[-1]
                if self.chance(0.5)
                else self.rng.choice(("video", "shot", "view", "clip", "timelapse", "scene"))
            )
            node.left = [] if self.headline else [function_word("a", "det")]
            if self.chance(0.4):
                node.left.append(
                    self.noun(self.rng.choice(("camera", "drone", "side", "street", "motion"))).as_("compound")
                )
            self._fix_article(node)
            node.right.append(self._with_case("of", content).as_("nmod"))
            return node
        subject = self.noun(self.rng.choice(("camera", "video", "timelapse", "scene", "shot")))
        subject.left = [function_word(self.rng.choice(("the", "a")), "det")]
        verb = self.finite(
            self.rng.choice(("show", "capture", "follow", "record", "film", "watch", "reveal", "track")), False
        )
        verb.left.insert(0, subject.as_("nsubj"))
        verb.right.append(content.as_("obj"))
        return verb

    def command_shot(self) -> Node:
        """ "Show a ball rolling down a ramp", "Create a video of two balls colliding"."""
        node = self.verb(
            self.rng.choice(("show", "simulate", "create", "generate", "make", "film", "imagine", "animate")), "VB"
        )
        node.feats = "Mood=Imp|VerbForm=Fin"
        node.right.append((self.fragment() if self.chance(0.7) else self.np("solid", depth=1)).as_("obj"))
        return node

    def question(self) -> Node:
        """ "What happens when a ball hits the floor?"."""
        what = Node("what", "what", "PRON", "WP", "PronType=Int", "nsubj")
        node = self.verb("happen", "VBZ")
        node.left = [what]
        node.right = [self._marked(self.rng.choice(("when", "if", "when", "after", "as")), self.clause(depth=0))]
        return node

    def before_doing(self) -> Node:
        """ "A ball bounces twice before coming to rest"."""
        node = self.clause(depth=0) if self.chance(0.7) else self.fragment()
        verb = node if node.upos == "VERB" else node.right[-1]
        clause = self._marked(
            self.rng.choice(("before", "before", "before", "after", "while")), self.bare("VBG", depth=0)
        )
        if self.chance(0.2):
            clause.left.insert(0, punct(","))
        verb.right.append(clause)
        return node

    def change(self) -> Node:
        """ "The leaf changes from green to yellow", "The rope turns into a snake"."""
        subject = self.subject("solid", depth=0)
        if self.chance(0.5):
            verb = self.finite(
                self.rng.choice(("change", "change", "go", "turn", "shift", "transform")), subject.plural
            )
            pool = vocabulary.COLOURS if self.chance(0.5) else self.adjectives
            for case in ("from", "to"):
                word = self.adjective(self.rng.choice(pool))
                verb.right.append(self._with_case(case, word).as_("obl"))
        else:
            verb = self.finite(
                self.rng.choice(("turn", "transform", "change", "morph", "melt", "evolve")), subject.plural
            )
            verb.right.append(self._with_case("into", self.np("solid fluid")).as_("obl"))
        verb.left.insert(0, subject.as_("nsubj"))
        return verb

    def properties(self) -> Node:
        """ "The ramp is 10 m long", "It has a mass of 2 kg", "a ball with a diameter of 5 cm rolls"."""
        subject = self.np("solid support", depth=0)
        roll = self.rng.random()
        if roll < 0.15:  # "as the temperature is 30°C", "The water reaches 130 °C"
            subject = self.noun(
                self.rng.choice(("temperature", "speed", "mass", "height", "angle", "pressure", "weight"))
            )
            subject.left = [function_word("the", "det")]
            if self.chance(0.4):
                subject.right.append(self._with_case("of", self.np("fluid solid", depth=0)).as_("nmod"))
            amount = self.measure("°C m kg m/s degrees cm W N km/h bar")
            if self.chance(0.5):
                node = self.finite(self.rng.choice(("reach", "exceed", "hit", "pass")), False)
                node.right.append(amount.as_("obj"))
            else:
                node = amount
                node.left.insert(0, self.be(False, "cop"))
            node.left.insert(0, subject.as_("nsubj"))
            if self.chance(0.5):
                main = self.clause(depth=0)
                main.right.append(self._marked(self.rng.choice(("as", "until", "when", "while")), node))
                return main
            return node
        if roll < 0.4:
            node = self.adjective(self.rng.choice(("long", "high", "tall", "wide", "deep", "thick")))
            node.left = [
                subject.as_("nsubj"),
                self.be(subject.plural, "cop"),
                self.measure("m cm meters feet km mm inches").as_("obl:unmarked"),
            ]
            return node
        quantity = self.noun(
            self.rng.choice(
                (
                    "mass",
                    "diameter",
                    "length",
                    "height",
                    "radius",
                    "temperature",
                    "speed",
                    "coefficient",
                    "conductivity",
                    "density",
                    "weight",
                    "velocity",
                )
            )
        )
        quantity.left = [function_word("a", "det")]
        if quantity.form == "coefficient":
            quantity.left.append(self.noun("friction").as_("compound"))
        if quantity.form == "conductivity":
            quantity.left.append(self.adjective("thermal"))
        self._fix_article(quantity)
        amount = (
            self.number(self.digits())
            if quantity.form == "coefficient"
            else self.measure("m cm kg g meters °C m/s kg/m³ W/(m·K) mm N degrees")
        )
        quantity.right.append(self._with_case("of", amount).as_("nmod"))
        if roll < 0.7:
            node = self._have(subject.plural)
            node.upos = "VERB"
            node.left, node.right = [subject.as_("nsubj")], [quantity.as_("obj")]
            return node
        subject.right.append(self._with_case("with", quantity).as_("nmod"))
        return self.clause(subject=subject, kind="solid")

    def inverted(self) -> Node:
        """ "On a table sits a vase.", "In the middle of the room is a chair."."""
        subject = self.subject("solid person animal", depth=1) if self.chance(0.3) else self.np("solid animal person")
        place = self.pp("on in near beside under behind between at inside", depth=0)
        if self.chance(0.65):
            verb = self.finite(self.rng.choice(("sit", "stand", "lie", "hang", "rest", "float")), subject.plural)
        else:
            verb = self.be(subject.plural, "root")
            verb.upos = "VERB"
        verb.left.insert(0, place.as_("obl") if place.upos == "NOUN" else place)
        verb.right.append(subject.as_("nsubj"))
        return verb

    # -- forms that only the held-back set has -----------------------------------------------------------------------
    def unseen_before_chain(self) -> Node:
        """ "Before rolling off the table, a ball hits a cup and spins, knocking it over."."""
        node = self.chain(length=1)
        front = self._marked("before", self.bare("VBG", depth=0))
        front.right.append(punct(","))
        node.left.insert(0, front)
        self._follow(node, "solid")
        return node

    def unseen_passive_while(self) -> Node:
        """ "A box is lifted by a crane while a man who ... pushes a cart; the cart tips over."."""
        node = self.clause(kind="solid", passive=True, depth=0)
        node.right.append(self._marked("while", self.clause(depth=1)))
        second = self.clause(depth=0)
        second.left.insert(0, punct(";"))
        node.right.append(second.as_("parataxis"))
        return node

    def unseen_three_clauses(self) -> Node:
        """Three clauses with different subjects."""
        node = self.clause(depth=0)
        for last in (False, True):
            clause = self.clause(depth=0)
            clause.left[:0] = [punct(","), function_word("and", "cc")] if last else [punct(",")]
            node.right.append(clause.as_("conj"))
        return node

    def unseen_preposed_parallel(self) -> Node:
        """ "When S, S, but S until S"."""
        node = self.parallel()
        front = self._marked("when", self.clause(depth=0))
        front.right.append(punct(","))
        node.left.insert(0, front)
        node.right.append(self._marked("until", self.clause(depth=0)))
        return node

    def unseen_shot_consequence(self) -> Node:
        """ "A video of a ball that ... rolling down a ramp, hitting a cup before falling."."""
        node = self.shot()
        target = node
        while target.right and target.right[-1].upos in {"NOUN", "VERB"}:
            target = target.right[-1]
            if target.upos == "VERB":
                break
        clause = self._marked("before", self.bare("VBG", depth=0))
        (target if target.upos == "VERB" else node).right.append(clause)
        return node


def check_tree(sentence: Sentence) -> None:
    """ValueError unless there is one root and every word reaches it."""
    roots = [index for index, word in enumerate(sentence) if word.head == index]
    if len(roots) != 1 or sentence[roots[0]].deprel != "root":
        raise ValueError(f"not one root: {' '.join(word.form for word in sentence)}")
    for index in range(len(sentence)):
        steps, here = 0, index
        while sentence[here].head != here:
            here, steps = sentence[here].head, steps + 1
            if steps > len(sentence):
                raise ValueError(f"a cycle: {' '.join(word.form for word in sentence)}")
