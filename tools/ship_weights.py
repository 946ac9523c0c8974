"""Puts trained networks into the package: `python -m tools.ship_weights NAME FOLDER`.

NAME is that of an experiment, FOLDER what `python -m pixembed reproduce` left beside
its results file.
"""

import json
import sys
from pathlib import Path

from pixembed import training, weights
from pixembed.backend import keras
from pixembed.experiments import EXPERIMENTS


def main(experiment, folder):
    """Stores every network of a folder."""
    for run in sorted(Path(folder).glob("*/run.json")):
        identity = json.loads(run.read_text(encoding="utf-8"))
        (arm,) = (
            name
            for name, recipe in EXPERIMENTS[experiment].recipes.items()
            if training.in_training(recipe) == identity["recipe"]
        )
        trained = weights.store(
            keras.models.load_model(run.with_name("model.keras")),
            experiment,
            arm,
            identity["seed"],
            len(identity["history"]),
            identity["precision"],
        )
        print(trained)


if __name__ == "__main__":
    main(*sys.argv[1:])
