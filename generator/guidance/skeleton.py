"""Drawn skeletons of the people in a scene, as the pose control of VACE expects them: 18 joints on black.

Joints, bones and hues follow the COCO-18 order of Cao et al., "OpenPose", TPAMI 2019: one hue of 20 degrees per joint and bone.
"""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.geometry import SceneGeometry
from scenes.primitives import Capsule, Piece, rotation_matrix
from scenes.species import known_species

__all__ = ["JOINTS", "person_joints", "skeleton_frames"]

FloatArray = NDArray[np.float64]
JOINTS = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", "right_hip", "right_knee",
    "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip
BONES = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
_TRUNK, _SIDE = (
    7,
    7,
)  # pieces of a drawn person: trunk and head, then eye, thigh, shin, foot, upper arm, forearm, hand of each side


def _hue(index: int) -> tuple[int, int, int]:
    r, g, b = colorsys.hsv_to_rgb(index / 18, 1.0, 1.0)
    return round(255 * r), round(255 * g), round(255 * b)


def _ends(piece: Piece) -> tuple[FloatArray, FloatArray]:
    """Lower and upper joint of a limb; a limb is drawn from its first joint, the end of its axis at -z."""
    assert isinstance(piece.shape, Capsule)
    axis = np.asarray(rotation_matrix(piece.orientation))[:, 2] * piece.shape.height / 2
    middle = np.asarray(piece.position, dtype=float)
    return middle - axis, middle + axis


def person_joints(pieces: list[Piece]) -> FloatArray | None:
    """The 18 joints (18, 3) [m] in the figure's frame; None for a figure that is not drawn as an upright person (one lying asleep)."""
    if len(pieces) != _TRUNK + 2 * _SIDE or not isinstance(pieces[3].shape, Capsule):
        return None
    out = np.full((18, 3), np.nan)
    out[0] = pieces[6].position
    out[1] = _ends(pieces[3])[0]
    head, skull = np.asarray(pieces[4].position, dtype=float), pieces[4].shape.extent()
    for side, (shoulder, hip, eye, ear) in (
        (0, (2, 8, 14, 16)),
        (1, (5, 11, 15, 17)),
    ):  # right first, as they are drawn
        first = _TRUNK + side * _SIDE
        limbs = pieces[first + 1 : first + 6]
        if not all(isinstance(limb.shape, Capsule) for limb in limbs):
            return None
        thigh, shin, _, upper, fore = limbs
        out[hip], out[hip + 1] = _ends(thigh)
        out[hip + 2] = _ends(shin)[1]
        out[shoulder], out[shoulder + 1] = _ends(upper)
        out[shoulder + 2] = _ends(fore)[1]
        out[eye] = pieces[first].position
        out[ear] = head + [0, (-1 if side == 0 else 1) * skull[1] / 2, 0]
    return out


def skeleton_frames(geometry: SceneGeometry, camera: CameraPath, count: int) -> NDArray[np.uint8] | None:
    """Skeletons of all people, uint8 (count, H, W, 3) on black; None when the scene has none."""
    people = [column for column, body in geometry.figures.items() if known_species(body.species) in {"person", "child"}]
    if not people:
        return None
    from PIL import Image, ImageDraw

    width, height = camera.size
    thick = max(2, round(4 * min(width, height) / 480))
    frames = np.zeros((count, height, width, 3), dtype=np.uint8)
    for t in range(count):
        image = Image.new("RGB", (width, height))
        draw = ImageDraw.Draw(image)
        for column in people:
            if geometry.poses.alive[t, column]:
                _draw(draw, _on_picture(geometry, camera, column, t), thick)
        frames[t] = np.asarray(image)
    return frames


def _on_picture(geometry: SceneGeometry, camera: CameraPath, column: int, t: int) -> FloatArray | None:
    joints = person_joints(geometry.figure_pose(column, t))
    if joints is None:
        return None
    local = (joints - [0, 0, geometry.lifts.get(column, 0.0)]) * geometry.poses.scale[t, column]
    world = local @ geometry.poses.rotation[t, column].T + geometry.poses.position[t, column]
    return camera.project(world, t)[:, :2]


def _draw(draw: Any, joints: FloatArray | None, thick: int) -> None:
    if joints is None:
        return
    for index, (a, b) in enumerate(BONES):
        if np.isfinite(joints[[a, b]]).all():
            shade = tuple(int(0.6 * v) for v in _hue(index))
            draw.line([tuple(joints[a]), tuple(joints[b])], fill=shade, width=thick)
    for index, point in enumerate(joints):
        if np.isfinite(point).all():
            x, y = point
            draw.ellipse([x - thick, y - thick, x + thick, y + thick], fill=_hue(index))
