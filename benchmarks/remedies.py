"""What each of the usual remedies costs in training.

Run it with `python -m benchmarks.remedies FILE` on a machine that does nothing else; it
writes a line for each remedy. The file that ships with the book is
`pixembed/reference/costs/remedies.csv`.
"""

import csv
import sys
from dataclasses import asdict, dataclass, fields
from functools import partial
from statistics import median

from benchmarks.networks import compiled
from benchmarks.timing import seconds, times
from pixembed import files, networks, remedies, training
from pixembed.backend import keras, processor, version
from pixembed.cores import one_thread
from pixembed.data import Dataset, load_sample
from pixembed.noise import add_one_of
from pixembed.recipes import Recipe

ROUNDS = 5
IMAGES = 1280


@dataclass(frozen=True)
class Cost:
    """Seconds before training, and median seconds of one pass over the images."""

    arm: str
    before: float
    one_pass: float
    images: int
    rounds: int
    keras: str
    device: str


def main(file: str) -> None:
    """Times all remedies, which take turns, and writes what was found."""
    images = training.first(load_sample(), IMAGES)
    with one_thread():
        tasks, before = {}, {}
        for arm, recipe in remedies.recipes("fast").items():
            model = networks.build(recipe, seed=0)
            before[arm] = seconds(networks.adapt, model, images.images)
            tasks[arm] = partial(learn, compiled(model), recipe, images)
        measured = times(tasks, ROUNDS)
    made = version(), processor()
    costs = [
        Cost(arm, before[arm], median(took), IMAGES, ROUNDS, *made)
        for arm, took in measured.items()
    ]
    write(file, costs)


def learn(model: keras.Model, recipe: Recipe, images: Dataset) -> None:
    """Shows the model each image once, with the noise of its recipe."""
    seen = images.images
    if recipe.noise:
        overflow = recipe.noise_overflow
        seen = add_one_of(seen, recipe.noise, seed=0, overflow=overflow)
    feed = networks.batches(seen, images.labels, batch_size=recipe.batch_size)
    model.fit(**feed, shuffle=False, verbose=0)


def write(file: str, costs: list[Cost]) -> None:
    """Writes a CSV with a line for each cost."""

    def lines(temporary):
        with temporary.open("w", encoding="utf-8", newline="") as opened:
            names = [field.name for field in fields(Cost)]
            writer = csv.DictWriter(opened, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(asdict(cost) for cost in costs)

    files.replace_file(files.path(file), lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
