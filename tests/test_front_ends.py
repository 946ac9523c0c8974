"""Front ends: what the first convolution is given for a grey level."""

from dataclasses import fields

import keras
import numpy as np
import pytest

from pixembed import ablation, front_ends, networks
from pixembed.recipes import Recipe

GREYS = (np.arange(784) % 256).astype(np.uint8).reshape(1, 28, 28)


def built(front_end, shape=(28, 28), **options):
    return networks.build(Recipe("mine", front_end, options), seed=0, shape=shape)


def channels(front_end, images=GREYS, **options):
    """What the first convolution is given."""
    model = built(front_end, images.shape[1:], **options)
    networks.adapt(model, images)
    front = keras.Model(model.input, model.get_layer("convolution_1").input)
    return front.predict(images, verbose=0)


# What they do


def test_the_numbers_by_hand():
    number = channels("number", statistics="train")
    largest = np.abs(number).max()
    assert largest > 1.5
    clipped = channels("clipped")
    np.testing.assert_array_equal(clipped, number.clip(-1, 1))
    by_hand = np.trunc(10 * number).clip(-12, 12) / 10
    found = channels("quantised", scale=10, limit=12)
    np.testing.assert_allclose(found, by_hand, atol=1e-6)
    found = channels("clipped", scale=10, limit=12)
    np.testing.assert_array_equal(found, number.clip(-1.2, 1.2))


def test_numbers_between_minus_1_and_1_are_not_clipped():
    number = channels("number", statistics="range")
    np.testing.assert_array_equal(channels("clipped", statistics="range"), number)
    quantised = channels("quantised", statistics="range")
    np.testing.assert_allclose(quantised, number, atol=1e-3)


def test_without_statistics_a_number_is_the_grey_level():
    np.testing.assert_array_equal(channels("number")[..., 0], GREYS)


def test_a_vector_is_the_tokens_row():
    vectors = channels("pixel_embedding", width=3, scale=10, limit=12)
    number = channels("number", statistics="train")
    tokens = np.trunc(10 * number[..., 0]).clip(-12, 12).astype(int) + 12
    layer = built("pixel_embedding", width=3, scale=10, limit=12).layers[1]
    (table,) = layer.trainable_weights
    assert table.shape == (25, 3)
    np.testing.assert_array_equal(vectors, np.array(table)[tokens])


def test_a_fixed_table_starts_like_a_trained_one_and_stays():
    fixed, trained = (
        built("pixel_embedding", trainable=trainable) for trainable in (False, True)
    )
    assert len(fixed.trainable_weights) == len(trained.trainable_weights) - 1
    np.testing.assert_array_equal(
        channels("pixel_embedding", trainable=False), channels("pixel_embedding")
    )


@pytest.mark.parametrize("front_end", {*front_ends.FRONT_ENDS} - {"autoencoder"})
def test_each_colour_is_coded_on_its_own(front_end):
    images = np.stack([GREYS, GREYS[:, ::-1], GREYS[:, :, ::-1]], axis=-1)
    known = front_ends.get(front_end).defaults
    options = {"statistics": "range"} if "statistics" in known else {}
    together = channels(front_end, images, **options)
    alone = [channels(front_end, images[..., [k]], **options) for k in range(3)]
    expected = np.concatenate(alone, axis=-1)
    np.testing.assert_allclose(together, expected, atol=1e-5)


@pytest.mark.parametrize("front_end", ["median", "low_rank", "autoencoder"])
def test_what_a_filter_leaves_is_standardised_like_a_number(front_end):
    model = built(front_end)
    networks.adapt(model, GREYS)
    clean, standardize = model.layers[1:3]
    number = (np.array(clean(GREYS)) - GREYS.mean()) / GREYS.std()
    np.testing.assert_allclose(standardize(clean(GREYS)), number, atol=1e-5)
    first = model.get_layer("convolution_1").input
    found = keras.Model(model.input, first).predict(GREYS, verbose=0)
    np.testing.assert_allclose(found[..., 0], number, atol=1e-4)


@pytest.mark.parametrize(
    ("front_end", "channels_of_one"),
    [
        ("thermometer", 15),
        ("fourier", 8),
        ("binary_code", 64),
        ("median", 1),
        ("low_rank", 1),
        ("autoencoder", 1),
    ],
)
def test_how_many_channels_a_remedy_makes(front_end, channels_of_one):
    for shape, colours in (((9, 8), 1), ((9, 8, 3), 3)):
        model = built(front_end, shape)
        found = model.get_layer("convolution_1").input.shape
        assert found == (None, 9, 8, colours * channels_of_one)


@pytest.mark.parametrize("front_end", ["binary_code", "autoencoder"])
def test_the_start_of_a_front_end_follows_from_the_seed(front_end):
    def start(seed):
        model = networks.build(Recipe("mine", front_end), seed=seed)
        return max(model.layers[1].get_weights(), key=np.size)

    np.testing.assert_array_equal(start(0), start(0))
    assert (start(0) != start(1)).any()


@pytest.mark.parametrize(("front_end", "options"), ablation.CODINGS.values())
def test_every_coding_takes_other_statistics_and_is_stored(
    front_end, options, digits, tmp_path
):
    model = built(front_end, statistics="batch", **options)
    images = digits.images[:20]
    answers = model.predict(images, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(images, verbose=0), answers)
    other = networks.with_statistics(model, "train")
    networks.adapt(other, images)
    found = other.predict(images, verbose=0)
    np.testing.assert_allclose(found, answers, rtol=1e-3, atol=1e-3)


# The register


def test_every_front_end_is_found_by_name():
    for name, front_end in front_ends.FRONT_ENDS.items():
        assert front_ends.get(name) is front_end
        assert front_end.name == name
        assert front_end.complete({}) == front_end.defaults
        assert front_end.checks.keys() == front_end.defaults.keys()
        settings = {field.name for field in fields(Recipe)}
        assert not settings & front_end.defaults.keys()


@pytest.mark.parametrize("name", ["Number", "raw", "", None])
def test_an_unknown_front_end_is_refused(name):
    with pytest.raises(ValueError, match=f"^front_end must .*Received: {name!r}$"):
        front_ends.get(name)


def test_no_two_front_ends_have_one_name():
    known = front_ends.get("number")
    with pytest.raises(ValueError, match="^there is a front end .*'number'$"):
        front_ends.register(known)
