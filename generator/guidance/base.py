"""Motion guidance: the seam between a simulated scene and a video diffusion model. Imports no torch.

A `Reference` is what the simulation gives, a `Sampling` what the user asked of the sampler, and a `MotionGuidance` turns both
into pipeline arguments and per-step edits of the latents. A backend does this:

    guidance = TwoClock()                                    # or Combined([VaceControl(), TwoClock()])
    guidance.check(sampling, reference, spec)                # UserError before any weights are loaded
    plan = guidance.schedule(sampling)                       # no model needed: for tables, provenance, time estimates
    pipe = ...                                               # a stock diffusers Wan pipeline; `pipeline_kind` says which
    frames = guidance.sample(pipe, reference, sampling, generator=torch.Generator("cpu").manual_seed(sampling.seed),
                             on_step=report, output="frames")

Steps are counted in the *full* schedule of `sampling.steps`; those before the entry are skipped, never run. `on_step` gets a
`StepReport` after every step and may return False to stop there: `sample` then returns the latents as they are. To go on from
such a step, call `sample` with the same arguments and generator seed, and `start_step`, `latents` and `scheduler_state` as the
report gave them (`report.step + 1`, `report.latents`, `report.scheduler_state()`); the result is then bit for bit that of an
uninterrupted run, because noise and encoded reference are drawn again from the seed and the solver's memory is restored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from scenes.errors import UserError

__all__ = [
    "Action", "Expert", "Grid", "ModelSpec", "MotionGuidance", "OnStep", "PipelineKind", "Reference", "Sampling", "StepPlan", "StepReport",
    "flow_sigmas", "plan_steps",
]  # fmt: skip

Array = NDArray[Any]
Action = Literal["skip", "enter", "pin", "free"]
Expert = Literal["high", "low"]
PipelineKind = Literal["t2v", "i2v", "vace"]
Status = Literal["solved", "actuated", "proxied", "imagined", "refused"]
TRAIN_STEPS = 1000  # num_train_timesteps of every Wan scheduler


@dataclass(frozen=True)
class Grid:
    """How a model divides a clip: `time` frames per latent frame (after the first), `space` pixels per latent cell, `patch` latent
    cells per token along a side. Wan2.1 and the A14B: 4, 8, 2 (a token is 16 px); TI2V-5B: 4, 16, 2 (32 px)."""

    time: int = 4
    space: int = 8
    patch: int = 2

    @property
    def token(self) -> int:
        """Width of a token [px]."""
        return self.space * self.patch

    def latent_frames(self, frames: int) -> int:
        return (frames - 1) // self.time + 1

    def group(self, latent_frame: int) -> range:
        """Frames that latent frame k holds: 0, then time*k-(time-1) .. time*k."""
        k = latent_frame
        return range(0, 1) if k == 0 else range(self.time * (k - 1) + 1, self.time * k + 1)

    def group_of(self, frame: int) -> int:
        """The latent frame that holds a frame."""
        return (frame + self.time - 1) // self.time


class ModelSpec(Protocol):
    """What guidance asks of a backend's description of its model; any object with these attributes serves."""

    @property
    def name(self) -> str: ...
    @property
    def pipelines(self) -> Sequence[PipelineKind]:
        """Kinds of pipeline that its weights at hand can run: t2v (WanPipeline), i2v (WanImageToVideoPipeline), vace (WanVACEPipeline)."""
        ...

    @property
    def experts(self) -> int:
        """2 for a mixture of high- and low-noise experts, else 1."""
        ...

    @property
    def boundary_ratio(self) -> float | None: ...
    @property
    def grid(self) -> Grid: ...


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """What is asked of the sampler. `size` (width, height) [px], multiples of 16; `num_frames` 4k+1; `boundary_ratio` None for one
    expert; `guidance_scale` of the high-noise expert (of the only one), `guidance_scale_2` of the low-noise expert (the same when
    None); `shift` of the flow schedule (Wan2.2 T2V-A14B 12, I2V-A14B and TI2V-5B 5, VACE 1.3B 3 to 8). Raises UserError."""

    prompt: str
    negative_prompt: str = ""
    steps: int = 40
    guidance_scale: float = 4.0
    guidance_scale_2: float | None = 3.0
    shift: float = 12.0
    boundary_ratio: float | None = 0.875
    seed: int = 0
    num_frames: int = 81
    size: tuple[int, int] = (832, 480)
    fps: float = 16.0
    max_sequence_length: int = 512
    prompt_embeds: Any = None  # torch tensors from a cache; then the prompt texts are only recorded
    negative_prompt_embeds: Any = None

    def __post_init__(self) -> None:
        width, height = self.size
        if width % 16 or height % 16 or min(width, height) < 16:
            near = tuple(max(16, round(side / 16) * 16) for side in self.size)
            raise UserError(
                f"Wan paints pictures whose sides are multiples of 16, not {width}x{height}: use --size {near[0]}x{near[1]}."
            )
        if self.num_frames < 1 or self.num_frames % 4 != 1:
            near_frames = max(1, round((self.num_frames - 1) / 4) * 4 + 1)
            raise UserError(f"Wan makes 4k+1 frames (81, 121, ...), not {self.num_frames}: use {near_frames}.")
        if self.steps < 1:
            raise UserError(f"{self.steps} denoising steps make no clip: give at least 1 (Wan's own is 40).")
        if not self.shift > 0:
            raise UserError(
                f"The flow shift must be above 0, not {self.shift}: Wan2.2 T2V-A14B uses 12, I2V and the 5B 5."
            )
        if self.boundary_ratio is not None and not 0 < self.boundary_ratio < 1:
            raise UserError(
                f"The expert boundary is a noise level between 0 and 1, not {self.boundary_ratio}: Wan2.2 uses 0.875 (T2V) and 0.9 (I2V)."
            )
        if self.boundary_ratio is None and self.guidance_scale_2 is not None:
            object.__setattr__(self, "guidance_scale_2", None)  # one expert has one scale

    def with_(self, **changes: Any) -> Sampling:
        return replace(self, **changes)

    @property
    def scale_low(self) -> float:
        """Guidance scale of the low-noise expert."""
        return self.guidance_scale if self.guidance_scale_2 is None else self.guidance_scale_2

    def text_arguments(self) -> dict[str, Any]:
        """`prompt`, or `prompt_embeds`, and their negatives, as every Wan pipeline takes them."""
        if self.prompt_embeds is not None:
            return {"prompt_embeds": self.prompt_embeds, "negative_prompt_embeds": self.negative_prompt_embeds}
        return {"prompt": self.prompt, "negative_prompt": self.negative_prompt}

    def pipeline_arguments(self) -> dict[str, Any]:
        """Every argument of a Wan pipeline that is not a matter of guidance."""
        arguments = {
            **self.text_arguments(), "num_frames": self.num_frames, "width": self.size[0], "height": self.size[1], "num_inference_steps": self.steps,
            "guidance_scale": self.guidance_scale, "max_sequence_length": self.max_sequence_length,
        }  # fmt: skip
        if self.boundary_ratio is not None:
            arguments["guidance_scale_2"] = self.scale_low
        return arguments


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What the simulation gives, seen by the camera of the preview; all numpy.

    `frames` uint8 (T, H, W, 3) the preview render; `ids` int32 (T, H, W) an index into `names`, -1 where there is no body (sky,
    ground without a body, imagined walls); `names` (N,) and `statuses` {name: solved | actuated | proxied | imagined};
    `movers` the names that move in the world or whose motion is seen (never the ground); `depth` float32 (T, H, W) along the view
    axis [m], inf for sky; `flow` float32 (T, H, W, 2) [px] from frame t to t+1, x right, y down, the last frame zero;
    `pose` uint8 (T, H, W, 3) drawn skeletons; `effects` {name: bool (T, H, W)}, e.g. "shadow:ball"; `contact_times` {name: [s]} of
    the clip's own time; `fps` [1/s]; `centres` float32 (T, N, 2) [px] where each body's centre of mass is projected, NaN when
    not alive or behind the camera; `held` frames at the end that repeat the last simulated one; `oversample` k: simulated time
    between frames is 1/(fps k); `ground` the bodies that are the level ground, which is never pinned as a thing.
    """

    frames: NDArray[np.uint8]
    ids: NDArray[np.int32]
    names: tuple[str, ...]
    statuses: Mapping[str, Status]
    movers: tuple[str, ...] = ()
    depth: NDArray[np.float32] | None = None
    flow: NDArray[np.float32] | None = None
    pose: NDArray[np.uint8] | None = None
    effects: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    contact_times: Mapping[str, Sequence[float]] = field(default_factory=dict)
    centres: NDArray[np.float32] | None = None
    fps: float = 16.0
    camera_moving: bool = False
    held: int = 0
    oversample: int = 1
    ground: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = self.ids.shape
        if self.frames.shape != (*shape, 3):
            raise UserError(
                f"The preview has the shape {self.frames.shape} and its masks {shape}: render both with one size and frame count."
            )
        for what, array in (("depth", self.depth), ("flow", self.flow), ("pose", self.pose), *self.effects.items()):
            if array is not None and array.shape[:3] != shape:
                raise UserError(
                    f"The {what} pass has the shape {array.shape}, the masks {shape}: render both with one size and frame count."
                )
        if len(self.names) and int(self.ids.max(initial=-1)) >= len(self.names):
            raise UserError(f"The masks name body {int(self.ids.max())}, but there are only {len(self.names)} names.")
        unknown = [name for name in self.movers if name not in self.names]
        if unknown:
            raise UserError(f"The mover {unknown[0]!r} is not among the bodies {', '.join(self.names)}.")

    @property
    def num_frames(self) -> int:
        return int(self.ids.shape[0])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height [px]."""
        return int(self.ids.shape[2]), int(self.ids.shape[1])

    def mask(self, name: str) -> NDArray[np.bool_]:
        """Where a body is seen, (T, H, W)."""
        return np.asarray(self.ids == self.names.index(name))

    def status(self, name: str) -> Status:
        return self.statuses.get(name, "solved")

    def part(self, start: int, count: int) -> Reference:
        """Frames start .. start+count-1, for overlapping chunks of a long clip."""
        cut = slice(start, start + count)

        def of(array: Any) -> Any:
            return None if array is None else array[cut]

        shift = start / self.fps
        return replace(
            self, frames=self.frames[cut], ids=self.ids[cut], depth=of(self.depth), flow=of(self.flow), pose=of(self.pose), centres=of(self.centres),
            effects={key: value[cut] for key, value in self.effects.items()},
            contact_times={key: [t - shift for t in times if -1e-9 <= t - shift <= (count - 1) / self.fps + 1e-9] for key, times in self.contact_times.items()},
            held=max(0, min(self.held, start + count - (self.num_frames - self.held))),
        )  # fmt: skip


@dataclass(frozen=True)
class StepPlan:
    """One step of a schedule: its number in the full schedule, the noise level `sigma` of its input (1 noise, 0 picture), the
    `timestep` that the model is told, the `expert` that runs, what guidance does to its input (skip: not run; enter: the noised
    reference starts here; pin: masked regions are put back; free: nothing), the `guidance_scale`, and who is pinned."""

    step: int
    sigma: float
    timestep: int
    expert: Expert
    action: Action
    guidance_scale: float
    pinned: tuple[str, ...] = ()

    @property
    def runs(self) -> bool:
        return self.action != "skip"

    def as_dict(self) -> dict[str, Any]:
        return {
            "step": self.step, "sigma": round(self.sigma, 5), "timestep": self.timestep, "expert": self.expert, "action": self.action,
            "guidance_scale": self.guidance_scale, "pinned": list(self.pinned),
        }  # fmt: skip


@dataclass(frozen=True)
class StepReport:
    """What a caller learns after a step. `step` counts in the full schedule of `total` steps, `done` of `to_do` are run; `latents`
    the input of the next step, already edited (torch, on the pipeline's device); `x0` the model's prediction of the clean latents
    (torch), or None; `stage` "clip", or "still" while a first frame is painted; `scheduler_state` makes what a resumed run needs."""

    step: int
    total: int
    done: int
    to_do: int
    sigma: float
    next_sigma: float
    expert: Expert
    action: Action
    latents: Any
    x0: Any
    scheduler_state: Callable[[], dict[str, Any]]
    stage: str = "clip"


OnStep = Callable[[StepReport], bool | None]


@runtime_checkable
class MotionGuidance(Protocol):
    """One way of steering a Wan pipeline with a simulated scene. Objects hold settings; what belongs to one run is made in `prepare`."""

    @property
    def name(self) -> str:
        """Short and recorded with the clip: two-clock, sdedit, vace, first-frame, still-then-move, none, a+b."""
        ...

    @property
    def pipeline_kinds(self) -> Sequence[PipelineKind]:
        """Pipelines that it can run on, the best first."""
        ...

    def settings(self) -> dict[str, Any]:
        """Its parameters as plain values, for provenance."""
        ...

    def check(self, sampling: Sampling, reference: Reference | None, spec: ModelSpec | None) -> None:
        """Raise UserError where settings, reference and model do not go together; loads nothing. None means not known yet."""
        ...

    def advice(
        self,
        sampling: Sampling,
        reference: Reference | None = None,
        spec: ModelSpec | None = None,
        language: str = "en",
    ) -> list[str]:
        """What will run but may disappoint, in sentences of the `language` (en, zh)."""
        ...

    def schedule(self, sampling: Sampling) -> list[StepPlan]:
        """Every step of the full schedule, skipped ones too; needs no model."""
        ...

    def prepare(self, pipe: Any, reference: Reference, sampling: Sampling, generator: Any) -> dict[str, Any]:
        """Pipeline arguments, among them the initial `latents` where guidance sets them; keeps what `on_step_end` needs."""
        ...

    def on_step_end(self, pipe: Any, i: int, t: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Edit `kwargs["latents"]` after step i of the *full* schedule; `pipe.scheduler.sigmas[run_index + 1]` is their level."""
        ...

    def sample(
        self, pipe: Any, reference: Reference, sampling: Sampling, *, generator: Any, on_step: OnStep | None = None, start_step: int = 0,
        latents: Any = None, scheduler_state: Mapping[str, Any] | None = None, output: Literal["latents", "frames"] = "frames",
    ) -> Any:  # fmt: skip
        """Run the pipeline. "frames": uint8 numpy (T, H, W, 3); "latents": torch float32 (1, C, L, H/8, W/8), normalised as the
        transformer sees them. `start_step`, `latents` and `scheduler_state` go on from a `StepReport`."""
        ...


def flow_sigmas(steps: int, shift: float) -> NDArray[np.float64]:
    """Noise levels (steps + 1,) of Wan's shifted flow schedule, the last 0: s u / (1 + (s - 1) u) over u = 1 .. 1/1000.

    Source: the flow branch of UniPCMultistepScheduler.set_timesteps, diffusers 0.42 (the shift of Esser et al., 2024, eq. 23).
    """
    u = np.linspace(1, 1 / TRAIN_STEPS, steps + 1)[:-1]
    sigmas = shift * u / (1 + (shift - 1) * u)
    if abs(sigmas[0] - 1) < 1e-6:
        sigmas[0] -= 1e-6
    return np.append(sigmas, 0.0)


def plan_steps(
    sampling: Sampling,
    *,
    enter_at: float = 1.0,
    pinned_until: Mapping[str, float] | None = None,
    sigmas: NDArray[np.float64] | None = None,
) -> list[StepPlan]:
    """The schedule of a run that enters at the first level not above `enter_at` and pins each name of `pinned_until` at the
    levels not below its value. `sigmas` (steps + 1,) of a scheduler that is not Wan's own."""
    levels = flow_sigmas(sampling.steps, sampling.shift) if sigmas is None else sigmas
    boundary = sampling.boundary_ratio
    runs = np.flatnonzero(levels[:-1] <= max(enter_at, float(levels[-2])) + 1e-6)
    entry = int(runs[0]) if enter_at < 1 else 0
    plan = []
    for step, sigma in enumerate(levels[:-1]):
        timestep = int(sigma * TRAIN_STEPS)
        expert: Expert = "high" if boundary is None or timestep >= boundary * TRAIN_STEPS else "low"
        scale = sampling.guidance_scale if expert == "high" else sampling.scale_low
        pinned = tuple(name for name, until in (pinned_until or {}).items() if step >= entry and sigma >= until - 1e-9)
        action: Action = (
            "skip" if step < entry else "enter" if step == entry and enter_at < 1 else "pin" if pinned else "free"
        )
        plan.append(StepPlan(step, float(sigma), timestep, expert, action, scale, pinned))
    return plan
