"""A run as meshes that move: one node a body, poses at every frame of the trace. What glTF, USD, Rerun and the report's 3-D view draw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from generator.camera import CameraPath
    from generator.geometry import Part, SceneGeometry
    from hybrid.run import Run

__all__ = ["AnimatedScene", "MeshPart", "Node", "animated_scene"]

FloatArray = NDArray[np.floating[Any]]
GROUND_SPAN = 4.0  # the ground is drawn this many times as wide as everything that stands on it


@dataclass(frozen=True)
class MeshPart:
    """Triangles of one look in the frame of their node: `vertices` [m] and unit `normals` (V, 3), `faces` (F, 3); `color` linear
    RGB, `opacity` and `roughness` 0..1, whether it is `metal`; `emission` linear RGB."""

    vertices: FloatArray
    normals: FloatArray
    faces: NDArray[np.integer[Any]]
    color: tuple[float, float, float]
    opacity: float = 1.0
    roughness: float = 0.5
    metal: bool = False


@dataclass(frozen=True)
class Node:
    """`translation` [m] (T, 3), `rotation` wxyz (T, 4) and `scale` (T, 3) in the frame of the parent node, and `alive` (T,)."""

    name: str
    parent: int | None
    parts: tuple[MeshPart, ...]
    translation: FloatArray
    rotation: FloatArray
    scale: FloatArray
    alive: NDArray[np.bool_]

    def moves(self) -> bool:
        """Whether any of its poses differs from the first."""
        return any(np.ptp(a, axis=0).max() > 0 for a in (self.translation, self.rotation, self.scale)) or not bool(
            self.alive.all()
        )


@dataclass(frozen=True)
class AnimatedScene:
    """`time` [s] (T,); `nodes` parents first; the `camera` of the clip at the same times; z is up."""

    time: FloatArray
    nodes: tuple[Node, ...]
    camera: CameraPath | None = None
    notes: tuple[str, ...] = field(default=())


def animated_scene(run: Run, *, camera: bool = True, ground: bool = True) -> AnimatedScene:
    """Bodies, fragments, limbs, wheels and melting bodies of a run. Vertex colours of heat and the squash of soft balls are pictures'
    matters and are left out."""
    from generator.camera import frame_camera
    from generator.geometry import scene_geometry
    from sim.fracture import with_fragments

    trace = run.trace
    scene = with_fragments(run.scene, trace)
    geometry = scene_geometry(scene, trace, trace.time)
    nodes: list[Node] = []
    for column in range(geometry.bodies or len(trace.names)):
        parts = [part for part in geometry.parts if part.column == column]
        if parts:
            _add_body(nodes, scene, geometry, column, parts, trace)
    if ground and geometry.ground_body is not None:
        nodes.insert(0, _ground(scene, geometry, nodes))
        nodes[1:] = [_shifted(node) for node in nodes[1:]]
    path = frame_camera(run.scene, trace, times=trace.time) if camera else None
    return AnimatedScene(trace.time, tuple(nodes), path)


def _shifted(node: Node) -> Node:
    from dataclasses import replace

    return node if node.parent is None else replace(node, parent=node.parent + 1)


def _add_body(
    nodes: list[Node], scene: Any, geometry: SceneGeometry, column: int, parts: list[Part], trace: Any
) -> None:
    count = len(trace.time)
    alive = trace.alive[:, column]
    still = [part for part in parts if part.piece is None]
    nodes.append(
        Node(
            trace.names[column],
            None,
            tuple(_mesh(scene, part, slice(None)) for part in still),
            _held(trace.position[:, column], alive),
            _held(trace.orientation[:, column], alive),
            trace.scale[:, column],
            alive,
        )
    )
    own = len(nodes) - 1
    articulated = [part for part in parts if part.piece is not None]
    if not articulated:
        return
    lift = np.array([0.0, 0.0, geometry.lifts.get(column, 0.0)])
    poses = [geometry.figure_pose(column, frame) for frame in range(count)]
    for index in range(len(poses[0])):
        meshes = [
            _mesh(scene, part, np.asarray(part.piece) == index)
            for part in articulated
            if (np.asarray(part.piece) == index).any()
        ]
        if meshes:
            place = np.array([np.asarray(pose[index].position) - lift for pose in poses])
            turn = np.array([pose[index].orientation for pose in poses], dtype=float)
            nodes.append(
                Node(
                    f"{trace.names[column]}/part_{index}",
                    own,
                    tuple(meshes),
                    place,
                    turn,
                    np.ones((count, 3)),
                    np.ones(count, bool),
                )
            )


def _held(values: FloatArray, alive: NDArray[np.bool_]) -> FloatArray:
    """Poses without NaN: before its beginning a body keeps its first pose, after its end its last."""
    known = np.flatnonzero(alive & np.isfinite(values).all(axis=1))
    if not len(known):
        return np.zeros_like(values) if values.shape[1] == 3 else np.tile([1.0, 0.0, 0.0, 0.0], (len(values), 1))
    nearest = known[np.clip(np.searchsorted(known, np.arange(len(values)), side="right") - 1, 0, None)]
    return values[nearest]


def _mesh(scene: Any, part: Part, chosen: Any) -> MeshPart:
    from generator.rays import part_surface

    surface = part_surface(scene, part)
    inside = np.zeros(len(part.vertices), dtype=bool)
    inside[chosen] = True
    faces = part.faces[inside[part.faces].all(axis=1)]
    kept = np.flatnonzero(inside)
    number = np.cumsum(inside) - 1
    clear = surface.family in {"glass", "ice", "pane"}
    image = surface.image() if not clear else None
    color = surface.color if image is None else tuple(float(v) for v in image.reshape(-1, 3).mean(axis=0))
    return MeshPart(
        part.vertices[kept],
        part.normals[kept],
        number[faces],
        color,  # type: ignore[arg-type]
        0.35 if clear else 1.0,
        float(surface.roughness),
        surface.family == "metal" and part.color is None,  # paint is no metal
    )


def _ground(scene: Any, geometry: SceneGeometry, nodes: list[Node]) -> Node:
    """The level ground as a square under everything, in the colour of its material."""
    from generator.looks import surface_of

    assert geometry.ground is not None and geometry.ground_body is not None
    body = scene.bodies[geometry.ground_body]
    surface = surface_of(body.material, body.color)
    image = surface.image()
    color = surface.color if image is None else tuple(float(v) for v in image.reshape(-1, 3).mean(axis=0))
    reach = [
        np.abs(node.translation[:, :2]).max(initial=0.0)
        + max((float(np.linalg.norm(p.vertices, axis=1).max(initial=0)) for p in node.parts), default=0.0)
        for node in nodes
    ]
    half = GROUND_SPAN / 2 * max([1.0, *reach])
    corners = np.array([(-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0)], dtype=float)
    mesh = MeshPart(corners, np.tile([0.0, 0.0, 1.0], (4, 1)), np.array([(0, 1, 2), (0, 2, 3)]), color, 1.0, 0.9)  # type: ignore[arg-type]
    count = len(geometry.poses)
    return Node(
        geometry.ground_body,
        None,
        (mesh,),
        np.tile([0.0, 0.0, geometry.ground], (count, 1)),
        np.tile([1.0, 0, 0, 0], (count, 1)),
        np.ones((count, 3)),
        np.ones(count, bool),
    )
