"""Pouring as grains: small balls stand for what is poured, and leave the spout one after the other.

They collide, pile up and overflow as balls do. Of a powder that is a fair likeness; a liquid keeps no slope and fills corners, which balls do
not: what is poured is always `proxied`, with its reason. All grains exist from the start, out of reach, and begin at their moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import FluidBody, RigidBody
from scenes.primitives import Sphere
from scenes.scene import Scene

if TYPE_CHECKING:
    from sim.simulate import Run
    from sim.world import Entry

__all__ = ["Grains", "with_grains"]

AWAY = 500.0  # [m] below everything: where grains wait
STEPS = 480  # [1/s]: grains of 5 mm go less than their radius in a step
LOOKS = {
    "water": "#9fcbe6",
    "milk": "#f6f3ea",
    "juice": "#e8a23a",
    "oil": "#d9b640",
    "tea": "#a5642c",
    "coffee": "#4a2f20",
    "wine": "#6d1030",
}
WET = (0.05, 0.02)  # friction and restitution between grains that stand for a liquid (assumed: they slide like one)
FLUTTER = 0.35  # of the spout's radius: how far from its middle a grain begins


def with_grains(scene: Scene) -> Scene:
    """The scene with a ball for each grain of what is poured; the scene itself where nothing is."""
    added: dict[str, RigidBody] = {}
    for name, body in scene.bodies.items():
        if not isinstance(body, FluidBody) or body.poured is None:
            continue
        pour = body.poured
        pitch = 4 * pour.radius
        for k in range(pour.grains):
            place = (pitch * (k % 20), pitch * (k // 20), -AWAY)
            added[f"{name}/grain_{k + 1}"] = RigidBody(
                shape=Sphere(radius=pour.radius), material=_material(body), color=body.color, position=place, parent=name,
                density=pour.density,
            )  # fmt: skip
    if not added:
        return scene
    solver = scene.solver
    if solver.steps_per_second is None:
        solver = solver.model_copy(update={"steps_per_second": STEPS})
    return scene.model_copy(update={"bodies": {**scene.bodies, **added}, "solver": solver})


def _material(body: FluidBody) -> str:
    from scenes.materials import library

    return library().material(body.material).name if library().has(body.material) else "plastic"


class Grains:
    """`before_step` lets the grains begin whose moment has come; `alive` and `meta` for the record."""

    def __init__(self, run: Run, scene: Scene) -> None:
        self.run = run
        self.waiting: list[tuple[int, Entry, NDArray[np.float64], NDArray[np.float64]]] = []
        self.begins: dict[int, int] = {}  # by column: the step
        self.pours: list[dict[str, Any]] = []
        world = run.world
        random = np.random.default_rng(scene.seed)
        for name, body in scene.bodies.items():
            if not isinstance(body, FluidBody) or body.poured is None:
                continue
            pour = body.poured
            entries = [world.entries[world.column[f"{name}/grain_{k + 1}"]] for k in range(pour.grains)]
            times = pour.start + pour.seconds * np.arange(pour.grains) / pour.grains
            for number, (entry, time) in enumerate(zip(entries, times, strict=True)):
                lane = number % 7  # the middle and six around it: no grain begins in another
                angle, reach = lane * np.pi / 3 + random.uniform(-0.1, 0.1), 2.3 * pour.radius * (lane > 0)
                place = np.asarray(pour.at) + reach * np.array([np.cos(angle), np.sin(angle), 0.0])
                step = round(float(time) / world.dt)
                self.waiting.append((step, entry, place, np.asarray(pour.velocity, dtype=float)))
                self.begins[entry.column] = step
                self._wait(entry, liquid=pour.liquid)
            self.pours.append(
                {"body": name, "grains": pour.grains, "radius_m": pour.radius,
                 "material": "plastic" if pour.liquid else _material(body),
                 "color": body.color or (LOOKS.get(body.material, LOOKS["water"]) if pour.liquid else None), "status": "proxied", "into": pour.into, "why": pour.why}
            )  # fmt: skip
        self.waiting.sort(key=lambda row: row[0], reverse=True)

    @property
    def next_step(self) -> int:
        return self.waiting[-1][0] if self.waiting else 1 << 60

    @property
    def moving(self) -> set[str]:
        return {entry.name for _, entry, _, _ in self.waiting}

    def _wait(self, entry: Entry, *, liquid: bool) -> None:
        world = self.run.world
        world.set_mode(entry, "held")
        world.bullet.setCollisionFilterGroupMask(entry.uid, -1, 0, 0, physicsClientId=world.client)
        entry.touch = False
        if liquid:
            friction, bounce = WET
            world.bullet.changeDynamics(
                entry.uid, -1, lateralFriction=friction, restitution=bounce, physicsClientId=world.client
            )
        if entry in self.run.samples.moving:
            self.run.samples.moving.remove(entry)

    def before_step(self, step: int) -> None:
        run, world = self.run, self.run.world
        while self.waiting and self.waiting[-1][0] <= step:
            _, entry, place, velocity = self.waiting.pop()
            entry.touch = True
            world.set_mode(entry, "free")
            world.bullet.setCollisionFilterGroupMask(entry.uid, -1, 1, -1, physicsClientId=world.client)
            world.supported.discard(entry.column)
            world.set_pose(entry, place, np.array([1.0, 0.0, 0.0, 0.0]))
            world.launch(entry, velocity, (0.0, 0.0, 0.0))
            world.restart[entry.column] = True
            run.samples.moving.append(entry)

    def alive(self, steps: NDArray[np.int64], alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """`alive` (T, N) with the grains living from the moment they leave the spout."""
        for column, step in self.begins.items():
            alive[:, column] = steps > step
        return alive

    def meta(self) -> dict[str, Any]:
        """For the trace: what was poured, and how many of its grains came to lie in the vessel."""
        if not self.pours:
            return {}
        world, run = self.run.world, self.run
        for pour in self.pours:
            vessel = world.column.get(pour["into"] or "")
            if vessel is None:
                continue
            entry = world.entries[vessel]
            at, _ = world.pose(entry)
            low, high = entry.shape.bounds()
            prefix = f"{pour['body']}/grain_"
            rows = [run.samples.position(c) for n, c in world.column.items() if n.startswith(prefix)]
            inside = [
                p
                for p in rows
                if (np.abs(p - at)[:2] <= high[:2]).all() and at[2] + low[2] <= p[2] <= at[2] + high[2] + 0.02
            ]
            pour["inside"] = len(inside)
        return {"grains": self.pours}
