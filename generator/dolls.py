"""Figures that were let go, drawn: every piece of the picture follows the bone that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from generator.figures_mesh import figure_links, figure_pieces
from scenes.bodies import FigureBody
from scenes.primitives import Piece, rotation_matrix
from scenes.scene import Scene
from sim.rotations import multiply, of_matrix
from sim.trace import Trace

if TYPE_CHECKING:
    from generator.geometry import Poses

__all__ = ["DrawnDoll", "drawn_dolls"]

FloatArray = NDArray[np.float64]
STANDING = {"stand", "walk", "run", "hop", "fall", "slip", "land", "jump"}


@dataclass(frozen=True)
class DrawnDoll:
    """The pieces of a standing figure, and for each its bone: column in the trace, middle [m] and axes (3, 3) in the standing figure."""

    start: float  # [s]
    standing: tuple[Piece, ...]
    bones: tuple[tuple[int, FloatArray, FloatArray] | None, ...]  # None: the trunk, which bears the figure's name

    def holds(self, poses: Poses, frame: int) -> bool:
        """Whether the figure has been let go in a frame."""
        others = [bone[0] for bone in self.bones if bone is not None]
        return bool(poses.time[frame] >= self.start - 1e-9 and all(poses.alive[frame, column] for column in others))

    def pieces(self, poses: Poses, frame: int, column: int, lift: float) -> list[Piece]:
        """The pieces in the frame of the figure's ground point, `lift` [m] below the origin of its column."""
        place, turn = poses.position[frame, column], poses.rotation[frame, column]
        middle = np.array([0.0, 0.0, lift])
        made = []
        for piece, bone in zip(self.standing, self.bones, strict=True):
            if bone is None:
                made.append(piece)
                continue
            link, centre, axes = bone
            spin = turn.T @ poses.rotation[frame, link] @ axes.T
            at = turn.T @ (poses.position[frame, link] - place) + spin @ (np.asarray(piece.position) - centre) + middle
            spun = multiply(of_matrix(spin), np.asarray(piece.orientation, dtype=float))
            made.append(Piece(piece.shape, tuple(at.tolist()), tuple(spun.tolist()), piece.color))  # type: ignore[arg-type]
        return made


def drawn_dolls(scene: Scene, trace: Trace) -> dict[int, DrawnDoll]:
    """By column: the figures of a trace that were let go."""
    columns = {name: k for k, name in enumerate(trace.names)}
    dolls = {}
    records: list[dict[str, Any]] = trace.meta.get("ragdolls", [])
    for record in records:
        name = record["body"]
        body = scene.bodies.get(name)
        if name not in columns or not isinstance(body, FigureBody):
            continue
        posture = "fly" if body.gait in {"fly", "flutter"} or body.posture == "fly" else "stand"
        links = figure_links(body.species, body.height, posture)
        known = {about["bone"]: (link, about) for link, about in record["links"].items()}
        bones: list[tuple[int, FloatArray, FloatArray] | None] = []
        for bone in links:
            link, about = known.get(bone, (name, None))
            if about is None or link == name or link not in columns:
                bones.append(None)
            else:
                bones.append((columns[link], np.array(about["centre_m"]), rotation_matrix(tuple(about["turn"]))))
        standing = figure_pieces(body.species, body.height, 0.0, posture)
        dolls[columns[name]] = DrawnDoll(float(record["time"]), tuple(standing), tuple(bones))
    return dolls
