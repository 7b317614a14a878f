"""Joints in reduced coordinates: each tree of jointed bodies is one Bullet multibody without damping, which keeps a pendulum's period.

A tree that hangs on the world (or on a fixed body) has a fixed base; any other has its first parent as a free base. Joints that close a loop
become point-to-point constraints. Springs and ropes are forces: see `tethers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import RigidBody
from scenes.errors import UserError
from scenes.motion import Joint
from sim.colliders import colliders, collision_shape
from sim.rotations import conjugate, matrices, multiply, rotate, to_xyzw

if TYPE_CHECKING:
    from sim.world import Entry, World

__all__ = ["Link", "add_jointed", "keep_link", "set_link_velocity"]

FloatArray = NDArray[np.float64]
CONTACT_ERP = 1e-3


@dataclass
class Link:
    """A body in a joint: the joint's kind, its axis (world frame at the start), its anchor [m]."""

    joint: Joint
    axis: FloatArray
    anchor: FloatArray


@dataclass
class _Frame:
    """A link's frame in the world at the start: origin at the joint's anchor (of a base: its centre), axes as the body's principal ones."""

    origin: FloatArray
    turn: FloatArray  # wxyz
    index: int


def add_jointed(world: World, entries: list[Entry]) -> None:
    """Make the multibodies of all trees. Raises UserError for bodies that are too many for one tree, or when Bullet refuses one."""
    if not entries:
        return
    joints = {name: j for name, j in world.scene.joints.items() if j.type not in {"spring", "rope"}}
    by_name = {entry.name: entry for entry in world.entries}
    world.bullet.setPhysicsEngineParameter(contactERP=CONTACT_ERP, physicsClientId=world.client)
    left = dict(joints)
    placed: set[str] = set()
    while left:
        root = next((j for j in left.values() if _grounded(j, by_name)), next(iter(left.values())))
        tree, closing = _grow(root, left, by_name, placed)
        _build(world, root, tree, by_name, placed)
        for joint in closing:
            _close_loop(world, joint, by_name)
    for entry in entries:
        if entry.uid < 0:
            raise UserError(
                f"The joints of {entry.name!r} do not make a tree that can be built: check their parents and children."
            )


def _grounded(joint: Joint, by_name: dict[str, Entry]) -> bool:
    return joint.parent is None or by_name[joint.parent].mode == "fixed" or by_name[joint.child].mode == "fixed"


def _grow(
    root: Joint, left: dict[str, Joint], by_name: dict[str, Entry], placed: set[str]
) -> tuple[list[tuple[Joint, str | None, str]], list[Joint]]:
    """Joints in the order of building as (joint, parent body or None, child body), and those that close loops; takes them out of `left`."""
    tree: list[tuple[Joint, str | None, str]] = []
    closing: list[Joint] = []
    inside: set[str] = set()

    def ends(joint: Joint) -> tuple[str | None, str | None]:
        parent = joint.parent if joint.parent is not None and by_name[joint.parent].mode != "fixed" else None
        child = joint.child if by_name[joint.child].mode != "fixed" else None
        return parent, child

    parent, child = ends(root)
    if _grounded(root, by_name):
        start = child if child is not None else parent
        if start is not None:
            tree.append((root, None, start))
            inside.add(start)
    else:
        assert parent is not None and child is not None
        inside |= {parent}
        tree.append((root, parent, child))
        inside.add(child)
    left.pop(next(name for name, j in left.items() if j is root))
    grew = True
    while grew:
        grew = False
        for name, joint in list(left.items()):
            parent, child = ends(joint)
            touching = {parent, child} & inside
            if not touching:
                continue
            grew = True
            left.pop(name)
            outside = [body for body in (parent, child) if body is not None and body not in inside]
            if not outside:
                closing.append(joint)
                continue
            tree.append((joint, next(iter(touching)), outside[0]))
            inside.add(outside[0])
    return tree, closing


def _placed_frame(world: World, entry: Entry) -> tuple[FloatArray, FloatArray]:
    body = world.scene.bodies[entry.name]
    q = np.asarray(body.orientation, dtype=float)
    return np.asarray(body.position, dtype=float), multiply(q / np.linalg.norm(q), entry.axes)


def _build(
    world: World, root: Joint, tree: list[tuple[Joint, str | None, str]], by_name: dict[str, Entry], placed: set[str]
) -> None:
    bullet = world.bullet
    kinds = {
        "hinge": bullet.JOINT_REVOLUTE,
        "ball": bullet.JOINT_SPHERICAL,
        "slider": bullet.JOINT_PRISMATIC,
        "fixed": bullet.JOINT_FIXED,
    }
    frames: dict[str | None, _Frame] = {}
    base_parent = tree[0][1]
    if base_parent is None:
        frames[None] = _Frame(np.asarray(root.anchor, dtype=float), np.array([1.0, 0.0, 0.0, 0.0]), 0)
        base_mass, base_shape = 0.0, -1
    else:
        entry = by_name[base_parent]
        at, turn = _placed_frame(world, entry)
        frames[base_parent] = _Frame(at, turn, 0)
        base_mass = entry.mass.mass
        base_shape, _ = collision_shape(
            colliders(entry.shape) if entry.touch else [], world.client, axes=entry.mass.axes
        )
    lists: dict[str, list[Any]] = {
        key: [] for key in ("masses", "shapes", "positions", "orientations", "inertial", "parents", "types", "axes")
    }
    hulls: list[tuple[Entry, bool]] = []
    for number, (joint, parent, child) in enumerate(tree):
        entry = by_name[child]
        at, turn = _placed_frame(world, entry)
        anchor = np.asarray(joint.anchor, dtype=float)
        above = frames[parent]
        offset = matrices(turn).T @ (at - anchor)
        shape, lone = collision_shape(
            colliders(entry.shape) if entry.touch else [], world.client, axes=entry.mass.axes, offset=offset
        )
        axis = matrices(turn).T @ (np.asarray(joint.axis, dtype=float) / max(float(np.linalg.norm(joint.axis)), 1e-12))
        lists["masses"].append(entry.mass.mass)
        lists["shapes"].append(shape)
        lists["positions"].append((matrices(above.turn).T @ (anchor - above.origin)).tolist())
        lists["orientations"].append(to_xyzw(multiply(conjugate(above.turn), turn)))
        lists["inertial"].append(offset.tolist())
        lists["parents"].append(above.index)
        lists["types"].append(kinds[joint.type])
        lists["axes"].append(axis.tolist())
        frames[child] = _Frame(anchor, turn, number + 1)
        hulls.append((entry, lone))
        world.links[entry.column] = Link(
            joint, np.asarray(joint.axis, dtype=float) / max(float(np.linalg.norm(joint.axis)), 1e-12), anchor
        )
    count = len(tree)
    base = frames[base_parent]
    uid = bullet.createMultiBody(
        baseMass=base_mass,
        baseCollisionShapeIndex=base_shape,
        basePosition=base.origin.tolist(),
        baseOrientation=to_xyzw(base.turn),
        linkMasses=lists["masses"],
        linkCollisionShapeIndices=lists["shapes"],
        linkVisualShapeIndices=[-1] * count,
        linkPositions=lists["positions"],
        linkOrientations=lists["orientations"],
        linkInertialFramePositions=lists["inertial"],
        linkInertialFrameOrientations=[[0, 0, 0, 1]] * count,
        linkParentIndices=lists["parents"],
        linkJointTypes=lists["types"],
        linkJointAxis=lists["axes"],
        physicsClientId=world.client,
    )
    if uid < 0:
        raise UserError(f"Bullet cannot build the joint tree of {tree[0][2]!r}: split it into smaller trees.")
    if base_parent is not None:
        _finish(world, by_name[base_parent], uid, -1, False)
        placed.add(base_parent)
        body = world.scene.bodies[base_parent]
        assert isinstance(body, RigidBody)
        bullet.resetBaseVelocity(uid, body.linear_velocity, body.angular_velocity, physicsClientId=world.client)
    for number, (joint, _, child) in enumerate(tree):
        entry = by_name[child]
        _finish(world, entry, uid, number, hulls[number][1])
        placed.add(child)
        _free_motor(world, joint, uid, number)
    for _, _, child in tree:
        entry = by_name[child]
        body = world.scene.bodies[child]
        assert isinstance(body, RigidBody)
        linear, angular = np.array(body.linear_velocity), np.array(body.angular_velocity)
        if linear.any() or angular.any():
            set_link_velocity(world, entry, linear, angular)


def _finish(world: World, entry: Entry, uid: int, link: int, lone_hull: bool) -> None:
    entry.uid, entry.link, entry.reduced = uid, link, True
    world.set_dynamics(entry, lone_hull=lone_hull)
    change, client = world.bullet.changeDynamics, world.client
    change(uid, link, jointDamping=0.0, maxJointVelocity=1e6, physicsClientId=client)
    moments = entry.mass.moments.tolist()
    change(uid, link, mass=entry.mass.mass, localInertiaDiagonal=moments, physicsClientId=client)
    # Bullet ignores an inertia that comes in one call with joint settings
    taken = world.bullet.getDynamicsInfo(uid, link, physicsClientId=client)[2]
    if not np.allclose(taken, moments, rtol=1e-6):
        world.notes.append(f"Bullet kept its own inertia {taken} for {entry.name} instead of {moments}")


def _free_motor(world: World, joint: Joint, uid: int, link: int) -> None:
    """Joints of Bullet come with a motor that holds them: switch it off, and set limits."""
    bullet = world.bullet
    if joint.type in {"hinge", "slider"}:
        bullet.setJointMotorControl2(uid, link, bullet.VELOCITY_CONTROL, force=0.0, physicsClientId=world.client)
        if joint.limits is not None:
            low, high = joint.limits
            bullet.changeDynamics(
                uid, link, jointLowerLimit=low, jointUpperLimit=high, jointLimitForce=1e6, physicsClientId=world.client
            )
    elif joint.type == "ball":
        bullet.setJointMotorControlMultiDof(
            uid,
            link,
            bullet.POSITION_CONTROL,
            targetPosition=[0, 0, 0, 1],
            positionGain=0,
            velocityGain=0,
            force=[0, 0, 0],
            physicsClientId=world.client,
        )


def _close_loop(world: World, joint: Joint, by_name: dict[str, Entry]) -> None:
    child = by_name[joint.child]
    other = None if joint.parent is None or by_name[joint.parent].mode == "fixed" else by_name[joint.parent]
    if child.mode == "fixed" and other is not None:
        child, other = other, None
    anchor = np.asarray(joint.anchor, dtype=float)

    def local(entry: Entry) -> list[float]:
        at, turn = _placed_frame(world, entry)
        return (matrices(turn).T @ (anchor - at)).tolist()

    world.bullet.createConstraint(
        child.uid,
        child.link,
        -1 if other is None else other.uid,
        -1 if other is None else other.link,
        world.bullet.JOINT_POINT2POINT,
        [0, 0, 0],
        local(child),
        anchor.tolist() if other is None else local(other),
        physicsClientId=world.client,
    )
    if joint.type != "ball":
        world.notes.append(
            f"a {joint.type} joint of {joint.child} closes a loop and is held as a point that may turn freely"
        )


def _own(world: World, entry: Entry) -> tuple[Link, FloatArray, FloatArray]:
    """The link, its axis now (world frame) and the vector from its anchor to its centre now."""
    link = world.links[entry.column]
    _, turn = world.pose(entry)
    body = world.scene.bodies[entry.name]
    start = np.asarray(body.orientation, dtype=float)
    change = multiply(turn, conjugate(start / np.linalg.norm(start)))
    reach = rotate(change, np.asarray(body.position, dtype=float) - link.anchor)
    return link, rotate(change, link.axis), reach


def set_link_velocity(world: World, entry: Entry, linear: Any, angular: Any) -> None:
    """Give a jointed body the part of a velocity that its joint allows."""
    bullet = world.bullet
    linear, angular = np.asarray(linear, dtype=float), np.asarray(angular, dtype=float)
    if entry.link < 0:
        bullet.resetBaseVelocity(entry.uid, linear.tolist(), angular.tolist(), physicsClientId=world.client)
        return
    link, axis, reach = _own(world, entry)
    if link.joint.type == "hinge":
        arm = np.cross(axis, reach)
        rate = float(angular @ axis) if angular.any() or not arm.any() else float(linear @ arm) / float(arm @ arm)
        place = bullet.getJointState(entry.uid, entry.link, physicsClientId=world.client)[0]
        bullet.resetJointState(entry.uid, entry.link, place, rate, physicsClientId=world.client)
    elif link.joint.type == "slider":
        place = bullet.getJointState(entry.uid, entry.link, physicsClientId=world.client)[0]
        bullet.resetJointState(entry.uid, entry.link, place, float(linear @ axis), physicsClientId=world.client)
    elif link.joint.type == "ball":
        if not angular.any() and reach.any():
            angular = np.cross(reach, linear) / float(reach @ reach)
        _, turn = world.pose(entry)
        local = matrices(multiply(turn, entry.axes)).T @ angular
        state = bullet.getJointStateMultiDof(entry.uid, entry.link, physicsClientId=world.client)
        bullet.resetJointStateMultiDof(
            entry.uid, entry.link, list(state[0]), local.tolist(), physicsClientId=world.client
        )


def keep_link(world: World, entry: Entry) -> None:
    """Hold a jointed body where it started (a grip): its joint back to the start, without velocity."""
    bullet = world.bullet
    if entry.link < 0:
        at, turn = _placed_frame(world, entry)
        bullet.resetBasePositionAndOrientation(entry.uid, at.tolist(), to_xyzw(turn), physicsClientId=world.client)
        bullet.resetBaseVelocity(entry.uid, [0, 0, 0], [0, 0, 0], physicsClientId=world.client)
    elif world.links[entry.column].joint.type == "ball":
        bullet.resetJointStateMultiDof(entry.uid, entry.link, [0, 0, 0, 1], [0, 0, 0], physicsClientId=world.client)
    elif world.links[entry.column].joint.type != "fixed":
        bullet.resetJointState(entry.uid, entry.link, 0.0, 0.0, physicsClientId=world.client)
