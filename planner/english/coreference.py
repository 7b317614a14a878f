"""Which words speak of the same thing: pronouns, definite noun phrases, "both", "another", "one of them", relative pronouns.

Nearest compatible antecedent with preference for the subject of the clause before (Hobbs 1978; Lappin and Leass 1994, in spirit):
enough for descriptions of a few sentences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english.knowledge import role_of, singular
from planner.english.reading import Reading, Thing, reading_of
from planner.english.tree import base, children, first_child

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token
from planner.english.members import is_definite, one_of, split_pair
from planner.english.pronouns import PERSON, RELATIVE, SINGULAR, pronoun, relative

__all__ = ["scene_coreference"]


DETACHED = frozenset(
    [
        "another",
        "other",
        "others",
        "one",
        "ones",
        "each",
        "two",
        "three",
        "four",
        "latter",
        "former",
        "first",
        "second",
        "last",
        "this",
        "these",
        "those",
    ]
)


HYPERNYMS = {
    "liquid": "fluid", "fluid": "fluid", "animal": "character", "creature": "character", "figure": "character", "device": "tool", "claw": "tool",
    "gripper": "tool", "object": "object", "item": "object", "vehicle": "object", "toy": "object", "sphere": "object", "solid": "object",
}  # fmt: skip


SPHERES = frozenset(["ball", "marble", "sphere"])


def _indefinite(token: Token) -> bool:
    return any(base(c) == "det" and c.lower_ in ("a", "an", "another", "some") for c in token.children)


def _compatible(thing: Thing, earlier: Thing) -> bool:
    if "another" in thing.attributes or "other" in thing.attributes or "one_of" in thing.attributes:
        return False
    if (thing.color and thing.color != earlier.color) or (
        thing.material and earlier.material and thing.material != earlier.material
    ):
        return False
    if (thing.count == 1) != (earlier.count == 1):
        return False
    if thing.size and earlier.size and thing.size != earlier.size:
        return False
    distinctive = [a for a in thing.attributes if a not in earlier.attributes]
    return not distinctive or (
        not earlier.attributes
        and not thing.color
        and all("_" not in a for a in distinctive)
        and earlier.token is not None
    )


def _same_head(thing: Thing, earlier: Thing) -> bool:
    a, b = thing.head, earlier.head
    return a == b or (len(a) > 3 and len(b) > 3 and (b == a + "stick" or b.endswith(a)))


STACKED = frozenset(["tower", "stack", "pile", "pyramid", "column", "structure"])


def _is_stacked(thing: Thing, token: Token) -> bool:
    """Whether the text has said that the things stand on each other."""
    noun = token.doc[thing.token] if thing.token is not None else None
    said = {"stacked", "piled"} & set(thing.attributes)
    return bool(said) or (
        noun is not None and noun.head.lower_ in ("stacked", "piled", "stack", "pile", "stacks", "piles", "stacking")
    )


def _usual_material(head: str) -> str | None:
    from scenes.catalogue import catalogue

    entry = catalogue().find(head, "en")
    return str(entry.material) if entry is not None and entry.material is not None else None


def _antecedent(thing: Thing, token: Token, reading: Reading) -> list[Thing]:
    definite = is_definite(token)
    bare = not _indefinite(token) and not any(base(c) in ("nummod",) for c in token.children)
    if not (definite or bare):
        return []
    earlier = [
        t for t in reading.things if t is not thing and t.token is not None and t.token < token.i and t.members == []
    ]
    same = [t for t in earlier if _same_head(thing, t)]
    fitting = [t for t in same if _compatible(thing, t)]
    if fitting and (definite or (fitting[-1].head == thing.head and thing.material != thing.head)):
        if len(fitting) > 1 and definite:
            fitting.sort(key=lambda t: (len(set(thing.attributes) & set(t.attributes)), t.color == thing.color))
        return [fitting[-1]]
    if definite and thing.count is None and len(same) > 1 and not thing.attributes and not thing.color:
        return same  # "the balls" after a red one and a blue one
    if (
        definite
        and not same
        and thing.head in STACKED
        and (built := [t for t in earlier if t.count != 1 and _is_stacked(t, token)])
    ):
        return built[-1:]  # "five blocks are stacked ... the tower"
    if definite and not same and thing.head in ("glass", "ice", "wood", "paper"):
        made = [t for t in earlier if t.role != "ground" and _usual_material(t.head) == thing.head]
        if len(made) == 1:
            return made  # "a stone flies at a window and the glass shatters"
    if definite and thing.head in SPHERES and not same:
        other = [t for t in earlier if t.head in SPHERES and (t.count == 1) == (thing.count == 1)]
        if len(other) == 1:
            return other
    if definite and thing.head in HYPERNYMS and not thing.color:
        wanted = HYPERNYMS[thing.head]
        kin = [t for t in earlier if t.role == wanted or (wanted == "fluid" and role_of(t.head) == "fluid")]
        if wanted == "object":
            kin = [t for t in earlier if t.role == "object"]
        if kin and (wanted != "object" or len(kin) == 1):
            return [kin[-1]]
    return []


ORDINAL_LINKS = {
    "first": "first_of",
    "last": "last_of",
    "middle": "part_of",
    "top": "part_of",
    "bottom": "part_of",
    "topmost": "part_of",
    "remaining": "part_of",
    "second": "part_of",
    "third": "part_of",
}


def _ordinal(thing: Thing, token: Token, reading: Reading) -> None:
    """ "ten dominoes ... the first domino": one of the group spoken of before."""
    kind = next((ORDINAL_LINKS[a] for a in thing.attributes if a in ORDINAL_LINKS), None)
    if kind is None or not is_definite(token):
        return
    groups = [
        t for t in reading.things if t.head == thing.head and t.count != 1 and t.token is not None and t.token < token.i
    ]
    reading.link(kind, [thing], groups[-1:])


def _same_fluid(thing: Thing, token: Token, reading: Reading) -> list[Thing]:
    """ "on the water in a tank filled with water": the filling is the fluid spoken of before."""
    if thing.role != "fluid" or token.head.lower_ not in ("filled", "full", "containing"):
        return []
    return [
        t
        for t in reading.things
        if t is not thing
        and t.head == thing.head
        and t.token is not None
        and t.token < token.i
        and t.color == thing.color
    ][-1:]


def _merge(thing: Thing, targets: list[Thing], reading: Reading) -> None:
    reading.things.remove(thing)
    for key, value in reading.by_token.items():
        if thing in value:
            reading.by_token[key] = [t for v in value for t in (targets if v is thing else [v])]
    for link in reading.links:
        link.subject = [t for v in link.subject for t in (targets if v is thing else [v])]
        if isinstance(link.object, list):
            link.object = [t for v in link.object for t in (targets if v is thing else [v])]
    target = targets[0]
    target.tokens |= thing.tokens
    if len(targets) == 1:
        target.attributes += [a for a in thing.attributes if a not in target.attributes]
        target.color, target.material, target.size = (
            target.color or thing.color,
            target.material or thing.material,
            target.size or thing.size,
        )
        target.measures += thing.measures
        if len(thing.head) < len(target.head) and target.head.startswith(thing.head) and " " not in target.head:
            target.head = thing.head


def scene_coreference(doc: Doc) -> Doc:
    """Component: in text order, definite nouns are merged with what they repeat, and pronouns denote what they stand for."""
    reading = reading_of(doc)
    split_pair(doc, reading)
    for token in doc:
        if any(token.i in tokens for _, tokens in reading.manners):
            continue
        if (
            token.lower_ == "its"
            or token.lower_ == "their"
            or (token.dep_.lower() == "nmod:poss" and token.pos_ == "PRON")
        ):
            reading.by_token[token.i] = pronoun(token, reading)
            owner, owned = reading.by_token[token.i], reading.denoted(token.head)
            if (
                owner
                and owned
                and owner != owned
                and not (owned[0].role == "character" and owner[0].role == "character")
            ):
                reading.link("part_of", owned, owner[:1])
                for thing in owned:
                    thing.role = "part" if thing.role in ("object", "region") else thing.role
        elif token.lower_ in RELATIVE and (
            token.tag_ in ("WDT", "WP", "WP$", "WRB") or token.lower_ in ("which", "who")
        ):
            reading.by_token[token.i] = relative(token, reading)
        elif (
            token.pos_ in ("PRON", "DET", "NUM", "ADJ")
            and token.i not in reading.by_token
            and token.i not in reading.used
            and base(token) not in ("det", "nummod", "amod", "expl", "advmod", "compound", "cc:preconj")
        ):
            low = token.lower_
            if (
                low in SINGULAR | PERSON
                or low in ("they", "them", "themselves", "both")
                or (low == "each" and not children(token, "nmod"))
            ):
                reading.by_token[token.i] = pronoun(token, reading)
            elif (
                low in DETACHED
                and not (token.i and token.nbor(-1).lower_ == "each")
                and token.pos_ in ("PRON", "NUM", "ADJ", "DET")
            ):
                one_of(token, reading)
        elif token.i in reading.by_token:
            for thing in list(reading.by_token[token.i]):
                if thing.token == token.i:
                    if token.lower_ in ("one", "ones", "other", "others"):
                        reading.things.remove(thing)
                        del reading.by_token[token.i]
                        one_of(token, reading)
                        continue
                    if thing.head in ("amount", "portion") and not children(token, "nmod"):
                        reading.link(
                            "part_of", [thing], [t for t in reading.things if t.role == "fluid" and t is not thing][-1:]
                        )
                        thing.role = "fluid"
                    _ordinal(thing, token, reading)
                    targets = _antecedent(thing, token, reading) or _same_fluid(thing, token, reading)
                    if targets:
                        _merge(thing, targets, reading)
        elif (
            token.lower_ in ("one", "ones", "other", "others", "another", "rest")
            and token.pos_ in ("NOUN", "PROPN")
            and (token.lower_ != "rest" or is_definite(token))
        ):
            one_of(token, reading)
    for token in doc:
        if token.lower_ == "other" and token.head.lower_ == "each" and first_child(token.head, "nmod") is None:
            reading.by_token[token.i] = reading.by_token.get(token.head.i, [])
    reading.things = [t for t in reading.things if singular(t.head)]
    return doc
