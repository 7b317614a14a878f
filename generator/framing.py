"""Framing: what has to be in the picture, the nearest camera that sees it, and cameras that follow."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from generator.asked import asked_times, fills
from generator.geometry import Poses, body_bounds, is_ground
from scenes.bodies import RigidBody
from scenes.scene import Scene
from scenes.wheels import wheels
from sim.trace import Trace

__all__ = ["Lens", "Mover", "Shot", "Subject", "camera_axes", "fit", "fixed_shot", "subject_of", "tracking_shot"]

FloatArray = NDArray[np.float64]
PROMINENT = 2.0  # times larger
COMPANION, NEAR = 0.35, 5.0  # of the size of the larger one: at most that large, and never farther away
MARGIN = (0.86, 0.80)  # share of the half picture that the subject may fill, across and up


@dataclass(frozen=True)
class Lens:
    """Vertical field of view [deg] and width over height."""

    fov: float
    aspect: float

    @property
    def slopes(self) -> tuple[float, float]:
        """Tangent of the half angles across and up."""
        up = math.tan(math.radians(self.fov) / 2)
        return up * self.aspect, up


@dataclass(frozen=True)
class Mover:
    name: str
    low: FloatArray  # (F, 3) [m], NaN where not alive
    high: FloatArray
    size: float  # [m], geometric mean of the two longer sides of its box: how large it looks
    asked: tuple[float, ...] = ()  # [s] when asked outcomes of it happened


@dataclass(frozen=True)
class Subject:
    """What has to be seen: `must` (K, 3) corners of all that moves, with where it starts and lands; `context` (M, 3) of
    what stands around."""

    movers: tuple[Mover, ...]
    must: FloatArray
    context: FloatArray
    surroundings: FloatArray  # the same, with all of what stands there
    ground: float | None
    vertical: bool
    travels: bool
    small: str
    prominence: float = (
        1.0  # how much larger than other things it is to be shown: what lives or drives is what a clip is about
    )
    core: Subject | None = None  # without the ways of movers long after their last touch of anything; None: the same
    leaving: str = ""


@dataclass(frozen=True)
class Shot:
    """Eye and target (F, 3) [m] before camera moves; `turned` [deg] away from the asked side so that nothing hides the
    movers."""

    eye: FloatArray
    target: FloatArray
    turned: float = 0.0


def camera_axes(forward: FloatArray, up: FloatArray) -> FloatArray:
    """Rows right, up, forward (3, 3) of a camera that looks along `forward` with `up` upward in the picture."""
    f = forward / np.linalg.norm(forward)
    right = np.cross(f, up)
    right = right / np.linalg.norm(right)
    return np.stack([right, np.cross(right, f), f])


def steady_up(forward: FloatArray) -> FloatArray:
    """Up vectors (F, 3): z, or y when the camera looks (almost) straight down or up."""
    steep = np.abs(forward[:, 2]) / np.linalg.norm(forward, axis=1) > 0.985
    return np.where(steep[:, None], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0])


def _corners(low: FloatArray, high: FloatArray) -> FloatArray:
    """The eight corners (8, 3) of a box."""
    grid = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
    return low + grid * (high - low)


def _world_boxes(poses: Poses, column: int, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Axis-aligned boxes (F, 3), (F, 3) of a body over the frames; NaN where it is not alive."""
    corners = _corners(low, high)
    placed = np.einsum("fij,fkj->fki", poses.rotation[:, column], corners[None] * poses.scale[:, column][:, None])
    placed = placed + poses.position[:, column][:, None]
    placed[~poses.alive[:, column]] = np.nan
    return placed.min(axis=1), placed.max(axis=1)


def _with_pieces(mover: Mover, movers: list[Mover], scene: Scene) -> Mover:
    """A mover that breaks, with the box of its pieces that stay near from then on."""
    pieces = [m for m in _staying(movers, scene) if getattr(scene.bodies[m.name], "parent", None) == mover.name]
    gone = np.asarray(~np.isfinite(mover.low).all(axis=1))
    if not pieces or not gone.any():
        return mover
    low, high = np.fmin.reduce([m.low for m in pieces]), np.fmax.reduce([m.high for m in pieces])
    return replace(mover, low=np.where(gone[:, None], low, mover.low), high=np.where(gone[:, None], high, mover.high))


def _above(mover: Mover, ground: float) -> Mover:
    """A mover until it falls off the end of the ground: after that there is nothing to see."""
    below = mover.high[:, 2] < ground - 2 * mover.size
    below[0] = False
    if not below.any():
        return mover
    gone = np.arange(len(below)) >= int(below.argmax())
    return replace(
        mover, low=np.where(gone[:, None], np.nan, mover.low), high=np.where(gone[:, None], np.nan, mover.high)
    )


def _lively(body: object) -> bool:
    return body.kind == "figure" or (isinstance(body, RigidBody) and len(wheels(body.shape)) > 1)  # type: ignore[attr-defined]


def _with_companions(movers: list[Mover], scene: Scene) -> list[Mover]:
    """A small figure that keeps near a larger one all the time (a butterfly before a dog) is seen with it, and not on its own."""
    figures = [m for m in movers if scene.bodies[m.name].kind == "figure"]
    joined: dict[str, Mover] = {}
    for small in figures:
        for large in figures:
            if small.size >= COMPANION * large.size:
                continue
            low, high = joined.get(large.name, large).low, joined.get(large.name, large).high
            gap = np.linalg.norm((small.low + small.high - large.low - large.high) / 2, axis=1)
            if not np.isfinite(gap).all() or float(gap.max()) > NEAR * large.size:
                continue
            joined[large.name] = replace(large, low=np.fmin(low, small.low), high=np.fmax(high, small.high))
            joined[small.name] = replace(small, size=0.0)
            break
    return [joined.get(m.name, m) for m in movers if joined.get(m.name, m).size > 0]


def _staying(movers: list[Mover], scene: Scene) -> list[Mover]:
    """Fragments that do not fly far: three quarters of them, those that go the shortest way."""
    pieces = [m for m in movers if getattr(scene.bodies[m.name], "parent", None) is not None]
    ways = []
    for piece in pieces:
        middle = ((piece.low + piece.high) / 2)[np.isfinite(piece.low).all(axis=1)]
        ways.append(float(np.linalg.norm(middle[-1] - middle[0])) if len(middle) else 0.0)
    far = float(np.quantile(ways, 0.75)) if ways else 0.0
    return [piece for piece, way in zip(pieces, ways, strict=True) if way <= far]


def subject_of(scene: Scene, poses: Poses, trace: Trace) -> Subject:
    """Movers and what stands around them, from the poses of all frames."""
    movers, standing, ground = [], [], None
    asked = asked_times(scene, trace)
    warm = set(scene.thermal.bodies) if scene.thermal is not None else set()
    warm |= {array.owner for key, array in trace.extra.items() if key == "temperature" and array.owner}
    cells = trace.extra.get("temperature_body")
    if cells is not None:
        warm |= {
            n if isinstance(n, str) else trace.names[int(n)]
            for n in np.unique(cells.data).tolist()
            if isinstance(n, str) or n >= 0
        }
    for column, name in enumerate(trace.names):
        body = scene.bodies.get(name)
        box = body_bounds(body)
        if body is None or box is None or not poses.alive[:, column].any():
            continue
        low, high = _world_boxes(poses, column, *box)
        if isinstance(body, RigidBody) and body.shape.type == "sphere":  # as wide from every side, however it is turned
            middle, half = (low + high) / 2, poses.scale[:, column] * body.shape.radius
            low, high = middle - half, middle + half
        if is_ground(name, body):
            top = float(np.nanmax(high[:, 2]))
            ground = top if ground is None else max(ground, top)
            continue
        extent = np.sort((box[1] - box[0]) * np.max(poses.scale[:, column], axis=0))
        moved = float(np.linalg.norm(np.nanmax(low, axis=0) - np.nanmin(low, axis=0)))
        fixed = isinstance(body, RigidBody) and body.fixed
        appears = not poses.alive[:, column].all()
        changes = moved > max(0.004, 0.01 * extent[-1]) or appears
        if (changes and not fixed) or name in warm:
            size = fills(body) * float(math.sqrt(extent[1] * extent[2]))
            movers.append(Mover(name, low, high, size, asked.get(name, ())))
        else:
            standing.append((name, np.nanmin(low, axis=0), np.nanmax(high, axis=0), fixed))
    for name, body in scene.bodies.items():
        box = body_bounds(body) if name not in trace.names else None
        if box is not None:  # painted, and still worth seeing: a flame
            standing.append((name, np.asarray(body.position) + box[0], np.asarray(body.position) + box[1], True))
    movers = _with_companions([_with_pieces(mover, movers, scene) for mover in movers], scene)
    if ground is not None:
        movers = [_above(mover, ground) for mover in movers]
    if not movers and not standing:
        middle = np.array([0.0, 0.0, (ground or 0.0) + 0.5])
        must = _corners(middle - 0.5, middle + 0.5)
        return Subject((), must, np.empty((0, 3)), np.empty((0, 3)), ground, False, False, "the scene")
    if not movers:
        boxes = np.concatenate([_corners(low, high) for _, low, high, _ in standing])
        return Subject((), boxes, np.empty((0, 3)), np.empty((0, 3)), ground, False, False, standing[0][0])
    main = [m for m in movers if getattr(scene.bodies[m.name], "parent", None) is None] or movers
    low = np.min([np.nanmin(m.low, axis=0) for m in main], axis=0)
    high = np.max([np.nanmax(m.high, axis=0) for m in main], axis=0)
    keep = np.linspace(0, len(poses) - 1, min(len(poses), 60)).round().astype(int)
    points = [
        np.concatenate(
            [_corners(m.low[f], m.high[f]) for f in keep if np.isfinite(m.low[f]).all()] or [np.empty((0, 3))]
        )
        for m in [*main, *_staying(movers, scene)]
    ]
    if ground is not None and low[2] - ground < 0.35 * float((high - low).max()):
        shadow = np.concatenate(points)
        points.append(np.column_stack([shadow[:, :2], np.full(len(shadow), ground)]))
    context, around = [], []
    reach = max(float((high - low).max()), 3 * max(m.size for m in main))
    for _, box_low, box_high, fixed in standing:
        around.append(_corners(box_low, box_high))
        gap = float(np.maximum(np.maximum(box_low - high, low - box_high), 0.0).max())
        if not fixed and gap < 2.5 * reach:
            points.append(_corners(box_low, box_high))  # it was asked for, though it does not move
            continue
        near_low, near_high = np.maximum(box_low, low - 0.3 * reach), np.minimum(box_high, high + 0.3 * reach)
        if (near_low < near_high).all():
            context.append(_corners(near_low, near_high))
    rise = float(
        max(
            np.nanmax(m.high[:, 2]) - np.nanmin(m.low[:, 2]) - (m.high - m.low)[:, 2][np.isfinite(m.high[:, 2])].min()
            for m in main
        )
    )
    run = float(max(np.linalg.norm((np.nanmax(m.low, axis=0) - np.nanmin(m.low, axis=0))[:2]) for m in main))
    smallest = min(main, key=lambda m: m.size)
    travels = max(rise, run) > 2 * smallest.size
    vertical = rise > 0.15 * max(run, smallest.size)
    none = np.empty((0, 3))
    near = np.concatenate(context) if context else none
    everything = np.concatenate(around) if around else none
    lively = all(_lively(scene.bodies[m.name]) for m in main)
    whole = Subject(
        tuple(main), np.concatenate(points), near, everything, ground, vertical, travels, smallest.name,
        PROMINENT if lively else 1.0,
    )  # fmt: skip
    core, leaving = _core(whole, poses, trace)
    return replace(whole, core=core, leaving=leaving)


def _core(whole: Subject, poses: Poses, trace: Trace) -> tuple[Subject | None, str]:
    """The subject until a second after each mover's last new touch, and who goes on farthest after that."""
    if len(whole.movers) < 2 or not trace.contacts:
        return None, ""
    movers, points, farthest, leaving = [], [], 0.0, ""
    for mover in whole.movers:
        end = max((c.t_start for c in trace.contacts_of(mover.name)), default=0.0) + 1.0
        early = (poses.time <= end) & np.isfinite(mover.low).all(axis=1)
        if not early.any():
            continue
        last = int(np.flatnonzero(early)[-1])
        movers.append(
            replace(
                mover,
                low=np.where(early[:, None], mover.low, np.nan),
                high=np.where(early[:, None], mover.high, np.nan),
            )
        )
        points.append(np.concatenate([_corners(mover.low[f], mover.high[f]) for f in np.flatnonzero(early)]))
        beyond = float(np.nanmax(np.linalg.norm(mover.low[last:] - mover.low[last], axis=1)))
        if beyond > farthest:
            farthest, leaving = beyond, mover.name
    if not leaving:
        return None, ""
    return replace(whole, movers=tuple(movers), must=np.concatenate(points)), leaving


def natural_elevation(subject: Subject) -> float:
    """Elevation of the eye [deg]: nearly level for tall scenes, higher for flat ones so that the ground shows where
    things go."""
    if subject.movers and not subject.vertical:
        return 12.5
    points = np.concatenate([subject.must, subject.context])
    extent = np.ptp(points, axis=0)
    tall = extent[2] / max(float(extent[0]), float(extent[1]), 1e-9)
    return float(np.interp(tall, [0.15, 0.6, 1.6], [15.0, 10.0, 6.0]))


def elevation_from(subject: Subject, lens: Lens, azimuth: float, height: float) -> float:
    """Elevation [deg] of the nearest fixed camera that sees the subject from `height` [m]: what someone who stands there sees."""
    low, high = -10.0, 80.0
    for _ in range(40):
        middle = (low + high) / 2
        eye = fixed_shot(subject, lens, azimuth, middle, 1.0, 1).eye[0]
        low, high = (low, middle) if eye[2] > height else (middle, high)
    return (low + high) / 2


def _direction(azimuth: float, elevation: float) -> FloatArray:
    """Unit vector from the eye to the target for an eye turned by `azimuth` from -y towards +x and raised by
    `elevation` [deg]."""
    a, e = math.radians(azimuth), math.radians(elevation)
    return np.array([-math.sin(a) * math.cos(e), math.cos(a) * math.cos(e), -math.sin(e)])


def fit(
    points: FloatArray, forward: FloatArray, lens: Lens, *, margin: tuple[float, float] = MARGIN
) -> tuple[FloatArray, FloatArray]:
    """Eye and target (3,) [m] of the nearest camera that looks along `forward` and has all points within the margins
    (exact, no search).

    With x, y, z along right, up, forward, |x - ex| <= a (z - ez) for all points bounds ez from above and leaves an
    interval for ex.
    """
    axes = camera_axes(forward, steady_up(forward[None])[0])
    local = points @ axes.T
    bounds = []
    for axis in (0, 1):
        slope = lens.slopes[axis] * margin[axis]
        bounds.append(
            (
                float((local[:, axis] - slope * local[:, 2]).max()),
                float((-local[:, axis] - slope * local[:, 2]).max()),
                slope,
            )
        )
    depth = min(-(a + b) / (2 * slope) for a, b, slope in bounds)
    depth = min(
        depth, float(local[:, 2].min() - 0.05 * np.ptp(points, axis=0).max())
    )  # points in a line with the eye stay before it
    # Where the other direction decides how near it is, there is room left in this one: as much before as behind.
    across, up = (
        _centred(local[:, axis], local[:, 2] - depth, (a + slope * depth, -b - slope * depth))
        for axis, (a, b, slope) in enumerate(bounds)
    )
    middle = float(local[:, 2].mean())
    eye = axes.T @ np.array([across, up, depth])
    return eye, eye + axes[2] * max(middle - depth, 1e-3)


def _centred(places: FloatArray, depths: FloatArray, between: tuple[float, float]) -> float:
    """The place of the eye on an axis, `between` two bounds, from which points seen at `depths` (K,) reach as far to one side of the
    picture as to the other."""
    low, high = between
    for _ in range(50):
        middle = (low + high) / 2
        seen = (places - middle) / depths
        if seen.max() + seen.min() > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def fixed_shot(
    subject: Subject, lens: Lens, azimuth: float, elevation: float, room: float, frames: int, *, closely: bool = False
) -> Shot:
    """One camera for all frames. `room` > 1 leaves space around; `closely` leaves out what only stands around."""
    points = subject.must if closely else np.concatenate([subject.must, subject.context])
    if azimuth == 0 and not subject.vertical and subject.movers:
        mirrored = np.concatenate([points, points * [-1, 1, 1]])
        if np.ptp(mirrored[:, 0]) < 2.2 * np.ptp(points[:, 0]):
            points = mirrored  # a layout from the edge of the picture to its centre keeps its places
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    smallest = 1.6 * max((m.size for m in subject.movers), default=0.0)
    if smallest and np.ptp(points, axis=0).max() < smallest:
        points = np.concatenate([points, _corners(centre - smallest / 2, centre + smallest / 2)])
    eye, target = fit(points, _direction(azimuth, elevation), lens)
    eye = target + (eye - target) * room
    return Shot(np.repeat(eye[None], frames, axis=0), np.repeat(target[None], frames, axis=0))


def smallest_pixels(subject: Subject, shot: Shot, lens: Lens, height: int) -> float:
    """How large [px] the smallest mover is where it is farthest away; infinite without movers."""
    found = math.inf
    for mover in subject.movers:
        middle = (mover.low + mover.high) / 2
        distance = np.linalg.norm(middle - shot.eye, axis=1)
        if np.isfinite(distance).any():
            found = min(found, mover.size * height / 2 / lens.slopes[1] / float(np.nanmax(distance)))
    return found


def _smooth(values: FloatArray, sigma: float) -> FloatArray:
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(values, sigma, axis=0, mode="nearest") if sigma > 0.05 else values


def tracking_shot(
    subject: Subject,
    lens: Lens,
    azimuth: float,
    elevation: float,
    pixels: float,
    height: int,
    times: FloatArray,
    *,
    closely: bool = False,
) -> Shot:
    """A camera that follows the movers smoothly and shows the smallest of them at about `pixels` where the others leave
    room for it.

    Each frame looks at the box of the movers over a window of time around it, longer where they are slow: a fast fall
    is followed closely and the bounces after it are seen whole. Where smoothing would lose a mover the camera steps
    back.
    """
    axes = camera_axes(_direction(azimuth, elevation), steady_up(_direction(azimuth, elevation)[None])[0])
    lows = np.fmin.reduce([m.low for m in subject.movers])
    highs = np.fmax.reduce([m.high for m in subject.movers])
    known = np.isfinite(lows).all(axis=1)
    frames = np.arange(len(times))
    lows = np.stack([np.interp(frames, frames[known], lows[known, k]) for k in range(3)], axis=1)
    highs = np.stack([np.interp(frames, frames[known], highs[known, k]) for k in range(3)], axis=1)
    smallest = min(m.size for m in subject.movers)
    view = (
        smallest * height / pixels * (0.32 if closely else 1.0)
    )  # [m] height of the picture that makes the smallest mover that large
    inner = np.array([view * lens.aspect, view]) * np.array(MARGIN)
    step = times[1] - times[0] if len(times) > 1 else 1.0
    longest = max(1, round(0.9 / step))
    middle = np.empty((len(times), 3))
    for i in frames:
        low, high = lows[i], highs[i]
        for k in range(1, longest + 1):
            a, b = max(i - k, 0), min(i + k + 1, len(times))
            wider_low, wider_high = lows[a:b].min(axis=0), highs[a:b].max(axis=0)
            seen = np.ptp(_corners(wider_low, wider_high) @ axes.T, axis=0)
            if seen[0] > inner[0] or seen[1] > inner[1]:
                break
            low, high = wider_low, wider_high
        middle[i] = (low + high) / 2
    # Smoothing lags where the motion turns at once (a bounce): the faster, the less of it, or the picture would have to
    # be wide.
    pace = float(np.linalg.norm(np.diff(middle, axis=0), axis=1).max() / step) if len(times) > 1 else 0.0
    least = min(0.05, 0.6 * view / max(pace, 1e-9))
    sigma = float(np.clip(0.35 * view / max(pace, 1e-9), least, 0.16)) / step
    target = _smooth(middle, sigma)
    corners = np.stack([_corners(low, high) for low, high in zip(lows, highs, strict=True)])
    if subject.ground is not None:
        # The ground stays in the lower part of the picture while the motion is near it.
        near = np.clip(target[:, 2], subject.ground + 0.30 * view, None)
        target[:, 2] = _smooth(near, sigma / 2)
    from scipy.ndimage import maximum_filter1d

    local = (corners - target[:, None]) @ axes.T
    slopes = np.array(lens.slopes) * np.array(MARGIN)
    needed = (np.abs(local[..., :2]) / slopes - local[..., 2:]).max(axis=(1, 2))
    wanted = np.maximum(needed, view / 2 / lens.slopes[1])
    distance = np.maximum(_smooth(maximum_filter1d(wanted, max(1, int(2 * sigma) | 1), mode="nearest"), sigma), needed)
    return Shot(target - axes[2] * distance[:, None], target)


def with_move(shot: Shot, move: str, lens: Lens, frames: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Eye, target (F, 3) [m] and vertical field of view (F,) [deg] after a slow camera move asked by the text."""
    share = np.linspace(0, 1, frames) if frames > 1 else np.zeros(1)
    ease = share * share * (3 - 2 * share)
    eye, target, fov = shot.eye.copy(), shot.target.copy(), np.full(frames, lens.fov)
    forward = target - eye
    if move in {"pan_left", "pan_right"}:
        sign = 1.0 if move == "pan_left" else -1.0
        angle = sign * np.radians(12.0) * (ease - 0.5)
        c, s = np.cos(angle), np.sin(angle)
        turned = np.stack(
            [c * forward[:, 0] - s * forward[:, 1], s * forward[:, 0] + c * forward[:, 1], forward[:, 2]], axis=1
        )
        eye = eye - 0.18 * forward
        target = eye + turned
    elif move in {"zoom_in", "zoom_out"}:
        factor = 1 - 0.35 * (ease if move == "zoom_in" else 1 - ease)
        fov = np.degrees(2 * np.arctan(np.tan(np.radians(lens.fov) / 2) * factor))
    elif move == "orbit":
        angle = np.radians(50.0) * (ease - 0.5)
        c, s = np.cos(angle), np.sin(angle)
        back = -forward * 1.08
        eye = target + np.stack([c * back[:, 0] - s * back[:, 1], s * back[:, 0] + c * back[:, 1], back[:, 2]], axis=1)
    return eye, target, fov


def above_ground(eye: FloatArray, target: FloatArray, subject: Subject) -> FloatArray:
    """The eye lifted where it would be in or under the ground."""
    if subject.ground is None:
        return eye
    distance = np.linalg.norm(target - eye, axis=1)
    eye = eye.copy()
    eye[:, 2] = np.maximum(eye[:, 2], subject.ground + np.maximum(0.015 * distance, 0.004))
    return eye
