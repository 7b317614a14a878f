"""Prepositions and localisers: where things are, come from and go to."""

from __future__ import annotations

from planner.chinese.closed_classes import LOCALISER_OF
from planner.chinese.directions import MANNERS
from planner.chinese.places import Place, environment_of, place_things, relation_kind
from planner.chinese.scene import Happening, Thing
from planner.chinese.state import SAME_TIME_STATES, ReaderState
from planner.frame import Quantity

__all__ = ["Placing"]


class Placing(ReaderState):
    """Reads prepositional phrases and places without a preposition."""

    def place_at(self, k: int) -> tuple[Place | None, int]:
        """The place that starts at item `k` (NP, NP + localiser, localiser alone), and where it ends."""
        k = self._after(k)
        if self.kind(k) == "NP":
            n = self.items[k].np
            assert n is not None
            end = k + 1
            localiser = ""
            while self.kind(end) == "LOC":
                localiser = (
                    self.items[end].text if not localiser or LOCALISER_OF.get(localiser) in ("on", "in") else localiser
                )
                end += 1
            tokens = set(range(self.items[k].start, self.items[end - 1].end))
            self.stage.used |= tokens
            facts = environment_of("".join(self.stage.texts[self.items[k].start : self.items[end - 1].end]))
            if facts is not None:
                self.stage.set_environment(**facts.facts)
                if not facts.entity:
                    return Place([], localiser, tokens, environment=True), end
            if localiser in ("之间", "中间") and len(n.joined) == 0 and n.count == 1 and n.counted:
                localiser = "中央"
            if n.head == "screen":
                return Place([], localiser, tokens, screen=True), end
            if LOCALISER_OF.get(localiser) == "between" and not n.counted and not n.joined:
                n.count = None
            return Place(self.things(n), localiser, tokens), end
        if self.kind(k) == "LOC":
            tokens = set(range(self.items[k].start, self.items[k].end))
            self.stage.used |= tokens
            owner: list[Thing] = []
            if self.items[k].value == "at_end":  # 从另一头滚出来
                wholes = [t.part_of for t in reversed(self.stage.recent) if t.part_of is not None]
                owner = wholes[:1] or self.last_goal or self.landmark
            if owner:
                far_end = self._part_of_place(Place(owner[:1], self.items[k].text, tokens))
                return Place(far_end, "", tokens), k + 1
            return Place([], self.items[k].text, tokens), k + 1
        return None, k

    def _p(self, k: int) -> int:
        item = self.items[k]
        p = self.p
        kind = item.value
        after = self._after(k + 1, ("SKIP", "ASP"))
        if kind == "被" and self.kind(after) != "NP":
            p.passive = True
            return k + 1
        if kind in ("用", "以") and self.kind(after) in ("MEAS", "ADV", "PROP", "ADJ", "SKIP"):
            return self._by_measure(after)
        if kind == "从" and self.kind(after) == "MEAS":
            end = self._meas(after)
            while self.kind(end) in ("LOC", "SKIP"):
                end += 1
            return end
        if self.kind(after) == "MEAS" and kind in ("到", "在", "至"):
            return after
        if kind == "让":
            return self._let(after)
        if kind == "把":
            acting = [
                t for t in self.topic if t.animate or any(t in h.agent and h.patient for h in self.stage.happenings)
            ]
            self.excluded = list(p.subject or acting)
        place, end = self.place_at(after)
        self.excluded = []
        if place is None:
            return k + 1
        p.tokens |= {item.start} | place.tokens
        place.direct = self.kind(k - 1) in ("V", "ASP", "DIR")
        if place.environment:
            return end
        if kind == "把":
            p.taken = place.things
        elif kind in ("被", "叫"):
            p.passive, p.agent = True, place.things
            limb = self.items[end].np if self.kind(end) == "NP" else None
            if limb is not None and place.things and place.things[0].animate and self._verb_ahead(end + 1):
                p.instrument = self.things(limb)  # 被他双手接住
                for part in p.instrument:
                    self._own(part, place.things[0])
                end += 1
        elif kind in ("在",):
            self._at(place, end)
        elif kind in ("从", "由") or (kind == "离" and self.current is None):
            if place.things or place.side:
                if kind == "由" and place.things and not place.localiser:
                    p.agent = place.things
                else:
                    p.source = place
        elif kind in ("到", "向", "入", "给"):
            self._towards(place, kind, end)
        elif kind in ("沿", "经", "绕"):
            p.path = ("around" if kind == "绕" else "along", place.things)
        elif kind in ("用", "以"):
            p.instrument = place.things
        elif kind == "随" and place.things:
            p.tokens |= place.tokens
            if place.things[0].role != "field":
                p.recipient = place.things
        elif kind == "对" or kind == "和":
            p.recipient = place.things
        return end

    def _let(self, k: int) -> int:
        """让小球滚下: the causee is the subject of what follows."""
        if self.kind(k) == "NP":
            self.p.clear_for_next_verb()
            self.p.subject = self.things(self.items[k].np)  # type: ignore[arg-type]
            self.current = None
            return k + 1
        return k

    def _by_measure(self, k: int) -> int:
        """以每秒2米的速度, 以较快速度."""
        start = k
        while self.kind(k) in ("MEAS", "ADV", "SKIP", "ADJ", "DE"):
            if self.kind(k) == "MEAS":
                self._meas(k)
            elif self.kind(k) in ("ADV", "ADJ"):
                self.p.manner.append(self.items[k].value or self.items[k].text)
                self._use(self.items[k])
            k += 1
        if self.kind(k) == "PROP":
            self._use(self.items[k])
            if not any(self.kind(m) == "MEAS" for m in range(start, k)):
                self.p.quantities.append(
                    Quantity(
                        role=self.items[k].value,
                        span=self.stage.span(set(range(self.items[start].start, self.items[k].end))),
                    )
                )
            k += 1
        return k

    def _at(self, place: Place, end: int) -> None:
        if self.current is not None and (place.direct or not self._verb_ahead(end)):
            self._end_at(self.current, place)
        else:
            self.p.location = place

    def _towards(self, place: Place, kind: str, end: int) -> None:
        if self.current is not None and not (kind in ("向",) and self._verb_ahead(end) and not place.things):
            self._end_at(self.current, place, towards=kind == "向")
        elif kind == "给":
            self.p.recipient = place.things
        else:
            self.p.goal = place

    def _end_at(self, event: Happening, place: Place, towards: bool = False) -> None:
        """Post-verbal 在, 到, 向: the goal of the event just read."""
        stage = self.stage
        event.tokens |= place.tokens
        if (
            "t" in event.flags
            and event.verb in ("hit", "collide", "touch", "strike")
            and place.things
            and not event.patient
        ):
            event.patient = place.things
            self.last_patient = place.things
            return
        if "p" in event.flags and event.verb in ("float", "hang", "lean", "balance", "submerge") and place.things:
            self._locate(
                event.mover,
                place,
                "initial"
                if event.order == 0
                or not any(h is not event and set(h.mover) & set(event.mover) for h in stage.happenings)
                else "final",
                event.verb,
            )
            if event.verb != "hang":
                return
        if place.value == "at_end" and place.things:
            place = Place(self._part_of_place(place), "", place.tokens)
        things = [t for t in place_things(stage, place) if t not in event.mover]
        if not things and place.side:
            event.manner.append(f"to_{place.side}")
        if ("p" in event.flags and event.order == 0) or (
            "p" in event.flags
            and not event.passive
            and not any(h.order > 0 and set(h.mover) & set(event.mover) for h in stage.happenings if h is not event)
        ):
            self._locate(event.mover, place, "initial", event.verb)
        if event.verb in ("hang", "tie", "attach"):
            before = any(h is not event and set(h.mover) & set(event.mover) for h in stage.happenings)
            if event.patient and (event.agent or self.p.taken) and event.verb == "hang":
                event.goal = things  # 把灯笼挂在门上
            elif before and event.verb == "hang":
                event.goal = things  # 被风吹落，挂在树枝上
            elif event in stage.happenings and event.verb == "hang":
                stage.happenings.remove(event)
                self.step = min(self.step, max((h.order for h in stage.happenings), default=0))
            return
        event.goal = things or event.goal
        event.goal_kind = place.kind or ("towards" if towards else event.goal_kind)
        self.last_goal = things or self.last_goal
        if place.screen_or_bare and place.side:
            kind = relation_kind(place)
            stage.relate(kind, event.mover, "frame", "final" if event.order else "initial", place.tokens)

    def _locate(self, subject: list[Thing], place: Place, phase: str, verb: str = "") -> None:
        stage = self.stage
        held = place.things and place.things[0].head in ("hand", "mouth")
        blown = place.things and place.things[0].role == "field" and place.things[0].head not in ("flame", "fire")
        if place.environment or held or blown:
            return
        if not place.things:
            if place.side or (place.screen and place.localiser):
                stage.relate(relation_kind(place), subject, "frame", phase, place.tokens)
            return
        kind = "leaning_against" if verb == "lean" else relation_kind(place, verb)
        stage.relate(
            kind, [s for s in subject if s.role not in ("region",) or kind != "in"], place.things, phase, place.tokens
        )

    def _static(self, subject: list[Thing], place: Place) -> None:
        phase = (
            "final" if any(s in h.mover for s in subject for h in self.stage.happenings if h.order > 0) else "initial"
        )
        self._locate(subject, place, phase)

    def _dir(self, k: int) -> int:
        """上坡, 推下桌子: a direction that takes a place of its own."""
        item = self.items[k]
        self._use(item)
        down = item.text in ("下", "下来", "下去")
        if self.current is not None:
            if self.current.verb not in SAME_TIME_STATES:
                self.current.manner.append(MANNERS.get(item.text, ""))
            if self.kind(k + 1) == "NP":
                place, end = self.place_at(k + 1)
                if place is not None:
                    leaving = (
                        down
                        and place.things
                        and place.things[0].role not in ("ground", "fluid", "container")
                        and place.things[0].head not in ("slope", "hill", "stairs", "slide")
                    )
                    if leaving:
                        self.current.source = place.things
                    elif down:
                        self._path("along", self.current.mover, place.things, place.tokens)
                    else:
                        self.current.goal = place.things
                        if place.things and place.things[0].role in ("support", "ground"):
                            self._locate(self.current.mover, Place(place.things, "上", place.tokens), "initial")
                return end
        return k + 1

    def _path(self, kind: str, subject: list[Thing], obj: list[Thing], tokens: set[int]) -> None:
        self.stage.relate(kind, subject, obj, "during", tokens)

    def _np_with_place(self, k: int) -> int:
        """NP + localiser without a preposition: existential place, part, or a place for what follows."""
        n, loc = self.items[k].np, self.items[k + 1]
        assert n is not None
        follow = k + 2
        while self.kind(follow) == "LOC":
            follow += 1
        tokens = set(range(self.items[k].start, loc.end))
        self.stage.used |= tokens
        screen = n.head == "screen"
        if not screen and loc.value == "between" and not n.counted and not n.joined:
            n.count = None
        owner = [] if screen else self.things(n)
        place = Place(owner, loc.text, tokens, screen=screen)
        if not owner and not screen:
            return follow
        if self._existential_follows(follow):
            self.p.topic_place = place
            self.landmark = owner
            return follow
        if (
            loc.value in ("at_end", "left_of", "right_of", "bottom", "corner", "at_edge")
            and self.kind(follow) in ("P", "V", "PROP", "ADV")
            and self._verb_ahead(follow)
        ) or self.kind(follow) == "PROP":
            self.p.subject = self._part_of_place(place)
            return follow
        if self.current is not None:
            self.current.goal = self.current.goal or place_things(self.stage, place)
            self.current.goal_kind = place.kind
            return follow
        self.p.location = place
        return follow

    def _loc(self, k: int) -> int:
        """A localiser without a noun: 右边放着两本书, 右侧温度上升, (到)右侧."""
        item = self.items[k]
        self.stage.used |= set(range(item.start, item.end))
        if len(item.text) == 1:
            return k + 1  # 在压力下
        owner = self.landmark
        for thing in reversed(self.stage.recent):
            if thing.role == "part" and thing.part_of is not None and item.value in ("at_end", "left_of", "right_of"):
                owner = [thing.part_of]
                break
        place = Place(owner, item.text, set(range(item.start, item.end)))
        if not owner and item.value == "at_end" and self.topic and not self.topic[0].animate:
            owner = self.topic
            place = Place(owner, item.text, place.tokens)
        if owner and item.value == "at_end" and self.kind(k + 1) == "MEAS":
            self.p.subject = self._part_of_place(place)
        elif self._existential_follows(k + 1):
            self.p.topic_place = place
        elif (
            (self.kind(k + 1) == "PROP" or item.value in ("at_end", "left_of", "right_of"))
            and owner
            and self._verb_ahead(k + 1)
        ):
            self.p.subject = self._part_of_place(place)
        elif self.current is not None:
            self.current.goal_kind = place.kind
            self.current.manner.append(f"to_{place.side}" if place.side else place.kind or "")
        else:
            self.p.location = place
        return k + 1
