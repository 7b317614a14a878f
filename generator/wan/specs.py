"""What each Wan model is: pipelines, sizes, schedule and licences. No torch here, so that it can be asked before anything is loaded.

Parameter counts are those of the model classes of diffusers 0.42 and transformers 5.23 at the published configurations (counted on torch's
meta device). Schedules are those of Wan's own programs: T2V-A14B shift 12, 40 steps, boundary .875, guidance 3.0 low and 4.0 high noise;
I2V-A14B shift 5, boundary .9, 3.5; TI2V-5B shift 5, 50 steps, 5.0, 121 frames at 24 fps; Wan2.1 shift 3 at 480p and 5 at 720p, guidance 5.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from generator.guidance.base import Grid, PipelineKind
from scenes.errors import UserError, did_you_mean

__all__ = [
    "BYTES",
    "PIPELINE_CLASSES",
    "PREVIEW",
    "SPECS",
    "Architecture",
    "BackendSpec",
    "Component",
    "backend_names",
    "spec_of",
]

PREVIEW, AUTO = "preview", "auto"
BYTES = {"fp32": 4.0, "bf16": 2.0, "fp8": 1.0, "int8": 1.0, "nf4": 0.5}
PIPELINE_CLASSES: dict[PipelineKind, str] = {
    "t2v": "WanPipeline",
    "i2v": "WanImageToVideoPipeline",
    "vace": "WanVACEPipeline",
}
Precision = Literal["fp32", "bf16"]


@dataclass(frozen=True)
class Component:
    """A part with its number of parameters and the precision in which it is published."""

    parameters: int
    published: Precision = "bf16"

    @property
    def download(self) -> float:
        """Size of the published files [bytes]."""
        return self.parameters * BYTES[self.published]

    def loaded(self, precision: str) -> float:
        """Size in memory [bytes]."""
        return self.parameters * BYTES[precision]


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The transformer's shape; `vace_layers` blocks carry a control branch. What a weight folder's config must agree with."""

    heads: int
    head_dim: int = 128
    layers: int
    ffn: int
    in_channels: int
    out_channels: int
    text_dim: int = 4096
    vace_layers: int = 0

    @property
    def width(self) -> int:
        return self.heads * self.head_dim


@dataclass(frozen=True, kw_only=True)
class BackendSpec:
    """One model as users choose it. `pipelines` are what its weights can run, the best first; `boundary_ratio` the noise level at which
    the low-noise expert takes over, None for one expert; `sizes` (width, height) [px] that it was trained on; `multiple` [px] of every side."""

    name: str
    title: str
    hub_id: str
    modelscope_id: str | None
    pipelines: tuple[PipelineKind, ...]
    architecture: Architecture
    components: Mapping[str, Component]
    experts: int
    boundary_ratio: float | None
    shift: float
    shift_small: float | None = None  # at 480p and below, where the model's authors give another
    steps: int
    guidance_scale: float
    guidance_scale_2: float | None
    fps: float
    num_frames: int
    most_frames: int
    size: tuple[int, int]
    sizes: tuple[tuple[int, int], ...]
    grid: Grid = field(default_factory=Grid)
    vae_channels: int = 16
    expand_timesteps: bool = False
    guidance: str = "two-clock"
    licence: str = "Apache-2.0"
    rank: int = 0  # `auto` takes the highest that can run
    why: str = ""
    aliases: tuple[str, ...] = field(default=())

    @property
    def multiple(self) -> int:
        """A side of the picture is a multiple of this [px]: one token."""
        return self.grid.token

    @property
    def download(self) -> float:
        """About how large the published files are [bytes]."""
        return sum(part.download for part in self.components.values())

    @property
    def transformers(self) -> tuple[str, ...]:
        return tuple(name for name in self.components if name.startswith("transformer"))

    @property
    def pipeline_class(self) -> str:
        return PIPELINE_CLASSES[self.pipelines[0]]


UMT5 = Component(5_680_910_336)
UMT5_FP32 = Component(5_680_910_336, "fp32")
VAE_21 = Component(126_892_531, "fp32")
VAE_22 = Component(704_688_668, "fp32")
_A14B = {"heads": 40, "layers": 40, "ffn": 13824, "out_channels": 16}
_SIZES_14B = ((832, 480), (480, 832), (1280, 720), (720, 1280))

_ALL = (
    BackendSpec(
        name="wan2.2-t2v-a14b", title="Wan2.2 T2V A14B", hub_id="Wan-AI/Wan2.2-T2V-A14B-Diffusers", modelscope_id="Wan-AI/Wan2.2-T2V-A14B-Diffusers",
        pipelines=("t2v",), architecture=Architecture(**_A14B, in_channels=16),
        components={"transformer": Component(14_288_491_584, "fp32"), "transformer_2": Component(14_288_491_584, "fp32"), "text_encoder": UMT5, "vae": VAE_21},
        experts=2, boundary_ratio=0.875, shift=12.0, steps=40, guidance_scale=4.0, guidance_scale_2=3.0, fps=16.0, num_frames=81, most_frames=81,
        size=(832, 480), sizes=_SIZES_14B, guidance="two-clock", rank=50,
        why="the two-expert text-to-video model, guided without training by two clocks", aliases=("wan2.2-t2v-14b", "wan2.2", "t2v-a14b", "wan2.2-a14b"),
    ),
    BackendSpec(
        name="wan2.2-vace-fun-a14b", title="Wan2.2 VACE-Fun A14B", hub_id="linoyts/Wan2.2-VACE-Fun-14B-diffusers", modelscope_id=None,
        pipelines=("vace",), architecture=Architecture(**_A14B, in_channels=16, vace_layers=8),
        components={"transformer": Component(17_337_592_896), "transformer_2": Component(17_337_592_896), "text_encoder": UMT5, "vae": VAE_21},
        experts=2, boundary_ratio=0.875, shift=12.0, steps=40, guidance_scale=4.0, guidance_scale_2=3.0, fps=16.0, num_frames=81, most_frames=81,
        size=(832, 480), sizes=_SIZES_14B, guidance="vace+two-clock", rank=60,
        why="two experts with a trained control branch (depth, flow, layout), and two clocks on top", aliases=("wan2.2-vace", "wan2.2-vace-fun", "vace-fun-a14b", "wan2.2-vace-a14b"),
    ),
    BackendSpec(
        name="wan2.2-i2v-a14b", title="Wan2.2 I2V A14B", hub_id="Wan-AI/Wan2.2-I2V-A14B-Diffusers", modelscope_id="Wan-AI/Wan2.2-I2V-A14B-Diffusers",
        pipelines=("i2v",), architecture=Architecture(**_A14B, in_channels=36),
        components={"transformer": Component(14_288_901_184, "fp32"), "transformer_2": Component(14_288_901_184, "fp32"), "text_encoder": UMT5, "vae": VAE_21},
        experts=2, boundary_ratio=0.9, shift=5.0, steps=40, guidance_scale=3.5, guidance_scale_2=3.5, fps=16.0, num_frames=81, most_frames=81,
        size=(832, 480), sizes=_SIZES_14B, guidance="first-frame+two-clock", rank=40,
        why="the two-expert image-to-video model animates a first frame", aliases=("wan2.2-i2v-14b", "i2v-a14b"),
    ),
    BackendSpec(
        name="wan2.2-ti2v-5b", title="Wan2.2 TI2V 5B", hub_id="Wan-AI/Wan2.2-TI2V-5B-Diffusers", modelscope_id="Wan-AI/Wan2.2-TI2V-5B-Diffusers",
        pipelines=("t2v", "i2v"), architecture=Architecture(heads=24, layers=30, ffn=14336, in_channels=48, out_channels=48),
        components={"transformer": Component(4_999_787_712, "fp32"), "text_encoder": UMT5, "vae": VAE_22},
        experts=1, boundary_ratio=None, shift=5.0, steps=50, guidance_scale=5.0, guidance_scale_2=None, fps=24.0, num_frames=121, most_frames=121,
        size=(1280, 704), sizes=((1280, 704), (704, 1280)), grid=Grid(4, 16, 2), vae_channels=48, expand_timesteps=True, guidance="two-clock", rank=30,
        why="one expert of 5 billion parameters; its tokens are 32 px wide, so small fast things are lost", aliases=("wan2.2-5b", "ti2v-5b"),
    ),
    BackendSpec(
        name="wan2.1-vace-1.3b", title="Wan2.1 VACE 1.3B", hub_id="Wan-AI/Wan2.1-VACE-1.3B-diffusers", modelscope_id="Wan-AI/Wan2.1-VACE-1.3B-diffusers",
        pipelines=("vace",), architecture=Architecture(heads=12, layers=30, ffn=8960, in_channels=16, out_channels=16, vace_layers=15),
        components={"transformer": Component(2_153_972_032, "fp32"), "text_encoder": UMT5_FP32, "vae": VAE_21},
        experts=1, boundary_ratio=None, shift=5.0, shift_small=3.0, steps=50, guidance_scale=5.0, guidance_scale_2=None, fps=16.0, num_frames=81, most_frames=81,
        size=(832, 480), sizes=((832, 480), (480, 832)), guidance="vace+two-clock", rank=20,
        why="the small model with a trained control branch: runs on a consumer card", aliases=("wan2.1-vace", "vace-1.3b", "wan2.1"),
    ),
)  # fmt: skip

SPECS: dict[str, BackendSpec] = {spec.name: spec for spec in _ALL}


def backend_names() -> tuple[str, ...]:
    """All that `--backend` takes: auto, preview and the models."""
    return (AUTO, PREVIEW, *SPECS)


def spec_of(name: str) -> BackendSpec:
    """The model of a name or alias; UserError with the nearest names."""
    key = name.strip().lower().replace("_", "-")
    for spec in _ALL:
        if key in (spec.name, *spec.aliases, spec.hub_id.lower(), (spec.modelscope_id or "").lower()):
            return spec
    raise UserError(f"There is no backend {name!r} here{did_you_mean(key, backend_names())}")
