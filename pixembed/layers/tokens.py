"""From numbers to tokens, and from tokens to vectors."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

from pixembed.checks import check_integer
from pixembed.options import check_limit, check_scale, check_width, listed


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


@keras.saving.register_keras_serializable(package="pixembed")
class TokenEmbedding(keras.layers.Layer):
    """Replaces tokens by numbers or vectors: a small table for each channel.

    A table starts with t divided by the largest token in all columns of row t: trained
    or not, it keeps the order of the tokens at first.

    Args:
        largest: int or ints, the largest token of each channel; where there are more
            channels they are taken in turn, and share the tables.
        width: int, numbers in one vector.
        trainable: False keeps the tables as they start.

    Input: int array (batch, height, width, channels), tokens from 0 to `largest`.
    Output: float array (batch, height, width, channels · `width`) in the policy's
    compute dtype; the table is float32 under every policy.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Example:
        >>> import numpy as np
        >>> layer = TokenEmbedding([2, 4])
        >>> numbers = layer(np.array([[[[0, 0], [1, 1], [2, 4]]]]))
        >>> keras.ops.convert_to_numpy(numbers)[0, 0].tolist()
        [[0.0, 0.0], [0.5, 0.25], [1.0, 1.0]]
    """

    def __init__(
        self, largest: int | Iterable[int], width: int = 1, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs, autocast=False)
        self.largest = [check_integer("largest", n, 1) for n in listed(largest)]
        self.width = check_width(width)

    def build(self, input_shape):
        ramps = [np.linspace(0, 1, n + 1, dtype="float32") for n in self.largest]
        start = np.repeat(np.concatenate(ramps)[:, None], self.width, axis=1)
        self.table = self.add_weight(
            shape=start.shape,
            initializer=lambda shape, dtype: ops.convert_to_tensor(start, dtype),
            dtype="float32",
            name="table",
        )

    def call(self, tokens):
        shape = self.compute_output_shape(tokens.shape)
        first = np.cumsum([0, *(n + 1 for n in self.largest)])[:-1]
        rows = np.tile(first, tokens.shape[-1] // len(first))
        rows = ops.convert_to_tensor(rows, "int32")
        vectors = ops.take(self.table, ops.cast(tokens, "int32") + rows, axis=0)
        vectors = ops.cast(vectors, self.compute_dtype)
        return ops.reshape(vectors, (*ops.shape(tokens)[:3], shape[3]))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] * self.width)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "largest": self.largest,
            "width": self.width,
        }
