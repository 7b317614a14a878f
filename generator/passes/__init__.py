"""Exact control passes: what the camera sees in every frame, aligned with the preview pixel by pixel.

`for frame in make_passes(scene, trace, size=(832, 480), which=["depth", "flow"]): frame.depth, frame.flow_forward, ...`
"""

from generator.passes.frame import ContactPoint, Crop, FramePasses, ObjectView
from generator.passes.kinds import CATEGORIES, CORE, PASSES, Legend
from generator.passes.make import Passes, make_passes

__all__ = [
    "CATEGORIES",
    "CORE",
    "PASSES",
    "ContactPoint",
    "Crop",
    "FramePasses",
    "Legend",
    "ObjectView",
    "Passes",
    "make_passes",
]
