"""What a mover does to the rest of the picture: its shadow, its reflection and the region where it touches.

Each is the difference between the picture with and without the mover, found by following the rays that carry it instead of
rendering twice:

- shadow: from a surface point towards the sun, the mover and nothing else is in the way. The value is the share of the sun's rays
  that this holds for (the sun is a disc where the look says so). A second shadow caster in the way means that the light stays away
  without the mover too.
- reflection: the mirrored ray of view meets the mover first. The value is what the surface reflects there: all for metal, by Fresnel's
  law (Schlick 1994) for lacquer, glass, ice and still water. Rough surfaces blur it; the value is lowered by the roughness.
- contact: the bodies press on each other in this frame by the record of contacts, and the gap between the surfaces, along the
  normal, is below 8 % of the mover's size: the narrow dark line without which a body floats.

Not found: light that goes through glass or water and is bent, light bounced by more than one surface, and coloured light.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.gbuffer import GBuffer, GeometryBuffer
from generator.passes.frame import Crop
from generator.sky import sun_directions
from sim.trace import Trace

__all__ = ["EffectFinder", "EffectMasks"]

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]
NEAR = 0.08  # of the mover's size: the gap that counts as contact
LAYERS = 6  # surfaces that a shadow ray is followed through
SMOOTH = 0.6  # roughness beyond which nothing is recognised in a reflection
NOBODY = -9


@dataclass(frozen=True)
class EffectMasks:
    """Masks of one mover, 0..255 for a share of 0..1 of the light, empty where there is none."""

    shadow: Crop
    reflection: Crop
    contact: Crop


class EffectFinder:
    """Finds the effect masks of the movers of a clip, frame by frame, and the share of sun that reaches every pixel."""

    def __init__(self, buffer: GeometryBuffer, trace: Trace, movers: dict[int, str]) -> None:
        self._buffer, self._rays, self._trace, self._movers = buffer, buffer.rays, trace, movers
        stage = buffer.stage
        self._lift = 1e-4 * stage.span
        self._suns = sun_directions(stage.environment.sun, stage.environment.sun_radius)[::3].astype(np.float32)
        ground = stage.ground
        surfaces = [
            (mesh.surface.family, mesh.surface.roughness) if mesh.surface is not None
            else (ground.family, ground.roughness) if ground is not None else ("matte", 1.0)
            for mesh in self._rays.meshes
        ]  # fmt: skip
        self._metal = np.array([*(family == "metal" for family, _ in surfaces), False])
        self._coated = np.array(
            [*(family in {"coated", "pane", "ice", "glass", "water"} for family, _ in surfaces), False]
        )
        self._rough = np.array([*(rough for _, rough in surfaces), 1.0], dtype=np.float32)
        self._size = {column: _size_of(buffer, column) for column in movers}

    def sunlight(self, seen: GBuffer) -> tuple[NDArray[np.float32], list[IntArray]]:
        """Share (H W,) of the sun that reaches each pixel times the cosine, and for each ray of the sun the pixels that face it and lie
        in shadow."""
        rays = self._rays
        rays.pose(seen.frame)
        points, normals = self._surface(seen)
        lit = np.zeros(len(points), dtype=np.float32)
        dark: list[IntArray] = []
        for sun in self._suns:
            cosine = -(normals @ sun)
            facing = np.flatnonzero(cosine > 0)
            hidden = rays.hidden(points[facing], np.broadcast_to(-sun, (len(facing), 3)))
            lit[facing] += np.where(hidden, 0.0, cosine[facing]) / len(self._suns)
            dark.append(facing[hidden])
        return lit, dark

    def _surface(self, seen: GBuffer) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Points [m] lifted off the surface and normals towards the viewer (H W, 3); zero for sky."""
        normals = np.nan_to_num(seen.normal.reshape(-1, 3)).astype(np.float32)
        away = np.einsum("ij,ij->i", normals, self._buffer.directions(seen.frame).astype(np.float32)) > 0
        normals[away] *= -1
        points = np.nan_to_num(seen.position.reshape(-1, 3)).astype(np.float32)
        return points + normals * np.float32(self._lift), normals

    def frame(self, seen: GBuffer, dark: list[IntArray], *, time: float, window: float) -> dict[str, EffectMasks]:
        """Masks of the movers that have any in this frame, by name. `dark` as `sunlight` gives it; contacts count that are under way
        within `window` [s] from `time` [s]."""
        shape = seen.ids.shape
        self._rays.pose(seen.frame)
        three = (self._shadows(seen, dark), self._reflections(seen), self._contacts(seen, time, window))
        found = {}
        for column, name in self._movers.items():
            pictures = [pictures.get(column) for pictures in three]
            if any(picture is not None for picture in pictures):
                nothing = Crop(0, 0, np.zeros((0, 0), dtype=np.uint8))
                crops = [nothing if p is None else Crop.of(p.reshape(shape)) for p in pictures]
                found[name] = EffectMasks(*crops)
        return found

    def _shadows(self, seen: GBuffer, dark: list[IntArray]) -> dict[int, NDArray[np.uint8]]:
        points, _ = self._surface(seen)
        owners, rays = seen.ids.ravel(), self._rays
        share: dict[int, NDArray[np.float32]] = {}
        for sun, pixels in zip(self._suns, dark, strict=True):
            origin, first = points[pixels], np.full(len(pixels), NOBODY, dtype=np.int64)
            going = np.arange(len(pixels))
            single = np.ones(len(pixels), dtype=bool)
            for _ in range(LAYERS):
                hits = rays.cast(origin[going], np.broadcast_to(-sun, (len(going), 3)))
                struck = np.flatnonzero(hits.mesh >= 0)
                going, hits = going[struck], hits.chosen(struck)
                if not len(going):
                    break
                owner = rays.owner[hits.mesh]
                single[going] &= (first[going] == NOBODY) | (first[going] == owner)
                first[going] = np.where(first[going] == NOBODY, owner, first[going])
                origin[going] -= sun * (hits.distance + self._lift)[:, None].astype(np.float32)
                going = going[single[going]]
            alone = single & (first != owners[pixels])
            for column in np.unique(first[alone]):
                if int(column) in self._movers:
                    chosen = pixels[alone & (first == column)]
                    picture = share.setdefault(int(column), np.zeros(seen.ids.size, dtype=np.float32))
                    picture[chosen] += 1 / len(self._suns)
        return {column: (picture * 255 + 0.5).astype(np.uint8) for column, picture in share.items()}

    def _reflections(self, seen: GBuffer) -> dict[int, NDArray[np.uint8]]:
        mesh = seen.hits.mesh
        shiny = np.flatnonzero((self._metal[mesh] | self._coated[mesh]) & (self._rough[mesh] < SMOOTH))
        if not len(shiny):
            return {}
        points, normals = self._surface(seen)
        d, n = self._buffer.directions(seen.frame)[shiny].astype(np.float32), normals[shiny]
        facing = np.einsum("ij,ij->i", d, n)
        mirrored = d - 2 * facing[:, None] * n
        owner = self._rays.owner[self._rays.cast(points[shiny], mirrored).mesh]
        cosine = np.clip(-facing, 0, 1)
        strength = np.where(self._metal[mesh[shiny]], 1.0, 0.04 + 0.96 * (1 - cosine) ** 5) * (
            1 - self._rough[mesh[shiny]]
        )
        out = {}
        for column in np.unique(owner):
            chosen = (owner == column) & (seen.ids.ravel()[shiny] != column)
            if int(column) in self._movers and chosen.any():
                picture = np.zeros(seen.ids.size, dtype=np.uint8)
                picture[shiny[chosen]] = (strength[chosen] * 255 + 0.5).astype(np.uint8)
                out[int(column)] = picture
        return out

    def _contacts(self, seen: GBuffer, time: float, window: float) -> dict[int, NDArray[np.uint8]]:
        names = {name: column for column, name in enumerate(self._trace.names)}
        pairs = {
            (names[c.body_a], names[c.body_b])
            for c in self._trace.contacts
            if c.t_start < time + window and c.t_end >= time and c.body_a in names and c.body_b in names
        }
        out: dict[int, NDArray[np.uint8]] = {}
        if not pairs:
            return out
        ids = seen.ids.ravel()
        points, normals = self._surface(seen)
        for a, b in pairs:
            for mover, other in ((a, b), (b, a)):
                if mover not in self._movers:
                    continue
                reach = NEAR * self._size[mover]
                for on, towards in ((other, mover), (mover, other)):
                    pixels = np.flatnonzero(ids == on)
                    hits = self._rays.cast(points[pixels], normals[pixels])
                    close = (self._rays.owner[hits.mesh] == towards) & (hits.distance < reach)
                    if close.any():
                        picture = out.setdefault(mover, np.zeros(seen.ids.size, dtype=np.uint8))
                        picture[pixels[close]] = 255
        return out


def _size_of(buffer: GeometryBuffer, column: int) -> float:
    """The longest side of a body [m]."""
    return max((part.size for part in buffer.geometry.parts if part.column == column), default=0.1)
