"""How much of Bullet's speed is left when contacts are recorded, states sampled and the books audited.

`python tests/benchmarks/bench_sim.py [--seconds 4]` prints, for 1, 10 and 100 bodies, the steps per second of a bare PyBullet loop in the very
same world and of `simulate`, and their ratio.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scenes.scene import Scene
from sim.check_scenes import body, ground, scene
from sim.simulate import advance, prepare
from sim.world import World


def pile(count: int) -> Scene:
    """Rubber balls and wooden boxes that fall in columns, bounce and come to lie."""
    chance = random.Random(count)
    bodies = {"ground": ground()}
    for i in range(count):
        at = (0.5 * (i % 10) + chance.uniform(-0.02, 0.02), 0.5 * (i // 10 % 5), 2.0 + 0.5 * (i // 50) + 0.05 * (i % 3))
        shape = {"type": "box", "size": [0.2, 0.2, 0.2]} if i % 2 else {"type": "sphere", "radius": 0.1}
        bodies[f"body_{i}"] = body(shape, at, material="wood" if i % 2 else "rubber")
    return scene(bodies, rate=960)


def bare(what: Scene, seconds: float) -> float:
    """Steps per second of Bullet alone [1/s]."""
    with World(what, steps_per_second=960) as world:
        for entry in world.entries:
            if entry.mode == "free":
                world.launch(entry, (0, 0, 0), (0, 0, 0))
        steps, step, client = round(seconds * 960), world.bullet.stepSimulation, world.client
        gc.disable()
        start = time.perf_counter()
        for _ in range(steps):
            step(client)
        return steps / (time.perf_counter() - start)


def ours(what: Scene, seconds: float) -> float:
    """Steps per second of the loop of `simulate`, with contacts, samples and audit [1/s]."""
    with World(what, steps_per_second=960) as world:
        run = prepare(world, what, fps=16, per_frame=60)
        gc.disable()
        start = time.perf_counter()
        advance(run, what, seconds, 16, None)
        return round(seconds * 960) / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="simulated time of each run [s]")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    print(f"{'bodies':>6} {'bare [steps/s]':>15} {'with contacts and audit':>24} {'ratio':>6}")
    for count in (1, 10, 100):
        what = pile(count)
        seconds = arguments.seconds if count < 100 else arguments.seconds / 2
        pairs = [(bare(what, seconds), ours(what, seconds)) for _ in range(arguments.repeats if count < 100 else 2)]
        fastest, mine = max(p[0] for p in pairs), max(p[1] for p in pairs)
        print(f"{count:>6} {fastest:>15.0f} {mine:>24.0f} {mine / fastest:>6.2f}")


if __name__ == "__main__":
    main()
