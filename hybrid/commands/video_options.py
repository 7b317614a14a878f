"""What `make` may ask of a video model, as options of the command line; see `hybrid.diffusion.DiffusionOptions`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Align", "Attention", "Backend", "BestOf", "Boundary", "Cache", "CacheThreshold", "Chunks", "Compile", "Control", "Dilate", "Frames", "Guidance", "GuidanceScale", "GuidanceScale2", "Label",
    "Lightning", "Lora", "Memory", "Model", "NegativePrompt", "NoGrade", "Oversample", "Parallel", "Peek", "Prompt", "Resume", "Shift", "SigmaStrong", "SigmaWeak", "Steps", "Vram",
]  # fmt: skip

PANEL = "Video model"


def _option(help: str, *names: str, metavar: str | None = None) -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option(*names, help=help, rich_help_panel=PANEL, metavar=metavar)
    return found


Backend = Annotated[
    str,
    typer.Option(
        help="auto, preview, wan2.2-t2v-a14b, wan2.2-vace-fun-a14b, wan2.2-i2v-a14b, wan2.2-ti2v-5b or wan2.1-vace-1.3b; NAME=FOLDER names the weights."
    ),
]
Model = Annotated[
    str | None,
    _option("Weights: a folder in the diffusers layout, or a hub id whose files are here.", metavar="FOLDER_OR_ID"),
]
Guidance = Annotated[
    str,
    _option(
        "auto, two-clock, sdedit, vace, vace+two-clock, first-frame, first-frame+two-clock, still-then-move or none."
    ),
]
Control = Annotated[str, _option("Control video of VACE: depth, flow, layout, contours or pose.")]
SigmaWeak = Annotated[float | None, _option("Noise level at which the whole render enters.")]
SigmaStrong = Annotated[float | None, _option("Noise level down to which the movers are pinned.")]
Steps = Annotated[int | None, _option("Denoising steps.")]
GuidanceScale = Annotated[float | None, _option("Classifier-free guidance of the (high-noise) expert.")]
GuidanceScale2 = Annotated[float | None, _option("The same of the low-noise expert.", "--guidance-scale-2")]
Shift = Annotated[float | None, _option("Shift of the flow schedule.")]
Boundary = Annotated[float | None, _option("Noise level at which the low-noise expert takes over.")]
Frames = Annotated[int | None, _option("Frames generated in one piece, 4k+1.")]
Chunks = Annotated[
    str, _option("Pieces that overlap: a number, or auto to cover the whole simulation.", "--chunks", metavar="N|auto")
]
Dilate = Annotated[int | None, _option("Tokens by which the masks of the movers are widened.")]
Prompt = Annotated[str | None, _option("What the video model is told, instead of the plan's own words.")]
NegativePrompt = Annotated[str | None, _option("What it is told to avoid.")]
Lightning = Annotated[bool, _option("The few-step LoRA on both experts: fast, weaker control.", "--lightning")]
Lora = Annotated[
    str | None, _option("Folder with high_noise_model.safetensors and low_noise_model.safetensors.", metavar="FOLDER")
]
Vram = Annotated[float | None, _option("Graphics memory to keep within [GB]; the card's free memory when not given.")]
Memory = Annotated[
    str | None,
    _option("none, model-offload, group-offload, fp8, int8, nf4 or group-fp8; chosen by the memory when not given."),
]
Attention = Annotated[str | None, _option("native, flash, _flash_3, sage, ...")]
Compile = Annotated[bool, _option("Compile the repeated blocks: slower first step, faster others.", "--compile")]
Cache = Annotated[str | None, _option("Step cache on both experts: first-block or pyramid.")]
CacheThreshold = Annotated[float | None, _option("Its threshold (first-block) or skip range (pyramid).")]
Parallel = Annotated[int, _option("GPUs that share one clip, started by torchrun.")]
BestOf = Annotated[int, _option("Candidates that run to the expert boundary; only the best finishes.")]
Peek = Annotated[int, _option("Write what the model predicts every so many steps.")]
Label = Annotated[bool, _option("Burn the viewers' label into the clip.", "--label")]
Oversample = Annotated[
    int,
    _option("Guide and generate this many times slower, for motion too fast for the latent grid.", "--time-oversample"),
]
Align = Annotated[
    bool, _option("Start a moment later, so that impacts fall on the edges of frame groups.", "--align-contacts")
]
NoGrade = Annotated[bool, _option("Do not measure how well the clip follows the simulation.", "--no-grade")]
Resume = Annotated[Path | None, _option("Go on with the interrupted clip of this folder.", metavar="DIR")]
