"""Tables for a spreadsheet: a row for each body and frame, a row for each contact, a row for each temperature cell and frame."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from hybrid.exports import ExportOptions
    from hybrid.run import Run
    from sim.trace import Trace

__all__ = ["export"]

README = """Tables of a simulated scene. UTF-8, comma separated, a point as decimal mark, one header line.

bodies.csv      time_s, body, alive, x_m, y_m, z_m (centre of mass; x right, y away from the viewer, z up), qw, qx, qy, qz (orientation),
                vx_m_s, vy_m_s, vz_m_s, wx_rad_s, wy_rad_s, wz_rad_s; poses are empty while a body is not there
contacts.csv    one row for each touch that bore force: bodies, times [s], impulse [N s], closing and parting speed [m/s], place [m]
temperature.csv time_s, cell, body, x_m, y_m, z_m (in the body's frame), temperature_degC; only for scenes with heat

Read with Python:
    import csv
    rows = list(csv.DictReader(open("bodies.csv", encoding="utf-8")))
"""


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    trace = run.trace
    options.progress("write", 0, 3)
    files = [_table(out / "bodies.csv", _BODIES, _bodies(trace))]
    options.progress("write", 1, 3)
    trace.save_contacts(out / "contacts.csv")
    files.append(out / "contacts.csv")
    options.progress("write", 2, 3)
    if "temperature" in trace.extra:
        files.append(
            _table(
                out / "temperature.csv",
                ("time_s", "cell", "body", "x_m", "y_m", "z_m", "temperature_degC"),
                _cells(trace),
            )
        )
    (out / "README.txt").write_text(README, encoding="utf-8")
    options.progress("write", 3, 3)
    return [*files, out / "README.txt"]


_BODIES = (
    "time_s", "body", "alive", "x_m", "y_m", "z_m", "qw", "qx", "qy", "qz", "vx_m_s", "vy_m_s", "vz_m_s", "wx_rad_s", "wy_rad_s", "wz_rad_s",
)  # fmt: skip


def _table(path: Path, header: tuple[str, ...], rows: Iterable[list[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def _number(value: float) -> str:
    return repr(float(value)) if np.isfinite(value) else ""


def _bodies(trace: Trace) -> Iterable[list[Any]]:
    arrays = (trace.position, trace.orientation, trace.linear_velocity, trace.angular_velocity)
    for t, time in enumerate(trace.time):
        for k, name in enumerate(trace.names):
            yield [_number(time), name, int(trace.alive[t, k]), *(_number(v) for array in arrays for v in array[t, k])]


def _cells(trace: Trace) -> Iterable[list[Any]]:
    heat, place = np.asarray(trace.extra["temperature"].data), np.asarray(trace.extra["temperature_position"].data)
    owner = np.asarray(trace.extra["temperature_body"].data)
    whose = [str(o) if owner.dtype.kind in "US" else trace.names[int(o)] for o in owner]
    for t, time in enumerate(trace.time):
        for c in range(heat.shape[1]):
            yield [_number(time), c, whose[c], *(_number(v) for v in place[c]), _number(heat[t, c])]
