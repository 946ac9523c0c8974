"""Noise on 8-bit images: additive Gaussian, additive impulse, salt and pepper.

Every function takes uint8 grey levels (0..255) and returns a new uint8 array of
the same shape. Additive noise is an integer per pixel, so the sum can leave
0..255; ``overflow`` says what happens then: ``"clip"`` stops at the ends,
``"wrap"`` goes on at the other end, which is arithmetic modulo 256.

Drawing and applying are separate functions: what was drawn can be looked at and
applied again. This module needs NumPy only.
"""

import functools
import math
from numbers import Integral, Real

import numpy as np

#: Largest mean, deviation or impulse accepted, in grey levels. It keeps every sum
#: far inside int16 and is four times the range of an image.
LARGEST_GREY_LEVELS = 1000

#: Pixels worked on at a time: bounds the memory, and stays in a processor's cache.
CHUNK_PIXELS = 1 << 16

OVERFLOWS = ("clip", "wrap")


def draw_gaussian(shape, mean, std, *, rng):
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
    mean = _number("mean", mean, -LARGEST_GREY_LEVELS, LARGEST_GREY_LEVELS)
    std = _number("std", std, 0, LARGEST_GREY_LEVELS)
    integers, upper, by_high_half = _truncated_normal(mean, std)
    uniform = _generator(rng).integers(1 << 32, size=shape, dtype=np.uint32)
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


def draw_impulse(shape, probability, value, *, rng):
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
    probability = _number("probability", probability, 0, 1)
    value = _grey_step("value", value)
    hit = _generator(rng).random(shape, dtype=np.float32) < probability
    return np.asarray(hit * np.int16(value))


def draw_salt_and_pepper(shape, amount, *, salt_vs_pepper=0.5, rng):
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
    amount = _number("amount", amount, 0, 1)
    salt_vs_pepper = _number("salt_vs_pepper", salt_vs_pepper, 0, 1)
    uniform = _generator(rng).random(shape, dtype=np.float32)
    replaced = uniform < np.float32(amount)
    salt = uniform < np.float32(amount * salt_vs_pepper)
    return np.asarray(2 * salt.view(np.int8) - replaced.view(np.int8))


def apply_additive(images, offsets, *, overflow):
    """Adds integer offsets to grey levels.

    Args:
        images: uint8 array of any shape, grey levels.
        offsets: integer array of the same shape, in grey levels.
        overflow: `"clip"` to stop at 0 and 255, `"wrap"` for modulo 256.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or shape.
    """
    check_images(images)
    check_overflow(overflow)
    _check_drawn("offsets", offsets, images)
    if overflow == "wrap":
        return np.asarray(images + offsets.astype(np.uint8))
    wide = np.int16 if offsets.dtype == np.int16 else np.int64
    limit = np.iinfo(wide).max - 255
    total = np.clip(offsets, -limit, limit).astype(wide) + images
    return np.asarray(np.clip(total, 0, 255).astype(np.uint8))


def apply_salt_and_pepper(images, replaced):
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
    _check_drawn("replaced", replaced, images)
    keep = (replaced == 0).view(np.uint8)
    white = (replaced > 0).view(np.uint8)
    return np.asarray(images * keep + white * np.uint8(255))


def additive_gaussian(images, mean, std, *, overflow, rng):
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
    """
    draw = functools.partial(draw_gaussian, mean=mean, std=std)
    return _additive(images, draw, overflow, rng)


def additive_impulse(images, probability, value, *, overflow, rng):
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
    """
    draw = functools.partial(draw_impulse, probability=probability, value=value)
    return _additive(images, draw, overflow, rng)


def salt_and_pepper(images, amount, *, salt_vs_pepper=0.5, rng):
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
    """

    def noisy(grey, rng):
        replaced = draw_salt_and_pepper(
            grey.shape, amount, salt_vs_pepper=salt_vs_pepper, rng=rng
        )
        return apply_salt_and_pepper(grey, replaced)

    return _by_chunk(noisy, images, rng)


#: The noise functions by name.
NOISES = {
    "gaussian": additive_gaussian,
    "impulse": additive_impulse,
    "salt_and_pepper": salt_and_pepper,
}


def get(name):
    """Returns the noise function with the given name.

    Args:
        name: one of the keys of `NOISES`.

    Raises:
        ValueError: if there is no such noise.
    """
    if name not in NOISES:
        raise ValueError(f"name must be one of {sorted(NOISES)}. Received: {name!r}")
    return NOISES[name]


def check_seed(name, seed, takes="an int"):
    """Returns a seed as an int.

    Args:
        name: the argument that it came in, for the message.
        seed: int, not negative.
        takes: what that argument takes, for the message.

    Raises:
        TypeError, ValueError: if it is no seed.
    """
    if isinstance(seed, (bool, np.bool_)) or not isinstance(seed, Integral):
        raise TypeError(f"{name} must be {takes}. Received: {seed!r}")
    if seed < 0:
        raise ValueError(f"{name} must not be negative. Received: {seed!r}")
    return int(seed)


def check_images(images):
    """Refuses what is no NumPy array of uint8.

    Raises:
        TypeError: if it is anything else.
    """
    if not isinstance(images, np.ndarray):
        raise TypeError(
            f"images must be a NumPy array of uint8. Received: {type(images).__name__}"
        )
    if images.dtype != np.uint8:
        raise TypeError(
            f"images must hold uint8 grey levels 0..255. Received dtype: {images.dtype}"
        )


def check_overflow(overflow):
    """Refuses what is no overflow.

    Raises:
        ValueError: if it is neither `"clip"` nor `"wrap"`.
    """
    if overflow not in OVERFLOWS:
        raise ValueError(
            f"overflow must be one of {list(OVERFLOWS)}. Received: {overflow!r}"
        )


def _additive(images, draw, overflow, rng):
    check_overflow(overflow)

    def noisy(grey, rng):
        return apply_additive(grey, draw(grey.shape, rng=rng), overflow=overflow)

    return _by_chunk(noisy, images, rng)


def _by_chunk(noisy, images, rng):
    check_images(images)
    rng = _generator(rng)
    result = images.copy(order="C")
    pixels = result.reshape(-1)
    for start in range(0, max(pixels.size, 1), CHUNK_PIXELS):
        chunk = pixels[start : start + CHUNK_PIXELS]
        chunk[:] = noisy(chunk, rng)
    return result


def _check_drawn(name, drawn, images):
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


def _number(name, value, low, high):
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number. Received: {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must lie in {low}..{high}. Received: {value!r}")
    return float(value)


def _grey_step(name, value):
    if not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer. Received: {value!r}")
    return int(_number(name, value, -LARGEST_GREY_LEVELS, LARGEST_GREY_LEVELS))


def _generator(rng):
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(
        check_seed("rng", rng, takes="an int seed or a numpy Generator")
    )
