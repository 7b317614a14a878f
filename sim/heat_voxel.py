"""Voxel grids of any shape: which points lie inside its pieces, how full each cell is, and how much true surface its outer faces stand for."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from scenes.primitives import (
    Box,
    Capsule,
    Cone,
    Convex,
    Cup,
    Cylinder,
    Ellipsoid,
    MeshFile,
    Piece,
    Primitive,
    ShapeModel,
    Sphere,
    Torus,
    rotation_matrix,
)
from sim.heat_grid import Grid

__all__ = ["inside_shape", "sliced", "solid_pieces", "surface_and_volume", "voxel_grid"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def solid_pieces(shape: ShapeModel) -> list[Piece]:
    return [piece for piece in shape.pieces() if piece.solid] or shape.pieces()


def inside_shape(shape: ShapeModel, points: FloatArray) -> NDArray[np.int64]:
    """For points (P, 3) [m] in the body's frame the number of the first solid piece that holds each (P,), -1 outside."""
    owner = np.full(len(points), -1, dtype=np.int64)
    for number, piece in enumerate(solid_pieces(shape)):
        open_ = np.flatnonzero(owner < 0)
        local = (points[open_] - np.asarray(piece.position)) @ rotation_matrix(piece.orientation)
        owner[open_[_inside(piece.shape, local)]] = number
    return owner


def _inside(shape: Primitive, p: FloatArray) -> BoolArray:
    flat = np.hypot(p[:, 0], p[:, 1])
    z = p[:, 2]
    match shape:
        case Sphere():
            return np.asarray((p**2).sum(axis=1) <= shape.radius**2)
        case Ellipsoid():
            return np.asarray(((p / np.asarray(shape.radii)) ** 2).sum(axis=1) <= 1)
        case Box():
            return np.asarray((np.abs(p) <= np.asarray(shape.size) / 2).all(axis=1))
        case Cylinder():
            return np.asarray((flat <= shape.radius) & (np.abs(z) <= shape.height / 2))
        case Capsule():
            over = np.maximum(np.abs(z) - shape.height / 2, 0)
            return np.asarray(np.hypot(flat, over) <= shape.radius)
        case Cone():
            up = (z + shape.height / 4) / shape.height
            return np.asarray((up >= 0) & (flat <= shape.radius * (1 - up)))
        case Torus():
            return np.asarray(np.hypot(flat - shape.major_radius, z) <= shape.minor_radius)
        case Cup():
            up = z - shape.base_z
            outer = shape.foot + (shape.radius - shape.foot) * up / shape.height
            hollow = (up > shape.wall) & (flat < outer - shape.wall)
            return np.asarray((up >= 0) & (up <= shape.height) & (flat <= outer) & ~hollow)
        case Convex():
            vertices, faces, _ = shape.hull()
            return _within_planes(vertices, faces, p)
        case MeshFile():
            from scenes.meshes import load_mesh

            mesh = load_mesh(shape)
            import trimesh

            solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=True)
            if not solid.is_volume:
                solid = solid.convex_hull
            return np.asarray(solid.contains(p), dtype=bool)
    raise TypeError(f"no inside test for {type(shape).__name__}")


def _within_planes(vertices: FloatArray, faces: NDArray[np.int64], p: FloatArray) -> BoolArray:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    reach = np.einsum("ij,ij->i", normal, a)
    return np.asarray((p @ normal.T <= reach + 1e-12).all(axis=1))


def _filling(shape: ShapeModel, counts: tuple[int, int, int]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Share of each cell that is solid (nx, ny, nz), from 2 x 2 x 2 samples; lowest corner and step of the grid [m]."""
    low, high = shape.bounds()
    step = (high - low) / np.asarray(counts)
    fine = [low[k] + (np.arange(2 * counts[k]) + 0.5) * step[k] / 2 for k in range(3)]
    points = np.stack(np.meshgrid(*fine, indexing="ij"), axis=-1).reshape(-1, 3)
    solid = (inside_shape(shape, points) >= 0).astype(float)
    nx, ny, nz = counts
    return solid.reshape(nx, 2, ny, 2, nz, 2).mean(axis=(1, 3, 5)), low, step


def _counts(extent: FloatArray, budget: int) -> tuple[int, int, int]:
    """Cells of equal edges that fill the extent within a budget; at least 6 across the thinnest axis."""
    edge = float((extent.prod() / budget) ** (1 / 3))
    n = np.maximum(np.round(extent / edge), 6)
    while n.prod() > budget and (n > 6).any():
        n = np.where(n > 6, np.maximum(np.floor(n * 0.95), 6), n)
    return int(n[0]), int(n[1]), int(n[2])


def voxel_grid(
    shape: ShapeModel, *, budget: int, axis: int, counts: tuple[int, int, int] | None = None
) -> tuple[Grid, NDArray[np.int64]]:
    """The shape in at most `budget` cells (of its box; the filled ones are fewer) or in `counts` of them, and for each cell the piece that it lies in (N,).

    Volumes add up to that of the shape as sampled. The area of an outer face is weighted with the cosine between it and the surface's
    normal, so that the steps of the grid add up to the smooth surface: sum of a cos(n, e) over the three directions is the area itself.
    """
    extent = shape.extent()
    counts = counts or _counts(extent, budget)
    filling, low, step = _filling(shape, counts)
    solid = filling >= 0.5
    if not solid.any():
        solid = filling >= filling.max()
    index = np.full(counts, -1, dtype=np.int64)
    count = int(solid.sum())
    index[solid] = np.arange(count)
    normals = _normals(filling, step)
    cell_volume = float(step.prod())
    links, link_shapes, faces = [], [], []
    for k in range(3):
        across = float(np.prod(np.delete(step, k)))
        half = step[k] / 2 / across
        low_cell = np.take(index, range(counts[k] - 1), axis=k)
        high_cell = np.take(index, range(1, counts[k]), axis=k)
        joined = (low_cell >= 0) & (high_cell >= 0)
        links.append(np.stack([low_cell[joined], high_cell[joined]], axis=1))
        link_shapes.append(np.full((int(joined.sum()), 2), half))
        for code, shift in ((2 * k, -1), (2 * k + 1, 1)):
            cell = index[_exposed(solid, k, shift)]
            weight = np.abs(normals[_exposed(solid, k, shift)][:, k])
            faces.append((cell, np.full(len(cell), code), across * weight, np.full(len(cell), half)))
    centre = np.argwhere(solid) + 0.5
    face_cell, face_code, face_area, face_shape = (np.concatenate(part) for part in zip(*faces, strict=True))
    grid = Grid(
        kind="voxels",
        volume=np.full(count, cell_volume * float(filling.sum()) / count),
        along=centre[:, axis] / counts[axis],
        link=np.concatenate(links),
        link_shape=np.concatenate(link_shapes),
        face_cell=face_cell,
        face_code=face_code.astype(np.int64),
        face_area=face_area,
        face_shape=face_shape,
        point=low + centre * step,
        point_cell=np.arange(count),
    )
    owner = inside_shape(shape, grid.point)
    return grid, np.maximum(owner, 0)


def sliced(grid: Grid, *, axis: int, slices: int, length: float) -> Grid:
    """A voxel grid of `slices` along `axis`, over `length` [m], with one cell for each: a rod of varying cross-section."""
    number, step = np.round(grid.along * slices - 0.5).astype(np.int64), length / slices
    there, slice_ = np.unique(number, return_inverse=True)
    count = len(there)
    volume = np.bincount(slice_, weights=grid.volume)
    half = step / 2 * step / volume  # distance over area
    ends = grid.face_code // 2 == axis
    key = slice_[grid.face_cell] * 6 + grid.face_code
    keys, face = np.unique(key, return_inverse=True)
    conductance = np.bincount(face, weights=np.where(ends, 1 / grid.face_shape, 0.0))
    centre = np.zeros((count, 3))
    for k in range(3):
        centre[:, k] = np.bincount(slice_, weights=grid.point[:, k] * grid.volume) / volume
    return Grid(
        kind="1-D slices",
        volume=np.asarray(volume, dtype=float),
        along=np.bincount(slice_, weights=grid.along * grid.volume) / volume,
        link=np.stack([np.arange(count - 1), np.arange(1, count)], axis=1),
        link_shape=np.stack([half[:-1], half[1:]], axis=1),
        face_cell=keys // 6,
        face_code=keys % 6,
        face_area=np.asarray(np.bincount(face, weights=grid.face_area), dtype=float),
        face_shape=np.where(conductance > 0, 1 / np.where(conductance > 0, conductance, 1.0), 0.0),
        point=centre,
        point_cell=np.arange(count),
        chain=True,
    )


def _exposed(solid: BoolArray, axis: int, shift: int) -> BoolArray:
    """Solid cells whose neighbour in a direction is empty or outside the grid."""
    padded = np.pad(solid, 1)
    neighbour = np.roll(padded, -shift, axis=axis)[1:-1, 1:-1, 1:-1]
    return np.asarray(solid & ~neighbour)


def _normals(filling: FloatArray, step: FloatArray) -> FloatArray:
    """Unit normals (nx, ny, nz, 3) from the gradient of the smoothed filling."""
    from scipy.ndimage import gaussian_filter

    pad = 3
    smooth = gaussian_filter(np.pad(filling, pad), sigma=1.0, mode="constant")
    gradient = np.stack(np.gradient(smooth, *step), axis=-1)[pad:-pad, pad:-pad, pad:-pad]
    size = np.linalg.norm(gradient, axis=-1, keepdims=True)
    return np.where(size > 1e-9 / float(step.max()), gradient / np.maximum(size, 1e-300), 1 / math.sqrt(3))


def surface_and_volume(shape: ShapeModel) -> tuple[FloatArray, float]:
    """Area seen from -x, +x, -y, +y, -z, +z [m2] (6,), which adds up to the whole surface, and volume [m3]; exact for
    a box, a ball and a cylinder."""
    pieces = solid_pieces(shape)
    if len(pieces) == 1 and isinstance(pieces[0].shape, Sphere):
        radius = pieces[0].shape.radius
        return np.full(6, 4 * math.pi * radius**2 / 6), pieces[0].shape.volume()
    if len(pieces) == 1 and isinstance(pieces[0].shape, Box) and pieces[0].orientation == (1.0, 0.0, 0.0, 0.0):
        x, y, z = pieces[0].shape.size
        return np.array([y * z, y * z, x * z, x * z, x * y, x * y]), pieces[0].shape.volume()
    if len(pieces) == 1 and isinstance(pieces[0].shape, Cylinder) and pieces[0].orientation == (1.0, 0.0, 0.0, 0.0):
        radius, height = pieces[0].shape.radius, pieces[0].shape.height
        side, end = math.pi * radius * height / 2, math.pi * radius**2
        return np.array([side, side, side, side, end, end]), pieces[0].shape.volume()
    grid, _ = voxel_grid(shape, budget=20_000, axis=2)
    areas: FloatArray = np.bincount(grid.face_code, weights=grid.face_area, minlength=6)[:6].astype(float)
    single = pieces[0].shape if len(pieces) == 1 else None
    volume = single.volume() if single is not None else float(grid.volume.sum())
    return areas, volume
