"""Prompt embeddings kept on disk: the text encoder of 11 GB is loaded once for each sentence, and not at all the next time."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from generator.wan.weights import Weights
from scenes.files import write_atomically

__all__ = ["cache_folder", "cached", "embedding_key", "keep"]


def cache_folder() -> Path:
    """`HYBRID_CACHE`, or hybrid-physics-video in the user's cache folder; prompt embeddings lie under it."""
    named = os.environ.get("HYBRID_CACHE")
    base = (
        Path(named)
        if named
        else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hybrid-physics-video"
    )
    return base / "prompt-embeddings"


def embedding_key(text: str, weights: Weights, *, length: int, dtype: str) -> str:
    """What an embedding depends on: the text, the encoder's weights, the padded length and the precision."""
    encoder = weights.fingerprints.get("text_encoder", weights.fingerprint)
    return hashlib.sha256("\0".join((text, encoder, str(length), dtype)).encode()).hexdigest()


def cached(key: str) -> Any:
    """The embedding (1, length, channels) of a key, None when it is not there or its file is broken (it is then made again)."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = cache_folder() / f"{key}.safetensors"
    if not path.is_file():
        return None
    try:
        return load_file(str(path))[
            "embedding"
        ].clone()  # in memory of torch's own alignment, as when it was made: the same bits come out
    except (SafetensorError, KeyError, OSError):
        path.unlink(missing_ok=True)
        return None


def keep(key: str, embedding: Any, text: str) -> bool:
    """Store an embedding; False when the cache cannot be written, which costs only time."""
    from safetensors.torch import save_file

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with write_atomically(folder / f"{key}.safetensors") as temporary:
            save_file(
                {"embedding": embedding.detach().to("cpu").contiguous()}, str(temporary), metadata={"text": text[:200]}
            )
    except OSError:
        return False
    return True
