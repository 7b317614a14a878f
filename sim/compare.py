"""Two traces side by side: how far apart each body is, which contacts match, and what became of the energy."""

from __future__ import annotations

import html
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.errors import UserError
from sim.trace import Contact, Trace

__all__ = ["IMPACT", "BodyDifference", "ContactMatch", "TraceComparison", "compare", "identical"]

FloatArray = NDArray[np.float64]
APART = 1e-3  # [m] from which on two bodies count as having parted
IMPACT = 0.05  # [m/s] closing speed of a contact that is matched
WINDOW = 0.5  # [s] contacts further apart are two different ones
MOST = 120  # impacts of one pair of bodies that are matched


@dataclass(frozen=True)
class BodyDifference:
    """One body in both traces, over the common times: root mean square, largest and final distance of its centre [m], when it was largest [s],
    when it first came to more than 1 mm [s] (None: never), largest difference of the speed [m/s] and of its kinetic energy [J]."""

    name: str
    position_rms: float
    position_max: float
    position_max_at: float
    position_end: float
    parts_at: float | None
    speed_max: float
    kinetic_energy_max: float


@dataclass(frozen=True)
class ContactMatch:
    """An impact of two bodies in both traces; None on the side where it did not happen. Times [s] and closing speeds [m/s]."""

    bodies: tuple[str, str]
    time: float | None
    other_time: float | None
    speed: float | None
    other_speed: float | None

    @property
    def later(self) -> float | None:
        """How much later it happened in the other trace [s]."""
        return None if self.time is None or self.other_time is None else self.other_time - self.time


@dataclass(frozen=True)
class TraceComparison:
    """What `trace.compare(other)` returns. `energy` and `other_energy` are the totals [J] at the first and last common frame."""

    bodies: tuple[BodyDifference, ...]
    contacts: tuple[ContactMatch, ...]
    only_here: tuple[str, ...]
    only_there: tuple[str, ...]
    duration: float  # [s] compared
    energy: tuple[float, float] | None = None
    other_energy: tuple[float, float] | None = None
    temperature_max: dict[str, float] | None = None  # largest difference of a body's mean temperature [K]
    identical: bool = False

    @property
    def matched(self) -> tuple[ContactMatch, ...]:
        """The impacts that happened in both."""
        return tuple(match for match in self.contacts if match.later is not None)

    def table(self) -> list[dict[str, Any]]:
        """A row for each body: its differences, and how many of its impacts happened in both, only here, only there."""
        rows = []
        for body in self.bodies:
            mine = [match for match in self.contacts if body.name in match.bodies]
            rows.append(
                {
                    **body.__dict__,
                    "impacts_matched": sum(match.later is not None for match in mine),
                    "impacts_only_here": sum(match.other_time is None for match in mine),
                    "impacts_only_there": sum(match.time is None for match in mine),
                }
            )
        return rows

    def to_pandas(self) -> Any:
        """`table()` as a pandas frame. UserError when pandas is not installed."""
        from sim.tables import need

        return need("pandas", "A table of the comparison").DataFrame(self.table())

    def __str__(self) -> str:
        if self.identical:
            return f"The two traces are the same, bit for bit, over {self.duration:.2f} s."
        lines = [f"Compared over {self.duration:.2f} s."]
        for body in sorted(self.bodies, key=lambda body: -body.position_max):
            if body.position_max == 0 and body.speed_max == 0:
                continue
            parts = "never apart by more than 1 mm" if body.parts_at is None else f"part at {body.parts_at:.2f} s"
            lines.append(
                f"  {body.name}: {parts}; apart by {_length(body.position_rms)} (rms), {_length(body.position_max)} at most "
                f"({body.position_max_at:.2f} s), {_length(body.position_end)} at the end"
            )
        if len(lines) == 1:
            lines.append("  Every common body moves alike.")
        late = [abs(match.later) for match in self.matched if match.later is not None]
        if self.contacts:
            lines.append(
                f"  {len(self.matched)} impacts in both{f' (up to {max(late):.3f} s apart)' if late else ''}, "
                f"{sum(m.other_time is None for m in self.contacts)} only here, {sum(m.time is None for m in self.contacts)} only there"
            )
        if self.energy is not None and self.other_energy is not None:
            lines.append(
                f"  Energy: {self.energy[0]:.4g} to {self.energy[1]:.4g} J here, {self.other_energy[0]:.4g} to {self.other_energy[1]:.4g} J there"
            )
        for name, kelvin in (self.temperature_max or {}).items():
            lines.append(f"  {name}: mean temperature differs by up to {kelvin:.3g} K")
        for names, where in ((self.only_here, "here"), (self.only_there, "there")):
            if names:
                lines.append(f"  Only {where}: {', '.join(names[:8])}{', ...' if len(names) > 8 else ''}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        heads = (
            "body",
            "rms [m]",
            "most [m]",
            "at the end [m]",
            "parts at [s]",
            "impacts in both",
            "only here",
            "only there",
        )
        cells = "".join(
            "<tr>"
            + "".join(
                f"<td>{html.escape(str(value))}</td>"
                for value in (
                    row["name"], f"{row['position_rms']:.4g}", f"{row['position_max']:.4g}", f"{row['position_end']:.4g}",
                    "" if row["parts_at"] is None else f"{row['parts_at']:.2f}", row["impacts_matched"], row["impacts_only_here"],
                    row["impacts_only_there"],
                )
            )
            + "</tr>"
            for row in self.table()
        )  # fmt: skip
        head = "".join(f"<th>{name}</th>" for name in heads)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{cells}</tbody></table>"


def _length(metres: float) -> str:
    return f"{metres * 1000:.3g} mm" if metres < 0.1 else f"{metres:.3g} m"


def identical(a: Trace, b: Trace) -> bool:
    """Whether two traces hold the same bits: arrays, contacts, extra arrays and meta."""
    plain = ("time", "alive", "position", "orientation", "linear_velocity", "angular_velocity", "scale", "mass")
    return (
        a.names == b.names
        and all(_same_bits(getattr(a, name), getattr(b, name)) for name in plain)
        and a.contacts == b.contacts
        and sorted(a.extra) == sorted(b.extra)
        and all(
            _same_bits(a.extra[name].data, b.extra[name].data)
            and (a.extra[name].unit, a.extra[name].frame, a.extra[name].owner)
            == (b.extra[name].unit, b.extra[name].frame, b.extra[name].owner)
            for name in a.extra
        )
        and json.dumps(a.meta, sort_keys=True) == json.dumps(b.meta, sort_keys=True)
    )


def _same_bits(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def compare(here: Trace, there: Trace) -> TraceComparison:
    """See `Trace.compare`. The other trace is read at this one's times, by straight lines between its frames, as far as both reach.

    Raises UserError when the two have no body or no time in common.
    """
    common = [name for name in here.names if name in there.names]
    if not common:
        raise UserError(
            f"The two traces have no body in common: {', '.join(here.names[:4])} and {', '.join(there.names[:4])}."
        )
    low, high = max(here.time[0], there.time[0]), min(here.time[-1], there.time[-1])
    chosen = (here.time >= low - 1e-9) & (here.time <= high + 1e-9)
    if not chosen.any():
        raise UserError("The two traces have no time in common.")
    time = here.time[chosen]
    bodies = tuple(difference for name in common if (difference := _body(name, here, there, chosen, time)) is not None)
    return TraceComparison(
        bodies=bodies,
        contacts=_contacts(here, there, set(common), float(time[-1])),
        only_here=tuple(name for name in here.names if name not in there.names),
        only_there=tuple(name for name in there.names if name not in here.names),
        duration=float(time[-1] - time[0]),
        energy=_ends(here, time),
        other_energy=_ends(there, time),
        temperature_max=_temperatures(here, there, common, time),
        identical=identical(here, there),
    )


def _at(trace: Trace, values: FloatArray, time: FloatArray) -> FloatArray:
    """`values` (T, ...) of a trace at other times; exactly its own where the times are its own."""
    if len(time) <= len(trace.time) and np.array_equal(trace.time[: len(time)], time):
        return values[: len(time)]
    flat = values.reshape(len(values), -1)
    return np.stack([np.interp(time, trace.time, column) for column in flat.T], axis=1).reshape(
        len(time), *values.shape[1:]
    )


def _body(name: str, here: Trace, there: Trace, chosen: NDArray[np.bool_], time: FloatArray) -> BodyDifference | None:
    a, b = here[name], there[name]
    both = here.alive[chosen, a.column] & (_at(there, there.alive[:, b.column].astype(float), time) > 0.999)
    if not both.any():
        return None
    apart = np.linalg.norm(a.position[chosen] - _at(there, b.position, time), axis=1)[both]
    speed = np.abs(a.speed[chosen] - _at(there, b.speed, time))[both]
    energy = np.abs(a.kinetic_energy[chosen] - _at(there, b.kinetic_energy, time))[both]
    parted = apart > APART
    return BodyDifference(
        name=name,
        position_rms=float(np.sqrt(np.mean(apart**2))),
        position_max=float(apart.max()),
        position_max_at=float(time[both][int(apart.argmax())]),
        position_end=float(apart[-1]),
        parts_at=float(time[both][int(parted.argmax())]) if parted.any() else None,
        speed_max=float(speed.max()),
        kinetic_energy_max=float(np.nanmax(energy, initial=0.0)) if np.isfinite(here.mass[a.column]) else 0.0,
    )


def _ends(trace: Trace, time: FloatArray) -> tuple[float, float] | None:
    recorded = trace.extra.get("energy")
    if recorded is None or recorded.data.ndim != 2 or len(recorded.data) != len(trace.time):
        return None
    total = np.interp(time[[0, -1]], trace.time, recorded.data[:, :2].sum(axis=1))
    return float(total[0]), float(total[1])


def _temperatures(here: Trace, there: Trace, names: list[str], time: FloatArray) -> dict[str, float] | None:
    found = {}
    for name in names:
        try:
            means = [_at(trace, _mean_temperature(trace, name), time) for trace in (here, there)]
        except UserError:
            continue
        found[name] = float(np.abs(means[0] - means[1]).max())
    return found or None


def _mean_temperature(trace: Trace, name: str) -> FloatArray:
    temperature = trace[name].temperature
    volume, owner = trace.extra.get("cell_volume"), trace.extra["temperature_body"].data == trace.index(name)
    weight = volume.data[owner] if volume is not None else np.ones(temperature.shape[1])
    return np.asarray(temperature @ (weight / weight.sum()))


def _contacts(here: Trace, there: Trace, common: set[str], end: float) -> tuple[ContactMatch, ...]:
    found: list[ContactMatch] = []
    sides = [_impacts(trace, common, end) for trace in (here, there)]
    for pair in sorted(set(sides[0]) | set(sides[1])):
        found += _matched(pair, sides[0].get(pair, [])[:MOST], sides[1].get(pair, [])[:MOST])
    return tuple(sorted(found, key=lambda match: match.time if match.time is not None else match.other_time or 0.0))


def _impacts(trace: Trace, common: set[str], end: float) -> dict[tuple[str, str], list[Contact]]:
    found: dict[tuple[str, str], list[Contact]] = {}
    for contact in sorted(trace.contacts, key=lambda contact: contact.t_start):
        a, b = sorted((contact.body_a, contact.body_b))
        if {a, b} <= common and contact.speed_before >= IMPACT and contact.t_start <= end + 1e-9:
            found.setdefault((a, b), []).append(contact)
    return found


def _matched(pair: tuple[str, str], mine: list[Contact], theirs: list[Contact]) -> list[ContactMatch]:
    """The pairing in time order with the least total shift, where an impact left alone costs half the window."""
    n, m = len(mine), len(theirs)
    cost = np.full((n + 1, m + 1), math.inf)
    cost[:, 0], cost[0, :] = np.arange(n + 1) * WINDOW / 2, np.arange(m + 1) * WINDOW / 2
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            both = cost[i - 1, j - 1] + abs(mine[i - 1].t_start - theirs[j - 1].t_start)
            cost[i, j] = min(both, cost[i - 1, j] + WINDOW / 2, cost[i, j - 1] + WINDOW / 2)
    found, i, j = [], n, m
    while i or j:
        together = i and j and cost[i, j] == cost[i - 1, j - 1] + abs(mine[i - 1].t_start - theirs[j - 1].t_start)
        if together:
            i, j = i - 1, j - 1
            one, two = mine[i], theirs[j]
            found.append(ContactMatch(pair, one.t_start, two.t_start, one.speed_before, two.speed_before))
        elif i and (not j or cost[i, j] == cost[i - 1, j] + WINDOW / 2):
            i -= 1
            found.append(ContactMatch(pair, mine[i].t_start, None, mine[i].speed_before, None))
        else:
            j -= 1
            found.append(ContactMatch(pair, None, theirs[j].t_start, None, theirs[j].speed_before))
    return found
