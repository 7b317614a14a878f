"""What the text leaves unsaid and a reader supplies: the fall after a release, where a fall ends, the ground under free bodies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.english import words as w
from planner.english.reading import Happening, Reading, Thing

if TYPE_CHECKING:
    pass

__all__ = ["fan_out", "imply_ground", "infer_falls", "propagate_goals"]


CARRIERS = frozenset(["ground", "support", "container"])


FREE_FALL = frozenset(
    [
        "fall",
        "drop",
        "throw",
        "toss",
        "hurl",
        "fling",
        "topple",
        "tip_over",
        "fall_over",
        "knock_over",
        "knock_down",
        "tumble",
        "plummet",
        "collapse",
        "bounce",
        "roll",
        "slide",
        "launch",
        "jump",
        "push",
        "walk",
        "run",
        "lob",
        "release",
    ]
)


ATTACHED = frozenset(["attached_to", "hanging_from", "held_by"])


def fan_out(happenings: list[Happening]) -> list[Happening]:
    """A happening of several named things is one for each; a meeting stays one."""
    result = []
    for h in happenings:
        if h.verb in w.RECIPROCAL_VERBS and h.agent == h.patient:
            result.append(h)
        elif len(h.patient) > 1:
            result += [replace(h, patient=[p], manner=list(h.manner), measures=list(h.measures)) for p in h.patient]
        elif len(h.agent) > 1:
            result += [replace(h, agent=[a], manner=list(h.manner), measures=list(h.measures)) for a in h.agent]
        else:
            result.append(h)
    return result


def infer_falls(reading: Reading) -> None:
    """What is let go falls, unless the text says what it does next."""
    added = []
    hung = [t for h in reading.happenings if h.verb in ("hang", "dangle", "swing") for t in h.agent]
    for h in reading.happenings:
        if h.verb not in ("release", "let_go") or h.negated or not h.patient:
            continue
        for thing in h.patient:
            if (
                any(k.type == "part_of" and thing in k.subject and k.object[0] in hung for k in reading.links)
                or thing in hung
            ):
                continue  # a pendulum swings
            if any(
                k.type == "part_of"
                and thing in k.subject
                and isinstance(k.object, list)
                and k.object[0].head not in w.COLLECTIVES
                and k.object[0].head != thing.head
                for k in reading.links
            ):
                continue  # a part of a device hangs on it
            if thing.role == "fluid" or any(
                thing in other.agent
                and other.order >= h.order
                and other is not h
                and other.verb not in ("land", "hit", "strike", "contact")
                for other in reading.happenings
            ):
                continue
            if any({"gravity": g} in reading.environment for g in ("zero",)):
                continue
            goal = list(h.goal)
            if not goal:
                below = [
                    k
                    for k in reading.links
                    if k.type == "above"
                    and (
                        thing in k.subject
                        or any(
                            thing in o.subject and o.type == "hanging_from" and o.object == k.subject
                            for o in reading.links
                        )
                    )
                ]
                goal = list(below[0].object) if below and isinstance(below[0].object, list) else []
            added.append(
                Happening(
                    "fall", None, agent=[thing], order=h.order + 1, goal=goal, inferred=True, tokens=set(h.tokens)
                )
            )
    for h in added:
        for other in reading.happenings:
            if other.order >= h.order and other.verb in ("land", "hit", "strike", "contact") and not other.inferred:
                h.goal = h.goal or list(other.goal or other.patient)
    if added:
        first = min(h.order for h in added)
        later = [h for h in reading.happenings if h.order >= first]
        if later:
            for h in later:
                h.order += 1
    reading.happenings += added


def propagate_goals(reading: Reading) -> None:
    """A fall ends where the next happening of the same mover says that it lands: "falls ... and bounces on concrete"."""
    movers = [h for h in reading.happenings if not h.stative]
    for i, h in enumerate(movers):
        if (
            h.goal
            or h.verb not in ("fall", "drop", "topple", "plummet", "tumble", "push", "roll", "slide", "release")
            or h.verb in ("release",)
        ):
            continue
        if h.verb in ("push", "roll", "slide", "topple") and not h.source:
            continue
        theme = h.patient or h.agent
        for later in movers[i + 1 :]:
            if not set(map(id, theme)) & set(map(id, later.agent)):
                continue
            target = later.goal or (
                later.patient if later.verb in ("hit", "strike", "contact", "touch") and not later.negated else []
            )
            if not target and later.verb in ("roll", "slide"):
                along = [
                    k.object
                    for k in reading.links
                    if k.type in ("across", "along")
                    and set(map(id, k.subject)) & set(map(id, theme))
                    and isinstance(k.object, list)
                ]
                target = list(along[0]) if along and later.verb == "roll" and h.source else []
            if target and target[0].role != "part":
                h.goal = list(target)
                if (
                    any(m.role == "height" for m in h.measures)
                    and later.agent == theme
                    and not any(p is not theme[0] for p in h.patient + theme)
                    and later.verb != "hit"
                ):
                    reading.link("above", theme, list(target))
                break
    for h in reading.happenings:
        if (
            h.goal
            and h.verb in ("fall", "drop")
            and any(m.role == "height" for m in h.measures)
            and not h.source
            and len(h.agent + h.patient) == 1
            and h.verb == "fall"
        ):
            reading.link("above", h.agent or h.patient, list(h.goal))
        if (
            h.goal
            and h.verb in ("fall", "drop")
            and h.source
            and any("floor" in a for t in h.source for a in t.attributes)
        ):
            reading.link("above", list(h.source), list(h.goal))


def imply_ground(reading: Reading) -> None:
    """One implied ground where nothing stated can carry the free bodies, or where a body leaves its support for nowhere stated."""
    things = reading.things
    if not things or any(t.role == "ground" for t in things):
        return
    attached = [s for k in reading.links if k.type in ATTACHED | {"in", "part_of", "supported_by"} for s in k.subject]
    free = [t for t in things if t.role in ("object", "character", "container", "tool") and t not in attached]
    attached += [t for h in reading.happenings if h.verb in ("hang", "suspend", "dangle") for t in h.agent + h.patient]
    groups = [k for k in reading.links if k.type == "part_of" and isinstance(k.object, list)]
    attached += [s for k in groups if any(o in attached for o in k.object) for s in k.subject]
    free = [t for t in free if t not in attached]
    floating = any(row.get("gravity") == "zero" or row.get("medium") == "water" for row in reading.environment)
    carried = any(t.role in ("support",) for t in things) or any(
        t.role == "container"
        and any(k.type in ("in", "inside") and isinstance(k.object, list) and t in k.object for k in reading.links)
        for t in things
    )
    leaving = any(
        h.source and not h.goal and h.source[0].role in ("support", "object") and h.verb in FREE_FALL
        for h in reading.happenings
    )
    landed = any(
        h.goal and h.goal[0].role not in ("region", "part", "fluid", "obstacle")
        for h in reading.happenings
        if not h.negated
    )
    supports = [t for t in things if t.role == "support" and not any(t in h.source for h in reading.happenings)]
    leaving = leaving and not landed and not supports
    stacked = [
        t for t in things if t.head in w.STACKED and not any(t in k.subject and k.type == "on" for k in reading.links)
    ]
    active = [h for h in reading.happenings if h.verb in FREE_FALL]
    if floating or not (leaving or (not carried and not landed and free and (active or stacked))):
        return
    if not leaving and any(k.type in ATTACHED for k in reading.links) and not active:
        return
    ground = Thing("ground", None, role="ground", implied=True)
    things.append(ground)
    for thing in stacked:
        reading.link("on", [thing], [ground])
    for h in reading.happenings:
        if (
            h.verb in ("fall", "drop", "topple", "plummet", "tumble", "push")
            and not h.goal
            and (h.source or h.verb in ("fall", "drop", "plummet", "tumble"))
            and not h.negated
        ):
            h.goal = [ground]
