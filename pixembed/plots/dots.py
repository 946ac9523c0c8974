"""Dots in place of tables: one row a case or a method, one dot a trained network."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from pixembed import paper, statistics
from pixembed.evaluation import Score
from pixembed.noise import CLEAN, OVERFLOWS, Case
from pixembed.paper import TableRow
from pixembed.plots.style import COLOURS, NAMES
from pixembed.results import Result

_ARM_MARKS = {"plain": "o", "standardised": "s", "pixel_embedding": "^"}
_OF_ARMS = {
    NAMES[arm]: {"color": COLOURS[arm], "marker": _ARM_MARKS[arm]} for arm in NAMES
}
_OTHERS = [
    {"color": "#CC79A7", "marker": "D"},
    {"color": "#E69F00", "marker": "v"},
    {"color": "#56B4E9", "marker": "P"},
    {"color": "#000000", "marker": "*"},
]
#: By kind of noise: how far below the middle of its row a dot stands, and its look.
_KINDS = {
    "gaussian": (-0.17, {"color": "#0072B2", "marker": "o"}),
    "impulse": (0.17, {"color": "#D55E00", "marker": "s"}),
}
_CROSS = {"marker": "x", "ls": "", "ms": 6, "mew": 1.6}


def case_dots(
    networks: Mapping[str, Sequence[Result]],
    cases: Sequence[Case],
    printed: Mapping[str, Mapping[Case, float]] | None = None,
) -> Figure:
    """Draws accuracies under each case, wrapped on the left and clipped on the right.

    Args:
        networks: dict from a name to the `pixembed.results.Result`s of one arm; each
            seed is a dot. A name in `NAMES` has its colour of the book, and up to four
            others have colours of their own.
        cases: `pixembed.noise.Case`s, one row each, the first on top.
        printed: dict from a name to a dict from case to printed accuracy in per cent;
            drawn as crosses in the wrapped panel, in the colour of that name.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, panels = _panels([case.label for case in cases])
    rows = {case.key: row for row, case in enumerate(cases)}
    styles = _styles(networks)
    below = dict(zip(networks, _spread(len(networks)), strict=True))
    for overflow, axis in panels.items():
        for name, found in networks.items():
            points = [
                (100 * one.accuracy, rows[one.case] + below[name])
                for one in found
                if one.overflow == overflow and one.case in rows
            ]
            _dots(axis, points, label=name, **styles[name])
    for name, marked in (printed or {}).items():
        at = [rows[case.key] + below[name] for case in marked]
        style = {**styles[name], "label": f"{name}, printed", **_CROSS}
        panels["wrap"].plot([*marked.values()], at, **style)
    _legend(figure, panels["wrap"])
    return figure


def mean_dots(
    recipes: Mapping[str, Sequence[Result]],
    cases: Sequence[Case],
    printed: Mapping[str, Sequence[TableRow]] | None = None,
) -> Figure:
    """Draws the mean accuracy over cases of each network, wrapped and clipped.

    Args:
        recipes: dict from a name to the `pixembed.results.Result`s of one recipe; each
            of its arms is a row, each seed a dot.
        cases: `pixembed.noise.Case`s, each with the same weight.
        printed: dict from arm to rows of the paper's tables, whose mean is a cross in
            the wrapped panel.

    Returns:
        `matplotlib.figure.Figure`.
    """
    pooled = {name: statistics.pool(found, cases) for name, found in recipes.items()}
    lines = [(arm, name) for arm in NAMES for name in recipes]
    figure, panels = _panels([f"{NAMES[arm]}, {name}" for arm, name in lines])
    for row, (arm, name) in enumerate(lines):
        style = {"color": COLOURS[arm], "marker": _ARM_MARKS[arm]}
        for overflow, axis in panels.items():
            points = [
                (100 * one.accuracy, row)
                for one in pooled[name]
                if (one.arm, one.overflow) == (arm, overflow)
            ]
            _dots(axis, points, **style)
        if arm in (printed or {}):
            mean = np.mean([paper.printed(one, arm) for one in printed[arm]])
            panels["wrap"].plot(mean, row, color=COLOURS[arm], **_CROSS)
    return figure


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
    figure, panels = _panels(networks, height=0.27)
    for overflow, axis in panels.items():
        for kind, (below, style) in _KINDS.items():
            points = [
                (100 * _mean(found, overflow, case=case.key), row + below)
                for row, found in enumerate(networks.values())
                for case in cases
                if case.kind == kind
            ]
            _dots(axis, points, label=kind, **style)
        _mark_means(axis, networks.values(), cases, overflow)
    _legend(figure, panels["wrap"], columns=4)
    return figure


def score_dots(counted: Mapping[str, Sequence[Score]], arms: Sequence[str]) -> Figure:
    """Draws accuracies of one network an arm, with Wilson's interval over the images.

    Args:
        counted: dict from the label of a row to one `pixembed.evaluation.Score` an arm.
        arms: list of arms, in the order of the scores.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure, axis = plt.subplots(figsize=(6.4, 1.2 + 0.25 * len(counted)))
    for arm, found in zip(arms, zip(*counted.values(), strict=True), strict=True):
        shares = np.array([score.accuracy for score in found])
        low, high = np.transpose([score.interval() for score in found])
        style = {"color": COLOURS[arm], "marker": _ARM_MARKS[arm], "ls": "", "ms": 5}
        reach = 100 * np.array([shares - low, high - shares])
        rows = range(len(counted))
        axis.errorbar(100 * shares, rows, xerr=reach, label=NAMES[arm], **style)
    _rows(axis, counted)
    axis.set_xlabel("accuracy, per cent")
    _legend(figure, axis)
    return figure


def yardsticks(
    recipes: Sequence[Sequence[Result]],
    rows: Sequence[TableRow],
    arms: Sequence[str],
    *,
    overflow: str,
) -> Figure:
    """Draws how far the printed column lies from our mean, and each of ours likewise.

    A cross is `pixembed.statistics.distance_to_printed`. A dot is one of our networks
    in the place of the paper's: its distance from the mean of the others.

    Args:
        recipes: list of lists of `pixembed.results.Result`, each of one recipe.
        rows: some rows of the paper's Table 3, 4 or 5.
        arms: list of arms that these rows print.
        overflow: `"clip"` or `"wrap"`, that of ours.

    Returns:
        `matplotlib.figure.Figure`, in percentage points.
    """
    lines = [(arm, stored) for arm in arms for stored in recipes]
    figure, axis = plt.subplots(figsize=(6.4, 1 + 0.3 * len(lines)))
    for row, (arm, stored) in enumerate(lines):
        far = statistics.distance_to_printed(stored, rows, arm, overflow=overflow)
        axis.plot(far, row, color=COLOURS[arm], **_CROSS)
        own = _distances_of_each(stored, rows, arm, overflow)
        points = [(distance, row) for distance in own]
        _dots(axis, points, color=COLOURS[arm], marker=_ARM_MARKS[arm])
    _rows(axis, [f"{NAMES[arm]}, {stored[0].recipe}" for arm, stored in lines])
    axis.set(xlabel="distance, percentage points", xlim=(0, None))
    return figure


def name_arms(figure: Figure) -> None:
    """Writes the names of the three arms above a figure, in their colours.

    Args:
        figure: `matplotlib.figure.Figure`.
    """
    names = [Patch(color=COLOURS[arm], label=NAMES[arm]) for arm in NAMES]
    figure.legend(handles=names, loc="outside upper center", ncols=len(names))


def _distances_of_each(stored, rows, arm, overflow):
    cases = [row.case.key for row in rows]
    shares = {}
    for found in stored:
        if (found.arm, found.overflow) == (arm, overflow) and found.case in cases:
            of_seed = shares.setdefault(found.seed, {})
            of_seed[found.case] = 100 * found.accuracy
    networks = np.array([[one[case] for case in cases] for one in shares.values()])
    if len(networks) < 2:
        return []
    from_all = np.abs(networks - networks.mean(axis=0)).mean(axis=1)
    return from_all * len(networks) / (len(networks) - 1)


def _mark_means(axis, networks, cases, overflow):
    rows = range(len(networks))
    means = [100 * _mean(statistics.pool(f, cases), overflow) for f in networks]
    clean = [100 * _mean(found, overflow, case=CLEAN.key) for found in networks]
    axis.plot(means, rows, "k|", ms=11, mew=2, label="mean of the cases")
    axis.plot(clean, rows, "D", color="0.35", mfc="none", ms=5, label="no noise")


def _mean(found, overflow, **wanted):
    return statistics.summarise(found, overflow=overflow, **wanted).mean


def _styles(names):
    others = cycle(_OTHERS)
    return {name: _OF_ARMS.get(name) or next(others) for name in names}


def _spread(n):
    """How far below the middle of their row n kinds of dots stand."""
    return min(0.2, 0.6 / n) * (np.arange(n) - (n - 1) / 2)


def _panels(labels, height=0.2):
    size = (7.2, 1.1 + height * len(labels))
    figure, axes = plt.subplots(1, 2, figsize=size, sharex=True, sharey=True)
    panels = dict(zip(OVERFLOWS[::-1], axes, strict=True))
    for overflow, axis in panels.items():
        axis.set(title=f"overflow {overflow}", xlabel="accuracy, per cent")
        axis.set_xlim(0, 101)
        axis.hlines(range(len(labels)), 0, 101, color="0.92", lw=0.8, zorder=0)
    _rows(axes[0], labels)
    return figure, panels


def _rows(axis, labels):
    axis.set_yticks(range(len(labels)), labels)
    axis.invert_yaxis()


def _dots(axis, points, **style):
    across, down = zip(*points, strict=True) if points else ((), ())
    axis.plot(across, down, ls="", ms=4, alpha=0.7, **style)


def _legend(figure, axis, columns=3):
    named = axis.get_legend_handles_labels()
    figure.legend(*named, loc="outside upper center", ncols=columns)
