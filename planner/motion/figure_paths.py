"""Path drivers of what moves by itself: ways along the view or up a slope, jumps that are ballistic in the air, seats and glances."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from planner.frame import Event
from planner.layout import surface_of, top_of
from planner.motion.acting import finish_acts
from planner.motion.braking import braked, rolls_on
from planner.motion.fields import finish_fields
from planner.motion.figure_falls import add_fall, gravity_of
from planner.motion.gaits import FLYING_HEIGHT, LOPE_RISE
from planner.motion.lanes import Lanes, solid_boxes
from planner.motion.nets import finish_nets
from planner.motion.postures import HIP, take_postures
from planner.motion.pouring import finish_pours
from planner.motion.slopes import sliding_keys
from planner.motion.stairs import finish_stairs
from planner.motion.still_picture import come_nearer
from planner.motion.trampoline import give_way, is_springy, sink
from planner.stage import Actor, Stage, quaternion_product
from scenes.shapes import Hill, Ramp

__all__ = ["build_paths"]

Keys = list[dict[str, Any]]
HOVER = 15.0  # [s]
CROUCH = 0.3  # [s] on the ground before and between jumps


def build_paths(stage: Stage) -> None:
    """After the layout: turn what was decided into path drivers with keys in the world, and seat and turn those who stay."""
    come_nearer(stage)
    take_postures(stage)
    lanes = Lanes(stage)
    for actor in stage.actors.values():
        if "rider" in actor.extra and actor.kind == "rigid":
            actor.fixed = True  # kept upright by who rides it; its driver moves it
    for actor in stage.actors.values():  # a group starts from where its first is, before anyone is moved
        if "path" in actor.extra:
            actor.extra["path"]["place"] = actor.extra["path"].get("leader", actor).position.copy()
    for actor in list(stage.actors.values()):
        if "path" in actor.extra:
            keys = braked(stage, actor, _path_keys(stage, actor, actor.extra["path"], lanes))
            if actor.extra["path"]["flying"] and actor.kind == "rigid":  # it hovers where it has come to
                keys.append(keys[-1] | {"time": keys[-1]["time"] + HOVER})
            _start_at(actor, keys)
            stage.drivers[f"{actor.name}_path"] = _driver(stage, actor, keys, _interpolation(actor))
            if rolls_on(actor):
                stage.drivers[f"{actor.name}_path"]["coasts"] = True
        elif "jump" in actor.extra:
            _jump(stage, actor)
        if "falls" in actor.extra or "staggers" in actor.extra:
            add_fall(stage, actor)
    for actor in stage.actors.values():
        if "rides" in actor.extra:
            _carry(stage, actor, actor.extra["rides"])
    finish_acts(stage)
    finish_pours(stage)
    finish_fields(stage)
    finish_nets(stage)
    finish_stairs(stage)
    _look_along(stage)


def _carry(stage: Stage, rider: Actor, mount: Actor) -> None:
    """The rider goes where its mount goes, seated (or standing) at its own height above it."""
    driver = stage.drivers.get(f"{mount.name}_path")
    if driver is None:
        return
    low, high = mount.bounds()
    tall, rise = float(rider.extra["height"]), float(high[2] - low[2])
    seat = rise if rider.posture == "balance" else (0.72 if mount.kind == "figure" else 0.78) * rise - HIP * tall
    foot = 0.0 if mount.kind == "figure" else float(low[2])
    keys = [k | {"position": [*k["position"][:2], round(k["position"][2] + foot + seat, 4)]} for k in driver["keys"]]
    _start_at(rider, keys)
    stage.drivers[f"{rider.name}_path"] = driver | {
        "body": rider.name, "keys": keys, "gait": None, "why": stage.say(f"rides the {mount.entity.head}", "骑乘"),
    }  # fmt: skip


def _look_along(stage: Stage) -> None:
    """Where all that moves flies, the camera looks from its height, so that there is sky behind; it goes along with small travellers."""
    moving = [a for a in stage.actors.values() if "path" in a.extra or "rides" in a.extra or a.moving]
    flying = [a for a in moving if a.extra.get("path", {}).get("flying") and "near" not in a.extra["path"]]
    walkers = [a for a in stage.actors.values() if a.kind == "figure" and a not in flying]
    if stage.screen_width is not None or not moving:
        return
    if any(a.extra.get("path", {}).get("incline") is not None and "ahead" in a.extra["path"] for a in moving):
        stage.camera.setdefault("view", "close_up")  # a chase up a slope: from low down, with who is chased
        return
    solid = [
        a
        for a in stage.actors.values()
        if a not in moving and a is not stage.ground and a.shape is not None and a.contact
    ]
    if flying and len(flying) == len(moving) and not walkers and not solid:
        stage.camera.setdefault("view", "low_angle")
        return
    standing = [a for a in stage.actors.values() if a not in moving and a is not stage.ground and a.shape is not None]
    runs = [d["keys"] for d in stage.drivers.values() if d["type"] == "path" and not d.get("relative")]
    travel = max((abs(keys[-1]["position"][0] - keys[0]["position"][0]) for keys in runs), default=0.0)
    together = len(runs) == len(moving) and len({keys[0]["heading"] for keys in runs}) == 1
    if together and not standing and travel > 9 * max(a.size for a in moving):
        stage.camera.setdefault("view", "tracking")


def _interpolation(actor: Actor) -> str:
    path = actor.extra["path"]
    hovers = path["flying"] and actor.kind == "rigid"
    return "smooth" if path["moves"] == "flutters" or hovers else "ballistic" if path.get("lopes") else "linear"


def _start_at(actor: Actor, keys: Keys) -> None:
    start = keys[0]["position"]
    rise = float(actor.extra["height"]) / 2 if actor.kind == "figure" else 0.0
    actor.position[:] = (start[0], start[1], start[2] + rise)
    actor.heading = float(keys[0].get("heading") or 0.0)


def _driver(stage: Stage, actor: Actor, keys: Keys, interpolation: str, start: float = 0.0) -> dict[str, Any]:
    path = actor.extra.get("path", {})
    why = path.get("why") or (
        stage.say("a flyer", "飞行") if path.get("flying") else stage.say("moves by itself", "自行运动")
    )
    return {
        "type": "path", "body": actor.name, "keys": keys, "interpolation": interpolation, "gait": actor.gait, "why": why,
        "start": start or None,
    }  # fmt: skip


def _foot(actor: Actor) -> float:
    """The z that a path key states on level ground: the ground point of a figure, the centre of mass of a vehicle."""
    return 0.0 if actor.kind == "figure" else -float(actor.bounds()[0][2])


def _path_keys(stage: Stage, actor: Actor, path: dict[str, Any], lanes: Lanes) -> Keys:
    x, y, _ = (float(v) for v in path.get("place", actor.position))
    base = _foot(actor)
    speed, sign = float(path["speed"]), float(path["sign"])
    target: Actor | None = path.get("into")
    if target is not None:
        toward = float(target.position[0]) - x
        sign = 1.0 if toward >= 0 else -1.0
        length = max(abs(toward) - (actor.size * 0.2), 0.3)
        lanes.clear(actor, (x, x + sign * length), y, foot=0.0, velocity=sign * speed, meant=(target,))
        return _line(x, x + sign * length, y, base, speed)
    incline: Actor | None = path.get("incline")
    if path.get("slides") and incline is not None:
        return sliding_keys(stage, actor, incline)
    if incline is not None and isinstance(incline.shape, Hill | Ramp):
        return _slope_keys(actor, incline, path, base)
    begin, end, meant = _ends(stage, actor, path, x)
    if (faller := actor.extra.get("meets")) is not None:
        place, fall = _meeting(stage, actor, faller)
        begin, end = float(place[0]) - sign * speed * fall, float(place[0]) + 0.6 * (end - begin)
        y, meant = float(place[1]), (*meant, faller, faller.support)
    sign = 1.0 if end >= begin else -1.0
    z = base + _height_of_flight(stage, actor, path)
    ahead, lane = sign * float(path.get("ahead", 0.0)), y + float(path.get("lane", 0.0))
    foot = z - _foot(actor)
    lane = lanes.clear(actor, (begin + ahead, end + ahead), lane, foot=foot, velocity=sign * speed, meant=meant)
    if "level" in path:
        swimming = _line(begin + ahead, end + ahead, lane, float(path["level"]), speed)
        return [key | {"tilt": path.get("tilt", 0.0)} for key in swimming]
    if path.get("lopes"):
        return _loping(begin + ahead, end + ahead, lane, z, speed, gravity_of(stage))
    if path["moves"] == "flutters":
        return _fluttering(begin + ahead, end + ahead, lane, z, speed, actor)
    return _line(begin + ahead, end + ahead, lane, z, speed)


def _ends(stage: Stage, actor: Actor, path: dict[str, Any], x: float) -> tuple[float, float, tuple[Actor | None, ...]]:
    """Where a way along x begins and ends [m], and what it leads to."""
    speed, sign = float(path["speed"]), float(path["sign"])
    begin, end = path.get("begin"), path.get("end")
    if "toward_other" in path:
        gap = 0.35 + actor.half_x
        return x - sign * (gap + 2.5 * speed), x - sign * gap, ()
    if "near" in path:
        goal, away = path["near"]
        stop = float(goal.position[0]) - sign * away
        return stop - sign * max(3.0, 2 * actor.size, min(2.0 * speed, 12.0)), stop, (goal,)
    to: Actor | None = path.get("to")
    if end is None and to is not None and to is not stage.ground and to is not actor:
        sign = math.copysign(1.0, float(to.position[0]) - x)
        end = float(to.position[0]) - sign * (to.half_x + actor.half_x + 0.15)
        if begin is None and path.get("from") is None:  # from far enough for the way to be seen
            begin = min(sign * x, sign * end - max(2.0 * actor.size, min(2.5 * speed, 12.0))) * sign
    else:
        to = None
    span = max(3 * actor.size, min(speed * 3.5, 30.0))
    past: Actor | None = path.get("past")
    if past is not None and past is not stage.ground and begin is None and end is None:
        span = max(span, 1.6 * past.size)
        x = float(past.position[0])
        begin = x - sign * span / 2
    origin: Actor | None = path.get("from")
    if begin is None and origin is not None and origin is not stage.ground and origin is not actor and origin is not to:
        if end is not None:
            sign = math.copysign(1.0, end - float(origin.position[0]))
        begin = float(origin.position[0]) + sign * (origin.half_x + actor.half_x + 0.25)
    if begin is None:
        begin = x if end is not None else x - sign * span / 2
    file = float(path.get("file", 0.0))
    return float(begin) - sign * file, (float(begin) + sign * span if end is None else float(end)) - sign * file, (to,)


def _height_of_flight(stage: Stage, actor: Actor, path: dict[str, Any]) -> float:
    """Above the ground [m]: a usual height, over what is flown over; a swimmer keeps off the bottom."""
    if path["moves"] == "swims" and actor.fixed_z is None and stage.environment.get("medium") == "water":
        return max(0.4, 2 * actor.size)
    if not path["flying"] or actor.fixed_z is not None:
        return 0.0
    if "near" in path:  # at the level of the upper part of what it comes to
        goal = path["near"][0]
        return max(0.3, float(goal.position[2] + 0.6 * goal.bounds()[1][2]))
    height = FLYING_HEIGHT.get(path["moves"], 3.0)
    tops = [
        float(a.position[2] + a.bounds()[1][2])
        for a in stage.actors.values()
        if a.kind == "rigid" and a is not stage.ground and a is not actor
    ]
    over = max((top for top in tops if top < 60), default=0.0)
    if path.get("past") is not None or over < 20:
        height = max(height, over + 0.6 * actor.size + 1.0)
    return height + float(path.get("layer", 0.0))


def _meeting(stage: Stage, actor: Actor, faller: Actor) -> tuple[Any, float]:
    """Where and when [s] a falling body comes down on a passing one: h = g t^2 / 2."""
    low = float(faller.position[2] + faller.bounds()[0][2])
    return faller.position, math.sqrt(2 * max(low - float(actor.extra["height"]), 0.05) / gravity_of(stage))


def _key(time: float, x: float, y: float, z: float, heading: float) -> dict[str, Any]:
    return {"time": round(time, 4), "position": [round(x, 4), round(y, 4), round(z, 4)], "heading": round(heading, 5)}


def _line(begin: float, end: float, y: float, z: float, speed: float) -> Keys:
    heading = 0.0 if end >= begin else math.pi
    return [_key(0.0, begin, y, z, heading), _key(max(abs(end - begin) / speed, 0.1), end, y, z, heading)]


def _fluttering(begin: float, end: float, y: float, z: float, speed: float, actor: Actor) -> Keys:
    """Up and down and from side to side, as a butterfly goes; the way along x keeps its speed."""
    time, sign = max(abs(end - begin) / speed, 0.1), 1.0 if end >= begin else -1.0
    count = max(4, round(time / 0.22))
    reach = max(0.12, 2 * actor.size)
    keys = []
    for k in range(count + 1):
        swing = math.sin(2.4 * k) + 0.6 * math.sin(1.1 * k + 1.0)
        side = math.sin(1.7 * k + 0.4)
        facing = (0.0 if sign > 0 else math.pi) + sign * 0.35 * math.cos(1.7 * k + 0.4)
        keys.append(
            _key(
                time * k / count,
                begin + (end - begin) * k / count,
                y + 0.5 * reach * side,
                z + 0.5 * reach * swing,
                facing,
            )
        )
    return keys


def _loping(begin: float, end: float, y: float, z: float, speed: float, gravity: float) -> Keys:
    """Leap after leap, each a parabola that lifts the body by `LOPE_RISE`."""
    leap = 2 * math.sqrt(2 * LOPE_RISE / gravity)
    count = max(1, math.ceil(abs(end - begin) / (speed * leap)))
    way = math.copysign(speed * leap, end - begin)
    heading = 0.0 if way > 0 else math.pi
    return [_key(k * leap, begin + k * way, y, z, heading) for k in range(count + 1)]


def _slope_keys(actor: Actor, incline: Actor, path: dict[str, Any], base: float) -> Keys:
    """Up from the foot on the right to the flat top on the left, or down again."""
    assert isinstance(incline.shape, Hill | Ramp)
    low, high = incline.bounds()
    foot_x, y = float(incline.position[0] + high[0]), float(incline.position[1] - 0.2 * (high[1] - low[1]))
    if isinstance(incline.shape, Ramp):
        y = float(incline.position[1])
    top = surface_of(incline.shape)
    brow_x = float(incline.position[0] + (top[2][0] if isinstance(incline.shape, Hill) else low[0] + 0.05))
    event: Event = path["event"]
    speed = float(path["speed"])
    lift = 1.1 if path["flying"] else 0.0
    points = [
        (foot_x + 1.5, lift),
        (foot_x, lift),
        (brow_x, incline.shape.height + lift),
        (brow_x - 0.6 * float(getattr(incline.shape, "top", 0.5)), incline.shape.height + lift),
    ]
    if "down" in event.manner:
        points.reverse()
    keys, time = [], -float(path.get("ahead", 0.0)) / speed
    heading = math.pi if points[-1][0] < points[0][0] else 0.0
    for number, (x, z) in enumerate(points):
        if number:
            time += math.hypot(x - points[number - 1][0], z - points[number - 1][1]) / speed
        keys.append(_key(time, x, y, z + base, heading))
    keys = _from_zero(keys)
    return _wavering(keys, actor) if path["moves"] == "flutters" else keys


def _from_zero(keys: Keys) -> Keys:
    """Drop the part before t = 0 (a head start), interpolating the first key."""
    while len(keys) >= 2 and keys[1]["time"] <= 0:
        keys.pop(0)
    if keys[0]["time"] < 0:
        a, b = keys[0], keys[1]
        share = -a["time"] / (b["time"] - a["time"])
        a["position"] = [round(p + share * (q - p), 4) for p, q in zip(a["position"], b["position"], strict=True)]
        a["time"] = 0.0
    for key in keys:
        key["time"] = max(0.0, round(key["time"], 4))
    return keys


def _wavering(keys: Keys, actor: Actor) -> Keys:
    """The same way, fluttering about it."""
    made: Keys = []
    reach = max(0.12, 2 * actor.size)
    for a, b in pairwise(keys):
        count = max(1, round((b["time"] - a["time"]) / 0.22))
        for k in range(count):
            share, n = k / count, len(made)
            x, y, z = (p + share * (q - p) for p, q in zip(a["position"], b["position"], strict=True))
            z += 0.5 * reach * (math.sin(2.4 * n) + 0.6 * math.sin(1.1 * n))
            made.append(
                _key(
                    a["time"] + share * (b["time"] - a["time"]), x, y + 0.5 * reach * math.sin(1.7 * n), z, a["heading"]
                )
            )
    return [*made, keys[-1]]


# jumps ------------------------------------------------------------------------------------------------------------------------------


def _jump(stage: Stage, actor: Actor) -> None:
    """Drivers of a jump: on the ground as declared, in the air a parabola under the scene's gravity."""
    spec, gravity = actor.extra["jump"], gravity_of(stage)
    over: Actor | None = spec.get("over")
    onto: Actor | None = spec.get("onto")
    x, y = float(actor.position[0]), float(actor.position[1])
    tall = float(actor.extra["height"]) / 2 if actor.kind == "figure" else 0.0
    on_something = actor.support is not None and actor.support is not stage.ground
    z = float(actor.position[2]) - tall if on_something else _foot(actor)
    sign = float(spec.get("sign", 1.0))
    if over is not None:
        _jump_over(stage, actor, over, spec, z=z, sign=sign, gravity=gravity)
        return
    heading = actor.heading if onto is None else (0.0 if sign > 0 else math.pi)
    if onto is not None:
        top = top_of(onto, onto.position[:2]) + _foot(actor)
        peak = max(top, z) + max(0.15, 0.25 * (top - z))
        x = float(onto.position[0]) - sign * (onto.half_x + 0.6 * max(0.5, 2 * tall))
        flight = math.sqrt(2 * (peak - z) / gravity) + math.sqrt(2 * (peak - top) / gravity)
        land = float(onto.position[0]) + float(spec.get("land", 0.0))
        hops = [(x, z, land, top, flight)]
        y = float(onto.position[1])
    elif spec.get("off") and on_something and actor.support is not None:
        edge = float(actor.support.position[0]) + sign * (actor.support.half_x + 0.6 * max(0.5, 2 * tall))
        peak, ground = z + 0.15, _foot(actor)
        flight = math.sqrt(2 * (peak - z) / gravity) + math.sqrt(2 * (peak - ground) / gravity)
        hops, heading = [(x, z, edge, ground, flight)], 0.0 if sign > 0 else math.pi
    else:
        flight = 2 * math.sqrt(2 * float(spec["rise"]) / gravity)
        stride = float(spec.get("stride", 0.0)) * sign
        hops = [(x + n * stride, z, x + (n + 1) * stride, z, flight) for n in range(int(spec["count"]))]
        heading = (0.0 if sign > 0 else math.pi) if stride else actor.heading
    springy = actor.kind == "figure" and is_springy(actor.support) and onto is None and not spec.get("off")
    pause = sink(float(spec["rise"]), gravity)[1] if springy else CROUCH
    time, touches = CROUCH, []
    _start_at(actor, [_key(0.0, hops[0][0], y, z, heading)])
    for number, (x0, z0, x1, z1, seconds) in enumerate(hops):
        keys = [_key(0.0, x0, y, z0, heading), _key(seconds, x1, y, z1, heading)]
        name = f"{actor.name}_jump" if number == 0 else f"{actor.name}_jump_{number + 1}"
        stage.drivers[name] = _driver(stage, actor, keys, "ballistic", round(time, 4))
        stage.drivers[name]["why"] = spec["why"]
        touches.append(time + seconds)
        time += seconds + pause
    if springy and actor.support is not None:
        give_way(stage, actor, actor.support, float(spec["rise"]), touches, [x, y, z])


def _jump_over(
    stage: Stage, actor: Actor, over: Actor, spec: dict[str, Any], *, z: float, sign: float, gravity: float
) -> None:
    """A run-up, a parabola that clears the thing by a margin, and a few steps after the landing."""
    low, high = over.bounds()
    if high[0] - low[0] > 1.5 * (high[1] - low[1]) and not over.round:  # a fence is crossed, not run along
        over.orientation = quaternion_product((math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5)), over.orientation)
    boxes = solid_boxes(over) or [(over.position - 0.1, over.position + 0.1)]
    top = max(float(high[2]) for _, high in boxes) - z + _foot(actor)
    left, right = min(float(low[0]) for low, _ in boxes), max(float(high[0]) for _, high in boxes)
    tall = float(actor.extra.get("height", actor.size))
    half = (right - left) / 2 + actor.half_x
    clear = top + max(0.03, 0.12 * tall)
    rise = max(float(spec["rise"]), 1.35 * clear)
    flight = 2 * math.sqrt(2 * rise / gravity)
    reach = 1.08 * half / math.sqrt(1 - clear / rise)  # half of the flight's length
    speed = 2 * reach / flight
    middle, y = (left + right) / 2, float(over.position[1])
    run = min(max(0.5 * speed, 2.5 * actor.half_x, tall), 5.0)
    heading = 0.0 if sign > 0 else math.pi
    takeoff, landing = middle - sign * reach, middle + sign * reach
    begin, end = takeoff - sign * run, landing + sign * 0.8 * run
    first = _line(begin, takeoff, y, z, speed)
    air = [_key(0.0, takeoff, y, z, heading), _key(flight, landing, y, z, heading)]
    away = _line(landing, end, y, z, speed)
    _start_at(actor, first)
    at = float(first[-1]["time"])
    stage.drivers[f"{actor.name}_path"] = _driver(stage, actor, first, "linear")
    stage.drivers[f"{actor.name}_jump"] = _driver(stage, actor, air, "ballistic", round(at, 4)) | {"why": spec["why"]}
    stage.drivers[f"{actor.name}_lands"] = _driver(stage, actor, away, "linear", round(at + flight, 4))
    if rise > 1.5 * tall:
        stage.advise(
            f"Clearing the {over.entity.head} takes a rise of {rise:.2f} m, {rise / tall:.1f} times the jumper's height: more than most can.",
            f"越过“{over.entity.mention or over.entity.head}”需要跃起 {rise:.2f} 米，是身高的 {rise / tall:.1f} 倍，超出通常能力。",
        )
