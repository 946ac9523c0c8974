"""From a recipe to a Keras model.

Every model takes uint8 images and gives one logit a class. A network is known by its
name; `register` makes another one known.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pixembed import front_ends
from pixembed.backend import keras
from pixembed.checks import check_choice, check_integer, check_new, check_seed
from pixembed.layers import LocalResponseNormalization
from pixembed.recipes import Recipe

layers = keras.layers

#: Whatever the reader's `keras.json` says, images have their channels last.
_LAST = {"data_format": "channels_last"}


def build(
    recipe: Recipe, *, seed: int, shape: tuple[int, ...] = (28, 28), classes: int = 10
) -> keras.Model:
    """Builds the network of a recipe, untrained.

    Args:
        recipe: `pixembed.recipes.Recipe`.
        seed: int, not negative; decides every initial weight.
        shape: (height, width[, channels]) of an image.
        classes: int, how many classes there are.

    Returns:
        `keras.Model`, uint8 (batch, *shape) to float32 logits (batch, classes).

    Raises:
        TypeError, ValueError: if the recipe names an unknown network, or if `seed`,
            `shape` or `classes` is of the wrong kind.

    Reference: the paper's Figure 2 and Tables 1 and 2.
    """
    check_choice("recipe.network", recipe.network, NETWORKS)
    if len(shape) not in (2, 3):
        raise ValueError(
            f"shape must be (height, width[, channels]). Received: {shape}"
        )
    shape = tuple(check_integer("shape", side, 1) for side in shape)
    seeds = _seeds(check_seed("seed", seed))
    images = keras.Input(shape, dtype="uint8", name="grey_levels")
    front_end = front_ends.get(recipe.front_end)
    features = front_end.build(images, seeds, **recipe.options)
    classes = check_integer("classes", classes, 1)
    logits = NETWORKS[recipe.network](features, seeds, classes)
    return keras.Model(images, logits, name=recipe.arm)


def with_statistics(model: keras.Model, statistics: str | None) -> keras.Model:
    """Returns a copy of a model that standardises with other statistics.

    Args:
        model: what `build` returned.
        statistics: as in `pixembed.layers.Standardize`.
    """

    def copy(layer):
        config = layer.get_config()
        if "statistics" in config:
            config["statistics"] = statistics
        return type(layer).from_config(config)

    clone = keras.models.clone_model(model, clone_function=copy)
    clone.set_weights(model.get_weights())
    return clone


def adapt(model: keras.Model, images: ArrayLike) -> None:
    """Gives the images to the layers that take something from them before training.

    Args:
        model: what `build` returned.
        images: array (n, height, width[, channels]), grey levels.
    """
    for layer in model.layers:
        if hasattr(layer, "adapt"):
            layer.adapt(images)


def batches(
    images: NDArray[Any], labels: NDArray[Any] | None = None, *, batch_size: int
) -> dict[str, Any]:
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


def probabilities(
    model: keras.Model, images: NDArray[np.uint8], *, batch_size: int = 250
) -> NDArray[np.float64]:
    """Returns the network's probability of each class.

    Args:
        model: what `build` returned.
        images: uint8 array (n, height, width[, channels]), grey levels.
        batch_size: int, images at a time.

    Returns:
        float64 array (n, classes), each row summing to 1.
    """
    logits = model.predict(**batches(images, batch_size=batch_size), verbose=0)
    logits = logits.astype("float64")
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _table1(features, seeds, classes):
    for number in (1, 2):
        features = layers.Conv2D(
            64,
            3,
            padding="same",
            activation="relu",
            **_LAST,
            kernel_initializer=keras.initializers.GlorotUniform(seed=next(seeds)),
            name=f"convolution_{number}",
        )(features)
        features = layers.MaxPooling2D(2, **_LAST, name=f"max_pooling_{number}")(
            features
        )
    folded = layers.Flatten(**_LAST, name="folding")(features)
    return _full_connection(folded, seeds, classes)


def _full_connection(features, seeds, classes):
    return layers.Dense(
        classes,
        kernel_initializer=keras.initializers.GlorotUniform(seed=next(seeds)),
        dtype="float32",
        name="full_connection",
    )(features)


def _released(features, seeds, classes):
    if features.shape[-1] == 1:
        features = layers.Concatenate(name="channels")([features] * 3)
    features = _released_convolution(1, 1.0, seeds)(features)
    features = _released_pooling(1)(features)
    features = LocalResponseNormalization(name="normalization_1")(features)
    features = _released_convolution(2, 0.1, seeds)(features)
    features = LocalResponseNormalization(name="normalization_2")(features)
    features = _released_pooling(2)(features)
    features = layers.Flatten(**_LAST, name="folding")(features)
    for number, units in enumerate((128, 128, classes), start=1):
        features = layers.Dense(
            units,
            activation="relu" if number < 3 else None,
            kernel_initializer=_normal(0.005, seeds),
            bias_initializer=_BIAS,
            dtype="float32" if number == 3 else None,
            name=f"full_connection_{number}",
        )(features)
    return features


def _resnet(features, seeds, classes):
    features = _normalised(features, 16, 3, 1, seeds, "convolution_1")
    for number, (filters, stride) in enumerate(((16, 1), (32, 2), (64, 2)), start=1):
        features = _residual_block(features, filters, stride, seeds, f"block_{number}")
    pooled = layers.GlobalAveragePooling2D(**_LAST, name="pooling")(features)
    return _full_connection(pooled, seeds, classes)


def _residual_block(features, filters, stride, seeds, name):
    """Two convolutions, and a way round them."""
    around = features
    if stride != 1 or features.shape[-1] != filters:
        around = _normalised(
            features, filters, 1, stride, seeds, f"{name}_around", None
        )
    inner = _normalised(features, filters, 3, stride, seeds, f"{name}_1")
    inner = _normalised(inner, filters, 3, 1, seeds, f"{name}_2", None)
    added = layers.Add(name=f"{name}_sum")([inner, around])
    return layers.Activation("relu", name=f"{name}_relu")(added)


def _normalised(features, filters, size, stride, seeds, name, activation="relu"):
    """A convolution and batch normalisation."""
    features = layers.Conv2D(
        filters,
        size,
        stride,
        padding="same",
        use_bias=False,
        **_LAST,
        kernel_initializer=keras.initializers.HeNormal(seed=next(seeds)),
        name=name,
    )(features)
    features = layers.BatchNormalization(name=f"{name}_normalised")(features)
    if activation is None:
        return features
    return layers.Activation(activation, name=f"{name}_{activation}")(features)


#: The networks by name: Table 1's, that of the released code, and a residual network
#: of 8 layers (6n + 2 with n = 1, He and others 2016, Section 4.2). Each is a function
#: of the channels, a `keras.KerasTensor` (batch, height, width, channels), of an
#: iterator of int seeds for initial weights, and of the number of classes; it returns
#: the logits, (batch, classes) in float32.
NETWORKS = {"table1": _table1, "released": _released, "resnet": _resnet}


def register(name: str, network: Callable[..., Any]) -> None:
    """Makes a network known under a name, which must be new; see `NETWORKS`.

    Raises:
        ValueError: if there is a network of this name.
    """
    check_new("network", name, NETWORKS)
    NETWORKS[name] = network


_BIAS = keras.initializers.Constant(0.1)


def _released_convolution(number, deviation, seeds):
    return layers.Conv2D(
        64,
        3,
        padding="same",
        activation="relu",
        **_LAST,
        kernel_initializer=_normal(deviation, seeds),
        bias_initializer=_BIAS,
        name=f"convolution_{number}",
    )


def _released_pooling(number):
    name = f"max_pooling_{number}"
    return layers.MaxPooling2D(3, 2, padding="same", **_LAST, name=name)


def _normal(deviation, seeds):
    return keras.initializers.TruncatedNormal(stddev=deviation, seed=next(seeds))


def _seeds(seed):
    rng = np.random.default_rng(seed)
    while True:
        yield int(rng.integers(2**31))
