"""A data set example in the layout of Kubric (Greff et al., CVPR 2022): metadata.json, events.json, data_ranges.json and its file names.

As there: quaternions wxyz, the camera looks along its -z with y up, K is for a picture of size 1 x 1, boxes are (ymin, xmin, ymax, xmax)
in 0..1, instance k of the list has the value k + 1 in the segmentation, depth is the distance from the camera's centre, and optical
flow is (rows, columns) with one range for the whole clip.
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from generator.passes import CATEGORIES, FramePasses
from hybrid.exports import ExportOptions
from hybrid.exports.png_file import write_png
from hybrid.exports.side_files import Recipe, write_json, write_readme
from hybrid.exports.sources import HeldPasses, clip_passes, clip_pictures, whole_window
from scenes.bodies import RigidBody

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["export"]

SENSOR_WIDTH = 36.0  # [mm]
FloatArray = NDArray[np.float64]


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    """Write the example. Flow is written twice over: once to find its range, once to code it, so that memory does not grow."""
    window = whole_window(run, options)
    passes = clip_passes(run, options, ("ids", "depth", "normal", "flow", "backward_flow", "objects"), window)
    found = []
    for one in passes.map(_seen):
        found.append(one)
        options.progress("ranges", len(found), len(passes))
    order = sorted(
        (v["id"] for v in _totals(found).values() if v["area"] > 0), key=lambda k: -_totals(found)[k]["area"]
    )
    ranges = {
        name: {"min": float(min(one[name][0] for one in found)), "max": float(max(one[name][1] for one in found))}
        for name in ("forward_flow", "backward_flow")
    }  # fmt: skip
    number = np.zeros(len(passes.trace.names) + 2, dtype=np.uint16)
    number[order] = np.arange(1, len(order) + 1)
    focal = np.array([passes.camera.focal(k) for k in range(len(passes))])
    for index, _ in enumerate(passes.map(partial(_write, out=out, number=number, ranges=ranges, focal=focal))):
        options.progress("passes", index + 1, len(passes))
    for index, picture in enumerate(clip_pictures(run, options, window)):
        alpha = np.full((*picture.shape[:2], 1), 255, dtype=np.uint8)
        write_png(out / f"rgba_{index:05d}.png", np.concatenate([picture, alpha], axis=2), level=3)
    write_json(out / "data_ranges.json", ranges)
    write_json(out / "metadata.json", _metadata(run, passes, found, order))
    write_json(out / "events.json", {"collisions": _collisions(run, passes, order)})
    readme = write_readme(out, "An example in Kubric's layout", _recipes(), [window.said() + "."])
    return [
        readme,
        out / "metadata.json",
        out / "events.json",
        out / "data_ranges.json",
        *sorted(out.glob("*_00000.*")),
    ]


def _seen(frame: FramePasses) -> dict[str, Any]:
    """Boxes and areas of a frame, and the extremes of its flow."""
    assert frame.objects is not None and frame.flow_forward is not None and frame.flow_backward is not None
    limits = {
        name: (float(np.nan_to_num(flow).min()), float(np.nan_to_num(flow).max()))
        for name, flow in (("forward_flow", frame.flow_forward), ("backward_flow", frame.flow_backward))
    }
    return {**limits, "objects": {view.id: (view.box, view.area) for view in frame.objects}}


def _totals(found: list[dict[str, Any]]) -> dict[int, dict[str, int]]:
    """Pixels of every body over the clip."""
    totals: dict[int, dict[str, int]] = {}
    for one in found:
        for column, (_, area) in one["objects"].items():
            totals.setdefault(column, {"id": column, "area": 0})["area"] += area
    return totals


def _coded(flow: NDArray[Any], limits: dict[str, float]) -> NDArray[np.uint16]:
    """Rows and columns of a flow (H, W, 3) in 0..65535 of its range; the third channel is 0."""
    rows_columns = np.nan_to_num(flow)[..., ::-1].astype(np.float64)
    scaled = (rows_columns - limits["min"]) * 65535 / max(limits["max"] - limits["min"], 1e-9)
    coded = np.clip(np.round(scaled), 0, 65535).astype(np.uint16)
    return np.concatenate([coded, np.zeros_like(coded[..., :1])], axis=2)


def _write(
    frame: FramePasses, out: Path, number: NDArray[np.uint16], ranges: dict[str, dict[str, float]], focal: FloatArray
) -> None:
    from PIL import Image

    assert frame.ids is not None and frame.depth is not None and frame.normal is not None
    assert frame.flow_forward is not None and frame.flow_backward is not None
    k, (height, width) = frame.frame, frame.ids.shape
    segments = number[np.where(frame.ids >= 0, frame.ids, len(number) - 1)]
    write_png(out / f"segmentation_{k:05d}.png", segments.astype(np.uint8) if segments.max() < 256 else segments)
    y, x = np.mgrid[0.5:height, 0.5:width]
    stretch = np.sqrt(1 + ((x - width / 2) ** 2 + (y - height / 2) ** 2) / focal[k] ** 2)
    distance = np.where(np.isfinite(frame.depth), frame.depth * stretch, 1e10).astype(
        np.float32
    )  # Kubric's value for nothing
    Image.fromarray(distance).save(out / f"depth_{k:05d}.tiff")
    normal = np.nan_to_num(frame.normal)
    write_png(out / f"normal_{k:05d}.png", ((normal + 1) / 2 * 65535 + 0.5).astype(np.uint16))
    write_png(out / f"forward_flow_{k:05d}.png", _coded(frame.flow_forward, ranges["forward_flow"]))
    write_png(out / f"backward_flow_{k:05d}.png", _coded(frame.flow_backward, ranges["backward_flow"]))


def _quaternion(matrix: FloatArray) -> list[float]:
    """wxyz of a rotation matrix (3, 3)."""
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(matrix).as_quat()
    return [float(w), float(x), float(y), float(z)]


def _metadata(run: Run, passes: HeldPasses, found: list[dict[str, Any]], order: list[int]) -> dict[str, Any]:
    width, height = passes.size
    camera, scene = passes.camera, passes.scene
    turns = [np.column_stack([axes[0], axes[1], -axes[2]]) for axes in (camera.axes(k) for k in range(len(camera)))]
    focal = camera.focal(0) / width * SENSOR_WIDTH
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turns[0], camera.eye[0]
    return {
        "flags": {"seed": run.seed, "frame_rate": passes.fps, "resolution": f"{width}x{height}"},
        "metadata": {
            "resolution": [width, height], "frame_rate": passes.fps, "step_rate": run.trace.meta.get("steps_per_second"),
            "gravity": [0.0, 0.0, -scene.environment.gravity], "num_frames": len(passes), "num_instances": len(order),
            "text": scene.text, "language": scene.language, "simulated_time": list(passes.times),
        },
        "camera": {
            "focal_length": focal, "sensor_width": SENSOR_WIDTH, "field_of_view": 2 * math.atan2(SENSOR_WIDTH / 2, focal),
            "positions": camera.eye, "quaternions": [_quaternion(turn) for turn in turns],
            "K": [[focal / SENSOR_WIDTH, 0, -0.5], [0, -focal / SENSOR_WIDTH * width / height, -0.5], [0, 0, -1]], "R": pose,
            "field_of_view_vertical_deg": camera.fov,
        },
        "instances": [_instance(passes, found, column) for column in order],
    }  # fmt: skip


def _instance(passes: HeldPasses, found: list[dict[str, Any]], column: int) -> dict[str, Any]:
    from generator.geometry import body_bounds

    name, poses, camera, trace = passes.trace.names[column], passes.buffer.geometry.poses, passes.camera, passes.trace
    width, height = passes.size
    body = passes.scene.bodies.get(name)
    boxes, frames = [], []
    for k, one in enumerate(found):
        box = one["objects"].get(column, (None, 0))[0]
        if box is not None:
            boxes.append([box[1] / height, box[0] / width, box[3] / height, box[2] / width])
            frames.append(k)
    places = poses.position[:, column]
    image = np.array([camera.project(places[k], k)[:2] for k in range(len(passes))]) / [width, height]
    bounds = body_bounds(body)
    corners = None
    if bounds is not None:
        low, high = bounds
        local = np.array(
            [[(low, high)[i][0], (low, high)[j][1], (low, high)[m][2]] for i in (0, 1) for j in (0, 1) for m in (0, 1)]
        )
        corners = [
            (local * poses.scale[k, column]) @ poses.rotation[k, column].T + places[k] for k in range(len(passes))
        ]
    step = poses.step
    mass = float(trace.mass[column])
    return {
        "asset_id": name, "category": CATEGORIES[passes.legend.category[column]], "is_dynamic": column in passes.movers,
        "label": passes.legend.labels[column], "material": getattr(body, "material", None),
        "positions": places, "quaternions": [_quaternion(poses.rotation[k, column]) for k in range(len(passes))],
        "velocities": np.nan_to_num(trace.linear_velocity[step, column]), "angular_velocities": np.nan_to_num(trace.angular_velocity[step, column]),
        "alive": poses.alive[:, column], "scale": poses.scale[:, column], "mass": mass if math.isfinite(mass) else 0.0,
        "static": isinstance(body, RigidBody) and body.fixed, "friction": None, "restitution": None, "image_positions": image,
        "bboxes": boxes, "bbox_frames": frames, "bboxes_3d": corners,
        "visibility": [int(one["objects"].get(column, (None, 0))[1]) for one in found],
    }  # fmt: skip


def _collisions(run: Run, passes: HeldPasses, order: list[int]) -> list[dict[str, Any]]:
    """A row for each contact episode. The normal is the direction of the momentum that the lighter body gains (from the velocities
    before and after, less what gravity adds), which the record of contacts does not hold itself."""
    trace, place = passes.trace, {column: k for k, column in enumerate(order)}
    gravity = np.array([0.0, 0.0, -passes.scene.environment.gravity])
    rows = []
    for contact in trace.contacts:
        a, b = trace.index(contact.body_a), trace.index(contact.body_b)
        frame = int(np.clip(np.searchsorted(passes.times, contact.t_start), 0, len(passes) - 1))
        light = a if trace.mass[a] <= trace.mass[b] else b
        before = int(np.clip(np.searchsorted(trace.time, contact.t_start) - 1, 0, len(trace.time) - 1))
        after = min(before + 1, len(trace.time) - 1)
        gain = (
            trace.linear_velocity[after, light]
            - trace.linear_velocity[before, light]
            - gravity * (trace.time[after] - trace.time[before])
        )
        length = float(np.linalg.norm(gain))
        normal = gain / length if np.isfinite(length) and length > 1e-9 else np.array([0.0, 0.0, 1.0])
        x, y, _ = passes.camera.project(np.array([contact.x, contact.y, contact.z]), frame)
        lasting = max(contact.t_end - contact.t_start, 1e-4)
        rows.append(
            {
                "instances": [place.get(a, -1), place.get(b, -1)], "frame": frame, "time": contact.t_start, "force": contact.impulse_Ns / lasting,
                "impulse": contact.impulse_Ns, "position": [contact.x, contact.y, contact.z], "contact_normal": normal,
                "image_position": [x / passes.size[0], y / passes.size[1]],
            }
        )  # fmt: skip
    return rows


def _recipes() -> list[Recipe]:
    read = "import json, numpy as np, imageio.v3 as iio\n"
    deep = "import json, cv2, numpy as np  # Pillow and imageio would cut 16-bit colour to 8 bits\n"
    return [
        Recipe("metadata.json, events.json", "Scene, camera, instances and collisions as in Kubric; friction and restitution are of pairs here, so null; `force` is the mean over the contact [N], `impulse` [N s] what was integrated; instances -1 are the background.", "import json\nvalue = {i['asset_id']: i['visibility'] for i in json.load(open('metadata.json'))['instances']}"),
        Recipe("segmentation_*.png", "uint8 (uint16 beyond 255 instances): 0 background, k + 1 the instance k of metadata.json.", read + "value = iio.imread('segmentation_00000.png')"),
        Recipe("depth_*.tiff", "float32 [m]: distance from the camera's centre along the ray; 1e10 for sky.", read + "value = iio.imread('depth_00000.tiff')"),
        Recipe("forward_flow_*.png, backward_flow_*.png", "uint16 x 3: rows (down) and columns (right) of the displacement [px] scaled to data_ranges.json; third channel 0.", deep + "limits = json.load(open('data_ranges.json'))['forward_flow']\nraw = cv2.imread('forward_flow_00000.png', cv2.IMREAD_UNCHANGED)[..., :0:-1].astype(float)\nvalue = raw / 65535 * (limits['max'] - limits['min']) + limits['min']"),
        Recipe("normal_*.png", "uint16 x 3: (n + 1) / 2 * 65535 in the world; 32768 three times for sky.", deep + "value = cv2.imread('normal_00000.png', cv2.IMREAD_UNCHANGED)[..., ::-1] / 65535 * 2 - 1"),
        Recipe("rgba_*.png", "uint8 sRGB, alpha 255.", read + "value = iio.imread('rgba_00000.png')"),
    ]  # fmt: skip
