"""Networks behind several front ends: how long a training step and an answer take.

Run it with `python -m benchmarks.networks` on a machine that does nothing else.
"""

from functools import partial
from statistics import median

from benchmarks.noise import machine, seconds, spread
from pixembed import networks, training
from pixembed.backend import device, keras
from pixembed.cores import one_thread
from pixembed.data import Dataset, load_sample
from pixembed.folding import fold, fold_for_training
from pixembed.recipes import NEIGHBOURS, TEXT, Recipe

ROUNDS = 7
BATCH = 128
IMAGES = 10 * BATCH

RECIPES = {
    "plain": TEXT["plain"],
    "pixel embedding": TEXT["pixel_embedding"],
    "neighbours": NEIGHBOURS["neighbours"],
}


#: Those that are timed once more with embedding and convolution in one.
FOLDED = ["pixel embedding", "neighbours"]


def main():
    """Prints the machine, and a line for every network."""
    print(f"{machine()}\n{device()}")
    print(f"{IMAGES:,} images in batches of {BATCH}, one thread, {ROUNDS} rounds")
    print("milliseconds: median (least to most), and how many times the plain ones")
    print(f"{'':<26}{'training':>24}{'':>6}{'answers':>24}")
    sample = load_sample()
    with one_thread():
        tasks = {name: tasks_of(recipe, sample) for name, recipe in RECIPES.items()}
        for name in FOLDED:
            tasks[f"{name}, folded"] = tasks_of(RECIPES[name], sample, folded=True)
        measured = times(tasks)
    for name in tasks:
        print(line(name, measured[name], measured["plain"]))


def tasks_of(
    recipe: Recipe, images: Dataset, count: int = IMAGES, folded: bool = False
):
    """Two functions, each for `count` images: one pass of training, and the answers."""
    images = training.first(images, count)
    model = networks.build(recipe, seed=0)
    networks.adapt(model, images.images)
    learner = fold_for_training(model) if folded else model
    model = fold(model) if folded else model
    compiled(learner)
    learn = networks.batches(images.images, images.labels, batch_size=BATCH)
    answer = networks.batches(images.images, batch_size=BATCH)
    return (
        partial(learner.fit, **learn, shuffle=False, verbose=0),
        partial(model.predict, **answer, verbose=0),
    )


def compiled(model: keras.Model) -> keras.Model:
    """Returns the model ready to learn."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    return model


def times(tasks, rounds=ROUNDS):
    """Seconds of each round by network, for all its tasks; all networks take turns.

    The first run of each warms up and is not counted.
    """
    measured = {name: [] for name in tasks}
    for _ in range(rounds + 1):
        for name, own in tasks.items():
            measured[name].append([seconds(task) for task in own])
    return {name: [*zip(*each[1:], strict=True)] for name, each in measured.items()}


def line(name, ours, plain):
    """The medians with their spread, and how many times as long as the plain one."""
    parts = [
        f"{spread(one):>24}{median(one) / median(other):>6.2f}"
        for one, other in zip(ours, plain, strict=True)
    ]
    return f"{name:<26}{''.join(parts)}"


if __name__ == "__main__":
    main()
