"""Guidance on a denoiser that is known exactly, through the real pipelines. A small part of `tests/benchmarks/ideal_denoiser.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra [wan]: pip install 'hybrid-physics-video[wan]'")
pytest.importorskip("diffusers", reason="needs the extra [wan]: pip install 'hybrid-physics-video[wan]'")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from generator.guidance import MaskSettings, SDEdit, TwoClock, Unguided  # noqa: E402
from tests.benchmarks import ideal_denoiser as bench  # noqa: E402
from tests.benchmarks import ideal_world as world  # noqa: E402

COUNT = 3


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_the_denoiser_is_the_exact_posterior_mean():
    scene = world.World(world.Motion(32.0, 0.35), trajectories=6, truths=1, neighbours=2)
    latents = torch.cat(
        [world._latents(np.asarray(scene.coverage[k].todense()).ravel(), torch.zeros(1)) for k in range(8)]
    ).double()
    generator, sigma = torch.Generator().manual_seed(0), 0.993
    x = (1 - sigma) * latents[2:3] + sigma * torch.randn(latents[:1].shape, generator=generator, dtype=torch.float64)
    log = -((x - (1 - sigma) * latents) ** 2).flatten(1).sum(dim=1) / (2 * sigma**2) + torch.from_numpy(scene.log_prior)
    weights = torch.softmax(log, 0)
    assert 0.05 < float(weights.max()) < 0.999  # several are likely, or this tests nothing
    mean = (weights[:, None] * latents.flatten(1)).sum(dim=0).view(x.shape)
    velocity = world.IdealTransformer(scene)(hidden_states=x, timestep=torch.tensor([1000 * sigma]))[0]
    assert torch.allclose(x - sigma * velocity, mean, atol=2e-3)


def test_the_measure_finds_what_is_there():
    scene = world.world_of(32.0, 0.35)
    for k in range(2):
        truth = scene.truths[k]
        found = world.score(world.disc_reference(truth, 32.0).frames, truth, 32.0)
        assert found.error < 0.3 and found.iou > 0.95
        assert world.score(world.disc_reference(truth, 32.0).frames, truth + [5.0, 0.0], 32.0).error == pytest.approx(
            5.0, abs=0.3
        )


def test_two_clocks_hold_the_trajectory_that_the_model_alone_would_not_take():
    alone, guided = bench.measured(Unguided(), count=COUNT), bench.measured(TwoClock(), count=COUNT)
    assert alone["error"] > 40 and guided["error"] < 1.5 and guided["iou"] > 0.85


def test_pins_help_where_one_clock_enters_too_early_and_wrong_colours_undo_all_of_it():
    early = bench.measured(SDEdit(sigma=0.97), count=COUNT)
    assert bench.measured(TwoClock(sigma_weak=0.97), count=COUNT)["error"] < early["error"]
    assert bench.measured(TwoClock(), cosine=0.0, count=COUNT)["error"] > 20


def test_group_masks_beat_first_frame_masks_on_small_fast_things():
    found = {}
    for how in ("group", "first"):
        guidance = TwoClock(sigma_strong=0.875, masks=MaskSettings(how=how))
        found[how] = bench.measured(guidance, diameter=16.0, gravity=1.5, count=COUNT)
    assert found["group"]["error"] < 0.25 * found["first"]["error"] and found["group"]["iou"] > found["first"]["iou"]
