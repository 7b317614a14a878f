"""Many prompts at a time: frames of a JSON-lines file, or a clip for each line, where one broken prompt never stops the rest."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenes.errors import RunError, UserError
from scenes.files import prepare_folder, write_text

if TYPE_CHECKING:
    from hybrid.pipeline import HybridPipeline

__all__ = ["make_many", "parse_many", "read_rows"]

OWN_OPTIONS = ("set", "materials", "seed", "seconds", "slow")  # that a row may bring
STAMP = "row.json"
BOARD_ROWS = 20


def read_rows(path: Path, *, lenient: bool = False) -> list[dict[str, Any]]:
    """Rows of a JSON-lines file, each with `text` and perhaps `id`. UserError names the line that cannot be read.

    With `lenient`, such a line is a row with `error` instead, so that the others can go on.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"The prompts {path} cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'}): give a UTF-8 file of JSON lines."
        ) from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                rows.append(_row(line, f"{path}, line {number}", f"row-{number}"))
            except UserError as error:
                if not lenient:
                    raise
                rows.append({"id": f"row-{number}", "text": line.strip()[:200], "error": str(error)})
    seen: set[str] = set()
    for row in rows:
        if str(row["id"]) in seen:
            raise UserError(
                f"{path} has the id {row['id']!r} twice: each line needs an id of its own, which names its folder."
            )
        seen.add(str(row["id"]))
    if not rows:
        raise UserError(f"The prompts {path} hold no lines.")
    return rows


def _row(line: str, where: str, name: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise UserError(
            f"{where} is not JSON ({error.msg}): each line must be like {{“id”: “a1”, “text”: “...”}}."
        ) from error
    text = row.get("text", row.get("prompt")) if isinstance(row, dict) else None
    if not isinstance(text, str):
        raise UserError(f"{where} has no “text”: each line must be like {{“id”: “a1”, “text”: “...”}}.")
    for key in ("set", "materials"):
        if row.get(key) is not None and not isinstance(row[key], dict):
            raise UserError(f"{where}: “{key}” must be a mapping, such as {{“bodies.ball.mass”: 0.2}}.")
    for key in ("seed", "seconds", "slow"):
        if row.get(key) is not None and (isinstance(row[key], bool) or not isinstance(row[key], int | float)):
            raise UserError(f"{where}: “{key}” must be a number.")
    return {**row, "text": text, "id": row.get("id", name)}


def parse_many(source: Path, output: Path | None) -> int:
    """Frames of all rows, in their order, each with its `id`; written whole or not at all."""
    from planner import read_many

    rows = read_rows(source)
    frames = read_many([row["text"] for row in rows])
    lines = [
        json.dumps({"id": row["id"], **frame.model_dump(mode="json")}, ensure_ascii=False)
        for row, frame in zip(rows, frames, strict=True)
    ]
    if output is None:
        print("\n".join(lines))
    else:
        write_text(output, "\n".join(lines) + "\n")
    return 0


@dataclass
class _Job:
    """A row on its way: `state` is waiting, running, done, kept or failed; `code` the exit status of its run."""

    row: dict[str, Any]
    folder: Path
    state: str = "waiting"
    code: int | None = None
    note: str = ""
    seconds: float = 0.0

    @property
    def finished(self) -> bool:
        return self.state in ("done", "kept")


def make_many(pipeline: HybridPipeline, source: Path, output: Path, options: dict[str, Any]) -> int:
    """A folder for each row under `output`, `summary.json` and `index.html`. The status is the worst of all.

    A row may bring its own `set`, `materials`, `seed`, `seconds`, and `group` and `variant`, by which the page puts runs side by side. Rows that
    were finished before, with the same options, are kept; what goes wrong with one row is told in its line, and the rest go on.
    """
    rows = read_rows(source, lenient=True)
    prepare_folder(output)
    jobs = _jobs(rows, output)
    board = _Board(jobs)
    with board:
        for job in jobs:
            job.state = "running"
            board.show()
            try:
                _run(pipeline, job, options)
            finally:
                _write_summary(output, jobs)
            board.tell(job)
    _write_summary(output, jobs, page=True)
    print(f"{output / 'index.html'}", file=sys.stderr)
    return [0, 3, 2, 1][max(({0: 0, 3: 1, 2: 2, 1: 3}[job.code or 0] for job in jobs), default=0)]


def _jobs(rows: list[dict[str, Any]], output: Path) -> list[_Job]:
    taken: set[str] = set()
    jobs = []
    for number, row in enumerate(rows, start=1):
        name = re.sub(r"[^\w.-]+", "_", str(row["id"])).strip("._")[:80] or f"row-{number}"
        while name.lower() in taken:  # ids that differ only in signs must not share a folder
            name = f"{name}-{number}"
        taken.add(name.lower())
        jobs.append(_Job(row, output / name))
    return jobs


def _run(pipeline: HybridPipeline, job: _Job, options: dict[str, Any]) -> None:
    """Make one row, or keep what was made of it; never raises for what is wrong with the row alone."""
    from hybrid.run import exit_status

    row, started = job.row, time.perf_counter()
    if "error" in row:
        job.state, job.code, job.note = "failed", 2, str(row["error"])
        return
    own = {key: row[key] for key in OWN_OPTIONS if row.get(key) is not None}
    if isinstance(own.get("set"), dict) and options.get("set"):
        own["set"] = {**options["set"], **own["set"]}
    asked = {**options, **own}
    painter = {name: getattr(pipeline, name, None) for name in ("tier", "backend", "model", "options")}
    stamp = json.dumps({"text": row["text"], **asked, "painter": painter}, sort_keys=True, default=str)
    code = _kept(job.folder, stamp, pictures=pipeline.pictures)
    if code is not None:
        job.state, job.code, job.seconds = "kept", code, time.perf_counter() - started
        return
    try:
        clip = pipeline(row["text"], output=job.folder, **asked)
        job.state, job.code = "done", exit_status(clip.run)
        write_text(job.folder / STAMP, stamp + "\n")
    except UserError as error:
        job.state, job.code, job.note = "failed", 2, str(error)
    except (RunError, MemoryError, OSError) as error:
        job.state, job.code, job.note = "failed", 1, str(error) or type(error).__name__
    except Exception as error:
        if os.environ.get("HYBRID_DEBUG"):
            raise
        job.state, job.code, job.note = "failed", 1, f"Internal error ({type(error).__name__}: {error})."
    job.seconds = time.perf_counter() - started


def _kept(folder: Path, stamp: str, *, pictures: bool) -> int | None:
    """The exit status of a run that is there already, whole and with the same options; None when it has to be made."""
    report, mark = folder / "report.json", folder / STAMP
    if not (report.is_file() and mark.is_file()) or (pictures and not (folder / "clip.mp4").is_file()):
        return None
    try:
        if mark.read_text(encoding="utf-8").strip() != stamp:
            return None
        return int(json.loads(report.read_text(encoding="utf-8")).get("exit_status", 0))
    except (OSError, ValueError):
        return None


def _write_summary(output: Path, jobs: list[_Job], *, page: bool = False) -> None:
    rows = []
    for job in jobs:
        outcomes = []
        if job.finished:
            report = json.loads((job.folder / "report.json").read_text(encoding="utf-8"))
            outcomes = [
                {key: o.get(key) for key in ("asked", "happened", "refused", "evidence", "concession")}
                for o in report["outcomes"]
            ]
        given = {key: job.row[key] for key in ("group", "variant", *OWN_OPTIONS) if key in job.row}
        rows.append(
            {
                "id": job.row["id"], "text": job.row["text"], "folder": job.folder.name, "exit_status": job.code, "state": job.state,
                "note": job.note or ("kept" if job.state == "kept" else ""), "took": round(job.seconds, 2), "outcomes": outcomes, **given,
            }
        )  # fmt: skip
    write_text(output / "summary.json", json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    if page:
        from hybrid.report.gallery import gallery_page

        write_text(output / "index.html", gallery_page(output, rows))


class _Board:
    """The progress of all rows on standard error: a table that is drawn anew on a terminal, a line for each finished row elsewhere."""

    def __init__(self, jobs: list[_Job]) -> None:
        self.jobs, self._done = jobs, 0
        self._live: Any = None

    def __enter__(self) -> _Board:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(self.table(), console=Console(stderr=True), refresh_per_second=4)
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live is not None:
            self._live.update(self.table(), refresh=True)
            self._live.stop()

    def show(self) -> None:
        if self._live is not None:
            self._live.update(self.table(), refresh=True)

    def tell(self, job: _Job) -> None:
        self._done += 1
        self.show()
        if self._live is None:
            note = job.note or ("kept" if job.state == "kept" else "")
            print(f"[{self._done}/{len(self.jobs)}] {job.row['id']}: {job.code} {note}".rstrip(), file=sys.stderr)

    def table(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        done = sum(job.state not in ("waiting", "running") for job in self.jobs)
        table = Table(title=f"{done} of {len(self.jobs)}", title_justify="left", box=None, pad_edge=False)
        for name in ("id", "state", "status", "seconds", "text"):
            table.add_column(
                name,
                justify="right" if name in ("status", "seconds") else "left",
                no_wrap=name != "text",
                overflow="ellipsis",
            )
        active = next((k for k, job in enumerate(self.jobs) if job.state == "running"), len(self.jobs))
        first = max(0, min(active - BOARD_ROWS // 2, len(self.jobs) - BOARD_ROWS))
        for job in self.jobs[first : first + BOARD_ROWS]:
            style = {"running": "bold", "failed": "red", "waiting": "dim"}.get(
                job.state, "green" if job.code == 0 else "yellow"
            )
            cells = (
                str(job.row["id"]),
                job.state,
                "" if job.code is None else str(job.code),
                f"{job.seconds:.1f}" if job.seconds else "",
            )
            table.add_row(*(Text(cell, style=style) for cell in cells), Text(job.note or job.row["text"], style=style))
        return table
