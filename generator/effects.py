"""What the renderer paints where no solver looks: dust at an impact on something loose, a splash at a water entry, a halo, light that
ripples under water. Imagined, in the beauty picture alone: never in ids, depth or any other pass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import body_bounds
from generator.looks import ground_surface
from generator.sky import Environment
from generator.textures import noise
from scenes.bodies import FluidBody, RigidBody
from scenes.errors import UserError
from scenes.scene import Scene
from sim.trace import Trace

__all__ = ["Effect", "Effects", "effects_of"]

FloatArray = NDArray[np.float64]
Image = NDArray[np.float32]
LOOSE = {"sand", "soil", "gravel", "snow", "ash", "flour", "salt", "sugar", "straw", "coal", "rice"}
AIRLESS = {"lunar", "space"}
STIRS, ENTERS = 0.8, 0.7  # [m/s]; slower touches raise no dust, slower entries no splash
LASTS = {"dust": 1.3, "splash": 1.0}  # [s]
MOST = 12


@dataclass(frozen=True)
class Effect:
    """`kind` dust, splash or halo of a `body`, from `time` [s] on at `place` [m]; `speed` [m/s] that caused it, `size` [m] of the body."""

    kind: str
    body: str
    time: float = 0.0
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    speed: float = 0.0
    size: float = 0.1
    material: str = ""

    def words(self, other: str = "") -> str:
        """What the record says of it."""
        match self.kind:
            case "dust":
                return f"dust where {self.body} strikes the {other or self.material}"
            case "splash":
                return f"a splash where {self.body} enters the water"
        return f"a halo around {self.body}"


def _size(scene: Scene, name: str) -> float:
    box = body_bounds(scene.bodies.get(name))
    return float(np.sort(box[1] - box[0])[1]) if box is not None else 0.1


def _level(scene: Scene) -> float | None:
    """Height [m] of a water surface that is seen from above."""
    if scene.look.style == "underwater":
        return None
    levels = [
        b.level
        for b in scene.bodies.values()
        if isinstance(b, FluidBody) and b.level is not None and b.container is None
    ]
    return (
        scene.environment.water_level if scene.environment.water_level is not None else (levels[0] if levels else None)
    )


def effects_of(scene: Scene, trace: Trace) -> list[Effect]:
    """The effects that a clip of a trace shows, in the order of time."""
    found: list[Effect] = []
    for contact in trace.contacts:
        if contact.speed_before < STIRS:
            continue
        for mover, other in ((contact.body_a, contact.body_b), (contact.body_b, contact.body_a)):
            body, floor = scene.bodies.get(mover), scene.bodies.get(other)
            if not isinstance(floor, RigidBody) or (isinstance(body, RigidBody) and body.fixed) or body is None:
                continue
            loose = floor.material in LOOSE or (floor.fixed and scene.look.style in {"lunar", "mars"})
            if loose and floor.fixed:
                place = (contact.x, contact.y, contact.z)
                found.append(
                    Effect(
                        "dust", mover, contact.t_start, place, contact.speed_before, _size(scene, mover), floor.material
                    )
                )
    level = _level(scene)
    if level is not None:
        for column, name in enumerate(trace.names):
            body = scene.bodies.get(name)
            if body is None or getattr(body, "fixed", False):
                continue
            size = _size(scene, name)
            low = trace.position[:, column, 2] - size / 2
            for step in np.flatnonzero((low[:-1] > level) & (low[1:] <= level)):
                speed = -float(trace.linear_velocity[step, column, 2])
                speed = speed if speed > 0 else float(low[step] - low[step + 1]) * trace.fps
                if speed < ENTERS:
                    continue
                share = (low[step] - level) / max(low[step] - low[step + 1], 1e-9)
                at = trace.position[step, column] * (1 - share) + trace.position[step + 1, column] * share
                time = float(trace.time[step] * (1 - share) + trace.time[step + 1] * share)
                found.append(Effect("splash", name, time, (float(at[0]), float(at[1]), level), speed, size))
    found = sorted(found, key=lambda effect: -effect.speed)[:MOST]
    found.sort(key=lambda effect: effect.time)
    for word in scene.look.scenery:
        kind, _, owner = word.partition(":")
        if kind != "halo":
            continue
        for column, name in enumerate(trace.names):
            body = scene.bodies.get(name)
            moves = float(np.nanmax(np.ptp(trace.position[:, column], axis=0), initial=0.0)) > 0.01
            mine = not owner or name == owner.strip() or name.startswith(f"{owner.strip()}_")
            if (
                mine
                and body is not None
                and moves
                and not getattr(body, "fixed", False)
                and getattr(body, "parent", None) is None
            ):
                found.append(Effect("halo", name, size=_size(scene, name)))
    return found


@lru_cache(maxsize=1)
def _ripples() -> Image:
    """A seamless tile of bright lines, as light through waves makes them, of mean 1."""
    lines = np.exp(-np.abs(noise(256, 2.4, 5, low=3)) / 0.13) + 0.6 * np.exp(-np.abs(noise(256, 2.3, 9, low=4)) / 0.12)
    found: Image = (lines / lines.mean()).astype(np.float32)
    return found


class Effects:
    """Paints the effects of a clip into linear radiance."""

    def __init__(
        self, scene: Scene, trace: Trace, camera: CameraPath, times: FloatArray, light: Environment, span: float
    ) -> None:
        self._camera, self._times, self._trace, self._span = camera, times, trace, span
        self._water = scene.look.style == "underwater"
        self._airless, self._gravity = scene.look.style in AIRLESS, scene.environment.gravity
        self._light = (light.on_ground() / math.pi).astype(np.float32)
        self._effects = effects_of(scene, trace)
        self._colors = {effect.material: self._color(scene, effect) for effect in self._effects}

    def _color(self, scene: Scene, effect: Effect) -> Image:
        if effect.kind == "dust":
            try:
                base = ground_surface(effect.material, scene.look.style)[1]
            except UserError:
                base = (0.5, 0.45, 0.38)
            return (np.asarray(base) * 0.85 + 0.10).astype(np.float32) * self._light
        return np.array([0.86, 0.93, 0.97], dtype=np.float32) * np.maximum(self._light, 0.05)

    def paint(self, color: Image, distance: Image, frame: int) -> Image:
        """The picture (H, W, 3) with its effects; `distance` [m] (H, W) along the ray, 0 for sky."""
        if self._water:
            color = self._rippled(color, distance, frame)
        now = float(self._times[frame])
        if not self._effects:
            return color
        out = color.copy()
        far = np.where(distance > 0, distance, np.inf)
        for number, effect in enumerate(self._effects):
            if effect.kind == "halo":
                self._halo(out, far, effect, frame)
            elif 0 <= now - effect.time <= LASTS[effect.kind]:
                self._cloud(out, far, effect, now - effect.time, frame, seed=number)
        return out

    def _cloud(self, out: Image, far: Image, effect: Effect, age: float, frame: int, *, seed: int) -> None:
        """Many soft drops or puffs on their ways from where they were thrown up."""
        random = np.random.default_rng(100 + seed)
        wet = effect.kind == "splash"
        count = 70 if wet else 34
        turn = random.random(count) * 2 * math.pi
        steep = np.radians(50 + 28 * random.random(count)) if wet else np.radians(8 + 40 * random.random(count) ** 1.5)
        thrown = effect.speed * (0.28 + 0.3 * random.random(count)) * (1.0 if wet else 0.55)
        velocity = (
            np.stack([np.cos(turn) * np.cos(steep), np.sin(turn) * np.cos(steep), np.sin(steep)], axis=1)
            * thrown[:, None]
        )
        start = np.asarray(effect.place) + 0.4 * effect.size * np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=1)
        if wet or self._airless:
            places = start + velocity * age - [0, 0, 0.5 * self._gravity * age * age]
        else:  # fine dust is stopped by the air and sinks slowly
            places = start + velocity * 0.22 * (1 - math.exp(-age / 0.22)) - [0, 0, 0.12 * age]
        keep = places[:, 2] > effect.place[2] - 0.01
        radius = effect.size * (
            (0.035 + 0.03 * random.random(count)) if wet else (0.12 + 0.14 * random.random(count)) * (1 + 2.2 * age)
        )
        fade = (1 - age / LASTS[effect.kind]) ** 1.5
        strength = (0.75 if wet else 0.42) * fade * min(1.0, effect.speed / 2.5)
        eye = self._camera.eye[frame]
        order = np.argsort(-np.linalg.norm(places - eye, axis=1))
        for k in order:
            if keep[k]:
                self._dab(out, far, places[k], float(radius[k]), self._colors[effect.material], strength, frame)

    def _dab(
        self, out: Image, far: Image, place: FloatArray, radius: float, tint: Image, strength: float, frame: int
    ) -> None:
        x, y, depth = self._camera.project(place, frame)
        if not np.isfinite(x) or depth <= 0:
            return
        wide = max(radius * self._camera.focal(frame) / depth, 0.6)
        height, width = far.shape
        x0, x1 = max(int(x - 2.2 * wide), 0), min(int(x + 2.2 * wide) + 2, width)
        y0, y1 = max(int(y - 2.2 * wide), 0), min(int(y + 2.2 * wide) + 2, height)
        if x0 >= x1 or y0 >= y1:
            return
        u, v = (np.arange(x0, x1) + 0.5 - x) / wide, (np.arange(y0, y1) + 0.5 - y) / wide
        away = float(np.linalg.norm(place - self._camera.eye[frame]))
        before = np.clip((far[y0:y1, x0:x1] - away) / radius + 1.0, 0, 1)  # soft where it meets what is behind it
        cover = (strength * np.exp(-(u[None] ** 2 + v[:, None] ** 2)) * before)[..., None].astype(np.float32)
        out[y0:y1, x0:x1] = out[y0:y1, x0:x1] * (1 - cover) + tint * cover

    def _halo(self, out: Image, far: Image, effect: Effect, frame: int) -> None:
        column = self._trace.index(effect.body)
        step = int(np.abs(self._trace.time - self._times[frame]).argmin())
        place = self._trace.position[step, column]
        if not np.isfinite(place).all():
            return
        x, y, depth = self._camera.project(place, frame)
        if not np.isfinite(x) or depth <= 0:
            return
        wide = max(0.5 * effect.size * self._camera.focal(frame) / depth, 2.0)
        height, width = far.shape
        u, v = (np.arange(width) + 0.5 - x) / wide, (np.arange(height) + 0.5 - y) / wide
        r = np.sqrt(u[None] ** 2 + v[:, None] ** 2)
        ring = 0.8 * np.exp(-(((r - 1.28) / 0.16) ** 2)) + 0.45 * np.exp(-np.maximum(r - 1.0, 0) / 0.55) * (r > 0.9)
        away = float(np.linalg.norm(place - self._camera.eye[frame]))
        open_ = np.clip((far - (away - 0.3 * effect.size)) / (0.3 * effect.size), 0, 1)
        usual = max(float(self._light.mean()), 0.1)
        out += (ring * open_ * usual)[..., None].astype(np.float32) * np.array([1.0, 0.82, 0.45], dtype=np.float32)

    def _rippled(self, color: Image, distance: Image, frame: int) -> Image:
        found = distance > 0
        rays = self._camera.rays(frame)
        places = self._camera.eye[frame] + rays * distance[..., None]
        tile, now = _ripples(), float(self._times[frame])
        wide = float(np.clip(0.55 * self._span, 0.8, 6.0))

        def looked_up(dx: float, dy: float, scale: float) -> Image:
            u = (places[..., 0] + 0.35 * places[..., 2] + dx) / (wide * scale) * 256
            v = (places[..., 1] + 0.2 * places[..., 2] + dy) / (wide * scale) * 256
            u0, v0 = np.floor(u).astype(int), np.floor(v).astype(int)
            fu, fv = (u - u0).astype(np.float32), (v - v0).astype(np.float32)
            a, b = tile[v0 % 256, u0 % 256], tile[v0 % 256, (u0 + 1) % 256]
            c, d = tile[(v0 + 1) % 256, u0 % 256], tile[(v0 + 1) % 256, (u0 + 1) % 256]
            found: Image = (a * (1 - fu) + b * fu) * (1 - fv) + (c * (1 - fu) + d * fu) * fv
            return found

        lines = np.minimum(looked_up(0.06 * now, 0.04 * now, 1.0), looked_up(-0.05 * now, 0.07 * now, 1.31) * 1.1)
        near = np.exp(-distance / max(2.5 * self._span, 1e-3))
        return (color * np.where(found, 1 + 0.38 * (lines - 0.72) * near, 1.0)[..., None]).astype(np.float32)
