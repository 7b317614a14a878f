"""What breaking and living cost: `python tests/benchmarks/bench_living.py` prints, in processor time,
- the spawning of 50 fragments in a running world [s] (asked: below 0.1), and the parting of a cup into 50 before it;
- ten figures that walk, posed 20 times a second: seconds of posing for a second of motion on one core (asked: below 1), and their simulation;
- a figure that is let go, for a second of motion;
- 110 grains that are poured, for a second of motion.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from generator.geometry import scene_geometry
from scenes.scene import Scene
from sim.fracture import Fracture
from sim.simulate import simulate

GROUND = {
    "kind": "rigid",
    "fixed": True,
    "material": "concrete",
    "position": [0, 0, -0.5],
    "shape": {"type": "box", "size": [40, 40, 1]},
}


def scene_of(bodies: dict, **more) -> Scene:
    return Scene.from_data({"schema": 1, "bodies": {"ground": GROUND, **bodies}, **more})


def fragments() -> tuple[float, float, int]:
    """Seconds to part a cup and to spawn its fragments, and how many they are."""
    cup = {"kind": "rigid", "material": "glass", "brittle": True, "position": [0, 0, 1.3],
           "shape": {"type": "cup", "radius": 0.04, "base_radius": 0.03, "height": 0.12, "wall": 0.003}}  # fmt: skip
    goals = {"g": {"type": "breaks", "body": "cup", "pieces": 50}}
    taken = {"_spawn": 0.0, "_pieces": 0.0}
    plain = {name: getattr(Fracture, name) for name in taken}

    def timed(name: str):
        def run(*args, **options):
            start = time.process_time()
            made = plain[name](*args, **options)
            taken[name] += time.process_time() - start
            return made

        return run

    for name in plain:
        setattr(Fracture, name, timed(name))
    trace = simulate(scene_of({"cup": cup}, goals=goals), seconds=0.8)
    for name, method in plain.items():
        setattr(Fracture, name, method)
    return taken["_pieces"], taken["_spawn"], len(trace.meta["fragments"])


def walkers(count: int = 10, seconds: float = 3.0) -> tuple[float, float]:
    """Seconds of posing at 20 Hz and of simulation, for a second of motion."""
    kinds = [("person", 1.7), ("child", 1.15), ("dog", 0.62), ("cat", 0.36), ("rabbit", 0.32)]
    bodies, drivers = {}, {}
    for k in range(count):
        species, tall = kinds[k % len(kinds)]
        bodies[f"f_{k}"] = {
            "kind": "figure",
            "species": species,
            "height": tall,
            "position": [0, 1.5 * k, 0],
            "gait": "walk",
        }
        keys = [
            {"time": 0, "position": [0, 1.5 * k, 0], "heading": 0.0},
            {"time": seconds, "position": [1.2 * seconds, 1.5 * k, 0], "heading": 0.0},
        ]
        drivers[f"d_{k}"] = {"type": "path", "body": f"f_{k}", "keys": keys, "gait": "walk"}
    scene = scene_of(bodies, drivers=drivers)
    start = time.process_time()
    trace = simulate(scene, fps=20, seconds=seconds)
    simulated = time.process_time() - start
    geometry = scene_geometry(scene, trace)
    start = time.process_time()
    for frame in range(len(trace.time)):
        for part in geometry.parts:
            geometry.world(part, frame)
    return (time.process_time() - start) / seconds, simulated / seconds


def let_go(seconds: float = 3.0) -> float:
    keys = [{"time": 0, "position": [0, 0, 0]}, {"time": 0.4, "position": [0.1, 0, 0], "tilt": 0.5}]
    man = {"kind": "figure", "species": "person", "height": 1.7, "mass": 70, "position": [0, 0, 0]}
    scene = scene_of({"man": man}, drivers={"f": {"type": "path", "body": "man", "keys": keys, "release": True}})
    start = time.process_time()
    simulate(scene, seconds=seconds)
    return (time.process_time() - start) / seconds


def poured(seconds: float = 3.0) -> float:
    bowl = {
        "kind": "rigid",
        "material": "ceramic",
        "position": [0, 0, 0.05],
        "shape": {"type": "cup", "radius": 0.08, "base_radius": 0.05, "height": 0.07, "wall": 0.004},
    }
    pour = {"at": [0, 0, 0.25], "grains": 110, "radius": 0.0065, "into": "bowl"}
    scene = scene_of({"bowl": bowl, "sand": {"kind": "fluid", "material": "sand", "poured": pour}})
    start = time.process_time()
    simulate(scene, seconds=seconds)
    return (time.process_time() - start) / seconds


def main() -> None:
    runs = [fragments() for _ in range(3)]
    parting, spawning, count = (float(np.median([r[k] for r in runs])) for k in range(3))
    print(f"{count:.0f} fragments: parted in {parting:.3f} s, spawned in {spawning:.3f} s")
    posing, simulated = walkers()
    print(f"ten figures at 20 Hz: {posing:.2f} s of posing and {simulated:.2f} s of simulation for a second of motion")
    print(f"a figure that is let go: {let_go():.2f} s for a second of motion")
    print(f"110 grains poured: {poured():.2f} s for a second of motion")


if __name__ == "__main__":
    main()
