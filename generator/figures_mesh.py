"""Figures drawn from ellipsoids and capsules, posed by a walk cycle. A picture of a figure: how it moves is the
solver's business."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from generator.gait import foot, limb_to
from scenes.primitives import Capsule, Ellipsoid, Piece, placed_bounds
from scenes.species import known_species

__all__ = [
    "SPECIES_HEIGHT",
    "dressed",
    "figure_bounds",
    "figure_links",
    "figure_pieces",
    "known_species",
    "runs",
    "stride_length",
]

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


def stride_length(species: str, height: float, pace: float = 0.0) -> float:
    """Distance [m] of one full gait cycle (two steps) at a pace [m/s]: 0.70 of the height for a walking person, more for
    hoppers; a run has a usual cadence, and its strides grow with the pace."""
    kind = known_species(species)
    if runs(species, height, pace):
        cadence, least, most = (
            (1.4, 1.0, 1.9) if kind in {"person", "child"} else (2.4 * (0.55 / height) ** 0.25, 1.4, 3.6)
        )
        return float(np.clip(pace / cadence, least * height, most * height))
    usual = {"person": 0.70, "child": 0.70, "rabbit": 1.6, "bird": 1.2, "butterfly": 1.5, "fish": 1.5}
    return usual.get(kind, 0.95) * height


def runs(species: str, height: float, pace: float) -> bool:
    """Whether a walker goes faster than v^2 = 0.5 g L, its leg L 0.55 of its height (Alexander 1989, Physiol Rev 69)."""
    return known_species(species) in {"person", "child", *_BUILDS} and pace**2 > 0.5 * 9.81 * 0.55 * height


_LONG_HAIR = {"woman", "girl", "mother", "lady", "princess", "grandmother"}


@dataclass
class _Maker:
    """Collects pieces in units of the figure's height, x forward, z up, the ground at z = 0."""

    height: float
    pieces: list[Piece]
    stride: float | None = None  # of a full gait cycle
    lean: float = 0.0  # share of a fall: 0 upright, 1 lying
    hands: dict[int, Vector] | None = None  # where the left (1) and right (-1) hand is held
    link: str = "trunk"  # the bone that the next pieces belong to
    links: list[str] = field(default_factory=list)

    def blob(self, at: Vector, radii: Vector, color: str, pitch: float = 0.0, roll: float = 0.0) -> None:
        """An ellipsoid, turned nose-up by `pitch` [rad] about y, or left side up by `roll` about x."""
        h = self.height
        shape = Ellipsoid(radii=tuple(max(r * h, 1e-5) for r in radii))  # type: ignore[arg-type]
        turn = (math.cos(-pitch / 2), 0.0, math.sin(-pitch / 2), 0.0)
        if roll:
            turn = (math.cos(roll / 2), math.sin(roll / 2), 0.0, 0.0)
        self.pieces.append(Piece(shape, tuple(float(v * h) for v in at), turn, color))  # type: ignore[arg-type]
        self.links.append(self.link)

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
        self.links.append(self.link)


def _two_bones(hip: Vector, swing: float, bend: float, upper: float, lower: float) -> tuple[Vector, Vector]:
    """Middle and end joint of a limb hanging from `hip`, swung forward by `swing` and folded back by `bend` [rad], in
    the x-z plane."""
    knee = (hip[0] + upper * math.sin(swing), hip[1], hip[2] - upper * math.cos(swing))
    angle = swing - bend
    return knee, (knee[0] + lower * math.sin(angle), knee[1], knee[2] - lower * math.cos(angle))


def _person(m: _Maker, phase: float, posture: str, child: bool) -> None:
    run = posture == "run"
    walking = run or posture == "walk"
    skin, shirt, trousers, hair, shoe = "skin", "shirt", "trousers", "hair", "shoe"
    # Of the standing poses: leg forward [rad], knee bend, arm forward, forearm bend.
    swing, bend, arm, fold = _POSES.get(posture, (0.0, 0.02, 0.0, -0.25))
    if posture in _LYING:  # who has come down lies with arms and legs along the ground
        swing, bend, arm, fold = (
            a + m.lean**2 * (b - a) for a, b in zip(_POSES[posture], _LYING[posture], strict=True)
        )
    hip_z, head = _HIPS.get(posture, 0.50), (0.085 if child else 0.065)
    stride = m.stride or (1.3 if run else 0.70)
    duty = min(0.38, 0.5 / stride) if run else min(0.56, 0.42 / stride)
    if posture in {"lie", "lying", "sleep"}:
        m.blob((0, 0, 0.07), (0.17, 0.10, 0.065), shirt)
        m.blob((0.27, 0, 0.075), (head, head * 0.85, head), skin)
        m.blob((0.285, 0, 0.095), (head, head * 0.9, head * 0.8), hair)
        for side in (-1, 1):
            m.limb((-0.12, side * 0.05, 0.06), (-0.36, side * 0.06, 0.05), 0.04, trousers)
            m.limb((-0.36, side * 0.06, 0.05), (-0.58, side * 0.06, 0.035), 0.032, trousers)
            m.limb((0.12, side * 0.11, 0.05), (-0.16, side * 0.14, 0.03), 0.026, skin)
        return
    hip_z += (0.02 if run else -0.016) * math.cos(2 * phase - (1.2 if run else 0.0)) * walking
    top = hip_z + 0.30
    m.blob((0, 0, hip_z + 0.03), (0.070, 0.088, 0.07), trousers)
    m.blob((0, 0, hip_z + 0.19), (0.072, 0.105, 0.155), shirt)
    m.limb((0, -0.075, top), (0, 0.075, top), 0.042, shirt)
    m.limb((0, 0, top), (0.006, 0, top + 0.065), 0.026, skin)
    m.link = "head"
    m.blob((0.008, 0, top + 0.125), (head * 0.95, head * 0.82, head * 1.18), skin)
    m.blob((-0.012, 0, top + 0.148), (head * 0.98, head * 0.92, head * 1.05), hair)
    m.blob((0.008 + head * 0.93, 0, top + 0.118), (0.010, 0.008, 0.012), skin)
    for side in (-1, 1):
        name = "left" if side > 0 else "right"
        m.link = "head"
        m.blob((0.008 + head * 0.80, side * 0.024, top + 0.135), (0.006, 0.007, 0.007), "eye")
        hip, heel = (0.0, side * 0.052, hip_z), 1.25 * m.lean * (posture == "fall")
        if walking:
            own = phase + (0.0 if side > 0 else math.pi)
            x, z, heel = foot(own, stride, duty, 0.14 if run else 0.05)
            toe = (x + 0.045, z + 0.022)
            ankle = (toe[0] - 0.075 * math.cos(heel), side * 0.052, toe[1] + 0.012 + 0.075 * math.sin(heel))
            knee, ankle = limb_to(hip, ankle, 0.245, 0.235, forward=1.0)
            arm, fold = -(0.75 if run else 0.42) * math.cos(own), -1.3 if run else -0.3
        else:
            knee, ankle = _two_bones(hip, swing, bend, 0.245, 0.235)
        m.link = f"thigh_{name}"
        m.limb(hip, knee, 0.046, trousers)
        m.link = f"shank_{name}"
        m.limb(knee, ankle, 0.036, trousers)
        c, s = math.cos(heel), math.sin(heel)
        m.limb(
            (ankle[0] - 0.015 * c, ankle[1], ankle[2] - 0.006 + 0.015 * s),
            (ankle[0] + 0.075 * c, ankle[1], ankle[2] - 0.012 - 0.075 * s),
            0.022,
            shoe,
        )
        shoulder = (0.0, side * 0.118, top - 0.005)
        if posture == "wave" and side == -1:
            arm, fold = 2.75, -0.25 - 0.35 * math.sin(phase)
        if posture in {"reach", "throw", "hold", "drop", "release", "give"} and side == -1:
            arm, fold = 1.35, -0.12
        if m.hands is not None and side in m.hands:
            elbow, hand = limb_to(shoulder, m.hands[side], 0.165, 0.145, forward=-1.0)
        else:
            elbow, hand = _two_bones(shoulder, arm, fold, 0.165, 0.145)
        m.link = f"arm_{name}"
        m.limb(shoulder, elbow, 0.031, shirt)
        m.link = f"forearm_{name}"
        m.limb(elbow, hand, 0.024, skin)
        m.blob((hand[0], hand[1], hand[2] - 0.012), (0.022, 0.018, 0.032), skin)


_HIPS = {
    "sit": 0.30, "seated": 0.30, "sit_floor": 0.075, "crouch": 0.27, "squat": 0.27, "walk": 0.487, "run": 0.455, "land": 0.44,
}  # fmt: skip
_POSES = {
    "sit": (1.38, 1.38, 0.6, -0.5), "seated": (1.38, 1.38, 0.6, -0.5), "sit_floor": (1.53, 0.12, -0.45, 0.0),
    "crouch": (1.3, 2.2, 0.9, -0.3), "squat": (1.3, 2.2, 0.9, -0.3), "jump": (0.6, 1.15, 2.2, -0.3),
    "fall": (0.12, 0.3, 1.5, -0.25), "slip": (0.5, 0.4, -0.9, 0.2),
}  # fmt: skip
_LYING = {"fall": (0.0, 0.05, 2.75, -0.5), "slip": (0.10, 0.22, 0.10, -0.1)}


def _rabbit(m: _Maker, phase: float, posture: str) -> None:
    hop = 1.0 if posture in {"walk", "run", "hop", "jump"} else 0.0
    lift = 0.16 * hop * max(0.0, math.sin(phase))
    pitch = 0.30 * hop * math.cos(phase)
    fur, belly, pink = "fur", "belly", "pink"
    m.blob((-0.20, 0, 0.30 + lift), (0.33, 0.235, 0.265), fur, pitch=0.25 + pitch)
    m.blob((0.12, 0, 0.30 + lift), (0.22, 0.175, 0.21), fur, pitch=0.35)
    m.blob((0.16, 0, 0.22 + lift), (0.155, 0.135, 0.14), belly)
    m.blob((-0.52, 0, 0.28 + lift), (0.095, 0.09, 0.095), belly)
    m.link = "head"
    m.blob((0.33, 0, 0.53 + lift), (0.185, 0.145, 0.15), fur, pitch=-0.12)
    m.blob((0.475, 0, 0.485 + lift), (0.070, 0.085, 0.062), belly)
    m.blob((0.535, 0, 0.50 + lift), (0.020, 0.026, 0.017), pink)
    for side in (-1, 1):
        name = "left" if side > 0 else "right"
        m.link = "head"
        m.blob((0.385, side * 0.122, 0.565 + lift), (0.036, 0.022, 0.040), "eye")
        m.blob((0.405, side * 0.138, 0.580 + lift), (0.010, 0.007, 0.010), "white")
        m.blob((0.20, side * 0.075, 0.80 + lift), (0.055, 0.036, 0.215), fur, pitch=0.22 + 0.3 * hop * math.sin(phase))
        m.blob(
            (0.235, side * 0.090, 0.80 + lift), (0.030, 0.026, 0.165), pink, pitch=0.22 + 0.3 * hop * math.sin(phase)
        )
        m.link = f"hind_leg_{name}"
        m.blob((-0.27, side * 0.185, 0.235 + lift), (0.205, 0.090, 0.185), fur, pitch=0.4)
        kick = 0.22 * hop * math.cos(phase)
        m.blob(
            (-0.20 - kick, side * 0.185, 0.048 + lift * 0.8),
            (0.185, 0.060, 0.046),
            fur,
            pitch=0.6 * hop * max(0.0, math.sin(phase)),
        )
        m.link = f"fore_leg_{name}"
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
    run, walk = posture in {"run", "hop"}, 1.0 if posture in {"walk", "run", "hop"} else 0.0
    stride = m.stride or (2.2 if run else 0.95)
    duty = min(0.3, 0.75 / stride) if run else 0.58
    fur, belly = ("coat" if species == "horse" else "fur_" + species), "belly"
    half, z = build.length / 2, build.shoulder - build.depth * 0.75
    paw = build.leg * 0.9
    length = max(z - paw, 0.05) / 1.86 * 1.06
    z += walk * (0.025 * math.cos(phase - 1.0) if run else 0.006 * math.cos(2 * phase) - 0.03)
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
    m.link = "head"
    m.blob(head, (s * 1.12, s * 0.92, s), fur)
    m.blob(
        (head[0] + s * 0.8 + build.snout * 0.35, 0, head[2] - s * 0.28),
        (build.snout * 0.75, s * 0.52, s * 0.48),
        belly if species != "horse" else fur,
    )
    m.blob((head[0] + s * 0.8 + build.snout * 1.06, 0, head[2] - s * 0.18), (s * 0.16, s * 0.2, s * 0.15), "nose")
    for side in (-1, 1):
        m.link = "head"
        m.blob((head[0] + s * 0.72, side * s * 0.52, head[2] + s * 0.28), (s * 0.16, s * 0.14, s * 0.18), "eye")
        if build.ear == "flop":
            m.blob((head[0] - s * 0.15, side * s * 0.92, head[2] + s * 0.05), (s * 0.36, s * 0.16, s * 0.72), "dark")
        elif build.ear == "round":
            m.blob((head[0] - s * 0.25, side * s * 0.72, head[2] + s * 0.95), (s * 0.14, s * 0.46, s * 0.5), "pink")
        else:
            m.blob((head[0] - s * 0.15, side * s * 0.55, head[2] + s * 1.0), (s * 0.16, s * 0.24, s * 0.48), fur)
        # A walk puts the feet down one by one from behind on each side; a gallop the hind feet together, then the fore feet.
        for at, offset in ((half * 0.62, 0.5 if run else 0.25), (-half * 0.66, 0.0)):
            own = phase - 2 * math.pi * (offset + (0.1 if run else 0.5) * (side > 0))
            x, up, _ = foot(own, stride, duty, 0.16 if run else 0.07) if walk else (0.0, 0.0, 0.0)
            if posture == "jump":
                x, up = (0.30, 0.16) if at > 0 else (-0.34, 0.10)
            hip = (at, side * build.depth * 0.58, z)
            knee, end = limb_to(hip, (at + x, hip[1], paw + up), length, length * 0.86, forward=-1.0 if at > 0 else 1.0)
            name = f"{'fore' if at > 0 else 'hind'}_{{}}_{'left' if side > 0 else 'right'}"
            m.link = name.format("leg")
            m.limb(hip, knee, build.leg * 1.5, fur)
            m.link = name.format("foot")
            m.limb(knee, end, build.leg, fur)
            m.blob(
                (end[0] + build.leg * 0.5, end[1], end[2]),
                (build.leg * 1.6, build.leg * 1.15, build.leg * 0.9),
                "hoof" if species == "horse" else fur,
            )
    m.link = "trunk"
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
    flying = posture in {"fly", "glide", "flap", "hover"}
    lift = 0.0 if flying else 0.26
    m.blob((0, 0, 0.32 + lift), (0.42, 0.24, 0.24), "feather", pitch=0.2)
    m.blob((0.10, 0, 0.26 + lift), (0.30, 0.20, 0.19), "breast", pitch=0.2)
    m.link = "head"
    m.blob((0.36, 0, 0.56 + lift), (0.18, 0.165, 0.17), "feather")
    m.blob((0.57, 0, 0.54 + lift), (0.10, 0.035, 0.035), "beak")
    m.link = "trunk"
    m.blob((-0.52, 0, 0.28 + lift), (0.28, 0.11, 0.03), "dark", pitch=-0.1)
    beat = 0.75 * math.sin(phase) if flying else 0.0
    for side in (-1, 1):
        m.link = "head"
        m.blob((0.44, side * 0.13, 0.60 + lift), (0.028, 0.022, 0.030), "eye")
        m.link = f"wing_{'left' if side > 0 else 'right'}"
        if flying:
            for k, (at, size) in enumerate(((0.22, 0.27), (0.40, 0.27), (0.58, 0.25), (0.76, 0.21), (0.93, 0.15))):
                bent = beat * (1 + 0.10 * k)  # the tip goes farther than the root
                place = (-0.02 - 0.035 * k, side * at * math.cos(bent), 0.36 + lift + math.sin(bent) * at)
                m.blob(place, (size, 0.17, 0.04), "feather" if k < 3 else "dark", roll=side * bent)
        else:
            m.blob((-0.08, side * 0.215, 0.33 + lift), (0.34, 0.05, 0.16), "dark", pitch=0.15)
            step = 0.12 * math.sin(phase + (math.pi if side > 0 else 0.0)) * (posture in {"walk", "run"})
            m.link = "trunk"
            m.limb((0.02, side * 0.09, 0.30), (0.03 + step, side * 0.09, 0.02), 0.022, "beak")
            m.limb((-0.05 + step, side * 0.09, 0.02), (0.13 + step, side * 0.09, 0.02), 0.018, "beak")


def _butterfly(m: _Maker, phase: float, posture: str) -> None:
    del posture
    # The stated height is that of the body of a resting butterfly; its wings span many times that.
    m = _Maker(max(m.height, min(5 * m.height, 0.05)), m.pieces, links=m.links)
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
            at = (x, side * reach * c, 0.5 + reach * s)
            m.blob(at, (size, size, 0.014 if color != "spot" else 0.02), color, roll=side * angle)


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


def figure_pieces(
    species: str,
    height: float | None = None,
    phase: float = 0.0,
    posture: str = "stand",
    *,
    stride: float | None = None,
    hands: dict[int, Vector] | None = None,
    lean: float = 0.0,
) -> list[Piece]:
    """Placed primitives of a figure, x forward, z up, the point of the ground under it at the origin [m].

    `phase` [rad] is that of the gait (2 pi a full cycle); `posture` one of stand, walk, run, hop, sit, lie, fly, reach,
    ...: unknown ones stand. Sizes and order of the pieces do not change with the phase, so that only their poses move.
    Colours are names of roles ("fur", "shirt"). `stride` [m] is that of the gait; `hands` [m] holds the left (1) and the
    right (-1) hand of a person at points of its frame; `lean` (0 to 1) is how far a fall has come.
    """
    return _made(species, height, phase, posture, stride=stride, hands=hands, lean=lean).pieces


def figure_links(species: str, height: float | None = None, posture: str = "stand") -> tuple[str, ...]:
    """The bone that each piece of `figure_pieces` belongs to, in their order: names of `sim.ragdoll_bones.skeleton`."""
    return tuple(_made(species, height, 0.0, posture).links)


def _made(
    species: str,
    height: float | None,
    phase: float,
    posture: str,
    *,
    stride: float | None = None,
    hands: dict[int, Vector] | None = None,
    lean: float = 0.0,
) -> _Maker:
    kind = known_species(species)
    maker = _Maker(height if height is not None else SPECIES_HEIGHT[kind], [])
    tall = maker.height
    maker.lean = min(1.0, max(0.0, lean))
    maker.stride = None if stride is None else stride / tall
    maker.hands = None if hands is None else {s: (x / tall, y / tall, z / tall) for s, (x, y, z) in hands.items()}
    _BUILDERS[kind](maker, phase, posture)
    if species.lower().strip() == "astronaut" and posture not in {"lie", "lying", "sleep"}:
        _suit(maker)
    if species.lower().strip().split("/")[0] in _LONG_HAIR and posture not in {"lie", "lying", "sleep"}:
        head = next(piece for piece in maker.pieces if piece.color == "hair")
        x, y, z = (value / maker.height for value in head.position)
        maker.link = "head"
        maker.blob((x - 0.03, y, z - 0.075), (0.042, 0.062, 0.115), "hair")
    return maker


def _suit(m: _Maker) -> None:
    """A space suit over the person: white, a helmet with a dark visor, a pack on the back."""
    white = {"shirt": "white", "trousers": "white", "skin": "white", "hair": "white", "shoe": "dark"}
    kept = [(p, link) for p, link in zip(m.pieces, m.links, strict=True) if p.color != "eye"]
    m.pieces = [replace(p, color=white.get(p.color or "", p.color)) for p, _ in kept]
    m.links = [link for _, link in kept]
    # The third and fifth pieces are those of the trunk and the head.
    trunk, head = (tuple(v / m.height for v in m.pieces[k].position) for k in (1, 4))
    m.link = "head"
    m.blob((head[0] - 0.008, head[1], head[2] + 0.005), (0.088, 0.085, 0.092), "white")
    m.blob((head[0] + 0.038, head[1], head[2] + 0.008), (0.055, 0.066, 0.060), "eye")
    m.link = "trunk"
    m.blob((trunk[0] - 0.10, trunk[1], trunk[2] + 0.04), (0.065, 0.10, 0.15), "white")


_WARDROBE = {
    "shirt": (6, 1),
    "trousers": (5, 2),
    "hair": (5, 3),
    "skin": (4, 3),
}  # how many of each, and the step from one person to the next


def dressed(color: str | None, number: int) -> str | None:
    """The colour role of a piece for the `number`-th figure of a scene: people wear different clothes, so that they are told apart."""
    if color not in _WARDROBE:
        return color
    count, step = _WARDROBE[color]
    return f"{color} {number * step % count}"


def figure_bounds(species: str, height: float | None = None, posture: str = "stand") -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner of the standing figure about its ground point [m], two arrays (3,)."""
    lows, highs = zip(*(placed_bounds(piece) for piece in figure_pieces(species, height, 0.0, posture)), strict=True)
    return np.min(lows, axis=0), np.max(highs, axis=0)
