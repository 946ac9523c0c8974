"""Results files: counts of right answers, and where each of them comes from.

A results file is a CSV with one line for each (recipe, arm, seed, epochs, overflow,
case), counts rather than percentages. The files that belong to the book lie in
`pixembed/reference/`.
"""

import csv
import io
import os
import re
from dataclasses import asdict, dataclass, fields
from os import PathLike
from pathlib import Path

from pixembed import checks, files

REFERENCE = Path(__file__).parent / "reference"


@dataclass(frozen=True)
class Result:
    """One count, and where it comes from.

    Numbers may be NumPy's; they are kept as Python's.

    Attributes:
        recipe: name of the recipe, such as `"fast"`.
        arm: a name in the recipe's `pixembed.experiments.EXPERIMENTS`.
        seed: of the network and of the noise, not negative.
        overflow: `"clip"` or `"wrap"`.
        case: `pixembed.noise.Case.key`.
        correct: images answered rightly, at most `total`.
        total: images asked, at least 1.
        epochs: passes over the training images, at least 1.
        precision: Keras's dtype policy, `"float32"` or `"mixed_bfloat16"`.
        onednn: `"on"` or `"off"`, whether TensorFlow computed with oneDNN, which rounds
            otherwise, so that another network is trained; `"default"` where TensorFlow
            decided; `"-"` on another backend; `"unknown"` where nobody noted it.
        threads: how many TensorFlow computed with, a number in digits, which decides
            the order of sums; `"-"` on another backend; `"unknown"` likewise.
        code: 12 hexadecimal digits, a fingerprint of what the code makes of a seed: it
            changes with the noise, the initial weights, the order of the images or
            the split of the sample; `"unknown"` likewise.
        data: first 12 digits of the SHA-256 of training and test arrays.
        version: of `pixembed`.
        keras: version and backend.
        device: what trained it.
        date: day of the run, ISO 8601.

    Raises:
        TypeError: if a number is no integer.
        ValueError: if a number is out of range, the overflow is neither, or a text is
            not one line of printable characters.
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
    onednn: str
    threads: str
    code: str
    data: str
    version: str
    keras: str
    device: str
    date: str

    def __post_init__(self):
        for name in _TEXTS:
            _check_text(name, getattr(self, name))
        for name, smallest in _SMALLEST.items():
            number = checks.check_integer(name, getattr(self, name), smallest)
            object.__setattr__(self, name, number)
        checks.check_integer("correct", self.correct, 0, self.total)
        checks.check_choice("overflow", self.overflow, ("clip", "wrap"))

    @property
    def accuracy(self) -> float:
        """The share of right answers, 0 to 1."""
        return self.correct / self.total

    @property
    def key(self) -> tuple[str, str, int, int, str, str]:
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
_TEXTS = [field.name for field in fields(Result) if field.type is str]
_SMALLEST = {"seed": 0, "correct": 0, "total": 1, "epochs": 1}
#: As many digits as Python turns into a number.
_INTEGER = re.compile("-?[0-9]{1,4300}")
_BYTE_ORDER_MARK = "\ufeff".encode()


def read(file: str | PathLike[str]) -> list[Result]:
    """Reads a results file.

    A byte-order mark and the line ends of Windows, as spreadsheets write them, are
    taken too.

    Args:
        file: path, `~` for the home folder; or the bare name of a file in
            `pixembed/reference/`.

    Returns:
        list of `Result`, in the order of the file.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the first line is not that of this version, if a line is not a
            result or repeats one, or if the file is not UTF-8; it names the line and
            the reason.

    Example:
        >>> read("fast")[0].case
        'none'
    """
    content = _path(file).read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{file} is not a results file: line {line} is not UTF-8, {error.reason}"
        ) from error
    header = text.partition("\n")[0]
    if not _is_header(header):
        raise _not_ours(file, header)
    return _results(file, text)


def append(file: str | PathLike[str], result: Result) -> None:
    """Adds one result to a file, making the file if it is missing.

    The line is on the disk when the function returns. A last line that a killed run
    left unfinished is removed first.

    Args:
        file: path, `~` for the home folder.
        result: `Result`.

    Raises:
        OSError: if the line cannot be written, on a full disk for example.
        ValueError: if the file is no results file; it stays as it is.
    """
    file = files.path(file)
    drop_unfinished_line(file)
    new = not file.exists() or file.stat().st_size == 0
    with file.open("a", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, _COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(asdict(result))
        lines.flush()
        os.fsync(lines.fileno())


def drop_unfinished_line(file: str | PathLike[str]) -> str:
    """Cuts off what stands behind the last line end: a killed run left it.

    Args:
        file: path, `~` for the home folder; nothing happens if it is missing.

    Returns:
        the text cut off, empty if there was none.

    Raises:
        ValueError: if the file is no results file; it stays as it is.
    """
    file = files.path(file)
    if not file.exists():
        return ""
    with file.open("rb") as opened:
        line = opened.readline().removeprefix(_BYTE_ORDER_MARK)
        first = line.decode("utf-8", "replace")
        whole = first.endswith("\n")
        if not (_is_header(first) if whole else _HEADER.startswith(first)):
            raise _not_ours(file, first)
        opened.seek(max(opened.seek(0, os.SEEK_END) - 1, 0))
        if opened.read() in (b"", b"\n"):
            return ""
    content = file.read_bytes()
    end = content.rfind(b"\n") + 1
    os.truncate(file, end)
    return content[end:].decode("utf-8-sig", "replace")


def _path(file):
    path = files.path(file)
    shipped = REFERENCE / f"{file}.csv"
    if path.is_file() or not shipped.is_file():
        return path
    return shipped


def _is_header(line):
    try:
        return next(csv.reader([line], strict=True), None) == _COLUMNS
    except csv.Error:
        return False


def _not_ours(file, header):
    return ValueError(
        f"{file} is not a results file of this version: its first line must "
        f"be {_HEADER}. Received: {_cut(repr(header.rstrip()))}"
    )


def _results(file, text):
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    next(reader)
    found, lines = [], {}
    try:
        for row in reader:
            result = _result(row)
            if result.key in lines:
                raise ValueError(f"it repeats line {lines[result.key]}, {result.key}")
            lines[result.key] = reader.line_num
            found.append(result)
    except (csv.Error, ValueError) as error:
        raise ValueError(
            f"{file}, line {reader.line_num} is not a result: {_cut(str(error))}"
        ) from error
    return found


def _result(row):
    if len(row) != len(_COLUMNS):
        raise ValueError(
            f"it must have {len(_COLUMNS)} columns. Received {len(row)}: {row}"
        )
    values = dict(zip(_COLUMNS, row, strict=True))
    return Result(**values | {name: _integer(name, values[name]) for name in _SMALLEST})


def _integer(name, text):
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{name} must be an integer. Received: {text!r}")
    return int(text)


def _check_text(name, value):
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str. Received: {value!r}")
    if not value or not value.isprintable():
        raise ValueError(
            f"{name} must be one line of printable characters. Received: {value!r}"
        )


def _cut(text, longest=300):
    return text if len(text) <= longest else f"{text[:longest]} …"
