"""Cuts: where one camera cannot show a small mover at the moments that matter, the clip cuts to a closer one for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from generator import framing
from generator.framing import Lens, Mover, Shot, Subject
from sim.trace import Trace

__all__ = ["Insert", "moments", "pixels_at", "with_cuts"]

FloatArray = NDArray[np.float64]
FELT = 0.3  # [m/s]; slower touches are not looked at
BEFORE, AFTER, SHORTEST = 0.35, 0.65, 0.9  # [s] of the clip
MOST_MOMENTS, MOST_INSERTS = 4, 5


@dataclass(frozen=True)
class Insert:
    """A closer shot of a mover in frames first..last; `pixels` [px] it would have been without, and `now` is."""

    mover: Mover
    first: int
    last: int
    pixels: float
    now: float = 0.0


def moments(mover: Mover, trace: Trace, times: FloatArray) -> list[int]:
    """Frames at which a mover matters: its first hard touches, or without any, the start, the middle and the end of its way."""
    alive = np.flatnonzero(np.isfinite(mover.low).all(axis=1))
    if not len(alive):
        return []
    hits = [c.t_start for c in trace.contacts_of(mover.name) if c.speed_before >= FELT] if mover.name in trace else []
    if hits:
        frames = [int(np.abs(times - hit).argmin()) for hit in hits]
        nearest = [
            int(alive[np.abs(alive - frame).argmin()]) for frame in frames
        ]  # what breaks at the touch is gone a frame later
        return sorted({near for near, frame in zip(nearest, frames, strict=True) if abs(near - frame) <= 2})[
            :MOST_MOMENTS
        ]
    middle = (mover.low + mover.high)[alive] / 2
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(middle, axis=0), axis=1))])
    if way[-1] < 1e-6:
        return [int(alive[len(alive) // 2])]
    return sorted({int(alive[np.searchsorted(way, share * way[-1])]) for share in (0.05, 0.5, 0.98)})


def pixels_at(mover: Mover, shot: Shot, lens: Lens, frame: int, height: int) -> float:
    """How large [px] a mover looks in a frame; 0 where its middle is outside the picture."""
    middle = (mover.low[frame] + mover.high[frame]) / 2
    forward = shot.target[frame] - shot.eye[frame]
    axes = framing.camera_axes(forward, framing.steady_up(forward[None])[0])
    x, y, z = axes @ (middle - shot.eye[frame])
    if z <= 0 or abs(x) > lens.slopes[0] * z or abs(y) > lens.slopes[1] * z:
        return 0.0
    return float(mover.size * height / 2 / lens.slopes[1] / z)


def with_cuts(
    subject: Subject, shot: Shot, lens: Lens, trace: Trace, times: FloatArray, closer: Callable[[Mover, slice], Shot], *, small: float, height: int,
    step: float,
) -> tuple[Shot, list[Insert]]:  # fmt: skip
    """The shot with closer ones cut in where a mover would be smaller than `small` [px] when it matters.

    `closer(mover, frames)` gives the closer shot of some frames, `step` is the time between frames of the clip [s].
    """
    if len(times) < 2:
        return shot, []
    wanted: list[Insert] = []
    for mover in subject.movers:
        for frame in moments(mover, trace, times):
            seen = pixels_at(mover, shot, lens, frame, height)
            if seen >= small:
                continue
            first, last = frame - round(BEFORE / step), frame + round(AFTER / step)
            wanted.append(Insert(mover, max(0, first), min(len(times) - 1, last), seen))
    wanted.sort(key=lambda insert: (insert.first, insert.pixels))
    joined: list[Insert] = []
    for insert in wanted:
        before = joined[-1] if joined else None
        if (
            before is not None
            and before.mover.name == insert.mover.name
            and insert.first <= before.last + round(0.6 / step)
        ):
            joined[-1] = replace(before, last=max(before.last, insert.last), pixels=min(before.pixels, insert.pixels))
        elif before is not None and insert.first <= before.last:
            middle = (max(insert.first, before.first) + before.last) // 2 + 1
            if middle - before.first < round(0.5 / step) or insert.last - middle < round(0.4 / step):
                continue  # two at once: the picture has room for one of them
            joined[-1] = replace(before, last=middle - 1)
            joined.append(replace(insert, first=middle))
        else:
            joined.append(insert)
    eye, target = shot.eye.copy(), shot.target.copy()
    done = []
    for insert in joined[:MOST_INSERTS]:
        frames = slice(insert.first, insert.last + 1)
        near = closer(insert.mover, frames)
        place = (insert.first + insert.last) // 2 - insert.first
        cut = replace(insert.mover, low=insert.mover.low[frames], high=insert.mover.high[frames])
        now = pixels_at(cut, near, lens, min(place, len(near.eye) - 1), height)
        if now <= 1.3 * insert.pixels:
            continue
        eye[frames], target[frames] = near.eye, near.target
        done.append(replace(insert, now=now))
    return replace(shot, eye=eye, target=target), done
