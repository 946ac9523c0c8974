"""Dots in place of tables: one row a case, one dot a trained network."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from pixembed.noise import OVERFLOWS, Case
from pixembed.results import Result

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_MARKS = ("o", "s", "^", "D", "v", "P")


def case_dots(
    networks: Mapping[str, Sequence[Result]],
    cases: Sequence[Case],
    printed: Mapping[str, Mapping[Case, float]] | None = None,
) -> Figure:
    """Draws accuracies under each case, wrapped on the left and clipped on the right.

    Args:
        networks: dict from a name to the `pixembed.results.Result`s of one arm; each
            name has a colour, and each seed a dot. At most six.
        cases: `pixembed.noise.Case`s, one row each, the first on top.
        printed: dict from a name to a dict from case to printed accuracy in per cent;
            drawn as crosses in the wrapped panel, in the colour of that name.

    Returns:
        `matplotlib.figure.Figure`.
    """
    size = (7.2, 1.1 + 0.2 * len(cases))
    figure, axes = plt.subplots(1, 2, figsize=size, sharex=True, sharey=True)
    rows = {case.key: row for row, case in enumerate(cases)}
    for axis, overflow in zip(axes, OVERFLOWS[::-1], strict=True):
        axis.set(title=f"overflow {overflow}", xlabel="accuracy, per cent")
        axis.set_xlim(0, 101)
        axis.hlines([*rows.values()], 0, 101, color="0.92", lw=0.8, zorder=0)
        for (name, found), colour, mark in zip(
            networks.items(), _COLOURS, _MARKS, strict=False
        ):
            _dots(axis, rows, found, overflow, label=name, color=colour, marker=mark)
    for name, marked in (printed or {}).items():
        colour = _COLOURS[[*networks].index(name)]
        at = [rows[case.key] for case in marked]
        axes[0].plot(
            [*marked.values()], at, "x", color=colour, label=f"{name}, printed"
        )
    axes[0].set_yticks([*rows.values()], [case.label for case in cases])
    axes[0].invert_yaxis()
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3
    )
    return figure


def _dots(axis, rows, found, overflow, **style):
    of_rows = [one for one in found if one.overflow == overflow and one.case in rows]
    accuracies = [100 * one.accuracy for one in of_rows]
    at = [rows[one.case] for one in of_rows]
    axis.plot(accuracies, at, ls="", ms=4, alpha=0.7, **style)
