"""What several explorers show, drawn with Matplotlib: the twin of panels.js."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

#: The colours of the tokens, from the first to the last, as in panels.js.
TOKEN_COLOURS = LinearSegmentedColormap.from_list(
    "tokens", ["#00204d", "#7c7b78", "#ffea46"]
)

#: How many classes there are where the classes have no names.
DIGITS = 10

RIGHT, WRONG, OTHER = "#0072B2", "#D55E00", "0.55"


def side_by_side(image: NDArray) -> NDArray:
    """Returns the channels of a picture as grey pictures, one beside the other.

    Args:
        image: array (height, width) or (height, width, channels).

    Returns:
        array (height, width) or (height, channels * width).
    """
    return image.swapaxes(-1, -2).reshape(len(image), -1) if image.ndim == 3 else image


def spoken(probability: float) -> str:
    """Returns a probability as the explorers say it."""
    return "more than 0.99" if probability >= 0.995 else f"{probability:.2f}"


def count_of_pictures(labels: Sequence[int], classes: Sequence[str]) -> str:
    """Returns how many pictures there are, in words.

    Args:
        labels: list of ints, one a picture.
        classes: list of the names of classes, empty for digits; as below.
    """
    name = "picture" if classes else "digit"
    return f"{len(labels)} {name}{'s' * (len(labels) != 1)}"


def picture_in_words(label: int, classes: Sequence[str]) -> str:
    """Returns what a picture shows, such as `"A handwritten 3"`."""
    if classes:
        return f"A picture of class {classes[label]}"
    return f"A handwritten {label}"


def answer_in_words(
    probabilities: NDArray[np.floating], truth: int, classes: Sequence[str]
) -> str:
    """Returns the answer of a network, and the true class, as a sentence."""
    answer = int(np.argmax(probabilities))
    probability = spoken(probabilities[answer])
    said = classes[answer] if classes else answer
    true = f"the class is {classes[truth]}" if classes else f"the digit is {truth}"
    return f"The network answers {said} with probability {probability}; {true}."


def draw(title: str, panels: Sequence[tuple[float, Callable[[Axes], None]]]) -> Figure:
    """Draws panels side by side, in a figure as wide as a page's text.

    Args:
        title: str, what is said above all panels.
        panels: list of (width, function): widths in any unit, and a function that
            draws into a `matplotlib.axes.Axes`.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure = Figure(figsize=(7, 2.7), dpi=100, facecolor="white", layout="constrained")
    widths = [width for width, _ in panels]
    axes = figure.subplots(1, len(panels), width_ratios=widths, squeeze=False)[0]
    for axis, (_, draw_panel) in zip(axes, panels, strict=True):
        axis.tick_params(labelsize=8)
        draw_panel(axis)
        axis.title.set_size(9)
        axis.xaxis.label.set_size(8)
        axis.yaxis.label.set_size(8)
    figure.suptitle(title, fontsize=9)
    return figure


def draw_image(axis: Axes, image: NDArray[np.uint8]) -> None:
    """Draws an image, black 0 to white 255.

    Args:
        axis: `matplotlib.axes.Axes`.
        image: uint8 (height, width[, 1 or 3]), grey levels.
    """
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    _frame(axis, "The picture")


def draw_tokens(axis: Axes, image: NDArray[np.uint8], tokens: ArrayLike) -> None:
    """Draws the tokens of an image as colours, with their scale below.

    Args:
        axis: `matplotlib.axes.Axes`.
        image: uint8 (height, width[, channels]), grey levels; channels are drawn side
            by side.
        tokens: integers (256,), the token of each grey level.
    """
    tokens = np.asarray(tokens)
    last = tokens.max()
    draw_token_picture(axis, tokens[side_by_side(image)], Normalize(0, last))


def draw_token_picture(
    axis: Axes, tokens: NDArray[np.integer], scaled: Normalize
) -> None:
    """Draws tokens as colours, with their scale below.

    Args:
        axis: `matplotlib.axes.Axes`.
        tokens: integers (height, width).
        scaled: `matplotlib.colors.Normalize` from 0 to the last token.
    """
    drawn = axis.imshow(tokens, cmap=TOKEN_COLOURS, norm=scaled)
    last = scaled.vmax
    _frame(axis, "Its tokens")
    scale = axis.inset_axes((0, -0.12, 1, 0.06))
    axis.figure.colorbar(drawn, cax=scale, orientation="horizontal", ticks=[0, last])
    scale.tick_params(labelsize=8, length=0)
    scale.set_xlabel("token", fontsize=8, labelpad=-9)


def draw_histogram(axis: Axes, image: NDArray[np.uint8]) -> None:
    """Draws how often each grey level occurs.

    Args:
        axis: `matplotlib.axes.Axes`.
        image: uint8 (height, width[, channels]), grey levels.
    """
    counts = np.bincount(image.ravel(), minlength=256)
    levels = np.flatnonzero(counts)
    # Lines, because bars narrower than a dot of the picture may vanish.
    axis.vlines(levels, 0, counts[levels], color=RIGHT, lw=0.8)
    axis.set_yscale("function", functions=(np.sqrt, np.square))
    axis.set(title="Its grey levels", xlabel="grey level", xlim=(-2, 256))
    counted = "values" if image.ndim == 3 else "pixels"
    axis.set(ylabel=f"{counted} (square-root scale)", ylim=(0, image.size))
    axis.set(xticks=[0, 64, 128, 192, 255], yticks=count_ticks(image.size))
    axis.spines[["top", "right"]].set_visible(False)


def count_ticks(total: int) -> list[int]:
    """Returns the marks of a square-root scale from 0 to `total`, as in panels.js."""
    step = max(round(np.sqrt(total) / 5.6), 1)
    return [(place * step) ** 2 for place in range(6) if (place * step) ** 2 <= total]


def draw_answers(
    axis: Axes,
    probabilities: NDArray[np.floating],
    truth: int,
    classes: Sequence[str] = (),
) -> None:
    """Draws the probability of each answer, and marks the true class.

    Args:
        axis: `matplotlib.axes.Axes`.
        probabilities: floats, one a class.
        truth: int, the true class.
        classes: list of the names of the classes, empty for digits.
    """
    answer = int(np.argmax(probabilities))
    places = range(len(probabilities))
    colours = [OTHER] * len(places)
    colours[answer] = RIGHT if answer == truth else WRONG
    axis.barh(places, probabilities, color=colours)
    axis.set(title="The network's answer", xlabel="probability", xlim=(0, 1))
    axis.set(xticks=[0, 0.5, 1], ylim=(len(places) - 0.4, -0.6))
    axis.set_yticks(places, classes or places)
    axis.tick_params(left=False)
    axis.spines[["top", "right"]].set_visible(False)
    _mark_truth(
        axis, probabilities[truth], truth, "the class" if classes else "the digit"
    )


def _frame(axis, title):
    axis.set(title=title, xticks=[], yticks=[], anchor="N")
    axis.spines[:].set(visible=True, color="0.5")


def _mark_truth(axis, probability, truth, words):
    place, style = probability + 0.03, {"ha": "left", "color": "black"}
    if probability > 0.5:
        place, style = probability - 0.03, {"ha": "right", "color": "white"}
    axis.text(place, truth, words, va="center_baseline", fontsize=7, **style)
