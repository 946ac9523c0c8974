"""Figures: what is written in them and how long their bars are."""

from dataclasses import replace

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from pixembed import plots, statistics
from pixembed.paper import CLEAN, gaussian, impulse
from pixembed.statistics import Contrast
from tests.test_results import FIRST


@pytest.fixture(autouse=True)
def headless():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Contrast(0.0912, 0.079, 0.1034, 5), "+9.1 (+7.9 to +10.3)"),
        (Contrast(-0.02, -0.05, 0.01, 3), "−2.0 (−5.0 to +1.0)"),
        (Contrast(0.5, None, None, 1), "+50.0"),
    ],
)
def test_a_difference_is_written_in_points(found, text):
    assert plots.points(found) == text


def test_the_map_writes_every_accuracy_and_every_mark():
    grid = pd.DataFrame(
        [[0.25, 0.5], [0.75, 0.987]], ["raw", "trained"], ["none", "train"]
    )
    marks = {("trained", "train"): "PE"}
    figure = plots.factorial_map({"wrap": grid, "clip": grid / 2}, marks)
    wrap, clip, _ = figure.axes
    written = {text.get_text(): text.get_position() for text in wrap.texts}
    assert {"25", "50", "75", "99", "PE"} <= set(written)
    assert written["75"] == (0, 1)
    column, row = written["PE"]
    assert (round(column), round(row)) == (1, 1)
    assert "12" in {text.get_text() for text in clip.texts}
    assert [label.get_text() for label in wrap.get_yticklabels()] == ["raw", "trained"]


def test_the_map_leaves_squares_without_accuracy_empty():
    grid = pd.DataFrame([[0.25, float("nan")]], ["raw"], ["none", "train"])
    grids = {"wrap": grid, "clip": grid}
    figure = plots.factorial_map(grids, {("raw", "train"): "S"})
    for axis in figure.axes[:2]:
        assert [text.get_text() for text in axis.texts] == ["25", ""]


@pytest.fixture
def counts():
    """Of 100 right: plain 50 and 60, standardised 80 and 84, and half under wrap."""
    return [
        replace(FIRST, arm=arm, seed=seed, overflow=overflow, correct=correct // half)
        for arm, found in {"plain": (50, 60), "standardised": (80, 84)}.items()
        for seed, correct in enumerate(found)
        for overflow, half in (("wrap", 2), ("clip", 1))
    ]


def test_bars_reach_from_the_smallest_to_the_largest_seed(counts):
    labels = {"plain": "one", "standardised": "other"}
    figure = plots.bars({"sample": counts}, [CLEAN], labels, ["red", "blue"])
    wrap, clip = figure.axes
    assert [bar.get_height() for bar in clip.patches] == pytest.approx([55, 82])
    assert [bar.get_height() for bar in wrap.patches] == pytest.approx([27.5, 41])
    (lines,) = clip.collections
    (_, low), (_, high) = lines.get_segments()[0]
    assert (low, high) == pytest.approx((50, 60))
    assert [text.get_text() for text in clip.texts] == ["55", "82"]
    assert [text.get_text() for text in clip.get_xticklabels()] == ["one", "other"]
    assert clip.get_title() == "sample, clip"


def test_bars_of_equal_seeds():
    equal = [
        replace(FIRST, seed=seed, overflow=overflow, correct=100, total=1000)
        for seed in range(3)
        for overflow in ("wrap", "clip")
    ]
    figure = plots.bars({"sample": equal}, [CLEAN], {"plain": "one"}, ["red"])
    assert figure.axes[0].patches[0].get_height() == pytest.approx(10)


def test_each_scale_has_a_row_of_bars(counts):
    two = {"sample": counts, "paper": counts[:4]}
    figure = plots.bars(two, [CLEAN], {"plain": "one"}, ["red"])
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["sample, wrap", "sample, clip", "paper, wrap", "paper, clip"]


PAIRS = {"standardise": ("standardised", "plain"), "undo": ("plain", "standardised")}


def test_a_table_of_differences_has_both_overflows_and_their_difference(counts):
    lines = plots.differences(counts, [CLEAN], PAIRS).data.splitlines()
    standardise, undo = (line.strip("| ").split(" | ") for line in lines[2:])
    assert [cell.split()[0] for cell in standardise] == [
        "standardise",
        "+13.5",
        "+27.0",
        "−13.5",
    ]
    assert undo[2].startswith("−27.0 (−")


def test_differences_are_drawn_with_their_intervals(counts):
    figure = plots.intervals({"sample": counts}, [CLEAN], PAIRS)
    wrap, clip = figure.axes
    assert [label.get_text() for label in wrap.get_yticklabels()] == [*PAIRS]
    found = statistics.difference(counts, [CLEAN], "standardised", "plain", "clip")
    (marks,) = clip.containers
    line, _, (bars,) = marks.lines
    assert line.get_xdata() == pytest.approx([27, -27])
    (low, _), (high, _) = bars.get_segments()[0]
    assert (low, high) == pytest.approx((100 * found.low, 100 * found.high))


def test_a_difference_of_one_seed_is_drawn_without_an_interval(counts):
    first = [result for result in counts if result.seed == 0]
    figure = plots.intervals({"sample": first}, [CLEAN], PAIRS)
    (marks,) = figure.axes[1].containers
    line, _, (bars,) = marks.lines
    assert line.get_xdata() == pytest.approx([30, -30])
    assert not any(len(segment) for segment in bars.get_segments())


def test_two_scales_share_a_line_without_hiding_each_other(counts):
    figure = plots.intervals({"sample": counts, "paper": counts}, [CLEAN], PAIRS)
    one, other = (marks.lines[0].get_ydata() for marks in figure.axes[0].containers)
    assert other - one == pytest.approx([0.3, 0.3])
    assert (one + other) / 2 == pytest.approx([0, 1])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["sample", "paper"]


def test_a_sweep_has_a_curve_for_each_overflow(counts):
    swept = {
        value: [
            replace(result, correct=result.correct // divisor)
            for result in counts
            if result.arm == "plain"
        ]
        for value, divisor in ((1, 2), (1000, 1))
    }
    figure = plots.sweeps({"width": {"trained": swept}}, [CLEAN])
    axis, *_, last = figure.axes
    wrap, clip = axis.lines
    assert clip.get_xdata().tolist() == [1, 1000]
    assert clip.get_ydata() == pytest.approx([27.5, 55])
    assert wrap.get_ydata() == pytest.approx([13.5, 27.5], abs=0.6)
    assert axis.get_xlabel() == "width"
    assert [text.get_text() for text in axis.get_xticklabels()] == ["1", "1,000"]
    names = [text.get_text() for text in last.get_legend().get_texts()]
    assert names == ["trained, wrap", "trained, clip"]


def test_dots_stand_in_the_row_of_their_case_and_the_panel_of_their_overflow():
    cases = [CLEAN, gaussian(25, 5)]
    found = [
        replace(FIRST, case=case.key, overflow=overflow, correct=right, total=100)
        for case, overflow, right in [
            (CLEAN, "wrap", 90),
            (cases[1], "wrap", 40),
            (cases[1], "clip", 70),
            (gaussian(1, 1), "clip", 10),
        ]
    ]
    printed = {"ours": {cases[1]: 53.24}}
    figure = plots.case_dots({"ours": found}, cases, printed)
    wrap, clip = figure.axes
    dots, crosses = wrap.lines
    assert list(zip(*dots.get_data(), strict=True)) == [(90, 0), (40, 1)]
    assert list(zip(*crosses.get_data(), strict=True)) == [(53.24, 1)]
    assert list(zip(*clip.lines[0].get_data(), strict=True)) == [(70, 1)]
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["overflow wrap", "overflow clip"]
    labels = [text.get_text() for text in wrap.get_yticklabels()]
    assert labels == [case.label for case in cases]
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named == ["ours", "ours, printed"]


def test_a_method_is_a_row_of_dots_with_its_mean_and_its_clean_accuracy():
    cases = [gaussian(25, 5), impulse(0.5, 50)]
    right = {
        ("wrap", CLEAN): (90, 94),
        ("wrap", cases[0]): (40, 50),
        ("wrap", cases[1]): (60, 70),
        ("clip", CLEAN): (90, 94),
        ("clip", cases[0]): (10, 10),
        ("clip", cases[1]): (20, 20),
    }
    found = [
        replace(FIRST, seed=s, case=c.key, overflow=o, correct=n, total=100)
        for (o, c), counts in right.items()
        for s, n in enumerate(counts)
    ]
    figure = plots.method_dots({"ours": found}, cases)
    wrap, clip = [
        {line.get_label(): line.get_xydata().tolist() for line in axis.lines}
        for axis in figure.axes
    ]
    assert wrap["gaussian"] == [pytest.approx([45, -0.17])]
    assert wrap["impulse"] == [pytest.approx([65, 0.17])]
    assert wrap["mean of the cases"] == [pytest.approx([55, 0])]
    assert wrap["no noise"] == clip["no noise"] == [pytest.approx([92, 0])]
    assert clip["mean of the cases"] == [pytest.approx([15, 0])]
    axis = figure.axes[0]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["ours"]
    assert len(figure.legends[0].get_texts()) == 4
