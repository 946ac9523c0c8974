"""Noise settings, and images under them."""

import sys
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixembed.checks import check_choice, check_images, check_seed
from pixembed.noise.additive import OVERFLOWS
from pixembed.noise.records import NOISES


@dataclass(frozen=True)
class Case:
    """One noise setting.

    Attributes:
        kind: `"none"`, or the name of a noise.
        settings: pairs (parameter name, value), numbers in grey levels.

    Raises:
        TypeError, ValueError: if there is no such noise, or if it does not take the
            settings.
    """

    kind: str
    settings: tuple[tuple[str, float | str], ...] = ()

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, ["none", *NOISES])
        if self.kind != "none":
            NOISES[self.kind].check(self.parameters)
        elif self.settings:
            raise ValueError(f"no noise has no settings. Received: {self.settings!r}")

    @property
    def parameters(self) -> dict[str, Any]:
        """The settings as a dict, ready for the noise function."""
        return dict(self.settings)

    @property
    def overflows(self) -> bool:
        """Whether sums may leave 0..255, so that `overflow` matters."""
        return self.kind != "none" and NOISES[self.kind].overflows

    @property
    def label(self) -> str:
        """The case as the paper writes it, such as `"μ = 25, σ = 5"`.

        Where the terminal has no such letters, the parameters have their names.

        Example:
            >>> impulse(0.1, 50).label
            'p = 0.1, v = 50'
        """
        if self.kind == "none":
            return "no noise"
        known = NOISES[self.kind].parameters
        symbols = {name: known[name].symbol for name, _ in self.settings}
        if not _readable("".join(symbols.values())):
            symbols = {name: name for name in symbols}
        return ", ".join(f"{symbols[n]} = {_plain(v)}" for n, v in self.settings)

    @property
    def key(self) -> str:
        """The case in plain letters, such as `"gaussian mean=25 std=5"`.

        Example:
            >>> impulse(0.1, 50).key
            'impulse probability=0.1 value=50'
        """
        return " ".join([self.kind, *(f"{n}={_plain(v)}" for n, v in self.settings)])


def _plain(value):
    """Writes 25.0 like 25: they are equal, so they make one case."""
    if isinstance(value, str):
        return value
    return int(value) if value == int(value) else float(value)


def _value(text):
    """Reads what `_plain` has written."""
    for number in (int, float):
        with suppress(ValueError):
            return number(text)
    return text


def _readable(text):
    """Whether the terminal has these letters."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


CLEAN = Case("none")


def gaussian(mean: float, std: float) -> Case:
    """Returns the case of additive Gaussian noise, mean and std in grey levels.

    Example:
        >>> gaussian(25, 5).parameters
        {'mean': 25, 'std': 5}
    """
    return Case("gaussian", (("mean", mean), ("std", std)))


def impulse(probability: float, value: int) -> Case:
    """Returns the case of additive impulse noise, value in grey levels.

    Example:
        >>> impulse(0.1, 50).parameters
        {'probability': 0.1, 'value': 50}
    """
    return Case("impulse", (("probability", probability), ("value", value)))


def from_key(key: str) -> Case:
    """Returns the case of a key.

    Args:
        key: str, as `Case.key` writes it.

    Raises:
        TypeError, ValueError: if there is no such noise, or if it does not take the
            settings.

    Example:
        >>> from_key("impulse probability=0.1 value=50").parameters
        {'probability': 0.1, 'value': 50}
    """
    kind, *settings = key.split(" ")
    pairs = (setting.partition("=") for setting in settings)
    return Case(kind, tuple((name, _value(text)) for name, _, text in pairs))


def add_noise(
    images: NDArray[np.uint8], case: Case, *, seed: int, overflow: str
) -> NDArray[np.uint8]:
    """Adds the noise of a case to images.

    What is drawn depends on the seed and the case alone: not on the overflow, and
    not on the cases before.

    Args:
        images: uint8 array (n, height, width[, channels]), grey levels; it is not
            changed.
        case: `Case`.
        seed: int, not negative.
        overflow: `"clip"` or `"wrap"`; nothing to a noise that does not overflow.

    Returns:
        uint8 array of the same shape; without noise it is `images` itself.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or range.

    Example:
        >>> import numpy as np
        >>> images = np.array([[[0, 100, 200, 250]]], "uint8")
        >>> add_noise(images, gaussian(25, 5), seed=0, overflow="clip")
        array([[[ 22, 124, 227, 255]]], dtype=uint8)
    """
    seed = check_seed("seed", seed)
    check_images(images)
    check_choice("overflow", overflow, OVERFLOWS)
    if case.kind == "none":
        return images
    rng = np.random.default_rng([seed, zlib.crc32(case.key.encode())])
    return NOISES[case.kind](images, case.parameters, overflow=overflow, rng=rng)


def add_one_of(
    images: NDArray[np.uint8],
    cases: Sequence[Case],
    *,
    seed: int | Sequence[int],
    overflow: str,
) -> NDArray[np.uint8]:
    """Adds to each image the noise of one of the cases, drawn for it.

    Args:
        images: uint8 array (n, height, width[, channels]), grey levels; it is not
            changed.
        cases: sequence of `Case`, each as likely as the others; not empty.
        seed: int or sequence of ints, none negative.
        overflow: `"clip"` or `"wrap"`.

    Returns:
        uint8 array of the same shape.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or range.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.integers(len(cases), size=len(images))
    noisy = images.copy()
    for number, case in enumerate(cases):
        rows = chosen == number
        own = int(rng.integers(2**31))
        noisy[rows] = add_noise(images[rows], case, seed=own, overflow=overflow)
    return noisy
