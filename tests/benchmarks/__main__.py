"""All figures at once: `python -m tests.benchmarks` (cold plan, simulation against a bare loop, heat, one clip with its peak memory).

Ratios carry over to other machines; seconds are of the machine that runs this.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
SENTENCE = "A red rubber ball falls from a second-floor balcony, bounces three times on concrete and comes to rest"


def timed(command: list[str], *, runs: int = 1) -> float:
    """The median wall-clock [s] of a command."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 3):  # 3: a clip cut to three seconds may miss the rest that is asked
            sys.exit(done.stderr or f"{command} ended with {done.returncode}")
        taken.append(time.perf_counter() - started)
    return sorted(taken)[len(taken) // 2]


def main() -> None:
    hybrid = [sys.executable, "-m", "hybrid.cli"]
    with tempfile.TemporaryDirectory() as folder:
        timed([*hybrid, "plan", SENTENCE, "-o", f"{folder}/warm.yaml"])
        print(
            f"cold `hybrid plan`, English:  {timed([*hybrid, 'plan', SENTENCE, '-o', f'{folder}/a.yaml'], runs=5):6.2f} s"
        )
        chinese = "红色橡胶球从二楼阳台落下，在水泥地上弹跳三次后静止"
        print(
            f"cold `hybrid plan`, Chinese:  {timed([*hybrid, 'plan', chinese, '-o', f'{folder}/b.yaml'], runs=5):6.2f} s"
        )
        clip = [*hybrid, "make", SENTENCE, "-o", f"{folder}/clip", "--size", "640x360", "--seconds", "3", "--quiet"]
        print(f"3 s clip, 640x360, 16 fps:    {timed(clip):6.1f} s")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"peak memory of one process:   {peak:6.0f} MiB")
        print(f"draft of the same:            {timed([*clip, '--draft']):6.1f} s")
    for script in ("bench_sim.py", "bench_heat.py", "bench_passes.py"):
        print(f"\n{script}")
        subprocess.run([sys.executable, str(HERE / script)], check=True)


if __name__ == "__main__":
    main()
