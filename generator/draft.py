"""The draft: the geometry buffer lit by sun, sky and shadow rays. A clip in seconds, without a path tracer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import SceneGeometry
from generator.guides import hot_parts, own_light
from generator.overlay import Overlay
from generator.rays import Hits, RayScene
from generator.sky import sun_directions
from generator.stage import Stage
from generator.still import StillView
from scenes.scene import Scene

__all__ = ["DraftScene"]

FloatArray = NDArray[np.floating[Any]]
Image = NDArray[np.float32]
LAYERS = 4  # surfaces of glass that a ray is followed through


class DraftScene:
    """Renders frames of a clip by ray casting: direct sun with shadows, the sky's light by direction, reflections of
    the sky, clear glass."""

    def __init__(
        self, scene: Scene, geometry: SceneGeometry, stage: Stage, camera: CameraPath, *, overlay: Overlay | None = None
    ) -> None:
        shown = overlay is not None and overlay.shown
        self._rays = RayScene(scene, geometry, stage, colors=overlay.vertex_colors if overlay and shown else None)
        self._overlay = overlay
        self._hot = hot_parts(self._rays, overlay)
        self._camera, self._light = camera, stage.environment
        meshes = self._rays.meshes
        ground = stage.ground
        families = [
            m.surface.family if m.surface is not None else (ground.family if ground else "matte") for m in meshes
        ]
        if shown:  # what shows temperatures is matte, so that its colours are those of the legend
            families = [
                "matte" if m.part is not None and m.part.cells is not None else f
                for m, f in zip(meshes, families, strict=True)
            ]
        self._metal = np.array([family == "metal" for family in families] + [False])
        self._clear = np.array([family in {"glass", "ice"} for family in families] + [False])
        self._coated = np.array([family in {"coated", "pane", "ice", "glass"} for family in families] + [False])
        rough = [
            m.surface.roughness if m.surface is not None else (ground.roughness if ground else 1.0) for m in meshes
        ]
        self._rough = np.array([*rough, 1.0], dtype=np.float32)
        glowing = [
            m.surface.emission if m.surface is not None and m.surface.emission is not None else (0.0, 0.0, 0.0)
            for m in meshes
        ]
        self._emission = np.array([*glowing, (0.0, 0.0, 0.0)], dtype=np.float32)
        self._epsilon = 1e-4 * stage.span
        self._ambient = (self._light.ambient() / np.pi).astype(np.float32)
        self._glow = np.asarray(ground.texture.mean(axis=(0, 1)) if ground else (0.3, 0.3, 0.3)) * (
            self._light.on_ground() / np.pi
        ).astype(np.float32)
        self._suns = sun_directions(self._light.sun, self._light.sun_radius)[::3].astype(np.float32)
        self._view = StillView(
            self._rays, camera, self._shaded, suns=self._suns, restless=self._clear, lift=self._epsilon
        )

    def render(self, frame: int) -> dict[str, Image]:
        """Linear radiance `color` (H, W, 3) and `depth` along the ray [m] (H, W), 0 for sky. Edges are smoothed by more
        rays where they are."""
        picture, depth = self._view.picture(frame)
        return {"color": picture.astype(np.float32), "depth": depth}

    def _shaded(
        self, origins: FloatArray, directions: FloatArray, angle: float, layer: int = 0
    ) -> tuple[FloatArray, Hits]:
        hits = self._rays.cast(origins, directions)
        out = np.empty((len(directions), 3), dtype=np.float32)
        missed = np.flatnonzero(hits.mesh < 0)
        out[missed] = self._light.radiance(directions[missed])
        found = np.flatnonzero(hits.mesh >= 0)
        if not len(found):
            return out, hits
        some = Hits(hits.mesh[found], hits.triangle[found], hits.u[found], hits.v[found], hits.distance[found])
        d = directions[found]
        points = origins[found] + d * some.distance[:, None].astype(np.float32)
        normals = self._rays.normals(some).astype(np.float32)
        normals = np.where((_dot(normals, d) > 0)[:, None], -normals, normals)
        footprint = some.distance * angle / np.sqrt(np.maximum(-_dot(normals, d), 0.02))
        albedo = self._rays.albedo(some, footprint=footprint)
        clear, metal, coated = self._clear[some.mesh], self._metal[some.mesh], self._coated[some.mesh]
        above = points + normals * self._epsilon
        lit, facing_any = np.zeros(len(found), dtype=np.float32), np.zeros(len(found), dtype=np.float32)
        for sun in self._suns:
            facing = np.maximum(-(normals @ sun), 0.0)
            need = np.flatnonzero((facing > 0) & ~clear)
            seen = np.zeros(len(found))
            seen[need] = ~self._rays.hidden(above[need], np.broadcast_to(-sun, (len(need), 3)))
            lit += facing * seen / len(self._suns)
            facing_any += seen / len(self._suns)
        upward = 0.5 + 0.5 * normals[:, 2:]
        sky = self._ambient * upward + self._glow * (1 - upward) * 0.8
        color = albedo * (np.asarray(self._light.irradiance, dtype=np.float32) / np.float32(np.pi) * lit[:, None] + sky)
        across = _dot(d, normals)[:, None]
        mirrored = d - 2 * across * normals
        cosine = np.clip(-across, 0, 1)
        fresnel = 0.04 + 0.96 * (1 - cosine) ** 5  # Schlick, 1994
        shiny = np.flatnonzero((coated | metal) & ~clear)
        if len(shiny):
            color[shiny] = self._shine(
                color[shiny], albedo[shiny], d[shiny], normals[shiny], mirrored[shiny], fresnel[shiny],
                self._rough[some.mesh[shiny]][:, None], facing_any[shiny, None], metal[shiny, None],
            )  # fmt: skip
        through = np.flatnonzero(clear)
        if len(through) and layer < LAYERS:
            beyond = points[through] + d[through] * self._epsilon * 4
            behind, _ = self._shaded(beyond, d[through], angle, layer + 1)
            tint = np.sqrt(np.clip(albedo[through], 0, 1))
            pass_on = (1 - fresnel[through]) * (0.97 - 0.25 * (1 - cosine[through]) ** 2)
            color[through] = behind * tint * pass_on + fresnel[through] * self._light.radiance(mirrored[through])
        color = color + self._emission[some.mesh]
        if self._hot and self._overlay is not None:
            color = color + own_light(self._rays, self._hot, self._overlay, some)
        out[found] = color
        return out, hits

    def _shine(
        self, color: FloatArray, albedo: FloatArray, d: FloatArray, normals: FloatArray, mirrored: FloatArray, fresnel: FloatArray,
        rough: FloatArray, lit: FloatArray, metal: FloatArray,
    ) -> FloatArray:  # fmt: skip
        """Colours (K, 3) with what coated surfaces and metals mirror of the sky, the ground and the sun."""
        around = self._light.radiance(mirrored)
        around = np.where(mirrored[:, 2:] < 0, self._glow, np.minimum(around, 3.0))
        level = 0.5 * mirrored[:, 2:]
        around = around * (1 - rough) + (self._ambient * (0.5 + level) + self._glow * (0.5 - level)) * rough
        sun = np.asarray(self._light.sun)
        half = d * -1 - sun
        half = half / np.sqrt(_dot(half, half))[:, None]
        power = 2 / np.maximum(rough, 0.08) ** 4 * 0.25
        shine = (np.clip(_dot(half, normals)[:, None], 0, 1) ** power) * (power + 8) / (8 * np.pi) * lit
        shine = np.asarray(self._light.irradiance) * np.minimum(shine, 6.0) * np.clip(-(normals @ sun), 0, 1)[:, None]
        coat = color + fresnel * (1 - 0.6 * rough) * around + 0.05 * shine
        return np.where(metal, albedo * (around + 0.35 * shine), coat)


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """Scalar products (K,) of vectors (K, 3)."""
    return np.einsum("ij,ij->i", a, b)
