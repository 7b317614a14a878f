"""What the clause reader remembers: the words that wait for a verb, the topic, the step of time; and small steps that all parts share."""

from __future__ import annotations

from planner.chinese.items import Item, Nominal
from planner.chinese.lexicon import VerbSense
from planner.chinese.places import Place
from planner.chinese.scene import Happening, Stage, Thing
from planner.frame import Quantity

__all__ = ["AGENTIVE_POSTURE", "NO_EVENT", "SAME_TIME_STATES", "Pending", "ReaderState"]

AGENTIVE_POSTURE = frozenset(["sit", "stand", "lie", "perch", "kneel", "squat"])
NO_EVENT = frozenset(["place", "contain", "have", "look_at"])
SAME_TIME_STATES = frozenset(["stop", "remain", "stay", "come_to_rest", "rest", "keep"])


class Pending:
    """What stands before the verb of a clause and waits for it."""

    def __init__(self) -> None:
        self.subject: list[Thing] | None = None
        self.topic_place: Place | None = None
        self.location: Place | None = None
        self.source: Place | None = None
        self.goal: Place | None = None
        self.path: tuple[str, list[Thing]] | None = None
        self.passive = False
        self.agent: list[Thing] = []
        self.taken: list[Thing] = []  # 把
        self.instrument: list[Thing] = []
        self.manner: list[str] = []
        self.quantities: list[Quantity] = []
        self.tokens: set[int] = set()
        self.negated = False
        self.same_time = False
        self.once = False
        self.more = False
        self.property: str | None = None
        self.count: int | None = None
        self.at_time: float | None = None
        self.recipient: list[Thing] = []

    def clear_for_next_verb(self) -> None:
        subject = self.subject
        self.__init__()  # type: ignore[misc]
        self.subject = subject


class ReaderState:
    """State of one reading. `things`, `_locate` and `_meas` are filled in by the readers built on it."""

    def __init__(self, stage: Stage, items: list[Item]) -> None:
        self.stage = stage
        self.items = items
        self.p = Pending()
        self.topic: list[Thing] = []
        self.last_patient: list[Thing] = []
        self.last_goal: list[Thing] = []
        self.landmark: list[Thing] = []
        self.sides: list[tuple[str, list[Thing]]] = []
        self.setting: Place | None = None
        self.step = 0
        self.current: Happening | None = None  # the last event of this clause
        self.clause_events = 0
        self.excluded: list[Thing] = []  # who acts, while the object of the act is read

    def kind(self, k: int) -> str:
        return self.items[k].kind if 0 <= k < len(self.items) else ""

    def _after(self, k: int, skip: tuple[str, ...] = ("SKIP",)) -> int:
        while self.kind(k) in skip:
            k += 1
        return k

    def _use(self, item: Item) -> None:
        self.stage.used |= set(range(item.start, item.end))
        self.p.tokens |= set(range(item.start, item.end))

    def _verb_ahead(self, k: int) -> bool:
        """Whether a verb follows within this clause before another noun phrase without a preposition."""
        while self.kind(k) in (
            "ADV",
            "NEG",
            "SKIP",
            "P",
            "SEQ",
            "SIM",
            "MORE",
            "ONCE",
            "TIMES",
            "PROP",
            "MEAS",
            "ADJ",
        ) or (self.kind(k) in ("NP", "LOC") and self._governed(k)):
            k += 1
        return self.kind(k) in ("V", "UNKV", "MORE")

    def _governed(self, k: int) -> bool:
        return self.kind(k - 1) == "P" or (
            self.kind(k) == "LOC" and self._governed(k - 1) if self.kind(k - 1) == "NP" else False
        )

    def _next_step(self) -> int:
        if self.p.same_time and self.step:
            return self.step
        self.step += 1
        return self.step

    def _make(self, lemma: str, sense: VerbSense, tokens: set[int]) -> Happening:
        p = self.p
        event = Happening(
            lemma,
            tokens=tokens | p.tokens,
            manner=[*p.manner, *sense.manner],
            quantities=list(p.quantities),
            negated=p.negated,
            flags=sense.flags,
            count=p.count,
            at_time=p.at_time,
        )
        event.instrument = p.instrument
        self.stage.used |= tokens
        return event

    # -- what the parts ask of each other -----------------------------------------------------------------------------------
    # Implemented by the other parts of the reader (one class, several files); here so that each part is typed on its own.
    def things(self, n: Nominal) -> list[Thing]:
        """The things that a noun phrase names."""
        raise NotImplementedError

    def _locate(self, subject: list[Thing], place: Place, phase: str, verb: str = "") -> None:
        raise NotImplementedError

    def _meas(self, k: int) -> int:
        raise NotImplementedError

    def _adj(self, k: int) -> int:
        raise NotImplementedError

    def _existential_follows(self, k: int) -> bool:
        raise NotImplementedError

    def _part_of_place(self, place: Place) -> list[Thing]:
        raise NotImplementedError

    def _own(self, part: Thing, owner: Thing) -> None:
        raise NotImplementedError
