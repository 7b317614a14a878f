"""Bodies that overlap at the start: found, pushed apart by the least that does it (upward first), and said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenes.errors import UserError

if TYPE_CHECKING:
    from sim.world import Entry, World

__all__ = ["separate"]

TOLERANCE = 5e-4  # [m] what counts as an overlap
TOUCHING = 2e-4  # [m] what counts as standing on something
ROUNDS, LIFTS = 60, 40


def _allowed(world: World, a: Entry, b: Entry) -> bool:
    """Overlaps that are meant: a grip and its holder, what a joint holds together, two things that do not move by themselves."""
    if a.mode != "free" and b.mode != "free":
        return True
    pair = {a.name, b.name}
    grips = (
        {driver.body, getattr(driver, "holder", None)}
        for driver in world.scene.drivers.values()
        if driver.type == "grip"
    )
    joints = ({joint.child, joint.parent} for joint in world.scene.joints.values())
    return any(pair == held for held in grips) or any(pair == held for held in joints)


def separate(world: World) -> set[int]:
    """Push overlapping bodies apart. Returns the columns of the bodies that stand on something at the start.

    Raises UserError naming the two bodies when no small move frees them.
    """
    moved: dict[str, float] = {}
    for attempt in range(ROUNDS + LIFTS):
        worst = _worst(world)
        if worst is None:
            break
        depth, entry, direction, _ = worst
        at, q = world.pose(entry)
        step = direction * (-depth + 1e-4)
        if attempt >= ROUNDS:  # wedged between things: put it on top of them
            step = np.array([0.0, 0.0, _height_above(world, entry)])
        world.set_pose(entry, at + step, q)
        moved[entry.name] = moved.get(entry.name, 0.0) + float(np.linalg.norm(step))
    else:
        worst = _worst(world)
        if worst is not None:
            one, other = worst[3]
            raise UserError(
                f"The bodies {one!r} and {other!r} overlap at the start and cannot be pushed apart: move one, or make it smaller."
            )
    for name, distance in moved.items():
        world.notes.append(f"{name} overlapped something at the start and was moved by {distance * 1000:.1f} mm")
    return _standing(world)


def _worst(world: World) -> tuple[float, Entry, np.ndarray, tuple[str, str]] | None:
    """The deepest overlap that is not meant: its depth (negative) [m], the body that goes, where to, and the two names."""
    bullet = world.bullet
    bullet.performCollisionDetection(physicsClientId=world.client)
    worst: tuple[float, Entry, np.ndarray, tuple[str, str]] | None = None
    for point in bullet.getContactPoints(physicsClientId=world.client):
        ia, ib = world.by_handle.get((point[1], point[3])), world.by_handle.get((point[2], point[4]))
        if ia is None or ib is None:
            continue
        a, b = world.entries[ia], world.entries[ib]
        normal, distance = np.array(point[7]), point[8]
        if distance >= -TOLERANCE or _allowed(world, a, b):
            continue
        mover, direction = _who_moves(a, b, normal, world)
        if mover is not None and (worst is None or distance < worst[0]):
            worst = (distance, mover, direction, (a.name, b.name))
    return worst


def _height_above(world: World, entry: Entry) -> float:
    """How far up a body must go to be above everything that its box overlaps [m]."""
    bullet, client = world.bullet, world.client
    low, high = bullet.getAABB(entry.uid, entry.link, physicsClientId=client)
    tops = [low[2]]
    for uid, link in bullet.getOverlappingObjects(low, high, physicsClientId=client) or ():
        if (uid, link) != (entry.uid, entry.link):
            tops.append(bullet.getAABB(uid, link, physicsClientId=client)[1][2])
    return float(max(tops) - low[2] + 1e-3)


def _standing(world: World) -> set[int]:
    """Columns of the bodies with something close under them."""
    bullet, client = world.bullet, world.client
    found = set()
    for entry in world.entries:
        if entry.mode != "free" or not entry.touch:
            continue
        low, high = bullet.getAABB(entry.uid, entry.link, physicsClientId=client)
        reach = [v - 2 * TOUCHING for v in low], [v + 2 * TOUCHING for v in high]
        for uid, link in bullet.getOverlappingObjects(*reach, physicsClientId=client) or ():
            if (uid, link) == (entry.uid, entry.link):
                continue
            near = bullet.getClosestPoints(entry.uid, uid, TOUCHING, entry.link, link, physicsClientId=client)
            if any(point[7][2] > 0.1 for point in near):
                found.add(entry.column)
                break
    return found


def _who_moves(a: Entry, b: Entry, normal: np.ndarray, world: World) -> tuple[Entry | None, np.ndarray]:
    """The free body that goes, and where to: the one on top, along the contact normal (which points from b to a)."""
    movable = [entry for entry in (a, b) if entry.mode == "free" and not entry.reduced]
    if not movable:
        return None, normal
    if len(movable) == 1:
        return (a, normal) if movable[0] is a else (b, -normal)
    above = a if world.pose(a)[0][2] >= world.pose(b)[0][2] else b
    return above, normal if above is a else -normal
