"""The one kind of error that a user's input can cause, and helpers that name the nearest right choice."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["RunError", "UserError", "did_you_mean", "nearest"]


class UserError(ValueError):
    """Input that cannot be used. `str(error)` is one sentence: what is wrong, where, and how to mend it (exit status 2)."""


class RunError(RuntimeError):
    """A run that failed after its input was accepted: audit, memory, disk (exit status 1). What was computed is kept."""


def nearest(name: str, choices: Iterable[str], *, count: int = 3) -> list[str]:
    """The `count` choices that are spelled most like `name`, best first; empty when none is near."""
    by_lower = {choice.lower(): choice for choice in choices}
    return [by_lower[hit] for hit in difflib.get_close_matches(name.lower(), list(by_lower), n=count, cutoff=0.55)]


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """`"; did you mean 'a' or 'b'?"`, or the first choices when nothing is near, for the end of an error sentence."""
    options = list(choices)
    hits = nearest(name, options)
    if hits:
        return "; did you mean " + " or ".join(repr(hit) for hit in hits) + "?"
    shown = ", ".join(sorted(options)[:12])
    return f"; the choices are {shown}{', ...' if len(options) > 12 else ''}" if options else ""
