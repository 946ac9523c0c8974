import dataclasses
from statistics import mean

import pytest

from pixembed import paper

# Copied from the printed paper, line by line, apart from the tables in the package:
# the noise, then accuracy without and with pixel embedding.

GAUSSIAN_AS_PRINTED = [
    ("no noise", 98.7, 97.83),
    ("μ = 1, σ = 1", 85.70, 95.94),
    ("μ = 5, σ = 1", 88.66, 88.10),
    ("μ = 10, σ = 2", 78.53, 80.18),
    ("μ = 25, σ = 5", 53.24, 67.92),
    ("μ = 50, σ = 10", 28.71, 59.89),
    ("μ = 75, σ = 15", 18.61, 40.22),
    ("μ = 100, σ = 10", 17.81, 33.52),
    ("μ = 150, σ = 10", 12.22, 18.84),
]
IMPULSE_AS_PRINTED = [
    ("no noise", 98.17, 97.83),
    ("p = 0.1, v = 25", 94.72, 96.96),
    ("p = 0.1, v = 50", 90.10, 97.07),
    ("p = 0.1, v = 100", 84.24, 96.03),
    ("p = 0.2, v = 50", 86.93, 95.28),
    ("p = 0.3, v = 50", 82.36, 91.14),
    ("p = 0.4, v = 50", 77.31, 89.59),
    ("p = 0.5, v = 50", 69.53, 78.51),
    ("p = 0.5, v = 100", 49.47, 77.75),
    ("p = 0.6, v = 50", 60.00, 81.55),
    ("p = 0.6, v = 100", 35.38, 64.12),
    ("p = 0.7, v = 50", 48.40, 71.72),
    ("p = 0.7, v = 100", 22.20, 59.09),
    ("p = 0.8, v = 100", 14.93, 47.62),
]
STANDARDISED_AS_PRINTED = [97.57, 70.25, 72.26, 54.14, 24.85, 11.56, 10.11, 9.94, 9.93]

both_tables = pytest.mark.parametrize(
    ("table", "printed"),
    [(paper.TABLE_3, GAUSSIAN_AS_PRINTED), (paper.TABLE_4, IMPULSE_AS_PRINTED)],
    ids=["table 3", "table 4"],
)


@both_tables
def test_accuracies_and_cases_are_as_printed(table, printed):
    assert [(row.case.label, row.without, row.with_pe) for row in table] == printed
    assert [row.number for row in table] == list(range(1, len(printed) + 1))


@both_tables
def test_mean_over_the_noisy_cases_is_that_of_the_print(table, printed):
    noisy = table[1:]
    without = mean(row.without for row in noisy)
    with_pe = mean(row.with_pe for row in noisy)
    assert without == pytest.approx(mean(line[1] for line in printed[1:]))
    assert with_pe == pytest.approx(mean(line[2] for line in printed[1:]))
    assert with_pe > without + 10


def test_table_5_has_the_noise_of_table_3_and_its_own_accuracies():
    assert [row.accuracy for row in paper.TABLE_5] == STANDARDISED_AS_PRINTED
    numbered = [(row.number, row.case) for row in paper.TABLE_3]
    assert [(row.number, row.case) for row in paper.TABLE_5] == numbered


def test_two_printed_figures_differ_from_the_logged_ones():
    slips = {
        (table, row.number): (row.without, row.logged_without)
        for table, rows in (("3", paper.TABLE_3), ("4", paper.TABLE_4))
        for row in rows
        if row.logged_without is not None
    }
    assert slips == {("3", 1): (98.7, 98.17), ("4", 11): (35.38, 35.58)}


def test_without_noise_tables_3_and_4_agree_as_logged():
    first, second = paper.TABLE_3[0], paper.TABLE_4[0]
    assert first.logged_without == second.without
    assert first.with_pe == second.with_pe
    assert first.case == second.case == paper.CLEAN


def test_the_case_that_no_table_prints():
    logged = paper.LOGGED_ONLY
    assert (logged.case.label, logged.without, logged.with_pe) == (
        "μ = 0, σ = 0.1",
        98.14,
        97.96,
    )
    assert logged.case not in paper.NOISY_CASES


def test_the_noisy_cases_are_8_gaussian_then_13_impulse():
    assert [case.kind for case in paper.NOISY_CASES] == ["gaussian"] * 8 + [
        "impulse"
    ] * 13
    assert paper.GAUSSIAN_CASES == tuple(row.case for row in paper.TABLE_3[1:])
    assert paper.IMPULSE_CASES == tuple(row.case for row in paper.TABLE_4[1:])
    assert paper.NOISY_CASES == paper.GAUSSIAN_CASES + paper.IMPULSE_CASES


@pytest.mark.parametrize(
    "record",
    [paper.CLEAN, paper.TABLE_3[0], paper.TABLE_5[0]],
    ids=lambda record: type(record).__name__,
)
def test_what_the_paper_says_cannot_be_changed(record):
    for field in dataclasses.fields(record):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record, field.name, None)


def test_table_1_goes_from_an_image_to_ten_numbers():
    assert paper.TABLE_1 == (
        (0, "Input", (28, 28, "E_s")),
        (1, "Convolution", (28, 28, 64)),
        (2, "Max pooling", (14, 14, 64)),
        (3, "Convolution", (14, 14, 64)),
        (4, "Max pooling", (7, 7, 64)),
        (5, "Folding", (1, 3136)),
        (6, "Full connection", (1, 10)),
    )
