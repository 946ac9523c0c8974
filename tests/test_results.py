"""The results file: appended, read back, summarised."""

from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from pixembed import reproduction, results
from pixembed.evaluation import Score
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
    precision="float32",
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
    results.append(file, FIRST)
    whole = file.read_text()
    file.write_text(whole + "half")
    assert results.drop_unfinished_line(file) == "half"
    assert file.read_text() == whole


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


@pytest.mark.parametrize("content", ["arm,accuracy\nplain,0.9", "Notes\nof mine"])
def test_a_file_of_another_kind_loses_nothing(file, content):
    """Its last line, which has no end, is not that of a killed run."""
    file.write_text(content)
    with pytest.raises(ValueError, match="not a results file"):
        results.append(file, FIRST)
    assert file.read_text() == content


@pytest.mark.parametrize(
    "changes",
    [{"epochs": 7}, {"seed": 1}, {"overflow": "wrap"}, {"arm": "standardised"}],
)
def test_what_tells_counts_apart_is_in_their_keys(changes):
    assert replace(FIRST, **changes).key != FIRST.key


def test_what_does_not_tell_counts_apart_is_not_in_their_keys():
    assert replace(FIRST, correct=1, precision="mixed_bfloat16").key == FIRST.key


def test_a_file_that_is_no_text_is_refused_and_named(file):
    file.write_bytes("Zähler\n".encode("latin-1"))
    with pytest.raises(ValueError, match="is not a results file") as caught:
        results.read(file)
    assert str(file) in str(caught.value)


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


def test_the_interval_over_images_is_wilsons_of_the_mean():
    stored = [replace(FIRST, seed=s, correct=c) for s, c in enumerate([90, 94, 96, 98])]
    summary = results.summarise(stored, arm="plain")
    # Of 400 images it would be narrower.
    expected = Score(round(94.5), 100).interval()
    assert (summary.images_low, summary.images_high) == expected
    low, high = Score(90, 100).interval()
    alone = results.summarise([FIRST], arm="plain")
    assert (alone.images_low, alone.images_high) == (low, high)
    assert low < 0.9 < high


@pytest.mark.parametrize("correct", [0, 100])
def test_the_interval_over_images_stays_within_0_and_1(correct):
    summary = results.summarise([replace(FIRST, correct=correct)], arm="plain")
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
        results.summarise(stored, arm="plain")


def test_pooling_adds_up_the_cases_of_each_network():
    stored = [
        replace(FIRST, seed=seed, case=case.key, correct=10 * seed + number)
        for seed in range(2)
        for number, case in enumerate(NOISY_CASES[:3])
    ]
    pooled = results.pool(stored, NOISY_CASES[:2])
    assert [(r.seed, r.correct, r.total) for r in pooled] == [(0, 1, 200), (1, 21, 200)]


def test_more_cases_of_the_same_images_make_no_interval_narrower():
    stored = [
        replace(FIRST, case=case.key, correct=correct)
        for case, correct in zip(NOISY_CASES[:3], [80, 90, 95], strict=True)
    ]
    summary = results.summarise(results.pool(stored, NOISY_CASES[:3]))
    assert summary.mean == pytest.approx(265 / 300)
    assert summary.total == 100
    expected = Score(round(100 * 265 / 300), 100).interval()
    assert (summary.images_low, summary.images_high) == expected


def test_summary_refuses_other_numbers_of_cases():
    pooled = replace(FIRST, case="a + b", total=200)
    with pytest.raises(ValueError, match="numbers of images"):
        results.summarise([pooled, replace(FIRST, seed=1, total=200)])


@pytest.mark.parametrize("present", [[0], [0, 1, 1]])
def test_pooling_refuses_a_missing_or_doubled_case(present):
    stored = [replace(FIRST, case=NOISY_CASES[number].key) for number in present]
    with pytest.raises(ValueError, match="once"):
        results.pool(stored, NOISY_CASES[:2])


def test_pooling_keeps_epochs_apart():
    stored = [
        replace(FIRST, epochs=epochs, case=case.key, correct=epochs)
        for epochs in (1, 2)
        for case in NOISY_CASES[:2]
    ]
    pooled = results.pool(stored, NOISY_CASES[:2])
    assert [(r.epochs, r.correct) for r in pooled] == [(1, 2), (2, 4)]


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
    found = results.contrast(stored, [CLEAN], DIFFERENCE)
    low, high = stats.t.interval(0.95, 2, 0.03, stats.sem([0.01, 0.03, 0.05]))
    assert found.mean == pytest.approx(0.03)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.seeds == 3


def test_a_difference_takes_the_seeds_that_all_have():
    stored = pairs_of_arms([50, 60, 70], [52])
    found = results.contrast(stored, [CLEAN], DIFFERENCE)
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
        results.difference(stored, [CLEAN], "standardised", "plain", overflow).mean
        for overflow in ("wrap", "clip", None)
    ]
    assert found == pytest.approx([0.30, 0.10, 0.20])


def test_the_cases_of_a_difference_weigh_the_same():
    stored = [
        replace(result, case=case.key, correct=result.correct + number)
        for result in pairs_of_arms([10], [20])
        for number, case in enumerate(NOISY_CASES[:3])
    ]
    found = results.contrast(stored, NOISY_CASES[:3], [(1, {"arm": "plain"})])
    assert found.mean == pytest.approx(0.11)


def test_a_difference_of_no_common_seed_is_refused():
    stored = pairs_of_arms([50], [])
    with pytest.raises(ValueError, match="no seed in common"):
        results.contrast(stored, [CLEAN], DIFFERENCE)


def test_a_difference_of_two_networks_of_one_seed_is_refused():
    stored = [FIRST, replace(FIRST, overflow="wrap")]
    with pytest.raises(ValueError, match="narrow it"):
        results.contrast(stored, [CLEAN], [(1, {"arm": "plain"})])


# What comes with the package


def test_the_fast_counts_are_those_of_every_arm_and_seed():
    stored = results.read("fast")
    networks = {result.key[:4] for result in stored}
    seeds = {result.seed for result in stored}
    (epochs,) = {result.epochs for result in stored}
    assert len(seeds) >= 5
    assert networks == {("fast", arm, seed, epochs) for arm in ARMS for seed in seeds}


SHIPPED = sorted(file.stem for file in results.REFERENCE.glob("*.csv"))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_counts_are_complete(name):
    stored = results.read(name)
    networks, origins = defaultdict(Counter), defaultdict(set)
    for result in stored:
        networks[result.key[:4]][result.key[4:]] += 1
        origins[result.recipe].add((result.data, result.total))
        assert 0 <= result.correct <= result.total
    assert networks
    for network, counts in networks.items():
        cases = reproduction.EXPERIMENTS[network[0]].cases
        every = {(o, case.key) for o in ("clip", "wrap") for case in cases}
        assert counts.keys() == every, network
        assert set(counts.values()) == {1}, network
    for recipe, found in origins.items():
        ((_, total),) = found
        assert total == (1000 if recipe.endswith("fast") else 10_000), recipe
    assert len({result.version for result in stored}) == 1
    assert len({result.precision for result in stored}) == 1
