"""Wheels in contacts: a body on its wheels resists along its nose as wheels roll, and across it as tyres grip.

Wheels do not turn against the body in the solver (their inertia, a few per cent of a car's, is left out): Bullet's friction is given a
direction instead. Rolling resistance of tyres on hard ground is 0.010-0.015 of the load (Gillespie 1992, Fundamentals of Vehicle Dynamics,
ch. 4; Wong 2008, Theory of Ground Vehicles, ch. 1), of steel on rails 0.001-0.002; of small hard wheels 0.02 is assumed. A body that lies on
its side or its roof slides like any other. Where a path ends (and does not say `coasts`) the wheels are braked: with 3.4 m/s2, as most drivers do
(Fambro et al. 1997, NCHRP Report 400), and never harder than the ground's friction allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenes.bodies import RigidBody
from scenes.motion import PathDriver
from scenes.wheels import wheels
from sim.rotations import matrices

if TYPE_CHECKING:
    from sim.simulate import Run
    from sim.world import Entry

__all__ = ["Wheels", "rolling_resistance"]

TYRE, SMALL, RAIL = 0.015, 0.020, 0.002
BRAKES = 3.4  # [m/s2]
LARGE = 0.15  # [m] of radius: tyres with air
UPRIGHT = 0.8  # cosine of the lean beyond which the wheels have left the ground


def rolling_resistance(body: RigidBody) -> float | None:
    """Force along the nose over the load of a body on wheels; None where it has none."""
    found = wheels(body.shape)
    if len(found) < 2 or body.fixed:
        return None
    if body.material == "steel" and body.mass is not None and body.mass > 20000:
        return RAIL
    return TYRE if max(wheel.radius for wheel in found) >= LARGE else SMALL


class Wheels:
    """`update` after each sample; `busy` where a free body stands on wheels."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.entries: list[tuple[Entry, dict[str, list[float]]]] = []
        self.state: dict[int, str] = {}
        world = run.world
        fixed = [e for e in world.entries if e.mode == "fixed" and e.name in world.factors]
        widest = max(fixed, key=lambda e: e.radius, default=None)
        floor = world.factors[widest.name].friction if widest is not None else 1.0
        for entry in world.entries:
            body = world.scene.bodies[entry.name]
            if not isinstance(body, RigidBody) or entry.reduced or not entry.touch or entry.mode == "fixed":
                continue
            resistance = rolling_resistance(body)
            if resistance is None:
                continue
            factors = world.factors.get(entry.name)
            used = (factors.friction if factors else 0.5) * floor
            nose = np.abs(entry.mass.axes.T @ [1.0, 0.0, 0.0])
            gravity = max(float(np.linalg.norm(world.gravity)), 1e-6)
            ways = {}
            for name, force in (("rolls", resistance), ("brakes", max(resistance, BRAKES / gravity))):
                along = [1.0, 1.0, 1.0]
                along[int(np.argmax(nose))] = min(1.0, force / max(used, 0.05))
                ways[name] = along
            self.entries.append((entry, ways))
            world.notes.append(
                f"{entry.name} rolls along its nose with a resistance of {resistance:g} of its weight, and grips across it"
            )
        self.update()

    @property
    def busy(self) -> bool:
        return bool(self.entries)

    def _braked(self, entry: Entry) -> bool:
        """Whether a path has brought the body to its end and left it there."""
        paths = [t for t in self.run.drivers.tasks if t.entry is entry and isinstance(t.driver, PathDriver)]
        over = [t for t in paths if t.state == "done"]
        return bool(over) and len(over) == len(paths) and not any(t.driver.coasts or t.driver.stop for t in over)  # type: ignore[union-attr]

    def update(self) -> None:
        """Wheels that have left the ground no longer roll; where a path has ended they are braked."""
        world = self.run.world
        for entry, ways in self.entries:
            if entry.mode == "gone":
                continue
            up = float(matrices(world.pose(entry)[1])[2, 2])
            state = "slides" if up <= UPRIGHT else "brakes" if self._braked(entry) else "rolls"
            if self.state.get(entry.column) != state:
                self.state[entry.column] = state
                world.bullet.changeDynamics(
                    entry.uid,
                    entry.link,
                    anisotropicFriction=ways.get(state, [1.0, 1.0, 1.0]),
                    physicsClientId=world.client,
                )
                if state == "brakes":
                    world.notes.append(
                        f"{entry.name} is braked with at most {BRAKES:g} m/s² from the end of its path on"
                    )
