"""Embedding and first convolution as one table.

What a pixel adds to the outputs of a convolution is a row that hangs on its grey level
and on its place in the window alone. `fold` makes these rows once, for answers;
`fold_for_training` makes them at every step, and trains the weights that they come of.
"""

from typing import Any

import numpy as np
from keras import ops

from pixembed.backend import keras
from pixembed.layers import (
    EmbeddingConvolution,
    FoldedConvolution,
    PixelEmbedding,
    TokenEmbedding,
)
from pixembed.layers.folded import check_convolution

_TAKES = (
    "model must be a functional or sequential Keras model in which one PixelEmbedding "
    "or TokenEmbedding feeds one Conv2D, and nothing else"
)


def fold(model: keras.Model) -> keras.Model:
    """Returns a copy of a trained model that answers the same in less time.

    Embedding and convolution become one table (place of the kernel, token, output
    channel); see `pixembed.layers.FoldedConvolution`. Where the input is uint8 and
    statistics are fixed, tokens are the 256 grey levels themselves. The outputs are the
    same up to rounding in float32; half precision rounds a folded model less.

    Args:
        model: functional or sequential `keras.Model` in which one `PixelEmbedding`,
            or `TokenEmbedding`, feeds one `keras.layers.Conv2D`; or what
            `fold_for_training` returned.

    Returns:
        `keras.Model` with weights of its own. It can be saved and loaded; what was
        folded is not trained any more.

    Raises:
        TypeError, ValueError: if there is nothing to fold, or if it cannot be folded.

    Example:
        >>> from pixembed import networks, recipes
        >>> recipe = recipes.TEXT["pixel_embedding"].with_options(statistics=None)
        >>> folded = fold(networks.build(recipe, seed=0))
        >>> tuple(folded.get_layer("convolution_1").table.shape)
        (9, 256, 64)
    """
    model = fold_for_training(model)
    copies, before = {}, {}

    def copy(layer):
        if isinstance(layer, EmbeddingConvolution):
            copies[layer], before[layer.name] = _folded(layer)
        else:
            copies[layer] = type(layer).from_config(layer.get_config())
        return copies[layer]

    def call(layer, *args, **kwargs):
        if isinstance(layer, FoldedConvolution):
            for step in before[layer.name]:
                args = (step(*args),)
        return layer(*args, **kwargs)

    found = keras.models.clone_model(model, clone_function=copy, call_function=call)
    for layer, own in copies.items():
        if isinstance(layer, EmbeddingConvolution):
            own.set_weights(_weights(layer))
        elif isinstance(layer, keras.layers.Layer):
            _assign(layer, own)
    return found


def fold_for_training(model: keras.Model) -> keras.Model:
    """Returns a model that computes and trains the weights of another in less time.

    Losses and gradients are the same up to rounding. With plain gradient descent so is
    a training; with Adam on TensorFlow it is another one: Keras is given a list of what
    each pixel adds to the gradient of the table, and squares them one by one, where
    Adam squares their sum, as it does on JAX and PyTorch and in what is returned here.

    Args:
        model: as in `fold`.

    Returns:
        `keras.Model` with the very layers of the other, in which a
        `pixembed.layers.EmbeddingConvolution` stands for two of them. Train it, and the
        other is trained.

    Raises:
        TypeError, ValueError: as in `fold`.
    """
    if isinstance(model, keras.Sequential):
        model = keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    if not isinstance(model, keras.Model) or not hasattr(model, "operations"):
        raise TypeError(f"{_TAKES}. Received: {type(model).__name__}")
    if any(isinstance(layer, EmbeddingConvolution) for layer in model.layers):
        return model
    embedding, convolution = _found(model)
    pair = EmbeddingConvolution(embedding, convolution, name=convolution.name)

    def call(layer, *args, **kwargs):
        if layer is embedding:
            return args[0]
        return (pair if layer is convolution else layer)(*args, **kwargs)

    return keras.models.clone_model(model, clone_function=_itself, call_function=call)


def _found(model):
    """The embedding of a model and the convolution that it feeds."""
    embeddings = [
        layer
        for layer in model.layers
        if isinstance(layer, (PixelEmbedding, TokenEmbedding))
    ]
    if len(embeddings) != 1:
        kinds = [type(layer).__name__ for layer in model.layers]
        raise ValueError(f"{_TAKES}. Received layers: {kinds}")
    fed, called = _fed(model, embeddings[0])
    if len(fed) != 1 or type(fed[0]) is not keras.layers.Conv2D:
        kinds = [type(one).__name__ if one else "an output" for one in fed]
        raise ValueError(f"{_TAKES}. Received an embedding that feeds: {kinds}")
    check_convolution(fed[0])
    if called.count(embeddings[0]) != 1 or called.count(fed[0]) != 1:
        raise ValueError(f"{_TAKES}. Received layers that are called more than once")
    return embeddings[0], fed[0]


def _fed(model, layer):
    """Who is given what a layer returns, None for an output of the model; all calls."""
    fed, called, vectors = [], [], []

    def call(one, *args, **kwargs):
        called.append(one)
        given = keras.tree.flatten((args, kwargs))
        if any(part is vector for part in given for vector in vectors):
            fed.append(one)
        outputs = one(*args, **kwargs)
        if one is layer:
            vectors.append(outputs)
        return outputs

    same = keras.models.clone_model(model, clone_function=_itself, call_function=call)
    last = keras.tree.flatten(same.outputs)
    fed += [None for part in last for vector in vectors if part is vector]
    return fed, called


def _itself(layer: Any) -> Any:
    return layer


def _folded(pair):
    """The layer that stands for a pair, and those that make its tokens."""
    own, (dtype, channels) = pair.convolution, _input_of(pair)
    layer = FoldedConvolution(
        rows=[table.shape[1] for table in pair.tables(channels, dtype)],
        filters=own.filters,
        **pair.window._asdict(),
        use_bias=own.use_bias,
        activation=own.activation,
        dtype=own.dtype_policy,
        name=pair.name,
    )
    if isinstance(pair.embedding, TokenEmbedding) or pair.reads_levels(dtype):
        return layer, []
    return layer, [_copy(pair.embedding.standardize), _copy(pair.embedding.quantizer)]


def _copy(layer):
    copy = type(layer).from_config(layer.get_config())
    copy.build(None)
    _assign(layer, copy)
    return copy


def _input_of(pair):
    images = pair.input
    channels = images.shape[3] if len(images.shape) == 4 else 1
    return keras.backend.standardize_dtype(images.dtype), channels


def _weights(pair):
    dtype, channels = _input_of(pair)
    table = ops.concatenate(pair.tables(channels, dtype), axis=1)
    bias = [pair.convolution.bias] if pair.convolution.use_bias else []
    return [_array(weight) for weight in (table, *bias)]


def _assign(layer, copy):
    for one, other in zip(layer.variables, copy.variables, strict=True):
        other.assign(_array(one))


def _array(weight):
    """An array of its own: JAX gives away the arrays of a model that it runs."""
    return np.array(ops.convert_to_numpy(weight))
