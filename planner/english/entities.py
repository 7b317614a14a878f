"""Nouns become things: head, material, colour, size, count, attributes, and the structure of noun phrases ("pile of cans", "cup of water")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.knowledge import is_compound_name, is_name, material_of, name_of, role_of, singular
from planner.english.reading import Measure, Reading, Thing, reading_of
from planner.english.tree import (
    SURFACED,
    TRUE_PARTS,
    base,
    children,
    conjuncts,
    first_child,
    lemma,
    main_head,
    place_of,
    preposition,
)

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token
from planner.english.noun_phrase import build, describe, hyphen_run, numeral

__all__ = ["make_part", "scene_entities"]


def is_thing_noun(token: Token, reading: Reading) -> bool:
    if base(token) == "compound" and token.lower_ in SURFACED and lemma(token.head) == "surface":
        return True  # "the ocean surface": the ocean
    if (
        base(token) == "compound"
        and lemma(token.head) in ("edge", "corner", "rim")
        and is_name(token.lower_)
        and token.pos_ == "NOUN"
    ):
        return True  # "the table edge": the table
    if token.pos_ not in ("NOUN", "PROPN") or base(token) in ("compound", "flat", "goeswith", "fixed", "cc", "punct"):
        return False
    if any(token.i in tokens for _, tokens in reading.manners) or not any(c.isalpha() for c in token.text):
        return False
    if any(token.idx < m.end and m.start < token.idx + len(token) for m in reading.measures):
        return False
    if (
        base(token) == "nmod"
        and token.dep_.lower() == "nmod:poss"
        and token.i + 2 < len(token.doc)
        and name_of(f"{token.lower_}'s {token.doc[token.i + 2].lower_}")
    ):
        return False
    if base(token) == "amod" and token.head.i > token.i and token.head.pos_ in ("NOUN", "PROPN"):
        return False  # "a baking tray", whatever the label
    run = hyphen_run(token)
    if len(run) > 1 and token.doc[run[0].i : run[-1].i + 1].text.lower() in w.DISPLAY_NOUNS:
        return False
    return len(run) == 1 or (run[-1].i == token.i and run[-1].pos_ in ("NOUN", "PROPN"))


def is_abstract(token: Token) -> bool:
    word = singular(token.text)
    if (
        word in ("weight", "load")
        and base(main_head(token)) in ("nsubj", "obj")
        and of_child(token) is None
        and token.head.pos_ == "VERB"
    ):
        return False  # "the weight drops": the thing
    if word in w.ABSTRACT or word in w.MANNER_NOUNS:
        return True
    return (
        token.pos_ == "NOUN"
        and word.endswith(("ness", "ity", "ism", "ance", "ence", "ment"))
        and role_of(word) is None
        and word
        not in (
            "equipment",
            "instrument",
            "ornament",
            "pavement",
            "basement",
            "garment",
            "fence",
            "ambulance",
            "cement",
            "city",
        )
    )


def _count_phrase(token: Token) -> int | str | None:
    """What a "pair of" or "group of" says of the noun that follows: its number, None for an unnumbered group, "" for neither."""
    word = lemma(token)
    if word in w.COUNTED_NOUNS:
        factor = first_child(token, "nummod")
        return w.COUNTED_NOUNS[word] * ((numeral(factor) or 1) if factor is not None else 1)
    return None if word in w.UNCOUNTED_GROUPS else ""


def of_child(token: Token) -> Token | None:
    return next((c for c in token.children if base(c) in ("nmod", "obl") and preposition(c) == "of"), None)


def make_part(token: Token, reading: Reading, owner: list[Thing]) -> Thing:
    """A part or a place of the picture as a thing of its own: "left end of the rod", "the center"."""
    if reading.by_token.get(token.i):
        return reading.by_token[token.i][0]
    thing = build(token, reading)
    thing.head = {"centre": "center"}.get(thing.head, thing.head)
    thing.role = "part" if owner else "region"
    if owner:
        for other in reading.things:
            if (
                other.head == thing.head
                and other.attributes == thing.attributes
                and any(k.subject == [other] and k.object == owner for k in reading.links)
            ):
                reading.by_token[token.i] = [other]
                return other
    else:
        for other in reading.things:
            if other.head == thing.head and other.attributes == thing.attributes and other.role == "region":
                reading.by_token[token.i] = [other]
                return other
    reading.things.append(thing)
    reading.by_token[token.i] = [thing]
    reading.link("part_of", [thing], owner)
    return thing


def _names_event(token: Token) -> bool:
    """An event noun that is no thing: shown, said of something, or undergone; a subject of its own verb is a thing ("a swing swings")."""
    if singular(token.text) not in w.EVENT_NOUNS or children(token, "acl"):
        return False
    first = main_head(token)
    if (
        base(first) in ("obl", "nmod")
        and preposition(first) in ("on", "in", "from", "under", "off", "onto")
        and is_name(token.lower_)
    ):
        return False  # "a child on a swing"
    if base(first) == "nsubj":
        return lemma(first.head) in w.DISPLAY_VERBS or of_child(token) is not None
    return True


VARIED = {
    "size": "sizes",
    "color": "colors",
    "colour": "colors",
    "shape": "shapes",
    "material": "materials",
    "weight": "weights",
}
FRAGMENTS = frozenset(["piece", "shard", "fragment", "bit", "part", "chunk", "splinter"])


def _is_shape(token: Token, reading: Reading) -> bool:
    """ "in a row", "into a pile", "into six pieces": how things stand or what becomes of them, no thing of its own."""
    if (
        singular(token.text) in FRAGMENTS
        and preposition(token) in ("into", "in")
        and token.head.pos_ == "VERB"
        and of_child(token) is None
    ):
        number = first_child(token, "nummod")
        count = numeral(number) if number is not None else None
        if count is not None:
            reading.measures.append(Measure(float(count), None, "pieces", token.idx, token.idx + len(token)))
            reading.used.add(number.i)  # type: ignore[union-attr]
        return True
    return singular(token.text) in w.ARRANGEMENTS and preposition(token) in ("in", "into") and of_child(token) is None


def _register(token: Token, reading: Reading) -> None:
    word = singular(token.text)
    inner = of_child(token)
    counted = _count_phrase(token)
    if (
        inner is not None
        and inner.pos_ in ("NOUN", "PROPN")
        and (counted != "" or word in w.PARTITIVES)
        and not (word == "block" and material_of(inner.text) is None)
    ):
        if inner.i not in reading.by_token:
            _register(inner, reading)
        for thing in reading.by_token.get(inner.i, []):
            if counted != "":
                thing.count = counted  # type: ignore[assignment]
            else:
                thing.attributes.append(word)
                number = first_child(token, "nummod")
                if number is not None:
                    thing.count = numeral(number)
            for child in children(token, "amod"):
                describe(thing, child, reading)
            thing.tokens |= {token.i}
        reading.by_token[token.i] = list(reading.by_token.get(inner.i, []))
        return
    place = place_of(token)
    if (
        place.part is not None
        and (
            place.landmark is not None
            or word
            in (
                "left",
                "right",
                "end",
                "center",
                "centre",
                "middle",
                "edge",
                "top",
                "bottom",
                "background",
                "foreground",
                "corner",
                "side",
                "front",
                "back",
            )
        )
        and not (
            word == "top"
            and place.landmark is None
            and (token.lower_ == "tops" or any(c.lower_ in ("a", "an") for c in token.children))
        )
    ):  # but "a spinning top"
        return  # a part: made on demand, when something happens at it
    named = any(
        is_compound_name(f"{c.lower_} {word}")
        for c in token.children
        if base(c) in ("compound", "amod") and c.i == token.i - 1
    )
    if not named and (is_abstract(token) or word in w.DISPLAY_NOUNS or _names_event(token)):
        return
    if (
        token.lower_ in ("left", "right", "vacuum")
        or (token.lower_ == "moon" and base(token) not in ("nsubj", "obj"))
        or _is_shape(token, reading)
    ):
        return
    thing = build(token, reading)
    if thing.head == "top":
        thing.role = "object"  # the toy: what is the top of something was left out above
    reading.things.append(thing)
    reading.by_token[token.i] = [thing]


def scene_entities(doc: Doc) -> Doc:
    """Component: the things of the text, on the reading, with the relations that their noun phrases state."""
    reading = reading_of(doc)
    for token in doc:
        if token.i not in reading.by_token and is_thing_noun(token, reading):
            _register(token, reading)
        elif token.lower_ in w.PERSONS:
            person = Thing("person", token.i, role="character", tokens={token.i})
            reading.things.append(person)
            reading.by_token[token.i] = [person]
    for token in doc:
        for thing in list(reading.by_token.get(token.i, [])):
            if thing.token == token.i:
                _structure(thing, token, reading)
    for token in doc:
        first = main_head(token)
        if (
            any(token.i in tokens for _, tokens in reading.manners)
            or token.i in reading.by_token
            or lemma(token)
            not in TRUE_PARTS | {"top", "bottom", "front", "back", "surface", "center", "centre", "middle"}
            or token.pos_ not in ("NOUN", "ADJ")
            or base(first) not in ("nsubj", "obj")
        ):
            continue
        place = place_of(token)
        if lemma(token) not in TRUE_PARTS and place.landmark is None:
            continue
        owner = (
            reading.denoted(doc[place.landmark])
            if place.landmark is not None
            else [
                t
                for t in reading.things
                if t.token is not None and t.token < token.i and t.role not in ("ground", "character", "field")
            ][:1]
        )
        make_part(token, reading, owner)  # something happens to it: "one end is heated"
    return doc


def _structure(thing: Thing, token: Token, reading: Reading) -> None:
    """Relations that the noun phrase itself states: stacks, contents, materials, owners of parts."""
    inner = of_child(token)
    if (
        inner is not None
        and lemma(inner) in VARIED
        and any(c.lower_ in ("different", "various", "varying", "several") for c in inner.children)
    ):
        thing.attributes.append(f"different_{VARIED[lemma(inner)]}")  # "five balls of different sizes"
        thing.tokens |= {t.i for t in inner.subtree}
    if inner is not None:
        for one in conjuncts(inner):
            content = reading.denoted(one)
            mass = material_of(one.text)
            if thing.head in w.COLLECTIVES | w.FLUID_FORMS and content:
                reading.link("part_of", content, [thing])
            elif content and (thing.head in w.CONTAINMENT or role_of(thing.head) == "container"):
                reading.link("in", content, [thing])
                thing.role = "container"
            elif mass and content and content[0].role != "fluid" and len(list(one.children)) <= 2:
                thing.material = thing.material or mass
                _absorb(content[0], thing, reading)
            elif (content and role_of(thing.head) in (None, "part")) or (content and thing.head in w.PART_NOUNS):
                reading.link("part_of", [thing], content)
                if thing.head in w.PART_NOUNS:
                    thing.role = "part"
    owner = first_child(token, "nmod:poss")
    if owner is not None and reading.denoted(owner):
        reading.link("part_of", [thing], reading.denoted(owner))
        if thing.role == "object":
            thing.role = "part"
    for clause in children(token, "acl", "amod"):
        if clause.lower_ in ("made", "built", "constructed", "composed", "formed", "consisting") and clause.i > token.i:
            made = next(
                (
                    c
                    for c in clause.children
                    if base(c) in ("obl", "obj", "nmod") and preposition(c) in ("of", "from", "out of", "by")
                ),
                None,
            )
            if made is None:
                continue
            thing.tokens.add(clause.i)
            for one in conjuncts(made):
                content = reading.denoted(one)
                if content and material_of(one.text) and content[0].count == 1:
                    thing.material = thing.material or material_of(one.text)
                    _absorb(content[0], thing, reading)
                elif content:
                    reading.link("part_of", content, [thing])
    for clause in children(token, "acl"):
        if clause.lower_ == "resembling":
            like = first_child(clause, "obj")
            if like is not None:
                thing.attributes.append(f"{singular(like.text)}-like")
                thing.tokens |= {clause.i, like.i}
                for other in reading.by_token.pop(like.i, []):
                    reading.things.remove(other)


def _absorb(stuff: Thing, thing: Thing, reading: Reading) -> None:
    """The stuff of a thing is no second thing."""
    thing.tokens |= stuff.tokens
    if stuff in reading.things:
        reading.things.remove(stuff)
    for key, value in list(reading.by_token.items()):
        if stuff in value:
            reading.by_token[key] = [thing]
