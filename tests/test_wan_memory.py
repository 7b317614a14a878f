"""Fitting a card: which preset is chosen, what every switch does on tiny weights, and what the processor cannot run is recorded call by call."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generator.guidance.base import Sampling
from generator.wan.best_of import motion_score
from generator.wan.embeddings import cache_folder, cached, embedding_key, keep
from generator.wan.flops import clip_flops, expert_flops, tokens
from generator.wan.load import load_pipeline, with_embeddings
from generator.wan.memory import PRESETS, MemoryPlan, Speed, activations, estimate, plan_memory
from generator.wan.specs import SPECS, Architecture
from generator.wan.switches import apply_plan, experts_of, find_lightning, load_lightning, quantisation
from generator.wan.weights import check_weights
from scenes.errors import UserError
from tests.wan_tiny import save_tiny, tiny_transformer

torch = pytest.importorskip("torch", reason="the [wan] extra is not installed")
pytest.importorskip("diffusers", reason="the [wan] extra is not installed")

T2V = SPECS["wan2.2-t2v-a14b"]
SAMPLING = Sampling(
    prompt="a red ball", negative_prompt="a blur", steps=6, num_frames=9, size=(64, 64), max_sequence_length=16
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return check_weights(save_tiny(tmp_path_factory.mktemp("w") / "t2v", "t2v"), T2V)


def plan(**options: Any) -> MemoryPlan:
    return MemoryPlan(
        **{
            "preset": "none",
            "device": "cpu",
            "tiling": False,
            "need": 1e9,
            "have": None,
            "host": 1e9,
            "why": "",
            **options,
        }
    )


def latents(pipe: Any, sampling: Sampling = SAMPLING) -> Any:
    given = {**sampling.pipeline_arguments(), "generator": torch.Generator().manual_seed(0), "output_type": "latent"}
    return pipe(**given).frames


@pytest.fixture(scope="module")
def stock(weights):
    return latents(load_pipeline(weights, plan()).pipe)


# choosing a preset ----------------------------------------------------------------------------------------------------------------------


def full(weights, spec=T2V):
    counts = {name: spec.components[name].parameters for name in spec.components}
    return replace(
        weights, spec=spec, parameters=counts, configs={"transformer": {"num_layers": spec.architecture.layers}}
    )


@pytest.mark.parametrize(
    ("vram", "host", "preset"),
    [(141, 300, "none"), (95, 300, "none"), (80, 300, "model-offload"), (48, 300, "model-offload"), (24, 300, "group-offload"), (24, 50, "fp8"), (12, 300, "group-offload")],
)  # fmt: skip
def test_the_first_preset_that_fits_is_chosen(vram, host, preset, weights) -> None:
    found = plan_memory(full(weights), (832, 480), 81, have=vram * 1e9, host=host * 1e9)
    assert found.preset == preset and found.need <= vram * 1e9, found
    assert found.as_dict()["need_gb"] <= vram and found.as_dict()["table"]


def test_more_memory_never_means_a_slower_preset(weights) -> None:
    order = {preset: k for k, preset in enumerate(PRESETS)}
    ranks = [
        order[plan_memory(full(weights), (832, 480), 81, have=g * 1e9, host=400e9).preset]
        for g in (12, 16, 24, 40, 48, 80, 96, 141)
    ]
    assert ranks == sorted(ranks, reverse=True)


def test_estimates_grow_with_the_clip_and_shrink_with_the_preset(weights) -> None:
    big = full(weights)
    need = {preset: estimate(big, (832, 480), 81, preset, tiled=True)[0] for preset in PRESETS}
    assert need["none"] > need["model-offload"] > need["fp8"] > need["nf4"] > need["group-offload"] > need["group-fp8"]
    assert estimate(big, (1280, 720), 81, "none", tiled=True)[0] > need["none"]
    assert activations(T2V, (832, 480), 81, parallel=4) == pytest.approx(activations(T2V, (832, 480), 81) / 4)
    assert estimate(big, (832, 480), 81, "model-offload", tiled=False)[0] >= big.loaded("transformer", "bf16")


def test_vram_is_a_limit_and_a_named_preset_is_kept(weights) -> None:
    asked = plan_memory(full(weights), (832, 480), 81, have=141e9, host=300e9, speed=Speed(vram=24))
    assert asked.preset == "group-offload" and asked.have == 24e9
    named = plan_memory(
        full(weights),
        (832, 480),
        81,
        have=141e9,
        host=300e9,
        speed=Speed(preset="fp8", attention="native", cache="first-block", compile=True),
    )
    assert (named.preset, named.chosen, named.cache, named.attention, named.compile) == (
        "fp8",
        "as asked",
        "first-block",
        "native",
        True,
    )
    with pytest.raises(UserError, match="pip install bitsandbytes"):
        plan_memory(full(weights), (832, 480), 81, have=141e9, host=300e9, speed=Speed(preset="nf4"))
    with pytest.raises(UserError, match="use --memory"):
        plan_memory(full(weights), (832, 480), 81, have=24e9, host=300e9, speed=Speed(preset="none"))
    with pytest.raises(UserError, match=r"use --size \d+x\d+ --frames \d+|--backend"):
        plan_memory(full(weights), (1280, 720), 81, have=6e9, host=300e9)
    assert plan_memory(
        full(weights), (832, 480), 81, have=16e9, host=60e9, installed=frozenset({"bitsandbytes"})
    ).preset in ("nf4", "fp8", "int8", "group-fp8")


# switches, run on tiny weights ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "off"),
    [
        ({}, 0.0),
        ({"tiling": True}, 0.0),
        ({"preset": "group-offload"}, 0.0),
        ({"preset": "fp8"}, 1.0),
        ({"preset": "group-fp8"}, 1.0),
        ({"attention": "_native_math"}, 1e-3),
        ({"compile": True}, 1e-3),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict) else None,
)
def test_every_preset_runs_and_lossless_ones_change_nothing(options, off, weights, stock) -> None:
    loaded = load_pipeline(weights, plan(**options), compile_options={"backend": "eager"})
    found = latents(loaded.pipe)
    assert torch.isfinite(found).all() and float((found - stock).abs().max()) <= off
    assert loaded.calls and ("2 experts" in " ".join(loaded.calls) or not set(options) - {"tiling", "preset"})
    if options.get("preset", "").endswith("fp8"):
        assert {expert.blocks[0].attn1.to_q.weight.dtype for expert in experts_of(loaded.pipe)} == {torch.float8_e4m3fn}
        assert float((found - stock).abs().max()) > 0


@pytest.mark.parametrize("cache", ["first-block", "pyramid"])
def test_step_caches_save_work_on_both_experts(cache, weights) -> None:
    sampling = SAMPLING.with_(steps=20)
    counts = {}
    for name in (None, cache):
        pipe = load_pipeline(weights, plan(cache=name, cache_threshold={"first-block": 1.0, "pyramid": 2}[cache])).pipe
        runs = {"high": 0, "low": 0}
        for key, expert in zip(runs, experts_of(pipe), strict=True):
            module = expert.blocks[-1].ffn.net[2] if cache == "first-block" else expert.blocks[-1].attn1.to_q
            module.register_forward_pre_hook(lambda *_, key=key, runs=runs: runs.__setitem__(key, runs[key] + 1))
        assert torch.isfinite(latents(pipe, sampling)).all()
        counts[name] = runs
    assert counts[cache]["high"] + counts[cache]["low"] < counts[None]["high"] + counts[None]["low"]
    assert all(expert.is_cache_enabled for expert in experts_of(pipe))


def test_the_tiled_autoencoder_decodes_in_tiles(weights) -> None:
    pipe = load_pipeline(weights, plan(tiling=True)).pipe
    pipe.vae.enable_tiling(
        tile_sample_min_height=32, tile_sample_min_width=32, tile_sample_stride_height=24, tile_sample_stride_width=24
    )
    calls = []
    decode = pipe.vae.tiled_decode
    pipe.vae.tiled_decode = lambda *a, **k: calls.append(1) or decode(*a, **k)
    found = pipe.vae.decode(torch.zeros(1, 16, 3, 8, 8), return_dict=False)[0]
    assert calls and found.shape == (1, 3, 9, 64, 64)


def test_integers_stand_for_the_weights_of_both_experts(weights, stock) -> None:
    pytest.importorskip("torchao", reason="torchao is not installed")
    loaded = load_pipeline(weights, plan(preset="int8"))
    assert all(
        "int8" in type(expert.blocks[0].attn1.to_q.weight).__name__.lower() for expert in experts_of(loaded.pipe)
    )
    assert torch.isfinite(latents(loaded.pipe)).all()


def test_quantisation_without_its_package_is_a_sentence(monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match="bitsandbytes"):
        quantisation(plan(preset="nf4"), 2)
    assert quantisation(plan(preset="fp8"), 2) is None


class Recorder:
    """A pipeline that only remembers what was called."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.transformer, self.transformer_2, self.vae = (
            self._part(name) for name in ("transformer", "transformer_2", "vae")
        )

    def _part(self, name: str) -> Any:
        recorder = self

        class Part:
            def __getattr__(self, method: str) -> Any:
                return lambda *args, **options: recorder.calls.append(
                    (f"{name}.{method}", {**dict(enumerate(args)), **options})
                )

        return Part()

    def __getattr__(self, method: str) -> Any:
        return lambda *args, **options: self.calls.append((method, {**dict(enumerate(args)), **options}))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"preset": "none"}, ["to"]),
        ({"preset": "model-offload"}, ["enable_model_cpu_offload"]),
        ({"preset": "group-offload"}, ["enable_group_offload"]),
        ({"preset": "fp8", "tiling": True}, ["transformer.enable_layerwise_casting", "transformer_2.enable_layerwise_casting", "vae.enable_tiling", "enable_model_cpu_offload"]),
        ({"preset": "nf4", "attention": "_flash_3"}, ["transformer.set_attention_backend", "transformer_2.set_attention_backend", "enable_model_cpu_offload"]),
    ],
)  # fmt: skip
def test_what_needs_a_card_is_asked_for_in_this_order(options, expected) -> None:
    pipe = Recorder()
    apply_plan(pipe, plan(device="cuda", **options))
    assert [name for name, _ in pipe.calls] == expected
    if options["preset"] == "group-offload":
        assert pipe.calls[0][1]["use_stream"] is True and pipe.calls[0][1]["num_blocks_per_group"] == 2


def test_context_parallelism_is_asked_of_both_experts(monkeypatch) -> None:
    import torch.distributed

    with pytest.raises(UserError, match="torchrun --nproc-per-node 4"):
        apply_plan(Recorder(), plan(device="cuda", parallel=4))
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 4)
    pipe = Recorder()
    apply_plan(pipe, plan(device="cuda", parallel=4))
    asked = [
        (name, given["config"].ulysses_degree) for name, given in pipe.calls if name.endswith("enable_parallelism")
    ]
    assert asked == [("transformer.enable_parallelism", 4), ("transformer_2.enable_parallelism", 4)]
    with pytest.raises(UserError, match="no plan for context parallelism"):
        plan_memory(
            replace(full_of_nothing(), spec=SPECS["wan2.2-vace-fun-a14b"]),
            (832, 480),
            81,
            have=80e9,
            speed=Speed(parallel=2),
        )


def full_of_nothing() -> Any:
    from generator.wan.weights import Weights

    return Weights(
        Path("."), T2V, "WanPipeline", {"transformer": 1, "transformer_2": 1, "text_encoder": 1, "vae": 1}, {}, "", ""
    )


def test_an_attention_is_of_one_clip_and_not_of_the_next(weights, stock) -> None:
    load_pipeline(weights, plan(attention="_native_math"))
    assert torch.equal(latents(load_pipeline(weights, plan()).pipe), stock)


def test_an_attention_that_is_not_installed_is_a_sentence(weights) -> None:
    with pytest.raises(UserError, match="cannot be used here"):
        load_pipeline(weights, plan(attention="sage"))


# LoRA and embeddings --------------------------------------------------------------------------------------------------------------------


def save_lora(folder: Path) -> None:
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    for number, name in enumerate(("high_noise_model", "low_noise_model")):
        torch.manual_seed(number)
        tensors = {}
        for block in range(2):
            key = f"transformer.blocks.{block}.attn1.to_q"
            tensors[f"{key}.lora_A.weight"], tensors[f"{key}.lora_B.weight"] = torch.randn(2, 32), torch.randn(32, 2)
        save_file(tensors, str(folder / f"{name}.safetensors"))


def test_the_lightning_lora_is_loaded_into_both_experts(weights, stock, tmp_path) -> None:
    pytest.importorskip("peft", reason="peft is not installed")
    save_lora(tmp_path / "lora")
    files = find_lightning(str(tmp_path / "lora"), "wan2.2-t2v-a14b")
    loaded = load_pipeline(weights, plan(), lora=files)
    for expert, name in zip(experts_of(loaded.pipe), ("lightning_high", "lightning_low"), strict=True):
        assert name in expert.peft_config
    assert float((latents(loaded.pipe) - stock).abs().max()) > 0
    (tmp_path / "lora" / "low_noise_model.safetensors").unlink()
    with pytest.raises(UserError, match=r"low_noise_model\.safetensors"):
        find_lightning(str(tmp_path / "lora"), "wan2.2-t2v-a14b")
    hub = tmp_path / "hub" / "models--lightx2v--Wan2.2-Lightning" / "snapshots" / "a" / "Wan2.2-T2V-A14B-4steps"
    save_lora(hub)
    assert find_lightning(None, "wan2.2-t2v-a14b")[0].parent == hub
    with pytest.raises(UserError, match="hybrid fetch lightning"):
        find_lightning(None, "wan2.2-i2v-a14b")


def test_a_lora_without_peft_is_a_sentence(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match="pip install peft"):
        load_lightning(Recorder(), (tmp_path / "a", tmp_path / "b"))


def test_prompts_are_embedded_once_and_give_the_same_clip(weights, stock) -> None:
    first = load_pipeline(weights, plan(), sampling=SAMPLING)
    embedded = with_embeddings(first, SAMPLING)
    assert first.pipe.text_encoder is not None and len(list(cache_folder().glob("*.safetensors"))) == 2
    second = load_pipeline(weights, plan(), sampling=SAMPLING)
    assert second.pipe.text_encoder is None and second.pipe.tokenizer is None
    again = with_embeddings(second, SAMPLING)
    assert torch.equal(again.prompt_embeds, embedded.prompt_embeds)
    assert torch.equal(latents(second.pipe, again), stock)
    other = load_pipeline(weights, plan(), sampling=SAMPLING.with_(prompt="a ball"))
    assert other.pipe.text_encoder is not None


def test_an_embedding_belongs_to_its_encoder_and_a_broken_file_is_made_again(weights) -> None:
    key = embedding_key("a", weights, length=16, dtype="fp32")
    others = (
        embedding_key("b", weights, length=16, dtype="fp32"), embedding_key("a", weights, length=32, dtype="fp32"), embedding_key("a", weights, length=16, dtype="bf16"),
        embedding_key("a", replace(weights, fingerprints={"text_encoder": "x"}), length=16, dtype="fp32"),
    )  # fmt: skip
    assert key not in others and len(set(others)) == 4
    assert cached(key) is None and keep(key, torch.ones(1, 2, 3), "a") and torch.equal(cached(key), torch.ones(1, 2, 3))
    (cache_folder() / f"{key}.safetensors").write_bytes(b"cut")
    assert cached(key) is None


# arithmetic -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["t2v", "i2v", "ti2v", "vace"])
def test_counted_operations_agree_with_torchs_own_counter(kind) -> None:
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    model = tiny_transformer(kind=kind)
    c = model.config
    arch = Architecture(
        heads=c.num_attention_heads, head_dim=c.attention_head_dim, layers=c.num_layers, ffn=c.ffn_dim, in_channels=c.in_channels, out_channels=c.out_channels, text_dim=c.text_dim,
        vace_layers=len(c.get("vace_layers", ())),
    )  # fmt: skip
    given = dict(
        hidden_states=torch.randn(1, c.in_channels, 3, 8, 16),
        timestep=torch.tensor([500]),
        encoder_hidden_states=torch.randn(1, 64, c.text_dim),
        return_dict=False,
    )
    if kind == "vace":
        given["control_hidden_states"] = torch.randn(1, 96, 3, 8, 16)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter, torch.no_grad():
        model(**given)
    assert expert_flops(arch, 3 * 4 * 8, text=64) == pytest.approx(counter.get_total_flops(), rel=2e-3)


def test_a_clip_of_the_a14b_takes_the_operations_that_its_size_says() -> None:
    assert (
        tokens(T2V, (832, 480), 81) == 21 * 30 * 52
        and tokens(SPECS["wan2.2-ti2v-5b"], (1280, 704), 121) == 31 * 22 * 40
    )
    once = expert_flops(T2V.architecture, 32760)
    assert 1.5e15 < once < 2.2e15  # 2 x 14.3e9 x 32760 = 9.4e14 of matrices and 8.8e14 of attention
    assert clip_flops(T2V, (832, 480), 81, steps=24) == pytest.approx(48 * once)


@pytest.mark.slow
def test_the_speed_programme_runs_on_tiny_experts(tmp_path) -> None:
    import json
    import sys

    script = Path(__file__).parent / "benchmarks" / "wan_speed.py"
    command = [
        sys.executable,
        str(script),
        "--tiny",
        "--sizes",
        "128x64",
        "--frames",
        "17",
        "--steps",
        "2",
        "--attention",
        "_native_math",
        "-o",
        str(tmp_path / "s.json"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    found = json.loads((tmp_path / "s.json").read_text())
    assert {row["expert"] for row in found["rows"]} == {"high", "low"} and {
        row["setting"] for row in found["rows"]
    } >= {"stock", "compile"}
    assert found["totals"][0]["guided_steps"] == 24 and found["totals"][0]["plain_steps"] == 40


def test_the_score_prefers_what_moves_as_the_simulation() -> None:
    rng = np.random.default_rng(0)

    def moving(rows) -> Any:
        clip = np.zeros((1, 16, 5, 8, 8), dtype=np.float32)
        for t, row in enumerate(rows):
            clip[0, :, t, row : row + 2, 3:5] = np.linspace(1, 2, 16)[:, None, None]
        return torch.from_numpy(clip)

    swept = np.ones((1, 8, 8), dtype=np.float32)
    truth = moving([0, 1, 2, 4, 6])
    look = torch.from_numpy(rng.normal(size=(1, 16, 1, 8, 8)).astype(np.float32))
    right = motion_score(0.7 * truth + look, truth, swept)
    assert right > 0.99
    assert (
        right
        > motion_score(moving([0, 0, 1, 2, 4]) + look, truth, swept)
        > motion_score(moving([6, 6, 6, 6, 6]) + look, truth, swept) - 1e-6
    )
    assert motion_score(moving([6, 4, 2, 1, 0]), truth, swept) < 0.5 and motion_score(
        look.expand_as(truth), truth, swept
    ) == pytest.approx(0, abs=1e-5)
