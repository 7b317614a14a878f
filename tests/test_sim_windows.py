"""What is shot or thrown through glass: fragments that meet each other as glass meets glass, and books that balance with no excuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenes.materials import library
from scenes.scene import Scene
from sim.check_scenes import body, ground, scene
from sim.pairs import Factors, Toucher, fragment_factors
from sim.search import settle
from sim.simulate import simulate
from sim.trace import Trace

PANE = {"type": "box", "size": [0.006, 1.0, 1.0]}
BULLET = {"type": "cylinder", "radius": 0.0045, "height": 0.02}
STRIKERS: dict[str, tuple[dict[str, Any], str, float]] = {
    "bullet": (BULLET, "steel", 400.0),
    "pebble": ({"type": "sphere", "radius": 0.02}, "stone", 25.0),
    "stone": ({"type": "ellipsoid", "radii": [0.045, 0.035, 0.028]}, "stone", 12.0),
    "ball": ({"type": "sphere", "radius": 0.037}, "leather", 20.0),
}


def through(striker: str, *, fixed: bool, brittle: bool = False) -> Scene:
    shape, material, speed = STRIKERS[striker]
    turn = [np.sqrt(0.5), 0.0, np.sqrt(0.5), 0.0] if shape["type"] == "cylinder" else [1.0, 0.0, 0.0, 0.0]
    low = 1.2 if fixed else 0.505
    bodies = {
        "ground": ground(),
        "window": body(PANE, (0, 0, low), fixed=fixed, material="glass", brittle=True),
        "striker": body(
            shape,
            (-0.3, 0.06, low + 0.1),
            orientation=turn,
            material=material,
            linear_velocity=[speed, 0, 0],
            brittle=brittle,
        ),
    }
    return scene(bodies, goals={"g": {"type": "breaks", "body": "window"}})


def total_energy(trace: Trace) -> np.ndarray:
    freed = sum(np.where(trace.time >= r["time"] - 1e-9, r["freed_J"], 0.0) for r in trace.meta["fracture"])
    return np.asarray(trace.extra["energy"].data.sum(axis=1) - freed)


@pytest.mark.parametrize("fixed", [True, False], ids=["framed", "standing"])
@pytest.mark.parametrize("striker", STRIKERS)
def test_what_flies_through_a_window_gains_nothing(striker: str, fixed: bool) -> None:
    trace = simulate(through(striker, fixed=fixed), seconds=0.2 if striker == "bullet" else 0.6, fps=50)
    assert "window" in {record["body"] for record in trace.meta["fracture"]}
    audit = {check["name"]: check for check in trace.meta["audit"]["checks"]}
    assert trace.meta["audit"]["passed"], trace.meta["audit"]
    assert audit["energy"]["limit"] is not None and "not bounded" not in audit["energy"]["evidence"]
    energy = total_energy(trace)
    assert energy.max() <= energy[0] * 1.005 + 1e-6
    assert trace["striker"].linear_velocity[-1, 0] > 0.0  # on through the hole


@pytest.mark.parametrize("speed", [8.0, 15.0, 21.0, 25.0, 30.0, 37.0, 55.0, 100.0])
@pytest.mark.parametrize("radius", [0.008, 0.02, 0.04])
def test_no_speed_leaps_through_a_pane(speed: float, radius: float) -> None:
    """Also where a step is longer than the pane is thick and shorter than what Bullet sweeps by itself."""
    bodies = {
        "pane": body(PANE, (0, 0, 1.2), fixed=True, material="glass"),
        "pebble": body(
            {"type": "sphere", "radius": radius}, (-0.3, 0.06, 1.3), material="stone", linear_velocity=[speed, 0, 0]
        ),
    }
    trace = simulate(scene(bodies), seconds=0.125)
    assert len(trace.contacts_of("pebble", "pane")) == 1
    assert trace["pebble"].linear_velocity[-1, 0] < 0.0 and trace.meta["audit"]["passed"]


def test_a_stone_and_a_window_that_break_each_other_share_the_blow() -> None:
    made = through("stone", fixed=True, brittle=True).with_({"bodies.striker.linear_velocity": [25.0, 0, 0]})
    trace = simulate(made, seconds=0.5, fps=50)
    assert {record["body"] for record in trace.meta["fracture"]} == {"window", "striker"}
    assert trace.meta["audit"]["passed"], trace.meta["audit"]


def test_a_window_that_leaves_its_frame_frees_its_weight_and_nothing_else() -> None:
    trace = simulate(through("ball", fixed=True), seconds=0.3, fps=50)
    (record,) = trace.meta["fracture"]
    mass = 2500 * 0.006 * 1.0 * 1.0
    assert record["freed_J"] == pytest.approx(mass * 9.81 * 1.2, rel=0.01)


@pytest.mark.parametrize("surface", [0.02, 0.3, 1.9])
def test_no_pair_of_a_fragment_gives_back_more_than_all(surface: float) -> None:
    materials = library()
    others = [
        (Toucher("ground", "concrete", False), Factors(surface, 1.0, 0.0)),
        (Toucher("striker", "steel", True), Factors(1.4, 0.6, 0.0)),
    ]
    made, record = fragment_factors("glass", 0.0, others, materials)
    assert made.restitution**2 <= 1.0 and all(
        made.restitution * factors.restitution <= 1.0 + 1e-12 for _, factors in others
    )
    assert {pair["pair"] for pair in record} == {"glass+glass", "glass+concrete", "glass+steel"}
    for pair in record:
        assert pair["restitution"]["error"] == pytest.approx(
            pair["restitution"]["used"] / max(pair["restitution"]["wanted"], 1e-3) - 1, abs=1e-5
        )


def test_a_fragment_among_its_like_alone_meets_it_as_the_library_says() -> None:
    made, _ = fragment_factors("glass", 0.0, [], library())
    pair = library().pair("glass", "glass")
    assert made.restitution**2 == pytest.approx(pair.restitution.value)
    assert made.friction**2 == pytest.approx(pair.friction.value)


def test_the_pairs_of_the_fragments_are_told() -> None:
    trace = simulate(through("pebble", fixed=True), seconds=0.2, fps=50)
    told = [pair for pair in trace.meta["pairs"] if pair.get("of") == "fragments"]
    assert any(pair["pair"] == "glass+glass" for pair in told)
    assert all(pair["restitution"]["used"] <= 1.0 for pair in told)


# floors that only an assumption made ------------------------------------------------------------------------------------------------------


def ice_on_wood(source: str, edge: float = 0.06) -> Scene:
    from scenes.scene import Provenance

    low = 0.75
    bodies = {
        "ground": body({"type": "box", "size": [20, 20, 1]}, (0, 0, -0.5), fixed=True, material="wood"),
        "cube": body({"type": "box", "size": [edge] * 3}, (0, 0, low + edge / 2), material="ice", brittle=True),
    }
    made = scene(bodies, goals={"g": {"type": "breaks", "body": "cube"}})
    return made.model_copy(update={"provenance": {"bodies.ground.material": Provenance(source=source)}})  # type: ignore[arg-type]


def test_an_assumed_floor_gives_way_to_a_harder_one_and_it_is_said() -> None:
    settled = settle(ice_on_wood("assumed"))
    chosen = settled.scene.bodies["ground"].material  # type: ignore[union-attr]
    assert settled.happened and chosen in {"ceramic", "stone", "concrete"}
    assert settled.scene.provenance["bodies.ground.material"].source == "searched"
    assert chosen in settled.outcomes[0].text and "wood" in settled.outcomes[0].text


@pytest.mark.parametrize("source", ["stated", "set", "known"])
def test_a_floor_that_somebody_named_stays(source: str) -> None:
    settled = settle(ice_on_wood(source))
    assert not settled.happened and settled.scene.bodies["ground"].material == "wood"  # type: ignore[union-attr]
    assert "a harder floor (" in settled.outcomes[0].evidence and "a fall of" in settled.outcomes[0].evidence


def test_no_floor_is_advised_on_which_it_would_not_break_either() -> None:
    settled = settle(ice_on_wood("assumed", edge=0.006))
    assert not settled.happened and settled.rollouts == 1
    assert "a harder floor alone would not do" in settled.outcomes[0].evidence
