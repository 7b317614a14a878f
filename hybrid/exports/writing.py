"""Whole or not at all: an export is written beside its place and moved there when it is done."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scenes.errors import RunError, UserError

__all__ = ["MARK", "whole_output"]

MARK = ".export"  # a folder with this file in it was written by an export and may be replaced by the next


@contextmanager
def whole_output(target: Path, *, suffix: str = "") -> Iterator[tuple[Path, Callable[[Path], Path]]]:
    """Yield (temporary, finished): a new folder (or, with a `suffix`, the path of a file) beside `target`, and a
    function from paths under it to the paths they end at. On success it becomes `target`; on any error it goes.

    A folder that an earlier export wrote is replaced; any other folder that is not empty is left alone, with a UserError.
    A full disk is a RunError.
    """
    target = target.absolute()
    if suffix and target.suffix.lower() != suffix:
        if target.is_dir():
            raise UserError(
                f"{target} is a folder, and this format is one file: name it, for example -o {target}/scene{suffix}."
            )
        raise UserError(f"The output {target.name} must end in {suffix} for this format.")
    if not suffix and target.exists() and not target.is_dir():
        raise UserError(f"The output {target} is a file, and this format is a folder of files: choose another with -o.")
    if not suffix and target.is_dir() and any(target.iterdir()) and not (target / MARK).is_file():
        raise UserError(f"The folder {target} holds other files: choose a new folder with -o, or empty it.")
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
        os.chmod(temporary, 0o755)
        place = temporary / target.name if suffix else temporary
        yield place, lambda path: target / path.relative_to(place) if path != place else target
        if suffix:
            os.replace(place, target)
        else:
            (temporary / MARK).write_text("", encoding="utf-8")
            if target.exists():
                shutil.rmtree(target)
            os.replace(temporary, target)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise RunError(
                f"The disk is full, so {target} was not written: free some space, or choose another place with -o."
            ) from error
        if error.errno in {errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR}:
            raise UserError(
                f"The output {target} cannot be written to ({error.strerror}): choose another with -o."
            ) from error
        raise
    finally:
        if temporary is not None and temporary.exists():
            shutil.rmtree(temporary, ignore_errors=True)
