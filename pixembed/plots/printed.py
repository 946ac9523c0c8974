"""What the paper prints and what we count, side by side."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from pixembed import paper, statistics
from pixembed.noise import Case
from pixembed.paper import TableRow
from pixembed.plots.accuracies import band, over_seeds, table
from pixembed.plots.style import COLOURS, NAMES
from pixembed.results import Result

if TYPE_CHECKING:
    from IPython.display import Markdown

_HEADERS = {
    "plain": "printed, without PE",
    "standardised": "printed",
    "pixel_embedding": "printed, with PE",
}


def printed_and_ours(
    stored: Sequence[Result],
    rows: Sequence[TableRow],
    arms: Sequence[str],
    *,
    overflow: str,
) -> "Markdown":
    """Returns a table of the paper's accuracies with ours beside each.

    Args:
        stored: list of `pixembed.results.Result`; each recipe makes a column.
        rows: `pixembed.paper.TABLE_3`, `TABLE_4` or `TABLE_5`.
        arms: list of arms that these rows print.
        overflow: `"clip"` or `"wrap"`, that of ours.

    Returns:
        `IPython.display.Markdown`; below it belongs what `provenance` returns.
    """
    recipes = list(dict.fromkeys(result.recipe for result in stored))
    header, lines = ["case"], [[row.case.label] for row in rows]
    for arm in arms:
        header.append(_HEADERS[arm])
        for line, row in zip(lines, rows, strict=True):
            line.append(f"{paper.printed(row, arm):.2f}")
        for recipe in recipes:
            several = f", `{recipe}`" if len(recipes) > 1 else ""
            header.append(f"ours, {NAMES[arm]}{several}")
            wanted = {"recipe": recipe, "arm": arm, "overflow": overflow}
            ours = statistics.summarise_rows(stored, rows, **wanted)
            for line, one in zip(lines, ours, strict=True):
                line.append(over_seeds(one))
    return table(header, lines)


def averages(
    corner: str,
    groups: Mapping[str, tuple[Sequence[Result], Sequence[Case]]],
    *,
    printed_rows: Mapping[str, Sequence[TableRow]] | None = None,
) -> "Markdown":
    """Returns a table of mean accuracies over cases, wrapped and clipped.

    Args:
        corner: str, the head of the first column.
        groups: dict from label to a pair: list of `pixembed.results.Result` of one
            recipe, and the `pixembed.noise.Case`s, each with the same weight.
        printed_rows: dict from arm to the rows of which the first line is the printed
            mean; None for no such line.

    Returns:
        `IPython.display.Markdown`, a column an arm.
    """
    lines = []
    if printed_rows:
        means = {
            arm: np.mean([paper.printed(row, arm) for row in rows])
            for arm, rows in printed_rows.items()
        }
        theirs = [f"{means[arm]:.1f}" if arm in means else "–" for arm in NAMES]
        lines.append(["printed", *theirs])
    for label, (stored, cases) in groups.items():
        pooled = statistics.pool(stored, cases)
        for overflow in ("wrap", "clip"):
            ours = [
                over_seeds(statistics.summarise(pooled, arm=arm, overflow=overflow))
                for arm in NAMES
            ]
            lines.append([f"{label}, {overflow}", *ours])
    return table([corner, *NAMES.values()], lines)


def provenance(
    stored: Sequence[Result],
    arms: Sequence[str],
    *,
    overflow: str | None = None,
    band: bool = False,
) -> str:
    """Says what accuracies are: images, overflow, recipes, networks, interval.

    Args:
        stored: list of `pixembed.results.Result`.
        arms: list of arms.
        overflow: `"clip"` or `"wrap"`, that of ours; None where both are shown.
        band: bool, whether a figure shows smallest to largest over seeds, instead of
            a table with intervals.

    Returns:
        str, a few sentences.
    """
    seeds, images = {}, set()
    for found in stored:
        if found.arm in arms and overflow in (None, found.overflow):
            seeds.setdefault((found.recipe, found.arm), set()).add(found.seed)
            images.add(found.total)
    counted = "; ".join(
        f"recipe `{recipe}`: "
        + ", ".join(
            f"{len(seeds[recipe, arm])} {NAMES[arm]}"
            for arm in arms
            if (recipe, arm) in seeds
        )
        for recipe in dict.fromkeys(recipe for recipe, _ in seeds)
    )
    if max(map(len, seeds.values())) == 1:
        over = "no interval over seeds, which needs two"
    elif band:
        over = "smallest to largest over seeds as a band"
    else:
        over = "in brackets the 95% interval of the mean over seeds (Student's t)"
    how = f"overflow `{overflow}`, " if overflow else ""
    return (
        f"Accuracy in per cent of {' or '.join(f'{n:,}' for n in sorted(images))} "
        f"images. Printed: one network. Ours: {how}mean over networks ({counted}), "
        f"{over}."
    )


def draw_printed_and_ours(
    axis: Axes,
    stored: Sequence[Result],
    rows: Sequence[TableRow],
    arms: Sequence[str],
    *,
    overflow: str,
    at: ArrayLike | None = None,
) -> None:
    """Draws the paper's accuracies as thin lines, and ours as `band` does.

    Args:
        axis: `matplotlib.axes.Axes`.
        stored: list of `pixembed.results.Result` of one recipe.
        rows: some rows of the paper's Table 3, 4 or 5, in the order of drawing.
        arms: list of arms that these rows print.
        overflow: `"clip"` or `"wrap"`, that of ours.
        at: numbers, the horizontal positions; None for 0, 1, 2, … with the cases
            written below.
    """
    if at is None:
        at = np.arange(len(rows))
        labels = [row.case.label.replace(", ", "\n") for row in rows]
        axis.set_xticks(at, labels)
        axis.set_xlabel("noise, in grey levels")
    for arm in arms:
        ours = statistics.summarise_rows(stored, rows, arm=arm, overflow=overflow)
        style = {"color": COLOURS[arm]}
        band(axis, at, ours, marker="o", label=f"{NAMES[arm]}, ours", **style)
        axis.plot(
            at,
            [paper.printed(row, arm) for row in rows],
            marker="s",
            mfc="white",
            ms=4.5,
            lw=0.8,
            ls="--",
            label=f"{NAMES[arm]}, printed",
            **style,
        )
    axis.set(ylabel="accuracy, per cent", ylim=(0, 102))


def closeness(
    stored: Sequence[Result],
    rows: Sequence[TableRow],
    arm: str,
    *,
    overflow: str,
) -> list[str]:
    """Returns in words how close we come to a printed column.

    Args:
        stored: list of `pixembed.results.Result` of one recipe.
        rows: some rows of the paper's Table 3, 4 or 5.
        arm: an arm that these rows print.
        overflow: `"clip"` or `"wrap"`, that of ours.

    Returns:
        list of three strings: how many networks, their `distance_to_printed` and
        their `distance_between_seeds` of `pixembed.statistics`; `"–"` for what there
        is not.
    """
    seeds = {found.seed for found in stored if found.arm == arm}
    if not seeds:
        return ["–"] * 3
    far = statistics.distance_to_printed(stored, rows, arm, overflow=overflow)
    own = statistics.distance_between_seeds(stored, rows, arm, overflow=overflow)
    return [str(len(seeds)), f"{far:.1f}", "–" if own is None else f"{own:.1f}"]
