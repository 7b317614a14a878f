"""The command line: one module of `hybrid/commands` for each family of commands.

Exit status: 0 done and every asked outcome happened, 1 the run failed, 2 the input cannot be used, 3 done but an asked outcome did not
happen, was refused or needed a concession, 130 interrupted.
"""

from __future__ import annotations

import os
import sys

import typer

from hybrid.commands import compare, export, grading, looking, machine, making, materials, sweep
from hybrid.options import complain
from scenes.errors import RunError, UserError

__all__ = ["app", "main"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Described scenes to clips with integrated physics.",
)
for family in (making, looking, materials, machine, sweep, export, compare, grading):
    family.register(app)


def main() -> None:
    """Run the command line; a user's mistake is one sentence on standard error, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that has no tick still gets the rest
    try:
        code = app(standalone_mode=False)
        if code == 130:  # the command line library has caught the interrupt itself
            complain("Interrupted; what was finished is kept.", 130)
        if sys.stdout is not None:
            sys.stdout.flush()
    except UserError as error:
        code = complain(str(error), 2)
    except RunError as error:
        code = complain(str(error), 1)
    except KeyboardInterrupt:
        code = complain("Interrupted; what was finished is kept.", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has had enough; the work is done
        code = 0
    except MemoryError:
        code = complain("Out of memory: fewer bodies, a smaller --size or fewer --seconds will fit.", 1)
    except OSError as error:
        code = complain(
            f"A file could not be read or written ({error.strerror or error}): check the disk and the path {error.filename or ''}".rstrip()
            + ".",
            1,
        )
    except Exception as error:
        code = _usage(error)
    sys.exit(code if isinstance(code, int) else 0)


def _usage(error: Exception) -> int:
    """Click's own complaints (unknown option, missing argument) are one line too; anything else is a defect and says so."""
    import click

    if isinstance(error, click.exceptions.Abort):
        return complain("Interrupted; what was finished is kept.", 130)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        print(error.format_message())
        return 2
    if isinstance(error, click.ClickException) or hasattr(error, "format_message"):
        sentence = error.format_message().rstrip(".")  # type: ignore[attr-defined]
        return complain(f"{sentence}; see hybrid --help.", 2)
    if os.environ.get("HYBRID_DEBUG"):
        raise error
    return complain(
        f"Internal error ({type(error).__name__}: {error}); HYBRID_DEBUG=1 shows where. Please report it with the text or scene.",
        1,
    )


if __name__ == "__main__":
    main()
