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


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 0
) -> "Markdown":
    """Returns a table for a notebook's output.

    Args:
        header: list of strings.
        rows: list of lists of strings, as long as the header.
        words: int, how many of the last columns hold words, which begin at the left;
            the first column does anyway, and the others end at the right.

    Returns:
        `IPython.display.Markdown`.
    """
    from IPython.display import Markdown

    numbers = ["---:"] * (len(header) - 1 - words)
    lines = [header, ["---", *numbers, *["---"] * words], *rows]
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


def factorial_map(accuracies: "Mapping[str, pd.DataFrame]") -> Figure:
    """Draws accuracies of all combinations as two grids, one for each overflow.

    Args:
        accuracies: dict from overflow to a `pandas.DataFrame`, 0 to 1, a line a coding
            and a column a kind of statistics; squares of NaN stay empty.

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
        axis.set_xticks(
            range(len(grid.columns)),
            grid.columns,
            rotation=30,
            ha="right",
            rotation_mode="anchor",
        )
        axis.set(title=f"overflow {overflow}", xlabel="mean and deviation of")
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
    axes[0].set_yticks(range(len(grid.index)), grid.index)
    axes[0].set_ylabel("coding")
    figure.colorbar(drawn, ax=axes, label="accuracy, per cent", shrink=0.85)
    return figure
