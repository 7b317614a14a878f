"""Several events in one scene sentence: chains, consequences, simultaneous and purposive clauses."""

from __future__ import annotations

from planner.training import vocabulary
from planner.training.clauses import Clauses
from planner.training.tree import Node, adverb, function_word, punct
from planner.training.verbs import base_form

__all__ = ["EventSentences"]


class EventSentences(Clauses):
    """Sentence forms with more than one event, and the ways of joining clauses."""

    def _pronoun(self, kind: str, plural: bool) -> Node:
        form = "they" if plural else self.rng.choice(("he", "she", "they")) if kind == "person" else "it"
        node = function_word(form, "nsubj")
        node.plural = form == "they"
        return node

    def _chain_on(self, first: Node, verb: Node) -> None:
        """Add a conjunct with "and", ", then" or a comma before it."""
        roll = self.rng.random()
        head: list[Node] = []
        if roll < 0.5:
            head = [function_word("and", "cc")]
            if self.chance(0.25):
                head.append(adverb("then"))
        elif roll < 0.75:
            head = [punct(","), adverb("then")]
        elif roll < 0.95:
            head = [punct(","), function_word("and", "cc")]
            if self.chance(0.5):
                head.append(adverb(self.rng.choice(("then", "finally", "slowly", "suddenly"))))
        else:
            head = [punct(","), function_word("but", "cc")]
        verb.left[:0] = head
        first.right.append(verb.as_("conj"))

    def _same_subject(self, plural: bool, kind: str) -> Node:
        """A finite verb phrase without its own subject, for chains."""
        passive = kind in {"solid", "fluid"} and self.chance(0.12)
        if passive and self.chance(0.4):  # "is lifted and dropped": the auxiliary is shared
            return self.bare("VBN", passive=True, depth=0)
        bare_kind = kind if kind in {"solid", "person", "animal", "fluid", "vehicle", "body", "scenery"} else "solid"
        if passive:
            name = self.rng.choice(("handle", "knock", "heat"))
            lemma, transitive = self.rng.choice(self.verbs[name]), True
        else:
            name, lemma, transitive = self.frame(bare_kind)
        node = self.finite(base_form(lemma), plural, passive=passive)
        return self.complements(node, name, lemma, transitive, passive=passive, depth=0)

    def chain(self, *, length: int | None = None) -> Node:
        """ "A ball rolls off the table, bounces twice, and comes to rest"."""
        kind = self.kind()
        subject = self.subject(kind, depth=1 if self.chance(0.3) else 0)
        plural = subject.plural
        node = self.clause(subject=subject, kind=kind, depth=0, passive=False if self.chance(0.8) else None)
        count = length or self.rng.choice((1, 1, 2, 2, 3))
        if count == 1:
            self._chain_on(node, self._same_subject(plural, kind))
            return node
        for index in range(count):
            verb = self._same_subject(plural, kind)
            head = [punct(",")]
            if index == count - 1:
                head = [punct(","), function_word("and", "cc")] if self.chance(0.7) else [function_word("and", "cc")]
            if self.chance(0.15):
                head.append(adverb("then"))
            verb.left[:0] = head
            node.right.append(verb.as_("conj"))
        return node

    def _conjoin(self, first: Node, second: Node) -> None:
        """Join two full clauses: ", and", ";", ", then" (parataxis without a conjunction, as EWT has it)."""
        roll = self.rng.random()
        if roll < 0.5:
            head = [punct(",")] if self.chance(0.75) else []
            head.append(function_word("and" if self.chance(0.88) else "but", "cc"))
            if self.chance(0.15):
                head.append(adverb("then"))
            second.left[:0] = head
            first.right.append(second.as_("conj"))
        else:
            head = [punct(";")] if roll < 0.75 else [punct(","), adverb("then")]
            second.left[:0] = head
            first.right.append(second.as_("parataxis"))

    def parallel(self) -> Node:
        """Two clauses, the second often with a pronoun for the first's subject."""
        kind = self.kind()
        subject = self.subject(kind, depth=0)
        first = self.clause(subject=subject, kind=kind, depth=0)
        if self.chance(0.05):
            both = Node(
                word := self.rng.choice(("both", "all", "each")),
                word,
                "DET",
                "DT",
                "PronType=Tot",
                "nsubj",
                plural=word != "each",
            )
            self._conjoin(first, self.clause(subject=both, kind=kind, depth=0))
            return first
        if self.chance(0.06):
            some = Node("some", "some", "DET", "DT", "PronType=Ind", "nsubj", plural=True)
            others = Node("others", "other", "NOUN", "NNS", "Number=Plur", "nsubj", plural=True)
            second, third = (self.clause(subject=pronoun, kind=kind, depth=0) for pronoun in (some, others))
            third.left[:0] = [punct(",")] + ([function_word("and", "cc")] if self.chance(0.4) else [])
            second.right.append(third.as_("conj"))
            self._conjoin(first, second)
            return first
        second = (
            self.clause(subject=self._pronoun(kind, subject.plural), kind=kind, depth=0)
            if self.chance(0.45)
            else self.clause(depth=0)
        )
        if self.chance(0.35):
            self._chain_on(second, self._same_subject(second.plural, kind))
        self._conjoin(first, second)
        return first

    def _follow(self, verb: Node, kind: str) -> None:
        """A consequence after a comma: ", hitting the wall", ", causing it to fall", ", the ball rolling away"."""
        roll = self.rng.random()
        if roll < 0.45:
            clause = self.bare("VBG", kind=kind, depth=0)
        elif roll < 0.6:
            clause = self._causing("VBG")
        elif roll < 0.75:
            clause = self.verb(
                self.rng.choice(
                    ("create", "leave", "show", "make", "form", "reveal", "produce", "demonstrate", "cause", "send")
                ),
                "VBG",
            )
            target = self.np("abstract", depth=0)
            if self.chance(0.4):
                inner = self.np("solid", depth=0, definite=True)
                target.right.append(self._with_case("of", inner).as_("nmod"))
                if self.chance(0.5):
                    clause.right.append(target.as_("obj"))
                    clause.right.append(self._marked("as", self.clause(depth=0)))
                    target = None  # type: ignore[assignment]
            if target is not None:
                clause.right.append(target.as_("obj"))
        elif roll < 0.8:
            clause = self._becoming("VBG")
        elif roll < 0.83:  # "the dent visible on its side", "with its lid open"
            clause = self.adjective(
                self.rng.choice(
                    (
                        "visible",
                        "open",
                        "closed",
                        "upright",
                        "flat",
                        "high",
                        "low",
                        "still",
                        "visible",
                        "tight",
                        "full",
                        "intact",
                    )
                )
            )
            clause.left = [self.np("abstract body part solid", depth=0, definite=True).as_("nsubj")]
            if self.chance(0.5):
                clause.left.insert(0, function_word("with", "mark"))
            if self.chance(0.5):
                place = self._adjunct("on in against above under", 0)
                clause.right.append(place)
        else:
            clause = self.bare("VBG", kind="solid", depth=0)
            subject = self.np("solid body fluid abstract", depth=0, definite=True if self.chance(0.6) else None)
            clause.left.insert(0, subject.as_("nsubj"))
            if self.chance(0.4):
                clause.left.insert(0, function_word("with", "mark"))
                if self.chance(0.5):
                    verb.right.append(clause.as_("advcl"))
                    return
        if self.chance(0.15):
            second = self.bare("VBG", kind=kind, depth=0)
            second.left[:0] = [function_word("and", "cc")] if self.chance(0.7) else [punct(","), adverb("then")]
            clause.right.append(second.as_("conj"))
        if not (roll < 0.6 and self.chance(0.15)):
            clause.left.insert(0, punct(","))
        verb.right.append(clause.as_("advcl"))

    def _becoming(self, xpos: str, plural: bool = False) -> Node:
        """ "leaving it dry", "turning the water red", "remaining upright", "keeping the box steady": an adjective as xcomp."""
        state = self.adjective(self.rng.choice(self.adjectives + vocabulary.COLOURS)).as_("xcomp")
        if self.chance(0.5):
            node = self.verb(self.rng.choice(("leave", "turn", "make", "keep", "hold", "paint")), xpos, plural=plural)
            node.right = [self._accusative() if self.chance(0.3) else self.np("solid fluid", depth=0).as_("obj"), state]
        else:
            node = self.verb(
                self.rng.choice(("turn", "become", "remain", "stay", "go", "stand", "sit", "lie", "look", "grow")),
                xpos,
                plural=plural,
            )
            node.right = [state]
        return node

    def becoming(self) -> Node:
        """ "The water turns red", "A man keeps the box steady"."""
        subject = self.subject(self.rng.choice(("solid", "fluid", "person", "scenery")), depth=0)
        past = self.tense == "past"
        node = self._becoming("VBD" if past else "VBP" if subject.plural else "VBZ", subject.plural)
        node.left.insert(0, subject.as_("nsubj"))
        if self.chance(0.3):
            node.right.append(self._marked_clause())
        return node

    def seen_doing(self) -> Node:
        """ "A ball is seen rolling down the ramp", "A cat watches a bird fly", "A box is left standing"."""
        inner = self.bare("VBG", kind="solid", depth=1)
        inner.feats = "VerbForm=Ger"
        subject = self.subject(self.kind(), depth=0)
        node = self.finite(
            self.rng.choice(("see", "show", "leave", "film", "catch", "find")), subject.plural, passive=True
        )
        node.left.insert(0, subject.as_("nsubj:pass"))
        node.right.append(inner.as_("xcomp"))
        return node

    def giving(self) -> Node:
        """ "A man hands a boy a ball", "One person gives a cup to another person"."""
        giver, taker = self.np("person", depth=0), self.np("person animal", depth=0)
        gift = self.np("solid", depth=0).as_("obj")
        node = self.finite(
            self.rng.choice(("give", "hand", "throw", "pass", "toss", "show", "offer", "bring", "roll")), giver.plural
        )
        node.left.insert(0, giver.as_("nsubj"))
        node.right = [taker.as_("iobj"), gift] if self.chance(0.35) else [gift, self._with_case("to", taker).as_("obl")]
        return node

    def _causing(self, xpos: str, plural: bool = False) -> Node:
        """ "causing the tower to fall", "sending it flying", "making the water boil", "letting it drop"."""
        verb, complement = self.rng.choice(
            (
                "cause/to",
                "cause/to",
                "cause/to",
                "allow/to",
                "force/to",
                "send/ing",
                "leave/ing",
                "make/bare",
                "let/bare",
                "watch/ing",
                "set/ing",
                "help/bare",
                "get/to",
            )
        ).split("/")
        node = self.verb(verb, xpos, plural=plural)
        target = self._accusative() if self.chance(0.3) else self.np("solid person fluid", depth=0)
        inner = self.bare("VBG" if complement == "ing" else "VB", kind="solid", depth=0)
        if complement == "to":
            inner.left.insert(0, function_word("to", "mark"))
        elif complement == "ing":
            inner.feats = "VerbForm=Ger"
        node.right = [target.as_("obj"), inner.as_("xcomp")]
        return node

    def causative(self) -> Node:
        subject = self.subject(self.rng.choice(("solid", "person", "scenery")), depth=0)
        if self.tense == "past":
            node = self._causing("VBD", subject.plural)
        else:
            node = self._causing("VBP" if subject.plural else "VBZ", subject.plural)
        node.left.insert(0, subject.as_("nsubj"))
        return node

    def consequence(self) -> Node:
        kind = self.kind()
        node = self.clause(kind=kind, depth=0)
        self._follow(node, kind)
        return node

    def _marked(self, mark: str, clause: Node) -> Node:
        clause.left.insert(0, function_word(mark, "advmod" if mark == "when" else "mark"))
        return clause.as_("advcl")

    def _marked_clause(self) -> Node:
        roll = self.rng.random()
        if roll < 0.55:
            kind = self.kind()
            subject = self._pronoun(kind, self.chance(0.2)) if self.chance(0.4) else None
            mark = self.rng.choice(
                (
                    "as",
                    "as",
                    "as",
                    "while",
                    "while",
                    "when",
                    "when",
                    "until",
                    "after",
                    "before",
                    "once",
                    "because",
                    "if",
                )
            )
            return self._marked(mark, self.clause(subject=subject, kind=kind, depth=0))
        return self._marked(
            self.rng.choice(("while", "while", "before", "before", "after", "by", "without")), self.bare("VBG", depth=0)
        )

    def simultaneous(self) -> Node:
        """ "... as it hits the floor", "... while spinning", "... before falling off the table"."""
        node = self.clause(depth=0) if self.chance(0.7) else self.chain(length=1)
        clause = self._marked_clause()
        if self.chance(0.2):
            clause.left.insert(0, punct(","))
        node.right.append(clause)
        return node

    def preposed(self) -> Node:
        """ "As the ball falls, ...", "In a kitchen, ...", "After hitting the wall, ..."."""
        node = self.clause(depth=0)
        roll = self.rng.random()
        if roll < 0.6:
            front = self._marked_clause()
        elif roll < 0.85:
            front = self.pp("in on at inside under near", depth=0)
            front.deprel = "obl" if front.upos == "NOUN" else "advmod"
        elif roll < 0.97:
            front = adverb(
                self.rng.choice(("then", "suddenly", "slowly", "finally", "next", "afterwards", "eventually"))
            )
        else:
            front = self._fixed_phrase("in/slow/motion")
        if self.chance(0.9):
            front.right.append(punct(","))
        node.left.insert(0, front)
        return node

    def purpose(self) -> Node:
        """ "A knife is used to cut bread", "A man uses a lever to lift a stone", "... so that it rolls"."""
        roll = self.rng.random()
        inner = self.bare("VB", kind="person", depth=0)
        inner.left.insert(0, function_word("to", "mark"))
        if roll < 0.4:
            subject = self.subject("solid", depth=0)
            node = self.finite("use", subject.plural, passive=True)
            node.left.insert(0, subject.as_("nsubj:pass"))
        elif roll < 0.8:
            subject = self.subject("person", depth=0)
            node = (
                self.finite("use", subject.plural)
                if self.chance(0.5)
                else self.clause(subject=subject, kind="person", depth=0)
            )
            if node.lemma == "use" and not any(child.deprel == "nsubj" for child in node.left):
                node.left.insert(0, subject.as_("nsubj"))
                node.right.append(self.np("solid", depth=0).as_("obj"))
        else:
            node = self.clause(depth=0)
            clause = self.clause(subject=self._pronoun("solid", False), kind="solid", depth=0)
            so = function_word("so", "mark")
            so.right.append(function_word("that", "fixed"))
            clause.left.insert(0, so)
            node.right.append(clause.as_("advcl"))
            return node
        node.right.append(inner.as_("advcl"))
        return node

    def starting(self) -> Node:
        """ "A dog is playing, then it suddenly starts digging a hole", "The ice begins to melt"."""
        kind = self.kind()
        subject = self.subject(kind, depth=0)
        lead = None
        if self.chance(0.4):
            lead = self.clause(subject=subject, kind=kind, depth=0)
            subject = self._pronoun(kind, subject.plural)
        hold = self.tense
        self.tense = "present" if self.tense == "progressive" else self.tense
        node = self.finite(
            self.rng.choice(
                (
                    "start",
                    "start",
                    "start",
                    "begin",
                    "begin",
                    "continue",
                    "stop",
                    "keep",
                    "finish",
                    "try",
                    "attempt",
                    "fail",
                    "manage",
                )
            ),
            subject.plural,
        )
        self.tense = hold
        to = node.lemma in {"try", "attempt", "fail", "manage"} or (
            node.lemma in {"start", "begin", "continue"} and self.chance(0.45)
        )
        inner = self.bare("VB" if to else "VBG", kind=kind, depth=0)
        if to:
            inner.left.insert(0, function_word("to", "mark"))
        else:
            inner.feats = "VerbForm=Ger"
        if self.chance(0.25):
            node.left.append(adverb(self.rng.choice(("suddenly", "slowly", "gradually", "quickly"))))
        node.left.insert(0, subject.as_("nsubj"))
        node.right.append(inner.as_("xcomp"))
        if lead is None:
            return node
        self._conjoin(lead, node)
        return lead

    def release(self) -> Node:
        """ "The man lets go of the ball", "makes contact with the floor", "comes to rest", "falls to the ground"."""
        kind = self.rng.choice(("person", "body", "solid", "animal"))
        subject = self.subject(kind, depth=0)
        roll = self.rng.random()
        if kind != "solid" and roll < 0.55:
            node = self.finite("let", subject.plural)
            go = self.verb("go", "VB").as_("xcomp")
            go.right.append(self._with_case("of", self.np("solid", depth=0)).as_("obl"))
            node.right.append(go)
        elif roll < 0.75:
            node = self.finite("make" if self.chance(0.6) else "come", subject.plural)
            contact = self.noun("contact")
            if node.lemma == "come":
                contact = self._with_case("into", contact)
            node.right.append(contact.as_("obl" if node.lemma == "come" else "obj"))
            contact.right.append(self._with_case("with", self.np("ground obstacle", depth=0)).as_("nmod"))
        else:
            node = self.finite("come", subject.plural)
            stop = self.noun(self.rng.choice(("rest", "stop", "halt", "standstill")))
            stop.left = [] if stop.form == "rest" else [function_word("a", "det")]
            node.right.append(self._with_case("to", stop).as_("obl"))
        node.left.insert(0, subject.as_("nsubj"))
        if self.chance(0.35):
            self._conjoin(node, self.clause(depth=0))
        return node

    def placed(self) -> Node:
        """ "Two blocks are placed side by side on a table and ...", "A lamp is attached to the wall"."""
        subject = self.subject("solid", depth=1 if self.chance(0.4) else 0)
        verb, cases = self.rng.choice(("place/on in beside between at", "suspend/from above over", "attach/to", "connect/to with", "hang/from on", "balance/on", "stack/on", "fill/with", "cover/with in", "lower/into onto",
                                       "drop/from into onto", "release/from above", "hold/above over", "tie/to", "mount/on", "submerge/in", "make/of from", "line/with", "heat/at over by", "seat/on", "lay/on across", "lean/against", "set/on")).split("/")  # fmt: skip
        node = self.finite(verb, subject.plural, passive=True)
        node.left.insert(0, subject.as_("nsubj:pass"))
        if self.chance(0.1):
            node.right.append(adverb(self.rng.choice(("upright", "horizontally", "vertically", "together"))))
        kinds = "fluid" if verb in {"fill", "cover", "submerge"} else "support solid container"
        case = self.rng.choice(cases.split())
        place = self._with_case(case, self.np(kinds)) if self.chance(0.75) else self.pp(case, depth=1)
        node.right.append(place.as_("obl") if place.upos == "NOUN" else place)
        if self.chance(0.35):
            self._chain_on(node, self._same_subject(subject.plural, "solid"))
        elif self.chance(0.3):
            self._conjoin(node, self.clause(depth=0))
        return node
