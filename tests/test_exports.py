"""Every export is read back by code that is not ours: OpenEXR, pycocotools, imageio, Pillow, NumPy; and its README's snippets run."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from generator_scenes import bouncing, ground, path, rigid, trace_of

from generator.passes import make_passes
from generator.preview import render_preview
from hybrid.exports import FORMATS, ExportOptions, export_run, find_format
from hybrid.exports.control import depth_picture
from hybrid.exports.flow_colors import flow_picture
from hybrid.exports.masks import coco_counts
from hybrid.exports.png_file import png_bytes
from hybrid.run import Run
from scenes.errors import RunError, UserError
from scenes.scene import Scene
from sim.trace import Contact

SIZE = (112, 64)
MINE = ("exr", "png", "wan-move", "time-to-move", "vace", "comfyui", "coco", "kubric", "prores")


def a_run(folder: Path | None = None) -> Run:
    bodies = {
        "ground": ground("brick"),
        "ball": rigid({"type": "sphere", "radius": 0.25}, (-0.5, 0, 1.2), "rubber", color="red"),
        "wall": rigid({"type": "box", "size": (0.15, 0.1, 0.9)}, (0.1, -0.5, 0.45), "wood", fixed=True),
        "person": {"kind": "figure", "species": "person", "position": (-1.0, 0.6, 0.85), "posture": "walk"},
    }
    scene = Scene.from_data({"bodies": bodies, "text": "a red ball falls on bricks", "title": "ball"})
    motion = {
        "ball": path(lambda t: -0.5 + t, 0.0, bouncing(0.95, 0.25)),
        "person": path(lambda t: -1.0 + t, 0.6, 0.85),
    }
    trace = trace_of(scene, frames=11, motion=motion)
    trace = replace(trace, contacts=(Contact("ball", "ground", 0.43, 0.44, 0.9, 4.4, 3.3, -0.07, 0, 0),))
    return Run(scene, scene, trace, (), folder=folder)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    run = a_run(folder)
    run.scene.save(folder / "scene.yaml")
    run.trace.save(folder / "trace.npz")
    render_preview(run.scene, run.trace, folder / "clip.mp4", size=SIZE, tier="draft", workers=1)
    return run


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    """The folder of a format, written once."""
    done: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in done:
            done[name] = tmp_path_factory.mktemp("out") / name
            files = export_run(run, name, done[name], ExportOptions(size=SIZE))
            assert files and all(file.exists() for file in files)
        return done[name]

    return folder


@pytest.fixture(scope="module")
def truth(run):
    return list(make_passes(run.scene, run.trace, size=SIZE, which="all"))


def deep(file: Path) -> np.ndarray:
    """A PNG of 16-bit colour, which Pillow would cut to 8 bits."""
    picture = pytest.importorskip("cv2").imread(str(file), -1)
    assert picture.dtype == np.uint16
    return picture[..., ::-1]


def snippets(readme: str) -> list[str]:
    """The indented blocks of a README."""
    blocks, block = [], []
    for line in [*readme.splitlines(), ""]:
        if line.startswith("    "):
            block.append(line[4:])
        elif block:
            blocks.append("\n".join(block))
            block = []
    return blocks


@pytest.mark.parametrize("name", MINE)
def test_every_snippet_of_the_readme_decodes_its_files(name, exported, monkeypatch):
    if name == "coco":
        pytest.importorskip("pycocotools")
    place = exported(name)
    monkeypatch.chdir(place)
    text = (place / "README.txt").read_text(encoding="utf-8")
    found = snippets(text)
    assert found
    if "cv2" in text:
        pytest.importorskip("cv2")
    for code in found:
        space: dict = {}
        exec(code, space)
        value = space["value"]
        assert value is not None and (not hasattr(value, "size") or value.size or "skeleton" in code)


def test_exr_holds_the_passes_exactly(exported, truth):
    exr = pytest.importorskip("OpenEXR")
    for index in (0, 5):
        channels = exr.File(str(exported("exr") / "frames" / f"{index:05d}.exr"), separate_channels=True).channels()
        frame = truth[index]
        assert np.array_equal(channels["Z"].pixels, frame.depth)
        assert np.array_equal(channels["id"].pixels.astype(int), frame.ids)
        assert np.array_equal(np.stack([channels[f"P.{c}"].pixels for c in "XYZ"], -1), frame.position, equal_nan=True)
        assert np.array_equal(np.stack([channels[f"forward.{c}"].pixels for c in "XY"], -1), frame.flow_forward)
        assert np.nanmax(np.abs(np.stack([channels[f"N.{c}"].pixels for c in "XYZ"], -1) - frame.normal)) < 1e-3
        assert np.array_equal(channels["forward.hidden"].pixels > 0, frame.hidden_forward)
    assert "ball.shadow" in channels and "amodal.wall" in channels


def test_png_decodes_to_the_passes(exported, truth):
    place = exported("png")
    frame = truth[3]
    raw = iio.imread(place / "depth" / "00003.png")
    near = raw > 0
    assert raw.dtype == np.uint16 and np.abs(raw[near] / 1000 - frame.depth[near]).max() <= 0.00051
    assert np.array_equal(
        iio.imread(place / "ids" / "00003.png").astype(int) - 1, np.where(frame.ids == -2, 65534, frame.ids)
    )
    flow = deep(place / "flow_forward" / "00003.png").astype(float)
    assert np.abs((flow[..., :2] - 32768) / 64 - frame.flow_forward).max() <= 0.5 / 64 + 1e-6
    assert np.array_equal(flow[..., 2] > 0, ~frame.hidden_forward)
    normal = deep(place / "normal" / "00003.png") / 65535 * 2 - 1
    assert np.abs(normal - frame.normal)[frame.ids >= 0].max() < 1e-4
    camera = json.loads((place / "camera.json").read_text())["frames"][3]
    y, x = np.mgrid[0.5 : SIZE[1], 0.5 : SIZE[0]]
    k, r, t = (np.array(camera[name]) for name in ("K", "rotation", "translation"))
    world = (
        np.stack([x, y, np.ones_like(x)], -1)
        @ np.linalg.inv(k).T
        * np.where(np.isfinite(frame.depth), frame.depth, 0)[..., None]
        - t
    ) @ r
    solid = frame.ids >= 0
    assert np.abs(world - frame.position)[solid & (frame.depth < 20)].max() < 1e-3
    rows = json.loads((place / "objects.json").read_text())
    assert len(rows) == 11 and {o["name"] for o in rows[0]["objects"]} == {"ball", "wall", "person"}
    assert len(list((place / "skeletons").glob("*_keypoints.json"))) == 11


@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 2), (7, 5, 3), (7, 5, 4)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_png_files_are_read_back_whole(shape, kind, tmp_path):
    import subprocess

    import imageio_ffmpeg

    picture = np.random.default_rng(3).integers(0, np.iinfo(kind).max, shape, dtype=kind)
    file = tmp_path / "a.png"
    file.write_bytes(png_bytes(picture))
    channels = 1 if len(shape) == 2 else shape[2]
    name = (
        {1: "gray", 2: "ya8", 3: "rgb24", 4: "rgba"}[channels]
        if kind == np.uint8
        else {1: "gray16le", 2: "ya16le", 3: "rgb48le", 4: "rgba64le"}[channels]
    )
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-loglevel",
        "error",
        "-i",
        str(file),
        "-f",
        "rawvideo",
        "-pix_fmt",
        name,
        "-",
    ]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    assert np.array_equal(np.frombuffer(raw, dtype=kind).reshape(shape), picture)


def test_wan_move_takes_tracks_of_the_first_frame(exported, truth):
    place = exported("wan-move")
    tracks, visible = np.load(place / "tracks.npy"), np.load(place / "visibility.npy")
    assert tracks.ndim == 3 and tracks.shape[2] == 2 and visible.shape == tracks.shape[:2] and visible.dtype == bool
    assert len(tracks) % 4 == 1 and np.isfinite(tracks).all() and visible[0].all()
    assert (tracks[11:] == tracks[10]).all()  # held
    ids = [frame.ids for frame in truth]
    for t in (0, 6, 10):
        for (x, y), seen in zip(tracks[t], visible[t], strict=True):
            if seen:
                assert 0 <= x < SIZE[0] and 0 <= y < SIZE[1]
    first = tracks[0].astype(int)
    movers = [k for k, (x, y) in enumerate(first) if ids[0][y, x] in (1, 3)]
    assert np.abs(tracks[10, movers] - tracks[0, movers]).max() > 5
    assert iio.imread(place / "first_frame.png").shape == (SIZE[1], SIZE[0], 3)


def test_time_to_move_masks_cover_their_group(exported, truth):
    place = exported("time-to-move")
    mask = iio.imread(place / "mask.mp4")[..., 0] > 127
    signal = iio.imread(place / "motion_signal.mp4")
    assert len(mask) == len(signal) == 13 and signal.shape[1:] == (SIZE[1], SIZE[0], 3)
    movers = [np.isin(frame.ids, (1, 3)) for frame in truth]
    assert (mask[0] == movers[0]).mean() > 0.995
    group = np.any(movers[1:5], axis=0)
    for k in range(1, 5):
        assert (mask[k] == group).mean() > 0.99
    assert (place / "prompt.txt").read_text().strip() == "a red ball falls on bricks"


def test_vace_videos_follow_its_annotators(exported, truth):
    place = exported("vace")
    depth = iio.imread(place / "src_video_depth.mp4")
    assert len(depth) == 13
    assert np.abs(depth[4, ..., 0].astype(int) - depth_picture(truth[4].depth)[..., 0]).mean() < 3
    assert depth[4].max() >= 250 and depth[4].min() <= 5
    flow = iio.imread(place / "src_video_flow.mp4")
    assert len(flow) == 13 and np.abs(flow[0].astype(int) - flow[1]).mean() < 1.5  # the first twice
    assert np.abs(flow[3].astype(int) - flow_picture(truth[2].flow_forward)).mean() < 6
    boxes = iio.imread(place / "src_video_layout_bbox.mp4")
    assert (boxes > 230).mean() > 0.7 and (boxes < 60).any()
    pose = iio.imread(place / "src_video_pose.mp4")
    assert (pose < 30).mean() > 0.7
    assert (iio.imread(place / "src_mask.mp4") > 250).all()
    scribble = iio.imread(place / "src_video_scribble.mp4")
    assert (scribble > 200).mean() > 0.6


def test_flow_colors_are_those_of_the_wheel():
    flow = np.zeros((1, 5, 2))
    flow[0, 1:, :] = [(4, 0), (0, 4), (-4, 0), (0, -4)]
    colors = flow_picture(flow)[0]
    assert (colors[0] == 255).all()  # nothing moves: white
    assert tuple(colors[1]) == (255, 0, 0)  # to the right: red, as in the benchmark's legend
    assert colors[3][0] < 60 and colors[3][2] > 200  # to the left: towards blue
    assert len({tuple(c) for c in colors}) == 5
    half = flow_picture(np.array([[(2.0, 0), (4.0, 0)]]))[0]
    assert tuple(half[0]) in {(255, 127, 127), (255, 128, 128)}


def test_comfyui_workflows_are_wired(exported):
    place = exported("comfyui")
    inputs = {file.name for file in (place / "input").iterdir()}
    assert {
        "hybrid_depth.mp4",
        "hybrid_first_frame.png",
        "hybrid_mask.mp4",
        "hybrid_openpose.mp4",
        "hybrid_tracks.json",
    } <= inputs
    for file in (place / "workflows").glob("*.json"):
        graph = json.loads(file.read_text())
        kinds = {node["class_type"] for node in graph.values()}
        assert {"SaveVideo", "VAEDecode", "UNETLoader", "CLIPTextEncode"} <= kinds
        used = set()
        for node in graph.values():
            for value in node["inputs"].values():
                if isinstance(value, list):
                    assert value[0] in graph and isinstance(value[1], int)
                    used.add(value[0])
            for key in ("file", "image"):
                name = node["inputs"].get(key)
                assert not isinstance(name, str) or name in inputs
        assert set(graph) - used == {k for k, node in graph.items() if node["class_type"] == "SaveVideo"}
        lengths = [node["inputs"]["length"] for node in graph.values() if "length" in node["inputs"]]
        assert lengths == [13]


def test_coco_is_read_by_its_own_reader(exported, truth):
    coco = pytest.importorskip("pycocotools.coco").COCO(str(exported("coco") / "instances.json"))
    assert len(coco.getImgIds()) == 11
    for index in (0, 6):
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=[index + 1])):
            mask = coco.annToMask(annotation).astype(bool)
            assert np.array_equal(mask, truth[index].ids == annotation["track_id"])
            assert annotation["area"] == mask.sum()
            x, y, w, h = annotation["bbox"]
            rows, columns = np.nonzero(mask)
            assert (x, y, x + w, y + h) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    people = coco.loadAnns(coco.getAnnIds(catIds=coco.getCatIds(catNms=["person"])))
    assert people and len(people[0]["keypoints"]) == 51 and people[0]["num_keypoints"] > 8


def test_run_lengths_are_those_of_the_coco_code():
    codec = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(5)
    for shape in ((1, 1), (3, 5), (64, 40), (200, 300)):
        for share in (0.0, 0.02, 0.5, 1.0):
            mask = rng.random(shape) < share
            encoded = {"size": list(shape), "counts": coco_counts(mask).encode()}
            assert np.array_equal(codec.decode(encoded).astype(bool), mask)


def test_kubric_metadata_reprojects(exported, truth, run):
    place = exported("kubric")
    data = json.loads((place / "metadata.json").read_text())
    camera, instances = data["camera"], data["instances"]
    assert data["metadata"]["num_frames"] == 11 and {i["asset_id"] for i in instances} == {"ball", "wall", "person"}
    # As Kubric projects: K @ inverse(R) @ point, divided by its third part.
    pose, k = np.array(camera["R"]), np.array(camera["K"])
    ball = next(i for i in instances if i["asset_id"] == "ball")
    point = np.linalg.inv(pose) @ np.array([*ball["positions"][0], 1.0])
    image = k @ point[:3]
    assert image[:2] / image[2] == pytest.approx(ball["image_positions"][0], abs=1e-4)
    segments = iio.imread(place / "segmentation_00000.png")
    number = instances.index(ball) + 1
    assert np.array_equal(segments == number, truth[0].ids == 1) and ball["visibility"][0] == (segments == number).sum()
    y0, _, _, x1 = ball["bboxes"][0]
    rows, columns = np.nonzero(segments == number)
    assert (y0 * SIZE[1], x1 * SIZE[0]) == pytest.approx((rows.min(), columns.max() + 1), abs=1e-3)
    distance = iio.imread(place / "depth_00004.tiff")
    solid = truth[4].ids >= 0
    eye = np.array(camera["positions"][4])
    assert np.abs(distance - np.linalg.norm(truth[4].position - eye, axis=-1))[solid].max() < 0.01
    limits = json.loads((place / "data_ranges.json").read_text())["forward_flow"]
    raw = deep(place / "forward_flow_00004.png")[..., :2].astype(float)
    flow = raw / 65535 * (limits["max"] - limits["min"]) + limits["min"]
    assert np.abs(flow[..., ::-1] - truth[4].flow_forward).max() < 0.01
    (event,) = json.loads((place / "events.json").read_text())["collisions"]
    assert sorted(event["instances"]) == sorted([number - 1, -1]) and event["force"] == pytest.approx(90, rel=1e-3)


def test_prores_has_alpha_and_film_time(exported, run):
    import subprocess

    import imageio_ffmpeg

    place = exported("prores")
    about = next(imageio_ffmpeg.read_frames(str(place / "movers.mov"), pix_fmt="rgba"))
    assert about["codec"] == "prores" and about["fps"] == pytest.approx(24.0) and about["size"] == SIZE
    told = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(place / "movers.mov")], capture_output=True, text=True
    ).stderr
    assert "4444" in told and "yuva444p" in told
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-loglevel",
        "error",
        "-i",
        str(place / "matte_ball.mov"),
        "-vf",
        "alphaextract",
        "-pix_fmt",
        "gray",
        "-f",
        "rawvideo",
        "-",
    ]
    raw = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.uint8).reshape(
        -1, SIZE[1], SIZE[0]
    )
    film = list(make_passes(run.scene, run.trace, size=SIZE, fps=24, which=["ids"]))
    assert len(raw) == len(film) == 16
    for matte, frame in zip(raw, film, strict=True):
        assert ((matte > 127) == frame.mask("ball")).mean() > 0.999


def test_what_is_asked_for_alone_is_written(run, tmp_path):
    export_run(run, "png", tmp_path / "a", ExportOptions(size=(48, 32), which=("depth", "amodal"), fps=8))
    assert {"depth", "amodal", "camera.json", "legend.json", "README.txt"} <= {
        p.name for p in (tmp_path / "a").iterdir()
    }
    assert not (tmp_path / "a" / "normal").exists() and len(list((tmp_path / "a" / "depth").iterdir())) == 6


@pytest.mark.parametrize("word,near", [("exrs", "'exr'"), ("wanmove", "'wan-move'"), ("coc", "'coco'")])
def test_an_unknown_format_names_the_nearest(word, near):
    with pytest.raises(UserError, match=near):
        find_format(word)
    assert find_format("Wan_Move").name == "wan-move" and set(MINE) <= set(FORMATS)


def test_an_export_is_whole_or_not_there(run, tmp_path, monkeypatch):
    import hybrid.exports.png as png

    written = []

    def full(path, picture, **more):
        written.append(path)
        if len(written) > 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")

    monkeypatch.setattr(png, "write_png", full)
    with pytest.raises(RunError, match="disk is full"):
        export_run(run, "png", tmp_path / "out", ExportOptions(size=(48, 32), which=("depth", "ids")))
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_left_alone_and_an_own_export_is_replaced(run, tmp_path):
    place = tmp_path / "x"
    place.mkdir()
    (place / "thesis.txt").write_text("mine")
    options = ExportOptions(size=(48, 32), which=("depth",), fps=4)
    with pytest.raises(UserError, match="other files"):
        export_run(run, "png", place, options)
    assert (place / "thesis.txt").read_text() == "mine"
    first = export_run(run, "png", tmp_path / "y", options)
    assert export_run(run, "png", tmp_path / "y", options) == first
    with pytest.raises(UserError, match="is a file"):
        export_run(run, "png", place / "thesis.txt", options)


def test_no_ffmpeg_is_said_in_words(run, tmp_path, monkeypatch):
    import shutil

    import imageio_ffmpeg

    def none() -> str:
        raise RuntimeError("no ffmpeg")

    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", none)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    for name in ("vace", "prores"):
        with pytest.raises(UserError, match="ffmpeg"):
            export_run(run, name, tmp_path / name, ExportOptions(size=(48, 32)))
        assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["png", "coco", "vace", "wan-move", "kubric"])
def test_one_frame_with_nothing_in_view_still_exports(name, tmp_path):
    run = a_run()
    away = run.scene.with_({"camera.keys": [{"time": 0, "eye": (0, -5, 1), "target": (0, -9, 1)}]})
    short = trace_of(away, frames=1)
    files = export_run(replace(run, scene=away, trace=short), name, tmp_path / "o", ExportOptions(size=(33, 35)))
    assert all(file.exists() for file in files)


def test_two_runs_side_by_side(run, tmp_path):
    from hybrid.compare import chief_movers, compare_runs, curve_of

    moon = a_run()
    moon = replace(
        moon,
        scene=moon.scene.with_({"environment.gravity": 1.62, "language": "zh"}),
        trace=replace(moon.trace, time=moon.trace.time * 1.5),
    )
    assert set(chief_movers(run, count=2)) == {"ball", "person"}
    path = compare_runs(run, replace(moon, folder=run.folder), tmp_path / "side.mp4", height=120, of="height")
    film = iio.imread(path)
    assert len(film) >= int(moon.trace.duration * 16) and film.shape[2] >= 2 * SIZE[0] * 120 // SIZE[1] - 8
    left = film[..., : film.shape[2] // 2 - 4, :]
    assert np.abs(left[-1, 20:130].astype(int) - left[-3, 20:130]).mean() < 2  # the shorter clip holds its last frame
    assert np.abs(film[0, 140:].astype(int) - film[8, 140:]).max() > 60  # the cursor goes on
    curve = curve_of(run, "height", "ball")
    assert curve.value[0] == pytest.approx(1.2, abs=0.3)
    with pytest.raises(UserError, match="Temperatures"):
        compare_runs(run, run, tmp_path / "t.mp4", of="temperature")
    with pytest.raises(UserError, match="'height'"):
        compare_runs(run, run, tmp_path / "t.mp4", of="heigth")
