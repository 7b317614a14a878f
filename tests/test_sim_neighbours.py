"""A figure that falls softens the contacts of the whole world (contactERP): what stands or bounces beside it must not notice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenes.scene import Scene
from sim import simulate as simulation
from sim.check_scenes import body, ground, scene
from sim.ragdoll import CONTACT_ERP
from sim.simulate import simulate
from sim.trace import Trace


def neighbours() -> Scene:
    bodies: dict[str, Any] = {
        f"box_{i}": body({"type": "box", "size": [0.2, 0.2, 0.2]}, (0, 0, 0.1 + 0.2 * i), material="wood")
        for i in range(5)
    }
    bodies["ball"] = body({"type": "sphere", "radius": 0.1}, (1, 0, 1.6), material="rubber")
    bodies["roller"] = body({"type": "sphere", "radius": 0.1}, (0, 2, 0.1), material="wood", linear_velocity=[1, 0, 0])
    return scene({"ground": ground(), **bodies})


def softened(monkeypatch: pytest.MonkeyPatch) -> Trace:
    original = simulation.prepare

    def soft(world: Any, *given: Any, **named: Any) -> Any:
        world.bullet.setPhysicsEngineParameter(contactERP=CONTACT_ERP, physicsClientId=world.client)
        return original(world, *given, **named)

    monkeypatch.setattr(simulation, "prepare", soft)
    return simulate(neighbours(), seconds=5)


def test_stacks_bounces_and_rolls_are_the_same_beside_a_figure_that_fell(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, soft = simulate(neighbours(), seconds=5), softened(monkeypatch)
    assert plain.meta["audit"]["passed"] and soft.meta["audit"]["passed"]
    for name in plain.names:
        apart = np.abs(plain[name].position - soft[name].position).max()
        # a tenth of a millimetre; a bounce may come a step sooner
        assert apart < (5e-3 if name == "ball" else 1e-4), (name, apart)
        assert np.abs(plain[name].position[-1] - soft[name].position[-1]).max() < 1e-4
    assert len(plain.contacts_of("ball", "ground")) == len(soft.contacts_of("ball", "ground")) > 4
