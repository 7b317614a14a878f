"""What of a body counts for the picture: how wide it looks, and when what was asked of it happened."""

from __future__ import annotations

import math

import numpy as np

from scenes.bodies import RigidBody
from scenes.primitives import placed_bounds
from scenes.scene import Scene
from sim.trace import Trace

__all__ = ["asked_times", "fills"]


def fills(body: object) -> float:
    """How much narrower than its box a body of several parts looks from some side: the rotors of a drone make a cross."""
    if not isinstance(body, RigidBody) or body.shape.type != "compound":
        return 1.0
    from scipy.spatial import ConvexHull, QhullError

    bounds = [placed_bounds(piece) for piece in body.shape.pieces()]
    plan = np.array([(x, y) for low, high in bounds for x in (low[0], high[0]) for y in (low[1], high[1])])
    try:
        area = float(ConvexHull(plan).volume)
    except QhullError:  # flat
        return 1.0
    return math.sqrt(min(1.0, area / float(np.prod(np.ptp(plan, axis=0)))))


def asked_times(scene: Scene, trace: Trace) -> dict[str, tuple[float, ...]]:
    """When [s] the asked outcomes happened, by the name of each body that they are about."""
    from sim.goals import verify

    found: dict[str, tuple[float, ...]] = {}
    for outcome in verify(scene, trace):
        if outcome.time is None:
            continue
        goal = scene.goals[outcome.name]
        names = {getattr(goal, field, None) for field in ("body", "a", "b", "by_body")} | set(
            getattr(goal, "bodies", ())
        )
        for name in names:
            if isinstance(name, str):
                found[name] = (*found.get(name, ()), outcome.time)
    return found
