"""Every physics check passes at its tolerance: closed forms against integrated scenes."""

from __future__ import annotations

import pytest

from sim.checks import CHECKS

SLOW = {"bounce_ratios", "tunnelling", "energy", "stacks", "water", "bullets"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in CHECKS]
)
def test_the_law_holds(name: str) -> None:
    for result in CHECKS[name]():
        assert result.passed, (
            f"{result.name}: theory {result.theory:.6g}, measured {result.measured:.6g}, error {result.error:.3g}"
        )
