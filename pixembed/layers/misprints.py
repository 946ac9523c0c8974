"""What a network is shown in training only: grey levels that merge, false tokens."""

from collections.abc import Iterable
from typing import Any

import keras
from keras import ops

from pixembed.checks import check_integer, check_number
from pixembed.layers.drawing import Drawing
from pixembed.options import GREY_LEVELS, check_shares, listed


@keras.saving.register_keras_serializable(package="pixembed")
class RandomSaturation(Drawing):
    """In training, makes the darkest levels of an image 0 and the brightest ones 255.

    With probability `share` all pixels darker than a random level, at most `darkest`,
    become 0; with the same probability all that are brighter than a random level, at
    least `brightest`, become 255. Outside training nothing changes.

    Args:
        share: number, 0 to 1.
        darkest: int, 1 to 255, in grey levels.
        brightest: int, 0 to 254, in grey levels.
        seed: int that decides what is drawn; None for another one each time.

    Input: array (batch, height, width[, channels]), grey levels.
    Output: array of the same shape and dtype.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.
    """

    def __init__(
        self,
        share: float = 0.4,
        darkest: int = 60,
        brightest: int = 90,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        self.share = check_number("share", share, 0, 1)
        self.darkest = check_integer("darkest", darkest, 1, GREY_LEVELS - 1)
        self.brightest = check_integer("brightest", brightest, 0, GREY_LEVELS - 2)

    def call(self, images, training=False):
        if not (training and self.share):
            return images
        shape = (ops.shape(images)[0], *[1] * (len(images.shape) - 1))
        grey = ops.cast(images, "float32")
        low = self._level(shape, 1, self.darkest)
        high = self._level(shape, self.brightest, GREY_LEVELS - 1)
        grey = ops.where((grey < low) & self._chosen(shape), 0.0, grey)
        grey = ops.where((grey > high) & self._chosen(shape), 255.0, grey)
        return ops.cast(grey, images.dtype)

    def _level(self, shape, low, high):
        return self.uniform(shape, low, high + 1)

    def _chosen(self, shape):
        return self.uniform(shape) < self.share

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_output_spec(self, images, training=False):
        return keras.KerasTensor(images.shape, dtype=images.dtype)

    def get_config(self) -> dict[str, Any]:
        names = ("share", "darkest", "brightest", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable(package="pixembed")
class Misprints(Drawing):
    """In training, makes some tokens 0 and some the largest one.

    In each image a share of the pixels becomes 0 in all channels, and another share
    becomes the largest token: loners into the crowd, and crowd into loners. In every
    second image the shares are 0; in the others they lie anywhere between 0 and those
    given. Outside training nothing changes.

    Args:
        largest: int or ints, the largest token of each channel; where there are more
            channels they are taken in turn.
        crowd: number, 0 to 1, largest share of pixels that become 0.
        loners: number or numbers, 0 to 1, the same for the largest token; one for all
            channels, or one for each.
        seed: int that decides what is drawn; None for another one each time.

    Input: int array (batch, height, width, channels).
    Output: int32 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.
    """

    def __init__(
        self,
        largest: int | Iterable[int],
        crowd: float = 0.0,
        loners: float | Iterable[float] = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, **kwargs)
        self.largest = [check_integer("largest", n, 0) for n in listed(largest)]
        self.crowd = check_number("crowd", crowd, 0, 1)
        self.loners = check_shares(loners)

    def call(self, tokens, training=False):
        tokens = ops.cast(tokens, "int32")
        if not training:
            return tokens
        tokens = ops.where(self._chosen(tokens, [self.crowd]), 0, tokens)
        largest = ops.convert_to_tensor(self._tiled(self.largest, tokens), "int32")
        loners = self._chosen(tokens, self._tiled(self.loners, tokens))
        return ops.where(loners, largest, tokens)

    def _tiled(self, values, tokens):
        """Repeats the values of one channel of grey levels for all of them."""
        return values * (tokens.shape[-1] // len(values))

    def _chosen(self, tokens, shares):
        batch, height, width = ops.shape(tokens)[:3]
        own = ops.relu(1 - 2 * self.uniform((batch, 1, 1, 1)))
        return self.uniform((batch, height, width, 1)) < own * ops.convert_to_tensor(
            shares, "float32"
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_output_spec(self, tokens, training=False):
        return keras.KerasTensor(tokens.shape, dtype="int32")

    def get_config(self) -> dict[str, Any]:
        names = ("largest", "crowd", "loners", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
