"""What moves by itself: figures, vehicles and flyers follow declared paths; their falls are declared too, and started by a verified event."""

from __future__ import annotations

import math
from typing import Any

from planner.frame import Event
from planner.layout import surface_of
from planner.lexicon import Verb
from planner.motion.common import (
    GRAVITY,
    Handled,
    direction_of,
    goal_actor,
    source_actor,
    speed_factor,
    stated_speed,
)
from planner.motion.travelling import start_x, target_x
from planner.stage import Actor, Stage
from scenes.shapes import Hill, Ramp

__all__ = ["approach", "approach_to", "fall_over", "fall_when_hit", "fly", "jump", "locomote", "locomote_path", "slip"]

SPEEDS = {
    "walks": 1.4,
    "hops": 1.2,
    "flies": 8.0,
    "flutters": 1.5,
    "swims": 1.0,
    "drives": 8.0,
    "rolls": 4.0,
    "crawls": 0.3,
}
FLYING_HEIGHT = {"flies": 4.0, "flutters": 1.3}
FALL_TIME = (
    0.7  # [s] from upright to the ground, about sqrt(2 h / g) of an adult's centre of mass with a stumble before it
)


def actuated(stage: Stage) -> str:
    return stage.say("moved along a declared path", "沿声明的路径运动")


def locomote(stage: Stage, event: Event, verb: Verb) -> Handled:
    return locomote_path(stage, event, flying=False, verb=verb)


def approach(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Comes near a thing and stays a little way off: from behind when the text says so."""
    movers = [a for a in stage.of(event.agent) if a.kind in {"figure", "rigid"} and not a.fixed]
    target = next((a for a in stage.of(event.patient) + stage.of(event.goal_place) if a not in movers), None)
    handled = locomote(stage, event, verb)
    if target is None or not movers:
        return handled
    for actor in movers:
        if "path" not in actor.extra:
            continue
        away = 0.8 + actor.half_x + target.half_x
        actor.extra["path"]["near"] = (target, away)
        stage.constrain("offset", actor, 1, 0.0, target)
        stage.goals = {
            k: g for k, g in stage.goals.items() if not (g.get("body") == actor.name and g["type"] == "moves")
        }
        stage.goal("reaches", event, body=actor.name, other=target.name, tolerance=round(away + 1.0, 3))
    return handled


def fly(stage: Stage, event: Event, verb: Verb) -> Handled:
    return locomote_path(stage, event, flying=True, verb=verb)


def locomote_path(
    stage: Stage, event: Event, *, flying: bool, verb: Verb | None = None, only: Actor | None = None
) -> Handled:
    """A path at a stated, documented or usual speed: along the stated places, or across the view."""
    movers = [only] if only is not None else stage.of(event.agent) or stage.of(event.patient)
    bodies = [actor for actor in movers if actor.kind in {"figure", "rigid"} and not actor.fixed]
    if not bodies:
        if movers and any(a.kind in {"none", "field", "fluid", "cloth"} for a in movers):
            return Handled(
                "imagined",
                stage.say("it has no body here; the video model paints it", "它在这里没有实体，由视频模型绘制"),
                "imagined",
            )
        return Handled("refused", stage.say("who moves is not named", "没有说明谁在动"))
    chased = (
        [a for a in stage.of(event.patient) if a not in bodies] if verb is not None and verb.physics == "chase" else []
    )
    for number, actor in enumerate(bodies):
        if actor.extra.get("path") is not None or (actor.moving and actor.kind == "rigid"):
            if number == 0 and chased and "path" in actor.extra:
                _lead(stage, event, actor, chased[0])
            continue
        moves = actor.entry.moves or ("flies" if flying else "walks")
        speed, why, kind = _speed(stage, event, verb, actor, moves)
        lane = -number * (actor.size + 0.3) if len(bodies) > 1 else 0.0
        actor.extra["path"] = {
            "speed": speed, "sign": direction_of(stage, event), "moves": moves, "flying": flying or moves in FLYING_HEIGHT, "event": event,
            "begin": start_x(stage, event), "end": target_x(stage, event), "lane": lane, "from": source_actor(stage, event),
            "to": goal_actor(stage, event), "past": _passed(stage, actor, event), "incline": _incline(stage, event, actor),
        }  # fmt: skip
        actor.moving, actor.status = True, "actuated"
        actor.gait = {"walks": "walk", "hops": "hop", "flies": "fly", "flutters": "flutter"}.get(moves)
        if verb is not None and verb.name in {"run", "sprint", "jog", "chase", "race"} and actor.gait == "walk":
            actor.gait = "run"
        if number == 0 and chased and chased[0].kind in {"figure", "rigid"}:
            _lead(stage, event, actor, chased[0])
        stage.note(f"drivers.{actor.name}_path", kind, why, event.span)
        stage.goal("moves", event, body=actor.name, distance=round(max(0.2, 0.5 * actor.size), 3))
    return Handled("actuated", actuated(stage))


def _speed(stage: Stage, event: Event, verb: Verb | None, actor: Actor, moves: str) -> tuple[float, str, str]:
    stated = stated_speed(stage, event)
    if stated is not None:
        return max(stated, 1e-3), f"{stated:g} m/s is stated", "stated"
    known = verb.default("speed", level="normal") if verb is not None and actor.entry.moves in {None, "walks"} else None
    own = actor.entry.speed
    base = known.typical if known is not None else own.value if own is not None else SPEEDS.get(moves, 1.4)
    source = known.source if known is not None else own.source if own is not None else f"usual for what {moves}"
    return round(base * speed_factor(event), 4), f"{base:g} m/s: {source}", "known"


def _passed(stage: Stage, actor: Actor, event: Event) -> Actor | None:
    relation = next(
        iter(stage.relations("past", "in_front_of", "above", "over", "across", subject=actor.entity.id)), None
    )
    return stage.one(relation.object) if relation is not None else None


def _incline(stage: Stage, event: Event, actor: Actor) -> Actor | None:
    candidates = [source_actor(stage, event), goal_actor(stage, event)]
    candidates += [stage.one(r.object) for r in stage.relations(subject=actor.entity.id)]
    for place in (event.source_place, event.goal_place):
        for entity_id in [place] if isinstance(place, str) else place or []:
            candidates += [stage.one(r.object) for r in stage.relations("part_of", subject=entity_id)]
    return next((c for c in candidates if c is not None and isinstance(c.shape, Hill | Ramp)), None)


def _lead(stage: Stage, event: Event, chaser: Actor, chased: Actor) -> None:
    """The chased keeps ahead on the same path, in its own way of moving."""
    path = dict(chaser.extra["path"])
    moves = chased.entry.moves or "walks"
    path.update(moves=moves, flying=moves in FLYING_HEIGHT, ahead=max(1.0, 1.2 * chaser.size))
    chased.extra["path"] = path
    chased.moving, chased.status = True, "actuated"
    chased.gait = {"flutters": "flutter", "flies": "fly", "hops": "hop"}.get(moves, "run")


def approach_to(stage: Stage, event: Event, figure: Actor, target: Actor) -> None:
    """Walk up to a target and touch it."""
    speed, why, kind = _speed(stage, event, None, figure, figure.entry.moves or "walks")
    figure.extra["path"] = {
        "speed": speed,
        "sign": 1.0,
        "moves": figure.entry.moves or "walks",
        "flying": False,
        "event": event,
        "into": target,
        "lane": 0.0,
    }
    figure.moving, figure.gait = True, "walk"
    stage.note(f"drivers.{figure.name}_path", kind, why, event.span)


def jump(stage: Stage, event: Event, verb: Verb) -> Handled:
    """A declared push-off, then a ballistic flight: v = sqrt(2 g h) for a rise of a quarter of the jumper's height unless stated."""
    movers = [a for a in stage.of(event.agent) or stage.of(event.patient) if a.kind in {"figure", "rigid"}]
    if not movers:
        return Handled("refused", stage.say("who jumps is not named", "没有说明谁跳"))
    for actor in movers:
        found = stage.quantity(event, "height")
        tall = float(actor.extra.get("height", actor.size))
        rise = found[0] if found else 0.3 * tall * (1.6 if "high" in event.manner else 1.0)
        gravity = float(stage.environment.get("gravity", GRAVITY)) or GRAVITY
        if not found:
            rise *= GRAVITY / gravity  # the same push-off
        actor.extra["jump"] = {
            "rise": rise,
            "count": event.count or (1 if verb.physics == "jump" else 3),
            "event": event,
        }
        actor.moving, actor.status, actor.gait = True, "actuated", "jump"
        stage.note(
            f"drivers.{actor.name}_path",
            "stated" if found else "assumed",
            f"rises {rise:.2f} m; ballistic once off the ground",
            event.span,
        )
        stage.goal("moves", event, body=actor.name, distance=round(0.5 * rise, 3))
    return Handled(
        "actuated", stage.say("the push-off is declared, the flight is ballistic", "起跳由驱动器给定，空中为抛体运动")
    )


def slip(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Loses its footing: a declared slide on the slippery ground, from a walk."""
    movers = [a for a in stage.of(event.agent) or stage.of(event.patient)]
    figures = [a for a in movers if a.kind == "figure"]
    if not figures:
        from planner.motion.travelling import slide

        return slide(stage, event, verb)
    for figure in figures:
        if "path" not in figure.extra:
            locomote_path(stage, event, flying=False, verb=None, only=figure)
            stage.goals = {
                k: g for k, g in stage.goals.items() if not (g.get("body") == figure.name and g["type"] == "moves")
            }
        figure.extra["slips"] = event
        stage.goal("moves", event, body=figure.name, distance=0.2)
    return Handled(
        "actuated",
        stage.say("the slip is declared: a figure's balance is not solved", "滑倒由驱动器给定：人物的平衡没有求解"),
    )


def fall_over(stage: Stage, event: Event, verb: Verb) -> Handled:
    """A figure goes to the ground, declared; started by the contact that the text names before it, or in its own time."""
    figures = [a for a in stage.of(event.agent) or stage.of(event.patient) if a.kind == "figure"]
    if not figures:
        from planner.motion.travelling import topple

        return topple(stage, event, verb)
    for figure in figures:
        hitter = next(
            (goal for goal in stage.goals.values() if goal["type"] == "hits" and figure.name in (goal["a"], goal["b"])),
            None,
        )
        other = None if hitter is None else stage.actors[hitter["a"] if hitter["b"] == figure.name else hitter["b"]]
        fall_when_hit(stage, event, figure, other)
    return Handled(
        "actuated", stage.say("a declared fall, started by the event before it", "由驱动器给定的倒下，由之前的事件触发")
    )


def fall_when_hit(stage: Stage, event: Event, figure: Actor, hitter: Actor | None) -> None:
    if "falls" in figure.extra:
        return
    figure.extra["falls"] = {"event": event, "hitter": hitter}
    figure.status = "actuated"
    stage.goal("topples", event, bodies=(figure.name,))


def build_paths(stage: Stage) -> None:
    """After the layout: turn what was decided into path drivers with keys in the world."""
    for actor in list(stage.actors.values()):
        keys: list[dict[str, Any]] = []
        if "path" in actor.extra:
            keys = _path_keys(stage, actor, actor.extra["path"])
        elif "jump" in actor.extra:
            keys = _jump_keys(stage, actor)
        if keys:
            start = keys[0]["position"]
            rise = float(actor.extra["height"]) / 2 if actor.kind == "figure" else 0.0
            actor.position[:] = (start[0], start[1], start[2] + rise)
            actor.heading = float(keys[0].get("heading") or 0.0)
            fly_or_walk = actor.extra.get("path", {}).get("flying")
            stage.drivers[f"{actor.name}_path"] = {
                "type": "path", "body": actor.name, "keys": keys, "interpolation": "ballistic" if "jump" in actor.extra else "linear",
                "gait": actor.gait, "why": stage.say("a flyer" if fly_or_walk else "moves by itself", "飞行" if fly_or_walk else "自行运动"),
            }  # fmt: skip
        if "falls" in actor.extra:
            _fall_driver(stage, actor)


def _base_height(actor: Actor) -> float:
    """The z that a path key states: the ground point of a figure, the centre of mass of a vehicle."""
    return 0.0 if actor.kind == "figure" else -float(actor.bounds()[0][2])


def _path_keys(stage: Stage, actor: Actor, path: dict[str, Any]) -> list[dict[str, Any]]:
    x, y, _ = (float(v) for v in actor.position)
    base = _base_height(actor)
    speed, sign = float(path["speed"]), float(path["sign"])
    target: Actor | None = path.get("into")
    if target is not None:
        toward = float(target.position[0]) - x
        sign = 1.0 if toward >= 0 else -1.0
        length = max(abs(toward) - (actor.size * 0.2), 0.3)
        return _line(x, x + sign * length, y, base, speed, sign)
    incline: Actor | None = path.get("incline")
    if incline is not None and isinstance(incline.shape, Hill | Ramp):
        return _slope_keys(actor, incline, path, base)
    begin, end = path.get("begin"), path.get("end")
    if "near" in path:
        goal, away = path["near"]
        end = float(goal.position[0]) - sign * away
        begin = end - sign * max(3.0, 2 * actor.size, min(2.0 * speed, 12.0))
        return _line(begin, end, y, base + (1.8 if path["flying"] else 0.0), speed, sign)
    if end is None and (to := path.get("to")) is not None and to is not stage.ground and to is not actor:
        end = float(to.position[0]) - math.copysign((to.size + actor.size) / 2 + 0.1, float(to.position[0]) - x)
    span = max(4.0, 3 * actor.size, min(speed * 4.0, 30.0))
    if begin is None:
        begin = x if end is not None else x - sign * span / 2
    if end is None:
        end = begin + sign * span
    if (faller := actor.extra.get("meets")) is not None:
        place, fall = _meeting(stage, actor, faller)
        begin, end = float(place[0]) - sign * speed * fall, float(place[0]) + sign * 0.6 * span
        y = float(place[1])
    sign = 1.0 if end >= begin else -1.0
    z = base + (FLYING_HEIGHT.get(path["moves"], 3.0) if path["flying"] and actor.fixed_z is None else 0.0)
    past: Actor | None = path.get("past")
    if path["flying"]:
        over = max(
            (
                top
                for a in stage.actors.values()
                if a.kind == "rigid" and a is not stage.ground and (top := float(a.position[2] + a.bounds()[1][2])) < 60
            ),
            default=0.0,
        )
        z = max(z, over + 0.6 * actor.size + 1.0) if past is not None or over < 20 else z
    ahead = sign * float(path.get("ahead", 0.0))
    actor.position[0] = begin + ahead
    return _line(begin + ahead, end + ahead, y + float(path.get("lane", 0.0)), z, speed, sign)


def _meeting(stage: Stage, actor: Actor, faller: Actor) -> tuple[Any, float]:
    """Where and when [s] a falling body comes down on a passing one: h = g t^2 / 2."""
    low = float(faller.position[2] + faller.bounds()[0][2])
    gravity = float(stage.environment.get("gravity", GRAVITY)) or GRAVITY
    return faller.position, math.sqrt(2 * max(low - float(actor.extra["height"]), 0.05) / gravity)


def _line(begin: float, end: float, y: float, z: float, speed: float, sign: float) -> list[dict[str, Any]]:
    heading = 0.0 if sign > 0 else math.pi
    time = max(abs(end - begin) / speed, 0.1)
    return [
        {"time": 0.0, "position": [round(begin, 4), round(y, 4), round(z, 4)], "heading": round(heading, 5)},
        {"time": round(time, 4), "position": [round(end, 4), round(y, 4), round(z, 4)], "heading": round(heading, 5)},
    ]


def _slope_keys(actor: Actor, incline: Actor, path: dict[str, Any], base: float) -> list[dict[str, Any]]:
    """Up from the foot on the right to the flat top on the left, or down again."""
    assert isinstance(incline.shape, Hill | Ramp)
    low, high = incline.bounds()
    foot_x, y = float(incline.position[0] + high[0]), float(incline.position[1] - 0.2 * (high[1] - low[1]))
    top = surface_of(incline.shape)
    brow_x = float(incline.position[0] + (top[2][0] if isinstance(incline.shape, Hill) else low[0] + 0.05))
    event: Event = path["event"]
    lift = 1.1 if path["flying"] else 0.0
    points = [
        (foot_x + 1.5, lift),
        (foot_x, lift),
        (brow_x, incline.shape.height + lift),
        (brow_x - 0.6 * float(getattr(incline.shape, "top", 0.5)), incline.shape.height + lift),
    ]
    if "down" in event.manner:
        points.reverse()
    keys, time = [], -float(path.get("ahead", 0.0)) / float(path["speed"])
    for number, (x, z) in enumerate(points):
        if number:
            px, pz = points[number - 1]
            time += math.hypot(x - px, z - pz) / float(path["speed"])
        heading = math.pi if points[-1][0] < points[0][0] else 0.0
        keys.append(
            {"time": time, "position": [round(x, 4), round(y, 4), round(z + base, 4)], "heading": round(heading, 5)}
        )
    return _from_zero(keys)


def _from_zero(keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
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


def _jump_keys(stage: Stage, actor: Actor) -> list[dict[str, Any]]:
    spec = actor.extra["jump"]
    gravity = float(stage.environment.get("gravity", GRAVITY)) or GRAVITY
    flight = 2 * math.sqrt(2 * spec["rise"] / gravity)
    x, y = float(actor.position[0]), float(actor.position[1])
    base = (
        _base_height(actor)
        if actor.support is None or actor.support is stage.ground
        else float(actor.position[2]) - (float(actor.extra["height"]) / 2 if actor.kind == "figure" else 0.0)
    )
    keys = [{"time": 0.0, "position": [x, y, round(base, 4)], "heading": actor.heading}]
    time = 0.3
    for _ in range(int(spec["count"])):
        keys.append({"time": round(time, 4), "position": [x, y, round(base, 4)], "heading": actor.heading})
        time += flight
        keys.append({"time": round(time, 4), "position": [x, y, round(base, 4)], "heading": actor.heading})
        time += 0.15
    return keys


def _fall_driver(stage: Stage, actor: Actor) -> None:
    """Named so that nobody takes it for a solved fall: `<name>_falls`, of type path with the gait `fall`."""
    spec = actor.extra["falls"]
    hitter: Actor | None = spec["hitter"]
    start: float | str = 0.8
    if hitter is not None:
        trigger = f"{actor.name}_is_hit"
        stage.triggers.setdefault(trigger, {"type": "contact", "a": hitter.name, "b": actor.name})
        start = trigger
        if f"{actor.name}_path" in stage.drivers:
            stage.drivers[f"{actor.name}_path"]["stop"] = trigger
    elif "path" in actor.extra:
        start = round(min(1.2, 0.5 * stage.drivers[f"{actor.name}_path"]["keys"][-1]["time"]), 3)
        stage.drivers[f"{actor.name}_path"]["stop"] = start
    here = [0.0, 0.0, 0.0]
    stagger = 0.25 * float(actor.extra.get("height", 1.0))
    backwards = "slips" in actor.extra  # feet go forward, the body falls on its back
    lean = -math.pi / 2 if backwards else math.pi / 2
    stage.drivers[f"{actor.name}_falls"] = {
        "type": "path", "body": actor.name, "start": start, "gait": "fall", "relative": True, "interpolation": "smooth",
        "keys": [
            {"time": 0.0, "position": here},
            {"time": 0.5 * FALL_TIME, "position": [round(0.6 * stagger, 4), 0.0, 0.0], "tilt": round(0.25 * lean, 4)},
            {"time": FALL_TIME, "position": [round(stagger, 4), 0.0, 0.0], "tilt": round(lean, 4)},
        ],
        "why": stage.say("staggers and falls: declared, not solved", "踉跄倒下：由驱动器给定，不是求解结果"),
    }  # fmt: skip
