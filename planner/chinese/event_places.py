"""Sources, goals, locations and paths of an event, and the relations that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.chinese.places import place_things
from planner.chinese.scene import Happening
from planner.chinese.state import Pending

if TYPE_CHECKING:
    from planner.chinese.clauses import ClauseReader

__all__ = ["place_event"]

TRAVEL = frozenset(
    [
        "fall",
        "drop",
        "throw",
        "jump",
        "launch",
        "shoot",
        "fly",
        "run",
        "walk",
        "dash",
        "kick",
        "leap",
        "dive",
        "exit",
        "leave",
        "drive",
    ]
)
BESIDE = frozenset(["next_to", "near", "above", "below", "between", "in_middle_of"])
ENDING = frozenset(["stop", "come_to_rest"])
PASSING = frozenset(
    [
        "pass_by",
        "pass",
        "pass_through",
        "cross",
        "fly",
        "run",
        "walk",
        "drive",
        "roll",
        "slide",
        "dash",
        "skim",
        "fly_over",
    ]
)
PART_VERBS = frozenset(
    ["heat", "cool", "roast", "burn", "press", "cut", "hit", "pull", "push", "hold", "grip", "ignite"]
)


def _goes_past(p: Pending, event: Happening) -> bool:
    """从他身边擦过, 从两棵树之间滚过: where it leads past, not where it comes from (从桌边滚下)."""
    assert p.source is not None
    if p.source.value in ("in_front_of", "behind"):
        return event.verb in ("pass_by", "pass", "cross") or event.text.endswith(("过", "过去", "过来"))
    return p.source.value in BESIDE and event.verb in PASSING and p.source.localiser not in ("边", "边上")


def place_event(reader: ClauseReader, event: Happening, p: Pending) -> None:
    """Sources, goals, locations and paths of an event, and the relations that follow from them."""
    stage = reader.stage
    moving = event.mover
    if p.source is not None and p.source.things and _goes_past(p, event):
        if event.verb in ("pass_by", "pass", "pass_through") and not event.patient and p.source.value != "between":
            event.patient = p.source.things  # 从他身边擦过
        else:
            kind = p.source.value if p.source.value in ("between", "above", "below") else "past"
            reader._path(kind, moving, p.source.things, event.tokens)
        p.source = None
    if p.source is not None:
        event.source = place_things(stage, p.source)
        event.source_kind = "on" if p.source.localiser in ("边", "边上") else p.source.value
        if p.source.side and not event.source:
            event.manner.append(f"from_{p.source.side}")
    if p.goal is not None:
        reader._end_at(event, p.goal)
    if (
        p.recipient
        and not event.goal
        and "r" not in event.flags
        and event.verb in ("give", "hand", "throw", "pass_to", "kick")
    ):
        event.goal = p.recipient
    if p.path is not None:
        reader._path(p.path[0], moving, p.path[1], event.tokens)
    if (
        p.source is not None
        and not p.source.things
        and event.verb in ("approach", "chase", "pass_by", "hit", "collide")
        and event.patient
        and p.source.side in ("left", "right", "front", "back")
    ):
        side = {"left": "left_of", "right": "right_of", "front": "in_front_of", "back": "behind"}[p.source.side]
        stage.relate(side, event.agent, event.patient, tokens=p.source.tokens)
        event.source = []
    bare = (
        p.location is not None
        and not p.location.things
        and not p.location.screen
        and p.location.value in ("at_end", "left_of", "right_of")
    )
    beside = p.location is not None and not p.location.things and not p.location.screen
    if (
        beside
        and p.location is not None
        and p.location.value in ("behind", "in_front_of")
        and event.agent
        and event.patient
    ):
        stage.relate(
            str(p.location.value), event.agent, event.patient, tokens=p.location.tokens
        )  # 爸爸在后面推了她一下
        return
    if bare and p.location is not None and event.patient and event.verb in PART_VERBS:
        event.patient = [stage.part(event.patient[0], *p.location.part(), tokens=p.location.tokens)]
        return
    if reader.setting is not None and p.subject is None:
        stage_place, reader.setting = reader.setting, None
        reader._locate(moving, stage_place, "initial")
    if p.location is None:
        return
    earlier = [h for h in stage.happenings if 0 < h.order < event.order and set(h.mover) & set(moving)]
    if p.location.environment:
        return
    travelled = any(h.verb in TRAVEL or h.goal for h in earlier)
    if ((not travelled and event.verb not in ("bounce", "land")) or not earlier) or event.order == 0:
        subjects = list(moving)
        if event.agent and event.patient and not event.passive:
            subjects = [
                *event.agent,
                *[t for t in event.patient if event.verb in ("drag", "pull", "push", "carry", "kick", "chase")],
            ]
        stops = event.verb in ENDING and event.order > 0
        reader._locate(subjects, p.location, "final" if stops else "initial", event.verb)  # 在墙前停下
        if event.verb in ("place", "sit", "stand", "lie", "stack", "put") or (
            event.verb in ("shatter", "break") and not earlier
        ):
            event.goal = event.goal or p.location.things
    elif not event.goal:
        event.goal = place_things(stage, p.location)
        event.goal_kind = p.location.value
