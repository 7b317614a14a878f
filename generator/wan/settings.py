"""From what a user wishes to what a model can do: sizes, frame counts, shift, scales. Odd wishes are corrected or warned of, and said."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.guidance.base import Sampling
from generator.wan.specs import BackendSpec
from scenes.errors import UserError

if TYPE_CHECKING:
    from scenes.scene import Scene

__all__ = ["Settings", "Wishes", "resolve"]

SCALES = (1.0, 8.0)  # guidance scales that Wan's pipelines are used with; above, colours burn and motion stiffens
LIGHTNING_STEPS = 8


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the user asked for; None leaves it to the model. `size` (width, height) [px], `frames` of the clip, `fps` [1/s]."""

    size: tuple[int, int] | None = None
    fps: float | None = None
    frames: int | None = None
    steps: int | None = None
    guidance_scale: float | None = None
    guidance_scale_2: float | None = None
    shift: float | None = None
    boundary: float | None = None
    lightning: bool = False
    oversample: int = 1
    chunks: int | str = 1  # a number, or auto for as many as the simulation is long
    calibrated_shift: float | None = None  # of a sweep on these weights; what is asked for goes before it
    prompt: str | None = None
    negative_prompt: str | None = None


@dataclass(frozen=True)
class Settings:
    """What will be run; `sampling` is of one chunk, `total_frames` are generated in all, of which `clip_frames` are shown (fewer when time is
    oversampled); `notes`: what was corrected, warned of, or falls outside the clip, as sentences."""

    sampling: Sampling
    clip_frames: int
    total_frames: int
    notes: tuple[str, ...] = ()
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def chunk_starts(self) -> list[int]:
        """First frames of the overlapping chunks; [0] for a clip in one piece."""
        from generator.guidance.chunks import chunk_starts, overlap_for

        length = self.sampling.num_frames
        return chunk_starts(self.total_frames, length, overlap_for(length)) if self.total_frames > length else [0]

    def as_dict(self) -> dict[str, Any]:
        s = self.sampling
        return {
            "steps": s.steps, "shift": s.shift, "boundary_ratio": s.boundary_ratio, "guidance_scale": s.guidance_scale, "guidance_scale_2": s.guidance_scale_2,
            "frames": self.total_frames, "chunks": len(self.chunk_starts), "frames_per_chunk": s.num_frames, "clip_frames": self.clip_frames, "fps": s.fps, "size": list(s.size), "seed": s.seed, "prompt": s.prompt, "negative_prompt": s.negative_prompt,
        }  # fmt: skip


class _Notes(list[str]):
    def __init__(self, chinese: bool) -> None:
        super().__init__()
        self._chinese = chinese

    def say(self, english: str, chinese: str) -> None:
        self.append(chinese if self._chinese else english)


def resolve(
    spec: BackendSpec, scene: Scene, *, duration: float, wishes: Wishes | None = None, seed: int = 0
) -> Settings:
    """Settings for a clip of `duration` [s] of played time. Raises UserError for wishes that no correction can save."""
    wishes = wishes or Wishes()
    notes = _Notes(scene.language == "zh")
    size = _size(spec, wishes.size, notes)
    fps = _fps(spec, wishes.fps, notes)
    frames, total, clip_frames = _frames(spec, wishes, duration, fps, notes)
    steps = _steps(spec, wishes, notes)
    high, low = _scales(spec, wishes, notes)
    shift = _shift(spec, wishes, size, notes)
    boundary = _boundary(spec, wishes.boundary, notes)
    prompt, negative = _prompts(scene, wishes, notes)
    sampling = Sampling(
        prompt=prompt, negative_prompt=negative, steps=steps, guidance_scale=high, guidance_scale_2=low, shift=shift, boundary_ratio=boundary, seed=seed,
        num_frames=frames, size=size, fps=fps,
    )  # fmt: skip
    asked = {key: value for key, value in vars(wishes).items() if value not in (None, False)}
    return Settings(sampling, clip_frames, total, tuple(notes), asked)


def _size(spec: BackendSpec, asked: tuple[int, int] | None, notes: _Notes) -> tuple[int, int]:
    if asked is None:
        return spec.size
    step = spec.multiple
    near = (max(step, round(asked[0] / step) * step), max(step, round(asked[1] / step) * step))
    if near != tuple(asked):
        notes.say(
            f"The size {asked[0]}x{asked[1]} became {near[0]}x{near[1]}: {spec.title} paints sides that are multiples of {step} px.",
            f"尺寸 {asked[0]}x{asked[1]} 改为 {near[0]}x{near[1]}：{spec.title} 的边长须是 {step} 像素的倍数。",
        )
    if near not in spec.sizes:
        trained = ", ".join(f"{w}x{h}" for w, h in spec.sizes)
        notes.say(
            f"{spec.title} was trained on {trained}; {near[0]}x{near[1]} may look worse.",
            f"{spec.title} 按 {trained} 训练；{near[0]}x{near[1]} 的画质可能较差。",
        )
    return near


def _fps(spec: BackendSpec, asked: float | None, notes: _Notes) -> float:
    if asked is None or math.isclose(asked, spec.fps):
        return spec.fps
    notes.say(
        f"{spec.title} learned motion at {spec.fps:g} frames a second; at {asked:g} everything moves {spec.fps / asked:.2g} times as far from frame to frame as it expects.",
        f"{spec.title} 按每秒 {spec.fps:g} 帧学习运动；按 {asked:g} 帧时，相邻帧之间的位移是它预期的 {spec.fps / asked:.2g} 倍。",
    )
    return float(asked)


def _frames(spec: BackendSpec, wishes: Wishes, duration: float, fps: float, notes: _Notes) -> tuple[int, int, int]:
    """Frames (4k+1) to generate in one piece and in all, and frames of the clip."""
    most, asked, k = spec.most_frames, wishes.frames, wishes.oversample
    needed = math.floor(duration * fps + 1e-6) * k + 1
    whole = math.ceil((needed - 1) / 4) * 4 + 1
    if asked is not None:
        if asked < 1:
            raise UserError(f"{asked} frames make no clip: give 4k+1 of them, for example {most}.")
        frames = max(1, round((asked - 1) / 4) * 4 + 1)
        if frames != asked:
            notes.say(
                f"{asked} frames became {frames}: Wan makes 4k+1 frames.",
                f"{asked} 帧改为 {frames} 帧：Wan 生成 4k+1 帧。",
            )
        if frames > most:
            notes.say(
                f"{spec.title} was trained on {most} frames; {frames} in one piece may repeat or drift.",
                f"{spec.title} 按 {most} 帧训练；一次生成 {frames} 帧可能重复或漂移。",
            )
    else:
        frames = min(most, whole)
    frames, total = _chunked(frames, whole, wishes.chunks, notes)
    clip_frames = (total - 1) // k + 1
    shown = (clip_frames - 1) / fps
    if duration - shown > 0.5 / fps:
        notes.say(
            f"The clip holds {clip_frames} frames at {fps:g} a second, {shown:.2f} s; the last {duration - shown:.2f} s of the simulation fall outside it (the preview shows them; --chunks auto covers them).",
            f"短片共 {clip_frames} 帧，每秒 {fps:g} 帧，即 {shown:.2f} 秒；模拟的最后 {duration - shown:.2f} 秒不在其中（预览中可见；--chunks auto 可全部覆盖）。",
        )
    if k > 1:
        notes.say(
            f"{total} frames are generated {k} times slower, and every {'second' if k == 2 else f'{k}th'} is kept: {clip_frames} frames.",
            f"以 {k} 倍慢速生成 {total} 帧，每 {k} 帧取一帧：共 {clip_frames} 帧。",
        )
    return frames, total, clip_frames


def _chunked(longest: int, whole: int, chunks: int | str, notes: _Notes) -> tuple[int, int]:
    """Frames of one chunk and of all, for a simulation of `whole` frames (4k+1) in chunks of at most `longest`."""
    from generator.guidance.chunks import chunk_starts, overlap_for, spread

    shared = overlap_for(longest)
    total = whole if chunks == "auto" else min(whole, longest + (int(chunks) - 1) * (longest - shared))
    if chunks == 1 or total <= longest:
        return longest, longest
    length = spread(total, longest)
    shared = overlap_for(length)
    count = len(chunk_starts(total, length, shared))
    notes.say(
        f"{total} frames are generated in {count} chunks of {length}, each sharing {shared} or more with the one before.",
        f"{total} 帧分 {count} 段生成，每段 {length} 帧，与前一段至少重叠 {shared} 帧。",
    )
    return length, total


def _steps(spec: BackendSpec, wishes: Wishes, notes: _Notes) -> int:
    steps = wishes.steps if wishes.steps is not None else LIGHTNING_STEPS if wishes.lightning else spec.steps
    if steps < 1:
        raise UserError(f"{steps} denoising steps make no clip: give at least 1 ({spec.title}'s own is {spec.steps}).")
    if wishes.lightning:
        if steps < LIGHTNING_STEPS:
            notes.say(
                f"With {steps} steps of the Lightning LoRA only one or two lie in the guided window: the motion is steered weakly; use {LIGHTNING_STEPS} or more.",
                f"Lightning LoRA 只用 {steps} 步时，引导窗口内只有一两步，运动控制很弱；请用 {LIGHTNING_STEPS} 步以上。",
            )
        else:
            notes.say(
                "The Lightning LoRA is fast, and weakens prompt and motion control.",
                "Lightning LoRA 速度快，但会减弱提示词和运动的控制。",
            )
    elif steps < 10:
        notes.say(
            f"{steps} denoising {'step is' if steps == 1 else 'steps are'} too few for {spec.title} without a few-step LoRA (its own is {spec.steps}): the picture stays noise or mush.",
            f"没有少步 LoRA 时，{steps} 步对 {spec.title} 太少（建议 {spec.steps} 步），画面会模糊或全是噪声。",
        )
    elif steps > 2 * spec.steps:
        notes.say(
            f"{steps} steps cost {steps / spec.steps:.1f} times {spec.title}'s own {spec.steps}, for little.",
            f"{steps} 步的耗时是建议值 {spec.steps} 步的 {steps / spec.steps:.1f} 倍，收益很小。",
        )
    return steps


def _scales(spec: BackendSpec, wishes: Wishes, notes: _Notes) -> tuple[float, float | None]:
    one = wishes.lightning
    high = wishes.guidance_scale if wishes.guidance_scale is not None else 1.0 if one else spec.guidance_scale
    low = wishes.guidance_scale_2
    if low is None:
        low = (
            None
            if spec.experts == 1
            else high
            if wishes.guidance_scale is not None
            else 1.0
            if one
            else spec.guidance_scale_2
        )
    elif spec.experts == 1:
        notes.say(
            f"{spec.title} has one expert: the second guidance scale {low:g} is not used.",
            f"{spec.title} 只有一个专家：第二个引导系数 {low:g} 不使用。",
        )
        low = None
    for value in {high, low} - {None}:
        assert value is not None
        if not math.isfinite(value) or value < 0:
            raise UserError(
                f"The guidance scale {value:g} must be 0 or more: {spec.title}'s own is {spec.guidance_scale:g}."
            )
        if value > SCALES[1]:
            notes.say(
                f"A guidance scale of {value:g} is far above {spec.title}'s own {spec.guidance_scale:g}: colours burn and motion stiffens; 3 to 6 is usual.",
                f"引导系数 {value:g} 远高于 {spec.title} 的建议值 {spec.guidance_scale:g}：颜色会过饱和，运动会僵硬；常用 3 到 6。",
            )
        elif value <= 1 and not one:
            notes.say(
                f"A guidance scale of {value:g} switches classifier-free guidance off: the negative prompt is not used.",
                f"引导系数 {value:g} 会关闭无分类器引导：不使用负面提示词。",
            )
    return float(high), None if low is None else float(low)


def _shift(spec: BackendSpec, wishes: Wishes, size: tuple[int, int], notes: _Notes) -> float:
    own = spec.shift_small if spec.shift_small is not None and size[0] * size[1] <= 832 * 480 else spec.shift
    asked = wishes.shift
    if asked is None and wishes.calibrated_shift is not None:
        return float(wishes.calibrated_shift)
    if asked is None or math.isclose(asked, own):
        return own
    notes.say(
        f"The flow shift is {asked:g} as asked; {spec.title}'s own is {own:g}.",
        f"流偏移按要求设为 {asked:g}；{spec.title} 的建议值是 {own:g}。",
    )
    return float(asked)


def _boundary(spec: BackendSpec, asked: float | None, notes: _Notes) -> float | None:
    if asked is None:
        return spec.boundary_ratio
    if spec.boundary_ratio is None:
        notes.say(
            f"{spec.title} has one expert: the boundary {asked:g} is not used.",
            f"{spec.title} 只有一个专家：边界 {asked:g} 不使用。",
        )
        return None
    if not math.isclose(asked, spec.boundary_ratio):
        notes.say(
            f"The expert boundary is {asked:g} as asked; {spec.title} was trained with {spec.boundary_ratio:g}.",
            f"专家边界按要求设为 {asked:g}；{spec.title} 按 {spec.boundary_ratio:g} 训练。",
        )
    return float(asked)


def _prompts(scene: Scene, wishes: Wishes, notes: _Notes) -> tuple[str, str]:
    """The enriched prompt of the plan; the text itself, or the bodies' names, where the scene was not planned from words."""
    prompt = wishes.prompt or scene.prompt.video or scene.text
    if not prompt.strip():
        names = [name.replace("_", " ") for name, body in scene.bodies.items() if not getattr(body, "fixed", False)]
        if not names:
            raise UserError(
                "The scene has no words for the video model: set prompt.video in the scene file, or give --prompt."
            )
        prompt = ", ".join(names[:8])
        notes.say(
            f"The scene has no words for the video model: it is told only “{prompt}”; set prompt.video.",
            f"场景没有给视频模型的文字：只告诉它“{prompt}”；请设置 prompt.video。",
        )
    negative = wishes.negative_prompt if wishes.negative_prompt is not None else scene.prompt.negative
    return prompt, negative
