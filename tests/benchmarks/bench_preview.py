"""How long a preview takes: wall clock and processor seconds a frame, what a clip of 81 frames takes at that rate on free
cores, and the ratio to PyBullet's TinyRenderer on the same scene in the same run.

Run: `python tests/benchmarks/bench_preview.py [--tier preview] [--variant scalar_rgb] [--size 832x480] [--frames 4]
[--scene objects|drop|room|glass]`. All frames of the clip are rendered with `--frames 81`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent.parent.parent)]

from generator_scenes import bouncing, ground, path, rigid, trace_of, turned  # noqa: E402

from generator.camera import clip_times, frame_camera  # noqa: E402
from generator.preview import best_variant, render_preview  # noqa: E402
from scenes.scene import Scene  # noqa: E402
from sim.trace import Trace  # noqa: E402

CLIP = 81  # frames


def objects(frames: int) -> tuple[Scene, Trace]:
    """Eighteen things of glass, metal, rubber, wood, stone and ice, fifteen of them on their way."""
    materials = ("rubber", "wood", "steel", "glass", "concrete", "ice", "copper", "plastic", "granite")
    bodies, motion = {"ground": ground("wood")}, {}
    for k in range(18):
        x, y = -1.5 + 0.6 * (k % 6), -0.5 + 0.55 * (k // 6)
        shape = (
            {"type": "sphere", "radius": 0.16}
            if k % 3 == 0
            else {"type": "box", "size": (0.26, 0.26, 0.26)}
            if k % 3 == 1
            else {"type": "cup", "radius": 0.11, "height": 0.3}
        )
        material = "glass" if shape["type"] == "cup" else materials[k % len(materials)]
        bodies[f"thing_{k}"] = rigid(shape, (x, y, 0.5), material)
        high = bouncing(0.25 + 0.06 * (k % 5), 0.16, 0.6)

        def moved(t: np.ndarray, x: float = x, y: float = y, high=high, k: int = k):  # type: ignore[no-untyped-def]
            return np.stack([x + 0.05 * t, np.full_like(t, y), high(t)], axis=1), turned(
                (0.2, 1, 0.1), 0.5 * t * (k % 3)
            )

        if k % 6:
            motion[f"thing_{k}"] = moved
    scene = Scene.from_data({"bodies": bodies, "look": {"style": "daylight"}})
    return scene, trace_of(scene, frames=frames, motion=motion)


def clip(name: str, frames: int) -> tuple[Scene, Trace]:
    """Eighteen objects, a ball dropped outdoors, blocks in a room, or a glass on a floor."""
    if name == "objects":
        return objects(frames)
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


def tiny_renderer(scene: Scene, trace: Trace, size: tuple[int, int], frames: int) -> float:
    """Processor seconds a frame of PyBullet's software renderer with the same bodies, camera and size."""
    import pybullet

    from sim.world import World, choose_rate

    times, _ = clip_times(scene, trace)
    camera = frame_camera(scene, trace, size=size, times=times)
    with World(scene, steps_per_second=trace.fps * choose_rate(scene, trace.fps, bodies=len(scene.bodies))[0]) as world:
        view = pybullet.computeViewMatrix(camera.eye[0].tolist(), camera.target[0].tolist(), camera.up[0].tolist())
        lens = pybullet.computeProjectionMatrixFOV(float(camera.fov[0]), size[0] / size[1], 0.05, 100)
        started = time.process_time()
        for _ in range(frames):
            world.bullet.getCameraImage(
                *size, view, lens, renderer=pybullet.ER_TINY_RENDERER, physicsClientId=world.client
            )
        return (time.process_time() - started) / frames


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tier", default="preview", choices=("draft", "preview", "final"))
    parser.add_argument("--variant", help="of Mitsuba; the fastest that works here when not given")
    parser.add_argument("--size", default="832x480")
    parser.add_argument("--scene", default="objects", choices=("objects", "drop", "room", "glass"))
    parser.add_argument("--frames", type=int, default=4, help="frames that are rendered and measured")
    parser.add_argument("--workers", type=int)
    given = parser.parse_args()
    if given.variant:
        os.environ["HYBRID_MITSUBA_VARIANT"] = given.variant
    width, height = (int(part) for part in given.size.split("x"))
    scene, trace = clip(given.scene, CLIP)
    tiny = tiny_renderer(scene, trace, (width, height), 3)
    keep = np.linspace(0, CLIP - 1, given.frames).round().astype(int)
    first = _some(trace, keep[:1])
    some = _some(trace, keep)
    if given.tier != "draft":
        best_variant()  # its probe is of the machine, not of the clip
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        options = {"size": (width, height), "tier": given.tier, "workers": given.workers, "fps": trace.fps}
        alone = render_preview(scene, first, Path(folder) / "one.mp4", **{**options, "workers": 1})  # type: ignore[arg-type]
        record = render_preview(scene, some, Path(folder) / "clip.mp4", **options)  # type: ignore[arg-type]
        size = (Path(folder) / "clip.mp4").stat().st_size
    cpu, start = record.cpu_seconds or 0.0, alone.cpu_seconds or 0.0
    frame = max(cpu - start * record.workers, 0.0) / max(len(keep) - record.workers, 1)
    cores = len(os.sched_getaffinity(0))
    print(json.dumps({
        "scene": given.scene, "tier": given.tier, "size": given.size, "renderer": record.renderer, "frames": len(keep), "seconds": record.seconds,
        "cpu_seconds": cpu, "workers": record.workers, "cpu_seconds_until_first_frame": round(start, 2), "cpu_seconds_a_frame": round(frame, 3),
        f"seconds_for_{CLIP}_frames_on_{cores}_free_cores": round((start * record.workers + frame * (CLIP - record.workers)) / cores, 1),
        "tiny_renderer_cpu_seconds_a_frame": round(tiny, 3), "times_tiny_renderer": round(frame / tiny, 1), "load_before": round(load, 2), "bytes": size,
    }))  # fmt: skip


def _some(trace: Trace, keep: np.ndarray) -> Trace:
    """The chosen frames of a trace as one of their own, played at its rate."""
    from dataclasses import replace

    return replace(
        trace, time=np.arange(len(keep)) / trace.fps, alive=trace.alive[keep], position=trace.position[keep],
        orientation=trace.orientation[keep], linear_velocity=trace.linear_velocity[keep],
        angular_velocity=trace.angular_velocity[keep], scale=trace.scale[keep],
    )  # fmt: skip


if __name__ == "__main__":
    main()
