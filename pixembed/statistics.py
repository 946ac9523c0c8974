"""Accuracies over seeds: means, intervals, differences, distances from print."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pixembed import checks, paper
from pixembed.noise import Case
from pixembed.paper import TableRow
from pixembed.results import Result

#: Stands between the cases of a pooled result.
_AND = " + "


@dataclass(frozen=True)
class Summary:
    """An accuracy over seeds, 0 to 1.

    Attributes:
        mean: over the seeds.
        low, high: 95% interval of the mean over seeds, Student's t; None for one seed.
        images_low, images_high: 95% interval over images, Wilson's: how far the mean
            may lie from that on other images of the same kind. All seeds are asked
            the same images in all cases, so that neither more seeds nor more cases
            make it narrower.
        smallest, largest: over the seeds.
        seeds: how many networks.
        total: images each was asked; of pooled cases, which share their images, those
            of one case.
    """

    mean: float
    low: float | None
    high: float | None
    images_low: float
    images_high: float
    smallest: float
    largest: float
    seeds: int
    total: int


@dataclass(frozen=True)
class Contrast:
    """A difference of accuracies over seeds.

    Attributes:
        mean: over the seeds.
        low, high: 95% interval of the mean over seeds, Student's t of the differences
            within each seed; None for one seed.
        seeds: how many.
    """

    mean: float
    low: float | None
    high: float | None
    seeds: int


def summarise(results: Iterable[Result], **wanted: Any) -> Summary:
    """Summarises the accuracy over seeds of the results that match.

    Args:
        results: iterable of `pixembed.results.Result`.
        wanted: attribute values, such as `arm="plain"`, `overflow="wrap"`.

    Returns:
        `Summary`.

    Raises:
        ValueError: if nothing matches, if a seed stands there twice, or if the
            numbers of images differ.
    """
    found = [result for result in results if _matches(result, wanted)]
    if not found:
        raise ValueError(f"no result has {wanted}")
    if len({result.seed for result in found}) < len(found):
        raise ValueError(f"{wanted} leaves several results for one seed: narrow it")
    totals = {(result.total, _cases_in(result)) for result in found}
    if len(totals) > 1:
        mixed = sorted({total for total, _ in totals})
        raise ValueError(f"{wanted} mixes numbers of images: {mixed}")
    accuracies = np.array([result.accuracy for result in found])
    low, high = student(accuracies)
    total, cases = totals.pop()
    total //= cases
    right = round(float(accuracies.mean()) * total)
    images_low, images_high = wilson(right, total)
    return Summary(
        mean=float(accuracies.mean()),
        low=low,
        high=high,
        images_low=images_low,
        images_high=images_high,
        smallest=float(accuracies.min()),
        largest=float(accuracies.max()),
        seeds=len(found),
        total=total,
    )


def summarise_rows(
    results: Iterable[Result],
    rows: Iterable[TableRow],
    **wanted: Any,
) -> list[Summary]:
    """Summarises the accuracy over seeds for each row of a printed table.

    Args:
        results: iterable of `pixembed.results.Result`.
        rows: some rows of the paper's Table 3, 4 or 5.
        wanted: attribute values, as in `summarise`.

    Returns:
        list of `Summary`.

    Raises:
        ValueError: as `summarise` does.
    """
    results = [result for result in results if _matches(result, wanted)]
    return [summarise(results, case=row.case.key, **wanted) for row in rows]


def pool(results: Iterable[Result], cases: Iterable[Case]) -> list[Result]:
    """Adds up the counts of several cases, network by network.

    Args:
        results: iterable of `pixembed.results.Result`.
        cases: `pixembed.noise.Case`s.

    Returns:
        list of `pixembed.results.Result`, one for each recipe, arm, seed, epochs and
        overflow, with `correct` and `total` summed over the cases, whose keys `case`
        holds.

    Raises:
        ValueError: if a network lacks one of the cases.
    """
    wanted = {case.key for case in cases}
    networks = defaultdict(list)
    for result in results:
        if result.case in wanted:
            networks[result.key[:-1]].append(result)
    for network, found in networks.items():
        if {result.case for result in found} != wanted or len(found) > len(wanted):
            raise ValueError(f"{network} must have each of {sorted(wanted)} once")
    return [
        replace(
            found[0],
            case=_AND.join(result.case for result in found),
            correct=sum(result.correct for result in found),
            total=sum(result.total for result in found),
        )
        for found in networks.values()
    ]


def mean_and_lowest(
    results: Iterable[Result], cases: Sequence[Case], **wanted: Any
) -> tuple[Summary, Summary, Case]:
    """Summarises several cases: all together, and the one that is answered worst.

    Args:
        results: iterable of `pixembed.results.Result`.
        cases: `pixembed.noise.Case`s, one or more.
        wanted: attribute values, as in `summarise`.

    Returns:
        tuple of the `Summary` of the cases pooled, the `Summary` of the case with the
        lowest mean over seeds, and that case, the first of several as low.

    Raises:
        ValueError: as `summarise` and `pool` do.
    """
    found = [result for result in results if _matches(result, wanted)]
    each = [summarise(found, case=case.key) for case in cases]
    lowest = min(range(len(each)), key=lambda place: each[place].mean)
    return summarise(pool(found, cases)), each[lowest], cases[lowest]


def contrast(
    results: Iterable[Result],
    cases: Iterable[Case],
    terms: Sequence[tuple[float, Mapping[str, Any]]],
) -> Contrast:
    """Returns a sum of accuracies, each with a factor, seed by seed.

    With factors that sum to 0 it says by how much some networks are more accurate
    than others.

    Args:
        results: iterable of `pixembed.results.Result`.
        cases: `pixembed.noise.Case`s, each with the same weight.
        terms: pairs (factor, dict of attribute values), such as
            `[(1, {"arm": "standardised"}), (-1, {"arm": "plain"})]`; together with the
            seed, the values name one network.

    Returns:
        `Contrast`.

    Raises:
        ValueError: if the terms have no seed in common, or a network lacks a case.
    """
    pooled = pool(results, cases)
    found = [(factor, _by_seed(pooled, wanted)) for factor, wanted in terms]
    seeds = sorted(set.intersection(*(set(by_seed) for _, by_seed in found)))
    if not seeds:
        raise ValueError(f"{terms} have no seed in common")
    sums = np.array([sum(f * by_seed[seed] for f, by_seed in found) for seed in seeds])
    return over_seeds(sums)


def difference(
    results: Iterable[Result],
    cases: Iterable[Case],
    better: str,
    worse: str,
    overflow: str | None = None,
) -> Contrast:
    """Returns by how much one arm is more accurate than another, seed by seed.

    Args:
        results: iterable of `pixembed.results.Result`.
        cases: `pixembed.noise.Case`s, each with the same weight.
        better: the arm that is judged.
        worse: the arm that it is compared with.
        overflow: `"wrap"` or `"clip"`; None for the difference under wrap minus that
            under clip.

    Returns:
        `Contrast`.

    Raises:
        ValueError: as `contrast` does.
    """
    signs = {overflow: 1} if overflow else {"wrap": 1, "clip": -1}
    terms = [
        (sign * one, {"arm": arm, "overflow": name})
        for name, sign in signs.items()
        for one, arm in ((1, better), (-1, worse))
    ]
    return contrast(results, cases, terms)


def over_seeds(values: NDArray[np.floating]) -> Contrast:
    """Returns the mean of a number that each seed has, with its interval.

    Args:
        values: float array, one number a seed; not empty.

    Returns:
        `Contrast`.

    Example:
        >>> over_seeds(np.array([0.25, 0.75])).mean
        0.5
        >>> over_seeds(np.array([0.25]))
        Contrast(mean=0.25, low=None, high=None, seeds=1)
    """
    return Contrast(float(values.mean()), *student(values), len(values))


def student(values: NDArray[np.floating]) -> tuple[float, float] | tuple[None, None]:
    """Returns (low, high), Student's 95% interval for the mean of numbers.

    Args:
        values: float array, one number a seed.

    Returns:
        two floats; (None, None) for fewer than two numbers.

    Example:
        >>> low, high = student(np.array([0.8, 0.9]))
        >>> round(low, 3), round(high, 3)
        (0.215, 1.485)
    """
    if len(values) < 2:
        return None, None
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return float(values.mean() - half), float(values.mean() + half)


def wilson(correct: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Returns (low, high), Wilson's interval for a share of right answers.

    Args:
        correct: int, images answered rightly.
        total: int, images asked, at least 1.
        confidence: float, 0 to 1.

    Raises:
        TypeError, ValueError: if the counts are no integers or out of range.

    Example:
        >>> low, high = wilson(95, 100)
        >>> round(low, 3), round(high, 3)
        (0.888, 0.978)
    """
    total = checks.check_integer("total", total, 1)
    correct = checks.check_integer("correct", correct, 0, total)
    test = stats.binomtest(correct, total)
    found = test.proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def distance_to_printed(
    stored: Sequence[Result],
    rows: Sequence[TableRow],
    arm: str,
    *,
    overflow: str,
) -> float:
    """Returns how far our means lie from a printed column, in percentage points.

    Args:
        stored: list of `pixembed.results.Result` of one recipe.
        rows: some rows of the paper's Table 3, 4 or 5.
        arm: an arm that these rows print.
        overflow: `"clip"` or `"wrap"`, that of ours.

    Returns:
        float, the mean over the rows of the absolute deviation.
    """
    theirs = [paper.printed(row, arm) for row in rows]
    return float(np.abs(theirs - _means(stored, rows, arm, overflow)).mean())


def distance_between_seeds(
    stored: Sequence[Result],
    rows: Iterable[TableRow],
    arm: str,
    *,
    overflow: str,
) -> float | None:
    """Returns how far one of our networks lies from the others, in percentage points.

    The yardstick for `distance_to_printed`: each network in turn takes the place of
    the paper's, and is compared with the mean of the others.

    Args:
        stored: list of `pixembed.results.Result` of one recipe.
        rows: some rows of the paper's Table 3, 4 or 5.
        arm: one of `pixembed.paper.ARMS`.
        overflow: `"clip"` or `"wrap"`.

    Returns:
        float, the mean over the rows and the networks; None for one network.
    """
    gaps = []
    for row in rows:
        key = (arm, overflow, row.case.key)
        shares = np.array(
            [
                100 * found.accuracy
                for found in stored
                if (found.arm, found.overflow, found.case) == key
            ]
        )
        n = len(shares)
        if n < 2:
            return None
        gaps.append(np.abs(shares - shares.mean()) * n / (n - 1))
    return float(np.mean(gaps))


def ahead(
    stored: Sequence[Result],
    rows: Sequence[TableRow],
    one: str,
    other: str,
    *,
    overflow: str,
) -> int:
    """Returns in how many rows the mean of one arm is above the mean of another.

    Args:
        stored: list of `pixembed.results.Result` of one recipe.
        rows: some rows of the paper's Table 3, 4 or 5.
        one: one of `pixembed.paper.ARMS`.
        other: the arm that it is compared with.
        overflow: `"clip"` or `"wrap"`.
    """
    means = [_means(stored, rows, arm, overflow) for arm in (one, other)]
    return int((means[0] > means[1]).sum())


def _matches(result, wanted):
    return all(getattr(result, name) == value for name, value in wanted.items())


def _by_seed(results, wanted):
    found = {}
    for result in results:
        if _matches(result, wanted):
            if result.seed in found:
                raise ValueError(f"{wanted} names two networks of one seed: narrow it")
            found[result.seed] = result.accuracy
    return found


def _cases_in(result):
    return len(result.case.split(_AND))


def _means(stored, rows, arm, overflow):
    found = summarise_rows(stored, rows, arm=arm, overflow=overflow)
    return np.array([100 * one.mean for one in found])
