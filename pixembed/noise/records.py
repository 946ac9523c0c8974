"""What a noise is: one record of its function, its parameters and its words."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixembed.checks import check_choice, check_integer, check_new, check_number


@dataclass(frozen=True)
class Parameter:
    """One setting of a noise.

    Attributes:
        symbol: as figures and pages write it, such as `"μ"`.
        words: as a control names it, such as `"mean μ"`.
        low: the smallest value that the noise takes.
        high: the largest.
        whole: bool, whether only integers are taken.
        shown: (low, high), the part that an explorer offers; None for all.
        start: the value at which an explorer starts.
        step: the steps of an explorer.
        choices: the strings that are taken instead of numbers, if any.
    """

    symbol: str
    words: str
    low: float = 0
    high: float = 1
    whole: bool = False
    shown: tuple[float, float] | None = None
    start: float | str = 0.5
    step: float = 0.05
    choices: tuple[str, ...] = ()

    def check(self, name: str, value: Any) -> Any:
        """Returns the value as an int, a float or a str.

        Args:
            name: of the parameter, for the message.
            value: what was given.

        Raises:
            TypeError, ValueError: if it is of the wrong kind or out of range.
        """
        if self.choices:
            check_choice(name, value, self.choices)
            return str(value)
        check = check_integer if self.whole else check_number
        return check(name, value, self.low, self.high)

    @property
    def control(self) -> dict[str, Any]:
        """What a control in the browser needs, as a dict for JSON."""
        if self.choices:
            return {"label": self.words, "choices": [*self.choices]} | {
                "start": self.start
            }
        low, high = self.shown or (self.low, self.high)
        numbers = {"low": low, "high": high, "start": self.start, "step": self.step}
        return {"label": self.words, **numbers, "whole": self.whole}


@dataclass(frozen=True)
class Noise:
    """A way to change images.

    Attributes:
        name: such as `"gaussian"`.
        function: called with uint8 images (n, height, width[, channels]), the
            parameters by name, `rng` and, if `overflows`, `overflow`; returns a new
            uint8 array of the same shape.
        parameters: dict from name to `Parameter`, in the order in which they are
            written.
        words: such as `"Gaussian"`, to which "noise" is added in a sentence.
        overflows: bool, whether sums may leave 0..255, so that `overflow` matters.
    """

    name: str
    function: Callable[..., NDArray[np.uint8]]
    parameters: Mapping[str, Parameter]
    words: str
    overflows: bool = False

    def check(self, settings: Mapping[str, Any]) -> None:
        """Refuses settings that the noise does not take.

        Args:
            settings: dict from the name of a parameter to its value.

        Raises:
            TypeError, ValueError: if a name is unknown or missing, or if a value is
                of the wrong kind or out of range.
        """
        for name, value in settings.items():
            check_choice(f"a parameter of {self.name}", name, self.parameters)
            self.parameters[name].check(name, value)
        known = inspect.signature(self.function).parameters
        for name in self.parameters:
            if name not in settings and known[name].default is inspect.Parameter.empty:
                raise TypeError(f"{self.name} needs {name}. Received: {settings!r}")

    def __call__(
        self,
        images: NDArray[np.uint8],
        settings: Mapping[str, Any],
        *,
        overflow: str,
        rng: int | np.random.Generator,
    ) -> NDArray[np.uint8]:
        """Returns the images under this noise, as the function does.

        Args:
            images: uint8 array (n, height, width[, channels]), grey levels.
            settings: dict from the name of a parameter to its value.
            overflow: `"clip"` or `"wrap"`, for a noise that overflows.
            rng: int seed or `np.random.Generator`.
        """
        options = {"overflow": overflow} if self.overflows else {}
        return self.function(images, **settings, **options, rng=rng)


#: The noises by name.
NOISES: dict[str, Noise] = {}


def register(noise: Noise) -> Noise:
    """Makes a noise known under its name, which must be new; returns it.

    Raises:
        ValueError: if there is a noise of this name.

    Example:
        >>> import numpy as np
        >>> def negative(images, *, rng):
        ...     return 255 - images
        >>> noise = register(Noise("negative", negative, {}, "negative"))
        >>> noise(np.array([0, 255], "uint8"), {}, overflow="clip", rng=0)
        array([255,   0], dtype=uint8)
    """
    check_new("noise", noise.name, ["none", *NOISES])
    NOISES[noise.name] = noise
    return noise


def get(name: str) -> Noise:
    """Returns the `Noise` with the given name.

    Raises:
        ValueError: if there is no such noise.
    """
    check_choice("name", name, NOISES)
    return NOISES[name]
