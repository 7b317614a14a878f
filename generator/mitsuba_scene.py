"""The path-traced scene: built once, its poses changed from frame to frame (Mitsuba 3)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import Part, SceneGeometry
from generator.guides import Guides
from generator.looks import bsdf
from generator.overlay import Overlay
from generator.rays import RayScene, part_surface
from generator.sky import sun_directions
from generator.stage import Ground, Stage
from scenes.scene import Scene

__all__ = ["MitsubaScene"]

FloatArray = NDArray[np.float64]
Image = NDArray[np.float32]


def _mesh(
    name: str, vertices: FloatArray, faces: NDArray[np.int64], normals: FloatArray | None, uv: FloatArray, surface: Any,
    emission: tuple[float, float, float] | None = None,
) -> Any:  # fmt: skip
    import mitsuba as mi

    props = mi.Properties()
    if emission is not None:
        props["emitter"] = mi.load_dict({"type": "area", "radiance": {"type": "rgb", "value": list(emission)}})
    props["bsdf"] = surface if not isinstance(surface, dict) else mi.load_dict(surface)
    mesh = mi.Mesh(
        name, len(vertices), len(faces), has_vertex_normals=normals is not None, has_vertex_texcoords=True, props=props
    )
    params = mi.traverse(mesh)
    params["vertex_positions"] = np.ravel(vertices).astype(np.float32)
    params["faces"] = np.ravel(faces).astype(np.uint32)
    params["vertex_texcoords"] = np.ravel(uv).astype(np.float32)
    if normals is not None:
        params["vertex_normals"] = np.ravel(normals).astype(np.float32)
    params.update()
    return mesh


def _ground(ground: Ground) -> Any:
    # Its texture is laid over the clean picture afterwards (see `Guides`): sharp at any number of samples, and without shimmer far away.
    tile = {"type": "rgb", "value": [float(v) for v in ground.texture.mean(axis=(0, 1))]}
    near: dict[str, Any] = {"type": "diffuse", "reflectance": tile}
    if ground.family == "coated":
        near = {
            "type": "roughplastic",
            "diffuse_reflectance": tile,
            "alpha": ground.roughness,
            "int_ior": 1.4,
            "nonlinear": False,
        }
    surface: dict[str, Any] = near
    if ground.far is not None:
        haze = {"type": "diffuse", "reflectance": {"type": "rgb", "value": list(ground.far)}}
        weight = {"type": "mesh_attribute", "name": "vertex_fade"}
        surface = {"type": "blendbsdf", "weight": weight, "near": near, "far": haze}
    mesh = _mesh("ground", ground.vertices, ground.faces, None, ground.uv, {"type": "twosided", "inner": surface})
    mesh.add_attribute("vertex_fade", 1, np.ascontiguousarray(ground.fade, dtype=np.float32))
    return mesh


class MitsubaScene:
    """Renders frames of one clip. `samples` is samples per pixel; the sampler's seed is fixed, so that still pixels
    stay still."""

    def __init__(
        self,
        scene: Scene,
        geometry: SceneGeometry,
        stage: Stage,
        camera: CameraPath,
        *,
        samples: int,
        overlay: Overlay | None = None,
    ) -> None:
        import mitsuba as mi

        colors = overlay.vertex_colors if overlay is not None and overlay.shown else None
        self._geometry, self._camera, self._stage, self._colors = geometry, camera, stage, colors
        description: dict[str, Any] = {"type": "scene", "sensor": self._sensor(samples), "sky": self._sky()}
        light = stage.environment
        suns = sun_directions(light.sun, light.sun_radius)
        for k, direction in enumerate(suns):
            share = [float(v) / len(suns) for v in light.irradiance]
            description[f"sun{k}"] = {
                "type": "directional", "direction": direction.tolist(), "irradiance": {"type": "rgb", "value": share}, "sampling_weight": 1.0 / len(suns),
            }  # fmt: skip
        if stage.ground is not None:
            description["ground"] = _ground(stage.ground)
        for k, wall in enumerate(stage.walls):
            vertices, faces, uv = wall.mesh()
            description[f"wall{k}"] = _mesh(f"wall{k}", vertices, faces, None, uv, bsdf(wall.surface))
        self._moving: list[tuple[str, Part]] = []
        # The tracer's light sources depend on the box of the whole scene, which would otherwise grow with what has
        # moved so far.
        centre, reach = camera.target.mean(axis=0), 600 * stage.span
        corners = np.repeat(np.array([centre - reach, centre + reach]), 3, axis=0)
        description["bounds"] = _mesh(
            "bounds", corners, np.arange(6).reshape(2, 3), None, np.zeros((6, 2)), {"type": "diffuse"}
        )
        self._nowhere = centre - [0, 0, 3 * stage.span]
        glass = False
        for k, part in enumerate(geometry.parts):
            surface = part_surface(scene, part)
            glass |= surface.family in {"glass", "ice"}
            vertices, normals = geometry.world(part, 0)
            if not geometry.alive(part, 0):
                vertices = vertices * 0.0 + self._nowhere
            tinted = part.cells is not None and colors is not None
            mesh = _mesh(
                f"part{k}",
                vertices,
                part.faces,
                normals,
                part.uv,
                bsdf(surface, vertex_color="vertex_color" if tinted else None),
                surface.emission,
            )
            if tinted and colors is not None:
                mesh.add_attribute("vertex_color", 3, np.ravel(colors(part, 0)).astype(np.float32))
            description[f"part{k}"] = mesh
            if geometry.moves(part) or tinted:
                self._moving.append((f"part{k}", part))
        depth = 8 if glass else (4 if stage.walls else 5)
        path: dict[str, Any] = {
            "type": "volpath" if glass else "path",
            "max_depth": depth,
            "rr_depth": 4 if glass else 3,
        }
        description["integrator"] = path
        self._scene = mi.load_dict(description, parallel=False)
        # Guides by ray casting are free of noise, and cheaper than the path tracer's own.
        self.rays = RayScene(scene, geometry, stage, colors=colors)
        self._guides = Guides(self.rays, camera, overlay)
        self._samples = samples
        self._params = mi.traverse(self._scene)
        self._last: dict[str, tuple[Any, ...]] = {}

    def _sensor(self, samples: int) -> dict[str, Any]:
        width, height = self._camera.size
        return {
            "type": "perspective", "fov_axis": "y", "fov": float(self._camera.fov[0]), "to_world": self._to_world(0),
            "near_clip": self._stage.span * 1e-4, "far_clip": self._stage.span * 2000,
            "film": {
                "type": "hdrfilm", "width": width, "height": height, "pixel_format": "rgb", "component_format": "float32", "rfilter": {"type": "box"},
            },
            "sampler": {"type": "multijitter", "sample_count": samples, "seed": 1},
        }  # fmt: skip

    def _to_world(self, frame: int) -> Any:
        import mitsuba as mi

        c = self._camera
        return mi.ScalarTransform4f().look_at(
            origin=c.eye[frame].tolist(), target=c.target[frame].tolist(), up=c.up[frame].tolist()
        )

    def _sky(self) -> dict[str, Any]:
        import mitsuba as mi

        # The map's own axes have y up and start at -z; turned about x, up is z and the middle column looks along -y.
        turn = mi.ScalarTransform4f().rotate([1, 0, 0], 90)
        return {
            "type": "envmap",
            "bitmap": mi.Bitmap(self._stage.environment.sky),
            "to_world": turn,
            "sampling_weight": 1.0,
        }

    def _pose(self, frame: int) -> None:
        changed = False
        for key, part in self._moving:
            alive = self._geometry.alive(part, frame)
            poses = self._geometry.poses
            state: tuple[Any, ...] = (alive,)
            if alive:
                state = (
                    alive,
                    poses.position[frame, part.column].tobytes(),
                    poses.rotation[frame, part.column].tobytes(),
                    poses.scale[frame, part.column].tobytes(),
                )
                if part.piece is not None or part.cells is not None:
                    state = (*state, frame)
            if self._last.get(key) == state:
                continue
            self._last[key] = state
            vertices, normals = self._geometry.world(part, frame)
            if not alive:
                vertices = vertices * 0.0 + self._nowhere
            self._params[f"{key}.vertex_positions"] = np.ravel(vertices).astype(np.float32)
            self._params[f"{key}.vertex_normals"] = np.ravel(normals).astype(np.float32)
            if part.cells is not None and self._colors is not None:
                self._params[f"{key}.vertex_color"] = np.ravel(self._colors(part, frame)).astype(np.float32)
            changed = True
        if self._camera.moving():
            self._params["sensor.to_world"] = self._to_world(frame)
            self._params["sensor.x_fov"] = math.degrees(
                2
                * math.atan(
                    math.tan(math.radians(self._camera.fov[frame]) / 2) * self._camera.size[0] / self._camera.size[1]
                )
            )
            changed = True
        if changed:
            self._params.update()

    def render(self, frame: int) -> dict[str, Image]:
        """Linear radiance `color`, first-hit `albedo` and world `normal` (H, W, 3), `texture` and `glow` (H, W, 3), by which
        the clean picture is to be multiplied and what is then added: the own light of what is hot (it lights nothing else); `depth` along the ray [m] (H,
        W), 0 where nothing is hit."""
        import mitsuba as mi

        # Ray trees are refitted from the pose before: always from the same one, so that a frame does not depend on
        # which were rendered earlier.
        self._pose(0)
        self._pose(frame)
        color = np.array(mi.render(self._scene, seed=mi.UInt32(1), spp=self._samples), dtype=np.float32)[..., :3]
        return {"color": color, **self._guides(frame)}
