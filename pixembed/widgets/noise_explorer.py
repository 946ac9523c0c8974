"""The noise explorer: pictures under given noises, stored in the widget."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from pixembed.checks import check_choice
from pixembed.noise import CLEAN, NOISES, OVERFLOWS, Case, add_noise
from pixembed.widgets import checks, panels
from pixembed.widgets.explorer import Explorer, Whole, module

#: Probabilities are stored as 16-bit integers, in these steps.
PROBABILITY_STEPS = 65535


class NoiseExplorer(Explorer):
    """A picture under noise: its grey levels, its tokens and a network's answer.

    Make one with `explore_noise`. What it shows now can be read and set: `digit`,
    `kind`, `strength` (0 is no noise) and `overflow`.
    """

    _esm = module("NoiseExplorer")

    # What is stored. Settings are dicts of kind, strength, label and overflow, which is
    # None where nothing overflows.
    labels = traitlets.List().tag(sync=True)
    # The names of the classes, none for the digits 0 to 9.
    classes = traitlets.List().tag(sync=True)
    shape = traitlets.List().tag(sync=True)
    kinds = traitlets.Dict().tag(sync=True)
    settings = traitlets.List().tag(sync=True)
    # uint8 (pictures, settings, *shape)
    frames = traitlets.Bytes().tag(sync=True)
    # little-endian uint16 (pictures, settings, classes), or nothing
    probabilities = traitlets.Bytes().tag(sync=True)
    # The token of each grey level, or nothing.
    tokens = traitlets.List().tag(sync=True)

    # What is shown.
    digit = Whole().tag(sync=True)
    kind = traitlets.Unicode().tag(sync=True)
    strength = Whole().tag(sync=True)
    overflow = traitlets.Unicode(OVERFLOWS[0]).tag(sync=True)

    def __repr__(self):
        pictures = panels.count_of_pictures(self.labels, self.classes)
        return f"Noise explorer: {pictures}, {len(self.settings)} settings"

    def picture(self) -> Figure:
        """Draws what is shown now, for places where no JavaScript runs.

        Returns:
            `matplotlib.figure.Figure`: the picture, its tokens if they are known, its
            grey levels, and the answers of the network if there is one.
        """
        truth, title = self.labels[self.digit], self._in_words()
        image = self._shown(self.frames, "u1", self.shape)
        parts = [(1, partial(panels.draw_image, image=image))]
        if self.tokens:
            tokens = partial(panels.draw_tokens, image=image, tokens=self.tokens)
            parts.append((1, tokens))
        parts.append((1.3, partial(panels.draw_histogram, image=image)))
        if self.probabilities:
            steps = self._shown(self.probabilities, "<u2", (-1,))
            answers = (steps / PROBABILITY_STEPS, truth, self.classes)
            parts.append((1.2, lambda axis: panels.draw_answers(axis, *answers)))
            title += f"\n{panels.answer_in_words(*answers)}"
        return panels.draw(title, parts)

    def _in_words(self):
        picture = panels.picture_in_words(self.labels[self.digit], self.classes)
        setting = self.settings[self._setting_shown()]
        parts = [setting["label"]]
        if self.strength > 0:
            parts.insert(0, self.kinds[self.kind])
        if setting["overflow"]:
            parts.append(f"overflow: {self.overflow}")
        return f"{picture}; {', '.join(parts)}"

    def _shown(self, stored, dtype, shape):
        rows = len(self.labels) * len(self.settings)
        row = self.digit * len(self.settings) + self._setting_shown()
        return np.frombuffer(stored, dtype).reshape(rows, -1)[row].reshape(shape)

    def _setting_shown(self):
        if self.strength == 0:
            return 0
        wanted = (self.kind, self.strength)
        found = (
            (setting["kind"], setting["strength"]) == wanted
            and setting["overflow"] in (self.overflow, None)
            for setting in self.settings
        )
        return list(found).index(True)

    @traitlets.validate("digit", "kind", "strength", "overflow")
    def _check_choice(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        check_choice(name, value, self._choices(name))
        return value

    @traitlets.observe("kind")
    def _keep_strength_in_reach(self, _change):
        self.strength = min(self.strength, self._choices("strength")[-1])

    def _choices(self, name):
        if name == "digit":
            return list(range(len(self.labels)))
        if name == "kind":
            return list(self.kinds)
        if name == "strength":
            of_kind = {s["strength"] for s in self.settings if s["kind"] == self.kind}
            return [0, *sorted(of_kind)]
        return list(OVERFLOWS)


def explore_noise(
    images: NDArray[np.uint8],
    labels: ArrayLike,
    cases: Mapping[str, list[Case] | tuple[Case, ...]],
    *,
    predict: Callable[[NDArray[np.uint8]], ArrayLike] | None = None,
    tokens: ArrayLike | None = None,
    seed: int = 0,
    classes: Iterable[str] | int | None = None,
) -> NoiseExplorer:
    """Makes a noise explorer: pictures under every case, their tokens, and answers.

    Args:
        images: uint8 (n, height, width[, 1 or 3]), 1 to 10 clean pictures, in grey
            levels.
        labels: integers (n,), the true classes.
        cases: dict from the name of a noise, as in `pixembed.noise.NOISES`, to its
            cases, in the order of the slider. The clean picture always comes first: a
            case "none" may be in the list and changes nothing.
        predict: function from uint8 images (m, *images.shape[1:]) to probabilities,
            float (m, classes). It is called once, with every picture that can be
            shown. None for no network.
        tokens: integers (256,), the token of each grey level, none negative; None to
            show no tokens.
        seed: int seed of the noise, as in `pixembed.noise.add_noise`.
        classes: list of the names of the classes, or int, how many there are; None
            for pictures of the digits 0 to 9.

    Returns:
        `NoiseExplorer`, whose pictures are exactly those of `add_noise`.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.
    """
    checks.check_images(images)
    classes = checks.checked_classes(classes)
    count = len(classes) or panels.DIGITS
    labels = checks.checked_labels(labels, len(images), count)
    cases = _checked_cases(cases)
    tokens = [] if tokens is None else checks.checked_tokens(tokens)
    settings = [_setting("none", 0, CLEAN, None)]
    frames = [images]
    for kind, strength, case, overflow in _noisy_settings(cases):
        settings.append(_setting(kind, strength, case, overflow))
        any_overflow = overflow or OVERFLOWS[0]
        frames.append(add_noise(images, case, seed=seed, overflow=any_overflow))
    frames = np.stack(frames, axis=1)
    return NoiseExplorer(
        labels=labels,
        classes=classes,
        shape=list(images.shape[1:]),
        kinds={kind: f"{NOISES[kind].words} noise" for kind in cases},
        settings=settings,
        frames=frames.tobytes(),
        probabilities=b""
        if predict is None
        else answers_of(predict, frames.reshape(-1, *images.shape[1:]), count),
        tokens=tokens,
        kind=next(iter(cases)),
    )


def _setting(kind, strength, case, overflow):
    return {
        "kind": kind,
        "strength": strength,
        "label": case.label,
        "overflow": overflow,
    }


def _noisy_settings(cases):
    return [
        (kind, strength, case, overflow)
        for kind, of_kind in cases.items()
        for strength, case in enumerate(of_kind, start=1)
        for overflow in (OVERFLOWS if case.overflows else (None,))
    ]


def _checked_cases(cases):
    if not isinstance(cases, Mapping):
        raise TypeError(
            "cases must be a dict from noise kind to cases. "
            f"Received: {checks.described(cases)}"
        )
    if not cases or not set(cases) <= set(NOISES):
        raise ValueError(
            f"cases must have keys from {list(NOISES)}. Received: {list(cases)}"
        )
    return {kind: _noisy_cases(kind, of_kind) for kind, of_kind in cases.items()}


def _noisy_cases(kind, of_kind):
    if not isinstance(of_kind, list | tuple):
        raise TypeError(
            f"cases[{kind!r}] must be a list of cases. "
            f"Received: {checks.described(of_kind)}"
        )
    for case in of_kind:
        if not isinstance(case, Case):
            raise TypeError(
                f"cases[{kind!r}] must hold pixembed.noise.Case. "
                f"Received: {checks.described(case)}"
            )
        if case.kind not in (kind, "none"):
            raise ValueError(
                f"cases[{kind!r}] must hold cases of that kind. Received: {case.kind!r}"
            )
    noisy = [case for case in of_kind if case.kind == kind]
    if not noisy:
        raise ValueError(f"cases[{kind!r}] must hold a noisy case. Received: {of_kind}")
    return noisy


def answers_of(
    predict: Callable[[NDArray[np.uint8]], ArrayLike],
    images: NDArray[np.uint8],
    classes: int,
) -> bytes:
    """Returns the answers to pictures as explorers store them.

    Args:
        predict: function from uint8 images to probabilities, float (n, classes).
        images: uint8 array (n, height, width[, channels]).
        classes: int, how many there are.

    Returns:
        bytes of little-endian uint16 (n, classes), in steps of `PROBABILITY_STEPS`.

    Raises:
        TypeError, ValueError: if it is no function, or returns no probabilities.
    """
    if not callable(predict):
        raise TypeError(
            f"predict must be a function. Received: {checks.described(predict)}"
        )
    answers = np.asarray(predict(images))
    if answers.shape != (len(images), classes):
        raise ValueError(
            f"predict must return an array of shape ({len(images)}, {classes}). "
            f"Received: {answers.shape}"
        )
    sums = answers.sum(axis=1, dtype=float)
    if not (np.all(answers >= 0) and np.allclose(sums, 1, atol=1e-3)):
        raise ValueError(
            "predict must return probabilities: none negative, each row adding up "
            f"to 1. Received: values from {answers.min()} to {answers.max()}, "
            f"sums from {sums.min()} to {sums.max()}"
        )
    steps = np.rint(np.clip(answers, 0, 1) * PROBABILITY_STEPS)
    return steps.astype("<u2").tobytes()
