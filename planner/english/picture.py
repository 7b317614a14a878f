"""Phrases about the picture and about parts: "from left to right", "to the center of the screen", "at one end", "over the edge"."""

from __future__ import annotations

from planner.english.adverbial import PUTTING, Adverbial, owned_by_pronoun
from planner.english.entities import make_part
from planner.english.places import SIDES, on_screen
from planner.english.reading import Reading, Thing
from planner.english.tree import TRUE_PARTS, lemma

__all__ = ["PICTURE_RULES"]

TOWARDS = frozenset(["to", "toward", "towards"])
REACHING = TOWARDS | {"onto", "into"}
ACTED_AT = frozenset(
    [
        "heat",
        "cool",
        "hold",
        "grab",
        "touch",
        "hit",
        "strike",
        "push",
        "pull",
        "lift",
        "light",
        "burn",
        "ignite",
        "fix",
        "clamp",
        "pinch",
        "snip",
        "tap",
        "poke",
        "press",
        "support",
        "attach",
        "warm",
        "bend",
    ]
)
SCREEN_WORDS = frozenset(
    ["left", "right", "center", "centre", "middle", "edges", "corner", "corners", "background", "foreground"]
)
ENDING = frozenset(["stop", "come_to_rest", "halt", "settle", "end_up", "park"])
CARRIERS = frozenset(["support", "container", "object", "ground"])


def on_its_side(a: Adverbial) -> bool:
    """ "comes to rest on its side": how it lies, not where."""
    if not owned_by_pronoun(a.place, a.doc) or a.preposition not in ("on", "onto"):
        return False
    if a.part_lemma not in ("side", "back", "edge", "end", "top"):
        return False
    a.happening.manner.append(f"on_its_{a.part_lemma}")
    return a.read()


def _last_carrier(a: Adverbial) -> list[Thing]:
    """The support or container spoken of last: whose edge "the edge" is."""
    known = [
        t
        for t in a.reading.things
        if t.token is not None and t.token < a.token.i and t not in a.theme and t.role in CARRIERS
    ]
    goals = [t for h in a.reading.happenings if (h.token or 0) < a.token.i for t in h.goal]
    carriers = [t for t in known if t in goals or t.role in ("support", "container")]
    return (carriers or known)[-1:]


def _way(a: Adverbial) -> list[Thing]:
    """ "rolls down the stairs and splits at the bottom": the bottom of what the same mover went along."""
    for link in reversed(a.reading.links):
        path = link.type in ("along", "across", "up", "down") and link.phase == "during"
        if path and isinstance(link.object, list) and {id(t) for t in link.subject} & {id(t) for t in a.theme}:
            return list(link.object)
    return []


def _wholes(parts: list[Thing], reading: Reading) -> list[Thing]:
    """What the first of these parts is a part of."""
    for part in parts:
        for link in reading.links:
            if link.type == "part_of" and link.subject == [part] and isinstance(link.object, list):
                return list(link.object)
    return []


def whose_part(a: Adverbial) -> bool:
    """Find the owner that the phrase leaves unsaid: "over the edge", "from the bottom of the hill to the top"."""
    if a.place.part is None or a.found:
        return False
    edge = a.part_lemma in ("edge", "rim", "side", "lip", "top", "end")
    if (
        a.place.landmark is None
        and not a.side
        and a.preposition in ("at", "near")
        and a.part_lemma in ("bottom", "foot", "top", "end")
    ):
        a.found = _way(a)
        return False
    if a.place.landmark is None and not a.side and a.preposition in ("over", "off", "down", "past") and edge:
        a.found = _last_carrier(a)
    elif a.preposition in REACHING - {"into"} | {"from"} and a.token.lower_ not in SIDES:
        said = [t for t in a.happening.source + a.happening.goal if t.role == "part"]
        alike = [t for t in a.reading.things if t.role == "part" and t.head == a.part_word]
        a.found = _wholes(said, a.reading) or _wholes(alike, a.reading)
    return False  # the rules that follow read the phrase


def across_the_picture(a: Adverbial) -> bool:
    """ "from left to right", "from the left edge to the center": directions are manners, other positions are regions."""
    low, prep = a.token.lower_, a.preposition
    if a.found or prep not in REACHING | {"from"}:
        return False
    manner = a.happening.manner
    if a.part is None or not on_screen(a.place, a.doc):
        if low in ("left", "right") and prep in TOWARDS | {"from"}:
            manner.append(f"from_{low}" if prep == "from" else low)
            a.happening.tokens.add(a.token.i)
            return a.read()
        return False
    if low in ("left", "right") and a.side and prep == "from":
        a.happening.manner = [m for m in manner if m not in ("from_left", "from_right")]
        opposite = {"left": "right", "right": "left"}[low]
        after = [t.lower_ for t in a.doc[a.happening.token or 0].subtree if t.i > a.token.i]
        whole = "to" in after and opposite in after
        a.happening.manner.append(f"{low}_to_{opposite}" if whole else f"from_{low}")
        return a.read()
    if low in ("left", "right") and a.side and prep in TOWARDS:
        if not any(m.endswith(f"_to_{low}") for m in manner):
            manner.append(low)
        return a.read()
    region = make_part(a.part, a.reading, [])
    (a.happening.source if prep == "from" else a.happening.goal).append(region)
    return a.read()


def to_a_part(a: Adverbial) -> bool:
    """ "to the left of the stack", "to the back of the tree", "to the top of the hill"."""
    if a.part is None or not a.found or a.preposition not in REACHING | {"from", "off"}:
        return False
    word, prep, h = a.part_word, a.preposition, a.happening
    if prep == "to" and a.token.lower_ in SIDES and a.stand("initial" if h.stative or h.verb in PUTTING else "final"):
        h.goal += a.found if not h.stative and h.verb not in PUTTING else []
        return a.read()
    if (a.side and word in ("back", "front", "rear")) or word == "inside":
        if prep == "from":
            h.source += a.found
            return a.read()
        h.goal += a.found
        if word in SIDES:
            a.reading.link(SIDES[word], a.theme, a.found, "final", a.place.tokens)
        return a.read()
    if word != "surface" and not (word == "top" and prep in ("onto", "off")):
        a.found = [make_part(a.part, a.reading, a.found)]
    return False


def acted_on_at(a: Adverbial) -> bool:
    """ "a rod is heated at one end": what is acted on is the end of the rod."""
    if a.found or a.part is None or a.preposition not in ("on", "in", "at", "near"):
        return False
    verb = lemma(a.doc[a.happening.token or 0])
    if verb not in ACTED_AT and a.token.lower_ in SCREEN_WORDS:
        return False
    if a.happening.verb not in ACTED_AT or a.part_word not in TRUE_PARTS | {"top", "bottom", "middle", "center"}:
        return False
    if len(a.theme) != 1 or a.happening.patient != a.theme:
        return False
    a.happening.patient = [make_part(a.part, a.reading, a.theme)]
    return a.read()


def on_the_picture(a: Adverbial) -> bool:
    """ "remains on the right", "at the edges": a static place on the picture."""
    ends = a.happening.verb in ENDING and not a.happening.stative
    return not a.found and a.part is not None and a.stand("final" if ends else "initial") and a.read()


PICTURE_RULES = (on_its_side, whose_part, across_the_picture, to_a_part, acted_on_at, on_the_picture)
