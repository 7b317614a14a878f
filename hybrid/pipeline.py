"""The life cycle as one visible, ordered list: read, plan, settle (search and simulate), heat, render, report."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid.run import Run, exit_status
from scenes.errors import UserError
from scenes.files import prepare_folder, write_text

if TYPE_CHECKING:
    from planner.frame import Frame
    from scenes.scene import Scene
    from sim.goals import Outcome
    from sim.trace import Trace

__all__ = ["BACKENDS", "Clip", "HybridPipeline", "check_size"]

BACKENDS = ("auto", "preview")
DEFAULT_SIZE = (832, 480)
PRODUCTS = (
    "clip.mp4", "clip.gif", "preview.mp4", "frame.json", "scene.yaml", "trace.npz", "contacts.csv", "report.json", "report.html",
)  # fmt: skip
DEFAULT_FPS = 16.0
SEARCH_ROLLOUTS, SEARCH_SECONDS = 90, 30.0
Progress = Callable[[str, float, float], None]  # (step, done, of)


def check_size(size: tuple[int, int] | str) -> tuple[int, int]:
    """A size as (width, height) [px]; "832x480" is read too. UserError outside 16..4096."""
    if isinstance(size, str):
        width, x, height = size.lower().partition("x")
        if not (x and width.strip().isdigit() and height.strip().isdigit()):
            raise UserError(f"--size {size!r} is not WIDTHxHEIGHT; write for example --size 832x480.")
        size = (int(width), int(height))
    if len(size) != 2 or not all(16 <= edge <= 4096 for edge in size):
        raise UserError(
            f"The size {size[0]}x{size[1]} is outside 16x16 to 4096x4096 pixels: choose for example 832x480."
        )
    return (int(size[0]), int(size[1]))


@dataclass
class Clip:
    """What the pipeline returns: the file, and everything that stands behind it."""

    run: Run
    _pipeline: HybridPipeline = field(repr=False)
    _keep: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    @property
    def path(self) -> Path | None:
        """The mp4 file, None when no pictures were asked for."""
        return self.run.clip_path

    @property
    def scene(self) -> Scene:
        """What actually ran; running it again needs no search."""
        return self.run.scene

    @property
    def trace(self) -> Trace:
        return self.run.trace

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return self.run.outcomes

    @property
    def ok(self) -> bool:
        """Whether the audit passed and every asked outcome happened within its honest range."""
        return exit_status(self.run) == 0

    @property
    def report(self) -> dict[str, Any]:
        """The content of `report.json`."""
        from hybrid.report import report_data

        return report_data(self.run)

    def again(
        self,
        *,
        materials: dict[str, Any] | None = None,
        set: dict[str, Any] | None = None,
        seconds: float | None = None,
    ) -> Clip:
        """The same scene with other values: simulated anew, not read or planned anew; searched values stay as they were found."""
        return self._pipeline(self.scene, materials=materials, set=set, seconds=seconds)

    def _repr_html_(self) -> str:
        """The clip in a notebook, with its outcomes under it."""
        import base64
        import html

        rows = "".join(
            f"<li>{'✓' if o.happened else '✗'} {html.escape(o.asked)}: {html.escape(o.evidence)}</li>"
            for o in self.outcomes
        )
        if self.path is None:
            return f"<ul>{rows}</ul>"
        data = base64.b64encode(self.path.read_bytes()).decode()
        return f'<video controls loop muted src="data:video/mp4;base64,{data}" style="max-width:100%"></video><ul>{rows}</ul>'


class HybridPipeline:
    """Text or Scene to Clip.

    `backend` "auto" takes the best that this machine can run with what it has; without a video model that is the ray-traced "preview".
    `tier` of the preview: draft, preview or final. `workers` render and search processes (one a core when None). `progress(step, done, of)`.

    >>> clip = HybridPipeline()("A red rubber ball falls from a second-floor balcony and bounces three times")  # doctest: +SKIP
    """

    def __init__(
        self,
        backend: str = "auto",
        *,
        tier: str = "preview",
        workers: int | None = None,
        progress: Progress | None = None,
        pictures: bool = True,
    ) -> None:
        if backend not in BACKENDS:
            from scenes.errors import did_you_mean

            raise UserError(f"There is no backend {backend!r} here{did_you_mean(backend, BACKENDS)}")
        if tier not in ("draft", "preview", "final"):
            raise UserError(f"There is no tier {tier!r}; the choices are draft, preview and final.")
        self.backend, self.tier, self.workers, self.pictures = backend, tier, workers, pictures
        self._progress = progress

    # the steps ----------------------------------------------------------------------------------------------------------------------

    def parse(self, text: str) -> Frame:
        """What the text says. UserError for text that cannot be read."""
        from planner import read

        return read(text)

    def plan(self, text: str, *, frame: Frame | None = None) -> Scene:
        """The scene of a text."""
        from planner.compile import compile_frame

        return compile_frame(frame if frame is not None else self.parse(text))

    def simulate(
        self, scene: Scene, *, seconds: float | None = None, fps: float = DEFAULT_FPS, seed: int | None = None
    ) -> Run:
        """Search what is free so that the asked outcomes happen, integrate, solve heat, verify."""
        if not scene.bodies:
            raise UserError(
                "The scene has no bodies: add at least one under bodies, or give a text that names a thing."
            )
        from sim.search import Budget, settle

        report = self._progress
        started = time.perf_counter()
        settled = settle(
            scene, fps=fps, seconds=seconds, seed=seed, workers=self.workers or 1, budget=Budget(rollouts=SEARCH_ROLLOUTS, seconds=SEARCH_SECONDS),
            progress=(lambda done, of: report("simulate", done, of)) if report is not None else None,
        )  # fmt: skip
        took = {"simulate": round(time.perf_counter() - started, 3)}
        trace, outcomes = settled.trace, list(settled.outcomes)
        if scene.thermal is not None and scene.thermal.bodies:
            started = time.perf_counter()
            trace, outcomes = self._with_heat(settled.scene, trace, outcomes)
            took["heat"] = round(time.perf_counter() - started, 3)
        return Run(
            scene=settled.scene, asked_scene=scene, trace=trace, outcomes=tuple(outcomes),
            seed=scene.seed if seed is None else seed, seconds=took,
        )  # fmt: skip

    def _with_heat(self, scene: Scene, trace: Trace, outcomes: list[Outcome]) -> tuple[Trace, list[Outcome]]:
        """The same trace with temperatures; the outcomes are verified anew, keeping what was chosen."""
        from dataclasses import replace

        from sim.goals import verify
        from sim.heat import merge, solve_heat

        report = self._progress
        heat = solve_heat(
            scene,
            fps=trace.fps,
            duration=trace.duration,
            progress=(lambda done: report("heat", done, 1.0)) if report is not None else None,
        )
        merged = merge(trace, heat)
        before = {outcome.name: outcome for outcome in outcomes}
        fresh = [
            replace(outcome, chosen=old.chosen, concession=old.concession, text=old.text)
            if (old := before.get(outcome.name))
            else outcome
            for outcome in verify(scene, merged)
        ]
        return merged, fresh

    def render(self, run: Run, path: Path, *, size: tuple[int, int] = DEFAULT_SIZE) -> None:
        """Render `clip.mp4` and record how."""
        from generator.preview import render_preview
        from hybrid.fonts import font_path

        report = self._progress
        started = time.perf_counter()
        run.record = render_preview(
            run.scene, run.trace, path, size=size, tier=self.tier, workers=self.workers, font_path=font_path(),  # type: ignore[arg-type]
            progress=(lambda done, of: report("render", done, of)) if report is not None else None,
            metadata=_metadata(run),
        )  # fmt: skip
        run.seconds["render"] = round(time.perf_counter() - started, 3)
        why = "" if self.backend == "preview" else "no video model is installed with its weights on this machine"
        run.backend = {"name": "preview", "asked": self.backend, "why": why, "diffusion": False, **run.record.as_dict()}

    # the whole ----------------------------------------------------------------------------------------------------------------------

    def __call__(
        self, prompt: str | Path | Scene, *, seed: int | None = None, materials: dict[str, Any] | None = None, set: dict[str, Any] | None = None,
        seconds: float | None = None, size: tuple[int, int] | str = DEFAULT_SIZE, fps: float = DEFAULT_FPS, output: str | Path | None = None,
    ) -> Clip:  # fmt: skip
        """Run everything. `prompt` is a text, a scene or the path of a scene file.

        `materials` overrides by name ({"rubber": {"restitution": 0.6}}), `set` any value by dotted path ({"bodies.ball.mass": 0.2});
        `output` is the folder that keeps the files, a temporary one when None. UserError for input that cannot be used.
        """
        pixels = check_size(size)
        check_times(fps=fps, seconds=seconds)
        frame, scene = self._scene_of(prompt)
        scene = _with_values(scene, materials, set)
        keep = None
        if output is None:
            keep = tempfile.TemporaryDirectory(prefix="hybrid-")
            output = keep.name
        new = not Path(output).exists()
        folder = prepare_folder(output)
        try:
            run = self.simulate(scene, seconds=seconds, fps=fps, seed=seed)
        except UserError:
            if new and not any(folder.iterdir()):
                folder.rmdir()
            raise
        for name in PRODUCTS:  # of an earlier run: nothing in the folder may speak of another scene
            (folder / name).unlink(missing_ok=True)
        write_plan(folder, frame, scene)
        run.frame, run.folder = frame, folder
        write_simulation(run, folder)
        if self.pictures and exit_status(run) != 1:
            self.render(run, folder / "clip.mp4", size=pixels)
        from hybrid.report import write_report

        write_report(run, folder)
        return Clip(run, self, keep)

    def _scene_of(self, prompt: str | Path | Scene) -> tuple[Frame | None, Scene]:
        from scenes.scene import Scene

        if isinstance(prompt, Scene):
            return None, prompt
        if not isinstance(prompt, str | Path):
            raise UserError(
                f"The prompt is a {type(prompt).__name__}: give a text, a Scene or the path of a scene file."
            )
        if isinstance(prompt, str) and len(prompt) < 250 and prompt.strip() and Path(prompt).is_dir():
            raise UserError(f"{prompt} is a folder: give a text or a scene file, for example {prompt}/scene.yaml.")
        if isinstance(prompt, Path) or _is_scene_file(prompt):
            return None, Scene.load(prompt)
        frame = self.parse(prompt)
        return frame, self.plan(prompt, frame=frame)


def check_times(*, fps: float, seconds: float | None) -> None:
    """UserError for frames per second outside 1..1000 or a duration that is not above 0 and at most 600 s."""
    if not 1 <= fps <= 1000:
        raise UserError(f"fps is {fps:g}: give frames per second between 1 and 1000, for example --fps 16.")
    if seconds is not None and not 0 < seconds <= 600:
        raise UserError(f"seconds is {seconds:g}: give a duration above 0 and at most 600 s, for example --seconds 4.")


def _is_scene_file(text: str) -> bool:
    return len(text) < 500 and text.strip().lower().endswith((".yaml", ".yml")) and "\n" not in text


def _with_values(scene: Scene, materials: dict[str, Any] | None, values: dict[str, Any] | None) -> Scene:
    changes: dict[str, Any] = {}
    for name, entries in (materials or {}).items():
        if not isinstance(entries, dict):
            raise UserError(f'materials[{name!r}] must be a mapping such as {{"restitution": 0.6}}.')
        changes.update({f"materials.{name}.{key}": value for key, value in entries.items()})
    changes.update(values or {})
    return scene.with_(changes) if changes else scene


def write_plan(folder: Path, frame: Frame | None, scene: Scene) -> None:
    """`frame.json` and the planned `scene.yaml`, which `write_simulation` replaces by what ran."""
    if frame is not None:
        write_text(folder / "frame.json", frame.model_dump_json(indent=1) + "\n")
    scene.save(folder / "scene.yaml")


def write_simulation(run: Run, folder: Path) -> None:
    """`scene.yaml` (what ran), `trace.npz` and `contacts.csv`."""
    run.scene.save(folder / "scene.yaml")
    run.trace.save(folder / "trace.npz")
    run.trace.save_contacts(folder / "contacts.csv")


def _metadata(run: Run) -> dict[str, Any]:
    from importlib.metadata import version

    return {
        "prompt": run.scene.text,
        "seed": run.seed,
        "program": f"hybrid-physics-video {version('hybrid-physics-video')}",
        "label": "computed preview: motion solved by simulation, not diffusion",
        "versions": {name: version(name) for name in ("pybullet", "mitsuba", "numpy")},
    }
