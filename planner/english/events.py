"""Verbs and event nouns become happenings: canonical verb, agent, patient, manner, negation, repetitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.arguments import by_phrase, is_passive_event, objects, subject_token, subjects, things_of
from planner.english.knowledge import (
    is_name,
    noun_event_of,
    role_of,
    singular,
)
from planner.english.members import counted_members
from planner.english.reading import Happening, Reading, Thing, reading_of
from planner.english.spans import renamed_verbs
from planner.english.tree import base, children, first_child, lemma, preposition

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token
from planner.english.clause import canonical_verb, is_event, negated, served_verb, states_no_event

__all__ = ["scene_events"]


PATIENT_PREPOSITIONS = {
    **dict.fromkeys(("cut", "slice", "saw", "pierce", "drill", "chop"), ("through",)),
    "collide": ("with", "into", "against"), "bump": ("into", "against"), "slam": ("into", "against"), "smash": ("into", "against"),
    "run": ("into",), "contact": ("with",), "release": ("of",), "let_go": ("of",), "bang": ("into", "against"), "knock": ("into", "against", "on"), "tap": ("on",), "pull": ("on",),
    "push": ("on", "against"), "nudge": ("against",), "burn": ("through",), "crash": ("into", "against", "through"), "skip_off": ("off",), "strike": ("against",), "squeeze": (), "press": ("on", "against", "down on"), "blow": ("on",), "rub": ("against",),
    "impact": ("with", "on"), "hit": ("against", "into"), "step": ("on",), "slip_off": (), "kick": ("at",), "plow": ("into",),
}  # fmt: skip


NOT_MANNER = frozenset(
    [
        "then",
        "also",
        "now",
        "just",
        "only",
        "there",
        "here",
        "finally",
        "still",
        "even",
        "too",
        "clearly",
        "visibly",
        "not",
        "n't",
        "never",
        "so",
        "when",
        "where",
        "once",
        "twice",
        "thrice",
        "again",
        "as",
        "how",
        "why",
        "almost",
        "nearly",
        "first",
        "immediately",
        "eventually",
        "afterwards",
        "afterward",
        "simultaneously",
        "meanwhile",
        "before",
        "later",
        "very",
        "well",
        "off",
        "over",
        "out",
    ]
)


def _manners(verb: Token, happening: Happening, reading: Reading) -> None:
    for child in verb.children:
        low = child.lower_
        if any(child.i in tokens for _, tokens in reading.manners):
            continue
        if base(child) == "advmod" and child.pos_ in ("ADV", "ADJ", "ADP") and child.i not in happening.tokens:
            if low in w.TIMES_WORDS:
                happening.count = w.TIMES_WORDS[low]
                happening.tokens.add(child.i)
            elif low in ("nearly", "almost", "simultaneously") or (
                low not in NOT_MANNER and not children(child, "obl", "nmod")
            ):
                happening.manner.append(low)
                happening.tokens.add(child.i)
            elif low in NOT_MANNER:
                happening.tokens.add(child.i)
        elif base(child) in ("xcomp", "obj") and child.pos_ in ("ADJ", "ADV") and lemma(child) != "short":
            happening.manner.append(low)
            happening.tokens.add(child.i)
        elif singular(low) == "time" and low in ("times", "time"):
            number = first_child(child, "nummod")
            if number is not None:
                value = w.NUMBER_WORDS.get(number.lower_) or (int(number.text) if number.text.isdigit() else None)
                happening.count = value
                happening.tokens |= {child.i, number.i}
    follows = verb.i + 1
    said = {i for _, tokens in reading.manners for i in tokens}
    while follows < len(verb.doc) and follows <= verb.i + 3 + len(said):  # "bounces twice", whatever the tree says
        token = verb.doc[follows]
        if token.i in said:
            follows += 1
            continue
        if token.pos_ in ("VERB", "PUNCT", "CCONJ"):
            break
        if token.lower_ in w.TIMES_WORDS and happening.count is None:
            happening.count = w.TIMES_WORDS[token.lower_]
            happening.tokens.add(token.i)
        if token.lower_ == "times" and follows and happening.count is None:
            before = verb.doc[follows - 1]
            happening.count = w.NUMBER_WORDS.get(before.lower_) or (int(before.text) if before.text.isdigit() else None)
            happening.tokens |= {token.i, before.i}
        follows += 1


def _strikes(name: str) -> bool:
    from planner.lexicon import verb_of

    found = verb_of(name, "en")
    return found is not None and found.physics == "strike"


def _patient_phrase(name: str, verb: Token, reading: Reading) -> list[Thing]:
    wanted = PATIENT_PREPOSITIONS.get(name) or (("against",) if _strikes(name) else ())
    for child in verb.subtree:
        if (
            base(child) in ("obl", "nmod")
            and preposition(child) in wanted
            and child.i > verb.i
            and (child.head == verb or child.head.head == verb)
        ):
            found = things_of(child, reading)
            if found:
                return found
    return []


def read_verb(verb: Token, reading: Reading) -> Happening:
    name, manner, used = canonical_verb(verb, reading)
    light = next((c for c in children(verb, "obj") if noun_event_of(c.text) and not reading.denoted(c)), None)
    passive = is_passive_event(verb)
    if light is not None and lemma(verb) in w.LIGHT_VERBS:
        name = noun_event_of(light.text) or name
        used.add(light.i)
        happening = Happening(name, verb.i, manner=manner, tokens=used)
        happening.agent = subjects(verb, reading)
        happening.patient = things_of(first_child(verb, "iobj"), reading) or _patient_phrase(name, verb, reading)
    else:
        happening = Happening(name, verb.i, manner=manner, tokens=used, passive=passive)
        theme = subjects(verb, reading)
        if passive:
            happening.patient, happening.agent = theme, by_phrase(verb, reading)
        else:
            happening.agent, happening.patient = theme, objects(verb, reading)
            if not happening.patient:
                happening.patient = _patient_phrase(name, verb, reading)
            where = next(
                (c for c in verb.children if c.lower_ in ("where", "which") and base(c) in ("advmod", "obl", "mark")),
                None,
            )
            if where is not None and not happening.patient and name in w.STRIKING_VERBS:
                happening.patient = list(reading.denoted(where))
            _share_passive(verb, happening, reading)
    happening.negated, extra = negated(verb)
    happening.tokens |= extra
    _manners(verb, happening, reading)
    group = happening.agent
    each_other = any(
        (t.lower_ == "other" and t.i and t.nbor(-1).lower_ == "each") or t.lower_ == "eachother" for t in verb.subtree
    )
    if (
        name in w.RECIPROCAL_VERBS and (len(group) > 1 or any(t.count != 1 for t in group)) and not happening.patient
    ) or (
        each_other and not happening.patient and name in w.RECIPROCAL_VERBS | {"hit", "strike", "bump", "push", "pull"}
    ):
        happening.patient = list(group)
    own = subject_token(verb)
    if own is not None and own.lower_ in ("temperature",):
        happening.literal_patient = "temperature"
        happening.tokens.add(own.i)
        owner = first_child(own, "nmod", "nmod:poss")
        happening.property_of = next(iter(things_of(owner, reading)), None)
        happening.agent, happening.patient = [], []
    return happening


def _share_passive(verb: Token, happening: Happening, reading: Reading) -> None:
    """ "X is poured out, releasing the liquid": the unnamed agent of the passive, not X, releases what X is."""
    governor = verb.head
    if base(verb) in ("advcl", "acl") and governor != verb and happening.patient and subject_token(verb) is None:
        contents = [
            t for link in reading.links if link.type == "in" and link.object == happening.agent for t in link.subject
        ]
        if (
            governor.pos_ == "VERB"
            and is_passive_event(governor)
            and any(p in happening.agent or p in contents for p in happening.patient)
        ):
            happening.agent = by_phrase(governor, reading)
    each_other = any(t.lower_ == "other" for t in verb.subtree)
    if each_other and not happening.agent:
        happening.agent = list(happening.patient)
    if not each_other and happening.patient == happening.agent and happening.verb not in w.RECIPROCAL_VERBS:
        happening.patient = [] if not children(verb, "obj") else happening.patient


def _nominal_events(doc: Doc, reading: Reading) -> list[Happening]:
    """ "showing the bounce of the ball": an event noun that stands for a clause."""
    found: list[Happening] = []
    for noun in doc:
        name = noun_event_of(noun.text) if noun.pos_ == "NOUN" else None
        if (
            name is None
            or noun.pos_ != "NOUN"
            or noun.i in reading.by_token
            or any(noun.i in h.tokens for h in reading.happenings + found)
        ):
            continue
        owner = next(
            (c for c in noun.children if base(c) == "nmod" and preposition(c) in ("of", "between", "by")), None
        ) or first_child(noun, "nmod:poss")
        shown = (
            base(noun) == "obj" and lemma(noun.head) in w.DISPLAY_VERBS | w.CAUSE_VERBS | w.PRODUCING
        ) or noun.head == noun
        if not (shown or (owner is not None and reading.denoted(owner) and base(noun) in ("nsubj", "root", "obj"))):
            continue
        if owner is None and base(noun) == "nsubj":
            continue
        mover = things_of(owner, reading) or (subjects(noun.head, reading) if noun.head != noun else [])
        compound = first_child(noun, "compound")
        if not mover and compound is not None and reading.denoted(compound):
            mover = reading.denoted(compound)
        if any(h.verb == name and h.agent == mover for h in reading.happenings):
            continue
        happening = Happening(name, noun.i, agent=mover, tokens={noun.i})
        if name in w.RECIPROCAL_VERBS:
            happening.patient = list(mover)
        found.append(happening)
    return found


def _contents(happening: Happening, reading: Reading) -> None:
    """A cup of water is poured: the water is what moves, the cup where it comes from. A bag of oranges scatters: the oranges."""
    pours = happening.verb in ("pour", "pour_out", "spill", "drink", "spill_out", "sprinkle", "empty")
    for name in ("patient", "agent"):
        group = getattr(happening, name)
        if not (pours or (name == "agent" and happening.verb in ("scatter", "spill"))) or len(group) != 1:
            continue
        inside = [link.subject for link in reading.links if link.type == "in" and link.object == group]
        if inside and (name == "patient" or not happening.patient):
            setattr(happening, name, list(inside[0]))
            if pours:
                happening.source = happening.source or list(group)


def _already_done(verb: Token) -> bool:
    """ "a tangerine that has been cut in half is placed ...": done before the scene begins."""
    aux = {lemma(c) for c in verb.children if base(c) == "aux"} | {c.lower_ for c in verb.children if base(c) == "aux"}
    return verb.dep_.lower() in ("acl:relcl", "advcl:relcl", "acl") and bool(aux & {"have", "has", "had"})


def _serve(happening: Happening, verb: Token, reading: Reading) -> None:
    """ "uses a winch to lift a sail": the winch is the instrument, its user the agent."""
    for user in (verb.head, verb.head.head):
        if lemma(user) == "use" and user.pos_ == "VERB" and served_verb(user) == verb:
            happening.instrument = objects(user, reading)
            if not happening.agent or happening.agent == happening.instrument:
                happening.agent = subjects(user, reading)
            return


def _spread_manners(doc: Doc, reading: Reading) -> None:
    """Manners of several words go to the verb before them in their sentence, else to the next one."""
    for name, tokens in reading.manners:
        start = min(tokens)
        before = [h for h in reading.happenings if doc[start].sent.start <= (h.token or 0) < start]
        owner = before[-1] if before else next((h for h in reading.happenings if (h.token or 0) > start), None)
        if owner is not None:
            owner.manner.append(name)
            owner.tokens |= tokens
            if name.startswith(("into_", "in_two", "in_half")):
                owner.result = name


def _goes_on(happening: Happening, doc: Doc) -> bool:
    """ "climbs the ladder and sits on the roof": a posture that is joined to what was done before it."""
    token = doc[happening.token] if happening.token is not None else None
    return (
        token is not None
        and base(token) == "conj"
        and token.tag_ in ("VBZ", "VBP", "VBD")
        and lemma(token.head) not in w.POSTURE_VERBS
    )


def _comes_later(happening: Happening, doc: Doc) -> bool:
    """ "wobbles before lying still": no state that holds at the start."""
    token = doc[happening.token] if happening.token is not None else None
    return token is not None and any(
        base(c) == "mark" and c.lower_ in ("before", "until", "till") for c in token.children
    )


def _states_and_doers(doc: Doc, reading: Reading) -> None:
    """Postures and what was done before are states; who acts on something with a doer's name is a character."""
    for happening in reading.happenings:
        posture = happening.verb in w.POSTURE_VERBS and happening.verb not in ("remain", "stay", "float")
        posture = posture and not _comes_later(happening, doc)
        done = happening.passive and happening.token is not None and _already_done(doc[happening.token])
        moved = any(
            h is not happening
            and not h.stative
            and (h.token or 0) < (happening.token or 0)
            and h.verb not in w.POSTURE_VERBS
            and {id(t) for t in h.patient or h.agent} & {id(t) for t in happening.agent}
            for h in reading.happenings
        )
        if (
            posture
            and not happening.patient
            and not (
                moved and (happening.verb in ("stick", "rest", "balance", "perch", "land") or _goes_on(happening, doc))
            )
        ) or done:
            happening.stative = True
        for thing in happening.agent if happening.patient else []:
            if thing.role == "object" and role_of(thing.head) == "tool":
                thing.role = "tool"
            elif (
                thing.role == "object"
                and thing.head.endswith(w.DOER_ENDINGS)
                and not thing.material
                and not is_name(thing.head)
            ):
                thing.role = "character"  # a baker, a guitarist


def _forget_adornment(verb: Token, reading: Reading) -> None:
    """ "decorated with cartoon characters": what it looks like, no things of the scene."""
    owner = subjects(verb, reading)
    for phrase in children(verb, "obl", "nmod"):
        for thing in reading.denoted(phrase) if preposition(phrase) == "with" else []:
            if thing.token == phrase.i and thing in reading.things:
                reading.things.remove(thing)
                reading.by_token[phrase.i] = []
                reading.used |= {t.i for t in phrase.subtree}
                for one in owner:
                    one.attributes.append(f"{lemma(verb)}ed_with_{thing.head}".replace("eed", "ed").replace(" ", "_"))


def scene_events(doc: Doc) -> Doc:
    """Component: happenings of the text in text order; their order in time comes later."""
    reading = reading_of(doc)
    reading.renamed = renamed_verbs(doc)
    for token in doc:
        if not is_event(token, reading):
            continue
        weather = lemma(token) in ("snow", "rain") and any(c.lower_ == "it" for c in token.children)
        if weather or states_no_event(token, reading):
            reading.used.add(token.i)
            if lemma(token) in w.ADORNING and base(token) in ("acl", "amod", "advcl"):
                _forget_adornment(token, reading)
            continue
        happening = read_verb(token, reading)
        _serve(happening, token, reading)
        _contents(happening, reading)
        reading.happenings.append(happening)
    reading.happenings += _nominal_events(doc, reading)
    reading.happenings.sort(key=lambda h: h.token or 0)
    counted_members(doc, reading)
    _spread_manners(doc, reading)
    _states_and_doers(doc, reading)
    return doc
