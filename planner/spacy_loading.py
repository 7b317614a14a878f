"""Loading spaCy without PyTorch: thinc imports it wherever it is installed, and reading a sentence does not need that second."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType

__all__ = ["STAND_IN", "load_spacy"]

STAND_IN = "HYBRID_ENGLISH_PIPELINE"  # name or folder of an installed spaCy pipeline whose tree is used instead of the project's own


def load_spacy() -> ModuleType:
    """The module `spacy`. Where nobody has imported torch yet it stays out, unless a stand-in pipeline is asked for that may need it."""
    blocked = "spacy" not in sys.modules and "torch" not in sys.modules and not os.environ.get(STAND_IN)
    if blocked:
        sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("spacy")
    finally:
        if blocked:
            del sys.modules["torch"]
