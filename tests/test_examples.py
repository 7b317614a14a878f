"""The shipped scenes do what their texts say, without a search."""

from __future__ import annotations

import pytest

from hybrid import HybridPipeline
from hybrid.run import exit_status
from scenes.errors import UserError
from scenes.examples import GUIDANCE_SCENES, example_names, example_path, load_example


@pytest.mark.parametrize("name", example_names())
def test_what_an_example_asks_for_happens_with_the_values_in_its_file(name: str) -> None:
    run = HybridPipeline(pictures=False).simulate(load_example(name))
    assert run.outcomes, f"{name} asks for nothing"
    assert exit_status(run) == 0, [(o.name, o.evidence) for o in run.outcomes]
    assert not run.scene.free, "an example needs no search"


def test_the_scenes_for_calibration_are_among_the_examples() -> None:
    assert set(GUIDANCE_SCENES) <= set(example_names()) and len(GUIDANCE_SCENES) == 6


def test_an_example_runs_by_its_name() -> None:
    clip = HybridPipeline(pictures=False)("example:colliding_balls")
    assert clip.ok and clip.scene.text == load_example("colliding_balls").text


def test_a_name_that_there_is_not_gets_the_nearest() -> None:
    with pytest.raises(UserError, match="bouncing_ball"):
        example_path("bouncing_bal")
