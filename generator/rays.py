"""Ray casting (Embree) into the bodies of a clip: first hits, what they are made of, shadows, and pictures with smooth
edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import Part, SceneGeometry
from generator.looks import Surface, surface_of
from generator.stage import Stage
from scenes.bodies import RigidBody
from scenes.scene import Scene

__all__ = ["WALL", "Hits", "Posed", "RayScene", "edge_pixels", "part_surface", "refined"]

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.signedinteger[Any]]
WALL = -2  # owner of imagined walls
KEPT_FRAMES = 3  # optical flow looks one frame back and one ahead


@dataclass(frozen=True)
class Hits:
    """Rays' first hits: `mesh` (K,) index of the mesh, -1 for none; `triangle` (K,), barycentric `u` and `v` (K,),
    `distance` [m] (K,)."""

    mesh: IntArray
    triangle: IntArray
    u: FloatArray
    v: FloatArray
    distance: FloatArray

    def chosen(self, which: IntArray) -> Hits:
        """Some of the hits, by index."""
        return Hits(self.mesh[which], self.triangle[which], self.u[which], self.v[which], self.distance[which])

    def replaced(self, at: IntArray, by: Hits) -> Hits:
        """The hits with those at some indices put in place of them."""
        fields = [getattr(self, name).copy() for name in ("mesh", "triangle", "u", "v", "distance")]
        for values, name in zip(fields, ("mesh", "triangle", "u", "v", "distance"), strict=True):
            values[at] = getattr(by, name)
        return Hits(*fields)

    def by_mesh(self) -> Iterator[tuple[int, IntArray]]:
        """Each mesh that was hit, with the indices of its hits."""
        if not len(self.mesh):
            return
        kind: type[np.signedinteger[Any]] = np.int16 if self.mesh.max(initial=0) < 32000 else np.int64
        order = np.argsort(self.mesh.astype(kind), kind="stable")
        found, start = np.unique(self.mesh[order], return_index=True)
        for mesh, indices in zip(found, np.split(order, start[1:]), strict=True):
            if mesh >= 0:
                yield int(mesh), indices


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
    # Shards of glass are plates: light goes straight on through them, as through the walls of what broke.
    hollow = shape == "cup" or (isinstance(body, RigidBody) and (body.wall is not None or body.parent is not None))
    tint = part.column if body is not None and body.color is None and body.parent is None else 0
    return surface_of(
        part.material,
        part.color,
        ball=shape == "sphere" and "/grain_" not in part.body,
        thin=hollow,
        size=part.size,
        tint=tint,
    )


@dataclass(frozen=True)
class Posed:
    """Everything where it is in a frame: `vertices` [m] and unit `normals` (V, 3) of all meshes one after another, `live` the
    moving meshes in one Embree scene with their indices, and `alive` (M + 1,) which meshes are there (the last: no mesh)."""

    frame: int
    vertices: FloatArray
    normals: FloatArray
    live: tuple[Any, IntArray]
    alive: NDArray[np.bool_]
    faces: IntArray

    @cached_property
    def planes(self) -> tuple[FloatArray, FloatArray]:
        """Unit normals (F, 3) of the triangles by the order of their corners, and distance of their planes from the origin [m] (F,)."""
        a, b, c = (self.vertices[self.faces[:, k]] for k in range(3))
        normal = np.cross(b - a, c - a)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
        return normal, np.einsum("ij,ij->i", normal, a)


class RayScene:
    """Triangles of a clip in two Embree scenes: what stands still is built once, what moves once a frame.

    The last few frames stay posed, so that going back and forth between neighbours costs nothing.
    """

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
        self.still = [k for k, mesh in enumerate(self.meshes) if mesh.part is None or not geometry.moves(mesh.part)]
        standing = set(self.still)
        self._moving = [k for k in range(len(self.meshes)) if k not in standing]
        self._lay_out()
        self._fixed = self._built(self.still)
        self._posed: dict[int, Posed] = {}
        self.frame = -1

    def _lay_out(self) -> None:
        """All meshes in arrays one after another, so that a picture is looked up at once and not mesh by mesh."""
        counts = [len(mesh.vertices) for mesh in self.meshes]
        self._first_vertex = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._first_face = np.concatenate([[0], np.cumsum([len(mesh.faces) for mesh in self.meshes])]).astype(np.int64)
        shift = zip(self.meshes, self._first_vertex, strict=False)
        none = np.zeros((0, 3))
        self._faces = np.concatenate([np.zeros((0, 3), dtype=np.int64), *(mesh.faces + first for mesh, first in shift)])
        self._vertices = np.concatenate([none, *(mesh.vertices for mesh in self.meshes)])
        self._normals = np.concatenate(
            [none, *(np.zeros_like(m.vertices) if m.normals is None else m.normals for m in self.meshes)]
        )
        self._flat = np.array([*(mesh.normals is None for mesh in self.meshes), False])
        self.owner = np.array([*(mesh.owner for mesh in self.meshes), -1], dtype=np.int32)

    def _built(self, chosen: list[int]) -> tuple[Any, IntArray]:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        members = np.asarray(chosen, dtype=np.int64)
        if not chosen:
            return None, members
        scene = EmbreeScene()
        for k in chosen:
            mesh = self.meshes[k]
            TriangleMesh(
                scene,
                np.ascontiguousarray(mesh.vertices, dtype=np.float32),
                np.ascontiguousarray(mesh.faces, dtype=np.int32),
            )
        return scene, members

    def built(self, chosen: list[int]) -> Any:
        """Some meshes, as they are posed now, in an Embree scene of their own."""
        return self._built(chosen)[0]

    def pose(self, frame: int) -> None:
        """Put everything where it is in a frame."""
        if frame == self.frame:
            return
        known = self._posed.pop(frame, None)
        if known is None:
            known = self._pose(frame)
        self._posed[frame] = known  # the most recent last
        while len(self._posed) > KEPT_FRAMES:
            del self._posed[next(iter(self._posed))]
        for k in self._moving:
            if known.alive[k]:
                span = slice(self._first_vertex[k], self._first_vertex[k + 1])
                self.meshes[k].vertices, self.meshes[k].normals = known.vertices[span], known.normals[span]
        self.frame = frame

    def _pose(self, frame: int) -> Posed:
        vertices, normals = self._vertices.copy(), self._normals.copy()
        alive = np.ones(len(self.meshes) + 1, dtype=bool)
        live = []
        for k in self._moving:
            mesh = self.meshes[k]
            assert mesh.part is not None
            alive[k] = self.geometry.alive(mesh.part, frame)
            if alive[k]:
                span = slice(self._first_vertex[k], self._first_vertex[k + 1])
                mesh.vertices, mesh.normals = self.geometry.world(mesh.part, frame)
                vertices[span], normals[span] = mesh.vertices, mesh.normals
                live.append(k)
        return Posed(frame, vertices, normals, self._built(live), alive, self._faces)

    def posed(self, frame: int) -> Posed:
        """Where everything is in a frame; it stays the posed one."""
        self.pose(frame)
        return self._posed[frame]

    def cast(
        self, origins: FloatArray, directions: FloatArray, *, among: Literal["all", "still", "live"] = "all"
    ) -> Hits:
        """First hits of rays from origins (K, 3) along unit directions (K, 3), `among` all meshes, those that never move, or the
        others."""
        o = np.ascontiguousarray(origins, dtype=np.float32)
        d = np.ascontiguousarray(directions, dtype=np.float32)
        count = len(o)
        # Embree counts and measures in 32 bits; so does what is kept of a picture of many million pixels.
        best = Hits(
            np.full(count, -1, dtype=np.int32),
            np.zeros(count, dtype=np.int32),
            np.zeros(count, dtype=np.float32),
            np.zeros(count, dtype=np.float32),
            np.full(count, np.inf, dtype=np.float32),
        )
        for embree, members in self._scenes(among):
            if embree is None or not count:
                continue
            found = embree.run(o, d, output=True)
            nearer = np.flatnonzero((found["geomID"] >= 0) & (found["tfar"] < best.distance))
            best.mesh[nearer] = np.asarray(members)[found["geomID"][nearer]]
            best.triangle[nearer] = found["primID"][nearer]
            best.u[nearer], best.v[nearer], best.distance[nearer] = (found[key][nearer] for key in ("u", "v", "tfar"))
        return best

    def _scenes(self, among: str) -> list[tuple[Any, Any]]:
        live = [self._posed[self.frame].live] if self.frame in self._posed and among != "still" else []
        return ([self._fixed] if among != "live" else []) + live

    def hidden(self, origins: FloatArray, directions: FloatArray) -> NDArray[np.bool_]:
        """Whether anything lies along rays (shadow test), (K,)."""
        o, d = np.ascontiguousarray(origins, dtype=np.float32), np.ascontiguousarray(directions, dtype=np.float32)
        dark = np.zeros(len(o), dtype=bool)
        for embree, _ in self._scenes("all"):
            if embree is not None and len(o):
                dark |= embree.run(o, d, query="OCCLUDED") >= 0
        return dark

    def corners(self, hits: Hits) -> IntArray:
        """Indices (K, 3) into the vertices of `Posed` of the triangles that were hit; those of any triangle where none was."""
        return self._faces[self.triangles(hits)]

    def triangles(self, hits: Hits) -> IntArray:
        """Indices (K,) of the triangles that were hit among those of all meshes; of any one where none was."""
        return self._first_face[np.maximum(hits.mesh, 0)] + hits.triangle

    def mixed(self, values: FloatArray, hits: Hits) -> FloatArray:
        """Values (K, C) at hits of values (V, C) of the vertices of all meshes, linear over each triangle."""
        faces = self.corners(hits)
        u, v = hits.u[:, None].astype(values.dtype), hits.v[:, None].astype(values.dtype)
        first = values[faces[:, 0]]
        return first + (values[faces[:, 1]] - first) * u + (values[faces[:, 2]] - first) * v

    def surface_points(self, hits: Hits, *, posed: Posed | None = None) -> FloatArray:
        """World positions [m] (K, 3) of hits, carried to where everything is in `posed` when given; NaN where nothing was
        hit."""
        points = (
            self.mixed((posed or self._now()).vertices, hits) if len(self._faces) else np.zeros((len(hits.mesh), 3))
        )
        points[hits.mesh < 0] = np.nan
        return points

    def _now(self) -> Posed:
        if self.frame < 0:
            self.pose(0)
        return self._posed[self.frame]

    def ray_points(self, hits: Hits, origin: FloatArray, directions: FloatArray) -> FloatArray:
        """World positions [m] (K, 3) of hits of rays from one `origin` (3,) along unit directions (K, 3), where the ray meets the
        plane of its triangle in double precision; NaN where nothing was hit."""
        reach = hits.distance.copy()
        if len(self._faces):
            normal, offset = self._now().planes
            triangle = self.triangles(hits)
            n = normal[triangle]
            slope = np.einsum("ij,ij->i", n, directions)
            with np.errstate(divide="ignore", invalid="ignore"):
                exact = (offset[triangle] - n @ origin) / slope
                fits = np.abs(exact - reach) < 1e-3 * reach + 1e-4  # not for a ray along the plane
            reach = np.where(fits, exact, reach)
        reach[hits.mesh < 0] = np.nan
        return origin + directions * reach[:, None]

    def normals(self, hits: Hits) -> FloatArray:
        """Unit shading normals (K, 3), NaN where nothing was hit."""
        found = np.full((len(hits.mesh), 3), np.nan)
        if not len(self._faces):
            return found
        flat = self._flat[hits.mesh]
        level, round_ = np.flatnonzero(flat), np.flatnonzero(~flat & (hits.mesh >= 0))
        found[level] = self._now().planes[0][self.triangles(hits)[level]]
        mixed = self.mixed(self._now().normals, hits.chosen(round_))
        found[round_] = mixed / np.maximum(np.sqrt(np.einsum("ij,ij->i", mixed, mixed))[:, None], 1e-20)
        return found

    def albedo(self, hits: Hits, *, footprint: FloatArray | None = None) -> NDArray[np.float32]:
        """Linear reflectance (K, 3), 0 where nothing was hit; averaged over a `footprint` (K,) [m] of the pixels when
        given."""
        out = np.zeros((len(hits.mesh), 3), dtype=np.float32)
        for k, chosen in hits.by_mesh():
            mesh = self.meshes[k]
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


def edge_pixels(values: FloatArray, mesh: IntArray) -> NDArray[np.bool_]:
    """Pixels (H, W) beside which another of the meshes (H, W) begins or a channel of the values (H, W, C) jumps."""
    marks = np.zeros(mesh.shape, dtype=bool)
    levels = [np.clip(values[..., k], -1.5, 1.5).astype(np.float32) for k in range(values.shape[-1])]
    for axis in (0, 1):
        jump = np.diff(mesh, axis=axis) != 0
        for level in levels:  # one by one: much faster than the largest over a short last axis
            jump |= np.abs(np.diff(level, axis=axis)) > 0.22
        first, second = (slice(None, -1), slice(1, None))
        marks[(first, slice(None)) if axis == 0 else (slice(None), first)] |= jump
        marks[(second, slice(None)) if axis == 0 else (slice(None), second)] |= jump
    return marks


def refined(camera: CameraPath, frame: int, shade: Shader, *, edges_of: int = 3) -> tuple[FloatArray, Hits]:
    """A picture (H, W, C) of `shade(origins, directions, pixel angle) -> values (K, C), hits`: a ray a pixel, and four
    more where another mesh begins beside it or its first `edges_of` channels jump."""
    width, height = camera.size
    flat = camera.rays(frame).reshape(-1, 3).astype(np.float32)
    eye, focal = camera.eye[frame].astype(np.float32), camera.focal(frame)
    values, hits = shade(np.broadcast_to(eye, flat.shape), flat, 1 / focal)
    picture = values.reshape(height, width, -1)
    marks = edge_pixels(picture[..., :edges_of], hits.mesh.reshape(height, width))
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
