"""What the arguments of the layers may be; imports no Keras.

Every check returns a plain Python number or string, which JSON can hold.
"""

from typing import Any

from pixembed.checks import check_choice, check_integer, check_positive

#: Over what a mean and a deviation are taken; see `pixembed.layers.Standardize`.
STATISTICS = ("train", "image", "batch", "range", None)

#: Largest limit and scale: float32 holds every whole number up to here.
LARGEST_LIMIT = 2**24


def check_statistics(value: Any) -> str | None:
    """Returns a value of the argument `statistics`.

    Args:
        value: one of `STATISTICS`.

    Raises:
        ValueError: if it is none of them.

    Example:
        >>> check_statistics("image")
        'image'
    """
    check_choice("statistics", value, STATISTICS)
    return None if value is None else str(value)


def check_scale(value: Any) -> float:
    """Returns a value of the argument `scale`, an int where it is whole.

    Args:
        value: number greater than 0, at most `LARGEST_LIMIT`.

    Raises:
        TypeError, ValueError: if it is no number or out of range.

    Example:
        >>> check_scale(1000)
        1000
    """
    scale = check_positive("scale", value, LARGEST_LIMIT)
    return int(scale) if scale.is_integer() else scale


def check_limit(value: Any) -> int:
    """Returns a value of the argument `limit` as an int.

    Args:
        value: int, 1 to `LARGEST_LIMIT`.

    Raises:
        TypeError, ValueError: if it is no integer or out of range.

    Example:
        >>> import numpy as np
        >>> check_limit(np.int64(1000))
        1000
    """
    return check_integer("limit", value, 1, LARGEST_LIMIT)


def check_width(value: Any) -> int:
    """Returns a value of the argument `width` as an int.

    Args:
        value: int, at least 1.

    Raises:
        TypeError, ValueError: if it is no integer or out of range.

    Example:
        >>> check_width(64)
        64
    """
    return check_integer("width", value, 1)
