"""Prepositional phrases: where things are, where they come from and go to, along what, with what, against what.

Positions on the screen have no entity of their own: `left_of(pipe, "frame")`, `in_middle_of(house, "frame")`, `at_edge(cats, "frame")`
take the literal object "frame". A screen position that something moves from or to is an entity of role `region` with head
`edge`, `center`, `corner`, `top`, `bottom` or `screen` and the side as attribute: "from the left edge to the center of the screen"
gives `source_place` = edge [left] and `goal_place` = center. "From left to right" is the manner `left_to_right`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.arguments import is_passive_event, objects, subjects, things_of
from planner.english.entities import is_abstract, make_part
from planner.english.knowledge import role_of, singular
from planner.english.reading import FRAME_ID, Happening, Measure, Place, Reading, Thing, reading_of
from planner.english.tree import TRUE_PARTS, base, children, lemma, place_of

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

__all__ = ["scene_relations"]

SCREEN = frozenset("screen frame view camera picture image shot scene background foreground".split())
SIDES = {"left": "left_of", "right": "right_of", "front": "in_front_of", "back": "behind", "rear": "behind"}
MIDDLES = frozenset("middle center centre".split())
RESULTS = {"piece": "into_pieces", "shard": "into_pieces", "fragment": "into_pieces", "half": "in_half", "two": "in_two", "bit": "into_pieces", "dust": "into_dust"}
ORDER_SHAPES = frozenset("row line circle chain column stack pile".split())
TOOLISH = frozenset("tool object part container character".split())


def _landmark(place: Place, doc: Doc, reading: Reading) -> list[Thing]:
    if place.landmark is None:
        return []
    token = doc[place.landmark]
    found = things_of(token, reading)
    if place.part is not None and lemma(doc[place.part]) == "surface":
        for thing in found:
            fluid = [t for link in reading.links if link.type == "in" and link.object == [thing] for t in link.subject if t.role == "fluid"]
            if fluid:
                return fluid
    return found


def _on_screen(place: Place, doc: Doc) -> bool:
    if place.landmark is None:
        return place.part is not None
    return doc[place.landmark].lower_ in SCREEN


def _side(place: Place, doc: Doc) -> str | None:
    """left or right, as the relational noun itself ("to the left of") or before it ("the left side")."""
    if place.part is None:
        return None
    part = doc[place.part]
    for word in (part, *children(part, "amod", "compound")):
        if word.lower_ in SIDES and (word is part or word.lower_ in ("left", "right")):
            return word.lower_
    return None


def static_relation(subject: list[Thing], place: Place, reading: Reading, doc: Doc, phase: str = "initial") -> bool:
    """State where the subject is. True when the phrase was understood."""
    prep, found = place.preposition, _landmark(place, doc, reading)
    if place.part is not None:
        part = doc[place.part]
        word = singular(part.text)
        side = _side(place, doc)
        target: list[Thing] | str = found if found else FRAME_ID
        if found or _on_screen(place, doc):
            tokens = place.tokens
            if side and word in ("left", "right", "side", "front", "back", "rear", "hand") and prep in ("to", "on", "at", "in", "toward", "towards", ""):
                reading.link(SIDES[side], subject, target, phase, tokens)
            elif word in MIDDLES:
                reading.link("in_middle_of", subject, target, phase, tokens)
            elif word in ("edge", "side", "corner", "rim"):
                reading.link("at_edge", subject, target, phase, tokens)
            elif word == "end":
                reading.link("at_end", subject, target, phase, tokens)
            elif word == "top" and prep in ("on", "onto") and found or word == "surface" and found:
                reading.link("in" if prep in ("in", "into") and word != "surface" else "on", subject, target, phase, tokens)
            elif word in ("top", "bottom", "base", "tip", "peak", "summit", "foot", "half") and found:
                reading.link("at", subject, [make_part(part, reading, found)], phase, tokens)
            elif word in ("top", "bottom") and not found:
                reading.link("above" if word == "top" else "below", subject, FRAME_ID, phase, tokens)
            elif word in ("inside", "outside") and found:
                reading.link("in" if word == "inside" else "outside", subject, found, phase, tokens)
            else:
                return False
            reading.used |= tokens
            return True
        return False
    kind = w.STATIC_RELATION.get(prep)
    if kind is None or not found:
        return False
    if prep in ("inside", "inside of", "within") and found[0].head in ("ring", "hoop", "circle", "square", "triangle"):
        kind = "inside"
    if kind == "on" and found[0].role in ("obstacle",) and found[0].head == "wall":
        kind = "on"
    reading.link(kind, subject, found, phase, place.tokens)
    return True


def _phrases(happening: Happening, doc: Doc, reading: Reading) -> list[Token]:
    """The prepositional phrases of a happening, including directional ones that hang on its nouns by mistake."""
    if happening.token is None:
        return []
    verb = doc[happening.token]
    found = [c for c in verb.children if base(c) in ("obl", "nmod") and c.i not in happening.tokens]
    for noun in [*children(verb, "obj", "nsubj", "obl", "advmod", "compound", "xcomp"), *[c for f in found for c in children(f, "conj")]]:
        for child in children(noun, "nmod", "obl"):
            prep = place_of(child).preposition
            directional = prep in w.SOURCE_PREPOSITIONS - {"from"} | {"onto", "into", "toward", "towards", "through", "across", "along", "over", "down", "up", "past", "off", "against", "short of"}
            late = child.i > verb.i and noun.i > verb.i
            if late and child not in found and (directional or prep in ("from", "to") or base(noun) == "advmod" or base(noun) == "xcomp" and noun.pos_ == "ADJ" or (base(noun) == "obj" and prep == "with" and lemma(verb) != "have")):
                if lemma(noun) not in ("surface", "edge", "top", "bottom", "side", "end") or prep != "of":
                    found.append(child)
    if verb.pos_ != "VERB" and base(verb) in ("obj", "nsubj"):
        return []
    return sorted(found, key=lambda t: t.i)


def _manner_phrase(token: Token, prep: str) -> str:
    words = [t.lower_ for t in token.subtree if t.pos_ not in ("DET", "PUNCT") and t.i <= token.i]
    return "_".join([prep.replace(" ", "_"), *[x for x in words if x not in prep.split()]]) if prep else "_".join(words)


def _leave(happening: Happening, place: Place, found: list[Thing], reading: Reading, theme: list[Thing], doc: Doc) -> None:
    """A source: where the mover was at the start."""
    happening.source += [t for t in found if t not in happening.source]
    happening.tokens |= place.tokens
    first = found[0]
    if first.role == "fluid" or first.role in ("character", "region", "part") or happening.negated and False:
        if first.role == "character":
            return
    inside = place.preposition in ("out of", "from inside", "from within", "out") or first.head in w.CONTAINMENT or first.head in ("well", "pipe", "tube", "tunnel", "hole", "faucet", "tap", "hose", "nozzle", "box", "cave", "spout", "carton")
    earlier = [h for h in reading.happenings if h is not happening and not h.stative and (h.token or 0) < (happening.token or 0) and set(map(id, theme)) & set(map(id, h.agent + h.patient)) and (h.source or h.goal)]
    if earlier or first.role == "region" or first.head in ("faucet", "tap", "hose", "nozzle", "spout", "sky", "player", "cannon", "gun"):
        return
    if happening.verb in ("bounce", "rebound", "bounce_back", "bounce_off", "skip", "skip_off", "ricochet", "deflect", "emerge"):
        return
    reading.link("in" if inside else "on", theme, found, "initial", place.tokens)


PUTTING = frozenset("place put set lay deposit put_down set_down lay_down position lower_onto".split())
ACTED_AT = frozenset("heat cool hold grab touch hit strike push pull lift light burn ignite fix clamp pinch snip tap poke press support attach warm bend".split())


def _on_screen_word(token: Token) -> bool:
    return token.lower_ in ("left", "right", "center", "centre", "middle", "edges", "corner", "corners", "background", "foreground")


def _act_at_part(happening: Happening, part: Token, theme: list[Thing], reading: Reading) -> bool:
    """ "a rod is heated at one end": what is acted on is the end of the rod."""
    if happening.verb not in ACTED_AT or singular(part.text) not in TRUE_PARTS | {"top", "bottom", "middle", "center"} or len(theme) != 1:
        return False
    thing = make_part(part, reading, theme)
    if happening.patient == theme:
        happening.patient = [thing]
        return True
    return False


def _last_carrier(token: Token, reading: Reading, theme: list[Thing]) -> list[Thing]:
    """The support or container spoken of last: whose edge "the edge" is."""
    known = [t for t in reading.things if t.token is not None and t.token < token.i and t not in theme and t.role in ("support", "container", "object", "ground")]
    goals = [t for h in reading.happenings if (h.token or 0) < token.i for t in h.goal]
    carriers = [t for t in known if t in goals or t.role in ("support", "container")]
    return (carriers or known)[-1:]


def _attach(happening: Happening, token: Token, doc: Doc, reading: Reading) -> None:
    verb = doc[happening.token or 0]
    place = place_of(token)
    prep = place.preposition
    theme = happening.patient if happening.patient and (happening.passive or happening.verb not in ("chase", "follow", "pass", "approach", "hit", "leave", "touch")) else happening.agent
    low = token.lower_
    if any(token.idx < m.end and m.start < token.idx + len(token) for m in reading.measures) or any(token.i in tokens for _, tokens in reading.manners):
        return
    found = _landmark(place, doc, reading)
    side = _side(place, doc)
    if place.part is not None and place.landmark is None and not side and prep in ("over", "off", "down", "past") and lemma(doc[place.part]) in ("edge", "rim", "side", "lip", "top"):
        found = _last_carrier(token, reading, theme)
    if place.part is not None and not found and prep in ("to", "onto", "toward", "towards", "from") and low not in SIDES:
        whole = [k.object for t in happening.source + happening.goal if t.role == "part" for k in reading.links if k.type == "part_of" and k.subject == [t]]
        if not whole:
            alike = [t for t in reading.things if t.role == "part" and t.head == singular(doc[place.part].text)]
            whole = [k.object for t in alike for k in reading.links if k.type == "part_of" and k.subject == [t]]
        found = list(whole[0]) if whole and isinstance(whole[0], list) else []
    # --- directions on the picture
    if place.part is not None and not found and _on_screen(place, doc):
        if prep == "from" and side and low in ("left", "right"):
            happening.tokens |= place.tokens
            happening.manner = [m for m in happening.manner if m != "from_left" and m != "from_right"]
            opposite = {"left": "right", "right": "left"}[side]
            text = [t.lower_ for t in verb.subtree if t.i > token.i]
            happening.manner.append(f"{side}_to_{opposite}" if "to" in text and opposite in text else f"from_{side}")
            return
        if prep in ("to", "toward", "towards") and side and low in ("left", "right"):
            happening.tokens |= place.tokens
            if not any(m.endswith(f"_to_{side}") for m in happening.manner):
                happening.manner.append(side)
            return
        if prep == "from" or prep in ("to", "into", "toward", "towards", "onto"):
            part = make_part(doc[place.part], reading, [])
            happening.tokens |= place.tokens
            (happening.source if prep == "from" else happening.goal).append(part)
            return
    if low in ("left", "right") and prep in ("from", "to", "toward", "towards") and not found:
        happening.manner.append(f"from_{low}" if prep == "from" else low)
        happening.tokens |= place.tokens | {token.i}
        return
    # --- ends and tops of things, when something leaves or reaches them
    if place.part is not None and found and prep in ("from", "to", "toward", "towards", "onto", "off", "into"):
        word = singular(doc[place.part].text)
        if prep == "to" and low in SIDES and static_relation(theme, place, reading, doc, "initial" if happening.stative or happening.verb in PUTTING else "final"):
            happening.tokens |= place.tokens
            return
        if side and word in ("back", "front", "rear") or word in ("inside",):
            happening.goal += found if prep != "from" else []
            happening.source += found if prep == "from" else []
            if prep != "from" and word in SIDES:
                reading.link(SIDES[word], theme, found, "final", place.tokens)
            happening.tokens |= place.tokens
            return
        if word not in ("surface",) and not (word == "top" and prep in ("onto", "off")):
            found = [make_part(doc[place.part], reading, found)]
    if not found and place.part is not None and prep in ("on", "in", "at", "near") and (verb.lemma_ in ACTED_AT or not _on_screen_word(token)) and _act_at_part(happening, doc[place.part], theme, reading):
        happening.tokens |= place.tokens
        return
    if not found and place.part is not None and static_relation(theme, place, reading, doc):
        happening.tokens |= place.tokens
        return
    if not found:
        _without_landmark(happening, token, prep, theme, reading)
        return
    happening.tokens |= place.tokens
    if any(t in happening.patient for t in found) and theme is not happening.agent and prep not in w.STATIC_RELATION:
        return
    if prep == "by" and happening.passive or any(t in happening.patient for t in found) and prep not in w.SOURCE_PREPOSITIONS:
        return
    if prep in ("with", "using", "by means of", "via"):
        placed = any(base(c) == "acl" and c.tag_ in ("VBN", "VBG") for c in token.children)
        if found[0].role == "character" or happening.stative or placed:
            return
        happening.instrument += found
        for thing in found:
            if thing.role == "object" and not any(thing in link.subject for link in reading.links):
                thing.role = "tool"
        return
    if prep == "short of":
        happening.manner.append("short_of")
        reading.link("near", theme, found, "final", place.tokens)
        return
    hanging = happening.verb in ("hang", "suspend", "dangle", "swing")
    if prep in w.SOURCE_PREPOSITIONS or prep == "from":
        if hanging:
            reading.link("hanging_from", theme, found, "initial", place.tokens)
        elif happening.verb in ("skip_off", "bounce_off"):
            happening.patient = happening.patient or found
        else:
            _leave(happening, place, found, reading, theme, doc)
        return
    if prep in w.GOAL_PREPOSITIONS and not (prep == "to" and happening.stative):
        if prep == "to" and happening.verb in ("attach", "tie", "tape", "glue", "connect", "fix"):
            reading.link("attached_to", theme, found, "initial", place.tokens)
            return
        happening.goal += [t for t in found if t not in happening.goal]
        if prep == "on top of":
            reading.link("on", theme, found, "final", place.tokens)
        elif happening.verb in ("lower", "descend") and not any(link.subject == theme and link.object == found for link in reading.links):
            reading.link("above", theme, found, "initial", place.tokens)
        return
    if hanging and prep in ("on", "by"):
        reading.link("hanging_from", theme, found, "initial", place.tokens)
        return
    moving = not happening.stative and happening.verb not in ("remain", "stay", "hold", "keep", "sit", "rest", "float_in")
    if moving and prep in w.PATH_PREPOSITIONS and prep not in ("by", "under", "beneath", "between", "over") or moving and prep in ("over", "under", "beneath") and (place.part is None or found) and happening.verb not in ("place", "put", "hold", "hang", "hover", "fly_over", "suspend"):
        kind = w.PATH_PREPOSITIONS[prep]
        if prep in ("down", "up") and prep not in happening.manner:
            happening.manner.append(prep)
        if prep == "over":
            kind = "over" if happening.verb in ("jump", "leap", "fly", "hop", "vault", "climb", "pass", "slosh") else "across"
        if place.part is not None and singular(doc[place.part].text) == "edge":
            kind = "over_edge"
        elif kind == "over" and found[0].role == "part" and found[0].head == "edge":
            kind = "over_edge"
        reading.link(kind, theme, found, "during", place.tokens)
        return
    if moving and prep in ("on", "upon", "in", "inside", "under", "behind", "between", "at") and (happening.verb in w.LANDING_VERBS or happening.verb in PUTTING | {"stop", "come_to_rest", "dip", "submerge", "sink"}):
        if happening.verb in w.LANDING_VERBS and prep in ("on", "upon") or happening.verb in ("place", "put", "set", "lay", "dip", "submerge", "deposit", "land", "sink", "plunge", "put_down", "set_down", "lower"):
            happening.goal += [t for t in found if t not in happening.goal]
            if happening.verb in PUTTING:
                static_relation(theme, place, reading, doc)
            elif happening.verb in ("shatter", "break", "smash", "burn", "melt") and not any(not h.stative and (h.token or 0) < (happening.token or 0) for h in reading.happenings if h is not happening and set(map(id, theme)) & set(map(id, h.agent + h.patient))):
                static_relation(theme, place, reading, doc)
            elif happening.verb in ("sink", "dip", "submerge"):
                static_relation(theme, place, reading, doc, "final")
            return
        if happening.verb in ("stop", "come_to_rest"):
            static_relation(theme, place, reading, doc, "final")
            return
    earlier = [h for h in reading.happenings if (h.token or 0) < (happening.token or 0) and not h.stative and set(map(id, theme)) & set(map(id, h.agent + h.patient))]
    if prep in ("on", "upon") and earlier and any(h.source or h.verb in ("fall", "drop", "throw", "toss") for h in earlier):
        happening.goal += [t for t in found if t not in happening.goal] if happening.verb in w.LANDING_VERBS else []
        reading.link("on", theme, found, "during" if moving else "final", place.tokens)
        return
    if found[0].role == "fluid" and prep in ("in", "on") and found[0].head in ("air",):
        return
    holder = happening.source if happening.verb in ("pour", "pour_out", "spill") and happening.source and prep in ("in", "on") else theme
    if static_relation(holder, place, reading, doc):
        return
    if prep == "in" or prep in w.STATIC_RELATION:
        return
    happening.manner.append(_manner_phrase(token, prep))


def _without_landmark(happening: Happening, token: Token, prep: str, theme: list[Thing], reading: Reading) -> None:
    """A phrase whose noun is no thing: a manner, a result, a stated dimension."""
    word = singular(token.text)
    if token.i in reading.used or word in ("moon", "vacuum", "air", "time") and word != "time":
        return
    if word in ("height", "altitude", "speed", "velocity", "distance", "angle", "temperature") and not any(m.role == word for m in happening.measures):
        inner = [m for m in reading.measures if any(t.idx < m.end and m.start < t.idx + len(t) for t in token.subtree)]
        if not inner and prep in ("from", "at", "with", "to") and not (word == "distance"):
            happening.measures.append(Measure(None, None, {"altitude": "height", "velocity": "speed"}.get(word, word), token.idx, token.idx + len(token), True))
        happening.tokens.add(token.i)
        adjective = [c.lower_ for c in children(token, "amod")]
        if adjective and word in ("speed", "velocity"):
            happening.manner.append(f"at_{adjective[0]}_speed")
        return
    if word == "time" and any(c.lower_ == "same" for c in token.children):
        happening.manner.append("simultaneously")
        happening.tokens |= {t.i for t in token.subtree}
        return
    if word in RESULTS and prep in ("into", "in", "to"):
        happening.manner.append(RESULTS[word])
        happening.result = RESULTS[word]
        happening.tokens |= {t.i for t in token.subtree}
        return
    if token.pos_ in ("NOUN", "ADJ", "NUM", "PRON", "ADV", "PROPN") and (is_abstract(token) or word in w.DISPLAY_NOUNS | ORDER_SHAPES | w.MANNER_NOUNS or token.pos_ != "NOUN"):
        if token.pos_ == "PRON" or word in w.DISPLAY_NOUNS or word == "number" and False:
            return
        if word == "time" and token.i in happening.tokens:
            return
        phrase = _manner_phrase(token, prep if prep != "like" else "")
        if phrase:
            happening.manner.append(phrase)
        happening.tokens |= {t.i for t in token.subtree if t.i <= token.i}


def _noun_places(doc: Doc, reading: Reading) -> None:
    """Phrases on nouns and predicates: "a cup on the table", "a bird is above a tree", "a platform with a match taped to it"."""
    for token in doc:
        subject = things_of(token, reading) if token.i in reading.by_token else []
        predicate = token.pos_ in ("NOUN", "PROPN", "PRON", "ADJ", "ADV", "NUM") and any(base(c) == "cop" for c in token.children)
        if any(base(c) == "expl" for c in token.children) and lemma(token) in ("be", "exist", "have", "'s"):
            there = [t for c in children(token, "nsubj", "obj") for t in things_of(c, reading)]
            for child in children(token, "obl", "nmod", "advmod"):
                if there:
                    static_relation(there, place_of(child), reading, doc)
        if predicate or (base(token) == "root" or token.head == token) and children(token, "nsubj") and token.pos_ != "VERB":
            place = place_of(token)
            owner = [t for c in children(token, "nsubj") for t in things_of(c, reading)]
            if owner and place.preposition and static_relation(owner, place, reading, doc):
                continue
        if token.pos_ == "VERB" or not subject:
            continue
        if base(token) == "nmod" and token.head.pos_ == "VERB":
            continue
        for child in children(token, "nmod", "obl"):
            if child.i < token.i or any(child.i in h.tokens for h in reading.happenings):
                continue
            place = place_of(child)
            if any(place.tokens & h.tokens for h in reading.happenings) or any(place.tokens & k.tokens and k.object == _landmark(place, doc, reading) for k in reading.links):
                continue
            if place.preposition in ("with", "containing", "of", "without", "for", "from", "like", "as", ""):
                if place.preposition == "with" and place.part is None:
                    _with_phrase(subject, child, reading, doc)
                continue
            group = subject if base(token) == "root" or token.head == token else reading.denoted(token)
            later = [t for t in group if t.token == token.i] or group
            static_relation(later, place, reading, doc)


def _with_phrase(owner: list[Thing], token: Token, reading: Reading, doc: Doc) -> None:
    """ "a box with a ball inside", "a platform with a match taped to it"."""
    found = things_of(token, reading)
    text = [t.lower_ for t in token.subtree]
    if not found or owner[0] in found:
        return
    if "inside" in text or text[-2:] == ["in", "it"]:
        reading.link("in", found, owner)
    elif text[-2:] == ["on", "it"] or text[-2:] == ["on", "top"]:
        reading.link("on", found, owner)
    elif found[0].head in w.PART_NOUNS | {"wheel", "handle", "lid", "leg", "sail", "arm"}:
        reading.link("part_of", found, owner)
        for thing in found:
            thing.role = "part"
    elif role_of(found[0].head) == "fluid" or owner[0].role == "container":
        reading.link("in", found, owner)


FILLING = frozenset("fill full contain".split())


def _participles(doc: Doc, reading: Reading, *, only: frozenset[str] | None = None) -> None:
    """Stative participles and relative clauses place their noun: placed on, hanging above, filled with, attached to."""
    done = {h.token for h in reading.happenings}
    for verb in doc:
        name = lemma(verb)
        if only is not None and name not in only:
            continue
        if verb.pos_ not in ("VERB", "ADJ") or verb.i in done or name not in w.STATIVE_PARTICIPLES and name not in w.POSTURE_VERBS and name not in ("full", "have", "surround", "face", "suspend"):
            continue
        if name == "full" or name == "empty":
            theme = things_of(verb.head, reading) if base(verb) == "amod" else subjects(verb, reading)
        else:
            theme = subjects(verb, reading)
        if not theme:
            continue
        reading.used.add(verb.i)
        if name in ("contain", "have"):
            inside = [t for c in children(verb, "obj", "obl") for t in things_of(c, reading)]
            if name == "contain" or any(t.lower_ == "it" and t.i and t.nbor(-1).lower_ == "in" for t in verb.subtree) or (inside and inside[0].role == "fluid"):
                reading.link("in", inside, theme, "initial", {verb.i})
                if theme[0].role == "object":
                    theme[0].role = "container"
            elif name == "have" and inside and (inside[0].head in w.PART_NOUNS):
                reading.link("part_of", inside, theme)
            continue
        for child in verb.children:
            relative = child.lower_ in ("which", "whom") and any(base(c) == "case" for c in child.children)
            if base(child) not in ("obl", "nmod", "obj") and not relative:
                continue
            place = place_of(child)
            found = _landmark(place, doc, reading)
            if name in ("fill", "full") and place.preposition in ("with", "of"):
                reading.link("in", found, theme, "initial", {verb.i} | place.tokens)
                for thing in theme:
                    thing.role = "container" if thing.role == "object" else thing.role
                continue
            if place.preposition in ("from", "by", "to", "with", "in", "on") or base(child) == "obj":
                kind = w.STATIVE_PARTICIPLES.get(name)
                if name in ("hang", "suspend") and place.preposition == "from":
                    reading.link("hanging_from", theme, found, "initial", place.tokens)
                    continue
                if kind == "attached_to" and place.preposition in ("to", "with", "on"):
                    reading.link("attached_to", theme, found, "initial", place.tokens)
                    continue
                if place.preposition == "by" and kind in ("supported_by", "surrounded_by", "covered_by", "held_by") and is_passive_event(verb):
                    reading.link(kind, theme, found, "initial", place.tokens)
                    continue
                if kind == "covered_by" and place.preposition == "with":
                    reading.link("covered_by", theme, found, "initial", place.tokens)
                    continue
            static_relation(theme, place, reading, doc)


def _chained(previous: Token, token: Token, theme: list[Thing], reading: Reading, doc: Doc) -> bool:
    """ "over a bowl of water on a table": the second phrase places the landmark of the first, for a thing is in one place."""
    first, second = place_of(previous), place_of(token)
    adjacent = previous.right_edge.i + 1 == token.left_edge.i or previous.i + 1 == token.left_edge.i
    landmark, found = _landmark(first, doc, reading), _landmark(second, doc, reading)
    if adjacent and landmark and second.part is not None and not found and _on_screen(second, doc) and second.preposition in ("in", "on", "at"):
        return static_relation(landmark[:1], second, reading, doc)
    if adjacent and landmark and found and theme and all(t in theme for t in found) and second.preposition in w.STATIC_RELATION:
        return static_relation(landmark[:1], second, reading, doc)
    if second.preposition not in ("on", "in", "inside") or second.part is not None or first.landmark is None:
        return False
    if first.preposition not in ("on", "in", "over", "above", "by", "into", "onto", "under", "below", "out of", "on top of", "inside", "toward", "towards"):
        return False
    if not adjacent or not found or not landmark or landmark[0].role in ("ground", "region", "field") or found[0].role not in ("support", "ground", "container", "object", "fluid"):
        return False
    if landmark[0].role == "support" and found[0].role == "fluid":
        return False
    return static_relation(landmark[:1], second, reading, doc)


def scene_relations(doc: Doc) -> Doc:
    """Component: places and relations, from happenings first, then from participles and noun phrases."""
    reading = reading_of(doc)
    _participles(doc, reading, only=FILLING)
    for happening in reading.happenings:
        verb = doc[happening.token] if happening.token is not None else None
        moving = not happening.stative and happening.verb not in ("remain", "stay", "place", "put", "set", "hold")
        previous: Token | None = next(iter(children(verb, "obj")), None) if verb is not None and moving else None
        for token in _phrases(happening, doc, reading):
            if previous is None or not _chained(previous, token, happening.agent, reading, doc):
                _attach(happening, token, doc, reading)
            previous = token
        if happening.verb.endswith("_off") and not happening.source and not happening.patient:
            held = [k.object for k in reading.links if k.type == "on" and k.subject == happening.agent and isinstance(k.object, list)]
            happening.source = list(held[0]) if held else []
        if happening.token is not None:
            for clause in children(doc[happening.token], "advcl", "acl", "xcomp"):
                if clause.lower_ == "using":
                    happening.instrument += objects(clause, reading)
                    reading.happenings = [h for h in reading.happenings if h.token != clause.i]
                    reading.used.add(clause.i)
            if happening.verb == "prop_up" or happening.verb == "prop":
                reading.link("supported_by", happening.patient, happening.agent or happening.instrument)
    _participles(doc, reading)
    _noun_places(doc, reading)
    return doc
