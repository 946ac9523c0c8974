"""Noise that replaces: salt and pepper."""

import numpy as np
from numpy.typing import NDArray

from pixembed.checks import check_images
from pixembed.noise.chunks import by_chunk, check_drawn, generator
from pixembed.noise.records import Noise, Parameter, register

_PARAMETERS = {
    "amount": Parameter("amount", "amount", start=0.3),
    "salt_vs_pepper": Parameter("salt", "share of white"),
}


def draw_salt_and_pepper(
    shape: tuple[int, ...],
    amount: float,
    *,
    salt_vs_pepper: float = 0.5,
    rng: int | np.random.Generator,
) -> NDArray[np.int8]:
    """Draws which pixels become white (1), black (-1) or stay (0).

    Args:
        shape: tuple of ints, the shape to draw.
        amount: float, 0 to 1, the share of pixels that are replaced.
        salt_vs_pepper: float, 0 to 1, the share of the replaced that become white.
        rng: int seed or `np.random.Generator`.

    Returns:
        int8 array of the given shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.
    """
    amount = _PARAMETERS["amount"].check("amount", amount)
    share = _PARAMETERS["salt_vs_pepper"].check("salt_vs_pepper", salt_vs_pepper)
    uniform = generator(rng).random(shape, dtype=np.float32)
    replaced = uniform < np.float32(amount)
    salt = uniform < np.float32(amount * share)
    return np.asarray(2 * salt.view(np.int8) - replaced.view(np.int8))


def apply_salt_and_pepper(
    images: NDArray[np.uint8], replaced: NDArray[np.integer]
) -> NDArray[np.uint8]:
    """Makes pixels white or black.

    Args:
        images: uint8 array of any shape, grey levels.
        replaced: integer array of the same shape: 1 white, -1 black, 0 unchanged.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or shape.
    """
    check_images(images)
    check_drawn("replaced", replaced, images)
    keep = (replaced == 0).view(np.uint8)
    white = (replaced > 0).view(np.uint8)
    return np.asarray(images * keep + white * np.uint8(255))


def salt_and_pepper(
    images: NDArray[np.uint8],
    amount: float,
    *,
    salt_vs_pepper: float = 0.5,
    rng: int | np.random.Generator,
) -> NDArray[np.uint8]:
    """Replaces randomly chosen pixels by white or black.

    Args:
        images: uint8 array of any shape, grey levels; it is not changed.
        amount: float, 0 to 1, the share of pixels that are replaced.
        salt_vs_pepper: float, 0 to 1, the share of the replaced that become white.
        rng: int seed or `np.random.Generator`.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Example:
        >>> import numpy as np
        >>> grey = np.full(8, 100, "uint8")
        >>> salt_and_pepper(grey, 0.5, rng=0)
        array([100, 100, 100,   0,   0, 255, 255, 255], dtype=uint8)
    """

    def noisy(grey, rng):
        replaced = draw_salt_and_pepper(
            grey.shape, amount, salt_vs_pepper=salt_vs_pepper, rng=rng
        )
        return apply_salt_and_pepper(grey, replaced)

    return by_chunk(noisy, images, rng)


register(Noise("salt_and_pepper", salt_and_pepper, _PARAMETERS, "salt and pepper"))
