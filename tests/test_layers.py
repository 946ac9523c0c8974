"""The layers, on whichever backend Keras runs: the last tests run it on the others."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras import ops

from pixembed.layers import (
    STATISTICS,
    BinaryCode,
    DenoisingAutoencoder,
    FourierFeatures,
    LocalResponseNormalization,
    LowRank,
    MedianFilter,
    Misprints,
    NeighbourDistance,
    PixelEmbedding,
    Quantize,
    RandomSaturation,
    Standardize,
    Thermometer,
    TokenEmbedding,
)
from tests.test_backends import why_not

BACKEND = keras.backend.backend()
tensorflow_only = pytest.mark.skipif(
    BACKEND != "tensorflow", reason="compares with TensorFlow"
)
OF_IMAGES = ["train", "image", "batch"]
every_statistics = pytest.mark.parametrize("statistics", STATISTICS)

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (4, 6, 5), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (4, 6, 5, 3), dtype=np.uint8)
FLOATS = RNG.normal(0, 2, (4, 6, 5, 16)).astype("float32")
TOKENS = RNG.integers(0, 5, (4, 6, 5, 2), dtype=np.int32)
ALL_LEVELS = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)


def autoencoder(**options):
    return DenoisingAutoencoder(
        ["gaussian mean=0 std=30"], filters=2, passes=1, **options
    )


#: Name: how to make the layer, and what to put in.
HARNESS = {
    "standardize train": (lambda **o: Standardize("train", **o), GREY),
    "standardize image": (lambda **o: Standardize("image", **o), COLOUR),
    "standardize batch": (lambda **o: Standardize("batch", **o), GREY),
    "quantize": (lambda **o: Quantize(**o), FLOATS),
    "quantize finely": (lambda **o: Quantize(12345.6, 20_000, **o), FLOATS),
    "embedding": (lambda **o: PixelEmbedding(8, **o), GREY),
    "embedding of colour": (lambda **o: PixelEmbedding(3, **o), COLOUR),
    "embedding by image": (
        lambda **o: PixelEmbedding(4, 50, 70, 200, statistics="image", **o),
        GREY,
    ),
    "neighbours": (lambda **o: NeighbourDistance(3, 9, **o), GREY),
    "neighbours of colour": (
        lambda **o: NeighbourDistance([1, 5], (0, 2, 9, 127), "line", **o),
        COLOUR,
    ),
    "saturation": (lambda **o: RandomSaturation(**o), COLOUR),
    "misprints": (lambda **o: Misprints([4, 5], 0.1, [0.1, 0.2], **o), TOKENS),
    "vectors": (lambda **o: TokenEmbedding([4, 5], 3, **o), TOKENS),
    "normalization": (
        lambda **o: LocalResponseNormalization(1, 2.0, 0.5, 0.25, **o),
        FLOATS,
    ),
    "thermometer": (lambda **o: Thermometer(5, **o), COLOUR),
    "fourier": (lambda **o: FourierFeatures([1, 3, 128], **o), GREY),
    "fourier of colour": (lambda **o: FourierFeatures(2, **o), COLOUR),
    "binary code": (lambda **o: BinaryCode(7, **o), COLOUR),
    "median": (lambda **o: MedianFilter(**o), COLOUR),
    "median of 25": (lambda **o: MedianFilter(5, **o), GREY),
    "low rank": (lambda **o: LowRank(2, **o), COLOUR),
    "autoencoder": (lambda **o: autoencoder(**o), COLOUR),
}
every_layer = pytest.mark.parametrize("name", HARNESS)


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


def made(kind, **options):
    """A layer of the harness, built, its statistics taken, and what to put in."""
    make, inputs = HARNESS[kind]
    layer = make(**options)
    layer.build(inputs.shape)
    if hasattr(layer, "adapt"):
        layer.adapt(inputs)
    return layer, inputs


def model_of(layer, inputs):
    grey = keras.Input(inputs.shape[1:], dtype=str(inputs.dtype))
    return keras.Model(grey, layer(grey))


def predicted(layer, inputs):
    return model_of(layer, inputs).predict(inputs, verbose=0)


@pytest.fixture(params=["float16", "bfloat16"])
def half(request):
    """The numbers that Keras computes with where a layer does not say otherwise."""
    keras.config.set_dtype_policy(f"mixed_{request.param}")
    yield request.param
    keras.config.set_dtype_policy("float32")


# The harness: every layer, every way to use it


@every_layer
def test_called_and_in_a_model_a_layer_gives_the_same(name):
    layer, inputs = made(name)
    called = numpy_of(layer(inputs))
    in_model = predicted(layer, inputs)
    assert called.dtype == in_model.dtype
    np.testing.assert_allclose(in_model, called, rtol=1e-6)


@every_layer
def test_the_output_shape_is_known_beforehand(name):
    layer, inputs = made(name)
    actual = tuple(layer(inputs).shape)
    assert tuple(layer.compute_output_shape(inputs.shape)) == actual
    open_shape = tuple(layer.compute_output_shape((None, *inputs.shape[1:])))
    assert open_shape == (None, *actual[1:])
    symbolic = model_of(layer, inputs).output
    assert tuple(symbolic.shape) == open_shape
    assert symbolic.dtype == str(numpy_of(layer(inputs)).dtype)


@every_layer
def test_a_layer_can_be_made_again_from_its_config(name):
    layer, inputs = made(name, name="chosen", trainable=False)
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert (again.name, again.trainable) == ("chosen", False)
    again.build(inputs.shape)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(numpy_of(again(inputs)), numpy_of(layer(inputs)))


@every_layer
def test_a_saved_layer_gives_the_same_when_loaded(name, tmp_path):
    layer, inputs = made(name)
    model = model_of(layer, inputs)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.predict(inputs, verbose=0), model.predict(inputs, verbose=0)
    )


@every_layer
def test_mixed_precision_computes_nearly_the_same(name, half):
    layer, inputs = made(name)
    exact = type(layer).from_config(layer.get_config() | {"dtype": "float32"})
    exact.build(inputs.shape)
    exact.set_weights(layer.get_weights())
    mixed = predicted(layer, inputs)
    rounded = isinstance(layer, PixelEmbedding | TokenEmbedding)
    assert (mixed.dtype == half) == rounded
    # The shorter of the two halves, bfloat16, has 8 bits.
    rtol = 2**-7 if rounded else 1e-6
    np.testing.assert_allclose(
        mixed.astype("float32"), numpy_of(exact(inputs)), rtol=rtol
    )


# Standardise

SMALL = np.array([[[0, 2], [4, 6]], [[10, 10], [10, 14]]], np.uint8)


@pytest.mark.parametrize(
    ("statistics", "expected"),
    [
        # By hand: the four levels 0, 2, 4, 6 have mean 3 and deviation √5,
        ("image", [[[-3, -1], [1, 3]], [[-1, -1], [-1, 3]]] / np.sqrt([[[5]], [[3]]])),
        # and all eight have mean 7 and variance (49+25+9+1+9+9+9+49)/8 = 20.
        ("batch", [[[-7, -5], [-3, -1]], [[3, 3], [3, 7]]] / np.sqrt(20)),
        # The middle of 0..255 is 127.5.
        ("range", SMALL / 127.5 - 1),
        (None, SMALL),
    ],
)
def test_standardise_by_hand(statistics, expected):
    found = numpy_of(Standardize(statistics)(SMALL))
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_statistics_of_the_training_images_are_kept():
    layer = Standardize("train")
    layer.adapt(SMALL)
    assert float(layer.mean) == 7
    assert float(layer.deviation) == pytest.approx(math.sqrt(20))
    other = np.array([[[7, 27]]], np.uint8)
    np.testing.assert_allclose(layer(other), [[[0, math.sqrt(20)]]], rtol=1e-6)
    assert not layer.trainable_weights


@pytest.mark.parametrize("statistics", [*OF_IMAGES, None])
@pytest.mark.parametrize("images", [GREY, COLOUR, GREY[:1], GREY[:, :1, :1]])
def test_standardise_is_numpys_mean_and_deviation(statistics, images):
    layer = Standardize(statistics)
    layer.adapt(COLOUR)
    axes = {
        "train": None,
        "image": tuple(range(1, images.ndim)),
        "batch": tuple(range(images.ndim)),
    }
    array = COLOUR if statistics == "train" else images
    expected = images.astype(float)
    if statistics:
        options = {"axis": axes[statistics], "keepdims": statistics != "train"}
        deviation = np.maximum(array.std(**options), 1e-3)
        expected = (images - array.mean(**options)) / deviation
    np.testing.assert_allclose(layer(images), expected, rtol=1e-5, atol=1e-6)


def test_the_other_images_of_the_batch_matter_to_batch_statistics_alone():
    for statistics, matter in (("image", False), ("batch", True)):
        layer = Standardize(statistics)
        alone, together = numpy_of(layer(GREY[:1])), numpy_of(layer(GREY))[:1]
        assert np.allclose(alone, together, rtol=1e-5) != matter


def test_the_range_of_grey_levels_is_that_of_no_image():
    layer = Standardize("range")
    layer.adapt(SMALL)
    ends = np.array([[[0, 255]]], np.uint8)
    assert numpy_of(layer(ends)).tolist() == [[[-1, 1]]]


@pytest.mark.parametrize("statistics", OF_IMAGES)
@pytest.mark.parametrize("level", [0, 77, 255])
def test_an_image_of_one_grey_level_becomes_zero(statistics, level):
    images = np.full((3, 28, 28), level, np.uint8)
    layer = Standardize(statistics)
    layer.adapt(images)
    assert not numpy_of(layer(images)).any()


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (np.zeros((0, 28, 28), np.uint8), ValueError, "must not be empty.*0, 28, 28"),
        (np.array([1.0, np.nan]), ValueError, "finite numbers only"),
        (np.array([1.0, np.inf]), ValueError, "finite numbers only"),
        (np.array([1.0, -np.inf]), ValueError, "finite numbers only"),
        (np.array(["1"]), TypeError, "must be numbers. Received dtype: <U1"),
        (None, TypeError, "must be numbers. Received dtype: object"),
        (np.array([1j]), TypeError, "must be numbers. Received dtype: complex128"),
    ],
)
@pytest.mark.parametrize("make", [Standardize, PixelEmbedding])
def test_images_without_statistics_are_refused(make, images, error, message):
    with pytest.raises(error, match=f"^images .*{message}"):
        make().adapt(images)


@pytest.mark.parametrize("make", [Standardize, PixelEmbedding])
@pytest.mark.parametrize("statistics", ["Train", "test", "", 0, False, ["train"]])
def test_unknown_statistics_are_refused(make, statistics):
    message = f"^statistics must be one of .* Received: {re.escape(repr(statistics))}$"
    with pytest.raises(ValueError, match=message):
        make(statistics=statistics)


# Quantise


def test_quantise_by_hand():
    numbers = [-2, -1.25, -0.2, -0.125, -0.1, 0, 0.1, 0.125, 0.2, 1.25, 2]
    # Times 8: -16, -10, -1.6, -1, -0.8, 0, 0.8, 1, 1.6, 10, 16; cut to -10..10.
    tokens = Quantize(scale=8, limit=10)(np.array(numbers, "float32"))
    assert numpy_of(tokens).tolist() == [0, 0, 9, 9, 10, 10, 10, 11, 11, 20, 20]
    assert numpy_of(tokens).dtype == "int32"


ANY_FLOATS = hnp.arrays(np.float32, 40, elements=st.floats(width=32))
SCALES = st.floats(1e-6, 2**24)
LIMITS = st.integers(1, 2**24)


@given(numbers=ANY_FLOATS, scale=SCALES, limit=LIMITS)
def test_tokens_are_in_range_and_rise_with_the_number(numbers, scale, limit):
    layer = Quantize(scale, limit)
    tokens = numpy_of(layer(numbers))
    assert ((tokens >= 0) & (tokens < layer.vocabulary)).all()
    finite = ~np.isnan(numbers)
    assert (tokens[~finite] == limit).all()
    rising = tokens[finite][np.argsort(numbers[finite])]
    assert (np.diff(rising) >= 0).all()


@given(
    numbers=hnp.arrays(np.float32, 40, elements=st.floats(-1e4, 1e4, width=32)),
    scale=st.sampled_from([0.5, 1, 10, 1000]),
    limit=st.sampled_from([1, 1000, 2**24]),
)
def test_tokens_are_truncated_clipped_and_counted_from_zero(numbers, scale, limit):
    expected = [
        min(max(math.trunc(number), -limit), limit) + limit
        for number in (numbers * np.float32(scale)).tolist()
    ]
    assert numpy_of(Quantize(scale, limit)(numbers)).tolist() == expected


@given(numbers=ANY_FLOATS)
def test_a_number_and_its_negative_have_mirrored_tokens(numbers):
    layer = Quantize(10, 50)
    assert (numpy_of(layer(numbers)) + numpy_of(layer(-numbers)) == 100).all()


def test_what_has_no_number_has_a_token():
    strange = np.array([np.nan, np.inf, -np.inf, 3e38, -3e38], "float32")
    assert numpy_of(Quantize()(strange)).tolist() == [1000, 2000, 0, 2000, 0]


def test_the_default_vocabulary_has_2001_tokens():
    assert Quantize().vocabulary == 2001


@pytest.mark.parametrize("make", [Quantize, PixelEmbedding])
@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("scale", "1000", TypeError),
        ("scale", None, TypeError),
        ("scale", True, TypeError),
        ("scale", 0, ValueError),
        ("scale", -1.5, ValueError),
        ("scale", math.nan, ValueError),
        ("scale", math.inf, ValueError),
        ("scale", 10**400, ValueError),
        ("limit", 1000.0, TypeError),
        ("limit", "1000", TypeError),
        ("limit", None, TypeError),
        ("limit", True, TypeError),
        ("limit", 0, ValueError),
        ("limit", -1, ValueError),
        ("limit", 2**24 + 1, ValueError),
    ],
)
def test_a_bad_scale_or_limit_is_named(make, name, value, error):
    with pytest.raises(error, match=f"^{name} must .*Received: {value!r}$"):
        make(**{name: value})


# Tokens, whatever computes them


def tokens_of(grey, mean, deviation, scale):
    """The tokens in NumPy, in float32 and in the order in which the layers compute."""
    mean, deviation, scale = np.float32([mean, deviation, scale])
    numbers = (grey.astype("float32") - mean) * (1 / deviation) * scale
    return np.trunc(numbers.clip(-(10**6), 10**6)).astype(int) + 10**6


@pytest.mark.parametrize("way", ["called", "in a model", "compiled with XLA"])
@pytest.mark.parametrize(
    ("mean", "deviation", "scale"),
    [
        (33.3184, 78.5675, 1000),
        (100.1, 3.7, 1000),
        (100.1, 3.7, 12345.678),
        (0.1, 1 / 3, 997),
    ],
)
def test_a_compiler_moves_no_token(way, mean, deviation, scale):
    standardize, quantize = Standardize("train"), Quantize(scale, 10**6)
    grey = keras.Input((16, 16), dtype="uint8")
    model = keras.Model(grey, quantize(standardize(grey)))
    standardize.mean.assign(mean)
    standardize.deviation.assign(deviation)
    if way == "compiled with XLA":
        model.compile(jit_compile=True)
    if way == "called":
        tokens = numpy_of(model(ALL_LEVELS))
    else:
        tokens = model.predict(ALL_LEVELS, verbose=0)
    expected = tokens_of(ALL_LEVELS, mean, deviation, scale)
    np.testing.assert_array_equal(tokens, expected)


@every_statistics
def test_the_dtype_policy_moves_no_token(statistics, half):
    images = (COLOUR / 3.7).astype("float32")
    mixed = PixelEmbedding(2, statistics=statistics)
    single = PixelEmbedding(2, statistics=statistics, dtype="float32")
    for layer in (mixed, single):
        layer.adapt(images)
    assert mixed.compute_dtype == half
    np.testing.assert_array_equal(
        numpy_of(mixed.tokens(images)), numpy_of(single.tokens(images))
    )
    exact = numpy_of(single(images))
    mixed.build(images.shape)
    mixed.table.set_weights(single.table.get_weights())
    vectors = numpy_of(mixed(images))
    assert vectors.dtype == half
    np.testing.assert_allclose(vectors.astype("float32"), exact, rtol=2**-7)


@pytest.mark.parametrize(
    "dtype", ["int8", "int32", "int64", "float16", "float32", "float64"]
)
def test_the_dtype_of_the_images_moves_no_token(dtype):
    layer = PixelEmbedding(2, statistics="image")
    images = GREY // 2
    np.testing.assert_array_equal(
        numpy_of(layer.tokens(images.astype(dtype))), numpy_of(layer.tokens(images))
    )


@every_statistics
@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf, 3e38])
def test_strange_grey_levels_have_tokens_too(statistics, strange):
    layer = PixelEmbedding(2, statistics=statistics)
    layer.adapt(GREY)
    images = GREY.astype("float32")
    images[1, 2, 3] = strange
    tokens = numpy_of(layer.tokens(images))
    assert ((tokens >= 0) & (tokens <= 2000)).all()
    assert np.isfinite(numpy_of(layer(images))).all()


# Pixel embedding


@pytest.mark.parametrize(
    ("images", "channels"), [(GREY, 1), (GREY[..., None], 1), (COLOUR, 3)]
)
@every_statistics
def test_an_embedding_is_one_hot_times_the_table(statistics, images, channels):
    layer = PixelEmbedding(5, scale=30, limit=40, statistics=statistics)
    layer.adapt(images)
    found = numpy_of(layer(images))
    tokens = numpy_of(layer.tokens(images))
    assert tokens.shape == images.shape
    table = numpy_of(layer.table.embeddings)
    assert table.shape == (81, 5)
    one_hot = np.eye(81)[tokens]
    expected = (one_hot @ table).reshape(*images.shape[:3], channels * 5)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_vectors_of_the_channels_stand_one_after_another():
    layer = PixelEmbedding(4, statistics=None)
    channels = [numpy_of(layer(COLOUR[..., c])) for c in range(3)]
    np.testing.assert_array_equal(
        numpy_of(layer(COLOUR)), np.concatenate(channels, axis=-1)
    )


def test_the_size_of_the_images_may_be_open():
    grey = keras.Input((None, None), dtype="uint8")
    model = keras.Model(grey, PixelEmbedding(3, statistics="image")(grey))
    for images in (GREY, ALL_LEVELS):
        vectors = model.predict(images, verbose=0)
        assert vectors.shape == (*images.shape, 3)


def test_a_table_starts_between_minus_one_and_one():
    layer = PixelEmbedding(16)
    layer.build((None, 28, 28))
    table = numpy_of(layer.table.embeddings)
    assert table.shape == (2001, 16)
    assert (table.min() >= -1) and (table.max() <= 1)
    # Of a uniform number on -1..1 the deviation is 1/√3.
    assert table.std() == pytest.approx(1 / math.sqrt(3), rel=0.02)


def test_a_larger_vocabulary_leaves_rows_unused():
    layer = PixelEmbedding(2, vocabulary=5000, statistics="image")
    assert layer(GREY).shape == (4, 6, 5, 2)
    assert layer.table.embeddings.shape == (5000, 2)
    assert numpy_of(layer.tokens(GREY)).max() <= 2000


def test_width_and_vocabulary_may_come_from_numpy():
    layer = PixelEmbedding(np.int64(2), vocabulary=np.int64(3000), statistics="image")
    config = layer.get_config()
    assert (config["width"], config["vocabulary"]) == (2, 3000)
    assert type(config["width"]) is type(config["vocabulary"]) is int


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("vocabulary", 2000, ValueError),
        ("vocabulary", 0, ValueError),
        ("vocabulary", 2001.0, TypeError),
        ("vocabulary", "2001", TypeError),
        ("vocabulary", True, TypeError),
        ("width", 0, ValueError),
        ("width", -64, ValueError),
        ("width", 64.0, TypeError),
        ("width", None, TypeError),
    ],
)
def test_a_bad_width_or_vocabulary_is_named(name, value, error):
    with pytest.raises(error, match=f"^{name} must .*Received: {value!r}$"):
        PixelEmbedding(**{name: value})


@pytest.mark.parametrize("shape", [(28,), (2, 28), (2, 28, 28, 3, 1)])
def test_an_array_that_is_no_batch_of_images_is_refused(shape):
    with pytest.raises(ValueError, match=re.escape(f"Received shape: {shape}")):
        PixelEmbedding(2, statistics=None)(np.zeros(shape, np.uint8))


def one_step(layer):
    """Trains one step of gradient descent; returns the rows that it changed."""
    model = model_of(layer, GREY)
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mean_squared_error")
    before = numpy_of(layer.table.embeddings).copy()
    model.train_on_batch(GREY, np.full((*GREY.shape, 3), 9.0, "float32"))
    changed = (numpy_of(layer.table.embeddings) != before).any(axis=1)
    return set(np.flatnonzero(changed).tolist())


def test_training_changes_just_the_rows_that_were_used():
    layer = PixelEmbedding(3, statistics="image")
    used = set(numpy_of(layer.tokens(GREY)).ravel().tolist())
    assert 50 < len(used) < 121
    assert one_step(layer) == used


def test_no_pixel_of_a_row_that_many_share_is_lost_in_half_precision(half):
    """Half precision cannot count to 3001: neither 2049 nor 257 is a number of it."""
    images = np.full((1, 1, 3001), 7, np.uint8)
    layer = PixelEmbedding(1, statistics=None, embeddings_initializer="zeros")
    model = model_of(layer, images)
    model.compile(
        optimizer=keras.optimizers.SGD(1.0), loss=lambda _, vectors: ops.sum(vectors)
    )
    model.train_on_batch(images, np.zeros((1, 1, 3001, 1), "float32"))
    table = numpy_of(layer.table.embeddings)
    assert table.dtype == "float32"
    assert table.min() == -3001


@tensorflow_only
def test_the_gradient_of_the_table_is_float32(half):
    import tensorflow as tf

    layer = PixelEmbedding(3, statistics="image")
    layer.build(GREY.shape)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(GREY))
    gradient = tape.gradient(total, layer.table.embeddings.value)
    assert (total.dtype.name, gradient.dtype.name) == (half, "float32")


@pytest.mark.parametrize("when", ["from the start", "afterwards"])
@pytest.mark.filterwarnings("ignore:The model does not have any trainable weights")
def test_a_table_that_is_not_trainable_stays(when):
    if when == "from the start":
        layer = PixelEmbedding(3, statistics="image", trainable=False)
    else:
        layer = PixelEmbedding(3, statistics="image")
        layer.trainable = False
    layer.build(GREY.shape)
    assert not layer.trainable_weights
    # The head gives the step something to train.
    head = keras.Sequential([layer, keras.layers.Dense(3)])
    head.compile(optimizer=keras.optimizers.SGD(1.0), loss="mean_squared_error")
    before = numpy_of(layer.table.embeddings).copy()
    head.train_on_batch(GREY, np.full((*GREY.shape, 3), 9.0, "float32"))
    np.testing.assert_array_equal(numpy_of(layer.table.embeddings), before)


def test_kerass_own_layers_do_the_same_but_at_the_edges_of_a_bin():
    """An edge between two bins may fall to either side: here 7 of 200,000 values do."""
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 255, (5, 200, 200)).astype("float32")
    layer = PixelEmbedding(2)
    layer.adapt(images)
    normalize = keras.layers.Normalization(
        axis=None, mean=images.mean(), variance=images.var()
    )
    edges = [k / 1000 for k in range(-1000, 1001) if k]
    discretize = keras.layers.Discretization(bin_boundaries=edges)
    embed = keras.layers.Embedding(2001, 2)
    vectors = layer(images)
    embed.build()
    embed.set_weights(layer.table.get_weights())
    expected = numpy_of(discretize(normalize(images)))
    tokens = numpy_of(layer.tokens(images))
    assert len(np.unique(tokens)) == 2001
    assert np.abs(tokens - expected).max() <= 1
    assert (tokens != expected).sum() <= 20
    np.testing.assert_array_equal(numpy_of(vectors), numpy_of(embed(tokens)))


# Local response normalisation


@tensorflow_only
@pytest.mark.parametrize("channels", [1, 3, 64])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"depth_radius": 1, "bias": 2.0, "alpha": 0.5, "beta": 0.25},
        {"depth_radius": 70, "alpha": 0.1},
    ],
)
def test_local_response_normalization_is_tensorflows(channels, options):
    import tensorflow as tf

    inputs = np.random.default_rng(1).normal(0, 9, (2, 3, 4, channels))
    layer = LocalResponseNormalization(**options)
    settings = {
        name: getattr(layer, name) for name in ("depth_radius", "bias", "alpha", "beta")
    }
    expected = tf.nn.local_response_normalization(inputs.astype("float32"), **settings)
    np.testing.assert_allclose(layer(inputs), expected, rtol=1e-5)


@tensorflow_only
def test_the_gradient_of_local_response_normalization_is_tensorflows():
    import tensorflow as tf

    inputs = tf.constant(FLOATS)
    layer = LocalResponseNormalization(2, 1.0, 0.5, 0.75)
    gradients = []
    for normalize in (
        layer,
        lambda x: tf.nn.local_response_normalization(x, 2, 1.0, 0.5, 0.75),
    ):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            total = tf.reduce_sum(normalize(inputs) ** 2)
        gradients.append(tape.gradient(total, inputs))
    np.testing.assert_allclose(*gradients, rtol=1e-4, atol=1e-5)


def test_local_response_normalization_computes_in_float32(half):
    layer = LocalResponseNormalization()
    assert (layer.compute_dtype, layer.dtype) == ("float32", "float32")
    rounded = ops.cast(FLOATS, half)
    found = layer(rounded)
    assert numpy_of(found).dtype == "float32"
    np.testing.assert_array_equal(
        numpy_of(found), numpy_of(layer(numpy_of(rounded).astype("float32")))
    )


def test_local_response_normalization_by_hand():
    # Neighbours of the channels 1, 2, 3 at distance 1: energies 5, 14, 13.
    inputs = np.array([[[[1, 2, 3]]]], "float32")
    layer = LocalResponseNormalization(1, bias=1, alpha=1, beta=0.5)
    expected = [[[[1 / math.sqrt(6), 2 / math.sqrt(15), 3 / math.sqrt(14)]]]]
    np.testing.assert_allclose(layer(inputs), expected, rtol=1e-6)


def test_its_defaults_are_those_of_the_released_code():
    layer = LocalResponseNormalization()
    assert (layer.depth_radius, layer.bias, layer.beta) == (4, 1.0, 0.75)
    assert layer.alpha == pytest.approx(0.001 / 9)


@pytest.mark.parametrize(
    ("value", "error"), [(0, ValueError), (-1, ValueError), (4.0, TypeError)]
)
def test_a_bad_depth_radius_is_named(value, error):
    with pytest.raises(error, match=f"^depth_radius must .*Received: {value!r}$"):
        LocalResponseNormalization(value)


# The other backends

ON_ANOTHER = """
import sys
from pathlib import Path
import keras, numpy, pytest
import pixembed.layers
backend, folder, *tests = sys.argv[1:]
assert keras.backend.backend() == backend
folder = Path(folder)
outputs = {}
for file in folder.glob("*.keras"):
    inputs = numpy.load(file.with_suffix(".npy"))
    model = keras.models.load_model(file)
    outputs[file.stem] = model.predict(inputs, verbose=0)
numpy.savez(folder / "outputs.npz", **outputs)
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *tests]))
"""

#: What runs on the other backends too: this file, how the layers fit into Keras, and
#: how they fold.
HERE = Path(__file__)
ON_EVERY_BACKEND = [
    HERE,
    HERE.with_name("test_layers_in_keras.py"),
    HERE.with_name("test_folding.py"),
]


@pytest.fixture(scope="module", params=["jax", "torch"])
def elsewhere(request, tmp_path_factory):
    """Runs these tests, and the saved harness, in a process of another backend."""
    backend = request.param
    if BACKEND != "tensorflow":
        pytest.skip("this is the run on another backend")
    if reason := why_not(backend):
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp(backend)
    expected = {}
    for name in HARNESS:
        layer, inputs = made(name)
        model = model_of(layer, inputs)
        model.save(folder / f"{name}.keras")
        np.save(folder / f"{name}.npy", inputs)
        expected[name] = model.predict(inputs, verbose=0)
    environment = {
        name: value for name, value in os.environ.items() if "PYTEST" not in name
    }
    done = subprocess.run(
        [sys.executable, "-c", ON_ANOTHER, backend, folder, *ON_EVERY_BACKEND],
        cwd=HERE.parent.parent,
        env=environment | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    return done, folder, expected


def test_these_tests_pass_on_another_backend(elsewhere):
    done, _, _ = elsewhere
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 150


@every_layer
def test_another_backend_computes_what_tensorflow_does(name, elsewhere):
    _, folder, expected = elsewhere
    with np.load(folder / "outputs.npz") as outputs:
        found = outputs[name]
    assert found.dtype == expected[name].dtype
    if "by image" in name:
        # The mean of an image, and with it a token at an edge, may differ by rounding.
        assert (found == expected[name]).mean() > 0.98
    elif "low rank" in name or "autoencoder" in name:
        np.testing.assert_allclose(found, expected[name], rtol=1e-4, atol=1e-3)
    elif "standardize" in name or "normalization" in name:
        np.testing.assert_allclose(found, expected[name], rtol=1e-5, atol=1e-6)
    else:
        np.testing.assert_array_equal(found, expected[name])
