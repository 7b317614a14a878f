"""COCO instances: every body in every frame with its mask, box, track and, for people, key points."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from generator.passes import CATEGORIES, FramePasses
from generator.skeleton import BODY_25, Skeleton
from hybrid.exports import ExportOptions
from hybrid.exports.masks import coco_counts
from hybrid.exports.png_file import write_png
from hybrid.exports.side_files import Recipe, write_json, write_readme
from hybrid.exports.sources import clip_passes, clip_pictures, whole_window

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["export"]

KEYPOINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist",
    "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
LIMBS = [
    [16, 14], [14, 12], [17, 15], [15, 13], [12, 13], [6, 12], [7, 13], [6, 7], [6, 8], [7, 9], [8, 10], [9, 11], [2, 3], [1, 2], [1, 3], [2, 4],
    [3, 5], [4, 6], [5, 7],
]  # fmt: skip


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    """Write `images/00000.png` ... and `instances.json`. The level ground and the sky are no instances. Each annotation has its own
    `track_id` (the body) and the amodal mask and box besides."""
    window = whole_window(run, options)
    passes = clip_passes(run, options, ("ids", "objects", "amodal", "skeletons"), window)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    width, height = passes.size
    for index, found in enumerate(passes.map(partial(_annotations, shape=(height, width)))):
        images.append(
            {
                "id": index + 1,
                "file_name": f"{index:05d}.png",
                "width": width,
                "height": height,
                "time": float(passes.times[index]),
            }
        )
        annotations += [{"id": len(annotations) + k + 1, "image_id": index + 1, **one} for k, one in enumerate(found)]
        options.progress("masks", index + 1, len(passes))
    used = {CATEGORIES[number] for number in passes.legend.category[:-2]}
    categories: list[dict[str, Any]] = [
        {"id": number, "name": name, "supercategory": "thing"}
        for number, name in enumerate(CATEGORIES)
        if name in used and name != "ground"
    ]
    for category in categories:
        if category["name"] == "person":
            category |= {"keypoints": list(KEYPOINTS), "skeleton": LIMBS}
    write_json(
        out / "instances.json",
        {
            "info": {"description": run.scene.title or run.scene.text or "simulated clip", "version": "1.0"}, "licenses": [],
            "images": images, "annotations": annotations, "categories": categories,
            "tracks": [{"id": k, "name": name} for k, name in enumerate(passes.legend.names)],
        },
    )  # fmt: skip
    for index, picture in enumerate(clip_pictures(run, options, window)):
        write_png(out / "images" / f"{index:05d}.png", picture, level=3)
        options.progress("images", index + 1, len(passes))
    recipes = [
        Recipe("instances.json", "COCO annotations: segmentation (compressed run lengths), bbox [x, y, width, height] px, area px, category_id, track_id; amodal_segmentation, amodal_bbox, visibility 0..1; keypoints with 2 seen, 1 hidden, 0 outside.", "from pycocotools.coco import COCO\ncoco = COCO('instances.json')\nvalue = coco.annToMask(coco.loadAnns(coco.getAnnIds())[0])"),
        Recipe("images/*.png", "The rendered frames, uint8 sRGB.", "import imageio.v3 as iio\nvalue = iio.imread('images/00000.png')"),
    ]  # fmt: skip
    readme = write_readme(out, "COCO instances", recipes, [window.said() + "."])
    return [readme, out / "instances.json", out / "images"]


def _annotations(frame: FramePasses, shape: tuple[int, int]) -> list[dict[str, Any]]:
    """The annotations of a frame, without ids. Runs in the process that computed the frame."""
    assert frame.ids is not None and frame.objects is not None
    people = {skeleton.name: skeleton for skeleton in frame.skeletons or ()}
    found = []
    for view in frame.objects:
        if view.box is None or view.amodal is None:
            continue
        x0, y0, x1, y1 = view.box
        whole = view.amodal
        h, w = whole.values.shape
        one: dict[str, Any] = {
            "category_id": CATEGORIES.index(view.category), "segmentation": _rle(frame.ids == view.id), "area": view.area,
            "bbox": [x0, y0, x1 - x0, y1 - y0], "iscrowd": 0, "track_id": view.id, "amodal_segmentation": _rle(whole.full(shape).astype(bool)),
            "amodal_bbox": [whole.x, whole.y, w, h], "visibility": view.visibility,
        }  # fmt: skip
        if view.name in people:
            points = _keypoints(people[view.name], shape)
            one |= {"keypoints": points, "num_keypoints": sum(1 for flag in points[2::3] if flag > 0)}
        found.append(one)
    return found


def _rle(mask: NDArray[np.bool_]) -> dict[str, Any]:
    return {"size": list(mask.shape), "counts": coco_counts(mask)}


def _keypoints(skeleton: Skeleton, shape: tuple[int, int]) -> list[float]:
    values: list[float] = []
    for name in KEYPOINTS:
        k = BODY_25.index(name)
        x, y = (float(v) for v in skeleton.joints[k, :2])
        inside = 0 <= x < shape[1] and 0 <= y < shape[0]
        values += [round(x, 2), round(y, 2), 2.0 if skeleton.visible[k] else 1.0] if inside else [0.0, 0.0, 0.0]
    return values
