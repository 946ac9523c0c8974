"""Accuracies over seeds, against numbers worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from pixembed import statistics
from pixembed.paper import CLEAN, NOISY_CASES, TABLE_3, TABLE_5
from tests.test_results import FIRST


def test_summary_is_mean_and_t_interval_over_seeds():
    counts = [90, 94, 95, 99]
    stored = [replace(FIRST, seed=s, correct=c) for s, c in enumerate(counts)]
    summary = statistics.summarise(stored, arm="plain")
    shares = np.array(counts) / 100
    low, high = stats.t.interval(0.95, 3, shares.mean(), stats.sem(shares))
    assert summary.mean == pytest.approx(0.945)
    assert (summary.low, summary.high) == pytest.approx((low, high))
    assert (summary.smallest, summary.largest) == (0.90, 0.99)
    assert (summary.seeds, summary.total) == (4, 100)


def test_one_seed_has_no_interval():
    summary = statistics.summarise([FIRST], arm="plain")
    assert (summary.low, summary.high, summary.seeds) == (None, None, 1)


def test_the_interval_over_images_is_wilsons_of_the_mean():
    stored = [replace(FIRST, seed=s, correct=c) for s, c in enumerate([90, 94, 96, 98])]
    summary = statistics.summarise(stored, arm="plain")
    # Of 400 images it would be narrower.
    expected = statistics.wilson(round(94.5), 100)
    assert (summary.images_low, summary.images_high) == expected
    low, high = statistics.wilson(90, 100)
    alone = statistics.summarise([FIRST], arm="plain")
    assert (alone.images_low, alone.images_high) == (low, high)
    assert low < 0.9 < high


def test_wilsons_interval_by_hand():
    z = stats.norm.ppf(0.975)
    middle, half = (8 + z**2 / 2) / (10 + z**2), np.sqrt(1.6 + z**2 / 4)
    half *= z / (10 + z**2)
    assert statistics.wilson(8, 10) == pytest.approx((middle - half, middle + half))
    low, high = statistics.wilson(np.int64(8), np.uint8(10), confidence=0.5)
    assert middle - half < low < 0.8 < high < middle + half


@pytest.mark.parametrize(
    ("correct", "total", "message"),
    [
        (-1, 10, "correct must lie in 0..10. Received: -1"),
        (11, 10, "correct must lie in 0..10. Received: 11"),
        (0, 0, "total must be at least 1. Received: 0"),
    ],
)
def test_counts_that_cannot_be_have_no_interval(correct, total, message):
    with pytest.raises(ValueError, match=message):
        statistics.wilson(correct, total)


def test_students_interval_by_hand():
    values = np.array([1.0, 2.0, 6.0])
    half = 4.302653 * np.sqrt(7) / np.sqrt(3)
    assert statistics.student(values) == pytest.approx((3 - half, 3 + half))
    assert statistics.student(values[:1]) == (None, None)


def test_numpy_integers_are_wanted_as_ints_are():
    stored = [replace(FIRST, seed=np.int64(seed)) for seed in range(3)]
    assert statistics.summarise(stored, seed=np.uint8(2)).seeds == 1
    assert statistics.summarise(stored, total=np.int32(100)).seeds == 3


@pytest.mark.parametrize("correct", [0, 100])
def test_the_interval_over_images_stays_within_0_and_1(correct):
    summary = statistics.summarise([replace(FIRST, correct=correct)], arm="plain")
    assert 0 <= summary.images_low < summary.images_high <= 1
    assert correct / 100 in (summary.images_low, summary.images_high)


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
        statistics.summarise(stored, arm="plain")


def test_pooling_adds_up_the_cases_of_each_network():
    stored = [
        replace(FIRST, seed=seed, case=case.key, correct=10 * seed + number)
        for seed in range(2)
        for number, case in enumerate(NOISY_CASES[:3])
    ]
    pooled = statistics.pool(stored, NOISY_CASES[:2])
    assert [(r.seed, r.correct, r.total) for r in pooled] == [(0, 1, 200), (1, 21, 200)]


def test_more_cases_of_the_same_images_make_no_interval_narrower():
    stored = [
        replace(FIRST, case=case.key, correct=correct)
        for case, correct in zip(NOISY_CASES[:3], [80, 90, 95], strict=True)
    ]
    summary = statistics.summarise(statistics.pool(stored, NOISY_CASES[:3]))
    assert summary.mean == pytest.approx(265 / 300)
    assert summary.total == 100
    expected = statistics.wilson(round(100 * 265 / 300), 100)
    assert (summary.images_low, summary.images_high) == expected


def test_summary_refuses_other_numbers_of_cases():
    pooled = replace(FIRST, case="a + b", total=200)
    with pytest.raises(ValueError, match="numbers of images"):
        statistics.summarise([pooled, replace(FIRST, seed=1, total=200)])


@pytest.mark.parametrize("present", [[0], [0, 1, 1]])
def test_pooling_refuses_a_missing_or_doubled_case(present):
    stored = [replace(FIRST, case=NOISY_CASES[number].key) for number in present]
    with pytest.raises(ValueError, match="once"):
        statistics.pool(stored, NOISY_CASES[:2])


def test_pooling_keeps_epochs_apart():
    stored = [
        replace(FIRST, epochs=epochs, case=case.key, correct=epochs)
        for epochs in (1, 2)
        for case in NOISY_CASES[:2]
    ]
    pooled = statistics.pool(stored, NOISY_CASES[:2])
    assert [(r.epochs, r.correct) for r in pooled] == [(1, 2), (2, 4)]


def test_the_lowest_of_several_cases_is_found():
    stored = [
        replace(FIRST, seed=seed, case=case.key, correct=correct + seed)
        for seed in range(2)
        for case, correct in zip(NOISY_CASES[:4], [80, 70, 70, 10], strict=True)
    ]
    mean, lowest, case = statistics.mean_and_lowest(
        stored, NOISY_CASES[:3], overflow=FIRST.overflow
    )
    assert mean.mean == pytest.approx(443 / 600)
    assert lowest.mean == pytest.approx(0.705)
    assert (mean.seeds, lowest.seeds, case) == (2, 2, NOISY_CASES[1])


# Differences


def pairs_of_arms(first, second):
    return [
        replace(FIRST, arm=arm, seed=seed, correct=correct)
        for arm, counts in (("plain", first), ("standardised", second))
        for seed, correct in enumerate(counts)
    ]


DIFFERENCE = [(1, {"arm": "standardised"}), (-1, {"arm": "plain"})]


def test_a_difference_is_taken_seed_by_seed():
    stored = pairs_of_arms([50, 60, 70], [51, 63, 75])
    found = statistics.contrast(stored, [CLEAN], DIFFERENCE)
    low, high = stats.t.interval(0.95, 2, 0.03, stats.sem([0.01, 0.03, 0.05]))
    assert found.mean == pytest.approx(0.03)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.seeds == 3


def test_a_difference_takes_the_seeds_that_all_have():
    stored = pairs_of_arms([50, 60, 70], [52])
    found = statistics.contrast(stored, [CLEAN], DIFFERENCE)
    assert found.mean == pytest.approx(0.02)
    assert (found.low, found.high, found.seeds) == (None, None, 1)


def test_a_difference_under_each_overflow_and_between_both():
    stored = [
        replace(FIRST, arm=arm, overflow=overflow, correct=correct)
        for arm, overflow, correct in [
            ("plain", "wrap", 20),
            ("standardised", "wrap", 50),
            ("plain", "clip", 70),
            ("standardised", "clip", 80),
        ]
    ]
    found = [
        statistics.difference(stored, [CLEAN], "standardised", "plain", overflow).mean
        for overflow in ("wrap", "clip", None)
    ]
    assert found == pytest.approx([0.30, 0.10, 0.20])


def test_the_cases_of_a_difference_weigh_the_same():
    stored = [
        replace(result, case=case.key, correct=result.correct + number)
        for result in pairs_of_arms([10], [20])
        for number, case in enumerate(NOISY_CASES[:3])
    ]
    found = statistics.contrast(stored, NOISY_CASES[:3], [(1, {"arm": "plain"})])
    assert found.mean == pytest.approx(0.11)


def test_a_difference_of_no_common_seed_is_refused():
    stored = pairs_of_arms([50], [])
    with pytest.raises(ValueError, match="no seed in common"):
        statistics.contrast(stored, [CLEAN], DIFFERENCE)


def test_a_difference_of_two_networks_of_one_seed_is_refused():
    stored = [FIRST, replace(FIRST, overflow="wrap")]
    with pytest.raises(ValueError, match="narrow it"):
        statistics.contrast(stored, [CLEAN], [(1, {"arm": "plain"})])


# Distances from print


ROWS = TABLE_3[1:3]


def counts(arm, *networks, overflow="wrap"):
    """Results of some networks; each is given its accuracies in the two rows."""
    return [
        replace(
            FIRST,
            arm=arm,
            overflow=overflow,
            seed=seed,
            case=row.case.key,
            total=1000,
            correct=round(10 * share),
        )
        for seed, shares in enumerate(networks)
        for row, share in zip(ROWS, shares, strict=True)
    ]


def test_each_row_has_its_summary():
    stored = counts("plain", (50, 80), (60, 90)) + counts("standardised", (1, 2))
    first, second = statistics.summarise_rows(stored, ROWS, arm="plain")
    assert (first.mean, second.mean) == pytest.approx((0.55, 0.85))
    with pytest.raises(ValueError, match="no result has .*none"):
        statistics.summarise_rows(stored, [*ROWS, TABLE_5[0]], arm="plain")


def test_the_distance_to_print_is_that_of_the_mean():
    stored = counts("plain", (84.7, 87.7), (84.7, 85.7))
    stored += counts("plain", (0, 0), overflow="clip")
    options = {"overflow": "wrap"}
    far = statistics.distance_to_printed(stored, ROWS, "plain", **options)
    assert far == pytest.approx(((85.70 - 84.7) + (88.66 - 86.7)) / 2)
    own = statistics.distance_between_seeds(stored, ROWS, "plain", **options)
    assert own == pytest.approx((0 + 2) / 2)


def test_one_network_lies_from_no_other():
    stored = counts("plain", (84.7, 87.7))
    assert (
        statistics.distance_between_seeds(stored, ROWS, "plain", overflow="wrap")
        is None
    )


def test_ahead_counts_the_rows_with_the_higher_mean():
    stored = counts("plain", (50, 80), (60, 80)) + counts("standardised", (54, 80))
    stored += counts("plain", (90, 90), overflow="clip")
    stored += counts("standardised", (0, 91), overflow="clip")
    options = {"overflow": "wrap"}
    assert statistics.ahead(stored, ROWS, "plain", "standardised", **options) == 1
    assert statistics.ahead(stored, ROWS, "standardised", "plain", **options) == 0
    assert statistics.ahead(stored, ROWS, "standardised", "plain", overflow="clip") == 1
