"""Where one method helps and where it hurts, beside another."""

import math
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

#: From how many points on a colour is as strong as it gets.
STRONGEST = 50

#: How many panels stand in a row.
MOST_ACROSS = 3


def gain_map(
    accuracies: Mapping[str, Mapping[str, Sequence[float]]], rows: Sequence[str]
) -> Figure:
    """Draws what each method gains or loses against the first, a panel a setting.

    The first column of a panel holds the accuracy of the first method in per cent, the
    others the difference from it in points: blue is better, red is worse. A square of
    NaN stays empty.

    Args:
        accuracies: dict from the title of a panel to a dict from a method to its
            accuracies, 0 to 1, one a row; all panels have the same methods.
        rows: str, what each row is asked under.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: if a method has more or fewer accuracies than there are rows.
    """
    down = math.ceil(len(accuracies) / MOST_ACROSS)
    across = math.ceil(len(accuracies) / down)
    size = (0.9 + 1.7 * across, (1.2 + 0.21 * len(rows)) * down)
    figure, axes = plt.subplots(down, across, figsize=size, sharey=True, squeeze=False)
    for axis in axes.flat[len(accuracies) :]:
        axis.remove()
    for axis, (title, methods) in zip(axes.flat, accuracies.items(), strict=False):
        shares = 100 * np.array([*methods.values()])
        if shares.shape != (len(methods), len(rows)):
            raise ValueError(
                f"accuracies of {title} must be {len(rows)} for each method. "
                f"Received: {[len(of_one) for of_one in methods.values()]}"
            )
        drawn = _panel(axis, shares[0], (shares[1:] - shares[0]).T)
        axis.set_xticks(range(len(methods)), methods, rotation=90)
        axis.set_title(title)
    axes[0, 0].set_yticks(range(len(rows)), rows)
    bar = {"label": "gain, points", "shrink": 0.6 / down, "pad": 0.01}
    figure.colorbar(drawn, ax=axes, **bar)
    return figure


def _panel(axis, base, gains):
    empty = np.full((len(base), 1), np.nan)
    drawn = axis.imshow(
        np.hstack([empty, gains]),
        cmap="RdBu",
        vmin=-STRONGEST,
        vmax=STRONGEST,
        aspect="auto",
    )
    where = {"ha": "center", "va": "center", "fontsize": 7}
    for row, share in enumerate(base):
        axis.text(0, row, f"{share:.0f}", color="0.3", **where)
    for (row, column), gain in np.ndenumerate(gains):
        if np.isnan(gain):
            continue
        ink = "white" if abs(gain) > 0.6 * STRONGEST else "black"
        points = f"{round(gain):+d}" if round(gain) else "0"
        axis.text(column + 1, row, points, color=ink, **where)
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    return drawn
