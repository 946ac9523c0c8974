"""What several layers ask of the images that they are given."""

from typing import Any

import keras
from keras import ops

from pixembed.options import GREY_LEVELS


def channels_of(layer: Any, shape: tuple[int | None, ...]) -> int:
    """Returns how many channels images have; 1 for those without.

    Args:
        layer: Keras layer that takes the images, for the message.
        shape: (batch, height, width[, channels]).

    Raises:
        ValueError: if it has another number of axes.
    """
    if len(shape) not in (3, 4):
        raise ValueError(
            f"{type(layer).__name__} takes (batch, height, width[, channels]). "
            f"Received shape: {tuple(shape)}"
        )
    return shape[3] if len(shape) == 4 else 1


def levels_of(images: Any) -> Any:
    """Returns whole grey levels as int32 in 0..255; others are cut, and NaN is 0."""
    if keras.backend.standardize_dtype(images.dtype) == "uint8":
        return ops.cast(images, "int32")
    numbers = ops.nan_to_num(ops.cast(images, "float32"))
    return ops.cast(ops.clip(numbers, 0, GREY_LEVELS - 1), "int32")


def with_border(images: Any, before: Any, after: tuple[Any, Any]) -> Any:
    """Returns images with rows and columns around them that repeat the outermost.

    Args:
        images: tensor (batch, height, width, ...).
        before: int, how many rows above and columns to the left.
        after: (rows, columns), how many below and to the right.
    """
    height, width = ops.shape(images)[1:3]
    rows = ops.clip(ops.arange(-before, height + after[0]), 0, height - 1)
    columns = ops.clip(ops.arange(-before, width + after[1]), 0, width - 1)
    return ops.take(ops.take(images, rows, axis=1), columns, axis=2)


class Filter(keras.layers.Layer):
    """From grey levels to grey levels of the same shape, as float32."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs}, autocast=False)

    def compute_output_shape(self, input_shape):
        channels_of(self, input_shape)
        return input_shape

    def compute_output_spec(self, images):
        shape = self.compute_output_shape(images.shape)
        return keras.KerasTensor(shape, dtype="float32")
