"""Many prompts at a time: frames of a JSON-lines file, or a clip for each line, where one broken prompt never stops the rest."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenes.errors import RunError, UserError
from scenes.files import prepare_folder, write_text

if TYPE_CHECKING:
    from hybrid.pipeline import HybridPipeline

__all__ = ["make_many", "parse_many", "read_rows"]


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a JSON-lines file, each with `text` and perhaps `id`. UserError names the line that cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"The prompts {path} cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'}): give a UTF-8 file of JSON lines."
        ) from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise UserError(
                f"{path}, line {number} is not JSON ({error.msg}): each line must be like {{“id”: “a1”, “text”: “...”}}."
            ) from error
        text = row.get("text", row.get("prompt")) if isinstance(row, dict) else None
        if not isinstance(text, str):
            raise UserError(
                f"{path}, line {number} has no “text”: each line must be like {{“id”: “a1”, “text”: “...”}}."
            )
        rows.append({**row, "text": text, "id": row.get("id", f"row-{number}")})
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


def make_many(pipeline: HybridPipeline, source: Path, output: Path, options: dict[str, Any]) -> int:
    """A folder for each row under `output`, and `summary.json`. The status is the worst of all; finished folders are kept when run again."""
    from hybrid.run import exit_status

    rows = read_rows(source)
    prepare_folder(output)
    summary, worst = [], 0
    for number, row in enumerate(rows, start=1):
        folder = output / (re.sub(r"[^\w.-]+", "_", str(row["id"])).strip("._") or f"row-{number}")
        report = folder / "report.json"
        done = (
            json.loads(report.read_text(encoding="utf-8"))
            if report.is_file() and (folder / "clip.mp4").is_file()
            else {}
        )
        if done.get("text") == row["text"]:
            code, note = int(done.get("exit_status", 0)), "kept"
        else:
            code, note = 0, ""
            try:
                code = exit_status(pipeline(row["text"], output=folder, **options).run)
            except UserError as error:
                code, note = 2, str(error)
            except RunError as error:
                code, note = 1, str(error)
        worst = max(worst, {0: 0, 3: 1, 2: 2, 1: 3}[code])
        print(f"[{number}/{len(rows)}] {row['id']}: {code} {note}".rstrip(), file=sys.stderr)
        summary.append({"id": row["id"], "text": row["text"], "folder": folder.name, "exit_status": code, "note": note})
    write_text(output / "summary.json", json.dumps(summary, ensure_ascii=False, indent=1) + "\n")
    return [0, 3, 2, 1][worst]
