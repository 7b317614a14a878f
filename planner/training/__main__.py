"""`python -m planner.training --treebank DIR --output DIR [--epochs N] [--seed N]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scenes.errors import UserError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m planner.training", description=__doc__)
    parser.add_argument(
        "--treebank", type=Path, required=True, help="folder with the UD English-EWT splits (.conllu or .conllu.xz)"
    )
    parser.add_argument(
        "--output", type=Path, required=True, help="folder to write the pipeline to, such as planner/models/en_scene"
    )
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scene-sentences", type=int, default=8500, help="grammar-made sentences in each epoch")
    options = parser.parse_args()
    from planner.training.train import train_pipeline

    try:
        train_pipeline(
            options.treebank,
            options.output,
            epochs=options.epochs,
            seed=options.seed,
            scene_sentences=options.scene_sentences,
        )
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
