"""From a described scene to a clip whose motion comes from integrated physics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hybrid.pipeline import Clip, HybridPipeline
    from hybrid.run import Run
    from scenes.errors import RunError, UserError
    from scenes.scene import Scene

__all__ = ["Clip", "HybridPipeline", "Run", "RunError", "Scene", "UserError"]
__version__ = "0.1.0"

_HOMES = {
    "Clip": "hybrid.pipeline",
    "HybridPipeline": "hybrid.pipeline",
    "Run": "hybrid.run",
    "RunError": "scenes.errors",
    "Scene": "scenes.scene",
    "UserError": "scenes.errors",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: importing `hybrid` itself stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'hybrid' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
