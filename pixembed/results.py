"""Results files: counts of right answers, and where each of them comes from.

A results file is a CSV with one line for each (recipe, arm, seed, epochs, overflow,
case), counts rather than percentages, and where each count comes from. The files that
belong to the book lie in `pixembed/reference/`.
"""

import csv
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

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


_COLUMNS = [field.name for field in fields(Result)]
_HEADER = ",".join(_COLUMNS)
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
