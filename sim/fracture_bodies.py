"""The fragments in a trace as bodies, for those that draw or measure them. Needs neither a solver nor Bullet."""

from __future__ import annotations

from scenes.bodies import RigidBody
from scenes.primitives import Sphere
from scenes.scene import Scene
from sim.fracture_split import Shard
from sim.trace import Trace

__all__ = ["fragment_bodies", "with_fragments"]


def fragment_bodies(trace: Trace) -> dict[str, RigidBody]:
    """The fragments in a trace and the grains of what was poured, by name: their shapes about their centres of mass, their parent and its look. Needs
    no solver.
    """
    bodies = {}
    for name, about in trace.meta.get("fragments", {}).items():
        shape = Shard(
            vertices=tuple(map(tuple, about["shape"]["vertices"])), faces=tuple(map(tuple, about["shape"]["faces"]))
        )
        bodies[name] = RigidBody(
            shape=shape, material=about["material"], color=about["color"], mass=about["mass"], parent=about["parent"]
        )
    for pour in trace.meta.get("grains", []):
        ball = Sphere(radius=pour["radius_m"])
        for k in range(pour["grains"]):
            bodies[f"{pour['body']}/grain_{k + 1}"] = RigidBody(
                shape=ball, material=pour["material"], color=pour["color"], parent=pour["body"], status="proxied"
            )
    return bodies


def with_fragments(scene: Scene, trace: Trace) -> Scene:
    """The scene with the fragments of a trace among its bodies, for those that draw or measure; the scene itself
    where nothing broke.
    """
    fragments = fragment_bodies(trace)
    return scene.model_copy(update={"bodies": {**scene.bodies, **fragments}}) if fragments else scene
