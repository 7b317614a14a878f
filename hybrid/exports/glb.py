"""glTF 2.0 in one binary file: opens in Blender, three.js and the viewers of Windows and macOS. Nodes bear the names of the bodies.

Lengths are metres; the root node turns z up into glTF's y up; a body that is not there (yet, or any more) has scale 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid.exports.animated import AnimatedScene, MeshPart, Node, animated_scene

if TYPE_CHECKING:
    from hybrid.exports import ExportOptions
    from hybrid.run import Run

__all__ = ["export", "gltf_of"]

METAL = 0.5  # of glTF's 1: many viewers light without surroundings, and a whole metal has nothing but them to show
CUT = 0.3  # a camera that moves this much of its distance to the target between two frames cuts
Y_UP = [-0.7071067811865476, 0.0, 0.0, 0.7071067811865476]  # xyzw: z up becomes y up


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    options.progress("geometry", 0, 2)
    scene = animated_scene(run)
    options.progress("write", 1, 2)
    gltf_of(scene, title=run.scene.title or "scene").save_binary(str(out))
    options.progress("write", 2, 2)
    return [out]


def gltf_of(scene: AnimatedScene, *, title: str = "scene") -> Any:
    """The scene as a `pygltflib.GLTF2`, all data in its one buffer."""
    return _Writer(scene, title).gltf


class _Writer:
    def __init__(self, scene: AnimatedScene, title: str) -> None:
        import pygltflib as g

        self._g, self._data = g, bytearray()
        self.gltf = g.GLTF2(
            asset=g.Asset(version="2.0", generator="hybrid-physics-video"), scene=0, scenes=[g.Scene(name=title, nodes=[0])],
            nodes=[g.Node(name="z_up_to_y_up", rotation=Y_UP, children=[])], buffers=[g.Buffer(byteLength=0)],
        )  # fmt: skip
        self._materials: dict[tuple[Any, ...], int] = {}
        self._meshes: dict[bytes, int] = {}
        moves = any(node.moves() for node in scene.nodes)
        time = self._accessor(scene.time.astype(np.float32), g.SCALAR, bounds=True) if moves else -1
        animation = g.Animation(name="simulation", samplers=[], channels=[])
        for number, node in enumerate(scene.nodes):
            self._node(node, number, time, animation)
        if scene.camera is not None:
            self._camera(scene, animation)
        if animation.channels:
            self.gltf.animations.append(animation)
        self.gltf.buffers[0].byteLength = len(self._data)
        self.gltf.set_binary_blob(bytes(self._data))

    def _accessor(self, array: Any, kind: str, *, target: int | None = None, bounds: bool = False) -> int:
        g = self._g
        while len(self._data) % 4:
            self._data.append(0)
        raw = np.ascontiguousarray(array).tobytes()
        self.gltf.bufferViews.append(
            g.BufferView(buffer=0, byteOffset=len(self._data), byteLength=len(raw), target=target)
        )
        self._data += raw
        component = g.UNSIGNED_INT if array.dtype == np.uint32 else g.FLOAT
        accessor = g.Accessor(
            bufferView=len(self.gltf.bufferViews) - 1, componentType=component, count=len(array), type=kind
        )
        if bounds:
            flat = array.reshape(len(array), -1)
            accessor.min, accessor.max = flat.min(axis=0).tolist(), flat.max(axis=0).tolist()
        self.gltf.accessors.append(accessor)
        return len(self.gltf.accessors) - 1

    def _material(self, part: MeshPart) -> int:
        g = self._g
        key = (*(round(c, 4) for c in part.color), part.opacity, round(part.roughness, 3), part.metal)
        if key not in self._materials:
            base = g.PbrMetallicRoughness(
                baseColorFactor=[*map(float, part.color), part.opacity],
                metallicFactor=METAL * part.metal,
                roughnessFactor=part.roughness,
            )
            self.gltf.materials.append(
                g.Material(
                    pbrMetallicRoughness=base, alphaMode=g.BLEND if part.opacity < 1 else g.OPAQUE, doubleSided=True
                )
            )
            self._materials[key] = len(self.gltf.materials) - 1
        return self._materials[key]

    def _mesh(self, node: Node) -> int | None:
        g = self._g
        if not node.parts:
            return None
        key = b"".join(
            part.vertices.astype(np.float32).tobytes() + bytes([self._material(part)]) for part in node.parts
        )
        if key not in self._meshes:
            primitives = []
            for part in node.parts:
                place = self._accessor(part.vertices.astype(np.float32), g.VEC3, target=g.ARRAY_BUFFER, bounds=True)
                normal = self._accessor(part.normals.astype(np.float32), g.VEC3, target=g.ARRAY_BUFFER)
                index = self._accessor(part.faces.astype(np.uint32).ravel(), g.SCALAR, target=g.ELEMENT_ARRAY_BUFFER)
                primitives.append(
                    g.Primitive(
                        attributes=g.Attributes(POSITION=place, NORMAL=normal),
                        indices=index,
                        material=self._material(part),
                    )
                )
            self.gltf.meshes.append(g.Mesh(name=node.name, primitives=primitives))
            self._meshes[key] = len(self.gltf.meshes) - 1
        return self._meshes[key]

    def _node(self, node: Node, number: int, time: int, animation: Any) -> None:
        g = self._g
        scale = np.where(node.alive[:, None], node.scale, 0.0)
        turned = _continuous(np.roll(node.rotation, -1, axis=1))  # glTF counts xyzw
        made = g.Node(
            name=node.name,
            mesh=self._mesh(node),
            translation=node.translation[0].tolist(),
            rotation=turned[0].tolist(),
            scale=scale[0].tolist(),
            children=[],
        )
        self.gltf.nodes.append(made)
        index = len(self.gltf.nodes) - 1  # the root is node 0, so node k of the scene is node k + 1
        self.gltf.nodes[0 if node.parent is None else node.parent + 1].children.append(index)
        for path, values, kind in (
            ("translation", node.translation, g.VEC3),
            ("rotation", turned, g.VEC4),
            ("scale", scale, g.VEC3),
        ):
            if np.ptp(values, axis=0).max() > 0:
                self._channel(animation, index, path, values, kind, time, step=path == "scale" and not node.alive.all())

    def _channel(
        self, animation: Any, node: int, path: str, values: Any, kind: str, time: int, *, step: bool = False
    ) -> None:
        g = self._g
        output = self._accessor(np.asarray(values, dtype=np.float32), kind)
        animation.samplers.append(
            g.AnimationSampler(input=time, output=output, interpolation="STEP" if step else "LINEAR")
        )
        animation.channels.append(
            g.AnimationChannel(
                sampler=len(animation.samplers) - 1, target=g.AnimationChannelTarget(node=node, path=path)
            )
        )

    def _camera(self, scene: AnimatedScene, animation: Any) -> None:
        from scipy.spatial.transform import Rotation

        g, camera = self._g, scene.camera
        assert camera is not None
        self.gltf.cameras.append(
            g.Camera(
                name="clip",
                type="perspective",
                perspective=g.Perspective(
                    yfov=float(np.radians(camera.fov[0])),
                    aspectRatio=camera.size[0] / camera.size[1],
                    znear=0.01,
                    zfar=1e4,
                ),
            )
        )
        frames = [camera.axes(frame) for frame in range(len(camera))]  # a glTF camera looks along its own -z, with y up
        turns = _continuous(Rotation.from_matrix([np.stack([a[0], a[1], -a[2]], axis=1) for a in frames]).as_quat())
        self.gltf.nodes.append(
            g.Node(name="clip_camera", camera=0, translation=camera.eye[0].tolist(), rotation=turns[0].tolist())
        )
        index = len(self.gltf.nodes) - 1
        self.gltf.nodes[0].children.append(index)
        if camera.moving():
            keys, times = _with_cuts(scene)
            time = self._accessor(times.astype(np.float32), g.SCALAR, bounds=True)
            self._channel(animation, index, "translation", camera.eye[keys], g.VEC3, time)
            self._channel(animation, index, "rotation", turns[keys], g.VEC4, time)


def _with_cuts(scene: AnimatedScene) -> tuple[Any, Any]:
    """The frames of the camera's keys and their times [s]: where it cuts to another place, its last one is held until just before."""
    camera = scene.camera
    assert camera is not None
    far = CUT * np.linalg.norm(camera.target - camera.eye, axis=1)[:-1]
    cuts = np.flatnonzero(np.linalg.norm(np.diff(camera.eye, axis=0), axis=1) > far)
    keys = np.concatenate([np.arange(len(camera)), cuts])
    times = np.concatenate([scene.time, scene.time[cuts + 1] - 1e-3])
    order = np.argsort(times, kind="stable")
    return keys[order], times[order]


def _continuous(quaternions: Any) -> Any:
    """The same rotations without jumps of sign, so that what lies between two keys turns the short way."""
    out = np.array(quaternions, dtype=float)
    for k in range(1, len(out)):
        if out[k] @ out[k - 1] < 0:
            out[k] = -out[k]
    return out
