"""From a recipe to a Keras model.

Every model takes uint8 images (batch, 28, 28) and gives ten logits an image.
"""

import keras
import numpy as np
from keras import layers, ops

from pixembed.layers import (
    LocalResponseNormalization,
    PixelEmbedding,
    Quantize,
    Standardize,
)
from pixembed.noise import check_seed
from pixembed.paper import CODINGS

IMAGE_SHAPE = (28, 28)
CLASSES = 10


def build(recipe, *, seed):
    """Builds the network of a recipe, untrained.

    Args:
        recipe: `pixembed.paper.Recipe`.
        seed: int, not negative; decides every initial weight.

    Returns:
        `keras.Model`, uint8 (batch, 28, 28) to float32 logits (batch, 10).

    Raises:
        TypeError, ValueError: if the recipe names an unknown coding or network, or if
            `seed` is no seed.

    Reference: the paper's Figure 2 and Tables 1 and 2.
    """
    if recipe.coding not in CODINGS:
        raise ValueError(
            f"recipe.coding must be one of {CODINGS}. Received: {recipe.coding!r}"
        )
    if recipe.network not in NETWORKS:
        raise ValueError(
            f"recipe.network must be one of {sorted(NETWORKS)}. "
            f"Received: {recipe.network!r}"
        )
    seeds = _seeds(check_seed("seed", seed))
    images = keras.Input(IMAGE_SHAPE, dtype="uint8", name="grey_levels")
    features = _front_end(recipe, images, seeds)
    logits = NETWORKS[recipe.network](features, seeds)
    return keras.Model(images, logits, name=recipe.arm)


def with_statistics(model, statistics):
    """Returns a copy of a model that standardises with other statistics.

    Args:
        model: what `build` returned.
        statistics: as in `pixembed.layers.Standardize`.
    """

    def copy(layer):
        config = layer.get_config()
        if hasattr(layer, "adapt"):
            config["statistics"] = statistics
        return type(layer).from_config(config)

    clone = keras.models.clone_model(model, clone_function=copy)
    clone.set_weights(model.get_weights())
    return clone


def adapt(model, images):
    """Gives the images' mean and deviation to the layers that keep them.

    Args:
        model: what `build` returned.
        images: array (n, 28, 28), grey levels.
    """
    for layer in model.layers:
        if hasattr(layer, "adapt"):
            layer.adapt(images)


def batches(images, labels=None, *, batch_size):
    """Returns arguments that feed arrays to a Keras model's fit, evaluate or predict.

    On TensorFlow they turn off the tuning of the input pipeline: at the end of every
    call TensorFlow waits for the tuner, up to as long again as the call took.

    Args:
        images: array (n, ...).
        labels: array (n,), or None.
        batch_size: int, images at a time.

    Returns:
        dict of keyword arguments.
    """
    if keras.backend.backend() != "tensorflow":
        arrays = {"x": images} if labels is None else {"x": images, "y": labels}
        return arrays | {"batch_size": batch_size}
    import tensorflow as tf

    arrays = images if labels is None else (images, labels)
    options = tf.data.Options()
    options.autotune.enabled = False
    dataset = tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size)
    return {"x": dataset.with_options(options)}


def probabilities(model, images, *, batch_size=250):
    """Returns the network's probability of each class.

    Args:
        model: what `build` returned.
        images: uint8 array (n, 28, 28), grey levels.
        batch_size: int, images at a time.

    Returns:
        float64 array (n, 10), each row summing to 1.
    """
    logits = model.predict(**batches(images, batch_size=batch_size), verbose=0)
    logits = logits.astype("float64")
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _front_end(recipe, images, seeds):
    if recipe.coding in ("random", "trained"):
        return PixelEmbedding(
            width=recipe.width,
            scale=recipe.scale,
            limit=recipe.limit,
            statistics=recipe.statistics,
            embeddings_initializer=keras.initializers.RandomUniform(
                -1.0, 1.0, seed=next(seeds)
            ),
            trainable=recipe.coding == "trained",
            name="pixel_embedding",
        )(images)
    grey = Standardize(recipe.statistics, name="standardize")(images)
    numbers = _SCALARS[recipe.coding](recipe, grey)
    channel = layers.Reshape((*IMAGE_SHAPE, 1), name="channel")(numbers)
    if recipe.network == "released":
        return layers.Concatenate(name="channels")([channel] * 3)
    return channel


def _clipped(recipe, grey):
    largest = recipe.limit / recipe.scale
    return ops.clip(grey, -largest, largest)


def _quantised(recipe, grey):
    tokens = Quantize(recipe.scale, recipe.limit, name="quantize")(grey)
    step = 1 / recipe.scale
    back = {"scale": step, "offset": -recipe.limit * step, "dtype": "float32"}
    return layers.Rescaling(**back, name="numbers")(tokens)


_SCALARS = {
    "raw": lambda recipe, grey: grey,
    "clipped": _clipped,
    "quantised": _quantised,
}


def _table1(features, seeds):
    for number in (1, 2):
        features = layers.Conv2D(
            64,
            3,
            padding="same",
            activation="relu",
            kernel_initializer=keras.initializers.GlorotUniform(seed=next(seeds)),
            name=f"convolution_{number}",
        )(features)
        features = layers.MaxPooling2D(2, name=f"max_pooling_{number}")(features)
    folded = layers.Flatten(name="folding")(features)
    return layers.Dense(
        CLASSES,
        kernel_initializer=keras.initializers.GlorotUniform(seed=next(seeds)),
        dtype="float32",
        name="full_connection",
    )(folded)


def _released(features, seeds):
    features = _released_convolution(1, 1.0, seeds)(features)
    features = _released_pooling(1)(features)
    features = LocalResponseNormalization(name="normalization_1")(features)
    features = _released_convolution(2, 0.1, seeds)(features)
    features = LocalResponseNormalization(name="normalization_2")(features)
    features = _released_pooling(2)(features)
    features = layers.Flatten(name="folding")(features)
    for number, units in enumerate((128, 128, CLASSES), start=1):
        features = layers.Dense(
            units,
            activation="relu" if number < 3 else None,
            kernel_initializer=_normal(0.005, seeds),
            bias_initializer=_BIAS,
            dtype="float32" if number == 3 else None,
            name=f"full_connection_{number}",
        )(features)
    return features


#: The networks by name: Table 1's, and that of the released code.
NETWORKS = {"table1": _table1, "released": _released}

_BIAS = keras.initializers.Constant(0.1)


def _released_convolution(number, deviation, seeds):
    return layers.Conv2D(
        64,
        3,
        padding="same",
        activation="relu",
        kernel_initializer=_normal(deviation, seeds),
        bias_initializer=_BIAS,
        name=f"convolution_{number}",
    )


def _released_pooling(number):
    return layers.MaxPooling2D(3, 2, padding="same", name=f"max_pooling_{number}")


def _normal(deviation, seeds):
    return keras.initializers.TruncatedNormal(stddev=deviation, seed=next(seeds))


def _seeds(seed):
    rng = np.random.default_rng(seed)
    while True:
        yield int(rng.integers(2**31))
