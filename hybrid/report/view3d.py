"""The 3-D view of the report: what the page's WebGL script draws, as one block of base64 data. Nothing is fetched from a network."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from hybrid.exports.animated import AnimatedScene, Node
    from hybrid.run import Run

__all__ = ["LARGEST_VIEW", "MOST_FRAMES", "view_data", "view_of", "views_of"]

LARGEST_VIEW = 8_000_000  # [bytes] of geometry and poses in a page; a larger scene is exported as GLB instead
MOST_FRAMES = 400


def view_data(run: Run) -> str | None:
    """JSON for the script, None for a run whose scene is too large or has nothing to draw."""
    from hybrid.exports.animated import animated_scene

    scene = animated_scene(run)
    if not scene.nodes:
        return None
    data = view_of(scene, labels={name: body.label or name for name, body in run.scene.bodies.items()})
    return None if len(data) > LARGEST_VIEW else data


def view_of(scene: AnimatedScene, *, labels: dict[str, str] | None = None) -> str:
    """The scene as JSON: `blob` base64, and offsets [bytes] and counts into it. Poses are float32, normals int8."""
    blob = _Blob()
    return _json({**_scene(blob, scene, labels or {}, MOST_FRAMES), "blob": blob.text()})


def views_of(
    scenes: list[AnimatedScene], *, labels: dict[str, str] | None = None, frames: int = MOST_FRAMES, first: int = 0
) -> str:
    """Several `scenes` in one block, of which equal meshes and poses are kept once; `first` is shown first. Where no camera moves,
    that which sees most is the camera of all, so that the picture stays when another run is chosen."""
    blob = _Blob()
    made = [_scene(blob, scene, labels or {}, frames) for scene in scenes]
    cameras = [scene.camera for scene in scenes]
    if all(camera is not None and not camera.moving() for camera in cameras):
        widths = [
            float(np.linalg.norm(camera.eye[0] - camera.target[0]) * np.tan(np.radians(camera.fov[0]) / 2)) for camera in cameras if camera
        ]  # fmt: skip
        widest = cameras[int(np.argmax(widths))]
        assert widest is not None
        row = np.concatenate([widest.eye[0], widest.target[0], widest.fov[:1]]).astype(np.float32)
        for entry in made:
            entry["camera"] = {
                "at": blob.add(np.tile(row, (entry["frames"], 1))),
                "aspect": widest.size[0] / widest.size[1],
            }
    return _json({"scenes": made, "first": first, "blob": blob.text()})


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def _scene(blob: _Blob, scene: AnimatedScene, labels: dict[str, str], frames: int) -> dict[str, Any]:
    step = max(1, -(-len(scene.time) // frames))
    kept = np.unique(np.r_[np.arange(0, len(scene.time), step), len(scene.time) - 1])
    nodes = [_node(blob, node, kept, labels.get(node.name)) for node in scene.nodes]
    camera = None
    if scene.camera is not None:
        path = scene.camera
        rows = np.concatenate([path.eye, path.target, path.fov[:, None]], axis=1)[kept]
        camera = {"at": blob.add(rows.astype(np.float32)), "aspect": path.size[0] / path.size[1]}
    low, high = _bounds(scene)
    flat = _has_ground(scene)
    return {
        "frames": len(kept), "time": blob.add(scene.time[kept].astype(np.float32)), "nodes": nodes, "camera": camera, "low": low, "high": high,
        "ground": scene.nodes[0].name if flat else None, "span": float(scene.nodes[0].parts[0].vertices.max()) if flat else 0.0,
    }  # fmt: skip


def _has_ground(scene: AnimatedScene) -> bool:
    return bool(scene.nodes) and len(scene.nodes[0].parts) == 1 and len(scene.nodes[0].parts[0].vertices) == 4


class _Blob:
    def __init__(self) -> None:
        self.data = bytearray()
        self._known: dict[bytes, int] = {}

    def add(self, array: Any) -> int:
        """The offset [bytes] of an array; equal arrays are kept once."""
        raw = np.ascontiguousarray(array).tobytes()
        key = hashlib.blake2b(raw, digest_size=20).digest()
        if key not in self._known:
            while len(self.data) % 4:
                self.data.append(0)
            self._known[key] = len(self.data)
            self.data += raw
        return self._known[key]

    def text(self) -> str:
        return base64.b64encode(bytes(self.data)).decode("ascii")


def _node(blob: _Blob, node: Node, kept: Any, label: str | None) -> dict[str, Any]:
    scale = np.where(node.alive[:, None], node.scale, 0.0)
    poses = np.concatenate([node.translation, node.rotation, scale], axis=1)[kept].astype(np.float32)
    still = bool(np.ptp(poses, axis=0).max() == 0)
    parts = []
    for part in node.parts:
        index = part.faces.astype(np.uint32).ravel()
        color = (np.clip(np.asarray(part.color, dtype=float), 0, 1)).round(4).tolist()
        normals = np.concatenate([np.round(part.normals * 127), np.zeros((len(part.normals), 1))], axis=1).astype(
            np.int8
        )
        parts.append(
            {
                "v": blob.add(part.vertices.astype(np.float32)), "n": blob.add(normals), "count": len(part.vertices), "i": blob.add(index), "faces": len(index),
                "color": color, "opacity": part.opacity, "rough": round(float(part.roughness), 3), "metal": int(part.metal),
            }
        )  # fmt: skip
    return {
        "name": node.name, "label": label or node.name, "parent": -1 if node.parent is None else node.parent, "still": still,
        "at": blob.add(poses[:1] if still else poses), "parts": parts,
    }  # fmt: skip


def _bounds(scene: AnimatedScene) -> tuple[list[float], list[float]]:
    """Corners [m] of a box around all that is drawn but the ground, over all frames."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for number, node in enumerate(scene.nodes):
        if node.parent is not None or (number == 0 and _has_ground(scene)):
            continue
        reach = max((float(np.linalg.norm(part.vertices, axis=1).max(initial=0)) for part in node.parts), default=0.2)
        reach = min(reach, 6.0)
        low, high = (
            np.minimum(low, node.translation.min(axis=0) - reach),
            np.maximum(high, node.translation.max(axis=0) + reach),
        )
    if not np.isfinite(low).all():
        low, high = np.array([-1.0, -1, 0]), np.array([1.0, 1, 1])
    return low.round(4).tolist(), high.round(4).tolist()
