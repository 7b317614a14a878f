"""Laws with a closed form, each integrated and compared: the functions behind `sim.checks`.

The laws that Newton's `test_physics_verification.py` and `test_rigid_friction_ramp.py` check (free fall, projectile, sliding, rolling,
ramps, bounces, collisions, pendulum, energy), re-expressed, and more.
"""

from __future__ import annotations

import hashlib
import math
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.check_scenes import GRAVITY, body, cradle, dominoes, drop, ground, pair, plane, scene
from sim.queries import bounces, first_drop, rest_time
from sim.simulate import simulate
from sim.trace import Trace

__all__ = ["Result", "digest"]


@dataclass(frozen=True)
class Result:
    """One row: what theory says, what was measured, the error and the tolerance (in `unit`, or relative where `unit` is "")."""

    name: str
    law: str
    theory: float
    measured: float
    error: float
    tolerance: float
    unit: str = ""

    @property
    def passed(self) -> bool:
        return bool(np.isfinite(self.error) and self.error <= self.tolerance)


def relative(name: str, law: str, theory: float, measured: float, tolerance: float) -> Result:
    return Result(name, law, theory, measured, abs(measured / theory - 1), tolerance)


def absolute(name: str, law: str, theory: float, measured: float, tolerance: float, unit: str) -> Result:
    return Result(name, law, theory, measured, abs(measured - theory), tolerance, unit)


def free_fall() -> list[Result]:
    trace = simulate(scene({"ball": body({"type": "sphere", "radius": 0.1}, (0, 0, 100))}), seconds=3)
    return [
        absolute(
            "free fall, height after 3 s",
            "z0 - g t^2/2",
            100 - GRAVITY * 4.5,
            float(trace.position[-1, 0, 2]),
            1e-9,
            "m",
        ),
        absolute(
            "free fall, speed after 3 s", "g t", GRAVITY * 3, -float(trace.linear_velocity[-1, 0, 2]), 1e-9, "m/s"
        ),
    ]


def projectile() -> list[Result]:
    speed = 10 / math.sqrt(2)
    ball = body({"type": "sphere", "radius": 0.1}, (0, 0, 0), linear_velocity=[speed, 0, speed])
    time = 2 * speed / GRAVITY
    trace = simulate(scene({"ball": ball}), fps=1000, seconds=1.5)
    x = float(np.interp(time, trace.time, trace.position[:, 0, 0]))
    z = float(np.interp(time, trace.time, trace.position[:, 0, 2]))
    return [
        relative("projectile, range at 45 deg, 10 m/s", "v^2/g", 100 / GRAVITY, x, 1e-4),
        absolute("projectile, height there", "0", 0.0, z, 1e-4, "m"),
    ]


def bounce_ratios(count: int = 15) -> list[Result]:
    results, errors = [], []
    chance = random.Random(1)
    for e in (0.3, 0.5, 0.75, 0.9):
        ratios = []
        for _ in range(count):
            trace = simulate(drop(chance.uniform(0.5, 4.0), e, rate=3840), seconds=3.0)
            ratios.append(bounces(trace, "ball")[0].rise / first_drop(trace, "ball"))
            errors.append(abs(ratios[-1] / e**2 - 1))
        results.append(
            relative(
                f"bounce, e = {e}: mean apex ratio of {count} random drops", "e^2", e**2, float(np.mean(ratios)), 0.01
            )
        )
    worst = float(np.quantile(errors, 0.95))
    results.append(
        Result(f"bounce: 95th percentile of the error of all {4 * count} apex ratios", "0", 0.0, worst, worst, 0.01)
    )
    return results


def bounce_chain() -> list[Result]:
    trace = simulate(drop(2.0, 0.8, rate=3840), seconds=8)
    rises = [bounce.rise for bounce in bounces(trace, "ball")]
    theory = [2.0 * 0.64**k for k in range(1, 20) if 2.0 * 0.64**k >= 0.04]
    errors = [abs(a / b - 1) for a, b in zip(rises, theory, strict=False)]
    return [
        absolute(
            "bounce chain, e = 0.8 from 2 m: counted bounces",
            "rises 0.64^k of 2 m above 4 cm",
            len(theory),
            len(rises),
            0,
            "",
        ),
        Result("bounce chain, worst rise of all", "0.64^k", 1.0, 1 + max(errors), max(errors), 0.03),
    ]


def sliding() -> list[Result]:
    box = body({"type": "box", "size": [0.2, 0.2, 0.1]}, (0, 0, 0.05), material="rubber", linear_velocity=[3, 0, 0])
    trace = simulate(scene({"ground": ground(), "box": box}, pairs=pair(0.0, 0.3)), seconds=2)
    distance = float(trace["box"].position[-1, 0])
    return [relative("sliding box, 3 m/s, mu 0.3: distance", "v^2 / 2 mu g", 9 / (0.6 * GRAVITY), distance, 0.005)]


def rolling() -> list[Result]:
    angle = math.radians(20)
    trace = simulate(plane(angle, 0.8, {"type": "sphere", "radius": 0.1}), fps=60, seconds=2)
    along = trace["body"].position @ np.array([math.cos(angle), 0, -math.sin(angle)])
    acceleration = 2 * float(along[-1] - along[0]) / 4.0
    ball = body(
        {"type": "sphere", "radius": 0.1},
        (0, 0, 0.1),
        material="rubber",
        linear_velocity=[1, 0, 0],
        angular_velocity=[0, 10, 0],
    )
    stop = simulate(scene({"ground": ground(), "ball": ball}, pairs=pair(0.0, 0.8, 0.02)), seconds=8)
    return [
        relative(
            "sphere rolling down 20 deg: acceleration",
            "5/7 g sin a",
            5 / 7 * GRAVITY * math.sin(angle),
            acceleration,
            0.001,
        ),
        relative(
            "rolling resistance 0.02, 1 m/s: distance",
            "1.4 v^2 / 2 c g",
            1.4 / (2 * 0.02 * GRAVITY),
            float(stop["ball"].position[-1, 0]),
            0.005,
        ),
    ]


def ramps() -> list[Result]:
    block = {"type": "box", "size": [0.2, 0.2, 0.1]}
    limit = math.atan(0.5)
    below = simulate(plane(limit - math.radians(0.5), 0.5, block), seconds=2)
    above = simulate(plane(limit + math.radians(1.5), 0.5, block), fps=60, seconds=2)
    angle = limit + math.radians(1.5)
    theory = GRAVITY * (math.sin(angle) - 0.5 * math.cos(angle))
    steep = math.radians(35)
    fast = simulate(plane(steep, 0.3, block), fps=60, seconds=1)
    return [
        absolute("block half a degree below the angle of friction: creep in 2 s", "0", 0.0, _gone(below), 1e-3, "m"),
        relative(
            "block 1.5 deg above it: distance in 2 s", "g (sin a - mu cos a) t^2/2", theory * 2, _gone(above), 0.02
        ),
        relative(
            "block on 35 deg, mu 0.3: distance in 1 s",
            "g (sin a - mu cos a) t^2/2",
            GRAVITY * (math.sin(steep) - 0.3 * math.cos(steep)) / 2,
            _gone(fast),
            0.005,
        ),
    ]


def _gone(trace: Trace) -> float:
    return float(np.linalg.norm(trace["body"].position[-1] - trace["body"].position[0]))


def collisions() -> list[Result]:
    results = []
    for e in (1.0, 0.5):
        for ratio in (1, 10, 100, 1000):
            sphere = {"type": "sphere", "radius": 0.1}
            bodies = {
                "a": body(sphere, (-0.5, 0, 0), material="steel", mass=float(ratio), linear_velocity=[1, 0, 0]),
                "b": body(sphere, (0.0, 0, 0), material="steel", mass=1.0),
            }
            trace = simulate(scene(bodies, gravity=0.0, pairs=pair(e, 0.0, of="steel+steel")), seconds=1)
            theory = ratio * (1 + e) / (ratio + 1)
            results.append(
                relative(
                    f"head-on collision, e = {e:g}, {ratio}:1: speed of the struck ball",
                    "m1 (1 + e) v/(m1 + m2)",
                    theory,
                    float(trace.linear_velocity[-1, 1, 0]),
                    1e-6,
                )
            )
    return results


def pendulum() -> list[Result]:
    from scipy.special import ellipk

    lift, length, radius = math.radians(30), 1.0, 0.05
    at = (math.sin(lift), 0.0, 2 - math.cos(lift))
    ball = body({"type": "sphere", "radius": radius}, at, mass=1.0)
    trace = simulate(
        scene({"ball": ball}, joints={"rod": {"type": "hinge", "child": "ball", "anchor": [0, 0, 2]}}),
        fps=240,
        seconds=20,
    )
    stretch = 2 / math.pi * ellipk(math.sin(lift / 2) ** 2)
    theory = 2 * math.pi * math.sqrt((length**2 + 0.4 * radius**2) / (GRAVITY * length)) * stretch
    period, amplitude = _period(trace)
    bar = body({"type": "box", "size": [0.04, 0.02, 0.8]}, (0, 0, 1.6), mass=1.0)
    push = {"rod": {"type": "hinge", "child": "bar", "anchor": [0, 0, 2]}}
    turned = {**bar, "angular_velocity": [0, 0.3, 0]}
    swung = simulate(scene({"bar": turned}, joints=push), fps=240, seconds=8)
    v = swung.linear_velocity[:, 0, 0]
    k = np.flatnonzero((v[:-1] > 0) & (v[1:] <= 0))
    turns = swung.time[k] + (swung.time[k + 1] - swung.time[k]) * v[k] / (v[k] - v[k + 1])
    inertia = (0.8**2 + 0.04**2) / 12 + 0.4**2
    small = 2 * math.pi * math.sqrt(inertia / (GRAVITY * 0.4))
    reach = math.asin(math.sqrt(inertia * 0.09 / (4 * GRAVITY * 0.4))) * 2  # from the energy of the push
    rope = {"type": "rope", "child": "ball", "anchor": list(at), "parent_anchor": [0, 0, 2]}
    hung = simulate(scene({"ball": ball}, joints={"rope": rope}), fps=240, seconds=6)
    return [
        relative("pendulum on a hinge, 30 deg: period", "2 pi sqrt(I/m g l) 2K/pi", theory, period, 1e-4),
        relative(
            "bar of 0.8 m on a hinge at its end: period",
            "2 pi sqrt(I/m g l) 2K/pi",
            small * 2 / math.pi * ellipk(math.sin(reach / 2) ** 2),
            float(np.diff(turns).mean()),
            2e-4,
        ),
        absolute("pendulum, amplitude after 20 s", "30 deg", 30.0, amplitude, 0.05, "deg"),
        relative(
            "ball on a rope, 30 deg: period",
            "2 pi sqrt(l/g) 2K/pi",
            2 * math.pi * math.sqrt(length / GRAVITY) * stretch,
            _period(hung)[0],
            1e-3,
        ),
    ]


def _period(trace: Trace) -> tuple[float, float]:
    """Mean time between the turning points on one side [s], and the angle at the last of them [deg], for a pendulum of 1 m."""
    v, x = trace.linear_velocity[:, 0, 0], trace.position[:, 0, 0]
    k = np.flatnonzero((v[:-1] > 0) & (v[1:] <= 0))
    times = trace.time[k] + (trace.time[k + 1] - trace.time[k]) * v[k] / (v[k] - v[k + 1])
    return float(np.diff(times).mean()), math.degrees(math.asin(float(np.clip(x[k[-1] : k[-1] + 2].max(), -1, 1))))


def newtons_cradle() -> list[Result]:
    trace = simulate(cradle(), fps=240, seconds=1.0)
    speeds = np.abs(trace.linear_velocity[:, :, 0])
    after = trace.time > 0.75
    return [
        relative("Newton's cradle, 1 mm gaps: speed of the last ball", "2 m/s", 2.0, float(speeds[:, 4].max()), 0.005),
        absolute(
            "Newton's cradle: the middle balls after it", "0", 0.0, float(speeds[after][:, 1:4].max()), 0.05, "m/s"
        ),
    ]


def spring() -> list[Result]:
    ball = body({"type": "sphere", "radius": 0.05}, (1.2, 0, 0), mass=1.0)
    joint = {
        "type": "spring",
        "child": "ball",
        "anchor": [1.2, 0, 0],
        "parent_anchor": [0, 0, 0],
        "length": 1.0,
        "stiffness": 100.0,
    }
    trace = simulate(scene({"ball": ball}, gravity=0.0, joints={"spring": joint}), fps=240, seconds=10)
    x = trace.position[:, 0, 0] - 1
    k = np.flatnonzero((x[:-1] > 0) & (x[1:] <= 0))
    times = trace.time[k] + x[k] / (x[k] - x[k + 1]) / 240
    return [
        relative(
            "spring, 100 N/m, 1 kg: period", "2 pi sqrt(m/k)", 2 * math.pi / 10, float(np.diff(times).mean()), 1e-4
        ),
        relative("spring: amplitude after 16 periods", "0.2 m", 0.2, float(np.abs(x[-160:]).max()), 1e-3),
    ]


def stacks() -> list[Result]:
    cube = {"type": "box", "size": [0.2, 0.2, 0.2]}
    bodies = {"ground": ground()} | {f"box_{i}": body(cube, (0, 0, 0.1 + 0.2 * i), material="wood") for i in range(10)}
    trace = simulate(scene(bodies), seconds=10)
    drift = float(np.linalg.norm(trace.position[-1] - trace.position[0], axis=1).max())
    row = simulate(dominoes(), seconds=4)
    fallen = sum(1 for name in row.names if name != "ground" and row[name].position[-1, 2] < 0.07)
    return [
        absolute("stack of 10 boxes: drift in 10 s", "0", 0.0, drift, 2e-3, "m"),
        absolute("20 dominoes: how many fall", "20", 20, fallen, 0, ""),
    ]


def water() -> list[Result]:
    results = []
    for name, shape, mass in (
        ("sphere", {"type": "sphere", "radius": 0.1}, 2.0),
        ("box", {"type": "box", "size": [0.3, 0.3, 0.1]}, 3.0),
    ):
        trace = simulate(
            scene({"body": body(shape, (0, 0, 0.05), mass=mass)}, drag=True, environment={"water_level": 0.0}),
            seconds=12,
        )
        z = float(trace.position[-1, 0, 2])
        volume = mass / 998.2
        if name == "box":
            theory = 0.05 - volume / 0.09
        else:
            depths = [d for d in np.linspace(0, 0.2, 200001) if math.pi * d * d * (0.3 - d) / 3 >= volume]
            theory = 0.1 - float(depths[0])
        results.append(absolute(f"floating {name}: height of its middle", "Archimedes", theory, z, 2e-4, "m"))
    return results


def terminal() -> list[Result]:
    from sim.medium import terminal_speed

    ball = body({"type": "sphere", "radius": 0.02}, (0, 0, 200), mass=0.0027)
    trace = simulate(scene({"ball": ball}, drag=True), seconds=8)
    marble = body({"type": "sphere", "radius": 0.01}, (0, 0, 0), density=2500.0)
    sink = simulate(scene({"marble": marble}, drag=True, environment={"medium": "water"}), seconds=4)
    mass = 2500 * 4 / 3 * math.pi * 1e-6
    deep = terminal_speed(mass, 0.01, density=998.2, viscosity=1.002e-3)
    return [
        relative(
            "table-tennis ball in air: terminal speed",
            "weight = drag (Clift and Gauvin)",
            terminal_speed(0.0027, 0.02),
            -float(trace.linear_velocity[-1, 0, 2]),
            0.002,
        ),
        relative(
            "glass marble in water: terminal speed",
            "weight - buoyancy = drag",
            deep,
            -float(sink.linear_velocity[-1, 0, 2]),
            0.005,
        ),
    ]


def tunnelling(count: int = 100) -> list[Result]:
    through, chance = 0, random.Random(2)
    wall = body({"type": "box", "size": [0.01, 4, 4]}, (0, 0, 0), material="concrete", fixed=True)
    for _ in range(0, count, 10):
        bodies = {"wall": wall}
        for i in range(10):
            at = (-1.0 - chance.uniform(0, 0.5), -1.8 + 0.4 * i, chance.uniform(-1, 1))
            bodies[f"ball_{i}"] = body(
                {"type": "sphere", "radius": 0.02}, at, material="rubber", linear_velocity=[100, 0, 0]
            )
        trace = simulate(scene(bodies, gravity=0.0), seconds=0.125)
        through += int((trace.position[-1, 1:, 0] > 0).sum())
    return [absolute(f"balls at 100 m/s through a 1 cm wall, of {count}", "0", 0, through, 0, "")]


def energy() -> list[Result]:
    trace = simulate(drop(1.0, 1.0, rate=1920), seconds=60)
    total = trace.extra["energy"].data.sum(axis=1) - trace["ball"].mass * GRAVITY * 0.1
    return [relative("ball with e = 1 bouncing for 60 s: energy left", "1", 1.0, float(total[-1] / total[0]), 0.005)]


def shells() -> list[Result]:
    """A hollow ball rolls more slowly than a solid one: I = 2/3 m r^2 for a thin shell."""
    angle = math.radians(15)
    base = plane(angle, 0.9, {"type": "sphere", "radius": 0.1})
    trace = simulate(base.with_({"bodies.body.wall": 0.001}), fps=60, seconds=2)
    gone = _gone(trace)
    return [
        relative(
            "thin spherical shell rolling down 15 deg: distance in 2 s",
            "3/5 g sin a t^2/2",
            0.6 * GRAVITY * math.sin(angle) * 2,
            gone,
            0.01,
        )
    ]


def determinism() -> list[Result]:
    """The same scene in this process and in another one: equal bytes of trace.npz."""
    code = "from sim.check_laws import digest; print(digest())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()[-1]
    return [absolute("pile of boxes in two processes: differing files", "0", 0, int(other != digest()), 0, "")]


def digest() -> str:
    import tempfile

    chance = random.Random(3)
    bodies = {"ground": ground()}
    for i in range(6):
        turn = [1.0, chance.uniform(-1, 1), chance.uniform(-1, 1), chance.uniform(-1, 1)]
        bodies[f"box_{i}"] = body(
            {"type": "box", "size": [0.2, 0.2, 0.2]},
            (0.02 * i, 0.01 * i, 0.3 + 0.4 * i),
            orientation=turn,
            material="wood",
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace.npz"
        simulate(scene(bodies, drag=True), seconds=2).save(file)
        return hashlib.sha256(file.read_bytes()).hexdigest()


def resting() -> list[Result]:
    """A ball that rolls stops, and is seen to."""
    ball = body({"type": "sphere", "radius": 0.11}, (0, 0, 0.11), material="rubber", linear_velocity=[2, 0, 0])
    trace = simulate(scene({"ground": ground("grass"), "ball": ball}, drag=True), seconds=8)
    time = rest_time(trace, "ball")
    return [
        Result(
            "ball pushed over grass: comes to rest [s]",
            "below 0.02 m/s, 0.05 rad/s",
            0.0,
            time if time is not None else math.inf,
            0.0 if time else math.inf,
            0.0,
        )
    ]
