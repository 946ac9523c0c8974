"""Neighbour distances: how far a grey level is from its company in the same image."""

from collections.abc import Iterable
from typing import Any

import keras
from keras import ops

from pixembed.checks import check_choice
from pixembed.options import AXES, GREY_LEVELS, check_neighbours, check_radii


@keras.saving.register_keras_serializable(package="pixembed")
class NeighbourDistance(keras.layers.Layer):
    """Turns each pixel into the distance to its k-th nearest neighbour in grey.

    How far, in grey levels, must one go from a pixel to meet k other pixels of the same
    image, wherever they lie in it? Where grey levels are dense the answer is small:
    those pixels are a crowd; a loner has to go far. A token is that distance, or where
    it lies among some `radii`.

    Args:
        neighbours: int or ints k, 1 to 2²⁴ - 1; one channel each.
        radii: int r, 1 to 127: the token is the distance itself, at most r. Or
            ascending ints, 0 to 127: the token is how many of these radii hold fewer
            than k other pixels.
        axis: `"circle"` if grey level 0 lies beside 255, as it does where sums wrap, or
            `"line"`.

    Input: array (batch, height, width[, channels]), grey levels of any numeric dtype,
    truncated to whole ones in 0..255; NaN counts as 0. Channels have neighbours in
    their own channel only.
    Output: int32 array (batch, height, width, channels · len(neighbours)), tokens from
    0 to r, or to len(radii); those of one channel stand together. An image of k pixels
    or fewer has the largest token everywhere.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range; at a
            call, if the input has another number of axes.

    Reference: distances to the k-th nearest neighbour as a measure of density:
    Loftsgaarden and Quesenberry 1965. On the circle they are the same for an image and
    for the image plus any constant modulo 256.

    Example:
        >>> import numpy as np
        >>> grey = np.array([[[0, 0, 1, 100, 255]]], "uint8")
        >>> layer = NeighbourDistance(2)
        >>> keras.ops.convert_to_numpy(layer(grey))[0, 0, :, 0]
        array([ 1,  1,  1, 64,  1], dtype=int32)
        >>> layer = NeighbourDistance(2, radii=(1, 3, 100), axis="line")
        >>> keras.ops.convert_to_numpy(layer(grey))[0, 0, :, 0]
        array([0, 0, 0, 2, 3], dtype=int32)
    """

    def __init__(
        self,
        neighbours: int | Iterable[int] = 20,
        radii: int | Iterable[int] = 64,
        axis: str = "circle",
        **kwargs: Any,
    ) -> None:
        check_choice("axis", axis, AXES)
        super().__init__(**{"dtype": "float32", **kwargs}, autocast=False)
        self.neighbours = check_neighbours(neighbours)
        self.radii = check_radii(radii)
        self.axis = axis

    @property
    def vocabulary(self) -> int:
        """The number of different tokens."""
        return len(_steps(self.radii)) + 1

    def call(self, images):
        shape = self.compute_output_shape(images.shape)
        levels = _grey_levels(images)
        batch, height, width = ops.shape(levels)[:3]
        channels = shape[3] // len(self.neighbours)
        # Each channel is an image of its own.
        planes = ops.reshape(levels, (batch, height * width, channels))
        planes = ops.reshape(ops.transpose(planes, (0, 2, 1)), (-1, height * width))
        tokens = _of_pixels(planes, self._of_levels(_histograms(planes)))
        tokens = ops.reshape(tokens, (batch, channels, height * width, -1))
        tokens = ops.transpose(tokens, (0, 2, 1, 3))
        return ops.reshape(tokens, (batch, height, width, shape[3]))

    def _of_levels(self, histograms):
        """From histograms (n, 256) to tokens, int32 (n, 256, len(neighbours))."""
        steps = _steps(self.radii)
        reach = steps[-1]
        tokens = [0] * len(self.neighbours)
        up_to = _cumulated(histograms, reach, self.axis)
        for radius in steps:
            start, end = reach - radius, reach + radius + 1
            within = (
                up_to[:, end : end + GREY_LEVELS]
                - up_to[:, start : start + GREY_LEVELS]
            )
            for number, k in enumerate(self.neighbours):
                # The pixel itself is among those within.
                tokens[number] += ops.cast(within <= k, "int32")
        return ops.stack(tokens, axis=-1)

    def compute_output_shape(self, input_shape):
        if len(input_shape) not in (3, 4):
            raise ValueError(
                "NeighbourDistance takes (batch, height, width[, channels]). "
                f"Received shape: {tuple(input_shape)}"
            )
        channels = input_shape[3] if len(input_shape) == 4 else 1
        return (*input_shape[:3], channels * len(self.neighbours))

    def compute_output_spec(self, images):
        return keras.KerasTensor(self.compute_output_shape(images.shape), dtype="int32")

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "neighbours": self.neighbours,
            "radii": self.radii,
            "axis": self.axis,
        }


def _steps(radii):
    return range(radii) if isinstance(radii, int) else radii


def _grey_levels(images):
    """Returns int32 grey levels 0..255, whatever the dtype."""
    if keras.backend.standardize_dtype(images.dtype) == "uint8":
        return ops.cast(images, "int32")
    numbers = ops.nan_to_num(ops.cast(images, "float32"))
    return ops.cast(ops.clip(numbers, 0, GREY_LEVELS - 1), "int32")


def _histograms(levels):
    """From grey levels, int32 (n, pixels), to counts, float32 (n, 256)."""
    images = ops.shape(levels)[0]
    bins = ops.reshape(levels + _first_bins(images), (-1,))
    ones = ops.ones_like(bins, dtype="float32")
    counts = ops.segment_sum(ones, bins, num_segments=images * GREY_LEVELS)
    return ops.reshape(counts, (images, GREY_LEVELS))


def _first_bins(images):
    """Where the bins of each image begin if those of all stand in a row, (n, 1)."""
    return ops.expand_dims(ops.arange(images, dtype="int32"), 1) * GREY_LEVELS


def _cumulated(histograms, reach, axis):
    """Sums of all counts below a level, from `reach` levels before 0 to beyond 255."""
    left, right = histograms[:, GREY_LEVELS - reach :], histograms[:, :reach]
    if axis == "line":
        left, right = ops.zeros_like(left), ops.zeros_like(right)
    padded = ops.concatenate(
        [ops.zeros_like(histograms[:, :1]), left, histograms, right], axis=1
    )
    return ops.cumsum(padded, axis=1)


def _of_pixels(levels, of_levels):
    """Looks up each pixel's level, (n, pixels), in its own image's (n, 256, k)."""
    rows = ops.reshape(of_levels, (-1, of_levels.shape[2]))
    return ops.take(rows, levels + _first_bins(ops.shape(levels)[0]), axis=0)
