"""Where falls and throws end: in a vessel, on a surface; several that fall together, a lob that comes down from above."""

from __future__ import annotations

import math

import numpy as np

from planner.endings import leaves_again, struck_next
from planner.frame import Event
from planner.layout import surface_of
from planner.motion.common import GRAVITY, level_of, sets_in_motion
from planner.sizing import scaled
from planner.stage import Actor, Stage, ids_of
from scenes.materials import library
from scenes.shapes import Box, Compound, Cup, Part, Torus

__all__ = ["asks_landing", "cluster", "enters", "free_restitution", "lob", "opening_of", "stays_on"]

LOB_ANGLE = math.radians(50)  # steep enough to come down into an opening
LOB_SPEED = 2.2  # [m/s] an underarm toss from close by, or it would jump out again
RELEASE = 0.15  # [m] above the rim: where the hand lets go
BOARD = 0.012  # [m] boards of a crate


def opening_of(actor: Actor) -> tuple[float, float] | None:
    """Inner radius [m] of the opening and its height [m] above the underside; None for what has none."""
    if actor.shape is None:
        return None
    low = float(actor.shape.bounds()[0][2])
    for piece in actor.shape.pieces():
        cup = piece.shape
        if isinstance(cup, Cup):
            base = float(piece.position[2]) + cup.base_z
            return cup.radius - cup.wall, base + cup.height - low
    if actor.extra.get("open_box"):
        x, y, z = actor.extra["open_box"]
        return min(x, y) / 2 - BOARD, z
    return None


def enters(stage: Stage, event: Event, actor: Actor, goal: Actor) -> bool:
    """Whether the event asks that the mover ends up inside its goal, and not only on it; a closed box is opened for it."""
    ids = ids_of(actor.entity.id)
    said = any(
        goal.entity.id in ids_of(r.object)
        for i in ids
        for r in stage.relations("in", "inside", subject=i)
        if r.phase == "final"
    )
    if not (said or goal.entity.role == "container") or goal.entity.implied:
        return False
    if struck_next(stage, event, goal.entity.id):
        return False
    if opening_of(goal) is None and isinstance(goal.shape, Box):
        _open(stage, goal)
    _handle_aside(stage, goal)
    return opening_of(goal) is not None


def _handle_aside(stage: Stage, vessel: Actor) -> None:
    """A handle that stands over the opening is drawn, but does not stop what goes in."""
    shape = vessel.shape
    if not isinstance(shape, Compound) or not any(isinstance(p.shape, Cup) for p in shape.parts):
        return
    if any(isinstance(p.shape, Torus) and p.solid for p in shape.parts):
        parts = tuple(p.model_copy(update={"solid": not isinstance(p.shape, Torus)}) for p in shape.parts)
        vessel.shape = Compound(parts=parts)
        stage.note(
            f"bodies.{vessel.name}.shape", "known", "its handle hangs aside and stops nothing", vessel.entity.span
        )


def _open(stage: Stage, box: Actor) -> None:
    """Five boards instead of a closed box, for something goes into it."""
    assert isinstance(box.shape, Box)
    x, y, z = box.shape.size
    t = min(BOARD, 0.2 * min(x, y, z))
    boards = [((x, y, t), (0.0, 0.0, t / 2))]
    boards += [((t, y, z - t), (s * (x - t) / 2, 0.0, (z + t) / 2)) for s in (-1, 1)]
    boards += [((x - 2 * t, t, z - t), (0.0, s * (y - t) / 2, (z + t) / 2)) for s in (-1, 1)]
    box.shape = Compound(parts=tuple(Part(shape=Box(size=size), position=at) for size, at in boards))
    box.wall, box.extra["open_box"] = None, (x, y, z)
    stage.note(f"bodies.{box.name}.shape", "assumed", "open at the top, for something goes into it", box.entity.span)


def stays_on(actor: Actor, goal: Actor) -> bool:
    """Whether the goal has a top on which the mover can lie."""
    if goal.kind != "rigid" or goal.shape is None or goal.shape.type in {"ramp", "hill", "stairs", "tree", "sphere"}:
        return False
    _, low, high = surface_of(goal.shape)
    return bool(np.min(high - low) > 0.8 * actor.size) and not goal.round


def asks_landing(stage: Stage, event: Event, actor: Actor, goal: Actor | None) -> None:
    """The outcome that a fall or a throw onto, into or against `goal` asks for."""
    if goal is None or goal is actor or goal.entity.implied:
        return
    if enters(stage, event, actor, goal):
        stage.goal("lands_on", event, body=actor.name, on=goal.name, inside=True)
        return
    if struck_next(stage, event, goal.entity.id) or goal.kind not in {"rigid", "figure"}:
        return
    firm = goal.fixed or goal.entry.role in {"support", "container"}
    if firm and goal is not stage.ground and stays_on(actor, goal) and not leaves_again(stage, event):
        stage.goal("lands_on", event, body=actor.name, on=goal.name)
    else:
        stage.goal("hits", event, a=actor.name, b=goal.name)


def cluster(actor: Actor, siblings: list[Actor], goal: Actor) -> tuple[float, float, float] | None:
    """Offset (x, y, up) [m] of one of several that fall into one opening: side by side as far as it is wide, then in layers."""
    found = opening_of(goal)
    if found is None or len(siblings) < 2 or actor not in siblings:
        return None
    pitch = 1.12 * actor.size
    room = max(0.5 * found[0] - actor.size / 2, 0.0)
    reach = int(room // pitch)
    steps = range(-reach, reach + 1)
    spots = sorted(
        ((i * pitch, j * pitch) for i in steps for j in steps if math.hypot(i * pitch, j * pitch) <= room + 1e-9),
        key=lambda spot: (round(math.hypot(*spot), 6), spot),
    )
    number = siblings.index(actor)
    layer, place = divmod(number, len(spots))
    x, y = spots[place]
    shift = 0.12 * actor.size if layer % 2 else 0.0  # no two straight above each other, or they would balance
    return x + min(shift, max(room, 0.05 * actor.size)), y, layer * 1.3 * actor.size


def _wide_enough(stage: Stage, actor: Actor, goal: Actor) -> None:
    """A vessel of no stated size is as wide as what is thrown into it needs."""
    found = opening_of(goal)
    unsaid = not goal.entity.quantities and goal.entity.size is None
    if found is not None and unsaid and goal.shape is not None and 2 * found[0] < 1.25 * actor.size:
        factor = 1.5 * actor.size / (2 * found[0])
        goal.shape = scaled(goal.shape, factor)
        if goal.mass is not None:
            goal.mass = round(goal.mass * factor**2, 4)
        stage.note(f"bodies.{goal.name}.shape", "assumed", f"wide enough for the {actor.entity.head}", goal.entity.span)


def free_restitution(stage: Stage, a: Actor, b: Actor) -> None:
    """Let the restitution of a pair be searched within the library's range for it."""
    pair = library().pair(a.material, b.material)
    value = pair.restitution
    low = value.low if value.low is not None else value.value
    high = value.high if value.high is not None else value.value
    stage.search(
        f"pairs.{a.material}+{b.material}.restitution",
        low,
        high,
        f"{a.material} on {b.material}: {value.source} ({value.status})",
    )


def lob(stage: Stage, event: Event, actor: Actor, goal: Actor, *, stated: float | None, sign: float) -> bool:
    """An arc that comes down onto or into `goal`, which stands where it ends; False where an arc cannot.

    From the release at height h above the rim: t = (v sin a + sqrt((v sin a)^2 + 2 g h)) / g, and the way is v cos a t.
    """
    inside = enters(stage, event, actor, goal)
    on_top = goal.entry.role == "support" and stays_on(actor, goal)
    if not (inside or on_top) or (level_of(event) == "hard" and not inside):
        return False
    _wide_enough(stage, actor, goal)
    found = opening_of(goal)
    level = found[1] if inside and found is not None else surface_of(goal.shape)[0]
    speed = stated if stated is not None else LOB_SPEED
    height = level + RELEASE
    up, along = speed * math.sin(LOB_ANGLE), speed * math.cos(LOB_ANGLE)
    flight = (up + math.sqrt(up * up + 2 * GRAVITY * RELEASE)) / GRAVITY
    actor.in_air, actor.clearance = True, round(height, 4)
    sets_in_motion(actor, (sign * along, 0.0, up))
    stage.constrain("offset", goal, 0, sign * along * flight, actor, text=stage.words(event.span))
    stage.constrain("offset", goal, 1, 0.0, actor)
    if stated is None:
        path = f"bodies.{actor.name}.linear_velocity"
        stage.search(f"{path}.0", sign * 0.8 * along, sign * 1.2 * along, "how hard it is tossed is left open")
        stage.search(f"{path}.2", 0.7 * up, 1.3 * up, "how high it is tossed is left open")
    if inside:
        free_restitution(stage, actor, goal)
    return True
