"""What each factor of the ablation does, with the seed as a block.

Every seed has trained every network of the factorial, so an effect is taken within each
seed first, and its interval comes from how it varies between seeds. Networks that
differ in testing only share their training; within a seed that does no harm.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import product

import pandas as pd
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from pixembed import ablation, statistics
from pixembed.noise import Case
from pixembed.results import Result
from pixembed.statistics import Contrast

FACTORS = ("overflow", "statistics", "coding")


def frame(
    stored: Iterable[Result], cases: Iterable[Case], *, partial: bool = False
) -> pd.DataFrame:
    """Returns the factorial as a table, one line a network and overflow.

    Args:
        stored: iterable of `pixembed.results.Result`; arms that are no combination of
            the ablation's own `CODINGS` and `STATISTICS` are left out.
        cases: `pixembed.noise.Case`s, each with the same weight.
        partial: bool, whether seeds that lack combinations stay. Such a table is for
            `cells` only: in its means some networks would weigh more than others.

    Returns:
        `pandas.DataFrame` with the columns `overflow`, `statistics`, `coding`, `seed`
        and `accuracy` (0 to 1), of the seeds that have every combination.

    Raises:
        ValueError: if no seed has, unless `partial`; if a network lacks a case; or if
            a seed has two networks of one combination, such as after 3 epochs and 6.
    """
    combinations = {
        f"{coding}-{kind}": (kind, coding)
        for coding, kind in product(ablation.CODINGS, ablation.STATISTICS)
    }
    lines = [
        (found.overflow, *combinations[found.arm], found.seed, found.accuracy)
        for found in statistics.pool(
            (result for result in stored if result.arm in combinations), cases
        )
    ]
    whole = pd.DataFrame(lines, columns=[*FACTORS, "seed", "accuracy"])
    if whole.duplicated([*FACTORS, "seed"]).any():
        raise ValueError(
            "a seed has two networks of one combination: narrow the results"
        )
    if partial:
        return whole
    complete = whole.groupby("seed").transform("size") == 2 * len(combinations)
    if not complete.any():
        raise ValueError("no seed has every combination of the factors")
    return whole[complete].reset_index(drop=True)


def variation(table: pd.DataFrame) -> pd.Series:
    """Splits the variation of the accuracies by an analysis of variance.

    Args:
        table: what `frame` returned, of two seeds or more.

    Returns:
        `pandas.Series`: the share of the sum of squares, 0 to 1, of each factor and
        each interaction (such as `"overflow:coding"`), of `"seed"` and of
        `"remainder"`; together 1.

    Raises:
        ValueError: if there is one seed only, which leaves no remainder.
    """
    if table["seed"].nunique() < 2:
        raise ValueError("an analysis of variance needs two seeds or more")
    fitted = ols(f"accuracy ~ C(seed) + {' * '.join(FACTORS)}", table).fit()
    squares = anova_lm(fitted)["sum_sq"]
    names = {"C(seed)": "seed", "Residual": "remainder"}
    return (squares / squares.sum()).rename(names)


def cells(table: pd.DataFrame, overflow: str) -> pd.DataFrame:
    """Returns the mean accuracy of every combination under one overflow.

    Args:
        table: what `frame` returned.
        overflow: `"wrap"` or `"clip"`.

    Returns:
        `pandas.DataFrame`, 0 to 1, a line a coding and a column a kind of statistics;
        NaN for a combination that the table lacks.
    """
    part = _part(table, {"overflow": overflow})
    means = part.groupby(["coding", "statistics"])["accuracy"].mean().unstack()
    return means.reindex(index=[*ablation.CODINGS], columns=ablation.STATISTICS)


def effect(
    table: pd.DataFrame, factor: str, level: str, than: str, **fixed: str
) -> Contrast:
    """Returns by how much a level of a factor is more accurate than another.

    Args:
        table: what `frame` returned.
        factor: one of `FACTORS`.
        level: the level that is judged.
        than: the level that it is compared with.
        fixed: levels of other factors; over the rest the mean is taken.

    Returns:
        `pixembed.statistics.Contrast`.

    Raises:
        ValueError: if the table has no such level.
    """
    return statistics.over_seeds(_difference(table, factor, level, than, fixed))


def interaction(
    table: pd.DataFrame,
    first: tuple[str, str, str],
    second: tuple[str, str, str],
    **fixed: str,
) -> Contrast:
    """Returns by how much an effect is larger at one level of another factor.

    Args:
        table: what `frame` returned.
        first: triple (factor, level, than), the effect.
        second: triple (factor, level, than): the effect at its first level, minus that
            at its second.
        fixed: as in `effect`.

    Returns:
        `pixembed.statistics.Contrast`.

    Raises:
        ValueError: if the table has no such level.
    """
    factor, level, than = second
    here = _difference(table, *first, fixed | {factor: level})
    there = _difference(table, *first, fixed | {factor: than})
    return statistics.over_seeds(here - there)


def sweep(stored: Iterable[Result], name: str) -> dict[int, list[Result]]:
    """Returns the results of a sweep by the value that varies.

    Args:
        stored: iterable of `pixembed.results.Result`.
        name: what the arms are called before their value, such as `"width"` for
            `"width-8"`; or an arm that was counted after several epochs.

    Returns:
        dict from value to list of `Result`, the values increasing.

    Raises:
        ValueError: if there is no such sweep.
    """
    found = defaultdict(list)
    for result in stored:
        prefix, _, value = result.arm.rpartition("-")
        if result.arm == name:
            found[result.epochs].append(result)
        elif prefix == name and value.isdecimal():
            found[int(value)].append(result)
    if not found:
        raise ValueError(f"no arm belongs to the sweep {name!r}")
    return dict(sorted(found.items()))


def last_minus_first(
    stored: Sequence[Result], name: str, cases: Iterable[Case], overflow: str
) -> Contrast:
    """Returns by how much the last value of a sweep is more accurate than the first.

    Args:
        stored: list of `pixembed.results.Result`.
        name: as in `sweep`.
        cases: `pixembed.noise.Case`s, each with the same weight.
        overflow: `"wrap"` or `"clip"`.

    Returns:
        `pixembed.statistics.Contrast`, over the seeds that have both.
    """
    first, *_, last = sweep(stored, name).values()
    terms = [
        (sign, {"arm": end[0].arm, "epochs": end[0].epochs, "overflow": overflow})
        for sign, end in ((1, last), (-1, first))
    ]
    return statistics.contrast(stored, cases, terms)


def _difference(table, factor, level, than, fixed):
    part = _part(table, fixed)
    means = part.groupby([factor, "seed"])["accuracy"].mean()
    missing = {level, than} - set(part[factor])
    if missing:
        raise ValueError(f"{factor} has no level {sorted(missing)}")
    return means[level] - means[than]


def _part(table, fixed):
    for factor, level in fixed.items():
        table = table[table[factor] == level]
        if table.empty:
            raise ValueError(f"{factor} has no level {level!r}")
    return table
