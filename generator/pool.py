"""Render processes, one a core: frames go out in order, memory stays flat, and none survives an interruption."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.renderer import Job
from scenes.errors import RunError, UserError

__all__ = ["cores", "rendered_frames"]

Frame = NDArray[np.uint8]
_ROOT = Path(__file__).resolve().parent.parent


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


class _Worker:
    def __init__(self, job: Job) -> None:
        environment = dict(os.environ)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), environment.get("PYTHONPATH", "")]))
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[name] = str(job.threads)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "generator.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment, start_new_session=True,
        )  # fmt: skip
        self._errors: list[bytes] = []
        threading.Thread(target=self._drain, daemon=True).start()
        self._payload = pickle.dumps(job)

    def _drain(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._errors = [*self._errors[-20:], line]

    def _send(self, data: bytes) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except (BrokenPipeError, OSError):
            return  # the reply that does not come says why

    def _receive(self) -> bytes:
        assert self.process.stdout is not None
        head = self.process.stdout.read(9)
        if len(head) < 9:
            code = self.process.wait()
            told = b"".join(self._errors).decode("utf-8", "replace").strip().splitlines()[-1:]
            why = (
                "it was killed, most often because memory ran out: use fewer workers or a smaller size"
                if code == -9
                else f"exit status {code}"
            )
            raise RunError(f"A render process ended early ({why}{'; ' + told[0] if told else ''}).")
        (size,) = struct.unpack("<Q", head[1:])
        payload: bytes = self.process.stdout.read(size)
        if head[:1] == b"U":
            raise UserError(payload.decode())
        if head[:1] == b"E":
            raise RunError(f"A render process failed: {payload.decode().strip().splitlines()[-1]}\n{payload.decode()}")
        return payload

    def start(self) -> None:
        self._send(struct.pack("<Q", len(self._payload)))
        self._send(self._payload)
        self._payload = b""
        self._receive()

    def frame(self, index: int, shape: tuple[int, int, int]) -> Frame:
        self._send(struct.pack("<I", index))
        return np.frombuffer(self._receive(), dtype=np.uint8).reshape(shape)

    def stop(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            try:
                if stream is not None:
                    stream.close()
            except (BrokenPipeError, OSError):
                continue
        self.process.kill()
        self.process.wait()


def rendered_frames(job: Job, *, workers: int | None = None, usage: dict[str, Any] | None = None) -> Iterator[Frame]:
    """Frames (H, W, 3) uint8 of a job in order. A graphics card gets one process; cores get one each, because half of a frame's work
    (guides, denoising, development) would leave the others idle.

    `usage` receives `workers` and, on Linux, `cpu_seconds` of the processes. Raises RunError when a process fails.
    """
    count = len(job.times)
    if workers is not None and workers < 1:
        raise UserError(f"{workers} render processes cannot render: give at least 1.")
    wanted = workers or cores()
    if job.variant.startswith("cuda"):
        job, wanted = replace(job, threads=wanted), 1
    wanted = max(1, min(wanted, count))
    width, height = job.camera.size
    window = 2 * wanted + 4
    state = threading.Condition()
    done: dict[int, Frame] = {}
    failures: list[BaseException] = []
    next_index, written, stopping = 0, 0, False

    def serve(worker: _Worker) -> None:
        nonlocal next_index
        try:
            worker.start()
            while True:
                with state:
                    while not stopping and count > next_index >= written + window:
                        state.wait()
                    if stopping or next_index >= count:
                        return
                    index = next_index
                    next_index += 1
                frame = worker.frame(index, (height, width, 3))
                with state:
                    done[index] = frame
                    state.notify_all()
        except BaseException as error:
            with state:
                failures.append(error)
                state.notify_all()

    pool: list[_Worker] = []
    try:
        for _ in range(wanted):
            pool.append(_Worker(job))
        threads = [threading.Thread(target=serve, args=(worker,), daemon=True) for worker in pool]
        for thread in threads:
            thread.start()
        for index in range(count):
            with state:
                while index not in done and not failures:
                    state.wait(0.2)
                if failures and index not in done:
                    raise failures[0]
                frame = done.pop(index)
                written = index + 1
                state.notify_all()
            if usage is not None:
                usage |= {"workers": wanted, "cpu_seconds": _cpu_seconds(pool)}
            yield frame
    finally:
        with state:
            stopping = True
            state.notify_all()
        for worker in pool:
            worker.stop()


def _cpu_seconds(pool: list[_Worker]) -> float | None:
    """Processor time of running processes [s], from /proc; None elsewhere."""
    total = 0.0
    try:
        for worker in pool:
            fields = Path(f"/proc/{worker.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return None
    return round(total, 2)
