"""Many methods in one picture: one row a method, one dot a case."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from pixembed.noise import CLEAN, OVERFLOWS, Case
from pixembed.results import Result
from pixembed.statistics import pool, summarise

#: By kind of noise: colour, mark, and how far below the middle of its row it stands.
_KINDS = {"gaussian": ("#0072B2", "o", -0.17), "impulse": ("#D55E00", "s", 0.17)}


def method_dots(
    networks: Mapping[str, Sequence[Result]], cases: Sequence[Case]
) -> Figure:
    """Draws the accuracy of each method in each case, wrapped and clipped.

    A dot is a mean over seeds. A bar marks the mean over the cases, a diamond the
    accuracy without noise.

    Args:
        networks: dict from a name to the `pixembed.results.Result`s of one arm; one
            row each, the first on top.
        cases: `pixembed.noise.Case`s with Gaussian noise or additive impulses.

    Returns:
        `matplotlib.figure.Figure`.
    """
    size = (7.2, 1.1 + 0.27 * len(networks))
    figure, axes = plt.subplots(1, 2, figsize=size, sharex=True, sharey=True)
    for axis, overflow in zip(axes, OVERFLOWS[::-1], strict=True):
        axis.set(title=f"overflow {overflow}", xlabel="accuracy, per cent")
        axis.hlines(range(len(networks)), 0, 100, color="0.92", lw=0.8, zorder=0)
        for kind, (colour, mark, below) in _KINDS.items():
            of_kind = [case for case in cases if case.kind == kind]
            points = [
                (100 * _mean(found, overflow, case.key), row + below)
                for row, found in enumerate(networks.values())
                for case in of_kind
            ]
            style = {"color": colour, "marker": mark, "ls": "", "ms": 3.5, "alpha": 0.6}
            axis.plot(*zip(*points, strict=True), label=kind, **style)
        _mark_means(axis, networks.values(), cases, overflow)
    axes[0].set_yticks(range(len(networks)), networks)
    axes[0].invert_yaxis()
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=4
    )
    return figure


def _mark_means(axis, networks, cases, overflow):
    rows = range(len(networks))
    means = [100 * summarise(pool(f, cases), overflow=overflow).mean for f in networks]
    clean = [100 * _mean(found, overflow, CLEAN.key) for found in networks]
    axis.plot(means, rows, "k|", ms=11, mew=2, label="mean of the cases")
    axis.plot(clean, rows, "D", color="0.35", mfc="none", ms=5, label="no noise")


def _mean(found, overflow, case):
    return summarise(found, overflow=overflow, case=case).mean
