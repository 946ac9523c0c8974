"""Ways back through tokens: the true answers forwards, a slope backwards.

A look-up has no gradient. `straight_through` puts a layer in its place that gives the
very same numbers, and in the gradient pretends that they change along a line.
"""

from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from pixembed.backend import keras
from pixembed.checks import check_integer
from pixembed.layers import (
    BinaryCode,
    FourierFeatures,
    Misprints,
    NeighbourDistance,
    PixelEmbedding,
    RandomSaturation,
    Standardize,
    Thermometer,
    TokenEmbedding,
)
from pixembed.options import GREY_LEVELS

#: Layers that look up each grey level in one table, whatever the image.
CODES = (Thermometer, FourierFeatures, BinaryCode, PixelEmbedding)

#: Layers that change nothing outside training.
_NOTHING = (RandomSaturation, Misprints)

#: Layers of Keras through which gradients find their way by themselves.
_OPEN = (
    keras.layers.Reshape,
    keras.layers.Concatenate,
    keras.layers.Rescaling,
    Standardize,
)


def straight_through(model: keras.Model, reach: int = 16) -> keras.Model:
    """Returns a model with the same logits, and with a gradient for the grey levels.

    Args:
        model: what `pixembed.networks.build` returned, trained.
        reach: int, 1 to 255: the slope at a grey level is that of a line through the
            numbers that stand for the levels so far to its left and to its right.

    Returns:
        `keras.Model`, float32 (batch, height, width[, channels]), whole grey levels, to
        logits (batch, classes). It shares the layers behind the front end.

    Raises:
        TypeError, ValueError: if `reach` is of the wrong kind or out of range, or if
            there is a layer in the front end through which no way back is known.

    Reference: Athalye, Carlini and Wagner, *Obfuscated gradients give a false sense of
    security*, 2018, where it is called backward pass differentiable approximation.
    """
    reach = check_integer("reach", reach, 1, GREY_LEVELS - 1)
    front = front_end_layers(model)
    instead = {layer: _instead(layer, reach) for layer in front}

    def call(layer, *args, **kwargs):
        return instead.get(layer, layer)(*args, **kwargs)

    return keras.models.clone_model(
        model,
        input_tensors=keras.Input(model.input_shape[1:], dtype="float32"),
        clone_function=lambda layer: layer,
        call_function=call,
    )


def front_end_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Returns the layers between the grey levels and the first convolution."""
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            return found
        if not isinstance(layer, keras.layers.InputLayer):
            found.append(layer)
    raise ValueError(
        "model must have a convolution behind its front end. Received layers: "
        f"{[layer.name for layer in model.layers]}"
    )


def table_of(layer: keras.layers.Layer) -> NDArray[np.float32]:
    """Returns what stands for each grey level, float32 (256, width).

    Args:
        layer: one of `CODES`; a `PixelEmbedding` with fixed statistics.

    Raises:
        ValueError: if what stands for a grey level hangs on the image.
    """
    if getattr(layer, "statistics", None) in ("image", "batch"):
        raise ValueError(
            "the statistics of a PixelEmbedding must be fixed to be attacked by a "
            f"table. Received: {layer.statistics!r}"
        )
    levels = np.arange(GREY_LEVELS, dtype=np.uint8).reshape(1, 16, 16)
    return ops.convert_to_numpy(layer(levels)).reshape(GREY_LEVELS, -1)


def slopes(table: NDArray[np.floating], reach: int) -> NDArray[np.float32]:
    """Returns the slope of a table at every row, per row.

    Args:
        table: float (rows, width).
        reach: int, how many rows to each side; fewer at both ends.

    Returns:
        float32 (rows, width).

    Example:
        >>> slopes(np.array([[0.0], [1.0], [4.0], [9.0]]), 1).ravel().tolist()
        [1.0, 2.0, 4.0, 5.0]
    """
    rows = np.arange(len(table))
    left, right = np.maximum(rows - reach, 0), np.minimum(rows + reach, rows[-1])
    rise = table[right] - table[left]
    return (rise / (right - left)[:, None]).astype("float32")


class TableStraightThrough(keras.layers.Layer):
    """Looks up each grey level in a table; its gradient is the table's slope.

    Args:
        table: float (256, width).
        reach: as in `straight_through`.

    Input: float32 (batch, height, width[, channels]), whole grey levels.
    Output: float32 (batch, height, width, channels · width).
    """

    def __init__(self, table: NDArray[np.floating], reach: int, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        self.rows, self.row_slopes = table, slopes(table, reach)

    def call(self, images):
        levels = ops.cast(images, "int32")
        found = ops.take(ops.convert_to_tensor(self.rows), levels, axis=0)
        slope = ops.take(ops.convert_to_tensor(self.row_slopes), levels, axis=0)
        found = found + ops.expand_dims(moved(images), -1) * slope
        return ops.reshape(found, (*ops.shape(images)[:3], -1))

    def compute_output_spec(self, images):
        channels = images.shape[3] if len(images.shape) == 4 else 1
        shape = (*images.shape[:3], channels * self.rows.shape[1])
        return keras.KerasTensor(shape, dtype="float32")


class NeighboursStraightThrough(keras.layers.Layer):
    """Neighbour distances whose gradient is that of counts with soft edges.

    Whether a pixel lies within a radius of another changes on a ramp, as wide as
    `reach` to both sides; whether a radius holds enough of them does so too. The
    gradient tells both what a pixel's own move changes, and what it does to the tokens
    of all others.

    Args:
        layer: `pixembed.layers.NeighbourDistance`.
        reach: as in `straight_through`.

    Input: float32 (batch, height, width), whole grey levels.
    Output: float32 (batch, height, width, len(neighbours)), tokens.
    """

    def __init__(self, layer: NeighbourDistance, reach: int, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        self.layer, self.reach = layer, reach

    def call(self, images):
        shape = ops.shape(images)
        pixels = ops.reshape(images, (shape[0], -1))
        soft = ops.stack(self._soft_tokens(pixels), axis=-1)
        soft = ops.reshape(soft, (*shape[:3], len(self.layer.neighbours)))
        hard = ops.cast(self.layer(ops.cast(images, "uint8")), "float32")
        return hard + moved(soft)

    def _soft_tokens(self, pixels):
        tokens = [0.0] * len(self.layer.neighbours)
        radii_of_each = self.layer.radii_of_each
        for radius in sorted(set().union(*radii_of_each)):
            within = self._within(pixels, radius)
            for number, k in enumerate(self.layer.neighbours):
                if radius in radii_of_each[number]:
                    short_of = (k + 0.5 - within) / (k + 1)
                    tokens[number] += ops.sigmoid(4 * short_of)
        return tokens

    def _within(self, pixels, radius):
        """How many pixels lie within a radius of each, softly."""
        near, steepness = (
            ops.convert_to_tensor(one)
            for one in _edges(radius, self.reach, self.layer.axis)
        )
        levels = ops.cast(pixels, "int32")
        first = GREY_LEVELS * ops.expand_dims(ops.arange(ops.shape(pixels)[0]), 1)
        bins = ops.reshape(levels + ops.cast(first, "int32"), (-1,))

        def of_levels(weights):
            sums = ops.segment_sum(
                ops.reshape(weights, (-1,)), bins, GREY_LEVELS * ops.shape(pixels)[0]
            )
            return ops.reshape(sums, (-1, GREY_LEVELS))

        def at_pixels(of_level):
            found = ops.take(ops.reshape(of_level, (-1,)), bins)
            return ops.reshape(found, ops.shape(pixels))

        counts = of_levels(ops.ones_like(pixels))
        own = moved(pixels) * at_pixels(counts @ ops.transpose(steepness))
        others = at_pixels(of_levels(moved(pixels)) @ steepness)
        return at_pixels(counts @ near) + own + others

    def compute_output_spec(self, images):
        shape = (*images.shape[:3], len(self.layer.neighbours))
        return keras.KerasTensor(shape, dtype="float32")


class RowsStraightThrough(keras.layers.Layer):
    """Looks tokens up, and in the gradient goes straight from row to row.

    Args:
        layer: `pixembed.layers.TokenEmbedding` whose input has a channel for each of
            its tables.

    Input: float32 (batch, height, width, channels), whole tokens.
    Output: float32 (batch, height, width, channels · width).
    """

    def __init__(self, layer: TokenEmbedding, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        self.layer = layer
        table = ops.convert_to_numpy(layer.table)
        ends = np.cumsum([n + 1 for n in layer.largest])
        tables = np.split(table, ends[:-1])
        self.row_slopes = np.concatenate([slopes(one, 1) for one in tables])
        self.first = np.array([0, *ends[:-1]], "int32")

    def call(self, tokens):
        whole = ops.cast(tokens, "int32")
        rows = whole + ops.convert_to_tensor(self.first)
        slope = ops.take(ops.convert_to_tensor(self.row_slopes), rows, axis=0)
        slope = slope * ops.expand_dims(moved(tokens), -1)
        return self.layer(whole) + ops.reshape(slope, (*ops.shape(tokens)[:3], -1))

    def compute_output_spec(self, tokens):
        shape = self.layer.compute_output_shape(tokens.shape)
        return keras.KerasTensor(shape, dtype="float32")


def moved(numbers: Any) -> Any:
    """Returns zeros whose gradient is that of the numbers."""
    return numbers - ops.stop_gradient(numbers)


def _edges(radius, reach, axis):
    """How much each level is within a radius of each other, and the change of it.

    Returns:
        two float32 (256, 256): the first falls from 1 to 0 on a ramp around the radius;
        the second is its derivative with respect to the level of its row.
    """
    levels = np.arange(GREY_LEVELS)
    steps = levels[:, None] - levels
    if axis == "circle":
        half = GREY_LEVELS // 2
        steps = (steps + half) % GREY_LEVELS - half
    inside = (radius + 0.5 + reach - np.abs(steps)) / (2 * reach)
    on_ramp = (inside > 0) & (inside < 1)
    change = np.where(on_ramp, -np.sign(steps) / (2 * reach), 0)
    return np.clip(inside, 0, 1).astype("float32"), change.astype("float32")


def _instead(layer, reach):
    """The layer that stands for one of a front end."""
    if isinstance(layer, _NOTHING):
        return lambda images: images
    if isinstance(layer, CODES):
        return TableStraightThrough(table_of(layer), reach)
    if isinstance(layer, NeighbourDistance):
        return NeighboursStraightThrough(layer, reach)
    if isinstance(layer, TokenEmbedding):
        return RowsStraightThrough(layer)
    if isinstance(layer, _OPEN):
        return layer
    raise ValueError(
        f"no way back is known through the layer {layer.name!r}, a "
        f"{type(layer).__name__}: attack this network by random_search"
    )
