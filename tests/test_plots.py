"""Figures: what is written in them and how long their bars are."""

from dataclasses import replace

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from pixembed import plots
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


def test_the_map_writes_every_accuracy_in_its_square():
    grid = pd.DataFrame(
        [[0.25, 0.5], [0.75, 0.987]], ["raw", "trained"], ["none", "train"]
    )
    figure = plots.factorial_map({"wrap": grid, "clip": grid / 2})
    wrap, clip, _ = figure.axes
    written = {text.get_text(): text.get_position() for text in wrap.texts}
    assert set(written) == {"25", "50", "75", "99"}
    assert written["75"] == (0, 1)
    assert "12" in {text.get_text() for text in clip.texts}
    assert [label.get_text() for label in wrap.get_yticklabels()] == ["raw", "trained"]


def test_the_map_leaves_squares_without_accuracy_empty():
    grid = pd.DataFrame([[0.25, float("nan")]], ["raw"], ["none", "train"])
    figure = plots.factorial_map({"wrap": grid, "clip": grid})
    for axis in figure.axes[:2]:
        assert [text.get_text() for text in axis.texts] == ["25"]


@pytest.fixture
def counts():
    """Of 100 right: plain 50 and 60, standardised 80 and 84, and half under wrap."""
    return [
        replace(FIRST, arm=arm, seed=seed, overflow=overflow, correct=correct // half)
        for arm, found in {"plain": (50, 60), "standardised": (80, 84)}.items()
        for seed, correct in enumerate(found)
        for overflow, half in (("wrap", 2), ("clip", 1))
    ]


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


def test_a_forest_has_a_row_for_each_contrast_and_marks_side_by_side():
    effects = {
        "one": {"a": Contrast(0.1, 0.05, 0.15, 3), "b": Contrast(-0.2, None, None, 1)},
        "two": {"b": Contrast(0.3, 0.2, 0.4, 3)},
    }
    figure = plots.forest({"wrap": effects, "clip": effects})
    wrap, clip = figure.axes
    assert [label.get_text() for label in wrap.get_yticklabels()] == ["a", "b"]
    assert clip.get_title() == "clip"
    one, two = clip.containers
    line, _, (bars,) = one.lines
    assert line.get_xdata() == pytest.approx([10, -20])
    (low, row), (high, _) = bars.get_segments()[0]
    assert (low, high) == pytest.approx((5, 15))
    assert not len(bars.get_segments()[1])
    assert two.lines[0].get_ydata() - line.get_ydata()[1] == pytest.approx([0.26])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["one", "two"]


def test_a_forest_of_one_series_has_no_legend():
    figure = plots.forest({"all": {"one": {"a": Contrast(0.1, 0.05, 0.15, 3)}}})
    assert not figure.legends


def test_a_waterfall_goes_from_mean_to_mean_and_back(counts):
    way = {"plain": "start", "standardised": "step"}
    figure = plots.waterfall(counts, [CLEAN], way)
    wrap, clip = figure.axes
    start, step = clip.patches
    assert (start.get_x(), start.get_width()) == pytest.approx((0, 55))
    assert (step.get_x(), step.get_width()) == pytest.approx((55, 27))
    assert clip.lines[1].get_xdata() == pytest.approx([80, 84])
    assert [text.get_text() for text in clip.texts] == ["55.0", "+27.0"]
    assert [label.get_text() for label in wrap.get_yticklabels()] == ["start", "step"]
    back = plots.waterfall(counts, [CLEAN], dict(reversed(way.items())))
    assert back.axes[1].texts[1].get_text() == "−27.0"


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


def test_a_table_ends_in_words():
    table = plots.table(["", "n", "why"], [["a", "1", "so"]], words=1)
    assert table.data.splitlines()[1] == "| --- | ---: | --- |"
    assert plots.table(["", "n"], []).data.splitlines()[1] == "| --- | ---: |"
