"""A changed scene, run again from the point that changed: what a value does not reach is taken over from the earlier run.

A change of the look keeps motion, heat and outcomes; one of the heat keeps the motion; one of the motion is integrated anew, with every
value that a search had chosen left as it was found. Pictures are kept where nothing that they show has changed.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid.run import Run
from scenes.bodies import RigidBody

if TYPE_CHECKING:
    from hybrid.pipeline import Clip, HybridPipeline
    from scenes.scene import Scene
    from sim.goals import Outcome
    from sim.trace import Trace

__all__ = ["Reach", "again", "keep_pictures", "reach", "run_again"]

UNSEEN = {
    "title",
    "text",
    "language",
    "advice",
    "provenance",
    "prompt",
    "elements",
    "free",
    "schema_version",
}  # by every solver
SHOWN = {"camera", "look"}
SHOWN_OF_BODY = {"label", "color", "appearance", "status"}
HEAT_ALONE = {"conductivity", "specific_heat", "emissivity", "melting_point", "latent_heat_fusion"}
HEAT_ARRAYS = (
    "temperature", "temperature_position", "temperature_body", "cell_volume", "heat_balance", "entropy_production", "solid_fraction",
    "liquid_fraction",
)  # fmt: skip


@dataclass(frozen=True)
class Reach:
    """How far a change reaches: what has to be worked out anew, and the paths that say so."""

    motion: tuple[str, ...] = ()
    heat: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()

    def sentence(self, language: str, *, pictures: bool, hot: bool = True) -> str:
        """What was run again and what was kept, in one sentence."""
        zh = language == "zh"
        again = [
            name
            for name, needed in (
                ("运动" if zh else "the motion", bool(self.motion)),
                ("热" if zh else "the heat", bool(self.heat or (self.motion and hot))),
                ("画面" if zh else "the pictures", pictures),
            )
            if needed
        ]
        because = ", ".join((self.motion or self.heat or self.pictures)[:4])
        if not again:
            return "没有需要重新计算的内容。" if zh else "Nothing had to be run again."
        if zh:
            return f"重新计算：{'、'.join(again)}（因为 {because}）；规划和搜索保持不变。"
        return f"Run again: {', '.join(again)}{f' (because of {because})' if because else ''}; nothing was planned or searched anew."


def reach(old: Scene, new: Scene) -> Reach:
    """What of a run a changed scene touches. What nobody here knows to be harmless counts as motion."""
    motion: list[str] = []
    heat: list[str] = []
    pictures: list[str] = []
    for name in type(new).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if before == after or name in UNSEEN:
            continue
        if name in SHOWN:
            pictures.append(name)
        elif name == "thermal":
            heat.append(name)
        elif name == "bodies":
            _bodies(before, after, motion, pictures)
        elif name == "materials":
            _materials(before, after, motion, heat)
        elif name == "environment":
            changed = [key for key in type(after).model_fields if getattr(before, key) != getattr(after, key)]
            for key in changed:
                where = (
                    heat if key == "temperature" else pictures if key in ("place", "weather", "time_of_day") else motion
                )
                where.append(f"environment.{key}")
        else:
            motion.append(name)
    if heat and new.thermal is None and old.thermal is None:
        heat = []
    return Reach(tuple(motion), tuple(heat), tuple(pictures))


def _bodies(before: dict[str, Any], after: dict[str, Any], motion: list[str], pictures: list[str]) -> None:
    if list(before) != list(after):
        motion.append("bodies")
    for name in [name for name in after if name in before and before[name] != after[name]]:
        one, two = before[name], after[name]
        if type(one) is not type(two):
            motion.append(f"bodies.{name}")
            continue
        changed = [key for key in type(two).model_fields if getattr(one, key) != getattr(two, key)]
        for key in changed:
            shown = key in SHOWN_OF_BODY and isinstance(two, RigidBody)
            (pictures if shown else motion).append(f"bodies.{name}.{key}")


def _materials(before: dict[str, Any], after: dict[str, Any], motion: list[str], heat: list[str]) -> None:
    for name in sorted(set(before) | set(after)):
        one, two = (mapping[name].model_dump() if name in mapping else {} for mapping in (before, after))
        for key in sorted(set(one) | set(two)):
            if one.get(key) != two.get(key):
                (heat if key in HEAT_ALONE else motion).append(f"materials.{name}.{key}")


def _without_heat(trace: Trace) -> Trace | None:
    """The motion alone; None where melting has changed it, and it has to be integrated anew."""
    if "solid_fraction" in trace.extra:
        return None
    meta = {key: value for key, value in trace.meta.items() if key != "heat"}
    return replace(trace, extra={k: v for k, v in trace.extra.items() if k not in HEAT_ARRAYS}, meta=meta)


def run_again(
    pipeline: HybridPipeline,
    old: Run,
    new: Scene,
    *,
    seconds: float | None = None,
    fps: float | None = None,
    seed: int | None = None,
) -> tuple[Run, Reach]:
    """The run of a changed scene, from the point that changed. UserError for scenes that cannot be simulated."""
    found = reach(old.scene, new)
    finer = max(1.0, new.camera.slow) / max(1.0, old.scene.camera.slow)  # slow motion records what it shows
    rate = old.trace.fps * finer if fps is None else fps
    number = old.seed if seed is None else seed
    if (
        seconds is None
        and new.duration is None
        and old.scene.duration is None
        and old.trace.meta.get("duration_why") == "as asked"
    ):
        seconds = old.trace.duration
    asked = f"seconds={seconds:g}" if seconds is not None and abs(seconds - old.trace.duration) > 1e-9 else ""
    others = [
        asked,
        f"fps={rate:g}" if abs(rate - old.trace.fps) > 1e-9 else "",
        f"seed={seed}" if number != old.seed else "",
    ]
    motion = (*found.motion, *(word for word in others if word))
    rigid = None if motion else _without_heat(old.trace) if found.heat else old.trace
    if rigid is None and not motion:
        motion = found.heat  # what melts sinks: the motion that was kept is no longer the motion alone
    found = Reach(motion, found.heat, found.pictures)
    took: dict[str, float] = {}
    started = time.perf_counter()
    if rigid is None:
        trace, outcomes = _simulated(new, fps=rate, seconds=seconds, seed=number)
    else:
        trace, outcomes = rigid, _verified(new, rigid, old.outcomes)
    took["simulate"] = round(time.perf_counter() - started, 3)
    if new.thermal is not None and new.thermal.bodies and (found.motion or found.heat):
        started = time.perf_counter()
        trace, outcomes = pipeline._with_heat(new, trace, outcomes)
        took["heat"] = round(time.perf_counter() - started, 3)
    run = Run(
        scene=new, asked_scene=old.asked_scene, trace=trace, outcomes=tuple(outcomes), frame=old.frame, seed=number, seconds=took,
    )  # fmt: skip
    return run, found


def _simulated(scene: Scene, *, fps: float, seconds: float | None, seed: int) -> tuple[Trace, list[Outcome]]:
    """Integrated once: values that an earlier search chose stay, and no other is searched."""
    from sim.search import settle

    chosen = {
        path: free
        for path, free in scene.free.items()
        if path in scene.provenance and scene.provenance[path].source == "searched"
    }
    settled = settle(scene.model_copy(update={"free": chosen}), fps=fps, seconds=seconds, seed=seed)
    return settled.trace, list(settled.outcomes)


def _verified(scene: Scene, trace: Trace, before: tuple[Outcome, ...]) -> list[Outcome]:
    from sim.goals import verify

    known = {outcome.name: outcome for outcome in before}
    return [
        replace(outcome, chosen=old.chosen, concession=old.concession, text=old.text)
        if (old := known.get(outcome.name)) is not None
        else outcome
        for outcome in verify(scene, trace)
    ]


def _look_alike(old: Run, new: Run) -> bool:
    """Whether the renderer is given the same bodies, poses, temperatures and camera."""
    a, b = old.trace, new.trace
    seen = ("time", "alive", "position", "orientation", "scale")
    if a.names != b.names or any(
        not np.array_equal(getattr(a, name), getattr(b, name), equal_nan=name != "alive") for name in seen
    ):
        return False
    shown = [
        name
        for name in sorted({*a.extra, *b.extra})
        if name.startswith(("temperature", "particles", "liquid", "solid"))
    ]
    if any(
        name not in a.extra or name not in b.extra or not np.array_equal(a.extra[name].data, b.extra[name].data)
        for name in shown
    ):
        return False
    if a.meta.get("heat") != b.meta.get("heat"):
        return False
    hidden = {
        "bodies": {
            name: body.model_dump(exclude={"mass", "density", "status"}) for name, body in new.scene.bodies.items()
        }
    }
    known = {
        "bodies": {
            name: body.model_dump(exclude={"mass", "density", "status"}) for name, body in old.scene.bodies.items()
        }
    }
    parts = ("camera", "look", "environment", "thermal", "joints", "language")
    return hidden == known and all(getattr(old.scene, part) == getattr(new.scene, part) for part in parts)


def keep_pictures(
    old: Run,
    new: Run,
    folder: Path,
    *,
    size: tuple[int, int],
    tier: str,
    copy: Callable[[Any, Any], Any] = shutil.copyfile,
) -> bool:
    """Take the earlier clip over where the new one would show the same; whether it was."""
    clip = old.clip_path
    if clip is None or old.record is None or not _look_alike(old, new):
        return False
    if tuple(old.record.size) != tuple(size) or old.record.tier != tier:
        return False
    target = folder / "clip.mp4"
    if clip.resolve() != target.resolve():
        from scenes.files import write_atomically

        with write_atomically(target) as temporary:
            copy(clip, temporary)
    new.record = replace(old.record, path=str(target))
    new.backend = {**old.backend, **new.record.as_dict()}
    return True


def again(
    pipeline: HybridPipeline, old: Run, new: Scene, *, seconds: float | None = None, seed: int | None = None,
    size: tuple[int, int] | str | None = None, output: str | Path | None = None, plain: bool = False,
) -> Clip:  # fmt: skip
    """The clip of a changed scene, of which only what changed is worked out; `clip.ran` says what that was.

    Without pictures and without an `output` folder nothing is written. `plain` writes no report. UserError for scenes that cannot be run.
    """
    import tempfile

    from hybrid.pipeline import DEFAULT_SIZE, PRODUCTS, Clip, check_size, check_times, write_plan, write_simulation
    from hybrid.run import exit_status
    from scenes.files import prepare_folder

    made = tuple(old.record.size) if old.record is not None else DEFAULT_SIZE
    pixels = check_size(size) if size is not None else (int(made[0]), int(made[1]))
    diffuses = pipeline.pictures and pipeline.choice(pixels if size is not None else None).diffuses
    check_times(fps=old.trace.fps, seconds=seconds)
    run, found = run_again(pipeline, old, new, seconds=seconds, seed=seed)
    hot = new.thermal is not None and bool(new.thermal.bodies)
    if output is None and not pipeline.pictures:
        return Clip(run, pipeline, ran=found.sentence(new.language, pictures=False, hot=hot))
    keep = tempfile.TemporaryDirectory(prefix="hybrid-") if output is None else None
    folder = prepare_folder(keep.name if keep is not None else output)  # type: ignore[arg-type]
    clip_there = folder / "clip.mp4"
    in_place = old.clip_path is not None and clip_there.is_file() and clip_there.samefile(old.clip_path)
    run.folder = folder
    alike = pipeline.pictures and not diffuses and not old.backend.get("diffusion")
    kept = alike and keep_pictures(old, run, folder, size=pixels, tier=pipeline.tier)
    for name in PRODUCTS:  # nothing in the folder may speak of another scene
        if not (name == "clip.mp4" and (kept or in_place)):
            (folder / name).unlink(missing_ok=True)
    write_plan(folder, run.frame, new)
    write_simulation(run, folder)
    if in_place and not kept:
        clip_there.unlink()
    if pipeline.pictures and not kept and exit_status(run) != 1:
        pipeline.render(run, clip_there, size=None if diffuses and size is None else pixels)
    if not plain:
        from hybrid.report import write_report

        write_report(run, folder)
    return Clip(run, pipeline, keep, ran=found.sentence(new.language, pictures=pipeline.pictures and not kept, hot=hot))
