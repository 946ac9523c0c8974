"""Standardise: subtract the mean, divide by the deviation."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from pixembed.layers.measured import Measured
from pixembed.options import check_statistics

#: Mean and half the range of the grey levels 0..255: `"range"` maps them to -1..1.
MIDDLE = 127.5

#: Smallest deviation divided by, in grey levels: an image of one grey level becomes 0.
SMALLEST_DEVIATION = 1e-3


@keras.saving.register_keras_serializable(package="pixembed")
class Standardize(keras.layers.Layer):
    """Subtracts the mean and divides by the standard deviation.

    Both are single numbers. `statistics` says over which array they are taken.

    Args:
        statistics: `"train"` for the images given to `adapt`, kept as weights;
            `"image"` for each image on its own; `"batch"` for the batch at hand;
            `"range"` for fixed numbers that map the grey levels 0..255 to -1..1; None
            to pass the grey levels on as they are.

    Input: array (batch, height, width[, channels]), grey levels of any numeric dtype.
    Output: float32 array of the same shape, in standard deviations (between -1 and 1
    if `statistics` is `"range"`, grey levels if it is None).

    Raises:
        ValueError: if `statistics` is none of these; at a call, if it is `"train"` and
            neither `adapt` nor loaded weights have set mean and deviation.

    Reference: the paper's Section 2, "we normalize the pixels"; it does not say over
    which array, its released code takes the batch.

    Example:
        >>> import numpy as np
        >>> grey = np.array([[[0, 51, 255]]], "uint8")
        >>> keras.ops.convert_to_numpy(Standardize("range")(grey))
        array([[[-1. , -0.6,  1. ]]], dtype=float32)
    """

    def __init__(self, statistics: str | None = "train", **kwargs: Any) -> None:
        statistics = check_statistics(statistics)
        super().__init__(**{"dtype": "float32", **kwargs}, autocast=False)
        self.statistics = statistics

    def build(self, input_shape):
        options = {"shape": (), "trainable": False, "dtype": "float32"}
        self.mean = self.add_weight(name="mean", initializer="zeros", **options)
        self.deviation = Measured("deviation")

    def adapt(self, images: ArrayLike) -> None:
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
            if not self.deviation.known:
                raise ValueError(
                    "statistics='train' takes the mean and deviation of the training "
                    "images: call adapt(images) first, or load the weights of a layer "
                    "that was adapted"
                )
            mean, deviation = self.mean, self.deviation
        elif self.statistics == "range":
            mean = deviation = ops.cast(MIDDLE, "float32")
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

    def compute_output_spec(self, images):
        return keras.KerasTensor(images.shape, dtype="float32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "statistics": self.statistics}
