"""Wan2.2 and Wan2.1 as painters of a simulated scene: specifications, settings, memory, sampling and provenance. Importing it loads no torch."""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "BackendSpec": "specs",
    "SPECS": "specs",
    "spec_of": "specs",
    "Settings": "settings",
    "Wishes": "settings",
    "resolve": "settings",
    "MemoryPlan": "memory",
    "plan_memory": "memory",
    "Weights": "weights",
    "check_weights": "weights",
    "generate": "generate",
    "Generated": "generate",
    "expert_flops": "flops",
    "clip_flops": "flops",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'generator.wan' has no attribute {name!r}")
    return getattr(importlib.import_module(f"generator.wan.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
