"""Grading: how well the motion on a clip agrees with the simulation, measured on the clip's pixels."""

from generator.adherence.grade import Grade, Limits, grade
from generator.adherence.truth import Truth, truth_of

__all__ = ["Grade", "Limits", "Truth", "grade", "truth_of"]
