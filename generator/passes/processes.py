"""Passes in several processes, each a range of frames: `python -m generator.passes.processes` is one of them.

Results come back in order. A process that is ahead waits, so that memory does not grow with the clip; none survives its parent.
"""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, Any

from scenes.errors import RunError, UserError

if TYPE_CHECKING:
    from generator.passes.make import Passes

__all__ = ["mapped"]

_ROOT = Path(__file__).resolve().parent.parent.parent
CHUNK = 8  # frames in a row that one process takes: neighbours share the geometry buffers that flow needs
AHEAD = 8  # results that may wait


class _Process:
    """A process that computes every `of`-th chunk of frames, and a thread that reads what it sends."""

    def __init__(self, job: bytes, number: int, of: int) -> None:
        environment = dict(os.environ)
        environment["PYTHONPATH"] = os.pathsep.join(
            [str(_ROOT), *filter(None, [environment.get("PYTHONPATH", "")]), *sys.path[1:]]
        )
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[name] = "1"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "generator.passes.processes"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment, start_new_session=True,
        )  # fmt: skip
        self.results: Queue[tuple[bytes, Any]] = Queue(AHEAD)
        self._stopping = False
        self._errors: list[bytes] = []
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._read, self._drain)]
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(struct.pack("<QII", len(job), number, of) + job)
            self._process.stdin.flush()
        except (BrokenPipeError, OSError):
            pass  # what it says on its error stream is read instead
        for thread in self._threads:
            thread.start()

    def _drain(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._errors = [*self._errors[-20:], line]

    def _read(self) -> None:
        assert self._process.stdout is not None
        while not self._stopping:
            head = self._process.stdout.read(9)
            if len(head) < 9:
                self._put((b"X", None))
                return
            payload = self._process.stdout.read(struct.unpack("<Q", head[1:])[0])
            self._put((head[:1], payload))

    def _put(self, item: tuple[bytes, Any]) -> None:
        while not self._stopping:
            try:
                self.results.put(item, timeout=0.2)
                return
            except Full:
                continue

    def next(self) -> Any:
        """The next result. UserError and RunError of the other process are raised here."""
        while True:
            try:
                kind, payload = self.results.get(timeout=1.0)
                break
            except Empty:
                continue
        if kind == b"F":
            return pickle.loads(payload)
        if kind == b"U":
            raise UserError(payload.decode())
        if kind == b"O":
            raise pickle.loads(payload)
        if kind == b"E":
            raise RunError(f"A process that computes passes failed: {payload.decode().strip().splitlines()[-1]}")
        code = self._process.wait()
        told = b"".join(self._errors).decode("utf-8", "replace").strip().splitlines()[-1:]
        why = (
            "it was killed, most often because memory ran out: use fewer workers or a smaller size"
            if code == -9
            else f"exit status {code}"
        )
        raise RunError(f"A process that computes passes ended early ({why}{'; ' + told[0] if told else ''}).")

    def stop(self) -> None:
        self._stopping = True
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            try:
                if stream is not None:
                    stream.close()
            except (BrokenPipeError, OSError):
                continue


def mapped(passes: Passes, function: Callable[[Any], Any]) -> Iterator[Any]:
    """`function` of every frame of some passes, in order, computed by `passes.workers` processes."""
    count = max(1, min(passes.workers, -(-len(passes) // CHUNK)))
    settings = (
        passes.scene, passes.trace, passes.camera, passes.times, passes.fps, passes.which, 1, passes.points_per_body,
    )  # fmt: skip
    job = pickle.dumps((settings, passes._points, function), protocol=pickle.HIGHEST_PROTOCOL)
    pool: list[_Process] = []
    try:
        for number in range(count):
            pool.append(_Process(job, number, count))
        for frame in range(len(passes)):
            yield pool[frame // CHUNK % count].next()
    finally:
        for process in pool:
            process.stop()


def main() -> int:
    """Compute chunks of frames and send the results, until all are sent or nobody listens."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries may print: the results have the real output for themselves
    source = sys.stdin.buffer

    def reply(kind: bytes, payload: bytes) -> None:
        output.write(kind + struct.pack("<Q", len(payload)))
        output.write(payload)
        output.flush()

    try:
        size, number, of = struct.unpack("<QII", source.read(16))
        settings, points, function = pickle.loads(source.read(size))
        from generator.passes.make import Passes

        passes = Passes(*settings)
        passes._points = points
        for start in range(number * CHUNK, len(passes), of * CHUNK):
            for frame in passes.frames(start, min(start + CHUNK, len(passes))):
                reply(b"F", pickle.dumps(function(frame), protocol=pickle.HIGHEST_PROTOCOL))
        return 0
    except BrokenPipeError:
        return 0
    except UserError as error:
        reply(b"U", str(error).encode())
    except OSError as error:
        reply(b"O", pickle.dumps(OSError(error.errno, error.strerror, error.filename)))
    except Exception:
        import traceback

        reply(b"E", traceback.format_exc().encode())
    return 1


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)
