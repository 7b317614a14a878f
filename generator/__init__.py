"""Trace -> frames: the camera, the geometry buffer, and the preview that everybody gets. Nothing heavy is loaded before
it is used."""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "CameraPath": "camera",
    "frame_camera": "camera",
    "clip_times": "camera",
    "GBuffer": "gbuffer",
    "GeometryBuffer": "gbuffer",
    "ClipRecord": "preview",
    "preview_frames": "preview",
    "render_preview": "preview",
    "open_video": "video",
    "read_frames": "video",
    "read_metadata": "video",
    "write_video": "video",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'generator' has no attribute {name!r}")
    return getattr(importlib.import_module(f"generator.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
