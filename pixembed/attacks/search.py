"""Attacks: pictures near others, in whole grey levels, that a network gets wrong."""

from collections.abc import Callable
from functools import partial

import numpy as np
from keras import ops
from numpy.typing import NDArray

from pixembed.attacks.gradients import margins, with_gradient
from pixembed.attacks.straight_through import (
    CODES,
    front_end_layers,
    straight_through,
    table_of,
)
from pixembed.backend import keras
from pixembed.checks import check_integer, check_seed
from pixembed.data import check_labelled
from pixembed.options import GREY_LEVELS

#: Pictures at a time; more need more memory, and change nothing else.
BATCH = 100

#: The first of many steps is epsilon divided by this, or one grey level.
FIRST_STEP = 4

#: From images, labels and epsilon, with steps, restarts and seed, to attacked images.
Walk = Callable[..., NDArray[np.uint8]]


def fgsm(
    model: keras.Model,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    epsilon: int,
    *,
    reach: int = 16,
) -> NDArray[np.uint8]:
    """Moves every pixel once, by `epsilon` grey levels, against the true class.

    Args, Returns and Raises are those of `pgd`.

    Reference: Goodfellow, Shlens and Szegedy, *Explaining and harnessing adversarial
    examples*, 2015; theirs follows the cross-entropy, this one the margin.
    """
    return pgd(model, images, labels, epsilon, steps=1, reach=reach)


def pgd(
    model: keras.Model,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    epsilon: int,
    *,
    steps: int = 40,
    restarts: int = 0,
    reach: int = 16,
    until: float = 0.0,
    seed: int = 0,
) -> NDArray[np.uint8]:
    """Moves pixels step by step against the true class, never farther than `epsilon`.

    Each step follows the sign of the margin's gradient; where tokens have none, that of
    `straight_through`. A single step is `epsilon` long; several shrink from a quarter
    of it to one grey level. The first walk begins at the picture itself, the others
    anywhere within `epsilon`.

    Args:
        model: `keras.Model`, uint8 (batch, height, width[, channels]) to logits.
        images: uint8 array (n, height, width[, channels]), grey levels.
        labels: integers (n,), the true classes.
        epsilon: int, 1 to 255, how many grey levels a pixel may change.
        steps: int, of each walk.
        restarts: int, walks beside the first, for pictures that are still right.
        reach: int, as in `straight_through`.
        until: number; a walk ends when the margin is smaller. The default ends it at
            the first wrong answer, minus infinity never.
        seed: int, of where the other walks begin.

    Returns:
        uint8 array like `images`, no pixel farther than `epsilon` from its own: of all
        pictures on the walks those with the smallest margins.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind, shape or range, or
            if no way back through the network's front end is known.

    Reference: Madry, Makelov, Schmidt, Tsipras and Vladu, *Towards deep learning models
    resistant to adversarial attacks*, 2018.
    """
    walk = along_slopes(model, reach)
    options = {"steps": steps, "restarts": restarts, "until": until, "seed": seed}
    return walk(images, labels, epsilon, **options)


def pick_levels(
    model: keras.Model,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    epsilon: int,
    *,
    steps: int = 40,
    restarts: int = 0,
    until: float = 0.0,
    seed: int = 0,
) -> NDArray[np.uint8]:
    """Gives pixels the levels within reach whose numbers the true class likes least.

    What a level is worth is read off the gradient with respect to the channels behind
    the front end, which every network has. In each step a share of the pixels moves,
    those with most to gain; it shrinks.

    Args, Returns and Raises are those of `pgd`, for networks whose front end is one of
    `pixembed.attacks.CODES`.

    Reference: the discrete attacks of Buckman, Roy, Raffel and Goodfellow, *Thermometer
    encoding: one hot way to resist adversarial examples*, 2018.
    """
    walk = from_level_to_level(model)
    options = {"steps": steps, "restarts": restarts, "until": until, "seed": seed}
    return walk(images, labels, epsilon, **options)


def random_search(
    model: keras.Model,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    epsilon: int,
    *,
    queries: int = 300,
    seed: int = 0,
) -> NDArray[np.uint8]:
    """Tries squares of other levels, and keeps those that bring the margin down.

    It asks for logits alone, and so is stopped by no missing gradient. It begins with
    stripes; then a square at a random place is moved up, down or back, and the squares
    shrink.

    Args:
        model: `keras.Model`, as in `pgd`.
        images: uint8 array (n, height, width[, channels]), grey levels.
        labels: integers (n,), the true classes.
        epsilon: int, 1 to 255, how many grey levels a pixel may change.
        queries: int, how often the network is asked about each picture.
        seed: int, of stripes and squares.

    Returns, Raises: as in `pgd`.

    Reference: the idea is that of Andriushchenko, Croce, Flammarion and Hein, *Square
    attack*, 2020.
    """
    check_attacked(model, images, labels, epsilon)
    queries = check_integer("queries", queries, 1)
    rng = np.random.default_rng(check_seed("seed", seed))
    clean, best = images.astype("int16"), images.copy()
    least = leads_of(model, images, labels)
    stripes = rng.choice([-epsilon, epsilon], (len(images), 1, *images.shape[2:]))
    tried = np.clip(clean + stripes, 0, GREY_LEVELS - 1)
    for query in range(queries):
        tried = tried.astype("uint8")
        leads = leads_of(model, tried, labels)
        better = leads < least
        best[better], least[better] = tried[better], leads[better]
        side = max(round(0.5 * images.shape[1] * (1 - query / queries) ** 2), 1)
        tried = _with_squares(best, clean, epsilon, side, rng)
    return best


def leads_of(
    model: keras.Model, images: NDArray[np.uint8], labels: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Returns the margins of the network itself, which reads uint8.

    Args:
        model: `keras.Model`, as in `pgd`.
        images: uint8 array (n, height, width[, channels]), grey levels.
        labels: integers (n,), the true classes.

    Returns:
        float32 (n,), negative where the answer is wrong.
    """
    found = [
        margins(model(images[rows], training=False), labels[rows])
        for rows in _batches(len(images))
    ]
    return np.concatenate([ops.convert_to_numpy(one) for one in found])


def check_attacked(
    model: keras.Model,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    epsilon: int,
) -> None:
    """Refuses what cannot be attacked.

    Args:
        model: `keras.Model`, as in `pgd`.
        images: uint8 array (n, height, width[, channels]), grey levels.
        labels: integers (n,), the true classes.
        epsilon: int, 1 to 255.

    Raises:
        TypeError, ValueError: if an argument is of the wrong kind, shape or range.
    """
    check_labelled(images, labels)
    takes = tuple(model.input_shape[1:])
    if not len(images) or images.shape[1:] != takes:
        raise ValueError(
            f"images must have shape (n, {', '.join(map(str, takes))}), those that the "
            f"network takes, and at least one. Received: {images.shape}"
        )
    classes = model.output_shape[-1]
    for label in (labels.min(), labels.max()):
        check_integer("labels", label, 0, classes - 1)
    check_integer("epsilon", epsilon, 1, GREY_LEVELS - 1)


def along_slopes(model: keras.Model, reach: int = 16) -> Walk:
    """Returns `pgd` for one network and one reach, prepared for many calls.

    Args:
        model: `keras.Model`, as in `pgd`.
        reach: int, 1 to 255, as in `straight_through`.
    """
    way_back = straight_through(model, reach)
    leads_and_slope = with_gradient(
        lambda levels, labels: margins(way_back(levels, training=False), labels)
    )

    def step(current, labels, low, high, size, share):
        leads, slope = leads_and_slope(current, labels)
        moves = size * np.sign(slope)
        return leads, np.clip(current - moves, low, high).astype("int16")

    return partial(_walks, model, step)


def from_level_to_level(model: keras.Model) -> Walk:
    """Returns `pick_levels` for one network, prepared for many calls.

    Args:
        model: `keras.Model`, as in `pick_levels`.
    """
    front = front_end_layers(model)
    if len(front) != 1 or not isinstance(front[0], CODES):
        names = [code.__name__ for code in CODES]
        raise ValueError(
            f"pick_levels takes networks whose front end is one of {names}. "
            f"Received: {[type(layer).__name__ for layer in front]}"
        )
    table, levels = table_of(front[0]), np.arange(GREY_LEVELS)
    behind = keras.Model(front[0].output, model.output)
    leads_and_slope = with_gradient(
        lambda channels, labels: margins(behind(channels, training=False), labels)
    )

    def step(current, labels, low, high, size, share):
        channels = table[current].reshape(*current.shape[:3], -1)
        leads, slope = leads_and_slope(channels, labels)
        worth = slope.reshape(*current.shape, -1) @ table.T
        now = np.take_along_axis(worth, current[..., None].astype(int), -1)[..., 0]
        worth[(levels < low[..., None]) | (levels > high[..., None])] = np.inf
        gain = now - worth.min(axis=-1)
        least = np.quantile(gain.reshape(len(gain), -1), 1 - share, axis=1)
        moves = gain > least.reshape(-1, *[1] * (gain.ndim - 1))
        return leads, np.where(moves, worth.argmin(axis=-1), current).astype("int16")

    return partial(_walks, model, step)


def _walks(
    model, step, images, labels, epsilon, *, steps=40, restarts=0, until=0.0, seed=0
):
    """The pictures with the smallest margins on several walks."""
    check_attacked(model, images, labels, epsilon)
    steps = check_integer("steps", steps, 1)
    restarts = check_integer("restarts", restarts, 0)
    rng = np.random.default_rng(check_seed("seed", seed))
    first = epsilon if steps == 1 else max(epsilon / FIRST_STEP, 1)
    # Where they led is seen a step later, so that a last one follows.
    sizes, shares = np.linspace([first, 1], [1, 1 / steps], steps + 1).T
    pace = [*zip(np.rint(sizes), shares, strict=True)]
    found = [
        _walked(step, images[rows], labels[rows], epsilon, pace, restarts, until, rng)
        for rows in _batches(len(images))
    ]
    return np.concatenate(found)


def _walked(step, images, labels, epsilon, pace, restarts, until, rng):
    clean = images.astype("int16")
    low = np.maximum(clean - epsilon, 0)
    high = np.minimum(clean + epsilon, GREY_LEVELS - 1)
    best, least = clean.copy(), np.full(len(clean), np.inf, "float32")
    for walk in range(restarts + 1):
        rows = np.flatnonzero(least >= until)
        current = clean[rows]
        if walk:
            current = rng.integers(low[rows], high[rows] + 1).astype("int16")
        for size, share in pace:
            if not len(rows):
                break
            reach = labels[rows], low[rows], high[rows]
            leads, following = step(current, *reach, size, share)
            better = leads < least[rows]
            best[rows[better]], least[rows[better]] = current[better], leads[better]
            on = least[rows] >= until
            rows, current = rows[on], following[on]
    return best.astype("uint8")


def _with_squares(best, clean, epsilon, side, rng):
    """The pictures, in each a square of clean pixels moved up, down or back."""
    count, height, width = best.shape[:3]
    tops = rng.integers(0, max(height - side, 0) + 1, count)
    lefts = rng.integers(0, max(width - side, 0) + 1, count)
    rows = np.arange(height) - tops[:, None]
    columns = np.arange(width) - lefts[:, None]
    inside = ((rows >= 0) & (rows < side))[:, :, None] & (
        (columns >= 0) & (columns < side)
    )[:, None]
    moves = rng.choice([-epsilon, 0, epsilon], (count, 1, 1, *best.shape[3:]))
    moved = np.clip(clean + moves, 0, GREY_LEVELS - 1)
    return np.where(inside.reshape(inside.shape + (1,) * (best.ndim - 3)), moved, best)


def _batches(count):
    return [slice(first, first + BATCH) for first in range(0, count, BATCH)]
