"""Finite-volume grids of bodies: boxes, cylinders, spheres and lumps. Voxel grids of other shapes are in `heat_voxel`.

Between two cells heat flows through a link, from a cell to a surface through a face. Each is described by its geometric resistance
distance/area [1/m]; divided by the conductivity it is the thermal resistance [K/W]. Cells in series then have exactly the harmonic mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["CODES", "Grid", "box_grid", "cylinder_grid", "lump_grid", "sphere_grid"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
CODES = (
    "left",
    "right",
    "front",
    "back",
    "bottom",
    "top",
    "side",
)  # -x, +x, -y, +y, -z, +z; `side`: the curved side of a cylinder
AROUND = 8  # directions in which a ring of a cylinder is written
_CORNERS = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) / np.sqrt(3)
_SPREAD = np.concatenate([np.eye(3), -np.eye(3), _CORNERS])  # directions in which a shell of a sphere is written


@dataclass(frozen=True)
class Grid:
    """Cells of one body, in its frame. N cells, M links, F faces, P points at which temperatures are written.

    `volume` [m3] (N,); `along` (N,): place along the long axis, 0 to 1; `link` (M, 2) cells and `link_shape` (M, 2) their distance/area [1/m];
    `face_cell`, `face_code` (index into CODES), `face_area` [m2] and `face_shape` [1/m] (F,); `point` [m] (P, 3) and `point_cell` (P,);
    `chain` says that the links join cell i to i + 1 in order.
    """

    kind: str
    volume: FloatArray
    along: FloatArray
    link: IntArray
    link_shape: FloatArray
    face_cell: IntArray
    face_code: IntArray
    face_area: FloatArray
    face_shape: FloatArray
    point: FloatArray
    point_cell: IntArray
    chain: bool = False

    @property
    def cells(self) -> int:
        return len(self.volume)

    @property
    def point_volume(self) -> FloatArray:
        """Volume that each point stands for [m3] (P,); sums to that of the cells."""
        shares = np.bincount(self.point_cell, minlength=self.cells)
        return np.asarray((self.volume / shares)[self.point_cell])

    def scaled(self, volume: float) -> Grid:
        """The same grid with its volumes scaled to a known total [m3]."""
        return replace(self, volume=self.volume * (volume / self.volume.sum()))


def lump_grid(volume: float, areas: Sequence[tuple[str, float]], *, depth: float = 0.0) -> Grid:
    """One cell of uniform temperature; `areas` [m2] by face code, `depth` [m] from the surface to the cell's middle."""
    codes = np.array([CODES.index(code) for code, _ in areas], dtype=np.int64)
    return Grid(
        kind="lumped",
        volume=np.array([volume]),
        along=np.array([0.5]),
        link=np.zeros((0, 2), dtype=np.int64),
        link_shape=np.zeros((0, 2)),
        face_cell=np.zeros(len(codes), dtype=np.int64),
        face_code=codes,
        face_area=np.array([area for _, area in areas]),
        face_shape=np.array([depth / area for _, area in areas]),
        point=np.zeros((1, 3)),
        point_cell=np.zeros(1, dtype=np.int64),
        chain=True,
    )


def box_grid(size: Sequence[float], cells: tuple[int, int, int], *, axis: int, area_scale: float = 1.0) -> Grid:
    """A box of edges `size` [m] in cells (nx, ny, nz); an axis of one cell has no resistance across it (uniform over that thickness).

    `axis` is the long one. `area_scale` is the share of the cross-section that is solid (a tube in one dimension).
    """
    edges = np.asarray(size, dtype=float)
    counts = np.asarray(cells)
    step = edges / counts
    index = np.arange(counts.prod()).reshape(cells)
    links, link_shapes, faces = [], [], []
    for k in range(3):
        across = float(np.prod(np.delete(step, k))) * area_scale
        low, high = (
            np.take(index, range(counts[k] - 1), axis=k).ravel(),
            np.take(index, range(1, counts[k]), axis=k).ravel(),
        )
        links.append(np.stack([low, high], axis=1))
        link_shapes.append(np.full((len(low), 2), step[k] / 2 / across))
        shape = step[k] / 2 / across if counts[k] > 1 else 0.0
        open_area = across if k == axis or area_scale == 1.0 else across / area_scale
        for code, at in ((2 * k, 0), (2 * k + 1, counts[k] - 1)):
            cell = np.take(index, at, axis=k).ravel()
            faces.append((cell, np.full(len(cell), code), np.full(len(cell), open_area), np.full(len(cell), shape)))
    middle = [(np.arange(n) + 0.5) / n for n in counts]
    place = np.stack(np.meshgrid(*middle, indexing="ij"), axis=-1).reshape(-1, 3)
    count = int(counts.prod())
    face_cell, face_code, face_area, face_shape = (np.concatenate(part) for part in zip(*faces, strict=True))
    return Grid(
        kind=f"{max(1, int((counts > 1).sum()))}-D box",
        volume=np.full(count, float(step.prod()) * area_scale),
        along=place[:, axis].copy(),
        link=np.concatenate(links),
        link_shape=np.concatenate(link_shapes),
        face_cell=face_cell,
        face_code=face_code,
        face_area=face_area,
        face_shape=face_shape,
        point=(place - 0.5) * edges,
        point_cell=np.arange(count),
        chain=int((counts > 1).sum()) <= 1,
    )


def cylinder_grid(radius: float, height: float, cells: tuple[int, int], *, inner: float = 0.0) -> Grid:
    """A cylinder about z in (rings, slices); one ring has no resistance across it. `inner` [m] is the bore of a tube (one ring only)."""
    rings, slices = cells
    edge = np.linspace(inner, radius, rings + 1)
    middle = (edge[1:] + edge[:-1]) / 2
    area = np.pi * (edge[1:] ** 2 - edge[:-1] ** 2)
    dz = height / slices
    index = np.arange(rings * slices).reshape(rings, slices)
    up = np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], axis=1)
    up_shape = np.repeat(dz / 2 / area, slices - 1)
    out = np.stack([index[:-1].ravel(), index[1:].ravel()], axis=1)
    inside = np.log(edge[1:-1] / middle[:-1]) / (2 * np.pi * dz)
    outside = np.log(middle[1:] / edge[1:-1]) / (2 * np.pi * dz)
    out_shape = np.stack([np.repeat(inside, slices), np.repeat(outside, slices)], axis=1)
    end_shape = dz / 2 / area if slices > 1 else np.zeros(rings)
    side_shape = float(np.log(radius / middle[-1]) / (2 * np.pi * dz)) if rings > 1 else 0.0
    z = (np.arange(slices) + 0.5) * dz - height / 2
    if rings == 1:
        point = np.stack([np.zeros(slices), np.zeros(slices), z], axis=1)
        point_cell = np.arange(slices)
    else:
        angle = np.arange(AROUND) * (2 * np.pi / AROUND)
        ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        flat = middle[:, None, None, None] * ring[None, None]
        flat = np.broadcast_to(flat, (rings, slices, AROUND, 2))
        heights = np.broadcast_to(z[None, :, None, None], (rings, slices, AROUND, 1))
        point = np.concatenate([flat, heights], axis=-1).reshape(-1, 3)
        point_cell = np.repeat(np.arange(rings * slices), AROUND)
    return Grid(
        kind="1-D rod" if rings == 1 else "radial disc" if slices == 1 else "2-D cylinder",
        volume=np.repeat(area * dz, slices),
        along=np.tile((np.arange(slices) + 0.5) / slices, rings),
        link=np.concatenate([up, out]),
        link_shape=np.concatenate([np.stack([up_shape, up_shape], axis=1), out_shape]),
        face_cell=np.concatenate([index[:, 0], index[:, -1], index[-1]]),
        face_code=np.concatenate([np.full(rings, 4), np.full(rings, 5), np.full(slices, 6)]),
        face_area=np.concatenate([area, area, np.full(slices, 2 * np.pi * radius * dz)]),
        face_shape=np.concatenate([end_shape, end_shape, np.full(slices, side_shape)]),
        point=point,
        point_cell=point_cell,
        chain=rings == 1 or slices == 1,
    )


def sphere_grid(radius: float, shells: int) -> Grid:
    """A ball in concentric shells, for surroundings that are the same on all sides."""
    edge = np.linspace(0.0, radius, shells + 1)
    middle = (edge[1:] + edge[:-1]) / 2
    inside = (1 / middle[:-1] - 1 / edge[1:-1]) / (4 * np.pi)
    outside = (1 / edge[1:-1] - 1 / middle[1:]) / (4 * np.pi)
    surface = float((1 / middle[-1] - 1 / radius) / (4 * np.pi))
    area = 4 * np.pi * radius**2
    # each of the six directions has a sixth of the surface; in parallel their resistances add up to that of the whole
    return Grid(
        kind="radial sphere",
        volume=4 / 3 * np.pi * (edge[1:] ** 3 - edge[:-1] ** 3),
        along=np.full(shells, 0.5),
        link=np.stack([np.arange(shells - 1), np.arange(1, shells)], axis=1),
        link_shape=np.stack([inside, outside], axis=1),
        face_cell=np.full(6, shells - 1),
        face_code=np.arange(6),
        face_area=np.full(6, area / 6),
        face_shape=np.full(6, surface * 6),
        point=(middle[:, None, None] * _SPREAD[None]).reshape(-1, 3),
        point_cell=np.repeat(np.arange(shells), len(_SPREAD)),
        chain=True,
    )
