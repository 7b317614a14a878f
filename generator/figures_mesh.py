"""Figures drawn from ellipsoids and capsules, posed by a walk cycle. A picture of a figure: how it moves is the
solver's business."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scenes.primitives import Capsule, Ellipsoid, Piece, placed_bounds

__all__ = ["SPECIES_HEIGHT", "figure_bounds", "figure_pieces", "known_species", "stride_length"]

Vector = tuple[float, float, float]

# Typical standing height to the top of the head [m]; adult person: NCD-RisC 2016 (mean of women and men), animals:
# handbook sizes of common breeds.
SPECIES_HEIGHT = {
    "person": 1.70,
    "child": 1.15,
    "rabbit": 0.32,
    "dog": 0.62,
    "cat": 0.36,
    "horse": 2.1,
    "bird": 0.14,
    "butterfly": 0.05,
    "mouse": 0.05,
    "fish": 0.10,
}

_ALIASES = {
    "man": "person", "woman": "person", "human": "person", "adult": "person", "astronaut": "person", "robot": "person",
    "boy": "child", "girl": "child", "kid": "child", "baby": "child",
    "hare": "rabbit", "bunny": "rabbit", "squirrel": "mouse", "hamster": "mouse", "rat": "mouse", "frog": "mouse", "turtle": "mouse",
    "puppy": "dog", "wolf": "dog", "fox": "dog", "bear": "dog", "pig": "dog", "sheep": "dog", "goat": "dog", "lion": "cat", "tiger": "cat",
    "kitten": "cat", "cow": "horse", "deer": "horse", "donkey": "horse", "elephant": "horse", "pony": "horse",
    "duck": "bird", "chicken": "bird", "eagle": "bird", "pigeon": "bird", "sparrow": "bird", "swallow": "bird", "owl": "bird", "penguin": "bird",
    "bee": "butterfly", "dragonfly": "butterfly", "moth": "butterfly", "shark": "fish", "dolphin": "fish", "whale": "fish",
}  # fmt: skip


def known_species(species: str) -> str:
    """The drawn species that stands for `species`; four legs of a dog's build where none is nearer."""
    name = species.lower().strip().split("/")[0]
    return name if name in SPECIES_HEIGHT else _ALIASES.get(name, "dog")


def stride_length(species: str, height: float) -> float:
    """Distance [m] of one full gait cycle (two steps): about 0.82 of the height for a walking person, more for
    hoppers."""
    return {"person": 0.82, "child": 0.82, "rabbit": 1.6, "bird": 1.2, "butterfly": 1.5, "fish": 1.5}.get(
        known_species(species), 0.95
    ) * height


@dataclass
class _Maker:
    """Collects pieces in units of the figure's height, x forward, z up, the ground at z = 0."""

    height: float
    pieces: list[Piece]

    def blob(self, at: Vector, radii: Vector, color: str, pitch: float = 0.0) -> None:
        """An ellipsoid, turned nose-up by `pitch` [rad] about y."""
        h = self.height
        shape = Ellipsoid(radii=tuple(max(r * h, 1e-5) for r in radii))  # type: ignore[arg-type]
        turn = (math.cos(-pitch / 2), 0.0, math.sin(-pitch / 2), 0.0)
        self.pieces.append(Piece(shape, tuple(float(v * h) for v in at), turn, color))  # type: ignore[arg-type]

    def limb(self, a: Vector, b: Vector, radius: float, color: str) -> None:
        """A capsule from joint to joint."""
        start, end = np.asarray(a, float) * self.height, np.asarray(b, float) * self.height
        along = end - start
        length = float(np.linalg.norm(along)) or 1e-6
        x, y, z = along / length
        w = math.sqrt(max(0.0, (1 + z) / 2))
        turn = (w, -y / (2 * w), x / (2 * w), 0.0) if w > 1e-6 else (0.0, 1.0, 0.0, 0.0)
        middle = tuple(float(v) for v in (start + end) / 2)
        # A limb keeps its length while it swings, so that the mesh of the piece is the same in every frame.
        shape = Capsule(radius=round(radius * self.height, 6), height=round(length, 5))
        self.pieces.append(Piece(shape, middle, turn, color))  # type: ignore[arg-type]


def _two_bones(hip: Vector, swing: float, bend: float, upper: float, lower: float) -> tuple[Vector, Vector]:
    """Middle and end joint of a limb hanging from `hip`, swung forward by `swing` and folded back by `bend` [rad], in
    the x-z plane."""
    knee = (hip[0] + upper * math.sin(swing), hip[1], hip[2] - upper * math.cos(swing))
    angle = swing - bend
    return knee, (knee[0] + lower * math.sin(angle), knee[1], knee[2] - lower * math.cos(angle))


def _person(m: _Maker, phase: float, posture: str, child: bool) -> None:
    walk = 1.0 if posture in {"walk", "run"} else 0.0
    reach = 0.85 if posture == "run" else 0.45
    skin, shirt, trousers, hair, shoe = "skin", "shirt", "trousers", "hair", "shoe"
    sitting = posture in {"sit", "seated", "crouch", "squat"}
    hip_z, head = (0.30 if sitting else 0.50), (0.085 if child else 0.065)
    if posture in {"lie", "lying", "sleep"}:
        m.blob((0, 0, 0.07), (0.17, 0.10, 0.065), shirt)
        m.blob((0.27, 0, 0.075), (head, head * 0.85, head), skin)
        m.blob((0.285, 0, 0.095), (head, head * 0.9, head * 0.8), hair)
        for side in (-1, 1):
            m.limb((-0.12, side * 0.05, 0.06), (-0.36, side * 0.06, 0.05), 0.04, trousers)
            m.limb((-0.36, side * 0.06, 0.05), (-0.58, side * 0.06, 0.035), 0.032, trousers)
            m.limb((0.12, side * 0.11, 0.05), (-0.16, side * 0.14, 0.03), 0.026, skin)
        return
    bob = 0.012 * walk * math.cos(2 * phase)
    hip_z += bob
    top = hip_z + 0.30
    m.blob((0, 0, hip_z + 0.03), (0.070, 0.088, 0.07), trousers)
    m.blob((0, 0, hip_z + 0.19), (0.072, 0.105, 0.155), shirt)
    m.limb((0, -0.075, top), (0, 0.075, top), 0.042, shirt)
    m.limb((0, 0, top), (0.006, 0, top + 0.065), 0.026, skin)
    m.blob((0.008, 0, top + 0.125), (head * 0.95, head * 0.82, head * 1.18), skin)
    m.blob((-0.012, 0, top + 0.148), (head * 0.98, head * 0.92, head * 1.05), hair)
    m.blob((0.008 + head * 0.93, 0, top + 0.118), (0.010, 0.008, 0.012), skin)
    for side in (-1, 1):
        m.blob((0.008 + head * 0.80, side * 0.024, top + 0.135), (0.006, 0.007, 0.007), "eye")
        swing = walk * reach * math.sin(phase) * side
        bend = walk * (0.18 + 0.55 * max(0.0, -math.cos(phase) * side)) + 0.02
        if sitting:
            swing, bend = 1.45, 1.45
        hip = (0.0, side * 0.052, hip_z)
        knee, ankle = _two_bones(hip, swing, bend, 0.245, 0.235)
        m.limb(hip, knee, 0.046, trousers)
        m.limb(knee, ankle, 0.036, trousers)
        m.limb(
            (ankle[0] - 0.015, ankle[1], ankle[2] + 0.002), (ankle[0] + 0.075, ankle[1], ankle[2] - 0.004), 0.022, shoe
        )
        shoulder = (0.0, side * 0.118, top - 0.005)
        arm, fold = (
            -0.8 * swing * (0 if sitting else 1) + (0.35 if sitting else 0.0),
            -0.25 - (0.9 if posture == "run" else 0.15) * walk,
        )
        if posture in {"reach", "throw", "hold", "drop", "release", "give"} and side == -1:
            arm, fold = 1.35, -0.12
        elbow, hand = _two_bones(shoulder, arm, fold, 0.165, 0.145)
        m.limb(shoulder, elbow, 0.031, shirt)
        m.limb(elbow, hand, 0.024, skin)
        m.blob((hand[0], hand[1], hand[2] - 0.012), (0.022, 0.018, 0.032), skin)


def _rabbit(m: _Maker, phase: float, posture: str) -> None:
    hop = 1.0 if posture in {"walk", "run", "hop", "jump"} else 0.0
    lift = 0.16 * hop * max(0.0, math.sin(phase))
    pitch = 0.30 * hop * math.cos(phase)
    fur, belly, pink = "fur", "belly", "pink"
    m.blob((-0.20, 0, 0.30 + lift), (0.33, 0.235, 0.265), fur, pitch=0.25 + pitch)
    m.blob((0.12, 0, 0.30 + lift), (0.22, 0.175, 0.21), fur, pitch=0.35)
    m.blob((0.16, 0, 0.22 + lift), (0.155, 0.135, 0.14), belly)
    m.blob((-0.52, 0, 0.28 + lift), (0.095, 0.09, 0.095), belly)
    m.blob((0.33, 0, 0.53 + lift), (0.185, 0.145, 0.15), fur, pitch=-0.12)
    m.blob((0.475, 0, 0.485 + lift), (0.070, 0.085, 0.062), belly)
    m.blob((0.535, 0, 0.50 + lift), (0.020, 0.026, 0.017), pink)
    for side in (-1, 1):
        m.blob((0.385, side * 0.122, 0.565 + lift), (0.036, 0.022, 0.040), "eye")
        m.blob((0.405, side * 0.138, 0.580 + lift), (0.010, 0.007, 0.010), "white")
        m.blob((0.20, side * 0.075, 0.80 + lift), (0.055, 0.036, 0.215), fur, pitch=0.22 + 0.3 * hop * math.sin(phase))
        m.blob(
            (0.235, side * 0.090, 0.80 + lift), (0.030, 0.026, 0.165), pink, pitch=0.22 + 0.3 * hop * math.sin(phase)
        )
        m.blob((-0.27, side * 0.185, 0.235 + lift), (0.205, 0.090, 0.185), fur, pitch=0.4)
        kick = 0.22 * hop * math.cos(phase)
        m.blob(
            (-0.20 - kick, side * 0.185, 0.048 + lift * 0.8),
            (0.185, 0.060, 0.046),
            fur,
            pitch=0.6 * hop * max(0.0, math.sin(phase)),
        )
        m.limb((0.17, side * 0.085, 0.25 + lift), (0.23 + kick, side * 0.090, 0.055 + lift * 0.7), 0.050, fur)


@dataclass(frozen=True)
class _Build:
    """Proportions of a four-legged figure in units of its height to the top of the head."""

    shoulder: float
    length: float
    depth: float
    leg: float
    head: Vector
    skull: float
    snout: float
    ear: str
    tail: str
    neck: float = 0.07


_BUILDS = {
    "dog": _Build(0.70, 0.92, 0.150, 0.042, (0.30, 0.0, 0.18), 0.115, 0.15, "flop", "up"),
    "cat": _Build(0.66, 1.02, 0.150, 0.042, (0.20, 0.0, 0.16), 0.145, 0.055, "prick", "curl"),
    "horse": _Build(0.70, 0.78, 0.135, 0.034, (0.26, 0.0, 0.24), 0.070, 0.16, "prick", "hang", 0.075),
    "mouse": _Build(0.62, 1.55, 0.300, 0.055, (0.42, 0.0, -0.10), 0.245, 0.20, "round", "thin"),
}


def _quadruped(m: _Maker, phase: float, posture: str, species: str) -> None:
    build = _BUILDS[species]
    walk = 1.0 if posture in {"walk", "run", "hop", "jump"} else 0.0
    reach = 0.75 if posture == "run" else 0.42
    fur, belly = ("coat" if species == "horse" else "fur_" + species), "belly"
    half, z = build.length / 2, build.shoulder - build.depth * 0.75 + 0.008 * walk * math.cos(2 * phase)
    if posture in {"lie", "lying", "sleep"}:
        z = build.depth * 0.95
    m.blob((0, 0, z), (half * 0.92, build.depth * 0.88, build.depth), fur)
    m.blob((half * 0.52, 0, z), (half * 0.44, build.depth * 0.95, build.depth * 1.08), fur)
    m.blob((-half * 0.58, 0, z + 0.01), (half * 0.40, build.depth * 0.92, build.depth * 1.02), fur)
    m.blob((half * 0.1, 0, z - build.depth * 0.28), (half * 0.78, build.depth * 0.7, build.depth * 0.78), belly)
    chest = (half * 0.72, 0.0, z + build.depth * 0.45)
    head = (half * 0.72 + build.head[0], 0.0, z + build.head[2] + build.depth * 0.5)
    m.limb(chest, head, build.neck if species != "mouse" else 0.16, fur)
    s = build.skull
    m.blob(head, (s * 1.12, s * 0.92, s), fur)
    m.blob(
        (head[0] + s * 0.8 + build.snout * 0.35, 0, head[2] - s * 0.28),
        (build.snout * 0.75, s * 0.52, s * 0.48),
        belly if species != "horse" else fur,
    )
    m.blob((head[0] + s * 0.8 + build.snout * 1.06, 0, head[2] - s * 0.18), (s * 0.16, s * 0.2, s * 0.15), "nose")
    for side in (-1, 1):
        m.blob((head[0] + s * 0.72, side * s * 0.52, head[2] + s * 0.28), (s * 0.16, s * 0.14, s * 0.18), "eye")
        if build.ear == "flop":
            m.blob((head[0] - s * 0.15, side * s * 0.92, head[2] + s * 0.05), (s * 0.36, s * 0.16, s * 0.72), "dark")
        elif build.ear == "round":
            m.blob((head[0] - s * 0.25, side * s * 0.72, head[2] + s * 0.95), (s * 0.14, s * 0.46, s * 0.5), "pink")
        else:
            m.blob((head[0] - s * 0.15, side * s * 0.55, head[2] + s * 1.0), (s * 0.16, s * 0.24, s * 0.48), fur)
        for at, offset in ((half * 0.62, 0.0), (-half * 0.66, math.pi)):
            swing = walk * reach * math.sin(phase + offset + (math.pi if side > 0 else 0.0))
            bend = walk * 0.5 * max(0.0, math.cos(phase + offset + (math.pi if side > 0 else 0.0)))
            length = max(z - 0.02, 0.05) / 2
            hip = (at, side * build.depth * 0.58, z)
            knee, foot = _two_bones(hip, swing, bend, length, length * 0.86)
            m.limb(hip, knee, build.leg * 1.5, fur)
            m.limb(knee, foot, build.leg, fur)
            m.blob(
                (foot[0] + build.leg * 0.5, foot[1], foot[2]),
                (build.leg * 1.6, build.leg * 1.15, build.leg * 0.9),
                "hoof" if species == "horse" else fur,
            )
    rump = (-half * 0.95, 0.0, z + build.depth * 0.45)
    wag = 0.06 * math.sin(2 * phase)
    tails = {
        "up": [(-half - 0.12, wag, z + 0.24)],
        "curl": [(-half - 0.16, wag, z + 0.12), (-half - 0.24, wag, z + 0.34)],
        "hang": [(-half - 0.08, wag, z - 0.02), (-half - 0.10, wag, z - 0.30)],
        "thin": [(-half - 0.45, wag * 2, z - 0.2), (-half - 0.95, -wag * 2, z - 0.3)],
    }
    radius = {"up": 0.032, "curl": 0.032, "hang": 0.045, "thin": 0.028}[build.tail]
    for joint in tails[build.tail]:
        m.limb(rump, joint, radius, "pink" if build.tail == "thin" else ("dark" if build.tail == "hang" else fur))
        rump = joint


def _bird(m: _Maker, phase: float, posture: str) -> None:
    flying = posture in {"fly", "glide", "flap", "walk", "run", "hover"}
    lift = 0.0 if flying else 0.26
    m.blob((0, 0, 0.32 + lift), (0.42, 0.24, 0.24), "feather", pitch=0.2)
    m.blob((0.10, 0, 0.26 + lift), (0.30, 0.20, 0.19), "breast", pitch=0.2)
    m.blob((0.36, 0, 0.56 + lift), (0.18, 0.165, 0.17), "feather")
    m.blob((0.57, 0, 0.54 + lift), (0.10, 0.035, 0.035), "beak")
    m.blob((-0.52, 0, 0.28 + lift), (0.28, 0.11, 0.03), "dark", pitch=-0.1)
    beat = 0.75 * math.sin(phase) if flying else 0.0
    for side in (-1, 1):
        m.blob((0.44, side * 0.13, 0.60 + lift), (0.028, 0.022, 0.030), "eye")
        if flying:
            for k, (at, size) in enumerate(((0.30, 0.24), (0.62, 0.22), (0.92, 0.18))):
                up = 0.36 + lift + math.sin(beat) * at * (1 + 0.15 * k)
                m.blob(
                    (-0.02 - 0.06 * k, side * at * math.cos(beat), up),
                    (size, 0.22, 0.035),
                    "feather" if k < 2 else "dark",
                )
        else:
            m.blob((-0.08, side * 0.215, 0.33 + lift), (0.34, 0.05, 0.16), "dark", pitch=0.15)
            m.limb((0.02, side * 0.09, 0.30), (0.03, side * 0.09, 0.02), 0.022, "beak")
            m.limb((-0.05, side * 0.09, 0.02), (0.13, side * 0.09, 0.02), 0.018, "beak")


def _butterfly(m: _Maker, phase: float, posture: str) -> None:
    del posture
    m.blob((0, 0, 0.5), (0.42, 0.06, 0.065), "dark")
    m.blob((0.40, 0, 0.52), (0.10, 0.09, 0.09), "dark")
    angle = 0.25 + 0.75 * math.sin(phase)
    c, s = math.cos(angle), math.sin(angle)
    for side in (-1, 1):
        m.limb((0.46, side * 0.03, 0.56), (0.66, side * 0.16, 0.72), 0.012, "dark")
        for x, reach, size, color in (
            (0.22, 0.46, 0.36, "wing"),
            (-0.22, 0.36, 0.30, "wing"),
            (0.30, 0.74, 0.12, "dark"),
            (-0.26, 0.36, 0.12, "spot"),
        ):
            m.blob(
                (x, side * reach * c, 0.5 + reach * s),
                (size, max(size * c, 0.02), 0.014 if color != "spot" else 0.02),
                color,
            )


def _fish(m: _Maker, phase: float, posture: str) -> None:
    del posture
    wag = 0.16 * math.sin(phase)
    m.blob((0.1, 0, 0.5), (0.9, 0.24, 0.42), "scale")
    m.blob((0.12, 0, 0.38), (0.72, 0.2, 0.28), "belly")
    m.blob((-0.82, wag * 0.6, 0.5), (0.3, 0.1, 0.16), "scale")
    m.blob((-1.12, wag, 0.68), (0.16, 0.03, 0.26), "fin", pitch=0.5)
    m.blob((-1.12, wag, 0.32), (0.16, 0.03, 0.26), "fin", pitch=-0.5)
    m.blob((0.1, 0, 0.92), (0.36, 0.03, 0.16), "fin", pitch=-0.2)
    for side in (-1, 1):
        m.blob((0.72, side * 0.17, 0.58), (0.06, 0.035, 0.06), "eye")


_BUILDERS: dict[str, Callable[[_Maker, float, str], None]] = {
    "person": lambda m, p, s: _person(m, p, s, False),
    "child": lambda m, p, s: _person(m, p, s, True),
    "rabbit": _rabbit,
    "dog": lambda m, p, s: _quadruped(m, p, s, "dog"),
    "cat": lambda m, p, s: _quadruped(m, p, s, "cat"),
    "horse": lambda m, p, s: _quadruped(m, p, s, "horse"),
    "mouse": lambda m, p, s: _quadruped(m, p, s, "mouse"),
    "bird": _bird,
    "butterfly": _butterfly,
    "fish": _fish,
}


def figure_pieces(species: str, height: float | None = None, phase: float = 0.0, posture: str = "stand") -> list[Piece]:
    """Placed primitives of a figure, x forward, z up, the point of the ground under it at the origin [m].

    `phase` [rad] is that of the gait (2 pi a full cycle); `posture` one of stand, walk, run, hop, sit, lie, fly, reach,
    ...: unknown ones stand. Sizes and order of the pieces do not change with the phase, so that only their poses move.
    Colours are names of roles ("fur", "shirt").
    """
    kind = known_species(species)
    maker = _Maker(height if height is not None else SPECIES_HEIGHT[kind], [])
    _BUILDERS[kind](maker, phase, posture)
    return maker.pieces


def figure_bounds(species: str, height: float | None = None, posture: str = "stand") -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner of the standing figure about its ground point [m], two arrays (3,)."""
    lows, highs = zip(*(placed_bounds(piece) for piece in figure_pieces(species, height, 0.0, posture)), strict=True)
    return np.min(lows, axis=0), np.max(highs, axis=0)
