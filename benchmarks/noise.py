"""Noise for 10,000 digits: how long ours takes, and how long scikit-image's."""

from functools import partial

import numpy as np
from skimage.util import random_noise

from benchmarks.timing import rows
from pixembed import noise
from pixembed.data import load_sample

ROUNDS = 5

#: Ours, and scikit-image's nearest kin. It returns floats; turning them into grey
#: levels again would take it longer still.
PAIRS = {
    "additive Gaussian": (
        lambda images: noise.additive_gaussian(images, 25, 5, overflow="clip", rng=0),
        lambda images: random_noise(images, "gaussian", rng=0, mean=0.1, var=0.0004),
    ),
    "additive impulse": (
        lambda images: noise.additive_impulse(images, 0.5, 50, overflow="clip", rng=0),
        lambda images: random_noise(images, "salt", rng=0, amount=0.5),
    ),
    "salt and pepper": (
        lambda images: noise.salt_and_pepper(images, 0.5, rng=0),
        lambda images: random_noise(images, "s&p", rng=0, amount=0.5),
    ),
}


def groups():
    """A group for each noise."""
    return {name: partial(measured, *pair) for name, pair in PAIRS.items()}


def measured(ours, theirs, rounds=ROUNDS):
    images = np.concatenate([load_sample().images] * 2)
    tasks = {"ours": partial(ours, images), "scikit-image": partial(theirs, images)}
    return rows(tasks, rounds, len(images))
