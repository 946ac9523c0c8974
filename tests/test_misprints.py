"""What happens to grey levels and tokens in training only."""

import re

import keras
import numpy as np
import pytest
from keras import ops

from pixembed.layers import (
    Misprints,
    NeighbourDistance,
    RandomSaturation,
    TokenEmbedding,
)

GREY = np.random.default_rng(0).integers(0, 256, (2000, 5, 4), np.uint8)
TOKENS = np.random.default_rng(1).integers(1, 4, (2000, 5, 4, 2)).astype("int32")
#: Each with what it is given.
LAYERS = {
    "saturation": (lambda **o: RandomSaturation(0.4, **o), GREY),
    "neighbours": (lambda **o: NeighbourDistance(2, other_axis=0.5, **o), GREY),
    "misprints": (lambda **o: Misprints([4, 5], 0.2, 0.3, **o), TOKENS),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def in_training(layer, inputs):
    return ops.convert_to_numpy(layer(inputs, training=True))


@every_layer
def test_a_seed_decides_what_is_drawn(name):
    make, inputs = LAYERS[name]
    one, same, other = (in_training(make(seed=seed), inputs[:50]) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@every_layer
def test_each_call_draws_anew(name):
    make, inputs = LAYERS[name]
    layer = make(seed=0)
    first = in_training(layer, inputs[:50])
    assert (first != in_training(layer, inputs[:50])).any()


@every_layer
def test_outside_training_nothing_is_drawn(name):
    make, inputs = LAYERS[name]
    layer = make(seed=0)
    plain = ops.convert_to_numpy(layer(inputs[:50]))
    np.testing.assert_array_equal(layer(inputs[:50]), plain)
    assert (plain != in_training(layer, inputs[:50])).any()
    if name != "neighbours":
        np.testing.assert_array_equal(plain, inputs[:50])


def test_dark_levels_become_0_and_bright_ones_255_in_a_share_of_the_images():
    image = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    images = np.repeat(image, 2000, axis=0)
    found = in_training(RandomSaturation(0.4, 60, 90, seed=0), images)
    assert found.dtype == np.uint8
    lows = [np.count_nonzero(one == 0) for one in found]
    highs = [np.count_nonzero(one == 255) for one in found]
    # Those in between stay, and so do the levels that no drawn level can reach.
    changed = (found != images) & (found != 0) & (found != 255)
    assert not changed.any()
    assert max(lows) <= 61 and max(highs) <= 256 - 90
    for counts, farthest in ((lows, 60), (highs, 165)):
        assert np.mean(np.array(counts) > 1) == pytest.approx(0.4, abs=0.05)
        assert max(counts) == pytest.approx(farthest, abs=3)


def test_a_share_of_the_images_has_its_distances_on_the_other_axis():
    layer = NeighbourDistance([2, 5], 64, "line", other_axis=0.3, seed=0)
    found = in_training(layer, GREY[:500])
    line = NeighbourDistance([2, 5], 64, "line")(GREY[:500])
    circle = NeighbourDistance([2, 5], 64, "circle")(GREY[:500])
    on_line = (found == np.array(line)).all((1, 2, 3))
    on_circle = (found == np.array(circle)).all((1, 2, 3))
    assert (on_line | on_circle).all()
    assert 1 - on_line.mean() == pytest.approx(0.3, abs=0.08)


def test_misprints_are_0_or_the_largest_in_up_to_their_share_of_the_pixels():
    found = in_training(Misprints([4, 5], 0.2, [0.1, 0.4], seed=0), TOKENS)
    changed = found != TOKENS
    assert set(found[..., 0][changed[..., 0]]) == {0, 4}
    assert set(found[..., 1][changed[..., 1]]) == {0, 5}
    # A crowd in one channel is one in all, but where a loner was printed over it.
    assert ((found[..., 0] == 0) <= np.isin(found[..., 1], (0, 5))).all()
    touched = changed.any((1, 2, 3))
    assert touched.mean() < 0.8
    # In every second image a share between 0 and the given one: on average a quarter.
    largest = (found == [4, 5]).mean((0, 1, 2))
    np.testing.assert_allclose(largest, [0.1 / 4, 0.4 / 4], atol=0.01)
    assert (found == 0).mean() == pytest.approx(0.2 / 4, abs=0.01)


def test_without_shares_nothing_is_misprinted():
    np.testing.assert_array_equal(in_training(Misprints(4), TOKENS), TOKENS)
    unchanged = in_training(RandomSaturation(0.0), GREY)
    np.testing.assert_array_equal(unchanged, GREY)


def test_a_table_keeps_the_order_of_its_tokens_and_can_be_trained():
    tokens = np.array([[[[0, 0], [1, 3], [2, 5]]]])
    layer = TokenEmbedding([2, 5], 2)
    numbers = ops.convert_to_numpy(layer(tokens))[0, 0]
    expected = [[0, 0, 0, 0], [0.5, 0.5, 0.6, 0.6], [1, 1, 1, 1]]
    np.testing.assert_allclose(numbers, expected, rtol=1e-6)
    assert [weight.shape for weight in layer.trainable_weights] == [(9, 2)]
    frozen = TokenEmbedding([2, 5], 2, trainable=False)
    frozen(tokens)
    assert not frozen.trainable_weights


def test_the_channels_of_an_image_share_their_tables():
    tokens = np.array([[[[0, 4, 1, 2]]]])
    found = ops.convert_to_numpy(TokenEmbedding([2, 4])(tokens))
    assert found.tolist() == [[[[0, 1, 0.5, 0.5]]]]
    printed = in_training(Misprints([2, 4], 0, 1.0, seed=0), np.repeat(tokens, 99, 0))
    assert (printed[..., 1] == 4).all() and (
        printed.max((0, 1, 2)) == [2, 4, 2, 4]
    ).all()


@pytest.mark.parametrize(
    ("make", "options", "error", "message"),
    [
        (RandomSaturation, {"share": 1.5}, ValueError, "share must lie in 0..1"),
        (RandomSaturation, {"share": "0"}, TypeError, "share must be a number"),
        (RandomSaturation, {"darkest": 0}, ValueError, "darkest must lie in 1..255"),
        (RandomSaturation, {"brightest": 255}, ValueError, "brightest must lie in 0.."),
        (Misprints, {"largest": -1}, ValueError, "largest must be at least 0"),
        (Misprints, {"largest": 4, "crowd": 2}, ValueError, "crowd must lie in 0..1"),
        (Misprints, {"largest": 4, "loners": []}, ValueError, "loners must not be"),
        (NeighbourDistance, {"other_axis": 2}, ValueError, "other_axis must lie in"),
        (TokenEmbedding, {"largest": 0}, ValueError, "largest must be at least 1"),
        (TokenEmbedding, {"largest": 4, "width": 0}, ValueError, "width must be at"),
    ],
)
def test_bad_settings_are_refused(make, options, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}.*Received: "):
        make(**options)


def test_in_a_model_training_reaches_the_layer():
    grey = keras.Input((5, 4), dtype="uint8")
    model = keras.Model(grey, RandomSaturation(1.0, seed=0)(grey))
    changed = ops.convert_to_numpy(model(GREY[:20], training=True)) != GREY[:20]
    assert changed.any()
    np.testing.assert_array_equal(model.predict(GREY[:20], verbose=0), GREY[:20])
