"""Whether a blow breaks a body: the peak force of the impact, the tension that it makes, what the material bears.

Force. The body and what it hits are two springs in a row: the Hertz contact, F = K d^(3/2) with K = 4/3 E* R^(1/2)
(Johnson, Contact Mechanics, 1985, ch. 4 and 11), and the wall behind it, F = k d. At the turning point they hold the
energy of the closing speed, 1/2 m V^2 = 2/5 F^(5/3) K^(-2/3) + F^2/(2k), with m the effective mass of both at the
point of contact; this is solved for F.

Tension, by what is hit:
- a curved wall of thickness t and radius R: k = 4 E t^2 / (R sqrt(3 (1 - nu^2))) and, under a patch of radius r,
  bending less membrane stress on the inner side, [(1 + nu) 3/pi kei'(mu)/mu - a] F/t^2 with mu = r (12 (1 -
  nu^2))^(1/4) / (R t)^(1/2), a = sqrt(3 (1 - nu^2))/4 (Reissner 1946, J. Math. Phys. 25; Roark's tables, Formulas for
  Stress and Strain, ch. 13, agree). r is Hertz's, and at least 0.325 t (Westergaard). Pressed in by t/2 the cap of a
  thin shell turns in, and its ridge bears about E sqrt(t d)/(2 R) (after Pogorelov 1988, Bendings of Surfaces);
- an eggshell: 35 N between plates crack it at rest (Romanoff and Romanoff, The Avian Egg, 1949), and twice that in a
  blow, as t^2;
- a flat plate across its thickness: k = 16 pi D (1 + nu)/((3 + nu) a^2), 3F/(2 pi t^2) [(1 + nu) ln(a/b) + 1] (Roark,
  ch. 11, supported rim); 0.3 of it where the plate lands flat and its own inertia bends it;
- a lump of size d, or a plate on its edge: the worse of splitting, 0.9 F/d^2 (Hiramatsu and Oka 1966, Int. J. Rock
  Mech. Min. Sci. 3, 89), and of the cone crack of the contact, c = (0.04 F/K_IC)^(2/3) (Lawn 1998, J. Am. Ceram. Soc.
  81, 1977), when it reaches half of d, or through the plate;
- wood and its like, only where the text asks that it breaks: a beam that holds sigma^2 V/(18 E) when it snaps
  (three-point bending).

Strength. The library's value belongs to a test bar of about 10 cm2 loaded for about 30 s. A blow strains a patch of
some mm2 for about a millisecond: Weibull's (A0/A)^(1/m) (Weibull 1951, J. Appl. Mech. 18; m = 7 for glass as in ASTM
E1300) and static fatigue (t0/t)^(1/n) (Charles 1958, J. Appl. Phys. 29; n = 16 for glass). Used surfaces carry flaws
of 50 to 100 um, and K_IC/(1.12 sqrt(pi c)) bounds the value of a bar. Every number of this paragraph but K_IC and the
library's strength is an assumption, and the verdict says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import RigidBody
from scenes.materials import Material
from scenes.primitives import Capsule, Cone, Cup, Cylinder, Ellipsoid, Primitive, Sphere, Torus, rotation_matrix
from sim.inertia import mass_properties

__all__ = ["Blow", "Verdict", "bearable_speed", "crack_energy", "free_fall_verdict", "wall_of", "would_break"]

FloatArray = NDArray[np.float64]
BAR_AREA, BAR_TIME, BLOW_TIME = 1e-3, 30.0, 1e-3  # [m2], [s] of the tests behind the strengths, and [s] of a blow
FLAW = 75e-6  # [m] of a used surface
EGGSHELL, EGG_FORCE = 0.35e-3, 70.0  # [m], [N]
LAWN = 0.04  # of cone cracks
LANDS_FLAT = 0.3
HOLLOW = 0.6  # of the mass of the solid: a body that weighs less is hollow
TURNS_IN = 0.5  # of the wall: the cap of a thin shell turns in
GROWTH_TENSION = {"watermelon": 0.5}  # share of the strength that a ripe rind already carries
ACROSS_GRAIN = 12.0  # stiffness of wood along its grain over that across it (Wood Handbook, USDA FPL-GTR-282, ch. 5)
SNAP_WORK = 1e4  # [J/m2] of wood across the grain (Jeronimidis 1980, Proc. R. Soc. B 208)
WEIBULL = {"glass": (7.0, 16.0), "ice": (5.0, 60.0)}  # modulus, fatigue exponent
OTHERS = (10.0, 40.0)
SNAPS = {"wood": 80e6, "bamboo": 140e6, "chalk": 2e6}  # [Pa] modulus of rupture (Wood Handbook, USDA FPL-GTR-282)


@dataclass(frozen=True)
class Blow:
    """An impact on a body: closing `speed` [m/s] along `normal` (out of the surface that is hit, in the body's
    frame), effective `mass` [kg] of
    both at the point, `point` [m] in the body's frame, and what hits it: its material and radius [m] (None: flat)."""

    speed: float
    mass: float
    point: FloatArray
    normal: FloatArray
    other: Material
    other_radius: float | None = None


@dataclass(frozen=True)
class Verdict:
    """`ratio`: tension over what the material bears (1 and more breaks). `energy` [J] of the closing motion;
    `stress`, `strength` [Pa]; `force` [N].
    """

    breaks: bool
    ratio: float
    why: str
    assumed: tuple[str, ...]
    mode: str = "none"
    stress: float = 0.0
    strength: float = 0.0
    force: float = 0.0
    energy: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For the trace."""
        return {
            "breaks": self.breaks,
            "ratio": round(self.ratio, 6),
            "why": self.why,
            "mode": self.mode,
            "stress_Pa": self.stress,
            "strength_Pa": self.strength,
            "force_N": self.force,
            "energy_J": self.energy,
            "assumed": list(self.assumed),
        }


def wall_of(body: RigidBody, material: Material) -> tuple[float | None, str]:
    """The wall [m] of a hollow body, and what was assumed: an eggshell's, or the one that a stated mass allows."""
    if body.wall is not None or isinstance(body.shape, Cup):
        return body.wall, ""
    if material.name == "egg" and body.shape.type in {"ellipsoid", "sphere"}:
        return EGGSHELL, "the eggshell is 0.35 mm thick; what is in it counts as mass"
    if any(p.color != body.color for p in body.shape.pieces() if p.solid) and len(body.shape.pieces()) > 2:
        return None, ""  # a pane in a frame: its mass is that of several materials
    solid = material.density.value * body.shape.volume()
    if body.mass is None or body.mass > HOLLOW * solid or any(isinstance(p.shape, Cup) for p in body.shape.pieces()):
        return None, ""
    low, high = 0.0, float(min(p.shape.extent().min() for p in body.shape.pieces())) / 2
    for _ in range(40):
        wall = (low + high) / 2
        held = mass_properties(body.model_copy(update={"mass": None, "wall": wall}), material.density.value).mass
        low, high = (wall, high) if held < body.mass else (low, wall)
    return low, f"its mass says that it is hollow, with a wall of {low * 1e3:.2g} mm"


def would_break(body: RigidBody, material: Material, blow: Blow, *, asked: bool = False) -> Verdict:
    """Whether a blow breaks a body of this material. `asked`: an outcome asks for it, so tough things that snap
    (wood) are looked at too.
    """
    if not material.brittle:
        rupture = next((v for k, v in SNAPS.items() if k in {material.name, material.parent}), None)
        if rupture is None or not asked:
            return Verdict(False, 0.0, f"{material.name} is not brittle: it bends, dents or springs back", ())
        return _snap(body, material, blow, rupture)
    if material.strength is None or material.youngs_modulus is None or material.youngs_modulus.value <= 0:
        return Verdict(False, 0.0, f"the library has no strength or stiffness for {material.name}", ())
    piece = _piece_at(body, blow.point)
    wall, said = wall_of(body, material)
    wall = piece.wall if isinstance(piece, Cup) else wall
    assumed = [
        "strength of a small patch under a short blow by Weibull's and the fatigue law, with assumed exponents",
        "elastic contact: a soft floor that gives way for good would spare the body",
    ]
    if said:
        assumed.append(said)
    sizes = np.sort(piece.extent())
    thin = wall is None and sizes[0] < 0.2 * sizes[1]
    modulus = _contact_modulus(material, blow.other)
    mode: Any
    if wall is not None and wall < 0.4 * _curvature(piece):
        assumed.append("the spot that is hit bends like a shallow shell, and edges are rounded by half of the wall")
        own = _curvature(piece) if isinstance(piece, Sphere | Ellipsoid | Capsule) else max(wall / 2, 1e-3)
        mode = _Shell(material, wall, _curvature(piece), _together(own, blow.other_radius), modulus)
        if material.name == "egg":
            mode.least_force = EGG_FORCE * (wall / EGGSHELL) ** 2
            assumed.append("a blow of 70 N cracks an eggshell, twice what does so at rest")
    elif thin and np.argmin(piece.extent()) == np.argmax(np.abs(_turn_of(body, blow.point).T @ blow.normal)):
        share = LANDS_FLAT if blow.other_radius is None else 1.0
        mode = _Plate(
            material,
            float(sizes[0]),
            float(sizes[1]) / 2,
            _together(max(float(sizes[0]) / 2, 1e-3), blow.other_radius),
            modulus,
            share,
        )
        assumed.append(
            "the plate is held at its rim"
            if share == 1.0
            else "landing flat, inertia bends the plate by 0.3 of a load at its middle"
        )
    elif thin:
        thick = float(sizes[0])
        mode = _Lump(material, thick * float(sizes[1]), thick, _together(thick / 2, blow.other_radius), modulus, "edge")
    else:
        size = float(np.cbrt(piece.volume() * 6 / math.pi))
        round_ = isinstance(piece, Sphere | Ellipsoid | Capsule)
        mode = _Lump(
            material, size**2, size / 2, _together(size / 2 if round_ else size / 4, blow.other_radius), modulus, "lump"
        )
        assumed.append("the body splits like an irregular lump under a point load")
    return _judge(material, blow, mode, tuple(assumed))


def _judge(material: Material, blow: Blow, mode: Any, assumed: tuple[str, ...]) -> Verdict:
    energy = 0.5 * blow.mass * blow.speed**2
    force = _peak_force(energy, mode)
    stress, area = mode.stress(force)
    strength = _strength(material, area)
    ratio = force / mode.least_force if mode.least_force else stress / strength
    if mode.depth:
        assert material.fracture_toughness is not None
        ratio = max(ratio, LAWN * force / (material.fracture_toughness.value * mode.depth**1.5))
    ratio /= 1.0 - GROWTH_TENSION.get(material.name, 0.0)
    why = (
        f"a blow of {blow.speed:.2f} m/s on {blow.other.name} gives {force:.3g} N and {stress / 1e6:.3g} MPa of tension"
        f" ({mode.name}): {ratio:.2f} of what this {material.name} bears"
    )
    return Verdict(ratio >= 1.0, ratio, why, assumed, mode.name, stress, strength, force, energy)


def _strength(material: Material, area: float) -> float:
    assert material.strength is not None
    bar = material.strength.value
    if material.fracture_toughness is not None:
        bar = min(bar, material.fracture_toughness.value / (1.12 * math.sqrt(math.pi * FLAW)))
    names = (material.name, material.parent or "")
    kind = "glass" if any("glass" in name or name in {"crystal", "fused_silica"} for name in names) else material.name
    weibull, fatigue = WEIBULL.get(kind, OTHERS)
    size = float(np.clip((BAR_AREA / area) ** (1 / weibull), 0.3, 4.0))
    return bar * size * (BAR_TIME / BLOW_TIME) ** (1 / fatigue)


def _peak_force(energy: float, mode: Any) -> float:
    """F [N] of 2/5 F^(5/3) K^(-2/3) + F^2/(2k) = energy, by bisection in the logarithm."""
    if energy <= 0:
        return 0.0

    def stored(force: float) -> float:
        return float(
            0.4 * force ** (5 / 3) * mode.hertz ** (-2 / 3)
            + (force**2 / (2 * mode.stiffness) if mode.stiffness else 0.0)
        )

    low, high = -12.0, 15.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if stored(10**middle) < energy else (low, middle)
    return float(10**low)


def _contact_modulus(a: Material, b: Material) -> float:
    """E* [Pa] of Hertz; a material without a stiffness (a figure, a liquid) counts as 1 MPa."""
    return (
        sum((ACROSS_GRAIN if "wood" in (m.name, m.parent) else 1.0) / (m.contact_modulus or 1e6) for m in (a, b))
        ** -1.0
    )


def _together(own: float, other: float | None) -> float:
    return own if other is None else 1.0 / (1.0 / own + 1.0 / other)


class _Shell:
    name, depth, least_force = "shell", 0.0, 0.0

    def __init__(self, material: Material, wall: float, radius: float, curvature: float, modulus: float) -> None:
        assert material.youngs_modulus is not None
        self.young = material.youngs_modulus.value
        self.nu = 0.25 if material.poisson is None else material.poisson.value
        self.wall, self.radius, self.curvature = wall, radius, curvature
        self.hertz = 4 / 3 * modulus * math.sqrt(curvature)
        self.stiffness = 4 * self.young * wall**2 / (radius * math.sqrt(3 * (1 - self.nu**2)))

    def stress(self, force: float) -> tuple[float, float]:
        """Largest tension [Pa] met on the way to a force, and the area [m2] that bears it."""
        from scipy.special import keip

        forces = force * np.linspace(0.02, 1.0, 60)
        patch = np.sqrt(np.maximum(self.curvature * (forces / self.hertz) ** (2 / 3), (0.325 * self.wall) ** 2))
        mu = np.minimum(patch * (12 * (1 - self.nu**2)) ** 0.25 / math.sqrt(self.radius * self.wall), 2.0)
        membrane = math.sqrt(3 * (1 - self.nu**2)) / 4
        tension = ((1 + self.nu) * 3 / math.pi * keip(mu) / mu - membrane) * forces / self.wall**2
        k = int(np.argmax(tension))
        depth = float(forces[-1] / self.stiffness)
        ridge = 0.5 * self.young * math.sqrt(self.wall * depth) / self.radius if depth > TURNS_IN * self.wall else 0.0
        return max(float(tension[k]), ridge, 0.0), math.pi * float(patch[k]) ** 2


class _Plate:
    name, depth, least_force = "plate", 0.0, 0.0

    def __init__(
        self, material: Material, thick: float, radius: float, curvature: float, modulus: float, share: float
    ) -> None:
        assert material.youngs_modulus is not None
        self.nu = 0.25 if material.poisson is None else material.poisson.value
        rigidity = material.youngs_modulus.value * thick**3 / (12 * (1 - self.nu**2))
        self.thick, self.radius, self.share = thick, radius, share
        self.hertz = 4 / 3 * modulus * math.sqrt(curvature)
        self.stiffness = 16 * math.pi * rigidity * (1 + self.nu) / ((3 + self.nu) * radius**2)

    def stress(self, force: float) -> tuple[float, float]:
        patch = 0.325 * self.thick
        value = (
            self.share
            * 3
            * force
            / (2 * math.pi * self.thick**2)
            * ((1 + self.nu) * math.log(max(self.radius / patch, 1.0)) + 1)
        )
        return value, math.pi * self.thick**2


class _Lump:
    stiffness, least_force = 0.0, 0.0

    def __init__(
        self, material: Material, section: float, depth: float, curvature: float, modulus: float, name: str
    ) -> None:
        self.section, self.name = section, name
        self.depth = depth if material.fracture_toughness is not None else 0.0
        self.hertz = 4 / 3 * modulus * math.sqrt(curvature)

    def stress(self, force: float) -> tuple[float, float]:
        return 0.9 * force / self.section, self.section


def _snap(body: RigidBody, material: Material, blow: Blow, rupture: float) -> Verdict:
    assert material.youngs_modulus is not None
    sizes = np.sort(body.shape.extent())
    energy = 0.5 * blow.mass * blow.speed**2
    holds = rupture**2 * body.shape.volume() / (18 * material.youngs_modulus.value)
    assumed = ("snaps like a beam held at its ends; two pieces, the grain's splinters are not formed",)
    if sizes[2] < 4 * sizes[1]:
        return Verdict(
            False,
            0.0,
            f"{material.name} of this shape does not snap: it is no rod or board",
            assumed,
            "snap",
            energy=energy,
        )
    ratio = math.sqrt(energy / holds)
    why = f"the blow carries {energy:.3g} J, and bending {material.name} to its rupture stores {holds:.3g} J"
    return Verdict(ratio >= 1, ratio, why, assumed, "snap", ratio * rupture, rupture, 0.0, energy)


def _piece_at(body: RigidBody, point: FloatArray) -> Primitive:
    return _nearest(body, point).shape


def _turn_of(body: RigidBody, point: FloatArray) -> FloatArray:
    return rotation_matrix(_nearest(body, point).orientation)


def _nearest(body: RigidBody, point: FloatArray) -> Any:
    from scenes.primitives import placed_bounds

    pieces = body.shape.pieces()
    pieces = [p for p in pieces if p.solid] or pieces

    def distance(k: int) -> float:
        low, high = placed_bounds(pieces[k])
        return float(np.linalg.norm(np.maximum(np.maximum(low - point, point - high), 0.0)))

    return pieces[min(range(len(pieces)), key=distance)]


def _curvature(shape: Primitive) -> float:
    """Radius [m] of the wall of a hollow shape."""
    match shape:
        case Sphere() | Cylinder() | Capsule() | Cone():
            return shape.radius
        case Ellipsoid():
            return float(np.cbrt(np.prod(shape.radii)))
        case Cup():
            return (shape.radius + shape.foot) / 2
        case Torus():
            return shape.minor_radius
    return float(np.sort(shape.extent())[:2].mean()) / 2


def crack_energy(material: Material, area: float) -> float:
    """Energy [J] of crack faces that part over `area` [m2]: Irwin's G = K^2 (1 - nu^2)/E (Irwin 1957, J. Appl. Mech.
    24).
    """
    if material.fracture_toughness is None or material.youngs_modulus is None:
        return SNAP_WORK * area
    if not material.brittle:
        return SNAP_WORK * area
    nu = 0.25 if material.poisson is None else material.poisson.value
    return material.fracture_toughness.value**2 * (1 - nu * nu) / material.youngs_modulus.value * area


def bearable_speed(body: RigidBody, material: Material, blow: Blow, *, asked: bool = False) -> float | None:
    """The closing speed [m/s] at which a blow of this kind breaks the body; None when none up to 100 m/s does."""
    from dataclasses import replace

    low, high = 0.0, 100.0
    if not would_break(body, material, replace(blow, speed=high), asked=asked).breaks:
        return None
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (
            (low, middle)
            if would_break(body, material, replace(blow, speed=middle), asked=asked).breaks
            else (middle, high)
        )
    return high


def free_fall_verdict(
    body: RigidBody, material: Material, floor: Material, height: float, *, gravity: float = 9.81
) -> Verdict:
    """The verdict on a free fall from `height` [m] (clearance), upright, onto a flat floor, with the whole mass
    behind the blow.
    """
    low, _ = body.shape.bounds()
    mass = mass_properties(body, material.density.value).mass
    down = np.array([0.0, 0.0, -1.0])
    return would_break(
        body, material, Blow(math.sqrt(2 * gravity * height), mass, np.array([0.0, 0.0, low[2]]), down, floor)
    )
