"""Figures that are let go: from that moment their bones are linked bodies under the laws, with limits, contacts and passive joints.

A figure is let go at the end of a path that says so (`release`: the start of an asked fall is declared, the rest is solved), or where a blow
is harder than it can stand (`ragdoll_push`). Its capsule ends, and one Bullet multibody begins in its place: reduced coordinates, so that
joints hold by construction. The trunk keeps the figure's name and frame; the other bones are bodies named `rabbit/head`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import FigureBody, RigidBody
from scenes.primitives import Capsule
from scenes.scene import Scene
from sim.bullet import load
from sim.extent import bounding_radius, lowest_points
from sim.inertia import MassProperties, mass_properties
from sim.ragdoll_bones import TRUNK, Bone, skeleton
from sim.rotations import matrices, multiply, of_matrix, to_xyzw

if TYPE_CHECKING:
    from sim.simulate import Run
    from sim.world import Entry

__all__ = ["Doll", "Ragdolls"]

FloatArray = NDArray[np.float64]
HUB = 0.03  # of a bone's mass sits between the two hinges of a joint that turns both ways
CONTACT_ERP = 0.02
ENERGY = 0.02  # of what a falling figure has to lose: it may not gain more
SLIDES_LIKE = {"person": ("cotton", "skin"), "child": ("cotton", "skin")}  # what a figure's surface is, for friction
ASSUMED = (
    "joints resist passively with a constant torque; nobody tries to stay up",
    "bones are capsules; what they meet of the figure itself is not felt",
)


@dataclass
class Doll:
    """A figure that was let go: its column, the step, the columns of its other bones, and what is told about it."""

    entry: Entry
    step: int
    columns: dict[str, int]
    masses: dict[str, MassProperties]
    centre: FloatArray  # of the trunk in the figure's frame [m]
    record: dict[str, Any]
    outlines: dict[str, Capsule] = field(default_factory=dict)


class Ragdolls:
    """`release` figures; `alive`, `lowest`, `checks` and `meta` for the record."""

    def __init__(self, run: Run, scene: Scene) -> None:
        self.run, self.scene = run, scene
        self.dolls: dict[int, Doll] = {}

    def release(
        self, entry: Entry, step: int, linear: FloatArray, angular: FloatArray, *, why: str, more: dict[str, Any]
    ) -> None:
        """End the capsule of a figure and begin its bones with its motion, `linear` [m/s] of its origin and `angular` [rad/s]."""
        world = self.run.world
        body = self.scene.bodies[entry.name]
        assert isinstance(body, FigureBody)
        tall = body.height or float(np.ptp(entry.shape.bounds(), axis=0)[2])
        at, turn = world.pose(entry)
        ground = float(lowest_points(entry.shape, at[None], turn[None])[0])
        bones = skeleton(body.species)
        self._retire(entry, step)
        _Builder(world, entry, bones, tall, at, turn, ground, self._surface(body, at)).build(linear, angular)
        made = self._enlist(entry, bones, tall, step)
        origin = np.array([0.0, 0.0, tall / 2])
        record = {
            "body": entry.name, "time": round(step * world.dt, 6), "why": why, "status": "solved", **more,
            "links": {
                (entry.name if bone.name == TRUNK else f"{entry.name}/{bone.name}"): {
                    "bone": bone.name, "mass_kg": bone.share * entry.mass.mass,
                    "centre_m": (np.array(bone.centre) * tall).round(6).tolist(),
                    "turn": ([1.0, 0.0, 0.0, 0.0] if bone.name == TRUNK else of_matrix(_frame(bone)).round(9).tolist()),
                }
                for bone in bones
            },
            "height_m": tall, "masses": "shares of Winter 2009, table 4.1" if body.species in SLIDES_LIKE else "shares assumed",
            "assumed": list(ASSUMED),
        }  # fmt: skip
        trunk = bones[0]
        self.dolls[entry.column] = Doll(
            entry, step, made, {bone.name: _mass(bone, tall, entry.mass.mass) for bone in bones},
            np.array(trunk.centre) * tall - origin, record, {bone.name: _capsule(bone, tall) for bone in bones},
        )  # fmt: skip

    # bookkeeping -------------------------------------------------------------------------------------------------------------------

    def _surface(self, body: FigureBody, at: FloatArray) -> tuple[float, float]:
        """Factors of friction and restitution that, with those of the ground under it, make the figure's pair."""
        world = self.run.world
        names = SLIDES_LIKE.get(body.species, ("skin",))
        own = next((n for n in names if world.materials.has(n)), "rubber")
        under = [e for e in world.entries if e.mode == "fixed" and e.touch and e.kind == "rigid"]
        if not under:
            return 0.5, 0.1

        def below(e: Entry) -> tuple[float, float]:
            low, high = world.bullet.getAABB(e.uid, e.link, physicsClientId=world.client)
            outside = sum(max(low[k] - at[k], at[k] - high[k], 0.0) for k in (0, 1))
            return outside, abs(float(at[2]) - high[2])

        support = min(under, key=below)
        factors = world.factors.get(support.name)
        material = getattr(world.scene.bodies[support.name], "material", "concrete")
        pair = world.materials.pair(own, world.materials.material(material).name)
        friction = pair.friction.value / max(factors.friction if factors else 1.0, 1e-3)
        bounce = min(pair.restitution.value, 0.2) / max(factors.restitution if factors else 1.0, 1e-3)
        return min(friction, 5.0), min(bounce, 1.0)

    def _retire(self, entry: Entry, step: int) -> None:
        run, world = self.run, self.run.world
        contacts = run.contacts
        contacts.settle()
        contacts.pattern = None
        for key in [k for k in contacts.current if entry.column in (contacts.current[k].a, contacts.current[k].b)]:
            old = contacts.current.pop(key)
            if old in contacts.live:
                contacts.live.remove(old)
                old.parted, old.end_poses = step, (world.pose(world.entries[old.a]), world.pose(world.entries[old.b]))
        for task in run.drivers.tasks:
            if entry in (task.entry, task.holder):
                task.state = "done"
        world.by_handle.pop((entry.uid, entry.link), None)
        world.bullet.removeBody(entry.uid, physicsClientId=world.client)

    def _enlist(self, entry: Entry, bones: tuple[Bone, ...], tall: float, step: int) -> dict[str, int]:
        """Columns for the bones of the multibody that now stands under the figure's handle."""
        from sim.world import Entry as Made

        run, world = self.run, self.run.world
        entry.mode, entry.reduced, entry.launched = "free", True, False
        entry.offset = np.array(bones[0].centre) * tall - np.array([0.0, 0.0, tall / 2])
        made, added = [], {}
        for bone in bones[1:]:
            name, mass = f"{entry.name}/{bone.name}", _mass(bone, tall, entry.mass.mass)
            shape = _capsule(bone, tall)
            link = world.doll_links[entry.column][bone.name]
            one = Made(name, len(world.entries), "rigid", shape, mass, "free", uid=entry.uid, link=link, reduced=True)
            one.radius, one.offset = bounding_radius(shape), np.zeros(3)
            body = self.scene.bodies[entry.name]
            added[name] = RigidBody(
                shape=shape, material="plastic", mass=mass.mass, parent=entry.name, color=body.color
            )
            world.entries.append(one)
            world.column[name] = one.column
            world.by_handle[(one.uid, one.link)] = one.column
            made.append(one)
        world.by_handle[(entry.uid, -1)] = entry.column
        world.scene = world.scene.model_copy(update={"bodies": {**world.scene.bodies, **added}})
        world.names = tuple(e.name for e in world.entries)
        new = len(made)
        rows = [run.samples._read(one) for one in made]
        world.declared = np.vstack([world.declared, np.zeros((new, 3))])
        world.restart = np.append(world.restart, np.zeros(new, dtype=bool))
        run.contacts.loose = np.vstack([run.contacts.loose, np.zeros((new, 3))])
        if entry not in run.samples.moving:
            run.samples.moving.append(entry)
        if rows:
            run.samples.grow(made, rows, step * world.dt)
            run.auditor.last = np.vstack([run.auditor.last, [row[7:10] for row in rows]])
        run.auditor.left_out = sorted({*run.auditor.left_out, entry.name, *(one.name for one in made)})
        return {bone.name: one.column for bone, one in zip(bones[1:], made, strict=True)}

    # telling -----------------------------------------------------------------------------------------------------------------------

    def alive(self, steps: NDArray[np.int64], alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """`alive` (T, N) with the bones living from the moment of their release."""
        for doll in self.dolls.values():
            for column in doll.columns.values():
                alive[:, column] = steps >= doll.step
        return alive

    def lowest(self, low: FloatArray, position: FloatArray, orientation: FloatArray) -> FloatArray:
        """Lowest points [m] (K, N) with those of the trunk, not of the standing outline, from the release on."""
        for column, doll in self.dolls.items():
            over = np.arange(len(low)) * self.run.per_sample >= doll.step
            turn = orientation[over, column]
            at = position[over, column] + np.einsum("tij,j->ti", matrices(turn), doll.centre)
            bone = skeleton(self.scene.bodies[doll.entry.name].species)[0]  # type: ignore[union-attr]
            low[over, column] = lowest_points(doll.outlines[TRUNK], at, multiply(turn, of_matrix(_frame(bone))))
        return low

    def checks(self) -> list[dict[str, Any]]:
        """For the audit: a figure that was let go gains no energy but by blows."""
        return [self._energy(doll) for doll in self.dolls.values()]

    def _energy(self, doll: Doll) -> dict[str, Any]:
        run, world = self.run, self.run.world
        first = math.ceil(doll.step / run.per_sample)
        position, orientation, linear, angular = run.samples.states(slice(first, None))
        total = np.zeros(len(position))
        for name, mass in doll.masses.items():
            column = doll.entry.column if name == TRUNK else doll.columns[name]
            frame = matrices(orientation[:, column])
            reach = np.einsum("tij,j->ti", frame, doll.centre if name == TRUNK else np.zeros(3))
            velocity = linear[:, column] + np.cross(angular[:, column], reach)
            local = np.einsum("tji,tj->ti", frame, angular[:, column])
            total += 0.5 * mass.mass * (velocity**2).sum(axis=1) + 0.5 * np.einsum(
                "ti,ij,tj->t", local, mass.tensor, local
            )
            total -= mass.mass * (position[:, column] + reach) @ world.gravity
        mine = {doll.entry.column, *doll.columns.values()}
        blows = any(
            e.last >= doll.step
            and (e.a in mine) != (e.b in mine)
            and not world_fixed(world, e.b if e.a in mine else e.a)
            for e in run.contacts.episodes
        )
        name, evidence = doll.entry.name, "one sample only"
        share, passed = 0.0, True
        if len(total) > 1:
            rise = float((total - np.minimum.accumulate(total)).max())
            share = rise / max(float(np.ptp(total)), 1e-9 + 0.01 * float(doll.entry.mass.mass))
            passed = bool(np.isfinite(total).all()) and (blows or share <= ENERGY)
            evidence = f"{name} was let go at {doll.record['time']:.3f} s; its energy never rose by more than {share:.2%} of what it lost"
            evidence += " (not bounded: others strike it)" if blows else ""
        return {
            "name": "ragdoll",
            "passed": passed,
            "value": share,
            "limit": None if blows else ENERGY,
            "evidence": evidence,
        }

    def meta(self) -> dict[str, Any]:
        """For the trace: who was let go, when, why, and the bones."""
        return {"ragdolls": [doll.record for doll in self.dolls.values()]} if self.dolls else {}


def world_fixed(world: Any, column: int) -> bool:
    return world.entries[column].mode in {"fixed", "held"}


def _length(bone: Bone, tall: float) -> float:
    return float(np.linalg.norm(np.subtract(bone.end, bone.start))) * tall


def _capsule(bone: Bone, tall: float) -> Capsule:
    return Capsule(radius=bone.radius * tall, height=max(_length(bone, tall), 1e-4 * tall))


def _frame(bone: Bone) -> FloatArray:
    """The bone's own axes as columns (3, 3) in the figure's frame: z along it."""
    along = np.subtract(bone.end, bone.start)
    along = along / np.linalg.norm(along)
    if abs(along[0]) > 0.999:
        return np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    if abs(along[2]) > 0.999:
        return np.eye(3)
    side = np.cross(along, [1.0, 0.0, 0.0])
    side = side / np.linalg.norm(side)
    return np.column_stack([np.cross(side, along), side, along])


def _mass(bone: Bone, tall: float, whole: float) -> MassProperties:
    """Mass and inertia of a bone about its middle, in its own axes; of the trunk in the figure's frame."""
    own = mass_properties(RigidBody(shape=_capsule(bone, tall), mass=max(bone.share * whole, 1e-6)), 1000.0)
    if bone.parent:
        return own
    frame = _frame(bone)
    tensor = frame @ own.tensor @ frame.T
    return MassProperties(own.mass, tensor, np.diag(tensor).copy(), np.eye(3), own.displaced)


class _Builder:
    """Makes the multibody of one figure."""

    def __init__(
        self, world: Any, entry: Entry, bones: tuple[Bone, ...], tall: float, at: FloatArray, turn: FloatArray,
        ground: float, surface: tuple[float, float],
    ) -> None:  # fmt: skip
        self.world, self.entry, self.bones, self.tall = world, entry, bones, tall
        self.at, self.turn, self.ground, self.surface = at, turn, ground, surface
        self.middle = np.array([0.0, 0.0, tall / 2])  # the figure's origin above its ground point

    def _shape(self, bone: Bone, offset: FloatArray, frame: FloatArray) -> int:
        """A capsule for Bullet, in a frame whose axes are the bone's."""
        bullet = load()
        turn = np.eye(3) if bone.parent else frame  # the trunk's frame is the figure's
        return int(
            bullet.createCollisionShape(
                bullet.GEOM_CAPSULE, radius=bone.radius * self.tall, height=_capsule(bone, self.tall).height,
                collisionFramePosition=offset.tolist(), collisionFrameOrientation=to_xyzw(of_matrix(turn)),
                physicsClientId=self.world.client,
            )
        )  # fmt: skip

    def build(self, linear: FloatArray, angular: FloatArray) -> None:
        world, bullet, client, tall = self.world, self.world.bullet, self.world.client, self.tall
        whole = self.entry.mass.mass
        trunk = self.bones[0]
        centre = np.array(trunk.centre) * tall
        keys = ("masses", "shapes", "positions", "orientations", "inertial", "parents", "types", "axes")
        lists: dict[str, list[Any]] = {key: [] for key in keys}
        origin = {TRUNK: centre}  # of each link's frame, in the figure's frame at rest
        frames = {TRUNK: np.eye(3)}
        index = {TRUNK: 0}
        angles: list[float] = []
        holds: list[tuple[float, float, float]] = []
        moments: list[FloatArray] = []
        for bone in self.bones[1:]:
            mass, frame = _mass(bone, tall, whole), _frame(bone)
            start = np.array(bone.start) * tall
            above, up, under = origin[bone.parent], frames[bone.parent], index[bone.parent]
            for number, hinge in enumerate(bone.hinges):
                last = number == len(bone.hinges) - 1
                share = (1 - HUB * (len(bone.hinges) - 1)) if last else HUB
                offset = frame.T @ (np.array(bone.centre) * tall - start) if last else np.zeros(3)
                lists["masses"].append(mass.mass * share)
                lists["shapes"].append(self._shape(bone, offset, frame) if last else -1)
                lists["positions"].append((up.T @ (start - above)).tolist())
                lists["orientations"].append(to_xyzw(of_matrix(up.T @ frame)))
                lists["inertial"].append(offset.tolist())
                lists["parents"].append(under)
                lists["types"].append(bullet.JOINT_REVOLUTE)
                lists["axes"].append((frame.T @ np.array(hinge.axis)).tolist())
                angles.append(hinge.rest)
                holds.append((hinge.low, hinge.high, hinge.hold))
                moments.append(mass.moments * (share if last else 0.2))
                above, up, under = start, frame, len(lists["masses"])
            origin[bone.name], frames[bone.name], index[bone.name] = start, frame, under
        count = len(lists["masses"])
        spin = matrices(self.turn)
        place = self.at + spin @ (centre - self.middle)
        uid = bullet.createMultiBody(
            baseMass=trunk.share * whole, baseCollisionShapeIndex=self._shape(trunk, np.zeros(3), _frame(trunk)),
            basePosition=place.tolist(), baseOrientation=to_xyzw(self.turn), linkMasses=lists["masses"],
            linkCollisionShapeIndices=lists["shapes"], linkVisualShapeIndices=[-1] * count, linkPositions=lists["positions"],
            linkOrientations=lists["orientations"], linkInertialFramePositions=lists["inertial"],
            linkInertialFrameOrientations=[[0, 0, 0, 1]] * count, linkParentIndices=lists["parents"],
            linkJointTypes=lists["types"], linkJointAxis=lists["axes"], physicsClientId=client,
        )  # fmt: skip
        bullet.setPhysicsEngineParameter(contactERP=CONTACT_ERP, physicsClientId=client)
        friction, bounce = self.surface
        plain = {"linearDamping": 0.0, "angularDamping": 0.0, "lateralFriction": friction, "restitution": bounce}
        plain |= {"rollingFriction": 0.0, "spinningFriction": 0.0}
        about = _mass(trunk, tall, whole)
        bullet.changeDynamics(uid, -1, physicsClientId=client, **plain)
        bullet.changeDynamics(
            uid, -1, mass=about.mass, localInertiaDiagonal=np.diag(about.tensor).tolist(), physicsClientId=client
        )
        torque = whole * float(np.linalg.norm(world.gravity)) * tall
        for link in range(count):
            low, high, hold = holds[link]
            bullet.changeDynamics(uid, link, physicsClientId=client, **plain, jointDamping=0.0, maxJointVelocity=200.0)
            bullet.changeDynamics(
                uid,
                link,
                mass=lists["masses"][link],
                localInertiaDiagonal=moments[link].tolist(),
                physicsClientId=client,
            )
            bullet.changeDynamics(
                uid,
                link,
                jointLowerLimit=low,
                jointUpperLimit=high,
                jointLimitForce=1e4 * torque,
                physicsClientId=client,
            )
            bullet.resetJointState(uid, link, angles[link], 0.0, physicsClientId=client)
            bullet.setJointMotorControl2(
                uid, link, bullet.VELOCITY_CONTROL, targetVelocity=0.0, force=hold * torque, physicsClientId=client
            )
        self._stand(uid, count, place)
        bullet.resetBaseVelocity(
            uid,
            (linear + np.cross(angular, spin @ (centre - self.middle))).tolist(),
            angular.tolist(),
            physicsClientId=client,
        )
        self.entry.uid, self.entry.link = uid, -1
        world.doll_links[self.entry.column] = {name: number - 1 for name, number in index.items() if number}

    def _stand(self, uid: int, count: int, place: FloatArray) -> None:
        """Lift the figure where a bent knee or a toe would begin in the ground."""
        bullet, client = self.world.bullet, self.world.client
        low = min(
            bullet.getAABB(uid, link, physicsClientId=client)[0][2]
            for link in range(-1, count)
            if link < 0 or bullet.getCollisionShapeData(uid, link, physicsClientId=client)
        )
        rise = self.ground - low
        if rise > 0:
            bullet.resetBasePositionAndOrientation(
                uid,
                (place + [0.0, 0.0, min(rise, 0.1 * self.tall)]).tolist(),
                to_xyzw(self.turn),
                physicsClientId=client,
            )
