"""Moments that drivers wait for, noticed while the simulation runs, and the times at which they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenes.motion import Event
from scenes.scene import Scene
from sim.extent import lowest_points
from sim.world import World

if TYPE_CHECKING:
    from sim.contacts import ContactRecorder, Episode
    from sim.record import Samples

__all__ = ["BOUNCE_FRACTION", "BOUNCE_RISE", "Events"]

BOUNCE_RISE, BOUNCE_FRACTION = 0.005, 0.02  # [m], of the first drop


class _BounceWatch:
    """Counts the bounces of one body as they are confirmed: once it has risen enough above the place where it touched."""

    def __init__(self, column: int, low: float) -> None:
        self.column, self.peak = column, low
        self.first_drop: float | None = None
        self.open: Episode | None = None
        self.floor = low
        self.count = 0

    def on_sample(self, low: float, touching: bool, last: Episode | None) -> bool:
        if last is not None and last is not self.open and not touching:
            self.open = last
            self.floor = low
            if self.first_drop is None and self.peak - low >= BOUNCE_RISE:
                self.first_drop = self.peak - low
            self.peak = low
        self.peak = max(self.peak, low)
        if touching or self.open is None or self.first_drop is None:
            return False
        if low - self.floor >= max(BOUNCE_RISE, BOUNCE_FRACTION * self.first_drop) * 0.999:
            self.count += 1
            self.floor = np.inf  # counted: the next needs a new contact
            return True
        return False


class Events:
    """`times`: name -> time [s] of the event with its delay, for those that have happened."""

    def __init__(self, scene: Scene, world: World, contacts: ContactRecorder) -> None:
        self.world, self.contacts = world, contacts
        self.open: dict[str, Event] = dict(scene.events)
        self.times: dict[str, float] = {}
        self.changed = False
        self.bounces: dict[str, _BounceWatch] = {}
        self.had_contact: set[int] = set()
        for name, event in scene.events.items():
            if event.type == "time":
                self._fire(name, event.time or 0.0)
        self.watching = any(event.type in {"bounce", "rest", "reach", "clear"} for event in self.open.values())

    def _fire(self, name: str, time: float) -> None:
        event = self.open.pop(name)
        self.times[name] = round(time + event.delay, 9)
        self.changed = True

    def _column(self, name: str | None) -> int | None:
        return self.world.column.get(name) if name is not None else None

    def on_contacts(self, step: int) -> None:
        """New episodes: contact events fire at once."""
        for episode in self.contacts.fresh:
            pair = {episode.a, episode.b}
            self.had_contact |= pair
            for name, event in list(self.open.items()):
                if event.type != "contact" or self._column(event.a) not in pair:
                    continue
                if event.b is None or self._column(event.b) in pair:
                    self._fire(name, step * self.world.dt)
        self.contacts.fresh.clear()

    def on_sample(self, step: int, samples: Samples) -> None:
        """Bounces, rests, reaches and clears, looked for at every sample."""
        now = step * self.world.dt
        for name, event in list(self.open.items()):
            column = self._column(event.a)
            if column is None:
                continue
            if event.type == "bounce":
                if self._bounced(event, column, samples, step):
                    self._fire(name, now)
            elif event.type == "rest":
                if now - samples.quiet_since[column] >= 0.5 and now > 0.5:
                    self._fire(name, now)
            elif event.type == "reach":
                other = self._column(event.b)
                if other is not None and np.linalg.norm(samples.position(column) - samples.position(other)) <= (
                    event.distance or 0.0
                ):
                    self._fire(name, now)
            elif event.type == "clear" and (column in self.had_contact or column in self.world.supported):
                others = [e for e in self.contacts.current.values() if column in (e.a, e.b)]
                if event.b is not None:
                    others = [e for e in others if self._column(event.b) in (e.a, e.b)]
                began = others or now > 0.05
                if began and all(step - e.last > self.contacts.gap for e in others):
                    self._fire(name, now)

    def _bounced(self, event: Event, column: int, samples: Samples, step: int) -> bool:
        entry = self.world.entries[column]
        at, turn = self.world.pose(entry)
        low = float(lowest_points(entry.shape, at[None], turn[None])[0])
        watch = self.bounces.setdefault(event.a or "", _BounceWatch(column, low))
        mine = [e for e in self.contacts.current.values() if column in (e.a, e.b)]
        last = max(mine, key=lambda e: (e.last, e.first), default=None)
        watch.on_sample(low, last is not None and step - last.last <= 1, last)
        return watch.count >= event.count
