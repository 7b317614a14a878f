"""How much of Bullet's speed is left when contacts are recorded, states sampled and the books audited; what drag, goals and memory cost.

`python tests/benchmarks/bench_sim.py [--bodies 1,10,100,500]` prints the steps per second [1/s of processor time] of
- bare: Bullet alone in the very same world with the very same settings, one call to a step;
- reading: and the contact points read as arrays after every single step, needed or not;
- contacts: all contact points that there are, as `simulate` gets them: it reads none while nothing can touch, and takes the steps of such a time
  in one call (the same numbers, hence shares above one where bodies fly most of the time);
- all: the whole loop of `simulate`: and episodes with impulses and closing speeds, states 48 to 96 times a second, static friction, and the audit
  of every frame;
- drag: and the drag of the air on every body,
each with its share of the bare loop. The runs take turns, and the best of several counts.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scenes.scene import Scene
from sim.check_scenes import body, ground, pair, scene
from sim.clearance import Leaps, steps_until_contact
from sim.contact_reader import PointReader
from sim.search import settle
from sim.simulate import advance, prepare, simulate
from sim.world import World

RATE = 960


def pile(count: int, *, drag: bool = False) -> Scene:
    """Rubber balls and wooden boxes that fall in columns, bounce and come to lie."""
    chance = random.Random(count)
    bodies = {"ground": ground()}
    for i in range(count):
        at = (0.5 * (i % 10) + chance.uniform(-0.02, 0.02), 0.5 * (i // 10 % 5), 2.0 + 0.5 * (i // 50) + 0.05 * (i % 3))
        shape = {"type": "box", "size": [0.2, 0.2, 0.2]} if i % 2 else {"type": "sphere", "radius": 0.1}
        bodies[f"body_{i}"] = body(shape, at, material="wood" if i % 2 else "rubber")
    return scene(bodies, rate=RATE, drag=drag)


def stepped(count: int, seconds: float, *, contacts: bool) -> float:
    """Steps per second of Bullet alone, or with contacts read after every step."""
    with World(pile(count), steps_per_second=RATE) as world:
        for entry in world.entries:
            if entry.mode == "free":
                world.launch(entry, (0, 0, 0), (0, 0, 0))
        steps, step, client = round(seconds * RATE), world.bullet.stepSimulation, world.client
        read = PointReader(world.bullet, client).read
        gc.disable()
        start = time.process_time()
        if not contacts:
            for _ in range(steps):
                step(client)
        else:
            for _ in range(steps):
                step(client)
                read()
        return steps / (time.process_time() - start)


def touching(count: int, seconds: float) -> float:
    """Steps per second with every contact point that there is, found as `advance` finds them."""
    what = pile(count)
    with World(what, steps_per_second=RATE) as world:
        run = prepare(world, what, fps=16, per_frame=RATE // 16)
        steps, block, step, client = round(seconds * RATE), run.per_sample, world.bullet.stepSimulation, world.client
        read, leaps = PointReader(world.bullet, client).read, Leaps(world, block)
        done, clear_until, look_again, points = 0, 0, 0, None
        gc.disable()
        start = time.process_time()
        while done < steps:
            if points is None and clear_until < done + block and done >= look_again:
                run.samples.take(done)
                clear_until = done + steps_until_contact(run)
                look_again = max(done + 4 * block, clear_until - block)
            if points is None and clear_until >= done + block:
                leaps.leap()
            else:
                leaps.single()
                for _ in range(block):
                    step(client)
                    points = read()
            done += block
        return done / (time.process_time() - start)


def whole(count: int, seconds: float, *, drag: bool = False) -> float:
    """Steps per second of the loop of `simulate`."""
    what = pile(count, drag=drag)
    with World(what, steps_per_second=RATE) as world:
        run = prepare(world, what, fps=16, per_frame=RATE // 16)
        gc.disable()
        start = time.process_time()
        advance(run, what, seconds, 16, None)
        return round(seconds * RATE) / (time.process_time() - start)


def table(counts: list[int], seconds: float, repeats: int) -> None:
    names = ("reading", "contacts", "all", "drag")
    print(f"{'bodies':>6} {'bare':>9} " + " ".join(f"{name:>9} {'share':>6}" for name in names))
    for count in counts:
        span = seconds if count < 100 else seconds / 2 if count < 500 else seconds / 4
        modes: list[Callable[[], float]] = [
            lambda n=count, s=span: stepped(n, s, contacts=False),
            lambda n=count, s=span: stepped(n, s, contacts=True),
            lambda n=count, s=span: touching(n, s),
            lambda n=count, s=span: whole(n, s),
            lambda n=count, s=span: whole(n, s, drag=True),
        ]  # fmt: skip
        best = [0.0] * len(modes)
        for _ in range(repeats if count < 100 else max(2, repeats // 2)):
            best = [max(old, mode()) for old, mode in zip(best, modes, strict=True)]
        bare, *others = best
        print(f"{count:>6} {bare:>9.0f} " + " ".join(f"{speed:>9.0f} {speed / bare:>6.2f}" for speed in others))


def searches() -> None:
    """Goals that take one closed form, an interval, and an evolution."""
    ball = body({"type": "sphere", "radius": 0.11}, (0, 0, 3.61), material="rubber")
    path = "pairs.rubber+concrete.restitution"
    asked = {
        "g": {"type": "bounces", "body": "ball", "count": 3, "on": "ground"},
        "r": {"type": "rests", "body": "ball"},
    }
    bounce = scene({"ground": ground(), "ball": ball}, drag=True, goals=asked, free={path: {"low": 0.5, "high": 0.85}})
    bucket = body(
        {"type": "cup", "radius": 0.25, "height": 0.4, "wall": 0.01}, (3, 0, 0.2), fixed=True, material="steel"
    )
    thrown = body({"type": "sphere", "radius": 0.06}, (0, 0, 1.06), material="rubber")
    throw = scene(
        {"ground": ground(), "bucket": bucket, "ball": thrown},
        goals={"in": {"type": "lands_on", "body": "ball", "on": "bucket", "inside": True}},
        free={f"bodies.ball.linear_velocity.{k}": {"low": 0, "high": 8} for k in (0, 2)},
    )
    box = body({"type": "box", "size": [0.2, 0.2, 0.2]}, (0, 0, 0.1), material="wood")
    push = scene(
        {"ground": ground(), "box": box},
        goals={"stop": {"type": "stops_at", "body": "box", "position": [2.0, None, None]}},
        free={"bodies.box.linear_velocity.0": {"low": 0, "high": 8}},
        pairs=pair(0.0, 0.3, of="wood+concrete"),
    )
    print(f"\n{'goal search':34}{'seconds':>9}{'rollouts':>9}{'happened':>9}")
    for name, made in (
        ("three bounces, then rest", bounce),
        ("a throw into a bucket", throw),
        ("a push that stops at 2 m", push),
    ):
        start = time.perf_counter()
        settled = settle(made)
        print(f"{name:34}{time.perf_counter() - start:>9.2f}{settled.rollouts:>9d}{settled.happened!s:>9}")


def memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    trace = simulate(pile(20), seconds=60.0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = time.perf_counter() - start
    print(
        f"\n60 s of 20 bodies: {took:.1f} s, {len(trace.contacts)} contacts, {peak - before:+.0f} MiB to a peak of {peak:.0f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bodies", default="1,10,100,500")
    parser.add_argument("--seconds", type=float, default=4.0, help="simulated time of each run [s]")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with World(pile(1), steps_per_second=RATE) as world:
        if not PointReader(world.bullet, world.client).direct:
            print("(contact points come from the Python interface: this library does not name its table of clients)")
    memory()
    searches()
    print()
    table([int(count) for count in arguments.bodies.split(",")], arguments.seconds, arguments.repeats)


if __name__ == "__main__":
    main()
