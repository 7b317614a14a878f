"""Control passes against other witnesses: the path tracer's own hits, and the bones of a figure that was let go."""

from __future__ import annotations

import numpy as np
import pytest
from generator_scenes import ground
from test_passes import SIZE, busy

from generator.passes import make_passes
from generator.skeleton import BODY_25
from scenes.scene import Scene
from sim.simulate import simulate
from sim.trace import Trace


def inner_pixels(ids: np.ndarray) -> np.ndarray:
    """Pixels of the picture whose eight neighbours are of the same body."""
    inner = np.ones(ids.shape, dtype=bool)
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, 1), (1, -1), (-1, 1)):
        inner &= np.roll(ids, (dy, dx), axis=(0, 1)) == ids
    inner[[0, -1]] = inner[:, [0, -1]] = False
    return inner


@pytest.mark.slow
@pytest.mark.parametrize("frame", [0, 3, 9])
def test_ids_are_those_of_the_path_tracer_on_every_inner_pixel(frame: int) -> None:
    """One sample at the centre of each pixel, of the scene that the beauty pictures are traced from: the same shape is hit."""
    mi = pytest.importorskip("mitsuba")
    mi.set_variant("scalar_rgb")
    from generator.camera import clip_times, frame_camera
    from generator.geometry import scene_geometry
    from generator.mitsuba_scene import MitsubaScene
    from generator.stage import build_stage

    scene, trace = busy()
    size = (240, 144)
    times, _ = clip_times(scene, trace)
    camera = frame_camera(scene, trace, size=size, times=times)
    geometry = scene_geometry(scene, trace, times)
    tracer = MitsubaScene(scene, geometry, build_stage(scene, geometry, camera), camera, samples=1)
    beauty = tracer.render(frame)
    sensor = mi.load_dict({
        **tracer._sensor(1), "to_world": tracer._to_world(frame), "fov": float(camera.fov[frame]),
        "sampler": {"type": "stratified", "sample_count": 1, "jitter": False},
    })  # fmt: skip
    integrator = mi.load_dict({"type": "aov", "aovs": "who:shape_index"})
    hit = np.array(mi.render(tracer._scene, sensor=sensor, integrator=integrator, spp=1))[..., 0].round().astype(int)
    column = [-1]  # the integrator counts shapes from 1; 0 is the sky
    for shape in tracer._scene.shapes():
        name = str(shape.id())
        column.append(
            geometry.parts[int(name[4:])].column
            if name.startswith("part")
            else trace.index("ground")
            if name == "ground"
            else -9
        )
    theirs = np.array(column)[hit]
    mine = next(
        make_passes(scene, trace, size=size, camera=camera, which=["ids", "depth", "position"]).frames(frame, frame + 1)
    )
    inner = inner_pixels(mine.ids)
    assert {trace.index(name) for name in ("ball", "post", "crate", "person", "ground")} <= set(
        np.unique(mine.ids[inner])
    )
    assert (theirs == mine.ids)[inner].all(), (
        f"{int((theirs != mine.ids)[inner].sum())} of {int(inner.sum())} inner pixels differ"
    )
    near = inner & (mine.ids >= 0) & (mine.depth < 10)
    along = np.linalg.norm(mine.position - camera.eye[frame], axis=-1)
    assert np.abs(beauty["depth"] - along)[near].max() < 0.05


@pytest.fixture(scope="module")
def fallen() -> tuple[Scene, Trace]:
    """A man of 1.7 m who tips and is let go: a jointed body from then on."""
    keys = [{"time": 0, "position": [0, 0, 0]}, {"time": 0.6, "position": [0.17, 0, 0], "tilt": 0.5}]
    driver = {"type": "path", "body": "man", "keys": keys, "interpolation": "smooth", "release": True}
    man = {"kind": "figure", "species": "person", "height": 1.7, "mass": 70.0, "position": [0, 0, 0]}
    scene = Scene.from_data({"schema": 1, "bodies": {"ground": ground(), "man": man}, "drivers": {"fall": driver}})
    return scene, simulate(scene, seconds=2.5)


def test_the_skeleton_of_a_figure_that_was_let_go_follows_its_limbs(fallen: tuple[Scene, Trace]) -> None:
    scene, trace = fallen
    (record,) = trace.meta["ragdolls"]
    own = [k for k, name in enumerate(trace.names) if name == "man" or name.startswith("man/")]
    passes = make_passes(scene, trace, size=SIZE, which=["ids", "skeletons"])
    bones = [(f"{side}_{a}", f"{side}_{b}", f"man/{link}_{side}") for side in ("left", "right") for a, b, link in (("hip", "knee", "thigh"), ("knee", "ankle", "shank"), ("shoulder", "elbow", "arm"), ("elbow", "wrist", "forearm"))]  # fmt: skip
    lengths, noses, loose = [], [], 0
    for frame in passes:
        (one,) = frame.skeletons
        assert one.name == "man" and np.isfinite(one.position).all()
        named = dict(zip(BODY_25, one.position, strict=True))
        lengths.append([np.linalg.norm(named[a] - named[b]) for a, b, _ in bones])
        noses.append(named["nose"][2])
        seen = [(int(x), int(y)) for (x, y, _), visible in zip(one.joints, one.visible, strict=True) if visible]
        beside = [
            at
            for at in seen
            if not np.isin(frame.ids[max(0, at[1] - 2) : at[1] + 3, max(0, at[0] - 2) : at[0] + 3], own).any()
        ]
        assert len(seen) >= 12 and not beside, (
            f"at {frame.time:.2f} s {len(beside)} joints that are seen lie beside the figure"
        )
        row = round(frame.time * trace.fps)
        if frame.time > record["time"] and abs(row / trace.fps - frame.time) < 1e-9:
            loose += 1
            for a, b, link in bones:
                middle = (named[a] + named[b]) / 2
                assert np.linalg.norm(middle - trace.position[row, trace.index(link)]) < 0.03, (
                    f"{link} is drawn where it was solved"
                )
    assert loose > 20
    assert noses[0] > 1.3 and noses[-1] < 0.5, "he lies at the end"
    spread = np.ptp(np.array(lengths), axis=0) / np.mean(lengths, axis=0)
    assert spread.max() < 0.01, "bones do not stretch"
