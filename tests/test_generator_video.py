"""Videos come back as they were written, say what made them, and never lie around half written."""

from __future__ import annotations

import numpy as np
import pytest

from generator.video import open_video, read_frames, read_metadata, video_size, write_video
from scenes.errors import UserError


def frames(count: int = 5, width: int = 64, height: int = 48):
    rows, columns = np.mgrid[0:height, 0:width]
    for k in range(count):
        red = (columns * 3 + 20 * k) % 256
        yield np.stack([red, rows * 4 % 256, np.full_like(rows, 128)], axis=-1).astype(np.uint8)


def smooth(count: int, width: int, height: int):
    for k in range(count):
        yield np.full((height, width, 3), (200, 60 + 10 * k, 40), dtype=np.uint8)


def test_an_mp4_holds_its_frames_and_its_rate(tmp_path):
    path = write_video(tmp_path / "clip.mp4", smooth(7, 64, 48), fps=16)
    assert video_size(path)[:2] == (64, 48) and video_size(path)[2] == pytest.approx(16, abs=0.01)
    back = list(read_frames(path))
    assert len(back) == 7
    for got, given in zip(back, smooth(7, 64, 48), strict=True):
        assert np.abs(got.astype(int) - given.astype(int)).max() <= 4  # 8-bit BT.709 and back


@pytest.mark.parametrize(("width", "height"), [(65, 48), (64, 49), (33, 31)])
def test_odd_sides_are_continued_by_a_pixel(tmp_path, width, height):
    path = write_video(tmp_path / "odd.mp4", smooth(2, width, height))
    assert video_size(path)[:2] == (width + width % 2, height + height % 2)
    last = next(iter(read_frames(path)))
    assert np.abs(last[-1, -1].astype(int) - last[0, 0].astype(int)).max() <= 4


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_metadata_survives_whatever_the_prompt_holds(tmp_path, suffix):
    about = {"prompt": '红色的球 = "弹起"; #1 \\ 100%\nnext line', "seed": 7, "versions": {"a": "1.0"}}
    path = write_video(tmp_path / f"clip{suffix}", frames(), metadata=about)
    assert read_metadata(path) == about
    assert len(list(read_frames(path))) == 5


def test_nothing_is_left_when_writing_stops_halfway(tmp_path):
    target = tmp_path / "clip.mp4"
    target.write_bytes(b"the one before")
    with pytest.raises(KeyboardInterrupt), open_video(target, size=(64, 48), fps=16) as video:
        video.write(next(frames()))
        raise KeyboardInterrupt
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]
    assert target.read_bytes() == b"the one before"


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("clip.avi", (64, 48), "use .mp4 or .gif"),
        ("no/such/clip.mp4", (64, 48), "does not exist"),
        ("clip.mp4", (0, 48), "above 0"),
    ],
)
def test_what_cannot_be_written_is_said(tmp_path, name, size, words):
    with pytest.raises(UserError, match=words), open_video(tmp_path / name, size=size, fps=16):
        pass
    assert not list(tmp_path.iterdir())


def test_no_frames_and_frames_of_another_size_are_refused(tmp_path):
    with pytest.raises(UserError, match="without frames"):
        write_video(tmp_path / "a.mp4", iter(()))
    with pytest.raises(UserError, match="does not fit"):
        write_video(tmp_path / "b.mp4", iter([np.zeros((48, 64, 3), np.uint8), np.zeros((48, 62, 3), np.uint8)]))
    assert not list(tmp_path.iterdir())


def test_files_that_are_no_videos_are_refused(tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video")
    with pytest.raises(UserError):
        list(read_frames(broken))
    with pytest.raises(UserError):
        read_metadata(broken)
    with pytest.raises(UserError, match="no video"):
        read_metadata(tmp_path / "missing.mp4")


def test_without_ffmpeg_the_cure_is_named(tmp_path, monkeypatch):
    import imageio_ffmpeg

    def missing():
        raise RuntimeError("No ffmpeg exe could be found")

    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", missing)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="imageio-ffmpeg"):
        write_video(tmp_path / "clip.mp4", frames())
