"""Goals with a net: the mouth faces what comes, the net is drawn as meshes, and it takes the speed of what flies into it (proxied)."""

from __future__ import annotations

import math

import numpy as np

from planner.motion.common import GRAVITY
from planner.stage import Actor, Stage, quaternion_product
from scenes.primitives import rotation_matrix
from scenes.shapes import Box, Compound, Part

__all__ = ["finish_nets"]

MESHES = (19, 7)  # cords across and up: coarser than a real net, so that they read
CORD = 0.02  # [m]
KEPT = -0.03  # of the speed: a net throws it back a little and lets it drop; assumed
THIN = 0.1  # [m]


def finish_nets(stage: Stage) -> None:
    """After the layout: for every goal that something is to reach."""
    for goal in list(stage.goals.values()):
        if goal["type"] != "reaches" or goal.get("other") not in stage.actors:
            continue
        net, body = stage.actors[goal["other"]], stage.actors.get(goal["body"])
        panel = _panel(net)
        if panel is None or body is None or not body.movable or "netted" in net.extra:
            continue
        net.extra["netted"] = True
        _turn(net, body, panel)
        net.shape = _woven(net.shape, panel)  # type: ignore[arg-type]
        _stop(stage, net, body, panel)


def _panel(actor: Actor) -> Part | None:
    """The sheet that stands for the net: a thin upright box that is not felt."""
    if actor.kind != "rigid" or not isinstance(actor.shape, Compound):
        return None
    return next(
        (p for p in actor.shape.parts if isinstance(p.shape, Box) and not p.solid and min(p.shape.size[:2]) < THIN),
        None,
    )


def _behind(net: Actor, panel: Part) -> np.ndarray:
    """From the mouth to the net, level, in the world [m]."""
    posts = np.mean([p.position for p in net.shape.parts if p.solid], axis=0)  # type: ignore[union-attr]
    away = np.asarray(rotation_matrix(net.orientation)) @ (np.asarray(panel.position) - posts)
    return away * [1.0, 1.0, 0.0]


def _turn(net: Actor, body: Actor, panel: Part) -> None:
    """Its mouth toward where the body comes from."""
    away = _behind(net, panel)
    flight = np.asarray(body.velocity) * [1.0, 1.0, 0.0]
    if float(np.linalg.norm(away)) < 1e-6 or float(np.linalg.norm(flight)) < 1e-6:
        return
    angle = math.atan2(float(flight[1]), float(flight[0])) - math.atan2(float(away[1]), float(away[0]))
    net.orientation = quaternion_product((math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2)), net.orientation)


def _woven(shape: Compound, panel: Part) -> Compound:
    """The same with cords in place of the sheet."""
    assert isinstance(panel.shape, Box)
    size = np.asarray(panel.shape.size)
    wide = 0 if size[0] > size[1] else 1
    cords = []
    for axis, count in ((wide, MESHES[0]), (2, MESHES[1])):
        for k in range(count):
            place = list(panel.position)
            place[axis] += float(size[axis]) * (k / (count - 1) - 0.5)
            cord = [CORD, CORD, CORD]
            other = 2 if axis == wide else wide
            cord[other] = float(size[other])
            cords.append(panel.model_copy(update={"shape": Box(size=tuple(cord)), "position": tuple(place)}))
    return shape.model_copy(update={"parts": (*(p for p in shape.parts if p is not panel), *cords)})


def _stop(stage: Stage, net: Actor, body: Actor, panel: Part) -> None:
    """When the body gets to the net its speed goes, all but a little; drag on the way is left out of the time."""
    speed = float(np.linalg.norm(body.velocity[:2]))
    if speed < 0.5:
        return
    along = np.asarray(body.velocity) * [1.0, 1.0, 0.0] / speed
    way = float((net.position - body.position) @ along) + float(np.linalg.norm(_behind(net, panel))) - 1.5 * body.half_x
    time = max(way / speed, 0.02)
    gravity = float(stage.environment.get("gravity", GRAVITY))
    sinking = float(body.velocity[2]) - gravity * time
    stage.drivers[f"{net.name}_stops_{body.name}"] = {
        "type": "velocity", "body": body.name, "start": round(time, 4), "linear": [*(round(float(v) * KEPT * speed, 3) for v in along[:2]), round(0.3 * sinking, 3)],
        "angular": [0.0, 0.0, 0.0], "why": stage.say("the net takes its speed (proxied: cloth is not solved)", "球网吸收其速度（近似：布料未求解）"),
    }  # fmt: skip
    stage.note(
        f"drivers.{net.name}_stops_{body.name}",
        "assumed",
        f"in the net at {time:.2f} s, which throws it back with {-KEPT:.0%} of its speed",
    )
