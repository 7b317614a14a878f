"""The runs of a sweep, in this process or in several: each gives a row, whatever becomes of it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid.sweep import Row
from scenes.errors import RunError, UserError

if TYPE_CHECKING:
    from scenes.scene import Scene
    from sim.measures import Measure

__all__ = ["run_grid"]

Job = tuple[int, Any, dict[str, Any], tuple[Any, ...], dict[str, Any]]

LONGEST = 15.0  # [s] a run is given to come to rest when no duration is stated


def run_grid(
    scene: Scene,
    points: list[dict[str, Any]],
    measures: tuple[Measure, ...],
    *,
    seconds: float | None,
    fps: float,
    seed: int | None,
    search: bool,
    workers: int,
    keep: Path | None,
) -> Iterator[Row]:
    """Rows as they are finished."""
    options = {"seconds": seconds, "fps": fps, "seed": seed, "search": search, "keep": keep, "of": len(points)}
    jobs: list[Job] = [(number, scene, point, measures, options) for number, point in enumerate(points, 1)]
    if workers < 2 or len(jobs) < 2:
        for job in jobs:
            yield run_point(job)
        return
    import multiprocessing
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, as_completed

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(workers, len(jobs)), mp_context=context) as pool:
        waiting = {pool.submit(run_point, job): job for job in jobs}
        try:
            for future in as_completed(waiting):
                number, _, point, *_ = waiting[future]
                try:
                    yield future.result()
                except BrokenExecutor:
                    reason = "the process that ran it ended, as when memory runs out: take fewer workers"
                    yield Row(number, point, _none(measures), (), "failed", reason)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def run_point(job: Job) -> Row:
    """One run: simulate, solve heat, verify, measure."""
    number, scene, point, measures, options = job
    started = time.perf_counter()

    def failed(reason: str) -> Row:
        took = round(time.perf_counter() - started, 3)
        return Row(number, point, _none(measures), (), "failed", reason, "", took)

    try:
        return _measured(number, scene, point, measures, options, started)
    except (UserError, RunError) as error:
        return failed(str(error))
    except MemoryError:
        return failed("out of memory: take fewer bodies, fewer --seconds or fewer workers")
    except Exception as error:  # a defect in one run must not take the others with it; its row says which it was
        return failed(f"internal error ({type(error).__name__}: {error})")


def _measured(
    number: int, scene: Scene, point: dict[str, Any], measures: tuple[Measure, ...], options: Any, started: float
) -> Row:
    from hybrid.pipeline import HybridPipeline
    from hybrid.report.data import report_data, write_json
    from hybrid.run import exit_status

    changed = scene.with_(point)
    if not options["search"]:
        changed = changed.model_copy(update={"free": {}})
    pipeline = HybridPipeline(pictures=False, workers=1)
    run = pipeline.simulate(changed, seconds=options["seconds"], fps=options["fps"], seed=options["seed"])
    free_length = options["seconds"] is None and changed.duration is None
    if free_length and run.trace.duration < LONGEST and not all(m.settled(run.trace) for m in measures):
        run = pipeline.simulate(
            changed, seconds=LONGEST, fps=options["fps"], seed=options["seed"]
        )  # what is counted needs its end
    folder = ""
    if options["keep"] is not None:
        from hybrid.pipeline import write_simulation

        folder = f"{number:0{max(3, len(str(options['of'])))}d}"
        place = options["keep"] / folder
        place.mkdir(parents=True, exist_ok=True)
        run.folder = place
        write_simulation(run, place)
        write_json(place / "report.json", report_data(run))
        folder = f"runs/{folder}"
    values = {m.text: float(m(run.scene, run.trace, run.outcomes)) for m in measures}
    outcomes = tuple(
        {"name": o.name, "asked": o.asked, "happened": o.happened, "evidence": o.evidence, "concession": o.concession}
        for o in run.outcomes
    )
    took = round(time.perf_counter() - started, 3)
    if exit_status(run) == 1:
        checks = run.trace.meta["audit"]["checks"]
        reason = "the physics audit failed: " + "; ".join(c["evidence"] for c in checks if not c["passed"])
        return Row(number, point, values, outcomes, "failed", reason, folder, took)
    return Row(number, point, values, outcomes, "ok", "", folder, took)


def _none(measures: tuple[Measure, ...]) -> dict[str, float]:
    return {m.text: math.nan for m in measures}
