"""The life cycle as one visible, ordered list: read, plan, settle (search and simulate), heat, render, report."""

from __future__ import annotations

import shutil
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
    from hybrid.backends import Choice
    from planner.frame import Frame
    from scenes.scene import Scene
    from sim.goals import Outcome
    from sim.trace import Trace

__all__ = ["Clip", "HybridPipeline", "check_size"]

DEFAULT_SIZE = (832, 480)
PRODUCTS = (
    "clip.mp4", "clip.mp4.c2pa.json", "clip.gif", "preview.mp4", "frame.json", "scene.yaml", "trace.npz", "contacts.csv", "report.json", "report.html",
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
    ran: str = ""  # what `again` worked out anew, and why

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
        seed: int | None = None,
        size: tuple[int, int] | str | None = None,
        output: str | Path | None = None,
    ) -> Clip:
        """The same scene with other values, run from the point that changed; nothing is read, planned or searched anew.

        A change of the look keeps the motion and the heat, one of the heat the motion; pictures are kept where they show the same.
        `ran` of the result says what was run. `output` keeps the files. UserError for paths, names and values that do not fit.
        """
        from hybrid.again import again

        scene = _with_values(self.scene, materials, set)
        return again(self._pipeline, self.run, scene, seconds=seconds, seed=seed, size=size, output=output)

    def _repr_html_(self) -> str:
        """The clip in a notebook, with its outcomes under it."""
        import base64
        import html

        rows = "".join(
            f"<li>{'✓' if o.happened else '✗'} {html.escape(o.asked)}: {html.escape(o.evidence)}</li>"
            for o in self.outcomes
        )
        if self.path is None:
            return f"{self.trace._repr_html_()}<ul>{rows}</ul>"
        data = base64.b64encode(self.path.read_bytes()).decode()
        return f'<video controls loop muted src="data:video/mp4;base64,{data}" style="max-width:100%"></video><ul>{rows}</ul>'


class HybridPipeline:
    """Text or Scene to Clip.

    `backend` "auto" takes the best that this machine can run with what it has; without a video model that is the ray-traced "preview". A
    name may carry its weights ("wan2.2-t2v-a14b=/models/wan"), or `model` does: a folder or a hub id whose files are here. Further
    keywords ask the video model for something: `steps`, `guidance`, `best_of`, `vram`, ... (see `hybrid.diffusion.DiffusionOptions`).
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
        model: str | Path | None = None,
        **options: Any,
    ) -> None:
        from hybrid.diffusion import DiffusionOptions

        if tier not in ("draft", "preview", "final"):
            raise UserError(f"There is no tier {tier!r}; the choices are draft, preview and final.")
        self.backend, self.tier, self.workers, self.pictures = backend, tier, workers, pictures
        self.model = None if model is None else str(model)
        self.options = DiffusionOptions.of(options)
        self._progress = progress
        self._choice: Choice | None = None
        if pictures and backend != "auto":
            self.choice()  # what cannot run is said now, before anything is read or simulated

    def choice(self, size: tuple[int, int] | None = None) -> Choice:
        """The painter: chosen once, weights checked, nothing loaded. UserError when it cannot run here."""
        if self._choice is None:
            from hybrid.backends import choose_backend

            self._choice = choose_backend(
                self.backend, model=self.model, speed=self.options.speed(), size=size, frames=self.options.frames
            )
        return self._choice

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
            scene, fps=recording_rate(scene, fps), seconds=seconds, seed=seed, workers=self.workers or 1, budget=Budget(rollouts=SEARCH_ROLLOUTS, seconds=SEARCH_SECONDS),
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

    def render(self, run: Run, path: Path, *, size: tuple[int, int] | None = None, resume: Any = None) -> None:
        """Make `clip.mp4` and record how: the preview, or a video model's clip with `preview.mp4` beside it."""
        choice = self.choice(size)
        if choice.diffuses:
            from hybrid.diffusion import diffuse

            diffuse(
                run, choice, self.options, path.parent, size=size, fps=run.trace.fps / max(1.0, run.scene.camera.slow), tier=self.tier, workers=self.workers,
                progress=self._progress, resume=resume,
            )  # fmt: skip
            return
        size = size or DEFAULT_SIZE
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
        run.backend = {
            "name": "preview", "asked": choice.asked, "why": choice.told(run.scene.language), "diffusion": False, "passed_over": choice.passed_over, **run.record.as_dict(),
        }  # fmt: skip

    # the whole ----------------------------------------------------------------------------------------------------------------------

    def __call__(
        self, prompt: str | Path | Scene, *, seed: int | None = None, materials: dict[str, Any] | None = None, set: dict[str, Any] | None = None,
        seconds: float | None = None, size: tuple[int, int] | str | None = None, fps: float | None = None, output: str | Path | None = None,
        slow: float | None = None,
    ) -> Clip:  # fmt: skip
        """Run everything. `prompt` is a text, a scene or the path of a scene file.

        `materials` overrides by name ({"rubber": {"restitution": 0.6}}), `set` any value by dotted path ({"bodies.ball.mass": 0.2});
        `output` is the folder that keeps the files, a temporary one when None. `slow` shows a simulated second in that many
        (and records it that much finer); None keeps what the scene says. `size` and `fps` are the video model's own when None, 832x480 and
        16 for the preview. UserError for input that cannot be used.
        """
        pixels = None if size is None else check_size(size)
        check_times(fps=DEFAULT_FPS if fps is None else fps, seconds=seconds)
        frame, scene = self._scene_of(prompt)
        scene = _with_values(scene, materials, set)
        if slow is not None:
            scene = scene.with_({"camera.slow": slow})
        spec = self.choice(pixels).spec if self.pictures else None
        if spec is not None:
            from hybrid.diffusion import check_ahead

            check_ahead(self.choice(), scene, self.options, seconds=seconds, size=pixels, fps=fps)
        fps = fps if fps is not None else spec.fps if spec is not None else DEFAULT_FPS
        recording_rate(scene, fps)
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
        for name in ("resume", "peek"):
            shutil.rmtree(folder / name, ignore_errors=True)
        write_plan(folder, frame, scene)
        run.frame, run.folder = frame, folder
        write_simulation(run, folder)
        from hybrid.report import write_report

        if self.pictures and exit_status(run) != 1:
            if spec is not None:
                write_report(
                    run, folder
                )  # of the simulation; a long run that breaks off leaves it, and `resume` reads it
            self.render(run, folder / "clip.mp4", size=pixels)
        write_report(run, folder)
        return Clip(run, self, keep)

    @staticmethod
    def resume(
        folder: str | Path, *, workers: int | None = None, progress: Progress | None = None, **changed: Any
    ) -> Clip:
        """Go on with a diffused clip that was interrupted in `folder`; `changed` options replace those of then (memory presets, peeks).

        The result is bit for bit that of an uninterrupted run when nothing is changed. UserError when there is nothing to go on with.
        """
        from generator.wan.resume import load_state
        from hybrid.report import write_report
        from hybrid.run_io import load_run

        place = Path(folder)
        state = load_state(place)
        about = state.about
        pipeline = HybridPipeline(
            about["backend"],
            model=about["model"],
            tier=about["tier"],
            workers=workers,
            progress=progress,
            **{**about["options"], **changed},
        )
        run = load_run(place)
        pipeline.render(run, place / "clip.mp4", size=(int(about["size"][0]), int(about["size"][1])), resume=state)
        write_report(run, place)
        return Clip(run, pipeline)

    def _scene_of(self, prompt: str | Path | Scene) -> tuple[Frame | None, Scene]:
        from scenes.scene import Scene

        if isinstance(prompt, Scene):
            return None, prompt
        if not isinstance(prompt, str | Path):
            raise UserError(
                f"The prompt is a {type(prompt).__name__}: give a text, a Scene or the path of a scene file."
            )
        if isinstance(prompt, str) and prompt.startswith("example:"):
            from scenes.examples import load_example

            return None, load_example(prompt.removeprefix("example:").strip())
        if isinstance(prompt, str) and len(prompt) < 250 and prompt.strip() and Path(prompt).is_dir():
            raise UserError(f"{prompt} is a folder: give a text or a scene file, for example {prompt}/scene.yaml.")
        if isinstance(prompt, Path) or _is_scene_file(prompt):
            from scenes.own import use_beside

            use_beside(Path(prompt).parent)
            return None, Scene.load(prompt)
        frame = self.parse(prompt)
        return frame, self.plan(prompt, frame=frame)


def recording_rate(scene: Scene, fps: float) -> float:
    """Frames a simulated second [1/s] that a clip of `fps` needs: slow motion records what it shows. UserError above 1000."""
    rate = fps * max(1.0, scene.camera.slow)
    if rate > 1000:
        raise UserError(
            f"Slow motion of {scene.camera.slow:g}x at {fps:g} frames a second needs {rate:g} records a second, and at most 1000 are kept: "
            f"use --slow {1000 / fps:.0f}x or less, or fewer frames a second."
        )
    return rate


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
    """`scene.yaml` (what ran), `trace.npz`, `contacts.csv`, and `library.yaml` where materials of one's own are in use."""
    from scenes.own import keep_beside

    keep_beside(folder)
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
