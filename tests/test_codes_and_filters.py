"""Codes and filters: by hand, against NumPy and SciPy, and with bad input."""

import re

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras import ops
from scipy.ndimage import median_filter

from pixembed.layers import (
    BinaryCode,
    DenoisingAutoencoder,
    FourierFeatures,
    LowRank,
    MedianFilter,
    Thermometer,
)
from pixembed.noise import CLEAN, gaussian

LEVELS = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
SMALL = np.array([[[0, 255, 9], [9, 128, 130], [9, 9, 127]]], np.uint8)
COLOUR = np.random.default_rng(0).integers(0, 256, (3, 6, 5, 3), dtype=np.uint8)
CODES = {
    "thermometer": lambda: Thermometer(9),
    "fourier": lambda: FourierFeatures([1, 5]),
    "binary code": lambda: BinaryCode(6),
}
FILTERS = {
    "median": lambda: MedianFilter(),
    "low rank": lambda: LowRank(2),
}
every_code = pytest.mark.parametrize("make", CODES.values(), ids=CODES)
every_filter = pytest.mark.parametrize("make", FILTERS.values(), ids=FILTERS)
every_layer = pytest.mark.parametrize(
    "make", [*CODES.values(), *FILTERS.values(), DenoisingAutoencoder]
)
IMAGES = hnp.arrays(np.uint8, st.tuples(*[st.integers(1, 7)] * 3))


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


# Codes


def test_a_thermometer_by_hand():
    # Three parts, so two cuts: at 85 and at 170.
    found = numpy_of(Thermometer(3)(SMALL))[0]
    black, middle, white = [0, 0], [1, 0], [1, 1]
    assert found.tolist() == [
        [black, white, black],
        [black, middle, middle],
        [black, black, middle],
    ]


@given(levels=st.integers(2, 256))
def test_a_thermometer_rises_in_equal_parts(levels):
    bits = numpy_of(Thermometer(levels)(LEVELS)).reshape(256, levels - 1)
    assert set(bits.ravel()) == {0, 1}
    assert (np.diff(bits, axis=0) >= 0).all()
    assert (np.diff(bits, axis=1) <= 0).all()
    heights = bits.sum(axis=1)
    assert (heights[0], heights[-1]) == (0, levels - 1)
    _, sizes = np.unique(heights, return_counts=True)
    assert len(sizes) == levels
    assert np.ptp(sizes) <= 2


def test_two_levels_are_black_and_white():
    bits = numpy_of(Thermometer(2)(LEVELS)).ravel()
    np.testing.assert_array_equal(bits, np.arange(256) > 127.5)


def test_fourier_features_by_hand():
    quarters = np.array([[[0, 64], [128, 192]]], np.uint8)
    found = numpy_of(FourierFeatures([1, 2])(quarters))[0]
    # sin(turn), sin(2·turn), cos(turn), cos(2·turn)
    expected = [
        [[0, 0, 1, 1], [1, 0, 0, -1]],
        [[0, 0, -1, 1], [-1, 0, 0, -1]],
    ]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@given(frequencies=st.lists(st.integers(1, 128), min_size=1, max_size=4))
def test_waves_are_numpys_and_close_the_circle(frequencies):
    found = numpy_of(FourierFeatures(frequencies)(LEVELS)).reshape(256, -1)
    angles = 2 * np.pi * np.outer(np.arange(256), frequencies) / 256
    expected = np.hstack([np.sin(angles), np.cos(angles)])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    steps = np.linalg.norm(found - np.roll(found, 1, axis=0), axis=1)
    # From 255 to 0 it is as far as from any other level to the next.
    np.testing.assert_allclose(steps, steps[0], atol=1e-5)


def test_a_bit_is_one_where_its_number_is_positive():
    layer = BinaryCode(2)
    layer.build(SMALL.shape)
    numbers = np.full((256, 2), -0.5, "float32")
    numbers[9], numbers[255], numbers[0] = (0.1, -3), (2, 2), (0, -0.0)
    layer.set_weights([numbers])
    found = numpy_of(layer(SMALL))[0]
    nothing = [0, 0]
    assert found.tolist() == [
        [nothing, [1, 1], [1, 0]],
        [[1, 0], nothing, nothing],
        [[1, 0], [1, 0], nothing],
    ]


def changed_by_one_step(layer, loss):
    """Trains one step of gradient descent at rate 1; returns minus the gradient."""
    grey = keras.Input(SMALL.shape[1:], dtype="uint8")
    model = keras.Model(grey, layer(grey))
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=loss)
    before = layer.get_weights()[0].copy()
    wanted = np.zeros((1, 3, 3, layer.bits), "float32")
    model.train_on_batch(SMALL, wanted)
    return layer.get_weights()[0] - before


def test_the_gradient_of_a_bit_is_that_of_its_number():
    layer = BinaryCode(2, smoothness=0)
    changed = changed_by_one_step(layer, lambda _, bits: ops.sum(bits))
    for level in range(256):
        assert changed[level] == pytest.approx(-(SMALL == level).sum(), abs=1e-5)


def test_the_penalty_makes_neighbours_alike():
    layer = BinaryCode(3, smoothness=2)
    layer.build(SMALL.shape)
    (numbers,) = layer.get_weights()
    rows = numbers / np.linalg.norm(numbers, axis=1, keepdims=True)
    cosines = (rows[:-1] * rows[1:]).sum(axis=1)
    expected = 2 * (1 - cosines.mean())
    assert float(numpy_of(layer.losses[0])) == pytest.approx(expected, rel=1e-4)
    assert changed_by_one_step(layer, lambda _, bits: 0 * ops.sum(bits)).any()
    assert float(numpy_of(layer.losses[0])) < expected
    same = BinaryCode(3, embeddings_initializer="ones")
    same.build(SMALL.shape)
    assert float(numpy_of(same.losses[0])) == pytest.approx(0, abs=1e-6)


def test_no_smoothness_is_no_penalty():
    layer = BinaryCode(3, smoothness=0)
    layer.build(SMALL.shape)
    assert layer.losses == []


@every_code
def test_a_code_is_a_row_of_its_table(make):
    layer = make()
    found = numpy_of(layer(COLOUR))
    table = numpy_of(layer.table())
    assert table.shape == (256, layer.width)
    np.testing.assert_array_equal(found, table[COLOUR].reshape(3, 6, 5, -1))


@every_code
def test_grey_levels_beyond_the_ends_count_as_the_ends(make):
    layer = make()
    beyond = np.array([[[-300.0, -1, 0.9, 255, 255.9, 9e9]]], "float32")
    within = np.array([[[0, 0, 0, 255, 255, 255]]], np.uint8)
    np.testing.assert_array_equal(numpy_of(layer(beyond)), numpy_of(layer(within)))


# Filters


def test_a_median_by_hand():
    found = numpy_of(MedianFilter()(SMALL))[0]
    # The middle: 0, 9, 9, 9, 9, 127, 128, 130, 255. The corner at the top left, with
    # its row and its column once more: 0, 0, 0, 0, 9, 9, 128, 255, 255.
    assert (found[1, 1], found[0, 0]) == (9, 9)


@pytest.mark.parametrize("size", [3, 5])
@given(images=IMAGES)
def test_the_median_is_scipys(size, images):
    expected = [median_filter(image, size, mode="nearest") for image in images]
    np.testing.assert_array_equal(numpy_of(MedianFilter(size)(images)), expected)


@given(level=st.integers(0, 255), place=st.integers(0, 24), other=st.integers(0, 255))
def test_a_lonely_pixel_is_gone(level, place, other):
    images = np.full((1, 5, 5), level, np.uint8)
    images.flat[place] = other
    if place not in (0, 4, 20, 24):  # A corner fills four places of nine.
        assert (numpy_of(MedianFilter()(images)) == level).all()


def test_an_image_of_rank_1_by_hand():
    rows, columns = np.array([1, 2, 3]), np.array([10, 0, 40])
    images = np.outer(rows, columns)[None].astype(np.uint8)
    np.testing.assert_allclose(numpy_of(LowRank(1)(images)), images, atol=1e-4)


@given(images=IMAGES, rank=st.integers(1, 8))
def test_low_rank_is_numpys(images, rank):
    found = numpy_of(LowRank(rank)(images))
    left, sizes, right = np.linalg.svd(images.astype(float), full_matrices=False)
    if rank < sizes.shape[1] and (sizes[:, rank - 1] - sizes[:, rank] < 1e-3).any():
        return  # Two parts of one size: either may be kept.
    expected = (left * sizes[:, None])[..., :rank] @ right[:, :rank]
    np.testing.assert_allclose(found, expected.clip(0, 255), atol=0.05)


@given(images=IMAGES)
def test_all_parts_together_are_the_image(images):
    np.testing.assert_allclose(numpy_of(LowRank(7)(images)), images, atol=0.01)


@every_filter
def test_each_channel_is_cleaned_on_its_own(make):
    together = numpy_of(make()(COLOUR))
    for number in range(3):
        alone = numpy_of(make()(COLOUR[..., number]))
        np.testing.assert_allclose(together[..., number], alone, atol=1e-3)


# The autoencoder


@pytest.fixture(scope="module")
def squares():
    """Sixty bright squares on black ground."""
    images = np.zeros((60, 9, 10), np.uint8)
    for image, (row, column) in zip(
        images, np.random.default_rng(0).integers(0, 5, (60, 2)), strict=True
    ):
        image[row : row + 5, column : column + 5] = 200
    return images


def error(one, other):
    return np.sqrt(np.mean((one - other.astype(float)) ** 2))


def test_it_takes_out_the_noise_that_it_has_seen(squares):
    layer = DenoisingAutoencoder([gaussian(60, 30)], passes=400)
    layer.adapt(squares)
    noise = np.random.default_rng(1).normal(60, 30, squares.shape)
    noisy = (squares + noise).clip(0, 255).astype(np.uint8)
    cleaned = numpy_of(layer(noisy))
    assert (cleaned.min() >= 0) and (cleaned.max() <= 255)
    assert error(cleaned, squares) < error(noisy, squares) / 2
    assert 0 < float(numpy_of(layer.error)) < 0.05


def test_what_it_learns_follows_from_its_seed(squares):
    def weights(seed):
        layer = DenoisingAutoencoder(filters=2, passes=2, seed=seed)
        layer.adapt(squares[:20])
        return np.concatenate([weight.ravel() for weight in layer.get_weights()])

    first = weights(3)
    np.testing.assert_allclose(weights(3), first, rtol=1e-4, atol=1e-6)
    assert np.abs(weights(4) - first).max() > 0.01


def test_it_stays_as_it_is_in_a_network(squares):
    layer = DenoisingAutoencoder(filters=2, passes=1)
    layer.adapt(squares)
    assert not layer.trainable_weights
    grey = keras.Input(squares.shape[1:], dtype="uint8")
    head = keras.layers.Dense(1)(keras.layers.Flatten()(layer(grey)))
    model = keras.Model(grey, head)
    model.compile(optimizer="sgd", loss="mean_squared_error")
    before = [weight.copy() for weight in layer.get_weights()]
    model.fit(squares, np.ones((60, 1)), verbose=0)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)


@pytest.mark.parametrize("shape", [(2, 1, 1), (2, 7, 6), (2, 8, 4, 1), (2, 5, 9, 3)])
def test_images_may_have_any_size_and_any_channels(shape):
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    layer = DenoisingAutoencoder(filters=2, passes=1)
    layer.adapt(images)
    assert numpy_of(layer(images)).shape == shape
    larger = np.zeros((1, 13, 11, *shape[3:]), np.uint8)
    assert numpy_of(layer(larger)).shape == larger.shape


def test_it_learns_once(squares):
    layer = DenoisingAutoencoder(filters=2, passes=1)
    layer.adapt(squares)
    message = "^a DenoisingAutoencoder learns once: make another, and call its adapt$"
    with pytest.raises(ValueError, match=message):
        layer.adapt(squares)


def test_before_it_has_learned_it_says_so(squares, tmp_path):
    layer = DenoisingAutoencoder(filters=2, passes=1)
    with pytest.raises(ValueError, match=r"call adapt\(images\) first"):
        layer(squares)
    layer.adapt(squares)
    other = DenoisingAutoencoder(filters=2)
    other.build(squares.shape)
    other.set_weights(layer.get_weights())
    np.testing.assert_array_equal(numpy_of(other(squares)), numpy_of(layer(squares)))


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        ([[1]], TypeError, "^images must be a NumPy array of uint8. Received: list$"),
        (
            np.zeros((2, 3, 3)),
            TypeError,
            "^images must hold uint8 grey levels 0..255. Received dtype: float64$",
        ),
        (
            np.zeros((0, 3, 3), np.uint8),
            ValueError,
            r"^images must not be empty. Received shape: \(0, 3, 3\)$",
        ),
    ],
)
def test_images_that_it_cannot_learn_from_are_refused(images, error, message):
    with pytest.raises(error, match=message):
        DenoisingAutoencoder().adapt(images)


def test_cases_are_kept_as_their_keys():
    layer = DenoisingAutoencoder(
        [CLEAN, gaussian(5, 2.5), "impulse probability=1 value=3"]
    )
    assert layer.cases == [
        "none",
        "gaussian mean=5 std=2.5",
        "impulse probability=1 value=3",
    ]


# All of them


@every_layer
def test_the_size_of_the_images_may_be_open(make):
    layer = make()
    if hasattr(layer, "adapt"):
        layer.adapt(np.concatenate([LEVELS, LEVELS]))
    grey = keras.Input((None, None), dtype="uint8")
    model = keras.Model(grey, layer(grey))
    for images in (LEVELS, SMALL):
        found = model.predict(images, verbose=0)
        assert found.shape[:3] == images.shape
        np.testing.assert_allclose(found, numpy_of(layer(images)), rtol=1e-4, atol=1e-2)


@every_layer
@pytest.mark.parametrize("shape", [(28,), (2, 28), (2, 28, 28, 3, 1)])
def test_an_array_that_is_no_batch_of_images_is_refused(make, shape):
    layer = make()
    message = re.escape(
        f"{type(layer).__name__} takes (batch, height, width[, channels]). "
        f"Received shape: {shape}"
    )
    with pytest.raises(ValueError, match=message):
        layer(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    ("make", "name", "value", "error", "takes"),
    [
        (Thermometer, "levels", 1, ValueError, "lie in 2..256"),
        (Thermometer, "levels", 257, ValueError, "lie in 2..256"),
        (Thermometer, "levels", 16.0, TypeError, "be an integer"),
        (FourierFeatures, "frequencies", 0, ValueError, "lie in 1..128"),
        (FourierFeatures, "frequencies", 129, ValueError, "lie in 1..128"),
        (FourierFeatures, "frequencies", 0.5, TypeError, "be an integer"),
        (FourierFeatures, "frequencies", "1", TypeError, "be an int or ints"),
        (FourierFeatures, "frequencies", [], ValueError, "not be empty"),
        (BinaryCode, "bits", 0, ValueError, "be at least 1"),
        (BinaryCode, "bits", None, TypeError, "be an integer"),
        (BinaryCode, "smoothness", -0.1, ValueError, "be at least 0"),
        (BinaryCode, "smoothness", "much", TypeError, "be a number"),
        (MedianFilter, "size", 4, ValueError, r"be one of \[3, 5\]"),
        (MedianFilter, "size", "3", ValueError, r"be one of \[3, 5\]"),
        (LowRank, "rank", 0, ValueError, "be at least 1"),
        (LowRank, "rank", True, TypeError, "be an integer"),
        (DenoisingAutoencoder, "cases", [], ValueError, "not be empty"),
        (DenoisingAutoencoder, "cases", "none", TypeError, "be a sequence of .*keys"),
        (DenoisingAutoencoder, "cases", [1], TypeError, "be a sequence of .*keys"),
        (DenoisingAutoencoder, "cases", None, TypeError, "be a sequence of .*keys"),
        (DenoisingAutoencoder, "overflow", "cut", ValueError, "be one of .*"),
        (DenoisingAutoencoder, "filters", 0, ValueError, "be at least 1"),
        (DenoisingAutoencoder, "passes", 0, ValueError, "be at least 1"),
        (DenoisingAutoencoder, "passes", 1.5, TypeError, "be an integer"),
        (DenoisingAutoencoder, "seed", -1, ValueError, "not be negative"),
        (DenoisingAutoencoder, "seed", None, TypeError, "be an int"),
    ],
)
def test_a_bad_argument_is_named(make, name, value, error, takes):
    received = re.escape(repr(value))
    with pytest.raises(error, match=f"^{name} must {takes}. Received: {received}$"):
        make(**{name: value})


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "^kind must be one of .*Received: ''$"),
        ("hail", "^kind must be one of .*Received: 'hail'$"),
        ("gaussian mean=1", "^gaussian needs std"),
        ("gaussian mean=1 std", "^std must be a number. Received: ''$"),
        ("gaussian mean=1 std=-1", "^std must lie in 0..1000. Received: -1$"),
        ("none std=1", "^no noise has no settings"),
    ],
)
def test_a_key_of_no_case_is_refused(key, message):
    with pytest.raises((TypeError, ValueError), match=message):
        DenoisingAutoencoder([key])
