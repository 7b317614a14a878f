"""How long a denoising step of Wan2.2-A14B takes, how much memory, and how near it comes to the card's own matrix rate.

On a machine with a CUDA card (both experts in bf16 with random weights: nothing is downloaded, 57 GB of graphics memory):

    python tests/benchmarks/wan_speed.py --sizes 832x480 1280x720 -o wan_speed.json

Without one, `--tiny` runs the same program on tiny experts on the processor: its seconds say nothing of the real model, its counts do.
`--whole` also runs both whole clips, guided and unguided, instead of adding up measured steps.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parent.parent.parent)]

import torch  # noqa: E402

from generator.guidance.base import Reference, Sampling  # noqa: E402
from generator.wan.flops import expert_flops, tokens  # noqa: E402
from generator.wan.specs import SPECS, Architecture, BackendSpec  # noqa: E402

SPEC = SPECS["wan2.2-t2v-a14b"]
TINY = Architecture(heads=2, head_dim=16, layers=2, ffn=32, in_channels=16, out_channels=16, text_dim=32)


def synchronised(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def timed(run: Callable[[], Any], device: torch.device, times: int) -> list[float]:
    """Seconds of each of `times` runs, after one that warms up (and compiles)."""
    run()
    taken = []
    for _ in range(times):
        started = synchronised(device)
        run()
        taken.append(synchronised(device) - started)
    return taken


def matrix_rate(device: torch.device, dtype: torch.dtype, *, tiny: bool) -> float:
    """Operations per second [1/s] of a plain matrix product of the feed-forward's shape: the roofline."""
    m, k, n = (1024, 512, 512) if tiny else (32768, 5120, 13824)
    a, b = torch.randn(m, k, device=device, dtype=dtype), torch.randn(k, n, device=device, dtype=dtype)
    return 2.0 * m * k * n / min(timed(lambda: a @ b, device, 10))


def experts(device: torch.device, dtype: torch.dtype, *, tiny: bool) -> list[Any]:
    """Two transformers with random weights, made on the device."""
    from diffusers import WanTransformer3DModel

    arch = TINY if tiny else SPEC.architecture
    made = []
    for seed in range(2):
        torch.manual_seed(seed)
        before = torch.get_default_dtype()
        torch.set_default_dtype(dtype)
        try:
            with device:
                model = WanTransformer3DModel(
                    num_attention_heads=arch.heads, attention_head_dim=arch.head_dim, num_layers=arch.layers, ffn_dim=arch.ffn, in_channels=arch.in_channels,
                    out_channels=arch.out_channels, text_dim=arch.text_dim,
                )  # fmt: skip
        finally:
            torch.set_default_dtype(before)
        kept = set(model._keep_in_fp32_modules)
        for name, parameter in model.named_parameters():
            if kept & set(name.split(".")):
                parameter.data = parameter.data.float()  # as loading does
        made.append(model.eval().requires_grad_(False))
    return made


def inputs(
    spec: BackendSpec,
    size: tuple[int, int],
    frames: int,
    text: int,
    device: torch.device,
    dtype: torch.dtype,
    arch: Architecture,
) -> dict[str, Any]:
    shape = (
        1,
        arch.in_channels,
        spec.grid.latent_frames(frames),
        size[1] // spec.grid.space,
        size[0] // spec.grid.space,
    )
    return {
        "hidden_states": torch.randn(shape, device=device, dtype=dtype), "timestep": torch.tensor([900], device=device), "return_dict": False,
        "encoder_hidden_states": torch.randn(1, text, arch.text_dim, device=device, dtype=dtype),
    }  # fmt: skip


def step_rows(
    models: list[Any],
    size: tuple[int, int],
    args: argparse.Namespace,
    device: torch.device,
    dtype: torch.dtype,
    rate: float,
    name: str,
) -> list[dict[str, Any]]:
    """A step (guided and unguided pass) of each expert: seconds, memory, share of the matrix rate."""
    arch = TINY if args.tiny else SPEC.architecture
    given = inputs(SPEC, size, args.frames, 512, device, dtype, arch)
    work = 2 * expert_flops(arch, tokens(SPEC, size, args.frames))
    rows = []
    for expert, model in zip(("high", "low"), models, strict=True):
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()

        def step(model: Any = model) -> None:
            with torch.no_grad():
                for half in ("cond", "uncond"):
                    with model.cache_context(half):
                        model(**given)

        taken = timed(step, device, args.steps)
        if getattr(model, "is_cache_enabled", False):
            model._reset_stateful_cache()
        seconds = sorted(taken)[len(taken) // 2]
        peak = torch.cuda.max_memory_allocated() / 1e9 if device.type == "cuda" else None
        rows.append(
            {
                "size": f"{size[0]}x{size[1]}x{args.frames}", "setting": name, "expert": expert, "seconds": round(seconds, 4), "runs": [round(t, 4) for t in taken],
                "tflop": round(work / 1e12, 3), "tflop_per_s": round(work / seconds / 1e12, 3), "of_matrix_rate": round(work / seconds / rate, 3),
                "peak_gb": None if peak is None else round(peak, 1),
            }
        )  # fmt: skip
        print(json.dumps(rows[-1]), flush=True)
    return rows


def variants(
    models: list[Any],
    size: tuple[int, int],
    args: argparse.Namespace,
    device: torch.device,
    dtype: torch.dtype,
    rate: float,
) -> list[dict[str, Any]]:
    """The stock step; each attention that is installed, the step cache and regional compilation, one at a time."""
    from diffusers import FirstBlockCacheConfig

    rows = step_rows(models, size, args, device, dtype, rate, "stock")
    for attention in args.attention:
        try:
            for model in models:
                model.set_attention_backend(attention)
            rows += step_rows(models, size, args, device, dtype, rate, f"attention {attention}")
        except (RuntimeError, ValueError, ImportError) as error:
            print(f"attention {attention}: not here ({str(error).splitlines()[0]})", flush=True)
        for model in models:
            model.set_attention_backend("native")
    for model in models:
        model.enable_cache(FirstBlockCacheConfig(threshold=0.05))
    rows += step_rows(models, size, args, device, dtype, rate, "cache first-block (same input: an upper bound)")
    for model in models:
        model.disable_cache()
    if args.compile:
        for model in models:
            model.compile_repeated_blocks(fullgraph=True, **({"backend": "eager"} if args.tiny else {}))
        rows += step_rows(models, size, args, device, dtype, rate, "compile")
    return rows


def pipeline(models: list[Any], device: torch.device, *, tiny: bool) -> Any:
    """A WanPipeline around the experts with a random autoencoder and no text encoder."""
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline

    shape: dict[str, Any] = {"base_dim": 4, "dim_mult": [1, 1, 1, 1], "num_res_blocks": 1} if tiny else {}
    with device:
        vae = AutoencoderKLWan(z_dim=16, **shape).eval().requires_grad_(False)
    scheduler = UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=12.0, num_train_timesteps=1000
    )
    pipe = WanPipeline(
        tokenizer=None,
        text_encoder=None,
        vae=vae,
        scheduler=scheduler,
        transformer=models[0],
        transformer_2=models[1],
        boundary_ratio=0.875,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def moving_square(size: tuple[int, int], frames: int) -> Reference:
    """A bright square that crosses the picture."""
    width, height = size
    side = height // 6
    pictures, ids = np.full((frames, height, width, 3), 90, np.uint8), np.full((frames, height, width), -1, np.int32)
    for t in range(frames):
        x = int((width - side) * t / max(1, frames - 1))
        pictures[t, height // 2 : height // 2 + side, x : x + side] = (210, 60, 40)
        ids[t, height // 2 : height // 2 + side, x : x + side] = 0
    return Reference(frames=pictures, ids=ids, names=("square",), statuses={"square": "solved"}, movers=("square",))


def guided_total(
    models: list[Any],
    size: tuple[int, int],
    args: argparse.Namespace,
    device: torch.device,
    dtype: torch.dtype,
    stock: list[dict[str, Any]],
) -> dict[str, Any]:
    """A guided clip against a plain one: 24 of 40 steps and the encoding of the render, against 40 steps; both are decoded."""
    from generator.guidance.engine import Unguided
    from generator.guidance.latents import decode, encode
    from generator.guidance.two_clock import TwoClock

    arch = TINY if args.tiny else SPEC.architecture
    pipe, reference = pipeline(models, device, tiny=args.tiny), moving_square(size, args.frames)
    embeds = {
        key: torch.randn(1, 512, arch.text_dim, device=device, dtype=dtype)
        for key in ("prompt_embeds", "negative_prompt_embeds")
    }
    sampling = Sampling(prompt="", num_frames=args.frames, size=size, **embeds)
    plan = [step for step in TwoClock().schedule(sampling) if step.runs]
    seconds = {row["expert"]: row["seconds"] for row in stock if row["setting"] == "stock"}
    started = synchronised(device)
    latents = encode(pipe, reference.frames)
    encoding = synchronised(device) - started
    started = synchronised(device)
    decode(pipe, latents)
    decoding = synchronised(device) - started
    every = Unguided().schedule(sampling)
    guided = encoding + decoding + sum(seconds[step.expert] for step in plan)
    plain = decoding + sum(seconds[step.expert] for step in every)
    found = {
        "size": f"{size[0]}x{size[1]}x{args.frames}", "guided_steps": len(plan), "plain_steps": len(every), "encode_s": round(encoding, 3), "decode_s": round(decoding, 3),
        "guided_s": round(guided, 2), "plain_s": round(plain, 2), "ratio": round(guided / plain, 3), "how": "measured steps added up",
    }  # fmt: skip
    if args.whole:
        whole = {}
        for name, guidance in (("plain", Unguided()), ("guided", TwoClock())):
            started = synchronised(device)
            guidance.sample(pipe, reference, sampling, generator=torch.Generator("cpu").manual_seed(0))
            whole[name] = synchronised(device) - started
        found |= {
            "whole_guided_s": round(whole["guided"], 2),
            "whole_plain_s": round(whole["plain"], 2),
            "whole_ratio": round(whole["guided"] / whole["plain"], 3),
        }
    print(json.dumps(found), flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=["832x480", "1280x720"])
    parser.add_argument("--frames", type=int, default=81)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--attention", nargs="*", default=["_native_cudnn", "flash", "_flash_3", "sage"])
    parser.add_argument("--no-compile", dest="compile", action="store_false")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--tiny", action="store_true", help="tiny experts on the processor")
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    if not args.tiny and not torch.cuda.is_available():
        sys.exit(
            "The full-size experts need a CUDA card with 80 GB: add --tiny to run the program on tiny ones on the processor."
        )
    device = torch.device("cpu" if args.tiny else "cuda")
    if args.tiny:
        torch.set_num_threads(1)  # tiny tensors: more threads only wait for each other
    dtype = torch.float32 if args.tiny else torch.bfloat16
    rate = matrix_rate(device, dtype, tiny=args.tiny)
    name = "processor, tiny experts: no measure of the model" if args.tiny else torch.cuda.get_device_name(0)
    print(
        f"{name}; torch {torch.__version__}; matrix rate {rate / 1e12:.2f} TFLOP/s in {str(dtype).removeprefix('torch.')}",
        flush=True,
    )
    started = time.perf_counter()
    models = experts(device, dtype, tiny=args.tiny)
    print(
        f"two experts of {sum(p.numel() for p in models[0].parameters()) / 1e9:.5g} billion parameters made in {time.perf_counter() - started:.1f} s",
        flush=True,
    )
    rows, totals = [], []
    for text in args.sizes:
        width, height = (int(side) for side in text.split("x"))
        found = variants(models, (width, height), args, device, dtype, rate)
        rows += found
        totals.append(guided_total(models, (width, height), args, device, dtype, found))
        gc.collect()
    if args.output:
        args.output.write_text(
            json.dumps({"machine": name, "matrix_rate": rate, "rows": rows, "totals": totals}, indent=1) + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
