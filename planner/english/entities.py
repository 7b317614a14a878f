"""Nouns become things: head, material, colour, size, count, attributes, and the structure of noun phrases ("pile of cans", "cup of water")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.knowledge import color_of, is_stuff, material_of, name_of, role_of, singular, size_of
from planner.english.reading import Reading, Thing, reading_of
from planner.english.tree import TRUE_PARTS, base, children, conjuncts, first_child, lemma, main_head, place_of, preposition

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

__all__ = ["head_noun", "make_part", "scene_entities"]

SHADES = frozenset("light dark bright pale deep".split())


def head_noun(token: Token) -> str:
    """The singular noun, by the tagger's lemma where it agrees with the spelling rules, by the rules otherwise."""
    rule = singular(token.text)
    if rule != token.lower_ and not token.lower_.endswith("s"):
        return rule
    if token.tag_ in ("NNS", "NNPS") or rule == token.lower_:
        return rule
    found = lemma(token)
    return found if found in (token.lower_, rule) else rule if token.pos_ == "NOUN" and found == rule else token.lower_


def compound_run(token: Token) -> list[Token]:
    """Compound modifiers of a noun, in text order, nested ones included."""
    run: list[Token] = []
    for child in token.children:
        if base(child) in ("compound", "flat", "goeswith") and child.dep_.lower() != "compound:prt" and child.i < token.i:
            run += [*compound_run(child), child]
    return sorted(run, key=lambda t: t.i)


def hyphen_run(token: Token) -> list[Token]:
    """The words joined to this one by hyphens without spaces: light-colored, second-floor."""
    doc, first, last = token.doc, token.i, token.i
    while first >= 2 and doc[first - 1].text in ("-", "–") and not doc[first - 1].whitespace_ and not doc[first - 2].whitespace_:
        first -= 2
    while last + 2 < len(doc) and doc[last + 1].text in ("-", "–") and not doc[last].whitespace_ and not doc[last + 1].whitespace_:
        last += 2
    return list(doc[first : last + 1])


def is_thing_noun(token: Token, reading: Reading) -> bool:
    if token.pos_ not in ("NOUN", "PROPN") or base(token) in ("compound", "flat", "goeswith", "fixed", "cc", "punct"):
        return False
    if any(token.i in tokens for _, tokens in reading.manners):
        return False
    if any(token.idx < m.end and m.start < token.idx + len(token) for m in reading.measures):
        return False
    if base(token) == "nmod" and token.dep_.lower() == "nmod:poss" and token.i + 2 < len(token.doc) and name_of(f"{token.lower_}'s {token.doc[token.i + 2].lower_}"):
        return False
    run = hyphen_run(token)
    return len(run) == 1 or (run[-1].i == token.i and run[-1].pos_ in ("NOUN", "PROPN"))


def is_abstract(token: Token) -> bool:
    word = singular(token.text)
    if word in w.ABSTRACT or word in w.MANNER_NOUNS:
        return True
    return token.pos_ == "NOUN" and word.endswith(("ness", "ity", "ism", "ance", "ence", "ment")) and role_of(word) is None and word not in ("equipment", "instrument", "ornament", "pavement", "basement", "garment", "fence", "ambulance", "cement", "city")


def _color(words: list[Token]) -> str | None:
    """The colour that an adjective with its shade or coordination names: light blue, blue and white, light-colored."""
    text = [t.lower_ for t in words if t.text not in ("-", "–")]
    if text and text[-1] in ("colored", "coloured", "hued") and len(text) > 1:
        return color_of(text[-2]) or text[0]
    if text and text[-1] in ("colored", "coloured"):
        return None
    found = color_of(text[-1]) if text else None
    if found and len(text) > 1 and text[-2] in SHADES:
        return f"{text[-2]} {found}"
    return found


def describe(thing: Thing, modifier: Token, reading: Reading) -> None:
    """Put an adjective, noun or participle that modifies a thing where it belongs."""
    run = hyphen_run(modifier)
    thing.tokens |= {t.i for t in run}
    text = run[0].doc[run[0].i : run[-1].i + 1].text.lower()
    advs = [c for c in modifier.children if base(c) in ("advmod", "amod", "compound") and c.i < modifier.i and c not in run]
    shade = [c for c in advs if c.lower_ in SHADES]
    previous = modifier.doc[modifier.i - 1] if modifier.i else None
    if not shade and previous is not None and previous.lower_ in SHADES and previous.head in (modifier, modifier.head) and color_of(modifier.text):
        shade = [previous]
    color = _color([*shade, *run])
    following = modifier.doc[modifier.i + 1] if modifier.i + 1 < len(modifier.doc) else None
    if color and following is not None and following.lower_ in w.DENOMINAL and following.head == modifier.head:
        return  # "a blue handled tool": the handle is blue
    if text in w.DENOMINAL and modifier.i and modifier.nbor(-1).pos_ in ("ADJ", "NOUN", "NUM"):
        thing.attributes.append(f"{modifier.nbor(-1).lower_}_{text}")
        thing.tokens.add(modifier.i - 1)
    elif color:
        if not (thing.color and color.split()[-1] in thing.color):
            thing.color = f"{thing.color}+{color}" if thing.color else color
        thing.tokens |= {t.i for t in shade}
    elif len(run) == 1 and material_of(modifier.text) and base(modifier) in ("amod", "compound", "conj", "nmod", "flat"):
        thing.material = thing.material or material_of(modifier.text)
    elif size_of(text):
        thing.size = thing.size or size_of(text)
    elif modifier.lower_ in SHADES and modifier.i + 1 < len(modifier.doc) and (color_of(modifier.nbor().text) or modifier.nbor().lower_ in ("colored", "coloured")):
        return  # said by the colour that follows
    elif modifier.lower_ == "light" and thing.color is None and modifier.nbor().pos_ == "NOUN" and material_of(modifier.nbor().text):
        thing.color = "light"
    elif text not in w.ABSOLUTE_ATTRIBUTES or text == "other":
        words = [c.lower_ for c in advs if c.lower_ not in ("very", "so", "really", "quite", "carefully")] + [text]
        thing.attributes.append("_".join(words) if len(words) > 1 else text if "-" not in text or modifier.pos_ != "NOUN" else text.replace("-", "_"))
        thing.tokens |= {c.i for c in advs}
    for other in children(modifier, "conj"):
        if other.pos_ in ("ADJ", "NOUN", "VERB", "PROPN") and other.i < (thing.token or 0):
            describe(thing, other, reading)


def _numeral(token: Token) -> int | None:
    low = token.lower_
    if low in w.COUNTED_NOUNS:
        return w.COUNTED_NOUNS[low]
    if low in w.NUMBER_WORDS:
        return w.NUMBER_WORDS[low]
    return int(low) if low.isdigit() and len(low) < 7 else None


def build(token: Token, reading: Reading) -> Thing:
    """A thing from its head noun and the modifiers in front of it."""
    run = compound_run(token)
    before = token.doc[token.i - 1] if token.i else None
    if not run and before is not None and base(before) == "amod" and name_of(f"{before.lower_} {singular(token.text)}"):
        run = [before]
    head, used = head_noun(token), {token.i}
    modifiers = list(run)
    for length in range(len(run), 0, -1):
        phrase = " ".join([*(t.lower_ for t in run[-length:]), singular(token.text)])
        if singular(token.text) not in w.GENERIC_NOUNS and name_of(phrase):
            head, modifiers = name_of(phrase) or phrase, run[:-length]
            used |= {t.i for t in run[-length:]}
            break
    thing = Thing(head=head, token=token.i)
    if " " in head and material_of(head.split()[0]):
        thing.material = material_of(head.split()[0])
    if head in w.GENERIC_NOUNS and run:
        thing.head, modifiers = singular(run[-1].text), run[:-1]
        thing.attributes.append(head)
        used.add(run[-1].i)
    owner = first_child(token, "nmod:poss") or (first_child(run[-1], "nmod:poss") if run else None)
    if owner is not None and name_of(f"{owner.lower_}'s {thing.head}"):
        thing.head = f"{owner.lower_}'s {thing.head}"
        used |= {owner.i, *(c.i for c in owner.children)}
    if modifiers and all(t.pos_ == "PROPN" or t.text[0].isupper() for t in modifiers) and not any(material_of(t.text) or color_of(t.text) for t in modifiers) and modifiers[0].i > token.sent.start:
        first, last = modifiers[0].i, modifiers[-1].i
        thing.attributes.append(token.doc[first : last + 1].text)
        used |= set(range(first, last + 1))
        modifiers = []
    skip: set[int] = set()
    for modifier in modifiers:
        if any(modifier.idx < m.end and m.start < modifier.idx + len(modifier) for m in reading.measures):
            continue
        if modifier.i not in skip:
            describe(thing, modifier, reading)
            skip |= {t.i for t in hyphen_run(modifier)}
    plural = token.tag_ in ("NNS", "NNPS") or "Plur" in token.morph.get("Number") or (token.lower_ != thing.head and singular(token.text) == thing.head)
    thing.count = None if plural and token.lower_ != singular(token.text) else 1
    for child in token.children:
        relation = base(child)
        if any(child.idx < m.end and m.start < child.idx + len(child) for m in reading.measures):
            continue
        if relation == "nummod":
            number = _numeral(child)
            if number is not None:
                thing.count = number
                used.add(child.i)
        elif relation == "amod" or (relation == "acl" and child.i < token.i):
            if child.lower_ in w.ORDINALS:
                thing.attributes.append(child.lower_)
                used.add(child.i)
            elif child.lower_ in ("few", "several", "many", "multiple", "numerous", "various"):
                thing.count = None
            elif child.i not in skip and (child.i < token.i or not list(child.subtree)[1:]):
                describe(thing, child, reading)
                skip |= {t.i for t in hyphen_run(child)}
        elif relation == "det" and child.lower_ in ("another",):
            thing.attributes.append("another")
            used.add(child.i)
    thing.material = thing.material or is_stuff(thing.head)
    thing.role = role_of(thing.head) or role_of(head_noun(token)) or "object"
    if thing.role == "character" and (thing.material or "toy" in thing.attributes or "plush" in thing.attributes):
        thing.role = "object"  # a rubber duck
    thing.tokens |= used
    return thing


def _count_phrase(token: Token) -> int | None | str:
    """What a "pair of" or "group of" says of the noun that follows: its number, None for an unnumbered group, "" for neither."""
    word = lemma(token)
    if word in w.COUNTED_NOUNS:
        factor = first_child(token, "nummod")
        return w.COUNTED_NOUNS[word] * ((_numeral(factor) or 1) if factor is not None else 1)
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
            if other.head == thing.head and other.attributes == thing.attributes and any(k.subject == [other] and k.object == owner for k in reading.links):
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
    if base(first) == "nsubj":
        return lemma(first.head) in w.DISPLAY_VERBS or of_child(token) is not None
    return True


def _is_shape(token: Token) -> bool:
    """ "in a row", "into a pile": how things stand, no thing of its own."""
    return singular(token.text) in w.ARRANGEMENTS and preposition(token) in ("in", "into") and of_child(token) is None


def _register(token: Token, reading: Reading) -> None:
    word = singular(token.text)
    inner = of_child(token)
    counted = _count_phrase(token)
    if inner is not None and inner.pos_ in ("NOUN", "PROPN") and (counted != "" or word in w.PARTITIVES) and not (word == "block" and material_of(inner.text) is None):
        if inner.i not in reading.by_token:
            _register(inner, reading)
        for thing in reading.by_token.get(inner.i, []):
            if counted != "":
                thing.count = counted  # type: ignore[assignment]
            else:
                thing.attributes.append(word)
                number = first_child(token, "nummod")
                if number is not None:
                    thing.count = _numeral(number)
            for child in children(token, "amod"):
                describe(thing, child, reading)
            thing.tokens |= {token.i}
        reading.by_token[token.i] = list(reading.by_token.get(inner.i, []))
        return
    place = place_of(token)
    if place.part is not None and (place.landmark is not None or word in ("left", "right", "end", "center", "centre", "middle", "edge", "top", "bottom", "background", "foreground", "corner", "side", "front", "back")):
        if not (word == "top" and place.landmark is None and any(c.lower_ in ("a", "an") for c in token.children)):  # but "a spinning top"
            return  # a part: made on demand, when something happens at it
    if is_abstract(token) or word in w.DISPLAY_NOUNS or _names_event(token):
        return
    if token.lower_ in ("left", "right", "moon", "vacuum") or _is_shape(token):
        return
    thing = build(token, reading)
    reading.things.append(thing)
    reading.by_token[token.i] = [thing]


def scene_entities(doc: Doc) -> Doc:
    """Component: things of the text in `Doc._.reading`, and their spans in `Doc.spans["entities"]`."""
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
        if token.i in reading.by_token or lemma(token) not in TRUE_PARTS | {"top", "bottom", "front", "back", "surface"} or token.pos_ not in ("NOUN", "ADJ") or base(first) not in ("nsubj", "obj"):
            continue
        place = place_of(token)
        if lemma(token) not in TRUE_PARTS and place.landmark is None:
            continue
        owner = reading.denoted(doc[place.landmark]) if place.landmark is not None else [t for t in reading.things if t.token is not None and t.token < token.i and t.role not in ("ground", "character", "field")][:1]
        make_part(token, reading, owner)  # something happens to it: "one end is heated"
    return doc


def _structure(thing: Thing, token: Token, reading: Reading) -> None:
    """Relations that the noun phrase itself states: stacks, contents, materials, owners of parts."""
    inner = of_child(token)
    if inner is not None:
        for one in conjuncts(inner):
            content = reading.denoted(one)
            mass = material_of(one.text)
            if thing.head in w.COLLECTIVES and content:
                reading.link("part_of", content, [thing])
            elif content and (thing.head in w.CONTAINMENT or role_of(thing.head) == "container"):
                reading.link("in", content, [thing])
                thing.role = "container"
            elif mass and content and content[0].role != "fluid" and len(list(one.children)) <= 2:
                thing.material = thing.material or mass
                _absorb(content[0], thing, reading)
            elif content and role_of(thing.head) is None or content and thing.head in w.PART_NOUNS:
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
            made = next((c for c in clause.children if base(c) in ("obl", "obj", "nmod") and preposition(c) in ("of", "from", "out of", "by")), None)
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


