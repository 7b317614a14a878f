"""What a scene may ask that no step can integrate, refused before anything is built: each in a sentence with what to change."""

from __future__ import annotations

import math
from itertools import pairwise

from scenes.bodies import RigidBody
from scenes.errors import UserError
from scenes.motion import ForceDriver, PathDriver, VelocityDriver
from scenes.scene import FARTHEST, FASTEST, Scene

__all__ = ["refuse_impossible"]

MOST_GRAVITY = 1000.0  # [m/s2]; the sun's is 274
MOST_SPIN = 1e5  # [rad/s]
MOST_PUSH = 1e6  # [m/s2] that a stated force may give
LEAST_STEPS = 12  # of a period of a spring
LOOSE = 1.01  # times its length that what a rope holds may be apart at the start


def refuse_impossible(scene: Scene, *, dt: float, masses: dict[str, float]) -> None:
    """Raises UserError for gravity, spins, forces, paths and joints beyond what steps of `dt` [s] can follow. `masses` [kg] of rigid bodies."""
    if scene.environment.gravity > MOST_GRAVITY:
        raise UserError(
            f"environment.gravity is {scene.environment.gravity:g} m/s2, and at most {MOST_GRAVITY:g} can be simulated; the earth's is 9.81, the sun's 274."
        )
    for name, body in scene.rigid().items():
        spin = math.hypot(*body.angular_velocity)
        if spin > MOST_SPIN:
            raise UserError(
                f"bodies.{name}.angular_velocity is {spin:.3g} rad/s, and at most {MOST_SPIN:g} can be simulated: make it slower."
            )
    _drivers(scene, masses)
    _joints(scene, dt, masses)


def _drivers(scene: Scene, masses: dict[str, float]) -> None:
    for name, driver in scene.drivers.items():
        if isinstance(driver, ForceDriver) and driver.body in masses:
            push = math.hypot(*driver.force) / masses[driver.body]
            if push > MOST_PUSH:
                raise UserError(
                    f"drivers.{name}.force would give {driver.body} an acceleration of {push:.3g} m/s2, and at most {MOST_PUSH:g} can be "
                    "simulated: make the force smaller or the body heavier."
                )
        if isinstance(driver, VelocityDriver) and driver.linear is not None and math.hypot(*driver.linear) > FASTEST:
            raise UserError(
                f"drivers.{name}.linear is beyond {FASTEST:g} m/s, where the arithmetic of the solver ends: make it slower."
            )
        if isinstance(driver, PathDriver):
            for key in driver.keys:
                if max(abs(part) for part in key.position) > FARTHEST:
                    raise UserError(
                        f"drivers.{name} leads {driver.body} farther than {FARTHEST:g} m: bring its keys nearer."
                    )
            for a, b in pairwise(driver.keys):
                if math.dist(a.position, b.position) > FASTEST * max(b.time - a.time, 1e-12):
                    raise UserError(
                        f"drivers.{name} leads {driver.body} faster than {FASTEST:g} m/s between {a.time:g} and {b.time:g} s: give it more time."
                    )


def _joints(scene: Scene, dt: float, masses: dict[str, float]) -> None:
    led = {driver.body for driver in scene.drivers.values()}
    still = {
        name
        for name, body in scene.bodies.items()
        if name not in led and (not isinstance(body, RigidBody) or body.fixed)
    }
    for name, joint in scene.joints.items():
        start = joint.parent_anchor if joint.parent_anchor is not None else joint.anchor
        if max(abs(part) for part in (*joint.anchor, *start)) > FARTHEST:
            raise UserError(f"joints.{name} has an anchor farther than {FARTHEST:g} m: bring it nearer.")
        if joint.child in still and (joint.parent is None or joint.parent in still):
            other = "the world" if joint.parent is None else joint.parent
            raise UserError(
                f"joints.{name} holds {joint.child} to {other}, and neither can move: set one free, or remove the joint."
            )
        if joint.limits is not None and not joint.limits[0] <= 0.0 <= joint.limits[1]:
            low, high = joint.limits
            raise UserError(
                f"joints.{name} starts outside its limits {low:g} to {high:g}, which count from where it starts: let them contain 0."
            )
        apart = math.dist(joint.anchor, start)
        if joint.type == "rope" and joint.length is not None and apart > LOOSE * joint.length + 1e-3:
            raise UserError(
                f"joints.{name} is a rope of {joint.length:g} m, and what it holds is {apart:.3g} m apart at the start: make it longer, or move them together."
            )
        if joint.type == "spring" and joint.stiffness is not None:
            held = [
                masses[body]
                for body in (joint.child, joint.parent)
                if body is not None and body in masses and body not in still
            ]
            heft = 1.0 / sum(1.0 / mass for mass in held) if held else math.inf
            period = 2 * math.pi * math.sqrt(heft / joint.stiffness)
            if period < LEAST_STEPS * dt:
                raise UserError(
                    f"joints.{name} is so stiff that {joint.child} would swing to and fro in {period:.2g} s, and a step is {dt:.2g} s: "
                    "make it softer, the body heavier, or set solver.steps_per_second."
                )
