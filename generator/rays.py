"""Ray casting (Embree) into the bodies of a clip: first hits, what they are made of, shadows, and pictures with smooth
edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import Part, SceneGeometry
from generator.looks import Surface, surface_of
from generator.sky import sun_directions
from generator.stage import Stage
from scenes.bodies import RigidBody
from scenes.scene import Scene

__all__ = ["WALL", "Hits", "RayScene", "clean_guides", "part_surface", "refined"]

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]
WALL = -2  # owner of imagined walls


@dataclass(frozen=True)
class Hits:
    """Rays' first hits: `mesh` (K,) index of the mesh, -1 for none; `triangle` (K,), barycentric `u` and `v` (K,),
    `distance` [m] (K,)."""

    mesh: IntArray
    triangle: IntArray
    u: FloatArray
    v: FloatArray
    distance: FloatArray


@dataclass
class _Mesh:
    faces: IntArray
    uv: FloatArray
    owner: int
    surface: Surface | None
    part: Part | None
    vertices: FloatArray
    normals: FloatArray | None
    fade: FloatArray | None = None


def part_surface(scene: Scene, part: Part) -> Surface:
    """The surface of a part of a body."""
    body = scene.bodies.get(part.body)
    shape = body.shape.type if isinstance(body, RigidBody) else ""
    hollow = shape == "cup" or (isinstance(body, RigidBody) and body.wall is not None)
    tint = part.column if body is not None and body.color is None and body.parent is None else 0
    return surface_of(part.material, part.color, ball=shape == "sphere", thin=hollow, size=part.size, tint=tint)


class RayScene:
    """Triangles of a clip in two Embree scenes: what stands still is built once, what moves once a frame."""

    def __init__(self, scene: Scene, geometry: SceneGeometry, stage: Stage, *, colors: Any = None) -> None:
        self.geometry, self.stage, self._colors = geometry, stage, colors
        self.meshes: list[_Mesh] = []
        if stage.ground is not None:
            g = stage.ground
            self.meshes.append(_Mesh(g.faces, g.uv, geometry.ground_column, None, None, g.vertices, None, g.fade))
        for wall in stage.walls:
            vertices, faces, uv = wall.mesh()
            self.meshes.append(_Mesh(faces, uv, WALL, wall.surface, None, vertices, None))
        for part in geometry.parts:
            vertices, normals = geometry.world(part, 0)
            owner = part.column if part.column < geometry.bodies else WALL
            self.meshes.append(_Mesh(part.faces, part.uv, owner, part_surface(scene, part), part, vertices, normals))
        self._still = [k for k, mesh in enumerate(self.meshes) if mesh.part is None or not geometry.moves(mesh.part)]
        self._moving = [k for k in range(len(self.meshes)) if k not in set(self._still)]
        self._fixed = self._built(self._still)
        self._live: tuple[Any, list[int]] = (None, [])
        self.frame = -1

    def _built(self, chosen: list[int]) -> tuple[Any, list[int]]:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        if not chosen:
            return None, []
        scene = EmbreeScene()
        for k in chosen:
            mesh = self.meshes[k]
            TriangleMesh(
                scene,
                np.ascontiguousarray(mesh.vertices, dtype=np.float32),
                np.ascontiguousarray(mesh.faces, dtype=np.int32),
            )
        return scene, chosen

    def pose(self, frame: int) -> None:
        """Put everything where it is in a frame."""
        if frame == self.frame:
            return
        live = []
        for k in self._moving:
            mesh = self.meshes[k]
            assert mesh.part is not None
            if self.geometry.alive(mesh.part, frame):
                mesh.vertices, mesh.normals = self.geometry.world(mesh.part, frame)
                live.append(k)
        self._live = self._built(live)
        self.frame = frame

    def cast(self, origins: FloatArray, directions: FloatArray) -> Hits:
        """First hits of rays from origins (K, 3) along unit directions (K, 3)."""
        o = np.ascontiguousarray(origins, dtype=np.float32)
        d = np.ascontiguousarray(directions, dtype=np.float32)
        count = len(o)
        best = Hits(
            np.full(count, -1),
            np.zeros(count, dtype=np.int64),
            np.zeros(count),
            np.zeros(count),
            np.full(count, np.inf),
        )
        for embree, members in (self._fixed, self._live):
            if embree is None or not count:
                continue
            found = embree.run(o, d, output=True)
            hit = found["geomID"] >= 0
            nearer = hit & (np.where(hit, found["tfar"], np.inf) < best.distance)
            mesh = np.asarray(members)[np.maximum(found["geomID"], 0)]
            best = Hits(
                np.where(nearer, mesh, best.mesh), np.where(nearer, found["primID"], best.triangle), np.where(nearer, found["u"], best.u),
                np.where(nearer, found["v"], best.v), np.where(nearer, found["tfar"], best.distance),
            )  # fmt: skip
        return best

    def hidden(self, origins: FloatArray, directions: FloatArray) -> NDArray[np.bool_]:
        """Whether anything lies along rays (shadow test), (K,)."""
        o, d = np.ascontiguousarray(origins, dtype=np.float32), np.ascontiguousarray(directions, dtype=np.float32)
        dark = np.zeros(len(o), dtype=bool)
        for embree, _ in (self._fixed, self._live):
            if embree is not None and len(o):
                dark |= embree.run(o, d, query="OCCLUDED") >= 0
        return dark

    def surface_points(self, hits: Hits, *, vertices: dict[int, FloatArray] | None = None) -> FloatArray:
        """World positions [m] (K, 3) of hits, on other `vertices` of the meshes when given; NaN where nothing was
        hit."""
        points = np.full((len(hits.mesh), 3), np.nan)
        for k in np.unique(hits.mesh[hits.mesh >= 0]):
            chosen = hits.mesh == k
            corners = (self.meshes[k].vertices if vertices is None or k not in vertices else vertices[k])[
                self.meshes[k].faces[hits.triangle[chosen]]
            ]
            u, v = hits.u[chosen, None], hits.v[chosen, None]
            points[chosen] = corners[:, 0] * (1 - u - v) + corners[:, 1] * u + corners[:, 2] * v
        return points

    def normals(self, hits: Hits) -> FloatArray:
        """Unit shading normals (K, 3), NaN where nothing was hit."""
        normals = np.full((len(hits.mesh), 3), np.nan)
        for k in np.unique(hits.mesh[hits.mesh >= 0]):
            chosen, mesh = hits.mesh == k, self.meshes[k]
            faces = mesh.faces[hits.triangle[chosen]]
            if mesh.normals is None:
                a, b, c = (mesh.vertices[faces[:, i]] for i in range(3))
                found = np.cross(b - a, c - a)
            else:
                u, v = hits.u[chosen, None], hits.v[chosen, None]
                found = (
                    mesh.normals[faces[:, 0]] * (1 - u - v)
                    + mesh.normals[faces[:, 1]] * u
                    + mesh.normals[faces[:, 2]] * v
                )
            normals[chosen] = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-20)
        return normals

    def albedo(self, hits: Hits, *, footprint: FloatArray | None = None) -> NDArray[np.float32]:
        """Linear reflectance (K, 3), 0 where nothing was hit; averaged over a `footprint` (K,) [m] of the pixels when
        given."""
        out = np.zeros((len(hits.mesh), 3), dtype=np.float32)
        for k in np.unique(hits.mesh[hits.mesh >= 0]):
            chosen, mesh = hits.mesh == k, self.meshes[k]
            faces = mesh.faces[hits.triangle[chosen]]
            u, v = hits.u[chosen, None], hits.v[chosen, None]

            def mixed(values: FloatArray, faces: IntArray = faces, u: FloatArray = u, v: FloatArray = v) -> FloatArray:
                return values[faces[:, 0]] * (1 - u - v) + values[faces[:, 1]] * u + values[faces[:, 2]] * v

            if mesh.part is not None and mesh.part.cells is not None and self._colors is not None:
                out[chosen] = mixed(self._colors(mesh.part, self.frame))
                continue
            if mesh.surface is None:
                g = self.stage.ground
                assert g is not None and mesh.fade is not None
                near = _sampled(
                    g.texture, mixed(mesh.uv) / g.tile, None if footprint is None else footprint[chosen] / g.tile
                )
                fade = mixed(mesh.fade[:, None])
                out[chosen] = near if g.far is None else near * (1 - fade) + np.asarray(g.far) * fade
                continue
            image = mesh.surface.image()
            scale = 1.0 if mesh.surface.texture == "seams" else mesh.surface.tile
            wide = None if footprint is None or scale == 1.0 else footprint[chosen] / scale
            out[chosen] = (
                np.asarray(mesh.surface.color) if image is None else _sampled(image, mixed(mesh.uv) / scale, wide)
            )
        return out


_pyramids: dict[int, tuple[NDArray[np.float32], list[NDArray[np.float32]]]] = {}


def _pyramid(image: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The image and its halvings (mip map; Williams, SIGGRAPH 1983)."""
    known = _pyramids.get(id(image))
    if known is not None and known[0] is image:
        return known[1]
    levels = [image]
    while min(levels[-1].shape[:2]) > 4:
        h, w = (n // 2 for n in levels[-1].shape[:2])
        levels.append(levels[-1][: 2 * h, : 2 * w].reshape(h, 2, w, 2, -1).mean(axis=(1, 3)))
    _pyramids[id(image)] = (image, levels)
    return levels


def _sampled(image: NDArray[np.float32], uv: FloatArray, footprint: FloatArray | None = None) -> FloatArray:
    """A repeating texture (H, W, 3) at uv (K, 2), bilinear; v runs down the rows. `footprint` (K,) is the width of a
    pixel in uv."""
    if footprint is None:
        return _bilinear(image, uv)
    levels = _pyramid(image)
    level = np.clip(np.log2(np.maximum(footprint * image.shape[1], 1e-9)), 0, len(levels) - 1)
    out = np.empty((len(uv), 3), dtype=np.float32)
    low = level.astype(int)
    for k in np.unique(low):
        chosen = low == k
        part = (level[chosen] - k)[:, None]
        first = _bilinear(levels[k], uv[chosen])
        out[chosen] = (
            first if k + 1 >= len(levels) else first * (1 - part) + _bilinear(levels[k + 1], uv[chosen]) * part
        )
    return out


def _bilinear(image: NDArray[np.float32], uv: FloatArray) -> FloatArray:
    height, width = image.shape[:2]
    x, y = (uv[:, 0] % 1.0) * width - 0.5, (uv[:, 1] % 1.0) * height - 0.5
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = (x - x0)[:, None].astype(np.float32), (y - y0)[:, None].astype(np.float32)
    x0, y0, x1, y1 = x0 % width, y0 % height, (x0 + 1) % width, (y0 + 1) % height
    return (image[y0, x0] * (1 - fx) + image[y0, x1] * fx) * (1 - fy) + (
        image[y1, x0] * (1 - fx) + image[y1, x1] * fx
    ) * fy


_OFFSETS = ((0.3, 0.15), (-0.15, 0.3), (-0.3, -0.15), (0.15, -0.3))  # [px], a rotated grid
Shader = Callable[[FloatArray, FloatArray, float], "tuple[FloatArray, Hits]"]


def refined(camera: CameraPath, frame: int, shade: Shader, *, edges_of: int = 3) -> tuple[FloatArray, Hits]:
    """A picture (H, W, C) of `shade(origins, directions, pixel angle) -> values (K, C), hits`: a ray a pixel, and four
    more where another mesh begins beside it or its first `edges_of` channels jump."""
    width, height = camera.size
    flat = camera.rays(frame).reshape(-1, 3).astype(np.float32)
    eye, focal = camera.eye[frame].astype(np.float32), camera.focal(frame)
    values, hits = shade(np.broadcast_to(eye, flat.shape), flat, 1 / focal)
    picture = values.reshape(height, width, -1)
    mesh = hits.mesh.reshape(height, width)
    level = np.clip(picture[..., :edges_of], -1.5, 1.5)
    marks = np.zeros((height, width), dtype=bool)
    for axis in (0, 1):
        jump = (np.diff(mesh, axis=axis) != 0) | (np.abs(np.diff(level, axis=axis)).max(axis=-1) > 0.22)
        first, second = (slice(None, -1), slice(1, None))
        marks[(first, slice(None)) if axis == 0 else (slice(None), first)] |= jump
        marks[(second, slice(None)) if axis == 0 else (slice(None), second)] |= jump
    edges = np.flatnonzero(marks)
    if len(edges):
        right, up, ahead = camera.axes(frame).astype(np.float32)
        forward = flat[edges] / (flat[edges] @ ahead)[:, None]
        total = picture.reshape(height * width, -1)[edges].copy()
        for dx, dy in _OFFSETS:
            turned = forward + (dx * right + dy * up) / focal
            turned = turned / np.linalg.norm(turned, axis=1, keepdims=True)
            total += shade(np.broadcast_to(eye, turned.shape), turned, 1 / focal)[0]
        picture.reshape(height * width, -1)[edges] = total / (1 + len(_OFFSETS))
    return picture, hits


def _sunlit(rays: RayScene, points: FloatArray, normals: FloatArray, suns: FloatArray) -> FloatArray:
    """Share (K,) of the sun's light that reaches points with normals (K, 3), the cosine included."""
    lit = np.zeros(len(points), dtype=np.float32)
    for sun in suns:
        facing = -(normals @ sun)
        need = np.flatnonzero(facing > 0)
        dark = rays.hidden(points[need], np.broadcast_to(-sun, (len(need), 3)))
        lit[need] += np.where(dark, 0.0, facing[need]) / len(suns)
    return lit


def clean_guides(
    rays: RayScene, camera: CameraPath, frame: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Albedo and world normal (H, W, 3) without noise and with smooth edges, and distance [m] (H, W), 0 for sky: guides
    for the denoiser.

    The albedo is darkened where the sun does not reach, so that the denoiser keeps small shadows that a few samples
    only hint at. Sky that far ground fades into has the ground's guides: an edge between them would make the denoiser draw a line.
    """
    rays.pose(frame)
    suns = sun_directions(rays.stage.environment.sun, rays.stage.environment.sun_radius)[::3].astype(np.float32)
    lift = np.float32(1e-4 * rays.stage.span)
    ground = rays.stage.ground
    far = np.asarray(ground.far) if ground is not None and ground.far is not None else None
    clear = np.array(
        [mesh.surface is not None and mesh.surface.family in {"glass", "metal"} for mesh in rays.meshes] + [False]
    )

    def shade(origins: FloatArray, directions: FloatArray, angle: float) -> tuple[FloatArray, Hits]:
        hits = rays.cast(origins, directions)
        normals = rays.normals(hits)
        cosine = np.abs((normals * directions).sum(axis=1))
        with np.errstate(invalid="ignore"):
            footprint = hits.distance * angle / np.sqrt(np.maximum(cosine, 0.02))
        found = hits.mesh >= 0
        albedo = rays.albedo(hits, footprint=np.where(found, footprint, 0.0))
        solid = np.flatnonzero(found & ~clear[hits.mesh])
        facing_you = np.where(
            (normals[solid] * directions[solid]).sum(axis=1, keepdims=True) > 0, -normals[solid], normals[solid]
        )
        points = origins[solid] + directions[solid] * hits.distance[solid, None] + facing_you * lift
        albedo[solid] *= 0.4 + 0.6 * _sunlit(rays, points, facing_you, suns)[:, None]
        albedo[clear[hits.mesh]] = 1.0  # what is seen in it is not its own colour
        if far is not None:
            albedo[~found], normals[~found] = far, (0.0, 0.0, 1.0)
        return np.concatenate([np.nan_to_num(normals), albedo], axis=1), hits

    picture, hits = refined(camera, frame, shade, edges_of=6)
    distance = np.where(hits.mesh >= 0, hits.distance, 0.0).reshape(picture.shape[:2])
    return picture[..., 3:].astype(np.float32), picture[..., :3].astype(np.float32), distance.astype(np.float32)
