"""The light of hot things: Planck's law seen by the eye, in the units of a picture."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["glow", "luminance"]

FloatArray = NDArray[np.floating[Any]]
EMISSIVITY = 0.8  # of oxidised iron and steel, as hot metal in air is (Incropera et al., Fundamentals of Heat and Mass Transfer, table A.11)
FULL = 1.8  # brightest value of a colour in the picture
FAINTEST = 400.0  # [degC]; what is colder gives off less than any picture shows
# Luminance [cd/m2] of what a picture of each look shows as white: sunlit paper at 10^5 lx, a room at 500 lx, and between.
WHITE = {
    "daylight": 2.5e4, "overcast": 3e3, "sunset": 1.5e3, "indoor": 150.0, "studio": 300.0, "night": 1.0, "underwater": 1e3, "lunar": 3e4,
    "mars": 1e4, "space": 3e4,
}  # fmt: skip
_H, _C, _K = 6.62607015e-34, 299792458.0, 1.380649e-23  # exact in the SI since 2019


def _matching(nm: FloatArray) -> FloatArray:
    """CIE 1931 colour matching functions (K, 3) at wavelengths [nm] (K,): the multi-lobe fits of Wyman, Sloan and Shirley, JCGT 2 (2013)."""

    def lobe(centre: float, left: float, right: float) -> FloatArray:
        t = (nm - centre) * np.where(nm < centre, left, right)
        return np.exp(-0.5 * t * t)

    x = 0.362 * lobe(442.0, 0.0624, 0.0374) + 1.056 * lobe(599.8, 0.0264, 0.0323) - 0.065 * lobe(501.1, 0.0490, 0.0382)
    y = 0.821 * lobe(568.8, 0.0213, 0.0247) + 0.286 * lobe(530.9, 0.0613, 0.0322)
    z = 1.217 * lobe(437.0, 0.0845, 0.0278) + 0.681 * lobe(459.0, 0.0385, 0.0725)
    return np.stack([x, y, z], axis=-1)


def _tristimulus(celsius: FloatArray) -> FloatArray:
    """X, Y, Z (..., 3) of a black body, Y in [cd/m2]."""
    nm = np.arange(380.0, 781.0, 5.0)
    wave = nm * 1e-9
    kelvin = np.maximum(np.asarray(celsius, dtype=float) + 273.15, 1.0)[..., None]
    power = np.minimum(_H * _C / (wave * _K * kelvin), 600.0)
    radiance = 2 * _H * _C**2 / wave**5 / np.expm1(power)  # [W/(m2 sr m)]
    found: FloatArray = 683.0 * radiance @ _matching(nm) * 5e-9
    return found


def luminance(celsius: float) -> float:
    """Luminance [cd/m2] of a black body."""
    return float(_tristimulus(np.asarray(float(celsius)))[1])


@lru_cache(maxsize=16)
def _table(style: str) -> FloatArray:
    """Linear RGB (K, 3) every 10 degC from `FAINTEST` to 3000 degC."""
    xyz = EMISSIVITY * _tristimulus(np.arange(FAINTEST, 3001.0, 10.0)) / WHITE.get(style, WHITE["indoor"])
    to_rgb = np.array(
        [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
    )  # IEC 61966-2-1
    return np.maximum(xyz @ to_rgb.T, 0.0)


def glow(celsius: FloatArray, style: str) -> FloatArray:
    """Linear RGB radiance (..., 3) that a surface at temperatures (...,) [degC] gives off, where 1 is the white of a picture of the look
    `style`: iron at 1000 degC glows in a room and is hardly seen to in the sun, copper at 100 degC glows nowhere."""
    table = _table(style)
    place = (np.nan_to_num(np.asarray(celsius, dtype=float), nan=0.0) - FAINTEST) / 10.0
    low = np.clip(place, 0, len(table) - 2).astype(int)
    part = np.clip(place - low, 0.0, 1.0)[..., None]
    found = np.exp(np.log(table[low] + 1e-12) * (1 - part) + np.log(table[low + 1] + 1e-12) * part)
    film = FULL * (
        1 - np.exp(-found / FULL)
    )  # each colour saturates by itself, as it does in a camera: red, orange, yellow, white
    return np.where((place >= 0)[..., None], film, 0.0)
