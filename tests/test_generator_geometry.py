"""What is drawn is what the scene says, where the trace says, in colours that people mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from generator_scenes import ball_drop, ground, path, rigid, trace_of, turned
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.figures_mesh import SPECIES_HEIGHT, figure_bounds, figure_pieces
from generator.geometry import poses_at, scene_geometry
from generator.looks import bsdf, surface_of
from generator.sky import environment
from generator.surface import bevelled_box, crease_normals, foliage, spherical_uv, subdivided
from generator.textures import ball_seams, linear, make_texture, parse_color, srgb
from scenes.errors import UserError
from scenes.meshes import triangulate
from scenes.primitives import Box, Sphere
from scenes.scene import Scene
from scenes.shapes import SHAPE
from sim.trace import ExtraArray


@pytest.mark.parametrize("kind", ["table", "shelf", "balcony", "ramp", "hill", "stairs", "tree", "house"])
def test_structures_are_drawn_within_their_bounds_and_lit_from_outside(kind):
    shape = SHAPE.validate_python({"type": kind})
    scene = Scene.from_data({"bodies": {"thing": rigid({"type": kind}, (0, 0, 0), "wood", fixed=True)}})
    parts = scene_geometry(scene, trace_of(scene, frames=1)).parts
    points = np.concatenate([part.vertices for part in parts])
    low, high = shape.bounds()
    slack = 0.12 * (high - low).max()  # leaves stand out a little
    assert (points.min(axis=0) > low - slack).all() and (points.max(axis=0) < high + slack).all()
    for part in parts:
        assert np.linalg.norm(part.normals, axis=1) == pytest.approx(1, abs=1e-6)
        assert part.faces.max() < len(part.vertices)
        if part.color != "leaves":
            a, b, c = (part.vertices[part.faces[:, k]] for k in range(3))
            agree = np.einsum("ij,ij->i", np.cross(b - a, c - a), part.normals[part.faces].mean(axis=1))
            assert (agree > 0).all()


def test_pieces_keep_the_looks_that_the_shape_gives_them():
    scene = Scene.from_data({"bodies": {"house": rigid({"type": "house"}, (0, 0, 3), "plaster", fixed=True)}})
    colors = {part.color for part in scene_geometry(scene, trace_of(scene, frames=1)).parts}
    assert {"wall", "roof", "door", "window"} <= colors


def test_a_cube_has_sharp_edges_and_a_ball_has_none():
    cube = triangulate(Box(size=(1, 1, 1)))
    assert np.abs(crease_normals(cube.vertices, cube.faces)).max(axis=2) == pytest.approx(1)
    ball = triangulate(Sphere(radius=2.0), segments=48)
    normals = crease_normals(ball.vertices, ball.faces)
    assert np.abs(normals - ball.vertices[ball.faces] / 2.0).max() < 0.04


@given(st.tuples(*[st.floats(0.005, 5)] * 3))
@settings(max_examples=30, deadline=None)
def test_a_bevel_stays_in_the_box_and_keeps_its_faces(size):
    vertices, faces = bevelled_box(size)
    assert np.ptp(vertices, axis=0) == pytest.approx(np.asarray(size))
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    volume = np.einsum("ij,ij->", a, np.cross(b, c)) / 6
    assert 0.9 * np.prod(size) < volume <= np.prod(size) * (1 + 1e-9)


def test_subdivision_keeps_area_and_shortens_edges():
    box = triangulate(Box(size=(1, 0.2, 0.1)))
    vertices, faces = subdivided(box.vertices, box.faces, 0.05)

    def area(v, f):
        return 0.5 * np.linalg.norm(np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]]), axis=1).sum()

    assert area(vertices, faces) == pytest.approx(area(box.vertices, box.faces))
    assert np.linalg.norm(vertices[faces] - np.roll(vertices[faces], -1, axis=1), axis=2).max() <= 0.05 + 1e-9


def test_longitude_does_not_run_backwards_over_the_seam():
    ball = triangulate(Sphere(radius=1.0), segments=32)
    uv = spherical_uv(ball.vertices[ball.faces])
    assert np.ptp(uv[..., 0], axis=1).max() <= 1 / 32 + 1e-9
    assert foliage(np.array([1.0, 1.0, 0.8]), seed=1)[2].max() < 4 * 1100


def test_poses_between_frames_go_straight_and_turn_evenly():
    _, trace = ball_drop(frames=3)
    column = trace.index("ball")
    orientation = trace.orientation.copy()
    orientation[:, column] = turned((0, 1, 0), np.array([0.0, 1.0, 2.0]))
    poses = poses_at(replace(trace, orientation=orientation), np.array([0.0, 0.25 / 16, 1 / 16]))
    assert poses.position[1, column] == pytest.approx(
        0.75 * trace.position[0, column] + 0.25 * trace.position[1, column]
    )
    assert np.arccos((np.trace(poses.rotation[1, column]) - 1) / 2) == pytest.approx(0.25)
    assert poses.position[2, column] == pytest.approx(trace.position[1, column])


@pytest.mark.parametrize("species", sorted(SPECIES_HEIGHT))
def test_figures_have_their_height_stand_on_the_ground_and_move_their_limbs(species):
    low, high = figure_bounds(species)
    height = SPECIES_HEIGHT[species]
    assert high[2] == pytest.approx(height, rel=0.35)
    assert low[2] > -0.12 * height
    rest, stride = figure_pieces(species, None, 0.0, "walk"), figure_pieces(species, None, 1.5, "walk")
    assert [p.color for p in rest] == [p.color for p in stride]
    moved = max(np.linalg.norm(np.subtract(a.position, b.position)) for a, b in zip(rest, stride, strict=True))
    assert moved > 0.04 * height
    for a, b in zip(rest, stride, strict=True):
        assert np.abs(a.shape.extent() - b.shape.extent()).max() < 0.35 * height  # a limb stays a limb


def test_a_figure_walks_while_it_travels_and_stands_when_it_stops():
    scene = Scene.from_data(
        {
            "bodies": {
                "ground": ground("grass"),
                "person": {"kind": "figure", "species": "person", "position": (0, 0, 0.85)},
            }
        }
    )
    trace = trace_of(scene, frames=48, motion={"person": path(lambda t: np.minimum(1.2 * t, 1.8), 0.0, 0.85)})
    geometry = scene_geometry(scene, trace)
    column = trace.index("person")
    before, after = geometry.figure_pose(column, 10), geometry.figure_pose(column, 14)
    assert max(np.linalg.norm(np.subtract(a.position, b.position)) for a, b in zip(before, after, strict=True)) > 0.05
    late, later = geometry.figure_pose(column, 40), geometry.figure_pose(column, 44)
    assert all(a.position == b.position for a, b in zip(late, later, strict=True))
    feet = min(geometry.world(part, 10)[0][:, 2].min() for part in geometry.parts)
    assert abs(feet) < 0.06


def test_temperature_cells_are_shown_where_they_are():
    scene = Scene.from_data(
        {
            "bodies": {
                "ground": ground(),
                "rod": rigid({"type": "box", "size": (1.0, 0.05, 0.05)}, (0, 0, 0.5), "copper", fixed=True),
            }
        }
    )
    trace = trace_of(scene, frames=2)
    x = (np.arange(20) + 0.5) / 20 - 0.5
    extra = {
        "temperature": ExtraArray(np.tile(100 * (x + 0.5), (2, 1)), "degC"),
        "temperature_position": ExtraArray(np.stack([x, 0 * x, 0 * x], axis=1), "m"),
        "temperature_body": ExtraArray(np.full(20, trace.index("rod"))),
    }
    parts = [part for part in scene_geometry(scene, replace(trace, extra=extra)).parts if part.cells is not None]
    assert len(parts) == 1
    part = parts[0]
    assert np.abs(x[part.cells] - part.vertices[:, 0]).max() <= 0.5 / 20 + 1e-9
    assert len(np.unique(part.cells)) == 20


def test_every_material_has_a_surface():
    mitsuba = pytest.importorskip("mitsuba")
    mitsuba.set_variant("scalar_rgb")
    from scenes.materials import library

    for name in library().names():
        surface = surface_of(name, None, ball=True)
        assert min(surface.color) >= 0 and max(surface.color) <= 1
        assert bsdf(surface)["type"]
    with pytest.raises(UserError, match="unobtainium"):
        surface_of("unobtainium", None)


def test_colours_are_linearised_and_named_ones_are_what_they_say():
    assert linear((0.5, 0.5, 0.5))[0] == pytest.approx(0.21404, abs=1e-5)
    assert srgb(linear((0.2, 0.6, 0.9))) == pytest.approx((0.2, 0.6, 0.9))
    assert parse_color("#808080") == pytest.approx((0.21586,) * 3, abs=1e-5)
    red, green, blue = parse_color("red"), parse_color("green"), parse_color("blue")
    assert red[0] > 5 * max(red[1:]) and green[1] == max(green) and blue[2] == max(blue)
    assert parse_color("no such colour") is None


@pytest.mark.parametrize(
    "kind",
    [
        "concrete",
        "wood",
        "grass",
        "sand",
        "snow",
        "ice",
        "brick",
        "stone",
        "marble",
        "fabric",
        "leaves",
        "regolith",
        "plaster",
        "fur",
    ],
)
def test_textures_repeat_without_a_seam_and_keep_their_colour(kind):
    base = (0.30, 0.28, 0.22)
    image = make_texture(kind, base, size=256, count=3 if kind in {"concrete", "wood"} else 0)
    assert np.isfinite(image).all() and image.min() >= 0 and image.max() <= 0.96
    assert image.mean(axis=(0, 1)) == pytest.approx(base, rel=0.7 if kind == "grass" else 0.45)  # turf is straw as well
    for axis in (0, 1):
        inside = np.abs(np.diff(image, axis=axis)).mean(axis=(1 - axis, 2))
        across = np.abs(np.take(image, 0, axis=axis) - np.take(image, -1, axis=axis)).mean()
        assert across <= max(3 * inside.mean(), inside.max() * 1.05)


def test_a_ball_shows_its_spin_from_every_side():
    image = ball_seams(parse_color("red"))
    height, width = image.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    colatitude, longitude = (rows + 0.5) / height * np.pi, (columns + 0.5) / width * 2 * np.pi
    d = np.stack(
        [np.sin(colatitude) * np.cos(longitude), np.sin(colatitude) * np.sin(longitude), np.cos(colatitude)], axis=-1
    )
    for side in np.random.default_rng(1).standard_normal((30, 3)):
        front = d @ (side / np.linalg.norm(side)) > 0.5
        assert image[front].std(axis=0).max() > 0.02


@pytest.mark.parametrize(
    "style", ["daylight", "indoor", "night", "studio", "underwater", "lunar", "mars", "space", "overcast", "sunset"]
)
def test_every_look_is_finite_lit_and_has_its_own_light(style):
    light = environment(style)
    assert np.isfinite(light.sky).all() and light.sky.min() >= 0
    assert np.linalg.norm(light.sun) == pytest.approx(1) and light.sun[2] < 0
    assert (light.on_ground() > 0).all()
    if light.haze is not None:
        horizon = light.radiance(np.array([[0.6, 0.8, -0.02]]))[0]
        assert horizon == pytest.approx(light.haze, rel=0.05)


def test_what_no_solver_moves_is_painted_and_marked_as_imagined():
    from generator.camera import frame_camera
    from generator.gbuffer import GeometryBuffer
    from generator.preview import imagined

    bodies = {
        "ground": ground(),
        "glass": rigid({"type": "cup", "radius": 0.1, "height": 0.3}, (0.4, 0, 0.15), "glass"),
        "water": {"kind": "fluid", "container": "glass"},
        "flame": {"kind": "field", "field": "flame", "position": (-0.3, 0, 0), "extent": (0.2, 0.2, 0.4)},
        "wind": {"kind": "field", "field": "wind"},
    }
    scene = Scene.from_data({"bodies": bodies})
    solved = Scene.from_data({"bodies": {name: bodies[name] for name in ("ground", "glass")}})
    trace = trace_of(solved, frames=2)
    drawn = {part.body for part in scene_geometry(scene, trace).parts}
    assert drawn == {"glass", "water", "flame"}
    flame = np.concatenate([p.vertices for p in scene_geometry(scene, trace).parts if p.body == "flame"])
    assert np.ptp(flame[:, 2]) == pytest.approx(0.4, rel=0.05)
    camera = frame_camera(scene, trace, size=(160, 96))
    ids = GeometryBuffer(scene, trace, camera).frame(0).ids
    x, y, _ = camera.project(np.array([-0.3, 0, 0.15]), 0)
    assert ids[int(y), int(x)] == -2
    assert set(np.unique(ids)) <= {-2, -1, 0, 1}
    painted, missing = imagined(scene, trace)
    assert any("flame" in word for word in painted) and any("wind" in word for word in missing)
