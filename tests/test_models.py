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
from scenes.errors import UserError
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


def test_a_camera_that_cuts_does_not_sweep_through_the_scene(tmp_path: Path) -> None:
    pytest.importorskip("pygltflib", reason="the export needs pygltflib")
    from hybrid.exports.glb import gltf_of

    folder = tmp_path / "run"
    HybridPipeline(pictures=False)(load_example("toppled_tower"), output=folder)
    scene = animated_scene(load_run(folder))
    assert scene.camera is not None and scene.camera.kind == "cut"
    gltf = gltf_of(scene)
    blob = gltf.binary_blob()
    number = next(k for k, node in enumerate(gltf.nodes) if node.name == "clip_camera")
    sampler = next(gltf.animations[0].samplers[c.sampler] for c in gltf.animations[0].channels if c.target.node == number and c.target.path == "translation")  # fmt: skip

    def read(index: int, width: int) -> np.ndarray:
        accessor = gltf.accessors[index]
        offset = gltf.bufferViews[accessor.bufferView].byteOffset
        return np.frombuffer(blob, dtype="<f4", count=accessor.count * width, offset=offset).reshape(-1, width)

    times, eyes = read(sampler.input, 1)[:, 0], read(sampler.output, 3)
    assert (np.diff(times) > 0).all() and len(times) > len(scene.time)
    jumps = (
        np.linalg.norm(np.diff(eyes, axis=0), axis=1)
        > 0.3 * np.linalg.norm(scene.camera.target - scene.camera.eye, axis=1).min()
    )
    assert jumps.any() and np.diff(times)[jumps & (np.diff(times) < 0.01)].size > 0
    used = {
        view
        for p in (s for m in gltf.meshes for s in m.primitives)
        for view in (p.indices, p.attributes.POSITION, p.attributes.NORMAL)
    }
    used |= {k for s in gltf.animations[0].samplers for k in (s.input, s.output)}
    assert used == set(range(len(gltf.accessors))), "nothing lies in the file unused"


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


def chunks_of(path: Path) -> dict[str, list]:
    """The record batches of every entity, as Rerun's own reader gives them."""
    reader = pytest.importorskip("rerun.chunk", reason="the export needs rerun-sdk").RrdReader(path)
    found: dict[str, list] = {}
    for chunk in reader.stream():
        found.setdefault(chunk.entity_path, []).append(chunk.to_record_batch())
    return found


def column(batches: list, name: str) -> np.ndarray:
    """The values of a component over the rows of an entity's chunks, in time order."""
    batches = [b for b in batches if name in b.schema.names and "simulation" in b.schema.names]
    times = np.concatenate([np.array(b.column("simulation").cast("int64")) for b in batches])
    values = np.array([row[0] for b in batches for row in b.column(name).to_pylist()])
    return values[np.argsort(times, kind="stable")]


def test_a_rerun_recording_is_read_back_with_the_poses_of_the_trace(run: Run, tmp_path: Path) -> None:
    (path,) = export_run(run, "rrd", tmp_path / "scene.rrd", ExportOptions(which=("depth", "ids"), size=(96, 56)))
    found = chunks_of(path)
    moved = [name for name in run.trace.names if name not in ("ground", "table")]
    assert len(moved) > 20
    for name in moved:
        entity = "/world/" + name.replace("/", "\\/")  # a shard is an entity of its own and does not move with the cup
        position, orientation, alive = held(run, name)
        times = np.concatenate(
            [np.array(b.column("simulation").cast("int64")) for b in found[entity] if "simulation" in b.schema.names]
        )
        assert np.abs(times / 1e9 - run.trace.time).max() < 1e-9
        moves, turns = column(found[entity], "Transform3D:translation"), column(found[entity], "Transform3D:quaternion")
        scales = column(found[entity], "Transform3D:scale")
        assert np.abs(moves[alive] - position[alive]).max() < 1e-6 * max(1.0, np.abs(position[alive]).max())
        assert (1 - np.abs((np.roll(turns, 1, axis=1)[alive] * orientation[alive]).sum(axis=1))).max() < 1e-6
        assert (scales[~alive] < 1e-5).all() and (scales > 0).all() and (scales[alive] > 0.5).all()
    arrows = [row for entity, batches in found.items() if entity.startswith("/world/contacts/") for batch in batches for row in batch.column("Arrows3D:origins").to_pylist()]  # fmt: skip
    assert sum(len(row) for row in arrows) == len(run.trace.contacts), "every touch has its arrow"
    assert arrows.count([]) > 0, "and the arrow goes when the touch ends"
    told = [row[0] for batch in found["/outcomes"] for row in batch.column("TextLog:text").to_pylist()]
    assert len(told) == len(run.outcomes) and all(
        o.evidence in text for o, text in zip(run.outcomes, told, strict=True)
    )
    scene = animated_scene(run)
    assert scene.camera is not None
    camera = next(b for b in found["/world/clip_camera"] if "Transform3D:translation" in b.schema.names)
    assert camera.column("Transform3D:translation").to_pylist()[0][0] == pytest.approx(scene.camera.eye[0], rel=1e-6)
    assert any("Pinhole:image_from_camera" in b.schema.names for b in found["/world/clip_camera/clip"])
    for entity, component in (("depth", "EncodedDepthImage:blob"), ("ids", "SegmentationImage:buffer")):
        frames = [b for b in found[f"/world/clip_camera/{entity}"] if component in b.schema.names]
        assert sum(b.num_rows for b in frames) == len(run.trace.time)
    assert {"/plots/height_m/cup", "/plots/speed_m_s/cup"} <= set(found)
    assert not np.isnan(column(found["/plots/height_m/cup"], "Scalars:scalars")).any()


def test_inspect_writes_a_recording_where_there_is_no_screen(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rerun", reason="the viewer needs rerun-sdk")
    from typer.testing import CliRunner

    from hybrid.cli import app
    from hybrid.exports import rerun_viewer

    monkeypatch.setattr(rerun_viewer, "has_screen", lambda: False)
    assert run.folder is not None
    done = CliRunner().invoke(app, ["inspect", str(run.folder), "--rerun"])
    assert (run.folder / "scene.rrd").is_file() and "--web-viewer" in done.output
    (run.folder / "scene.rrd").unlink()
    done = CliRunner().invoke(app, ["inspect", str(run.folder), "--rrd", str(tmp_path / "here.rrd"), "--json"])
    assert (tmp_path / "here.rrd").is_file() and not (run.folder / "scene.rrd").exists()
    with pytest.raises(UserError, match="'depth'"):
        export_run(run, "rrd", tmp_path / "wrong.rrd", ExportOptions(which=("dept",)))


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
