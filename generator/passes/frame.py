"""One frame of control passes, and the small records in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from generator.passes.effects import EffectMasks
    from generator.skeleton import Skeleton

__all__ = ["ContactPoint", "Crop", "FramePasses", "ObjectView"]

Box = tuple[float, float, float, float]
Float32 = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Crop:
    """A picture that is zero outside a rectangle: `values` (h, w) of its inside, whose first pixel is (`x`, `y`) [px]."""

    x: int
    y: int
    values: NDArray[np.generic]

    def full(self, shape: tuple[int, int]) -> NDArray[np.generic]:
        """The whole picture (H, W)."""
        out = np.zeros(shape, dtype=self.values.dtype)
        h, w = self.values.shape
        out[self.y : self.y + h, self.x : self.x + w] = self.values
        return out

    @staticmethod
    def of(picture: NDArray[np.generic], x: int = 0, y: int = 0) -> Crop:
        """The smallest rectangle around what is not zero; `x` and `y` are those of the picture's own first pixel."""
        rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
        if not len(rows):
            return Crop(x, y, picture[:0, :0].copy())
        (r0, r1), (c0, c1) = rows[[0, -1]], columns[[0, -1]]
        return Crop(x + int(c0), y + int(r0), picture[r0 : r1 + 1, c0 : c1 + 1].copy())


@dataclass(frozen=True)
class ObjectView:
    """A body on the picture. Boxes are (x0, y0, x1, y1) [px] from the left edge of the first pixel to the right edge of the last,
    None where nothing of it is seen. `box` and `centroid` [px] are of what is seen, `box_whole` of its outline with nothing before
    it and beyond the edges of the picture, `centroid_whole` of the amodal mask inside the picture. `area`, `area_whole` [px] within
    the picture. `center` is its centre of mass: x, y [px] and depth [m], NaN behind the camera. `visibility` is area / area_whole,
    0 where it is outside. `amodal` (h, w) bool, when asked."""

    name: str
    id: int
    category: str
    box: Box | None
    box_whole: Box | None
    centroid: tuple[float, float] | None
    centroid_whole: tuple[float, float] | None
    area: int
    area_whole: int
    center: tuple[float, float, float]
    visibility: float
    moves: bool
    amodal: Crop | None = None


@dataclass(frozen=True)
class ContactPoint:
    """A force-bearing contact that is under way in a frame: the point of first touch at `x`, `y` [px] and `depth` [m], its
    `position` in the world [m], the summed normal `impulse` of the whole episode [N s], how long it has lasted [s] (0 in the frame
    in which it begins), and whether one of both bodies is what is seen there."""

    body_a: str
    body_b: str
    x: float
    y: float
    depth: float
    position: tuple[float, float, float]
    impulse: float
    since: float
    visible: bool


@dataclass(frozen=True)
class FramePasses:
    """What the camera sees in one frame. Pixel (0, 0) has its centre at (0.5, 0.5), x right, y down. What was not asked for is
    None. Height H and width W in pixels:

    - `ids` (H, W) int32: column of the body in the trace, -1 sky, -2 painted scenery
    - `semantic` (H, W) uint8: number in `CATEGORIES`
    - `depth` (H, W) float32 [m] along the view axis, inf for sky
    - `normal`, `normal_camera` (H, W, 3) float32: unit, in the world (x right, y away, z up) and in the camera's frame (x right,
      y up, z towards the viewer), NaN for sky
    - `position` (H, W, 3) float32 [m] in the world, NaN for sky
    - `albedo` (H, W, 3) float32: linear reflectance 0..1, 0 for sky
    - `flow_forward`, `flow_backward` (H, W, 2) float32 [px], x right, y down: where the surface point goes in the next frame, where it
      was in the frame before (0 at the ends of the clip, NaN behind the camera); `hidden_forward`, `hidden_backward` (H, W) bool: it
      is not seen there (covered, outside the picture, or not there)
    - `objects`: every body that has an outline, in the order of the trace (not the level ground)
    - `contacts`: contacts under way
    - `temperature` (H, W) float32 [degC], NaN where none is computed
    - `skeletons`: human figures
    - `shaded` (H, W, 3) uint8 sRGB, `grey` (H, W) uint8, `scribble` (H, W) uint8 (255 on lines)
    - `effects`: body -> masks
    - `tracks` (N, 2) float32 [px] and `tracks_visible` (N,) bool of the points that `Passes.points` names
    """

    frame: int
    time: float
    ids: NDArray[np.int32] | None = None
    semantic: Bytes | None = None
    depth: Float32 | None = None
    normal: Float32 | None = None
    normal_camera: Float32 | None = None
    position: Float32 | None = None
    albedo: Float32 | None = None
    flow_forward: Float32 | None = None
    hidden_forward: Bools | None = None
    flow_backward: Float32 | None = None
    hidden_backward: Bools | None = None
    objects: tuple[ObjectView, ...] | None = None
    contacts: tuple[ContactPoint, ...] | None = None
    temperature: Float32 | None = None
    skeletons: tuple[Skeleton, ...] | None = None
    shaded: Bytes | None = None
    grey: Bytes | None = None
    scribble: Bytes | None = None
    effects: dict[str, EffectMasks] | None = None
    tracks: Float32 | None = None
    tracks_visible: Bools | None = None
    ids_of: dict[str, int] = field(default_factory=dict, repr=False)

    def mask(self, name: str) -> Bools:
        """Pixels (H, W) on which a body is seen. KeyError for a name that is not in the trace."""
        assert self.ids is not None, "ask for the ids"
        return np.asarray(self.ids == self.ids_of[name])
