"""Procedural, seamless textures: linear reflectance (H, W, 3) in 0..1 whose mean is near the colour asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ball_seams", "linear", "make_texture", "parse_color", "srgb"]

Image = NDArray[np.float32]

# Colour names as people mean them, a little less harsh than the pure primaries of CSS; every other CSS name is known
# too.
_NAMED = {
    "red": "#c4201c", "green": "#2e8b3a", "blue": "#1f4fb8", "yellow": "#f0bf16", "orange": "#ee7a14", "purple": "#7a2fa0", "violet": "#7a3fc0",
    "pink": "#f08aa8", "brown": "#7a4a26", "black": "#1c1c1e", "white": "#f2f1ed", "gray": "#8a8c8e", "grey": "#8a8c8e", "golden": "#d8ae52",
    "gold": "#d8ae52", "silver": "#c8cacc", "cyan": "#18a8b8", "beige": "#dccfb0", "transparent": "#f4f8f7", "colorful": "#e0742c",
    "dark green": "#1c5a2a", "light blue": "#78b4e0", "dark blue": "#14306e", "light green": "#8cc870", "dark red": "#8a1418",
}  # fmt: skip

# Roles of the pieces of composed shapes and figures.
_ROLES = {
    "wall": "#d9cbb4", "door": "#32434e", "railing": "#3c4247", "bark": "#5f4630", "leaves": "#4c7a2c", "roof": "#96452f", "window": "#33485a",
    "shirt 0": "#2f6f9f", "shirt 1": "#b8443a", "shirt 2": "#3f8a54", "shirt 3": "#d9a036", "shirt 4": "#6c4f96", "shirt 5": "#d8d2c4",
    "trousers 0": "#3b4252", "trousers 1": "#5a4a3c", "trousers 2": "#23262c", "trousers 3": "#6b7280", "trousers 4": "#7a6a4c",
    "hair 0": "#3a281c", "hair 1": "#17120f", "hair 2": "#7a5230", "hair 3": "#b08a4e", "hair 4": "#6e6a66",
    "skin 0": "#d9a583", "skin 1": "#8d5a3b", "skin 2": "#e6bfa0", "skin 3": "#b98259",
    "skin": "#d9a583", "shirt": "#2f6f9f", "trousers": "#3b4252", "hair": "#3a281c", "shoe": "#2a2522", "eye": "#14110f", "white": "#f4f2ee",
    "fur": "#9a7b5c", "belly": "#e6dccb", "pink": "#d99a94", "dark": "#3a2f28", "nose": "#241c1a", "fur_dog": "#b07d48", "fur_cat": "#c98442",
    "fur_mouse": "#8c857e", "coat": "#6a4228", "hoof": "#2e2620", "feather": "#4f6f9a", "breast": "#d08a50", "beak": "#e0a030", "wing": "#e8902a",
    "spot": "#f4f2ee", "scale": "#e07a28", "fin": "#d85a20",
}  # fmt: skip


def linear(srgb_values: NDArray[np.float64] | tuple[float, float, float]) -> NDArray[np.float64]:
    """Linear values of sRGB ones in 0..1 (IEC 61966-2-1)."""
    s: Any = np.asarray(srgb_values, dtype=float)
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def srgb(linear_values: NDArray[np.float64] | Image) -> NDArray[np.float64]:
    """sRGB values in 0..1 of linear ones (IEC 61966-2-1)."""
    v: Any = np.clip(linear_values, 0.0, 1.0)
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * np.power(v, 1 / 2.4) - 0.055)


@lru_cache(maxsize=512)
def parse_color(name: str) -> tuple[float, float, float] | None:
    """Linear RGB of a named colour, a role of a piece or `#rrggbb`; None when the name is unknown."""
    key = name.strip().lower().replace("_", " ")
    text = _NAMED.get(key) or _ROLES.get(name) or _ROLES.get(key) or key.replace(" ", "")
    from PIL import ImageColor

    try:
        rgb = ImageColor.getrgb(text)[:3]
    except ValueError:
        return None
    r, g, b = (float(v) for v in linear((rgb[0] / 255, rgb[1] / 255, rgb[2] / 255)))
    return r, g, b


def noise(size: int, slope: float, seed: int, *, stretch: tuple[float, float] = (1.0, 1.0), low: float = 1.0) -> Image:
    """Periodic random field (size, size) of zero mean and unit deviation; its amplitude falls as frequency^-slope above
    `low` cycles a tile.

    `stretch` > 1 makes it long along u or v.
    """
    generator = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(generator.standard_normal((size, size)))
    fy = np.fft.fftfreq(size)[:, None] * size * stretch[1]
    fx = np.fft.rfftfreq(size)[None, :] * size * stretch[0]
    radius = np.hypot(fx, fy)
    gain = np.where(radius >= low, np.maximum(radius, 1e-9) ** -slope, 0.0)
    field = np.fft.irfft2(spectrum * gain, s=(size, size))
    return ((field - field.mean()) / (field.std() + 1e-12)).astype(np.float32)


def _grid(size: int) -> tuple[Any, Any]:
    axis = ((np.arange(size) + 0.5) / size).astype(np.float32)
    return np.meshgrid(axis, axis)


def _shade(base: tuple[float, float, float], factor: Image) -> Image:
    return np.clip(np.asarray(base, dtype=np.float32) * np.maximum(factor, 0.02)[..., None], 0.0, 0.95).astype(
        np.float32
    )


def _cells(size: int, count: int, seed: int) -> tuple[Image, Image]:
    """Distance to the nearest and to the second nearest of `count` random points on the unit torus."""
    from scipy.spatial import cKDTree

    points = np.random.default_rng(seed).random((count, 2))
    u, v = _grid(size)
    distance, _ = cKDTree(points, boxsize=1.0).query(np.stack([u, v], axis=-1).reshape(-1, 2) % 1.0, k=2)
    return distance[:, 0].reshape(size, size).astype(np.float32), distance[:, 1].reshape(size, size).astype(np.float32)


def _concrete(base: tuple[float, float, float], size: int, seed: int, slabs: int) -> Image:
    factor = 1 + 0.055 * noise(size, 1.4, seed, low=2) + 0.035 * noise(size, 0.35, seed + 1, low=24)
    pits = noise(size, 0.2, seed + 2, low=60)
    factor = factor - 0.16 * (pits > 2.6)
    if slabs:
        u, v = _grid(size)
        ju, jv = u * slabs % 1.0, v * slabs % 1.0
        tone = np.random.default_rng(seed + 5).normal(0, 0.035, (slabs, slabs))
        factor = factor + tone[(v * slabs).astype(int), (u * slabs).astype(int)].astype(np.float32)
        edge = np.minimum(np.minimum(ju, 1 - ju), np.minimum(jv, 1 - jv))
        factor = factor * (1 - 0.50 * np.exp(-((edge / 0.0075) ** 2)))
    return _shade(base, factor)


def _wood(base: tuple[float, float, float], size: int, seed: int, boards: int) -> Image:
    u, v = _grid(size)
    rows = max(boards, 1)
    bend = noise(size, 1.7, seed, stretch=(3.0, 1.0), low=1.5)
    grain = noise(size, 0.5, seed + 1, stretch=(14.0, 1.0), low=10)
    row = (v * rows).astype(int) % rows
    random = np.random.default_rng(seed + 3)
    offset = random.random(rows).astype(np.float32)[row]
    rings = np.sin(2 * np.pi * ((v * (7 if not boards else 3 * rows)) + 0.32 * bend + offset * 3))
    factor = 1 + 0.085 * rings + 0.075 * grain + 0.04 * bend
    warm = np.ones((size, size, 3), dtype=np.float32)
    if boards:
        tone = random.normal(0, 0.075, rows).astype(np.float32)[row]
        factor = factor * (1 + tone)
        edge = np.minimum(v * rows % 1.0, 1 - v * rows % 1.0)
        shift = random.random(rows).astype(np.float32)[row]
        end = np.abs((u * 2 + shift) % 1.0 - 0.5)
        seam = np.maximum(np.exp(-((edge / 0.018) ** 2)), np.exp(-((end / 0.0022) ** 2)))
        factor = factor * (1 - 0.62 * seam)
    warm[..., 2] -= 0.05 * rings
    return np.clip(_shade(base, factor) * warm, 0, 0.95)


def _grass(base: tuple[float, float, float], size: int, seed: int) -> Image:
    blades = noise(size, 0.25, seed, stretch=(1.0, 3.0), low=40)
    tufts = noise(size, 1.0, seed + 1, low=10)
    patches = noise(size, 2.0, seed + 2, low=1.0)
    grey = float(np.dot(base, (0.2126, 0.7152, 0.0722)))
    r, g, b = (0.62 * c + 0.38 * grey for c in base)  # turf is straw and soil as well as blades
    image = _shade((r * 1.75, g * 1.28, b * 0.80), 0.98 + 0.24 * blades + 0.14 * tufts + 0.05 * patches)
    image[..., 0] *= 1 + 0.14 * np.tanh(patches + 0.5 * tufts)
    return np.clip(image, 0, 0.9)


def _sand(base: tuple[float, float, float], size: int, seed: int, ripples: float) -> Image:
    u, v = _grid(size)
    del u
    bend = noise(size, 1.8, seed, low=1.0)
    waves = np.sin(2 * np.pi * (v * 14 + 0.45 * bend))
    return _shade(
        base,
        1 + ripples * waves + 0.05 * noise(size, 0.1, seed + 1, low=70) + 0.035 * noise(size, 1.2, seed + 2, low=3),
    )


def _ice(base: tuple[float, float, float], size: int, seed: int) -> Image:
    near, second = _cells(size, 16, seed)
    wobble = 0.012 * noise(size, 1.3, seed + 1, low=4)
    cracks = np.exp(-((np.abs(second - near + wobble) / 0.0035) ** 2))
    frost = noise(size, 1.5, seed + 2, low=1.5)
    image = _shade(base, 0.93 + 0.05 * frost + 0.03 * noise(size, 0.3, seed + 4, stretch=(5, 1), low=20))
    image[..., 0] *= 0.93 - 0.03 * frost
    return np.clip(image + 0.10 * cracks[..., None], 0, 0.95)


def _brick(base: tuple[float, float, float], size: int, seed: int) -> Image:
    rows, columns = 12, 4
    u, v = _grid(size)
    row = (v * rows).astype(int)
    along = (u * columns + 0.5 * (row % 2)) % columns
    ju, jv = along % 1.0, v * rows % 1.0
    tone = np.random.default_rng(seed).normal(0, 0.13, (rows, columns))[row, along.astype(int)].astype(np.float32)
    grain = noise(size, 0.4, seed + 1, low=30)
    bricks = _shade(base, 1 + tone + 0.06 * grain)
    edge = np.minimum(np.minimum(ju, 1 - ju) / 1.0 * 3, np.minimum(jv, 1 - jv))
    mortar = np.clip((0.075 - edge) / 0.03, 0, 1)[..., None]
    cement = _shade((0.42, 0.40, 0.37), 1 + 0.07 * grain)
    return (bricks * (1 - mortar) + cement * mortar).astype(np.float32)


def _stone(base: tuple[float, float, float], size: int, seed: int) -> Image:
    veins = np.abs(noise(size, 1.5, seed, low=1.5))
    speckle = noise(size, 0.15, seed + 1, low=50)
    return _shade(
        base, 0.96 + 0.07 * np.minimum(veins, 2) - 0.05 + 0.055 * speckle + 0.05 * noise(size, 1.3, seed + 2, low=3)
    )


def _marble(base: tuple[float, float, float], size: int, seed: int) -> Image:
    vein = np.abs(noise(size, 1.5, seed, low=1.5))
    return _shade(base, 1 - 0.30 * np.exp(-((vein / 0.05) ** 2)) + 0.03 * noise(size, 1.5, seed + 1))


def _fabric(base: tuple[float, float, float], size: int, seed: int) -> Image:
    u, v = _grid(size)
    threads = 64
    weave = np.sin(np.pi * threads * u) ** 2 * (((u * threads).astype(int) + (v * threads).astype(int)) % 2) + np.sin(
        np.pi * threads * v
    ) ** 2 * (1 - ((u * threads).astype(int) + (v * threads).astype(int)) % 2)
    return _shade(base, 0.82 + 0.28 * weave.astype(np.float32) + 0.05 * noise(size, 1.0, seed, low=3))


def _leaves(base: tuple[float, float, float], size: int, seed: int) -> Image:
    near, second = _cells(size, 900, seed)
    tone = np.clip((second - near) * 40, 0, 1)
    hue = noise(size, 1.0, seed + 1, low=6)
    image = _shade((base[0] * 1.15, base[1], base[2] * 1.1), 0.55 + 0.70 * tone + 0.14 * hue)
    image[..., 0] *= 1 + 0.22 * np.tanh(hue)
    return np.clip(image, 0, 0.9)


def _regolith(base: tuple[float, float, float], size: int, seed: int) -> Image:
    factor = 1 + 0.11 * noise(size, 1.2, seed, low=2) + 0.10 * noise(size, 0.45, seed + 1, low=24)
    random = np.random.default_rng(seed + 2)
    for _ in range(110):  # craters: a rim lit on one side, a floor in shade
        cu, cv, radius = random.random(), random.random(), 0.006 + 0.05 * random.random() ** 4
        reach = int(3 * radius * size) + 2
        offset = np.arange(-reach, reach + 1)
        rows, columns = (int(cv * size) + offset) % size, (int(cu * size) + offset) % size
        du, dv = np.meshgrid(offset / size, offset / size)
        r = np.hypot(du, dv) / radius
        rim = 0.30 * np.exp(-(((r - 1) / 0.22) ** 2)) * np.tanh(-2 * du / radius)
        factor[np.ix_(rows, columns)] += rim - 0.20 * np.exp(-(r**4)) * (du > -radius)
    return _shade(base, factor)


def _plaster(base: tuple[float, float, float], size: int, seed: int) -> Image:
    return _shade(base, 1 + 0.028 * noise(size, 0.6, seed, low=8) + 0.008 * noise(size, 1.8, seed + 1, low=1))


def _fur(base: tuple[float, float, float], size: int, seed: int) -> Image:
    return _shade(
        base, 1 + 0.13 * noise(size, 0.4, seed, stretch=(5.0, 1.0), low=16) + 0.05 * noise(size, 1.4, seed + 1, low=2)
    )


def _brushed(base: tuple[float, float, float], size: int, seed: int) -> Image:
    """Fine scratches along u."""
    fine = noise(size, 0.15, seed, stretch=(60.0, 1.0), low=20)
    wide = noise(size, 0.8, seed + 1, stretch=(30.0, 1.0), low=4)
    return _shade(base, 1 + 0.10 * fine + 0.06 * wide)


def _roof(base: tuple[float, float, float], size: int, seed: int) -> Image:
    u, v = _grid(size)
    rows = 10
    lane = np.abs(np.sin(np.pi * u * 14 + (v * rows).astype(int) % 2 * np.pi / 2))
    drop = v * rows % 1.0
    tone = np.random.default_rng(seed).normal(0, 0.06, (rows, 14))[(v * rows).astype(int), (u * 14).astype(int)]
    return _shade(base, (0.72 + 0.3 * lane**0.5 - 0.35 * np.exp(-(((1 - drop) / 0.12) ** 2)) + tone).astype(np.float32))


@lru_cache(maxsize=96)
def make_texture(
    kind: str, base: tuple[float, float, float], *, size: int = 512, seed: int = 7, count: int = 0
) -> Image:
    """A tile of `kind` in the colour `base` (linear RGB). `count` is the number of slabs or boards across it, where it
    has them."""
    makers = {
        "concrete": lambda: _concrete(base, size, seed, count),
        "wood": lambda: _wood(base, size, seed, count),
        "grass": lambda: _grass(base, size, seed),
        "sand": lambda: _sand(base, size, seed, 0.045),
        "snow": lambda: _sand(base, size, seed, 0.008),
        "ice": lambda: _ice(base, size, seed),
        "brick": lambda: _brick(base, size, seed),
        "stone": lambda: _stone(base, size, seed),
        "marble": lambda: _marble(base, size, seed),
        "fabric": lambda: _fabric(base, size, seed),
        "leaves": lambda: _leaves(base, size, seed),
        "regolith": lambda: _regolith(base, size, seed),
        "plaster": lambda: _plaster(base, size, seed),
        "fur": lambda: _fur(base, size, seed),
        "brushed": lambda: _brushed(base, size, seed),
        "roof": lambda: _roof(base, size, seed),
    }
    return np.ascontiguousarray(makers[kind](), dtype=np.float32)


@lru_cache(maxsize=64)
def ball_seams(base: tuple[float, float, float], *, size: int = 512) -> Image:
    """A ball's pattern in longitude and latitude (size/2, size, 3): two halves a shade apart, parted by a seam like a
    tennis ball's.

    The seam passes every side of the ball, so that a turning ball is seen to turn from anywhere.
    """
    u = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 * np.pi
    v = (np.arange(size // 2, dtype=np.float32) + 0.5) / (size // 2) * np.pi
    longitude, colatitude = np.meshgrid(u, v)
    latitude = np.pi / 2 - colatitude
    wave = latitude - 0.72 * np.sin(2 * longitude)
    slope = np.hypot(1.0, 1.44 * np.cos(2 * longitude) / np.maximum(np.cos(latitude), 0.12))
    off = wave / slope
    rgb = np.asarray(base, dtype=np.float32)
    bright = float(rgb @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32))
    other = rgb * 0.52 if bright > 0.12 else rgb * 0.6 + 0.022
    line = rgb * 0.4 + 0.45 if bright < 0.5 else rgb * 0.22
    side = (0.5 + 0.5 * np.tanh(off / 0.016))[..., None]
    seam = np.exp(-((off / 0.030) ** 4))[..., None]
    image = (rgb * side + other * (1 - side)) * (1 - seam) + line * seam
    return np.ascontiguousarray(np.clip(image, 0, 0.95), dtype=np.float32)
