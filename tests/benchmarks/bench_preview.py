"""How long a preview takes: seconds of wall clock and processor seconds for a 3 s clip at 640x360 and 16 frames a second.

Run: `python tests/benchmarks/bench_preview.py [--tier preview] [--size 640x360] [--scene drop|room|glass] [--seconds 3]`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent.parent.parent)]

from generator_scenes import bouncing, ground, path, rigid, trace_of  # noqa: E402

from generator.preview import render_preview  # noqa: E402
from scenes.scene import Scene  # noqa: E402
from sim.trace import Trace  # noqa: E402


def clip(name: str, frames: int) -> tuple[Scene, Trace]:
    """A ball dropped outdoors, blocks in a room, or a glass on a table."""
    if name == "drop":
        bodies = {
            "ground": ground(),
            "ball": rigid({"type": "sphere", "radius": 0.11}, (0, 0, 2.11), "rubber", color="red"),
        }
        scene = Scene.from_data({"bodies": bodies})
        return scene, trace_of(scene, frames=frames, motion={"ball": path(lambda t: 0.2 * t, 0.0, bouncing(2.0, 0.11))})
    bodies = {
        "ground": ground("wood"),
        "ball": rigid({"type": "sphere", "radius": 0.06}, (-0.6, 0, 0.06), "rubber", color="blue"),
    }
    for k in range(6):
        bodies[f"block_{k}"] = rigid({"type": "box", "size": (0.1, 0.1, 0.1)}, (0.2, 0, 0.05 + 0.1 * k), "wood")
    if name == "glass":
        bodies["glass"] = rigid({"type": "cup", "radius": 0.06, "height": 0.16}, (-0.2, 0.2, 0.08), "glass")
    scene = Scene.from_data({"bodies": bodies, "look": {"style": "indoor"}})
    return scene, trace_of(
        scene, frames=frames, motion={"ball": path(lambda t: np.minimum(-0.6 + 0.3 * t, 0.09), 0.0, 0.06)}
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tier", default="preview", choices=("draft", "preview", "final"))
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--scene", default="drop", choices=("drop", "room", "glass"))
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--workers", type=int)
    given = parser.parse_args()
    width, height = (int(part) for part in given.size.split("x"))
    scene, trace = clip(given.scene, round(given.seconds * 16))
    with tempfile.TemporaryDirectory() as folder:
        load = os.getloadavg()[0]
        target = Path(folder) / "clip.mp4"
        record = render_preview(scene, trace, target, size=(width, height), tier=given.tier, workers=given.workers)
        found = {
            key: value
            for key, value in record.as_dict().items()
            if key in {"renderer", "frames", "seconds", "cpu_seconds", "workers"}
        }
        cpu = record.cpu_seconds or 0.0
        print(json.dumps({"scene": given.scene, "tier": given.tier, "size": given.size, **found,
                          "cpu_seconds_a_frame": round(cpu / record.frames, 3), "seconds_on_free_cores": round(cpu / record.workers, 1),
                          "load_before": round(load, 2), "bytes": target.stat().st_size}))  # fmt: skip


if __name__ == "__main__":
    main()
