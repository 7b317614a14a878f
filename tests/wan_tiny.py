"""Tiny Wan pipelines with random weights, built offline: the real classes, small widths. Import after `importorskip`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

WORDS = ("a", "red", "ball", "falls", "on", "the", "floor", "bright", "scene", "and", "of", "in")


def tiny_tokenizer() -> Any:
    from transformers import T5TokenizerFast

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [("▁" + word, -3.0) for word in WORDS] + [(letter, -5.0) for letter in "abcdefghijklmnopqrstuvwxyz.,"]
    return T5TokenizerFast(vocab=pieces, extra_ids=0)


def tiny_text_encoder(seed: int = 0) -> Any:
    import torch
    from transformers import UMT5Config, UMT5EncoderModel

    torch.manual_seed(seed)
    config = UMT5Config(
        vocab_size=64,
        d_model=32,
        d_kv=8,
        d_ff=32,
        num_layers=2,
        num_heads=4,
        relative_attention_num_buckets=8,
        dropout_rate=0.0,
    )
    return UMT5EncoderModel(config).eval()


def tiny_vae(seed: int = 0, *, ti2v: bool = False) -> Any:
    """Strides 4x8x8 and 16 channels, or those of TI2V-5B: 4x16x16 and 48 channels."""
    import torch
    from diffusers import AutoencoderKLWan

    torch.manual_seed(seed)
    if ti2v:
        vae = AutoencoderKLWan(
            base_dim=8, decoder_base_dim=8, z_dim=48, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True], is_residual=True,
            patch_size=2, in_channels=12, out_channels=12, scale_factor_spatial=16, scale_factor_temporal=4, latents_mean=[0.0] * 48, latents_std=[1.0] * 48,
        )  # fmt: skip
    else:
        vae = AutoencoderKLWan(
            base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
        )
    return vae.eval()


def tiny_transformer(seed: int = 0, *, kind: str = "t2v", dim: int = 16) -> Any:
    """`kind` t2v, i2v, vace or ti2v."""
    import torch
    from diffusers import WanTransformer3DModel, WanVACETransformer3DModel

    torch.manual_seed(seed)
    channels = 48 if kind == "ti2v" else 16
    common: dict[str, Any] = dict(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=dim, in_channels=36 if kind == "i2v" else channels, out_channels=channels,
        text_dim=32, freq_dim=32, ffn_dim=32, num_layers=2, cross_attn_norm=True, qk_norm="rms_norm_across_heads", rope_max_seq_len=64,
    )  # fmt: skip
    if kind == "vace":
        return WanVACETransformer3DModel(**common, vace_layers=[0], vace_in_channels=96).eval()
    return WanTransformer3DModel(**common).eval()


def tiny_scheduler(name: str = "unipc", shift: float = 12.0) -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler

    if name == "euler":
        return FlowMatchEulerDiscreteScheduler(shift=shift)
    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift, num_train_timesteps=1000
    )


@lru_cache(maxsize=16)
def _modules(kind: str, seed: int, which: int) -> Any:
    return tiny_transformer(seed + which, kind=kind)


@lru_cache(maxsize=4)
def _shared(ti2v: bool) -> tuple[Any, Any, Any]:
    return tiny_tokenizer(), tiny_text_encoder(), tiny_vae(ti2v=ti2v)


def tiny_pipeline(
    kind: str = "t2v",
    *,
    experts: int = 2,
    boundary: float | None = 0.875,
    scheduler: str = "unipc",
    shift: float = 12.0,
    seed: int = 0,
) -> Any:
    """A pipeline of the stock class: t2v, i2v, vace, ti2v (WanPipeline with expand_timesteps) or ti2v-i2v. Modules are shared between
    calls with the same arguments, so leave their weights alone; the scheduler is new each time. `experts` 2, 1 (`transformer` alone)."""
    from diffusers import WanImageToVideoPipeline, WanPipeline, WanVACEPipeline

    five = kind.startswith("ti2v")
    tokenizer, text_encoder, vae = _shared(five)
    module = {"t2v": "t2v", "i2v": "i2v", "vace": "vace"}.get(kind, "ti2v")
    two = experts == 2 and not five
    parts: dict[str, Any] = dict(
        tokenizer=tokenizer, text_encoder=text_encoder, vae=vae, scheduler=tiny_scheduler(scheduler, shift), transformer=_modules(module, seed, 0),
        transformer_2=_modules(module, seed, 1) if two else None, boundary_ratio=boundary if two else None,
    )  # fmt: skip
    if kind in ("i2v", "ti2v-i2v"):
        pipe = WanImageToVideoPipeline(**parts, image_encoder=None, image_processor=None, expand_timesteps=five)
    elif kind == "vace":
        pipe = WanVACEPipeline(**parts)
    else:
        pipe = WanPipeline(**parts, expand_timesteps=five)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@contextmanager
def counted_calls(pipe: Any) -> Iterator[list[tuple[str, int]]]:
    """The forward calls of both experts in order: ("high" | "low", timestep)."""
    calls: list[tuple[str, int]] = []
    handles = []
    for expert, module in (("high", pipe.transformer), ("low", pipe.transformer_2)):
        if module is not None:

            def noted(_module: Any, args: Any, kwargs: Any, expert: str = expert) -> None:
                calls.append((expert, int(kwargs["timestep"].flatten()[-1])))

            handles.append(module.register_forward_pre_hook(noted, with_kwargs=True))
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def save_tiny(folder: str | Path, kind: str = "t2v", **options: Any) -> Path:
    """Write a tiny checkpoint in the diffusers layout (`model_index.json` and safetensors) for tests of loading."""
    pipe = tiny_pipeline(kind, **options)
    pipe.save_pretrained(str(folder), safe_serialization=True)
    return Path(folder)
