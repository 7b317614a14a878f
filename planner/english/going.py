"""Phrases with a landmark: where a happening begins, ends and leads along, with what, and where things are meanwhile."""

from __future__ import annotations

from planner.english import words as w
from planner.english.adverbial import PUTTING, Adverbial, same_mover
from planner.english.tree import base

__all__ = ["GOING_RULES"]


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPENINGS = _set("well pipe tube tunnel hole faucet tap hose nozzle box cave spout carton")
NEVER_INSIDE = _set("faucet tap hose nozzle spout sky player cannon gun")  # things leave them, yet do not lie in them
REBOUNDING = _set("bounce rebound bounce_back bounce_off skip skip_off ricochet deflect emerge")
HANGING = _set("hang suspend dangle swing")
ATTACHING = _set("attach tie tape glue connect fix")
AIMED = _set(
    "jump leap lunge throw toss hurl fling lob cast kick shoot fire swing swipe aim point pounce spit dash charge"
)
GOING_BETWEEN = _set("roll slide glide pass run walk drive fly move shoot race speed ride skate squeeze slip weave")
STILL = _set("remain stay hold keep sit rest float_in")
JUMPING = _set("jump leap fly hop vault climb pass slosh")
NO_PATH = _set("place put hold hang hover fly_over suspend lower")
DRAPING = _set("drape hang lie lay fold")
REACHED = _set("place put set lay dip submerge deposit land sink plunge put_down set_down lower")
BREAKING = _set("shatter break smash burn melt")
STOPPING = _set("stop come_to_rest halt settle")
HOLLOW = _set("crate box chest case carton package drawer basket net pocket hole suitcase")
AT_PREPOSITIONS = _set("on upon in inside under behind between at")


def of_the_patient(a: Adverbial) -> bool:
    """A phrase about what is acted on anyway: "collides with the wall", "is pushed by a child"."""
    a.read()
    acted_on = any(t in a.happening.patient for t in a.found)
    if acted_on and a.theme is not a.happening.agent and a.preposition not in w.STATIC_RELATION:
        return True
    return (a.preposition == "by" and a.happening.passive) or (acted_on and a.preposition not in w.SOURCE_PREPOSITIONS)


def with_what(a: Adverbial) -> bool:
    """The instrument; "with a match taped to it" and "with a friend" are none."""
    by_hand = a.preposition == "by" and not any(base(c) in ("det", "nmod", "amod", "nummod") for c in a.token.children)
    if not (by_hand and a.token.tag_ == "NN") and a.preposition not in ("with", "using", "by means of", "via"):
        return False
    placed = any(base(c) == "acl" and c.tag_ in ("VBN", "VBG") for c in a.token.children)
    if a.found[0].role == "character" or a.happening.stative or placed:
        return True
    a.happening.instrument += a.found
    for thing in a.found:
        if thing.role == "object" and not any(thing in link.subject for link in a.reading.links):
            thing.role = "tool"
    return True


def short_of(a: Adverbial) -> bool:
    if a.preposition != "short of":
        return False
    a.happening.manner.append("short_of")
    return a.relate("near", "final")


def stops_before(a: Adverbial) -> bool:
    """ "stops before the wall": the wall is ahead of it in the end."""
    if a.preposition != "before" or a.happening.verb not in STOPPING or not a.found:
        return False
    return a.relate("in_front_of", "final")


def comes_from(a: Adverbial) -> bool:
    """The source, and where the mover was at the start: on a support, in what has an opening."""
    if a.preposition not in w.SOURCE_PREPOSITIONS:
        return False
    h, first = a.happening, a.found[0]
    if h.verb in HANGING:
        return a.relate("hanging_from")
    if h.verb in ("skip_off", "bounce_off"):
        h.patient = h.patient or a.found
        return True
    h.source += [t for t in a.found if t not in h.source]
    moved_before = any(e.source or e.goal for e in a.earlier)
    if first.role in ("character", "region") or first.head in NEVER_INSIDE or moved_before or h.verb in REBOUNDING:
        return True
    if first.role == "part" and a.theme is h.patient:
        return True  # "is pulled from its corners"
    out = a.preposition in ("out of", "from inside", "from within", "out")
    return a.relate(
        "in" if out or (a.preposition not in ("off", "off of") and first.head in w.CONTAINMENT | OPENINGS) else "on"
    )


ENTERING = _set("fall drop throw toss roll kick jump dive leap shoot fly slide hurl fling plop place put")


def _from_a_height(a: Adverbial) -> bool:
    """Whether the text states a height, so that what it falls onto is below it at the start."""
    return any(
        m.role in ("height", None, "length") and m.start > a.doc[a.happening.token or 0].idx for m in a.reading.measures
    )


def goes_to(a: Adverbial) -> bool:
    h, prep = a.happening, a.preposition
    aimed = prep == "at" and h.verb in AIMED
    if (prep not in w.GOAL_PREPOSITIONS and not aimed) or (prep == "to" and h.stative):
        return False
    if prep == "to" and h.verb in ATTACHING:
        return a.relate("attached_to")
    if a.theme and all(t in a.theme for t in a.found):
        h.manner.append(f"{prep}_each_other")
        return a.read()
    a.aim()
    placed = any(link.subject == a.theme and link.object == a.found for link in a.reading.links)
    if prep == "on top of":
        a.relate("on", "final")
    elif prep == "against" and h.verb in ("lean", "rest", "prop", "prop_up", "stand", "place"):
        a.relate("touching")
    elif (h.verb in ("lower", "descend") and not placed) or (
        h.verb in ("drop", "fall") and prep in ("onto", "on to") and not placed and not h.source and _from_a_height(a)
    ):
        a.relate("above")
    elif (
        prep in ("into", "in to")
        and h.verb in ENTERING
        and (a.found[0].role == "container" or a.found[0].head in HOLLOW)
        and not h.negated
    ):
        a.relate("in", "final")
    return True


def hangs(a: Adverbial) -> bool:
    if a.happening.verb in HANGING and a.preposition in ("on", "by"):
        return a.relate("hanging_from")
    return a.preposition == "over" and a.happening.verb in DRAPING and a.relate("on")


def _moving(a: Adverbial) -> bool:
    return not a.happening.stative and a.happening.verb not in STILL


def leads_along(a: Adverbial) -> bool:
    """The path: a relation that holds during the motion."""
    prep, h = a.preposition, a.happening
    through_gap = prep == "between" and h.verb in GOING_BETWEEN
    if not _moving(a) or prep not in w.PATH_PREPOSITIONS or (prep in ("by", "between") and not through_gap):
        return False
    if prep in ("over", "under", "beneath") and h.verb in NO_PATH:
        return False
    kind = w.PATH_PREPOSITIONS[prep]
    if prep in ("down", "up") and prep not in h.manner:
        h.manner.append(prep)
    if prep == "over":
        kind = "over" if h.verb in JUMPING else "across"
    if a.part_word == "edge" or (kind == "over" and a.found[0].role == "part" and a.found[0].head == "edge"):
        kind = "over_edge"
    return a.relate(kind, "during")


def ends_at(a: Adverbial) -> bool:
    """ "shatters on the floor", "is placed in the box", "stops behind the car": the phrase says where it ends."""
    h, prep = a.happening, a.preposition
    if not _moving(a) or prep not in AT_PREPOSITIONS:
        return False
    if (h.verb in w.LANDING_VERBS and prep in ("on", "upon")) or h.verb in REACHED:
        a.aim()
        if a.part is not None and a.part_word != "surface":
            return a.stand("initial" if h.verb in PUTTING else "final")  # "lands in the middle of the board"
        first = not any(same_mover(a.theme, e) for e in a.earlier)
        if h.verb in PUTTING or (h.verb in BREAKING and first):
            a.stand()
        elif h.verb in ("sink", "dip", "submerge", "lower"):
            a.stand("final")
        return True
    return False


def stops_beside(a: Adverbial) -> bool:
    """ "stops next to a tree": where it is in the end, though the same phrase of a thing at rest says where it is at the start."""
    if a.happening.verb not in STOPPING or a.happening.stative or a.preposition not in w.STATIC_RELATION:
        return False
    return a.stand("final")


def what_is_struck_lies_there(a: Adverbial) -> bool:
    """ "hits an apple on a table": the apple lies on the table, and nothing is hit onto it."""
    h = a.happening
    if (
        a.preposition not in ("on", "in", "inside")
        or not h.patient
        or h.passive
        or h.verb not in w.STRIKING_VERBS
        or a.part is not None
    ):
        return False
    if h.patient[0].role in ("ground", "support", "obstacle", "character", "part") or a.found[0].role not in (
        "support",
        "container",
    ):
        return False
    a.reading.link("in" if a.preposition != "on" else "on", h.patient, a.found, "initial", a.place.tokens)
    return a.read()


def later_on(a: Adverbial) -> bool:
    """ "falls off the table and rolls on the floor": what lies on the floor only after a fall was not there at the start."""
    if a.preposition not in ("on", "upon"):
        return False
    if not any(e.source or e.verb in ("fall", "drop", "throw", "toss") for e in a.earlier):
        return False
    if a.happening.verb in w.LANDING_VERBS:
        a.aim()
    return a.relate("on", "during" if _moving(a) else "final")


def is_at(a: Adverbial) -> bool:
    """Any other place holds at the start; what is poured stands in its vessel."""
    if a.found[0].head == "air" and a.preposition in ("in", "on"):
        return True
    h = a.happening
    pours = h.verb in ("pour", "pour_out", "spill") and bool(h.source) and a.preposition in ("in", "on")
    first = a.happening.token is not None and a.token.i < a.happening.token and a.preposition in ("in", "inside")
    holder = (
        h.source if pours else h.agent if first and h.agent else None
    )  # "inside a ship, a man drops a pen": the man is inside
    return a.stand(theme=holder) or a.preposition in w.STATIC_RELATION


GOING_RULES = (
    of_the_patient, with_what, short_of, stops_before, comes_from, goes_to, hangs, leads_along, stops_beside, what_is_struck_lies_there, ends_at, later_on, is_at,
)  # fmt: skip
