"""Motion guidance: a simulated scene steers a video diffusion model. See `base` for the seam that backends build on; nothing here
imports torch before a pipeline is run."""

from __future__ import annotations

from generator.guidance.agreement import mask_agreement, recoloured, still_agreement
from generator.guidance.base import (
    Grid,
    ModelSpec,
    MotionGuidance,
    Reference,
    Sampling,
    StepPlan,
    StepReport,
    flow_sigmas,
    plan_steps,
)  # fmt: skip
from generator.guidance.combined import Combined
from generator.guidance.controls import CONTROLS, control_video
from generator.guidance.engine import Guidance, Unguided, pipeline_kind
from generator.guidance.first_frame import FirstFrame
from generator.guidance.masks import MaskSettings, PinLayer, pin_layers
from generator.guidance.reference import reference_from, reference_times, render_reference
from generator.guidance.still import Still, StillThenMove
from generator.guidance.two_clock import SDEdit, TwoClock
from generator.guidance.vace import VaceControl

__all__ = [
    "CONTROLS", "Combined", "FirstFrame", "Grid", "Guidance", "MaskSettings", "ModelSpec", "MotionGuidance", "PinLayer", "Reference", "SDEdit",
    "Sampling", "StepPlan", "StepReport", "Still", "StillThenMove", "TwoClock", "Unguided", "VaceControl", "control_video", "flow_sigmas",
    "mask_agreement", "pin_layers", "pipeline_kind", "plan_steps", "recoloured", "reference_from", "reference_times", "render_reference",
    "still_agreement",
]  # fmt: skip
