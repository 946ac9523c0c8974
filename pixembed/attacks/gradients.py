"""Margins of answers, and their gradients, on every backend of Keras."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from pixembed.backend import keras

#: Taken off the logit of the true class where the largest other one is looked for.
_FAR = 1e9


def margins(logits: Any, labels: NDArray[np.integer]) -> Any:
    """Returns by how much the true class leads the best other one.

    A picture is answered wrongly where this is negative. Unlike the cross-entropy, it
    does not level off where a network is sure.

    Args:
        logits: float (n, classes), at least two classes.
        labels: integers (n,), the true classes.

    Returns:
        float tensor (n,).

    Example:
        >>> found = margins(np.array([[3.0, 1.0, 2.5], [0.0, 2.0, 1.0]]), [0, 0])
        >>> keras.ops.convert_to_numpy(found).tolist()
        [0.5, -2.0]
    """
    logits = ops.convert_to_tensor(logits)
    true = ops.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    best_other = ops.max(logits - _FAR * true, axis=-1)
    return ops.sum(logits * true, axis=-1) - best_other


def with_gradient(
    function: Callable[..., Any],
) -> Callable[..., tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Returns a function that gives numbers and the gradient of their sum.

    Args:
        function: from a float32 tensor and other arrays to a tensor (n,).

    Returns:
        function of the same arguments; it returns float32 (n,), and the gradient with
        respect to the first argument, float32 of its shape: all 0 where nothing leads
        back to it.
    """
    of_backend = _OF_BACKEND[keras.backend.backend()](function)

    def found(first, *others):
        first = ops.convert_to_tensor(first, "float32")
        values, gradient = of_backend(first, *map(ops.convert_to_tensor, others))
        if gradient is None:
            gradient = ops.zeros_like(first)
        return ops.convert_to_numpy(values), ops.convert_to_numpy(gradient)

    return found


def _on_tensorflow(function):
    import tensorflow as tf

    def both(first, *others):
        with tf.GradientTape() as tape:
            tape.watch(first)
            values = function(first, *others)
        return values, tape.gradient(values, first)

    @functools.cache
    def compiled(*specs):
        return tf.function(both, input_signature=specs)

    def found(*given):
        # For any number of pictures, so that it is compiled once.
        specs = [tf.TensorSpec([None, *one.shape[1:]], one.dtype) for one in given]
        return compiled(*specs)(*given)

    return found


def _on_jax(function):
    import jax

    def with_sum(first, *others):
        values = function(first, *others)
        return values.sum(), values

    both = jax.jit(jax.value_and_grad(with_sum, has_aux=True))

    def found(first, *others):
        (_, values), gradient = both(first, *others)
        return values, gradient

    return found


def _on_torch(function):
    import torch

    def found(first, *others):
        first = first.clone().requires_grad_()
        values = function(first, *others)
        if not values.requires_grad:
            return values, None
        (gradient,) = torch.autograd.grad(values.sum(), first, allow_unused=True)
        return values, gradient

    return found


_OF_BACKEND = {
    "tensorflow": _on_tensorflow,
    "jax": _on_jax,
    "torch": _on_torch,
}
