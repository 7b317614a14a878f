"""A guided clip from a simulated scene: load, paint a still where asked, compare candidates, denoise, decode; every break can be gone on from."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.guidance.base import PipelineKind, Reference, Sampling, StepReport
from generator.guidance.chunks import Joiner
from generator.wan.best_of import boundary_step, candidate_steps, motion_score, swept_mask
from generator.wan.load import Loaded, load_pipeline, with_embeddings
from generator.wan.memory import MemoryPlan
from generator.wan.resume import ResumeState, load_chunk, save_chunk, save_reference_frames, save_state
from generator.wan.switches import reset_caches
from generator.wan.watch import Progress, Watch
from generator.wan.weights import Weights
from scenes.errors import RunError, UserError

__all__ = ["Generated", "Job", "generate", "pipeline_kind_for"]


@dataclass(kw_only=True)
class Job:
    """One clip to be made. `guidance` a `MotionGuidance`; a `reference` longer than `sampling` is made in overlapping chunks; `painter` weights and sampling of the text-to-video model that paints stills;
    `folder` where states and peeks go (None keeps nothing); `about` what a resumed run must agree with."""

    weights: Weights
    plan: MemoryPlan
    sampling: Sampling
    guidance: Any
    reference: Reference
    painter: tuple[Weights, MemoryPlan, Sampling] | None = None
    lora: tuple[Path, Path] | None = None
    best_of: int = 1
    peek: int = 0
    round_trip: bool = False
    folder: Path | None = None
    about: dict[str, Any] = field(default_factory=dict)
    progress: Progress | None = None
    compile_options: dict[str, Any] | None = None


@dataclass
class Generated:
    """`frames` uint8 (T, H, W, 3), and how they were made as plain values; `round_trip` the reference through the model's autoencoder and
    back, the best that any grade can reach, None when it was not asked for."""

    frames: NDArray[np.uint8]
    record: dict[str, Any]
    round_trip: NDArray[np.uint8] | None = None


def pipeline_kind_for(guidance: Any, weights: Weights) -> PipelineKind:
    """The pipeline that guidance and weights agree on, the guidance's favourite first."""
    return next(kind for kind in guidance.pipeline_kinds if kind in weights.spec.pipelines)


def generate(job: Job, *, resume: ResumeState | None = None) -> Generated:
    """Make the clip. Raises RunError when memory ends (with the setting that would fit); a KeyboardInterrupt leaves a state in `folder`."""
    job.guidance.check(job.sampling, job.reference.part(0, job.sampling.num_frames), job.weights.spec)
    if job.folder is not None and resume is None:
        save_reference_frames(job.folder, job.reference.frames)
    run = _Run(job)
    try:
        return run(resume)
    finally:
        run.free()


class _Run:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.loaded: Loaded | None = None
        self.timing: dict[str, float] = {}
        self.record: dict[str, Any] = {}
        plan = job.guidance.schedule(job.sampling)
        self.joiner = Joiner(job.guidance, job.reference, length=job.sampling.num_frames)
        first, pieces = candidate_steps(plan, job.best_of), len(self.joiner.starts)
        self.of = first + (pieces - 1) * sum(step.runs for step in plan)
        if pieces > 1:
            job.about["chunk"] = 0
        self.watch = Watch(
            folder=job.folder, about=job.about, progress=job.progress, to_do=self.of, peek=job.peek, shown=self._peek
        )

    def __call__(self, resume: ResumeState | None) -> Generated:
        from generator.guidance.latents import encode

        job = self.job
        with self._guarded():
            self._stills(resume)
            with self._timed("load"):
                self._load()
            assert self.loaded is not None
            with self._timed("prompt"):
                sampling = with_embeddings(self.loaded, job.sampling)
            seed, frames = self._chunks(sampling, resume)
            with self._timed("round_trip"):
                ceiling = self._decode(encode(self.loaded.pipe, job.reference.frames)) if job.round_trip else None
        return Generated(frames, {**self.record, **self._about_run(seed, resume)}, ceiling)

    def _chunks(self, sampling: Sampling, resume: ResumeState | None) -> tuple[int, NDArray[np.uint8]]:
        """Every chunk (one, for most clips) from where an interrupted run stood; the seed of the first, and the joined frames."""
        job, joiner, watch = self.job, self.joiner, self.watch
        at = int(resume.about.get("chunk", 0)) if resume is not None else 0
        seed = int(resume.about.get("seed_used", job.sampling.seed)) if resume is not None else job.sampling.seed
        for k in range(len(joiner.starts)):
            guidance, reference = joiner.next()
            if k < at:
                joiner.add(_finished(job.folder, k))
                self.record |= {"best_of": job.about["best_of"]} if "best_of" in job.about else {}
                continue
            start = resume if k == at else None
            if k:  # a new record: the last state of the chunk before keeps its own
                watch.about = {**job.about, "chunk": k, "seed_used": seed}
                watch.peek_name = f"chunk-{k + 1}-step"
            with self._timed("denoise"):
                if job.best_of > 1 and k == 0:
                    seed, start = self._candidates(sampling, reference, start)
                latents = self._sample(guidance, reference, sampling, seed + k, start, output="latents")
            with self._timed("decode"):
                self._told("decode", k, len(joiner.starts))
                made = self._decode(latents)
                self._told("decode", k + 1, len(joiner.starts))
            joiner.add(made)
            if len(joiner.starts) > 1 and job.folder is not None:
                save_chunk(job.folder, k, made)
                watch.save()
        done = joiner.result()
        if len(done.starts) > 1:
            self.record["chunks"] = {
                "starts": list(done.starts),
                "length": joiner.length,
                "seams": [asdict(seam) for seam in done.seams],
            }
        return seed, done.frames

    # the parts ----------------------------------------------------------------------------------------------------------------------

    def _told(self, step: str, done: float, of: float) -> None:
        if self.job.progress is not None:
            self.job.progress(step, done, of)

    def _load(self) -> None:
        job = self.job
        self._told("load model", 0, 1)
        self.loaded = load_pipeline(
            job.weights,
            job.plan,
            kind=pipeline_kind_for(job.guidance, job.weights),
            sampling=job.sampling,
            lora=job.lora,
            compile_options=job.compile_options,
        )
        self._told("load model", 1, 1)

    def _stills(self, resume: ResumeState | None) -> None:
        """Paint the first frame with a text-to-video model, alone in memory; a resumed run takes the painted one."""
        job = self.job
        if not hasattr(job.guidance, "paint") or job.painter is None or job.guidance.stills:
            return
        weights, plan, sampling = job.painter
        with self._timed("paint still"):
            painter = load_pipeline(weights, plan, kind="t2v", sampling=sampling)
            try:
                embedded = with_embeddings(painter, sampling)
                steps = sum(step.runs for step in job.guidance.schedule(sampling))
                self.watch.to_do = self.of + steps
                stills = job.guidance.paint(
                    painter.pipe,
                    job.reference,
                    embedded,
                    generator=_generator(job.sampling.seed + 1),
                    on_step=self.watch,
                )
            finally:
                painter.free()
        self.watch.to_do = self.watch.done + self.of
        self.record["stills"] = [still.as_dict() for still in stills]
        job.about["stills"] = self.record["stills"]
        if job.folder is not None:
            np.save(job.folder / "resume" / "stills.npy", np.stack([still.picture for still in stills]))

    def _sample(
        self, guidance: Any, reference: Reference, sampling: Sampling, seed: int, start: ResumeState | None, *, output: str, stop_at: int | None = None
    ) -> Any:  # fmt: skip
        assert self.loaded is not None
        self.watch.stop_at = stop_at
        reset_caches(self.loaded.pipe)
        going: dict[str, Any] = {}
        if start is not None and start.stage == "clip":
            going = {"start_step": start.step, "latents": start.latents, "scheduler_state": start.solver}
        return guidance.sample(
            self.loaded.pipe,
            reference,
            sampling,
            generator=_generator(seed),
            on_step=self.watch,
            output=output,
            **going,
        )

    def _candidates(
        self, sampling: Sampling, reference: Reference, resume: ResumeState | None
    ) -> tuple[int, ResumeState | None]:
        """Run every seed to the boundary, score its predicted clip, and go on with the best. A broken-off comparison keeps its scores."""
        from generator.guidance.latents import encode, grid_of

        job, watch = self.job, self.watch
        assert self.loaded is not None
        known = dict(resume.about.get("best_of", {})) if resume is not None else {}
        if known.get("decided") is not None:
            self.record["best_of"] = known
            job.about["best_of"] = known
            return int(known["decided"]), resume
        scores: list[dict[str, Any]] = list(known.get("scores", []))
        best = resume if scores else None
        at = boundary_step(job.guidance.schedule(job.sampling))
        clean = encode(self.loaded.pipe, reference.frames)
        swept = swept_mask(reference, grid_of(self.loaded.pipe), (int(clean.shape[3]), int(clean.shape[4])))
        folder, watch.folder, peek, watch.peek = watch.folder, None, watch.peek, 0
        for k in range(len(scores), job.best_of):
            seed = job.sampling.seed + k
            self._sample(job.guidance, reference, sampling, seed, None, output="latents", stop_at=at)
            assert watch.final is not None and watch.last is not None
            score = motion_score(watch.final.x0, clean, swept)
            scores.append({"seed": seed, "score": round(score, 5)})
            leads = max(range(len(scores)), key=lambda j: scores[j]["score"]) == k
            job.about["best_of"] = {"scores": list(scores), "boundary_step": at, "decided": None}
            if leads or best is None:
                best = watch.last
            if folder is not None:
                save_state(folder, replace(best, about=job.about))
        watch.folder, watch.peek, watch.stop_at, watch.last = folder, peek, None, best
        chosen = max(scores, key=lambda entry: entry["score"])["seed"]
        job.about["best_of"] = {
            "scores": scores,
            "boundary_step": at,
            "decided": chosen,
            "steps_run": self.of,
            "measure": "motion cosine of predicted latents",
        }
        self.record["best_of"] = job.about["best_of"]
        return int(chosen), best

    def _decode(self, latents: Any) -> NDArray[np.uint8]:
        from generator.guidance.latents import decode

        assert self.loaded is not None
        return decode(self.loaded.pipe, latents)

    def _peek(self, report: StepReport, path: Path) -> None:
        """The predicted clip as the model sees it now."""
        from generator.video import write_video

        assert self.loaded is not None
        path.parent.mkdir(parents=True, exist_ok=True)
        length = (self.job.sampling.num_frames - 1) // self.job.weights.spec.grid.time + 1
        frames = self._decode(report.x0[:, :, -length:])
        write_video(
            path,
            list(frames),
            fps=self.job.sampling.fps,
            metadata={"label": f"prediction after step {report.step + 1} of {report.total}: not the clip"},
        )

    # around them --------------------------------------------------------------------------------------------------------------------

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.timing[name] = round(self.timing.get(name, 0.0) + time.perf_counter() - began, 3)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Whatever breaks the run off, the last finished step is kept; memory that ended says which setting would fit."""
        try:
            yield
        except KeyboardInterrupt:
            self.watch.save()
            raise
        except Exception as error:
            if not _out_of_memory(error):
                self.watch.save()
                raise
            place = self.watch.save()
            kept = (
                f"; `hybrid make --resume {self.job.folder}` with it goes on from step {self.watch.last.step}"
                if place and self.watch.last
                else ""
            )
            raise RunError(
                f"Memory ended while {self.job.weights.spec.title} ran with --memory {self.job.plan.preset}: use {cheaper(self.job)}{kept}."
            ) from error

    def _about_run(self, seed: int, resume: ResumeState | None) -> dict[str, Any]:
        assert self.loaded is not None
        return {
            "expert_runs": dict(self.watch.runs), "steps_run": self.watch.done, "step_log": self.watch.steps, "seed_used": seed, "switches": list(self.loaded.calls),
            "timing": dict(self.timing), "resumed_from_step": resume.step if resume is not None else None,
        }  # fmt: skip

    def free(self) -> None:
        if self.loaded is not None:
            self.loaded.free()
            self.loaded = None


def _finished(folder: Path | None, chunk: int) -> NDArray[np.uint8]:
    if folder is None:
        raise UserError("A clip of several chunks can only go on in the folder that holds those that are finished.")
    return load_chunk(folder, chunk)


def _generator(seed: int) -> Any:
    """Noise is drawn on the processor, so that a seed means the same on every card."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def _out_of_memory(error: BaseException) -> bool:
    import torch

    kinds = tuple(
        kind
        for kind in (
            getattr(torch, "OutOfMemoryError", None),
            getattr(torch.cuda, "OutOfMemoryError", None),
            MemoryError,
        )
        if kind is not None
    )
    return isinstance(error, kinds) or (
        isinstance(error, RuntimeError)
        and any(word in str(error).lower() for word in ("out of memory", "can't allocate memory"))
    )


def cheaper(job: Job) -> str:
    """The options that need less memory than the plan that has just failed."""
    from generator.wan.memory import PRESETS, estimate

    weights, size, frames = job.weights, job.sampling.size, job.sampling.num_frames
    if job.plan.device != "cpu":
        for preset in PRESETS:
            need = estimate(weights, size, frames, preset, tiled=True)[0]
            lacks = next((row["lacks"] for row in job.plan.table if row["preset"] == preset), "")
            if need < 0.8 * job.plan.need and not lacks:
                return f"--memory {preset}, which needs about {need / 1e9:.0f} GB"
    step = weights.spec.multiple
    smaller = tuple(max(step, round(side * 0.7 / step) * step) for side in size)
    fewer = max(5, (frames - 1) * 2 // 3 // 4 * 4 + 1)
    return f"--size {smaller[0]}x{smaller[1]} --frames {fewer}"
