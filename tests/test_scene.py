"""A Scene is a value: it survives YAML, refuses what it does not know, names what is nearest, and its shapes measure themselves rightly."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.errors import UserError
from scenes.meshes import triangulate
from scenes.scene import Scene
from scenes.shapes import SHAPE, Box, Capsule, Compound, Cone, Convex, Cup, Cylinder, Ellipsoid, Part, Sphere, Torus

BALL = """
schema: 1
text: a ball falls
bodies:
  ball: {kind: rigid, shape: {type: sphere, radius: 0.1}, material: rubber, position: [0, 0, 2]}
  ground: {kind: rigid, shape: {type: box, size: [20, 20, 1]}, material: concrete, position: [0, 0, -0.5], fixed: true}
goals:
  three: {type: bounces, body: ball, count: 3, asked: bounces three times}
free:
  pairs.rubber+concrete.restitution: {low: 0.5, high: 0.85, why: measured rebounds}
"""
length = st.floats(0.01, 5.0, allow_nan=False)


def shapes() -> st.SearchStrategy:
    return st.one_of(
        st.builds(Sphere, radius=length),
        st.builds(lambda a, b, c: Box(size=(a, b, c)), length, length, length),
        st.builds(lambda a, b, c: Ellipsoid(radii=(a, b, c)), length, length, length),
        st.builds(Cylinder, radius=length, height=length),
        st.builds(Capsule, radius=length, height=length),
        st.builds(Cone, radius=length, height=length),
        st.builds(lambda r: Torus(major_radius=r, minor_radius=r / 4), length),
        st.builds(lambda r: Cup(radius=r, base_radius=0.8 * r, height=2 * r, wall=0.1 * r), length),
    )


@given(shapes())
@settings(max_examples=60, deadline=None)
def test_triangles_agree_with_the_closed_forms(shape) -> None:
    """Volume, centre of mass at the origin, and bounds are those of the drawn surface."""
    import trimesh

    mesh = triangulate(shape, segments=96)
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces)  # merges the poles
    assert solid.is_watertight and solid.is_winding_consistent
    assert solid.volume == pytest.approx(shape.volume(), rel=0.01)
    size = float(shape.extent().max())
    assert np.abs(solid.center_mass).max() < 0.01 * size
    low, high = shape.bounds()
    assert np.abs(solid.bounds - [low, high]).max() < 0.01 * size


@given(st.lists(st.tuples(shapes(), st.tuples(length, length, length)), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_compound_is_about_its_centre_of_mass(parts) -> None:
    compound = Compound(parts=tuple(Part(shape=shape, position=at) for shape, at in parts))
    pieces = compound.pieces()
    moment = sum(piece.shape.volume() * np.asarray(piece.position) for piece in pieces)
    assert np.abs(moment).max() < 1e-9 * max(1.0, compound.volume()) * 10


@pytest.mark.parametrize("kind", ["table", "shelf", "balcony", "ramp", "hill", "stairs", "tree", "house"])
def test_structures_stand_on_their_underside_and_are_drawable(kind: str) -> None:
    shape = SHAPE.validate_python({"type": kind})
    low, high = shape.bounds()
    assert low[2] < 0 < high[2]
    for piece in shape.pieces():
        assert len(triangulate(piece.shape).faces) > 0


def test_a_convex_shape_is_recentred_and_a_flat_one_is_refused() -> None:
    corner = Convex(vertices=((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)))
    assert corner.volume() == pytest.approx(1 / 6)
    assert corner.bounds()[0] == pytest.approx([-0.25, -0.25, -0.25])
    with pytest.raises(ValueError, match="one plane"):
        Convex(vertices=((0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)))


def test_yaml_is_lossless() -> None:
    scene = Scene.from_yaml(BALL)
    assert Scene.from_yaml(scene.to_yaml()) == scene
    assert scene.to_yaml() == Scene.from_yaml(scene.to_yaml()).to_yaml()


@given(st.floats(0.001, 1e3), st.floats(-100, 100), st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_values_survive_yaml_to_the_last_bit(mass: float, height: float, text: str) -> None:
    scene = Scene.from_yaml(BALL).with_({"bodies.ball.mass": mass, "bodies.ball.position.2": height, "title": text})
    again = Scene.from_yaml(scene.to_yaml())
    assert again.bodies["ball"].mass == mass
    assert again.bodies["ball"].position[2] == height
    assert again.title == text


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (BALL.replace("material: rubber", "materal: rubber"), "material"),
        (BALL.replace("radius: 0.1", "radius: -0.1"), "greater than 0"),
        (BALL.replace("radius: 0.1", "radius: .nan"), "finite"),
        (BALL.replace("body: ball, count", "body: bal, count"), "'ball'"),
        (BALL.replace("schema: 1", "schema: 7"), "schema"),
        (BALL.replace("position: [0, 0, 2]}", "position: [0, 0, 2"), "line"),
        (BALL.replace("position: [0, 0, 2]", "orientation: [0, 0, 0, 0]"), "zero quaternion"),
        ("- a list", "mapping"),
        ("", "mapping"),
    ],
)
def test_a_broken_scene_is_one_sentence_that_names_the_place(broken: str, says: str) -> None:
    with pytest.raises(UserError) as caught:
        Scene.from_yaml(broken, name="ball.yaml")
    assert says in str(caught.value) and "ball.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_set_reaches_values_and_leaves_the_original() -> None:
    scene = Scene.from_yaml(BALL)
    changed = scene.with_(
        {"environment.gravity": 1.62, "materials.rubber.restitution": 0.6, "pairs.rubber+concrete.friction": 0.4}
    )
    assert changed.environment.gravity == 1.62 and scene.environment.gravity != 1.62
    assert changed.materials["rubber"].restitution == 0.6
    assert changed.pairs["rubber+concrete"].friction == 0.4
    assert changed.provenance["environment.gravity"].source == "set"
    assert changed.get("bodies.ball.shape.radius") == 0.1


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("bodies.bal.mass", 1.0, "'ball'"),
        ("bodies.ball.mas", 1.0, "'mass'"),
        ("enviroment.gravity", 1.0, "'environment'"),
        ("bodies.ball.mass", -1.0, "greater than 0"),
        ("materials.rubbr.restitution", 0.5, "'rubber'"),
        ("materials.rubber.restitution", 1.5, "less than or equal to 1"),
        ("bodies.ball.position.7", 1.0, "index"),
        ("pairs.rubber.restitution", 0.5, "pair"),
    ],
)
def test_a_wrong_path_or_value_names_the_nearest_right_one(path: str, value: float, says: str) -> None:
    with pytest.raises(UserError) as caught:
        Scene.from_yaml(BALL).with_({path: value})
    assert says in str(caught.value)


def test_mass_and_density_exclude_each_other() -> None:
    scene = Scene.from_yaml(BALL).with_({"bodies.ball.density": 900.0}).with_({"bodies.ball.mass": 2.0})
    assert scene.bodies["ball"].mass == 2.0 and scene.bodies["ball"].density is None


def test_the_json_schema_names_every_part() -> None:
    text = json.dumps(Scene.model_json_schema(by_alias=True))
    for word in (
        "bodies",
        "joints",
        "thermal",
        "drivers",
        "events",
        "goals",
        "free",
        "camera",
        "provenance",
        "torus",
        "balcony",
    ):
        assert word in text


def test_a_mesh_file_is_measured(tmp_path) -> None:
    import trimesh

    file = tmp_path / "cube.obj"
    trimesh.creation.box(extents=(2, 2, 2)).export(file)
    shape = SHAPE.validate_python({"type": "mesh", "file": str(file), "scale": 0.5})
    assert shape.volume() == pytest.approx(1.0)
    assert shape.extent() == pytest.approx([1, 1, 1])
    with pytest.raises(UserError, match="does not exist"):
        SHAPE.validate_python({"type": "mesh", "file": str(tmp_path / "none.obj")}).volume()


def test_slopes_have_the_stated_angle() -> None:
    ramp = SHAPE.validate_python({"type": "ramp", "length": 2.0, "height": 1.0})
    assert ramp.angle == pytest.approx(math.atan2(1, 2))


def test_a_scene_draws_its_plan_for_a_notebook() -> None:
    scene = Scene.from_data(
        {
            "schema": 1,
            "text": "a <b>ball</b>",
            "bodies": {
                "ball": {
                    "kind": "rigid",
                    "shape": {"type": "sphere", "radius": 0.1},
                    "position": [0, 0, 1],
                    "material": "rubber",
                },
                "rod": {
                    "kind": "rigid",
                    "shape": {"type": "cylinder", "radius": 0.02, "height": 1},
                    "orientation": [0.92388, 0, 0.382683, 0],
                },
                "ground": {
                    "kind": "rigid",
                    "shape": {"type": "box", "size": [60, 60, 1]},
                    "position": [0, 0, -0.5],
                    "fixed": True,
                },
                "water": {"kind": "fluid"},
            },
        }
    )
    page = scene._repr_html_()
    assert page.count("<svg") == 2 and "<b>ball</b>" not in page and "&lt;b&gt;ball" in page
    assert all(f"<title>{name}</title>" in page for name in ("ball", "rod", "ground")) and "nan" not in page
    assert Scene.from_data({"schema": 1})._repr_html_().startswith("<div>")
