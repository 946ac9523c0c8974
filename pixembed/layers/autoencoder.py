"""A denoising autoencoder: a small network that learns to take noise out."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from pixembed.checks import check_images, check_integer, check_seed
from pixembed.layers.images import Filter, channels_of, with_border
from pixembed.layers.measured import Measured
from pixembed.noise import Case, add_one_of, from_key
from pixembed.options import GREY_LEVELS, check_cases, check_overflow

#: Images a step and learning rate while it learns: those that Keras has for Adam.
BATCH_SIZE = 64
LEARNING_RATE = 0.001


@keras.saving.register_keras_serializable(package="pixembed")
class DenoisingAutoencoder(Filter):
    """Takes noise out of images, as it has learned from pairs of noisy and clean.

    Two convolutions halve height and width each, two more double them again. `adapt`
    trains it; afterwards, in the network that it is part of, it stays as it is.

    Args:
        cases: the noise that it learns to take out: `pixembed.noise.Case`s or their
            keys, such as `"gaussian mean=0 std=64"`, each as likely as the others.
        overflow: `"clip"` or `"wrap"`, that of this noise.
        filters: int, channels of its first convolution.
        passes: int, how often it sees each image, under noise drawn anew.
        seed: int, not negative; decides initial weights, order and noise.

    Input: array (batch, height, width[, channels]), grey levels of any numeric dtype.
    Output: float32 array of the same shape, grey levels 0..255. It computes in float32
    under every dtype policy.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range; at a
            call, if neither `adapt` nor loaded weights have taught it anything, or if
            the input has another number of axes.

    Reference: Vincent, Larochelle, Bengio and Manzagol, *Extracting and composing
    robust features with denoising autoencoders*, 2008.

    Example:
        >>> DenoisingAutoencoder(["impulse probability=0.5 value=60"], "wrap").cases
        ['impulse probability=0.5 value=60']
    """

    def __init__(
        self,
        cases: Iterable[Case | str] = ("gaussian mean=0 std=64",),
        overflow: str = "clip",
        filters: int = 16,
        passes: int = 10,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cases = check_cases(cases)
        self.overflow = check_overflow(overflow)
        self.filters = check_integer("filters", filters, 1)
        self.passes = check_integer("passes", passes, 1)
        self.seed = check_seed("seed", seed)

    def build(self, input_shape):
        channels = channels_of(self, input_shape)
        self.steps = _steps(self.filters, channels, self.seed)
        shape = (None, None, None, channels)
        for step in self.steps:
            step.build(shape)
            shape = step.compute_output_shape(shape)
        self.error = Measured("error")

    def adapt(self, images: NDArray[np.uint8]) -> None:
        """Learns to take noise out of these images.

        `error` is then the mean squared error of the last pass, of grey levels on the
        scale 0..1.

        Args:
            images: uint8 array (n, height, width[, channels]), grey levels without
                noise; not empty.

        Raises:
            TypeError: if the images are not uint8.
            ValueError: if there are none, or if the layer has learned already.
        """
        check_images(images)
        if images.size == 0:
            raise ValueError(
                f"images must not be empty. Received shape: {images.shape}"
            )
        if not self.built:
            self.build(images.shape)
        if self.error.known:
            raise ValueError(
                "a DenoisingAutoencoder learns once: make another, and call its adapt"
            )
        self._set_trainable(True)
        learner = self._learner(images.shape[1:])
        for number in range(self.passes):
            error = self._pass(learner, images, number)
        self._set_trainable(False)
        self.error.assign(error)

    def _set_trainable(self, trainable):
        for step in self.steps:
            step.trainable = trainable

    def _learner(self, shape):
        grey = keras.Input(shape, dtype="uint8")
        learner = keras.Model(grey, self._denoised(grey))
        # Pictures are mostly black: with the mean squared error as its loss, the
        # network learns to paint everything black, and no more.
        learner.compile(
            optimizer=keras.optimizers.Adam(LEARNING_RATE),
            loss="binary_crossentropy",
            metrics=["mean_squared_error"],
        )
        return learner

    def _pass(self, learner, images, number):
        """Shows the learner each image once; returns the mean squared error."""
        seed = [self.seed, number]
        order = np.random.default_rng(seed).permutation(len(images))
        clean = images[order]
        cases = [from_key(key) for key in self.cases]
        seed = [*seed, len(cases)]
        noisy = add_one_of(clean, cases, seed=seed, overflow=self.overflow)
        learner.reset_metrics()
        for start in range(0, len(images), BATCH_SIZE):
            rows = slice(start, start + BATCH_SIZE)
            wanted = clean[rows].astype("float32") / (GREY_LEVELS - 1)
            logs = learner.train_on_batch(noisy[rows], wanted, return_dict=True)
        return logs["mean_squared_error"]

    def _denoised(self, images):
        """From grey levels to clean ones on the scale 0..1."""
        features = ops.cast(images, "float32") / (GREY_LEVELS - 1)
        if len(images.shape) == 3:
            features = ops.expand_dims(features, -1)
        height, width = ops.shape(features)[1:3]
        features = with_border(features, 0, (-height % 4, -width % 4))
        for step in self.steps:
            features = step(features)
        features = features[:, :height, :width]
        return features[..., 0] if len(images.shape) == 3 else features

    def call(self, images):
        channels_of(self, images.shape)
        if not self.error.known:
            raise ValueError(
                "a DenoisingAutoencoder learns from the training images: call "
                "adapt(images) first, or load the weights of a layer that was adapted"
            )
        return self._denoised(images) * (GREY_LEVELS - 1)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "cases": self.cases,
            "overflow": self.overflow,
            "filters": self.filters,
            "passes": self.passes,
            "seed": self.seed,
        }


def _steps(filters, channels, seed):
    """The layers in their order, as they start; not trainable."""
    seeds = np.random.default_rng(seed)
    options = {"data_format": "channels_last", "dtype": "float32", "trainable": False}

    def convolution(channels, strides=1, activation="relu"):
        return keras.layers.Conv2D(
            channels,
            3,
            strides=strides,
            padding="same",
            activation=activation,
            kernel_initializer=keras.initializers.GlorotUniform(
                seed=int(seeds.integers(2**31))
            ),
            **options,
        )

    return [
        convolution(filters, strides=2),
        convolution(2 * filters, strides=2),
        keras.layers.UpSampling2D(2, **options),
        convolution(filters),
        keras.layers.UpSampling2D(2, **options),
        convolution(channels, activation="sigmoid"),
    ]
