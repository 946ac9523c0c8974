"""Keras layers: standardise, quantise, pixel embedding.

They use `keras.ops` only, so they run on every Keras backend, and they compute in
float32 under every dtype policy: in half precision a grey level times 1000 lands on
other tokens.
"""

from numbers import Integral, Real

import keras
import numpy as np
from keras import ops

STATISTICS = ("train", "image", "batch", "range")

#: Mean and half the range of the grey levels 0..255: `"range"` maps them to -1..1.
MIDDLE = 127.5

#: Smallest deviation divided by, in grey levels: an image of one grey level becomes 0.
SMALLEST_DEVIATION = 1e-3

#: Largest limit and scale: float32 holds every whole number up to here.
LARGEST_LIMIT = 2**24


@keras.saving.register_keras_serializable(package="pixembed")
class Standardize(keras.layers.Layer):
    """Subtracts the mean and divides by the standard deviation.

    Both are single numbers. `statistics` says over which array they are taken.

    Args:
        statistics: `"train"` for the images given to `adapt`, kept as weights, which
            are 0 and 1 until then; `"image"` for each image on its own; `"batch"` for
            the batch at hand; `"range"` for fixed numbers that map the grey levels
            0..255 to -1..1; None to pass the grey levels on as they are.

    Input: array (batch, height, width[, channels]), grey levels of any numeric dtype.
    Output: float32 array of the same shape, in standard deviations (between -1 and 1
    if `statistics` is `"range"`, grey levels if it is None).

    Raises:
        ValueError: if `statistics` is none of these.

    Reference: the paper's Section 2, "we normalize the pixels"; it does not say over
    which array, its released code takes the batch.
    """

    def __init__(self, statistics="train", **kwargs):
        if statistics is not None and statistics not in STATISTICS:
            raise ValueError(
                f"statistics must be one of {[*STATISTICS, None]}. "
                f"Received: {statistics!r}"
            )
        super().__init__(**{"dtype": "float32", **kwargs}, autocast=False)
        self.statistics = statistics

    def build(self, input_shape):
        options = {"shape": (), "trainable": False, "dtype": "float32"}
        self.mean = self.add_weight(name="mean", initializer="zeros", **options)
        self.deviation = self.add_weight(
            name="deviation", initializer="ones", **options
        )

    def adapt(self, images):
        """Takes mean and deviation from these images.

        Args:
            images: array (n, height, width[, channels]), grey levels; not empty.

        Raises:
            TypeError, ValueError: if there are no images, or not only finite numbers.
        """
        images = np.asarray(images)
        if images.dtype.kind not in "iuf":
            raise TypeError(f"images must be numbers. Received dtype: {images.dtype}")
        if images.size == 0:
            raise ValueError(
                f"images must not be empty. Received shape: {images.shape}"
            )
        with np.errstate(invalid="ignore"):
            mean, deviation = images.mean(dtype="float64"), images.std(dtype="float64")
        if not np.isfinite(deviation):
            raise ValueError("images must hold finite numbers only. Received: NaN/inf")
        if not self.built:
            self.build(images.shape)
        self.mean.assign(mean)
        self.deviation.assign(deviation)

    def call(self, images):
        grey = ops.cast(images, "float32")
        if self.statistics is None:
            return grey
        if self.statistics == "train":
            mean, deviation = self.mean, self.deviation
        elif self.statistics == "range":
            mean = deviation = MIDDLE
        else:
            start = 1 if self.statistics == "image" else 0
            axes = tuple(range(start, len(grey.shape)))
            mean = ops.mean(grey, axis=axes, keepdims=True)
            deviation = ops.std(grey, axis=axes, keepdims=True)
        # XLA turns a division by one number into such a product, which moves a few
        # tokens. Written out, compiled and uncompiled models give the same tokens.
        return (grey - mean) * ops.minimum(1.0 / deviation, 1.0 / SMALLEST_DEVIATION)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "statistics": self.statistics}


@keras.saving.register_keras_serializable(package="pixembed")
class Quantize(keras.layers.Layer):
    """Turns numbers into tokens: multiply, truncate, clip, count from 0.

    Args:
        scale: number greater than 0, at most 2²⁴, multiplied with before truncation
            towards 0.
        limit: int, 1 to 2²⁴; integers are clipped to -limit..limit.

    Input: float array of any shape. NaN, which has no token, counts as 0.
    Output: int32 array of the same shape, tokens 0..2·limit.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: the paper's Section 2; the clip stands in its released code only.
    """

    def __init__(self, scale=1000, limit=1000, **kwargs):
        if isinstance(scale, bool) or not isinstance(scale, Real):
            raise TypeError(f"scale must be a number. Received: {scale!r}")
        if not 0 < scale <= LARGEST_LIMIT:
            raise ValueError(
                f"scale must be greater than 0, at most {LARGEST_LIMIT}. "
                f"Received: {scale!r}"
            )
        super().__init__(**{"dtype": "float32", **kwargs}, autocast=False)
        self.scale = scale
        self.limit = _positive_int("limit", limit)
        if self.limit > LARGEST_LIMIT:
            raise ValueError(
                f"limit must be at most {LARGEST_LIMIT}. Received: {limit!r}"
            )

    @property
    def vocabulary(self):
        """The number of different tokens, 2·limit + 1."""
        return 2 * self.limit + 1

    def call(self, inputs):
        numbers = ops.cast(inputs, "float32")
        # NaN goes before the product, not after it: TensorFlow would merge the product
        # with that of `Standardize` and move a few tokens.
        scaled = ops.where(ops.isnan(numbers), 0.0, numbers) * self.scale
        clipped = ops.clip(scaled, -self.limit, self.limit)
        return ops.cast(clipped, "int32") + self.limit

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, dtype="int32")

    def get_config(self):
        return {**super().get_config(), "scale": self.scale, "limit": self.limit}


@keras.saving.register_keras_serializable(package="pixembed")
class PixelEmbedding(keras.layers.Layer):
    """Replaces each grey level by a trained vector.

    Standardises, quantises and looks the token up in a table of `vocabulary` rows.

    Args:
        width: int, numbers in one vector.
        scale, limit: as in `Quantize`.
        vocabulary: int, rows of the table, at least 2·limit + 1; None for just that.
        statistics: as in `Standardize`; call `adapt` for `"train"`.
        embeddings_initializer: how the table starts; None for U(-1, 1).
        trainable: False keeps the table as it starts.

    Input: array (batch, height, width) or (batch, height, width, channels), grey
    levels of any numeric dtype.
    Output: float array (batch, height, width, channels · `width`), one channel where
    the input has none; its dtype is the compute dtype of the dtype policy.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or range.

    Reference: the paper's Section 2 and Table 2.
    """

    def __init__(
        self,
        width=64,
        scale=1000,
        limit=1000,
        vocabulary=None,
        statistics="train",
        embeddings_initializer=None,
        **kwargs,
    ):
        super().__init__(**kwargs, autocast=False)
        self.standardize = Standardize(statistics, name="standardize")
        self.quantize = Quantize(scale, limit, name="quantize")
        if vocabulary is None:
            vocabulary = self.quantize.vocabulary
        vocabulary = _positive_int("vocabulary", vocabulary)
        if vocabulary < self.quantize.vocabulary:
            raise ValueError(
                f"vocabulary must be at least 2·limit + 1 = {self.quantize.vocabulary}."
                f" Received: {vocabulary}"
            )
        if embeddings_initializer is None:
            embeddings_initializer = keras.initializers.RandomUniform(-1.0, 1.0)
        self.table = keras.layers.Embedding(
            vocabulary,
            _positive_int("width", width),
            embeddings_initializer=embeddings_initializer,
            trainable=self.trainable,
            # Half precision would lose the gradient of a row that thousands of pixels
            # of a batch share.
            dtype=self.variable_dtype,
            name="table",
        )

    def build(self, input_shape):
        if not self.standardize.built:
            self.standardize.build(input_shape)
        self.quantize.build(input_shape)
        self.table.build(input_shape)

    def adapt(self, images):
        """Takes the statistics from these images; see `Standardize.adapt`."""
        self.standardize.adapt(images)

    def tokens(self, images):
        """Returns the int32 tokens of grey levels, in the shape of `images`."""
        return self.quantize(self.standardize(images))

    def call(self, images):
        shape = self.compute_output_shape(images.shape)
        vectors = ops.cast(self.table(self.tokens(images)), self.compute_dtype)
        return ops.reshape(vectors, (*ops.shape(images)[:3], shape[3]))

    def compute_output_shape(self, input_shape):
        if len(input_shape) not in (3, 4):
            raise ValueError(
                "PixelEmbedding takes (batch, height, width[, channels]). "
                f"Received shape: {tuple(input_shape)}"
            )
        channels = input_shape[3] if len(input_shape) == 4 else 1
        return (*input_shape[:3], channels * self.table.output_dim)

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.table.output_dim,
            "scale": self.quantize.scale,
            "limit": self.quantize.limit,
            "vocabulary": self.table.input_dim,
            "statistics": self.standardize.statistics,
            "embeddings_initializer": keras.initializers.serialize(
                self.table.embeddings_initializer
            ),
        }


@keras.saving.register_keras_serializable(package="pixembed")
class LocalResponseNormalization(keras.layers.Layer):
    """Divides each channel by a power of the energy of its neighbour channels.

    y = x / (bias + alpha · Σ x²)^beta, the sum over the channels at most
    `depth_radius` away.

    Args:
        depth_radius: int, channels to either side.
        bias, alpha, beta: numbers of the formula.

    Input and output: float array (batch, height, width, channels).

    Reference: Krizhevsky, Sutskever and Hinton, *ImageNet classification with deep
    convolutional neural networks*, 2012, Section 3.3; the values that are the
    defaults here stand in the paper's released code.
    """

    def __init__(self, depth_radius=4, bias=1.0, alpha=0.001 / 9, beta=0.75, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.depth_radius = _positive_int("depth_radius", depth_radius)
        self.bias = bias
        self.alpha = alpha
        self.beta = beta

    def call(self, inputs):
        channel = ops.arange(inputs.shape[-1])
        apart = ops.abs(channel[:, None] - channel[None, :])
        near = ops.cast(apart <= self.depth_radius, inputs.dtype)
        energy = ops.matmul(ops.square(inputs), near)
        # Faster than a power on the CPU, forwards and backwards.
        return inputs * ops.exp(-self.beta * ops.log(self.bias + self.alpha * energy))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "depth_radius": self.depth_radius,
            "bias": self.bias,
            "alpha": self.alpha,
            "beta": self.beta,
        }


def _positive_int(name, value):
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer. Received: {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1. Received: {value!r}")
    return int(value)
