"""Which words speak of the same thing: pronouns, definite noun phrases, "both", "another", "one of them", relative pronouns.

Nearest compatible antecedent with preference for the subject of the clause before (Hobbs 1978; Lappin and Leass 1994, in spirit):
enough for descriptions of a few sentences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.arguments import subjects
from planner.english.knowledge import color_of, material_of, role_of, singular
from planner.english.reading import Reading, Thing, reading_of
from planner.english.tree import base, children, first_child, lemma, main_head, preposition

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

__all__ = ["scene_coreference"]

SINGULAR = frozenset("it its itself".split())
PLURAL = frozenset("they them their themselves each both".split())
PERSON = frozenset("he him his himself she her hers herself who whom".split())
RELATIVE = frozenset("that which who whom whose where".split())
DETACHED = frozenset("another other others one ones each two three four latter former first second last this these those".split())
HYPERNYMS = {
    "liquid": "fluid", "fluid": "fluid", "animal": "character", "creature": "character", "figure": "character", "device": "tool", "claw": "tool",
    "gripper": "tool", "object": "object", "item": "object", "vehicle": "object", "toy": "object", "sphere": "object", "solid": "object",
}  # fmt: skip
SPHERES = frozenset("ball marble sphere".split())


def _definite(token: Token) -> bool:
    return any(base(c) == "det" and c.lower_ in ("the", "this", "that", "these", "those", "both") for c in token.children)


def _indefinite(token: Token) -> bool:
    return any(base(c) == "det" and c.lower_ in ("a", "an", "another", "some") for c in token.children)


def _compatible(thing: Thing, earlier: Thing) -> bool:
    if "another" in thing.attributes or "other" in thing.attributes or "one_of" in thing.attributes:
        return False
    if thing.color and thing.color != earlier.color or thing.material and earlier.material and thing.material != earlier.material:
        return False
    if (thing.count == 1) != (earlier.count == 1):
        return False
    if thing.size and earlier.size and thing.size != earlier.size:
        return False
    distinctive = [a for a in thing.attributes if a not in earlier.attributes]
    return not distinctive or not earlier.attributes and not thing.color and all("_" not in a for a in distinctive) and earlier.token is not None


def _same_head(thing: Thing, earlier: Thing) -> bool:
    a, b = thing.head, earlier.head
    return a == b or (len(a) > 3 and len(b) > 3 and (b.startswith(a) or b.endswith(" " + a)))


def _antecedent(thing: Thing, token: Token, reading: Reading) -> list[Thing]:
    definite = _definite(token)
    bare = not _indefinite(token) and not any(base(c) in ("nummod",) for c in token.children)
    if not (definite or bare):
        return []
    earlier = [t for t in reading.things if t is not thing and t.token is not None and t.token < token.i and t.members == []]
    same = [t for t in earlier if _same_head(thing, t)]
    fitting = [t for t in same if _compatible(thing, t)]
    if fitting and (definite or fitting[-1].head == thing.head and not thing.material == thing.head):
        if len(fitting) > 1 and definite:
            fitting.sort(key=lambda t: (len(set(thing.attributes) & set(t.attributes)), t.color == thing.color))
        return [fitting[-1]]
    if definite and thing.count is None and len(same) > 1 and not thing.attributes and not thing.color:
        return same  # "the balls" after a red one and a blue one
    if definite and thing.head in SPHERES:
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


def _same_fluid(thing: Thing, token: Token, reading: Reading) -> list[Thing]:
    """ "on the water in a tank filled with water": the filling is the fluid spoken of before."""
    if thing.role != "fluid" or token.head.lower_ not in ("filled", "full", "containing"):
        return []
    return [t for t in reading.things if t is not thing and t.head == thing.head and t.token is not None and t.token < token.i and t.color == thing.color][-1:]


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
        target.color, target.material, target.size = target.color or thing.color, target.material or thing.material, target.size or thing.size
        target.measures += thing.measures
        if len(thing.head) < len(target.head) and target.head.startswith(thing.head) and " " not in target.head:
            target.head = thing.head


def _candidates(token: Token, reading: Reading) -> list[Thing]:
    """Earlier things, the likeliest antecedent last: subjects of the same and the last clause above others, recent above old."""
    scored = []
    for thing in reading.things:
        if thing.token is None or thing.token >= token.i:
            continue
        noun = token.doc[thing.token]
        heads = [noun, *(token.doc[i] for i, found in reading.by_token.items() if thing in found and i < token.i and i != noun.i)]
        subject = any(base(main_head(n)) in ("nsubj", "root") or n.head == n for n in heads)
        inside = base(main_head(noun)) in ("nmod",) or base(noun) == "nmod"
        scored.append((2 * subject - inside + thing.token / max(1, len(token.doc)), thing))
    return [thing for _, thing in sorted(scored, key=lambda pair: pair[0])]


def _pronoun(token: Token, reading: Reading) -> list[Thing]:
    low = token.lower_
    known = _candidates(token, reading)
    governor = token.head
    taken: list[Thing] = []
    for sibling in children(governor, "nsubj", "obj", "obl") if low not in ("itself", "themselves", "its", "their", "each") else []:
        if sibling.i < token.i:
            taken += reading.denoted(sibling)
    if governor.pos_ == "VERB" and lemma(governor) not in w.CAUSE_VERBS and base(token) in ("obj", "iobj") and low in ("it", "them", "him", "her"):
        taken += subjects(governor, reading)
    if base(governor) == "acl" and low in ("it", "them"):
        taken += reading.denoted(governor.head)
        held = _held_by_with(governor.head, reading)
        if held and low in ("it", "them"):
            return held
    free = [t for t in known if t not in taken]
    if low in SINGULAR:
        if low == "it" and any(base(c) == "expl" for c in (token,)):
            return []
        fitting = [t for t in free if t.count == 1 and t.role not in ("ground", "region") and not (t.role == "character" and role_of(t.head) == "character" and t.head in ("man", "woman", "person", "boy", "girl"))]
        whole = [t for t in fitting if t.role != "part"] or fitting
        return whole[-1:]
    if low in PERSON:
        return [t for t in free if t.role == "character" and t.count == 1][-1:] or [t for t in free if t.role == "character"][-1:]
    plural = [t for t in free if t.count != 1 and t.role not in ("ground", "region")]
    if low == "both":
        pair = [t for t in plural if t.count == 2]
        if pair:
            return pair[-1:]
    if low != "both" and plural:
        if low in ("them", "their", "they", "each", "themselves") and plural:
            return plural[-1:]
    groups = _coordinated(token, reading)
    if groups:
        return groups
    if low in ("they", "their", "them", "themselves"):
        people = [t for t in free if t.role == "character"]
        return people[-1:]  # singular they
    return [t for t in free if t.role == "object"][-2:]


def _held_by_with(noun: Token, reading: Reading) -> list[Thing]:
    """ "a platform with a match taped to it": it is what stands before "with"."""
    mark = next((c for c in noun.children if c.lower_ == "with" and c.i < noun.i), None)
    return reading.by_token.get(mark.i - 1, []) if mark is not None and mark.i else []


def _coordinated(token: Token, reading: Reading) -> list[Thing]:
    """The last coordination of things before the token ("a hammer and a feather"), else the last two free objects."""
    best: list[Thing] = []
    for noun in token.doc[: token.i]:
        if noun.i in reading.by_token and base(noun) != "conj":
            members = [noun, *[c for c in _chain(noun) if c.i < token.i]]
            if len(members) > 1:
                found = [t for m in members for t in reading.denoted(m)]
                if len(found) > 1:
                    best = found
    if not best:
        movers = [t for t in reading.things if t.token is not None and t.token < token.i and t.role in ("object", "character")]
        heads = [t for t in movers if movers and t.head == movers[-1].head]
        best = heads[-2:] if len(heads) >= 2 else []
    return best


def _chain(noun: Token) -> list[Token]:
    found = []
    for child in children(noun, "conj"):
        found += [child, *_chain(child)]
    return found


def _relative(token: Token, reading: Reading) -> list[Thing]:
    """The noun that a relative clause modifies; the nearest noun before the pronoun where the tree does not say."""
    clause = token.head
    for _ in range(4):
        if base(clause) in ("acl",) or clause.dep_.lower() in ("acl:relcl", "advcl:relcl"):
            found = reading.denoted(clause.head)
            if found:
                return found
        if clause.head == clause:
            break
        clause = clause.head
    for i in range(token.i - 1, max(-1, token.i - 6), -1):
        if reading.by_token.get(i):
            return reading.by_token[i]
    return []


def _described(token: Token, like: Thing, reading: Reading) -> Thing | None:
    """ "the red one", "the rubber one", "the other": an earlier single thing of the kind that fits."""
    singles = [t for t in reading.things if t.count == 1 and t.token is not None and t.token < token.i and (t.head == like.head or t.color or t.material) and t.role not in ("ground", "support", "part")]
    marks = [c.lower_ for c in children(token, "amod", "compound", "nmod")]
    for mark in marks:
        fitting = [t for t in singles if mark in (t.color or "").split("+") or mark == t.size or mark in t.attributes or t.material and material_of(mark) == t.material]
        if len(fitting) == 1:
            return fitting[0]
    if token.lower_ == "other" and _definite(token):
        alike = [t for t in singles if t.head == like.head]
        if len(alike) == 2:
            last = max((i, k) for k, t in enumerate(alike) for i, found in reading.by_token.items() if t in found and i < token.i)[1]
            return alike[1 - last]
    return None


def _split_pair(doc: Doc, reading: Reading) -> None:
    """ "two balls, one red and one blue": the group and its members."""
    for i in range(len(doc) - 4):
        words = [t.lower_ for t in doc[i : i + 6]]
        if words[0] != "one" or color_of(words[1]) is None or words[2] != "and":
            continue
        rest = words[3:] if words[3] != "the" else words[4:]
        if len(rest) < 2 or rest[0] not in ("one", "another", "other") or color_of(rest[1]) is None:
            continue
        groups = [t for t in reading.things if t.token is not None and t.token < i and t.count != 1]
        if not groups:
            continue
        group, second = groups[-1], i + (4 if words[3] != "the" else 5)
        for place in (i + 1, second):
            member = Thing(group.head, place, group.material, doc[place].lower_, None, 1, list(group.attributes), group.role, tokens={place - 1, place})
            reading.things.append(member)
            reading.by_token[place] = [member]
            reading.by_token[place - 1] = [member]
            reading.link("part_of", [member], [group])
            group.members.append(member)


def _one_of(token: Token, reading: Reading) -> Thing | None:
    """ "one of the balls", "the other", "another", "the middle one": a thing of its own like an earlier one."""
    group = next((c for c in token.children if base(c) == "nmod" and preposition(c) == "of"), None)
    like = reading.denoted(group) if group is not None else []
    if not like:
        known = _candidates(token, reading)
        plural = [t for t in known if t.count != 1]
        alike = plural[-1:] if plural else [t for t in known if t.role in ("object", "character")][-1:]
        if token.lower_ in ("another", "other", "others", "one", "ones", "two", "three", "first", "second", "last", "latter", "former"):
            like = alike
    if not like:
        return None
    first = like[0]
    known = _described(token, first, reading)
    if known is not None:
        reading.by_token[token.i] = [known]
        return known
    thing = Thing(first.head, token.i, first.material if group is not None else None, None, None, 1, [], first.role, tokens={token.i})
    marks = [c.lower_ for c in children(token, "amod", "det", "nummod") if c.lower_ not in ("the", "a", "an", "that", "this")]
    if group is not None:
        thing.attributes = ["one_of", *marks] if token.lower_ == "one" else [token.lower_, *marks]
    else:
        thing.attributes = marks or [token.lower_]
    if token.lower_ in ("two", "three", "four"):
        thing.count = {"two": 2, "three": 3, "four": 4}[token.lower_]
        thing.attributes = []
    thing.tokens |= {c.i for c in children(token, "amod", "det", "nummod")}
    reading.things.append(thing)
    reading.by_token[token.i] = [thing]
    if first.count != 1:
        reading.link("part_of", [thing], [first])
        if first.role == "part":
            thing.role = "object"
            for link in list(reading.links):
                if link.type == "part_of" and link.subject == [first]:
                    reading.link("part_of", [thing], link.object)
                    reading.links.remove(next(k for k in reading.links if k.subject == [thing] and k.object == [first]))
    return thing


def scene_coreference(doc: Doc) -> Doc:
    """Component: in text order, definite nouns are merged with what they repeat, and pronouns denote what they stand for."""
    reading = reading_of(doc)
    _split_pair(doc, reading)
    for token in doc:
        if any(token.i in tokens for _, tokens in reading.manners):
            continue
        if token.lower_ == "its" or token.lower_ == "their" or token.dep_.lower() == "nmod:poss" and token.pos_ == "PRON":
            reading.by_token[token.i] = _pronoun(token, reading)
            owner, owned = reading.by_token[token.i], reading.denoted(token.head)
            if owner and owned and owner != owned:
                reading.link("part_of", owned, owner[:1])
                for thing in owned:
                    thing.role = "part" if thing.role == "object" else thing.role
        elif token.lower_ in RELATIVE and (token.tag_ in ("WDT", "WP", "WP$", "WRB") or token.lower_ in ("which", "who")):
            reading.by_token[token.i] = _relative(token, reading)
        elif token.pos_ in ("PRON", "DET", "NUM", "ADJ") and token.i not in reading.by_token and token.i not in reading.used and base(token) not in ("det", "nummod", "amod", "expl", "advmod", "compound", "cc:preconj"):
            low = token.lower_
            if low in SINGULAR | PERSON or low in ("they", "them", "themselves", "both") or (low == "each" and not children(token, "nmod")):
                reading.by_token[token.i] = _pronoun(token, reading)
            elif low in DETACHED and not (token.i and token.nbor(-1).lower_ == "each") and token.pos_ in ("PRON", "NUM", "ADJ", "DET"):
                _one_of(token, reading)
        elif token.i in reading.by_token:
            for thing in list(reading.by_token[token.i]):
                if thing.token == token.i:
                    if token.lower_ in ("one", "ones", "other", "others"):
                        reading.things.remove(thing)
                        del reading.by_token[token.i]
                        _one_of(token, reading)
                        continue
                    if thing.head in ("amount", "portion") and not children(token, "nmod"):
                        reading.link("part_of", [thing], [t for t in reading.things if t.role == "fluid" and t is not thing][-1:])
                        thing.role = "fluid"
                    targets = _antecedent(thing, token, reading) or _same_fluid(thing, token, reading)
                    if targets:
                        _merge(thing, targets, reading)
        elif token.lower_ in ("one", "ones", "other", "others", "another") and token.pos_ in ("NOUN", "PROPN"):
            _one_of(token, reading)
    for token in doc:
        if token.lower_ == "other" and token.head.lower_ == "each" and first_child(token.head, "nmod") is None:
            reading.by_token[token.i] = reading.by_token.get(token.head.i, [])
    reading.things = [t for t in reading.things if singular(t.head)]
    return doc
