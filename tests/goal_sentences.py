"""Sentences that ask for an outcome, and what is to become of them: `feasible` ones must happen within honest ranges, the others be reported.

`python -m tests.goal_sentences` plans, searches and verifies all of them, and prints the table.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

__all__ = ["SENTENCES", "Asked", "Found", "attempt", "main"]


@dataclass(frozen=True)
class Asked:
    """A sentence, the types of goals that must be among those verified, and whether it can be done honestly."""

    text: str
    types: tuple[str, ...]
    feasible: bool = True


@dataclass(frozen=True)
class Found:
    asked: Asked
    planned: float  # [s]
    searched: float  # [s] of processor time: simulating, searching and heat
    rollouts: int
    outcomes: tuple[Any, ...]
    types: tuple[str, ...]
    audit: bool

    @property
    def happened(self) -> bool:
        """Every asked outcome happened, none of them by a concession."""
        return bool(self.outcomes) and all(o.happened and not o.concession and not o.refused for o in self.outcomes)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(kind for kind in self.asked.types if kind not in self.types)


SENTENCES = (
    # bounces and rest
    Asked("A rubber ball is dropped from 2 meters onto a concrete floor and bounces four times", ("bounces",)),
    Asked(
        "A tennis ball falls from a table, bounces twice and comes to rest on the floor",
        ("bounces", "rests"),
        feasible=False,
    ),
    Asked("A basketball is dropped on a wooden floor and bounces at least three times", ("bounces",)),
    Asked("橡胶球从三米高处落到水泥地上，弹跳两次后静止", ("bounces", "rests")),
    Asked("乒乓球从桌上掉下来，在地板上弹起五次", ("bounces",), feasible=False),
    Asked("一个钢球落在沙地上，没有弹起", ("bounces",)),
    Asked("A steel ball falls onto sand and does not bounce", ("bounces",)),
    # hits
    Asked("A rolling bowling ball hits a wooden box", ("hits",)),
    Asked("An apple falls from a tree and hits a bucket below it", ("hits",)),
    Asked("红球滚过去撞上蓝球", ("hits",)),
    Asked("一块石头从悬崖上掉下来砸中一辆停着的玩具车", ("hits",)),
    # knocking over
    Asked("A ball rolls into ten bowling pins and knocks over at least six of them", ("topples",)),
    Asked("A heavy ball knocks down a tower of five wooden blocks", ("topples",)),
    Asked("一个球撞倒了八块多米诺骨牌", ("topples",)),
    Asked("十块多米诺骨牌依次倒下", ("topples",)),
    Asked("A ball hits a stack of four cans and knocks over three of them", ("topples",)),
    # landing on and in
    Asked("A ball is thrown into a bucket", ("lands_on",)),
    Asked("A coin falls from one meter and lands on a table", ("lands_on",)),
    Asked("一个网球被扔进桶里", ("lands_on",)),
    Asked("A stone is dropped into a wooden crate", ("lands_on",)),
    Asked("苹果落在桌子上", ("lands_on",)),
    # stopping
    Asked("A wooden box slides across the floor and stops before the wall", ("stops_before",)),
    Asked("A ball rolls across the carpet and stops before it reaches the table", ("stops_before",)),
    Asked("一个木箱在地板上滑行，在墙前停下", ("stops_before",)),
    Asked("A puck slides two meters on ice and stops", ("rests",)),
    # through, over, past
    Asked("A ball flies through a ring", ("passes_through",)),
    Asked("篮球穿过篮筐", ("passes_through",)),
    Asked("A fast ball overtakes a slow ball on a straight track", ("overtakes",)),
    # staying
    Asked("A small rubber ball hits a heavy stone block, which does not move", ("hits",)),
    Asked("一个小球撞上一个沉重的铁块，铁块纹丝不动", ("hits",)),
    # order
    Asked("A ball rolls down a ramp and then hits a domino, which falls over", ("rolls", "topples")),
    Asked("球先碰到墙，然后落在地上", ("hits",)),
    # at a time
    Asked("Two balls of different mass are dropped from the same height and land at the same time", ("together",)),
    Asked("两个不同质量的球从同一高度下落，同时落地", ("together",)),
    Asked("A ball is dropped from 5 meters and hits the ground after one second", ("hits",)),
    # breaking
    Asked("A drinking glass falls from a table onto a stone floor and breaks", ("breaks",)),
    Asked("一个花瓶从桌上掉到地上摔碎了", ("breaks",)),
    Asked("A glass bottle falls onto a thick carpet and does not break", ("breaks",)),
    # heat
    Asked("An ice cube melts on a warm plate", ("melts",)),
    Asked("一根铜棒的一端被加热到100度，另一端逐渐变热", ("warms",)),
    Asked("A cup of hot coffee cools down in the air", ("cools",)),
    # floating
    Asked("A wooden block is dropped into water and floats", ("floats",)),
    Asked("石头落入水中沉到水底", ("sinks",)),
    # swinging and turning
    Asked("A pendulum is released and swings back and forth three times", ("swings",)),
    # what cannot be, within honest values
    Asked("A steel ball is dropped from 1 meter onto wet sand and bounces ten times", ("bounces",), feasible=False),
    Asked("一个铅球从一米高处落到地毯上，弹跳八次", ("bounces",), feasible=False),
    Asked("A feather knocks over a stone pillar", ("topples",), feasible=False),
    Asked("A ping-pong ball pushes a parked truck over", ("topples",), feasible=False),
)


OPEN: dict[
    str, str
] = {}  # sentences of which the plan asks less than they say, or otherwise than can be, with what is amiss


def attempt(asked: Asked) -> Found:
    """Plan a sentence, search, simulate, solve heat and verify."""
    from hybrid.pipeline import HybridPipeline

    pipeline = HybridPipeline(pictures=False, workers=1)
    started = time.process_time()
    scene = pipeline.plan(asked.text)
    planned = time.process_time()
    rollouts = 1

    def count(step: str, done: float, of: float) -> None:
        nonlocal rollouts
        rollouts = max(rollouts, int(done) + 1) if step == "simulate" else rollouts

    pipeline._progress = count
    run = pipeline.simulate(scene)
    ended = time.process_time()
    types = tuple(goal.type for goal in scene.goals.values())
    passed = bool(run.trace.meta["audit"]["passed"])
    return Found(asked, planned - started, ended - planned, rollouts, run.outcomes, types, passed)


def main() -> int:
    """The table of all sentences (or of those with the words given on the command line)."""
    words = sys.argv[1:]
    chosen = [asked for asked in SENTENCES if not words or any(word in asked.text for word in words)]
    times, wrong = [], 0
    print(f"{'as expected':12}{'search [s]':>11}{'rollouts':>9}  sentence")
    for asked in chosen:
        try:
            found = attempt(asked)
        except ValueError as error:
            wrong += 1
            print(f"{'NO':12}{'-':>11}{'-':>9}  {asked.text}\n{'':34}{error}")
            continue
        times.append(found.searched)
        good = found.happened == asked.feasible and not found.missing and found.audit
        wrong += not good
        print(f"{'yes' if good else 'NO':12}{found.searched:>11.2f}{found.rollouts:>9d}  {asked.text}", flush=True)
        if found.missing:
            print(f"{'':34}not asked of the solver: {', '.join(found.missing)} (only {', '.join(found.types)})")
        if not found.audit:
            print(f"{'':34}the audit failed")
        for outcome in found.outcomes:
            if not outcome.happened or outcome.concession:
                print(f"{'':34}{outcome.asked}: {outcome.evidence} {outcome.text}")
    print(
        f"{len(chosen) - wrong} of {len(chosen)} as expected; median search {median(times):.2f} s, longest {max(times):.2f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
