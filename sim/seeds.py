"""First guesses from closed forms: what restitution bounces n times, what speed reaches a target or stops at a place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.bodies import RigidBody
from scenes.scene import Scene
from sim.extent import reach_along, rolling_radius
from sim.pairs import scene_library
from sim.queries import BOUNCE_FRACTION, BOUNCE_RISE

__all__ = ["Seed", "clearance", "restitution_for_bounces", "seeds", "stopping_speed"]


@dataclass(frozen=True)
class Seed:
    """Values of free parameters to try. `centred`: already in the middle of what the closed form allows, so no interval need be searched.
    `limits`: that interval, by path."""

    values: dict[str, float]
    centred: bool = False
    limits: dict[str, tuple[float, float]] | None = None
    why: str = ""


def restitution_for_bounces(count: int, drop: float, *, at_least: bool = False) -> tuple[float, float]:
    """Restitutions (lowest, highest) for which a ball dropped by `drop` [m] makes exactly `count` counted bounces.

    The n-th rise is e^(2n) of the drop; it counts from f = max(2 %, 5 mm / drop): f^(1/2n) <= e < f^(1/(2n+2)).
    """
    share = max(BOUNCE_FRACTION, BOUNCE_RISE / max(drop, 1e-9))
    if share >= 1:
        return (1.0, 1.0) if count else (0.0, 1.0)
    low = share ** (1 / (2 * count)) if count else 0.0
    return low, (1.0 if at_least else share ** (1 / (2 * count + 2)))


def stopping_speed(distance: float, *, friction: float, gravity: float, rolling: float | None = None) -> float:
    """Speed [m/s] from which a body stops after `distance` [m]: sliding v^2 = 2 mu g d, a rolling ball v^2 = 2 c g d / 1.4."""
    slowing = friction * gravity if rolling is None else rolling * gravity / 1.4
    return math.sqrt(max(0.0, 2 * slowing * distance))


def clearance(scene: Scene, name: str) -> float:
    """Clearance [m] of a body above the highest fixed surface right below it."""
    body = scene.bodies[name]
    if not isinstance(body, RigidBody):
        return 0.0
    down = np.array([0.0, 0.0, -1.0])
    turn = np.asarray(body.orientation, dtype=float)[None] / np.linalg.norm(body.orientation)
    low = body.position[2] - float(reach_along(body.shape, turn, down)[0])
    tops = []
    for other in scene.rigid().values():
        if other is body or not other.contact:
            continue
        reach = np.maximum(*(np.abs(b) for b in other.shape.bounds()))
        if all(abs(body.position[k] - other.position[k]) <= reach[k] for k in (0, 1)):
            top = other.position[2] + float(other.shape.bounds()[1][2])
            if top <= low + 1e-6:
                tops.append(top)
    rise = (
        max(0.0, body.linear_velocity[2]) ** 2 / (2 * scene.environment.gravity) if scene.environment.gravity else 0.0
    )
    return low - max(tops, default=0.0) + rise


def seeds(scene: Scene, goals: dict[str, Any], *, drops: dict[str, float] | None = None) -> list[Seed]:
    """Closed-form guesses for the goals that are to be met, best first. `drops`: first drops [m] of bodies, where a run has shown them."""
    found: list[Seed] = []
    for goal in goals.values():
        if goal.type == "bounces":
            found += _for_bounces(scene, goal, (drops or {}).get(goal.body) or clearance(scene, goal.body))
        elif goal.type in {"stops_at", "stops_before", "lands_on", "hits", "reaches", "passes_through"}:
            found += _for_target(scene, goal)
    return found


def _for_bounces(scene: Scene, goal: Any, drop: float) -> list[Seed]:
    found = []
    low, high = restitution_for_bounces(goal.count, drop, at_least=goal.at_least)
    for path, free in scene.free.items():
        if not path.endswith("restitution"):
            continue
        inner = (max(low, free.low), min(high, free.high))
        if inner[0] <= inner[1]:
            value = math.sqrt(max(inner[0], 1e-3) * inner[1])
            found.append(
                Seed(
                    {path: value},
                    inner == (low, high) or inner[1] - inner[0] > 0.3 * (high - low),
                    {path: inner},
                    "e^(2n) of the drop",
                )
            )
        else:
            found.append(Seed({path: free.high if low > free.high else free.low}, why="the nearest end of its range"))
    return found


def _target(scene: Scene, goal: Any) -> np.ndarray | None:
    position = getattr(goal, "position", None)
    if position is not None:
        own = scene.bodies[goal.body].position
        return np.array([own[i] if value is None else value for i, value in enumerate(position)])
    for field in ("on", "other", "through", "b"):
        name = getattr(goal, field, None)
        if name is not None:
            place = np.array(scene.bodies[name].position, dtype=float)
            if goal.type == "lands_on" and isinstance(scene.bodies[name], RigidBody):
                place[2] += float(scene.bodies[name].shape.bounds()[1][2])  # type: ignore[union-attr]
            return place
    return None


def _for_target(scene: Scene, goal: Any) -> list[Seed]:
    """Speeds that carry a body to its target: along the ground until friction stops it, or through the air."""
    name = getattr(goal, "body", None) or goal.a
    body, target = scene.bodies[name], _target(scene, goal)
    paths = _velocity_paths(scene, name)
    if target is None or not isinstance(body, RigidBody) or not paths:
        return []
    way = target - np.asarray(body.position, dtype=float)
    gravity = scene.environment.gravity
    found: list[Seed] = []
    if goal.type in {"stops_at", "stops_before"}:
        for kind in ("rolling", "sliding"):
            guess = _slowing(scene, body, way, kind, short=0.5 if goal.type == "stops_before" else 1.0)
            values = {
                path: guess * way[axis] / max(float(np.linalg.norm(way[:2])), 1e-9)
                for path, axis in paths.items()
                if axis < 2
            }
            if values:
                found.append(_clipped(scene, values))
        return found
    stated = _stated_velocity(scene, name)
    for flight in (0.4, 0.6, 0.8, 1.0, 0.25, 1.4):  # [s] in the air
        speed = way / flight
        speed[2] = way[2] / flight + gravity * flight / 2
        values = {path: float(speed[axis]) for path, axis in paths.items()}
        if 2 not in paths.values() and gravity > 0:  # the vertical speed is given: it says how long the flight lasts
            root = stated[2] ** 2 - 2 * gravity * way[2]
            if root < 0:
                continue
            time = (stated[2] + math.sqrt(root)) / gravity
            values = {path: float(way[axis] / max(time, 1e-3)) for path, axis in paths.items()}
            return [_clipped(scene, values)]
        found.append(_clipped(scene, values))
    return found


def _velocity_paths(scene: Scene, name: str) -> dict[str, int]:
    """Free parameters that are components of the body's launch velocity: path -> axis."""
    prefixes = [f"bodies.{name}.linear_velocity."]
    prefixes += [
        f"drivers.{key}.linear."
        for key, driver in scene.drivers.items()
        if driver.body == name and driver.type == "velocity"
    ]
    return {
        path: int(path[-1])
        for path in scene.free
        for prefix in prefixes
        if path.startswith(prefix) and path[-1] in "012"
    }


def _stated_velocity(scene: Scene, name: str) -> tuple[float, ...]:
    for driver in scene.drivers.values():
        if driver.body == name and driver.type == "velocity" and driver.linear is not None:
            return tuple(driver.linear)
    return tuple(getattr(scene.bodies[name], "linear_velocity", (0.0, 0.0, 0.0)))


def _slowing(scene: Scene, body: RigidBody, way: np.ndarray, kind: str, *, short: float) -> float:
    materials = scene_library(scene)
    surface = next((other.material for other in scene.rigid().values() if other.fixed and other.contact), body.material)
    pair = materials.pair(body.material, surface)
    distance = short * float(np.linalg.norm(way[:2]))
    rolls = kind == "rolling" and rolling_radius(body.shape) is not None
    rolling = (body.rolling_friction if body.rolling_friction is not None else pair.rolling.value) if rolls else None
    speed = stopping_speed(distance, friction=pair.friction.value, gravity=scene.environment.gravity, rolling=rolling)
    return (
        speed * 1.4 if rolling is not None and not any(body.angular_velocity) else speed
    )  # a ball pushed without spin keeps 5/7


def _clipped(scene: Scene, values: dict[str, float]) -> Seed:
    return Seed(
        {path: min(max(value, scene.free[path].low), scene.free[path].high) for path, value in values.items()},
        why="closed form",
    )
