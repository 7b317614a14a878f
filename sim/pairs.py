"""Contact pairs: Bullet multiplies the two bodies' coefficients, the library holds pairs, so each body gets the factor that fits best.

One moving material on any number of surfaces is met exactly (surfaces take 1 where that does it). Where the pairs contradict each other the
factors are a least-squares solution in log space, and what was wanted, what was used and the difference stand in the record.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.materials import MaterialLibrary, library
from scenes.scene import Scene

__all__ = ["Factors", "Toucher", "contact_factors", "fragment_factors", "scene_library"]

FLOOR = 1e-3  # a factor has no logarithm at 0
WEIGHT_SURFACE, WEIGHT_MOVING, WEIGHT_UNITY = 3.0, 1.0, 1e-4


@dataclass(frozen=True)
class Toucher:
    """What the pair solution needs of a body: `moving` (not fixed), `radius` [m] on which it rolls, its own coefficient of rolling."""

    name: str
    material: str
    moving: bool
    radius: float | None = None
    rolling: float | None = None


@dataclass(frozen=True)
class Factors:
    """Bullet's values of one body; rolling in metres."""

    restitution: float
    friction: float
    rolling: float


def scene_library(scene: Scene) -> MaterialLibrary:
    """The material library with what the scene overrides."""
    renamed = {"rolling_friction": "rolling"}

    def plain(override: Any) -> dict[str, Any]:
        return {renamed.get(key, key): value for key, value in override.model_dump(exclude_none=True).items()}

    if not scene.materials and not scene.pairs:
        return library()
    materials = {name: plain(value) for name, value in scene.materials.items()}
    pairs = {name: plain(value) for name, value in scene.pairs.items()}
    return library().with_overrides(materials=materials, pairs=pairs)


def contact_factors(
    bodies: list[Toucher], materials: MaterialLibrary
) -> tuple[dict[str, Factors], list[dict[str, Any]]]:
    """Factors by body, and a record of each pair of materials that can touch: wanted, used, relative error, source and status."""
    groups: dict[tuple[str, bool], list[Toucher]] = {}
    for body in bodies:
        groups.setdefault((body.material, body.moving), []).append(body)
    keys = list(groups)
    touching = [
        (i, j)
        for i, j in itertools.combinations_with_replacement(range(len(keys)), 2)
        if (keys[i][1] or keys[j][1]) and (i != j or len(groups[keys[i]]) > 1)
    ]
    pairs = {(i, j): materials.pair(keys[i][0], keys[j][0]) for i, j in touching}
    restitution = _solve(keys, {ij: pair.restitution.value for ij, pair in pairs.items()})
    friction = _solve(keys, {ij: pair.friction.value for ij, pair in pairs.items()})
    factors: dict[str, Factors] = {}
    for i, key in enumerate(keys):
        for body in groups[key]:
            factors[body.name] = Factors(restitution[i], friction[i], _rolling(body, i, keys, pairs, friction))
    record = []
    for (i, j), pair in pairs.items():
        entry: dict[str, Any] = {"pair": f"{keys[i][0]}+{keys[j][0]}", "moving": [keys[i][1], keys[j][1]]}
        for quantity, values in (("restitution", restitution), ("friction", friction)):
            value = getattr(pair, quantity)
            used = values[i] * values[j]
            entry[quantity] = {
                "wanted": value.value,
                "used": round(used, 9),
                "error": round(used / max(value.value, FLOOR) - 1, 6),
                "low": value.low,
                "high": value.high,
                "source": value.source,
                "status": value.status,
            }
        entry["static_friction"] = {"wanted": pair.static_friction.value, "status": pair.static_friction.status}
        rolled = _rolled(groups[keys[i]] + groups[keys[j]])
        if rolled is not None:
            wanted = rolled.rolling if rolled.rolling is not None else pair.rolling.value
            other = j if rolled in groups[keys[i]] else i
            used = factors[rolled.name].rolling * friction[other] / (rolled.radius or 1.0)
            entry["rolling"] = {
                "wanted": wanted,
                "used": round(used, 9),
                "source": pair.rolling.source,
                "status": pair.rolling.status,
            }
        record.append(entry)
    return factors, record


def fragment_factors(
    material: str, rolling: float, others: list[tuple[Toucher, Factors]], materials: MaterialLibrary
) -> tuple[Factors, list[dict[str, Any]]]:
    """Factors of what begins among bodies whose factors are settled, and meets them and its like: a compromise of the logarithms like that of
    `contact_factors`; and a record of its pairs. No pair gives back more than all of the speed.

    What a fixed body has as a surface is no guide: two fragments with it would multiply to restitutions above one.
    """
    own = materials.pair(material, material)
    found: dict[str, float] = {}
    for quantity in ("restitution", "friction"):
        # f f = own pair, f F = each other pair
        rows, right = [2 * WEIGHT_MOVING], [WEIGHT_MOVING * math.log(max(getattr(own, quantity).value, FLOOR))]
        for other, factors in others:
            weight = WEIGHT_MOVING if other.moving else WEIGHT_SURFACE
            wanted = getattr(materials.pair(material, other.material), quantity).value
            rows.append(weight)
            right.append(weight * math.log(max(wanted, FLOOR) / max(getattr(factors, quantity), FLOOR)))
        found[quantity] = math.exp(float(np.dot(rows, right) / np.dot(rows, rows)))
    most = min([1.0, *(1.0 / f.restitution for _, f in others if f.restitution > 1.0)])
    made = Factors(min(found["restitution"], most), found["friction"], rolling)
    record = []
    for name, factors, moving in [(material, made, True), *((o.material, f, o.moving) for o, f in others)]:
        pair = materials.pair(material, name)
        entry: dict[str, Any] = {"pair": f"{material}+{name}", "moving": [True, moving], "of": "fragments"}
        for quantity in ("restitution", "friction"):
            value, used = getattr(pair, quantity), getattr(made, quantity) * getattr(factors, quantity)
            entry[quantity] = {
                "wanted": value.value,
                "used": round(used, 9),
                "error": round(used / max(value.value, FLOOR) - 1, 6),
                "low": value.low,
                "high": value.high,
                "source": value.source,
                "status": value.status,
            }
        if entry not in record:
            record.append(entry)
    return made, record


def _rolled(bodies: list[Toucher]) -> Toucher | None:
    return next((body for body in bodies if body.radius is not None and body.moving), None)


def _solve(keys: list[tuple[str, bool]], wanted: dict[tuple[int, int], float]) -> list[float]:
    """Factors f with f_i f_j close to the wanted values, by weighted least squares of the logarithms."""
    if not wanted:
        return [1.0] * len(keys)
    rows, right = [], []
    for (i, j), value in wanted.items():
        weight = WEIGHT_MOVING if keys[i][1] and keys[j][1] else WEIGHT_SURFACE
        row = np.zeros(len(keys))
        row[i] += weight
        row[j] += weight
        rows.append(row)
        right.append(weight * math.log(max(value, FLOOR)))
    for i, (_, moving) in enumerate(keys):
        row = np.zeros(len(keys))
        row[i] = WEIGHT_UNITY * (0.01 if moving else 1.0)
        rows.append(row)
        right.append(0.0)
    solution = np.linalg.lstsq(np.array(rows), np.array(right), rcond=None)[0]
    factors = np.exp(solution)
    surfaces = [i for i, key in enumerate(keys) if not key[1]]
    movers = [i for i, key in enumerate(keys) if key[1]]
    if (
        len(surfaces) == 1 and len(movers) == 1 and (movers[0], movers[0]) not in wanted
    ):  # the plain case, to the last digit
        factors[surfaces[0]] = 1.0
        factors[movers[0]] = max(next(iter(wanted.values())), FLOOR)
    return [float(f) for f in factors]


def _rolling(
    body: Toucher, own: int, keys: list[tuple[str, bool]], pairs: dict[tuple[int, int], Any], friction: list[float]
) -> float:
    """Bullet's rolling friction of a body [m]: torque = combined * normal force, combined = own rolling * the other's friction.

    The coefficient of rolling resistance c takes the energy c N for each metre rolled: a torque c r N. Measured exact in PyBullet.
    """
    if body.radius is None or not body.moving:
        return 0.0
    logs, weights = [], []
    for (i, j), pair in pairs.items():
        if own not in (i, j):
            continue
        other = j if i == own else i
        coefficient = body.rolling if body.rolling is not None else pair.rolling.value
        logs.append(math.log(max(coefficient, 1e-6) * body.radius / friction[other]))
        weights.append(WEIGHT_MOVING * 0.1 if keys[other][1] else WEIGHT_SURFACE)
    return float(math.exp(np.average(logs, weights=weights))) if logs else 0.0
