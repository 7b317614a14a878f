"""Nouns that name heat itself, which has no body."""

from __future__ import annotations

import re

__all__ = ["is_heat"]


def is_heat(head: str) -> bool:
    """Whether a noun names heat itself: heat, temperature, a hot area."""
    return bool({"heat", "temperature", "hot", "warmth", "thermal"} & set(re.split(r"[ _-]", head)))
