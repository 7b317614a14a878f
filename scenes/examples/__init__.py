"""Scenes that ship with the product: each states what must happen in it, so that running it is its own test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scenes.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from scenes.scene import Scene

__all__ = ["GUIDANCE_SCENES", "example_names", "example_path", "load_example"]

FOLDER = Path(__file__).parent
GUIDANCE_SCENES = ("bouncing_ball", "colliding_balls", "pendulum", "rolling_and_still", "sliding_box", "thrown_ball")
"""Six scenes of one or two plain movers, large in the picture: what a video model's motion guidance is calibrated on."""


def example_names() -> tuple[str, ...]:
    """The names of all examples, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def example_path(name: str) -> Path:
    """The scene file of an example; UserError with the nearest names for a name that there is not."""
    if name not in example_names():
        raise UserError(f"There is no example {name!r}{did_you_mean(name, example_names())}")
    return FOLDER / f"{name}.yaml"


def load_example(name: str) -> Scene:
    """The scene of an example."""
    from scenes.scene import Scene

    return Scene.load(example_path(name))
