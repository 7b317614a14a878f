"""The record of a run: `report.json` for programs and `report.html`, one page that needs no network, for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid.report.data import report_data

if TYPE_CHECKING:
    from hybrid.run import Run

__all__ = ["report_data", "write_report"]


def write_report(run: Run, folder: str | Path) -> dict[str, Any]:
    """Write `report.json` and `report.html` into `folder`, each whole or not at all, and return the content of the first."""
    from hybrid.report.data import write_json
    from hybrid.report.page import report_page
    from scenes.files import write_text

    report = report_data(run)
    write_json(Path(folder) / "report.json", report)
    write_text(Path(folder) / "report.html", report_page(run, report))
    return report
