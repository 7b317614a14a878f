"""Jointed bodies of figures: bones with their masses, joints with their limits and their passive resistance. No solver in here.

Lengths are in units of the height, in the figure's frame (x forward, y left, z up, the ground at z = 0), standing. Masses of people are the
shares of Winter 2009, Biomechanics and Motor Control of Human Movement, table 4.1 (after Dempster); those of animals are assumed, of the
order of dissected dogs. Limits are those of a healthy adult rounded to 0.1 rad (Kapandji, The Physiology of the Joints); for animals assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from scenes.species import BUILDS, FOUR_LEGGED, known_species

__all__ = ["TRUNK", "Bone", "Hinge", "skeleton"]

Vector = tuple[float, float, float]
TRUNK = "trunk"
Y: Vector = (0.0, 1.0, 0.0)
X: Vector = (1.0, 0.0, 0.0)


@dataclass(frozen=True)
class Hinge:
    """Turns about `axis` (figure's frame) between `low` and `high` [rad], from `rest` [rad] when the figure is let go.

    `hold`: the passive resistance, a torque in units of m g h of the whole figure (assumed).
    """

    axis: Vector
    low: float
    high: float
    rest: float = 0.0
    hold: float = 0.004


@dataclass(frozen=True)
class Bone:
    """A capsule from its joint `start` to `end`, with `share` of the whole mass. The trunk has no parent and no hinges."""

    name: str
    parent: str
    start: Vector
    end: Vector
    radius: float
    share: float
    hinges: tuple[Hinge, ...] = ()

    @property
    def centre(self) -> Vector:
        """Middle of the capsule, its centre of mass."""
        return tuple((a + b) / 2 for a, b in zip(self.start, self.end, strict=True))  # type: ignore[return-value]


def _person() -> list[Bone]:
    bones = [
        Bone(TRUNK, "", (0.0, 0.0, 0.54), (0.0, 0.0, 0.755), 0.085, 0.497),
        Bone("head", TRUNK, (0.0, 0.0, 0.82), (0.01, 0.0, 0.935), 0.062, 0.081,
             (Hinge(Y, -0.9, 0.7, 0.0, 0.010), Hinge(X, -0.6, 0.6, 0.0, 0.010))),
    ]  # fmt: skip
    for side, left, step in (("left", 1, -0.25), ("right", -1, 0.18)):
        out = (-0.3, 0.8) if left > 0 else (-0.8, 0.3)
        arm = (-0.2, 2.2) if left > 0 else (-2.2, 0.2)
        hip, shoulder = left * 0.052, left * 0.118
        bones += [
            Bone(f"thigh_{side}", TRUNK, (0.0, hip, 0.50), (0.0, hip, 0.255), 0.050, 0.100,
                 (Hinge(Y, -2.0, 0.3, step, 0.030), Hinge(X, *out, 0.0, 0.030))),
            Bone(f"shank_{side}", f"thigh_{side}", (0.0, hip, 0.255), (0.0, hip, 0.04), 0.036, 0.061,
                 (Hinge(Y, 0.0, 2.4, 0.20, 0.018),)),
            Bone(f"arm_{side}", TRUNK, (0.0, shoulder, 0.795), (0.0, shoulder, 0.63), 0.030, 0.028,
                 (Hinge(Y, -2.8, 0.9, -1.6 * step, 0.006), Hinge(X, *arm, left * 0.15, 0.006))),
            Bone(f"forearm_{side}", f"arm_{side}", (0.0, shoulder, 0.63), (0.04, shoulder, 0.47), 0.025, 0.022,
                 (Hinge(Y, -2.3, 0.2, -0.3, 0.003),)),
        ]  # fmt: skip
    return bones


def _four_legs(kind: str) -> list[Bone]:
    z, half, radius, head_x, head_z, head = BUILDS[kind]
    neck = (0.72 * half, 0.0, z + 0.45 * radius)
    bones = [
        Bone(TRUNK, "", (-(half - radius), 0.0, z), (half - radius, 0.0, z), radius, 0.64),
        Bone("head", TRUNK, neck, (head_x, 0.0, head_z), head, 0.12,
             (Hinge(Y, -0.7, 0.9, 0.0, 0.012), Hinge(X, -0.5, 0.5, 0.0, 0.012))),
    ]  # fmt: skip
    leg = 0.18 * radius + 0.015
    for end, at, swing in (("fore", 0.62 * half, -1.0), ("hind", -0.66 * half, 1.0)):
        for side, left in (("left", 1), ("right", -1)):
            y, knee = left * 0.58 * radius, z * 0.5
            out = (-0.3, 0.9) if left > 0 else (-0.9, 0.3)
            bend = (-0.2, 1.9) if swing > 0 else (-1.9, 0.2)
            bones += [
                Bone(f"{end}_leg_{side}", TRUNK, (at, y, z), (at, y, knee), 1.3 * leg, 0.040,
                     (Hinge(Y, -1.2, 1.2, -0.15 * swing * left, 0.014), Hinge(X, *out, 0.0, 0.014))),
                Bone(f"{end}_foot_{side}", f"{end}_leg_{side}", (at, y, knee), (at, y, leg), leg, 0.020,
                     (Hinge(Y, *bend, 0.15 * swing, 0.008),)),
            ]  # fmt: skip
    return bones


def _rabbit() -> list[Bone]:
    z, half, radius, head_x, head_z, head = BUILDS["rabbit"]
    bones = [
        Bone(TRUNK, "", (-(half - radius) - 0.06, 0.0, z), (half - radius, 0.0, z), radius, 0.66),
        Bone("head", TRUNK, (0.20, 0.0, 0.44), (head_x, 0.0, head_z), head, 0.10,
             (Hinge(Y, -0.6, 0.8, 0.0, 0.012), Hinge(X, -0.5, 0.5, 0.0, 0.012))),
    ]  # fmt: skip
    for side, left in (("left", 1), ("right", -1)):
        fore, hind = (-0.2, 0.9) if left > 0 else (-0.9, 0.2), (-0.1, 0.7) if left > 0 else (-0.7, 0.1)
        bones += [
            Bone(f"fore_leg_{side}", TRUNK, (0.17, left * 0.085, 0.25), (0.23, left * 0.09, 0.055), 0.050, 0.030,
                 (Hinge(Y, -1.0, 1.2, 0.1 * left, 0.010), Hinge(X, *fore, 0.0, 0.010))),
            Bone(f"hind_leg_{side}", TRUNK, (-0.30, left * 0.185, 0.22), (-0.16, left * 0.185, 0.055), 0.055, 0.090,
                 (Hinge(Y, -0.9, 1.0, -0.1 * left, 0.014), Hinge(X, *hind, 0.0, 0.014))),
        ]  # fmt: skip
    return bones


def _bird() -> list[Bone]:
    bones = [
        Bone(TRUNK, "", (-0.15, 0.0, 0.56), (0.15, 0.0, 0.58), 0.22, 0.70),
        Bone("head", TRUNK, (0.26, 0.0, 0.72), (0.38, 0.0, 0.82), 0.16, 0.10, (Hinge(Y, -0.7, 0.8, 0.0, 0.01),)),
    ]
    for side, left in (("left", 1), ("right", -1)):
        beat = (-0.6, 1.2) if left > 0 else (-1.2, 0.6)
        bones.append(
            Bone(f"wing_{side}", TRUNK, (0.0, left * 0.20, 0.60), (-0.1, left * 0.75, 0.60), 0.05, 0.10,
                 (Hinge(X, *beat, 0.0, 0.01),))
        )  # fmt: skip
    return bones


@lru_cache(maxsize=32)
def skeleton(species: str) -> tuple[Bone, ...]:
    """The bones of a species, the trunk first, parents before children; shares add up to 1."""
    kind = known_species(species)
    if kind in {"person", "child"}:
        bones = _person()
    elif kind == "rabbit":
        bones = _rabbit()
    elif kind in FOUR_LEGGED:
        bones = _four_legs(kind)
    elif kind == "bird":
        bones = _bird()
    else:  # a butterfly, a fish: one piece
        bones = [Bone(TRUNK, "", (-0.3, 0.0, 0.5), (0.3, 0.0, 0.5), 0.15, 1.0)]
    return tuple(bones)
