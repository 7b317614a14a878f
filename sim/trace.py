"""The Trace: what happened. Written by solvers, read by renderers, reports and people; imports neither pybullet nor a renderer.

`trace.npz` holds `schema_version`, `time` [s] (T,), `names` (N,), `alive` (T, N), `position` [m] (T, N, 3), `orientation` wxyz (T, N, 4),
`linear_velocity` [m/s] and `angular_velocity` [rad/s] (T, N, 3), `scale` (T, N, 3), `mass` [kg] (N,), the contacts as columns, further named
arrays of solvers under `x/NAME`, and `meta`, a JSON text. Poses are NaN where a body is not alive.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from scenes.errors import UserError, did_you_mean
from scenes.files import write_atomically, write_text

if TYPE_CHECKING:
    import pandas
    import xarray

    from sim.compare import TraceComparison

__all__ = ["CONTACT_COLUMNS", "SCHEMA_VERSION", "BodyTrack", "Contact", "ExtraArray", "Trace"]

SCHEMA_VERSION = 1
FloatArray = NDArray[np.float64]
ARRAYS = ("time", "names", "alive", "position", "orientation", "linear_velocity", "angular_velocity", "scale", "mass")
CONTACT_COLUMNS = ("body_a", "body_b", "t_start", "t_end", "impulse_Ns", "speed_before", "speed_after", "x", "y", "z")


@dataclass(frozen=True)
class Contact:
    """An episode of force-bearing contact: times [s], summed normal impulse [N s], closing and parting speed along the normal [m/s],
    the point of first touch in the world [m]."""

    body_a: str
    body_b: str
    t_start: float
    t_end: float
    impulse_Ns: float
    speed_before: float
    speed_after: float
    x: float
    y: float
    z: float

    def involves(self, a: str, b: str | None = None) -> bool:
        """Whether this contact is of body `a` (and `b`, when given)."""
        pair = {self.body_a, self.body_b}
        return a in pair and (b is None or (b in pair and (a != b)))

    def other(self, name: str) -> str:
        return self.body_b if self.body_a == name else self.body_a


@dataclass(frozen=True)
class ExtraArray:
    """An array that a solver adds, with what it is: unit, frame and the body that owns it."""

    data: NDArray[Any]
    unit: str = ""
    frame: str = ""
    owner: str = ""


@dataclass(frozen=True, repr=False)
class Trace:
    """See the module's docstring for the arrays. `meta` holds what was used: steps per second, gravity, pairs, seed, versions, audit, energies."""

    time: FloatArray
    names: tuple[str, ...]
    alive: NDArray[np.bool_]
    position: FloatArray
    orientation: FloatArray
    linear_velocity: FloatArray
    angular_velocity: FloatArray
    scale: FloatArray
    mass: FloatArray  # (N,) [kg]; inf for fixed bodies
    contacts: tuple[Contact, ...] = ()
    extra: dict[str, ExtraArray] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def fps(self) -> float:
        """Frames per second of the record [1/s]."""
        return (
            float(round(1 / (self.time[1] - self.time[0]), 6))
            if len(self.time) > 1
            else float(self.meta.get("fps", 16.0))
        )

    @property
    def duration(self) -> float:
        """Time of the last frame [s]."""
        return float(self.time[-1])

    def index(self, name: str) -> int:
        """Column of a body. Raises UserError with the nearest names."""
        try:
            return self.names.index(name)
        except ValueError:
            raise UserError(f"The trace has no body {name!r}{did_you_mean(name, self.names)}") from None

    @overload
    def __getitem__(self, key: str) -> BodyTrack: ...
    @overload
    def __getitem__(self, key: slice) -> Trace: ...
    def __getitem__(self, key: str | slice) -> BodyTrack | Trace:
        """`trace["ball"]` is one body; `trace[0.5:1.2]` is the trace between two times [s], see `between`."""
        if isinstance(key, slice):
            if key.step is not None:
                raise UserError("A trace is sliced by time as trace[0.5:1.2], without a step.")
            return self.between(key.start, key.stop)
        return BodyTrack(self, key, self.index(key))

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def contacts_of(self, a: str, b: str | None = None) -> list[Contact]:
        """Contact episodes of `a` (with `b`), in time order."""
        found = (self.contacts[number] for number, _ in self.numbers_of(a))
        return [contact for contact in found if contact.involves(a, b)]

    def numbers_of(self, name: str) -> list[tuple[int, int]]:
        """(index into `contacts`, 0 or 1 for the side of `name`) of a body's contact episodes, in time order."""
        return self._of_body.get(name, [])

    @cached_property
    def _of_body(self) -> dict[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = {}
        for number in sorted(range(len(self.contacts)), key=lambda number: self.contacts[number].t_start):
            contact = self.contacts[number]
            found.setdefault(contact.body_a, []).append((number, 0))
            if contact.body_b != contact.body_a:
                found.setdefault(contact.body_b, []).append((number, 1))
        return found

    def with_meta(self, **values: Any) -> Trace:
        return replace(self, meta={**self.meta, **values})

    def between(self, start: float | None = None, stop: float | None = None) -> Trace:
        """The frames from `start` to `stop` [s], both included, and the contacts that overlap them. Times stay those of the whole trace.

        Raises UserError when no frame lies there.
        """
        from sim.tables import cut

        return cut(self, start, stop)

    def compare(self, other: Trace) -> TraceComparison:
        """What differs between this trace and another, body by body: places [m], speeds [m/s], contacts [s], energies [J]."""
        from sim.compare import compare

        return compare(self, other)

    def __repr__(self) -> str:
        end = f", to {self.duration:.2f} s" if len(self.time) else ""
        return (
            f"<Trace of {', '.join(self.names[:6])}{', ...' if len(self.names) > 6 else ''}: {len(self.time)} frames{end}, "
            f"{len(self.contacts)} contacts>"
        )

    def _repr_html_(self) -> str:
        from sim.display import trace_html

        return trace_html(self)

    # tables ------------------------------------------------------------------------------------------------------------------------

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each frame and body: time [s], body, alive, pose [m, wxyz], velocities [m/s, rad/s], speed, height, energy [J].

        `frame.attrs["units"]` names the unit of each column. UserError when pandas is not installed.
        """
        from sim.tables import to_pandas

        return to_pandas(self)

    def contacts_to_pandas(self) -> pandas.DataFrame:
        """A row for each contact episode, with the columns of `contacts.csv`: times [s], impulse [N s], speeds [m/s], point [m]."""
        from sim.tables import contacts_to_pandas

        return contacts_to_pandas(self)

    def to_xarray(self) -> xarray.Dataset:
        """All arrays over the dimensions time, body, axis, cell and contact, each with its unit. UserError when xarray is not installed."""
        from sim.tables import to_xarray

        return to_xarray(self)

    def to_parquet(self, path: str | Path) -> None:
        """Write one Parquet file, whole or not at all: the rows of `to_pandas`, and everything else of the trace in its metadata.

        `Trace.from_parquet` gives the same trace, bit for bit. UserError when pyarrow is not installed.
        """
        from sim.parquet import write_parquet

        write_parquet(self, path)

    @staticmethod
    def from_parquet(path: str | Path) -> Trace:
        """Read what `to_parquet` wrote. UserError when it is missing, cut short, no trace or of a newer version."""
        from sim.parquet import read_parquet

        return read_parquet(path)

    # files -------------------------------------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write `trace.npz`, whole or not at all; the same trace gives the same bytes."""
        arrays: dict[str, Any] = {
            "schema_version": np.int64(SCHEMA_VERSION),
            "time": self.time,
            "names": np.array(self.names, dtype=np.str_),
            "alive": self.alive,
            "position": self.position,
            "orientation": self.orientation,
            "linear_velocity": self.linear_velocity,
            "angular_velocity": self.angular_velocity,
            "scale": self.scale,
            "mass": self.mass,
        }
        for column in CONTACT_COLUMNS:
            values = [getattr(contact, column) for contact in self.contacts]
            arrays[f"contact/{column}"] = np.array(values, dtype=np.str_ if column.startswith("body") else np.float64)
        about = {}
        for name, extra in self.extra.items():
            arrays[name if name.startswith("temperature") else f"x/{name}"] = extra.data
            about[name] = {"unit": extra.unit, "frame": extra.frame, "owner": extra.owner}
        arrays["meta"] = np.array(
            json.dumps({"meta": self.meta, "extra": about}, ensure_ascii=False, sort_keys=True), dtype=np.str_
        )
        with write_atomically(path, suffix=".npz") as temporary:
            np.savez_compressed(temporary, **arrays)

    @staticmethod
    def load(path: str | Path) -> Trace:
        """Read `trace.npz`. UserError when it is missing, cut short, no trace or of a newer version."""
        file = Path(path)
        if not file.is_file():
            raise UserError(f"There is no trace at {file}; a run writes it as trace.npz in its folder.")
        try:
            with np.load(file, allow_pickle=False) as stored:
                arrays = {key: stored[key] for key in stored.files}
        except Exception as error:  # whatever a damaged archive makes its reader raise
            why = str(error).split("\n")[0] or type(error).__name__
            raise UserError(
                f"The trace {file} cannot be read ({why}); it may be cut short: run the simulation again."
            ) from error
        if "schema_version" not in arrays:
            raise UserError(f"The file {file} is no trace: it lacks schema_version.")
        check_version(int(arrays["schema_version"]), file)
        missing = {*ARRAYS, "meta", *(f"contact/{column}" for column in CONTACT_COLUMNS)} - set(arrays)
        if missing:
            raise UserError(
                f"The file {file} is no whole trace: it lacks {', '.join(sorted(missing))}; run the simulation again."
            )
        try:
            return _from_arrays(arrays, file)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, UserError):
                raise
            raise UserError(f"The trace {file} is damaged ({error}): run the simulation again.") from error

    def save_contacts(self, path: str | Path) -> None:
        """Write `contacts.csv`, a row for each force-bearing episode."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(CONTACT_COLUMNS)
        for contact in self.contacts:
            row = [getattr(contact, column) for column in CONTACT_COLUMNS]
            writer.writerow([value if isinstance(value, str) else f"{value:.9g}" for value in row])
        write_text(path, stream.getvalue())


def _from_arrays(arrays: dict[str, Any], file: Path) -> Trace:
    """The trace that stored arrays make; KeyError, TypeError or ValueError where they do not belong together."""
    info = json.loads(str(arrays["meta"]))
    frames, count = len(arrays["time"]), len(arrays["names"])
    for name in ("alive", "position", "orientation", "linear_velocity", "angular_velocity", "scale"):
        if arrays[name].shape[:2] != (frames, count):
            raise UserError(
                f"The trace {file} does not fit together: {name} has the shape {arrays[name].shape} for {frames} frames of {count} bodies."
            )
    columns = [arrays[f"contact/{column}"].tolist() for column in CONTACT_COLUMNS]
    extra = {}
    for name, about in info["extra"].items():
        extra[name] = ExtraArray(arrays[name if name.startswith("temperature") else f"x/{name}"], **about)
    return Trace(
        time=arrays["time"],
        names=tuple(str(name) for name in arrays["names"]),
        alive=arrays["alive"],
        position=arrays["position"],
        orientation=arrays["orientation"],
        linear_velocity=arrays["linear_velocity"],
        angular_velocity=arrays["angular_velocity"],
        scale=arrays["scale"],
        mass=arrays["mass"],
        contacts=tuple(Contact(*row) for row in zip(*columns, strict=True)),
        extra=extra,
        meta=info["meta"],
    )


def check_version(version: int, file: Path) -> None:
    """UserError for a trace that a newer program wrote."""
    if version > SCHEMA_VERSION:
        raise UserError(
            f"The trace {file} has version {version}, and this program reads up to {SCHEMA_VERSION}: update the program."
        )


@dataclass(frozen=True, repr=False)
class BodyTrack:
    """One body of a trace: arrays over its T frames. Poses and velocities are NaN where the body is not alive."""

    trace: Trace
    name: str
    column: int

    @property
    def time(self) -> FloatArray:
        """[s] (T,)"""
        return self.trace.time

    @property
    def position(self) -> FloatArray:
        """Centre of mass [m] (T, 3)."""
        return self.trace.position[:, self.column]

    @property
    def orientation(self) -> FloatArray:
        """Unit quaternion wxyz (T, 4)."""
        return self.trace.orientation[:, self.column]

    @property
    def linear_velocity(self) -> FloatArray:
        """[m/s] (T, 3)"""
        return self.trace.linear_velocity[:, self.column]

    @property
    def angular_velocity(self) -> FloatArray:
        """[rad/s] (T, 3), world frame."""
        return self.trace.angular_velocity[:, self.column]

    @property
    def speed(self) -> FloatArray:
        """[m/s] (T,)"""
        return np.asarray(np.linalg.norm(self.linear_velocity, axis=1))

    @property
    def height(self) -> FloatArray:
        """Lowest point above z = 0 [m] (T,), from the `lowest` array of the solver; the centre of mass where there is none."""
        lowest = self.trace.extra.get("lowest")
        return np.asarray(lowest.data[:, self.column] if lowest is not None else self.position[:, 2])

    @property
    def mass(self) -> float:
        """[kg]"""
        return float(self.trace.mass[self.column])

    @property
    def kinetic_energy(self) -> FloatArray:
        """Of translation and rotation [J] (T,), as the solver recorded it; of translation alone where it did not; 0 of what is fixed."""
        recorded = self.trace.extra.get("kinetic_energy")
        if recorded is not None:
            return np.asarray(recorded.data[:, self.column])
        return 0.5 * (self.mass if np.isfinite(self.mass) else 0.0) * self.speed**2

    @property
    def contacts(self) -> list[Contact]:
        """Its contact episodes in time order; times [s], impulse [N s], speeds along the normal [m/s], point [m]."""
        return self.trace.contacts_of(self.name)

    def _field(self, name: str) -> NDArray[Any]:
        cells, owners = self.trace.extra.get(name), self.trace.extra.get("temperature_body")
        mine = owners.data == self.column if owners is not None else np.zeros(0, bool)
        if cells is None or not mine.any():
            raise UserError(
                f"The trace has no temperatures of {self.name!r}: only bodies that the scene heats or cools have them."
            )
        return np.asarray(cells.data[:, mine] if name == "temperature" else cells.data[mine])

    @property
    def temperature(self) -> FloatArray:
        """Of its C cells [degC] (T, C). UserError for a body without temperatures."""
        return self._field("temperature")

    @property
    def temperature_position(self) -> FloatArray:
        """Centres of its cells in the body's frame [m] (C, 3). UserError for a body without temperatures."""
        return self._field("temperature_position")

    @property
    def heat_time(self) -> FloatArray:
        """Physical time of the heat [s] (T,): a slow heat process is played faster than it happens."""
        return self.time * float(self.trace.meta.get("heat", {}).get("time_factor", 1.0))

    @property
    def bounces(self) -> list[dict[str, float]]:
        """Counted bounces: time [s], speed before and after [m/s], restitution [-], rise after it [m]."""
        from sim.queries import bounces

        return [bounce.as_dict() for bounce in bounces(self.trace, self.name)]

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each frame, with the columns of `Trace.to_pandas`. UserError when pandas is not installed."""
        from sim.tables import to_pandas

        return to_pandas(self.trace, bodies=(self.name,))

    def __repr__(self) -> str:
        alive = self.trace.alive[:, self.column]
        if not alive.any():
            return f"<BodyTrack {self.name}: never there>"
        return (
            f"<BodyTrack {self.name}: {int(alive.sum())} frames, height {np.nanmin(self.height):.3g} to {np.nanmax(self.height):.3g} m, "
            f"top speed {np.nanmax(self.speed):.3g} m/s, {len(self.contacts)} contacts>"
        )

    def _repr_html_(self) -> str:
        from sim.display import body_html

        return body_html(self)
