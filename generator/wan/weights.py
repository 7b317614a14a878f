"""Weights on this machine: where they lie, whether they are whole and of the right kind, and what identifies them. Loads and downloads nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.wan.specs import BYTES, PIPELINE_CLASSES, SPECS, BackendSpec
from scenes.errors import UserError, nearest

__all__ = ["Weights", "at_hand", "check_weights", "find_weights", "locate", "right_hub_id", "safetensors_header"]

WHOLE_HASH = 2e9  # [bytes]; larger files are told by their names, sizes and headers, or by the hash that the hub's cache names them by
DTYPE_BYTES = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
    "I8": 1,
    "U8": 1,
    "I32": 4,
    "I64": 8,
    "BOOL": 1,
}
HUB_ID = re.compile(r"^[\w.-]+/[\w.-]+$")


@dataclass(frozen=True)
class Weights:
    """A checked folder in the layout of diffusers. `parameters` and `fingerprints` by component, `bytes` on disk,
    `fingerprint` of all with `hashed`: what it is the hash of; `notes`: what differs from the published model."""

    folder: Path
    spec: BackendSpec
    pipeline_class: str
    parameters: dict[str, int]
    bytes: dict[str, int]
    fingerprint: str
    hashed: str
    fingerprints: dict[str, str] = field(default_factory=dict, repr=False)
    configs: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()

    @property
    def transformers(self) -> tuple[str, ...]:
        return tuple(name for name in self.parameters if name.startswith("transformer"))

    def loaded(self, name: str, precision: str) -> float:
        """Size of a component in memory [bytes]."""
        return self.parameters.get(name, 0) * BYTES[precision]

    @property
    def small(self) -> bool:
        """Whether a processor alone can run it in bearable time: below 0.2 billion parameters in all transformers."""
        return sum(self.parameters[name] for name in self.transformers) < 2e8


# where ---------------------------------------------------------------------------------------------------------------------------------


def _hub_cache() -> Path:
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    home = os.environ.get("HF_HOME") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "huggingface"
    )
    return Path(named) if named else Path(home) / "hub"


def _modelscope_caches() -> tuple[Path, ...]:
    home = Path(os.environ.get("MODELSCOPE_CACHE") or os.path.expanduser("~/.cache/modelscope/hub"))
    return (home / "models", home / "hub" / "models", home)


def _in_hub_cache(hub_id: str) -> Path | None:
    folder = _hub_cache() / ("models--" + hub_id.replace("/", "--"))
    reference = folder / "refs" / "main"
    revisions = [reference.read_text().strip()] if reference.is_file() else []
    snapshots = folder / "snapshots"
    if snapshots.is_dir():
        revisions += sorted((path.name for path in snapshots.iterdir()), reverse=True)
    return next((snapshots / name for name in revisions if (snapshots / name / "model_index.json").is_file()), None)


def _in_modelscope_cache(model_id: str) -> Path | None:
    owner, _, name = model_id.partition("/")
    for base in _modelscope_caches():
        for spelled in (name, name.replace(".", "___")):  # ModelScope writes dots as three underscores
            if (base / owner / spelled / "model_index.json").is_file():
                return base / owner / spelled
    return None


def locate(hub_id: str) -> Path | None:
    """The folder of downloaded weights of a hub id in the caches of Hugging Face and ModelScope, None when they are not there."""
    return _in_hub_cache(hub_id) or _in_modelscope_cache(hub_id)


def at_hand(spec: BackendSpec) -> Path | None:
    """Where the weights of a backend lie: `HYBRID_MODELS/NAME`, or the hubs' caches. None when they are not here; `check_weights` says whether they are whole."""
    base = os.environ.get("HYBRID_MODELS")
    if base and (Path(base) / spec.name / "model_index.json").is_file():
        return Path(base) / spec.name
    return locate(spec.hub_id) or (_in_modelscope_cache(spec.modelscope_id) if spec.modelscope_id else None)


def right_hub_id(name: str) -> BackendSpec | None:
    """The backend that a wrong hub id probably means: `alibaba/wan2.2-t2v-a14b`, `Wan-AI/Wan2.2-T2V-A14B` (not the diffusers layout)."""
    tail = name.rpartition("/")[2].lower().removesuffix("-diffusers")
    keys: dict[str, BackendSpec] = {}
    for spec in SPECS.values():
        for key in (spec.name, *spec.aliases, spec.hub_id.rpartition("/")[2].lower().removesuffix("-diffusers")):
            keys[key] = spec
    hits = [tail] if tail in keys else nearest(tail, keys, count=1)
    return keys[hits[0]] if hits else None


def find_weights(spec: BackendSpec, model: str | None) -> Path:
    """The folder for a backend: of `model` (a folder, or a hub id whose files are here), or the backend's own weights. UserError, never a download."""
    if model is None:
        found = at_hand(spec)
        if found is None:
            raise UserError(
                f"The weights of {spec.name} are not on this machine: `hybrid fetch {spec.name}` downloads them (about {spec.download / 1e9:.0f} GB), "
                f"or give a folder with --model, or choose --backend preview, which needs none."
            )
        return found
    place = Path(model).expanduser()
    if place.is_dir():
        return place
    if place.is_file():
        raise UserError(f"The model {model} is a file: give the folder that holds model_index.json (diffusers layout).")
    if not HUB_ID.match(model) or model.startswith((".", "~", "/")):
        raise UserError(
            f"There is no folder {model}: give the folder that holds model_index.json, or a hub id such as {spec.hub_id}."
        )
    found = locate(model)
    if found is not None:
        return found
    known = [s.hub_id.lower() for s in SPECS.values()] + [(s.modelscope_id or "").lower() for s in SPECS.values()]
    meant = right_hub_id(model)
    if model.lower() not in known and meant is not None:
        raise UserError(
            f"The model {model} is neither a folder nor among the downloaded models; the weights of {meant.name} are {meant.hub_id}: "
            f"`hybrid fetch {meant.name}` downloads them, then --backend {meant.name} uses them."
        )
    raise UserError(
        f"The model {model} is neither a folder nor among the downloaded models: `hybrid fetch {model}` downloads it, if the hub has it."
    )


# whole and right ------------------------------------------------------------------------------------------------------------------------


def safetensors_header(path: Path) -> dict[str, Any]:
    """The header of a safetensors file, checked against the file's size. UserError for a file that is cut short or no safetensors."""
    size = path.stat().st_size
    mend = f"the download did not finish or the disk was full; delete {path.name} and fetch it again"
    with path.open("rb") as file:
        head = file.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
        if not 0 < length <= min(size - 8, 100_000_000):
            raise UserError(f"The weight file {path} is cut short or no safetensors file ({size} bytes): {mend}.")
        try:
            header: dict[str, Any] = json.loads(file.read(length))
        except ValueError as error:
            raise UserError(f"The weight file {path} has a broken header: {mend}.") from error
    ends = [int(entry["data_offsets"][1]) for name, entry in header.items() if name != "__metadata__"]
    expected = 8 + length + max(ends, default=0)
    if size != expected:
        raise UserError(f"The weight file {path} is cut short: {size} of {expected} bytes are here; {mend}.")
    return header


def _read_json(path: Path, what: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{what} {path} cannot be read: download it again.") from error
    if not isinstance(found, dict):
        raise UserError(f"{what} {path} is no JSON object: download it again.")
    return found


def check_weights(folder: Path, spec: BackendSpec, *, pipeline: str | None = None) -> Weights:
    """Check a folder against a backend before anything is loaded: layout, pipeline, experts, channels, whole files.

    Raises UserError with the cause and what to do. `pipeline` is the class that guidance will run on, when it is not the folder's own.
    """
    index = _model_index(folder, spec)
    kind = str(index.get("_class_name"))
    _check_class(folder, spec, kind, index)
    parts = {
        name: entry[1] for name, entry in index.items() if isinstance(entry, list) and len(entry) == 2 and entry[1]
    }
    parameters: dict[str, int] = {}
    sizes: dict[str, int] = {}
    configs: dict[str, dict[str, Any]] = {}
    prints: dict[str, str] = {}
    ways: set[str] = set()
    for name in ("transformer", "transformer_2", "text_encoder", "vae"):
        if name not in parts:
            continue
        place = folder / name
        if not place.is_dir():
            raise UserError(
                f"The folder {folder} lacks {name}/, which its model_index.json names: the download did not finish; fetch it again."
            )
        configs[name] = _read_json(place / "config.json", "The configuration")
        files = _weight_files(place)
        count = total = 0
        digest = hashlib.sha256(json.dumps(configs[name], sort_keys=True).encode())
        for file in files:
            header = safetensors_header(file)
            count += _parameters(header)
            total += file.stat().st_size
            ways.add(_digest(digest, file, f"{name}/{file.name}", small=total < WHOLE_HASH))
        parameters[name], sizes[name], prints[name] = count, total, digest.hexdigest()
    for name in ("scheduler", "tokenizer", "text_encoder", "vae"):
        if not (folder / name).is_dir():
            raise UserError(f"The folder {folder} lacks {name}/: the download did not finish; fetch it again.")
    notes = _check_configs(folder, spec, configs)
    whole = hashlib.sha256(json.dumps(prints, sort_keys=True).encode()).hexdigest()
    return Weights(
        folder,
        spec,
        pipeline or kind,
        parameters,
        sizes,
        whole[:32],
        " and ".join(sorted(ways)),
        prints,
        configs,
        tuple(notes),
    )


def _model_index(folder: Path, spec: BackendSpec) -> dict[str, Any]:
    path = folder / "model_index.json"
    if path.is_file():
        return _read_json(path, "The model index")
    loose = sorted(p.name for p in folder.glob("*.safetensors")) + [
        n for n in ("high_noise_model", "low_noise_model") if (folder / n).is_dir()
    ]
    if loose:
        raise UserError(
            f"The folder {folder} holds {loose[0]} but no model_index.json, so it is not in the diffusers layout: fetch {spec.hub_id} (`hybrid fetch {spec.name}`), or convert it."
        )
    raise UserError(
        f"The folder {folder} holds no model_index.json: give the folder of a model in the diffusers layout, for example that of {spec.hub_id}."
    )


def _fitting(kind: str, index: dict[str, Any]) -> list[str]:
    """Backends whose pipeline and experts a folder has."""
    two = _two_experts(index)
    return [
        s.name for s in SPECS.values() if kind in {PIPELINE_CLASSES[p] for p in s.pipelines} and (s.experts == 2) == two
    ]


def _two_experts(index: dict[str, Any]) -> bool:
    entry = index.get("transformer_2")
    return isinstance(entry, list) and len(entry) == 2 and bool(entry[1])


def _check_class(folder: Path, spec: BackendSpec, kind: str, index: dict[str, Any]) -> None:
    wanted = {PIPELINE_CLASSES[p] for p in spec.pipelines}
    two = _two_experts(index)
    if kind in wanted and two == (spec.experts == 2):
        if two and index.get("boundary_ratio") is None:
            raise UserError(
                f'The model in {folder} has two experts but no boundary_ratio in model_index.json: add "boundary_ratio": {spec.boundary_ratio}.'
            )
        return
    fitting = _fitting(kind, index)
    have = f"a {kind} with {'two experts' if two else 'one expert'}"
    want = f"a {spec.pipeline_class} with {'two experts' if spec.experts == 2 else 'one expert'}"
    cure = f"use --backend {' or '.join(fitting)}" if fitting else f"fetch {spec.hub_id} (`hybrid fetch {spec.name}`)"
    raise UserError(f"The model in {folder} is {have}, and {spec.name} is {want}: {cure}.")


def _weight_files(place: Path) -> list[Path]:
    indexes = sorted(place.glob("*.safetensors.index.json"))
    if indexes:
        names = sorted(set(_read_json(indexes[0], "The index of weights").get("weight_map", {}).values()))
        missing = [name for name in names if not (place / name).is_file()]
        if missing:
            raise UserError(
                f"The folder {place} lacks {missing[0]} ({len(missing)} of {len(names)} weight files are missing): the download did not finish; fetch it again."
            )
        return [place / name for name in names]
    files = sorted(place.glob("*.safetensors"))
    if not files:
        other = next(iter(sorted([*place.glob("*.bin"), *place.glob("*.pt*"), *place.glob("*.gguf")])), None)
        what = f"only {other.name}" if other else "no weights"
        raise UserError(
            f"The folder {place} holds {what}: weights are read from .safetensors files alone; fetch the model again."
        )
    return files


def _parameters(header: dict[str, Any]) -> int:
    total = 0
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            total += (end - start) // DTYPE_BYTES.get(str(entry["dtype"]), 2)
    return total


def _digest(digest: Any, file: Path, name: str, *, small: bool) -> str:
    """Add a file to the fingerprint: by the hash that the hub's cache names its blob by, by content when small, else by size and header."""
    blob = file.resolve().name
    digest.update(f"{name}:{file.stat().st_size}:".encode())
    if file.is_symlink() and re.fullmatch(r"[0-9a-f]{64}", blob):
        digest.update(blob.encode())
        return "sha256 of the files as the hub names them"
    if small:
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 22):
                digest.update(chunk)
        return "sha256 of the contents"
    with file.open("rb") as stream:
        length = struct.unpack("<Q", stream.read(8))[0]
        digest.update(stream.read(length))
    return "sha256 of names, sizes and headers"


def _check_configs(folder: Path, spec: BackendSpec, configs: dict[str, dict[str, Any]]) -> list[str]:
    """Channels and strides must be the backend's; another width or depth is noted, because it may be a distilled model."""
    arch, notes = spec.architecture, []
    for name, config in configs.items():
        if not name.startswith("transformer"):
            continue
        kind = "WanVACETransformer3DModel" if arch.vace_layers else "WanTransformer3DModel"
        if config.get("_class_name") != kind:
            raise UserError(
                f"{folder}/{name} is a {config.get('_class_name')}, and {spec.name} needs a {kind}: fetch {spec.hub_id} (`hybrid fetch {spec.name}`)."
            )
        if (
            config.get("in_channels") != arch.in_channels
            or config.get("out_channels", arch.out_channels) != arch.out_channels
        ):
            raise UserError(
                f"{folder}/{name} takes {config.get('in_channels')} channels and gives {config.get('out_channels')}, and {spec.name} needs {arch.in_channels} and {arch.out_channels}: "
                f"these are weights of another model; fetch {spec.hub_id} (`hybrid fetch {spec.name}`)."
            )
        shape = (
            config.get("num_attention_heads"),
            config.get("attention_head_dim"),
            config.get("num_layers"),
            config.get("ffn_dim"),
        )
        if shape != (arch.heads, arch.head_dim, arch.layers, arch.ffn):
            notes.append(
                f"{name} has {shape[0]}x{shape[1]} channels and {shape[2]} layers, not the published {arch.heads}x{arch.head_dim} and {arch.layers}"
            )
    experts = [configs[name] for name in configs if name.startswith("transformer")]
    if len(experts) == 2 and experts[0].get("num_layers") != experts[1].get("num_layers"):
        raise UserError(
            f"The two experts in {folder} have {experts[0].get('num_layers')} and {experts[1].get('num_layers')} layers: they are of different models; fetch {spec.hub_id} again."
        )
    vae = configs.get("vae", {})
    strides = (vae.get("scale_factor_spatial", 8), vae.get("z_dim"))
    if vae and strides != (spec.grid.space, spec.vae_channels):
        raise UserError(
            f"{folder}/vae has stride {strides[0]} and {strides[1]} channels, and {spec.name} needs {spec.grid.space} and {spec.vae_channels}: it is the autoencoder of another model."
        )
    return notes
