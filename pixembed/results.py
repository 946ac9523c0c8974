"""Counts of right answers over many seeds: appended, read, summarised.

A results file is a CSV with one line for each (recipe, arm, seed, epochs, overflow,
case), counts rather than percentages, and where each count comes from. The files that
belong to the book lie in `pixembed/reference/`.
"""

import csv
import os
from collections import defaultdict
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
from scipy import stats

REFERENCE = Path(__file__).parent / "reference"


@dataclass(frozen=True)
class Result:
    """One count, and where it comes from.

    Attributes:
        recipe: name of the recipe, such as `"fast"`.
        arm: a name in the recipe's `pixembed.reproduction.EXPERIMENTS`.
        seed: of the network and of the noise.
        overflow: `"clip"` or `"wrap"`.
        case: `pixembed.paper.Case.key`.
        correct: images answered rightly.
        total: images asked.
        epochs: passes over the training images.
        precision: Keras's dtype policy, `"float32"` or `"mixed_bfloat16"`.
        data: first 12 digits of the SHA-256 of training and test arrays.
        version: of `pixembed`.
        keras: version and backend.
        device: what trained it.
        date: day of the run, ISO 8601.
    """

    recipe: str
    arm: str
    seed: int
    overflow: str
    case: str
    correct: int
    total: int
    epochs: int
    precision: str
    data: str
    version: str
    keras: str
    device: str
    date: str

    @property
    def accuracy(self):
        """The share of right answers, 0 to 1."""
        return self.correct / self.total

    @property
    def key(self):
        """What tells this count from the others in its file."""
        return (
            self.recipe,
            self.arm,
            self.seed,
            self.epochs,
            self.overflow,
            self.case,
        )


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


_COLUMNS = [field.name for field in fields(Result)]
_HEADER = ",".join(_COLUMNS)
#: Stands between the cases of a pooled result.
_AND = " + "
_NUMBERS = [field.name for field in fields(Result) if field.type is int]


def read(file):
    """Reads a results file.

    Args:
        file: path, or the bare name of a file in `pixembed/reference/`.

    Returns:
        list of `Result`, in the order of the file.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a line is not a result; it names the line. If the file is not
            UTF-8.
    """
    try:
        with _path(file).open(newline="", encoding="utf-8") as lines:
            return _results(file, csv.reader(lines))
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not a results file: {error}") from error


def append(file, result):
    """Adds one result to a file, making the file if it is missing.

    The line is on the disk when the function returns. A last line that a killed run
    left unfinished is removed first.

    Args:
        file: path.
        result: `Result`.

    Raises:
        OSError: if the line cannot be written, on a full disk for example.
        ValueError: if the file is no results file; it stays as it is.
    """
    file = Path(file)
    drop_unfinished_line(file)
    new = not file.exists() or file.stat().st_size == 0
    with file.open("a", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, _COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(asdict(result))
        lines.flush()
        os.fsync(lines.fileno())


def drop_unfinished_line(file):
    """Cuts off what stands behind the last line end: a killed run left it.

    Args:
        file: path; nothing happens if it is missing.

    Returns:
        the text cut off, empty if there was none.

    Raises:
        ValueError: if the file is no results file; it stays as it is.
    """
    file = Path(file)
    if not file.exists():
        return ""
    with file.open("rb") as opened:
        first = opened.readline().decode("utf-8", "replace")
        whole = first.endswith("\n")
        if first.rstrip() != _HEADER and (whole or not _HEADER.startswith(first)):
            raise _not_ours(file, first.rstrip())
        opened.seek(max(opened.seek(0, os.SEEK_END) - 1, 0))
        if opened.read() in (b"", b"\n"):
            return ""
    content = file.read_bytes()
    end = content.rfind(b"\n") + 1
    os.truncate(file, end)
    return content[end:].decode("utf-8", "replace")


def summarise(results, **wanted):
    """Summarises the accuracy over seeds of the results that match.

    Args:
        results: iterable of `Result`.
        wanted: attribute values, such as `arm="plain"`, `overflow="wrap"`.

    Returns:
        `Summary`.

    Raises:
        ValueError: if nothing matches, if a seed stands there twice, or if the
            numbers of images differ.
    """
    found = [
        result
        for result in results
        if all(getattr(result, name) == value for name, value in wanted.items())
    ]
    if not found:
        raise ValueError(f"no result has {wanted}")
    if len({result.seed for result in found}) < len(found):
        raise ValueError(f"{wanted} leaves several results for one seed: narrow it")
    totals = {(result.total, _cases_in(result)) for result in found}
    if len(totals) > 1:
        mixed = sorted({total for total, _ in totals})
        raise ValueError(f"{wanted} mixes numbers of images: {mixed}")
    accuracies = np.array([result.accuracy for result in found])
    low, high = _interval(accuracies)
    total, cases = totals.pop()
    total //= cases
    right = round(float(accuracies.mean()) * total)
    over_images = stats.binomtest(right, total).proportion_ci(method="wilson")
    return Summary(
        mean=float(accuracies.mean()),
        low=low,
        high=high,
        images_low=over_images.low,
        images_high=over_images.high,
        smallest=float(accuracies.min()),
        largest=float(accuracies.max()),
        seeds=len(found),
        total=total,
    )


def pool(results, cases):
    """Adds up the counts of several cases, network by network.

    Args:
        results: iterable of `Result`.
        cases: `pixembed.paper.Case`s.

    Returns:
        list of `Result`, one for each recipe, arm, seed, epochs and overflow, with
        `correct` and `total` summed over the cases, whose keys `case` holds.

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


def contrast(results, cases, terms):
    """Returns a sum of accuracies, each with a factor, seed by seed.

    With factors that sum to 0 it says by how much some networks are more accurate
    than others.

    Args:
        results: iterable of `Result`.
        cases: `pixembed.paper.Case`s, each with the same weight.
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


def difference(results, cases, better, worse, overflow=None):
    """Returns by how much one arm is more accurate than another, seed by seed.

    Args:
        results: iterable of `Result`.
        cases: `pixembed.paper.Case`s, each with the same weight.
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


def over_seeds(values):
    """Returns the mean of a number that each seed has, with its interval.

    Args:
        values: float array, one number a seed; not empty.

    Returns:
        `Contrast`.
    """
    return Contrast(float(values.mean()), *_interval(values), len(values))


def _by_seed(results, wanted):
    found = {}
    for result in results:
        if all(getattr(result, name) == value for name, value in wanted.items()):
            if result.seed in found:
                raise ValueError(f"{wanted} names two networks of one seed: narrow it")
            found[result.seed] = result.accuracy
    return found


def _cases_in(result):
    return len(result.case.split(_AND))


def _interval(values):
    if len(values) < 2:
        return None, None
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return float(values.mean() - half), float(values.mean() + half)


def _not_ours(file, header):
    return ValueError(
        f"{file} is not a results file of this version: its first line must "
        f"be {_HEADER}. Received: {header}"
    )


def _path(file):
    path = Path(file)
    shipped = REFERENCE / f"{file}.csv"
    if path.is_file() or not shipped.is_file():
        return path
    return shipped


def _results(file, reader):
    header = next(reader, None)
    if header != _COLUMNS:
        raise _not_ours(file, ",".join(header or []))
    return [_result(file, reader.line_num, row) for row in reader]


def _result(file, line, row):
    try:
        values = dict(zip(_COLUMNS, row, strict=True))
        return Result(**values | {name: int(values[name]) for name in _NUMBERS})
    except ValueError as error:
        raise ValueError(f"{file}, line {line} is not a result: {row}") from error
