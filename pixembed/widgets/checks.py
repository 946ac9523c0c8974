"""What all explorers ask of their arguments; each message names the argument."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pixembed import checks

MOST_PICTURES = 10


def check_images(images: Any) -> None:
    """Refuses what is not 1 to 10 pictures, uint8 (n, height, width[, 1 or 3])."""
    checks.check_images(images)
    grey_or_colour = images.ndim == 3 or (
        images.ndim == 4 and images.shape[3] in (1, 3)
    )
    if not grey_or_colour or 0 in images.shape or len(images) > MOST_PICTURES:
        raise ValueError(
            "images must have shape (n, height, width[, channels]) with n from 1 to "
            f"{MOST_PICTURES}, and 1 or 3 channels if any. Received: {images.shape}"
        )


def checked_classes(classes: Iterable[str] | int | None) -> list[str]:
    """Returns the names of the classes; none stands for the digits 0 to 9."""
    if classes is None:
        return []
    if isinstance(classes, str) or not isinstance(classes, Iterable):
        return [str(n) for n in range(checks.check_integer("classes", classes, 1))]
    names = list(classes)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise TypeError(
            f"classes must be an int, or names, none empty. Received: {classes!r}"
        )
    return [str(name) for name in names]


def checked_labels(labels: ArrayLike, count: int, classes: int) -> list[int]:
    """Returns the labels of `count` pictures as a list of ints.

    Args:
        labels: what was given.
        count: int, how many pictures there are.
        classes: int, how many classes there are.
    """
    array = np.asarray(labels)
    if array.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers. Received: {described(labels)}")
    if array.shape != (count,):
        raise ValueError(
            f"labels must have shape ({count},), one for each image. "
            f"Received: {array.shape}"
        )
    for label in (array.min(), array.max()):
        checks.check_integer("labels", label, 0, classes - 1)
    return array.tolist()


def checked_tokens(tokens: ArrayLike) -> list[int]:
    """Returns the tokens of the 256 grey levels as a list of ints."""
    array = np.asarray(tokens)
    if array.dtype.kind not in "iu":
        raise TypeError(f"tokens must be integers. Received: {described(tokens)}")
    if array.shape != (256,):
        raise ValueError(
            "tokens must have shape (256,), one for each grey level. "
            f"Received: {array.shape}"
        )
    if array.min() < 0:
        raise ValueError(f"tokens must not be negative. Received: {array.min()}")
    return array.tolist()


def described(value: Any) -> str:
    """Returns a value in words short enough for a message."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    return f"{type(value).__name__} {value!r:.60}"
