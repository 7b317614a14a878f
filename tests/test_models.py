"""Animated models of a run, read back by other readers than the writers: the poses in them are those of the trace."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from hybrid import HybridPipeline
from hybrid.exports import ExportOptions, export_run
from hybrid.exports.animated import animated_scene
from hybrid.report.view3d import view_of
from hybrid.run import Run
from hybrid.run_io import load_run
from scenes.examples import load_example


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A glass that breaks: bodies that end, fragments that begin."""
    folder = tmp_path_factory.mktemp("run")
    HybridPipeline(pictures=False)(load_example("broken_glass"), output=folder)
    return load_run(folder)


def held(run: Run, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    track = run.trace[name]
    alive = run.trace.alive[:, run.trace.index(name)]
    return np.asarray(track.position), np.asarray(track.orientation), alive


def test_glb_opens_elsewhere_and_its_keys_are_the_poses_of_the_trace(run: Run, tmp_path: Path) -> None:
    pygltflib = pytest.importorskip("pygltflib", reason="the export needs pygltflib")
    (path,) = export_run(run, "glb", tmp_path / "scene.glb")
    gltf = pygltflib.GLTF2().load(str(path))
    blob = gltf.binary_blob()

    def read(index: int) -> np.ndarray:
        accessor = gltf.accessors[index]
        view = gltf.bufferViews[accessor.bufferView]
        width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[accessor.type]
        data = np.frombuffer(blob, dtype="<f4", count=accessor.count * width, offset=view.byteOffset)
        return data.reshape(accessor.count, width)

    animation = gltf.animations[0]
    moved = 0
    for channel in animation.channels:
        node, path_ = gltf.nodes[channel.target.node], channel.target.path
        if node.name not in run.trace.names or path_ not in ("translation", "rotation"):
            continue
        sampler = animation.samplers[channel.sampler]
        times, values = read(sampler.input)[:, 0], read(sampler.output)
        assert np.allclose(times, run.trace.time, atol=1e-6)
        position, orientation, alive = held(run, node.name)
        if path_ == "translation":
            assert np.abs(values[alive] - position[alive]).max() < 1e-6 * max(1.0, np.abs(position[alive]).max())
        else:
            turned = np.roll(values, 1, axis=1)[alive]
            assert (1 - np.abs((turned * orientation[alive]).sum(axis=1))).max() < 1e-6
        moved += 1
    assert moved > 20, "the cup and its fragments move"
    assert {n for n in run.trace.names if n != "ground"} <= {node.name for node in gltf.nodes}
    trimesh = pytest.importorskip("trimesh")
    loaded = trimesh.load(path)
    assert len(loaded.geometry) >= 3


def test_usd_holds_the_same_poses_at_every_frame(run: Run, tmp_path: Path) -> None:
    pxr = pytest.importorskip("pxr.Usd", reason="the export needs usd-core")
    from pxr import UsdGeom

    (path,) = export_run(run, "usd", tmp_path / "scene.usdc")
    stage = pxr.Stage.Open(str(path))
    assert UsdGeom.GetStageUpAxis(stage) == "Z" and UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    cache = UsdGeom.XformCache()
    checked = 0
    for prim in stage.Traverse():
        name = prim.GetCustomDataByKey("body")
        if name not in run.trace.names or name == "ground":
            continue
        position, orientation, alive = held(run, name)
        for frame in np.flatnonzero(alive)[:: max(1, int(alive.sum()) // 5)]:
            cache.SetTime(float(frame))
            matrix = np.array(cache.GetLocalToWorldTransform(prim))
            assert np.abs(matrix[3, :3] - position[frame]).max() < 1e-6
            w, x, y, z = orientation[frame]
            assert matrix[0, :3] == pytest.approx(
                [1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)], abs=1e-6
            )
            checked += 1
        if not alive.all():
            gone = int(np.flatnonzero(~alive)[0])
            assert UsdGeom.Imageable(prim).ComputeVisibility(gone) == "invisible"
    assert checked > 50


def test_a_rerun_recording_is_written(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("rerun", reason="the export needs rerun-sdk")
    (path,) = export_run(run, "rrd", tmp_path / "scene.rrd")
    data = path.read_bytes()
    assert data[:3] == b"RRF" and b"world/cup" in data and b"outcomes" in data


def test_csv_tables_hold_every_pose(run: Run, tmp_path: Path) -> None:
    export_run(run, "csv", tmp_path / "tables", ExportOptions())
    rows = list(csv.DictReader((tmp_path / "tables" / "bodies.csv").open(encoding="utf-8")))
    assert len(rows) == len(run.trace.time) * len(run.trace.names)
    row = next(r for r in rows if r["body"] == "cup" and r["alive"] == "1")
    assert float(row["z_m"]) == run.trace["cup"].position[0, 2]


def test_the_page_view_has_every_body_and_its_poses(run: Run) -> None:
    import base64

    scene = animated_scene(run)
    data = json.loads(view_of(scene).replace("<\\/", "</"))
    blob = base64.b64decode(data["blob"])
    assert [node["name"] for node in data["nodes"]] == [node.name for node in scene.nodes]
    cup = next(node for node in data["nodes"] if node["name"] == "cup")
    poses = np.frombuffer(blob, dtype="<f4", count=data["frames"] * 10, offset=cup["at"]).reshape(-1, 10)
    position, _, alive = held(run, "cup")
    assert np.allclose(poses[alive, :3], position[alive], atol=1e-5)
    assert (poses[~alive, 7:] == 0).all(), "what has broken is not drawn"
