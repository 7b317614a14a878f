"""The files of numbers beside the pictures: camera, legend, objects, contacts, skeletons and tracks; and the README that says how to
decode each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generator.passes import FramePasses
from generator.skeleton import BODY_25, openpose_json
from hybrid.exports.sources import HeldPasses
from scenes.files import write_text

__all__ = ["RECIPES", "Recipe", "camera_data", "frame_records", "write_json", "write_readme", "write_side_files"]


@dataclass(frozen=True)
class Recipe:
    """How files are decoded: `what` with units, range, type, invalid values; `code` runs in the export's folder and leaves the
    decoded array (or mapping) in `value`."""

    files: str
    what: str
    code: str


def write_json(path: Path, data: Any) -> Path:
    """JSON with NaN as null, so that every reader takes it."""
    write_text(path, json.dumps(_plain(data), ensure_ascii=False, indent=1) + "\n")
    return path


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, float | np.floating):
        return round(float(value), 6) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def camera_data(passes: HeldPasses) -> dict[str, Any]:
    """The camera of every frame: K (3, 3) [px], rotation (rows right, down, forward: the OpenCV frame) and eye [m]."""
    camera = passes.camera
    width, height = camera.size
    frames = []
    for k in range(len(camera)):
        right, up, forward = camera.axes(k)
        rotation = np.stack([right, -up, forward])
        focal = camera.focal(k)
        frames.append(
            {
                "frame": k, "time": float(passes.times[k]), "K": [[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]],
                "rotation": rotation, "translation": -rotation @ camera.eye[k], "eye": camera.eye[k], "fov_vertical_deg": float(camera.fov[k]),
            }
        )  # fmt: skip
    return {
        "width": width, "height": height, "fps": passes.fps, "why": camera.why,
        "convention": "x_camera = rotation @ x_world + translation; x right, y down, z forward; pixel = K @ x_camera / z; the first pixel's centre is (0.5, 0.5)",
        "frames": frames,
    }  # fmt: skip


def frame_records(frame: FramePasses) -> dict[str, Any]:
    """The small data of a frame: objects, contacts, skeletons, tracks, without pictures."""
    found: dict[str, Any] = {"frame": frame.frame, "time": frame.time}
    if frame.objects is not None:
        found["objects"] = [{key: value for key, value in asdict_view(view).items()} for view in frame.objects]
    if frame.contacts is not None:
        found["contacts"] = [asdict(contact) for contact in frame.contacts]
    if frame.skeletons is not None:
        found["people"] = openpose_json(frame.skeletons)
        found["skeletons"] = [
            {"name": s.name, "joints": s.joints, "position": s.position, "visible": s.visible} for s in frame.skeletons
        ]
    if frame.tracks is not None:
        found["tracks"], found["tracks_visible"] = frame.tracks, frame.tracks_visible
    return found


def asdict_view(view: Any) -> dict[str, Any]:
    """An ObjectView without its mask."""
    return {key: getattr(view, key) for key in view.__dataclass_fields__ if key != "amodal"}


def write_side_files(passes: HeldPasses, records: list[dict[str, Any]], out: Path) -> list[Path]:
    """Write what the passes hold besides pictures; returns the files."""
    which = set(passes.which)
    files = [
        write_json(out / "camera.json", camera_data(passes)),
        write_json(out / "legend.json", passes.legend.as_dict()),
    ]
    for name in ("objects", "contacts"):
        if name in which:
            rows = [{"frame": r["frame"], "time": r["time"], name: r[name]} for r in records]
            files.append(write_json(out / f"{name}.json", rows))
    if any(r.get("skeletons") for r in records):
        (out / "skeletons").mkdir(exist_ok=True)
        for r in records:
            files.append(write_json(out / "skeletons" / f"{r['frame']:05d}_keypoints.json", r["people"]))
        rows = [{"frame": r["frame"], "time": r["time"], "skeletons": r["skeletons"]} for r in records]
        files.append(write_json(out / "skeletons.json", {"order": BODY_25, "frames": rows}))
    if "tracks" in which and records and len(passes.points):
        names = [passes.trace.names[k] if 0 <= k < len(passes.trace.names) else "scenery" for k in passes.points.owner]
        np.savez_compressed(
            out / "tracks.npz", xy=np.stack([r["tracks"] for r in records]), visible=np.stack([r["tracks_visible"] for r in records]),
            body=np.array(names, dtype=np.str_), query=passes.points.query,
        )  # fmt: skip
        dense = passes.dense_tracks(step=16)
        np.savez_compressed(
            out / "dense_tracks.npz",
            xy=dense.xy,
            visible=dense.visible,
            position=dense.position,
            body=np.array(dense.body, dtype=np.str_),
            query=dense.query,
        )
        files += [out / "tracks.npz", out / "dense_tracks.npz"]
    return files


RECIPES: dict[str, Recipe] = {
    "camera": Recipe(
        "camera.json", "The camera of every frame. K [px], rotation and translation [m] (OpenCV frame: x right, y down, z forward), simulated time [s].",
        "import json, numpy as np\ncamera = json.load(open('camera.json'))\nfirst = camera['frames'][0]\nK, R, t = (np.array(first[k]) for k in ('K', 'rotation', 'translation'))\nvalue = K @ (R @ np.zeros(3) + t)  # the world's origin, homogeneous pixel",
    ),
    "legend": Recipe(
        "legend.json", "Names of the instance ids and of the semantic categories.",
        "import json\nlegend = json.load(open('legend.json'))\nvalue = {body['id']: body['name'] for body in legend['instances']}",
    ),
    "objects": Recipe(
        "objects.json", "Every body in every frame: boxes (x0, y0, x1, y1) [px] of what is seen (box) and of its whole outline (box_whole, may reach outside), centroids [px], areas [px], visibility 0..1. null where nothing is seen. The level ground has no outline.",
        "import json\nrows = json.load(open('objects.json'))\nvalue = {o['name']: o['box'] for o in rows[0]['objects']}",
    ),
    "contacts": Recipe(
        "contacts.json", "Contacts under way in each frame: point of first touch [px], its depth and position [m], impulse of the whole episode [N s], seconds since it began.",
        "import json\nrows = json.load(open('contacts.json'))\nvalue = [(c['body_a'], c['body_b'], c['x'], c['y'], c['impulse']) for r in rows for c in r['contacts']]",
    ),
    "skeletons": Recipe(
        "skeletons/*_keypoints.json, skeletons.json", "People in OpenPose's form (BODY_25: x, y [px], confidence; zeros where not seen); skeletons.json has all joints with depth and world position [m].",
        "import json, numpy as np\npeople = json.load(open('skeletons/00000_keypoints.json'))['people']\nvalue = np.array([p['pose_keypoints_2d'] for p in people]).reshape(-1, 25, 3)",
    ),
    "tracks": Recipe(
        "tracks.npz, dense_tracks.npz", "Points of the surfaces: xy (T, N, 2) float32 [px], visible (T, N) bool, body (N,), query (N,) the frame in which each was chosen. The dense ones are a grid of 16 px on the first frame, with position (T, N, 3) [m].",
        "import numpy as np\ndata = np.load('tracks.npz')\nxy, visible = data['xy'], data['visible']\nvalue = np.where(visible[..., None], xy, np.nan)",
    ),
}  # fmt: skip


def write_readme(out: Path, title: str, recipes: Iterable[Recipe], facts: Iterable[str]) -> Path:
    """README.txt: what the folder holds, and a snippet for each kind of file that decodes its first."""
    lines = [title, "=" * len(title), "", *facts, ""]
    lines += ["World frame: metres, x right, y away from the viewer, z up. Pictures: x right, y down; the first pixel's centre is (0.5, 0.5).",
              "Frames are numbered from 00000. Run the snippets in this folder.", ""]  # fmt: skip
    for recipe in recipes:
        lines += [recipe.files, "-" * len(recipe.files), recipe.what, ""]
        lines += ["    " + line for line in recipe.code.splitlines()] + [""]
    write_text(out / "README.txt", "\n".join(lines))
    return out / "README.txt"
