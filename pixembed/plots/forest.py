"""Effects as forest plots, and the way from one network to another as a waterfall."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from pixembed import statistics
from pixembed.noise import OVERFLOWS, Case
from pixembed.results import Result
from pixembed.statistics import Contrast, Summary

_SERIES = (
    {"color": "black", "marker": "o"},
    {"color": "#D55E00", "marker": "s"},
    {"color": "#0072B2", "marker": "^"},
)
_GAIN, _LOSS, _START = "#56B4E9", "#E69F00", "0.75"


def forest(
    panels: Mapping[str, Mapping[str, Mapping[str, Contrast | Summary]]],
    xlabel: str = "difference, points",
) -> Figure:
    """Draws means over seeds with their 95% intervals, a row each.

    Args:
        panels: dict from the title of a panel to a dict from the name of a series to
            a dict from the label of a row to what has a `mean`, `low` and `high`; at
            most three series. All panels have the rows of the first series.
        xlabel: str, what the numbers are, in points or per cent.

    Returns:
        `matplotlib.figure.Figure`; what comes from one seed has no interval.
    """
    first = next(iter(panels.values()))
    rows = [*next(iter(first.values()))]
    size = (7.2, 1.1 + len(rows) * (0.16 + 0.13 * len(first)))
    figure, axes = plt.subplots(1, len(panels), figsize=size, sharex=True, sharey=True)
    for axis, (title, series) in zip(np.atleast_1d(axes), panels.items(), strict=True):
        shifts = 0.26 * (np.arange(len(series)) - (len(series) - 1) / 2)
        for (name, found), shift, style in zip(
            series.items(), shifts, _SERIES, strict=False
        ):
            at = [rows.index(label) + shift for label in found]
            _marks(axis, at, [*found.values()], label=name, **style)
        axis.set(title=title, xlabel=xlabel, yticks=range(len(rows)))
        axis.axvline(0, color="grey", lw=0.8, zorder=0)
        axis.grid(axis="y", color="0.92")
        axis.set_axisbelow(True)
    left = np.atleast_1d(axes)[0]
    left.set_yticks(range(len(rows)), rows)
    left.set_ylim(len(rows) - 0.5, -0.5)
    if len(first) > 1:
        named = left.get_legend_handles_labels()
        figure.legend(*named, loc="outside upper center", ncols=len(first))
    return figure


def waterfall(
    stored: Sequence[Result], cases: Sequence[Case], way: Mapping[str, str]
) -> Figure:
    """Draws a way through networks, each step as a bar from one mean to the next.

    Args:
        stored: list of `pixembed.results.Result`, of the same seeds for every arm.
        cases: `pixembed.noise.Case`s, each with the same weight.
        way: dict from arm to the label of the step that leads to it; the first is
            where the way starts.

    Returns:
        `matplotlib.figure.Figure`: wrapped on the left, clipped on the right, a row a
        step with its gain or loss in points, a dot a seed.
    """
    size = (7.2, 0.9 + 0.33 * len(way))
    figure, axes = plt.subplots(1, 2, figsize=size, sharex=True, sharey=True)
    pooled = statistics.pool([r for r in stored if r.arm in way], cases)
    for axis, overflow in zip(axes, OVERFLOWS[::-1], strict=True):
        before = 0
        for row, arm in enumerate(way):
            of_arm = [r for r in pooled if (r.arm, r.overflow) == (arm, overflow)]
            shares = [100 * found.accuracy for found in of_arm]
            mean = np.mean(shares)
            colour = _START if row == 0 else _GAIN if mean >= before else _LOSS
            axis.barh(row, mean - before, left=before, color=colour, height=0.62)
            axis.vlines(mean, row, min(row + 1, len(way) - 1), color="0.5", lw=0.8)
            axis.plot(shares, [row] * len(shares), "o", color="black", ms=3.5)
            text = f"{mean - before:+.1f}".replace("-", "−") if row else f"{mean:.1f}"
            axis.text(120, row, text, ha="right", va="center", fontsize=8)
            before = mean
        axis.set(title=f"overflow {overflow}", xlabel="accuracy, per cent")
        axis.set(xlim=(0, 121), xticks=range(0, 101, 20))
    axes[0].set_yticks(range(len(way)), way.values())
    axes[0].invert_yaxis()
    return figure


def _marks(axis, at, found, **style):
    mean = [100 * one.mean for one in found]
    ends = [np.nan if one.high is None else 100 * one.high for one in found]
    half = np.subtract(ends, mean)
    axis.errorbar(mean, at, xerr=half, ls="", ms=4, capsize=2, **style)
