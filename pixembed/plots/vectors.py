"""The vectors of grey levels: maps, similarities, and what networks read with them."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

_LEVELS = "cividis"
_BARS = ("#0072B2", "0.65", "#56B4E9", "#E69F00", "#CC79A7", "#009E73")


def scatter(
    across: Sequence[float] | NDArray[np.number],
    up: Sequence[float] | NDArray[np.number],
    levels: NDArray[np.integer],
    *,
    marks: Mapping[int, str],
) -> Axes:
    """Draws a dot for each grey level, coloured by it, with a colour bar.

    Args:
        across: numbers (n,), the horizontal places.
        up: numbers (n,), the vertical places.
        levels: integer array (n,), the grey levels.
        marks: dict from the index of a dot to what is written at its left.

    Returns:
        `matplotlib.axes.Axes`, for labels and scales.
    """
    figure, axis = plt.subplots(figsize=(6.4, 2.8))
    dots = axis.scatter(across, up, 18, levels, cmap=_LEVELS)
    for index, text in marks.items():
        axis.annotate(
            text,
            (across[index], up[index]),
            xytext=(-8, -12),
            textcoords="offset points",
            ha="right",
            fontsize=8,
        )
    figure.colorbar(dots, label="grey level")
    return axis


def maps(
    places: Mapping[str, NDArray[np.floating]], levels: NDArray[np.integer]
) -> Figure:
    """Draws four maps of the same vectors, two in a row, coloured by grey level.

    Args:
        places: dict from four titles to arrays (n, 2), places of arbitrary scale.
        levels: integer array (n,), the grey level of each vector.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axes = plt.subplots(2, 2, figsize=(6.4, 5.4))
    for axis, (title, place) in zip(axes.flat, places.items(), strict=True):
        dots = axis.scatter(*place.T, 16, levels, cmap=_LEVELS)
        axis.set(title=title, xticks=[], yticks=[])
        axis.set(xlabel="first axis", ylabel="second axis")
    figure.colorbar(dots, ax=axes, label="grey level")
    return figure


def similarities(matrices: Mapping[str, NDArray[np.floating]]) -> Figure:
    """Draws matrices of cosine similarity side by side, in ten colours.

    Args:
        matrices: dict from title to an array (n, n), −1 to 1; row and column are
            the grey level.

    Returns:
        `matplotlib.figure.Figure`.
    """
    count = len(matrices)
    figure, axes = plt.subplots(
        1, count, figsize=(2.4 * count, 2.7), sharey=True, squeeze=False
    )
    colours = plt.get_cmap(_LEVELS, 10)
    limits = {"vmin": -1, "vmax": 1}
    for axis, (title, matrix) in zip(axes[0], matrices.items(), strict=True):
        drawn = axis.imshow(
            matrix, cmap=colours, origin="lower", interpolation="nearest", **limits
        )
        axis.set(title=title, xlabel="grey level")
    axes[0, 0].set_ylabel("grey level")
    figure.colorbar(drawn, ax=axes, label="cosine similarity")
    return figure


def first_axes(
    places: Mapping[str, NDArray[np.floating]], levels: NDArray[np.integer]
) -> Figure:
    """Draws places on a first principal axis over the grey level, side by side.

    Args:
        places: dict from title to an array (n,).
        levels: integer array (n,), the grey level of each vector.

    Returns:
        `matplotlib.figure.Figure`; each panel has a scale of its own.
    """
    count = len(places)
    figure, axes = plt.subplots(1, count, figsize=(2.4 * count, 2.4), squeeze=False)
    for axis, (title, first) in zip(axes[0], places.items(), strict=True):
        axis.scatter(levels, first, 12, levels, cmap=_LEVELS)
        axis.axhline(0, color="grey", lw=0.5)
        axis.set(title=title, xlabel="grey level")
    axes[0, 0].set_ylabel("place on the first axis")
    return figure


def paths(
    places: Mapping[str, NDArray[np.floating]],
    levels: NDArray[np.integer],
    stops: Sequence[int],
) -> Figure:
    """Draws a path through maps of the same vectors, side by side.

    Args:
        places: dict from title to an array (n, 2); both axes have one scale.
        levels: integer array (n,), the grey level of each vector.
        stops: sequence of int, the indices of the vectors on the path, in its order;
            all but the last are marked with their grey levels.

    Returns:
        `matplotlib.figure.Figure`.
    """
    count = len(places)
    figure, axes = plt.subplots(1, count, figsize=(3.4 * count, 3.2), squeeze=False)
    for axis, (title, place) in zip(axes[0], places.items(), strict=True):
        axis.scatter(*place.T, 12, levels, cmap=_LEVELS, alpha=0.6)
        axis.plot(*place[stops].T, "o-", color="#D55E00", mfc="none", lw=1)
        for number, stop in enumerate(stops[:-1]):
            axis.annotate(
                levels[stop],
                place[stop],
                xytext=(0, 12 * (-1) ** number),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=8,
            )
        axis.set(title=title, xlabel="first axis", ylabel="second axis")
        axis.set_aspect("equal", adjustable="datalim")
    return figure


def grouped_bars(
    accuracies: Mapping[str, NDArray[np.floating]], labels: Sequence[str]
) -> Axes:
    """Draws mean accuracies over networks as groups of bars, each network as a dot.

    Args:
        accuracies: dict from title to an array (networks, groups), 0 to 1; each
            title has one bar in every group. At most six titles.
        labels: a string for each group.

    Returns:
        `matplotlib.axes.Axes`, for the label below the groups.
    """
    _, axis = plt.subplots(figsize=(6.4, 3.2))
    for number, (title, found) in enumerate(accuracies.items()):
        at = np.arange(len(labels)) + 0.14 * (number - (len(accuracies) - 1) / 2)
        mean = np.mean(found, axis=0)
        axis.bar(at, 100 * mean, 0.13, label=title, color=_BARS[number])
        axis.plot(at, 100 * np.transpose(found), ".", color="black", ms=3)
    axis.set_xticks(range(len(labels)), labels)
    axis.set(ylabel="accuracy, per cent", ylim=(0, 100))
    axis.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))
    return axis
