"""What makes the loop quick changes nothing: contact points as arrays, sums over many steps, and steps short enough for what is fast."""

from __future__ import annotations

import hashlib
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenes.scene import Scene
from sim import simulate as simulation
from sim.check_scenes import body, drop, ground, scene
from sim.contact_reader import PointReader, as_tuples, from_tuples
from sim.contacts import ContactRecorder
from sim.simulate import OutOfTime, simulate
from sim.speeding import rate_for_speed, stated_speed
from sim.world import World, choose_rate


def heap(count: int = 9) -> Scene:
    chance = random.Random(3)
    bodies: dict[str, Any] = {"ground": ground()}
    for i in range(count):
        turn = [1.0, chance.uniform(-1, 1), chance.uniform(-1, 1), chance.uniform(-1, 1)]
        shape = [
            {"type": "box", "size": [0.2, 0.2, 0.2]},
            {"type": "sphere", "radius": 0.1},
            {"type": "cylinder", "radius": 0.08, "height": 0.2},
        ][i % 3]
        bodies[f"b{i}"] = body(shape, (0.02 * i, 0.01 * i, 0.3 + 0.4 * i), orientation=turn, material="wood")
    return scene(bodies, drag=True)


def test_points_read_as_arrays_are_those_of_the_python_interface() -> None:
    with World(heap(), steps_per_second=960) as world:
        quick = PointReader(world.bullet, world.client)
        plain = PointReader(world.bullet, world.client, direct=False)
        seen = 0
        for _ in range(900):
            world.bullet.stepSimulation(world.client)
            points, same = quick.read(), plain.read()
            assert (points is None) == (same is None)
            if points is not None and same is not None:
                seen += len(points)
                assert np.array_equal(points.ids, same.ids) and np.array_equal(points.values, same.values)
                again = from_tuples(as_tuples(points))
                assert np.array_equal(again.ids, points.ids) and np.array_equal(again.values, points.values)
        assert seen > 1000


def test_the_python_interface_gives_the_same_trace_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = set()
    for direct in (True, False):
        monkeypatch.setattr(
            simulation, "PointReader", lambda bullet, client, direct=direct: PointReader(bullet, client, direct=direct)
        )
        file = tmp_path / f"{direct}.npz"
        simulate(heap(), seconds=2).save(file)
        digests.add(hashlib.sha256(file.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_impulses_summed_over_many_steps_are_those_of_single_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    together = simulate(heap(), seconds=2)
    original = ContactRecorder.add

    def at_once(self: ContactRecorder, step: int, points: Any) -> None:
        self.pattern = None
        original(self, step, points)
        self._sum()

    monkeypatch.setattr(ContactRecorder, "add", at_once)
    single = simulate(heap(), seconds=2)
    assert np.array_equal(together.position, single.position)
    assert len(together.contacts) == len(single.contacts) > 50
    for a, b in zip(together.contacts, single.contacts, strict=True):
        assert (a.body_a, a.body_b, a.t_start, a.t_end) == (b.body_a, b.body_b, b.t_start, b.t_end)
        assert a.impulse_Ns == pytest.approx(b.impulse_Ns, rel=1e-9)
        assert (a.speed_before, a.speed_after) == pytest.approx((b.speed_before, b.speed_after), abs=1e-12)


def test_a_deadline_stops_a_simulation_where_it_is() -> None:
    with pytest.raises(OutOfTime, match="stopped at"):
        simulate(drop(1.0, 0.5), seconds=5, deadline=0.0)


# fast bodies --------------------------------------------------------------------------------------------------------------------------


def shot(speed: float, shape: dict[str, Any], *, aside: float = 0.0, target: dict[str, Any] | None = None) -> Scene:
    flat = [math.cos(math.pi / 4), 0.0, math.sin(math.pi / 4), 0.0]
    bodies = {
        "ground": ground(),
        "cube": body(target or {"type": "box", "size": [0.05, 0.05, 0.05]}, (0, 0, 0.025), material="wood"),
        "bullet": body(shape, (-3.1, aside, 0.03), orientation=flat, material="steel", linear_velocity=[speed, 0, 0]),
    }
    return scene(bodies)


@pytest.mark.parametrize("speed", [100.0, 400.0])
@pytest.mark.parametrize(
    "shape",
    [{"type": "sphere", "radius": 0.004}, {"type": "cylinder", "radius": 0.004, "height": 0.012}],
    ids=lambda s: s["type"],
)
def test_a_bullet_meets_what_is_in_its_way(speed: float, shape: dict[str, Any]) -> None:
    """At the usual step it goes 40 cm at a time, and the cube is 5 cm thick."""
    chance = random.Random(7)
    for _ in range(5):
        trace = simulate(shot(speed, shape, aside=chance.uniform(-0.015, 0.015)), seconds=0.125)
        hit = trace.contacts_of("bullet", "cube")
        assert hit and hit[0].speed_before == pytest.approx(speed, rel=0.1)
        assert trace["cube"].position[-1, 0] > 0.01
        assert trace.meta["audit"]["passed"], trace.meta["audit"]


def test_the_step_is_shortened_only_for_what_cannot_be_swept_and_it_is_said() -> None:
    cylinder = {"type": "cylinder", "radius": 0.004, "height": 0.012}
    needed, name = rate_for_speed(shot(400.0, cylinder))
    assert name == "bullet" and 400.0 / needed < 0.05
    assert rate_for_speed(shot(400.0, {"type": "sphere", "radius": 0.004}))[0] == 0
    assert rate_for_speed(shot(4.0, cylinder))[0] == 0
    per_frame, why = choose_rate(shot(400.0, cylinder), 16, bodies=3)
    assert per_frame * 16 >= needed and "bullet" in why
    set_by_hand = shot(400.0, cylinder).with_({"solver.steps_per_second": 960})
    assert choose_rate(set_by_hand, 16, bodies=3) == (60, "set in the scene")


def test_stated_speeds_are_those_of_starts_drivers_paths_and_searches() -> None:
    made = scene(
        {"a": body({"type": "sphere", "radius": 0.1}, (0, 0, 1), linear_velocity=[3, 4, 0])},
        drivers={"p": {"type": "path", "body": "a", "start": 1.0, "keys": [{"time": 0, "position": [0, 0, 1]}, {"time": 0.5, "position": [6, 0, 1]}]}},
    )  # fmt: skip
    assert stated_speed(made, "a") == pytest.approx(12.0)
    pushed = scene(
        {"a": body({"type": "sphere", "radius": 0.1}, (0, 0, 1))},
        drivers={"v": {"type": "velocity", "body": "a", "linear": [0, 0, 7]}},
        free={"bodies.a.linear_velocity.0": {"low": -20, "high": 10}},
    )
    assert stated_speed(pushed, "a") == 20.0
