"""Fitting a model to a card: which preset the memory allows, and the switches of diffusers that make it so.

Estimates, not measurements. Weights are counted exactly from the headers of their files. The activations of a transformer are what a
block holds at once: per token 24 bytes a channel (states in bf16 and fp32, queries, keys, values, the attention's output) and 4 bytes a
feed-forward channel, in two passes one after another. The autoencoder decodes in fp32 and holds about six maps of its widest
channels for the four frames of a latent frame; tiled, of a tile. A tenth and 1.5 GB (libraries, fragmentation) are added.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from generator.wan.flops import tokens
from generator.wan.specs import BackendSpec
from generator.wan.weights import Weights
from scenes.errors import UserError, did_you_mean

__all__ = ["CACHES", "PRESETS", "MemoryPlan", "Speed", "estimate", "plan_memory"]

PRESETS = ("none", "model-offload", "group-offload", "fp8", "int8", "nf4", "group-fp8")
WORDS = {
    "none": "everything on the card",
    "model-offload": "one component on the card at a time",
    "group-offload": "two blocks on the card at a time, the next one copied meanwhile",
    "fp8": "experts stored in 8-bit floats, one component on the card at a time",
    "int8": "experts quantised to 8-bit integers, one component on the card at a time",
    "nf4": "experts quantised to 4 bits, one component on the card at a time",
    "group-fp8": "experts stored in 8-bit floats, two blocks on the card at a time",
}
CACHES = ("first-block", "pyramid")  # of those in diffusers, the ones that were seen to work on Wan's transformers
ATTENTION = ("native", "flash", "_flash_3", "sage", "_native_cudnn", "_native_math", "xformers")
FIXED, MARGIN = 1.5e9, 1.1
GB = 1e9


@dataclass(frozen=True, kw_only=True)
class Speed:
    """What the user asked for beside the preset. `attention`, `cache` None: as stock; `parallel` GPUs by context parallelism."""

    preset: str | None = None
    vram: float | None = None  # [GB]; None asks the card
    attention: str | None = None
    compile: bool = False
    cache: str | None = None
    cache_threshold: float | None = None
    parallel: int = 1
    tiling: bool | None = None

    def __post_init__(self) -> None:
        for name, value, choices in (
            ("--memory", self.preset, PRESETS),
            ("--cache", self.cache, CACHES),
            ("--attention", self.attention, ATTENTION),
        ):
            if value is not None and value not in choices:
                raise UserError(f"{name} {value!r} is not known{did_you_mean(value, choices)}")
        if self.vram is not None and not self.vram > 0:
            raise UserError(f"--vram is in gigabytes and above 0, not {self.vram:g}: give for example --vram 24.")
        if self.parallel < 1:
            raise UserError(f"--parallel is a number of GPUs from 1 up, not {self.parallel}.")


@dataclass(frozen=True, kw_only=True)
class MemoryPlan:
    """A preset with what was chosen and why; `need` [bytes] on the card, `have` [bytes], `host` [bytes] of ordinary memory."""

    preset: str
    device: str
    tiling: bool
    need: float
    have: float | None
    host: float
    why: str
    chosen: str = "automatically"
    attention: str | None = None
    compile: bool = False
    cache: str | None = None
    cache_threshold: float | None = None
    parallel: int = 1
    table: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    def as_dict(self) -> dict[str, Any]:
        out = asdict(self)
        for key in ("need", "have", "host"):
            value = out.pop(key)
            out[f"{key}_gb"] = None if value is None else round(value / GB, 2)
        out["means"] = WORDS[self.preset]
        out["table"] = list(self.table)
        return out

    @property
    def quantised(self) -> str | None:
        return self.preset if self.preset in ("int8", "nf4") else None


def activations(spec: BackendSpec, size: tuple[int, int], frames: int, *, parallel: int = 1) -> float:
    """Memory that a transformer's forward pass needs beside its weights [bytes]."""
    arch = spec.architecture
    return tokens(spec, size, frames) / parallel * (24.0 * arch.width + 4.0 * arch.ffn)


def decoding(spec: BackendSpec, size: tuple[int, int], frames: int, *, tiled: bool) -> float:
    """Memory that decoding needs beside the weights [bytes]: six fp32 maps of the widest full-size channels over four frames, and the clip."""
    width, height = (min(256, size[0]), min(256, size[1])) if tiled else size
    cells = width * height / (4 if spec.grid.space == 16 else 1)  # the 5B's decoder ends at half size
    return 6 * 4 * 4 * (256 if spec.grid.space == 16 else 96) * cells + 4.0 * 3 * frames * size[0] * size[1]


def estimate(
    weights: Weights, size: tuple[int, int], frames: int, preset: str, *, tiled: bool, parallel: int = 1
) -> tuple[float, float]:
    """Memory [bytes] on the card and of the host that a preset needs."""
    spec, precision = weights.spec, {"fp8": "fp8", "group-fp8": "fp8", "int8": "int8", "nf4": "nf4"}.get(preset, "bf16")
    experts = [weights.loaded(name, precision) for name in weights.transformers]
    text, vae = weights.loaded("text_encoder", "bf16"), weights.loaded("vae", "fp32")
    active, decode = activations(spec, size, frames, parallel=parallel), decoding(spec, size, frames, tiled=tiled)
    everything = sum(experts) + text + vae
    if preset == "none":
        card, host = sum(experts) + text + vae + max(active, decode), max(experts)
    elif preset.startswith("group"):
        blocks = max(experts) / max(
            1, weights.configs.get("transformer", {}).get("num_layers", spec.architecture.layers)
        )
        card, host = 4 * blocks + max(active, vae + decode, text / 12), everything
    else:
        card, host = max(max(experts) + active, text, vae + decode), everything
    return card * MARGIN + FIXED, host * 1.05 + 2e9


def plan_memory(
    weights: Weights, size: tuple[int, int], frames: int, *, have: float | None, host: float | None = None, device: str = "cuda", speed: Speed | None = None, installed: frozenset[str] = frozenset(),
) -> MemoryPlan:  # fmt: skip
    """The first preset that fits, in the order of least loss: whole, offloaded, in groups, 8-bit floats, 8 and 4-bit integers.

    `have` and `host` [bytes] are free on the card and in ordinary memory, None unknown; `installed` packages decide on quantisation
    (torchao, bitsandbytes). Raises UserError that names what would fit when nothing does.
    """
    speed = speed or Speed()
    _check_parallel(weights.spec, speed)
    common: dict[str, Any] = {
        "device": device,
        "attention": speed.attention,
        "compile": speed.compile,
        "cache": speed.cache,
        "cache_threshold": speed.cache_threshold,
        "parallel": speed.parallel,
    }
    if device == "cpu":
        need, ordinary = estimate(weights, size, frames, "none", tiled=False)
        return MemoryPlan(
            preset=speed.preset or "none",
            tiling=bool(speed.tiling),
            need=need,
            have=have,
            host=ordinary,
            why="the processor runs everything in ordinary memory",
            **common,
        )
    room = speed.vram * GB if speed.vram is not None else have
    rows, fitting = [], []
    for preset in PRESETS:
        for tiled in (False, True) if speed.tiling is None else (speed.tiling,):
            need, ordinary = estimate(weights, size, frames, preset, tiled=tiled, parallel=speed.parallel)
            lacks = _lacks(preset, installed)
            fits = (room is None or need <= room) and (host is None or ordinary <= host) and not lacks
            row = {
                "preset": preset,
                "tiled": tiled,
                "need_gb": round(need / GB, 1),
                "host_gb": round(ordinary / GB, 1),
                "fits": fits,
                "lacks": lacks,
            }
            rows.append(row)
            if fits or speed.preset == preset:
                fitting.append((preset, tiled, need, ordinary, lacks, fits))
            if fits:
                break
    wanted = [entry for entry in fitting if speed.preset in (None, entry[0])]
    good = next((entry for entry in wanted if entry[5]), None)
    if good is None:
        raise UserError(_too_little(weights, size, frames, room, host, speed, rows))
    preset, tiled, need, ordinary, _, _ = good
    how = "as asked" if speed.preset else "automatically"
    why = f"{WORDS[preset]}: about {need / GB:.0f} GB" + (f" of {room / GB:.0f} GB" if room is not None else "")
    return MemoryPlan(
        preset=preset,
        tiling=tiled,
        need=need,
        have=room,
        host=ordinary,
        why=why,
        chosen=how,
        table=tuple(rows),
        **common,
    )


def _lacks(preset: str, installed: frozenset[str]) -> str:
    """The package that a preset needs and this machine lacks."""
    if preset == "nf4" and "bitsandbytes" not in installed:
        return "bitsandbytes"
    if preset == "int8" and not installed & {"torchao", "bitsandbytes"}:
        return "torchao"
    return ""


def _check_parallel(spec: BackendSpec, speed: Speed) -> None:
    if speed.parallel > 1 and spec.architecture.vace_layers:
        raise UserError(
            f"{spec.title} cannot be split over {speed.parallel} GPUs: its control transformer has no plan for context parallelism in diffusers; use --parallel 1, or --backend wan2.2-t2v-a14b."
        )
    if speed.parallel > 1 and spec.architecture.heads % speed.parallel:
        raise UserError(
            f"{spec.title} has {spec.architecture.heads} attention heads, which {speed.parallel} GPUs do not divide: use --parallel 2, 4 or {spec.architecture.heads}."
        )
    if speed.parallel > 1 and speed.preset not in (None, "none"):
        raise UserError(
            f"--parallel {speed.parallel} and --memory {speed.preset} exclude each other: each GPU holds the whole model; drop one of them."
        )


def _too_little(
    weights: Weights,
    size: tuple[int, int],
    frames: int,
    room: float | None,
    host: float | None,
    speed: Speed,
    rows: list[dict[str, Any]],
) -> str:
    """One sentence: what is needed, what is there, and the setting that would fit."""
    spec = weights.spec
    have = f"{room / GB:.1f} GB of GPU memory" if room is not None else "an unknown amount of GPU memory"
    least = min((row for row in rows if not row["lacks"]), key=lambda row: row["need_gb"])
    asked = f" with --memory {speed.preset}" if speed.preset else ""
    if speed.preset:
        lacks = next((row["lacks"] for row in rows if row["preset"] == speed.preset and row["lacks"]), "")
        if lacks:
            return (
                f"--memory {speed.preset} needs the Python package {lacks}: pip install {lacks}, or leave --memory out."
            )
        other = next((row for row in rows if row["fits"]), None)
        if other:
            return f"{spec.title} at {size[0]}x{size[1]} and {frames} frames needs about {_row(rows, speed.preset)['need_gb']:.0f} GB{asked}, and there are {have}: use --memory {other['preset']}, which needs about {other['need_gb']:.0f} GB."
    if host is not None and room is not None and least["need_gb"] * GB <= room:
        return f"{spec.title} needs about {least['host_gb']:.0f} GB of ordinary memory to be offloaded to, and {host / GB:.0f} GB are free: close other programs, or use --memory nf4 (pip install bitsandbytes), or --backend wan2.1-vace-1.3b."
    small = _smaller(weights, room, rows, speed)
    return f"{spec.title} at {size[0]}x{size[1]} and {frames} frames needs at least {least['need_gb']:.1f} GB of GPU memory{asked}, and there are {have}: {small}."


def _row(rows: list[dict[str, Any]], preset: str) -> dict[str, Any]:
    return next(row for row in rows if row["preset"] == preset)


def _smaller(weights: Weights, room: float | None, rows: list[dict[str, Any]], speed: Speed) -> str:
    """The largest smaller size and frame count that would fit, or the smaller model."""
    step = weights.spec.multiple
    for frames, size in ((81, (832, 480)), (81, (640, 352)), (49, (640, 352)), (49, (480, 272)), (33, (320, 192))):
        rounded = (size[0] // step * step, size[1] // step * step)
        need = min(estimate(weights, rounded, frames, row["preset"], tiled=True)[0] for row in rows if not row["lacks"])
        if room is not None and need <= room:
            return f"use --size {rounded[0]}x{rounded[1]} --frames {frames}"
    return (
        "use --backend wan2.1-vace-1.3b"
        if weights.spec.name != "wan2.1-vace-1.3b" and room is not None and room > 5e9
        else "use --backend preview, which needs no GPU"
    )
