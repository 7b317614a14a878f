"""Where a motion ends is often said only by the next event: "is tossed and lands on a table", "slides in and stops in the center"."""

from __future__ import annotations

import re

from planner.frame import Entity, Event, Relation
from planner.lexicon import verb_of
from planner.stage import Stage, ids_of

__all__ = ["arrival_denied", "bound_of", "leaves_again", "next_end", "said_all", "share_endings", "struck_next"]

THROWN = frozenset(["throw"])
TRAVELS = frozenset(["roll", "slide", "drive", "locomote", "push", "generic_move", "fly", "enter"])
ENDS = frozenset(["rest"])
STRIKES = frozenset(["strike", "knock_over", "break"])
ARRIVALS = frozenset(["approach", "strike", "enter", "pass"])
SETTLES = frozenset(["rest", "stay", "bounce", "float", "state"])
PICTURE = frozenset(["screen", "frame"])
SIDES = {"left_of": ("edge", "left"), "right_of": ("edge", "right"), "in_middle_of": ("center", None)}
ALL = re.compile(r"\b(?:all|every|each)\b|所有|全部|全体|每")
BOUNDS = ("at_least", "at_most", "more_than", "fewer_than")


def _physics(event: Event) -> str:
    verb = verb_of(event.verb, "en")
    return verb.physics if verb is not None else ""


def _movers(event: Event) -> set[str]:
    """Who is set in motion: the patient of a transitive use, else the agent; of a stroke the agent."""
    struck = _physics(event) in STRIKES | {"approach", "pass", "pass_through"}
    return set(ids_of(event.agent)) if struck else set(ids_of(event.patient) or ids_of(event.agent))


def _next_of(stage: Stage, event: Event, physics: frozenset[str]) -> Event | None:
    """The first later event of these classes of the same mover."""
    movers = _movers(event)
    later = [
        other
        for other in stage.frame.events
        if other is not event
        and other.order >= max(event.order, 1)
        and not other.negated
        and _physics(other) in physics
        and _movers(other) & movers
    ]
    return min(later, key=lambda one: one.order, default=None)


def next_end(stage: Stage, event: Event) -> Event | None:
    """The later event that asks where the same mover comes down or stops; None when the text says no more of it."""
    return _next_of(stage, event, ENDS)


def struck_next(stage: Stage, event: Event, target: str) -> bool:
    """Whether the same mover then strikes this entity: "falls and hits a bucket" asks for a touch, not for landing inside."""
    movers = _movers(event)
    return any(
        _physics(other) in STRIKES and not other.negated and movers & _movers(other) and target in ids_of(other.patient)
        for other in stage.frame.events
        if other is not event
    )


def leaves_again(stage: Stage, event: Event) -> bool:
    """Whether a later event takes the same mover on from where it has come down, or breaks it."""
    movers = _movers(event)
    for other in stage.frame.events:
        if other is event or other.order <= event.order or other.negated or not movers & _movers(other):
            continue
        off = other.verb.endswith(("_off", "_away", "_back")) or bool(other.source_place)
        if off or _physics(other) not in SETTLES:
            return True
    return False


def arrival_denied(stage: Stage, event: Event) -> str | None:
    """ "stops before it reaches the table": what the mover does not get to, as an entity id."""
    for other in stage.frame.events:
        if other.negated and _physics(other) in ARRIVALS and _movers(other) & _movers(event):
            found = ids_of(other.patient) or ids_of(other.goal_place)
            if found:
                return found[0]
    return None


def bound_of(event: Event) -> str | None:
    """at_least, at_most, more_than or fewer_than, when the number of the event is only bounded."""
    return next((name for name in BOUNDS if name in event.manner), None)


def said_all(stage: Stage, entity: Entity | None) -> bool:
    """Whether the text says all of them: "all the pins", "every pin", 所有的瓶子, 瓶子全都."""
    if entity is None or entity.span is None:
        return False
    start, end = entity.span
    around = stage.frame.text[max(0, start - (4 if stage.chinese else 8)) : end].lower()
    return ALL.search(around) is not None or (
        stage.chinese and stage.frame.text[end : end + 2].startswith(("全", "都"))
    )


def share_endings(stage: Stage) -> None:
    """Give a motion the place where the text says that it ends; a place on the picture becomes a region that it leads to."""
    for event in list(stage.frame.events):
        physics = _physics(event)
        if event.negated or ids_of(event.goal_place) or physics not in THROWN | TRAVELS:
            continue
        end = _next_of(stage, event, ENDS)
        launched = physics == "fly" and all(
            (e := stage.entity(i)) is not None and e.role == "object" for i in _movers(event)
        )
        if physics in THROWN or launched:
            struck = _next_of(stage, event, STRIKES)
            aim = (ids_of(end.goal_place) if end else []) or (ids_of(struck.patient) if struck else [])
            if aim and not set(aim) & _movers(event):
                event.goal_place = aim[0]
            continue
        if end is None or physics not in TRAVELS:
            continue
        regions = [i for i in ids_of(end.goal_place) if (e := stage.entity(i)) is not None and e.role == "region"]
        region = regions[0] if regions else _region_of_picture(stage, end)
        if region is not None:
            event.goal_place = region
            end.goal_place = None


def _region_of_picture(stage: Stage, event: Event) -> str | None:
    """Turn "in the center" of what comes to rest into a region; the relation then holds at the end."""
    for relation in stage.relations():
        words = SIDES.get(relation.type)
        on_picture = PICTURE & set(ids_of(relation.object))
        if words is None or not on_picture or not _movers(event) & set(ids_of(relation.subject)):
            continue
        if not _said_of(relation, event):
            continue
        relation.phase = "final"
        head, side = words
        made = Entity(
            id=f"{relation.type}_end", head=head, role="region", attributes=[side] if side else [], implied=True
        )
        stage.frame.entities.append(made)
        return made.id
    return None


def _said_of(relation: Relation, event: Event) -> bool:
    """Whether the place is part of this event's words: said after its verb, or known to hold at the end."""
    if relation.phase == "final" or relation.span is None or event.span is None:
        return True
    return relation.span[0] >= event.span[0] - 1
