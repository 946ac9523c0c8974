"""Accuracies over seeds: in words, as a table, as a figure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from pixembed import statistics
from pixembed.evaluation import Score
from pixembed.noise import Case
from pixembed.results import Result
from pixembed.statistics import Contrast, Summary

if TYPE_CHECKING:
    import pandas as pd
    from IPython.display import Markdown

_OVERFLOW_COLOURS = {"wrap": "#D55E00", "clip": "#0072B2"}
_CURVES = ({"marker": "o"}, {"marker": "s", "ls": "--"})
_SCALES = ({"color": "0.55", "marker": "s"}, {"color": "black", "marker": "o"})


def percent(share: float, interval: tuple[float, float]) -> str:
    """Returns a share and its interval in per cent, such as `"94.8 (93.2–96.0)"`.

    Args:
        share: float, 0 to 1.
        interval: (low, high), floats.
    """
    low, high = interval
    return f"{100 * share:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def over_seeds(summary: Summary) -> str:
    """Returns a mean and its interval over seeds in per cent; one seed has none.

    Args:
        summary: `pixembed.statistics.Summary`.
    """
    if summary.low is None:
        return f"{100 * summary.mean:.1f}"
    return percent(summary.mean, (max(summary.low, 0), min(summary.high, 1)))


def points(contrast: Contrast) -> str:
    """Returns a difference of accuracies in points, such as `"+9.1 (+7.9 to +10.3)"`.

    Args:
        contrast: `pixembed.statistics.Contrast`; one of a single seed has no interval.
    """
    text = f"{100 * contrast.mean:+.1f}"
    if contrast.low is not None:
        text += f" ({100 * contrast.low:+.1f} to {100 * contrast.high:+.1f})"
    return text.replace("-", "−")


def differences(
    stored: Sequence[Result],
    cases: Sequence[Case],
    pairs: Mapping[str, tuple[str, str]],
) -> "Markdown":
    """Returns a table of differences between arms in points, with their intervals.

    Args:
        stored: list of `pixembed.results.Result`.
        cases: `pixembed.noise.Case`s, each with the same weight.
        pairs: dict from label to (better, worse), two arms.

    Returns:
        `IPython.display.Markdown`: wrap, clip, and by how much they differ.
    """
    lines = [
        [label]
        + [
            points(statistics.difference(stored, cases, *pair, overflow))
            for overflow in ("wrap", "clip", None)
        ]
        for label, pair in pairs.items()
    ]
    return table(["points", "wrap", "clip", "wrap − clip"], lines)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> "Markdown":
    """Returns a table for a notebook's output.

    Args:
        header: list of strings.
        rows: list of lists of strings, as long as the header.

    Returns:
        `IPython.display.Markdown`.
    """
    from IPython.display import Markdown

    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def scores(header: Sequence[str], counted: Mapping[str, Iterable[Score]]) -> "Markdown":
    """Returns a table of accuracies in per cent, with their intervals over images.

    Args:
        header: list of strings.
        counted: dict from label to a list of `pixembed.evaluation.Score`; each makes a
            line, as long as the header.

    Returns:
        `IPython.display.Markdown`.
    """
    return table(
        header,
        [
            [label, *(percent(score.accuracy, score.interval()) for score in line)]
            for label, line in counted.items()
        ],
    )


def band(axis: Axes, at: ArrayLike, summaries: Sequence[Summary], **style: Any) -> None:
    """Draws accuracies over seeds: the mean as a line, smallest to largest as a band.

    Args:
        axis: `matplotlib.axes.Axes`.
        at: numbers (n,), the horizontal positions.
        summaries: n `pixembed.statistics.Summary`s.
        style: for `Axes.plot`; needs `color`.
    """
    axis.plot(at, [100 * found.mean for found in summaries], **{"ms": 3, **style})
    low = [100 * found.smallest for found in summaries]
    high = [100 * found.largest for found in summaries]
    axis.fill_between(at, low, high, color=style["color"], alpha=0.2, lw=0)


def bars(
    stored: Mapping[str, Sequence[Result]],
    cases: Sequence[Case],
    labels: Mapping[str, str],
    colours: Sequence[str],
) -> Figure:
    """Draws mean accuracies as bars, with the smallest and the largest seed.

    Args:
        stored: dict from title to a list of `pixembed.results.Result`; each makes a
            row of two panels, one for each overflow.
        cases: `pixembed.noise.Case`s, each with the same weight.
        labels: dict from arm to what is written below its bar.
        colours: one for each bar.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axes = plt.subplots(
        len(stored),
        2,
        figsize=(7.2, 1 + 2.1 * len(stored)),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for row, (title, counts) in zip(axes, stored.items(), strict=True):
        pooled = statistics.pool(counts, cases)
        for axis, overflow in zip(row, ("wrap", "clip"), strict=True):
            found = [
                statistics.summarise(pooled, arm=arm, overflow=overflow)
                for arm in labels
            ]
            _bars(axis, found, colours)
            axis.set_title(f"{title}, {overflow}")
        row[0].set_ylabel("accuracy, per cent")
    for axis in axes[-1]:
        axis.set_xticks(range(len(labels)), labels.values(), rotation=40, ha="right")
    return figure


def _bars(axis, summaries, colours):
    mean = np.array([100 * found.mean for found in summaries])
    # The mean of equal accuracies may lie an ulp outside of them.
    low = np.maximum(mean - [100 * found.smallest for found in summaries], 0)
    high = np.maximum([100 * found.largest for found in summaries] - mean, 0)
    at = np.arange(len(summaries))
    axis.bar(at, mean, color=colours, yerr=[low, high], capsize=3, ecolor="black")
    for x, top in zip(at, mean + high, strict=True):
        axis.text(x, top + 1.5, f"{mean[x]:.0f}", ha="center", fontsize=8)
    axis.set_ylim(0, 108)


def intervals(
    stored: Mapping[str, Sequence[Result]],
    cases: Sequence[Case],
    pairs: Mapping[str, tuple[str, str]],
) -> Figure:
    """Draws differences between arms with their intervals, one panel an overflow.

    Args:
        stored: dict from label to a list of `pixembed.results.Result`, at most two;
            each makes a mark on every line.
        cases: `pixembed.noise.Case`s, each with the same weight.
        pairs: dict from label to (better, worse), two arms.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 1 + 0.27 * len(pairs)), sharey=True)
    for axis, overflow in zip(axes, ("wrap", "clip"), strict=True):
        for number, (label, counts) in enumerate(stored.items()):
            at = np.arange(len(pairs)) + 0.3 * (number - (len(stored) - 1) / 2)
            found = [
                statistics.difference(counts, cases, *pair, overflow)
                for pair in pairs.values()
            ]
            mean = [100 * one.mean for one in found]
            half = [
                np.nan if one.high is None else 100 * (one.high - one.mean)
                for one in found
            ]
            style = {"ls": "", "ms": 4, "capsize": 2, **_SCALES[number]}
            axis.errorbar(mean, at, xerr=half, label=label, **style)
        axis.axvline(0, color="grey", lw=0.8)
        axis.set(title=f"overflow {overflow}", xlabel="difference, points")
    axes[0].set_yticks(range(len(pairs)), pairs)
    axes[0].invert_yaxis()
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside upper center",
        ncols=len(stored),
    )
    return figure


def sweeps(
    panels: Mapping[str, Mapping[str, Mapping[int, Sequence[Result]]]],
    cases: Sequence[Case],
) -> Figure:
    """Draws accuracies against one number each, with a band over seeds.

    Args:
        panels: dict from the label of the horizontal axis to a dict from the label of
            a curve to what `pixembed.effects.sweep` returned; at most two curves, of
            which the second is dashed.
        cases: `pixembed.noise.Case`s, each with the same weight.

    Returns:
        `matplotlib.figure.Figure`; its last panel is the legend.
    """
    figure, axes = plt.subplots(2, 3, figsize=(7.2, 4.6), sharey=True)
    for axis, (label, curves) in zip(axes.flat, panels.items(), strict=False):
        for (name, swept), style in zip(curves.items(), _CURVES, strict=False):
            _sweep(axis, name, swept, cases, style)
        axis.set(xlabel=label, xscale="log", ylim=(0, 102))
        axis.set_xticks([*swept], [f"{value:,}" for value in swept])
        axis.minorticks_off()
    for axis in axes[:, 0]:
        axis.set_ylabel("accuracy, per cent")
    curves = [axis.get_legend_handles_labels() for axis in axes.flat]
    last = axes.flat[-1]
    last.axis("off")
    last.legend(*max(curves, key=lambda found: len(found[1])), loc="center")
    return figure


def _sweep(axis, name, swept, cases, style):
    for overflow, colour in _OVERFLOW_COLOURS.items():
        found = [
            statistics.summarise(statistics.pool(counts, cases), overflow=overflow)
            for counts in swept.values()
        ]
        label = f"{name}, {overflow}"
        band(axis, [*swept], found, color=colour, label=label, **style)


def factorial_map(
    accuracies: "Mapping[str, pd.DataFrame]", marks: Mapping[tuple[str, str], str]
) -> Figure:
    """Draws accuracies of all combinations as two grids, one for each overflow.

    Args:
        accuracies: dict from overflow to a `pandas.DataFrame`, 0 to 1, a line a coding
            and a column a kind of statistics; squares of NaN stay empty.
        marks: dict from a pair (coding, statistics) to what is written in the corner
            of its square.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.3), sharey=True)
    for axis, (overflow, grid) in zip(axes, accuracies.items(), strict=True):
        drawn = axis.imshow(100 * grid.to_numpy(), cmap="cividis", vmin=10, vmax=100)
        for (row, column), share in np.ndenumerate(grid.to_numpy()):
            if np.isnan(share):
                continue
            ink = "white" if share < 0.6 else "black"
            where = {"ha": "center", "va": "center", "color": ink}
            axis.text(column, row, f"{100 * share:.0f}", fontsize=10, **where)
            mark = marks.get((grid.index[row], grid.columns[column]), "")
            axis.text(
                column + 0.34, row - 0.3, mark, fontsize=7, weight="bold", **where
            )
        axis.set_xticks(range(len(grid.columns)), grid.columns)
        axis.set(title=f"overflow {overflow}", xlabel="statistics")
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
    axes[0].set_yticks(range(len(grid.index)), grid.index)
    axes[0].set_ylabel("coding")
    figure.colorbar(drawn, ax=axes, label="accuracy, per cent", shrink=0.85)
    return figure
