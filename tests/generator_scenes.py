"""Scenes with traces made by hand, so that what the generator draws is tested against closed forms and without a
solver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.scene import Scene
from sim.trace import Trace

FloatArray = NDArray[np.float64]
Motion = Callable[[FloatArray], "FloatArray | tuple[FloatArray, FloatArray]"]


def ground(material: str = "concrete") -> dict[str, Any]:
    return {
        "kind": "rigid",
        "shape": {"type": "box", "size": (40, 40, 0.5)},
        "material": material,
        "fixed": True,
        "position": (0, 0, -0.25),
    }


def rigid(
    shape: dict[str, Any], at: tuple[float, float, float], material: str = "plastic", **more: Any
) -> dict[str, Any]:
    return {"kind": "rigid", "shape": shape, "material": material, "position": at, **more}


def turned(axis: tuple[float, float, float], angle: FloatArray) -> FloatArray:
    """Quaternions wxyz (T, 4) of rotations by `angle` (T,) [rad] about `axis`."""
    unit = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    return np.concatenate([np.cos(angle / 2)[:, None], np.sin(angle / 2)[:, None] * unit], axis=1)


def trace_of(scene: Scene, *, fps: float = 16.0, frames: int = 32, motion: dict[str, Motion] | None = None) -> Trace:
    """A trace in which the named bodies move as given and the others stand."""
    time = np.arange(frames) / fps
    names = tuple(scene.bodies)
    position, orientation = np.zeros((frames, len(names), 3)), np.zeros((frames, len(names), 4))
    for column, name in enumerate(names):
        position[:, column] = scene.bodies[name].position
        orientation[:, column] = scene.bodies[name].orientation
        if motion and name in motion:
            found = motion[name](time)
            if isinstance(found, tuple):
                position[:, column], orientation[:, column] = found
            else:
                position[:, column] = found
    zero = np.zeros_like(position)
    return Trace(
        time, names, np.ones((frames, len(names)), dtype=bool), position, orientation, zero, zero, np.ones_like(position), np.ones(len(names)), meta={"fps": fps}
    )  # fmt: skip


def path(
    x: Callable[[FloatArray], FloatArray] | float, y: float, z: Callable[[FloatArray], FloatArray] | float
) -> Motion:
    def at(time: FloatArray) -> FloatArray:
        across = x(time) if callable(x) else np.full_like(time, x)
        up = z(time) if callable(z) else np.full_like(time, z)
        return np.stack([across, np.full_like(time, y), up], axis=1)

    return at


def bouncing(
    height: float, radius: float, restitution: float = 0.75, gravity: float = 9.80665
) -> Callable[[FloatArray], FloatArray]:
    """Height of the centre of a ball let go with clearance `height` [m], in closed form between bounces."""

    def z(time: FloatArray) -> FloatArray:
        out = np.empty_like(time)
        for i, t in enumerate(time):
            start, speed, left = height, 0.0, float(t)
            first = np.sqrt(2 * height / gravity)
            if left <= first:
                out[i] = radius + start - gravity * left * left / 2
                continue
            left -= first
            speed = gravity * first * restitution
            while left > 2 * speed / gravity and speed > 0.05:
                left -= 2 * speed / gravity
                speed *= restitution
            out[i] = radius + max(0.0, speed * left - gravity * left * left / 2)
        return out

    return z


def ball_scene(radius: float = 0.11, height: float = 2.0, **more: Any) -> Scene:
    bodies = {
        "ground": ground(),
        "ball": rigid({"type": "sphere", "radius": radius}, (0, 0, height + radius), "rubber", color="red"),
    }
    return Scene.from_data({"bodies": bodies, **more})


def ball_drop(
    radius: float = 0.11, height: float = 2.0, frames: int = 40, fps: float = 16.0, **more: Any
) -> tuple[Scene, Trace]:
    scene = ball_scene(radius, height, **more)
    return scene, trace_of(
        scene, fps=fps, frames=frames, motion={"ball": path(lambda t: 0.2 * t, 0.0, bouncing(height, radius))}
    )
