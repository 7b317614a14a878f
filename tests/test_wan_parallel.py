"""Several processes of torchrun make one clip: the first writes, the others denoise along; without torchrun it is refused in a sentence.

Splitting the attention itself needs CUDA devices (diffusers asks for their number), so it is left out here: every process denoises the whole clip.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the [wan] extra is not installed")
pytest.importorskip("diffusers", reason="the [wan] extra is not installed")

from generator.video import read_frames
from hybrid.diffusion import DiffusionOptions
from scenes.errors import UserError

ROOT = Path(__file__).parents[1]
PROGRAM = """
import sys
import generator.wan.switches as switches
switches._parallel = lambda pipe, plan: ["left out"]
from hybrid.cli import main
main()
"""


def test_without_torchrun_the_sentence_says_how_to_start_it(monkeypatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with pytest.raises(UserError, match=r"torchrun --nproc-per-node 2 -m hybrid\.cli make \.\.\. --parallel 2"):
        DiffusionOptions(parallel=2)
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(UserError, match="needs 2 processes and 4 are running"):
        DiffusionOptions(parallel=2)
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert DiffusionOptions(parallel=2).parallel == 2


@pytest.mark.slow
def test_the_others_denoise_along_and_write_nothing(tmp_path) -> None:
    from tests.test_wan_end_to_end import SCENE
    from tests.wan_tiny import save_tiny

    weights = save_tiny(tmp_path / "weights", "t2v")
    (tmp_path / "scene.yaml").write_text(SCENE, encoding="utf-8")
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    shared = [
        "make",
        str(tmp_path / "scene.yaml"),
        "--backend",
        f"wan2.2-t2v-a14b={weights}",
        "--steps",
        "8",
        "--size",
        "64x64",
        "--frames",
        "9",
    ]
    shared += ["--draft", "--workers", "1", "--quiet", "--no-grade", "--seed", "3"]
    port = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(29500 + os.getpid() % 400),
        "WORLD_SIZE": "2",
        "OMP_NUM_THREADS": "1",
    }
    common = {**os.environ, "HYBRID_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT), "HYBRID_DEVICE": "cpu"}
    runs = [
        subprocess.Popen(
            [sys.executable, str(tmp_path / "program.py"), *shared, "-o", str(tmp_path / f"rank{rank}"), "--parallel", "2"],
            env={**common, **port, "RANK": str(rank), "LOCAL_RANK": str(rank)}, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for rank in range(2)
    ]  # fmt: skip
    said = [run.communicate(timeout=300) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert not (tmp_path / "rank1").exists(), "only the first process writes"
    alone = subprocess.run(
        [sys.executable, "-m", "hybrid.cli", *shared, "-o", str(tmp_path / "alone")],
        env={**common, "OMP_NUM_THREADS": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert alone.returncode == 0, alone.stderr
    first, other = (np.stack(list(read_frames(tmp_path / name / "clip.mp4"))) for name in ("rank0", "alone"))
    assert np.array_equal(first, other)
