"""What a run holds: the frame, the scene that ran, the trace, the outcomes, and the clip. Reports, the command line and people read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generator.preview import ClipRecord
    from planner.frame import Frame
    from scenes.scene import Scene
    from sim.goals import Outcome
    from sim.trace import Trace

__all__ = ["Run", "exit_status"]


@dataclass
class Run:
    """`scene` is what actually ran (searched values in it), `asked_scene` what was planned, `frame` None when a scene file was given.

    `record` says how the clip was made, None when no pictures were asked for. `adherence` is measured for diffused clips alone.
    """

    scene: Scene
    asked_scene: Scene
    trace: Trace
    outcomes: tuple[Outcome, ...]
    frame: Frame | None = None
    record: ClipRecord | None = None
    backend: dict[str, Any] = field(default_factory=dict)
    adherence: dict[str, Any] | None = None
    seed: int = 0
    folder: Path | None = None
    seconds: dict[str, float] = field(default_factory=dict)  # [s] of wall clock by step of the life cycle

    @property
    def clip_path(self) -> Path | None:
        """`clip.mp4` of the run's folder, None before it is rendered."""
        path = self.folder / "clip.mp4" if self.folder is not None else None
        return path if path is not None and path.is_file() else None


def exit_status(run: Run) -> int:
    """0 done and every asked outcome happened; 1 the audit failed; 3 an outcome did not happen, was refused, or needed a concession."""
    audit = run.trace.meta.get("audit", {})
    if audit and not audit.get("passed", True):
        return 1
    refused = any(element.status == "refused" for element in run.scene.elements.values())
    missed = any(not outcome.happened or outcome.refused or outcome.concession for outcome in run.outcomes)
    return 3 if refused or missed else 0
