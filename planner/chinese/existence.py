"""Existential sentences: 桌上放着一个花瓶, 花瓶后面有一盏台灯, 左边是一个球."""

from __future__ import annotations

from planner.chinese.lexicon import VerbSense
from planner.chinese.places import Place, relation_kind
from planner.chinese.scene import Thing
from planner.chinese.state import AGENTIVE_POSTURE, NO_EVENT, ReaderState

__all__ = ["Existence"]


class Existence(ReaderState):
    """Reads sentences whose subject is a place."""

    def _existential_follows(self, k: int) -> bool:
        while self.kind(k) in ("ADV", "SKIP", "SIM"):
            k += 1
        if self.kind(k) == "HAVE":
            return True
        if self.kind(k) == "BE":
            return True
        if self.kind(k) != "V":
            return False
        verb = self.items[k].verb
        after = self._after(k + 1)
        if self.kind(after) == "ASP" and self.kind(after + 1) == "NP":
            return True
        return verb is not None and verb.has("v") and self.kind(after) == "NP"

    def _have(self, k: int) -> int:
        """有: existence at a place, or possession."""
        if self.p.topic_place is not None or self.p.location is not None or not self.p.subject:
            return self._existential(k, VerbSense(("have",), frozenset("pv")), k + 1)
        if self.kind(k + 1) == "NP" and not self._verb_ahead(k + 2):
            owned = self.things(self.items[k + 1].np)  # type: ignore[arg-type]
            if owned:
                self._own(owned[0], self.p.subject[0])
            return k + 2
        return k + 1

    def _be(self, k: int) -> int:
        if self.p.topic_place is not None or self.p.location is not None:
            return self._existential(k, VerbSense(("have",), frozenset("pv")), k + 1)
        if self.kind(k + 1) == "ADJ":
            return self._adj(k + 1)
        return k + 1

    def _existential(self, k: int, verb: VerbSense, follow: int) -> int:
        """桌上放着一个花瓶, 秋千上坐着小女孩, 绳子另一头拴着木箱."""
        stage = self.stage
        place = self.p.topic_place or self.p.location
        while self.kind(follow) in ("ASP", "ADV", "SKIP"):
            follow += 1
        if self.kind(follow) != "NP":
            return follow
        tokens = set(range(self.items[k].start, self.items[follow].end))
        themes = self.things(self.items[follow].np)  # type: ignore[arg-type]
        stage.used |= tokens
        lemma = verb.lemma
        ends = place is not None and place.value == "at_end"
        stage_goal = place.things if place is not None else []
        if place is not None and (place.things or place.side):
            end = self._part_of_place(place) if ends else []
            stage_goal = end or stage_goal
            if lemma in ("tie", "attach", "stick", "hang"):
                kind = "hanging_from" if lemma == "hang" else "attached_to"
                if lemma == "hang" and not ends and relation_kind(place) not in ("on", "below"):
                    kind = relation_kind(place)
                stage.relate(kind, themes, place.things, tokens=tokens)
            elif ends:
                stage.relate("on", themes, end, tokens=tokens)
            elif not place.things:
                self._side_by_side(place, themes, tokens)
            else:
                self._locate(themes, Place(place.things, place.localiser, tokens), "initial", lemma)
        if lemma in AGENTIVE_POSTURE or (not verb.has("pvz") and lemma not in NO_EVENT):
            event = self._make(lemma, verb, tokens)
            event.agent = themes
            if lemma in AGENTIVE_POSTURE:
                event.order = 0
                event.goal = stage_goal
            else:
                event.order = self._next_step()
            stage.happenings.append(event)
        self.p.clear_for_next_verb()
        self.p.subject = themes
        if not self.topic or not any(self.topic[0] in h.agent for h in stage.happenings):
            self.topic = themes
        self.last_patient = themes
        self.clause_events += 1
        self.current = None
        return follow + 1

    def _side_by_side(self, place: Place, themes: list[Thing], tokens: set[int]) -> None:
        """左边是球，右边是方块: sides of the picture, and of each other."""
        self.stage.relate(relation_kind(place), themes, "frame", tokens=tokens)
