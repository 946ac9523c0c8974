"""Neighbour distances: how far a grey level is from its company in the same image."""

from collections.abc import Iterable
from typing import Any

import keras
from keras import ops

from pixembed.checks import check_number
from pixembed.layers.drawing import Drawing
from pixembed.layers.images import channels_of, levels_of
from pixembed.options import (
    GREY_LEVELS,
    check_axis,
    check_neighbours,
    check_radii_of_each,
)


@keras.saving.register_keras_serializable(package="pixembed")
class NeighbourDistance(Drawing):
    """Turns each pixel into the distance to its k-th nearest neighbour in grey.

    How far, in grey levels, must one go from a pixel to meet k other pixels of the same
    image, wherever they lie in it? Where grey levels are dense the answer is small:
    those pixels are a crowd; a loner has to go far. A token is that distance, or where
    it lies among some `radii`.

    Args:
        neighbours: int or ints k, 1 to 2²⁴ - 1; one channel each.
        radii: int r, 1 to 127: the token is the distance itself, at most r. Or
            ascending ints, 0 to 127: the token is how many of these radii hold fewer
            than k other pixels. A list of such for each k gives each its own.
        axis: `"circle"` if grey level 0 lies beside 255, as it does where sums wrap, or
            `"line"`.
        other_axis: number, 0 to 1: this share of the images in training has its
            distances on the other axis.
        seed: int that decides which; None for another one each time.

    Input: array (batch, height, width[, channels]), grey levels of any numeric dtype,
    truncated to whole ones in 0..255; NaN counts as 0. Channels have neighbours in
    their own channel only.
    Output: int32 array (batch, height, width, channels · len(neighbours)), tokens from
    0 to `largest`; those of one channel stand together. An image of k pixels or fewer
    has the largest token everywhere.

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
        radii: int | Iterable[int] | Iterable[Iterable[int]] = 64,
        axis: str = "circle",
        other_axis: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        self.neighbours = check_neighbours(neighbours)
        self.radii = check_radii_of_each(radii, len(self.neighbours))
        self.axis = check_axis(axis)
        self.other_axis = check_number("other_axis", other_axis, 0, 1)

    @property
    def largest(self) -> list[int]:
        """The largest token of each k."""
        return [len(radii) for radii in self.radii_of_each]

    @property
    def radii_of_each(self) -> list[Iterable[int]]:
        """The radii of each k, one listing for each."""
        several = self.radii if _is_nested(self.radii) else [self.radii]
        listed = [range(one) if isinstance(one, int) else one for one in several]
        return listed if _is_nested(self.radii) else listed * len(self.neighbours)

    def call(self, images, training=False):
        shape = self.compute_output_shape(images.shape)
        levels = levels_of(images)
        batch, height, width = ops.shape(levels)[:3]
        channels = shape[3] // len(self.neighbours)
        # Each channel is an image of its own.
        planes = ops.reshape(levels, (batch, height * width, channels))
        planes = ops.reshape(ops.transpose(planes, (0, 2, 1)), (-1, height * width))
        tokens = _of_pixels(
            planes, self._of_levels(_histograms(planes), self._closed(planes, training))
        )
        tokens = ops.reshape(tokens, (batch, channels, height * width, -1))
        tokens = ops.transpose(tokens, (0, 2, 1, 3))
        return ops.reshape(tokens, (batch, height, width, shape[3]))

    def _closed(self, images, training):
        """Returns 1 for an axis that closes to a circle, 0 for a line, (n, 1)."""
        usual = 1.0 if self.axis == "circle" else 0.0
        shape = (ops.shape(images)[0], 1)
        if not (training and self.other_axis):
            return ops.full(shape, usual)
        return ops.where(self.uniform(shape) < self.other_axis, 1 - usual, usual)

    def _of_levels(self, histograms, closed):
        """From histograms (n, 256) to tokens, int32 (n, 256, len(neighbours))."""
        radii_of_each = self.radii_of_each
        reach = max(max(radii) for radii in radii_of_each)
        tokens = [0] * len(self.neighbours)
        up_to = _cumulated(histograms, reach, closed)
        for radius in sorted(set().union(*radii_of_each)):
            start, end = reach - radius, reach + radius + 1
            within = (
                up_to[:, end : end + GREY_LEVELS]
                - up_to[:, start : start + GREY_LEVELS]
            )
            for number, k in enumerate(self.neighbours):
                if radius in radii_of_each[number]:
                    # The pixel itself is among those within.
                    tokens[number] += ops.cast(within <= k, "int32")
        return ops.stack(tokens, axis=-1)

    def compute_output_shape(self, input_shape):
        channels = channels_of(self, input_shape)
        return (*input_shape[:3], channels * len(self.neighbours))

    def compute_output_spec(self, images, training=False):
        return keras.KerasTensor(self.compute_output_shape(images.shape), dtype="int32")

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "neighbours": self.neighbours,
            "radii": self.radii,
            "axis": self.axis,
            "other_axis": self.other_axis,
            "seed": self.seed,
        }


def _is_nested(radii):
    return isinstance(radii, list) and isinstance(radii[0], list)


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


def _cumulated(histograms, reach, closed):
    """Sums of all counts below a level, from `reach` levels before 0 to beyond 255."""
    left, right = histograms[:, GREY_LEVELS - reach :], histograms[:, :reach]
    return ops.cumsum(
        ops.concatenate(
            [ops.zeros_like(closed), left * closed, histograms, right * closed], axis=1
        ),
        axis=1,
    )


def _of_pixels(levels, of_levels):
    """Looks up each pixel's level, (n, pixels), in its own image's (n, 256, k)."""
    rows = ops.reshape(of_levels, (-1, of_levels.shape[2]))
    return ops.take(rows, levels + _first_bins(ops.shape(levels)[0]), axis=0)
