"""What arguments may be: one refusal for each kind of bad input.

Each message names the argument, says what it takes, and what it got. NumPy's numbers
count as numbers; booleans do not.
"""

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np


def check_seed(name: str, seed: Any, takes: str = "an int") -> int:
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


def check_integer(
    name: str, value: Any, low: float = -math.inf, high: float = math.inf
) -> int:
    """Returns a whole number as an int.

    Args:
        name: the argument that it came in, for the message.
        value: int, `low` to `high`.
        low: the smallest that it takes.
        high: the largest.

    Raises:
        TypeError, ValueError: if it is no integer or out of range.

    Example:
        >>> import numpy as np
        >>> check_integer("epochs", np.int64(10), low=1)
        10
        >>> check_integer("epochs", 0, low=1)
        Traceback (most recent call last):
        ValueError: epochs must be at least 1. Received: 0
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer. Received: {value!r}")
    number = int(value)
    _check_range(name, value, number, low, high)
    return number


def check_number(
    name: str, value: Any, low: float = -math.inf, high: float = math.inf
) -> float:
    """Returns a number as a float.

    Args:
        name: the argument that it came in, for the message.
        value: number, `low` to `high`; neither NaN nor infinite.
        low: the smallest that it takes.
        high: the largest.

    Raises:
        TypeError, ValueError: if it is no number or out of range.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number. Received: {value!r}")
    number = _float(value)
    _check_range(name, value, number, low, high)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite. Received: {value!r}")
    return number


def check_positive(name: str, value: Any, high: float = math.inf) -> float:
    """Returns a number as a float.

    Args:
        name: the argument that it came in, for the message.
        value: number greater than 0, at most `high`.
        high: number.

    Raises:
        TypeError, ValueError: if it is no number or out of range.
    """
    number = check_number(name, value, high=high)
    if not number > 0:
        raise ValueError(f"{name} must be greater than 0. Received: {value!r}")
    return number


def check_choice(name: str, value: Any, choices: Iterable[Any]) -> None:
    """Refuses a value that is not one of the choices.

    Args:
        name: the argument that it came in, for the message.
        value: anything.
        choices: iterable of what the argument takes.

    Raises:
        ValueError: if the value is none of them.
    """
    choices = [*choices]
    if not any(value is choice or _equal(value, choice) for choice in choices):
        raise ValueError(f"{name} must be one of {choices}. Received: {value!r}")


def check_new(kind: str, name: str, known: Iterable[str]) -> None:
    """Refuses a name under which something is known already.

    Args:
        kind: what is named, for the message, such as `"noise"`.
        name: str.
        known: the names that are taken.

    Raises:
        ValueError: if the name is one of them.
    """
    if name in known:
        raise ValueError(f"there is a {kind} of this name. Received: {name!r}")


def check_images(images: Any) -> None:
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


def _equal(value, choice):
    """An array equals nothing that can be chosen; True is not 1."""
    if isinstance(value, (bool, np.bool_)) != isinstance(choice, bool):
        return False
    equal = value == choice
    return isinstance(equal, (bool, np.bool_)) and bool(equal)


def _float(value):
    """Numbers too large for a float are infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _check_range(name, value, number, low, high):
    if low <= number <= high:
        return
    if high == math.inf:
        takes = f"be at least {low}"
    elif low == -math.inf:
        takes = f"be at most {high}"
    else:
        takes = f"lie in {low}..{high}"
    raise ValueError(f"{name} must {takes}. Received: {value!r}")
