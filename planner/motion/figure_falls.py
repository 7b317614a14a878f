"""Declared starts of falls: figures stagger, trip or slip the way a toppling rod does, until they are let go; from then on the fall is solved."""

from __future__ import annotations

import math
from typing import Any

from planner.motion.common import GRAVITY
from planner.motion.gaits import NEEDED_FRICTION, rod_fall
from planner.stage import Actor, Stage
from scenes.materials import library

__all__ = ["add_fall", "footing", "gravity_of"]

STEP = 0.22  # of the height: one staggering step
STEP_TIME = 0.34  # [s] of a step of a body of 1.7 m; grows with the square root of the height over gravity
LET_GO = 0.5  # [rad] of lean from which the fall is no longer declared
SWAY = (0.20, -0.14, 0.18)  # [rad] lean at the end of each staggering step
TWO_LEGGED = {"person", "human", "astronaut", "child", "robot", "bird", "monkey", "kangaroo"}


def gravity_of(stage: Stage) -> float:
    """[m/s2] of the scene; Earth's where it says nothing or none."""
    return float(stage.environment.get("gravity", GRAVITY)) or GRAVITY


def footing(stage: Stage, figure: Actor) -> tuple[float, float, str]:
    """Friction of the foot and of the fallen body on the ground, and the pair of the foot in words."""
    ground = stage.ground.material if stage.ground is not None else "concrete"
    known = library()
    person = figure.extra.get("species") in {"person", "astronaut"}
    foot = "rubber" if person and known.has("rubber") else "skin"
    side = "cotton" if person and known.has("cotton") else "skin"
    return known.pair(foot, ground).friction.value, known.pair(side, ground).friction.value, f"{foot} on {ground}"


def add_fall(stage: Stage, actor: Actor) -> None:
    """The driver `<name>_falls` (or `<name>_staggers`), of type path, relative to where the figure is when its moment comes."""
    spec = actor.extra.get("falls") or actor.extra["staggers"]
    hitter: Actor | None = spec.get("hitter")
    path = f"{actor.name}_path"
    start: float | str = 0.6
    if hitter is not None:
        start = f"{actor.name}_is_hit"
        stage.triggers.setdefault(start, {"type": "contact", "a": hitter.name, "b": actor.name})
    elif path in stage.drivers:
        start = round(min(1.2, 0.5 * float(stage.drivers[path]["keys"][-1]["time"])), 3)
    if path in stage.drivers:
        stage.drivers[path]["stop"] = start
    tall = float(actor.extra.get("height", 1.0))
    if "falls" not in actor.extra:
        keys, why = _stagger(stage, actor, tall), stage.say("staggers: declared", "踉跄：由驱动器给定")
        stage.drivers[f"{actor.name}_staggers"] = _driver(actor, start, keys, "stagger", why)
        return
    if "slips" in actor.extra:
        keys, why = _slip(stage, actor, tall)
    else:
        staggers = "staggers" in actor.extra or hitter is not None
        keys = _stagger(stage, actor, tall) if staggers else _line_up(actor)
        _topple(stage, actor, tall, keys, trips="trips" in actor.extra)
        why = stage.say(
            f"{'staggers and ' if staggers else ''}loses its balance: declared (in the time of a toppling rod); let go, it falls as a jointed body, solved",
            f"{'踉跄后' if staggers else ''}失去平衡：由驱动器给定（按细杆倾倒的时间）；放开后作为关节刚体倒下，由求解得出",
        )
    driver = _driver(actor, start, _until_let_go(keys), "fall", why)
    stage.drivers[f"{actor.name}_falls"] = driver | {"release": True}


def _driver(actor: Actor, start: float | str, keys: list[dict[str, Any]], gait: str, why: str) -> dict[str, Any]:
    return {
        "type": "path", "body": actor.name, "start": start, "gait": gait, "relative": True, "interpolation": "smooth",
        "keys": keys, "why": why,
    }  # fmt: skip


def _until_let_go(keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The keys up to the lean at which a figure is past saving and is let go."""
    last = next((n for n, key in enumerate(keys) if abs(key["tilt"]) >= LET_GO), len(keys) - 1)
    return keys[: max(last, 1) + 1]


def _key(time: float, x: float, tilt: float = 0.0) -> dict[str, Any]:
    return {"time": round(time, 4), "position": [round(x, 4), 0.0, 0.0], "tilt": round(tilt, 5)}


def _toward_viewer(actor: Actor) -> float:
    """The sign of the tilt: forward for two legs; four legs fall on the side that shows their belly to the viewer."""
    if str(actor.extra.get("species")) in TWO_LEGGED:
        return 1.0
    return -1.0 if math.cos(actor.heading) >= 0 else 1.0


def _line_up(actor: Actor) -> list[dict[str, Any]]:
    return [_key(0.0, 0.0)]


def _stagger(stage: Stage, actor: Actor, tall: float) -> list[dict[str, Any]]:
    """A few unsteady steps forward; two legs sway to and fro, four from side to side."""
    pace = STEP_TIME * math.sqrt(tall / 1.7 * GRAVITY / gravity_of(stage))
    sign = _toward_viewer(actor)
    keys = [_key(0.0, 0.0)]
    keys += [_key((n + 1) * pace, (n + 1) * STEP * tall, sign * sway) for n, sway in enumerate(SWAY)]
    if "falls" not in actor.extra:
        keys.append(_key((len(SWAY) + 1) * pace, (len(SWAY) + 0.6) * STEP * tall))
    return keys


def _topple(stage: Stage, actor: Actor, tall: float, keys: list[dict[str, Any]], *, trips: bool) -> None:
    """Append the fall itself: a rod over its foot, the foot dragged a little where it tripped."""
    sign = _toward_viewer(actor)
    course = rod_fall(tall, gravity_of(stage))
    begin, x = float(keys[-1]["time"]), float(keys[-1]["position"][0])
    drag = (0.3 if trips else 0.1) * tall
    leaned = abs(float(keys[-1]["tilt"]))
    lead = 0.25 * math.sqrt(tall / 1.7) if leaned < 1e-6 else 0.0
    length = course[-1][0]
    for time, angle in course:
        if lead == 0.0 and (time == 0.0 or angle <= leaned):
            continue
        share = min(1.0, (time + lead) / (length + lead))
        keys.append(_key(begin + lead + time, x + drag * share * (2 - share), sign * angle))


def _slip(stage: Stage, actor: Actor, tall: float) -> tuple[list[dict[str, Any]], str]:
    """The feet go from under it: the body keeps its speed and comes down on its back (or side), then slides until friction stops it.

    The middle of the body covers v t - mu g t^2 / 2, in all v^2 / (2 mu g); the foot runs ahead of it while the body tips back.
    """
    speed = float(actor.extra["path"]["speed"]) if "path" in actor.extra else 0.5
    gravity = gravity_of(stage)
    foot, side, pair = footing(stage, actor)
    down = 1.15 * math.sqrt(2 * (tall / 2) / gravity)  # a little longer than the free fall of its middle
    stop = speed / (side * gravity)
    reach = tall / 2 - 0.16 * tall
    back = str(actor.extra.get("species")) in TWO_LEGGED
    keys = []
    for k in range(7):
        time = down * k / 6
        tilt = math.pi / 2 * (k / 6) ** 1.6
        middle = speed * min(time, stop) - side * gravity * min(time, stop) ** 2 / 2
        keys.append(
            _key(
                time,
                middle + (reach * math.sin(tilt) if back else 0.0),
                -tilt if back else _toward_viewer(actor) * tilt,
            )
        )
    for k in range(1, 6):
        time = down + (stop - down) * k / 5
        if time <= down:
            break
        middle = speed * time - side * gravity * time**2 / 2
        keys.append(_key(time, middle + (reach if back else 0.0), keys[6]["tilt"]))
    slide = speed**2 / (2 * side * gravity)
    if foot < NEEDED_FRICTION:
        why = stage.say(
            f"slips: a walking foot needs a friction of about {NEEDED_FRICTION:g} (Redfern et al. 2001), {pair} has {foot:g}; "
            f"the slip is declared, the fall and the slide are solved (v²/(2μg) = {slide:.2f} m for a rigid body with μ = {side:g})",
            f"滑倒：行走的脚约需摩擦系数 {NEEDED_FRICTION:g}（Redfern 等 2001），而 {pair} 只有 {foot:g}；"
            f"滑倒的起始由驱动器给定，倒下与滑行由求解得出（刚体滑行 v²/(2μg) = {slide:.2f} 米，μ = {side:g}）",
        )
    else:
        why = stage.say(
            f"the slip is declared: {pair} has a friction of {foot:g}, which would hold a walking foot (it needs about {NEEDED_FRICTION:g})",
            f"滑倒由驱动器给定：{pair} 的摩擦系数为 {foot:g}，本可支撑行走的脚（约需 {NEEDED_FRICTION:g}）",
        )
        stage.advise(
            f"{pair} has a friction of {foot:g}, enough for a walking foot: the slip is declared. Say ice, oil or a wet floor for a slip with a cause.",
            f"{pair} 的摩擦系数 {foot:g} 足以行走：滑倒只是声明的。可写明冰面、油或湿地板作为原因。",
        )
    return keys, why
