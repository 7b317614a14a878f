"""Bodies that are so fast that they leap over others in a step.

Bullet sweeps lone convex bodies through a step, so these meet what is in their way at any speed. A body of several parts (a cylinder counts, and
every compound) is not swept: for it the step is made short enough.
"""

from __future__ import annotations

from itertools import pairwise
from math import dist, hypot

from scenes.motion import PathDriver, VelocityDriver
from scenes.scene import Scene
from sim.extent import smallest_half_extent

__all__ = ["MOST_STEPS", "rate_for_speed", "stated_speed"]

MOST_STEPS = 32000  # [1/s]
SHARE = 0.35  # of both thicknesses that a body may go in a step
SLOW = 5.0  # [m/s]


def stated_speed(scene: Scene, name: str) -> float:
    """The greatest speed [m/s] that the scene gives a body: at the start, by drivers, or by what may be searched."""
    body = scene.bodies[name]
    speeds = [hypot(*getattr(body, "linear_velocity", (0.0,)))]
    for driver in scene.drivers.values():
        if driver.body != name:
            continue
        if isinstance(driver, VelocityDriver) and driver.linear is not None:
            speeds.append(hypot(*driver.linear))
        if isinstance(driver, PathDriver):
            speeds += [
                dist(a.position, b.position) / (b.time - a.time) for a, b in pairwise(driver.keys) if b.time > a.time
            ]
    searched = [
        max(abs(free.low), abs(free.high))
        for path, free in scene.free.items()
        if path.startswith(f"bodies.{name}.linear_velocity.")
    ]
    return max([*speeds, hypot(*searched) if searched else 0.0])


def rate_for_speed(scene: Scene) -> tuple[int, str]:
    """Steps per second [1/s] that the fastest unswept body needs, at most 32000, and its name; 0 when none is that fast."""
    from sim.colliders import colliders

    rigid = {name: body for name, body in scene.rigid().items() if body.contact}
    most, who = 0, ""
    for name, body in rigid.items():
        speed = 0.0 if body.fixed else stated_speed(scene, name)
        if speed < SLOW or len(colliders(body.shape)) == 1:
            continue
        own = float(body.shape.extent().min())
        others = [2 * smallest_half_extent(other.shape) for other in rigid.values() if other is not body]
        if others:
            needed = min(MOST_STEPS, int(speed / (SHARE * (own + min(others)))) + 1)
            most, who = max((most, who), (needed, name))
    return most, who
