"""The neighbour explorer: a picture, its neighbour distances, and a shift."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import traitlets
from matplotlib.collections import LineCollection
from matplotlib.colors import PowerNorm, to_rgba
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from pixembed.checks import check_choice, check_integer, check_seed
from pixembed.noise import OVERFLOWS, apply_additive
from pixembed.options import AXES, GREY_LEVELS, check_radii
from pixembed.widgets import checks, panels
from pixembed.widgets.explorer import NO_PIXEL, Explorer, Whole, module

#: The smallest and the largest number of each slider, as in neighbour_explorer.js.
SLIDERS = {"shift": (0, 255), "std": (0, 100), "neighbours": (1, 200)}

#: The colour of a pixel's company, most of it, as in neighbour_explorer.js.
LIT, LIT_SHARE = panels.WRONG, 0.8
REACH = "#f6dcca"


class NeighbourExplorer(Explorer):
    """A picture and its neighbour distances while its grey levels are shifted.

    Make one with `explore_neighbours`. What it shows now can be read and set: `digit`;
    `shift`, which is added to every pixel; `std`, the deviation of Gaussian noise;
    `overflow`; `neighbours`, which is k; `axis`; and `pixel`, which is -1 or the place
    width · row + column of the pixel whose company is lit up.
    """

    _esm = module("NeighbourExplorer")

    # What is stored.
    labels = traitlets.List().tag(sync=True)
    # The names of the classes, none for the digits 0 to 9.
    classes = traitlets.List().tag(sync=True)
    shape = traitlets.List().tag(sync=True)
    # uint8 (pictures, *shape)
    images = traitlets.Bytes().tag(sync=True)
    # little-endian float32 (*shape), normal numbers: the noise of deviation 1
    normals = traitlets.Bytes().tag(sync=True)
    # As in `NeighbourDistance`.
    radii = traitlets.Any().tag(sync=True)

    # What is shown.
    digit = Whole().tag(sync=True)
    shift = Whole().tag(sync=True)
    std = Whole().tag(sync=True)
    overflow = traitlets.Unicode("wrap").tag(sync=True)
    neighbours = Whole(20).tag(sync=True)
    axis = traitlets.Unicode(AXES[0]).tag(sync=True)
    pixel = Whole(NO_PIXEL).tag(sync=True)

    def __repr__(self):
        pictures = panels.count_of_pictures(self.labels, self.classes)
        return f"Neighbour explorer: {pictures}, k = {self.neighbours}"

    @property
    def image(self) -> NDArray[np.uint8]:
        """The picture that is shown, noise and shift added, uint8 (height, width)."""
        clean = np.frombuffer(self.images, np.uint8).reshape(-1, *self.shape)
        normals = np.frombuffer(self.normals, "<f4").reshape(self.shape)
        noise = np.trunc(self.std * normals.astype(float)).astype(int)
        offsets = noise + self.shift
        return apply_additive(clean[self.digit], offsets, overflow=self.overflow)

    @property
    def tokens(self) -> NDArray[np.int64]:
        """The tokens of its pixels, int64 (height, width)."""
        return np.asarray(self._tokens_of(self._distances()))

    @property
    def company(self) -> NDArray[np.bool_]:
        """Which pixels are as near as the k-th neighbour, bool (height, width).

        All are False if no pixel is picked.
        """
        return self._reach()[self.image]

    def picture(self) -> Figure:
        """Draws what is shown now, for places where no JavaScript runs.

        Returns:
            `matplotlib.figure.Figure`: the picture, its tokens and its grey levels,
            the company of the picked pixel in colour.
        """
        parts = [
            (1, self._draw_picture),
            (1, self._draw_tokens),
            (1.3, self._draw_levels),
        ]
        return panels.draw(self._in_words(), parts)

    def _distances(self):
        """Grey levels from each pixel to its k-th neighbour, or infinity."""
        image, k = self.image, self.neighbours
        if k >= image.size:
            return np.full(image.shape, np.inf)
        apart = _levels_apart(self.axis)[:, image.ravel()]
        # The nearest to a pixel is the pixel itself.
        return np.partition(apart, k, axis=1)[:, k].astype(float)[image]

    def _reach(self):
        """Which grey levels are as near to the pixel as its k-th neighbour, (256,)."""
        if self.pixel == NO_PIXEL:
            return np.zeros(GREY_LEVELS, bool)
        apart = _levels_apart(self.axis)[self.image.flat[self.pixel]]
        return apart <= self._distances().flat[self.pixel]

    def _tokens_of(self, distances):
        steps = range(self.radii) if isinstance(self.radii, int) else self.radii
        return np.searchsorted(steps, distances)

    def _in_words(self):
        picture = panels.picture_in_words(self.labels[self.digit], self.classes)
        parts = [picture, f"{self.shift} added", f"overflow: {self.overflow}"]
        if self.std:
            parts.insert(1, f"Gaussian noise, σ = {self.std}")
        return f"{'; '.join(parts)}\n{self._company_in_words()}"

    def _company_in_words(self):
        if self.pixel == NO_PIXEL:
            return f"k = {self.neighbours}; no pixel is picked."
        level, k = self.image.flat[self.pixel], self.neighbours
        distance = self._distances().flat[self.pixel]
        token = self._tokens_of(distance)
        said = f"Grey level {level}, k = {k}: {_distance_in_words(distance, k)}."
        return said if token == distance else f"{said} Its token is {token}."

    def _draw_picture(self, axis):
        panels.draw_image(axis, self.image)
        self._light(axis)

    def _draw_tokens(self, axis):
        last = self._tokens_of(np.inf)
        panels.draw_token_picture(axis, self.tokens, PowerNorm(0.5, 0, last))
        self._light(axis)

    def _light(self, axis):
        colours = np.zeros((*self.shape, 4))
        colours[self.company] = to_rgba(LIT, LIT_SHARE)
        axis.imshow(colours)
        if self.pixel != NO_PIXEL:
            row, column = divmod(self.pixel, self.shape[1])
            for colour, size, width in (("white", 7, 3), (LIT, 7, 1.5)):
                axis.plot(column, row, "s", mfc="none", mec=colour, ms=size, mew=width)

    def _draw_levels(self, axis):
        form, levels = FORMS[self.axis], np.arange(GREY_LEVELS)
        image, reach = self.image, self._reach()
        counts = np.bincount(image.ravel(), minlength=GREY_LEVELS)
        heights = np.log1p(counts) / np.log1p(image.size)
        axis.add_collection(form.lines(levels[reach], 0, 1, colors=REACH, lw=2))
        for chosen, colour in ((~reach, panels.RIGHT), (reach, LIT)):
            used = levels[chosen & (counts > 0)]
            axis.add_collection(form.lines(used, 0, heights[used], colors=colour))
        greys = [str(level / 255) for level in levels]
        axis.add_collection(form.lines(levels, *form.strip, colors=greys))
        axis.add_collection(form.lines([self.shift], *form.hand, colors="black", lw=2))
        for level in form.names:
            x, y = form.at(level, form.names_at)
            axis.text(x, y, level, ha="center", va="center", fontsize=8)
        axis.set(title="Its grey levels", xlim=form.limits[0], ylim=form.limits[1])
        axis.set_aspect(form.aspect)
        axis.axis("off")

    @traitlets.validate("digit", "axis", "overflow")
    def _check_choice(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        digits = range(len(self.labels))
        choices = {"digit": digits, "axis": AXES, "overflow": OVERFLOWS}[name]
        check_choice(name, value, choices)
        return value

    @traitlets.validate(*SLIDERS)
    def _check_slider(self, proposal):
        name = proposal["trait"].name
        return check_integer(name, proposal["value"], *SLIDERS[name])

    @traitlets.validate("pixel")
    def _check_pixel(self, proposal):
        last = math.prod(self.shape) - 1
        return check_integer("pixel", proposal["value"], NO_PIXEL, last)


@dataclass(frozen=True)
class Form:
    """How a histogram is laid out: the twin of a form in neighbour_explorer.js.

    `at` turns levels and heights, 0 to 1 for bars, into places (x, y).
    """

    at: Callable[[ArrayLike, ArrayLike], tuple[Any, Any]]
    strip: tuple[float, float]
    hand: tuple[float, float]
    names: tuple[int, ...]
    names_at: float
    limits: tuple[tuple[float, float], tuple[float, float]]
    aspect: str

    def lines(
        self, levels: ArrayLike, low: ArrayLike, high: ArrayLike, **style: Any
    ) -> LineCollection:
        """Returns a line for each level, from one height to another."""
        ends = [
            np.transpose(np.broadcast_arrays(*self.at(levels, height)))
            for height in (low, high)
        ]
        return LineCollection(np.stack(ends, axis=1), **{"lw": 0.9, **style})


def _on_the_clock(levels, heights):
    angles = 2 * np.pi * np.asarray(levels) / GREY_LEVELS
    radii = 36 / 64 + np.asarray(heights)
    return radii * np.sin(angles), radii * np.cos(angles)


FORMS = {
    "circle": Form(
        at=_on_the_clock,
        strip=(-0.16, -0.05),
        hand=(-0.22, -0.55),
        names=(0, 64, 128, 192),
        names_at=1.26,
        limits=((-2, 2), (-1.85, 1.85)),
        aspect="equal",
    ),
    "line": Form(
        at=lambda levels, heights: (np.asarray(levels), np.asarray(heights)),
        strip=(-0.055, -0.012),
        hand=(-0.075, -0.115),
        names=(0, 64, 128, 192, 255),
        names_at=-0.19,
        limits=((-6, 261), (-0.25, 1)),
        aspect="auto",
    ),
}


def explore_neighbours(
    images: NDArray[np.uint8],
    labels: ArrayLike,
    *,
    neighbours: int = 20,
    radii: int | Iterable[int] = 64,
    axis: str = "circle",
    seed: int = 0,
    classes: Iterable[str] | int | None = None,
) -> NeighbourExplorer:
    """Makes a neighbour explorer, at whose start the loneliest pixel is picked.

    Args:
        images: uint8 (n, height, width[, 1]), 1 to 10 pictures, in grey levels.
        labels: integers (n,), the true classes.
        neighbours: int k, 1 to 200, at the start.
        radii: int or ascending ints, as in `pixembed.layers.NeighbourDistance`.
        axis: `"circle"` or `"line"`, at the start.
        seed: int seed of the noise.
        classes: list of the names of the classes, or int, how many there are; None
            for pictures of the digits 0 to 9.

    Returns:
        `NeighbourExplorer`, whose tokens are those of
        `pixembed.layers.NeighbourDistance`.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind or out of range.
    """
    checks.check_images(images)
    if images.ndim == 4 and images.shape[3] != 1:
        raise ValueError(
            "images must have one channel: each channel has neighbours of its own. "
            f"Received: {images.shape}"
        )
    shape = images.shape[1:3]
    classes = checks.checked_classes(classes)
    labels = checks.checked_labels(labels, len(images), len(classes) or panels.DIGITS)
    normals = np.random.default_rng(check_seed("seed", seed)).standard_normal(shape)
    explorer = NeighbourExplorer(
        labels=labels,
        classes=classes,
        shape=list(shape),
        images=images.tobytes(),
        normals=normals.astype("<f4").tobytes(),
        radii=check_radii(radii),
        neighbours=neighbours,
        axis=axis,
    )
    explorer.pixel = explorer.tokens.argmax()
    return explorer


def _levels_apart(axis):
    """How far each two grey levels lie apart, (256, 256)."""
    levels = np.arange(GREY_LEVELS)
    apart = np.abs(levels[:, None] - levels)
    return apart if axis == "line" else np.minimum(apart, GREY_LEVELS - apart)


def _ordinal(number):
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}th" if number // 10 % 10 == 1 else f"{number}{ending}"


def _distance_in_words(distance, k):
    if distance == np.inf:
        return f"there are fewer than {k} other pixels"
    if distance == 0:
        return f"the {_ordinal(k)} neighbour has the same grey level"
    levels = "level" if distance == 1 else "levels"
    return f"the {_ordinal(k)} neighbour is {distance:.0f} grey {levels} away"
