"""`hybrid export DIR --to FORMAT`: the formats that other programs read, one module each, imported when asked for.

A module of a format has one function, `export(run, out, options) -> list[Path]`: it writes the files of a run to `out`
(a folder that exists and is empty, unless the format is one file; then `out` is that file's path), and returns what it
wrote, in the order in which a person would look. It need not care about half-written output: `export_run` gives it a
neighbour of the target and renames it when all went well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenes.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["FORMATS", "ExportOptions", "Format", "export_run", "find_format"]

Progress = Callable[[str, float, float], None]


def _silent(step: str, done: float, of: float) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class ExportOptions:
    """What a format may heed. `size` (width, height) [px] and `fps` [1/s] of pictures, None for the format's own choice;
    `which` the passes or parts that are asked for, empty for all; `workers` processes; `progress(step, done, of)`."""

    size: tuple[int, int] | None = None
    fps: float | None = None
    which: tuple[str, ...] = ()
    workers: int = 1
    progress: Progress = field(default=_silent, compare=False)


@dataclass(frozen=True)
class Format:
    """`module` is imported when the format is used and has `export`; `suffix` is that of the one file it writes, "" when
    it writes a folder; `needs` maps importable modules to the packages that bring them, checked before anything else."""

    name: str
    module: str
    summary: str
    suffix: str = ""
    needs: dict[str, str] = field(default_factory=dict)
    folder: str = ""  # default name inside the run's folder; the format's own name when empty

    def default_output(self, run_folder: Path) -> Path:
        """Where the format goes when no output is named: beside the run's files."""
        return run_folder / (self.folder or (f"scene{self.suffix}" if self.suffix else self.name))

    def load(self) -> Callable[[Run, Path, ExportOptions], list[Path]]:
        """The module's `export`. UserError when a package that it needs is missing."""
        from importlib.util import find_spec

        missing = [package for module, package in self.needs.items() if find_spec(module) is None]
        if missing:
            raise UserError(
                f"The format {self.name} needs {' and '.join(missing)}: install with `python -m pip install {' '.join(missing)}`."
            )
        function: Any = import_module(self.module).export
        return function  # type: ignore[no-any-return]


# Another format is one more line here and one module with `export(run, out, options)`.
FORMATS: dict[str, Format] = {
    format_.name: format_
    for format_ in (
        Format("exr", "hybrid.exports.exr", "all passes as OpenEXR, one file a frame, with README.txt", needs={"OpenEXR": "OpenEXR"}),
        Format("png", "hybrid.exports.png", "all passes as PNG and NumPy files, with README.txt"),
        Format("wan-move", "hybrid.exports.wan_move", "point tracks and their visibility as .npy, with the first frame"),
        Format("time-to-move", "hybrid.exports.time_to_move", "first frame, motion signal and mask for Time-to-Move"),
        Format("vace", "hybrid.exports.vace", "depth, flow, layout, pose, scribble and grey control videos for VACE"),
        Format("comfyui", "hybrid.exports.comfyui", "control videos at 16 fps, masks, prompts and workflows for ComfyUI"),
        Format("coco", "hybrid.exports.coco", "COCO instances with masks, boxes and keypoints"),
        Format("kubric", "hybrid.exports.kubric", "Kubric's metadata.json, data_ranges.json, events.json and images"),
        Format("prores", "hybrid.exports.prores", "ProRes 4444 with mattes at 24 fps for editors"),
        Format("glb", "hybrid.exports.glb", "animated glTF for Blender, three.js and system viewers", suffix=".glb", needs={"pygltflib": "pygltflib"}),
        Format("usd", "hybrid.exports.usd", "OpenUSD with time samples", suffix=".usdc", needs={"pxr": "usd-core"}),
        Format("rrd", "hybrid.exports.rrd", "a Rerun recording: bodies, contacts, curves, outcomes", suffix=".rrd", needs={"rerun": "rerun-sdk"}),
        Format("parquet", "hybrid.exports.parquet", "the whole trace as one Parquet file", suffix=".parquet", needs={"pyarrow": "pyarrow"}),
        Format("csv", "hybrid.exports.csv_tables", "poses, contacts and temperatures as CSV tables, with README.txt"),
    )
}  # fmt: skip


def find_format(name: str) -> Format:
    """A format by its name, whatever its case and hyphens. UserError with the nearest names."""
    plain = name.strip().lower().replace("_", "-").lstrip(".")
    if plain in FORMATS:
        return FORMATS[plain]
    raise UserError(f"There is no export format {name!r}{did_you_mean(plain, FORMATS)}.")


def export_run(run: Run, to: str, out: str | Path | None = None, options: ExportOptions | None = None) -> list[Path]:
    """Write a run in a format, whole or not at all, and return the files. `out` is a folder (or a file, for formats of
    one file); beside the run's files when None.

    Raises UserError for an unknown format, a missing package, and an output that is in the way; RunError when the disk is full.
    """
    from hybrid.exports.writing import whole_output

    chosen = find_format(to)
    function = chosen.load()
    if out is None:
        if run.folder is None:
            raise UserError("The run has no folder, so say where the export goes.")
        out = chosen.default_output(run.folder)
    with whole_output(Path(out), suffix=chosen.suffix) as (temporary, finished):
        files = function(run, temporary, options or ExportOptions())
    return [finished(file) for file in files]
