"""From checked weights to a placed pipeline: precision, shift, memory plan, LoRA, prompt embeddings."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.guidance.base import PipelineKind, Sampling
from generator.wan.embeddings import cached, embedding_key, keep
from generator.wan.memory import MemoryPlan
from generator.wan.specs import PIPELINE_CLASSES
from generator.wan.switches import apply_plan, load_lightning, quantisation
from generator.wan.weights import Weights
from scenes.errors import RunError, UserError

__all__ = ["Loaded", "load_pipeline", "with_embeddings"]


@dataclass
class Loaded:
    """A pipeline on its device, and every switch that was thrown."""

    pipe: Any
    weights: Weights
    plan: MemoryPlan
    calls: list[str] = field(default_factory=list)

    def free(self) -> None:
        """Let go of everything that it holds on the card."""
        self.pipe = None
        gc.collect()
        import torch

        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _dtypes(plan: MemoryPlan) -> tuple[Any, Any, str]:
    """For `from_pretrained`, for computing, and its name: bf16 with an fp32 autoencoder, or fp32 on a processor, where bf16 is slow."""
    import torch

    if plan.device == "cpu":
        return torch.float32, torch.float32, "fp32"
    return {"default": torch.bfloat16, "vae": torch.float32}, torch.bfloat16, "bf16"


def _keys(sampling: Sampling, weights: Weights, plan: MemoryPlan) -> tuple[str, str]:
    name = _dtypes(plan)[2]
    return tuple(
        embedding_key(text, weights, length=sampling.max_sequence_length, dtype=name)
        for text in (sampling.prompt, sampling.negative_prompt)
    )  # type: ignore[return-value]


def load_pipeline(
    weights: Weights, plan: MemoryPlan, *, kind: PipelineKind | None = None, sampling: Sampling | None = None, lora: tuple[Path, Path] | None = None, compile_options: dict[str, Any] | None = None,
) -> Loaded:  # fmt: skip
    """Load and place a pipeline. With a `sampling` whose prompts are embedded already, the text encoder stays on the disk.

    Raises RunError when memory ends while loading, UserError for weights that diffusers cannot read.
    """
    import diffusers

    dtype, compute, _ = _dtypes(plan)
    cls = getattr(diffusers, PIPELINE_CLASSES[kind] if kind else weights.pipeline_class)
    options: dict[str, Any] = {"dtype": dtype, "local_files_only": True, "low_cpu_mem_usage": True}
    if sampling is not None and all(cached(key) is not None for key in _keys(sampling, weights, plan)):
        options |= {"text_encoder": None, "tokenizer": None}
    config = quantisation(plan, len(weights.transformers))
    if config is not None:
        options["quantization_config"] = config
    with _quiet():
        try:
            pipe = cls.from_pretrained(str(weights.folder), **options)
        except MemoryError as error:
            raise RunError(
                f"Ordinary memory ended while {weights.spec.title} was loaded: close other programs, or use --memory nf4."
            ) from error
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            first = str(error).strip().splitlines()[0].rstrip(".")
            raise UserError(
                f"The weights in {weights.folder} cannot be loaded ({first}): fetch them again (`hybrid fetch {weights.spec.name}`)."
            ) from error
        pipe.set_progress_bar_config(disable=True)
        loaded = Loaded(pipe, weights, plan)
        if lora is not None:
            loaded.calls += load_lightning(pipe, lora)
        loaded.calls += apply_plan(pipe, plan, compute=compute, compile_options=compile_options)
    if options.get("text_encoder", 0) is None:
        loaded.calls.append("text encoder left on disk: the prompts were embedded before")
    return loaded


def with_embeddings(loaded: Loaded, sampling: Sampling) -> Sampling:
    """The sampling with prompt embeddings, from the cache or made now and kept."""
    import torch

    keys = _keys(sampling, loaded.weights, loaded.plan)
    found = [cached(key) for key in keys]
    if any(entry is None for entry in found):
        with torch.no_grad():
            made = loaded.pipe.encode_prompt(
                prompt=sampling.prompt, negative_prompt=sampling.negative_prompt, do_classifier_free_guidance=True, max_sequence_length=sampling.max_sequence_length,
            )  # fmt: skip
        found = [entry.detach() for entry in made]
        for key, entry, text in zip(keys, found, (sampling.prompt, sampling.negative_prompt), strict=True):
            keep(key, entry, text)
    device = loaded.pipe._execution_device
    return sampling.with_(prompt_embeds=found[0].to(device), negative_prompt_embeds=found[1].to(device))


@contextmanager
def _quiet() -> Iterator[None]:
    """Libraries report in one place: ours. Their warnings and bars return afterwards."""
    import diffusers.utils.logging as diffusers_logging
    import transformers.utils.logging as transformers_logging

    before = logging.root.manager.disable
    bars = (
        diffusers_logging.is_progress_bar_enabled() if hasattr(diffusers_logging, "is_progress_bar_enabled") else True
    )
    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
        if bars:
            diffusers_logging.enable_progress_bar()
            transformers_logging.enable_progress_bar()
