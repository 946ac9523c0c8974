"""Embedding and convolution as one table: sums of rows in place of products.

A convolution is linear, and an embedding is a product with a table. So what a pixel
adds to an output is a row that hangs on its token and on its place in the window alone.
"""

import functools
from collections.abc import Iterable
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from pixembed.checks import check_choice, check_integer
from pixembed.layers.embedding import PixelEmbedding
from pixembed.layers.images import channels_of
from pixembed.layers.tokens import TokenEmbedding
from pixembed.options import GREY_LEVELS, listed


class Window(NamedTuple):
    """How a convolution moves over an image; a tuple, so that it can be hashed."""

    kernel_size: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    padding: str = "valid"
    dilation_rate: tuple[int, int] = (1, 1)

    def places(self, axis: int, size: Any) -> tuple[int, Any, int]:
        """Returns how many outputs, and how much padding before and after, an axis has.

        Args:
            axis: 0 for rows, 1 for columns.
            size: int, or a tensor where the padding does not hang on it.
        """
        reach = (self.kernel_size[axis] - 1) * self.dilation_rate[axis]
        stride = self.strides[axis]
        if self.padding == "valid":
            return (size - reach - 1) // stride + 1, 0, 0
        outputs = (size - 1) // stride + 1
        whole = (
            reach if stride == 1 else max((outputs - 1) * stride + reach + 1 - size, 0)
        )
        return outputs, whole // 2, whole - whole // 2

    def offsets(self) -> Iterable[tuple[int, int]]:
        """Returns where each place of the kernel lies, in its order."""
        return [
            (row * self.dilation_rate[0], column * self.dilation_rate[1])
            for row in range(self.kernel_size[0])
            for column in range(self.kernel_size[1])
        ]


def summed(rows: Any, table: Any, window: Window) -> Any:
    """Sums the rows of a table that each window over an image names.

    Beyond the edges of an image there is no row to add.

    Args:
        rows: int32 tensor (batch, height, width, channels), rows of the table.
        table: float tensor (places of the kernel, rows, filters).
        window: `Window`.

    Returns:
        float tensor (batch, rows of outputs, columns of outputs, filters).
    """
    nothing = table.shape[1]
    table = ops.pad(table, [[0, 0], [0, 1], [0, 0]])
    places = [window.places(axis, ops.shape(rows)[axis + 1]) for axis in (0, 1)]
    border = [[0, 0], *([before, after] for _, before, after in places), [0, 0]]
    rows = ops.pad(rows, border, constant_values=nothing)
    ends = [(places[i][0] - 1) * window.strides[i] + 1 for i in (0, 1)]
    seen = [
        rows[
            :, y : y + ends[0] : window.strides[0], x : x + ends[1] : window.strides[1]
        ]
        for y, x in window.offsets()
    ]
    return _sum_of_seen(seen, table)


def _sum_of_seen(seen, table):
    """The loop that XLA makes of it reads rows and adds them, and keeps none."""
    return sum(
        ops.take(table[place], rows[..., channel], axis=0)
        for place, rows in enumerate(seen)
        for channel in range(rows.shape[-1])
    )


if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    _summed = summed

    @functools.cache
    def _compiled(window):
        return tf.function(functools.partial(_summed, window=window), jit_compile=True)

    def summed(rows, table, window):  # noqa: F811
        """Without XLA every look-up is an array of its own, and six times as slow."""
        return _compiled(window)(rows, tf.convert_to_tensor(table))

elif keras.backend.backend() == "torch":
    from torch.nn.functional import embedding_bag

    def _sum_of_seen(seen, table):  # noqa: F811
        """PyTorch has this sum as one operation, five times as fast as the loop."""
        first = [place * table.shape[1] for place in range(len(seen))]
        rows = ops.stack([r + f for r, f in zip(seen, first, strict=True)], axis=-1)
        shape = (*rows.shape[:3], table.shape[2])
        bags = ops.reshape(rows, (-1, rows.shape[3] * rows.shape[4]))
        flat = ops.reshape(table, (-1, table.shape[2]))
        return ops.reshape(embedding_bag(bags, flat, mode="sum"), shape)


class _Summing(keras.layers.Layer):
    """Adds rows of a table, then a bias, and applies an activation."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, autocast=False)

    def _answer(self, tokens, first, table, window, bias, activation):
        """The rows of each channel begin at `first`."""
        tokens = ops.cast(tokens, "int32")
        if len(tokens.shape) == 3:
            tokens = ops.expand_dims(tokens, -1)
        rows = tokens + ops.convert_to_tensor(first, "int32")
        sums = summed(rows, table, window)
        if bias is not None:
            sums = sums + ops.convert_to_tensor(bias)
        return ops.cast(activation(sums), self.compute_dtype)

    def compute_output_spec(self, inputs):
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=self.compute_dtype)


@keras.saving.register_keras_serializable(package="pixembed")
class FoldedConvolution(_Summing):
    """Looks up, for each pixel and each place of a kernel, what it adds to the outputs.

    `pixembed.folding.fold` makes it of a trained embedding and a convolution. It is not
    trained itself.

    Args:
        rows: int or ints, how many tokens each channel has.
        filters: int, channels of the output.
        kernel_size, strides, dilation_rate: int or two ints, at least 1.
        padding: `"valid"` or `"same"`; beyond its edges an image adds nothing.
        use_bias: bool.
        activation: as in Keras.

    Input: int array (batch, height, width[, channels]) of any int dtype, tokens from 0.
    Output: float array (batch, height, width, filters) in the policy's compute dtype;
    the table, (places of the kernel, rows of all channels, filters), is float32 and the
    sums are taken in float32 under every policy.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range; at a
            call, if the input has another number of axes or channels.

    Example:
        >>> layer = FoldedConvolution(2, 1, (1, 2), padding="same", use_bias=False)
        >>> layer.build((None, 1, 3))
        >>> layer.set_weights([np.array([[[1.0], [2.0]], [[10.0], [20.0]]])])
        >>> keras.ops.convert_to_numpy(layer(np.array([[[0, 1, 1]]])))[0, 0, :, 0]
        array([21., 22.,  2.], dtype=float32)
    """

    def __init__(
        self,
        rows: int | Iterable[int],
        filters: int,
        kernel_size: int | Iterable[int],
        strides: int | Iterable[int] = 1,
        padding: str = "valid",
        dilation_rate: int | Iterable[int] = 1,
        use_bias: bool = True,
        activation: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rows = [check_integer("rows", n, 1) for n in listed(rows)]
        self.filters = check_integer("filters", filters, 1)
        check_choice("padding", padding, ("valid", "same"))
        self.window = Window(
            _pair("kernel_size", kernel_size),
            _pair("strides", strides),
            padding,
            _pair("dilation_rate", dilation_rate),
        )
        self.use_bias = bool(use_bias)
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        if channels_of(self, input_shape) != len(self.rows):
            raise ValueError(
                f"this FoldedConvolution takes {len(self.rows)} channels. "
                f"Received shape: {tuple(input_shape)}"
            )
        options = {"trainable": False, "dtype": "float32", "initializer": "zeros"}
        height, width = self.window.kernel_size
        shape = (height * width, sum(self.rows), self.filters)
        self.table = self.add_weight(name="table", shape=shape, **options)
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(self.filters,), **options)

    def call(self, tokens):
        first = _starts(self.rows)
        return self._answer(
            tokens, first, self.table, self.window, self.bias, self.activation
        )

    def compute_output_shape(self, input_shape):
        sizes = [
            size if size is None else self.window.places(axis, size)[0]
            for axis, size in enumerate(input_shape[1:3])
        ]
        return (input_shape[0], *sizes, self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rows": self.rows,
            "filters": self.filters,
            **self.window._asdict(),
            "use_bias": self.use_bias,
            "activation": keras.activations.serialize(self.activation),
        }


@keras.saving.register_keras_serializable(package="pixembed")
class EmbeddingConvolution(_Summing):
    """An embedding and the convolution behind it, computed as a sum of rows.

    The two layers keep their weights, and are trained. At every step their product is
    made into one table first, so that no vector is looked up for any pixel.

    Args:
        embedding: `PixelEmbedding` or `TokenEmbedding`.
        convolution: `keras.layers.Conv2D` with one group and channels last.

    Input: as the embedding's.
    Output: as the convolution's; sums are taken in float32 under every policy.

    Raises:
        TypeError, ValueError: if the layers are others, or if Keras has quantised the
            convolution.

    Example:
        >>> embedding = PixelEmbedding(2, statistics=None)
        >>> layer = EmbeddingConvolution(embedding, keras.layers.Conv2D(4, 3))
        >>> tuple(layer(np.zeros((1, 5, 5), "uint8")).shape)
        (1, 3, 3, 4)
    """

    def __init__(self, embedding: Any, convolution: Any, **kwargs: Any) -> None:
        if not isinstance(embedding, (PixelEmbedding, TokenEmbedding)):
            raise TypeError(
                "embedding must be a PixelEmbedding or TokenEmbedding. "
                f"Received: {type(embedding).__name__}"
            )
        check_convolution(convolution)
        super().__init__(**{"dtype": convolution.dtype_policy, **kwargs})
        self.embedding = embedding
        self.convolution = convolution
        self.window = Window(
            convolution.kernel_size,
            convolution.strides,
            convolution.padding,
            convolution.dilation_rate,
        )

    def build(self, input_shape):
        if not self.embedding.built:
            self.embedding.build(input_shape)
        if not self.convolution.built:
            self.convolution.build(self.embedding.compute_output_shape(input_shape))

    @property
    def levels(self) -> bool:
        """Whether a grey level's vector is the same in every image."""
        return isinstance(self.embedding, PixelEmbedding) and (
            self.embedding.statistics in ("train", "range", None)
        )

    def reads_levels(self, dtype: str) -> bool:
        """Whether inputs of this dtype are looked up themselves, and not as tokens."""
        return self.levels and dtype == "uint8"

    def tables(self, channels: int, dtype: str) -> list[Any]:
        """Returns what each channel's tokens, or grey levels, add to the outputs.

        Args:
            channels: int, those of the input.
            dtype: str, that of the input; if the vectors of grey levels are fixed,
                uint8 has 256 of them.

        Returns:
            list of float tensors (places of the kernel, rows, filters).
        """
        vectors = self._vectors(dtype)
        kernel = ops.convert_to_tensor(self.convolution.kernel)
        filters = kernel.shape[-1]
        kernel = ops.reshape(
            ops.cast(kernel, "float32"),
            (-1, channels, kernel.shape[2] // channels, filters),
        )
        return [
            ops.einsum("tw,kwo->kto", vectors[c % len(vectors)], kernel[:, c])
            for c in range(channels)
        ]

    def _vectors(self, dtype):
        if isinstance(self.embedding, TokenEmbedding):
            table = ops.convert_to_tensor(self.embedding.table)
            sizes = [n + 1 for n in self.embedding.largest]
            return [
                table[start : start + size]
                for start, size in zip(_starts(sizes), sizes, strict=True)
            ]
        table = ops.convert_to_tensor(self.embedding.table.embeddings)
        if not self.reads_levels(dtype):
            return [table]
        levels = np.arange(GREY_LEVELS, dtype="uint8").reshape(1, 1, -1)
        tokens = self.embedding.tokens(levels)[0, 0]
        # The gradient of the product is an array. That of a look-up alone would be a
        # list with a row twice where two levels share it, and Keras's Adam on
        # TensorFlow squares each of the two, not their sum.
        return [ops.take(table * 1.0, tokens, axis=0)]

    def call(self, inputs):
        dtype = keras.backend.standardize_dtype(inputs.dtype)
        tables = self.tables(channels_of(self, inputs.shape), dtype)
        first = _starts([table.shape[1] for table in tables])
        tokens = inputs
        if isinstance(self.embedding, PixelEmbedding) and not self.reads_levels(dtype):
            tokens = self.embedding.tokens(inputs)
        table = ops.concatenate(tables, axis=1)
        own = self.convolution
        bias = own.bias if own.use_bias else None
        return self._answer(tokens, first, table, self.window, bias, own.activation)

    def compute_output_shape(self, input_shape):
        vectors = self.embedding.compute_output_shape(input_shape)
        return self.convolution.compute_output_shape(vectors)

    def get_config(self) -> dict[str, Any]:
        layers = {"embedding": self.embedding, "convolution": self.convolution}
        stored = {n: keras.saving.serialize_keras_object(o) for n, o in layers.items()}
        return {**super().get_config(), **stored}

    @classmethod
    def from_config(cls, config):
        layers = {
            name: keras.saving.deserialize_keras_object(config[name])
            for name in ("embedding", "convolution")
        }
        return cls(**{**config, **layers})


def check_convolution(layer: Any) -> None:
    """Refuses a layer that is no plain convolution of images.

    Raises:
        TypeError, ValueError: if it is another layer, or has groups, channels first, or
            a kernel that Keras has quantised.
    """
    takes = "a keras.layers.Conv2D with groups=1 and channels last, not quantised"
    if type(layer) is not keras.layers.Conv2D:
        raise TypeError(
            f"convolution must be {takes}. Received: {type(layer).__name__}"
        )
    for name, wanted in (
        ("groups", 1),
        ("data_format", "channels_last"),
        ("quantization_mode", None),
    ):
        if (value := getattr(layer, name, None)) != wanted:
            raise ValueError(f"convolution must be {takes}. Received: {name}={value!r}")


def _pair(name, value):
    numbers = listed(value)
    numbers = numbers * 2 if len(numbers) == 1 else numbers
    if len(numbers) != 2:
        raise ValueError(f"{name} must be an int or two ints. Received: {value!r}")
    return tuple(check_integer(name, number, 1) for number in numbers)


def _starts(sizes):
    """Where the rows of each begin if those of all stand in a column."""
    return np.cumsum([0, *sizes])[:-1].tolist()
