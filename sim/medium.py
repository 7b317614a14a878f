"""The medium: drag in air and water, wind, and the buoyancy of bodies that are partly or wholly submerged.

Air drag changes slowly, so it is a velocity change at every sample, by the velocity in the middle of the interval; water acts at every step.
Not included: added mass, lift (Magnus), and waves; a linear damping of 10 % of critical stands for the waves that a floating body makes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import FluidBody
from scenes.primitives import (
    Box,
    Capsule,
    Cone,
    Convex,
    Cup,
    Cylinder,
    Ellipsoid,
    MeshFile,
    Piece,
    ShapeModel,
    Sphere,
    Torus,
    rotation_matrix,
)
from scenes.scene import Scene
from sim.rotations import matrices
from sim.world import Entry, World

if TYPE_CHECKING:
    from sim.record import Samples

__all__ = ["Medium", "Water", "drag_coefficient", "frontal_area", "sphere_drag", "submerged_sphere", "terminal_speed"]

FloatArray = NDArray[np.float64]
AIR_DENSITY, AIR_VISCOSITY = 1.204, 1.81e-5  # [kg/m3], [Pa s] at 20 degC, 1 atm (CRC Handbook)
WATER_DENSITY, WATER_VISCOSITY = 998.2, 1.002e-3
WAVE_DAMPING = 0.10  # of critical, for a body at the surface
CELLS = 8  # along the longest side of a body, for its submerged part
BLUFF = {
    "box": 1.05,
    "cylinder": 0.9,
    "capsule": 0.6,
    "cone": 0.7,
    "ellipsoid": 0.47,
    "torus": 1.0,
    "cup": 0.9,
}  # Hoerner (1965), Fluid-Dynamic Drag
LIGHT, LOFTY = (
    100.0,
    3.0,
)  # times the air that it displaces: below these the buoyancy of air acts, or acts at every step
SLIGHT = 1e-4  # [m/s2] drag below this is left out


def sphere_drag(reynolds: float) -> float:
    """Drag coefficient of a smooth sphere at Reynolds numbers to 3e5 (Clift and Gauvin 1971)."""
    re = max(reynolds, 1e-6)
    return 24 / re * (1 + 0.15 * re**0.687) + 0.42 / (1 + 42500 * re**-1.16)


def drag_coefficient(shape: ShapeModel, reynolds: float) -> float:
    """Drag coefficient [-] of a shape; of a sphere by Reynolds number, of others the constant of bluff bodies."""
    if isinstance(shape, Sphere):
        return sphere_drag(reynolds)
    return BLUFF.get(shape.type, 0.9)  # type: ignore[attr-defined]


def frontal_area(shape: ShapeModel) -> float:
    """Area [m2] that a body turns to the flow, averaged over directions: a quarter of the surface of its outline (Cauchy)."""
    match shape:
        case Sphere():
            return math.pi * shape.radius**2
        case Box():
            x, y, z = shape.size
            return (x * y + y * z + x * z) / 2
        case Cylinder():
            return math.pi * shape.radius * (shape.radius + shape.height) / 2
        case Capsule():
            return math.pi * shape.radius * (2 * shape.radius + shape.height) / 2
        case Cone():
            return math.pi * shape.radius * (shape.radius + math.hypot(shape.radius, shape.height)) / 4
        case Torus():
            return math.pi**2 * shape.major_radius * shape.minor_radius
        case Ellipsoid():
            a, b, c = (r**1.6075 for r in shape.radii)  # Thomsen's formula, within 1.1 %
            return math.pi * float(((a * b + a * c + b * c) / 3) ** (1 / 1.6075))
    x, y, z = (float(v) for v in shape.extent())
    return (x * y + y * z + x * z) / 2 * 0.8


def terminal_speed(
    mass: float,
    radius: float,
    *,
    density: float = AIR_DENSITY,
    viscosity: float = AIR_VISCOSITY,
    gravity: float = 9.80665,
) -> float:
    """Speed [m/s] at which a falling sphere's drag carries its weight (less its buoyancy)."""
    weight = (mass - density * 4 / 3 * math.pi * radius**3) * gravity
    low, high = 0.0, 1e4
    for _ in range(200):
        speed = (low + high) / 2
        drag = 0.5 * density * sphere_drag(density * speed * 2 * radius / viscosity) * math.pi * radius**2 * speed**2
        low, high = (speed, high) if drag < weight else (low, speed)
    return (low + high) / 2


def submerged_sphere(radius: float, depth: float) -> tuple[float, float]:
    """Volume [m3] of a sphere under a level surface and the height of its centroid over the sphere's centre [m]; `depth` [m] is that
    of the sphere's lowest point below the surface."""
    d = min(max(depth, 0.0), 2 * radius)
    volume = math.pi * d * d * (3 * radius - d) / 3
    if volume <= 0:
        return 0.0, -radius
    return volume, -3 * (2 * radius - d) ** 2 / (4 * (3 * radius - d))


@dataclass(frozen=True)
class Water:
    """A body of water: surface height [m] (None: everywhere), density [kg/m3], and the (x0, y0, x1, y1) that it is within (None: all)."""

    level: float | None
    density: float
    bounds: tuple[float, float, float, float] | None = None

    def over(self, x: float, y: float) -> bool:
        b = self.bounds
        return b is None or (b[0] <= x <= b[2] and b[1] <= y <= b[3])


@dataclass(eq=False)
class _Floater:
    """What the medium knows of a body: area, cells of its volume (K, 3) in the body's frame, the volume of each (K,), their half heights."""

    entry: Entry
    area: float
    volume: float
    length: float
    cells: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    parts: FloatArray = field(default_factory=lambda: np.zeros(0))
    edge: FloatArray = field(default_factory=lambda: np.zeros(3))
    wet: bool = False
    linear: Any = (0.0, 0.0, 0.0)


class Medium:
    """`kick` before each sample (air), `before_step` while `busy` (water), `sense` after each sample."""

    def __init__(self, scene: Scene, world: World) -> None:
        self.world = world
        self.notes: list[str] = []
        surroundings = scene.environment
        self.waters = _waters(scene, world, self.notes)
        self.everywhere = any(water.level is None for water in self.waters)
        in_air = surroundings.medium == "air" or (surroundings.medium == "water" and not self.everywhere)
        self.air = (
            (
                surroundings.medium_density
                if surroundings.medium == "air" and surroundings.medium_density is not None
                else AIR_DENSITY
            )
            if in_air
            else 0.0
        )
        if not surroundings.drag:
            self.air = 0.0
        self.wind = np.array(surroundings.wind)
        self.drag = surroundings.drag
        movers = [
            entry
            for entry in world.entries
            if entry.kind == "rigid" and not getattr(scene.bodies[entry.name], "fixed", False)
        ]
        self.floaters = [self._floater(entry) for entry in movers] if self.waters or self.air else []
        self.light = [f for f in self.floaters if self.air and f.entry.mass.mass < LIGHT * self.air * f.volume]
        for floater in self.light:
            self.notes.append(f"the buoyancy of air acts on {floater.entry.name}, which weighs little for its size")
        self.lofty = [f for f in self.light if f.entry.mass.mass < LOFTY * self.air * f.volume]
        self.busy = bool(self.waters) or bool(self.lofty)
        if self.waters:
            self.notes.append(
                "water acts by buoyancy and drag; added mass and waves are left out, a small damping stands for the waves"
            )
        self.row: list[list[float]] | None = None
        self.about = {
            "air_density": self.air,
            "wind": list(surroundings.wind),
            "waters": [{"level": w.level, "density": w.density, "bounds": w.bounds} for w in self.waters],
        }

    def _floater(self, entry: Entry) -> _Floater:
        volume = (
            entry.mass.displaced if entry.closed else sum(p.shape.volume() for p in entry.shape.pieces() if p.solid)
        )
        floater = _Floater(entry, frontal_area(entry.shape), volume, 2 * entry.radius)
        if self.waters and not isinstance(entry.shape, Sphere):
            floater.cells, floater.parts, floater.edge = cells_of(entry.shape)
        return floater

    # air -------------------------------------------------------------------------------------------------------------------------

    def kick(self, steps: int) -> None:
        """Drag of the air on every free body for the next `steps` steps, as one change of velocity."""
        if not self.air or self.row is None:
            return
        world, tau, client = self.world, steps * self.world.dt, self.world.client
        wx, wy, wz = self.wind.tolist()
        gx, gy, gz = world.gravity.tolist()
        for floater in self.floaters:
            entry = floater.entry
            if entry.mode != "free" or floater.wet:
                continue
            state = self.row[entry.column]
            vx, vy, vz = state[7] - wx, state[8] - wy, state[9] - wz
            speed = math.sqrt(vx * vx + vy * vy + vz * vz)
            if speed < 0.05:
                continue
            rate = self._rate(floater, speed)
            light = floater in self.light
            if rate * speed < SLIGHT and not light:
                continue
            lift = self.air * floater.volume / entry.mass.mass if light else 0.0
            if entry.launched or light:
                fall = (1 - lift) * tau / 2
                vx, vy, vz = vx + gx * fall, vy + gy * fall, vz + gz * fall
            share = 1 - rate * tau / (1 + rate * tau / 2) / 2
            rate = self._rate(floater, math.sqrt(vx * vx + vy * vy + vz * vz) * share)
            loss = rate * tau / (1 + rate * tau / 2)  # the velocity in the middle of the interval decides
            dx, dy, dz = -vx * loss, -vy * loss, -vz * loss
            if light and floater not in self.lofty:
                dx, dy, dz = dx - gx * lift * tau, dy - gy * lift * tau, dz - gz * lift * tau
            mass = entry.mass.mass
            if entry.reduced:
                self._push(entry, np.array([dx, dy, dz]) * (mass / world.dt))
            else:
                linear = (state[7] + dx, state[8] + dy, state[9] + dz)
                world.bullet.resetBaseVelocity(entry.uid, linear, state[10:13], client)
                books = world.declared[entry.column]
                books[0] += dx * mass
                books[1] += dy * mass
                books[2] += dz * mass

    def _rate(
        self, floater: _Floater, speed: float, density: float | None = None, viscosity: float = AIR_VISCOSITY
    ) -> float:
        """Drag force over mass and speed [1/s]."""
        rho = self.air if density is None else density
        entry = floater.entry
        own = entry.drag_coefficient
        coefficient = (
            own if own is not None else drag_coefficient(entry.shape, rho * speed * floater.length / viscosity)
        )
        return 0.5 * rho * coefficient * floater.area * speed / entry.mass.mass

    def _push(self, entry: Entry, force: FloatArray, torque: FloatArray | None = None) -> None:
        world, bullet = self.world, self.world.bullet
        at, _ = world.pose(entry)
        bullet.applyExternalForce(
            entry.uid, entry.link, force.tolist(), at.tolist(), bullet.WORLD_FRAME, physicsClientId=world.client
        )
        if torque is not None:
            bullet.applyExternalTorque(
                entry.uid, entry.link, torque.tolist(), bullet.WORLD_FRAME, physicsClientId=world.client
            )
        world.declared[entry.column] += force * world.dt

    def sense(self, samples: Samples) -> None:
        """Take the velocities that were sampled last."""
        self.row = samples.latest  # type: ignore[assignment]  # rows are only read

    # water -----------------------------------------------------------------------------------------------------------------------

    def before_step(self) -> None:
        """Buoyancy and drag of water on each free body, and the buoyancy of air on light ones."""
        up = -self.world.gravity
        for floater in self.lofty:
            if floater.entry.mode == "free" and not floater.wet:
                self._push(floater.entry, self.air * floater.volume * up)
        for floater in self.floaters if self.waters else []:
            if floater.entry.mode == "free":
                self._float(floater, up)

    def _float(self, floater: _Floater, up: FloatArray) -> None:
        world, entry = self.world, floater.entry
        at, turn = world.pose(entry)
        water = next((w for w in self.waters if w.over(at[0], at[1])), None)
        if water is None or (water.level is not None and at[2] - entry.radius > water.level):
            floater.wet = False
            return
        under, centre, waterline = self._under(floater, at, turn, water)
        share = under / floater.volume if floater.volume else 0.0
        floater.wet = share > 0
        if not floater.wet:
            return
        entry.launched = False
        linear, angular = (np.array(v) for v in world.velocity(entry))
        force = water.density * under * up
        torque = np.cross(centre - at, force)
        if self.drag:
            flow = linear - (self.wind if water.level is None else 0.0)
            speed = float(np.linalg.norm(flow))
            rate = share * self._rate(floater, speed, water.density, WATER_VISCOSITY) if speed > 0 else 0.0
            mass = entry.mass.mass
            force = force + flow * (mass * (1 / (1 + rate * world.dt) - 1) / world.dt)
            spin = float(np.linalg.norm(angular))
            moment = float(entry.mass.moments.mean())
            twist = share * 0.5 * water.density * floater.area * (floater.length / 2) ** 3 * 0.2 * spin / moment
            if waterline > 0:
                stiffness = water.density * waterline * float(up[2])
                heave = 2 * WAVE_DAMPING * math.sqrt(stiffness / mass)
                force[2] += mass * linear[2] * (1 / (1 + heave * world.dt) - 1) / world.dt
                twist += heave
            torque = torque + angular * (moment * (1 / (1 + twist * world.dt) - 1) / world.dt)
        self._push(entry, force, torque)

    def _under(
        self, floater: _Floater, at: FloatArray, turn: FloatArray, water: Water
    ) -> tuple[float, FloatArray, float]:
        """Submerged volume [m3], its centroid (3,) [m], and the area of the waterline [m2] (0 when all is under)."""
        entry = floater.entry
        if water.level is None or at[2] + entry.radius <= water.level:
            return floater.volume, at, 0.0
        if isinstance(entry.shape, Sphere):
            r = entry.shape.radius
            depth = water.level - (at[2] - r)
            volume, offset = submerged_sphere(r, depth)
            return volume, at + np.array([0.0, 0.0, offset]), math.pi * max(0.0, depth * (2 * r - depth))
        rotation = matrices(turn)
        places = floater.cells @ rotation.T + at
        half = np.abs(rotation[2]) @ floater.edge / 2
        share = np.clip(0.5 + (water.level - places[:, 2]) / (2 * half), 0.0, 1.0)
        wet = floater.parts * share
        volume = float(wet.sum())
        if volume <= 0:
            return 0.0, at, 0.0
        lower = places.copy()
        lower[:, 2] -= half * (1 - share)
        cut = (share > 0) & (share < 1)
        waterline = float(floater.parts[cut].sum() / (2 * half))
        return volume, (wet[:, None] * lower).sum(axis=0) / volume, waterline


def _waters(scene: Scene, world: World, notes: list[str]) -> list[Water]:
    surroundings = scene.environment
    found = []
    for name, body in scene.bodies.items():
        if not isinstance(body, FluidBody) or body.level is None:
            continue
        density = world.materials.material(body.material).density
        bounds = None
        if (
            body.container is not None
            and body.container in scene.bodies
            and hasattr(scene.bodies[body.container], "shape")
        ):
            vessel = scene.bodies[body.container]
            low, high = vessel.shape.bounds()  # type: ignore[union-attr]
            x, y = vessel.position[:2]
            bounds = (x + float(low[0]), y + float(low[1]), x + float(high[0]), y + float(high[1]))
        found.append(Water(body.level, WATER_DENSITY if density is None else density.value, bounds))
        notes.append(f"{name} acts on bodies by buoyancy and drag; its own flow is not simulated")
    if surroundings.water_level is not None:
        given = surroundings.medium_density if surroundings.medium == "water" else None
        found.append(Water(surroundings.water_level, WATER_DENSITY if given is None else given))
    elif surroundings.medium == "water":
        found.append(
            Water(None, surroundings.medium_density if surroundings.medium_density is not None else WATER_DENSITY)
        )
    return found


def cells_of(shape: ShapeModel) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cells that fill a shape: middles (K, 3) in the body's frame [m], volumes (K,) [m3] and their edge lengths (3,) [m]."""
    low, high = shape.bounds()
    extent = high - low
    counts = np.maximum(2, np.round(CELLS * extent / extent.max())).astype(int)
    axes = [low[k] + (np.arange(counts[k]) + 0.5) * extent[k] / counts[k] for k in range(3)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    edge = extent / counts
    middles, volumes = [], []
    for piece in [p for p in shape.pieces() if p.solid] or shape.pieces():
        inside = grid[_contains(piece, grid)]
        if not len(inside):
            inside = np.asarray(piece.position, dtype=float)[None]
        middles.append(inside)
        volumes.append(np.full(len(inside), piece.shape.volume() / len(inside)))
    return np.vstack(middles), np.concatenate(volumes), edge


def _contains(piece: Piece, points: FloatArray) -> NDArray[np.bool_]:
    p = (points - np.asarray(piece.position)) @ rotation_matrix(piece.orientation)
    flat = np.hypot(p[:, 0], p[:, 1])
    shape = piece.shape
    match shape:
        case Sphere():
            return np.asarray((p**2).sum(axis=1) <= shape.radius**2)
        case Ellipsoid():
            return np.asarray(((p / np.asarray(shape.radii)) ** 2).sum(axis=1) <= 1)
        case Box():
            return np.all(np.abs(p) <= np.asarray(shape.size) / 2 + 1e-12, axis=1)
        case Cylinder():
            return (flat <= shape.radius) & (np.abs(p[:, 2]) <= shape.height / 2)
        case Capsule():
            beyond = np.maximum(np.abs(p[:, 2]) - shape.height / 2, 0.0)
            return np.asarray(flat**2 + beyond**2 <= shape.radius**2)
        case Cone():
            share = (0.75 * shape.height - p[:, 2]) / shape.height
            return (share >= 0) & (share <= 1) & (flat <= shape.radius * share)
        case Torus():
            return np.asarray((flat - shape.major_radius) ** 2 + p[:, 2] ** 2 <= shape.minor_radius**2)
        case Cup():
            share = np.clip((p[:, 2] - shape.base_z) / shape.height, 0, 1)
            outer = shape.foot + (shape.radius - shape.foot) * share
            floor = p[:, 2] <= shape.base_z + shape.wall
            return (p[:, 2] >= shape.base_z) & (flat <= outer) & (floor | (flat >= outer - shape.wall))
    from scipy.spatial import Delaunay

    vertices = shape.hull()[0] if isinstance(shape, Convex) else _mesh_vertices(shape)
    return np.asarray(Delaunay(vertices).find_simplex(p) >= 0)


def _mesh_vertices(shape: MeshFile) -> FloatArray:
    from scenes.meshes import load_mesh

    return load_mesh(shape).vertices
