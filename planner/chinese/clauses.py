"""From items to happenings: subjects that clauses share, topics, adverbs, measures and the order of time.

Positions of the picture (屏幕左侧, 画面中央, 右边缘) become regions (heads side, center, edge, corner, screen; role region; attribute
left or right) that events start or end at; a thing that stands there is related to the literal object "frame" (left_of, right_of,
in_middle_of, above, below), as the English reader does.
"""

from __future__ import annotations

import re

from planner.chinese.attributive import fold
from planner.chinese.existence import Existence
from planner.chinese.items import Item
from planner.chinese.lexicon import VerbSense
from planner.chinese.naming import Naming
from planner.chinese.placing import Placing
from planner.chinese.predicates import make_event, read_verb_group
from planner.chinese.scene import BODY_PARTS, Happening, Stage, Thing
from planner.chinese.state import Pending
from planner.frame import Quantity

__all__ = ["ClauseReader"]

BOUNDS = (
    (r"至少|最少|起码|不少于|不低于", "at_least"),
    (r"至多|最多|不超过|不多于|顶多", "at_most"),
    (r"(?:超过|多于|不止)了?[一二两三四五六七八九十\d]", "more_than"),
    (r"(?:少于|不到|不足)了?[一二两三四五六七八九十\d]", "fewer_than"),
)
BOUND_WORDS = frozenset(
    [
        "至少",
        "最少",
        "起码",
        "不少于",
        "不低于",
        "至多",
        "最多",
        "不超过",
        "不多于",
        "顶多",
        "超过",
        "多于",
        "不止",
        "少于",
        "不到",
        "不足",
        "最",
        "多",
        "不",
    ]
)


class ClauseReader(Naming, Placing, Existence):
    """Walks the items of a text once and fills `stage`."""

    def __init__(self, stage: Stage, items: list[Item]) -> None:
        super().__init__(stage, fold(items))

    def read(self) -> None:
        k = 0
        while k < len(self.items):
            step = getattr(self, f"_{self.items[k].kind.lower()}", None)
            k = step(k) if step is not None else k + 1
        self._finish_clause()
        self._what_comes_before()

    def _what_comes_before(self) -> None:
        """男孩接住篮球之前，篮球弹了三次: what is said before 之前 happens after what the rest of the sentence says."""
        texts = self.stage.texts
        for at, text in enumerate(texts):
            if text not in ("之前", "以前", "前"):
                continue
            start = next((i + 1 for i in range(at - 1, -1, -1) if texts[i] in "，。；,;"), 0)
            end = next((i for i in range(at, len(texts)) if texts[i] in "。；;"), len(texts))
            verbs = [h for h in self.stage.happenings if h.tokens and start <= min(h.tokens) < at]
            rest = [h for h in self.stage.happenings if h.order > 0 and h.tokens and at < min(h.tokens) < end]
            ended = next((item.kind for item in self.items if item.end == at), "")
            timely = text != "前" or ended in ("V", "ASP", "DIR") or (at and texts[at - 1] in ("之", "以"))
            if (
                not rest
                or not verbs
                or not timely
                or any(item.kind == "LOC" and item.start == at for item in self.items)
            ):
                continue  # 墙前
            last = [h for h in verbs if max(i for i in h.tokens if i < at) >= at - 4]
            later = max(h.order for h in rest)
            for happening in self.stage.happenings:
                if happening.order > later:
                    happening.order += 1
            for happening in last:
                happening.order = later + 1
        ranks = {
            order: i + 1 for i, order in enumerate(sorted({h.order for h in self.stage.happenings if h.order > 0}))
        }
        for happening in self.stage.happenings:
            happening.order = ranks.get(happening.order, happening.order)

    def _sep(self, k: int) -> int:
        self._finish_clause()
        return k + 1

    _end = _sep

    def _finish_clause(self) -> None:
        """At a comma: what has no verb is a setting or a static relation."""
        p = self.p
        if self.clause_events == 0:
            if p.subject and p.location is not None:
                self._static(p.subject, p.location)
                self.topic = p.subject
            elif p.subject:
                if self.setting is not None:
                    self._locate(p.subject, self.setting, "initial")
                self.topic = p.subject
            elif p.location is not None:
                self.setting = p.location
            if p.manner and self.stage.happenings and not p.subject and not p.location:
                self.stage.happenings[-1].manner += p.manner
        if p.topic_place is not None and p.subject is None and self.clause_events == 0:
            self.setting = p.topic_place
        carried = p.same_time and self.clause_events == 0
        self.p = Pending()
        self.p.same_time = carried
        self.current = None
        self.clause_events = 0

    def _adv(self, k: int) -> int:
        item = self.items[k]
        value = item.value or ""
        if (
            self.current is not None
            and self.kind(self._after(k + 1)) in ("", "SEP", "END", "NP", "SEQ")
            and not self._verb_ahead(k + 1)
        ):
            self.current.manner.append(value)
            self.current.tokens |= set(range(item.start, item.end))
        else:
            self.p.manner.append(value)
            if value == "simultaneously":
                self.p.same_time = self.clause_events > 0 or (self.p.subject is None and bool(self.stage.happenings))
        self._use(item)
        return k + 1

    def _about(self, k: int) -> int:
        """根据傅里叶定律: what the text goes by, no thing of the scene."""
        while self.kind(k) not in ("", "SEP", "END"):
            self.stage.used |= set(range(self.items[k].start, self.items[k].end))
            k += 1
        return k

    def _shown(self, k: int) -> int:
        self.stage.used |= set(range(self.items[k].start, self.items[k].end))
        return k + 1

    def _camera(self, k: int) -> int:
        item = self.items[k]
        self.stage.set_environment(camera=item.value)
        self.stage.used |= set(range(item.start, item.end))
        return k + 1

    def _conj(self, k: int) -> int:
        """与静止的球发生碰撞: a partner named after other words have come between."""
        follow = self._after(k + 1)
        n = self.items[follow].np if self.kind(follow) == "NP" else None
        if n is not None and self.p.subject and self.current is None and self._verb_ahead(follow + 1):
            self.p.recipient = self.things(n)
            return follow + 1
        return k + 1

    def _become(self, k: int) -> int:
        """分裂成小滴: what something becomes is the result of the event, no thing of its own."""
        item = self.items[k + 1] if self.kind(k + 1) == "NP" else None
        if item is None or item.np is None or self.current is None:
            return k + 1
        self.current.result = item.np.head
        if item.np.counted and item.np.count is not None and item.np.count > 1:
            self.current.quantities.append(
                Quantity(value=float(item.np.count), role="pieces", span=self.stage.offsets[item.start])
            )
        self._use(self.items[k])
        self._use(item)
        return k + 2

    def _neg(self, k: int) -> int:
        self.p.negated = True
        return k + 1

    def _sim(self, k: int) -> int:
        self.p.same_time = self.clause_events > 0 or (
            k > 0 and self.kind(k - 1) == "SEP" and any(i.kind == "SIM" for i in self.items[:k])
        )
        return k + 1

    def _once(self, k: int) -> int:
        self.p.once = True
        return k + 1

    def _more(self, k: int) -> int:
        """越转越慢, 越来越快: a change of speed or size."""
        item = self.items[k]
        second = next((m for m in range(k + 1, min(k + 5, len(self.items))) if self.items[m].kind == "MORE"), None)
        quality = (
            self.items[second + 1]
            if second is not None and second + 1 < len(self.items)
            else self.items[k + 1]
            if item.text == "越来越" and k + 1 < len(self.items)
            else None
        )
        if quality is None:
            return k + 1
        lemma = {
            "slowly": "slow_down",
            "quickly": "accelerate",
            "high": "rise",
            "large": "grow",
            "small": "shrink",
            "tall": "rise",
            "hot": "heat",
            "cold": "cool",
            "low": "decrease",
            "warm": "warm",
        }.get(quality.value or "")
        if quality.kind == "V" and quality.verb is not None:
            lemma = quality.verb.lemma
        if lemma is None:
            return k + 1
        tokens = set(range(item.start, quality.end))
        self._event(VerbSense((lemma,), frozenset("i")), "", tokens)
        self.stage.used |= tokens
        return (second or k) + 2

    def _seq(self, k: int) -> int:
        item = self.items[k]
        if item.value == "same":
            together = (
                self._verb_ahead(k + 1)
                and (self.p.subject is None or self.p.subject == self.topic)
                and (len(self.topic) > 1 or any(t.entity.count != 1 for t in self.topic))
            )
            self.p.same_time = (
                bool(self.stage.happenings)
                and not together
                and (self.clause_events > 0 or self.p.subject is None or (k > 0 and self.kind(k - 1) == "SEP"))
            )
            self.p.manner.append("simultaneously")
            self._use(item)
        return k + 1

    def _when(self, k: int) -> int:
        self.clause_events = max(self.clause_events, 1)
        return k + 1

    def _meas(self, k: int) -> int:
        item = self.items[k]
        measure = item.measure
        assert measure is not None
        self.stage.used |= set(range(item.start, item.end))
        role = measure.role
        following = self.items[k + 1].text if k + 1 < len(self.items) else ""
        if measure.seconds is not None and following in ("后", "之后", "以后"):
            self.p.at_time = measure.seconds
            return k + 2
        quantity = Quantity(
            value=measure.value,
            unit=measure.unit,
            role=role or measure.kind,
            span=self.stage.span(set(range(item.start, item.end))),
        )
        if quantity.unit == "degree" and (
            self.current is not None and self.current.verb in ("heat", "cool", "warm", "rise", "fall", "roast")
        ):
            quantity.unit, quantity.role = "degC", "temperature"  # 加热到300度
        if quantity.role == "length":
            quantity.role = "distance"
        if self.current is not None and (self.kind(k - 1) in ("V", "ASP", "DIR", "P") or not self._verb_ahead(k + 1)):
            self.current.quantities.append(quantity)
        elif (
            measure.role
            in (
                "mass",
                "length",
                "radius",
                "diameter",
                "width",
                "thickness",
                "temperature",
                "friction_coefficient",
                "restitution",
                "density",
                "thermal_conductivity",
            )
            and self.p.subject
            and self.current is None
        ):
            self.p.subject[-1].entity.quantities.append(quantity)
        else:
            self.p.quantities.append(quantity)
        return k + 1

    def _times(self, k: int) -> int:
        item = self.items[k]
        self.stage.used |= set(range(item.start, item.end))
        bound = self._bound(item)
        if bound is not None and (self.current is not None or item.text[-1] in "次回遍"):
            (self.current if self.current is not None else self.p).manner.append(bound)
        if self.current is not None:
            if (
                self.current.count is None
                and item.text[-1] not in "步声"
                and not (item.text == "一下" and self.current.verb == "slip")
            ):
                self.current.count = item.count
        elif item.text[-1] in "次回遍":
            self.p.count = item.count
        return k + 1

    def _bound(self, item: Item) -> str | None:
        """至少弹跳三次, 弹跳不超过两次: the number is only a bound."""
        start = item.start
        while start and self.stage.texts[start - 1] not in "，。；,;":
            start -= 1
        said = "".join(self.stage.texts[start : item.end])
        for words, name in BOUNDS:
            if re.search(words, said):
                self.stage.used |= {i for i in range(start, item.end) if self.stage.texts[i] in BOUND_WORDS}
                return name
        return None

    def _prop(self, k: int) -> int:
        """温度, 速度: the property that rises or falls, or the measure of how fast."""
        self.stage.used |= set(range(self.items[k].start, self.items[k].end))
        if (
            self.p.property is None
            and self._verb_ahead(k + 1)
            and self.kind(k - 1) in ("NP", "LOC", "", "SEP", "SEQ", "END", "P")
        ):
            self.p.property = self.items[k].value
            if self.kind(k - 1) == "LOC" and self.p.topic_place is not None:
                self.p.subject = self._part_of_place(self.p.topic_place)
                self.p.topic_place = None
        return k + 1

    def _adj(self, k: int) -> int:
        item = self.items[k]
        colored = item.np is None and "色" in item.text
        if colored and self.kind(k - 1) == "P" and self.p.subject and item.value:  # 从红色变成绿色
            for thing in self.p.subject:
                thing.entity.color = thing.entity.color or item.value
            self.stage.used |= set(range(item.start, item.end))
            return k + 1
        if self.current is not None and self.current.verb in ("change", "become", "turn") and item.value:
            self.current.result = item.value
            self.stage.used |= set(range(item.start, item.end))
            return k + 1
        if self.current is None and item.value and self._verb_ahead(k + 1):
            self.p.manner.append(item.value)
        elif self.current is not None:
            self.current.manner.append(item.value or item.text)
        elif self.p.subject and item.value:
            self.p.subject[-1].entity.attributes.append(item.value)
        self.stage.used |= set(range(item.start, item.end))
        return k + 1

    def _get(self, k: int) -> int:
        """吹得左右摇晃: what follows happens to the thing acted on."""
        if self.current is not None and self.current.patient and self._verb_ahead(k + 1):
            self.p.clear_for_next_verb()
            self.p.subject = self.current.patient
            self.current = None
        return k + 1

    def _np(self, k: int) -> int:
        """A noun phrase that no preposition governs: subject, object, topic or landmark."""
        item = self.items[k]
        n = item.np
        assert n is not None
        follow = k + 1
        if n.pronoun == "自己":
            return follow
        if self.kind(follow) == "LOC":
            return self._np_with_place(k)
        if (
            self.kind(follow) == "NP"
            and self.items[follow].text[:1] in "那这"
            and self.items[follow].text[-1] in "头端边侧"
        ):
            self.p.subject = self.things(n)
            self.p.subject = self.things(self.items[follow].np)  # type: ignore[arg-type]
            self.current = None
            return follow + 1
        if self.current is not None and not self._opens_predicate(follow):
            return follow
        things = self.things(n)
        if self.current is not None:
            self.p.clear_for_next_verb()
            self.current = None
            self.p.subject = things
        elif self.p.subject and self.clause_events == 0 and self._verb_ahead(follow) and things:
            if things[0].role in ("part", "field", "fluid") or things[0].head in BODY_PARTS:
                self._own(things[0], self.p.subject[0])
                self.p.subject = things
            elif n.pronoun is None:
                self.p.subject = things
        else:
            self.p.subject = things
        if n.pronoun in ("与", "跟", "同") and len(things) == 2:
            self.p.recipient = things[1:]
        if self.setting is not None and things:
            self._locate(things, self.setting, "initial")
            self.setting = None
        return follow

    def _opens_predicate(self, k: int) -> bool:
        return self._verb_ahead(k)

    def _unkv(self, k: int) -> int:
        return k + 1

    def _v(self, k: int) -> int:
        if self.kind(k + 1) == "PROP" and self.kind(k - 1) != "NP":
            self._use(self.items[k])  # 弹跳高度
            return k + 1
        return read_verb_group(self, k)

    def _event(self, sense: VerbSense, text: str, tokens: set[int], obj: list[Thing] | None = None) -> Happening:
        return make_event(self, sense, text, tokens, obj)
