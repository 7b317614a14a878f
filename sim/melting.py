"""Enthalpy and temperature: cells whose material melts (or boils) hold their temperature until the latent heat is in.

The enthalpy method (Voller & Cross, Int. J. Heat Mass Transfer 24, 1981, 545) advances the enthalpy of each cell and reads the temperature
from it, so that the front needs no tracking and no heat is lost at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Enthalpy"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Enthalpy:
    """Heat of N cells. `plateau` [K] is the temperature of the phase change (any reference where there is none), `latent` [J] its heat
    (0: none), `below` and `above` [J/K] the heat capacities of the two phases. Enthalpy 0 is the lower phase at the plateau."""

    plateau: FloatArray
    latent: FloatArray
    below: FloatArray
    above: FloatArray

    @cached_property
    def changes_phase(self) -> bool:
        return bool((self.latent > 0).any())

    def of(self, temperature: FloatArray, *, upper: NDArray[np.bool_]) -> FloatArray:
        """Enthalpy [J] (N,) at temperatures [K]; `upper` says which cells are in the upper phase when exactly at the plateau."""
        rise = temperature - self.plateau
        high = (rise > 0) | ((rise == 0) & upper)
        return np.where(high, self.latent + self.above * rise, self.below * rise)

    def temperature(self, heat: FloatArray) -> FloatArray:
        """[K] (N,) for enthalpies [J]."""
        if not self.changes_phase:
            return self.plateau + heat / self.below
        return self.plateau + np.minimum(heat, 0.0) / self.below + np.maximum(heat - self.latent, 0.0) / self.above

    def slope(self, heat: FloatArray) -> FloatArray:
        """dT/dH [K/J] (N,); 0 inside the phase change."""
        outer = np.where(heat < 0, 1 / self.below, 1 / self.above)
        return np.where((heat >= 0) & (heat <= self.latent) & (self.latent > 0), 0.0, outer)

    def upper_fraction(self, heat: FloatArray) -> FloatArray:
        """Fraction in the upper phase (N,): liquid of what melts, vapour of what boils; 0 where there is no phase change."""
        if not self.changes_phase:
            return np.zeros_like(heat)
        return np.where(self.latent > 0, np.clip(heat / np.where(self.latent > 0, self.latent, 1.0), 0.0, 1.0), 0.0)

    def entropy(self, heat: FloatArray) -> FloatArray:
        """Entropy [J/K] (N,) above that of the lower phase at the plateau."""
        t = np.maximum(self.temperature(heat), 1e-6)
        ratio = np.log(t / self.plateau)
        melted = np.clip(heat, 0.0, self.latent) / self.plateau
        return melted + np.where(t < self.plateau, self.below, self.above) * ratio
