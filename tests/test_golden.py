"""What a seed stands for: noise, order, start, split and tokens, as they always were.

Shipped results follow from these numbers. Whoever changes one of them on purpose
changes what every seed means, and reruns every result.
"""

from dataclasses import replace

import keras
import numpy as np
import pytest

from pixembed import data, fingerprint, networks, noise, recipes, training
from pixembed.layers import PixelEmbedding, Standardize

GREY = np.full((1, 8), 100, np.uint8)
SALT = noise.Case("salt_and_pepper", (("amount", 0.5),))

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="every backend draws initial weights of its own",
)

# Noise


@pytest.mark.parametrize(
    ("case", "seed", "expected"),
    [
        (noise.gaussian(25, 5), 0, [122, 124, 127, 124, 118, 119, 126, 128]),
        (noise.gaussian(25, 5), 1, [125, 129, 126, 132, 123, 127, 122, 116]),
        (noise.impulse(0.5, 100), 0, [200, 100, 100, 200, 200, 100, 200, 200]),
        (noise.impulse(0.5, 100), 1, [200, 100, 100, 100, 100, 100, 200, 200]),
        (SALT, 0, [0, 100, 100, 100, 100, 100, 0, 100]),
        (SALT, 1, [100, 100, 0, 0, 100, 255, 100, 100]),
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_the_noise_of_a_seed(case, seed, expected):
    noisy = noise.add_noise(GREY, case, seed=seed, overflow="clip")
    assert noisy.tolist() == [expected]


def test_what_a_generator_draws():
    gaussian = noise.draw_gaussian((8,), 25, 5, rng=1)
    assert gaussian.tolist() == [24, 25, 28, 33, 15, 19, 29, 33]
    impulse = noise.draw_impulse((8,), 0.5, 9, rng=1)
    assert impulse.tolist() == [9, 0, 0, 0, 9, 9, 0, 0]
    salt = noise.draw_salt_and_pepper((8,), 0.5, rng=1)
    assert salt.tolist() == [-1, 0, 0, 0, 1, 1, 0, 0]


# The order of the images, and the noise on them

TEN = data.Dataset("ten", np.full((10, 1, 1), 100, np.uint8), np.arange(10))


@pytest.mark.parametrize(
    ("seed", "epoch", "expected"),
    [
        (0, 0, [4, 6, 2, 7, 3, 5, 9, 0, 8, 1]),
        (0, 1, [9, 1, 3, 8, 7, 6, 0, 4, 2, 5]),
        (1, 0, [8, 4, 7, 0, 1, 2, 5, 9, 6, 3]),
        (1, 2, [8, 5, 6, 0, 9, 1, 4, 3, 7, 2]),
        (2, 1, [0, 8, 9, 2, 3, 6, 4, 1, 5, 7]),
    ],
)
def test_the_order_of_an_epoch(seed, epoch, expected):
    given = training.epoch_images(recipes.TEXT["plain"], TEN, seed, epoch)
    assert given.labels.tolist() == expected


@pytest.mark.parametrize(
    ("seed", "epoch", "expected"),
    [
        (0, 0, [94, 94, 98, 101, 101, 101, 77, 88, 100, 101]),
        (1, 2, [82, 74, 91, 100, 101, 101, 79, 101, 100, 127]),
        (2, 1, [91, 101, 95, 100, 101, 104, 78, 100, 100, 101]),
    ],
)
def test_the_noise_of_an_epoch(seed, epoch, expected):
    cases = (noise.CLEAN, noise.impulse(1, 1), noise.gaussian(0, 20))
    recipe = replace(recipes.TEXT["plain"], noise=cases)
    given = training.epoch_images(recipe, TEN, seed, epoch)
    assert given.images.ravel().tolist() == expected


# The split of the sample


def test_the_split_of_the_sample(sample):
    train, test = data.split_sample(sample)
    assert train.labels[:16].tolist() == [
        4,
        2,
        0,
        9,
        6,
        1,
        2,
        0,
        1,
        1,
        4,
        3,
        1,
        8,
        3,
        6,
    ]
    assert test.labels[:16].tolist() == [6, 2, 8, 9, 9, 6, 0, 6, 8, 7, 6, 7, 2, 4, 0, 7]
    sums = [part.images[:4].sum(axis=(1, 2)).tolist() for part in (train, test)]
    assert sums == [[20768, 37820, 43692, 17836], [45668, 43557, 17110, 32441]]


# Standardised numbers and tokens

FEW = np.array([0, 1, 50, 100, 101, 200, 254, 255], np.uint8).reshape(1, 1, 8)


@pytest.mark.parametrize(
    ("statistics", "tokens", "numbers"),
    [
        (
            "range",
            [0, 8, 393, 785, 793, 1568, 1992, 2000],
            [-1, -0.9922, -0.6078, -0.2157, -0.2078, 0.5686, 0.9922, 1],
        ),
        *(
            (
                statistics,
                [0, 0, 285, 795, 805, 1815, 2000, 2000],
                [-1.2260, -1.2158, -0.7157, -0.2054, -0.1952, 0.8152, 1.3663, 1.3765],
            )
            for statistics in ("train", "image", "batch")
        ),
    ],
)
def test_the_tokens_of_some_grey_levels(statistics, tokens, numbers):
    embedding = PixelEmbedding(1, statistics=statistics)
    standardize = Standardize(statistics)
    for layer in (embedding, standardize):
        layer.adapt(FEW)
    assert keras.ops.convert_to_numpy(embedding.tokens(FEW)).ravel().tolist() == tokens
    found = keras.ops.convert_to_numpy(standardize(FEW)).ravel()
    np.testing.assert_allclose(found, numbers, atol=1e-4)


def test_an_image_of_almost_one_level_is_divided_by_the_smallest_deviation():
    """One pixel in 1,024 is lighter by 1/128: a deviation of 1/4096."""
    almost = np.full((1, 32, 32), 200, np.float32)
    almost[0, 0, 0] += 1 / 128
    (found,) = keras.ops.convert_to_numpy(Standardize("image")(almost))
    assert found[0, 0] == pytest.approx(1000 / 128, rel=1e-3)
    assert found[0, 1] == pytest.approx(0, abs=0.02)


# Initial weights


@on_tensorflow
@pytest.mark.parametrize(
    ("recipe", "seed", "expected"),
    [
        (recipes.TEXT["pixel_embedding"], 0, [64120, 1331, 1331, 687.3]),
        (recipes.TEXT["pixel_embedding"], 1, [63880, 1333, 1340, 685.3]),
        (recipes.TEXT["plain"], 0, [28.93, 1331, 684.2]),
        (recipes.TEXT["plain"], 1, [28.65, 1333, 690.9]),
        (recipes.CODE["plain"], 0, [1251, 2656, 1451, 58.53, 4.689]),
        (recipes.CODE["plain"], 1, [1287, 2679, 1452, 59.60, 4.585]),
    ],
)
def test_the_sizes_of_the_initial_weights(recipe, seed, expected):
    model = networks.build(recipe, seed=seed)
    sums = [
        np.abs(keras.ops.convert_to_numpy(weight)).sum()
        for weight in model.trainable_weights
        if "bias" not in weight.path
    ]
    np.testing.assert_allclose(sums, expected, rtol=5e-4)


# All of it


@on_tensorflow
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_the_fingerprint(precision):
    keras.config.set_dtype_policy(precision)
    try:
        assert fingerprint.fingerprint.__wrapped__() == "69345cd1546a"
        assert keras.config.dtype_policy().name == precision
    finally:
        keras.config.set_dtype_policy("float32")
