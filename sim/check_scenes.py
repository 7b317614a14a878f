"""Small scenes with a closed form, as data: what the physics checks and the tests simulate."""

from __future__ import annotations

import math
from typing import Any

from scenes.scene import Scene

__all__ = ["GRAVITY", "body", "cradle", "dominoes", "drop", "ground", "pair", "plane", "scene"]

GRAVITY = 9.80665  # [m/s2] CODATA standard gravity


def body(shape: dict[str, Any], at: tuple[float, float, float], **more: Any) -> dict[str, Any]:
    return {"kind": "rigid", "shape": shape, "position": list(at), **more}


def ground(material: str = "concrete", size: float = 400.0) -> dict[str, Any]:
    return body({"type": "box", "size": [size, size, 1.0]}, (0, 0, -0.5), material=material, fixed=True)


def pair(restitution: float, friction: float, rolling: float = 0.0, *, of: str = "rubber+concrete") -> dict[str, Any]:
    return {of: {"restitution": restitution, "friction": friction, "rolling_friction": rolling}}


def scene(
    bodies: dict[str, Any], *, rate: int | None = None, drag: bool = False, gravity: float = GRAVITY, **more: Any
) -> Scene:
    """A scene without air unless `drag`; `rate` [1/s] sets the steps per second."""
    environment = {"drag": drag, "gravity": gravity, **more.pop("environment", {})}
    data: dict[str, Any] = {"bodies": bodies, "environment": environment, **more}
    if rate is not None:
        data["solver"] = {"steps_per_second": rate}
    return Scene.from_data(data)


def drop(height: float, restitution: float, *, radius: float = 0.1, rate: int | None = None) -> Scene:
    """A rubber ball whose lowest point starts `height` [m] above concrete."""
    ball = body({"type": "sphere", "radius": radius}, (0, 0, height + radius), material="rubber")
    return scene({"ground": ground(), "ball": ball}, pairs=pair(restitution, 0.5), rate=rate)


def plane(angle: float, friction: float, shape: dict[str, Any], *, gap: float = 0.0, **more: Any) -> Scene:
    """A body on a slope that falls to +x at `angle` [rad]: a large tilted box whose surface passes through the origin."""
    half = {"sphere": shape.get("radius", 0.0), "box": shape.get("size", [0, 0, 0])[2] / 2}[shape["type"]] + gap
    normal = (math.sin(angle), 0.0, math.cos(angle))
    turn = [math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0]
    slab = body(
        {"type": "box", "size": [200.0, 20.0, 2.0]},
        (-normal[0], 0.0, -normal[2]),
        orientation=turn,
        material="concrete",
        fixed=True,
    )  # type: ignore[arg-type]
    thing = body(shape, tuple(half * n for n in normal), orientation=turn, material="rubber")  # type: ignore[arg-type]
    return scene({"slope": slab, "body": thing}, pairs=pair(0.0, friction), **more)


def cradle(*, balls: int = 5, radius: float = 0.05, gap: float = 0.001, speed: float = 2.0) -> Scene:
    """Newton's cradle of pendulums 1 m long; the first is raised so that it hits with `speed` [m/s]."""
    bodies, joints = {}, {}
    lift = math.acos(1 - speed**2 / (2 * GRAVITY))
    for i in range(balls):
        x = i * (2 * radius + gap)
        at = (x - math.sin(lift), 0.0, 2 - math.cos(lift)) if i == 0 else (x, 0.0, 1.0)
        bodies[f"ball_{i}"] = body({"type": "sphere", "radius": radius}, at, material="steel")
        joints[f"string_{i}"] = {"type": "hinge", "child": f"ball_{i}", "anchor": [x, 0, 2]}
    return scene(bodies, joints=joints, pairs=pair(1.0, 0.0, of="steel+steel"))


def dominoes(count: int = 20, *, spacing: float = 0.1) -> Scene:
    """A row of wooden dominoes, the first of which is pushed."""
    size = [0.02, 0.1, 0.2]
    bodies: dict[str, Any] = {"ground": ground()}
    names = [f"domino_{i}" for i in range(count)]
    bodies |= {
        name: body({"type": "box", "size": size}, (spacing * i, 0, 0.1), material="wood")
        for i, name in enumerate(names)
    }
    push = {"type": "velocity", "body": names[0], "linear": [0.2, 0, 0], "angular": [0, 2.0, 0]}
    goal = {"type": "topples", "bodies": names, "by_body": names[0]}
    return scene(bodies, drivers={"push": push}, goals={"all_fall": goal})
