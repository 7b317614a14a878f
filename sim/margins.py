"""How far a goal is from happening, as one number that a search can climb: positive when it happens, larger when more surely."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scenes.primitives import Cup, Torus, rotation_matrix
from scenes.scene import Scene
from sim import queries
from sim.goal_checks import gap_between, nearest_between, off_target, rolled_distances
from sim.goal_order import ASIDE, aside, moments
from sim.goals import Outcome, find
from sim.trace import Trace

__all__ = ["margin"]

LEAST = 0.01


def margin(goal: Any, outcome: Outcome, scene: Scene, trace: Trace) -> float:
    """Margin [-] of a goal on a trace: at least 0.01 when it happened, at most -0.01 when not, clipped to -4 .. 1."""
    try:
        value = _raw(goal, scene, trace)
    except (KeyError, IndexError):
        value = 0.0
    if value > 0 and not (goal.by is None and goal.after is None and goal.at_time is None):
        value = min(value, _in_time(goal, scene, trace))
    if goal.negated:
        value = -value
    value = max(LEAST, value) if outcome.happened else min(-LEAST, value)
    return float(np.clip(value, -4.0, 1.0))


def _raw(goal: Any, scene: Scene, trace: Trace) -> float:
    match goal.type:
        case "bounces":
            return _bounces(goal, trace)
        case "rests" | "stops_before":
            return _rests(goal, scene, trace)
        case "hits":
            touch = queries.first_contact(trace, goal.a, goal.b)
            return (
                min(1.0, 0.1 + touch.speed_before)
                if touch
                else -float(gap_between(scene, trace, goal.a, goal.b).min()) - 0.02
            )
        case "topples":
            leans = sorted((float(queries.tilt(trace, name).max()) / goal.angle for name in goal.bodies), reverse=True)
            return leans[min(len(leans), goal.at_least or len(leans)) - 1] - 1
        case "stays_put":
            return 1 - float(np.linalg.norm(queries.displacement(trace, goal.body), axis=1).max()) / goal.tolerance
        case "falls":
            height = trace[goal.body].position[:, 2]
            return float((np.maximum.accumulate(height) - height).max()) / goal.drop - 1
        case "lands_on":
            return _lands_on(goal, scene, trace)
        case "stops_at":
            off = float(off_target(trace[goal.body].position[-1], goal.position))
            return (
                1 - off / goal.tolerance
                if queries.rest_time(trace, goal.body) is not None
                else -1 - float(trace[goal.body].speed[-1])
            )
        case "reaches":
            if goal.other is not None:
                return 1 - float(gap_between(scene, trace, goal.body, goal.other).min()) / goal.tolerance
            return 1 - float(nearest_between(trace[goal.body].position, goal.position).min()) / goal.tolerance
        case "passes_through":
            return _passes_through(goal, scene, trace)
        case "passes":
            side = trace[goal.body].position[:, goal.axis] - trace[goal.other].position[:, goal.axis]
            return float(-np.sign(side[0]) * side[-1])
        case "rolls" | "slides":
            total, rolled, slid, _ = rolled_distances(goal, scene, trace)
            share = (rolled if goal.type == "rolls" else slid) / max(total, 1e-9) - 0.5
            return min(total / goal.distance - 1, share)
        case "overtakes":
            a, b = trace[goal.body].position[:, :2], trace[goal.other].position[:, :2]
            way = a[-1] - a[0]
            return float((a[-1] - b[-1]) @ way / max(float(np.linalg.norm(way)), 1e-9))
        case "together":
            times = moments(goal, trace)
            known = [time for time in times if time is not None]
            if len(known) < len(times):
                return -1.0 - (len(times) - len(known))
            return 1 - (max(known) - min(known)) / goal.tolerance
        case "between":
            along, off, length = aside(goal, trace)
            return min(along, 1 - along, ASIDE - off / length)
        case "swings":
            return len(queries.swing_turns(trace, goal.body)) / goal.count - 1
        case "spins":
            return float(queries.turns(trace, goal.body)[-1]) / goal.turns - 1
        case "moves":
            moved = queries.displacement(trace, goal.body)
            if goal.direction is not None:
                moved = (moved @ np.asarray(goal.direction) / np.linalg.norm(goal.direction))[:, None]
                return float(moved.max()) / goal.distance - 1
            return float(np.linalg.norm(moved, axis=1).max()) / goal.distance - 1
    return 0.0


def _in_time(goal: Any, scene: Scene, trace: Trace) -> float:
    """How well within its bounds in time a goal happened: 1 in the middle, 0 at a bound."""
    time = find(goal, scene, trace).time
    if time is None:
        return -1.0
    slack = [1.0]
    if goal.by is not None:
        slack.append((goal.by - time) / max(goal.by, 0.1))
    if goal.after is not None:
        slack.append((time - goal.after) / max(goal.after, 0.1))
    if goal.at_time is not None:
        slack.append(1 - abs(time - goal.at_time) / goal.within)
    return min(slack)


def _bounces(goal: Any, trace: Trace) -> float:
    """Distance, in log of the rise, of the n-th rise above the threshold and of the next one below it."""
    drop = queries.first_drop(trace, goal.body)
    floor = max(queries.BOUNCE_RISE, queries.BOUNCE_FRACTION * drop)
    rises = []
    for k, c in enumerate(trace.contacts):
        if goal.body in (c.body_a, c.body_b) and (goal.on is None or c.other(goal.body) == goal.on):
            rise = float(trace.extra["contact_rise"].data[k, 0 if c.body_a == goal.body else 1])
            if rise > 1e-6:
                rises.append(rise)
    n = goal.count
    if len(rises) < n:
        return -1.0 - (n - len(rises))
    high = math.log(rises[n - 1] / floor) if n else 1.0
    low = math.log(floor / rises[n]) if len(rises) > n else 1.0
    return high if goal.at_least else min(high, low)


def _rests(goal: Any, scene: Scene, trace: Trace) -> float:
    speed = float(trace[goal.body].speed[-1])
    if goal.type == "rests":
        time = queries.rest_time(trace, goal.body)
        return -speed - 0.1 if time is None else 0.1 + (1 - time / max(trace.duration, 1e-9)) / 2
    touch = queries.first_contact(trace, goal.body, goal.other)
    if touch is not None:
        return -0.1 - touch.speed_before
    distance = np.linalg.norm(trace[goal.body].position - trace[goal.other].position, axis=1)
    nearer, gap = float(distance[0] - distance[-1]), float(gap_between(scene, trace, goal.body, goal.other)[-1])
    return min(nearer, gap) if speed < queries.REST_LINEAR else -speed - 0.1


def _lands_on(goal: Any, scene: Scene, trace: Trace) -> float:
    """How far from the middle the body comes down through the level of the target's top, in half-widths."""
    shape = getattr(scene.bodies[goal.on], "shape", None)
    if shape is None:
        return -float(np.linalg.norm(trace[goal.body].position[-1] - trace[goal.on].position[-1]))
    low, high = shape.bounds()
    half = shape.radius - shape.wall if isinstance(shape, Cup) else float(min(high[0] - low[0], high[1] - low[1]) / 2)
    where, top = trace[goal.on].position[-1], trace[goal.on].position[-1, 2] + high[2]
    place = trace[goal.body].position
    down = np.flatnonzero((place[1:, 2] < top) & (place[:-1, 2] >= top))
    offs = []
    for k in down:
        share = (place[k, 2] - top) / (place[k, 2] - place[k + 1, 2])
        at = place[k] + share * (place[k + 1] - place[k])
        offs.append(float(np.linalg.norm(at[:2] - where[:2])))
    off = min([*offs, float(np.linalg.norm(place[-1, :2] - where[:2])) + 0.25 * half])
    return 1 - off / half


def _passes_through(goal: Any, scene: Scene, trace: Trace) -> float:
    shape = getattr(scene.bodies[goal.through], "shape", None)
    turn = rotation_matrix(trace[goal.through].orientation[0])
    local = (trace[goal.body].position - trace[goal.through].position[0]) @ turn
    axis = 2 if isinstance(shape, Torus) else int(np.argmin(shape.extent())) if shape is not None else 0
    radius = (
        shape.major_radius - shape.minor_radius
        if isinstance(shape, Torus)
        else float(np.sort(shape.extent())[1] / 2)
        if shape
        else 0.5
    )
    offs = []
    for k in np.flatnonzero(np.sign(local[1:, axis]) * np.sign(local[:-1, axis]) < 0):
        share = local[k, axis] / (local[k, axis] - local[k + 1, axis])
        offs.append(float(np.linalg.norm(np.delete(local[k] + share * (local[k + 1] - local[k]), axis))))
    return 1 - min(offs) / radius if offs else -1 - float(np.linalg.norm(local, axis=1).min())
