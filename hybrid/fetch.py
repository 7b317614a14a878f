"""Downloads, only ever asked for by name: from Hugging Face or ModelScope, resumable, with the size said first."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import Any

from scenes.errors import UserError

__all__ = ["fetch"]

PATTERNS = ["*.json", "*.safetensors", "*.txt", "*.model", "*.md", "LICENSE*"]
LIGHTNING = "lightning"


def fetch(name: str, *, source: str = "huggingface", to: Path | None = None) -> Path:
    """Download the weights of a backend (or of any hub id, or `lightning`), going on where an earlier download stopped.

    Raises UserError for an unknown name (with the right one), no network, too little disk, or a missing package.
    """
    from generator.wan.specs import PREVIEW, SPECS, spec_of
    from generator.wan.switches import LIGHTNING_ID
    from generator.wan.weights import HUB_ID, right_hub_id

    if source not in ("huggingface", "modelscope"):
        raise UserError(f"--from {source} is not known: the choices are huggingface and modelscope.")
    if name in (PREVIEW, "auto"):
        raise UserError(f"{name} needs no download; the backends with weights are {', '.join(SPECS)}.")
    spec = None
    if name == LIGHTNING:
        hub_id = LIGHTNING_ID
    elif HUB_ID.match(name) and not any(name.lower() == (s.hub_id or "").lower() for s in SPECS.values()):
        hub_id = name
        meant = right_hub_id(name)
        if (
            meant is not None
            and meant.hub_id.rpartition("/")[2].lower() != name.rpartition("/")[2].lower()
            and name.lower() in _wrong_owners(meant)
        ):
            raise UserError(
                f"{name} is not in the layout of diffusers; the weights of {meant.name} are {meant.hub_id}: `hybrid fetch {meant.name}`."
            )
    else:
        spec = spec_of(name)
        hub_id = spec.modelscope_id if source == "modelscope" else spec.hub_id  # type: ignore[assignment]
        if hub_id is None:
            raise UserError(f"{spec.title} is not on ModelScope: fetch it without --from, from {spec.hub_id}.")
    if spec is not None:
        print(f"{spec.title}: {hub_id}, about {spec.download / 1e9:.0f} GB, {spec.licence}.", file=sys.stderr)
        _check_disk(spec.download, to)
    found = _from_modelscope(hub_id, to) if source == "modelscope" else _from_hub(hub_id, to)
    if spec is not None:
        from generator.wan.weights import check_weights

        check_weights(found, spec)
    return found


def _wrong_owners(meant: Any) -> set[str]:
    """The original, not converted, repository of a model."""
    return {meant.hub_id.lower().removesuffix("-diffusers")}


def _check_disk(size: float, to: Path | None) -> None:
    from generator.wan.weights import _hub_cache

    place = (to or _hub_cache()).expanduser()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < 0.1 * size:
        raise UserError(
            f"The download takes up to {size / 1e9:.0f} GB and {place} has {free / 1e9:.0f} GB free: name a larger disk with --to FOLDER, or set HF_HOME."
        )
    if free < size:
        print(
            f"The download takes up to {size / 1e9:.0f} GB and {free / 1e9:.0f} GB are free: it fits only if a part is here already.",
            file=sys.stderr,
        )


def _from_hub(hub_id: str, to: Path | None) -> Path:
    if importlib.util.find_spec("huggingface_hub") is None:
        raise UserError(
            "Downloads need the Python package huggingface_hub: pip install 'hybrid-physics-video[wan]' -c constraints.txt."
        )
    from huggingface_hub import errors as hub_errors
    from huggingface_hub import snapshot_download

    from generator.wan.weights import right_hub_id

    meant = right_hub_id(hub_id)
    hint = (
        f" (the weights of {meant.name} are {meant.hub_id})"
        if meant is not None and meant.hub_id.lower() != hub_id.lower()
        else ""
    )
    offline = f"{hub_id} cannot be downloaded, because the hub cannot be reached from here{hint}: check the network (or HF_HUB_OFFLINE), or fetch it elsewhere and name the folder with --model."
    options: dict[str, Any] = {"allow_patterns": PATTERNS}
    if to is not None:
        options["local_dir"] = str(to)
    try:
        return Path(snapshot_download(hub_id, **options))
    except hub_errors.GatedRepoError as error:
        raise UserError(
            f"{hub_id} asks for an account and its licence to be accepted: do so on its page, then `hf auth login`, and fetch again."
        ) from error
    except (hub_errors.RepositoryNotFoundError, hub_errors.HFValidationError) as error:
        raise UserError(_unknown(hub_id)) from error
    except (hub_errors.LocalEntryNotFoundError, hub_errors.OfflineModeIsEnabled) as error:
        raise UserError(offline) from error
    except (hub_errors.HfHubHTTPError, OSError) as error:
        if _no_network(error):
            raise UserError(offline) from error
        first = str(error).strip().splitlines()[0].rstrip(".")
        raise UserError(
            f"The download of {hub_id} broke off ({first}): run the same command again, it goes on where it stopped."
        ) from error


def _from_modelscope(model_id: str, to: Path | None) -> Path:
    if importlib.util.find_spec("modelscope") is None:
        raise UserError(
            "Downloads from ModelScope need the Python package modelscope: pip install modelscope, or leave --from out."
        )
    import requests
    from modelscope import snapshot_download

    options: dict[str, Any] = {"allow_patterns": PATTERNS}
    if to is not None:
        options["local_dir"] = str(to)
    try:
        return Path(snapshot_download(model_id, **options))
    except Exception as error:
        if isinstance(error, requests.exceptions.ConnectionError | requests.exceptions.Timeout) or _no_network(error):
            raise UserError(
                f"{model_id} cannot be downloaded, because ModelScope cannot be reached from here: check the network, or fetch it elsewhere and name the folder with --model."
            ) from error
        if "404" in str(error) or "not exist" in str(error).lower() or "notexist" in type(error).__name__.lower():
            raise UserError(_unknown(model_id)) from error
        first = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise UserError(
            f"The download of {model_id} broke off ({first}): run the same command again, it goes on where it stopped."
        ) from error


def _unknown(hub_id: str) -> str:
    from generator.wan.specs import SPECS
    from generator.wan.weights import right_hub_id

    meant = right_hub_id(hub_id)
    if meant is None:
        return f"The hub has no model {hub_id}: the backends are {', '.join(SPECS)}, for example `hybrid fetch wan2.1-vace-1.3b`."
    return (
        f"The hub has no model {hub_id}; the weights of {meant.name} are {meant.hub_id}: `hybrid fetch {meant.name}`."
    )


def _no_network(error: BaseException | None) -> bool:
    """Whether a connection failed anywhere in the chain of causes."""
    words = (
        "name resolution",
        "failed to resolve",
        "connection",
        "network is unreachable",
        "timed out",
        "max retries",
        "proxy",
    )
    while error is not None:
        if isinstance(error, ConnectionError | TimeoutError) or type(error).__name__ in (
            "ConnectError",
            "ConnectTimeout",
            "ConnectionError",
            "NewConnectionError",
            "ProxyError",
        ):
            return True
        if any(word in str(error).lower() for word in words) and getattr(error, "response", None) is None:
            return True
        error = error.__cause__ or error.__context__
    return False
