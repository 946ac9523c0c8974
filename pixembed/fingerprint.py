"""A fingerprint of what the code makes of a seed.

Noise, order of the images, initial weights and what front ends make of the grey levels
follow from seeds alone. Their digest tells results of one state of the code from those
of another whose numbers differ, and stays when only words change.
"""

import functools
import hashlib
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixembed import (
    __version__,
    ablation,
    backend,
    data,
    networks,
    paper,
    recipes,
    training,
)
from pixembed.backend import keras
from pixembed.data import Dataset
from pixembed.noise import OVERFLOWS, add_noise

#: One image that has every grey level once: its mean and deviation are the same on
#: every machine, in whatever order they are summed.
LEVELS = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)


@functools.cache
def fingerprint() -> str:
    """Returns the digest of noise, order, start and front ends.

    Returns:
        str, 12 hexadecimal digits.
    """
    found = hashlib.sha256()
    with _float32():
        parts = noises(), orders(), starts(), front_ends()
    for part in parts:
        for _, value in sorted(part.items()):
            found.update(np.ascontiguousarray(value).tobytes())
    return found.hexdigest()[:12]


def origin(threads: str, *datasets: Dataset) -> dict[str, str]:
    """Returns what decides the numbers besides recipe and seed.

    Args:
        threads: str, how many threads each network has.
        datasets: `pixembed.data.Dataset`s, those that are used.

    Returns:
        dict with the names of `pixembed.results.Result`.
    """
    return {
        "data": data.digest(*datasets)[:12],
        "version": __version__,
        "precision": keras.config.dtype_policy().name,
        "keras": f"{keras.__version__} {keras.backend.backend()}",
        "onednn": backend.onednn(),
        "threads": threads,
        "code": fingerprint(),
    }


@contextmanager
def _float32():
    """Results say their precision by themselves; it changes no fingerprint."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


def noises() -> dict[str, NDArray[np.uint8]]:
    """Returns what every noise of the paper makes of all grey levels, seed 0."""
    return {
        f"{case.key} {overflow}": add_noise(LEVELS, case, seed=0, overflow=overflow)
        for case in paper.NOISY_CASES
        for overflow in OVERFLOWS
    }


def orders() -> dict[str, NDArray[np.integer]]:
    """Returns the order of 256 images in the first epochs, by seed and epoch."""
    dataset = Dataset("levels", LEVELS.reshape(256, 1, 1), LEVELS.ravel(), 256)
    recipe = recipes.TEXT["plain"]
    return {
        f"{seed} {epoch}": training.epoch_images(recipe, dataset, seed, epoch).labels
        for seed in (0, 1)
        for epoch in (0, 1)
    }


def starts() -> dict[str, NDArray[Any]]:
    """Returns the size of each initial array of the paper's networks, seed 0.

    It is rounded: the last digits of normal numbers differ between machines.
    """
    models = {
        f"{number} {arm}": networks.build(recipe, seed=0)
        for number, of_arm in enumerate((recipes.TEXT, recipes.CODE))
        for arm, recipe in of_arm.items()
    }
    return {
        name: np.array([f"{np.abs(a).sum():.4g}" for a in model.get_weights()])
        for name, model in models.items()
    }


def front_ends() -> dict[str, NDArray[Any]]:
    """Returns what the codings of the ablation make of all grey levels, seed 0."""
    return {
        f"{coding} {statistics}": _channels(ablation.recipe(coding, statistics, "fast"))
        for coding in ablation.CODINGS
        for statistics in ablation.STATISTICS
    }


def _channels(recipe):
    model = networks.build(recipe, seed=0, shape=LEVELS.shape[1:])
    first = next(
        layer for layer in model.layers if layer.name.startswith("convolution")
    )
    front_end = keras.Model(model.input, first.input)
    networks.adapt(front_end, LEVELS)
    return np.asarray(keras.ops.convert_to_numpy(front_end(LEVELS)))
