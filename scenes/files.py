"""Files are written whole or not at all: to a temporary neighbour, then renamed over the target."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scenes.errors import UserError

__all__ = ["prepare_folder", "write_atomically", "write_text"]


@contextmanager
def write_atomically(path: str | Path, *, suffix: str | None = None) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it replaces `path`, on any error it is removed.

    The temporary keeps the target's suffix (or `suffix`), because writers choose their format by it.
    """
    target = Path(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=suffix or target.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text with unix line ends, whole or not at all."""
    with write_atomically(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def prepare_folder(path: str | Path) -> Path:
    """Make the output folder and make sure that it can be written to, before anything is computed.

    Raises UserError when the path is a file, or the folder cannot be made or written to.
    """
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"The output {folder} is a file, not a folder: choose another with -o.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"The output folder {folder} cannot be written to ({error.strerror}): choose another with -o, or change its permissions."
        ) from error
    return folder
