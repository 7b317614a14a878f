"""The geometry buffer is exact: ids, depth and normals agree with closed forms, and flow carries the picture of one
frame onto another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from generator_scenes import ball_drop, ground, path, rigid, trace_of, turned

from generator.camera import frame_camera
from generator.gbuffer import GeometryBuffer
from scenes.scene import Scene

SIZE = (208, 120)


def buffer_of(scene, trace, **camera):
    view = frame_camera(
        scene.with_({f"camera.{k}": v for k, v in camera.items()}) if camera else scene, trace, size=SIZE
    )
    return GeometryBuffer(scene, trace, view), view


def test_ids_depth_and_normals_of_a_ball_are_those_of_a_sphere():
    scene, trace = ball_drop(radius=0.3, height=0.5, frames=8)
    geometry, camera = buffer_of(scene, trace)
    found = geometry.frame(3)
    column = trace.index("ball")
    centre = trace.position[3, column]
    rays = camera.rays(3)
    along = (rays * (centre - camera.eye[3])).sum(axis=-1)
    off2 = ((centre - camera.eye[3]) ** 2).sum() - along**2
    expected = off2 < 0.3**2
    mine = found.ids == column
    assert (mine != expected).sum() <= 0.02 * expected.sum() + 4  # the mesh has 64 sides
    inner = mine & (off2 < 0.27**2)
    distance = along - np.sqrt(np.maximum(0.3**2 - off2, 0))
    forward = camera.axes(3)[2]
    assert found.depth[inner] == pytest.approx((distance * (rays @ forward))[inner], abs=0.003)
    outward = (found.position - centre)[inner] / 0.3
    assert np.abs(found.normal[inner] - outward).max() < 0.03
    assert (found.ids == trace.index("ground")).any() and (found.ids == -1).any()
    assert np.isinf(found.depth[found.ids == -1]).all()


def test_depth_of_the_ground_is_that_of_a_plane():
    scene, trace = ball_drop(frames=2)
    geometry, camera = buffer_of(scene, trace)
    found = geometry.frame(0)
    floor = found.ids == trace.index("ground")
    assert np.abs(found.position[floor][:, 2]).max() < 2e-3
    assert found.normal[floor][:, 2].min() > 0.999
    assert camera.project(found.position, 0)[floor][:, 2] == pytest.approx(found.depth[floor], rel=1e-4)


def warp(image: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """`image` of the later frame fetched at pixel + flow, bilinear."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    x, y = np.clip(columns + flow[..., 0], 0, width - 1.001), np.clip(rows + flow[..., 1], 0, height - 1.001)
    x0, y0 = x.astype(int), y.astype(int)
    fx, fy = (x - x0)[..., None], (y - y0)[..., None]
    top = image[y0, x0] * (1 - fx) + image[y0, x0 + 1] * fx
    return top * (1 - fy) + (image[y0 + 1, x0] * (1 - fx) + image[y0 + 1, x0 + 1] * fx) * fy


@pytest.mark.parametrize("move", ["still", "orbit"])
def test_flow_warps_one_frame_onto_the_other(move):
    def rolling(t):
        return np.stack([-0.4 + 0.8 * t, 0 * t, 0 * t + 0.3], axis=1), turned((0, 1, 0), 0.8 * t / 0.3)

    bodies = {
        "ground": ground("brick"),
        "ball": rigid({"type": "sphere", "radius": 0.3}, (0, 0, 0.3), "rubber", color="red"),
        "post": rigid({"type": "box", "size": (0.2, 0.2, 1.0)}, (0.5, -0.6, 0.5), "wood", fixed=True),
        "person": {"kind": "figure", "species": "person", "position": (-0.8, 0.6, 0.85), "posture": "walk"},
    }
    scene = Scene.from_data({"bodies": bodies})
    trace = trace_of(scene, frames=12, motion={"ball": rolling, "person": path(lambda t: -0.8 + t, 0.6, 0.85)})
    geometry, _ = buffer_of(scene, trace, move=move)
    first, second = geometry.frame(4), geometry.frame(6)
    flow, seen = geometry.flow(first, 6)
    solid = seen & (first.ids >= 0) & (first.depth < 6)
    # Where the warped ids agree the pixel does not straddle an edge, so that textures are compared and not silhouettes.
    near = np.round(warp(second.ids[..., None].astype(float), flow)[..., 0] * 64) == first.ids * 64
    inner = solid & near
    assert inner.sum() > 0.85 * solid.sum()
    right = np.abs(warp(second.albedo, flow) - first.albedo)[inner].mean()
    still = np.abs(second.albedo - first.albedo)[inner].mean()
    wrong = np.abs(warp(second.albedo, -flow) - first.albedo)[inner].mean()
    assert right < 0.45 * still and right < 0.45 * wrong
    ball = inner & (first.ids == trace.index("ball"))
    assert np.hypot(*flow[ball].T).mean() > 2
    if move == "still":
        assert np.abs(flow[first.ids == trace.index("ground")]).max() < 0.02


def test_flow_of_a_turning_ball_is_that_of_its_surface_not_of_its_centre():
    bodies = {"ground": ground(), "ball": rigid({"type": "sphere", "radius": 0.3}, (0, 0, 0.5), color="blue")}
    scene = Scene.from_data({"bodies": bodies})
    spin = 2.0  # [rad/s] about z: the near side goes to +x
    trace = trace_of(
        scene,
        frames=4,
        motion={"ball": lambda t: (np.tile([0, 0, 0.5], (len(t), 1)) * 1.0, turned((0, 0, 1), spin * t))},
    )
    geometry, camera = buffer_of(scene, trace)
    first = geometry.frame(0)
    flow, _ = geometry.flow(first, 1)
    ball = first.ids == trace.index("ball")
    angle = spin / 16
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    centre = np.array([0, 0, 0.5])
    expected = (
        camera.project((first.position - centre) @ turn.T + centre, 1)[..., :2]
        - camera.project(first.position, 0)[..., :2]
    )
    assert np.abs(flow - expected)[ball].max() < 0.02
    near_side = ball & (first.normal[..., 1] < -0.9)
    assert (flow[near_side][:, 0] > 0).all()


def test_what_goes_behind_something_is_not_seen_there():
    wall = rigid({"type": "box", "size": (0.8, 0.05, 1.2)}, (0.5, -0.5, 0.6), "plastic", color="green", fixed=True)
    bodies = {
        "ground": ground(),
        "wall": wall,
        "ball": rigid({"type": "sphere", "radius": 0.15}, (-0.5, 0, 0.4), color="red"),
    }
    scene = Scene.from_data(
        {"bodies": bodies, "camera": {"keys": [{"time": 0, "eye": (0, -6, 0.9), "target": (0, 0, 0.6), "fov": 30}]}}
    )
    trace = trace_of(scene, frames=17, motion={"ball": path(lambda t: -0.5 + t, 0.0, 0.4)})
    geometry, _ = buffer_of(scene, trace)
    first = geometry.frame(0)
    _, seen = geometry.flow(first, 16)
    assert not seen[first.ids == trace.index("ball")].any()
    assert seen[first.ids == trace.index("wall")].all()


def test_a_body_that_is_not_there_is_not_in_the_buffer():
    scene, trace = ball_drop(frames=6)
    alive = trace.alive.copy()
    alive[3:, trace.index("ball")] = False
    gone = replace(trace, alive=alive, position=np.where(alive[..., None], trace.position, np.nan))
    geometry, _ = buffer_of(scene, gone)
    column = trace.index("ball")
    assert (geometry.frame(2).ids == column).any()
    assert not (geometry.frame(4).ids == column).any()
    first = geometry.frame(2)
    _, seen = geometry.flow(first, 4)
    assert not seen[first.ids == column].any()


def test_scale_shrinks_what_is_drawn():
    scene, trace = ball_drop(radius=0.3, frames=2, height=0.4)
    scale = trace.scale.copy()
    scale[1, trace.index("ball")] = 0.5
    geometry, _ = buffer_of(scene, replace(trace, scale=scale, position=np.repeat(trace.position[:1], 2, axis=0)))
    column = trace.index("ball")
    big, small = ((geometry.frame(f).ids == column).sum() for f in (0, 1))
    assert small == pytest.approx(big / 4, rel=0.15)
