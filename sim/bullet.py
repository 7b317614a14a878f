"""PyBullet, imported once and quietly: its C code greets on the standard streams of the process."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from types import ModuleType

from scenes.errors import UserError

__all__ = ["load"]


@lru_cache(maxsize=1)
def load() -> ModuleType:
    """The pybullet module. UserError, with the way to get it, where it is not installed."""
    if "pybullet" in sys.modules:
        return sys.modules["pybullet"]
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    kept = [os.dup(1), os.dup(2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        import pybullet
    except ImportError as error:
        raise UserError(
            "Simulating needs pybullet: install it with `pip install pybullet` (wheels exist for Python 3.10 and 3.11)."
        ) from error
    finally:
        for number, handle in zip((1, 2), kept, strict=True):
            os.dup2(handle, number)
            os.close(handle)
        os.close(nowhere)
    return pybullet
