"""Codes: numbers that stand for each of the 256 grey levels, whatever the image."""

import math
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

from pixembed.checks import check_integer, check_number
from pixembed.layers.images import channels_of, levels_of
from pixembed.options import GREY_LEVELS, check_frequencies, check_levels


class _Code(keras.layers.Layer):
    """Looks up each grey level in a table of 256 rows.

    A subclass has `width`, the numbers in one row, and `table()`, float32
    (256, width).
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs}, autocast=False)

    def call(self, images):
        shape = self.compute_output_shape(images.shape)
        codes = ops.take(self.table(), levels_of(images), axis=0)
        return ops.reshape(codes, (*ops.shape(images)[:3], shape[3]))

    def compute_output_shape(self, input_shape):
        channels = channels_of(self, input_shape)
        return (*input_shape[:3], channels * self.width)

    def compute_output_spec(self, images):
        shape = self.compute_output_shape(images.shape)
        return keras.KerasTensor(shape, dtype="float32")


@keras.saving.register_keras_serializable(package="pixembed")
class Thermometer(_Code):
    """Turns each grey level into bits that light up one after another.

    The grey levels 0..255 are cut into equal parts; bit i says whether the level lies
    above the i-th of the cuts between them: 1[x > 255·i / levels].

    Args:
        levels: int, 2 to 256, how many parts; one bit less.

    Input: array (batch, height, width[, channels]), grey levels 0..255; larger and
    smaller numbers count as 255 and 0.
    Output: float32 array (batch, height, width, channels · (levels - 1)), 0 or 1; the
    bits of one channel stand together.

    Raises:
        TypeError, ValueError: if `levels` is of the wrong kind or out of range; at a
            call, if the input has another number of axes.

    Reference: Buckman, Roy, Raffel and Goodfellow, *Thermometer encoding: one hot way
    to resist adversarial examples*, 2018. Their last bit, which is the same for every
    level, is left out.

    Example:
        >>> grey = np.array([[[0, 64, 128, 255]]], "uint8")
        >>> keras.ops.convert_to_numpy(Thermometer(4)(grey))[0, 0]
        array([[0., 0., 0.],
               [1., 0., 0.],
               [1., 1., 0.],
               [1., 1., 1.]], dtype=float32)
    """

    def __init__(self, levels: int = 16, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.levels = check_levels(levels)

    @property
    def width(self) -> int:
        """The bits of one grey level."""
        return self.levels - 1

    def table(self) -> Any:
        """Returns the bits of every grey level, float32 (256, levels - 1)."""
        # Whole numbers: no bit hangs on rounding.
        grey = np.arange(GREY_LEVELS)[:, None] * self.levels
        cuts = np.arange(1, self.levels) * (GREY_LEVELS - 1)
        return ops.convert_to_tensor((grey > cuts).astype("float32"))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "levels": self.levels}


@keras.saving.register_keras_serializable(package="pixembed")
class FourierFeatures(_Code):
    """Turns each grey level into sines and cosines of whole frequencies.

    All have the period 256: grey levels lie on a circle, and 255 beside 0.

    Args:
        frequencies: int or ints f, 1 to 128, turns on the way from 0 to 256.

    Input: array (batch, height, width[, channels]), grey levels 0..255; larger and
    smaller numbers count as 255 and 0.
    Output: float32 array (batch, height, width, channels · 2 · len(frequencies)):
    sin(2π·f·x/256) for every f, then cos(2π·f·x/256); those of one channel stand
    together.

    Raises:
        TypeError, ValueError: if `frequencies` are of the wrong kind or out of range;
            at a call, if the input has another number of axes.

    Reference: Tancik and others, *Fourier features let networks learn high frequency
    functions in low dimensional domains*, 2020; they take places, not grey levels.

    Example:
        >>> grey = np.array([[[0, 64, 128, 255]]], "uint8")
        >>> keras.ops.convert_to_numpy(FourierFeatures(1)(grey))[0, 0].round(2)
        array([[ 0.  ,  1.  ],
               [ 1.  ,  0.  ],
               [ 0.  , -1.  ],
               [-0.02,  1.  ]], dtype=float32)
    """

    def __init__(
        self, frequencies: int | Iterable[int] = (1, 2, 4, 8), **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.frequencies = check_frequencies(frequencies)

    @property
    def width(self) -> int:
        """The numbers of one grey level."""
        return 2 * len(self.frequencies)

    def table(self) -> Any:
        """Returns the numbers of every grey level, float32 (256, width)."""
        turns = np.outer(np.arange(GREY_LEVELS), self.frequencies) % GREY_LEVELS
        angles = 2 * math.pi / GREY_LEVELS * turns
        waves = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
        return ops.convert_to_tensor(waves.astype("float32"))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "frequencies": self.frequencies}


@keras.saving.register_keras_serializable(package="pixembed")
class BinaryCode(_Code):
    """Turns each grey level into trained bits.

    A bit is 1 where a trained number is positive. In training its gradient is that of
    the number itself, as if nothing stood between them (straight-through).

    Args:
        bits: int, bits of one grey level.
        smoothness: number, at least 0; the weight of a penalty, which is 1 minus the
            mean cosine between the trained numbers of neighbouring grey levels.
        embeddings_initializer: how the trained numbers start; None for N(0, 1).

    Input: array (batch, height, width[, channels]), grey levels 0..255; larger and
    smaller numbers count as 255 and 0.
    Output: float32 array (batch, height, width, channels · bits), 0 or 1; the bits of
    one channel stand together.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range; at a
            call, if the input has another number of axes.

    Reference: after Kishida and Nakayama, *Pixel to binary embedding towards robustness
    for CNNs*, 2022.

    Example:
        >>> grey = np.array([[[0, 64, 128, 255]]], "uint8")
        >>> tuple(BinaryCode(8)(grey).shape)
        (1, 1, 4, 8)
    """

    def __init__(
        self,
        bits: int = 64,
        smoothness: float = 0.1,
        embeddings_initializer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bits = check_integer("bits", bits, 1)
        self.smoothness = check_number("smoothness", smoothness, 0)
        if embeddings_initializer is None:
            embeddings_initializer = keras.initializers.RandomNormal(stddev=1.0)
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)

    @property
    def width(self) -> int:
        """The bits of one grey level."""
        return self.bits

    def build(self, input_shape):
        self.embeddings = self.add_weight(
            name="embeddings",
            shape=(GREY_LEVELS, self.bits),
            initializer=self.embeddings_initializer,
            regularizer=self._roughness if self.smoothness else None,
            dtype="float32",
        )

    def _roughness(self, embeddings):
        rows = ops.normalize(embeddings, axis=1)
        cosines = ops.sum(rows[:-1] * rows[1:], axis=1)
        return self.smoothness * (1 - ops.mean(cosines))

    def table(self) -> Any:
        """Returns the bits of every grey level, float32 (256, bits)."""
        numbers = ops.convert_to_tensor(self.embeddings)
        bits = ops.cast(numbers > 0, "float32")
        # The difference is 0, and its gradient 1.
        return bits + (numbers - ops.stop_gradient(numbers))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "bits": self.bits,
            "smoothness": self.smoothness,
            "embeddings_initializer": keras.initializers.serialize(
                self.embeddings_initializer
            ),
        }
