"""A trace as one Parquet file and back, bit for bit.

Rows are those of a person's table (a frame and a body each). What has no place in such rows, the mass, the contacts, the arrays of cells and
`meta`, stands in the file's metadata; arrays over time that are not by body (a temperature field) are lists in the row of each frame's first
body. Files are compressed with Zstandard.
"""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from scenes.errors import UserError
from scenes.files import write_atomically
from sim.tables import POSES, axes, need
from sim.trace import CONTACT_COLUMNS, SCHEMA_VERSION, Contact, ExtraArray, Trace, check_version

__all__ = ["read_parquet", "write_parquet"]

KEY = b"hybrid_trace"
LARGEST_METADATA = 2_000_000_000  # [bytes] read as one string; the library's own limit is 100 MB


def write_parquet(trace: Trace, path: str | Path) -> None:
    """See `Trace.to_parquet`."""
    arrow = need("pyarrow", "A Parquet file")
    parquet = need("pyarrow.parquet", "A Parquet file")
    frames, count = len(trace.time), len(trace.names)
    columns: dict[str, Any] = {
        "time": arrow.array(np.repeat(trace.time, count)),
        "body": arrow.DictionaryArray.from_arrays(
            np.tile(np.arange(count, dtype=np.int32), frames), arrow.array(list(trace.names), type=arrow.string())
        ),
        "alive": arrow.array(np.ascontiguousarray(trace.alive).ravel()),
    }
    for array, labels in POSES.items():
        values = getattr(trace, array)
        columns.update(
            {label: arrow.array(np.ascontiguousarray(values[..., k]).ravel()) for k, label in enumerate(labels)}
        )
    apart: dict[str, Any] = {"mass": trace.mass, "time": trace.time, "names": np.array(trace.names, dtype=np.str_)}
    extras: dict[str, Any] = {}
    for name, extra in trace.extra.items():
        data = extra.data
        about = {"unit": extra.unit, "frame": extra.frame, "owner": extra.owner}
        over = axes(trace, name, data)
        where = "apart"
        if count and frames and data.dtype == np.float64 and over and over[0] == "time":
            where = "column" if over[1:] == ("body",) else "list"
            columns[f"x/{name}"] = (
                arrow.array(np.ascontiguousarray(data).ravel())
                if where == "column"
                else _lists(arrow, data, frames, count)
            )
        else:
            apart[f"x/{name}"] = data
        extras[name] = {"about": about, "where": where, "shape": list(data.shape)}
    for column in CONTACT_COLUMNS:
        given = [getattr(contact, column) for contact in trace.contacts]
        apart[f"contact/{column}"] = np.array(given, dtype=np.str_ if column.startswith("body") else np.float64)
    blob = io.BytesIO()
    np.savez_compressed(blob, **apart)
    info = {
        "schema_version": SCHEMA_VERSION,
        "meta": trace.meta,
        "extra": extras,
        "arrays": base64.b64encode(blob.getvalue()).decode("ascii"),
    }
    table = arrow.table(columns).replace_schema_metadata({KEY: json.dumps(info, ensure_ascii=False).encode()})
    with write_atomically(path, suffix=".parquet") as temporary:
        parquet.write_table(table, temporary, compression="zstd")


def _lists(arrow: Any, data: Any, frames: int, count: int) -> Any:
    """Each frame's values as a list in the row of its first body; the rows of the others are empty lists."""
    width = int(np.prod(data.shape[1:], dtype=int))
    lengths = np.zeros(frames * count, dtype=np.int64)
    lengths[::count] = width
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return arrow.LargeListArray.from_arrays(arrow.array(offsets), arrow.array(np.ascontiguousarray(data).ravel()))


def read_parquet(path: str | Path) -> Trace:
    """See `Trace.from_parquet`."""
    arrow = need("pyarrow", "A Parquet file")
    parquet = need("pyarrow.parquet", "A Parquet file")
    file = Path(path)
    if not file.is_file():
        raise UserError(f"There is no file {file}; trace.to_parquet(path) writes one.")
    try:
        table = parquet.read_table(file, memory_map=False, thrift_string_size_limit=LARGEST_METADATA, partitioning=None)
    except (arrow.ArrowInvalid, OSError) as error:
        raise UserError(f"The file {file} is no whole Parquet file ({str(error).splitlines()[0]}).") from error
    metadata = table.schema.metadata or {}
    if KEY not in metadata:
        raise UserError(f"The Parquet file {file} holds no trace: it was not written by trace.to_parquet.")
    info = json.loads(metadata[KEY])
    check_version(int(info["schema_version"]), file)
    with np.load(io.BytesIO(base64.b64decode(info["arrays"])), allow_pickle=False) as stored:
        apart = {key: stored[key] for key in stored.files}
    frames, count = len(apart["time"]), len(apart["names"])

    def column(name: str) -> Any:
        return table.column(name).to_numpy(zero_copy_only=False)

    extra: dict[str, ExtraArray] = {}
    for name, entry in info["extra"].items():
        if entry["where"] == "apart":
            data = apart[f"x/{name}"]
        elif entry["where"] == "column":
            data = column(f"x/{name}").reshape(entry["shape"])
        else:
            parts = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in table.column(f"x/{name}").chunks]
            data = np.concatenate(parts).reshape(entry["shape"])
        extra[name] = ExtraArray(data, **entry["about"])
    poses = {
        array: np.stack([column(label) for label in labels], axis=-1).reshape(frames, count, len(labels))
        for array, labels in POSES.items()
    }
    rows = [apart[f"contact/{name}"].tolist() for name in CONTACT_COLUMNS]
    return Trace(
        time=apart["time"],
        names=tuple(str(name) for name in apart["names"]),
        alive=column("alive").astype(bool).reshape(frames, count),
        **poses,
        mass=apart["mass"],
        contacts=tuple(Contact(*row) for row in zip(*rows, strict=True)),
        extra=extra,
        meta=info["meta"],
    )
