"""The switches of a memory plan thrown on a diffusers pipeline, both experts alike, and the LoRA that makes it fast."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generator.wan.memory import MemoryPlan
from scenes.errors import UserError

__all__ = [
    "CACHE_DEFAULTS",
    "apply_plan",
    "experts_of",
    "find_lightning",
    "load_lightning",
    "quantisation",
    "reset_caches",
]

CACHE_DEFAULTS = {"first-block": 0.05, "pyramid": 2}
LIGHTNING_ID = "lightx2v/Wan2.2-Lightning"
LORA_FILES = ("high_noise_model.safetensors", "low_noise_model.safetensors")


def experts_of(pipe: Any) -> list[Any]:
    """The transformers of a pipeline, high noise first."""
    return [module for module in (pipe.transformer, getattr(pipe, "transformer_2", None)) if module is not None]


def quantisation(plan: MemoryPlan, experts: int) -> Any:
    """A PipelineQuantizationConfig over both experts for `from_pretrained`, None when the plan does not quantise."""
    if plan.quantised is None:
        return None
    from importlib.util import find_spec

    import torch
    from diffusers import PipelineQuantizationConfig

    names = ["transformer", "transformer_2"][:experts]
    if plan.quantised == "int8" and find_spec("torchao") is not None:
        from diffusers import TorchAoConfig
        from torchao.quantization import Int8WeightOnlyConfig

        mapping: dict[str, Any] = {name: TorchAoConfig(Int8WeightOnlyConfig()) for name in names}
        return PipelineQuantizationConfig(quant_mapping=mapping)
    if find_spec("bitsandbytes") is None:
        raise UserError(
            f"--memory {plan.preset} needs the Python package bitsandbytes{' or torchao' if plan.preset == 'int8' else ''}: pip install it, or choose --memory fp8."
        )
    settings: dict[str, Any] = {"load_in_8bit": True}
    backend = "bitsandbytes_8bit"
    if plan.quantised == "nf4":
        backend = "bitsandbytes_4bit"
        settings = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": torch.bfloat16}
    return PipelineQuantizationConfig(quant_backend=backend, quant_kwargs=settings, components_to_quantize=names)


def apply_plan(
    pipe: Any, plan: MemoryPlan, *, compute: Any = None, compile_options: dict[str, Any] | None = None
) -> list[str]:
    """Throw the switches and place the pipeline; returns every call made, as it is recorded with the clip.

    Order matters: casting before offloading (its hooks must run inside), offloading before caches, compilation last.
    """
    import torch

    compute = compute or torch.bfloat16
    calls: list[str] = []
    if plan.preset in ("fp8", "group-fp8"):
        for expert in experts_of(pipe):
            expert.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=compute)
        calls.append(f"enable_layerwise_casting(float8_e4m3fn) on {len(experts_of(pipe))} experts")
    if plan.tiling:
        pipe.vae.enable_tiling()
        calls.append("vae.enable_tiling()")
    calls += _attention(pipe, plan)
    if plan.preset.startswith("group"):
        stream = plan.device.startswith("cuda")
        pipe.enable_group_offload(
            onload_device=torch.device(plan.device), offload_device=torch.device("cpu"), offload_type="block_level", num_blocks_per_group=2, use_stream=stream,
            exclude_modules=["vae"] if not stream else None,
        )  # fmt: skip
        calls.append(f"enable_group_offload(block_level, 2 blocks, use_stream={stream})")
        if not stream:
            pipe.vae.to(plan.device)
    elif plan.preset == "none" or plan.device == "cpu":
        pipe.to(plan.device)
        calls.append(f"to({plan.device})")
    else:
        pipe.enable_model_cpu_offload(device=plan.device)
        calls.append("enable_model_cpu_offload()")
    if plan.parallel > 1:
        calls += _parallel(pipe, plan)
    if plan.cache:
        calls += _cache(pipe, plan)
    if plan.compile:
        for expert in experts_of(pipe):
            expert.compile_repeated_blocks(**(compile_options or {"fullgraph": True}))
        calls.append(f"compile_repeated_blocks() on {len(experts_of(pipe))} experts")
    return calls


def _attention(pipe: Any, plan: MemoryPlan) -> list[str]:
    if plan.attention is None:
        return []
    from diffusers.models.attention_dispatch import _AttentionBackendRegistry as registry

    before = registry.get_active_backend()[0]
    try:
        for expert in experts_of(pipe):
            expert.set_attention_backend(plan.attention)
    except (RuntimeError, ValueError, ImportError) as error:
        first = str(error).splitlines()[0].rstrip(".")
        raise UserError(
            f"The attention backend {plan.attention} cannot be used here ({first}): install it, or leave --attention out for torch's own."
        ) from error
    finally:
        registry.set_active_backend(
            before
        )  # diffusers sets it for the whole process, and the next clip would use it unasked
    return [f"set_attention_backend({plan.attention}) on {len(experts_of(pipe))} experts"]


def _parallel(pipe: Any, plan: MemoryPlan) -> list[str]:
    """Context parallelism over the GPUs of a `torchrun`; every process runs the same program."""
    import torch.distributed as distributed
    from diffusers import ContextParallelConfig

    if not distributed.is_initialized() or distributed.get_world_size() != plan.parallel:
        raise UserError(
            f"--parallel {plan.parallel} needs as many processes: start it as torchrun --nproc-per-node {plan.parallel} -m hybrid.cli make ... --parallel {plan.parallel}."
        )
    for expert in experts_of(pipe):
        expert.enable_parallelism(config=ContextParallelConfig(ulysses_degree=plan.parallel))
    return [f"enable_parallelism(ulysses_degree={plan.parallel}) on {len(experts_of(pipe))} experts"]


def cache_config(plan: MemoryPlan, pipe: Any) -> Any:
    """The step cache's configuration; `cache_threshold` is its threshold, interval or skip range."""
    import diffusers

    value = plan.cache_threshold if plan.cache_threshold is not None else CACHE_DEFAULTS[str(plan.cache)]
    if plan.cache == "first-block":
        return diffusers.FirstBlockCacheConfig(threshold=float(value))
    return diffusers.PyramidAttentionBroadcastConfig(
        spatial_attention_block_skip_range=int(value),
        spatial_attention_timestep_skip_range=(100, 800),
        current_timestep_callback=lambda: pipe.current_timestep,
    )


def _cache(pipe: Any, plan: MemoryPlan) -> list[str]:
    for expert in experts_of(pipe):
        expert.enable_cache(cache_config(plan, pipe))
    return [f"enable_cache({plan.cache}) on {len(experts_of(pipe))} experts"]


def reset_caches(pipe: Any) -> None:
    """Forget what step caches hold, between one denoising run and the next."""
    for expert in experts_of(pipe):
        if getattr(expert, "is_cache_enabled", False):
            expert._reset_stateful_cache()


def find_lightning(source: str | None, backend: str) -> tuple[Path, Path]:
    """The two files of the Lightning LoRA (high and low noise): in a folder, or in the hub's cache. UserError when they are not here."""
    kind = "I2V" if "i2v" in backend else "T2V"
    if source is not None:
        folders = [Path(source).expanduser()]
        if not folders[0].is_dir():
            raise UserError(
                f"There is no folder {source} for --lora: give the folder that holds {LORA_FILES[0]} and {LORA_FILES[1]}."
            )
    else:
        from generator.wan.weights import _hub_cache

        base = _hub_cache() / ("models--" + LIGHTNING_ID.replace("/", "--")) / "snapshots"
        folders = (
            sorted((p.parent for p in base.glob(f"*/*{kind}-A14B*/{LORA_FILES[0]}")), reverse=True)
            if base.is_dir()
            else []
        )
    for folder in folders:
        files = tuple(folder / name for name in LORA_FILES)
        if all(file.is_file() for file in files):
            return files[0], files[1]
    if source is not None:
        raise UserError(
            f"The folder {source} lacks {LORA_FILES[0]} or {LORA_FILES[1]}: a LoRA for two experts has both."
        )
    raise UserError(
        "The Lightning LoRA is not on this machine: `hybrid fetch lightning` downloads it (about 5 GB), or give its folder with --lora."
    )


def load_lightning(pipe: Any, files: tuple[Path, Path]) -> list[str]:
    """Load the LoRA into both experts; the low-noise one needs `load_into_transformer_2`."""
    from importlib.util import find_spec

    if find_spec("peft") is None:
        raise UserError("A LoRA needs the Python package peft: pip install peft, or leave --lightning out.")
    pipe.load_lora_weights(str(files[0]), adapter_name="lightning_high")
    if getattr(pipe, "transformer_2", None) is not None:
        pipe.load_lora_weights(str(files[1]), adapter_name="lightning_low", load_into_transformer_2=True)
    return [f"load_lora_weights({files[0].parent.name}) into both experts"]
