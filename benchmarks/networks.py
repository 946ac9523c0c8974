"""Networks behind several front ends: how long a training step and an answer take."""

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

from benchmarks.timing import rows
from pixembed import networks, training
from pixembed.backend import keras
from pixembed.data import Dataset, load_sample
from pixembed.folding import fold, fold_for_training
from pixembed.recipes import NEIGHBOURS, TEXT, Recipe

ROUNDS = 5
BATCH = 128
IMAGES = 4 * BATCH


@dataclass(frozen=True)
class Way:
    """A network, and how it is computed."""

    recipe: Recipe
    folded: bool = False
    precision: str = "float32"


PLAIN, EMBEDDING = TEXT["plain"], TEXT["pixel_embedding"]

#: The first is what the others are compared with.
WAYS = {
    "plain": Way(PLAIN),
    "unfolded": Way(EMBEDDING),
    "folded": Way(EMBEDDING, folded=True),
    "neighbours, unfolded": Way(NEIGHBOURS["neighbours"]),
    "neighbours, folded": Way(NEIGHBOURS["neighbours"], folded=True),
    "plain, bfloat16": Way(PLAIN, precision="mixed_bfloat16"),
    "unfolded, bfloat16": Way(EMBEDDING, precision="mixed_bfloat16"),
    "folded, bfloat16": Way(EMBEDDING, folded=True, precision="mixed_bfloat16"),
}


def answers(rounds=ROUNDS, count=IMAGES):
    """Answers of each way, and of the same two networks in PyTorch where it is."""
    images = training.first(load_sample(), count)
    tasks = {name: answering(way, images) for name, way in WAYS.items()}
    if torch := in_torch():
        tasks |= torch.answering(images, BATCH)
    return rows(tasks, rounds, count)


def training_steps(rounds=ROUNDS, count=IMAGES):
    """A pass of training of each, likewise."""
    images = training.first(load_sample(), count)
    tasks = {name: learning(way, images) for name, way in WAYS.items()}
    if torch := in_torch():
        tasks |= torch.learning(images, BATCH)
    return rows(tasks, rounds, count)


def in_torch():
    """The networks in plain PyTorch, None where it is not installed."""
    if not find_spec("torch"):
        return None
    from benchmarks import in_torch

    return in_torch


def answering(way: Way, images: Dataset, batch: int = BATCH):
    """A function that answers all images."""
    model = built(way, images)
    model = fold(model) if way.folded else model
    feed = networks.batches(images.images, batch_size=batch)
    return partial(model.predict, **feed, verbose=0)


def learning(way: Way, images: Dataset):
    """A function that trains on all images once."""
    model = built(way, images)
    learner = compiled(fold_for_training(model) if way.folded else model)
    feed = networks.batches(images.images, images.labels, batch_size=BATCH)
    return partial(learner.fit, **feed, shuffle=False, verbose=0)


def built(way: Way, images: Dataset) -> keras.Model:
    """The network of a way, untrained, with the statistics of the images."""
    with precision(way.precision):
        model = networks.build(way.recipe, seed=0, shape=images.images.shape[1:])
    networks.adapt(model, images.images)
    return model


@contextmanager
def precision(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def compiled(model: keras.Model) -> keras.Model:
    """Returns the model ready to learn."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    return model
