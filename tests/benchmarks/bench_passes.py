"""How long the control passes of a clip take, against PyBullet's TinyRenderer in the same run, and whether memory stays flat.

Run: `python tests/benchmarks/bench_passes.py [--frames 81] [--size 832x480] [--workers 2] [--long 600]`. Eighteen bodies: balls, boxes, cylinders,
glasses, cones, rings, the ground and a walking person. `core` is ids, depth, normals, positions and forward flow, kept in memory one frame at a
time; `written` are all passes in a folder. Seconds on free cores are processor seconds over the number of processes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent.parent.parent)]

from generator_scenes import ground, path, rigid, trace_of, turned  # noqa: E402

from generator.passes import Passes, make_passes  # noqa: E402
from scenes.scene import Scene  # noqa: E402
from sim.trace import Trace  # noqa: E402

KINDS: tuple[tuple[str, dict[str, Any], str, str | None], ...] = (
    ("ball", {"type": "sphere", "radius": 0.12}, "rubber", "red"),
    ("box", {"type": "box", "size": (0.2, 0.2, 0.2)}, "wood", None),
    ("cylinder", {"type": "cylinder", "radius": 0.1, "height": 0.25}, "steel", None),
    ("glass", {"type": "cup", "radius": 0.08, "height": 0.16}, "glass", None),
    ("cone", {"type": "cone", "radius": 0.12, "height": 0.25}, "plastic", "yellow"),
    ("ring", {"type": "torus", "major_radius": 0.12, "minor_radius": 0.04}, "rubber", "blue"),
)


def crowd(frames: int) -> tuple[Scene, Trace]:
    """Sixteen things, two thirds of them moving and turning, a walking person and the ground."""
    bodies: dict[str, Any] = {"ground": ground()}
    motion: dict[str, Any] = {}
    for k in range(16):
        name, shape, material, color = KINDS[k % 6]
        x, y = (k % 6) * 0.45 - 1.1, (k // 6) * 0.5 - 0.4
        bodies[f"{name}_{k}"] = rigid(shape, (x, y, 0.13), material, **({"color": color} if color else {}))
        if k % 3 != 1:

            def hop(t: Any, x: float = x, y: float = y, k: int = k) -> tuple[Any, Any]:
                z = 0.13 + np.abs(np.sin(2 * t + k)) * 0.5
                return np.stack([x + 0.15 * np.sin(t + k), y + 0 * t, z], axis=1), turned((0, 1, 0.3), 1.5 * t + k)

            motion[f"{name}_{k}"] = hop
    bodies["person"] = {"kind": "figure", "species": "person", "position": (-1.6, 1.3, 0.85), "posture": "walk"}
    motion["person"] = path(lambda t: -1.6 + 0.6 * np.minimum(t, 5), 1.3, 0.85)
    scene = Scene.from_data({"bodies": bodies})
    return scene, trace_of(scene, frames=frames, motion=motion)


def _cpu() -> float:
    """Processor seconds of this process and its finished children."""
    mine, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def in_memory(passes: Passes) -> tuple[float, float]:
    """Wall clock and processor seconds of all frames, left where they are computed."""
    started, cpu = time.perf_counter(), _cpu()
    assert sum(1 for _ in passes.map(bool)) == len(passes)
    return time.perf_counter() - started, _cpu() - cpu


def written(scene: Scene, trace: Trace, size: tuple[int, int], workers: int, format_: str) -> tuple[float, float, int]:
    """Wall clock and processor seconds, and bytes, of an export of all passes."""
    from hybrid.exports import ExportOptions, export_run
    from hybrid.run import Run

    run = Run(scene, scene, trace, ())
    with tempfile.TemporaryDirectory() as folder:
        started, cpu = time.perf_counter(), _cpu()
        export_run(run, format_, Path(folder) / "out", ExportOptions(size=size, workers=workers))
        took = time.perf_counter() - started, _cpu() - cpu
        return *took, sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())


def tiny_renderer(passes: Passes, frames: int) -> float:
    """Processor seconds a frame of PyBullet's software renderer for the same triangles."""
    import pybullet

    client = pybullet.connect(pybullet.DIRECT)
    rays, camera = passes.buffer.rays, passes.camera
    rays.pose(0)
    with tempfile.TemporaryDirectory() as folder:
        for k, mesh in enumerate(rays.meshes):
            if mesh.part is None:
                continue
            file = Path(folder) / f"{k}.obj"
            lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in mesh.vertices] + [
                f"f {a + 1} {b + 1} {c + 1}" for a, b, c in mesh.faces
            ]
            file.write_text("\n".join(lines))
            shape = pybullet.createVisualShape(pybullet.GEOM_MESH, fileName=str(file), physicsClientId=client)
            pybullet.createMultiBody(0, -1, shape, physicsClientId=client)
        plane = pybullet.createVisualShape(pybullet.GEOM_BOX, halfExtents=(20, 20, 0.25), physicsClientId=client)
        pybullet.createMultiBody(0, -1, plane, (0, 0, -0.25), physicsClientId=client)
        view = pybullet.computeViewMatrix(camera.eye[0].tolist(), camera.target[0].tolist(), camera.up[0].tolist())
        lens = pybullet.computeProjectionMatrixFOV(float(camera.fov[0]), camera.size[0] / camera.size[1], 0.05, 100)
        cpu = _cpu()
        for _ in range(frames):
            pybullet.getCameraImage(
                *camera.size, view, lens, renderer=pybullet.ER_TINY_RENDERER, physicsClientId=client
            )
        taken = (_cpu() - cpu) / frames
    pybullet.disconnect(client)
    return taken


def memory(frames: int) -> tuple[float, float]:
    """Resident MiB after a tenth of a long clip and at its end, all passes, one process."""
    scene, trace = crowd(frames)

    def resident() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    early = 0.0
    for frame in make_passes(scene, trace, size=(208, 120), which="all"):
        if frame.frame == frames // 10:
            early = resident()
    return early, resident()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=81)
    parser.add_argument("--size", default="832x480")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--long", type=int, default=600, help="frames of the memory run; 0 leaves it out")
    given = parser.parse_args()
    size = tuple(int(part) for part in given.size.split("x"))
    scene, trace = crowd(given.frames)
    load = os.getloadavg()[0]
    core = make_passes(scene, trace, size=size, which="core", workers=given.workers)
    wall, cpu = in_memory(core)
    tiny = tiny_renderer(core, 5)
    found: dict[str, Any] = {
        "size": given.size, "frames": given.frames, "workers": given.workers, "load_before": round(load, 2), "core_s": round(wall, 1),
        "core_cpu_s": round(cpu, 1), "core_s_on_free_cores": round(cpu / given.workers, 1), "tiny_renderer_cpu_s_a_frame": round(tiny, 3),
        "core_over_tiny": round(cpu / given.frames / tiny, 2),
    }  # fmt: skip
    for format_ in ("png", "exr"):
        wall, cpu, size_ = written(scene, trace, size, given.workers, format_)
        found |= {f"{format_}_s": round(wall, 1), f"{format_}_cpu_s": round(cpu, 1), f"{format_}_s_on_free_cores": round(cpu / given.workers, 1), f"{format_}_MB": round(size_ / 1e6)}  # fmt: skip
    if given.long:
        early, late = memory(given.long)
        found |= {"long_frames": given.long, "MiB_after_a_tenth": round(early), "MiB_at_the_end": round(late)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
