"""The whole trace as one Parquet file; `Trace.from_parquet` reads it back bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hybrid.exports import ExportOptions
    from hybrid.run import Run

__all__ = ["export"]


def export(run: Run, out: Path, options: ExportOptions) -> list[Path]:
    from sim.parquet import write_parquet

    del options
    write_parquet(run.trace, out)
    return [out]
