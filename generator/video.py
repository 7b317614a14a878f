"""Video files: H.264 in mp4 and GIF, written whole or not at all, with what made them inside; and reading them back."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.errors import RunError, UserError
from scenes.files import write_atomically

__all__ = ["VideoWriter", "ffmpeg_path", "open_video", "read_frames", "read_metadata", "video_size", "write_video"]

Frame = NDArray[np.uint8]
SUFFIXES = (".mp4", ".gif")


def ffmpeg_path() -> str:
    """The ffmpeg that comes with imageio-ffmpeg, or the system's. Raises UserError when there is none."""
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        import shutil

        found = shutil.which("ffmpeg")
        if found:
            return found
        raise UserError(
            "No ffmpeg was found, and clips are written with it: install the Python package imageio-ffmpeg, or ffmpeg itself, and run again."
        ) from error


class VideoWriter:
    """Takes frames (H, W, 3) uint8 one by one; made by `open_video`. Odd sides are continued by one pixel, because
    yuv420p halves them."""

    def __init__(self, path: Path, size: tuple[int, int], fps: float, metadata: dict[str, Any], crf: int) -> None:
        self.size = size
        self.frames = 0
        width, height = size
        self._pad = (height % 2, width % 2) if path.suffix == ".mp4" else (0, 0)
        self._metadata = metadata
        self._path = path
        command = [ffmpeg_path(), "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
        command += ["-s", f"{width + self._pad[1]}x{height + self._pad[0]}", "-r", f"{fps:.6g}", "-i", "-"]
        if path.suffix == ".gif":
            command += [
                "-vf",
                "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=sierra2_4a",
                "-loop",
                "0",
            ]
        else:
            command += [
                "-c:v",
                "libx264",
                "-preset",
                "medium",
                "-crf",
                str(crf),
                "-pix_fmt",
                "yuv420p",
                "-movflags",
                "+faststart",
            ]
            command += [
                "-colorspace",
                "bt709",
                "-color_primaries",
                "bt709",
                "-color_trc",
                "bt709",
                "-vf",
                "scale=out_color_matrix=bt709",
            ]
            command += [
                "-threads",
                "2",
                "-metadata",
                f"comment={json.dumps(metadata, ensure_ascii=False, sort_keys=True)}",
            ]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the encoder
        try:
            self._process = subprocess.Popen(
                [*command, str(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._log,
                start_new_session=True,
            )
        except OSError as error:
            raise UserError(
                f"ffmpeg cannot be started ({error}): install the Python package imageio-ffmpeg again."
            ) from error

    def write(self, frame: Frame) -> None:
        """Append a frame. Raises UserError for a frame of another size, RunError when the encoder has ended (a full
        disk)."""
        if frame.shape != (self.size[1], self.size[0], 3) or frame.dtype != np.uint8:
            raise UserError(
                f"A frame of {frame.dtype} {frame.shape} does not fit a video of uint8 {(self.size[1], self.size[0], 3)}."
            )
        if any(self._pad):
            frame = np.pad(frame, ((0, self._pad[0]), (0, self._pad[1]), (0, 0)), mode="edge")
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(frame).data)
        except (BrokenPipeError, OSError) as error:
            raise RunError(f"The video could not be written: {self._message() or error}.") from error
        self.frames += 1

    def _message(self) -> str:
        self._process.wait(timeout=10)
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def finish(self) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
            code = self._process.wait()
        except BrokenPipeError:
            code = self._process.wait()
        if code or not self.frames:
            raise RunError(f"The video could not be written: {self._message() or 'it has no frames'}.")
        self._log.close()
        if self._path.suffix == ".gif":
            _add_gif_comment(self._path, json.dumps(self._metadata, ensure_ascii=False, sort_keys=True))

    def abandon(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                return
        self._log.close()


def _add_gif_comment(path: Path, text: str) -> None:
    """A comment extension before the trailer (GIF89a specification, section 24)."""
    data = path.read_bytes()
    raw = text.encode("utf-8")
    blocks = b"".join(bytes([len(raw[i : i + 255])]) + raw[i : i + 255] for i in range(0, len(raw), 255))
    path.write_bytes(data[:-1] + b"\x21\xfe" + blocks + b"\x00" + data[-1:])


@contextmanager
def open_video(
    path: str | Path, *, size: tuple[int, int], fps: float, metadata: dict[str, Any] | None = None, crf: int = 18
) -> Iterator[VideoWriter]:
    """A writer whose file appears at `path` when all went well, and not at all otherwise. `size` is (width, height)
    [px]; `.mp4` or `.gif`.

    Raises UserError for an unknown ending, a missing folder, a size that is no picture, or a missing ffmpeg.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise UserError(f"The video {target.name} has the ending {target.suffix or '(none)'}: use .mp4 or .gif.")
    if not target.parent.is_dir():
        raise UserError(f"The folder {target.parent} for the video does not exist: make it, or choose another.")
    if min(size) < 1:
        raise UserError(f"A video of {size[0]}x{size[1]} pixels cannot be written: give a width and a height above 0.")
    ffmpeg_path()
    with write_atomically(target, suffix=target.suffix.lower()) as temporary:
        writer = VideoWriter(temporary, (int(size[0]), int(size[1])), fps, metadata or {}, crf)
        try:
            yield writer
            writer.finish()
        except BaseException:
            writer.abandon()
            raise


def write_video(
    path: str | Path,
    frames: Iterable[Frame],
    *,
    fps: float = 16.0,
    metadata: dict[str, Any] | None = None,
    crf: int = 18,
) -> Path:
    """Write frames (H, W, 3) uint8, streamed, to `.mp4` or `.gif`. UserError when there are none."""
    stream = iter(frames)
    first = next(stream, None)
    if first is None:
        raise UserError("A video without frames cannot be written.")
    with open_video(path, size=(first.shape[1], first.shape[0]), fps=fps, metadata=metadata, crf=crf) as writer:
        writer.write(first)
        for frame in stream:
            writer.write(frame)
    return Path(path)


def _existing(path: str | Path) -> Path:
    file = Path(path)
    if not file.is_file():
        raise UserError(f"There is no video at {file}.")
    return file


def read_metadata(path: str | Path) -> dict[str, Any]:
    """What `metadata` a video of this product was written with; empty for other videos. UserError when it cannot be
    read."""
    file = _existing(path)
    if file.suffix.lower() == ".gif":
        data = file.read_bytes()
        at = data.rfind(b"\x21\xfe")
        raw, place = b"", at + 2
        while at >= 0 and place < len(data) and data[place]:
            raw += data[place + 1 : place + 1 + data[place]]
            place += data[place] + 1
        return _parsed(raw.decode("utf-8", "replace"))
    run = subprocess.run(
        [ffmpeg_path(), "-loglevel", "error", "-i", str(file), "-f", "ffmetadata", "-"], capture_output=True
    )
    if run.returncode:
        raise UserError(
            f"The video {file} cannot be read: {run.stderr.decode('utf-8', 'replace').strip().splitlines()[-1:]}."
        )
    text = run.stdout.decode("utf-8", "replace")
    start = text.find("comment=")
    if start < 0:
        return {}
    value, escaped = [], False
    for character in text[start + len("comment=") :]:
        if escaped:
            value.append(character)
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == "\n":
            break
        else:
            value.append(character)
    return _parsed("".join(value))


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def video_size(path: str | Path) -> tuple[int, int, float]:
    """Width, height [px] and frames per second. UserError when the file is no video."""
    file = _existing(path)
    import imageio_ffmpeg

    try:
        stream = imageio_ffmpeg.read_frames(str(file))
        about = next(stream)
        stream.close()
    except (OSError, RuntimeError, StopIteration) as error:
        raise UserError(f"The file {file} cannot be read as a video; it may be cut short.") from error
    width, height = about["size"]
    return int(width), int(height), float(about["fps"])


def read_frames(path: str | Path) -> Iterator[Frame]:
    """Frames (H, W, 3) uint8 one by one. UserError when the file is missing or no video."""
    width, height, _ = video_size(path)
    command = [ffmpeg_path(), "-loglevel", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-vf", "scale=in_color_matrix=bt709"] if Path(path).suffix.lower() == ".mp4" else []
    process = subprocess.Popen(
        [*command, "-fps_mode", "passthrough", "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        while True:
            data = process.stdout.read(width * height * 3)
            if len(data) < width * height * 3:
                return
            yield np.frombuffer(data, dtype=np.uint8).reshape(height, width, 3)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
