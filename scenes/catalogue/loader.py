"""The catalogue: look a thing up by its English head, by a word of either language, or guess what an unknown noun may be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from scenes.catalogue.bodies import scaled
from scenes.catalogue.entry import ObjectEntry
from scenes.catalogue.fallback import guess_key
from scenes.catalogue.names import MATERIAL_WORDS, Reading, peel, singulars

__all__ = ["AMBIGUOUS", "Catalogue", "Language", "catalogue"]

Language = Literal["en", "zh"]

# Surface words that name several things: their keys, the one that a bare word means first.
AMBIGUOUS: dict[str, tuple[str, ...]] = {
    "bar": ("bar", "restaurant"),
    "bat": ("bat", "baseball bat"),
    "beam": ("beam", "light"),
    "claw": ("grabber", "paw"),
    "iron": ("iron", "flatiron"),
    "jet": ("airplane", "stream"),
    "mouse": ("mouse", "computer mouse"),
    "nut": ("nut", "hex nut"),
    "pitcher": ("jug", "player"),
    "tank": ("tank", "tank vehicle"),
    "面": ("surface", "noodle"),
}
TOY_WORDS = frozenset({"toy", "model", "miniature", "plush", "stuffed"})
TOY_SIZE = 0.2  # [m], longest edge
TOY_DENSITY = 300.0  # [kg/m3] of the outside: hollow plastic and plush toys weigh 100-500 (assumed)


class Catalogue:
    """Entries by key, and their names in both languages. An entry is validated when it is first asked for."""

    def __init__(self, raw: Mapping[str, Mapping[str, Any]], *, replaced: frozenset[str] = frozenset()) -> None:
        self._raw = raw
        self.replaced = replaced
        """Keys of the product's entries that a library of the user's own changed."""
        self._entries: dict[str, ObjectEntry] = {}
        self._by_head: dict[str, list[str]] = {}
        self._words: dict[Language, dict[str, Reading]] = {"en": {}, "zh": {}}
        self._senses: dict[Language, dict[str, list[str]]] = {"en": {}, "zh": {}}
        for key, fields in raw.items():
            self._by_head.setdefault(fields.get("head") or key, []).append(key)
            for lang, word, reading in _readings(key, fields):
                senses = self._senses[lang].setdefault(word, [])
                if key not in senses:
                    senses.append(key)
                first = AMBIGUOUS.get(word, (senses[0],))[0]
                if key == first:
                    self._words[lang].setdefault(word, reading)

    def __len__(self) -> int:
        return len(self._raw)

    def __iter__(self) -> Iterator[ObjectEntry]:
        return (self._entry(key) for key in self._raw)

    def __contains__(self, key: object) -> bool:
        return key in self._raw

    def names(self) -> list[str]:
        """Every key, in the order of the data files."""
        return list(self._raw)

    def names_by_language(self, lang: Language) -> dict[str, str]:
        """Every surface word of a language and the head that a frame gives it (网球 -> ball); `reading` tells the rest."""
        return {word: reading.head for word, reading in self._words[lang].items()}

    def senses(self, word: str, lang: Language) -> list[str]:
        """Keys of all the things that a word names, the usual one first; more than one only for the words in AMBIGUOUS."""
        found = self._senses[lang].get(word.lower(), [])
        first = [key for key in AMBIGUOUS.get(word.lower(), ()) if key in self._raw]
        return first + [key for key in found if key not in first]

    def get(self, head: str, *, attributes: Sequence[str] = (), material: str | None = None) -> ObjectEntry | None:
        """The entry of a key, or of a frame's head, which `attributes` or a `material` may narrow ("ball" with "tennis").

        A toy or model of a thing ("dinosaur" with "toy") is the thing in toy size. None when the head is unknown.
        """
        head = head.replace("_", " ").lower()
        said = {attribute.replace("_", " ").lower() for attribute in attributes}
        best, most = None, 0
        for key in self._by_head.get(head, ()):
            needs = {one.replace("_", " ").lower() for one in self._raw[key].get("attributes", ())}
            if needs and needs <= said and len(needs) > most:
                best, most = key, len(needs)
        if best is not None:
            return self._entry(best)
        for one in sorted(said) + ([material.replace("_", " ")] if material else []):
            if f"{one} {head}" in self._words["en"]:
                return self._of(self._words["en"][f"{one} {head}"])
        read = next((self._words["en"][form] for form in singulars(head) if form in self._words["en"]), None)
        if read is None:
            return None
        entry = self._of(read)
        toyish = sorted(said & TOY_WORDS)
        return _as_toy(entry, toyish[0]) if toyish and not self.is_a(read.key, "toy") else entry

    def reading(self, word: str, lang: Language) -> Reading | None:
        """What a word of a text says: key, head, and the attributes, material, size and color within the word. None when unknown.

        English plurals are read as their singular; a Chinese word may be composed (小铁球: a small ball of iron).
        """
        known = self._words[lang]
        if lang == "en":
            return next((known[form] for form in singulars(word) if form in known), None)
        for bare in dict.fromkeys((word, word.removesuffix("儿"))):
            for rest, taken in peel(bare, known):
                read = known[rest]
                more = (taken["attribute"],) if "attribute" in taken else ()
                material = taken.get("material", read.material)
                return Reading(
                    read.key,
                    read.head,
                    (*more, *read.attributes),
                    material,
                    taken.get("size"),
                    taken.get("color"),
                    read.kind,
                )
        return None

    def find(self, word: str, lang: Language) -> ObjectEntry | None:
        """The entry that a word of a text names (plurals and Chinese compositions included), or None."""
        read = self.reading(word, lang)
        if read is None:
            return None
        narrower = self.get(read.head, attributes=read.attributes) if read.attributes else None
        return narrower if narrower is not None and read.kind is None else self._of(read)

    def fallback(self, noun: str, lang: Language) -> ObjectEntry:
        """An entry for a noun that the catalogue lacks, flagged `assumed`: a relative by its ending or last word, else a 0.2 m box."""
        relative, because = None, ""
        lang = "en" if noun.isascii() else lang
        words = noun.replace("_", " ").split()
        if lang == "en" and len(words) > 1:
            relative, because = (
                self.get(words[-1], attributes=words[:-1]),
                f"the last word of '{noun}' is {words[-1]!r}",
            )
        guess = guess_key(noun, lang) if relative is None else None
        if guess is not None and guess[0] in self._raw:
            relative, because = self._entry(guess[0]), f"'{noun}' ends like {guess[1]!r}"
        if relative is None:
            relative, because = self._entry("object"), f"'{noun}' is not in the catalogue"
        size = relative.extent()
        shown = " x ".join(f"{edge:.3g}" for edge in size) + " m" if size else "no body"
        key = noun if lang == "en" else relative.key
        return _stand_in(
            relative,
            key=key,
            zh=(noun,) if lang == "zh" else (),
            why=f"{because}; taken to be like {relative.key!r} ({shown})",
        )

    def made_of(self, material: str) -> list[str]:
        """Keys of the things that usually are of a material, by its canonical name."""
        return [
            key
            for key, fields in self._raw.items()
            if material in (fields.get("material"), fields.get("surface_material"))
        ]

    def hypernyms(self, key: str) -> list[str]:
        """The chain of kinds above an entry, nearest first, ending with "thing"."""
        chain: list[str] = []
        parent = self._raw[key].get("hypernym")
        while parent is not None:
            chain.append(parent)
            parent = self._raw[parent].get("hypernym")
        return chain

    def is_a(self, key: str, kind: str) -> bool:
        """Whether an entry is of a kind ("dog" is an "animal")."""
        return key == kind or (key in self._raw and kind in self.hypernyms(key))

    def search(self, text: str, *, limit: int = 20) -> list[ObjectEntry]:
        """Entries whose names contain the text, those that begin with it first, then those of that kind."""
        needle = text.strip().lower()
        if not needle:
            return []
        ranked: dict[str, tuple[int, int]] = {}
        for words in self._words.values():
            for word, reading in words.items():
                if needle in word:
                    rank = (0 if word == needle else 1 if word.startswith(needle) else 2, len(word))
                    ranked[reading.key] = min(ranked.get(reading.key, rank), rank)
        for key in self._raw:
            if key not in ranked and needle in self.hypernyms(key):
                ranked[key] = (3, len(key))
        return [self._entry(key) for key in sorted(ranked, key=lambda one: (ranked[one], one))[:limit]]

    def _entry(self, key: str) -> ObjectEntry:
        if key not in self._entries:
            self._entries[key] = ObjectEntry.model_validate(self._raw[key])
        return self._entries[key]

    def _of(self, read: Reading) -> ObjectEntry:
        entry = self._entry(read.key)
        if read.kind is None:
            return entry
        why = f"a {read.kind} stands as {read.key!r}: size, shape and movement are those of a {read.key}"
        return _stand_in(entry, key=read.kind, zh=entry.kinds[read.kind], why=why)


def _stand_in(entry: ObjectEntry, *, key: str, zh: tuple[str, ...], why: str) -> ObjectEntry:
    """The same body under another name, flagged as assumed."""
    own = {"en": (), "zh": zh, "zh_material": {}, "zh_attributes": {}, "kinds": {}, "attributes": ()}
    more = {"key": key, "head": key, "hypernym": entry.key, "assumed": True, "why": why, "size_evidence": "assumed"}
    return entry.model_copy(update={**own, **more})


def _as_toy(entry: ObjectEntry, word: str) -> ObjectEntry:
    """The thing at toy size, of plastic or plush, that does not move by itself."""
    size = entry.extent()
    if size is None or max(size) <= TOY_SIZE or entry.shape is None:
        return entry
    shape = scaled(entry.shape, TOY_SIZE / max(size))
    soft = word in ("plush", "stuffed")
    why = f"a {word} {entry.head} is drawn as a {entry.head} of {TOY_SIZE} m, hollow"
    still = {
        "moves": None,
        "species": None,
        "speed": None,
        "height": None,
        "length": None,
        "role": "object",
        "wall": None,
        "breaks": False,
    }
    body = {
        "shape": shape,
        "mass": TOY_DENSITY * shape.volume(),
        "material": "foam" if soft else "plastic",
        "floats": True,
    }
    return _stand_in(entry, key=f"{word} {entry.head}", zh=(), why=why).model_copy(
        update={
            **still,
            **body,
            "head": entry.head,
            "attributes": (word,),
            "hypernym": "toy",
            "size_source": "assumed toy size",
        }
    )


def _readings(key: str, fields: Mapping[str, Any]) -> Iterator[tuple[Language, str, Reading]]:
    """Every surface word of an entry with what it says."""
    head = str(fields.get("head") or key)
    own = tuple(fields.get("attributes", ()))
    made_of = MATERIAL_WORDS.get(key.split()[0]) if head != key and not own else None
    yield "en", key.lower(), Reading(key, head, own, made_of)
    for word in fields.get("en", ()):
        prefix, _, last = word.lower().rpartition(" ")
        if prefix in MATERIAL_WORDS and last == head:
            yield "en", word.lower(), Reading(key, head, (), MATERIAL_WORDS[prefix])
        elif prefix and last == head and not prefix.endswith(" of"):
            yield "en", word.lower(), Reading(key, head, (prefix.replace(" ", "_"),))
        else:
            yield "en", word.lower(), Reading(key, head if own else word.lower(), own)
    for word in fields.get("zh", ()):
        attributes = (*own, *fields.get("zh_attributes", {}).get(word, ()))
        yield "zh", word, Reading(key, head, attributes, fields.get("zh_material", {}).get(word))
    for kind, chinese in fields.get("kinds", {}).items():
        for lang, words in (("en", (kind.lower(),)), ("zh", chinese)):
            for word in words:
                yield lang, word, Reading(key, kind, kind=kind)  # type: ignore[misc]  # the literal is kept by mypy only one by one


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue that ships with the product, loaded once, with the objects of the user's own libraries that are in use (`scenes.own`)."""
    from scenes.catalogue.build import JSON_FILE
    from scenes.catalogue.own import with_own
    from scenes.own import own_objects

    shipped: dict[str, dict[str, Any]] = json.loads(JSON_FILE.read_text(encoding="utf-8"))
    mine = own_objects()
    if not mine:
        return Catalogue(shipped)
    entries, replaced = with_own(shipped, mine)
    return Catalogue(entries, replaced=replaced)
