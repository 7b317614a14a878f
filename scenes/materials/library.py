"""The library: materials by any of their names, and pairs by the narrowest thing that is known of them."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from scenes.errors import UserError, did_you_mean
from scenes.materials.contact import fallback, rebound_of_measured_body
from scenes.materials.loading import PairRecord, amended, make_materials, make_pairs, pair_key, read_own, read_user
from scenes.materials.material import Material, Pair
from scenes.materials.values import CONTACT_QUANTITIES, Value

__all__ = ["Language", "MaterialLibrary", "library"]

Language = Literal["en", "zh"]
_CHINESE_ENDINGS = (
    "制作的",
    "制成的",
    "制造的",
    "做成的",
    "材质的",
    "材料的",
    "质地的",
    "做的",
    "制的",
    "质的",
    "材质",
    "制品",
    "制",
    "质",
    "的",
)


class MaterialLibrary:
    """Materials and pairs, immutable: overriding and extending give a new library.

    A contact quantity of a pair is looked up from the narrowest to the widest: first the pair itself (what is set for
    the pair, else for one of its materials, else stated for the pair), then the rebound of a body that was measured
    on rigid surfaces, then the same for the parents (steel + granite: steel + stone, metal + granite, metal + stone),
    and last the rules of `scenes.materials.contact`.
    """

    def __init__(
        self,
        materials: Mapping[str, Material],
        pairs: Mapping[tuple[str, str], PairRecord],
        *,
        pair_overrides: Mapping[tuple[str, str], Mapping[str, Value]] | None = None,
        replaced: tuple[str, ...] = (),
        replaced_by: Mapping[str, Path] | None = None,
    ) -> None:
        self._materials = dict(materials)
        self._pairs = dict(pairs)
        self._pair_overrides = {key: dict(values) for key, values in (pair_overrides or {}).items()}
        self._names = {language: _surface_names(self._materials.values(), language) for language in ("en", "zh")}
        self._lookup = {**self._names["zh"], **self._names["en"]}
        self._cache: dict[tuple[str, str], Pair] = {}
        self.replaced: tuple[str, ...] = replaced
        """What a user's library put in the place of the product's own: "materials.rubber", "pairs.rubber+concrete"."""
        self.replaced_by: dict[str, Path] = dict(replaced_by or {})
        """The file that did so, for each of `replaced`."""

    def names(self) -> list[str]:
        """The canonical names, sorted."""
        return sorted(self._materials)

    def has(self, name: str) -> bool:
        """Whether `name` (canonical or alias, English or Chinese) names a material."""
        return self._find(name) is not None

    def material(self, name: str) -> Material:
        """The material called `name`, in either language; UserError with the nearest names when there is none."""
        found = self._find(name)
        if found is None:
            choices = self.names() + sorted(set(self._lookup) - set(self._materials))
            raise UserError(f"There is no material {name!r}{did_you_mean(str(name), choices)}")
        return self._materials[found]

    def search(self, text: str) -> list[Material]:
        """The materials with `text` in a name, a note, the state or the look; those whose name begins with it first."""
        wanted = _plain(text)
        hits = []
        for material in self._materials.values():
            words = [_plain(word) for word in (material.name, *material.aliases, *material.chinese)]
            more = [_plain(material.note), material.state, _plain(material.look)]
            if wanted and any(wanted in word for word in words + more):
                hits.append((not any(word.startswith(wanted) for word in words), material.name, material))
        return [material for _, _, material in sorted(hits, key=lambda hit: hit[:2])]

    def names_by_language(self, language: Language) -> dict[str, str]:
        """Every surface name in "en" or "zh" (lower case, with spaces) and the canonical material that it means."""
        if language not in self._names:
            raise UserError(f"There are no material names in {language!r}: the choices are 'en' and 'zh'.")
        return dict(self._names[language])

    def ambiguous_names(self, language: Language) -> frozenset[str]:
        """Those of `names_by_language` that commonly mean a thing, a colour or another word ("glass", "lead", "金")."""
        names = self.names_by_language(language)
        return frozenset(
            _plain(word)
            for material in self._materials.values()
            for word in material.ambiguous
            if _plain(word) in names
        )

    def lineage(self, name: str) -> list[str]:
        """The canonical name and those of its parents, narrowest first: oak, wood."""
        chain = [self.material(name).name]
        while (parent := self._materials[chain[-1]].parent) is not None and parent not in chain:
            chain.append(parent)
        return chain

    def pair(self, a: str, b: str) -> Pair:
        """What `a` and `b` do to each other in contact (symmetric); UserError when one of them is no material."""
        key = pair_key(self.material(a).name, self.material(b).name)
        if key not in self._cache:
            self._cache[key] = self._make_pair(key)
        return self._cache[key]

    def stated_pairs(self) -> list[tuple[str, str]]:
        """The pairs that have figures of their own, sorted."""
        return sorted(self._pairs)

    def with_overrides(
        self, *, materials: Mapping[str, Any] | None = None, pairs: Mapping[str, Any] | None = None
    ) -> MaterialLibrary:
        """A library with the user's figures in place; this one stays as it is.

        `materials={"rubber": {"restitution": 0.6, "density": 1200}}`: contact quantities hold in every pair with the
        material (where both sides set one: the geometric mean) and in those of its kinds that have nothing narrower.
        `pairs={"rubber+concrete": {"restitution": 0.7}}` is narrower and wins. Values get the status `set`. Raises
        UserError for unknown names and keys and impossible values.
        """
        new_materials = dict(self._materials)
        for name, given in (materials or {}).items():
            where = f"materials.{name}"
            if not isinstance(given, Mapping):
                raise UserError(f"{where} is {given!r}: give a mapping such as {{density: 1200}}.")
            old = new_materials[self.material(name).name]
            new_materials[old.name] = old.changed(given, where=where)
        narrow = {key: dict(values) for key, values in self._pair_overrides.items()}
        for pair, record in make_pairs(pairs or {}, names=self._lookup, sources={}).items():
            set_here = {quantity: replace(value, status="set") for quantity, value in record.values.items()}
            narrow.setdefault(pair, {}).update(set_here)
        return MaterialLibrary(
            new_materials, self._without_set(materials or {}), pair_overrides=narrow, replaced=self.replaced, replaced_by=self.replaced_by
        )  # fmt: skip

    def _without_set(self, materials: Mapping[str, Any]) -> dict[tuple[str, str], PairRecord]:
        """The pairs without the figures of users' libraries that setting a material's own figure overrides."""
        contact = {self.material(name).name: set(CONTACT_QUANTITIES) & set(given) for name, given in materials.items()}
        pairs = dict(self._pairs)
        for key, record in self._pairs.items():
            gone = {
                q
                for name in key
                for q in contact.get(name, ())
                if q in record.values and record.values[q].status == "set"
            }
            if gone:
                pairs[key] = PairRecord({q: v for q, v in record.values.items() if q not in gone}, record.conditions)
        return pairs

    def extended(self, path: str | Path) -> MaterialLibrary:
        """A library with the materials and pairs of a user's YAML file added, or put in the place of what is here.

        A material that exists keeps what the file does not name; its `english` and `chinese` names are added to.
        `replaced` of the result names what was replaced. A name that would mean two materials is refused with a
        UserError.
        """
        return self.with_records(read_user(path), path)

    def with_records(self, given: Mapping[str, Any], path: str | Path) -> MaterialLibrary:
        """`extended` by what was read from `path` already: a mapping with `materials`, `pairs` and `sources`."""
        sources = {str(key): str(value) for key, value in given.get("sources", {}).items()}
        source = f"user library {Path(path).name}"
        replaced = list(self.replaced)
        materials = dict(self._materials)
        fresh: dict[str, Any] = {}
        for name, record in given.get("materials", {}).items():
            if name in materials and isinstance(record, Mapping):
                materials[name] = amended(materials[name], record, where=f"{path}: materials.{name}", source=source)
                self._refuse_taken_names(materials[name], path)
                replaced.append(f"materials.{name}")
            else:
                fresh[str(name)] = record
        made = make_materials(fresh, sources=sources, known=materials, where=f"{path}: materials", source=source)
        for material in made.values():
            self._refuse_taken_names(material, path)
        materials.update(made)
        names = {**_surface_names(materials.values(), "zh"), **_surface_names(materials.values(), "en")}
        pairs = dict(self._pairs)
        added = make_pairs(given.get("pairs", {}), names=names, sources=sources, where=f"{path}: pairs", source=source)
        for key, record in added.items():
            if key in pairs:
                replaced.append(f"pairs.{'+'.join(key)}")
                record = PairRecord({**pairs[key].values, **record.values}, record.conditions or pairs[key].conditions)
            pairs[key] = record
        fresh_names = {name: Path(path) for name in replaced if name not in self.replaced}
        return MaterialLibrary(
            materials, pairs, pair_overrides=self._pair_overrides, replaced=tuple(dict.fromkeys(replaced)),
            replaced_by={**self.replaced_by, **fresh_names},
        )  # fmt: skip

    def _refuse_taken_names(self, made: Material, path: str | Path) -> None:
        for word in (made.name, *made.aliases, *made.chinese):
            owner = self._lookup.get(_plain(word))
            if owner is not None and owner != made.name:
                raise UserError(
                    f"{path}: the name {word!r} of {made.name} already means {owner}:"
                    f" choose another name, or change {owner} itself."
                )

    def _find(self, name: str) -> str | None:
        word = _plain(str(name))
        if word in self._lookup:
            return self._lookup[word]
        for ending in _CHINESE_ENDINGS:
            if word.endswith(ending) and word[: -len(ending)] in self._lookup:
                return self._lookup[word[: -len(ending)]]
        return None

    def _make_pair(self, key: tuple[str, str]) -> Pair:
        found = {quantity: self._quantity(quantity, *key) for quantity in CONTACT_QUANTITIES}
        conditions = self._pairs[key].conditions if key in self._pairs else ""
        static, kinetic = found["static_friction"], found["friction"]
        if static[1] != "set" and static[0].value < kinetic[0].value:
            found["static_friction"] = (kinetic[0], kinetic[1])
        values = {quantity: value for quantity, (value, _) in found.items()}
        return Pair(
            a=key[0],
            b=key[1],
            restitution=values["restitution"],
            friction=values["friction"],
            static_friction=values["static_friction"],
            rolling=values["rolling"],
            basis={quantity: basis for quantity, (_, basis) in found.items()},
            conditions=conditions,
        )

    def _quantity(self, quantity: str, a: str, b: str) -> tuple[Value, str]:
        exact, *wider = self._by_width(a, b)
        found = self._known(quantity, exact)
        if found is not None:
            return found
        first, second = self._materials[a], self._materials[b]
        if not {first.state, second.state} & {"liquid", "gas"}:
            measured = rebound_of_measured_body(first, second) if quantity == "restitution" else None
            if measured is not None:
                return measured, "rule"
            for key in wider:
                found = self._known(quantity, key)
                if found is not None:
                    return (found[0] if found[1] == "set" else _standing_in(found[0], key)), found[1]
        return fallback(quantity, first, second), "rule"

    def _known(self, quantity: str, key: tuple[str, str]) -> tuple[Value, str] | None:
        """What is set for this pair, else for one of its materials, else stated for the pair; None when nothing is."""
        narrow = self._pair_overrides.get(key, {})
        if quantity in narrow:
            return narrow[quantity], "set"
        if quantity == "static_friction" and "friction" in narrow:
            return narrow["friction"], "set"
        record = self._pairs.get(key)
        if record and quantity in record.values and record.values[quantity].status == "set":
            return record.values[
                quantity
            ], "set"  # of a library of the user's own: narrower than what it sets for a material
        sides = [(name, self._set_for(quantity, name)) for name in dict.fromkeys(key)]
        found = [(name, value) for name, value in sides if value is not None]
        if len(found) == 1:
            return found[0][1], "set"
        if found:
            (one, left), (other, right) = found
            mean = math.sqrt(left.value * right.value)
            return Value(
                mean, None, None, left.unit, f"geometric mean of what is set for {one} and {other}", "set"
            ), "set"
        return (record.values[quantity], "+".join(key)) if record and quantity in record.values else None

    def _set_for(self, quantity: str, name: str) -> Value | None:
        material = self._materials[name]
        value: Value | None = getattr(material, quantity)
        if value is None and quantity == "static_friction":
            value = material.friction
        return value if value is not None and value.status == "set" else None

    def _by_width(self, a: str, b: str) -> list[tuple[str, str]]:
        """The pairs that may stand for (a, b), narrowest first: fewest steps up, then by spelling."""
        steps = [
            (i + j, max(i, j), pair_key(one, other))
            for i, one in enumerate(self.lineage(a))
            for j, other in enumerate(self.lineage(b))
        ]
        return list(dict.fromkeys(key for _, _, key in sorted(steps)))


def _standing_in(value: Value, key: tuple[str, str]) -> Value:
    status = "recalled" if value.status == "checked" else value.status
    return replace(value, source=f"stands in from {key[0]} on {key[1]}: {value.source}", status=status)


def _plain(word: str) -> str:
    return " ".join(word.lower().replace("_", " ").split())


def _surface_names(materials: Iterable[Material], language: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for material in materials:
        own = (material.name, *material.aliases) if language == "en" else material.chinese
        for word in own:
            if names.setdefault(_plain(word), material.name) != material.name:
                raise UserError(
                    f"The name {word!r} means both {names[_plain(word)]} and {material.name}: remove it from one."
                )
    return names


@functools.cache
def library() -> MaterialLibrary:
    """The product's own library, read once, with the libraries of the user's own that are in use (`scenes.own`)."""
    from scenes.own import active

    materials, pairs = read_own()
    sources: dict[str, str] = materials["sources"]
    made = make_materials(materials["materials"], sources=sources, strict=True)
    names = {**_surface_names(made.values(), "zh"), **_surface_names(made.values(), "en")}
    found = MaterialLibrary(made, make_pairs(pairs, names=names, sources=sources))
    for own in active():
        if own.materials or own.pairs:
            found = found.with_records(
                {"materials": own.materials, "pairs": own.pairs, "sources": own.sources}, own.path
            )
    return found
