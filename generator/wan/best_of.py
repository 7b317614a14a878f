"""Best of N: how well a predicted clip follows the simulation, judged cheaply in latents at the expert boundary."""

from __future__ import annotations

from typing import Any

import numpy as np

from generator.guidance.base import Grid, Reference
from generator.guidance.masks import to_cells, token_mask
from scenes.errors import UserError

__all__ = ["boundary_step", "candidate_steps", "motion_score", "swept_mask"]


def boundary_step(plan: list[Any]) -> int:
    """The step at which candidates are compared: the first of the low-noise expert, or of the last 60 % for one expert.

    At least one step is run before it and one after it.
    """
    running = [step for step in plan if step.runs]
    if len(running) < 2:
        raise UserError("--best-of needs at least two denoising steps: use more --steps.")
    low = next((step.step for step in running if step.expert == "low"), None)
    high_only = all(step.expert == "high" for step in running)
    at = low if low is not None and not high_only else running[max(1, round(0.4 * len(running)))].step
    return min(max(at, running[0].step + 1), running[-1].step)


def candidate_steps(plan: list[Any], candidates: int) -> int:
    """How many denoising steps a best-of-N run costs: N up to the boundary, one from there."""
    running = [step.step for step in plan if step.runs]
    if candidates <= 1:
        return len(running)
    at = boundary_step(plan)
    return candidates * sum(step < at for step in running) + sum(step >= at for step in running)


def swept_mask(reference: Reference, grid: Grid, shape: tuple[int, int]) -> np.ndarray[Any, Any]:
    """Where the movers are in any frame, one token wider, on latent cells (1, h, w) in 0..1."""
    movers = reference.movers or reference.names
    seen = np.zeros(reference.ids.shape, dtype=bool)
    for name in movers:
        seen |= reference.mask(name)
    if not seen.any():
        return np.ones((1, *shape), dtype=np.float32)
    return to_cells(token_mask(seen, grid, dilate=1).max(axis=0, keepdims=True), grid, shape)


def motion_score(x0: Any, clean: Any, swept: np.ndarray[Any, Any]) -> float:
    """Agreement in -1..1 of predicted clean latents with the reference's, both (1, C, L, h, w), in what *changes*.

    The mean over time is taken away from both, which leaves what moves and drops the look of what stands still; then the cosine over the
    cells that the movers sweep. A clip that stands still, or whose movers are elsewhere at another time, scores about 0.
    """
    import torch

    given, wanted = x0.detach().float().cpu(), clean.detach().float().cpu()
    given = given[:, :, -wanted.shape[2] :]
    weight = torch.from_numpy(np.ascontiguousarray(swept, dtype=np.float32))[None, None]
    given, wanted = ((latents - latents.mean(dim=2, keepdim=True)) * weight for latents in (given, wanted))
    norm = float(given.norm() * wanted.norm())
    return float((given * wanted).sum()) / norm if norm > 1e-12 else 0.0
