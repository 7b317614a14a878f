"""Human figures as OpenPose sees them: joints from the drawn limbs, exact in three dimensions, in the order of COCO-18 and BODY_25.

Orders, limbs and colours are those of OpenPose (Cao et al., IEEE TPAMI 43, 2021; output format of its documentation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.camera import CameraPath
from generator.figures_mesh import known_species
from generator.geometry import SceneGeometry
from generator.rays import RayScene
from scenes.primitives import Capsule, Ellipsoid, Piece, rotation_matrix

__all__ = [
    "BODY_25",
    "COCO_18",
    "COLORS_18",
    "LIMBS_18",
    "Skeleton",
    "drawn_skeletons",
    "openpose_json",
    "skeletons_at",
]

FloatArray = NDArray[np.float64]
BODY_25 = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", "mid_hip", "right_hip",
    "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear", "left_big_toe",
    "left_small_toe", "left_heel", "right_big_toe", "right_small_toe", "right_heel",
)  # fmt: skip
COCO_18 = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", "right_hip", "right_knee",
    "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip
_TO_18 = tuple(BODY_25.index(name) for name in COCO_18)
LIMBS_18 = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0), (0, 14), (14, 16),
    (0, 15), (15, 17),
)  # fmt: skip
# One colour a joint and limb: 18 hues evenly around the wheel, from red.
COLORS_18 = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0), (0, 255, 85), (0, 255, 170),
    (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255), (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85),
)  # fmt: skip
_FACE = {"nose", "right_eye", "left_eye", "right_ear", "left_ear"}
_INSIDE = (
    0.15  # of the height: a joint lies within a limb, so what hides it lies farther before it than a trunk is thick
)
_ON_SKIN = 0.02  # of the height: points of the face lie on the surface


@dataclass(frozen=True)
class Skeleton:
    """One person. `joints` (25, 3): x, y [px] and depth [m] in the order of `BODY_25`, NaN behind the camera; `position` (25, 3) [m]
    in the world; `visible` (25,): inside the picture and with nothing of another body before it (points of the face also: not on the
    far side of the head)."""

    name: str
    joints: FloatArray
    position: FloatArray
    visible: NDArray[np.bool_]

    @property
    def coco(self) -> FloatArray:
        """(18, 3) x, y [px] and visibility 1 or 0, in the order of `COCO_18`."""
        chosen = list(_TO_18)
        return np.column_stack([self.joints[chosen, :2], self.visible[chosen].astype(float)])


def _ends(piece: Piece) -> tuple[FloatArray, FloatArray]:
    """Both ends of the axis of a capsule, in the figure's frame."""
    assert isinstance(piece.shape, Capsule)
    half = rotation_matrix(piece.orientation)[:, 2] * piece.shape.height / 2
    at = np.asarray(piece.position, dtype=float)
    return at - half, at + half


def _named_joints(pieces: list[Piece], tall: float) -> dict[str, FloatArray]:
    """The joints of a person from its pieces, in its frame [m]: limbs are capsules from joint to joint, told apart by how they meet.

    Of the two sides, the left has the greater y in the figure's frame while it stands, and is drawn second.
    """
    limbs = [(k, *_ends(piece)) for k, piece in enumerate(pieces) if isinstance(piece.shape, Capsule)]
    blobs = [(k, piece) for k, piece in enumerate(pieces) if isinstance(piece.shape, Ellipsoid)]
    if len(limbs) >= 12:
        bar, neck, legs = limbs[0], limbs[1], limbs[2:12]
        sides = {"right": legs[:5], "left": legs[5:10]}
        found = {"neck": neck[1]}
        top = neck[2]
        for side, (thigh, shin, shoe, upper, fore) in sides.items():
            found |= {
                f"{side}_hip": thigh[1], f"{side}_knee": thigh[2], f"{side}_ankle": shin[2], f"{side}_heel": shoe[1], f"{side}_big_toe": shoe[2],
                f"{side}_shoulder": upper[1], f"{side}_elbow": upper[2], f"{side}_wrist": fore[2],
            }  # fmt: skip
        ahead = np.array([1.0, 0.0, 0.0])
        across = bar[2] - bar[1]
    else:  # lying, drawn with a thigh, a shin and an arm on each side
        sides = {"right": limbs[:3], "left": limbs[3:6]}
        found = {}
        for side, (thigh, shin, arm) in sides.items():
            found |= {
                f"{side}_hip": thigh[1], f"{side}_knee": thigh[2], f"{side}_ankle": shin[2], f"{side}_heel": shin[2], f"{side}_big_toe": shin[2],
                f"{side}_shoulder": arm[1], f"{side}_elbow": (arm[1] + arm[2]) / 2, f"{side}_wrist": arm[2],
            }  # fmt: skip
        found["neck"] = (found["right_shoulder"] + found["left_shoulder"]) / 2
        top, ahead = found["neck"], np.array([0.0, 0.0, 1.0])
        across = found["left_shoulder"] - found["right_shoulder"]
    across = across / np.linalg.norm(across)
    found["mid_hip"] = (found["right_hip"] + found["left_hip"]) / 2
    # The head is the blob with the most volume beyond the neck.
    trunk = found["mid_hip"]

    def size(item: tuple[int, Piece]) -> float:
        return float(np.prod(np.asarray(item[1].shape.radii)))  # type: ignore[union-attr]

    beyond = [
        item for item in blobs if np.linalg.norm(np.asarray(item[1].position) - trunk) > np.linalg.norm(top - trunk)
    ]
    head = (
        min(beyond, key=lambda item: (item[1].color != "skin" or size(item) < (0.03 * tall) ** 3, item[0]))[1]
        if beyond
        else None
    )
    centre = np.asarray(head.position, dtype=float) if head is not None else top
    if head is not None and len(limbs) >= 12:  # the head may be turned, as that of a figure that was let go
        ahead, across = rotation_matrix(head.orientation)[:, 0], rotation_matrix(head.orientation)[:, 1]
    radii = np.asarray(head.shape.radii if head is not None else (0.06 * tall,) * 3)  # type: ignore[union-attr]
    up = centre - found["neck"]
    up = up / max(float(np.linalg.norm(up)), 1e-9)
    deep, wide, high = float(radii[0]), float(radii[1]), float(radii[2])
    if len(limbs) < 12:
        deep, high = high, deep
    found["nose"] = centre + ahead * deep * 1.02 - up * high * 0.1
    for side, sign in (("right", -1.0), ("left", 1.0)):
        found[f"{side}_eye"] = centre + ahead * deep * 0.92 + across * sign * 0.36 * wide + up * high * 0.12
        found[f"{side}_ear"] = centre + across * sign * wide * 1.0
        toe, heel = found[f"{side}_big_toe"], found[f"{side}_heel"]
        found[f"{side}_small_toe"] = toe + across * sign * 0.012 * tall
        found[f"{side}_heel"] = heel - (toe - heel) * 0.1
    return found


def skeletons_at(
    geometry: SceneGeometry, camera: CameraPath, frame: int, rays: RayScene | None = None
) -> tuple[Skeleton, ...]:
    """The persons of a frame that are alive, in the order of the trace. Without `rays` all joints inside the picture count as
    visible; with them their order in depth is tested."""
    found = []
    for column, body in sorted(geometry.figures.items()):
        if known_species(body.species) not in {"person", "child"} or not geometry.poses.alive[frame, column]:
            continue
        pieces = geometry.figure_pose(column, frame)
        tall = float(body.height or 1.7)
        local = _named_joints(pieces, tall)
        points = np.array([local[name] for name in BODY_25]) - [0.0, 0.0, geometry.lifts.get(column, 0.0)]
        rotation, scale = geometry.poses.rotation[frame, column], geometry.poses.scale[frame, column]
        world = (points * scale) @ rotation.T + geometry.poses.position[frame, column]
        image = camera.project(world, frame)
        width, height = camera.size
        with np.errstate(invalid="ignore"):
            seen = (image[:, 0] >= 0) & (image[:, 0] < width) & (image[:, 1] >= 0) & (image[:, 1] < height)
        if rays is not None and seen.any():
            seen &= _unhidden(rays, camera, frame, world, column, tall)
        found.append(Skeleton(_name_of(geometry, column), image, world, seen))
    return tuple(found)


def _name_of(geometry: SceneGeometry, column: int) -> str:
    return next(part.body for part in geometry.parts if part.column == column)


def _unhidden(
    rays: RayScene, camera: CameraPath, frame: int, world: FloatArray, column: int, tall: float
) -> NDArray[np.bool_]:
    """Whether the joints (25, 3) [m] are not behind another body, nor a point of the face behind the head."""
    rays.pose(frame)
    eye = camera.eye[frame]
    way = world - eye
    distance = np.linalg.norm(way, axis=1)
    hits = rays.cast(np.broadcast_to(eye, way.shape), way / np.maximum(distance, 1e-9)[:, None])
    own = rays.owner[hits.mesh] == column
    allowed = np.array([_ON_SKIN if name in _FACE else _INSIDE for name in BODY_25]) * tall
    near = hits.distance >= distance - allowed
    on_body = np.array([name not in _FACE for name in BODY_25])
    return np.asarray(
        np.where(on_body, own | (hits.distance >= distance - 1e-3), near & (own | (hits.distance >= distance)))
    )


def openpose_json(skeletons: tuple[Skeleton, ...] | list[Skeleton]) -> dict[str, Any]:
    """The people of a frame in the form of OpenPose's `*_keypoints.json` (BODY_25: x, y [px], confidence; zeros where not seen)."""
    people = []
    for index, skeleton in enumerate(skeletons):
        values = np.column_stack([skeleton.joints[:, :2], np.ones(25)])
        values[~skeleton.visible] = 0.0
        people.append(
            {
                "person_id": [index], "pose_keypoints_2d": [round(float(v), 3) for v in values.ravel()], "face_keypoints_2d": [],
                "hand_left_keypoints_2d": [], "hand_right_keypoints_2d": [], "pose_keypoints_3d": [], "face_keypoints_3d": [],
                "hand_left_keypoints_3d": [], "hand_right_keypoints_3d": [],
            }
        )  # fmt: skip
    return {"version": 1.3, "people": people}


def drawn_skeletons(skeletons: tuple[Skeleton, ...] | list[Skeleton], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture (H, W, 3) of the skeletons on black as control networks know them: limbs as ellipses 8 px wide at 60 % brightness,
    joints as discs of 4 px over them. `size` is (width, height) [px]."""
    from PIL import Image, ImageDraw

    width, height = size
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    every = [skeleton.coco for skeleton in skeletons]
    for limb, (a, b) in enumerate(LIMBS_18):
        for joints in every:
            if joints[a, 2] and joints[b, 2]:
                red, green, blue = (int(value * 0.6) for value in COLORS_18[limb])
                draw.polygon(_ellipse(joints[a, :2], joints[b, :2], 4.0), fill=(red, green, blue))
    for joint in range(18):
        for joints in every:
            if joints[joint, 2]:
                x, y = (float(v) for v in joints[joint, :2])
                draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=COLORS_18[joint])
    return np.asarray(image)


def _ellipse(a: FloatArray, b: FloatArray, half_width: float) -> list[tuple[float, float]]:
    """Corners of an ellipse with the ends of its long axis at a and b [px]."""
    along = (b - a) / 2
    length = float(np.hypot(*along)) or 1e-6
    across = np.array([-along[1], along[0]]) / length * half_width
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    points = (a + b) / 2 + np.cos(turn)[:, None] * along + np.sin(turn)[:, None] * across
    return [(float(x), float(y)) for x, y in points]
