"""What happens between two denoising steps: counting, progress, a decoded peek, and a state to go on from."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.guidance.base import StepReport
from generator.wan.resume import ResumeState, save_state

__all__ = ["Watch"]

SAVE_EVERY = 60.0  # [s]; a power cut costs at most this and one step
Progress = Callable[[str, float, float], None]


@dataclass
class Watch:
    """Called after every step. `about` is what a resumed run must agree with; `stop_at` ends a candidate before that step."""

    folder: Path | None = None
    about: dict[str, Any] = field(default_factory=dict)
    progress: Progress | None = None
    to_do: int = 0
    peek: int = 0
    shown: Callable[[StepReport, Path], None] | None = None
    stop_at: int | None = None
    peek_name: str = "step"
    done: int = 0
    runs: dict[str, int] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    last: ResumeState | None = None
    final: StepReport | None = None
    _saved: float = field(default_factory=time.monotonic)
    _began: float = field(default_factory=time.monotonic)

    def __call__(self, report: StepReport) -> bool | None:
        self.done += 1
        key = f"{report.stage}:{report.expert}" if report.stage != "clip" else report.expert
        self.runs[key] = self.runs.get(key, 0) + 1
        now = time.monotonic()
        self.steps.append(
            {
                "step": report.step,
                "stage": report.stage,
                "expert": report.expert,
                "sigma": round(report.sigma, 5),
                "seconds": round(now - self._began, 3),
            }
        )
        self._began = now
        if report.stage == "clip":
            self.final = report
            reached = self.stop_at is not None and report.step + 1 >= self.stop_at
            if self.folder is not None or reached:
                self.last = ResumeState.of(
                    report, self.about
                )  # now: the solver's memory is gone when the pipeline returns
            if self.folder is not None and now - self._saved > SAVE_EVERY:
                self.save()
        if self.progress is not None:  # after the state is known: an interrupt may come from here
            self.progress(
                "paint still" if report.stage == "still" else "denoise",
                min(self.done, self.to_do or self.done),
                self.to_do or self.done,
            )
        if report.stage != "clip":
            return None
        if (
            self.peek
            and self.folder is not None
            and self.shown is not None
            and (report.done % self.peek == 0)
            and report.next_sigma > 0
        ):
            self.shown(report, self.folder / "peek" / f"{self.peek_name}-{report.step + 1:03d}.mp4")
            self._began = time.monotonic()
        return False if self.stop_at is not None and report.step + 1 >= self.stop_at else None

    def save(self) -> Path | None:
        """Write what is known of the last finished step; None when there is none."""
        if self.folder is None or self.last is None:
            return None
        self._saved = time.monotonic()
        return save_state(self.folder, self.last)
