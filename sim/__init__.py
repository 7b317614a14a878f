"""Scene -> Trace: the solvers. Names load lazily, so that reading a trace needs neither pybullet nor the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.audit import audit
    from sim.goals import Outcome, verify
    from sim.search import Budget, Settled, settle
    from sim.simulate import simulate
    from sim.trace import Trace

__all__ = ["Budget", "Outcome", "Settled", "Trace", "audit", "settle", "simulate", "verify"]
_HOME = {
    "Budget": "search",
    "Outcome": "goals",
    "Settled": "search",
    "Trace": "trace",
    "audit": "audit",
    "settle": "search",
    "simulate": "simulate",
    "verify": "goals",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"sim.{_HOME[name]}"), name)
