"""Windows: the pane breaks, and the bars of its frame stay."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes.bodies import RigidBody
from scenes.primitives import Compound, Part
from sim.fracture_elements import elements_of
from sim.fracture_split import Piece, whole_piece

__all__ = ["bars_of", "framed", "pane_of"]


def framed(body: RigidBody) -> list[Any]:
    """The bars of a fixed pane that stands in a frame of another colour, the pane being its first piece; none for anything else."""
    solid = [p for p in body.shape.pieces() if p.solid]
    if not body.fixed or len(solid) < 3 or np.linalg.norm(solid[0].position) > 1e-6:
        return []
    size = np.sort(solid[0].shape.extent())
    bars = [p for p in solid[1:] if p.color != solid[0].color]
    return bars if size[0] < 0.05 * size[1] and len(bars) == len(solid) - 1 else []


def pane_of(body: RigidBody, material: Any) -> tuple[RigidBody, float] | None:
    """The pane of a window without its frame, and its mass [kg]."""
    if not framed(body):
        return None
    shape = body.shape.pieces()[0].shape
    mass = float(material.density.value * shape.volume())
    return body.model_copy(update={"shape": shape, "mass": mass, "density": None}), mass


def bars_of(body: RigidBody, material: Any) -> list[Piece]:
    """The bars of a window's frame as pieces that stay where they are."""
    made = []
    for bar in framed(body):
        parts = elements_of(Compound(parts=(Part(shape=bar.shape, orientation=bar.orientation),)), None)
        made.append(whole_piece(parts, float(material.density.value * bar.shape.volume()), np.asarray(bar.position)))
    return made
