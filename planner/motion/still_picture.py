"""Pictures in which nothing moves: the camera comes as near as the places of the screen allow, so that small things are seen."""

from __future__ import annotations

from itertools import pairwise

from planner.stage import Actor, Stage

__all__ = ["come_nearer"]

INSIDE = 0.93  # of half the picture: how far out the outermost may reach
ROOM = 4.2  # times the longest: the least width of the picture
GAP = 0.15  # of the longer one: the least gap between neighbours


def come_nearer(stage: Stage) -> None:
    """Scale the places along x with the width of the picture, where no one moves and every body has its place on the screen."""
    width = stage.screen_width
    if width is None or stage.drivers or stage.camera.get("keys"):
        return
    actors = [a for a in stage.actors.values() if a.kind in {"rigid", "figure"} and a is not stage.ground]
    placed = {c.a for c in stage.constraints if c.kind == "at" and c.axis == 0}
    still = all((not a.in_air and not a.velocity.any() and not a.moving) or a.kind == "figure" for a in actors)
    if not actors or not still or any(a not in placed for a in actors):
        return
    longest = max(a.size for a in actors)
    least = ROOM * longest
    order = sorted(actors, key=lambda a: float(a.position[0]))
    for one, other in pairwise(order):
        apart = float(other.position[0] - one.position[0])
        if apart <= 1e-6:
            return
        needed = one.half_x + other.half_x + GAP * max(one.size, other.size)
        least = max(least, width * needed / apart)
    if least >= 0.95 * width:
        return
    for actor in actors:
        actor.position[0] = _inside(actor, float(actor.position[0]) * least / width, least)
    stage.screen_width = round(least, 3)


def _inside(actor: Actor, x: float, width: float) -> float:
    """The place moved inward where the picture's edge would cut the body off."""
    most = max(0.0, INSIDE * width / 2 - actor.half_x)
    return round(min(max(x, -most), most), 4)
