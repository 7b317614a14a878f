"""A trace as tables: cut by time, as rows for pandas, and as labelled arrays for xarray. The libraries are imported when they are asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scenes.errors import UserError
from sim.trace import CONTACT_COLUMNS, ExtraArray, Trace

if TYPE_CHECKING:
    import pandas
    import xarray

__all__ = ["CONTACT_UNITS", "UNITS", "axes", "contacts_to_pandas", "cut", "need", "to_pandas", "to_xarray"]

POSES: dict[str, tuple[str, ...]] = {
    "position": ("x", "y", "z"),
    "orientation": ("qw", "qx", "qy", "qz"),
    "linear_velocity": ("vx", "vy", "vz"),
    "angular_velocity": ("wx", "wy", "wz"),
    "scale": ("sx", "sy", "sz"),
}
UNITS = {
    "time": "s", "body": "", "alive": "", "x": "m", "y": "m", "z": "m", "qw": "1", "qx": "1", "qy": "1", "qz": "1",
    "vx": "m/s", "vy": "m/s", "vz": "m/s", "wx": "rad/s", "wy": "rad/s", "wz": "rad/s", "sx": "1", "sy": "1", "sz": "1",
    "speed": "m/s", "height": "m", "kinetic_energy": "J",
}  # fmt: skip
CONTACT_UNITS = {
    "body_a": "", "body_b": "", "t_start": "s", "t_end": "s", "impulse_Ns": "N s", "speed_before": "m/s", "speed_after": "m/s",
    "x": "m", "y": "m", "z": "m",
}  # fmt: skip
ARRAY_UNITS = {
    "position": "m", "orientation": "1 (wxyz)", "linear_velocity": "m/s", "angular_velocity": "rad/s", "scale": "1",
}  # fmt: skip
OF_BODIES = ("lowest", "kinetic_energy")
OF_SCENE = ("energy",)
OF_CELLS = (
    "temperature_position",
    "temperature_body",
    "cell_volume",
)  # over the cells alone, however many frames there are


def need(module: str, what: str) -> Any:
    """Import an optional library, or say in one sentence how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(
            f"{what} needs {module}, which is not installed here: pip install 'hybrid-physics-video[tables]'."
        ) from error


def axes(trace: Trace, name: str, array: NDArray[Any]) -> tuple[str, ...]:
    """What the dimensions of an extra array run over: "time", "body", "contact", "cell", or a name of its own for what is none of these."""
    if array.ndim == 0:
        return ()
    cells = len(trace.extra["temperature_body"].data) if "temperature_body" in trace.extra else -1
    if name.startswith("contact_") and len(array) == len(trace.contacts):
        first = "contact"
    elif name in OF_CELLS and len(array) == cells:
        first = "cell"
    elif len(array) == len(trace.time):
        first = "time"
    elif len(array) == cells:
        first = "cell"
    else:
        first = f"{name}_0"
    dims = [first]
    for depth, size in enumerate(array.shape[1:], start=1):
        second = first == "time" and depth == 1 and name not in OF_SCENE
        if second and size == cells and name not in OF_BODIES:
            dims.append("cell")
        elif second and size == len(trace.names):
            dims.append("body")
        elif size == 3 and depth == array.ndim - 1:
            dims.append("axis")
        else:
            dims.append(f"{name}_{depth}")
    return tuple(dims)


def cut(trace: Trace, start: float | None, stop: float | None) -> Trace:
    """See `Trace.between`."""
    low = -np.inf if start is None else float(start)
    high = np.inf if stop is None else float(stop)
    frames = (trace.time >= low - 1e-9) & (trace.time <= high + 1e-9)
    if not frames.any():
        raise UserError(
            f"No frame lies between {low:g} and {high:g} s: the trace runs from {trace.time[0]:g} to {trace.time[-1]:g} s, "
            f"{trace.fps:g} frames a second."
        )
    held = np.array([c.t_end >= low - 1e-9 and c.t_start <= high + 1e-9 for c in trace.contacts], dtype=bool)

    def kept(name: str, extra: ExtraArray) -> ExtraArray:
        over = axes(trace, name, extra.data)
        if over and over[0] == "time":
            return replace(extra, data=extra.data[frames])
        return replace(extra, data=extra.data[held]) if over and over[0] == "contact" else extra

    return replace(
        trace,
        time=trace.time[frames],
        alive=trace.alive[frames],
        **{name: getattr(trace, name)[frames] for name in POSES},
        contacts=tuple(c for c, keep in zip(trace.contacts, held, strict=True) if keep),
        extra={name: kept(name, extra) for name, extra in trace.extra.items()},
        meta={**trace.meta, "fps": trace.fps, "cut": [float(trace.time[frames][0]), float(trace.time[frames][-1])]},
    )


def to_pandas(trace: Trace, *, bodies: Iterable[str] | None = None) -> pandas.DataFrame:
    """See `Trace.to_pandas`; `bodies` keeps the rows of these alone."""
    pandas = need("pandas", "A table of the trace")
    names = tuple(trace.names if bodies is None else bodies)
    columns = [trace.index(name) for name in names]
    count = len(columns)
    data: dict[str, Any] = {
        "time": np.repeat(trace.time, count),
        "body": pandas.Categorical.from_codes(
            np.tile(np.arange(count), len(trace.time)), categories=list(names) if names else []
        ),
        "alive": trace.alive[:, columns].ravel(),
    }
    for array, labels in POSES.items():
        values = getattr(trace, array)[:, columns]
        data.update({label: values[..., k].ravel() for k, label in enumerate(labels)})
    tracks = [trace[name] for name in names]
    for quantity in ("speed", "height", "kinetic_energy"):
        series = [getattr(track, quantity) for track in tracks]
        data[quantity] = np.stack(series, axis=1).ravel() if series else np.zeros(0)
    frame = pandas.DataFrame(data)
    frame.attrs["units"] = {column: UNITS[column] for column in frame.columns}
    return frame  # type: ignore[no-any-return]


def contacts_to_pandas(trace: Trace) -> pandas.DataFrame:
    """See `Trace.contacts_to_pandas`."""
    pandas = need("pandas", "A table of the contacts")
    frame = pandas.DataFrame(
        {column: [getattr(contact, column) for contact in trace.contacts] for column in CONTACT_COLUMNS}
    )
    frame.attrs["units"] = dict(CONTACT_UNITS)
    return frame  # type: ignore[no-any-return]


def to_xarray(trace: Trace) -> xarray.Dataset:
    """See `Trace.to_xarray`."""
    xarray = need("xarray", "A data set of the trace")
    variables: dict[str, Any] = {
        "alive": (("time", "body"), trace.alive, {"units": ""}),
        "mass": (("body",), trace.mass, {"units": "kg"}),
    }
    for name, unit in ARRAY_UNITS.items():
        last = "quaternion" if name == "orientation" else "axis"
        variables[name] = (("time", "body", last), getattr(trace, name), {"units": unit})
    for column in CONTACT_COLUMNS:
        values = np.array([getattr(contact, column) for contact in trace.contacts])
        if column.startswith("body"):
            values = values.astype(str)
        variables[f"contact_{column}"] = (("contact",), values, {"units": CONTACT_UNITS[column]})
    for name, extra in trace.extra.items():
        about = {"units": extra.unit, "frame": extra.frame, "owner": extra.owner}
        variables[name] = (axes(trace, name, extra.data), extra.data, about)
    coordinates = {
        "time": ("time", trace.time, {"units": "s"}),
        "body": ("body", np.array(trace.names, dtype=str)),
        "axis": ("axis", ["x", "y", "z"]),
        "quaternion": ("quaternion", ["w", "x", "y", "z"]),
    }
    return xarray.Dataset(variables, coordinates, attrs={"fps": trace.fps, "seed": trace.meta.get("seed", 0)})  # type: ignore[no-any-return]
