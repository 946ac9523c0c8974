"""What the arguments of the layers may be; imports no Keras.

Every check returns a plain Python number or string, which JSON can hold.
"""

from collections.abc import Iterable
from typing import Any

from pixembed.checks import check_choice, check_integer, check_number, check_positive
from pixembed.noise import OVERFLOWS, Case, from_key

#: Over what a mean and a deviation are taken; see `pixembed.layers.Standardize`.
STATISTICS = ("train", "image", "batch", "range", None)

#: Largest limit and scale: float32 holds every whole number up to here.
LARGEST_LIMIT = 2**24

#: How many grey levels an image may have: 0..255.
GREY_LEVELS = 256

#: What grey levels lie on: a circle, where 0 is beside 255, or a line.
AXES = ("circle", "line")

#: The farthest that two grey levels can lie apart on the circle, less one.
LARGEST_RADIUS = 127


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


def check_levels(value: Any) -> int:
    """Returns a value of the argument `levels` as an int.

    Args:
        value: int, 2 to `GREY_LEVELS`.

    Raises:
        TypeError, ValueError: if it is no integer or out of range.

    Example:
        >>> check_levels(16)
        16
    """
    return check_integer("levels", value, 2, GREY_LEVELS)


def check_frequencies(value: Any) -> list[int]:
    """Returns a value of the argument `frequencies` as a list of ints.

    Args:
        value: int or ints, 1 to half of `GREY_LEVELS`.

    Raises:
        TypeError, ValueError: if it is neither, or if one is out of range.

    Example:
        >>> check_frequencies((1, 2, 4))
        [1, 2, 4]
    """
    numbers = _several("frequencies", value)
    return [check_integer("frequencies", f, 1, GREY_LEVELS // 2) for f in numbers]


def check_size(value: Any) -> int:
    """Returns a value of the argument `size` as an int.

    Args:
        value: 3 or 5.

    Raises:
        ValueError: if it is neither.

    Example:
        >>> check_size(3)
        3
    """
    check_choice("size", value, (3, 5))
    return int(value)


def check_cases(value: Any) -> list[str]:
    """Returns a value of the argument `cases` as a list of their keys.

    Args:
        value: sequence of `pixembed.noise.Case`s or of their keys, not empty.

    Raises:
        TypeError, ValueError: if it is no such sequence, or if there is no such noise.

    Example:
        >>> check_cases(["gaussian mean=0 std=64.0"])
        ['gaussian mean=0 std=64']
    """
    known = isinstance(value, Iterable) and not isinstance(value, str)
    cases = [*value] if known else []
    if not known or not all(isinstance(one, (Case, str)) for one in cases):
        raise TypeError(
            "cases must be a sequence of pixembed.noise.Case or of their keys. "
            f"Received: {value!r}"
        )
    if not cases:
        raise ValueError(f"cases must not be empty. Received: {value!r}")
    return [(one if isinstance(one, Case) else from_key(one)).key for one in cases]


def check_overflow(value: Any) -> str:
    """Returns a value of the argument `overflow`.

    Args:
        value: one of `pixembed.noise.OVERFLOWS`.

    Raises:
        ValueError: if it is none of them.

    Example:
        >>> check_overflow("wrap")
        'wrap'
    """
    check_choice("overflow", value, OVERFLOWS)
    return str(value)


def check_axis(value: Any) -> str:
    """Returns a value of the argument `axis`.

    Args:
        value: one of `AXES`.

    Raises:
        ValueError: if it is none of them.

    Example:
        >>> check_axis("line")
        'line'
    """
    check_choice("axis", value, AXES)
    return str(value)


def check_neighbours(value: Any) -> list[int]:
    """Returns a value of the argument `neighbours` as a list of ints.

    Args:
        value: int or ints, 1 to `LARGEST_LIMIT` - 1.

    Raises:
        TypeError, ValueError: if it is neither, or if one is out of range.

    Example:
        >>> check_neighbours(20)
        [20]
    """
    numbers = _several("neighbours", value)
    return [check_integer("neighbours", k, 1, LARGEST_LIMIT - 1) for k in numbers]


def check_radii(value: Any) -> int | list[int]:
    """Returns a value of the argument `radii`, as an int or as a list of ints.

    Args:
        value: int, 1 to `LARGEST_RADIUS`, or ascending ints, 0 to `LARGEST_RADIUS`.

    Raises:
        TypeError, ValueError: if it is neither, out of range, or not ascending.

    Example:
        >>> check_radii((0, 3, 10))
        [0, 3, 10]
    """
    if not isinstance(value, Iterable):
        return check_integer("radii", value, 1, LARGEST_RADIUS)
    numbers = _several("radii", value)
    radii = [check_integer("radii", r, 0, LARGEST_RADIUS) for r in numbers]
    if sorted(set(radii)) != radii:
        raise ValueError(f"radii must ascend. Received: {value!r}")
    return radii


def check_radii_of_each(value: Any, neighbours: int | None = None) -> int | list[Any]:
    """Returns a value of the argument `radii` where each neighbour may have its own.

    Args:
        value: as in `check_radii`, or a list of lists of ascending ints, one for each
            of the neighbours.
        neighbours: how many values the argument `neighbours` has, if that is known.

    Raises:
        TypeError, ValueError: as in `check_radii`, or if there are more or fewer lists
            than neighbours.

    Example:
        >>> check_radii_of_each([(1, 4), (2, 4, 8)], 2)
        [[1, 4], [2, 4, 8]]
    """
    several = _several("radii", value)
    if not any(isinstance(one, Iterable) for one in several):
        return check_radii(several if isinstance(value, Iterable) else value)
    if neighbours not in (None, len(several)):
        raise ValueError(
            f"radii must be as many lists as there are neighbours, {neighbours}. "
            f"Received: {value!r}"
        )
    return [check_radii(_several("radii", one)) for one in several]


def check_shares(value: Any) -> list[float]:
    """Returns a value of the argument `loners` as a list of floats.

    Args:
        value: number or numbers, 0 to 1.

    Raises:
        TypeError, ValueError: if it is neither, or if one is out of range.

    Example:
        >>> check_shares(0.5)
        [0.5]
    """
    return [check_number("loners", n, 0, 1) for n in _several("loners", value)]


def listed(value: Any) -> list[Any]:
    """Returns one value, or several, as a list."""
    return [*value] if isinstance(value, Iterable) else [value]


def _several(name, value):
    if isinstance(value, str):
        raise TypeError(f"{name} must be an int or ints. Received: {value!r}")
    numbers = listed(value)
    if not numbers:
        raise ValueError(f"{name} must not be empty. Received: {value!r}")
    return numbers
