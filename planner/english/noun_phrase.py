"""A noun phrase: head noun, material, colour, size, count and attributes of one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.knowledge import color_of, is_stuff, material_of, name_of, role_of, singular, size_of
from planner.english.reading import Reading, Thing
from planner.english.tree import (
    base,
    children,
    first_child,
    lemma,
)

if TYPE_CHECKING:
    from spacy.tokens import Token

__all__ = ["build", "describe", "head_noun", "hyphen_run", "numeral"]


METAL_COLORS = frozenset(["silver", "gold", "copper", "bronze"])
MADE_OF_METAL = frozenset(
    [
        "coin",
        "ring",
        "bar",
        "spoon",
        "fork",
        "knife",
        "medal",
        "chain",
        "necklace",
        "bracelet",
        "earring",
        "nugget",
        "rod",
        "wire",
        "plate",
        "ingot",
        "pipe",
        "tube",
        "kettle",
        "pot",
        "bell",
        "nail",
        "statue",
        "trophy",
        "crown",
        "foil",
        "sheet",
        "block",
        "cube",
        "sphere",
    ]
)
SHADES = frozenset(["light", "dark", "bright", "pale", "deep"])


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
        if (
            base(child) in ("compound", "flat", "goeswith")
            and child.dep_.lower() != "compound:prt"
            and child.i < token.i
        ):
            run += [*compound_run(child), child]
    return sorted(run, key=lambda t: t.i)


def hyphen_run(token: Token) -> list[Token]:
    """The words joined to this one by hyphens without spaces: light-colored, second-floor."""
    doc, first, last = token.doc, token.i, token.i
    while (
        first >= 2
        and doc[first - 1].text in ("-", "–")
        and not doc[first - 1].whitespace_
        and not doc[first - 2].whitespace_
    ):
        first -= 2
    while (
        last + 2 < len(doc)
        and doc[last + 1].text in ("-", "–")
        and not doc[last].whitespace_
        and not doc[last + 1].whitespace_
    ):
        last += 2
    return list(doc[first : last + 1])


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
    advs = [
        c for c in modifier.children if base(c) in ("advmod", "amod", "compound") and c.i < modifier.i and c not in run
    ]
    shade = [c for c in advs if c.lower_ in SHADES]
    previous = modifier.doc[modifier.i - 1] if modifier.i else None
    if (
        not shade
        and previous is not None
        and previous.lower_ in SHADES
        and previous.head in (modifier, modifier.head)
        and color_of(modifier.text)
    ):
        shade = [previous]
    color = _color([*shade, *run])
    if color in METAL_COLORS and thing.head in MADE_OF_METAL and not shade:
        thing.material, color = thing.material or color, None  # a silver coin is of silver, a silver car is not
        return
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
    elif (
        len(run) == 1 and material_of(modifier.text) and base(modifier) in ("amod", "compound", "conj", "nmod", "flat")
    ):
        thing.material = thing.material or material_of(modifier.text)
    elif size_of(text):
        thing.size = thing.size or size_of(text)
    elif (
        modifier.lower_ in SHADES
        and modifier.i + 1 < len(modifier.doc)
        and (color_of(modifier.nbor().text) or modifier.nbor().lower_ in ("colored", "coloured"))
    ):
        return  # said by the colour that follows
    elif (
        modifier.lower_ == "light"
        and thing.color is None
        and modifier.nbor().pos_ == "NOUN"
        and material_of(modifier.nbor().text)
    ):
        thing.color = "light"
    elif text not in w.ABSOLUTE_ATTRIBUTES or text == "other":
        words = [c.lower_ for c in advs if c.lower_ not in ("very", "so", "really", "quite", "carefully")] + [text]
        thing.attributes.append(
            "_".join(words)
            if len(words) > 1
            else text
            if "-" not in text or modifier.pos_ != "NOUN"
            else text.replace("-", "_")
        )
        thing.tokens |= {c.i for c in advs}
    for other in children(modifier, "conj"):
        if other.pos_ in ("ADJ", "NOUN", "VERB", "PROPN") and other.i < (thing.token or 0):
            describe(thing, other, reading)


def numeral(token: Token) -> int | None:
    low = token.lower_
    if low in w.COUNTED_NOUNS:
        before = [t.lower_ for t in token.doc[max(0, token.i - 2) : token.i]]
        if before == ["half", "a"]:
            return w.COUNTED_NOUNS[low] // 2
        factor = w.NUMBER_WORDS.get(before[-1], 1) if before else 1
        return w.COUNTED_NOUNS[low] * (factor or 1)
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
    if " " in head and head.split()[0] in ("rubber", "ice", "snow", "cardboard", "wooden", "steel", "plastic"):
        thing.material = material_of(head.split()[0])
    if head in w.GENERIC_NOUNS and run and not run[-1].lower_.endswith("ing"):
        thing.head, modifiers = singular(run[-1].text), run[:-1]
        thing.attributes.append(head)
        used.add(run[-1].i)
    owner = first_child(token, "nmod:poss") or (first_child(run[-1], "nmod:poss") if run else None)
    if owner is not None and name_of(f"{owner.lower_}'s {thing.head}"):
        thing.head = f"{owner.lower_}'s {thing.head}"
        used |= {owner.i, *(c.i for c in owner.children)}
    if (
        modifiers
        and all(t.pos_ == "PROPN" or t.text[0].isupper() for t in modifiers)
        and not any(material_of(t.text) or color_of(t.text) for t in modifiers)
        and modifiers[0].i > token.sent.start
    ):
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
    plural = (
        token.tag_ in ("NNS", "NNPS")
        or "Plur" in token.morph.get("Number", [])
        or (token.lower_ != thing.head and singular(token.text) == thing.head)
    )
    thing.count = None if plural and token.lower_ != singular(token.text) else 1
    for child in token.children:
        relation = base(child)
        if any(child.idx < m.end and m.start < child.idx + len(child) for m in reading.measures):
            continue
        if relation == "nummod":
            number = numeral(child)
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
        elif relation == "flat" and len(child.text.rstrip(".")) == 1 and child.i > token.i:
            thing.attributes.append(child.text.rstrip("."))  # "ball A"
            used.add(child.i)
        elif relation == "det" and child.lower_ in ("another",):
            thing.attributes.append("another")
            used.add(child.i)
    thing.material = thing.material or is_stuff(thing.head)
    thing.role = role_of(thing.head) or role_of(head_noun(token)) or "object"
    if thing.role == "character" and thing.material in ("ice", "snow", "sand", "water", "grass"):
        thing.attributes, thing.material = (
            [*thing.attributes, thing.material],
            None,
        )  # an ice skater is of flesh and blood
    if thing.role == "character" and (thing.material or "toy" in thing.attributes or "plush" in thing.attributes):
        thing.role = "object"  # a rubber duck
    thing.tokens |= used
    return thing
