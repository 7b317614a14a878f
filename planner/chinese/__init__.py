"""Reads Chinese text into a `Frame`."""

from planner.chinese.pipeline import read, read_many

__all__ = ["read", "read_many"]
