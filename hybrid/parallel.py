"""One clip on several GPUs: `torchrun` starts one process each. The first does everything; the others only denoise along, and write nothing."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from scenes.errors import UserError

if TYPE_CHECKING:
    from generator.wan.generate import Job
    from generator.wan.resume import ResumeState

__all__ = ["begin", "check_started", "end", "follow", "follows", "share"]

PATIENCE = timedelta(hours=12)  # the others wait while the first simulates and renders


def follows() -> bool:
    """Whether this process was started by torchrun, and is not its first."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1 and int(os.environ.get("RANK", "0")) > 0


def check_started(parallel: int) -> None:
    """UserError unless torchrun started exactly as many processes as --parallel names."""
    started = int(os.environ.get("WORLD_SIZE", "1"))
    if parallel != started:
        raise UserError(
            f"--parallel {parallel} needs {parallel} processes and {started} {'is' if started == 1 else 'are'} running: "
            f"start it as `torchrun --nproc-per-node {max(parallel, started)} -m hybrid.cli make ... --parallel {max(parallel, started)}`."
        )


def begin() -> None:
    """Join the processes of torchrun, each with its own GPU."""
    import torch
    import torch.distributed as distributed

    if distributed.is_initialized():
        return
    backend = "gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        backend = "cpu:gloo,cuda:nccl"
    distributed.init_process_group(backend, timeout=PATIENCE)


def share(job: Job, resume: ResumeState | None) -> None:
    """From the first process: what the others need to denoise along."""
    from dataclasses import replace

    import torch.distributed as distributed

    begin()
    alone = replace(job, folder=None, progress=None, peek=0, round_trip=False)
    distributed.broadcast_object_list([(alone, resume)], src=0)


def follow() -> int:
    """What every other process does: wait for the job, denoise along, and leave."""
    import torch.distributed as distributed

    from generator.wan.generate import generate

    begin()
    received: list[Any] = [None]
    distributed.broadcast_object_list(received, src=0)
    job, resume = received[0]
    generate(job, resume=resume)
    end()
    return 0


def end() -> None:
    """Leave together."""
    import torch.distributed as distributed

    if distributed.is_initialized():
        distributed.barrier()
        distributed.destroy_process_group()
