"""How a scene is seen: camera and look. They change pictures, never the trace."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from scenes.base import Model, NonNegative, Positive, Vector3

__all__ = ["Camera", "CameraKey", "Look"]

View = Literal[
    "auto", "front", "side", "back", "top", "three_quarter", "close_up", "wide", "tracking", "low_angle", "bird_eye", "first_person"
]  # fmt: skip


class CameraKey(Model):
    """A camera at a time [s]: eye and target [m], vertical field of view [deg]."""

    time: NonNegative
    eye: Vector3
    target: Vector3
    fov: Annotated[float, Field(gt=1, lt=170)] = 35.0


class Camera(Model):
    """`keys` fix the camera (interpolated over time); without keys it frames the motion by itself, from `view`.

    `move`: a slow pan, zoom or orbit asked by the text. `slow` stretches simulated time: 8 shows a second in eight.
    """

    view: View = "auto"
    move: Literal["still", "pan_left", "pan_right", "zoom_in", "zoom_out", "orbit", "track"] = "still"
    fov: Annotated[float, Field(gt=1, lt=170)] = 35.0
    keys: tuple[CameraKey, ...] = ()
    slow: Positive = 1.0


class Look(Model):
    style: Literal[
        "daylight", "indoor", "night", "studio", "underwater", "lunar", "mars", "space", "overcast", "sunset"
    ] = "daylight"
    ground: str | None = None  # material that the ground is painted as; None: the ground body's own
    scenery: tuple[str, ...] = ()  # imagined surroundings, in words: "forest", "clouds"
