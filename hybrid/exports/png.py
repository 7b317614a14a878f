"""All passes as PNG files, a folder a pass, with the numbers beside them as JSON and NumPy files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from generator.passes import PASSES, FramePasses
from generator.skeleton import drawn_skeletons
from generator.textures import srgb
from hybrid.exports import ExportOptions
from hybrid.exports.png_file import write_png
from hybrid.exports.side_files import RECIPES, Recipe, frame_records, write_readme, write_side_files
from hybrid.exports.sources import clip_passes, whole_window

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["asked", "export"]

_READ = "import numpy as np, imageio.v3 as iio\n"
_READ_DEEP = "import cv2, numpy as np  # Pillow and imageio would cut 16-bit colour to 8 bits\n"
PICTURES: dict[str, Recipe] = {
    "ids": Recipe("ids/*.png", "uint16. 0 sky, 65535 painted scenery, else the id of legend.json + 1.", _READ + "value = iio.imread('ids/00000.png').astype(int) - 1  # -1 sky\nvalue[value == 65534] = -2  # painted scenery"),
    "semantic": Recipe("semantic/*.png", "uint8: the category's number in legend.json.", _READ + "value = iio.imread('semantic/00000.png')"),
    "depth": Recipe("depth/*.png", "uint16: depth along the view axis in millimetres (not along the ray); 0 for sky and beyond 65.5 m. Exact values are in the exr format.", _READ + "raw = iio.imread('depth/00000.png')\nvalue = np.where(raw == 0, np.inf, raw / 1000.0)  # [m]"),
    "normal": Recipe("normal/*.png, normal_camera/*.png", "uint16 x 3: (n + 1) / 2 * 65535, in the world, and in the camera's frame (x right, y up, z towards the viewer). 0, 0, 0 for sky.", _READ_DEEP + "raw = cv2.imread('normal/00000.png', cv2.IMREAD_UNCHANGED)[..., ::-1]\nvalue = raw / 65535.0 * 2 - 1\nvalue[(raw == 0).all(axis=-1)] = np.nan"),
    "albedo": Recipe("albedo/*.png", "uint8 sRGB: reflectance without light; 0 for sky.", _READ + "c = iio.imread('albedo/00000.png') / 255.0\nvalue = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)  # linear"),
    "flow": Recipe("flow_forward/*.png", "uint16 x 3 in KITTI's layout: x and y displacement to the next frame [px] as (value - 32768) / 64 (x right, y down, up to 511 px); third channel 1 where the point is seen there, 0 where it is hidden. The last frame is zero.", _READ_DEEP + "raw = cv2.imread('flow_forward/00000.png', cv2.IMREAD_UNCHANGED)[..., ::-1].astype(float)\nvalue = (raw[..., :2] - 32768) / 64\nseen_in_next = raw[..., 2] > 0"),
    "backward_flow": Recipe("flow_backward/*.png", "The same towards the frame before. The first frame is zero.", _READ_DEEP + "raw = cv2.imread('flow_backward/00000.png', cv2.IMREAD_UNCHANGED)[..., ::-1].astype(float)\nvalue = (raw[..., :2] - 32768) / 64\nseen_before = raw[..., 2] > 0"),
    "amodal": Recipe("amodal/NAME/*.png", "uint8, 255 where the body would be seen if nothing stood before it. No file for a frame in which it is not there.", _READ + "from pathlib import Path\nfile = sorted(Path('amodal').glob('*/*.png'))[0]\nvalue = iio.imread(file) > 0"),
    "temperature": Recipe("temperature/*.png", "uint16: (degrees Celsius + 273.15) * 16; 0 where none is computed.", _READ + "raw = iio.imread('temperature/00000.png')\nvalue = np.where(raw == 0, np.nan, raw / 16.0 - 273.15)  # [degC]"),
    "skeletons": Recipe("skeletons/*.png", "uint8 x 3: the people drawn in OpenPose's colours (COCO-18) on black.", _READ + "value = iio.imread('skeletons/00000.png')"),
    "shaded": Recipe("shaded/*.png", "uint8 sRGB: the surface in direct sun, shadow and sky light.", _READ + "value = iio.imread('shaded/00000.png')"),
    "grey": Recipe("grey/*.png", "uint8: brightness of the shaded picture (ITU-R BT.601).", _READ + "value = iio.imread('grey/00000.png')"),
    "scribble": Recipe("scribble/*.png", "uint8: 255 where body, depth or normal change.", _READ + "value = iio.imread('scribble/00000.png') > 0"),
    "effects": Recipe("effects/NAME_shadow/*.png, effects/NAME_reflection/*.png, effects/NAME_contact/*.png", "uint8: share of the light (0..255 for 0..1) that a mover takes or sends there; found by following shadow rays and mirrored rays, and by the gap at contacts. No file for a frame without any.", _READ + "from pathlib import Path\nfile = sorted(Path('effects').glob('*/*.png'))[0]\nvalue = iio.imread(file) / 255.0"),
}  # fmt: skip


def asked(options: ExportOptions, *, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The passes that are asked for; all but some when none are named."""
    return options.which or tuple(name for name in PASSES if name not in without)


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    """Write `out/PASS/00000.png` ... of every pass, the JSON and NumPy files, and README.txt. World positions follow from depth and
    camera.json (the README says how)."""
    which = tuple(name for name in asked(options) if name != "position")
    window = whole_window(run, options)
    passes = clip_passes(run, options, which, window)
    records = []
    for record in passes.map(partial(_write, out=out, shape=(passes.size[1], passes.size[0]))):
        records.append(record)
        options.progress("passes", len(records), len(passes))
    write_side_files(passes, records, out)
    made = {path.name for path in out.iterdir()}
    recipes = [
        recipe for name, recipe in PICTURES.items() if name in passes.which and recipe.files.split("/")[0] in made
    ] + [recipe for recipe in RECIPES.values() if recipe.files.split(",")[0].split("/")[0] in made]
    if "depth" in passes.which:
        recipes.append(_POSITION)
    readme = write_readme(
        out,
        "Control passes as PNG",
        recipes,
        [window.said() + ".", f"Pictures are {passes.size[0]} x {passes.size[1]} pixels."],
    )
    return [readme, *sorted(path for path in out.iterdir() if path != readme)]


_POSITION = Recipe(
    "world positions", "Not stored: they follow from depth and camera.json, to the millimetre of the stored depth.",
    "import json, numpy as np, imageio.v3 as iio\nz = iio.imread('depth/00000.png') / 1000.0\nc = json.load(open('camera.json'))['frames'][0]\ny, x = np.mgrid[0:z.shape[0], 0:z.shape[1]] + 0.5\nvalue = (np.stack([x, y, np.ones_like(x)], -1) @ np.linalg.inv(c['K']).T * z[..., None] - c['translation']) @ np.array(c['rotation'])",
)  # fmt: skip


def _write(frame: FramePasses, out: Path, shape: tuple[int, int]) -> dict[str, Any]:
    """Write the pictures of a frame; returns its records. Runs in the process that computed the frame."""
    name = f"{frame.frame:05d}.png"

    def put(folder: str, picture: NDArray[Any]) -> None:
        write_png(out / folder / name, picture)

    if frame.ids is not None:
        put("ids", np.where(frame.ids == -2, 65535, frame.ids + 1).astype(np.uint16))
    if frame.depth is not None:
        far = ~(frame.depth < 65.5)
        put("depth", np.where(far, 0, np.maximum(np.round(np.where(far, 0, frame.depth) * 1000), 1)).astype(np.uint16))
    for folder, normal in (("normal", frame.normal), ("normal_camera", frame.normal_camera)):
        if normal is not None:
            coded = np.clip(np.nan_to_num(normal, nan=-1.0) * 32767.5 + 32768.0, 0, 65535)
            put(folder, coded.astype(np.uint16))
    if frame.albedo is not None:
        put("albedo", (srgb(np.clip(frame.albedo, 0, 1)) * 255 + 0.5).astype(np.uint8))
    for folder, flow, hidden in (
        ("flow_forward", frame.flow_forward, frame.hidden_forward),
        ("flow_backward", frame.flow_backward, frame.hidden_backward),
    ):
        if flow is not None and hidden is not None:
            coded = np.clip(np.round(np.nan_to_num(flow) * 64) + 32768, 0, 65535)
            put(folder, np.dstack([coded, ~hidden]).astype(np.uint16))
    for folder in ("semantic", "shaded", "grey", "scribble"):
        picture = getattr(frame, folder)
        if picture is not None:
            put(folder, picture)
    if frame.temperature is not None and np.isfinite(frame.temperature).any():
        put("temperature", np.clip(np.nan_to_num((frame.temperature + 273.15) * 16 + 0.5), 0, 65535).astype(np.uint16))
    for view in frame.objects or ():
        if view.amodal is not None:
            put(f"amodal/{view.name.replace('/', '.')}", view.amodal.full(shape))
    for mover, masks in (frame.effects or {}).items():
        for kind in ("shadow", "reflection", "contact"):
            crop = getattr(masks, kind)
            if crop.values.size:
                put(f"effects/{mover.replace('/', '.')}_{kind}", crop.full(shape))
    if frame.skeletons:
        put("skeletons", drawn_skeletons(frame.skeletons, (shape[1], shape[0])))
    return frame_records(frame)
