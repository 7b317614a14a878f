"""The Trace: what happened. Written by solvers, read by renderers, reports and people; imports neither pybullet nor a renderer.

`trace.npz` holds `schema_version`, `time` [s] (T,), `names` (N,), `alive` (T, N), `position` [m] (T, N, 3), `orientation` wxyz (T, N, 4),
`linear_velocity` [m/s] and `angular_velocity` [rad/s] (T, N, 3), `scale` (T, N, 3), `mass` [kg] (N,), the contacts as columns, further named
arrays of solvers under `x/NAME`, and `meta`, a JSON text. Poses are NaN where a body is not alive.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.errors import UserError, did_you_mean
from scenes.files import write_atomically, write_text

__all__ = ["CONTACT_COLUMNS", "SCHEMA_VERSION", "BodyTrack", "Contact", "ExtraArray", "Trace"]

SCHEMA_VERSION = 1
FloatArray = NDArray[np.float64]
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


@dataclass(frozen=True)
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

    def __getitem__(self, name: str) -> BodyTrack:
        return BodyTrack(self, name, self.index(name))

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def contacts_of(self, a: str, b: str | None = None) -> list[Contact]:
        """Contact episodes of `a` (with `b`), in time order."""
        return sorted((c for c in self.contacts if c.involves(a, b)), key=lambda c: c.t_start)

    def with_meta(self, **values: Any) -> Trace:
        return replace(self, meta={**self.meta, **values})

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
        except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
            raise UserError(
                f"The trace {file} cannot be read ({error}); it may be cut short: run the simulation again."
            ) from error
        missing = {"schema_version", "time", "names", "position", "meta"} - set(arrays)
        if missing:
            raise UserError(f"The file {file} is no trace: it lacks {', '.join(sorted(missing))}.")
        version = int(arrays["schema_version"])
        if version > SCHEMA_VERSION:
            raise UserError(
                f"The trace {file} has version {version}, and this program reads up to {SCHEMA_VERSION}: update the program."
            )
        info = json.loads(str(arrays["meta"]))
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

    def save_contacts(self, path: str | Path) -> None:
        """Write `contacts.csv`, a row for each force-bearing episode."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(CONTACT_COLUMNS)
        for contact in self.contacts:
            row = [getattr(contact, column) for column in CONTACT_COLUMNS]
            writer.writerow([value if isinstance(value, str) else f"{value:.9g}" for value in row])
        write_text(path, stream.getvalue())


@dataclass(frozen=True)
class BodyTrack:
    """One body of a trace: arrays over its frames."""

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
        """Of translation and rotation [J] (T,), as the solver recorded it; of translation alone where it did not."""
        recorded = self.trace.extra.get("kinetic_energy")
        if recorded is not None:
            return np.asarray(recorded.data[:, self.column])
        return 0.5 * self.mass * self.speed**2

    @property
    def contacts(self) -> list[Contact]:
        return self.trace.contacts_of(self.name)

    @property
    def bounces(self) -> list[dict[str, float]]:
        """Counted bounces: time [s], speed before and after [m/s], restitution [-], rise after it [m]."""
        from sim.queries import bounces

        return [bounce.as_dict() for bounce in bounces(self.trace, self.name)]
