"""What all noises share: the generator, pieces of bounded size, what was drawn."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixembed.checks import check_images, check_seed

#: Pixels worked on at a time: bounds the memory, and stays in a processor's cache.
CHUNK_PIXELS = 1 << 16


def generator(rng: int | np.random.Generator) -> np.random.Generator:
    """Returns a `np.random.Generator`: `rng` itself, or the one of an int seed."""
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(
        check_seed("rng", rng, takes="an int seed or a numpy Generator")
    )


def by_chunk(
    noisy: Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]],
    images: NDArray[np.uint8],
    rng: int | np.random.Generator,
) -> NDArray[np.uint8]:
    """Applies a noise that treats all pixels alike, piece by piece.

    Args:
        noisy: function of uint8 pixels (m,) and a generator to uint8 pixels (m,).
        images: uint8 array of any shape, grey levels.
        rng: int seed or `np.random.Generator`.

    Returns:
        uint8 array of the same shape.
    """
    check_images(images)
    rng = generator(rng)
    result = images.copy(order="C")
    pixels = result.reshape(-1)
    for start in range(0, max(pixels.size, 1), CHUNK_PIXELS):
        chunk = pixels[start : start + CHUNK_PIXELS]
        chunk[:] = noisy(chunk, rng)
    return result


def check_drawn(name: str, drawn: Any, images: NDArray[np.uint8]) -> None:
    """Refuses what is no integer array in the shape of the images.

    Raises:
        TypeError, ValueError: if it is of another kind or shape.
    """
    if not isinstance(drawn, np.ndarray) or not np.issubdtype(drawn.dtype, np.integer):
        raise TypeError(
            f"{name} must be a NumPy array of integers. "
            f"Received: {getattr(drawn, 'dtype', type(drawn).__name__)}"
        )
    if drawn.shape != images.shape:
        raise ValueError(
            f"{name} must have the shape of images, {images.shape}. "
            f"Received: {drawn.shape}"
        )


def check_stack(images: Any) -> None:
    """Refuses what is no stack of uint8 images.

    Raises:
        TypeError, ValueError: if it is of another kind, or not (n, height, width[,
            channels]).
    """
    check_images(images)
    if images.ndim not in (3, 4):
        raise ValueError(
            "images must be (n, height, width[, channels]). "
            f"Received shape: {images.shape}"
        )


def to_levels(numbers: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Rounds numbers to the nearest grey level, clipped at 0 and 255."""
    return np.asarray(np.clip(np.rint(numbers), 0, 255).astype(np.uint8))
