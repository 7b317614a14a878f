"""Which painter a clip gets: the preview, or a Wan model that this machine can run with weights at hand. Nothing is ever downloaded here."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenes.errors import UserError

if TYPE_CHECKING:
    from generator.wan.memory import MemoryPlan, Speed
    from generator.wan.specs import BackendSpec
    from generator.wan.weights import Weights

__all__ = ["Choice", "Machine", "choose_backend", "machine", "plan_for", "worth_fetching"]

NEEDED = ("torch", "diffusers", "transformers", "accelerate", "safetensors")
INSTALL = "pip install 'hybrid-physics-video[wan]' -c constraints.txt"


@dataclass(frozen=True)
class Machine:
    """What matters for a video model: `device` cuda or cpu, its `name`, free and total memory [bytes], free ordinary memory [bytes]."""

    device: str
    name: str
    free: float | None
    total: float | None
    host: float | None
    installed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Choice:
    """The painter and why; `spec` None is the preview. `passed_over`: better ones that cannot run here, each with its reason."""

    name: str
    asked: str
    why: str
    spec: BackendSpec | None = None
    weights: Weights | None = None
    machine: Machine | None = None
    painter: Weights | None = None
    passed_over: dict[str, str] = field(default_factory=dict)
    why_zh: str = ""

    def told(self, language: str) -> str:
        """Why this painter, in the language of the prompt."""
        return self.why_zh if language == "zh" and self.why_zh else self.why

    @property
    def diffuses(self) -> bool:
        return self.spec is not None


def missing_packages() -> list[str]:
    """Packages of the [wan] extra that are not installed; imports none of them."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


def host_memory() -> float | None:
    """Ordinary memory that can be had now [bytes], None where the system does not tell."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES"))
    except (OSError, ValueError, AttributeError):
        return None


@lru_cache(maxsize=1)
def machine() -> Machine:
    """The first CUDA card, or the processor (`HYBRID_DEVICE=cpu` asks for it). Imports torch."""
    installed = frozenset(
        name
        for name in ("torchao", "bitsandbytes", "peft", "flash_attn", "sageattention", "xformers")
        if importlib.util.find_spec(name) is not None
    )
    wanted = os.environ.get("HYBRID_DEVICE", "")
    import torch

    if wanted != "cpu" and torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        return Machine("cuda", torch.cuda.get_device_name(0), float(free), float(total), host_memory(), installed)
    return Machine("cpu", "the processor", None, None, host_memory(), installed)


def choose_backend(
    name: str,
    *,
    model: str | None = None,
    speed: Speed | None = None,
    size: tuple[int, int] | None = None,
    frames: int | None = None,
) -> Choice:
    """The painter for `name`, which may say NAME=FOLDER or NAME=HUB_ID, and is checked before anything is loaded.

    `auto` takes the best whose weights are here and whole and that fits the memory, else the preview, and says why. Raises UserError,
    one sentence, for a model that was named and cannot run.
    """
    from generator.wan.specs import PREVIEW, spec_of

    name, equals, source = name.partition("=")
    if equals:
        if model is not None and model != source:
            raise UserError(
                f"The model is given twice, {source} and {model}: keep one of --backend {name}={source} and --model."
            )
        model = source
    name = name.strip().lower() or "auto"
    if name == PREVIEW:
        if model is not None:
            raise UserError(
                f"The preview needs no model: leave --model {model} out, or name a backend such as wan2.2-t2v-a14b."
            )
        return Choice(PREVIEW, PREVIEW, "")
    if name == "auto":
        return _of_model(model, speed, size, frames) if model is not None else _best(speed, size, frames)
    spec = spec_of(name)
    return _checked(spec, name, model, speed, size, frames)


def _checked(
    spec: BackendSpec,
    asked: str,
    model: str | None,
    speed: Speed | None,
    size: tuple[int, int] | None,
    frames: int | None,
) -> Choice:
    from generator.wan.weights import check_weights, find_weights

    absent = missing_packages()
    if absent:
        raise UserError(
            f"{spec.title} needs {', '.join(absent)}, which {'is' if len(absent) == 1 else 'are'} not installed: {INSTALL}, or choose --backend preview."
        )
    weights = check_weights(find_weights(spec, model), spec)
    here = machine()
    plan_for(weights, here, size=size or spec.size, frames=frames or spec.num_frames, speed=speed)
    told = f"按要求使用 {spec.title}，在{'处理器' if here.device == 'cpu' else here.name}上运行"
    return Choice(
        spec.name, asked, f"{spec.title} as asked, on {here.name}", spec, weights, here, _painter(spec), why_zh=told
    )


def _painter(spec: BackendSpec) -> Weights | None:
    """The text-to-video weights that paint stills for an image-to-video model, when they are here and whole."""
    from generator.wan.specs import SPECS
    from generator.wan.weights import at_hand, check_weights

    painter = SPECS["wan2.2-t2v-a14b"]
    folder = at_hand(painter) if spec.pipelines == ("i2v",) else None
    if folder is None:
        return None
    try:
        return check_weights(folder, painter)
    except UserError:
        return None  # stills are an improvement, not a need: first-frame runs without


def plan_for(
    weights: Weights, here: Machine, *, size: tuple[int, int], frames: int, speed: Speed | None = None
) -> MemoryPlan:
    """The memory plan on a machine. A processor runs only small models: UserError otherwise."""
    from generator.wan.memory import plan_memory

    if here.device == "cpu" and not weights.small:
        billions = sum(weights.parameters[name] for name in weights.transformers) / 1e9
        raise UserError(
            f"{weights.spec.title} has {billions:.1f} billion parameters in its experts and this machine has no CUDA device, where a clip would take days: "
            "use a machine with an NVIDIA card, or --backend preview."
        )
    return plan_memory(
        weights, size, frames, have=here.free, host=here.host, device=here.device, speed=speed, installed=here.installed
    )


def _best(speed: Speed | None, size: tuple[int, int] | None, frames: int | None) -> Choice:
    from generator.wan.specs import PREVIEW, SPECS
    from generator.wan.weights import at_hand

    passed: dict[str, str] = {}
    for spec in sorted(SPECS.values(), key=lambda s: -s.rank):
        folder = at_hand(spec)
        if folder is None:
            passed[spec.name] = "its weights are not on this machine"
            continue
        try:
            choice = _checked(spec, "auto", None, speed, size, frames)
        except UserError as error:
            passed[spec.name] = str(error)
            continue
        told = f"在已有权重且本机能运行的模型中最好的：{spec.title}"
        why = f"the best of what can run here with weights at hand: {spec.why}"
        return Choice(spec.name, "auto", why, spec, choice.weights, choice.machine, choice.painter, passed, told)
    here = {name: why for name, why in passed.items() if "not on this machine" not in why}
    if not here:
        return Choice(
            PREVIEW,
            "auto",
            "no video model is installed with its weights on this machine",
            passed_over=passed,
            why_zh="本机没有带权重的视频模型",
        )
    name, why = next(iter(here.items()))
    return Choice(
        PREVIEW,
        "auto",
        f"the weights of {name} are here, but {why[:1].lower()}{why[1:]}".rstrip("."),
        passed_over=passed,
    )


def _of_model(model: str, speed: Speed | None, size: tuple[int, int] | None, frames: int | None) -> Choice:
    """`--model` without a backend: the backend that its files belong to."""
    import json

    from generator.wan.specs import PIPELINE_CLASSES, SPECS
    from generator.wan.weights import find_weights

    named = next(
        (s for s in SPECS.values() if model.lower() in (s.hub_id.lower(), (s.modelscope_id or "").lower())), None
    )
    folder = find_weights(named or SPECS["wan2.2-t2v-a14b"], model)
    fitting: list[BackendSpec] = []
    if named is None and (folder / "model_index.json").is_file():
        try:
            index: dict[str, Any] = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            index = {}
        two = bool((index.get("transformer_2") or [None, None])[1])
        fitting = [
            s
            for s in SPECS.values()
            if index.get("_class_name") in {PIPELINE_CLASSES[p] for p in s.pipelines} and (s.experts == 2) == two
        ]
    spec = named or (fitting[0] if len(fitting) == 1 else None)
    if spec is None:
        from generator.wan.specs import backend_names

        raise UserError(
            f"It cannot be told which backend the model {model} belongs to: name it as well, for example --backend {fitting[0].name if fitting else 'wan2.2-t2v-a14b'} (of {', '.join(backend_names()[2:])})."
        )
    return _checked(spec, "auto", str(folder), speed, size, frames)


def worth_fetching(here: Machine | None) -> tuple[BackendSpec, str] | None:
    """The one download worth making on this machine, with the reason; None when no video model can run here."""
    from generator.wan.specs import SPECS
    from generator.wan.weights import at_hand

    if here is None or here.device == "cpu" or here.total is None:
        return None
    total = here.total / 1e9
    if total >= 35:
        name, why = "wan2.2-t2v-a14b", f"{here.name} has {total:.0f} GB: an expert of 29 GB fits, the two take turns"
    elif total >= 14 and (here.host or 0) >= 75e9:
        name, why = (
            "wan2.2-t2v-a14b",
            f"{here.name} has {total:.0f} GB and the machine enough ordinary memory to hold both experts: they are copied in blocks",
        )
    elif total >= 7:
        name, why = "wan2.1-vace-1.3b", f"{here.name} has {total:.0f} GB: the small model with a control branch fits"
    else:
        return None
    spec = SPECS[name]
    return None if at_hand(spec) is not None else (spec, why)
