"""Two that slide or roll toward each other: each from its own side, with the speed to meet half-way."""

from __future__ import annotations

from planner.frame import Event
from planner.lexicon import verb_of
from planner.motion.common import Handled, movers_of
from planner.stage import Actor, Stage, ids_of

__all__ = ["EACH_OTHER", "meet_half_way"]

EACH_OTHER = frozenset(
    {"toward_each_other", "towards_each_other", "each_other", "to_each_other", "from_opposite_directions"}
)


def meet_half_way(stage: Stage, event: Event, *, rolling: bool) -> Handled | None:
    """The whole of such an event; None when it is not two free bodies that come toward each other."""
    from planner.motion.hitting import approach_each_other

    if not EACH_OTHER & set(event.manner):
        return None
    alike = [e for e in stage.frame.events if EACH_OTHER & set(e.manner) and e.verb == event.verb]
    movers = list(dict.fromkeys(a for e in alike for a in movers_of(stage, e) if a.movable and a.kind == "rigid"))
    if len(movers) != 2:
        return None
    left, right = movers
    if not left.moving and not right.moving:
        middle = _meets_in_the_middle(stage, left, right)
        gap = approach_each_other(stage, event, left, right)
        if middle is not None:
            stage.constrain("at", left, 0, middle - gap / 2 - left.half_x, text=stage.words(event.span))
        if not _touch_is_asked(stage, left, right):
            stage.goal("hits", event, a=left.name, b=right.name)
    for actor in movers_of(stage, event):
        if actor in movers:
            stage.goal("rolls" if rolling and actor.round else "slides", event, body=actor.name, distance=0.25)
    return Handled("solved")


def _meets_in_the_middle(stage: Stage, left: Actor, right: Actor) -> float | None:
    """x [m] that both were to be at: it is where they meet, so neither starts there."""
    both = [c for c in stage.constraints if c.kind == "at" and c.axis == 0 and c.a in (left, right)]
    values = {round(c.value, 6) for c in both}
    if len(both) < 2 or len(values) != 1:
        return None
    stage.constraints = [c for c in stage.constraints if c not in both]
    return values.pop()


def _touch_is_asked(stage: Stage, left: Actor, right: Actor) -> bool:
    for event in stage.frame.events:
        verb = verb_of(event.verb, "en")
        names = {a.name for i in [*ids_of(event.agent), *ids_of(event.patient)] for a in stage.of(i)}
        if verb is not None and verb.physics in {"strike", "collide"} and {left.name, right.name} <= names:
            return True
    return False
