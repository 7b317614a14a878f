"""Loading spaCy without PyTorch, which thinc imports wherever it is installed, and without its own command line: reading needs neither."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType

__all__ = ["STAND_IN", "load_spacy"]

COMMANDS = ("spacy.cli", "spacy.cli.info")  # the command line of spaCy: 0.3 s of imports that reading does not need
STAND_IN = "HYBRID_ENGLISH_PIPELINE"  # name or folder of an installed spaCy pipeline whose tree is used instead of the project's own


def load_spacy() -> ModuleType:
    """The module `spacy`. Where nobody has imported torch yet it stays out, unless a stand-in pipeline is asked for that may need it."""
    if "spacy" in sys.modules:
        return sys.modules["spacy"]
    stand_ins: dict[str, ModuleType | None] = {name: ModuleType(name) for name in COMMANDS}
    stand_ins["spacy.cli.info"].info = None  # type: ignore[union-attr]
    if "torch" not in sys.modules and not os.environ.get(STAND_IN):
        stand_ins["torch"] = None
    sys.modules.update(stand_ins)  # type: ignore[arg-type]
    try:
        spacy = importlib.import_module("spacy")
    finally:
        for name in stand_ins:
            sys.modules.pop(name, None)
    for name in ("cli", "info"):  # whoever wants them imports spacy.cli, which is then the real one
        if name in vars(spacy):
            delattr(spacy, name)
    return spacy
