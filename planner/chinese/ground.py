"""The ground that a scene needs and the text does not name, and the falls that end on it."""

from __future__ import annotations

from planner.chinese.scene import Happening, Stage, Thing

__all__ = ["add_ground"]

UNGROUNDED_HEADS = frozenset(["flag", "swing", "pendulum", "bob", "kite", "cloud", "bird", "butterfly", "bee", "airplane", "helicopter", "drone", "rocket", "balloon", "heat", "flame", "wind", "lantern", "radiator", "room", "hot_area", "sun", "moon", "planet", "earth", "star", "satellite", "spacecraft", "glow", "light", "leaf"])  # fmt: skip
THERMAL = frozenset(["extinguish", "glow", "shine", "watch", "heat", "conduct", "melt", "burn", "warm", "cool", "freeze", "boil", "ignite", "evaporate", "spread", "transfer", "roast", "diffuse", "glow", "rise", "change"])  # fmt: skip


def add_ground(stage: Stage) -> None:
    """One implied ground, when free bodies move or stand and nothing that is named can carry them."""
    if any(t.role == "ground" for t in stage.things):
        _link_falls(stage)
        return
    lands = any(h.text in ("落地", "倒地", "着地", "触地") for h in stage.happenings)
    leaves = any(_leaves_support(h, stage) for h in stage.happenings)
    carriers = [t for t in stage.things if _carries(t, stage)]
    waters = any(e.get("medium") == "water" or e.get("gravity") == "zero" for e in stage.environment)
    if (carriers or waters) and not leaves and not lands:
        return
    if waters:
        return
    bodies = [
        t for t in stage.things if t.role in ("object", "character", "container", "obstacle") and not t.entity.implied
    ]
    events = [h for h in stage.happenings if not h.inferred]
    if not bodies:
        return
    free = [t for t in bodies if t.head not in UNGROUNDED_HEADS]
    if not free:
        return
    if events and all(h.verb in THERMAL for h in events):
        return
    if any(r.type in ("hanging_from",) for r in stage.relations) and not any(
        h.verb in ("fall", "knock_over", "hit") for h in events
    ):
        return
    if not events and not stage.relations:
        return
    billiards = any("billiard" in t.entity.attributes for t in bodies)
    head, role = ("table", "support") if billiards else ("ground", "ground")
    ground = stage.create(head, role=role, implied=True)
    ground.entity.span = ground.entity.mention = None
    _link_falls(stage)
    for thing in free:
        if any(
            r.subject == thing.id
            and r.type in ("on", "in", "hanging_from", "part_of", "last_of", "attached_to")
            and r.phase == "initial"
            for r in stage.relations
        ):
            continue
        high = any(thing in h.mover and h.verb in ("fall", "drop") for h in stage.happenings)
        if high:
            stage.relate("above", [thing], [ground])
        elif not any(h.source and thing in h.mover for h in stage.happenings):
            stage.relate("on", [thing], [ground])


def _leaves_support(h: Happening, stage: Stage) -> bool:
    """Whether a body comes down from what carries it and nothing says onto what."""
    if h.goal or h.negated or not h.mover:
        return False
    falls = h.verb in ("fall", "drop", "jump", "push", "knock_off") or h.text[-1:] in ("落", "掉") or "掉" in h.text
    if not falls:
        return False
    sources = h.source or [
        t
        for t in stage.things
        for r in stage.relations
        if r.type == "on" and r.object == t.id and r.subject == h.mover[0].id
    ]
    lands = any(
        o.order > h.order and set(o.mover) & set(h.mover) and (o.goal or o.verb in ("hit", "catch"))
        for o in stage.happenings
    )
    return bool(sources) and sources[0].role == "support" and sources[0].head not in ("slope", "slide") and not lands


def _carries(thing: Thing, stage: Stage) -> bool:
    """Whether bodies may rest on or in `thing`: a table that stands, a bowl that nothing moves."""
    if thing.role == "fluid":
        return True
    if thing.role == "container":
        return thing.head not in ("ring", "hoop", "goal", "pocket") and not _is_actor(thing, stage)
    tipped = any(
        thing in h.mover and h.verb in ("topple", "fall", "fall_over", "knock_over", "collapse", "overturn")
        for h in stage.happenings
    )
    return thing.role == "support" and not tipped


def _is_actor(thing: Thing, stage: Stage) -> bool:
    return any(thing in h.agent or thing in h.patient for h in stage.happenings)


def _link_falls(stage: Stage) -> None:
    """A fall that names no goal ends on the ground, where the only ground is implied."""
    ground = next((t for t in stage.things if t.role == "ground"), None)
    if ground is None:
        return
    for h in stage.happenings:
        if (
            h.verb in ("fall", "drop")
            and not h.goal
            and not h.negated
            and (ground.entity.implied or _next_goal(stage, h) is ground)
        ):
            later = [
                o
                for o in stage.happenings
                if o.order > h.order and set(o.mover) & set(h.mover) and o.verb in ("hit", "land")
            ]
            if not later:
                h.goal = [ground]


def _next_goal(stage: Stage, h: Happening) -> Thing | None:
    """The goal of the next event of the same body (落下，在水泥地上弹跳)."""
    following = sorted(
        (o for o in stage.happenings if o.order > h.order and set(o.mover) & set(h.mover)), key=lambda o: o.order
    )
    return (
        following[0].goal[0]
        if following
        and following[0].goal
        and following[0].verb in ("bounce", "hit", "shatter", "roll", "land", "rebound")
        else None
    )
