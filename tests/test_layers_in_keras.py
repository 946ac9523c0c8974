"""How the layers get on with Keras: its names, settings, files, training."""

import doctest
import json
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from pixembed.layers import (
    BinaryCode,
    DenoisingAutoencoder,
    FourierFeatures,
    LocalResponseNormalization,
    LowRank,
    MedianFilter,
    PixelEmbedding,
    Quantize,
    Standardize,
    Thermometer,
)

ON_JAX = keras.backend.backend() == "jax"

GREY = np.random.default_rng(0).integers(0, 256, (8, 6, 5), dtype=np.uint8)
FLOATS = GREY[..., None] * np.linspace(0, 1, 7, dtype="float32")

#: How to make each layer, and what to put in.
LAYERS = {
    "standardize": (Standardize, GREY),
    "standardize by range": (lambda: Standardize("range"), GREY),
    "standardize by image": (lambda: Standardize("image"), GREY),
    "standardize by batch": (lambda: Standardize("batch"), GREY),
    "standardize not": (lambda: Standardize(None), GREY),
    "quantize": (Quantize, FLOATS),
    "embedding": (lambda: PixelEmbedding(2), GREY),
    "normalization": (LocalResponseNormalization, FLOATS),
    "thermometer": (Thermometer, GREY),
    "fourier": (FourierFeatures, GREY),
    "binary code": (BinaryCode, GREY),
    "median": (MedianFilter, GREY),
    "low rank": (LowRank, GREY),
    "autoencoder": (lambda: DenoisingAutoencoder(filters=2, passes=1), GREY),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def made(name):
    make, inputs = LAYERS[name]
    layer = make()
    layer.build(inputs.shape)
    if hasattr(layer, "adapt"):
        layer.adapt(inputs)
    return layer, inputs


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


def network(layer):
    """A network of a layer of grey levels, with something to train."""
    grey = keras.Input(GREY.shape[1:], dtype="uint8")
    model = keras.Model(grey, keras.layers.Dense(1)(layer(grey)))
    model.compile(optimizer="sgd", loss="mean_squared_error")
    return model


# Names

#: What layers are meant to have of their own.
OVERRIDDEN = {
    "build",
    "call",
    "compute_output_shape",
    "compute_output_spec",
    "get_config",
}


def hidden_by(layer):
    """The names of Keras's class that an instance has too, with what they are there."""
    # PyTorch keeps layers in a dict of their own, and finds them last.
    own = vars(layer) | vars(layer).get("_modules", {})
    return {
        (name, type(value))
        for name, value in own.items()
        if hasattr(keras.layers.Layer, name)
    }


@every_layer
def test_no_name_hides_one_of_kerass(name):
    layer, _ = made(name)
    bare = keras.layers.Layer()
    bare.build(())
    assert hidden_by(layer) <= hidden_by(bare)
    methods = {each for each in vars(type(layer)) if hasattr(bare, each)}
    assert {each for each in methods if not each.startswith("__")} <= OVERRIDDEN


def test_a_name_that_hides_one_of_kerass_is_seen():
    layer = keras.layers.Layer()
    layer.quantize = Quantize()
    assert hidden_by(layer) - hidden_by(keras.layers.Layer()) == {
        ("quantize", Quantize)
    }


@pytest.mark.parametrize(
    "layer",
    [
        *(Standardize, Quantize, PixelEmbedding, LocalResponseNormalization),
        *(Thermometer, MedianFilter, DenoisingAutoencoder),
    ],
)
def test_examples_of_the_docstrings(layer):
    assert doctest.testmod(sys.modules[layer.__module__]).failed == 0


@pytest.mark.parametrize("statistics", ["train", "image", "batch", "range", None])
def test_both_layers_that_standardise_say_how(statistics):
    assert Standardize(statistics).statistics == statistics
    embedding = PixelEmbedding(2, statistics=statistics)
    assert embedding.statistics == statistics
    with pytest.raises(AttributeError):
        embedding.statistics = "another"


def test_a_config_of_numpys_numbers_is_json():
    layer = PixelEmbedding(
        np.int64(3), np.float32(2.5), np.int32(4), np.uint8(10), np.str_("image")
    )
    config = layer.get_config()
    again = PixelEmbedding.from_config(json.loads(json.dumps(config)))
    assert again.get_config() == config
    normalization = LocalResponseNormalization(np.int64(2), np.float32(0.5), 1, 2)
    json.dumps(normalization.get_config())


# Settings


@contextmanager
def setting(name, value):
    """Keras as it is where the reader's `keras.json` says so."""
    before = getattr(keras.config, name)()
    getattr(keras.config, f"set_{name}")(value)
    keras.config.set_dtype_policy(keras.config.floatx())
    try:
        yield
    finally:
        getattr(keras.config, f"set_{name}")(before)
        keras.config.set_dtype_policy(keras.config.floatx())


every_setting = pytest.mark.parametrize(
    ("key", "value"),
    [
        ("image_data_format", "channels_first"),
        ("floatx", "float16"),
        pytest.param(
            "floatx",
            "float64",
            marks=pytest.mark.skipif(ON_JAX, reason="JAX computes without float64"),
        ),
        ("epsilon", 0.1),
    ],
)


@every_layer
@every_setting
def test_no_setting_of_the_reader_changes_an_output(name, key, value):
    layer, inputs = made(name)
    expected = numpy_of(layer(inputs))
    with setting(key, value):
        other, _ = made(name)
        other.set_weights(layer.get_weights())
        found = numpy_of(other(inputs))
        if name == "embedding":
            # The output has the reader's float type, the table and the tokens do not.
            assert found.dtype == keras.config.floatx()
            expected = expected.astype(found.dtype)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@every_setting
def test_no_setting_of_the_reader_changes_the_table_that_a_seed_gives(key, value):
    def table():
        initializer = keras.initializers.RandomUniform(-1, 1, seed=0)
        layer = PixelEmbedding(2, embeddings_initializer=initializer)
        layer.build(GREY.shape)
        return layer.get_weights()[-1]

    expected = table()
    with setting(key, value):
        np.testing.assert_array_equal(table(), expected)


# Forgotten adapt

ROADS = {
    "call": lambda model: model(GREY),
    "predict": lambda model: model.predict(GREY, verbose=0),
    "fit": lambda model: model.fit(GREY, np.zeros((8, 6, 5, 1)), verbose=0),
    "evaluate": lambda model: model.evaluate(GREY, np.zeros((8, 6, 5, 1)), verbose=0),
}
every_road = pytest.mark.parametrize("road", ROADS)


def loaded(model, folder):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras")


def cloned(model, _):
    clone = keras.models.clone_model(model)
    clone.compile(optimizer="sgd", loss="mean_squared_error")
    return clone


@every_road
@pytest.mark.parametrize("way", [None, cloned, loaded])
def test_without_adapt_no_road_is_open(road, way, tmp_path):
    model = network(PixelEmbedding(2))
    if way:
        model = way(model, tmp_path)
    with pytest.raises(ValueError, match=r"call adapt\(images\) first"):
        ROADS[road](model)


def test_without_adapt_there_are_no_tokens():
    for call in (Standardize(), PixelEmbedding(2).tokens):
        with pytest.raises(ValueError, match=r"call adapt\(images\) first"):
            call(GREY)


@every_road
def test_a_layer_may_be_built_into_a_network_and_adapted_later(road):
    layer = PixelEmbedding(2)
    model = network(layer)
    layer.adapt(GREY)
    ROADS[road](model)


def by_set_weights(model, _):
    other = network(PixelEmbedding(2))
    other.set_weights(model.get_weights())
    return other


def by_load_weights(model, folder):
    other = network(PixelEmbedding(2))
    model.save_weights(folder / "model.weights.h5")
    other.load_weights(folder / "model.weights.h5")
    return other


@pytest.mark.parametrize("way", [by_set_weights, by_load_weights, loaded])
@pytest.mark.parametrize("images", [GREY, GREY * 0])
def test_weights_of_an_adapted_layer_need_no_adapt(way, images, tmp_path):
    layer = PixelEmbedding(2)
    model = network(layer)
    layer.adapt(images)
    expected = model.predict(GREY, verbose=0)
    other = way(model, tmp_path)
    np.testing.assert_array_equal(other.predict(GREY, verbose=0), expected)


@pytest.mark.parametrize("way", [by_set_weights, by_load_weights])
def test_weights_of_a_layer_without_adapt_need_it(way, tmp_path):
    with pytest.raises(ValueError, match=r"call adapt\(images\) first"):
        way(network(PixelEmbedding(2)), tmp_path).predict(GREY, verbose=0)


@pytest.mark.parametrize("statistics", ["image", "batch", "range", None])
def test_other_statistics_need_no_adapt(statistics):
    layer = PixelEmbedding(2, statistics=statistics)
    network(layer).predict(GREY, verbose=0)
    # Nor do they know what "train" would need.
    other = PixelEmbedding(2, statistics="train")
    other.build(GREY.shape)
    other.set_weights(layer.get_weights())
    with pytest.raises(ValueError, match=r"call adapt\(images\) first"):
        other(GREY)


# Files


def test_a_network_that_version_0_1_0_saved_is_read():
    """One PixelEmbedding(2, 10, 5, 12), adapted."""
    model = keras.models.load_model(
        Path(__file__).parent / "saved" / "pixel_embedding.keras"
    )
    mean, deviation, table = model.get_weights()
    assert (np.ndim(mean), np.ndim(deviation), table.shape) == (0, 0, (12, 2))
    numbers = (GREY.astype("float32") - mean) * (1 / deviation) * 10
    tokens = np.trunc(numbers.clip(-5, 5)).astype(int) + 5
    assert {*tokens.flat} == {*range(11)}
    np.testing.assert_array_equal(model.predict(GREY, verbose=0), table[tokens])


def test_a_quantised_network_keeps_its_table_and_can_be_saved(tmp_path):
    layer = PixelEmbedding(2)
    model = network(layer)
    layer.adapt(GREY)
    table = layer.get_weights()[-1]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.quantize("int8")
    assert any("The table of a PixelEmbedding" in str(w.message) for w in caught)
    assert model.layers[-1].dtype_policy.name == "int8_from_float32"
    np.testing.assert_array_equal(layer.get_weights()[-1], table)
    expected = model.predict(GREY, verbose=0)
    again = loaded(model, tmp_path)
    np.testing.assert_array_equal(again.predict(GREY, verbose=0), expected)
