"""A folded model answers what the whole one does; on whichever backend Keras runs."""

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

from pixembed import evaluation, networks, recipes
from pixembed.folding import fold, fold_for_training
from pixembed.layers import (
    EmbeddingConvolution,
    FoldedConvolution,
    NeighbourDistance,
    PixelEmbedding,
    TokenEmbedding,
)
from pixembed.noise import CLEAN, gaussian

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (3, 7, 5), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (3, 7, 5, 3), dtype=np.uint8)


def pixel(**options):
    return PixelEmbedding(4, embeddings_initializer="random_normal", **options)


def tokens(images, **options):
    found = NeighbourDistance([2, 4], [[1, 4, 20], [9]], "line")(images)
    return TokenEmbedding([3, 1], 3, **options)(found)


#: Name: what gives the vectors, and images.
EMBEDDINGS = {
    "train": (lambda images: pixel()(images), GREY),
    "range": (lambda images: pixel(statistics="range")(images), GREY),
    "image": (lambda images: pixel(statistics="image")(images), GREY),
    "floats": (lambda images: pixel()(images), GREY.astype("float32") + 0.5),
    "colour": (lambda images: pixel()(images), COLOUR),
    "neighbours": (tokens, GREY),
    "neighbours of colour": (tokens, COLOUR),
}

#: Name: options of the convolution. A kernel is as high as it is wide in none.
CONVOLUTIONS = {
    "same": {"padding": "same", "activation": "relu"},
    "valid": {},
    "strides": {"padding": "same", "strides": (2, 3)},
    "dilation": {"padding": "same", "dilation_rate": 2, "use_bias": False},
}
every_pair = pytest.mark.parametrize(
    ("embedding", "convolution"),
    [*product(EMBEDDINGS, ["same"]), *product(["train"], [*CONVOLUTIONS][1:])],
)


def made(embedding="train", convolution="same"):
    """A model with weights that are all different, and images for it."""
    make, images = EMBEDDINGS[embedding]
    grey = keras.Input(images.shape[1:], dtype=str(images.dtype))
    options = CONVOLUTIONS[convolution]
    maps = layers.Conv2D(6, (3, 2), **options, name="convolution")(make(grey))
    model = keras.Model(grey, layers.Dense(2)(layers.Flatten()(maps)))
    networks.adapt(model, images)
    for weight in model.trainable_weights:
        weight.assign(RNG.normal(0, 0.5, weight.shape))
    return model, images


def answers(model, images):
    return ops.convert_to_numpy(model(images))


def assert_same(found, expected):
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(
        found, expected, rtol=0, atol=np.abs(expected).max() / 1e5
    )


# Answers


@every_pair
def test_folded_and_whole_answer_the_same(embedding, convolution):
    model, images = made(embedding, convolution)
    whole = answers(model, images)
    assert_same(answers(fold(model), images), whole)
    assert_same(answers(fold_for_training(model), images), whole)


def test_rows_are_summed_as_by_hand():
    levels = np.array([[[3, 0], [1, 2]]], "uint8")
    model = keras.Sequential(
        [
            keras.Input((2, 2), dtype="uint8"),
            PixelEmbedding(2, 1, 255, statistics=None),
            layers.Conv2D(1, (2, 2), padding="same"),
        ]
    )
    vectors = RNG.normal(size=(511, 2)).astype("float32")
    kernel = RNG.normal(size=(2, 2, 2, 1)).astype("float32")
    model.layers[0].table.set_weights([vectors])
    model.layers[1].set_weights([kernel, np.array([0.5])])
    expected = np.full((2, 2), 0.5)
    for y, x, dy, dx in product(range(2), repeat=4):
        if y + dy < 2 and x + dx < 2:
            token = 255 + int(levels[0, y + dy, x + dx])
            expected[y, x] += vectors[token] @ kernel[dy, dx, :, 0]
    found = answers(fold(model), levels)
    np.testing.assert_allclose(found[0, :, :, 0], expected, rtol=1e-5)


def test_swapped_axes_of_the_kernel_would_be_seen():
    model, images = made()
    wrong = fold(model)
    layer = wrong.get_layer("convolution")
    table, bias = layer.get_weights()
    swapped = table.reshape(3, 2, 256, 6).swapaxes(0, 1).reshape(6, 256, 6)
    layer.set_weights([swapped, bias])
    with pytest.raises(AssertionError):
        assert_same(answers(wrong, images), answers(model, images))


def test_the_vector_of_a_token_is_not_what_lies_beyond_the_edges():
    model, _ = made("train", "same")
    black = np.zeros_like(GREY)
    layer = fold(model).get_layer("convolution")
    assert np.abs(layer.get_weights()[0][:, 0]).min() > 0.001
    maps = answers(layer, black)
    assert np.abs(maps[:, 0] - maps[:, 3]).max() > 0.1


@pytest.mark.parametrize(
    ("embedding", "rows", "layers_before"),
    [
        ("train", [256], 1),
        ("range", [256], 1),
        ("colour", [256] * 3, 1),
        ("image", [2001], 3),
        ("floats", [2001], 3),
        ("neighbours", [4, 2], 2),
        ("neighbours of colour", [4, 2] * 3, 2),
    ],
)
def test_only_rows_that_can_be_used_remain(embedding, rows, layers_before):
    folded = fold(made(embedding)[0])
    layer = folded.get_layer("convolution")
    assert isinstance(layer, FoldedConvolution)
    assert layer.rows == rows
    assert folded.layers.index(layer) == layers_before
    assert tuple(layer.table.shape) == (6, sum(rows), 6)


def test_a_folded_model_has_weights_of_its_own():
    model, images = made()
    folded = fold(model)
    expected = answers(folded, images)
    for weight in model.trainable_weights:
        weight.assign(np.zeros(weight.shape))
    np.testing.assert_array_equal(answers(folded, images), expected)
    assert not folded.get_layer("convolution").trainable_weights


def test_half_precision_is_rounded_less(mixed_bfloat16):
    model, images = made()
    whole, folded = answers(model, images), answers(fold(model), images)
    assert fold(model).get_layer("convolution").compute_dtype == "bfloat16"
    np.testing.assert_allclose(
        folded.astype("float32"), whole.astype("float32"), atol=0.1
    )


LOAD = """
import sys
from pathlib import Path
import keras, numpy as np, pixembed
folder = Path(sys.argv[1])
for name in ("folded", "image", "training"):
    model = keras.models.load_model(folder / f"{name}.keras")
    found = model.predict(np.load(folder / "images.npy"), verbose=0)
    np.save(folder / f"{name}.npy", found)
"""


def test_a_new_process_loads_what_was_saved(tmp_path):
    model, images = made()
    by_image, _ = made("image")
    saved = {
        "folded": fold(model),
        "training": fold_for_training(model),
        "image": fold(by_image),
    }
    np.save(tmp_path / "images.npy", images)
    for name, one in saved.items():
        one.save(tmp_path / f"{name}.keras")
    subprocess.run(
        [sys.executable, "-c", LOAD, tmp_path],
        check=True,
        cwd=Path(__file__).parent.parent,
        env=os.environ,
    )
    for name, one in saved.items():
        assert_same(np.load(tmp_path / f"{name}.npy"), answers(one, images))


# Evaluation


def test_counts_of_a_folded_network_are_its_own(monkeypatch):
    model, images = made()
    images = np.concatenate([images] * 20)
    labels = np.arange(len(images)) % 2
    cases = [CLEAN, gaussian(0, 40)]
    counts = []
    for many in (len(images) * 2 + 1, 1):
        monkeypatch.setattr(evaluation, "MANY", many)
        for statistics in (None, "test"):
            options = {"seed": 0, "overflow": "clip", "test_statistics": statistics}
            counts.append(
                [
                    score.correct
                    for _, score in evaluation.score_cases(
                        model, images, labels, cases, **options
                    )
                ]
            )
    assert counts[:2] == counts[2:]
    assert counts[0] != counts[1]


def test_close_answers_are_asked_of_the_whole_network():
    class Answers:
        def __init__(self, logits):
            self.logits = np.array(logits, "float32")

        def predict(self, x, **_):
            given = x if isinstance(x, np.ndarray) else np.concatenate([*x])
            return self.logits[given[:, 0]]

    whole = Answers([[1, 2], [1, 1.00001], [2, 1], [np.nan, 1]])
    folded = Answers([[1, 2.00001], [1.00001, 1], [2, 1], [np.nan, 1]])
    images = np.arange(4)[:, None]
    found = evaluation._logits(whole, folded, images, 4)
    np.testing.assert_array_equal(found[1], whole.logits[1])
    np.testing.assert_array_equal(found[[0, 2, 3]], folded.logits[[0, 2, 3]])


@pytest.mark.parametrize("embedding", ["image", "train"])
def test_only_what_rounds_alike_is_asked_folded(embedding):
    model, _ = made(embedding)
    assert (evaluation._folded(model) is model) == (embedding == "image")


def test_half_precision_is_asked_as_it_is(mixed_bfloat16):
    model, _ = made()
    assert evaluation._folded(model) is model


# Refusals


def without_embedding(images):
    return layers.Conv2D(2, 3)(ops.cast(images, "float32")[..., None])


def two_embeddings(images):
    return layers.Conv2D(2, 3)(pixel()(images) + pixel()(images))


def into_dense(images):
    return layers.Dense(2)(pixel()(images))


def also_an_output(images):
    vectors = pixel()(images)
    return [layers.Conv2D(2, 3)(vectors), vectors]


def two_convolutions(images):
    vectors = pixel()(images)
    return [layers.Conv2D(2, 3)(vectors), layers.Conv2D(2, 3)(vectors)]


def one_convolution_twice(images):
    convolution = layers.Conv2D(4, 3, padding="same")
    return convolution(convolution(pixel()(images)))


def groups(images):
    return layers.Conv2D(2, 3, groups=2)(pixel()(images))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (without_embedding, "Received layers: .*'Conv2D'"),
        (two_embeddings, "Received layers: .*'PixelEmbedding', 'PixelEmbedding'"),
        (into_dense, r"feeds: \['Dense'\]"),
        (also_an_output, r"feeds: \['Conv2D', 'an output'\]"),
        (two_convolutions, r"feeds: \['Conv2D', 'Conv2D'\]"),
        (one_convolution_twice, "called more than once"),
        (groups, "Received: groups=2"),
    ],
)
def test_what_cannot_be_folded_is_refused(make, words):
    images = keras.Input((7, 5), dtype="uint8")
    with pytest.raises(ValueError, match=words):
        fold(keras.Model(images, make(images)))


def test_what_is_no_functional_model_is_refused():
    class Own(keras.Model):
        pass

    for other in (Own(), 3):
        with pytest.raises(TypeError, match=f"Received: {type(other).__name__}"):
            fold(other)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rows": 0}, "rows must be at least 1"),
        ({"kernel_size": (1, 2, 3)}, "kernel_size must be an int or two ints"),
        ({"padding": "causal"}, "padding must be one of"),
    ],
)
def test_options_of_a_folded_layer_are_checked(change, words):
    options = {"rows": 2, "filters": 1, "kernel_size": 3} | change
    with pytest.raises(ValueError, match=words):
        FoldedConvolution(**options)


def test_a_folded_layer_takes_the_channels_that_it_has_rows_for():
    with pytest.raises(ValueError, match="takes 1 channels"):
        FoldedConvolution(256, 2, 3)(COLOUR)


def test_a_pair_takes_an_embedding_first():
    with pytest.raises(TypeError, match="Received: Dense"):
        EmbeddingConvolution(layers.Dense(2), layers.Conv2D(2, 3))


# Training


def compiled(model):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.01), loss)
    return model


def test_training_folded_trains_the_very_weights():
    model, images = made()
    before = [weight.copy() for weight in model.get_weights()]
    compiled(fold_for_training(model)).train_on_batch(images, np.array([0, 1, 0]))
    changed = [(a != b).any() for a, b in zip(before, model.get_weights(), strict=True)]
    # Mean and deviation are not trained.
    assert sum(changed) == len(changed) - 2


def test_losses_of_200_steps_are_the_same():
    losses, weights = [], []
    truth = np.array([0, 1, 0])
    start = made()[0].get_weights()
    for change in (lambda model: model, fold_for_training):
        model, images = made()
        model.set_weights(start)
        learner = compiled(change(model))
        losses.append([learner.train_on_batch(images, truth) for _ in range(200)])
        weights.append(model.get_weights())
    assert losses[0][-1] < losses[0][0] / 2
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-3, atol=1e-5)
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-2, atol=1e-3)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="gradients by TensorFlow"
)
@every_pair
def test_gradients_are_the_same(embedding, convolution):
    import tensorflow as tf

    def gradients(model):
        with tf.GradientTape() as tape:
            loss = ops.mean(ops.square(model(images)))
        return tape.gradient(loss, [weight.value for weight in weights])

    model, images = made(embedding, convolution)
    weights = model.trainable_weights
    for found, expected in zip(
        gradients(fold_for_training(model)), gradients(model), strict=True
    ):
        # Keras would square the parts of an `IndexedSlices` one by one.
        assert isinstance(found, tf.Tensor)
        expected = tf.convert_to_tensor(expected).numpy()
        assert (size := np.abs(expected).max()) > 0
        np.testing.assert_allclose(found, expected, rtol=0, atol=size / 1e5)


def test_a_pair_is_folded_after_its_training():
    model = networks.build(
        recipes.TEXT["pixel_embedding"].with_options(width=2, statistics="range"),
        seed=0,
        shape=(8, 8),
    )
    images = RNG.integers(0, 256, (4, 8, 8), dtype=np.uint8)
    learner = compiled(fold_for_training(model))
    learner.train_on_batch(images, np.arange(4))
    found, expected = answers(fold(learner), images), answers(model, images)
    np.testing.assert_allclose(found, expected, atol=np.abs(expected).max() / 1e5)
