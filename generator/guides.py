"""Guides for the denoiser: albedo, normals and distance by ray casting, free of noise and cheaper than the path tracer's own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import Part
from generator.overlay import Overlay
from generator.rays import Hits, RayScene
from generator.sky import sun_directions
from generator.still import StillView

__all__ = ["Guides", "hot_parts", "own_light"]

FloatArray = NDArray[np.floating[Any]]
Image = NDArray[np.float32]
SOFTER = 1.8  # times the width of a pixel: the least over which textures are averaged while the camera moves


def hot_parts(rays: RayScene, overlay: Overlay | None) -> dict[int, Part]:
    """Meshes that ever give off light that can be seen, by index."""
    if overlay is None:
        return {}
    return {k: mesh.part for k, mesh in enumerate(rays.meshes) if mesh.part is not None and overlay.glows(mesh.part)}


def own_light(rays: RayScene, hot: dict[int, Part], overlay: Overlay, hits: Hits) -> Image:
    """Linear radiance (K, 3) that the surfaces at hits give off by their temperature in the posed frame."""
    out = np.zeros((len(hits.mesh), 3), dtype=np.float32)
    for k, part in hot.items():
        here = np.flatnonzero(hits.mesh == k)
        light = overlay.vertex_glow(part, rays.frame)[part.faces[hits.triangle[here]]]
        u, v = hits.u[here, None], hits.v[here, None]
        out[here] = light[:, 0] * (1 - u - v) + light[:, 1] * u + light[:, 2] * v
    return out


class Guides:
    """Albedo and world normal (H, W, 3) with smooth edges, and distance [m] (H, W), 0 for sky, of the frames of a clip.

    The albedo is darkened where the sun does not reach, so that the denoiser keeps small shadows that a few samples only hint at. Sky
    that far ground fades into has the ground's guides: an edge between them would make the denoiser draw a line. A thin wall of glass
    shows the guides of what is behind it, so that this stays sharp, with its own outline where it is seen at a slant.
    """

    def __init__(self, rays: RayScene, camera: CameraPath, overlay: Overlay | None = None) -> None:
        self._rays, self._overlay = rays, overlay
        self._hot = hot_parts(rays, overlay)
        light = rays.stage.environment
        self._suns = sun_directions(light.sun, light.sun_radius)[::3].astype(np.float32)
        self._lift = np.float32(1e-4 * rays.stage.span)
        # Detail of a pixel's width twinkles when the picture moves by a part of a pixel: textures are softer then.
        self._soft = np.float32(SOFTER if camera.moving() else 1.0)
        ground = rays.stage.ground
        self._tone = ground.texture.mean(axis=(0, 1)) if ground is not None else np.ones(3, dtype=np.float32)
        self._far = np.asarray(ground.far) if ground is not None and ground.far is not None else None
        families = [mesh.surface.family if mesh.surface is not None else "" for mesh in rays.meshes]
        self._metal = np.array([*(f == "metal" for f in families), False])
        self._clear = np.array([*(f == "glass" for f in families), False])
        thin = [mesh.surface is not None and mesh.surface.thin for mesh in rays.meshes]
        self._straight = self._clear & np.array([*thin, False])  # light goes straight on through a thin wall
        self._view = StillView(
            rays, camera, self._shaded, suns=self._suns, restless=self._clear, lift=float(self._lift), edges_of=9
        )

    def __call__(self, frame: int) -> dict[str, Image]:
        """`albedo`, `normal`, `texture` of the ground as factors, `glow` of what is hot, (H, W, 3), and `depth` of a frame."""
        picture, distance = self._view.picture(frame)
        picture = picture.astype(np.float32)
        glow = picture[..., 9:] if self._hot else np.zeros((1, 1, 3), dtype=np.float32)
        return {
            "normal": picture[..., :3], "albedo": picture[..., 3:6], "texture": picture[..., 6:9], "glow": glow, "depth": distance,
        }  # fmt: skip

    def _shaded(
        self, origins: FloatArray, directions: FloatArray, angle: float, layer: int = 0
    ) -> tuple[FloatArray, Hits]:
        rays = self._rays
        hits = rays.cast(origins, directions)
        normals = rays.normals(hits).astype(np.float32)
        across = np.einsum("ij,ij->i", normals, directions)
        cosine = np.abs(across)
        with np.errstate(invalid="ignore"):
            footprint = self._soft * hits.distance * angle / np.sqrt(np.maximum(cosine, 0.02))
        found = hits.mesh >= 0
        albedo = rays.albedo(hits, footprint=np.where(found, footprint, 0.0))
        texture = np.ones_like(albedo)
        self._flatten_ground(hits, albedo, texture)
        clear, metal = self._clear[hits.mesh], self._metal[hits.mesh]
        solid = np.flatnonzero(found & ~clear & ~metal)
        facing = np.where(across[solid, None] > 0, -normals[solid], normals[solid])
        points = origins[solid] + directions[solid] * hits.distance[solid, None] + facing * self._lift
        albedo[solid] *= 0.4 + 0.6 * self._sunlit(points, facing)[:, None]
        albedo[metal] = 1.0  # what is seen in it is not its own colour
        if self._far is not None:
            albedo[~found], normals[~found] = self._far, (0.0, 0.0, 1.0)
        values = np.concatenate([np.nan_to_num(normals), albedo, texture], axis=1, dtype=np.float32)
        if self._hot and self._overlay is not None:
            values = np.concatenate([values, own_light(rays, self._hot, self._overlay, hits)], axis=1)
        values[clear, 3:9] = 1.0
        through = np.flatnonzero(self._straight[hits.mesh])
        if len(through) and layer < 4:
            on = origins[through] + directions[through] * (hits.distance[through, None] + 4 * self._lift)
            behind, _ = self._shaded(on, directions[through], angle, layer + 1)
            slant = (1 - cosine[through, None]) ** 3  # much is mirrored there, and the outline shows
            values[through] = behind * (1 - slant) + values[through] * slant
        return values, hits

    def _flatten_ground(self, hits: Hits, albedo: FloatArray, texture: FloatArray) -> None:
        """Give the ground its mean colour in `albedo` (K, 3), and the ratio to that in `texture`."""
        ground = self._rays.stage.ground
        if ground is None:
            return
        here = np.flatnonzero(hits.mesh == 0)  # the ground is the first mesh
        mesh = self._rays.meshes[0]
        if not len(here) or mesh.fade is None:
            return
        fade = mesh.fade[mesh.faces[hits.triangle[here]]]
        u, v = hits.u[here], hits.v[here]
        share = (fade[:, 0] * (1 - u - v) + fade[:, 1] * u + fade[:, 2] * v)[:, None]
        flat = np.broadcast_to(self._tone, (len(here), 3))
        if ground.far is not None:
            flat = flat * (1 - share) + np.asarray(ground.far, dtype=np.float32) * share
        texture[here] = albedo[here] / np.maximum(flat, 1e-3)
        albedo[here] = flat

    def _sunlit(self, points: FloatArray, normals: FloatArray) -> FloatArray:
        """Share (K,) of the sun's light that reaches points with normals (K, 3), the cosine included."""
        lit = np.zeros(len(points), dtype=np.float32)
        for sun in self._suns:
            facing = -(normals @ sun)
            need = np.flatnonzero(facing > 0)
            dark = self._rays.hidden(points[need], np.broadcast_to(-sun, (len(need), 3)))
            lit[need] += np.where(dark, 0.0, facing[need]) / len(self._suns)
        return lit
