"""Shapes in the solver: mass and inertia, lowest points, and collisions that keep holes open, ends flat and sides round."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.bodies import RigidBody
from scenes.materials import library
from scenes.meshes import triangulate
from scenes.primitives import (
    Box,
    Capsule,
    Cone,
    Convex,
    Cup,
    Cylinder,
    Ellipsoid,
    Primitive,
    Sphere,
    Torus,
    rotation_matrix,
)
from scenes.shapes import Ramp, Table
from sim.check_scenes import body, ground, pair, plane, scene
from sim.extent import lowest_points
from sim.inertia import mass_properties, solid_tensor
from sim.pairs import Toucher, contact_factors
from sim.simulate import simulate

SHAPES: list[Primitive] = [
    Sphere(radius=0.3),
    Ellipsoid(radii=(0.1, 0.2, 0.3)),
    Box(size=(0.1, 0.2, 0.3)),
    Cylinder(radius=0.2, height=0.5),
    Capsule(radius=0.1, height=0.3),
    Cone(radius=0.2, height=0.4),
    Torus(major_radius=0.3, minor_radius=0.05),
    Cup(radius=0.2, base_radius=0.15, height=0.3, wall=0.02),
    Convex(vertices=((0, 0, 0), (1, 0, 0), (0, 0.5, 0), (0, 0, 0.7), (0.4, 0.4, 0.4))),
]


def moments_of_triangles(shape: Primitive) -> np.ndarray:
    """Inertia by summing tetrahedra of a fine triangulation: independent of the closed forms."""
    mesh = triangulate(shape, segments=256)
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    sixth = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    total = a + b + c
    second = sum(np.einsum("i,ij,ik->jk", sixth, v, v) for v in (a, b, c, total)) / 20
    return np.asarray(np.trace(second) * np.eye(3) - second)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s.type)
def test_inertia_agrees_with_a_fine_triangulation(shape: Primitive) -> None:
    assert np.allclose(
        solid_tensor(shape), moments_of_triangles(shape), rtol=2e-3, atol=1e-3 * np.abs(solid_tensor(shape)).max()
    )


def test_mass_is_density_times_volume_unless_stated() -> None:
    ball = RigidBody(shape=Sphere(radius=0.1), material="steel")
    assert mass_properties(ball, 7850.0).mass == pytest.approx(7850 * 4 / 3 * math.pi * 1e-3)
    assert mass_properties(ball.model_copy(update={"mass": 2.0}), 7850.0).mass == 2.0
    assert mass_properties(ball.model_copy(update={"density": 100.0}), 7850.0).mass == pytest.approx(
        100 * 4 / 3 * math.pi * 1e-3
    )


def test_a_thin_shell_has_two_thirds_of_m_r_squared() -> None:
    shell = mass_properties(RigidBody(shape=Sphere(radius=0.1), wall=0.0005, density=1000.0), 0.0)
    assert shell.mass == pytest.approx(1000 * 4 * math.pi * 0.01 * 0.0005, rel=0.01)
    assert shell.moments / (shell.mass * 0.01) == pytest.approx([2 / 3] * 3, rel=0.01)


def test_principal_axes_of_a_lopsided_body_diagonalise_its_tensor() -> None:
    for shape in (Ramp(), Table()):
        made = mass_properties(RigidBody(shape=shape), 500.0)
        assert np.allclose(made.axes @ np.diag(made.moments) @ made.axes.T, made.tensor, atol=1e-9 * made.moments.max())
        assert np.linalg.det(made.axes) == pytest.approx(1.0)


@settings(max_examples=30, deadline=None)
@given(
    q=st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: sum(v * v for v in q) > 0.1),
    which=st.integers(0, len(SHAPES) - 1),
)
def test_the_lowest_point_is_that_of_the_triangles(q: tuple[float, ...], which: int) -> None:
    shape = SHAPES[which]
    turn = np.array(q) / np.linalg.norm(q)
    drawn = triangulate(shape, segments=128).vertices @ rotation_matrix(turn).T
    assert lowest_points(shape, np.zeros((1, 3)), turn[None])[0] == pytest.approx(drawn[:, 2].min(), abs=2e-3)


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "cylinder", "radius": 0.05, "height": 0.1},
        {"type": "cylinder", "radius": 0.1, "height": 0.02},
        {"type": "cone", "radius": 0.1, "height": 0.1},
        {"type": "cup", "radius": 0.05, "height": 0.1},
    ],
)
def test_flat_ended_bodies_land_on_their_ends_and_stand(shape: dict) -> None:
    trace = simulate(scene({"ground": ground(), "thing": body(shape, (0, 0, 0.35), material="wood")}), seconds=3)
    up = np.array([rotation_matrix(q)[2, 2] for q in trace["thing"].orientation])
    assert up.min() > 0.999
    assert trace["thing"].height[-1] == pytest.approx(0.0, abs=1e-3)


def test_a_cylinder_rolls_on_its_side_like_a_cylinder() -> None:
    angle = math.radians(10)
    rolling = plane(angle, 0.8, {"type": "sphere", "radius": 0.1})
    lying = [math.cos(math.pi / 4), math.sin(math.pi / 4), 0.0, 0.0]
    cylinder = {
        "kind": "rigid",
        "shape": {"type": "cylinder", "radius": 0.1, "height": 0.3},
        "orientation": lying,
        "material": "rubber",
        "position": rolling.bodies["body"].position,
    }
    made = scene(
        {"slope": rolling.bodies["slope"].model_dump(exclude_none=True), "body": cylinder}, pairs=pair(0.0, 0.8)
    )
    trace = simulate(made, seconds=2)
    gone = float(np.linalg.norm(trace["body"].position[-1] - trace["body"].position[0]))
    assert gone == pytest.approx(2 / 3 * 9.80665 * math.sin(angle) * 2, rel=0.03)


def test_a_ball_falls_through_a_ring_and_stays_in_a_cup() -> None:
    bodies = {
        "ground": ground(),
        "ring": body(
            {"type": "ring", "major_radius": 0.2, "minor_radius": 0.02}, (0, 0, 1), material="steel", fixed=True
        ),
        "cup": body(
            {"type": "cup", "radius": 0.15, "height": 0.3, "wall": 0.01}, (0, 0, 0.15), material="steel", fixed=True
        ),
        "ball": body({"type": "sphere", "radius": 0.05}, (0, 0, 1.5), material="rubber"),
    }
    trace = simulate(scene(bodies), seconds=4)
    assert not trace.contacts_of("ball", "ring")
    assert trace.contacts_of("ball", "cup")
    assert np.hypot(*trace["ball"].position[-1, :2]) < 0.15 and trace["ball"].position[-1, 2] < 0.2


@pytest.mark.parametrize("fixed", [True, False])
def test_bodies_of_many_parts_are_solid_everywhere(fixed: bool) -> None:
    """Bullet takes sixteen parts in a shape: the rest must not be lost."""
    posts = [{"shape": {"type": "box", "size": [0.2, 0.2, 0.2]}, "position": [0.3 * i, 0, 0]} for i in range(40)]
    rack = body({"type": "compound", "parts": posts}, (0, 0, 0.1), fixed=fixed, material="wood")
    bodies = {"ground": ground(), "rack": rack}
    for k in (0, 9, 21, 39):
        bodies[f"ball_{k}"] = body({"type": "sphere", "radius": 0.08}, (0.3 * k - 5.85, 0, 0.5), material="wood")
    trace = simulate(scene(bodies, pairs={"wood+wood": {"rolling_friction": 0.5}}), seconds=1.5)
    for k in (0, 9, 21, 39):
        assert trace[f"ball_{k}"].position[-1, 2] == pytest.approx(0.28, abs=2e-3)
    assert trace["rack"].height[-1] == pytest.approx(0.0, abs=2e-3)


def test_a_cup_and_a_ring_on_their_sides_are_closed_all_around() -> None:
    cup, ring = (
        {"type": "cup", "radius": 0.04, "height": 0.12, "wall": 0.003},
        {"type": "ring", "major_radius": 0.2, "minor_radius": 0.03},
    )
    for k in range(8):
        turn = [math.cos(math.pi / 4), math.cos(k) * math.sin(math.pi / 4), math.sin(k) * math.sin(math.pi / 4), 0.0]
        bodies = {
            "ground": ground(),
            "cup": body(cup, (0, 0, 0.06), orientation=turn),
            "ring": body(ring, (2, 0, 0.26), orientation=turn),
        }
        trace = simulate(scene(bodies), seconds=1)
        assert abs(trace["cup"].height[-1]) < 3e-3
        assert abs(trace["ring"].height[-1]) < 8e-3


@pytest.mark.slow
def test_a_concave_mesh_keeps_its_hollow(tmp_path) -> None:
    import trimesh

    outer, inner = trimesh.creation.box((1, 1, 0.6)), trimesh.creation.box((0.8, 0.8, 0.6))
    inner.apply_translation((0, 0, 0.1))
    tray = outer.difference(inner)
    tray.export(tmp_path / "tray.obj")
    bodies = {
        "tray": body({"type": "mesh", "file": str(tmp_path / "tray.obj")}, (0, 0, 0), fixed=True),
        "ball": body({"type": "sphere", "radius": 0.08}, (0, 0, 1.0), material="wood"),
    }
    trace = simulate(scene(bodies), seconds=3)
    assert trace["ball"].position[-1, 2] < 0.2


# pairs ---------------------------------------------------------------------------------------------------------------------------------


def used(record: list[dict], name: str, quantity: str) -> dict:
    return next(entry for entry in record if entry["pair"] == name)[quantity]


def test_one_material_on_one_surface_is_met_exactly_and_the_surface_takes_one() -> None:
    factors, record = contact_factors(
        [Toucher("ground", "concrete", False), Toucher("ball", "rubber", True, 0.1)], library()
    )
    assert factors["ground"].restitution == 1.0 and factors["ground"].friction == 1.0
    assert factors["ball"].restitution == library().pair("rubber", "concrete").restitution.value
    assert used(record, "concrete+rubber", "restitution")["error"] == 0.0


def test_two_surfaces_and_two_movers_are_met_where_they_can_be() -> None:
    bodies = [
        Toucher("ground", "concrete", False),
        Toucher("table", "wood", False),
        Toucher("ball", "rubber", True, 0.1),
    ]
    _, record = contact_factors(bodies, library())
    for entry in record:
        assert abs(entry["restitution"]["error"]) < 1e-3 and abs(entry["friction"]["error"]) < 1e-3
    crowded = [*bodies, Toucher("coin", "steel", True), Toucher("block", "oak", True), Toucher("block_2", "oak", True)]
    factors, record = contact_factors(crowded, library())
    for entry in record:
        a, b = entry["pair"].split("+")
        first = next(t.name for t in crowded if t.material == a and t.moving == entry["moving"][0])
        last = next(t.name for t in reversed(crowded) if t.material == b and t.moving == entry["moving"][1])
        assert entry["restitution"]["used"] == pytest.approx(
            factors[first].restitution * factors[last].restitution, rel=1e-6
        )
    surfaces = [abs(e["restitution"]["error"]) for e in record if not all(e["moving"])]
    assert max(surfaces) < 0.35


def test_what_falls_on_what_decides_the_bounce() -> None:
    rises = []
    for material in ("rubber", "wood"):
        trace = simulate(
            scene(
                {"ground": ground(), "ball": body({"type": "sphere", "radius": 0.1}, (0, 0, 1.1), material=material)}
            ),
            seconds=1.5,
        )
        wanted = library().pair(material, "concrete").restitution.value
        rises.append((trace.contacts[0].speed_after / trace.contacts[0].speed_before, wanted))
    for measured, wanted in rises:
        assert measured == pytest.approx(wanted, rel=0.02)
