"""Additive noise on 8-bit images: Gaussian, and impulses.

It is an integer per pixel, so the sum can leave 0..255; ``overflow`` says what
happens then: ``"clip"`` stops at the ends, ``"wrap"`` goes on at the other end, which
is arithmetic modulo 256.
"""

import functools
import math

import numpy as np
from numpy.typing import NDArray

from pixembed.checks import check_choice, check_images
from pixembed.noise.chunks import by_chunk, check_drawn, generator
from pixembed.noise.records import Noise, Parameter, register

#: Largest mean, deviation or impulse accepted, in grey levels. It keeps every sum
#: far inside int16 and is four times the range of an image.
LARGEST_GREY_LEVELS = 1000

OVERFLOWS = ("clip", "wrap")

_SHOWN = (-255, 255)

_GAUSSIAN = {
    "mean": Parameter(
        *("μ", "mean μ", -LARGEST_GREY_LEVELS, LARGEST_GREY_LEVELS),
        shown=_SHOWN,
        start=50,
        step=1,
    ),
    "std": Parameter(
        *("σ", "deviation σ", 0, LARGEST_GREY_LEVELS),
        shown=(0, 100),
        start=10,
        step=1,
    ),
}

_IMPULSE = {
    "probability": Parameter("p", "probability p"),
    "value": Parameter(
        *("v", "value v", -LARGEST_GREY_LEVELS, LARGEST_GREY_LEVELS),
        whole=True,
        shown=_SHOWN,
        start=100,
        step=1,
    ),
}


def draw_gaussian(
    shape: tuple[int, ...], mean: float, std: float, *, rng: int | np.random.Generator
) -> NDArray[np.int16]:
    """Draws one integer of Gaussian noise per pixel.

    The integer is a normal number with the given mean and deviation, truncated
    towards zero, so that every number between -1 and 1 becomes 0. It is drawn
    straight from the distribution of such integers: a 32-bit uniform number is
    looked up in their cumulative distribution, about twice as fast as drawing
    normal numbers and truncating them.

    Args:
        shape: tuple of ints, the shape to draw.
        mean: float in grey levels, at most 1000 in size.
        std: float in grey levels, 0 to 1000.
        rng: int seed or `np.random.Generator`.

    Returns:
        int16 array of the given shape, in grey levels.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: the paper's Section 3 and Table 3.
    """
    mean = _GAUSSIAN["mean"].check("mean", mean)
    std = _GAUSSIAN["std"].check("std", std)
    integers, upper, by_high_half = _truncated_normal(mean, std)
    uniform = generator(rng).integers(1 << 32, size=shape, dtype=np.uint32)
    drawn = np.asarray(by_high_half[uniform >> 16])
    undecided = drawn == _UNDECIDED
    drawn[undecided] = integers[upper.searchsorted(uniform[undecided], "right")]
    return drawn


_UNDECIDED = np.iinfo(np.int16).min


@functools.lru_cache(maxsize=64)
def _truncated_normal(mean, std):
    """Returns the distribution of truncated normal numbers, ready for look-up.

    That is: the integers; the 32-bit uniform at which each ends; and a table of the
    integer for each high half of such a uniform, where that half decides it.
    """
    reach = 7 * std + 1
    integers = np.arange(math.floor(mean - reach), math.ceil(mean + reach) + 1)
    ends = integers + (integers >= 0)
    if std:
        with np.errstate(over="ignore"):
            scaled = (ends - mean) / (std * math.sqrt(2))
        below = np.array([(1 + math.erf(end)) / 2 for end in scaled])
    else:
        below = np.where(integers >= 0, mean < ends, mean <= ends).astype(float)
    upper = np.round(below[:-1] * 2**32)
    integers = integers.astype(np.int16)
    high_half = np.arange(1 << 16) * 2.0**16
    first = upper.searchsorted(high_half, "right")
    last = upper.searchsorted(high_half + 2**16 - 1, "right")
    by_high_half = np.where(first == last, integers[first], _UNDECIDED)
    return integers, upper, by_high_half.astype(np.int16)


def draw_impulse(
    shape: tuple[int, ...],
    probability: float,
    value: int,
    *,
    rng: int | np.random.Generator,
) -> NDArray[np.int16]:
    """Draws `value` for a pixel with the given probability, otherwise 0.

    Args:
        shape: tuple of ints, the shape to draw.
        probability: float, 0 to 1.
        value: int in grey levels, at most 1000 in size.
        rng: int seed or `np.random.Generator`.

    Returns:
        int16 array of the given shape, in grey levels.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: the paper's Section 3 and Table 4, where it is called
    salt-and-pepper noise.
    """
    probability = _IMPULSE["probability"].check("probability", probability)
    value = _IMPULSE["value"].check("value", value)
    hit = generator(rng).random(shape, dtype=np.float32) < probability
    return np.asarray(hit * np.int16(value))


def apply_additive(
    images: NDArray[np.uint8], offsets: NDArray[np.integer], *, overflow: str
) -> NDArray[np.uint8]:
    """Adds integer offsets to grey levels.

    Args:
        images: uint8 array of any shape, grey levels.
        offsets: integer array of the same shape, in grey levels.
        overflow: `"clip"` to stop at 0 and 255, `"wrap"` for modulo 256.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or shape.

    Example:
        >>> import numpy as np
        >>> grey, offsets = np.array([10, 250], "uint8"), np.array([-20, 20])
        >>> apply_additive(grey, offsets, overflow="clip")
        array([  0, 255], dtype=uint8)
        >>> apply_additive(grey, offsets, overflow="wrap")
        array([246,  14], dtype=uint8)
    """
    check_images(images)
    check_choice("overflow", overflow, OVERFLOWS)
    check_drawn("offsets", offsets, images)
    if overflow == "wrap":
        return np.asarray(images + offsets.astype(np.uint8))
    wide = np.int16 if offsets.dtype == np.int16 else np.int64
    limit = np.iinfo(wide).max - 255
    total = np.clip(offsets, -limit, limit).astype(wide) + images
    return np.asarray(np.clip(total, 0, 255).astype(np.uint8))


def additive_gaussian(
    images: NDArray[np.uint8],
    mean: float,
    std: float,
    *,
    overflow: str,
    rng: int | np.random.Generator,
) -> NDArray[np.uint8]:
    """Adds Gaussian noise, truncated to integers, to grey levels.

    Args:
        images: uint8 array of any shape, grey levels; it is not changed.
        mean: float in grey levels, at most 1000 in size.
        std: float in grey levels, 0 to 1000.
        overflow: `"clip"` or `"wrap"`.
        rng: int seed or `np.random.Generator`.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: the paper's Section 3 and Table 3; its released code wraps.

    Example:
        >>> import numpy as np
        >>> grey = np.array([0, 100, 200, 250], "uint8")
        >>> additive_gaussian(grey, 25, 5, overflow="clip", rng=0)
        array([ 30, 126, 225, 255], dtype=uint8)
    """
    draw = functools.partial(draw_gaussian, mean=mean, std=std)
    return _additive(images, draw, overflow, rng)


def additive_impulse(
    images: NDArray[np.uint8],
    probability: float,
    value: int,
    *,
    overflow: str,
    rng: int | np.random.Generator,
) -> NDArray[np.uint8]:
    """Adds a constant to randomly chosen pixels.

    The paper calls this salt-and-pepper noise. It replaces nothing: see
    `salt_and_pepper` for the noise that usually has that name.

    Args:
        images: uint8 array of any shape, grey levels; it is not changed.
        probability: float, 0 to 1, for each pixel on its own.
        value: int in grey levels, at most 1000 in size.
        overflow: `"clip"` or `"wrap"`.
        rng: int seed or `np.random.Generator`.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.

    Reference: the paper's Section 3 and Table 4; its released code wraps.

    Example:
        >>> import numpy as np
        >>> grey = np.array([0, 100, 200, 250], "uint8")
        >>> additive_impulse(grey, 0.5, 50, overflow="wrap", rng=0)
        array([  0, 100, 200,  44], dtype=uint8)
    """
    draw = functools.partial(draw_impulse, probability=probability, value=value)
    return _additive(images, draw, overflow, rng)


def _additive(images, draw, overflow, rng):
    check_choice("overflow", overflow, OVERFLOWS)

    def noisy(grey, rng):
        return apply_additive(grey, draw(grey.shape, rng=rng), overflow=overflow)

    return by_chunk(noisy, images, rng)


register(Noise("gaussian", additive_gaussian, _GAUSSIAN, "Gaussian", overflows=True))
register(
    Noise("impulse", additive_impulse, _IMPULSE, "additive impulse", overflows=True)
)
