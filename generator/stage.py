"""The stage around the bodies: endless ground that fades into the haze, and the walls of a room. Imagined scenery, the
same for both renderers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import SceneGeometry
from generator.looks import Surface, ground_surface
from generator.sky import Environment, environment
from generator.textures import make_texture
from scenes.bodies import RigidBody
from scenes.scene import Scene

__all__ = ["Ground", "Stage", "Wall", "build_stage"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Ground:
    """Rings around the subject: vertices [m] (V, 3), faces (F, 3), uv [m] (V, 2), fade (V,) from the texture to the
    haze.

    `texture` (H, W, 3) linear is a tile of `tile` [m]; `far` is the reflectance that looks like the haze in this light,
    None without a fade.
    """

    vertices: FloatArray
    faces: IntArray
    uv: FloatArray
    fade: FloatArray
    texture: NDArray[np.float32]
    tile: float
    family: str
    roughness: float
    far: tuple[float, float, float] | None
    height: float


@dataclass(frozen=True)
class Wall:
    """A rectangle: corner [m] and two edges [m] (3,), with its surface."""

    corner: FloatArray
    along: FloatArray
    up: FloatArray
    surface: Surface

    def mesh(self) -> tuple[FloatArray, IntArray, FloatArray]:
        """Vertices (4, 3), faces (2, 3), uv [m] (4, 2)."""
        c, a, u = self.corner, self.along, self.up
        la, lu = float(np.linalg.norm(a)), float(np.linalg.norm(u))
        return (
            np.array([c, c + a, c + a + u, c + u]),
            np.array([[0, 1, 2], [0, 2, 3]]),
            np.array([[0, 0], [la, 0], [la, lu], [0, lu]]),
        )


@dataclass(frozen=True)
class Stage:
    environment: Environment
    ground: Ground | None
    walls: tuple[Wall, ...]
    span: float  # [m] how wide the picture is at the subject


def _span(camera: CameraPath) -> float:
    distance = np.linalg.norm(camera.target - camera.eye, axis=1)
    high = 2 * distance * np.tan(np.radians(camera.fov) / 2)
    return float(np.median(high)) * camera.size[0] / camera.size[1]


def _rings(centre: FloatArray, span: float, height: float) -> tuple[FloatArray, IntArray, FloatArray]:
    """A disc of rings that grow outward, and its fade (V,)."""
    segments = 192
    radii = np.concatenate([[0.0], span * np.geomspace(0.25, 400.0, 44)])
    angles = np.arange(segments) * (2 * math.pi / segments)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    flat = (radii[:, None, None] * circle).reshape(-1, 2) + centre[:2]
    vertices = np.column_stack([flat, np.full(len(flat), height)])
    here = np.arange(segments)
    after = (here + 1) % segments
    faces = []
    for ring in range(len(radii) - 1):
        low, high = ring * segments, (ring + 1) * segments
        if ring:
            faces.append(np.stack([low + here, high + after, low + after], axis=1))
        faces.append(np.stack([low + here, high + here, high + after], axis=1))
    t = np.clip(np.log(np.maximum(radii, 1e-9) / (span * 3.5)) / math.log(40.0), 0, 1)
    fade = np.repeat(t * t * (3 - 2 * t), segments)
    return vertices, np.concatenate(faces), fade


def _far_hills(flat: FloatArray, span: float) -> FloatArray:
    """Height [m] of low hills (V,) that begin well outside the picture's subject."""
    radius, turn = np.linalg.norm(flat, axis=1), np.arctan2(flat[:, 0], flat[:, 1])
    rise = np.clip(np.log(np.maximum(radius, 1e-9) / (5 * span)), 0, None)
    shape = (
        0.5
        + 0.26 * np.sin(3 * turn + 1.9 * rise + 0.6)
        + 0.16 * np.sin(7 * turn - 2.3 * rise)
        + 0.08 * np.sin(17 * turn + 5.1 * rise)
        + 0.05 * np.sin(37 * turn)
    )
    return 0.035 * radius * np.minimum(rise, 1.6) * np.maximum(shape, 0) ** 1.5


def build_stage(scene: Scene, geometry: SceneGeometry, camera: CameraPath) -> Stage:
    """Ground, walls and light for a scene seen by a camera."""
    style = scene.look.style
    light = environment(style, clouds="clouds" in scene.look.scenery)
    span = _span(camera)
    ground = None
    body = scene.bodies.get(geometry.ground_body) if geometry.ground_body else None
    centre = camera.target.mean(axis=0)
    material = scene.look.ground or (body.material if isinstance(body, RigidBody) else None)
    if geometry.ground is not None and material is not None:
        texture, base, element, family, roughness = ground_surface(material, style)
        if isinstance(body, RigidBody) and body.color is not None and scene.look.ground is None:
            from generator.textures import parse_color

            base = parse_color(body.color) or base
        wide = float(np.clip(span * 0.9, 0.6, 14.0))
        count = 0
        if element:
            count = max(1, round(wide / element))
            wide = count * element
        image = make_texture(texture, base, size=1024, count=count)
        vertices, faces, fade = _rings(centre, span, geometry.ground)
        far = None
        if light.haze is not None:
            needed = math.pi * np.asarray(light.haze) / np.maximum(light.on_ground(), 1e-6)
            r, g, b = (float(v) for v in np.clip(needed, 0.01, 0.95))
            far = (r, g, b)
        if light.room:
            fade = fade * 0.0
        if style in {"lunar", "mars"}:
            vertices[:, 2] += _far_hills(vertices[:, :2] - centre[:2], span)
        ground = Ground(
            vertices, faces, vertices[:, :2].copy(), fade, image, wide, family, roughness, far, geometry.ground
        )
    walls = _walls(light, geometry, camera, span) if light.room else ()
    return Stage(light, ground, walls, span)


def _walls(light: Environment, geometry: SceneGeometry, camera: CameraPath, span: float) -> tuple[Wall, ...]:
    """A back wall with a skirting board and a left wall, behind everything that is or moves in the scene."""
    low, high = camera.target.min(axis=0) - 0.5 * span, camera.target.max(axis=0) + 0.5 * span
    floor = geometry.ground if geometry.ground is not None else float(low[2])
    keep = np.unique(np.linspace(0, len(geometry.poses) - 1, 8).round().astype(int))
    for part in geometry.parts:
        for frame in keep:
            if geometry.alive(part, int(frame)):
                points, _ = geometry.world(part, int(frame))
                low, high = np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))
    back = max(float(high[1]) + 0.06 * span, float(camera.target[:, 1].max()) + 0.55 * span)
    left, right = float(low[0]) - 0.9 * span, float(high[0]) + 2.5 * span
    tall = max(2.6, float(high[2]) - floor + 1.2 * span)
    paint = Surface("matte", light.walls, texture="plaster", tile=2.0)
    board = Surface("coated", (0.80, 0.79, 0.76), 0.3)
    skirt = float(np.clip(0.03 * span, 0.02, 0.12))
    width = right - left
    front = float(camera.eye[:, 1].min()) - span
    x, y, z = np.eye(3)
    return (
        Wall(np.array([left, back, floor]), x * width, z * tall, paint),
        Wall(np.array([left, back - 0.015, floor]), x * width, z * skirt, board),
        Wall(np.array([left, back - 0.015, floor + skirt]), x * width, y * 0.015, board),
        Wall(np.array([left, front, floor]), y * (back - front), z * tall, paint),
    )
