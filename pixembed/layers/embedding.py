"""Pixel embedding: a trained vector for each grey level."""

from typing import Any

import keras
from keras import ops
from numpy.typing import ArrayLike

from pixembed.checks import check_integer
from pixembed.layers.images import channels_of
from pixembed.layers.standardise import Standardize
from pixembed.layers.tokens import Quantize
from pixembed.options import check_width


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
    the input has none. The table is float32 under every dtype policy; the output has
    the policy's compute dtype.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or range; at a call,
            as in `Standardize`.

    Reference: the paper's Section 2 and Table 2.

    Example:
        >>> import numpy as np
        >>> layer = PixelEmbedding(width=2, scale=8, limit=10, statistics="range")
        >>> grey = np.array([[[0, 128, 255]]], "uint8")
        >>> keras.ops.convert_to_numpy(layer.tokens(grey))
        array([[[ 2, 10, 18]]], dtype=int32)
        >>> tuple(layer(grey).shape)
        (1, 1, 3, 2)
    """

    def __init__(
        self,
        width: int = 64,
        scale: float = 1000,
        limit: int = 1000,
        vocabulary: int | None = None,
        statistics: str | None = "train",
        embeddings_initializer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs, autocast=False)
        self.standardize = Standardize(statistics, name="standardize")
        self.quantizer = Quantize(scale, limit, name="quantize")
        tokens = self.quantizer.vocabulary
        if vocabulary is None:
            vocabulary = tokens
        vocabulary = check_integer("vocabulary", vocabulary, tokens)
        if embeddings_initializer is None:
            embeddings_initializer = keras.initializers.RandomUniform(-1.0, 1.0)
        self.table = _Table(
            vocabulary,
            check_width(width),
            embeddings_initializer=embeddings_initializer,
            trainable=self.trainable,
            # Half precision would lose the gradient of a row that thousands of pixels
            # of a batch share.
            dtype="float32",
            name="table",
        )

    @property
    def statistics(self) -> str | None:
        """Over what mean and deviation are taken, as in `Standardize`."""
        return self.standardize.statistics

    def build(self, input_shape):
        if not self.standardize.built:
            self.standardize.build(input_shape)
        self.quantizer.build(input_shape)
        self.table.build(input_shape)

    def adapt(self, images: ArrayLike) -> None:
        """Takes the statistics from these images; see `Standardize.adapt`."""
        self.standardize.adapt(images)

    def tokens(self, images: Any) -> Any:
        """Returns the int32 tokens of grey levels, in the shape of `images`."""
        return self.quantizer(self.standardize(images))

    def call(self, images):
        shape = self.compute_output_shape(images.shape)
        vectors = ops.cast(self.table(self.tokens(images)), self.compute_dtype)
        return ops.reshape(vectors, (*ops.shape(images)[:3], shape[3]))

    def compute_output_shape(self, input_shape):
        channels = channels_of(self, input_shape)
        return (*input_shape[:3], channels * self.table.output_dim)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "width": self.table.output_dim,
            "scale": self.quantizer.scale,
            "limit": self.quantizer.limit,
            "vocabulary": self.table.input_dim,
            "statistics": self.statistics,
            "embeddings_initializer": keras.initializers.serialize(
                self.table.embeddings_initializer
            ),
        }


class _Table(keras.layers.Embedding):
    """Stays float32 when Keras quantises a model, so that the model can be loaded.

    Keras takes the error for "not this layer", warns, and goes on to the next.
    """

    def quantize(self, mode=None, **kwargs):
        raise NotImplementedError("The table of a PixelEmbedding is not quantised.")
