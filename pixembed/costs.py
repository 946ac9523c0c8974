"""What networks cost: times that were measured, and what they have to do at least."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from os import PathLike
from pathlib import Path

from pixembed import files
from pixembed.results import REFERENCE

#: Places of a 3x3 kernel.
_PLACES = 9

#: Bytes of a number in float32.
_BYTES = 4


@dataclass(frozen=True)
class Cost:
    """What one thing took, over the rounds of one run.

    Attributes:
        group: what is compared, such as `"answers"`; a ratio has a meaning within a
            group alone, whose members took turns.
        name: what was measured, such as `"folded"`.
        at: float, how many or how large, where that varies; 0 elsewhere.
        images: int, how many images one round has; 0 where it has none.
        rounds: int.
        median, least, most: float, over the rounds.
        unit: `"s"`, `"MB"`, or what one second does: `"operations/s"`, `"bytes/s"`.
        machine: its processor, and the threads that were used.
        versions: of Python and of the packages.
        date: day of the run, ISO 8601.
    """

    group: str
    name: str
    at: float
    images: int
    rounds: int
    median: float
    least: float
    most: float
    unit: str
    machine: str
    versions: str
    date: str


_KINDS = {field.name: field.type for field in fields(Cost)}


def read(file: str | PathLike[str] | None = None) -> list[Cost]:
    """Reads costs that were measured.

    Args:
        file: path; None for those that ship with the book, which `make bench` wrote.

    Returns:
        list of `Cost`, in the order of the file.
    """
    path = Path(file) if file else REFERENCE / "costs" / "speed.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Cost(**{name: _KINDS[name](value) for name, value in line.items()})
            for line in csv.DictReader(lines)
        ]


def write(file: str | PathLike[str], costs: Iterable[Cost]) -> None:
    """Writes costs as a CSV with a line for each, whole or not at all.

    Args:
        file: path.
        costs: iterable of `Cost`s.
    """
    rows = [[*_KINDS], *(astuple(cost) for cost in costs)]

    def lines(temporary):
        with temporary.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened, lineterminator="\n").writerows(rows)

    files.replace_file(files.path(file), lines)


def first_layer(
    pixels: int, width: int, folded: bool, filters: int = 64
) -> tuple[int, int]:
    """Returns what an embedding and a 3x3 convolution have to do for an image.

    Args:
        pixels: int, how many.
        width: int, of an embedding; 1 where a pixel is a number.
        folded: bool, whether rows are summed in place of the two.
        filters: int, channels of the output.

    Returns:
        (operations, bytes): multiplications with their additions, or additions alone;
        and what is written and read again in float32. What is read from a table or a
        kernel is not counted: it is in use all the time.

    Example:
        >>> first_layer(784, 64, folded=True)
        (451584, 200704)
    """
    sums = pixels * _PLACES * filters
    outputs = _BYTES * pixels * filters
    if folded:
        return sums, outputs
    return sums * width, outputs + 2 * _BYTES * pixels * width


def other_layers(pixels: int, classes: int = 10, filters: int = 64) -> tuple[int, int]:
    """Returns what the layers of Table 1 behind the first have to do for an image.

    Args:
        pixels: int, how many the image has.
        classes: int.
        filters: int, channels of both convolutions.

    Returns:
        (operations, bytes), as `first_layer`.

    Example:
        >>> other_layers(784)[0]
        7256704
    """
    half, quarter = pixels // 4, pixels // 16
    convolution = half * _PLACES * filters**2
    connection = quarter * filters * classes
    arrays = pixels + 2 * half + 2 * half + 2 * quarter
    return convolution + connection, _BYTES * filters * arrays


def floor(work: tuple[float, float], peaks: tuple[float, float]) -> float:
    """Returns the seconds that work takes where nothing else does.

    Args:
        work: (operations, bytes).
        peaks: (operations, bytes) that the machine does in a second.

    Example:
        >>> floor((2e9, 1e9), (1e9, 1e10))
        2.0
    """
    return max(amount / peak for amount, peak in zip(work, peaks, strict=True))
