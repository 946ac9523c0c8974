"""Quantise: from numbers to tokens."""

from typing import Any

import keras
from keras import ops

from pixembed.options import check_limit, check_scale


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

    Example:
        >>> import numpy as np
        >>> tokens = Quantize(scale=8, limit=10)(np.array([-2, -0.2, 0, 0.2, 2]))
        >>> keras.ops.convert_to_numpy(tokens)
        array([ 0,  9, 10, 11, 20], dtype=int32)
    """

    def __init__(self, scale: float = 1000, limit: int = 1000, **kwargs: Any) -> None:
        scale, limit = check_scale(scale), check_limit(limit)
        super().__init__(**{"dtype": "float32", **kwargs}, autocast=False)
        self.scale = scale
        self.limit = limit

    @property
    def vocabulary(self) -> int:
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

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale, "limit": self.limit}
