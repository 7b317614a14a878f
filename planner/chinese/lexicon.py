"""The words that the Chinese reader knows: own data files, filled up from the shared lexicon, the catalogue and the materials.

Every surface leads to a `Word` with all that it can be (noun, verb, quality ...); context decides which it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from planner.chinese import sources

__all__ = ["DATA", "Noun", "VerbSense", "Word", "lexicon", "to_simplified", "word_of"]

DIRECTIONS = frozenset(
    ["下来", "下去", "上来", "上去", "起来", "进来", "进去", "出来", "出去", "过来", "过去", "回来", "回去", "开来"]
)
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Noun:
    """What a noun names: English head, role, and what the word itself says of material, size and kind."""

    head: str
    role: str = "object"
    material: str | None = None
    size: str | None = None
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class VerbSense:
    """What a verb states: English lemmas in order of time, grammar flags (see data/verbs.txt) and manners."""

    lemmas: tuple[str, ...]
    flags: frozenset[str]
    manner: tuple[str, ...] = ()

    @property
    def lemma(self) -> str:
        return self.lemmas[0]

    def has(self, flags: str) -> bool:
        return bool(self.flags & set(flags))


@dataclass
class Word:
    """All readings of one surface."""

    text: str
    own: Noun | None = None
    verb: VerbSense | None = None
    shared: bool = False  # the catalogue names a thing so
    classes: dict[str, str] = field(
        default_factory=dict
    )  # color, material, size, attribute, position, manner ... -> value

    @property
    def has_noun(self) -> bool:
        return self.own is not None or self.shared

    @property
    def noun(self) -> Noun | None:
        """What the word names; asked of the catalogue when it is first needed."""
        if self.own is None and self.shared:
            thing = sources.noun(self.text)
            self.shared = False
            if thing is not None:
                self.own = Noun(
                    thing.head,
                    thing.role,
                    thing.material or _stated(self.text, thing.usual),
                    thing.size,
                    thing.attributes,
                )
        return self.own

    def get(self, name: str) -> str | None:
        return self.classes.get(name)


@cache
def lexicon() -> dict[str, Word]:
    """All words by surface. Own data wins over the shared tables."""
    words: dict[str, Word] = {}

    def word(text: str) -> Word:
        return words.setdefault(text, Word(text))

    for name, text in _entries("words.txt"):
        word(text).classes.setdefault(*name)
    for noun, text in _nouns():
        if word(text).own is None:
            word(text).own = noun
    for sense, text in _verbs():
        if word(text).verb is None:
            word(text).verb = sense
    for text, value in _groups():
        word(text).classes.setdefault("group", value)
    for text in [
        t
        for t, w in words.items()
        if w.verb and len(t) > 1 and t[-1] in "到在向往给至着" and t[:-1] in words and words[t[:-1]].verb
    ]:
        words[text].verb = None
    for text, value in _groups():
        word(text).classes.setdefault("group", value)
    for text, verb in sources.verbs():
        if (text not in words or words[text].verb is None) and _is_one_verb(text, words):
            word(text).verb = VerbSense(verb.lemmas, verb.flags, verb.manner)
    collective = {text for text, known in words.items() if "group" in known.classes}
    shared_names = set(sources.noun_surfaces())
    for text in shared_names:
        if text[0] in "一两三" or (
            text[-1] in collective and (text[:-1] in shared_names or (text[:-1] in words and words[text[:-1]].has_noun))
        ):
            continue  # 一排, 积木塔: the grammar reads them
        if (
            text[-1] in "上下里中内旁边"
            and text[:-1] in shared_names | words.keys()
            and len(text) == 2
            and text[0] != "地"
        ):
            continue  # 桌上
        known = word(text)
        if (
            "skip" not in known.classes
            and known.own is None
            and (known.verb is None or len(text) > 1)
            and not known.classes.keys() & {"manner", "color"}
        ):
            known.shared = True
    for text in [
        t
        for t, w in words.items()
        if w.verb and len(t) > 1 and t[-1] in "到在向往给至着" and t[:-1] in words and words[t[:-1]].verb
    ]:
        words[text].verb = None
    for text, quality, value in sources.qualities():
        known = word(text)
        if (
            quality in known.classes
            or "skip" in known.classes
            or (quality == "manner" and (known.has_noun or text[0] in "一三两有不没无" or known.verb))
        ):
            continue
        known.classes[quality] = value
    for text, value in sources.materials():
        if text not in words or not words[text].has_noun:
            word(text).classes.setdefault("material", value)
    return {text: known for text, known in words.items() if text and (known.has_noun or known.verb or known.classes)}


def _stated(text: str, material: str | None) -> str | None:
    """`material` where the word itself names it: 沙地 says sand, 台球 does not say resin."""
    if material is None:
        return None
    known = lexicon()
    parts = [text[a:b] for a in range(len(text)) for b in range(a + 1, min(len(text), a + 3) + 1) if b - a < len(text)]
    return material if any(p in known and known[p].classes.get("material") == material for p in parts) else None


def _is_one_verb(text: str, words: dict[str, Word]) -> bool:
    """Whether a shared surface is a verb and not a whole predicate (被压缩, 越转越慢, 依次倒下), which the grammar reads."""
    if text[-1] in "到在向往给至" and text[:-1] in words and len(text) > 1:
        return False
    if set(text) & set("的被了越把着") or text[0] in "一从向往随顺沿被把以用对" or "在" in text[:-1]:
        return False
    for cut in range(1, len(text)):
        head, tail = words.get(text[:cut]), words.get(text[cut:])
        if (
            head is not None
            and head.verb is not None
            and tail is not None
            and tail.has_noun
            and len(text) - cut > 1
            and (text[0] not in "打弹骑开看玩" or len(text) - cut > 1)
        ):
            return False  # 踢足球
        if head is not None and "manner" in head.classes and cut > 1 and tail is not None and tail.verb is not None:
            return False
    return not (len(text) > 2 and text[-2:] in DIRECTIONS and text[:-2] in words)


def word_of(text: str) -> Word:
    """The word of a surface; an empty one when it is unknown. English words are understood by their lemma."""
    known = lexicon().get(text)
    if known is None and text.isascii() and text[:1].isalpha():
        known = _english(text)
    return known or Word(text)


@cache
def _english(text: str) -> Word:
    known = Word(text, classes=dict(sources.english_quality(text)))
    verb, thing = sources.english_verb(text), sources.english_noun(text)
    if verb is not None:
        known.verb = VerbSense(verb.lemmas, verb.flags, verb.manner)
    if thing is not None:
        known.own = Noun(thing.head, thing.role, thing.material, thing.size, thing.attributes)
        if known.verb is not None and "m" in known.verb.flags:
            known.own = None  # "drop", "roll": an English word in the middle of Chinese is rather the verb
    return known


def _lines(name: str) -> list[str]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _entries(name: str) -> list[tuple[tuple[str, str], str]]:
    section, found = "", []
    for line in _lines(name):
        if line.startswith("["):
            section = line.strip("[] ")
            continue
        value, _, texts = line.partition(":")
        found += [((section, value.strip()), text) for text in texts.split()]
    return found


def _nouns() -> list[tuple[Noun, str]]:
    role, found = "object", []
    for line in _lines("nouns.txt"):
        if line.startswith("["):
            role = line.strip("[] ")
            continue
        spec, _, texts = line.partition(":")
        head: list[str] = []
        material = size = None
        attributes: list[str] = []
        for part in spec.split():
            if part.startswith("="):
                material = part[1:]
            elif part.startswith("~"):
                size = part[1:]
            elif part.startswith("+"):
                attributes.append(part[1:])
            else:
                head.append(part)
        noun = Noun(" ".join(head), role, material, size, tuple(attributes))
        found += [(noun, text) for text in texts.split()]
    return found


def _verbs() -> list[tuple[VerbSense, str]]:
    found = []
    for line in _lines("verbs.txt"):
        spec, _, texts = line.partition(":")
        lemma, *rest = spec.split()
        flags = frozenset("".join(part for part in rest if not part.startswith("+")))
        manner = tuple(part[1:] for part in rest if part.startswith("+"))
        sense = VerbSense(tuple(lemma.split(">")), flags, manner)
        found += [(sense, text) for text in texts.split()]
    return found


def _groups() -> list[tuple[str, str]]:
    found = []
    for line in _lines("groups.txt"):
        value, _, texts = line.partition(":")
        found += [(text, value.strip()) for text in texts.split()]
    return found


@cache
def _traditional() -> dict[int, str]:
    table: dict[int, str] = {}
    for line in _lines("traditional.txt"):
        for pair in line.split():
            table[ord(pair[0])] = pair[1]
    return table


def to_simplified(text: str) -> str:
    """`text` with traditional characters replaced one by one: offsets stay."""
    plain = text.translate(_traditional())
    for word in ("显著", "著名", "著作"):  # 著 is traditional for 着 elsewhere
        if word[0] in plain and word[1] == "著":
            plain = plain.replace(word.replace("著", "着"), word)
    return plain
