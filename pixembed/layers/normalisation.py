"""Local response normalisation, which Keras does not have."""

from typing import Any

import keras
from keras import ops

from pixembed.checks import check_integer, check_number


@keras.saving.register_keras_serializable(package="pixembed")
class LocalResponseNormalization(keras.layers.Layer):
    """Divides each channel by a power of the energy of its neighbour channels.

    y = x / (bias + alpha · Σ x²)^beta, the sum over the channels at most
    `depth_radius` away.

    Args:
        depth_radius: int, channels to either side, at least 1.
        bias, alpha, beta: numbers of the formula.

    Input and output: float array (batch, height, width, channels).

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or range.

    Reference: Krizhevsky, Sutskever and Hinton, *ImageNet classification with deep
    convolutional neural networks*, 2012, Section 3.3; the values that are the
    defaults here stand in the paper's released code.

    Example:
        >>> import numpy as np
        >>> layer = LocalResponseNormalization(1, bias=0, alpha=1, beta=1)
        >>> keras.ops.convert_to_numpy(layer(np.ones((1, 1, 1, 4), "float32"))).round(2)
        array([[[[0.5 , 0.33, 0.33, 0.5 ]]]], dtype=float32)
    """

    def __init__(
        self,
        depth_radius: int = 4,
        bias: float = 1.0,
        alpha: float = 0.001 / 9,
        beta: float = 0.75,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        self.depth_radius = check_integer("depth_radius", depth_radius, 1)
        self.bias = check_number("bias", bias)
        self.alpha = check_number("alpha", alpha)
        self.beta = check_number("beta", beta)

    def call(self, inputs):
        channel = ops.arange(inputs.shape[-1])
        apart = ops.abs(channel[:, None] - channel[None, :])
        near = ops.cast(apart <= self.depth_radius, inputs.dtype)
        energy = ops.matmul(ops.square(inputs), near)
        # Faster than a power on the CPU, forwards and backwards.
        return inputs * ops.exp(-self.beta * ops.log(self.bias + self.alpha * energy))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "depth_radius": self.depth_radius,
            "bias": self.bias,
            "alpha": self.alpha,
            "beta": self.beta,
        }
