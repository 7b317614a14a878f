"""Static places: what a prepositional phrase says of where a thing is, on other things or on the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.arguments import things_of
from planner.english.entities import make_part
from planner.english.knowledge import singular
from planner.english.reading import FRAME_ID, Place, Reading, Thing
from planner.english.tree import children, lemma

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["SIDES", "landmark_of", "on_screen", "side_of", "static_relation"]

SCREEN = frozenset(
    ["screen", "frame", "view", "camera", "picture", "image", "shot", "scene", "background", "foreground"]
)
SIDES = {"left": "left_of", "right": "right_of", "front": "in_front_of", "back": "behind", "rear": "behind"}
WORN = frozenset(
    [
        "suit",
        "dress",
        "coat",
        "jacket",
        "shirt",
        "uniform",
        "costume",
        "hat",
        "helmet",
        "robe",
        "gown",
        "skirt",
        "jeans",
        "trousers",
        "sweater",
        "hoodie",
        "apron",
        "armor",
        "armour",
        "spacesuit",
        "swimsuit",
        "kimono",
        "cloak",
        "clothes",
        "outfit",
        "boot",
        "shoe",
        "glove",
        "pajamas",
        "scarf",
    ]
)
MIDDLES = frozenset(["middle", "center", "centre"])


def landmark_of(place: Place, doc: Doc, reading: Reading) -> list[Thing]:
    if place.landmark is None:
        return []
    token = doc[place.landmark]
    found = things_of(token, reading)
    if place.part is not None and lemma(doc[place.part]) == "surface":
        for thing in found:
            fluid = [
                t
                for link in reading.links
                if link.type == "in" and link.object == [thing]
                for t in link.subject
                if t.role == "fluid"
            ]
            if fluid:
                return fluid
    return found


def on_screen(place: Place, doc: Doc) -> bool:
    if place.landmark is None:
        part = doc[place.part] if place.part is not None else None
        other = part is not None and any(c.lower_ in ("other", "each", "one", "either") for c in part.children)
        return part is not None and not other and lemma(part) not in ("end", "tip", "rim", "base", "half")
    return doc[place.landmark].lower_ in SCREEN


def side_of(place: Place, doc: Doc) -> str | None:
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
    prep, found = place.preposition, landmark_of(place, doc, reading)
    if place.part is not None:
        part = doc[place.part]
        word = singular(part.text)
        side = side_of(place, doc)
        target: list[Thing] | str = found if found else FRAME_ID
        if found or on_screen(place, doc):
            tokens = place.tokens
            if (
                side
                and word in ("left", "right", "side", "front", "back", "rear", "hand")
                and prep in ("to", "on", "at", "in", "toward", "towards", "")
            ):
                reading.link(SIDES[side], subject, target, phase, tokens)
            elif word in MIDDLES:
                reading.link("in_middle_of", subject, target, phase, tokens)
            elif word in ("edge", "side", "corner", "rim"):
                reading.link("at_edge", subject, target, phase, tokens)
            elif word == "end":
                reading.link("at_end", subject, target, phase, tokens)
            elif (word == "top" and prep in ("on", "onto") and found) or (word == "surface" and found):
                reading.link(
                    "in" if prep in ("in", "into") and word != "surface" else "on", subject, target, phase, tokens
                )
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
    if prep == "in" and subject and subject[0].role == "character" and found[0].head in WORN:
        found[0].role = "cloth"
        return True  # acrobats in red suits wear them
    if prep in ("inside", "inside of", "within") and found[0].head in ("ring", "hoop", "circle", "square", "triangle"):
        kind = "inside"
    if kind == "on" and found[0].role in ("obstacle",) and found[0].head == "wall":
        kind = "on"
    reading.link(kind, subject, found, phase, place.tokens)
    return True
