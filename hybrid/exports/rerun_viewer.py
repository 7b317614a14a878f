"""`hybrid inspect DIR --rerun`: the Rerun viewer with a run in it, or a file for it where there is no screen."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scenes.errors import UserError

if TYPE_CHECKING:
    from hybrid.exports import ExportOptions
    from hybrid.run import Run

__all__ = ["has_screen", "show"]


def has_screen() -> bool:
    """Whether a window can be opened: always on Windows and macOS, elsewhere with a display named in the environment."""
    return sys.platform in {"win32", "darwin"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def show(run: Run, options: ExportOptions, *, file: Path | None = None) -> str:
    """Open the viewer, or write `file` (`DIR/scene.rrd` when there is no screen and none is named), and say in one sentence what was done.

    UserError without rerun-sdk, for a pass that a recording does not show, and for a file that cannot be written.
    """
    from hybrid.exports import export_run, find_format

    zh = run.scene.language == "zh"
    why = ""
    viewer = "rerun" if shutil.which("rerun") else f"{sys.executable} -m rerun"
    find_format("rrd").load()
    if file is None and has_screen():
        from hybrid.exports.rrd import recording

        beside = str(
            Path(sys.executable).parent
        )  # the viewer lies beside the interpreter, whether its environment is active or not
        if beside not in os.environ.get("PATH", "").split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([beside, os.environ.get("PATH", "")])
        try:
            recording(run, options, spawn=True).flush()
            return "已在 Rerun 查看器中打开。" if zh else "Opened in the Rerun viewer."
        except (
            OSError,
            RuntimeError,
        ) as error:  # the viewer is a program of its own, and may fail on a screen that is there
            cause = str(error).strip().splitlines()[0].rstrip(".")
            why = f"查看器未能启动（{cause}）。" if zh else f"The viewer did not start ({cause}). "
    elif file is None:
        why = "这里没有屏幕。" if zh else "There is no screen here. "
    if file is None and run.folder is None:
        raise UserError("The run has no folder, so say where the recording goes with --rrd FILE.")
    (written,) = export_run(run, "rrd", file, options)
    how = f"`{viewer} {written}`", f"`{viewer} --web-viewer {written}`"
    if zh:
        return f"{why}已写入 {written}：用 {how[0]} 打开，或用 {how[1]} 在浏览器中查看。"
    return f"{why}Wrote {written}: open it with {how[0]}, or in a browser with {how[1]}."
