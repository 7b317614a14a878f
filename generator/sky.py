"""Environments: the light of a daylight sky, a room, the moon ... as one description that both renderers read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.textures import noise

__all__ = ["Environment", "directions", "environment", "sun_directions"]

FloatArray = NDArray[np.float64]
RGB = tuple[float, float, float]
# A disc of point-like suns gives soft shadows without the bright specks of a small area light seen through glass.
_SUNS = 9


@dataclass(frozen=True)
class Environment:
    """`sky` (H, W, 3) linear radiance over all directions, `sun` the direction that its light travels (3,), its
    irradiance and its radius [deg].

    `haze` is the radiance into which far ground fades (None: the horizon stays sharp); `fog` is the colour and the
    distance [m] of water; `room` puts walls around the scene; `exposure` scales the picture.
    """

    sky: NDArray[np.float32]
    sun: tuple[float, float, float]
    irradiance: RGB
    sun_radius: float
    haze: RGB | None
    exposure: float = 1.0
    fog: tuple[RGB, float] | None = None
    room: bool = False
    walls: RGB = (0.50, 0.50, 0.485)

    def ambient(self) -> FloatArray:
        """Irradiance of the sky on level ground (3,)."""
        d = directions(self.sky.shape[0])
        up = np.maximum(d[..., 2], 0.0)
        solid = (
            np.sqrt(np.maximum(1 - d[..., 2] ** 2, 0))
            * (math.pi / self.sky.shape[0])
            * (2 * math.pi / self.sky.shape[1])
        )
        return (self.sky * (up * solid)[..., None]).sum(axis=(0, 1))

    def on_ground(self) -> FloatArray:
        """Irradiance of sun and sky on level ground (3,)."""
        return self.ambient() + np.asarray(self.irradiance) * max(0.0, -self.sun[2])

    def radiance(self, d: NDArray[np.floating[Any]]) -> FloatArray:
        """Radiance (..., 3) seen along directions (..., 3)."""
        height, width = self.sky.shape[:2]
        u = np.arctan2(d[..., 0], d[..., 1]) / (2 * math.pi) % 1.0
        v = np.arccos(np.clip(d[..., 2], -1, 1)) / math.pi
        x, y = u * width - 0.5, np.clip(v * height - 0.5, 0, height - 1)
        x0, y0 = np.floor(x).astype(int), np.minimum(y.astype(int), height - 2)
        fx, fy = (x - x0)[..., None].astype(np.float32), (y - y0)[..., None].astype(np.float32)
        a, b = self.sky[y0, x0 % width], self.sky[y0, (x0 + 1) % width]
        c, e = self.sky[y0 + 1, x0 % width], self.sky[y0 + 1, (x0 + 1) % width]
        return (a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + e * fx) * fy


def directions(height: int) -> FloatArray:
    """World directions (H, 2H, 3) of the pixels of a sky map: rows from the zenith down, columns clockwise from +y seen
    from above."""
    v = (np.arange(height) + 0.5) / height * math.pi
    u = (np.arange(2 * height) + 0.5) / (2 * height) * 2 * math.pi
    sine = np.sin(v)[:, None]
    return np.stack([sine * np.sin(u), sine * np.cos(u), np.cos(v)[:, None] * np.ones_like(u)], axis=-1)


def _gradient(d: FloatArray, zenith: RGB, horizon: RGB, *, power: float = 0.55) -> FloatArray:
    t = np.clip(d[..., 2:], 0, 1) ** power
    return np.asarray(horizon) * (1 - t) + np.asarray(zenith) * t


def _glow(d: FloatArray, sun: FloatArray, colour: RGB, sharpness: float, strength: float) -> FloatArray:
    toward = np.clip((d * -sun).sum(axis=-1, keepdims=True), 0, 1)
    return strength * toward**sharpness * np.asarray(colour)


def _clouds(d: FloatArray, amount: float, colour: RGB, seed: int = 3) -> tuple[FloatArray, FloatArray]:
    """Weight (..., 1) and colour of soft clouds on a plane above."""
    field = noise(512, 1.45, seed, low=3.0)
    z = np.maximum(d[..., 2], 0.02)
    u, v = d[..., 0] / (z + 0.22) * 0.14 + 0.3, d[..., 1] / (z + 0.22) * 0.14
    value = field[(v * 512).astype(int) % 512, (u * 512).astype(int) % 512]
    weight = np.clip((value - (1.2 - amount)) / 1.3, 0, 1) * np.clip((d[..., 2] - 0.015) / 0.12, 0, 1)
    return weight[..., None], np.asarray(colour) * (1.05 - 0.18 * np.clip(value, 0, 2))[..., None]


def _hills(d: FloatArray, sky: FloatArray, near: RGB, haze: RGB) -> FloatArray:
    """Two soft ridges along the horizon, so that the ground does not end in a bare line."""
    turn = np.arctan2(d[..., 0], d[..., 1])
    for height, weight, phase in ((0.050, 0.30, 0.4), (0.026, 0.62, 2.1)):
        ridge = height * (
            0.62
            + 0.2 * np.sin(3 * turn + phase)
            + 0.13 * np.sin(7 * turn + 2.3 * phase)
            + 0.07 * np.sin(17 * turn + phase)
            + 0.03 * np.sin(41 * turn)
        )
        inside = np.clip((ridge - d[..., 2]) / 0.005, 0, 1)[..., None]
        rise = np.clip(d[..., 2] / ridge, 0, 1)[..., None]  # mist lies at their feet
        tint = np.asarray(haze) * (1 - weight * rise) + np.asarray(near) * weight * rise
        sky = sky * (1 - inside) + tint * inside
    return sky


def _earth(d: FloatArray, sky: FloatArray, at: FloatArray, sun: FloatArray) -> FloatArray:
    """The Earth in a black sky, lit by the sun and twice as wide as it looks from the Moon (1.9 deg)."""
    radius = math.radians(1.9)
    side = np.cross(at, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    x, y = (d @ side) / math.sin(radius), (d @ np.cross(side, at)) / math.sin(radius)
    r2 = x * x + y * y
    inside = (r2 < 1) & (d @ at > 0)
    z = np.sqrt(np.maximum(1 - r2, 0))
    normal = x[..., None] * side + y[..., None] * np.cross(side, at) - z[..., None] * at
    lit = np.clip(-(normal @ sun) * 1.3 + 0.15, 0.02, 1)[..., None]
    field = noise(256, 1.6, 4, low=1.5)
    rows, columns = ((y * 0.32) % 1.0 * 256).astype(int) % 256, ((x * 0.32) % 1.0 * 256).astype(int) % 256
    land, cloud = field[rows, columns], noise(256, 1.3, 8, low=2)[rows, (columns + 2 * rows) % 256]
    blue, green, white = np.array([0.10, 0.26, 0.62]), np.array([0.20, 0.26, 0.12]), np.array([0.9, 0.92, 0.95])
    color = np.where((land > 0.35)[..., None], green, blue)
    weight = np.clip((cloud - 0.2) / 0.9, 0, 0.9)[..., None]
    color = (color * (1 - weight) + white * weight) * lit * 1.1
    edge = np.clip((1 - np.sqrt(r2)) / 0.06, 0, 1)[..., None]
    return np.where(inside[..., None], sky * (1 - edge) + color * edge, sky)


def _stars(shape: tuple[int, int], count: int, strength: float) -> FloatArray:
    random = np.random.default_rng(11)
    sky = np.zeros((*shape, 3))
    z = random.random(count) * 0.98
    rows = (np.arccos(z) / math.pi * shape[0]).astype(int)
    columns = (random.random(count) * shape[1]).astype(int)
    tint = np.stack(
        [1 + 0.2 * random.standard_normal(count), np.ones(count), 1 + 0.2 * random.standard_normal(count)], axis=1
    )
    sky[rows, columns] = strength * (random.random(count) ** 3)[:, None] * tint
    return sky


def _unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    n = math.sqrt(x * x + y * y + z * z)
    return x / n, y / n, z / n


def sun_directions(direction: tuple[float, float, float], radius: float) -> FloatArray:
    """Directions (K, 3) spread evenly over a disc of `radius` [deg] around `direction` (a sunflower)."""
    d = np.asarray(direction)
    if radius < 0.4:
        return d[None]
    side = np.cross(d, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    other = np.cross(d, side)
    k = np.arange(_SUNS)
    r, a = math.tan(math.radians(radius)) * np.sqrt((k + 0.5) / _SUNS), k * math.pi * (3 - math.sqrt(5))
    spread = d + (r * np.cos(a))[:, None] * side + (r * np.sin(a))[:, None] * other
    return spread / np.linalg.norm(spread, axis=1, keepdims=True)


@lru_cache(maxsize=24)
def environment(style: str, *, clouds: bool = False) -> Environment:
    """The light of a look. The sun stands to the front right of the viewer, so that shadows fall to the back left and
    facades are lit."""
    d = directions(1024 if style in {"night", "lunar", "space"} else 512)
    below = d[..., 2:] < 0
    sun = _unit(-0.55, 0.62, -0.85)
    s = np.asarray(sun)

    def finished(sky: FloatArray, ground: RGB) -> NDArray[np.float32]:
        return np.where(below, np.asarray(ground), sky).astype(np.float32)

    match style:
        case "overcast":
            haze = (0.80, 0.83, 0.87)
            sky = _gradient(d, (1.05, 1.10, 1.18), haze)
            weight, white = _clouds(d, 0.9, (1.05, 1.07, 1.1))
            return Environment(
                finished(sky * (1 - 0.35 * weight) + 0.35 * weight * white * 0.8, haze),
                sun,
                (0.55, 0.54, 0.52),
                9.0,
                haze,
                1.0,
            )
        case "sunset":
            sun = _unit(-0.80, -0.42, -0.24)
            haze = (1.00, 0.56, 0.30)
            sky = _gradient(d, (0.10, 0.16, 0.36), haze, power=0.6) + _glow(
                d, np.asarray(sun), (1.0, 0.45, 0.15), 10.0, 1.3
            )
            weight, tint = _clouds(d, 0.85, (1.25, 0.62, 0.42))
            sky = sky * (1 - 0.7 * weight) + 0.7 * weight * tint
            sun = _unit(-0.80, 0.30, -0.30)
            sky = _hills(d, sky, (0.20, 0.13, 0.16), haze)
            return Environment(finished(sky, haze), sun, (3.4, 1.75, 0.80), 1.2, haze, 1.0)
        case "night":
            haze = (0.040, 0.056, 0.092)
            sky = _gradient(d, (0.012, 0.020, 0.046), haze, power=0.5) + _stars(d.shape[:2], 1500, 1.3)
            return Environment(finished(sky, haze), sun, (0.80, 0.92, 1.22), 1.0, haze, 1.9)
        case "lunar" | "space":
            sky = np.full_like(d, 0.0) + _stars(d.shape[:2], 1500, 1.2) + 0.006
            sun = _unit(-0.72, 0.50, -0.50)
            sky = _earth(d, sky, np.asarray(_unit(-0.30, 0.93, 0.17)), s)
            ground = (0.035, 0.035, 0.035) if style == "lunar" else (0.006, 0.006, 0.008)
            return Environment(finished(sky, ground), sun, (5.2, 5.1, 4.9), 0.3, None, 1.0)
        case "mars":
            haze = (0.80, 0.52, 0.32)
            sky = _gradient(d, (0.36, 0.27, 0.20), haze, power=0.7) + _glow(d, s, (0.55, 0.65, 0.8), 30.0, 0.5)
            sky = _hills(d, sky, (0.34, 0.19, 0.12), haze)
            return Environment(finished(sky, haze), sun, (2.1, 1.65, 1.25), 1.0, haze, 1.0)
        case "underwater":
            haze = (0.07, 0.28, 0.37)
            sky = _gradient(d, (0.95, 1.30, 1.35), haze, power=1.1)
            return Environment(
                finished(sky, haze), _unit(-0.2, 0.25, -0.95), (1.15, 1.45, 1.40), 3.0, haze, 1.0, fog=(haze, 14.0)
            )
        case "indoor":
            sky = _gradient(d, (1.00, 0.97, 0.92), (0.62, 0.60, 0.57), power=0.5)
            window = np.clip((d @ np.asarray(_unit(0.75, -0.35, 0.55)) - 0.80) / 0.1, 0, 1)[..., None]
            sky = sky * 0.42 + window * np.array([1.7, 1.65, 1.55])
            return Environment(
                finished(sky, (0.35, 0.33, 0.30)),
                _unit(-0.70, 0.40, -0.85),
                (3.9, 3.62, 3.2),
                3.5,
                None,
                0.86,
                room=True,
            )
        case "studio":
            haze = (0.70, 0.71, 0.73)
            sky = _gradient(d, (0.60, 0.61, 0.63), haze, power=0.8)
            for at, size in (((0.7, -0.45, 0.62), 0.93), ((-0.85, -0.2, 0.4), 0.95)):
                box = np.clip((d @ np.asarray(_unit(*at)) - size) / 0.02, 0, 1)[..., None]
                sky = sky + box * 3.0
            return Environment(finished(sky, haze), _unit(-0.55, 0.5, -0.95), (2.1, 2.05, 1.98), 4.0, haze, 0.62)
    haze = (0.72, 0.79, 0.87)
    sky = (
        _gradient(d, (0.135, 0.275, 0.57), haze, power=0.46)
        + _glow(d, s, (1.0, 0.85, 0.6), 24.0, 0.45)
        + _glow(d, s, (1.0, 0.95, 0.85), 900.0, 22.0)
    )
    weight, white = _clouds(d, 0.95 if clouds else 0.55, (1.08, 1.08, 1.10))
    sky = sky * (1 - 0.82 * weight) + 0.82 * weight * white
    sky = _hills(d, sky, (0.20, 0.30, 0.36), haze)
    return Environment(finished(sky, haze), sun, (3.45, 3.15, 2.70), 1.3, haze, 0.92)
