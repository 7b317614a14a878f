"""All passes as OpenEXR: one file a frame with a named channel for everything, exact floats where it matters."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from generator.passes import FramePasses
from generator.textures import linear
from hybrid.exports import ExportOptions
from hybrid.exports.png import asked
from hybrid.exports.side_files import RECIPES, Recipe, frame_records, write_readme, write_side_files
from hybrid.exports.sources import clip_passes, whole_window

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["export"]

_READ = "import OpenEXR, numpy as np\nchannels = OpenEXR.File('frames/00000.exr', separate_channels=True).channels()\n"
_FILES = "frames/*.exr"


def _recipe(channels: str, what: str, code: str) -> Recipe:
    return Recipe(f"{_FILES}: {channels}", what, _READ + code)


CHANNELS: dict[str, Recipe] = {
    "shaded": _recipe("R, G, B", "half, linear: the surface in direct sun, shadow and sky light, after tone mapping.", "value = np.stack([channels[c].pixels for c in 'RGB'], axis=-1)"),
    "ids": _recipe("id", "float32 holding whole numbers: the id of legend.json, -1 sky, -2 painted scenery.", "value = channels['id'].pixels.astype(int)"),
    "semantic": _recipe("semantic", "half holding whole numbers: the category's number in legend.json.", "value = channels['semantic'].pixels.astype(int)"),
    "depth": _recipe("Z", "float32 [m] along the view axis (not along the ray); inf for sky.", "value = channels['Z'].pixels"),
    "normal": _recipe("N.X, N.Y, N.Z; Ncam.X, Ncam.Y, Ncam.Z", "half: unit normals in the world, and in the camera's frame (x right, y up, z towards the viewer); NaN for sky.", "value = np.stack([channels['N.' + c].pixels for c in 'XYZ'], axis=-1)"),
    "position": _recipe("P.X, P.Y, P.Z", "float32 [m]: world position of the surface; NaN for sky.", "value = np.stack([channels['P.' + c].pixels for c in 'XYZ'], axis=-1)"),
    "albedo": _recipe("albedo.R, albedo.G, albedo.B", "half, linear reflectance; 0 for sky.", "value = np.stack([channels['albedo.' + c].pixels for c in 'RGB'], axis=-1)"),
    "flow": _recipe("forward.X, forward.Y, forward.hidden", "float32 [px]: displacement to the next frame, x right, y down; hidden 1 where the point is not seen there. NaN behind the camera; the last frame is zero.", "value = np.stack([channels['forward.' + c].pixels for c in 'XY'], axis=-1)\nhidden = channels['forward.hidden'].pixels > 0"),
    "backward_flow": _recipe("backward.X, backward.Y, backward.hidden", "The same towards the frame before. The first frame is zero.", "value = np.stack([channels['backward.' + c].pixels for c in 'XY'], axis=-1)\nhidden = channels['backward.hidden'].pixels > 0"),
    "temperature": _recipe("temperature", "float32 [degC]; NaN where none is computed.", "value = channels['temperature'].pixels"),
    "scribble": _recipe("scribble", "half: 1 where body, depth or normal change.", "value = channels['scribble'].pixels > 0"),
    "grey": _recipe("grey", "half 0..1: brightness of the shaded picture (sRGB, ITU-R BT.601).", "value = channels['grey'].pixels"),
    "amodal": _recipe("amodal.NAME", "half: 1 where the body would be seen if nothing stood before it. No channel where it is not in view.", "name = sorted(c for c in channels if c.startswith('amodal.'))[0]\nvalue = channels[name].pixels > 0"),
    "effects": _recipe("NAME.shadow, NAME.reflection, NAME.contact", "half 0..1: share of the light that a mover takes or sends there. No channel where there is none.", "names = [c for c in channels if c.endswith('.shadow')]\nvalue = {name: channels[name].pixels for name in names}"),
}  # fmt: skip


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    """Write `out/frames/00000.exr` ..., the JSON and NumPy files, and README.txt."""
    window = whole_window(run, options)
    passes = clip_passes(run, options, asked(options), window)
    (out / "frames").mkdir()
    records = []
    heat = "temperature" in run.trace.extra
    for record in passes.map(partial(_write, out=out, shape=(passes.size[1], passes.size[0]), heat=heat)):
        records.append(record)
        options.progress("passes", len(records), len(passes))
    write_side_files(passes, records, out)
    made = {path.name for path in out.iterdir()}
    first = {channel for record in records for channel in record["channels"]}
    recipes = [recipe for name, recipe in CHANNELS.items() if name in passes.which and _there(name, first)]
    recipes += [recipe for recipe in RECIPES.values() if recipe.files.split(",")[0].split("/")[0] in made]
    facts = [
        window.said() + ".",
        f"Pictures are {passes.size[0]} x {passes.size[1]} pixels. ZIP compression, one part, every channel at full size.",
    ]
    readme = write_readme(out, "Control passes as OpenEXR", recipes, facts)
    return [readme, *sorted(path for path in out.iterdir() if path != readme)]


def _there(name: str, channels: set[str]) -> bool:
    """Whether some frame has channels of a pass that not every frame has."""
    sometimes = {"amodal": lambda c: c.startswith("amodal."), "effects": lambda c: c.endswith((".shadow", ".contact", ".reflection")), "temperature": lambda c: c == "temperature"}  # fmt: skip
    return name not in sometimes or any(sometimes[name](channel) for channel in channels)


def _write(frame: FramePasses, out: Path, shape: tuple[int, int], heat: bool) -> dict[str, Any]:
    """Write the file of a frame; returns its records. Runs in the process that computed the frame."""
    import OpenEXR

    channels: dict[str, NDArray[Any]] = {}

    def put(prefix: str, names: str, picture: NDArray[Any] | None, kind: Any) -> None:
        if picture is not None:
            for k, name in enumerate(names):
                channels[prefix + name] = np.ascontiguousarray(picture[..., k], dtype=kind)

    def flat(name: str, picture: NDArray[Any] | None, kind: Any = np.float16) -> None:
        if picture is not None:
            channels[name] = np.ascontiguousarray(picture, dtype=kind)

    put("", "RGB", None if frame.shaded is None else linear(frame.shaded / 255.0), np.float16)
    flat("id", frame.ids, np.float32)
    flat("semantic", frame.semantic)
    flat("Z", frame.depth, np.float32)
    put("N.", "XYZ", frame.normal, np.float16)
    put("Ncam.", "XYZ", frame.normal_camera, np.float16)
    put("P.", "XYZ", frame.position, np.float32)
    put("albedo.", "RGB", frame.albedo, np.float16)
    put("forward.", "XY", frame.flow_forward, np.float32)
    flat("forward.hidden", frame.hidden_forward)
    put("backward.", "XY", frame.flow_backward, np.float32)
    flat("backward.hidden", frame.hidden_backward)
    flat("temperature", frame.temperature if heat else None, np.float32)
    flat("scribble", None if frame.scribble is None else frame.scribble > 0)
    flat("grey", None if frame.grey is None else frame.grey / 255.0)
    for view in frame.objects or ():
        if view.amodal is not None and view.amodal.values.size:
            flat(f"amodal.{view.name.replace('/', '_')}", view.amodal.full(shape))
    for mover, masks in (frame.effects or {}).items():
        for kind in ("shadow", "reflection", "contact"):
            if getattr(masks, kind).values.size:
                flat(f"{mover.replace('/', '_')}.{kind}", getattr(masks, kind).full(shape).astype(np.float32) / 255)
    if not channels:
        return {**frame_records(frame), "channels": []}
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, channels).write(str(out / "frames" / f"{frame.frame:05d}.exr"))
    return {**frame_records(frame), "channels": list(channels)}
