"""The one place where a scene becomes a Bullet world, with the settings that were measured to obey the laws.

Maximal coordinates for free bodies, no damping, no contact margin, split impulse, explicit inertia. Bullet's xyzw and its principal frames
stay in here: everything that leaves is wxyz, about the centre of mass, in the body's own frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import FigureBody, RigidBody
from scenes.errors import UserError
from scenes.primitives import Capsule, ShapeModel
from scenes.scene import Scene
from sim.bullet import load
from sim.colliders import MOST_PARTS, colliders, collision_shape
from sim.extent import bounding_radius, rolling_radius, smallest_half_extent
from sim.figures import FigureOutline, outline_of
from sim.impossible import refuse_impossible
from sim.inertia import MassProperties, mass_properties
from sim.pairs import Toucher, contact_factors, scene_library
from sim.rotations import about_z, conjugate, matrices, multiply, of_matrix, to_xyzw

if TYPE_CHECKING:
    from sim.joints import Link

__all__ = ["DRIVEN_MASS", "MAX_BODIES", "Entry", "World", "choose_rate", "figure_shape"]

FloatArray = NDArray[np.float64]
MAX_BODIES = 2000
DRIVEN_MASS = 1e7  # times the heaviest body: what a driven body weighs to those that it hits
BOUNCERS = 6  # bodies up to which bounces are integrated at the shortest step: rises within 1 %
ITERATIONS, UNEQUAL = 50, 100.0  # of the solver; ratio of masses from which more are needed
SWEPT = (
    10.0  # [m/s] from which every step is swept: Bullet's 0.04 m would let a 4 cm ball at 25 m/s leap through a pane
)
CONVERGED = 1e-20  # (m/s)^2: as exact as never stopping early, and up to twenty times as fast
SETTINGS: dict[str, Any] = {
    "useSplitImpulse": 1,
    "splitImpulsePenetrationThreshold": 0.0,
    "contactSlop": 1e-6,
    "restitutionVelocityThreshold": 0.02,
    "warmStartingFactor": 1.0,  # a stack of ten boxes creeps 0.15 mm in 5 s, against 4.6 mm at 0.85
    "deterministicOverlappingPairs": 1,
    "allowedCcdPenetration": 0.04,
}


def _fastest(scene: Scene) -> float:
    """A bound [m/s] on the speeds that the starting speeds and falls of the scene's bodies lead to."""
    gravity = scene.environment.gravity
    found = [0.0]
    for body in scene.bodies.values():
        if isinstance(body, RigidBody) and not body.fixed:
            drop = 2 * abs(gravity) * max(body.position[2], 0.0)
            found.append(math.sqrt(sum(v * v for v in body.linear_velocity) + drop))
    return max(found)


@dataclass(slots=True)
class Entry:
    """A body of the world: its column in the record, its handle in Bullet, its mass properties and how it is moved now.

    `mode`: fixed, free (the laws move it), held (kept where it is), driven (along a path).
    """

    name: str
    column: int
    kind: str
    shape: ShapeModel
    mass: MassProperties
    mode: str
    uid: int = -1
    link: int = -1
    more: tuple[int, ...] = ()  # further Bullet bodies of scenery that has many parts
    reduced: bool = False
    touch: bool = True
    axes: FloatArray = field(
        default_factory=lambda: np.array([1.0, 0.0, 0.0, 0.0])
    )  # principal frame in the body's, wxyz
    lift: FloatArray = field(default_factory=lambda: np.zeros(3))  # centre of mass above the scene's position (figures)
    radius: float = 0.0
    drag_coefficient: float | None = None
    closed: bool = True  # displaces its whole outline in a fluid
    launched: bool = False  # flying since a launch whose velocity was offset by half a step
    offset: FloatArray | None = (
        None  # of the trunk of a figure that was let go: its middle in the figure's frame [m]; of its bones: 0
    )
    moments: tuple[float, ...] = ()  # principal, [kg m2]

    def __post_init__(self) -> None:
        self.moments = tuple(self.mass.moments.tolist())


def figure_shape(body: FigureBody, *, name: str) -> tuple[Capsule | FigureOutline, str]:
    """What stands for a figure in contacts (an upright capsule, or an outline on four legs), and a sentence that says so."""
    height = body.height
    assumed = ""
    if height is None:
        height = 1.7 if body.species in {"person", "human", "man", "woman"} else 0.6
        assumed = f" of {height:g} m, an assumed height"
    shape = outline_of(body.species, height)
    what = "an upright capsule" if isinstance(shape, Capsule) else "a capsule along the back, with head and legs"
    return shape, f"{name}: its contacts are those of {what}{assumed}"


def choose_rate(scene: Scene, fps: float, *, bodies: int) -> tuple[int, str]:
    """Steps for each frame, and why. Bounce-critical scenes take 1/3840 s (1/1920 s above six bodies), crowds 1/960 s or longer, and shorter steps let fast bodies that
    Bullet cannot sweep meet what they would leap over; always whole steps to a frame."""
    if scene.solver.steps_per_second is not None:
        wanted, why = scene.solver.steps_per_second, "set in the scene"
    elif bodies > 300:
        wanted, why = 480, "many bodies"
    elif bodies <= 30 and (
        any(goal.type == "bounces" for goal in scene.goals.values())
        or any(event.type == "bounce" for event in scene.events.values())
    ):
        wanted, why = (3840 if bodies <= BOUNCERS else 1920), "bounces are asked for"
    else:
        wanted, why = 960, "the default"
    if scene.solver.steps_per_second is None and bodies <= 30:
        from sim.speeding import rate_for_speed

        needed, name = rate_for_speed(scene)
        if needed > wanted:
            wanted, why = needed, f"{name} is fast and has parts, so that its way in a step must be short"
    return max(1, math.ceil(wanted / fps - 1e-9)), why


class World:
    """A Bullet world of a scene. `close()` it, or use it as a context manager.

    Raises UserError for too many bodies, impossible masses, meshes that are missing, and overlaps that cannot be resolved.
    """

    def __init__(self, scene: Scene, *, steps_per_second: float) -> None:
        self.scene = scene
        self.dt = 1.0 / steps_per_second
        self.gravity = np.array([0.0, 0.0, -scene.environment.gravity])
        self.notes: list[str] = []
        self.not_simulated = {
            name: body.kind for name, body in scene.bodies.items() if not isinstance(body, RigidBody | FigureBody)
        }
        simulated = {name: body for name, body in scene.bodies.items() if name not in self.not_simulated}
        if len(simulated) > MAX_BODIES:
            raise UserError(
                f"The scene has {len(simulated)} bodies, and at most {MAX_BODIES} can be simulated: remove some, or merge still ones."
            )
        self.materials = scene_library(scene)
        self.entries = [self._entry(name, body, column) for column, (name, body) in enumerate(simulated.items())]
        self.names = tuple(entry.name for entry in self.entries)
        self.column = {name: column for column, name in enumerate(self.names)}
        jointed = {joint.child for joint in scene.joints.values() if joint.type not in {"spring", "rope"}}
        jointed |= {
            joint.parent for joint in scene.joints.values() if joint.parent and joint.type not in {"spring", "rope"}
        }
        for entry in self.entries:
            entry.reduced = entry.name in jointed and entry.mode != "fixed"
        self._check_masses()
        refuse_impossible(scene, dt=self.dt, masses={e.name: e.mass.mass for e in self.entries if e.kind == "rigid"})
        self.factors, self.pairs = contact_factors(self._touchers(), self.materials)
        self.by_handle: dict[tuple[int, int], int] = {}
        self.declared = np.zeros(
            (len(self.entries), 3)
        )  # [N s] impulses of drivers and of the medium since the audit last took them
        self.restart = np.zeros(
            len(self.entries), dtype=bool
        )  # moved by other means than forces since then: not audited
        self.stirred: set[int] = set()  # bodies whose spin was set since the last sample
        self.now = 0
        self.links: dict[int, Link] = {}  # by column: bodies that hang in joints
        self.doll_links: dict[
            int, dict[str, int]
        ] = {}  # by column of a figure that was let go: its bones' links in Bullet
        self._open(scene)

    # building ----------------------------------------------------------------------------------------------------------------------

    def _entry(self, name: str, body: Any, column: int) -> Entry:
        if isinstance(body, FigureBody):
            shape, note = figure_shape(body, name=name)
            self.notes.append(note)
            upright = isinstance(shape, Capsule)
            bulk = shape if upright else Capsule(radius=shape.radius, height=0.6 * shape.height)
            proxy = RigidBody(shape=bulk, mass=body.mass, density=None if body.mass else 1000.0)
            mass = mass_properties(proxy, 1000.0, name=name)
            lift = np.array([0.0, 0.0, shape.height / 2 + (shape.radius if upright else 0.0)])
            return Entry(name, column, "figure", shape, mass, "fixed", lift=lift, radius=bounding_radius(shape))
        density = self.materials.material(body.material).density
        mass = mass_properties(body, 0.0 if density is None else density.value, name=name)
        entry = Entry(name, column, "rigid", body.shape, mass, "fixed" if body.fixed else "free")
        entry.axes = of_matrix(mass.axes)
        entry.radius = bounding_radius(body.shape)
        entry.touch = body.contact
        entry.drag_coefficient = body.drag_coefficient
        entry.closed = not any(piece.shape.type == "cup" for piece in body.shape.pieces())
        return entry

    def _check_masses(self) -> None:
        free = [entry for entry in self.entries if entry.mode == "free"]
        if not free:
            self.mass_ratio = 1.0
            return
        light, heavy = min(free, key=lambda e: e.mass.mass), max(free, key=lambda e: e.mass.mass)
        self.mass_ratio = heavy.mass.mass / light.mass.mass
        if self.mass_ratio > 1e6:
            self.notes.append(
                f"{heavy.name} is {self.mass_ratio:.2g} times as heavy as {light.name}: contacts between such masses are solved inexactly"
            )

    def _touchers(self) -> list[Toucher]:
        touchers = []
        skin = "skin" if self.materials.has("skin") else "rubber"
        for entry in self.entries:
            if not entry.touch:
                continue
            body = self.scene.bodies[entry.name]
            if isinstance(body, RigidBody):
                rolls = rolling_radius(body.shape) if entry.mode == "free" else None
                touchers.append(
                    Toucher(
                        entry.name,
                        self.materials.material(body.material).name,
                        entry.mode == "free",
                        rolls,
                        body.rolling_friction,
                    )
                )
            else:
                touchers.append(Toucher(entry.name, self.materials.material(skin).name, False))
        return touchers

    def _open(self, scene: Scene) -> None:
        bullet = self.bullet = load()
        self.client = bullet.connect(bullet.DIRECT)
        if self.client < 0:
            raise UserError("Bullet cannot open another world in this process; close other simulations first.")
        try:
            self.settings = {**SETTINGS, "fixedTimeStep": self.dt, "numSolverIterations": ITERATIONS}
            if scene.joints:
                self.settings["solverResidualThreshold"] = CONVERGED
            if (
                _fastest(scene) >= SWEPT
            ):  # slow thin bodies (dominoes) are better off unswept: a sweep stops them inside each other
                self.settings["allowedCcdPenetration"] = 0.0
            bullet.setPhysicsEngineParameter(physicsClientId=self.client, **self.settings)
            from sim.joints import add_jointed

            add_jointed(self, [entry for entry in self.entries if entry.reduced])
            for entry in self.entries:
                if not entry.reduced:
                    self._add_free(entry)
            for entry in self.entries:
                if entry.uid >= 0:
                    self.by_handle[(entry.uid, entry.link)] = entry.column
                    self.by_handle |= {(uid, -1): entry.column for uid in entry.more}
            self.place_all()
            self._settle_inertia()
            bullet.setGravity(*self.gravity.tolist(), physicsClientId=self.client)
        except BaseException:
            self.close()
            raise

    def meet(self, a: Entry, b: Entry) -> None:
        """Two bodies touch for the first time: where one is far heavier, the solver works harder from now on."""
        if "iterations_when_unequal" in self.settings or a.mode != "free" or b.mode != "free":
            return
        if "/grain_" in a.name or "/grain_" in b.name:
            return  # grains are a likeness, and many
        ratio = max(a.mass.mass, b.mass.mass) / min(a.mass.mass, b.mass.mass)
        if ratio < UNEQUAL:
            return
        iterations = int(min(1000, ITERATIONS * math.sqrt(self.mass_ratio)))
        self.settings["iterations_when_unequal"] = iterations
        self.bullet.setPhysicsEngineParameter(
            numSolverIterations=iterations, solverResidualThreshold=CONVERGED, physicsClientId=self.client
        )

    def _add_free(self, entry: Entry) -> None:
        body = self.scene.bodies[entry.name]
        parts = colliders(entry.shape) if entry.touch else []
        moving = entry.mode == "free" or self._driven(entry.name)
        size = len(parts) if moving else MOST_PARTS  # scenery of many parts becomes several bodies, all of them exact
        made = []
        for first in range(0, max(len(parts), 1), max(size, 1)):
            shape, lone_hull = collision_shape(parts[first : first + size], self.client, axes=entry.mass.axes)
            uid = self.bullet.createMultiBody(
                entry.mass.mass if moving else 0.0,
                shape,
                basePosition=(np.asarray(body.position) + entry.lift).tolist(),
                useMaximalCoordinates=1,
                physicsClientId=self.client,
            )
            if uid < 0:
                raise UserError(f"Bullet cannot make the body {entry.name!r}: check its shape and size.")
            entry.uid = uid
            self.set_dynamics(entry, lone_hull=lone_hull)
            made.append(uid)
        entry.uid, entry.more = made[0], tuple(made[1:])
        if moving:
            self._set_mass(entry, entry.mass.mass)

    def _driven(self, name: str) -> bool:
        return any(driver.body == name for driver in self.scene.drivers.values())

    def set_dynamics(self, entry: Entry, *, lone_hull: bool = False) -> None:
        """Coefficients, no damping, no contact margin, and the sphere that is swept when a step is longer than the body is thick."""
        factors = self.factors.get(entry.name)
        options: dict[str, Any] = {"linearDamping": 0.0, "angularDamping": 0.0, "contactProcessingThreshold": 0.0}
        options |= {"rollingFriction": 0.0, "spinningFriction": 0.0}
        if factors is not None:
            options |= {"restitution": factors.restitution, "lateralFriction": factors.friction}
            options |= {"rollingFriction": factors.rolling, "spinningFriction": factors.rolling}
        if lone_hull:
            options["collisionMargin"] = 0.0
        if entry.mode != "fixed" and not entry.reduced and entry.touch:
            options["ccdSweptSphereRadius"] = 0.9 * smallest_half_extent(entry.shape)
        self.bullet.changeDynamics(entry.uid, entry.link, physicsClientId=self.client, **options)

    def _set_mass(self, entry: Entry, mass: float) -> None:
        moments = (entry.mass.moments * (mass / entry.mass.mass)).tolist()
        self.bullet.changeDynamics(entry.uid, -1, mass=mass, localInertiaDiagonal=moments, physicsClientId=self.client)

    def place_all(self) -> None:
        """Put every body where the scene has it, at rest."""
        for entry in self.entries:
            if entry.reduced:
                continue
            body = self.scene.bodies[entry.name]
            turn = about_z(body.heading) if isinstance(body, FigureBody) else np.asarray(body.orientation, dtype=float)
            self.set_pose(entry, np.asarray(body.position, dtype=float) + entry.lift, turn / np.linalg.norm(turn))
            self.set_velocity(entry, np.zeros(3), np.zeros(3))

    def _settle_inertia(self) -> None:
        """Bullet turns an inertia that was set into the world frame only in a step: take one without gravity, and put everything back.

        Bodies that overlap are pushed apart first, and said.
        """
        from sim.overlaps import separate

        self.supported = separate(self)
        poses = {entry.column: self.pose(entry) for entry in self.entries if not entry.reduced}
        self.bullet.setGravity(0.0, 0.0, 0.0, physicsClientId=self.client)
        self.bullet.stepSimulation(physicsClientId=self.client)
        for entry in self.entries:
            if not entry.reduced:
                self.set_pose(entry, *poses[entry.column])
                self.set_velocity(entry, np.zeros(3), np.zeros(3))

    # state -------------------------------------------------------------------------------------------------------------------------

    def pose(self, entry: Entry) -> tuple[FloatArray, FloatArray]:
        """Centre of mass [m] (3,) and orientation wxyz (4,)."""
        if entry.link >= 0:
            state = self.bullet.getLinkState(entry.uid, entry.link, physicsClientId=self.client)
            at, q = state[0], state[1]
        else:
            at, q = self.bullet.getBasePositionAndOrientation(entry.uid, physicsClientId=self.client)
        if entry.offset is not None:
            turn = np.array([q[3], q[0], q[1], q[2]])
            return np.array(at) - matrices(turn) @ entry.offset, turn
        return np.array(at), self.own_frame(entry, np.array([q[3], q[0], q[1], q[2]]))

    @staticmethod
    def own_frame(entry: Entry, q: FloatArray) -> FloatArray:
        return q if entry.axes[0] == 1.0 else multiply(q, conjugate(entry.axes))

    def velocity(self, entry: Entry) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Linear [m/s] and angular [rad/s] velocity in the world frame, as Bullet has them now."""
        if entry.link >= 0:
            state = self.bullet.getLinkState(entry.uid, entry.link, computeLinkVelocity=1, physicsClientId=self.client)
            return state[6], state[7]
        linear, angular = self.bullet.getBaseVelocity(entry.uid, physicsClientId=self.client)
        if entry.offset is not None:
            reach = self.pose(entry)[0] - np.array(self.bullet.getBasePositionAndOrientation(entry.uid, self.client)[0])
            linear = tuple((np.array(linear) + np.cross(angular, reach)).tolist())
        return linear, angular

    def set_pose(self, entry: Entry, at: FloatArray, q: FloatArray) -> None:
        inner = q if entry.axes[0] == 1.0 else multiply(q, entry.axes)
        place, turn = [float(v) for v in at], to_xyzw(inner)
        for uid in (entry.uid, *entry.more):
            self.bullet.resetBasePositionAndOrientation(uid, place, turn, physicsClientId=self.client)

    def set_velocity(self, entry: Entry, linear: Any, angular: Any) -> None:
        self.bullet.resetBaseVelocity(
            entry.uid, [float(v) for v in linear], [float(v) for v in angular], physicsClientId=self.client
        )

    def launch(self, entry: Entry, linear: Any, angular: Any) -> None:
        """Set a velocity [m/s], [rad/s]; a body in the air gets half a step of gravity back, which makes its parabola exact."""
        free_flight = entry.mode == "free" and not entry.reduced and entry.column not in self.supported
        offset = -self.gravity * (self.dt / 2) if free_flight else np.zeros(3)
        entry.launched = free_flight
        self.stirred.add(entry.column)
        self.set_velocity(entry, np.asarray(linear, dtype=float) + offset, angular)

    def set_mode(self, entry: Entry, mode: str) -> None:
        """Change how a body is moved: its mass becomes its own (free), none (held) or overwhelming (driven)."""
        if entry.reduced:
            raise UserError(
                f"The body {entry.name!r} hangs in a joint and cannot be gripped or led along a path: free it, or drive it by a force."
            )
        entry.mode = mode
        if mode == "free":
            self._set_mass(entry, entry.mass.mass)
        elif mode == "held":
            self.bullet.changeDynamics(entry.uid, -1, mass=0.0, physicsClientId=self.client)
            self.set_velocity(entry, np.zeros(3), np.zeros(3))
        else:
            heaviest = max([other.mass.mass for other in self.entries if other.mode == "free"], default=1.0)
            self._set_mass(entry, DRIVEN_MASS * heaviest)

    def close(self) -> None:
        if getattr(self, "client", -1) >= 0:
            self.bullet.disconnect(physicsClientId=self.client)
            self.client = -1

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
