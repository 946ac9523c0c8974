"""What the paper prints and what its released code does, as data.

Reference: Liu, Tu, Zhou, Liu and Zhang, *Networks with pixel embedding: a method
to improve noise resistance in image classification*, 2020, and its code,
github.com/zhouchichun/pixels_embedding. Accuracies are in per cent, of 10,000
test images and one trained network each. This module needs no Keras.
"""

from dataclasses import dataclass

from pixembed.noise import CLEAN, Case, gaussian, impulse


@dataclass(frozen=True)
class Row:
    """One line of Table 3 or 4: accuracies in per cent.

    Attributes:
        number: the paper's case number.
        case: the noise.
        without: printed accuracy without pixel embedding.
        with_pe: printed accuracy with pixel embedding.
        logged_without: accuracy in the released logs where it differs from the
            printed one, otherwise None.
    """

    number: int
    case: Case
    without: float
    with_pe: float
    logged_without: float | None = None


@dataclass(frozen=True)
class StandardisedRow:
    """One line of Table 5: accuracy in per cent, standardised, no embedding."""

    number: int
    case: Case
    accuracy: float


#: A line of Table 3, 4 or 5.
TableRow = Row | StandardisedRow


def printed(row: TableRow, arm: str) -> float:
    """Returns the accuracy that the paper prints for an arm, in per cent.

    Args:
        row: some line of Table 3, 4 or 5.
        arm: one of `ARMS`; Tables 3 and 4 have no standardised arm, and Table 5 has no
            other.

    Example:
        >>> printed(TABLE_3[1], "pixel_embedding")
        95.94
    """
    return getattr(row, _PRINTED[arm])


_PRINTED = {
    "plain": "without",
    "standardised": "accuracy",
    "pixel_embedding": "with_pe",
}

#: Layer number, name and output shape; "E_s" is the embedding width.
TABLE_1 = (
    (0, "Input", (28, 28, "E_s")),
    (1, "Convolution", (28, 28, 64)),
    (2, "Max pooling", (14, 14, 64)),
    (3, "Convolution", (14, 14, 64)),
    (4, "Max pooling", (7, 7, 64)),
    (5, "Folding", (1, 3136)),
    (6, "Full connection", (1, 10)),
)

TABLE_2 = {
    "Length of the embedding dictionary": 2000,
    "Optimization algorithm": "Adam",
    "Integer to multiply": 1000,
    "Embedding size": 64,
    "Learning rate": 0.0001,
    "Batch size": 64,
}

TABLE_3 = (
    Row(1, CLEAN, 98.7, 97.83, logged_without=98.17),
    Row(2, gaussian(1, 1), 85.70, 95.94),
    Row(3, gaussian(5, 1), 88.66, 88.10),
    Row(4, gaussian(10, 2), 78.53, 80.18),
    Row(5, gaussian(25, 5), 53.24, 67.92),
    Row(6, gaussian(50, 10), 28.71, 59.89),
    Row(7, gaussian(75, 15), 18.61, 40.22),
    Row(8, gaussian(100, 10), 17.81, 33.52),
    Row(9, gaussian(150, 10), 12.22, 18.84),
)

TABLE_4 = (
    Row(1, CLEAN, 98.17, 97.83),
    Row(2, impulse(0.1, 25), 94.72, 96.96),
    Row(3, impulse(0.1, 50), 90.10, 97.07),
    Row(4, impulse(0.1, 100), 84.24, 96.03),
    Row(5, impulse(0.2, 50), 86.93, 95.28),
    Row(6, impulse(0.3, 50), 82.36, 91.14),
    Row(7, impulse(0.4, 50), 77.31, 89.59),
    Row(8, impulse(0.5, 50), 69.53, 78.51),
    Row(9, impulse(0.5, 100), 49.47, 77.75),
    Row(10, impulse(0.6, 50), 60.00, 81.55),
    Row(11, impulse(0.6, 100), 35.38, 64.12, logged_without=35.58),
    Row(12, impulse(0.7, 50), 48.40, 71.72),
    Row(13, impulse(0.7, 100), 22.20, 59.09),
    Row(14, impulse(0.8, 100), 14.93, 47.62),
)

#: Accuracies by case number, with the noise of Table 3.
TABLE_5 = tuple(
    StandardisedRow(row.number, row.case, accuracy)
    for row, accuracy in zip(
        TABLE_3,
        (97.57, 70.25, 72.26, 54.14, 24.85, 11.56, 10.11, 9.94, 9.93),
        strict=True,
    )
)

#: A case that the released logs hold and no table prints.
LOGGED_ONLY = Row(0, gaussian(0, 0.1), 98.14, 97.96)

GAUSSIAN_CASES = tuple(row.case for row in TABLE_3[1:])
IMPULSE_CASES = tuple(row.case for row in TABLE_4[1:])
NOISY_CASES = GAUSSIAN_CASES + IMPULSE_CASES

ARMS = ("plain", "standardised", "pixel_embedding")
