"""What noun phrases name: new things, things named before, pronouns, one of a group, parts and contents."""

from __future__ import annotations

from planner.chinese.closed_classes import LOCALISER_OF
from planner.chinese.items import Item, Nominal
from planner.chinese.places import CENTERS, Place
from planner.chinese.scene import BODY_PARTS, Thing
from planner.chinese.state import ReaderState

__all__ = ["Naming"]

STUFF_OF_THINGS = frozenset(["glass", "wood", "ice"])
STACKED = frozenset(["tower", "stack", "pile", "pyramid"])
LIMBS = frozenset(
    [
        "claw",
        "paw",
        "mouth",
        "beak",
        "nose",
        "ear",
        "eye",
        "fist",
        "palm",
        "belly",
        "shoulder",
        "knee",
        "elbow",
        "forehead",
        "tongue",
        "tooth",
        "horn",
        "neck",
        "face",
        "chest",
        "back",
        "trunk",
    ]
)


class Naming(ReaderState):
    """Resolves noun phrases to things of the stage."""

    def things(self, n: Nominal) -> list[Thing]:
        """The things that a noun phrase names, old or new, with what the phrase says of them."""
        if n.joined:
            found: list[Thing] = []
            for one in n.joined:
                found += [t for t in self.things(one) if t not in found]
            return found
        stage = self.stage
        stage.used |= set(range(n.start, n.end))
        if n.pronoun is not None:
            return self._pronoun(n)
        if n.head is None:
            return self._headless(n)
        if n.group is not None and n.members is not None:
            whole = (stage.find(n) if not n.counted else []) or [stage.new(n)]
            if whole[0].members is None:
                members = stage.find(n.members) or [stage.new(n.members)]
                whole[0].members = members[0]
                stage.relate("part_of", members, whole, tokens=set(range(n.start, n.end)))
                stage.touch(whole[0])
            return whole
        if n.holder is not None:
            content = [stage.new(n)]
            holder = stage.new(n.holder)
            holder.content = content[0]
            stage.relate("in", content, [holder], tokens=set(range(n.start, n.end)))
            return [holder]
        if n.head in STACKED and not n.counted and not (n.owner or n.place or n.clause) and (built := self._stacked()):
            return built  # 五块积木叠在一起，球撞上塔
        if (
            n.head in STUFF_OF_THINGS
            and not n.counted
            and not (n.owner or n.place or n.clause or n.color)
            and (made := self._made_of(n.head))
        ):
            return made  # 石头扔向窗户，玻璃碎了
        found = stage.find(n) if not (n.owner or n.place or n.clause) or n.definite or not n.counted else []
        if n.counted and (n.owner or n.place or n.clause) and not n.definite:
            found = []
        if not found:
            owner = self.things(n.owner) if n.owner is not None else []
            many = [t for t in stage.recent if t.head == n.head and (t.entity.count or 2) > 1 and t.members is None]
            found = [stage.new(n)]
            if many and n.counted and n.count == 1 and not n.color and not n.selector and not owner:
                stage.relate("part_of", found, many[-1:])
            if owner:
                self._own(found[0], owner[0])
            else:
                self._own_part(found[0])
        else:
            self._enrich(found, n)
        for thing in found:
            stage.touch(thing)
        if (
            "middle" in n.attributes
            and n.selector is None
            and any(self.stage.texts[i] in CENTERS for i in range(n.start, n.end))
        ):
            stage.relate("in_middle_of", found, "frame", tokens=set(range(n.start, n.end)))
        if n.place is not None:
            near, localiser = n.place
            if near is None and LOCALISER_OF.get(localiser) == "at_end":
                wholes = [t.part_of for t in reversed(self.stage.recent) if t.part_of is not None] + self.landmark
                if wholes:
                    end = self._part_of_place(Place(wholes[:1], localiser, set(range(n.start, n.end))))
                    self.stage.relate("on", found, end, tokens=set(range(n.start, n.end)))
            if near is None and LOCALISER_OF.get(localiser) not in (None, "at_end"):
                about = [t for t in self._what_about(localiser) if t not in found][-1:]
                self._locate(found, Place(about, localiser, set(range(n.start, n.end))), "initial") if about else None
            if near is not None and near.head == "screen":
                self._locate(found, Place([], localiser, set(range(n.start, n.end)), screen=True), "initial")
            elif near is not None:
                self._locate(found, Place(self.things(near), localiser, set(range(n.start, n.end))), "initial")
            for thing in found:
                stage.touch(thing)
        if n.clause:
            self._relative(found, n.clause)
        return found

    def _made_of(self, material: str) -> list[Thing]:
        """The one thing named before that consists of the material by its nature: a window of glass."""
        from scenes.catalogue import catalogue

        def usual(thing: Thing) -> str | None:
            entry = catalogue().find(thing.head, "en")
            return str(entry.material) if entry is not None and entry.material is not None else None

        made = [t for t in self.stage.recent if t.role != "ground" and t.head != material and usual(t) == material]
        return made if len(made) == 1 else []

    def _stacked(self) -> list[Thing]:
        """The several things that have been put on each other."""
        whole = next((t for t in reversed(self.stage.recent) if t.head in STACKED), None)
        built = [
            t for h in self.stage.happenings if h.verb == "stack" for t in (h.patient or h.agent) if t.entity.count != 1
        ]
        return built[-1:] if whole is None else []

    def _own_part(self, part: Thing) -> None:
        """针尖 belongs to the 针 named before, 爪子 to who was spoken of."""
        if part.role != "part" and part.head not in BODY_PARTS:
            return
        mention = part.entity.mention or ""
        wholes = [
            t
            for t in reversed(self.stage.recent)
            if t is not part and t.role not in ("part", "region", "field", "fluid")
        ]
        named = [
            t for t in wholes if len(mention) > 1 and mention[0] in (t.entity.mention or "") and t.role != "character"
        ]
        beings = [t for t in (*(self.p.subject or []), *self.topic, *wholes) if t.animate]
        limb = part.head in BODY_PARTS | LIMBS
        if named:
            self._own(part, named[0])
        elif limb and beings:
            self._own(part, beings[0])

    def _what_about(self, localiser: str) -> list[Thing]:
        """Of what a bare localiser speaks: 前面的公交车 is before the mover, 上面的水杯 on the thing named last."""
        kind = LOCALISER_OF.get(localiser)
        if kind in ("in_front_of", "behind"):
            return self.p.subject or self.topic
        things = [t for t in self.stage.recent if not t.animate and t.role not in ("part", "region", "field", "fluid")]
        roles = {"in": ("container",), "on": ("support", "container")}.get(kind or "", ())
        holders = [t for t in things if t.role in roles]
        return self.landmark or holders or things or self.topic

    def _enrich(self, found: list[Thing], n: Nominal) -> None:
        for thing in found:
            e = thing.entity
            e.material, e.size, e.color = e.material or n.material, e.size or n.size, e.color or n.color
            for measure, token in n.measures:
                self.stage.measure(thing, measure, token)

    def _own(self, part: Thing, owner: Thing) -> None:
        if owner.head in BODY_PARTS and part.head not in BODY_PARTS and part.role != "part":
            owner.part_of = part
            self.stage.relate("part_of", [owner], [part])  # 四个轮子的小车
            return
        if part.role == "part" or part.head in BODY_PARTS or part.role in ("field", "fluid") or not owner.animate:
            if part.head in BODY_PARTS:
                part.entity.role = "part"
            part.part_of = owner
            if owner.role in ("ground", "region") and part.role != "part":
                part.part_of = None
                self.stage.relate("in" if owner.role == "region" else "at", [part], [owner])
                return
            kind = "in" if part.role == "fluid" and owner.role == "container" else "part_of"
            self.stage.relate(kind, [part], [owner])

    def _pronoun(self, n: Nominal) -> list[Thing]:
        text = n.pronoun or ""
        candidates = [t for t in (self.topic if self.topic else self.stage.recent[-1:])]
        if text in ("他", "她", "他们", "她们"):
            people = [t for t in self.stage.recent if t.animate]
            if not people:
                head = {"他": "man", "她": "woman"}.get(text, "person")
                return [
                    self.stage.create(head, role="character", tokens={n.start}, count=1 if len(text) == 1 else None)
                ]
            subject = self.p.subject or []
            others = [t for t in people if t not in subject]
            return (others or people)[-1:] if len(text) == 1 else people[-2:]
        if text in ("它们", "两者", "二者", "俩"):
            plural = [t for t in self.stage.recent if t.entity.count != 1]
            same = [t for t in self.stage.things if candidates and t.head == candidates[-1].head]
            last = [t for t in self.stage.recent if t not in (self.p.subject or [])]
            alike = [t for t in self.stage.things if last and t.head == last[-1].head]
            return plural[-1:] or (alike if len(alike) > 1 else same if len(same) > 1 else candidates)
        if text == "自己":
            return []
        if self.excluded:  # 把它, 撞倒它: not the one who does it
            others = [t for t in (*self.last_patient, *candidates) if t not in self.excluded and t.role != "ground"]
            spoken = [
                t
                for t in self.stage.recent
                if t not in self.excluded and t.role in ("object", "character", "container", "cloth")
            ]
            if others or spoken:
                return (others or spoken[-1:])[:1]
        if self.current is not None and self.last_patient and self.current.agent == candidates:
            return self.last_patient
        things = [t for t in candidates if t.role not in ("ground", "region")]
        return things or [t for t in self.stage.recent if t.role in ("object", "character", "container", "cloth")][-1:]

    def _headless(self, n: Nominal) -> list[Thing]:
        """最后一块, 另一个, 那头, 红的: one of what has been named."""
        text = "".join(self.stage.texts[n.start : n.end])
        if text[-1] in "头端" and n.definite:
            return self._that_end(n)
        if text[-1] in "边侧" and n.definite:
            return self._that_end(n)
        groups = [t for t in self.stage.recent if t.role not in ("ground", "support", "region", "field", "part")]
        plural = [t for t in groups if t.entity.count != 1]
        if n.definite and not n.selector:
            return groups[-1:]
        if n.counted and n.count is not None and n.count > 1 and n.selector is None and groups:
            alike = [t for t in self.stage.things if t.head == groups[-1].head]
            if len(alike) > 1 and sum(t.entity.count or 0 for t in alike) == n.count:
                return alike
        base = (plural or groups)[-1:]
        if not base:
            return []
        if n.selector is None and not n.color and not n.attributes:
            return base
        n.head, n.role = base[0].head, base[0].role
        n.count = n.count or 1
        one = self.stage.new(n)
        one.entity.material = one.entity.material or base[0].entity.material
        kind = {"last": "last_of", "first": "first_of", "middle": "in_middle_of"}.get(n.selector or "", "part_of")
        if plural and not (n.selector == "another" and base[0].entity.count is None):
            self.stage.relate(kind, [one], base)
        return [one]

    def _that_end(self, n: Nominal) -> list[Thing]:
        owner = self.p.subject or self.topic
        for thing in owner:
            for relation in self.stage.relations:
                end = next((t for t in self.stage.things if t.id == relation.object and t.role == "part"), None)
                if relation.subject == thing.id and end is not None:
                    return [end]
        return [self.stage.part(owner[0], "end", None, set(range(n.start, n.end)))] if owner else []

    def _part_of_place(self, place: Place) -> list[Thing]:
        return [self.stage.part(place.things[0], *place.part(), tokens=place.tokens)] if place.things else []

    def _relative(self, things: list[Thing], items: list[Item]) -> None:
        """A relative clause: the same grammar with the noun as the missing subject or object."""
        from planner.chinese.predicates import read_relative

        read_relative(self, things, items)
