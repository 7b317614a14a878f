"""Laws of breaking: what a blow breaks, what a break keeps, and what the fragments are."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.bodies import RigidBody
from scenes.goals import Breaks
from scenes.materials import library
from scenes.scene import Scene
from scenes.shapes import Box, Capsule, Compound, Cone, Cup, Cylinder, Ellipsoid, Part, Sphere, Torus
from sim.fracture import fragment_bodies, with_fragments
from sim.fracture_criterion import Verdict, free_fall_verdict, wall_of
from sim.fracture_elements import elements_of
from sim.fracture_split import split
from sim.goals import verify
from sim.inertia import mass_properties
from sim.simulate import simulate
from sim.trace import Trace
from sim.voronoi import polyhedron_of_hull, spread_seeds, voronoi_cells

TUMBLER = RigidBody(shape=Cup(radius=0.04, base_radius=0.03, height=0.1), material="glass", brittle=True)
EGG = RigidBody(shape=Ellipsoid(radii=(0.0285, 0.022, 0.022)), material="egg", mass=0.06, brittle=True)
MUG = RigidBody(shape=Cup(radius=0.041, height=0.095, wall=0.004), material="ceramic", mass=0.34, brittle=True)
ICE = RigidBody(shape=Box(size=(0.1, 0.1, 0.1)), material="ice", brittle=True)
ORNAMENT = RigidBody(shape=Sphere(radius=0.035), wall=0.0008, material="glass", brittle=True)
TILE = RigidBody(shape=Box(size=(0.3, 0.3, 0.01)), material="ceramic", brittle=True)


def verdict(body: RigidBody, height: float, floor: str) -> Verdict:
    return free_fall_verdict(body, library().material(body.material), library().material(floor), height)


def drop(
    body: RigidBody, height: float, *, floor: str = "concrete", pieces: int | None = None, **more: object
) -> Scene:
    """A body that falls from a clearance onto a floor, tilted a little, and is asked to break."""
    low, high = body.shape.bounds()
    placed = body.model_copy(
        update={
            "position": (0.0, 0.0, height + float(np.linalg.norm(high - low)) / 2),
            "orientation": (0.98, 0.19, 0.06, 0.0),
            **more,
        }
    )
    ground = RigidBody(shape=Box(size=(20, 20, 1)), position=(0, 0, -0.5), material=floor, fixed=True)
    return Scene(bodies={"thing": placed, "ground": ground}, goals={"g": Breaks(body="thing", pieces=pieces)})


@pytest.fixture(scope="module")
def broken_cup() -> Trace:
    return simulate(
        drop(TUMBLER, 0.75, angular_velocity=(1.0, 3.0, -2.0), linear_velocity=(0.5, 0.0, 0.0)), seconds=1.2
    )


# the criterion -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "height", "floor", "breaks"),
    [
        (TUMBLER, 0.75, "concrete", True),
        (TUMBLER, 0.75, "wood", True),
        (TUMBLER, 0.02, "concrete", False),
        (TUMBLER, 0.02, "wood", False),
        (TUMBLER, 0.0005, "concrete", False),  # put down at 0.1 m/s
        (TUMBLER, 1.5, "rubber", False),
        (EGG, 1.0, "wood", True),
        (EGG, 0.01, "wood", False),
        (MUG, 0.75, "concrete", True),
        (MUG, 0.0005, "concrete", False),
        (ICE, 2.0, "concrete", True),
        (ICE, 0.02, "concrete", False),
        (ORNAMENT, 1.5, "concrete", True),
        (TILE, 1.5, "concrete", True),
        (TILE, 0.01, "concrete", False),
    ],
)
def test_what_everybody_knows_of_things_that_fall(body: RigidBody, height: float, floor: str, breaks: bool) -> None:
    found = verdict(body, height, floor)
    assert found.breaks is breaks, found.why
    assert found.assumed


@pytest.mark.parametrize("material", ["steel", "rubber", "copper", "wood", "plastic"])
@given(height=st.floats(0.01, 500))
@settings(max_examples=15, deadline=None)
def test_tough_things_never_shatter(material: str, height: float) -> None:
    ball = RigidBody(shape=Sphere(radius=0.05), material=material, brittle=True)
    found = verdict(ball, height, "concrete")
    assert not found.breaks and found.ratio == 0.0 and material in found.why


@given(
    low=st.floats(0.001, 5),
    more=st.floats(1.01, 20),
    which=st.sampled_from(["tumbler", "egg", "mug", "ice", "ornament", "tile"]),
    floor=st.sampled_from(["concrete", "wood", "rubber", "steel"]),
)
@settings(max_examples=80, deadline=None)
def test_a_higher_fall_never_spares_what_a_lower_one_breaks(low: float, more: float, which: str, floor: str) -> None:
    body = {"tumbler": TUMBLER, "egg": EGG, "mug": MUG, "ice": ICE, "ornament": ORNAMENT, "tile": TILE}[which]
    assert verdict(body, low * more, floor).breaks >= verdict(body, low, floor).breaks


@given(wall=st.floats(0.001, 0.006), factor=st.floats(1.2, 3))
@settings(max_examples=30, deadline=None)
def test_a_thicker_wall_bears_more(wall: float, factor: float) -> None:
    thin, thick = (
        RigidBody(shape=Sphere(radius=0.1), wall=w, material="glass", mass=0.5) for w in (wall, wall * factor)
    )
    assert verdict(thick, 0.5, "steel").ratio <= verdict(thin, 0.5, "steel").ratio * 1.0001


# the cells -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "wall"),
    [
        (Box(size=(0.1, 0.2, 0.05)), None),
        (Sphere(radius=0.05), None),
        (Cylinder(radius=0.03, height=0.1), None),
        (Capsule(radius=0.02, height=0.1), None),
        (Cone(radius=0.03, height=0.1), None),
        (Torus(major_radius=0.05, minor_radius=0.01), None),
        (Cup(radius=0.04, base_radius=0.03, height=0.1), None),
        (Sphere(radius=0.05), 0.003),
        (Ellipsoid(radii=(0.03, 0.022, 0.022)), 0.0004),
        (Cylinder(radius=0.03, height=0.1), 0.003),
        (Box(size=(0.1, 0.1, 0.2)), 0.004),
        (
            Compound(
                parts=(
                    Part(shape=Box(size=(0.1, 0.1, 0.1))),
                    Part(shape=Cylinder(radius=0.02, height=0.1), position=(0, 0, 0.1)),
                )
            ),
            None,
        ),
    ],
)
def test_fragments_cover_the_body(shape: object, wall: float | None) -> None:
    body = RigidBody(shape=shape, wall=wall, material="glass")
    volume = mass_properties(body, 1.0, name="b").mass
    pieces = split(body, mass=1.0, count=16, impact=np.array([0.0, 0.0, -0.05]), seed=3, name="b")
    assert sum(p.volume for p in pieces) == pytest.approx(volume, rel=0.03 if wall or shape.type == "cup" else 0.01)  # type: ignore[attr-defined]
    assert sum(p.mass.mass for p in pieces) == pytest.approx(1.0, abs=1e-12)
    for piece in pieces:
        assert piece.shape.hull()[2] == pytest.approx(piece.volume, rel=1e-3)  # the drawn surface is closed


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_cell_is_what_is_nearest_to_its_seed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    solid = [polyhedron_of_hull(rng.normal(size=(20, 3)))]
    seeds = spread_seeds(solid, 7, impact=np.zeros(3), reach=0.5, crowding=4.0, rng=rng)
    cells = voronoi_cells(solid, seeds)
    assert sum(part.moments()[0] for cell in cells for part in cell) == pytest.approx(solid[0].moments()[0], rel=1e-9)
    for k, cell in enumerate(cells):
        for part in cell:
            distance = np.linalg.norm(part.vertices[:, None] - seeds[None], axis=2)
            assert (distance[:, k] <= distance.min(axis=1) + 1e-9).all()


@pytest.mark.parametrize("count", [2, 3, 7, 12, 25])
@pytest.mark.parametrize("body", [TUMBLER, ICE, EGG])
def test_exactly_as_many_pieces_as_asked(body: RigidBody, count: int) -> None:
    assert (
        len(split(body, mass=0.1, count=count, impact=np.array([0.0, 0.0, -0.02]), seed=1, name="x", exact=True))
        == count
    )


def test_shards_are_smaller_near_the_blow() -> None:
    blow = np.array([0.05, 0.0, 0.0])
    pieces = split(ICE, mass=1.0, count=40, impact=blow, seed=2, name="ice")
    order = sorted(pieces, key=lambda p: float(np.linalg.norm(p.centre - blow)))
    assert np.mean([p.volume for p in order[:13]]) < 0.7 * np.mean([p.volume for p in order[-13:]])


def test_every_wall_element_is_convex() -> None:
    for part in elements_of(TUMBLER.shape, None):
        middle = part.vertices.mean(axis=0)
        for face in part.faces:
            a, b, c = part.vertices[list(face[:3])]
            normal = np.cross(b - a, c - a)
            assert normal @ (a - middle) > 0 and (part.vertices @ normal - normal @ a).max() < 1e-12


# the run -------------------------------------------------------------------------------------------------------------


def test_a_break_keeps_mass_and_momenta_and_pays_for_its_cracks(broken_cup: Trace) -> None:
    (record,) = broken_cup.meta["fracture"]
    assert max(abs(record["residuals"][k]) for k in ("mass_kg", "momentum_Ns", "angular_momentum_Nms")) < 1e-9
    assert record["lost_J"] == pytest.approx(record["energy_J"], rel=1e-6)
    assert 0 < record["energy_J"] < record["verdict"]["energy_J"]
    assert record["verdict"]["ratio"] >= 1 and record["assumed"]
    column = broken_cup.index("thing")
    shards = [i for i, name in enumerate(broken_cup.names) if name.startswith("thing/shard_")]
    assert broken_cup.mass[shards].sum() == pytest.approx(broken_cup.mass[column], rel=1e-12)


def test_energy_does_not_rise_and_the_audit_passes(broken_cup: Trace) -> None:
    energy = broken_cup.extra["energy"].data.sum(axis=1)
    assert (np.diff(energy) <= 0.005 * energy[0]).all()
    assert broken_cup.meta["audit"]["passed"], broken_cup.meta["audit"]
    assert any(check["name"] == "fracture" for check in broken_cup.meta["audit"]["checks"])


def test_the_body_ends_where_its_fragments_begin(broken_cup: Trace) -> None:
    whole = broken_cup.alive[:, broken_cup.index("thing")]
    shards = [i for i, name in enumerate(broken_cup.names) if "/shard_" in name]
    assert whole[0] and not whole[-1] and len(shards) >= 8
    for i in shards:
        assert (broken_cup.alive[:, i] == ~whole).all()
        assert np.isnan(broken_cup.position[whole, i]).all() and np.isfinite(broken_cup.position[~whole, i]).all()
    assert np.isnan(broken_cup.position[~whole, broken_cup.index("thing")]).all()
    assert broken_cup.contacts_of("thing", "ground")


def test_fragments_can_be_read_back(broken_cup: Trace, tmp_path: Path) -> None:
    broken_cup.save(tmp_path / "t.npz")
    again = Trace.load(tmp_path / "t.npz")
    bodies = fragment_bodies(again)
    assert set(bodies) == {name for name in again.names if "/shard_" in name}
    volume = sum(body.shape.volume() for body in bodies.values())
    assert volume == pytest.approx(TUMBLER.shape.volume(), rel=0.03)
    assert all(body.parent == "thing" and body.material == "glass" for body in bodies.values())
    scene = drop(TUMBLER, 0.75)
    assert set(with_fragments(scene, again).bodies) == set(again.names)


def test_a_soft_landing_breaks_nothing_and_says_what_would() -> None:
    scene = drop(
        TUMBLER, 0.0, linear_velocity=(0.0, 0.0, -0.05), orientation=(1.0, 0.0, 0.0, 0.0), position=(0, 0, 0.0451)
    )
    trace = simulate(scene, seconds=0.5)
    assert not trace.meta["fracture"] and trace.alive.all()
    (outcome,) = verify(scene, trace)
    assert not outcome.happened and "did not break" in outcome.evidence


def test_too_weak_a_blow_is_reported_with_its_ratio_and_the_fall_that_would_do() -> None:
    scene = drop(RigidBody(shape=Sphere(radius=0.008), material="glass", brittle=True), 1.0, floor="wood")
    trace = simulate(scene, seconds=1.0)
    (outcome,) = verify(scene, trace)
    test = trace.meta["fracture_tests"]["thing"]
    assert not outcome.happened and f"{test['ratio']:.2f}" in outcome.evidence and "harder floor" in outcome.evidence


def test_steel_never_breaks_in_a_run() -> None:
    scene = drop(RigidBody(shape=Sphere(radius=0.03), material="steel", brittle=True), 10.0)
    trace = simulate(scene, seconds=2.0)
    (outcome,) = verify(scene, trace)
    assert trace.alive.all() and not outcome.happened and "not brittle" in outcome.evidence


def test_asked_pieces_come_exactly_and_are_verified() -> None:
    scene = drop(ICE, 2.0, pieces=5)
    trace = simulate(scene, seconds=1.0)
    (outcome,) = verify(scene, trace)
    assert outcome.happened and sum("/shard_" in name for name in trace.names) == 5


def test_a_thing_that_strikes_a_vessel_breaks_it_and_momentum_is_kept() -> None:
    vase = RigidBody(
        shape=Cup(radius=0.05, height=0.2, wall=0.004), material="porcelain", brittle=True, position=(0, 0, 0.5)
    )
    ball = RigidBody(
        shape=Sphere(radius=0.03), material="steel", position=(-0.3, 0.0, 0.5), linear_velocity=(5.0, 0, 0)
    )
    scene = Scene(bodies={"vase": vase, "ball": ball}, environment={"gravity": 0.0, "drag": False})
    trace = simulate(scene, seconds=0.5)
    assert trace.meta["fracture"][0]["on"] == "ball" and trace.meta["audit"]["passed"], trace.meta["audit"]
    live = np.where(trace.alive, 1.0, 0.0) * np.where(np.isfinite(trace.mass), trace.mass, 0.0)
    total = np.nansum(live[..., None] * np.nan_to_num(trace.linear_velocity), axis=1)
    assert np.abs(total - total[0]).max() < 1e-9 * np.abs(total[0]).max() + 1e-9


def test_two_glasses_that_strike_each_other_both_break() -> None:
    ball = RigidBody(shape=Sphere(radius=0.05), wall=0.001, material="glass", brittle=True)
    bodies = {
        "one": ball.model_copy(update={"position": (-0.2, 0.0, 0.0), "linear_velocity": (4.0, 0.0, 0.0)}),
        "two": ball.model_copy(update={"position": (0.2, 0.004, 0.0), "linear_velocity": (-3.0, 0.0, 0.0)}),
    }
    scene = Scene(bodies=bodies, environment={"gravity": 0.0, "drag": False})
    trace = simulate(scene, seconds=0.3)
    assert {b["body"] for b in trace.meta["fracture"]} == {"one", "two"}
    assert trace.meta["audit"]["passed"], trace.meta["audit"]
    assert len(trace.contacts_of("one", "two")) == 1


def test_a_pane_in_its_frame_breaks_when_that_is_asked() -> None:
    pane = RigidBody(
        shape=Box(size=(1.0, 0.004, 1.0)), material="glass", brittle=True, fixed=True, position=(0, 0, 1.5)
    )
    ball = RigidBody(shape=Sphere(radius=0.037), material="leather", mass=0.145, position=(0.1, -1, 1.6))
    ball = ball.model_copy(update={"linear_velocity": (0.0, 15.0, 0.0)})
    scene = Scene(bodies={"window": pane, "ball": ball}, goals={"g": Breaks(body="window", pieces=15)})
    trace = simulate(scene, seconds=0.5)
    (outcome,) = verify(scene, trace)
    assert outcome.happened, outcome.evidence
    assert trace.meta["audit"]["passed"], trace.meta["audit"]
    assert trace["ball"].linear_velocity[-1, 1] > 0.0  # it flies on through the hole
    assert simulate(scene.model_copy(update={"goals": {}}), seconds=0.2).alive.all()


def test_a_mass_that_is_too_small_for_a_solid_makes_it_hollow() -> None:
    glass = library().material("glass")
    bulb = RigidBody(shape=Sphere(radius=0.03), material="glass", mass=0.033)
    wall, said = wall_of(bulb, glass)
    assert wall == pytest.approx(0.033 / (2500 * 4 * np.pi * 0.03**2), rel=0.05) and "hollow" in said
    assert free_fall_verdict(bulb, glass, library().material("concrete"), 0.75).breaks


def test_a_stick_snaps_in_two_only_when_that_is_asked() -> None:
    stick = RigidBody(
        shape=Box(size=(0.6, 0.006, 0.006)), material="wood", brittle=True, linear_velocity=(0.0, 0.0, -14.0)
    )
    asked = drop(stick, 0.5)
    trace = simulate(asked, seconds=0.6)
    assert trace.meta["fracture"][0]["pieces"] == 2 and trace.meta["fracture"][0]["status"] == "proxied"
    silent = asked.model_copy(update={"goals": {}})
    assert simulate(silent, seconds=0.6).alive.all()


@pytest.mark.slow
def test_the_same_scene_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from test_fracture import TUMBLER, drop\nfrom sim.simulate import simulate\n"
        "simulate(drop(TUMBLER, 0.75), seconds=0.7).save(sys.argv[1])\n"
    )
    digests = []
    for number in range(2):
        file = tmp_path / f"{number}.npz"
        subprocess.run([sys.executable, "-c", program, str(file)], check=True, cwd=Path(__file__).parents[1])
        digests.append(hashlib.sha256(file.read_bytes()).hexdigest())
    assert digests[0] == digests[1]


def test_another_seed_gives_other_cracks() -> None:
    one, two = (split(ICE, mass=1.0, count=10, impact=np.zeros(3), seed=seed, name="ice") for seed in (1, 2))
    assert [p.volume for p in one] != [p.volume for p in two]


def test_readers_need_no_bullet() -> None:
    code = "import sys, sim.fracture, sim.goal_checks; sys.exit('pybullet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1]).returncode == 0
