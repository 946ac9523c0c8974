"""Training a recipe: seeded, with checkpoints, resumed after an interruption."""

import json
import math
import os
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np

from pixembed import networks
from pixembed.backend import check_trains, keras, onednn
from pixembed.checks import check_seed
from pixembed.data import Dataset, digest
from pixembed.files import path, replace_file
from pixembed.noise import add_one_of
from pixembed.recipes import Recipe

#: Optimisers with the settings that the released code's library had by default, where
#: Keras has others.
_OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adadelta": lambda rate: keras.optimizers.Adadelta(rate, rho=0.95, epsilon=1e-8),
}

#: Seconds between two lines about one epoch.
PATIENCE = 30


def fit(
    recipe: Recipe,
    train: Dataset,
    *,
    seed: int,
    test: Dataset | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> tuple[keras.Model, list[dict[str, Any]]]:
    """Trains the network of a recipe.

    The initial weights, the order of the images in each epoch, the noise on them and
    what layers draw in training follow from the seed alone, so that a run resumed from
    a checkpoint goes on as if it had never stopped.

    Args:
        recipe: `pixembed.recipes.Recipe`.
        train: `pixembed.data.Dataset` to learn from.
        seed: int, not negative.
        test: `Dataset` counted after every epoch, or None.
        checkpoint: folder, written after every epoch; if it holds epochs of the same
            run, training goes on after them, and with `test` each of them must have
            been counted. None keeps nothing.
        progress: bool, whether to print a line after every epoch, and within a long
            one: a bar in a terminal, elsewhere a line now and then.

    Returns:
        (model, history): the trained `keras.Model` and a list with a dict for each
        epoch: `epoch` (from 1), `loss`, `accuracy` (0 to 1), `seconds`, and with
        `test` also `test_loss` and `test_accuracy`.

    Raises:
        ValueError: if `train` is empty, or the checkpoint is broken, belongs to
            another run, or lacks the counts of `test`; if Keras's backend cannot
            train.
    """
    seed = check_seed("seed", seed)
    check_trains()
    if len(train) == 0:
        raise ValueError("train must hold at least one image. Received: 0")
    run = identity(recipe, train, seed)
    train = first(train, recipe.images)
    model, history = None, []
    if checkpoint:
        steps = math.ceil(len(train) / recipe.batch_size)
        model, history = _resume(checkpoint, run, steps)
        _check_history(checkpoint, history, recipe.epochs, test)
        _remove_unfinished(checkpoint)
    if model is None:
        shape, classes = train.images.shape[1:], train.classes
        model = networks.build(recipe, seed=seed, shape=shape, classes=classes)
        networks.adapt(model, train.images)
        _compile(model, recipe, len(train))
    for epoch in range(len(history), recipe.epochs):
        history.append(_epoch(model, recipe, train, test, seed, epoch, progress))
        if checkpoint:
            _save(checkpoint, model, run, history)
        if progress:
            print(_line(history, recipe.epochs), flush=True)
    return model, history


def epoch_images(recipe: Recipe, train: Dataset, seed: int, epoch: int) -> Dataset:
    """Returns what an epoch of a training is given, in its order.

    Args:
        recipe: `pixembed.recipes.Recipe`.
        train: `pixembed.data.Dataset`.
        seed: int, not negative, of the training.
        epoch: int, from 0.

    Returns:
        `Dataset`: the images in the order of this epoch, under the recipe's noise.
    """
    found = train.rows(np.random.default_rng([seed, epoch]).permutation(len(train)))
    if not recipe.noise:
        return found
    noisy = add_one_of(
        found.images,
        recipe.noise,
        seed=[seed, epoch, len(recipe.noise)],
        overflow=recipe.noise_overflow,
    )
    return replace(found, images=noisy)


def _compile(model, recipe, images):
    rate = recipe.learning_rate
    if recipe.decay != 1:
        steps = math.ceil(images / recipe.batch_size)
        rate = keras.optimizers.schedules.ExponentialDecay(
            rate, steps, recipe.decay, staircase=True
        )
    model.compile(
        optimizer=_OPTIMIZERS[recipe.optimizer](rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )


class _LinesNowAndThen(keras.callbacks.Callback):
    """Says how far an epoch is, where no bar can be drawn."""

    def on_epoch_begin(self, epoch, logs=None):
        self.said = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        now, steps = time.perf_counter(), self.params["steps"]
        if now - self.said > PATIENCE and batch + 1 < steps:
            self.said = now
            print(f"step {batch + 1:,} of {steps:,}", flush=True)


def _epoch(model, recipe, train, test, seed, epoch, progress):
    bar = progress and sys.stdout.isatty()
    lines = [_LinesNowAndThen()] if progress and not bar else []
    start = time.perf_counter()
    given = epoch_images(recipe, train, seed, epoch)
    _reseed(model, seed, epoch)
    feed = networks.batches(given.images, given.labels, batch_size=recipe.batch_size)
    logs = model.fit(**feed, shuffle=False, verbose=int(bar), callbacks=lines).history
    entry = {"epoch": epoch + 1, "loss": logs["loss"][0]}
    entry |= {"accuracy": logs["accuracy"][0], "seconds": time.perf_counter() - start}
    if test is not None:
        entry["test_loss"], entry["test_accuracy"] = model.evaluate(
            **networks.batches(test.images, test.labels, batch_size=250), verbose=0
        )
    return entry


def _reseed(model, seed, epoch):
    """Gives layers that draw numbers in training those of this epoch: no file does."""
    rng = np.random.default_rng([seed, epoch, 1])
    for layer in model.layers:
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign([rng.integers(2**31), 0])


def _line(history, epochs):
    last = history[-1]
    left = np.mean([entry["seconds"] for entry in history]) * (epochs - last["epoch"])
    return (
        f"epoch {last['epoch']}/{epochs}  loss {last['loss']:.3f}  "
        f"accuracy {last['accuracy']:.3f}  {last['seconds']:.1f} s  "
        f"({int(left) // 60}:{int(left) % 60:02} left)"
    )


def first(dataset: Dataset, images: int | None) -> Dataset:
    """Returns a dataset of the first images; None for the dataset itself.

    Raises:
        ValueError: if the dataset does not hold so many.
    """
    if images is None:
        return dataset
    if not 0 < images <= len(dataset):
        raise ValueError(
            f"recipe.images must lie in 1..{len(dataset)}. Received: {images}"
        )
    return dataset.rows(slice(images))


def identity(recipe: Recipe, train: Dataset, seed: int) -> dict[str, Any]:
    """Returns what makes one training different from another, as a dict for JSON.

    It holds what differs from the defaults, so that a new setting with a default makes
    no other training of an old one. The number of epochs is not in it, since a run of
    fewer is the start of a run of more, nor what concerns testing only.
    """
    return {
        "recipe": in_training(recipe),
        "seed": check_seed("seed", seed),
        "train_sha256": digest(train),
        "precision": keras.config.dtype_policy().name,
        "backend": keras.backend.backend(),
        "onednn": onednn(),
    }


def in_training(recipe: Recipe) -> dict[str, Any]:
    """Returns the settings of a recipe that decide a training but for its length.

    Args:
        recipe: `pixembed.recipes.Recipe`.

    Returns:
        dict for JSON.
    """
    left_out = ("epochs", "test_statistics")
    return {n: value for n, value in recipe.settings.items() if n not in left_out}


def _resume(checkpoint, run, steps):
    """Returns the model and the history of the epochs that the model has seen.

    The record is written first, so after a kill it can be one epoch ahead.
    """
    record, weights = _files(checkpoint)
    if not weights.exists():
        return None, []
    try:
        stored = json.loads(record.read_text(encoding="utf-8"))
        history = list(stored.pop("history"))
        model = keras.models.load_model(weights)
        iterations = int(keras.ops.convert_to_numpy(model.optimizer.iterations))
    except Exception as error:
        raise _broken(checkpoint, error) from error
    changed = [key for key in run if stored.get(key) != run[key]]
    if changed:
        raise ValueError(
            f"checkpoint {os.fspath(checkpoint)!r} belongs to another run: "
            f"{', '.join(changed)} differ. Give another folder, or remove it"
        )
    seen = iterations // steps
    if len(history) < seen:
        reason = f"weights of {seen} epochs, a record of {len(history)}"
        raise _broken(checkpoint, reason)
    return model, history[:seen]


def _check_history(checkpoint, history, epochs, test):
    holds = f"checkpoint {os.fspath(checkpoint)!r} holds"
    if len(history) > epochs:
        raise ValueError(
            f"{holds} {len(history)} epochs, more than the {epochs} of the recipe"
        )
    without = [entry["epoch"] for entry in history if "test_accuracy" not in entry]
    if test is not None and without:
        raise ValueError(
            f"{holds} epochs without counts of test images: {without}. "
            "Leave out test, or give another folder"
        )


def _remove_unfinished(checkpoint):
    """Removes what runs that were killed while saving have left."""
    for file in _files(checkpoint):
        for left in file.parent.glob(f"unfinished-*-{file.name}"):
            left.unlink(missing_ok=True)


def _broken(checkpoint, reason):
    return ValueError(
        f"checkpoint {os.fspath(checkpoint)!r} is broken ({reason}). "
        "Remove the folder to train from the start"
    )


def _save(checkpoint, model, run, history):
    record, weights = _files(checkpoint)
    record.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**run, "history": history}, indent=1)
    replace_file(record, lambda file: file.write_text(text, encoding="utf-8"))
    replace_file(weights, model.save)


def _files(checkpoint):
    folder = path(checkpoint)
    return folder / "run.json", folder / "model.keras"
