"""The diffused clip of a finished simulation: preview, reference, verdict, guided generation, overlays, provenance."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid.backends import Choice, plan_for
from hybrid.run import Run
from hybrid.shot import Shot, guidability_of, plan_shot, render_shot
from scenes.errors import UserError, did_you_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from generator.guidance.base import Reference
    from generator.wan.generate import Generated
    from generator.wan.memory import Speed
    from generator.wan.resume import ResumeState
    from generator.wan.settings import Settings

__all__ = ["DiffusionOptions", "check_ahead", "diffuse"]

Progress = Callable[[str, float, float], None]


@dataclass(frozen=True, kw_only=True)
class DiffusionOptions:
    """What a user may ask of a video model; None leaves it to the model. See docs/backends.md."""

    guidance: str = "auto"
    control: str = "depth"
    sigma_weak: float | None = None
    sigma_strong: float | None = None
    dilate: int | None = None
    chunks: int | str = 1
    steps: int | None = None
    guidance_scale: float | None = None
    guidance_scale_2: float | None = None
    shift: float | None = None
    boundary: float | None = None
    frames: int | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    lightning: bool = False
    lora: str | None = None
    vram: float | None = None
    memory: str | None = None
    attention: str | None = None
    compile: bool = False
    cache: str | None = None
    cache_threshold: float | None = None
    parallel: int = 1
    tiling: bool | None = None
    best_of: int = 1
    peek: int = 0
    label: bool = False
    time_oversample: int = 1
    align_contacts: bool = False
    grade: bool = True

    @staticmethod
    def of(options: dict[str, Any]) -> DiffusionOptions:
        """From keywords; UserError for an unknown one."""
        known = [field.name for field in dataclasses.fields(DiffusionOptions)]
        for name in options:
            if name not in known:
                raise UserError(f"There is no option {name!r} for a video model{did_you_mean(name, known)}")
        return DiffusionOptions(**options)

    def __post_init__(self) -> None:
        if self.best_of < 1 or self.best_of > 64:
            raise UserError(f"--best-of is a number of candidates from 1 to 64, not {self.best_of}.")
        if self.peek < 0:
            raise UserError(f"--peek is a number of steps from 1 up, not {self.peek}.")
        if self.time_oversample < 1 or self.time_oversample > 16:
            raise UserError(f"--time-oversample is a whole number from 1 to 16, not {self.time_oversample}.")
        said = str(self.chunks).strip().lower()
        if said != "auto" and not (said.isdigit() and 1 <= int(said) <= 64):
            raise UserError(
                f"--chunks is a number of pieces from 1 to 64, or auto for the whole simulation, not {self.chunks!r}."
            )
        if self.parallel > 1:
            from hybrid.parallel import check_started

            check_started(self.parallel)
            if self.peek:
                raise UserError("--peek and --parallel exclude each other: drop one of them.")
        object.__setattr__(self, "chunks", said if said == "auto" else int(said))

    def speed(self) -> Speed:
        from generator.wan.memory import Speed

        return Speed(
            preset=self.memory, vram=self.vram, attention=self.attention, compile=self.compile, cache=self.cache, cache_threshold=self.cache_threshold,
            parallel=self.parallel, tiling=self.tiling,
        )  # fmt: skip

    def stated(self) -> dict[str, Any]:
        """What differs from the defaults."""
        return {
            field.name: value
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) != field.default
        }


def resolved(
    choice: Choice,
    scene: Any,
    options: DiffusionOptions,
    *,
    duration: float,
    size: tuple[int, int] | None,
    fps: float | None,
    seed: int,
) -> Settings:
    """Settings of the clip, with what was corrected or warned of."""
    from generator.wan.settings import Wishes, resolve

    assert choice.spec is not None
    calibrated = calibration_of(choice).get("settings", {}) if _pins(guidance_of(choice, options)) else {}
    wishes = Wishes(
        size=size, fps=fps, frames=options.frames, steps=options.steps, guidance_scale=options.guidance_scale, guidance_scale_2=options.guidance_scale_2,
        shift=options.shift, boundary=options.boundary, lightning=options.lightning or options.lora is not None, prompt=options.prompt, negative_prompt=options.negative_prompt,
        oversample=options.time_oversample, chunks=options.chunks, calibrated_shift=calibrated.get("shift"),
    )  # fmt: skip
    return resolve(choice.spec, scene, duration=duration, wishes=wishes, seed=seed)


def guidance_of(choice: Choice, options: DiffusionOptions) -> Any:
    from generator.wan.choose import guidance_named

    assert choice.spec is not None
    return guidance_named(
        options.guidance, choice.spec, painter=choice.painter is not None, control=options.control, sigma_weak=options.sigma_weak, sigma_strong=options.sigma_strong,
        dilate=options.dilate, calibrated=calibration_of(choice).get("settings"),
    )  # fmt: skip


def _pins(guidance: Any) -> bool:
    """Whether two clocks are at work, which is what is calibrated."""
    from generator.guidance.combined import Combined
    from generator.guidance.two_clock import TwoClock

    parts = guidance.parts if isinstance(guidance, Combined) else [getattr(guidance, "clocks", guidance)]
    return any(type(part) is TwoClock for part in parts)


def calibration_status(choice: Choice, options: DiffusionOptions, guidance: Any) -> str:
    """ "calibrated" only when every setting of the stored sweep was used as it is; a setting given by hand makes the clip uncalibrated."""
    found = calibration_of(choice)
    asked = {
        "sigma_weak": options.sigma_weak,
        "sigma_strong": options.sigma_strong,
        "shift": options.shift,
        "dilate": options.dilate,
    }
    changed = any(asked[key] is not None and asked[key] != value for key, value in found["settings"].items())
    added = any(value is not None and key not in found["settings"] for key, value in asked.items())
    return found["status"] if _pins(guidance) and not changed and not added else "uncalibrated"


def calibration_of(choice: Choice) -> dict[str, Any]:
    """What `hybrid calibrate` stored for these weights: {status: calibrated | uncalibrated, settings}."""
    from generator.wan.calibration import calibration_for

    assert choice.spec is not None and choice.weights is not None
    return calibration_for(choice.spec.name, choice.weights.fingerprint)


def check_ahead(
    choice: Choice,
    scene: Any,
    options: DiffusionOptions,
    *,
    seconds: float | None,
    size: tuple[int, int] | None,
    fps: float | None,
) -> None:
    """All that can be refused before anything is simulated: guidance, settings, memory, LoRA, signing key. Raises UserError."""
    from generator.wan.provenance import check_signing
    from generator.wan.switches import find_lightning

    assert choice.spec is not None and choice.weights is not None and choice.machine is not None
    guidance = guidance_of(choice, options)
    duration = (seconds or scene.duration or 5.0) * scene.camera.slow
    settings = resolved(choice, scene, options, duration=duration, size=size, fps=fps, seed=0)
    guidance.check(settings.sampling, None, choice.spec)
    plan_for(
        choice.weights,
        choice.machine,
        size=settings.sampling.size,
        frames=settings.sampling.num_frames,
        speed=options.speed(),
    )
    if options.lightning or options.lora:
        find_lightning(options.lora, choice.spec.name)
    check_signing()


# the clip -------------------------------------------------------------------------------------------------------------------------------


def diffuse(
    run: Run, choice: Choice, options: DiffusionOptions, folder: Path, *, size: tuple[int, int] | None, fps: float | None, tier: str, workers: int | None,
    progress: Progress | None = None, resume: ResumeState | None = None,
) -> None:  # fmt: skip
    """Write `preview.mp4` and `clip.mp4`, and record in `run` how they were made. RunError when memory ends; interrupts leave `resume/`."""
    from generator.wan import resume as states
    from generator.wan.generate import Job, generate
    from generator.wan.switches import find_lightning

    assert choice.spec is not None and choice.weights is not None and choice.machine is not None
    started = time.perf_counter()
    spec, scene = choice.spec, run.scene
    settings = resolved(
        choice, scene, options, duration=run.trace.duration * scene.camera.slow, size=size, fps=fps, seed=run.seed
    )
    sampling = settings.sampling
    guidance = guidance_of(choice, options)
    guidance.check(sampling, None, spec)
    plan = plan_for(
        choice.weights, choice.machine, size=sampling.size, frames=sampling.num_frames, speed=options.speed()
    )
    whole = sampling.with_(num_frames=settings.total_frames)  # all chunks together: what is rendered, judged and graded
    shot = plan_shot(
        run,
        whole,
        clip_frames=settings.clip_frames,
        oversample=options.time_oversample,
        align=options.align_contacts,
        grid=spec.grid,
    )
    reference = render_shot(
        run, shot, whole, folder, flow=options.control == "flow" and "vace" in guidance.name, tier=tier, workers=workers, progress=progress,
        frames=resume.frames[: len(shot.times)] if resume is not None and resume.frames is not None else None,
    )  # fmt: skip
    run.seconds["preview"] = round(time.perf_counter() - started, 3)
    guidance.check(whole, reference, spec)
    verdict = guidability_of(reference, spec, scene.language)
    if progress is not None and verdict.verdict != "good":
        print("\n".join(verdict.sentences()), file=sys.stderr)  # before any second of the graphics card is spent
    about = {
        "backend": choice.name, "asked": choice.asked, "model": str(choice.weights.folder), "fingerprint": choice.weights.fingerprint, "size": list(sampling.size),
        "fps": sampling.fps, "frames": settings.total_frames, "chunk_starts": settings.chunk_starts, "seed": run.seed, "options": options.stated(), "tier": tier, "guidance": guidance.settings(),
    }  # fmt: skip
    if resume is not None:
        _check_same(resume, about)
        _restore_stills(guidance, resume, folder)
        about = {**about, **{key: resume.about[key] for key in ("best_of", "stills") if key in resume.about}}
    job = Job(
        weights=choice.weights, plan=plan, sampling=sampling, guidance=guidance, reference=reference, painter=_painter(choice, guidance, run, sampling, options),
        lora=find_lightning(options.lora, spec.name) if options.lightning or options.lora else None, best_of=options.best_of, peek=options.peek, folder=folder, about=about,
        round_trip=options.grade, progress=progress,
    )  # fmt: skip
    if options.parallel > 1:
        from hybrid.parallel import share

        share(job, resume)
    made = generate(job, resume=resume)
    if options.parallel > 1:
        from hybrid.parallel import end

        end()
    run.backend = {
        **_record(run, choice, options, settings, guidance, plan, reference, made),
        "guidability": verdict.as_dict(),
    }
    run.backend["notes"] += shot.notes
    _finish(run, choice, options, settings, shot, folder, made, started, progress)
    states.clear(folder)


def _painter(choice: Choice, guidance: Any, run: Run, sampling: Any, options: DiffusionOptions) -> Any:
    """Weights, memory plan and sampling of the text-to-video model that paints the first frame."""
    if choice.painter is None or not hasattr(guidance, "paint"):
        return None
    spec, here = choice.painter.spec, choice.machine
    assert here is not None
    steps = options.steps or spec.steps
    own = sampling.with_(
        steps=steps, shift=spec.shift, boundary_ratio=spec.boundary_ratio, guidance_scale=spec.guidance_scale, guidance_scale_2=spec.guidance_scale_2, prompt_embeds=None,
        negative_prompt_embeds=None,
    )  # fmt: skip
    return choice.painter, plan_for(choice.painter, here, size=sampling.size, frames=1, speed=options.speed()), own


def _check_same(resume: ResumeState, about: dict[str, Any]) -> None:
    """A state goes on only with the model, size and guidance that it was made with."""
    for key, what in (
        ("fingerprint", "weights"),
        ("size", "size"),
        ("frames", "frame count"),
        ("chunk_starts", "division into chunks"),
        ("seed", "seed"),
    ):
        if resume.about.get(key) != about[key]:
            raise UserError(
                f"The interrupted run was made with another {what} ({resume.about.get(key)}, now {about[key]}): go on with the same, or run again without --resume."
            )


def _restore_stills(guidance: Any, resume: ResumeState, folder: Path) -> None:
    place = folder / "resume" / "stills.npy"
    if not hasattr(guidance, "paint") or not place.is_file():
        return
    import numpy as np

    from generator.guidance.still import Still

    pictures = np.load(place, allow_pickle=False)
    told = resume.about.get("stills", [])
    guidance.stills = tuple(
        Still(int(t["frame"]), picture, bool(t["painted"]), t["sigma"], ())
        for t, picture in zip(told, pictures, strict=True)
    )


# records --------------------------------------------------------------------------------------------------------------------------------


def _record(
    run: Run,
    choice: Choice,
    options: DiffusionOptions,
    settings: Settings,
    guidance: Any,
    plan: Any,
    reference: Reference,
    made: Generated,
) -> dict[str, Any]:
    """The backend section of `report.json`."""
    spec, weights = choice.spec, choice.weights
    assert spec is not None and weights is not None
    schedule = [step.as_dict() for step in guidance.schedule(settings.sampling, reference=reference)]
    notes = [*settings.notes, *guidance.advice(settings.sampling, reference, spec, run.scene.language)]
    if reference.held:
        notes.append(_held_note(run.scene.language, reference.held))
    notes += _chunk_notes(run.scene.language, made.record.get("chunks"), options)
    return {
        "name": spec.name, "asked": choice.asked, "why": choice.told(run.scene.language), "diffusion": True, "passed_over": choice.passed_over,
        "model": {
            "title": spec.title, "hub_id": spec.hub_id, "folder": weights.folder.name, "pipeline": weights.pipeline_class, "experts": spec.experts,
            "weights_hash": weights.fingerprint, "weights_hashed": weights.hashed, "licence": spec.licence, "notes": list(weights.notes),
        },
        "guidance": guidance.settings(), "guided": guidance.name != "none", "settings": settings.as_dict(), "notes": notes, "schedule": schedule,
        "seed": settings.sampling.seed, "calibration": calibration_status(choice, options, guidance), "memory": plan.as_dict(), "options": options.stated(),
        "elements": _statuses(run), **made.record,
    }  # fmt: skip


def _held_note(language: str, held: int) -> str:
    return (
        f"最后 {held} 帧保持模拟的末态，因为模型需要 4k+1 帧。"
        if language == "zh"
        else f"The last {held} frames hold the simulation's end, because the model makes 4k+1 frames."
    )


def _chunk_notes(language: str, chunks: dict[str, Any] | None, options: DiffusionOptions) -> list[str]:
    """The seams of a clip in several pieces, and what best-of was used for."""
    if not chunks:
        return []
    zh = language == "zh"
    found = [
        f"接缝（第 {seam['frame']} 帧起）：重叠处两版相差 {seam['difference']:.1f} 灰度级，接缝处变化是平常的 {seam['ratio']:.1f} 倍。" if zh
        else f"The seam from frame {seam['frame']}: the two versions of the shared frames differ by {seam['difference']:.1f} of 255 grey levels, and the change at the joint is {seam['ratio']:.1f} times the usual one."
        for seam in chunks["seams"]
    ]  # fmt: skip
    if options.best_of > 1:
        found.append(
            "只对第一段比较候选；其余各段接着它生成。"
            if zh
            else "Candidates were compared for the first chunk alone; the others go on from it."
        )
    return found


def _statuses(run: Run) -> list[dict[str, Any]]:
    from hybrid.report.data import elements_data

    return [
        {key: row[key] for key in ("name", "kind", "status")} | {"appearance": "imagined"}
        for row in elements_data(run.scene, run.trace)
    ]


def measured_adherence(
    run: Run, shot: Shot, clip: NDArray[np.uint8], made: Generated, fps: float, progress: Progress | None
) -> dict[str, Any] | None:
    """How well the clip follows the simulation, measured on its pixels; None for a scene in which nothing moves."""
    from generator.adherence import grade

    try:
        truth = shot.truth(run, fps)
    except UserError:
        return None  # nothing can move, so there is nothing to agree with
    ceiling = None if made.round_trip is None else shot.kept(made.round_trip)[: len(truth.times)]
    told = None if progress is None else (lambda step, done, of: progress("grade", done, of))
    found = grade(
        truth,
        clip[: len(truth.times)],
        round_trip=None if ceiling is None else (lambda _: ceiling),
        chinese=run.scene.language == "zh",
        seed=run.seed,
        progress=told,
    )
    return dict(found.as_dict())


def _finish(
    run: Run,
    choice: Choice,
    options: DiffusionOptions,
    settings: Settings,
    shot: Shot,
    folder: Path,
    made: Generated,
    started: float,
    progress: Progress | None,
) -> None:
    """Grade, overlay, label, write and seal the clip."""
    from generator.preview import ClipRecord, imagined
    from generator.video import write_video
    from generator.wan.provenance import burn_label, manifest, seal, viewers_label
    from hybrid.fonts import font_path

    spec, scene, trace, sampling = choice.spec, run.scene, run.trace, settings.sampling
    assert spec is not None
    frames = shot.kept(made.frames)
    began = time.perf_counter()
    run.adherence = measured_adherence(run, shot, frames, made, sampling.fps, progress) if options.grade else None
    run.seconds["grade"] = round(time.perf_counter() - began, 3)
    label = viewers_label(scene.language, run.adherence, guided=bool(run.backend["guided"]))
    run.backend["label"] = label
    shown = _with_temperatures(run, shot, frames)
    if options.label:
        shown = burn_label(shown, label, font=font_path())
    about = {"program_version": _version(), **run.backend}
    short = {
        key: run.backend[key]
        for key in ("name", "model", "guidance", "settings", "expert_runs", "seed_used", "calibration", "elements")
    }
    schedule = [[step["step"], step["sigma"], step["expert"], step["action"]] for step in run.backend["schedule"]]
    metadata = {
        "label": label,
        "prompt": scene.text,
        "seed": run.seed,
        "program": f"hybrid-physics-video {_version()}",
        "backend": short,
        "schedule": schedule,
        "adherence": run.adherence,
    }
    clip = folder / "clip.mp4"
    write_video(clip, list(shown), fps=sampling.fps, metadata=metadata)
    run.backend["provenance"] = seal(clip, manifest(about, title=scene.title or "clip", label=label, prompt=scene.text))
    painted, missing = imagined(scene, trace)
    everything = (
        "画面的全部外观（由视频模型生成）"
        if scene.language == "zh"
        else "the whole appearance (painted by the video model)"
    )
    took = round(time.perf_counter() - started, 2)
    drawn = ("temperatures as colours, with a legend in degC",) if "temperature" in trace.extra else ()
    run.record = ClipRecord(
        str(clip), "diffused", f"{spec.title}, {run.backend['guidance']['name']}, {run.backend['steps_run']} steps", sampling.size, len(shown), sampling.fps, took, None, 1,
        "as in the preview", (everything, *painted), missing, drawn,
    )  # fmt: skip
    run.seconds["render"] = took


def _with_temperatures(run: Run, shot: Shot, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The computed temperatures composited over the clip, with their legend: the model's own colours mean nothing."""
    if "temperature" not in run.trace.extra:
        return frames
    import numpy as np

    from generator.overlay import overlay_frames
    from hybrid.fonts import font_path

    font = font_path()
    times = shot.clip_times()
    times = np.append(times, np.full(max(0, len(frames) - len(times)), times[-1]))
    return np.stack(list(overlay_frames(list(frames), run.scene, run.trace, times, font=str(font) if font else None)))


def _version() -> str:
    from importlib.metadata import version

    return version("hybrid-physics-video")
