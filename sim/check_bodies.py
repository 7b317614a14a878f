"""Checks against measured balls and against leaping over what is in the way: more functions behind `sim.checks`."""

from __future__ import annotations

import math
import random

from sim.check_laws import Result, absolute
from sim.check_scenes import body, ground, scene
from sim.queries import bounces
from sim.simulate import simulate

__all__ = ["bullets", "measured_rebounds"]

DROPS = (  # ball, radius [m], mass [kg], surface, drop [m], rebound from, to [m], source
    ("tennis_ball", 0.0335, 0.0577, "granite", 2.54, 1.35, 1.47, "ITF Rules of Tennis, app. I"),
    ("table_tennis_ball", 0.02, 0.0027, "steel", 0.305, 0.24, 0.26, "ITTF technical leaflet T3"),
    ("football", 0.11, 0.43, "steel", 2.0, 1.35, 1.55, "FIFA Quality Programme"),
)


def measured_rebounds() -> list[Result]:
    """The rules measure rebounds in air, so the library's restitution, the root of rebound over drop, already holds the drag."""
    results = []
    for material, radius, mass, surface, drop, low, high, source in DROPS:
        ball = body({"type": "sphere", "radius": radius}, (0, 0, drop + radius), mass=mass, material=material)
        trace = simulate(scene({"ground": ground(surface), "ball": ball}, rate=3840), seconds=2)
        name = f"{material.replace('_', ' ')} from {drop:g} m on {surface}: rebound, {low:g} to {high:g} m"
        results.append(
            absolute(name, source, (low + high) / 2, bounces(trace, "ball")[0].rise, (high - low) / 2 + 1e-6, "m")
        )
    wall = body({"type": "box", "size": [1, 4, 4]}, (0.5, 0, 0), material="wood", fixed=True)
    pitched = body(
        {"type": "sphere", "radius": 0.037}, (-1, 0, 0), mass=0.145, material="baseball", linear_velocity=[26.8, 0, 0]
    )
    trace = simulate(scene({"wall": wall, "ball": pitched}, gravity=0.0, rate=3840), seconds=0.125)
    contact = trace.contacts_of("ball", "wall")[0]
    results.append(
        absolute("baseball at 26.8 m/s on a wooden wall: restitution, 0.514 to 0.578", "MLB baseball specification",
                 0.546, contact.speed_after / contact.speed_before, 0.032, "-")
    )  # fmt: skip
    return results


def bullets(count: int = 40) -> list[Result]:
    """Small balls and cylinders against a cube of 5 cm: Bullet sweeps the balls, and the step is shortened for the cylinders."""
    chance = random.Random(4)
    flat = [math.cos(math.pi / 4), 0.0, math.sin(math.pi / 4), 0.0]
    results = []
    for speed in (100.0, 400.0):
        for shape in ({"type": "sphere", "radius": 0.004}, {"type": "cylinder", "radius": 0.004, "height": 0.012}):
            missed = 0
            for _ in range(0, count, 8):
                bodies = {}
                for i in range(8):
                    at = (
                        -2.0 - chance.uniform(0, 0.5),
                        0.5 * i + chance.uniform(-0.02, 0.02),
                        chance.uniform(-0.02, 0.02),
                    )
                    bodies[f"cube_{i}"] = body(
                        {"type": "box", "size": [0.05, 0.05, 0.05]}, (0, 0.5 * i, 0), material="wood"
                    )
                    bodies[f"bullet_{i}"] = body(
                        shape, at, material="steel", orientation=flat, linear_velocity=[speed, 0, 0]
                    )
                trace = simulate(scene(bodies, gravity=0.0), seconds=2.6 / speed + 0.0625)
                missed += sum(not trace.contacts_of(f"bullet_{i}", f"cube_{i}") for i in range(8))
            what = f"{shape['type']}s of 8 mm at {speed:g} m/s that miss a cube of 5 cm in their way, of {count}"
            results.append(absolute(what, "0", 0, missed, 0, ""))
    return results
