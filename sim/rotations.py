"""Quaternions wxyz as arrays: the few operations that the solver needs, vectorised over leading axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["about_z", "conjugate", "matrices", "multiply", "of_matrix", "rotate", "to_wxyz", "to_xyzw"]

FloatArray = NDArray[np.float64]


def to_xyzw(q: Sequence[float] | FloatArray) -> list[float]:
    """Normalised xyzw of a wxyz quaternion."""
    w, x, y, z = (float(v) for v in q)
    n = math.sqrt(w * w + x * x + y * y + z * z)
    return [x / n, y / n, z / n, w / n]


def to_wxyz(q: Sequence[float]) -> list[float]:
    return [q[3], q[0], q[1], q[2]]


def multiply(a: FloatArray, b: FloatArray) -> FloatArray:
    """Hamilton product of wxyz arrays (..., 4)."""
    aw, ax, ay, az = np.moveaxis(np.asarray(a, dtype=float), -1, 0)
    bw, bx, by, bz = np.moveaxis(np.asarray(b, dtype=float), -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def conjugate(q: FloatArray) -> FloatArray:
    return np.asarray(q, dtype=float) * np.array([1.0, -1.0, -1.0, -1.0])


def about_z(angle: float) -> FloatArray:
    """Turn by `angle` [rad] about z, wxyz (4,)."""
    return np.array([math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2)])


def matrices(q: FloatArray) -> FloatArray:
    """Rotation matrices (..., 3, 3) of unit quaternions wxyz (..., 4)."""
    w, x, y, z = np.moveaxis(np.asarray(q, dtype=float), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def rotate(q: FloatArray, v: FloatArray) -> FloatArray:
    """Vectors (..., 3) turned by unit quaternions (..., 4)."""
    return np.einsum("...ij,...j->...i", matrices(q), np.asarray(v, dtype=float))


def of_matrix(m: FloatArray) -> FloatArray:
    """Unit quaternion wxyz (4,) of a rotation matrix (3, 3) (Shepperd's method)."""
    trace = float(np.trace(m))
    if trace > 0:
        s = 2 * math.sqrt(1 + trace)
        q = np.array([s / 4, (m[2, 1] - m[1, 2]) / s, (m[0, 2] - m[2, 0]) / s, (m[1, 0] - m[0, 1]) / s])
    else:
        i = int(np.argmax(np.diag(m)))
        j, k = (i + 1) % 3, (i + 2) % 3
        s = 2 * math.sqrt(max(1e-300, 1 + m[i, i] - m[j, j] - m[k, k]))
        q = np.empty(4)
        q[0], q[i + 1], q[j + 1], q[k + 1] = (
            (m[k, j] - m[j, k]) / s,
            s / 4,
            (m[j, i] + m[i, j]) / s,
            (m[k, i] + m[i, k]) / s,
        )
    return np.asarray(q / np.linalg.norm(q))
