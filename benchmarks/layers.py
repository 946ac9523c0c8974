"""Where the time goes: a network cut off behind each of its layers in turn."""

from functools import partial

from benchmarks.networks import BATCH, WAYS, built
from benchmarks.timing import rows
from pixembed import networks, training
from pixembed.backend import keras
from pixembed.data import load_sample
from pixembed.folding import fold

ROUNDS = 7
IMAGES = 2 * BATCH
SHOWN = ("plain", "unfolded", "folded")


def groups():
    """A group for each network."""
    return {f"layers, {name}": partial(by_layer, name) for name in SHOWN}


def by_layer(name, rounds=ROUNDS, count=IMAGES):
    """Answers up to each layer; the difference of two is what the last of them took."""
    images = training.first(load_sample(), count)
    way = WAYS[name]
    model = built(way, images)
    model = fold(model) if way.folded else model
    feed = networks.batches(images.images, batch_size=BATCH)
    tasks = {}
    for layer in model.layers[1:]:
        part = keras.Model(model.inputs, layer.output)
        tasks[layer.name] = partial(answer, part, feed["x"])
    return rows(tasks, rounds, count)


def answer(model, feed):
    """Without `predict`, which would collect what a layer returns in one array."""
    for images in feed:
        model.predict_on_batch(images)
