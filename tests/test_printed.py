"""Tables of printed and counted accuracies: what is written in them, and where."""

from dataclasses import replace

from pixembed import paper, plots
from pixembed.evaluation import Score
from pixembed.paper import ARMS, TABLE_3, TABLE_5
from tests.test_results import FIRST

ROWS = TABLE_3[1:3]
PRINTED = {"plain": (85.70, 88.66), "pixel_embedding": (95.94, 88.10)}
CASES = [row.case for row in ROWS]


def counts(arm, *networks, overflow="wrap", recipe="text"):
    """Results of some networks; each is given its accuracies in the two cases."""
    one = replace(FIRST, recipe=recipe, arm=arm, overflow=overflow, total=1000)
    return [
        replace(one, seed=seed, case=case.key, correct=round(10 * share))
        for seed, shares in enumerate(networks)
        for case, share in zip(CASES, shares, strict=True)
    ]


def both_overflows(recipe="text"):
    """One network an arm; clip has 10 points more than wrap, a later arm 1 more."""
    return [
        found
        for number, arm in enumerate(ARMS)
        for overflow, more in (("wrap", 0), ("clip", 10))
        for found in counts(
            arm,
            (60 + number + more, 70 + number + more),
            overflow=overflow,
            recipe=recipe,
        )
    ]


def cells(table):
    """The table's lines but the rule below its head, each as a list of strings."""
    lines = [line.strip("| ").split(" | ") for line in table.data.splitlines()]
    return [lines[0], *lines[2:]]


def test_the_rows_print_what_these_tests_expect():
    for arm, accuracies in PRINTED.items():
        assert tuple(paper.printed(row, arm) for row in ROWS) == accuracies


def test_averages_stand_under_their_arm_and_in_the_line_of_their_overflow():
    groups = {
        "both": (both_overflows(), CASES),
        "first": (both_overflows(), CASES[:1]),
    }
    assert cells(plots.averages("mean", groups)) == [
        ["mean", "plain", "standardised", "pixel embedding"],
        ["both, wrap", "65.0", "66.0", "67.0"],
        ["both, clip", "75.0", "76.0", "77.0"],
        ["first, wrap", "60.0", "61.0", "62.0"],
        ["first, clip", "70.0", "71.0", "72.0"],
    ]


def test_averages_begin_with_the_printed_means():
    groups = {"ours": (both_overflows(), CASES)}
    rows = {"pixel_embedding": ROWS, "standardised": TABLE_5[1:3]}
    _, printed, *ours = cells(plots.averages("mean", groups, printed_rows=rows))
    assert printed == ["printed", "–", "71.3", "92.0"]
    assert len(ours) == 2


def test_scores_have_their_interval_over_images():
    counted = {"one": [Score(90, 100), Score(10, 100)], "other": [Score(0, 4)] * 2}
    head, one, other = cells(plots.scores(["live", "a", "b"], counted))
    assert head == ["live", "a", "b"]
    assert one == ["one", "90.0 (82.6–94.5)", "10.0 (5.5–17.4)"]
    assert other[0] == "other"


def test_closeness_says_networks_distance_and_yardstick():
    stored = counts("plain", (84.7, 87.7), (84.7, 89.7), (84.7, 85.7))
    stored += counts("plain", (0, 0), overflow="clip")
    stored += counts("pixel_embedding", (95.9, 83.1))
    close = {
        arm: plots.closeness(stored, ROWS, arm, overflow="wrap")
        for arm in ("plain", "pixel_embedding", "standardised")
    }
    assert close["plain"] == ["3", "1.0", "1.0"]
    assert close["pixel_embedding"] == ["1", "2.5", "–"]
    assert close["standardised"] == ["–", "–", "–"]
