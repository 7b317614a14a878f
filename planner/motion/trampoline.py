"""A trampoline under somebody's feet: its mat goes down and comes up with the jumper, as a spring does (proxied, declared)."""

from __future__ import annotations

import math
from typing import Any

from planner.stage import Actor, Stage
from scenes.shapes import Cylinder

__all__ = ["SAG", "give_way", "is_springy", "sink"]

SAG = 0.08  # [m] that the mat hangs lower under a jumper who stands: assumed, its stiffness is m g over it
SPRINGY = {"trampoline"}
KEYS = 8

Keys = list[dict[str, Any]]


def is_springy(actor: Actor | None) -> bool:
    return actor is not None and actor.entity.head in SPRINGY


def sink(rise: float, gravity: float) -> tuple[float, float]:
    """Depth [m] and time [s] of the mat's way down and up under who comes down from `rise` [m]: a mass on a spring without loss.

    m g (rise + depth) = k depth^2 / 2 with k = m g / SAG; the time is that on the spring from touching it to leaving it.
    """
    omega = math.sqrt(gravity / SAG)
    speed = math.sqrt(2 * gravity * rise)
    swing = math.hypot(SAG, speed / omega)
    return SAG + swing, 2 * (math.pi - math.acos(min(1.0, SAG / swing))) / omega


def _course(rise: float, gravity: float) -> list[tuple[float, float]]:
    """How deep [m] the feet are at times [s] on the mat."""
    omega = math.sqrt(gravity / SAG)
    swing = math.hypot(SAG, math.sqrt(2 * gravity * rise) / omega)
    _, time = sink(rise, gravity)
    begin = math.acos(min(1.0, SAG / swing))  # the phase at which the spring is not stretched
    return [(time * k / KEYS, SAG - swing * math.cos(begin + omega * time * k / KEYS)) for k in range(KEYS + 1)]


def give_way(stage: Stage, jumper: Actor, bed: Actor, rise: float, touches: list[float], place: list[float]) -> None:
    """The drivers of the feet and of the mat while they touch, from times `touches` [s] on."""
    gravity = float(stage.environment.get("gravity", 9.80665))
    course = _course(rise, gravity)
    why = stage.say(
        f"the mat gives way {max(d for _, d in course):.2f} m like a spring that hangs {SAG:g} m under who stands on it (assumed), and throws back: proxied",
        f"网面像弹簧一样下陷 {max(d for _, d in course):.2f} 米后弹回（站立时下垂 {SAG:g} 米，假设）：近似",
    )
    for number, start in enumerate(touches):
        steps: Keys = [
            {"time": round(t, 4), "position": [place[0], place[1], round(place[2] - d, 4)]} for t, d in course
        ]
        stage.drivers[f"{jumper.name}_sinks_{number + 1}"] = {
            "type": "path", "body": jumper.name, "keys": steps, "interpolation": "smooth", "gait": "jump", "start": round(start, 4), "why": why,
        }  # fmt: skip
    mat = _mat(stage, bed)
    if mat is None:
        return
    rest = [round(float(v), 4) for v in mat.position]
    keys: Keys = [{"time": 0.0, "position": rest}]
    for start in touches:
        for t, d in course:
            at = round(start + t, 4)
            if at > keys[-1]["time"]:
                keys.append({"time": at, "position": [*rest[:2], round(rest[2] - max(d, 0.0), 4)]})
    stage.drivers[f"{mat.name}_path"] = {
        "type": "path",
        "body": mat.name,
        "keys": keys,
        "interpolation": "smooth",
        "why": why,
    }
    stage.note(f"drivers.{mat.name}_path", "assumed", why)


def _mat(stage: Stage, bed: Actor) -> Actor | None:
    """The mat as a body of its own, taken out of the shape of its frame."""
    parts = getattr(bed.shape, "parts", ())
    flat = [p for p in parts if isinstance(p.shape, Cylinder) and p.shape.radius > 5 * p.shape.height]
    if not flat or len(parts) < 2:
        return None
    part = max(flat, key=lambda p: p.shape.radius)
    piece = next(p for p in bed.shape.pieces() if p.shape == part.shape)  # type: ignore[union-attr]
    mass = bed.mass if bed.mass is not None else bed.entry.mass
    middle = bed.position + piece.position
    before = bed.shape.pieces()[1].position if bed.shape.pieces()[0] == piece else bed.shape.pieces()[0].position  # type: ignore[union-attr]
    frame = bed.shape.model_copy(update={"parts": tuple(p for p in parts if p is not part)})  # type: ignore[union-attr]
    after = frame.pieces()[0].position
    bed.position = bed.position + [b - a for b, a in zip(before, after, strict=True)]  # its centre of mass has moved
    bed.shape, bed.mass = frame, mass
    name = stage.free_name(f"{bed.name}_mat", stage.actors)
    mat = Actor(
        name, bed.entity, bed.entry, "rigid", shape=part.shape, material=bed.material, color=part.color, fixed=True
    )
    mat.status, mat.position = "proxied", middle.copy()
    mat.why = stage.say("the mat moves as a whole: a disc stands for it", "网面整体升降：以圆盘代替")
    stage.actors[name] = mat
    return mat
