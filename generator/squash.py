"""The visible squash of a soft ball at an impact, by Hertz's theory of contact: a proxy for a deformation that the solver does not compute.

Drawn, and in the geometry buffer, only where it lasts at least a frame of the clip and the theory holds (depth below a tenth of the radius).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import RigidBody
from scenes.primitives import Sphere
from scenes.scene import Scene
from sim.pairs import scene_library
from sim.trace import Trace

__all__ = ["Squash", "hertz_impact", "squashed", "squashes_of"]

FloatArray = NDArray[np.float64]
DEEPEST, SHALLOWEST = 0.1, 0.004  # of the radius: where the theory holds, and what can be seen at all


@dataclass(frozen=True)
class Squash:
    """An impact of a ball: the middle of the contact `time` [s], how long it lasts [s], greatest depth [m], a point of the surface [m] and
    its unit normal towards the ball (3,)."""

    body: str
    time: float
    lasts: float
    depth: float
    point: FloatArray
    normal: FloatArray

    def at(self, time: float) -> float:
        """Depth [m] at a time [s]: a half wave over the contact (Johnson, Contact Mechanics, 1985, figure 11.8); 0 outside of it."""
        phase = (time - self.time) / self.lasts
        return self.depth * math.cos(math.pi * phase) if abs(phase) < 0.5 else 0.0


def hertz_impact(mass: float, radius: float, modulus: float, speed: float) -> tuple[float, float]:
    """Greatest depth [m] and duration [s] of the elastic impact of a ball, with the effective mass [kg], radius [m] and contact modulus
    E* [Pa] of the pair, at a closing `speed` [m/s].

    Johnson, Contact Mechanics (1985), equations 11.22 and 11.24: d = (15 m v^2 / (16 R^(1/2) E*))^(2/5), T = 2.94 d / v.
    """
    depth = (15 * mass * speed**2 / (16 * math.sqrt(radius) * modulus)) ** 0.4
    return depth, 2.94 * depth / speed


def squashes_of(scene: Scene, trace: Trace, interval: float) -> list[Squash]:
    """The impacts of balls whose squash is drawn in a clip with `interval` [s] of simulated time between its frames."""
    normals = trace.extra.get("contact_normal")
    if normals is None or len(normals.data) != len(trace.contacts):
        return []
    found: list[Squash] = []
    known = scene_library(scene)
    for contact, toward_a in zip(trace.contacts, np.asarray(normals.data), strict=True):
        if contact.speed_before < 0.2:
            continue
        for name, other, normal in (
            (contact.body_a, contact.body_b, toward_a),
            (contact.body_b, contact.body_a, -toward_a),
        ):
            body, second = scene.bodies.get(name), scene.bodies.get(other)
            if (
                not (isinstance(body, RigidBody) and isinstance(second, RigidBody) and isinstance(body.shape, Sphere))
                or body.fixed
            ):
                continue
            mine, its = (known.material(thing.material).contact_modulus for thing in (body, second))
            if mine is None or its is None or mine > its:
                continue  # the softer one gives way
            masses = [float(trace.mass[trace.index(n)]) for n in (name, other)]
            mass = (
                1 / sum(1 / m for m in masses if math.isfinite(m) and m > 0) if any(map(math.isfinite, masses)) else 0.0
            )
            if mass <= 0:
                continue
            depth, lasts = hertz_impact(mass, body.shape.radius, 1 / (1 / mine + 1 / its), contact.speed_before)
            if SHALLOWEST <= depth / body.shape.radius < DEEPEST and lasts >= interval:
                point = np.array([contact.x, contact.y, contact.z])
                found.append(Squash(name, contact.t_start, lasts, depth, point, normal / np.linalg.norm(normal)))
    return found


def squashed(vertices: FloatArray, centre: FloatArray, radius: float, squash: Squash, time: float) -> FloatArray:
    """Vertices [m] (V, 3) of a ball with its middle at `centre`, pressed against the surface as deep as it is at a time [s]."""
    depth = squash.at(time)
    if depth <= 0:
        return vertices
    above = float((centre - squash.point) @ squash.normal)
    moved = vertices + (radius - depth - above) * squash.normal
    height = (moved - squash.point) @ squash.normal
    soft = 0.35 * depth
    flat = soft * np.logaddexp(
        0.0, height / soft
    )  # flat where it touches, round where it does not, without an edge between
    return moved + (flat - height)[:, None] * squash.normal
