"""Images, numbers in a grid, and what becomes of a pixel in a network."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch
from numpy.typing import ArrayLike, NDArray

from pixembed.plots.style import COLOURS

if TYPE_CHECKING:
    import keras

    from pixembed.layers import PixelEmbedding


def show_images(
    images: NDArray[np.uint8] | Sequence[NDArray[np.uint8]],
    titles: Sequence[str],
    *,
    columns: int | None = None,
    size: float = 1.25,
) -> Figure:
    """Shows grey-level images in rows, black 0 to white 255.

    Args:
        images: uint8 array (n, height, width), or a list of such images.
        titles: n strings.
        columns: int, images in a row; None for all in one.
        size: float, inches an image.

    Returns:
        `matplotlib.figure.Figure`.
    """
    columns = columns or len(images)
    rows = -(-len(images) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(size * columns, (size + 0.25) * rows), squeeze=False
    )
    for axis in axes.flat:
        axis.axis("off")
    for axis, image, title in zip(axes.flat, images, titles, strict=False):
        axis.imshow(image, cmap="gray", vmin=0, vmax=255)
        axis.set_title(title, fontsize=8)
    return figure


def show_numbers(
    arrays: Sequence[ArrayLike],
    titles: Sequence[str],
    *,
    limits: tuple[float, float] | None = None,
    size: float = 1.9,
) -> Figure:
    """Shows small integer or float arrays as squares with their numbers in them.

    Args:
        arrays: list of 2-D arrays.
        titles: a string for each.
        limits: (black, white), the numbers drawn so; None for each array's own.
        size: float, inches an array.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axes = plt.subplots(
        1, len(arrays), figsize=(size * len(arrays), size + 0.3), squeeze=False
    )
    for axis, array, title in zip(axes[0], arrays, titles, strict=True):
        array = np.asarray(array)
        low, high = limits or (array.min(), array.max())
        axis.imshow(array, cmap="gray", vmin=low, vmax=high)
        for (row, column), value in np.ndenumerate(array):
            dark = value - low < 0.55 * (high - low)
            text = f"{value:.2f}" if array.dtype.kind == "f" else str(value)
            colour = "white" if dark else "black"
            axis.text(column, row, text, ha="center", va="center", color=colour)
        axis.set_title(title)
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set(visible=True, color="grey")
    return figure


def show_histograms(images: Mapping[str, NDArray[np.uint8]]) -> Figure:
    """Shows how often each grey level occurs, on a logarithmic axis.

    Args:
        images: dict from title to a uint8 array of any shape; each makes a panel.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axes = plt.subplots(
        1, len(images), figsize=(7, 2.4), sharey=True, squeeze=False
    )
    for axis, (title, shown) in zip(axes[0], images.items(), strict=True):
        share = 100 * np.bincount(shown.ravel(), minlength=256) / shown.size
        axis.fill_between(range(256), share, step="mid", color="0.4")
        axis.set(title=title, xlabel="grey level", yscale="log", ylim=(3e-3, 99))
    axes[0, 0].set_ylabel("share of pixels, per cent")
    return figure


def pixel_embedding_flow(
    image: NDArray[np.uint8], layer: "PixelEmbedding", *, at: tuple[int, int]
) -> Figure:
    """Draws Figure 1: one image through the four steps of pixel embedding.

    Args:
        image: uint8 array (height, width), grey levels.
        layer: `pixembed.layers.PixelEmbedding`, built.
        at: (row, column) of the pixel to follow.

    Returns:
        `matplotlib.figure.Figure`.

    Reference: the paper's Figure 1.
    """
    standardised = np.asarray(layer.standardize(image[None]))[0]
    tokens = np.asarray(layer.tokens(image[None]))[0]
    vector = np.asarray(layer.table.embeddings)[tokens[at]]
    panels = (
        (image, "gray", f"grey level\n{image[at]}"),
        (standardised, "cividis", f"standardised\n{standardised[at]:+.3f}"),
        (tokens, "viridis", f"token\n{tokens[at]}"),
    )
    figure, axes = plt.subplots(
        1, 4, figsize=(7.2, 2.7), width_ratios=(1, 1, 1, 0.55), layout="constrained"
    )
    for axis, (picture, colours, title) in zip(axes, panels, strict=False):
        drawn = axis.imshow(picture, cmap=colours)
        axis.set_title(title)
        axis.set_xticks([])
        axis.set_yticks([])
        figure.colorbar(drawn, ax=axis, orientation="horizontal", shrink=0.9, pad=0.04)
        axis.plot(*at[::-1], "s", mfc="none", mec="#D55E00", ms=7, mew=1.6)
    last = axes[3]
    last.barh(np.arange(len(vector)), vector, color=COLOURS["pixel_embedding"])
    last.set_title(f"vector\nrow {tokens[at]} of {layer.table.input_dim}")
    last.set(xlabel="value", ylabel="component", xlim=(-1.1, 1.1))
    last.invert_yaxis()
    last.yaxis.tick_right()
    last.yaxis.set_label_position("right")
    last.spines["left"].set_visible(False)
    last.spines["right"].set_visible(True)
    for left, right in zip(axes[:3], axes[1:], strict=True):
        end = at[::-1] if right is not last else (-1.1, len(vector) / 2)
        figure.add_artist(_arrow(left, at[::-1], right, end))
    return figure


def network_flow(
    model: "keras.Model", image: NDArray[np.uint8], *, channels: int = 4
) -> Figure:
    """Draws Figure 2: one image through every layer of a network.

    Args:
        model: `keras.Model` made by `pixembed.networks.build`.
        image: uint8 array (28, 28), grey levels.
        channels: int, how many channels of each layer are shown.

    Returns:
        `matplotlib.figure.Figure`.

    Reference: the paper's Figure 2.
    """
    import keras

    inner = [layer for layer in model.layers if len(layer.output.shape) == 4]
    outputs = [layer.output for layer in inner] + [model.output]
    *maps, logits = keras.Model(model.input, outputs).predict(image[None], verbose=0)
    figure, axes = plt.subplots(
        channels, len(maps) + 2, figsize=(1.25 * (len(maps) + 2), 1.1 * channels)
    )
    for axis in axes.flat:
        axis.axis("off")
    axes[0, 0].imshow(image, cmap="gray")
    axes[0, 0].set_title("input\n28×28", fontsize=8)
    for column, (layer, found) in enumerate(zip(inner, maps, strict=True), start=1):
        shape = "×".join(map(str, found.shape[1:]))
        title = layer.name.replace("_", " ").replace("pixel embedding", "embedding")
        axes[0, column].set_title(f"{title}\n{shape}", fontsize=8)
        for channel in range(min(channels, found.shape[-1])):
            axes[channel, column].imshow(found[0, :, :, channel], cmap="viridis")
    _logit_bars(figure, axes[:, -1], logits[0])
    return figure


def _logit_bars(figure, axes, logits):
    grid = axes[0].get_gridspec()
    axis = figure.add_subplot(grid[:, -1])
    axis.barh(np.arange(len(logits)), logits, color=COLOURS["pixel_embedding"])
    axis.set_yticks(np.arange(len(logits)))
    axis.invert_yaxis()
    axis.set_title(f"logits\n{len(logits)}", fontsize=8)
    axis.tick_params(labelsize=7)


def _arrow(left, start, right, end):
    return ConnectionPatch(
        xyA=start,
        coordsA=left.transData,
        xyB=end,
        coordsB=right.transData,
        arrowstyle="->",
        color="#D55E00",
        linewidth=1.4,
        shrinkA=5,
        shrinkB=5,
    )
