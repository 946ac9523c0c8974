"""The strength explorer: stored pictures by choice and strength, and their answers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import traitlets
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from pixembed.checks import check_choice
from pixembed.widgets import checks, panels
from pixembed.widgets.explorer import Explorer, Whole, module
from pixembed.widgets.noise_explorer import PROBABILITY_STEPS, answers_of

#: What is asked for in the menu and at the slider, if nothing else is said.
TITLES = {"choice": "Choice", "strength": "Strength"}


class StrengthExplorer(Explorer):
    """Pictures made beforehand, and what several networks answer to each.

    Make one with `explore_strength`. What it shows now can be read and set: `digit`,
    `choice` and `strength`, which count from 0.
    """

    _esm = module("StrengthExplorer")

    # What is stored.
    labels = traitlets.List().tag(sync=True)
    # The names of the classes, none for the digits 0 to 9.
    classes = traitlets.List().tag(sync=True)
    shape = traitlets.List().tag(sync=True)
    titles = traitlets.Dict().tag(sync=True)
    choices = traitlets.List().tag(sync=True)
    # A list of names for each choice.
    strengths = traitlets.List().tag(sync=True)
    networks = traitlets.List().tag(sync=True)
    # uint8 (choices, strengths, pictures, *shape)
    frames = traitlets.Bytes().tag(sync=True)
    # little-endian uint16 (networks, choices, strengths, pictures, classes)
    probabilities = traitlets.Bytes().tag(sync=True)
    # little-endian uint16 (choices, strengths, pictures, height, width), or nothing
    tokens = traitlets.Bytes().tag(sync=True)
    # The last token, and whose tokens they are.
    last = Whole().tag(sync=True)
    of_what = traitlets.Unicode().tag(sync=True)

    # What is shown.
    digit = Whole().tag(sync=True)
    choice = Whole().tag(sync=True)
    strength = Whole().tag(sync=True)

    def __repr__(self):
        pictures = panels.count_of_pictures(self.labels, self.classes)
        return (
            f"Strength explorer: {pictures}, {len(self.choices)} choices, "
            f"{len(self.strengths[0])} strengths"
        )

    @property
    def image(self) -> NDArray[np.uint8]:
        """The picture that is shown, uint8 (height, width[, channels])."""
        return self._shown(self.frames, "u1").reshape(self.shape)

    @property
    def answers(self) -> dict[str, NDArray[np.floating]]:
        """What each network makes of it: dict from name to probabilities (classes,)."""
        steps = np.frombuffer(self.probabilities, "<u2")
        of_each = steps.reshape(len(self.networks), -1)
        return {
            name: self._shown(own.tobytes(), "<u2") / PROBABILITY_STEPS
            for name, own in zip(self.networks, of_each, strict=True)
        }

    def picture(self) -> Figure:
        """Draws what is shown now, for places where no JavaScript runs.

        Returns:
            `matplotlib.figure.Figure`: the picture, its tokens if there are any, and
            the answer of each network with its probability.
        """
        parts = [(1, partial(panels.draw_image, image=self.image))]
        if self.tokens:
            parts.append((1, self._draw_tokens))
        parts.append((1.6, self._draw_answers))
        return panels.draw(f"{self._in_words()}\n{self._answers_in_words()}", parts)

    def _in_words(self):
        picture = panels.picture_in_words(self.labels[self.digit], self.classes)
        strength = self.strengths[self.choice][self.strength]
        return f"{picture}; {self.choices[self.choice]}, {strength}"

    def _answers_in_words(self):
        names = self.classes or [str(digit) for digit in range(panels.DIGITS)]
        truth = self.labels[self.digit]
        found = {name: int(np.argmax(own)) for name, own in self.answers.items()}
        wrong = [
            f"{name} answers {names[answer]}"
            for name, answer in found.items()
            if answer != truth
        ]
        return f"{'; '.join(wrong)}." if wrong else "Every network is right."

    def _draw_tokens(self, axis: Axes):
        tokens = self._shown(self.tokens, "<u2").reshape(self.shape[:2])
        panels.draw_token_picture(axis, tokens, PowerNorm(0.5, 0, self.last))

    def _draw_answers(self, axis: Axes):
        names = self.classes or range(panels.DIGITS)
        truth, places = self.labels[self.digit], range(len(self.networks))
        for place, own in zip(places, self.answers.values(), strict=True):
            answer = int(np.argmax(own))
            colour = panels.RIGHT if answer == truth else panels.WRONG
            axis.barh(place, own[answer], color=colour)
            axis.text(1.03, place, names[answer], va="center", fontsize=8)
        axis.set(title="The answers", xlabel="probability", xlim=(0, 1))
        axis.set(xticks=[0, 0.5, 1], ylim=(len(places) - 0.4, -0.6))
        axis.set_yticks(places, self.networks)
        axis.tick_params(left=False)
        axis.spines[["top", "right"]].set_visible(False)

    def _shown(self, stored, dtype):
        sizes = len(self.choices), len(self.strengths[0]), len(self.labels)
        rows = np.frombuffer(stored, dtype).reshape(*sizes, -1)
        return rows[self.choice, self.strength, self.digit]

    @traitlets.validate("digit", "choice", "strength")
    def _check_choice(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        counts = {
            "digit": len(self.labels),
            "choice": len(self.choices),
            "strength": len(self.strengths[0]) if self.strengths else 0,
        }
        check_choice(name, value, range(counts[name]))
        return value


def explore_strength(
    pictures: Mapping[str, Mapping[str, NDArray[np.uint8]]],
    labels: ArrayLike,
    networks: Mapping[str, Callable[[NDArray[np.uint8]], ArrayLike]],
    *,
    tokens: Callable[[NDArray[np.uint8]], ArrayLike] | None = None,
    of_what: str = "",
    titles: Mapping[str, str] | None = None,
    classes: Iterable[str] | int | None = None,
) -> StrengthExplorer:
    """Makes a strength explorer of pictures that were made beforehand.

    Args:
        pictures: dict from a choice, such as the name of a corruption, to a dict from a
            strength, in the order of the slider, to uint8 (n, height, width[, 1 or 3]),
            1 to 10 pictures. Every choice has as many strengths as the others, and the
            same shape.
        labels: integers (n,), the true classes.
        networks: dict from a name to a function from uint8 images
            (m, height, width[, channels]) to probabilities, float (m, classes); at
            least one. Each is called once, with every picture.
        tokens: function from such images to integers (m, height, width), none negative;
            None to show no tokens.
        of_what: str, whose tokens they are, such as `"neighbours, k = 20"`.
        titles: dict with what stands above the menu, `"choice"`, and before the slider,
            `"strength"`; None for `TITLES`.
        classes: list of the names of the classes, or int, how many there are; None
            for pictures of the digits 0 to 9.

    Returns:
        `StrengthExplorer`.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.
    """
    choices, strengths, frames = _checked_pictures(pictures)
    classes = checks.checked_classes(classes)
    count = len(classes) or panels.DIGITS
    labels = checks.checked_labels(labels, frames.shape[2], count)
    every = frames.reshape(-1, *frames.shape[3:])
    stored, last = _stored_tokens(tokens, every)
    return StrengthExplorer(
        labels=labels,
        classes=classes,
        shape=list(frames.shape[3:]),
        titles=_checked_titles(titles),
        choices=choices,
        strengths=strengths,
        networks=_checked_names("networks", networks),
        frames=frames.tobytes(),
        probabilities=b"".join(
            answers_of(network, every, count) for network in networks.values()
        ),
        tokens=stored,
        last=last,
        of_what=of_what,
    )


def _checked_pictures(pictures):
    """Returns the choices, their strengths, and all pictures as one array."""
    choices = _checked_names("pictures", pictures)
    strengths = [
        _checked_names(f"pictures[{choice!r}]", pictures[choice]) for choice in choices
    ]
    counts = {len(names) for names in strengths}
    if len(counts) > 1:
        raise ValueError(
            "pictures must have as many strengths for each choice. "
            f"Received: {sorted(counts)}"
        )
    found = [image for own in pictures.values() for image in own.values()]
    for images in found:
        checks.check_images(images)
    shapes = sorted({images.shape for images in found})
    if len(shapes) > 1:
        raise ValueError(f"pictures must have one shape. Received: {shapes}")
    frames = np.stack(found).reshape(len(choices), len(strengths[0]), *shapes[0])
    return choices, strengths, frames


def _checked_names(name: str, given: Any) -> list[str]:
    """Returns the keys of a dict that must have some, all of them texts."""
    if not isinstance(given, Mapping):
        raise TypeError(f"{name} must be a dict. Received: {checks.described(given)}")
    if not given or not all(isinstance(key, str) and key for key in given):
        raise ValueError(
            f"{name} must have names as keys, at least one. Received: {[*given]}"
        )
    return [*given]


def _checked_titles(titles):
    titles = {} if titles is None else dict(titles)
    for name in titles:
        check_choice("titles", name, TITLES)
    return TITLES | titles


def _stored_tokens(tokens, images: Sequence[NDArray[np.uint8]]):
    """Returns the tokens of all pictures as bytes, and the largest."""
    if tokens is None:
        return b"", 1
    found = np.asarray(tokens(images))
    if found.dtype.kind not in "iu" or found.shape != images.shape[:3]:
        raise ValueError(
            f"tokens must return integers of shape {images.shape[:3]}. "
            f"Received: {found.dtype} of shape {found.shape}"
        )
    if found.min() < 0 or found.max() >= 2**16:
        raise ValueError(
            "tokens must return integers in 0..65535. "
            f"Received: {found.min()} to {found.max()}"
        )
    return found.astype("<u2").tobytes(), max(int(found.max()), 1)
