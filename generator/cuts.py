"""Cuts: where one camera cannot show a small mover at the moments that matter, the clip cuts to a closer one for a while."""

from __future__ import annotations

import re
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
MOST_ALIKE = 3
MOST_MOMENTS, MOST_INSERTS = 4, 6
APART = 0.2  # [s]; touches that follow sooner are one moment


@dataclass(frozen=True)
class Insert:
    """A closer shot of movers in frames first..last, the first of them the one that needs it at the frames `at`; `pixels` [px] it would
    have been without, and `now` is."""

    movers: tuple[Mover, ...]
    first: int
    last: int
    at: tuple[int, ...]
    pixels: float
    now: float = 0.0

    @property
    def names(self) -> str:
        """The movers, for people."""
        return " & ".join(mover.name for mover in self.movers)


def moments(mover: Mover, trace: Trace, times: FloatArray) -> list[int]:
    """Frames at which a mover matters: its first hard touches, or without any the start, the middle and the end of its way; and when
    asked outcomes of it happened."""
    alive = np.flatnonzero(np.isfinite(mover.low).all(axis=1))
    if not len(alive):
        return []
    touches = trace.contacts_of(mover.name) if mover.name in trace else ()
    hits: list[float] = []
    for touch in sorted(c.t_start for c in touches if c.speed_before >= FELT):
        if not hits or touch - hits[-1] >= APART:
            hits.append(touch)
    hits = hits[:MOST_MOMENTS]
    if not hits:
        middle = (mover.low + mover.high)[alive] / 2
        way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(middle, axis=0), axis=1))])
        shares = (0.05, 0.5, 0.98) if way[-1] > 1e-6 else ()
        hits = [float(times[alive[np.searchsorted(way, share * way[-1])]]) for share in shares]
        hits = hits or [float(times[alive[len(alive) // 2]])]
    hits += [t for t in mover.asked if all(abs(t - hit) >= APART for hit in hits)]
    found = set()
    for frame in (int(np.abs(times - hit).argmin()) for hit in hits):
        near = int(alive[np.abs(alive - frame).argmin()])  # what breaks at the touch is gone a frame later
        if abs(near - frame) <= 2:
            found.add(near)
    return sorted(found)


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
    subject: Subject, shot: Shot, lens: Lens, trace: Trace, times: FloatArray, closer: Callable[[tuple[Mover, ...], slice], Shot], *,
    small: float, height: int, step: float,
) -> tuple[Shot, list[Insert]]:  # fmt: skip
    """The shot with closer ones cut in where a mover would be smaller than `small` [px] when it matters.

    `closer(movers, frames)` gives the closer shot of some frames, `step` is the time between frames of the clip [s]. Where others
    matter at about the same time, the closer shot shows them as well if it can, else the picture goes from one to the other.
    """
    if len(times) < 2:
        return shot, []
    needs = sorted(
        ((frame, mover) for mover in _singled_out(subject.movers) for frame in moments(mover, trace, times)),
        key=lambda need: need[0],
    )
    joined = _windows(needs, shot, lens, len(times), small=small, height=height, step=step)
    eye, target = shot.eye.copy(), shot.target.copy()
    done: list[Insert] = []
    for insert in joined[:MOST_INSERTS]:
        frames = slice(insert.first, insert.last + 1)
        inside = [(f, m) for f, m in needs if insert.first <= f <= insert.last]
        chosen = insert
        near = closer(insert.movers, frames)
        others = {m.name: m for _, m in inside if m.name != insert.movers[0].name}
        if others:
            together = (*insert.movers, *others.values())
            wide = closer(together, frames)
            if all(_within(m, wide, lens, f, insert.first, height) >= 0.9 * small for f, m in inside):
                near, chosen = wide, replace(insert, movers=together)
        now = min(_within(insert.movers[0], near, lens, f, insert.first, height) for f in insert.at)
        if now <= 1.3 * insert.pixels:
            continue
        eye[frames], target[frames] = near.eye, near.target
        done.append(replace(chosen, now=now))
    return replace(shot, eye=eye, target=target), done


def _singled_out(movers: tuple[Mover, ...]) -> list[Mover]:
    """Movers that are worth a shot of their own: no grains, and of many alike (marbles, the blocks of a tower) the first."""
    groups: dict[str, list[Mover]] = {}
    for mover in movers:
        if "/grain_" not in mover.name:
            groups.setdefault(re.sub(r"_\d+$", "", mover.name), []).append(mover)
    return [mover for alike in groups.values() for mover in (alike if len(alike) <= MOST_ALIKE else alike[:1])]


def _within(mover: Mover, shot: Shot, lens: Lens, frame: int, first: int, height: int) -> float:
    """`pixels_at` for a shot that begins at frame `first` of the clip."""
    alone = replace(mover, low=mover.low[first:], high=mover.high[first:])
    return pixels_at(alone, shot, lens, frame - first, height)


def _windows(
    needs: list[tuple[int, Mover]], shot: Shot, lens: Lens, count: int, *, small: float, height: int, step: float
) -> list[Insert]:
    """When to cut closer: around each moment at which a mover is too small, not longer than until another mover's turn."""
    joined: list[Insert] = []
    shortest = max(2, round(SHORTEST / 3 / step))
    served: dict[str, int] = {}
    waiting = [(f, m, seen) for f, m in needs if (seen := pixels_at(m, shot, lens, f, height)) < small]
    while waiting:
        # Of moments that come at once the mover has its turn that was shown least.
        at_once = [need for need in waiting if need[0] < waiting[0][0] + 2 * shortest]
        frame, mover, seen = need = min(at_once, key=lambda need: (served.get(need[1].name, 0), need[0]))
        waiting = [other for other in waiting if other is not need and other[0] >= min(frame, waiting[0][0])]
        first, last = max(0, frame - round(BEFORE / step)), min(count - 1, frame + round(AFTER / step))
        before = joined[-1] if joined else None
        if before is not None and before.movers[0].name == mover.name and first <= before.last + round(0.6 / step):
            joined[-1] = replace(
                before, last=max(before.last, last), at=(*before.at, frame), pixels=min(before.pixels, seen)
            )
            served[mover.name] = served.get(mover.name, 0) + 1
            continue
        if before is not None and first <= before.last:
            middle = (before.at[-1] + frame) // 2 + 1
            if frame - before.at[-1] < 2 * shortest:
                continue  # two at once: the picture has room for one of them, or shows both
            joined[-1] = replace(before, last=min(before.last, middle - 1))
            first = max(first, middle)
        if last - first < shortest:
            last = min(count - 1, first + shortest)
        joined.append(Insert((mover,), first, last, (frame,), seen))
        served[mover.name] = served.get(mover.name, 0) + 1
    return [_trimmed(insert, needs, shot, lens, small, height, shortest) for insert in joined]


def _trimmed(
    insert: Insert, needs: list[tuple[int, Mover]], shot: Shot, lens: Lens, small: float, height: int, shortest: int
) -> Insert:
    """The insert without the time at which another mover matters that the whole view shows large enough, where that is some time away."""
    first, last, at = insert.first, insert.last, insert.at
    for frame, mover in needs:
        if mover.name == insert.movers[0].name or not first <= frame <= last:
            continue
        if pixels_at(mover, shot, lens, frame, height) < small:
            continue
        earlier = tuple(f for f in at if f <= frame - shortest)
        if earlier and (len(earlier) == len(at) or len(earlier) > 1):  # its later moments give way to another mover's
            at = earlier
            last = min(last, max(at[-1] + shortest // 2, frame - shortest // 2) - 1)
        elif frame <= at[0] - shortest:
            first = max(first, min(at[0] - shortest // 2, frame + shortest // 2) + 1)
    return replace(insert, first=first, last=last, at=at)
