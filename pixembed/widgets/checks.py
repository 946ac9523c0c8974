"""What all explorers ask of their arguments; each message names the argument."""

import numpy as np

MOST_DIGITS = 10


def check_images(images):
    """Refuses what is not 1 to 10 digits, uint8 (n, 28, 28)."""
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
        raise TypeError(
            f"images must be a NumPy array of uint8. Received: {described(images)}"
        )
    fits = images.ndim == 3 and images.shape[1:] == (28, 28)
    if not fits or not 1 <= len(images) <= MOST_DIGITS:
        raise ValueError(
            f"images must have shape (n, 28, 28) with n from 1 to {MOST_DIGITS}. "
            f"Received: {images.shape}"
        )


def checked_labels(labels, count):
    """Returns the labels of `count` digits as a list of ints 0 to 9."""
    array = np.asarray(labels)
    if array.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers. Received: {described(labels)}")
    if array.shape != (count,):
        raise ValueError(
            f"labels must have shape ({count},), one for each image. "
            f"Received: {array.shape}"
        )
    if array.min() < 0 or array.max() > 9:
        raise ValueError(
            f"labels must be digits from 0 to 9. Received: {array.tolist()}"
        )
    return array.tolist()


def checked_tokens(tokens):
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


def check_choice(name, value, choices):
    """Refuses a value that is not one of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {choices}. Received: {value!r}")


def described(value):
    """Returns a value in words short enough for a message."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    return f"{type(value).__name__} {value!r:.60}"
