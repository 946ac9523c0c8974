"""The results file: appended, read back, summarised."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from pixembed import results
from pixembed.paper import ARMS, CLEAN, NOISY_CASES
from pixembed.results import Result

FIRST = Result(
    recipe="fast",
    arm="plain",
    seed=0,
    overflow="clip",
    case="none",
    correct=90,
    total=100,
    epochs=6,
    data="0123456789ab",
    version="0.1.0",
    keras="3 tensorflow",
    device="CPU (2 cores)",
    date="2026-01-31",
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "results.csv"


def test_what_is_appended_is_read_back(file):
    stored = [replace(FIRST, seed=seed, case='a, "b"') for seed in range(3)]
    for result in stored:
        results.append(file, result)
    assert results.read(file) == stored


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_an_unfinished_line_is_dropped_and_the_others_stay(file, cut):
    results.append(file, FIRST)
    results.append(file, replace(FIRST, seed=1))
    file.write_bytes(file.read_bytes()[:-cut])
    results.append(file, replace(FIRST, seed=2))
    assert [result.seed for result in results.read(file)] == [0, 2]


def test_a_file_cut_inside_its_header_starts_again(file):
    file.write_text("recipe,arm,se")
    results.append(file, FIRST)
    assert results.read(file) == [FIRST]


def test_dropping_says_what_it_cut_off(file):
    assert results.drop_unfinished_line(file) == ""
    file.write_text("whole\nhalf")
    assert results.drop_unfinished_line(file) == "half"
    assert file.read_text() == "whole\n"


def test_a_line_that_is_no_result_is_named(file):
    results.append(file, FIRST)
    with file.open("a") as lines:
        lines.write("fast,plain,zero\n")
    with pytest.raises(ValueError, match="line 3"):
        results.read(file)


def test_a_file_of_other_columns_is_refused(file):
    file.write_text("arm,accuracy\nplain,0.9\n")
    with pytest.raises(ValueError, match="not a results file"):
        results.read(file)


def test_a_missing_file_is_named(file):
    with pytest.raises(FileNotFoundError, match="results.csv"):
        results.read(file)


def test_summary_is_mean_and_t_interval_over_seeds():
    counts = [90, 94, 95, 99]
    stored = [replace(FIRST, seed=s, correct=c) for s, c in enumerate(counts)]
    summary = results.summarise(stored, arm="plain")
    shares = np.array(counts) / 100
    low, high = stats.t.interval(0.95, 3, shares.mean(), stats.sem(shares))
    assert summary.mean == pytest.approx(0.945)
    assert (summary.low, summary.high) == pytest.approx((low, high))
    assert (summary.smallest, summary.largest) == (0.90, 0.99)
    assert (summary.seeds, summary.total) == (4, 100)


def test_one_seed_has_no_interval():
    summary = results.summarise([FIRST], arm="plain")
    assert (summary.low, summary.high, summary.seeds) == (None, None, 1)


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ([], "no result"),
        ([replace(FIRST, arm="standardised")], "no result"),
        ([FIRST, replace(FIRST, case="other")], "several results for one seed"),
        ([FIRST, replace(FIRST, seed=1, total=200)], "numbers of images"),
    ],
)
def test_summary_refuses_what_does_not_belong_together(stored, message):
    with pytest.raises(ValueError, match=message):
        results.summarise(stored, arm="plain")


def test_pooling_adds_up_the_cases_of_each_network():
    stored = [
        replace(FIRST, seed=seed, case=case.key, correct=10 * seed + number)
        for seed in range(2)
        for number, case in enumerate(NOISY_CASES[:3])
    ]
    pooled = results.pool(stored, NOISY_CASES[:2])
    assert [(r.seed, r.correct, r.total) for r in pooled] == [(0, 1, 200), (1, 21, 200)]


@pytest.mark.parametrize("present", [[0], [0, 1, 1]])
def test_pooling_refuses_a_missing_or_doubled_case(present):
    stored = [replace(FIRST, case=NOISY_CASES[number].key) for number in present]
    with pytest.raises(ValueError, match="once"):
        results.pool(stored, NOISY_CASES[:2])


def test_the_shipped_counts_are_complete():
    stored = results.read("fast")
    keys = {result.key for result in stored}
    seeds = {result.seed for result in stored}
    assert len(seeds) >= 5
    assert keys == {
        ("fast", arm, seed, overflow, case.key)
        for arm in ARMS
        for seed in seeds
        for overflow in ("clip", "wrap")
        for case in (CLEAN, *NOISY_CASES)
    }
    assert len(keys) == len(stored)
    assert {result.total for result in stored} == {1000}
    assert len({(result.data, result.version) for result in stored}) == 1
